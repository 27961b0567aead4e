/** @file Picking elements: by masks, by flat positions, repeated, counted, without repeats. */

import { apply } from "../../autograd/apply.ts";
import { noGrad } from "../../autograd/grad-mode.ts";
import { isFloat, newTypedArray } from "../dtype.ts";
import { DTypeError, ShapeError, ValueError } from "../errors.ts";
import { newFrom } from "../like.ts";
import { ops } from "../ops/index.ts";
import { withDefaults } from "../options.ts";
import { checkTensor } from "../promote.ts";
import { bracketed, broadcastShapes, normalizeDim } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { at } from "./at.ts";
import { gather, indexSelect, indexTensor } from "./indexing.ts";
import { fresh, named } from "./named.ts";

/** The elements where the mask holds, as a vector; both broadcast. Reads the mask synchronously. */
export function maskedSelect(x: Tensor, mask: Tensor): Tensor {
  checkTensor("maskedSelect", mask);
  if (mask.dtype !== "bool") {
    throw new DTypeError(`[maskedSelect] expected BoolTensor for mask, but got a mask of dtype ${mask.dtype}`);
  }
  const shape = broadcastShapes("maskedSelect", x.shape, mask.shape);
  const [values, choice] = [x.expand(shape), mask.expand(shape)];
  const picked = shape.length === 0 ? at(values.view(1), [choice.view(1)]) : at(values, [choice]);
  return fresh("MaskedSelectBackward0", picked);
}

/** Positions of the elements that are not 0, one row each: int32 [count, ndim]. Reads synchronously. */
export function nonzero(x: Tensor): Tensor {
  const hits: number[] = [];
  noGrad(() => x.dataSync()).forEach((value, i) => {
    if (value !== 0) hits.push(i);
  });
  const rows = new Int32Array(hits.length * x.ndim);
  let step = x.numel();
  for (const [d, size] of x.shape.entries()) {
    step /= Math.max(size, 1);
    for (const [i, flat] of hits.entries()) rows[i * x.ndim + d] = Math.floor(flat / step) % size;
  }
  return newFrom(x, "int32", rows, [hits.length, x.ndim]);
}

/** How many elements are not 0: of all, or along dimensions. */
export function countNonzero(x: Tensor, dim?: number | readonly number[] | null): Tensor {
  return x.detach().to("bool").sum(dim);
}

/** Elements by their position in row-major order; negative ones count from the end. */
export function take(x: Tensor, index: Tensor): Tensor {
  const positions = indexTensor("take", index);
  const flat = positions.reshape(-1);
  const wrapped = flat.add(x.numel()).where(flat.lt(0), flat);
  return fresh("TakeBackward0", indexSelect(x.reshape(-1), 0, wrapped).view(positions.shape));
}

/** `gather` whose index broadcasts with the tensor, or, without a dimension, on the flattened tensor. */
export function takeAlongDim(x: Tensor, index: Tensor, dim?: number | null): Tensor {
  const positions = indexTensor("takeAlongDim", index);
  if (dim == null) return gather(x.reshape(-1), 0, positions.reshape(-1));
  if (positions.ndim !== x.ndim) {
    throw new ShapeError(
      `[takeAlongDim] input and indices should have the same number of dimensions, but got ${x.ndim} dimensions for input, and ${positions.ndim} dimensions for indices`,
    );
  }
  const d = normalizeDim("takeAlongDim", dim, x.ndim);
  const without = (t: Tensor) => t.shape.with(d, 1);
  const shape = x.ndim === 0 ? [] : broadcastShapes("takeAlongDim", without(x), without(positions));
  const wide = (t: Tensor) => t.expand(shape.map((size, i) => (i === d ? t.size(d) : size)));
  return gather(wide(x), d, wide(positions));
}

/** Every element (or slice of a dimension) `repeats` times over; a tensor has a count for each. */
export function repeatInterleave(x: Tensor, repeats: number | Tensor, dim?: number | null): Tensor {
  if (dim == null) return repeatInterleave(x.reshape(-1), repeats, 0);
  const d = normalizeDim("repeatInterleave", dim, x.ndim);
  const size = x.ndim === 0 ? 1 : x.size(d);
  const given = typeof repeats === "number" ? [repeats] : [...indexTensor("repeatInterleave", repeats).dataSync()];
  if (given.length !== 1 && given.length !== size) {
    throw new ShapeError("[repeatInterleave] repeats must have the same size as input along dim");
  }
  if (given.some((n) => !Number.isInteger(n) || n < 0)) {
    throw new ValueError(`[repeatInterleave] repeats can not be negative, but got ${bracketed(given)}`);
  }
  const positions = Array.from({ length: size }, (_, i) => new Array<number>(given[i] ?? (given[0] as number)).fill(i));
  const index = Int32Array.from(positions.flat());
  return indexSelect(x.ndim === 0 ? x.view(1) : x, d, newFrom(x, "int32", index, [index.length]));
}

