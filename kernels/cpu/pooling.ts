/** @file float32 and float64 pooling with windows of every size, and its gradients. */
import type { NDArray, PlaneWindows, PoolDivisors } from "../backend.ts";
import { BYTES, sizeOf } from "../layout.ts";
import { windowsAlong } from "../pool-windows.ts";
import { copyOut, type KernelContext, operandAddress, targetOf } from "./kernel-context.ts";
import { overPlanes, type PlanePart } from "./parallel/planes.ts";
import type { VectorExports } from "./wasm.ts";

/** The windows as the kernels take them: sizes, and addresses of tables. */
interface Tables {
  readonly planes: number;
  /** Elements of a plane, and windows on it. */
  readonly size: number;
  readonly places: number;
  /** Elements of the longer side, with what windows reach around it. */
  readonly line: number;
  /** Arguments of the kernels from the plane's height on. */
  readonly geometry: Geometry;
  readonly steps: Steps;
}

type Geometry = readonly [
  height: number,
  width: number,
  rows: number,
  down: number,
  gapDown: number,
  columns: number,
  across: number,
  gapAcross: number,
];

type Steps = readonly [step: number, before: number, kernel: number];

/** Elements that vectors touch behind a line. */
const SLACK = 16;

function tablesOf({ heap }: KernelContext, shape: readonly number[], windows: PlaneWindows): Tables {
  const [height = 0, width = 0] = shape.slice(-2);
  const [down, across] = windows.counts;
  const rows = windowsAlong(windows, 0, height);
  const columns = windowsAlong(windows, 1, width);
  const address = heap.scratch(8 * (down + across));
  const table = new Int32Array(heap.bytes.buffer, address, 2 * (down + across));
  for (const [at, axis] of [
    [0, rows],
    [2 * down, columns],
  ] as const) {
    for (let i = 0; i < axis.starts.length; i++) {
      table[at + 2 * i] = axis.starts[i]!;
      table[at + 2 * i + 1] = axis.ends[i]!;
    }
  }
  const steps: Steps = "kernel" in windows ? [windows.stride[1], windows.padding[1], windows.kernel[1]] : [0, 0, 0];
  const [step, before, kernel] = steps;
  return {
    planes: sizeOf(shape.slice(0, -2)),
    size: height * width,
    places: down * across,
    line: Math.max(before + width, across * step + kernel * columns.gap) + SLACK,
    geometry: [height, width, address, down, rows.gap, address + 8 * down, across, columns.gap],
    steps,
  };
}

/** The divisors of the rows of windows, then those of the columns. */
function divisorTable({ heap }: KernelContext, { dtype }: NDArray, { rows, columns }: PoolDivisors): number {
  const address = heap.scratch(BYTES[dtype] * (rows.length + columns.length));
  const { buffer } = heap.bytes;
  const length = rows.length + columns.length;
  const table =
    dtype === "float64" ? new Float64Array(buffer, address, length) : new Float32Array(buffer, address, length);
  table.set(rows);
  table.set(columns, rows.length);
  return address;
}

/** The kernel of a dtype. */
function kernelOf<K>({ dtype }: NDArray, single: K, double: K): K {
  return dtype === "float64" ? double : single;
}

/** Calls `run` for ranges of planes, with so many elements of scratch memory for each thread. */
function overRanges(
  { heap, threads }: KernelContext,
  p: Tables,
  bytes: number,
  elements: number,
  run: (vector: VectorExports, part: PlanePart) => void,
): void {
  overPlanes(heap, threads, p.planes, Math.max(p.size, p.places), bytes * elements, run);
}

/** out [..., rows, columns]: the largest elements of the windows on x [..., H, W]. */
export function maxPoolPlanes(context: KernelContext, x: NDArray, windows: PlaneWindows, out: NDArray): void {
  const p = tablesOf(context, x.shape, windows);
  const size = BYTES[x.dtype];
  const from = operandAddress(context.heap, x);
  const target = targetOf(context.heap, out);
  overRanges(context, p, size, p.line, (vector, { first, count, scratch }) => {
    const [to, at] = [target.address + size * first * p.places, from + size * first * p.size];
    kernelOf(x, vector.maxPool_f32, vector.maxPool_f64)(to, at, count, ...p.geometry, ...p.steps, scratch);
  });
  copyOut(context.heap, out, target);
}

