/** @file Finding a GPU, once, and choosing a device. */

import { type Device, findBackend, registerBackend } from "../../kernels/backend.ts";
import type { GpuBackend } from "../../kernels/gpu/backend.ts";
import type { GpuMode } from "../../kernels/gpu/runtime.ts";
import { describeValue } from "./describe.ts";
import { type DeviceChoice, noteNoGpu } from "./device.ts";
import { DeviceError, ValueError } from "./errors.ts";

/** What {@link gpuAvailable} found. */
export type GpuAvailability =
  | {
      readonly available: true;
      /** The GPU, in words of its driver. */
      readonly name: string;
      /** How gpu.js reaches it. */
      readonly mode: GpuMode;
    }
  | {
      readonly available: false;
      /** Why there is none, on one line. */
      readonly reason: string;
    };

let search: Promise<GpuAvailability> | undefined;
let found: GpuAvailability | undefined;

/**
 * Looks for a GPU, the first time it is called, and makes device "gpu" usable if there is one.
 *
 * In browsers it is `navigator.gpu` or else WebGL 2, through the package `gpu.js`; in Node the packages `gpu.js` and
 * `webgpu` (or `gl`). The environment variable `TAPEGRAD_GPU` can be `off`, or name the only mode to be tried: `webgpu`,
 * `headlessgl` or `webgl2`.
 *
 * @example
 * ```ts
 * const gpu = await gpuAvailable();
 * const device = gpu.available ? "gpu" : "cpu";
 * console.log(gpu.available ? gpu.name : gpu.reason);
 * ```
 */
export function gpuAvailable(): Promise<GpuAvailability> {
  search ??= look().then((result) => {
    found = result;
    return result;
  });
  return search;
}

async function look(): Promise<GpuAvailability> {
  try {
    const { openGpuBackend } = await import("../../kernels/gpu/create.ts");
    const result = await openGpuBackend();
    if ("reason" in result) return missing(result.reason);
    registerBackend(result);
    const { name, mode } = result.runtime;
    return { available: true, name, mode };
  } catch (error) {
    return missing(error instanceof Error ? error.message : String(error));
  }
}

function missing(reason: string): GpuAvailability {
  const line = reason.replaceAll("\n", " ");
  noteNoGpu(line);
  return { available: false, reason: line };
}

/** The backend of the GPU, and why there is none if it was looked for. */
export function gpuState(): { readonly backend: GpuBackend | null; readonly reason?: string } {
  const backend = (findBackend("gpu") as GpuBackend | undefined) ?? null;
  return found?.available === false ? { backend, reason: found.reason } : { backend };
}

export interface SelectDeviceOptions {
  /** Whether a GPU that was asked for must be there. Default: false, the CPU takes its place, with a warning. */
  readonly required?: boolean | undefined;
  /** Gets the warning, a single line. Default: `console.warn`. */
  readonly warn?: ((message: string) => void) | undefined;
}

/**
 * The device that a program is to run on: what was wished for, or the CPU with a warning that says why. `"auto"` is the
 * GPU if there is one.
 *
 * @throws DeviceError if the GPU is `required` and not there; ValueError for an unknown device.
 *
 * @example const device = await selectDevice("gpu");
 */
export async function selectDevice(wish: DeviceChoice, options: SelectDeviceOptions = {}): Promise<Device> {
  if (wish === "cpu") return "cpu";
  if (wish !== "gpu" && wish !== "auto") {
    throw new ValueError(`[selectDevice] unknown device ${describeValue(wish)}. Expected "cpu", "gpu" or "auto".`);
  }
  const gpu = await gpuAvailable();
  if (gpu.available) return "gpu";
  if (options.required === true) throw new DeviceError(`[selectDevice] there is no GPU: ${gpu.reason}`);
  if (wish === "gpu") (options.warn ?? console.warn)(`there is no GPU, the CPU is used instead: ${gpu.reason}`);
  return "cpu";
}
