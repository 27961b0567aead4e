/** @file Weighted sums of elements at given positions, and their gradients. */
import type { DType, NDArray } from "../../../../kernels/backend.ts";
import { type Case, defineCase, type Group, type Tolerance } from "../check.ts";
import { build, FLOATS, generator, type HostArray, hostArray, random } from "../host-array.ts";
import { input, type Layout } from "../layouts.ts";

const CLOSE: Tolerance = { rel: 1e-5, abs: 1e-5, anyZero: true };
const reference = (dtype: DType): Tolerance =>
  dtype === "float32" ? { rel: 1e-6, abs: 1e-6, anyZero: true } : { rel: 1e-12, abs: 1e-12, anyZero: true };
const PLACES: readonly Layout[] = ["dense", "offset"];

/** Integers of `low` … `high`. */
function integers(shape: readonly number[], seed: number, low: number, high: number): HostArray {
  const next = generator(seed);
  return build("int32", shape, () => low + Math.floor(next() * (high - low + 1)));
}

/** [outer, n, inner, rows of the matrix, most entries of a row] */
const MATRICES: readonly (readonly [number, number, number, number, number])[] = [
  [1, 1, 1, 1, 1],
  [1, 5, 1, 9, 2],
  [3, 7, 1, 20, 2],
  [2, 4, 3, 6, 4],
  [3, 5, 37, 8, 2],
  [2, 9, 130, 4, 5],
  [0, 3, 2, 2, 2],
  [40, 33, 1, 66, 2],
];

const matrixCases: readonly Case[] = FLOATS.flatMap((dtype) =>
  MATRICES.flatMap(([outer, n, inner, rows, most]) =>
    PLACES.map((place) => {
      const next = generator(rows);
      const starts = [0];
      // Some rows are empty.
      for (let i = 0; i < rows; i++) starts.push((starts[i] as number) + Math.floor(next() * (most + 1)));
      const count = starts[rows] as number;
      const columns = integers([count], 91, 0, n - 1);
      const x = random(dtype, [outer, n, inner], 92);
      const weights = random(dtype, [count], 93);
      return defineCase({
        name: `${dtype} ${rows}×${n} of [${outer},${n},${inner}], ${place}`,
        inputs: [
          input(x, place),
          input(hostArray("int32", [rows + 1], starts), place),
          input(columns, place),
          input(weights, place),
        ],
        run: (k, a, s, c, w) => [k.fused.weightedRows(a, { outer, n, inner }, { starts: s, columns: c, weights: w })],
        truth: () => [
          build(dtype, [outer, rows, inner], ([o = 0, row = 0, j = 0]) => {
            let sum = 0;
            for (let e = starts[row] as number; e < (starts[row + 1] as number); e++) {
              sum +=
                (weights.values[e] as number) *
                (x.values[(o * n + (columns.values[e] as number)) * inner + j] as number);
            }
            return sum;
          }),
        ],
        tolerance: CLOSE,
        referenceTolerance: reference(dtype),
      });
    }),
  ),
);

/** [batch, channels, taps, size, points] */
const SAMPLED: readonly (readonly [number, number, number, number, number])[] = [
  [1, 1, 1, 1, 1],
  [2, 3, 4, 5, 7],
  [1, 5, 2, 40, 33],
  [3, 2, 1, 9, 130],
  [0, 2, 2, 3, 4],
  [2, 2, 3, 6, 0],
];

interface Sampled {
  readonly name: string;
  readonly dtype: DType;
  readonly sizes: readonly [number, number, number, number, number];
  readonly place: Layout;
  readonly x: HostArray;
  readonly index: HostArray;
  readonly weights: HostArray;
  readonly grad: HostArray;
}

const SAMPLES: readonly Sampled[] = FLOATS.flatMap((dtype) =>
  SAMPLED.flatMap((sizes) =>
    PLACES.map((place) => {
      const [batch, channels, taps, size, points] = sizes;
      return {
        name: `${dtype} ${taps} of [${batch},${channels},${size}] at ${points}, ${place}`,
        dtype,
        sizes,
        place,
        x: random(dtype, [batch, channels, size], 94),
        index: integers([batch, taps, points], 95, -1, size - 1),
        weights: random(dtype, [batch, taps, points], 96),
        grad: random(dtype, [batch, channels, points], 97),
      };
    }),
  ),
);

