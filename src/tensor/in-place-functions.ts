/** @file In-place methods that PyTorch has as functions too: `exp_(x)` is `x.exp_()`. */
import { required, signature } from "../core/arguments.ts";
import { isTensor } from "../core/identity.ts";
import { aTensor } from "../core/kinds.ts";
import { withName } from "./functions/arguments.ts";
import { Tensor } from "./tensor.ts";

type Method = (this: Tensor, ...args: readonly unknown[]) => Tensor;

/** The in-place methods that are functions too. */
type InPlaceName = Extract<keyof Tensor, `${string}_`>;

/** The method of a name as a function of the tensor that it changes and returns. */
type InPlaceFunction<N extends InPlaceName> = (input: Tensor, ...args: Parameters<Tensor[N]>) => Tensor;

function functionOf<const N extends InPlaceName>(name: N): InPlaceFunction<N> {
  const READ = signature(name, { input: required(aTensor) });
  return withName(name, (input: Tensor, ...args: readonly unknown[]): Tensor => {
    const self = isTensor(input) ? input : READ.read([input]).input;
    return (Tensor.prototype[name] as Method).call(self, ...args);
  });
}

/**
 * {@link Tensor.abs_} as a function.
 *
 * @example abs_(tensor([-1, 2])); // tensor([1., 2.])
 */
export const abs_: InPlaceFunction<"abs_"> = /* @__PURE__ */ functionOf("abs_");

/**
 * {@link Tensor.acos_} as a function.
 *
 * @example acos_(tensor([0, 1])); // tensor([1.5708, 0.0000])
 */
export const acos_: InPlaceFunction<"acos_"> = /* @__PURE__ */ functionOf("acos_");

/**
 * {@link Tensor.acosh_} as a function.
 *
 * @example acosh_(tensor([1, 2])); // tensor([0.0000, 1.3170])
 */
export const acosh_: InPlaceFunction<"acosh_"> = /* @__PURE__ */ functionOf("acosh_");

/**
 * {@link Tensor.addmv_} as a function.
 *
 * @example addmv_(zeros(2), eye(2), ones(2)); // tensor([1., 1.])
 */
export const addmv_: InPlaceFunction<"addmv_"> = /* @__PURE__ */ functionOf("addmv_");

/**
 * {@link Tensor.arccos_} as a function.
 *
 * @example arccos_(tensor([0, 1])); // tensor([1.5708, 0.0000])
 */
export const arccos_: InPlaceFunction<"arccos_"> = /* @__PURE__ */ functionOf("arccos_");

/**
 * {@link Tensor.arccosh_} as a function.
 *
 * @example arccosh_(tensor([1, 2])); // tensor([0.0000, 1.3170])
 */
export const arccosh_: InPlaceFunction<"arccosh_"> = /* @__PURE__ */ functionOf("arccosh_");

/**
 * {@link Tensor.arcsin_} as a function.
 *
 * @example arcsin_(tensor([0, 1])); // tensor([0.0000, 1.5708])
 */
export const arcsin_: InPlaceFunction<"arcsin_"> = /* @__PURE__ */ functionOf("arcsin_");

/**
 * {@link Tensor.arcsinh_} as a function.
 *
 * @example arcsinh_(tensor([-1, 2])); // tensor([-0.8814, 1.4436])
 */
export const arcsinh_: InPlaceFunction<"arcsinh_"> = /* @__PURE__ */ functionOf("arcsinh_");

/**
 * {@link Tensor.arctan_} as a function.
 *
 * @example arctan_(tensor([-1, 2])); // tensor([-0.7854, 1.1071])
 */
export const arctan_: InPlaceFunction<"arctan_"> = /* @__PURE__ */ functionOf("arctan_");

/**
 * {@link Tensor.arctanh_} as a function.
 *
 * @example arctanh_(tensor([0, 0.5])); // tensor([0.0000, 0.5493])
 */
export const arctanh_: InPlaceFunction<"arctanh_"> = /* @__PURE__ */ functionOf("arctanh_");

/**
 * {@link Tensor.asin_} as a function.
 *
 * @example asin_(tensor([0, 1])); // tensor([0.0000, 1.5708])
 */
export const asin_: InPlaceFunction<"asin_"> = /* @__PURE__ */ functionOf("asin_");

/**
 * {@link Tensor.asinh_} as a function.
 *
 * @example asinh_(tensor([-1, 2])); // tensor([-0.8814, 1.4436])
 */
export const asinh_: InPlaceFunction<"asinh_"> = /* @__PURE__ */ functionOf("asinh_");

