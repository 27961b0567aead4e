/** @file Cross-entropy of rows of logits against class indices, and its gradient, of float32 and float64. */
import { bytesOf, lanesOf, put } from "./lanes";
import { divideRow, expRow, logOne, rowMax } from "./rows";

/** probs = softmax(logits), losses = −log probs[target], 0 where the target is `ignore`. Targets are int32, in range. */
@inline
function crossEntropy<T>(
  losses: usize,
  probs: usize,
  logits: usize,
  targets: usize,
  targetStep: i32,
  rows: i32,
  classes: i32,
  ignore: i32,
): void {
  for (let r = 0; r < rows; r++) {
    const max = rowMax<T>(logits, classes);
    const sum = expRow<T>(probs, logits, classes, max);
    divideRow<T>(probs, classes, sum);
    const target = load<i32>(targets);
    let loss: T = 0;
    if (target != ignore) loss = logOne<T>(sum) - (load<T>(logits + bytesOf<T>(target)) - max);
    store<T>(losses, loss);
    losses += sizeof<T>();
    targets += targetStep;
    probs += bytesOf<T>(classes);
    logits += bytesOf<T>(classes);
  }
}

/**
 * out = g·(probs − onehot(target)), 0 where the target is `ignore`. `gStep` and `targetStep` are the distances of the g and
 * of the targets in bytes.
 */
@inline
function crossEntropyGrad<T>(
  out: usize,
  g: usize,
  gStep: i32,
  probs: usize,
  targets: usize,
  targetStep: i32,
  rows: i32,
  classes: i32,
  ignore: i32,
): void {
  const row = bytesOf<T>(classes);
  for (let r = 0; r < rows; r++) {
    const target = load<i32>(targets);
    if (target == ignore) {
      memory.fill(out, 0, row);
    } else {
      const scale = load<T>(g);
      const s = v128.splat<T>(scale);
      const atTarget = scale * (load<T>(probs + bytesOf<T>(target)) - 1);
      let at: usize = 0;
      for (let left = classes; left > 0; left -= lanesOf<T>(), at += 16) {
        put<T>(out + at, v128.mul<T>(s, v128.load(probs + at)), left);
      }
      store<T>(out + bytesOf<T>(target), atTarget);
    }
    targets += targetStep;
    g += gStep;
    out += row;
    probs += row;
  }
}

export function crossEntropyRows_f32(
  losses: usize,
  probs: usize,
  logits: usize,
  targets: usize,
  targetStep: i32,
  rows: i32,
  classes: i32,
  ignore: i32,
): void {
  crossEntropy<f32>(losses, probs, logits, targets, targetStep, rows, classes, ignore);
}

export function crossEntropyRows_f64(
  losses: usize,
  probs: usize,
  logits: usize,
  targets: usize,
  targetStep: i32,
  rows: i32,
  classes: i32,
  ignore: i32,
): void {
  crossEntropy<f64>(losses, probs, logits, targets, targetStep, rows, classes, ignore);
}

export function crossEntropyGradRows_f32(
  out: usize,
  g: usize,
  gStep: i32,
  probs: usize,
  targets: usize,
  targetStep: i32,
  rows: i32,
  classes: i32,
  ignore: i32,
): void {
  crossEntropyGrad<f32>(out, g, gStep, probs, targets, targetStep, rows, classes, ignore);
}

export function crossEntropyGradRows_f64(
  out: usize,
  g: usize,
  gStep: i32,
  probs: usize,
  targets: usize,
  targetStep: i32,
  rows: i32,
  classes: i32,
  ignore: i32,
): void {
  crossEntropyGrad<f64>(out, g, gStep, probs, targets, targetStep, rows, classes, ignore);
}
