/**
 * @file Decompositions of matrices [..., m, n] of a floating dtype, and systems of equations. They are computed on the
 * host, matrix by matrix (`kernels/linalg`). An operation has one result, so the parts of a decomposition lie one after
 * the other in the last dimension.
 */
import type { Backend, DType, NDArray } from "../../../kernels/backend.ts";
import { sizeOf } from "../../../kernels/layout.ts";
import {
  choleskyOfBatch,
  luOfBatch,
  solveFactoredBatch,
  solveTriangularBatch,
} from "../../../kernels/linalg/batches.ts";
import { systemDecompositions } from "../../../kernels/linalg/index.ts";
import { SMALL, type Triangle } from "../../../kernels/linalg/loops.ts";
import { allSamples } from "../../autograd/batching.ts";
import { type Apply, defineOp, type Op, OUTPUT } from "../../autograd/op.ts";
import { GraphError, LinAlgError } from "../../core/errors.ts";
import type { Tensor } from "../tensor.ts";
import { fromElements, withElements } from "./host.ts";

/** Elements as float64, row-major. */
function hostOf(k: Backend, x: NDArray): Float64Array {
  return withElements(k, x, (elements) => {
    const data = new Float64Array(elements.length);
    // Conversions of the language take ten times as long.
    if (elements instanceof Float64Array) data.set(elements);
    else for (let i = 0; i < data.length; i++) data[i] = elements[i]!;
    return data;
  });
}

/** A copy of the elements of a float32 array, row-major. */
function singleOf(k: Backend, x: NDArray): Float32Array {
  return withElements(k, x, (elements) => new Float32Array(elements));
}

function upload(k: Backend, dtype: DType, data: Float64Array, shape: readonly number[]): NDArray {
  if (dtype === "float64") return fromElements(k, dtype, data, shape);
  const single = new Float32Array(data.length);
  for (let i = 0; i < single.length; i++) single[i] = data[i]!;
  return fromElements(k, dtype, single, shape);
}

/** The sizes of matrices [..., m, n]. */
function sizesOf({ shape }: NDArray): { readonly batch: readonly number[]; readonly m: number; readonly n: number } {
  const [m, n] = shape.slice(-2) as [number, number];
  return { batch: shape.slice(0, -2), m, n };
}

/** Computes `size` numbers of each matrix of x, into `out`; the result has the shape [...batch, ...own]. */
function each(
  k: Backend,
  x: NDArray,
  own: readonly number[],
  compute: (matrix: Float64Array, out: Float64Array, which: string) => void,
): NDArray {
  const { batch, m, n } = sizesOf(x);
  const data = hostOf(k, x);
  const [count, size] = [sizeOf(batch), sizeOf(own)];
  const out = new Float64Array(count * size);
  for (let b = 0; b < count; b++) {
    compute(data.subarray(b * m * n, (b + 1) * m * n), out.subarray(b * size, (b + 1) * size), whichOf(x, b));
  }
  return upload(k, x.dtype, out, [...batch, ...own]);
}

/** Which matrix an error is about. */
function whichOf(x: NDArray, b: number): string {
  return x.shape.length === 2 ? "" : `(Batch element ${b}): `;
}

/** Square matrices [n,n] one behind the other, which an operation may overwrite. */
function squareOf(k: Backend, x: NDArray): { readonly data: Float64Array; readonly count: number; readonly n: number } {
  const { batch, n } = sizesOf(x);
  return { data: hostOf(k, x), count: sizeOf(batch), n };
}

function allFinite(matrix: Float64Array): boolean {
  for (let i = 0; i < matrix.length; i++) if (!Number.isFinite(matrix[i])) return false;
  return true;
}

function checkFinite(op: string, which: string, matrix: Float64Array): void {
  if (allFinite(matrix)) return;
  throw new LinAlgError(
    `[${op}] ${which}The algorithm failed to converge because the input matrix contained non-finite values.`,
  );
}

function converged<T>(op: string, which: string, result: T | null): T {
  if (result !== null) return result;
  throw new LinAlgError(
    `[${op}] ${which}The algorithm failed to converge because the input matrix is ill-conditioned.`,
  );
}

