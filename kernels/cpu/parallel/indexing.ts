/** @file Elements and rows at indices on all threads. */
import type { ThreadPool } from "../threads.ts";
import type { VectorExports } from "../wasm.ts";
import { CACHE_LINE, chunkOf, GRAIN_SIZE, overPlane } from "./partition.ts";

type Gather = VectorExports["gather_4"];
type Scatter = VectorExports["scatterSet_4"];

const GATHERS = ["gather_1", "gather_4", "gather_8"] as const;

const SCATTERS = [
  "scatterSet_1",
  "scatterSet_4",
  "scatterSet_8",
  "scatterAdd_f32",
  "scatterAdd_f64",
  "scatterAdd_i32",
  "scatterAdd_u8",
  "scatterOr",
  ...(["scatterMul", "scatterMax", "scatterMin"] as const).flatMap(
    (name) => [`${name}_f32`, `${name}_f64`, `${name}_i32`, `${name}_u8`] as const,
  ),
] as const;

const ADDITIONS = [
  ["addToRows_f32", 4],
  ["addToRows_f64", 8],
  ["addToRows_i32", 4],
] as const;

/** Kernels of the same names, which use the pool's threads where that pays. */
export function parallelIndexing(pool: ThreadPool): Partial<VectorExports> {
  const gather =
    (name: (typeof GATHERS)[number]): Gather =>
    (out, x, index, rows, cols, outRow, outCol, xRow, xCol, indexRow, indexCol, step) => {
      const parts = pool.parts(rows * cols, GRAIN_SIZE.heavy);
      overPlane(pool, parts, rows, cols, (kernels, p) => {
        const [to, from] = [out + p.row * outRow + p.col * outCol, x + p.row * xRow + p.col * xCol];
        const at = index + p.row * indexRow + p.col * indexCol;
        kernels[name](to, from, at, p.rows, p.cols, outRow, outCol, xRow, xCol, indexRow, indexCol, step);
      });
    };
  // Threads must not write to one place: a dimension that does not move in `out` is the one that is indexed.
  const scatter =
    (name: (typeof SCATTERS)[number]): Scatter =>
    (out, index, x, rows, cols, outRow, outCol, indexRow, indexCol, xRow, xCol, step) => {
      const byRow = outRow !== 0 && (rows > 1 || outCol === 0);
      const count = byRow ? rows : cols;
      const parts = byRow || outCol !== 0 ? Math.min(count, pool.parts(rows * cols, GRAIN_SIZE.heavy)) : 1;
      pool.run(parts, (kernels, part) => {
        const { first, count: many } = chunkOf(part, parts, count, byRow ? 1 : CACHE_LINE);
        if (many === 0) return;
        const [to, at, from] = byRow
          ? [out + first * outRow, index + first * indexRow, x + first * xRow]
          : [out + first * outCol, index + first * indexCol, x + first * xCol];
        const [r, c] = byRow ? [many, cols] : [rows, many];
        kernels.vector[name](to, at, from, r, c, outRow, outCol, indexRow, indexCol, xRow, xCol, step);
      });
    };
  const kernels: Partial<VectorExports> = {
    selectRows(out, x, index, outer, count, bytes, outOuter, xOuter) {
      const parts = pool.parts((outer * count * bytes) / 4, GRAIN_SIZE.light);
      pool.run(parts, (k, part) => {
        const { first, count: many } = chunkOf(part, parts, outer >= parts ? outer : count, 1);
        if (outer >= parts) {
          const [to, from] = [out + first * outOuter, x + first * xOuter];
          k.vector.selectRows(to, from, index, many, count, bytes, outOuter, xOuter);
        } else if (many > 0) {
          k.vector.selectRows(out + first * bytes, x, index + 4 * first, outer, many, bytes, outOuter, xOuter);
        }
      });
    },
  };
  // Two indices may be the same, so threads share out the blocks, or the bytes of every row.
  kernels.putRows = (out, x, index, outer, count, cols, row, xRow, outOuter, xOuter) => {
    const parts = pool.parts((outer * count * cols) / 4, GRAIN_SIZE.light);
    pool.run(parts, (k, part) => {
      const { first, count: many } = chunkOf(part, parts, outer >= parts ? outer : cols, outer >= parts ? 1 : 64);
      if (many === 0) return;
      if (outer >= parts) {
        const [to, from] = [out + first * outOuter, x + first * xOuter];
        k.vector.putRows(to, from, index, many, count, cols, row, xRow, outOuter, xOuter);
      } else {
        k.vector.putRows(out + first, x + first, index, outer, count, many, row, xRow, outOuter, xOuter);
      }
    });
  };
  for (const name of GATHERS) kernels[name] = gather(name);
  for (const name of SCATTERS) kernels[name] = scatter(name);
  for (const [name, size] of ADDITIONS) {
    kernels[name] = (out, x, index, outer, count, cols, row, outOuter, xOuter) => {
      const parts = pool.parts(outer * count * cols, GRAIN_SIZE.light);
      pool.run(parts, (k, part) => {
        if (outer >= parts) {
          const { first, count: many } = chunkOf(part, parts, outer, 1);
          const [to, from] = [out + first * outOuter, x + first * xOuter];
          k.vector[name](to, from, index, many, count, cols, row, outOuter, xOuter);
          return;
        }
        const { first, count: many } = chunkOf(part, parts, cols, CACHE_LINE);
        if (many === 0) return;
        k.vector[name](out + size * first, x + size * first, index, outer, count, many, row, outOuter, xOuter);
      });
    };
  }
  return kernels;
}
