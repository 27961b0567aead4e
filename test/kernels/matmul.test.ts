/** @file Matrix products of the WebAssembly kernels against sums in float64, for both builds. */
import { describe, expect, test } from "vitest";
import { ACCUMULATE, RELU, scratchBytes, sgemm } from "../../kernels/cpu/sgemm.ts";
import { instantiateWasm, loadWasm, PAGE_BYTES, type WasmKernels } from "../../kernels/cpu/wasm.ts";

/** A matrix's strides in elements, as a function of its shape. */
type Layout = (rows: number, cols: number) => readonly [row: number, col: number];

const rowMajor: Layout = (_, cols) => [cols, 1];
const columnMajor: Layout = (rows) => [1, rows];
const spacedRows: Layout = (_, cols) => [cols + 3, 1];
const spacedColumns: Layout = (rows) => [1, rows + 5];
const everyThird: Layout = (_, cols) => [3 * cols + 1, 3];
const repeatedRow: Layout = () => [0, 1];
const backwards: Layout = (_, cols) => [-cols, -1];
const layouts = { rowMajor, columnMajor, spacedRows, spacedColumns, everyThird, repeatedRow, backwards };

interface Case {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly a?: Layout;
  readonly b?: Layout;
  readonly bias?: boolean;
  readonly flags?: number;
  /** Elements between the rows of C. */
  readonly gap?: number;
  /** Lets the operands end where the memory ends. */
  readonly atEnd?: boolean;
}

/** Repeatable numbers in [-1, 1). */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return state / 2 ** 31;
  };
}

/** Elements that a window reaches over, and where in it the element [0, 0] lies. */
function reach(rows: number, cols: number, [row, col]: readonly [number, number]): { size: number; origin: number } {
  const ends = [row * Math.max(rows - 1, 0), col * Math.max(cols - 1, 0)];
  const size = ends.reduce((sum, end) => sum + Math.abs(end), 1);
  return { size, origin: ends.reduce((sum, end) => sum + Math.max(-end, 0), 0) };
}

/**
 * Runs one product between NaNs and compares it with float64, within the bound that rounding allows: (k + 3)·2⁻²⁴
 * times the sum of the absolute terms. Large results are compared at 3000 places.
 */
