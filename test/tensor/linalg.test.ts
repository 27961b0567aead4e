/** @file Linear algebra against PyTorch: results, first and second derivatives, errors. */
import { describe, expect, test } from "vitest";
import {
  autograd,
  choleskyInverse,
  choleskySolve,
  DTypeError,
  eye,
  full,
  LinAlgError,
  linalg,
  logdet,
  lu,
  luSolve,
  luUnpack,
  ones,
  pinverse,
  ShapeError,
  stack,
  svd,
  type Tensor,
  tensor,
} from "../../src/entry/index.ts";
import type { Numbers } from "../golden/autograd.ts";
import { elements, upstream } from "../golden/calls.ts";
import { linalgGolden, type MatrixCase } from "../golden/linalg.ts";

/** Within a tolerance relative to the largest element: rounding errors of one reach the others. */
function expectClose(actual: Tensor, expected: ArrayLike<number>, tolerance: number): void {
  const got = actual.detach().dataSync();
  const want = Array.from(expected);
  expect(got.length).toBe(want.length);
  const scale = Math.max(1, ...want.filter(Number.isFinite).map(Math.abs));
  for (const [i, value] of want.entries()) {
    if (got[i] === value || Math.abs((got[i] as number) - value) <= tolerance * scale) continue;
    expect.fail(`element ${i}: got ${Array.from(got)}, expected ${want}`);
  }
}

const f64 = { dtype: "float64" } as const;
const squares = (...parts: Tensor[]): Tensor[] => parts.map((x) => x.mul(x));
const symmetric = (a: Tensor): Tensor => a.add(a.mT);
const positive = (a: Tensor): Tensor => a.matmul(a.mT).add(eye(3, f64));

const luSolveOf = (a: Tensor, b: Tensor, options?: Parameters<typeof linalg.luSolve>[3]): Tensor => {
  const { LU, pivots } = linalg.luFactor(a);
  return linalg.luSolve(LU, pivots, b, options);
};

