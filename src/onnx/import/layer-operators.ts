/** @file The operators of ONNX that are layers: products, convolutions, pooling, normalization, resizing, recurrent ones. */
import { sizeOf } from "../../../kernels/layout.ts";
import { apply } from "../../autograd/apply.ts";
import * as F from "../../nn/functional/index.ts";
import { cat, stack } from "../../tensor/functional.ts";
import { ops } from "../../tensor/ops/index.ts";
import type { CellKind, Parts } from "../../tensor/ops/rnn-cells.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { NodeCall, Operator } from "./node-call.ts";

/** Padding before and after each spatial dimension, by name or by numbers. */
interface Pads {
  readonly before: readonly number[];
  readonly after: readonly number[];
}

function padsOf(
  call: NodeCall,
  x: Tensor,
  kernel: readonly number[],
  stride: readonly number[],
  dilation: readonly number[],
): Pads {
  const auto = call.text("auto_pad", "NOTSET");
  const zeros = kernel.map(() => 0);
  if (auto === "VALID") return { before: zeros, after: zeros };
  if (auto === "NOTSET") {
    const pads = call.list("pads") ?? [...zeros, ...zeros];
    return { before: pads.slice(0, kernel.length), after: pads.slice(kernel.length) };
  }
  const total = kernel.map((size, d) => {
    const [length, step, spread] = [x.size(d + 2), stride[d] as number, dilation[d] as number];
    return Math.max(0, (Math.ceil(length / step) - 1) * step + spread * (size - 1) + 1 - length);
  });
  const less = total.map((n) => Math.floor(n / 2));
  const more = total.map((n, d) => n - (less[d] as number));
  return auto === "SAME_UPPER" ? { before: less, after: more } : { before: more, after: less };
}

/** x with its padding done, where both sides differ; and what is left for the operation itself. */
function padded(x: Tensor, pads: Pads): { readonly x: Tensor; readonly padding: number[] } {
  if (pads.before.every((n, d) => n === pads.after[d])) return { x, padding: [...pads.before] };
  return { x: surrounded(x, pads, 0), padding: pads.before.map(() => 0) };
}

/** Lists of one, two or three numbers, as the functions for signals, images and volumes take them. */
const asSingle = (list: readonly number[]): [number] => [...list] as [number];
const asPair = (list: readonly number[]): [number, number] => [...list] as [number, number];
const asTriple = (list: readonly number[]): [number, number, number] => [...list] as [number, number, number];

function rankOf(call: NodeCall, x: Tensor): 1 | 2 | 3 {
  const rank = x.ndim - 2;
  if (rank === 1 || rank === 2 || rank === 3) return rank;
  throw call.error(`an input of ${x.ndim} dimensions is not supported`);
}

function conv(call: NodeCall): Tensor {
  const [given, weight, bias] = [call.tensor(0), call.tensor(1), call.optional(2)];
  const kernel = weight.shape.slice(2);
  const ones = kernel.map(() => 1);
  const stride = call.list("strides") ?? ones;
  const dilation = call.list("dilations") ?? ones;
  const { x, padding } = padded(given, padsOf(call, given, kernel, stride, dilation));
  const options = { bias, stride: [...stride], padding, dilation: [...dilation], groups: call.number("group", 1) };
  return { 1: F.conv1d, 2: F.conv2d, 3: F.conv3d }[rankOf(call, x)](x, weight, options);
}

function convTranspose(call: NodeCall): Tensor {
  const [x, weight, bias] = [call.tensor(0), call.tensor(1), call.optional(2)];
  const kernel = weight.shape.slice(2);
  const ones = kernel.map(() => 1);
  const stride = call.list("strides") ?? ones;
  const dilation = call.list("dilations") ?? ones;
  if (call.list("output_shape") !== null || !["NOTSET", "VALID"].includes(call.text("auto_pad", "NOTSET"))) {
    throw call.error("output_shape and auto_pad are not supported");
  }
  const { before, after } = padsOf(call, x, kernel, stride, dilation);
  const extra = call.list("output_padding") ?? kernel.map(() => 0);
  const isEven = before.every((n, d) => n === after[d]);
  const options = {
    bias,
    stride: [...stride],
    padding: isEven ? [...before] : 0,
    outputPadding: [...extra],
    groups: call.number("group", 1),
    dilation: [...dilation],
  };
  const y = { 1: F.convTranspose1d, 2: F.convTranspose2d, 3: F.convTranspose3d }[rankOf(call, x)](x, weight, options);
  if (isEven) return y;
  return before.reduce((cut, n, d) => cut.narrow(d + 2, n, cut.size(d + 2) - n - (after[d] as number)), y);
}

