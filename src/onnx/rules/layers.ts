/** @file How matrix products, convolutions, pooling, normalization, embeddings and interpolation are written. */
import { isFloat } from "../../core/dtype.ts";
import type { AdaptiveSize, AdaptiveSize3d } from "../../nn/functional/pooling.ts";
import { type Padding, type Sizes, sizes } from "../../nn/functional/size.ts";
import { type Count, isFixed } from "../aligned.ts";
import {
  type Call,
  first,
  fixedSize,
  fixedSizes,
  like,
  NoCounterpart,
  nth,
  type Operand,
  type Rule,
  rule,
  sizedRule,
} from "../emitter.ts";
import { float } from "../graph-builder.ts";
import type { OpRules } from "./elementwise.ts";
import { numberOf } from "./reductions.ts";
import { END, squeezed, unsqueezed } from "./shapes.ts";

/** The spatial dimensions of an operation. */
type Rank = 1 | 2 | 3;

const optionalName = (operand: Operand | null | undefined): string => operand?.name ?? "";

/** The shape of the first result. */
function resultOf({ outputs }: Call<unknown>): readonly Count[] {
  return outputs[0]?.shape ?? [];
}

function requireFloat(call: Call<unknown>): void {
  if (!isFloat(first(call).dtype)) throw new NoCounterpart(`of ${first(call).dtype}`);
}

/** Calls `write` with a batch; a sample alone is one for the time being. */
function inBatch(call: Call<unknown>, rank: Rank, write: (x: Operand) => readonly string[]): string[] {
  const x = first(call);
  if (x.shape.length !== rank + 1) return [...write(x)];
  const batch: Operand = {
    ...x,
    name: unsqueezed(call, x.name, 0),
    shape: [x.shape.length > 0 ? call.all.map(() => 1) : [], ...x.shape],
  };
  return write(batch).map((name) => squeezed(call, name, 0));
}

interface Convolution {
  readonly stride: Sizes;
  readonly padding: Padding;
  readonly dilation: Sizes;
  readonly groups: number;
}

const conv = (rank: Rank) =>
  rule<Convolution>((call) => {
    const { stride, padding, dilation, groups } = call.params;
    const kernel = fixedSizes(nth(call, 1).shape.slice(2), "a kernel");
    const spread = sizes(dilation, rank);
    const total = kernel.map((size, d) => (spread[d] as number) * (size - 1));
    const before =
      padding === "same" ? total.map((n) => Math.floor(n / 2)) : sizes(padding === "valid" ? 0 : padding, rank);
    const after = padding === "same" ? total.map((n, d) => n - (before[d] as number)) : before;
    const attributes = {
      kernel_shape: kernel,
      strides: sizes(stride, rank),
      dilations: spread,
      pads: [...before, ...after],
      group: groups,
    };
    return inBatch(call, rank, ({ name }) => [
      call.graph.node("Conv", [name, nth(call, 1).name, optionalName(call.inputs[2])], attributes),
    ]);
  });

interface TransposedConvolution extends Omit<Convolution, "padding"> {
  readonly padding: Sizes;
  readonly outputPadding: Sizes;
}

const convTranspose = (rank: Rank) =>
  rule<TransposedConvolution>((call) => {
    const { stride, padding, outputPadding, dilation, groups } = call.params;
    const pads = sizes(padding, rank);
    const attributes = {
      kernel_shape: fixedSizes(nth(call, 1).shape.slice(2), "a kernel"),
      strides: sizes(stride, rank),
      dilations: sizes(dilation, rank),
      pads: [...pads, ...pads],
      output_padding: sizes(outputPadding, rank),
      group: groups,
    };
    return inBatch(call, rank, ({ name }) => [
      call.graph.node("ConvTranspose", [name, nth(call, 1).name, optionalName(call.inputs[2])], attributes),
    ]);
  });

