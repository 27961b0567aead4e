/**
 * @file Dot products of rows with rows: C[i][j] = Σ a[i][k]·b[j][k], both operands contiguous along k.
 *
 * Sums run over neighbouring k, a vector of them at a time, and are folded at the end, so nothing needs packing. That wins where
 * one operand has few rows: packing the other would cost as much as multiplying it. The loops are kept plain for the
 * reason given in microkernel.ts: what the lanes hold goes to memory, and is folded there.
 */
import { loadPart, madd } from "./fma";
import { finishVector } from "./epilogue";
import { heightOf } from "./pack";

/** The sums of the vectors of four columns, 16 bytes apart; of two columns where a vector has two lanes. */
@inline
function fold<T>(tile: usize): v128 {
  const a = v128.load(tile);
  const b = v128.load(tile, 16);
  if (sizeof<T>() == 8) return v128.add<T>(v128.shuffle<f64>(a, b, 0, 2), v128.shuffle<f64>(a, b, 1, 3));
  const c = v128.load(tile, 32);
  const d = v128.load(tile, 48);
  const ab = v128.add<T>(v128.shuffle<f32>(a, b, 0, 4, 1, 5), v128.shuffle<f32>(a, b, 2, 6, 3, 7));
  const cd = v128.add<T>(v128.shuffle<f32>(c, d, 0, 4, 1, 5), v128.shuffle<f32>(c, d, 2, 6, 3, 7));
  return v128.add<T>(v128.shuffle<f32>(ab, cd, 0, 1, 4, 5), v128.shuffle<f32>(ab, cd, 2, 3, 6, 7));
}

/**
 * The lanes of 2 rows of A × `q` rows of B for k rounded down to whole vectors: `q` vectors for each row of A at
 * `tile`, 96 bytes apart. `q` is 4, 5 or 6; of fewer than 4 `cols`, the last is repeated. V8 up to version 12 schedules
 * the multiply-adds in the order in which the sums are declared and stored, so that must be the order of the loop.
 */
