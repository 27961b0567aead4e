/** @file The operators of ONNX as tensor operations: element-wise ones, shapes, indexing and reductions. */
import { sizeOf } from "../../../kernels/layout.ts";
import { isFloat } from "../../core/dtype.ts";
import { broadcastShapes } from "../../core/shape.ts";
import * as F from "../../nn/functional/index.ts";
import { arange, full } from "../../tensor/create.ts";
import { cat, where } from "../../tensor/functional.ts";
import { einsum } from "../../tensor/functions/einsum.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { dtypeOf } from "./model.ts";
import type { NodeCall, Operator } from "./node-call.ts";
import { MOST_HOST_NUMBERS, type Value } from "./value.ts";

const unary =
  (f: (x: Tensor, call: NodeCall) => Tensor): Operator =>
  (call) =>
    f(call.tensor(0), call);

const binary =
  (f: (a: Tensor, b: Tensor, call: NodeCall) => Tensor): Operator =>
  (call) =>
    f(call.tensor(0), call.tensor(1), call);

/** Of any number of tensors. */
const variadic =
  (f: (a: Tensor, b: Tensor) => Tensor): Operator =>
  (call) =>
    call.tensors().reduce(f);

/** The quotient, of integers without what lies behind the point. */
function divided(a: Tensor, b: Tensor): Tensor {
  return isFloat(a.dtype) ? a.div(b) : a.div(b, { roundingMode: "trunc" }).to(a.dtype);
}

function axisOf(x: Tensor, axis: number): number {
  return axis < 0 ? axis + x.ndim : axis;
}

/** The axes of a reduction, from the attribute or the input; all of them if there are none. */
function reducedAxes(call: NodeCall, x: Tensor): readonly number[] | null {
  const axes = call.given("axes", 1);
  if (axes !== null && axes.length > 0) return axes;
  return call.number("noop_with_empty_axes", 0) === 1 ? [] : x.shape.map((_, d) => d);
}

const reduce =
  (f: (x: Tensor, axes: number[], keepdim: boolean) => Tensor): Operator =>
  (call) => {
    const x = call.tensor(0);
    const axes = reducedAxes(call, x);
    if (axes === null || axes.length === 0) return x;
    return f(x, [...axes], call.number("keepdims", 1) === 1);
  };

/** One axis after the other, from the last. */
function reduceEach(
  x: Tensor,
  axes: readonly number[],
  keepdim: boolean,
  f: (x: Tensor, axis: number) => Tensor,
): Tensor {
  const order = axes.map((axis) => axisOf(x, axis)).sort((a, b) => b - a);
  return order.reduce((y, axis) => {
    const reduced = f(y, axis);
    return keepdim ? reduced.unsqueeze(axis) : reduced;
  }, x);
}

const argReduce =
  (f: (x: Tensor, axis: number, keepdim: boolean) => Tensor): Operator =>
  (call) => {
    if (call.number("select_last_index", 0) === 1) throw call.error("select_last_index is not supported");
    return f(call.tensor(0), call.number("axis", 0), call.number("keepdims", 1) === 1);
  };

/** A softmax; before opset 13 over all axes from one on. */
const softmax =
  (f: (x: Tensor, axis: number) => Tensor): Operator =>
  (call) => {
    const x = call.tensor(0);
    if (call.opset >= 13) return f(x, call.number("axis", -1));
    const axis = axisOf(x, call.number("axis", 1));
    const rows = x.reshape([sizeOf(x.shape.slice(0, axis)), sizeOf(x.shape.slice(axis))]);
    return f(rows, 1).reshape(x.shape);
  };

function reshape(call: NodeCall): Tensor {
  const x = call.tensor(0);
  const target = call.given("shape", 1) ?? [];
  const keepsZeros = call.number("allowzero", 0) === 1;
  return x.reshape(target.map((size, d) => (size === 0 && !keepsZeros ? (x.shape[d] as number) : size)));
}

function flatten(call: NodeCall): Tensor {
  const x = call.tensor(0);
  const axis = axisOf(x, call.number("axis", 1));
  return x.reshape([sizeOf(x.shape.slice(0, axis)), sizeOf(x.shape.slice(axis))]);
}

function transpose(call: NodeCall): Tensor {
  const x = call.tensor(0);
  return x.permute([...(call.list("perm") ?? x.shape.map((_, d) => x.ndim - 1 - d))]);
}

function squeeze(call: NodeCall): Tensor {
  const x = call.tensor(0);
  const axes = call.given("axes", 1);
  if (axes === null) return x.squeeze();
  return axes
    .map((axis) => axisOf(x, axis))
    .sort((a, b) => b - a)
    .reduce((y, axis) => y.squeeze(axis), x);
}

