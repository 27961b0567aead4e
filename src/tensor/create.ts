/** @file Making tensors: from host data, of one value, of ranges, of random numbers. */
import type { NdArray } from "ndarray";
import type { DType, TypedArray } from "../../kernels/backend.ts";
import { sizeOf } from "../../kernels/layout.ts";
import { type Args, keyword, optional, readArgument, required, rest, signature } from "../core/arguments.ts";
import type { DeviceChoice } from "../core/device.ts";
import { isFloat, newTypedArray } from "../core/dtype.ts";
import { DTypeError, ValueError } from "../core/errors.ts";
import { isForeignTensor, isTensor } from "../core/identity.ts";
import { aNumber, anInteger, aScalar, aTensor, either, kind, numbers } from "../core/kinds.ts";
import { checkSizes } from "../core/shape.ts";
import { within } from "../core/wrap-errors.ts";
import { checkSteps, RANDOM_OPTIONS, TENSOR_OPTIONS, type Wishes } from "./create-options.ts";
import { filled, fromTypedArray } from "./from-host.ts";
import { converted, dtypeOf, flattened, type NumberArray } from "./host-data.ts";
import { defaultGenerator, type Generator } from "./random/generator.ts";
import { fillRandint, randperm as permutation } from "./random/integers.ts";
import { memoryOrder } from "./random/memory-order.ts";
import { fillNormal, fillNormalSerial } from "./random/normal.ts";
import { fillUniform } from "./random/uniform.ts";
import { checkCount, stored } from "./range.ts";
import type { NestedArray } from "./readback.ts";
import { arangeCount, arangeValues, linspaceValues, strideOf } from "./spacing.ts";
import { Tensor } from "./tensor.ts";

export interface TensorOptions {
  /** Default: what the data is; "float32" for plain numbers, "bool" for booleans. */
  readonly dtype?: DType | undefined;
  /** Default: "cpu". */
  readonly device?: DeviceChoice | undefined;
  /** Default: false. */
  readonly requiresGrad?: boolean | undefined;
}

export interface RandomOptions extends TensorOptions {
  /** Default: the generator that `manualSeed` seeds. */
  readonly generator?: Generator | undefined;
}

/**
 * What `tensor` takes: numbers or booleans nested to any depth, a typed array or several of them, an `ndarray`, or another
 * tensor.
 */
export type TensorData = NestedArray | NumberArray | NdArray | Tensor | readonly TensorData[];

function finish(op: string, t: Tensor, { requiresGrad }: Wishes): Tensor {
  if (!requiresGrad) return t;
  if (isFloat(t.dtype)) return t.requiresGrad_();
  throw new DTypeError(
    `[${op}] only Tensors of floating point dtype can require gradients, but this one is ${t.dtype}. Leave requiresGrad out, or give a floating dtype.`,
  );
}

/** Host numbers as a tensor of the dtype that was asked for. */
function upload(op: string, data: TypedArray, shape: readonly number[], from: DType, options: Wishes): Tensor {
  const dtype = options.dtype ?? from;
  const numbers = dtype === from ? data : converted(op, data, dtype);
  return finish(op, fromTypedArray(dtype, numbers, shape, options.device ?? "cpu"), options);
}

function isNdarray(value: object): value is NdArray {
  return "data" in value && "shape" in value && "stride" in value && "offset" in value;
}

const TENSOR = signature("tensor", { data: required(kind<TensorData>("data", () => true)), ...TENSOR_OPTIONS });

/**
 * A tensor with a copy of `data`.
 *
 * @throws ShapeError for nested arrays of unequal length; DTypeError for data that no dtype fits; ValueError for numbers
 * that do not fit a dtype of integers.
 * @example tensor([[1, 2], [3, 4]], { requiresGrad: true })
 */
