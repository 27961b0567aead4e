/** @file The SIMD backend. Operations without a kernel for a dtype use the reference loops, on the same memory. */
import {
  type BinaryOp,
  type Block,
  type ConvWindows,
  type DType,
  type FusedOps,
  type MatmulOptions,
  type NDArray,
  type PoolWindows,
  type ReduceOp,
  type Storage,
  type TypedArray,
  UNARY_PREDICATES,
  type UnaryOp,
} from "../backend.ts";
import { BYTES, emptyArray, sameShape, sizeOf } from "../layout.ts";
import type { OptimizerName, OptimizerOptions, OptimizerState } from "../optimizer-steps.ts";
import { ReferenceBackend } from "../reference/backend.ts";
import { matmulDoubles } from "./blas/double.ts";
import { compareFloats, whereFloats } from "./compare.ts";
import { conv2dFloats, conv2dInputGradFloats, conv2dWeightGradFloats } from "./conv2d.ts";
import { copyArray, fillArray, floatsFromBytes } from "./copy.ts";
import { combineFloats, mapFloats, powerOf, type UnaryKernel } from "./elementwise.ts";
import { fusedFloats, optimizerStepFloats } from "./fused.ts";
import type { Heap } from "./heap.ts";
import {
  heapStorage,
  isDense,
  isInjective,
  isLargeArray,
  isLargeFloat32,
  isOnHeap,
  type KernelContext,
  MIN_SIMD_ELEMENTS,
} from "./kernel-context.ts";
import { matmulFloats } from "./matmul.ts";
import { is2x2, maxPool2x2Floats, maxPool2x2GradFloats } from "./max-pool-2x2.ts";
import { argReduceArray, foldOf, reduceArray, softmaxFloats, softmaxGradFloats } from "./reduce.ts";
import { combineSmall, copySmall, fillSmall, mapSmall, sumSmall } from "./scalar-path.ts";
import { BINARY, COMPARE, UNARY } from "./tables.ts";

/** Whether one of these has no elements. */
function isEmpty(...arrays: readonly NDArray[]): boolean {
  return arrays.some((x) => sizeOf(x.shape) === 0);
}

/**
 * Storages of all dtypes on the heap, and SIMD kernels for copies of all and arithmetic of float32.
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

  override unary(op: UnaryOp, x: NDArray, out?: NDArray): NDArray {
    this.#beginInPlace(out);
    if (x.dtype !== "float32" || UNARY_PREDICATES.has(op)) return super.unary(op, x, out);
    const z = out ?? emptyArray(this, "float32", x.shape);
    if (mapSmall(this.#heap, op, x, z)) return z;
    const kernel = isLargeFloat32(x) ? UNARY.get(op) : undefined;
    return kernel ? this.#map(this.#context.vector[kernel], x, z) : super.unary(op, x, z);
  }

  override binary(op: BinaryOp, a: NDArray, b: NDArray, shape: readonly number[], out?: NDArray): NDArray {
    this.#beginInPlace(out);
    if (a.dtype !== "float32") return super.binary(op, a, b, shape, out);
    const n = sizeOf(shape);
    const kernel = BINARY.get(op);
    if (kernel !== undefined) {
      const z = out ?? emptyArray(this, "float32", shape);
      if (combineSmall(this.#heap, op, n, a, b, z)) return z;
      if (n >= MIN_SIMD_ELEMENTS) combineFloats(this.#context, this.#context.vector[kernel], a, b, z);
      else super.binary(op, a, b, shape, z);
      return z;
    }
    if (n < MIN_SIMD_ELEMENTS) return super.binary(op, a, b, shape, out);
    const comparison = COMPARE.get(op);
    if (comparison !== undefined && out === undefined) {
      const z = emptyArray(this, "bool", shape);
      compareFloats(this.#context, comparison, a, b, z);
      return z;
    }
    if (op === "pow" && sizeOf(b.shape) === 1 && sameShape(a.shape, shape)) {
      const power = powerOf(this.#context, this.view(b.storage)[b.offset]!);
      if (power) return this.#map(power, a, out);
    }
    return super.binary(op, a, b, shape, out);
  }

  override clamp(x: NDArray, low: number, high: number, out?: NDArray): NDArray {
    this.#beginInPlace(out);
    if (!isLargeFloat32(x) || Number.isNaN(low) || Number.isNaN(high)) return super.clamp(x, low, high, out);
    const { clampRows } = this.#context.vector;
    return this.#map((z, a, rows, cols, zs, as) => clampRows(z, a, rows, cols, zs, as, low, high), x, out);
  }

  #map(kernel: UnaryKernel, x: NDArray, out: NDArray | undefined): NDArray {
    const z = out ?? emptyArray(this, "float32", x.shape);
    mapFloats(this.#context, kernel, x, z);
    return z;
  }

  override where(cond: NDArray, a: NDArray, b: NDArray, shape: readonly number[]): NDArray {
    if (a.dtype !== "float32" || sizeOf(shape) < MIN_SIMD_ELEMENTS) return super.where(cond, a, b, shape);
    const z = emptyArray(this, "float32", shape);
    if (whereFloats(this.#context, cond, a, b, z)) return z;
    this.free(z.storage);
    return super.where(cond, a, b, shape);
  }

  override cast(x: NDArray, dtype: DType): NDArray {
    const toFloats = dtype === "float32" && BYTES[x.dtype] === 1 && isLargeArray(x) && isDense(x);
    if (x.dtype !== dtype && !toFloats) return super.cast(x, dtype);
    const z = emptyArray(this, dtype, x.shape);
    if (toFloats) floatsFromBytes(this.#context, x, z);
    else this.copy(z, x);
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
    if (!isLargeFloat32(dst) || !isInjective(dst)) super.addInto(dst, src);
    else combineFloats(this.#context, this.#context.vector.addRows, dst, src, dst);
  }

  override fill(dst: NDArray, value: number): void {
    this.#heap.begin();
    if (dst.dtype === "float32" && fillSmall(this.#heap, dst, value)) return;
    if (!isOnHeap(dst) || !isLargeArray(dst) || !fillArray(this.#context, dst, value)) super.fill(dst, value);
  }

  override reduce(op: ReduceOp, x: NDArray, block: Block): NDArray {
    const fold = foldOf(op, x.dtype);
    const large = isLargeArray(x) && fold !== null;
    const total = x.dtype === "float32" && op === "sum" && block.outer * block.inner === 1;
    if (block.n === 0 || !(large || total)) return super.reduce(op, x, block);
    const z = emptyArray(this, x.dtype, [block.outer, block.inner]);
    if (large) reduceArray(this.#context, fold, x, block, z);
    else sumSmall(this.#heap, x, z);
    return z;
  }

  override argReduce(op: "argmax" | "argmin", x: NDArray, block: Block): NDArray {
    if (!isLargeArray(x)) return super.argReduce(op, x, block);
    const z = emptyArray(this, "int32", [block.outer, block.inner]);
    argReduceArray(this.#context, op, x, block, z);
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
    if (a.dtype === "float32") matmulFloats(this.#context, a, b, z, options);
    else if (a.dtype !== "float64" || !this.#matmulDoubles(a, b, z, options))
      super.matmul(a, b, { ...options, out: z });
    return z;
  }

  #matmulDoubles(a: NDArray, b: NDArray, out: NDArray, options: MatmulOptions): boolean {
    return matmulDoubles(this.#context.blas, (x) => this.view(x.storage), a, b, out, options);
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
