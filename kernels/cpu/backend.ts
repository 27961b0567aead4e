/** @file The backend of device "cpu". */
import type { Backend } from "../backend.ts";
import { ReferenceBackend } from "../reference/backend.ts";
import type { SystemBlas } from "./blas/blas.ts";
import type { BlasSearch } from "./blas/library.ts";
import { defaultThreads } from "./env.ts";
import type { HeapOptions, HeapStats } from "./heap.ts";
import { LazyContext } from "./lazy-context.ts";
import { SimdBackend } from "./simd-backend.ts";
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

/** The CPU with SIMD kernels: the heap, the threads and the BLAS that they work with. */
export class CpuBackend extends SimdBackend {
  readonly #context: LazyContext;
  /** Whether multiply-adds are fused. */
  readonly relaxed: boolean;

  /** @param wasm Kernels with a memory, or such as get one when it is needed. */
  constructor(wasm: WasmKernels | WasmBuild, options: CpuOptions = {}) {
    const { threads = defaultThreads(), blas = true, eager = false, ...heap } = options;
    const context = new LazyContext(wasm, { threads, blas, eager, ...heap });
    super(context);
    this.#context = context;
    this.relaxed = wasm.relaxed;
  }

  /** The threads that large operations are partitioned for. */
  get threads(): ThreadPool {
    return this.#context.threads;
  }

  /** Number of threads that large operations are partitioned for; they start when needed. */
  get threadCount(): number {
    return this.#context.threadCount;
  }

  set threadCount(count: number) {
    this.#context.threadCount = count;
  }

  /** Why there are fewer threads than that; null if all is well. */
  get threadProblem(): string | null {
    return this.#context.threadProblem;
  }

  /** What multiplies large matrices, if it is there. */
  get blas(): SystemBlas {
    return this.#context.blas;
  }

  /** The library that multiplies large matrices, or why there is none. */
  get blasSearch(): BlasSearch {
    return this.#context.blasSearch;
  }

  /** Figures of the memory. */
  heapStats(): HeapStats {
    return this.#context.heap.stats();
  }

  /** @throws Error if the heap's records contradict each other; for tests. */
  verifyHeap(): void {
    this.#context.heap.verify();
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

/** Figures of a backend's memory; null where there is no heap. */
export function heapStats(backend: Backend): HeapStats | null {
  return backend instanceof CpuBackend ? backend.heapStats() : null;
}
