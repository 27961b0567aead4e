/** @file Element-wise functions of one argument: PyTorch's values, every layout and awkward sizes. */
import type { DType, UnaryOp } from "../../../../kernels/backend.ts";
import { UNARY_PREDICATES } from "../../../../kernels/backend.ts";
import { type Case, defineCase, EXACT, type Group, type Tolerance } from "../check.ts";
import { goldens } from "../goldens.ts";
import { build, FLOATS, type HostArray, hostArray, random } from "../host-array.ts";
import { input, type Layout, STRIDED_LAYOUTS } from "../layouts.ts";

interface Spec {
  /** Written from the definition; the values that need care are covered by PyTorch's numbers. */
  readonly f: (x: number) => number;
  /** Integer dtypes that the function is defined for. */
  readonly integers?: readonly DType[];
  readonly low?: number;
  readonly high?: number;
  readonly tolerance?: Tolerance;
}

/** A good single-precision implementation; results below the smallest normal number may be flushed to zero. */
const GOOD: Tolerance = { ulp: 4, abs: 2 ** -126 };
const ALL_INTEGERS: readonly DType[] = ["int32", "uint8"];
const ANY_DTYPE: readonly DType[] = ["int32", "uint8", "bool"];

const specs: Record<UnaryOp, Spec> = {
  neg: { f: (x) => 0 - x, integers: ALL_INTEGERS, tolerance: EXACT },
  abs: { f: (x) => (x < 0 ? -x : x), integers: ALL_INTEGERS },
  sign: { f: (x) => Number(x > 0) - Number(x < 0), integers: ANY_DTYPE },
  exp: { f: Math.exp, low: -20, high: 20, tolerance: GOOD },
  log: { f: Math.log, low: 0, high: 9, tolerance: GOOD },
  log1p: { f: Math.log1p, low: -1, high: 3, tolerance: GOOD },
  expm1: { f: Math.expm1, tolerance: GOOD },
  sqrt: { f: (x) => x ** 0.5, low: 0, high: 100 },
  rsqrt: { f: (x) => x ** -0.5, low: 0, high: 100, tolerance: { ulp: 2 } },
  reciprocal: { f: (x) => x ** -1 },
  sin: { f: Math.sin, low: -20, high: 20, tolerance: { ulp: 4, abs: 2e-7 } },
  cos: { f: Math.cos, low: -20, high: 20, tolerance: { ulp: 4, abs: 2e-7 } },
  tanh: { f: (x) => -Math.expm1(-2 * x) / (1 + Math.exp(-2 * x)), tolerance: GOOD },
  sigmoid: { f: (x) => 0.5 + 0.5 * Math.tanh(x / 2), low: -9, high: 9, tolerance: GOOD },
  relu: { f: (x) => (x + Math.abs(x)) / 2, integers: ALL_INTEGERS, tolerance: { anyZero: true } },
  erf: { f: erfBySimpson, tolerance: GOOD },
  tan: { f: (x) => Math.sin(x) / Math.cos(x), low: -20, high: 20, tolerance: { ulp: 8, abs: 1e-6 } },
  asin: { f: (x) => Math.atan2(x, Math.sqrt((1 - x) * (1 + x))), low: -1, high: 1, tolerance: GOOD },
  acos: { f: (x) => Math.atan2(Math.sqrt((1 - x) * (1 + x)), x), low: -1, high: 1, tolerance: GOOD },
  atan: { f: (x) => Math.atan2(x, 1), tolerance: GOOD },
  sinh: { f: (x) => (Math.expm1(x) - Math.expm1(-x)) / 2, tolerance: GOOD },
  cosh: { f: (x) => (Math.exp(x) + Math.exp(-x)) / 2, tolerance: GOOD },
  asinh: { f: (x) => Math.sign(x) * Math.log1p(Math.abs(x) + (x * x) / (1 + Math.hypot(x, 1))), tolerance: GOOD },
  acosh: { f: (x) => Math.log(x + Math.sqrt((x - 1) * (x + 1))), low: 1.1, high: 30, tolerance: GOOD },
  atanh: { f: (x) => (Math.log1p(x) - Math.log1p(-x)) / 2, low: -1, high: 1, tolerance: GOOD },
  exp2: { f: (x) => 2 ** Math.floor(x) * 2 ** (x - Math.floor(x)), tolerance: GOOD },
  log2: { f: (x) => Math.log(x) / Math.LN2, low: 0, high: 9, tolerance: GOOD },
  log10: { f: (x) => Math.log(x) / Math.LN10, low: 0, high: 9, tolerance: GOOD },
  floor: { f: Math.floor, integers: ALL_INTEGERS },
  ceil: { f: Math.ceil, integers: ALL_INTEGERS },
  round: { f: (x) => (Math.abs(x) % 1 === 0.5 ? 2 * Math.round(x / 2) : Math.round(x)), integers: ALL_INTEGERS },
  trunc: { f: Math.trunc, integers: ALL_INTEGERS },
  isnan: { f: () => 0, integers: ANY_DTYPE },
  isfinite: { f: () => 1, integers: ANY_DTYPE },
  logicalNot: { f: (x) => Number(!x), integers: ANY_DTYPE },
};

