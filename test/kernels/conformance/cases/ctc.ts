/** @file Connectionist temporal classification, against the sum over all paths, and its gradient against their shares. */
import type { DType } from "../../../../kernels/backend.ts";
import { type Case, defineCase, type Group, type Tolerance } from "../check.ts";
import { build, FLOATS, type HostArray, hostArray, random } from "../host-array.ts";
import { input, type Layout } from "../layouts.ts";

const CLOSE: Tolerance = { rel: 2e-5, abs: 2e-5, anyZero: true };
const reference = (dtype: DType): Tolerance =>
  dtype === "float32" ? { rel: 2e-6, abs: 2e-6, anyZero: true } : { rel: 1e-12, abs: 1e-12, anyZero: true };

interface Batch {
  readonly steps: number;
  readonly classes: number;
  /** Classes that are no blanks, which are 0. */
  readonly targets: readonly (readonly number[])[];
  readonly inputLengths: readonly number[];
}

const BATCHES: readonly Batch[] = [
  { steps: 1, classes: 2, targets: [[1]], inputLengths: [1] },
  { steps: 4, classes: 3, targets: [[1, 2], [1, 1], []], inputLengths: [4, 4, 4] },
  // The third target does not fit; nor does the last one, which has no steps.
  { steps: 5, classes: 4, targets: [[3, 1, 2], [2], [1, 1, 1], [], [1]], inputLengths: [5, 3, 4, 0, 0] },
];

function labelsOf({ targets }: Batch): HostArray {
  const width = 2 * Math.max(...targets.map(({ length }) => length)) + 1;
  return build("int32", [targets.length, width], ([n = 0, s = 0]) =>
    s % 2 === 0 ? 0 : (targets[n]?.[(s - 1) / 2] ?? 0),
  );
}

/** All sequences of so many classes. */
function paths(steps: number, classes: number): number[][] {
  let all: number[][] = [[]];
  for (let t = 0; t < steps; t++) {
    all = all.flatMap((path) => Array.from({ length: classes }, (_, c) => [...path, c]));
  }
  return all;
}

/** What a path spells: without repetitions, and then without blanks. */
const spelled = (path: readonly number[]): string => path.filter((c, t) => c !== path[t - 1] && c !== 0).join();

/** Losses, and the gradient of their weighted sum. */
function truthOf({ steps, classes, targets, inputLengths }: Batch, x: HostArray, weights: HostArray) {
  const batch = targets.length;
  const grad = new Array<number>(x.values.length).fill(0);
  const losses = targets.map((target, n) => {
    const length = inputLengths[n] as number;
    const at = (t: number, c: number): number => (t * batch + n) * classes + c;
    const fitting = paths(length, classes).filter((path) => spelled(path) === target.join());
    const chances = fitting.map((path) =>
      Math.exp(path.reduce((sum, c, t) => sum + (x.values[at(t, c)] as number), 0)),
    );
    const total = chances.reduce((a, b) => a + b, 0);
    for (const [i, path] of fitting.entries()) {
      for (const [t, c] of path.entries()) {
        grad[at(t, c)] = (grad[at(t, c)] as number) - ((weights.values[n] as number) * (chances[i] as number)) / total;
      }
    }
    return total === 0 ? Number.POSITIVE_INFINITY : -Math.log(total);
  });
  return { losses: hostArray(x.dtype, [batch], losses), grad: hostArray(x.dtype, [steps, batch, classes], grad) };
}

const PLACES: readonly Layout[] = ["dense", "offset"];

const cases = (withGrad: boolean): readonly Case[] =>
  FLOATS.flatMap((dtype) =>
    BATCHES.flatMap((one) =>
      PLACES.map((place) => {
        const { steps, classes, targets, inputLengths } = one;
        const batch = targets.length;
        const x = random(dtype, [steps, batch, classes], 98, -3, 0);
        const g = random(dtype, [batch], 99);
        const lengths = targets.map(({ length }) => length);
        return defineCase({
          name: `${dtype} [${x.shape.join(",")}], ${place}`,
          inputs: [
            input(x, place),
            input(labelsOf(one), place),
            input(hostArray("int32", [batch], inputLengths), place),
            input(hostArray("int32", [batch], lengths), place),
            input(g, place),
          ],
          run: (k, a, labels, inputs, ofTargets, grad) => {
            const { ctcLoss, ctcLossGrad } = k.fused;
            if (ctcLoss === undefined || ctcLossGrad === undefined) throw new Error("there is no such kernel");
            const all = { labels, inputLengths: inputs, targetLengths: ofTargets };
            const results = ctcLoss(a, all);
            const found = withGrad ? ctcLossGrad(grad, a, all, results) : results.losses;
            k.free(results.alphas.storage);
            if (withGrad) k.free(results.losses.storage);
            return [found];
          },
          truth: () => {
            const { losses, grad } = truthOf(one, x, g);
            return [withGrad ? grad : losses];
          },
          tolerance: CLOSE,
          referenceTolerance: reference(dtype),
        });
      }),
    ),
  );

export const alignments = {
  ctcLoss: [{ name: "ctcLoss", cases: cases(false) }],
  ctcLossGrad: [{ name: "ctcLossGrad", cases: cases(true) }],
} satisfies Record<string, readonly Group[]>;
