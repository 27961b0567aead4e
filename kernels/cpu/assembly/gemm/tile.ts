/**
 * @file Register tiles: the innermost loops of a matrix product.
 *
 * A tile is a block of C that stays in registers while k runs. V8 leaves 15 of the 16 vector registers to the code:
 * 12 sums, 2 vectors of B and 1 broadcast element of A make the 6×8 tile. The multiply-add units start 2 operations a
 * cycle and finish each after 4, so at least 8 independent sums are needed to keep them busy. That is why tiles with
 * fewer sums take two or four values of k at once, each with sums of its own.
 *
 * Arguments of all tiles, addresses and steps in bytes:
 * - `a` is the first of the tile's rows for k = 0, the others follow it; `aStep` leads to the next k.
 * - `b` is the first of the tile's columns for k = 0, the others follow it; `bStep` leads to the next k.
 * - `c` is the upper left element of the target, `ldc` leads to its next row; `cols` columns of it are stored.
 * - `bias` is that of the first column, or 0; `flags` are those of store.ts.
 *
 * `rows` is a constant in every caller, so the compiler drops what does not apply.
 */
import { store8, storeSome } from "./store";

/** a·b + c. The plain build rounds twice. */
@inline
export function madd(a: v128, b: v128, c: v128): v128 {
  return ASC_FEATURE_RELAXED_SIMD ? f32x4.relaxed_madd(a, b, c) : f32x4.add(f32x4.mul(a, b), c);
}

@inline
function storeRow(c: usize, v0: v128, v1: v128, cols: i32, bias: usize, flags: i32): void {
  if (cols < 8) storeSome(c, v0, v1, cols, bias, flags);
  else store8(c, v0, v1, bias, flags);
}

/** 4 to 6 rows × 8 columns. */
@inline
function wide(
  rows: i32,
  k: i32,
  a: usize,
  aStep: usize,
  b: usize,
  bStep: usize,
  c: usize,
  ldc: usize,
  cols: i32,
  bias: usize,
  flags: i32,
): void {
  let c00 = f32x4.splat(0);
  let c01 = f32x4.splat(0);
  let c10 = f32x4.splat(0);
  let c11 = f32x4.splat(0);
  let c20 = f32x4.splat(0);
  let c21 = f32x4.splat(0);
  let c30 = f32x4.splat(0);
  let c31 = f32x4.splat(0);
  let c40 = f32x4.splat(0);
  let c41 = f32x4.splat(0);
  let c50 = f32x4.splat(0);
  let c51 = f32x4.splat(0);
  for (; k > 0; k--) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    let x = v128.load32_splat(a);
    c00 = madd(x, b0, c00);
    c01 = madd(x, b1, c01);
    x = v128.load32_splat(a, 4);
    c10 = madd(x, b0, c10);
    c11 = madd(x, b1, c11);
    x = v128.load32_splat(a, 8);
    c20 = madd(x, b0, c20);
    c21 = madd(x, b1, c21);
    x = v128.load32_splat(a, 12);
    c30 = madd(x, b0, c30);
    c31 = madd(x, b1, c31);
    if (rows > 4) {
      x = v128.load32_splat(a, 16);
      c40 = madd(x, b0, c40);
      c41 = madd(x, b1, c41);
    }
    if (rows > 5) {
      x = v128.load32_splat(a, 20);
      c50 = madd(x, b0, c50);
      c51 = madd(x, b1, c51);
    }
    a += aStep;
    b += bStep;
  }
  storeRow(c, c00, c01, cols, bias, flags);
  storeRow((c += ldc), c10, c11, cols, bias, flags);
  storeRow((c += ldc), c20, c21, cols, bias, flags);
  storeRow((c += ldc), c30, c31, cols, bias, flags);
  if (rows > 4) storeRow((c += ldc), c40, c41, cols, bias, flags);
  if (rows > 5) storeRow((c += ldc), c50, c51, cols, bias, flags);
}

/** 2 or 3 rows × 8 columns, two values of k at once. */
@inline
function low(
  rows: i32,
  k: i32,
  a: usize,
  aStep: usize,
  b: usize,
  bStep: usize,
  c: usize,
  ldc: usize,
  cols: i32,
  bias: usize,
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
  storeRow(c, f32x4.add(c00, d00), f32x4.add(c01, d01), cols, bias, flags);
  storeRow((c += ldc), f32x4.add(c10, d10), f32x4.add(c11, d11), cols, bias, flags);
  if (rows > 2) storeRow((c += ldc), f32x4.add(c20, d20), f32x4.add(c21, d21), cols, bias, flags);
}

