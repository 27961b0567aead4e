/** @file Options and checks that all creation functions share. */

import type { DType } from "../../kernels/backend.ts";
import { keyword } from "../core/arguments.ts";
import type { DeviceChoice } from "../core/device.ts";
import { isFloat } from "../core/dtype.ts";
import { ValueError } from "../core/errors.ts";
import { aBoolean, aDeviceChoice, aDType, aMemoryFormat, type MemoryFormat } from "../core/kinds.ts";
import { aGenerator } from "./random/generator.ts";
import { checkCount, stored } from "./range.ts";
import type { Tensor } from "./tensor.ts";

/** The options of every creation function. */
export const TENSOR_OPTIONS = {
  dtype: keyword(aDType, null),
  device: keyword(aDeviceChoice, null),
  requiresGrad: keyword(aBoolean, false),
} as const;

/** The options of every creation function that draws random numbers. */
export const RANDOM_OPTIONS = { ...TENSOR_OPTIONS, generator: keyword(aGenerator, null) } as const;

/** The options of the functions that create a tensor like another. */
export const LIKE_OPTIONS = { ...TENSOR_OPTIONS, memoryFormat: keyword(aMemoryFormat, null) } as const;

/** The option of PyTorch for the order of a result's elements in memory. */
export interface MemoryFormatOption {
  /** Accepted for programs written for PyTorch: results are row-major. */
  readonly memoryFormat?: MemoryFormat | null | undefined;
}

/** The values of {@link TENSOR_OPTIONS} in one call; null where an option was left out. */
export interface ReadTensorOptions {
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

/** The options of `zerosLike` and its relatives: dtype and device of `input` are the defaults. */
export function likeInput<Given extends ReadTensorOptions & { readonly input: Tensor }>({ input, ...given }: Given) {
  return { ...given, size: input.shape, dtype: given.dtype ?? input.dtype, device: given.device ?? input.device };
}
