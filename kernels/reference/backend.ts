/** @file The reference backend: plain loops over ordinary typed arrays, for every dtype. */
import {
  type ArgScanOp,
  type Backend,
  type Block,
  type ConvWindows,
  type Device,
  type Distribution,
  type DType,
  FreedStorageError,
  type FusedOps,
  type MatmulOptions,
  type NDArray,
  type PlaneWindows,
  type PoolDivisors,
  type ReduceOp,
  type ScanOp,
  type ScatterMode,
  type Storage,
  type TypedArray,
} from "../backend.ts";
import { conv2d, conv2dInputGrad, conv2dWeightGrad } from "../conv2d.ts";
import { commonDType, ELEMENTWISE, type ElementwiseName, INTEGER_DIVISIONS, resultDType } from "../ir/elementwise.ts";
import { broadcastStrides, dense, emptyArray, freeOnError, sizeOf, withContiguous } from "../layout.ts";
import type { Mt19937 } from "../mt19937.ts";
import {
  OPTIMIZER_STEPS,
  type OptimizerName,
  type OptimizerOptions,
  type OptimizerState,
  type OptimizerStep,
  type Span,
  type StateSpans,
} from "../optimizer-steps.ts";
import type { Allocator } from "../program/call.ts";
import { sortedIndices } from "../sorted-indices.ts";
import { addInto, cast, copy, fill } from "./copy.ts";
import { checkDivisor, mapLoop } from "./elementwise.ts";
import { fusedLoops } from "./fused.ts";
import { checkIndex, expandIndex, flattenIndex, gather, nonzero, scatter } from "./indexing.ts";
import { matmul } from "./matmul.ts";
import { addToPlanes, avgPool, avgPoolGrad, maxPoolIndices, takeFromPlanes } from "./pooling.ts";
import { random } from "./random.ts";
import { argReduce, argScan, reduce, scan } from "./reduce.ts";
import { longestRun, searchSorted } from "./search.ts";
import { softmax, softmaxGrad } from "./softmax.ts";
import { argsort } from "./sort.ts";
import { ArrayStorage, createArray, isIntegral } from "./storage.ts";
import type { Strided } from "./strided.ts";

/**
 * Computes everything with plain loops. float32 is computed in double precision and rounded when stored.
 *
 * A faster backend extends this one and replaces what it does better. Memory goes through {@link alloc}, {@link free}
 * and {@link view} alone. A view is taken after all allocations of an operation, and checks that may throw come before
 * the first allocation and the first write.
 */
export class ReferenceBackend implements Backend {
  readonly device: Device;
  allocator: Allocator | null = null;
  readonly #fused: FusedOps;

  constructor(device: Device = "cpu") {
    this.device = device;
    this.#fused = fusedLoops(this, (storage) => this.view(storage));
  }

  get fused(): FusedOps {
    return this.#fused;
  }

  alloc(dtype: DType, length: number): Storage {
    const { allocator } = this;
    return allocator === null
      ? this.allocStorage(dtype, length)
      : allocator.alloc(dtype, length, () => this.allocStorage(dtype, length));
  }

  free(storage: Storage): void {
    const { allocator } = this;
    if (allocator === null) this.freeStorage(storage);
    else allocator.free(storage, () => this.freeStorage(storage));
  }

  /** A new storage. */
  protected allocStorage(dtype: DType, length: number): Storage {
    return new ArrayStorage(this.device, dtype, createArray(dtype, length));
  }

  protected freeStorage(storage: Storage): void {
    if (storage instanceof ArrayStorage) storage.release();
  }

  upload(dtype: DType, data: TypedArray): Storage {
    const storage = this.alloc(dtype, data.length);
    this.view(storage).set(data);
    return storage;
  }

  async read(storage: Storage, offset: number, length: number): Promise<TypedArray> {
    return this.readSync(storage, offset, length);
  }

  readSync(storage: Storage, offset: number, length: number): TypedArray {
    return this.view(storage).slice(offset, offset + length);
  }

