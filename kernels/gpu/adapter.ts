/**
 * @file Adapter to gpu.js. The only file that imports gpu.js (2.24), of which it uses two things: in WebGPU, its translator
 * from JavaScript to WGSL and its device, and elsewhere its kernels.
 */
import { environment, hostProcess } from "../cpu/env.ts";
import { clamp, detach, type GlContext } from "./gl/context.ts";
import { type ArrayKind, type GlKernel, type GlKernels, GlRuntime, type Texture } from "./gl/runtime.ts";
import { TEXEL_FUNCTIONS } from "./gl/texels.ts";
import { type GpuKernel, TEXEL, type TexelVersion, type WgslFunction } from "./kernel.ts";
import { NO_ADAPTER, provideWebGpu } from "./navigator-gpu.ts";
import type { GpuMode, GpuRuntime } from "./runtime.ts";
import { WebGpuRuntime } from "./webgpu/runtime.ts";
import type { FunctionText } from "./webgpu/vector-function.ts";

/** As much of a kernel of gpu.js as is used. */
interface LibraryKernel {
  readonly compiledSource: string;
  readonly workgroupSize: readonly [number, number, number];
  readonly context: GlContext;
  texture: Texture | null;
  /** Results beside the first. */
  readonly mappedTextures: readonly Texture[] | null;
  _buildAsync(): Promise<void>;
  build(...args: readonly unknown[]): unknown;
}

interface LibraryKernelFunction {
  (...args: readonly unknown[]): unknown;
  readonly kernel: LibraryKernel;
  setOutput(output: readonly number[]): unknown;
}

interface LibraryGpu {
  readonly mode: string;
  readonly context: GlContext;
  createKernel(source: string, settings: Readonly<Record<string, unknown>>): LibraryKernelFunction;
}

interface Library {
  readonly GPU: {
    new (settings: { readonly mode: string; readonly canvas?: object }): LibraryGpu;
    readonly isHeadlessGLSupported: boolean;
    readonly isWebGL2Supported: boolean;
  };
  readonly input: (value: Float32Array, size: readonly number[]) => unknown;
}

/** What {@link openGpu} found. */
export type GpuSearch = { readonly runtime: GpuRuntime } | { readonly reason: string };

/** Turns of a loop whose end gpu.js cannot see; it stops them after 1000 otherwise. */
const TURNS = 2 ** 30;

const SETTINGS = {
  pipeline: true,
  immutable: true,
  dynamicOutput: true,
  dynamicArguments: true,
  precision: "single",
  tactic: "precision",
  loopMaxIterations: TURNS,
} as const;

/**
 * Looks for a GPU: WebGPU first, then WebGL. `TAPEGRAD_GPU=off` says that there is none, and `webgpu`, `headlessgl` or
 * `webgl2` allows only that.
 */
export async function openGpu(): Promise<GpuSearch> {
  const wish = environment("TAPEGRAD_GPU") ?? "auto";
  if (wish === "off") return { reason: "TAPEGRAD_GPU=off" };
  if (!["auto", "webgpu", "headlessgl", "webgl2"].includes(wish)) {
    return { reason: `TAPEGRAD_GPU must be auto, off, webgpu, headlessgl or webgl2, not ${JSON.stringify(wish)}` };
  }
  let library: Library;
  try {
    // Inside `try`, so that bundlers make do without it where it is not installed.
    library = globalLibrary() ?? libraryOf(await import("gpu.js"));
  } catch (error) {
    return {
      reason: `the package gpu.js cannot be loaded (${firstLine(error)}). Install it: npm install gpu.js@2.24.1`,
    };
  }
  const reasons: string[] = [];
  for (const mode of ["webgpu", "headlessgl", "webgl2"] as const) {
    if (wish !== "auto" && wish !== mode) continue;
    if (wish === "auto" && isOutOfPlace(library, mode)) continue;
    try {
      return { runtime: mode === "webgpu" ? await openWebGpu(library) : openGl(library, mode) };
    } catch (error) {
      reasons.push(firstLine(error));
    }
  }
  return { reason: reasons.join("; ") };
}

/** Whether a mode is for another kind of host, or for programs that have installed something on purpose. */
function isOutOfPlace({ GPU }: Library, mode: GpuMode): boolean {
  if (mode === "headlessgl") return !GPU.isHeadlessGLSupported;
  return mode === "webgl2" && hostProcess !== undefined && !GPU.isWebGL2Supported;
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split("\n", 1)[0] ?? "";
}

/**
 * What a page has loaded by itself: the module of gpu.js sets a global, and has all it exports on its class. Browsers have
 * an interface of WebGPU by the same name.
 */
function globalLibrary(): Library | undefined {
  const { GPU } = globalThis as { readonly GPU?: Partial<Library> & { readonly prototype?: object } };
  return GPU?.prototype !== undefined && "createKernel" in GPU.prototype ? libraryOf(GPU) : undefined;
}

