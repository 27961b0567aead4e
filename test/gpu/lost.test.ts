/** @file A device that is lost: everything says so, with the operations that ran last, and nothing hangs. */
import { expect, test } from "vitest";
import { provideWebGpu } from "../../kernels/gpu/navigator-gpu.ts";
import { gpuAvailable, tensor } from "../../src/entry/index.ts";

/** The device that is opened after this call. */
async function watchDevice(): Promise<() => GPUDevice | undefined> {
  await provideWebGpu();
  let device: GPUDevice | undefined;
  const { gpu } = navigator;
  const requestAdapter = gpu.requestAdapter.bind(gpu);
  gpu.requestAdapter = async (options) => {
    const adapter = await requestAdapter(options);
    const requestDevice = adapter?.requestDevice.bind(adapter);
    if (adapter !== null && requestDevice !== undefined) {
      adapter.requestDevice = async (descriptor) => {
        device = await requestDevice(descriptor);
        return device;
      };
    }
    return adapter;
  };
  return () => device;
}

test("a lost device rejects the next read, and refuses what comes after", { timeout: 60_000 }, async ({ skip }) => {
  const opened = await watchDevice().catch(() => null);
  const gpu = await gpuAvailable();
  const device = opened?.();
  if (!gpu.available || device === undefined) {
    const reason = gpu.available ? "the GPU is not reached through WebGPU" : gpu.reason;
    if (process.env.TAPEGRAD_REQUIRE_GPU === "1") expect.fail(reason);
    return skip(reason);
  }
  const x = tensor([1, 2, 3]).to("gpu");
  expect(await x.exp().mul(2).data()).toHaveLength(3);
  const y = x.exp().sum();
  device.destroy();
  await device.lost;
  await expect(y.item()).rejects.toThrow(/^\[item\] the GPU failed in .*exp.*, sum: .*lost/);
  expect(() => x.add(1)).toThrow(/the GPU failed in .*: .*lost/);
});
