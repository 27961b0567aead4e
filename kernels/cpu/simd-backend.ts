/** @file The SIMD backend. Operations without a kernel for a dtype use the reference loops, on the same memory. */
import type {
  Block,
  ConvWindows,
  DType,
  FusedOps,
  MatmulOptions,
  NDArray,
  PoolWindows,
  ReduceOp,
  Storage,
  TypedArray,
} from "../backend.ts";
import type { ElementwiseName } from "../ir/elementwise.ts";
import { emptyArray, sameShape, sizeOf } from "../layout.ts";
import type { OptimizerName, OptimizerOptions, OptimizerState } from "../optimizer-steps.ts";
import { ReferenceBackend } from "../reference/backend.ts";
import { isIntegral } from "../reference/storage.ts";
import { conv2dFloats, conv2dInputGradFloats, conv2dWeightGradFloats } from "./conv2d.ts";
import { copyArray, fillArray } from "./copy.ts";
import { fusedFloats, optimizerStepFloats } from "./fused.ts";
import type { Heap } from "./heap.ts";
import {
  heapStorage,
  isInjective,
  isLargeArray,
  isLargeFloat32,
  isOnHeap,
  type KernelContext,
  MIN_SIMD_ELEMENTS,
} from "./kernel-context.ts";
import { mapArrays } from "./map.ts";
import { matmulArrays } from "./matmul.ts";
import { is2x2, maxPool2x2Floats, maxPool2x2GradFloats } from "./max-pool-2x2.ts";
import { argReduceFloats, reduceFloats, softmaxFloats, softmaxGradFloats } from "./reduce.ts";
import { copySmall, fillSmall, mapSmall, smallKernel, sumSmall } from "./scalar-path.ts";

const NO_SCALARS: readonly number[] = [];

/** Operations that are powers with a constant exponent. */
const POWERS: ReadonlyMap<number, ElementwiseName> = new Map([
  [2, "square"],
  [3, "cube"],
  [0.5, "sqrt"],
  [-0.5, "rsqrt"],
  [-1, "reciprocal"],
] as const);

/** Whether one of these has no elements. */
function isEmpty(...arrays: readonly NDArray[]): boolean {
  return arrays.some((x) => sizeOf(x.shape) === 0);
}

/**
 * Storages of all dtypes on the heap, and SIMD kernels.
 *
 * Within one operation of the heap no storage moves. An operation begins where its result is allocated, or, where it
 * writes in place or returns a host array, with `heap.begin()`. So allocations come before the first address.
 */
export class SimdBackend extends ReferenceBackend {
  readonly #heap: Heap;
  readonly #context: KernelContext;
  readonly #fused: FusedOps;

  constructor(context: KernelContext) {
    super("cpu");
    this.#heap = context.heap;
    this.#context = context;
    this.#fused = fusedFloats(this, context, (storage) => this.view(storage), super.fused);
  }

  override get fused(): FusedOps {
    return this.#fused;
  }

  override alloc(dtype: DType, length: number): Storage {
    this.#heap.begin();
    return this.#heap.alloc(dtype, length);
  }

  override readSync(storage: Storage, offset: number, length: number): TypedArray {
    return this.#heap.read(heapStorage(storage), offset, length);
  }

  override free(storage: Storage): void {
    this.#heap.free(heapStorage(storage));
  }

  protected override view(storage: Storage): TypedArray {
    return this.#heap.view(heapStorage(storage));
  }