export function tensor(...args: readonly [data: TensorData, options?: TensorOptions | undefined]): Tensor {
  const { data, ...wishes } = TENSOR.read(args);
  if (isForeignTensor(data)) readArgument("tensor", "data", aTensor, data);
  if (isTensor(data)) {
    const copy = data
      .detach()
      .to({ dtype: wishes.dtype ?? data.dtype, device: wishes.device ?? data.device })
      .clone();
    return finish("tensor", copy, wishes);
  }
  if (typeof data === "object" && data !== null) {
    const typed = dtypeOf(data);
    if (typed !== undefined) return fromTyped(data as NumberArray, typed, wishes);
    if (!Array.isArray(data) && isNdarray(data)) return fromNdarray(data, wishes);
  }
  return fromNested(data as NestedArray, wishes);
}

function fromTyped(data: NumberArray, typed: DType, options: Wishes): Tensor {
  const dtype = options.dtype ?? typed;
  const isOurs = data instanceof Float32Array || data instanceof Float64Array || data instanceof Int32Array;
  const numbers = isOurs && dtype === typed ? data : converted("tensor", data, dtype);
  return finish("tensor", fromTypedArray(dtype, numbers, [data.length], options.device ?? "cpu"), options);
}

/** Takes over strides as they are, unless they run backwards or the dtype changes. */
function fromNdarray(source: NdArray, options: Wishes): Tensor {
  const [low, high] = stretch(source);
  const raw: unknown = source.data;
  const typed = Array.isArray(raw) ? "float32" : dtypeOf(raw);
  if (typed === undefined) {
    throw new DTypeError(
      `[tensor] an ndarray of ${source.dtype} has no matching dtype. Use float32, float64, int32, uint8 or a plain array.`,
    );
  }
  const memory = converted("tensor", (raw as NumberArray).slice(low, high), typed);
  const whole = fromTypedArray(typed, memory, [memory.length], "cpu");
  const strides = [...source.stride];
  const array = { shape: [...source.shape], strides, offset: source.offset - low };
  const t = new Tensor({ storage: whole.storage, dtype: typed, ...array });
  if (options.dtype !== null && options.dtype !== typed) return upload("tensor", t.dataSync(), t.shape, typed, options);
  const placed = t.to(options.device ?? "cpu").detach();
  return finish("tensor", strides.some((stride) => stride < 0) ? placed.clone() : placed, options);
}

/** The positions of its memory between which all elements of an ndarray lie. */
function stretch({ shape, stride, offset }: NdArray): [number, number] {
  let low = offset;
  let high = offset;
  for (const [d, size] of shape.entries()) {
    if (size === 0) return [offset, offset];
    const reach = (size - 1) * (stride[d] ?? 0);
    if (reach < 0) low += reach;
    else high += reach;
  }
  return [low, high + 1];
}

function fromNested(data: NestedArray, options: Wishes): Tensor {
  const { values, shape, dtype: natural } = flattened("tensor", data);
  const dtype = options.dtype ?? natural;
  return finish(
    "tensor",
    fromTypedArray(dtype, converted("tensor", values, dtype), shape, options.device ?? "cpu"),
    options,
  );
}

/** Sizes, then an optional options object: `zeros(2, 3)`, `zeros([2, 3], { dtype: "int32" })`. */
export type SizesAndOptions<Options> = readonly (number | ArrayLike<number> | Options | undefined)[];

function sizesSignature(op: string) {
  return signature(op, { size: rest(numbers), ...TENSOR_OPTIONS });
}

const ZEROS = sizesSignature("zeros");
const ONES = sizesSignature("ones");
const EMPTY = sizesSignature("empty");

/** Zeros of a shape. */
export function zeros(...args: SizesAndOptions<TensorOptions>): Tensor {
  return constant("zeros", 0, ZEROS.read(args));
}

/** Ones of a shape. */
export function ones(...args: SizesAndOptions<TensorOptions>): Tensor {
  return constant("ones", 1, ONES.read(args));
}

/** Undefined contents in PyTorch; zeros here, so that results are the same in every run. */
export function empty(...args: SizesAndOptions<TensorOptions>): Tensor {
  return constant("empty", 0, EMPTY.read(args));
}

