/** @file The interface of a GPU runtime (WebGPU, WebGL). */
import type { GpuKernel } from "./kernel.ts";

/** How gpu.js reaches the GPU. Its other modes are no GPU. */
export type GpuMode = "webgpu" | "headlessgl" | "webgl2";

/**
 * An array of floats on the GPU. It never changes: what changes in place is a storage, which gets another array. So
 * storages can share one, and kernels that are yet to run cannot be disturbed.
 */
export abstract class GpuArray {
  readonly length: number;
  #holders = 1;

  constructor(length: number) {
    this.length = length;
  }

  /** One more holder. */
  retain(): this {
    this.#holders++;
    return this;
  }

  /** Whether there is more than one holder. */
  get isShared(): boolean {
    return this.#holders > 1;
  }

  /** One holder less. The memory of the last one goes back to the runtime; kernels that were issued still see it. */
  release(): void {
    if (--this.#holders === 0) this.recycle();
  }

  protected abstract recycle(): void;
}

/** Memory on the GPU, as its runtime counts it. */
export interface GpuMemory {
  /** Buffers that hold arrays. */
  readonly liveBuffers: number;
  readonly liveBytes: number;
  /** Buffers that wait to be used again. */
  readonly pooledBuffers: number;
  readonly pooledBytes: number;
}

/** A place on a {@link GpuTape}. */
export interface TapeSpan {
  readonly dispatch: number;
  readonly upload: number;
}

/** What an input of a {@link GpuTape} holds in a run. */
export interface TapeInput {
  /** The input, as {@link GpuTape.input} gave it. */
  readonly array: GpuArray;
  readonly contents: GpuArray | number;
  /** How many places further on its elements lie. */
  readonly shift: number;
}

/** An input of a {@link GpuTape} and its contents after a run. */
export interface TapePair {
  readonly input: GpuArray;
  readonly output: GpuArray;
}

/** Commands that are noted once, and issued again and again as one submission. */
export interface GpuTape {
  /** Where it has come to. */
  readonly mark: TapeSpan;
  /** An array that each run fills from outside. */
  input(length: number): GpuArray;
  /** Keeps an array from outside whose contents are always the same. */
  keep(array: GpuArray): void;
  /** Notes what `fn` issues, instead of issuing it. */
  note<T>(fn: () => T): T;
  /**
   * Nothing more is noted.
   *
   * @param pairs - Outputs that are the next contents of inputs, which they change places with instead of being copied.
   * @param outputs - All of them, as every {@link run} asks for them.
   */
  close(pairs: readonly TapePair[], outputs: readonly GpuArray[]): void;
  /** Takes the numbers and uploads of what `fn` issues, which was noted between two places. @throws GpuError if it differs. */
  renew<T>(start: TapeSpan, end: TapeSpan, fn: () => T): T;
  /** Issues everything. Gives arrays with what `outputs`, arrays of the tape, then hold. */
  run(inputs: readonly TapeInput[], outputs: readonly GpuArray[]): GpuArray[];
  /** Gives its memory back. */
  free(): void;
}

/** Threads of a workgroup that meet often: 64, or as few as a CPU computes at once where it stands in for a GPU. */
export type Threads = 4 | 64;

export interface GpuRuntime {
  readonly mode: GpuMode;
  /** How many threads should share memory; null where they cannot. */
  readonly threads: Threads | null;
  /** The GPU, in words. */
  readonly name: string;
  /** Most elements of an array. */
  readonly maxLength: number;
  /** Most arrays of a kernel that is written in WGSL, with its results; missing where it cannot be run. */
  readonly maxArrays?: number;
  readonly memory: GpuMemory;
  /** A copy of host numbers. `op` is for errors. */
  upload(op: string, data: Float32Array): GpuArray;
  /**
   * Issues a kernel, without waiting for it.
   *
   * @param arrays - What it reads, in the order of its `arrays`.
   * @param numbers - Its `ints`, then its `floats`.
   * @throws GpuError if an earlier one failed, or the result is too large.
   */
  run(kernel: GpuKernel, length: number, arrays: readonly GpuArray[], numbers: readonly number[]): GpuArray;
  /** As {@link run}, for a kernel that computes several arrays; missing where kernels cannot. */
  runAll?(
    kernel: GpuKernel,
    length: number,
    arrays: readonly GpuArray[],
    numbers: readonly number[],
  ): readonly GpuArray[];
  /** Looks at the one element of an array once it is there. If `problem` has something to say of it, the next read rejects. */
  watch(op: string, array: GpuArray, problem: (value: number) => string | null): void;
  /** Some elements, when everything issued before has run. Rejects with a GpuError if any of that failed. */
  read(array: GpuArray, offset: number, length: number): Promise<Float32Array>;
  /** As {@link read}, without waiting. @throws GpuError where that cannot be done. */
  readSync(array: GpuArray, offset: number, length: number): Float32Array;
  /** A tape, whose memory is given back when `owner` has been collected; missing where commands cannot be issued again. */
  tape?(owner: object): GpuTape;
}

/** Something that the GPU did not do. Names the operation. */
export class GpuError extends Error {
  override readonly name = "GpuError";
}

/** @throws GpuError for an array that a GPU with room for `most` elements cannot hold. */
export function checkLength(op: string, length: number, most: number): void {
  if (length <= most) return;
  throw new GpuError(
    `${op} needs ${length} elements in one array, but this GPU has room for ${most}. Use smaller batches, or device "cpu".`,
  );
}