/**
 * {@link Tensor.atan_} as a function.
 *
 * @example atan_(tensor([-1, 2])); // tensor([-0.7854, 1.1071])
 */
export const atan_: InPlaceFunction<"atan_"> = /* @__PURE__ */ functionOf("atan_");

/**
 * {@link Tensor.atanh_} as a function.
 *
 * @example atanh_(tensor([0, 0.5])); // tensor([0.0000, 0.5493])
 */
export const atanh_: InPlaceFunction<"atanh_"> = /* @__PURE__ */ functionOf("atanh_");

/**
 * {@link Tensor.ceil_} as a function.
 *
 * @example ceil_(tensor([0.5, -0.5])); // tensor([1., -0.])
 */
export const ceil_: InPlaceFunction<"ceil_"> = /* @__PURE__ */ functionOf("ceil_");

/**
 * {@link Tensor.clamp_} as a function.
 *
 * @example clamp_(tensor([-1, 2]), 0, 1); // tensor([0., 1.])
 */
export const clamp_: InPlaceFunction<"clamp_"> = /* @__PURE__ */ functionOf("clamp_");

/**
 * {@link Tensor.clampMax_} as a function.
 *
 * @example clampMax_(tensor([-1, 2]), 1); // tensor([-1., 1.])
 */
export const clampMax_: InPlaceFunction<"clampMax_"> = /* @__PURE__ */ functionOf("clampMax_");

/**
 * {@link Tensor.clampMin_} as a function.
 *
 * @example clampMin_(tensor([-1, 2]), 0); // tensor([0., 2.])
 */
export const clampMin_: InPlaceFunction<"clampMin_"> = /* @__PURE__ */ functionOf("clampMin_");

/**
 * {@link Tensor.clip_} as a function.
 *
 * @example clip_(tensor([-1, 2]), 0, 1); // tensor([0., 1.])
 */
export const clip_: InPlaceFunction<"clip_"> = /* @__PURE__ */ functionOf("clip_");

/**
 * {@link Tensor.cos_} as a function.
 *
 * @example cos_(tensor([-1, 2])); // tensor([ 0.5403, -0.4161])
 */
export const cos_: InPlaceFunction<"cos_"> = /* @__PURE__ */ functionOf("cos_");

/**
 * {@link Tensor.cosh_} as a function.
 *
 * @example cosh_(tensor([-1, 2])); // tensor([1.5431, 3.7622])
 */
export const cosh_: InPlaceFunction<"cosh_"> = /* @__PURE__ */ functionOf("cosh_");

/**
 * {@link Tensor.deg2rad_} as a function.
 *
 * @example deg2rad_(tensor([0, 180])); // tensor([0.0000, 3.1416])
 */
export const deg2rad_: InPlaceFunction<"deg2rad_"> = /* @__PURE__ */ functionOf("deg2rad_");

/**
 * {@link Tensor.detach_} as a function.
 *
 * @example detach_(tensor([1, 2])); // tensor([1., 2.])
 */
export const detach_: InPlaceFunction<"detach_"> = /* @__PURE__ */ functionOf("detach_");

/**
 * {@link Tensor.erf_} as a function.
 *
 * @example erf_(tensor([-1, 2])); // tensor([-0.8427, 0.9953])
 */
export const erf_: InPlaceFunction<"erf_"> = /* @__PURE__ */ functionOf("erf_");

/**
 * {@link Tensor.erfc_} as a function.
 *
 * @example erfc_(tensor([-1, 2])); // tensor([1.8427, 0.0047])
 */
export const erfc_: InPlaceFunction<"erfc_"> = /* @__PURE__ */ functionOf("erfc_");

/**
 * {@link Tensor.exp_} as a function.
 *
 * @example exp_(tensor([0, 1])); // tensor([1.0000, 2.7183])
 */
export const exp_: InPlaceFunction<"exp_"> = /* @__PURE__ */ functionOf("exp_");

/**
 * {@link Tensor.exp2_} as a function.
 *
 * @example exp2_(tensor([-1, 2])); // tensor([0.5000, 4.0000])
 */
export const exp2_: InPlaceFunction<"exp2_"> = /* @__PURE__ */ functionOf("exp2_");

/**
 * {@link Tensor.expm1_} as a function.
 *
 * @example expm1_(tensor([-1, 2])); // tensor([-0.6321, 6.3891])
 */
export const expm1_: InPlaceFunction<"expm1_"> = /* @__PURE__ */ functionOf("expm1_");

/**
 * {@link Tensor.fill_} as a function.
 *
 * @example fill_(zeros(2), 3); // tensor([3., 3.])
 */
