/** @file Records calls of kernels for a worker to replay. */
import type { Gemm } from "./blas/library.ts";
import type { WasmInstances } from "./wasm.ts";
import { JOB_START, type KernelName, type State } from "./worker.ts";

/** The functions that a job can call. */
export interface Kernels extends WasmInstances {
  /** Of the system's library; only after a pool was given one. */
  readonly native: {
    readonly sgemm: Gemm<number>;
    /** Has to be called once in each worker before anything else. */
    readonly open: () => void;
  };
}

/** float64 in a job: some thousand calls. What is never written takes no memory. */
const JOB_LENGTH = 65536;

/** All kernels, in the order of their numbers. */
export function listKernels(instances: WasmInstances): KernelName[] {
  const modules = ["gemm", "vector"] as const;
  const compiled = modules.flatMap((module) =>
    Object.entries(instances[module])
      .filter(([, value]) => typeof value === "function")
      .map(([name]): KernelName => [module, name]),
  );
  return [...compiled, ["native", "open"], ["native", "sgemm"]];
}

/** The block that a worker and the main thread share, and functions that write their calls into its job. */
export class Recorder {
  readonly block = new SharedArrayBuffer(JOB_START + 8 * JOB_LENGTH);
  /** Same names and arguments as the kernels; they return 0. */
  readonly kernels: Kernels;
  readonly #job = new Float64Array(this.block, JOB_START);
  #at = 1;
  #calls = 0;
  #fits = true;
  #native = false;

  constructor(kernels: readonly KernelName[]) {
    const modules: Record<KernelName[0], Record<string, (...values: number[]) => number>> = {
      gemm: {},
      vector: {},
      native: {},
    };
    for (const [number, [module, name]] of kernels.entries()) {
      modules[module][name] = (...values) => {
        if (name === "sgemm") this.#native = true;
        return this.#note(number, values);
      };
    }
    this.kernels = modules as unknown as Kernels;
  }

  /** Begins an empty job. */
  begin(): void {
    this.#at = 1;
    this.#calls = 0;
    this.#fits = true;
    this.#native = false;
  }

  /** Ends the job; false if it had more calls than there is room for, and must be done in another way. */
  end(): boolean {
    this.#job[0] = this.#calls;
    return this.#fits;
  }

  /** Whether the job calls a function of the system's library. */
  get isNative(): boolean {
    return this.#native;
  }

  /** What the kernel threw, if the worker is in state {@link State.failed}. */
  get failure(): string {
    const length = this.#job[0] ?? 0;
    return String.fromCharCode(...this.#job.subarray(1, 1 + length));
  }

  #note(number: number, values: readonly number[]): number {
    const job = this.#job;
    const at = this.#at;
    const end = at + 2 + values.length;
    if (end > JOB_LENGTH) {
      this.#fits = false;
      return 0;
    }
    job[at] = number;
    job[at + 1] = values.length;
    for (let i = 0; i < values.length; i++) job[at + 2 + i] = values[i]!;
    this.#at = end;
    this.#calls++;
    return 0;
  }
}
