/** @file Creation functions: tensors from data, filled with one value, and evenly spaced ranges. */

import type { NdArray } from "ndarray";
import type { DType } from "../../kernels/backend.ts";
import { emptyArray } from "../../kernels/layout.ts";
import { type Args, keyword, optional, readArgument, required, rest, signature } from "../core/arguments.ts";
import { getDefaultDevice, getDefaultDtype } from "../core/defaults.ts";
import { backendFor, type DeviceChoice } from "../core/device.ts";
import { isFloat } from "../core/dtype.ts";
import { DTypeError, ShapeError, ValueError } from "../core/errors.ts";
import { isForeignTensor, isTensor } from "../core/identity.ts";
import { aNumber, anInteger, aScalar, aTensor, either, kind, numbers, oneOf } from "../core/kinds.ts";
import { checkSizes } from "../core/shape.ts";
import { within } from "../core/wrap-errors.ts";
import {
  checkSteps,
  LIKE_OPTIONS,
  likeInput,
  type MemoryFormatOption,
  type ReadTensorOptions,
  TENSOR_OPTIONS,
} from "./create-options.ts";
import { filled, finish, fromTypedArray, upload, written } from "./from-host.ts";
import { converted, dtypeOf, flattened, type NumberArray } from "./host-data.ts";
import { checkCount, stored } from "./range.ts";
import type { NestedArray } from "./readback.ts";
import { arangeCount, arangeValues, linspaceValues, logspaceValues, strideOf } from "./spacing.ts";
import { Tensor } from "./tensor.ts";

/** The options of every function that creates a tensor. */
export interface TensorOptions {
  /** Data type of the elements. Default: inferred from the data; "float32" for plain numbers, "bool" for booleans. */
  readonly dtype?: DType | undefined;
  /** Device of the new tensor. Default: "cpu". */
  readonly device?: DeviceChoice | undefined;
  /** Record operations on the new tensor, so that it gets a gradient; floating dtypes only. Default: false. */
  readonly requiresGrad?: boolean | undefined;
}

/**
 * The data of a new tensor: numbers or booleans nested to any depth, a typed array or several of them, an `ndarray`, or
 * another tensor.
 */
export type TensorData = NestedArray | NumberArray | NdArray | Tensor | readonly TensorData[];

function isNdarray(value: object): value is NdArray {
  return "data" in value && "shape" in value && "stride" in value && "offset" in value;
}

const TENSOR = signature("tensor", { data: required(kind<TensorData>("data", () => true)), ...TENSOR_OPTIONS });

/**
 * Creates a tensor with a copy of `data`. Plain numbers become float32, booleans bool; typed arrays keep their dtype. The
 * result is a leaf: it has no history.
 *
 * @throws ShapeError for nested arrays of unequal length; DTypeError for data that has no matching dtype; ValueError for
 * numbers out of the range of an integer dtype.
 * @example
 * tensor([[1, 2], [3, 4]], { requiresGrad: true });
 * // tensor([[1., 2.],
 * //         [3., 4.]], requires_grad=True)
 */
export function tensor(...args: readonly [data: TensorData, options?: TensorOptions | undefined]): Tensor {
  const { data, ...given } = TENSOR.read(args);
  if (isForeignTensor(data)) readArgument("tensor", "data", aTensor, data);
  if (isTensor(data)) {
    const copy = data
      .detach()
      .to({ dtype: given.dtype ?? data.dtype, device: given.device ?? data.device })
      .clone();
    return finish("tensor", copy, given);
  }
  if (typeof data === "object" && data !== null) {
    const typed = dtypeOf(data);
    if (typed !== undefined) return fromTyped(data as NumberArray, typed, given);
    if (!Array.isArray(data) && isNdarray(data)) return fromNdarray(data, given);
  }
  return fromNested(data as NestedArray, given);
}

function fromTyped(data: NumberArray, typed: DType, options: ReadTensorOptions): Tensor {
  const dtype = options.dtype ?? typed;
  const isOurs = data instanceof Float32Array || data instanceof Float64Array || data instanceof Int32Array;
  const numbers = isOurs && dtype === typed ? data : converted("tensor", data, dtype);
  return finish("tensor", fromTypedArray(dtype, numbers, [data.length], options.device ?? getDefaultDevice()), options);
}

