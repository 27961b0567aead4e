/**
 * @file Kernels that work along a dimension of a contiguous block [outer, n, inner]. A row along it can be split into chunks for
 * different threads, whose results are reduced in turn.
 */
import type { DType, ReduceOp, ScanOp } from "../../backend.ts";
import { type GpuKernel, kernelName, kernelTable } from "../kernel.ts";
import { isNaNOf } from "./functions.ts";
import { divide } from "./index-math.ts";

/** Scans that kernels do. */
export type SumScan = Exclude<ScanOp, "logcumsumexp">;

/** What a fold takes in: the elements, products with those of a second array, or exponentials of what is below a maximum. */
export type FoldInput = "x" | "x*y" | "exp(x-y)";

const STARTS: Record<ReduceOp, string> = { sum: "0", prod: "1", max: "x[at]", min: "x[at]", any: "0", all: "1" };

function extreme(sign: "<" | ">"): string {
  return `if (!${isNaNOf("result")} && (${isNaNOf("v")} || v ${sign} result)) { result = v; }`;
}

const STEPS: Record<ReduceOp, string> = {
  sum: "result += v;",
  prod: "result *= v;",
  max: extreme(">"),
  min: extreme("<"),
  any: "if (v !== 0) { result = 1; }",
  all: "if (v === 0) { result = 0; }",
};

const VALUES: Record<FoldInput, string> = {
  x: "x[at]",
  "x*y": "x[at] * y[at - xAt + yAt]",
  "exp(x-y)": "Math.exp(below)",
};

/** Infinity less itself is NaN, of which not every GPU has the exponential. */
const EXP_STEP = `
  const below = x[at] - y[line * inner + column];
  if (${isNaNOf("below")}) { result = below; }`;

/** Where a thread's chunk begins and ends; `line` and `column` say in which line it is. */
const CHUNK = `
${divide("group", "column", "this.thread.x", "inner")}
${divide("line", "part", "group", "chunks")}
const start = part * chunk;
let end = start + chunk;
if (end > n) { end = n; }
let at = xAt + (line * n + start) * inner + column;`;

/** Ints: place of x, n, inner, length of a chunk, number of chunks, place of y. */
const CHUNK_INTS = ["xAt", "n", "inner", "chunk", "chunks"];

const folds = kernelTable((key: `${ReduceOp}:${FoldInput}`): GpuKernel => {
  const [op, input] = key.split(":") as [ReduceOp, FoldInput];
  return {
    name: op,
    arrays: input === "x" ? ["x"] : ["x", "y"],
    ints: input === "x*y" ? [...CHUNK_INTS, "yAt"] : CHUNK_INTS,
    floats: [],
    body: `${CHUNK}
let result = ${STARTS[op]};
for (let j = start; j < end; j += 1) {${input === "exp(x-y)" ? EXP_STEP : ""}
  const v = ${VALUES[input]};
  ${STEPS[op]}
  at += inner;
}
return result;`,
  };
});

export function foldKernel(op: ReduceOp, input: FoldInput): GpuKernel {
  return folds(`${op}:${input}`);
}

/** Position in the line of the first extreme of a chunk; of the first NaN if there is one. */
const extremes = kernelTable((op: "argmax" | "argmin"): GpuKernel => {
  const better = op === "argmax" ? ">" : "<";
  return {
    name: op,
    arrays: ["x"],
    ints: CHUNK_INTS,
    floats: [],
    body: `${CHUNK}
let best = x[at];
let position = start;
for (let j = start; j < end; j += 1) {
  const v = x[at];
  if (!${isNaNOf("best")} && (${isNaNOf("v")} || v ${better} best)) { best = v; position = j; }
  at += inner;
}
return position;`,
  };
});

/** The best of the positions that {@link extremes} found in the chunks of a line. Ints: place of x, n, inner, chunks. */
const bests = kernelTable((op: "argmax" | "argmin"): GpuKernel => {
  const better = op === "argmax" ? ">" : "<";
  return {
    name: op,
    arrays: ["x", "found"],
    ints: ["xAt", "n", "inner", "chunks"],
    floats: [],
    body: `
${divide("line", "column", "this.thread.x", "inner")}
const base = xAt + line * n * inner + column;
let position = found[line * chunks * inner + column];
let best = x[base + position * inner];
for (let k = 1; k < chunks; k++) {
  const other = found[(line * chunks + k) * inner + column];
  const v = x[base + other * inner];
  if (!${isNaNOf("best")} && (${isNaNOf("v")} || v ${better} best)) { best = v; position = other; }
}
return position;`,
  };
});

export { bests as bestKernel, extremes as extremeKernel };

/** One pass of a running sum or product: combines what lies `step` before. log₂ n passes take in all that is before. */
/** What sums and products become in dtypes whose arithmetic wraps; after every pass, so that all stays exact. */
const WRAPPED: Partial<Record<DType, string>> = {
  bool: "value === 0 ? 0 : 1",
  uint8: "value - 256 * Math.floor(value / 256)",
};

