/** @file Matrix products: sizes around every tile edge, all transposes, batches, and what is fused into the end. */
import type { DType } from "../../../../kernels/backend.ts";
import { type Case, defineCase, type Group, type Tolerance } from "../check.ts";
import { at, build, type HostArray, hostArray, NUMBERS, random } from "../host-array.ts";
import { input, type Layout } from "../layouts.ts";

const SIZES: readonly (readonly [m: number, k: number, n: number])[] = [
  [1, 1, 1],
  [0, 3, 2],
  [2, 3, 0],
  [2, 0, 3],
  [1, 100, 10],
  [100, 1, 10],
  [10, 100, 1],
  [2, 3, 4],
  [5, 7, 9],
  [6, 8, 8],
  [12, 16, 20],
  [12, 18, 20],
  [7, 33, 17],
  [13, 4, 25],
  [33, 65, 31],
];
const LARGE: readonly (readonly [m: number, k: number, n: number])[] = [
  [64, 64, 64],
  [37, 300, 41],
  [65, 530, 98],
  [128, 70, 10],
];
/** More rows, columns and terms than one block of a blocked product holds. */
const BLOCKED: readonly (readonly [m: number, k: number, n: number])[] = [
  [260, 530, 70],
  [253, 2, 2056],
];
const LAYOUTS: readonly (readonly [Layout, Layout])[] = [
  ["dense", "dense"],
  ["transposed", "dense"],
  ["dense", "transposed"],
  ["transposed", "transposed"],
  ["offset", "spread"],
  ["spread", "reversed"],
  ["flipped", "flipped"],
];

/** Row times column, modulo 2³² for int32. */
function dot(dtype: DType, row: readonly number[], column: readonly number[]): number {
  if (dtype === "int32") {
    return row.reduce((sum, x, p) => (sum + Math.imul(x, column[p] ?? 0)) | 0, 0);
  }
  let sum = 0;
  for (let p = 0; p < row.length; p++) sum += (row[p] ?? 0) * (column[p] ?? 0);
  return sum;
}

/** Every row of a times every column of b, batch by batch. */
function product(a: HostArray, b: HostArray): HostArray {
  const [m = 0, depth = 0] = a.shape.slice(-2);
  const n = b.shape[b.shape.length - 1] ?? 0;
  const batches = a.shape.length === 3 ? (a.shape[0] ?? 0) : 1;
  const values: number[] = [];
  for (let batch = 0; batch < batches; batch++) {
    const matrix = b.values.slice(batch * depth * n, (batch + 1) * depth * n);
    const columns = Array.from({ length: n }, (_, j) =>
      Array.from({ length: depth }, (_, p) => matrix[p * n + j] ?? 0),
    );
    for (let i = batch * m; i < (batch + 1) * m; i++) {
      const row = a.values.slice(i * depth, (i + 1) * depth);
      for (const column of columns) values.push(dot(a.dtype, row, column));
    }
  }
  return hostArray(a.dtype, [...a.shape.slice(0, -1), n], values);
}

/** Elements in [−1, 1): a sum of k rounded products is off by less than k·2⁻²⁴ for each of its terms. */
const close = (dtype: DType, k: number): Tolerance => ({ abs: dtype === "float32" ? 1e-7 * (k + 1) : 1e-15 * (k + 1) });

function operands(dtype: DType, m: number, k: number, n: number): readonly [HostArray, HostArray] {
  const [low, high] = dtype === "int32" ? [-(2 ** 31), 2 ** 31] : [-1, 1];
  return [random(dtype, [m, k], 40, low, high), random(dtype, [k, n], 41, low, high)];
}

const productCases: readonly Case[] = NUMBERS.flatMap((dtype) =>
  [...SIZES, ...(dtype === "float32" ? LARGE : LARGE.slice(0, 2))].flatMap(([m, k, n]) =>
    LAYOUTS.map(([aLayout, bLayout]) => {
      const [a, b] = operands(dtype, m, k, n);
      return defineCase({
        name: `${dtype} [${m},${k}] ${aLayout} · [${k},${n}] ${bLayout}`,
        inputs: [input(a, aLayout), input(b, bLayout)],
        run: (kernels, x, y) => [kernels.matmul(x, y)],
        truth: () => [product(a, b)],
        tolerance: close(dtype, k),
        referenceTolerance: { ulp: 1, abs: 1e-14, anyZero: true },
      });
    }),
  ),
);

/** Small integers have exact sums in every dtype: a wrong index cannot hide behind a tolerance. */
const wholeCases: readonly Case[] = [
  ...[...SIZES, ...LARGE].flatMap((size) => LAYOUTS.map((layouts) => wholeCase(size, layouts))),
  ...BLOCKED.map((size) => wholeCase(size, ["dense", "dense"])),
];

function wholeCase([m, k, n]: readonly [number, number, number], [aLayout, bLayout]: readonly [Layout, Layout]): Case {
  const whole = (p: HostArray) => hostArray("float32", p.shape, p.values.map(Math.round));
  const [a, b] = [whole(random("float32", [m, k], 42, -9, 9)), whole(random("float32", [k, n], 43, -9, 9))];
  return defineCase({
    name: `[${m},${k}] ${aLayout} · [${k},${n}] ${bLayout}`,
    inputs: [input(a, aLayout), input(b, bLayout)],
    run: (kernels, x, y) => [kernels.matmul(x, y)],
    truth: () => [product(a, b)],
    tolerance: { anyZero: true },
    referenceTolerance: { anyZero: true },
  });
}

