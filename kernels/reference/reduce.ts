/** @file Reductions along the middle of a block: sums, extrema, positions, running sums and products. */
import type { ArgScanOp, Block, DType, ReduceOp, ScanOp, TypedArray } from "../backend.ts";

/** Folds n numbers of x, `step` apart, into one. Floats accumulate in double precision. */
type Fold = (x: TypedArray, at: number, step: number, n: number) => number;

const folds: Record<ReduceOp, Fold> = {
  sum: (x, at, step, n) => {
    let sum = 0;
    for (let i = 0; i < n; i++, at += step) sum += x[at]!;
    return sum;
  },
  prod: (x, at, step, n) => {
    let product = 1;
    for (let i = 0; i < n; i++, at += step) product *= x[at]!;
    return product;
  },
  max: (x, at, step, n) => {
    let max = -Infinity;
    for (let i = 0; i < n; i++, at += step) max = Math.max(max, x[at]!);
    return max;
  },
  min: (x, at, step, n) => {
    let min = Infinity;
    for (let i = 0; i < n; i++, at += step) min = Math.min(min, x[at]!);
    return min;
  },
  any: (x, at, step, n) => {
    for (let i = 0; i < n; i++, at += step) if (x[at] !== 0) return 1;
    return 0;
  },
  all: (x, at, step, n) => {
    for (let i = 0; i < n; i++, at += step) if (x[at] === 0) return 0;
    return 1;
  },
};

const sumInt32: Fold = (x, at, step, n) => {
  let sum = 0;
  for (let i = 0; i < n; i++, at += step) sum = (sum + x[at]!) | 0;
  return sum;
};

const prodInt32: Fold = (x, at, step, n) => {
  let product = 1;
  for (let i = 0; i < n; i++, at += step) product = Math.imul(product, x[at]!);
  return product;
};

function chooseFold(op: ReduceOp, dtype: DType): Fold {
  if (dtype === "float32" || dtype === "float64") return folds[op];
  if (op === "sum") return dtype === "bool" ? folds.any : sumInt32;
  if (op === "prod") return dtype === "bool" ? folds.all : prodInt32;
  return folds[op];
}

/** Sums over the middle row by row, so that memory is read in order. */
function sumRows(out: TypedArray, x: TypedArray, offset: number, { outer, n, inner }: Block): void {
  const sums = new Float64Array(inner);
  let at = offset;
  for (let o = 0; o < outer; o++) {
    sums.fill(0);
    for (let i = 0; i < n; i++) for (let j = 0; j < inner; j++) sums[j]! += x[at++]!;
    for (let j = 0; j < inner; j++) out[o * inner + j] = sums[j]!;
  }
}

/** out[o, j] = op over i of x[o, i, j]. */
export function reduce(op: ReduceOp, dtype: DType, out: TypedArray, x: TypedArray, offset: number, block: Block): void {
  const { outer, n, inner } = block;
  if (op === "sum" && inner > 1 && (dtype === "float32" || dtype === "float64")) {
    sumRows(out, x, offset, block);
    return;
  }
  const fold = chooseFold(op, dtype);
  for (let o = 0; o < outer; o++) {
    for (let j = 0; j < inner; j++) out[o * inner + j] = fold(x, offset + o * n * inner + j, inner, n);
  }
}

/** out[o, j] = the first i at which x[o, i, j] is largest or smallest, or at which it is NaN. */
export function argReduce(
  op: "argmax" | "argmin",
  out: TypedArray,
  x: TypedArray,
  offset: number,
  { outer, n, inner }: Block,
): void {
  for (let o = 0; o < outer; o++) {
    for (let j = 0; j < inner; j++) {
      const start = offset + o * n * inner + j;
      let best = x[start]!;
      let found = 0;
      for (let i = 1, at = start + inner; i < n && !Number.isNaN(best); i++, at += inner) {
        const value = x[at]!;
        if (Number.isNaN(value) || (op === "argmax" ? value > best : value < best)) {
          best = value;
          found = i;
        }
      }
      out[o * inner + j] = found;
    }
  }
}

/** log(eᵃ + eᵇ) */
function logAddExp(a: number, b: number): number {
  const [low, high] = a < b ? [a, b] : [b, a];
  if (low === Number.NEGATIVE_INFINITY || (high === Number.POSITIVE_INFINITY && !Number.isNaN(low))) return high;
  return high + Math.log1p(Math.exp(low - high));
}

function logcumsumexp(out: TypedArray, x: TypedArray, offset: number, { outer, n, inner }: Block): void {
  for (let line = 0; line < outer * inner; line++) {
    let sum = Number.NEGATIVE_INFINITY;
    for (let i = 0, at = Math.floor(line / inner) * n * inner + (line % inner); i < n; i++, at += inner) {
      sum = logAddExp(sum, x[offset + at]!);
      out[at] = sum;
    }
  }
}

/** out[o, i, j] = the last place of the largest, or smallest, of x[o, 0, j] … x[o, i, j]; of NaNs, which win, too. */
export function argScan(
  op: ArgScanOp,
  out: TypedArray,
  x: TypedArray,
  offset: number,
  { outer, n, inner }: Block,
): void {
  for (let line = 0; line < outer * inner; line++) {
    const start = Math.floor(line / inner) * n * inner + (line % inner);
    let [best, found] = [x[offset + start]!, 0];
    for (let i = 0, at = start; i < n; i++, at += inner) {
      const value = x[offset + at]!;
      if (Number.isNaN(value) || (op === "cummax" ? value >= best : value <= best)) {
        best = value;
        found = i;
      }
      out[at] = found;
    }
  }
}

/** out[o, i, j] = x[o, 0, j] + … + x[o, i, j], or their product; "or" and "and" for bool. */
export function scan(
  op: ScanOp,
  dtype: DType,
  out: TypedArray,
  x: TypedArray,
  offset: number,
  { outer, n, inner }: Block,
): void {
  if (op === "logcumsumexp") {
    logcumsumexp(out, x, offset, { outer, n, inner });
    return;
  }
  const unit = op === "cumsum" ? 0 : 1;
  const isFloat = dtype === "float32" || dtype === "float64";
  for (let o = 0; o < outer; o++) {
    for (let j = 0; j < inner; j++) {
      const start = o * n * inner + j;
      let result = unit;
      for (let i = 0, at = start; i < n; i++, at += inner) {
        const value = x[offset + at]!;
        if (dtype === "bool") result = op === "cumsum" ? result | value : result & value;
        else if (isFloat) result = op === "cumsum" ? result + value : result * value;
        else result = op === "cumsum" ? (result + value) | 0 : Math.imul(result, value);
        out[at] = result;
      }
    }
  }
}
