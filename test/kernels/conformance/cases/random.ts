/** @file Random numbers: what is made of the words of mt19937, and how many of them it takes. */
import type { Backend, Distribution, DType, NDArray } from "../../../../kernels/backend.ts";
import { dense, sizeOf } from "../../../../kernels/layout.ts";
import { Mt19937 } from "../../../../kernels/mt19937.ts";
import { type Case, defineCase, EXACT, type Group, type Tolerance } from "../check.ts";
import { ALL_DTYPES, FLOATS, type HostArray, hostArray, random } from "../host-array.ts";
import { input, type Layout } from "../layouts.ts";

/** Words of an engine as unsigned numbers. */
type Draw = () => number;

const unit24 = (draw: Draw): number => (draw() % 2 ** 24) / 2 ** 24;
const unit53 = (draw: Draw): number => {
  const high = draw() % 2 ** 21;
  return (high * 2 ** 32 + draw()) / 2 ** 53;
};
const unit = (dtype: DType) => (dtype === "float32" ? unit24 : unit53);

/** Box-Muller on blocks of 16; the last 16 places are drawn again if the blocks do not fill everything. */
function normals(dtype: DType, n: number, mean: number, std: number, draw: Draw): number[] {
  const uniform = unit(dtype);
  const block = (u: readonly number[]): number[] => {
    const polar = (i: number) => ({
      radius: Math.sqrt(-2 * Math.log1p(-(u[i] as number))),
      angle: 2 * Math.PI * (u[i + 8] as number),
    });
    const points = Array.from({ length: 8 }, (_, i) => polar(i));
    return [
      ...points.map(({ radius, angle }) => radius * Math.cos(angle)),
      ...points.map(({ radius, angle }) => radius * Math.sin(angle)),
    ].map((x) => x * std + mean);
  };
  const uniforms = Array.from({ length: n }, () => uniform(draw));
  const result: number[] = [];
  for (let start = 0; start + 16 <= n; start += 16) result.push(...block(uniforms.slice(start, start + 16)));
  if (n % 16 === 0) return result;
  const last = Array.from({ length: 16 }, () => uniform(draw));
  return [...result.slice(0, n - 16), ...block(last)];
}

const SEED = 4321;

/** An engine that has given some words away. */
function engineAfter(words: number): Mt19937 {
  const engine = new Mt19937();
  engine.seed(SEED);
  for (let i = 0; i < words; i++) engine.next();
  return engine;
}

/** The low bits of a word, which every device has room for. */
const lowBits = (word: number): number => word % 2 ** 16;

/** What an engine draws next, as a result of the backend. */
function nextWords(k: Backend, engine: Mt19937): NDArray {
  return dense(
    k.upload(
      "int32",
      Int32Array.from({ length: 8 }, () => lowBits(engine.next())),
    ),
    [8],
  );
}

interface Spec {
  readonly from: Distribution;
  readonly truth: (draw: Draw, n: number) => readonly number[];
  readonly tolerance?: Tolerance;
  readonly referenceTolerance?: Tolerance;
}

const repeat = (n: number, f: () => number): number[] => Array.from({ length: n }, f);

