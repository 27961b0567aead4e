/** @file Element-wise functions of two arguments: PyTorch's values, every way to broadcast, every layout. */
import type { BinaryOp, DType } from "../../../../kernels/backend.ts";
import { BINARY_PREDICATES } from "../../../../kernels/backend.ts";
import { type Case, defineCase, EXACT, type Group, type Tolerance } from "../check.ts";
import { goldens } from "../goldens.ts";
import { ALL_DTYPES, at, build, FLOATS, type HostArray, hostArray, NUMBERS, random } from "../host-array.ts";
import { input, type Layout } from "../layouts.ts";

interface Spec {
  readonly f: (x: number, y: number, dtype: DType) => number;
  readonly dtypes?: readonly DType[];
  /** Range of the random arguments. */
  readonly a?: readonly [number, number];
  readonly b?: readonly [number, number];
  readonly tolerance?: Tolerance;
}

/** The sign of a zero maximum or minimum of two zeros is nobody's business. */
const ANY_ZERO: Tolerance = { anyZero: true };

const specs: Record<BinaryOp, Spec> = {
  add: { f: (x, y) => x + y, dtypes: ALL_DTYPES },
  sub: { f: (x, y) => x - y, dtypes: NUMBERS },
  mul: { f: (x, y) => x * y, dtypes: ALL_DTYPES },
  div: { f: (x, y) => x / y },
  pow: { f: powTruth, dtypes: NUMBERS, a: [0, 4], b: [0, 4], tolerance: { ulp: 8, abs: 2 ** -126 } },
  maximum: { f: (x, y) => (x > y || Number.isNaN(x) ? x : y), dtypes: ALL_DTYPES, tolerance: ANY_ZERO },
  minimum: { f: (x, y) => (x < y || Number.isNaN(x) ? x : y), dtypes: ALL_DTYPES, tolerance: ANY_ZERO },
  remainder: { f: (x, y) => x - Math.floor(x / y) * y, dtypes: NUMBERS, a: [-9, 9], b: [1, 4] },
  floorDivide: { f: (x, y) => Math.floor(x / y), dtypes: NUMBERS, a: [-9, 9], b: [1, 4], tolerance: ANY_ZERO },
  atan2: {
    f: (y, x) => Math.atan(y / x),
    a: [0.1, 3],
    b: [0.1, 3],
    tolerance: { ulp: 4 },
  },
  eq: { f: (x, y) => Number(x === y), dtypes: ALL_DTYPES },
  ne: { f: (x, y) => Number(x !== y), dtypes: ALL_DTYPES },
  lt: { f: (x, y) => Number(x < y), dtypes: ALL_DTYPES },
  le: { f: (x, y) => Number(x <= y), dtypes: ALL_DTYPES },
  gt: { f: (x, y) => Number(x > y), dtypes: ALL_DTYPES },
  ge: { f: (x, y) => Number(x >= y), dtypes: ALL_DTYPES },
  logicalAnd: { f: (x, y) => Number(Boolean(x) && Boolean(y)), dtypes: ALL_DTYPES },
  logicalOr: { f: (x, y) => Number(Boolean(x) || Boolean(y)), dtypes: ALL_DTYPES },
  reluGrad: { f: (g, y) => (y > 0 ? g : 0), tolerance: ANY_ZERO },
  sigmoidGrad: { f: (g, y) => g * y * (1 - y), b: [0, 1], tolerance: { ulp: 4, anyZero: true } },
  tanhGrad: { f: (g, y) => g * (1 - y * y), b: [-1, 1], tolerance: { ulp: 4, abs: 1e-6, anyZero: true } },
};

function powTruth(x: number, y: number, dtype: DType): number {
  if (dtype === "float32" || dtype === "float64") return x ** y;
  return Number(BigInt.asIntN(32, BigInt(x) ** BigInt(y)));
}

const resultType = (op: BinaryOp, dtype: DType): DType => (BINARY_PREDICATES.has(op) ? "bool" : dtype);

