/** @file GEMM on one thread: the kernel for a dtype, a shape and its strides, and cache blocking. */
import type { GemmExports } from "./wasm.ts";

/** Flag of {@link gemmOnThread}: add to C instead of overwriting it. */
export const ACCUMULATE = 1;
/** Flag of {@link gemmOnThread}: store max(0, ·). */
export const RELU = 2;

/** What the elements of a product are, as the kernels see it. */
export interface GemmType {
  /** Number of the type among the kernels of assembly/gemm.ts. */
  readonly code: number;
  /** Bytes of an element. */
  readonly bytes: number;
  /** Columns of a panel of B, of 32 bytes. */
  readonly panel: number;
  /** Fewest multiply-accumulates of a thread's chunk, some 8 µs. */
  readonly grain: number;
}

/** The dtypes that there are products of. */
export const GEMM_TYPES: Readonly<Record<"float32" | "float64" | "int32", GemmType>> = {
  float32: { code: 0, bytes: 4, panel: 8, grain: 200_000 },
  float64: { code: 1, bytes: 8, panel: 4, grain: 100_000 },
  int32: { code: 2, bytes: 4, panel: 8, grain: 100_000 },
};

/** Bytes of a packed block of A, half of a 1 MiB second-level cache. */
const A_BLOCK = 524288;
/** Values of k per block: a panel of that many still fits the first-level cache, 25 of 32 KiB. */
const K_BLOCK = 800;
/** The same if B is read in place by columns, where every k lies in another page. */
const K_BLOCK_PAGES = 512;
/** The same if an operand is read in place by rows: the longer the better for the prefetcher. */
const K_BLOCK_ROWS = 2048;
/**
 * The most values of k that are summed up in one go where C is small, and up to how many elements C is that. Shorter
 * sums are more exact; with this length, and the remainder halved, they are also added up in the order of OpenBLAS's
 * kernels for AVX-512, so that most products are PyTorch's to the last bit. A large C is not passed over so often.
 */
export const K_BLOCK_EXACT = 320;
const C_EXACT = 262144;
/** Panels of B in a block that is packed once and used for all blocks of rows. */
const N_BLOCK = 256;
/** The same if there is one block of rows, so that what is packed is used while it is in the cache. */
const N_STRIP = 8;
/** Panels of columns up to which leaving the rows of A in place beats packing them. */
const N_ROWS = 16;
/** Values of k from which leaving the columns of B in place makes up for transposing every tile. */
const K_COLUMNS = 128;
/** Multiplications up to which anything but the plain loop costs more than it gains. */
const SMALL = 200;

/** Bytes of a tile of 6 rows, filled up to whole cache lines. */
const TILE_BYTES = 256;

/** Whether dot products are the best way for an operand with so many rows. A whole panel fills a register tile. */
function isFew(rows: number, { panel }: GemmType): boolean {
  return rows <= 1.5 * panel && rows !== panel;
}

/** How many of the last rows (or columns) are left to dot products, where half a panel or less would be filled. */
function remainder(size: number, { panel }: GemmType): number {
  const rest = size % panel;
  return 2 * rest <= panel ? rest : 0;
}

function roundUp(size: number, unit: number): number {
  return Math.ceil(size / unit) * unit;
}

/** Equal parts of at most `limit`, as few as possible, rounded up to a multiple of `unit`. */
function part(size: number, limit: number, unit: number): number {
  return size <= limit ? size : roundUp(size / Math.ceil(size / limit), unit);
}

/** Most values of k per block for a C of this size, not more than `limit`. */
function depthLimit(m: number, n: number, limit: number): number {
  return m * n <= C_EXACT ? Math.min(limit, K_BLOCK_EXACT) : limit;
}

/** Values of k of the next block if `rest` are left: what is more than one and less than two blocks is halved. */
function nextDepth(rest: number, limit: number): number {
  if (rest <= limit) return rest;
  return rest >= 2 * limit ? limit : roundUp(rest >> 1, 16);
}

/** Most values of k per block where B is packed as a whole. */
function rowsDepth(type: GemmType, { m, n }: Size): number {
  const fitting = Math.floor(A_BLOCK / (type.bytes * roundUp(n, type.panel)) / 16) * 16;
  return depthLimit(m, n, Math.min(K_BLOCK_ROWS, fitting));
}

