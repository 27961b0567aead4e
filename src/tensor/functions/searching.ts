/** @file Searching: positions in sorted sequences, membership, runs of equal elements. */
import { apply } from "../../autograd/apply.ts";
import { type Args, keyword, optional, required, signature } from "../../core/arguments.ts";
import { isFloat } from "../../core/dtype.ts";
import { DTypeError, ShapeError, ValueError } from "../../core/errors.ts";
import { isTensor } from "../../core/identity.ts";
import { aBoolean, anInteger, anOperand, aTensor, nullable, oneOf } from "../../core/kinds.ts";
import { bracketed, normalizeDim } from "../../core/shape.ts";
import { ops } from "../ops/index.ts";
import type { Tensor } from "../tensor.ts";
import { type Operand, operands, resultType } from "../type-promotion.ts";
import { unary } from "./arguments.ts";
import { cast } from "./convert.ts";
import { withGradFnName } from "./grad-fn-name.ts";

/** Options of `bucketize`. */
export interface BucketizeOptions {
  /** Accepted for compatibility with PyTorch; indices are always int32 here. */
  readonly outInt32?: boolean | undefined;
  /** If true, the position behind equal elements, else (default) the one before them. */
  readonly right?: boolean | undefined;
}

/** Options of `searchsorted`. */
export interface SearchsortedOptions extends BucketizeOptions {
  /** "left" (default) or "right": `right` by another name. */
  readonly side?: "left" | "right" | null | undefined;
  /** Indices that sort the sequence, of its shape, where it is not sorted itself. */
  readonly sorter?: Tensor | null | undefined;
}

export type SearchsortedArgs =
  | readonly [values: Tensor | number, options?: SearchsortedOptions | undefined]
  | readonly [options: SearchsortedOptions & { readonly values: Tensor | number }];

const SEARCHSORTED = signature("searchsorted", {
  sortedSequence: required(aTensor),
  values: required(anOperand),
  outInt32: keyword(aBoolean, false),
  right: keyword(aBoolean, false),
  side: keyword(nullable(oneOf("left", "right")), null),
  sorter: keyword(aTensor, null),
});

/**
 * Positions in an ascending sequence at which values can be inserted so that it stays sorted: int32 of the shape of
 * `values`. Either the sequence is a vector, or its last dimension is searched for the last dimension of `values`, and all
 * other sizes are equal. NaN counts as the largest. Reads synchronously on a GPU.
 *
 * @throws ShapeError for shapes that do not match; ValueError for `right: true` with `side: "left"`.
 * @example searchsorted(tensor([1, 3, 5]), tensor([3, 6])); // tensor([1, 3])
 */
export function searchsorted(sequence: Tensor, ...args: SearchsortedArgs): Tensor {
  const { sortedSequence, values, right, side, sorter } = SEARCHSORTED.read([sequence, ...args]);
  if (right && side === "left") {
    throw new ValueError(
      '[searchsorted] side and right can not be set to opposites, got side of "left" while right was true',
    );
  }
  return insertionPoints("searchsorted", sortedSequence, values, right || side === "right", sorter);
}

export type BucketizeArgs =
  | readonly [boundaries: Tensor, options?: BucketizeOptions | undefined]
  | readonly [options: BucketizeOptions & { readonly boundaries: Tensor }];

const BUCKETIZE = signature("bucketize", {
  input: required(anOperand),
  boundaries: required(aTensor),
  outInt32: keyword(aBoolean, false),
  right: keyword(aBoolean, false),
});

/**
 * The bucket of each element among ascending boundaries, i where boundaries[i − 1] < x ≤ boundaries[i], or
 * boundaries[i − 1] ≤ x < boundaries[i] with `right`: int32. Reads synchronously on a GPU.
 *
 * @throws ShapeError for boundaries that are no vector.
 * @example bucketize(tensor([1, 4, 9]), tensor([3, 5])); // tensor([0, 1, 2])
 */
export function bucketize(x: Tensor | number, ...args: BucketizeArgs): Tensor {
  const { input, boundaries, right } = BUCKETIZE.read([x, ...args]);
  if (boundaries.ndim !== 1) {
    throw new ShapeError(`[bucketize] boundaries tensor must be 1 dimension, but got dim(${boundaries.ndim})`);
  }
  return insertionPoints("bucketize", boundaries, input, right, null);
}

