/** @file Selection and counting of elements: masks, flat indices, repetition, unique, bincount. */

import { apply, applyInPlace } from "../../autograd/apply.ts";
import { filledLike } from "../../autograd/tensor-base.ts";
import { type Args, keyword, optional, required, signature } from "../../core/arguments.ts";
import { isFloat } from "../../core/dtype.ts";
import { DTypeError, ShapeError, ValueError } from "../../core/errors.ts";
import { aBoolean, anInteger, aSize, aTensor, dims, either } from "../../core/kinds.ts";
import { bracketed, broadcastShapes, normalizeDim } from "../../core/shape.ts";
import { newFrom } from "../like.ts";
import { ops } from "../ops/index.ts";
import { checkCount, checkListLength } from "../range.ts";
import type { Tensor } from "../tensor.ts";
import { scalarLike } from "../type-promotion.ts";
import { at } from "./advanced-indexing.ts";
import type { Dims } from "./arguments.ts";
import { cast } from "./convert.ts";
import { gather, indexSelect, indexTensor } from "./gather-scatter.ts";
import { asNonView, withGradFnName } from "./grad-fn-name.ts";
import { flatPositions } from "./indexed-writes.ts";
import { uniqueConsecutive } from "./searching.ts";

export type MaskedSelectArgs = Args<[mask: Tensor], [], { readonly mask: Tensor }>;

const MASKED_SELECT = signature("maskedSelect", { input: required(aTensor), mask: required(aTensor) });

/**
 * Selects the elements where the mask is true, as a vector; both broadcast. Reads the mask synchronously.
 *
 * @throws DTypeError if the mask is not a bool tensor; ShapeError for shapes that do not broadcast.
 * @example
 * ```ts
 * const x = tensor([1, 2, 3]);
 * maskedSelect(x, x.gt(1)); // tensor([2., 3.])
 * ```
 */
export function maskedSelect(x: Tensor, ...args: MaskedSelectArgs): Tensor {
  const { input, mask } = MASKED_SELECT.read([x, ...args]);
  if (mask.dtype !== "bool") {
    throw new DTypeError(`[maskedSelect] expected BoolTensor for mask, but got a mask of dtype ${mask.dtype}`);
  }
  const shape = broadcastShapes("maskedSelect", input.shape, mask.shape);
  const [values, choice] = [input.expand(shape), mask.expand(shape)];
  const picked = shape.length === 0 ? at(values.view(1), choice.view(1)) : at(values, choice);
  return asNonView("MaskedSelectBackward0", picked);
}

const NONZERO = signature("nonzero", { input: required(aTensor), asTuple: keyword(aBoolean, false) });

/**
 * Indices of the elements that are not 0: int32 [count, ndim], or with `asTuple` one vector for each dimension, as
 * {@link at} takes them. Reads synchronously.
 *
 * @example nonzero(tensor([0, 5, 7])); // tensor([[1], [2]])
 */
export function nonzero(input: Tensor, options?: { readonly asTuple?: false | undefined }): Tensor;
export function nonzero(input: Tensor, options: { readonly asTuple: true }): Tensor[];
export function nonzero(...args: readonly unknown[]): Tensor | Tensor[] {
  const { input, asTuple } = NONZERO.read(args);
  const x = asTuple && input.ndim === 0 ? input.detach().view(1) : input.detach();
  const rows = apply(ops.nonzero, [x], null);
  return asTuple ? x.shape.map((_, d) => rows.select(1, d).clone()) : rows;
}

export type CountNonzeroArgs = Args<[], [dim: Dims | null], { readonly dim?: Dims | null | undefined }>;

const COUNT_NONZERO = signature("countNonzero", { input: required(aTensor), dim: optional(dims, null) });

/**
 * Number of elements that are not 0, of the whole tensor or over dimensions: int32.
 *
 * @example countNonzero(tensor([[0, 1], [2, 3]]), 0); // tensor([1, 2])
 */
export function countNonzero(x: Tensor, ...args: CountNonzeroArgs): Tensor {
  const { input, dim } = COUNT_NONZERO.read([x, ...args]);
  return cast(input.detach(), "bool").sum(dim);
}

export type TakeArgs = Args<[index: Tensor], [], { readonly index: Tensor }>;

const TAKE = signature("take", { input: required(aTensor), index: required(aTensor) });

