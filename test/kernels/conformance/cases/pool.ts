/** @file The largest elements of windows. */
import type { DType, PoolWindows } from "../../../../kernels/backend.ts";
import { defineCase, type Group } from "../check.ts";
import { input } from "../place.ts";
import { FLOATS, type Plain, plain, random } from "../plain.ts";

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
function truth(dtype: DType, x: Plain, { kernel, stride, padding, dilation, counts }: PoolWindows): Plain[] {
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
  return [plain(dtype, shape, values), plain("int32", shape, indices)];
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

export const maxPool: readonly Group[] = FLOATS.map((dtype) => ({
  name: dtype,
  cases: [
    ...FORMS.flatMap(([shape, windows], i) => {
      // Few different numbers, so that there are equal ones in a window.
      const coarse = random("int32", shape, 30 + i, 0, 4).values;
      return [random(dtype, shape, 20 + i), plain(dtype, shape, coarse)].map((x, k) =>
        defineCase({
          name: `[${shape}] ${k === 0 ? "mixed" : "with equal numbers"}, form ${i}`,
          inputs: [input(x)],
          run: (b, a) => {
            const { values, indices } = b.maxPool(a, windows);
            return [values, indices];
          },
          truth: () => truth(dtype, x, windows),
        }),
      );
    }),
    defineCase({
      name: "special values",
      inputs: [input(plain(dtype, [1, 4, 4], special))],
      run: (b, a) => {
        const { values, indices } = b.maxPool(a, SQUARES);
        return [values, indices];
      },
      truth: () => truth(dtype, plain(dtype, [1, 4, 4], special), SQUARES),
    }),
  ],
}));