function insertionPoints(op: string, sequence: Tensor, values: Operand, right: boolean, sorter: Tensor | null): Tensor {
  const [list, wanted] = operands(op, sequence, values);
  const fits =
    list.ndim === 1 ||
    (isTensor(values) &&
      list.ndim === wanted.ndim &&
      list.shape.slice(0, -1).every((size, d) => size === wanted.size(d)));
  if (!fits || list.ndim === 0) {
    throw new ShapeError(
      `[${op}] boundaries tensor should be 1 dimension or the first N-1 dimensions of boundaries tensor and input value tensor must match, but we got boundaries tensor ${bracketed(list.shape)} and input value tensor ${bracketed(wanted.shape)}`,
    );
  }
  if (sorter !== null && (sorter.ndim !== list.ndim || sorter.shape.some((size, d) => size !== list.size(d)))) {
    throw new ShapeError(
      `[${op}] boundary and sorter must have the same size, but got boundary tensor ${bracketed(list.shape)} and got sorter tensor ${bracketed(sorter.shape)}`,
    );
  }
  const dtype = resultType(list, wanted);
  const ordered = sorter === null ? list : list.gather(-1, sorter);
  return apply(ops.insertionPoints, [cast(ordered.detach(), dtype), cast(wanted.detach(), dtype)], right);
}

/** Options of `isin`. */
export interface IsinOptions {
  /** Accepted for compatibility with PyTorch; it makes no difference here. */
  readonly assumeUnique?: boolean | undefined;
  /** If true, tells which elements are not among the others. Default false. */
  readonly invert?: boolean | undefined;
}

export type IsinArgs =
  | readonly [testElements: Operand, options?: IsinOptions | undefined]
  | readonly [options: IsinOptions & { readonly testElements: Operand }];

const ISIN = signature("isin", {
  elements: required(anOperand),
  testElements: required(anOperand),
  assumeUnique: keyword(aBoolean, false),
  invert: keyword(aBoolean, false),
});

/** As many elements are compared one by one: beyond, searching a sorted list takes less time. */
const MAX_COMPARED = 16;

/**
 * Tells for every element whether it is among `testElements`: bool. One of the two may be a number. NaN is not among any.
 *
 * @throws DTypeError for bools.
 * @example isin(tensor([1, 2, 3]), tensor([3, 1])); // tensor([ True, False,  True])
 */
export function isin(x: Operand, ...args: IsinArgs): Tensor {
  const { elements, testElements, invert } = ISIN.read([x, ...args]);
  const [a, b] = operands("isin", elements, testElements);
  if (a.dtype === "bool" || b.dtype === "bool") {
    throw new DTypeError("[isin] Unsupported input type encountered for isin(): bool. Convert with .int() first.");
  }
  const dtype = resultType(a, b);
  const [items, among] = [cast(a.detach(), dtype), cast(b.detach(), dtype).reshape(-1)];
  const found = isAmong(items, among);
  return invert ? found.logicalNot() : found;
}

function isAmong(items: Tensor, among: Tensor): Tensor {
  const count = among.numel();
  if (count === 0) return items.ne(items).logicalAnd(false);
  if (count <= MAX_COMPARED) {
    return Array.from({ length: count }, (_, i) => items.eq(among.select(0, i))).reduce((a, b) => a.logicalOr(b));
  }
  const listed = isAmongIntegers(items, among);
  if (listed !== null) return listed;
  const sorted = among.sort().values;
  const places = apply(ops.insertionPoints, [sorted, items], false).clamp(0, count - 1);
  return sorted.take(places).eq(items);
}

/**
 * Indices of the elements that are not 0, as rows: {@link nonzero}. Reads synchronously.
 *
 * @example argwhere(tensor([[0, 5], [7, 0]])); // tensor([[0, 1], [1, 0]])
 */
export const argwhere = unary("argwhere", (x) => x.nonzero());

/**
 * The elements sorted along the first dimension; NaN counts as the largest.
 *
 * @example msort(tensor([3, 1, 2])); // tensor([1., 2., 3.])
 */
export const msort = unary("msort", (x) => x.sort(0).values);

/**
 * The elements as a vector, in row-major order: a view where the strides allow it, else a copy.
 *
 * @example ravel(tensor([[1, 2], [3, 4]])); // tensor([1., 2., 3., 4.])
 */
