/**
 * @file Fused optimizer steps of float32 and float64, one pass over a parameter and its state; see optimizer-steps.ts.
 * The order of operations and roundings is PyTorch's; an address of 0 stands for a state that the options do without.
 */
import { lanesOf, put } from "./lanes";

/** The gradient as the update sees it: with its sign turned, and with the decay of the weights. */
@inline
function effective<T>(g: v128, p: v128, sign: v128, weightDecay: T): v128 {
  g = v128.mul<T>(g, sign);
  if (weightDecay != 0) g = v128.add<T>(g, v128.mul<T>(v128.splat<T>(weightDecay), p));
  return g;
}

/** average·keep + share·g */
@inline
function blend<T>(average: usize, keep: v128, share: v128, g: v128): v128 {
  return v128.add<T>(v128.mul<T>(v128.load(average), keep), v128.mul<T>(share, g));
}

/** average·keep + share·g·g */
@inline
function blendSquare<T>(average: usize, keep: v128, share: v128, g: v128): v128 {
  return v128.add<T>(v128.mul<T>(v128.load(average), keep), v128.mul<T>(v128.mul<T>(share, g), g));
}

/** `sign` is −1 to maximize. `blended` is 1 − dampening; with `first` the buffer is set to the gradient. */
@inline
function sgd<T>(
  param: usize,
  grad: usize,
  buffer: usize,
  n: i32,
  lr: T,
  momentum: T,
  blended: T,
  weightDecay: T,
  sign: T,
  nesterov: i32,
  first: i32,
): void {
  const step = v128.splat<T>(-lr);
  const m = v128.splat<T>(momentum);
  const share = v128.splat<T>(blended);
  const signs = v128.splat<T>(sign);
  let at: usize = 0;
  for (let left = n; left > 0; left -= lanesOf<T>(), at += 16) {
    const p = v128.load(param + at);
    let g = effective<T>(v128.load(grad + at), p, signs, weightDecay);
    if (buffer) {
      const b = first ? g : blend<T>(buffer + at, m, share, g);
      put<T>(buffer + at, b, left);
      g = nesterov ? v128.add<T>(g, v128.mul<T>(m, b)) : b;
    }
    put<T>(param + at, v128.add<T>(p, v128.mul<T>(step, g)), left);
  }
}

export function sgdStep_f32(
  param: usize,
  grad: usize,
  buffer: usize,
  n: i32,
  lr: f32,
  momentum: f32,
  blended: f32,
  weightDecay: f32,
  sign: f32,
  nesterov: i32,
  first: i32,
): void {
  sgd<f32>(param, grad, buffer, n, lr, momentum, blended, weightDecay, sign, nesterov, first);
}

export function sgdStep_f64(
  param: usize,
  grad: usize,
  buffer: usize,
  n: i32,
  lr: f64,
  momentum: f64,
  blended: f64,
  weightDecay: f64,
  sign: f64,
  nesterov: i32,
  first: i32,
): void {
  sgd<f64>(param, grad, buffer, n, lr, momentum, blended, weightDecay, sign, nesterov, first);
}

/** `rest` is 1 − alpha, rounded from the exact difference. */
@inline
function rmsprop<T>(
  param: usize,
  grad: usize,
  squareAvg: usize,
  buffer: usize,
  gradAvg: usize,
  n: i32,
  lr: T,
  alpha: T,
  rest: T,
  eps: T,
  weightDecay: T,
  momentum: T,
  sign: T,
): void {
  const step = v128.splat<T>(-lr);
  const keep = v128.splat<T>(alpha);
  const share = v128.splat<T>(rest);
  const epsilon = v128.splat<T>(eps);
  const signs = v128.splat<T>(sign);
  const m = v128.splat<T>(momentum);
  let at: usize = 0;
  for (let left = n; left > 0; left -= lanesOf<T>(), at += 16) {
    const p = v128.load(param + at);
    const g = effective<T>(v128.load(grad + at), p, signs, weightDecay);
    let v = blendSquare<T>(squareAvg + at, keep, share, g);
    put<T>(squareAvg + at, v, left);
    if (gradAvg) {
      const a = blend<T>(gradAvg + at, keep, share, g);
      put<T>(gradAvg + at, a, left);
      v = v128.sub<T>(v, v128.mul<T>(a, a));
    }
    const average = v128.add<T>(v128.sqrt<T>(v), epsilon);
    if (buffer) {
      const b = v128.add<T>(v128.mul<T>(v128.load(buffer + at), m), v128.div<T>(g, average));
      put<T>(buffer + at, b, left);
      put<T>(param + at, v128.add<T>(p, v128.mul<T>(step, b)), left);
    } else {
      put<T>(param + at, v128.add<T>(p, v128.div<T>(v128.mul<T>(step, g), average)), left);
    }
  }
}