/** Keeps the strides unless they are negative or the dtype changes. */
function fromNdarray(source: NdArray, options: ReadTensorOptions): Tensor {
  const [low, high] = stretch(source);
  const raw: unknown = source.data;
  const typed = Array.isArray(raw) ? getDefaultDtype() : dtypeOf(raw);
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
  const placed = t.to(options.device ?? getDefaultDevice()).detach();
  return finish("tensor", strides.some((stride) => stride < 0) ? placed.clone() : placed, options);
}

/** The range of its memory that the elements of an ndarray lie in. */
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

function fromNested(data: NestedArray, options: ReadTensorOptions): Tensor {
  const { values, shape, dtype: natural } = flattened("tensor", data);
  const dtype = options.dtype ?? natural;
  return finish(
    "tensor",
    fromTypedArray(dtype, converted("tensor", values, dtype), shape, options.device ?? getDefaultDevice()),
    options,
  );
}

/** Sizes, one by one or as one list, then an optional options object: `zeros(2, 3)`, `zeros([2, 3], { dtype: "int32" })`. */
export type SizesAndOptions<Options> = readonly (number | ArrayLike<number> | (Options & SizeByName) | undefined)[];

/** Sizes by name: `zeros({ size: [2, 3] })`. */
export interface SizeByName {
  /** The sizes of the dimensions. */
  readonly size?: readonly number[] | undefined;
}

function sizesSignature(op: string) {
  return signature(op, { size: rest(numbers), ...TENSOR_OPTIONS });
}

const ZEROS = sizesSignature("zeros");
const ONES = sizesSignature("ones");
const EMPTY = sizesSignature("empty");

/**
 * A tensor of the given shape filled with 0. float32 unless `dtype` says otherwise.
 *
 * @example
 * zeros(2, 3);
 * // tensor([[0., 0., 0.],
 * //         [0., 0., 0.]])
 */
export function zeros(...args: SizesAndOptions<TensorOptions>): Tensor {
  return constant("zeros", 0, ZEROS.read(args));
}

/**
 * A tensor of the given shape filled with 1. float32 unless `dtype` says otherwise.
 *
 * @example ones([3], { dtype: "int32" }); // tensor([1, 1, 1])
 */
export function ones(...args: SizesAndOptions<TensorOptions>): Tensor {
  return constant("ones", 1, ONES.read(args));
}

/**
 * A tensor of the given shape whose contents should not be relied on. They are zeros, where PyTorch leaves the memory
 * uninitialized, so that every run gives the same results.
 *
 * @example empty(2, 3).shape; // [2, 3]
 */
export function empty(...args: SizesAndOptions<TensorOptions>): Tensor {
  return constant("empty", 0, EMPTY.read(args));
}

function constant(op: string, value: number, given: ReadTensorOptions & { readonly size: readonly number[] }): Tensor {
  checkSizes(op, given.size);
  const dtype = given.dtype ?? getDefaultDtype();
  checkCount(op, given.size, dtype);
  const number = stored(op, value, dtype);
  return finish(
    op,
    within(op, () => filled(dtype, [...given.size], number, given.device ?? getDefaultDevice())),
    given,
  );
}

const FULL = signature("full", {
  size: required(either(aNumber, numbers, "an integer or a list of integers")),
  fillValue: required(aScalar),
  ...TENSOR_OPTIONS,
});

/**
 * A tensor of shape `size` filled with `fillValue`. The dtype is inferred from the value: bool for a boolean, float32 for
 * a number.
 *
 * @example full([2, 2], 7);
 * // tensor([[7., 7.],
 * //         [7., 7.]])
 */
export function full(
  ...args: Args<
    [size: number | readonly number[], fillValue: number | boolean],
    [],
    { readonly size: number | readonly number[]; readonly fillValue: number | boolean } & TensorOptions
  >
): Tensor {
  const { size, fillValue, ...given } = FULL.read(args);
  const dtype = given.dtype ?? (typeof fillValue === "boolean" ? "bool" : getDefaultDtype());
  return constant("full", Number(fillValue), { ...given, dtype, size: typeof size === "number" ? [size] : size });
}

