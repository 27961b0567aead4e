/** @file Reductions, softmax and losses on all threads. */
import type { ThreadPool } from "../threads.ts";
import type { VectorExports } from "../wasm.ts";
import type { WasmMemory } from "../webassembly.ts";
import { CACHE_LINE, chunkOf, GRAIN_SIZE, overRows } from "./partition.ts";

/** Columns up to which a sum down the columns is cut by rows: fewer do not give every thread a cache line or two. */
const NARROW = 512;

type Fold = Pick<VectorExports, "sumRows" | "maxRows" | "minRows" | "sumColumns" | "sumColumnsScratch">;
type Columns = VectorExports["maxColumns"];

/**
 * Reductions. Where there are fewer rows than threads, a row is cut, and its pieces are put together in their order;
 * sums of pieces are double precision.
 */
function folds(pool: ThreadPool, vector: VectorExports, memory: WasmMemory): Fold {
  const rowKernel =
    (
      rowsName: "sumRows" | "maxRows" | "minRows",
      pieceName: "sumOf" | "maxOf" | "minOf",
      join: (x: number, y: number) => number,
    ): VectorExports["sumRows"] =>
    (out, x, rows, cols) => {
      const parts = pool.parts(rows * cols, GRAIN_SIZE.light);
      if (rows >= parts) {
        overRows(pool, GRAIN_SIZE.light, rows, cols, (kernels, { first, count }) => {
          kernels[rowsName](out + 4 * first, x + 4 * first * cols, count, cols);
        });
        return;
      }
      for (let row = 0; row < rows; row++) {
        const pieces = pool.collect(parts, (kernels, part) => {
          const { first, count } = chunkOf(part, parts, cols, 256);
          return kernels.vector[pieceName](x + 4 * (row * cols + first), count);
        });
        new Float32Array(memory.buffer, out + 4 * row, 1)[0] = pieces.reduce((x, y) => join(x, y));
      }
    };
  const scratchBytes = vector.sumColumnsScratch();
  return {
    sumRows: rowKernel("sumRows", "sumOf", (x, y) => x + y),
    maxRows: rowKernel("maxRows", "maxOf", Math.max),
    minRows: rowKernel("minRows", "minOf", Math.min),
    sumColumnsScratch: () => pool.size * (scratchBytes + 4 * NARROW),
    sumColumns(out, x, outer, rows, cols, xRow, scratch) {
      const parts = pool.parts(outer * rows * cols, GRAIN_SIZE.light);
      if (parts === 1) return vector.sumColumns(out, x, outer, rows, cols, xRow, scratch);
      if (outer >= parts) {
        pool.run(parts, (kernels, part) => {
          const { first, count } = chunkOf(part, parts, outer, 1);
          const [to, from] = [out + 4 * first * cols, x + first * rows * xRow];
          kernels.vector.sumColumns(to, from, count, rows, cols, xRow, scratch + part * scratchBytes);
        });
        return;
      }
      for (let o = 0; o < outer; o++) {
        const [to, from] = [out + 4 * o * cols, x + o * rows * xRow];
        if (cols > NARROW || rows < parts) {
          pool.run(parts, (kernels, part) => {
            const { first, count } = chunkOf(part, parts, cols, CACHE_LINE);
            if (count === 0) return;
            kernels.vector.sumColumns(
              to + 4 * first,
              from + 4 * first,
              1,
              rows,
              count,
              xRow,
              scratch + part * scratchBytes,
            );
          });
          continue;
        }
        const pieces = scratch + pool.size * scratchBytes;
        pool.run(parts, (kernels, part) => {
          const { first, count } = chunkOf(part, parts, rows, 8);
          const at = pieces + 4 * part * cols;
          kernels.vector.sumColumns(at, from + first * xRow, 1, count, cols, xRow, scratch + part * scratchBytes);
        });
        vector.sumColumns(to, pieces, 1, parts, cols, 4 * cols, scratch);
      }
    },
  };
}

