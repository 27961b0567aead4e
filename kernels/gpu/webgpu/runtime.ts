/**
 * @file Kernels on WebGPU. Issuing one costs a few microseconds: buffers and bind groups are used again, numbers go into
 * one ring of memory, and commands are handed over in batches.
 */
import type { GpuKernel } from "../kernel.ts";
import {
  checkLength,
  type GpuArray,
  GpuError,
  type GpuMemory,
  type GpuRuntime,
  type GpuTape,
  type Threads,
} from "../runtime.ts";
import { WebGpuArray } from "./array.ts";
import { BindGroups, GroupLayouts } from "./bind-groups.ts";
import { BufferPool, USAGE } from "./buffer-pool.ts";
import { Numbers } from "./numbers.ts";
import { ALIGNMENT, makePipeline, type Pipeline, type Translator } from "./pipeline.ts";
import { Staging, type StagingSlot } from "./staging.ts";
import { type Recipient, type TapeHost, type TapeMemory, type Watched, WebGpuTape } from "./tape.ts";

/** Bytes of the ring of numbers. */
const RING_BYTES = 512 * ALIGNMENT;

/** A batch of so many commands is handed over, so that the GPU works while more are issued. */
const BATCH = 128;

/**
 * Bind groups that are kept. Those of small arrays are few; a loop that leaves larger results to the collector goes through
 * as many buffers as there are before the collector is asked, each in several kernels.
 */
const GROUPS = 2 ** 15;

/** gpu.js computes with positions as floats, which are exact to here. */
const MAX_LENGTH = 2 ** 24;

/** How many of the last kernels an error names. */
const RECENT = 4;

export class WebGpuRuntime implements GpuRuntime {
  readonly mode = "webgpu";
  readonly threads: Threads;
  readonly name: string;
  readonly maxLength: number;
  readonly maxArrays: number;
  readonly #device: GPUDevice;
  readonly #translate: Translator;
  readonly #pool: BufferPool;
  readonly #staging: Staging;
  readonly #pipelines = new Map<GpuKernel, Pipeline>();
  readonly #layouts: GroupLayouts;
  readonly #groups: BindGroups;
  readonly #ring: GPUBuffer;
  readonly #numbers = new Numbers(RING_BYTES);
  /** The names of the last kernels, each at its number modulo {@link RECENT}. */
  readonly #recent: string[] = [];
  #issued = 0;
  /** What {@link watch} waits for. */
  readonly #watched = new Set<Promise<void>>();
  /** The memory of all tapes, and which of it nobody needs any more. */
  readonly #tapes = new Set<TapeMemory>();
  readonly #tapeRegistry = new FinalizationRegistry<TapeMemory>((memory) => this.#dropTape(memory));
  /** Who gets what is issued, in place of the device. */
  #recipient: Recipient | null = null;
  #ringAt = 0;
  #encoder: GPUCommandEncoder | null = null;
  #pass: GPUComputePassEncoder | null = null;
  #current: Pipeline | null = null;
  #commands = 0;
  #batch = 0;
  /** What the device did not do. It does nothing right after that, so everything throws this. */
  #failure: GpuError | null = null;
  /** What was wrong with the data of an operation. The next read throws it. */
  #complaint: GpuError | null = null;

  constructor(adapter: GPUAdapter, device: GPUDevice, translate: Translator) {
    const { info } = adapter;
    this.name = info.description || [info.vendor, info.architecture, info.device].filter(Boolean).join(" ") || "WebGPU";
    // Threads that wait for each other at a barrier cost a CPU some microseconds for each of its vectors.
    this.threads = info.isFallbackAdapter === true ? 4 : 64;
    this.#device = device;
    this.#translate = translate;
    const { maxStorageBufferBindingSize, maxBufferSize } = device.limits;
    this.maxArrays = device.limits.maxStorageBuffersPerShaderStage;
    this.maxLength = Math.min(MAX_LENGTH, maxStorageBufferBindingSize / 4, maxBufferSize / 4);
    this.#pool = new BufferPool(
      device,
      (op, create) => this.#guarded(op, create),
      () => this.#groups.clear(),
      true,
    );
    this.#staging = new Staging(device);
    this.#ring = device.createBuffer({ label: "numbers", size: RING_BYTES, usage: USAGE.uniform | USAGE.copyTarget });
    this.#layouts = new GroupLayouts(device);
    this.#groups = new BindGroups(device, this.#layouts, this.#ring, GROUPS);
    device.lost.then(({ message }) => this.#fail(`the device was lost${message === "" ? "" : `: ${message}`}`));
    device.onuncapturederror = ({ error }) => this.#fail(error.message);
  }

