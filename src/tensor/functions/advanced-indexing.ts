/** @file Basic and advanced indexing: `x.at(…)` reads, `x.setAt([…], value)` writes. */

import { sizeOf } from "../../../kernels/layout.ts";
import { apply, applyInPlace } from "../../autograd/apply.ts";
import { batchOf } from "../../autograd/batching.ts";
import { type Args, optional, readArgument, required, signature } from "../../core/arguments.ts";
import { describeValue } from "../../core/describe.ts";
import { DeviceError, DTypeError, ShapeError, ValueError } from "../../core/errors.ts";
import { isTensor } from "../../core/identity.ts";
import { aBoolean, aTensor, kind } from "../../core/kinds.ts";
import { bracketed, broadcastShapes } from "../../core/shape.ts";
import { converted, flattened } from "../host-data.ts";
import { newFrom } from "../like.ts";
import { ops } from "../ops/index.ts";
import { type IndexParams, indexedShape } from "../ops/merge-dims.ts";
import { checkCount, stored } from "../range.ts";
import type { NestedArray } from "../readback.ts";
import type { Tensor } from "../tensor.ts";
import { scalarLike } from "../type-promotion.ts";
import { cast } from "./convert.ts";
import { indexTensor } from "./gather-scatter.ts";
import { renameInPlace, withGradFnName } from "./grad-fn-name.ts";
import { selectAt, sliceAt } from "./shape.ts";

/**
 * As an index of `at` and `setAt`, a new dimension of size 1: Python's `None`. null is the whole dimension here.
 *
 * @example tensor([1, 2]).at(newaxis).shape; // [1, 2]
 */
export const newaxis: unique symbol = Symbol("newaxis");

/** A slice `[start, end, step]`; null or a missing entry stands for Python's omitted one. */
export type SliceIndex = readonly [start?: number | null, end?: number | null, step?: number | null];

/**
 * One entry of an index: an integer; a slice, as `[start, end, step]` or as a string `"start:end:step"`; null or ":" for
 * the whole dimension; "..." for as many whole dimensions as the others leave; {@link newaxis} for a new dimension; an
 * index or mask tensor; or a boolean, a mask without dimensions.
 */
export type Index = number | string | boolean | null | SliceIndex | Tensor | typeof newaxis;

/** An index tensor or the positions of a mask, and the dimensions of the view that it is for. */
interface Pick {
  readonly dims: readonly number[];
  readonly index: Tensor;
  /** Not given by a user: in range, and not negative. */
  readonly isPositions: boolean;
}

/** What an index means: a view by its basic entries, and what its tensors pick from that. */
interface ParsedIndex {
  readonly view: Tensor;
  readonly picks: readonly Pick[];
  /** The mask, if it is the only tensor, and the dimension of the view where it begins. */
  readonly mask: { readonly tensor: Tensor; readonly dim: number } | null;
}

const SLICE_TEXT = /^\s*(-?\d+)?\s*:\s*(-?\d+)?\s*(?::\s*(-?\d+)?\s*)?$/;

/** `"1:3"`, `":"`, `"::2"`, or undefined for another string. */
function parseSlice(text: string): SliceIndex | undefined {
  const match = SLICE_TEXT.exec(text);
  if (match === null) return undefined;
  const read = (part: string | undefined) => (part === undefined ? null : Number(part));
  return [read(match[1]), read(match[2]), read(match[3])];
}

const isPlace = (value: unknown): boolean => value == null || typeof value === "number";

function isSlice(index: unknown): index is SliceIndex {
  return Array.isArray(index) && index.length <= 3 && index.every(isPlace);
}

/** PyTorch takes bytes for a mask as well. */
function isMask(index: Tensor): boolean {
  return index.dtype === "bool" || index.dtype === "uint8";
}

/** Number of dimensions that an entry consumes. */
function dimsConsumedBy(index: Index): number {
  if (typeof index === "boolean" || index === newaxis || index === "...") return 0;
  return isTensor(index) && isMask(index) ? index.ndim : 1;
}

/** Whether the position can be read, and the result be a view. */
function isReadable(index: Tensor): boolean {
  return index.device === "cpu" && batchOf(index) === null;
}