/**
 * Rows and columns of a product. Of a part of one, that is cut off for a thread, the size of the whole decides in which
 * order its sums are formed: so the result is the same with any number of threads.
 */
interface Size {
  readonly m: number;
  readonly n: number;
}

/** Sizes of the blocks that are worked on at a time. */
interface Blocks {
  readonly mc: number;
  readonly nc: number;
  /** The most values of k. */
  readonly kc: number;
}

/** Blocks for a part of m × n of a whole product, whose packed part of A is a multiple of `unit` rows. */
function blocksOf(type: GemmType, whole: Size, m: number, n: number, k: number, kLimit: number, unit: number): Blocks {
  const kc = Math.min(k, depthLimit(whole.m, whole.n, kLimit));
  const mc = part(m, Math.max(48, Math.floor(A_BLOCK / (type.bytes * kc) / unit) * unit), unit);
  return { mc, nc: part(n, type.panel * (m <= mc ? N_STRIP : N_BLOCK), type.panel), kc };
}

/**
 * Bytes that {@link gemmOnThread} needs at its scratch address for a product of this shape, whatever its strides.
 *
 * @param whole Size of the product that this is a part of.
 */
export function scratchBytes(type: GemmType, m: number, n: number, k: number, whole: Size = { m, n }): number {
  const { bytes, panel } = type;
  const dense = blocksOf(type, whole, m, n, k, K_BLOCK, 6);
  const paged = blocksOf(type, whole, m, n, k, K_BLOCK_PAGES, 6);
  const columns = blocksOf(type, whole, m - remainder(m, type), n, k, K_BLOCK_ROWS, panel);
  const elements = Math.max(
    dense.kc * (dense.mc + roundUp(dense.nc, panel)),
    paged.kc * (paged.mc + roundUp(paged.nc, panel)),
    columns.kc * roundUp(columns.mc, panel),
    n <= N_ROWS * panel ? roundUp(n, panel) * Math.min(k, rowsDepth(type, whole)) : 0,
    k * Math.min(n, 12),
  );
  return TILE_BYTES + bytes * elements;
}

/** Addresses and strides of a product in bytes. */
interface Product {
  readonly type: GemmType;
  /** Of what this is a part of. */
  readonly whole: Size;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly a: number;
  readonly aRow: number;
  readonly aCol: number;
  readonly b: number;
  readonly bRow: number;
  readonly bCol: number;
  readonly c: number;
  readonly cRow: number;
  readonly bias: number;
  readonly flags: number;
  /** {@link TILE_BYTES} for a tile on its way to C. */
  readonly tile: number;
  /** Everything else that is packed. */
  readonly scratch: number;
}

/**
 * C[m,n] = A[m,k]·B[k,n].
 *
 * Addresses are bytes in the memory that `gemm` works on; strides count elements and may be anything, also 0 or
 * negative. C must not overlap A or B. Only C and the scratch bytes are written, so threads can work on parts of one
 * product, given scratch bytes of their own.
 *
 * @param c Target, row-major; `ldc` elements lead from row to row.
 * @param bias Address of n elements that are added to every row, or 0.
 * @param flags Sum of {@link ACCUMULATE} and {@link RELU}.
 * @param scratch Address of {@link scratchBytes} bytes, best a multiple of 64.
 * @param whole Size of the product that this is a part of. Parts begin at multiples of 8 rows and columns, and none has
 *   fewer unless the whole has.
 */
export function gemmOnThread(
  gemm: GemmExports,
  type: GemmType,
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
  whole: Size = { m, n },
): void {
  const { code, bytes } = type;
  if (whole.m * whole.n * k <= SMALL) {
    const [right, down, next] = [bytes * aCol, bytes * bRow, bytes * bCol];
    gemm.small(code, m, n, k, a, bytes * aRow, right, b, down, next, c, bytes * ldc, bias, flags);
  } else if (whole.n === 1 && ldc === 1 && whole.m > 1 && bias === 0) {
    // A column is the transpose of a row.
    const turned = { m: 1, n: whole.m };
    gemmOnThread(gemm, type, 1, m, k, b, bCol, bRow, a, aCol, aRow, c, m, 0, flags, scratch, turned);
  } else {
    const left = { a, aRow: bytes * aRow, aCol: bytes * aCol };
    const right = { b, bRow: bytes * bRow, bCol: bytes * bCol };
    const target = { c, cRow: bytes * ldc, bias, flags, tile: scratch, scratch: scratch + TILE_BYTES };
    choose(gemm, { type, whole, m, n, k, ...left, ...right, ...target });
  }
}