const EYE = signature("eye", { n: required(aNumber), m: optional(aNumber, null), ...TENSOR_OPTIONS });

/**
 * An n×m matrix (n×n by default) with ones on the main diagonal and zeros elsewhere.
 *
 * @example
 * eye(2, 3);
 * // tensor([[1., 0., 0.],
 * //         [0., 1., 0.]])
 */
export function eye(
  ...args: Args<[n: number], [m: number | null], { readonly n: number; readonly m?: number | null } & TensorOptions>
): Tensor {
  const { n, m, ...given } = EYE.read(args);
  const columns = m ?? n;
  checkSizes("eye", [n, columns]);
  const dtype = given.dtype ?? getDefaultDtype();
  checkCount("eye", [n, columns], dtype);
  const backend = backendFor(given.device ?? getDefaultDevice());
  const matrix = emptyArray(backend, dtype, [n, columns]);
  backend.fill(matrix, 0);
  backend.fill({ ...matrix, shape: [Math.min(n, columns)], strides: [columns + 1] }, 1);
  return finish("eye", new Tensor(matrix), given);
}

const ARANGE = signature("arange", {
  start: optional(aNumber),
  end: optional(aNumber),
  step: optional(aNumber, 1),
  ...TENSOR_OPTIONS,
});

/**
 * Values from `start` (default 0) up to but not including `end`, with a common difference of `step` (default 1): a vector
 * of ⌈(end − start) / step⌉ elements. int32 if all three are integers, else float32.
 *
 * @throws ValueError if `step` is 0 or leads away from `end`.
 * @example
 * arange(5); // tensor([0, 1, 2, 3, 4])
 * arange(1, 2.5, 0.5); // tensor([1.0000, 1.5000, 2.0000])
 */
export function arange(end: number, options?: TensorOptions): Tensor;
export function arange(start: number, end: number, step?: number, options?: TensorOptions): Tensor;
export function arange(
  start: number,
  end: number,
  options: TensorOptions & { readonly step?: number | undefined },
): Tensor;
export function arange(...args: readonly unknown[]): Tensor {
  const { start, end, step, ...given } = ARANGE.read(args);
  const [from, to] = end === undefined ? [0, start] : [start ?? 0, end];
  if (to === undefined) throw new ValueError(`[arange] missing required argument "end". Usage: ${ARANGE}`);
  const dtype = given.dtype ?? ([from, to, step].every(Number.isInteger) ? "int32" : getDefaultDtype());
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
  const device = given.device ?? getDefaultDevice();
  const values = written(dtype, [count], device, (out) => arangeValues(out, dtype, from, step));
  return finish("arange", values, given);
}

const RANGE = signature("range", {
  start: required(aNumber),
  end: required(aNumber),
  step: optional(aNumber, 1),
  ...TENSOR_OPTIONS,
});

/**
 * Values from `start` up to and including `end`, with a common difference of `step` (default 1), in float32 unless `dtype`
 * says otherwise. PyTorch advises {@link arange}, which leaves out the end.
 *
 * @throws ValueError if `step` is 0 or leads away from `end`.
 * @example range(0, 4, 2); // tensor([0., 2., 4.])
 */
export function range(
  ...args: Args<
    [start: number, end: number],
    [step: number],
    { readonly start: number; readonly end: number; readonly step?: number } & TensorOptions
  >
): Tensor {
  const { start, end, step, ...given } = RANGE.read(args);
  const dtype = given.dtype ?? getDefaultDtype();
  if (strideOf(dtype, step) === 0 || !Number.isFinite(step))
    throw new ValueError(`[range] step must be nonzero, but got ${step}`);
  if (!Number.isFinite(start) || !Number.isFinite(end))
    throw new ValueError(`[range] unsupported range: ${start} -> ${end}`);
  if ((end - start) * step < 0) {
    throw new ValueError("[range] upper bound and larger bound inconsistent with step sign");
  }
  const steps = Math.floor((end - start) / step) + 1;
  checkSteps("range", start, end, steps, dtype);
  const device = given.device ?? getDefaultDevice();
  const values = written(dtype, [steps], device, (out) => arangeValues(out, dtype, start, step));
  return finish("range", values, given);
}

