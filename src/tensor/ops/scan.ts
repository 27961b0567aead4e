/** @file Running extrema and logarithms of running sums of exponentials: loops on the host, one step after the other. */
import type { NDArray, TypedArray } from "../../../kernels/backend.ts";
import { sizeOf } from "../../../kernels/layout.ts";
import { defineOp, OUTPUT } from "../../autograd/op.ts";
import { newTypedArray } from "../../core/dtype.ts";
import type { Tensor } from "../tensor.ts";
import { fromElements, withElements } from "./host.ts";
import { blockAt } from "./reduce-dims.ts";

/** The index of the largest, or smallest, element so far; of equal ones the last, and of NaNs, which win, too. */
function runningExtreme(x: TypedArray, shape: readonly number[], dim: number, sign: 1 | -1): Int32Array {
  const { outer, n, inner } = blockAt(shape, dim);
  const out = new Int32Array(x.length);
  if (inner === 1) {
    for (let start = 0; start < x.length; start += n) runningExtremeOfRow(x, out, start, n, sign);
    return out;
  }
  const best = new Float64Array(inner);
  const at = new Int32Array(inner);
  let pos = 0;
  for (let o = 0; o < outer; o++) {
    best.fill(Number.NEGATIVE_INFINITY);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < inner; j++, pos++) {
        const value = sign * (x[pos] as number);
        const old = best[j] as number;
        if (value >= old || Number.isNaN(value)) {
          best[j] = value;
          at[j] = i;
        }
        out[pos] = at[j] as number;
      }
    }
  }
  return out;
}

/** {@link runningExtreme} of `n` elements that lie one behind the other. */
function runningExtremeOfRow(x: TypedArray, out: Int32Array, start: number, n: number, sign: 1 | -1): void {
  let [best, at] = [Number.NEGATIVE_INFINITY, 0];
  for (let i = 0; i < n; i++) {
    const value = sign * (x[start + i] as number);
    if (value >= best || Number.isNaN(value)) {
      best = value;
      at = i;
    }
    out[start + i] = at;
  }
}

function cumExtreme(name: "cummax" | "cummin", sign: 1 | -1) {
  return defineOp<[NDArray], number>({
    host: true,
    name,
    gradName: "NotDifferentiable",
    forward: (k, [x], dim) =>
      fromElements(
        k,
        "int32",
        withElements(k, x, (elements) => runningExtreme(elements, x.shape, dim, sign)),
        x.shape,
      ),
  });
}

/** The index of the largest element so far along a dimension. */
export const cummaxIndices = cumExtreme("cummax", 1);
/** The index of the smallest element so far along a dimension. */
export const cumminIndices = cumExtreme("cummin", -1);

/** log(eᵃ + eᵇ) */
function logAddExp(a: number, b: number): number {
  const [low, high] = a < b ? [a, b] : [b, a];
  if (low === Number.NEGATIVE_INFINITY || high === Number.POSITIVE_INFINITY) return high;
  return high + Math.log1p(Math.exp(low - high));
}

/** log Σ eˣ of the elements so far, of which no exponential overflows. */
export const logcumsumexp = defineOp<[NDArray], number>({
  host: true,
  name: "logcumsumexp",
  gradName: "LogcumsumexpBackward0",
  forward(k, [x], dim) {
    const { outer, n, inner } = blockAt(x.shape, dim);
    const out = newTypedArray(x.dtype, sizeOf(x.shape));
    withElements(k, x, (elements) => {
      const sums = new Float64Array(inner);
      let pos = 0;
      for (let o = 0; o < outer; o++) {
        sums.fill(Number.NEGATIVE_INFINITY);
        for (let i = 0; i < n; i++) {
          for (let j = 0; j < inner; j++, pos++) {
            const sum = logAddExp(sums[j] as number, elements[pos] as number);
            sums[j] = sum;
            out[pos] = sum;
          }
        }
      }
    });
    return fromElements(k, x.dtype, out, x.shape);
  },
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
