/** @file Max pooling and its gradient. */
import type { NDArray, PoolWindows } from "../backend.ts";
import { sizeOf } from "../layout.ts";
import type { GpuContext } from "./gpu-context.ts";
import type { GpuArray } from "./runtime.ts";
import { AT_POSITIONS, MAX_GRAD, MAX_POSITIONS } from "./sources/pooling.ts";

function sizesOf(x: NDArray): [height: number, width: number] {
  return x.shape.slice(-2) as [number, number];
}

function resultShape(x: NDArray, { counts }: PoolWindows): number[] {
  return [...x.shape.slice(0, -2), ...counts];
}

/** For every window the position in its plane of its largest element. At least one window. */
function positionsOf(context: GpuContext, x: NDArray, windows: PoolWindows): GpuArray {
  const { kernel, stride, padding, dilation, counts } = windows;
  const numbers = [x.offset, ...sizesOf(x), ...counts, ...kernel, ...stride, ...padding, ...dilation];
  return context.run(MAX_POSITIONS, sizeOf(resultShape(x, windows)), [context.array(x)], numbers);
}

export function maxPool(context: GpuContext, x: NDArray, windows: PoolWindows): NDArray {
  const shape = resultShape(x, windows);
  const length = sizeOf(shape);
  if (length === 0) return context.result(x.dtype, shape, 0);
  const [height, width] = sizesOf(x);
  const positions = positionsOf(context, x, windows);
  const numbers = [x.offset, height * width, windows.counts[0] * windows.counts[1]];
  const values = context.run(AT_POSITIONS, length, [context.array(x), positions], numbers);
  positions.release();
  return context.result(x.dtype, shape, values);
}

export function maxPoolIndices(context: GpuContext, x: NDArray, windows: PoolWindows): NDArray {
  const shape = resultShape(x, windows);
  const [height, width] = sizesOf(x);
  const range = { low: 0, high: height * width - 1 };
  const positions = sizeOf(shape) === 0 ? 0 : positionsOf(context, x, windows);
  return context.result("int32", shape, positions, range);
}

export function maxPoolGrad(context: GpuContext, grad: NDArray, x: NDArray, windows: PoolWindows): NDArray {
  const length = sizeOf(x.shape);
  if (length === 0 || sizeOf(grad.shape) === 0) return context.result(x.dtype, x.shape, 0);
  const { kernel, stride, padding, dilation, counts } = windows;
  const positions = positionsOf(context, x, windows);
  const numbers = [grad.offset, ...sizesOf(x), ...counts, ...kernel, ...stride, ...padding, ...dilation];
  const out = context.run(MAX_GRAD, length, [context.array(grad), positions], numbers);
  positions.release();
  return context.result(x.dtype, x.shape, out);
}