/** out [..., rows, columns], int32: where in their planes the largest elements lie. */
export function maxPoolIndicesOfPlanes(context: KernelContext, x: NDArray, windows: PlaneWindows, out: NDArray): void {
  const { heap } = context;
  const p = tablesOf(context, x.shape, windows);
  const size = BYTES[x.dtype];
  const from = operandAddress(heap, x);
  const target = targetOf(heap, out);
  overRanges(context, p, size, p.line + 2 * (windows.counts[1] + SLACK), (vector, { first, count, scratch }) => {
    const kernel = kernelOf(x, vector.maxPoolIndices_f32, vector.maxPoolIndices_f64);
    const [to, at] = [target.address + 4 * first * p.places, from + size * first * p.size];
    kernel(to, at, count, ...p.geometry, ...p.steps, scratch, scratch + size * p.line);
  });
  copyOut(heap, out, target);
}

/** out [..., H, W]: the gradients, added to the largest elements of their windows on x. */
export function maxPoolGradPlanes(
  context: KernelContext,
  grad: NDArray,
  x: NDArray,
  windows: PlaneWindows,
  out: NDArray,
): void {
  const { heap } = context;
  const p = tablesOf(context, x.shape, windows);
  const size = BYTES[x.dtype];
  const [given, from] = [operandAddress(heap, grad), operandAddress(heap, x)];
  const target = targetOf(heap, out);
  overRanges(context, p, size, p.line + 2 * (windows.counts[1] + SLACK), (vector, { first, count, scratch }) => {
    const [inner, outer] = [size * first * p.places, size * first * p.size];
    const largest = scratch + size * p.line;
    const kernel = kernelOf(x, vector.maxPoolGrad_f32, vector.maxPoolGrad_f64);
    kernel(target.address + outer, given + inner, from + outer, count, ...p.geometry, ...p.steps, scratch, largest);
  });
  copyOut(heap, out, target);
}

/** out [..., rows, columns]: the sums of the windows on x [..., H, W], divided. */
export function avgPoolPlanes(
  context: KernelContext,
  x: NDArray,
  windows: PlaneWindows,
  divisors: PoolDivisors,
  out: NDArray,
): void {
  const p = tablesOf(context, x.shape, windows);
  const size = BYTES[x.dtype];
  const table = divisorTable(context, x, divisors);
  const from = operandAddress(context.heap, x);
  const target = targetOf(context.heap, out);
  overRanges(context, p, size, p.line, (vector, { first, count, scratch }) => {
    const [to, at] = [target.address + size * first * p.places, from + size * first * p.size];
    kernelOf(x, vector.avgPool_f32, vector.avgPool_f64)(to, at, count, ...p.geometry, ...p.steps, scratch, table);
  });
  copyOut(context.heap, out, target);
}

/** out [..., H, W]: the divided gradients, added to all elements of their windows. */
export function avgPoolGradPlanes(
  context: KernelContext,
  grad: NDArray,
  windows: PlaneWindows,
  divisors: PoolDivisors,
  out: NDArray,
): void {
  const { heap } = context;
  const p = tablesOf(context, out.shape, windows);
  const size = BYTES[grad.dtype];
  const table = divisorTable(context, grad, divisors);
  const given = operandAddress(heap, grad);
  const target = targetOf(heap, out);
  overRanges(context, p, size, p.line + windows.counts[1] + SLACK, (vector, { first, count, scratch }) => {
    const [to, at] = [target.address + size * first * p.size, given + size * first * p.places];
    const kernel = kernelOf(grad, vector.avgPoolGrad_f32, vector.avgPoolGrad_f64);
    kernel(to, at, count, ...p.geometry, ...p.steps, scratch, scratch + size * p.line, table);
  });
  copyOut(heap, out, target);
}
