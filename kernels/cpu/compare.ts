/** @file Comparisons of float32 arrays, and where. */
import type { NDArray } from "../backend.ts";
import { broadcastStrides, contiguousStrides } from "../layout.ts";
import { coalesceDims, forEachPlane, sizeAlong, strideAlong } from "../nd-iterator.ts";
import { alongRows } from "./elementwise.ts";
import { copyOut, type KernelContext, operandAddress, targetOf, viewOf } from "./kernel-context.ts";
import type { CompareKernel, Comparison } from "./tables.ts";

/** Writes the booleans of a comparison to `out`, which is contiguous and not empty. */
export function compareFloats(
  context: KernelContext,
  { kernel, swapped }: Comparison,
  a: NDArray,
  b: NDArray,
  out: NDArray,
): void {
  const { heap } = context;
  const { shape } = out;
  const [left, right] = swapped ? [b, a] : [a, b];
  const [first, second] = alongRows(context, viewOf(heap, left), viewOf(heap, right), shape);
  const iteration = coalesceDims(shape, [first.strides, second.strides]);
  const col = iteration.shape.length - 1;
  const row = col - 1;
  const [rows, cols] = [sizeAlong(iteration, row), sizeAlong(iteration, col)];
  const [aRow, bRow] = [4 * strideAlong(iteration, 0, row), 4 * strideAlong(iteration, 1, row)];
  const mode = strideAlong(iteration, 0, col) === 0 ? 1 : strideAlong(iteration, 1, col) === 0 ? 2 : 0;
  const compare: CompareKernel = context.vector[kernel];
  const target = targetOf(heap, out);
  let to = target.address;
  forEachPlane(iteration, row, col, [first.address, second.address], 4, ([p, q]) => {
    compare(to, p!, q!, rows, cols, aRow, bRow, mode);
    to += rows * cols;
  });
  copyOut(heap, out, target);
}

/**
 * out = cond ? a : b; `out` is contiguous and not empty.
 *
 * @returns false, and nothing done, if the arguments run in a way that the kernel does not take.
 */
export function whereFloats(
  { heap, vector }: KernelContext,
  cond: NDArray,
  a: NDArray,
  b: NDArray,
  out: NDArray,
): boolean {
  const { shape } = out;
  const spread = (x: NDArray): number[] => broadcastStrides(x.shape, x.strides, shape);
  // Steps of cond count bytes; those of a quarter of an element do so when multiplied by 4.
  const condSteps = spread(cond).map((step) => step / 4);
  const iteration = coalesceDims(shape, [contiguousStrides(shape), condSteps, spread(a), spread(b)]);
  const col = iteration.shape.length - 1;
  const row = col - 1;
  const [condCol, aCol, bCol] = [1, 2, 3].map((k) => strideAlong(iteration, k, col)) as [number, number, number];
  if (col < 0 || condCol !== 0.25 || aCol >>> 0 > 1 || bCol >>> 0 > 1) return false;
  const target = targetOf(heap, out);
  const starts = [target.address, operandAddress(heap, cond), operandAddress(heap, a), operandAddress(heap, b)];
  const [rows, cols] = [sizeAlong(iteration, row), sizeAlong(iteration, col)];
  const steps = [0, 1, 2, 3].map((k) => 4 * strideAlong(iteration, k, row)) as [number, number, number, number];
  const mode = (aCol === 0 ? 1 : 0) | (bCol === 0 ? 2 : 0);
  forEachPlane(iteration, row, col, starts, 4, ([to, c, p, q]) => {
    vector.whereRows(to!, c!, p!, q!, rows, cols, steps[0], steps[1], steps[2], steps[3], mode);
  });
  copyOut(heap, out, target);
  return true;
}
