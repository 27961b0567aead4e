/** @file Pooling and its gradients. */
import type { NDArray, PlaneWindows, PoolDivisors } from "../backend.ts";
import { sizeOf } from "../layout.ts";
import { type AxisWindows, windowsAlong } from "../pool-windows.ts";
import type { GpuContext } from "./gpu-context.ts";
import type { GpuKernel } from "./kernel.ts";
import type { GpuArray } from "./runtime.ts";
import {
  apartGradKernel,
  maxWindowKernel,
  meanGradKernel,
  meanWindowKernel,
  overlappingGradKernel,
  type WindowKind,
} from "./sources/pool-windows.ts";
import { AT_POSITIONS, AVG_GRAD, AVG_POOL, MAX_GRAD, MAX_POSITIONS } from "./sources/pooling.ts";

type Size = readonly [height: number, width: number];

function sizesOf(x: NDArray): [height: number, width: number] {
  return x.shape.slice(-2) as [number, number];
}

function resultShape(x: NDArray, { counts }: PlaneWindows): number[] {
  return [...x.shape.slice(0, -2), ...counts];
}

/** Start and end of each window. */
function pairs({ starts, ends }: AxisWindows): number[] {
  return starts.flatMap((start, i) => [start, ends[i]!]);
}

/** The first and the last window that can reach each element; 1 and 0 for one that none can. */
function reachOf({ starts, ends }: AxisWindows, length: number): number[] {
  const first = new Array<number>(length).fill(1);
  const last = new Array<number>(length).fill(0);
  for (let i = starts.length - 1; i >= 0; i--) {
    for (let at = starts[i]!; at < ends[i]!; at++) {
      if (last[at]! < first[at]!) last[at] = i;
      first[at] = i;
    }
  }
  return first.flatMap((from, at) => [from, last[at]!]);
}

/** The numbers of the kernels in WGSL: sizes of planes and of windows, and how these lie. */
function numbersOf([height, width]: Size, windows: PlaneWindows): number[] {
  const sizes = [height, width, ...windows.counts];
  if (!("kernel" in windows)) return [...sizes, 0, 0, 0, 0, 1, 1, 0, 0];
  const { kernel, stride, padding, dilation } = windows;
  const reach = ([0, 1] as const).map((d) => dilation[d] * (kernel[d] - 1) + 1);
  return [...sizes, ...stride, ...padding, ...dilation, ...reach];
}

function kindOf(windows: PlaneWindows): WindowKind {
  return "kernel" in windows ? "sliding" : "adaptive";
}

/** Whether whole numbers of WGSL hold all products of sizes of adaptive windows. */
function fitsWgsl(context: GpuContext, windows: PlaneWindows, size: Size): boolean {
  if (context.runtime.threads === null) return false;
  return (
    "kernel" in windows || size.every((length, d) => (length + 1) * (windows.counts[d] as number) + length < 2 ** 31)
  );
}

/** Whether no element lies in two windows along a direction, or between the first and the last element of two. */
function areApart({ starts, ends }: AxisWindows): boolean {
  return starts.every((start, i) => i === 0 || start >= (ends[i - 1] as number));
}

/** Calls `use` with what all sums are divided by or, where that differs, with a table. */
function withDivisors(
  context: GpuContext,
  op: string,
  { rows, columns }: PoolDivisors,
  use: (kind: "one" | "table", tables: readonly GpuArray[], divisor: number) => GpuArray,
): GpuArray {
  const [row = 1, column = 1] = [rows[0], columns[0]];
  if (rows.every((d) => d === row) && columns.every((d) => d === column)) return use("one", [], row * column);
  const table = context.runtime.upload(op, Float32Array.from([...rows, ...columns]));
  try {
    return use("table", [table], 1);
  } finally {
    table.release();
  }
}

/** Runs a kernel of pooling, with the table of its windows and their sizes. */
function run(
  context: GpuContext,
  kernel: GpuKernel,
  length: number,
  arrays: readonly GpuArray[],
  offset: number,
  [height, width]: Size,
  windows: PlaneWindows,
  divisors: PoolDivisors = { rows: [], columns: [] },
): GpuArray {
  const [rows, columns] = [windowsAlong(windows, 0, height), windowsAlong(windows, 1, width)];
  const sizes = [...pairs(rows), ...pairs(columns)];
  const [down, across] = windows.counts;
  const all =
    divisors.rows.length === 0 ? new Array<number>(down + across).fill(1) : [...divisors.rows, ...divisors.columns];
  const reach = [...reachOf(rows, height), ...reachOf(columns, width)];
  const table = context.runtime.upload(kernel.name, Float32Array.from([...sizes, ...all, ...reach]));
  const numbers = [offset, height, width, down, across, rows.gap, columns.gap];
  try {
    return context.run(kernel, length, [...arrays, table], numbers);
  } finally {
    table.release();
  }
}

