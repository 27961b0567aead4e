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
function four(c: usize, v: v128, bias: usize, flags: i32): void {
  if (bias) v = f32x4.add(v, v128.load(bias));
  if (flags & ACCUMULATE) v = f32x4.add(v, v128.load(c));
  v128.store(c, flags & RELU ? relu(v) : v);
}

/** Stores the first `count` (1 to 3) lanes. */
@inline
function part(c: usize, v: v128, count: i32, bias: usize, flags: i32): void {
  if (bias) v = f32x4.add(v, loadPart(bias, count));
  if (flags & ACCUMULATE) v = f32x4.add(v, loadPart(c, count));
  storePart(c, flags & RELU ? relu(v) : v, count);
}

/** Stores the first `cols` (1 to 8) of 8 floats. */
export function finishRow(c: usize, v0: v128, v1: v128, cols: i32, bias: usize, flags: i32): void {
  if (cols >= 4) {
    four(c, v0, bias, flags);
    c += 16;
    if (bias) bias += 16;
    cols -= 4;
    v0 = v1;
  }
  if (cols == 4) four(c, v0, bias, flags);
  else if (cols) part(c, v0, cols, bias, flags);
}

/** Stores `rows` × `cols` of a tile, whose rows lie {@link TILE_ROW} apart. */
export function finishTile(tile: usize, rows: i32, cols: i32, c: usize, ldc: usize, bias: usize, flags: i32): void {
  for (; rows > 0; rows--) {
    finishRow(c, v128.load(tile), v128.load(tile, 16), cols, bias, flags);
    tile += TILE_ROW;
    c += ldc;
  }
}

/** Stores a tile whose rows are columns of C: 4 to 6 `cols`, of which `rows` (1 to 8) elements count. */
export function finishColumns(tile: usize, rows: i32, cols: i32, c: usize, ldc: usize, bias: usize, flags: i32): void {
  for (; rows > 0; rows -= 4) {
    const v0 = v128.load(tile);
    const v1 = v128.load(tile, 32);
    const v2 = v128.load(tile, 64);
    const v3 = v128.load(tile, 96);
    const v4 = v128.load(tile, 128);
    const v5 = v128.load(tile, 160);
    const low01 = v128.shuffle<f32>(v0, v1, 0, 4, 1, 5);
    const low23 = v128.shuffle<f32>(v2, v3, 0, 4, 1, 5);
    const low45 = v128.shuffle<f32>(v4, v5, 0, 4, 1, 5);
    finishColumn(c, v128.shuffle<f32>(low01, low23, 0, 1, 4, 5), low45, cols, bias, flags);
    if (rows > 1) {
      const second = v128.shuffle<f32>(low45, low45, 2, 3, 2, 3);
      finishColumn(c + ldc, v128.shuffle<f32>(low01, low23, 2, 3, 6, 7), second, cols, bias, flags);
    }
    if (rows > 2) {
      const high01 = v128.shuffle<f32>(v0, v1, 2, 6, 3, 7);
      const high23 = v128.shuffle<f32>(v2, v3, 2, 6, 3, 7);
      const high45 = v128.shuffle<f32>(v4, v5, 2, 6, 3, 7);
      c += 2 * ldc;
      finishColumn(c, v128.shuffle<f32>(high01, high23, 0, 1, 4, 5), high45, cols, bias, flags);
      if (rows > 3) {
        c += ldc;
        const fourth = v128.shuffle<f32>(high45, high45, 2, 3, 2, 3);
        finishColumn(c, v128.shuffle<f32>(high01, high23, 2, 3, 6, 7), fourth, cols, bias, flags);
      }
      c += ldc;
    }
    tile += 16;
  }
}

@inline
function finishColumn(c: usize, v: v128, rest: v128, cols: i32, bias: usize, flags: i32): void {
  four(c, v, bias, flags);
  if (cols == 6) {
    if (bias) rest = f32x4.add(rest, v128.load64_zero(bias, 16));
    if (flags & ACCUMULATE) rest = f32x4.add(rest, v128.load64_zero(c, 16));
    v128.store64_lane(c, flags & RELU ? relu(rest) : rest, 0, 16);
  } else if (cols == 5) {
    part(c + 16, rest, 1, bias ? bias + 16 : 0, flags);
  }
}
