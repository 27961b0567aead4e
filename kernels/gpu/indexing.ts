/** @file Gathering and scattering. */
import type { NDArray } from "../backend.ts";
import { isContiguous, sizeOf } from "../layout.ts";
import { deliver, gathered, padded, rankFor } from "./elements.ts";
import { checkIndices } from "./guard.ts";
import { type GpuMachine, storageOf } from "./machine.ts";
import { gatherKernel, scatterKernel } from "./sources/indexing.ts";

/** Beside a dimension that must not limit anything. */
const UNLIMITED = 2 ** 24;

/** The strides that lead along every dimension but `dim`, where the position comes from the index instead. */
function without(strides: readonly number[], dim: number): number[] {
  return strides.map((stride, d) => (d === dim ? 0 : stride));
}

function checkIndex(machine: GpuMachine, op: string, index: NDArray, dim: number, size: number): void {
  checkIndices(machine, op, index, {
    size,
    describe: (value) => `index ${value} is out of bounds for dimension ${dim} with size ${size}`,
  });
}

export function gather(machine: GpuMachine, x: NDArray, dim: number, index: NDArray): NDArray {
  checkIndex(machine, "gather", index, dim, x.shape[dim] ?? 1);
  const length = sizeOf(index.shape);
  if (length === 0) return machine.result(x.dtype, index.shape, 0);
  const rank = rankFor("gather", index.shape.length);
  const numbers = [
    ...padded(index.shape, rank, 1),
    x.offset,
    ...padded(without(x.strides, dim), rank, 0),
    index.offset,
    ...padded(index.strides, rank, 0),
    x.strides[dim] ?? 0,
  ];
  const out = machine.run(gatherKernel(`${rank}`), length, [machine.array(x), machine.array(index)], numbers);
  return machine.result(x.dtype, index.shape, out, storageOf(x).range);
}

export function scatter(
  machine: GpuMachine,
  mode: "set" | "add",
  dst: NDArray,
  dim: number,
  index: NDArray,
  src: NDArray,
): void {
  checkIndex(machine, "scatter", index, dim, dst.shape[dim] ?? 1);
  const length = sizeOf(dst.shape);
  if (length === 0 || sizeOf(index.shape) === 0) return;
  const rank = rankFor("scatter", dst.shape.length);
  const along = (sizes: readonly number[], here: number) => sizes.map((size, d) => (d === dim ? here : size));
  const numbers = [
    ...padded(dst.shape, rank, 1),
    ...padded(along(index.shape, UNLIMITED), rank, UNLIMITED),
    index.shape[dim] ?? 1,
    ...padded(
      dst.shape.map((_, d) => Number(d === dim)),
      rank,
      0,
    ),
    index.offset,
    ...padded(without(index.strides, dim), rank, 0),
    index.strides[dim] ?? 0,
    src.offset,
    ...padded(without(src.strides, dim), rank, 0),
    src.strides[dim] ?? 0,
  ];
  const whole = isContiguous(dst.shape, dst.strides) && dst.offset === 0;
  const old = whole ? machine.array(dst).retain() : gathered(machine, dst);
  const arrays = [old, machine.array(index), machine.array(src)];
  const changed = machine.run(scatterKernel(`${mode}:${rank}`), length, arrays, numbers);
  old.release();
  deliver(machine, dst.dtype, dst.shape, changed, dst);
}