function choose(gemm: GemmExports, p: Product): void {
  const { type, whole, m, n, k } = p;
  const { code, bytes } = type;
  if (whole.m === 1) {
    oneRow(gemm, p);
    return;
  }
  const isFloat = type !== GEMM_TYPES.int32;
  if (k === 1 && p.bCol === bytes && p.bias === 0) {
    gemm.outer(code, m, n, p.a, p.aRow, p.b, p.c, p.cRow, p.flags);
    return;
  }
  // Along a dimension of size 1 any stride is as good as 1.
  const aAlongK = p.aCol === bytes || k === 1;
  const bAlongK = p.bRow === bytes || k === 1;
  const bAlongN = p.bCol === bytes || whole.n === 1;
  if (aAlongK && bAlongK && (isFew(whole.m, type) || isFew(whole.n, type))) {
    gemm.dot(code, m, n, k, p.a, p.aRow, p.b, p.bCol, p.c, p.cRow, p.bias, p.flags, p.tile);
  } else if (aAlongK && bAlongN && isFew(whole.n, type)) {
    gemm.packRows(code, p.scratch, p.b, p.bRow, k, n);
    gemm.dot(code, m, n, k, p.a, p.aRow, p.scratch, bytes * k, p.c, p.cRow, p.bias, p.flags, p.tile);
  } else if (isFloat && aAlongK && (bAlongN || bAlongK) && whole.m >= 8 && whole.n <= N_ROWS * type.panel) {
    rowsInPlace(gemm, p, bAlongK);
  } else if (isFloat && aAlongK && bAlongK && whole.n >= 8 && k >= K_COLUMNS) {
    columnsInPlace(gemm, p);
  } else {
    // A step of 0 means a packed operand to the kernels, so what repeats along k is packed.
    packed(gemm, p, p.aRow === bytes && p.aCol !== 0 && n <= 2 * type.panel, bAlongN && p.bRow !== 0);
  }
}

/** A vector by a matrix. */
function oneRow(gemm: GemmExports, p: Product): void {
  const { n, k, a, aCol, b, bRow, bCol, c, bias, flags, tile, scratch } = p;
  const { code, bytes } = p.type;
  if (bCol === bytes || n === 1) {
    gemm.rowTimesMatrix(code, n, k, a, aCol, b, bRow, c, bias, flags);
  } else if (bRow === bytes) {
    if (aCol !== bytes) gemm.packA(code, scratch, a, 0, aCol, 1, k);
    gemm.dot(code, 1, n, k, aCol === bytes ? a : scratch, 0, b, bCol, c, 0, bias, flags, tile);
  } else {
    gemm.small(code, 1, n, k, a, 0, aCol, b, bRow, bCol, c, 0, bias, flags);
  }
}

/** Flags of the block from `l` on: C collects the blocks of k, and is cut off at 0 when it is complete. */
function blockFlags(p: Product, l: number, depth: number): number {
  return (l === 0 ? p.flags & ACCUMULATE : ACCUMULATE) | (l + depth === p.k ? p.flags & RELU : 0);
}

/** Few columns: B is packed, the rows of A stay where they are. */
function rowsInPlace(gemm: GemmExports, p: Product, bAlongK: boolean): void {
  const { type, m, n, k, a, aRow, b, bRow, bCol, c, cRow, bias, flags, tile, scratch } = p;
  const { code, bytes } = type;
  const rest = remainder(n, type);
  const main = n - rest;
  const kc = rowsDepth(type, p.whole);
  for (let l = 0, depth = 0; l < k && main > 0; l += depth) {
    depth = nextDepth(k - l, kc);
    gemm.packB(code, scratch, b + l * bRow, bRow, bCol, depth, main);
    const mode = blockFlags(p, l, depth);
    gemm.rowsInPlace(code, m, main, depth, a + bytes * l, aRow, scratch, c, cRow, l === 0 ? bias : 0, mode, tile);
  }
  if (rest === 0) return;
  const last = b + main * bCol;
  if (!bAlongK) gemm.packRows(code, scratch, last, bRow, k, rest);
  const [rows, step] = bAlongK ? [last, bCol] : [scratch, bytes * k];
  const lastBias = bias === 0 ? 0 : bias + bytes * main;
  gemm.dot(code, m, rest, k, a, aRow, rows, step, c + bytes * main, cRow, lastBias, flags, tile);
}