@inline
function two<T>(q: i32, cols: i32, k: i32, a0: usize, aStep: usize, b0: usize, bStep: usize, tile: usize): void {
  let c0 = i32x4.splat(0);
  let d0 = i32x4.splat(0);
  let c1 = i32x4.splat(0);
  let d1 = i32x4.splat(0);
  let c2 = i32x4.splat(0);
  let d2 = i32x4.splat(0);
  let c3 = i32x4.splat(0);
  let d3 = i32x4.splat(0);
  let c4 = i32x4.splat(0);
  let d4 = i32x4.splat(0);
  let c5 = i32x4.splat(0);
  let d5 = i32x4.splat(0);
  let a1 = a0 + aStep;
  let b1 = cols > 1 ? b0 + bStep : b0;
  let b2 = cols > 2 ? b1 + bStep : b1;
  let b3 = cols > 3 ? b2 + bStep : b2;
  let b4 = b3 + bStep;
  let b5 = b4 + bStep;
  for (; k >= <i32>(16 / sizeof<T>()); k -= <i32>(16 / sizeof<T>())) {
    const x = v128.load(a0);
    const z = v128.load(a1);
    let y = v128.load(b0);
    c0 = madd<T>(x, y, c0);
    d0 = madd<T>(z, y, d0);
    y = v128.load(b1);
    c1 = madd<T>(x, y, c1);
    d1 = madd<T>(z, y, d1);
    y = v128.load(b2);
    c2 = madd<T>(x, y, c2);
    d2 = madd<T>(z, y, d2);
    y = v128.load(b3);
    c3 = madd<T>(x, y, c3);
    d3 = madd<T>(z, y, d3);
    if (q > 4) {
      y = v128.load(b4);
      c4 = madd<T>(x, y, c4);
      d4 = madd<T>(z, y, d4);
    }
    if (q > 5) {
      y = v128.load(b5);
      c5 = madd<T>(x, y, c5);
      d5 = madd<T>(z, y, d5);
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

function two6<T>(k: i32, a: usize, aStep: usize, b: usize, bStep: usize, tile: usize): void {
  two<T>(6, 6, k, a, aStep, b, bStep, tile);
}

function two5<T>(k: i32, a: usize, aStep: usize, b: usize, bStep: usize, tile: usize): void {
  two<T>(5, 5, k, a, aStep, b, bStep, tile);
}

function two4<T>(cols: i32, k: i32, a: usize, aStep: usize, b: usize, bStep: usize, tile: usize): void {
  two<T>(4, cols, k, a, aStep, b, bStep, tile);
}

/** The same for 1 row of A × 1 to 6 rows of B. */
function one<T>(cols: i32, k: i32, a: usize, b0: usize, bStep: usize, tile: usize): void {
  let c0 = i32x4.splat(0);
  let c1 = i32x4.splat(0);
  let c2 = i32x4.splat(0);
  let c3 = i32x4.splat(0);
  let c4 = i32x4.splat(0);
  let c5 = i32x4.splat(0);
  let b1 = cols > 1 ? b0 + bStep : b0;
  let b2 = cols > 2 ? b1 + bStep : b1;
  let b3 = cols > 3 ? b2 + bStep : b2;
  let b4 = cols > 4 ? b3 + bStep : b3;
  let b5 = cols > 5 ? b4 + bStep : b4;
  for (; k >= <i32>(16 / sizeof<T>()); k -= <i32>(16 / sizeof<T>())) {
    const x = v128.load(a);
    c0 = madd<T>(x, v128.load(b0), c0);
    c1 = madd<T>(x, v128.load(b1), c1);
    c2 = madd<T>(x, v128.load(b2), c2);
    c3 = madd<T>(x, v128.load(b3), c3);
    c4 = madd<T>(x, v128.load(b4), c4);
    c5 = madd<T>(x, v128.load(b5), c5);
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

/** Adds the last products of each sum of a row, which the vectors have left. */
function addRest<T>(cols: i32, k: i32, a: usize, b: usize, bStep: usize, tile: usize): void {
  const rest = k & <i32>(16 / sizeof<T>() - 1);
  const done = <usize>(k - rest) * sizeof<T>();
  const x = loadPart<T>(a + done, rest);
  for (b += done; cols > 0; cols--) {
    v128.store(tile, madd<T>(x, loadPart<T>(b, rest), v128.load(tile)));
    b += bStep;
    tile += 16;
  }
}

/** Folds the lanes of a row of sums and stores `cols` of them. */
function finishSums<T>(cols: i32, tile: usize, c: usize, bias: usize, flags: i32): void {
  while (cols > 0) {
    finishVector<T>(c, fold<T>(tile), cols, bias, flags);
    cols -= <i32>(16 / sizeof<T>());
    tile += 16 * (16 / sizeof<T>());
    c += 16;
    if (bias) bias += 16;
  }
}

/** All `n` columns of one or two rows. */
function rows<T>(
  m: i32, n: i32, k: i32, a: usize, aStep: usize, b: usize, bStep: usize, c: usize, ldc: usize, bias: usize,
  flags: i32, tile: usize,
): void {
  while (n > 0) {
    const cols = heightOf<T>(n);
    if (m == 1) one<T>(cols, k, a, b, bStep, tile);
    else if (cols == 6) two6<T>(k, a, aStep, b, bStep, tile);
    else if (cols == 5) two5<T>(k, a, aStep, b, bStep, tile);
    else two4<T>(cols, k, a, aStep, b, bStep, tile);
    if (k & <i32>(16 / sizeof<T>() - 1)) {
      addRest<T>(cols, k, a, b, bStep, tile);
      if (m == 2) addRest<T>(cols, k, a + aStep, b, bStep, tile + 96);
    }
    finishSums<T>(cols, tile, c, bias, flags);
    if (m == 2) finishSums<T>(cols, tile + 96, c + ldc, bias, flags);
    n -= cols;
    b += <usize>cols * bStep;
    c += <usize>cols * sizeof<T>();
    if (bias) bias += <usize>cols * sizeof<T>();
  }
}

/**
 * C[m,n] = A[m,k]·B[n,k]ᵀ with both operands contiguous along k. `aStep` and `bStep` lead from row to row and `ldc`
 * from row to row of C, in bytes; `bias` (n floats) may be 0.
 */
export function dot<T>(
  m: i32, n: i32, k: i32, a: usize, aStep: usize, b: usize, bStep: usize, c: usize, ldc: usize, bias: usize,
  flags: i32, tile: usize,
): void {
  if (m > 4) {
    for (; m > 0; m -= 2) {
      rows<T>(m < 2 ? 1 : 2, n, k, a, aStep, b, bStep, c, ldc, bias, flags, tile);
      a += 2 * aStep;
      c += 2 * ldc;
    }
    return;
  }
  // Few rows of A: pass over B once and keep them in the first-level cache.
  while (n > 0) {
    const cols = heightOf<T>(n);
    for (let i = 0; i < m; i += 2) {
      const count = m - i < 2 ? 1 : 2;
      rows<T>(count, cols, k, a + <usize>i * aStep, aStep, b, bStep, c + <usize>i * ldc, ldc, bias, flags, tile);
    }
    n -= cols;
    b += <usize>cols * bStep;
    c += <usize>cols * sizeof<T>();
    if (bias) bias += <usize>cols * sizeof<T>();
  }
}
