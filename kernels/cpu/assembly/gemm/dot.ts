/**
 * @file Dot products of rows with rows: C[i][j] = Σ a[i][k]·b[j][k], both operands contiguous along k.
 *
 * Sums run over four neighbouring k per vector and are folded at the end, so nothing needs packing. That wins where
 * one operand has few rows: packing the other would cost as much as multiplying it. The loops are kept plain for the
 * reason given in microkernel-6x8.ts: what the four lanes hold goes to memory, and is folded there.
 */
import { loadPart, madd } from "./fma";
import { finishRow } from "./epilogue";
import { heightOf } from "./pack";

/** The sums of four vectors. */
@inline
function fold(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = f32x4.add(v128.shuffle<f32>(a, b, 0, 4, 1, 5), v128.shuffle<f32>(a, b, 2, 6, 3, 7));
  const cd = f32x4.add(v128.shuffle<f32>(c, d, 0, 4, 1, 5), v128.shuffle<f32>(c, d, 2, 6, 3, 7));
  return f32x4.add(v128.shuffle<f32>(ab, cd, 0, 1, 4, 5), v128.shuffle<f32>(ab, cd, 2, 3, 6, 7));
}

/**
 * The lanes of 2 rows of A × `q` rows of B for k rounded down to a multiple of 4: `q` vectors for each row of A at
 * `tile`, 96 bytes apart. `q` is 4, 5 or 6; of fewer than 4 `cols`, the last is repeated. V8 up to version 12 schedules
 * the multiply-adds in the order in which the sums are declared and stored, so that must be the order of the loop.
 */
@inline
function two(q: i32, cols: i32, k: i32, a0: usize, aStep: usize, b0: usize, bStep: usize, tile: usize): void {
  let c0 = f32x4.splat(0);
  let d0 = f32x4.splat(0);
  let c1 = f32x4.splat(0);
  let d1 = f32x4.splat(0);
  let c2 = f32x4.splat(0);
  let d2 = f32x4.splat(0);
  let c3 = f32x4.splat(0);
  let d3 = f32x4.splat(0);
  let c4 = f32x4.splat(0);
  let d4 = f32x4.splat(0);
  let c5 = f32x4.splat(0);
  let d5 = f32x4.splat(0);
  let a1 = a0 + aStep;
  let b1 = cols > 1 ? b0 + bStep : b0;
  let b2 = cols > 2 ? b1 + bStep : b1;
  let b3 = cols > 3 ? b2 + bStep : b2;
  let b4 = b3 + bStep;
  let b5 = b4 + bStep;
  for (; k >= 4; k -= 4) {
    const x = v128.load(a0);
    const z = v128.load(a1);
    let y = v128.load(b0);
    c0 = madd(x, y, c0);
    d0 = madd(z, y, d0);
    y = v128.load(b1);
    c1 = madd(x, y, c1);
    d1 = madd(z, y, d1);
    y = v128.load(b2);
    c2 = madd(x, y, c2);
    d2 = madd(z, y, d2);
    y = v128.load(b3);
    c3 = madd(x, y, c3);
    d3 = madd(z, y, d3);
    if (q > 4) {
      y = v128.load(b4);
      c4 = madd(x, y, c4);
      d4 = madd(z, y, d4);
    }
    if (q > 5) {
      y = v128.load(b5);
      c5 = madd(x, y, c5);
      d5 = madd(z, y, d5);
    }
    a0 += 16;
    a1 += 16;
    b0 += 16;
    b1 += 16;
    b2 += 16;
    b3 += 16;
    b4 += 16;
    b5 += 16;
  }
  v128.store(tile, c0);
  v128.store(tile, d0, 96);
  v128.store(tile, c1, 16);
  v128.store(tile, d1, 112);
  v128.store(tile, c2, 32);
  v128.store(tile, d2, 128);
  v128.store(tile, c3, 48);
  v128.store(tile, d3, 144);
  if (q > 4) {
    v128.store(tile, c4, 64);
    v128.store(tile, d4, 160);
  }
  if (q > 5) {
    v128.store(tile, c5, 80);
    v128.store(tile, d5, 176);
  }
}

function two6(k: i32, a: usize, aStep: usize, b: usize, bStep: usize, tile: usize): void {
  two(6, 6, k, a, aStep, b, bStep, tile);
}

function two5(k: i32, a: usize, aStep: usize, b: usize, bStep: usize, tile: usize): void {
  two(5, 5, k, a, aStep, b, bStep, tile);
}

function two4(cols: i32, k: i32, a: usize, aStep: usize, b: usize, bStep: usize, tile: usize): void {
  two(4, cols, k, a, aStep, b, bStep, tile);
}

