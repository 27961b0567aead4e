/**
 * @file Register tiles of 4 to 6 rows × 8 columns: the innermost loop of a matrix product.
 *
 * A tile is a block of C that stays in registers while k runs. V8 leaves 15 of the 16 vector registers to the code:
 * 12 sums, 2 vectors of B and 1 broadcast element of A make 6×8. The multiply-add units start 2 operations a cycle and
 * finish each after 4, so at least 8 independent sums keep them busy: 4 rows. The loop takes four k a turn because V8
 * adds a stack check to every turn.
 *
 * Arguments of all tiles, addresses and steps in bytes:
 * - `a` is the first of the tile's rows for k = 0, the others follow it; `aStep` leads to the next k.
 * - `b` is the first of the tile's columns for k = 0, the others follow it; `bStep` leads to the next k.
 * - `c` is the upper left element of the target, `ldc` leads to its next row; `cols` columns of it are stored.
 * - `bias` is that of the first column, or 0; `flags` are those of store.ts.
 * - `kept`: where `keep` tiles put a packed copy of the 8 columns, for the tiles below them.
 *
 * `rows`, `keep` and the like are constants in every caller, so the compiler drops what does not apply.
 */
import { biasAt, madd, store8, storeSome } from "./store";

@inline
function wide(
  rows: i32, keep: bool, k: i32, a: usize, aStep: usize, b: usize, bStep: usize, kept: usize, c: usize, ldc: usize,
  cols: i32, bias: usize, flags: i32,
): void {
  let b0 = biasAt(bias, 0, cols);
  let b1 = biasAt(bias, 16, cols);
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
  for (; k >= 4; k -= 4) {
    b0 = v128.load(b);
    b1 = v128.load(b, 16);
    if (keep) {
      v128.store(kept, b0);
      v128.store(kept, b1, 16);
      kept += 32;
    }
    x = v128.load32_splat(a);
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
    b0 = v128.load(b);
    b1 = v128.load(b, 16);
    if (keep) {
      v128.store(kept, b0);
      v128.store(kept, b1, 16);
      kept += 32;
    }
    x = v128.load32_splat(a);
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
    b0 = v128.load(b);
    b1 = v128.load(b, 16);
    if (keep) {
      v128.store(kept, b0);
      v128.store(kept, b1, 16);
      kept += 32;
    }
    x = v128.load32_splat(a);
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
    b0 = v128.load(b);
    b1 = v128.load(b, 16);
    if (keep) {
      v128.store(kept, b0);
      v128.store(kept, b1, 16);
      kept += 32;
    }
    x = v128.load32_splat(a);
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
  for (; k > 0; k--) {
    b0 = v128.load(b);
    b1 = v128.load(b, 16);
    if (keep) {
      v128.store(kept, b0);
      v128.store(kept, b1, 16);
      kept += 32;
    }
    x = v128.load32_splat(a);
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
  if (cols == 8) {
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

export function tile6x8(
  k: i32, a: usize, aStep: usize, b: usize, bStep: usize, c: usize, ldc: usize, cols: i32, bias: usize, flags: i32,
): void {
  wide(6, false, k, a, aStep, b, bStep, 0, c, ldc, cols, bias, flags);
}

export function tile5x8(
  k: i32, a: usize, aStep: usize, b: usize, bStep: usize, c: usize, ldc: usize, cols: i32, bias: usize, flags: i32,
): void {
  wide(5, false, k, a, aStep, b, bStep, 0, c, ldc, cols, bias, flags);
}

export function tile4x8(
  k: i32, a: usize, aStep: usize, b: usize, bStep: usize, c: usize, ldc: usize, cols: i32, bias: usize, flags: i32,
): void {
  wide(4, false, k, a, aStep, b, bStep, 0, c, ldc, cols, bias, flags);
}

export function keep6x8(
  k: i32, a: usize, aStep: usize, b: usize, bStep: usize, kept: usize, c: usize, ldc: usize, bias: usize, flags: i32,
): void {
  wide(6, true, k, a, aStep, b, bStep, kept, c, ldc, 8, bias, flags);
}

export function keep5x8(
  k: i32, a: usize, aStep: usize, b: usize, bStep: usize, kept: usize, c: usize, ldc: usize, bias: usize, flags: i32,
): void {
  wide(5, true, k, a, aStep, b, bStep, kept, c, ldc, 8, bias, flags);
}

export function keep4x8(
  k: i32, a: usize, aStep: usize, b: usize, bStep: usize, kept: usize, c: usize, ldc: usize, bias: usize, flags: i32,
): void {
  wide(4, true, k, a, aStep, b, bStep, kept, c, ldc, 8, bias, flags);
}