/** x with zeros, or other numbers, around it. */
function surrounded(x: Tensor, { before, after }: Pads, value: number): Tensor {
  const widths = before.map((n, d) => [n, after[d] as number] as const);
  return F.pad(x, widths.toReversed().flat(), { value });
}

/** Kernel, strides and padding of pooling. Padding that pooling here does not take is done before. */
function poolingOf(call: NodeCall, value: number) {
  const given = call.tensor(0);
  const kernel = call.list("kernel_shape") ?? [];
  const ones = kernel.map(() => 1);
  const stride = call.list("strides") ?? ones;
  const dilation = call.list("dilations") ?? ones;
  const pads = padsOf(call, given, kernel, stride, dilation);
  const isEven = pads.before.every((n, d) => n === pads.after[d] && n <= (kernel[d] as number) / 2);
  const x = isEven ? given : surrounded(given, pads, value);
  const padding = isEven ? [...pads.before] : kernel.map(() => 0);
  return { given, x, kernel, stride, dilation, padding, pads, isEven, ceilMode: call.number("ceil_mode", 0) === 1 };
}

function maxPool(call: NodeCall): Tensor | Tensor[] {
  const { given, x, kernel, stride, dilation, padding, pads, isEven, ceilMode } = poolingOf(
    call,
    Number.NEGATIVE_INFINITY,
  );
  const hasIndices = call.node.outputs.length > 1;
  if (hasIndices && call.number("storage_order", 0) !== 0) throw call.error("storage_order is not supported");
  const windows = <T>(as: (list: readonly number[]) => T) => ({
    stride: as(stride),
    padding: as(padding),
    dilation: as(dilation),
    ceilMode,
  });
  const rank = rankOf(call, x);
  if (!hasIndices) {
    if (rank === 1) return F.maxPool1d(x, asSingle(kernel), windows(asSingle));
    if (rank === 2) return F.maxPool2d(x, asPair(kernel), windows(asPair));
    return F.maxPool3d(x, asTriple(kernel), windows(asTriple));
  }
  const [values, places] = {
    1: () => F.maxPool1d(x, asSingle(kernel), { ...windows(asSingle), returnIndices: true }),
    2: () => F.maxPool2d(x, asPair(kernel), { ...windows(asPair), returnIndices: true }),
    3: () => F.maxPool3d(x, asTriple(kernel), { ...windows(asTriple), returnIndices: true }),
  }[rank]();
  const inside = isEven ? places : withoutPadding(places, x.shape.slice(2), given.shape.slice(2), pads.before);
  // There they count through the whole tensor.
  const [n, c] = given.shape as [number, number];
  const area = sizeOf(given.shape.slice(2));
  const starts = places.newTensor(
    Int32Array.from({ length: n * c }, (_, i) => i * area),
    { dtype: "int32" },
  );
  return [values, inside.add(starts.view(n, c, ...kernel.map(() => 1)))];
}

/** Places in images that were surrounded, as places in the images alone. */
function withoutPadding(
  places: Tensor,
  outer: readonly number[],
  inner: readonly number[],
  before: readonly number[],
): Tensor {
  let [rest, result, step] = [places, places.mul(0), 1];
  for (let d = outer.length - 1; d >= 0; d--) {
    const size = outer[d] as number;
    result = result.add(
      rest
        .remainder(size)
        .sub(before[d] as number)
        .mul(step),
    );
    rest = rest.floorDivide(size);
    step *= inner[d] as number;
  }
  return result;
}

