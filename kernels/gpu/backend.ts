/** @file The backend of device "gpu": every operation as kernels that are issued without waiting for them. */
import type {
  ArgScanOp,
  Backend,
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
import { type Collector, findCollector } from "../cpu/gc.ts";
import { commonDType, ELEMENTWISE, type ElementwiseName, INTEGER_DIVISIONS, resultDType } from "../ir/elementwise.ts";
import { broadcastStrides, dense, sizeOf, withContiguous } from "../layout.ts";
import type { Mt19937 } from "../mt19937.ts";
import type { OptimizerName, OptimizerOptions, OptimizerState } from "../optimizer-steps.ts";
import type { Fuser } from "../program/fuse.ts";
import type { TapeMaker } from "../program/tape.ts";
import { expandIndex, nonzero } from "../reference/indexing.ts";
import { random } from "../reference/random.ts";
import { argScan, scan as scanOnHost } from "../reference/reduce.ts";
import { type Elements, longestRun, searchSorted } from "../reference/search.ts";
import { createArray, isIntegral } from "../reference/storage.ts";
import { sortedIndices } from "../sorted-indices.ts";
import { argReduce, argsort, reduce, scan, softmax, softmaxGrad } from "./axis-ops.ts";
import { conv2d, conv2dInputGrad, conv2dWeightGrad } from "./conv.ts";
import { checkDivisor } from "./device-assert.ts";
import { compute, contiguousCopy, stridedWrite, writeResult } from "./elementwise.ts";
import { fusedKernels, optimizerStep } from "./fused.ts";
import { fuserOf } from "./fuser.ts";
import { asGpuStorage, coversStorage, GpuContext, storageOf } from "./gpu-context.ts";
import { flatIndex, gather, scatter } from "./indexing.ts";
import { matmul } from "./matmul.ts";
import { avgPool, avgPoolGrad, maxPool, maxPoolGrad, maxPoolIndices } from "./pooling.ts";
import { ProgramTape } from "./program-tape.ts";
import { GpuError, type GpuRuntime } from "./runtime.ts";
import type { ElementFunction } from "./sources/elementwise.ts";
import { castFunction, elementFunction } from "./sources/expression.ts";
import { CONSTANTS } from "./sources/functions.ts";
import { MAX_EXACT_INTEGER, rangeOf, toHost } from "./storage.ts";

function checkDType(dtype: DType): void {
  if (dtype === "float64") {
    throw new GpuError(
      'float64 is not available on the GPU. Convert the tensor first, with .float(), or use device "cpu".',
    );
  }
}

/** An array read as one of a larger shape. */
function broadcast(x: NDArray, shape: readonly number[]): NDArray {
  return { ...x, shape, strides: broadcastStrides(x.shape, x.strides, shape) };
}

export class GpuBackend implements Backend {
  readonly device = "gpu";
  readonly runtime: GpuRuntime;
  readonly fused: FusedOps;
  /** Missing where kernels have one result. */
  readonly fuser?: Fuser;
  /** Missing where commands cannot be issued again. */
  readonly tapeOf?: TapeMaker;
  readonly #context: GpuContext;

  constructor(runtime: GpuRuntime, collector: Collector | null = findCollector()) {
    this.runtime = runtime;
    this.#context = new GpuContext(runtime, collector);
    this.fused = fusedKernels(this.#context);
    if (runtime.maxArrays !== undefined) this.fuser = fuserOf(this.#context, runtime.maxArrays);
    const start = runtime.tape?.bind(runtime);
    if (start !== undefined) {
      this.tapeOf = (calls, prepared) => new ProgramTape(this, this.#context, start, calls, prepared);
    }
  }

  alloc(dtype: DType, length: number): Storage {
    checkDType(dtype);
    return this.#context.store(dtype, length, 0);
  }

  /** @throws RangeError for integers that float32 cannot represent exactly. */
  upload(dtype: DType, data: TypedArray): Storage {
    checkDType(dtype);
    const range = dtype === "float32" ? null : rangeOf(data);
    if (range !== null && (range.low < -MAX_EXACT_INTEGER || range.high > MAX_EXACT_INTEGER)) {
      throw new RangeError(
        `the GPU stores integers as float32, which is exact up to ±${MAX_EXACT_INTEGER}; got ${range.low < -MAX_EXACT_INTEGER ? range.low : range.high}`,
      );
    }
    const { isTaped } = this.#context;
    if (data.length === 1 && !isTaped) return this.#context.store(dtype, 1, data[0] as number, range);
    const floats = data instanceof Float32Array ? data : Float32Array.from(data);
    return this.#context.store(dtype, data.length, this.runtime.upload("upload", floats), isTaped ? null : range);
  }

  async read(storage: Storage, offset: number, length: number): Promise<TypedArray> {
    const { dtype, cell } = asGpuStorage(storage);
    const { contents } = cell;
    if (typeof contents === "number") return toHost(dtype, new Float32Array(length).fill(contents));
    contents.retain();
    try {
      return toHost(dtype, await this.runtime.read(contents, offset, length));
    } finally {
      contents.release();
    }
  }

  readSync(storage: Storage, offset: number, length: number): TypedArray {
    const { dtype, cell } = asGpuStorage(storage);
    const { contents } = cell;
    if (typeof contents === "number") return toHost(dtype, new Float32Array(length).fill(contents));
    return toHost(dtype, this.runtime.readSync(contents, offset, length));
  }

  free(storage: Storage): void {
    this.#context.free(asGpuStorage(storage));
  }

  map(
    name: ElementwiseName,
    inputs: readonly NDArray[],
    shape: readonly number[],
    scalars: readonly number[] = [],
    out?: NDArray,
  ): NDArray {
    const dtype = commonDType(inputs);
    if (INTEGER_DIVISIONS.has(name) && isIntegral(dtype) && sizeOf(shape) > 0) {
      checkDivisor(this.#context, inputs[1] as NDArray);
    }
    const result = resultDType(ELEMENTWISE[name], dtype);
    return this.#element(elementFunction(name, dtype), result, inputs, shape, scalars, out);
  }

  /** The result of an element-wise function. */
  #element(
    f: ElementFunction,
    dtype: DType,
    inputs: readonly NDArray[],
    shape: readonly number[],
    scalars: readonly number[],
    out?: NDArray,
  ): NDArray {
    if (sizeOf(shape) === 0) return out ?? this.#context.result(dtype, shape, 0);
    const constants = (f.floats ?? []).slice(scalars.length).map((name) => CONSTANTS[name] as number);
    const array = compute(this.#context, f, inputs, shape, [...scalars, ...constants]);
    return writeResult(this.#context, dtype, shape, array, out);
  }

  cast(x: NDArray, dtype: DType): NDArray {
    checkDType(dtype);
    const widens =
      dtype === "float32" || dtype === x.dtype || x.dtype === "bool" || (x.dtype === "uint8" && dtype === "int32");
    if (sizeOf(x.shape) === 0) return this.#context.result(dtype, x.shape, 0);
    const constant = this.#context.constant(x);
    if (widens && constant !== null) return this.#context.result(dtype, x.shape, constant, storageOf(x).range);
    if (widens) return this.#context.result(dtype, x.shape, contiguousCopy(this.#context, x), storageOf(x).range);
    return this.#element(castFunction(x.dtype, dtype), dtype, [x], x.shape, []);
  }

  copy(dst: NDArray, src: NDArray): void {
    if (sizeOf(dst.shape) === 0) return;
    const target = storageOf(dst);
    if (!coversStorage(dst)) {
      stridedWrite(this.#context, "set", dst, broadcast(src, dst.shape));
      return;
    }
    target.cell.contents = this.#context.constant(src) ?? contiguousCopy(this.#context, src, dst.shape);
    target.range = storageOf(src).range;
  }

  addInto(dst: NDArray, src: NDArray): void {
    stridedWrite(this.#context, "add", dst, src);
    this.#wrap(dst);
  }

  /** Wraps sums in a storage of bytes to the range of uint8 or bool. */
  #wrap({ dtype, storage }: NDArray): void {
    if (dtype !== "bool" && dtype !== "uint8") return;
    const all: NDArray = { storage, dtype, shape: [storage.length], strides: [1], offset: 0 };
    storageOf(all).cell.contents = compute(this.#context, castFunction("int32", dtype), [all], all.shape);
  }

  fill(dst: NDArray, value: number): void {
    if (sizeOf(dst.shape) === 0) return;
    const { dtype } = dst;
    const stored = dtype === "bool" ? Number(value !== 0) : isIntegral(dtype) ? Math.trunc(value) : Math.fround(value);
    const storage = storageOf(dst);
    if (coversStorage(dst)) {
      storage.cell.contents = stored;
      storage.range = { low: stored, high: stored };
      return;
    }
    const number = this.#context.result(dtype, [], stored);
    stridedWrite(this.#context, "set", dst, broadcast(number, dst.shape));
    this.free(number.storage);
  }

  reduce(op: ReduceOp, x: NDArray, block: Block): NDArray {
    return reduce(this.#context, op, x, block);
  }

  argReduce(op: "argmax" | "argmin", x: NDArray, block: Block): NDArray {
    return argReduce(this.#context, op, x, block);
  }

  scan(op: ScanOp, x: NDArray, block: Block): NDArray {
    if (op !== "logcumsumexp") return scan(this.#context, op, x, block);
    return this.#onHost(x.dtype, x.shape, [x], (out, [from]) =>
      scanOnHost(op, x.dtype, out, from as TypedArray, 0, block),
    );
  }

  /** A result that the host computes from the elements of contiguous arrays, where they can be read synchronously. */
  #onHost(
    dtype: DType,
    shape: readonly number[],
    inputs: readonly NDArray[],
    compute: (out: TypedArray, elements: readonly TypedArray[]) => void,
  ): NDArray {
    const elements = inputs.map((x) => this.readSync(x.storage, x.offset, sizeOf(x.shape)));
    const out = createArray(dtype, sizeOf(shape));
    compute(out, elements);
    return dense(this.upload(dtype, out), shape);
  }

  argScan(op: ArgScanOp, x: NDArray, block: Block): NDArray {
    return this.#onHost("int32", x.shape, [x], (out, [from]) => argScan(op, out, from as TypedArray, 0, block));
  }

  searchSorted(sequences: NDArray, values: NDArray, right: boolean): NDArray {
    const count = sizeOf(values.shape);
    const rowLength = sequences.shape.length === 1 ? count : (values.shape.at(-1) as number);
    return this.#onHost("int32", values.shape, [sequences, values], (out, elements) => {
      const [list, wanted] = elements.map((data) => ({ data, offset: 0 })) as [Elements, Elements];
      searchSorted(out, list, sequences.shape.at(-1) as number, wanted, count, rowLength, right);
    });
  }

  longestRun(x: NDArray, block: Block): NDArray {
    const shape = [block.outer, block.inner];
    return this.#onHost("int32", shape, [x], (out, [from]) => longestRun(out, from as TypedArray, 0, block));
  }

  argsort(x: NDArray, block: Block, descending: boolean): NDArray {
    return argsort(this.#context, x, block, descending);
  }

  softmax(x: NDArray, block: Block, log: boolean): NDArray {
    return softmax(this.#context, x, block, log);
  }

  softmaxGrad(grad: NDArray, y: NDArray, block: Block, log: boolean): NDArray {
    return softmaxGrad(this.#context, grad, y, block, log);
  }

  gather(x: NDArray, dim: number, index: NDArray): NDArray {
    return gather(this.#context, x, dim, index);
  }

  scatter(mode: ScatterMode, dst: NDArray, dim: number, index: NDArray, src: NDArray): void {
    scatter(this.#context, mode, dst, dim, index, src);
    if (mode === "add" || mode === "mul") this.#wrap(dst);
  }

  topk(x: NDArray, block: Block, k: number, largest: boolean): NDArray {
    return sortedIndices(this, x, block, largest, 0, k);
  }

  selectRank(x: NDArray, block: Block, rank: number): NDArray {
    const { storage } = sortedIndices(this, x, block, false, rank, 1);
    return dense(storage, [block.outer, block.inner]);
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
    return flatIndex(this.#context, indices, shape, sizes, dims);
  }

  /** The shape of the result depends on the elements, which are read. */
  nonzero(x: NDArray): NDArray {
    if (this.runtime.mode === "webgpu") {
      throw new GpuError(
        "the shape of the result depends on the elements, which cannot be read synchronously on WebGPU. Move the tensor first, `await tensor.cpu()`.",
      );
    }
    return withContiguous(this, x, (from) => {
      const rows = nonzero(this.readSync(from.storage, from.offset, sizeOf(x.shape)), 0, x.shape);
      return dense(this.upload("int32", Int32Array.from(rows.flat())), [rows.length, x.shape.length]);
    });
  }

  /** Drawn on the host: the words of a generator come one after the other. */
  random(dtype: DType, shape: readonly number[], from: Distribution, engine: Mt19937): NDArray {
    checkDType(dtype);
    if (from.name === "bernoulli" && typeof from.p === "object") {
      const drawn = this.random("float32", shape, { name: "uniform", from: 0, to: 1 }, engine);
      const hits = this.map("lt", [drawn, from.p], shape);
      const result = this.cast(hits, dtype);
      this.free(drawn.storage);
      this.free(hits.storage);
      return result;
    }
    const out = createArray(dtype, sizeOf(shape));
    random(out, from, engine, null);
    return dense(this.upload(dtype, out), shape);
  }

  matmul(a: NDArray, b: NDArray, options: MatmulOptions = {}): NDArray {
    return matmul(this.#context, a, b, options);
  }

  conv2d(x: NDArray, weight: NDArray, bias: NDArray | null, windows: ConvWindows): NDArray {
    return conv2d(this, this.#context, x, weight, bias, windows);
  }

  conv2dInputGrad(grad: NDArray, weight: NDArray, windows: ConvWindows): NDArray {
    return conv2dInputGrad(this, this.#context, grad, weight, windows);
  }

  conv2dWeightGrad(x: NDArray, grad: NDArray, windows: ConvWindows): NDArray {
    return conv2dWeightGrad(this, this.#context, x, grad, windows);
  }

  maxPool(x: NDArray, windows: PlaneWindows): NDArray {
    return maxPool(this.#context, x, windows);
  }

  maxPoolIndices(x: NDArray, windows: PlaneWindows): NDArray {
    return maxPoolIndices(this.#context, x, windows);
  }

  maxPoolGrad(grad: NDArray, x: NDArray, windows: PlaneWindows): NDArray {
    return maxPoolGrad(this.#context, grad, x, windows);
  }

  avgPool(x: NDArray, windows: PlaneWindows, divisors: PoolDivisors): NDArray {
    return avgPool(this.#context, x, windows, divisors);
  }

  avgPoolGrad(grad: NDArray, windows: PlaneWindows, divisors: PoolDivisors, size: readonly [number, number]): NDArray {
    return avgPoolGrad(this.#context, grad, windows, divisors, size);
  }

  optimizerStep<K extends OptimizerName>(
    name: K,
    param: NDArray,
    grad: NDArray,
    state: OptimizerState<K>,
    options: OptimizerOptions<K>,
  ): void {
    optimizerStep(this.#context, name, param, grad, state, options);
  }
}