function columnExtreme(pool: ThreadPool, vector: VectorExports, name: "maxColumns" | "minColumns"): Columns {
  return (out, x, outer, rows, cols, xRow) => {
    const parts = pool.parts(outer * rows * cols, GRAIN_SIZE.light);
    if (parts === 1 || (outer > 1 && outer < parts)) return vector[name](out, x, outer, rows, cols, xRow);
    pool.run(parts, (kernels, part) => {
      const [total, unit] = outer === 1 ? [cols, CACHE_LINE] : [outer, 1];
      const { first, count } = chunkOf(part, parts, total, unit);
      if (count === 0) return;
      if (outer === 1) kernels.vector[name](out + 4 * first, x + 4 * first, 1, rows, count, xRow);
      else kernels.vector[name](out + 4 * first * cols, x + first * rows * xRow, count, rows, cols, xRow);
    });
  };
}

type RowWise = Pick<
  VectorExports,
  | "argmaxRows"
  | "argminRows"
  | "softmaxRows"
  | "logSoftmaxRows"
  | "softmaxGradRows"
  | "logSoftmaxGradRows"
  | "crossEntropyRows"
  | "crossEntropyGradRows"
>;

/** What goes along each row several times: rows stay integers. */
function rowWise(pool: ThreadPool): RowWise {
  const mapped =
    (
      name: "argmaxRows" | "argminRows" | "softmaxRows" | "logSoftmaxRows",
      grainSize: number,
      outCols: (n: number) => number,
    ) =>
    (out: number, x: number, rows: number, cols: number): void => {
      overRows(pool, grainSize, rows, cols, (kernels, { first, count }) => {
        kernels[name](out + 4 * first * outCols(cols), x + 4 * first * cols, count, cols);
      });
    };
  const gradient =
    (name: "softmaxGradRows" | "logSoftmaxGradRows", grainSize: number): VectorExports["softmaxGradRows"] =>
    (out, g, y, rows, cols) => {
      overRows(pool, grainSize, rows, cols, (kernels, { first, count }) => {
        const start = 4 * first * cols;
        kernels[name](out + start, g + start, y + start, count, cols);
      });
    };
  return {
    argmaxRows: mapped("argmaxRows", GRAIN_SIZE.light, () => 1),
    argminRows: mapped("argminRows", GRAIN_SIZE.light, () => 1),
    softmaxRows: mapped("softmaxRows", GRAIN_SIZE.heavy, (n) => n),
    logSoftmaxRows: mapped("logSoftmaxRows", GRAIN_SIZE.heavy, (n) => n),
    softmaxGradRows: gradient("softmaxGradRows", GRAIN_SIZE.heavy),
    logSoftmaxGradRows: gradient("logSoftmaxGradRows", GRAIN_SIZE.heavy),
    crossEntropyRows(losses, probs, logits, targets, rows, classes, ignore) {
      overRows(pool, GRAIN_SIZE.heavy, rows, classes, (kernels, { first, count }) => {
        const start = 4 * first * classes;
        const [to, numbers] = [losses + 4 * first, targets + 4 * first];
        kernels.crossEntropyRows(to, probs + start, logits + start, numbers, count, classes, ignore);
      });
    },
    crossEntropyGradRows(out, g, gStep, probs, targets, rows, classes, ignore) {
      overRows(pool, GRAIN_SIZE.heavy, rows, classes, (kernels, { first, count }) => {
        const start = 4 * first * classes;
        const [from, numbers] = [g + first * gStep, targets + 4 * first];
        kernels.crossEntropyGradRows(out + start, from, gStep, probs + start, numbers, count, classes, ignore);
      });
    },
  };
}

/** Kernels of the same names, which use the pool's threads where that pays. */
export function parallelRows(pool: ThreadPool, vector: VectorExports, memory: WasmMemory): Partial<VectorExports> {
  return {
    ...folds(pool, vector, memory),
    maxColumns: columnExtreme(pool, vector, "maxColumns"),
    minColumns: columnExtreme(pool, vector, "minColumns"),
    ...rowWise(pool),
  };
}
