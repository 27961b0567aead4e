/** @file A kernel compiled for a WebGPU device. */
import type { GpuKernel, WgslFunction, WgslVersion } from "../kernel.ts";
import type { GroupLayout, GroupLayouts } from "./bind-groups.ts";
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
  readonly pipeline: GPUComputePipeline;
  readonly layout: GroupLayout;
  /** Where its own numbers begin there, in words of four bytes. */
  readonly numbersAt: number;
  /** How many arrays it computes. */
  readonly results: number;
  /** Threads in a workgroup of a translated kernel. */
  readonly workgroup: number;
}

/** Blocks of numbers begin at multiples of this. */
export const ALIGNMENT = 256;

/**
 * Layout of the numbers, which is that of gpu.js: size of the result (3 words), width of a row of threads (1), four words
 * for each array, which kernels here have no use for, then ints and floats.
 */
function numbersAt(kernel: GpuKernel): number {
  return 4 + 4 * kernel.arrays.length;
}

/** The bytes of a kernel's block of numbers, up to the next one. */
function blockBytes(kernel: GpuKernel): number {
  return ALIGNMENT * Math.ceil((4 * (numbersAt(kernel) + kernel.ints.length + kernel.floats.length)) / ALIGNMENT);
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
  layouts: GroupLayouts,
  translate: Translator,
  onError: (message: string) => void,
): Pipeline {
  const { code, workgroup } = kernel.wgsl
    ? { code: sourceOf(kernel, kernel.wgsl, translate), workgroup: 1 }
    : translate.kernel(kernel);
  const results = resultsOf(kernel.wgsl);
  device.pushErrorScope("validation");
  const layout = layouts.of(kernel.arrays.length, results, blockBytes(kernel));
  const pipeline = device.createComputePipeline({
    label: kernel.name,
    layout: device.createPipelineLayout({ bindGroupLayouts: [layout.layout] }),
    compute: { module: device.createShaderModule({ label: kernel.name, code }), entryPoint: "main" },
  });
  device.popErrorScope().then(
    (error) => {
      if (error !== null) onError(`the kernel does not compile: ${error.message}`);
    },
    () => onError("the device was lost while the kernel was compiled"),
  );
  return { kernel, pipeline, layout, numbersAt: numbersAt(kernel), workgroup, results };
}