/** For every window the position in its plane of its largest element. At least one window. */
function positionsOf(context: GpuContext, x: NDArray, windows: PlaneWindows): GpuArray {
  const length = sizeOf(resultShape(x, windows));
  if (fitsWgsl(context, windows, sizesOf(x))) {
    const numbers = [x.offset, ...numbersOf(sizesOf(x), windows)];
    return context.run(maxWindowKernel(`position:${kindOf(windows)}`), length, [context.array(x)], numbers);
  }
  return run(context, MAX_POSITIONS, length, [context.array(x)], x.offset, sizesOf(x), windows);
}

export function maxPool(context: GpuContext, x: NDArray, windows: PlaneWindows): NDArray {
  const shape = resultShape(x, windows);
  const length = sizeOf(shape);
  if (length === 0) return context.result(x.dtype, shape, 0);
  const [height, width] = sizesOf(x);
  if (fitsWgsl(context, windows, [height, width])) {
    const all = [x.offset, ...numbersOf([height, width], windows)];
    return context.result(
      x.dtype,
      shape,
      context.run(maxWindowKernel(`value:${kindOf(windows)}`), length, [context.array(x)], all),
    );
  }
  const positions = positionsOf(context, x, windows);
  const numbers = [x.offset, height * width, windows.counts[0] * windows.counts[1]];
  const values = context.run(AT_POSITIONS, length, [context.array(x), positions], numbers);
  positions.release();
  return context.result(x.dtype, shape, values);
}

export function maxPoolIndices(context: GpuContext, x: NDArray, windows: PlaneWindows): NDArray {
  const shape = resultShape(x, windows);
  const [height, width] = sizesOf(x);
  const range = { low: 0, high: height * width - 1 };
  const positions = sizeOf(shape) === 0 ? 0 : positionsOf(context, x, windows);
  return context.result("int32", shape, positions, range);
}

export function maxPoolGrad(context: GpuContext, grad: NDArray, x: NDArray, windows: PlaneWindows): NDArray {
  const length = sizeOf(x.shape);
  if (length === 0 || sizeOf(grad.shape) === 0) return context.result(x.dtype, x.shape, 0);
  const size = sizesOf(x);
  const isWgsl = fitsWgsl(context, windows, size);
  if (isWgsl && areApart(windowsAlong(windows, 0, size[0])) && areApart(windowsAlong(windows, 1, size[1]))) {
    const numbers = [x.offset, ...numbersOf(size, windows), grad.offset, sizeOf(grad.shape)];
    const apart = context.run(
      apartGradKernel(kindOf(windows)),
      length,
      [context.array(x), context.array(grad)],
      numbers,
    );
    return context.result(x.dtype, x.shape, apart);
  }
  const positions = positionsOf(context, x, windows);
  const arrays = [context.array(grad), positions];
  if (isWgsl) {
    const overlapping = context.run(overlappingGradKernel(kindOf(windows)), length, arrays, [
      grad.offset,
      ...numbersOf(size, windows),
    ]);
    positions.release();
    return context.result(x.dtype, x.shape, overlapping);
  }
  const out = run(context, MAX_GRAD, length, arrays, grad.offset, sizesOf(x), windows);
  positions.release();
  return context.result(x.dtype, x.shape, out);
}

export function avgPool(context: GpuContext, x: NDArray, windows: PlaneWindows, divisors: PoolDivisors): NDArray {
  const shape = resultShape(x, windows);
  const length = sizeOf(shape);
  if (length === 0) return context.result(x.dtype, shape, 0);
  if (fitsWgsl(context, windows, sizesOf(x))) {
    const numbers = [x.offset, ...numbersOf(sizesOf(x), windows)];
    const means = withDivisors(context, "avgPool", divisors, (kind, tables, divisor) =>
      context.run(
        meanWindowKernel(`${kind}:${kindOf(windows)}`),
        length,
        [context.array(x), ...tables],
        [...numbers, divisor],
      ),
    );
    return context.result(x.dtype, shape, means);
  }
  const out = run(context, AVG_POOL, length, [context.array(x)], x.offset, sizesOf(x), windows, divisors);
  return context.result(x.dtype, shape, out);
}

export function avgPoolGrad(
  context: GpuContext,
  grad: NDArray,
  windows: PlaneWindows,
  divisors: PoolDivisors,
  size: Size,
): NDArray {
  const shape = [...grad.shape.slice(0, -2), ...size];
  const length = sizeOf(shape);
  if (length === 0 || sizeOf(grad.shape) === 0) return context.result(grad.dtype, shape, 0);
  if (fitsWgsl(context, windows, size)) {
    const numbers = [grad.offset, ...numbersOf(size, windows)];
    const shares = withDivisors(context, "avgPoolGrad", divisors, (kind, tables, divisor) =>
      context.run(
        meanGradKernel(`${kind}:${kindOf(windows)}`),
        length,
        [context.array(grad), ...tables],
        [...numbers, divisor],
      ),
    );
    return context.result(grad.dtype, shape, shares);
  }
  const out = run(context, AVG_GRAD, length, [context.array(grad)], grad.offset, size, windows, divisors);
  return context.result(grad.dtype, shape, out);
}
