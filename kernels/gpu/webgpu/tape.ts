/**
 * @file A tape on WebGPU: commands that are noted once, and issued again and again as one submission. Its buffers are its
 * own: those that were free again while it was noted are used again in every run, in the same order of commands.
 */
import type { GpuKernel } from "../kernel.ts";
import {
  checkLength,
  GpuArray,
  GpuError,
  type GpuMemory,
  type GpuTape,
  type TapeInput,
  type TapePair,
  type TapeSpan,
} from "../runtime.ts";
import { WebGpuArray } from "./array.ts";
import { type GroupLayout, makeGroup } from "./bind-groups.ts";
import { BufferPool, LARGEST_PLACE, type PooledBuffer, USAGE } from "./buffer-pool.ts";
import { Numbers } from "./numbers.ts";
import type { Pipeline } from "./pipeline.ts";

/** What a tape needs of the runtime. */
export interface TapeHost {
  readonly device: GPUDevice;
  readonly maxLength: number;
  /** Makes something on the device, and hears later if there was no room. */
  guarded<T>(op: string, create: () => T): T;
  check(): void;
  pipelineOf(kernel: GpuKernel): Pipeline;
  dispatchOf(pipeline: Pipeline, length: number, numbers: readonly number[]): readonly [number, number, number];
  /** An array outside of the tape, to which `from` can be copied: its buffer is another. */
  allocate(op: string, length: number, from: WebGpuArray): WebGpuArray;
  /** An array outside of the tape that shares its buffer with no other, so that kernels may read any others beside it. */
  allocateAlone(op: string, length: number): WebGpuArray;
  /** Lets `tape` have what is issued while `fn` runs. */
  withRecipient<T>(tape: Recipient, fn: () => T): T;
  /** The number of the batch of commands that waits to be handed over. */
  batch(): number;
  /** Hands over the commands that wait. */
  flush(): void;
  /** Adds commands to those that wait. `kernels` are named in errors. */
  append(kernels: readonly string[], encode: (encoder: GPUCommandEncoder) => void): void;
  /** What reads the first elements of arrays: commands, and what is done when they have been handed over. */
  watch(watched: readonly Watched[]): { encode(encoder: GPUCommandEncoder): void; read(): void };
  /** Hears that a tape has given its memory back. */
  ended(tape: TapeMemory): void;
}

/** Who gets what is issued. */
export interface Recipient {
  run(kernel: GpuKernel, length: number, arrays: readonly GpuArray[], numbers: readonly number[]): readonly GpuArray[];
  upload(op: string, data: Float32Array): GpuArray;
  watch(op: string, array: GpuArray, problem: Watched["problem"]): void;
}

/** One number that is looked at. */
export interface Watched {
  readonly op: string;
  readonly place: PooledBuffer;
  readonly problem: (value: number) => string | null;
}

interface Dispatch {
  readonly pipeline: Pipeline;
  readonly length: number;
  readonly groups: readonly [number, number, number];
  readonly arrays: readonly WebGpuArray[];
  readonly results: readonly WebGpuArray[];
  readonly numbers: readonly number[];
  /** Where its numbers begin, in bytes. */
  readonly offset: number;
}

interface Upload {
  readonly length: number;
  readonly buffer: GPUBuffer;
}

/** What stands for an array while only numbers are noted. */
class StandIn extends GpuArray {
  protected override recycle(): void {}
}

/** One array for each that a kernel computes. */
function resultsOf<T extends GpuArray>({ wgsl }: GpuKernel, make: () => T): readonly T[] {
  return Array.from({ length: wgsl?.results ?? 1 }, make);
}

/** The buffers of a tape, and the arrays from outside that it keeps. It outlives the tape until they are given back. */
export class TapeMemory {
  readonly #buffers: GPUBuffer[] = [];
  readonly #kept = new Set<GpuArray>();
  #bytes = 0;