/** B transposed, as in a linear layer: A is packed, the columns of B stay where they are. */
function columnsInPlace(gemm: GemmExports, p: Product): void {
  const { type, m, n, k, a, aRow, aCol, b, bCol, c, cRow, bias, flags, tile, scratch } = p;
  const { code, bytes, panel } = type;
  const rest = remainder(m, type);
  const main = m - rest;
  const { mc, kc } = blocksOf(type, p.whole, main, n, k, K_BLOCK_ROWS, panel);
  for (let l = 0, depth = 0; l < k; l += depth) {
    depth = nextDepth(k - l, kc);
    const mode = blockFlags(p, l, depth);
    for (let i = 0; i < main; i += mc) {
      const rows = Math.min(mc, main - i);
      gemm.packB(code, scratch, a + i * aRow + l * aCol, aCol, aRow, depth, rows);
      const [columns, target] = [b + bytes * l, c + i * cRow];
      gemm.columnsInPlace(code, rows, n, depth, scratch, columns, bCol, target, cRow, l === 0 ? bias : 0, mode, tile);
    }
  }
  if (rest > 0) gemm.dot(code, rest, n, k, a + main * aRow, aRow, b, bCol, c + main * cRow, cRow, bias, flags, tile);
}

/** The general way. An operand can be left in place if the elements of its panels are neighbours. */
function packed(gemm: GemmExports, p: Product, aInPlace: boolean, bInPlace: boolean): void {
  const { type, m, n, k, aRow, aCol, bRow, bCol, cRow, bias, tile, scratch } = p;
  const { code, bytes, panel } = type;
  const { mc, nc, kc } = blocksOf(type, p.whole, m, n, k, bInPlace ? K_BLOCK_PAGES : K_BLOCK, 6);
  const packedB = scratch + bytes * mc * kc;
  for (let l = 0, depth = 0; l < k; l += depth) {
    depth = nextDepth(k - l, kc);
    const mode = blockFlags(p, l, depth);
    for (let j = 0; j < n; j += nc) {
      const cols = Math.min(nc, n - j);
      // Only whole panels can be read in place: the columns behind them are packed.
      const whole = bInPlace ? cols - (cols % panel) : 0;
      const b = p.b + l * bRow + j * bCol;
      const behind = packedB + bytes * whole * depth;
      if (whole < cols) gemm.packB(code, behind, b + whole * bCol, bRow, bCol, depth, cols - whole);
      for (let i = 0; i < m; i += mc) {
        const rows = Math.min(mc, m - i);
        const source = p.a + i * aRow + l * aCol;
        const a = aInPlace ? source : scratch;
        const aStep = aInPlace ? aCol : 0;
        // One block of A serves all columns.
        if (!aInPlace && (j === 0 || rows < m)) gemm.packA(code, a, source, aRow, aCol, rows, depth);
        const c = p.c + i * cRow + bytes * j;
        const start = bias === 0 || l > 0 ? 0 : bias + bytes * j;
        const first = i === 0 ? whole : 0;
        if (first > 0) {
          // The first rows pack B on their way, unless no others follow.
          const kept = m > 6 ? packedB : 0;
          gemm.macro(code, rows, first, depth, a, aStep, b, bRow, kept, c, cRow, start, mode, tile);
        }
        if (first < cols) {
          const [rest, target] = [packedB + bytes * first * depth, c + bytes * first];
          const restStart = start === 0 ? 0 : start + bytes * first;
          gemm.macro(code, rows, cols - first, depth, a, aStep, rest, 0, 0, target, cRow, restStart, mode, tile);
        }
      }
    }
  }
}
