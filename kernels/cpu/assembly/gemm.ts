/**
 * @file Matrix products of float32, float64 and int32, in pieces that a caller puts together.
 *
 * All functions work on addresses and steps in bytes and keep no state, so threads may run them side by side on parts
 * of one product, each with pack buffers of its own. Common arguments: `type` says what the elements are, 0 for float32,
 * 1 for float64 and 2 for int32; `ldc` leads from row to row of C; `bias` is the address of n elements that are added to
 * every row, or 0; `flags` is the sum of 1 (add to C) and 2 (store max(0, ·)); `tile` is the address of 192 bytes for a
 * tile on its way to C. A panel is 32 bytes wide: 8 columns of 4 bytes, or 4 of 8.
 */
import { lowBytes, widen } from "./gemm/bytes";
import { dot as dotOf } from "./gemm/dot";
import { storeRows as storeRowsOf } from "./gemm/epilogue";
import {
  columnsInPlace as columnsInPlaceOf,
  macro as macroOf,
  peak as peakOf,
  rowsInPlace as rowsInPlaceOf,
} from "./gemm/macro";
import { packA as packAOf, packB as packBOf, packRows as packRowsOf } from "./gemm/pack";
import { outer as outerOf, rowTimesMatrix as rowTimesMatrixOf, small as smallOf } from "./gemm/gemv";

export { lowBytes, widen };

const FLOAT64: i32 = 1;
const INT32: i32 = 2;

/**
 * C[m,n] = A[m,k]·B[n,k]ᵀ with both operands contiguous along k; `aStep` and `bStep` lead from row to row.
 */
export function dot(
  type: i32, m: i32, n: i32, k: i32, a: usize, aStep: usize, b: usize, bStep: usize, c: usize, ldc: usize, bias: usize,
  flags: i32, tile: usize,
): void {
  if (type == FLOAT64) dotOf<f64>(m, n, k, a, aStep, b, bStep, c, ldc, bias, flags, tile);
  else if (type == INT32) dotOf<i32>(m, n, k, a, aStep, b, bStep, c, ldc, bias, flags, tile);
  else dotOf<f32>(m, n, k, a, aStep, b, bStep, c, ldc, bias, flags, tile);
}

/** Packs `m` × `k` elements of A into m·k elements at `dst`. */
export function packA(type: i32, dst: usize, src: usize, rowStep: usize, colStep: usize, m: i32, k: i32): void {
  if (type == FLOAT64) packAOf<f64>(dst, src, rowStep, colStep, m, k);
  else if (type == INT32) packAOf<i32>(dst, src, rowStep, colStep, m, k);
  else packAOf<f32>(dst, src, rowStep, colStep, m, k);
}

/** Packs `k` × `n` elements of B into k·n elements at `dst`, n filled up to a multiple of a vector with zeros. */
export function packB(type: i32, dst: usize, src: usize, rowStep: usize, colStep: usize, k: i32, n: i32): void {
  if (type == FLOAT64) packBOf<f64>(dst, src, rowStep, colStep, k, n);
  else if (type == INT32) packBOf<i32>(dst, src, rowStep, colStep, k, n);
  else packBOf<f32>(dst, src, rowStep, colStep, k, n);
}

/** Packs `k` × `n` elements of B, whose columns are neighbours, into n rows of k elements: the order of `dot`. */
export function packRows(type: i32, dst: usize, src: usize, rowStep: usize, k: i32, n: i32): void {
  if (type == FLOAT64) packRowsOf<f64>(dst, src, rowStep, k, n);
  else if (type == INT32) packRowsOf<i32>(dst, src, rowStep, k, n);
  else packRowsOf<f32>(dst, src, rowStep, k, n);
}

/** C[n] = A[k]·B[k,n], the columns of B being neighbours; see gemm/gemv.ts. */
export function rowTimesMatrix(
  type: i32, n: i32, k: i32, a: usize, aStep: usize, b: usize, bStep: usize, c: usize, bias: usize, flags: i32,
): void {
  if (type == FLOAT64) rowTimesMatrixOf<f64>(n, k, a, aStep, b, bStep, c, bias, flags);
  else if (type == INT32) rowTimesMatrixOf<i32>(n, k, a, aStep, b, bStep, c, bias, flags);
  else rowTimesMatrixOf<f32>(n, k, a, aStep, b, bStep, c, bias, flags);
}

