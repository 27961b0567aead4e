/** @file Building blocks of the sample table: inputs, calls, and the forms that families of operations share. */
import type { DType } from "../../../kernels/backend.ts";
import type { Tensor } from "../../../src/entry/index.ts";
import type { ops } from "../../../src/tensor/ops/index.ts";

/** One input of a sample. */
export interface SampleInput {
  readonly shape: readonly number[];
  /** Row-major. */
  readonly values: readonly number[];
  /** Makes the values, from their number and a seed: see {@link withValues}. */
  readonly draw?: Draw;
  /** What a test with floats of its own choice does not replace. */
  readonly dtype?: DType;
  /** Whether the gradient for it exists. Default: for floats. */
  readonly grad?: boolean;
}

export interface Sample {
  readonly call: (...inputs: Tensor[]) => Tensor | readonly Tensor[];
  readonly inputs: readonly SampleInput[];
  /** Large inputs, for the kernels and not for differences. */
  readonly large?: boolean;
  /** Gradients are only defined because no two of the values are equal. */
  readonly distinct?: boolean;
}

/** A part of the table. */
export type Table = { readonly [K in keyof typeof ops]?: readonly Sample[] };

/** Makes `count` numbers from a seed in [0, 1). */
export type Draw = (count: number, seed: number) => number[];

/**
 * Numbers spread evenly over low … high, in mixed order and none of them twice; none is an integer, and none is another
 * one's negative.
 */
export function spread(low: number, high: number): Draw {
  return (count, seed) =>
    Array.from({ length: count }, (_, i) => {
      const v = low + (high - low) * ((((i + 1) * 0.6180339887 + seed) % 1) * 0.98 + 0.01);
      return Math.abs(v - Math.round(v)) < 0.004 ? v + 0.009 : v;
    });
}

export const drawn = (shape: readonly number[], draw: Draw): SampleInput => ({ shape, values: [], draw });

/** The table with its values, which depend on the operation, the sample and the input, and on nothing else. */
export function withValues<T extends Table>(table: T): T {
  const filled = Object.entries(table).map(([op, samples]) => [
    op,
    samples.map((one, i) => ({
      ...one,
      inputs: one.inputs.map((input, j) =>
        input.draw ? { ...input, values: input.draw(sizeOf(input.shape), seedOf(`${op} ${i} ${j}`)) } : input,
      ),
    })),
  ]);
  return Object.fromEntries(filled) as T;
}

/** A number in [0, 1) from a text (FNV-1a). */
function seedOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const char of text) hash = Math.imul(hash ^ char.charCodeAt(0), 0x01000193) >>> 0;
  return hash / 2 ** 32;
}

export const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** Floats of −2 … 2. */
export const x = (...shape: number[]): SampleInput => drawn(shape, spread(-2, 2));
/** Floats of 0.3 … 2.3. */
export const positive = (...shape: number[]): SampleInput => drawn(shape, spread(0.3, 2.3));
/** An input without a gradient. */
export const fixed = (input: SampleInput): SampleInput => ({ ...input, grad: false });
/** An index array. */
export const index = (shape: readonly number[], ...list: number[]): SampleInput => ({
  shape,
  values: list,
  dtype: "int32",
});
export const mask = (shape: readonly number[], ...list: number[]): SampleInput => ({
  shape,
  values: list,
  dtype: "bool",
});
/** Shapes large enough that kernels work in blocks, with a rest. */
export const big = (...shape: number[]): SampleInput => x(...(shape.length > 0 ? shape : [19, 37]));

export type Call = (...inputs: Tensor[]) => Tensor | readonly Tensor[];

export const sample = (call: Call, ...inputs: SampleInput[]): Sample => ({ call, inputs });
export const large = (call: Call, ...inputs: SampleInput[]): Sample => ({ call, inputs, large: true });
export const distinct = (call: Call, ...inputs: SampleInput[]): Sample => ({ call, inputs, distinct: true });