/** PyTorch's results for every pair from a list; its script divides by 1 where integers would be divided by 0. */
function goldenCases(op: BinaryOp, { tolerance = EXACT }: Spec): Case[] {
  return goldens.binary.flatMap(({ dtype, x, results }) => {
    const want = results[op];
    if (!want) return [];
    const noZero = (op === "remainder" || op === "floorDivide") && dtype !== "float64";
    const dtypes: readonly DType[] = dtype === "float64" ? FLOATS : [dtype];
    return dtypes.map((type) => {
      const shape = [x.length, x.length];
      const a = build(type, shape, ([i = 0]) => x[i] ?? 0);
      const b = build(type, shape, ([, j = 0]) => (noZero && x[j] === 0 ? 1 : (x[j] ?? 0)));
      return defineCase({
        name: `PyTorch's values, ${type}`,
        inputs: [input(a), input(b)],
        run: (k, p, q) => [k.binary(op, p, q, shape)],
        truth: () => [hostArray(resultType(op, type), shape, want.flat())],
        tolerance,
        referenceTolerance: { ulp: 2, ...(tolerance.anyZero ? ANY_ZERO : {}) },
      });
    });
  });
}

type Target = "fresh" | "a" | "b" | "other";
type Form = readonly [a: readonly number[], b: readonly number[], layouts?: readonly [Layout, Layout], out?: Target];

const FORMS: readonly Form[] = [
  // One shape: sizes around the width of a vector, and nothing at all.
  ...[[], [0], [1], [3], [4], [7], [15], [16], [17], [33], [1027], [2, 0, 3], [6, 7], [2, 3, 4]].map(
    (s): Form => [s, s],
  ),
  // Broadcasting: scalars, rows, columns, both at once, missing and inner dimensions, nothing.
  ...(
    [
      [[1027], []],
      [[], [1027]],
      [[9], [1]],
      [[1], [1, 1]],
      [[3, 40], [40]],
      [[40], [3, 40]],
      [
        [17, 5],
        [17, 1],
      ],
      [
        [17, 1],
        [17, 5],
      ],
      [
        [5, 1],
        [1, 6],
      ],
      [
        [2, 3, 4],
        [3, 1],
      ],
      [
        [2, 1, 4],
        [1, 3, 1],
      ],
      [
        [2, 3, 4],
        [2, 1, 4],
      ],
      [[0, 3], [3]],
      [
        [3, 0],
        [3, 1],
      ],
      [[1], [0]],
    ] as const
  ).map(([a, b]): Form => [a, b]),
  // Layouts, alone and in company.
  [[67], [67], ["offset", "offset"]],
  [[67], [67], ["reversed", "dense"]],
  [[67], [67], ["spread", "reversed"]],
  [
    [6, 7],
    [6, 7],
    ["transposed", "dense"],
  ],
  [
    [6, 7],
    [6, 7],
    ["dense", "transposed"],
  ],
  [
    [6, 7],
    [6, 7],
    ["transposed", "transposed"],
  ],
  [
    [6, 7],
    [6, 7],
    ["spread", "offset"],
  ],
  [
    [2, 3, 4],
    [2, 3, 4],
    ["reversed", "transposed"],
  ],
  [
    [2, 3, 4],
    [3, 1],
    ["transposed", "spread"],
  ],
  [[6, 7], [7], ["transposed", "reversed"]],
  [[7], [6, 7], ["spread", "transposed"]],
  // Into one of the arguments, and into a window.
  [[1027], [1027], ["dense", "dense"], "a"],
  [[1027], [1027], ["dense", "dense"], "b"],
  [[1027], [], ["dense", "dense"], "a"],
  [[], [1027], ["dense", "dense"], "b"],
  [[6, 7], [7], ["transposed", "dense"], "a"],
  [[6, 7], [6, 1], ["offset", "dense"], "a"],
  [[6, 7], [6, 7], ["dense", "reversed"], "b"],
  [[6, 7], [6, 7], ["dense", "dense"], "other"],
  [[6, 7], [7], ["spread", "dense"], "other"],
  [[2, 3, 4], [2, 3, 4], ["transposed", "dense"], "other"],
];

function broadcast(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, d) => {
    const [m, n] = [a[d + a.length - rank] ?? 1, b[d + b.length - rank] ?? 1];
    return m === 1 ? n : m;
  });
}

function combine(dtype: DType, a: HostArray, b: HostArray, f: Spec["f"]): HostArray {
  return build(dtype, broadcast(a.shape, b.shape), (p) => f(at(a, p), at(b, p), a.dtype));
}

