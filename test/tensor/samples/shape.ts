/** @file Samples of views, joins and indexing. */
import { apply } from "../../../src/autograd/apply.ts";
import type { StridedView } from "../../../src/autograd/view-tracking.ts";
import type { Tensor } from "../../../src/entry/index.ts";
import * as tapegrad from "../../../src/entry/index.ts";
import { ops } from "../../../src/tensor/ops/index.ts";
import type { SliceParams } from "../../../src/tensor/ops/view.ts";
import { big, distinct, index, large, mask, type SampleInput, sample, sizeOf, type Table, x } from "./build.ts";

function viewOf(shape: number[], strides: number[], offset: number, layout: number[]): StridedView {
  return { shape, strides, offset, layout };
}

function scatterAdd(a: Tensor, shape: number[], view: StridedView): Tensor {
  return apply(ops.stridedScatterAdd, [a], { shape, view });
}

function sliceBackward(a: Tensor, shape: number[], slice: SliceParams): Tensor {
  return apply(ops.sliceBackward, [a], { shape, slice });
}

/** Indices below a size, some of them more than once. */
function manyIndices(shape: readonly number[], size: number): SampleInput {
  return index(shape, ...Array.from({ length: sizeOf(shape) }, (_, i) => (i * 7) % size));
}

/** A tensor of which a view, and a view of that view, were changed in place. */
function inPlaceOnView(a: Tensor, b: Tensor): Tensor {
  const y = a.mul(2);
  const row = y.select(0, 1);
  row.mul_(b);
  row.slice(0, 0, null, 2).add_(row.select(0, 0).mul(0.5));
  return y.add(row);
}

