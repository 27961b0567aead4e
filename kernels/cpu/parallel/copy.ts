/** @file Copies and fills on all threads. */
import type { ThreadPool } from "../threads.ts";
import type { VectorExports, VectorKernelOf } from "../wasm.ts";
import { GRAIN_SIZE, overElements, overPlane } from "./partition.ts";

type Strided = VectorExports["copyStrided"];
type Transpose = VectorExports["transposeRows"];
type Fill = VectorExports["fillRows"];

function strided(pool: ThreadPool, vector: VectorExports, name: VectorKernelOf<Strided>): Strided {
  const single = vector[name];
  return (out, x, rows, cols, outRow, outCol, xRow, xCol) => {
    const parts = pool.parts(rows * cols, GRAIN_SIZE.heavy);
    if (parts === 1) return single(out, x, rows, cols, outRow, outCol, xRow, xCol);
    overPlane(pool, parts, rows, cols, (kernels, p) => {
      const [to, from] = [out + p.row * outRow + p.col * outCol, x + p.row * xRow + p.col * xCol];
      kernels[name](to, from, p.rows, p.cols, outRow, outCol, xRow, xCol);
    });
  };
}

/** For elements of `size` bytes. */
function transpose(pool: ThreadPool, vector: VectorExports, name: VectorKernelOf<Transpose>, size: number): Transpose {
  const single = vector[name];
  return (out, x, rows, cols, outRow, xCol) => {
    const parts = pool.parts(rows * cols, GRAIN_SIZE.light);
    if (parts === 1) return single(out, x, rows, cols, outRow, xCol);
    overPlane(pool, parts, rows, cols, (kernels, p) => {
      const [to, from] = [out + p.row * outRow + size * p.col, x + size * p.row + p.col * xCol];
      kernels[name](to, from, p.rows, p.cols, outRow, xCol);
    });
  };
}

/** For elements of `size` bytes. */
function fill(pool: ThreadPool, vector: VectorExports, name: VectorKernelOf<Fill>, size: number): Fill {
  const single = vector[name];
  return (out, value, rows, cols, outRow) => {
    const parts = pool.parts(rows * cols, GRAIN_SIZE.light);
    if (parts === 1) return single(out, value, rows, cols, outRow);
    overPlane(pool, parts, rows, cols, (kernels, p) => {
      kernels[name](out + p.row * outRow + size * p.col, value, p.rows, p.cols, outRow);
    });
  };
}

/** Kernels of the same names and results, which use the pool's threads where that pays. */
export function parallelCopies(pool: ThreadPool, vector: VectorExports): Partial<VectorExports> {
  return {
    fillRows: fill(pool, vector, "fillRows", 4),
    fillRows_f64: fill(pool, vector, "fillRows_f64", 8),
    fillRows_i32: fill(pool, vector, "fillRows_i32", 4),
    fillRows_u8: fill(pool, vector, "fillRows_u8", 1),
    copyRows_u8(out, x, rows, cols, outRow, xRow) {
      // Four bytes are as much work as an element of the other copies.
      const parts = pool.parts((rows * cols) / 4, GRAIN_SIZE.light);
      if (parts === 1) return vector.copyRows_u8(out, x, rows, cols, outRow, xRow);
      overPlane(pool, parts, rows, cols, (kernels, p) => {
        kernels.copyRows_u8(out + p.row * outRow + p.col, x + p.row * xRow + p.col, p.rows, p.cols, outRow, xRow);
      });
    },
    copyStrided: strided(pool, vector, "copyStrided"),
    copyStrided_u8: strided(pool, vector, "copyStrided_u8"),
    copyStrided_u64: strided(pool, vector, "copyStrided_u64"),
    transposeRows: transpose(pool, vector, "transposeRows", 4),
    transposeRows_u8: transpose(pool, vector, "transposeRows_u8", 1),
    transposeRows_u64: transpose(pool, vector, "transposeRows_u64", 8),
    divideBytes(out, x, n, divisor) {
      overElements(pool, GRAIN_SIZE.light, n, (kernels, bytes, count) => {
        kernels.divideBytes(out + bytes, x + bytes / 4, count, divisor);
      });
    },
  };
}
