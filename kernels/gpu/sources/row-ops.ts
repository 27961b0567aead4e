/** @file Reductions, softmax and cross-entropy along rows, in WGSL: one kernel each. */
import type { ReduceOp } from "../../backend.ts";
import { type GpuKernel, kernelTable } from "../kernel.ts";
import type { Threads } from "../runtime.ts";
import type { FoldInput } from "./axis-ops.ts";
import type { MaskKind } from "./fused.ts";
import { type COMBINE, ORDER_FUNCTION, rowKernel } from "./rows.ts";

/** How a reduction goes on: what it begins with, what an element is to it, and how two results become one. */
const FOLDS: Readonly<Record<ReduceOp, { start: string; value: string; combine: keyof typeof COMBINE }>> = {
  sum: { start: "0.0", value: "v", combine: "sum" },
  prod: { start: "1.0", value: "v", combine: "prod" },
  max: { start: "-params.infinity", value: "v", combine: "max" },
  min: { start: "params.infinity", value: "v", combine: "min" },
  any: { start: "0.0", value: "select(0.0, 1.0, v != 0.0)", combine: "max" },
  all: { start: "1.0", value: "select(0.0, 1.0, v != 0.0)", combine: "min" },
};

const VALUES: Readonly<Record<FoldInput, string>> = {
  x: "x[base + j]",
  "x*y": "x[base + j] * y[base - params.xAt + params.yAt + j]",
  "exp(x-y)": "exponential(x[base + j] - y[line])",
};

/** Infinity less itself is NaN, of which not every GPU has the exponential. */
const EXPONENTIAL = "fn exponential(x : f32) -> f32 { return select(exp(x), x, isNaN(x)); }";

/** The part of a line that is a row: lines of `line` elements are cut into `chunks` parts of `n`. */
const PART = `
    let line = quotient(row, params.chunks);
    let start = (row - line * params.chunks) * params.n;
    let count = min(size, params.line - start);
    let base = params.xAt + line * params.line + start;`;

const folds = kernelTable((key: `${ReduceOp}:${FoldInput}:${Threads}`): GpuKernel => {
  const [op, input, threads] = key.split(":") as [ReduceOp, FoldInput, string];
  const { start, value, combine } = FOLDS[op];
  return rowKernel(
    {
      name: op,
      arrays: input === "x" ? ["x"] : ["x", "y"],
      ints: ["xAt", "line", "chunks", ...(input === "x*y" ? ["yAt"] : [])],
      floats: ["infinity"],
      combines: [combine],
      functions: input === "exp(x-y)" ? EXPONENTIAL : "",
      row: `${PART}
    var found = ${start};
    for (var j = lane; j < count; j += lanes) {
      let v = ${VALUES[input]};
      found = combine_${combine}(found, ${value});
    }
    let whole = ${combine}Of(found, t, lane);
    if (lane == 0 && size > 0) { result[row] = whole; }`,
    },
    Number(threads) as Threads,
  );
});

/**
 * A reduction of lines, each in `chunks` parts. Ints: rows (lines times parts), elements of a part, threads for each;
 * place of x, elements of a line, parts of a line, place of y. Float: infinity.
 */
export function rowFoldKernel(op: ReduceOp, input: FoldInput, threads: Threads): GpuKernel {
  return folds(`${op}:${input}:${threads}`);
}

/** The position of the first extreme, or of the first NaN: the value and the position of what is better of two. */
const extremes = kernelTable((key: `${"argmax" | "argmin"}:${Threads}`): GpuKernel => {
  const [op, digits] = key.split(":") as ["argmax" | "argmin", string];
  const threads = Number(digits) as Threads;
  return rowKernel(
    {
      name: op,
      arrays: ["x"],
      ints: ["xAt"],
      combines: [],
      functions: `${ORDER_FUNCTION}
var<workgroup> bestTile : array<i32, ${threads}>;
var<workgroup> placeTile : array<i32, ${threads}>;
fn rankOf(x : f32) -> i32 { ${op === "argmax" ? "return orderOf(x);" : "return select(~orderOf(x), 0x7fffffff, isNaN(x));"} }`,
      row: `
    let base = params.xAt + row * params.n;
    var best = i32(-0x80000000);
    var place = params.n;
    for (var j = lane; j < size; j += lanes) {
      let rank = rankOf(x[base + j]);
      if (rank > best) { best = rank; place = j; }
    }
    bestTile[t] = best;
    placeTile[t] = place;
    for (var s = lanes / 2; s > 0; s = s / 2) {
      workgroupBarrier();
      if (lane < s) {
        let other = bestTile[t + s];
        if (other > bestTile[t] || (other == bestTile[t] && placeTile[t + s] < placeTile[t])) {
          bestTile[t] = other;
          placeTile[t] = placeTile[t + s];
        }
      }
    }
    if (lane == 0 && size > 0) { result[row] = f32(placeTile[t]); }
    workgroupBarrier();`,
    },
    threads,
  );
});

/** Ints: place of x. */
export function rowExtremeKernel(op: "argmax" | "argmin", threads: Threads): GpuKernel {
  return extremes(`${op}:${threads}`);
}

/** The largest score and the sum of the exponentials of what is below it; `value` is a score. */
function statistics(value: string): string {
  return `
    var highest = -params.infinity;
    for (var j = lane; j < size; j += lanes) { highest = max(highest, ${value}); }
    let most = topOf(highest, t, lane);
    var share = 0.0;
    for (var j = lane; j < size; j += lanes) { share += exponential(${value} - most); }
    let total = sumOf(share, t, lane);`;
}

