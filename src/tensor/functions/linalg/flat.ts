/** @file The functions of linear algebra that PyTorch has outside of `linalg`, with their own arguments. */
import { type Args, optional, required, signature } from "../../../core/arguments.ts";
import { aBoolean, aNumber, aTensor } from "../../../core/kinds.ts";
import { permutationOf } from "../../ops/linalg.ts";
import type { Tensor } from "../../tensor.ts";
import { withGradFnName } from "../grad-fn-name.ts";
import { checkSquare } from "./checks.ts";
import { cholesky as choleskyOf, type QrResult, qr as qrOf, singular } from "./decompositions.ts";
import { type LuFactorResult, type LuResult, luFactor, solveFactored } from "./lu.ts";
import { inv, pinv } from "./solvers.ts";

const INVERSE = signature("inverse", { input: required(aTensor) });

/**
 * The inverse of matrices [..., n, n]: `linalg.inv`.
 *
 * @throws LinAlgError for a singular matrix.
 * @example inverse(tensor([[2, 0], [0, 4]])); // tensor([[0.5000, 0.0000], [0.0000, 0.2500]])
 */
export function inverse(x: Tensor, ...more: []): Tensor {
  return inv(INVERSE.read([x, ...more]).input);
}

const PINVERSE = signature("pinverse", { input: required(aTensor), rcond: optional(aNumber, 1e-15) });

/**
 * The pseudoinverse of matrices [..., m, n]: `linalg.pinv`.
 *
 * @param rcond - Bound of the singular values that count as 0, relative to the largest one. Default 1e-15.
 * @example pinverse(tensor([[2, 0], [0, 4]])); // tensor([[0.5000, 0.0000], [0.0000, 0.2500]])
 */
export function pinverse(x: Tensor, ...args: Args<[], [rcond: number], { readonly rcond?: number }>): Tensor {
  const { input, rcond } = PINVERSE.read([x, ...args]);
  return pinv(input, { rtol: rcond });
}

const CHOLESKY = signature("cholesky", { input: required(aTensor), upper: optional(aBoolean, false) });

/**
 * The Cholesky factor of symmetric positive-definite matrices: `linalg.cholesky`.
 *
 * @throws LinAlgError for a matrix that is not positive-definite.
 * @example cholesky(tensor([[4, 2], [2, 5]])); // tensor([[2., 0.], [1., 2.]])
 */
export function cholesky(x: Tensor, ...args: Args<[], [upper: boolean], { readonly upper?: boolean }>): Tensor {
  const { input, upper } = CHOLESKY.read([x, ...args]);
  return choleskyOf(input, { upper });
}

const QR = signature("qr", { input: required(aTensor), some: optional(aBoolean, true) });

/**
 * The QR decomposition: `linalg.qr`, complete unless `some`.
 *
 * @example qr(ones(3, 2)).Q.shape; // [3, 2]
 */
export function qr(x: Tensor, ...args: Args<[], [some: boolean], { readonly some?: boolean }>): QrResult {
  const { input, some } = QR.read([x, ...args]);
  return qrOf(input, some ? "reduced" : "complete");
}

/** The factors of {@link svd}: A = U·diag(S)·Vᵀ. */
export interface UsvResult {
  /** Left singular vectors in the columns. */
  readonly U: Tensor;
  /** Singular values, descending. */
  readonly S: Tensor;
  /** Right singular vectors in the columns. */
  readonly V: Tensor;
}

const SVD = signature("svd", {
  input: required(aTensor),
  some: optional(aBoolean, true),
  computeUv: optional(aBoolean, true),
});

/**
 * The singular value decomposition A = U·diag(S)·Vᵀ: `linalg.svd`, whose third factor is Vᵀ.
 *
 * @param some - Give k = min(m, n) columns of U and V only. Default true.
 * @param computeUv - If false, U and V are zeros. Default true.
 * @example svd(tensor([[3, 0], [0, -2]])).S; // tensor([3., 2.])
 */