  keep(array: GpuArray): void {
    if (!this.#kept.has(array)) this.#kept.add(array.retain());
  }

  letGo(array: GpuArray): void {
    if (this.#kept.delete(array)) array.release();
  }

  add(buffer: GPUBuffer): GPUBuffer {
    this.#buffers.push(buffer);
    this.#bytes += buffer.size;
    return buffer;
  }

  /** Gives one buffer back. */
  end(buffer: GPUBuffer): void {
    const at = this.#buffers.indexOf(buffer);
    if (at < 0) return;
    this.#buffers.splice(at, 1);
    this.#bytes -= buffer.size;
    buffer.destroy();
  }

  get memory(): Pick<GpuMemory, "liveBuffers" | "liveBytes"> {
    return { liveBuffers: this.#buffers.length, liveBytes: this.#bytes };
  }

  destroy(): void {
    for (const array of this.#kept) array.release();
    this.#kept.clear();
    for (const buffer of this.#buffers.splice(0)) buffer.destroy();
    this.#bytes = 0;
  }
}

/** An array that a tape reads, and what was copied there last. */
interface Fixed {
  readonly array: WebGpuArray;
  last: GpuArray | number | null;
  lastShift: number;
}

/**
 * An input and its next contents. Every other run reads the first array and writes the second, the others the other way
 * round; so what is left outside is read in the next run without a copy.
 */
interface Swapped extends TapePair {
  readonly arrays: [WebGpuArray, WebGpuArray];
}

/** An output that each run leaves in an array of its own, and the dispatches that have to do with it. */
interface Handed {
  readonly output: WebGpuArray;
  readonly dispatches: readonly number[];
}

/** Bind groups for arrays that were handed over which are kept, in case their buffers come again. */
const HANDED_GROUPS = 256;

export class WebGpuTape implements GpuTape {
  readonly memory = new TapeMemory();
  readonly #host: TapeHost;
  /** Buffers of what kernels make. */
  readonly #pool: BufferPool;
  /** Buffers of what comes before all kernels, which none of those may have been used for. */
  readonly #givenPool: BufferPool;
  readonly #dispatches: Dispatch[] = [];
  readonly #uploads: Upload[] = [];
  readonly #watched: Watched[] = [];
  readonly #fixed = new Map<GpuArray, Fixed>();
  #bytes = 0;
  #numbers = new Numbers(0);
  #uniforms: GPUBuffer | null = null;
  /** Bind groups of the dispatches, for even and for odd runs. */
  #groups: [readonly GPUBindGroup[], readonly GPUBindGroup[]] = [[], []];
  readonly #swapped = new Map<GpuArray, Swapped>();
  readonly #swappedInputs = new Map<GpuArray, Swapped>();
  #handed: readonly Handed[] = [];
  readonly #handedGroups = new Map<GroupLayout, Map<string, GPUBindGroup>>();
  #turn: 0 | 1 = 0;
  /** Whether the numbers differ from those on the device. */
  #isStale = true;
  /** The batch that its last run is in. */
  #batch = -1;

  constructor(host: TapeHost) {
    this.#host = host;
    const pool = (): BufferPool =>
      new BufferPool(
        host.device,
        (op, create) => this.memory.add(host.guarded(op, create)),
        () => {},
        false,
      );
    this.#pool = pool();
    this.#givenPool = pool();
  }

  get mark(): TapeSpan {
    return { dispatch: this.#dispatches.length, upload: this.#uploads.length };
  }

  input(length: number): GpuArray {
    const array = this.#allocate("input", length, this.#givenPool);
    this.#fixed.set(array, { array, last: null, lastShift: 0 });
    return array;
  }

  keep(array: GpuArray): void {
    this.memory.keep(array);
  }

  note<T>(fn: () => T): T {
    return this.#host.withRecipient(
      {
        run: (kernel, length, arrays, numbers) => this.#noteRun(kernel, length, arrays, numbers),
        upload: (op, data) => this.#noteUpload(op, data),
        watch: (op, array, problem) => {
          this.#watched.push({ op, place: (array.retain() as WebGpuArray).entry, problem });
        },
      },
      fn,
    );
  }

  #allocate(op: string, length: number, pool = this.#pool): WebGpuArray {
    checkLength(op, length, this.#host.maxLength);
    return new WebGpuArray(length, pool.take(op, 4 * length), pool);
  }

  #noteRun(
    kernel: GpuKernel,
    length: number,
    arrays: readonly GpuArray[],
    numbers: readonly number[],
  ): readonly GpuArray[] {
    const host = this.#host;
    const results = resultsOf(kernel, () => this.#allocate(kernel.name, length));
    if (length === 0) return results;
    const pipeline = host.pipelineOf(kernel);
    const groups = host.dispatchOf(pipeline, length, numbers);
    const offset = this.#bytes;
    this.#bytes += pipeline.layout.blockBytes;
    this.#dispatches.push({
      pipeline,
      length,
      groups,
      arrays: arrays as readonly WebGpuArray[],
      results,
      numbers: [...numbers],
      offset,
    });
    return results;
  }

  #noteUpload(op: string, data: Float32Array): GpuArray {
    const array = this.#allocate(op, data.length, this.#givenPool);
    this.memory.keep(array);
    const { buffer } = array.entry;
    this.#uploads.push({ length: data.length, buffer });
    this.#write(buffer, data);
    return array;
  }

  /** Writes to the device, which is done ahead of commands that wait: those of the last run have to go first. */
  #write(buffer: GPUBuffer, data: Float32Array): void {
    this.#flushLast();
    if (data.length > 0) this.#host.device.queue.writeBuffer(buffer, 0, data as Float32Array<ArrayBuffer>);
  }

  #flushLast(): void {
    if (this.#batch === this.#host.batch()) this.#host.flush();
  }

  close(pairs: readonly TapePair[], outputs: readonly GpuArray[]): void {
    const { device } = this.#host;
    const bytes = Math.max(16, this.#bytes);
    const usage = USAGE.uniform | USAGE.copyTarget;
    const create = (): GPUBuffer => device.createBuffer({ label: "numbers", size: bytes, usage });
    this.#uniforms = this.memory.add(this.#host.guarded("numbers", create));
    this.#numbers = new Numbers(bytes);
    for (const dispatch of this.#dispatches) this.#writeNumbers(dispatch, dispatch.numbers);
    const results = new Set<GpuArray>(this.#dispatches.flatMap(({ results: made }) => made));
    for (const { input, output } of pairs) {
      if (!results.has(output) || this.#swapped.has(output) || output.length !== input.length) continue;
      const arrays: Swapped["arrays"] = [this.#outsideArray(input.length), this.#outsideArray(input.length)];
      const swapped = { input, output, arrays };
      this.#swapped.set(output, swapped);
      this.#swappedInputs.set(input, swapped);
      this.memory.end((input as WebGpuArray).entry.buffer);
    }
    this.#handed = this.#handedOf(outputs.filter((output) => results.has(output) && !this.#swapped.has(output)));
    this.#bindAll();
  }

  /**
   * The outputs with a buffer each, which are written where they go. Smaller ones are copied: a kernel may not write to a
   * buffer that it reads something else of, and copying takes less time than bind groups for them.
   */
  #handedOf(outputs: readonly GpuArray[]): readonly Handed[] {
    const isOnly = (output: GpuArray): boolean => outputs.indexOf(output) === outputs.lastIndexOf(output);
    return (outputs as readonly WebGpuArray[])
      .filter((output) => 4 * output.length > LARGEST_PLACE && isOnly(output))
      .map((output) => {
        const dispatches = [...this.#dispatches.keys()].filter((i) => {
          const { arrays, results } = this.#dispatches[i] as Dispatch;
          return arrays.includes(output) || results.includes(output);
        });
        return { output, dispatches };
      });
  }

  /** The bind groups of a run that leaves outputs in arrays of their own. */
  #groupsOf(turn: 0 | 1, taken: ReadonlyMap<GpuArray, WebGpuArray>): readonly GPUBindGroup[] {
    const groups = this.#groups[turn];
    if (taken.size === 0) return groups;
    const held = [...this.#handedGroups.values()].reduce((sum, { size }) => sum + size, 0);
    if (held > HANDED_GROUPS) this.#handedGroups.clear();
    const all = [...groups];
    for (const { dispatches } of this.#handed) {
      for (const i of dispatches)
        all[i] = this.#groupOf(this.#dispatches[i] as Dispatch, turn, this.#handedGroups, taken);
    }
    return all;
  }

  /** An array that goes outside, and that the tape holds too. */
  #outsideArray(length: number): WebGpuArray {
    const array = this.#host.allocateAlone("result", length);
    array.isReused = true;
    this.memory.keep(array);
    array.release();
    return array;
  }

  #bindAll(): void {
    const made = new Map<GroupLayout, Map<string, GPUBindGroup>>();
    this.#groups = [
      this.#dispatches.map((dispatch) => this.#groupOf(dispatch, 0, made)),
      this.#dispatches.map((dispatch) => this.#groupOf(dispatch, 1, made)),
    ];
  }

  /** A bind group that says where its arrays begin, whether or not a dispatch may add to that. */
  #groupOf(
    { pipeline, arrays, results }: Dispatch,
    turn: 0 | 1,
    made: Map<GroupLayout, Map<string, GPUBindGroup>>,
    taken?: ReadonlyMap<GpuArray, WebGpuArray>,
  ): GPUBindGroup {
    const { layout } = pipeline;
    const groups = made.get(layout) ?? new Map<string, GPUBindGroup>();
    made.set(layout, groups);
    const entries = [...arrays, ...results].map((array) => (taken?.get(array) ?? this.#actual(array, turn)).entry);
    const key = entries.map(({ id }) => id).join(".");
    let group = groups.get(key);
    if (group === undefined) {
      const resources = entries.map(({ resource }) => resource);
      group = makeGroup(this.#host.device, layout, this.#uniforms as GPUBuffer, resources);
      groups.set(key, group);
    }
    return group;
  }

  /** The array that stands for a noted one in even or odd runs. */
  #actual(array: WebGpuArray, turn: 0 | 1): WebGpuArray {
    const read = this.#swappedInputs.get(array);
    if (read !== undefined) return read.arrays[turn];
    const written = this.#swapped.get(array);
    return written === undefined ? array : written.arrays[turn === 0 ? 1 : 0];
  }

  /** Takes new arrays in place of those that the run would change and that somebody else holds too. */
  #replaceShared(inputs: readonly TapeInput[]): void {
    const turn = this.#turn;
    let isReplaced = false;
    const replace = (arrays: Swapped["arrays"], at: 0 | 1): void => {
      if (!arrays[at].isShared) return;
      this.memory.letGo(arrays[at]);
      arrays[at] = this.#outsideArray(arrays[at].length);
      isReplaced = true;
    };
    for (const { array, contents } of inputs) {
      const swapped = this.#swappedInputs.get(array);
      if (swapped === undefined) continue;
      replace(swapped.arrays, turn === 0 ? 1 : 0);
      if (contents !== swapped.arrays[turn]) replace(swapped.arrays, turn);
    }
    if (isReplaced) this.#bindAll();
  }

  #writeNumbers({ pipeline, length, groups, offset }: Dispatch, numbers: readonly number[]): void {
    if (this.#numbers.write(offset / 4, pipeline, length, groups[0] * pipeline.workgroup, numbers))
      this.#isStale = true;
  }

  renew<T>(start: TapeSpan, end: TapeSpan, fn: () => T): T {
    let { dispatch: at, upload: uploadAt } = start;
    const other = (): Error => new GpuError("a recorded call issued other kernels than when it was recorded");
    const result = this.#host.withRecipient(
      {
        run: (kernel, length, _arrays, numbers) => {
          if (length > 0) {
            const dispatch = this.#dispatches[at++];
            if (dispatch === undefined || at > end.dispatch) throw other();
            if (dispatch.pipeline.kernel !== kernel || dispatch.length !== length) throw other();
            this.#writeNumbers(dispatch, numbers);
          }
          return resultsOf(kernel, () => new StandIn(length));
        },
        upload: (_op, data) => {
          const upload = this.#uploads[uploadAt++];
          if (upload === undefined || uploadAt > end.upload || upload.length !== data.length) throw other();
          this.#write(upload.buffer, data);
          return new StandIn(data.length);
        },
        watch: () => {},
      },
      fn,
    );
    if (at !== end.dispatch || uploadAt !== end.upload) throw other();
    return result;
  }