/** In browsers the module sets a global, and bundlers differ in where they put what a CommonJS module exports. */
function libraryOf(loaded: object): Library {
  const { default: inner } = loaded as { readonly default?: Partial<Library> };
  const found = (inner?.GPU === undefined ? loaded : inner) as Library;
  if (typeof found.GPU !== "function") throw new Error("it does not export GPU");
  return found;
}

async function openWebGpu(library: Library): Promise<GpuRuntime> {
  await provideWebGpu();
  const adapter = await navigator.gpu.requestAdapter();
  if (adapter === null) throw new Error(NO_ADAPTER);
  const gpu = new library.GPU({ mode: "webgpu" });
  checkMode(gpu, "webgpu");
  const { maxStorageBufferBindingSize, maxBufferSize, maxStorageBuffersPerShaderStage } = adapter.limits;
  // The defaults are those of the weakest devices.
  const requiredLimits = { maxStorageBufferBindingSize, maxBufferSize, maxStorageBuffersPerShaderStage };
  const device = await adapter.requestDevice({ requiredLimits });
  return new WebGpuRuntime(adapter, device, {
    kernel: (kernel) => translate(gpu, kernel),
    function: (f) => translateFunction(gpu, f),
  });
}

/** gpu.js goes over to its own CPU mode without a word. That is no GPU. */
function checkMode(gpu: LibraryGpu, mode: GpuMode): void {
  if (gpu.mode !== mode) throw new Error(`gpu.js would run in its mode ${JSON.stringify(gpu.mode)}`);
}

function sourceOf({ arrays, ints, floats, body }: GpuKernel): string {
  return `function (${[...arrays, ...ints, ...floats].join(", ")}) {\n${body}\n}`;
}

/**
 * WGSL for a kernel, and the size of its workgroups. gpu.js translates at once when a kernel is built; what it would do
 * then, compile on the device and wait for that, the runtime does without waiting.
 */
function translate(gpu: LibraryGpu, kernel: GpuKernel): { readonly code: string; readonly workgroup: number } {
  const { arrays, ints, floats } = kernel;
  const { kernel: built } = gpu.createKernel(sourceOf(kernel), {
    ...SETTINGS,
    output: [1],
    argumentTypes: [...arrays.map(() => "Array"), ...ints.map(() => "Integer"), ...floats.map(() => "Float")],
  });
  built._buildAsync = () => Promise.resolve();
  built.build(...arrays.map(() => [0]), ...ints.map(() => 0), ...floats.map(() => 0));
  return { code: built.compiledSource, workgroup: built.workgroupSize[0] };
}

/**
 * A function as gpu.js translates a kernel with the same statements, whose arguments are numbers of the kernel there and the
 * function's own here.
 */
function translateFunction(gpu: LibraryGpu, { name, inputs, floats, statements, outputs }: WgslFunction): FunctionText {
  const body = outputs === undefined ? statements : `${statements}\nreturn 0;`;
  const { code } = translate(gpu, { name, arrays: [], ints: [], floats: [...inputs, ...floats], body });
  const [, helpers = "", text] =
    code.match(
      /var<private> threadGid : vec3<u32>;\n([\s\S]*)@compute[\s\S]*let data_index : i32 = i32\(flat_index\);\n([\s\S]*)\n\}\s*$/,
    ) ?? [];
  const returning = text?.replace(/result\[data_index\] = ([^;]*);\s*return;/g, "return $1;");
  if (returning === undefined || returning.includes("result[")) {
    throw new Error(`gpu.js made something else of ${name} than was expected: ${code}`);
  }
  const isOwn = new Set(inputs);
  const renamed = returning.replace(/\bparams\.user_(\w+)/g, (_, number: string) =>
    isOwn.has(number) ? `in_${number}` : `params.${number}`,
  );
  return { helpers, body: renamed.replace(/\buser_(?=\w)/g, "") };
}

function openGl(library: Library, mode: "headlessgl" | "webgl2"): GpuRuntime {
  if (mode === "headlessgl" && !library.GPU.isHeadlessGLSupported) {
    throw new Error("the package gl is not installed, does not load, or has no display (on Linux, xvfb-run gives one)");
  }
  if (mode === "webgl2" && !library.GPU.isWebGL2Supported) throw new Error("WebGL 2 is not available");
  const gpu = new library.GPU({ mode, ...(mode === "webgl2" ? smallCanvas() : {}) });
  checkMode(gpu, mode);
  const compile = mode === "webgl2" ? texelCompiler(gpu) : floatCompiler(gpu);
  const kernels: GlKernels = {
    compile,
    input: (data) => library.input(data, [data.length]),
    context: () => gpu.context,
  };
  return new GlRuntime(mode, kernels);
}

interface Canvas {
  getContext(...args: readonly unknown[]): unknown;
}

/**
 * A canvas for gpu.js that only gives the context. It would set the size of a real one before every kernel, and the
 * browser would make a drawing buffer of that size each time, which nothing is drawn on.
 */
