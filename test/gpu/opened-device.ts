/** @file The device that the GPU is reached through, for tests that break it. */
import { provideWebGpu } from "../../kernels/gpu/navigator-gpu.ts";
import { gpuAvailable } from "../../src/entry/index.ts";

/** The device that was opened last after this call. */
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

interface Opened {
  readonly device: GPUDevice | undefined;
  /** Why there is none. */
  readonly reason: string;
  /** The one that was opened last. */
  readonly newest: () => GPUDevice | undefined;
}

/** Opens the GPU. */
export async function openedDevice(): Promise<Opened> {
  const opened = await watchDevice().catch(() => null);
  const gpu = await gpuAvailable();
  return {
    newest: () => opened?.(),
    device: gpu.available ? opened?.() : undefined,
    reason: gpu.available ? "the GPU is not reached through WebGPU" : gpu.reason,
  };
}