/**
 * Takes elements of the flattened tensor by index; the result has the shape of the index. Negative indices count from
 * the end.
 *
 * @throws ValueError for an index out of bounds; DTypeError for one that is not an integer tensor.
 * @example take(tensor([[1, 2], [3, 4]]), tensor([0, 3]).int()); // tensor([1., 4.])
 */
export function take(x: Tensor, ...args: TakeArgs): Tensor {
  const { input, index } = TAKE.read([x, ...args]);
  const source = input.ndim === 0 ? input.view(1) : input;
  const { flat, params } = flatPositions("take", source, index);
  return withGradFnName("TakeBackward0", apply(ops.index, [source, flat], params));
}

export type TakeAlongDimArgs = Args<
  [indices: Tensor],
  [dim: number | null],
  { readonly indices: Tensor; readonly dim?: number | null | undefined }
>;

const TAKE_ALONG_DIM = signature("takeAlongDim", {
  input: required(aTensor),
  indices: required(aTensor),
  dim: optional(anInteger, null),
});

/**
 * Gathers elements along a dimension, as {@link gather}, with an index that broadcasts; without a dimension, from the
 * flattened tensor.
 *
 * @throws ShapeError for an index of another rank; ValueError for one out of bounds; DTypeError for one that is not an
 * integer tensor.
 * @example
 * ```ts
 * const x = tensor([[3, 1, 2], [6, 5, 4]]);
 * takeAlongDim(x, argsort(x, 1), 1); // tensor([[1., 2., 3.], [4., 5., 6.]])
 * ```
 */
export function takeAlongDim(x: Tensor, ...args: TakeAlongDimArgs): Tensor {
  const { input, indices, dim } = TAKE_ALONG_DIM.read([x, ...args]);
  const positions = indexTensor("takeAlongDim", indices);
  if (dim === null) return gather(input.reshape(-1), 0, positions.reshape(-1));
  if (positions.ndim !== input.ndim) {
    throw new ShapeError(
      `[takeAlongDim] input and indices should have the same number of dimensions, but got ${input.ndim} dimensions for input, and ${positions.ndim} dimensions for indices`,
    );
  }
  const d = normalizeDim("takeAlongDim", dim, input.ndim);
  const without = (t: Tensor) => t.shape.with(d, 1);
  const shape = input.ndim === 0 ? [] : broadcastShapes("takeAlongDim", without(input), without(positions));
  const wide = (t: Tensor) => t.expand(shape.map((size, i) => (i === d ? t.size(d) : size)));
  return gather(wide(input), d, wide(positions));
}

/** Options of `repeatInterleave`. */
export interface RepeatInterleaveOptions {
  /** Number of repetitions, for all elements or for each. */
  readonly repeats: number | Tensor;
  /** The dimension. Default: the tensor is flattened. */
  readonly dim?: number | null | undefined;
  /** Expected size of the result, which is checked. */
  readonly outputSize?: number | null | undefined;
}

export type RepeatInterleaveArgs = Args<[repeats: number | Tensor], [dim: number | null], RepeatInterleaveOptions>;

const REPEAT_INTERLEAVE = signature("repeatInterleave", {
  input: required(aTensor),
  repeats: required(either(anInteger, aTensor, "an integer or a Tensor")),
  dim: optional(anInteger, null),
  outputSize: keyword(aSize, null),
});

/**
 * Repeats each element, or each slice of a dimension, `repeats` times; a tensor has one count for each.
 *
 * @throws ShapeError for a wrong number of counts; ValueError for a negative one.
 * @example repeatInterleave(tensor([1, 2]), 2); // tensor([1., 1., 2., 2.])
 */