/** Calls `use` for every tap that is inside, with the positions of x, of the weight and of the result. */
function forTaps(
  { sizes: [batch, channels, taps, size, points], index }: Sampled,
  use: (x: number, weight: number, result: number) => void,
): void {
  for (let b = 0; b < batch; b++) {
    for (let c = 0; c < channels; c++) {
      for (let k = 0; k < taps; k++) {
        for (let p = 0; p < points; p++) {
          const at = (b * taps + k) * points + p;
          const place = index.values[at] as number;
          if (place >= 0) use((b * channels + c) * size + place, at, (b * channels + c) * points + p);
        }
      }
    }
  }
}

/** The sums that `use` adds to, as an array. */
function summed(
  dtype: DType,
  shape: readonly number[],
  test: Sampled,
  add: (sums: number[], x: number, weight: number, result: number) => void,
): HostArray {
  const sums = new Array<number>(shape.reduce((a, b) => a * b, 1)).fill(0);
  forTaps(test, (x, weight, result) => add(sums, x, weight, result));
  return hostArray(dtype, shape, sums);
}

type Three = (k: Parameters<Case["run"]>[0], a: NDArray, b: NDArray, c: NDArray) => NDArray;

function sampledCases(
  inputsOf: (test: Sampled) => readonly [HostArray, HostArray, HostArray],
  run: (test: Sampled) => Three,
  truth: (test: Sampled) => HostArray,
): readonly Case[] {
  return SAMPLES.map((test) => {
    const [a, b, c] = inputsOf(test);
    return defineCase({
      name: test.name,
      inputs: [input(a, test.place), input(b, test.place), input(c, test.place)],
      run: (k, p, q, r) => [run(test)(k, p, q, r)],
      truth: () => [truth(test)],
      tolerance: CLOSE,
      referenceTolerance: reference(test.dtype),
    });
  });
}

const value = ({ values }: HostArray, i: number): number => values[i] as number;

function increase(sums: number[], at: number, by: number): void {
  sums[at] = (sums[at] as number) + by;
}

const gathered = sampledCases(
  ({ x, index, weights }) => [x, index, weights],
  () => (k, x, index, weights) => k.fused.gatherSum(x, index, weights),
  (test) => {
    const [batch, channels, , , points] = test.sizes;
    return summed(test.dtype, [batch, channels, points], test, (sums, x, w, result) =>
      increase(sums, result, value(test.weights, w) * value(test.x, x)),
    );
  },
);

const scattered = sampledCases(
  ({ grad, index, weights }) => [grad, index, weights],
  ({ sizes }) =>
    (k, grad, index, weights) =>
      k.fused.scatterSum(grad, index, weights, sizes[3]),
  (test) => {
    const [batch, channels, , size] = test.sizes;
    return summed(test.dtype, [batch, channels, size], test, (sums, x, w, result) =>
      increase(sums, x, value(test.weights, w) * value(test.grad, result)),
    );
  },
);

const dotted = sampledCases(
  ({ grad, x, index }) => [grad, x, index],
  () => (k, grad, x, index) => k.fused.gatherDot(grad, x, index),
  (test) => {
    const [batch, , taps, , points] = test.sizes;
    return summed(test.dtype, [batch, taps, points], test, (sums, x, w, result) =>
      increase(sums, w, value(test.grad, result) * value(test.x, x)),
    );
  },
);

export const sampling = {
  weightedRows: [{ name: "weightedRows", cases: matrixCases }],
  gatherSum: [{ name: "gatherSum", cases: gathered }],
  scatterSum: [{ name: "scatterSum", cases: scattered }],
  gatherDot: [{ name: "gatherDot", cases: dotted }],
} satisfies Record<string, readonly Group[]>;