  run(inputs: readonly TapeInput[], outputs: readonly GpuArray[]): GpuArray[] {
    const host = this.#host;
    host.check();
    this.#flushLast();
    this.#replaceShared(inputs);
    const { queue } = host.device;
    const turn = this.#turn;
    this.#turn = turn === 0 ? 1 : 0;
    if (this.#isStale && this.#bytes > 0) queue.writeBuffer(this.#uniforms as GPUBuffer, 0, this.#numbers.words);
    this.#isStale = false;
    for (const { array, contents } of inputs) {
      if (typeof contents !== "number") continue;
      const fixed = this.#fixed.get(array) as Fixed;
      const isSwapped = this.#swappedInputs.has(array);
      if (fixed.last === contents && !isSwapped) continue;
      fixed.last = contents;
      // Commands that wait may have to do with what was outside.
      if (isSwapped) host.flush();
      this.#write(this.#actual(fixed.array, turn).entry.buffer, new Float32Array(array.length).fill(contents));
    }
    const results = outputs.map((output) => {
      if (this.#swapped.has(output)) return this.#actual(output as WebGpuArray, turn).retain();
      return host.allocate("result", output.length, output as WebGpuArray);
    });
    const taken = new Map<GpuArray, WebGpuArray>();
    for (const { output } of this.#handed) taken.set(output, results[outputs.indexOf(output)] as WebGpuArray);
    const groups = this.#groupsOf(turn, taken);
    const look = this.#watched.length === 0 ? null : host.watch(this.#watched);
    const names = this.#dispatches.slice(-4).map(({ pipeline }) => pipeline.kernel.name);
    const batch = host.batch();
    this.#batch = batch;
    // What is outside may be let go of, and its buffers written to, before these commands are handed over.
    for (const { array, contents } of inputs) {
      this.#actual((this.#fixed.get(array) as Fixed).array, turn).entry.batch = batch;
      if (contents instanceof WebGpuArray) contents.entry.batch = batch;
    }
    for (const { entry } of results) entry.batch = batch;
    host.append(names, (encoder) => {
      for (const input of inputs) this.#copyIn(encoder, input, turn);
      if (this.#dispatches.length > 0) this.#encode(encoder.beginComputePass(), groups);
      for (const [i, output] of outputs.entries()) {
        if (this.#swapped.has(output) || taken.has(output)) continue;
        const bytes = 4 * output.length;
        const from = (output as WebGpuArray).entry;
        const to = (results[i] as WebGpuArray).entry;
        if (bytes > 0) encoder.copyBufferToBuffer(from.buffer, from.offset, to.buffer, to.offset, bytes);
      }
      look?.encode(encoder);
    });
    if (look !== null) {
      host.flush();
      look.read();
    }
    return results;
  }

  /** Copies what an input holds, whose elements may lie `shift` places further on. What never changed is there already. */
  #copyIn(encoder: GPUCommandEncoder, { array, contents, shift }: TapeInput, turn: 0 | 1): void {
    if (typeof contents === "number") return;
    const fixed = this.#fixed.get(array) as Fixed;
    const target = this.#actual(fixed.array, turn);
    if (target === contents) return;
    const isSame = fixed.last === contents && fixed.lastShift === shift && target === fixed.array;
    if (isSame && !(contents as WebGpuArray).isReused) return;
    fixed.last = contents;
    fixed.lastShift = shift;
    const first = Math.max(0, -shift);
    const end = Math.min(array.length, contents.length - shift);
    if (end <= first) return;
    const from = (contents as WebGpuArray).entry;
    const fromAt = from.offset + 4 * (first + shift);
    encoder.copyBufferToBuffer(from.buffer, fromAt, target.entry.buffer, 4 * first, 4 * (end - first));
  }

  #encode(pass: GPUComputePassEncoder, all: readonly GPUBindGroup[]): void {
    let current: Pipeline | null = null;
    const dispatches = this.#dispatches;
    const offsetsOf = [0, 1, 2, 3, 4, 5].map((count) => new Array<number>(count).fill(0));
    for (let i = 0; i < dispatches.length; i++) {
      const { pipeline, groups, offset } = dispatches[i] as Dispatch;
      if (pipeline !== current) pass.setPipeline(pipeline.pipeline);
      current = pipeline;
      const offsets = offsetsOf[pipeline.layout.offsets.length] as number[];
      offsets[0] = offset;
      pass.setBindGroup(0, all[i] as GPUBindGroup, offsets);
      pass.dispatchWorkgroups(groups[0], groups[1], groups[2]);
    }
    pass.end();
  }

  free(): void {
    this.memory.destroy();
    this.#host.ended(this.memory);
  }
}
