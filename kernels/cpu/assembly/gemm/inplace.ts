/**
 * @file Register tiles whose broadcast operand is read where it lies, as rows that are contiguous along k.
 *
 * That saves packing it, which takes as long as multiplying it by 3 columns, and memory is read while the arithmetic
 * runs. Arguments as in wide.ts, but `aRow` leads from row to row of the operand, and the other one is packed in
 * panels of 8. In `row` tiles the broadcast operand is A; in `column` tiles it is B: their rows are columns of C, and
 * `cols` counts rows of C.
 */
import { biasAt, madd, store8, storeColumns, storeSome } from "./store";

@inline
function tile(
  rows: i32, swapped: bool, k: i32, a: usize, aRow: usize, b: usize, c: usize, ldc: usize, cols: i32, bias: usize,
  flags: i32,
): void {
  let a0 = a;
  let a1 = a0 + aRow;
  let a2 = a1 + aRow;
  let a3 = a2 + aRow;
  let a4 = a3 + aRow;
  let a5 = a4 + aRow;
  let b0 = swapped ? f32x4.splat(0) : biasAt(bias, 0, cols);
  let b1 = swapped ? f32x4.splat(0) : biasAt(bias, 16, cols);
  let c00 = b0;
  let c01 = b1;
  let c10 = b0;
  let c11 = b1;
  let c20 = b0;
  let c21 = b1;
  let c30 = b0;
  let c31 = b1;
  let c40 = b0;
  let c41 = b1;
  let c50 = b0;
  let c51 = b1;
  let x: v128;
  if (swapped && bias) {
    c00 = v128.load32_splat(bias);
    c01 = c00;
    c10 = v128.load32_splat(bias, 4);
    c11 = c10;
    c20 = v128.load32_splat(bias, 8);
    c21 = c20;
    c30 = v128.load32_splat(bias, 12);
    c31 = c30;
    if (rows > 4) {
      c40 = v128.load32_splat(bias, 16);
      c41 = c40;
    }
    if (rows > 5) {
      c50 = v128.load32_splat(bias, 20);
      c51 = c50;
    }
  }
  for (; k >= 4; k -= 4) {
    b0 = v128.load(b);
    b1 = v128.load(b, 16);
    x = v128.load32_splat(a0);
    c00 = madd(x, b0, c00);
    c01 = madd(x, b1, c01);
    x = v128.load32_splat(a1);
    c10 = madd(x, b0, c10);
    c11 = madd(x, b1, c11);
    x = v128.load32_splat(a2);
    c20 = madd(x, b0, c20);
    c21 = madd(x, b1, c21);
    x = v128.load32_splat(a3);
    c30 = madd(x, b0, c30);
    c31 = madd(x, b1, c31);
    if (rows > 4) {
      x = v128.load32_splat(a4);
      c40 = madd(x, b0, c40);
      c41 = madd(x, b1, c41);
    }
    if (rows > 5) {
      x = v128.load32_splat(a5);
      c50 = madd(x, b0, c50);
      c51 = madd(x, b1, c51);
    }
    b0 = v128.load(b, 32);
    b1 = v128.load(b, 48);
    x = v128.load32_splat(a0, 4);
    c00 = madd(x, b0, c00);
    c01 = madd(x, b1, c01);
    x = v128.load32_splat(a1, 4);
    c10 = madd(x, b0, c10);
    c11 = madd(x, b1, c11);
    x = v128.load32_splat(a2, 4);
    c20 = madd(x, b0, c20);
    c21 = madd(x, b1, c21);
    x = v128.load32_splat(a3, 4);
    c30 = madd(x, b0, c30);
    c31 = madd(x, b1, c31);
    if (rows > 4) {
      x = v128.load32_splat(a4, 4);
      c40 = madd(x, b0, c40);
      c41 = madd(x, b1, c41);
    }
    if (rows > 5) {
      x = v128.load32_splat(a5, 4);
      c50 = madd(x, b0, c50);
      c51 = madd(x, b1, c51);
    }
    b0 = v128.load(b, 64);
    b1 = v128.load(b, 80);
    x = v128.load32_splat(a0, 8);
    c00 = madd(x, b0, c00);
    c01 = madd(x, b1, c01);
    x = v128.load32_splat(a1, 8);
    c10 = madd(x, b0, c10);
    c11 = madd(x, b1, c11);
    x = v128.load32_splat(a2, 8);
    c20 = madd(x, b0, c20);
    c21 = madd(x, b1, c21);
    x = v128.load32_splat(a3, 8);
    c30 = madd(x, b0, c30);
    c31 = madd(x, b1, c31);
    if (rows > 4) {
      x = v128.load32_splat(a4, 8);
      c40 = madd(x, b0, c40);
      c41 = madd(x, b1, c41);
    }
    if (rows > 5) {
      x = v128.load32_splat(a5, 8);
      c50 = madd(x, b0, c50);
      c51 = madd(x, b1, c51);
    }
    b0 = v128.load(b, 96);
    b1 = v128.load(b, 112);
    x = v128.load32_splat(a0, 12);
    c00 = madd(x, b0, c00);
    c01 = madd(x, b1, c01);
    x = v128.load32_splat(a1, 12);
    c10 = madd(x, b0, c10);
    c11 = madd(x, b1, c11);
    x = v128.load32_splat(a2, 12);
    c20 = madd(x, b0, c20);
    c21 = madd(x, b1, c21);
    x = v128.load32_splat(a3, 12);
    c30 = madd(x, b0, c30);
    c31 = madd(x, b1, c31);
    if (rows > 4) {
      x = v128.load32_splat(a4, 12);
      c40 = madd(x, b0, c40);
      c41 = madd(x, b1, c41);
    }
    if (rows > 5) {
      x = v128.load32_splat(a5, 12);
      c50 = madd(x, b0, c50);
      c51 = madd(x, b1, c51);
    }
    a0 += 16;
    a1 += 16;
    a2 += 16;
    a3 += 16;
    a4 += 16;
    a5 += 16;
    b += 128;
  }
  for (; k > 0; k--) {
    b0 = v128.load(b);
    b1 = v128.load(b, 16);
    x = v128.load32_splat(a0);
    c00 = madd(x, b0, c00);
    c01 = madd(x, b1, c01);
    x = v128.load32_splat(a1);
    c10 = madd(x, b0, c10);
    c11 = madd(x, b1, c11);
    x = v128.load32_splat(a2);
    c20 = madd(x, b0, c20);
    c21 = madd(x, b1, c21);
    x = v128.load32_splat(a3);
    c30 = madd(x, b0, c30);
    c31 = madd(x, b1, c31);
    if (rows > 4) {
      x = v128.load32_splat(a4);
      c40 = madd(x, b0, c40);
      c41 = madd(x, b1, c41);
    }
    if (rows > 5) {
      x = v128.load32_splat(a5);
      c50 = madd(x, b0, c50);
      c51 = madd(x, b1, c51);
    }
    a0 += 4;
    a1 += 4;
    a2 += 4;
    a3 += 4;
    a4 += 4;
    a5 += 4;
    b += 32;
  }
  if (swapped) {
    storeColumns(rows, c, ldc, cols, c00, c10, c20, c30, c40, c50, flags);
    if (cols > 4) storeColumns(rows, c + 4 * ldc, ldc, cols - 4, c01, c11, c21, c31, c41, c51, flags);
  } else if (cols == 8) {
    store8(c, c00, c01, flags);
    store8((c += ldc), c10, c11, flags);
    store8((c += ldc), c20, c21, flags);
    store8((c += ldc), c30, c31, flags);
    if (rows > 4) store8((c += ldc), c40, c41, flags);
    if (rows > 5) store8((c += ldc), c50, c51, flags);
  } else {
    storeSome(c, c00, c01, cols, bias, flags);
    storeSome((c += ldc), c10, c11, cols, bias, flags);
    storeSome((c += ldc), c20, c21, cols, bias, flags);
    storeSome((c += ldc), c30, c31, cols, bias, flags);
    if (rows > 4) storeSome((c += ldc), c40, c41, cols, bias, flags);
    if (rows > 5) storeSome((c += ldc), c50, c51, cols, bias, flags);
  }
}