function randomCases(op: BinaryOp, { f, dtypes = FLOATS, a = [-4, 4], b = a, tolerance = EXACT }: Spec): Case[] {
  return dtypes.flatMap((dtype) => {
    const target = resultType(op, dtype);
    return FORMS.filter(([, , , out]) => target === dtype || (out !== "a" && out !== "b")).map((form) => {
      const [aShape, bShape, [aLayout, bLayout] = ["dense", "dense"] as const, out = "fresh"] = form;
      const shape = broadcast(aShape, bShape);
      const x = random(dtype, aShape, 3, ...a);
      const y = nonZeroIf(
        (op === "remainder" || op === "floorDivide") && dtype === "uint8",
        random(dtype, bShape, 5, ...b),
      );
      return defineCase({
        name: `${dtype} [${aShape}] ${aLayout}, [${bShape}] ${bLayout}, into ${out}`,
        inputs: [input(x, aLayout), input(y, bLayout), input(random(target, shape, 1), aLayout)],
        run: (k, p, q, other) => {
          const outs = { fresh: undefined, a: p, b: q, other };
          return [k.binary(op, p, q, shape, outs[out])];
        },
        truth: () => [combine(target, x, y, f)],
        mutates: { fresh: [], a: [0], b: [1], other: [2] }[out],
        tolerance,
        referenceTolerance: { ulp: 2, abs: op === "remainder" ? 1e-6 : 0, anyZero: true },
      });
    });
  });
}

function nonZeroIf(condition: boolean, x: HostArray): HostArray {
  return condition ? { ...x, values: x.values.map((v) => v || 1) } : x;
}

function repeatedCases(op: BinaryOp, { f, dtypes = FLOATS, a = [-4, 4], b = a, tolerance = EXACT }: Spec): Case[] {
  return dtypes.map((dtype) => {
    const x = random(dtype, [5, 9], 3, ...a);
    const row = nonZeroIf(op === "remainder" || op === "floorDivide", random(dtype, [9], 5, ...b));
    const y = build(dtype, [5, 9], ([, j = 0]) => at(row, [j]));
    return defineCase({
      name: `${dtype} with an expanded argument`,
      inputs: [input(x), input(y, "repeated")],
      run: (k, p, q) => [k.binary(op, p, q, [5, 9])],
      truth: () => [combine(resultType(op, dtype), x, y, f)],
      tolerance,
      referenceTolerance: { ulp: 2, abs: op === "remainder" ? 1e-6 : 0, anyZero: true },
    });
  });
}

/** An argument that is both arguments and the result. */
const squares: readonly Case[] = ALL_DTYPES.map((dtype) => {
  const x = random(dtype, [37], 8);
  return defineCase({
    name: `${dtype} times itself, into itself`,
    inputs: [input(x)],
    run: (k, a) => [k.binary("mul", a, a, [37], a)],
    truth: () => [combine(dtype, x, x, (p) => p * p)],
    mutates: [0],
  });
});

/** Integers have no remainder by zero: nothing may be written then. */
const zeroDivisors: readonly Case[] = (["int32", "uint8"] as const).flatMap((dtype) => [
  defineCase({
    name: `${dtype} remainder by a zero at the end`,
    inputs: [input(hostArray(dtype, [5], [1, 2, 3, 4, 5])), input(hostArray(dtype, [5], [1, 2, 3, 4, 0]))],
    run: (k, a, b) => [k.binary("remainder", a, b, [5], a)],
    mutates: [0],
    throws: "ZeroDivisionError",
  }),
  defineCase({
    name: `${dtype} remainder of nothing by zero`,
    inputs: [input(hostArray(dtype, [0], [])), input(hostArray(dtype, [], [0]))],
    run: (k, a, b) => [k.binary("remainder", a, b, [0])],
    truth: () => [hostArray(dtype, [0], [])],
  }),
]);

export const binary: readonly Group[] = [
  ...(Object.keys(specs) as BinaryOp[]).map((op) => ({
    name: op,
    cases: [...goldenCases(op, specs[op]), ...randomCases(op, specs[op]), ...repeatedCases(op, specs[op])],
  })),
  { name: "one array as everything", cases: squares },
  { name: "integer division by zero", cases: zeroDivisors },
];
