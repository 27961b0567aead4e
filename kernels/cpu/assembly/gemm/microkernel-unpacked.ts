/**
 * @file Micro-kernels whose broadcast operand is not packed: its rows are contiguous along k.
 *
 * That saves packing it, which takes as long as multiplying it by 3 columns, and memory is read while the arithmetic
 * runs. Arguments as in microkernel-6x8.ts, but `aRow` leads from row to row of the broadcast operand, and the
 * other one is packed in panels of 8. For A the rows of the tile are rows of C; for B they are columns, and epilogue.ts transposes the tile.
 */
import { madd } from "./fma";

@inline
function tile<T>(
  rows: i32, k: i32, a: usize, aRow: usize, b: usize, from: usize, fromStep: usize, c: usize, ldc: usize,
): void {
  let a0 = a;
  let a1 = a0 + aRow;
  let a2 = a1 + aRow;
  let a3 = a2 + aRow;
  let a4 = a3 + aRow;
  let a5 = a4 + aRow;
  let c00 = v128.load(from);
  let c01 = v128.load(from, 16);
  from += fromStep;
  let c10 = v128.load(from);
  let c11 = v128.load(from, 16);
  from += fromStep;
  let c20 = v128.load(from);
  let c21 = v128.load(from, 16);
  from += fromStep;
  let c30 = v128.load(from);
  let c31 = v128.load(from, 16);
  from += fromStep;
  let c40 = v128.load(from);
  let c41 = v128.load(from, 16);
  from += fromStep;
  let c50 = v128.load(from);
  let c51 = v128.load(from, 16);
  for (; k > 0; k--) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    let x = v128.load_splat<T>(a0);
    c00 = madd<T>(x, b0, c00);
    c01 = madd<T>(x, b1, c01);
    x = v128.load_splat<T>(a1);
    c10 = madd<T>(x, b0, c10);
    c11 = madd<T>(x, b1, c11);
    x = v128.load_splat<T>(a2);
    c20 = madd<T>(x, b0, c20);
    c21 = madd<T>(x, b1, c21);
    x = v128.load_splat<T>(a3);
    c30 = madd<T>(x, b0, c30);
    c31 = madd<T>(x, b1, c31);
    if (rows > 4) {
      x = v128.load_splat<T>(a4);
      c40 = madd<T>(x, b0, c40);
      c41 = madd<T>(x, b1, c41);
    }
    if (rows > 5) {
      x = v128.load_splat<T>(a5);
      c50 = madd<T>(x, b0, c50);
      c51 = madd<T>(x, b1, c51);
    }
    a0 += sizeof<T>();
    a1 += sizeof<T>();
    a2 += sizeof<T>();
    a3 += sizeof<T>();
    a4 += sizeof<T>();
    a5 += sizeof<T>();
    b += 32;
  }
  v128.store(c, c00);
  v128.store(c, c01, 16);
  c += ldc;
  v128.store(c, c10);
  v128.store(c, c11, 16);
  c += ldc;
  v128.store(c, c20);
  v128.store(c, c21, 16);
  c += ldc;
  v128.store(c, c30);
  v128.store(c, c31, 16);
  if (rows > 4) {
    c += ldc;
    v128.store(c, c40);
    v128.store(c, c41, 16);
  }
  if (rows > 5) {
    c += ldc;
    v128.store(c, c50);
    v128.store(c, c51, 16);
  }
}

export function inPlace6<T>(
  k: i32, a: usize, aRow: usize, b: usize, from: usize, fromStep: usize, c: usize, ldc: usize,
): void {
  tile<T>(6, k, a, aRow, b, from, fromStep, c, ldc);
}

export function inPlace5<T>(
  k: i32, a: usize, aRow: usize, b: usize, from: usize, fromStep: usize, c: usize, ldc: usize,
): void {
  tile<T>(5, k, a, aRow, b, from, fromStep, c, ldc);
}

export function inPlace4<T>(
  k: i32, a: usize, aRow: usize, b: usize, from: usize, fromStep: usize, c: usize, ldc: usize,
): void {
  tile<T>(4, k, a, aRow, b, from, fromStep, c, ldc);
}