export function svd(
  x: Tensor,
  ...args: Args<[], [some: boolean, computeUv: boolean], { readonly some?: boolean; readonly computeUv?: boolean }>
): UsvResult {
  const { input, some, computeUv } = SVD.read([x, ...args]);
  const { U, S, Vh } = singular("svd", input, !some);
  if (computeUv) return { U, S, V: Vh.mT };
  const [m, n] = input.shape.slice(-2) as [number, number];
  const batch = input.shape.slice(0, -2);
  return { U: input.newZeros([...batch, m, m]), S, V: input.newZeros([...batch, n, n]) };
}

const LU = signature("lu", { input: required(aTensor), pivot: optional(aBoolean, true) });

/**
 * The compact LU decomposition of square matrices: `linalg.luFactor`.
 *
 * @example lu(tensor([[1, 2], [4, 4]])).pivots; // tensor([2, 2])
 */
export function lu(x: Tensor, ...args: Args<[], [pivot: boolean], { readonly pivot?: boolean }>): LuFactorResult {
  const { input, pivot } = LU.read([x, ...args]);
  return luFactor(input, { pivot });
}

const LU_SOLVE = signature("luSolve", {
  b: required(aTensor),
  LU_data: required(aTensor),
  LU_pivots: required(aTensor),
});

/**
 * The solution X of A·X = B [..., n, k] from the LU decomposition of A: `linalg.luSolve`, with B first.
 *
 * @example
 * const { LU, pivots } = lu(tensor([[2, 0], [0, 4]]));
 * luSolve(tensor([[2], [2]]), LU, pivots); // tensor([[1.0000], [0.5000]])
 */
export function luSolve(b: Tensor, ...args: readonly [LU_data: Tensor, LU_pivots: Tensor]): Tensor {
  const given = LU_SOLVE.read([b, ...args]);
  return solveFactored("luSolve", given.LU_data, given.LU_pivots, given.b, true, false);
}

const LU_UNPACK = signature("luUnpack", {
  LU_data: required(aTensor),
  LU_pivots: required(aTensor),
  unpackData: optional(aBoolean, true),
  unpackPivots: optional(aBoolean, true),
});

/** Arguments of `luUnpack`. */
export interface LuUnpackOptions {
  /** The compact decomposition, `LU` of {@link lu}. */
  readonly LU_data: Tensor;
  /** Its pivots. */
  readonly LU_pivots: Tensor;
  /** Whether L and U are wanted. Default true. */
  readonly unpackData?: boolean | undefined;
  /** Whether P is wanted. Default true. */
  readonly unpackPivots?: boolean | undefined;
}

export type LuUnpackArgs = Args<
  [LU_data: Tensor, LU_pivots: Tensor],
  [unpackData: boolean, unpackPivots: boolean],
  LuUnpackOptions
>;

/**
 * P, L and U from the compact LU decomposition of {@link lu}. What is not wanted has no elements.
 *
 * @example
 * const { LU, pivots } = lu(tensor([[1, 2], [4, 4]]));
 * luUnpack(LU, pivots).L; // tensor([[1.0000, 0.0000], [0.2500, 1.0000]])
 */
export function luUnpack(...args: LuUnpackArgs): LuResult {
  const { LU_data: packed, LU_pivots: pivots, unpackData, unpackPivots } = LU_UNPACK.read(args);
  checkSquare("luUnpack", packed, "LU_data");
  const unit = packed.newOnes([packed.size(-1)]).diag();
  return {
    P: unpackPivots ? permutationOf(pivots).to(packed.dtype) : packed.newEmpty([0]),
    L: unpackData ? withGradFnName("LuUnpackBackward0", packed.tril(-1).add(unit)) : packed.newEmpty([0]),
    U: unpackData ? withGradFnName("LuUnpackBackward0", packed.triu()) : packed.newEmpty([0]),
  };
}