export const fill_: InPlaceFunction<"fill_"> = /* @__PURE__ */ functionOf("fill_");

/**
 * {@link Tensor.fix_} as a function.
 *
 * @example fix_(tensor([1.5, -1.5])); // tensor([ 1., -1.])
 */
export const fix_: InPlaceFunction<"fix_"> = /* @__PURE__ */ functionOf("fix_");

/**
 * {@link Tensor.floor_} as a function.
 *
 * @example floor_(tensor([0.5, -0.5])); // tensor([ 0., -1.])
 */
export const floor_: InPlaceFunction<"floor_"> = /* @__PURE__ */ functionOf("floor_");

/**
 * {@link Tensor.frac_} as a function.
 *
 * @example frac_(tensor([1.5, -1.5])); // tensor([ 0.5000, -0.5000])
 */
export const frac_: InPlaceFunction<"frac_"> = /* @__PURE__ */ functionOf("frac_");

/**
 * {@link Tensor.gcd_} as a function.
 *
 * @example gcd_(tensor([4, 6]).int(), tensor([6, 9]).int()); // tensor([2, 3])
 */
export const gcd_: InPlaceFunction<"gcd_"> = /* @__PURE__ */ functionOf("gcd_");

/**
 * {@link Tensor.i0_} as a function.
 *
 * @example i0_(tensor([-1, 2])); // tensor([1.2661, 2.2796])
 */
export const i0_: InPlaceFunction<"i0_"> = /* @__PURE__ */ functionOf("i0_");

/**
 * {@link Tensor.indexPut_} as a function.
 *
 * @example indexPut_(zeros(2), [tensor([1]).int()], tensor([5])); // tensor([0., 5.])
 */
export const indexPut_: InPlaceFunction<"indexPut_"> = /* @__PURE__ */ functionOf("indexPut_");

/**
 * {@link Tensor.lcm_} as a function.
 *
 * @example lcm_(tensor([4, 6]).int(), tensor([6, 9]).int()); // tensor([12, 18])
 */
export const lcm_: InPlaceFunction<"lcm_"> = /* @__PURE__ */ functionOf("lcm_");

/**
 * {@link Tensor.ldexp_} as a function.
 *
 * @example ldexp_(tensor([1, 2]), tensor([3, 4])); // tensor([ 8., 32.])
 */
export const ldexp_: InPlaceFunction<"ldexp_"> = /* @__PURE__ */ functionOf("ldexp_");

/**
 * {@link Tensor.log_} as a function.
 *
 * @example log_(tensor([1, 2])); // tensor([0.0000, 0.6931])
 */
export const log_: InPlaceFunction<"log_"> = /* @__PURE__ */ functionOf("log_");

/**
 * {@link Tensor.log10_} as a function.
 *
 * @example log10_(tensor([1, 100])); // tensor([0., 2.])
 */
export const log10_: InPlaceFunction<"log10_"> = /* @__PURE__ */ functionOf("log10_");

/**
 * {@link Tensor.log1p_} as a function.
 *
 * @example log1p_(tensor([0, 1])); // tensor([0.0000, 0.6931])
 */
export const log1p_: InPlaceFunction<"log1p_"> = /* @__PURE__ */ functionOf("log1p_");

/**
 * {@link Tensor.log2_} as a function.
 *
 * @example log2_(tensor([1, 8])); // tensor([0., 3.])
 */
export const log2_: InPlaceFunction<"log2_"> = /* @__PURE__ */ functionOf("log2_");

/**
 * {@link Tensor.logit_} as a function.
 *
 * @example logit_(tensor([0.25, 0.5])); // tensor([-1.0986, 0.0000])
 */
export const logit_: InPlaceFunction<"logit_"> = /* @__PURE__ */ functionOf("logit_");

/**
 * {@link Tensor.nanToNum_} as a function.
 *
 * @example nanToNum_(tensor([NaN, 1])); // tensor([0., 1.])
 */
export const nanToNum_: InPlaceFunction<"nanToNum_"> = /* @__PURE__ */ functionOf("nanToNum_");

/**
 * {@link Tensor.neg_} as a function.
 *
 * @example neg_(tensor([-1, 2])); // tensor([ 1., -2.])
 */
export const neg_: InPlaceFunction<"neg_"> = /* @__PURE__ */ functionOf("neg_");

/**
 * {@link Tensor.negative_} as a function.
 *
 * @example negative_(tensor([-1, 2])); // tensor([ 1., -2.])
 */
export const negative_: InPlaceFunction<"negative_"> = /* @__PURE__ */ functionOf("negative_");