function invalidIndex(op: string, index: unknown): ValueError {
  if (typeof index === "string") {
    return new ValueError(
      `[${op}] cannot read the index ${JSON.stringify(index)}: a string is a slice, as ":", "1:3" or "::2", or "...". Write numbers as numbers.`,
    );
  }
  const isList = Array.isArray(index) || ArrayBuffer.isView(index);
  const hint = isList ? " An array is a slice here: for the rows 0 and 2, pass tensor([0, 2]).int()." : "";
  return new ValueError(
    `[${op}] expected an integer, null, a slice [start, end, step], a string such as "1:3" or "...", newaxis or an index tensor, but got ${describeValue(index)}.${hint}`,
  );
}

/** Reads entry after entry, and follows the basic ones. */
class IndexReader {
  readonly #op: string;
  readonly #picks: Pick[] = [];
  readonly #masks: { tensor: Tensor; dim: number }[] = [];
  #view: Tensor;
  #dim = 0;

  constructor(op: string, x: Tensor) {
    this.#op = op;
    this.#view = x;
  }

  read(indices: readonly Index[]): ParsedIndex {
    const x = this.#view;
    const used = indices.reduce<number>((n, index) => n + dimsConsumedBy(index), 0);
    if (indices.filter((index) => index === "...").length > 1) {
      throw new ValueError(`[${this.#op}] an index can only have a single ellipsis ('...')`);
    }
    if (used > x.ndim) {
      throw new ShapeError(
        `[${this.#op}] too many indices for tensor of dimension ${x.ndim}: got ${used} for shape ${bracketed(x.shape)}`,
      );
    }
    for (const index of indices) {
      if (index === "...") this.#dim += x.ndim - used;
      else this.#next(index);
    }
    const [mask = null] = this.#picks.length === 1 ? this.#masks : [];
    return { view: this.#view, picks: this.#picks, mask };
  }

  #next(index: Index): void {
    if (typeof index === "number") this.#view = selectAt(this.#op, this.#view, this.#dim, index);
    else if (index === null) this.#dim++;
    else if (index === newaxis) this.#view = this.#view.unsqueeze(this.#dim++);
    else if (typeof index === "boolean") this.#pickAll(index);
    else if (isTensor(index)) this.#tensor(index);
    else this.#slice(index);
  }

  #slice(index: string | SliceIndex): void {
    const slice = typeof index === "string" ? parseSlice(index) : index;
    if (!isSlice(slice)) throw invalidIndex(this.#op, index);
    const [start, end, step] = slice;
    const isAll = start == null && end == null && step == null;
    if (!isAll) this.#view = sliceAt(this.#op, this.#view, this.#dim, start, end, step);
    this.#dim++;
  }

  #tensor(index: Tensor): void {
    if (isMask(index)) {
      if (index.ndim === 0) this.#pickAll(Boolean(index.itemSync<number | boolean>()));
      else this.#mask(index.dtype === "bool" ? index : cast(index, "bool"));
    } else if (index.ndim === 0 && index.dtype === "int32" && isReadable(index)) {
      this.#view = selectAt(this.#op, this.#view, this.#dim, index.itemSync());
    } else {
      this.#picks.push({ dims: [this.#dim++], index: indexTensor(this.#op, index), isPositions: false });
    }
  }

  /** A mask without dimensions: a new dimension of size 1 or 0. */
  #pickAll(choice: boolean): void {
    this.#view = this.#view.unsqueeze(this.#dim);
    const index = newFrom(this.#view, "int32", new Int32Array(Number(choice)), [Number(choice)]);
    this.#picks.push({ dims: [this.#dim++], index, isPositions: true });
  }

  #mask(mask: Tensor): void {
    mask.shape.forEach((size, d) => {
      const dim = this.#dim + d;
      if (size !== this.#view.shape[dim]) {
        throw new ShapeError(
          `[${this.#op}] The shape of the mask ${bracketed(mask.shape)} at index ${d} does not match the shape of the indexed tensor ${bracketed(this.#view.shape)} at index ${dim}`,
        );
      }
    });
    const dims = mask.shape.map((_, d) => this.#dim + d);
    this.#masks.push({ tensor: mask, dim: this.#dim });
    this.#dim += mask.ndim;
    // The positions are read when they are needed: writing one value does without.
    const op = this.#op;
    let positions: Tensor | undefined;
    this.#picks.push({
      dims,
      get index() {
        positions ??= positionsOfTrue(op, mask);
        return positions;
      },
      isPositions: true,
    });
  }
}

