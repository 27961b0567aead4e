/** @file Samples of products, reductions and softmax. */
import { apply } from "../../../src/autograd/apply.ts";
import type { Tensor } from "../../../src/entry/index.ts";
import { cosineSimilarity, pdist } from "../../../src/nn/functional/distance.ts";
import { nllLoss } from "../../../src/nn/functional/loss.ts";
import { cdist } from "../../../src/tensor/functions/distances.ts";
import { linear } from "../../../src/tensor/functions/matmul.ts";
import { ops } from "../../../src/tensor/ops/index.ts";
import {
  big,
  drawn,
  fixed,
  index,
  large,
  mask,
  ofOne,
  overDims,
  positive,
  reduction,
  sample,
  sizeOf,
  softmaxLike,
  spread,
  type Table,
  unit,
  x,
} from "./build.ts";

/** The gradient of losses [2] for log-probabilities [2,3], which the GPU composes of other operations. */
function nllGrads(reduction: "none" | "mean", weighted: boolean): (...inputs: Tensor[]) => Tensor {
  return (...inputs) => {
    const [g, t, w] = inputs as [Tensor, Tensor, Tensor?];
    if (g.device === "cpu") {
      return apply(ops.nllLossGrad, inputs, { ignoreIndex: -100, reduction, weighted, shape: [2, 3] });
    }
    const ignored = t.eq(-100);
    const places = t.maskedFill(ignored, 0);
    const weights = (w === undefined ? g.newOnes([2]) : w.gather(0, places)).maskedFill(ignored, 0);
    const each = g.mul(reduction === "mean" ? weights.div(weights.sum()) : weights).neg();
    return g.newZeros([2, 3]).scatter(1, places.unsqueeze(1), each.unsqueeze(1));
  };
}

/** The gradient of distances for the first rows, which the GPU composes of other operations. */
function distanceGrads(p: 1 | 2): (g: Tensor, a: Tensor, b: Tensor) => Tensor {
  return (g, a, b) => {
    const found = cdist(a, b, p, "donot_use_mm_for_euclid_dist");
    if (g.device === "cpu") return apply(ops.cdistGrad, [g, a, b, found], p);
    const apart = a.unsqueeze(1).sub(b.unsqueeze(0));
    return (p === 1 ? apart.sign() : apart.div(found.unsqueeze(2))).mul(g.unsqueeze(2)).sum(1);
  };
}

