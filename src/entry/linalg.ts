/** @file Entry point `tapegrad/linalg`: decompositions of matrices, systems of equations, norms. */
export { LinAlgError } from "../core/errors.ts";
export {
  type CholeskyOptions,
  cholesky,
  type EigenResult,
  type EighArgs,
  eig,
  eigh,
  eigvals,
  eigvalsh,
  type MatrixArgs,
  type QrMode,
  type QrResult,
  qr,
  type SvdResult,
  svd,
  svdvals,
  type Uplo,
} from "../tensor/functions/linalg/decompositions.ts";
export {
  type LuArgs,
  type LuFactorResult,
  type LuOptions,
  type LuResult,
  type LuSolveOptions,
  lu,
  luFactor,
  luSolve,
} from "../tensor/functions/linalg/lu.ts";
export {
  cond,
  type MatrixOrder,
  matrixNorm,
  type NormOptions,
  norm,
  vectorNorm,
} from "../tensor/functions/linalg/norms.ts";
export {
  cross,
  diagonal,
  matrixExp,
  matrixPower,
  multiDot,
  vander,
  vecdot,
} from "../tensor/functions/linalg/products.ts";
export {
  det,
  inv,
  type LstsqOptions,
  type LstsqResult,
  lstsq,
  matrixRank,
  pinv,
  type SlogdetResult,
  type SolveOptions,
  type SolveTriangularOptions,
  slogdet,
  solve,
  solveTriangular,
  type ToleranceOptions,
  tensorinv,
  tensorsolve,
} from "../tensor/functions/linalg/solvers.ts";
export { matmul } from "../tensor/functions/matmul.ts";
