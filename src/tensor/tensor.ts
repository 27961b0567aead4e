/** @file The Tensor: a handle on a window of a storage, and one line for each thing it can do. */
import type { Device, DType, NDArray, Storage, TypedArray } from "../../kernels/backend.ts";
import { isContiguous, sameShape, sizeOf } from "../../kernels/layout.ts";
import { apply, applyInPlace, checkInPlace, setTensorFactory } from "../autograd/apply.ts";
import { type BackwardOptions, rootGradient, Walk } from "../autograd/backward.ts";
import type { OutputNode } from "../autograd/function-node.ts";
import { AccumulateGrad, type GradientHook, type GraphNode } from "../autograd/node.ts";
import { type Slice, sliceNode, sliceOf } from "../autograd/slices.ts";
import { COPY, TENSOR } from "../core/identity.ts";
import { backendFor } from "./devices.ts";
import { isFloat, newTypedArray } from "./dtype.ts";
import { DTypeError, GraphError, ShapeError } from "./errors.ts";
import type { Index } from "./functions/at.ts";
import * as fn from "./functions/index.ts";
import type { NestedArray } from "./host.ts";
import * as host from "./host.ts";
import { within } from "./kernel-errors.ts";
import type { PadParams } from "./ops/assemble.ts";
import { ops } from "./ops/index.ts";
import type { SliceParams } from "./ops/view.ts";
import { arithmetic, arithmeticInPlace, floatUnary, type Operand } from "./promote.ts";
import type { Generator } from "./random/generator.ts";
import { fillNormal } from "./random/normal.ts";
import { fillBernoulli, fillUniform } from "./random/uniform.ts";
import { bracketed, inferSizes, normalizeDim, normalizeDims, sizesOf } from "./shape.ts";
import { noteStorage } from "./tidy.ts";

/** Tensors that were disposed: a field would make every tensor larger. */
const disposed = new WeakSet<Tensor>();

/** Browsers that have no `using` have no symbol for it either; what translates it for them uses this one. */
const DISPOSE: typeof Symbol.dispose = Symbol.dispose ?? Symbol.for("Symbol.dispose");

type Sizes = readonly (number | readonly number[])[];
type Dims = number | readonly number[];

/** A dimension's extreme values and where they stand. */
export interface ValuesAndIndices {
  readonly values: Tensor;
  readonly indices: Tensor;
}

/**
 * An n-dimensional array with one element type, on one device, that remembers how it was computed.
 * Made by `tensor`, `zeros`, `rand` and their like, and by operations on other tensors.
 */
export class Tensor implements NDArray {
  readonly storage: Storage;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  /** Position of the first element in the storage. */
  readonly offset: number;
  readonly dtype: DType;
  /** Made from a plain number: it does not widen dtypes within their category. */
  isWrappedNumber = false;
  #leafNeedsGrad = false;
  #node: GraphNode | null = null;
  #accumulator: AccumulateGrad | null = null;
  #grad: Tensor | null = null;
  /** The gradient came from the engine and no user has seen it, so its memory can be taken back. */
  #gradIsPrivate = false;
  /** The tensor whose memory this one looks at; when this view's history was written, its history and its version. */
  #base: Tensor | null = null;
  #baseNode: GraphNode | null = null;
  #baseVersion = 0;
  /** The user's operation that made this view, or the one it is a view of. */
  #viewOwner: OutputNode | null = null;

  static {
    Object.defineProperty(Tensor.prototype, TENSOR, { value: COPY });
  }

