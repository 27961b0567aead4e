/** @file The dtype and the device of new tensors for which nobody asks for another. */
import type { DType } from "../../kernels/backend.ts";
import { readArgument } from "./arguments.ts";
import type { DeviceChoice } from "./device.ts";
import { DTypeError } from "./errors.ts";
import { aDeviceChoice, aDType } from "./kinds.ts";

/** A dtype that can be the default. */
export type FloatDType = "float32" | "float64";

let dtype: FloatDType = "float32";
let device: DeviceChoice = "cpu";

/**
 * The floating dtype of new tensors: "float32", unless {@link setDefaultDtype} chose another.
 *
 * @example getDefaultDtype(); // float32
 */
export function getDefaultDtype(): FloatDType {
  return dtype;
}

/**
 * Chooses the dtype of new floating tensors, of layers' parameters, and of what integers become in a division.
 *
 * @throws DTypeError for integers and bools.
 * @example
 * ```ts
 * setDefaultDtype("float64");
 * zeros(2).dtype; // float64
 * setDefaultDtype("float32");
 * ```
 */
export function setDefaultDtype(d: DType): void {
  const given = readArgument("setDefaultDtype", "d", aDType, d);
  if (given !== "float32" && given !== "float64") {
    throw new DTypeError(
      `[setDefaultDtype] only floating-point types are supported as the default type, but got ${given}. Choose "float32" or "float64".`,
    );
  }
  dtype = given;
}

/**
 * The device of new tensors: "cpu", unless {@link setDefaultDevice} chose another.
 *
 * @example getDefaultDevice(); // cpu
 */
export function getDefaultDevice(): DeviceChoice {
  return device;
}

/**
 * Chooses the device of new tensors and of layers' parameters. With "auto" that is the GPU once `gpuAvailable()` has found
 * one.
 *
 * @throws DeviceError for an unknown device. Whether there is a GPU shows when the next tensor is made.
 * @example
 * ```ts
 * setDefaultDevice("cpu");
 * zeros(2).device; // cpu
 * ```
 */
export function setDefaultDevice(choice: DeviceChoice): void {
  device = readArgument("setDefaultDevice", "device", aDeviceChoice, choice);
}
