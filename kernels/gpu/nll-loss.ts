/** @file The negative log-likelihood of class indices, and its gradient. */
import type { NDArray, NllOptions } from "../backend.ts";
import { sizeOf } from "../layout.ts";
import { reduce } from "./axis-ops.ts";
import { checkIndices } from "./device-assert.ts";
import { type GpuContext, storageOf } from "./gpu-context.ts";
import type { GpuArray } from "./runtime.ts";
import { nllGradKernel, nllKernel, RATIO } from "./sources/nll-loss.ts";

/** Sums of each half of an array. It is used up. */
function sumsOfHalves(context: GpuContext, both: GpuArray, halves: 1 | 2): NDArray {
  const n = both.length / halves;
  const all = context.result("float32", [halves, n], both);
  const sums = reduce(context, "sum", all, { outer: halves, n, inner: 1 });
  context.free(storageOf(all));
  return sums;
}

export function nllLoss(
  context: GpuContext,
  logProbs: NDArray,
  target: NDArray,
  weight: NDArray | null,
  { ignoreIndex, reduction }: NllOptions,
): NDArray {
  const [, classes, inner] = logProbs.shape as [number, number, number];
  const count = sizeOf(target.shape);
  const shape = reduction === "none" ? target.shape : [];
  if (count === 0) return context.result(logProbs.dtype, shape, reduction === "mean" ? Number.NaN : 0);
  checkIndices(context, "nllLoss", target, {
    size: classes,
    ignored: ignoreIndex,
    message: (value) => `Target ${value} is out of bounds.`,
  });
  const arrays = [logProbs, target, ...(weight === null ? [] : [weight])];
  const halves = reduction === "mean" ? 2 : 1;
  const numbers = [count, classes, inner, ignoreIndex, ...arrays.map((x) => x.offset)];
  const kernel = nllKernel(weight === null ? "losses" : "losses weighted");
  const sources = arrays.map((x) => context.array(x));
  const losses = context.run(kernel, halves * count, sources, numbers);
  if (reduction === "none") return context.result(logProbs.dtype, shape, losses);
  const sums = sumsOfHalves(context, losses, halves);
  if (reduction === "sum") return { ...sums, shape, strides: [] };
  const mean = context.run(RATIO, 1, [context.array(sums)], [sums.offset]);
  context.free(storageOf(sums));
  return context.result(logProbs.dtype, shape, mean);
}

export function nllLossGrad(
  context: GpuContext,
  grad: NDArray,
  target: NDArray,
  weight: NDArray | null,
  classes: number,
  { ignoreIndex, reduction }: NllOptions,
): NDArray {
  const [samples, inner] = target.shape as [number, number];
  const count = samples * inner;
  const shape = [samples, classes, inner];
  if (count * classes === 0) return context.result(grad.dtype, shape, 0);
  const weights = weight === null ? [] : [weight];
  const isMean = reduction === "mean";
  let total: NDArray | null = null;
  if (isMean) {
    const arrays = [target, ...weights];
    const numbers = [ignoreIndex, ...arrays.map((x) => x.offset)];
    const kernel = nllKernel(weight === null ? "weights" : "weights weighted");
    const sources = arrays.map((x) => context.array(x));
    total = sumsOfHalves(context, context.run(kernel, count, sources, numbers), 1);
  }
  const number = context.constant(grad);
  const gradient = number === null ? [grad] : [];
  const arrays = [target, ...gradient, ...weights, ...(total === null ? [] : [total])];
  const ints = [classes, inner, reduction === "none" ? 1 : 0, ignoreIndex, ...arrays.map((x) => x.offset)];
  const numbers = number === null ? ints : [...ints, number];
  const kernel = nllGradKernel({ isWeighted: weight !== null, isMean, isNumber: number !== null });
  const sources = arrays.map((x) => context.array(x));
  const array = context.run(kernel, count * classes, sources, numbers);
  if (total !== null) context.free(storageOf(total));
  return context.result(grad.dtype, shape, array);
}
