/** @file Samples of weighted sums of elements at given positions, and of alignments. */
import { apply } from "../../../src/autograd/apply.ts";
import type { Tensor } from "../../../src/entry/index.ts";
import { interpolate } from "../../../src/nn/functional/upsampling.ts";
import { gridSample } from "../../../src/nn/functional/vision.ts";
import { ctcLosses } from "../../../src/tensor/ops/ctc.ts";
import { ops } from "../../../src/tensor/ops/index.ts";
import { drawn, index, large, sample, spread, type Table, x } from "./build.ts";

/** Positions of x: −1 is none. */
const places = index([2, 2, 3], 0, 3, -1, 1, 1, 2, 3, 0, 0, -1, 2, 1);
const many = index([1, 2, 40], ...Array.from({ length: 80 }, (_, i) => ((i * 7) % 20) - 1));

/** Points between the pixels of an image, some of them beyond its edges. */
const points = (...shape: number[]) => drawn(shape, spread(-1.2, 1.2));
const logs = (...shape: number[]) => drawn(shape, spread(-3, -0.2));

/** The losses of targets, whose classes are no blanks. */
function ctc(targets: readonly (readonly number[])[], inputLengths: readonly number[]): (logProbs: Tensor) => Tensor {
  const targetLengths = targets.map(({ length }) => length);
  const width = 2 * Math.max(...targetLengths) + 1;
  const labels = targets.flatMap((list) =>
    Array.from({ length: width }, (_, s) => (s % 2 === 1 ? (list[(s - 1) / 2] ?? 0) : 0)),
  );
  const all = { labels: Int32Array.from(labels), width, inputLengths, targetLengths };
  return (logProbs) => ctcLosses(apply, logProbs, all);
}

/** Positions in a table of three rows; starts of three bags, of which the first is empty, and their end; the bag of each. */
const bagged = [index([4], 2, 0, 2, 1), index([4], 0, 0, 1, 4), index([4], 1, 2, 2, 2)];
const bags = (a: Tensor, f: Tensor, places: Tensor, starts: Tensor, of: Tensor) =>
  apply(ops.embeddingBag, [a, places, starts, f, of], null);

export const sampling = {
  weightedRows: [
    sample((a) => interpolate(a, 5, { mode: "linear" }), x(1, 2, 3)),
    sample((a) => interpolate(a, [4, 2], { mode: "bilinear", alignCorners: true }), x(1, 1, 3, 4)),
    sample((a) => interpolate(a, [2, 5], { mode: "bicubic" }), x(1, 1, 4, 3)),
    sample((a) => interpolate(a, [3, 4]), x(1, 2, 2, 3)),
    large((a) => interpolate(a, { scaleFactor: 2, mode: "bilinear" }), x(2, 3, 19, 7)),
    large((a) => interpolate(a, [4, 5, 3], { mode: "trilinear" }), x(1, 3, 5, 7, 9)),
  ],
  embeddingBag: [sample(bags, x(3, 2), x(4), ...bagged), large(bags, x(3, 37), x(4), ...bagged)],
  gatherSum: [
    sample((a, i, w) => apply(ops.gatherSum, [a, i, w], null), x(2, 3, 4), places, x(2, 2, 3)),
    sample((a, g) => gridSample(a, g, { alignCorners: false }), x(1, 2, 3, 2), points(1, 2, 2, 2)),
    large((a, i, w) => apply(ops.gatherSum, [a, i, w], null), x(1, 3, 19), many, x(1, 2, 40)),
  ],
  scatterSum: [
    sample((g, i, w) => apply(ops.scatterSum, [g, i, w], { size: 4 }), x(2, 3, 3), places, x(2, 2, 3)),
    large((g, i, w) => apply(ops.scatterSum, [g, i, w], { size: 19 }), x(1, 3, 40), many, x(1, 2, 40)),
  ],
  gatherDot: [
    sample((g, a, i) => apply(ops.gatherDot, [g, a, i], null), x(2, 3, 3), x(2, 3, 4), places),
    large((g, a, i) => apply(ops.gatherDot, [g, a, i], null), x(1, 3, 40), x(1, 3, 19), many),
  ],
  ctcLoss: [
    sample(ctc([[1, 2], [2]], [4, 3]), logs(4, 2, 3)),
    sample(ctc([[1, 1]], [3]), logs(3, 1, 3)),
    sample(ctc([[2], [1, 2, 1]], [3, 4]), logs(4, 2, 3)),
    large(
      ctc(
        [
          [1, 2],
          [4, 4, 1],
        ],
        [9, 7],
      ),
      logs(9, 2, 5),
    ),
  ],
} satisfies Table;