export function rmspropStep_f32(
  param: usize,
  grad: usize,
  squareAvg: usize,
  buffer: usize,
  gradAvg: usize,
  n: i32,
  lr: f32,
  alpha: f32,
  rest: f32,
  eps: f32,
  weightDecay: f32,
  momentum: f32,
  sign: f32,
): void {
  rmsprop<f32>(param, grad, squareAvg, buffer, gradAvg, n, lr, alpha, rest, eps, weightDecay, momentum, sign);
}

export function rmspropStep_f64(
  param: usize,
  grad: usize,
  squareAvg: usize,
  buffer: usize,
  gradAvg: usize,
  n: i32,
  lr: f64,
  alpha: f64,
  rest: f64,
  eps: f64,
  weightDecay: f64,
  momentum: f64,
  sign: f64,
): void {
  rmsprop<f64>(param, grad, squareAvg, buffer, gradAvg, n, lr, alpha, rest, eps, weightDecay, momentum, sign);
}

/** `rest1` and `rest2` are 1 − beta, `correction2` the root of the second bias correction, `stepSize` the rate over the
 * first. `shrink` multiplies the parameter first (1 without decoupled decay). */
@inline
function adam<T>(
  param: usize,
  grad: usize,
  expAvg: usize,
  expAvgSq: usize,
  maxExpAvgSq: usize,
  n: i32,
  stepSize: T,
  beta1: T,
  rest1: T,
  beta2: T,
  rest2: T,
  correction2: T,
  eps: T,
  weightDecay: T,
  shrink: T,
  sign: T,
): void {
  const step = v128.splat<T>(-stepSize);
  const keep1 = v128.splat<T>(beta1);
  const share1 = v128.splat<T>(rest1);
  const keep2 = v128.splat<T>(beta2);
  const share2 = v128.splat<T>(rest2);
  const correction = v128.splat<T>(correction2);
  const epsilon = v128.splat<T>(eps);
  const signs = v128.splat<T>(sign);
  const shrinks = v128.splat<T>(shrink);
  let at: usize = 0;
  for (let left = n; left > 0; left -= lanesOf<T>(), at += 16) {
    const p = v128.mul<T>(v128.load(param + at), shrinks);
    const g = effective<T>(v128.load(grad + at), p, signs, weightDecay);
    const m = blend<T>(expAvg + at, keep1, share1, g);
    put<T>(expAvg + at, m, left);
    let v = blendSquare<T>(expAvgSq + at, keep2, share2, g);
    put<T>(expAvgSq + at, v, left);
    if (maxExpAvgSq) {
      v = v128.max<T>(v128.load(maxExpAvgSq + at), v);
      put<T>(maxExpAvgSq + at, v, left);
    }
    const denominator = v128.add<T>(v128.div<T>(v128.sqrt<T>(v), correction), epsilon);
    put<T>(param + at, v128.add<T>(p, v128.div<T>(v128.mul<T>(step, m), denominator)), left);
  }
}

export function adamStep_f32(
  param: usize,
  grad: usize,
  expAvg: usize,
  expAvgSq: usize,
  maxExpAvgSq: usize,
  n: i32,
  stepSize: f32,
  beta1: f32,
  rest1: f32,
  beta2: f32,
  rest2: f32,
  correction2: f32,
  eps: f32,
  weightDecay: f32,
  shrink: f32,
  sign: f32,
): void {
  adam<f32>(param, grad, expAvg, expAvgSq, maxExpAvgSq, n, stepSize, beta1, rest1, beta2, rest2, correction2, eps, weightDecay, shrink, sign);
}

