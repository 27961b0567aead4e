/** @file Matrix products of the WebAssembly kernels against plain sums, for all dtypes and both builds. */
import { afterAll, describe, expect, test } from "vitest";
import type { NDArray } from "../../kernels/backend.ts";
import { CpuBackend } from "../../kernels/cpu/backend.ts";
import { ACCUMULATE, GEMM_TYPES, type GemmType, gemmOnThread, RELU, scratchBytes } from "../../kernels/cpu/gemm.ts";
import { instantiateWasm, loadWasm, PAGE_BYTES, type WasmKernels } from "../../kernels/cpu/wasm.ts";
import { dense } from "../../kernels/layout.ts";

const ARRAYS = { float32: Float32Array, float64: Float64Array, int32: Int32Array, uint8: Uint8Array };

function loadKernels(): WasmKernels {
  const kernels = loadWasm();
  if (!kernels) throw new Error("this engine has no WebAssembly SIMD");
  return kernels;
}

function transpose(x: NDArray): NDArray {
  return { ...x, shape: [...x.shape].reverse(), strides: [...x.strides].reverse() };
}

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

/** A dtype of products, and how its numbers are made and compared. */
interface Numbers {
  readonly type: GemmType;
  view(buffer: ArrayBufferLike): Float32Array | Float64Array | Int32Array;
  /** A number made from one in [-1, 1). */
  from(x: number): number;
  /** What stands between the operands. */
  readonly mark: number;
  /** a·b + sum as near to the truth as can be. */
  multiplyAdd(a: number, b: number, sum: number): number;
  /** Rounding error of one operation, relative to the operands. */
  readonly epsilon: number;
}

const float = { from: (x: number) => x, mark: Number.NaN, multiplyAdd: (a: number, b: number, c: number) => a * b + c };
const NUMBERS: Readonly<Record<keyof typeof GEMM_TYPES, Numbers>> = {
  float32: { type: GEMM_TYPES.float32, view: (buffer) => new Float32Array(buffer), ...float, epsilon: 2 ** -24 },
  // The sum that it is compared with has errors of the same size.
  float64: { type: GEMM_TYPES.float64, view: (buffer) => new Float64Array(buffer), ...float, epsilon: 2 ** -52 },
  int32: {
    type: GEMM_TYPES.int32,
    view: (buffer) => new Int32Array(buffer),
    from: (x) => Math.floor(x * 2 ** 31),
    mark: 0x7fc0dead,
    multiplyAdd: (a, b, sum) => (Math.imul(a, b) + sum) | 0,
    epsilon: 0,
  },
};

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
 * Runs one product between marks and compares it with plain sums, within the bound that rounding allows: (k + 3)·ε
 * times the sum of the absolute terms; integers exactly. Large results are compared at 1000 places.
 */
