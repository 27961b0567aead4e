/** @file How reductions, scans, softmax, sorting and indexing are written. */
import type { DType } from "../../../kernels/backend.ts";
import { type Count, isFixed } from "../aligned.ts";
import {
  type Call,
  first,
  fixedSize,
  like,
  NoCounterpart,
  nth,
  type Operand,
  type Rule,
  rule,
  sizedRule,
} from "../emitter.ts";
import type { Attributes } from "../graph-builder.ts";
import type { OpRules } from "./elementwise.ts";
import { countAlong, squeezed } from "./shapes.ts";

interface Reduction {
  readonly dims: readonly number[];
  readonly keepdim: boolean;
}

/** A reduction of a name over dimensions. ONNX has them as an input of ReduceSum alone, up to opset 17. */
function reduced(call: Call<unknown>, opType: string, x: string, { dims, keepdim }: Reduction): string {
  if (dims.length === 0) return x;
  const keepdims = Number(keepdim);
  if (opType === "ReduceSum") return call.graph.node(opType, [x, call.graph.ints(dims)], { keepdims });
  return call.graph.node(opType, [x], { axes: dims, keepdims });
}

const reduce = (opType: string) => rule<Reduction>((call) => reduced(call, opType, first(call).name, call.params));

/** Of bools by way of integers. */
const anyAll = (opType: string) =>
  rule<Reduction>((call) => {
    const { graph } = call;
    const x = first(call);
    const bools = x.dtype === "bool" ? x.name : graph.cast(x.name, "bool");
    return graph.cast(reduced(call, opType, graph.cast(bools, "int32"), call.params), "bool");
  });

const argReduce = (opType: string) =>
  rule<{ dim: number; keepdim: boolean }>((call) => {
    const { graph } = call;
    const { dim, keepdim } = call.params;
    const x = first(call);
    if (x.shape.length === 0) return graph.scalar(0, "int32");
    return graph.cast(graph.node(opType, [x.name], { axis: dim, keepdims: Number(keepdim) }), "int32");
  });

/** A size as a number of a dtype. */
export function numberOf(call: Call<unknown>, count: Count, dtype: DType): string {
  const { graph, emitter } = call;
  if (isFixed(count)) return like(call, count[0] as number, dtype);
  return graph.cast(squeezed(call, emitter.sizes([count], [first(call)]), 0), dtype);
}

/** The indices of the first k of a sorted dimension. */
function sortedIndices(call: Call<unknown>, dim: number, k: Count, largest: boolean): string {
  const { graph, emitter } = call;
  const x = first(call);
  if (x.shape.length === 0) return graph.scalar(0, "int32");
  const attributes = { axis: dim, largest: Number(largest), sorted: 1 };
  const [, indices] = graph.several("TopK", [x.name, emitter.sizes([k], [x])], attributes, 2) as [string, string];
  return graph.cast(indices, "int32");
}

/** Picks along a dimension, also of a tensor without dimensions. */
const gathered = rule<number>((call) => {
  const [x, index] = [first(call), nth(call, 1)];
  if (x.shape.length === 0) return call.emitter.reshape(x, index.shape);
  return call.graph.node("GatherElements", [x.name, index.name], { axis: call.params });
});

const scattered = (reduction?: string) =>
  rule<number>((call) => {
    if (reduction !== undefined && call.emitter.opset < 16) throw new NoCounterpart("it is there from opset 16 on");
    const names = [first(call), nth(call, 1), nth(call, 2)].map(({ name }) => name);
    return call.graph.node("ScatterElements", names, { axis: call.params, reduction });
  });

/** A tensor whose first dimension is what an index picks from, and how it gets back. */
interface Front {
  readonly name: string;
  readonly perm: readonly number[];
}

function toFront(call: Call<unknown>, name: string, rank: number, dims: readonly number[]): Front {
  const perm = [...dims, ...Array.from({ length: rank }, (_, d) => d).filter((d) => !dims.includes(d))];
  return { name: transposed(call, name, perm), perm };
}

function transposed({ graph }: Call<unknown>, name: string, perm: readonly number[]): string {
  return perm.every((d, i) => d === i) ? name : graph.node("Transpose", [name], { perm });
}

const inverse = (perm: readonly number[]): number[] => perm.map((_, d) => perm.indexOf(d));

