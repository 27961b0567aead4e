/**
 * @file Optimizer updates in one pass per parameter, in PyTorch's order of operations. Every state is rounded to its
 * dtype before it is used, which is why it is read back from its array.
 */
import type { AdamOptions, RmspropOptions, SgdOptions, TypedArray } from "../backend.ts";

/** A contiguous array: `data` from `offset`. */
export interface Span {
  readonly data: TypedArray;
  readonly offset: number;
}

/** Stochastic gradient descent over n elements, with momentum if there is a buffer. */
export function sgd(n: number, param: Span, grad: Span, buffer: Span | null, options: SgdOptions): void {
  const { lr, momentum, dampening, weightDecay, nesterov, first } = options;
  const sign = options.maximize ? -1 : 1;
  for (let i = 0; i < n; i++) {
    const p = param.data[param.offset + i]!;
    let g = sign * grad.data[grad.offset + i]!;
    if (weightDecay !== 0) g += weightDecay * p;
    if (buffer) {
      const at = buffer.offset + i;
      buffer.data[at] = first ? g : momentum * buffer.data[at]! + (1 - dampening) * g;
      g = nesterov ? g + momentum * buffer.data[at]! : buffer.data[at]!;
    }
    param.data[param.offset + i] = p - lr * g;
  }
}

/** RMSprop over n elements: centered if there is `gradAvg`, with momentum if there is `buffer`. */
export function rmsprop(
  n: number,
  param: Span,
  grad: Span,
  squareAvg: Span,
  buffer: Span | null,
  gradAvg: Span | null,
  options: RmspropOptions,
): void {
  const { lr, alpha, eps, weightDecay, momentum } = options;
  const sign = options.maximize ? -1 : 1;
  for (let i = 0; i < n; i++) {
    const p = param.data[param.offset + i]!;
    let g = sign * grad.data[grad.offset + i]!;
    if (weightDecay !== 0) g += weightDecay * p;
    const s = squareAvg.offset + i;
    squareAvg.data[s] = alpha * squareAvg.data[s]! + (1 - alpha) * g * g;
    let variance = squareAvg.data[s]!;
    if (gradAvg) {
      const a = gradAvg.offset + i;
      gradAvg.data[a] = alpha * gradAvg.data[a]! + (1 - alpha) * g;
      variance -= gradAvg.data[a]! * gradAvg.data[a]!;
    }
    let step = g / (Math.sqrt(variance) + eps);
    if (buffer) {
      const b = buffer.offset + i;
      buffer.data[b] = momentum * buffer.data[b]! + step;
      step = buffer.data[b]!;
    }
    param.data[param.offset + i] = p - lr * step;
  }
}

/** Adam over n elements; AMSGrad if there is `maxExpAvgSq`, AdamW if the decay is decoupled. */
export function adam(
  n: number,
  param: Span,
  grad: Span,
  expAvg: Span,
  expAvgSq: Span,
  maxExpAvgSq: Span | null,
  options: AdamOptions,
): void {
  const { lr, beta1, beta2, eps, weightDecay, decoupled, step } = options;
  const sign = options.maximize ? -1 : 1;
  const stepSize = lr / (1 - beta1 ** step);
  const correction = Math.sqrt(1 - beta2 ** step);
  for (let i = 0; i < n; i++) {
    let p = param.data[param.offset + i]!;
    let g = sign * grad.data[grad.offset + i]!;
    if (decoupled) p *= 1 - lr * weightDecay;
    else if (weightDecay !== 0) g += weightDecay * p;
    const a = expAvg.offset + i;
    const s = expAvgSq.offset + i;
    expAvg.data[a] = beta1 * expAvg.data[a]! + (1 - beta1) * g;
    expAvgSq.data[s] = beta2 * expAvgSq.data[s]! + (1 - beta2) * g * g;
    let square = expAvgSq.data[s]!;
    if (maxExpAvgSq) {
      const m = maxExpAvgSq.offset + i;
      maxExpAvgSq.data[m] = Math.max(maxExpAvgSq.data[m]!, square);
      square = maxExpAvgSq.data[m]!;
    }
    param.data[param.offset + i] = p - (stepSize * expAvg.data[a]!) / (Math.sqrt(square) / correction + eps);
  }
}