/** The first of the matrices whose U has a 0 on the diagonal, and where; null if there is none. */
function zeroPivot(lu: Float64Array, count: number, n: number): { readonly which: number; readonly at: number } | null {
  for (let which = 0; which < count; which++) {
    for (let at = 0; at < n; at++) if (lu[which * n * n + at * (n + 1)] === 0) return { which, at };
  }
  return null;
}

/** X of A·X = B for A [..., n, n] and B [..., n, k], of the same batch. */
export const solve: Op<[NDArray, NDArray], null> = defineOp<[NDArray, NDArray]>({
  host: true,
  name: "solve",
  gradName: "LinalgSolveExBackward0",
  forward(k, [a, b]) {
    const { data, count, n } = squareOf(k, a);
    const pivots = luOfBatch(data, count, n);
    const zero = zeroPivot(data, count, n);
    if (zero !== null) {
      throw new LinAlgError(`[solve] ${whichOf(a, zero.which)}The solver failed because the input matrix is singular.`);
    }
    const right = hostOf(k, b);
    solveFactoredBatch(data, pivots, right, count, n, sizesOf(b).n);
    return upload(k, b.dtype, right, b.shape);
  },
  saved: [[0, OUTPUT], [0]],
  backward(grad, ctx, apply) {
    const forB = apply(solve, [ctx.input(0).mT, grad], null);
    return [ctx.needs(0) ? forB.matmul(ctx.output().mT).neg() : null, ctx.needs(1) ? forB : null];
  },
});

/** A⁻¹. */
export const inv = defineOp<[NDArray]>({
  host: true,
  name: "inv",
  gradName: "LinalgInvExBackward0",
  forward(k, [a]) {
    const { data, count, n } = squareOf(k, a);
    const pivots = luOfBatch(data, count, n);
    const zero = zeroPivot(data, count, n);
    if (zero !== null) {
      throw new LinAlgError(
        `[inv] ${whichOf(a, zero.which)}The diagonal element ${zero.at + 1} is zero, the inversion could not be completed because the input matrix is singular.`,
      );
    }
    const inverses = new Float64Array(data.length);
    for (let i = 0; i < count * n; i++) inverses[i * n + (i % n)] = 1;
    solveFactoredBatch(data, pivots, inverses, count, n, n);
    return upload(k, a.dtype, inverses, a.shape);
  },
  saved: [[OUTPUT]],
  backward(grad, ctx) {
    const inverse = ctx.output().mT;
    return [inverse.matmul(grad).matmul(inverse).neg()];
  },
});

/** L and U of P·L·U in one matrix, and behind them a column with the pivots, counted from 1: [..., n, n + 1]. */
export const luFactor: Op<[NDArray], null> = defineOp<[NDArray]>({
  host: true,
  name: "luFactor",
  gradName: "LinalgLuFactorExBackward0",
  forward(k, [a]) {
    const { data, count, n } = squareOf(k, a);
    const pivots = luOfBatch(data, count, n);
    const out = new Float64Array(count * n * (n + 1));
    for (let i = 0; i < count * n; i++) {
      for (let j = 0; j < n; j++) out[i * (n + 1) + j] = data[i * n + j]!;
      out[i * (n + 1) + n] = pivots[i]! + 1;
    }
    return upload(k, a.dtype, out, [...a.shape.slice(0, -1), n + 1]);
  },
  saved: [[OUTPUT]],
  backward(grad, ctx, apply) {
    // P·L⁻ᵀ·(tril(Lᵀ·gL, −1) + triu(gU·Uᵀ))·U⁻ᵀ: de Hoog, Anderssen and Lukas, 2011.
    const n = ctx.output().size(-2);
    const [packed, wanted] = [ctx.output().narrow(-1, 0, n), grad.narrow(-1, 0, n)];
    const { p, l, u } = luParts(ctx.output());
    const inner = l.mT.matmul(wanted.tril(-1)).tril(-1).add(wanted.triu().matmul(u.mT).triu());
    const left = apply(solveTriangular, [packed.mT, inner], { upper: true, unit: true });
    const right = apply(solveTriangular, [u, left.mT], { upper: true, unit: false }).mT;
    return [p.matmul(right)];
  },
});