function check(kernels: WasmKernels, numbers: Numbers, given: Case): void {
  const { m, n, k, a = rowMajor, b = rowMajor, bias = false, flags = 0, gap = 0, atEnd = false } = given;
  const { type, mark, multiplyAdd, epsilon } = numbers;
  const { bytes } = type;
  const [aRow, aCol] = a(m, k);
  const [bRow, bCol] = b(k, n);
  const left = reach(m, k, [aRow, aCol]);
  const right = reach(k, n, [bRow, bCol]);
  const ldc = n + gap;
  const scratchSize = Math.ceil(scratchBytes(type, m, n, k) / bytes);
  const sizes = [scratchSize, m * ldc, n, left.size, right.size];
  const total = sizes.reduce((sum, size) => sum + size + 16, 16);

  const missing = kernels.heapStart + bytes * total - kernels.memory.buffer.byteLength;
  if (missing > 0) kernels.memory.grow(Math.ceil(missing / PAGE_BYTES));
  const all = numbers.view(kernels.memory.buffer);
  const start = atEnd ? all.length - total + 16 : kernels.heapStart / bytes;
  all.fill(mark, start, start + total);
  let next = start + 16;
  const [scratch = 0, c = 0, biasAt = 0, leftAt = 0, rightAt = 0] = sizes.map((size) => {
    const at = next;
    next += size + 16;
    return at;
  });
  const draw = randomNumbers(m * 7919 + n * 104729 + k);
  const random = () => numbers.from(draw());
  const aAt = leftAt + left.origin;
  const bAt = rightAt + right.origin;
  for (let i = 0; i < m; i++) for (let l = 0; l < k; l++) all[aAt + i * aRow + l * aCol] = random();
  for (let l = 0; l < k; l++) for (let j = 0; j < n; j++) all[bAt + l * bRow + j * bCol] = random();
  for (let j = 0; j < n; j++) all[biasAt + j] = random();
  for (let i = 0; i < m; i++) for (let j = 0; j < n; j++) all[c + i * ldc + j] = flags & ACCUMULATE ? random() : 9;
  const before = all.slice(start, start + total);

  const [x, y, z, to] = [bytes * aAt, bytes * bAt, bytes * c, bytes * scratch];
  gemmOnThread(kernels.gemm, type, m, n, k, x, aRow, aCol, y, bRow, bCol, z, ldc, bias ? bytes * biasAt : 0, flags, to);

  const expected = (i: number, j: number): { value: number; bound: number } => {
    let value = bias ? before[biasAt - start + j]! : 0;
    if (flags & ACCUMULATE) value = multiplyAdd(before[c - start + i * ldc + j]!, 1, value);
    let size = Math.abs(value);
    for (let l = 0; l < k; l++) {
      const [p, q] = [all[aAt + i * aRow + l * aCol]!, all[bAt + l * bRow + j * bCol]!];
      value = multiplyAdd(p, q, value);
      size += Math.abs(p * q);
    }
    return { value: flags & RELU ? Math.max(value, 0) : value, bound: (k + 3) * epsilon * (size + 1) };
  };
  const step = Math.max(1, Math.floor((m * n) / 1000));
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
    if (!Object.is(all[where], before[at])) expect.fail(`element ${where} changed, in ${m}×${n}×${k}; C is at ${c}`);
  }
}

const builds = [true, false].flatMap((relaxed) =>
  (Object.keys(NUMBERS) as (keyof typeof NUMBERS)[]).map((dtype) => ({ relaxed, dtype })),
);

describe.each(builds)("$dtype products, relaxed SIMD: $relaxed", ({ relaxed, dtype }) => {
  const kernels = loadWasm({ relaxed });
  const numbers = NUMBERS[dtype];
  const { type, view } = numbers;
  const { bytes } = type;
  if (!kernels) throw new Error("this engine does not take this build");

  test("the build is the one that was asked for", () => {
    expect(kernels.relaxed).toBe(relaxed);
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
        for (let n = 1; n <= 13; n++) for (let k = 1; k <= 13; k++) check(kernels, numbers, { m, n, k, a, b });
      }
    });

    test("every remainder of rows and columns beside whole panels", () => {
      for (let r = 0; r <= 13; r++) {
        for (let s = 0; s <= 13; s++) check(kernels, numbers, { m: 24 + r, n: 24 + s, k: 9 + ((r + s) % 4), a, b });
        check(kernels, numbers, { m: 15 + r, n: 130 + r, k: 17, a, b });
        check(kernels, numbers, { m: 130 + r, n: 17 + r, k: 18, a, b });
      }
    });

    test.each([1, 2, 5, 8, 16, 45])("bias, ReLU and accumulation with %i rows", (m) => {
      for (const n of [1, 3, 8, 10, 17, 150]) {
        for (const flags of [0, ACCUMULATE, RELU, ACCUMULATE + RELU]) {
          for (const bias of [false, true]) check(kernels, numbers, { m, n, k: 23, a, b, bias, flags, gap: 3 });
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
      check(kernels, numbers, { ...size, a, b, bias: true, flags: ACCUMULATE + RELU });
    });

    test("reads nothing behind the end of the memory", () => {
      for (const [m, n, k] of [
        [1, 9, 30],
        [5, 7, 9],
        [30, 20, 11],
        [30, 131, 13],
        [9, 131, 10],
      ] as const) {
        check(kernels, numbers, { m, n, k, a, b, atEnd: true });
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
          check(kernels, numbers, { m, n, k, a, b, gap: 1 });
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
        for (const bias of [false, true]) check(kernels, numbers, { m, n, k: 0, bias, flags });
      }
    }
  });

  test("without rows or columns nothing happens", () => {
    for (const [m, n] of [
      [0, 0],
      [0, 5],
      [5, 0],
    ] as const)
      check(kernels, numbers, { m, n, k: 4, bias: true });
  });

  test.skipIf(dtype === "int32")("NaN and infinity pass through, also through ReLU", () => {
    const { gemm, heapStart } = kernels;
    for (const [m, n, k] of [
      [2, 2, 2],
      [16, 16, 16],
      [40, 150, 20],
      [20, 10, 30],
    ] as const) {
      const a = heapStart;
      const b = a + bytes * m * k;
      const c = b + bytes * k * n;
      const all = view(kernels.memory.buffer);
      all.fill(1, a / bytes, c / bytes);
      all[a / bytes] = Number.NaN;
      all[a / bytes + k] = Number.POSITIVE_INFINITY;
      gemmOnThread(gemm, type, m, n, k, a, k, 1, b, n, 1, c, n, 0, RELU, c + bytes * m * n);
      const result = all.subarray(c / bytes);
      expect([...result.subarray(0, n)]).toEqual(new Array(n).fill(Number.NaN));
      expect([...result.subarray(n, 2 * n)]).toEqual(new Array(n).fill(Number.POSITIVE_INFINITY));
      if (m > 2) expect(result[2 * n]).toBe(k);
    }
  });

  test("parts of a product, each with scratch bytes and an instance of its own, make up the whole", () => {
    const [m, n, k] = [70, 90, 60];
    const other = instantiateWasm(kernels.modules, kernels.memory);
    const a = kernels.heapStart;
    const b = a + bytes * m * k;
    const c = b + bytes * k * n;
    const scratch = [c + bytes * m * n, c + bytes * m * n + scratchBytes(type, m, n, k)] as const;
    const all = view(kernels.memory.buffer);
    const random = randomNumbers(1);
    for (let i = a / bytes; i < c / bytes; i++) all[i] = numbers.from(random());
    for (const [gemm, at, from, to] of [
      [kernels.gemm, scratch[0], 0, 32],
      [other.gemm, scratch[1], 32, n],
    ] as const) {
      const [right, target] = [b + bytes * from, c + bytes * from];
      gemmOnThread(gemm, type, m, to - from, k, a, k, 1, right, n, 1, target, n, 0, 0, at);
    }
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < n; j++) {
        let sum = 0;
        for (let l = 0; l < k; l++) {
          sum = numbers.multiplyAdd(all[a / bytes + i * k + l]!, all[b / bytes + l * n + j]!, sum);
        }
        expect(all[c / bytes + i * n + j]).toBeCloseTo(sum, 4);
      }
    }
  });
});

