/** @file GEMV (a row times a matrix), outer products, and tiny products. Steps are in bytes. */
import { loadPart, madd, relu } from "./fma";
import { sumOfLanes } from "../vector/lanes";
import { ACCUMULATE, finishVector, RELU } from "./epilogue";

/** Bytes of the columns worked on at a time: their sums stay in the first-level cache while the rows of B stream past. */
const STRIP_BYTES: i32 = 4096;

/**
 * C[n] = A[k]·B[k,n], the columns of B being neighbours.
 *
 * @param aStep From one element of A to the next.
 * @param bStep From one row of B to the next.
 */
export function rowTimesMatrix<T>(
  n: i32, k: i32, a: usize, aStep: usize, b: usize, bStep: usize, c: usize, bias: usize, flags: i32,
): void {
  if (n == 1 && aStep == sizeof<T>() && bStep == sizeof<T>()) {
    rowTimesColumn<T>(k, a, b, c, bias, flags);
    return;
  }
  while (n > 0) {
    const strip = STRIP_BYTES / <i32>sizeof<T>();
    const cols = n < strip ? n : strip;
    const whole = cols & ~<i32>(16 / sizeof<T>() - 1);
    if (whole) vectors<T>(whole, k, a, aStep, b, bStep, c, bias, flags);
    const done = <usize>whole * sizeof<T>();
    if (whole < cols) {
      small<T>(1, cols - whole, k, a, 0, aStep, b + done, bStep, sizeof<T>(), c + done, 0, bias ? bias + done : 0, flags);
    }
    n -= cols;
    b += STRIP_BYTES;
    c += STRIP_BYTES;
    if (bias) bias += STRIP_BYTES;
  }
}

/** C[1] = A[k]·B[k], both contiguous, in eight vectors of sums, so that no multiply-add waits for the one before it. */
function rowTimesColumn<T>(k: i32, a: usize, b: usize, c: usize, bias: usize, flags: i32): void {
  const lanes = <i32>(16 / sizeof<T>());
  let s0 = i32x4.splat(0);
  let s1 = i32x4.splat(0);
  let s2 = i32x4.splat(0);
  let s3 = i32x4.splat(0);
  let s4 = i32x4.splat(0);
  let s5 = i32x4.splat(0);
  let s6 = i32x4.splat(0);
  let s7 = i32x4.splat(0);
  for (; k >= 8 * lanes; k -= 8 * lanes) {
    s0 = madd<T>(v128.load(a), v128.load(b), s0);
    s1 = madd<T>(v128.load(a, 16), v128.load(b, 16), s1);
    s2 = madd<T>(v128.load(a, 32), v128.load(b, 32), s2);
    s3 = madd<T>(v128.load(a, 48), v128.load(b, 48), s3);
    s4 = madd<T>(v128.load(a, 64), v128.load(b, 64), s4);
    s5 = madd<T>(v128.load(a, 80), v128.load(b, 80), s5);
    s6 = madd<T>(v128.load(a, 96), v128.load(b, 96), s6);
    s7 = madd<T>(v128.load(a, 112), v128.load(b, 112), s7);
    a += 128;
    b += 128;
  }
  for (; k >= lanes; k -= lanes) {
    s0 = madd<T>(v128.load(a), v128.load(b), s0);
    a += 16;
    b += 16;
  }
  if (k > 0) s1 = madd<T>(loadPart<T>(a, k), loadPart<T>(b, k), s1);
  const low = v128.add<T>(v128.add<T>(s0, s1), v128.add<T>(s2, s3));
  const high = v128.add<T>(v128.add<T>(s4, s5), v128.add<T>(s6, s7));
  let sum: T = sumOfLanes<T>(v128.add<T>(low, high));
  if (bias) sum += load<T>(bias);
  if (flags & ACCUMULATE) sum += load<T>(c);
  store<T>(c, flags & RELU && sum < 0 ? 0 as T : sum);
}

