/** @file Modified Bessel functions of the first kind. */
import type { NDArray } from "../../../kernels/backend.ts";
import { sizeOf } from "../../../kernels/layout.ts";
import { apply } from "../../autograd/apply.ts";
import { defineOp, type Op } from "../../autograd/op.ts";
import { newTypedArray } from "../../core/dtype.ts";
import type { Tensor } from "../tensor.ts";
import { fromElements, withElements } from "./host.ts";

/** Terms of a power series beyond which it no longer changes a float64, for |x| of up to {@link SERIES_END}. */
const MAX_TERMS = 60;
/** From here on the asymptotic series is exact to float64. */
const SERIES_END = 30;

/** Σ (x/2)²ᵏ⁺ᵒʳᵈᵉʳ / (k!·(k + order)!), DLMF 10.25.2: all terms are positive, so that nothing cancels. */
function powerSeries(x: number, order: 0 | 1): number {
  const quarter = (x * x) / 4;
  let term = order === 0 ? 1 : x / 2;
  let sum = term;
  for (let k = 1; k < MAX_TERMS; k++) {
    term *= quarter / (k * (k + order));
    sum += term;
    if (Math.abs(term) < Math.abs(sum) * 1e-17) break;
  }
  return sum;
}

/** eˣ/√(2πx) · Σ (−1)ᵏ·aₖ/xᵏ with aₖ = Π (4·order² − (2j − 1)²)/(8j), DLMF 10.40.1, until the terms are too small to count. */
function asymptotic(x: number, order: 0 | 1): number {
  let [term, sum] = [1, 1];
  for (let k = 1; k < MAX_TERMS; k++) {
    const factor = ((2 * k - 1) ** 2 - 4 * order) / (8 * k * x);
    if (Math.abs(factor) >= 1) break;
    term *= factor;
    sum += term;
    if (Math.abs(term) < 1e-17) break;
  }
  // In two halves, since eˣ overflows before the quotient does.
  const half = Math.exp(x / 2);
  return (half / Math.sqrt(2 * Math.PI * x)) * sum * half;
}

/** I₀ or I₁ of a number. */
function besselI(x: number, order: 0 | 1): number {
  const size = Math.abs(x);
  if (!(size <= SERIES_END)) {
    if (size === Number.POSITIVE_INFINITY) return order === 0 ? size : x;
    return asymptotic(size, order) * (order === 1 && x < 0 ? -1 : 1);
  }
  return powerSeries(x, order);
}

/** I of an order, computed on the host; `slope` is the derivative. */
function ofOrder(order: 0 | 1, slope: (x: Tensor) => Tensor): Op<[NDArray], null> {
  return defineOp<[NDArray]>({
    host: true,
    name: `i${order}`,
    gradName: order === 0 ? "I0Backward0" : "SpecialI1Backward0",
    forward(k, [x]) {
      const out = newTypedArray(x.dtype, sizeOf(x.shape));
      withElements(k, x, (elements) => {
        for (let i = 0; i < out.length; i++) out[i] = besselI(elements[i] as number, order);
      });
      return fromElements(k, x.dtype, out, x.shape);
    },
    saved: [[0]],
    backward: (grad, ctx) => [grad.mul(slope(ctx.input(0)))],
  });
}

/** I₀, whose derivative is I₁. */
export const i0: Op<[NDArray], null> = ofOrder(0, (x) => apply(i1, [x], null));

/** I₁, whose derivative is I₀ − I₁/x, or ½ at 0. */
export const i1: Op<[NDArray], null> = ofOrder(1, (x) => {
  const isZero = x.detach().eq(0);
  const safe = x.maskedFill(isZero, 1);
  return apply(i0, [x], null).sub(apply(i1, [x], null).div(safe).maskedFill(isZero, 0.5));
});
