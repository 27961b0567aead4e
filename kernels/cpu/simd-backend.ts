/** @file The SIMD backend. Operations without a kernel for a dtype use the reference loops, on the same memory. */
import type {
  ArgScanOp,
  Block,
  ConvWindows,
  Distribution,
  DType,
  FusedOps,
  MatmulOptions,
  NDArray,
  PlaneWindows,
  PoolDivisors,
  ReduceOp,
  ScanOp,
  ScatterMode,
  Storage,
  TypedArray,
} from "../backend.ts";
import { shapesOf } from "../conv-volumes.ts";
import { type ElementwiseName, POWERS } from "../ir/elementwise.ts";
import { emptyArray, freeOnError, sameShape, sizeOf, withContiguous } from "../layout.ts";
import type { Mt19937 } from "../mt19937.ts";
import type { OptimizerName, OptimizerOptions, OptimizerState } from "../optimizer-steps.ts";
import type { Call } from "../program/call.ts";
import type { Fuser } from "../program/fuse.ts";
import { ReferenceBackend } from "../reference/backend.ts";
import { isIntegral } from "../reference/storage.ts";
import { conv2dArrays, conv2dInputGradArrays, conv2dWeightGradArrays } from "./conv2d.ts";
import { copyArray, fillArray } from "./copy.ts";
import { fusedFloats, optimizerStepFloats } from "./fused.ts";
import type { Heap } from "./heap.ts";
import {
  addAtIndices,
  checkIndices,
  copyToIndices,
  countNonzero,
  flattenIndices,
  gatherArray,
  nonzeroArray,
  scatterArray,
  selectArray,
} from "./indexing.ts";
import {
  heapStorage,
  isDense,
  isInjective,
  isLargeArray,
  isOnHeap,
  type KernelContext,
  MIN_SIMD_ELEMENTS,
  overlappingDim,
} from "./kernel-context.ts";
import { type LoweredCall, lowerCall } from "./lower.ts";
import { mapArrays, mapFused } from "./map.ts";
import { matmulArrays } from "./matmul.ts";
import { is2x2, maxPool2x2Floats, maxPool2x2GradFloats } from "./max-pool-2x2.ts";
import {
  avgPoolGradPlanes,
  avgPoolPlanes,
  maxPoolGradPlanes,
  maxPoolIndicesOfPlanes,
  maxPoolPlanes,
} from "./pooling.ts";
import { randomArray } from "./random.ts";
import { argReduceArray, foldOf, reduceArray } from "./reduce.ts";
import { copySmall, fillSmall, mapSmall, smallKernel, sumSmall } from "./scalar-path.ts";
import { argScanArray, logcumsumexpArray, scanArray } from "./scan.ts";
import { longestRunArray, searchArray } from "./search.ts";
import { softmaxArray, softmaxGradArray } from "./softmax.ts";
import { argsortArray, kthArray, topkArray } from "./sort.ts";

