/** @file Joining: stacks, block matrices, Cartesian products and combinations. */
import { type Args, optional, required, rest, signature } from "../../core/arguments.ts";
import { promoteTypes } from "../../core/dtype.ts";
import { ShapeError, ValueError } from "../../core/errors.ts";
import { aBoolean, aSize, aTensor, tensors as tensorList } from "../../core/kinds.ts";
import { bracketed } from "../../core/shape.ts";
import { newFrom } from "../like.ts";
import { checkCount } from "../range.ts";
import type { Tensor } from "../tensor.ts";
import { withName } from "./arguments.ts";
import { cast } from "./convert.ts";
import { asNonView, withGradFnName } from "./grad-fn-name.ts";
import { atLeast, atLeast3, meshgrid } from "./movement.ts";
import { cat, stack } from "./shape.ts";

/** The first parameter of functions of a list of tensors. */
export type TensorsArgument = readonly [tensors: readonly Tensor[] | { readonly tensors: readonly Tensor[] }];

/** A function that concatenates tensors along `dim` after it has brought them to a common rank. */
function joined(op: string, raise: (x: Tensor) => Tensor, dim: (first: Tensor) => number) {
  const SIGNATURE = signature(op, { tensors: required(tensorList) });
  return withName(op, (...args: TensorsArgument): Tensor => {
    const wide = SIGNATURE.read(args).tensors.map(raise);
    const [first] = wide;
    if (first === undefined) throw new ValueError(`[${op}] expected a non-empty array of Tensors`);
    return cat(wide, dim(first));
  });
}

/**
 * Stacks horizontally: concatenates along dimension 1, vectors along dimension 0.
 *
 * @throws ValueError for an empty list.
 * @example hstack([tensor([[1], [2]]), tensor([[3], [4]])]); // tensor([[1., 3.], [2., 4.]])
 */
export const hstack = joined(
  "hstack",
  (x) => atLeast(x, 1),
  (first) => (first.ndim === 1 ? 0 : 1),
);

/**
 * Stacks vertically: concatenates along dimension 0, with vectors as rows.
 *
 * @throws ValueError for an empty list.
 * @example vstack([tensor([1, 2]), tensor([3, 4])]); // tensor([[1., 2.], [3., 4.]])
 */
export const vstack = joined(
  "vstack",
  (x) => atLeast(x, 2),
  () => 0,
);

/**
 * {@link vstack} by another name.
 *
 * @throws ValueError for an empty list.
 * @example rowStack([tensor([1, 2]), tensor([3, 4])]); // tensor([[1., 2.], [3., 4.]])
 */
export const rowStack = joined(
  "rowStack",
  (x) => atLeast(x, 2),
  () => 0,
);

/**
 * Stacks in depth: concatenates along dimension 2, after {@link atleast3d}.
 *
 * @throws ValueError for an empty list.
 * @example dstack([tensor([1, 2]), tensor([3, 4])]); // tensor([[[1., 3.], [2., 4.]]])
 */
export const dstack = joined("dstack", atLeast3, () => 2);

/**
 * Stacks horizontally with vectors as columns.
 *
 * @throws ValueError for an empty list.
 * @example columnStack([tensor([1, 2]), tensor([3, 4])]); // tensor([[1., 3.], [2., 4.]])
 */
export const columnStack = joined(
  "columnStack",
  (x) => (x.ndim <= 1 ? x.reshape(-1, 1) : x),
  () => 1,
);

/** Tensors one by one, or in one list. */
export type TensorList = readonly Tensor[] | readonly [tensors: readonly Tensor[]];

const BLOCK_DIAG = signature("blockDiag", { tensors: rest(tensorList) });

/**
 * A matrix with the given matrices along its diagonal and zeros elsewhere. Vectors are rows, 0-d tensors 1×1 matrices.
 *
 * @throws ShapeError for tensors of more than two dimensions.
 * @example blockDiag(tensor([[1, 2]]), tensor([[3], [4]]));
 * // tensor([[1., 2., 0.],
 * //         [0., 0., 3.],
 * //         [0., 0., 4.]])
 */