/** Opset 20 has other names for two modes. */
const SAMPLING_MODES = {
  nearest: "nearest",
  bilinear: "bilinear",
  linear: "bilinear",
  bicubic: "bicubic",
  cubic: "bicubic",
} as const;

function gridSample(call: NodeCall): Tensor {
  const mode = SAMPLING_MODES[call.text("mode", "bilinear") as keyof typeof SAMPLING_MODES];
  const paddingMode = call.text("padding_mode", "zeros") as "zeros" | "border" | "reflection";
  const alignCorners = call.number("align_corners", 0) === 1;
  return F.gridSample(call.tensor(0), call.tensor(1), { mode, paddingMode, alignCorners });
}

/** What the losses of classes have in common. */
function lossOptions(call: NodeCall) {
  if (call.node.outputs.length > 1) throw call.error("its second output is not supported");
  return {
    weight: call.optional(2),
    ignoreIndex: call.number("ignore_index", -100),
    reduction: call.text("reduction", "mean") as "none" | "mean" | "sum",
  };
}

function averages(
  x: Tensor,
  kernel: readonly number[],
  stride: readonly number[],
  padding: readonly number[],
  ceilMode: boolean,
  countIncludePad: boolean,
): Tensor {
  const options = { ceilMode, countIncludePad };
  if (kernel.length === 1)
    return F.avgPool1d(x, asSingle(kernel), { ...options, stride: asSingle(stride), padding: asSingle(padding) });
  if (kernel.length === 2)
    return F.avgPool2d(x, asPair(kernel), { ...options, stride: asPair(stride), padding: asPair(padding) });
  return F.avgPool3d(x, asTriple(kernel), { ...options, stride: asTriple(stride), padding: asTriple(padding) });
}

function averagePool(call: NodeCall): Tensor {
  const { given, x, kernel, stride, dilation, padding, pads, ceilMode, isEven } = poolingOf(call, 0);
  if (dilation.some((n) => n !== 1)) throw call.error("dilations are not supported");
  rankOf(call, x);
  const counts = call.number("count_include_pad", 0) === 1;
  const means = averages(x, kernel, stride, padding, ceilMode, counts);
  if (isEven || counts) return means;
  // The share of each window that lies in the input.
  const inside = given.newOnes([1, 1, ...given.shape.slice(2)]);
  return means.div(averages(surrounded(inside, pads, 0), kernel, stride, padding, ceilMode, true));
}

const globalPool =
  (f: (x: Tensor, axes: number[]) => Tensor): Operator =>
  (call) => {
    const x = call.tensor(0);
    return f(
      x,
      x.shape.slice(2).map((_, d) => d + 2),
    );
  };

function gemm(call: NodeCall): Tensor {
  const [a, b, c] = [call.tensor(0), call.tensor(1), call.optional(2)];
  const [alpha, beta] = [call.number("alpha", 1), call.number("beta", 1)];
  const left = call.number("transA", 0) === 1 ? a.t() : a;
  const isTransposed = call.number("transB", 0) === 1;
  if (isTransposed && alpha === 1 && beta === 1 && c?.ndim === 1 && c.size(0) === b.size(0))
    return F.linear(left, b, c);
  const product = left.mm(isTransposed ? b.t() : b);
  const scaled = alpha === 1 ? product : product.mul(alpha);
  if (c === null) return scaled;
  return scaled.add(beta === 1 ? c : c.mul(beta));
}

function batchNormalization(call: NodeCall): Tensor {
  const [x, weight, bias, mean, variance] = [0, 1, 2, 3, 4].map((i) => call.tensor(i)) as [
    Tensor,
    Tensor,
    Tensor,
    Tensor,
    Tensor,
  ];
  const training = call.training;
  const momentum = 1 - call.number("momentum", 0.9);
  return F.batchNorm(x, mean, variance, { weight, bias, training, momentum, eps: call.number("epsilon", 1e-5) });
}