function unsqueeze(call: NodeCall): Tensor {
  const x = call.tensor(0);
  const axes = call.given("axes", 1) ?? [];
  const rank = x.ndim + axes.length;
  return axes
    .map((axis) => (axis < 0 ? axis + rank : axis))
    .sort((a, b) => a - b)
    .reduce((y, axis) => y.unsqueeze(axis), x);
}

function split(call: NodeCall): Tensor[] {
  const x = call.tensor(0);
  const axis = axisOf(x, call.number("axis", 0));
  const size = x.size(axis);
  const parts = call.node.outputs.length;
  const sizes = call.given("split", 1);
  return [...x.split(sizes === null ? Math.ceil(size / parts) : [...sizes], axis)];
}

/** A slice along one axis, also backwards. */
function sliceAxis(x: Tensor, axis: number, start: number, end: number, step: number): Tensor {
  const size = x.size(axis);
  const clamp = (n: number, low: number, high: number): number => Math.min(Math.max(n < 0 ? n + size : n, low), high);
  if (step > 0) return x.slice(axis, clamp(start, 0, size), clamp(end, 0, size), step);
  const from = clamp(start, 0, size - 1);
  const to = end < -size ? -1 : clamp(end, -1, size - 1);
  const places = Int32Array.from({ length: Math.max(0, Math.ceil((from - to) / -step)) }, (_, i) => from + i * step);
  return x.indexSelect(axis, x.newTensor(places, { dtype: "int32" }));
}

function slice(call: NodeCall): Tensor {
  const x = call.tensor(0);
  const [starts, ends] = [call.given("starts", 1) ?? [], call.given("ends", 2) ?? []];
  const axes = call.given("axes", 3) ?? starts.map((_, i) => i);
  const steps = call.numbers(4) ?? starts.map(() => 1);
  return axes.reduce((y, axis, i) => {
    const [start, end, step] = [starts[i], ends[i], steps[i]] as [number, number, number];
    return sliceAxis(y, axisOf(x, axis), start, end, step);
  }, x);
}

/** Indices that are not negative. */
function wrapped(index: Tensor, size: number): Tensor {
  return where(index.lt(0), index.add(size), index);
}

function gather(call: NodeCall): Tensor {
  const x = call.tensor(0);
  const axis = axisOf(x, call.number("axis", 0));
  const index = call.value(1);
  const [only] = index.host?.data ?? [];
  if (index.shape.length === 0 && only !== undefined) return x.select(axis, only);
  const places = index.tensor;
  // A table of rows, as embeddings are.
  if (axis === 0 && x.ndim === 2 && index.host === null) return F.embedding(wrapped(places, x.size(0)), x);
  const flat = wrapped(places.reshape(-1), x.size(axis));
  return x.indexSelect(axis, flat).reshape([...x.shape.slice(0, axis), ...places.shape, ...x.shape.slice(axis + 1)]);
}

/** The columns of a list of coordinates, for each of the first dimensions. */
function coordinates(index: Tensor): Tensor[] {
  return [...index.unbind(-1)];
}

function gatherNd(call: NodeCall): Tensor {
  if (call.number("batch_dims", 0) !== 0) throw call.error("batch_dims is not supported");
  return call.tensor(0).at(...coordinates(call.tensor(1)));
}

/** The reduction of a scatter. */
function isAdding(call: NodeCall): boolean {
  const reduction = call.text("reduction", "none");
  if (reduction === "none" || reduction === "add") return reduction === "add";
  throw call.error(`the reduction "${reduction}" is not supported`);
}

function scatterNd(call: NodeCall): Tensor {
  const [x, index, updates] = [call.tensor(0), call.tensor(1), call.tensor(2)];
  return x.indexPut(coordinates(index), updates, isAdding(call));
}

function scatterElements(call: NodeCall): Tensor {
  const [x, index, updates] = [call.tensor(0), call.tensor(1), call.tensor(2)];
  const axis = axisOf(x, call.number("axis", 0));
  const places = wrapped(index, x.size(axis));
  const reduction = call.text("reduction", "none");
  if (reduction === "mul") return x.scatter(axis, places, updates, { reduce: "multiply" });
  return isAdding(call) ? x.scatterAdd(axis, places, updates) : x.scatter(axis, places, updates);
}

function expand(call: NodeCall): Tensor {
  const x = call.tensor(0);
  return x.expand(broadcastShapes("expand", x.shape, call.numbers(1) ?? []));
}

