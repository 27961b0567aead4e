/** @file Kernels through gpu.js's own WebGL modes, where arrays are textures. */
import type { GpuKernel } from "../kernel.ts";
import { GpuArray, GpuError, type GpuMemory, type GpuRuntime } from "../runtime.ts";

/** A result of gpu.js that stays on the GPU. */
interface Texture {
  toArray(): Float32Array;
  delete(): void;
}

/** What the adapter makes of gpu.js for this runtime. */
export interface GlKernels {
  /** A function of the result's length and the arguments. `from` is gpu.js's word for what the arrays are. */
  compile(kernel: GpuKernel, from: "NumberTexture" | "Input"): (length: number, args: readonly unknown[]) => unknown;
  /** Host numbers as an argument. */
  input(data: Float32Array): unknown;
}

/** Textures of 4096 × 4096 floats exist wherever WebGL 2 does. */
const MAX_LENGTH = 2 ** 24;

const UPLOAD: GpuKernel = {
  name: "upload",
  arrays: ["x"],
  ints: [],
  floats: [],
  body: "return x[this.thread.x];",
};

class GlArray extends GpuArray {
  readonly texture: Texture | null;
  readonly #onRecycle: (length: number) => void;

  constructor(length: number, texture: Texture | null, onRecycle: (length: number) => void) {
    super(length);
    this.texture = texture;
    this.#onRecycle = onRecycle;
  }

  protected override recycle(): void {
    this.texture?.delete();
    this.#onRecycle(this.length);
  }
}

export class GlRuntime implements GpuRuntime {
  readonly mode: "headlessgl" | "webgl2";
  readonly name: string;
  readonly maxLength = MAX_LENGTH;
  readonly #kernels: GlKernels;
  readonly #compiled = new Map<GpuKernel, (length: number, args: readonly unknown[]) => unknown>();
  #liveBuffers = 0;
  #liveBytes = 0;
  /** What was wrong with the data of an operation. The next read throws it. */
  #complaint: GpuError | null = null;

  constructor(mode: "headlessgl" | "webgl2", kernels: GlKernels) {
    this.mode = mode;
    this.name = mode === "webgl2" ? "WebGL 2" : "headless WebGL";
    this.#kernels = kernels;
  }

  get memory(): GpuMemory {
    return { liveBuffers: this.#liveBuffers, liveBytes: this.#liveBytes, pooledBuffers: 0, pooledBytes: 0 };
  }

  upload(op: string, data: Float32Array): GpuArray {
    return this.#issue(op, UPLOAD, "Input", data.length, () => [this.#kernels.input(data)]);
  }

  run(kernel: GpuKernel, length: number, arrays: readonly GpuArray[], numbers: readonly number[]): GpuArray {
    return this.#issue(kernel.name, kernel, "NumberTexture", length, () => [
      ...(arrays as readonly GlArray[]).map(({ texture }) => texture),
      ...numbers,
    ]);
  }

  watch(op: string, array: GpuArray, problem: (value: number) => string | null): void {
    const [value = 0] = this.readSync(array, 0, 1);
    const message = problem(value);
    if (message !== null) this.#complaint ??= new GpuError(`${op}: ${message}`);
  }

  async read(array: GpuArray, offset: number, length: number): Promise<Float32Array> {
    return this.readSync(array, offset, length);
  }

  readSync(array: GpuArray, offset: number, length: number): Float32Array {
    const complaint = this.#complaint;
    this.#complaint = null;
    if (complaint !== null) throw complaint;
    const { texture } = array as GlArray;
    return texture === null ? new Float32Array(0) : texture.toArray().slice(offset, offset + length);
  }

  #issue(
    op: string,
    kernel: GpuKernel,
    from: "NumberTexture" | "Input",
    length: number,
    args: () => readonly unknown[],
  ): GpuArray {
    if (length > this.maxLength) {
      throw new GpuError(
        `${op} needs ${length} elements in one array, but this GPU has room for ${this.maxLength}. Use smaller batches, or device "cpu".`,
      );
    }
    this.#liveBuffers++;
    this.#liveBytes += 4 * length;
    const texture = length === 0 ? null : (this.#compile(kernel, from)(length, args()) as Texture);
    return new GlArray(length, texture, (size) => {
      this.#liveBuffers--;
      this.#liveBytes -= 4 * size;
    });
  }

  #compile(kernel: GpuKernel, from: "NumberTexture" | "Input"): (length: number, args: readonly unknown[]) => unknown {
    let compiled = this.#compiled.get(kernel);
    if (compiled === undefined) {
      compiled = this.#kernels.compile(kernel, from);
      this.#compiled.set(kernel, compiled);
    }
    return compiled;
  }
}
