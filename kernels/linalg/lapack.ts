/** @file Decompositions by the LAPACK that comes with the system's BLAS, called through koffi. */
import { systemLibrary } from "../cpu/blas/blas.ts";
import { loadKoffi } from "../cpu/koffi.ts";
import type { Decompositions } from "./decompositions.ts";
import { lstsqByReflections, qrByReflections, SMALL, type Triangle, transposed } from "./loops.ts";

/** How many pointers each function takes: all arguments of Fortran are. */
const ROUTINES = {
  dgetrf_: 6,
  dpotrf_: 5,
  dgeqrf_: 8,
  dorgqr_: 9,
  dsyevd_: 11,
  dgeev_: 14,
  dgesdd_: 14,
  dgelsy_: 13,
  dtrsm_: 11,
  strsm_: 11,
} as const;

type Routine = (...pointers: readonly ArrayBufferView[]) => void;
type Routines = Readonly<Record<keyof typeof ROUTINES, Routine>>;

/** A number that a routine writes. */
const result = (): Int32Array => new Int32Array(1);

/** A function whose values are kept: an array takes longer to make than to pass. */
function kept<K, V>(make: (key: K) => V): (key: K) => V {
  const values = new Map<K, V>();
  return (key) => {
    const known = values.get(key);
    if (known !== undefined) return known;
    const value = make(key);
    values.set(key, value);
    return value;
  };
}

/** A number that a routine reads. */
const int = kept((value: number) => Int32Array.of(value));
const letter = kept((text: "N" | "V" | "U" | "L" | "R" | "S") => Uint8Array.of(text.charCodeAt(0)));

const wishes = new Map<string, number>();

/** Calls a routine with the room that it needs; `key` has all that this depends on, for it is asked once. */
function withWork(key: string, call: (work: Float64Array, size: Int32Array) => void): void {
  let size = wishes.get(key);
  if (size === undefined) {
    const wish = new Float64Array(1);
    call(wish, int(-1));
    size = Math.max(1, wish[0] as number);
    wishes.set(key, size);
  }
  call(new Float64Array(size), int(size));
}

function bind(): Routines | null {
  const search = systemLibrary();
  const koffi = loadKoffi("LAPACK");
  if (!("library" in search) || "reason" in koffi) return null;
  try {
    const library = koffi.koffi.load(search.library.name);
    const routines = Object.entries(ROUTINES).map(([name, count]) => [
      name,
      library.func(name, "void", new Array<string>(count).fill("void *")),
    ]);
    return Object.fromEntries(routines) as Routines;
  } catch {
    // A BLAS without LAPACK, as BLIS.
    return null;
  }
}

/** The decompositions of a LAPACK that has proved itself; null if there is none. */
export function searchLapack(): Decompositions | null {
  const routines = bind();
  if (routines === null) return null;
  const found = decompositions(routines);
  const { lu, pivots } = found.lu(Float64Array.of(1, 2, 4, 2), 2);
  const isRight = lu[0] === 4 && lu[1] === 2 && lu[2] === 0.25 && lu[3] === 1.5 && pivots[0] === 1;
  return isRight ? found : null;
}

/** X of T·X = B in the place of B, all row-major: Xᵀ·Tᵀ = Bᵀ by columns, where Tᵀ has the other triangle. */
function solveInPlace<T extends Float32Array | Float64Array>(
  trsm: Routine,
  t: T,
  x: T,
  one: T,
  [n, k]: readonly [number, number],
  { upper, unit }: Triangle,
): void {
  if (n === 0 || k === 0) return;
  const [side, triangle, transpose, diagonal] = [
    letter("R"),
    letter(upper ? "L" : "U"),
    letter("N"),
    letter(unit ? "U" : "N"),
  ];
  trsm(side, triangle, transpose, diagonal, int(k), int(n), one, t, int(n), x, int(k));
}