/** P, L and U of a result of {@link luFactor}. */
export function luParts(factors: Tensor): { readonly p: Tensor; readonly l: Tensor; readonly u: Tensor } {
  const n = factors.size(-2);
  const packed = factors.narrow(-1, 0, n);
  const unit = unitMatrix(factors, n).to(factors.dtype);
  return {
    p: permutationOf(factors.select(-1, n).detach()).to(factors.dtype),
    l: packed.tril(-1).add(unit),
    u: packed.triu(),
  };
}

/** The matrices that undo the exchanges of rows with the pivots [..., n], counted from 1. */
export function permutationOf(pivots: Tensor): Tensor {
  const n = pivots.size(-1);
  const places = pivots.int().sub(1);
  const count = places.newOnes([n]).cumsum(0).sub(1);
  let rows = count.expand(places.shape);
  // Exchanges depend on those before them; each is one for all matrices.
  for (let i = 0; i < n; i++) {
    const other = places.narrow(-1, i, 1);
    const [here, there] = [rows.narrow(-1, i, 1), rows.gather(-1, other)];
    rows = rows.scatter(-1, other, here).where(count.ne(i).logicalOr(other.eq(i)), there);
  }
  return rows.unsqueeze(-2).eq(count.unsqueeze(-1));
}

/** The determinant. Its gradient is the transposed adjugate, which is det(A)·A⁻ᵀ where A has an inverse. */
export const det = defineOp<[NDArray]>({
  host: true,
  name: "det",
  gradName: "LinalgDetBackward0",
  forward(k, [a]) {
    const { data, count, n } = squareOf(k, a);
    const pivots = luOfBatch(data, count, n);
    const out = new Float64Array(count);
    for (let b = 0; b < count; b++) {
      let product = 1;
      for (let i = 0; i < n; i++) product *= (pivots[b * n + i] === i ? 1 : -1) * data[(b * n + i) * n + i]!;
      out[b] = product;
    }
    return upload(k, a.dtype, out, a.shape.slice(0, -2));
  },
  saved: [[0, OUTPUT]],
  backward(grad, ctx, apply) {
    const [a, d] = [ctx.input(0), ctx.output()];
    const scale = (factor: Tensor): Tensor => factor.unsqueeze(-1).unsqueeze(-1);
    if (allSamples(d).detach().ne(0).all().itemSync()) return [apply(inv, [a], null).mT.mul(scale(grad.mul(d)))];
    // From A = U·S·Vᵀ: adj(A)ᵀ = det(U)·det(V)·U·adj(S)·Vᵀ, whose diagonal has the products of all other singular values.
    const n = a.size(-1);
    const { u, s, vt } = singularParts(apply(svd, [a], null), n, n);
    const others = s.unsqueeze(-2).expand([...s.shape, n]);
    const products = others.maskedFill(unitMatrix(a, n), 1).prod(-1);
    const sign = apply(det, [u], null)
      .mul(apply(det, [vt], null))
      .detach();
    return [
      u
        .mul(products.unsqueeze(-2))
        .matmul(vt)
        .mul(scale(grad.mul(sign))),
    ];
  },
}) as Op<[NDArray], null>;

/** The sign of the determinant and the logarithm of its absolute value, [..., 2]. */
export const slogdet = defineOp<[NDArray]>({
  host: true,
  name: "slogdet",
  gradName: "LinalgSlogdetBackward0",
  forward(k, [a]) {
    const { data, count, n } = squareOf(k, a);
    const pivots = luOfBatch(data, count, n);
    const out = new Float64Array(2 * count);
    for (let b = 0; b < count; b++) {
      let [sign, log] = [1, 0];
      for (let i = 0; i < n; i++) {
        const pivot = data[(b * n + i) * n + i]!;
        sign *= (pivots[b * n + i] === i ? 1 : -1) * Math.sign(pivot);
        log += Math.log(Math.abs(pivot));
      }
      out[2 * b] = sign;
      out[2 * b + 1] = log;
    }
    return upload(k, a.dtype, out, [...a.shape.slice(0, -2), 2]);
  },
  saved: [[0]],
  backward: (grad, ctx, apply) => [
    apply(inv, [ctx.input(0)], null).mT.mul(grad.select(-1, 1).unsqueeze(-1).unsqueeze(-1)),
  ],
});