/** x with rows of a dimension written, or added, at a vector of places. */
function scatterRows(call: Call<unknown>, dim: number, updates: string, reduction?: string): string {
  const { graph } = call;
  if (reduction !== undefined && call.emitter.opset < 16) throw new NoCounterpart("it is there from opset 16 on");
  const x = first(call);
  const front = toFront(call, x.name, x.shape.length, [dim]);
  const places = graph.node("Unsqueeze", [graph.cast(nth(call, 1).name, "int64"), graph.ints([1])]);
  const rows = transposed(call, updates, front.perm);
  const result = graph.node("ScatterND", [front.name, places, rows], { reduction });
  return transposed(call, result, inverse(front.perm));
}

interface Indexing {
  readonly dims: readonly number[];
  readonly shape: readonly number[];
}

/** x with the indexed dimensions as its first, and how the result of indexing lies. */
function indexedSource(call: Call<Indexing>): {
  source: Operand;
  at: number;
  indexRank: number;
  rest: Count[];
  perm: readonly number[];
} {
  const { dims, shape } = call.params;
  const x = first(call);
  const { name, perm } = toFront(call, x.name, x.shape.length, dims);
  const rest = perm.slice(dims.length).map((d) => x.shape[d] as Count);
  const moved: Operand = { ...x, name, shape: perm.map((d) => x.shape[d] as Count) };
  const merged = [countAlong(call, x, dims), ...rest];
  const source: Operand = { ...x, name: call.emitter.reshape(moved, merged), shape: merged };
  const first0 = dims[0] as number;
  const isTogether = dims.every((d, i) => d === first0 + i);
  return { source, at: isTogether ? first0 : 0, indexRank: shape.length, rest, perm };
}

/** Where the dimensions of the index stand first, to where indexing has them. */
function fromFront(at: number, indexRank: number, restRank: number): number[] {
  const index = Array.from({ length: indexRank }, (_, i) => i);
  const rest = Array.from({ length: restRank }, (_, i) => indexRank + i);
  return [...rest.slice(0, at), ...index, ...rest.slice(at)];
}

/** The shape of an index, in each trace. */
function indexShape({ all }: Call<Indexing>): Count[] {
  return (all[0]?.shape ?? []).map((_, d) => all.map(({ shape }) => shape[d] as number));
}

const softmax = (opType: string): Rule<number> =>
  rule((call) => {
    if (first(call).shape.length > 0) return call.graph.node(opType, [first(call).name], { axis: call.params });
    const vector = call.graph.node("Unsqueeze", [first(call).name, call.graph.ints([0])]);
    return squeezed(call, call.graph.node(opType, [vector], { axis: 0 }), 0);
  });

const minusInfinity = (call: Call<unknown>): string => like(call, Number.NEGATIVE_INFINITY);

/** Softmax of scaled scores, of which a mask hides some. */
const maskedSoftmax = sizedRule<{ scale: number; causal: boolean }>((call) => {
  const { graph, emitter } = call;
  const { scale, causal } = call.params;
  const x = first(call);
  let scores = scale === 1 ? x.name : graph.node("Mul", [x.name, like(call, scale)]);
  const mask = call.inputs[1];
  if (mask != null) {
    scores =
      mask.dtype === "bool"
        ? graph.node("Where", [mask.name, scores, minusInfinity(call)])
        : graph.node("Add", [scores, mask.name]);
  }
  if (causal) {
    const one: Operand = { name: graph.scalar(1, "float32"), dtype: "float32", shape: [] };
    const ones = emitter.expand(one, x.shape.slice(-2), [x]);
    const seen = graph.cast(graph.node("Trilu", [ones], { upper: 0 }), "bool");
    scores = graph.node("Where", [seen, scores, minusInfinity(call)]);
  }
  return graph.node("Softmax", [scores], { axis: x.shape.length - 1 } satisfies Attributes);
});

/** Distances between all rows of x and all rows of y. */
function distances({ graph }: Call<unknown>, x: string, y: string, p: number): string {
  const differences = graph.node("Sub", [
    graph.node("Unsqueeze", [x, graph.ints([-2])]),
    graph.node("Unsqueeze", [y, graph.ints([-3])]),
  ]);
  return graph.node(p === 1 ? "ReduceL1" : "ReduceL2", [differences], { axes: [-1], keepdims: 0 });
}