/**
 * {@link Tensor.rad2deg_} as a function.
 *
 * @example rad2deg_(tensor([0, 3])); // tensor([ 0.0000, 171.8873])
 */
export const rad2deg_: InPlaceFunction<"rad2deg_"> = /* @__PURE__ */ functionOf("rad2deg_");

/**
 * {@link Tensor.reciprocal_} as a function.
 *
 * @example reciprocal_(tensor([2, 4])); // tensor([0.5000, 0.2500])
 */
export const reciprocal_: InPlaceFunction<"reciprocal_"> = /* @__PURE__ */ functionOf("reciprocal_");

/**
 * {@link Tensor.relu_} as a function.
 *
 * @example relu_(tensor([-1, 2])); // tensor([0., 2.])
 */
export const relu_: InPlaceFunction<"relu_"> = /* @__PURE__ */ functionOf("relu_");

/**
 * {@link Tensor.round_} as a function.
 *
 * @example round_(tensor([0.6, 1.2])); // tensor([1., 1.])
 */
export const round_: InPlaceFunction<"round_"> = /* @__PURE__ */ functionOf("round_");

/**
 * {@link Tensor.rsqrt_} as a function.
 *
 * @example rsqrt_(tensor([4, 16])); // tensor([0.5000, 0.2500])
 */
export const rsqrt_: InPlaceFunction<"rsqrt_"> = /* @__PURE__ */ functionOf("rsqrt_");

/**
 * {@link Tensor.sigmoid_} as a function.
 *
 * @example sigmoid_(tensor([-1, 2])); // tensor([0.2689, 0.8808])
 */
export const sigmoid_: InPlaceFunction<"sigmoid_"> = /* @__PURE__ */ functionOf("sigmoid_");

/**
 * {@link Tensor.sin_} as a function.
 *
 * @example sin_(tensor([-1, 2])); // tensor([-0.8415, 0.9093])
 */
export const sin_: InPlaceFunction<"sin_"> = /* @__PURE__ */ functionOf("sin_");

/**
 * {@link Tensor.sinc_} as a function.
 *
 * @example sinc_(tensor([0, 0.5])); // tensor([1.0000, 0.6366])
 */
export const sinc_: InPlaceFunction<"sinc_"> = /* @__PURE__ */ functionOf("sinc_");

/**
 * {@link Tensor.sinh_} as a function.
 *
 * @example sinh_(tensor([-1, 2])); // tensor([-1.1752, 3.6269])
 */
export const sinh_: InPlaceFunction<"sinh_"> = /* @__PURE__ */ functionOf("sinh_");

/**
 * {@link Tensor.sqrt_} as a function.
 *
 * @example sqrt_(tensor([4, 9])); // tensor([2., 3.])
 */
export const sqrt_: InPlaceFunction<"sqrt_"> = /* @__PURE__ */ functionOf("sqrt_");

/**
 * {@link Tensor.square_} as a function.
 *
 * @example square_(tensor([-1, 2])); // tensor([1., 4.])
 */
export const square_: InPlaceFunction<"square_"> = /* @__PURE__ */ functionOf("square_");

/**
 * {@link Tensor.tan_} as a function.
 *
 * @example tan_(tensor([-1, 2])); // tensor([-1.5574, -2.1850])
 */
export const tan_: InPlaceFunction<"tan_"> = /* @__PURE__ */ functionOf("tan_");

/**
 * {@link Tensor.tanh_} as a function.
 *
 * @example tanh_(tensor([-1, 2])); // tensor([-0.7616, 0.9640])
 */
export const tanh_: InPlaceFunction<"tanh_"> = /* @__PURE__ */ functionOf("tanh_");

/**
 * {@link Tensor.trunc_} as a function.
 *
 * @example trunc_(tensor([1.5, -1.5])); // tensor([ 1., -1.])
 */
export const trunc_: InPlaceFunction<"trunc_"> = /* @__PURE__ */ functionOf("trunc_");

/**
 * {@link Tensor.xlogy_} as a function.
 *
 * @example xlogy_(tensor([0, 2]), tensor([0, 3])); // tensor([0.0000, 2.1972])
 */
export const xlogy_: InPlaceFunction<"xlogy_"> = /* @__PURE__ */ functionOf("xlogy_");

/**
 * {@link Tensor.zero_} as a function.
 *
 * @example zero_(tensor([-1, 2])); // tensor([0., 0.])
 */
export const zero_: InPlaceFunction<"zero_"> = /* @__PURE__ */ functionOf("zero_");