const PAD_MODES: Readonly<Record<string, "constant" | "reflect" | "replicate">> = {
  constant: "constant",
  reflect: "reflect",
  edge: "replicate",
};

/** Padding of the dimensions that have some; tensors of any rank, of which `pad` takes the last dimensions. */
function pad(call: NodeCall): Tensor {
  const x = call.tensor(0);
  const all = call.given("pads", 1) ?? call.list("paddings") ?? [];
  const value = call.numbers(2)?.[0] ?? call.number("value", 0);
  const axes = call.numbers(3)?.map((axis) => axisOf(x, axis)) ?? x.shape.map((_, d) => d);
  const name = call.text("mode", "constant");
  const mode = PAD_MODES[name];
  if (mode === undefined) throw call.error(`the mode "${name}" is not supported`);
  if (mode === "constant") {
    const widths = x.shape.map((_, d): readonly [number, number] => {
      const at = axes.indexOf(d);
      return at < 0 ? [0, 0] : [all[at] as number, all[at + axes.length] as number];
    });
    const first = widths.findIndex((pair) => pair.some((n) => n !== 0));
    return first < 0 ? x : F.pad(x, widths.slice(first).toReversed().flat(), { value });
  }
  return axes.reduce((y, axis, i) => {
    const [before, after] = [all[i] as number, all[i + axes.length] as number];
    if (before === 0 && after === 0) return y;
    // As the last dimension of a signal.
    const moved = y.movedim(axis, -1);
    const rows = F.pad(moved.reshape([1, -1, y.size(axis)]), [before, after], { mode });
    return rows.reshape([...moved.shape.slice(0, -1), -1]).movedim(-1, axis);
  }, x);
}

function topk(call: NodeCall): Tensor[] {
  const x = call.tensor(0);
  const [k = 1] = call.numbers(1) ?? [call.number("k", 1)];
  const { values, indices } = x.topk(k, call.number("axis", -1), call.number("largest", 1) === 1);
  return [values, indices];
}

function constant(call: NodeCall): Value | Tensor {
  const value = call.file("value");
  if (value !== null)
    return call.hosted({ shape: value.shape, dtype: value.dtype, data: value.wide ?? Array.from(value.data) });
  for (const [name, dtype] of [
    ["value_int", "int32"],
    ["value_ints", "int32"],
    ["value_float", "float32"],
    ["value_floats", "float32"],
  ] as const) {
    const given = call.node.attributes[name];
    if (typeof given === "number") return call.hosted({ shape: [], dtype, data: [given] });
    if (Array.isArray(given)) return call.hosted({ shape: [given.length], dtype, data: given as number[] });
  }
  throw call.error("it has no value that is a tensor");
}

function constantOfShape(call: NodeCall): Tensor {
  const value = call.file("value");
  return full([...(call.numbers(0) ?? [])], value?.data[0] ?? 0, {
    dtype: value?.dtype ?? "float32",
    device: call.value(0).device,
  });
}

function range(call: NodeCall): Tensor {
  const [start = 0, limit = 0, step = 1] = [0, 1, 2].map((i) => call.numbers(i)?.[0] ?? 0);
  return arange(start, limit, step, { dtype: call.value(0).dtype, device: call.value(0).device });
}

function cumsum(call: NodeCall): Tensor {
  const x = call.tensor(0);
  const axis = axisOf(x, call.numbers(1)?.[0] ?? 0);
  const isReversed = call.number("reverse", 0) === 1;
  const source = isReversed ? x.flip([axis]) : x;
  const sums = source.cumsum(axis);
  const shifted = call.number("exclusive", 0) === 1 ? sums.sub(source) : sums;
  return isReversed ? shifted.flip([axis]) : shifted;
}

function oneHot(call: NodeCall): Tensor {
  const [depth = 1] = call.numbers(1) ?? [];
  const values = call.tensor(2);
  const hot = F.oneHot(wrapped(call.tensor(0), depth), depth).bool();
  const axis = call.number("axis", -1);
  return where(axis === -1 ? hot : hot.movedim(-1, axis), values.select(0, 1), values.select(0, 0));
}

function clip(call: NodeCall): Tensor {
  const x = call.tensor(0);
  const bound = (name: string, i: number): number | null => {
    const given = call.node.attributes[name];
    return typeof given === "number" ? given : (call.numbers(i)?.[0] ?? null);
  };
  const [low, high] = [bound("min", 1), bound("max", 2)];
  return low === null && high === null ? x : x.clamp(low, high);
}

