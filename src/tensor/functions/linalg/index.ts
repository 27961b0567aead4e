/** @file The functions of linear algebra that are not in the namespace `linalg` alone: methods and flat exports. */
export { cholesky, inverse, lu, luSolve, luUnpack, pinverse, qr, svd, type UsvResult } from "./flat.ts";
export { matrixExp, matrixPower } from "./products.ts";
export { choleskyInverse, choleskySolve, det, logdet, type SlogdetResult, slogdet } from "./solvers.ts";
