/** @file Movement functions: movedim, rot90, flips, repeat and tile, atleast1d and its kind, grids. */
import { type Args, keyword, optional, required, rest, signature } from "../../core/arguments.ts";
import { ShapeError, ValueError } from "../../core/errors.ts";
import { isTensor } from "../../core/identity.ts";
import {
  anInteger,
  aTensor,
  dims as dimsKind,
  integers,
  numbers,
  oneOf,
  tensors as tensorList,
} from "../../core/kinds.ts";
import { bracketed, broadcastShapes, checkSizes, normalizeDim } from "../../core/shape.ts";
import { checkCount } from "../range.ts";
import type { Tensor } from "../tensor.ts";
import { type Dims, type Sizes, type UnaryFunction, unary, withName } from "./arguments.ts";
import { asNonView, withGradFnName } from "./grad-fn-name.ts";
import { permute, transpose } from "./shape.ts";

export type MovedimArgs = Args<
  [source: Dims, destination: Dims],
  [],
  { readonly source: Dims; readonly destination: Dims }
>;

const MOVEDIM = signature("movedim", {
  input: required(aTensor),
  source: required(dimsKind),
  destination: required(dimsKind),
});

/**
 * A view with dimensions moved to other positions; the rest keep their order.
 *
 * @throws ShapeError for repeated dimensions, or if source and destination differ in number.
 * @example movedim(ones(2, 3, 4), 0, -1).shape; // [3, 4, 2]
 */
export function movedim(input: Tensor, ...args: MovedimArgs): Tensor {
  const { input: x, source, destination } = MOVEDIM.read([input, ...args]);
  const list = (dims: number | readonly number[]) =>
    (typeof dims === "number" ? [dims] : dims).map((d) => normalizeDim("movedim", d, x.ndim));
  const [from, to] = [list(source), list(destination)];
  if (from.length !== to.length) {
    throw new ShapeError(
      `[movedim] Invalid source or destination dims: source (${bracketed(from)} dims) should contain the same number of dims as destination (${bracketed(to)} dims)`,
    );
  }
  if (new Set(from).size !== from.length || new Set(to).size !== to.length) {
    throw new ShapeError(`[movedim] repeated dim in ${bracketed(from)} or ${bracketed(to)}`);
  }
  if (x.ndim === 0) return permute(x, []);
  const others = [...x.shape.keys()].filter((d) => !from.includes(d));
  const order = [...x.shape.keys()].map((d) => {
    const moved = to.indexOf(d);
    return moved >= 0 ? (from[moved] as number) : (others.shift() as number);
  });
  return permute(x, order);
}

/** Options of `rot90`. */
export interface Rot90Options {
  /** Number of rotations by 90°. Default 1. */
  readonly k?: number | undefined;
  /** The plane: two dimensions. Default [0, 1]. */
  readonly dims?: readonly number[] | undefined;
}

export type Rot90Args = Args<[], [k: number, dims: readonly number[]], Rot90Options>;

const ROT90 = signature("rot90", {
  input: required(aTensor),
  k: optional(anInteger, 1),
  dims: optional(integers, [0, 1]),
});

/**
 * Rotates by 90° `k` times in the plane of two dimensions, from the first towards the second; a copy.
 *
 * @throws ShapeError unless dims names two different dimensions.
 * @example rot90(tensor([[1, 2], [3, 4]])); // tensor([[2., 4.], [1., 3.]])
 */
export function rot90(input: Tensor, ...args: Rot90Args): Tensor {
  const { input: x, k, dims } = ROT90.read([input, ...args]);
  if (dims.length !== 2) {
    throw new ShapeError(`[rot90] expected total rotation dims == 2, but got dims = ${dims.length}`);
  }
  if (x.ndim < 2) throw new ShapeError(`[rot90] expected total dims >= 2, but got total dims = ${x.ndim}`);
  const [a, b] = dims.map((d) => normalizeDim("rot90", d, x.ndim)) as [number, number];
  if (a === b) throw new ShapeError(`[rot90] expected rotation dims to be different, but got ${bracketed(dims)}`);
  const turned = [
    () => x.clone(),
    () => transpose(x, a, b).flip(a),
    () => x.flip(a, b),
    () => transpose(x, a, b).flip(b),
  ][((k % 4) + 4) % 4] as () => Tensor;
  return withGradFnName("Rot90Backward0", turned());
}

/** The arguments of {@link narrowCopy} by name. */
export interface NarrowCopyOptions {
  /** The dimension. */
  readonly dim: number;
  /** First position. */
  readonly start: number;
  /** Number of positions. */
  readonly length: number;
}

