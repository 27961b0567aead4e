/** @file The largest elements of windows on planes, and where their gradients go. */
import type { NDArray, PoolWindows } from "../backend.ts";
import { sizeOf } from "../layout.ts";
import type { GpuMachine } from "./machine.ts";
import type { GpuArray } from "./runtime.ts";
import { AT_POSITIONS, MAX_GRAD, MAX_POSITIONS } from "./sources/pool.ts";

function sizesOf(x: NDArray): [height: number, width: number] {
  return x.shape.slice(-2) as [number, number];
}

function resultShape(x: NDArray, { counts }: PoolWindows): number[] {
  return [...x.shape.slice(0, -2), ...counts];
}

/** For every window the position in its plane of its largest element. At least one window. */
function positionsOf(machine: GpuMachine, x: NDArray, windows: PoolWindows): GpuArray {
  const { kernel, stride, padding, dilation, counts } = windows;
  const numbers = [x.offset, ...sizesOf(x), ...counts, ...kernel, ...stride, ...padding, ...dilation];
  return machine.run(MAX_POSITIONS, sizeOf(resultShape(x, windows)), [machine.array(x)], numbers);
}

export function maxPool(machine: GpuMachine, x: NDArray, windows: PoolWindows): NDArray {
  const shape = resultShape(x, windows);
  const length = sizeOf(shape);
  if (length === 0) return machine.result(x.dtype, shape, 0);
  const [height, width] = sizesOf(x);
  const positions = positionsOf(machine, x, windows);
  const numbers = [x.offset, height * width, windows.counts[0] * windows.counts[1]];
  const values = machine.run(AT_POSITIONS, length, [machine.array(x), positions], numbers);
  positions.release();
  return machine.result(x.dtype, shape, values);
}

export function maxPoolIndices(machine: GpuMachine, x: NDArray, windows: PoolWindows): NDArray {
  const shape = resultShape(x, windows);
  const [height, width] = sizesOf(x);
  const range = { low: 0, high: height * width - 1 };
  const positions = sizeOf(shape) === 0 ? 0 : positionsOf(machine, x, windows);
  return machine.result("int32", shape, positions, range);
}

export function maxPoolGrad(machine: GpuMachine, grad: NDArray, x: NDArray, windows: PoolWindows): NDArray {
  const length = sizeOf(x.shape);
  if (length === 0 || sizeOf(grad.shape) === 0) return machine.result(x.dtype, x.shape, 0);
  const { kernel, stride, padding, dilation, counts } = windows;
  const positions = positionsOf(machine, x, windows);
  const numbers = [grad.offset, ...sizesOf(x), ...counts, ...kernel, ...stride, ...padding, ...dilation];
  const out = machine.run(MAX_GRAD, length, [machine.array(grad), positions], numbers);
  positions.release();
  return machine.result(x.dtype, x.shape, out);
}
