/**
 * @file Fused optimizer steps, one pass over a parameter and its state; see optimizer-steps.ts. The order of operations and roundings is PyTorch's;
 * an address of 0 stands for a state that the options do without.
 */
import { storeTail } from "./lanes";

@inline
function put(address: usize, v: v128, left: i32): void {
  if (left >= 4) v128.store(address, v);
  else storeTail(address, v, left);
}

/** The gradient as the update sees it: with its sign turned, and with the decay of the weights. */
@inline
function effective(g: v128, p: v128, sign: v128, weightDecay: f32): v128 {
  g = f32x4.mul(g, sign);
  if (weightDecay != 0) g = f32x4.add(g, f32x4.mul(f32x4.splat(weightDecay), p));
  return g;
}

/** `sign` is −1 to maximize. `blend` is 1 − dampening; with `first` the buffer is set to the gradient. */
export function sgdStep(
  param: usize,
  grad: usize,
  buffer: usize,
  n: i32,
  lr: f32,
  momentum: f32,
  blend: f32,
  weightDecay: f32,
  sign: f32,
  nesterov: i32,
  first: i32,
): void {
  const step = f32x4.splat(-lr);
  const m = f32x4.splat(momentum);
  const share = f32x4.splat(blend);
  const signs = f32x4.splat(sign);
  let at: usize = 0;
  for (let left = n; left > 0; left -= 4, at += 16) {
    const p = v128.load(param + at);
    let g = effective(v128.load(grad + at), p, signs, weightDecay);
    if (buffer) {
      let b = g;
      if (!first) b = f32x4.add(f32x4.mul(v128.load(buffer + at), m), f32x4.mul(share, g));
      put(buffer + at, b, left);
      g = nesterov ? f32x4.add(g, f32x4.mul(m, b)) : b;
    }
    put(param + at, f32x4.add(p, f32x4.mul(step, g)), left);
  }
}

/** `rest` is 1 − alpha, rounded from the exact difference. */
export function rmspropStep(
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
  const step = f32x4.splat(-lr);
  const keep = f32x4.splat(alpha);
  const share = f32x4.splat(rest);
  const epsilon = f32x4.splat(eps);
  const signs = f32x4.splat(sign);
  const m = f32x4.splat(momentum);
  let at: usize = 0;
  for (let left = n; left > 0; left -= 4, at += 16) {
    const p = v128.load(param + at);
    const g = effective(v128.load(grad + at), p, signs, weightDecay);
    let v = f32x4.mul(v128.load(squareAvg + at), keep);
    v = f32x4.add(v, f32x4.mul(f32x4.mul(share, g), g));
    put(squareAvg + at, v, left);
    if (gradAvg) {
      let a = f32x4.mul(v128.load(gradAvg + at), keep);
      a = f32x4.add(a, f32x4.mul(share, g));
      put(gradAvg + at, a, left);
      v = f32x4.sub(v, f32x4.mul(a, a));
    }
    const average = f32x4.add(f32x4.sqrt(v), epsilon);
    if (buffer) {
      let b = f32x4.mul(v128.load(buffer + at), m);
      b = f32x4.add(b, f32x4.div(g, average));
      put(buffer + at, b, left);
      put(param + at, f32x4.add(p, f32x4.mul(step, b)), left);
    } else {
      put(param + at, f32x4.add(p, f32x4.div(f32x4.mul(step, g), average)), left);
    }
  }
}

/**
 * `rest1` and `rest2` are 1 − beta, `correction2` the root of the second bias correction, `stepSize` the rate over the
 * first. `shrink` multiplies the parameter first (1 without decoupled decay).
 */
export function adamStep(
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
  const step = f32x4.splat(-stepSize);
  const keep1 = f32x4.splat(beta1);
  const share1 = f32x4.splat(rest1);
  const keep2 = f32x4.splat(beta2);
  const share2 = f32x4.splat(rest2);
  const correction = f32x4.splat(correction2);
  const epsilon = f32x4.splat(eps);
  const shrinks = f32x4.splat(shrink);
  const signs = f32x4.splat(sign);
  let at: usize = 0;
  for (let left = n; left > 0; left -= 4, at += 16) {
    const p = f32x4.mul(v128.load(param + at), shrinks);
    const g = effective(v128.load(grad + at), p, signs, weightDecay);
    const m = f32x4.add(f32x4.mul(v128.load(expAvg + at), keep1), f32x4.mul(share1, g));
    put(expAvg + at, m, left);
    let v = f32x4.mul(v128.load(expAvgSq + at), keep2);
    v = f32x4.add(v, f32x4.mul(f32x4.mul(share2, g), g));
    put(expAvgSq + at, v, left);
    if (maxExpAvgSq) {
      v = f32x4.max(v128.load(maxExpAvgSq + at), v);
      put(maxExpAvgSq + at, v, left);
    }
    const denominator = f32x4.add(f32x4.div(f32x4.sqrt(v), correction), epsilon);
    put(param + at, f32x4.add(p, f32x4.div(f32x4.mul(step, m), denominator)), left);
  }
}
