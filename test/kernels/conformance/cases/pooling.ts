/** @file Max and average pooling, and their gradients. */
import type { DType, PlaneWindows, PoolDivisors, PoolWindows } from "../../../../kernels/backend.ts";
import { defineCase, type Group, type Tolerance } from "../check.ts";
import { FLOATS, type HostArray, hostArray, random } from "../host-array.ts";
import { input } from "../layouts.ts";

/** Windows of one size, as the layers make them. */
function square(kernel: number, stride: number, padding: number, dilation: number, size: number): PoolWindows {
  const count = Math.floor((size + 2 * padding - dilation * (kernel - 1) - 1) / stride) + 1;
  const both = (n: number) => [n, n] as const;
  const [steps, zeros, gaps] = [both(stride), both(padding), both(dilation)];
  return { kernel: both(kernel), stride: steps, padding: zeros, dilation: gaps, counts: both(count) };
}

/** Planes and windows on them: in rows, overlapping, over the border, with gaps, adaptive. */
const FORMS: readonly (readonly [shape: readonly number[], windows: PlaneWindows])[] = [
  [[3, 4, 6], { kernel: [2, 2], stride: [2, 2], padding: [0, 0], dilation: [1, 1], counts: [2, 3] }],
  [[2, 2, 9, 9], { kernel: [2, 2], stride: [2, 2], padding: [0, 0], dilation: [1, 1], counts: [4, 4] }],
  [[2, 5, 5], { kernel: [3, 2], stride: [1, 2], padding: [1, 1], dilation: [1, 1], counts: [5, 3] }],
  [[1, 6, 7], { kernel: [3, 3], stride: [2, 2], padding: [1, 0], dilation: [2, 1], counts: [2, 3] }],
  [[1, 5, 5], { kernel: [2, 2], stride: [2, 2], padding: [0, 0], dilation: [1, 1], counts: [3, 3] }],
  [[0, 4, 4], { kernel: [2, 2], stride: [2, 2], padding: [0, 0], dilation: [1, 1], counts: [2, 2] }],
  [[5, 24, 24], { kernel: [2, 2], stride: [2, 2], padding: [0, 0], dilation: [1, 1], counts: [12, 12] }],
  [[3, 17, 17], square(3, 2, 1, 1, 17)],
  [[3, 16, 16], square(3, 1, 1, 1, 16)],
  [[2, 23, 23], square(4, 3, 2, 2, 23)],
  [[2, 21, 21], square(5, 2, 2, 2, 21)],
  [[2, 21, 21], square(3, 1, 1, 3, 21)],
  [[4, 1, 37], { kernel: [1, 2], stride: [1, 2], padding: [0, 0], dilation: [1, 1], counts: [1, 18] }],
  [[4, 1, 37], { kernel: [1, 3], stride: [1, 2], padding: [0, 1], dilation: [1, 1], counts: [1, 19] }],
  [[2, 4, 30], { kernel: [2, 3], stride: [3, 1], padding: [0, 0], dilation: [1, 2], counts: [1, 26] }],
  [[2, 3, 7, 7], { counts: [1, 1] }],
  [[2, 13, 17], { counts: [7, 7] }],
  [[2, 3, 5], { counts: [4, 9] }],
  [[9, 14, 12], { counts: [7, 6] }],
];

const SQUARES: PoolWindows = { kernel: [2, 2], stride: [2, 2], padding: [0, 0], dilation: [1, 1], counts: [2, 2] };

/** The rows (or columns) that window `i` holds of planes that are so long. */
function linesOf(windows: PlaneWindows, d: 0 | 1, length: number, i: number): number[] {
  const all = Array.from({ length }, (_, at) => at);
  if (!("kernel" in windows)) {
    const count = windows.counts[d];
    return all.filter((at) => at >= Math.floor((i * length) / count) && at < ((i + 1) * length) / count);
  }
  const start = i * windows.stride[d] - windows.padding[d];
  return Array.from({ length: windows.kernel[d] }, (_, j) => start + j * windows.dilation[d]).filter(
    (at) => at >= 0 && at < length,
  );
}

/** Calls `use` for every window with the positions of its elements in their plane. */
function forEachWindow(
  shape: readonly number[],
  windows: PlaneWindows,
  use: (plane: number, row: number, column: number, found: readonly number[]) => void,
): void {
  const [height, width] = shape.slice(-2) as [number, number];
  const planes = shape.slice(0, -2).reduce((a, b) => a * b, 1);
  for (let plane = 0; plane < planes; plane++) {
    for (let row = 0; row < windows.counts[0]; row++) {
      for (let column = 0; column < windows.counts[1]; column++) {
        const columns = linesOf(windows, 1, width, column);
        const found = linesOf(windows, 0, height, row).flatMap((i) => columns.map((j) => i * width + j));
        use(plane, row, column, found);
      }
    }
  }
}

