/** @file Samples of decompositions and of systems of equations. Diagonals are large, so that what must be regular is. */
import { apply } from "../../../src/autograd/apply.ts";
import { eye, linalg, type Tensor, tensor } from "../../../src/entry/index.ts";
import { ops } from "../../../src/tensor/ops/index.ts";
import { distinct, large, sample, type Table, x } from "./build.ts";

/** With `step`, 2·step, … added to the diagonal. */
function dominant(a: Tensor, step = 0, first = 9): Tensor {
  const [m, n] = a.shape.slice(-2) as [number, number];
  const steps = tensor(Float64Array.from({ length: n }, (_, j) => first + step * j)).to(a.dtype);
  return a.add(eye(m, n, { dtype: a.dtype, device: a.device }).mul(a.device === "cpu" ? steps : steps.to(a.device)));
}

const positive = (a: Tensor): Tensor => dominant(a.matmul(a.mT));
const symmetric = (a: Tensor): Tensor => dominant(a.add(a.mT), 12);
const separate = (a: Tensor): Tensor => dominant(a, 12);

/** Vectors without their signs, which are free. */
const unsigned = (v: Tensor): Tensor => v.mul(v);

function eigen({ eigenvalues, eigenvectors }: ReturnType<typeof linalg.eigh>): Tensor[] {
  return [eigenvalues, unsigned(eigenvectors)];
}

function singular(a: Tensor, full = false): Tensor[] {
  const { U, S, Vh } = linalg.svd(separate(a), full);
  const k = Math.min(a.size(-2), a.size(-1));
  return [unsigned(U.narrow(-1, 0, k)), S, unsigned(Vh.narrow(-2, 0, k))];
}

function qr(a: Tensor, mode: "reduced" | "complete" = "reduced"): Tensor[] {
  const { Q, R } = linalg.qr(dominant(a), mode);
  return [unsigned(Q), unsigned(R), Q.matmul(R)];
}

function outside(a: Tensor): Tensor {
  const rest = apply(ops.completeBasis, [linalg.qr(dominant(a)).Q], null);
  return rest.matmul(rest.mT);
}

