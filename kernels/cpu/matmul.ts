/** @file float32 matrix products on one thread: chooses the way for a shape and its strides, and blocks for the caches. */
import type { GemmExports } from "./wasm.ts";

/** Flag of {@link sgemm}: add to C instead of overwriting it. */
export const ACCUMULATE = 1;
/** Flag of {@link sgemm}: store max(0, ·). */
export const RELU = 2;

/** Values of k per block: panels of 6 rows and 8 columns of that many fill most of a 32 KiB first-level cache. */
const K_BLOCK = 512;
/** Rows per block: packed with {@link K_BLOCK} columns they take half of a 1 MiB second-level cache. */
const M_BLOCK = 252;
/** Columns per block of B, packed once and used for all blocks of rows. */
const N_BLOCK = 2048;
/** Columns per block of B if there is one block of rows, so that what is packed is used while it is in the cache. */
const N_STRIP = 64;

/** Multiplications up to which packing costs more than it gains. */
const SMALL = 200;
/** Rows or columns up to which packing the other operand costs more than it gains. */
const FEW = 16;

interface Blocks {
  readonly mc: number;
  readonly nc: number;
  readonly kc: number;
}

/** Equal parts of at most `limit`, as few as possible, rounded up to a multiple of `unit`. */
function part(size: number, limit: number, unit: number): number {
  if (size <= limit) return size;
  const count = Math.ceil(size / limit);
  return Math.ceil(size / count / unit) * unit;
}

function blocksOf(m: number, n: number, k: number): Blocks {
  const mc = part(m, M_BLOCK, 6);
  const nc = part(n, m <= mc ? N_STRIP : N_BLOCK, 8);
  return { mc, nc, kc: part(k, K_BLOCK, 4) };
}

/** Bytes that {@link sgemm} needs at its scratch address for a product of this shape. */
export function scratchBytes(m: number, n: number, k: number): number {
  const { mc, nc, kc } = blocksOf(m, n, k);
  const blocked = mc * kc + kc * Math.ceil(nc / 8) * 8;
  const rows = Math.min(n, FEW) * k;
  return 4 * Math.max(blocked, rows, k);
}

/**
 * C[m,n] = A[m,k]·B[k,n], float32.
 *
 * Addresses are bytes in the memory that `gemm` works on; strides count elements and may be anything, also 0 or
 * negative. C must not overlap A or B. Nothing but C and the scratch bytes is written.
 *
 * @param c Target, row-major; `ldc` elements lead from row to row.
 * @param bias Address of n floats that are added to every row, or 0.
 * @param flags Sum of {@link ACCUMULATE} and {@link RELU}.
 * @param scratch Address of {@link scratchBytes} bytes, a multiple of 16. Threads need one each.
 */
export function sgemm(
  gemm: GemmExports,
  m: number,
  n: number,
  k: number,
  a: number,
  aRow: number,
  aCol: number,
  b: number,
  bRow: number,
  bCol: number,
  c: number,
  ldc: number,
  bias: number,
  flags: number,
  scratch: number,
): void {
  if (m === 0 || n === 0) return;
  if (n === 1 && m > 1 && ldc === 1 && bias === 0) {
    // A column is the transpose of a row.
    sgemm(gemm, 1, m, k, b, bCol, bRow, a, aCol, aRow, c, m, 0, flags, scratch);
    return;
  }
  // Along a dimension of size 1 any stride is as good as 1.
  const aAlongK = aCol === 1 || k === 1;
  const aAlongM = aRow === 1;
  const bAlongK = bRow === 1 || k === 1;
  const bAlongN = bCol === 1 || n === 1;
  const [ar, ac, br, bc, cr] = [4 * aRow, 4 * aCol, 4 * bRow, 4 * bCol, 4 * ldc];
  if (m * n * k <= SMALL) {
    gemm.small(m, n, k, a, ar, ac, b, br, bc, c, cr, bias, flags);
  } else if (m === 1 && bAlongN) {
    gemm.rowTimesMatrix(n, k, a, ac, b, br, c, bias, flags);
  } else if (bAlongK && aAlongK && (m <= FEW || n <= FEW)) {
    gemm.dot(m, n, k, a, ar, b, bc, c, cr, bias, flags);
  } else if (m === 1) {
    if (bAlongK) {
      gemm.packA(scratch, a, 0, ac, 1, k);
      gemm.dot(1, n, k, scratch, 0, b, bc, c, cr, bias, flags);
    } else {
      gemm.small(1, n, k, a, ar, ac, b, br, bc, c, cr, bias, flags);
    }
  } else if (n <= FEW && aAlongK && bAlongN) {
    gemm.packRows(scratch, b, br, k, n);
    gemm.dot(m, n, k, a, ar, scratch, 4 * k, c, cr, bias, flags);
  } else {
    const aInPlace = aAlongM && n <= FEW;
    const bInPlace = bAlongN && m <= FEW;
    blocked(gemm, m, n, k, a, ar, ac, aInPlace, b, br, bc, bInPlace, c, cr, bias, flags, scratch);
  }
}

/** The general way, strides in bytes. An operand is left in place if its panels are contiguous and packing not worth it. */
function blocked(
  gemm: GemmExports,
  m: number,
  n: number,
  k: number,
  a: number,
  ar: number,
  ac: number,
  aInPlace: boolean,
  b: number,
  br: number,
  bc: number,
  bInPlace: boolean,
  c: number,
  cr: number,
  bias: number,
  flags: number,
  scratch: number,
): void {
  const { mc, nc, kc } = blocksOf(m, n, k);
  const packedA = scratch;
  const packedB = scratch + 4 * mc * kc;
  for (let l = 0; l < k; l += kc) {
    const depth = Math.min(kc, k - l);
    // C starts with the bias, collects the blocks of k and is cut off at 0 when it is complete.
    const bias0 = l === 0 ? bias : 0;
    const add = (flags & ACCUMULATE) | (l === 0 ? 0 : ACCUMULATE);
    const mode = add | (l + depth === k ? flags & RELU : 0);
    for (let j = 0; j < n; j += nc) {
      const cols = Math.min(nc, n - j);
      const bBlock = b + l * br + j * bc;
      // In place only whole panels can be read; the columns behind them are packed.
      const inPlace = bInPlace ? cols - (cols % 8) : 0;
      if (inPlace < cols) gemm.packB(packedB, bBlock + inPlace * bc, br, bc, depth, cols - inPlace);
      for (let i = 0; i < m; i += mc) {
        const rows = Math.min(mc, m - i);
        const aBlock = a + i * ar + l * ac;
        if (!aInPlace && (j === 0 || rows < m)) gemm.packA(packedA, aBlock, ar, ac, rows, depth);
        const aPart = aInPlace ? aBlock : packedA;
        const aStep = aInPlace ? ac : 0;
        const target = c + i * cr + 4 * j;
        const biasPart = bias0 === 0 ? 0 : bias0 + 4 * j;
        if (inPlace > 0) gemm.macro(rows, inPlace, depth, aPart, aStep, bBlock, br, target, cr, biasPart, mode);
        if (inPlace < cols) {
          const behind = 4 * inPlace;
          const biasBehind = biasPart === 0 ? 0 : biasPart + behind;
          gemm.macro(rows, cols - inPlace, depth, aPart, aStep, packedB, 0, target + behind, cr, biasBehind, mode);
        }
      }
    }
  }
}