/** L of A = L·Lᵀ. Reads the lower triangle. */
export const cholesky = defineOp<[NDArray]>({
  host: true,
  name: "cholesky",
  gradName: "LinalgCholeskyExBackward0",
  forward(k, [a]) {
    const { data, count, n } = squareOf(k, a);
    const failed = choleskyOfBatch(data, count, n);
    if (failed !== null) {
      throw new LinAlgError(
        `[cholesky] ${whichOf(a, failed.which)}The factorization could not be completed because the input is not positive-definite (the leading minor of order ${failed.order} is not positive-definite).`,
      );
    }
    return upload(k, a.dtype, data, a.shape);
  },
  saved: [[OUTPUT]],
  backward(grad, ctx, apply) {
    // L⁻ᵀ·Φ(Lᵀ·g)·L⁻¹, where Φ makes a triangle symmetric: Murray, "Differentiation of the Cholesky decomposition".
    const l = ctx.output();
    const inner = mirrored(l.mT.matmul(grad)).mul(0.5);
    const left = apply(solveTriangular, [l.mT, inner], { upper: true, unit: false });
    return [apply(solveTriangular, [l.mT, left.mT], { upper: true, unit: false }).mT];
  },
});

/** The lower triangle, and its mirror image above. */
function mirrored(x: Tensor): Tensor {
  return x.tril().add(x.tril(-1).mT);
}

/** X of T·X = B for a triangular T [..., n, n] and B [..., n, k], of the same batch. */
export const solveTriangular: Op<[NDArray, NDArray], Triangle> = defineOp<[NDArray, NDArray], Triangle>({
  host: true,
  name: "solveTriangular",
  gradName: "LinalgSolveTriangularBackward0",
  forward(k, [t, b], how) {
    const single = sizesOf(t).n > SMALL ? systemDecompositions().solveTriangularSingle : undefined;
    if (t.dtype === "float32" && single !== undefined) {
      const [triangles, sides] = [singleOf(k, t), singleOf(k, b)];
      const [n, columns] = [sizesOf(t).n, sizesOf(b).n];
      for (let i = 0; i < sizeOf(sizesOf(t).batch); i++) {
        const [triangle, side] = [triangles.subarray(i * n * n), sides.subarray(i * n * columns)];
        single(triangle, side, n, columns, how);
      }
      return fromElements(k, "float32", sides, b.shape);
    }
    const { data, count, n } = squareOf(k, t);
    const right = hostOf(k, b);
    solveTriangularBatch(data, right, count, n, sizesOf(b).n, how);
    return upload(k, b.dtype, right, b.shape);
  },
  saved: [[0, OUTPUT], [0]],
  backward(grad, ctx, apply) {
    const { upper, unit } = ctx.params;
    const forB = apply(solveTriangular, [ctx.input(0).mT, grad], { upper: !upper, unit });
    const forT = (): Tensor => {
      const full = forB.matmul(ctx.output().mT).neg();
      return upper ? full.triu(unit ? 1 : 0) : full.tril(unit ? -1 : 0);
    };
    return [ctx.needs(0) ? forT() : null, ctx.needs(1) ? forB : null];
  },
});

export interface QrParams {
  /** Whether Q is square. */
  readonly complete: boolean;
  /** Whether R alone is wanted, which has no gradient without Q. */
  readonly onlyR: boolean;
}

