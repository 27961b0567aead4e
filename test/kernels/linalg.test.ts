/** @file Decompositions of LAPACK and of JavaScript: what they multiply to, and that both agree. */
import { describe, expect, test } from "vitest";
import type { Decompositions } from "../../kernels/linalg/decompositions.ts";
import { javascript } from "../../kernels/linalg/javascript.ts";
import { searchLapack } from "../../kernels/linalg/lapack.ts";

const lapack = searchLapack();

function matrix(m: number, n: number, seed = 1): Float64Array {
  return Float64Array.from({ length: m * n }, (_, i) => Math.sin(seed + i * 1.7) * 2 + Math.cos(i * i));
}

function product(a: Float64Array, b: Float64Array, m: number, k: number, n: number): Float64Array {
  const out = new Float64Array(m * n);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      for (let l = 0; l < k; l++)
        out[i * n + j] = (out[i * n + j] as number) + (a[i * k + l] as number) * (b[l * n + j] as number);
    }
  }
  return out;
}

function transpose(a: Float64Array, m: number, n: number): Float64Array {
  return Float64Array.from({ length: m * n }, (_, i) => a[(i % m) * n + Math.floor(i / m)] as number);
}

function expectClose(actual: Float64Array, expected: Float64Array | number[]): void {
  expect(actual).toHaveLength(expected.length);
  for (const [i, want] of expected.entries()) expect(actual[i]).toBeCloseTo(want, 9);
}

function identity(n: number): Float64Array {
  return Float64Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 1 : 0));
}

const solvers = [javascript, lapack].filter((solver): solver is Decompositions => solver !== null);

