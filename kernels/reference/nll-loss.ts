/** @file The negative log-likelihood of class indices as plain loops. They touch one element for each target. */
import type { Backend, FusedOps, NDArray, Storage, TypedArray } from "../backend.ts";
import { emptyArray, sizeOf } from "../layout.ts";

type NllLoss = Required<Pick<FusedOps, "nllLoss" | "nllLossGrad">>;

/** Class weights, or null for 1. */
interface Weights {
  readonly data: TypedArray;
  readonly offset: number;
}

/** Sum of the weights of the targets that are not ignored. */
function weightOf(classes: TypedArray, first: number, count: number, weights: Weights | null, ignored: number): number {
  let sum = 0;
  for (let i = first; i < first + count; i++) {
    const t = classes[i]!;
    if (t !== ignored) sum += weights === null ? 1 : weights.data[weights.offset + t]!;
  }
  return sum;
}

/** @throws RangeError if a target is neither a class nor `ignored`. */
function checkClasses(targets: TypedArray, first: number, count: number, classes: number, ignored: number): void {
  for (let i = first; i < first + count; i++) {
    const t = targets[i]!;
    if (t !== ignored && (t < 0 || t >= classes)) throw new RangeError(`Target ${t} is out of bounds.`);
  }
}

/** The losses of a backend whose storages `view` shows as host arrays. */
export function nllLoops(backend: Backend, view: (storage: Storage) => TypedArray): NllLoss {
  const weightsOf = (weight: NDArray | null): Weights | null =>
    weight && { data: view(weight.storage), offset: weight.offset };
  return {
    nllLoss(logProbs, target, weight, { ignoreIndex, reduction }) {
      const [, classes, inner] = logProbs.shape as [number, number, number];
      const count = sizeOf(target.shape);
      checkClasses(view(target.storage), target.offset, count, classes, ignoreIndex);
      const z = emptyArray(backend, logProbs.dtype, reduction === "none" ? target.shape : []);
      const [out, x, targets, weights] = [
        view(z.storage),
        view(logProbs.storage),
        view(target.storage),
        weightsOf(weight),
      ];
      let sum = 0;
      for (let i = 0; i < count; i++) {
        const t = targets[target.offset + i]!;
        let loss = 0;
        if (t !== ignoreIndex) {
          const n = inner === 1 ? i : Math.floor(i / inner);
          const value = x[logProbs.offset + (n * classes + t) * inner + i - n * inner]!;
          loss = weights === null ? -value : -value * weights.data[weights.offset + t]!;
        }
        if (reduction === "none") out[i] = loss;
        else sum += loss;
      }
      if (reduction === "sum") out[0] = sum;
      if (reduction === "mean") out[0] = sum / weightOf(targets, target.offset, count, weights, ignoreIndex);
      return z;
    },
    nllLossGrad(grad, target, weight, classes, { ignoreIndex, reduction }) {
      const [samples, inner] = target.shape as [number, number];
      const count = samples * inner;
      const z = emptyArray(backend, grad.dtype, [samples, classes, inner]);
      const [out, g, targets, weights] = [view(z.storage), view(grad.storage), view(target.storage), weightsOf(weight)];
      const total = reduction === "mean" ? weightOf(targets, target.offset, count, weights, ignoreIndex) : 1;
      out.fill(0);
      for (let i = 0; i < count; i++) {
        const t = targets[target.offset + i]!;
        if (t === ignoreIndex) continue;
        const n = inner === 1 ? i : Math.floor(i / inner);
        const value = g[reduction === "none" ? grad.offset + i : grad.offset]! / total;
        out[(n * classes + t) * inner + i - n * inner] =
          weights === null ? -value : -value * weights.data[weights.offset + t]!;
      }
      return z;
    },
  };
}