interface Pooling {
  readonly kernelSize: Sizes;
  readonly stride: Sizes | null;
  readonly padding: Sizes;
  readonly ceilMode: boolean;
}

/** Kernel, stride and padding of windows, and how far the last ones reach beyond the padding. */
interface Windows {
  readonly kernel: readonly number[];
  readonly stride: readonly number[];
  readonly before: readonly number[];
  readonly beyond: readonly number[];
}

/** The windows of pooling. With `ceilMode` they need sizes of the images that are known. */
function windowsOf(
  x: Operand,
  rank: Rank,
  given: Pooling,
  dilation: readonly number[],
  result: readonly Count[],
): Windows {
  const kernel = sizes(given.kernelSize, rank);
  const stride = given.stride === null ? kernel : sizes(given.stride, rank);
  const before = sizes(given.padding, rank);
  const beyond = kernel.map((size, d) => {
    if (!given.ceilMode) return 0;
    const length = fixedSize(x.shape.at(d - rank) as Count, "a size, with ceilMode,");
    const count = fixedSize(result.at(d - rank) as Count, "a size, with ceilMode,");
    const reach = (count - 1) * (stride[d] as number) + (dilation[d] as number) * (size - 1) + 1;
    return Math.max(0, reach - length - 2 * (before[d] as number));
  });
  return { kernel, stride, before, beyond };
}

interface MaxPooling extends Pooling {
  readonly dilation: Sizes;
  readonly returnIndices?: boolean;
}

const maxPool = (rank: Rank, always = false) =>
  rule<MaxPooling>((call) => {
    requireFloat(call);
    const { graph, emitter, params } = call;
    const dilations = sizes(params.dilation, rank);
    const result = resultOf(call);
    return inBatch(call, rank, (x) => {
      const { kernel, stride, before, beyond } = windowsOf(x, rank, params, dilations, result);
      const pads = [...before, ...before.map((n, d) => n + (beyond[d] as number))];
      const attributes = { kernel_shape: kernel, strides: stride, dilations, pads };
      if (!always && params.returnIndices !== true) return [graph.node("MaxPool", [x.name], attributes)];
      const [maxima, places] = graph.several("MaxPool", [x.name], attributes, 2) as [string, string];
      // There they count through the whole tensor, here through an image.
      const area = x.shape.slice(-rank).reduce(
        (a, b) => a.map((n, t) => n * (b[t] as number)),
        call.all.map(() => 1),
      );
      return [maxima, graph.cast(graph.node("Mod", [places, emitter.sizes([area], [x])]), "int32")];
    });
  });

interface AvgPooling extends Pooling {
  readonly countIncludePad: boolean;
  readonly divisorOverride?: number | null;
}

const avgPool = (rank: Rank) =>
  rule<AvgPooling>((call) => {
    requireFloat(call);
    const { graph, params } = call;
    const result = resultOf(call);
    return inBatch(call, rank, (x) => {
      const windows = windowsOf(x, rank, params, sizes(1, rank), result);
      const { kernel, stride, before, beyond } = windows;
      const attributes = { kernel_shape: kernel, strides: stride };
      const reaches = beyond.some((n) => n > 0);
      const divisor = params.divisorOverride ?? null;
      if (divisor === null && !(params.countIncludePad && reaches)) {
        const pads = [...before, ...before.map((n, d) => n + (beyond[d] as number))];
        return [
          graph.node("AveragePool", [x.name], {
            ...attributes,
            pads,
            count_include_pad: Number(params.countIncludePad),
          }),
        ];
      }
      // Zeros that count are elements of the image; what lies beyond them is not.
      const zeros = divisor === null ? before : before.map((n, d) => n + (beyond[d] as number));
      const lead = x.shape.slice(0, -rank).map(() => 0);
      const pads = graph.ints([...lead, ...before, ...lead, ...zeros]);
      const padded = graph.node("Pad", [x.name, pads, like(call, 0)], { mode: "constant" });
      if (divisor === null) {
        const ends = [...before.map(() => 0), ...beyond];
        return [graph.node("AveragePool", [padded], { ...attributes, pads: ends, count_include_pad: 0 })];
      }
      const mean = graph.node("AveragePool", [padded], attributes);
      const size = kernel.reduce((a, b) => a * b, 1);
      return [graph.node("Mul", [mean, like(call, size / divisor)])];
    });
  });