export type NarrowCopyArgs = Args<[dim: number, start: number, length: number], [], NarrowCopyOptions>;

const NARROW_COPY = signature("narrowCopy", {
  input: required(aTensor),
  dim: required(anInteger),
  start: required(anInteger),
  length: required(anInteger),
});

/**
 * A copy of the positions start … start + length − 1 of a dimension, where `narrow` gives a view.
 *
 * @throws ShapeError for positions out of range.
 * @example narrowCopy(tensor([1, 2, 3]), 0, 1, 2); // tensor([2., 3.])
 */
export function narrowCopy(x: Tensor, ...args: NarrowCopyArgs): Tensor {
  const { input, dim, start, length } = NARROW_COPY.read([x, ...args]);
  return withGradFnName("NarrowCopyBackward0", input.narrow(dim, start, length).clone());
}

function flipAlong(op: string, dim: number): UnaryFunction {
  return unary(op, (x) => {
    if (x.ndim <= dim)
      throw new ShapeError(`[${op}] Input must be >= ${dim + 1}-d, but got shape ${bracketed(x.shape)}`);
    return x.flip(dim);
  });
}

/**
 * Flips left to right: reverses dimension 1.
 *
 * @throws ShapeError for fewer than two dimensions.
 * @example fliplr(tensor([[1, 2], [3, 4]])); // tensor([[2., 1.], [4., 3.]])
 */
export const fliplr = flipAlong("fliplr", 1);

/**
 * Flips upside down: reverses dimension 0.
 *
 * @throws ShapeError for a 0-d tensor.
 * @example flipud(tensor([[1, 2], [3, 4]])); // tensor([[3., 4.], [1., 2.]])
 */
export const flipud = flipAlong("flipud", 0);

const REPEAT = signature("repeat", { input: required(aTensor), repeats: rest(numbers) });
const TILE = signature("tile", { input: required(aTensor), dims: rest(numbers) });

/**
 * Repeats the tensor along each dimension, with a copy; more counts than dimensions add leading ones.
 *
 * @throws ShapeError for fewer counts than dimensions.
 * @example repeat(tensor([1, 2]), 2, 2); // tensor([[1., 2., 1., 2.], [1., 2., 1., 2.]])
 */
export function repeat(x: Tensor, ...counts: Sizes<"repeats">): Tensor {
  const { input, repeats } = REPEAT.read([x, ...counts]);
  return repeatAlong("repeat", input, repeats);
}

/**
 * Repeats the tensor along each dimension, as {@link repeat}; missing leading counts are 1.
 *
 * @example tile(tensor([[1, 2]]), 2); // tensor([[1., 2., 1., 2.]])
 */
export function tile(x: Tensor, ...counts: Sizes<"dims">): Tensor {
  const { input, dims } = TILE.read([x, ...counts]);
  return repeatAlong("tile", input, [...new Array<number>(Math.max(input.ndim - dims.length, 0)).fill(1), ...dims]);
}

function repeatAlong(op: string, x: Tensor, counts: readonly number[]): Tensor {
  const lead = counts.length - x.ndim;
  if (lead < 0) {
    throw new ShapeError(
      `[${op}] Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor`,
    );
  }
  checkSizes(op, counts);
  const shape = [...new Array<number>(lead).fill(1), ...x.shape];
  const result = shape.map((s, d) => s * (counts[d] as number));
  checkCount(op, result, x.dtype);
  const spaced = x.reshape(shape.flatMap((s) => [1, s])).expand(shape.flatMap((s, d) => [counts[d] as number, s]));
  return asNonView("RepeatBackward0", spaced.clone().view(result));
}

/** The overloads of `atleast1d` and its kind: of one tensor a tensor, of several or a list a list. */
export interface AtLeast {
  (input: Tensor): Tensor;
  (...tensors: readonly Tensor[]): Tensor[];
  (tensors: readonly Tensor[]): Tensor[];
}

function atLeastRank(op: string, raise: (x: Tensor) => Tensor): AtLeast {
  const SIGNATURE = signature(op, { tensors: rest(tensorList) });
  function compute(...args: readonly unknown[]): Tensor | Tensor[] {
    const { tensors } = SIGNATURE.read(args);
    const raised = tensors.map(raise);
    return args.length === 1 && isTensor(args[0]) ? (raised[0] as Tensor) : raised;
  }
  return withName(op, compute) as AtLeast;
}

