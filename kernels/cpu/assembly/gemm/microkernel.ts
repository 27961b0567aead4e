/**
 * @file Micro-kernel of 2 to 6 rows × 8 columns: the innermost loop of a matrix product.
 *
 * A tile is a block of C that stays in registers while k runs. V8 leaves 15 of the 16 vector registers to the code:
 * 12 sums, 2 vectors of B and 1 broadcast element of A make 6×8. The multiply-add units start 2 operations a cycle and
 * finish each after 4, so at least 8 independent sums keep them busy: 4 rows.
 *
 * The loops are as plain as they look for a reason. Taking several k a turn, or anything but loads before and stores
 * behind the loop, makes V8 up to version 12 (Node 22) keep sums in memory, at half the speed. So whatever else is to
 * happen to a tile happens in epilogue.ts.
 *
 * Arguments, addresses and steps in bytes:
 * - `a` is the first of the tile's rows for k = 0, the others follow it; `aStep` leads to the next k.
 * - `b` is the first of the tile's columns for k = 0, the others follow it; `bStep` leads to the next k.
 * - `from` is where the sums start: a row of 8 floats, `fromStep` before that of the next row.
 * - `c` is the upper left element of the target; `ldc` leads to its next row.
 * - `kept` is where `keep` tiles put a packed copy of the columns of B.
 *
 * `rows` and `keep` are constants in every caller, so the compiler drops what does not apply.
 */
import { madd } from "./fma";

@inline
function tile<T>(
  rows: i32, keep: bool, k: i32, a: usize, aStep: usize, b: usize, bStep: usize, kept: usize, from: usize,
  fromStep: usize, c: usize, ldc: usize,
): void {
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
  let p = a + 2 * sizeof<T>();
  let q = a + 4 * sizeof<T>();
  for (; k > 0; k--) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    if (keep) {
      v128.store(kept, b0);
      v128.store(kept, b1, 16);
      kept += 32;
    }
    let x = v128.load_splat<T>(a);
    c00 = madd<T>(x, b0, c00);
    c01 = madd<T>(x, b1, c01);
    x = v128.load_splat<T>(a, sizeof<T>());
    c10 = madd<T>(x, b0, c10);
    c11 = madd<T>(x, b1, c11);
    if (rows > 2) {
      x = v128.load_splat<T>(p);
      c20 = madd<T>(x, b0, c20);
      c21 = madd<T>(x, b1, c21);
    }
    if (rows > 3) {
      x = v128.load_splat<T>(p, sizeof<T>());
      c30 = madd<T>(x, b0, c30);
      c31 = madd<T>(x, b1, c31);
    }
    if (rows > 4) {
      x = v128.load_splat<T>(q);
      c40 = madd<T>(x, b0, c40);
      c41 = madd<T>(x, b1, c41);
    }
    if (rows > 5) {
      x = v128.load_splat<T>(q, sizeof<T>());
      c50 = madd<T>(x, b0, c50);
      c51 = madd<T>(x, b1, c51);
    }
    a += aStep;
    p += aStep;
    q += aStep;
    b += bStep;
  }
  v128.store(c, c00);
  v128.store(c, c01, 16);
  c += ldc;
  v128.store(c, c10);
  v128.store(c, c11, 16);
  if (rows > 2) {
    c += ldc;
    v128.store(c, c20);
    v128.store(c, c21, 16);
  }
  if (rows > 3) {
    c += ldc;
    v128.store(c, c30);
    v128.store(c, c31, 16);
  }
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

export function tile6<T>(
  k: i32, a: usize, aStep: usize, b: usize, bStep: usize, from: usize, fromStep: usize, c: usize, ldc: usize,
): void {
  tile<T>(6, false, k, a, aStep, b, bStep, 0, from, fromStep, c, ldc);
}

export function tile5<T>(
  k: i32, a: usize, aStep: usize, b: usize, bStep: usize, from: usize, fromStep: usize, c: usize, ldc: usize,
): void {
  tile<T>(5, false, k, a, aStep, b, bStep, 0, from, fromStep, c, ldc);
}

export function tile4<T>(
  k: i32, a: usize, aStep: usize, b: usize, bStep: usize, from: usize, fromStep: usize, c: usize, ldc: usize,
): void {
  tile<T>(4, false, k, a, aStep, b, bStep, 0, from, fromStep, c, ldc);
}

export function tile3<T>(
  k: i32, a: usize, aStep: usize, b: usize, bStep: usize, from: usize, fromStep: usize, c: usize, ldc: usize,
): void {
  tile<T>(3, false, k, a, aStep, b, bStep, 0, from, fromStep, c, ldc);
}

export function tile2<T>(
  k: i32, a: usize, aStep: usize, b: usize, bStep: usize, from: usize, fromStep: usize, c: usize, ldc: usize,
): void {
  tile<T>(2, false, k, a, aStep, b, bStep, 0, from, fromStep, c, ldc);
}

export function keep6<T>(
  k: i32, a: usize, aStep: usize, b: usize, bStep: usize, kept: usize, from: usize, fromStep: usize, c: usize,
  ldc: usize,
): void {
  tile<T>(6, true, k, a, aStep, b, bStep, kept, from, fromStep, c, ldc);
}

export function keep5<T>(
  k: i32, a: usize, aStep: usize, b: usize, bStep: usize, kept: usize, from: usize, fromStep: usize, c: usize,
  ldc: usize,
): void {
  tile<T>(5, true, k, a, aStep, b, bStep, kept, from, fromStep, c, ldc);
}

export function keep4<T>(
  k: i32, a: usize, aStep: usize, b: usize, bStep: usize, kept: usize, from: usize, fromStep: usize, c: usize,
  ldc: usize,
): void {
  tile<T>(4, true, k, a, aStep, b, bStep, kept, from, fromStep, c, ldc);
}