/** Q [..., m, k] and R [..., k, n] of A = Q·R, in one row of numbers. */
export const qr = defineOp<[NDArray], QrParams>({
  host: true,
  name: "qr",
  gradName: "LinalgQrBackward0",
  forward(k, [a], { complete }) {
    const { m, n } = sizesOf(a);
    const inner = complete ? m : Math.min(m, n);
    return each(k, a, [m * inner + inner * n], (matrix, out) => {
      const { q, r } = systemDecompositions().qr(matrix, m, n, complete);
      out.set(q);
      out.set(r, q.length);
    });
  },
  saved: [[0, OUTPUT]],
  backward(grad, ctx, apply) {
    const { complete, onlyR } = ctx.params;
    const [m, n] = ctx.shape(0).slice(-2) as [number, number];
    if (onlyR) {
      throw new GraphError(
        "[qr] The derivative of linalg.qr depends on Q, which is not computed when mode='r'. Please use linalg.qr(A, mode='reduced') if you are going to differentiate through linalg.qr.",
      );
    }
    if (complete && m > n) {
      throw new GraphError("[qr] The QR decomposition is not differentiable when mode='complete' and nrows > ncols.");
    }
    const inner = Math.min(m, n);
    const { q, r } = qrParts(ctx.output(), m, inner, n);
    const { q: gq, r: gr } = qrParts(grad, m, inner, n);
    if (m >= n) return [qrGrad(q, r, gq, gr, apply)];
    // A = [X|Y] = Q·[U|V], so that Y = Q·V and X = Q·U is square.
    const y = ctx.input(0).narrow(-1, m, n - m);
    const [u, gu, gv] = [r.narrow(-1, 0, m), gr.narrow(-1, 0, m), gr.narrow(-1, m, n - m)];
    const forY = q.matmul(gv);
    const forX = qrGrad(q, u, gq.add(y.matmul(gv.mT)), gu, apply);
    // Not cat of movement.ts, whose gradients are tensors of the user's.
    return [forX.pad([0, n - m]).add(forY.pad([m, 0]))];
  },
});

/** For at least as many rows as columns: Walter and Lehmann, "Algorithmic differentiation of linear algebra functions". */
function qrGrad(q: Tensor, r: Tensor, gq: Tensor, gr: Tensor, apply: Apply): Tensor {
  const inner = r.matmul(gr.mT).sub(gq.mT.matmul(q));
  const right = gq.add(q.matmul(mirrored(inner)));
  return apply(solveTriangular, [r, right.mT], { upper: true, unit: false }).mT;
}

/** The parts of {@link qr}. */
export function qrParts(row: Tensor, m: number, k: number, n: number): { readonly q: Tensor; readonly r: Tensor } {
  return { q: row.narrow(-1, 0, m * k).unflatten(-1, [m, k]), r: row.narrow(-1, m * k, k * n).unflatten(-1, [k, n]) };
}

/** Eigenvalues [..., n], ascending, and eigenvectors [..., n, n] of a symmetric matrix, in one row of numbers. */
export const eigh = defineOp<[NDArray]>({
  host: true,
  name: "eigh",
  gradName: "LinalgEighBackward0",
  forward(k, [a]) {
    const { n } = sizesOf(a);
    return each(k, a, [n + n * n], (matrix, out, which) => {
      checkFinite("eigh", which, matrix);
      const { values, vectors } = converged("eigh", which, systemDecompositions().eigh(matrix, n));
      out.set(values);
      out.set(vectors, n);
    });
  },
  saved: [[OUTPUT]],
  backward(grad, ctx) {
    const n = ctx.shape(0).at(-1) as number;
    const { values, vectors } = eigenParts(ctx.output(), n);
    const { values: gl, vectors: gv } = eigenParts(grad, n);
    const inner = divided(vectors.mT.matmul(gv), differences(values)).add(diagonalMatrix(gl));
    return [vectors.matmul(inner).matmul(vectors.mT)];
  },
});

/** The eigenvalues of {@link eigh} alone. */
export const eigvalsh = defineOp<[NDArray]>({
  host: true,
  name: "eigvalsh",
  gradName: "LinalgEighBackward0",
  forward(k, [a]) {
    const { n } = sizesOf(a);
    return each(k, a, [n], (matrix, out, which) => {
      checkFinite("eigvalsh", which, matrix);
      out.set(converged("eigvalsh", which, systemDecompositions().eigvalsh(matrix, n)));
    });
  },
  saved: [[0]],
  backward(grad, ctx, apply) {
    const { vectors } = eigenParts(apply(eigh, [ctx.input(0)], null), ctx.shape(0).at(-1) as number);
    return [vectors.mul(grad.unsqueeze(-2)).matmul(vectors.mT)];
  },
});

