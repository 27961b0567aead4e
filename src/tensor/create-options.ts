/** @file What the functions that make tensors have in common: their options, and checks of ranges. */

import type { DType } from "../../kernels/backend.ts";
import { keyword } from "../core/arguments.ts";
import type { DeviceChoice } from "../core/device.ts";
import { isFloat } from "../core/dtype.ts";
import { ValueError } from "../core/errors.ts";
import { aBoolean, aDeviceChoice, aDType } from "../core/kinds.ts";
import { aGenerator } from "./random/generator.ts";
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

/** Throws unless `steps` numbers between bounds fit memory and dtype. */
export function checkSteps(op: string, start: number, end: number, steps: number, dtype: DType): void {
  if (!Number.isInteger(steps) || steps < 0)
    throw new ValueError(`[${op}] number of steps must be non-negative, got ${steps}`);
  checkCount(op, [steps], dtype);
  if (!isFloat(dtype)) for (const edge of [start, end]) stored(op, edge, dtype);
}