/** The flat indices of a mask's true elements. @throws DeviceError on a device that cannot be read synchronously. */
function positionsOfTrue(op: string, mask: Tensor): Tensor {
  try {
    return apply(ops.nonzero, [mask.reshape(-1)], null).view(-1);
  } catch (error) {
    if (!(error instanceof DeviceError)) throw error;
    throw new DeviceError(
      `[${op}] the shape of the result depends on the mask, which is on device "${mask.device}". Move the mask first, \`await mask.cpu()\`, or use where or maskedFill.`,
      { cause: error },
    );
  }
}

/** Flat positions within the dimensions that tensors pick from, and those dimensions. */
function positionsOf(op: string, view: Tensor, picks: readonly Pick[]): { flat: Tensor; params: IndexParams } {
  const [first] = picks as readonly [Pick];
  const dims = picks.flatMap((pick) => pick.dims);
  if (picks.length === 1 && first.isPositions) {
    const flat = first.index.device === view.device ? first.index : first.index.to(view.device);
    return { flat, params: { dims, shape: flat.shape } };
  }
  const indices = picks.map(({ index }) => (index.device === view.device ? index : index.to(view.device)));
  const shape = indices.map((index) => index.shape).reduce((a, b) => broadcastShapes(op, a, b));
  checkCount(op, shape, "int32");
  const sizes = picks.map((pick) => sizeOf(pick.dims.map((d) => view.size(d))));
  const firstDims = picks.map((pick) => pick.dims[0] as number);
  try {
    return { flat: apply(ops.flatIndex, indices, { shape, sizes, dims: firstDims }), params: { dims, shape } };
  } catch (error) {
    if (!(error instanceof ValueError)) throw error;
    throw new ShapeError(error.message.replace(/^\[at\]/, `[${op}]`), { cause: error });
  }
}

/**
 * Basic and advanced indexing, as `x[…]` in Python: integers; slices `[start, end, step]` or strings `"start:end:step"`;
 * null or ":" for a whole dimension; "..." for all dimensions that are left; {@link newaxis}; and index or mask tensors.
 * Basic indices give a view, tensors a copy, by the rules of PyTorch and NumPy.
 *
 * An array is a slice: `at(x, [0, 2])` is Python's `x[0:2]`. Python's `x[[0, 2]]`, the rows 0 and 2, is
 * `at(x, tensor([0, 2]).int())`.
 *
 * @throws ShapeError for too many indices, one out of bounds, or a mask of another shape; ValueError for anything else.
 * @example
 * ```ts
 * const x = tensor([[1, 2, 3], [4, 5, 6]]);
 * at(x, 0); // tensor([1., 2., 3.])
 * at(x, ":", "1:3"); // tensor([[2., 3.], [5., 6.]])
 * at(x, "...", 0); // tensor([1., 4.])
 * at(x, x.gt(4)); // tensor([5., 6.])
 * ```
 */
export function at(x: Tensor, ...indices: readonly Index[]): Tensor {
  if (!isTensor(x)) readArgument("at", "input", aTensor, x);
  const { view, picks } = new IndexReader("at", x).read(indices);
  if (picks.length > 0) return pickFrom("at", view, picks);
  if (view !== x) return view;
  // A result is never x itself.
  if (indices.some((index) => index !== "...")) return x.slice(0);
  return withGradFnName("AliasBackward0", x.view(x.shape));
}

function pickFrom(op: string, view: Tensor, picks: readonly Pick[]): Tensor {
  const { flat, params } = positionsOf(op, view, picks);
  checkCount(op, indexedShape(view.shape, params), view.dtype);
  return apply(ops.index, [view, flat], params);
}

