/**
 * @file Connectionist temporal classification (Graves et al., 2006): logarithms of the probabilities of all alignments of a
 * target, forwards and backwards, of float32 and float64. They are added up in double precision.
 */
import { bytesOf } from "./lanes";

/** log(eᵃ + eᵇ + eᶜ) */
@inline
function logSum(a: f64, b: f64, c: f64): f64 {
  const largest = max<f64>(max<f64>(a, b), c);
  if (largest == -Infinity) return largest;
  return largest + Math.log(Math.exp(a - largest) + Math.exp(b - largest) + Math.exp(c - largest));
}

/** Label s of a target: blanks are at even places. */
@inline
function labelAt(labels: usize, s: i32): usize {
  return <usize>load<i32>(labels + (<usize>s << 2));
}

/** Whether label s may follow the one two places before it. */
@inline
function skips(labels: usize, s: i32): bool {
  return s >= 2 && (s & 1) == 1 && labelAt(labels, s) != labelAt(labels, s - 2);
}

@inline
function ctcLoss<T>(
  losses: usize, alphas: usize, logProbs: usize, labels: usize, lengths: usize, targets: usize, steps: i32, batch: i32,
  classes: i32, width: i32, first: i32, count: i32,
): void {
  const row = <usize>batch * bytesOf<T>(classes);
  for (let n = first; n < first + count; n++) {
    const own = labels + (<usize>(n * width) << 2);
    const length = load<i32>(lengths + (<usize>n << 2));
    const states = 2 * load<i32>(targets + (<usize>n << 2)) + 1;
    const alpha = alphas + bytesOf<T>(width) * <usize>(n * steps);
    const probs = logProbs + bytesOf<T>(classes) * <usize>n;
    for (let t = 0; t < length; t++) {
      const to = alpha + bytesOf<T>(width) * <usize>t;
      const before = to - bytesOf<T>(width);
      const p = probs + <usize>t * row;
      for (let s = 0; s < states; s++) {
        let sum: f64 = -Infinity;
        if (t == 0) {
          if (s < 2) sum = 0;
        } else {
          const a = <f64>load<T>(before + bytesOf<T>(s));
          const b = s >= 1 ? <f64>load<T>(before + bytesOf<T>(s - 1)) : -Infinity;
          const c = skips(own, s) ? <f64>load<T>(before + bytesOf<T>(s - 2)) : -Infinity;
          sum = logSum(a, b, c);
        }
        store<T>(to + bytesOf<T>(s), <T>(sum + <f64>load<T>(p + (labelAt(own, s) << alignof<T>()))));
      }
    }
    let total: f64 = -Infinity;
    if (length > 0) {
      const last = alpha + bytesOf<T>(width) * <usize>(length - 1);
      const end = <f64>load<T>(last + bytesOf<T>(states - 1));
      total = states > 1 ? logSum(end, <f64>load<T>(last + bytesOf<T>(states - 2)), -Infinity) : end;
    } else if (states == 1) {
      total = 0;
    }
    store<T>(losses + bytesOf<T>(n), <T>(-total));
  }
}

/**
 * Losses of samples `first` to `first` + `count` − 1 from log-probabilities [steps, batch, classes] and labels [batch,
 * width] with blanks around them, and `alphas` [batch, steps, width]: the logarithms of the probabilities of all that leads
 * to a label at a step. `lengths` are those of the inputs, `targets` those of the targets.
 */
export function ctcLoss_f32(
  losses: usize, alphas: usize, logProbs: usize, labels: usize, lengths: usize, targets: usize, steps: i32, batch: i32,
  classes: i32, width: i32, first: i32, count: i32,
): void {
  ctcLoss<f32>(losses, alphas, logProbs, labels, lengths, targets, steps, batch, classes, width, first, count);
}