export function repeatInterleave(x: Tensor, ...args: RepeatInterleaveArgs): Tensor {
  const { input, repeats, dim, outputSize } = REPEAT_INTERLEAVE.read([x, ...args]);
  const source = dim === null || input.ndim === 0 ? input.reshape(-1) : input;
  const d = dim === null ? 0 : normalizeDim("repeatInterleave", dim, source.ndim);
  const size = source.size(d);
  if (typeof repeats === "number" && repeats >= 0) return repeatEach(source, d, repeats, outputSize);
  const counts =
    typeof repeats === "number" ? Int32Array.of(repeats) : indexTensor("repeatInterleave", repeats).dataSync();
  if (counts.length !== 1 && counts.length !== size) {
    throw new ShapeError("[repeatInterleave] repeats must have the same size as input along dim");
  }
  const countAt = (i: number): number => counts[counts.length === 1 ? 0 : i] as number;
  let total = 0;
  for (let i = 0; i < size; i++) {
    if (countAt(i) < 0) throw new ValueError(`[repeatInterleave] repeats can not be negative, but got ${countAt(i)}`);
    total += countAt(i);
  }
  checkOutputSize(outputSize, total);
  checkCount("repeatInterleave", source.shape.with(d, total), source.dtype);
  const index = new Int32Array(total);
  let next = 0;
  for (let i = 0; i < size; i++) {
    index.fill(i, next, next + countAt(i));
    next += countAt(i);
  }
  return indexSelect(source, d, newFrom(source, "int32", index, [total]));
}

/** Each slice of a dimension as many times, one after the other. */
function repeatEach(x: Tensor, dim: number, repeats: number, outputSize: number | null): Tensor {
  const total = x.size(dim) * repeats;
  checkOutputSize(outputSize, total);
  const shape = x.shape.with(dim, total);
  checkCount("repeatInterleave", shape, x.dtype);
  const wide = x.unsqueeze(dim + 1).expand(x.shape.toSpliced(dim + 1, 0, repeats));
  return asNonView("IndexSelectBackward0", wide.contiguous().view(shape));
}

function checkOutputSize(outputSize: number | null, total: number): void {
  if (outputSize === null || outputSize === total) return;
  throw new ValueError(`[repeatInterleave] the result has size ${total}, but outputSize is ${outputSize}`);
}

/** Options of `bincount`. */
export interface BincountOptions {
  /** Weight of each element. Default: 1 each. */
  readonly weights?: Tensor | null | undefined;
  /** Smallest size of the result. Default 0. */
  readonly minlength?: number | undefined;
}

export type BincountArgs = Args<[], [weights: Tensor | null, minlength: number], BincountOptions>;

const BINCOUNT = signature("bincount", {
  input: required(aTensor),
  weights: optional(aTensor, null),
  minlength: optional(anInteger, 0),
});

/**
 * Counts each value of a vector of non-negative integers, or sums the weights of each value. Position i of the result
 * belongs to value i. Reads synchronously.
 *
 * @throws ValueError for negative, fractional or n-d input; ShapeError for weights of another size.
 * @example bincount(tensor([0, 2, 2]).int()); // tensor([1, 0, 2])
 */
export function bincount(x: Tensor, ...args: BincountArgs): Tensor {
  const { input, weights, minlength } = BINCOUNT.read([x, ...args]);
  if (input.ndim !== 1 || isFloat(input.dtype)) {
    throw new ValueError("[bincount] bincount only supports 1-d non-negative integral inputs.");
  }
  if (weights !== null && (weights.ndim !== 1 || weights.numel() !== input.numel())) {
    throw new ShapeError("[bincount] weights should be 1-d and have the same length as input");
  }
  if (minlength < 0) throw new ValueError("[bincount] minlength should be >= 0");
  const numbers = cast(input.detach(), "int32");
  let length = minlength;
  if (numbers.numel() > 0) {
    // One selected element is found faster than a minimum of integers.
    const extreme = (largest: boolean): number => numbers.topk(1, 0, largest).values.itemSync();
    if (extreme(false) < 0) {
      throw new ValueError("[bincount] bincount only supports 1-d non-negative integral inputs.");
    }
    length = Math.max(length, extreme(true) + 1);
  }
  const dtype = weights === null ? "int32" : weights.dtype === "float32" ? "float32" : "float64";
  checkCount("bincount", [length], dtype);
  const sums = filledLike(numbers, { shape: [length], dtype, device: input.device }, 0);
  const shares = weights === null ? scalarLike(1, dtype, numbers).expand(numbers.shape) : cast(weights.detach(), dtype);
  return applyInPlace(ops.scatterAdd, "bincount", sums, [numbers, shares], 0);
}

/** Result of `unique`. */
export interface UniqueParts {
  /** The distinct elements in ascending order. */
  readonly output: Tensor;
  /** For every element of the input, its index in {@link output}; of the input's shape. */
  readonly inverseIndices: Tensor;
  /** The number of occurrences of each element of {@link output}. */
  readonly counts: Tensor;
}

