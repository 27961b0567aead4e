/** @file Initial values with a pattern: ones on a diagonal, zeros in a column, orthonormal rows. */

import { noGrad } from "../autograd/grad-mode.ts";
import { optional, required, signature } from "../core/arguments.ts";
import { aNumber, aTensor } from "../core/kinds.ts";
import { eye } from "../tensor/create.ts";
import { ShapeError, ValueError } from "../tensor/errors.ts";
import { newFrom } from "../tensor/like.ts";
import { randperm } from "../tensor/random/integers.ts";
import { fillNormal } from "../tensor/random/normal.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { aPositiveCount } from "./functional/check.ts";
import { floatsFor, orthonormalColumns } from "./init-math.ts";

const TENSOR = { tensor: required(aTensor) };
const SIGNATURES = {
  eye_: signature("eye_", TENSOR),
  dirac_: signature("dirac_", { ...TENSOR, groups: optional(aPositiveCount, 1) }),
  sparse_: signature("sparse_", { ...TENSOR, sparsity: required(aNumber), std: optional(aNumber, 0.01) }),
  orthogonal_: signature("orthogonal_", { ...TENSOR, gain: optional(aNumber, 1) }),
};

export interface GainOptions {
  /** Factor of the standard deviation. Default 1. */
  readonly gain?: number | undefined;
}

/** Ones on the diagonal of a matrix. @throws ShapeError unless there are two dimensions. */
export function eye_<T extends Tensor>(tensor: T): T;
export function eye_(...given: readonly unknown[]): Tensor {
  const { tensor } = SIGNATURES.eye_.read(given);
  const [rows, columns] = tensor.shape;
  if (rows === undefined || columns === undefined || tensor.ndim > 2) {
    throw new ShapeError("[eye_] Only tensors with 2 dimensions are supported");
  }
  return noGrad(() => tensor.copy_(eye(rows, columns, { dtype: tensor.dtype, device: tensor.device })));
}

export interface DiracOptions {
  /** Into how many groups the output channels are divided, each of which gets the inputs anew. Default 1. */
  readonly groups?: number | undefined;
}

/**
 * The weight [out, in, …] of a convolution that passes its input channels on, as many as there is room for.
 *
 * @throws ShapeError unless there are 3 to 5 dimensions, or if the groups do not divide the first.
 */
export function dirac_<T extends Tensor>(tensor: T, groups?: number): T;
export function dirac_<T extends Tensor>(tensor: T, options?: DiracOptions): T;
export function dirac_(...given: readonly unknown[]): Tensor {
  const { tensor, groups: count } = SIGNATURES.dirac_.read(given);
  const [outputs, inputs, ...kernel] = tensor.shape;
  if (outputs === undefined || inputs === undefined || kernel.length < 1 || kernel.length > 3) {
    throw new ShapeError("[dirac_] Only tensors with 3, 4, or 5 dimensions are supported");
  }
  if (outputs % count !== 0)
    throw new ShapeError(`[dirac_] dim 0 must be divisible by groups, got ${outputs}, ${count}`);
  const values = floatsFor("dirac_", tensor, tensor.numel());
  const field = kernel.reduce((product, size) => product * size, 1);
  const middle = kernel.reduce((position, size) => position * size + Math.floor(size / 2), 0);
  const share = outputs / count;
  for (let output = 0; output < outputs; output++) {
    const input = output % share;
    if (input < inputs && field > 0) values[(output * inputs + input) * field + middle] = 1;
  }
  return noGrad(() => tensor.copy_(newFrom(tensor, tensor.dtype, values, tensor.shape)));
}

export interface SparseOptions {
  /** Share of each column that is zero. */
  readonly sparsity: number;
  /** Standard deviation of the other numbers. Default 0.01. */
  readonly std?: number | undefined;
}

/**
 * A matrix of normally distributed numbers, in each column of which a share is zero.
 *
 * @throws ShapeError unless there are two dimensions; ValueError for a share that is none.
 */
export function sparse_<T extends Tensor>(tensor: T, sparsity: number, std?: number): T;
export function sparse_<T extends Tensor>(tensor: T, sparsity: number, options?: Omit<SparseOptions, "sparsity">): T;
export function sparse_<T extends Tensor>(tensor: T, options: SparseOptions): T;
export function sparse_(...args: readonly unknown[]): Tensor {
  const given = SIGNATURES.sparse_.read(args);
  const { tensor } = given;
  const [rows, columns] = tensor.shape;
  if (rows === undefined || columns === undefined || tensor.ndim !== 2) {
    throw new ShapeError("[sparse_] Only tensors with 2 dimensions are supported");
  }
  if (!(given.sparsity >= 0 && given.sparsity <= 1)) {
    throw new ValueError(`[sparse_] sparsity must be between 0 and 1, but got ${given.sparsity}`);
  }
  const zeros = Math.ceil(given.sparsity * rows);
  noGrad(() => tensor.normal_(0, given.std));
  const values = floatsFor("sparse_", tensor, tensor.numel());
  values.set(tensor.detach().dataSync());
  for (let column = 0; column < columns; column++) {
    for (const row of randperm(rows).subarray(0, zeros)) values[row * columns + column] = 0;
  }
  return noGrad(() => tensor.copy_(newFrom(tensor, tensor.dtype, values, tensor.shape)));
}

/**
 * A matrix with orthonormal rows or columns, whichever are fewer, times `gain`. Further dimensions count as columns.
 *
 * @throws ShapeError for fewer than two dimensions.
 */
export function orthogonal_<T extends Tensor>(tensor: T, gain?: number): T;
export function orthogonal_<T extends Tensor>(tensor: T, options?: GainOptions): T;
export function orthogonal_(...given: readonly unknown[]): Tensor {
  const { tensor, gain: factor } = SIGNATURES.orthogonal_.read(given);
  const rows = tensor.shape[0] ?? 0;
  if (tensor.ndim < 2) throw new ShapeError("[orthogonal_] Only tensors with 2 or more dimensions are supported");
  if (tensor.numel() === 0) return tensor;
  const columns = tensor.numel() / rows;
  const drawn = floatsFor("orthogonal_", tensor, tensor.numel());
  fillNormal(drawn);
  // Columns of the taller of the matrix and its transpose.
  const [height, width] = [Math.max(rows, columns), Math.min(rows, columns)];
  const [down, across] = rows >= columns ? [columns, 1] : [1, columns];
  const tall = Array.from({ length: width }, (_, j) =>
    Float64Array.from({ length: height }, (_, i) => drawn[i * down + j * across]!),
  );
  for (const [j, column] of orthonormalColumns(tall).entries()) {
    for (let i = 0; i < height; i++) drawn[i * down + j * across] = factor * column[i]!;
  }
  return noGrad(() => tensor.copy_(newFrom(tensor, tensor.dtype, drawn, tensor.shape)));
}