export const reductions = {
  sum: reduce("ReduceSum"),
  nansum: rule((call) => {
    const { graph } = call;
    const x = first(call);
    const zero = graph.scalar(0, x.dtype);
    const numbers = graph.node("Where", [graph.node("IsNaN", [x.name]), zero, x.name]);
    return reduced(call, "ReduceSum", numbers, call.params);
  }),
  cosineSimilarity: rule((call) => {
    const { graph } = call;
    const [x, y] = [first(call), nth(call, 1)];
    const along = { dims: x.shape.length === 0 ? [] : [call.params.dim], keepdim: false };
    const norm = ({ name, dtype, shape }: Operand): string => {
      const length = shape.length === 0 ? graph.node("Abs", [name]) : reduced(call, "ReduceL2", name, along);
      return graph.node("Max", [length, graph.scalar(call.params.eps, dtype)]);
    };
    const dot = reduced(call, "ReduceSum", graph.node("Mul", [x.name, y.name]), along);
    return graph.node("Div", [graph.node("Div", [dot, norm(x)]), norm(y)]);
  }),
  prod: rule((call) => {
    const { dim, keepdim } = call.params;
    const dims = first(call).shape.length === 0 ? [] : [dim];
    return reduced(call, "ReduceProd", first(call).name, { dims, keepdim });
  }),
  amax: reduce("ReduceMax"),
  amin: reduce("ReduceMin"),
  max: reduce("ReduceMax"),
  min: reduce("ReduceMin"),
  any: anyAll("ReduceMax"),
  all: anyAll("ReduceMin"),
  argmax: argReduce("ArgMax"),
  argmin: argReduce("ArgMin"),
  cumsum: rule((call) => {
    const x = first(call);
    if (x.shape.length === 0) return x.name;
    return call.graph.node("CumSum", [x.name, call.graph.scalar(call.params, "int64")]);
  }),
  variance: rule((call) => {
    const { graph } = call;
    const { dims, keepdim, correction } = call.params;
    const x = first(call);
    const mean = reduced(call, "ReduceMean", x.name, { dims, keepdim: true });
    const deviation = graph.node("Sub", [x.name, mean]);
    const squares = graph.node("Mul", [deviation, deviation]);
    const total = reduced(call, "ReduceSum", squares, { dims, keepdim });
    const divisor = countAlong(call, x, dims).map((n) => Math.max(n - correction, 0));
    return graph.node("Div", [total, numberOf(call, divisor, x.dtype)]);
  }),
  norm2: rule((call) => {
    if (call.params.dims.length === 0) return call.graph.node("Abs", [first(call).name]);
    return reduced(call, "ReduceL2", first(call).name, call.params);
  }),
  normP: rule((call) => {
    const { graph } = call;
    const { p } = call.params;
    const powers = graph.node("Pow", [graph.node("Abs", [first(call).name]), like(call, p)]);
    return graph.node("Pow", [reduced(call, "ReduceSum", powers, call.params), like(call, 1 / p)]);
  }),
  softmax: softmax("Softmax"),
  logSoftmax: softmax("LogSoftmax"),
  maskedSoftmax,

  gather: gathered,
  scatter: scattered(),
  scatterAdd: scattered("add"),
  scatterProd: scattered("mul"),
  indexSelect: rule((call) => {
    const [x, index] = [first(call), nth(call, 1)];
    if (x.shape.length === 0) return x.name;
    const places =
      index.shape.length > 0 ? index.name : call.graph.node("Unsqueeze", [index.name, call.graph.ints([0])]);
    return call.graph.node("Gather", [x.name, places], { axis: call.params });
  }),
  cdist: rule((call) => distances(call, first(call).name, nth(call, 1).name, call.params)),
  pdist: rule((call) => {
    const { graph } = call;
    const all = graph.node("Reshape", [
      distances(call, first(call).name, first(call).name, call.params),
      graph.ints([-1]),
    ]);
    return graph.node("Gather", [all, nth(call, 1).name], { axis: 0 });
  }),
  crossEntropy: rule((call) => {
    const attributes = { ignore_index: call.params.ignoreIndex, reduction: "none" };
    return call.graph.node("SoftmaxCrossEntropyLoss", [first(call).name, nth(call, 1).name], attributes);
  }),
  nllLoss: rule((call) => {
    const { reduction, ignoreIndex, weighted } = call.params;
    const names = [first(call), nth(call, 1), ...(weighted ? [nth(call, 2)] : [])].map(({ name }) => name);
    if (first(call).shape.length < 2) throw new NoCounterpart("ONNX's loss is of batches: give [N, C]");
    return call.graph.node("NegativeLogLikelihoodLoss", names, { ignore_index: ignoreIndex, reduction });
  }),
  indexAdd: rule((call) => scatterRows(call, call.params, nth(call, 2).name, "add")),
  indexCopy: rule((call) => scatterRows(call, call.params, nth(call, 2).name)),
  indexFill: sizedRule((call) => {
    const x = first(call);
    const shape = x.shape.with(call.params, nth(call, 1).shape[0] ?? x.shape.map(() => 1));
    return scatterRows(call, call.params, call.emitter.expand(nth(call, 2), shape, [x, nth(call, 1)]));
  }),
  flatIndex: sizedRule((call) => {
    const { graph, emitter } = call;
    const sizes = call.params.sizes.map((_, i) => call.all.map((params) => params.sizes[i] as number));
    const shape = indexShapeOf(call.all);
    let flat = "";
    for (const [i, size] of sizes.entries()) {
      const index = nth(call, i);
      let places = graph.cast(index.name, "int64");
      if (sizes.length > 1) {
        const wide = squeezed(call, emitter.sizes([size], []), 0);
        const isNegative = graph.node("Less", [places, graph.scalar(0, "int64")]);
        places = graph.node("Where", [isNegative, graph.node("Add", [places, wide]), places]);
        flat = flat === "" ? places : graph.node("Add", [graph.node("Mul", [flat, wide]), places]);
      } else {
        flat = places;
      }
    }
    const wide: Operand = { name: flat, dtype: "int32", shape: sizes.length === 1 ? nth(call, 0).shape : shape };
    return graph.cast(
      emitter.reshape(wide, [
        shape.reduce(
          (a, b) => a.map((n, t) => n * (b[t] as number)),
          call.all.map(() => 1),
        ),
      ]),
      "int32",
    );
  }),
  index: sizedRule((call) => {
    const { source, at, indexRank, rest } = indexedSource(call);
    const rows = call.graph.node("Gather", [source.name, nth(call, 1).name], { axis: 0 });
    const flat: Operand = { ...source, name: rows, shape: [nth(call, 1).shape[0] as Count, ...rest] };
    const name = call.emitter.reshape(flat, [...indexShape(call), ...rest]);
    return transposed(call, name, fromFront(at, indexRank, rest.length));
  }),
  indexPut: sizedRule((call) => {
    const { graph, emitter } = call;
    const { accumulate } = call.params;
    if (accumulate && emitter.opset < 16) throw new NoCounterpart("it is there from opset 16 on");
    const { source, at, indexRank, rest, perm } = indexedSource(call);
    const values = nth(call, 2);
    const order = inverse(fromFront(at, indexRank, rest.length));
    const shape = order.map((d) => values.shape[d] as Count);
    const front: Operand = { ...values, name: transposed(call, values.name, order), shape };
    const rows = emitter.reshape(front, [nth(call, 1).shape[0] as Count, ...rest]);
    const places = graph.node("Unsqueeze", [graph.cast(nth(call, 1).name, "int64"), graph.ints([1])]);
    const put = graph.node("ScatterND", [source.name, places, rows], { reduction: accumulate ? "add" : undefined });
    const x = first(call);
    const whole = emitter.reshape(
      { ...source, name: put },
      perm.map((d) => x.shape[d] as Count),
    );
    return transposed(call, whole, inverse(perm));
  }),
  argsort: sizedRule((call) => {
    const { dim, descending } = call.params;
    return sortedIndices(call, dim, first(call).shape[dim] ?? call.all.map(() => 1), descending);
  }),
  topk: sizedRule((call) => {
    const { dim, largest } = call.params;
    return sortedIndices(
      call,
      dim,
      call.all.map(({ k }) => k),
      largest,
    );
  }),
  selectRank: rule((call) => {
    const { dim, rank } = call.params;
    const x = first(call);
    const size = x.shape[dim] ?? call.all.map(() => 1);
    const order = sortedIndices(call, dim, size, false);
    if (x.shape.length === 0) return order;
    const place = call.graph.ints([Math.min(rank, fixedSize(size, "a size") - 1)]);
    return call.graph.node("Gather", [order, place], { axis: dim });
  }),
  nonzero: rule((call) => {
    const { graph } = call;
    const places = graph.node("NonZero", [first(call).name]);
    return graph.cast(graph.node("Transpose", [places], { perm: [1, 0] }), "int32");
  }),
} satisfies OpRules;

function indexShapeOf(all: readonly { readonly shape: readonly number[] }[]): Count[] {
  return (all[0]?.shape ?? []).map((_, d) => all.map(({ shape }) => shape[d] as number));
}

/** A mean, which is one node there and several operations here. */
export const means = {
  mean: rule<Reduction>((call) => reduced(call, "ReduceMean", first(call).name, call.params)),
};