  /** Begins an operation that writes to `out`, if there is one; otherwise {@link alloc} does. */
  #beginInPlace(out: NDArray | undefined): void {
    if (out !== undefined) this.#heap.begin();
  }

  override map(
    name: ElementwiseName,
    inputs: readonly NDArray[],
    shape: readonly number[],
    scalars: readonly number[] = NO_SCALARS,
    out?: NDArray,
  ): NDArray {
    this.#beginInPlace(out);
    const { dtype } = inputs[inputs.length - 1]!;
    if (isIntegral(dtype)) this.checkDivision(name, inputs, shape);
    const { result, loop, most } = smallKernel(name, dtype);
    const z = out ?? emptyArray(this, result, shape);
    const n = sizeOf(shape);
    if (n <= most && mapSmall(this.#heap, loop, n, inputs, scalars, z)) return z;
    if (n < MIN_SIMD_ELEMENTS) return super.map(name, inputs, shape, scalars, z);
    if (name === "pow") {
      const power = this.#powerOf(inputs, shape);
      if (power !== null) return this.#map(power, dtype, [inputs[0]!], scalars, z);
    }
    return this.#map(name, dtype, inputs, scalars, z);
  }

  #map(
    name: ElementwiseName,
    dtype: DType,
    inputs: readonly NDArray[],
    scalars: readonly number[],
    out: NDArray,
  ): NDArray {
    mapArrays(this.#context, this.#context.generated.elementwise(name, dtype), inputs, scalars, out);
    return out;
  }

  /** The operation that is a power of floats with one constant exponent, if that takes only products or roots. */
  #powerOf([base, exponent]: readonly NDArray[], shape: readonly number[]): ElementwiseName | null {
    if (base === undefined || exponent === undefined || isIntegral(base.dtype)) return null;
    if (sizeOf(exponent.shape) !== 1 || !sameShape(base.shape, shape)) return null;
    return POWERS.get(this.view(exponent.storage)[exponent.offset]!) ?? null;
  }

  override cast(x: NDArray, dtype: DType): NDArray {
    if (x.dtype !== dtype && !isLargeArray(x)) return super.cast(x, dtype);
    const z = emptyArray(this, dtype, x.shape);
    if (x.dtype === dtype) this.copy(z, x);
    else mapArrays(this.#context, this.#context.generated.cast(x.dtype, dtype), [x], NO_SCALARS, z);
    return z;
  }

  override copy(dst: NDArray, src: NDArray): void {
    this.#heap.begin();
    if (dst.dtype === "float32" && copySmall(this.#heap, dst, src)) return;
    // For small storages of other dtypes the loop is done before they are copied to the heap and back.
    const hasKernel = dst.dtype === "float32" || isOnHeap(dst);
    if (hasKernel && isLargeArray(dst)) copyArray(this.#context, dst, src);
    else super.copy(dst, src);
  }

  override addInto(dst: NDArray, src: NDArray): void {
    this.#heap.begin();
    if (!isLargeArray(dst) || !isInjective(dst)) super.addInto(dst, src);
    else this.#map("add", dst.dtype, [dst, src], NO_SCALARS, dst);
  }

  override fill(dst: NDArray, value: number): void {
    this.#heap.begin();
    if (dst.dtype === "float32" && fillSmall(this.#heap, dst, value)) return;
    if (!isOnHeap(dst) || !isLargeArray(dst) || !fillArray(this.#context, dst, value)) super.fill(dst, value);
  }

  override reduce(op: ReduceOp, x: NDArray, block: Block): NDArray {
    const known = op === "sum" || op === "max" || op === "min";
    if (!known || x.dtype !== "float32" || block.n === 0) return super.reduce(op, x, block);
    const large = isLargeFloat32(x);
    if (!large && (op !== "sum" || block.outer * block.inner !== 1)) return super.reduce(op, x, block);
    const z = emptyArray(this, "float32", [block.outer, block.inner]);
    if (large) reduceFloats(this.#context, op, x, block, z);
    else sumSmall(this.#heap, x, z);
    return z;
  }

  override argReduce(op: "argmax" | "argmin", x: NDArray, block: Block): NDArray {
    if (!isLargeFloat32(x)) return super.argReduce(op, x, block);
    const z = emptyArray(this, "int32", [block.outer, block.inner]);
    argReduceFloats(this.#context, op, x, block, z);
    return z;
  }

  override scatter(mode: "set" | "add", dst: NDArray, dim: number, index: NDArray, src: NDArray): void {
    this.#heap.begin();
    super.scatter(mode, dst, dim, index, src);
  }

  override softmax(x: NDArray, block: Block, log: boolean): NDArray {
    if (!isLargeFloat32(x)) return super.softmax(x, block, log);
    const y = emptyArray(this, "float32", x.shape);
    softmaxFloats(this.#context, x, block, log, y);
    return y;
  }

  override softmaxGrad(grad: NDArray, y: NDArray, block: Block, log: boolean): NDArray {
    if (!isLargeFloat32(y)) return super.softmaxGrad(grad, y, block, log);
    const z = emptyArray(this, "float32", y.shape);
    softmaxGradFloats(this.#context, grad, y, block, log, z);
    return z;
  }

  override matmul(a: NDArray, b: NDArray, options: MatmulOptions = {}): NDArray {
    this.#beginInPlace(options.out);
    const z = options.out ?? emptyArray(this, a.dtype, [...a.shape.slice(0, -1), b.shape[b.shape.length - 1]!]);
    if (!matmulArrays(this.#context, a, b, z, options)) super.matmul(a, b, { ...options, out: z });
    return z;
  }

  override conv2d(x: NDArray, weight: NDArray, bias: NDArray | null, windows: ConvWindows): NDArray {
    if (x.dtype !== "float32" || isEmpty(x, weight)) return super.conv2d(x, weight, bias, windows);
    const z = emptyArray(this, "float32", [windows.shape[0], weight.shape[0]!, ...windows.counts]);
    conv2dFloats(this.#context, x, weight, bias, windows, z);
    return z;
  }

  override conv2dInputGrad(grad: NDArray, weight: NDArray, windows: ConvWindows): NDArray {
    if (grad.dtype !== "float32" || isEmpty(grad, weight)) return super.conv2dInputGrad(grad, weight, windows);
    const z = emptyArray(this, "float32", windows.shape);
    conv2dInputGradFloats(this.#context, grad, weight, windows, z);
    return z;
  }

  override conv2dWeightGrad(x: NDArray, grad: NDArray, windows: ConvWindows): NDArray {
    if (x.dtype !== "float32" || isEmpty(x, grad)) return super.conv2dWeightGrad(x, grad, windows);
    const [, channels] = windows.shape;
    const z = emptyArray(this, "float32", [grad.shape[1]!, channels / windows.groups, ...windows.kernel]);
    conv2dWeightGradFloats(this.#context, x, grad, windows, z);
    return z;
  }

  override maxPool(x: NDArray, windows: PoolWindows): NDArray {
    if (!isLargeFloat32(x) || !is2x2(x, windows)) return super.maxPool(x, windows);
    const z = emptyArray(this, "float32", [...x.shape.slice(0, -2), ...windows.counts]);
    maxPool2x2Floats(this.#context, x, z);
    return z;
  }

  override maxPoolGrad(grad: NDArray, x: NDArray, windows: PoolWindows): NDArray {
    if (!isLargeFloat32(x) || !is2x2(x, windows)) return super.maxPoolGrad(grad, x, windows);
    const z = emptyArray(this, "float32", x.shape);
    maxPool2x2GradFloats(this.#context, grad, x, z);
    return z;
  }

  override optimizerStep<K extends OptimizerName>(
    name: K,
    param: NDArray,
    grad: NDArray,
    state: OptimizerState<K>,
    options: OptimizerOptions<K>,
  ): void {
    this.#heap.begin();
    const isFloat32OnHeap = param.dtype === "float32" && isOnHeap(param);
    if (isFloat32OnHeap && optimizerStepFloats(this.#context, name, param, grad, state, options)) return;
    super.optimizerStep(name, param, grad, state, options);
  }
}