export const shape = {
  view: [
    sample((a) => a.reshape(3, 2), x(2, 3)),
    sample((a) => a.flatten(), x(2, 3)),
    sample((a) => a.reshape(1, 1), x()),
    sample((a) => a.unflatten(0, [3, 2]), x(6)),
    sample((a) => a.contiguous().view(-1), x(2, 3)),
    sample((a) => a.reshape(3, 0), x(0, 3)),
    large((a) => a.reshape(37, 19), big()),
  ],
  expand: [
    sample((a) => a.expand(2, 3), x(2, 1)),
    sample((a) => a.expand(2, -1, 3), x(2, 1)),
    sample((a) => a.expand(2), x()),
    sample((a) => a.repeat(2, 2), x(2)),
    large((a) => a.expand(19, 37).mul(2), x(37)),
  ],
  permute: [sample((a) => a.permute(2, 0, 1), x(2, 3, 2)), large((a) => a.permute(2, 0, 1).mul(2), x(5, 11, 7))],
  transpose: [
    sample((a) => a.transpose(0, 2), x(2, 3, 2)),
    sample((a) => a.transpose(0, 0), x()),
    large((a) => a.transpose(0, 1).mul(2), big()),
  ],
  t: [sample((a) => a.t(), x(2, 3)), sample((a) => a.t(), x(3)), large((a) => a.t().exp(), big())],
  unsqueeze: [sample((a) => a.unsqueeze(1), x(2, 3)), sample((a) => a.unsqueeze(-1), x())],
  squeeze: [sample((a) => a.squeeze(), x(2, 1, 3, 1)), sample((a) => a.squeeze(), x())],
  squeezeDim: [sample((a) => a.squeeze(1), x(2, 1, 3)), sample((a) => a.squeeze(0), x(2, 1, 3))],
  slice: [
    sample((a) => a.slice(0, 1, null, 2), x(4, 2)),
    sample((a) => a.narrow(1, 1, 2), x(2, 3)),
    sample((a) => a.slice(1, 2, 1), x(2, 3)),
    sample((a) => a.split([1, 2], 1), x(2, 3)),
    sample((a) => a.chunk(2), x(3, 2)),
    large((a) => a.slice(1, 3, 30, 4).mul(2), big()),
  ],
  select: [
    sample((a) => a.select(0, 1), x(2, 3)),
    sample((a) => a.select(-1, -1), x(2, 3)),
    sample((a) => a.unbind(1), x(2, 3)),
    sample((a) => a.at([0, 2], 1), x(3, 3)),
    large((a) => a.select(1, 30).mul(2), big()),
  ],
  unfold: [
    sample((a) => a.unfold(0, 3, 1), x(5)),
    sample((a) => a.unfold(1, 2, 2), x(2, 5)),
    sample((a) => a.unfold(0, 1, 1), x()),
    large((a) => a.unfold(1, 5, 2).mul(2), big()),
  ],
  diagonal: [
    sample((a) => a.diagonal(), x(3, 3)),
    sample((a) => a.diagonal(-1), x(3, 2)),
    sample((a) => a.diagonal(1, -1, 0), x(2, 3, 4)),
    sample((a) => a.diag(1), x(3)),
    large((a) => a.diagonal(3).mul(2), big()),
  ],
  asStrided: [
    sample((a) => apply(ops.asStrided, [a.contiguous()], viewOf([3, 2], [1, 2], 1, [3, 1])), x(2, 3)),
    sample(inPlaceOnView, x(2, 3), x(3)),
    large(inPlaceOnView, big(), x(37)),
  ],
  restride: [
    sample((a) => apply(ops.restride, [a], [1, 2]), x(2, 3)),
    large((a) => apply(ops.restride, [a], [1, 19]), big()),
  ],
  stridedScatterAdd: [
    sample((a) => scatterAdd(a, [2, 3], viewOf([3, 2], [1, 2], 0, [3, 1])), x(3, 2)),
    large((a) => scatterAdd(a, [19, 37], viewOf([18, 36], [37, 1], 3, [37, 1])), x(18, 36)),
  ],
  cat: [
    sample((a, b) => tapegrad.cat([a, b]), x(2, 3), x(1, 3)),
    sample((a, b) => tapegrad.cat([a, b, a], -1), x(2, 1), x(2, 2)),
    sample((a, b) => tapegrad.stack([a, b], 1), x(2, 2), x(2, 2)),
    sample((a, b) => tapegrad.cat([a, b]), x(0), x(2, 3)),
    large((a, b) => tapegrad.cat([a, b], 1), big(), x(19, 5)),
  ],
  sliceBackward: [
    sample((a) => sliceBackward(a, [4, 2], { dim: 0, start: 1, end: 4, step: 2 }), x(2, 2)),
    large((a) => sliceBackward(a, [19, 40], { dim: 1, start: 3, end: 40, step: 1 }), big()),
  ],
  flip: [sample((a) => a.flip(0), x(2, 3)), sample((a) => a.flip(0, 1), x(2, 3)), large((a) => a.flip(1), big())],
  roll: [
    sample((a) => a.roll(1), x(2, 3)),
    sample((a) => a.roll([1, -1], [0, 1]), x(2, 3)),
    large((a) => a.roll(5, 1), big()),
  ],
  pad: [
    sample((a) => a.pad([1, 2]), x(2, 3)),
    sample((a) => a.pad([-1, 1, 0, 2], { value: 1.5 }), x(2, 3)),
    large((a) => a.pad([1, 2, 3, 4]), big()),
  ],
  padEdges: [
    sample((a) => a.pad([2, 1], "reflect"), x(2, 3)),
    sample((a) => a.pad([1, 2, 1, 0], "reflect"), x(2, 2, 3)),
    sample((a) => a.pad([-1, 2], "reflect"), x(2, 3)),
    sample((a) => a.pad([3, 1, 0, 2], "replicate"), x(1, 2, 2, 2)),
    sample((a) => a.pad([1, -1], "replicate"), x(2, 3)),
    sample((a) => a.pad([2, 1, 0, 1], "circular"), x(1, 1, 2, 2)),
    large((a) => a.pad([3, 4, 5, 2], "reflect"), big(2, 19, 37)),
    large((a) => a.pad([3, 4, 5, 2], "replicate"), big(2, 19, 37)),
    large((a) => a.pad([3, 4, 5, 2], "circular"), big(1, 2, 19, 37)),
  ],
  padEdgesGrad: [
    sample(
      (a) => apply(ops.padEdgesGrad, [a], { mode: "reflect", before: [0, 2], after: [0, 1], shape: [2, 3] }),
      x(2, 6),
    ),
    sample(
      (a) => apply(ops.padEdgesGrad, [a], { mode: "replicate", before: [1, 2], after: [2, 1], shape: [1, 1] }),
      x(4, 4),
    ),
    large(
      (a) => apply(ops.padEdgesGrad, [a], { mode: "circular", before: [0, 7], after: [0, 2], shape: [19, 28] }),
      big(),
    ),
  ],
  tril: [sample((a) => a.tril(), x(3, 3)), sample((a) => a.tril(-1), x(2, 2, 3)), large((a) => a.tril(4), big())],
  triu: [sample((a) => a.triu(), x(3, 3)), sample((a) => a.triu(1), x(2, 2, 3)), large((a) => a.triu(-3), big())],
  gather: [
    sample((a, i) => a.gather(0, i), x(3, 2), index([2, 2], 0, 2, 2, 2)),
    sample((a, i) => a.gather(1, i), x(2, 3), index([2, 1], 2, 0)),
    sample((a, i) => a.gather(0, i), x(), index([], 0)),
    distinct((a) => a.sort(-1, true).values, x(2, 3)),
    distinct((a) => a.topk(2, 0).values, x(4, 2)),
    large((a) => a.sort(1).values, big()),
  ],
  scatter: [
    sample((a, i, s) => a.scatter(0, i, s), x(3, 2), index([2, 2], 0, 1, 2, 0), x(2, 2)),
    sample((a, i, s) => a.scatter(1, i, s), x(2, 3), index([2, 1], 2, 0), x(2, 2)),
    sample((a, i) => a.scatter(1, i, 1.5), x(2, 3), index([2, 1], 2, 0)),
  ],
  scatterAdd: [
    sample((a, i, s) => a.scatterAdd(0, i, s), x(3, 2), index([2, 2], 1, 1, 1, 0), x(2, 2)),
    sample((a, i, s) => a.scatterAdd(1, i, s), x(2, 3), index([2, 1], 2, 2), x(2, 2)),
  ],
  scatterProd: [
    sample((a, i, s) => a.scatterReduce(0, i, s, "prod"), x(3, 2), index([2, 2], 1, 1, 1, 0), x(2, 2)),
    sample(
      (a, i, s) => a.scatterReduce(1, i, s, "prod", { includeSelf: false }),
      x(2, 3),
      index([2, 1], 2, 2),
      x(2, 2),
    ),
    large((a, i) => a.scatter(1, i, 2, { reduce: "multiply" }), big(), manyIndices([19, 40], 37)),
  ],
  scatterAmax: [
    distinct((a, i, s) => a.scatterReduce(0, i, s, "amax"), x(3, 2), index([2, 2], 1, 1, 1, 0), x(2, 2)),
    distinct(
      (a, i, s) => a.scatterReduce(1, i, s, "amax", { includeSelf: false }),
      x(2, 3),
      index([2, 1], 2, 2),
      x(2, 2),
    ),
    large((a, i, s) => a.scatterReduce(1, i, s, "amax"), big(), manyIndices([19, 40], 37), x(19, 40)),
  ],
  scatterAmin: [
    distinct((a, i, s) => a.scatterReduce(0, i, s, "amin"), x(3, 2), index([2, 2], 1, 1, 1, 0), x(2, 2)),
    large((a, i, s) => a.scatterReduce(1, i, s, "amin"), big(), manyIndices([19, 40], 37), x(19, 40)),
  ],
  index: [
    sample((a, i) => a.at(null, i), x(2, 3), index([2], -1, 0)),
    sample((a, i, j) => a.at(i, j), x(2, 3), index([2, 1], 1, 0), index([2], 2, 0)),
    sample((a, i, j) => a.at(i, null, j), x(2, 2, 3), index([2, 1], 1, 0), index([2], 2, 0)),
    sample((a, i) => a.t().at(i, i), x(3, 2), index([2], 1, 0)),
    sample((a, m) => a.at(m), x(2, 2), mask([2, 2], 1, 0, 1, 1)),
    sample((a, m) => a.at("...", m), x(2, 3), mask([3], 1, 0, 1)),
    large((a, i, j) => a.at(i, j), big(), manyIndices([20, 30], 19), manyIndices([30], 37)),
  ],
  indexGrad: [
    sample(
      (g, i) => apply(ops.indexGrad, [g, i], { dims: [1], shape: [3], input: [2, 4] }),
      x(2, 3),
      index([3], 1, 3, 1),
    ),
    large(
      (g, i) => apply(ops.indexGrad, [g, i], { dims: [0], shape: [19], input: [30, 37] }),
      big(),
      index([19], ...Array.from({ length: 19 }, (_, i) => (i * 5) % 30)),
    ),
  ],
  indexPut: [
    sample((a, i, s) => a.indexPut([i], s), x(3, 2), index([2], 2, 0), x(2, 2)),
    sample((a, i, s) => a.indexPut([i], s, true), x(3, 2), index([3], 2, 0, 2), x(3, 2)),
    sample((a, i, s) => a.indexPut([i, i], s), x(3, 3), index([2], 2, 0), x()),
    sample((a, i, s) => a.clone().setAt([i, ":", i], s), x(2, 2, 2), index([2], 1, 0), x(2)),
    sample((a, m, s) => a.clone().setAt(m, s), x(2, 3), mask([2], 1, 0), x(3)),
    sample((a, m, s) => a.maskedScatter(m, s), x(2, 3), mask([2, 3], 1, 0, 0, 1, 0, 1), x(4)),
    sample((a, i, s) => a.put(i, s, true), x(2, 3), index([2, 2], 1, -1, 0, 1), x(4)),
    large((a, i, s) => a.indexPut([i], s), big(), index([4], 18, 0, 3, -2), x(4, 37)),
    large((a, i, s) => a.indexPut([i], s, true), big(), index([4], 18, 0, 3, 3), x(4, 37)),
  ],
  maskedFill: [
    sample((a, m) => a.maskedFill(m, 1.5), x(2, 3), mask([3], 1, 0, 1)),
    sample((a, m, s) => a.maskedFill(m, s), x(2, 3), mask([2, 1], 1, 0), x()),
    large((a, m) => a.maskedFill(m, 1.5), big(), mask([19, 1], ...Array.from({ length: 19 }, (_, i) => i % 2))),
  ],
  indexAdd: [
    sample((a, i, s) => a.indexAdd(0, i, s), x(3, 2), index([2], 2, 2), x(2, 2)),
    sample((a, i, s) => a.indexAdd(1, i, s, { alpha: 2 }), x(2, 3), index([2], 2, 0), x(2, 2)),
    sample((a, i, s) => a.indexAdd(0, i, s), x(), index([], 0), x()),
    large((a, i, s) => a.indexAdd(0, i, s), big(), index([4], 18, 0, 3, 3), x(4, 37)),
  ],
  indexCopy: [
    sample((a, i, s) => a.indexCopy(0, i, s), x(3, 2), index([2], 2, 0), x(2, 2)),
    large((a, i, s) => a.indexCopy(1, i, s), big(), index([4], 18, 0, 3, 36), x(19, 4)),
  ],
  indexFill: [
    sample((a, i) => a.indexFill(1, i, 1.5), x(2, 3), index([2], 2, 0)),
    sample((a, i, s) => a.indexFill(1, i, s), x(2, 3), index([3], 2, 0, 2), x()),
    sample((a, i, s) => a.indexFill(0, i, s), x(), index([], 0), x()),
    large((a, i) => a.indexFill(0, i, 1.5), big(), index([4], 18, 0, 3, 3)),
  ],
  flatIndex: [
    sample((i) => apply(ops.flatIndex, [i], { shape: [2, 2], sizes: [2], dims: [0] }), index([2, 2], 1, 0, -1, 0)),
    large((i) => apply(ops.flatIndex, [i], { shape: [700], sizes: [40], dims: [0] }), manyIndices([700], 40)),
  ],
  indexSelect: [
    sample((a, i) => a.indexSelect(0, i), x(3, 2), index([3], 2, 0, 2)),
    sample((a, i) => a.indexSelect(0, i), x(3), index([0])),
    large((a, i) => a.indexSelect(0, i), big(), index([4], 18, 0, 3, 3)),
  ],
  indexAddInto: [
    sample((a, i) => apply(ops.indexAddInto, [a, i], { shape: [3, 2], dim: 0 }), x(2, 2), index([2], 1, 1)),
    large(
      (a, i) => apply(ops.indexAddInto, [a, i], { shape: [30, 37], dim: 0 }),
      big(),
      index([19], ...Array.from({ length: 19 }, (_, i) => (i * 5) % 30)),
    ),
  ],
  cummaxIndices: [
    distinct((a) => a.cummax(0).values, x(4, 2)),
    distinct((a) => a.cummax(-1).values, x(2, 4)),
    sample((a) => a.cummax(0).indices, x()),
    large((a) => a.cummax(1).values, big()),
  ],
  cumminIndices: [distinct((a) => a.cummin(1).values, x(2, 3, 2)), large((a) => a.cummin(0).values, big())],
  longestRun: [sample((a) => a.round().mode().indices, x(3, 5)), distinct((a) => a.mode(0).values, x(4, 2))],
  insertionPoints: [
    sample((a, b) => tapegrad.searchsorted(a.sort().values, b), x(5), x(2, 3)),
    sample((a, b) => tapegrad.searchsorted(a.sort().values, b, { right: true }), x(2, 5), x(2, 3)),
    sample((a, b) => tapegrad.bucketize(b, a.sort().values), x(5), x()),
  ],
  argsort: [
    sample((a) => a.argsort(), x(2, 3)),
    sample((a) => a.argsort(0, true), x(2, 3)),
    sample((a) => a.argsort(), x()),
    large((a) => a.argsort(1), big()),
  ],
  topk: [
    sample((a) => a.topk(2).values, x(2, 3)),
    sample((a) => a.topk(2, 0, false).indices, x(4, 3)),
    large((a) => a.topk(5, 0).values, big()),
  ],
  selectRank: [
    sample((a) => a.kthvalue(2).values, x(2, 3)),
    sample((a) => a.kthvalue(1, 0).indices, x(4, 3)),
    large((a) => a.kthvalue(7, 1).values, big()),
  ],
  nonzero: [sample((a) => a.nonzero(), x(2, 3)), large((a) => a.gt(0).nonzero(), big())],
} satisfies Table;
