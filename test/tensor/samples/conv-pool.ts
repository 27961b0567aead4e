/** @file Samples of convolution and pooling. */
import { apply } from "../../../src/autograd/apply.ts";
import { ops } from "../../../src/tensor/ops/index.ts";
import type { Windows } from "../../../src/tensor/ops/window-geometry.ts";
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

export const convPool = {
  sumWindows: [
    sample((a) => apply(ops.sumWindows, [a], plain), x(2, 2, 3, 4)),
    sample((a) => apply(ops.sumWindows, [a], wide), x(1, 2, 4, 3)),
    large((a) => apply(ops.sumWindows, [a], many), x(3, 4, 13, 11)),
  ],
  spreadWindows: [
    sample((a) => apply(ops.spreadWindows, [a], plain), x(2, 2, 2, 3)),
    sample((a) => apply(ops.spreadWindows, [a], wide), x(1, 2, 2, 4)),
    large((a) => apply(ops.spreadWindows, [a], many), x(3, 4, 7, 11)),
  ],
  convolution: [
    sample(
      (a, w, b) => apply(ops.convolution, [a, w, b], { windows: plain, groups: 1 }),
      x(2, 2, 3, 4),
      x(2, 2, 2, 2),
      x(2),
    ),
    sample((a, w) => apply(ops.convolution, [a, w], { windows: wide, groups: 2 }), x(1, 2, 4, 3), x(2, 1, 2, 3)),
    large(
      (a, w, b) => apply(ops.convolution, [a, w, b], { windows: many, groups: 2 }),
      x(3, 4, 13, 11),
      x(6, 2, 3, 3),
      x(6),
    ),
  ],
  convolutionGradInput: [
    sample(
      (g, w) => apply(ops.convolutionGradInput, [g, w], { windows: plain, groups: 1 }),
      x(2, 2, 2, 3),
      x(2, 2, 2, 2),
    ),
    sample(
      (g, w) => apply(ops.convolutionGradInput, [g, w], { windows: wide, groups: 2 }),
      x(1, 2, 2, 4),
      x(2, 1, 2, 3),
    ),
    large(
      (g, w) => apply(ops.convolutionGradInput, [g, w], { windows: many, groups: 2 }),
      x(3, 6, 7, 11),
      x(6, 2, 3, 3),
    ),
  ],
  convolutionGradWeight: [
    sample(
      (a, g) => apply(ops.convolutionGradWeight, [a, g], { windows: plain, groups: 1 }),
      x(2, 2, 3, 4),
      x(2, 2, 2, 3),
    ),
    sample(
      (a, g) => apply(ops.convolutionGradWeight, [a, g], { windows: wide, groups: 2 }),
      x(1, 2, 4, 3),
      x(1, 2, 2, 4),
    ),
    large(
      (a, g) => apply(ops.convolutionGradWeight, [a, g], { windows: many, groups: 2 }),
      x(3, 4, 13, 11),
      x(3, 6, 7, 11),
    ),
  ],
  maxWindows: [
    distinct((a) => apply(ops.maxWindows, [a], plain), x(2, 2, 3, 4)),
    distinct((a) => apply(ops.maxWindows, [a], wide), x(1, 2, 4, 3)),
    large((a) => apply(ops.maxWindows, [a], many), x(3, 4, 13, 11)),
  ],
  maxWindowsGrad: [
    distinct((g, a) => apply(ops.maxWindowsGrad, [g, a], plain), x(2, 2, 2, 3), fixed(x(2, 2, 3, 4))),
    distinct((g, a) => apply(ops.maxWindowsGrad, [g, a], wide), x(1, 2, 2, 4), fixed(x(1, 2, 4, 3))),
    large((g, a) => apply(ops.maxWindowsGrad, [g, a], many), x(3, 4, 7, 11), fixed(x(3, 4, 13, 11))),
  ],
  maxWindowsIndices: [
    large((a) => apply(ops.maxWindowsIndices, [a], many), x(3, 4, 13, 11)),
    sample((a) => apply(ops.maxWindowsIndices, [a], plain), x(2, 2, 3, 4)),
  ],
} satisfies Table;