/** Eigenvalues and eigenvectors of any matrix all of whose eigenvalues are real, as {@link eigh}. */
export const eig = defineOp<[NDArray]>({
  host: true,
  name: "eig",
  gradName: "LinalgEigBackward0",
  forward(k, [a]) {
    const { n } = sizesOf(a);
    return each(k, a, [n + n * n], (matrix, out, which) => {
      checkFinite("eig", which, matrix);
      const { real, imaginary, vectors } = converged("eig", which, systemDecompositions().eig(matrix, n));
      if (imaginary.some((value) => value !== 0)) {
        throw new LinAlgError(
          `[eig] ${which}the matrix has complex eigenvalues, and there are no complex tensors: only matrices with real ` +
            "eigenvalues can be decomposed. For symmetric ones use eigh.",
        );
      }
      out.set(real);
      out.set(vectors, n);
    });
  },
  saved: [[OUTPUT]],
  backward(grad, ctx, apply) {
    const n = ctx.shape(0).at(-1) as number;
    const { values, vectors } = eigenParts(ctx.output(), n);
    const { values: gl, vectors: gv } = eigenParts(grad, n);
    // The eigenvectors have length 1: what would change it is taken away.
    const projected = vectors.mT.matmul(gv);
    const lengths = projected.diagonal(0, -2, -1).unsqueeze(-2);
    const inner = divided(projected.sub(vectors.mT.matmul(vectors).mul(lengths)), differences(values));
    return [apply(solve, [vectors.mT, inner.add(diagonalMatrix(gl)).matmul(vectors.mT)], null)];
  },
});

/** The parts of {@link eigh} and {@link eig}. */
export function eigenParts(row: Tensor, n: number): { readonly values: Tensor; readonly vectors: Tensor } {
  return { values: row.narrow(-1, 0, n), vectors: row.narrow(-1, n, n * n).unflatten(-1, [n, n]) };
}

/** xⱼ − xᵢ. */
function differences(x: Tensor): Tensor {
  return x.unsqueeze(-2).sub(x.unsqueeze(-1));
}

/** x / differences, with zeros on the diagonal, and where both are 0: equal values of which nobody wants the vectors. */
function divided(x: Tensor, by: Tensor): Tensor {
  const n = x.size(-1);
  const none = unitMatrix(x, n).logicalOr(by.eq(0).logicalAnd(x.eq(0)));
  return x.div(by.maskedFill(none, 1)).maskedFill(none, 0);
}

/** Where the diagonal is. */
function unitMatrix(like: Tensor, n: number): Tensor {
  return like.newOnes([n, n]).tril().triu().bool();
}

/** Vectors [..., n] as the diagonals of matrices [..., n, n]. */
function diagonalMatrix(x: Tensor): Tensor {
  const n = x.size(-1);
  return x
    .unsqueeze(-1)
    .expand([...x.shape, n])
    .maskedFill(unitMatrix(x, n).logicalNot(), 0);
}

/** U [..., m, k], S [..., k] and Vᵀ [..., k, n] of A = U·S·Vᵀ, k = min(m, n), in one row of numbers. */
export const svd = defineOp<[NDArray]>({
  host: true,
  name: "svd",
  gradName: "LinalgSvdBackward0",
  forward(backend, [a]) {
    const { m, n } = sizesOf(a);
    const k = Math.min(m, n);
    return each(backend, a, [m * k + k + k * n], (matrix, out, which) => {
      checkFinite("svd", which, matrix);
      const { u, s, vt } = converged("svd", which, systemDecompositions().svd(matrix, m, n));
      out.set(u);
      out.set(s, m * k);
      out.set(vt, m * k + k);
    });
  },
  saved: [[OUTPUT]],
  backward(grad, ctx) {
    const [m, n] = ctx.shape(0).slice(-2) as [number, number];
    const k = Math.min(m, n);
    const { u, s, vt } = singularParts(ctx.output(), m, n);
    const { u: gu, s: gs, vt: gvt } = singularParts(grad, m, n);
    const gap = differences(s).mul(s.unsqueeze(-2).add(s.unsqueeze(-1)));
    const skew = (x: Tensor): Tensor => x.sub(x.mT);
    const fromU = divided(skew(u.mT.matmul(gu)), gap).mul(s.unsqueeze(-2));
    const fromV = divided(skew(vt.matmul(gvt.mT)), gap).mul(s.unsqueeze(-1));
    let total = u.matmul(fromU.add(fromV).add(diagonalMatrix(gs))).matmul(vt);
    // What leaves the spaces of U and V. Where S is 0 and nobody wants the vectors, nothing does.
    const over = (x: Tensor, by: Tensor): Tensor => {
      const none = by.eq(0).logicalAnd(x.eq(0));
      return x.div(by.expand(x.shape).maskedFill(none, 1));
    };
    if (m > k) {
      const outside = gu.sub(u.matmul(u.mT.matmul(gu)));
      total = total.add(over(outside, s.unsqueeze(-2)).matmul(vt));
    }
    if (n > k) {
      const outside = gvt.sub(gvt.matmul(vt.mT).matmul(vt));
      total = total.add(u.matmul(over(outside, s.unsqueeze(-1))));
    }
    return [total];
  },
});