  get memory(): GpuMemory {
    const { memory } = this.#pool;
    if (this.#tapes.size === 0) return memory;
    let { liveBuffers, liveBytes } = memory;
    for (const tape of this.#tapes) {
      liveBuffers += tape.memory.liveBuffers;
      liveBytes += tape.memory.liveBytes;
    }
    return { ...memory, liveBuffers, liveBytes };
  }

  upload(op: string, data: Float32Array): GpuArray {
    this.#check();
    if (this.#recipient !== null) return this.#recipient.upload(op, data);
    const array = this.#allocate(op, data.length);
    // Copies from the host overtake commands that have not been handed over.
    if (array.entry.batch === this.#batch) this.#submit();
    const { buffer, offset } = array.entry;
    if (data.length > 0) this.#device.queue.writeBuffer(buffer, offset, data as Float32Array<ArrayBuffer>);
    return array;
  }

  run(kernel: GpuKernel, length: number, arrays: readonly GpuArray[], numbers: readonly number[]): GpuArray {
    return this.runAll(kernel, length, arrays, numbers)[0] as GpuArray;
  }

  runAll(
    kernel: GpuKernel,
    length: number,
    arrays: readonly GpuArray[],
    numbers: readonly number[],
  ): readonly GpuArray[] {
    this.#check();
    if (this.#recipient !== null) return this.#recipient.run(kernel, length, arrays, numbers);
    const count = kernel.wgsl?.results ?? 1;
    if (length === 0) return Array.from({ length: count }, () => this.#allocate(kernel.name, 0));
    const pipeline = this.#pipelineOf(kernel);
    const { layout } = pipeline;
    if (this.#ringAt + layout.blockBytes > RING_BYTES) this.#submit();
    const read = arrays as readonly WebGpuArray[];
    const turn = this.#pool.nextTurn();
    for (let i = 0; i < read.length; i++) {
      const { entry } = read[i] as WebGpuArray;
      entry.batch = this.#batch;
      entry.page.readIn = turn;
    }
    const results: WebGpuArray[] = [];
    for (let i = 0; i < count; i++) {
      const result = this.#allocate(kernel.name, length, turn);
      result.entry.batch = this.#batch;
      results.push(result);
    }
    const offset = this.#ringAt;
    this.#ringAt += layout.blockBytes;
    const groups = this.#dispatchOf(pipeline, length, numbers);
    this.#numbers.write(offset / 4, pipeline, length, groups[0] * pipeline.workgroup, numbers);
    const group = this.#groups.of(layout, read, results);
    layout.offsets[0] = offset;
    const pass = this.#openPass();
    if (this.#current !== pipeline) pass.setPipeline(pipeline.pipeline);
    this.#current = pipeline;
    pass.setBindGroup(0, group, layout.offsets);
    pass.dispatchWorkgroups(groups[0], groups[1], groups[2]);
    this.#noteRecent(kernel.name);
    if (++this.#commands >= BATCH) this.#submit();
    return results;
  }

  watch(op: string, array: GpuArray, problem: (value: number) => string | null): void {
    if (this.#recipient !== null) {
      this.#recipient.watch(op, array, problem);
      return;
    }
    this.#look([{ op, problem }], this.#fetch(array, 0, 1));
  }

  /** Looks at numbers once they are there. */
  #look(watched: readonly Pick<Watched, "op" | "problem">[], numbers: Promise<Float32Array>): void {
    const looked = numbers.then(
      (values) => {
        for (const [i, { op, problem }] of watched.entries()) {
          const message = problem(values[i] ?? 0);
          if (message !== null) this.#complaint ??= new GpuError(`${op}: ${message}`);
        }
      },
      // The failure has been noted, and the next read tells of it.
      () => undefined,
    );
    this.#watched.add(looked);
    looked.then(() => this.#watched.delete(looked));
  }

  async read(array: GpuArray, offset: number, length: number): Promise<Float32Array> {
    this.#check();
    if (length === 0) return new Float32Array(0);
    const watched = [...this.#watched];
    const data = await this.#fetch(array, offset, length);
    await Promise.all(watched);
    // Errors of what was issued before arrive before the contents do.
    this.#check();
    const complaint = this.#complaint;
    this.#complaint = null;
    if (complaint !== null) throw complaint;
    return data;
  }

  /** Copies to the host what an array holds at this point of the commands. */
  async #fetch(array: GpuArray, offset: number, length: number): Promise<Float32Array> {
    const { buffer, offset: begin } = (array as WebGpuArray).entry;
    const slot = this.#staging.take(4 * length);
    this.#closePass();
    this.#openEncoder().copyBufferToBuffer(buffer, begin + 4 * offset, slot.buffer, 0, 4 * length);
    this.#submit();
    return this.#arrived(slot, length);
  }

  /** What has been copied to a staging buffer. */
  async #arrived(slot: StagingSlot, length: number): Promise<Float32Array> {
    try {
      return await this.#staging.read(slot, length);
    } catch (error) {
      this.#fail(error instanceof Error ? error.message : String(error));
      throw this.#failure;
    }
  }

  tape(owner: object): GpuTape {
    const tape = new WebGpuTape(this.#tapeHost);
    this.#tapes.add(tape.memory);
    this.#tapeRegistry.register(owner, tape.memory);
    return tape;
  }

  #dropTape(memory: TapeMemory): void {
    // The commands that wait may be the tape's.
    this.#submit();
    memory.destroy();
    this.#tapes.delete(memory);
  }

  get #tapeHost(): TapeHost {
    return {
      device: this.#device,
      maxLength: this.maxLength,
      guarded: (op, create) => this.#guarded(op, create),
      check: () => this.#check(),
      pipelineOf: (kernel) => this.#pipelineOf(kernel),
      dispatchOf: (pipeline, length, numbers) => this.#dispatchOf(pipeline, length, numbers),
      allocate: (op, length, from) => {
        const turn = this.#pool.nextTurn();
        from.entry.page.readIn = turn;
        return this.#allocate(op, length, turn);
      },
      allocateAlone: (op, length) => this.#allocate(op, length, this.#pool.nextTurn(), true),
      withRecipient: (recipient, fn) => {
        const before = this.#recipient;
        this.#recipient = recipient;
        try {
          return fn();
        } finally {
          this.#recipient = before;
        }
      },
      batch: () => this.#batch,
      flush: () => this.#submit(),
      append: (kernels, encode) => {
        this.#closePass();
        encode(this.#openEncoder());
        for (const name of kernels) this.#noteRecent(name);
      },
      watch: (watched) => this.#watchLater(watched),
      ended: (memory) => this.#dropTape(memory),
    };
  }

  /** Makes the copies that {@link #look} needs a part of the commands of a tape. */
  #watchLater(watched: readonly Watched[]): { encode(encoder: GPUCommandEncoder): void; read(): void } {
    const slot = this.#staging.take(4 * watched.length);
    return {
      encode: (encoder) => {
        for (const [i, { place }] of watched.entries()) {
          encoder.copyBufferToBuffer(place.buffer, place.offset, slot.buffer, 4 * i, 4);
        }
      },
      read: () => this.#look(watched, this.#arrived(slot, watched.length)),
    };
  }

  #noteRecent(name: string): void {
    this.#recent[this.#issued++ % RECENT] = name;
  }

  readSync(): Float32Array {
    throw new GpuError("synchronous reads are not available on WebGPU");
  }

  #check(): void {
    if (this.#failure !== null) throw this.#failure;
  }

  /** The last kernels, in their order. */
  get #recentNames(): string {
    const first = this.#issued % RECENT;
    return [...this.#recent.slice(first), ...this.#recent.slice(0, first)].join(", ");
  }

  #fail(message: string, op = this.#recentNames): void {
    const where = op === "" ? "" : ` in ${op}`;
    this.#failure ??= new GpuError(`the GPU failed${where}: ${message}`);
  }

  /** As {@link #fail}, with a cause; what the device reported before is only what followed from it. */
  #failBecause(message: string, op: string): void {
    this.#failure = new GpuError(`the GPU failed in ${op}: ${message}`);
  }

  /** Runs `create` and hears later if the device had no room. */
  #guarded<T>(op: string, create: () => T): T {
    this.#device.pushErrorScope("out-of-memory");
    const made = create();
    this.#device.popErrorScope().then(
      (error) => {
        if (error !== null) this.#fail(`out of memory: ${error.message}`, op);
      },
      () => this.#fail("the device was lost", op),
    );
    return made;
  }

  /** An array, for the results of a turn of the pool. */
  #allocate(op: string, length: number, turn = this.#pool.nextTurn(), isAlone = false): WebGpuArray {
    checkLength(op, length, this.maxLength);
    return new WebGpuArray(length, this.#pool.take(op, 4 * length, turn, isAlone), this.#pool);
  }

  #pipelineOf(kernel: GpuKernel): Pipeline {
    let pipeline = this.#pipelines.get(kernel);
    if (pipeline === undefined) {
      const onError = (message: string) => this.#failBecause(message, kernel.name);
      pipeline = makePipeline(this.#device, kernel, this.#layouts, this.#translate, onError);
      this.#pipelines.set(kernel, pipeline);
    }
    return pipeline;
  }

  #dispatchOf(
    { kernel, workgroup }: Pipeline,
    length: number,
    numbers: readonly number[],
  ): readonly [number, number, number] {
    if (kernel.wgsl !== undefined) return kernel.wgsl.groups(length, numbers);
    const most = this.#device.limits.maxComputeWorkgroupsPerDimension;
    const count = Math.ceil(length / workgroup);
    const rows = Math.ceil(count / most);
    return [Math.ceil(count / rows), rows, 1];
  }

  #openEncoder(): GPUCommandEncoder {
    this.#encoder ??= this.#device.createCommandEncoder();
    return this.#encoder;
  }

  #openPass(): GPUComputePassEncoder {
    this.#pass ??= this.#openEncoder().beginComputePass();
    return this.#pass;
  }

  #closePass(): void {
    this.#pass?.end();
    this.#pass = null;
    this.#current = null;
  }

  /** Hands over what was issued. */
  #submit(): void {
    this.#closePass();
    const { queue } = this.#device;
    if (this.#encoder !== null) {
      if (this.#ringAt > 0) queue.writeBuffer(this.#ring, 0, this.#numbers.words, 0, this.#ringAt / 4);
      queue.submit([this.#encoder.finish()]);
    }
    this.#encoder = null;
    this.#ringAt = 0;
    this.#commands = 0;
    this.#batch++;
    this.#pool.trim();
  }
}