export const contractions = {
  mm: [
    sample((a, b) => a.mm(b), x(2, 3), x(3, 2)),
    sample((a, b) => a.matmul(b.t()), x(2, 3), x(2, 3)),
    sample((a, b) => a.matmul(b), x(3), x(3, 2)),
    sample((a, b) => a.matmul(b), x(2, 3), x(3)),
    sample((a, b) => a.matmul(b), x(3), x(3)),
    sample((a, b) => a.matmul(b), x(2, 2, 3), x(3, 2)),
    sample((a, b) => a.mm(b), x(2, 0), x(0, 2)),
    large((a, b) => a.mm(b), x(19, 37), x(37, 23)),
    large((a, b) => a.t().mm(b.t()), x(37, 19), x(23, 37)),
  ],
  bmm: [
    sample((a, b) => a.bmm(b), x(2, 2, 3), x(2, 3, 2)),
    sample((a, b) => a.matmul(b), x(2, 1, 2, 3), x(2, 3, 2)),
    sample((a, b) => a.matmul(b), x(2, 3), x(2, 3, 2)),
    sample((a, b) => a.matmul(b), x(2, 2, 3), x(3)),
    large((a, b) => a.bmm(b), x(3, 11, 13), x(3, 13, 9)),
  ],
  linear: [
    sample((a, w, b) => linear(a, w, b), x(2, 3), x(2, 3), x(2)),
    sample((a, w, b) => linear(a, w, b), x(2, 2, 3), x(2, 3), x(2)),
    sample((a, w, b) => linear(a, w, b), x(3), x(2, 3), x(2)),
    sample((a, w) => linear(a, w), x(2, 3), x(2, 3)),
    large((a, w, b) => linear(a, w, b), x(19, 37), x(23, 37), x(23)),
  ],
  sum: [
    ...reduction((a, dim, keepdim) => a.sum(dim, keepdim)),
    ...reduction((a, dim, keepdim) => a.mean(dim, keepdim)),
    ...overDims((a) => a.sum([0, 2])),
    ...overDims((a) => a.logsumexp([0, 2], true)),
    sample((a) => a.sum(), x(0)),
    sample((a) => a.sum(1), x(2, 0)),
  ],
  prod: [
    ...reduction(
      (a, dim, keepdim) => a.prod(dim, keepdim),
      (...shape) => drawn(shape, spread(0.9, 1.1)),
    ),
    sample((a) => a.prod(1), { shape: [2, 3], values: [1.5, 0, -2, 0, 0, 3] }),
  ],
  amax: [...reduction((a, dim, keepdim) => a.amax(dim, keepdim)), ...overDims((a) => a.amax([0, 2], true))],
  amin: [...reduction((a, dim, keepdim) => a.amin(dim, keepdim)), ...overDims((a) => a.amin([2, 0]))],
  max: [
    ...ofOne((a) => a.max()).filter(({ inputs }) => sizeOf(inputs[0]?.shape ?? []) > 0),
    ...reduction((a, dim, keepdim) => a.max(dim ?? 0, keepdim).values),
  ].map((s) => ({ ...s, distinct: true })),
  min: [
    ...ofOne((a) => a.min()).filter(({ inputs }) => sizeOf(inputs[0]?.shape ?? []) > 0),
    ...reduction((a, dim, keepdim) => a.min(dim ?? 0, keepdim).values),
  ].map((s) => ({ ...s, distinct: true })),
  any: reduction((a, dim, keepdim) => a.gt(1.5).any(dim, keepdim)),
  all: reduction((a, dim, keepdim) => a.lt(1.5).all(dim, keepdim)),
  argmax: reduction((a, dim, keepdim) => a.argmax(dim, keepdim)),
  argmin: reduction((a, dim, keepdim) => a.argmin(dim, keepdim)),
  cumsum: [
    sample((a) => a.cumsum(0), x(2, 3)),
    sample((a) => a.cumsum(-1), x(2, 3, 2)),
    sample((a) => a.cumsum(0), x()),
    sample((a) => a.cumsum(1), x(0, 2)),
    large((a) => a.cumsum(1), big()),
  ],
  logcumsumexp: [
    sample((a) => a.logcumsumexp(0), x(2, 3)),
    sample((a) => a.logcumsumexp(-1), x(2, 3, 2)),
    sample((a) => a.logcumsumexp(0), x()),
    sample((a) => a.logcumsumexp(1), x(0, 2)),
    large((a) => a.logcumsumexp(1), big()),
  ],
  cumprod: [
    sample((a) => a.cumprod(0), x(2, 3)),
    sample((a) => a.cumprod(-1), x(2, 3, 2)),
    sample((a) => a.mul(a.gt(0).to(a.dtype)).cumprod(1), x(2, 4)),
    sample((a) => a.cumprod(0), x()),
    sample((a) => a.cumprod(1), x(0, 2)),
    large((a) => a.cumprod(1), big()),
  ],
  variance: [
    ...reduction((a, dim, keepdim) => a.var(dim, { keepdim: keepdim ?? false, correction: 0 })),
    ...overDims((a) => a.var([2, 0], { keepdim: true })),
    sample((a) => a.std(1), x(2, 3)),
  ],
  norm2: [...reduction((a, dim, keepdim) => a.norm(2, dim, keepdim)), ...overDims((a) => a.norm(2, [0, 2]))],
  normP: [
    ...[3, 1.5, 0.5, -1].flatMap((p) => reduction((a, dim, keepdim) => a.norm(p, dim, keepdim), positive)),
    ...reduction((a, dim, keepdim) => a.norm(3, dim, keepdim)),
    ...reduction((a, dim, keepdim) => a.norm(1, dim, keepdim)),
    ...reduction((a, dim, keepdim) => a.norm(Number.POSITIVE_INFINITY, dim, keepdim), positive),
  ],
  maskedSoftmax: [
    sample((a) => apply(ops.maskedSoftmax, [a], { scale: 0.5, causal: false }), x(2, 3)),
    sample((a) => apply(ops.maskedSoftmax, [a], { scale: 2, causal: true }), x(2, 3, 3)),
    sample((a, m) => apply(ops.maskedSoftmax, [a, m], { scale: 0.5, causal: false }), x(2, 2, 3), x(2, 3)),
    sample((a, m) => apply(ops.maskedSoftmax, [a, m], { scale: 0.5, causal: false }), x(2, 2, 1, 3), x(2, 1, 1, 1)),
    sample((a, m) => apply(ops.maskedSoftmax, [a, m], { scale: 1, causal: false }), x(2, 3), mask([3], 1, 0, 1)),
    large((a) => apply(ops.maskedSoftmax, [a], { scale: 0.3, causal: true }), x(3, 19, 37)),
    large((a, m) => apply(ops.maskedSoftmax, [a, m], { scale: 0.3, causal: false }), x(3, 19, 37), x(3, 1, 37)),
  ],
  maskedSoftmaxGrad: [
    sample((g, y) => apply(ops.maskedSoftmaxGrad, [g, y], 0.5), fixed(x(2, 3)), fixed(unit(2, 3))),
    large((g, y) => apply(ops.maskedSoftmaxGrad, [g, y], 0.5), fixed(x(2, 19, 37)), fixed(unit(2, 19, 37))),
  ],
  softmax: softmaxLike((a, dim) => a.softmax(dim)),
  logSoftmax: softmaxLike((a, dim) => a.logSoftmax(dim)),
  softmaxGrad: [
    sample((g, y) => apply(ops.softmaxGrad, [g, y], { dim: 1, log: false }), x(2, 3), unit(2, 3)),
    sample((g, y) => apply(ops.softmaxGrad, [g, y], { dim: 1, log: true }), x(2, 3), unit(2, 3)),
    sample((g, y) => apply(ops.softmaxGrad, [g, y], { dim: 0, log: false }), x(2, 3), unit(2, 3)),
    large((g, y) => apply(ops.softmaxGrad, [g, y], { dim: 1, log: false }), big(), unit(19, 37)),
  ],
  crossEntropy: [
    sample((a, t) => apply(ops.crossEntropy, [a, t], { ignoreIndex: -100 }), x(3, 4), index([3], 2, 0, 3)),
    sample((a, t) => apply(ops.crossEntropy, [a, t], { ignoreIndex: 1 }), x(3, 4), index([3], 2, 1, 3)),
    large(
      (a, t) => apply(ops.crossEntropy, [a, t], { ignoreIndex: -100 }),
      big(),
      index([19], ...Array.from({ length: 19 }, (_, i) => (i * 7) % 37)),
    ),
  ],
  crossEntropyGrad: [
    sample(
      (g, p, t) => apply(ops.crossEntropyGrad, [g, p, t], { ignoreIndex: -100 }),
      fixed(x(2)),
      fixed(unit(2, 3)),
      index([2], 2, 0),
    ),
  ],
  nllLoss: [
    sample((a, t) => nllLoss(a, t), x(3, 4), index([3], 2, 0, 3)),
    sample((a, t) => nllLoss(a, t, { ignoreIndex: 1, reduction: "sum" }), x(3, 4), index([3], 2, 1, 3)),
    sample((a, t) => nllLoss(a, t, { reduction: "none" }), x(2, 3, 2), index([2, 2], 2, 1, 0, -100)),
    sample((a, t, w) => nllLoss(a, t, w), x(2, 3, 2), index([2, 2], 2, 1, 0, -100), fixed(unit(3))),
    sample((a, t, w) => nllLoss(a, t, w, { reduction: "sum" }), x(3), index([], 2), fixed(unit(3))),
    large(
      (a, t, w) => nllLoss(a, t, w),
      big(),
      index([19], ...Array.from({ length: 19 }, (_, i) => (i * 7) % 37)),
      fixed(unit(37)),
    ),
  ],
  nansum: [
    ...reduction((a, dim, keepdim) => a.nansum(dim, keepdim)),
    ...overDims((a) => a.nansum([0, 2])),
    sample((a) => a.maskedFill(a.gt(0.5), Number.NaN).nansum(1), x(2, 3)),
  ],
  cosineSimilarity: [
    sample((a, b) => cosineSimilarity(a, b), x(2, 3), x(2, 3)),
    sample((a, b) => cosineSimilarity(a, b, 0), x(2, 3, 2), x(3, 2)),
    sample((a, b) => cosineSimilarity(a, b, 0), x(3), x(3)),
    sample((a, b) => cosineSimilarity(a, b, -1), x(), x()),
    large((a, b) => cosineSimilarity(a, b), big(), big()),
  ],
  cdist: [
    sample((a, b) => cdist(a, b, 1), x(2, 3), unit(3, 3)),
    sample((a, b) => cdist(a, b), x(2, 2, 3), unit(2, 3, 3)),
    large((a, b) => cdist(a, b, 1), big(), unit(11, 37)),
    large((a, b) => cdist(a, b), big(), unit(11, 37)),
  ],
  cdistGrad: [
    sample(distanceGrads(1), fixed(x(2, 3)), fixed(x(2, 2)), fixed(unit(3, 2))),
    sample(distanceGrads(2), fixed(x(2, 3)), fixed(x(2, 2)), fixed(unit(3, 2))),
  ],
  pdist: [
    { ...sample((a) => pdist(a), drawn([3, 2], spread(-1, 1))), distinct: true },
    { ...sample((a) => pdist(a, 1), drawn([4, 2], spread(-1, 1))), distinct: true },
    large((a) => pdist(a), drawn([11, 37], spread(-1, 1))),
  ],
  nllLossGrad: [
    sample(nllGrads("none", false), x(2), index([2], 2, -100)),
    sample(nllGrads("none", true), x(2), index([2], 2, 0), fixed(unit(3))),
    sample(nllGrads("mean", true), x(), index([2], 2, 1), fixed(unit(3))),
  ],
} satisfies Table;
