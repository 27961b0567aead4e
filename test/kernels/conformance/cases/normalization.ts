/** @file Group, batch and RMS normalization, and their gradients. */
import type { DType, NDArray, NormGrads } from "../../../../kernels/backend.ts";
import { type Case, defineCase, type Group, type Tolerance } from "../check.ts";
import { build, FLOATS, type HostArray, hostArray, random } from "../host-array.ts";
import { input, type Layout } from "../layouts.ts";

const EPS = 1e-3;
const CLOSE: Tolerance = { rel: 2e-5, abs: 2e-5, anyZero: true };
const GRAD: Tolerance = { rel: 1e-4, abs: 1e-4, anyZero: true };
const reference = (dtype: DType): Tolerance =>
  dtype === "float32" ? { rel: 5e-6, abs: 1e-5, anyZero: true } : { rel: 1e-11, abs: 1e-11, anyZero: true };

type Sizes = readonly [number, number, number];

/** [N, C, S, groups] */
const GROUPED: readonly (readonly [...Sizes, number])[] = [
  [0, 3, 1, 1],
  [1, 1, 1, 1],
  [3, 7, 1, 1],
  [2, 33, 1, 1],
  [70, 130, 1, 1],
  [600, 120, 1, 1],
  [2, 4, 3, 2],
  [3, 6, 35, 3],
  [5, 4, 9, 4],
  [6, 12, 1, 3],
  [2, 3, 700, 1],
];
const CHANNELED: readonly Sizes[] = [
  [0, 3, 1],
  [2, 1, 1],
  [3, 7, 1],
  [40, 33, 1],
  [70, 130, 1],
  [2, 3, 2],
  [3, 5, 35],
  [5, 20, 130],
];

/** The elements of x [N,C,S] as lists, by the set that each belongs to. */
function setsOf(x: HostArray, setOf: (n: number, c: number) => number): number[][] {
  const [samples = 0, channels = 0, inner = 0] = x.shape;
  const lists: number[][] = [];
  for (let i = 0; i < samples * channels * inner; i++) {
    const block = Math.floor(i / inner);
    const set = setOf(Math.floor(block / channels), block % channels);
    lists[set] ??= [];
    lists[set].push(i);
  }
  return lists;
}

const mean = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0) / list.length;

interface Truth {
  readonly y: HostArray;
  readonly means: number[];
  readonly variances: number[];
}

function normalized(
  x: HostArray,
  sets: readonly (readonly number[])[],
  weight: HostArray | null,
  bias: HostArray | null,
  given: readonly [HostArray, HostArray] | null = null,
): Truth {
  const [, channels = 1, inner = 1] = x.shape;
  const [means, variances]: [number[], number[]] = [[], []];
  const values = new Array<number>(x.values.length).fill(0);
  for (const [s, set] of sets.entries()) {
    const numbers = set.map((i) => x.values[i] ?? 0);
    const m = given ? (given[0].values[s] ?? 0) : mean(numbers);
    const v = given ? (given[1].values[s] ?? 0) : mean(numbers.map((value) => (value - m) ** 2));
    means.push(m);
    variances.push(v);
    for (const i of set) {
      const c = Math.floor(i / inner) % channels;
      values[i] = (((x.values[i] ?? 0) - m) / Math.sqrt(v + EPS)) * (weight?.values[c] ?? 1) + (bias?.values[c] ?? 0);
    }
  }
  return { y: hostArray(x.dtype, x.shape, values), means, variances };
}

/** The vector-Jacobian product, from the derivative of every result by every element of its set. */
function gradients(
  g: HostArray,
  x: HostArray,
  sets: readonly (readonly number[])[],
  weight: HostArray | null,
  given: readonly [HostArray, HostArray] | null = null,
): HostArray[] {
  const [, channels = 1, inner = 1] = x.shape;
  const plain = normalized(x, sets, null, null, given);
  const at = (i: number): number => plain.y.values[i] ?? 0;
  const channel = (i: number): number => Math.floor(i / inner) % channels;
  const weighted = g.values.map((value, i) => value * (weight?.values[channel(i)] ?? 1));
  const values = new Array<number>(x.values.length).fill(0);
  for (const [s, set] of sets.entries()) {
    const rstd = 1 / Math.sqrt((plain.variances[s] ?? 0) + EPS);
    const sum = mean(set.map((i) => weighted[i] ?? 0));
    const product = mean(set.map((i) => (weighted[i] ?? 0) * at(i)));
    for (const j of set) values[j] = rstd * ((weighted[j] ?? 0) - (given ? 0 : sum + product * at(j)));
  }
  const forWeight = new Array<number>(channels).fill(0);
  const forBias = new Array<number>(channels).fill(0);
  for (const [i, value] of g.values.entries()) {
    forWeight[channel(i)] = (forWeight[channel(i)] ?? 0) + value * at(i);
    forBias[channel(i)] = (forBias[channel(i)] ?? 0) + value;
  }
  return [
    hostArray(x.dtype, x.shape, values),
    hostArray(x.dtype, [channels], forWeight),
    hostArray(x.dtype, [channels], forBias),
  ];
}

