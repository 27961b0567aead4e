/** @file Device "cpu": what the rest of the library sees of the CPU's kernels. */
import type {
  AdamOptions,
  Backend,
  BinaryOp,
  Block,
  ConvWindows,
  DType,
  MatmulOptions,
  NDArray,
  PoolWindows,
  ReduceOp,
  RmspropOptions,
  SgdOptions,
  Storage,
  TypedArray,
  UnaryOp,
} from "../backend.ts";
import { ReferenceBackend } from "../reference/backend.ts";
import type { SystemBlas } from "./blas/blas.ts";
import type { BlasSearch } from "./blas/library.ts";
import { FloatBackend } from "./float.ts";
import type { Heap, HeapOptions, HeapStats } from "./heap.ts";
import { defaultThreads } from "./host.ts";
import { LazyMachine } from "./lazy-machine.ts";
import type { ThreadPool } from "./threads.ts";
import { canOpenLater, compileWasm, openWasm, type WasmBuild, type WasmKernels } from "./wasm.ts";

export type { BlasSearch, HeapStats };

export interface CpuOptions extends HeapOptions {
  /** Number of threads; by default what the environment says, or as many as the machine runs at once. */
  readonly threads?: number | undefined;
  /** Whether to use a BLAS of the system if there is one. Default true. */
  readonly blas?: boolean | undefined;
  /** Use threads and BLAS for the smallest operations too, where they cost more than they gain: for tests. */
  readonly eager?: boolean | undefined;
}

/**
 * The CPU with SIMD kernels. Every method is one operation of the heap: it begins here and nowhere else, so nothing
 * that an operation uses can be moved while it runs.
 */
export class CpuBackend implements Backend {
  readonly device = "cpu";
  readonly #machine: LazyMachine;
  readonly #heap: Heap;
  readonly #kernels: FloatBackend;
  /** Whether multiply-adds are fused. */
  readonly relaxed: boolean;

  /** @param wasm Kernels with a memory, or such as get one when it is needed. */
  constructor(wasm: WasmKernels | WasmBuild, options: CpuOptions = {}) {
    const { threads = defaultThreads(), blas = true, eager = false, ...heap } = options;
    this.#machine = new LazyMachine(wasm, { threads, blas, eager, ...heap });
    this.#heap = this.#machine.heap;
    this.#kernels = new FloatBackend(this.#machine);
    this.relaxed = wasm.relaxed;
  }

  /** The threads that large operations are cut for. */
  get threads(): ThreadPool {
    return this.#machine.threads;
  }

  /** Number of threads that large operations are cut for; they start when needed. */
  get threadCount(): number {
    return this.#machine.threadCount;
  }

  set threadCount(count: number) {
    this.#machine.threadCount = count;
  }

  /** Why there are fewer threads than that; null if all is well. */
  get threadProblem(): string | null {
    return this.#machine.threadProblem;
  }

  /** What multiplies large matrices, if it is there. */
  get blas(): SystemBlas {
    return this.#machine.blas;
  }

  /** The library that multiplies large matrices, or why there is none. */
  get blasSearch(): BlasSearch {
    return this.#machine.blasSearch;
  }

  /** Figures of the float32 memory. */
  heapStats(): HeapStats {
    return this.#heap.stats();
  }

  /** @throws Error if the heap's records contradict each other; for tests. */
  verifyHeap(): void {
    this.#heap.verify();
  }

