/** @file Making tensors: from host data, of one value, of ranges, of random numbers. */
import type { NdArray } from "ndarray";
import type { DType, TypedArray } from "../../kernels/backend.ts";
import { sizeOf } from "../../kernels/layout.ts";
import { wrap } from "../autograd/apply.ts";
import type { DeviceChoice } from "./devices.ts";
import { checkDType, dtypeOfTypedArray, newTypedArray } from "./dtype.ts";
import { DTypeError, ShapeError, ValueError } from "./errors.ts";
import { checkNumber } from "./functions/arithmetic.ts";
import { filled, fromTypedArray, type NestedArray } from "./host.ts";
import { within } from "./kernel-errors.ts";
import { defaultGenerator, type Generator } from "./random/generator.ts";
import { fillRandint, randperm as permutation } from "./random/integers.ts";
import { memoryOrder } from "./random/memory-order.ts";
import { fillNormal, fillNormalSerial } from "./random/normal.ts";
import { fillUniform } from "./random/uniform.ts";
import { arangeValues, linspaceValues, strideOf } from "./ranges.ts";
import { checkSizes, sizesOf } from "./shape.ts";
import type { Tensor } from "./tensor.ts";

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

/** What `tensor` takes: numbers or booleans nested to any depth, a typed array, an `ndarray`, or another tensor. */
export type TensorData = NestedArray | TypedArray | NdArray | Tensor;

function finish(t: Tensor, options: TensorOptions): Tensor {
  return options.requiresGrad === true ? t.requiresGrad_() : t;
}

/** Host numbers as a tensor of a dtype. The conversion happens on the host. */
function upload(data: TypedArray, shape: readonly number[], from: DType, options: TensorOptions): Tensor {
  const dtype = options.dtype ?? from;
  checkDType("tensor", dtype);
  const device = options.device ?? "cpu";
  if (dtype === from) return finish(fromTypedArray(from, data, shape, device), options);
  return finish(fromTypedArray(from, data, shape, "cpu").to({ dtype, device }).detach(), options);
}

function isNdarray(value: object): value is NdArray {
  return "data" in value && "shape" in value && "stride" in value && "offset" in value;
}

/**
 * A tensor with a copy of `data`.
 *
 * @throws ShapeError for nested arrays of unequal length; DTypeError for data that no dtype fits.
 * @example tensor([[1, 2], [3, 4]], { requiresGrad: true })
 */
export function tensor(data: TensorData, options: TensorOptions = {}): Tensor {
  if (typeof data === "object" && data !== null) {
    if ("storage" in data) {
      const dtype = options.dtype ?? data.dtype;
      return finish(
        data
          .detach()
          .to({ dtype, device: options.device ?? data.device })
          .clone(),
        options,
      );
    }
    const typed = dtypeOfTypedArray(data);
    if (typed !== undefined) return fromTyped(data as TypedArray, typed, options);
    if (ArrayBuffer.isView(data)) {
      throw new DTypeError(
        `[tensor] a ${data.constructor.name} fits no dtype. Use Float32Array, Float64Array, Int32Array or Uint8Array.`,
      );
    }
    if (isNdarray(data)) return fromNdarray(data, options);
  }
  return fromNested(data as NestedArray, options);
}

function fromTyped(data: TypedArray, typed: DType, options: TensorOptions): Tensor {
  if (options.dtype === "bool") {
    const truth = Uint8Array.from(data, (v) => (v === 0 ? 0 : 1));
    return upload(truth, [data.length], "bool", options);
  }
  return upload(data instanceof Uint8ClampedArray ? new Uint8Array(data) : data, [data.length], typed, options);
}

