/** @file Max pooling and its gradient. */
import type { DType, PoolWindows } from "../../../../kernels/backend.ts";
import { defineCase, type Group } from "../check.ts";
import { FLOATS, type HostArray, hostArray, random } from "../host-array.ts";
import { input } from "../layouts.ts";

/** Planes and windows on them: in rows, overlapping, over the border, with gaps. */
const FORMS: readonly (readonly [shape: readonly number[], windows: PoolWindows])[] = [
  [[3, 4, 6], { kernel: [2, 2], stride: [2, 2], padding: [0, 0], dilation: [1, 1], counts: [2, 3] }],
  [[2, 2, 9, 9], { kernel: [2, 2], stride: [2, 2], padding: [0, 0], dilation: [1, 1], counts: [4, 4] }],
  [[2, 5, 5], { kernel: [3, 2], stride: [1, 2], padding: [1, 1], dilation: [1, 1], counts: [5, 3] }],
  [[1, 6, 7], { kernel: [3, 3], stride: [2, 2], padding: [1, 0], dilation: [2, 1], counts: [2, 3] }],
  [[1, 5, 5], { kernel: [2, 2], stride: [2, 2], padding: [0, 0], dilation: [1, 1], counts: [3, 3] }],
  [[0, 4, 4], { kernel: [2, 2], stride: [2, 2], padding: [0, 0], dilation: [1, 1], counts: [2, 2] }],
  [[5, 24, 24], { kernel: [2, 2], stride: [2, 2], padding: [0, 0], dilation: [1, 1], counts: [12, 12] }],
];

const SQUARES: PoolWindows = { kernel: [2, 2], stride: [2, 2], padding: [0, 0], dilation: [1, 1], counts: [2, 2] };

/** Every window's elements and their positions, first to last, and what wins among them. */
function truth(dtype: DType, x: HostArray, { kernel, stride, padding, dilation, counts }: PoolWindows): HostArray[] {
  const [height, width] = x.shape.slice(-2) as [number, number];
  const planes = x.shape.slice(0, -2).reduce((a, b) => a * b, 1);
  const values: number[] = [];
  const indices: number[] = [];
  for (let out = 0; out < planes * counts[0] * counts[1]; out++) {
    const column = out % counts[1];
    const row = Math.floor(out / counts[1]) % counts[0];
    const plane = Math.floor(out / (counts[0] * counts[1]));
    const elements = Array.from({ length: kernel[0] * kernel[1] }, (_, k) => [
      row * stride[0] - padding[0] + Math.floor(k / kernel[1]) * dilation[0],
      column * stride[1] - padding[1] + (k % kernel[1]) * dilation[1],
    ]).filter(([i = 0, j = 0]) => i >= 0 && i < height && j >= 0 && j < width);
    const found = elements.map(([i = 0, j = 0]) => i * width + j);
    const numbers = found.map((at) => x.values[plane * height * width + at] as number);
    const nan = numbers.findLastIndex(Number.isNaN);
    const best = nan >= 0 ? nan : numbers.indexOf(Math.max(...numbers));
    values.push(numbers[best] as number);
    indices.push(found[best] as number);
  }
  const shape = [...x.shape.slice(0, -2), ...counts];
  return [hostArray(dtype, shape, values), hostArray("int32", shape, indices)];
}

const special = [
  1,
  1,
  2,
  NaN,
  1,
  1,
  NaN,
  2,
  -Infinity,
  -Infinity,
  Infinity,
  Infinity,
  -Infinity,
  -Infinity,
  Infinity,
  0,
];

/** What the gradient of pooling is: each element of `grad` added where `indices` says. */
function spread(grad: HostArray, indices: HostArray, shape: readonly number[]): HostArray {
  const [height = 1, width = 1] = shape.slice(-2);
  const values = new Array<number>(shape.reduce((a, b) => a * b, 1)).fill(0);
  const perPlane = indices.values.length / (values.length / (height * width));
  for (const [i, at] of indices.values.entries()) {
    const plane = Math.floor(i / perPlane);
    values[plane * height * width + at] = (values[plane * height * width + at] as number) + (grad.values[i] as number);
  }
  return hostArray(grad.dtype, shape, values);
}

/** Pooled arrays, each with what its windows hold. */
const CASES = FLOATS.map((dtype) => ({
  dtype,
  forms: [
    ...FORMS.flatMap(([shape, windows], i) => {
      // Few different numbers, so that there are equal ones in a window.
      const coarse = hostArray(dtype, shape, random("int32", shape, 30 + i, 0, 4).values);
      return [
        { name: `[${shape}] mixed, form ${i}`, x: random(dtype, shape, 20 + i), windows },
        { name: `[${shape}] with equal numbers, form ${i}`, x: coarse, windows },
      ];
    }),
    { name: "special values", x: hostArray(dtype, [1, 4, 4], special), windows: SQUARES },
    {
      name: "special values in wide planes",
      x: hostArray(dtype, [1, 2, 8], special),
      windows: { ...SQUARES, counts: [1, 4] },
    },
  ] as const,
}));

export const pooling: Readonly<Record<"maxPool" | "maxPoolIndices" | "maxPoolGrad", readonly Group[]>> = {
  maxPool: CASES.map(({ dtype, forms }) => ({
    name: dtype,
    cases: forms.map(({ name, x, windows }) =>
      defineCase({
        name,
        inputs: [input(x)],
        run: (b, a) => [b.maxPool(a, windows)],
        truth: () => truth(dtype, x, windows).slice(0, 1),
      }),
    ),
  })),
  maxPoolIndices: CASES.map(({ dtype, forms }) => ({
    name: dtype,
    cases: forms.map(({ name, x, windows }) =>
      defineCase({
        name,
        inputs: [input(x)],
        run: (b, a) => [b.maxPoolIndices(a, windows)],
        truth: () => truth(dtype, x, windows).slice(1),
      }),
    ),
  })),
  maxPoolGrad: CASES.map(({ dtype, forms }) => ({
    name: dtype,
    cases: forms.flatMap(({ name, x, windows }, i) => {
      const grad = random(dtype, [...x.shape.slice(0, -2), ...windows.counts], 60 + i);
      return (["dense", "offset"] as const).map((layout) =>
        defineCase({
          name: `${name}, ${layout}`,
          inputs: [input(grad, layout), input(x, layout)],
          run: (b, g, a) => [b.maxPoolGrad(g, a, windows)],
          truth: () => [spread(grad, truth(dtype, x, windows)[1] as HostArray, x.shape)],
        }),
      );
    }),
  })),
};
