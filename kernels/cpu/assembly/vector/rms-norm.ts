/** @file Normalization by the root of the mean square of rows, and its gradient, of float32 and float64. */
import { bytesOf, halves, keep, lanesOf, pairSum, put } from "./lanes";

/** Σ x·y, or Σ w·x·y, of n neighbours. */
@inline
function dot<T>(x: usize, y: usize, weight: usize, n: i32): f64 {
  let total = f64x2.splat(0);
  for (let left = n; left > 0; left -= lanesOf<T>(), x += 16, y += 16) {
    let v = v128.mul<T>(v128.load(x), v128.load(y));
    if (weight) {
      v = v128.mul<T>(v, v128.load(weight));
      weight += 16;
    }
    total = f64x2.add(total, halves<T>(keep<T>(v, left)));
  }
  return pairSum(total);
}

@inline
function rmsNorm<T>(out: usize, rstds: usize, x: usize, weight: usize, rows: i32, n: i32, eps: f64): void {
  for (let r = 0; r < rows; r++, x += bytesOf<T>(n), out += bytesOf<T>(n)) {
    const rstd = <T>(1 / sqrt<f64>(dot<T>(x, x, 0, n) / n + eps));
    store<T>(rstds + bytesOf<T>(r), rstd);
    const s = v128.splat<T>(rstd);
    let at: usize = 0;
    for (let left = n; left > 0; left -= lanesOf<T>(), at += 16) {
      let y = v128.mul<T>(v128.load(x + at), s);
      if (weight) y = v128.mul<T>(y, v128.load(weight + at));
      put<T>(out + at, y, left);
    }
  }
}

/** x/√(mean of x² + eps)·weight of rows of n elements, and the inverse roots. The weight's address may be 0. */
export function rmsNormRows_f32(
  out: usize, rstds: usize, x: usize, weight: usize, rows: i32, n: i32, eps: f64,
): void {
  rmsNorm<f32>(out, rstds, x, weight, rows, n, eps);
}

export function rmsNormRows_f64(
  out: usize, rstds: usize, x: usize, weight: usize, rows: i32, n: i32, eps: f64,
): void {
  rmsNorm<f64>(out, rstds, x, weight, rows, n, eps);
}

@inline
function rmsNormGrad<T>(
  out: usize, dw: usize, g: usize, x: usize, rstds: usize, weight: usize, rows: i32, n: i32,
): void {
  memory.fill(dw, 0, bytesOf<T>(n));
  for (let r = 0; r < rows; r++, x += bytesOf<T>(n), g += bytesOf<T>(n), out += bytesOf<T>(n)) {
    const rstd = load<T>(rstds + bytesOf<T>(r));
    const shift = <T>(dot<T>(g, x, weight, n) / n * <f64>rstd * <f64>rstd * <f64>rstd);
    const s = v128.splat<T>(rstd);
    const h = v128.splat<T>(shift);
    let at: usize = 0;
    for (let left = n; left > 0; left -= lanesOf<T>(), at += 16) {
      const p = v128.load(g + at);
      const q = v128.load(x + at);
      const scaled = v128.mul<T>(p, s);
      put<T>(dw + at, v128.add<T>(v128.load(dw + at), v128.mul<T>(scaled, q)), left);
      const w = weight ? v128.mul<T>(scaled, v128.load(weight + at)) : scaled;
      put<T>(out + at, v128.sub<T>(w, v128.mul<T>(q, h)), left);
    }
  }
}

/** Gradients of {@link rmsNormRows_f32}: for x, and the sum over the rows of that for the weight. */
export function rmsNormGradRows_f32(
  out: usize, dw: usize, g: usize, x: usize, rstds: usize, weight: usize, rows: i32, n: i32,
): void {
  rmsNormGrad<f32>(out, dw, g, x, rstds, weight, rows, n);
}

export function rmsNormGradRows_f64(
  out: usize, dw: usize, g: usize, x: usize, rstds: usize, weight: usize, rows: i32, n: i32,
): void {
  rmsNormGrad<f64>(out, dw, g, x, rstds, weight, rows, n);
}
