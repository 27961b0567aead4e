/**
 * @file Products of rows with rows: C[i][j] = Σ a[i][k]·b[j][k], both operands contiguous along k.
 *
 * Sums run over four neighbouring k per vector and are folded at the end, so nothing needs packing. That wins where
 * one operand has few rows: packing the other would cost as much as multiplying it.
 */
import { heightOf } from "./pack";
import { loadPart, madd, storeSome } from "./store";

/** The sums of four vectors. */
@inline
function fold(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = f32x4.add(v128.shuffle<f32>(a, b, 0, 4, 1, 5), v128.shuffle<f32>(a, b, 2, 6, 3, 7));
  const cd = f32x4.add(v128.shuffle<f32>(c, d, 0, 4, 1, 5), v128.shuffle<f32>(c, d, 2, 6, 3, 7));
  return f32x4.add(v128.shuffle<f32>(ab, cd, 0, 1, 4, 5), v128.shuffle<f32>(ab, cd, 2, 3, 6, 7));
}

/** 2 rows of A × `q` rows of B, of which there are `cols`; `q` is 4, 5 or 6, and less than 4 are filled up. */
@inline
function two(
  q: i32, cols: i32, k: i32, a0: usize, aStep: usize, b0: usize, bStep: usize, c: usize, ldc: usize, bias: usize,
  flags: i32,
): void {
  let c0 = f32x4.splat(0);
  let c1 = f32x4.splat(0);
  let c2 = f32x4.splat(0);
  let c3 = f32x4.splat(0);
  let c4 = f32x4.splat(0);
  let c5 = f32x4.splat(0);
  let d0 = f32x4.splat(0);
  let d1 = f32x4.splat(0);
  let d2 = f32x4.splat(0);
  let d3 = f32x4.splat(0);
  let d4 = f32x4.splat(0);
  let d5 = f32x4.splat(0);
  let a1 = a0 + aStep;
  // Rows that B does not have repeat its last one.
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
  if (k > 0) {
    const x = loadPart(a0, k);
    const z = loadPart(a1, k);
    let y = loadPart(b0, k);
    c0 = madd(x, y, c0);
    d0 = madd(z, y, d0);
    y = loadPart(b1, k);
    c1 = madd(x, y, c1);
    d1 = madd(z, y, d1);
    y = loadPart(b2, k);
    c2 = madd(x, y, c2);
    d2 = madd(z, y, d2);
    y = loadPart(b3, k);
    c3 = madd(x, y, c3);
    d3 = madd(z, y, d3);
    if (q > 4) {
      y = loadPart(b4, k);
      c4 = madd(x, y, c4);
      d4 = madd(z, y, d4);
    }
    if (q > 5) {
      y = loadPart(b5, k);
      c5 = madd(x, y, c5);
      d5 = madd(z, y, d5);
    }
  }
  storeSome(c, fold(c0, c1, c2, c3), fold(c4, c5, c4, c5), cols, bias, flags);
  storeSome(c + ldc, fold(d0, d1, d2, d3), fold(d4, d5, d4, d5), cols, bias, flags);
}