/** erf x = 2/√π ∫₀ˣ e^(−t²) dt, by Simpson's rule. */
function erfBySimpson(x: number): number {
  const n = 400;
  const h = x / n;
  let sum = 1 + Math.exp(-x * x);
  for (let i = 1; i < n; i++) sum += (i % 2 === 0 ? 2 : 4) * Math.exp(-((i * h) ** 2));
  return ((2 / Math.sqrt(Math.PI)) * sum * h) / 3;
}

function resultType(op: UnaryOp, dtype: DType): DType {
  return UNARY_PREDICATES.has(op) ? "bool" : dtype;
}

function goldenCases(op: UnaryOp, { tolerance = EXACT }: Spec): Case[] {
  return goldens.unary.flatMap(({ dtype, x, results }) => {
    const want = results[op];
    if (!want) return [];
    const dtypes: readonly DType[] = dtype === "float64" ? FLOATS : [dtype];
    return dtypes.map((type) =>
      defineCase({
        name: `PyTorch's values, ${type}`,
        inputs: [input(hostArray(type, [x.length], x))],
        run: (k, a) => [k.unary(op, a)],
        truth: () => [hostArray(resultType(op, type), [x.length], want)],
        tolerance,
        // PyTorch flushes the tiniest sigmoids to zero.
        referenceTolerance: {
          ulp: 4,
          abs: op === "sigmoid" ? 1e-300 : 0,
          ...(tolerance.anyZero ? { anyZero: true } : {}),
        },
      }),
    );
  });
}

const SHAPES: readonly (readonly number[])[] = [
  [],
  [0],
  [1],
  [3],
  [4],
  [7],
  [15],
  [16],
  [17],
  [33],
  [1027],
  [3, 0, 2],
  [2, 3, 5],
  [1, 9, 1],
];

function randomCases(op: UnaryOp, { f, integers = [], low = -4, high = 4, tolerance = EXACT }: Spec): Case[] {
  const one = (dtype: DType, shape: readonly number[], layout: Layout, into: "fresh" | "itself" | "other"): Case => {
    const x = random(dtype, shape, shape.length + 7, low, high);
    const target = resultType(op, dtype);
    const y = random(target, shape, 1);
    return defineCase({
      name: `${dtype} [${shape}] ${layout}, into ${into}`,
      inputs: [input(x, layout), input(y, layout)],
      run: (k, a, b) => [k.unary(op, a, into === "fresh" ? undefined : into === "itself" ? a : b)],
      truth: () => [mapped(target, x, f)],
      mutates: into === "fresh" ? [] : into === "itself" ? [0] : [1],
      tolerance,
      referenceTolerance: { ulp: 2, abs: op === "erf" || op === "sigmoid" || op === "tanh" ? 1e-9 : 0, anyZero: true },
    });
  };
  return [...FLOATS, ...integers].flatMap((dtype) => [
    ...SHAPES.map((shape) => one(dtype, shape, "dense", "fresh")),
    ...STRIDED_LAYOUTS.flatMap((layout) => [
      one(dtype, [5, 7], layout, "fresh"),
      one(dtype, [3, 4, 5], layout, "fresh"),
      one(dtype, [130], layout, "other"),
      ...(takesResult(op, dtype) ? [one(dtype, [3, 4, 5], layout, "itself")] : []),
    ]),
    ...(takesResult(op, dtype) ? [one(dtype, [1027], "dense", "itself")] : []),
    one(dtype, [1027], "dense", "other"),
  ]);
}

/** Whether an argument can take the result. */
function takesResult(op: UnaryOp, dtype: DType): boolean {
  return resultType(op, dtype) === dtype;
}

function mapped(dtype: DType, x: HostArray, f: (x: number) => number): HostArray {
  let i = 0;
  return build(dtype, x.shape, () => f(x.values[i++] ?? 0));
}

export const unary: readonly Group[] = (Object.keys(specs) as UnaryOp[]).map((op) => ({
  name: op,
  cases: [...goldenCases(op, specs[op]), ...randomCases(op, specs[op])],
}));
