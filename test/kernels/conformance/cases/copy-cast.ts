/** @file cast, copy, addInto, fill. */
import type { DType, NDArray } from "../../../../kernels/backend.ts";
import { type Case, defineCase, type Group } from "../check.ts";
import { ALL_DTYPES, at, build, type HostArray, hostArray, random } from "../host-array.ts";
import { input, type Layout, STRIDED_LAYOUTS } from "../layouts.ts";

const LAYOUTS: readonly Layout[] = ["dense", ...STRIDED_LAYOUTS];
const SHAPES: readonly (readonly number[])[] = [[], [0], [1], [3], [33], [1027], [5, 7], [19, 70], [2, 3, 4]];
const SPECIALS = [Number.NaN, Infinity, -Infinity, 0, -0, 1e-45, -1e-40, 1, -1, 2.5, -3, 3e38];

/** Values that every conversion is defined for, and the doubtful ones for those that have them. */
function castInput(from: DType, to: DType): HostArray {
  if (from === "bool") return hostArray(from, [2], [0, 1]);
  if (from === "uint8") return hostArray(from, [5], [0, 1, 2, 128, 255]);
  if (from === "int32") return hostArray(from, [8], [0, 1, -1, 255, 256, 16777217, 2 ** 31 - 1, -(2 ** 31)]);
  if (to === "int32") return hostArray(from, [10], [0, -0, 0.5, -0.5, 1.9, -1.9, 2.5, 1e-45, 16777216, -2147483648]);
  if (to === "uint8") return hostArray(from, [8], [0, -0, 0.5, -0.5, 1.9, 255.9, -1.5, 300]);
  return hostArray(from, [14], [...SPECIALS, 0.1, 1e39]);
}

const castCases: readonly Case[] = ALL_DTYPES.flatMap((from) =>
  ALL_DTYPES.flatMap((to) => {
    const x = castInput(from, to);
    return [
      defineCase({
        name: `${from} to ${to}, special values`,
        inputs: [input(x)],
        run: (k, a) => [k.cast(a, to)],
        truth: () => [hostArray(to, x.shape, x.values)],
      }),
      ...SHAPES.flatMap((shape) =>
        LAYOUTS.map((layout) => {
          const y = random(from, shape, 3);
          return defineCase({
            name: `${from} to ${to} [${shape}] ${layout}`,
            inputs: [input(y, layout)],
            run: (k, a) => [k.cast(a, to)],
            truth: () => [hostArray(to, shape, y.values)],
          });
        }),
      ),
    ];
  }),
);

const copyCases: readonly Case[] = ALL_DTYPES.flatMap((dtype) => [
  ...SHAPES.flatMap((shape) =>
    LAYOUTS.flatMap((to) =>
      LAYOUTS.map((from) => {
        const x = random(dtype, shape, 6);
        return defineCase({
          name: `${dtype} [${shape}] ${from} to ${to}`,
          inputs: [input(random(dtype, shape, 1), to), input(x, from)],
          run: (k, dst, src) => {
            k.copy(dst, src);
            return [dst];
          },
          truth: () => [x],
          mutates: [0],
        });
      }),
    ),
  ),
  ...(
    [
      [[1027], []],
      [[3, 40], [40]],
      [
        [17, 5],
        [17, 1],
      ],
      [
        [2, 3, 4],
        [3, 1],
      ],
      [[0, 2], [2]],
    ] as const
  ).flatMap(([shape, small]) =>
    LAYOUTS.map((layout) => {
      const x = random(dtype, small, 6);
      return defineCase({
        name: `${dtype} [${small}] to [${shape}] ${layout}`,
        inputs: [input(random(dtype, shape, 1), layout), input(x, layout)],
        run: (k, dst, src) => {
          k.copy(dst, src);
          return [dst];
        },
        truth: () => [build(dtype, shape, (p) => at(x, p))],
        mutates: [0],
      });
    }),
  ),
]);

/** A window of the given shape and strides on the start of an array's storage. */
function window(array: NDArray, shape: readonly number[], strides: readonly number[]): NDArray {
  return { ...array, shape, strides };
}

const addIntoCases: readonly Case[] = ALL_DTYPES.flatMap((dtype) => [
  ...SHAPES.flatMap((shape) =>
    LAYOUTS.map((layout) => {
      const [x, y] = [random(dtype, shape, 6), random(dtype, shape, 7)];
      return defineCase({
        name: `${dtype} [${shape}] ${layout}`,
        inputs: [input(x, layout), input(y)],
        run: (k, dst, src) => {
          k.addInto(dst, src);
          return [dst];
        },
        truth: () => [build(dtype, shape, (p) => at(x, p) + at(y, p))],
        mutates: [0],
      });
    }),
  ),
  ...(["dense", "transposed", "reversed"] as const).flatMap((layout) => {
    // Whole numbers, so that the sums are exact.
    const [x, y, z] = [random(dtype, [5], 6), random(dtype, [3, 5], 7), random(dtype, [4, 2], 8)].map((p) =>
      hostArray(dtype, p.shape, p.values.map(Math.round)),
    ) as [HostArray, HostArray, HostArray];
    return [
      defineCase({
        name: `${dtype} all rows into one, ${layout}`,
        inputs: [input(x), input(y, layout)],
        run: (k, dst, src) => {
          k.addInto(window(dst, [3, 5], [0, 1]), src);
          return [dst];
        },
        truth: () => [build(dtype, [5], ([j = 0]) => at(x, [j]) + at(y, [0, j]) + at(y, [1, j]) + at(y, [2, j]))],
        mutates: [0],
      }),
      defineCase({
        name: `${dtype} everything into one element, ${layout}`,
        inputs: [input(hostArray(dtype, [1], [0])), input(y, layout)],
        run: (k, dst, src) => {
          k.addInto(window(dst, [3, 5], [0, 0]), src);
          return [dst];
        },
        truth: () => [hostArray(dtype, [1], [y.values.reduce((sum, v) => sum + v, 0)])],
        mutates: [0],
      }),
      defineCase({
        name: `${dtype} overlapping windows, ${layout}`,
        inputs: [input(x), input(z, layout)],
        run: (k, dst, src) => {
          k.addInto(window(dst, [4, 2], [1, 1]), src);
          return [dst];
        },
        truth: () => [
          build(dtype, [5], ([i = 0]) => at(x, [i]) + (i < 4 ? at(z, [i, 0]) : 0) + (i > 0 ? at(z, [i - 1, 1]) : 0)),
        ],
        mutates: [0],
      }),
    ];
  }),
]);

const fillCases: readonly Case[] = ALL_DTYPES.flatMap((dtype) =>
  SHAPES.flatMap((shape) =>
    LAYOUTS.flatMap((layout) =>
      [0, 1, 7, ...(dtype === "float32" || dtype === "float64" ? [-0, 0.1, Number.NaN, -Infinity] : [])].map((value) =>
        defineCase({
          name: `${dtype} [${shape}] ${layout} with ${value}`,
          inputs: [input(random(dtype, shape, 1), layout)],
          run: (k, dst) => {
            k.fill(dst, value);
            return [dst];
          },
          truth: () => [build(dtype, shape, () => value)],
          mutates: [0],
        }),
      ),
    ),
  ),
);

const group = (name: string, cases: readonly Case[]): readonly Group[] => [{ name, cases }];

export const copyCast = {
  cast: group("cast", castCases),
  copy: group("copy", copyCases),
  addInto: group("addInto", addIntoCases),
  fill: group("fill", fillCases),
};