export function row6(
  k: i32, a: usize, aRow: usize, b: usize, c: usize, ldc: usize, cols: i32, bias: usize, flags: i32,
): void {
  tile(6, false, k, a, aRow, b, c, ldc, cols, bias, flags);
}

export function row5(
  k: i32, a: usize, aRow: usize, b: usize, c: usize, ldc: usize, cols: i32, bias: usize, flags: i32,
): void {
  tile(5, false, k, a, aRow, b, c, ldc, cols, bias, flags);
}

export function row4(
  k: i32, a: usize, aRow: usize, b: usize, c: usize, ldc: usize, cols: i32, bias: usize, flags: i32,
): void {
  tile(4, false, k, a, aRow, b, c, ldc, cols, bias, flags);
}

export function column6(
  k: i32, a: usize, aRow: usize, b: usize, c: usize, ldc: usize, cols: i32, bias: usize, flags: i32,
): void {
  tile(6, true, k, a, aRow, b, c, ldc, cols, bias, flags);
}

export function column5(
  k: i32, a: usize, aRow: usize, b: usize, c: usize, ldc: usize, cols: i32, bias: usize, flags: i32,
): void {
  tile(5, true, k, a, aRow, b, c, ldc, cols, bias, flags);
}

export function column4(
  k: i32, a: usize, aRow: usize, b: usize, c: usize, ldc: usize, cols: i32, bias: usize, flags: i32,
): void {
  tile(4, true, k, a, aRow, b, c, ldc, cols, bias, flags);
}
