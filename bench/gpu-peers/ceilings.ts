/** @file What an adapter reaches with plain WGSL, a copy and a product, and tapegrad beside it in turns. */
import { gpuAvailable, noGrad, type Tensor, tensor } from "../../src/entry/index.ts";
import { numbers } from "../peers/workload.ts";
import type { Ceilings, Pair } from "./rows.ts";

/** Elements of the copy, and the side of the product, on a graphics adapter and on one in software. */
const SIZES = { adapter: { length: 2 ** 23, side: 2048 }, software: { length: 2 ** 21, side: 512 } } as const;

const COPY = `
@group(0) @binding(0) var<storage, read> x : array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> y : array<vec4<f32>>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id : vec3<u32>) { y[id.x] = x[id.x]; }`;

/** Each thread computes 4 × 4 elements in registers. */
const productOf = (side: number): string => `
@group(0) @binding(0) var<storage, read> a : array<f32>;
@group(0) @binding(1) var<storage, read> b : array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> c : array<vec4<f32>>;
@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id : vec3<u32>) {
  var sums : array<vec4<f32>, 4>;
  let row = 4u * id.y * ${side}u;
  for (var k = 0u; k < ${side}u; k++) {
    let right = b[k * ${side / 4}u + id.x];
    sums[0] += a[row + k] * right;
    sums[1] += a[row + ${side}u + k] * right;
    sums[2] += a[row + ${2 * side}u + k] * right;
    sums[3] += a[row + ${3 * side}u + k] * right;
  }
  for (var i = 0u; i < 4u; i++) { c[row / 4u + i * ${side / 4}u + id.x] = sums[i]; }
}`;

/** A kernel on buffers of its own; resolves when the device has done it. */
function plainKernel(device: GPUDevice, code: string, inputs: readonly Float32Array[], groups: [number, number]) {
  const buffers = inputs.map((values) => {
    const buffer = device.createBuffer({ size: values.byteLength, usage: 0x80 | 0x8 });
    device.queue.writeBuffer(buffer, 0, values as Float32Array<ArrayBuffer>);
    return buffer;
  });
  const result = device.createBuffer({ size: inputs[0]?.byteLength ?? 4, usage: 0x80 });
  const compute = { module: device.createShaderModule({ code }), entryPoint: "main" };
  const pipeline = device.createComputePipeline({ layout: "auto", compute });
  const entries = [...buffers, result].map((buffer, i, all) => ({
    binding: i === all.length - 1 ? 2 : i,
    resource: { buffer },
  }));
  const group = device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries });
  return async (): Promise<void> => {
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, group);
    pass.dispatchWorkgroups(...groups);
    pass.end();
    device.queue.submit([encoder.finish()]);
    await device.queue.onSubmittedWorkDone();
  };
}

/** Least milliseconds of both, in turns. */
async function leastOfBoth(
  turns: number,
  plain: () => Promise<unknown>,
  ours: () => Promise<unknown>,
): Promise<readonly [number, number]> {
  const least: [number, number] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let turn = 0; turn <= 3 * turns; turn++) {
    for (const [i, run] of [plain, ours].entries()) {
      const start = performance.now();
      await run();
      if (turn > 0) least[i === 0 ? 0 : 1] = Math.min(least[i] ?? 0, performance.now() - start);
    }
  }
  return least;
}

export async function measureCeilings(turns: number): Promise<Ceilings> {
  const adapter = await navigator.gpu?.requestAdapter();
  const gpu = await gpuAvailable();
  if (!adapter || !gpu.available) throw new Error(gpu.available ? "there is no adapter" : gpu.reason);
  const device = await adapter.requestDevice();
  const of = (work: number, [plain, ours]: readonly [number, number]): Pair => ({
    plain: work / plain,
    ours: work / ours,
  });
  const finished = (f: () => Tensor) => async () => noGrad(f).flatten().narrow(0, 0, 1).data();
  const { length, side } = SIZES[adapter.info.isFallbackAdapter ? "software" : "adapter"];
  const values = numbers(length, 1);
  const x = tensor(values).to("gpu");
  const copy = plainKernel(device, COPY, [values], [length / 256, 1]);
  const [a, b] = [0, 1].map(() => numbers(side * side, 1)) as [Float32Array, Float32Array];
  const [ta, tb] = [a, b].map((m) => tensor(m).reshape([side, side]).to("gpu")) as [Tensor, Tensor];
  const product = plainKernel(device, productOf(side), [a, b], [side / 32, side / 32]);
  const copies = await leastOfBoth(
    turns,
    copy,
    finished(() => x.neg()),
  );
  const products = await leastOfBoth(
    turns,
    product,
    finished(() => ta.matmul(tb)),
  );
  device.destroy();
  return { adapter: gpu.name, copy: of((8 * length) / 1e6, copies), product: of((2 * side ** 3) / 1e9, products) };
}