/** Options of `unique`. */
export interface UniqueOptions {
  /** Accepted for compatibility with PyTorch; the result is always sorted here. */
  readonly sorted?: boolean | undefined;
  /** Accepted for compatibility with PyTorch; the indices are always returned here. */
  readonly returnInverse?: boolean | undefined;
  /** Accepted for compatibility with PyTorch; the counts are always returned here. */
  readonly returnCounts?: boolean | undefined;
  /** The dimension whose slices are compared. Default: elements are. */
  readonly dim?: number | null | undefined;
}

export type UniqueArgs = Args<
  [],
  [sorted: boolean, returnInverse: boolean, returnCounts: boolean, dim: number | null],
  UniqueOptions
>;

const UNIQUE = signature("unique", {
  input: required(aTensor),
  sorted: optional(aBoolean, true),
  returnInverse: optional(aBoolean, true),
  returnCounts: optional(aBoolean, true),
  dim: optional(anInteger, null),
});

/**
 * Distinct elements in ascending order, or distinct slices of a dimension, with the indices that restore the input and
 * the counts. Each NaN is distinct. Reads synchronously.
 *
 * @example
 * ```ts
 * unique(tensor([3, 1, 3]));
 * // { output: tensor([1., 3.]), inverseIndices: tensor([1, 0, 1]), counts: tensor([1, 2]) }
 * ```
 */
export function unique(x: Tensor, ...args: UniqueArgs): UniqueParts {
  const { input, dim } = UNIQUE.read([x, ...args]);
  return dim === null ? uniqueElements(input) : uniqueSlices(input, normalizeDim("unique", dim, input.ndim));
}

function uniqueElements(x: Tensor): UniqueParts {
  const { values, indices } = x.detach().reshape(-1).sort();
  const { output, inverseIndices, counts } = uniqueConsecutive(values);
  const inverse = inverseIndices.newZeros(inverseIndices.shape).scatter(0, indices, inverseIndices);
  return { output, inverseIndices: inverse.view(x.shape), counts };
}

function uniqueSlices(x: Tensor, dim: number): UniqueParts {
  if (x.ndim === 0) return uniqueElements(x);
  // Compared in PyTorch's order of their elements: the dimension is exchanged with the first one.
  const rows = x.detach().transpose(dim, 0).reshape(x.size(dim), -1);
  const [count, width] = [rows.size(0), rows.size(1)];
  if (width === 0 && count > 0) {
    throw new ShapeError(
      `[unique] There are 0 sized dimensions, and they aren't selected, so unique cannot be applied: got shape ${bracketed(x.shape)}`,
    );
  }
  const data = rows.dataSync();
  const compare = (a: number, b: number): number => {
    for (let j = 0; j < width; j++) {
      const [p, q] = [data[a * width + j] as number, data[b * width + j] as number];
      if (p !== q) return p < q ? -1 : p > q ? 1 : Number.isNaN(p) ? (Number.isNaN(q) ? a - b : 1) : -1;
    }
    return 0;
  };
  checkListLength("unique", count, "numbers");
  const order = Int32Array.from({ length: count }, (_, i) => i).sort((a, b) => compare(a, b) || a - b);
  const groups = groupEqual(order, (at) => compare(order[at - 1] as number, order[at] as number) === 0);
  const firsts = groups.firsts.map((at) => order[at] as number);
  const output = indexSelect(x.detach(), dim, newFrom(x, "int32", firsts, [firsts.length]));
  return {
    output,
    inverseIndices: newFrom(x, "int32", groups.inverse, [count]),
    counts: newFrom(x, "int32", groups.counts, [firsts.length]),
  };
}

/** Groups equal elements of a sorted order: first position and count of each group, and the group of each element. */
function groupEqual(order: ArrayLike<number>, isSameAsBefore: (at: number) => boolean) {
  const inverse = new Int32Array(order.length);
  const starts = new Uint8Array(order.length);
  let run = -1;
  for (let at = 0; at < order.length; at++) {
    if (at === 0 || !isSameAsBefore(at)) {
      starts[at] = 1;
      run++;
    }
    inverse[order[at] as number] = run;
  }
  const firsts = new Int32Array(run + 1);
  for (let at = 0, next = 0; at < order.length; at++) if (starts[at] === 1) firsts[next++] = at;
  const counts = firsts.map((first, i) => (firsts[i + 1] ?? order.length) - first);
  return { inverse, firsts, counts };
}
