/** @file Cross-entropy of rows of logits against class indices, and its gradient. */
import { storeTail } from "./lanes";
import { divideRow, expRow, logOne, rowMax } from "./rows";

/** probs = softmax(logits), losses = −log probs[target], 0 where the target is `ignore`. Targets are int32, in range. */
export function crossEntropyRows(
  losses: usize,
  probs: usize,
  logits: usize,
  targets: usize,
  rows: i32,
  classes: i32,
  ignore: i32,
): void {
  for (let r = 0; r < rows; r++) {
    const max = rowMax(logits, classes);
    const sum = <f32>expRow(probs, logits, classes, max);
    divideRow(probs, classes, sum);
    const target = load<i32>(targets);
    let loss: f32 = 0;
    if (target != ignore) loss = logOne(sum) - (load<f32>(logits + (<usize>target << 2)) - max);
    store<f32>(losses, loss);
    losses += 4;
    targets += 4;
    probs += <usize>classes << 2;
    logits += <usize>classes << 2;
  }
}

/** out = g·(probs − onehot(target)), 0 where the target is `ignore`. `gStep` is the distance of the g in bytes. */
export function crossEntropyGradRows(
  out: usize,
  g: usize,
  gStep: i32,
  probs: usize,
  targets: usize,
  rows: i32,
  classes: i32,
  ignore: i32,
): void {
  const row = <usize>classes << 2;
  const whole = <usize>(classes & ~3) << 2;
  for (let r = 0; r < rows; r++) {
    const target = load<i32>(targets);
    if (target == ignore) {
      memory.fill(out, 0, row);
    } else {
      const scale = load<f32>(g);
      const s = f32x4.splat(scale);
      const atTarget = scale * (load<f32>(probs + (<usize>target << 2)) - 1);
      for (let at: usize = 0; at < whole; at += 16) v128.store(out + at, f32x4.mul(s, v128.load(probs + at)));
      if (classes & 3) storeTail(out + whole, f32x4.mul(s, v128.load(probs + whole)), classes & 3);
      store<f32>(out + (<usize>target << 2), atTarget);
    }
    targets += 4;
    g += gStep;
    out += row;
    probs += row;
  }
}