function instanceNormalization(call: NodeCall): Tensor {
  const [x, weight, bias] = [call.tensor(0), call.tensor(1), call.tensor(2)];
  return F.instanceNorm(x, { weight, bias, eps: call.number("epsilon", 1e-5) });
}

function layerNormalization(call: NodeCall): Tensor {
  if (call.node.outputs.length > 1) throw call.error("its mean and deviation as outputs are not supported");
  const [x, weight, bias] = [call.tensor(0), call.tensor(1), call.optional(2)];
  const axis = call.number("axis", -1);
  const shape = x.shape.slice(axis < 0 ? axis + x.ndim : axis);
  return F.layerNorm(x, shape, {
    weight: weight.expand(shape),
    bias: bias?.expand(shape) ?? null,
    eps: call.number("epsilon", 1e-5),
  });
}

function localResponse(call: NodeCall): Tensor {
  const [alpha, beta, k] = [call.number("alpha", 1e-4), call.number("beta", 0.75), call.number("bias", 1)];
  return F.localResponseNorm(call.tensor(0), call.number("size", 1), alpha, beta, k);
}

const LINEAR = ["linear", "bilinear", "trilinear"] as const;

function resize(call: NodeCall): Tensor {
  const x = call.tensor(0);
  const rank = rankOf(call, x);
  const isOld = call.opset < 11;
  const scales = call.given("scales", isOld ? 1 : 2);
  const sizes = isOld ? null : call.numbers(3);
  const hasSizes = sizes !== null && sizes.length > 0;
  const mode = call.text("mode", "nearest");
  const coordinates = call.text("coordinate_transformation_mode", isOld ? "asymmetric" : "half_pixel");
  const where = hasSizes ? { size: sizes.slice(2) } : { scaleFactor: [...(scales ?? [])].slice(2) };
  if (mode === "nearest") {
    const rounding = call.text("nearest_mode", isOld ? "floor" : "round_prefer_floor");
    const isFloor = coordinates === "asymmetric" && rounding === "floor";
    const isIntegral = !hasSizes && (scales ?? []).every(Number.isInteger);
    if (isFloor || (isIntegral && coordinates === "half_pixel")) return F.interpolate(x, { ...where, mode: "nearest" });
    if (coordinates === "half_pixel") return F.interpolate(x, { ...where, mode: "nearest-exact" });
    throw call.error(`"nearest" with "${coordinates}" and "${rounding}" is not supported`);
  }
  const alignCorners = coordinates === "align_corners";
  if (!alignCorners && coordinates !== "half_pixel" && coordinates !== "pytorch_half_pixel") {
    throw call.error(`the coordinates "${coordinates}" are not supported for "${mode}"`);
  }
  if (mode === "linear")
    return F.interpolate(x, { ...where, mode: LINEAR[rank - 1] as (typeof LINEAR)[number], alignCorners });
  if (call.number("cubic_coeff_a", -0.75) !== -0.75)
    throw call.error("cubic_coeff_a other than -0.75 is not supported");
  return F.interpolate(x, { ...where, mode: "bicubic", alignCorners });
}

/** PyTorch's gates in ONNX's order of them. */
const GATES: Readonly<Record<CellKind, readonly number[]>> = {
  tanh: [0],
  relu: [0],
  // i, f, g, o of i, o, f, c.
  lstm: [0, 2, 3, 1],
  // r, z, n of z, r, h.
  gru: [1, 0, 2],
};

/** Weight or bias with the gates in PyTorch's order. */
function reordered(weight: Tensor, cell: CellKind): Tensor {
  const order = GATES[cell];
  if (order.length === 1) return weight;
  const parts = weight.chunk(order.length, 0);
  return cat(
    order.map((i) => parts[i] as Tensor),
    0,
  );
}

const ACTIVATIONS: Readonly<Record<string, readonly string[]>> = {
  LSTM: ["Sigmoid", "Tanh", "Tanh"],
  GRU: ["Sigmoid", "Tanh"],
};