function constant(op: string, value: number, given: Wishes & { readonly size: readonly number[] }): Tensor {
  checkSizes(op, given.size);
  const dtype = given.dtype ?? "float32";
  checkCount(op, given.size, dtype);
  const number = stored(op, value, dtype);
  return finish(
    op,
    within(op, () => filled(dtype, [...given.size], number, given.device ?? "cpu")),
    given,
  );
}

const FULL = signature("full", {
  size: required(either(aNumber, numbers, "an integer or a list of integers")),
  fillValue: required(aScalar),
  ...TENSOR_OPTIONS,
});

/** One value everywhere. A boolean gives a bool tensor, a number float32. */
export function full(
  ...args: Args<
    [size: number | readonly number[], fillValue: number | boolean],
    [],
    { readonly size: number | readonly number[]; readonly fillValue: number | boolean } & TensorOptions
  >
): Tensor {
  const { size, fillValue, ...given } = FULL.read(args);
  const dtype = given.dtype ?? (typeof fillValue === "boolean" ? "bool" : "float32");
  return constant("full", Number(fillValue), { ...given, dtype, size: typeof size === "number" ? [size] : size });
}

const EYE = signature("eye", { n: required(aNumber), m: optional(aNumber, null), ...TENSOR_OPTIONS });

/** Ones on the diagonal of an n×m matrix. */
export function eye(
  ...args: Args<[n: number], [m: number | null], { readonly n: number; readonly m?: number | null } & TensorOptions>
): Tensor {
  const { n, m, ...given } = EYE.read(args);
  const columns = m ?? n;
  checkSizes("eye", [n, columns]);
  const dtype = given.dtype ?? "float32";
  checkCount("eye", [n, columns], dtype);
  const host = newTypedArray(dtype, n * columns);
  for (let i = 0; i < Math.min(n, columns); i++) host[i * columns + i] = 1;
  return finish("eye", fromTypedArray(dtype, host, [n, columns], given.device ?? "cpu"), given);
}

const ARANGE = signature("arange", {
  start: optional(aNumber),
  end: optional(aNumber),
  step: optional(aNumber, 1),
  ...TENSOR_OPTIONS,
});

/** start, start+step, … below end. Integers give int32, others float32. */
export function arange(end: number, options?: TensorOptions): Tensor;
export function arange(start: number, end: number, step?: number, options?: TensorOptions): Tensor;
export function arange(start: number, end: number, options: TensorOptions): Tensor;
export function arange(...args: readonly unknown[]): Tensor {
  const { start, end, step, ...given } = ARANGE.read(args);
  const [from, to] = end === undefined ? [0, start] : [start ?? 0, end];
  if (to === undefined) throw new ValueError(`[arange] missing required argument "end". Usage: ${ARANGE}`);
  const dtype = given.dtype ?? ([from, to, step].every(Number.isInteger) ? "int32" : "float32");
  if (strideOf(dtype, step) === 0 || !Number.isFinite(step))
    throw new ValueError(`[arange] step must be nonzero, but got ${step}`);
  if (!Number.isFinite(from) || !Number.isFinite(to))
    throw new ValueError(`[arange] unsupported range: ${from} -> ${to}`);
  if ((to - from) * step < 0) {
    throw new ValueError("[arange] upper bound and larger bound inconsistent with step sign");
  }
  const count = arangeCount(dtype, from, to, step);
  checkCount("arange", [count], dtype);
  if (count > 0 && !isFloat(dtype)) {
    const [first, stride] = [strideOf(dtype, from), strideOf(dtype, step)];
    for (const edge of [0, count - 1]) stored("arange", first + edge * stride, dtype);
  }
  const host = arangeValues(dtype, from, step, count);
  return finish("arange", fromTypedArray(dtype, host, [count], given.device ?? "cpu"), given);
}

const LINSPACE = signature("linspace", {
  start: required(aNumber),
  end: required(aNumber),
  steps: required(aNumber),
  ...TENSOR_OPTIONS,
});

export interface RangeOptions extends TensorOptions {
  readonly start: number;
  readonly end: number;
  readonly steps: number;
}

