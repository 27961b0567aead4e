/** @file Records calls of kernels for a worker to replay. */
import type { Gemm } from "./blas/library.ts";
import type { WasmInstances } from "./wasm.ts";
import { CODE_BYTES, CODE_START, JOB_LENGTH, JOB_START, type KernelName, type State } from "./worker.ts";

/** The functions that a job can call: those of the math module take vectors, and only other modules call them. */
export interface Kernels extends Omit<WasmInstances, "math"> {
  /** Of the system's library; only after a pool was given one. */
  readonly native: {
    readonly sgemm: Gemm;
    readonly dgemm: Gemm;
    /** Has to be called once in each worker before anything else. */
    readonly open: () => void;
  };
  /** Calls a kernel that was made at run time, by the number that {@link ThreadPool.define} gave it. */
  readonly made: (number: number, values: readonly number[]) => number;
}

/** All kernels, in the order of their numbers. */
export function listKernels(instances: Pick<WasmInstances, "gemm" | "vector">): KernelName[] {
  const modules = ["gemm", "vector"] as const;
  const compiled = modules.flatMap((module) =>
    Object.entries(instances[module])
      .filter(([, value]) => typeof value === "function")
      .map(([name]): KernelName => [module, name]),
  );
  return [...compiled, ["native", "open"], ["native", "sgemm"], ["native", "dgemm"]];
}

/** The block that a worker and the main thread share, and functions that write their calls into its job. */
export class Recorder {
  readonly block = new SharedArrayBuffer(CODE_START + CODE_BYTES);
  /** Same names and arguments as the kernels; they return 0. */
  readonly kernels: Kernels;
  readonly #job = new Float64Array(this.block, JOB_START, JOB_LENGTH);
  /** How many of the kernels that were made at run time the worker has been sent, and how many before the last time. */
  #sent: number;
  #sentBefore: number;
  #at = 1;
  #calls = 0;
  #fits = true;
  #native = false;

  /** @param known How many kernels made at run time the worker starts with. */
  constructor(kernels: readonly KernelName[], known: number) {
    this.#sent = known;
    this.#sentBefore = known;
    const modules: Record<KernelName[0], Record<string, (...values: number[]) => number>> = {
      gemm: {},
      vector: {},
      native: {},
    };
    for (const [number, [module, name]] of kernels.entries()) {
      modules[module][name] = (...values) => {
        if (name === "sgemm" || name === "dgemm") this.#native = true;
        return this.#note(number, values);
      };
    }
    const made: Kernels["made"] = (number, values) => this.#note(kernels.length + number, values);
    this.kernels = { ...modules, made } as unknown as Kernels;
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

  /**
   * Puts the code of kernels that the worker does not know where it finds it with its next job. False if that is more than
   * there is room for.
   */
  send(codes: readonly Uint8Array[]): boolean {
    if (this.#sent === codes.length) return true;
    const words = new Int32Array(this.block, CODE_START);
    // A job can be taken back before the worker has seen it.
    const first = words[0]! > 0 ? this.#sentBefore : this.#sent;
    const fresh = codes.slice(first);
    const size = (code: Uint8Array): number => 4 + 4 * Math.ceil(code.length / 4);
    if (fresh.reduce((sum, code) => sum + size(code), 4) > CODE_BYTES) return false;
    const bytes = new Uint8Array(this.block, CODE_START);
    let at = 4;
    for (const code of fresh) {
      words[at / 4] = code.length;
      bytes.set(code, at + 4);
      at += size(code);
    }
    words[0] = fresh.length;
    this.#sentBefore = first;
    this.#sent = codes.length;
    return true;
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
