/** @file Cross-entropy of logits against class indices, and its gradient. */
import type { TypedArray } from "../backend.ts";
import { softmax } from "./softmax.ts";
import type { Strided } from "./strided.ts";

/** Logits or probabilities: contiguous rows of `classes` numbers from `offset`. */
export interface Rows {
  readonly data: TypedArray;
  readonly offset: number;
  readonly classes: number;
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
export function crossEntropy(
  losses: TypedArray,
  probs: TypedArray,
  logits: Rows,
  target: Strided,
  ignoreIndex: number,
): void {
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
export function crossEntropyGrad(
  out: TypedArray,
  grad: Strided,
  probs: Rows,
  target: Strided,
  ignoreIndex: number,
): void {
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
