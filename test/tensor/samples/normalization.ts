/** @file Samples of normalization. */
import { batchNorm, groupNorm, instanceNorm, layerNorm, rmsNorm } from "../../../src/nn/functional/normalization.ts";
import { fixed, large, positive, sample, type Table, x } from "./build.ts";

export const normalizations = {
  groupNorm: [
    sample((a, w, b) => layerNorm(a, [3], w, b), x(2, 3), x(3), x(3)),
    sample((a) => layerNorm(a, [2, 3]), x(2, 2, 3)),
    sample((a, w) => layerNorm(a.transpose(0, 1), [2, 2], w), x(2, 3, 2), x(2, 2)),
    sample((a, b) => layerNorm(a, [3], { bias: b }), x(3), x(3)),
    sample((a, w, b) => layerNorm(a, [3], w, b), x(0, 3), x(3), x(3)),
    sample((a, w, b) => groupNorm(a, 2, w, b), x(2, 4, 2), x(4), x(4)),
    sample((a) => groupNorm(a, 2), x(2, 4)),
    sample((a, w, b) => instanceNorm(a, null, null, w, b), x(2, 2, 3), x(2), x(2)),
    large((a, w, b) => layerNorm(a, [37], w, b), x(19, 37), x(37), x(37)),
    large((a) => layerNorm(a, [37]), x(19, 37)),
    large((a, w, b) => groupNorm(a, 3, w, b), x(5, 6, 7, 3), x(6), x(6)),
    large((a, w) => groupNorm(a, 2, w), x(19, 10), x(10)),
  ],
  rmsNorm: [
    sample((a, w) => rmsNorm(a, [3], w), x(2, 3), x(3)),
    sample((a, w) => rmsNorm(a.transpose(0, 1), [2, 2], w), x(2, 3, 2), x(2, 2)),
    sample((a) => rmsNorm(a, [3], { eps: 0.1 }), x(2, 2, 3)),
    sample((a, w) => rmsNorm(a, [3], w), x(0, 3), x(3)),
    large((a, w) => rmsNorm(a, [37], w), x(19, 37), x(37)),
    large((a) => rmsNorm(a, [37]), x(19, 37)),
  ],
  batchNorm: [
    sample((a, w, b) => batchNorm(a, null, null, w, b, true), x(3, 2), x(2), x(2)),
    sample((a) => batchNorm(a, null, null, { training: true }), x(2, 2, 2)),
    sample((a, w) => batchNorm(a.transpose(0, 1), null, null, w, null, true), x(2, 3, 2), x(2)),
    sample((a, m, v, w, b) => batchNorm(a, m, v, w, b), x(3, 2), fixed(x(2)), fixed(positive(2)), x(2), x(2)),
    sample((a, m, v) => batchNorm(a, m, v), x(2, 2, 3), fixed(x(2)), fixed(positive(2))),
    large((a, w, b) => batchNorm(a, null, null, w, b, true), x(19, 37), x(37), x(37)),
    large((a, w, b) => batchNorm(a, null, null, w, b, true), x(5, 6, 7, 3), x(6), x(6)),
    large((a, m, v, w, b) => batchNorm(a, m, v, w, b), x(5, 6, 7), fixed(x(6)), fixed(positive(6)), x(6), x(6)),
    large((a, m, v) => batchNorm(a, m, v), x(19, 37), fixed(x(37)), fixed(positive(37))),
  ],
} satisfies Table;