function scanPass(op: SumScan, dtype: DType): GpuKernel {
  return {
    name: kernelName(op, dtype),
    arrays: ["x"],
    ints: ["xAt", "n", "inner", "step"],
    floats: [],
    body: `
${divide("group", "column", "this.thread.x", "inner")}
${divide("line", "j", "group", "n")}
const at = xAt + this.thread.x;
let value = x[at];
if (j >= step) { value = value ${op === "cumsum" ? "+" : "*"} x[at - step * inner]; }
return ${WRAPPED[dtype] ?? "value"};`,
  };
}

const scanPasses = kernelTable((key: `${SumScan}:${DType}`) => {
  const [op, dtype] = key.split(":") as [SumScan, DType];
  return scanPass(op, dtype);
});

/** One pass of a scan: each element takes in the one that is `step` before it. */
export function scanKernel(op: SumScan, dtype: DType): GpuKernel {
  return scanPasses(`${op}:${dtype}`);
}

function perLine(name: string, arrays: readonly string[], result: string): GpuKernel {
  return {
    name,
    arrays,
    ints: ["n", "inner", ...(arrays.includes("g") ? ["gAt", "yAt"] : ["xAt"])],
    floats: [],
    body: `
${divide("group", "column", "this.thread.x", "inner")}
${divide("row", "j", "group", "n")}
const line = row * inner + column;
${result}`,
  };
}

/** From the maxima and the sums of exponentials of every line. */
export const SOFTMAX = perLine(
  "softmax",
  ["x", "maxima", "sums"],
  "return Math.exp(x[xAt + this.thread.x] - maxima[line]) / sums[line];",
);
export const LOG_SOFTMAX = perLine(
  "logSoftmax",
  ["x", "maxima", "sums"],
  `if (${isNaNOf("sums[line]")}) { return sums[line]; }\nreturn x[xAt + this.thread.x] - maxima[line] - Math.log(sums[line]);`,
);

/** From Σ g·y, or for the logarithm Σ g, of every line. */
export const SOFTMAX_GRAD = perLine(
  "softmaxGrad",
  ["g", "y", "sums"],
  "return y[yAt + this.thread.x] * (g[gAt + this.thread.x] - sums[line]);",
);
export const LOG_SOFTMAX_GRAD = perLine(
  "logSoftmaxGrad",
  ["g", "y", "sums"],
  "return g[gAt + this.thread.x] - Math.exp(y[yAt + this.thread.x]) * sums[line];",
);

/** Positions 0, 1, … of every line, before they are sorted. Lines have `size` places, a power of two. */
export const POSITIONS: GpuKernel = {
  name: "argsort positions",
  arrays: [],
  ints: ["size"],
  floats: [],
  body: `${divide("line", "p", "this.thread.x", "size")}\nreturn p;`,
};

/**
 * One pass of a bitonic sort of positions: each is compared with the one `distance` away, in runs of `run` that rise and
 * fall in turn. Equal elements are in order of their positions, so the sort is stable; NaN is the largest number, and
 * positions beyond the line are larger still.
 */
export const SORT_PASS: GpuKernel = {
  name: "argsort",
  arrays: ["x", "order"],
  ints: ["xAt", "n", "inner", "size", "run", "distance", "descending"],
  floats: [],
  body: `
${divide("line", "p", "this.thread.x", "size")}
${divide("pair", "within", "p", "(2 * distance)")}
const isFirst = within < distance;
const mine = order[this.thread.x];
const other = isFirst ? order[this.thread.x + distance] : order[this.thread.x - distance];
${divide("direction", "unused", "p", "run")}
const rises = direction - 2 * Math.floor(direction / 2) < 0.5;
${divide("row", "column", "line", "inner")}
const base = xAt + row * n * inner + column;
let mineFirst = mine < other;
if (mine >= n || other >= n) { mineFirst = mine < other; }
else {
  const a = x[base + mine * inner];
  const b = x[base + other * inner];
  const aIsNaN = ${isNaNOf("a")};
  const bIsNaN = ${isNaNOf("b")};
  let less = a < b;
  let more = a > b;
  if (aIsNaN) { less = false; more = !bIsNaN; }
  if (bIsNaN) { more = false; less = !aIsNaN; }
  if (less || more) { mineFirst = descending > 0 ? more : less; }
}
return (isFirst === rises) === mineFirst ? mine : other;`,
};

/** Sorted positions [lines, size] as they lie in the block; ints: n, inner, size. */
export const SORTED_POSITIONS: GpuKernel = {
  name: "argsort result",
  arrays: ["order"],
  ints: ["n", "inner", "size"],
  floats: [],
  body: `
${divide("group", "column", "this.thread.x", "inner")}
${divide("row", "j", "group", "n")}
return order[(row * inner + column) * size + j];`,
};
