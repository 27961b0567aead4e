/** @file Connectionist temporal classification as plain loops: the probabilities of all alignments, forwards and backwards. */
import type { Backend, CtcTargets, FusedOps, NDArray, Storage, TypedArray } from "../backend.ts";
import { emptyArray } from "../layout.ts";

type Ctc = Required<Pick<FusedOps, "ctcLoss" | "ctcLossGrad">>;

/** log Σ eˣ */
function logSum(...terms: readonly number[]): number {
  const largest = Math.max(...terms);
  if (largest === Number.NEGATIVE_INFINITY) return largest;
  return largest + Math.log(terms.reduce((sum, term) => sum + Math.exp(term - largest), 0));
}

const NEVER = Number.NEGATIVE_INFINITY;

/** A sample: its numbers of steps and of labels, and what they are. */
interface Sample {
  readonly steps: number;
  readonly states: number;
  /** The class of label s. */
  classOf(s: number): number;
  /** The log-probability of label s at step t. */
  probability(t: number, s: number): number;
  /** Whether label s may follow the one two places before it. */
  skips(s: number): boolean;
}

/** The losses of a backend whose storages `view` shows as host arrays. */
export function ctcLoops(backend: Backend, view: (storage: Storage) => TypedArray): Ctc {
  const elements = (x: NDArray): ((i: number) => number) => {
    const data = view(x.storage);
    return (i) => data[x.offset + i]!;
  };

  function sampleOf(n: number, logProbs: NDArray, { labels, inputLengths, targetLengths }: CtcTargets): Sample {
    const [, batch, classes] = logProbs.shape as [number, number, number];
    const width = labels.shape[1]!;
    const [label, probability] = [elements(labels), elements(logProbs)];
    const classOf = (s: number): number => label(n * width + s);
    return {
      steps: elements(inputLengths)(n),
      states: 2 * elements(targetLengths)(n) + 1,
      classOf,
      probability: (t, s) => probability((t * batch + n) * classes + classOf(s)),
      skips: (s) => s >= 2 && s % 2 === 1 && classOf(s) !== classOf(s - 2),
    };
  }

  return {
    ctcLoss(logProbs, targets) {
      const [steps, batch] = logProbs.shape as [number, number];
      const width = targets.labels.shape[1]!;
      const losses = emptyArray(backend, logProbs.dtype, [batch]);
      const alphas = emptyArray(backend, logProbs.dtype, [batch, steps, width]);
      const [loss, alpha] = [view(losses.storage), view(alphas.storage)];
      for (let n = 0; n < batch; n++) {
        const sample = sampleOf(n, logProbs, targets);
        const at = (t: number, s: number): number => (s < 0 ? NEVER : alpha[(n * steps + t) * width + s]!);
        for (let t = 0; t < sample.steps; t++) {
          for (let s = 0; s < sample.states; s++) {
            const before =
              t === 0
                ? s < 2
                  ? 0
                  : NEVER
                : logSum(at(t - 1, s), at(t - 1, s - 1), sample.skips(s) ? at(t - 1, s - 2) : NEVER);
            alpha[(n * steps + t) * width + s] = before + sample.probability(t, s);
          }
        }
        const last = sample.steps - 1;
        if (last < 0) loss[n] = sample.states === 1 ? 0 : Number.POSITIVE_INFINITY;
        else loss[n] = -logSum(at(last, sample.states - 1), at(last, sample.states - 2));
      }
      return { losses, alphas };
    },
    ctcLossGrad(grad, logProbs, targets, { losses, alphas }) {
      const [steps, batch, classes] = logProbs.shape as [number, number, number];
      const width = targets.labels.shape[1]!;
      const z = emptyArray(backend, logProbs.dtype, logProbs.shape);
      const [g, loss, alpha] = [elements(grad), elements(losses), elements(alphas)];
      const sums = new Float64Array(steps * batch * classes);
      for (let n = 0; n < batch; n++) {
        const sample = sampleOf(n, logProbs, targets);
        if (!(loss(n) < Number.POSITIVE_INFINITY)) continue;
        let after: number[] = [];
        for (let t = sample.steps - 1; t >= 0; t--) {
          const next = after;
          const follows = (s: number): number => (s < sample.states ? next[s]! + sample.probability(t + 1, s) : NEVER);
          after = Array.from({ length: sample.states }, (_, s) =>
            t === sample.steps - 1
              ? s >= sample.states - 2
                ? 0
                : NEVER
              : logSum(
                  follows(s),
                  follows(s + 1),
                  s + 2 < sample.states && sample.skips(s + 2) ? follows(s + 2) : NEVER,
                ),
          );
          for (const [s, rest] of after.entries()) {
            const all = alpha((n * steps + t) * width + s) + rest;
            sums[(t * batch + n) * classes + sample.classOf(s)]! -= g(n) * Math.exp(all + loss(n));
          }
        }
      }
      view(z.storage).set(sums);
      return z;
    },
  };
}