const LINSPACE = signature("linspace", {
  start: required(aNumber),
  end: required(aNumber),
  steps: required(aNumber),
  ...TENSOR_OPTIONS,
});

/** The arguments of {@link linspace} by name. */
export interface RangeOptions extends TensorOptions {
  /** First value. */
  readonly start: number;
  /** Last value. */
  readonly end: number;
  /** Number of values. */
  readonly steps: number;
}

/**
 * A vector of `steps` evenly spaced values from `start` to `end`, both included. As in PyTorch each value is computed from
 * the nearer end, so that both ends are exact.
 *
 * @example linspace(0, 1, 5); // tensor([0.0000, 0.2500, 0.5000, 0.7500, 1.0000])
 */
export function linspace(...args: Args<[start: number, end: number, steps: number], [], RangeOptions>): Tensor {
  const { start, end, steps, ...given } = LINSPACE.read(args);
  const dtype = given.dtype ?? getDefaultDtype();
  checkSteps("linspace", start, end, steps, dtype);
  const device = given.device ?? getDefaultDevice();
  const values = written(dtype, [steps], device, (out) => linspaceValues(out, dtype, start, end));
  return finish("linspace", values, given);
}

function likeSignature(op: string) {
  return signature(op, { input: required(aTensor), ...LIKE_OPTIONS });
}

/** `(input, options)`: the arguments of the functions that create a tensor like another. */
export type LikeArgs<Options = TensorOptions> = readonly [
  input: Tensor,
  options?: (Options & MemoryFormatOption) | undefined,
];

const ZEROS_LIKE = likeSignature("zerosLike");
const ONES_LIKE = likeSignature("onesLike");
const EMPTY_LIKE = likeSignature("emptyLike");
/**
 * A tensor filled with 0, with the shape, dtype and device of `input`.
 *
 * @example zerosLike(tensor([1, 2])); // tensor([0., 0.])
 */
export function zerosLike(...args: LikeArgs): Tensor {
  return constant("zerosLike", 0, likeInput(ZEROS_LIKE.read(args)));
}

/**
 * A tensor filled with 1, with the shape, dtype and device of `input`.
 *
 * @example onesLike(tensor([true, false])); // tensor([True, True])
 */
export function onesLike(...args: LikeArgs): Tensor {
  return constant("onesLike", 1, likeInput(ONES_LIKE.read(args)));
}

/**
 * {@link empty} with the shape, dtype and device of `input`.
 *
 * @example emptyLike(ones(2, 3)).shape; // [2, 3]
 */
export function emptyLike(...args: LikeArgs): Tensor {
  return constant("emptyLike", 0, likeInput(EMPTY_LIKE.read(args)));
}

const FULL_LIKE = signature("fullLike", { input: required(aTensor), fillValue: required(aScalar), ...LIKE_OPTIONS });

/**
 * A tensor filled with `fillValue`, with the shape, dtype and device of `input`.
 *
 * @example fullLike(tensor([1, 2]), 5); // tensor([5., 5.])
 */
export function fullLike(
  ...args: readonly [input: Tensor, fillValue: number | boolean, options?: TensorOptions | undefined]
): Tensor {
  const { fillValue, ...given } = FULL_LIKE.read(args);
  return constant("fullLike", Number(fillValue), likeInput(given));
}

/** The arguments of {@link logspace} by name. */
export interface LogspaceOptions extends RangeOptions {
  /** Base of the powers. Default: 10. */
  readonly base?: number | undefined;
}

const LOGSPACE = signature("logspace", {
  start: required(aNumber),
  end: required(aNumber),
  steps: required(aNumber),
  base: optional(aNumber, 10),
  ...TENSOR_OPTIONS,
});

/**
 * A vector of `steps` values from base^start to base^end, evenly spaced on a logarithmic scale. The default base is 10.
 *
 * @example
 * logspace(0, 2, 3); // tensor([  1.,  10., 100.])
 * logspace(0, 4, 5, { base: 2 }); // tensor([ 1.,  2.,  4.,  8., 16.])
 */
