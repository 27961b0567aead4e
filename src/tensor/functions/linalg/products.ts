/** @file Powers, exponentials and products of matrices. */
import { allSamples } from "../../../autograd/batching.ts";
import { noGrad } from "../../../autograd/grad-mode.ts";
import { type Args, keyword, optional, required, signature } from "../../../core/arguments.ts";
import { ShapeError, ValueError } from "../../../core/errors.ts";
import { anInteger, aTensor, tensors } from "../../../core/kinds.ts";
import { bracketed } from "../../../core/shape.ts";
import { eye } from "../../create.ts";
import type { Tensor } from "../../tensor.ts";
import type { DiagonalOptions } from "../diagonals.ts";
import { withGradFnName } from "../grad-fn-name.ts";
import { cross as crossOf } from "../products.ts";
import { checkSquare } from "./checks.ts";
import type { MatrixArgs } from "./decompositions.ts";
import { inv } from "./solvers.ts";

const MATRIX_POWER = signature("matrixPower", { A: required(aTensor), n: required(anInteger) });

/**
 * The n-th power of matrices [..., m, m], by repeated squaring; of the inverse for a negative n.
 *
 * @example linalg.matrixPower(tensor([[1, 1], [0, 1]]), 5); // tensor([[1., 5.], [0., 1.]])
 */
export function matrixPower(
  ...args: Args<[A: Tensor, n: number], [], { readonly A: Tensor; readonly n: number }>
): Tensor {
  const { A, n } = MATRIX_POWER.read(args);
  checkSquare("matrixPower", A);
  if (n === 0) return unitLike(A);
  let power = n < 0 ? inv(A) : A;
  let result: Tensor | null = null;
  for (let rest = Math.abs(n); rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result = result === null ? power : result.matmul(power);
    if (rest > 1) power = power.matmul(power);
  }
  return result ?? A;
}

function unitLike(A: Tensor): Tensor {
  return eye(A.size(-1), { dtype: A.dtype, device: A.device }).expand(A.shape).clone();
}

const MATRIX_EXP = signature("matrixExp", { A: required(aTensor) });

/** Terms of the series after the first: below a norm of 1 the rest is under 10⁻¹⁶. */
const TERMS = 18;

/**
 * The exponential Σ Aᵏ/k! of matrices [..., n, n]: the Taylor series of A/2ˢ, squared s times.
 *
 * @example linalg.matrixExp(tensor([[0, 1], [0, 0]])); // tensor([[1., 1.], [0., 1.]])
 */
export function matrixExp(...args: MatrixArgs): Tensor {
  const { A } = MATRIX_EXP.read(args);
  checkSquare("matrixExp", A);
  if (A.numel() === 0) return A.clone();
  // As many squarings as the largest of the matrices wants: for the others the series is all the more exact.
  const largest = noGrad(() => allSamples(A).detach().abs().sum(-1).max().itemSync());
  const squarings = largest > 1 && Number.isFinite(largest) ? Math.ceil(Math.log2(largest)) : 0;
  const scaled = squarings === 0 ? A : A.div(2 ** squarings);
  const unit = unitLike(A);
  let sum = unit;
  for (let k = TERMS; k >= 1; k--) sum = unit.add(scaled.div(k).matmul(sum));
  for (let i = 0; i < squarings; i++) sum = sum.matmul(sum);
  return withGradFnName("LinalgMatrixExpBackward0", sum);
}

const MULTI_DOT = signature("multiDot", { tensors: required(tensors) });

/**
 * The product of two or more matrices, in the order that takes the fewest multiplications. The first and the last may be
 * vectors.
 *
 * @throws ShapeError for sizes that do not match.
 * @example linalg.multiDot([ones(2, 3), ones(3, 1), ones(1, 4)]).shape; // [2, 4]
 */
export function multiDot(
  ...args: Args<[tensors: readonly Tensor[]], [], { readonly tensors: readonly Tensor[] }>
): Tensor {
  const list = MULTI_DOT.read(args).tensors;
  if (list.length < 2) throw new ValueError(`[multiDot] expected at least 2 tensors but got ${list.length}`);
  const matrices = list.map((t, i) => {
    const isEnd = i === 0 || i === list.length - 1;
    if (t.ndim === 1 && isEnd) return t.unsqueeze(i === 0 ? 0 : 1);
    if (t.ndim === 2) return t;
    throw new ShapeError(
      `[multiDot] tensor ${i} must be ${isEnd ? "1D or 2D" : "2D"} but got ${t.ndim}D: shape ${bracketed(t.shape)}`,
    );
  });
  const sizes = [matrices[0]?.size(0) ?? 0, ...matrices.map((t) => t.size(1))];
  for (const [i, t] of matrices.entries()) {
    if (t.size(0) === sizes[i]) continue;
    throw new ShapeError(
      `[multiDot] tensors ${i - 1} and ${i} with shapes ${bracketed(list[i - 1]?.shape ?? [])} and ${bracketed(list[i]?.shape ?? [])} cannot be multiplied`,
    );
  }
  const splits = bestSplits(sizes);
  const product = (from: number, to: number): Tensor => {
    if (from === to) return matrices[from] as Tensor;
    const split = splits[from]?.[to] ?? from;
    return product(from, split).mm(product(split + 1, to));
  };
  const whole = product(0, matrices.length - 1);
  const first = list[0]?.ndim === 1 ? whole.squeeze(0) : whole;
  return list.at(-1)?.ndim === 1 ? first.squeeze(-1) : first;
}