export const ravel = unary("ravel", (x) => withGradFnName("ViewBackward0", x.reshape(-1)));

/** Entries of the largest table of integers. */
const MAX_TABLE = 2 ** 24;

/** {@link isAmong} of integers that lie near each other, by a table of all between the least and the largest; else null. */
function isAmongIntegers(items: Tensor, among: Tensor): Tensor | null {
  if (isFloat(among.dtype) || among.device !== "cpu") return null;
  const listed = cast(among, "int32");
  const [low, high] = [listed.min().itemSync(), listed.max().itemSync()];
  if (high - low >= MAX_TABLE) return null;
  const none = cast(listed.newZeros([high - low + 1]), "bool");
  const present = none.scatter(0, listed.sub(low), 1);
  const wanted = cast(items, "int32");
  const isInside = wanted.ge(low).logicalAnd(wanted.le(high));
  return present.take(wanted.clamp(low, high).sub(low)).logicalAnd(isInside);
}

/** Result of `uniqueConsecutive`. */
export interface UniqueConsecutiveParts {
  /** The first element, or slice, of each run. */
  readonly output: Tensor;
  /** For every element of the input, or slice, the number of its run. */
  readonly inverseIndices: Tensor;
  /** The length of each run. */
  readonly counts: Tensor;
}

/** Options of `uniqueConsecutive`. */
export interface UniqueConsecutiveOptions {
  /** Accepted for compatibility with PyTorch; the indices are always returned here. */
  readonly returnInverse?: boolean | undefined;
  /** Accepted for compatibility with PyTorch; the counts are always returned here. */
  readonly returnCounts?: boolean | undefined;
  /** The dimension whose slices are compared. Default: elements are. */
  readonly dim?: number | null | undefined;
}

export type UniqueConsecutiveArgs = Args<
  [],
  [returnInverse: boolean, returnCounts: boolean, dim: number | null],
  UniqueConsecutiveOptions
>;

const UNIQUE_CONSECUTIVE = signature("uniqueConsecutive", {
  input: required(aTensor),
  returnInverse: optional(aBoolean, true),
  returnCounts: optional(aBoolean, true),
  dim: optional(anInteger, null),
});

/**
 * The elements without those that are equal to the one before them, or the slices of a dimension, with the number of the run
 * that each belongs to and the lengths of the runs. Each NaN is distinct. Reads synchronously.
 *
 * @example
 * ```ts
 * uniqueConsecutive(tensor([1, 1, 2, 1]));
 * // { output: tensor([1., 2., 1.]), inverseIndices: tensor([0, 0, 1, 2]), counts: tensor([2, 1, 1]) }
 * ```
 */
export function uniqueConsecutive(x: Tensor, ...args: UniqueConsecutiveArgs): UniqueConsecutiveParts {
  const { input, dim } = UNIQUE_CONSECUTIVE.read([x, ...args]);
  const source = input.detach();
  const d = dim === null || input.ndim === 0 ? 0 : normalizeDim("uniqueConsecutive", dim, input.ndim);
  const list = dim === null || input.ndim === 0 ? source.reshape(-1) : source;
  const size = list.size(d);
  if (size > 0 && list.numel() === 0) {
    throw new ShapeError(
      `[uniqueConsecutive] There are 0 sized dimensions, and they aren't selected, so unique cannot be applied: got shape ${bracketed(input.shape)}`,
    );
  }
  if (size === 0) {
    const none = cast(list.newZeros([0]), "int32");
    return { output: list, inverseIndices: dim === null ? none.view(input.shape) : none, counts: none };
  }
  // A run starts at the first slice and where one differs from the slice before it.
  const rows = list.movedim(d, 0).reshape(size, -1);
  const unequal = rows.narrow(0, 1, size - 1).ne(rows.narrow(0, 0, size - 1));
  const differs = unequal.size(1) === 1 ? unequal.view(-1) : unequal.any(1);
  const starts = differs.pad([1, 0], { value: 1 });
  const firsts = starts.nonzero().view(-1);
  const run = starts.cumsum(0).sub(1);
  const ends = firsts.narrow(0, 1, firsts.numel() - 1).pad([0, 1], { value: size });
  return {
    output: list.indexSelect(d, firsts),
    inverseIndices: dim === null ? run.view(input.shape) : run,
    counts: ends.sub(firsts),
  };
}
