/** @file Splitting at positions: tensorSplit, hsplit, vsplit, dsplit. */
import { noGrad } from "../../autograd/grad-mode.ts";
import { type Args, optional, required, signature } from "../../core/arguments.ts";
import { DTypeError, ShapeError, ValueError } from "../../core/errors.ts";
import { isTensor } from "../../core/identity.ts";
import { anInteger, aTensor, dims as dimsKind, either } from "../../core/kinds.ts";
import { bracketed, normalizeDim } from "../../core/shape.ts";
import { checkListLength } from "../range.ts";
import type { Tensor } from "../tensor.ts";
import { type Dims, withName } from "./arguments.ts";

/** The arguments of {@link tensorSplit} by name. */
export interface TensorSplitOptions {
  /** The number of parts, or the positions to split at, as a list or a vector of integers. */
  readonly indicesOrSections?: Dims | Tensor | undefined;
  /** The positions to split at. */
  readonly indices?: Dims | Tensor | undefined;
  /** The number of parts. */
  readonly sections?: number | undefined;
  /** The dimension. Default 0. */
  readonly dim?: number | undefined;
}

export type TensorSplitArgs =
  | Args<[indicesOrSections: Dims | Tensor], [dim: number], TensorSplitOptions>
  | readonly [options: TensorSplitOptions];

const indicesOrSections = either(dimsKind, aTensor, "an integer, a list of integers or a Tensor");

const TENSOR_SPLIT = signature("tensorSplit", {
  input: required(aTensor),
  indicesOrSections: optional(indicesOrSections, null),
  dim: optional(anInteger, 0),
  indices: { ...optional(indicesOrSections, null), place: "name" },
  sections: { ...optional(anInteger, null), place: "name" },
});

/**
 * Splits a dimension into views: into a number of parts, of which the first ones are larger by one where the size is no
 * multiple of it, or at positions, which slices take as in Python.
 *
 * @throws ShapeError for a 0-d tensor; ValueError for less than one part.
 * @example
 * ```ts
 * tensorSplit(tensor([1, 2, 3]), 2); // [tensor([1., 2.]), tensor([3.])]
 * tensorSplit(tensor([1, 2, 3]), [1]); // [tensor([1.]), tensor([2., 3.])]
 * ```
 */
export function tensorSplit(x: Tensor, ...args: TensorSplitArgs): Tensor[] {
  const { input, dim, ...given } = TENSOR_SPLIT.read([x, ...args]);
  const at = given.indicesOrSections ?? given.indices ?? given.sections;
  if (at === null) throw new ValueError('[tensorSplit] missing required argument "indicesOrSections"');
  if (input.ndim === 0)
    throw new ShapeError("[tensorSplit] expected at least a 1-dimensional tensor, but got a 0-d one");
  return splitAt("tensorSplit", input, isTensor(at) ? numbersOf(at) : at, normalizeDim("tensorSplit", dim, input.ndim));
}

/** Positions, or a number of parts, from a tensor. */
function numbersOf(at: Tensor): Dims {
  if (at.dtype !== "int32") {
    throw new DTypeError(`[tensorSplit] tensor_indices_or_sections must be of dtype int32, but got ${at.dtype}`);
  }
  if (at.ndim > 1) {
    throw new ShapeError(`[tensorSplit] indices must be a vector or 0-d, but got shape ${bracketed(at.shape)}`);
  }
  const list = noGrad(() => Array.from(at.dataSync()));
  return at.ndim === 0 ? (list[0] as number) : list;
}

function splitAt(op: string, x: Tensor, at: Dims, d: number): Tensor[] {
  const size = x.size(d);
  if (typeof at !== "number") {
    const bounds = [0, ...at, size];
    return bounds.slice(1).map((end, i) => x.slice(d, bounds[i] as number, end));
  }
  if (at < 1) throw new ValueError(`[${op}] number of sections must be larger than 0, got ${at}`);
  checkListLength(op, at, "tensors");
  const [least, larger] = [Math.floor(size / at), size % at];
  let start = 0;
  return Array.from({ length: at }, (_, i) => {
    const part = x.narrow(d, start, least + (i < larger ? 1 : 0));
    start += part.size(d);
    return part;
  });
}

/** `(indices)` or `(sections)` of `hsplit`, `vsplit` and `dsplit`. */
export type AxisSplitArgs = readonly [
  indicesOrSections:
    | Dims
    | { readonly indicesOrSections: Dims }
    | { readonly indices: Dims }
    | { readonly sections: number },
];

function axisSplit(op: string, least: number, dimOf: (x: Tensor) => number) {
  const SIGNATURE = signature(op, {
    input: required(aTensor),
    indicesOrSections: optional(dimsKind, null),
    indices: { ...optional(dimsKind, null), place: "name" },
    sections: { ...optional(anInteger, null), place: "name" },
  });
  return withName(op, (x: Tensor, ...args: AxisSplitArgs): Tensor[] => {
    const { input, ...given } = SIGNATURE.read([x, ...args]);
    const at = given.indicesOrSections ?? given.indices ?? given.sections;
    if (at === null) throw new ValueError(`[${op}] missing required argument "indicesOrSections"`);
    if (input.ndim < least) {
      throw new ShapeError(
        `[${op}] requires a tensor with at least ${least} dimension${least === 1 ? "" : "s"}, but got a tensor with ${input.ndim} dimensions!`,
      );
    }
    const d = dimOf(input);
    if (typeof at === "number" && (at === 0 || input.size(d) % at !== 0)) {
      throw new ShapeError(
        `[${op}] attempted to split along dimension ${d}, but the size of the dimension ${input.size(d)} is not divisible by the split_size ${at}!`,
      );
    }
    return splitAt(op, input, at, d);
  });
}

/**
 * Splits into columns: along dimension 1, or 0 for a vector, into equal parts or at positions.
 *
 * @throws ShapeError for a 0-d tensor, or a size that is no multiple of the number of parts.
 * @example hsplit(tensor([[1, 2], [3, 4]]), 2); // [tensor([[1.], [3.]]), tensor([[2.], [4.]])]
 */
export const hsplit = axisSplit("hsplit", 1, (x) => (x.ndim === 1 ? 0 : 1));

/**
 * Splits into rows: along dimension 0, into equal parts or at positions.
 *
 * @throws ShapeError for fewer than two dimensions, or a size that is no multiple of the number of parts.
 * @example vsplit(tensor([[1, 2], [3, 4]]), 2); // [tensor([[1., 2.]]), tensor([[3., 4.]])]
 */
export const vsplit = axisSplit("vsplit", 2, () => 0);

/**
 * Splits in depth: along dimension 2, into equal parts or at positions.
 *
 * @throws ShapeError for fewer than three dimensions, or a size that is no multiple of the number of parts.
 * @example dsplit(tensor([[[1, 2]]]), [1]); // [tensor([[[1.]]]), tensor([[[2.]]])]
 */
export const dsplit = axisSplit("dsplit", 3, () => 2);