export function ctcLoss_f64(
  losses: usize, alphas: usize, logProbs: usize, labels: usize, lengths: usize, targets: usize, steps: i32, batch: i32,
  classes: i32, width: i32, first: i32, count: i32,
): void {
  ctcLoss<f64>(losses, alphas, logProbs, labels, lengths, targets, steps, batch, classes, width, first, count);
}

@inline
function ctcLossGrad<T>(
  out: usize, grad: usize, losses: usize, alphas: usize, logProbs: usize, labels: usize, lengths: usize, targets: usize,
  steps: i32, batch: i32, classes: i32, width: i32, first: i32, count: i32, scratch: usize,
): void {
  const row = <usize>batch * bytesOf<T>(classes);
  for (let n = first; n < first + count; n++) {
    const own = labels + (<usize>(n * width) << 2);
    const length = load<i32>(lengths + (<usize>n << 2));
    const states = 2 * load<i32>(targets + (<usize>n << 2)) + 1;
    const alpha = alphas + bytesOf<T>(width) * <usize>(n * steps);
    const probs = logProbs + bytesOf<T>(classes) * <usize>n;
    const result = out + bytesOf<T>(classes) * <usize>n;
    const loss = <f64>load<T>(losses + bytesOf<T>(n));
    const g = <f64>load<T>(grad + bytesOf<T>(n));
    for (let t = 0; t < steps; t++) memory.fill(result + <usize>t * row, 0, bytesOf<T>(classes));
    if (!(loss < Infinity)) continue;
    // What follows a label at a step: of two steps in turn.
    let after = scratch;
    let now = scratch + (<usize>width << 3);
    for (let t = length - 1; t >= 0; t--) {
      const p = probs + <usize>t * row;
      const q = p + row;
      const to = result + <usize>t * row;
      for (let s = 0; s < states; s++) {
        let sum: f64 = -Infinity;
        if (t == length - 1) {
          if (s >= states - 2) sum = 0;
        } else {
          const a = load<f64>(after + (<usize>s << 3)) + <f64>load<T>(q + (labelAt(own, s) << alignof<T>()));
          const b =
            s + 1 < states
              ? load<f64>(after + (<usize>(s + 1) << 3)) + <f64>load<T>(q + (labelAt(own, s + 1) << alignof<T>()))
              : -Infinity;
          const c =
            s + 2 < states && skips(own, s + 2)
              ? load<f64>(after + (<usize>(s + 2) << 3)) + <f64>load<T>(q + (labelAt(own, s + 2) << alignof<T>()))
              : -Infinity;
          sum = logSum(a, b, c);
        }
        store<f64>(now + (<usize>s << 3), sum);
        const all = <f64>load<T>(alpha + bytesOf<T>(t * width + s)) + sum;
        if (all == -Infinity) continue;
        const at = to + (labelAt(own, s) << alignof<T>());
        store<T>(at, <T>(<f64>load<T>(at) - g * Math.exp(all + loss)));
      }
      const other = after;
      after = now;
      now = other;
    }
  }
}

/** The gradient of {@link ctcLoss_f32} for the log-probabilities. `scratch` has 16·width bytes. */
export function ctcLossGrad_f32(
  out: usize, grad: usize, losses: usize, alphas: usize, logProbs: usize, labels: usize, lengths: usize, targets: usize,
  steps: i32, batch: i32, classes: i32, width: i32, first: i32, count: i32, scratch: usize,
): void {
  ctcLossGrad<f32>(
    out, grad, losses, alphas, logProbs, labels, lengths, targets, steps, batch, classes, width, first, count, scratch,
  );
}

export function ctcLossGrad_f64(
  out: usize, grad: usize, losses: usize, alphas: usize, logProbs: usize, labels: usize, lengths: usize, targets: usize,
  steps: i32, batch: i32, classes: i32, width: i32, first: i32, count: i32, scratch: usize,
): void {
  ctcLossGrad<f64>(
    out, grad, losses, alphas, logProbs, labels, lengths, targets, steps, batch, classes, width, first, count, scratch,
  );
}
