/** @file Distances between the rows of two matrices. */
import type { Backend, NDArray } from "../../../kernels/backend.ts";
import { dense, sizeOf, withShape } from "../../../kernels/layout.ts";
import { isGradEnabled } from "../../autograd/grad-mode.ts";
import { defineOp, OUTPUT } from "../../autograd/op.ts";
import type { Tensor } from "../tensor.ts";
import { fusedKernels } from "./fused-kernels.ts";
import { recordedGrads } from "./recorded.ts";
import { reduceDims, reducedShape } from "./reduce-dims.ts";

/** Calls `use` with contiguous matrices [*, N, M] as [B, N, M]. */
function withMatrices<T>(k: Backend, x: NDArray, use: (x: NDArray) => T): T {
  return withShape(k, x, [sizeOf(x.shape.slice(0, -2)), ...x.shape.slice(-2)], use);
}

/** Norms of all differences of rows, by operations that can be differentiated any number of times. */
export function normsOfDifferences(x: Tensor, y: Tensor, p: number): Tensor {
  const difference = x.unsqueeze(-2).sub(y.unsqueeze(-3));
  if (difference.size(-1) === 0) return difference.sum(-1);
  return p === Number.POSITIVE_INFINITY ? difference.abs().amax(-1) : difference.norm(p, -1);
}

/** Distances of rows of x [*, P, M] from those of y [*, R, M] by the norm of order 1 or 2: [*, P, R]. */
export const cdist = defineOp<[NDArray, NDArray], 1 | 2>({
  name: "cdist",
  gradName: "CdistBackward0",
  forward(k, [x, y], p) {
    const found = withMatrices(k, x, (a) => withMatrices(k, y, (b) => fusedKernels(k, "cdist").cdist(a, b, p)));
    return dense(found.storage, [...x.shape.slice(0, -1), y.shape.at(-2) as number]);
  },
  saved: [
    [0, 1, OUTPUT],
    [0, 1, OUTPUT],
  ],
  backward(grad, ctx, apply) {
    const [x, y, p] = [ctx.input(0), ctx.input(1), ctx.params];
    if (isGradEnabled()) {
      return recordedGrads(grad, ctx, [x, y], ([a, b]) => normsOfDifferences(a as Tensor, b as Tensor, p));
    }
    const found = ctx.output();
    return [
      ctx.needs(0) ? apply(cdistGrad, [grad, x, y, found], p) : null,
      ctx.needs(1) ? apply(cdistGrad, [grad.transpose(-2, -1), y, x, found.transpose(-2, -1)], p) : null,
    ];
  },
});

/** The gradient of {@link cdist} for x, of (g, x, y, distances). Not differentiable itself. */
export const cdistGrad = defineOp<[NDArray, NDArray, NDArray, NDArray], 1 | 2>({
  name: "cdistGrad",
  gradName: "NotDifferentiable",
  forward: (k, [grad, x, y, found], p) =>
    withMatrices(k, grad, (g) =>
      withMatrices(k, x, (a) =>
        withMatrices(k, y, (b) =>
          withMatrices(k, found, (d) => dense(fusedKernels(k, "cdistGrad").cdistGrad(g, a, b, d, p).storage, x.shape)),
        ),
      ),
    ),
});

export interface CosineParams {
  readonly dim: number;
  /** The least norm that is divided by. */
  readonly eps: number;
}

/** max(‖x‖, eps); below eps its gradient is x/eps, as in PyTorch, which tends to 0 with x. */
function clampedNorm(x: Tensor, { dim, eps }: CosineParams): Tensor {
  const length = x.norm(2, dim, true);
  const square = x.mul(x).sum(dim, true);
  const change = square.sub(square.detach()).div(2 * eps);
  return length.where(length.ge(eps), change.add(eps));
}

/**
 * x1 · x2 / (max(‖x1‖, eps) · max(‖x2‖, eps)) along a dimension, of tensors of one shape and floating dtype. Below eps the
 * gradient of a norm is x/eps.
 */