export function adamStep_f64(
  param: usize,
  grad: usize,
  expAvg: usize,
  expAvgSq: usize,
  maxExpAvgSq: usize,
  n: i32,
  stepSize: f64,
  beta1: f64,
  rest1: f64,
  beta2: f64,
  rest2: f64,
  correction2: f64,
  eps: f64,
  weightDecay: f64,
  shrink: f64,
  sign: f64,
): void {
  adam<f64>(param, grad, expAvg, expAvgSq, maxExpAvgSq, n, stepSize, beta1, rest1, beta2, rest2, correction2, eps, weightDecay, shrink, sign);
}

/** `rate` is the decayed learning rate. */
@inline
function adagrad<T>(
  param: usize,
  grad: usize,
  sum: usize,
  n: i32,
  rate: T,
  eps: T,
  weightDecay: T,
  sign: T,
): void {
  const step = v128.splat<T>(-rate);
  const epsilon = v128.splat<T>(eps);
  const signs = v128.splat<T>(sign);
  let at: usize = 0;
  for (let left = n; left > 0; left -= lanesOf<T>(), at += 16) {
    const p = v128.load(param + at);
    const g = effective<T>(v128.load(grad + at), p, signs, weightDecay);
    const s = v128.add<T>(v128.load(sum + at), v128.mul<T>(g, g));
    put<T>(sum + at, s, left);
    const std = v128.add<T>(v128.sqrt<T>(s), epsilon);
    put<T>(param + at, v128.add<T>(p, v128.div<T>(v128.mul<T>(step, g), std)), left);
  }
}

export function adagradStep_f32(
  param: usize,
  grad: usize,
  sum: usize,
  n: i32,
  rate: f32,
  eps: f32,
  weightDecay: f32,
  sign: f32,
): void {
  adagrad<f32>(param, grad, sum, n, rate, eps, weightDecay, sign);
}

export function adagradStep_f64(
  param: usize,
  grad: usize,
  sum: usize,
  n: i32,
  rate: f64,
  eps: f64,
  weightDecay: f64,
  sign: f64,
): void {
  adagrad<f64>(param, grad, sum, n, rate, eps, weightDecay, sign);
}

/** `rest` is 1 − rho. */
@inline
function adadelta<T>(
  param: usize,
  grad: usize,
  squareAvg: usize,
  accDelta: usize,
  n: i32,
  lr: T,
  rho: T,
  rest: T,
  eps: T,
  weightDecay: T,
  sign: T,
): void {
  const step = v128.splat<T>(-lr);
  const keep = v128.splat<T>(rho);
  const share = v128.splat<T>(rest);
  const epsilon = v128.splat<T>(eps);
  const signs = v128.splat<T>(sign);
  let at: usize = 0;
  for (let left = n; left > 0; left -= lanesOf<T>(), at += 16) {
    const p = v128.load(param + at);
    const g = effective<T>(v128.load(grad + at), p, signs, weightDecay);
    const v = blendSquare<T>(squareAvg + at, keep, share, g);
    put<T>(squareAvg + at, v, left);
    const std = v128.sqrt<T>(v128.add<T>(v, epsilon));
    const root = v128.sqrt<T>(v128.add<T>(v128.load(accDelta + at), epsilon));
    const delta = v128.mul<T>(v128.div<T>(root, std), g);
    put<T>(accDelta + at, blendSquare<T>(accDelta + at, keep, share, delta), left);
    put<T>(param + at, v128.add<T>(p, v128.mul<T>(step, delta)), left);
  }
}

export function adadeltaStep_f32(
  param: usize,
  grad: usize,
  squareAvg: usize,
  accDelta: usize,
  n: i32,
  lr: f32,
  rho: f32,
  rest: f32,
  eps: f32,
  weightDecay: f32,
  sign: f32,
): void {
  adadelta<f32>(param, grad, squareAvg, accDelta, n, lr, rho, rest, eps, weightDecay, sign);
}