const listed = ({ input: forInput, weight, bias }: NormGrads): NDArray[] => [forInput, weight, bias];
const vectorOf = (dtype: DType, values: readonly number[]): HostArray => hostArray(dtype, [values.length], values);
const rstdsOf = ({ variances }: Truth): number[] => variances.map((v) => 1 / Math.sqrt(v + EPS));
const PLACES: readonly Layout[] = ["dense", "offset"];

/** Every kind of weight at every place. */
const VARIANTS = PLACES.flatMap((place) => [true, false].map((affine) => ({ place, affine })));

const groupCases: readonly Case[] = FLOATS.flatMap((dtype) =>
  GROUPED.flatMap(([n, c, s, groups]) =>
    VARIANTS.map(({ place, affine }) => {
      const x = random(dtype, [n, c, s], 71, 3, 9);
      const [w, b] = [random(dtype, [c], 72), random(dtype, [c], 73)];
      return defineCase({
        name: `${dtype} [${n},${c},${s}] in ${groups}, ${place}${affine ? ", affine" : ""}`,
        inputs: [input(x, place), input(w, place), input(b, place)],
        run: (k, a, p, q) => {
          const result = k.fused.groupNorm(a, affine ? p : null, affine ? q : null, groups, EPS);
          return [result.y, result.mean, result.rstd];
        },
        truth: () => {
          const sets = setsOf(x, (sample, channel) => sample * groups + Math.floor(channel / (c / groups)));
          const all = normalized(x, sets, affine ? w : null, affine ? b : null);
          return [all.y, vectorOf(dtype, all.means), vectorOf(dtype, rstdsOf(all))];
        },
        tolerance: CLOSE,
        referenceTolerance: reference(dtype),
      });
    }),
  ),
);

const groupGradCases: readonly Case[] = FLOATS.flatMap((dtype) =>
  GROUPED.flatMap(([n, c, s, groups]) =>
    VARIANTS.map(({ place, affine }) => {
      const [x, g, w] = [random(dtype, [n, c, s], 74), random(dtype, [n, c, s], 75), random(dtype, [c], 76)];
      const sets = setsOf(x, (sample, channel) => sample * groups + Math.floor(channel / (c / groups)));
      const forward = normalized(x, sets, null, null);
      return defineCase({
        name: `${dtype} [${n},${c},${s}] in ${groups}, ${place}${affine ? ", affine" : ""}`,
        inputs: [
          input(g, place),
          input(x, place),
          input(vectorOf(dtype, forward.means), place),
          input(vectorOf(dtype, rstdsOf(forward)), place),
          input(w, place),
        ],
        run: (k, p, a, m, r, q) => listed(k.fused.groupNormGrad(p, a, m, r, affine ? q : null, groups)),
        truth: () => gradients(g, x, sets, affine ? w : null),
        tolerance: GRAD,
        referenceTolerance: dtype === "float32" ? { rel: 1e-5, abs: 1e-4, anyZero: true } : reference(dtype),
      });
    }),
  ),
);

const batchCases: readonly Case[] = FLOATS.flatMap((dtype) =>
  CHANNELED.flatMap((shape) =>
    VARIANTS.flatMap(({ place, affine }) =>
      [true, false].map((given) => {
        const c = shape[1];
        const x = random(dtype, shape, 77, 3, 9);
        const [w, b] = [random(dtype, [c], 78), random(dtype, [c], 79)];
        const [m, v] = [random(dtype, [c], 80), random(dtype, [c], 81, 0.5, 2)];
        return defineCase({
          name: `${dtype} [${shape.join(",")}]${given ? ", given statistics" : ""}, ${place}${affine ? ", affine" : ""}`,
          inputs: [input(x, place), input(w, place), input(b, place), input(m, place), input(v, place)],
          run: (k, a, p, q, mu, sigma) => {
            const statistics = given ? { mean: mu, variance: sigma } : null;
            const result = k.fused.batchNorm(a, affine ? p : null, affine ? q : null, statistics, EPS);
            return given ? [result.y] : [result.y, result.statistics.mean, result.statistics.variance];
          },
          truth: () => {
            const sets = setsOf(x, (_, channel) => channel);
            const all = normalized(x, sets, affine ? w : null, affine ? b : null, given ? [m, v] : null);
            if (given) return [all.y];
            const vector = (values: number[]): HostArray => build(dtype, [c], ([i = 0]) => values[i] ?? Number.NaN);
            return [all.y, vector(all.means), vector(all.variances)];
          },
          tolerance: CLOSE,
          referenceTolerance: reference(dtype),
        });
      }),
    ),
  ),
);

