/** @file Samples of convolution and pooling. */
import { apply } from "../../../src/autograd/apply.ts";
import type { Conv2dParams } from "../../../src/tensor/ops/conv.ts";
import { ops } from "../../../src/tensor/ops/index.ts";
import type { AvgPooling, Pooling, Windows } from "../../../src/tensor/ops/pooling.ts";
import { distinct, fixed, large, sample, type Table, x } from "./build.ts";

const plain: Windows = {
  shape: [2, 2, 3, 4],
  kernel: [2, 2],
  stride: [1, 1],
  padding: [0, 0],
  dilation: [1, 1],
  counts: [2, 3],
};
const wide: Windows = {
  shape: [1, 2, 4, 3],
  kernel: [2, 3],
  stride: [2, 1],
  padding: [1, 1],
  dilation: [2, 1],
  counts: [2, 4],
};
const many: Windows = {
  shape: [3, 4, 13, 11],
  kernel: [3, 3],
  stride: [2, 1],
  padding: [1, 1],
  dilation: [1, 1],
  counts: [7, 11],
};

const adaptive: Pooling = { shape: [1, 2, 5, 3], counts: [3, 2] };

/** Windows with divisors that differ from row to row and from column to column. */
function divided(windows: Pooling): AvgPooling {
  const [rows, columns] = windows.counts.map((count) => Array.from({ length: count }, (_, i) => i + 1));
  return { windows, divisors: { rows: rows as number[], columns: columns as number[] } };
}

/** As `plain`, on volumes of two planes with zeros around them. */
const deep: Conv2dParams["windows"] = {
  ...plain,
  depth: { length: 2, kernel: 2, stride: 1, padding: 1, dilation: 1, count: 3 },
};

export const convPool = {
  avgPool2d: [
    sample((a) => apply(ops.avgPool2d, [a], divided(plain)), x(2, 2, 3, 4)),
    sample((a) => apply(ops.avgPool2d, [a], divided(wide)), x(1, 2, 4, 3)),
    sample((a) => apply(ops.avgPool2d, [a], divided(adaptive)), x(1, 2, 5, 3)),
    large((a) => apply(ops.avgPool2d, [a], divided(many)), x(3, 4, 13, 11)),
  ],
  avgPool2dGrad: [
    sample((a) => apply(ops.avgPool2dGrad, [a], divided(plain)), x(2, 2, 2, 3)),
    sample((a) => apply(ops.avgPool2dGrad, [a], divided(wide)), x(1, 2, 2, 4)),
    sample((a) => apply(ops.avgPool2dGrad, [a], divided(adaptive)), x(1, 2, 3, 2)),
    large((a) => apply(ops.avgPool2dGrad, [a], divided(many)), x(3, 4, 7, 11)),
  ],
  conv2d: [
    sample(
      (a, w, b) => apply(ops.conv2d, [a, w, b], { windows: plain, groups: 1 }),
      x(2, 2, 3, 4),
      x(2, 2, 2, 2),
      x(2),
    ),
    sample((a, w) => apply(ops.conv2d, [a, w], { windows: wide, groups: 2 }), x(1, 2, 4, 3), x(2, 1, 2, 3)),
    sample(
      (a, w, b) => apply(ops.conv2d, [a, w, b], { windows: deep, groups: 1 }),
      x(2, 2, 2, 3, 4),
      x(1, 2, 2, 2, 2),
      x(1),
    ),
    large(
      (a, w, b) => apply(ops.conv2d, [a, w, b], { windows: many, groups: 2 }),
      x(3, 4, 13, 11),
      x(6, 2, 3, 3),
      x(6),
    ),
  ],
  conv2dInputGrad: [
    sample((g, w) => apply(ops.conv2dInputGrad, [g, w], { windows: plain, groups: 1 }), x(2, 2, 2, 3), x(2, 2, 2, 2)),
    sample((g, w) => apply(ops.conv2dInputGrad, [g, w], { windows: wide, groups: 2 }), x(1, 2, 2, 4), x(2, 1, 2, 3)),
    sample(
      (g, w) => apply(ops.conv2dInputGrad, [g, w], { windows: deep, groups: 1 }),
      x(2, 1, 3, 2, 3),
      x(1, 2, 2, 2, 2),
    ),
    large((g, w) => apply(ops.conv2dInputGrad, [g, w], { windows: many, groups: 2 }), x(3, 6, 7, 11), x(6, 2, 3, 3)),
  ],
  conv2dWeightGrad: [
    sample((a, g) => apply(ops.conv2dWeightGrad, [a, g], { windows: plain, groups: 1 }), x(2, 2, 3, 4), x(2, 2, 2, 3)),
    sample((a, g) => apply(ops.conv2dWeightGrad, [a, g], { windows: wide, groups: 2 }), x(1, 2, 4, 3), x(1, 2, 2, 4)),
    sample(
      (a, g) => apply(ops.conv2dWeightGrad, [a, g], { windows: deep, groups: 1 }),
      x(2, 2, 2, 3, 4),
      x(2, 1, 3, 2, 3),
    ),
    large((a, g) => apply(ops.conv2dWeightGrad, [a, g], { windows: many, groups: 2 }), x(3, 4, 13, 11), x(3, 6, 7, 11)),
  ],
  maxPool2d: [
    distinct((a) => apply(ops.maxPool2d, [a], plain), x(2, 2, 3, 4)),
    distinct((a) => apply(ops.maxPool2d, [a], wide), x(1, 2, 4, 3)),
    distinct((a) => apply(ops.maxPool2d, [a], adaptive), x(1, 2, 5, 3)),
    large((a) => apply(ops.maxPool2d, [a], many), x(3, 4, 13, 11)),
  ],
  maxPool2dGrad: [
    distinct((g, a) => apply(ops.maxPool2dGrad, [g, a], plain), x(2, 2, 2, 3), fixed(x(2, 2, 3, 4))),
    distinct((g, a) => apply(ops.maxPool2dGrad, [g, a], wide), x(1, 2, 2, 4), fixed(x(1, 2, 4, 3))),
    distinct((g, a) => apply(ops.maxPool2dGrad, [g, a], adaptive), x(1, 2, 3, 2), fixed(x(1, 2, 5, 3))),
    large((g, a) => apply(ops.maxPool2dGrad, [g, a], many), x(3, 4, 7, 11), fixed(x(3, 4, 13, 11))),
  ],
  maxPool2dIndices: [
    large((a) => apply(ops.maxPool2dIndices, [a], many), x(3, 4, 13, 11)),
    sample((a) => apply(ops.maxPool2dIndices, [a], plain), x(2, 2, 3, 4)),
  ],
} satisfies Table;