/** The sizes that adaptive pooling makes. */
function targetOf(x: Operand, rank: Rank, given: AdaptiveSize | AdaptiveSize3d | Sizes): Count[] {
  const list = typeof given === "object" && given !== null ? given : new Array<number | null>(rank).fill(given);
  return Array.from({ length: rank }, (_, d) => {
    const own = x.shape.at(d - rank) as Count;
    const size = list[d] ?? null;
    return size === null ? own : own.map(() => size);
  });
}

/** The part of each direction that an output of adaptive pooling is made from. */
function regions(length: number, count: number): readonly (readonly [start: number, end: number])[] {
  return Array.from({ length: count }, (_, i) => [
    Math.floor((i * length) / count),
    Math.ceil(((i + 1) * length) / count),
  ]);
}

interface Adaptive {
  readonly outputSize: AdaptiveSize | AdaptiveSize3d | Sizes;
  readonly returnIndices?: boolean;
}

/** Global pooling, pooling by equal windows, or one direction after the other. */
const adaptive = (rank: Rank, kind: "avg" | "max") =>
  rule<Adaptive>((call) => {
    requireFloat(call);
    const { graph } = call;
    if (call.params.returnIndices === true) throw new NoCounterpart("with returnIndices");
    return inBatch(call, rank, (x) => {
      const target = targetOf(x, rank, call.params.outputSize);
      const isGlobal = target.every((count) => count.every((n) => n === 1));
      if (isGlobal) return [graph.node(kind === "avg" ? "GlobalAveragePool" : "GlobalMaxPool", [x.name])];
      let current = x.name;
      const lengths = x.shape.slice(-rank);
      const steps = lengths.map((length, d) => length.map((n, t) => n / (target[d]?.[t] as number)));
      if (steps.every((step) => isFixed(step) && Number.isInteger(step[0]))) {
        const kernel = steps.map(([n]) => n as number);
        const opType = kind === "avg" ? "AveragePool" : "MaxPool";
        return [graph.node(opType, [x.name], { kernel_shape: kernel, strides: kernel })];
      }
      for (let d = 0; d < rank; d++) {
        const axis = x.shape.length - rank + d;
        const [from, to] = [fixedSize(lengths[d] as Count, "a size"), fixedSize(target[d] as Count, "a size")];
        if (from === to) continue;
        const parts = regions(from, to).map(([start, end]) => {
          const part = graph.node("Slice", [current, graph.ints([start]), graph.ints([end]), graph.ints([axis])]);
          return graph.node(kind === "avg" ? "ReduceMean" : "ReduceMax", [part], { axes: [axis], keepdims: 1 });
        });
        current = parts.length === 1 ? (parts[0] as string) : graph.node("Concat", parts, { axis });
      }
      return [current];
    });
  });

interface Interpolation {
  readonly size: Sizes | null;
  readonly scaleFactor: Sizes | null;
  readonly mode: string;
  readonly alignCorners: boolean | null;
  readonly recomputeScaleFactor: boolean | null;
}

const RESIZE: Readonly<Record<string, readonly [mode: string, coordinates: string, nearest?: string]>> = {
  nearest: ["nearest", "asymmetric", "floor"],
  "nearest-exact": ["nearest", "half_pixel", "round_prefer_ceil"],
  linear: ["linear", "half_pixel"],
  bilinear: ["linear", "half_pixel"],
  trilinear: ["linear", "half_pixel"],
  bicubic: ["cubic", "half_pixel"],
};

