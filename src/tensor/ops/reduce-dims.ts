/** @file Shapes of reductions: the reduced shape, and the block around one dimension. */
import type { Block } from "../../../kernels/backend.ts";
import { sizeOf } from "../../../kernels/layout.ts";
import type { Tensor } from "../tensor.ts";

export interface ReduceParams {
  /** The dimensions, ascending. */
  readonly dims: readonly number[];
  readonly keepdim: boolean;
}

/** The shape after reducing `dims`: they are removed, or kept with size 1. */
export function reducedShape(shape: readonly number[], { dims, keepdim }: ReduceParams): number[] {
  if (keepdim) return shape.map((size, i) => (dims.includes(i) ? 1 : size));
  return shape.filter((_, i) => !dims.includes(i));
}

/** The number of elements before, along and after one dimension. */
export function blockAt(shape: readonly number[], dim: number): Block {
  if (shape.length === 0) return { outer: 1, n: 1, inner: 1 };
  return {
    outer: sizeOf(shape.slice(0, dim)),
    n: shape[dim] as number,
    inner: sizeOf(shape.slice(dim + 1)),
  };
}

/** Expands the result of a reduction to the shape of its input. */
export function expandReduced(y: Tensor, shape: readonly number[], { dims, keepdim }: ReduceParams): Tensor {
  if (keepdim || y.ndim === shape.length) return y.expand(shape);
  return y.view(shape.map((size, i) => (dims.includes(i) ? 1 : size))).expand(shape);
}