/** A function of one tensor: contiguous, 0-d, empty, large. */
export function ofOne(call: (a: Tensor) => Tensor, make = x): readonly Sample[] {
  const inputs = [make(2, 3), make(), make(0, 2), make(2, 1, 2)];
  return [...inputs.map((input) => sample(call, input)), large(call, make(19, 37))];
}

/** A function of two tensors: equal shapes, broadcasting both ways, 0-d, empty, large. */
export function ofTwo(call: (a: Tensor, b: Tensor) => Tensor, left = x, right = x): readonly Sample[] {
  const pairs: [number[], number[]][] = [
    [
      [2, 3],
      [2, 3],
    ],
    [[2, 3], [3]],
    [
      [2, 1],
      [1, 3],
    ],
    [[3], [2, 2, 3]],
    [[], [2, 2]],
    [[], []],
    [[0, 3], [3]],
  ];
  return [
    ...pairs.map(([a, b]) => sample(call, left(...a), right(...b))),
    large(call, left(19, 37), right(19, 37)),
    large(call, left(19, 37), right(37)),
  ];
}

/** A function of three tensors: equal shapes, broadcasting, 0-d, empty, large. */
export function ofThree(call: (a: Tensor, b: Tensor, c: Tensor) => Tensor, third = x): readonly Sample[] {
  const inputs: [number[], number[], number[]][] = [
    [
      [2, 3],
      [2, 3],
      [2, 3],
    ],
    [[2, 3], [3], []],
    [
      [2, 1],
      [1, 3],
      [2, 2, 3],
    ],
    [[], [], []],
    [[0, 3], [3], [1]],
  ];
  return [
    ...inputs.map(([a, b, c]) => sample(call, x(...a), x(...b), third(...c))),
    large(call, x(19, 37), x(37), third(19, 37)),
  ];
}

/** A gradient operation of (incoming gradient, result): the shapes are equal. */
export function ofGradient(call: (g: Tensor, y: Tensor) => Tensor, result = x): readonly Sample[] {
  return [sample(call, x(2, 3), result(2, 3)), sample(call, x(), result()), large(call, x(19, 37), result(19, 37))];
}

type Reduce = (a: Tensor, dim?: number | null, keepdim?: boolean) => Tensor;

/** A reduction along one dimension or all of them. */
export function reduction(call: Reduce, make = x): readonly Sample[] {
  const forms: [(a: Tensor) => Tensor, number[]][] = [
    [(a) => call(a), [2, 3]],
    [(a) => call(a, 0), [2, 3]],
    [(a) => call(a, -1, true), [2, 3, 2]],
    [(a) => call(a, 1), [2, 3, 2]],
    [(a) => call(a), []],
    [(a) => call(a, 0), []],
  ];
  return [
    ...forms.map(([f, shape]) => distinct(f, make(...shape))),
    large((a) => call(a), make(19, 37)),
    large((a) => call(a, 0), make(19, 37)),
    large((a) => call(a, 1), make(19, 37)),
  ];
}

/** A reduction of several dimensions at once. */
export const overDims = (call: (a: Tensor) => Tensor): readonly Sample[] => [
  distinct(call, x(2, 3, 2)),
  large(call, x(5, 19, 7)),
];

/** An activation's gradient needs a result that the activation can have. */
export const unit = (...shape: number[]): SampleInput => drawn(shape, spread(0.05, 0.95));

export const softmaxLike = (call: (a: Tensor, dim: number) => Tensor): readonly Sample[] => [
  sample((a) => call(a, 1), x(2, 3)),
  sample((a) => call(a, 0), x(2, 3, 2)),
  sample((a) => call(a, 0), x()),
  sample((a) => call(a, 1), x(0, 3)),
  large((a) => call(a, 1), x(19, 37)),
  large((a) => call(a, 0), x(19, 37)),
];

export const comparison = (call: (a: Tensor, b: Tensor) => Tensor): readonly Sample[] => ofTwo(call);