function depthToSpace(call: NodeCall): Tensor {
  const x = call.tensor(0);
  const size = call.number("blocksize", 1);
  if (call.text("mode", "DCR") === "CRD") return F.pixelShuffle(x, size);
  const [n, c, h, w] = x.shape as [number, number, number, number];
  const blocks = x.reshape([n, size, size, c / size ** 2, h, w]).permute(0, 3, 4, 1, 5, 2);
  return blocks.reshape([n, c / size ** 2, h * size, w * size]);
}

function spaceToDepth(call: NodeCall): Tensor {
  const x = call.tensor(0);
  const size = call.number("blocksize", 1);
  const [n, c, h, w] = x.shape as [number, number, number, number];
  const blocks = x.reshape([n, c, h / size, size, w / size, size]).permute(0, 3, 5, 1, 2, 4);
  return blocks.reshape([n, c * size ** 2, h / size, w / size]);
}

function shape(call: NodeCall): Value {
  const whole = call.value(0).shape;
  const sizes = whole.slice(call.number("start", 0), call.number("end", whole.length));
  return call.hosted({ shape: [sizes.length], dtype: "int32", data: sizes });
}

function shrink(x: Tensor, call: NodeCall): Tensor {
  const [lambd, bias] = [call.number("lambd", 0.5), call.number("bias", 0)];
  if (bias === lambd) return F.softshrink(x, lambd);
  if (bias === 0) return F.hardshrink(x, lambd);
  return where(x.lt(-lambd), x.add(bias), where(x.gt(lambd), x.sub(bias), x.mul(0)));
}

/** Dropout in training mode, with its mask where somebody takes that. */
function dropout(call: NodeCall): Tensor[] {
  const x = call.tensor(0);
  const ratio = call.numbers(1)?.[0] ?? call.number("ratio", 0.5);
  const y = F.dropout(x, ratio, call.training);
  return call.node.outputs.length > 1 ? [y, y.ne(0)] : [y];
}

/** A slope for each channel, which broadcasts from the last dimension there. */
function prelu(x: Tensor, slope: Tensor): Tensor {
  return where(x.lt(0), x.mul(slope), x);
}

/** Values of which the host keeps the numbers: constants that are small. */
export function isSmall(shapeOf: readonly number[]): boolean {
  return sizeOf(shapeOf) <= MOST_HOST_NUMBERS;
}