function check(kernels: WasmKernels, given: Case): void {
  const { m, n, k, a = rowMajor, b = rowMajor, bias = false, flags = 0, gap = 0, atEnd = false } = given;
  const [aRow, aCol] = a(m, k);
  const [bRow, bCol] = b(k, n);
  const left = reach(m, k, [aRow, aCol]);
  const right = reach(k, n, [bRow, bCol]);
  const ldc = n + gap;
  const scratchSize = scratchBytes(m, n, k) / 4;
  const sizes = [scratchSize, m * ldc, n, left.size, right.size];
  const total = sizes.reduce((sum, size) => sum + size + 16, 16);

  const missing = kernels.heapStart + 4 * total - kernels.memory.buffer.byteLength;
  if (missing > 0) kernels.memory.grow(Math.ceil(missing / PAGE_BYTES));
  const all = new Float32Array(kernels.memory.buffer);
  const start = atEnd ? all.length - total + 16 : kernels.heapStart / 4;
  all.fill(Number.NaN, start, start + total);
  let next = start + 16;
  const [scratch = 0, c = 0, biasAt = 0, leftAt = 0, rightAt = 0] = sizes.map((size) => {
    const at = next;
    next += size + 16;
    return at;
  });
  const random = randomNumbers(m * 7919 + n * 104729 + k);
  const aAt = leftAt + left.origin;
  const bAt = rightAt + right.origin;
  for (let i = 0; i < m; i++) for (let l = 0; l < k; l++) all[aAt + i * aRow + l * aCol] = random();
  for (let l = 0; l < k; l++) for (let j = 0; j < n; j++) all[bAt + l * bRow + j * bCol] = random();
  for (let j = 0; j < n; j++) all[biasAt + j] = random();
  for (let i = 0; i < m; i++) for (let j = 0; j < n; j++) all[c + i * ldc + j] = flags & ACCUMULATE ? random() : 9;
  const before = all.slice(start, start + total);

  const biasPointer = bias ? 4 * biasAt : 0;
  const { gemm } = kernels;
  sgemm(gemm, m, n, k, 4 * aAt, aRow, aCol, 4 * bAt, bRow, bCol, 4 * c, ldc, biasPointer, flags, 4 * scratch);

  const expected = (i: number, j: number): { value: number; bound: number } => {
    let value = bias ? before[biasAt - start + j]! : 0;
    if (flags & ACCUMULATE) value += before[c - start + i * ldc + j]!;
    let size = Math.abs(value);
    for (let l = 0; l < k; l++) {
      const term = all[aAt + i * aRow + l * aCol]! * all[bAt + l * bRow + j * bCol]!;
      value += term;
      size += Math.abs(term);
    }
    return { value: flags & RELU ? Math.max(value, 0) : value, bound: (k + 3) * 2 ** -24 * (size + 1) };
  };
  const step = Math.max(1, Math.floor((m * n) / 3000));
  for (let at = 0; at < m * n; at += step) {
    const i = Math.floor(at / n);
    const j = at % n;
    const { value, bound } = expected(i, j);
    const got = all[c + i * ldc + j]!;
    if (!(Math.abs(got - value) <= bound)) {
      expect.fail(`C[${i}][${j}] of ${m}×${n}×${k} is ${got}, not ${value} ± ${bound}`);
    }
  }
  // Nothing but C and the scratch bytes has changed.
  for (let at = 0; at < total; at++) {
    const where = start + at;
    if (where >= scratch && where < scratch + scratchSize) continue;
    if (where >= c && where < c + m * ldc && (where - c) % ldc < n) continue;
    if (!Object.is(all[where], before[at])) expect.fail(`float ${where} changed, in ${m}×${n}×${k}; C is at ${c}`);
  }
}

