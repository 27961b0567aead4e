/** @file Which backend serves a device. */
import { type Backend, type Device, findBackend, registerBackend } from "../../kernels/backend.ts";
import { createCpuBackend } from "../../kernels/cpu/backend.ts";
import { DeviceError } from "./errors.ts";

let cpu: Backend | undefined;

/**
 * The backend of a device; the CPU's is made at first use.
 *
 * @throws DeviceError for a device that is unknown or not there.
 */
export function backendFor(device: Device): Backend {
  if (device === "cpu") {
    if (cpu === undefined) {
      cpu = createCpuBackend();
      registerBackend(cpu);
    }
    return cpu;
  }
  const found = findBackend(device);
  if (found !== undefined) return found;
  if (device === "gpu") {
    throw new DeviceError('[device] device "gpu" is not available in this version. Use device "cpu".');
  }
  throw new DeviceError(`[device] unknown device ${JSON.stringify(device)}. Expected "cpu" or "gpu".`);
}
