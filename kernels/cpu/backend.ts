/** @file The backend of device "cpu". */
import type { Backend } from "../backend.ts";
import { ReferenceBackend } from "../reference/backend.ts";
import { SystemBlas, systemLibrary } from "./blas/blas.ts";
import type { BlasSearch } from "./blas/library.ts";
import { Heap, type HeapOptions, type HeapStats } from "./heap.ts";
import { defaultThreads } from "./host.ts";
import { SCRATCH_BYTES } from "./kernel-context.ts";
import { parallelVector } from "./parallel/vector.ts";
import { SimdBackend } from "./simd-backend.ts";
import { ThreadPool } from "./threads.ts";
import { loadWasm, type WasmKernels } from "./wasm.ts";

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
  readonly #heap: Heap;
  /** The threads that large operations are partitioned for. */
  readonly threads: ThreadPool;
  /** The system's BLAS for large matrices, if it is available. */
  readonly blas: SystemBlas;
  /** Whether multiply-adds are fused. */
  readonly relaxed: boolean;

  constructor(wasm: WasmKernels, options: CpuOptions = {}) {
    const scratch = wasm.heapStart;
    const heap = new Heap(wasm.memory, scratch + SCRATCH_BYTES, wasm.maximumPages, options);
    const eager = options.eager ? { grain: 1, lingerMs: 1 } : {};
    const threads = new ThreadPool(wasm, options.threads ?? defaultThreads(), eager);
    const library = options.blas === false ? () => ({ reason: "switched off" }) : systemLibrary;
    const blas = new SystemBlas(wasm.memory, threads, library, options.eager ? 1 : undefined);
    super({ heap, scratch, vector: parallelVector(threads, wasm), gemm: wasm.gemm, threads, blas });
    this.#heap = heap;
    this.threads = threads;
    this.blas = blas;
    this.relaxed = wasm.relaxed;
  }

  /** Figures of the float32 memory. */
  heapStats(): HeapStats {
    return this.#heap.stats();
  }

  /** @throws Error if the heap's records contradict each other; for tests. */
  verifyHeap(): void {
    this.#heap.verify();
  }
}

/** The backend of device "cpu": with SIMD kernels where the engine has them, else the reference loops. */
export function createCpuBackend(options: CpuOptions = {}): Backend {
  const wasm = loadWasm();
  return wasm ? new CpuBackend(wasm, options) : new ReferenceBackend("cpu");
}

/** Figures of a backend's float32 memory; null where there is no heap. */
export function heapStats(backend: Backend): HeapStats | null {
  return backend instanceof CpuBackend ? backend.heapStats() : null;
}
