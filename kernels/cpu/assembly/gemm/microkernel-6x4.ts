/** @file Micro-kernel of 2 to 6 rows × 4 columns, for the last columns. Arguments as in microkernel-6x8.ts. */
import { madd } from "./fma";

@inline
function tile(rows: i32, k: i32, a: usize, aStep: usize, b: usize, bStep: usize, c: usize, ldc: usize): void {
  let c0 = f32x4.splat(0);
  let c1 = f32x4.splat(0);
  let c2 = f32x4.splat(0);
  let c3 = f32x4.splat(0);
  let c4 = f32x4.splat(0);
  let c5 = f32x4.splat(0);
  for (; k > 0; k--) {
    const y = v128.load(b);
    c0 = madd(v128.load32_splat(a), y, c0);
    c1 = madd(v128.load32_splat(a, 4), y, c1);
    if (rows > 2) c2 = madd(v128.load32_splat(a, 8), y, c2);
    if (rows > 3) c3 = madd(v128.load32_splat(a, 12), y, c3);
    if (rows > 4) c4 = madd(v128.load32_splat(a, 16), y, c4);
    if (rows > 5) c5 = madd(v128.load32_splat(a, 20), y, c5);
    a += aStep;
    b += bStep;
  }
  v128.store(c, c0);
  c += ldc;
  v128.store(c, c1);
  if (rows > 2) {
    c += ldc;
    v128.store(c, c2);
  }
  if (rows > 3) {
    c += ldc;
    v128.store(c, c3);
  }
  if (rows > 4) {
    c += ldc;
    v128.store(c, c4);
  }
  if (rows > 5) {
    c += ldc;
    v128.store(c, c5);
  }
}

export function tile6x4(k: i32, a: usize, aStep: usize, b: usize, bStep: usize, c: usize, ldc: usize): void {
  tile(6, k, a, aStep, b, bStep, c, ldc);
}

export function tile5x4(k: i32, a: usize, aStep: usize, b: usize, bStep: usize, c: usize, ldc: usize): void {
  tile(5, k, a, aStep, b, bStep, c, ldc);
}

export function tile4x4(k: i32, a: usize, aStep: usize, b: usize, bStep: usize, c: usize, ldc: usize): void {
  tile(4, k, a, aStep, b, bStep, c, ldc);
}

export function tile3x4(k: i32, a: usize, aStep: usize, b: usize, bStep: usize, c: usize, ldc: usize): void {
  tile(3, k, a, aStep, b, bStep, c, ldc);
}

export function tile2x4(k: i32, a: usize, aStep: usize, b: usize, bStep: usize, c: usize, ldc: usize): void {
  tile(2, k, a, aStep, b, bStep, c, ldc);
}
