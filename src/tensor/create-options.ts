/** @file What the functions that make tensors have in common: their options, and evenly spaced numbers. */
import type { DType, TypedArray } from "../../kernels/backend.ts";
import { keyword } from "../core/arguments.ts";
import { aBoolean, aDeviceChoice, aDType, aGenerator } from "../core/kinds.ts";
import type { DeviceChoice } from "./devices.ts";
import { isFloat, newTypedArray } from "./dtype.ts";
import { ValueError } from "./errors.ts";
import { checkCount, stored } from "./range.ts";

/** The options of everything that makes a tensor. */
export const TENSOR_OPTIONS = {
  dtype: keyword(aDType, null),
  device: keyword(aDeviceChoice, null),
  requiresGrad: keyword(aBoolean, false),
} as const;

/** The options of everything that draws a tensor. */
export const RANDOM_OPTIONS = { ...TENSOR_OPTIONS, generator: keyword(aGenerator, null) } as const;

/** {@link TENSOR_OPTIONS} as they were read. */
export interface Wishes {
  readonly dtype: DType | null;
  readonly device: DeviceChoice | null;
  readonly requiresGrad: boolean;
}

/** The numbers of `linspace`. */
export function spaced(op: string, start: number, end: number, steps: number, dtype: DType): TypedArray {
  if (!Number.isInteger(steps) || steps < 0)
    throw new ValueError(`[${op}] number of steps must be non-negative, got ${steps}`);
  checkCount(op, [steps], dtype);
  if (!isFloat(dtype)) for (const edge of [start, end]) stored(op, edge, dtype);
  const host = newTypedArray(dtype, steps);
  const round = dtype === "float32" ? Math.fround : (x: number) => x;
  const step = round(round(round(end) - round(start)) / (steps - 1));
  for (let i = 0; i < steps; i++) {
    host[i] = i < steps / 2 ? round(start) + step * i : round(end) - step * (steps - 1 - i);
  }
  if (steps === 1) host[0] = start;
  return host;
}
