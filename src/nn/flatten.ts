/** @file Flatten, Unflatten and Identity. */
import { optional, required, signature } from "../core/arguments.ts";
import { anInteger, integers } from "../core/kinds.ts";
import { pythonRepr } from "../core/python-repr.ts";
import { flatten } from "../tensor/functional.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkTensor } from "../tensor/type-promotion.ts";
import { Module } from "./module.ts";

/** Options of {@link Flatten}. */
export interface FlattenOptions {
  /** First dimension to flatten. Default 1. */
  readonly startDim?: number | undefined;
  /** Last dimension to flatten. Default −1. */
  readonly endDim?: number | undefined;
}

const SIGNATURES = {
  Flatten: signature("Flatten", { startDim: optional(anInteger, 1), endDim: optional(anInteger, -1) }),
  Unflatten: signature("Unflatten", { dim: required(anInteger), unflattenedSize: required(integers) }),
};

/**
 * Flattens a contiguous range of dimensions into one; by default all but the batch.
 *
 * Shape: `(N,*)` to `(N,∏*)` with the default values.
 *
 * @example
 * new nn.Flatten().forward(rand(32, 1, 5, 5)).shape; // [32, 25]
 */
export class Flatten extends Module {
  /** First dimension to flatten. */
  startDim: number;
  /** Last dimension to flatten. */
  endDim: number;

  constructor(startDim?: number, endDim?: number);
  constructor(startDim: number | undefined, options: FlattenOptions | undefined);
  constructor(options?: FlattenOptions);
  constructor(...given: readonly unknown[]) {
    super();
    const { startDim, endDim } = SIGNATURES.Flatten.read(given);
    this.startDim = startDim;
    this.endDim = endDim;
  }
  override forward(x: Tensor): Tensor {
    return flatten(x, this.startDim, this.endDim);
  }
  override extraRepr(): string {
    return `start_dim=${this.startDim}, end_dim=${this.endDim}`;
  }
}

/**
 * Unflattens a dimension into several: the reverse of {@link Flatten}.
 *
 * Shape: `(…,S,…)` to `(…,…unflattenedSize,…)`.
 *
 * @example
 * new nn.Unflatten(1, [2, 5, 5]).forward(rand(32, 50)).shape; // [32, 2, 5, 5]
 */
export class Unflatten extends Module {
  /** Dimension to unflatten. */
  dim: number;
  /** The sizes it is split into, one of which may be −1. */
  unflattenedSize: readonly number[];

  constructor(dim: number, unflattenedSize: readonly number[]);
  constructor(options: { readonly dim: number; readonly unflattenedSize: readonly number[] });
  constructor(...given: readonly unknown[]) {
    super();
    const { dim, unflattenedSize } = SIGNATURES.Unflatten.read(given);
    this.dim = dim;
    this.unflattenedSize = unflattenedSize;
  }
  override forward(x: Tensor): Tensor {
    checkTensor("Unflatten", x);
    return x.unflatten(this.dim, this.unflattenedSize);
  }
  override extraRepr(): string {
    return `dim=${this.dim}, unflattened_size=${pythonRepr(this.unflattenedSize)}`;
  }
}

/**
 * The identity. Takes and ignores any arguments, so that it can stand in for any layer.
 *
 * Shape: `(*)` to the same shape.
 *
 * @example
 * new nn.Identity(54, { unused: true }).forward(tensor([1, 2])); // tensor([1., 2.])
 */
export class Identity extends Module {
  constructor(..._unused: unknown[]) {
    super();
  }
  override forward(x: Tensor): Tensor {
    return x;
  }
}
