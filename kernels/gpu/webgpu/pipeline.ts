/** @file A kernel compiled for a WebGPU device. */
import type { GpuKernel, WgslFunction, WgslVersion } from "../kernel.ts";
import { type FunctionText, vectorFunction } from "./vector-function.ts";

/** What makes WGSL of the dialect of gpu.js. */
export interface Translator {
  /** A kernel's body, with workgroups of `workgroup` threads. */
  kernel(kernel: GpuKernel): { readonly code: string; readonly workgroup: number };
  /** A function, for a kernel whose numbers are in `params` by their names. */
  function(f: WgslFunction): FunctionText;
}

export interface Pipeline {
  readonly kernel: GpuKernel;
  readonly id: number;
  readonly pipeline: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
  /** Size of the block of numbers that it gets. */
  readonly paramBytes: number;
  /** Where its own numbers begin there, in words of four bytes. */
  readonly numbersAt: number;
  /** How many arrays it computes. */
  readonly results: number;
  /** Threads in a workgroup of a translated kernel. */
  readonly workgroup: number;
}

const VISIBLE_TO_COMPUTE = 4;

/**
 * Layout of the numbers, which is that of gpu.js: size of the result (3 words), width of a row of threads (1), four words
 * for each array, which kernels here have no use for, then ints and floats.
 */
function numbersAt(kernel: GpuKernel): number {
  return 4 + 4 * kernel.arrays.length;
}

function paramBytes(kernel: GpuKernel): number {
  return 16 * Math.ceil((numbersAt(kernel) + kernel.ints.length + kernel.floats.length) / 4);
}

const resultsOf = (wgsl: GpuKernel["wgsl"]): number => wgsl?.results ?? 1;

/** The source of a kernel that is written in WGSL. */
function sourceOf(kernel: GpuKernel, { f, code }: WgslVersion, translate: Translator): string {
  return [declarations(kernel), ...(f === undefined ? [] : [vectorFunction(f, translate.function(f))]), code].join(
    "\n",
  );
}

/** The declarations that a kernel written in WGSL is put below. */
function declarations({ arrays, ints, floats, wgsl }: GpuKernel): string {
  const typeOf = (name: string) => `array<${wgsl?.vectors?.includes(name) ? "vec4<f32>" : "f32"}>`;
  const members = [
    "length : u32, unused1 : u32, unused2 : u32, unused3 : u32",
    ...arrays.map((name) => `${name}_unused : vec4<u32>`),
    ...ints.map((name) => `${name} : i32`),
    ...floats.map((name) => `${name} : f32`),
  ];
  return [
    `struct Params { ${members.join(", ")} }`,
    "@group(0) @binding(0) var<uniform> params : Params;",
    ...arrays.map((name, i) => `@group(0) @binding(${i + 1}) var<storage, read> ${name} : ${typeOf(name)};`),
    ...Array.from({ length: resultsOf(wgsl) }, (_, i) => {
      const name = i === 0 ? "result" : `result${i}`;
      return `@group(0) @binding(${arrays.length + 1 + i}) var<storage, read_write> ${name} : ${typeOf(name)};`;
    }),
  ].join("\n");
}

/** Compiles a kernel. `onError` hears later if the device refuses it. */
export function makePipeline(
  device: GPUDevice,
  kernel: GpuKernel,
  id: number,
  translate: Translator,
  onError: (message: string) => void,
): Pipeline {
  const { code, workgroup } = kernel.wgsl
    ? { code: sourceOf(kernel, kernel.wgsl, translate), workgroup: 1 }
    : translate.kernel(kernel);
  const bytes = paramBytes(kernel);
  const results = resultsOf(kernel.wgsl);
  const storage = kernel.arrays.map((_, i) => ({
    binding: i + 1,
    visibility: VISIBLE_TO_COMPUTE,
    buffer: { type: "read-only-storage" as const },
  }));
  device.pushErrorScope("validation");
  const layout = device.createBindGroupLayout({
    label: kernel.name,
    entries: [
      {
        binding: 0,
        visibility: VISIBLE_TO_COMPUTE,
        buffer: { type: "uniform", hasDynamicOffset: true, minBindingSize: bytes },
      },
      ...storage,
      ...Array.from({ length: results }, (_, i) => ({
        binding: storage.length + 1 + i,
        visibility: VISIBLE_TO_COMPUTE,
        buffer: { type: "storage" as const },
      })),
    ],
  });
  const pipeline = device.createComputePipeline({
    label: kernel.name,
    layout: device.createPipelineLayout({ bindGroupLayouts: [layout] }),
    compute: { module: device.createShaderModule({ label: kernel.name, code }), entryPoint: "main" },
  });
  device.popErrorScope().then(
    (error) => {
      if (error !== null) onError(`the kernel does not compile: ${error.message}`);
    },
    () => onError("the device was lost while the kernel was compiled"),
  );
  return { kernel, id, pipeline, layout, paramBytes: bytes, numbersAt: numbersAt(kernel), workgroup, results };
}
