/** @file Sorting and selection on all threads: rows are shared, and a single long row is sorted in pieces and merged. */

import { SUFFIX_BYTES, SUFFIXES, type Suffix } from "../suffix.ts";
import type { ThreadPool } from "../threads.ts";
import type { VectorExports } from "../wasm.ts";
import { type Chunk, chunkOf } from "./partition.ts";

/** Fewest elements of a chunk: sorting takes some 10 ns for each. */
const GRAIN = 2048;

/** Bytes that the scratch of a sort has beyond its records and histograms. */
const SLACK = 1024;

interface Piece {
  readonly address: number;
  readonly count: number;
}

/** Kernels of the same names, which use the pool's threads where that pays. */
export function parallelSort(pool: ThreadPool, vector: VectorExports): Partial<VectorExports> {
  const scratchBytes = (n: number, bytes: number): number => vector.sortScratch(n, bytes) + SLACK;

  /** Runs over ranges of rows, each chunk with a scratch of its own. */
  const overRows = (
    rows: number,
    n: number,
    bytes: number,
    scratch: number,
    run: (kernels: VectorExports, chunk: Chunk, scratch: number) => void,
  ): void => {
    const parts = Math.min(rows, pool.parts(rows * n, GRAIN));
    const stride = scratchBytes(n, bytes);
    pool.run(parts, (kernels, part) => run(kernels.vector, chunkOf(part, parts, rows, 1), scratch + part * stride));
  };

  /** Sorts the row at x in pieces, which are merged in pairs; the last merge writes the indices. */
  const sortLong = (
    suffix: Suffix,
    parts: number,
    order: number,
    x: number,
    n: number,
    flip: number,
    scratch: number,
  ): void => {
    const bytes = SUFFIX_BYTES[suffix];
    const size = bytes === 8 ? 16 : 8;
    const merge = bytes === 8 ? "mergeRecords_16" : "mergeRecords_8";
    let [from, to] = [scratch, scratch + n * size];
    const own = scratch + 2 * n * size;
    const stride = Math.ceil(scratchBytes(Math.ceil(n / parts), bytes) / 64) * 64;
    const chunks = Array.from({ length: parts }, (_, part) => chunkOf(part, parts, n, 1));
    pool.run(parts, (kernels, part) => {
      const { first, count } = chunks[part] as Chunk;
      const records = from + first * size;
      kernels.vector[`sortPiece_${suffix}`](records, x + first * bytes, count, first, flip, own + part * stride);
    });
    let pieces: Piece[] = chunks.map(({ first, count }) => ({ address: from + first * size, count }));
    while (pieces.length > 1) {
      const merged: Piece[] = [];
      const last = pieces.length === 2;
      for (let i = 0; i < pieces.length; i += 2) {
        const a = pieces[i] as Piece;
        const b = pieces[i + 1] ?? { address: a.address, count: 0 };
        const total = a.count + b.count;
        const address = to + (a.address - from);
        pool.run(parts, (kernels, part) => {
          const { first, count } = chunkOf(part, parts, total, 1);
          const [out, indices] = [address + first * size, last ? order + 4 * first : 0];
          kernels.vector[merge](out, indices, a.address, a.count, b.address, b.count, first, count);
        });
        merged.push({ address, count: total });
      }
      pieces = merged;
      [from, to] = [to, from];
    }
  };

  const kernels: Partial<VectorExports> = {
    sortScratch: (n, bytes) => pool.size * scratchBytes(n, bytes),
  };
  for (const suffix of SUFFIXES) {
    const bytes = SUFFIX_BYTES[suffix];
    kernels[`argsort_${suffix}`] = (order, x, rows, n, flip, scratch) => {
      const parts = pool.parts(rows * n, GRAIN);
      if (rows < parts && n >= 2 * GRAIN) {
        for (let r = 0; r < rows; r++) sortLong(suffix, parts, order + 4 * r * n, x + r * n * bytes, n, flip, scratch);
        return;
      }
      overRows(rows, n, bytes, scratch, (k, { first, count }, own) => {
        k[`argsort_${suffix}`](order + 4 * first * n, x + first * n * bytes, count, n, flip, own);
      });
    };
    kernels[`topk_${suffix}`] = (order, x, rows, n, k, flip, scratch) => {
      overRows(rows, n, bytes, scratch, (vectors, { first, count }, own) => {
        vectors[`topk_${suffix}`](order + 4 * first * k, x + first * n * bytes, count, n, k, flip, own);
      });
    };
    kernels[`kth_${suffix}`] = (out, x, rows, n, k, flip, scratch) => {
      overRows(rows, n, bytes, scratch, (vectors, { first, count }, own) => {
        vectors[`kth_${suffix}`](out + 4 * first, x + first * n * bytes, count, n, k, flip, own);
      });
    };
  }
  return kernels;
}
