/** @file The Tensor: a strided view of a storage, and one line for each operation. */

import type { Device, DType, NDArray, Storage, TypedArray } from "../../kernels/backend.ts";
import { BYTES, isContiguous, sameShape, sizeOf } from "../../kernels/layout.ts";
import { type BackwardOptions, BackwardPass } from "../autograd/backward.ts";
import { detached, refuseInVmap } from "../autograd/batching.ts";
import type { GradientHook, GraphNode } from "../autograd/node.ts";
import * as tape from "../autograd/tape-state.ts";
import { DATA, initTensorBase, TENSOR_CLASS } from "../autograd/tensor-base.ts";
import { rootGradient } from "../autograd/validate-grad.ts";
import { type Args, optional, readArgument, required, signature } from "../core/arguments.ts";
import { getDefaultDtype } from "../core/defaults.ts";
import { backendFor } from "../core/device.ts";
import { isFloat } from "../core/dtype.ts";
import { ShapeError, ValueError } from "../core/errors.ts";
import { COPY, TENSOR } from "../core/identity.ts";
import { aBoolean, aFunction, anInteger, aTensor, type Kind, nullable } from "../core/kinds.ts";
import { normalizeDim } from "../core/shape.ts";
import { yieldToEventLoop } from "../platform/event-loop.ts";
import { DISPOSE } from "./dispose-symbol.ts";
import type { Index } from "./functions/advanced-indexing.ts";
import * as fn from "./functions/index.ts";
import type { NestedArray } from "./readback.ts";
import * as host from "./readback.ts";
import { placeOf } from "./storage-places.ts";

/** Disposed tensors. A field would make every tensor larger. */
const disposed = new WeakSet<Tensor>();

/** Values of a dimension, such as the maxima or the sorted elements, and their indices. */
export interface ValuesAndIndices {
  /** The values, in the dtype of the input. */
  readonly values: Tensor;
  /** The index of each value along the dimension: int32. */
  readonly indices: Tensor;
}

const DIMENSION = {
  size: signature("size", { dim: required(anInteger) }),
  stride: signature("stride", { dim: required(anInteger) }),
};

const IS_SAME_SIZE = signature("isSameSize", { other: required(aTensor) });

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
 * An n-dimensional array with one dtype, on one device, that records the operations it takes part in so that gradients
 * can be computed. It is made by `tensor`, `zeros`, `rand` and other factories, and by operations on tensors.
 *
 * @example
 * ```ts
 * const x = tensor([[1, 2], [3, 4]], { requiresGrad: true });
 * const y = x.mul(2).sum(); // tensor(20., grad_fn=<SumBackward0>)
 * y.backward();
 * x.grad; // tensor([[2., 2.], [2., 2.]])
 * ```
 */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the static block defines the methods that the interface has
export class Tensor implements NDArray {
  declare readonly [TENSOR]: object;
  // Consoles of browsers show the first five fields: what users want to see comes first.
  /** Sizes of the dimensions. */
  readonly shape: readonly number[];
  /** Element type. */
  readonly dtype: DType;
  /** Steps in elements from one position of each dimension to the next. */
  readonly strides: readonly number[];
  /** Position of the first element in the storage. */
  readonly offset: number;
  /** A symbol, which a structured clone refuses: without it, `postMessage` and IndexedDB would take a husk. */
  protected readonly numbers: symbol = DATA;
  /** The memory that holds the elements; views share it. */
  readonly storage: Storage;

  static {
    Object.defineProperty(Tensor.prototype, TENSOR, { value: COPY });
    Object.defineProperty(Tensor.prototype, TENSOR_CLASS, { value: Tensor });
    // Anything but "Object": libraries that wrap plain objects in a Proxy, as Vue does, leave tensors alone.
    Object.defineProperty(Tensor.prototype, Symbol.toStringTag, { value: "Tensor" });
    fn.defineInPlaceForms(Tensor.prototype);
  }

  /**
   * A tensor of sizes, filled with 0: `new Tensor(2, 3)`; or of elements, in the default dtype: `new Tensor([1, 2])`. They
   * are PyTorch's older ways; {@link tensor} and {@link zeros} have all options.
   *
   * @throws ValueError for what is neither; ShapeError for arrays of unequal length.
   * @example new Tensor([1, 2]); // tensor([1., 2.])
   */
  constructor(...sizes: readonly number[]);
  constructor(data: fn.LegacyData | NDArray, options?: fn.LegacyOptions);
  constructor(first?: unknown, ...more: readonly unknown[]) {
    const given = first as NDArray | undefined;
    const array =
      given?.storage === undefined
        ? fn.legacyArray("Tensor", getDefaultDtype(), first === undefined ? [] : [first, ...more])
        : given;
    this.shape = array.shape;
    this.dtype = array.dtype;
    this.strides = array.strides;
    this.offset = array.offset;
    this.storage = array.storage;
    initTensorBase(this);
  }

  // --- Attributes -------------------------------------------------------------------------------------------------