/** What `setAt` writes. */
export type IndexedValue = Tensor | NestedArray;

/**
 * Writes to a part of a tensor, as `x[…] = value` in Python: the indices are those of {@link at}, in an array or a single
 * one. The value broadcasts. Gradients pass to the value, and to what stays of x.
 *
 * Of several writes to one place the last one counts. An array is a list of indices: `setAt(x, [0, 2], 5)` is `x[0, 2] = 5`,
 * and `setAt(x, [[0, 2]], 5)` or `setAt(x, "0:2", 5)` is `x[0:2] = 5`.
 *
 * @param value - A number, a tensor, or nested arrays of numbers.
 * @throws ShapeError for a value that does not broadcast, too many indices or one out of bounds; DTypeError for a tensor
 * of another dtype at index tensors, unless it is one element for a mask; GraphError for a leaf that requires a gradient,
 * outside `noGrad`.
 * @example
 * ```ts
 * const x = zeros(2, 3);
 * setAt(x, [0, "1:"], 1); // tensor([[0., 1., 1.], [0., 0., 0.]])
 * setAt(x, x.eq(0), -1); // tensor([[-1., 1., 1.], [-1., -1., -1.]])
 * ```
 */
export function setAt(x: Tensor, indices: Index | readonly Index[], value: IndexedValue): Tensor {
  const op = "setAt";
  if (!isTensor(x)) readArgument(op, "input", aTensor, x);
  if (value === undefined) {
    throw new ValueError('[setAt] missing required argument "value". Usage: setAt(input, indices, value)');
  }
  if (indices === false) return x;
  const list = Array.isArray(indices) ? (indices as readonly Index[]) : [indices as Index];
  const { view, picks, mask } = new IndexReader(op, x).read(list);
  if (picks.length > 0) write(op, view, picks, mask, withoutLeadingOnes(toValue(op, x, value)), false);
  else if (typeof value === "number" || typeof value === "boolean") fillView(op, view, value);
  else writeView(op, view, withoutLeadingOnes(toValue(op, x, value)));
  return x;
}

/** The value as a tensor; a number gets the dtype of x. */
function toValue(op: string, x: Tensor, value: IndexedValue): Tensor {
  if (isTensor(value)) return value;
  if (typeof value === "number" || typeof value === "boolean")
    return scalarLike(stored(op, value, x.dtype), x.dtype, x);
  const { values, shape } = flattened(op, value);
  return newFrom(x, x.dtype, converted(op, values, x.dtype), shape);
}

/** PyTorch drops them, so that a value of shape [1, 3] fits a row of 3. */
function withoutLeadingOnes(value: Tensor): Tensor {
  const first = value.shape.findIndex((size) => size !== 1);
  const rest = value.shape.slice(first < 0 ? value.ndim : first);
  return rest.length === value.ndim ? value : value.reshape(rest);
}

function checkBroadcast(op: string, value: Tensor, shape: readonly number[]): void {
  const lead = shape.length - value.ndim;
  if (lead >= 0 && value.shape.every((size, d) => size === 1 || size === shape[lead + d])) return;
  throw new ShapeError(
    `[${op}] shape mismatch: value tensor of shape ${bracketed(value.shape)} cannot be broadcast to indexing result of shape ${bracketed(shape)}`,
  );
}

function fillView(op: string, view: Tensor, value: number | boolean): void {
  applyInPlace(ops.fill, op, view, [], stored(op, value, view.dtype));
  renameInPlace(ops.fill.gradName, view.ndim > 0 ? "FillBackward3" : "CopyBackwards", view);
}

function writeView(op: string, view: Tensor, value: Tensor): void {
  checkBroadcast(op, value, view.shape);
  applyInPlace(ops.copy_, op, view, [cast(value, view.dtype)], null);
  if (value.ndim === 0 && view.ndim > 0) renameInPlace(ops.copy_.gradName, "FillBackward3", view);
}

