/** @file Comparisons of float32 arrays and the choice between two of them, with truth values in ordinary byte arrays. */
import type { NDArray } from "../backend.ts";
import { broadcastStrides, contiguousStrides, sizeOf } from "../layout.ts";
import { alongRows } from "./elementwise.ts";
import { commit, type Machine, operandAddress, targetOf, windowOf } from "./machine.ts";
import { forEachPlane, mergeDimensions, sizeAlong, stepOf } from "./planes.ts";
import type { CompareKernel, Comparison } from "./tables.ts";

/** The truth values of a comparison, in row-major order. Nothing is empty. */
export function compareFloats(
  machine: Machine,
  { kernel, swapped }: Comparison,
  a: NDArray,
  b: NDArray,
  shape: readonly number[],
): Uint8Array {
  const { heap } = machine;
  const [left, right] = swapped ? [b, a] : [a, b];
  const n = sizeOf(shape);
  const out = heap.scratch(n);
  const [first, second] = alongRows(machine, windowOf(heap, left), windowOf(heap, right), shape);
  const walk = mergeDimensions(shape, [first.strides, second.strides]);
  const col = walk.sizes.length - 1;
  const row = col - 1;
  const [rows, cols] = [sizeAlong(walk, row), sizeAlong(walk, col)];
  const [aRow, bRow] = [4 * stepOf(walk, 0, row), 4 * stepOf(walk, 1, row)];
  const mode = stepOf(walk, 0, col) === 0 ? 1 : stepOf(walk, 1, col) === 0 ? 2 : 0;
  const compare: CompareKernel = machine.vector[kernel];
  let to = out;
  forEachPlane(walk, row, col, [first.address, second.address], ([p, q]) => {
    compare(to, p!, q!, rows, cols, aRow, bRow, mode);
    to += rows * cols;
  });
  return heap.bytes.slice(out, out + n);
}

/**
 * out = cond ? a : b; `out` is contiguous and not empty, `truths` the whole array of cond's storage.
 *
 * @returns false, and nothing done, if the arguments run in a way that the kernel does not take.
 */
export function whereFloats(
  { heap, vector }: Machine,
  truths: Uint8Array,
  cond: NDArray,
  a: NDArray,
  b: NDArray,
  out: NDArray,
): boolean {
  const { shape } = out;
  const spread = (x: NDArray): number[] => broadcastStrides(x.shape, x.strides, shape);
  // Steps of cond count bytes; those of a quarter of an element do so when multiplied by 4.
  const condSteps = spread(cond).map((step) => step / 4);
  const walk = mergeDimensions(shape, [contiguousStrides(shape), condSteps, spread(a), spread(b)]);
  const col = walk.sizes.length - 1;
  const row = col - 1;
  const [condCol, aCol, bCol] = [1, 2, 3].map((k) => stepOf(walk, k, col)) as [number, number, number];
  if (col < 0 || condCol !== 0.25 || aCol >>> 0 > 1 || bCol >>> 0 > 1 || truths.length > 4 * sizeOf(shape))
    return false;
  const bytes = heap.scratch(truths.length);
  heap.bytes.set(truths, bytes);
  const target = targetOf(heap, out);
  const starts = [target.address, bytes + cond.offset, operandAddress(heap, a), operandAddress(heap, b)];
  const [rows, cols] = [sizeAlong(walk, row), sizeAlong(walk, col)];
  const steps = [0, 1, 2, 3].map((k) => 4 * stepOf(walk, k, row)) as [number, number, number, number];
  const mode = (aCol === 0 ? 1 : 0) | (bCol === 0 ? 2 : 0);
  forEachPlane(walk, row, col, starts, ([to, c, p, q]) => {
    vector.whereRows(to!, c!, p!, q!, rows, cols, steps[0], steps[1], steps[2], steps[3], mode);
  });
  commit(heap, out, target);
  return true;
}
