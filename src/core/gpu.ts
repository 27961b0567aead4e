/** @file GPU detection and device selection. */
import { type Device, findBackend, registerBackend } from "../../kernels/backend.ts";
import type { GpuBackend } from "../../kernels/gpu/backend.ts";
import type { GpuMode } from "../../kernels/gpu/runtime.ts";
import { describeValue } from "./describe.ts";
import { type DeviceChoice, noteNoGpu } from "./device.ts";
import { DeviceError, ValueError } from "./errors.ts";

/** The result of {@link gpuAvailable}. */
export type GpuAvailability =
  | {
      readonly available: true;
      /** Name of the GPU, as its driver reports it. */
      readonly name: string;
      /** The interface that reaches it: WebGPU, WebGL 2 or headless-gl. */
      readonly mode: GpuMode;
    }
  | {
      readonly available: false;
      /** Reason why there is no GPU, on one line. */
      readonly reason: string;
    };

let search: Promise<GpuAvailability> | undefined;
let found: GpuAvailability | undefined;

/**
 * Looks for a GPU on the first call, and makes device "gpu" available if there is one.
 *
 * Browsers reach it through `navigator.gpu` or else WebGL 2, with the package `gpu.js`; Node needs the packages `gpu.js`
 * and `webgpu` (or `gl`). Set the environment variable `TAPEGRAD_GPU` to `off` to disable the GPU, or to `webgpu`,
 * `headlessgl` or `webgl2` to force one mode.
 *
 * @example
 * ```ts no-run
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

/** The options of {@link selectDevice}. */
export interface SelectDeviceOptions {
  /** Throw if the requested GPU is not available, instead of warning and using the CPU. Default: false. */
  readonly required?: boolean | undefined;
  /** Receives the warning, a single line. Default: `console.warn`. */
  readonly warn?: ((message: string) => void) | undefined;
}

/**
 * Selects the device for a program: the requested one, or the CPU with a warning where no GPU is available. `"auto"` is
 * the GPU if there is one, else the CPU without a warning.
 *
 * @throws DeviceError if the GPU is `required` and not available; ValueError for an unknown device.
 *
 * @example await selectDevice("cpu"); // cpu
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