/** Writes or adds a value where tensors pick. */
function write(
  op: string,
  view: Tensor,
  picks: readonly Pick[],
  mask: ParsedIndex["mask"],
  value: Tensor,
  accumulate: boolean,
): void {
  if (mask !== null && value.numel() === 1 && !accumulate) {
    const after = view.ndim - mask.dim - mask.tensor.ndim;
    const wide =
      after === 0 ? mask.tensor : mask.tensor.reshape([...mask.tensor.shape, ...Array<number>(after).fill(1)]);
    const onDevice = wide.device === view.device ? wide : wide.to(view.device);
    applyInPlace(ops.maskedFill, op, view, [onDevice, cast(value.reshape([]), view.dtype)], null);
    renameInPlace(ops.maskedFill.gradName, "IndexPutBackward0", view);
    return;
  }
  if (value.dtype !== view.dtype) {
    throw new DTypeError(
      `[${op}] Index put requires the source and destination dtypes match, got ${view.dtype} for the destination and ${value.dtype} for the source. Convert the value with .to("${view.dtype}").`,
    );
  }
  const { flat, params } = positionsOf(op, view, picks);
  const shape = indexedShape(view.shape, params);
  checkBroadcast(op, value, shape);
  applyInPlace(ops.indexPut, op, view, [flat, value.expand(shape)], { ...params, accumulate });
}

/** Options of `indexPut`. */
export interface IndexPutOptions {
  /** An index or mask tensor for each of the first dimensions; null for a whole one. */
  readonly indices: readonly (Tensor | null)[];
  /** The values, which broadcast to what the indices pick. */
  readonly values: Tensor;
  /** If true, the values are added, also where an index repeats. Default false: the last write counts. */
  readonly accumulate?: boolean | undefined;
}

export type IndexPutArgs = Args<
  [indices: readonly (Tensor | null)[], values: Tensor],
  [accumulate: boolean],
  IndexPutOptions
>;

const indexTensors = kind<readonly (Tensor | null)[]>(
  "an array of index tensors",
  (value) => Array.isArray(value) && value.length > 0 && value.every((one) => one === null || isTensor(one)),
);

const INDEX_PUT = {
  input: required(aTensor),
  indices: required(indexTensors),
  values: required(aTensor),
  accumulate: optional(aBoolean, false),
} as const;

const INDEX_PUT_ = signature("indexPut_", INDEX_PUT);
const INDEX_PUT_COPY = signature("indexPut", INDEX_PUT);

/**
 * Writes, or adds, values at the places that index tensors name, in place: `x[indices] = values`.
 *
 * @throws ShapeError for values that do not broadcast; DTypeError for values of another dtype.
 * @example
 * ```ts
 * const rows = tensor([0, 0, 2]).int();
 * zeros(3).indexPut_([rows], tensor([1, 2, 3]), true); // tensor([3., 0., 3.])
 * ```
 */
export function indexPut_(x: Tensor, ...args: IndexPutArgs): Tensor {
  const { input, indices, values, accumulate } = INDEX_PUT_.read([x, ...args]);
  return putAt("indexPut_", input, indices, values, accumulate);
}

function putAt(
  op: string,
  x: Tensor,
  indices: readonly (Tensor | null)[],
  values: Tensor,
  accumulate: boolean,
): Tensor {
  const { view, picks, mask } = new IndexReader(op, x).read(indices.map(asVector));
  if (picks.length === 0) throw new ValueError(`[${op}] expected at least one index tensor`);
  write(op, view, picks, mask, values, accumulate);
  return x;
}

/** A 0-d index selects no view here, where an operation writes. */
function asVector(index: Tensor | null): Tensor | null {
  return index !== null && index.ndim === 0 && !isMask(index) ? index.reshape(1) : index;
}

/**
 * A copy with values written, or added, at the places that index tensors name.
 *
 * @throws ShapeError for values that do not broadcast; DTypeError for values of another dtype.
 * @example indexPut(zeros(3), [tensor([0, 2]).int()], tensor([5, 6])); // tensor([5., 0., 6.])
 */
export function indexPut(x: Tensor, ...args: IndexPutArgs): Tensor {
  const { input, indices, values, accumulate } = INDEX_PUT_COPY.read([x, ...args]);
  return putAt("indexPut", input.clone(), indices, values, accumulate);
}