/** The same as in make_linalg.py. */
const functions: Readonly<Record<string, (...inputs: [Tensor, Tensor, Tensor, Tensor]) => Tensor | Tensor[]>> = {
  solve: (a, b) => linalg.solve(a, b),
  "solve a vector": (a, b) => linalg.solve(a, b),
  "solve vectors": (a, b) => linalg.solve(a, b),
  "solve with broadcasting": (a, b) => linalg.solve(a, b),
  inv: (a) => linalg.inv(a),
  det: (a) => linalg.det(a),
  "det of a batch": (a) => linalg.det(a),
  slogdet: (a) => Object.values(linalg.slogdet(a)),
  logdet: (a) => logdet(a),
  cholesky: (a) => linalg.cholesky(positive(a)),
  "cholesky upper": (a) => linalg.cholesky(positive(a), { upper: true }),
  choleskySolve: (b, l) => choleskySolve(b, l.tril()),
  choleskyInverse: (l) => choleskyInverse(l.tril()),
  solveTriangular: (a, b) => linalg.solveTriangular(a, b, { upper: true }),
  "solveTriangular right, unit": (a, b) =>
    linalg.solveTriangular(a, b, { upper: false, left: false, unitriangular: true }),
  qr: (a) => squares(...Object.values(linalg.qr(a))),
  "qr of a wide matrix": (a) => squares(...Object.values(linalg.qr(a))),
  "qr complete": (a) => squares(...Object.values(linalg.qr(a, "complete"))),
  eigh: (a) => squares(...Object.values(linalg.eigh(symmetric(a)))),
  "eigh of the upper triangle": (a) => squares(...Object.values(linalg.eigh(symmetric(a), "U"))),
  eigvalsh: (a) => linalg.eigvalsh(symmetric(a)),
  eigvals: (a) =>
    linalg
      .eigvals(
        a.add(
          tensor(
            [
              [9, 0, 0],
              [0, 21, 0],
              [0, 0, 33],
            ],
            f64,
          ),
        ),
      )
      .sort().values,
  svd: (a) => squares(...Object.values(linalg.svd(a, false))),
  "svd of wide matrices": (a) => squares(...Object.values(linalg.svd(a, false))),
  "svd of the parts": (a) => {
    const { U, S, Vh } = linalg.svd(a, false);
    return U.mul(S).matmul(Vh);
  },
  svdvals: (a) => linalg.svdvals(a),
  "torch.svd": (a) => squares(...Object.values(svd(a))),
  pinv: (a) => linalg.pinv(a),
  "pinv of wide matrices": (a) => linalg.pinv(a),
  pinverse: (a) => pinverse(a),
  lstsq: (a, b) => linalg.lstsq(a, b).solution,
  matrixPower: (a) => linalg.matrixPower(a, 5),
  "matrixPower negative": (a) => linalg.matrixPower(a, -3),
  "matrixPower 0": (a) => linalg.matrixPower(a, 0).mul(a),
  matrixExp: (a) => linalg.matrixExp(a),
  "matrixExp of a large norm": (a) => linalg.matrixExp(a.mul(3)),
  matrixNorm: (a) => linalg.matrixNorm(a),
  "matrixNorm nuc": (a) => linalg.matrixNorm(a, "nuc"),
  "matrixNorm 1": (a) => linalg.matrixNorm(a, 1),
  "matrixNorm -1": (a) => linalg.matrixNorm(a, -1),
  "matrixNorm inf": (a) => linalg.matrixNorm(a, Number.POSITIVE_INFINITY),
  "matrixNorm -inf": (a) => linalg.matrixNorm(a, Number.NEGATIVE_INFINITY, { keepdim: true }),
  "matrixNorm 2": (a) => linalg.matrixNorm(a, 2),
  "matrixNorm -2": (a) => linalg.matrixNorm(a, -2, [0, 2], true),
  vectorNorm: (a) => linalg.vectorNorm(a, 3, [0, 2]),
  norm: (a) => linalg.norm(a),
  "norm nuc": (a) => linalg.norm(a, "nuc"),
  "norm 1": (a) => linalg.norm(a, 1),
  "norm of vectors": (a) => linalg.norm(a, 1, 1),
  cond: (a) => linalg.cond(a),
  "cond 1": (a) => linalg.cond(a, 1),
  "cond -2": (a) => linalg.cond(a, -2),
  multiDot: (a, b, c, d) => linalg.multiDot([a, b, c, d]),
  cross: (a, b) => linalg.cross(a, b, { dim: 1 }),
  tensorinv: (a) => linalg.tensorinv(a, 1),
  tensorsolve: (a, b) => linalg.tensorsolve(a, b),
  "tensorsolve with dims": (a, b) => linalg.tensorsolve(a, b, { dims: [0] }),
  luFactor: (a) => linalg.luFactor(a).LU,
  "luFactor of a batch": (a) => linalg.luFactor(a).LU,
  lu: (a) => Object.values(linalg.lu(a)).slice(1),
  luSolve: (a, b) => luSolveOf(a, b),
  "luSolve right": (a, b) => luSolveOf(a, b, { left: false }),
  "luSolve adjoint": (a, b) => luSolveOf(a, b, { adjoint: true }),
  "luSolve right, adjoint": (a, b) => luSolveOf(a, b, { left: false, adjoint: true }),
  "torch.lu": (a) => lu(a).LU,
  "torch.luSolve": (b, a) => luSolve(b, lu(a).LU, lu(a).pivots),
  "torch.luUnpack": (a) => Object.values(luUnpack(lu(a).LU, lu(a).pivots)).slice(1),
  vecdot: (a, b) => linalg.vecdot(a, b, { dim: 1 }),
  diagonal: (a) => linalg.diagonal(a, { offset: 1 }),
  vander: (x) => linalg.vander(x, 4),
  matrixRank: (a) => linalg.matrixRank(a),
  "matrixRank of a batch": (a) => linalg.matrixRank(a),
  "matrixRank with atol": (a) => linalg.matrixRank(a, { atol: 1.5 }),
  "lstsq gelsd": (a, b) => Object.values(linalg.lstsq(a, b, { driver: "gelsd" })),
  "det of a singular matrix": (a) => [
    linalg.det(a),
    ...Object.values(linalg.slogdet(a)),
    linalg.cond(a, 1),
    linalg.pinv(a),
  ],
  "det of an empty matrix": (a) => [
    linalg.det(a),
    linalg.inv(a),
    linalg.slogdet(a).logabsdet,
    linalg.svdvals(a),
    linalg.matrixExp(a),
    linalg.eigvalsh(a),
  ],
  "lu permutations": (a) => [linalg.lu(a).P, linalg.luFactor(a).pivots.double()],
  "luUnpack permutations": (a) => luUnpack(lu(a).LU, lu(a).pivots).P,
  "svd full": (a) => Object.values(linalg.svd(a)).map((x: Tensor) => x.abs()),
};

