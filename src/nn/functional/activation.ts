/** @file Activations as functions. */
import { readArguments } from "../../tensor/options.ts";
import type { Tensor } from "../../tensor/tensor.ts";

export interface InplaceOptions {
  /** Overwrite the input. Default false. */
  readonly inplace?: boolean | undefined;
}

export interface DimOptions {
  /** The dimension whose elements sum up to 1. Default: 0 for tensors of 0, 1 or 3 dimensions, else 1. */
  readonly dim?: number | null | undefined;
}

/** max(0, x) */
export function relu(x: Tensor, inplace?: boolean | InplaceOptions): Tensor {
  return readArguments("relu", { inplace: false }, [inplace]).inplace ? x.relu_() : x.relu();
}

/** PyTorch's implicit choice of a dimension. */
function implicitDim(x: Tensor): number {
  return x.ndim === 0 || x.ndim === 1 || x.ndim === 3 ? 0 : 1;
}

function dimOf(op: string, x: Tensor, dim: number | null | undefined | DimOptions): number {
  return readArguments<{ dim: number | null }>(op, { dim: null }, [dim]).dim ?? implicitDim(x);
}

/** eˣ / Σ eˣ along a dimension. */
export function softmax(x: Tensor, dim?: number | null | DimOptions): Tensor {
  return x.softmax(dimOf("softmax", x, dim));
}

/** x − log Σ eˣ along a dimension. */
export function logSoftmax(x: Tensor, dim?: number | null | DimOptions): Tensor {
  return x.logSoftmax(dimOf("logSoftmax", x, dim));
}