const interpolate = sizedRule<Interpolation>((call) => {
  const { graph, emitter, params } = call;
  const x = first(call);
  const rank = (x.shape.length - 2) as Rank;
  if (params.mode === "area") {
    const outputSize = fixedSizes(resultOf(call).slice(2), "a size");
    const all = call.all.map(() => ({ outputSize }));
    return adaptive(rank, "avg").emit({ ...call, params: { outputSize }, all });
  }
  const [mode, coordinates, nearest] = RESIZE[params.mode] as (typeof RESIZE)[string];
  const attributes = {
    mode,
    coordinate_transformation_mode: params.alignCorners === true ? "align_corners" : coordinates,
    nearest_mode: nearest,
    cubic_coeff_a: mode === "cubic" ? float(-0.75) : undefined,
  };
  if (params.scaleFactor !== null && params.recomputeScaleFactor !== true) {
    const scales = Float32Array.of(1, 1, ...sizes(params.scaleFactor, rank));
    return graph.node("Resize", [x.name, "", graph.constant("float32", [scales.length], scales)], attributes);
  }
  const result = resultOf(call);
  return graph.node("Resize", [x.name, "", "", emitter.sizes(result, [x])], attributes);
});

interface InstanceNorm {
  readonly useInputStats: boolean;
  readonly eps: number;
}

/** A vector of ones or zeros of the channels of x. */
function vectorOf(call: Call<unknown>, value: number, channels: number): string {
  const { graph } = call;
  const data = first(call).dtype === "float64" ? new Float64Array(channels) : new Float32Array(channels);
  return graph.constant(first(call).dtype, [channels], data.fill(value));
}

const instanceNorm = rule<InstanceNorm>((call) => {
  const { graph, params } = call;
  const x = first(call);
  const channels = fixedSize(x.shape[1] as Count, "the number of channels");
  const weight = call.inputs[1]?.name ?? vectorOf(call, 1, channels);
  const bias = call.inputs[2]?.name ?? vectorOf(call, 0, channels);
  const epsilon = float(params.eps);
  if (params.useInputStats) return graph.node("InstanceNormalization", [x.name, weight, bias], { epsilon });
  return graph.node("BatchNormalization", [x.name, weight, bias, nth(call, 3).name, nth(call, 4).name], { epsilon });
});

/** The product of sizes from a dimension on. */
function elementsFrom(shape: readonly Count[], dim: number, traces: number): Count {
  const none = new Array<number>(traces).fill(1);
  return shape.slice(dim).reduce((a, b) => a.map((n, t) => n * (b[t] as number)), none);
}

/** The first of the last dimensions that have so many elements together. */
function firstOfLast(shape: readonly Count[], elements: number, traces: number): number {
  const axis = shape.findLastIndex((_, d) => elementsFrom(shape, d, traces).every((n) => n === elements));
  if (axis < 0) throw new NoCounterpart("its shape has no such dimensions");
  return axis;
}

const rmsNorm: OpRules["rmsNorm"] = sizedRule((call) => {
  const { graph, params } = call;
  const x = first(call);
  const axis = firstOfLast(x.shape, params.sizes[1], call.all.length);
  const inner = x.shape.slice(axis);
  const axes = inner.map((_, i) => axis + i);
  const squares = graph.node("ReduceMean", [graph.node("Mul", [x.name, x.name])], { axes, keepdims: 1 });
  const normal = graph.node("Div", [
    x.name,
    graph.node("Sqrt", [graph.node("Add", [squares, like(call, params.eps)])]),
  ]);
  return params.affine ? graph.node("Mul", [normal, call.emitter.reshape(nth(call, 1), inner)]) : normal;
});

interface GridSampling {
  readonly mode: string;
  readonly paddingMode: string;
  readonly alignCorners: boolean | null;
}