/** `steps` numbers from start to end, both included. Counted from the nearer end, as in PyTorch. */
export function linspace(...args: Args<[start: number, end: number, steps: number], [], RangeOptions>): Tensor {
  const { start, end, steps, ...given } = LINSPACE.read(args);
  const dtype = given.dtype ?? "float32";
  checkSteps("linspace", start, end, steps, dtype);
  const host = linspaceValues(dtype, start, end, steps);
  return finish("linspace", fromTypedArray(dtype, host, [steps], given.device ?? "cpu"), given);
}

function randomSignature(op: string) {
  return signature(op, { size: rest(numbers), ...RANDOM_OPTIONS });
}

const RAND = randomSignature("rand");
const RANDN = randomSignature("randn");

/** Uniform on [0, 1): PyTorch's numbers for the same seed. */
export function rand(...args: SizesAndOptions<RandomOptions>): Tensor {
  return uniform("rand", RAND.read(args));
}

/** Standard normal: PyTorch's numbers for the same seed. */
export function randn(...args: SizesAndOptions<RandomOptions>): Tensor {
  return normal("randn", RANDN.read(args));
}

type Draw = Wishes & { readonly size: readonly number[]; readonly generator: Generator | null };

function uniform(op: string, given: Draw): Tensor {
  return drawn(op, given, (out, generator) => fillUniform(out, 0, 1, generator));
}

function normal(op: string, given: Draw): Tensor {
  return drawn(op, given, (out, generator) => fillNormal(out, 0, 1, generator));
}

function drawn(
  op: string,
  given: Draw,
  fill: (out: Float32Array | Float64Array, generator: Generator) => void,
): Tensor {
  const dtype = given.dtype ?? "float32";
  checkSizes(op, given.size);
  if (!isFloat(dtype)) throw new DTypeError(`[${op}] expected a floating point dtype, but got ${dtype}`);
  checkCount(op, given.size, dtype);
  const host = newTypedArray(dtype, sizeOf(given.size)) as Float32Array | Float64Array;
  within(op, () => fill(host, given.generator ?? defaultGenerator));
  return finish(op, fromTypedArray(dtype, host, [...given.size], given.device ?? "cpu"), given);
}

const RANDINT = signature("randint", {
  high: required(anInteger),
  size: required(numbers),
  low: keyword(anInteger, 0),
  ...RANDOM_OPTIONS,
});
const RANDINT_FROM = signature("randint", {
  low: required(anInteger),
  high: required(anInteger),
  size: required(numbers),
  ...RANDOM_OPTIONS,
});

/** Integers of [low, high), int32: PyTorch's for the same seed. */
export function randint(low: number, high: number, size: readonly number[], options?: RandomOptions): Tensor;
export function randint(high: number, size: readonly number[], options?: RandomOptions): Tensor;
export function randint(...args: readonly unknown[]): Tensor {
  const [, second] = args;
  const hasLow = typeof second === "number" || args.length > 3;
  if (args.length === 1 && typeof args[0] === "number") {
    throw new ValueError("[randint] expected randint(high, shape) or randint(low, high, shape), the shape as an array");
  }
  const { low, high, size, generator, ...given } = hasLow ? RANDINT_FROM.read(args) : RANDINT.read(args);
  checkSizes("randint", size);
  const dtype = given.dtype ?? "int32";
  checkCount("randint", size, dtype);
  if (dtype === "bool" && (low < 0 || high > 2)) {
    throw new ValueError(`[randint] bounds of bools are 0 to 2, but got ${low} and ${high}`);
  }
  const integers = newTypedArray(dtype, sizeOf(size));
  within("randint", () => fillRandint(integers, low, high, generator ?? defaultGenerator));
  return finish("randint", fromTypedArray(dtype, integers, [...size], given.device ?? "cpu"), given);
}

const RANDPERM = signature("randperm", { n: required(anInteger), ...RANDOM_OPTIONS });