describe.each([{ relaxed: true }, { relaxed: false }])("float32 products, relaxed SIMD: $relaxed", (options) => {
  const kernels = loadWasm(options);
  if (!kernels) throw new Error("this engine does not take this build");

  test("the build is the one that was asked for", () => {
    expect(kernels.relaxed).toBe(options.relaxed);
  });

  const four = [
    { name: "A·B", a: rowMajor, b: rowMajor },
    { name: "Aᵀ·B", a: columnMajor, b: rowMajor },
    { name: "A·Bᵀ", a: rowMajor, b: columnMajor },
    { name: "Aᵀ·Bᵀ", a: columnMajor, b: columnMajor },
  ];

  describe.each(four)("$name", ({ a, b }) => {
    test("all sizes from 1 to 13", () => {
      for (let m = 1; m <= 13; m++) {
        for (let n = 1; n <= 13; n++) for (let k = 1; k <= 13; k++) check(kernels, { m, n, k, a, b });
      }
    });

    test("every remainder of rows and columns beside whole panels", () => {
      for (let r = 0; r <= 13; r++) {
        for (let s = 0; s <= 13; s++) check(kernels, { m: 24 + r, n: 24 + s, k: 9 + ((r + s) % 4), a, b });
        check(kernels, { m: 15 + r, n: 130 + r, k: 17, a, b });
        check(kernels, { m: 130 + r, n: 17 + r, k: 18, a, b });
      }
    });

    test.each([1, 2, 5, 8, 16, 45])("bias, ReLU and accumulation with %i rows", (m) => {
      for (const n of [1, 3, 8, 10, 17, 150]) {
        for (const flags of [0, ACCUMULATE, RELU, ACCUMULATE + RELU]) {
          for (const bias of [false, true]) check(kernels, { m, n, k: 23, a, b, bias, flags, gap: 3 });
        }
      }
    });

    test.each([
      { m: 17, n: 140, k: 2500 },
      { m: 700, n: 140, k: 820 },
      { m: 300, n: 2100, k: 530 },
      { m: 128, n: 512, k: 784 },
      { m: 21, n: 145, k: 130 },
      { m: 3, n: 40, k: 5000 },
      { m: 40, n: 9, k: 3000 },
      { m: 1, n: 2500, k: 70 },
      { m: 2500, n: 1, k: 70 },
    ])("$m×$n×$k, over the edges of blocks", (size) => {
      for (const flags of [0, ACCUMULATE + RELU]) check(kernels, { ...size, a, b, bias: true, flags });
    });

    test("reads nothing behind the end of the memory", () => {
      for (const [m, n, k] of [
        [1, 9, 30],
        [5, 7, 9],
        [30, 20, 11],
        [30, 131, 13],
        [9, 131, 10],
      ] as const) {
        check(kernels, { m, n, k, a, b, atEnd: true });
      }
    });
  });

  test("any strides", () => {
    const all = Object.values(layouts);
    for (const a of all) {
      for (const b of all) {
        for (const [m, n, k] of [
          [3, 4, 5],
          [1, 30, 20],
          [30, 1, 20],
          [20, 11, 31],
          [37, 150, 29],
          [7, 60, 40],
        ] as const) {
          check(kernels, { m, n, k, a, b, gap: 1 });
        }
      }
    }
  });

  test("without terms the result is the bias or 0", () => {
    for (const [m, n] of [
      [1, 1],
      [3, 20],
      [20, 3],
      [40, 40],
    ] as const) {
      for (const flags of [0, ACCUMULATE, RELU]) {
        for (const bias of [false, true]) check(kernels, { m, n, k: 0, bias, flags });
      }
    }
  });

  test("without rows or columns nothing happens", () => {
    for (const [m, n] of [
      [0, 0],
      [0, 5],
      [5, 0],
    ] as const)
      check(kernels, { m, n, k: 4, bias: true });
  });

  test("NaN and infinity pass through, also through ReLU", () => {
    const { gemm, heapStart } = kernels;
    for (const [m, n, k] of [
      [2, 2, 2],
      [16, 16, 16],
      [40, 150, 20],
      [20, 10, 30],
    ] as const) {
      const a = heapStart;
      const b = a + 4 * m * k;
      const c = b + 4 * k * n;
      const floats = new Float32Array(kernels.memory.buffer);
      floats.fill(1, a / 4, c / 4);
      floats[a / 4] = Number.NaN;
      floats[a / 4 + k] = Number.POSITIVE_INFINITY;
      sgemm(gemm, m, n, k, a, k, 1, b, n, 1, c, n, 0, RELU, c + 4 * m * n);
      const result = floats.subarray(c / 4);
      expect([...result.subarray(0, n)]).toEqual(new Array(n).fill(Number.NaN));
      expect([...result.subarray(n, 2 * n)]).toEqual(new Array(n).fill(Number.POSITIVE_INFINITY));
      if (m > 2) expect(result[2 * n]).toBe(k);
    }
  });

  test("parts of a product, each with scratch bytes and an instance of its own, make up the whole", () => {
    const [m, n, k] = [70, 90, 60];
    const other = instantiateWasm(kernels.modules, kernels.memory);
    const a = kernels.heapStart;
    const b = a + 4 * m * k;
    const c = b + 4 * k * n;
    const scratch = [c + 4 * m * n, c + 4 * m * n + scratchBytes(m, n, k)] as const;
    const floats = new Float32Array(kernels.memory.buffer);
    const random = randomNumbers(1);
    for (let i = a / 4; i < c / 4; i++) floats[i] = random();
    for (const [gemm, at, from, to] of [
      [kernels.gemm, scratch[0], 0, 32],
      [other.gemm, scratch[1], 32, n],
    ] as const) {
      sgemm(gemm, m, to - from, k, a, k, 1, b + 4 * from, n, 1, c + 4 * from, n, 0, 0, at);
    }
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < n; j++) {
        let sum = 0;
        for (let l = 0; l < k; l++) sum += floats[a / 4 + i * k + l]! * floats[b / 4 + l * n + j]!;
        expect(floats[c / 4 + i * n + j]).toBeCloseTo(sum, 4);
      }
    }
  });
});