const build = ({ shape, values }: Numbers): Tensor => tensor(elements("float64", values)).reshape(shape).detach();

function outputsOf({ name }: MatrixCase, inputs: readonly Tensor[]): Tensor[] {
  const fn = functions[name];
  if (fn === undefined) throw new Error(`there is no ${name}`);
  const result = fn(...(inputs as [Tensor, Tensor, Tensor, Tensor]));
  return Array.isArray(result) ? result : [result];
}

const titled = (list: readonly MatrixCase[]) => list.map((c) => [c.name, c] as const);

describe("as in PyTorch", () => {
  test.each(titled(linalgGolden.cases))("%s", (_, golden) => {
    const leaves = golden.inputs.map((spec) => build(spec).requiresGrad_());
    const outputs = outputsOf(golden, leaves);
    for (const [k, want] of golden.outputs.entries()) {
      expect(outputs[k]?.shape).toEqual(want.shape);
      expectClose(outputs[k] as Tensor, elements("float64", want.values), 1e-11);
    }
    const total = outputs
      .map((out, k) => out.mul(upstream(out, k)).sum())
      .filter((out) => out.requiresGrad)
      .reduce((a, b) => a.add(b));
    const grads = autograd.grad(total, leaves, { createGraph: true });
    for (const [i, want] of (golden.grads ?? []).entries()) {
      expectClose(grads[i] as Tensor, elements("float64", want), 1e-10);
    }
    const call = (...inputs: Tensor[]): Tensor[] => outputsOf(golden, inputs).filter((out) => out.isFloatingPoint());
    expect(autograd.gradcheck(call, leaves)).toBe(true);
    expect(autograd.gradgradcheck(call, leaves)).toBe(true);
    const squared = grads.map((g) => g.square().sum()).reduce((a, b) => a.add(b));
    const second = squared.requiresGrad ? autograd.grad(squared, leaves, { allowUnused: true }) : [];
    for (const [i, want] of (golden.second ?? []).entries()) {
      const got = second[i] ?? leaves[i]?.detach().mul(0);
      expectClose(got as Tensor, want === null ? new Float64Array(got?.numel() ?? 0) : elements("float64", want), 1e-8);
    }
  });

  test.each(titled(linalgGolden.plain))("%s", (_, golden) => {
    const outputs = outputsOf(golden, golden.inputs.map(build));
    for (const [k, want] of golden.outputs.entries()) {
      expect(outputs[k]?.shape).toEqual(want.shape);
      expectClose((outputs[k] as Tensor).double(), elements("float64", want.values), 1e-11);
    }
  });
});