function specsFor(dtype: DType): readonly Spec[] {
  const integers = ([from, range]: readonly [number, number]): Spec => ({
    from: { name: "integers", from, range },
    truth: (draw, n) => repeat(n, () => from + (draw() % range)),
  });
  if (dtype === "bool") return [integers([0, 2])];
  if (dtype === "uint8") return [integers([0, 256]), integers([3, 7])];
  if (dtype === "int32") return [integers([-(2 ** 31), 2 ** 32 - 1]), integers([-5, 11]), integers([0, 1])];
  const uniform = unit(dtype);
  return [
    integers([-4, 2 ** 24]),
    ...(
      [
        [0, 1],
        [-3.7, 1.1],
        [2, 2],
        [-1e-3, 5e20],
      ] as const
    ).map(
      ([from, to]): Spec => ({
        from: { name: "uniform", from, to },
        truth: (draw, n) => repeat(n, () => from + (to - from) * uniform(draw)),
        referenceTolerance: { ulp: 4, abs: 1e-6 },
      }),
    ),
    ...(
      [
        [0, 1],
        [-0.3, 2.7],
      ] as const
    ).map(
      ([mean, std]): Spec => ({
        from: { name: "normal", mean, std },
        truth: (draw, n) => (n < 16 ? [] : normals(dtype, n, mean, std, draw)),
        // The last bits of a double depend on the logarithm, the sine and the cosine.
        tolerance: dtype === "float64" ? { ulp: 8, abs: 1e-15 } : EXACT,
        referenceTolerance: dtype === "float64" ? { ulp: 8, abs: 1e-15 } : { abs: 2e-6 * std },
      }),
    ),
    ...(
      [
        [0, 1],
        [0.3, 1],
        [0.5, 2],
        [1, 1],
      ] as const
    ).map(
      ([p, one]): Spec => ({
        from: { name: "bernoulli", p, one },
        truth: (draw, n) => repeat(n, () => (unit53(draw) < p ? one : 0)),
      }),
    ),
  ];
}

/** Fewer than a kernel takes, parts of vectors and of blocks, and more than one piece of words. */
const SHAPES: readonly (readonly number[])[] = [[0], [1], [16], [17], [5, 7], [160], [1251], [66, 1003]];

const cases: readonly Case[] = ALL_DTYPES.flatMap((dtype) =>
  specsFor(dtype).flatMap(({ from, truth, ...tolerances }) =>
    SHAPES.filter((shape) => from.name !== "normal" || sizeOf(shape) >= 16).flatMap((shape) =>
      [0, 3, 624].map((used) =>
        defineCase({
          name: `${JSON.stringify(from)} ${dtype} [${shape}] after ${used} words`,
          inputs: [],
          run: (k) => {
            const engine = engineAfter(used);
            return [k.random(dtype, shape, from, engine), nextWords(k, engine)];
          },
          truth: () => drawn(dtype, shape, used, (draw) => truth(draw, sizeOf(shape))),
          ...tolerances,
        }),
      ),
    ),
  ),
);

function drawn(
  dtype: DType,
  shape: readonly number[],
  used: number,
  make: (draw: Draw) => readonly number[],
): HostArray[] {
  const engine = engineAfter(used);
  const values = make(() => engine.next());
  return [
    hostArray(dtype, shape, values),
    hostArray(
      "int32",
      [8],
      repeat(8, () => lowBits(engine.next())),
    ),
  ];
}

const probabilities: readonly Case[] = FLOATS.flatMap((dtype) =>
  SHAPES.flatMap((shape) =>
    (["dense", "offset"] as const satisfies readonly Layout[]).map((layout) => {
      const p = random(dtype, shape, 5, 0, 1);
      return defineCase({
        name: `${dtype} [${shape}] ${layout}`,
        inputs: [input(p, layout)],
        run: (k, chances) => {
          const engine = engineAfter(1);
          return [k.random(dtype, shape, { name: "bernoulli", p: chances, one: 1 }, engine), nextWords(k, engine)];
        },
        truth: () => drawn(dtype, shape, 1, (draw) => p.values.map((v) => Number(unit(dtype)(draw) < v))),
      });
    }),
  ),
);

const permutations: readonly Case[] = [0, 1, 2, 17, 1000, 70_001].map((n) =>
  defineCase({
    name: `permutation of ${n}`,
    inputs: [],
    run: (k) => {
      const engine = engineAfter(2);
      return [k.random("int32", [n], { name: "permutation" }, engine), nextWords(k, engine)];
    },
    truth: () =>
      drawn("int32", [n], 2, (draw) => {
        const order = Array.from({ length: n }, (_, i) => i);
        for (let i = 0; i < n - 1; i++) {
          const other = i + (draw() % (n - i));
          [order[i], order[other]] = [order[other] as number, order[i] as number];
        }
        return order;
      }),
  }),
);

export const randomNumbers = {
  random: [
    { name: "distributions", cases },
    { name: "a probability for each element", cases: probabilities },
    { name: "permutations", cases: permutations },
  ],
} satisfies Record<string, readonly Group[]>;