/** The parts of {@link svd}. */
export function singularParts(
  row: Tensor,
  m: number,
  n: number,
): { readonly u: Tensor; readonly s: Tensor; readonly vt: Tensor } {
  const k = Math.min(m, n);
  return {
    u: row.narrow(-1, 0, m * k).unflatten(-1, [m, k]),
    s: row.narrow(-1, m * k, k),
    vt: row.narrow(-1, m * k + k, k * n).unflatten(-1, [k, n]),
  };
}

/** The singular values of {@link svd} alone. */
export const svdvals = defineOp<[NDArray]>({
  host: true,
  name: "svdvals",
  gradName: "LinalgSvdBackward0",
  forward(k, [a]) {
    const { m, n } = sizesOf(a);
    return each(k, a, [Math.min(m, n)], (matrix, out, which) => {
      checkFinite("svdvals", which, matrix);
      out.set(converged("svdvals", which, systemDecompositions().svdvals(matrix, m, n)));
    });
  },
  saved: [[0]],
  backward(grad, ctx, apply) {
    const [m, n] = ctx.shape(0).slice(-2) as [number, number];
    const { u, vt } = singularParts(apply(svd, [ctx.input(0)], null), m, n);
    return [u.mul(grad.unsqueeze(-2)).matmul(vt)];
  },
});

/** Columns [..., m, m − k] that complete orthonormal ones [..., m, k] to a basis. */
export const completeBasis = defineOp<[NDArray]>({
  host: true,
  name: "completeBasis",
  gradName: "NotDifferentiable",
  forward(backend, [u]) {
    const { m, n: k } = sizesOf(u);
    const rest = m - k;
    return each(backend, u, [m, rest], (matrix, out) => {
      const { q } = systemDecompositions().qr(matrix, m, k, true);
      for (let i = 0; i < m; i++) out.set(q.subarray(i * m + k, (i + 1) * m), i * rest);
    });
  },
});

/** out [n,m] = a [n,k]·bᵀ for b [m,k]. */
function multiplyTransposed(
  a: Float64Array,
  b: Float64Array,
  out: Float64Array,
  n: number,
  m: number,
  k: number,
): void {
  for (let i = 0; i < n; i++) {
    let j = 0;
    // Four sums at a time do not wait for each other.
    for (; j + 4 <= m; j += 4) {
      let [p, q, r, s] = [0, 0, 0, 0];
      for (let l = 0, at = j * k; l < k; l++, at++) {
        const factor = a[i * k + l]!;
        p += factor * b[at]!;
        q += factor * b[at + k]!;
        r += factor * b[at + 2 * k]!;
        s += factor * b[at + 3 * k]!;
      }
      out[i * m + j] = p;
      out[i * m + j + 1] = q;
      out[i * m + j + 2] = r;
      out[i * m + j + 3] = s;
    }
    for (; j < m; j++) {
      let sum = 0;
      for (let l = 0; l < k; l++) sum += a[i * k + l]! * b[j * k + l]!;
      out[i * m + j] = sum;
    }
  }
}