  constructor(array: NDArray) {
    this.storage = array.storage;
    this.shape = array.shape;
    this.strides = array.strides;
    this.offset = array.offset;
    this.dtype = array.dtype;
    if (this.storage.handles++ === 0) noteStorage(this.storage);
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
  numel(): number {
    return sizeOf(this.shape);
  }
  /** The shape, or the size of one dimension. */
  size(): readonly number[];
  size(dim: number): number;
  size(dim?: number): number | readonly number[] {
    return dim === undefined ? this.shape : (this.shape[normalizeDim("size", dim, this.ndim)] as number);
  }
  /** Steps in elements from one position of each dimension to the next. */
  stride(): readonly number[] {
    return this.strides;
  }
  isContiguous(): boolean {
    // Nothing lies without gaps.
    return this.numel() === 0 || isContiguous(this.shape, this.strides);
  }
  isFloatingPoint(): boolean {
    return isFloat(this.dtype);
  }

  // --- The tape ---------------------------------------------------------------------------------------------------

  /** Whether operations on this tensor are recorded. Only floating leaves may be set. */
  get requiresGrad(): boolean {
    return this.#leafNeedsGrad || this.#history() !== null;
  }
  set requiresGrad(value: boolean) {
    this.requiresGrad_(value);
  }
  /**
   * Sets {@link requiresGrad} and returns the tensor.
   * @throws GraphError on a tensor that an operation made; DTypeError on integers and bools.
   */
  requiresGrad_(value = true): this {
    if (this.#history() !== null) {
      if (value) return this;
      throw new GraphError(
        "[requiresGrad_] you can only change requires_grad flags of leaf variables. " +
          "If you want to use a computed variable in a subgraph that doesn't require differentiation use v.detach().",
      );
    }
    if (value && !isFloat(this.dtype)) {
      throw new DTypeError(
        `[requiresGrad_] only Tensors of floating point dtype can require gradients, but this one is ${this.dtype}`,
      );
    }
    this.#leafNeedsGrad = value;
    return this;
  }
  /** Not the result of a recorded operation. */
  get isLeaf(): boolean {
    return this.#history() === null;
  }
  /** The tape node that made this tensor, or null for a leaf. */
  get gradFn(): GraphNode | null {
    return this.#history()?.origin ?? null;
  }
  /** The accumulated gradient of a leaf, or null before the first backward. */
  get grad(): Tensor | null {
    this.#gradIsPrivate = false;
    return this.#grad;
  }
  set grad(value: Tensor | null) {
    if (value === null) {
      this.dropGrad();
      return;
    }
    if (!sameShape(value.shape, this.shape)) {
      throw new ShapeError(
        `[grad] assigned grad has data of a different size: expected ${bracketed(this.shape)}, got ${bracketed(value.shape)}`,
      );
    }
    if (value.dtype !== this.dtype) {
      throw new DTypeError(
        `[grad] assigned grad has data of a different type: expected ${this.dtype}, got ${value.dtype}`,
      );
    }
    this.#grad = value;
    this.#gradIsPrivate = false;
  }
  /** {@link grad} for the engine and the optimizers, who do not keep it. */
  peekGrad(): Tensor | null {
    return this.#grad;
  }
  /** Takes over a gradient that nobody else holds. For the engine. */
  adoptGrad(value: Tensor): void {
    this.#grad = value;
    this.#gradIsPrivate = true;
  }
  /** Sets {@link grad} to null and, if no user has seen it, returns its memory at once. */
  dropGrad(): void {
    if (this.#gradIsPrivate && this.#grad !== null) backendFor(this.device).free(this.#grad.storage);
    this.#grad = null;
    this.#gradIsPrivate = false;
  }
  /**
   * Computes the gradients of the leaves this tensor was computed from, and adds them to their `.grad`.
   * @param gradient - Gradient of this tensor, of its shape; may be left out for a single element.
   * @throws GraphError without history, for a second walk over a freed graph, or if a saved tensor was changed in place.
   */
  backward(gradient?: Tensor | null, options: BackwardOptions = {}): void {
    const grad = rootGradient("backward", this, gradient);
    new Walk(options, null, null).run([this.gradEdge() as GraphNode], [grad]);
  }
  /** The same numbers, cut off from the tape; shares memory. */
  detach(): Tensor {
    return new Tensor(this);
  }
  /** Keeps the gradient that flows through this non-leaf in its `.grad`. */
  retainGrad(): void {
    const node = this.#history();
    if (node !== null) node.retainer = this;
    else if (!this.#leafNeedsGrad)
      throw new GraphError("[retainGrad] can't retain_grad on Tensor that has requires_grad=False");
  }
  /**
   * Calls `hook` with the gradient of this tensor whenever it is computed; a tensor it returns replaces the gradient.
   * @returns an object whose `remove()` takes the hook away.
   */
  registerHook(hook: GradientHook): { remove(): void } {
    const node = this.gradEdge();
    if (node === null) {
      throw new GraphError("[registerHook] cannot register a hook on a tensor that doesn't require gradient");
    }
    const entry: GradientHook = (grad) => hook(grad);
    node.hooks = [...(node.hooks ?? []), entry];
    return {
      remove: () => {
        node.hooks = node.hooks?.filter((h) => h !== entry) ?? null;
      },
    };
  }
  /** Where the tape sends this tensor's gradient: its node, a leaf's accumulator, or nowhere. */
  gradEdge(): GraphNode | null {
    const node = this.#history();
    if (node !== null || !this.#leafNeedsGrad) return node;
    this.#accumulator ??= new AccumulateGrad(this);
    return this.#accumulator;
  }
  /** Makes `node` the history of this tensor. For the engine. */
  setGradNode(node: GraphNode): void {
    this.#node = node;
    if (this.#base !== null) this.#noteBase(this.#base);
  }
  /** Notes whose memory this view looks at. For the engine. */
  markViewOf(source: Tensor): void {
    this.#base = source.#base ?? source;
    this.#viewOwner = source.#viewOwner;
    this.#noteBase(this.#base);
  }
  /** Makes `node` the history of this view, and of no other tensor on the same memory. For the engine. */
  setViewOwner(node: OutputNode): void {
    this.#viewOwner = node;
    this.setGradNode(node);
  }
  /** The user's operation that made this view. Its memory may not be changed: nobody could differentiate that. */
  get viewOwner(): OutputNode | null {
    return this.#viewOwner;
  }
  #noteBase(base: Tensor): void {
    this.#baseNode = base.#node;
    this.#baseVersion = base.storage.version;
  }
  /** Makes this view a tensor of its own, where nobody knows the one it looks at. For the engine. */
  forgetBase(): this {
    this.#base = null;
    return this;
  }
  /** The tensor whose memory this view looks at, or null. */
  get viewBase(): Tensor | null {
    return this.#base;
  }
  /** The node that made this tensor. A view whose memory was changed in place since gets a new one, as in PyTorch. */
  #history(): GraphNode | null {
    const base = this.#base;
    if (base === null) return this.#node;
    const stale =
      this.#node === null
        ? this.#baseNode !== base.#node
        : this.#baseVersion !== base.storage.version && base.requiresGrad;
    if (stale) {
      if (this.#viewOwner !== null) {
        throw this.#viewOwner.changedView("its base or another view of its base has been modified inplace");
      }
      this.setGradNode(sliceNode(base, sliceOf(this, base), backendFor(this.device)));
    }
    return this.#node;
  }

  // --- Reading back -----------------------------------------------------------------------------------------------

  /** The only element, as a number (a boolean for a bool tensor). @throws ShapeError if there is not exactly one. */
  async item<T extends number | boolean = number>(): Promise<T> {
    host.checkSingle(this);
    return host.toScalar<T>(this.dtype, await host.read("item", this));
  }
  /** Nested arrays of numbers (booleans for a bool tensor). */
  async toArray<T = NestedArray>(): Promise<T> {
    return host.nest(this.dtype, this.shape, await host.read("toArray", this)) as T;
  }
  /** A copy of the elements in row-major order. */
  async data(): Promise<TypedArray> {
    return host.read("data", this);
  }
  /** {@link item} without waiting. @throws DeviceError on a device that cannot be read synchronously. */
  itemSync<T extends number | boolean = number>(): T {
    host.checkSingle(this);
    return host.toScalar<T>(this.dtype, host.readSync("itemSync", this));
  }
  /** {@link toArray} without waiting. @throws DeviceError on a device that cannot be read synchronously. */
  toArraySync<T = NestedArray>(): T {
    return host.nest(this.dtype, this.shape, host.readSync("toArraySync", this)) as T;
  }
  /** {@link data} without waiting. @throws DeviceError on a device that cannot be read synchronously. */
  dataSync(): TypedArray {
    return host.readSync("dataSync", this);
  }
  /** An `ndarray` with the same strides on a copy of the memory this tensor looks at. */
  toNdarray(): host.HostNdarray {
    return host.toNdarray(this);
  }
  /** PyTorch's text: `tensor([1., 2.])`. */
  toString(): string {
    return host.print(this);
  }
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }

  // --- Memory -----------------------------------------------------------------------------------------------------

  /**
   * Gives the memory back at once, if no other tensor looks at it: a view, or one made by `detach`. Nobody has to call
   * it, for the collector does the same in time. Using the tensor afterwards is an error. A second call does nothing.
   */
  dispose(): void {
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
  to(target: fn.Target): Tensor {
    return fn.to(this, target);
  }
  float(): Tensor {
    return this.to("float32");
  }
  double(): Tensor {
    return this.to("float64");
  }
  /** PyTorch's int64 is int32 here. */
  long(): Tensor {
    return this.to("int32");
  }
  int(): Tensor {
    return this.to("int32");
  }
  bool(): Tensor {
    return this.to("bool");
  }
  /** This tensor on the CPU, whose elements may have to be waited for; itself if it is there. Gradients find the way back. */
  async cpu(): Promise<Tensor> {
    return this.device === "cpu" ? this : fn.toCpu(this, await host.read("cpu", this));
  }

  // --- Arithmetic -------------------------------------------------------------------------------------------------

  add(other: Operand, options?: fn.AlphaOption): Tensor {
    return arithmetic(ops.add, this, fn.scaled("add", this, other, options));
  }
  sub(other: Operand, options?: fn.AlphaOption): Tensor {
    return fn.sub(this, fn.scaled("sub", this, other, options));
  }
  mul(other: Operand): Tensor {
    return arithmetic(ops.mul, this, other);
  }
  /** True division: integers give float32. With a rounding mode they stay integers. */
  div(other: Operand, options?: fn.RoundingOption): Tensor {
    return fn.div(this, other, options);
  }
  pow(exponent: Operand): Tensor {
    return fn.pow(this, exponent);
  }
  /** Division's rest with the sign of the divisor. */
  remainder(other: Operand): Tensor {
    return fn.remainder(this, other);
  }
  /** ⌊this / other⌋ in the common dtype. */
  floorDivide(other: Operand): Tensor {
    return fn.floorDivide(this, other);
  }
  /** The angle of the points (other, this). */
  atan2(other: Tensor): Tensor {
    return fn.atan2(this, other);
  }
  /** log(eᵃ + eᵇ) */
  logaddexp(other: Tensor): Tensor {
    return fn.logaddexp(this, other);
  }
  /** this + weight·(end − this) */
  lerp(end: Tensor, weight: Tensor | number): Tensor {
    return fn.lerp(this, end, weight);
  }
  /** this + value·a·b */
  addcmul(a: Tensor, b: Tensor, options?: fn.ValueOptions): Tensor {
    return fn.addcmul(this, a, b, options);
  }
  /** this + value·a/b */
  addcdiv(a: Tensor, b: Tensor, options?: fn.ValueOptions): Tensor {
    return fn.addcdiv(this, a, b, options);
  }
  maximum(other: Operand): Tensor {
    return arithmetic(ops.maximum, this, other);
  }
  minimum(other: Operand): Tensor {
    return arithmetic(ops.minimum, this, other);
  }
  neg(): Tensor {
    if (this.dtype === "bool") {
      throw new DTypeError("[neg] Negation, the `-` operator, on a bool tensor is not supported. Use logicalNot().");
    }
    return apply(ops.neg, [this], null);
  }
  abs(): Tensor {
    return fn.numeric(ops.abs, this);
  }
  sign(): Tensor {
    return apply(ops.sign, [this], null);
  }
  square(): Tensor {
    return fn.pow(this, 2);
  }
  exp(): Tensor {
    return floatUnary(ops.exp, this);
  }
  expm1(): Tensor {
    return floatUnary(ops.expm1, this);
  }
  log(): Tensor {
    return floatUnary(ops.log, this);
  }
  log1p(): Tensor {
    return floatUnary(ops.log1p, this);
  }
  sqrt(): Tensor {
    return floatUnary(ops.sqrt, this);
  }
  rsqrt(): Tensor {
    return floatUnary(ops.rsqrt, this);
  }
  reciprocal(): Tensor {
    return floatUnary(ops.reciprocal, this);
  }
  sin(): Tensor {
    return floatUnary(ops.sin, this);
  }
  cos(): Tensor {
    return floatUnary(ops.cos, this);
  }
  tan(): Tensor {
    return floatUnary(ops.tan, this);
  }
  asin(): Tensor {
    return floatUnary(ops.asin, this);
  }
  acos(): Tensor {
    return floatUnary(ops.acos, this);
  }
  atan(): Tensor {
    return floatUnary(ops.atan, this);
  }
  sinh(): Tensor {
    return floatUnary(ops.sinh, this);
  }
  cosh(): Tensor {
    return floatUnary(ops.cosh, this);
  }
  asinh(): Tensor {
    return floatUnary(ops.asinh, this);
  }
  acosh(): Tensor {
    return floatUnary(ops.acosh, this);
  }
  atanh(): Tensor {
    return floatUnary(ops.atanh, this);
  }
  exp2(): Tensor {
    return floatUnary(ops.exp2, this);
  }
  log2(): Tensor {
    return floatUnary(ops.log2, this);
  }
  log10(): Tensor {
    return floatUnary(ops.log10, this);
  }
  tanh(): Tensor {
    return floatUnary(ops.tanh, this);
  }
  sigmoid(): Tensor {
    return floatUnary(ops.sigmoid, this);
  }
  erf(): Tensor {
    return floatUnary(ops.erf, this);
  }
  relu(): Tensor {
    if (this.dtype === "bool") throw new DTypeError("[relu] Boolean inputs not supported for relu");
    return apply(ops.relu, [this], null);
  }
  floor(): Tensor {
    return fn.numeric(ops.floor, this);
  }
  ceil(): Tensor {
    return fn.numeric(ops.ceil, this);
  }
  /** To the nearest whole number, halves to the even one. */
  round(): Tensor {
    return fn.numeric(ops.round, this);
  }
  trunc(): Tensor {
    return fn.numeric(ops.trunc, this);
  }
  /** min(max(x, min), max); one bound may be left out or null. */
  clamp(min?: number | null | fn.ClampOptions, max?: number | null | fn.ClampOptions): Tensor {
    return fn.clamp(this, min, max);
  }

  // --- Products of matrices ---------------------------------------------------------------------------------------

  /** Vectors, matrices and batches of matrices, by NumPy's rules. */
  matmul(other: Tensor): Tensor {
    return fn.matmul(this, other);
  }
  /** [M,K]·[K,N] */
  mm(other: Tensor): Tensor {
    return fn.mm(this, other);
  }
  /** [B,M,K]·[B,K,N] */
  bmm(other: Tensor): Tensor {
    return fn.bmm(this, other);
  }
  /** Of two vectors. */
  dot(other: Tensor): Tensor {
    return fn.dot(this, other);
  }

  /** Of two vectors: [n] and [m] → [n, m]. */
  outer(other: Tensor): Tensor {
    return fn.outer(this, other);
  }
  /** beta·this + alpha·a·b for matrices a and b. */
  addmm(a: Tensor, b: Tensor, options?: fn.AddmmOptions): Tensor {
    return fn.addmm(this, a, b, options);
  }
  /** The vector product along a dimension of size 3, by default the first. */
  cross(other: Tensor, dim?: number | null): Tensor {
    return fn.cross(this, other, dim);
  }

  // --- Comparison: bool tensors, no gradient ----------------------------------------------------------------------

  eq(other: Operand): Tensor {
    return arithmetic(ops.eq, this, other);
  }
  ne(other: Operand): Tensor {
    return arithmetic(ops.ne, this, other);
  }
  lt(other: Operand): Tensor {
    return arithmetic(ops.lt, this, other);
  }
  le(other: Operand): Tensor {
    return arithmetic(ops.le, this, other);
  }
  gt(other: Operand): Tensor {
    return arithmetic(ops.gt, this, other);
  }
  ge(other: Operand): Tensor {
    return arithmetic(ops.ge, this, other);
  }
  logicalAnd(other: Operand): Tensor {
    return arithmetic(ops.logicalAnd, this, other);
  }
  logicalOr(other: Operand): Tensor {
    return arithmetic(ops.logicalOr, this, other);
  }
  logicalXor(other: Tensor): Tensor {
    return fn.logicalXor(this, other);
  }
  logicalNot(): Tensor {
    return apply(ops.logicalNot, [this], null);
  }
  isnan(): Tensor {
    return apply(ops.isnan, [this], null);
  }
  isfinite(): Tensor {
    return apply(ops.isfinite, [this], null);
  }
  isinf(): Tensor {
    return fn.isinf(this);
  }
  /** Element by element: |a−b| ≤ atol + rtol·|b|. */
  isclose(other: Tensor, ...tolerances: fn.Tolerances): Tensor {
    return fn.isclose(this, other, ...tolerances);
  }
  /** Numbers in place of NaN (0), ∞ and −∞ (the dtype's largest and smallest). */
  nanToNum(nan?: number | fn.NanToNumOptions, posinf?: number | null, neginf?: number | null): Tensor {
    return fn.nanToNum(this, nan, posinf, neginf);
  }
  /** This where the condition holds, else `other`. */
  where(condition: Tensor, other: Operand): Tensor {
    return fn.where(condition, this, other);
  }
  /** Whether all elements are close: |a−b| ≤ atol + rtol·|b|. Reads synchronously. */
  allclose(other: Tensor, ...tolerances: fn.Tolerances): boolean {
    return fn.allclose(this, other, ...tolerances);
  }
  /** Whether shape and elements are the same. Reads synchronously. */
  equal(other: Tensor): boolean {
    return fn.equal(this, other);
  }

  // --- Reduction --------------------------------------------------------------------------------------------------

  /** Integers and bools sum to int32. */
  sum(dim?: Dims | null | fn.ReduceOptions, keepdim?: boolean | fn.ReduceOptions): Tensor {
    return fn.sum(this, ...fn.reduceArguments("sum", dim, keepdim));
  }
  mean(dim?: Dims | null | fn.ReduceOptions, keepdim?: boolean | fn.ReduceOptions): Tensor {
    return fn.mean(this, ...fn.reduceArguments("mean", dim, keepdim));
  }
  prod(dim?: number | null | fn.ReduceOptions<number>, keepdim?: boolean | fn.ReduceOptions<number>): Tensor {
    return fn.prod(this, ...fn.reduceArguments("prod", dim, keepdim));
  }
  /** Of all elements, along a dimension (values and indices), or element-wise with another tensor. */
  max(): Tensor;
  max(other: Tensor): Tensor;
  max(dim: number | fn.ReduceOptions<number>, keepdim?: boolean | fn.ReduceOptions<number>): ValuesAndIndices;
  max(
    dim?: number | Tensor | fn.ReduceOptions<number>,
    keepdim?: boolean | fn.ReduceOptions<number>,
  ): Tensor | ValuesAndIndices {
    if (dim instanceof Tensor) return fn.extremum("max", this, dim);
    return fn.extremum("max", this, ...fn.reduceArguments("max", dim, keepdim));
  }
  /** Of all elements, along a dimension (values and indices), or element-wise with another tensor. */
  min(): Tensor;
  min(other: Tensor): Tensor;
  min(dim: number | fn.ReduceOptions<number>, keepdim?: boolean | fn.ReduceOptions<number>): ValuesAndIndices;
  min(
    dim?: number | Tensor | fn.ReduceOptions<number>,
    keepdim?: boolean | fn.ReduceOptions<number>,
  ): Tensor | ValuesAndIndices {
    if (dim instanceof Tensor) return fn.extremum("min", this, dim);
    return fn.extremum("min", this, ...fn.reduceArguments("min", dim, keepdim));
  }
  /** Maximum; equal maxima share the gradient. */
  amax(dim?: Dims | null | fn.ReduceOptions, keepdim?: boolean | fn.ReduceOptions): Tensor {
    return fn.sharedExtremum("amax", this, ...fn.reduceArguments("amax", dim, keepdim));
  }
  amin(dim?: Dims | null | fn.ReduceOptions, keepdim?: boolean | fn.ReduceOptions): Tensor {
    return fn.sharedExtremum("amin", this, ...fn.reduceArguments("amin", dim, keepdim));
  }
  argmax(dim?: number | null | fn.ReduceOptions<number>, keepdim?: boolean | fn.ReduceOptions<number>): Tensor {
    return fn.argExtremum("argmax", this, ...fn.reduceArguments("argmax", dim, keepdim));
  }
  argmin(dim?: number | null | fn.ReduceOptions<number>, keepdim?: boolean | fn.ReduceOptions<number>): Tensor {
    return fn.argExtremum("argmin", this, ...fn.reduceArguments("argmin", dim, keepdim));
  }
  /** Variance; the sum of squares is divided by n − correction. */
  var(...given: fn.VarianceArguments): Tensor {
    return fn.variance(this, ...given);
  }
  std(...given: fn.VarianceArguments): Tensor {
    return fn.std(this, ...given);
  }
  /** The p-norm of all elements or along dims; p may be Infinity or −Infinity. */
  norm(p = 2, dim?: Dims | null, keepdim = false): Tensor {
    return fn.norm(this, p, dim, keepdim);
  }
  all(dim?: number | null | fn.ReduceOptions<number>, keepdim?: boolean | fn.ReduceOptions<number>): Tensor {
    return fn.truth("all", this, ...fn.reduceArguments("all", dim, keepdim));
  }
  any(dim?: number | null | fn.ReduceOptions<number>, keepdim?: boolean | fn.ReduceOptions<number>): Tensor {
    return fn.truth("any", this, ...fn.reduceArguments("any", dim, keepdim));
  }
  logsumexp(dim: Dims | fn.ReduceOptions, keepdim?: boolean | fn.ReduceOptions): Tensor {
    const given = fn.reduceArguments("logsumexp", dim, keepdim);
    return fn.logsumexp(this, given[0] ?? [], given[1]);
  }
  softmax(dim: number | fn.DimOption): Tensor {
    return fn.softmax(this, fn.dimOf("softmax", dim));
  }
  logSoftmax(dim: number | fn.DimOption): Tensor {
    return fn.logSoftmax(this, fn.dimOf("logSoftmax", dim));
  }
  cumsum(dim: number | fn.DimOption): Tensor {
    return fn.cumsum(this, fn.dimOf("cumsum", dim));
  }

  cumprod(dim: number | fn.DimOption): Tensor {
    return fn.cumprod(this, fn.dimOf("cumprod", dim));
  }
  /** Differences of neighbours. */
  diff(n = 1, dim = -1): Tensor {
    return fn.diff(this, n, dim);
  }
  /** The lower median of all elements, or along a dimension (values and indices). */
  median(): Tensor;
  median(dim: number, keepdim?: boolean): ValuesAndIndices;
  median(dim?: number, keepdim = false): Tensor | ValuesAndIndices {
    return dim === undefined ? fn.medianOfAll(this) : fn.median(this, dim, keepdim);
  }
  /** The k-th smallest along a dimension, from 1. */
  kthvalue(k: number, dim = -1, keepdim = false): ValuesAndIndices {
    return fn.kthvalue(this, k, dim, keepdim);
  }
  /** The q-th quantiles, 0 ≤ q ≤ 1; a vector of q gives a new first dimension. */
  quantile(
    q: number | Tensor,
    dim?: number | null | fn.QuantileOptions,
    keepdim?: boolean | fn.QuantileOptions,
    options?: fn.QuantileOptions,
  ): Tensor {
    return fn.quantile(this, q, dim, keepdim, options);
  }
  /** Counts in equal parts of min … max. Reads synchronously. */
  histc(bins = 100, min = 0, max = 0): Tensor {
    return fn.histc(this, bins, min, max);
  }
  countNonzero(dim?: Dims | null): Tensor {
    return fn.countNonzero(this, dim);
  }
  /** How often each whole number from 0 on occurs, or the sum of its weights. Reads synchronously. */
  bincount(weights?: Tensor | null, minlength = 0): Tensor {
    return fn.bincount(this, weights, minlength);
  }

  // --- Shape ------------------------------------------------------------------------------------------------------

  /** A view where that is possible, else a copy. One size may be −1. */
  reshape(...sizes: Sizes): Tensor {
    return fn.reshape(this, sizesOf(sizes));
  }
  /** As {@link reshape}, but throws where a view is not possible. */
  view(...sizes: Sizes): Tensor {
    return apply(ops.view, [this], inferSizes("view", sizesOf(sizes), this.numel()));
  }
  viewAs(other: Tensor): Tensor {
    return this.view(other.shape);
  }
  flatten(startDim?: number | fn.FlattenOptions, endDim?: number | fn.FlattenOptions): Tensor {
    const given = fn.named("flatten", { startDim: 0, endDim: -1 }, [startDim, endDim]);
    return fn.flatten(this, given.startDim, given.endDim);
  }
  unflatten(dim: number, sizes: readonly number[]): Tensor {
    return fn.unflatten(this, dim, sizes);
  }
  squeeze(dim?: number): Tensor {
    return fn.squeeze(this, dim);
  }
  unsqueeze(dim: number): Tensor {
    return apply(ops.unsqueeze, [this], normalizeDim("unsqueeze", dim, this.ndim + 1));
  }
  transpose(dim0: number, dim1: number): Tensor {
    return fn.transpose(this, dim0, dim1);
  }
  /** The transpose of a matrix; vectors and scalars stay. */
  t(): Tensor {
    return fn.t(this);
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
  swapaxes(dim0: number, dim1: number): Tensor {
    return fn.transpose(this, dim0, dim1);
  }
  /** Dimensions moved to other places, the rest in their order. */
  movedim(source: Dims, destination: Dims): Tensor {
    return fn.movedim(this, source, destination);
  }
  permute(...dims: Sizes): Tensor {
    return fn.permute(this, sizesOf(dims));
  }
  /** Repeats dimensions of size 1, without a copy; −1 keeps a size. */
  expand(...sizes: Sizes): Tensor {
    return apply(ops.expand, [this], sizesOf(sizes));
  }
  /** As {@link expand}. */
  broadcastTo(...sizes: Sizes): Tensor {
    return this.expand(...sizes);
  }
  expandAs(other: Tensor): Tensor {
    return this.expand(other.shape);
  }
  narrow(dim: number, start: number, length: number): Tensor {
    return fn.narrow(this, dim, start, length);
  }
  select(dim: number, index: number): Tensor {
    return fn.select(this, dim, index);
  }
  /** Positions start, start+step, … before end; negative positions count from the end. */
  slice(dim: number, start?: number | null, end?: number | null, step = 1): Tensor {
    return fn.slice(this, dim, start, end, step);
  }
  /** Sliding windows of a dimension, as a new last dimension. */
  unfold(dim: number, size: number, step: number): Tensor {
    return fn.unfold(this, dim, size, step);
  }
  split(sizes: number | readonly number[], dim?: number | fn.DimOption): Tensor[] {
    return fn.split(this, sizes, fn.dimOf("split", dim, 0));
  }
  chunk(chunks: number, dim?: number | fn.DimOption): Tensor[] {
    return fn.chunk(this, chunks, fn.dimOf("chunk", dim, 0));
  }
  unbind(dim = 0): Tensor[] {
    return fn.unbind(this, dim);
  }
  /** Copies, this many times along each dimension. */
  repeat(...counts: Sizes): Tensor {
    return fn.repeat(this, sizesOf(counts));
  }
  /** As {@link repeat}, but missing counts in front are 1. */
  tile(...counts: Sizes): Tensor {
    return fn.tile(this, sizesOf(counts));
  }
  /** Every element (or slice) several times over, next to each other. */
  repeatInterleave(repeats: number | Tensor, dim?: number | null): Tensor {
    return fn.repeatInterleave(this, repeats, dim);
  }
  /** Reversed from left to right. */
  fliplr(): Tensor {
    return fn.mirrored("fliplr", this, 1);
  }
  /** Reversed upside down. */
  flipud(): Tensor {
    return fn.mirrored("flipud", this, 0);
  }
  /** Quarter turns from the first of two dimensions towards the second. */
  rot90(k = 1, dims: readonly number[] = [0, 1]): Tensor {
    return fn.rot90(this, k, dims);
  }
  flip(...dims: Sizes): Tensor {
    return apply(ops.flip, [this], normalizeDims("flip", sizesOf(dims), this.ndim));
  }
  roll(shifts: Dims, dims?: Dims): Tensor {
    return fn.roll(this, shifts, dims);
  }
  /** PyTorch's order: [left, right, top, bottom, …] from the last dimension backwards. */
  pad(padding: readonly number[], mode?: "constant" | fn.PadOptions, value?: number | fn.PadOptions): Tensor {
    return fn.pad(this, padding, mode, value);
  }
  tril(diagonal?: number | fn.DiagonalOption): Tensor {
    return fn.triangle("tril", this, fn.named("tril", { diagonal: 0 }, [diagonal]).diagonal);
  }
  triu(diagonal?: number | fn.DiagonalOption): Tensor {
    return fn.triangle("triu", this, fn.named("triu", { diagonal: 0 }, [diagonal]).diagonal);
  }
  /** A vector as a matrix with it on a diagonal, or the diagonal of a matrix. */
  diag(diagonal = 0): Tensor {
    return fn.diag(this, diagonal);
  }
  /** A view of a diagonal of two dimensions, as a new last dimension. */
  diagonal(offset = 0, dim1 = 0, dim2 = 1): Tensor {
    return fn.diagonal(this, offset, dim1, dim2);
  }
  /** Sum of the main diagonal of a matrix. */
  trace(): Tensor {
    return fn.trace(this);
  }
  /** This tensor if it is contiguous, else a contiguous copy. */
  contiguous(): Tensor {
    return this.isContiguous() ? this : this.clone();
  }
  clone(): Tensor {
    return apply(ops.clone, [this], null);
  }

  // --- Indexing ---------------------------------------------------------------------------------------------------

  /** `t.at(0)`, `t.at([1, 3], null)`, `t.at(indexTensor)`: integers, slices `[start, end, step]`, null for all, index and bool tensors. */
  at(...indices: readonly Index[]): Tensor {
    return fn.at(this, indices);
  }
  gather(dim: number, index: Tensor): Tensor {
    return fn.gather(this, dim, index);
  }
  scatter(dim: number, index: Tensor, src: Tensor | number): Tensor {
    return fn.scatter(this, dim, index, src);
  }
  scatterAdd(dim: number, index: Tensor, src: Tensor): Tensor {
    return fn.scatterAdd(this, dim, index, src);
  }
  indexSelect(dim: number, index: Tensor): Tensor {
    return fn.indexSelect(this, dim, index);
  }
  /** Slices of `source` added at the positions of `index` along a dimension. */
  indexAdd(dim: number, index: Tensor, source: Tensor, options?: { readonly alpha?: number }): Tensor {
    return fn.indexAdd(this, dim, index, source, options);
  }
  /** Elements by their position in row-major order. */
  take(index: Tensor): Tensor {
    return fn.take(this, index);
  }
  /** As {@link gather}, with an index that broadcasts; without a dimension, on the flattened tensor. */
  takeAlongDim(index: Tensor, dim?: number | null): Tensor {
    return fn.takeAlongDim(this, index, dim);
  }
  /** The elements where the mask holds, as a vector. Reads the mask synchronously. */
  maskedSelect(mask: Tensor): Tensor {
    return fn.maskedSelect(this, mask);
  }
  /** Positions of the elements that are not 0, one row each. Reads synchronously. */
  nonzero(): Tensor {
    return fn.nonzero(this);
  }
  /** The distinct elements, rising, where they are and how often. Reads synchronously. */
  unique(): fn.UniqueParts {
    return fn.unique(this);
  }
  /** `value` where the mask holds. */
  maskedFill(mask: Tensor, value: number | Tensor): Tensor {
    return fn.maskedFill(this, mask, value);
  }
  /** int32 class indices as rows of zeros with a one. */
  oneHot(numClasses?: number | fn.OneHotOptions): Tensor {
    return fn.oneHot(this, numClasses);
  }
  topk(k: number, dim?: number | fn.TopkOptions, largest?: boolean | fn.TopkOptions): ValuesAndIndices {
    const given = fn.named("topk", { dim: -1, largest: true }, [dim, largest]);
    return fn.topk(this, k, given.dim, given.largest);
  }
  /** Stable. */
  sort(dim?: number | fn.SortOptions, descending?: boolean | fn.SortOptions): ValuesAndIndices {
    const given = fn.named("sort", { dim: -1, descending: false }, [dim, descending]);
    return fn.sort(this, given.dim, given.descending);
  }
  argsort(dim?: number | fn.SortOptions, descending?: boolean | fn.SortOptions): Tensor {
    return this.sort(dim, descending).indices;
  }

  // --- In place ---------------------------------------------------------------------------------------------------

  add_(other: Operand, options?: fn.AlphaOption): this {
    arithmeticInPlace(ops.add, this, fn.scaled("add_", this, other, options));
    return this;
  }
  sub_(other: Operand, options?: fn.AlphaOption): this {
    fn.checkDifference("sub_", this, other);
    arithmeticInPlace(ops.sub, this, fn.scaled("sub_", this, other, options));
    return this;
  }
  mul_(other: Operand): this {
    arithmeticInPlace(ops.mul, this, other);
    return this;
  }
  div_(other: Operand): this {
    arithmeticInPlace(ops.div, this, other, true);
    return this;
  }
  zero_(): this {
    applyInPlace(ops.zero, "zero_", this, [], 0);
    return this;
  }
  fill_(value: number | boolean): this {
    fn.checkNumber("fill_", value);
    applyInPlace(ops.fill, "fill_", this, [], Number(value));
    return this;
  }
  /** Takes over the elements of `source`, broadcast and converted. */
  copy_(source: Tensor): this {
    fn.copyInto(this, source);
    return this;
  }
  clamp_(min?: number | null | fn.ClampOptions, max?: number | null | fn.ClampOptions): this {
    fn.clampInPlace(this, min, max);
    return this;
  }
  relu_(): this {
    applyInPlace(ops.relu, "relu_", this, [], null);
    return this;
  }
  pow_(exponent: Operand): this {
    fn.overwrite("pow_", this, (x) => x.pow(exponent));
    return this;
  }
  lerp_(end: Tensor, weight: Tensor | number): this {
    fn.overwrite("lerp_", this, (x) => x.lerp(end, weight));
    return this;
  }
  addcmul_(a: Tensor, b: Tensor, options?: fn.ValueOptions): this {
    fn.overwrite("addcmul_", this, (x) => x.addcmul(a, b, options));
    return this;
  }
  addcdiv_(a: Tensor, b: Tensor, options?: fn.ValueOptions): this {
    fn.overwrite("addcdiv_", this, (x) => x.addcdiv(a, b, options));
    return this;
  }
  maskedFill_(mask: Tensor, value: number | Tensor): this {
    fn.overwrite("maskedFill_", this, (x) => x.maskedFill(mask, value));
    return this;
  }
  neg_(): this {
    fn.overwrite("neg_", this, (x) => x.neg());
    return this;
  }
  abs_(): this {
    fn.overwrite("abs_", this, (x) => x.abs());
    return this;
  }
  exp_(): this {
    fn.overwrite("exp_", this, (x) => x.exp());
    return this;
  }
  log_(): this {
    fn.overwrite("log_", this, (x) => x.log());
    return this;
  }
  sqrt_(): this {
    fn.overwrite("sqrt_", this, (x) => x.sqrt());
    return this;
  }
  tanh_(): this {
    fn.overwrite("tanh_", this, (x) => x.tanh());
    return this;
  }
  sigmoid_(): this {
    fn.overwrite("sigmoid_", this, (x) => x.sigmoid());
    return this;
  }
  /** Fills with ones, each with probability `p`, and zeros: PyTorch's for the same seed. */
  bernoulli_(p?: number | fn.BernoulliOptions, generator?: Generator | fn.BernoulliOptions): this {
    const given = fn.drawArguments("bernoulli_", { p: 0.5 }, [p], generator);
    return this.#fillWith("bernoulli_", (out) => fillBernoulli(out, given.p, given.generator));
  }
  /** Fills with uniform numbers of [from, to), PyTorch's for the same seed. */
  uniform_(
    from?: number | fn.UniformOptions,
    to?: number | fn.UniformOptions,
    generator?: Generator | fn.UniformOptions,
  ): this {
    const given = fn.drawArguments("uniform_", { from: 0, to: 1 }, [from, to], generator);
    return this.#fillWith("uniform_", (out) => fillUniform(out, given.from, given.to, given.generator));
  }
  /** Fills with normally distributed numbers, PyTorch's for the same seed. */
  normal_(
    mean?: number | fn.NormalOptions,
    std?: number | fn.NormalOptions,
    generator?: Generator | fn.NormalOptions,
  ): this {
    const given = fn.drawArguments("normal_", { mean: 0, std: 1 }, [mean, std], generator);
    return this.#fillWith("normal_", (out) => fillNormal(out, given.mean, given.std, given.generator));
  }
  #fillWith(name: string, draw: (out: Float32Array | Float64Array) => void): this {
    const out = newTypedArray(this.dtype, this.numel());
    if (!(out instanceof Float32Array || out instanceof Float64Array)) {
      throw new DTypeError(`[${name}] expected a floating point tensor, but this one is ${this.dtype}`);
    }
    checkInPlace(name, this);
    within(name, () => draw(out));
    applyInPlace(ops.copyFrom, name, this, [this.newFrom(this.dtype, out, this.shape)], null);
    return this;
  }

  // --- For gradients and kernels ----------------------------------------------------------------------------------

  /** A tensor on this one's device from host numbers. */
  newFrom(dtype: DType, data: TypedArray, shape: readonly number[]): Tensor {
    return host.fromTypedArray(dtype, data, shape, this.device);
  }
  /** Zeros of a shape, in this dtype and on this device. */
  zerosOfShape(shape: readonly number[] = this.shape): Tensor {
    return host.filled(this.dtype, shape, 0, this.device);
  }
  /** Ones of this shape. */
  onesOfShape(): Tensor {
    return host.filled(this.dtype, this.shape, 1, this.device);
  }
  /** Sums away what broadcasting from `shape` repeated. */
  sumTo(shape: readonly number[]): Tensor {
    return fn.sumTo(this, shape);
  }
  /** `this` is a gradient and `y` the result of the activation it is for. */
  reluGrad(y: Tensor): Tensor {
    return apply(ops.reluGrad, [this, y], null);
  }
  sigmoidGrad(y: Tensor): Tensor {
    return apply(ops.sigmoidGrad, [this, y], null);
  }
  tanhGrad(y: Tensor): Tensor {
    return apply(ops.tanhGrad, [this, y], null);
  }
  softmaxGrad(y: Tensor, dim: number, log: boolean): Tensor {
    return apply(ops.softmaxGrad, [this, y], { dim, log });
  }
  crossEntropyGrad(probs: Tensor, target: Tensor, ignoreIndex: number): Tensor {
    return apply(ops.crossEntropyGrad, [this, probs, target], { ignoreIndex });
  }
  sliceBackward(shape: readonly number[], slice: SliceParams): Tensor {
    return apply(ops.sliceBackward, [this], { shape, slice });
  }
  /** A window with any strides on the memory of this tensor, whose strides are the slice's layout. */
  asStrided(slice: Slice): Tensor {
    return apply(ops.asStrided, [this], slice);
  }
  /** A copy that lies in memory with other strides. */
  restride(strides: readonly number[]): Tensor {
    return apply(ops.restride, [this], strides);
  }
  sliceScatterAdd(shape: readonly number[], slice: Slice): Tensor {
    return apply(ops.sliceScatterAdd, [this], { shape, slice });
  }
  indexAddInto(shape: readonly number[], dim: number, index: Tensor): Tensor {
    return apply(ops.indexAddInto, [this, index], { shape, dim });
  }
  padWith(params: PadParams): Tensor {
    return apply(ops.pad, [this], params);
  }
  /** Joined with others along a dimension. */
  catWith(others: readonly Tensor[], dim: number): Tensor {
    return apply(ops.cat, [this, ...others], dim);
  }
  /** Zero-padded at the end of each dimension to a larger shape. */
  padEndTo(shape: readonly number[]): Tensor {
    if (sameShape(this.shape, shape)) return this;
    return this.padWith({
      before: shape.map(() => 0),
      after: shape.map((s, d) => s - (this.shape[d] as number)),
      value: 0,
    });
  }
}

setTensorFactory((array) => new Tensor(array));