/** The largest elements of the windows, and their positions. */
function truth(dtype: DType, x: HostArray, windows: PlaneWindows): HostArray[] {
  const [height, width] = x.shape.slice(-2) as [number, number];
  const values: number[] = [];
  const indices: number[] = [];
  forEachWindow(x.shape, windows, (plane, _row, _column, found) => {
    const numbers = found.map((at) => x.values[plane * height * width + at] as number);
    const nan = numbers.findLastIndex(Number.isNaN);
    const best = nan >= 0 ? nan : numbers.indexOf(Math.max(...numbers));
    values.push(numbers[best] as number);
    indices.push(found[best] as number);
  });
  const shape = [...x.shape.slice(0, -2), ...windows.counts];
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

/** Divisors that differ from window to window. */
function divisorsOf({ counts }: PlaneWindows): PoolDivisors {
  const numbers = (count: number) => Array.from({ length: count }, (_, i) => 1 + (i % 3));
  return { rows: numbers(counts[0]), columns: numbers(counts[1]) };
}

function means(dtype: DType, x: HostArray, windows: PlaneWindows, { rows, columns }: PoolDivisors): HostArray {
  const [height, width] = x.shape.slice(-2) as [number, number];
  const values: number[] = [];
  forEachWindow(x.shape, windows, (plane, row, column, found) => {
    const sum = found.reduce((total, at) => total + (x.values[plane * height * width + at] as number), 0);
    values.push(sum / ((rows[row] as number) * (columns[column] as number)));
  });
  return hostArray(dtype, [...x.shape.slice(0, -2), ...windows.counts], values);
}

function spreadMeans(
  grad: HostArray,
  shape: readonly number[],
  windows: PlaneWindows,
  { rows, columns }: PoolDivisors,
): HostArray {
  const [height, width] = shape.slice(-2) as [number, number];
  const values = new Array<number>(shape.reduce((a, b) => a * b, 1)).fill(0);
  let next = 0;
  forEachWindow(shape, windows, (plane, row, column, found) => {
    const share = (grad.values[next++] as number) / ((rows[row] as number) * (columns[column] as number));
    for (const at of found) values[plane * height * width + at]! += share;
  });
  return hostArray(grad.dtype, shape, values);
}

/** Whether an element can lie in several windows, whose gradients are then added up. */
function overlap(shape: readonly number[], windows: PlaneWindows): boolean {
  return ([0, 1] as const).some((d) => {
    const length = shape.at(d - 2) as number;
    const lines = Array.from({ length: windows.counts[d] }, (_, i) => linesOf(windows, d, length, i)).flat();
    return new Set(lines).size < lines.length;
  });
}

/** Sums of some ten numbers below 10, in another order. */
function sums(dtype: DType): { tolerance: Tolerance; referenceTolerance: Tolerance } {
  const tolerance = dtype === "float32" ? { abs: 1e-5, rel: 1e-6 } : { abs: 1e-13, rel: 1e-14 };
  return { tolerance, referenceTolerance: tolerance };
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

type Method = "maxPool" | "maxPoolIndices" | "maxPoolGrad" | "avgPool" | "avgPoolGrad";

export const pooling: Readonly<Record<Method, readonly Group[]>> = {
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
          ...(overlap(x.shape, windows) ? sums(dtype) : {}),
        }),
      );
    }),
  })),
  avgPool: CASES.map(({ dtype, forms }) => ({
    name: dtype,
    cases: forms.flatMap(({ name, x, windows }) =>
      (["dense", "offset"] as const).map((layout) =>
        defineCase({
          name: `${name}, ${layout}`,
          inputs: [input(x, layout)],
          run: (b, a) => [b.avgPool(a, windows, divisorsOf(windows))],
          truth: () => [means(dtype, x, windows, divisorsOf(windows))],
          ...sums(dtype),
        }),
      ),
    ),
  })),
  avgPoolGrad: CASES.map(({ dtype, forms }) => ({
    name: dtype,
    cases: forms.map(({ name, x, windows }, i) => {
      const grad = random(dtype, [...x.shape.slice(0, -2), ...windows.counts], 90 + i);
      const size = x.shape.slice(-2) as unknown as readonly [number, number];
      return defineCase({
        name,
        inputs: [input(grad)],
        run: (b, g) => [b.avgPoolGrad(g, windows, divisorsOf(windows), size)],
        truth: () => [spreadMeans(grad, x.shape, windows, divisorsOf(windows))],
        ...sums(dtype),
      });
    }),
  })),
};