export const cosineSimilarity = defineOp<[NDArray, NDArray], CosineParams>({
  name: "cosineSimilarity",
  gradName: "SumBackward1",
  forward(k, [x1, x2], { dim, eps }, savedIntermediates) {
    const along = { dims: x1.shape.length === 0 ? [] : [dim], keepdim: true };
    const total = (a: NDArray, b: NDArray): NDArray => {
      const products = k.map("mul", [a, b], a.shape);
      if (along.dims.length === 0) return products;
      const sum = reduceDims(k, "sum", products, along);
      k.free(products.storage);
      return sum;
    };
    const norm = (x: NDArray): NDArray => {
      const square = total(x, x);
      k.map("sqrt", [square], square.shape, [], square);
      return k.map("clamp", [square], square.shape, [eps, Number.POSITIVE_INFINITY], square);
    };
    const [y, ...norms] = [total(x1, x2), norm(x1), norm(x2)];
    for (const length of norms) k.map("div", [y, length], y.shape, [], y);
    savedIntermediates.push(...norms);
    return dense(y.storage, reducedShape(x1.shape, { ...along, keepdim: false }));
  },
  saved: [
    [0, 1, OUTPUT],
    [0, 1, OUTPUT],
  ],
  backward(grad, ctx) {
    const [x1, x2, params] = [ctx.input(0), ctx.input(1), ctx.params];
    if (isGradEnabled()) {
      return recordedGrads(grad, ctx, [x1, x2], ([a, b]) => {
        const [p, q] = [a as Tensor, b as Tensor];
        return p
          .div(clampedNorm(p, params))
          .mul(q.div(clampedNorm(q, params)))
          .sum(params.dim);
      });
    }
    const [norm1, norm2] = [ctx.intermediate(0), ctx.intermediate(1)];
    const wide = (t: Tensor): Tensor => t.view(norm1.shape);
    const scale = wide(grad).div(norm1).div(norm2);
    const falls = wide(grad).mul(wide(ctx.output()));
    const gradFor = (own: Tensor, other: Tensor, norm: Tensor): Tensor =>
      other.mul(scale).addcmul(own, falls.div(norm).div(norm), { value: -1 });
    return [ctx.needs(0) ? gradFor(x1, x2, norm1) : null, ctx.needs(1) ? gradFor(x2, x1, norm2) : null];
  },
});

/** Norms of the differences of rows of x [N,M], one of `rows` and one of `others` each. */
export function normsOfPairs(x: Tensor, rows: Tensor, others: Tensor, p: number): Tensor {
  const difference = x.indexSelect(0, rows).sub(x.indexSelect(0, others));
  return p === Number.POSITIVE_INFINITY ? difference.abs().amax(-1) : difference.norm(p, -1);
}

/**
 * As {@link normsOfPairs} with p 1 or 2, of x and pairs, none of which comes twice: pair i·N + j is that of rows i and j. They
 * are picked from all distances.
 */
export const pdist = defineOp<[NDArray, NDArray], 1 | 2>({
  name: "pdist",
  gradName: "PdistBackward0",
  forward(k, [x, pairs], p, savedIntermediates) {
    const all = withMatrices(k, x, (rows) => fusedKernels(k, "cdist").cdist(rows, rows, p));
    const [n] = x.shape as [number, number];
    savedIntermediates.push(dense(all.storage, [n, n]));
    return k.indexSelect(dense(all.storage, [n * n]), 0, pairs);
  },
  saved: [[0, 1]],
  backward(grad, ctx, apply) {
    const [x, pairs, p] = [ctx.input(0), ctx.input(1), ctx.params];
    if (isGradEnabled()) {
      const [rows, others] = [pairs.div(x.size(0), { roundingMode: "floor" }), pairs.remainder(x.size(0))];
      return [...recordedGrads(grad, ctx, [x], ([a]) => normsOfPairs(a as Tensor, rows, others, p)), null];
    }
    const n = x.size(0);
    const one = grad
      .newZeros([n * n])
      .indexAdd(0, pairs, grad)
      .view(n, n);
    return [apply(cdistGrad, [one.add(one.t()), x, x, ctx.intermediate(0)], p), null];
  },
});
