/** @file float32 matrix products: by the system's BLAS, on all threads, or on one, whichever is the fastest. */
import type { Machine } from "./machine.ts";
import { ACCUMULATE, RELU, scratchBytes, sgemm } from "./matmul.ts";
import { type Range, rangeOf } from "./parallel/shares.ts";

/** C[m,n] = A[m,k]·B[k,n] for a number of matrices: byte addresses, and strides in elements. */
export interface Multiplication {
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
  /** Address of n floats that are added to every row, or 0. */
  readonly bias: number;
  /** Sum of ACCUMULATE and RELU. */
  readonly flags: number;
}

/** Multiplications that a share of a product has at least: some 20 µs. */
const LEAST = 500_000;

/** Rows and columns that stay together: those of a register tile. */
const TILE = 8;
/** Largest sides of what is worked on at a time, so that the calls of a share fit into a job. */
const SIDE = 8192;
/** Calls of kernels that a share may have. */
const CALLS = 2048;

/** Runs a product that is not empty. */
export function multiply(machine: Machine, p: Multiplication): void {
  const { m, n, k, batches } = p;
  const size = m * n * k;
  if (size >= machine.blas.least && byBlas(machine, p)) return;
  const parts = machine.threads.parts(size * batches, LEAST);
  if (parts > 1 && batches >= 2 * parts) batchesOnThreads(machine, p, parts);
  else if (parts > 1) for (let i = 0; i < batches; i++) tilesOnThreads(machine, p, i);
  else {
    const scratch = machine.heap.scratch(scratchBytes(m, n, k));
    for (let i = 0; i < batches; i++) {
      const [a, b, c] = addresses(p, i);
      sgemm(machine.gemm, m, n, k, a, p.aRow, p.aCol, b, p.bRow, p.bCol, c, n, p.bias, p.flags, scratch);
    }
  }
}

/** Addresses of a product's three matrices. */
function addresses(p: Multiplication, batch: number): [number, number, number] {
  return [p.a + 4 * batch * p.aBatch, p.b + 4 * batch * p.bBatch, p.c + 4 * batch * p.m * p.n];
}

/** BLAS knows no epilogue: the bias is there before, and the negative elements go in a pass of their own. */
function byBlas({ blas, vector }: Machine, p: Multiplication): boolean {
  const { m, n, k, bias, flags } = p;
  const product = blas.sgemm(m, n, k, [p.aRow, p.aCol], [p.bRow, p.bCol]);
  if (product === null) return false;
  const add = (flags & ACCUMULATE) !== 0;
  const row = 4 * n;
  for (let i = 0; i < p.batches; i++) {
    const [a, b, c] = addresses(p, i);
    if (bias !== 0 && add) vector.addRows(c, c, bias, m, n, row, row, 0, 0);
    else if (bias !== 0) vector.copyRows(c, bias, m, n, row, 0);
    product(a, b, c, add || bias !== 0);
    if ((flags & RELU) !== 0) vector.reluRows(c, c, 1, m * n, 0, 0);
  }
  return true;
}

/** Whole products on each thread. */
function batchesOnThreads(machine: Machine, p: Multiplication, parts: number): void {
  const { m, n, k, batches } = p;
  const bytes = scratchBytes(m, n, k);
  const scratch = machine.heap.scratch(bytes * parts);
  const calls = 3 * Math.ceil(m / 48) * Math.ceil(n / 64) * Math.ceil(k / 512);
  const round = parts * Math.max(1, Math.floor(CALLS / calls));
  for (let start = 0; start < batches; start += round) {
    const now = Math.min(round, batches - start);
    machine.threads.run(parts, ({ gemm }, part) => {
      const { first, count } = rangeOf(part, parts, now, 1);
      for (let i = start + first; i < start + first + count; i++) {
        const [a, b, c] = addresses(p, i);
        const own = scratch + part * bytes;
        sgemm(gemm, m, n, k, a, p.aRow, p.aCol, b, p.bRow, p.bCol, c, n, p.bias, p.flags, own);
      }
    });
  }
}

/** One product, cut into tiles of C. Only a huge one takes more than one round. */
function tilesOnThreads(machine: Machine, p: Multiplication, batch: number): void {
  const { m, n, k, bias, flags } = p;
  const [a, b, c] = addresses(p, batch);
  for (let l = 0; l < k; l += SIDE) {
    const depth = Math.min(SIDE, k - l);
    const mode = (l === 0 ? flags & ACCUMULATE : ACCUMULATE) | (l + depth === k ? flags & RELU : 0);
    for (let i = 0; i < m; i += SIDE) {
      for (let j = 0; j < n; j += SIDE) {
        tiles(
          machine,
          p,
          Math.min(SIDE, m - i),
          Math.min(SIDE, n - j),
          depth,
          a + 4 * (i * p.aRow + l * p.aCol),
          b + 4 * (l * p.bRow + j * p.bCol),
          c + 4 * (i * n + j),
          bias === 0 || l > 0 ? 0 : bias + 4 * j,
          mode,
        );
      }
    }
  }
}

function tiles(
  machine: Machine,
  p: Multiplication,
  m: number,
  n: number,
  k: number,
  a: number,
  b: number,
  c: number,
  bias: number,
  flags: number,
): void {
  const [down, across] = gridOf(machine.threads.parts(m * n * k, LEAST), m, n);
  const parts = down * across;
  const rowsOf = (part: number): Range => rangeOf(Math.floor(part / across), down, m, TILE);
  const colsOf = (part: number): Range => rangeOf(part % across, across, n, TILE);
  let bytes = 0;
  for (let part = 0; part < parts; part++) {
    bytes = Math.max(bytes, scratchBytes(rowsOf(part).count, colsOf(part).count, k));
  }
  const scratch = machine.heap.scratch(bytes * parts);
  machine.threads.run(parts, ({ gemm }, part) => {
    const rows = rowsOf(part);
    const cols = colsOf(part);
    if (rows.count === 0 || cols.count === 0) return;
    const x = a + 4 * rows.first * p.aRow;
    const y = b + 4 * cols.first * p.bCol;
    const z = c + 4 * (rows.first * p.n + cols.first);
    const start = bias === 0 ? 0 : bias + 4 * cols.first;
    const own = scratch + part * bytes;
    sgemm(gemm, rows.count, cols.count, k, x, p.aRow, p.aCol, y, p.bRow, p.bCol, z, p.n, start, flags, own);
  });
}

/** Threads down and across C, so that each packs as little of A and B as possible. */
function gridOf(parts: number, m: number, n: number): [number, number] {
  let best: [number, number] = [1, parts];
  let least = Infinity;
  for (let down = 1; down <= parts; down++) {
    if (parts % down !== 0) continue;
    const across = parts / down;
    const sides = Math.max(m / down, TILE) + Math.max(n / across, TILE);
    if (sides < least) {
      least = sides;
      best = [down, across];
    }
  }
  return best;
}