/** What counts as a singular value of 0. */
export interface PinvParams {
  readonly rtol: number;
  readonly atol: number;
}

/** The pseudoinverse [..., n, m]. */
export const pinv = defineOp<[NDArray], PinvParams>({
  host: true,
  name: "pinv",
  gradName: "LinalgPinvBackward0",
  forward(backend, [a], { rtol, atol }) {
    const { m, n } = sizesOf(a);
    const k = Math.min(m, n);
    return each(backend, a, [n, m], (matrix, out, which) => {
      checkFinite("pinv", which, matrix);
      const { u, s, vt } = converged("pinv", which, systemDecompositions().svd(matrix, m, n));
      const bound = Math.max(atol, rtol * (s[0] ?? 0));
      const rank = s.findLastIndex((value) => value > bound) + 1;
      const rows = new Float64Array(n * rank);
      for (let i = 0; i < n; i++) for (let l = 0; l < rank; l++) rows[i * rank + l] = vt[l * n + i]! / s[l]!;
      const columns = new Float64Array(m * rank);
      for (let j = 0; j < m; j++) for (let l = 0; l < rank; l++) columns[j * rank + l] = u[j * k + l]!;
      multiplyTransposed(rows, columns, out, n, m, rank);
    });
  },
  saved: [[0, OUTPUT]],
  backward: (grad, ctx) => [pinvGrad(ctx.input(0), ctx.output(), grad)],
});

/**
 * The gradient for a matrix from that of its pseudoinverse p: Golub and Pereyra, "The differentiation of pseudo-inverses", in
 * PyTorch's order of products.
 */
function pinvGrad(a: Tensor, p: Tensor, grad: Tensor): Tensor {
  const [pt, gt] = [p.mT, grad.mT];
  if (a.size(-2) <= a.size(-1)) {
    const inner = gt.matmul(p);
    const product = inner.matmul(pt);
    return p
      .matmul(inner)
      .mT.neg()
      .add(product)
      .sub(a.matmul(p).matmul(product))
      .add(pt.matmul(p).matmul(gt.sub(inner.matmul(a))));
  }
  const inner = p.matmul(gt);
  const product = pt.matmul(inner);
  return inner
    .matmul(p)
    .mT.neg()
    .add(gt.sub(a.matmul(inner)).matmul(p).matmul(pt))
    .add(product)
    .sub(product.matmul(p).matmul(a));
}

/** The least-squares solution X [..., n, k] of A·X = B, of one batch, and the rank behind it, in one row of numbers. */
export const lstsq = defineOp<[NDArray, NDArray], PinvParams>({
  host: true,
  name: "lstsq",
  gradName: "LinalgLstsqBackward0",
  forward(backend, [a, b], { rtol }) {
    const { m, n } = sizesOf(a);
    const k = sizesOf(b).n;
    const sides = hostOf(backend, b);
    let next = 0;
    return each(backend, a, [n * k + 1], (matrix, out, which) => {
      checkFinite("lstsq", which, matrix);
      const side = sides.subarray(next, next + m * k);
      next += m * k;
      const { x, rank } = converged("lstsq", which, systemDecompositions().lstsq(matrix, side, m, n, k, rtol));
      out.set(x);
      out[n * k] = rank;
    });
  },
  saved: [[0, 1], [0]],
  backward(grad, ctx, apply) {
    const a = ctx.input(0);
    const [n, k] = [ctx.shape(0).at(-1), ctx.shape(1).at(-1)] as [number, number];
    const { x: forX } = lstsqParts(grad, n, k);
    const p = apply(pinv, [a], ctx.params);
    return [
      ctx.needs(0) ? pinvGrad(a, p, forX.matmul(ctx.input(1).mT)) : null,
      ctx.needs(1) ? p.mT.matmul(forX) : null,
    ];
  },
});

/** The parts of {@link lstsq}. */
export function lstsqParts(row: Tensor, n: number, k: number): { readonly x: Tensor; readonly rank: Tensor } {
  return { x: row.narrow(-1, 0, n * k).unflatten(-1, [n, k]), rank: row.select(-1, n * k) };
}