describe("errors", () => {
  const calls: Readonly<Record<string, () => unknown>> = {
    "solve singular": () => linalg.solve(ones(2, 2), ones(2)),
    "solve singular in a batch": () => linalg.solve(stack([eye(2), ones(2, 2)]), ones(2, 2)),
    "solve of other sizes": () => linalg.solve(eye(2), ones(3, 2)),
    "inv singular": () => linalg.inv(ones(2, 2)),
    "inv of a rectangle": () => linalg.inv(ones(2, 3)),
    "det of a vector": () => linalg.det(ones(3)),
    "cholesky not positive": () =>
      linalg.cholesky(
        tensor([
          [1, 2],
          [2, 1],
        ]),
      ),
    "cholesky not positive in a batch": () => linalg.cholesky(stack([eye(2), eye(2).neg()])),
    "svd of NaN": () => linalg.svd(full([2, 2], Number.NaN)),
    "matrixNorm 3": () => linalg.matrixNorm(ones(2, 2), 3),
    "norm of a 3-d tensor": () => linalg.norm(ones(2, 2, 2), 2),
    "qr complete, differentiated": () => linalg.qr(ones(3, 2).requiresGrad_(), "complete").Q.sum().backward(),
  };

  test.each(linalgGolden.errors.map(({ name, message }) => [name, message] as const))("%s", (name, message) => {
    const text = message.replace(/^(torch\.)?linalg\.\w+: /, "").replace(/\.$/, "");
    expect(calls[name]).toThrow(text);
  });

  test("of singular matrices are of a class of their own", () => {
    expect(() => linalg.inv(ones(2, 2))).toThrow(LinAlgError);
    expect(linalg.LinAlgError).toBe(LinAlgError);
  });

  test("for dtypes, ranks and what has complex results", () => {
    expect(() => linalg.inv(eye(2).int())).toThrow(DTypeError);
    expect(() => linalg.solve(eye(2), ones(2, f64))).toThrow(DTypeError);
    expect(() => linalg.matrixNorm(ones(3))).toThrow(ShapeError);
    expect(() =>
      linalg.eig(
        tensor([
          [0, -1],
          [1, 0],
        ]),
      ),
    ).toThrow("complex eigenvalues");
  });
});

describe("gradients at singular matrices", () => {
  test("of the determinant are the adjugate", () => {
    const a = tensor(
      [
        [1, 2],
        [2, 4],
      ],
      { ...f64, requiresGrad: true },
    );
    linalg.det(a).backward();
    expectClose(a.grad as Tensor, [4, -2, -2, 1], 1e-11);
  });

  test("of equal singular values and eigenvalues are finite where the vectors do not matter", () => {
    const a = eye(3, f64).requiresGrad_();
    linalg.svdvals(a).sum().backward();
    expectClose(a.grad as Tensor, [1, 0, 0, 0, 1, 0, 0, 0, 1], 1e-11);
    const b = eye(2, f64).requiresGrad_();
    linalg.eigvalsh(b).sum().backward();
    expectClose(b.grad as Tensor, [1, 0, 0, 1], 1e-11);
  });
});

test("float32 stays float32", () => {
  const a = tensor([
    [4, 2],
    [2, 5],
  ]);
  expect(linalg.inv(a).dtype).toBe("float32");
  expect(linalg.svd(a).S.dtype).toBe("float32");
  expect(String(linalg.cholesky(a.requiresGrad_()))).toContain("LinalgCholeskyExBackward0");
});

test("luUnpack leaves out what is not wanted", () => {
  const { LU, pivots } = lu(tensor([[1, 2], [4, 4]])); // biome-ignore format: a matrix
  const shapes = (...parts: readonly [boolean, boolean?]) =>
    Object.values(luUnpack(LU, pivots, ...parts)).map(({ shape }) => shape);
  expect(shapes(false)).toEqual([[2, 2], [0], [0]]);
  expect(shapes(true, false)).toEqual([[0], [2, 2], [2, 2]]);
});

test("matrixRank takes NumPy's tol", () => {
  const x = tensor([[1, 0], [0, 0.5]]); // biome-ignore format: a matrix
  expect([linalg.matrixRank(x, 0.7), linalg.matrixRank(x, { tol: 0.1 })].map((rank) => rank.itemSync())).toEqual([
    1, 2,
  ]);
  expect(() => linalg.matrixRank(x, 0.7, { atol: 1 })).toThrow("[matrixRank] expected either tol, or atol and rtol");
});