export const linearAlgebra = {
  solve: [
    sample((a, b) => linalg.solve(dominant(a), b), x(3, 3), x(3, 2)),
    sample((a, b) => linalg.solve(dominant(a), b), x(3, 3), x(3)),
    sample((a, b) => linalg.solve(dominant(a), b), x(2, 3, 3), x(2, 3)),
    sample((a, b) => linalg.solve(dominant(a), b), x(2, 3, 3), x(3, 1)),
    sample((a, b) => linalg.solve(dominant(a), b, { left: false }), x(3, 3), x(2, 3)),
    sample((a, b) => linalg.solve(a, b), x(0, 0), x(0, 2)),
    large((a, b) => linalg.solve(dominant(a, 0, 90), b), x(37, 37), x(37, 5)),
  ],
  inv: [
    sample((a) => linalg.inv(dominant(a)), x(3, 3)),
    sample((a) => linalg.inv(dominant(a)), x(2, 1, 2, 2)),
    large((a) => linalg.inv(dominant(a, 0, 90)), x(37, 37)),
  ],
  det: [
    distinct((a) => linalg.det(a), x(3, 3)),
    sample((a) => linalg.det(dominant(a)), x(2, 2, 2)),
    sample((a) => linalg.det(a), x(0, 0)),
    distinct((a) => linalg.det(a.narrow(0, 0, 2).pad([0, 0, 0, 1])), x(3, 3)),
  ],
  luFactor: [
    sample((a) => linalg.luFactor(dominant(a)).LU, x(3, 3)),
    distinct((a) => Object.values(linalg.lu(a)), x(2, 3, 3)),
    sample(
      (a, b) => {
        const { LU, pivots } = linalg.luFactor(dominant(a));
        return linalg.luSolve(LU, pivots, b);
      },
      x(3, 3),
      x(3, 2),
    ),
    large((a) => linalg.luFactor(dominant(a, 0, 90)).LU, x(37, 37)),
  ],
  slogdet: [
    sample((a) => linalg.slogdet(dominant(a)).logabsdet, x(3, 3)),
    sample((a) => dominant(a).logdet(), x(2, 2, 2)),
    sample((a) => linalg.slogdet(dominant(a)).sign, x(3, 3)),
  ],
  cholesky: [
    sample((a) => linalg.cholesky(positive(a)), x(3, 3)),
    sample((a) => linalg.cholesky(positive(a), { upper: true }), x(2, 2, 2)),
    sample((a, b) => b.choleskySolve(linalg.cholesky(positive(a))), x(3, 3), x(3, 2)),
    sample((a) => linalg.cholesky(positive(a)).choleskyInverse(), x(2, 2)),
    large((a) => linalg.cholesky(positive(a)), x(19, 19)),
  ],
  solveTriangular: [
    sample((a, b) => linalg.solveTriangular(dominant(a), b, { upper: true }), x(3, 3), x(3, 2)),
    sample((a, b) => linalg.solveTriangular(dominant(a), b, { upper: false }), x(2, 3, 3), x(3, 2)),
    sample((a, b) => linalg.solveTriangular(a, b, { upper: false, unitriangular: true }), x(3, 3), x(3, 1)),
    sample((a, b) => linalg.solveTriangular(dominant(a), b, { upper: true, left: false }), x(3, 3), x(2, 3)),
  ],
  qr: [
    sample((a) => qr(a), x(3, 2)),
    sample((a) => qr(a), x(2, 3, 3)),
    sample((a) => qr(a), x(2, 4)),
    sample((a) => qr(a, "complete"), x(2, 3)),
    large((a) => qr(a), x(19, 7)),
  ],
  eigh: [
    sample((a) => eigen(linalg.eigh(symmetric(a))), x(3, 3)),
    sample((a) => eigen(linalg.eigh(symmetric(a), "U")), x(2, 2, 2)),
    large((a) => linalg.eigh(symmetric(a)).eigenvalues, x(19, 19)),
  ],
  eigvalsh: [
    sample((a) => linalg.eigvalsh(symmetric(a)), x(3, 3)),
    sample((a) => linalg.eigvalsh(symmetric(a), "U"), x(2, 2, 2)),
    large((a) => linalg.eigvalsh(symmetric(a)), x(19, 19)),
  ],
  eig: [sample((a) => eigen(linalg.eig(separate(a))), x(3, 3)), sample((a) => linalg.eigvals(separate(a)), x(2, 2, 2))],
  svd: [
    sample((a) => singular(a), x(3, 3)),
    sample((a) => singular(a), x(2, 4, 2)),
    sample((a) => singular(a, true), x(4, 2)),
    sample((a) => singular(a, true), x(2, 3)),
    large((a) => linalg.svd(separate(a), false).S, x(19, 7)),
  ],
  svdvals: [
    sample((a) => linalg.svdvals(separate(a)), x(2, 3)),
    sample((a) => linalg.svdvals(separate(a)), x(2, 3, 2)),
    large((a) => linalg.svdvals(separate(a)), x(19, 7)),
  ],
  completeBasis: [sample(outside, x(3, 2)), sample(outside, x(2, 3, 1))],
  pinv: [
    sample((a) => linalg.pinv(dominant(a)), x(3, 2)),
    sample((a) => linalg.pinv(dominant(a)), x(2, 2, 3)),
    large((a) => linalg.pinv(dominant(a)), x(19, 7)),
  ],
  lstsq: [
    sample((a, b) => linalg.lstsq(dominant(a), b).solution, x(4, 2), x(4, 1)),
    sample((a, b) => linalg.lstsq(dominant(a), b).solution, x(2, 2, 3), x(2, 2)),
    sample((a, b) => linalg.lstsq(dominant(a), b).solution, x(3, 2), x(2, 3, 1)),
    large((a, b) => linalg.lstsq(dominant(a), b).solution, x(19, 7), x(19, 2)),
  ],
} satisfies Table;