export function blockDiag(...args: TensorList): Tensor {
  const { tensors } = BLOCK_DIAG.read(args);
  const dtype = tensors.map((x) => x.dtype).reduce(promoteTypes, "bool");
  const blocks = tensors.map((x, i) => {
    if (x.ndim <= 2) return cast(atLeast(x, 2), tensors.length === 1 ? x.dtype : dtype);
    throw new ShapeError(
      `[blockDiag] Input tensors must have 2 or fewer dimensions. Input ${i} has ${x.ndim} dimensions`,
    );
  });
  const width = blocks.reduce((sum, block) => sum + block.size(1), 0);
  checkCount("blockDiag", [blocks.reduce((sum, block) => sum + block.size(0), 0), width], dtype);
  let left = 0;
  const rows = blocks.map((block) => {
    const row = block.pad([left, width - left - block.size(1)]);
    left += block.size(1);
    return row;
  });
  return withGradFnName("BlockDiagBackward0", cat(rows));
}

const CARTESIAN_PROD = signature("cartesianProd", { tensors: rest(tensorList) });

/**
 * Cartesian product of vectors: the rows are all combinations of one element of each; of one vector, the vector itself.
 *
 * @throws ShapeError for tensors that are not vectors; ValueError for an empty list.
 * @example cartesianProd(tensor([1, 2]), tensor([3, 4]));
 * // tensor([[1., 3.],
 * //         [1., 4.],
 * //         [2., 3.],
 * //         [2., 4.]])
 */
export function cartesianProd(...args: TensorList): Tensor {
  const { tensors } = CARTESIAN_PROD.read(args);
  for (const x of tensors) {
    if (x.ndim !== 1) throw new ShapeError(`[cartesianProd] Expect a 1D vector, but got shape ${bracketed(x.shape)}`);
  }
  const [first] = tensors;
  if (first === undefined) throw new ValueError("[cartesianProd] expected a non-empty array of Tensors");
  if (tensors.length === 1) return first;
  return stack(
    meshgrid(tensors).map((grid) => grid.reshape(-1)),
    1,
  );
}

/** Options of `combinations`. */
export interface CombinationsOptions {
  /** Number of elements of each combination. Default 2. */
  readonly r?: number | undefined;
  /** If true, an element may stand in a combination several times. Default false. */
  readonly withReplacement?: boolean | undefined;
}

export type CombinationsArgs = Args<[], [r: number, withReplacement: boolean], CombinationsOptions>;

const COMBINATIONS = signature("combinations", {
  input: required(aTensor),
  r: optional(aSize, 2),
  withReplacement: optional(aBoolean, false),
});

/**
 * All combinations of `r` elements of a vector as rows, in the order of Python's `itertools.combinations`.
 *
 * @throws ShapeError for a tensor that is not a vector.
 * @example combinations(tensor([1, 2, 3])); // tensor([[1., 2.], [1., 3.], [2., 3.]])
 */
export function combinations(x: Tensor, ...args: CombinationsArgs): Tensor {
  const { input, r, withReplacement } = COMBINATIONS.read([x, ...args]);
  if (input.ndim !== 1) {
    throw new ShapeError(`[combinations] Expect a 1D vector, but got shape ${bracketed(input.shape)}`);
  }
  if (r === 0) return input.newZeros([0]);
  const n = input.numel();
  const count = binomial(withReplacement ? n + r - 1 : n, r);
  checkCount("combinations", [count, r], "int32");
  const places = new Int32Array(count * r);
  const row = Int32Array.from({ length: r }, (_, i) => (withReplacement ? 0 : i));
  for (let at = 0; at < count; at++) {
    places.set(row, at * r);
    let last = r - 1;
    while (last >= 0 && row[last] === n - (withReplacement ? 1 : r - last)) last--;
    if (last < 0) break;
    const next = (row[last] as number) + 1;
    for (let i = last; i < r; i++) row[i] = withReplacement ? next : next + i - last;
  }
  const picked = input.indexSelect(0, newFrom(input, "int32", places, [count * r]));
  return asNonView("StackBackward0", picked.view(count, r));
}

function binomial(n: number, r: number): number {
  let result = 1;
  for (let i = 1; i <= r; i++) result = (result * (n - r + i)) / i;
  return n < r ? 0 : Math.round(result);
}