/** A sum with slices of `source` added at the positions of `index` along a dimension. */
export function indexAdd(
  x: Tensor,
  dim: number,
  index: Tensor,
  source: Tensor,
  options: { readonly alpha?: number } = {},
) {
  const { alpha } = withDefaults("indexAdd", { alpha: 1 }, options);
  checkTensor("indexAdd", source);
  const positions = indexTensor("indexAdd", index);
  const d = normalizeDim("indexAdd", dim, x.ndim);
  if (source.dtype !== x.dtype) {
    throw new DTypeError(`[indexAdd] self (${x.dtype}) and source (${source.dtype}) must have the same dtype`);
  }
  const fits =
    source.ndim === x.ndim && source.shape.every((size, i) => (i === d ? positions.numel() : x.size(i)) === size);
  if (!fits) {
    throw new ShapeError(
      `[indexAdd] source ${bracketed(source.shape)} does not fit ${positions.numel()} positions along dimension ${d} of ${bracketed(x.shape)}`,
    );
  }
  const scaled = alpha === 1 ? source : source.mul(alpha);
  const sums = apply(ops.indexAddInto, [scaled, positions], { shape: x.shape, dim: d });
  return named("IndexAddBackward0", x.add(sums));
}

/** How often each whole number from 0 on occurs, or the sum of its weights. Reads synchronously. */
export function bincount(x: Tensor, weights?: Tensor | null, minlength = 0): Tensor {
  if (x.ndim !== 1 || isFloat(x.dtype)) {
    throw new ValueError("[bincount] bincount only supports 1-d non-negative integral inputs.");
  }
  if (weights != null && (weights.ndim !== 1 || weights.numel() !== x.numel())) {
    throw new ShapeError("[bincount] weights should be 1-d and have the same length as input");
  }
  if (!Number.isInteger(minlength) || minlength < 0) throw new ValueError("[bincount] minlength should be >= 0");
  const numbers = Array.from(x.dataSync());
  if (numbers.some((n) => n < 0)) {
    throw new ValueError("[bincount] bincount only supports 1-d non-negative integral inputs.");
  }
  const dtype = weights == null ? "int32" : weights.dtype === "float32" ? "float32" : "float64";
  const sums = newTypedArray(
    dtype,
    Math.max(
      minlength,
      numbers.reduce((top, n) => Math.max(top, n + 1), 0),
    ),
  );
  const shares = weights == null ? null : noGrad(() => weights.dataSync());
  numbers.forEach((n, i) => {
    sums[n] = (sums[n] as number) + (shares === null ? 1 : (shares[i] as number));
  });
  return newFrom(x, dtype, sums, [sums.length]);
}

export interface UniqueParts {
  /** The distinct elements, rising. */
  readonly output: Tensor;
  /** For every element of the input, its position in {@link output}; of the input's shape. */
  readonly inverseIndices: Tensor;
  /** How often each of {@link output} occurs. */
  readonly counts: Tensor;
}

/** The distinct elements of the flattened tensor, rising; every NaN is one of its own. Reads synchronously. */
export function unique(x: Tensor): UniqueParts {
  const { values, indices } = x.detach().reshape(-1).sort();
  const [sorted, order] = [values.dataSync(), indices.dataSync()];
  const inverse = new Int32Array(sorted.length);
  const kept: number[] = [];
  const counts: number[] = [];
  sorted.forEach((value, i) => {
    if (i === 0 || value !== sorted[i - 1]) {
      kept.push(value);
      counts.push(0);
    }
    const at = kept.length - 1;
    counts[at] = (counts[at] as number) + 1;
    inverse[order[i] as number] = at;
  });
  const output = newTypedArray(x.dtype, kept.length);
  output.set(kept);
  return {
    output: newFrom(x, x.dtype, output, [kept.length]),
    inverseIndices: newFrom(x, "int32", inverse, x.shape),
    counts: newFrom(x, "int32", Int32Array.from(counts), [kept.length]),
  };
}
