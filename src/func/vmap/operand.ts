/** @file The inputs of an operation as the batching rules see them: samples stacked in a first dimension, or shared. */
import type { Tensor } from "../../tensor/tensor.ts";

/** An input of an operation under `vmap`. */
export interface Operand {
  /** The samples [B, ...shape], or a tensor of the shape that all samples share. */
  readonly value: Tensor;
  readonly isBatched: boolean;
  /** The shape of one sample. */
  readonly shape: readonly number[];
}

/** The samples [B, ...shape], where need be the same one B times, as a view. */
export function samples({ value, isBatched, shape }: Operand, batchSize: number): Tensor {
  return isBatched ? value : value.expand([batchSize, ...shape]);
}

/** The samples with dimensions of size 1 in front of the shape of one, so that it broadcasts with `rank` dimensions. */
export function ofRank(operand: Operand, rank: number): Tensor {
  let { value } = operand;
  if (!operand.isBatched) return value;
  for (let have = operand.shape.length; have < rank; have++) value = value.unsqueeze(1);
  return value;
}

/** The samples one after the other in the first dimension of their shape: [B, N, ...] as [B·N, ...]. */
export function folded(operand: Operand, batchSize: number): Tensor {
  const [n = 1, ...rest] = operand.shape;
  return samples(operand, batchSize).reshape([batchSize * n, ...rest]);
}

/** The samples of `folded` again: [B·N, ...] as [B, N, ...]. */
export function unfolded(value: Tensor, batchSize: number): Tensor {
  const [n = 0, ...rest] = value.shape;
  return value.view([batchSize, n / batchSize, ...rest]);
}
