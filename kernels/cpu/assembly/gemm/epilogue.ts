/**
 * @file Epilogue: writes a computed tile to C, with bias, accumulation, ReLU and transposition, and partial tiles at the
 * edges.
 */
import { loadPart, relu, storePart } from "./fma";

/** Flag: add to C instead of overwriting it. */
export const ACCUMULATE: i32 = 1;
/** Flag: store max(0, ·). */
export const RELU: i32 = 2;

/** Bytes of a row of a tile in memory. */
export const TILE_ROW: usize = 32;

@inline
function whole<T>(c: usize, v: v128, bias: usize, flags: i32): void {
  if (bias) v = v128.add<T>(v, v128.load(bias));
  if (flags & ACCUMULATE) v = v128.add<T>(v, v128.load(c));
  v128.store(c, flags & RELU ? relu<T>(v) : v);
}

/** Stores the first `count` lanes, fewer than there are. */
@inline
function part<T>(c: usize, v: v128, count: i32, bias: usize, flags: i32): void {
  if (bias) v = v128.add<T>(v, loadPart<T>(bias, count));
  if (flags & ACCUMULATE) v = v128.add<T>(v, loadPart<T>(c, count));
  storePart<T>(c, flags & RELU ? relu<T>(v) : v, count);
}

/** Stores the first `count` lanes, or all if there are not as many. */
export function finishVector<T>(c: usize, v: v128, count: i32, bias: usize, flags: i32): void {
  if (count >= <i32>(16 / sizeof<T>())) whole<T>(c, v, bias, flags);
  else part<T>(c, v, count, bias, flags);
}

/** Stores `rows` of a whole tile. This is in the way of every block of k but the first, so it calls nothing. */
function finishPanel<T>(tile: usize, rows: i32, c: usize, ldc: usize, bias: usize, flags: i32): void {
  if (!bias && flags == ACCUMULATE) {
    for (; rows > 0; rows--) {
      v128.store(c, v128.add<T>(v128.load(tile), v128.load(c)));
      v128.store(c, v128.add<T>(v128.load(tile, 16), v128.load(c, 16)), 16);
      tile += TILE_ROW;
      c += ldc;
    }
    return;
  }
  for (; rows > 0; rows--) {
    whole<T>(c, v128.load(tile), bias, flags);
    whole<T>(c + 16, v128.load(tile, 16), bias ? bias + 16 : 0, flags);
    tile += TILE_ROW;
    c += ldc;
  }
}

/** Stores `rows` × `cols` of a tile, whose rows lie {@link TILE_ROW} apart. */
export function finishTile<T>(tile: usize, rows: i32, cols: i32, c: usize, ldc: usize, bias: usize, flags: i32): void {
  const lanes = <i32>(16 / sizeof<T>());
  if (cols == 2 * lanes) {
    finishPanel<T>(tile, rows, c, ldc, bias, flags);
    return;
  }
  for (; rows > 0; rows--) {
    finishVector<T>(c, v128.load(tile), cols, bias, flags);
    if (cols > lanes) finishVector<T>(c + 16, v128.load(tile, 16), cols - lanes, bias ? bias + 16 : 0, flags);
    tile += TILE_ROW;
    c += ldc;
  }
}

