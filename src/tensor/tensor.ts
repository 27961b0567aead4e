/** @file The Tensor: a handle on a window of a storage, and one line for each thing it can do. */

import type { Device, TypedArray } from "../../kernels/backend.ts";
import { isContiguous, sizeOf } from "../../kernels/layout.ts";
import { type BackwardOptions, BackwardPass } from "../autograd/backward.ts";
import type { GradientHook, GraphNode } from "../autograd/node.ts";
import * as tape from "../autograd/tape-state.ts";
import { TENSOR_CLASS, TensorBase } from "../autograd/tensor-base.ts";
import { rootGradient } from "../autograd/validate-grad.ts";
import { type Args, optional, readArgument, required, signature } from "../core/arguments.ts";
import { backendFor } from "../core/device.ts";
import { isFloat } from "../core/dtype.ts";
import { ShapeError, ValueError } from "../core/errors.ts";
import { COPY, TENSOR } from "../core/identity.ts";
import { aBoolean, aFunction, anInteger, aTensor, type Kind, nullable } from "../core/kinds.ts";
import { normalizeDim } from "../core/shape.ts";
import { yieldToEventLoop } from "../platform/event-loop.ts";
import type { Index } from "./functions/advanced-indexing.ts";
import * as fn from "./functions/index.ts";
import { newFilled } from "./like.ts";
import type { NestedArray } from "./readback.ts";
import * as host from "./readback.ts";

/** Tensors that were disposed: a field would make every tensor larger. */
const disposed = new WeakSet<Tensor>();

/** Browsers that have no `using` have no symbol for it either; what translates it for them uses this one. */
const DISPOSE: typeof Symbol.dispose = Symbol.dispose ?? Symbol.for("Symbol.dispose");

type Sizes = readonly (number | readonly number[])[];

/** A dimension's extreme values and where they stand. */
export interface ValuesAndIndices {
  readonly values: Tensor;
  readonly indices: Tensor;
}

const DIMENSION = {
  size: signature("size", { dim: required(anInteger) }),
  stride: signature("stride", { dim: required(anInteger) }),
};

const REQUIRES_GRAD_ = signature("requiresGrad_", { requiresGrad: optional(aBoolean, true) });

const REGISTER_HOOK = signature("registerHook", { hook: required(aFunction as Kind<GradientHook>) });

const BACKWARD = signature("backward", {
  gradient: optional(aTensor, null),
  retainGraph: optional(nullable(aBoolean)),
  createGraph: optional(aBoolean, false),
});

/** Arguments of {@link Tensor.backward}. */
export type BackwardArgs = Args<
  [],
  [gradient: Tensor | null, retainGraph: boolean | null, createGraph: boolean],
  BackwardOptions & { readonly gradient?: Tensor | null | undefined }
>;

/**
 * An n-dimensional array with one element type, on one device, that remembers how it was computed.
 * Made by `tensor`, `zeros`, `rand` and their like, and by operations on other tensors.
 */
export class Tensor extends TensorBase {
  static {
    Object.defineProperty(Tensor.prototype, TENSOR, { value: COPY });
    Object.defineProperty(Tensor.prototype, TENSOR_CLASS, { value: Tensor });
    // Anything but "Object": libraries that wrap plain objects in a Proxy, as Vue does, leave tensors alone.
    Object.defineProperty(Tensor.prototype, Symbol.toStringTag, { value: "Tensor" });
  }

  // --- What it is -------------------------------------------------------------------------------------------------