/** A view with at least `rank` dimensions, of which the new ones come first. */
export function atLeast(x: Tensor, rank: number): Tensor {
  if (x.ndim > 0 && x.ndim === rank - 1) return x.unsqueeze(0);
  return x.ndim >= rank ? x : x.reshape([...new Array<number>(rank - x.ndim).fill(1), ...x.shape]);
}

/** A view with at least three dimensions: a vector lies along the second one, a matrix along the first two. */
export function atLeast3(x: Tensor): Tensor {
  if (x.ndim >= 3) return x;
  if (x.ndim === 2) return x.unsqueeze(-1);
  return x.ndim === 1 ? x.unsqueeze(0).unsqueeze(-1) : x.reshape(1, 1, 1);
}

/**
 * A view of each tensor with at least one dimension.
 *
 * @example atleast1d(tensor(2)); // tensor([2.])
 */
export const atleast1d = atLeastRank("atleast1d", (x) => atLeast(x, 1));

/**
 * A view of each tensor with at least two dimensions: a vector becomes a row.
 *
 * @example atleast2d(tensor([1, 2])); // tensor([[1., 2.]])
 */
export const atleast2d = atLeastRank("atleast2d", (x) => atLeast(x, 2));

/**
 * A view of each tensor with at least three dimensions: [n] becomes [1, n, 1], and [n, m] becomes [n, m, 1].
 *
 * @example atleast3d(tensor([1, 2])).shape; // [1, 2, 1]
 */
export const atleast3d = atLeastRank("atleast3d", atLeast3);

const BROADCAST_TENSORS = signature("broadcastTensors", { tensors: rest(tensorList) });

/**
 * Broadcasts tensors to their common shape: a list of views.
 *
 * @throws ShapeError for shapes that do not broadcast.
 * @example broadcastTensors(ones(3, 1), ones(2)).map((x) => x.shape); // [[3, 2], [3, 2]]
 */
export function broadcastTensors(...args: readonly Tensor[] | readonly [tensors: readonly Tensor[]]): Tensor[] {
  const { tensors } = BROADCAST_TENSORS.read(args);
  const shape = tensors.map((x) => x.shape).reduce((a, b) => broadcastShapes("broadcastTensors", a, b), []);
  return tensors.map((x) => x.expand(shape));
}

/** Option of `meshgrid`. */
export interface MeshgridOptions {
  /** "ij" (default): matrix indexing, the first vector varies along dimension 0; "xy": Cartesian, along dimension 1. */
  readonly indexing?: "ij" | "xy" | undefined;
}

const MESHGRID = signature("meshgrid", {
  tensors: rest(tensorList),
  indexing: keyword(oneOf("ij", "xy"), "ij"),
});

/**
 * Coordinate grids from coordinate vectors: one view of the grid's shape for each vector.
 *
 * @throws ShapeError for tensors with more than one dimension; ValueError for an empty list.
 * @example
 * ```ts
 * meshgrid([tensor([1, 2]), tensor([3, 4])]);
 * // [tensor([[1., 1.], [2., 2.]]), tensor([[3., 4.], [3., 4.]])]
 * ```
 */
export function meshgrid(
  ...args:
    | readonly [...tensors: Tensor[]]
    | readonly [...tensors: Tensor[], options: MeshgridOptions]
    | readonly [tensors: readonly Tensor[], options?: MeshgridOptions | undefined]
    | readonly [options: MeshgridOptions & { readonly tensors: readonly Tensor[] }]
): Tensor[] {
  const { tensors, indexing } = MESHGRID.read(args);
  if (tensors.length === 0) throw new ValueError("[meshgrid] expected a non-empty array of Tensors");
  for (const x of tensors) {
    if (x.ndim > 1) {
      throw new ShapeError(`[meshgrid] Expected 0D or 1D tensor in the tensor list but got: ${bracketed(x.shape)}`);
    }
    if (x.dtype !== tensors[0]?.dtype) throw new ValueError("[meshgrid] expects all tensors to have the same dtype");
  }
  const swap = indexing === "xy" && tensors.length >= 2;
  const axes = swap ? [tensors[1] as Tensor, tensors[0] as Tensor, ...tensors.slice(2)] : tensors;
  const shape = axes.map((x) => x.numel());
  const grids = axes.map((x, i) => x.view(shape.map((_, d) => (d === i ? -1 : 1))).expand(shape));
  const [first, second, ...others] = grids;
  return swap ? [second as Tensor, first as Tensor, ...others] : grids;
}