export const OPERATORS: Readonly<Record<string, Operator>> = {
  Abs: unary((x) => x.abs()),
  Acos: unary((x) => x.acos()),
  Acosh: unary((x) => x.acosh()),
  Add: binary((a, b) => a.add(b)),
  And: binary((a, b) => a.logicalAnd(b)),
  ArgMax: argReduce((x, axis, keepdim) => x.argmax(axis, keepdim)),
  ArgMin: argReduce((x, axis, keepdim) => x.argmin(axis, keepdim)),
  Asin: unary((x) => x.asin()),
  Asinh: unary((x) => x.asinh()),
  Atan: unary((x) => x.atan()),
  Atanh: unary((x) => x.atanh()),
  Cast: unary((x, call) => x.to(dtypeOf(call.number("to", 1), `the node ${call.node.name}`))),
  Ceil: unary((x) => x.ceil()),
  Celu: unary((x, call) => F.celu(x, call.number("alpha", 1))),
  Clip: clip,
  Concat: (call) => cat(call.tensors(), call.number("axis", 0)),
  Constant: constant,
  ConstantOfShape: constantOfShape,
  Cos: unary((x) => x.cos()),
  Cosh: unary((x) => x.cosh()),
  CumSum: cumsum,
  DepthToSpace: depthToSpace,
  Div: binary(divided),
  Dropout: dropout,
  Einsum: (call) => einsum(call.text("equation", ""), call.tensors()),
  Elu: unary((x, call) => F.elu(x, call.number("alpha", 1))),
  Equal: binary((a, b) => a.eq(b)),
  Erf: unary((x) => x.erf()),
  Exp: unary((x) => x.exp()),
  Expand: expand,
  Flatten: flatten,
  Floor: unary((x) => x.floor()),
  Gather: gather,
  GatherElements: (call) => {
    const x = call.tensor(0);
    const axis = axisOf(x, call.number("axis", 0));
    return x.gather(axis, wrapped(call.tensor(1), x.size(axis)));
  },
  GatherND: gatherNd,
  Greater: binary((a, b) => a.gt(b)),
  GreaterOrEqual: binary((a, b) => a.ge(b)),
  HardSigmoid: unary((x, call) => x.mul(call.number("alpha", 0.2)).add(call.number("beta", 0.5)).clamp(0, 1)),
  HardSwish: unary((x) => F.hardswish(x)),
  Identity: (call) => call.value(0),
  IsInf: unary((x, call) => {
    if (call.number("detect_negative", 1) === 0) return x.isposinf();
    return call.number("detect_positive", 1) === 0 ? x.isneginf() : x.isinf();
  }),
  IsNaN: unary((x) => x.isnan()),
  LeakyRelu: unary((x, call) => F.leakyRelu(x, call.number("alpha", 0.01))),
  Less: binary((a, b) => a.lt(b)),
  LessOrEqual: binary((a, b) => a.le(b)),
  Log: unary((x) => x.log()),
  LogSoftmax: softmax((x, axis) => x.logSoftmax(axis)),
  Max: variadic((a, b) => a.maximum(b)),
  Mean: (call) =>
    call
      .tensors()
      .reduce((a, b) => a.add(b))
      .div(call.count),
  Min: variadic((a, b) => a.minimum(b)),
  Mod: binary((a, b, call) => (call.number("fmod", 0) === 1 ? a.fmod(b) : a.remainder(b))),
  Mul: binary((a, b) => a.mul(b)),
  Neg: unary((x) => x.neg()),
  NonZero: unary((x) => x.nonzero().t().contiguous()),
  Not: unary((x) => x.logicalNot()),
  OneHot: oneHot,
  Or: binary((a, b) => a.logicalOr(b)),
  PRelu: binary(prelu),
  Pad: pad,
  Pow: binary((a, b) => a.pow(b).to(a.dtype)),
  Range: range,
  Reciprocal: unary((x) => x.reciprocal()),
  ReduceL1: reduce((x, axes, keepdim) => x.abs().sum(axes, keepdim)),
  ReduceL2: reduce((x, axes, keepdim) => x.norm(2, axes, keepdim)),
  ReduceLogSum: reduce((x, axes, keepdim) => x.sum(axes, keepdim).log()),
  ReduceLogSumExp: reduce((x, axes, keepdim) => x.logsumexp(axes, keepdim)),
  ReduceMax: reduce((x, axes, keepdim) => x.amax(axes, keepdim)),
  ReduceMean: reduce((x, axes, keepdim) => x.mean(axes, keepdim)),
  ReduceMin: reduce((x, axes, keepdim) => x.amin(axes, keepdim)),
  ReduceProd: reduce((x, axes, keepdim) => reduceEach(x, axes, keepdim, (y, axis) => y.prod(axis))),
  ReduceSum: reduce((x, axes, keepdim) => x.sum(axes, keepdim)),
  ReduceSumSquare: reduce((x, axes, keepdim) => x.mul(x).sum(axes, keepdim)),
  Relu: unary((x) => x.relu()),
  Reshape: reshape,
  Round: unary((x) => x.round()),
  ScatterElements: scatterElements,
  ScatterND: scatterNd,
  Selu: unary((x, call) => {
    const alpha = call.number("alpha", 1.6732632423543772);
    return F.elu(x, alpha).mul(call.number("gamma", 1.0507009873554805));
  }),
  Shape: shape,
  Shrink: unary(shrink),
  Sigmoid: unary((x) => x.sigmoid()),
  Sign: unary((x) => x.sign()),
  Sin: unary((x) => x.sin()),
  Sinh: unary((x) => x.sinh()),
  Size: (call) => call.hosted({ shape: [], dtype: "int32", data: [sizeOf(call.value(0).shape)] }),
  Slice: slice,
  Softmax: softmax((x, axis) => x.softmax(axis)),
  Softplus: unary((x) => F.softplus(x)),
  Softsign: unary((x) => F.softsign(x)),
  SpaceToDepth: spaceToDepth,
  Split: split,
  Sqrt: unary((x) => x.sqrt()),
  Squeeze: squeeze,
  Sub: binary((a, b) => a.sub(b)),
  Sum: variadic((a, b) => a.add(b)),
  Tan: unary((x) => x.tan()),
  Tanh: unary((x) => x.tanh()),
  ThresholdedRelu: unary((x, call) => F.threshold(x, call.number("alpha", 1), 0)),
  Tile: unary((x, call) => x.tile([...(call.numbers(1) ?? [])])),
  TopK: topk,
  Transpose: transpose,
  Trilu: unary((x, call) => {
    const [diagonal = 0] = call.numbers(1) ?? [];
    return call.number("upper", 1) === 1 ? x.triu(diagonal) : x.tril(diagonal);
  }),
  Unsqueeze: unsqueeze,
  Where: (call) => where(call.tensor(0), call.tensor(1), call.tensor(2)),
  Xor: binary((a, b) => a.logicalXor(b)),
};