const gridSample = rule<GridSampling>(({ emitter, graph, params, inputs }) => {
  if (emitter.opset < 16) throw new NoCounterpart("GridSample is of opset 16");
  // Opset 20 has other names.
  const later: Readonly<Record<string, string>> = { bilinear: "linear", bicubic: "cubic" };
  const mode = emitter.opset >= 20 ? (later[params.mode] ?? params.mode) : params.mode;
  const attributes = { mode, padding_mode: params.paddingMode, align_corners: Number(params.alignCorners === true) };
  return graph.node(
    "GridSample",
    inputs.map((input) => input?.name ?? ""),
    attributes,
  );
});

type GroupNormParams = OpRules["groupNorm"] extends Rule<infer P> | undefined ? P : never;

/** Layer normalization: one group, and channels of one element. */
function layerNorm(call: Call<GroupNormParams>): string {
  const { graph, emitter, params } = call;
  const x = first(call);
  const traces = call.all.length;
  const elements = params.sizes[1];
  const axis = firstOfLast(x.shape, elements, traces);
  const epsilon = float(params.eps);
  const inner = x.shape.slice(axis);
  const affine = [1, 2].map((i) => {
    const vector = call.inputs[i];
    return vector == null ? null : emitter.reshape(vector, inner);
  });
  if (emitter.opset >= 17) {
    const weight = affine[0] ?? graph.constant(x.dtype, fixedSizes(inner, "a size"), onesOf(call, elements));
    return graph.node("LayerNormalization", [x.name, weight, affine[1] ?? ""], { axis, epsilon });
  }
  const axes = inner.map((_, i) => axis + i);
  const centered = graph.node("Sub", [x.name, graph.node("ReduceMean", [x.name], { axes, keepdims: 1 })]);
  const squares = graph.node("Mul", [centered, centered]);
  const variance = graph.node("ReduceMean", [squares], { axes, keepdims: 1 });
  const deviation = graph.node("Sqrt", [graph.node("Add", [variance, like(call, params.eps)])]);
  const normal = graph.node("Div", [centered, deviation]);
  const scaled = affine[0] == null ? normal : graph.node("Mul", [normal, affine[0]]);
  return affine[1] == null ? scaled : graph.node("Add", [scaled, affine[1]]);
}

function onesOf(call: Call<unknown>, count: number): Float32Array | Float64Array {
  return (first(call).dtype === "float64" ? new Float64Array(count) : new Float32Array(count)).fill(1);
}

/** Groups as the channels of an instance normalization. */
function groupNorm(call: Call<GroupNormParams>): string {
  const { graph, emitter, params } = call;
  const x = first(call);
  const { groups } = params;
  const rest = call.all.map(({ sizes: [, channels, inner] }) => (channels / groups) * inner);
  const samples = call.all.map(({ sizes: [n] }) => n);
  const asGroups = emitter.reshape(x, [samples, samples.map(() => groups), rest]);
  const inputs = [asGroups, vectorOf(call, 1, groups), vectorOf(call, 0, groups)];
  const normal = graph.node("InstanceNormalization", inputs, { epsilon: float(params.eps) });
  let y = emitter.reshape({ ...x, name: normal, shape: [samples, samples.map(() => groups), rest] }, x.shape);
  const column = [params.sizes[1], ...x.shape.slice(2).map(() => 1)].map((n) => call.all.map(() => n));
  const [, weight, bias] = call.inputs;
  if (weight != null) y = graph.node("Mul", [y, emitter.reshape(weight, column)]);
  if (bias != null) y = graph.node("Add", [y, emitter.reshape(bias, column)]);
  return y;
}

const normalizeGroups: OpRules["groupNorm"] = sizedRule((call) => {
  const isLayer = call.all.every(({ groups, sizes: [, , inner] }) => groups === 1 && inner === 1);
  return isLayer && !isChannelsOfSamples(call) ? layerNorm(call) : groupNorm(call);
});

