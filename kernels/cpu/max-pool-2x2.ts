/** @file float32 max pooling with kernel 2×2 and stride 2. */
import type { NDArray, PlaneWindows } from "../backend.ts";
import { sizeOf } from "../layout.ts";
import { copyOut, type KernelContext, operandAddress, targetOf } from "./kernel-context.ts";
import { chunkOf, GRAIN_SIZE } from "./parallel/partition.ts";

/** Whether x is float32 and the windows on it are squares of 2×2 side by side, which leave at most a row and a column over. */
export function is2x2(x: NDArray, windows: PlaneWindows): boolean {
  if (x.dtype !== "float32" || !("kernel" in windows)) return false;
  const { kernel, stride, padding, dilation, counts } = windows;
  const [height = 0, width = 0] = x.shape.slice(-2);
  const sizes = [...kernel, ...stride].every((n) => n === 2) && [...dilation].every((n) => n === 1);
  const inside = counts[0] === height >> 1 && counts[1] === width >> 1;
  return sizes && inside && padding[0] + padding[1] === 0;
}

/** How many planes there are, and their sizes. */
function sizesOf({ shape }: NDArray): readonly [planes: number, height: number, width: number] {
  const [height = 0, width = 0] = shape.slice(-2);
  return [sizeOf(shape.slice(0, -2)), height, width];
}

/** out [..., H/2, W/2], the largest elements of x [..., H, W]. */
export function maxPool2x2Floats({ heap, threads }: KernelContext, x: NDArray, out: NDArray): void {
  const [planes, height, width] = sizesOf(x);
  const [rows, cols] = [height >> 1, width >> 1];
  const from = operandAddress(heap, x);
  const target = targetOf(heap, out);
  const parts = Math.min(planes, threads.parts(planes * height * width, GRAIN_SIZE.light));
  threads.run(parts, ({ vector }, part) => {
    const { first, count } = chunkOf(part, parts, planes, 1);
    const to = target.address + 4 * first * rows * cols;
    vector.maxPool2x2(to, from + 4 * first * height * width, count, height, width, rows, cols);
  });
  copyOut(heap, out, target);
}

/** out [..., H, W]: the elements of `grad` where x has its largest ones, and 0 elsewhere. */
export function maxPool2x2GradFloats({ heap, threads }: KernelContext, grad: NDArray, x: NDArray, out: NDArray): void {
  const [planes, height, width] = sizesOf(x);
  const [rows, cols] = [height >> 1, width >> 1];
  const [given, from] = [operandAddress(heap, grad), operandAddress(heap, x)];
  const target = targetOf(heap, out);
  const parts = Math.min(planes, threads.parts(planes * height * width, GRAIN_SIZE.light));
  threads.run(parts, ({ vector }, part) => {
    const { first, count } = chunkOf(part, parts, planes, 1);
    const [inner, outer] = [4 * first * rows * cols, 4 * first * height * width];
    vector.maxPool2x2Grad(target.address + outer, given + inner, from + outer, count, height, width, rows, cols);
  });
  copyOut(heap, out, target);
}
