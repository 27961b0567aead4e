/** @file Diagonals, running products and differences. */

import { apply } from "../../autograd/apply.ts";
import { isFloat } from "../dtype.ts";
import { DTypeError, ShapeError, ValueError } from "../errors.ts";
import { newFrom } from "../like.ts";
import { ops } from "../ops/index.ts";
import { bracketed, normalizeDim } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { named } from "./named.ts";
import { cat } from "./shape.ts";

/** A view of the elements whose positions in two dimensions differ by `offset`; they become the last dimension. */
export function diagonal(x: Tensor, offset: number, dim1: number, dim2: number): Tensor {
  const [a, b] = [normalizeDim("diagonal", dim1, x.ndim), normalizeDim("diagonal", dim2, x.ndim)];
  if (a === b) throw new ShapeError(`[diagonal] diagonal dimensions cannot be identical ${dim1}, ${dim2}`);
  if (!Number.isInteger(offset))
    throw new ValueError(`[diagonal] expected a whole number as offset, but got ${offset}`);
  return apply(ops.diagonal, [x], { dim1: a, dim2: b, offset });
}

/** A vector as a matrix with it on a diagonal, or the diagonal of a matrix; a copy. */
export function diag(x: Tensor, offset: number): Tensor {
  if (x.ndim === 2) return named("DiagBackward0", diagonal(x, offset, 0, 1).clone());
  if (x.ndim !== 1) throw new ShapeError(`[diag] expected a matrix or a vector, but got shape ${bracketed(x.shape)}`);
  const n = x.size(0);
  const identity = new Uint8Array(n * n);
  for (let i = 0; i < n; i++) identity[i * n + i] = 1;
  const square = x.unsqueeze(1).where(newFrom(x, "bool", identity, [n, n]), x.newZeros([]));
  const [up, down] = [Math.max(offset, 0), Math.max(-offset, 0)];
  return named("DiagBackward0", square.pad([up, down, down, up]));
}

/** Sum of the main diagonal of a matrix. */
export function trace(x: Tensor): Tensor {
  if (x.ndim !== 2) throw new ShapeError(`[trace] expected a matrix, but got shape ${bracketed(x.shape)}`);
  if (x.dtype === "bool") throw new DTypeError("[trace] not implemented for bool tensors. Convert with .int() first.");
  return named("TraceBackward0", diagonal(x, 0, 0, 1).sum());
}

/** Products of the elements up to each position. Integers and bools give int32. */
export function cumprod(x: Tensor, dim: number): Tensor {
  const d = normalizeDim("cumprod", dim, x.ndim);
  const source = isFloat(x.dtype) || x.dtype === "int32" ? x : x.to("int32");
  if (x.ndim === 0 || x.numel() === 0) return named("CumprodBackward0", source.clone());
  const products: Tensor[] = [];
  for (const slice of source.split(1, d)) products.push(products.at(-1)?.mul(slice) ?? slice);
  return named("CumprodBackward0", cat(products, d));
}

/** Differences of neighbours along a dimension, `n` times over. Bools give exclusive or. */
export function diff(x: Tensor, n: number, dim: number): Tensor {
  if (x.ndim === 0) throw new ShapeError("[diff] diff expects input to be at least one-dimensional");
  if (!Number.isInteger(n) || n < 0) throw new ValueError(`[diff] order must be non-negative but got ${n}`);
  const d = normalizeDim("diff", dim, x.ndim);
  let result = n === 0 ? named("CopyBackwards", x.clone()) : x;
  for (let i = 0; i < n; i++) {
    const size = result.size(d);
    if (size === 0) return result;
    const [later, sooner] = [result.narrow(d, 1, size - 1), result.narrow(d, 0, size - 1)];
    result = x.dtype === "bool" ? later.ne(sooner) : later.sub(sooner);
  }
  return result;
}
