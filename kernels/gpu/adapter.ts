/**
 * @file Finding a GPU. The only file that imports gpu.js (2.24), of which it uses two things: in WebGPU, its translator
 * from JavaScript to WGSL and its device, and elsewhere its kernels.
 */
import { environment } from "../cpu/host.ts";
import { type GlKernels, GlRuntime } from "./gl/runtime.ts";
import type { GpuKernel } from "./kernel.ts";
import { provideWebGpu } from "./provider.ts";
import type { GpuMode, GpuRuntime } from "./runtime.ts";
import { WebGpuRuntime } from "./webgpu/runtime.ts";

/** As much of a kernel of gpu.js as is used. */
interface LibraryKernel {
  readonly compiledSource: string;
  readonly workgroupSize: readonly [number, number, number];
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
  createKernel(source: string, settings: Readonly<Record<string, unknown>>): LibraryKernelFunction;
}

interface Library {
  readonly GPU: {
    new (settings: { readonly mode: string }): LibraryGpu;
    readonly isHeadlessGLSupported: boolean;
    readonly isWebGL2Supported: boolean;
  };
  readonly WebGPUContext: {
    acquire(): Promise<{ readonly adapter: GPUAdapter; readonly device: GPUDevice }>;
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
    library = await loadLibrary();
  } catch (error) {
    return {
      reason: `the package gpu.js cannot be loaded (${firstLine(error)}). Install it: npm install gpu.js@2.24.1`,
    };
  }
  const reasons: string[] = [];
  for (const mode of ["webgpu", "headlessgl", "webgl2"] as const) {
    if (wish !== "auto" && wish !== mode) continue;
    try {
      return { runtime: mode === "webgpu" ? await openWebGpu(library) : openGl(library, mode) };
    } catch (error) {
      reasons.push(`${mode}: ${firstLine(error)}`);
    }
  }
  return { reason: reasons.join("; ") };
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split("\n", 1)[0] ?? "";
}

async function loadLibrary(): Promise<Library> {
  const loaded = (await import("gpu.js")) as unknown as { readonly default?: Library } & Library;
  // In browsers the module sets a global, and bundlers differ in where they put what a CommonJS module exports.
  const found = loaded.default?.GPU === undefined ? loaded : loaded.default;
  if (typeof found.GPU !== "function") throw new Error("it does not export GPU");
  return found;
}

async function openWebGpu(library: Library): Promise<GpuRuntime> {
  await provideWebGpu();
  const { adapter, device } = await library.WebGPUContext.acquire();
  const gpu = new library.GPU({ mode: "webgpu" });
  checkMode(gpu, "webgpu");
  return new WebGpuRuntime(adapter, device, (kernel) => translate(gpu, kernel));
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

function openGl(library: Library, mode: "headlessgl" | "webgl2"): GpuRuntime {
  if (mode === "headlessgl" && !library.GPU.isHeadlessGLSupported) {
    throw new Error("the package gl is not installed, or does not load");
  }
  if (mode === "webgl2" && !library.GPU.isWebGL2Supported) throw new Error("there is no WebGL 2 here");
  const gpu = new library.GPU({ mode });
  checkMode(gpu, mode);
  const kernels: GlKernels = {
    compile({ arrays, ints, floats, ...rest }, from) {
      const run = gpu.createKernel(sourceOf({ arrays, ints, floats, ...rest }), {
        ...SETTINGS,
        output: [1],
        argumentTypes: [...arrays.map(() => from), ...ints.map(() => "Integer"), ...floats.map(() => "Float")],
      });
      return (length, args) => {
        run.setOutput([length]);
        return run(...args);
      };
    },
    input: (data) => library.input(data, [data.length]),
  };
  return new GlRuntime(mode, kernels);
}