/** 1 row of A × 1 to 4 rows of B; eight k at once make the sums that keep the multiply-add units busy. */
function one(cols: i32, k: i32, a: usize, b0: usize, bStep: usize, c: usize, bias: usize, flags: i32): void {
  let c0 = f32x4.splat(0);
  let c1 = f32x4.splat(0);
  let c2 = f32x4.splat(0);
  let c3 = f32x4.splat(0);
  let d0 = f32x4.splat(0);
  let d1 = f32x4.splat(0);
  let d2 = f32x4.splat(0);
  let d3 = f32x4.splat(0);
  let b1 = cols > 1 ? b0 + bStep : b0;
  let b2 = cols > 2 ? b1 + bStep : b1;
  let b3 = cols > 3 ? b2 + bStep : b2;
  for (; k >= 8; k -= 8) {
    const x = v128.load(a);
    c0 = madd(x, v128.load(b0), c0);
    c1 = madd(x, v128.load(b1), c1);
    c2 = madd(x, v128.load(b2), c2);
    c3 = madd(x, v128.load(b3), c3);
    const z = v128.load(a, 16);
    d0 = madd(z, v128.load(b0, 16), d0);
    d1 = madd(z, v128.load(b1, 16), d1);
    d2 = madd(z, v128.load(b2, 16), d2);
    d3 = madd(z, v128.load(b3, 16), d3);
    a += 32;
    b0 += 32;
    b1 += 32;
    b2 += 32;
    b3 += 32;
  }
  if (k >= 4) {
    const x = v128.load(a);
    c0 = madd(x, v128.load(b0), c0);
    c1 = madd(x, v128.load(b1), c1);
    c2 = madd(x, v128.load(b2), c2);
    c3 = madd(x, v128.load(b3), c3);
    a += 16;
    b0 += 16;
    b1 += 16;
    b2 += 16;
    b3 += 16;
    k -= 4;
  }
  if (k > 0) {
    const x = loadPart(a, k);
    d0 = madd(x, loadPart(b0, k), d0);
    d1 = madd(x, loadPart(b1, k), d1);
    d2 = madd(x, loadPart(b2, k), d2);
    d3 = madd(x, loadPart(b3, k), d3);
  }
  const sums = fold(f32x4.add(c0, d0), f32x4.add(c1, d1), f32x4.add(c2, d2), f32x4.add(c3, d3));
  storeSome(c, sums, sums, cols, bias, flags);
}

function two6(
  k: i32, a: usize, aStep: usize, b: usize, bStep: usize, c: usize, ldc: usize, bias: usize, flags: i32,
): void {
  two(6, 6, k, a, aStep, b, bStep, c, ldc, bias, flags);
}

function two5(
  k: i32, a: usize, aStep: usize, b: usize, bStep: usize, c: usize, ldc: usize, bias: usize, flags: i32,
): void {
  two(5, 5, k, a, aStep, b, bStep, c, ldc, bias, flags);
}

function two4(
  cols: i32, k: i32, a: usize, aStep: usize, b: usize, bStep: usize, c: usize, ldc: usize, bias: usize, flags: i32,
): void {
  two(4, cols, k, a, aStep, b, bStep, c, ldc, bias, flags);
}

/** All `n` columns of one or two rows. */
function rows(
  m: i32, n: i32, k: i32, a: usize, aStep: usize, b: usize, bStep: usize, c: usize, ldc: usize, bias: usize,
  flags: i32,
): void {
  while (n > 0) {
    let cols = m == 1 ? 4 : heightOf(n);
    if (cols > n) cols = n;
    if (m == 1) one(cols, k, a, b, bStep, c, bias, flags);
    else if (cols == 6) two6(k, a, aStep, b, bStep, c, ldc, bias, flags);
    else if (cols == 5) two5(k, a, aStep, b, bStep, c, ldc, bias, flags);
    else two4(cols, k, a, aStep, b, bStep, c, ldc, bias, flags);
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
  flags: i32,
): void {
  if (m <= 4) {
    // Few rows of A: pass over B once and keep them in the first-level cache.
    while (n > 0) {
      const cols = n < 6 ? n : heightOf(n);
      for (let i = 0; i < m; i += 2) {
        const p = m - i < 2 ? 1 : 2;
        rows(p, cols, k, a + <usize>i * aStep, aStep, b, bStep, c + <usize>i * ldc, ldc, bias, flags);
      }
      n -= cols;
      b += <usize>cols * bStep;
      c += <usize>cols << 2;
      if (bias) bias += <usize>cols << 2;
    }
    return;
  }
  for (; m > 0; m -= 2) {
    rows(m < 2 ? 1 : 2, n, k, a, aStep, b, bStep, c, ldc, bias, flags);
    a += 2 * aStep;
    c += 2 * ldc;
  }
}
