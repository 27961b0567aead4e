/** @file Element-wise operations: PyTorch's values, every way to broadcast, every layout and awkward sizes. */
import type { DType } from "../../../../kernels/backend.ts";
import {
  ELEMENTWISE,
  type ElementwiseName,
  INTEGER_DIVISIONS,
  isDefinedFor,
  resultDType,
} from "../../../../kernels/ir/elementwise.ts";
import { type Case, defineCase, EXACT, type Group, type Tolerance } from "../check.ts";
import { goldens } from "../goldens.ts";
import { ALL_DTYPES, at, build, FLOATS, type HostArray, hostArray, random } from "../host-array.ts";
import { input, type Layout, STRIDED_LAYOUTS } from "../layouts.ts";
import { type Spec, specs } from "./elementwise-specs.ts";

type Shape = readonly number[];

/** Where the result goes: into a fresh array, one of the inputs, or another array, which lies as the first input does. */
type Target = "fresh" | "other" | number;

interface Form {
  readonly shape: Shape;
  /** Of the inputs. */
  readonly shapes: readonly Shape[];
  readonly layouts: readonly Layout[];
  readonly target: Target;
}

const isFloating = (dtype: DType): boolean => FLOATS.includes(dtype);

/** Doubles are 2²⁹ times as fine as floats. */
function toleranceFor(dtype: DType, { tolerance = EXACT }: Spec): Tolerance {
  return dtype === "float64" && tolerance.abs !== undefined
    ? { ...tolerance, abs: tolerance.abs * 2 ** -29 }
    : tolerance;
}

