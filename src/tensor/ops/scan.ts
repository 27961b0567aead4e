/** @file Running extrema and logarithms of running sums of exponentials. */
import type { NDArray } from "../../../kernels/backend.ts";
import { dense, withContiguous } from "../../../kernels/layout.ts";
import { defineOp, OUTPUT } from "../../autograd/op.ts";
import type { Tensor } from "../tensor.ts";
import { blockAt } from "./reduce-dims.ts";

function cumExtreme(name: "cummax" | "cummin") {
  return defineOp<[NDArray], number>({
    name,
    gradName: "NotDifferentiable",
    forward: (k, [x], dim) =>
      withContiguous(k, x, (source) => dense(k.argScan(name, source, blockAt(x.shape, dim)).storage, x.shape)),
  });
}

/** The index of the largest element so far along a dimension. */
export const cummaxIndices = cumExtreme("cummax");
/** The index of the smallest element so far along a dimension. */
export const cumminIndices = cumExtreme("cummin");

/** log Σ eˣ of the elements so far, of which no exponential overflows. */
export const logcumsumexp = defineOp<[NDArray], number>({
  name: "logcumsumexp",
  gradName: "LogcumsumexpBackward0",
  forward: (k, [x], dim) =>
    withContiguous(k, x, (source) => dense(k.scan("logcumsumexp", source, blockAt(x.shape, dim)).storage, x.shape)),
  saved: [[0, OUTPUT]],
  backward(grad, ctx) {
    if (grad.ndim === 0) return [grad];
    const [x, sums, dim] = [ctx.input(0), ctx.output(), ctx.params];
    // Σ gⱼ·e^(xᵢ − yⱼ) over j ≥ i, by logarithms of the positive and of the negative gradients. Where nothing has been summed
    // yet, it is 0.
    const y = sums.maskedFill(sums.eq(Number.NEGATIVE_INFINITY), 0);
    const reversed = (logs: Tensor): Tensor => logs.flip(dim).logcumsumexp(dim).flip(dim);
    const part = (size: Tensor): Tensor => {
      const isAbsent = size.le(0);
      const logs = size.maskedFill(isAbsent, 1).log().maskedFill(isAbsent, Number.NEGATIVE_INFINITY);
      return reversed(logs.sub(y)).add(x).exp();
    };
    return [part(grad).sub(part(grad.neg()))];
  },
});