/** Where to cut the product of matrices i … j, of `sizes[i]` rows and `sizes[i + 1]` columns (matrix chain ordering). */
function bestSplits(sizes: readonly number[]): number[][] {
  const count = sizes.length - 1;
  const costs = Array.from({ length: count }, () => new Array<number>(count).fill(0));
  const splits = costs.map((row) => [...row]);
  for (let length = 2; length <= count; length++) {
    for (let i = 0; i + length <= count; i++) {
      const j = i + length - 1;
      let best = Number.POSITIVE_INFINITY;
      for (let k = i; k < j; k++) {
        const outer = (sizes[i] as number) * (sizes[k + 1] as number) * (sizes[j + 1] as number);
        const cost = (costs[i]?.[k] ?? 0) + (costs[k + 1]?.[j] ?? 0) + outer;
        if (cost >= best) continue;
        best = cost;
        (splits[i] as number[])[j] = k;
      }
      (costs[i] as number[])[j] = best;
    }
  }
  return splits;
}

const CROSS = signature("cross", { input: required(aTensor), other: required(aTensor), dim: keyword(anInteger, -1) });

/**
 * The cross product of vectors of three elements along a dimension, by default the last one, with broadcasting.
 *
 * @example linalg.cross(tensor([1, 0, 0]), tensor([0, 1, 0])); // tensor([0., 0., 1.])
 */
export function cross(
  ...args: Args<
    [input: Tensor, other: Tensor],
    [],
    { readonly input: Tensor; readonly other: Tensor; readonly dim?: number }
  >
): Tensor {
  const { input, other, dim } = CROSS.read(args);
  return withGradFnName("LinalgCrossBackward0", crossOf(input, other, dim));
}

const VANDER = signature("vander", { x: required(aTensor), N: optional(anInteger, null) });

/**
 * The Vandermonde matrix [..., n, N] of vectors [..., n]: their powers 0 … N − 1 in the columns.
 *
 * @param N - Number of columns. Default: n.
 * @example linalg.vander(tensor([2, 3]), 3); // tensor([[1., 2., 4.], [1., 3., 9.]])
 */
export function vander(
  ...args: Args<[x: Tensor], [N: number | null], { readonly x: Tensor; readonly N?: number | null }>
): Tensor {
  const { x, N } = VANDER.read(args);
  const columns = N ?? x.size(-1);
  if (columns < 2) throw new ValueError(`[vander] N must be greater than 1, but got ${columns}`);
  const ones = x.newOnes([...x.shape, 1]);
  const factors = x.unsqueeze(-1).expand([...x.shape, columns - 1]);
  return ones.expand([...x.shape, columns]).mul(factors.cumprod(-1).pad([1, 0], "constant", 1));
}

const VECDOT = signature("vecdot", { x: required(aTensor), y: required(aTensor), dim: keyword(anInteger, -1) });

/**
 * Dot products of vectors along a dimension, with broadcasting.
 *
 * @throws ShapeError for sizes that do not broadcast.
 * @example linalg.vecdot(tensor([[1, 2], [3, 4]]), tensor([1, 1])); // tensor([3., 7.])
 */
export function vecdot(
  ...args: Args<[x: Tensor, y: Tensor], [], { readonly x: Tensor; readonly y: Tensor; readonly dim?: number }>
): Tensor {
  const { x, y, dim } = VECDOT.read(args);
  return x.mul(y).sum(dim);
}

const DIAGONAL = signature("diagonal", {
  A: required(aTensor),
  offset: keyword(anInteger, 0),
  dim1: keyword(anInteger, -2),
  dim2: keyword(anInteger, -1),
});

/**
 * A view of a diagonal of matrices, those of the last two dimensions: see `torch.diagonal`, whose dimensions are the first
 * two.
 *
 * @example linalg.diagonal(tensor([[1, 2], [3, 4]])); // tensor([1., 4.])
 */
export function diagonal(...args: Args<[A: Tensor], [], { readonly A: Tensor } & DiagonalOptions>): Tensor {
  const { A, offset, dim1, dim2 } = DIAGONAL.read(args);
  return A.diagonal(offset, dim1, dim2);
}