function decompositions(routines: Routines): Decompositions {
  return {
    name: "lapack",

    lu(a, n) {
      const columns = transposed(a, n, n);
      const pivots = new Int32Array(n);
      routines.dgetrf_(int(n), int(n), columns, int(Math.max(n, 1)), pivots, result());
      return { lu: transposed(columns, n, n), pivots: pivots.map((p) => p - 1) };
    },

    cholesky(a, n) {
      // Read by columns the lower triangle is the upper one.
      const columns = a.slice();
      const info = result();
      routines.dpotrf_(letter("U"), int(n), columns, int(Math.max(n, 1)), info);
      const [failed = 0] = info;
      if (failed > 0) return failed;
      for (let i = 0; i < n; i++) columns.fill(0, i * n + i + 1, (i + 1) * n);
      return columns;
    },

    qr(a, m, n, complete) {
      const small = Math.min(m, n);
      const k = complete ? m : small;
      if (m <= SMALL && n <= SMALL) return qrByReflections(a, m, n, k);
      const columns = new Float64Array(m * Math.max(n, k));
      columns.set(transposed(a, m, n));
      const tau = new Float64Array(small);
      const lda = int(Math.max(m, 1));
      if (small > 0) {
        withWork(`geqrf ${m} ${n}`, (work, size) =>
          routines.dgeqrf_(int(m), int(n), columns, lda, tau, work, size, result()),
        );
      }
      const r = new Float64Array(k * n);
      for (let i = 0; i < Math.min(k, m); i++) {
        for (let j = i; j < n; j++) r[i * n + j] = columns[j * m + i] as number;
      }
      if (m > 0 && k > 0) {
        withWork(`orgqr ${m} ${k} ${small}`, (work, size) =>
          routines.dorgqr_(int(m), int(k), int(small), columns, lda, tau, work, size, result()),
        );
      }
      return { q: transposed(columns.subarray(0, m * k), k, m), r };
    },

    eigh(a, n) {
      const columns = a.slice();
      const values = new Float64Array(n);
      const info = result();
      const iwork = new Int32Array(3 + 5 * n);
      withWork(`syevd ${n}`, (work, size) => {
        const liwork = int(size[0] === -1 ? -1 : iwork.length);
        routines.dsyevd_(
          letter("V"),
          letter("U"),
          int(n),
          columns,
          int(Math.max(n, 1)),
          values,
          work,
          size,
          iwork,
          liwork,
          info,
        );
      });
      return info[0] === 0 ? { values, vectors: transposed(columns, n, n) } : null;
    },

    eigvalsh(a, n) {
      const columns = a.slice();
      const values = new Float64Array(n);
      const info = result();
      const iwork = new Int32Array(1);
      const lda = int(Math.max(n, 1));
      withWork(`syevd values ${n}`, (work, size) =>
        routines.dsyevd_(letter("N"), letter("U"), int(n), columns, lda, values, work, size, iwork, int(1), info),
      );
      return info[0] === 0 ? values : null;
    },

    eig(a, n) {
      const columns = transposed(a, n, n);
      const [real, imaginary, right] = [new Float64Array(n), new Float64Array(n), new Float64Array(n * n)];
      const info = result();
      const lda = int(Math.max(n, 1));
      withWork(`geev ${n}`, (work, size) =>
        routines.dgeev_(
          letter("N"),
          letter("V"),
          int(n),
          columns,
          lda,
          real,
          imaginary,
          new Float64Array(1),
          int(1),
          right,
          lda,
          work,
          size,
          info,
        ),
      );
      return info[0] === 0 ? { real, imaginary, vectors: transposed(right, n, n) } : null;
    },

    svd(a, m, n) {
      // Read by columns it is Aᵀ = V·S·Uᵀ: what LAPACK calls U is V, which lies by columns as Vᵀ by rows.
      const k = Math.min(m, n);
      const columns = a.slice();
      const [s, vt, u] = [new Float64Array(k), new Float64Array(k * n), new Float64Array(m * k)];
      if (k === 0) return { u, s, vt };
      const info = result();
      const iwork = new Int32Array(8 * k);
      withWork(`gesdd ${m} ${n}`, (work, size) =>
        routines.dgesdd_(
          letter("S"),
          int(n),
          int(m),
          columns,
          int(n),
          s,
          vt,
          int(n),
          u,
          int(k),
          work,
          size,
          iwork,
          info,
        ),
      );
      return info[0] === 0 ? { u, s, vt } : null;
    },

    svdvals(a, m, n) {
      const k = Math.min(m, n);
      const s = new Float64Array(k);
      if (k === 0) return s;
      const [columns, none, one] = [a.slice(), new Float64Array(1), int(1)];
      const info = result();
      const iwork = new Int32Array(8 * k);
      withWork(`gesdd values ${m} ${n}`, (work, size) =>
        routines.dgesdd_(
          letter("N"),
          int(n),
          int(m),
          columns,
          int(n),
          s,
          none,
          one,
          none,
          one,
          work,
          size,
          iwork,
          info,
        ),
      );
      return info[0] === 0 ? s : null;
    },

    lstsq(a, b, m, n, k, rtol) {
      if (m <= SMALL && n <= SMALL) {
        const found = lstsqByReflections(a, b, m, n, k, rtol);
        if (found !== null) return found;
      }
      const rows = Math.max(m, n);
      const [columns, x] = [transposed(a, m, n), new Float64Array(rows * k)];
      for (let i = 0; i < m; i++) for (let j = 0; j < k; j++) x[j * rows + i] = b[i * k + j]!;
      const [rank, info, pivots] = [result(), result(), new Int32Array(n)];
      withWork(`gelsy ${m} ${n} ${k}`, (work, size) =>
        routines.dgelsy_(
          int(m),
          int(n),
          int(k),
          columns,
          int(Math.max(m, 1)),
          x,
          int(Math.max(rows, 1)),
          pivots,
          Float64Array.of(rtol),
          rank,
          work,
          size,
          info,
        ),
      );
      const out = new Float64Array(n * k);
      for (let i = 0; i < n; i++) for (let j = 0; j < k; j++) out[i * k + j] = x[j * rows + i]!;
      return info[0] === 0 ? { x: out, rank: rank[0]! } : null;
    },

    solveTriangular(t, b, n, k, how) {
      const x = b.slice();
      solveInPlace(routines.dtrsm_, t, x, Float64Array.of(1), [n, k], how);
      return x;
    },

    solveTriangularSingle(t, b, n, k, how) {
      solveInPlace(routines.strsm_, t, b, Float32Array.of(1), [n, k], how);
    },
  };
}
