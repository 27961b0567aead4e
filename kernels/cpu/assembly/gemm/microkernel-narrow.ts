/** @file Micro-kernel of 2 to 6 rows × 4 columns, for the last columns. Arguments as in microkernel-6x8.ts. */
import { madd } from "./fma";

@inline
function tile<T>(rows: i32, k: i32, a: usize, aStep: usize, b: usize, bStep: usize, c: usize, ldc: usize): void {
  let c0 = f32x4.splat(0);
  let c1 = f32x4.splat(0);
  let c2 = f32x4.splat(0);
  let c3 = f32x4.splat(0);
  let c4 = f32x4.splat(0);
  let c5 = f32x4.splat(0);
  for (; k > 0; k--) {
    const y = v128.load(b);
    c0 = madd<T>(v128.load_splat<T>(a), y, c0);
    c1 = madd<T>(v128.load_splat<T>(a, sizeof<T>()), y, c1);
    if (rows > 2) c2 = madd<T>(v128.load_splat<T>(a, 2 * sizeof<T>()), y, c2);
    if (rows > 3) c3 = madd<T>(v128.load_splat<T>(a, 3 * sizeof<T>()), y, c3);
    if (rows > 4) c4 = madd<T>(v128.load_splat<T>(a, 4 * sizeof<T>()), y, c4);
    if (rows > 5) c5 = madd<T>(v128.load_splat<T>(a, 5 * sizeof<T>()), y, c5);
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

export function narrow6<T>(k: i32, a: usize, aStep: usize, b: usize, bStep: usize, c: usize, ldc: usize): void {
  tile<T>(6, k, a, aStep, b, bStep, c, ldc);
}

export function narrow5<T>(k: i32, a: usize, aStep: usize, b: usize, bStep: usize, c: usize, ldc: usize): void {
  tile<T>(5, k, a, aStep, b, bStep, c, ldc);
}

export function narrow4<T>(k: i32, a: usize, aStep: usize, b: usize, bStep: usize, c: usize, ldc: usize): void {
  tile<T>(4, k, a, aStep, b, bStep, c, ldc);
}

export function narrow3<T>(k: i32, a: usize, aStep: usize, b: usize, bStep: usize, c: usize, ldc: usize): void {
  tile<T>(3, k, a, aStep, b, bStep, c, ldc);
}

export function narrow2<T>(k: i32, a: usize, aStep: usize, b: usize, bStep: usize, c: usize, ldc: usize): void {
  tile<T>(2, k, a, aStep, b, bStep, c, ldc);
}
