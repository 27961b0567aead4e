/**
 * @file Memory, kernels, threads and BLAS of the CPU, created when an operation first needs them and released when
 * nothing has for some time: the memory reserves some 9 GB of addresses, and one process may hold many copies of the
 * library.
 */
import { SystemBlas, systemLibrary } from "./blas/blas.ts";
import type { BlasSearch } from "./blas/library.ts";
import { builtin } from "./env.ts";
import { GeneratedKernels } from "./generated-kernels.ts";
import { Heap, type HeapOptions, type HeapRange } from "./heap.ts";
import { type KernelContext, SCRATCH_BYTES } from "./kernel-context.ts";
import { parallelVector } from "./parallel/vector.ts";
import { ThreadPool, whyNoThreads } from "./threads.ts";
import { type GemmExports, openWasm, type VectorExports, type WasmBuild, type WasmKernels } from "./wasm.ts";

export interface ContextOptions extends HeapOptions {
  readonly threads: number;
  /** Whether to use a BLAS of the system if there is one. */
  readonly blas: boolean;
  /** Use threads and BLAS for the smallest operations too. */
  readonly eager: boolean;
}

/** Milliseconds without an operation and without a storage after which the memory is given back. */
const IDLE_MS = 2_000;

interface Parts {
  readonly wasm: WasmKernels;
  readonly vector: VectorExports;
  readonly threads: ThreadPool;
  readonly blas: SystemBlas;
  readonly generated: GeneratedKernels;
}

export class LazyContext implements KernelContext {
  readonly heap: Heap;
  readonly #build: WasmBuild;
  readonly #options: ContextOptions;
  readonly #library: () => BlasSearch;
  #threadCount: number;
  #parts: Parts | null = null;
  #isTimed = false;

  /** @param source Kernels with a memory, or such as get one when it is needed. */
  constructor(source: WasmKernels | WasmBuild, options: ContextOptions) {
    this.#build = source;
    this.#options = options;
    this.#threadCount = options.threads;
    this.#library = options.blas ? systemLibrary : () => ({ reason: "switched off" });
    const isLazy = !("memory" in source);
    this.heap = new Heap(() => this.#range(), options, isLazy ? () => this.#closeWhenIdle() : undefined);
    if (!isLazy) this.#parts = this.#assemble(source);
  }

  get vector(): VectorExports {
    return (this.#parts ?? this.#open()).vector;
  }

  get generated(): GeneratedKernels {
    return (this.#parts ?? this.#open()).generated;
  }

  get gemm(): GemmExports {
    return (this.#parts ?? this.#open()).wasm.gemm;
  }

  get scratch(): number {
    return (this.#parts ?? this.#open()).wasm.heapStart;
  }

  get threads(): ThreadPool {
    return (this.#parts ?? this.#open()).threads;
  }

  get blas(): SystemBlas {
    return (this.#parts ?? this.#open()).blas;
  }

  /** Number of threads that work is cut for. */
  get threadCount(): number {
    return whyNoThreads() === null ? this.#threadCount : 1;
  }

  set threadCount(count: number) {
    this.#threadCount = count;
    this.#parts?.threads.resize(count);
  }

  /** Why there are fewer threads than that; null if all is well. */
  get threadProblem(): string | null {
    return this.#parts?.threads.problem ?? whyNoThreads();
  }

  /** The system's library, or why there is none. */
  get blasSearch(): BlasSearch {
    return this.#library();
  }

  #range(): HeapRange {
    const { memory, heapStart, maximumPages } = (this.#parts ?? this.#open()).wasm;
    return { memory, start: heapStart + SCRATCH_BYTES, maximumPages };
  }

  #open(): Parts {
    const wasm = openWasm(this.#build);
    if ("reason" in wasm) throw new RangeError(`not enough memory: ${wasm.reason}`);
    this.#parts = this.#assemble(wasm);
    this.#closeWhenIdle();
    return this.#parts;
  }

  #assemble(wasm: WasmKernels): Parts {
    const { eager } = this.#options;
    const threads = new ThreadPool(wasm, this.#threadCount, eager ? { grain: 1, startWaitMs: 1 } : {});
    const blas = new SystemBlas(wasm.memory, threads, this.#library, eager ? 1 : undefined);
    const generated = new GeneratedKernels(wasm, threads);
    return { wasm, vector: parallelVector(threads, wasm), threads, blas, generated };
  }

  /** Gives everything back if nothing is in the memory, and nothing has happened, for some time. */
  #closeWhenIdle(): void {
    if (this.#isTimed) return;
    this.#isTimed = true;
    const seen = this.heap.operations;
    // The module's own timer: tests often replace the global one by a clock that stands still.
    const timers = builtin<Timers>("node:timers");
    timers
      ?.setTimeout(() => {
        this.#isTimed = false;
        if (this.heap.stats().residentCount > 0) return;
        if (this.heap.operations !== seen) this.#closeWhenIdle();
        else this.#close();
      }, IDLE_MS)
      .unref();
  }

  #close(): void {
    if (this.#parts === null || !this.heap.close()) return;
    this.#parts.threads.resize(1);
    this.#parts = null;
  }
}

interface Timers {
  setTimeout(action: () => void, ms: number): { unref(): void };
}