/** Stores a tile whose rows are columns of C: 4 to 6 `cols`, of which the first `rows` elements count. */
export function finishColumns<T>(
  tile: usize, rows: i32, cols: i32, c: usize, ldc: usize, bias: usize, flags: i32,
): void {
  const lanes = <i32>(16 / sizeof<T>());
  for (; rows > 0; rows -= lanes) {
    const v0 = v128.load(tile);
    const v1 = v128.load(tile, 32);
    const v2 = v128.load(tile, 64);
    const v3 = v128.load(tile, 96);
    const v4 = v128.load(tile, 128);
    const v5 = v128.load(tile, 160);
    if (sizeof<T>() == 8) {
      const first = v128.shuffle<f64>(v0, v1, 0, 2);
      finishPairs(c, first, v128.shuffle<f64>(v2, v3, 0, 2), v128.shuffle<f64>(v4, v5, 0, 2), cols, bias, flags);
      if (rows > 1) {
        const other = v128.shuffle<f64>(v0, v1, 1, 3);
        c += ldc;
        finishPairs(c, other, v128.shuffle<f64>(v2, v3, 1, 3), v128.shuffle<f64>(v4, v5, 1, 3), cols, bias, flags);
      }
    } else {
      const low01 = v128.shuffle<f32>(v0, v1, 0, 4, 1, 5);
      const low23 = v128.shuffle<f32>(v2, v3, 0, 4, 1, 5);
      const low45 = v128.shuffle<f32>(v4, v5, 0, 4, 1, 5);
      finishFourAndTwo<T>(c, v128.shuffle<f32>(low01, low23, 0, 1, 4, 5), low45, cols, bias, flags);
      if (rows > 1) {
        const second = v128.shuffle<f32>(low45, low45, 2, 3, 2, 3);
        finishFourAndTwo<T>(c + ldc, v128.shuffle<f32>(low01, low23, 2, 3, 6, 7), second, cols, bias, flags);
      }
      if (rows > 2) {
        const high01 = v128.shuffle<f32>(v0, v1, 2, 6, 3, 7);
        const high23 = v128.shuffle<f32>(v2, v3, 2, 6, 3, 7);
        const high45 = v128.shuffle<f32>(v4, v5, 2, 6, 3, 7);
        c += 2 * ldc;
        finishFourAndTwo<T>(c, v128.shuffle<f32>(high01, high23, 0, 1, 4, 5), high45, cols, bias, flags);
        if (rows > 3) {
          const fourth = v128.shuffle<f32>(high45, high45, 2, 3, 2, 3);
          c += ldc;
          finishFourAndTwo<T>(c, v128.shuffle<f32>(high01, high23, 2, 3, 6, 7), fourth, cols, bias, flags);
        }
      }
    }
    c += ldc;
    tile += 16;
  }
}

/** 4 to 6 elements of a row, four in the first vector. */
@inline
function finishFourAndTwo<T>(c: usize, v: v128, rest: v128, cols: i32, bias: usize, flags: i32): void {
  whole<T>(c, v, bias, flags);
  if (cols == 6) {
    if (bias) rest = v128.add<T>(rest, v128.load64_zero(bias, 16));
    if (flags & ACCUMULATE) rest = v128.add<T>(rest, v128.load64_zero(c, 16));
    v128.store64_lane(c, flags & RELU ? relu<T>(rest) : rest, 0, 16);
  } else if (cols == 5) {
    part<T>(c + 16, rest, 1, bias ? bias + 16 : 0, flags);
  }
}

/** The same for two elements in each vector. */
function finishPairs(c: usize, v0: v128, v1: v128, v2: v128, cols: i32, bias: usize, flags: i32): void {
  whole<f64>(c, v0, bias, flags);
  whole<f64>(c + 16, v1, bias ? bias + 16 : 0, flags);
  if (cols == 6) whole<f64>(c + 32, v2, bias ? bias + 32 : 0, flags);
  else if (cols == 5) part<f64>(c + 32, v2, 1, bias ? bias + 32 : 0, flags);
}

/** Stores rows of n elements from anywhere, with `flags` of a product: a bias (`fromStep` 0), or C itself. */
export function storeRows<T>(m: i32, n: i32, from: usize, fromStep: usize, c: usize, ldc: usize, flags: i32): void {
  const lanes = <i32>(16 / sizeof<T>());
  for (; m > 0; m--) {
    let source = from;
    let target = c;
    for (let left = n; left > 0; left -= lanes) {
      const v = left < lanes ? loadPart<T>(source, left) : v128.load(source);
      finishVector<T>(target, v, left, 0, flags);
      source += 16;
      target += 16;
    }
    from += fromStep;
    c += ldc;
  }
}