describe.each(solvers.map((solver) => [solver.name, solver] as const))("%s", (_, solver) => {
  test.each([0, 1, 2, 5, 17])("LU of n = %i", (n) => {
    const a = matrix(n, n);
    const { lu, pivots } = solver.lu(a, n);
    const lower = lu.map((value, i) => (i % n < Math.floor(i / n) ? value : i % (n + 1) === 0 ? 1 : 0));
    const upper = lu.map((value, i) => (i % n >= Math.floor(i / n) ? value : 0));
    const back = product(lower, upper, n, n, n);
    for (let i = n - 1; i >= 0; i--) {
      const p = pivots[i] as number;
      for (let j = 0; j < n; j++)
        [back[i * n + j], back[p * n + j]] = [back[p * n + j] as number, back[i * n + j] as number];
    }
    expectClose(back, a);
  });

  test.each([0, 1, 2, 5, 17])("Cholesky of n = %i", (n) => {
    const b = matrix(n, n);
    const a = product(b, transpose(b, n, n), n, n, n).map((value, i) => value + (i % (n + 1) === 0 ? 1 : 0));
    const l = solver.cholesky(a, n) as Float64Array;
    expectClose(product(l, transpose(l, n, n), n, n, n), a);
  });

  test("Cholesky names the minor that is not positive", () => {
    expect(solver.cholesky(Float64Array.of(1, 0, 0, 0, -1, 0, 0, 0, 1), 3)).toBe(2);
    expect(solver.cholesky(Float64Array.of(1, 2, 2, 1), 2)).toBe(2);
  });

  test.each([
    [1, 1],
    [4, 4],
    [6, 3],
    [3, 6],
    [0, 3],
    [3, 0],
  ])("QR of [%i, %i]", (m, n) => {
    const a = matrix(m, n);
    for (const complete of [false, true]) {
      const k = complete ? m : Math.min(m, n);
      const { q, r } = solver.qr(a, m, n, complete);
      expectClose(product(q, r, m, k, n), a);
      expectClose(product(transpose(q, m, k), q, k, m, k), identity(k));
    }
  });

  test.each([0, 1, 2, 6, 13])("symmetric eigenvalues of n = %i", (n) => {
    const b = matrix(n, n);
    const a = b.map((value, i) => value + (b[(i % n) * n + Math.floor(i / n)] as number));
    const { values, vectors } = solver.eigh(a, n) ?? { values: new Float64Array(), vectors: new Float64Array() };
    const scaled = vectors.map((value, i) => value * (values[i % n] as number));
    expectClose(product(scaled, transpose(vectors, n, n), n, n, n), a);
    expect([...values]).toEqual([...values].sort((x, y) => x - y));
    expectClose(solver.eigvalsh(a, n) as Float64Array, [...values]);
  });

  test.each([
    [1, 1],
    [4, 4],
    [7, 3],
    [3, 7],
    [0, 3],
  ])("singular values of [%i, %i]", (m, n) => {
    const a = matrix(m, n);
    const k = Math.min(m, n);
    const { u, s, vt } = solver.svd(a, m, n) as { u: Float64Array; s: Float64Array; vt: Float64Array };
    expectClose(
      product(
        u.map((value, i) => value * (s[i % k] as number)),
        vt,
        m,
        k,
        n,
      ),
      a,
    );
    expectClose(product(transpose(u, m, k), u, k, m, k), identity(k));
    expectClose(product(vt, transpose(vt, k, n), k, n, k), identity(k));
    expect([...s]).toEqual([...s].sort((x, y) => y - x));
    expectClose(solver.svdvals(a, m, n) as Float64Array, [...s]);
  });

  test.each([
    [4, 4, 4],
    [6, 3, 3],
    [3, 6, 3],
    [20, 18, 18],
    [18, 20, 18],
    [6, 4, 2],
    [4, 6, 2],
    [20, 18, 5],
    [5, 3, 0],
  ])("least squares of [%i, %i] with rank %i", (m, n, rank) => {
    const a = product(matrix(m, rank), matrix(rank, n, 3), m, rank, n);
    const b = matrix(m, 2, 5);
    const found = solver.lstsq(a, b, m, n, 2, 1e-12);
    expect(found?.rank).toBe(rank);
    const x = found?.x as Float64Array;
    // What is left over is orthogonal to the columns of A, and the smallest X lies in the space of its rows.
    const rest = product(a, x, m, n, 2).map((value, i) => value - (b[i] as number));
    expectClose(product(transpose(a, m, n), rest, n, m, 2), new Float64Array(2 * n));
    const { vt } = solver.svd(a, m, n) as { vt: Float64Array };
    const rows = vt.subarray(0, rank * n);
    expectClose(product(transpose(rows, rank, n), product(rows, x, rank, n, 2), n, rank, 2), x);
  });

  test("eigenvalues of a matrix that is not symmetric", () => {
    const a = Float64Array.of(4, 1, 0, 2, 3, 1, 0, 0.5, 2);
    const { real, imaginary, vectors } = solver.eig(a, 3) as {
      real: Float64Array;
      imaginary: Float64Array;
      vectors: Float64Array;
    };
    expectClose(imaginary, [0, 0, 0]);
    expectClose(
      product(a, vectors, 3, 3, 3),
      vectors.map((value, i) => value * (real[i % 3] as number)),
    );
  });

  test.each([
    [true, true],
    [true, false],
    [false, true],
    [false, false],
  ])("triangular systems, upper %s, unit %s", (upper, unit) => {
    const t = matrix(5, 5).map((value, i) => (i % 6 === 0 ? 3 : value));
    const b = matrix(5, 2, 4);
    const used = t.map((value, i) => {
      const [row, col] = [Math.floor(i / 5), i % 5];
      if (row === col) return unit ? 1 : value;
      return col > row === upper ? value : 0;
    });
    const x = solver.solveTriangular(t, b, 5, 2, { upper, unit });
    expectClose(product(used, x, 5, 5, 2), b);
    if (solver.solveTriangularSingle === undefined) return;
    const single = Float32Array.from(b);
    solver.solveTriangularSingle(Float32Array.from(t), single, 5, 2, { upper, unit });
    for (const [i, want] of x.entries()) expect(single[i]).toBeCloseTo(want, 4);
  });
});
