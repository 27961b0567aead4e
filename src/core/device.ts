/** @file The registry of devices: which backend serves a device. */

import { type Backend, type Device, findBackend, registerBackend } from "../../kernels/backend.ts";
import { createCpuBackend } from "../../kernels/cpu/backend.ts";
import { describeValue } from "./describe.ts";
import { DeviceError } from "./errors.ts";

/** Where tensors can be asked to go. `"auto"` is the GPU once `gpuAvailable()` has found one, else the CPU. */
export type DeviceChoice = Device | "auto";

let cpu: Backend | undefined;

/** Why there is no GPU, or what to do to have one looked for. */
let gpuReason = "it has not been looked for. Call `await gpuAvailable()` first";

/** Notes why {@link backendFor} has none to give for the GPU. */
export function noteNoGpu(reason: string): void {
  gpuReason = reason;
}

/**
 * The backend of a device; the CPU's is made at first use.
 *
 * @throws DeviceError for a device that is unknown or not there.
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
  if (device === "gpu") throw new DeviceError(`[device] device "gpu" is not there: ${gpuReason}. Use device "cpu".`);
  throw new DeviceError(`[device] unknown device ${describeValue(device)}. Expected "cpu", "gpu" or "auto".`);
}