  #begin(): FloatBackend {
    this.#heap.begin();
    return this.#kernels;
  }

  alloc(dtype: DType, length: number): Storage {
    return this.#begin().alloc(dtype, length);
  }

  upload(dtype: DType, data: TypedArray): Storage {
    return this.#begin().upload(dtype, data);
  }

  read(storage: Storage, offset: number, length: number): Promise<TypedArray> {
    return this.#begin().read(storage, offset, length);
  }

  readSync(storage: Storage, offset: number, length: number): TypedArray {
    return this.#begin().readSync(storage, offset, length);
  }

  free(storage: Storage): void {
    this.#kernels.free(storage);
  }

  unary(op: UnaryOp, x: NDArray, out?: NDArray): NDArray {
    return this.#begin().unary(op, x, out);
  }

  binary(op: BinaryOp, a: NDArray, b: NDArray, shape: readonly number[], out?: NDArray): NDArray {
    return this.#begin().binary(op, a, b, shape, out);
  }

  clamp(x: NDArray, low: number, high: number, out?: NDArray): NDArray {
    return this.#begin().clamp(x, low, high, out);
  }

  where(cond: NDArray, a: NDArray, b: NDArray, shape: readonly number[]): NDArray {
    return this.#begin().where(cond, a, b, shape);
  }

  cast(x: NDArray, dtype: DType): NDArray {
    return this.#begin().cast(x, dtype);
  }

  copy(dst: NDArray, src: NDArray): void {
    this.#begin().copy(dst, src);
  }

  addInto(dst: NDArray, src: NDArray): void {
    this.#begin().addInto(dst, src);
  }

  fill(dst: NDArray, value: number): void {
    this.#begin().fill(dst, value);
  }

  reduce(op: ReduceOp, x: NDArray, block: Block): NDArray {
    return this.#begin().reduce(op, x, block);
  }

  argReduce(op: "argmax" | "argmin", x: NDArray, block: Block): NDArray {
    return this.#begin().argReduce(op, x, block);
  }

  cumsum(x: NDArray, block: Block): NDArray {
    return this.#begin().cumsum(x, block);
  }

  sort(x: NDArray, block: Block, descending: boolean): { values: NDArray; indices: NDArray } {
    return this.#begin().sort(x, block, descending);
  }

  softmax(x: NDArray, block: Block, log: boolean): NDArray {
    return this.#begin().softmax(x, block, log);
  }

  softmaxGrad(grad: NDArray, y: NDArray, block: Block, log: boolean): NDArray {
    return this.#begin().softmaxGrad(grad, y, block, log);
  }

  gather(x: NDArray, dim: number, index: NDArray): NDArray {
    return this.#begin().gather(x, dim, index);
  }

  scatter(mode: "set" | "add", dst: NDArray, dim: number, index: NDArray, src: NDArray): void {
    this.#begin().scatter(mode, dst, dim, index, src);
  }

  matmul(a: NDArray, b: NDArray, options?: MatmulOptions): NDArray {
    return this.#begin().matmul(a, b, options);
  }

  convolve(x: NDArray, weight: NDArray, bias: NDArray | null, windows: ConvWindows): NDArray {
    return this.#begin().convolve(x, weight, bias, windows);
  }

  convolveGradInput(grad: NDArray, weight: NDArray, windows: ConvWindows): NDArray {
    return this.#begin().convolveGradInput(grad, weight, windows);
  }

  convolveGradWeight(x: NDArray, grad: NDArray, windows: ConvWindows): NDArray {
    return this.#begin().convolveGradWeight(x, grad, windows);
  }

  maxPool(x: NDArray, windows: PoolWindows): NDArray {
    return this.#begin().maxPool(x, windows);
  }

  maxPoolIndices(x: NDArray, windows: PoolWindows): NDArray {
    return this.#begin().maxPoolIndices(x, windows);
  }

  maxPoolGrad(grad: NDArray, x: NDArray, windows: PoolWindows): NDArray {
    return this.#begin().maxPoolGrad(grad, x, windows);
  }

  crossEntropy(logits: NDArray, target: NDArray, ignoreIndex: number): { losses: NDArray; probs: NDArray } {
    return this.#begin().crossEntropy(logits, target, ignoreIndex);
  }

  crossEntropyGrad(grad: NDArray, probs: NDArray, target: NDArray, ignoreIndex: number): NDArray {
    return this.#begin().crossEntropyGrad(grad, probs, target, ignoreIndex);
  }

  gatherBytes(source: Uint8Array, rowLength: number, indices: Int32Array, divisor: number): NDArray {
    return this.#begin().gatherBytes(source, rowLength, indices, divisor);
  }

  sgd(param: NDArray, grad: NDArray, momentumBuffer: NDArray | null, options: SgdOptions): void {
    this.#begin().sgd(param, grad, momentumBuffer, options);
  }

  rmsprop(
    param: NDArray,
    grad: NDArray,
    squareAvg: NDArray,
    momentumBuffer: NDArray | null,
    gradAvg: NDArray | null,
    options: RmspropOptions,
  ): void {
    this.#begin().rmsprop(param, grad, squareAvg, momentumBuffer, gradAvg, options);
  }

  adam(
    param: NDArray,
    grad: NDArray,
    expAvg: NDArray,
    expAvgSq: NDArray,
    maxExpAvgSq: NDArray | null,
    options: AdamOptions,
  ): void {
    this.#begin().adam(param, grad, expAvg, expAvgSq, maxExpAvgSq, options);
  }
}

/** Plain loops, where there are no SIMD kernels. */
export class PlainCpuBackend extends ReferenceBackend {
  /** Why there are none. */
  readonly reason: string;

  constructor(reason: string) {
    super("cpu");
    this.reason = reason;
  }
}

/** The backend of device "cpu": with SIMD kernels where the engine has them, else the reference loops. */
export function createCpuBackend(options: CpuOptions = {}): Backend {
  const build = compileWasm();
  if ("reason" in build) return new PlainCpuBackend(build.reason);
  if (canOpenLater()) return new CpuBackend(build, options);
  const kernels = openWasm(build);
  return "reason" in kernels ? new PlainCpuBackend(kernels.reason) : new CpuBackend(kernels, options);
}

/** Figures of a backend's float32 memory; null where there is no heap. */
export function heapStats(backend: Backend): HeapStats | null {
  return backend instanceof CpuBackend ? backend.heapStats() : null;
}