const NO_SCALARS: readonly number[] = [];

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

  reserve(dtype: DType, length: number): Storage {
    this.#heap.begin();
    return this.#heap.reserve(dtype, length);
  }

  alias(reserved: Storage, dtype: DType, length: number): Storage {
    return this.#heap.alias(heapStorage(reserved), dtype, length);
  }

  lower(call: Call): LoweredCall | null {
    return lowerCall(this.#context, call);
  }

  readonly fuser: Fuser = {
    // Fewer elements are computed in double precision, and rounded once for each operation.
    takes: (name, dtype, n) => n > 256 && (name === "cast" || n > smallKernel(name, dtype).most),
    run: (kernel, inputs, shape, outs) => {
      this.#heap.begin();
      mapFused(this.#context, this.#context.generated.fused(kernel), inputs, shape, outs);
    },
  };

  override get fused(): FusedOps {
    return this.#fused;
  }

  protected override allocStorage(dtype: DType, length: number): Storage {
    return this.#heap.alloc(dtype, length);
  }

  override alloc(dtype: DType, length: number): Storage {
    this.#heap.begin();
    return this.allocator === null ? this.#heap.alloc(dtype, length) : super.alloc(dtype, length);
  }

  override readSync(storage: Storage, offset: number, length: number): TypedArray {
    return this.#heap.read(heapStorage(storage), offset, length);
  }

  protected override freeStorage(storage: Storage): void {
    this.#heap.free(heapStorage(storage));
  }

  override view(storage: Storage): TypedArray {
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
    if (copySmall(this.#heap, dst, src)) return;
    // For small storages of other dtypes the loop is done before they are copied to the heap and back.
    const hasKernel = dst.dtype === "float32" || isOnHeap(dst);
    if (hasKernel && isLargeArray(dst)) copyArray(this.#context, dst, src);
    else super.copy(dst, src);
  }

  override addInto(dst: NDArray, src: NDArray): void {
    this.#heap.begin();
    if (!isLargeArray(dst)) super.addInto(dst, src);
    else if (isInjective(dst)) this.#map("add", dst.dtype, [dst, src], NO_SCALARS, dst);
    else this.#addOverlapping(dst, src);
  }

  /** Where elements of dst coincide: part by part, until those of one part do not. Small parts are not worth it. */
  #addOverlapping(dst: NDArray, src: NDArray): void {
    const d = overlappingDim(dst);
    const part = (x: NDArray, i: number): NDArray => ({
      ...x,
      shape: x.shape.toSpliced(d, 1),
      strides: x.strides.toSpliced(d, 1),
      offset: x.offset + i * x.strides[d]!,
    });
    if (!isLargeArray(part(dst, 0))) super.addInto(dst, src);
    else for (let i = 0; i < dst.shape[d]!; i++) this.addInto(part(dst, i), part(src, i));
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

  override scan(op: ScanOp, x: NDArray, block: Block): NDArray {
    if (!isLargeArray(x) || x.dtype === "uint8" || x.dtype === "bool") return super.scan(op, x, block);
    const z = emptyArray(this, x.dtype, x.shape);
    if (op === "logcumsumexp") logcumsumexpArray(this.#context, x, block, z);
    else scanArray(this.#context, op, x, block, z);
    return z;
  }

  override argScan(op: ArgScanOp, x: NDArray, block: Block): NDArray {
    if (!isLargeArray(x)) return super.argScan(op, x, block);
    const z = emptyArray(this, "int32", x.shape);
    argScanArray(this.#context, op, x, block, z);
    return z;
  }

  override searchSorted(sequences: NDArray, values: NDArray, right: boolean): NDArray {
    if (!isLargeArray(values)) return super.searchSorted(sequences, values, right);
    const z = emptyArray(this, "int32", values.shape);
    searchArray(this.#context, sequences, values, right, z);
    return z;
  }

  override longestRun(x: NDArray, block: Block): NDArray {
    if (!isLargeArray(x)) return super.longestRun(x, block);
    const z = emptyArray(this, "int32", [block.outer, block.inner]);
    longestRunArray(this.#context, x, block, z);
    return z;
  }

  override argsort(x: NDArray, block: Block, descending: boolean): NDArray {
    if (!isLargeArray(x)) return super.argsort(x, block, descending);
    const z = emptyArray(this, "int32", x.shape);
    argsortArray(this.#context, x, block, descending, z);
    return z;
  }

  override topk(x: NDArray, block: Block, k: number, largest: boolean): NDArray {
    if (!isLargeArray(x) || k === 0) return super.topk(x, block, k, largest);
    const z = emptyArray(this, "int32", [block.outer, k, block.inner]);
    topkArray(this.#context, x, block, k, largest, z);
    return z;
  }

  override selectRank(x: NDArray, block: Block, rank: number): NDArray {
    if (!isLargeArray(x)) return super.selectRank(x, block, rank);
    const z = emptyArray(this, "int32", [block.outer, block.inner]);
    kthArray(this.#context, x, block, rank + 1, z);
    return z;
  }

  override gather(x: NDArray, dim: number, index: NDArray): NDArray {
    if (!isLargeArray(index)) return super.gather(x, dim, index);
    this.#heap.begin();
    checkIndices(this.#context, index, dim, x.shape[dim] ?? 1);
    const z = emptyArray(this, x.dtype, index.shape);
    gatherArray(this.#context, x, dim, index, z);
    return z;
  }

  override scatter(mode: ScatterMode, dst: NDArray, dim: number, index: NDArray, src: NDArray): void {
    this.#heap.begin();
    if (!isLargeArray(index) || dst.storage === src.storage || !isInjective(dst)) {
      super.scatter(mode, dst, dim, index, src);
      return;
    }
    checkIndices(this.#context, index, dim, dst.shape[dim] ?? 1);
    scatterArray(this.#context, mode, dst, dim, index, src);
  }

  override indexSelect(x: NDArray, dim: number, index: NDArray): NDArray {
    const shape = x.shape.with(dim, sizeOf(index.shape));
    if (sizeOf(shape) < MIN_SIMD_ELEMENTS || !isDense(x)) return super.indexSelect(x, dim, index);
    this.#heap.begin();
    checkIndices(this.#context, index, dim, x.shape[dim] ?? 1);
    const z = emptyArray(this, x.dtype, shape);
    selectArray(this.#context, x, dim, index, z);
    return z;
  }

  override indexAdd(dst: NDArray, dim: number, index: NDArray, src: NDArray): void {
    const bytes = dst.dtype === "uint8" || dst.dtype === "bool";
    if (bytes || !isLargeArray(src) || !isDense(dst) || dst.storage === src.storage) {
      super.indexAdd(dst, dim, index, src);
      return;
    }
    this.#heap.begin();
    checkIndices(this.#context, index, dim, dst.shape[dim] ?? 1);
    addAtIndices(this.#context, dst, dim, index, src);
  }

  override indexCopy(dst: NDArray, dim: number, index: NDArray, src: NDArray): void {
    if (!isLargeArray(src) || !isDense(dst) || dst.storage === src.storage) {
      super.indexCopy(dst, dim, index, src);
      return;
    }
    this.#heap.begin();
    checkIndices(this.#context, index, dim, dst.shape[dim] ?? 1);
    copyToIndices(this.#context, dst, dim, index, src);
  }

  override flatIndex(
    indices: readonly NDArray[],
    shape: readonly number[],
    sizes: readonly number[],
    dims: readonly number[],
  ): NDArray {
    if (sizeOf(shape) < MIN_SIMD_ELEMENTS) return super.flatIndex(indices, shape, sizes, dims);
    this.#heap.begin();
    const z = emptyArray(this, "int32", shape);
    return freeOnError(this, z, () => flattenIndices(this.#context, indices, sizes, dims, z));
  }

  override nonzero(x: NDArray): NDArray {
    if (!isLargeArray(x) || x.shape.length === 0) return super.nonzero(x);
    return withContiguous(this, x, (from) => {
      this.#heap.begin();
      const z = emptyArray(this, "int32", [countNonzero(this.#context, from), x.shape.length]);
      if (z.storage.length > 0) nonzeroArray(this.#context, from, z);
      return z;
    });
  }

  override random(dtype: DType, shape: readonly number[], from: Distribution, engine: Mt19937): NDArray {
    if (sizeOf(shape) >= MIN_SIMD_ELEMENTS) {
      const z = emptyArray(this, dtype, shape);
      if (randomArray(this.#context, z, from, engine)) return z;
      this.free(z.storage);
    }
    return super.random(dtype, shape, from, engine);
  }

  override softmax(x: NDArray, block: Block, log: boolean): NDArray {
    if (!isLargeArray(x)) return super.softmax(x, block, log);
    const y = emptyArray(this, x.dtype, x.shape);
    softmaxArray(this.#context, x, block, log, y);
    return y;
  }

  override softmaxGrad(grad: NDArray, y: NDArray, block: Block, log: boolean): NDArray {
    if (!isLargeArray(y)) return super.softmaxGrad(grad, y, block, log);
    const z = emptyArray(this, y.dtype, y.shape);
    softmaxGradArray(this.#context, grad, y, block, log, z);
    return z;
  }

  override matmul(a: NDArray, b: NDArray, options: MatmulOptions = {}): NDArray {
    this.#beginInPlace(options.out);
    const z = options.out ?? emptyArray(this, a.dtype, [...a.shape.slice(0, -1), b.shape[b.shape.length - 1]!]);
    if (!matmulArrays(this.#context, a, b, z, options)) super.matmul(a, b, { ...options, out: z });
    return z;
  }

  override conv2d(x: NDArray, weight: NDArray, bias: NDArray | null, windows: ConvWindows): NDArray {
    if (isIntegral(x.dtype) || isEmpty(x, weight)) return super.conv2d(x, weight, bias, windows);
    const z = emptyArray(this, x.dtype, shapesOf(windows, weight.shape[0]!).results);
    conv2dArrays(this.#context, x, weight, bias, windows, z);
    return z;
  }

  override conv2dInputGrad(grad: NDArray, weight: NDArray, windows: ConvWindows): NDArray {
    if (isIntegral(grad.dtype) || isEmpty(grad, weight)) return super.conv2dInputGrad(grad, weight, windows);
    const z = emptyArray(this, grad.dtype, shapesOf(windows, weight.shape[0]!).images);
    conv2dInputGradArrays(this.#context, grad, weight, windows, z);
    return z;
  }

  override conv2dWeightGrad(x: NDArray, grad: NDArray, windows: ConvWindows): NDArray {
    if (isIntegral(x.dtype) || isEmpty(x, grad)) return super.conv2dWeightGrad(x, grad, windows);
    const z = emptyArray(this, grad.dtype, shapesOf(windows, grad.shape[1]!).kernels);
    conv2dWeightGradArrays(this.#context, x, grad, windows, z);
    return z;
  }

  override maxPool(x: NDArray, windows: PlaneWindows): NDArray {
    if (!isLargeArray(x)) return super.maxPool(x, windows);
    const z = emptyArray(this, x.dtype, [...x.shape.slice(0, -2), ...windows.counts]);
    if (is2x2(x, windows)) maxPool2x2Floats(this.#context, x, z);
    else maxPoolPlanes(this.#context, x, windows, z);
    return z;
  }

  override maxPoolIndices(x: NDArray, windows: PlaneWindows): NDArray {
    if (!isLargeArray(x)) return super.maxPoolIndices(x, windows);
    const z = emptyArray(this, "int32", [...x.shape.slice(0, -2), ...windows.counts]);
    maxPoolIndicesOfPlanes(this.#context, x, windows, z);
    return z;
  }

  override maxPoolGrad(grad: NDArray, x: NDArray, windows: PlaneWindows): NDArray {
    if (!isLargeArray(x)) return super.maxPoolGrad(grad, x, windows);
    const z = emptyArray(this, x.dtype, x.shape);
    if (is2x2(x, windows)) maxPool2x2GradFloats(this.#context, grad, x, z);
    else maxPoolGradPlanes(this.#context, grad, x, windows, z);
    return z;
  }

  override avgPool(x: NDArray, windows: PlaneWindows, divisors: PoolDivisors): NDArray {
    if (!isLargeArray(x)) return super.avgPool(x, windows, divisors);
    const z = emptyArray(this, x.dtype, [...x.shape.slice(0, -2), ...windows.counts]);
    avgPoolPlanes(this.#context, x, windows, divisors, z);
    return z;
  }

  override avgPoolGrad(
    grad: NDArray,
    windows: PlaneWindows,
    divisors: PoolDivisors,
    size: readonly [number, number],
  ): NDArray {
    const shape = [...grad.shape.slice(0, -2), ...size];
    if (sizeOf(shape) < MIN_SIMD_ELEMENTS) return super.avgPoolGrad(grad, windows, divisors, size);
    const z = emptyArray(this, grad.dtype, shape);
    avgPoolGradPlanes(this.#context, grad, windows, divisors, z);
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
    if (isLargeArray(param)) {
      optimizerStepFloats(this.#context, name, param, grad, state, options);
    } else {
      super.optimizerStep(name, param, grad, state, options);
    }
  }
}
