/** @file GEMM dispatch: the system's BLAS, all threads or one, whichever is the fastest for a shape. */

import { ACCUMULATE, type GemmType, gemmOnThread, RELU, scratchBytes } from "./gemm.ts";
import { type KernelContext, SCRATCH_BYTES } from "./kernel-context.ts";
import { type Chunk, chunkOf } from "./parallel/partition.ts";
import type { Kernels } from "./recorder.ts";

/** C[m,n] = A[m,k]·B[k,n] for a number of matrices: byte addresses, and strides in elements. */
export interface GemmArgs {
  readonly type: GemmType;
  readonly batches: number;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly a: number;
  readonly aBatch: number;
  readonly aRow: number;
  readonly aCol: number;
  readonly b: number;
  readonly bBatch: number;
  readonly bRow: number;
  readonly bCol: number;
  /** Contiguous results. */
  readonly c: number;
  /** Address of n elements that are added to every row, or 0. */
  readonly bias: number;
  /** Sum of ACCUMULATE and RELU. */
  readonly flags: number;
}

/** By how much larger than those of the kernels here the chunks of BLAS are. */
const GRAIN_OF_BLAS = 1.5;

/** Rows and columns that stay together: those of a register tile. */
const TILE = 8;
/** About the largest m and n of a round, so that the calls of a chunk fit into a job. */
const MAX_SIDE = 8192;
/** Largest k of a round: a multiple of the longest sum that is as exact as it can be. */
const MAX_DEPTH = 8000;
/** Most calls of kernels in a chunk. */
const MAX_CALLS_PER_JOB = 2048;

/** A tile of the result with a range of k: addresses and epilogue. */
interface Tile {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly bias: number;
  readonly flags: number;
}

/** An implementation of GEMM. */
interface GemmImpl {
  /** Fewest multiply-accumulates of a chunk. */
  readonly grainSize: number;
  /** Bytes of scratch memory for a tile of a whole product. */
  scratch(m: number, n: number, k: number): number;
  run(kernels: Kernels, tile: Tile, scratch: number): void;
}

/** Runs a product that is not empty. */
export function gemm(context: KernelContext, p: GemmArgs): void {
  const { m, n, k, batches } = p;
  const size = m * n * k;
  if (size < context.blas.minMacs && context.threads.parts(size * batches, p.type.grain) === 1) {
    singleThread(context, p);
    return;
  }
  const impl = (size >= context.blas.minMacs && blasGemm(context, p)) || kernelGemm(p);
  const parts = context.threads.parts(size * batches, impl.grainSize);
  if (batches >= 2 * parts) batched(context, p, impl, parts);
  else for (let i = 0; i < batches; i++) tiledRounds(context, p, impl, wholeOf(p, i));
}

/** Small products on the calling thread. */
function singleThread({ gemm, heap, scratch: reserved }: KernelContext, p: GemmArgs): void {
  const { type, m, n, k, aRow, aCol, bRow, bCol } = p;
  const { bytes } = type;
  // More than packing both operands takes.
  const fits = bytes * (k + 4) * (m + n + 32) + 256 <= SCRATCH_BYTES;
  const scratch = fits ? reserved : heap.scratch(scratchBytes(type, m, n, k));
  for (let i = 0; i < p.batches; i++) {
    const [a, b, c] = [p.a + bytes * i * p.aBatch, p.b + bytes * i * p.bBatch, p.c + bytes * i * m * n];
    gemmOnThread(gemm, type, m, n, k, a, aRow, aCol, b, bRow, bCol, c, n, p.bias, p.flags, scratch);
  }
}

function kernelGemm({ type, m: rows, n, aRow, aCol, bRow, bCol }: GemmArgs): GemmImpl {
  const whole = { m: rows, n };
  return {
    grainSize: type.grain,
    scratch: (m, cols, k) => scratchBytes(type, m, cols, k, whole),
    run({ gemm }, { m, n: cols, k, a, b, c, bias, flags }, scratch) {
      gemmOnThread(gemm, type, m, cols, k, a, aRow, aCol, b, bRow, bCol, c, n, bias, flags, scratch, whole);
    },
  };
}

/** BLAS has no epilogue: the bias is written first, and ReLU is a second pass. */
function blasGemm({ blas }: KernelContext, p: GemmArgs): GemmImpl | null {
  const { code, bytes, grain } = p.type;
  const product = blas.product(p.type, p.m, p.n, p.k, [p.aRow, p.aCol], [p.bRow, p.bCol]);
  if (product === null) return null;
  const row = bytes * p.n;
  return {
    grainSize: product.shared ? GRAIN_OF_BLAS * grain : Infinity,
    scratch: () => 0,
    run(kernels, { m, n, k, a, b, c, bias, flags }) {
      const { gemm } = kernels;
      const add = flags & ACCUMULATE;
      if (bias !== 0) gemm.storeRows(code, m, n, bias, 0, c, row, add);
      product.run(kernels, m, n, k, a, b, c, p.n, add !== 0 || bias !== 0);
      if ((flags & RELU) !== 0) gemm.storeRows(code, m, n, c, row, c, row, RELU);
    },
  };
}