/** Whether x is [N, C] with one group: as a layer's normalization it would be the same. */
function isChannelsOfSamples(call: Call<GroupNormParams>): boolean {
  const traces = call.all.length;
  const { shape } = first(call);
  return !shape.some((_, d) => elementsFrom(shape, d, traces).every((n) => n === call.params.sizes[1]));
}

const normalizeBatch: OpRules["batchNorm"] = sizedRule((call) => {
  const { graph, params } = call;
  const x = first(call);
  const channels = params.sizes[1];
  const [weight, bias] = params.affine
    ? [nth(call, 1).name, nth(call, 2).name]
    : [vectorOf(call, 1, channels), vectorOf(call, 0, channels)];
  const epsilon = float(params.eps);
  if (params.given) {
    const at = params.affine ? 3 : 1;
    return graph.node("BatchNormalization", [x.name, weight, bias, nth(call, at).name, nth(call, at + 1).name], {
      epsilon,
    });
  }
  // By the statistics of the batch: the mean and the variance as operations.
  const axes = x.shape.map((_, d) => d).filter((d) => d !== 1);
  const column = [channels, ...x.shape.slice(2).map(() => 1)].map((n) => call.all.map(() => n));
  const centered = graph.node("Sub", [x.name, graph.node("ReduceMean", [x.name], { axes, keepdims: 1 })]);
  const variance = graph.node("ReduceMean", [graph.node("Mul", [centered, centered])], { axes, keepdims: 1 });
  const deviation = graph.node("Sqrt", [graph.node("Add", [variance, like(call, params.eps)])]);
  const normal = graph.node("Div", [centered, deviation]);
  if (!params.affine) return normal;
  const scaled = graph.node("Mul", [normal, call.emitter.reshape(nth(call, 1), column)]);
  return graph.node("Add", [scaled, call.emitter.reshape(nth(call, 2), column)]);
});

export const layers = {
  mm: rule((call) => call.graph.node("MatMul", [first(call).name, nth(call, 1).name])),
  bmm: rule((call) => call.graph.node("MatMul", [first(call).name, nth(call, 1).name])),
  linear: rule((call) =>
    call.graph.node("Gemm", [first(call).name, nth(call, 1).name, nth(call, 2).name], { transB: 1 }),
  ),
  groupNorm: normalizeGroups,
  batchNorm: normalizeBatch,
  rmsNorm,
} satisfies OpRules;

interface EmbeddingBag {
  readonly mode: "sum" | "mean" | "max";
  readonly includeLastOffset: boolean;
  readonly paddingIdx: number | null;
}

/** Sums, means or maxima of rows of the table, [B,L,D]; with offsets of [N,D], by a mask of which row is in which bag. */
const embeddingBag = rule<EmbeddingBag>((call) => {
  const { graph, params } = call;
  const { mode, paddingIdx } = params;
  const weight = nth(call, 1);
  const [, , offsets, factors] = call.inputs;
  const index = embeddingIndex(call);
  const rows = graph.node("Gather", [weight.name, index], { axis: 0 });
  let members = offsets == null ? null : membersOf(call, offsets);
  if (paddingIdx !== null) {
    const row =
      paddingIdx < 0 ? paddingIdx + fixedSize(weight.shape[0] as Count, "the number of embeddings") : paddingIdx;
    const counts = graph.node("Not", [graph.node("Equal", [index, graph.scalar(row, "int32")])]);
    members = members === null ? counts : graph.node("And", [members, counts]);
  }
  if (mode === "max") {
    const none = like(call, Number.NEGATIVE_INFINITY, weight.dtype);
    const vectors = offsets == null ? rows : unsqueezed(call, rows, 0);
    const seen = members === null ? vectors : graph.node("Where", [unsqueezed(call, members, 2), vectors, none]);
    const maxima = graph.node("ReduceMax", [seen], { axes: [1], keepdims: 0 });
    return graph.node("Where", [graph.node("Greater", [maxima, none]), maxima, like(call, 0, weight.dtype)]);
  }
  let shares = members === null ? null : graph.cast(members, weight.dtype);
  const counts = shares;
  if (factors != null) shares = shares === null ? factors.name : graph.node("Mul", [shares, factors.name]);
  const weighted = (): string => (shares === null ? rows : graph.node("Mul", [rows, unsqueezed(call, shares, 2)]));
  const sums =
    offsets != null && shares !== null
      ? graph.node("MatMul", [shares, rows])
      : graph.node("ReduceSum", [weighted(), graph.ints([1])], { keepdims: 0 });
  if (mode === "sum") return sums;
  const one = like(call, 1, weight.dtype);
  const number =
    counts === null
      ? numberOf(call, first(call).shape[1] as Count, weight.dtype)
      : graph.node("ReduceSum", [counts, graph.ints([1])], { keepdims: 1 });
  return graph.node("Div", [sums, graph.node("Max", [number, one])]);
});