/** C[m,n] = A[m,1]·B[1,n], the columns of B being neighbours. */
export function outer(
  type: i32, m: i32, n: i32, a: usize, aStep: usize, b: usize, c: usize, ldc: usize, flags: i32,
): void {
  if (type == FLOAT64) outerOf<f64>(m, n, a, aStep, b, c, ldc, flags);
  else if (type == INT32) outerOf<i32>(m, n, a, aStep, b, c, ldc, flags);
  else outerOf<f32>(m, n, a, aStep, b, c, ldc, flags);
}

/** C[m,n] = A[m,k]·B[k,n] with any steps, element by element: the cheapest where there are only a few. */
export function small(
  type: i32, m: i32, n: i32, k: i32, a: usize, aRow: usize, aCol: usize, b: usize, bRow: usize, bCol: usize, c: usize,
  ldc: usize, bias: usize, flags: i32,
): void {
  if (type == FLOAT64) smallOf<f64>(m, n, k, a, aRow, aCol, b, bRow, bCol, c, ldc, bias, flags);
  else if (type == INT32) smallOf<i32>(m, n, k, a, aRow, aCol, b, bRow, bCol, c, ldc, bias, flags);
  else smallOf<f32>(m, n, k, a, aRow, aCol, b, bRow, bCol, c, ldc, bias, flags);
}

/** C[m,n] = A[m,k]·B[k,n] for m ≥ 2, each operand packed or in place; see gemm/macro.ts. */
export function macro(
  type: i32, m: i32, n: i32, k: i32, a: usize, aStep: usize, b: usize, bStep: usize, kept: usize, c: usize, ldc: usize,
  bias: usize, flags: i32, tile: usize,
): void {
  if (type == FLOAT64) macroOf<f64>(m, n, k, a, aStep, b, bStep, kept, c, ldc, bias, flags, tile);
  else if (type == INT32) macroOf<i32>(m, n, k, a, aStep, b, bStep, kept, c, ldc, bias, flags, tile);
  else macroOf<f32>(m, n, k, a, aStep, b, bStep, kept, c, ldc, bias, flags, tile);
}

/** The same for floats with the rows of A in place, contiguous along k and `aRow` apart, m ≥ 8. */
export function rowsInPlace(
  type: i32, m: i32, n: i32, k: i32, a: usize, aRow: usize, b: usize, c: usize, ldc: usize, bias: usize, flags: i32,
  tile: usize,
): void {
  if (type == FLOAT64) rowsInPlaceOf<f64>(m, n, k, a, aRow, b, c, ldc, bias, flags, tile);
  else rowsInPlaceOf<f32>(m, n, k, a, aRow, b, c, ldc, bias, flags, tile);
}

/** The same for floats with the columns of B in place, contiguous along k and `bCol` apart, n ≥ 8. */
export function columnsInPlace(
  type: i32, m: i32, n: i32, k: i32, a: usize, b: usize, bCol: usize, c: usize, ldc: usize, bias: usize, flags: i32,
  tile: usize,
): void {
  if (type == FLOAT64) columnsInPlaceOf<f64>(m, n, k, a, b, bCol, c, ldc, bias, flags, tile);
  else columnsInPlaceOf<f32>(m, n, k, a, b, bCol, c, ldc, bias, flags, tile);
}

/**
 * Runs 30 rows × a panel `times` times on one pair of packed panels that stay in the first-level cache: the speed that
 * no product of this kind can exceed. `a` holds 6·k elements, `b` 32·k bytes and `c` 192 bytes.
 */
export function peak(type: i32, times: i32, k: i32, a: usize, b: usize, c: usize): void {
  if (type == FLOAT64) peakOf<f64>(times, k, a, b, c);
  else if (type == INT32) peakOf<i32>(times, k, a, b, c);
  else peakOf<f32>(times, k, a, b, c);
}

/** Stores rows of n elements from anywhere, with `flags` of a product: a bias (`fromStep` 0), or C itself. */
export function storeRows(
  type: i32, m: i32, n: i32, from: usize, fromStep: usize, c: usize, ldc: usize, flags: i32,
): void {
  if (type == FLOAT64) storeRowsOf<f64>(m, n, from, fromStep, c, ldc, flags);
  else storeRowsOf<f32>(m, n, from, fromStep, c, ldc, flags);
}