/** One of the products as a whole. */
function wholeOf(p: GemmArgs, batch: number): Tile {
  const { m, n, k, bias, flags } = p;
  const { bytes } = p.type;
  const [a, b, c] = [p.a + bytes * batch * p.aBatch, p.b + bytes * batch * p.bBatch, p.c + bytes * batch * m * n];
  return { m, n, k, a, b, c, bias, flags };
}

/** Whole products on each thread. */
function batched(context: KernelContext, p: GemmArgs, impl: GemmImpl, parts: number): void {
  const { m, n, k, batches } = p;
  const bytes = impl.scratch(m, n, k);
  const scratch = bytes === 0 ? 0 : context.heap.scratch(bytes * parts);
  const calls = 3 * Math.ceil(m / 48) * Math.ceil(n / 64) * Math.ceil(k / 512);
  const round = parts === 1 ? batches : parts * Math.max(1, Math.floor(MAX_CALLS_PER_JOB / calls));
  for (let start = 0; start < batches; start += round) {
    const now = Math.min(round, batches - start);
    context.threads.run(parts, (kernels, part) => {
      const { first, count } = chunkOf(part, parts, now, 1);
      for (let i = start + first; i < start + first + count; i++) {
        impl.run(kernels, wholeOf(p, i), scratch + part * bytes);
      }
    });
  }
}

/** One product. Only a huge one takes more than one round. */
function tiledRounds(context: KernelContext, p: GemmArgs, impl: GemmImpl, whole: Tile): void {
  const { m, n, k, bias, flags } = whole;
  const { bytes } = p.type;
  const [down, across] = [Math.ceil(m / MAX_SIDE), Math.ceil(n / MAX_SIDE)];
  for (let l = 0; l < k; l += MAX_DEPTH) {
    const depth = Math.min(MAX_DEPTH, k - l);
    const mode = (l === 0 ? flags & ACCUMULATE : ACCUMULATE) | (l + depth === k ? flags & RELU : 0);
    for (let i = 0; i < down; i++) {
      const rows = tilesOf(i, down, m);
      for (let j = 0; j < across; j++) {
        const cols = tilesOf(j, across, n);
        const a = whole.a + bytes * (rows.first * p.aRow + l * p.aCol);
        const b = whole.b + bytes * (l * p.bRow + cols.first * p.bCol);
        const c = whole.c + bytes * (rows.first * n + cols.first);
        const start = bias === 0 || l > 0 ? 0 : bias + bytes * cols.first;
        tiled(context, p, impl, { m: rows.count, n: cols.count, k: depth, a, b, c, bias: start, flags: mode });
      }
    }
  }
}

/** Cuts what is computed into one tile for each thread. */
function tiled(context: KernelContext, p: GemmArgs, impl: GemmImpl, whole: Tile): void {
  const { m, n, k } = whole;
  const { bytes: size } = p.type;
  const [down, across] = gridOf(context.threads.parts(m * n * k, impl.grainSize), m, n);
  const parts = down * across;
  const tileOf = (part: number): Tile => {
    const rows = tilesOf(Math.floor(part / across), down, m);
    const cols = tilesOf(part % across, across, n);
    return {
      ...whole,
      m: rows.count,
      n: cols.count,
      a: whole.a + size * rows.first * p.aRow,
      b: whole.b + size * cols.first * p.bCol,
      c: whole.c + size * (rows.first * p.n + cols.first),
      bias: whole.bias === 0 ? 0 : whole.bias + size * cols.first,
    };
  };
  let bytes = 0;
  for (let part = 0; part < parts; part++) {
    const tile = tileOf(part);
    bytes = Math.max(bytes, impl.scratch(tile.m, tile.n, k));
  }
  const scratch = bytes === 0 ? 0 : context.heap.scratch(bytes * parts);
  context.threads.run(parts, (kernels, part) => {
    const tile = tileOf(part);
    if (tile.m * tile.n > 0) impl.run(kernels, tile, scratch + part * bytes);
  });
}

/** Chunk `part` of `parts` of the rows or columns, in whole tiles; the last has the rest, so that none is narrower. */
function tilesOf(part: number, parts: number, count: number): Chunk {
  const start = (p: number): number => (p === parts ? count : Math.floor((count * p) / parts / TILE) * TILE);
  const first = start(part);
  return { first, count: start(part + 1) - first };
}

/** Threads down and across C, so that each packs as little of A and B as possible. */
function gridOf(parts: number, m: number, n: number): [number, number] {
  const [mostDown, mostAcross] = [m, n].map((size) => Math.max(1, Math.floor(size / TILE))) as [number, number];
  let best: [number, number] = [Math.min(parts, mostDown), 1];
  let least = Infinity;
  for (let down = 1; down <= Math.min(parts, mostDown); down++) {
    if (parts % down !== 0 || parts / down > mostAcross) continue;
    const across = parts / down;
    const sides = Math.max(m / down, TILE) + Math.max(n / across, TILE);
    if (sides < least) {
      least = sides;
      best = [down, across];
    }
  }
  return best;
}
