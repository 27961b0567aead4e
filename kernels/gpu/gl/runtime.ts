/** @file Kernels through gpu.js's own WebGL modes, where arrays are textures. */
import type { GpuKernel } from "../kernel.ts";
import { checkLength, GpuArray, GpuError, type GpuMemory, type GpuRuntime } from "../runtime.ts";
import type { GlContext } from "./context.ts";
import { readTexture } from "./read.ts";

/** A result of gpu.js that stays on the GPU. */
export interface Texture {
  /** What WebGL calls a texture. */
  readonly texture: object;
  readonly size: ArrayLike<number>;
  delete(): void;
}

/** What the arrays of a kernel are: results of kernels, or numbers of the host. */
export type ArrayKind = "results" | "numbers";

/** A kernel of gpu.js, from the length of its results and its arguments. */
export type GlKernel = (length: number, args: readonly unknown[]) => readonly Texture[];

/** What the adapter makes of gpu.js for this runtime. */
export interface GlKernels {
  compile(kernel: GpuKernel, from: ArrayKind): GlKernel;
  /** Host numbers as an argument. */
  input(data: Float32Array): unknown;
  /** The context in which all kernels run. There is one as soon as one has been compiled. */
  context(): GlContext;
}

/** Positions are floats, which are exact to here. */
const MAX_LENGTH = 2 ** 24;

/** Four floats, in WebGL 1 too, which has no textures of single ones. */
const TEXEL_BYTES = 16;

/** How many of the last kernels an error names. */
const RECENT = 4;

const UPLOAD: GpuKernel = {
  name: "upload",
  arrays: ["x"],
  ints: [],
  floats: [],
  body: "return x[this.thread.x];",
  texels: {
    texel: "same()",
    native: { same: "vec4 same() { return texelFetch(user_x, ivec2(gl_FragCoord.xy), 0); }" },
  },
};

class GlArray extends GpuArray {
  readonly texture: Texture;
  readonly #onRecycle: (texture: Texture) => void;

  constructor(length: number, texture: Texture, onRecycle: (texture: Texture) => void) {
    super(length);
    this.texture = texture;
    this.#onRecycle = onRecycle;
  }

  protected override recycle(): void {
    this.texture.delete();
    this.#onRecycle(this.texture);
  }
}

export class GlRuntime implements GpuRuntime {
  readonly mode: "headlessgl" | "webgl2";
  readonly threads = null;
  readonly name: string;
  readonly maxLength: number;
  readonly #kernels: GlKernels;
  readonly #gl: GlContext;
  readonly #reader: object;
  readonly #compiled = new Map<GpuKernel, GlKernel>();
  readonly #recent: string[] = [];
  /** Elements of a texel. In WebGL 1 three of the four floats are of no use. */
  readonly #inTexel: 1 | 4;
  #liveBuffers = 0;
  #liveBytes = 0;
  /** What the GPU did not do. Nothing is certain after that, so everything throws this. */
  #failure: GpuError | null = null;
  /** What was wrong with the data of an operation. The next read throws it. */
  #complaint: GpuError | null = null;

  /** @throws Error if kernels do not give back what they were given. */
  constructor(mode: "headlessgl" | "webgl2", kernels: GlKernels) {
    this.mode = mode;
    this.#kernels = kernels;
    this.#inTexel = mode === "webgl2" ? 4 : 1;
    this.#compiled.set(UPLOAD, kernels.compile(UPLOAD, "numbers"));
    const gl = kernels.context();
    this.#gl = gl;
    this.#reader = gl.createFramebuffer();
    const debug = gl.getExtension("WEBGL_debug_renderer_info");
    this.name = String(gl.getParameter(debug?.UNMASKED_RENDERER_WEBGL ?? gl.RENDERER));
    // gpu.js makes textures nearly square; their longer side may be two more than the root of the number of texels.
    const most = this.#inTexel * (Number(gl.getParameter(gl.MAX_TEXTURE_SIZE)) - 2) ** 2;
    this.maxLength = Math.min(MAX_LENGTH, most);
    this.#probe();
  }

