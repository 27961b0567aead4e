/**
 * @file Functions of the vectors that generated kernels import: `<name>_f32x4` of four float32, `<name>_f64x2` of two
 * float64. JavaScript cannot call them. erfinv, lgamma and digamma of float32 are computed in float64.
 */
import { acosOf, asinOf, atan2Of, atanOf } from "./math/arctangent32";
import { acos64, asin64, atan264, atan64 } from "./math/arctangent64";
import { demote, high, low } from "./math/arithmetic";
import { erf64, erfc64, erfcOf, erfinv64 } from "./math/erf64";
import { cosh64, exp264, exp64, expm164, sigmoid64, sinh64, tanh64 } from "./math/exp64";
import {
  erfOf,
  exp2Of,
  expm1Of,
  expOf,
  log1pOf,
  log2Of,
  log10Of,
  logOf,
  sigmoidOf,
  tanhOf,
} from "./math/float32";
import { fmod64, fmodOf } from "./math/fmod";
import { digamma64, lgamma64 } from "./math/gamma64";
import { acoshOf, asinhOf, atanhOf, coshOf, sinhOf } from "./math/hyperbolic32";
import { acosh64, asinh64, atanh64, log1064, log1p64, log264, log64 } from "./math/log64";
import { pow64, powOf } from "./math/pow";
import { cos64, cosOf, sin64, sinOf, tan64, tanOf } from "./math/trigonometric";

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

export function exp2_f32x4(x: v128): v128 {
  return exp2Of(x);
}

export function exp2_f64x2(x: v128): v128 {
  return exp264(x);
}

export function log2_f32x4(x: v128): v128 {
  return log2Of(x);
}

export function log2_f64x2(x: v128): v128 {
  return log264(x);
}

export function log10_f32x4(x: v128): v128 {
  return log10Of(x);
}

export function log10_f64x2(x: v128): v128 {
  return log1064(x);
}

export function tan_f32x4(x: v128): v128 {
  return tanOf(x);
}

export function tan_f64x2(x: v128): v128 {
  return tan64(x);
}

export function asin_f32x4(x: v128): v128 {
  return asinOf(x);
}

export function asin_f64x2(x: v128): v128 {
  return asin64(x);
}

export function acos_f32x4(x: v128): v128 {
  return acosOf(x);
}

export function acos_f64x2(x: v128): v128 {
  return acos64(x);
}

export function atan_f32x4(x: v128): v128 {
  return atanOf(x);
}

export function atan_f64x2(x: v128): v128 {
  return atan64(x);
}

export function sinh_f32x4(x: v128): v128 {
  return sinhOf(x);
}

export function sinh_f64x2(x: v128): v128 {
  return sinh64(x);
}

export function cosh_f32x4(x: v128): v128 {
  return coshOf(x);
}

export function cosh_f64x2(x: v128): v128 {
  return cosh64(x);
}

export function asinh_f32x4(x: v128): v128 {
  return asinhOf(x);
}

export function asinh_f64x2(x: v128): v128 {
  return asinh64(x);
}

export function acosh_f32x4(x: v128): v128 {
  return acoshOf(x);
}

export function acosh_f64x2(x: v128): v128 {
  return acosh64(x);
}

export function atanh_f32x4(x: v128): v128 {
  return atanhOf(x);
}

export function atanh_f64x2(x: v128): v128 {
  return atanh64(x);
}

export function erfc_f32x4(x: v128): v128 {
  return erfcOf(x);
}

export function erfc_f64x2(x: v128): v128 {
  return erfc64(x);
}

export function erfinv_f32x4(x: v128): v128 {
  return demote(erfinv_f64x2(low(x)), erfinv_f64x2(high(x)));
}

export function erfinv_f64x2(x: v128): v128 {
  return erfinv64(x);
}

export function lgamma_f32x4(x: v128): v128 {
  return demote(lgamma_f64x2(low(x)), lgamma_f64x2(high(x)));
}

export function lgamma_f64x2(x: v128): v128 {
  return lgamma64(x);
}

export function digamma_f32x4(x: v128): v128 {
  return demote(digamma_f64x2(low(x)), digamma_f64x2(high(x)));
}

export function digamma_f64x2(x: v128): v128 {
  return digamma64(x);
}

export function pow_f32x4(x: v128, y: v128): v128 {
  return powOf(x, y);
}

export function pow_f64x2(x: v128, y: v128): v128 {
  return pow64(x, y);
}

export function atan2_f32x4(y: v128, x: v128): v128 {
  return atan2Of(y, x);
}

export function atan2_f64x2(y: v128, x: v128): v128 {
  return atan264(y, x);
}

export function fmod_f32x4(x: v128, y: v128): v128 {
  return fmodOf(x, y);
}

export function fmod_f64x2(x: v128, y: v128): v128 {
  return fmod64(x, y);
}