/** Takes over strides as they are, unless they run backwards. */
function fromNdarray(source: NdArray, options: TensorOptions): Tensor {
  const [low, high] = stretch(source);
  const raw: unknown = source.data;
  const data = Array.isArray(raw) ? Float32Array.from((raw as number[]).slice(low, high)) : raw;
  const typed = dtypeOfTypedArray(data);
  if (typed === undefined) {
    throw new DTypeError(
      `[tensor] an ndarray of ${source.dtype} fits no dtype. Use float32, float64, int32, uint8 or a plain array.`,
    );
  }
  const memory = Array.isArray(raw) ? (data as Float32Array) : (data as TypedArray).subarray(low, high);
  const whole = upload(memory, [memory.length], typed, { ...options, requiresGrad: false });
  const strides = [...source.stride];
  const window = {
    storage: whole.storage,
    dtype: whole.dtype,
    shape: [...source.shape],
    strides,
    offset: source.offset - low,
  };
  const t = wrap(window);
  return finish(strides.some((stride) => stride < 0) ? t.clone() : t, options);
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

function fromNested(data: NestedArray, options: TensorOptions): Tensor {
  const shape: number[] = [];
  for (let level: NestedArray | undefined = data; Array.isArray(level); level = level[0]) shape.push(level.length);
  const flat: (number | boolean)[] = [];
  collect(data, shape, 0, flat);
  const allBool = flat.length > 0 && flat.every((v) => typeof v === "boolean");
  const dtype = options.dtype ?? (allBool ? "bool" : "float32");
  checkDType("tensor", dtype);
  const host = newTypedArray(dtype, flat.length);
  for (let i = 0; i < flat.length; i++) {
    const value = Number(flat[i]);
    host[i] = dtype === "bool" ? Number(value !== 0) : value;
  }
  return finish(fromTypedArray(dtype, host, shape, options.device ?? "cpu"), options);
}

function collect(data: NestedArray, shape: readonly number[], dim: number, out: (number | boolean)[]): void {
  if (dim === shape.length) {
    if (typeof data === "number" || typeof data === "boolean") {
      out.push(data);
      return;
    }
    if (Array.isArray(data)) {
      throw new ShapeError(`[tensor] expected a number at dim ${dim}, but got a sequence: the nesting is uneven`);
    }
    throw new DTypeError(`[tensor] expected numbers or booleans, but got ${data === null ? "null" : typeof data}`);
  }
  if (!Array.isArray(data)) {
    throw new ShapeError(`[tensor] expected sequence of length ${shape[dim]} at dim ${dim} (got ${typeof data})`);
  }
  if (data.length !== shape[dim]) {
    throw new ShapeError(`[tensor] expected sequence of length ${shape[dim]} at dim ${dim} (got ${data.length})`);
  }
  for (const item of data) collect(item, shape, dim + 1, out);
}

/** Sizes, then an optional options object: `zeros(2, 3)`, `zeros([2, 3], { dtype: "int32" })`. */
type SizesAndOptions<O> = readonly (number | readonly number[] | O | undefined)[];

function parse<O extends object>(args: SizesAndOptions<O>): [number[], Partial<O>] {
  const last = args.at(-1);
  const hasOptions = typeof last === "object" && !Array.isArray(last);
  const rest = args.filter((a) => a !== undefined && a !== last) as (number | readonly number[])[];
  if (hasOptions) return [sizesOf(rest), last as O];
  return [sizesOf(args.filter((a) => a !== undefined) as (number | readonly number[])[]), {}];
}

function constant(op: string, value: number, args: SizesAndOptions<TensorOptions>): Tensor {
  const [shape, options] = parse(args);
  checkSizes(op, shape);
  return full(shape, value, options);
}

export function zeros(...args: SizesAndOptions<TensorOptions>): Tensor {
  return constant("zeros", 0, args);
}

export function ones(...args: SizesAndOptions<TensorOptions>): Tensor {
  return constant("ones", 1, args);
}

/** Undefined contents in PyTorch; zeros here, so that nothing depends on chance. */
export function empty(...args: SizesAndOptions<TensorOptions>): Tensor {
  return constant("empty", 0, args);
}

/** One value everywhere. A boolean gives a bool tensor, a number float32. */
export function full(shape: number | readonly number[], value: number | boolean, options: TensorOptions = {}): Tensor {
  const dtype = options.dtype ?? (typeof value === "boolean" ? "bool" : "float32");
  checkDType("full", dtype);
  checkNumber("full", value);
  const sizes = typeof shape === "number" ? [shape] : [...shape];
  const stored = dtype === "bool" ? Number(Number(value) !== 0) : Number(value);
  return finish(filled(dtype, sizes, stored, options.device ?? "cpu"), options);
}

/** Ones on the diagonal of an n×m matrix. */
export function eye(n: number, m?: number | TensorOptions, options: TensorOptions = {}): Tensor {
  const cols = typeof m === "number" ? m : n;
  const rest = typeof m === "object" ? m : options;
  checkSizes("eye", [n, cols]);
  const dtype = rest.dtype ?? "float32";
  checkDType("eye", dtype);
  const host = newTypedArray(dtype, n * cols);
  for (let i = 0; i < Math.min(n, cols); i++) host[i * cols + i] = 1;
  return finish(fromTypedArray(dtype, host, [n, cols], rest.device ?? "cpu"), rest);
}

/** start, start+step, … below end. Whole numbers give int32, others float32. */
export function arange(end: number, options?: TensorOptions): Tensor;
export function arange(start: number, end: number, step?: number, options?: TensorOptions): Tensor;
export function arange(start: number, end: number, options: TensorOptions): Tensor;
export function arange(...args: readonly (number | TensorOptions | undefined)[]): Tensor {
  const numbers = args.filter((a): a is number => typeof a === "number");
  const options = args.find((a): a is TensorOptions => typeof a === "object") ?? {};
  const [from, to] = numbers.length === 1 ? [0, numbers[0] as number] : (numbers as [number, number]);
  const step = numbers[2] ?? 1;
  if (step === 0 || !Number.isFinite(step)) throw new ValueError(`[arange] step must be nonzero, but got ${step}`);
  if (!Number.isFinite(from) || !Number.isFinite(to))
    throw new ValueError(`[arange] unsupported range: ${from} -> ${to}`);
  if ((to - from) * step < 0) {
    throw new ValueError("[arange] upper bound and larger bound inconsistent with step sign");
  }
  const dtype = options.dtype ?? (numbers.every(Number.isInteger) ? "int32" : "float32");
  checkDType("arange", dtype);
  if (strideOf(dtype, step) === 0) throw new ValueError(`[arange] step must be nonzero, but ${step} as ${dtype} is 0`);
  const host = arangeValues(dtype, from, to, step);
  return finish(fromTypedArray(dtype, host, [host.length], options.device ?? "cpu"), options);
}

/** `steps` numbers from start to end, both included. Counted from the nearer end, as in PyTorch. */
export function linspace(start: number, end: number, steps: number, options: TensorOptions = {}): Tensor {
  if (!Number.isInteger(steps) || steps < 0)
    throw new ValueError(`[linspace] number of steps must be non-negative, got ${steps}`);
  const dtype = options.dtype ?? "float32";
  checkDType("linspace", dtype);
  return finish(
    fromTypedArray(dtype, linspaceValues(dtype, start, end, steps), [steps], options.device ?? "cpu"),
    options,
  );
}

function random(
  op: string,
  args: SizesAndOptions<RandomOptions>,
  fill: (out: Float32Array | Float64Array, generator: Generator) => void,
): Tensor {
  const [shape, options] = parse(args);
  checkSizes(op, shape);
  const dtype = options.dtype ?? "float32";
  checkDType(op, dtype);
  const host = newTypedArray(dtype, sizeOf(shape));
  if (!(host instanceof Float32Array || host instanceof Float64Array)) {
    throw new DTypeError(`[${op}] expected a floating point dtype, but got ${dtype}`);
  }
  within(op, () => fill(host, options.generator ?? defaultGenerator));
  return finish(fromTypedArray(dtype, host, shape, options.device ?? "cpu"), options);
}

/** Uniform on [0, 1): PyTorch's numbers for the same seed. */
export function rand(...args: SizesAndOptions<RandomOptions>): Tensor {
  return random("rand", args, (out, generator) => fillUniform(out, 0, 1, generator));
}

/** Standard normal: PyTorch's numbers for the same seed. */
export function randn(...args: SizesAndOptions<RandomOptions>): Tensor {
  return random("randn", args, (out, generator) => fillNormal(out, 0, 1, generator));
}

/** Whole numbers of [low, high), int32: PyTorch's for the same seed. */
export function randint(low: number, high: number, shape: readonly number[], options?: RandomOptions): Tensor;
export function randint(high: number, shape: readonly number[], options?: RandomOptions): Tensor;
export function randint(...args: readonly (number | readonly number[] | RandomOptions | undefined)[]): Tensor {
  const numbers = args.filter((a): a is number => typeof a === "number");
  const shape = args.find((a): a is readonly number[] => Array.isArray(a));
  const options = args.find((a): a is RandomOptions => typeof a === "object" && !Array.isArray(a)) ?? {};
  if (shape === undefined || numbers.length === 0) {
    throw new ValueError("[randint] expected randint(high, shape) or randint(low, high, shape), the shape as an array");
  }
  checkSizes("randint", shape);
  const [low, high] = numbers.length === 1 ? [0, numbers[0] as number] : (numbers as [number, number]);
  const dtype = options.dtype ?? "int32";
  checkDType("randint", dtype);
  const drawn = new Int32Array(sizeOf(shape));
  within("randint", () => fillRandint(drawn, low, high, options.generator ?? defaultGenerator));
  return upload(drawn, shape, "int32", { ...options, dtype });
}

/** The numbers 0 … n−1 in random order, int32: PyTorch's for the same seed. */
export function randperm(n: number, options: RandomOptions = {}): Tensor {
  const order = within("randperm", () => permutation(n, options.generator ?? defaultGenerator));
  return upload(order, [n], "int32", options);
}

type LikeOptions = RandomOptions;

function like(t: Tensor, options: LikeOptions): LikeOptions {
  return { dtype: t.dtype, device: t.device, ...options };
}

export function zerosLike(t: Tensor, options: TensorOptions = {}): Tensor {
  return zeros(t.shape, like(t, options));
}
export function onesLike(t: Tensor, options: TensorOptions = {}): Tensor {
  return ones(t.shape, like(t, options));
}
export function emptyLike(t: Tensor, options: TensorOptions = {}): Tensor {
  return empty(t.shape, like(t, options));
}
export function fullLike(t: Tensor, value: number | boolean, options: TensorOptions = {}): Tensor {
  return full(t.shape, value, like(t, options));
}
export function randLike(t: Tensor, options: RandomOptions = {}): Tensor {
  return drawnLike("randLike", t, options, (out, generator) => fillUniform(out, 0, 1, generator));
}
export function randnLike(t: Tensor, options: RandomOptions = {}): Tensor {
  return drawnLike("randnLike", t, options, (out, generator, serial) =>
    serial ? fillNormalSerial(out, 0, 1, generator) : fillNormal(out, 0, 1, generator),
  );
}

/** Numbers drawn as PyTorch fills a tensor that lies in memory as `t` does, but row-major here. */
function drawnLike(
  op: string,
  t: Tensor,
  options: RandomOptions,
  fill: (out: Float32Array | Float64Array, generator: Generator, serial: boolean) => void,
): Tensor {
  const order = memoryOrder(t);
  const serial = order.filter((d) => t.shape[d] !== 1).some((d, i, all) => i > 0 && d < (all[i - 1] as number));
  const { requiresGrad = false, ...rest } = like(t, options);
  const drawn = random(op, [order.map((d) => t.size(d)), rest], (out, generator) => fill(out, generator, serial));
  const result = serial ? drawn.permute(order.map((_, d) => order.indexOf(d))).contiguous() : drawn.reshape(t.shape);
  return requiresGrad ? result.detach().requiresGrad_() : result.detach();
}