export function adadeltaStep_f64(
  param: usize,
  grad: usize,
  squareAvg: usize,
  accDelta: usize,
  n: i32,
  lr: f64,
  rho: f64,
  rest: f64,
  eps: f64,
  weightDecay: f64,
  sign: f64,
): void {
  adadelta<f64>(param, grad, squareAvg, accDelta, n, lr, rho, rest, eps, weightDecay, sign);
}

/** `stepSize` is the rate over the bias correction. */
@inline
function adamax<T>(
  param: usize,
  grad: usize,
  expAvg: usize,
  expInf: usize,
  n: i32,
  stepSize: T,
  beta1: T,
  rest1: T,
  beta2: T,
  eps: T,
  weightDecay: T,
  sign: T,
): void {
  const step = v128.splat<T>(-stepSize);
  const keep1 = v128.splat<T>(beta1);
  const share1 = v128.splat<T>(rest1);
  const keep2 = v128.splat<T>(beta2);
  const epsilon = v128.splat<T>(eps);
  const signs = v128.splat<T>(sign);
  let at: usize = 0;
  for (let left = n; left > 0; left -= lanesOf<T>(), at += 16) {
    const p = v128.load(param + at);
    const g = effective<T>(v128.load(grad + at), p, signs, weightDecay);
    const m = blend<T>(expAvg + at, keep1, share1, g);
    put<T>(expAvg + at, m, left);
    const u = v128.max<T>(v128.mul<T>(v128.load(expInf + at), keep2), v128.add<T>(v128.abs<T>(g), epsilon));
    put<T>(expInf + at, u, left);
    put<T>(param + at, v128.add<T>(p, v128.div<T>(v128.mul<T>(step, m), u)), left);
  }
}

export function adamaxStep_f32(
  param: usize,
  grad: usize,
  expAvg: usize,
  expInf: usize,
  n: i32,
  stepSize: f32,
  beta1: f32,
  rest1: f32,
  beta2: f32,
  eps: f32,
  weightDecay: f32,
  sign: f32,
): void {
  adamax<f32>(param, grad, expAvg, expInf, n, stepSize, beta1, rest1, beta2, eps, weightDecay, sign);
}

export function adamaxStep_f64(
  param: usize,
  grad: usize,
  expAvg: usize,
  expInf: usize,
  n: i32,
  stepSize: f64,
  beta1: f64,
  rest1: f64,
  beta2: f64,
  eps: f64,
  weightDecay: f64,
  sign: f64,
): void {
  adamax<f64>(param, grad, expAvg, expInf, n, stepSize, beta1, rest1, beta2, eps, weightDecay, sign);
}

/** `gradStep` and `momentumStep` are the rates of the gradient and of its average, `correction2` the second bias correction. */
@inline
function nadam<T>(
  param: usize,
  grad: usize,
  expAvg: usize,
  expAvgSq: usize,
  n: i32,
  gradStep: T,
  momentumStep: T,
  beta1: T,
  rest1: T,
  beta2: T,
  rest2: T,
  correction2: T,
  eps: T,
  weightDecay: T,
  sign: T,
): void {
  const step = v128.splat<T>(-gradStep);
  const step2 = v128.splat<T>(-momentumStep);
  const keep1 = v128.splat<T>(beta1);
  const share1 = v128.splat<T>(rest1);
  const keep2 = v128.splat<T>(beta2);
  const share2 = v128.splat<T>(rest2);
  const correction = v128.splat<T>(correction2);
  const epsilon = v128.splat<T>(eps);
  const signs = v128.splat<T>(sign);
  let at: usize = 0;
  for (let left = n; left > 0; left -= lanesOf<T>(), at += 16) {
    const p = v128.load(param + at);
    const g = effective<T>(v128.load(grad + at), p, signs, weightDecay);
    const m = blend<T>(expAvg + at, keep1, share1, g);
    put<T>(expAvg + at, m, left);
    const v = blendSquare<T>(expAvgSq + at, keep2, share2, g);
    put<T>(expAvgSq + at, v, left);
    const root = v128.add<T>(v128.sqrt<T>(v128.div<T>(v, correction)), epsilon);
    const q = v128.add<T>(p, v128.div<T>(v128.mul<T>(step, g), root));
    put<T>(param + at, v128.add<T>(q, v128.div<T>(v128.mul<T>(step2, m), root)), left);
  }
}

