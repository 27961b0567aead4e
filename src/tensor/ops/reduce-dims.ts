/** @file How reductions see a shape: which dimensions go, and the block around one of them. */
import type { Block } from "../../../kernels/backend.ts";
import { sizeOf } from "../../../kernels/layout.ts";
import type { Tensor } from "../tensor.ts";

export interface ReduceParams {
  /** Rising dimension numbers. */
  readonly dims: readonly number[];
  readonly keepdim: boolean;
}

/** Shape after reducing `dims`: they vanish, or stay as 1. */
export function reducedShape(shape: readonly number[], { dims, keepdim }: ReduceParams): number[] {
  if (keepdim) return shape.map((size, i) => (dims.includes(i) ? 1 : size));
  return shape.filter((_, i) => !dims.includes(i));
}

/** The sizes before, of and after one dimension. */
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