/** The same for 1 row of A × 1 to 6 rows of B. */
function one(cols: i32, k: i32, a: usize, b0: usize, bStep: usize, tile: usize): void {
  let c0 = f32x4.splat(0);
  let c1 = f32x4.splat(0);
  let c2 = f32x4.splat(0);
  let c3 = f32x4.splat(0);
  let c4 = f32x4.splat(0);
  let c5 = f32x4.splat(0);
  let b1 = cols > 1 ? b0 + bStep : b0;
  let b2 = cols > 2 ? b1 + bStep : b1;
  let b3 = cols > 3 ? b2 + bStep : b2;
  let b4 = cols > 4 ? b3 + bStep : b3;
  let b5 = cols > 5 ? b4 + bStep : b4;
  for (; k >= 4; k -= 4) {
    const x = v128.load(a);
    c0 = madd(x, v128.load(b0), c0);
    c1 = madd(x, v128.load(b1), c1);
    c2 = madd(x, v128.load(b2), c2);
    c3 = madd(x, v128.load(b3), c3);
    c4 = madd(x, v128.load(b4), c4);
    c5 = madd(x, v128.load(b5), c5);
    a += 16;
    b0 += 16;
    b1 += 16;
    b2 += 16;
    b3 += 16;
    b4 += 16;
    b5 += 16;
  }
  v128.store(tile, c0);
  v128.store(tile, c1, 16);
  v128.store(tile, c2, 32);
  v128.store(tile, c3, 48);
  v128.store(tile, c4, 64);
  v128.store(tile, c5, 80);
}

/** Adds the last 1 to 3 products of each sum of a row, which the vectors have left. */
function addRest(cols: i32, k: i32, a: usize, b: usize, bStep: usize, tile: usize): void {
  const done = (<usize>k & ~3) << 2;
  const x = loadPart(a + done, k & 3);
  for (b += done; cols > 0; cols--) {
    v128.store(tile, madd(x, loadPart(b, k & 3), v128.load(tile)));
    b += bStep;
    tile += 16;
  }
}

/** Folds the lanes of a row of sums and stores `cols` of them. */
function finishSums(cols: i32, tile: usize, c: usize, bias: usize, flags: i32): void {
  const v0 = v128.load(tile);
  const first = fold(v0, v128.load(tile, 16), v128.load(tile, 32), v128.load(tile, 48));
  const v4 = v128.load(tile, 64);
  const v5 = v128.load(tile, 80);
  finishRow(c, first, fold(v4, v5, v4, v5), cols, bias, flags);
}

/** All `n` columns of one or two rows. */
function rows(
  m: i32, n: i32, k: i32, a: usize, aStep: usize, b: usize, bStep: usize, c: usize, ldc: usize, bias: usize,
  flags: i32, tile: usize,
): void {
  while (n > 0) {
    const cols = heightOf(n);
    if (m == 1) one(cols, k, a, b, bStep, tile);
    else if (cols == 6) two6(k, a, aStep, b, bStep, tile);
    else if (cols == 5) two5(k, a, aStep, b, bStep, tile);
    else two4(cols, k, a, aStep, b, bStep, tile);
    if (k & 3) {
      addRest(cols, k, a, b, bStep, tile);
      if (m == 2) addRest(cols, k, a + aStep, b, bStep, tile + 96);
    }
    finishSums(cols, tile, c, bias, flags);
    if (m == 2) finishSums(cols, tile + 96, c + ldc, bias, flags);
    n -= cols;
    b += <usize>cols * bStep;
    c += <usize>cols << 2;
    if (bias) bias += <usize>cols << 2;
  }
}

/**
 * C[m,n] = A[m,k]·B[n,k]ᵀ with both operands contiguous along k. `aStep` and `bStep` lead from row to row and `ldc`
 * from row to row of C, in bytes; `bias` (n floats) may be 0.
 */
export function dot(
  m: i32, n: i32, k: i32, a: usize, aStep: usize, b: usize, bStep: usize, c: usize, ldc: usize, bias: usize,
  flags: i32, tile: usize,
): void {
  if (m > 4) {
    for (; m > 0; m -= 2) {
      rows(m < 2 ? 1 : 2, n, k, a, aStep, b, bStep, c, ldc, bias, flags, tile);
      a += 2 * aStep;
      c += 2 * ldc;
    }
    return;
  }
  // Few rows of A: pass over B once and keep them in the first-level cache.
  while (n > 0) {
    const cols = heightOf(n);
    for (let i = 0; i < m; i += 2) {
      const count = m - i < 2 ? 1 : 2;
      rows(count, cols, k, a + <usize>i * aStep, aStep, b, bStep, c + <usize>i * ldc, ldc, bias, flags, tile);
    }
    n -= cols;
    b += <usize>cols * bStep;
    c += <usize>cols << 2;
    if (bias) bias += <usize>cols << 2;
  }
}
