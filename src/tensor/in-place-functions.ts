/** @file In-place methods that PyTorch has as functions too: `exp_(x)` is `x.exp_()`. */
import { required, signature } from "../core/arguments.ts";
import { isTensor } from "../core/identity.ts";
import { aTensor } from "../core/kinds.ts";
import { withName } from "./functions/arguments.ts";
import { Tensor } from "./tensor.ts";

/** The methods, in the order of the alphabet. */
const NAMES = [
  ...(["abs_", "acos_", "acosh_", "addmv_", "arccos_", "arccosh_", "arcsin_", "arcsinh_"] as const),
  ...(["arctan_", "arctanh_", "asin_", "asinh_", "atan_", "atanh_", "ceil_", "clamp_"] as const),
  ...(["clampMax_", "clampMin_", "clip_", "cos_", "cosh_", "deg2rad_", "detach_", "erf_"] as const),
  ...(["erfc_", "exp_", "exp2_", "expm1_", "fill_", "fix_", "floor_", "frac_"] as const),
  ...(["gcd_", "i0_", "indexPut_", "lcm_", "ldexp_", "log_", "log10_", "log1p_"] as const),
  ...(["log2_", "logit_", "nanToNum_", "neg_", "negative_", "rad2deg_", "reciprocal_", "relu_"] as const),
  ...(["round_", "rsqrt_", "sigmoid_", "sin_", "sinc_", "sinh_", "sqrt_", "square_"] as const),
  ...(["tan_", "tanh_", "trunc_", "xlogy_", "zero_"] as const),
] as const;

type Name = (typeof NAMES)[number];

type InPlaceFunctions = { readonly [N in Name]: (input: Tensor, ...args: Parameters<Tensor[N]>) => Tensor };

type Method = (this: Tensor, ...args: readonly unknown[]) => Tensor;

function functionOf(name: Name) {
  const READ = signature(name, { input: required(aTensor) });
  return withName(name, (input: Tensor, ...args: readonly unknown[]): Tensor => {
    const self = isTensor(input) ? input : READ.read([input]).input;
    return (Tensor.prototype[name] as Method).call(self, ...args);
  });
}

/**
 * The in-place methods of these names, as functions of the tensor that they change and return.
 *
 * @example
 * const x = tensor([-1, 2]);
 * relu_(x); // tensor([0., 2.])
 * clamp_(x, 0, 1) === x; // true
 */
export const {
  abs_,
  acos_,
  acosh_,
  addmv_,
  arccos_,
  arccosh_,
  arcsin_,
  arcsinh_,
  arctan_,
  arctanh_,
  asin_,
  asinh_,
  atan_,
  atanh_,
  ceil_,
  clamp_,
  clampMax_,
  clampMin_,
  clip_,
  cos_,
  cosh_,
  deg2rad_,
  detach_,
  erf_,
  erfc_,
  exp_,
  exp2_,
  expm1_,
  fill_,
  fix_,
  floor_,
  frac_,
  gcd_,
  i0_,
  indexPut_,
  lcm_,
  ldexp_,
  log_,
  log10_,
  log1p_,
  log2_,
  logit_,
  nanToNum_,
  neg_,
  negative_,
  rad2deg_,
  reciprocal_,
  relu_,
  round_,
  rsqrt_,
  sigmoid_,
  sin_,
  sinc_,
  sinh_,
  sqrt_,
  square_,
  tan_,
  tanh_,
  trunc_,
  xlogy_,
  zero_,
}: InPlaceFunctions = Object.fromEntries(NAMES.map((name) => [name, functionOf(name)])) as unknown as InPlaceFunctions;