/** What kind of cell a node has. @throws DataError for what recurrent layers here cannot do. */
function cellOf(call: NodeCall): CellKind {
  const { opType, attributes } = call.node;
  if ("clip" in attributes || call.has(4) || (opType === "LSTM" && call.has(7))) {
    throw call.error("clip, sequence_lens and peepholes are not supported");
  }
  if (call.number("layout", 0) !== 0) throw call.error("layout other than 0 is not supported");
  const given = call.texts("activations");
  if (opType === "RNN") {
    const kinds = new Set((given ?? ["Tanh"]).map((name) => name.toLowerCase()));
    const [kind] = kinds;
    if (kinds.size === 1 && (kind === "tanh" || kind === "relu")) return kind;
    throw call.error(`the activations ${[...kinds].join(", ")} are not supported`);
  }
  const usual = ACTIVATIONS[opType] as readonly string[];
  if (given?.some((name, i) => name !== usual[i % usual.length]))
    throw call.error(`the activations ${given.join(", ")} are not supported`);
  if (opType === "LSTM") return "lstm";
  if (call.number("linear_before_reset", 0) === 0) throw call.error("linear_before_reset=0 is not supported");
  return "gru";
}

function recurrent(call: NodeCall): Tensor[] {
  const cell = cellOf(call);
  const [x, w, r, b] = [call.tensor(0), call.tensor(1), call.tensor(2), call.optional(3)];
  const [steps, batch] = [x.size(0), x.size(1)];
  const hidden = r.size(2);
  const direction = call.text("direction", "forward");
  const [h0, c0] = [call.optional(5), cell === "lstm" ? call.optional(6) : null];
  const absent = x.newZeros([0]);
  const results = Array.from({ length: w.size(0) }, (_, d) => {
    const reverse = direction === "reverse" || d === 1;
    const state = (given: Tensor | null): Tensor => given?.select(0, d) ?? x.newZeros([batch, hidden]);
    const gates = w.size(1);
    const biases = b
      ?.select(0, d)
      .split(gates, 0)
      .map((part) => reordered(part, cell));
    const parts: Parts<Tensor> = [
      x,
      state(h0),
      cell === "lstm" ? state(c0) : absent,
      reordered(w.select(0, d), cell),
      reordered(r.select(0, d), cell),
      biases?.[0] ?? absent,
      biases?.[1] ?? absent,
      absent,
    ];
    const row = apply(ops.recurrence, parts, { cell, reverse });
    const count = sizeOf([steps, batch, hidden]);
    const output = row.narrow(0, 0, count).view(steps, batch, hidden);
    const h = output.select(0, reverse ? 0 : steps - 1);
    const c = cell === "lstm" ? row.narrow(0, count, batch * hidden).view(batch, hidden) : null;
    return { output, h, c };
  });
  const states = [
    stack(
      results.map(({ output }) => output),
      1,
    ),
    stack(results.map(({ h }) => h)),
  ];
  return cell === "lstm" ? [...states, stack(results.map(({ c }) => c as Tensor))] : states;
}

export const LAYER_OPERATORS: Readonly<Record<string, Operator>> = {
  AveragePool: averagePool,
  BatchNormalization: batchNormalization,
  Conv: conv,
  ConvTranspose: convTranspose,
  GRU: recurrent,
  Gemm: gemm,
  GlobalAveragePool: globalPool((x, axes) => x.mean(axes, true)),
  GlobalMaxPool: globalPool((x, axes) => x.amax(axes, true)),
  GridSample: gridSample,
  InstanceNormalization: instanceNormalization,
  LRN: localResponse,
  LSTM: recurrent,
  LayerNormalization: layerNormalization,
  MatMul: (call) => call.tensor(0).matmul(call.tensor(1)),
  MaxPool: maxPool,
  NegativeLogLikelihoodLoss: (call) => F.nllLoss(call.tensor(0), call.tensor(1), lossOptions(call)),
  RNN: recurrent,
  Resize: resize,
  SoftmaxCrossEntropyLoss: (call) => F.crossEntropy(call.tensor(0), call.tensor(1), lossOptions(call)),
  Upsample: resize,
};