/** 1 to 6 rows × 4 columns, two values of k at once. */
@inline
function narrow(
  rows: i32,
  k: i32,
  a: usize,
  aStep: usize,
  b: usize,
  bStep: usize,
  c: usize,
  ldc: usize,
  cols: i32,
  bias: usize,
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
    if (rows > 1) c1 = madd(v128.load32_splat(a, 4), y, c1);
    if (rows > 2) c2 = madd(v128.load32_splat(a, 8), y, c2);
    if (rows > 3) c3 = madd(v128.load32_splat(a, 12), y, c3);
    if (rows > 4) c4 = madd(v128.load32_splat(a, 16), y, c4);
    if (rows > 5) c5 = madd(v128.load32_splat(a, 20), y, c5);
    a += aStep;
    b += bStep;
    if (k == 1) break;
    y = v128.load(b);
    d0 = madd(v128.load32_splat(a), y, d0);
    if (rows > 1) d1 = madd(v128.load32_splat(a, 4), y, d1);
    if (rows > 2) d2 = madd(v128.load32_splat(a, 8), y, d2);
    if (rows > 3) d3 = madd(v128.load32_splat(a, 12), y, d3);
    if (rows > 4) d4 = madd(v128.load32_splat(a, 16), y, d4);
    if (rows > 5) d5 = madd(v128.load32_splat(a, 20), y, d5);
    a += aStep;
    b += bStep;
  }
  const none = f32x4.splat(0);
  storeSome(c, f32x4.add(c0, d0), none, cols, bias, flags);
  if (rows > 1) storeSome((c += ldc), f32x4.add(c1, d1), none, cols, bias, flags);
  if (rows > 2) storeSome((c += ldc), f32x4.add(c2, d2), none, cols, bias, flags);
  if (rows > 3) storeSome((c += ldc), f32x4.add(c3, d3), none, cols, bias, flags);
  if (rows > 4) storeSome((c += ldc), f32x4.add(c4, d4), none, cols, bias, flags);
  if (rows > 5) storeSome((c += ldc), f32x4.add(c5, d5), none, cols, bias, flags);
}

export function tile6x8(
  k: i32,
  a: usize,
  aStep: usize,
  b: usize,
  bStep: usize,
  c: usize,
  ldc: usize,
  cols: i32,
  bias: usize,
  flags: i32,
): void {
  wide(6, k, a, aStep, b, bStep, c, ldc, cols, bias, flags);
}

export function tile5x8(
  k: i32,
  a: usize,
  aStep: usize,
  b: usize,
  bStep: usize,
  c: usize,
  ldc: usize,
  cols: i32,
  bias: usize,
  flags: i32,
): void {
  wide(5, k, a, aStep, b, bStep, c, ldc, cols, bias, flags);
}

export function tile4x8(
  k: i32,
  a: usize,
  aStep: usize,
  b: usize,
  bStep: usize,
  c: usize,
  ldc: usize,
  cols: i32,
  bias: usize,
  flags: i32,
): void {
  wide(4, k, a, aStep, b, bStep, c, ldc, cols, bias, flags);
}

export function tile3x8(
  k: i32,
  a: usize,
  aStep: usize,
  b: usize,
  bStep: usize,
  c: usize,
  ldc: usize,
  cols: i32,
  bias: usize,
  flags: i32,
): void {
  low(3, k, a, aStep, b, bStep, c, ldc, cols, bias, flags);
}

export function tile2x8(
  k: i32,
  a: usize,
  aStep: usize,
  b: usize,
  bStep: usize,
  c: usize,
  ldc: usize,
  cols: i32,
  bias: usize,
  flags: i32,
): void {
  low(2, k, a, aStep, b, bStep, c, ldc, cols, bias, flags);
}

export function tile6x4(
  k: i32,
  a: usize,
  aStep: usize,
  b: usize,
  bStep: usize,
  c: usize,
  ldc: usize,
  cols: i32,
  bias: usize,
  flags: i32,
): void {
  narrow(6, k, a, aStep, b, bStep, c, ldc, cols, bias, flags);
}

export function tile5x4(
  k: i32,
  a: usize,
  aStep: usize,
  b: usize,
  bStep: usize,
  c: usize,
  ldc: usize,
  cols: i32,
  bias: usize,
  flags: i32,
): void {
  narrow(5, k, a, aStep, b, bStep, c, ldc, cols, bias, flags);
}

export function tile4x4(
  k: i32,
  a: usize,
  aStep: usize,
  b: usize,
  bStep: usize,
  c: usize,
  ldc: usize,
  cols: i32,
  bias: usize,
  flags: i32,
): void {
  narrow(4, k, a, aStep, b, bStep, c, ldc, cols, bias, flags);
}

export function tile3x4(
  k: i32,
  a: usize,
  aStep: usize,
  b: usize,
  bStep: usize,
  c: usize,
  ldc: usize,
  cols: i32,
  bias: usize,
  flags: i32,
): void {
  narrow(3, k, a, aStep, b, bStep, c, ldc, cols, bias, flags);
}

export function tile2x4(
  k: i32,
  a: usize,
  aStep: usize,
  b: usize,
  bStep: usize,
  c: usize,
  ldc: usize,
  cols: i32,
  bias: usize,
  flags: i32,
): void {
  narrow(2, k, a, aStep, b, bStep, c, ldc, cols, bias, flags);
}
