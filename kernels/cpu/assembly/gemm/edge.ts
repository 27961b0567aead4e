/**
 * @file Register tiles for the edges of a product: 2 or 3 rows, or 4 columns. Arguments as in wide.ts.
 *
 * They have too few sums to keep the multiply-add units busy, so they take two k at once, each with sums of its own.
 */
import { madd, storeSome } from "./store";

/** 2 or 3 rows × 8 columns, two values of k at once. */
@inline
function low(
  rows: i32, k: i32, a: usize, aStep: usize, b: usize, bStep: usize, c: usize, ldc: usize, cols: i32, bias: usize,
  flags: i32,
): void {
  let c00 = f32x4.splat(0);
  let c01 = f32x4.splat(0);
  let c10 = f32x4.splat(0);
  let c11 = f32x4.splat(0);
  let c20 = f32x4.splat(0);
  let c21 = f32x4.splat(0);
  let d00 = f32x4.splat(0);
  let d01 = f32x4.splat(0);
  let d10 = f32x4.splat(0);
  let d11 = f32x4.splat(0);
  let d20 = f32x4.splat(0);
  let d21 = f32x4.splat(0);
  for (; k > 0; k -= 2) {
    let b0 = v128.load(b);
    let b1 = v128.load(b, 16);
    let x = v128.load32_splat(a);
    c00 = madd(x, b0, c00);
    c01 = madd(x, b1, c01);
    x = v128.load32_splat(a, 4);
    c10 = madd(x, b0, c10);
    c11 = madd(x, b1, c11);
    if (rows > 2) {
      x = v128.load32_splat(a, 8);
      c20 = madd(x, b0, c20);
      c21 = madd(x, b1, c21);
    }
    a += aStep;
    b += bStep;
    if (k == 1) break;
    b0 = v128.load(b);
    b1 = v128.load(b, 16);
    x = v128.load32_splat(a);
    d00 = madd(x, b0, d00);
    d01 = madd(x, b1, d01);
    x = v128.load32_splat(a, 4);
    d10 = madd(x, b0, d10);
    d11 = madd(x, b1, d11);
    if (rows > 2) {
      x = v128.load32_splat(a, 8);
      d20 = madd(x, b0, d20);
      d21 = madd(x, b1, d21);
    }
    a += aStep;
    b += bStep;
  }
  storeSome(c, f32x4.add(c00, d00), f32x4.add(c01, d01), cols, bias, flags);
  storeSome((c += ldc), f32x4.add(c10, d10), f32x4.add(c11, d11), cols, bias, flags);
  if (rows > 2) storeSome((c += ldc), f32x4.add(c20, d20), f32x4.add(c21, d21), cols, bias, flags);
}

/** 2 to 6 rows × 4 columns, two values of k at once. */
@inline
function narrow(
  rows: i32, k: i32, a: usize, aStep: usize, b: usize, bStep: usize, c: usize, ldc: usize, cols: i32, bias: usize,
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
  for (; k > 0; k -= 2) {
    let y = v128.load(b);
    c0 = madd(v128.load32_splat(a), y, c0);
    c1 = madd(v128.load32_splat(a, 4), y, c1);
    if (rows > 2) c2 = madd(v128.load32_splat(a, 8), y, c2);
    if (rows > 3) c3 = madd(v128.load32_splat(a, 12), y, c3);
    if (rows > 4) c4 = madd(v128.load32_splat(a, 16), y, c4);
    if (rows > 5) c5 = madd(v128.load32_splat(a, 20), y, c5);
    a += aStep;
    b += bStep;
    if (k == 1) break;
    y = v128.load(b);
    d0 = madd(v128.load32_splat(a), y, d0);
    d1 = madd(v128.load32_splat(a, 4), y, d1);
    if (rows > 2) d2 = madd(v128.load32_splat(a, 8), y, d2);
    if (rows > 3) d3 = madd(v128.load32_splat(a, 12), y, d3);
    if (rows > 4) d4 = madd(v128.load32_splat(a, 16), y, d4);
    if (rows > 5) d5 = madd(v128.load32_splat(a, 20), y, d5);
    a += aStep;
    b += bStep;
  }
  const none = f32x4.splat(0);
  storeSome(c, f32x4.add(c0, d0), none, cols, bias, flags);
  storeSome((c += ldc), f32x4.add(c1, d1), none, cols, bias, flags);
  if (rows > 2) storeSome((c += ldc), f32x4.add(c2, d2), none, cols, bias, flags);
  if (rows > 3) storeSome((c += ldc), f32x4.add(c3, d3), none, cols, bias, flags);
  if (rows > 4) storeSome((c += ldc), f32x4.add(c4, d4), none, cols, bias, flags);
  if (rows > 5) storeSome((c += ldc), f32x4.add(c5, d5), none, cols, bias, flags);
}

export function tile3x8(
  k: i32, a: usize, aStep: usize, b: usize, bStep: usize, c: usize, ldc: usize, cols: i32, bias: usize, flags: i32,
): void {
  low(3, k, a, aStep, b, bStep, c, ldc, cols, bias, flags);
}

export function tile2x8(
  k: i32, a: usize, aStep: usize, b: usize, bStep: usize, c: usize, ldc: usize, cols: i32, bias: usize, flags: i32,
): void {
  low(2, k, a, aStep, b, bStep, c, ldc, cols, bias, flags);
}

export function tile6x4(
  k: i32, a: usize, aStep: usize, b: usize, bStep: usize, c: usize, ldc: usize, cols: i32, bias: usize, flags: i32,
): void {
  narrow(6, k, a, aStep, b, bStep, c, ldc, cols, bias, flags);
}

export function tile5x4(
  k: i32, a: usize, aStep: usize, b: usize, bStep: usize, c: usize, ldc: usize, cols: i32, bias: usize, flags: i32,
): void {
  narrow(5, k, a, aStep, b, bStep, c, ldc, cols, bias, flags);
}

export function tile4x4(
  k: i32, a: usize, aStep: usize, b: usize, bStep: usize, c: usize, ldc: usize, cols: i32, bias: usize, flags: i32,
): void {
  narrow(4, k, a, aStep, b, bStep, c, ldc, cols, bias, flags);
}

export function tile3x4(
  k: i32, a: usize, aStep: usize, b: usize, bStep: usize, c: usize, ldc: usize, cols: i32, bias: usize, flags: i32,
): void {
  narrow(3, k, a, aStep, b, bStep, c, ldc, cols, bias, flags);
}

export function tile2x4(
  k: i32, a: usize, aStep: usize, b: usize, bStep: usize, c: usize, ldc: usize, cols: i32, bias: usize, flags: i32,
): void {
  narrow(2, k, a, aStep, b, bStep, c, ldc, cols, bias, flags);
}