const softmaxes = kernelTable((key: `${"softmax" | "logSoftmax"}:${Threads}`): GpuKernel => {
  const [name, threads] = key.split(":") as ["softmax" | "logSoftmax", string];
  return rowKernel(
    {
      name,
      arrays: ["x"],
      ints: ["xAt"],
      floats: ["infinity"],
      combines: ["top", "sum"],
      functions: EXPONENTIAL,
      row: `
    let base = params.xAt + row * params.n;
    let to = row * params.n;
    ${statistics("x[base + j]")}
    ${
      name === "softmax"
        ? `for (var j = lane; j < size; j += lanes) { result[to + j] = exp(x[base + j] - most) / total; }`
        : `let logarithm = select(log(total), total, isNaN(total));
    for (var j = lane; j < size; j += lanes) { result[to + j] = x[base + j] - most - logarithm; }`
    }`,
    },
    Number(threads) as Threads,
  );
});

/** Ints: place of x. Float: infinity. */
export function rowSoftmaxKernel(log: boolean, threads: Threads): GpuKernel {
  return softmaxes(`${log ? "logSoftmax" : "softmax"}:${threads}`);
}

const softmaxGrads = kernelTable((key: `${"softmaxGrad" | "logSoftmaxGrad"}:${Threads}`): GpuKernel => {
  const [name, threads] = key.split(":") as ["softmaxGrad" | "logSoftmaxGrad", string];
  const isLog = name === "logSoftmaxGrad";
  return rowKernel(
    {
      name,
      arrays: ["g", "y"],
      ints: ["gAt", "yAt"],
      floats: ["scale"],
      combines: ["sum"],
      row: `
    let gBase = params.gAt + row * params.n;
    let yBase = params.yAt + row * params.n;
    let to = row * params.n;
    var share = 0.0;
    for (var j = lane; j < size; j += lanes) { share += g[gBase + j]${isLog ? "" : " * y[yBase + j]"}; }
    let total = sumOf(share, t, lane);
    for (var j = lane; j < size; j += lanes) {
      result[to + j] = ${
        isLog ? "g[gBase + j] - exp(y[yBase + j]) * total" : "params.scale * (y[yBase + j] * (g[gBase + j] - total))"
      };
    }`,
    },
    Number(threads) as Threads,
  );
});

/** Ints: places of g and y. Float: what the gradient is multiplied by, unless it is the logarithm's. */
export function rowSoftmaxGradKernel(log: boolean, threads: Threads): GpuKernel {
  return softmaxGrads(`${log ? "logSoftmaxGrad" : "softmaxGrad"}:${threads}`);
}

/** Probabilities of all rows, and behind them the losses. */
const crossEntropies = kernelTable(
  (threads: `${Threads}`): GpuKernel =>
    rowKernel(
      {
        name: "crossEntropy",
        arrays: ["x", "classes"],
        ints: ["xAt", "tAt", "tStep", "ignored"],
        floats: ["infinity"],
        combines: ["top", "sum"],
        functions: EXPONENTIAL,
        row: `
    let base = params.xAt + row * params.n;
    let to = row * params.n;
    ${statistics("x[base + j]")}
    for (var j = lane; j < size; j += lanes) { result[to + j] = exp(x[base + j] - most) / total; }
    if (lane == 0 && size > 0) {
      let class_ = i32(classes[params.tAt + row * params.tStep]);
      var loss = 0.0;
      if (class_ != params.ignored) {
        let inside = clamp(class_, 0, params.n - 1);
        loss = select(log(total), total, isNaN(total)) - (x[base + inside] - most);
      }
      result[params.rows * params.n + row] = loss;
    }`,
      },
      Number(threads) as Threads,
    ),
);

/** Ints: place of x, place and step of the classes, the class that is ignored. Float: infinity. */
export function rowCrossEntropyKernel(threads: Threads): GpuKernel {
  return crossEntropies(`${threads}`);
}

const maskeds = kernelTable((key: `${MaskKind}:${"causal" | "all"}:${Threads}`): GpuKernel => {
  const [kind, sight, threads] = key.split(":") as [MaskKind, "causal" | "all", string];
  const at = "mask[maskBase + j]";
  const score = `x[base + j] * params.scale${kind === "added" ? ` + ${at}` : ""}`;
  return rowKernel(
    {
      name: "maskedSoftmax",
      arrays: kind === "none" ? ["x"] : ["x", "mask"],
      ints: ["xAt", "queries", ...(kind === "none" ? [] : ["mAt", "mBlock", "mRow"])],
      floats: ["scale", "infinity"],
      combines: ["top", "sum"],
      functions: `${EXPONENTIAL}
fn scoreAt(base : i32, maskBase : i32, seen : i32, j : i32) -> f32 {
  if (j >= seen) { return -params.infinity; }
  ${kind === "bool" ? `if (${at} == 0.0) { return -params.infinity; }` : ""}
  return ${score};
}`,
      row: `
    let base = params.xAt + row * params.n;
    let to = row * params.n;
    let block = quotient(row, params.queries);
    let query = row - block * params.queries;
    let maskBase = ${kind === "none" ? "0" : "params.mAt + block * params.mBlock + query * params.mRow"};
    let seen = ${sight === "causal" ? "query + 1" : "params.n"};
    ${statistics("scoreAt(base, maskBase, seen, j)")}
    for (var j = lane; j < size; j += lanes) {
      result[to + j] = exponential(scoreAt(base, maskBase, seen, j) - most) / total;
    }`,
    },
    Number(threads) as Threads,
  );
});

/** Ints: place of x, queries; place of the mask and its steps to the next block and row. Floats: scale, infinity. */
export function rowMaskedSoftmaxKernel(kind: MaskKind, causal: boolean, threads: Threads): GpuKernel {
  return maskeds(`${kind}:${causal ? "causal" : "all"}:${threads}`);
}
