/** @file Layers that change shapes, and the one that changes nothing. */
import { readArguments } from "../tensor/options.ts";
import { pythonRepr } from "../tensor/python-repr.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { Module } from "./module.ts";

export interface FlattenOptions {
  /** Default 1. */
  readonly startDim?: number | undefined;
  /** Default −1. */
  readonly endDim?: number | undefined;
}

/** Merges the dimensions from `startDim` to `endDim`; by default all but the batch. */
export class Flatten extends Module {
  startDim: number;
  endDim: number;

  constructor(startDim?: number | FlattenOptions, endDim?: number | Pick<FlattenOptions, "endDim">) {
    super();
    const options = readArguments("Flatten", { startDim: 1, endDim: -1 }, [startDim, endDim]);
    this.startDim = options.startDim;
    this.endDim = options.endDim;
  }
  override forward(x: Tensor): Tensor {
    return x.flatten(this.startDim, this.endDim);
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
  constructor(dim: number, unflattenedSize: readonly number[]) {
    super();
    this.dim = dim;
    this.unflattenedSize = [...unflattenedSize];
  }
  override forward(x: Tensor): Tensor {
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