  /**
   * The whole of a storage as a host array: the elements themselves and not a copy, valid until the next `alloc` or `free`.
   *
   * @throws Error if the storage was freed or belongs to another backend.
   */
  view(storage: Storage): TypedArray {
    if (!(storage instanceof ArrayStorage)) throw new Error("the storage belongs to another backend");
    if (storage.released) throw new FreedStorageError(storage);
    return storage.data;
  }

  /** The host window of an array, read as the larger `shape` if one is given. */
  #window(x: NDArray, shape: readonly number[] = x.shape): Strided {
    const strides = shape === x.shape ? x.strides : broadcastStrides(x.shape, x.strides, shape);
    return { data: this.view(x.storage), shape, strides, offset: x.offset };
  }

  #span(x: NDArray): Span {
    return { data: this.view(x.storage), offset: x.offset };
  }

  map(
    name: ElementwiseName,
    inputs: readonly NDArray[],
    shape: readonly number[],
    scalars: readonly number[] = [],
    out?: NDArray,
  ): NDArray {
    const dtype = commonDType(inputs);
    this.checkDivision(name, inputs, shape);
    const z = out ?? emptyArray(this, resultDType(ELEMENTWISE[name], dtype), shape);
    const windows = inputs.map((x) => this.#window(x, shape));
    mapLoop(name, dtype, this.#window(z), windows, scalars);
    return z;
  }

  /** @throws RangeError for a division of integers by zero. */
  protected checkDivision(name: ElementwiseName, inputs: readonly NDArray[], shape: readonly number[]): void {
    if (!INTEGER_DIVISIONS.has(name) || !isIntegral(commonDType(inputs)) || sizeOf(shape) === 0) return;
    checkDivisor(this.#window(inputs[1] as NDArray));
  }

  cast(x: NDArray, dtype: DType): NDArray {
    const z = emptyArray(this, dtype, x.shape);
    cast(this.#window(z), dtype, this.#window(x));
    return z;
  }

  copy(dst: NDArray, src: NDArray): void {
    copy(this.#window(dst), this.#window(src, dst.shape));
  }

  addInto(dst: NDArray, src: NDArray): void {
    addInto(this.#window(dst), dst.dtype, this.#window(src));
  }

  fill(dst: NDArray, value: number): void {
    fill(this.#window(dst), dst.dtype, value);
  }

  reduce(op: ReduceOp, x: NDArray, block: Block): NDArray {
    const z = emptyArray(this, x.dtype, [block.outer, block.inner]);
    reduce(op, x.dtype, this.view(z.storage), this.view(x.storage), x.offset, block);
    return z;
  }

  argReduce(op: "argmax" | "argmin", x: NDArray, block: Block): NDArray {
    const z = emptyArray(this, "int32", [block.outer, block.inner]);
    argReduce(op, this.view(z.storage), this.view(x.storage), x.offset, block);
    return z;
  }

  scan(op: ScanOp, x: NDArray, block: Block): NDArray {
    const z = emptyArray(this, x.dtype, x.shape);
    scan(op, x.dtype, this.view(z.storage), this.view(x.storage), x.offset, block);
    return z;
  }

  argScan(op: ArgScanOp, x: NDArray, block: Block): NDArray {
    const z = emptyArray(this, "int32", x.shape);
    argScan(op, this.view(z.storage), this.view(x.storage), x.offset, block);
    return z;
  }

  searchSorted(sequences: NDArray, values: NDArray, right: boolean): NDArray {
    const z = emptyArray(this, "int32", values.shape);
    const count = sizeOf(values.shape);
    const width = sequences.shape[sequences.shape.length - 1] ?? 1;
    const rowLength = sequences.shape.length === 1 ? count : values.shape[values.shape.length - 1]!;
    searchSorted(this.view(z.storage), this.#span(sequences), width, this.#span(values), count, rowLength, right);
    return z;
  }

  longestRun(x: NDArray, block: Block): NDArray {
    const z = emptyArray(this, "int32", [block.outer, block.inner]);
    longestRun(this.view(z.storage), this.view(x.storage), x.offset, block);
    return z;
  }

  argsort(x: NDArray, block: Block, descending: boolean): NDArray {
    const z = emptyArray(this, "int32", x.shape);
    argsort(this.view(z.storage), this.view(x.storage), x.offset, block, descending);
    return z;
  }

  topk(x: NDArray, block: Block, k: number, largest: boolean): NDArray {
    return sortedIndices(this, x, block, largest, 0, k);
  }

  selectRank(x: NDArray, block: Block, rank: number): NDArray {
    const { storage } = sortedIndices(this, x, block, false, rank, 1);
    return dense(storage, [block.outer, block.inner]);
  }

  random(dtype: DType, shape: readonly number[], from: Distribution, engine: Mt19937): NDArray {
    const z = emptyArray(this, dtype, shape);
    const p = from.name === "bernoulli" && typeof from.p === "object" ? this.#elements(from.p) : null;
    random(this.view(z.storage), from, engine, p as Float32Array | Float64Array | null);
    return z;
  }

  /** The elements of a contiguous array. */
  #elements(x: NDArray): TypedArray {
    return this.view(x.storage).subarray(x.offset, x.offset + sizeOf(x.shape));
  }

  softmax(x: NDArray, block: Block, log: boolean): NDArray {
    const y = emptyArray(this, x.dtype, x.shape);
    softmax(this.view(y.storage), this.view(x.storage), x.offset, block, log);
    return y;
  }

  softmaxGrad(grad: NDArray, y: NDArray, block: Block, log: boolean): NDArray {
    const z = emptyArray(this, y.dtype, y.shape);
    const [zd, gd, yd] = [this.view(z.storage), this.view(grad.storage), this.view(y.storage)];
    softmaxGrad(zd, gd, grad.offset, yd, y.offset, block, log);
    return z;
  }

  gather(x: NDArray, dim: number, index: NDArray): NDArray {
    checkIndex(this.#window(index), dim, x.shape[dim] ?? 1);
    const z = emptyArray(this, x.dtype, index.shape);
    gather(this.#window(z), this.#window(x), dim, this.#window(index));
    return z;
  }

  scatter(mode: ScatterMode, dst: NDArray, dim: number, index: NDArray, src: NDArray): void {
    checkIndex(this.#window(index), dim, dst.shape[dim] ?? 1);
    scatter(mode, dst.dtype, this.#window(dst), dim, this.#window(index), this.#window(src));
  }

  indexSelect(x: NDArray, dim: number, index: NDArray): NDArray {
    return this.gather(x, dim, expandIndex(index, x.shape, dim));
  }

  indexAdd(dst: NDArray, dim: number, index: NDArray, src: NDArray): void {
    this.scatter("add", dst, dim, expandIndex(index, src.shape, dim), src);
  }

  indexCopy(dst: NDArray, dim: number, index: NDArray, src: NDArray): void {
    this.scatter("set", dst, dim, expandIndex(index, src.shape, dim), src);
  }

  flatIndex(
    indices: readonly NDArray[],
    shape: readonly number[],
    sizes: readonly number[],
    dims: readonly number[],
  ): NDArray {
    const z = emptyArray(this, "int32", shape);
    const out = this.#window(z);
    return freeOnError(this, z, () => {
      indices.forEach((index, i) => {
        flattenIndex(out, this.#window(index), dims[i]!, sizes[i]!, i === 0);
      });
    });
  }

  nonzero(x: NDArray): NDArray {
    return withContiguous(this, x, (from) => {
      const rows = nonzero(this.view(from.storage), from.offset, from.shape);
      const z = emptyArray(this, "int32", [rows.length, x.shape.length]);
      this.view(z.storage).set(rows.flat());
      return z;
    });
  }

  matmul(a: NDArray, b: NDArray, options: MatmulOptions = {}): NDArray {
    const { bias, relu = false, accumulate = false } = options;
    const z = options.out ?? emptyArray(this, a.dtype, [...a.shape.slice(0, -1), b.shape[b.shape.length - 1]!]);
    const epilogue = { bias: bias ? this.#window(bias) : null, relu, accumulate };
    matmul(a.dtype, this.#window(z), this.#window(a), this.#window(b), epilogue);
    return z;
  }

  conv2d(x: NDArray, weight: NDArray, bias: NDArray | null, windows: ConvWindows): NDArray {
    return conv2d(this, x, weight, bias, windows);
  }

  conv2dInputGrad(grad: NDArray, weight: NDArray, windows: ConvWindows): NDArray {
    return conv2dInputGrad(this, grad, weight, windows);
  }

  conv2dWeightGrad(x: NDArray, grad: NDArray, windows: ConvWindows): NDArray {
    return conv2dWeightGrad(this, x, grad, windows);
  }

  maxPool(x: NDArray, windows: PlaneWindows): NDArray {
    const indices = this.#largest(x, windows);
    const values = emptyArray(this, x.dtype, [...x.shape.slice(0, -2), ...windows.counts]);
    const [planes, size] = planesOf(x);
    takeFromPlanes(this.view(values.storage), this.view(x.storage), x.offset, planes, size, indices);
    return values;
  }

  maxPoolIndices(x: NDArray, windows: PlaneWindows): NDArray {
    const indices = emptyArray(this, "int32", [...x.shape.slice(0, -2), ...windows.counts]);
    this.view(indices.storage).set(this.#largest(x, windows));
    return indices;
  }

  maxPoolGrad(grad: NDArray, x: NDArray, windows: PlaneWindows): NDArray {
    const indices = this.#largest(x, windows);
    const z = emptyArray(this, grad.dtype, x.shape);
    const [planes, size] = planesOf(x);
    addToPlanes(this.view(z.storage), planes, size, this.view(grad.storage), grad.offset, indices);
    return z;
  }

  avgPool(x: NDArray, windows: PlaneWindows, divisors: PoolDivisors): NDArray {
    const z = emptyArray(this, x.dtype, [...x.shape.slice(0, -2), ...windows.counts]);
    const [height, width] = x.shape.slice(-2) as [number, number];
    const [planes] = planesOf(x);
    avgPool(this.view(z.storage), this.view(x.storage), x.offset, planes, height, width, windows, divisors);
    return z;
  }

  avgPoolGrad(
    grad: NDArray,
    windows: PlaneWindows,
    divisors: PoolDivisors,
    [height, width]: readonly [number, number],
  ): NDArray {
    const z = emptyArray(this, grad.dtype, [...grad.shape.slice(0, -2), height, width]);
    const [planes] = planesOf(grad);
    avgPoolGrad(this.view(z.storage), this.view(grad.storage), grad.offset, planes, height, width, windows, divisors);
    return z;
  }

  #largest(x: NDArray, windows: PlaneWindows): Int32Array {
    const [height, width] = x.shape.slice(-2) as [number, number];
    const [planes] = planesOf(x);
    const indices = new Int32Array(planes * windows.counts[0] * windows.counts[1]);
    maxPoolIndices(indices, this.view(x.storage), x.offset, planes, height, width, windows);
    return indices;
  }

  optimizerStep<K extends OptimizerName>(
    name: K,
    param: NDArray,
    grad: NDArray,
    state: OptimizerState<K>,
    options: OptimizerOptions<K>,
  ): void {
    const step: OptimizerStep<K> = OPTIMIZER_STEPS[name];
    const spans: Record<string, Span | null> = {};
    for (const key of step.state) {
      const array: NDArray | null = state[key] as NDArray | null;
      spans[key] = array && this.#span(array);
    }
    step.loop(sizeOf(param.shape), this.#span(param), this.#span(grad), spans as StateSpans<K>, step.scalars(options));
  }
}

/** How many planes [H,W] an array [..., H, W] has, and the elements of one. */
function planesOf({ shape }: NDArray): [planes: number, size: number] {
  return [sizeOf(shape.slice(0, -2)), sizeOf(shape.slice(-2))];
}
