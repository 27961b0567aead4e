/**
 * @file Functions of the vectors that generated kernels import: `<name>_f32x4` of four float32, `<name>_f64x2` of two
 * float64. JavaScript cannot call them.
 */
import { erf64 } from "./math/erf64";
import { exp64, expm164, sigmoid64, tanh64 } from "./math/exp64";
import { erfOf, expm1Of, expOf, log1pOf, logOf, sigmoidOf, tanhOf } from "./math/float32";
import { log1p64, log64 } from "./math/log64";
import { cos64, cosOf, sin64, sinOf } from "./math/trigonometric";

export function exp_f32x4(x: v128): v128 {
  return expOf(x);
}

export function exp_f64x2(x: v128): v128 {
  return exp64(x);
}

export function log_f32x4(x: v128): v128 {
  return logOf(x);
}

export function log_f64x2(x: v128): v128 {
  return log64(x);
}

export function tanh_f32x4(x: v128): v128 {
  return tanhOf(x);
}

export function tanh_f64x2(x: v128): v128 {
  return tanh64(x);
}

export function sigmoid_f32x4(x: v128): v128 {
  return sigmoidOf(x);
}

export function sigmoid_f64x2(x: v128): v128 {
  return sigmoid64(x);
}

export function erf_f32x4(x: v128): v128 {
  return erfOf(x);
}

export function erf_f64x2(x: v128): v128 {
  return erf64(x);
}

export function sin_f32x4(x: v128): v128 {
  return sinOf(x);
}

export function sin_f64x2(x: v128): v128 {
  return sin64(x);
}

export function cos_f32x4(x: v128): v128 {
  return cosOf(x);
}

export function cos_f64x2(x: v128): v128 {
  return cos64(x);
}

export function log1p_f32x4(x: v128): v128 {
  return log1pOf(x);
}

export function log1p_f64x2(x: v128): v128 {
  return log1p64(x);
}

export function expm1_f32x4(x: v128): v128 {
  return expm1Of(x);
}

export function expm1_f64x2(x: v128): v128 {
  return expm164(x);
}