  /**
   * The device that holds the elements: "cpu" or "gpu".
   *
   * @example tensor([1]).device; // cpu
   */
  get device(): Device {
    return this.storage.device;
  }
  /**
   * Number of dimensions.
   *
   * @example ones(2, 3).ndim; // 2
   */
  get ndim(): number {
    return this.shape.length;
  }
  /**
   * Number of dimensions, as {@link ndim}.
   *
   * @example ones(2, 3).dim(); // 2
   */
  dim(...rest: []): number {
    fn.refuseArguments("dim", rest);
    return this.ndim;
  }
  /**
   * Number of dimensions, as {@link ndim}.
   *
   * @example ones(2, 3).ndimension(); // 2
   */
  ndimension(...rest: []): number {
    fn.refuseArguments("ndimension", rest);
    return this.ndim;
  }
  /**
   * Number of elements: the product of the shape.
   *
   * @example ones(2, 3).numel(); // 6
   */
  numel(...rest: []): number {
    fn.refuseArguments("numel", rest);
    return sizeOf(this.shape);
  }
  /**
   * Number of elements, as {@link numel}.
   *
   * @example ones(2, 3).nelement(); // 6
   */
  nelement(...rest: []): number {
    fn.refuseArguments("nelement", rest);
    return sizeOf(this.shape);
  }
  /**
   * Size of the first dimension, as Python's `len`.
   *
   * @throws ShapeError for a 0-d tensor.
   * @example ones(2, 3).length; // 2
   */
  get length(): number {
    const [first] = this.shape;
    if (first === undefined) throw new ShapeError("[length] a 0-d tensor has no length. Use numel() or itemSync().");
    return first;
  }
  /** Iterates over the first dimension: `for (const row of x)`. A 0-d tensor is not iterable. */
  get [Symbol.iterator](): () => IterableIterator<Tensor> {
    // Undefined is what the language takes for "not iterable": it throws its TypeError, and comparisons go on.
    if (this.ndim === 0) return undefined as never;
    return () => fn.unbind(this)[Symbol.iterator]();
  }
  /**
   * The shape, or the size of one dimension.
   *
   * @throws ShapeError for a dimension out of range.
   * @example
   * ```ts
   * const x = ones(2, 3);
   * x.size(); // [2, 3]
   * x.size(-1); // 3
   * ```
   */
  size(): readonly number[];
  size(dim: number | { readonly dim: number }): number;
  size(...args: readonly unknown[]): number | readonly number[] {
    return args.length === 0 ? this.shape : (this.shape[this.#dimension("size", args)] as number);
  }
  /**
   * The strides in elements, or the stride of one dimension.
   *
   * @throws ShapeError for a dimension out of range.
   * @example
   * ```ts
   * const x = ones(2, 3);
   * x.stride(); // [3, 1]
   * x.t().stride(0); // 1
   * ```
   */
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
  /**
   * Bytes of one element.
   *
   * @example tensor([1]).elementSize(); // 4
   */
  elementSize(...rest: []): number {
    fn.refuseArguments("elementSize", rest);
    return BYTES[this.dtype];
  }
  /**
   * Bytes of one element, as {@link elementSize}.
   *
   * @example tensor([1]).double().itemsize; // 8
   */
  get itemsize(): number {
    return BYTES[this.dtype];
  }
  /**
   * Bytes of all elements.
   *
   * @example ones(2, 3).nbytes; // 24
   */
  get nbytes(): number {
    return BYTES[this.dtype] * this.numel();
  }
  /**
   * The position of the first element in the storage, in elements: {@link offset}.
   *
   * @example arange(6).slice(0, 2, 6).storageOffset(); // 2
   */
  storageOffset(...rest: []): number {
    fn.refuseArguments("storageOffset", rest);
    return this.offset;
  }
  /**
   * A number that is equal for tensors whose first elements are the same memory, and 0 without elements: what PyTorch's
   * addresses are compared for. Elements that lie beside each other differ by {@link elementSize}.
   *
   * @example
   * const x = ones(2, 3);
   * x.at(1).dataPtr() - x.dataPtr(); // 12
   */
  dataPtr(...rest: []): number {
    fn.refuseArguments("dataPtr", rest);
    return this.numel() === 0 ? 0 : placeOf(this.storage) + this.offset * BYTES[this.dtype];
  }
  /**
   * True if the elements are on the CPU.
   *
   * @example ones(2).isCpu; // true
   */
  get isCpu(): boolean {
    return this.device === "cpu";
  }
  /**
   * The number of the GPU that holds the elements, 0; −1 on the CPU.
   *
   * @example ones(2).getDevice(); // -1
   */
  getDevice(...rest: []): number {
    fn.refuseArguments("getDevice", rest);
    return this.isCpu ? -1 : 0;
  }
  /**
   * True if the elements lie in row-major order without gaps.
   *
   * @example ones(2, 3).t().isContiguous(); // false
   */
  isContiguous(...rest: []): boolean {
    fn.refuseArguments("isContiguous", rest);
    // An empty tensor is contiguous whatever its strides.
    return this.numel() === 0 || isContiguous(this.shape, this.strides);
  }
  /**
   * True if the dtype is float32 or float64.
   *
   * @example tensor([true]).isFloatingPoint(); // false
   */
  isFloatingPoint(...rest: []): boolean {
    fn.refuseArguments("isFloatingPoint", rest);
    return isFloat(this.dtype);
  }
  /**
   * True if the dtype is a complex one: always false.
   *
   * @example tensor([1]).isComplex(); // false
   */
  isComplex(...rest: []): boolean {
    fn.refuseArguments("isComplex", rest);
    return false;
  }
  /**
   * True if the dtype has negative numbers.
   *
   * @example tensor([1]).isSigned(); // true
   */
  isSigned(...rest: []): boolean {
    fn.refuseArguments("isSigned", rest);
    return this.dtype !== "uint8" && this.dtype !== "bool";
  }
  /**
   * True if the only element is not 0.
   *
   * @throws ShapeError if there is not exactly one element.
   * @example tensor([0.5]).isNonzero(); // true
   */
  isNonzero(...rest: []): boolean {
    fn.refuseArguments("isNonzero", rest);
    return fn.isNonzero(this);
  }
  /**
   * True if another tensor has the same shape.
   *
   * @example ones(2, 3).isSameSize(zeros(2, 3)); // true
   */
  isSameSize(...args: fn.OtherArgs): boolean {
    const { other } = IS_SAME_SIZE.read(args);
    return sameShape(this.shape, other.shape);
  }
  /**
   * The name of PyTorch's tensor type, or the tensor in another dtype, which is given as such or by that name.
   *
   * @throws DTypeError for a name that is none.
   * @example
   * ```ts
   * tensor([1.5]).type(); // torch.FloatTensor
   * tensor([1.5]).type("torch.LongTensor"); // tensor([1])
   * tensor([1.5]).type("float64").dtype; // float64
   * ```
   */
  type(): string;
  type(...args: fn.TypeArgs): Tensor;
  type(...args: readonly unknown[]): Tensor | string {
    return fn.type(this, ...args);
  }

  // --- Autograd ---------------------------------------------------------------------------------------------------

  /**
   * True if operations on this tensor are recorded for {@link backward}. It can be set on leaves with a floating dtype.
   *
   * @example
   * ```ts
   * tensor([1]).requiresGrad; // false
   * tensor([1], { requiresGrad: true }).mul(2).requiresGrad; // true
   * ```
   */
  get requiresGrad(): boolean {
    return tape.requiresGrad(this);
  }
  set requiresGrad(value: boolean) {
    this.requiresGrad_(value);
  }
  /**
   * Sets {@link requiresGrad} and returns the tensor.
   *
   * @throws GraphError for the result of a recorded operation; DTypeError for integers and bools.
   * @example tensor([1, 2]).requiresGrad_(); // tensor([1., 2.], requires_grad=True)
   */
  requiresGrad_(...args: Args<[], [requiresGrad: boolean], { readonly requiresGrad?: boolean | undefined }>): this {
    tape.setRequiresGrad(this, REQUIRES_GRAD_.read(args).requiresGrad);
    return this;
  }
  /**
   * True unless the tensor is the result of a recorded operation.
   *
   * @example
   * ```ts
   * const w = tensor([1], { requiresGrad: true });
   * w.isLeaf; // true
   * w.mul(2).isLeaf; // false
   * ```
   */
  get isLeaf(): boolean {
    return tape.historyOf(this) === null;
  }
  /**
   * The graph node that computed this tensor, or null for a leaf.
   *
   * @example tensor([1], { requiresGrad: true }).mul(2).gradFn?.name; // MulBackward0
   */
  get gradFn(): GraphNode | null {
    return tape.historyOf(this)?.origin ?? null;
  }
  /**
   * The gradient accumulated by {@link backward}, or null before the first one. Set it to null to clear it.
   *
   * @example
   * ```ts
   * const w = tensor([1, 2], { requiresGrad: true });
   * w.square().sum().backward();
   * w.grad; // tensor([2., 4.])
   * ```
   */
  get grad(): Tensor | null {
    return tape.exposeGrad(this);
  }
  set grad(value: Tensor | null) {
    tape.assignGrad(this, value === null ? null : readArgument("grad", "grad", aTensor, value));
  }
  /**
   * Computes the gradients of the leaves of this tensor's graph and accumulates them in their `.grad`.
   *
   * @param gradient - Gradient with respect to this tensor, of its shape; optional for a single element.
   * @throws GraphError without a graph, for a second backward through a freed one, or if a saved tensor was modified in
   * place.
   * @example
   * ```ts
   * const x = tensor([1, 2, 3], { requiresGrad: true });
   * x.mul(x).sum().backward();
   * x.grad; // tensor([2., 4., 6.])
   * ```
   */
  backward(...args: BackwardArgs): void {
    const { gradient, retainGraph, createGraph } = BACKWARD.read(args);
    refuseInVmap("backward", "Use func.grad or func.vjp, whose gradients are those of each sample.");
    const root = tape.rootEdge("backward", this);
    new BackwardPass({ retainGraph, createGraph }).run([root], [rootGradient("backward", this, gradient)]);
  }
  /**
   * Zeros of a shape, with the dtype and on the device of this tensor, unless the options say otherwise.
   *
   * @example tensor([1]).int().newZeros(2, 2); // tensor([[0, 0], [0, 0]])
   */
  newZeros(...args: fn.NewSizes): Tensor {
    return fn.newZeros(this, ...args);
  }
  /**
   * Ones of a shape, with the dtype and on the device of this tensor, unless the options say otherwise.
   *
   * @example tensor([1]).newOnes(3); // tensor([1., 1., 1.])
   */
  newOnes(...args: fn.NewSizes): Tensor {
    return fn.newOnes(this, ...args);
  }
  /**
   * A tensor of a shape, with the dtype and on the device of this one, whose contents should not be relied on: zeros.
   *
   * @example tensor([1]).newEmpty(2, 3).shape; // [2, 3]
   */
  newEmpty(...args: fn.NewSizes): Tensor {
    return fn.newEmpty(this, ...args);
  }
  /**
   * One value in a shape, with the dtype and on the device of this tensor, unless the options say otherwise.
   *
   * @example tensor([1]).newFull([2], 7); // tensor([7., 7.])
   */
  newFull(...args: fn.NewFullArgs): Tensor {
    return fn.newFull(this, ...args);
  }
  /**
   * A tensor of given numbers, with the dtype and on the device of this one, unless the options say otherwise.
   *
   * @example tensor([1]).int().newTensor([2, 3]); // tensor([2, 3])
   */
  newTensor(...args: fn.NewTensorArgs): Tensor {
    return fn.newTensor(this, ...args);
  }
  /**
   * A view of this tensor that is detached from the graph: it shares memory, but no gradient passes through it.
   *
   * @example tensor([1], { requiresGrad: true }).mul(2).detach(); // tensor([2.])
   */
  detach(...rest: []): Tensor {
    fn.refuseArguments("detach", rest);
    return detached(this);
  }
  /**
   * Keeps the gradient of this non-leaf tensor in its `.grad`.
   *
   * @throws GraphError if the tensor does not require grad.
   * @example
   * ```ts
   * const x = tensor([1, 2], { requiresGrad: true });
   * const y = x.mul(3);
   * y.retainGrad();
   * y.sum().backward();
   * y.grad; // tensor([1., 1.])
   * ```
   */
  retainGrad(...rest: []): void {
    fn.refuseArguments("retainGrad", rest);
    tape.retainGrad(this);
  }
  /**
   * True if {@link retainGrad} was called on this result of a recorded operation.
   *
   * @example tensor([1], { requiresGrad: true }).mul(2).retainsGrad; // false
   */
  get retainsGrad(): boolean {
    return tape.retainsGrad(this);
  }
  /**
   * Registers a function that is called with the gradient of this tensor; a tensor it returns replaces the gradient.
   *
   * @returns a handle whose `remove()` removes the hook.
   * @throws GraphError if the tensor does not require grad.
   * @example
   * ```ts
   * const x = tensor([1, 2], { requiresGrad: true });
   * x.registerHook((grad) => grad.mul(10));
   * x.sum().backward();
   * x.grad; // tensor([10., 10.])
   * ```
   */
  registerHook(...args: readonly [hook: GradientHook]): { remove(): void } {
    return tape.registerHook(this, REGISTER_HOOK.read(args).hook);
  }

  // --- Reading back -----------------------------------------------------------------------------------------------

  /**
   * The only element, as a number (a boolean of a bool tensor).
   *
   * @throws ShapeError if there is not exactly one element.
   * @example await tensor([1, 2]).sum().item(); // 3
   */
  async item<T extends number | boolean = number>(...rest: []): Promise<T> {
    fn.refuseArguments("item", rest);
    host.checkSingle(this);
    return host.toScalar<T>(this.dtype, await host.read("item", this));
  }
  /**
   * Nested arrays of numbers (booleans of a bool tensor).
   *
   * @example await tensor([[1, 2], [3, 4]]).toArray(); // [[1, 2], [3, 4]]
   */
  async toArray<T = NestedArray>(...rest: []): Promise<T> {
    fn.refuseArguments("toArray", rest);
    host.checkNestable("toArray", this);
    return host.nest(this.dtype, this.shape, await host.read("toArray", this)) as T;
  }
  /**
   * A copy of the elements in row-major order, as a typed array.
   *
   * @example [...(await tensor([[1, 2], [3, 4]]).data())]; // [1, 2, 3, 4]
   */
  async data(...rest: []): Promise<TypedArray> {
    fn.refuseArguments("data", rest);
    return host.read("data", this);
  }
  /**
   * {@link item}, read synchronously.
   *
   * @throws DeviceError on a device that cannot be read synchronously.
   * @example tensor(7).itemSync(); // 7
   */
  itemSync<T extends number | boolean = number>(...rest: []): T {
    fn.refuseArguments("itemSync", rest);
    host.checkSingle(this);
    return host.toScalar<T>(this.dtype, host.readSync("itemSync", this));
  }
  /**
   * {@link toArray}, read synchronously.
   *
   * @throws DeviceError on a device that cannot be read synchronously.
   * @example tensor([[1, 2], [3, 4]]).toArraySync(); // [[1, 2], [3, 4]]
   */
  toArraySync<T = NestedArray>(...rest: []): T {
    fn.refuseArguments("toArraySync", rest);
    host.checkNestable("toArraySync", this);
    return host.nest(this.dtype, this.shape, host.readSync("toArraySync", this)) as T;
  }
  /**
   * {@link toArray} by PyTorch's name: nested arrays of numbers.
   *
   * @example await tensor([[1, 2], [3, 4]]).tolist(); // [[1, 2], [3, 4]]
   */
  async tolist<T = NestedArray>(...rest: []): Promise<T> {
    return this.toArray<T>(...rest);
  }
  /**
   * {@link data}, read synchronously.
   *
   * @throws DeviceError on a device that cannot be read synchronously.
   * @example tensor([1, 2]).dataSync(); // Float32Array(2) [1, 2]
   */
  dataSync(...rest: []): TypedArray {
    fn.refuseArguments("dataSync", rest);
    return host.readSync("dataSync", this);
  }
  /**
   * A copy as an `ndarray` of the npm package, with the same strides.
   *
   * @throws DeviceError on a device that cannot be read synchronously.
   * @example tensor([[1, 2], [3, 4]]).toNdarray().get(1, 0); // 3
   */
  toNdarray(...rest: []): host.HostNdarray {
    fn.refuseArguments("toNdarray", rest);
    return host.toNdarray(this);
  }
  /**
   * {@link toNdarray} by PyTorch's name: a copy as an `ndarray`, where PyTorch shares the memory.
   *
   * @throws DeviceError on a device that cannot be read synchronously.
   * @example tensor([[1, 2], [3, 4]]).numpy().get(1, 0); // 3
   */
  numpy(...rest: []): host.HostNdarray {
    return this.toNdarray(...rest);
  }
  /**
   * The text of the elements in PyTorch's format.
   *
   * @example `${tensor([1, 2])}`; // tensor([1., 2.])
   */
  toString(): string {
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
      "[Tensor] JavaScript's operators do not support tensors. Use the methods: a.add(b), sub, mul, div, neg, " +
        "pow, eq, lt, gt; itemSync() gives the number of one element, and String(x) or a template its text.",
    );
  }
  /**
   * Nested arrays for `JSON.stringify`, as those of {@link toArraySync}. JSON has no NaN and no infinities: they become
   * null.
   *
   * @throws DeviceError on a device that cannot be read synchronously.
   * @example JSON.stringify({ x: tensor([1, 2]) }); // {"x":[1,2]}
   */
  toJSON(): NestedArray {
    return host.nest(this.dtype, this.shape, host.readSync("toJSON", this));
  }

  // --- Memory -----------------------------------------------------------------------------------------------------

  /**
   * Frees the memory at once unless another tensor shares it (a view, or one made by `detach`). It is optional: the
   * garbage collector frees it as well. Using the tensor afterwards is an error; a second call does nothing.
   *
   * @example
   * ```ts
   * const x = ones(1000);
   * x.dispose();
   * x.sum(); // throws GraphError: [sum] use of a freed storage
   * ```
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

  // --- Dtype and device ---------------------------------------------------------------------------------------------

  /**
   * This tensor with another dtype, on another device, or both; itself if nothing changes. Gradients pass back through
   * it.
   *
   * @throws DeviceError for a device that is not available, and for a move from a device that cannot be read
   * synchronously: see {@link cpu}.
   * @example tensor([0, 2]).to("bool"); // tensor([False, True])
   */
  to(...args: fn.ToArgs): Tensor {
    return fn.to(this, ...args);
  }
  /**
   * This tensor as float32.
   *
   * @example tensor([true, false]).float(); // tensor([1., 0.])
   */
  float(...rest: []): Tensor {
    return fn.float(this, ...rest);
  }
  /**
   * This tensor as float64.
   *
   * @example tensor([0.5]).double(); // tensor([0.5000], dtype=torch.float64)
   */
  double(...rest: []): Tensor {
    return fn.double(this, ...rest);
  }
  /**
   * This tensor as int32, which stands for PyTorch's int64: there is no int64.
   *
   * @example tensor([2.9]).long().dtype; // int32
   */
  long(...rest: []): Tensor {
    return fn.long(this, ...rest);
  }
  /**
   * This tensor as int32, which holds all numbers of PyTorch's int16.
   *
   * @example tensor([2.9]).short().dtype; // int32
   */
  short(...rest: []): Tensor {
    return fn.short(this, ...rest);
  }
  /**
   * This tensor as uint8; fractions are truncated.
   *
   * @example tensor([2.9]).byte().dtype; // uint8
   */
  byte(...rest: []): Tensor {
    return fn.byte(this, ...rest);
  }
  /**
   * This tensor in the dtype of another one.
   *
   * @example tensor([1.9]).typeAs(tensor([true])); // tensor([True])
   */
  typeAs(...args: fn.OtherArgs): Tensor {
    return fn.typeAs(this, ...args);
  }
  /**
   * This tensor as int32; fractions are truncated.
   *
   * @example tensor([2.9]).int(); // tensor([2])
   */
  int(...rest: []): Tensor {
    return fn.int(this, ...rest);
  }
  /**
   * This tensor as bool: true where an element is not 0.
   *
   * @example tensor([0.5, 0]).bool(); // tensor([True, False])
   */
  bool(...rest: []): Tensor {
    return fn.bool(this, ...rest);
  }
  /**
   * This tensor on the CPU; itself if it is there already. Gradients pass back to its device.
   *
   * @example (await tensor([1, 2]).cpu()).device; // cpu
   */
  async cpu(...rest: []): Promise<Tensor> {
    fn.refuseArguments("cpu", rest);
    if (this.device !== "cpu") return fn.toCpu(this, await host.read("cpu", this));
    await yieldToEventLoop();
    return this;
  }

  // --- Arithmetic -------------------------------------------------------------------------------------------------

  /**
   * Adds `alpha`·`other`, with broadcasting and type promotion.
   *
   * @example tensor([1, 2]).add(tensor([[10], [20]])); // tensor([[11., 12.], [21., 22.]])
   */
  add(...args: fn.AddArgs): Tensor {
    return fn.add(this, ...args);
  }
  /**
   * Subtracts `alpha`·`other`, with broadcasting and type promotion.
   *
   * @throws DTypeError for a bool operand.
   * @example tensor([5, 7]).sub(1, { alpha: 2 }); // tensor([3., 5.])
   */
  sub(...args: fn.AddArgs): Tensor {
    return fn.sub(this, ...args);
  }
  /**
   * Multiplies element-wise, with broadcasting and type promotion.
   *
   * @example tensor([1, 2]).mul(3); // tensor([3., 6.])
   */
  mul(...args: fn.OperandArgs): Tensor {
    return fn.mul(this, ...args);
  }
  /**
   * Divides element-wise: the true quotient, or one rounded by `roundingMode` "trunc" or "floor".
   *
   * @example tensor([7, 8]).int().div(2); // tensor([3.5000, 4.0000])
   */
  div(...args: fn.DivArgs): Tensor {
    return fn.div(this, ...args);
  }
  /**
   * Raises each element to a power.
   *
   * @throws ValueError for integers to a negative power.
   * @example tensor([4, 9]).pow(0.5); // tensor([2., 3.])
   */
  pow(...args: fn.PowArgs): Tensor {
    return fn.pow(this, ...args);
  }
  /**
   * Element-wise remainder of division, with the sign of the divisor.
   *
   * @example tensor([5, -5]).remainder(3); // tensor([2., 1.])
   */
  remainder(...args: fn.OperandArgs): Tensor {
    return fn.remainder(this, ...args);
  }
  /**
   * Element-wise remainder of division, with the sign of the dividend.
   *
   * @example tensor([5, -5]).fmod(3); // tensor([2., -2.])
   */
  fmod(...args: fn.OperandArgs): Tensor {
    return fn.fmod(this, ...args);
  }
  /**
   * Element-wise floor division, ⌊this/other⌋, in the common dtype.
   *
   * @example tensor([9, -9]).int().floorDivide(4); // tensor([2, -3])
   */
  floorDivide(...args: fn.OperandArgs): Tensor {
    return fn.floorDivide(this, ...args);
  }
  /**
   * Element-wise angle of the point (other, this), in radians from −π to π.
   *
   * @example tensor([1]).atan2(tensor([1])); // tensor([0.7854])
   */
  atan2(...args: fn.OtherArgs): Tensor {
    return fn.atan2(this, ...args);
  }
  /**
   * Element-wise length of the hypotenuse, √(this² + other²).
   *
   * @example tensor([3]).hypot(tensor([4])); // tensor([5.])
   */
  hypot(...args: fn.OtherArgs): Tensor {
    return fn.hypot(this, ...args);
  }
  /**
   * The size of each element with the sign of that of `other`.
   *
   * @example tensor([1, -2]).copysign(-1); // tensor([-1., -2.])
   */
  copysign(...args: fn.OperandArgs): Tensor {
    return fn.copysign(this, ...args);
  }
  /**
   * Element-wise this·log(other), 0 where this is 0.
   *
   * @example tensor([0, 2]).xlogy(tensor([0, 1])); // tensor([0., 0.])
   */
  xlogy(...args: fn.OperandArgs): Tensor {
    return fn.xlogy(this, ...args);
  }
  /**
   * Element-wise this·2ᵒᵗʰᵉʳ.
   *
   * @example tensor([3]).ldexp(tensor([2])); // tensor([12.])
   */
  ldexp(...args: fn.OtherArgs): Tensor {
    return fn.ldexp(this, ...args);
  }
  /**
   * Heaviside step function: 0 below 0, 1 above, and `values` at 0.
   *
   * @example tensor([-1, 0, 1]).heaviside(tensor(5)); // tensor([0., 5., 1.])
   */
  heaviside(...args: fn.HeavisideArgs): Tensor {
    return fn.heaviside(this, ...args);
  }
  /**
   * Element-wise log(eᵃ + eᵇ), computed without overflow.
   *
   * @example tensor([1000]).logaddexp(tensor([-1000])); // tensor([1000.])
   */
  logaddexp(...args: fn.OtherArgs): Tensor {
    return fn.logaddexp(this, ...args);
  }
  /**
   * Element-wise log₂(2ᵃ + 2ᵇ), computed without overflow.
   *
   * @example tensor([3]).logaddexp2(tensor([3])); // tensor([4.])
   */
  logaddexp2(...args: fn.OtherArgs): Tensor {
    return fn.logaddexp2(this, ...args);
  }
  /**
   * Linear interpolation, this + weight·(end − this).
   *
   * @example tensor([0]).lerp(tensor([8]), 0.25); // tensor([2.])
   */
  lerp(...args: fn.LerpArgs): Tensor {
    return fn.lerp(this, ...args);
  }
  /**
   * Adds a scaled product, this + value·tensor1·tensor2.
   *
   * @example tensor([1]).addcmul(tensor([2]), tensor([3])); // tensor([7.])
   */
  addcmul(...args: fn.AddcArgs): Tensor {
    return fn.addcmul(this, ...args);
  }
  /**
   * Adds a scaled quotient, this + value·tensor1/tensor2.
   *
   * @example tensor([1]).addcdiv(tensor([6]), tensor([3])); // tensor([3.])
   */
  addcdiv(...args: fn.AddcArgs): Tensor {
    return fn.addcdiv(this, ...args);
  }
  /**
   * Element-wise maximum of two tensors, with broadcasting.
   *
   * @example tensor([-1, 2]).maximum(0); // tensor([0., 2.])
   */
  maximum(...args: fn.OperandArgs): Tensor {
    return fn.maximum(this, ...args);
  }
  /**
   * Element-wise minimum of two tensors, with broadcasting.
   *
   * @example tensor([-1, 2]).minimum(0); // tensor([-1., 0.])
   */
  minimum(...args: fn.OperandArgs): Tensor {
    return fn.minimum(this, ...args);
  }
  /**
   * Element-wise negation, `−this`.
   *
   * @throws DTypeError for a bool tensor.
   * @example tensor([3, -4]).neg(); // tensor([-3., 4.])
   */
  neg(...rest: []): Tensor {
    return fn.neg(this, ...rest);
  }
  /**
   * Element-wise absolute value.
   *
   * @throws DTypeError for a bool tensor.
   * @example tensor([-3, 4]).abs(); // tensor([3., 4.])
   */
  abs(...rest: []): Tensor {
    return fn.abs(this, ...rest);
  }
  /**
   * Element-wise sign: −1, 0 or 1.
   *
   * @example tensor([-0.5, 7]).sign(); // tensor([-1., 1.])
   */
  sign(...rest: []): Tensor {
    return fn.sign(this, ...rest);
  }
  /**
   * Element-wise square.
   *
   * @example tensor([5]).square(); // tensor([25.])
   */
  square(...rest: []): Tensor {
    return fn.square(this, ...rest);
  }
  /**
   * Element-wise exponential, eˣ.
   *
   * @example tensor([0, -1]).exp(); // tensor([1.0000, 0.3679])
   */
  exp(...rest: []): Tensor {
    return fn.exp(this, ...rest);
  }
  /**
   * Element-wise eˣ − 1, accurate for x near 0.
   *
   * @example tensor([0]).expm1(); // tensor([0.])
   */
  expm1(...rest: []): Tensor {
    return fn.expm1(this, ...rest);
  }
  /**
   * Element-wise natural logarithm.
   *
   * @example tensor([1, 10]).log(); // tensor([0.0000, 2.3026])
   */
  log(...rest: []): Tensor {
    return fn.log(this, ...rest);
  }
  /**
   * Element-wise log(1 + x), accurate for x near 0.
   *
   * @example tensor([0, 9]).log1p(); // tensor([0.0000, 2.3026])
   */
  log1p(...rest: []): Tensor {
    return fn.log1p(this, ...rest);
  }
  /**
   * Element-wise square root.
   *
   * @example tensor([9, 16]).sqrt(); // tensor([3., 4.])
   */
  sqrt(...rest: []): Tensor {
    return fn.sqrt(this, ...rest);
  }
  /**
   * Element-wise reciprocal of the square root, 1/√x.
   *
   * @example tensor([0.25]).rsqrt(); // tensor([2.])
   */
  rsqrt(...rest: []): Tensor {
    return fn.rsqrt(this, ...rest);
  }
  /**
   * Element-wise reciprocal, 1/x.
   *
   * @example tensor([0.5, 1]).reciprocal(); // tensor([2., 1.])
   */
  reciprocal(...rest: []): Tensor {
    return fn.reciprocal(this, ...rest);
  }
  /**
   * Element-wise sine of angles in radians.
   *
   * @example tensor([0]).sin(); // tensor([0.])
   */
  sin(...rest: []): Tensor {
    return fn.sin(this, ...rest);
  }
  /**
   * Element-wise cosine of angles in radians.
   *
   * @example tensor([0]).cos(); // tensor([1.])
   */
  cos(...rest: []): Tensor {
    return fn.cos(this, ...rest);
  }
  /**
   * Element-wise tangent of angles in radians.
   *
   * @example tensor([0]).tan(); // tensor([0.])
   */
  tan(...rest: []): Tensor {
    return fn.tan(this, ...rest);
  }
  /**
   * Element-wise inverse sine, in radians.
   *
   * @example tensor([-1]).asin(); // tensor([-1.5708])
   */
  asin(...rest: []): Tensor {
    return fn.asin(this, ...rest);
  }
  /**
   * Element-wise inverse cosine, in radians.
   *
   * @example tensor([-1]).acos(); // tensor([3.1416])
   */
  acos(...rest: []): Tensor {
    return fn.acos(this, ...rest);
  }
  /**
   * Element-wise inverse tangent, in radians.
   *
   * @example tensor([-1]).atan(); // tensor([-0.7854])
   */
  atan(...rest: []): Tensor {
    return fn.atan(this, ...rest);
  }
  /**
   * Element-wise hyperbolic sine.
   *
   * @example tensor([0]).sinh(); // tensor([0.])
   */
  sinh(...rest: []): Tensor {
    return fn.sinh(this, ...rest);
  }
  /**
   * Element-wise hyperbolic cosine.
   *
   * @example tensor([0]).cosh(); // tensor([1.])
   */
  cosh(...rest: []): Tensor {
    return fn.cosh(this, ...rest);
  }
  /**
   * Element-wise inverse hyperbolic sine.
   *
   * @example tensor([0]).asinh(); // tensor([0.])
   */
  asinh(...rest: []): Tensor {
    return fn.asinh(this, ...rest);
  }
  /**
   * Element-wise inverse hyperbolic cosine.
   *
   * @example tensor([1]).acosh(); // tensor([0.])
   */
  acosh(...rest: []): Tensor {
    return fn.acosh(this, ...rest);
  }
  /**
   * Element-wise inverse hyperbolic tangent.
   *
   * @example tensor([0]).atanh(); // tensor([0.])
   */
  atanh(...rest: []): Tensor {
    return fn.atanh(this, ...rest);
  }
  /**
   * Element-wise power of two, 2ˣ.
   *
   * @example tensor([-1, 4]).exp2(); // tensor([0.5000, 16.0000])
   */
  exp2(...rest: []): Tensor {
    return fn.exp2(this, ...rest);
  }
  /**
   * Element-wise logarithm to the base 2.
   *
   * @example tensor([2, 16]).log2(); // tensor([1., 4.])
   */
  log2(...rest: []): Tensor {
    return fn.log2(this, ...rest);
  }
  /**
   * Element-wise logarithm to the base 10.
   *
   * @example tensor([10]).log10(); // tensor([1.])
   */
  log10(...rest: []): Tensor {
    return fn.log10(this, ...rest);
  }
  /**
   * Element-wise hyperbolic tangent.
   *
   * @example tensor([0]).tanh(); // tensor([0.])
   */
  tanh(...rest: []): Tensor {
    return fn.tanh(this, ...rest);
  }
  /**
   * Element-wise logistic sigmoid, 1/(1 + e⁻ˣ).
   *
   * @example tensor([0]).sigmoid(); // tensor([0.5000])
   */
  sigmoid(...rest: []): Tensor {
    return fn.sigmoid(this, ...rest);
  }
  /**
   * Element-wise error function, 2/√π·∫₀ˣ e^(−t²) dt.
   *
   * @example tensor([0]).erf(); // tensor([0.])
   */
  erf(...rest: []): Tensor {
    return fn.erf(this, ...rest);
  }
  /**
   * Element-wise complementary error function, 1 − erf(x), accurate for large x.
   *
   * @example tensor([0]).erfc(); // tensor([1.])
   */
  erfc(...rest: []): Tensor {
    return fn.erfc(this, ...rest);
  }
  /**
   * Element-wise inverse of the error function: ±∞ at ±1, NaN beyond.
   *
   * @example tensor([0]).erfinv(); // tensor([0.])
   */
  erfinv(...rest: []): Tensor {
    return fn.erfinv(this, ...rest);
  }
  /**
   * Element-wise logarithm of the absolute value of the gamma function.
   *
   * @example tensor([3]).lgamma(); // tensor([0.6931])
   */
  lgamma(...rest: []): Tensor {
    return fn.lgamma(this, ...rest);
  }
  /**
   * Element-wise logarithmic derivative of the gamma function: −∞ at 0, NaN at negative integers.
   *
   * @example tensor([1]).digamma(); // tensor([-0.5772])
   */
  digamma(...rest: []): Tensor {
    return fn.digamma(this, ...rest);
  }
  /**
   * Element-wise normalised sinc, sin(πx)/(πx), 1 at 0.
   *
   * @example tensor([0]).sinc(); // tensor([1.])
   */
  sinc(...rest: []): Tensor {
    return fn.sinc(this, ...rest);
  }
  /**
   * Element-wise logit, log(x/(1 − x)), the inverse of the sigmoid.
   *
   * @example tensor([0.5]).logit(); // tensor([0.])
   */
  logit(...args: fn.LogitArgs): Tensor {
    return fn.logit(this, ...args);
  }
  /**
   * Rectified linear unit, max(x, 0), element-wise.
   *
   * @throws DTypeError for a bool tensor.
   * @example tensor([-3, 3]).relu(); // tensor([0., 3.])
   */
  relu(...rest: []): Tensor {
    return fn.relu(this, ...rest);
  }
  /**
   * Rounds each element down to an integer.
   *
   * @example tensor([2.5]).floor(); // tensor([2.])
   */
  floor(...rest: []): Tensor {
    return fn.floor(this, ...rest);
  }
  /**
   * Rounds each element up to an integer.
   *
   * @example tensor([2.5]).ceil(); // tensor([3.])
   */
  ceil(...rest: []): Tensor {
    return fn.ceil(this, ...rest);
  }
  /**
   * The part of each element behind the point, with its sign.
   *
   * @example tensor([2.5, -0.25]).frac(); // tensor([ 0.5000, -0.2500])
   */
  frac(...rest: []): Tensor {
    return fn.frac(this, ...rest);
  }
  /**
   * The tensor itself: unary `+`.
   *
   * @example tensor([-2]).positive(); // tensor([-2.])
   */
  positive(...rest: []): Tensor {
    return fn.positive(this, ...rest);
  }
  /**
   * Converts angles in degrees to radians.
   *
   * @example tensor([90]).deg2rad(); // tensor([1.5708])
   */
  deg2rad(...rest: []): Tensor {
    return fn.deg2rad(this, ...rest);
  }
  /**
   * Converts angles in radians to degrees.
   *
   * @example tensor([1]).rad2deg(); // tensor([57.2958])
   */
  rad2deg(...rest: []): Tensor {
    return fn.rad2deg(this, ...rest);
  }
  /**
   * Rounds each element to the nearest integer, halves to the even one, or to `decimals` decimal places.
   *
   * @example tensor([2.5, 3.5]).round(); // tensor([2., 4.])
   */
  round(...args: fn.RoundArgs): Tensor {
    return fn.round(this, ...args);
  }
  /**
   * Rounds each element towards 0.
   *
   * @example tensor([2.5, -2.5]).trunc(); // tensor([2., -2.])
   */
  trunc(...rest: []): Tensor {
    return fn.trunc(this, ...rest);
  }
  /**
   * Limits each element to [min, max]; one bound may be left out or null.
   *
   * @example tensor([-2, 3]).clamp(0, 2); // tensor([0., 2.])
   */
  clamp(...args: fn.ClampArgs): Tensor {
    return fn.clamp(this, ...args);
  }

  // --- Products of matrices ---------------------------------------------------------------------------------------

  /**
   * Matrix product by NumPy's rules: vectors, matrices, and batches that broadcast.
   *
   * @example tensor([[1, 2]]).matmul(tensor([[3], [4]])); // tensor([[11.]])
   */
  matmul(...args: fn.OtherArgs): Tensor {
    return fn.matmul(this, ...args);
  }
  /**
   * Matrix product with a matrix: [n, k] and [k, m] → [n, m].
   *
   * @example tensor([[1, 2], [3, 4]]).mm(tensor([[1], [1]])); // tensor([[3.], [7.]])
   */
  mm(...args: fn.Mat2Args): Tensor {
    return fn.mm(this, ...args);
  }
  /**
   * Batched matrix product: [b, n, k] and [b, k, m] → [b, n, m].
   *
   * @example tensor([[[1, 2]]]).bmm(tensor([[[3], [4]]])); // tensor([[[11.]]])
   */
  bmm(...args: fn.Mat2Args): Tensor {
    return fn.bmm(this, ...args);
  }
  /**
   * Dot product of two vectors of one length: a 0-d tensor.
   *
   * @example tensor([2, 3]).dot(tensor([2, 1])); // tensor(7.)
   */
  dot(...args: fn.OtherArgs): Tensor {
    return fn.dot(this, ...args);
  }
  /**
   * Outer product of two vectors: [n] and [m] → [n, m].
   *
   * @example tensor([1, 2]).outer(tensor([10])); // tensor([[10.], [20.]])
   */
  outer(...args: fn.OuterArgs): Tensor {
    return fn.outer(this, ...args);
  }
  /**
   * Matrix product added to this tensor, beta·this + alpha·mat1·mat2.
   *
   * @example tensor([[1]]).addmm(tensor([[2]]), tensor([[3]]), { alpha: 10 }); // tensor([[61.]])
   */
  addmm(...args: fn.AddmmArgs): Tensor {
    return fn.addmm(this, ...args);
  }
  /**
   * Cross product of 3-vectors along a dimension of size 3, by default the first one.
   *
   * @example tensor([0, 1, 0]).cross(tensor([0, 0, 1])); // tensor([1., 0., 0.])
   */
  cross(...args: fn.CrossArgs): Tensor {
    return fn.cross(this, ...args);
  }

  // --- Comparison: bool tensors, no gradient ----------------------------------------------------------------------

  /**
   * Element-wise equality, with broadcasting: a bool tensor.
   *
   * @example tensor([1, 2]).eq(2); // tensor([False, True])
   */
  eq(...args: fn.OperandArgs): Tensor {
    return fn.eq(this, ...args);
  }
  /**
   * Element-wise inequality, with broadcasting: a bool tensor.
   *
   * @example tensor([1, 2]).ne(2); // tensor([True, False])
   */
  ne(...args: fn.OperandArgs): Tensor {
    return fn.ne(this, ...args);
  }
  /**
   * Element-wise `this < other`, with broadcasting: a bool tensor.
   *
   * @example tensor([1, 2]).lt(tensor([2, 2])); // tensor([True, False])
   */
  lt(...args: fn.OperandArgs): Tensor {
    return fn.lt(this, ...args);
  }
  /**
   * Element-wise `this ≤ other`, with broadcasting: a bool tensor.
   *
   * @example tensor([1, 3]).le(tensor([2, 2])); // tensor([True, False])
   */
  le(...args: fn.OperandArgs): Tensor {
    return fn.le(this, ...args);
  }
  /**
   * Element-wise `this > other`, with broadcasting: a bool tensor.
   *
   * @example tensor([1, 3]).gt(tensor([2, 2])); // tensor([False, True])
   */
  gt(...args: fn.OperandArgs): Tensor {
    return fn.gt(this, ...args);
  }
  /**
   * Element-wise `this ≥ other`, with broadcasting: a bool tensor.
   *
   * @example tensor([1, 2]).ge(tensor([2, 2])); // tensor([False, True])
   */
  ge(...args: fn.OperandArgs): Tensor {
    return fn.ge(this, ...args);
  }
  /**
   * Element-wise logical and; every element that is not 0 counts as true.
   *
   * @example tensor([1, 0]).logicalAnd(tensor([5, 5])); // tensor([True, False])
   */
  logicalAnd(...args: fn.OperandArgs): Tensor {
    return fn.logicalAnd(this, ...args);
  }
  /**
   * Element-wise logical or; every element that is not 0 counts as true.
   *
   * @example tensor([1, 0]).logicalOr(tensor([0, 0])); // tensor([True, False])
   */
  logicalOr(...args: fn.OperandArgs): Tensor {
    return fn.logicalOr(this, ...args);
  }
  /**
   * Element-wise exclusive or; every element that is not 0 counts as true.
   *
   * @example tensor([1, 0]).logicalXor(tensor([0, 0])); // tensor([True, False])
   */
  logicalXor(...args: fn.OtherArgs): Tensor {
    return fn.logicalXor(this, ...args);
  }
  /**
   * Element-wise "and" of the bits of integers, or logical "and" of bools.
   *
   * @example tensor([6, 5]).int().bitwiseAnd(3); // tensor([2, 1])
   */
  bitwiseAnd(...args: fn.OperandArgs): Tensor {
    return fn.bitwiseAnd(this, ...args);
  }
  /**
   * Element-wise "or" of the bits of integers, or logical "or" of bools.
   *
   * @example tensor([6, 5]).int().bitwiseOr(3); // tensor([7, 7])
   */
  bitwiseOr(...args: fn.OperandArgs): Tensor {
    return fn.bitwiseOr(this, ...args);
  }
  /**
   * Element-wise exclusive "or" of the bits of integers, or of bools.
   *
   * @example tensor([6, 5]).int().bitwiseXor(3); // tensor([5, 6])
   */
  bitwiseXor(...args: fn.OperandArgs): Tensor {
    return fn.bitwiseXor(this, ...args);
  }
  /**
   * Element-wise shift of the bits of integers to the left.
   *
   * @example tensor([1, 5]).int().bitwiseLeftShift(2); // tensor([ 4, 20])
   */
  bitwiseLeftShift(...args: fn.OperandArgs): Tensor {
    return fn.bitwiseLeftShift(this, ...args);
  }
  /**
   * Element-wise shift of the bits of integers to the right; the sign stays.
   *
   * @example tensor([20, -5]).int().bitwiseRightShift(2); // tensor([ 5, -2])
   */
  bitwiseRightShift(...args: fn.OperandArgs): Tensor {
    return fn.bitwiseRightShift(this, ...args);
  }
  /**
   * Element-wise complement of the bits of integers, or logical "not" of bools.
   *
   * @example tensor([true, false]).bitwiseNot(); // tensor([False, True])
   */
  bitwiseNot(...rest: []): Tensor {
    return fn.bitwiseNot(this, ...rest);
  }
  /**
   * Element-wise logical not: true where an element is 0.
   *
   * @example tensor([0, 2]).logicalNot(); // tensor([True, False])
   */
  logicalNot(...rest: []): Tensor {
    return fn.logicalNot(this, ...rest);
  }
  /**
   * Tests each element for NaN: a bool tensor.
   *
   * @example tensor([Number.NaN]).isnan(); // tensor([True])
   */
  isnan(...rest: []): Tensor {
    return fn.isnan(this, ...rest);
  }
  /**
   * Tests each element for being neither NaN nor infinite: a bool tensor.
   *
   * @example tensor([0, -Infinity]).isfinite(); // tensor([True, False])
   */
  isfinite(...rest: []): Tensor {
    return fn.isfinite(this, ...rest);
  }
  /**
   * Tests each element for ∞ and −∞: a bool tensor.
   *
   * @example tensor([Infinity, 1]).isinf(); // tensor([True, False])
   */
  isinf(...rest: []): Tensor {
    return fn.isinf(this, ...rest);
  }
  /**
   * Tests each element for ∞: a bool tensor.
   *
   * @example tensor([Infinity, -Infinity]).isposinf(); // tensor([True, False])
   */
  isposinf(...rest: []): Tensor {
    return fn.isposinf(this, ...rest);
  }
  /**
   * Tests each element for −∞: a bool tensor.
   *
   * @example tensor([Infinity, -Infinity]).isneginf(); // tensor([False, True])
   */
  isneginf(...rest: []): Tensor {
    return fn.isneginf(this, ...rest);
  }
  /**
   * Tests each element for the sign "minus", which −0 has, too: a bool tensor.
   *
   * @example tensor([1, -2]).signbit(); // tensor([False, True])
   */
  signbit(...rest: []): Tensor {
    return fn.signbit(this, ...rest);
  }
  /**
   * Element-wise closeness, |a − b| ≤ atol + rtol·|b|: a bool tensor.
   *
   * @example tensor([1]).isclose(tensor([1.05]), { rtol: 0.1 }); // tensor([True])
   */
  isclose(...args: fn.CloseArgs): Tensor {
    return fn.isclose(this, ...args);
  }
  /**
   * The larger one of each element and `min`.
   *
   * @example tensor([-2, 3]).clampMin(0); // tensor([0., 3.])
   */
  clampMin(...args: fn.ClampMinArgs): Tensor {
    return fn.clampMin(this, ...args);
  }
  /**
   * The smaller one of each element and `max`.
   *
   * @example tensor([-2, 3]).clampMax(1); // tensor([-2., 1.])
   */
  clampMax(...args: fn.ClampMaxArgs): Tensor {
    return fn.clampMax(this, ...args);
  }
  /**
   * Replaces NaN, ∞ and −∞, by default with 0 and the largest and smallest finite number of the dtype.
   *
   * @example tensor([Number.NaN, 2]).nanToNum(-1); // tensor([-1., 2.])
   */
  nanToNum(...args: fn.NanToNumArgs): Tensor {
    return fn.nanToNum(this, ...args);
  }
  /**
   * Keeps the elements where the condition is true and takes `other` elsewhere.
   *
   * @throws DTypeError if the condition is not a bool tensor.
   * @example tensor([1, 2]).where(tensor([true, false]), -1); // tensor([1., -1.])
   */
  where(...args: fn.WhereArgs): Tensor {
    return fn.whereElse(this, ...args);
  }
  /**
   * Tests that all elements are close: |a − b| ≤ atol + rtol·|b|. Reads synchronously.
   *
   * @example tensor([1]).allclose(tensor([1.000001])); // true
   */
  allclose(...args: fn.CloseArgs): boolean {
    return fn.allclose(this, ...args);
  }
  /**
   * Tests for the same shape and the same elements. Reads synchronously.
   *
   * @example tensor([1]).equal(tensor([[1]])); // false
   */
  equal(...args: fn.OtherArgs): boolean {
    return fn.equal(this, ...args);
  }

  // --- Reduction --------------------------------------------------------------------------------------------------

  /**
   * Sum of all elements, or over dimensions. Integers and bools are summed as int32.
   *
   * @example tensor([[1, 2], [3, 4]]).sum(1); // tensor([3., 7.])
   */
  sum(...args: fn.SumArgs): Tensor {
    return fn.sum(this, ...args);
  }
  /**
   * Mean of all elements, or over dimensions.
   *
   * @throws DTypeError for integers and bools without a floating `dtype`.
   * @example tensor([1, 3]).mean(); // tensor(2.)
   */
  mean(...args: fn.SumArgs): Tensor {
    return fn.mean(this, ...args);
  }
  /**
   * Product of all elements, or along one dimension. Products of integers and bools are int32.
   *
   * @example tensor([2, 3, 4]).prod(); // tensor(24.)
   */
  prod(...args: fn.ReduceArgs<number, fn.DTypeOption>): Tensor {
    return fn.prod(this, ...args);
  }
  /**
   * Maximum of all elements; the maxima along a dimension with their indices; or the element-wise maximum with another
   * tensor.
   *
   * @example tensor([1, 5, 4]).max(); // tensor(5.)
   */
  max(): Tensor;
  max(other: Tensor): Tensor;
  max(options: { readonly other: Tensor }): Tensor;
  max(dim: number, keepdim?: boolean): ValuesAndIndices;
  max(dim: number, options: { readonly keepdim?: boolean | undefined }): ValuesAndIndices;
  max(options: fn.ReduceOptions<number> & { readonly dim: number }): ValuesAndIndices;
  max(...args: readonly []): Tensor | ValuesAndIndices {
    return fn.max(this, ...args);
  }
  /**
   * Minimum of all elements; the minima along a dimension with their indices; or the element-wise minimum with another
   * tensor.
   *
   * @example tensor([3, 1, 4]).min(); // tensor(1.)
   */
  min(): Tensor;
  min(other: Tensor): Tensor;
  min(options: { readonly other: Tensor }): Tensor;
  min(dim: number, keepdim?: boolean): ValuesAndIndices;
  min(dim: number, options: { readonly keepdim?: boolean | undefined }): ValuesAndIndices;
  min(options: fn.ReduceOptions<number> & { readonly dim: number }): ValuesAndIndices;
  min(...args: readonly []): Tensor | ValuesAndIndices {
    return fn.min(this, ...args);
  }
  /**
   * Maximum of all elements, or over dimensions; equal maxima share the gradient.
   *
   * @example tensor([[1, 5], [4, 2]]).amax([0, 1]); // tensor(5.)
   */
  amax(...args: fn.ReduceArgs): Tensor {
    return fn.amax(this, ...args);
  }
  /**
   * Minimum of all elements, or over dimensions; equal minima share the gradient.
   *
   * @example tensor([[1, 5], [4, 2]]).amin(1); // tensor([1., 2.])
   */
  amin(...args: fn.ReduceArgs): Tensor {
    return fn.amin(this, ...args);
  }
  /**
   * Index of the maximum, int32: in the flattened tensor, or along a dimension.
   *
   * @example tensor([3, 9, 4]).argmax(); // tensor(1)
   */
  argmax(...args: fn.ReduceArgs<number>): Tensor {
    return fn.argmax(this, ...args);
  }
  /**
   * Index of the minimum, int32: in the flattened tensor, or along a dimension.
   *
   * @example tensor([3, 9, 1]).argmin(); // tensor(2)
   */
  argmin(...args: fn.ReduceArgs<number>): Tensor {
    return fn.argmin(this, ...args);
  }
  /**
   * Variance of all elements, or over dimensions: the sum of squared deviations divided by n − `correction`, by default
   * n − 1.
   *
   * @throws DTypeError for integers and bools.
   * @example tensor([1, 3]).var(); // tensor(2.)
   */
  var(...args: fn.VarianceArgs): Tensor {
    return fn.var(this, ...args);
  }
  /**
   * Standard deviation of all elements, or over dimensions: the square root of {@link var}.
   *
   * @example tensor([[1, 3], [2, 2]]).std(1, { correction: 0 }); // tensor([1., 0.])
   */
  std(...args: fn.VarianceArgs): Tensor {
    return fn.std(this, ...args);
  }
  /**
   * Vector p-norm of all elements, or over dimensions; p may be ±Infinity.
   *
   * @throws DTypeError for integers and bools.
   * @example tensor([3, -4]).norm(Infinity); // tensor(4.)
   */
  norm(...args: fn.NormArgs): Tensor {
    return fn.norm(this, ...args);
  }
  /**
   * Tests that all elements are not 0, in the whole tensor or along a dimension.
   *
   * @example tensor([1, 0]).all(); // tensor(False)
   */
  all(...args: fn.ReduceArgs<number>): Tensor {
    return fn.all(this, ...args);
  }
  /**
   * Tests that at least one element is not 0, in the whole tensor or along a dimension.
   *
   * @example tensor([1, 0]).any(); // tensor(True)
   */
  any(...args: fn.ReduceArgs<number>): Tensor {
    return fn.any(this, ...args);
  }
  /**
   * Logarithm of the sum of exponentials over dimensions, log Σ eˣ, without overflow.
   *
   * @example tensor([0, 0]).logsumexp(0); // tensor(0.6931)
   */
  logsumexp(...args: fn.LogsumexpArgs): Tensor {
    return fn.logsumexp(this, ...args);
  }
  /**
   * Softmax along a dimension, eˣ / Σ eˣ.
   *
   * @example tensor([1, 1]).softmax(0); // tensor([0.5000, 0.5000])
   */
  softmax(...args: fn.DimArgs): Tensor {
    return fn.softmax(this, ...args);
  }
  /**
   * Logarithm of the softmax along a dimension, x − log Σ eˣ.
   *
   * @example tensor([0, 0]).logSoftmax(0); // tensor([-0.6931, -0.6931])
   */
  logSoftmax(...args: fn.DimArgs): Tensor {
    return fn.logSoftmax(this, ...args);
  }
  /**
   * Cumulative sum along a dimension. Integers and bools give int32.
   *
   * @example tensor([[1, 2], [3, 4]]).cumsum(1); // tensor([[1., 3.], [3., 7.]])
   */
  cumsum(...args: fn.DimArgs): Tensor {
    return fn.cumsum(this, ...args);
  }
  /**
   * Cumulative product along a dimension. Integers and bools give int32.
   *
   * @example tensor([[2, 3], [4, 5]]).cumprod(1); // tensor([[2., 6.], [4., 20.]])
   */
  cumprod(...args: fn.DimArgs): Tensor {
    return fn.cumprod(this, ...args);
  }
  /**
   * n-th forward difference along a dimension, out[i] = x[i+1] − x[i].
   *
   * @example tensor([1, 4, 9]).diff(); // tensor([3., 5.])
   */
  diff(...args: fn.DiffArgs): Tensor {
    return fn.diff(this, ...args);
  }
  /**
   * Median of all elements, or along a dimension with its index; of an even number of elements the lower one.
   *
   * @example tensor([5, 1, 3]).median(); // tensor(3.)
   */
  median(): Tensor;
  median(dim: number, keepdim?: boolean): ValuesAndIndices;
  median(dim: number, options: { readonly keepdim?: boolean | undefined }): ValuesAndIndices;
  median(options: fn.ReduceOptions<number> & { readonly dim: number }): ValuesAndIndices;
  median(...args: readonly []): Tensor | ValuesAndIndices {
    return fn.median(this, ...args);
  }
  /**
   * The k-th smallest element along a dimension, counted from 1, and its index.
   *
   * @example tensor([30, 10, 20]).kthvalue(1).values; // tensor(10.)
   */
  kthvalue(...args: fn.KthvalueArgs): ValuesAndIndices {
    return fn.kthvalue(this, ...args);
  }
  /**
   * The q-th quantiles, 0 ≤ q ≤ 1, of all elements or along a dimension.
   *
   * @example tensor([1, 2, 3, 4]).quantile(0.5, { interpolation: "lower" }); // tensor(2.)
   */
  quantile(...args: fn.QuantileArgs): Tensor {
    return fn.quantile(this, ...args);
  }
  /**
   * Histogram: the number of elements in each of `bins` bins of equal width between min and max. Reads synchronously.
   *
   * @example tensor([0, 1, 1]).histc({ bins: 2 }); // tensor([1., 2.])
   */
  histc(...args: fn.HistcArgs): Tensor {
    return fn.histc(this, ...args);
  }
  /**
   * Number of elements that are not 0, of the whole tensor or over dimensions: int32.
   *
   * @example tensor([0, 5, 0]).countNonzero(); // tensor(1)
   */
  countNonzero(...args: fn.CountNonzeroArgs): Tensor {
    return fn.countNonzero(this, ...args);
  }
  /**
   * Counts each value of a vector of non-negative integers, or sums the weights of each value. Reads synchronously.
   *
   * @example tensor([1, 1]).int().bincount({ minlength: 3 }); // tensor([0, 2, 0])
   */
  bincount(...args: fn.BincountArgs): Tensor {
    return fn.bincount(this, ...args);
  }

  // --- Shape ------------------------------------------------------------------------------------------------------

  /**
   * The same elements in another shape: a view if the strides allow it, else a copy. One size may be −1 and is
   * inferred.
   *
   * @example ones(2, 6).reshape(3, -1).shape; // [3, 4]
   */
  reshape(...args: fn.Sizes<"shape">): Tensor {
    return fn.reshape(this, ...args);
  }
  /**
   * A view in another shape, as {@link reshape}, but never a copy. One size may be −1 and is inferred.
   *
   * @throws ShapeError if the strides do not allow a view, or the number of elements differs.
   * @example tensor([1, 2, 3, 4]).view(2, 2); // tensor([[1., 2.], [3., 4.]])
   */
  view(...args: fn.Sizes): Tensor {
    return fn.view(this, ...args);
  }
  /**
   * A view in the shape of another tensor.
   *
   * @example ones(6).viewAs(ones(2, 3)).shape; // [2, 3]
   */
  viewAs(...args: fn.OtherArgs): Tensor {
    return fn.viewAs(this, ...args);
  }
  /**
   * Flattens the dimensions startDim … endDim (both included) into one.
   *
   * @example tensor([[1, 2], [3, 4]]).flatten(); // tensor([1., 2., 3., 4.])
   */
  flatten(...args: fn.FlattenArgs): Tensor {
    return fn.flatten(this, ...args);
  }
  /**
   * Splits one dimension into several. One size may be −1 and is inferred.
   *
   * @example tensor([1, 2, 3, 4]).unflatten(0, [2, 2]); // tensor([[1., 2.], [3., 4.]])
   */
  unflatten(...args: fn.UnflattenArgs): Tensor {
    return fn.unflatten(this, ...args);
  }
  /**
   * A view without the dimensions of size 1, or without `dim` if its size is 1.
   *
   * @example tensor([[1, 2]]).squeeze(); // tensor([1., 2.])
   */
  squeeze(...args: fn.SqueezeArgs): Tensor {
    return fn.squeeze(this, ...args);
  }
  /**
   * A view with a new dimension of size 1 at position `dim`.
   *
   * @example tensor([1, 2]).unsqueeze(0); // tensor([[1., 2.]])
   */
  unsqueeze(...args: fn.UnsqueezeArgs): Tensor {
    return fn.unsqueeze(this, ...args);
  }
  /**
   * A view with two dimensions swapped.
   *
   * @example ones(2, 3, 4).transpose(1, -1).shape; // [2, 4, 3]
   */
  transpose(...args: fn.TransposeArgs): Tensor {
    return fn.transpose(this, ...args);
  }
  /**
   * The transpose of this matrix as a view; vectors and scalars are returned unchanged.
   *
   * @throws ShapeError for more than two dimensions.
   * @example ones(2, 3).t().shape; // [3, 2]
   */
  t(...rest: []): Tensor {
    return fn.t(this, ...rest);
  }
  // --- Linear algebra -----------------------------------------------------------------------------------------------

  /**
   * The inverse of matrices [..., n, n].
   *
   * @throws LinAlgError for a singular matrix.
   * @example tensor([[2, 0], [0, 4]]).inverse(); // tensor([[0.5000, 0.0000], [0.0000, 0.2500]])
   */
  inverse(...more: []): Tensor {
    return fn.inverse(this, ...more);
  }
  /**
   * The pseudoinverse of matrices [..., m, n].
   *
   * @example tensor([[2, 0], [0, 4]]).pinverse(); // tensor([[0.5000, 0.0000], [0.0000, 0.2500]])
   */
  pinverse(...args: Args<[], [rcond: number], { readonly rcond?: number }>): Tensor {
    return fn.pinverse(this, ...args);
  }
  /**
   * The determinant of matrices [..., n, n].
   *
   * @example tensor([[1, 2], [3, 4]]).det(); // tensor(-2.)
   */
  det(): Tensor {
    return fn.det(this);
  }
  /**
   * The logarithm of the determinant: −∞ for a singular matrix, NaN for a negative determinant.
   *
   * @example tensor([[2, 0], [0, 3]]).logdet(); // tensor(1.7918)
   */
  logdet(): Tensor {
    return fn.logdet(this);
  }
  /**
   * The compact LU decomposition of square matrices.
   *
   * @example tensor([[1, 2], [4, 4]]).lu().pivots; // tensor([2, 2])
   */
  lu(...args: Args<[], [pivot: boolean], { readonly pivot?: boolean }>): ReturnType<typeof fn.lu> {
    return fn.lu(this, ...args);
  }
  /**
   * The solution X of A·X = B, B being this tensor, from the LU decomposition of A.
   *
   * @example
   * ```ts
   * const { LU, pivots } = tensor([[2, 0], [0, 4]]).lu();
   * tensor([[2], [2]]).luSolve(LU, pivots); // tensor([[1.0000], [0.5000]])
   * ```
   */
  luSolve(...args: readonly [LU_data: Tensor, LU_pivots: Tensor]): Tensor {
    return fn.luSolve(this, ...args);
  }
  /**
   * The sign of the determinant and the logarithm of its absolute value.
   *
   * @example tensor([[0, 2], [3, 0]]).slogdet().sign; // tensor(-1.)
   */
  slogdet(): fn.SlogdetResult {
    return fn.slogdet(this);
  }
  /**
   * The singular value decomposition A = U·diag(S)·Vᵀ.
   *
   * @example tensor([[3, 0], [0, -2]]).svd().S; // tensor([3., 2.])
   */
  svd(
    ...args: Args<[], [some: boolean, computeUv: boolean], { readonly some?: boolean; readonly computeUv?: boolean }>
  ): fn.UsvResult {
    return fn.svd(this, ...args);
  }
  /**
   * The QR decomposition A = Q·R.
   *
   * @example ones(3, 2).qr().R.shape; // [2, 2]
   */
  qr(...args: Args<[], [some: boolean], { readonly some?: boolean }>): { readonly Q: Tensor; readonly R: Tensor } {
    return fn.qr(this, ...args);
  }
  /**
   * The Cholesky factor of symmetric positive-definite matrices.
   *
   * @throws LinAlgError for a matrix that is not positive-definite.
   * @example tensor([[4, 2], [2, 5]]).cholesky(); // tensor([[2., 0.], [1., 2.]])
   */
  cholesky(...args: Args<[], [upper: boolean], { readonly upper?: boolean }>): Tensor {
    return fn.cholesky(this, ...args);
  }
  /**
   * The solution X of A·X = B, for the Cholesky factor `L` of A and this B.
   *
   * @example tensor([[8], [9]]).choleskySolve(tensor([[2, 0], [1, 2]])); // tensor([[1.3750], [1.2500]])
   */
  choleskySolve(
    ...args: Args<[L: Tensor], [upper: boolean], { readonly L: Tensor; readonly upper?: boolean }>
  ): Tensor {
    return fn.choleskySolve(this, ...args);
  }
  /**
   * The inverse of A, whose Cholesky factor this is.
   *
   * @example tensor([[2, 0], [0, 4]]).choleskyInverse(); // tensor([[0.2500, 0.0000], [0.0000, 0.0625]])
   */
  choleskyInverse(...args: Args<[], [upper: boolean], { readonly upper?: boolean }>): Tensor {
    return fn.choleskyInverse(this, ...args);
  }
  /**
   * The n-th power of matrices [..., m, m].
   *
   * @example tensor([[1, 1], [0, 1]]).matrixPower(5); // tensor([[1., 5.], [0., 1.]])
   */
  matrixPower(n: number): Tensor {
    return fn.matrixPower(this, n);
  }
  /**
   * The exponential Σ Aᵏ/k! of matrices [..., n, n].
   *
   * @example tensor([[0, 1], [0, 0]]).matrixExp(); // tensor([[1., 1.], [0., 1.]])
   */
  matrixExp(): Tensor {
    return fn.matrixExp(this);
  }

  /**
   * A view with the dimensions in reverse order.
   *
   * @example ones(2, 3, 4).T.shape; // [4, 3, 2]
   */
  get T(): Tensor {
    return fn.permute(this, [...this.shape.keys()].reverse());
  }
  /**
   * A view with the last two dimensions swapped: the transpose of each matrix of a batch.
   *
   * @example ones(2, 3, 4).mT.shape; // [2, 4, 3]
   */
  get mT(): Tensor {
    return fn.transpose(this, -2, -1);
  }
  /**
   * A view of a matrix with its dimensions swapped: the conjugate transpose, which of real numbers is the transpose.
   *
   * @throws ShapeError unless there are two dimensions, or none.
   * @example ones(2, 3).H.shape; // [3, 2]
   */
  get H(): Tensor {
    if (this.ndim !== 0 && this.ndim !== 2) {
      throw new ShapeError(`[H] only supported on matrices (2-D tensors), but got a ${this.ndim}-D tensor. Use mH.`);
    }
    return this.ndim === 0 ? this : fn.transpose(this, 0, 1);
  }
  /**
   * A view with the last two dimensions swapped, as {@link mT}: numbers are real here.
   *
   * @example ones(2, 3, 4).mH.shape; // [2, 4, 3]
   */
  get mH(): Tensor {
    return fn.transpose(this, -2, -1);
  }
  /**
   * A view with the last two dimensions swapped, as {@link mT}: numbers are real here.
   *
   * @example ones(2, 3, 4).adjoint().shape; // [2, 4, 3]
   */
  adjoint(...rest: []): Tensor {
    return fn.adjoint(this, ...rest);
  }
  /**
   * A view with two dimensions swapped: NumPy's name of {@link transpose}.
   *
   * @example ones(2, 3).swapaxes(0, 1).shape; // [3, 2]
   */
  swapaxes(...args: fn.SwapaxesArgs): Tensor {
    return fn.swapaxes(this, ...args);
  }
  /**
   * A view with dimensions moved to other positions; the rest keep their order.
   *
   * @example ones(2, 3, 4).movedim([0, 1], [1, 0]).shape; // [3, 2, 4]
   */
  movedim(...args: fn.MovedimArgs): Tensor {
    return fn.movedim(this, ...args);
  }
  /**
   * A view with the dimensions in the order `dims`.
   *
   * @example ones(2, 3, 4).permute(1, 2, 0).shape; // [3, 4, 2]
   */
  permute(...args: fn.Sizes<"dims">): Tensor {
    return fn.permute(this, ...args);
  }
  /**
   * A view with dimensions of size 1 (and new leading ones) expanded by a stride of 0; −1 keeps a size.
   *
   * @example tensor([1, 2]).expand(2, -1); // tensor([[1., 2.], [1., 2.]])
   */
  expand(...args: fn.Sizes): Tensor {
    return fn.expand(this, ...args);
  }
  /**
   * A view broadcast to a shape: another name of {@link expand}.
   *
   * @example ones(3, 1).broadcastTo(3, 2).shape; // [3, 2]
   */
  broadcastTo(...args: fn.Sizes): Tensor {
    return fn.broadcastTo(this, ...args);
  }
  /**
   * The elements in the shape of another tensor: a view where the strides allow it.
   *
   * @example ones(4).reshapeAs(ones(2, 2)).shape; // [2, 2]
   */
  reshapeAs(...args: fn.OtherArgs): Tensor {
    return fn.reshapeAs(this, ...args);
  }
  /**
   * The sums over those dimensions in which this tensor was broadcast from a size.
   *
   * @throws ShapeError for a size that does not broadcast to the shape.
   * @example ones(2, 3).sumToSize(2, 1); // tensor([[3.], [3.]])
   */
  sumToSize(...args: fn.Sizes): Tensor {
    return fn.sumToSize(this, ...args);
  }
  /**
   * A view expanded to the shape of another tensor.
   *
   * @example ones(1, 3).expandAs(ones(2, 3)).shape; // [2, 3]
   */
  expandAs(...args: fn.OtherArgs): Tensor {
    return fn.expandAs(this, ...args);
  }
  /**
   * A view of `length` positions of a dimension from `start` on.
   *
   * @example tensor([[1, 2, 3]]).narrow(1, 0, 2); // tensor([[1., 2.]])
   */
  narrow(...args: fn.NarrowArgs): Tensor {
    return fn.narrow(this, ...args);
  }
  /**
   * A view of one position of a dimension; the dimension is removed.
   *
   * @example tensor([[1, 2], [3, 4]]).select(1, -1); // tensor([2., 4.])
   */
  select(...args: fn.SelectArgs): Tensor {
    return fn.select(this, ...args);
  }
  /**
   * A view of the positions start, start + step, … before end of a dimension; negative positions count from the end.
   *
   * @example tensor([0, 1, 2, 3]).slice(0, -2); // tensor([2., 3.])
   */
  slice(...args: fn.SliceArgs): Tensor {
    return fn.slice(this, ...args);
  }
  /**
   * A view of all slices of `size` elements along a dimension, `step` apart, as a new last dimension.
   *
   * @example ones(2, 8).unfold(1, 4, 2).shape; // [2, 3, 4]
   */
  unfold(...args: fn.UnfoldArgs): Tensor {
    return fn.unfold(this, ...args);
  }
  /**
   * Splits a dimension into views of one size (the last may be smaller) or of given sizes.
   *
   * @example ones(5, 2).split([1, 4]).map((part) => part.shape); // [[1, 2], [4, 2]]
   */
  split(...args: fn.SplitArgs): Tensor[] {
    return fn.split(this, ...args);
  }
  /**
   * Splits a dimension into views of given sizes.
   *
   * @example tensor([1, 2, 3]).splitWithSizes([1, 2]); // [tensor([1.]), tensor([2., 3.])]
   */
  splitWithSizes(...args: fn.SplitWithSizesArgs): Tensor[] {
    return fn.splitWithSizes(this, ...args);
  }
  /**
   * A view of the memory of this tensor with any sizes and strides; places that overlap share their elements.
   *
   * @throws ValueError for a view that reaches beyond the elements of the tensor.
   * @example arange(4).asStrided([3, 2], [1, 1]); // tensor([[0, 1], [1, 2], [2, 3]])
   */
  asStrided(...args: fn.AsStridedArgs): Tensor {
    return fn.asStrided(this, ...args);
  }
  /**
   * A copy in which `src` stands at one index of a dimension.
   *
   * @example zeros(2, 2).selectScatter(ones(2), 1, 0); // tensor([[1., 0.], [1., 0.]])
   */
  selectScatter(...args: fn.SelectScatterArgs): Tensor {
    return fn.selectScatter(this, ...args);
  }
  /**
   * A copy in which `src` stands in a slice of a dimension.
   *
   * @example zeros(3).sliceScatter(ones(2), 0, 1); // tensor([0., 1., 1.])
   */
  sliceScatter(...args: fn.SliceScatterArgs): Tensor {
    return fn.sliceScatter(this, ...args);
  }
  /**
   * A copy in which `src` stands on a diagonal of two dimensions.
   *
   * @example zeros(2, 2).diagonalScatter(ones(1), 1); // tensor([[0., 1.], [0., 0.]])
   */
  diagonalScatter(...args: fn.DiagonalScatterArgs): Tensor {
    return fn.diagonalScatter(this, ...args);
  }
  /**
   * Splits a dimension into at most `chunks` views of one size; the last may be smaller.
   *
   * @example tensor([1, 2, 3, 4]).chunk(2); // [tensor([1., 2.]), tensor([3., 4.])]
   */
  chunk(...args: fn.ChunkArgs): Tensor[] {
    return fn.chunk(this, ...args);
  }
  /**
   * Removes a dimension: a list of views, one for each of its positions.
   *
   * @example tensor([[1, 2], [3, 4]]).unbind(1); // [tensor([1., 3.]), tensor([2., 4.])]
   */
  unbind(...args: fn.UnbindArgs): Tensor[] {
    return fn.unbind(this, ...args);
  }
  /**
   * Repeats the tensor along each dimension, with a copy; more counts than dimensions add leading ones.
   *
   * @example tensor([1, 2]).repeat(3); // tensor([1., 2., 1., 2., 1., 2.])
   */
  repeat(...args: fn.Sizes<"repeats">): Tensor {
    return fn.repeat(this, ...args);
  }
  /**
   * Repeats the tensor along each dimension, as {@link repeat}; missing leading counts are 1.
   *
   * @example ones(2, 3).tile(2).shape; // [2, 6]
   */
  tile(...args: fn.Sizes<"dims">): Tensor {
    return fn.tile(this, ...args);
  }
  /**
   * Repeats each element, or each slice of a dimension, `repeats` times; a tensor has one count for each.
   *
   * @example tensor([1, 2]).repeatInterleave(tensor([1, 2]).int()); // tensor([1., 2., 2.])
   */
  repeatInterleave(...args: fn.RepeatInterleaveArgs): Tensor {
    return fn.repeatInterleave(this, ...args);
  }
  /**
   * Flips left to right: reverses dimension 1.
   *
   * @example tensor([[1, 2]]).fliplr(); // tensor([[2., 1.]])
   */
  fliplr(...rest: []): Tensor {
    return fn.fliplr(this, ...rest);
  }
  /**
   * Flips upside down: reverses dimension 0.
   *
   * @example tensor([1, 2]).flipud(); // tensor([2., 1.])
   */
  flipud(...rest: []): Tensor {
    return fn.flipud(this, ...rest);
  }
  /**
   * Rotates by 90° `k` times in the plane of two dimensions, from the first towards the second; a copy.
   *
   * @example tensor([[1, 2], [3, 4]]).rot90(2); // tensor([[4., 3.], [2., 1.]])
   */
  rot90(...args: fn.Rot90Args): Tensor {
    return fn.rot90(this, ...args);
  }
  /**
   * Reverses the order along dimensions; a copy.
   *
   * @example tensor([1, 2, 3]).flip(0); // tensor([3., 2., 1.])
   */
  flip(...args: fn.Sizes<"dims">): Tensor {
    return fn.flip(this, ...args);
  }
  /**
   * Rolls elements along dimensions: those shifted beyond the last position reappear at the first.
   *
   * @example tensor([[1, 2], [3, 4]]).roll(-1, 0); // tensor([[3., 4.], [1., 2.]])
   */
  roll(...args: fn.RollArgs): Tensor {
    return fn.roll(this, ...args);
  }
  /**
   * Pads with a constant, 0 by default: [left, right, top, bottom, …], beginning with the last dimension.
   *
   * @example tensor([1, 2]).pad([0, 2], { value: 9 }); // tensor([1., 2., 9., 9.])
   */
  pad(...args: fn.PadArgs): Tensor {
    return fn.pad(this, ...args);
  }
  /**
   * Lower triangle of a matrix or of each matrix of a batch, up to and including a diagonal; zeros elsewhere.
   *
   * @example ones(2, 2).tril(-1); // tensor([[0., 0.], [1., 0.]])
   */
  tril(...args: fn.DiagonalNumberArgs): Tensor {
    return fn.tril(this, ...args);
  }
  /**
   * Upper triangle of a matrix or of each matrix of a batch, from a diagonal on; zeros elsewhere.
   *
   * @example ones(2, 2).triu(1); // tensor([[0., 1.], [0., 0.]])
   */
  triu(...args: fn.DiagonalNumberArgs): Tensor {
    return fn.triu(this, ...args);
  }
  /**
   * A square matrix with this vector on its diagonal, or the diagonal of this matrix as a vector.
   *
   * @example tensor([5]).diag(1); // tensor([[0., 5.], [0., 0.]])
   */
  diag(...args: fn.DiagonalNumberArgs): Tensor {
    return fn.diag(this, ...args);
  }
  /**
   * A view of a diagonal of two dimensions, as a new last dimension.
   *
   * @example tensor([[1, 2], [3, 4]]).diagonal(-1); // tensor([3.])
   */
  diagonal(...args: fn.DiagonalArgs): Tensor {
    return fn.diagonal(this, ...args);
  }
  /**
   * Trace of this matrix: the sum of its main diagonal.
   *
   * @example eye(3).trace(); // tensor(3.)
   */
  trace(...rest: []): Tensor {
    return fn.trace(this, ...rest);
  }
  /**
   * This tensor if it is contiguous, else a contiguous copy in row-major order.
   *
   * @example ones(2, 3).t().contiguous().isContiguous(); // true
   */
  contiguous(...rest: []): Tensor {
    return fn.contiguous(this, ...rest);
  }
  /**
   * A copy with its own memory. Gradients pass back to this tensor.
   *
   * @example
   * ```ts
   * const x = tensor([1, 2]);
   * x.clone().zero_();
   * x; // tensor([1., 2.])
   * ```
   */
  clone(...rest: []): Tensor {
    return fn.clone(this, ...rest);
  }

  // --- Indexing ---------------------------------------------------------------------------------------------------

  /**
   * Basic and advanced indexing, as `x[…]` in Python: integers; slices `[start, end, step]` or strings
   * `"start:end:step"`; null or ":" for a whole dimension; "..." for all dimensions that are left; `newaxis` for a new
   * one; and index or mask tensors. Basic indices give a view, tensors a copy.
   *
   * An array is a slice: `x.at([0, 2])` is Python's `x[0:2]`. Python's `x[[0, 2]]`, the rows 0 and 2, is
   * `x.at(tensor([0, 2]).int())`.
   *
   * @example
   * ```ts
   * const x = tensor([[1, 2, 3], [4, 5, 6]]);
   * x.at(-1, [0, 2]); // tensor([4., 5.])
   * x.at(":", "::2"); // tensor([[1., 3.], [4., 6.]])
   * x.at("...", 0); // tensor([1., 4.])
   * x.at(null, tensor([2, 0]).int()); // tensor([[3., 1.], [6., 4.]])
   * ```
   */
  at(...indices: readonly Index[]): Tensor {
    return fn.at(this, ...indices);
  }
  /**
   * Writes to a part of this tensor, as `x[…] = value` in Python: the indices are those of {@link at}, in an array or a
   * single one. The value, a number, a tensor or nested arrays, broadcasts. Gradients pass to the value, and to what
   * stays.
   *
   * An array is a list of indices: `x.setAt([0, 2], 5)` is `x[0, 2] = 5`, and `x.setAt("0:2", 5)` is `x[0:2] = 5`.
   *
   * @throws GraphError for a leaf that requires a gradient, outside `noGrad`.
   * @example
   * ```ts
   * const x = zeros(2, 3);
   * x.setAt([":", 1], tensor([7, 8])); // tensor([[0., 7., 0.], [0., 8., 0.]])
   * x.setAt(x.gt(7), -1); // tensor([[0., 7., 0.], [0., -1., 0.]])
   * ```
   */
  setAt(indices: Index | readonly Index[], value: fn.IndexedValue): this {
    fn.setAt(this, indices, value);
    return this;
  }
  /**
   * Gathers elements along a dimension: `out[i][j] = this[index[i][j]][j]` for dim 0.
   *
   * @example tensor([[1, 2], [3, 4]]).gather(0, tensor([[1, 0]]).int()); // tensor([[3., 2.]])
   */
  gather(...args: fn.GatherArgs): Tensor {
    return fn.gather(this, ...args);
  }
  /**
   * A copy of this tensor with the elements of `src`, or one number, written along a dimension.
   *
   * @example zeros(3).scatter(0, tensor([2]).int(), 7); // tensor([0., 0., 7.])
   */
  scatter(...args: fn.ScatterArgs): Tensor {
    return fn.scatter(this, ...args);
  }
  /**
   * A copy of this tensor with the elements of `src` added along a dimension.
   *
   * @example ones(2).scatterAdd(0, tensor([0, 0]).int(), ones(2)); // tensor([3., 1.])
   */
  scatterAdd(...args: fn.ScatterAddArgs): Tensor {
    return fn.scatterAdd(this, ...args);
  }
  /**
   * Selects slices along a dimension by a vector of indices; a copy.
   *
   * @example tensor([[1, 2], [3, 4]]).indexSelect(1, tensor([1]).int()); // tensor([[2.], [4.]])
   */
  indexSelect(...args: fn.IndexSelectArgs): Tensor {
    return fn.indexSelect(this, ...args);
  }
  /**
   * A copy of this tensor with slices of `source`, scaled by `alpha`, added at the indices of a dimension.
   *
   * @example ones(2).indexAdd(0, tensor([1]).int(), tensor([3]), { alpha: 2 }); // tensor([1., 7.])
   */
  indexAdd(...args: fn.IndexAddArgs): Tensor {
    return fn.indexAdd(this, ...args);
  }
  /**
   * A copy of this tensor with values written, or added, at the places that index tensors name.
   *
   * @example zeros(3).indexPut([tensor([0, 2]).int()], tensor([5, 6])); // tensor([5., 0., 6.])
   */
  indexPut(...args: fn.IndexPutArgs): Tensor {
    return fn.indexPut(this, ...args);
  }
  /**
   * A copy of this tensor in which elements of `src` are combined with what is there: sum, prod, mean, amax or amin.
   *
   * @example ones(2).scatterReduce(0, tensor([0, 1, 1]).int(), tensor([2, 3, 4]), "prod"); // tensor([2., 12.])
   */
  scatterReduce(...args: fn.ScatterReduceArgs): Tensor {
    return fn.scatterReduce(this, ...args);
  }
  /**
   * A copy of this tensor with slices of `source` at the indices of a dimension.
   *
   * @example zeros(3).indexCopy(0, tensor([0, 2]).int(), tensor([1, 2])); // tensor([1., 0., 2.])
   */
  indexCopy(...args: fn.IndexCopyArgs): Tensor {
    return fn.indexCopy(this, ...args);
  }
  /**
   * A copy of this tensor with slices at the indices of a dimension filled with one value.
   *
   * @example ones(3).indexFill(0, tensor([1]).int(), 7); // tensor([1., 7., 1.])
   */
  indexFill(...args: fn.IndexFillArgs): Tensor {
    return fn.indexFill(this, ...args);
  }
  /**
   * A copy of this tensor with the elements of `source`, in their order, where the mask is true.
   *
   * @example zeros(3).maskedScatter(tensor([true, false, true]), tensor([5, 6])); // tensor([5., 0., 6.])
   */
  maskedScatter(...args: fn.MaskedScatterArgs): Tensor {
    return fn.maskedScatter(this, ...args);
  }
  /**
   * A copy of this tensor with values written, or added, at positions of the flattened tensor.
   *
   * @example zeros(2, 2).put(tensor([0, -1]).int(), tensor([5, 6])); // tensor([[5., 0.], [0., 6.]])
   */
  put(...args: fn.PutArgs): Tensor {
    return fn.put(this, ...args);
  }
  /**
   * Takes elements of the flattened tensor by index; the result has the shape of the index.
   *
   * @example tensor([[1, 2], [3, 4]]).take(tensor([-1]).int()); // tensor([4.])
   */
  take(...args: fn.TakeArgs): Tensor {
    return fn.take(this, ...args);
  }
  /**
   * Gathers elements along a dimension, as {@link gather}, with an index that broadcasts.
   *
   * @example tensor([[1, 2], [3, 4]]).takeAlongDim(tensor([[1]]).int(), 1); // tensor([[2.], [4.]])
   */
  takeAlongDim(...args: fn.TakeAlongDimArgs): Tensor {
    return fn.takeAlongDim(this, ...args);
  }
  /**
   * Selects the elements where the mask is true, as a vector. Reads the mask synchronously.
   *
   * @example tensor([[1, 2], [3, 4]]).maskedSelect(tensor([true, false])); // tensor([1., 3.])
   */
  maskedSelect(...args: fn.MaskedSelectArgs): Tensor {
    return fn.maskedSelect(this, ...args);
  }
  /**
   * Indices of the elements that are not 0: int32 [count, ndim], or with `asTuple` one vector for each dimension. Reads
   * synchronously.
   *
   * @example tensor([[0, 1], [1, 0]]).nonzero({ asTuple: true }); // [tensor([0, 1]), tensor([1, 0])]
   */
  nonzero(options?: { readonly asTuple?: false | undefined }): Tensor;
  nonzero(options: { readonly asTuple: true }): Tensor[];
  nonzero(...args: readonly []): Tensor | Tensor[] {
    return fn.nonzero(this, ...args);
  }
  /**
   * Distinct elements in ascending order, or distinct slices of a dimension, with the indices that restore the input
   * and the counts. Reads synchronously.
   *
   * @example tensor([2, 2, 1]).unique().output; // tensor([1., 2.])
   */
  unique(...args: fn.UniqueArgs): fn.UniqueParts {
    return fn.unique(this, ...args);
  }
  /**
   * A copy with `value` where the mask is true.
   *
   * @throws DTypeError if the mask is not a bool tensor.
   * @example tensor([1, 2]).maskedFill(tensor([true, false]), 9); // tensor([9., 2.])
   */
  maskedFill(...args: fn.MaskedFillArgs): Tensor {
    return fn.maskedFill(this, ...args);
  }
  /**
   * One-hot encoding of class indices: [*] → int32 [*, numClasses].
   *
   * @example tensor([1]).int().oneHot(3); // tensor([[0, 1, 0]])
   */
  oneHot(...args: fn.OneHotArgs): Tensor {
    return fn.oneHot(this, ...args);
  }
  /**
   * The k largest (or smallest) elements along a dimension in sorted order, and their indices.
   *
   * @example tensor([1, 4, 3]).topk(1, { largest: false }).values; // tensor([1.])
   */
  topk(...args: fn.TopkArgs): ValuesAndIndices {
    return fn.topk(this, ...args);
  }
  /**
   * Sorts along a dimension: the sorted values and their indices. The sort is stable; NaN counts as the largest.
   *
   * @example tensor([3, 1, 2]).sort({ descending: true }).values; // tensor([3., 2., 1.])
   */
  sort(...args: fn.SortArgs): ValuesAndIndices {
    return fn.sort(this, ...args);
  }
  /**
   * Indices that sort a dimension, int32. The sort is stable; NaN counts as the largest.
   *
   * @example tensor([3, 1, 2]).argsort(-1, true); // tensor([0, 2, 1])
   */
  argsort(...args: fn.SortArgs): Tensor {
    return fn.argsort(this, ...args);
  }

  // --- Further functions ------------------------------------------------------------------------------------------

  /**
   * {@link abs} by another name.
   *
   * @example tensor([-1, 2]).absolute(); // tensor([1., 2.])
   */
  absolute(...rest: []): Tensor {
    return fn.abs(this, ...rest);
  }
  /**
   * {@link neg} by another name.
   *
   * @example tensor([1, -2]).negative(); // tensor([-1., 2.])
   */
  negative(...rest: []): Tensor {
    return fn.neg(this, ...rest);
  }
  /**
   * {@link mul} by another name.
   *
   * @example tensor([1, 2]).multiply(3); // tensor([3., 6.])
   */
  multiply(...args: fn.OperandArgs): Tensor {
    return fn.mul(this, ...args);
  }
  /**
   * {@link div} by another name.
   *
   * @example tensor([1, 2]).divide(2); // tensor([0.5000, 1.0000])
   */
  divide(...args: fn.DivArgs): Tensor {
    return fn.div(this, ...args);
  }
  /**
   * {@link div} by another name.
   *
   * @example tensor([1, 2]).trueDivide(2); // tensor([0.5000, 1.0000])
   */
  trueDivide(...args: fn.DivArgs): Tensor {
    return fn.div(this, ...args);
  }
  /**
   * {@link sub} by another name.
   *
   * @example tensor([1, 2]).subtract(1); // tensor([0., 1.])
   */
  subtract(...args: fn.AddArgs): Tensor {
    return fn.sub(this, ...args);
  }
  /**
   * {@link clamp} by another name.
   *
   * @example tensor([-2, 3]).clip(0, 2); // tensor([0., 2.])
   */
  clip(...args: fn.ClampArgs): Tensor {
    return fn.clamp(this, ...args);
  }
  /**
   * {@link acos} by another name.
   *
   * @example tensor([1]).arccos(); // tensor([0.])
   */
  arccos(...rest: []): Tensor {
    return fn.acos(this, ...rest);
  }
  /**
   * {@link asin} by another name.
   *
   * @example tensor([0]).arcsin(); // tensor([0.])
   */
  arcsin(...rest: []): Tensor {
    return fn.asin(this, ...rest);
  }
  /**
   * {@link atan} by another name.
   *
   * @example tensor([0]).arctan(); // tensor([0.])
   */
  arctan(...rest: []): Tensor {
    return fn.atan(this, ...rest);
  }
  /**
   * {@link acosh} by another name.
   *
   * @example tensor([1]).arccosh(); // tensor([0.])
   */
  arccosh(...rest: []): Tensor {
    return fn.acosh(this, ...rest);
  }
  /**
   * {@link asinh} by another name.
   *
   * @example tensor([0]).arcsinh(); // tensor([0.])
   */
  arcsinh(...rest: []): Tensor {
    return fn.asinh(this, ...rest);
  }
  /**
   * {@link atanh} by another name.
   *
   * @example tensor([0]).arctanh(); // tensor([0.])
   */
  arctanh(...rest: []): Tensor {
    return fn.atanh(this, ...rest);
  }
  /**
   * {@link atan2} by another name.
   *
   * @example tensor([1]).arctan2(tensor([0])); // tensor([1.5708])
   */
  arctan2(...args: fn.OtherArgs): Tensor {
    return fn.atan2(this, ...args);
  }
  /**
   * Element-wise maximum with another tensor; where one of the two is NaN, the other.
   *
   * @example tensor([NaN, 1]).fmax(tensor([2, 3])); // tensor([2., 3.])
   */
  fmax(...args: fn.OtherArgs): Tensor {
    return fn.fmax(this, ...args);
  }
  /**
   * Element-wise minimum with another tensor; where one of the two is NaN, the other.
   *
   * @example tensor([NaN, 1]).fmin(tensor([2, 3])); // tensor([2., 1.])
   */
  fmin(...args: fn.OtherArgs): Tensor {
    return fn.fmin(this, ...args);
  }
  /**
   * Element-wise modified Bessel function of the first kind of order 0, computed on the host.
   *
   * @example tensor([0, 2]).i0(); // tensor([1.0000, 2.2796])
   */
  i0(...rest: []): Tensor {
    return fn.i0(this, ...rest);
  }
  /**
   * Draws 0 or 1 for each element, which is the probability of a 1; or with one probability `p` for all.
   *
   * @example tensor([0, 1]).bernoulli(); // tensor([0., 1.])
   */
  bernoulli(...args: fn.BernoulliMethodArgs): Tensor {
    return fn.bernoulli(this, ...(args as unknown as readonly []));
  }
  /**
   * Draws indices with probabilities proportional to the weights in this vector, or in each row of this matrix.
   *
   * @example tensor([0, 1, 0]).multinomial(1); // tensor([1])
   */
  multinomial(...args: fn.MultinomialMethodArgs): Tensor {
    return fn.multinomial(this, ...(args as unknown as readonly [numSamples: number]));
  }
  /**
   * {@link gt} by another name.
   *
   * @example tensor([1, 2]).greater(1); // tensor([False,  True])
   */
  greater(...args: fn.OperandArgs): Tensor {
    return fn.gt(this, ...args);
  }
  /**
   * {@link ge} by another name.
   *
   * @example tensor([1, 2]).greaterEqual(2); // tensor([False,  True])
   */
  greaterEqual(...args: fn.OperandArgs): Tensor {
    return fn.ge(this, ...args);
  }
  /**
   * {@link lt} by another name.
   *
   * @example tensor([1, 2]).less(2); // tensor([ True, False])
   */
  less(...args: fn.OperandArgs): Tensor {
    return fn.lt(this, ...args);
  }
  /**
   * {@link le} by another name.
   *
   * @example tensor([1, 2]).lessEqual(1); // tensor([ True, False])
   */
  lessEqual(...args: fn.OperandArgs): Tensor {
    return fn.le(this, ...args);
  }
  /**
   * {@link ne} by another name.
   *
   * @example tensor([1, 2]).notEqual(1); // tensor([False,  True])
   */
  notEqual(...args: fn.OperandArgs): Tensor {
    return fn.ne(this, ...args);
  }
  /**
   * {@link trunc} by another name.
   *
   * @example tensor([1.7, -1.7]).fix(); // tensor([ 1., -1.])
   */
  fix(...rest: []): Tensor {
    return fn.trunc(this, ...rest);
  }
  /**
   * {@link sign} by another name.
   *
   * @example tensor([-2, 0, 5]).sgn(); // tensor([-1., 0., 1.])
   */
  sgn(...rest: []): Tensor {
    return fn.sgn(this, ...rest);
  }
  /**
   * Tells for each element whether it is a real number, which all are here.
   *
   * @example tensor([1, 2]).isreal(); // tensor([True, True])
   */
  isreal(...rest: []): Tensor {
    return fn.isreal(this, ...rest);
  }
  /**
   * Raises to a power in double precision: the result is float64.
   *
   * @example tensor([2]).floatPower(3); // tensor([8.], dtype=torch.float64)
   */
  floatPower(...args: fn.PowArgs): Tensor {
    return fn.floatPower(this, ...args);
  }
  /**
   * The n-th derivative of the digamma function, element-wise.
   *
   * @example tensor([1, 2]).polygamma(1); // tensor([1.6449, 0.6449])
   */
  polygamma(...args: fn.PolygammaArgs): Tensor {
    return fn.polygammaOf(this, ...args);
  }
  /**
   * Logarithm of the multivariate gamma function of dimension p, element-wise.
   *
   * @example tensor([2, 3]).mvlgamma(2); // tensor([0.4516, 1.5502])
   */
  mvlgamma(...args: fn.MvlgammaArgs): Tensor {
    return fn.mvlgamma(this, ...args);
  }
  /**
   * Element-wise greatest common divisor of integers.
   *
   * @example tensor([12]).int().gcd(tensor([18]).int()); // tensor([6])
   */
  gcd(...args: fn.OtherArgs): Tensor {
    return fn.gcd(this, ...args);
  }
  /**
   * Element-wise least common multiple of integers.
   *
   * @example tensor([4]).int().lcm(tensor([6]).int()); // tensor([12])
   */
  lcm(...args: fn.OtherArgs): Tensor {
    return fn.lcm(this, ...args);
  }
  /**
   * The float next to each element in the direction of `other`.
   *
   * @example tensor([0]).nextafter(tensor([1])).gt(0); // tensor([True])
   */
  nextafter(...args: fn.OtherArgs): Tensor {
    return fn.nextafter(this, ...args);
  }
  /**
   * Product of a matrix and a vector.
   *
   * @example tensor([[1, 2], [3, 4]]).mv(tensor([1, 1])); // tensor([3., 7.])
   */
  mv(...args: fn.MvArgs): Tensor {
    return fn.mv(this, ...args);
  }
  /**
   * Adds the product of a matrix and a vector, beta·self + alpha·mat·vec.
   *
   * @example tensor([1]).addmv(tensor([[1, 2]]), tensor([1, 1])); // tensor([4.])
   */
  addmv(...args: fn.AddmvArgs): Tensor {
    return fn.addmv(this, ...args);
  }
  /**
   * Adds an outer product, beta·self + alpha·vec1⊗vec2.
   *
   * @example tensor([[1]]).addr(tensor([2]), tensor([3])); // tensor([[7.]])
   */
  addr(...args: fn.AddrArgs): Tensor {
    return fn.addr(this, ...args);
  }
  /**
   * Adds the sum of a batch of matrix products, beta·self + alpha·Σᵢ batch1ᵢ·batch2ᵢ.
   *
   * @example tensor([[1]]).addbmm(tensor([[[2]], [[3]]]), tensor([[[4]], [[5]]])); // tensor([[24.]])
   */
  addbmm(...args: fn.BatchProductArgs): Tensor {
    return fn.addbmm(this, ...args);
  }
  /**
   * Adds a batched matrix product, beta·self + alpha·batch1·batch2.
   *
   * @example tensor([[[1]]]).baddbmm(tensor([[[2]]]), tensor([[[3]]])); // tensor([[[7.]]])
   */
  baddbmm(...args: fn.BatchProductArgs): Tensor {
    return fn.baddbmm(this, ...args);
  }
  /**
   * Inner products along the last dimensions.
   *
   * @example tensor([1, 2]).inner(tensor([3, 4])); // tensor(11.)
   */
  inner(...args: fn.OtherArgs): Tensor {
    return fn.inner(this, ...args);
  }
  /**
   * Dot product of two vectors.
   *
   * @example tensor([1, 2]).vdot(tensor([3, 4])); // tensor(11.)
   */
  vdot(...args: fn.OtherArgs): Tensor {
    return fn.vdot(this, ...args);
  }
  /**
   * {@link outer} by another name.
   *
   * @example tensor([1, 2]).ger(tensor([3, 4])); // tensor([[3., 4.], [6., 8.]])
   */
  ger(...args: fn.OuterArgs): Tensor {
    return fn.outer(this, ...args);
  }
  /**
   * Kronecker product: every element times the whole of `other`.
   *
   * @example tensor([1, 10]).kron(tensor([1, 2])); // tensor([ 1.,  2., 10., 20.])
   */
  kron(...args: fn.OtherArgs): Tensor {
    return fn.kron(this, ...args);
  }
  /**
   * The p-norm of the difference of two tensors.
   *
   * @example tensor([1, 2]).dist(tensor([4, 6])); // tensor(5.)
   */
  dist(...args: fn.DistArgs): Tensor {
    return fn.dist(this, ...args);
  }
  /**
   * Scales slices whose p-norm is larger than `maxnorm` down to it.
   *
   * @example tensor([[3, 4]]).renorm(2, 0, 1); // tensor([[0.6000, 0.8000]])
   */
  renorm(...args: fn.RenormArgs): Tensor {
    return fn.renorm(this, ...args);
  }
  /**
   * The largest element so far along a dimension, and its index.
   *
   * @example tensor([1, 3, 2]).cummax(0).values; // tensor([1., 3., 3.])
   */
  cummax(...args: fn.OneDimArgs): ValuesAndIndices {
    return fn.cummax(this, ...args);
  }
  /**
   * The smallest element so far along a dimension, and its index.
   *
   * @example tensor([3, 1, 2]).cummin(0).values; // tensor([3., 1., 1.])
   */
  cummin(...args: fn.OneDimArgs): ValuesAndIndices {
    return fn.cummin(this, ...args);
  }
  /**
   * Logarithm of the cumulative sum of exponentials along a dimension.
   *
   * @example tensor([0, 0]).logcumsumexp(0); // tensor([0.0000, 0.6931])
   */
  logcumsumexp(...args: fn.OneDimArgs): Tensor {
    return fn.logcumsumexp(this, ...args);
  }
  /**
   * Sum of all elements, or over dimensions, with NaN as 0.
   *
   * @example tensor([1, Number.NaN, 2]).nansum(); // tensor(3.)
   */
  nansum(...args: fn.SumArgs): Tensor {
    return fn.nansum(this, ...args);
  }
  /**
   * Mean of the elements that are not NaN, of all or over dimensions.
   *
   * @example tensor([1, Number.NaN, 2]).nanmean(); // tensor(1.5000)
   */
  nanmean(...args: fn.SumArgs): Tensor {
    return fn.nanmean(this, ...args);
  }
  /**
   * The q-th quantiles of the elements that are not NaN.
   *
   * @example tensor([1, Number.NaN, 2]).nanquantile(0.5); // tensor(1.5000)
   */
  nanquantile(...args: fn.QuantileArgs): Tensor {
    return fn.nanquantile(this, ...args);
  }
  /**
   * The most frequent element along a dimension, and the index of its last occurrence.
   *
   * @example tensor([1, 2, 2]).mode().values; // tensor(2.)
   */
  mode(...args: fn.ModeArgs): ValuesAndIndices {
    return fn.mode(this, ...args);
  }
  /**
   * Minimum and maximum of all elements, or along a dimension.
   *
   * @example tensor([3, 1, 2]).aminmax().max; // tensor(3.)
   */
  aminmax(...args: [options?: { readonly dim?: number | null | undefined; readonly keepdim?: boolean | undefined }]): {
    min: Tensor;
    max: Tensor;
  } {
    return fn.aminmax(this, ...args);
  }
  /**
   * Histogram: the number of elements in each bin, and the edges of the bins.
   *
   * @example tensor([1, 2, 1, 4]).histogram(3).hist; // tensor([2., 1., 1.])
   */
  histogram(...args: fn.HistogramArgs): { hist: Tensor; binEdges: Tensor } {
    return fn.histogram(this, ...args);
  }
  /**
   * Covariance matrix of variables, the rows, from observations, the columns.
   *
   * @example tensor([[1, 2, 3], [3, 2, 1]]).cov(); // tensor([[ 1., -1.], [-1.,  1.]])
   */
  cov(...args: [options?: fn.CovOptions]): Tensor {
    return fn.cov(this, ...args);
  }
  /**
   * Correlation coefficients of variables, the rows, from observations, the columns.
   *
   * @example tensor([[1, 2, 3], [3, 2, 1]]).corrcoef(); // tensor([[ 1., -1.], [-1.,  1.]])
   */
  corrcoef(...rest: []): Tensor {
    return fn.corrcoef(this, ...rest);
  }
  /**
   * The elements without those that are equal to the one before them.
   *
   * @example tensor([1, 1, 2]).uniqueConsecutive().output; // tensor([1., 2.])
   */
  uniqueConsecutive(...args: fn.UniqueConsecutiveArgs): fn.UniqueConsecutiveParts {
    return fn.uniqueConsecutive(this, ...args);
  }
  /**
   * Indices of the elements that are not 0, as rows.
   *
   * @example tensor([0, 5]).argwhere(); // tensor([[1]])
   */
  argwhere(...rest: []): Tensor {
    return fn.argwhere(this, ...rest);
  }
  /**
   * The elements sorted along the first dimension.
   *
   * @example tensor([3, 1, 2]).msort(); // tensor([1., 2., 3.])
   */
  msort(...rest: []): Tensor {
    return fn.msort(this, ...rest);
  }
  /**
   * A view as a vector, or a copy where the strides allow no view.
   *
   * @example tensor([[1, 2], [3, 4]]).ravel(); // tensor([1., 2., 3., 4.])
   */
  ravel(...rest: []): Tensor {
    return fn.ravel(this, ...rest);
  }
  /**
   * Matrices with the last dimension on a diagonal.
   *
   * @example tensor([1, 2]).diagEmbed(); // tensor([[1., 0.], [0., 2.]])
   */
  diagEmbed(...args: fn.DiagEmbedArgs): Tensor {
    return fn.diagEmbed(this, ...args);
  }
  /**
   * A square matrix with the elements on its diagonal.
   *
   * @example tensor([1, 2]).diagflat(); // tensor([[1., 0.], [0., 2.]])
   */
  diagflat(...args: fn.DiagflatArgs): Tensor {
    return fn.diagflat(this, ...args);
  }
  /**
   * {@link movedim} by another name.
   *
   * @example tensor([[1, 2], [3, 4]]).moveaxis(0, 1); // tensor([[1., 3.], [2., 4.]])
   */
  moveaxis(...args: fn.MovedimArgs): Tensor {
    return fn.movedim(this, ...args);
  }
  /**
   * {@link swapaxes} by another name.
   *
   * @example tensor([[1, 2], [3, 4]]).swapdims(0, 1); // tensor([[1., 3.], [2., 4.]])
   */
  swapdims(...args: fn.SwapaxesArgs): Tensor {
    return fn.swapaxes(this, ...args);
  }
  /**
   * A copy of the positions start … start + length − 1 of a dimension.
   *
   * @example tensor([1, 2, 3]).narrowCopy(0, 1, 2); // tensor([2., 3.])
   */
  narrowCopy(...args: fn.NarrowCopyArgs): Tensor {
    return fn.narrowCopy(this, ...args);
  }
  /**
   * Splits a dimension into a number of parts, or at positions.
   *
   * @example tensor([1, 2, 3]).tensorSplit(2); // [tensor([1., 2.]), tensor([3.])]
   */
  tensorSplit(...args: fn.TensorSplitArgs): Tensor[] {
    return fn.tensorSplit(this, ...args);
  }
  /**
   * Splits into columns.
   *
   * @example tensor([[1, 2]]).hsplit(2); // [tensor([[1.]]), tensor([[2.]])]
   */
  hsplit(...args: fn.AxisSplitArgs): Tensor[] {
    return fn.hsplit(this, ...args);
  }
  /**
   * Splits into rows.
   *
   * @example tensor([[1], [2]]).vsplit(2); // [tensor([[1.]]), tensor([[2.]])]
   */
  vsplit(...args: fn.AxisSplitArgs): Tensor[] {
    return fn.vsplit(this, ...args);
  }
  /**
   * Splits in depth, along dimension 2.
   *
   * @example tensor([[[1, 2]]]).dsplit(2); // [tensor([[[1.]]]), tensor([[[2.]]])]
   */
  dsplit(...args: fn.AxisSplitArgs): Tensor[] {
    return fn.dsplit(this, ...args);
  }
  /**
   * Median of all elements that are not NaN, or along a dimension with its index.
   *
   * @example tensor([3, 1, Number.NaN]).nanmedian(); // tensor(1.)
   */
  nanmedian(): Tensor;
  nanmedian(dim: number, keepdim?: boolean): ValuesAndIndices;
  nanmedian(dim: number, options: { readonly keepdim?: boolean | undefined }): ValuesAndIndices;
  nanmedian(options: fn.ReduceOptions<number> & { readonly dim: number }): ValuesAndIndices;
  nanmedian(...args: readonly never[]): Tensor | ValuesAndIndices {
    return (fn.nanmedian as (...args: readonly unknown[]) => Tensor | ValuesAndIndices)(this, ...args);
  }

  // --- In place ---------------------------------------------------------------------------------------------------

  /**
   * In-place {@link add}.
   *
   * @example tensor([1, 2]).add_(tensor([1, 1]), { alpha: 3 }); // tensor([4., 5.])
   */
  add_(...args: fn.AddArgs): this {
    fn.add_(this, ...args);
    return this;
  }
  /**
   * In-place {@link sub}.
   *
   * @example tensor([5, 6]).sub_(tensor([1, 2])); // tensor([4., 4.])
   */
  sub_(...args: fn.AddArgs): this {
    fn.sub_(this, ...args);
    return this;
  }
  /**
   * In-place {@link mul}.
   *
   * @example tensor([1, 2]).mul_(tensor([3, 4])); // tensor([3., 8.])
   */
  mul_(...args: fn.OperandArgs): this {
    fn.mul_(this, ...args);
    return this;
  }
  /**
   * In-place {@link div}.
   *
   * @throws DTypeError for integers without a rounding mode.
   * @example tensor([7, 8]).div_(2, { roundingMode: "floor" }); // tensor([3., 4.])
   */
  div_(...args: fn.DivArgs): this {
    fn.div_(this, ...args);
    return this;
  }
  /**
   * Fills with zeros, in place.
   *
   * @example ones(2).zero_(); // tensor([0., 0.])
   */
  zero_(...args: []): this {
    fn.zero_(this, ...args);
    return this;
  }
  /**
   * Fills with one value, a number or a 0-d tensor, in place.
   *
   * @throws ShapeError for a tensor with dimensions.
   * @example zeros(2).fill_(3); // tensor([3., 3.])
   */
  fill_(...args: fn.FillArgs): this {
    fn.fill_(this, ...args);
    return this;
  }
  /**
   * Copies the elements of `src` into this tensor, broadcast and converted to its dtype.
   *
   * @throws ShapeError if the shape of `src` does not broadcast to that of this tensor.
   * @example zeros(2).copy_(tensor([1, 2])); // tensor([1., 2.])
   */
  copy_(...args: fn.CopyArgs): this {
    fn.copy_(this, ...args);
    return this;
  }
  /**
   * In-place {@link clamp}.
   *
   * @example tensor([-2, 3]).clamp_({ min: 0 }); // tensor([0., 3.])
   */
  clamp_(...args: fn.ClampArgs): this {
    fn.clamp_(this, ...args);
    return this;
  }
  /**
   * In-place {@link relu}.
   *
   * @example tensor([-3, 3]).relu_(); // tensor([0., 3.])
   */
  relu_(...args: []): this {
    fn.relu_(this, ...args);
    return this;
  }
  /**
   * In-place {@link pow}.
   *
   * @example tensor([4]).pow_(0.5); // tensor([2.])
   */
  pow_(...args: fn.PowArgs): this {
    fn.pow_(this, ...args);
    return this;
  }
  /**
   * In-place {@link lerp}.
   *
   * @example tensor([0, 4]).lerp_(tensor([8, 8]), 0.25); // tensor([2., 5.])
   */
  lerp_(...args: fn.LerpArgs): this {
    fn.lerp_(this, ...args);
    return this;
  }
  /**
   * In-place {@link addcmul}.
   *
   * @example tensor([0]).addcmul_(tensor([2]), tensor([3]), { value: 0.5 }); // tensor([3.])
   */
  addcmul_(...args: fn.AddcArgs): this {
    fn.addcmul_(this, ...args);
    return this;
  }
  /**
   * In-place {@link addcdiv}.
   *
   * @example tensor([0]).addcdiv_(tensor([6]), tensor([3]), { value: 2 }); // tensor([4.])
   */
  addcdiv_(...args: fn.AddcArgs): this {
    fn.addcdiv_(this, ...args);
    return this;
  }
  /**
   * In-place {@link maskedFill}.
   *
   * @example tensor([5, 6]).maskedFill_(tensor([false, true]), -1); // tensor([5., -1.])
   */
  maskedFill_(...args: fn.MaskedFillArgs): this {
    fn.maskedFill_(this, ...args);
    return this;
  }
  /**
   * In-place {@link indexPut}.
   *
   * @example zeros(3).indexPut_([tensor([0, 0]).int()], tensor([5, 6]), true); // tensor([11., 0., 0.])
   */
  indexPut_(...args: fn.IndexPutArgs): this {
    fn.indexPut_(this, ...args);
    return this;
  }
  /**
   * In-place {@link scatter}.
   *
   * @example zeros(3).scatter_(0, tensor([0, 2]).int(), 1); // tensor([1., 0., 1.])
   */
  scatter_(...args: fn.ScatterArgs): this {
    fn.scatter_(this, ...args);
    return this;
  }
  /**
   * In-place {@link scatterAdd}.
   *
   * @example zeros(2).scatterAdd_(0, tensor([0, 1, 1]).int(), tensor([1, 2, 3])); // tensor([1., 5.])
   */
  scatterAdd_(...args: fn.ScatterAddArgs): this {
    fn.scatterAdd_(this, ...args);
    return this;
  }
  /**
   * In-place {@link scatterReduce}.
   *
   * @example zeros(2).scatterReduce_(0, tensor([0, 1, 1]).int(), tensor([2, 3, 4]), "amax"); // tensor([2., 4.])
   */
  scatterReduce_(...args: fn.ScatterReduceArgs): this {
    fn.scatterReduce_(this, ...args);
    return this;
  }
  /**
   * In-place {@link indexAdd}.
   *
   * @example zeros(2).indexAdd_(0, tensor([1, 1]).int(), tensor([3, 4])); // tensor([0., 7.])
   */
  indexAdd_(...args: fn.IndexAddArgs): this {
    fn.indexAdd_(this, ...args);
    return this;
  }
  /**
   * In-place {@link indexCopy}.
   *
   * @example zeros(3).indexCopy_(0, tensor([0, 2]).int(), tensor([1, 2])); // tensor([1., 0., 2.])
   */
  indexCopy_(...args: fn.IndexCopyArgs): this {
    fn.indexCopy_(this, ...args);
    return this;
  }
  /**
   * In-place {@link indexFill}.
   *
   * @example ones(3).indexFill_(0, tensor([1]).int(), 7); // tensor([1., 7., 1.])
   */
  indexFill_(...args: fn.IndexFillArgs): this {
    fn.indexFill_(this, ...args);
    return this;
  }
  /**
   * In-place {@link maskedScatter}.
   *
   * @example zeros(3).maskedScatter_(tensor([true, false, true]), tensor([5, 6])); // tensor([5., 0., 6.])
   */
  maskedScatter_(...args: fn.MaskedScatterArgs): this {
    fn.maskedScatter_(this, ...args);
    return this;
  }
  /**
   * In-place {@link put}.
   *
   * @example zeros(3).put_(tensor([2]).int(), tensor([5])); // tensor([0., 0., 5.])
   */
  put_(...args: fn.PutArgs): this {
    fn.put_(this, ...args);
    return this;
  }
  /**
   * Fills with random integers of [from, to), of [0, to), or of all that the dtype holds, in place.
   *
   * @example zeros(3).random_(5, 6); // tensor([5., 5., 5.])
   */
  random_(...args: fn.RandomInPlaceArgs): this {
    fn.random_(this, ...args);
    return this;
  }
  /**
   * Fills with samples of an exponential distribution of rate `lambd`, in place.
   *
   * @example zeros(2, 3).exponential_().shape; // [2, 3]
   */
  exponential_(...args: fn.ExponentialArgs): this {
    fn.exponential_(this, ...args);
    return this;
  }
  /**
   * Fills with samples of a geometric distribution of success probability `p`, in place.
   *
   * @example zeros(2, 3).geometric_(0.5).shape; // [2, 3]
   */
  geometric_(...args: fn.GeometricArgs): this {
    fn.geometric_(this, ...args);
    return this;
  }
  /**
   * Fills with samples of a Cauchy distribution, in place.
   *
   * @example zeros(2, 3).cauchy_().shape; // [2, 3]
   */
  cauchy_(...args: fn.CauchyArgs): this {
    fn.cauchy_(this, ...args);
    return this;
  }
  /**
   * Fills with samples of a log-normal distribution, in place.
   *
   * @example zeros(2, 3).logNormal_(0, 1).shape; // [2, 3]
   */
  logNormal_(...args: fn.LogNormalArgs): this {
    fn.logNormal_(this, ...args);
    return this;
  }
  /**
   * In-place {@link unsqueeze}: this tensor itself gets the new dimension.
   *
   * @example tensor([1, 2]).unsqueeze_(0); // tensor([[1., 2.]])
   */
  unsqueeze_(...args: fn.UnsqueezeArgs): this {
    fn.unsqueeze_(this, ...args);
    return this;
  }
  /**
   * In-place {@link squeeze}: this tensor itself loses the dimensions.
   *
   * @example tensor([[1, 2]]).squeeze_(); // tensor([1., 2.])
   */
  squeeze_(...args: fn.SqueezeArgs): this {
    fn.squeeze_(this, ...args);
    return this;
  }
  /**
   * In-place {@link transpose}: two dimensions of this tensor itself are swapped.
   *
   * @example zeros(2, 3, 4).transpose_(0, 2).shape; // [4, 3, 2]
   */
  transpose_(...args: fn.TransposeArgs): this {
    fn.transpose_(this, ...args);
    return this;
  }
  /**
   * In-place {@link swapaxes}: two dimensions of this tensor itself are swapped.
   *
   * @example zeros(2, 3, 4).swapaxes_(0, 2).shape; // [4, 3, 2]
   */
  swapaxes_(...args: fn.SwapaxesArgs): this {
    fn.swapaxes_(this, ...args);
    return this;
  }
  /**
   * {@link swapaxes_} by another name.
   *
   * @example zeros(2, 3).swapdims_(0, 1).shape; // [3, 2]
   */
  swapdims_(...args: fn.SwapaxesArgs): this {
    fn.swapaxes_(this, ...args);
    return this;
  }
  /**
   * Fills the main diagonal, in place; with `wrap` a tall matrix gets further ones.
   *
   * @example zeros(2, 2).fillDiagonal_(5); // tensor([[5., 0.], [0., 5.]])
   */
  fillDiagonal_(...args: fn.FillDiagonalArgs): this {
    fn.fillDiagonal_(this, ...args);
    return this;
  }
  /**
   * In-place {@link t}: this tensor itself is transposed.
   *
   * @example tensor([[1, 2]]).t_().shape; // [2, 1]
   */
  t_(...rest: []): this {
    fn.t_(this, ...rest);
    return this;
  }
  /**
   * Takes this tensor itself out of its graph: it becomes a leaf that requires no gradient.
   *
   * @example tensor([1], { requiresGrad: true }).mul(2).detach_(); // tensor([2.])
   */
  detach_(...rest: []): this {
    fn.detach_(this, ...rest);
    return this;
  }
  /**
   * In-place {@link neg}.
   *
   * @example tensor([3]).neg_(); // tensor([-3.])
   */
  neg_(...args: []): this {
    fn.neg_(this, ...args);
    return this;
  }
  /**
   * In-place {@link abs}.
   *
   * @example tensor([-3]).abs_(); // tensor([3.])
   */
  abs_(...args: []): this {
    fn.abs_(this, ...args);
    return this;
  }
  /**
   * In-place {@link exp}.
   *
   * @example tensor([0]).exp_(); // tensor([1.])
   */
  exp_(...args: []): this {
    fn.exp_(this, ...args);
    return this;
  }
  /**
   * In-place {@link log}.
   *
   * @example tensor([1]).log_(); // tensor([0.])
   */
  log_(...args: []): this {
    fn.log_(this, ...args);
    return this;
  }
  /**
   * In-place {@link sqrt}.
   *
   * @example tensor([9]).sqrt_(); // tensor([3.])
   */
  sqrt_(...args: []): this {
    fn.sqrt_(this, ...args);
    return this;
  }
  /**
   * In-place {@link tanh}.
   *
   * @example tensor([0]).tanh_(); // tensor([0.])
   */
  tanh_(...args: []): this {
    fn.tanh_(this, ...args);
    return this;
  }
  /**
   * In-place {@link sigmoid}.
   *
   * @example tensor([0]).sigmoid_(); // tensor([0.5000])
   */
  sigmoid_(...args: []): this {
    fn.sigmoid_(this, ...args);
    return this;
  }
  /**
   * Fills with samples of a Bernoulli distribution: 1 with probability `p`, else 0. The same seed gives PyTorch's
   * samples.
   *
   * @example zeros(3).bernoulli_(1); // tensor([1., 1., 1.])
   */
  bernoulli_(...args: fn.BernoulliArgs): this {
    fn.bernoulli_(this, ...args);
    return this;
  }
  /**
   * Fills with samples of a uniform distribution on [from, to). The same seed gives PyTorch's samples.
   *
   * @example zeros(2, 2).uniform_(-1, 1).abs().le(1).all(); // tensor(True)
   */
  uniform_(...args: fn.UniformArgs): this {
    fn.uniform_(this, ...args);
    return this;
  }
  /**
   * Fills with samples of a normal distribution. The same seed gives PyTorch's samples.
   *
   * @example zeros(2, 3).normal_({ mean: 5, std: 0.1 }).shape; // [2, 3]
   */
  normal_(...args: fn.NormalArgs): this {
    fn.normal_(this, ...args);
    return this;
  }
}

/** The in-place forms that are made from one list. */
export interface Tensor extends fn.InPlaceForms {}