  get device(): Device {
    return this.storage.device;
  }
  /** Number of dimensions. */
  get ndim(): number {
    return this.shape.length;
  }
  /** Number of elements. */
  numel(...rest: []): number {
    fn.refuseArguments("numel", rest);
    return sizeOf(this.shape);
  }
  /** Size of the first dimension, as Python's `len`. @throws ShapeError for a tensor without dimensions. */
  get length(): number {
    const [first] = this.shape;
    if (first === undefined) throw new ShapeError("[length] a 0-d tensor has no length. Use numel() or itemSync().");
    return first;
  }
  /** The positions of the first dimension, one after the other: `for (const row of x)`. A 0-d tensor is not iterable. */
  get [Symbol.iterator](): () => IterableIterator<Tensor> {
    // Undefined is what the language takes for "not iterable": it throws its TypeError, and comparisons go on.
    if (this.ndim === 0) return undefined as never;
    return () => fn.unbind(this)[Symbol.iterator]();
  }
  /** The shape, or the size of one dimension. */
  size(): readonly number[];
  size(dim: number | { readonly dim: number }): number;
  size(...args: readonly unknown[]): number | readonly number[] {
    return args.length === 0 ? this.shape : (this.shape[this.#dimension("size", args)] as number);
  }
  /** Steps in elements from one position of each dimension, or of one dimension, to the next. */
  stride(): readonly number[];
  stride(dim: number | { readonly dim: number }): number;
  stride(...args: readonly unknown[]): number | readonly number[] {
    return args.length === 0 ? this.strides : (this.strides[this.#dimension("stride", args)] as number);
  }
  #dimension(op: "size" | "stride", args: readonly unknown[]): number {
    const [first] = args;
    const dim = args.length === 1 && typeof first === "number" ? first : DIMENSION[op].read(args).dim;
    if (this.ndim === 0) throw new ShapeError(`[${op}] Dimension specified as ${dim} but tensor has no dimensions`);
    return normalizeDim(op, dim, this.ndim);
  }
  /** Whether the elements lie row-major without gaps. */
  isContiguous(...rest: []): boolean {
    fn.refuseArguments("isContiguous", rest);
    // Nothing lies without gaps.
    return this.numel() === 0 || isContiguous(this.shape, this.strides);
  }
  /** Whether the dtype is float32 or float64. */
  isFloatingPoint(...rest: []): boolean {
    fn.refuseArguments("isFloatingPoint", rest);
    return isFloat(this.dtype);
  }

  // --- The tape ---------------------------------------------------------------------------------------------------

  /** Whether operations on this tensor are recorded. Only floating leaves may be set. */
  get requiresGrad(): boolean {
    return tape.requiresGrad(this);
  }
  set requiresGrad(value: boolean) {
    this.requiresGrad_(value);
  }
  /**
   * Sets {@link requiresGrad} and returns the tensor.
   * @throws GraphError on a tensor that an operation made; DTypeError on integers and bools.
   */
  requiresGrad_(...args: Args<[], [requiresGrad: boolean], { readonly requiresGrad?: boolean | undefined }>): this {
    tape.setRequiresGrad(this, REQUIRES_GRAD_.read(args).requiresGrad);
    return this;
  }
  /** Not the result of a recorded operation. */
  get isLeaf(): boolean {
    return tape.historyOf(this) === null;
  }
  /** The tape node that made this tensor, or null for a leaf. */
  get gradFn(): GraphNode | null {
    return tape.historyOf(this)?.origin ?? null;
  }
  /** The accumulated gradient of a leaf, or null before the first backward. */
  get grad(): Tensor | null {
    return tape.exposeGrad(this);
  }
  set grad(value: Tensor | null) {
    tape.assignGrad(this, value === null ? null : readArgument("grad", "grad", aTensor, value));
  }
  /**
   * Computes the gradients of the leaves this tensor was computed from, and adds them to their `.grad`.
   * @param gradient - Gradient of this tensor, of its shape; may be left out for a single element.
   * @throws GraphError without history, for a second pass over a freed graph, or if a saved tensor was changed in place.
   */
  backward(...args: BackwardArgs): void {
    const { gradient, retainGraph, createGraph } = BACKWARD.read(args);
    const root = tape.rootEdge("backward", this);
    new BackwardPass({ retainGraph, createGraph }).run([root], [rootGradient("backward", this, gradient)]);
  }
  /** Zeros of a shape, with this tensor's dtype and on its device. */
  newZeros(...size: Sizes): Tensor {
    return newFilled("newZeros", this, size, 0);
  }
  /** Ones of a shape, with this tensor's dtype and on its device. */
  newOnes(...size: Sizes): Tensor {
    return newFilled("newOnes", this, size, 1);
  }
  /** The same numbers, cut off from the tape; shares memory. */
  detach(...rest: []): Tensor {
    fn.refuseArguments("detach", rest);
    return new Tensor(this);
  }
  /** Keeps the gradient that flows through this non-leaf in its `.grad`. */
  retainGrad(...rest: []): void {
    fn.refuseArguments("retainGrad", rest);
    tape.retainGrad(this);
  }
  /**
   * Calls `hook` with the gradient of this tensor whenever it is computed; a tensor it returns replaces the gradient.
   * @returns an object whose `remove()` takes the hook away.
   */
  registerHook(...args: readonly [hook: GradientHook]): { remove(): void } {
    return tape.registerHook(this, REGISTER_HOOK.read(args).hook);
  }

  // --- Reading back -----------------------------------------------------------------------------------------------

  /** The only element, as a number (a boolean for a bool tensor). @throws ShapeError if there is not exactly one. */
  async item<T extends number | boolean = number>(...rest: []): Promise<T> {
    fn.refuseArguments("item", rest);
    host.checkSingle(this);
    return host.toScalar<T>(this.dtype, await host.read("item", this));
  }
  /** Nested arrays of numbers (booleans for a bool tensor). */
  async toArray<T = NestedArray>(...rest: []): Promise<T> {
    fn.refuseArguments("toArray", rest);
    host.checkNestable("toArray", this);
    return host.nest(this.dtype, this.shape, await host.read("toArray", this)) as T;
  }
  /** A copy of the elements in row-major order. */
  async data(...rest: []): Promise<TypedArray> {
    fn.refuseArguments("data", rest);
    return host.read("data", this);
  }
  /** {@link item} without waiting. @throws DeviceError on a device that cannot be read synchronously. */
  itemSync<T extends number | boolean = number>(...rest: []): T {
    fn.refuseArguments("itemSync", rest);
    host.checkSingle(this);
    return host.toScalar<T>(this.dtype, host.readSync("itemSync", this));
  }
  /** {@link toArray} without waiting. @throws DeviceError on a device that cannot be read synchronously. */
  toArraySync<T = NestedArray>(...rest: []): T {
    fn.refuseArguments("toArraySync", rest);
    host.checkNestable("toArraySync", this);
    return host.nest(this.dtype, this.shape, host.readSync("toArraySync", this)) as T;
  }
  /** {@link data} without waiting. @throws DeviceError on a device that cannot be read synchronously. */
  dataSync(...rest: []): TypedArray {
    fn.refuseArguments("dataSync", rest);
    return host.readSync("dataSync", this);
  }
  /** An `ndarray` with the same strides on a copy of the memory this tensor looks at. */
  toNdarray(...rest: []): host.HostNdarray {
    fn.refuseArguments("toNdarray", rest);
    return host.toNdarray(this);
  }
  /** PyTorch's text: `tensor([1., 2.])`. */
  override toString(): string {
    return host.print(this);
  }
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }
  /**
   * The text, for templates.
   *
   * @throws ValueError where an operator of the language wants a number: it cannot give a tensor.
   */
  [Symbol.toPrimitive](hint: string): string {
    if (hint === "string") return this.toString();
    throw new ValueError(
      "[Tensor] the operators of the language do not compute with tensors. Use the methods: a.add(b), sub, mul, div, neg, " +
        "pow, eq, lt, gt; itemSync() gives the number of one element, and String(x) or a template its text.",
    );
  }
  /**
   * For `JSON.stringify`: nested arrays, as those of {@link toArraySync}. JSON has no NaN and no infinities; they become
   * null. @throws DeviceError on a device that cannot be read synchronously.
   */
  toJSON(): NestedArray {
    return host.nest(this.dtype, this.shape, host.readSync("toJSON", this));
  }

  // --- Memory -----------------------------------------------------------------------------------------------------

  /**
   * Gives the memory back at once, if no other tensor looks at it: a view, or one made by `detach`. Nobody has to call
   * it, for the collector does the same in time. Using the tensor afterwards is an error. A second call does nothing.
   */
  dispose(...rest: []): void {
    fn.refuseArguments("dispose", rest);
    if (disposed.has(this)) return;
    disposed.add(this);
    this.storage.handles--;
    if (this.storage.handles === 0) backendFor(this.device).free(this.storage);
  }
  /** {@link dispose} at the end of a block: `using y = x.mul(2);` */
  [DISPOSE](): void {
    this.dispose();
  }

  // --- Type and place ---------------------------------------------------------------------------------------------

  /**
   * This tensor on another device or in another dtype; itself if nothing changes.
   *
   * @throws DeviceError for a device that is not there, and for a move from one that cannot be read without waiting: see
   * {@link cpu}.
   */
  to(...args: fn.ToArgs): Tensor {
    return fn.to(this, ...args);
  }
  /** As float32. */
  float(...rest: []): Tensor {
    return fn.float(this, ...rest);
  }
  /** As float64. */
  double(...rest: []): Tensor {
    return fn.double(this, ...rest);
  }
  /** PyTorch's int64 is int32 here. */
  long(...rest: []): Tensor {
    return fn.long(this, ...rest);
  }
  /** As int32. */
  int(...rest: []): Tensor {
    return fn.int(this, ...rest);
  }
  /** Whether elements are not 0. */
  bool(...rest: []): Tensor {
    return fn.bool(this, ...rest);
  }
  /** This tensor on the CPU, whose elements may have to be waited for; itself if it is there. Gradients find the way back. */
  async cpu(...rest: []): Promise<Tensor> {
    fn.refuseArguments("cpu", rest);
    if (this.device !== "cpu") return fn.toCpu(this, await host.read("cpu", this));
    await yieldToEventLoop();
    return this;
  }

  // --- Arithmetic -------------------------------------------------------------------------------------------------

  /** this + alpha·other */
  add(...args: fn.AddArgs): Tensor {
    return fn.add(this, ...args);
  }
  /** this − alpha·other */
  sub(...args: fn.AddArgs): Tensor {
    return fn.sub(this, ...args);
  }
  /** this · other */
  mul(...args: fn.OperandArgs): Tensor {
    return fn.mul(this, ...args);
  }
  /** True division: integers give float32. With a rounding mode they stay integers. */
  div(...args: fn.DivArgs): Tensor {
    return fn.div(this, ...args);
  }
  /** this ** exponent */
  pow(...args: fn.PowArgs): Tensor {
    return fn.pow(this, ...args);
  }
  /** Division's rest with the sign of the divisor. */
  remainder(...args: fn.OperandArgs): Tensor {
    return fn.remainder(this, ...args);
  }
  /** ⌊this / other⌋ in the common dtype. */
  floorDivide(...args: fn.OperandArgs): Tensor {
    return fn.floorDivide(this, ...args);
  }
  /** The angle of the points (other, this). */
  atan2(...args: fn.OtherArgs): Tensor {
    return fn.atan2(this, ...args);
  }
  /** log(eᵃ + eᵇ) */
  logaddexp(...args: fn.OtherArgs): Tensor {
    return fn.logaddexp(this, ...args);
  }
  /** this + weight·(end − this) */
  lerp(...args: fn.LerpArgs): Tensor {
    return fn.lerp(this, ...args);
  }
  /** this + value·tensor1·tensor2 */
  addcmul(...args: fn.AddcArgs): Tensor {
    return fn.addcmul(this, ...args);
  }
  /** this + value·tensor1/tensor2 */
  addcdiv(...args: fn.AddcArgs): Tensor {
    return fn.addcdiv(this, ...args);
  }
  /** The larger of two, element by element. */
  maximum(...args: fn.OperandArgs): Tensor {
    return fn.maximum(this, ...args);
  }
  /** The smaller of two, element by element. */
  minimum(...args: fn.OperandArgs): Tensor {
    return fn.minimum(this, ...args);
  }
  neg(...rest: []): Tensor {
    return fn.neg(this, ...rest);
  }
  abs(...rest: []): Tensor {
    return fn.abs(this, ...rest);
  }
  sign(...rest: []): Tensor {
    return fn.sign(this, ...rest);
  }
  square(...rest: []): Tensor {
    return fn.square(this, ...rest);
  }
  exp(...rest: []): Tensor {
    return fn.exp(this, ...rest);
  }
  expm1(...rest: []): Tensor {
    return fn.expm1(this, ...rest);
  }
  log(...rest: []): Tensor {
    return fn.log(this, ...rest);
  }
  log1p(...rest: []): Tensor {
    return fn.log1p(this, ...rest);
  }
  sqrt(...rest: []): Tensor {
    return fn.sqrt(this, ...rest);
  }
  rsqrt(...rest: []): Tensor {
    return fn.rsqrt(this, ...rest);
  }
  reciprocal(...rest: []): Tensor {
    return fn.reciprocal(this, ...rest);
  }
  sin(...rest: []): Tensor {
    return fn.sin(this, ...rest);
  }
  cos(...rest: []): Tensor {
    return fn.cos(this, ...rest);
  }
  tan(...rest: []): Tensor {
    return fn.tan(this, ...rest);
  }
  asin(...rest: []): Tensor {
    return fn.asin(this, ...rest);
  }
  acos(...rest: []): Tensor {
    return fn.acos(this, ...rest);
  }
  atan(...rest: []): Tensor {
    return fn.atan(this, ...rest);
  }
  sinh(...rest: []): Tensor {
    return fn.sinh(this, ...rest);
  }
  cosh(...rest: []): Tensor {
    return fn.cosh(this, ...rest);
  }
  asinh(...rest: []): Tensor {
    return fn.asinh(this, ...rest);
  }
  acosh(...rest: []): Tensor {
    return fn.acosh(this, ...rest);
  }
  atanh(...rest: []): Tensor {
    return fn.atanh(this, ...rest);
  }
  exp2(...rest: []): Tensor {
    return fn.exp2(this, ...rest);
  }
  log2(...rest: []): Tensor {
    return fn.log2(this, ...rest);
  }
  log10(...rest: []): Tensor {
    return fn.log10(this, ...rest);
  }
  tanh(...rest: []): Tensor {
    return fn.tanh(this, ...rest);
  }
  sigmoid(...rest: []): Tensor {
    return fn.sigmoid(this, ...rest);
  }
  erf(...rest: []): Tensor {
    return fn.erf(this, ...rest);
  }
  relu(...rest: []): Tensor {
    return fn.relu(this, ...rest);
  }
  floor(...rest: []): Tensor {
    return fn.floor(this, ...rest);
  }
  ceil(...rest: []): Tensor {
    return fn.ceil(this, ...rest);
  }
  /** To the nearest integer, or number of so many decimal places, halves to the even one. */
  round(...args: fn.RoundArgs): Tensor {
    return fn.round(this, ...args);
  }
  /** The next integer towards 0. */
  trunc(...rest: []): Tensor {
    return fn.trunc(this, ...rest);
  }
  /** min(max(x, min), max); one bound may be left out or null. */
  clamp(...args: fn.ClampArgs): Tensor {
    return fn.clamp(this, ...args);
  }

  // --- Products of matrices ---------------------------------------------------------------------------------------

  /** Vectors, matrices and batches of matrices, by NumPy's rules. */
  matmul(...args: fn.OtherArgs): Tensor {
    return fn.matmul(this, ...args);
  }
  /** [M,K]·[K,N] */
  mm(...args: fn.Mat2Args): Tensor {
    return fn.mm(this, ...args);
  }
  /** [B,M,K]·[B,K,N] */
  bmm(...args: fn.Mat2Args): Tensor {
    return fn.bmm(this, ...args);
  }
  /** Of two vectors. */
  dot(...args: fn.OtherArgs): Tensor {
    return fn.dot(this, ...args);
  }
  /** Of two vectors: [n] and [m] → [n, m]. */
  outer(...args: fn.OuterArgs): Tensor {
    return fn.outer(this, ...args);
  }
  /** beta·this + alpha·mat1·mat2 for matrices. */
  addmm(...args: fn.AddmmArgs): Tensor {
    return fn.addmm(this, ...args);
  }
  /** The vector product along a dimension of size 3, by default the first. */
  cross(...args: fn.CrossArgs): Tensor {
    return fn.cross(this, ...args);
  }

  // --- Comparison: bool tensors, no gradient ----------------------------------------------------------------------

  eq(...args: fn.OperandArgs): Tensor {
    return fn.eq(this, ...args);
  }
  ne(...args: fn.OperandArgs): Tensor {
    return fn.ne(this, ...args);
  }
  lt(...args: fn.OperandArgs): Tensor {
    return fn.lt(this, ...args);
  }
  le(...args: fn.OperandArgs): Tensor {
    return fn.le(this, ...args);
  }
  gt(...args: fn.OperandArgs): Tensor {
    return fn.gt(this, ...args);
  }
  ge(...args: fn.OperandArgs): Tensor {
    return fn.ge(this, ...args);
  }
  logicalAnd(...args: fn.OperandArgs): Tensor {
    return fn.logicalAnd(this, ...args);
  }
  logicalOr(...args: fn.OperandArgs): Tensor {
    return fn.logicalOr(this, ...args);
  }
  logicalXor(...args: fn.OtherArgs): Tensor {
    return fn.logicalXor(this, ...args);
  }
  logicalNot(...rest: []): Tensor {
    return fn.logicalNot(this, ...rest);
  }
  isnan(...rest: []): Tensor {
    return fn.isnan(this, ...rest);
  }
  isfinite(...rest: []): Tensor {
    return fn.isfinite(this, ...rest);
  }
  isinf(...rest: []): Tensor {
    return fn.isinf(this, ...rest);
  }
  /** Element by element: |a−b| ≤ atol + rtol·|b|. */
  isclose(...args: fn.CloseArgs): Tensor {
    return fn.isclose(this, ...args);
  }
  /** Numbers in place of NaN (0), ∞ and −∞ (the dtype's largest and smallest). */
  nanToNum(...args: fn.NanToNumArgs): Tensor {
    return fn.nanToNum(this, ...args);
  }
  /** This where the condition holds, else `other`. */
  where(...args: fn.WhereArgs): Tensor {
    return fn.whereElse(this, ...args);
  }
  /** Whether all elements are close: |a−b| ≤ atol + rtol·|b|. Reads synchronously. */
  allclose(...args: fn.CloseArgs): boolean {
    return fn.allclose(this, ...args);
  }
  /** Whether shape and elements are the same. Reads synchronously. */
  equal(...args: fn.OtherArgs): boolean {
    return fn.equal(this, ...args);
  }

  // --- Reduction --------------------------------------------------------------------------------------------------

  /** Integers and bools sum to int32. */
  sum(...args: fn.SumArgs): Tensor {
    return fn.sum(this, ...args);
  }
  /** Of floating tensors, or in a floating dtype. */
  mean(...args: fn.SumArgs): Tensor {
    return fn.mean(this, ...args);
  }
  /** Integers and bools multiply to int32. */
  prod(...args: fn.ReduceArgs<number, fn.DTypeOption>): Tensor {
    return fn.prod(this, ...args);
  }
  /** Of all elements, along a dimension (values and indices), or element-wise with another tensor. */
  max(): Tensor;
  max(other: Tensor): Tensor;
  max(options: { readonly other: Tensor }): Tensor;
  max(dim: number, keepdim?: boolean): ValuesAndIndices;
  max(dim: number, options: { readonly keepdim?: boolean | undefined }): ValuesAndIndices;
  max(options: fn.ReduceOptions<number> & { readonly dim: number }): ValuesAndIndices;
  max(...args: readonly []): Tensor | ValuesAndIndices {
    return fn.max(this, ...args);
  }
  /** Of all elements, along a dimension (values and indices), or element-wise with another tensor. */
  min(): Tensor;
  min(other: Tensor): Tensor;
  min(options: { readonly other: Tensor }): Tensor;
  min(dim: number, keepdim?: boolean): ValuesAndIndices;
  min(dim: number, options: { readonly keepdim?: boolean | undefined }): ValuesAndIndices;
  min(options: fn.ReduceOptions<number> & { readonly dim: number }): ValuesAndIndices;
  min(...args: readonly []): Tensor | ValuesAndIndices {
    return fn.min(this, ...args);
  }
  /** Maximum; equal maxima share the gradient. */
  amax(...args: fn.ReduceArgs): Tensor {
    return fn.amax(this, ...args);
  }
  /** Minimum; equal minima share the gradient. */
  amin(...args: fn.ReduceArgs): Tensor {
    return fn.amin(this, ...args);
  }
  argmax(...args: fn.ReduceArgs<number>): Tensor {
    return fn.argmax(this, ...args);
  }
  argmin(...args: fn.ReduceArgs<number>): Tensor {
    return fn.argmin(this, ...args);
  }
  /** Variance; the sum of squares is divided by n − correction. */
  var(...args: fn.VarianceArgs): Tensor {
    return fn.var(this, ...args);
  }
  /** The root of {@link var}. */
  std(...args: fn.VarianceArgs): Tensor {
    return fn.std(this, ...args);
  }
  /** The p-norm of all elements or along dims; p may be Infinity or −Infinity. */
  norm(...args: fn.NormArgs): Tensor {
    return fn.norm(this, ...args);
  }
  all(...args: fn.ReduceArgs<number>): Tensor {
    return fn.all(this, ...args);
  }
  any(...args: fn.ReduceArgs<number>): Tensor {
    return fn.any(this, ...args);
  }
  logsumexp(...args: fn.LogsumexpArgs): Tensor {
    return fn.logsumexp(this, ...args);
  }
  softmax(...args: fn.DimArgs): Tensor {
    return fn.softmax(this, ...args);
  }
  logSoftmax(...args: fn.DimArgs): Tensor {
    return fn.logSoftmax(this, ...args);
  }
  cumsum(...args: fn.DimArgs): Tensor {
    return fn.cumsum(this, ...args);
  }
  cumprod(...args: fn.DimArgs): Tensor {
    return fn.cumprod(this, ...args);
  }
  /** Differences of neighbours. */
  diff(...args: fn.DiffArgs): Tensor {
    return fn.diff(this, ...args);
  }
  /** The lower median of all elements, or along a dimension (values and indices). */
  median(): Tensor;
  median(dim: number, keepdim?: boolean): ValuesAndIndices;
  median(dim: number, options: { readonly keepdim?: boolean | undefined }): ValuesAndIndices;
  median(options: fn.ReduceOptions<number> & { readonly dim: number }): ValuesAndIndices;
  median(...args: readonly []): Tensor | ValuesAndIndices {
    return fn.median(this, ...args);
  }
  /** The k-th smallest along a dimension, from 1. */
  kthvalue(...args: fn.KthvalueArgs): ValuesAndIndices {
    return fn.kthvalue(this, ...args);
  }
  /** The q-th quantiles, 0 ≤ q ≤ 1; a vector of q gives a new first dimension. */
  quantile(...args: fn.QuantileArgs): Tensor {
    return fn.quantile(this, ...args);
  }
  /** Counts in equal parts of min … max. Reads synchronously. */
  histc(...args: fn.HistcArgs): Tensor {
    return fn.histc(this, ...args);
  }
  countNonzero(...args: fn.CountNonzeroArgs): Tensor {
    return fn.countNonzero(this, ...args);
  }
  /** How often each integer from 0 on occurs, or the sum of its weights. Reads synchronously. */
  bincount(...args: fn.BincountArgs): Tensor {
    return fn.bincount(this, ...args);
  }

  // --- Shape ------------------------------------------------------------------------------------------------------

  /** A view where that is possible, else a copy. One size may be −1. */
  reshape(...args: fn.Sizes<"shape">): Tensor {
    return fn.reshape(this, ...args);
  }
  /** As {@link reshape}, but throws where a view is not possible. */
  view(...args: fn.Sizes): Tensor {
    return fn.view(this, ...args);
  }
  viewAs(...args: fn.OtherArgs): Tensor {
    return fn.viewAs(this, ...args);
  }
  flatten(...args: fn.FlattenArgs): Tensor {
    return fn.flatten(this, ...args);
  }
  unflatten(...args: fn.UnflattenArgs): Tensor {
    return fn.unflatten(this, ...args);
  }
  squeeze(...args: fn.SqueezeArgs): Tensor {
    return fn.squeeze(this, ...args);
  }
  unsqueeze(...args: fn.UnsqueezeArgs): Tensor {
    return fn.unsqueeze(this, ...args);
  }
  transpose(...args: fn.TransposeArgs): Tensor {
    return fn.transpose(this, ...args);
  }
  /** The transpose of a matrix; vectors and scalars stay. */
  t(...rest: []): Tensor {
    return fn.t(this, ...rest);
  }
  /** The dimensions in reverse order. */
  get T(): Tensor {
    return fn.permute(this, [...this.shape.keys()].reverse());
  }
  /** The last two dimensions exchanged. */
  get mT(): Tensor {
    return fn.transpose(this, -2, -1);
  }
  /** Another name of {@link transpose}. */
  swapaxes(...args: fn.SwapaxesArgs): Tensor {
    return fn.swapaxes(this, ...args);
  }
  /** Dimensions moved to other places, the rest in their order. */
  movedim(...args: fn.MovedimArgs): Tensor {
    return fn.movedim(this, ...args);
  }
  /** The dimensions in another order. */
  permute(...args: fn.Sizes<"dims">): Tensor {
    return fn.permute(this, ...args);
  }
  /** Repeats dimensions of size 1, without a copy; −1 keeps a size. */
  expand(...args: fn.Sizes): Tensor {
    return fn.expand(this, ...args);
  }
  /** As {@link expand}. */
  broadcastTo(...args: fn.Sizes): Tensor {
    return fn.broadcastTo(this, ...args);
  }
  expandAs(...args: fn.OtherArgs): Tensor {
    return fn.expandAs(this, ...args);
  }
  narrow(...args: fn.NarrowArgs): Tensor {
    return fn.narrow(this, ...args);
  }
  select(...args: fn.SelectArgs): Tensor {
    return fn.select(this, ...args);
  }
  /** Positions start, start+step, … before end; negative positions count from the end. */
  slice(...args: fn.SliceArgs): Tensor {
    return fn.slice(this, ...args);
  }
  /** Sliding windows of a dimension, as a new last dimension. */
  unfold(...args: fn.UnfoldArgs): Tensor {
    return fn.unfold(this, ...args);
  }
  /** Pieces of one size (the last may be smaller) or of given sizes. */
  split(...args: fn.SplitArgs): Tensor[] {
    return fn.split(this, ...args);
  }
  /** So many pieces of one size; the last may be smaller. */
  chunk(...args: fn.ChunkArgs): Tensor[] {
    return fn.chunk(this, ...args);
  }
  /** The positions of a dimension, one tensor each. */
  unbind(...args: fn.UnbindArgs): Tensor[] {
    return fn.unbind(this, ...args);
  }
  /** Copies, this many times along each dimension. */
  repeat(...args: fn.Sizes<"repeats">): Tensor {
    return fn.repeat(this, ...args);
  }
  /** As {@link repeat}, but missing counts in front are 1. */
  tile(...args: fn.Sizes<"dims">): Tensor {
    return fn.tile(this, ...args);
  }
  /** Every element (or slice) several times over, next to each other. */
  repeatInterleave(...args: fn.RepeatInterleaveArgs): Tensor {
    return fn.repeatInterleave(this, ...args);
  }
  /** Reversed from left to right. */
  fliplr(...rest: []): Tensor {
    return fn.fliplr(this, ...rest);
  }
  /** Reversed upside down. */
  flipud(...rest: []): Tensor {
    return fn.flipud(this, ...rest);
  }
  /** Quarter turns from the first of two dimensions towards the second. */
  rot90(...args: fn.Rot90Args): Tensor {
    return fn.rot90(this, ...args);
  }
  /** Dimensions in reverse order. */
  flip(...args: fn.Sizes<"dims">): Tensor {
    return fn.flip(this, ...args);
  }
  roll(...args: fn.RollArgs): Tensor {
    return fn.roll(this, ...args);
  }
  /** PyTorch's order: [left, right, top, bottom, …] from the last dimension backwards. */
  pad(...args: fn.PadArgs): Tensor {
    return fn.pad(this, ...args);
  }
  tril(...args: fn.DiagonalNumberArgs): Tensor {
    return fn.tril(this, ...args);
  }
  triu(...args: fn.DiagonalNumberArgs): Tensor {
    return fn.triu(this, ...args);
  }
  /** A vector as a matrix with it on a diagonal, or the diagonal of a matrix. */
  diag(...args: fn.DiagonalNumberArgs): Tensor {
    return fn.diag(this, ...args);
  }
  /** A view of a diagonal of two dimensions, as a new last dimension. */
  diagonal(...args: fn.DiagonalArgs): Tensor {
    return fn.diagonal(this, ...args);
  }
  /** Sum of the main diagonal of a matrix. */
  trace(...rest: []): Tensor {
    return fn.trace(this, ...rest);
  }
  /** This tensor if it is contiguous, else a contiguous copy. */
  contiguous(...rest: []): Tensor {
    return fn.contiguous(this, ...rest);
  }
  /** A copy with memory of its own. */
  clone(...rest: []): Tensor {
    return fn.clone(this, ...rest);
  }

  // --- Indexing ---------------------------------------------------------------------------------------------------

  /** `t.at(0)`, `t.at([1, 3], null)`, `t.at(indexTensor)`: integers, slices `[start, end, step]`, null for all, index and bool tensors. */
  at(...indices: readonly Index[]): Tensor {
    return fn.at(this, ...indices);
  }
  gather(...args: fn.GatherArgs): Tensor {
    return fn.gather(this, ...args);
  }
  scatter(...args: fn.ScatterArgs): Tensor {
    return fn.scatter(this, ...args);
  }
  scatterAdd(...args: fn.ScatterAddArgs): Tensor {
    return fn.scatterAdd(this, ...args);
  }
  indexSelect(...args: fn.IndexSelectArgs): Tensor {
    return fn.indexSelect(this, ...args);
  }
  /** Slices of `source` added at the positions of `index` along a dimension. */
  indexAdd(...args: fn.IndexAddArgs): Tensor {
    return fn.indexAdd(this, ...args);
  }
  /** Elements by their position in row-major order. */
  take(...args: fn.TakeArgs): Tensor {
    return fn.take(this, ...args);
  }
  /** As {@link gather}, with an index that broadcasts; without a dimension, on the flattened tensor. */
  takeAlongDim(...args: fn.TakeAlongDimArgs): Tensor {
    return fn.takeAlongDim(this, ...args);
  }
  /** The elements where the mask holds, as a vector. Reads the mask synchronously. */
  maskedSelect(...args: fn.MaskedSelectArgs): Tensor {
    return fn.maskedSelect(this, ...args);
  }
  /** Positions of the elements that are not 0, one row each, or one vector for each dimension. Reads synchronously. */
  nonzero(options?: { readonly asTuple?: false | undefined }): Tensor;
  nonzero(options: { readonly asTuple: true }): Tensor[];
  nonzero(...args: readonly []): Tensor | Tensor[] {
    return fn.nonzero(this, ...args);
  }
  /** The distinct elements, rising, where they are and how often. Reads synchronously. */
  unique(...args: fn.UniqueArgs): fn.UniqueParts {
    return fn.unique(this, ...args);
  }
  /** `value` where the mask holds. */
  maskedFill(...args: fn.MaskedFillArgs): Tensor {
    return fn.maskedFill(this, ...args);
  }
  /** int32 class indices as rows of zeros with a one. */
  oneHot(...args: fn.OneHotArgs): Tensor {
    return fn.oneHot(this, ...args);
  }
  topk(...args: fn.TopkArgs): ValuesAndIndices {
    return fn.topk(this, ...args);
  }
  /** Stable. */
  sort(...args: fn.SortArgs): ValuesAndIndices {
    return fn.sort(this, ...args);
  }
  argsort(...args: fn.SortArgs): Tensor {
    return fn.argsort(this, ...args);
  }

  // --- In place ---------------------------------------------------------------------------------------------------

  add_(...args: fn.AddArgs): this {
    fn.add_(this, ...args);
    return this;
  }
  sub_(...args: fn.AddArgs): this {
    fn.sub_(this, ...args);
    return this;
  }
  mul_(...args: fn.OperandArgs): this {
    fn.mul_(this, ...args);
    return this;
  }
  div_(...args: fn.DivArgs): this {
    fn.div_(this, ...args);
    return this;
  }
  zero_(...args: []): this {
    fn.zero_(this, ...args);
    return this;
  }
  fill_(...args: fn.FillArgs): this {
    fn.fill_(this, ...args);
    return this;
  }
  /** Takes over the elements of `src`, broadcast and converted. */
  copy_(...args: fn.CopyArgs): this {
    fn.copy_(this, ...args);
    return this;
  }
  clamp_(...args: fn.ClampArgs): this {
    fn.clamp_(this, ...args);
    return this;
  }
  relu_(...args: []): this {
    fn.relu_(this, ...args);
    return this;
  }
  pow_(...args: fn.PowArgs): this {
    fn.pow_(this, ...args);
    return this;
  }
  lerp_(...args: fn.LerpArgs): this {
    fn.lerp_(this, ...args);
    return this;
  }
  addcmul_(...args: fn.AddcArgs): this {
    fn.addcmul_(this, ...args);
    return this;
  }
  addcdiv_(...args: fn.AddcArgs): this {
    fn.addcdiv_(this, ...args);
    return this;
  }
  maskedFill_(...args: fn.MaskedFillArgs): this {
    fn.maskedFill_(this, ...args);
    return this;
  }
  neg_(...args: []): this {
    fn.neg_(this, ...args);
    return this;
  }
  abs_(...args: []): this {
    fn.abs_(this, ...args);
    return this;
  }
  exp_(...args: []): this {
    fn.exp_(this, ...args);
    return this;
  }
  log_(...args: []): this {
    fn.log_(this, ...args);
    return this;
  }
  sqrt_(...args: []): this {
    fn.sqrt_(this, ...args);
    return this;
  }
  tanh_(...args: []): this {
    fn.tanh_(this, ...args);
    return this;
  }
  sigmoid_(...args: []): this {
    fn.sigmoid_(this, ...args);
    return this;
  }
  /** Fills with ones, each with probability `p`, and zeros: PyTorch's for the same seed. */
  bernoulli_(...args: fn.BernoulliArgs): this {
    fn.bernoulli_(this, ...args);
    return this;
  }
  /** Fills with uniform numbers of [from, to), PyTorch's for the same seed. */
  uniform_(...args: fn.UniformArgs): this {
    fn.uniform_(this, ...args);
    return this;
  }
  /** Fills with normally distributed numbers, PyTorch's for the same seed. */
  normal_(...args: fn.NormalArgs): this {
    fn.normal_(this, ...args);
    return this;
  }
}
