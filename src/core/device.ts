/** @file The registry of devices and their backends. */
import { type Backend, type Device, findBackend, registerBackend } from "../../kernels/backend.ts";
import { createCpuBackend } from "../../kernels/cpu/backend.ts";
import { describeValue } from "./describe.ts";
import { DeviceError } from "./errors.ts";

/** A device of a tensor, as an argument. `"auto"` is the GPU once `gpuAvailable()` has found one, else the CPU. */
export type DeviceChoice = Device | "auto";

let cpu: Backend | undefined;

/** Lets tensors of a device be worked on by `backend`, and gives the one before. */
export function replaceBackend(backend: Backend): Backend {
  const before = backendFor(backend.device);
  if (backend.device === "cpu") cpu = backend;
  registerBackend(backend);
  return before;
}

/** The reason why there is no GPU, or how to look for one. */
let gpuReason = "it has not been looked for. Call `await gpuAvailable()` first";

/** Sets the reason that {@link backendFor} gives for a missing GPU. */
export function noteNoGpu(reason: string): void {
  gpuReason = reason;
}

/**
 * The backend of a device; that of the CPU is created at first use.
 *
 * @throws DeviceError for a device that is unknown or not available.
 */
export function backendFor(device: DeviceChoice): Backend {
  if (device === "cpu") {
    if (cpu === undefined) {
      cpu = createCpuBackend();
      registerBackend(cpu);
    }
    return cpu;
  }
  if (device === "auto") return findBackend("gpu") ?? backendFor("cpu");
  const found = findBackend(device);
  if (found !== undefined) return found;
  if (device === "gpu")
    throw new DeviceError(`[device] device "gpu" is not available: ${gpuReason}. Use device "cpu".`);
  throw new DeviceError(`[device] unknown device ${describeValue(device)}. Expected "cpu", "gpu" or "auto".`);
}