const batchGradCases: readonly Case[] = FLOATS.flatMap((dtype) =>
  CHANNELED.filter(([n]) => n > 0).flatMap((shape) =>
    VARIANTS.flatMap(({ place, affine }) =>
      [true, false].map((given) => {
        const c = shape[1];
        const [x, g, w] = [random(dtype, shape, 82), random(dtype, shape, 83), random(dtype, [c], 84)];
        const sets = setsOf(x, (_, channel) => channel);
        const own = normalized(x, sets, null, null);
        const m = given ? random(dtype, [c], 85) : vectorOf(dtype, own.means);
        const v = given ? random(dtype, [c], 86, 0.5, 2) : vectorOf(dtype, own.variances);
        return defineCase({
          name: `${dtype} [${shape.join(",")}]${given ? ", given statistics" : ""}, ${place}${affine ? ", affine" : ""}`,
          inputs: [input(g, place), input(x, place), input(m, place), input(v, place), input(w, place)],
          run: (k, p, a, mean_, variance, q) =>
            listed(k.fused.batchNormGrad(p, a, { mean: mean_, variance }, affine ? q : null, EPS, given)),
          truth: () => gradients(g, x, sets, affine ? w : null, given ? [m, v] : null),
          tolerance: GRAD,
          referenceTolerance: dtype === "float32" ? { rel: 1e-5, abs: 1e-4, anyZero: true } : reference(dtype),
        });
      }),
    ),
  ),
);

/** [rows, elements of each] */
const RMS_SIZES: readonly (readonly [number, number])[] = [
  [0, 3],
  [1, 1],
  [3, 7],
  [2, 33],
  [70, 130],
  [600, 120],
];

const rootsOf = (x: HostArray): number[] => {
  const [rows = 0, n = 1] = x.shape;
  return Array.from({ length: rows }, (_, r) => {
    const row = x.values.slice(r * n, (r + 1) * n);
    return 1 / Math.sqrt(mean(row.map((v) => v * v)) + EPS);
  });
};

const rmsCases: readonly Case[] = FLOATS.flatMap((dtype) =>
  RMS_SIZES.flatMap(([rows, n]) =>
    VARIANTS.map(({ place, affine }) => {
      const [x, w] = [random(dtype, [rows, n], 87), random(dtype, [n], 88)];
      return defineCase({
        name: `${dtype} [${rows},${n}], ${place}${affine ? ", affine" : ""}`,
        inputs: [input(x, place), input(w, place)],
        run: (k, a, p) => {
          const { y, rstd } = k.fused.rmsNorm(a, affine ? p : null, EPS);
          return [y, rstd];
        },
        truth: () => {
          const roots = rootsOf(x);
          const y = x.values.map((v, i) => v * (roots[Math.floor(i / n)] ?? 0) * (affine ? (w.values[i % n] ?? 0) : 1));
          return [hostArray(dtype, [rows, n], y), vectorOf(dtype, roots)];
        },
        tolerance: CLOSE,
        referenceTolerance: reference(dtype),
      });
    }),
  ),
);

const rmsGradCases: readonly Case[] = FLOATS.flatMap((dtype) =>
  RMS_SIZES.flatMap(([rows, n]) =>
    VARIANTS.map(({ place, affine }) => {
      const [x, g, w] = [random(dtype, [rows, n], 89), random(dtype, [rows, n], 90), random(dtype, [n], 91)];
      const roots = rootsOf(x);
      return defineCase({
        name: `${dtype} [${rows},${n}], ${place}${affine ? ", affine" : ""}`,
        inputs: [input(g, place), input(x, place), input(vectorOf(dtype, roots), place), input(w, place)],
        run: (k, p, a, r, q) => {
          const grads = k.fused.rmsNormGrad(p, a, r, affine ? q : null);
          return [grads.input, grads.weight];
        },
        truth: () => {
          const weighted = g.values.map((v, i) => v * (affine ? (w.values[i % n] ?? 0) : 1));
          const forWeight = new Array<number>(n).fill(0);
          const forX = x.values.map((v, i) => {
            const r = Math.floor(i / n);
            const root = roots[r] ?? 0;
            forWeight[i % n] = (forWeight[i % n] ?? 0) + (g.values[i] ?? 0) * v * root;
            const row = weighted.slice(r * n, (r + 1) * n);
            const product = mean(row.map((p, j) => p * (x.values[r * n + j] ?? 0)));
            return root * ((weighted[i] ?? 0) - v * root * root * product);
          });
          return [hostArray(dtype, [rows, n], forX), hostArray(dtype, [n], forWeight)];
        },
        tolerance: GRAD,
        referenceTolerance: dtype === "float32" ? { rel: 1e-5, abs: 1e-4, anyZero: true } : reference(dtype),
      });
    }),
  ),
);

export const normalizations = {
  groupNorm: [{ name: "groupNorm", cases: groupCases }],
  groupNormGrad: [{ name: "groupNormGrad", cases: groupGradCases }],
  batchNorm: [{ name: "batchNorm", cases: batchCases }],
  batchNormGrad: [{ name: "batchNormGrad", cases: batchGradCases }],
  rmsNorm: [{ name: "rmsNorm", cases: rmsCases }],
  rmsNormGrad: [{ name: "rmsNormGrad", cases: rmsGradCases }],
} satisfies Record<string, readonly Group[]>;