function vectors<T>(
  n: i32, k: i32, a: usize, aStep: usize, b: usize, bStep: usize, c: usize, bias: usize, flags: i32,
): void {
  const bytes = <usize>n * sizeof<T>();
  if (!(flags & ACCUMULATE)) {
    if (bias) memory.copy(c, bias, bytes);
    else memory.fill(c, 0, bytes);
  } else if (bias) {
    for (let at: usize = 0; at < bytes; at += 16) {
      v128.store(c + at, v128.add<T>(v128.load(c + at), v128.load(bias + at)));
    }
  }
  for (; k >= 4; k -= 4) {
    addRows<T>(n, a, aStep, b, b + bStep, b + 2 * bStep, b + 3 * bStep, c);
    a += 4 * aStep;
    b += 4 * bStep;
  }
  for (; k > 0; k--) {
    const x = v128.load_splat<T>(a);
    for (let at: usize = 0; at < bytes; at += 16) v128.store(c + at, madd<T>(x, v128.load(b + at), v128.load(c + at)));
    a += aStep;
    b += bStep;
  }
  if (flags & RELU) {
    for (let at: usize = 0; at < bytes; at += 16) v128.store(c + at, relu<T>(v128.load(c + at)));
  }
}

/** Adds four rows of B, each times its element of A. */
function addRows<T>(n: i32, a: usize, aStep: usize, b0: usize, b1: usize, b2: usize, b3: usize, c: usize): void {
  const x0 = v128.load_splat<T>(a);
  const x1 = v128.load_splat<T>(a + aStep);
  const x2 = v128.load_splat<T>(a + 2 * aStep);
  const x3 = v128.load_splat<T>(a + 3 * aStep);
  for (; n > 0; n -= <i32>(16 / sizeof<T>())) {
    let sum = madd<T>(x0, v128.load(b0), v128.load(c));
    sum = madd<T>(x1, v128.load(b1), sum);
    sum = madd<T>(x2, v128.load(b2), sum);
    v128.store(c, madd<T>(x3, v128.load(b3), sum));
    b0 += 16;
    b1 += 16;
    b2 += 16;
    b3 += 16;
    c += 16;
  }
}

/** C[m,n] = A[m,1]·B[1,n], the columns of B being neighbours. A tile would be zeroed and stored for one product each. */
export function outer<T>(m: i32, n: i32, a: usize, aStep: usize, b: usize, c: usize, ldc: usize, flags: i32): void {
  const zero = i32x4.splat(0);
  const lanes = <i32>(16 / sizeof<T>());
  for (; m > 0; m--) {
    const x = v128.load_splat<T>(a);
    let from = b;
    let to = c;
    let left = n;
    if (!flags) {
      for (; left >= lanes; left -= lanes) {
        v128.store(to, madd<T>(x, v128.load(from), zero));
        from += 16;
        to += 16;
      }
    }
    for (; left > 0; left -= lanes) {
      const y = left < lanes ? loadPart<T>(from, left) : v128.load(from);
      finishVector<T>(to, madd<T>(x, y, zero), left, 0, flags);
      from += 16;
      to += 16;
    }
    a += aStep;
    c += ldc;
  }
}

/** C[m,n] = A[m,k]·B[k,n] with any steps, element by element: the cheapest where there are only a few. */
export function small<T>(
  m: i32, n: i32, k: i32, a: usize, aRow: usize, aCol: usize, b: usize, bRow: usize, bCol: usize, c: usize,
  ldc: usize, bias: usize, flags: i32,
): void {
  for (let i = 0; i < m; i++) {
    let column = b;
    for (let j = 0; j < n; j++) {
      let x = a;
      let y = column;
      let sum: T = 0 as T;
      for (let l = 0; l < k; l++) {
        sum += load<T>(x) * load<T>(y);
        x += aCol;
        y += bRow;
      }
      const at = <usize>j * sizeof<T>();
      if (bias) sum += load<T>(bias + at);
      if (flags & ACCUMULATE) sum += load<T>(c + at);
      store<T>(c + at, flags & RELU && sum < 0 ? 0 as T : sum);
      column += bCol;
    }
    a += aRow;
    c += ldc;
  }
}