describe("on any number of threads", () => {
  const one = new CpuBackend(loadKernels(), { threads: 1, blas: false });
  const three = new CpuBackend(loadKernels(), { threads: 3, blas: false });
  // A chunk that no worker has begun with is run by the calling thread: none has to be waited for.
  const eager = new CpuBackend(loadKernels(), { threads: 5, blas: false, eager: true });
  afterAll(() => {
    for (const backend of [one, three, eager]) backend.threadCount = 1;
  });

  test.each([
    [1, 2500, 100],
    [3, 900, 700],
    [9, 17, 2000],
    [12, 700, 100],
    [20, 300, 900],
    [33, 33, 33],
    [100, 101, 1500],
    [150, 129, 650],
    [300, 90, 1300],
    [700, 1, 700],
    [520, 530, 340],
    [8195, 9, 20],
    [9, 8195, 20],
  ])("%i×%i×%i has the same bits, in every dtype and layout", (m, n, k) => {
    for (const dtype of ["float32", "float64", "int32", "uint8"] as const) {
      const random = randomNumbers(m + n + k);
      const numbers = (length: number) =>
        Array.from({ length }, () => random() * (dtype.startsWith("f") ? 1 : 2 ** 31));
      const [left, right] = [numbers(m * k), numbers(k * n)];
      for (const [transA, transB] of [
        [false, false],
        [true, false],
        [false, true],
      ]) {
        const results = [one, three, eager].map((backend) => {
          const upload = (values: readonly number[]) => backend.upload(dtype, ARRAYS[dtype].from(values));
          const [a, b] = [
            dense(upload(left), transA ? [k, m] : [m, k]),
            dense(upload(right), transB ? [n, k] : [k, n]),
          ];
          const product = backend.matmul(transA ? transpose(a) : a, transB ? transpose(b) : b);
          return backend.readSync(product.storage, 0, m * n);
        });
        for (const result of results) {
          expect(
            result.every((x, i) => Object.is(x, results[0]![i])),
            `${dtype}, ${transA}, ${transB}`,
          ).toBe(true);
        }
      }
    }
  });
});
