/** @file GEMV (a row times a matrix), and tiny products. Steps are in bytes. */
import { madd, relu } from "./fma";
import { ACCUMULATE, RELU } from "./epilogue";

/** Columns worked on at a time: their sums stay in the first-level cache while the rows of B stream past. */
const STRIP: i32 = 1024;

/**
 * C[n] = A[k]·B[k,n], the columns of B being neighbours.
 *
 * @param aStep From one element of A to the next.
 * @param bStep From one row of B to the next.
 */
export function rowTimesMatrix(
  n: i32, k: i32, a: usize, aStep: usize, b: usize, bStep: usize, c: usize, bias: usize, flags: i32,
): void {
  while (n > 0) {
    const cols = n < STRIP ? n : STRIP;
    const whole = cols & ~3;
    if (whole) vectors(whole, k, a, aStep, b, bStep, c, bias, flags);
    const done = <usize>whole << 2;
    if (whole < cols) {
      small(1, cols - whole, k, a, 0, aStep, b + done, bStep, 4, c + done, 0, bias ? bias + done : 0, flags);
    }
    n -= cols;
    b += STRIP << 2;
    c += STRIP << 2;
    if (bias) bias += STRIP << 2;
  }
}

function vectors(
  n: i32, k: i32, a: usize, aStep: usize, b: usize, bStep: usize, c: usize, bias: usize, flags: i32,
): void {
  const bytes = <usize>n << 2;
  if (!(flags & ACCUMULATE)) {
    if (bias) memory.copy(c, bias, bytes);
    else memory.fill(c, 0, bytes);
  } else if (bias) {
    for (let at: usize = 0; at < bytes; at += 16) {
      v128.store(c + at, f32x4.add(v128.load(c + at), v128.load(bias + at)));
    }
  }
  for (; k >= 4; k -= 4) {
    addRows(n, a, aStep, b, b + bStep, b + 2 * bStep, b + 3 * bStep, c);
    a += 4 * aStep;
    b += 4 * bStep;
  }
  for (; k > 0; k--) {
    const x = v128.load32_splat(a);
    for (let at: usize = 0; at < bytes; at += 16) v128.store(c + at, madd(x, v128.load(b + at), v128.load(c + at)));
    a += aStep;
    b += bStep;
  }
  if (flags & RELU) {
    for (let at: usize = 0; at < bytes; at += 16) v128.store(c + at, relu(v128.load(c + at)));
  }
}

/** Adds four rows of B, each times its element of A. */
function addRows(n: i32, a: usize, aStep: usize, b0: usize, b1: usize, b2: usize, b3: usize, c: usize): void {
  const x0 = v128.load32_splat(a);
  const x1 = v128.load32_splat(a + aStep);
  const x2 = v128.load32_splat(a + 2 * aStep);
  const x3 = v128.load32_splat(a + 3 * aStep);
  for (; n > 0; n -= 4) {
    let sum = madd(x0, v128.load(b0), v128.load(c));
    sum = madd(x1, v128.load(b1), sum);
    sum = madd(x2, v128.load(b2), sum);
    v128.store(c, madd(x3, v128.load(b3), sum));
    b0 += 16;
    b1 += 16;
    b2 += 16;
    b3 += 16;
    c += 16;
  }
}

/** C[m,n] = A[m,k]·B[k,n] with any steps, element by element: the cheapest where there are only a few. */
export function small(
  m: i32, n: i32, k: i32, a: usize, aRow: usize, aCol: usize, b: usize, bRow: usize, bCol: usize, c: usize,
  ldc: usize, bias: usize, flags: i32,
): void {
  for (let i = 0; i < m; i++) {
    let column = b;
    for (let j = 0; j < n; j++) {
      let x = a;
      let y = column;
      let sum: f32 = 0;
      for (let l = 0; l < k; l++) {
        sum += load<f32>(x) * load<f32>(y);
        x += aCol;
        y += bRow;
      }
      const at = <usize>j << 2;
      if (bias) sum += load<f32>(bias + at);
      if (flags & ACCUMULATE) sum += load<f32>(c + at);
      store<f32>(c + at, flags & RELU && sum < 0 ? 0 : sum);
      column += bCol;
    }
    a += aRow;
    c += ldc;
  }
}
