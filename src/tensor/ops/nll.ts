/** @file The negative log-likelihood of class indices, with weights of the classes and reduced. */
import type { Backend, NDArray, NllOptions } from "../../../kernels/backend.ts";
import { dense, sizeOf, withContiguous, withShape } from "../../../kernels/layout.ts";
import { type BackwardContext, defineOp, type Op } from "../../autograd/op.ts";
import type { Tensor } from "../tensor.ts";
import { fusedKernels } from "./fused-kernels.ts";

export interface NllParams extends NllOptions {
  /** Whether there are weights. */
  readonly weighted: boolean;
}

/** Classes, and weights if there are some, as a gradient reads them. */
function othersOf(ctx: BackwardContext<NllParams>): readonly Tensor[] {
  return ctx.params.weighted ? [ctx.input(1), ctx.input(2)] : [ctx.input(1)];
}

/** Samples, classes and places of log-probabilities [C], [N,C] or [N,C,d…]. */
function sizesOf(shape: readonly number[]): readonly [number, number, number] {
  if (shape.length === 1) return [1, shape[0] as number, 1];
  const [n, classes, ...places] = shape as [number, number, ...number[]];
  return [n, classes, sizeOf(places)];
}

/** Calls `use` with weights, or null where there are none. */
function withWeight<T>(k: Backend, weight: NDArray | undefined, use: (weight: NDArray | null) => T): T {
  return weight === undefined ? use(null) : withContiguous(k, weight, use);
}

/** Log-probabilities [C], [N,C] or [N,C,d…], classes of that shape without C, and weights [C] if there are some. */
export const nllLoss: Op<readonly NDArray[], NllParams> = defineOp<readonly NDArray[], NllParams>({
  name: "nllLoss",
  gradName: "NllLossBackward0",
  forward(k, inputs, options) {
    const [x, target, weight] = inputs as [NDArray, NDArray, NDArray?];
    const [n, classes, places] = sizesOf(x.shape);
    const result = withShape(k, x, [n, classes, places], (logProbs) =>
      withShape(k, target, [n, places], (t) =>
        withWeight(k, weight, (w) => fusedKernels(k, "nllLoss").nllLoss(logProbs, t, w, options)),
      ),
    );
    return dense(result.storage, options.reduction === "none" ? target.shape : []);
  },
  saved: [[1, 2]],
  backward(grad, ctx, apply) {
    return [apply(nllLossGrad, [grad, ...othersOf(ctx)], { ...ctx.params, shape: ctx.shape(0) }), null, null];
  },
});

/** The gradient of {@link nllLoss} for the log-probabilities of a shape. The loss itself is its gradient: both are linear. */
export const nllLossGrad = defineOp<readonly NDArray[], NllParams & { readonly shape: readonly number[] }>({
  name: "nllLossGrad",
  gradName: "NllLossBackwardBackward0",
  forward(k, inputs, { shape, ...options }) {
    const [grad, target, weight] = inputs as [NDArray, NDArray, NDArray?];
    const [n, classes, places] = sizesOf(shape);
    const result = withContiguous(k, grad, (g) =>
      withShape(k, target, [n, places], (t) =>
        withWeight(k, weight, (w) => fusedKernels(k, "nllLossGrad").nllLossGrad(g, t, w, classes, options)),
      ),
    );
    return dense(result.storage, shape);
  },
  saved: [[1, 2]],
  backward(outer, ctx, apply) {
    const { ignoreIndex, reduction, weighted } = ctx.params;
    return [apply(nllLoss, [outer, ...othersOf(ctx)], { ignoreIndex, reduction, weighted }), null, null];
  },
});
