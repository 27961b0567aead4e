/** @file Element-wise kernels and copies on all threads. */
import type { ThreadPool } from "../threads.ts";
import type { VectorExports, VectorKernelOf } from "../wasm.ts";
import { CACHE_LINE, chunkOf, GRAIN_SIZE, overElements, overPlane } from "./partition.ts";

type Unary = VectorExports["negRows"];
type Binary = VectorExports["addRows"];
type Comparison = VectorExports["eqRows"];
const LIGHT = [
  "negRows",
  "absRows",
  "signRows",
  "reluRows",
  "floorRows",
  "ceilRows",
  "roundRows",
  "truncRows",
  "copyRows",
] as const satisfies readonly VectorKernelOf<Unary>[];

const HEAVY = [
  "sqrtRows",
  "rsqrtRows",
  "reciprocalRows",
  "expRows",
  "logRows",
  "tanhRows",
  "sigmoidRows",
  "erfRows",
] as const satisfies readonly VectorKernelOf<Unary>[];

const BINARY = [
  "addRows",
  "subRows",
  "mulRows",
  "divRows",
  "maximumRows",
  "minimumRows",
  "reluGradRows",
  "sigmoidGradRows",
  "tanhGradRows",
] as const satisfies readonly VectorKernelOf<Binary>[];

const COMPARISONS = ["eqRows", "neRows", "gtRows", "geRows"] as const satisfies readonly VectorKernelOf<Comparison>[];

function unary(pool: ThreadPool, vector: VectorExports, name: VectorKernelOf<Unary>, grainSize: number): Unary {
  const single = vector[name];
  return (out, x, rows, cols, outRow, xRow) => {
    const parts = pool.parts(rows * cols, grainSize);
    if (parts === 1) return single(out, x, rows, cols, outRow, xRow);
    overPlane(pool, parts, rows, cols, (kernels, p) => {
      kernels[name](out + p.row * outRow + 4 * p.col, x + p.row * xRow + 4 * p.col, p.rows, p.cols, outRow, xRow);
    });
  };
}

function binary(pool: ThreadPool, vector: VectorExports, name: VectorKernelOf<Binary>): Binary {
  const single = vector[name];
  return (out, a, b, rows, cols, outRow, aRow, bRow, mode) => {
    const parts = pool.parts(rows * cols, GRAIN_SIZE.light);
    if (parts === 1) return single(out, a, b, rows, cols, outRow, aRow, bRow, mode);
    const aCol = mode === 1 ? 0 : 4;
    const bCol = mode === 2 ? 0 : 4;
    overPlane(pool, parts, rows, cols, (kernels, p) => {
      const to = out + p.row * outRow + 4 * p.col;
      const left = a + p.row * aRow + aCol * p.col;
      const right = b + p.row * bRow + bCol * p.col;
      kernels[name](to, left, right, p.rows, p.cols, outRow, aRow, bRow, mode);
    });
  };
}

/** The results of a row lie right behind those of the one before, so rows can be cut only where there is one. */
function comparison(pool: ThreadPool, vector: VectorExports, name: VectorKernelOf<Comparison>): Comparison {
  const single = vector[name];
  return (out, a, b, rows, cols, aRow, bRow, mode) => {
    const parts = rows === 1 || rows >= pool.size ? pool.parts(rows * cols, GRAIN_SIZE.light) : 1;
    if (parts === 1) return single(out, a, b, rows, cols, aRow, bRow, mode);
    const [count, unit] = rows === 1 ? [cols, CACHE_LINE] : [rows, 1];
    const aStep = rows > 1 ? aRow : mode === 1 ? 0 : 4;
    const bStep = rows > 1 ? bRow : mode === 2 ? 0 : 4;
    pool.run(parts, (kernels, part) => {
      const range = chunkOf(part, parts, count, unit);
      const [left, right] = [a + range.first * aStep, b + range.first * bStep];
      if (rows === 1) kernels.vector[name](out + range.first, left, right, 1, range.count, 0, 0, mode);
      else kernels.vector[name](out + range.first * cols, left, right, range.count, cols, aRow, bRow, mode);
    });
  };
}

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

/** Copies and fills of all element sizes. */
function moves(pool: ThreadPool, vector: VectorExports): Partial<VectorExports> {
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
  };
}

type Others = Pick<VectorExports, "clampRows" | "whereRows" | "divideBytes">;

function others(pool: ThreadPool, vector: VectorExports): Others {
  return {
    clampRows(out, x, rows, cols, outRow, xRow, low, high) {
      const parts = pool.parts(rows * cols, GRAIN_SIZE.light);
      if (parts === 1) return vector.clampRows(out, x, rows, cols, outRow, xRow, low, high);
      overPlane(pool, parts, rows, cols, (kernels, p) => {
        const [to, from] = [out + p.row * outRow + 4 * p.col, x + p.row * xRow + 4 * p.col];
        kernels.clampRows(to, from, p.rows, p.cols, outRow, xRow, low, high);
      });
    },
    whereRows(out, cond, a, b, rows, cols, outRow, condRow, aRow, bRow, mode) {
      const parts = pool.parts(rows * cols, GRAIN_SIZE.light);
      if (parts === 1) return vector.whereRows(out, cond, a, b, rows, cols, outRow, condRow, aRow, bRow, mode);
      const aCol = mode & 1 ? 0 : 4;
      const bCol = mode & 2 ? 0 : 4;
      overPlane(pool, parts, rows, cols, (kernels, p) => {
        const [to, test] = [out + p.row * outRow + 4 * p.col, cond + p.row * condRow + p.col];
        const [left, right] = [a + p.row * aRow + aCol * p.col, b + p.row * bRow + bCol * p.col];
        kernels.whereRows(to, test, left, right, p.rows, p.cols, outRow, condRow, aRow, bRow, mode);
      });
    },
    divideBytes(out, x, n, divisor) {
      overElements(pool, GRAIN_SIZE.light, n, (kernels, bytes, count) => {
        kernels.divideBytes(out + bytes, x + bytes / 4, count, divisor);
      });
    },
  };
}

/** Kernels of the same names and results, which use the pool's threads where that pays. */
export function parallelElementwise(pool: ThreadPool, vector: VectorExports): Partial<VectorExports> {
  const unaries: Partial<Record<VectorKernelOf<Unary>, Unary>> = {};
  for (const name of LIGHT) unaries[name] = unary(pool, vector, name, GRAIN_SIZE.light);
  for (const name of HEAVY) unaries[name] = unary(pool, vector, name, GRAIN_SIZE.heavy);
  const binaries: Partial<Record<VectorKernelOf<Binary>, Binary>> = {};
  for (const name of BINARY) binaries[name] = binary(pool, vector, name);
  const comparisons: Partial<Record<VectorKernelOf<Comparison>, Comparison>> = {};
  for (const name of COMPARISONS) comparisons[name] = comparison(pool, vector, name);
  return { ...unaries, ...binaries, ...comparisons, ...moves(pool, vector), ...others(pool, vector) };
}