const batchCases: readonly Case[] = NUMBERS.flatMap((dtype) =>
  (
    [
      [3, 4, 5, 6],
      [1, 7, 9, 8],
      [0, 2, 3, 4],
      [2, 3, 0, 4],
      [4, 17, 20, 33],
      [2, 8, 12, 16],
    ] as const
  ).flatMap(([batches, m, k, n]) =>
    (
      [
        ["dense", "dense"],
        ["transposed", "spread"],
        ["offset", "reversed"],
        ["repeated", "dense"],
        ["dense", "repeated"],
      ] as const
    ).map(([aLayout, bLayout]) => {
      const repeat = (p: HostArray, layout: Layout) =>
        layout === "repeated" ? build(dtype, p.shape, ([, i = 0, j = 0]) => at(p, [0, i, j])) : p;
      const a = repeat(random(dtype, [batches, m, k], 44, -1, 1), aLayout);
      const b = repeat(random(dtype, [batches, k, n], 45, -1, 1), bLayout);
      return defineCase({
        name: `${dtype} [${batches},${m},${k}] ${aLayout} · [${batches},${k},${n}] ${bLayout}`,
        inputs: [input(a, aLayout), input(b, bLayout)],
        run: (kernels, x, y) => [kernels.matmul(x, y)],
        truth: () => [product(a, b)],
        tolerance: close(dtype, k),
        referenceTolerance: { ulp: 1, abs: 1e-14, anyZero: true },
      });
    }),
  ),
);

interface Fused {
  readonly bias: boolean;
  readonly relu: boolean;
  readonly out: boolean;
  readonly accumulate: boolean;
}

const FUSED: readonly Fused[] = [
  { bias: true, relu: false, out: false, accumulate: false },
  { bias: false, relu: true, out: false, accumulate: false },
  { bias: true, relu: true, out: false, accumulate: false },
  { bias: false, relu: false, out: true, accumulate: false },
  { bias: true, relu: true, out: true, accumulate: false },
  { bias: false, relu: false, out: true, accumulate: true },
  { bias: true, relu: false, out: true, accumulate: true },
  { bias: true, relu: true, out: true, accumulate: true },
];

const FUSED_SIZES: readonly (readonly [m: number, k: number, n: number, Layout])[] = [
  [5, 7, 9, "dense"],
  [33, 20, 10, "offset"],
  [3, 0, 4, "offset"],
  [1, 64, 17, "dense"],
  [40, 33, 64, "dense"],
];
const FUSED_BLOCKED: typeof FUSED_SIZES = [
  [260, 30, 18, "offset"],
  [9, 530, 70, "dense"],
];

const fusedCases: readonly Case[] = NUMBERS.flatMap((dtype) =>
  [...FUSED_SIZES, ...(dtype === "float32" ? FUSED_BLOCKED : [])].flatMap(([m, k, n, outLayout]) => {
    const [a, b] = [random(dtype, [m, k], 46, -1, 1), random(dtype, [k, n], 47, -1, 1)];
    const [bias, before] = [random(dtype, [n], 48), random(dtype, [m, n], 49)];
    let ab: HostArray | undefined;
    return FUSED.flatMap((fused) =>
      ((fused.bias ? ["dense", "spread", "reversed"] : ["dense"]) as Layout[]).map((biasLayout) => {
        const parts = Object.entries(fused).flatMap(([part, on]) => (on ? [part] : []));
        return defineCase({
          name: `${dtype} [${m},${k}]·[${k},${n}] with ${parts.join(", ")} (${outLayout}, bias ${biasLayout})`,
          inputs: [input(a), input(b), input(bias, biasLayout), input(before, outLayout)],
          run: (kernels, x, y, z, out) => [
            kernels.matmul(x, y, {
              bias: fused.bias ? z : undefined,
              relu: fused.relu,
              out: fused.out ? out : undefined,
              accumulate: fused.accumulate,
            }),
          ],
          truth: () => {
            ab ??= product(a, b);
            const plainProduct = ab;
            return [build(dtype, [m, n], (p) => finish(at(plainProduct, p), at(bias, p), at(before, p), fused))];
          },
          mutates: fused.out ? [3] : [],
          tolerance: { abs: close(dtype, k).abs ?? 0, ulp: 2, anyZero: true },
          referenceTolerance: { ulp: 1, abs: dtype === "float32" ? 1e-6 : 1e-14, anyZero: true },
        });
      }),
    );
  }),
);

function finish(product: number, bias: number, before: number, fused: Fused): number {
  const sum = product + (fused.bias ? bias : 0) + (fused.accumulate ? before : 0);
  return fused.relu ? Math.max(sum, 0) : sum;
}

const NAN = Number.NaN;

/** No term may be skipped because a factor is zero. */
const specialCases: readonly Case[] = (["float32", "float64"] as const).flatMap((dtype) => [
  defineCase({
    name: `${dtype}: zero times infinity`,
    inputs: [
      input(hostArray(dtype, [2, 3], [0, 1, 2, 1, 0, 0])),
      input(hostArray(dtype, [3, 2], [Infinity, 1, 1, NAN, 1, -Infinity])),
    ],
    run: (k, a, b) => [k.matmul(a, b)],
    truth: () => [hostArray(dtype, [2, 2], [NAN, NAN, Infinity, NAN])],
  }),
  defineCase({
    name: `${dtype}: relu of NaN`,
    inputs: [input(hostArray(dtype, [1, 1], [NAN])), input(hostArray(dtype, [1, 5], [1, 2, 3, 4, 5]))],
    run: (k, a, b) => [k.matmul(a, b, { relu: true })],
    truth: () => [hostArray(dtype, [1, 5], [NAN, NAN, NAN, NAN, NAN])],
  }),
]);

export const matmul: readonly Group[] = [
  { name: "products", cases: productCases },
  { name: "exact products", cases: wholeCases },
  { name: "batches", cases: batchCases },
  { name: "bias, relu, out, accumulate", cases: fusedCases },
  { name: "special values", cases: specialCases },
];