/** The numbers 0 … n−1 in random order, int32: PyTorch's for the same seed. */
export function randperm(...args: Args<[n: number], [], { readonly n: number } & RandomOptions>): Tensor {
  const { n, generator, ...given } = RANDPERM.read(args);
  checkCount("randperm", [Math.max(n, 0)], "int32");
  const order = within("randperm", () => permutation(n, generator ?? defaultGenerator));
  return upload("randperm", order, [n], "int32", given);
}

function likeSignature(op: string) {
  return signature(op, { input: required(aTensor), ...TENSOR_OPTIONS });
}

function randomLikeSignature(op: string) {
  return signature(op, { input: required(aTensor), ...RANDOM_OPTIONS });
}

/** The dtype and device of a tensor where no others were asked for. */
function like<Given extends Wishes & { readonly input: Tensor }>({ input, ...given }: Given) {
  return { ...given, size: input.shape, dtype: given.dtype ?? input.dtype, device: given.device ?? input.device };
}

/** `(input, options)` of what makes a tensor like another. */
export type LikeArgs<Options = TensorOptions> = readonly [input: Tensor, options?: Options | undefined];

const ZEROS_LIKE = likeSignature("zerosLike");
const ONES_LIKE = likeSignature("onesLike");
const EMPTY_LIKE = likeSignature("emptyLike");
const RAND_LIKE = randomLikeSignature("randLike");
const RANDN_LIKE = randomLikeSignature("randnLike");

/** Zeros in the shape and dtype of another tensor, on its device. */
export function zerosLike(...args: LikeArgs): Tensor {
  return constant("zerosLike", 0, like(ZEROS_LIKE.read(args)));
}

/** Ones in the shape and dtype of another tensor, on its device. */
export function onesLike(...args: LikeArgs): Tensor {
  return constant("onesLike", 1, like(ONES_LIKE.read(args)));
}

/** As {@link empty}, in the shape and dtype of another tensor, on its device. */
export function emptyLike(...args: LikeArgs): Tensor {
  return constant("emptyLike", 0, like(EMPTY_LIKE.read(args)));
}

const FULL_LIKE = signature("fullLike", { input: required(aTensor), fillValue: required(aScalar), ...TENSOR_OPTIONS });

/** One value in the shape and dtype of another tensor, on its device. */
export function fullLike(
  ...args: readonly [input: Tensor, fillValue: number | boolean, options?: TensorOptions | undefined]
): Tensor {
  const { fillValue, ...given } = FULL_LIKE.read(args);
  return constant("fullLike", Number(fillValue), like(given));
}

/** {@link rand} in the shape and dtype of another tensor, on its device. */
export function randLike(...args: LikeArgs<RandomOptions>): Tensor {
  const { input, ...given } = RAND_LIKE.read(args);
  return drawnLike(input, like({ input, ...given }), (wishes) => uniform("randLike", wishes));
}

/** {@link randn} in the shape and dtype of another tensor, on its device. */
export function randnLike(...args: LikeArgs<RandomOptions>): Tensor {
  const { input, ...given } = RANDN_LIKE.read(args);
  return drawnLike(input, like({ input, ...given }), (wishes, serial) =>
    serial
      ? drawn("randnLike", wishes, (out, generator) => fillNormalSerial(out, 0, 1, generator))
      : normal("randnLike", wishes),
  );
}

/**
 * Numbers drawn in the order in which `t` lies in memory, as PyTorch fills a tensor of the same strides; the result is
 * row-major. `serial` tells that the two orders differ.
 */
function drawnLike(t: Tensor, wishes: Draw, draw: (wishes: Draw, serial: boolean) => Tensor): Tensor {
  const order = memoryOrder(t);
  const serial = order.filter((d) => t.shape[d] !== 1).some((d, i, all) => i > 0 && d < (all[i - 1] as number));
  if (!serial) return draw(wishes, false);
  const inMemory = draw({ ...wishes, size: order.map((d) => t.size(d)), requiresGrad: false }, true);
  const result = inMemory.permute(order.map((_, d) => order.indexOf(d))).contiguous();
  return wishes.requiresGrad === true ? result.requiresGrad_() : result;
}