/** Which of the indices [N] each of the bags [B] has, from the bags' starts. */
function membersOf(call: Call<EmbeddingBag>, offsets: Operand): string {
  const { graph } = call;
  const length = graph.node("Shape", [first(call).name]);
  const count = squeezed(call, length, 0);
  const places = graph.node("Range", [graph.scalar(0, "int64"), count, graph.scalar(1, "int64")]);
  const bounds = graph.cast(offsets.name, "int64");
  const part = (from: number, to: number): string =>
    graph.node("Slice", [bounds, graph.ints([from]), graph.ints([to]), graph.ints([0])]);
  const [starts, ends] = call.params.includeLastOffset
    ? [part(0, -1), part(1, END)]
    : [bounds, graph.node("Concat", [part(1, END), length], { axis: 0 })];
  const isAfter = graph.node("LessOrEqual", [unsqueezed(call, starts, 1), places]);
  return graph.node("And", [isAfter, graph.node("Less", [places, unsqueezed(call, ends, 1)])]);
}

/** Functions that are several operations here. */
export const composites = {
  matmul: rule<object>((call) => call.graph.node("MatMul", [first(call).name, nth(call, 1).name])),
  linearOfRows: rule<object>((call) => {
    const { graph } = call;
    const weight = graph.node("Transpose", [nth(call, 1).name], { perm: [1, 0] });
    const product = graph.node("MatMul", [first(call).name, weight]);
    const bias = call.inputs[2];
    return bias == null ? product : graph.node("Add", [product, bias.name]);
  }),
  embedding: rule<object>((call) => call.graph.node("Gather", [nth(call, 1).name, embeddingIndex(call)], { axis: 0 })),
  embeddingBag,
  conv1d: conv(1),
  conv2d: conv(2),
  conv3d: conv(3),
  convTranspose1d: convTranspose(1),
  convTranspose2d: convTranspose(2),
  convTranspose3d: convTranspose(3),
  maxPool1d: maxPool(1),
  maxPool2d: maxPool(2),
  maxPool2dWithIndices: maxPool(2, true),
  maxPool3d: maxPool(3),
  avgPool1d: avgPool(1),
  avgPool2d: avgPool(2),
  avgPool3d: avgPool(3),
  adaptiveAvgPool1d: adaptive(1, "avg"),
  adaptiveAvgPool2d: adaptive(2, "avg"),
  adaptiveAvgPool3d: adaptive(3, "avg"),
  adaptiveMaxPool2d: adaptive(2, "max"),
  adaptiveMaxPool3d: adaptive(3, "max"),
  interpolate,
  instanceNorm,
  gridSample,
};

/** Indices are of 32 or 64 bits there. */
function embeddingIndex(call: Call<unknown>): string {
  const index = first(call);
  return index.dtype === "uint8" ? call.graph.cast(index.name, "int32") : index.name;
}
