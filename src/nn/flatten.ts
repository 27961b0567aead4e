/** @file Layers that change shapes, and the one that changes nothing. */
import { optional, required, signature } from "../core/arguments.ts";
import { anInteger, integers } from "../core/kinds.ts";
import { pythonRepr } from "../core/python-repr.ts";
import { flatten } from "../tensor/functional.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkTensor } from "../tensor/type-promotion.ts";
import { Module } from "./module.ts";

export interface FlattenOptions {
  /** Default 1. */
  readonly startDim?: number | undefined;
  /** Default −1. */
  readonly endDim?: number | undefined;
}

const SIGNATURES = {
  Flatten: signature("Flatten", { startDim: optional(anInteger, 1), endDim: optional(anInteger, -1) }),
  Unflatten: signature("Unflatten", { dim: required(anInteger), unflattenedSize: required(integers) }),
};

/** Merges the dimensions from `startDim` to `endDim`; by default all but the batch. */
export class Flatten extends Module {
  startDim: number;
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

/** Splits one dimension into several. */
export class Unflatten extends Module {
  dim: number;
  unflattenedSize: readonly number[];

  /** @param unflattenedSize - Sizes whose product is that of the dimension; one may be −1. */
  constructor(dim: number, unflattenedSize: readonly number[]);
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

/** Gives back what it gets. Takes any arguments, so that it can stand in for any layer. */
export class Identity extends Module {
  constructor(..._unused: unknown[]) {
    super();
  }
  override forward(x: Tensor): Tensor {
    return x;
  }
}