export function logspace(
  ...args: Args<[start: number, end: number, steps: number], [base: number], LogspaceOptions>
): Tensor {
  const { start, end, steps, base, dtype: wished, device, requiresGrad } = LOGSPACE.read(args);
  const dtype = wished ?? getDefaultDtype();
  checkSteps("logspace", start, end, steps, dtype);
  const powers = logspaceValues(dtype, start, end, steps, base);
  return tensor(powers, { dtype, device: device ?? getDefaultDevice(), requiresGrad });
}

/** The arguments of {@link trilIndices} and {@link triuIndices} by name. */
export interface TriangleOptions {
  /** Number of rows of the matrix. */
  readonly row: number;
  /** Number of columns of the matrix. */
  readonly col: number;
  /** Diagonal that bounds the triangle: 0 is the main one, positive ones lie above it. Default: 0. */
  readonly offset?: number | undefined;
  /** Data type of the indices: only "int32". */
  readonly dtype?: "int32" | undefined;
  /** Device of the new tensor. Default: "cpu". */
  readonly device?: DeviceChoice | undefined;
}

/** `(row, col, offset, options)`: the arguments of {@link trilIndices} and {@link triuIndices}. */
export type TriangleArgs = Args<[row: number, col: number], [offset: number], TriangleOptions>;

function triangleSignature(op: string) {
  return signature(op, {
    row: required(aNumber),
    col: required(aNumber),
    offset: optional(anInteger, 0),
    dtype: keyword(oneOf("int32"), null),
    device: TENSOR_OPTIONS.device,
  });
}

const TRIL_INDICES = triangleSignature("trilIndices");
const TRIU_INDICES = triangleSignature("triuIndices");

/**
 * Indices of the lower triangular part of a row×col matrix, up to the diagonal `offset`: int32 of shape [2, count], the
 * row numbers above the column numbers.
 *
 * @example
 * trilIndices(3, 3);
 * // tensor([[0, 1, 1, 2, 2, 2],
 * //         [0, 0, 1, 0, 1, 2]])
 */
export function trilIndices(...args: TriangleArgs): Tensor {
  const given = TRIL_INDICES.read(args);
  return triangleIndices("trilIndices", given, (i) => [0, i + given.offset + 1]);
}

/**
 * Indices of the upper triangular part of a row×col matrix, from the diagonal `offset` on: int32 of shape [2, count], the
 * row numbers above the column numbers.
 *
 * @example
 * triuIndices(3, 3, 1);
 * // tensor([[0, 0, 1],
 * //         [1, 2, 2]])
 */
export function triuIndices(...args: TriangleArgs): Tensor {
  const given = TRIU_INDICES.read(args);
  return triangleIndices("triuIndices", given, (i) => [i + given.offset, given.col]);
}

/** Indices of a triangle: `range` gives the first column of a row, and the one behind the last. */
function triangleIndices(
  op: string,
  { row, col, device }: ReturnType<typeof TRIL_INDICES.read>,
  range: (row: number) => readonly [number, number],
): Tensor {
  if (![row, col].every((size) => Number.isSafeInteger(size) && size >= 0)) {
    throw new ShapeError(`[${op}] row and col must be integers of at least 0, got ${row} and ${col}`);
  }
  const clipped = (i: number): [number, number] => {
    const [from, to] = range(i);
    return [Math.min(Math.max(from, 0), col), Math.min(Math.max(to, 0), col)];
  };
  // Row by row takes long for what is too large anyway.
  checkCount(op, [row], "int32");
  let count = 0;
  for (let i = 0; i < row; i++) {
    const [from, to] = clipped(i);
    count += Math.max(to - from, 0);
  }
  checkCount(op, [2, count], "int32");
  const positions = new Int32Array(2 * count);
  let next = 0;
  for (let i = 0; i < row; i++) {
    const [from, to] = clipped(i);
    for (let j = from; j < to; j++) {
      positions[next] = i;
      positions[count + next++] = j;
    }
  }
  return tensor(positions, { device: device ?? getDefaultDevice() }).reshape(2, count);
}
