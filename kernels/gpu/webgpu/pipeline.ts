/** @file A kernel compiled for a WebGPU device. */
import type { GpuKernel } from "../kernel.ts";

/** Turns a kernel's body into WGSL with workgroups of `workgroup` threads. */
export type Translator = (kernel: GpuKernel) => { readonly code: string; readonly workgroup: number };

export interface Pipeline {
  readonly kernel: GpuKernel;
  readonly id: number;
  readonly pipeline: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
  /** Size of the block of numbers that it gets. */
  readonly paramBytes: number;
  /** Where its own numbers begin there, in words of four bytes. */
  readonly numbersAt: number;
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

/** The declarations that a kernel written in WGSL is put below. */
function declarations({ arrays, ints, floats }: GpuKernel): string {
  const members = [
    "length : u32, unused1 : u32, unused2 : u32, unused3 : u32",
    ...arrays.map((name) => `${name}_unused : vec4<u32>`),
    ...ints.map((name) => `${name} : i32`),
    ...floats.map((name) => `${name} : f32`),
  ];
  return [
    `struct Params { ${members.join(", ")} }`,
    "@group(0) @binding(0) var<uniform> params : Params;",
    ...arrays.map((name, i) => `@group(0) @binding(${i + 1}) var<storage, read> ${name} : array<f32>;`),
    `@group(0) @binding(${arrays.length + 1}) var<storage, read_write> result : array<f32>;`,
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
    ? { code: `${declarations(kernel)}\n${kernel.wgsl.code}`, workgroup: 1 }
    : translate(kernel);
  const bytes = paramBytes(kernel);
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
      { binding: storage.length + 1, visibility: VISIBLE_TO_COMPUTE, buffer: { type: "storage" } },
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
  return { kernel, id, pipeline, layout, paramBytes: bytes, numbersAt: numbersAt(kernel), workgroup };
}