/** Sizes around the width of a vector and of a block, and nothing at all. */
const SIZES: readonly Shape[] = [
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

/** Shapes that are broadcast: of input k, and of the others. */
const BROADCASTS: readonly (readonly [one: Shape, others: Shape, all: Shape])[] = [
  [[], [1027], [1027]],
  [[1], [9], [9]],
  [
    [1, 1],
    [5, 3],
    [5, 3],
  ],
  [[40], [3, 40], [3, 40]],
  [
    [17, 1],
    [17, 5],
    [17, 5],
  ],
  [
    [5, 1],
    [1, 6],
    [5, 6],
  ],
  [
    [3, 1],
    [2, 3, 4],
    [2, 3, 4],
  ],
  [
    [1, 3, 1],
    [2, 1, 4],
    [2, 3, 4],
  ],
  [
    [2, 1, 4],
    [2, 3, 4],
    [2, 3, 4],
  ],
  [[3], [0, 3], [0, 3]],
  [[1], [0], [0]],
];

function formsOf(arity: number): Form[] {
  const each = <T>(value: T): T[] => new Array<T>(arity).fill(value);
  const dense = each<Layout>("dense");
  const inputs = dense.map((_, k) => k);
  const same = (shape: Shape, layouts: readonly Layout[], target: Target): Form => ({
    shape,
    shapes: each(shape),
    layouts,
    target,
  });
  return [
    ...SIZES.map((shape) => same(shape, dense, "fresh")),
    { shape: [19], shapes: each<Shape>([]), layouts: dense, target: "fresh" },
    ...(arity === 1 ? [] : BROADCASTS).flatMap(([one, others, shape]) =>
      inputs.map((k): Form => ({ shape, shapes: each(others).with(k, one), layouts: dense, target: "fresh" })),
    ),
    ...inputs.flatMap((k): Form[] => [
      same([17], dense, k),
      same([1027], dense, k),
      { shape: [1027], shapes: each<Shape>([]).with(k, [1027]), layouts: dense, target: k },
    ]),
    same([1027], dense, "other"),
    ...STRIDED_LAYOUTS.flatMap((layout): Form[] => [
      same([5, 7], each(layout), "fresh"),
      same([3, 4, 5], each(layout), inputs[0] ?? 0),
      same([130], each(layout), "other"),
      ...inputs.map((k) => same([2, 3, 23], dense.with(k, layout), k === 0 ? "fresh" : "other")),
    ]),
    // More dimensions than a kernel has.
    ...(["transposed", "spread", "reversed"] as const).map((layout) =>
      same([2, 3, 2, 3, 5], dense.with(arity - 1, layout), arity === 1 ? "other" : "fresh"),
    ),
    ...inputs.map((k) => same([5, 9], dense.with(k, "repeated"), "fresh")),
  ];
}

const FORMS = [1, 2, 3].map(formsOf);

/** Random inputs. What repeats along the first dimension has one row for all. */
function inputsFor(name: ElementwiseName, dtype: DType, { shapes, layouts }: Form): HostArray[] {
  const { ranges = [] } = specs[name];
  return ELEMENTWISE[name].inputs.map((type, k) => {
    const shape = shapes[k] ?? [];
    const repeats = layouts[k] === "repeated";
    const drawn = random(
      type === "bool" ? type : dtype,
      repeats ? shape.slice(1) : shape,
      shape.length + 7 + k,
      ...(ranges[k] ?? ranges.at(-1) ?? []),
    );
    const divides = k === 1 && INTEGER_DIVISIONS.has(name) && !isFloating(dtype);
    const x = divides ? { ...drawn, values: drawn.values.map((v) => v || 1) } : drawn;
    return repeats ? build(x.dtype, shape, (p) => at(x, p.slice(1))) : x;
  });
}

function truthOf(
  name: ElementwiseName,
  dtype: DType,
  shape: Shape,
  inputs: readonly HostArray[],
  scalars: readonly number[],
) {
  const { f, whole = f, logical = whole } = specs[name];
  const formula = isFloating(dtype) ? f : dtype === "bool" ? logical : whole;
  // Beside float32 a number has the digits of one.
  const numbers = dtype === "float32" ? scalars.map(Math.fround) : scalars;
  return build(resultDType(ELEMENTWISE[name], dtype), shape, (p) =>
    formula(...([...inputs.map((x) => at(x, p)), ...numbers] as Parameters<typeof formula>)),
  );
}

function randomCase(name: ElementwiseName, dtype: DType, form: Form, scalars: readonly number[]): Case {
  const { shape, shapes, layouts, target } = form;
  const result = resultDType(ELEMENTWISE[name], dtype);
  const inputs = inputsFor(name, dtype, form);
  const { error = 0 } = specs[name];
  const operands = inputs.map((x, k) => `[${x.shape}] ${layouts[k]}`).join(", ");
  return defineCase({
    name: `${dtype} ${operands}${scalars.length > 0 ? `, numbers ${scalars}` : ""}, into ${target}`,
    inputs: [
      ...inputs.map((x, k) => input(x, layouts[k])),
      input(random(result, shape, 1), target === "other" ? layouts[0] : "dense"),
    ],
    run: (k, ...arrays) => {
      const out = target === "fresh" ? undefined : arrays[target === "other" ? shapes.length : target];
      return [k.map(name, arrays.slice(0, shapes.length), shape, scalars, out)];
    },
    truth: () => [truthOf(name, dtype, shape, inputs, scalars)],
    mutates: target === "fresh" ? [] : [target === "other" ? shapes.length : target],
    tolerance: toleranceFor(result, specs[name]),
    referenceTolerance: { ulp: 2, rel: 1e-12, abs: error, anyZero: true },
  });
}

/** Whether an input can take the result: it has its dtype, and its shape. */
function isPossible(name: ElementwiseName, dtype: DType, { target, shape, shapes, layouts }: Form): boolean {
  const f = ELEMENTWISE[name];
  if (target === "other") return layouts[0] !== "repeated";
  if (target === "fresh") return true;
  const type = f.inputs[target] === "bool" ? "bool" : dtype;
  return type === resultDType(f, dtype) && shapes[target]?.join() === shape.join();
}

function randomCases(name: ElementwiseName): Case[] {
  const { inputs } = ELEMENTWISE[name];
  const [scalars = [], ...more] = specs[name].scalars ?? [];
  const forms = FORMS[inputs.length - 1] ?? [];
  const small = forms.find(({ shape }) => shape.join() === "33");
  return ALL_DTYPES.filter((dtype) => isDefinedFor(ELEMENTWISE[name], dtype)).flatMap((dtype) => [
    ...forms.filter((form) => isPossible(name, dtype, form)).map((form) => randomCase(name, dtype, form, scalars)),
    ...(small === undefined ? [] : more.map((numbers) => randomCase(name, dtype, small, numbers))),
  ]);
}

/** PyTorch's results of awkward numbers. */
function unaryGoldens(name: ElementwiseName): Case[] {
  return goldens.unary.flatMap(({ dtype, x, results }) => {
    const want = results[name];
    if (!want) return [];
    return (dtype === "float64" ? FLOATS : [dtype]).map((type) =>
      defineCase({
        name: `PyTorch's values, ${type}`,
        inputs: [input(hostArray(type, [x.length], x))],
        run: (k, a) => [k.map(name, [a], a.shape)],
        truth: () => [hostArray(resultDType(ELEMENTWISE[name], type), [x.length], want)],
        tolerance: toleranceFor(type, specs[name]),
        // PyTorch flushes the tiniest sigmoids to zero.
        referenceTolerance: {
          ulp: 4,
          abs: name === "sigmoid" ? 1e-300 : 0,
          ...(specs[name].tolerance?.anyZero ? { anyZero: true } : {}),
        },
      }),
    );
  });
}

/** PyTorch's results for every pair from a list; its script divides by 1 where integers would be divided by 0. */
function binaryGoldens(name: ElementwiseName): Case[] {
  return goldens.binary.flatMap(({ dtype, x, results }) => {
    const want = results[name];
    if (!want) return [];
    const noZero = INTEGER_DIVISIONS.has(name) && dtype !== "float64";
    return (dtype === "float64" ? FLOATS : [dtype]).map((type) => {
      const shape = [x.length, x.length];
      const a = build(type, shape, ([i = 0]) => x[i] ?? 0);
      const b = build(type, shape, ([, j = 0]) => (noZero && x[j] === 0 ? 1 : (x[j] ?? 0)));
      return defineCase({
        name: `PyTorch's values, ${type}`,
        inputs: [input(a), input(b)],
        run: (k, p, q) => [k.map(name, [p, q], shape)],
        truth: () => [hostArray(resultDType(ELEMENTWISE[name], type), shape, want.flat())],
        tolerance: toleranceFor(type, specs[name]),
        referenceTolerance: { ulp: 2, ...(specs[name].tolerance?.anyZero ? { anyZero: true } : {}) },
      });
    });
  });
}

/** An argument that is both arguments and the result. */
const squares: readonly Case[] = ALL_DTYPES.map((dtype) => {
  const x = random(dtype, [37], 8);
  return defineCase({
    name: `${dtype} times itself, into itself`,
    inputs: [input(x)],
    run: (k, a) => [k.map("mul", [a, a], [37], [], a)],
    truth: () => [build(dtype, [37], (p) => at(x, p) ** 2)],
    mutates: [0],
  });
});

/** Integers have no quotient by zero: nothing may be written then. */
const zeroDivisors: readonly Case[] = [...INTEGER_DIVISIONS].flatMap((name) =>
  (["int32", "uint8"] as const).flatMap((dtype) => [
    defineCase({
      name: `${dtype} ${name} by a zero at the end`,
      inputs: [input(hostArray(dtype, [5], [1, 2, 3, 4, 5])), input(hostArray(dtype, [5], [1, 2, 3, 4, 0]))],
      run: (k, a, b) => [k.map(name, [a, b], [5], [], a)],
      mutates: [0],
      throws: "ZeroDivisionError",
    }),
    defineCase({
      name: `${dtype} ${name} of nothing by zero`,
      inputs: [input(hostArray(dtype, [0], [])), input(hostArray(dtype, [], [0]))],
      run: (k, a, b) => [k.map(name, [a, b], [0])],
      truth: () => [hostArray(dtype, [0], [])],
    }),
  ]),
);

const SPECIALS = [Number.NaN, Infinity, -Infinity, 0, -0, 1e-45, -1e-40, 1, -1, 2.5, -3, 3e38];

const specialBounds: readonly Case[] = (
  [
    [-1, 1, [Number.NaN, 1, -1, 0, -0, 1e-45, -1e-40, 1, -1, 1, -1, 1]],
    [-Infinity, 2, [Number.NaN, 2, -Infinity, 0, -0, 1e-45, -1e-40, 1, -1, 2, -3, 2]],
    [0.5, Infinity, [Number.NaN, Infinity, 0.5, 0.5, 0.5, 0.5, 0.5, 1, 0.5, 2.5, 0.5, 3e38]],
    [2, 1, [Number.NaN, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]],
  ] as const
).flatMap(([low, high, want]) =>
  (["float32", "float64"] as const).map((dtype) =>
    defineCase({
      name: `${dtype} special values between ${low} and ${high}`,
      inputs: [input(hostArray(dtype, [12], SPECIALS))],
      run: (k, x) => [k.map("clamp", [x], [12], [low, high])],
      truth: () => [hostArray(dtype, [12], want)],
      tolerance: { anyZero: true },
    }),
  ),
);

export const map: readonly Group[] = [
  ...(Object.keys(specs) as ElementwiseName[]).map((name) => ({
    name,
    cases: [
      ...unaryGoldens(name),
      ...binaryGoldens(name),
      ...(name === "clamp" ? specialBounds : []),
      ...randomCases(name),
    ],
  })),
  { name: "one array as everything", cases: squares },
  { name: "integer division by zero", cases: zeroDivisors },
];