export function nadamStep_f32(
  param: usize,
  grad: usize,
  expAvg: usize,
  expAvgSq: usize,
  n: i32,
  gradStep: f32,
  momentumStep: f32,
  beta1: f32,
  rest1: f32,
  beta2: f32,
  rest2: f32,
  correction2: f32,
  eps: f32,
  weightDecay: f32,
  sign: f32,
): void {
  nadam<f32>(param, grad, expAvg, expAvgSq, n, gradStep, momentumStep, beta1, rest1, beta2, rest2, correction2, eps, weightDecay, sign);
}

export function nadamStep_f64(
  param: usize,
  grad: usize,
  expAvg: usize,
  expAvgSq: usize,
  n: i32,
  gradStep: f64,
  momentumStep: f64,
  beta1: f64,
  rest1: f64,
  beta2: f64,
  rest2: f64,
  correction2: f64,
  eps: f64,
  weightDecay: f64,
  sign: f64,
): void {
  nadam<f64>(param, grad, expAvg, expAvgSq, n, gradStep, momentumStep, beta1, rest1, beta2, rest2, correction2, eps, weightDecay, sign);
}

/** `rate` multiplies m, and `rectified` then (√v + eps)⁻¹ if it is not 0: see the scalars. */
@inline
function radam<T>(
  param: usize,
  grad: usize,
  expAvg: usize,
  expAvgSq: usize,
  n: i32,
  rate: T,
  rectified: T,
  beta1: T,
  rest1: T,
  beta2: T,
  rest2: T,
  eps: T,
  weightDecay: T,
  sign: T,
): void {
  const step = v128.splat<T>(-rate);
  const factor = v128.splat<T>(rectified);
  const keep1 = v128.splat<T>(beta1);
  const share1 = v128.splat<T>(rest1);
  const keep2 = v128.splat<T>(beta2);
  const share2 = v128.splat<T>(rest2);
  const epsilon = v128.splat<T>(eps);
  const signs = v128.splat<T>(sign);
  let at: usize = 0;
  for (let left = n; left > 0; left -= lanesOf<T>(), at += 16) {
    const p = v128.load(param + at);
    const g = effective<T>(v128.load(grad + at), p, signs, weightDecay);
    const m = blend<T>(expAvg + at, keep1, share1, g);
    put<T>(expAvg + at, m, left);
    const v = blendSquare<T>(expAvgSq + at, keep2, share2, g);
    put<T>(expAvgSq + at, v, left);
    let change = v128.mul<T>(step, m);
    if (rectified != 0) {
      change = v128.div<T>(v128.mul<T>(change, factor), v128.add<T>(v128.sqrt<T>(v), epsilon));
    }
    put<T>(param + at, v128.add<T>(p, change), left);
  }
}

export function radamStep_f32(
  param: usize,
  grad: usize,
  expAvg: usize,
  expAvgSq: usize,
  n: i32,
  rate: f32,
  rectified: f32,
  beta1: f32,
  rest1: f32,
  beta2: f32,
  rest2: f32,
  eps: f32,
  weightDecay: f32,
  sign: f32,
): void {
  radam<f32>(param, grad, expAvg, expAvgSq, n, rate, rectified, beta1, rest1, beta2, rest2, eps, weightDecay, sign);
}

export function radamStep_f64(
  param: usize,
  grad: usize,
  expAvg: usize,
  expAvgSq: usize,
  n: i32,
  rate: f64,
  rectified: f64,
  beta1: f64,
  rest1: f64,
  beta2: f64,
  rest2: f64,
  eps: f64,
  weightDecay: f64,
  sign: f64,
): void {
  radam<f64>(param, grad, expAvg, expAvgSq, n, rate, rectified, beta1, rest1, beta2, rest2, eps, weightDecay, sign);
}