  /** What cannot be rendered to is not always refused: some drivers compute nothing and say nothing. */
  #probe(): void {
    const given = [1.5, -(2 ** 100), 2 ** -20];
    const array = this.upload("probe", Float32Array.from(given));
    const got = this.readSync(array, 0, given.length);
    array.release();
    if (given.some((value, i) => got[i] !== value)) throw new Error("float32 kernels are not available");
  }

  get memory(): GpuMemory {
    return { liveBuffers: this.#liveBuffers, liveBytes: this.#liveBytes, pooledBuffers: 0, pooledBytes: 0 };
  }

  upload(op: string, data: Float32Array): GpuArray {
    // There are no empty textures, so an empty array has one element that nobody reads.
    const numbers = data.length === 0 ? new Float32Array(1) : data;
    return this.#issue(op, UPLOAD, "numbers", data.length, [this.#kernels.input(numbers)])[0] as GpuArray;
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
    if (length === 0) return [this.upload(kernel.name, new Float32Array(0))];
    const textures = (arrays as readonly GlArray[]).map(({ texture }) => texture);
    return this.#issue(kernel.name, kernel, "results", length, [...textures, ...numbers]);
  }

  watch(op: string, array: GpuArray, problem: (value: number) => string | null): void {
    const [value = 0] = this.#fetch(array, 0, 1);
    const message = problem(value);
    if (message !== null) this.#complaint ??= new GpuError(`${op}: ${message}`);
  }

  async read(array: GpuArray, offset: number, length: number): Promise<Float32Array> {
    return this.readSync(array, offset, length);
  }

  readSync(array: GpuArray, offset: number, length: number): Float32Array {
    const data = this.#fetch(array, offset, length);
    const complaint = this.#complaint;
    this.#complaint = null;
    if (complaint !== null) throw complaint;
    return data;
  }

  #fetch(array: GpuArray, offset: number, length: number): Float32Array {
    this.#check();
    const { texture, size } = (array as GlArray).texture;
    const data = readTexture(this.#gl, this.#reader, texture, size[0] as number, this.#inTexel, offset, length);
    // WebGL keeps its errors until it is asked, which waits for the GPU; here that is done anyway.
    const error = this.#gl.getError();
    if (error !== this.#gl.NO_ERROR) this.#fail(`WebGL reports error 0x${error.toString(16)}`);
    this.#check();
    return data;
  }

  #check(): void {
    if (this.#gl.isContextLost()) this.#fail("the context was lost");
    if (this.#failure !== null) throw this.#failure;
  }

  #fail(message: string): void {
    this.#failure ??= new GpuError(`the GPU failed in ${this.#recent.join(", ")}: ${message}`);
  }

  #issue(
    op: string,
    kernel: GpuKernel,
    from: ArrayKind,
    length: number,
    args: readonly unknown[],
  ): readonly GpuArray[] {
    this.#check();
    checkLength(op, length, this.maxLength);
    if (this.#recent.length >= RECENT) this.#recent.shift();
    this.#recent.push(op);
    let textures: readonly Texture[];
    try {
      textures = this.#compile(kernel, from)(Math.max(length, 1), args);
    } catch (error) {
      this.#fail(error instanceof Error ? error.message : String(error));
      throw this.#failure;
    }
    return textures.map((texture) => {
      this.#count(texture, 1);
      return new GlArray(length, texture, (freed) => this.#count(freed, -1));
    });
  }

  #count({ size }: Texture, sign: 1 | -1): void {
    this.#liveBuffers += sign;
    this.#liveBytes += sign * TEXEL_BYTES * (size[0] as number) * (size[1] as number);
  }

  #compile(kernel: GpuKernel, from: ArrayKind): GlKernel {
    let compiled = this.#compiled.get(kernel);
    if (compiled === undefined) {
      compiled = this.#kernels.compile(kernel, from);
      this.#compiled.set(kernel, compiled);
    }
    return compiled;
  }
}
