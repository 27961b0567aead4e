/** @file The fused operations as plain loops: cross-entropy, its gradient, and batches of bytes. */
import type { Backend, FusedOps, NDArray, Storage, TypedArray } from "../backend.ts";
import { broadcastStrides, emptyArray } from "../layout.ts";
import { ctcLoops } from "./ctc.ts";
import { distanceLoops } from "./distances.ts";
import { gatherBytes } from "./indexing.ts";
import { nllLoops } from "./nll-loss.ts";
import { normalizationLoops } from "./normalization.ts";
import { samplingLoops } from "./sampling.ts";
import { maskScores, softmax, softmaxGrad } from "./softmax.ts";
import type { Strided } from "./strided.ts";

/** Logits or probabilities: contiguous rows of `classes` numbers from `offset`. */
interface Rows {
  readonly data: TypedArray;
  readonly offset: number;
  readonly classes: number;
}

/** The table of a backend whose storages `view` shows as host arrays. */
export function fusedLoops(backend: Backend, view: (storage: Storage) => TypedArray): FusedOps {
  const strided = (x: NDArray): Strided => ({ ...x, data: view(x.storage) });
  const rows = (x: NDArray): Rows => ({ data: view(x.storage), offset: x.offset, classes: x.shape[1]! });
  return {
    ...normalizationLoops(backend, view),
    ...samplingLoops(backend, view),
    ...ctcLoops(backend, view),
    ...nllLoops(backend, view),
    ...distanceLoops(backend, view),
    maskedSoftmax(x, mask, scale, causal) {
      const [blocks, queries, keys] = x.shape as [number, number, number];
      const y = emptyArray(backend, x.dtype, x.shape);
      const [data, from] = [view(y.storage), view(x.storage)];
      const shape = [blocks, queries, keys] as const;
      const strides = mask && broadcastStrides(mask.shape, mask.strides, shape);
      const seen = mask && { ...strided(mask), shape, strides: strides as number[], isBool: mask.dtype === "bool" };
      maskScores(data, from, x.offset, shape, seen, scale, causal);
      softmax(data, data, 0, { outer: blocks * queries, n: keys, inner: 1 }, false);
      return y;
    },
    maskedSoftmaxGrad(grad, y, scale) {
      const z = emptyArray(backend, y.dtype, y.shape);
      const [blocks, queries, keys] = y.shape as [number, number, number];
      const [out, g, from] = [view(z.storage), view(grad.storage), view(y.storage)];
      softmaxGrad(out, g, grad.offset, from, y.offset, { outer: blocks * queries, n: keys, inner: 1 }, false);
      for (let i = 0; i < out.length; i++) out[i] = scale * out[i]!;
      return z;
    },
    crossEntropy(logits, target, ignoreIndex) {
      checkTargets(strided(target), logits.shape[1]!, ignoreIndex);
      const losses = emptyArray(backend, logits.dtype, target.shape);
      const probs = emptyArray(backend, logits.dtype, logits.shape);
      crossEntropy(view(losses.storage), view(probs.storage), rows(logits), strided(target), ignoreIndex);
      return { losses, probs };
    },
    crossEntropyGrad(grad, probs, target, ignoreIndex) {
      const z = emptyArray(backend, probs.dtype, probs.shape);
      crossEntropyGrad(view(z.storage), strided(grad), rows(probs), strided(target), ignoreIndex);
      return z;
    },
    gatherBytes(source, rowLength, indices, divisor) {
      const z = emptyArray(backend, "float32", [indices.length, rowLength]);
      gatherBytes(view(z.storage), source, rowLength, indices, divisor);
      return z;
    },
  };
}

/**
 * @throws RangeError if a target is neither a class nor `ignoreIndex`.
 */
export function checkTargets(target: Strided, classes: number, ignoreIndex: number): void {
  const count = target.shape[0]!;
  for (let i = 0; i < count; i++) {
    const t = element(target, i);
    if (t !== ignoreIndex && (t < 0 || t >= classes)) throw new RangeError(`Target ${t} is out of bounds.`);
  }
}

/** losses[i] = −log softmax(logits[i])[target[i]], or 0 where ignored; probs = softmax(logits). */
function crossEntropy(losses: TypedArray, probs: TypedArray, logits: Rows, target: Strided, ignoreIndex: number): void {
  const { data, offset, classes } = logits;
  const count = target.shape[0]!;
  softmax(probs, data, offset, { outer: count, n: classes, inner: 1 }, false);
  for (let i = 0; i < count; i++) {
    const t = element(target, i);
    const start = offset + i * classes;
    losses[i] = t === ignoreIndex ? 0 : lossOf(data, start, classes, t);
  }
}

/** out[i] = grad[i]·(probs[i] − onehot(target[i])), or 0 where ignored. */
function crossEntropyGrad(out: TypedArray, grad: Strided, probs: Rows, target: Strided, ignoreIndex: number): void {
  const { data, offset, classes } = probs;
  const count = target.shape[0]!;
  for (let i = 0; i < count; i++) {
    const t = element(target, i);
    const g = element(grad, i);
    for (let c = 0; c < classes; c++) {
      const at = i * classes + c;
      out[at] = t === ignoreIndex ? 0 : g * (data[offset + at]! - Number(c === t));
    }
  }
}

function element(x: Strided, i: number): number {
  return x.data[x.offset + i * x.strides[0]!]!;
}

/** log Σ eˣ − x[t], with the largest x taken off both first: sizes like 1e38 cancel exactly. */
function lossOf(x: TypedArray, start: number, n: number, t: number): number {
  let max = -Infinity;
  for (let i = start; i < start + n; i++) max = Math.max(max, x[i]!);
  let sum = 0;
  for (let i = start; i < start + n; i++) sum += Math.exp(x[i]! - max);
  return Math.log(sum) - (x[start + t]! - max);
}