function smallCanvas(): { readonly canvas?: object } {
  const { OffscreenCanvas } = globalThis as {
    readonly OffscreenCanvas?: new (width: number, height: number) => Canvas;
  };
  if (OffscreenCanvas === undefined) return {};
  const canvas = new OffscreenCanvas(1, 1);
  return {
    canvas: { width: 1, height: 1, getContext: (...args: readonly unknown[]) => canvas.getContext(...args) },
  };
}

type GlCompiler = GlKernels["compile"];

function typesOf({ arrays, ints, floats }: GpuKernel, array: string): readonly string[] {
  return [...arrays.map(() => array), ...ints.map(() => "Integer"), ...floats.map(() => "Float")];
}

/** Kernels whose arrays have an element in each texel. */
function floatCompiler(gpu: LibraryGpu): GlCompiler {
  return (kernel, from) => {
    const argumentTypes = typesOf(kernel, from === "numbers" ? "Input" : "ArrayTexture(1)");
    const run = gpu.createKernel(sourceOf(kernel), { ...SETTINGS, output: [1], argumentTypes });
    return (length, args) => launch(run, length, args);
  };
}

/** Kernels whose arrays have four elements in each texel. gpu.js calls one of single elements four times. */
function texelCompiler(gpu: LibraryGpu): GlCompiler {
  const settings = { ...SETTINGS, output: [1], injectedNative: TEXEL_FUNCTIONS };
  const shared = { ...settings, optimizeFloatMemory: true };
  const argumentTypesOf = (kernel: GpuKernel, from: ArrayKind) =>
    typesOf(kernel, from === "numbers" ? "Input" : "MemoryOptimizedNumberTexture");
  const [sample] = launch(gpu.createKernel("function () { return 0; }", shared), 1, []) as [Texture];
  // What gpu.js has for arrays of four numbers cannot be read as numbers, so it is what it has for those.
  const Shared = sample.constructor as new (texture: Texture) => Texture;
  sample.delete();
  const clamped = (textures: readonly Texture[]) => {
    for (const { texture } of textures) clamp(gpu.context, texture);
    return textures;
  };
  return (kernel, from): GlKernel => {
    const argumentTypes = argumentTypesOf(kernel, from);
    const { texels } = kernel;
    if (texels === undefined) {
      const run = gpu.createKernel(sourceOf(kernel), { ...shared, argumentTypes });
      return (length, args) => clamped(launch(run, length, args));
    }
    const { statements = "", texel, native, f, results = 1 } = texels;
    const further = Array.from({ length: results - 1 }, (_, i) => i + 1);
    const declared = further.map((i) => `vec4 further${i};`).join("\n");
    const passedOn = further.map((i) => `result${i}(value${i}());`);
    const returned = results === 1 ? [`return ${texel};`] : [`const first = ${texel};`, ...passedOn, "return first;"];
    const body = [statements, ...returned].join("\n");
    const natives = [
      ...Object.entries(native),
      ...further.map((i) => [`value${i}`, `vec4 value${i}() { return further${i}; }`] as const),
    ];
    const subKernels = further.map((i) => {
      return { name: `result${i}`, property: `result${i}`, source: `function result${i}(x) { return x; }` };
    });
    const run = gpu.createKernel(sourceOf({ ...kernel, body }), {
      ...settings,
      injectedNative: `${TEXEL_FUNCTIONS}${declared}`,
      argumentTypes,
      returnType: "Array(4)",
      nativeFunctions: natives.map(([name, source]) => ({ name, source, argumentTypes: {}, returnType: "Array(4)" })),
      functions: f === undefined ? [] : [elementFunction(f)],
      ...(results === 1 ? {} : { subKernels }),
    });
    return (length, args) =>
      clamped(
        launch(run, Math.ceil(length / TEXEL), args).map((made) => {
          const texture = new Shared(made);
          made.delete();
          return texture;
        }),
      );
  };
}

/** As gpu.js takes a function of numbers. */
function elementFunction({ inputs, statements }: NonNullable<TexelVersion["f"]>) {
  return {
    source: `function element(${inputs.join(", ")}) {\n${statements}\n}`,
    settings: { argumentTypes: inputs.map(() => "Float"), returnType: "Float" },
  };
}

/** Runs a kernel in a WebGL mode, and sees to it that the results are the caller's alone. */
function launch(run: LibraryKernelFunction, length: number, args: readonly unknown[]): readonly Texture[] {
  run.setOutput([length]);
  const given = run(...args) as Texture | Readonly<Record<string, Texture>>;
  const results = "texture" in given ? [given as Texture] : Object.values(given);
  const { kernel } = run;
  const { texture, context, mappedTextures } = kernel;
  if (!texture || texture.texture !== results[0]?.texture) throw new Error("gpu.js ran the kernel on the CPU");
  // A kernel of gpu.js keeps its last results, as does the framebuffer that it has bound.
  for (const at of results.keys()) detach(context, at);
  texture.delete();
  kernel.texture = null;
  for (const further of mappedTextures ?? []) further.delete();
  return results;
}
