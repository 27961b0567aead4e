/** @file Activations that bend smoothly: exponentials, and what is made of tanh and the logarithm of the sigmoid. */
import { apply } from "../../autograd/apply.ts";
import { signature, type ThenOptions } from "../../core/arguments.ts";
import { ops } from "../../tensor/ops/index.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { activated, ELU_ARGUMENTS, type EluOptions, type InplaceOptions } from "./activation.ts";
import { INPLACE, INPUT } from "./check.ts";

const SIGNATURES = {
  logsigmoid: signature("logsigmoid", INPUT),
  mish: signature("mish", { ...INPUT, ...INPLACE }),
  softsign: signature("softsign", INPUT),
  tanhshrink: signature("tanhshrink", INPUT),
  selu: signature("selu", { ...INPUT, ...INPLACE }),
  celu: signature("celu", { ...INPUT, ...ELU_ARGUMENTS }),
};

/** With these, mean 0 and variance 1 are what layers of normally distributed weights tend to (Klambauer et al., 2017). */
const SELU_ALPHA = 1.6732632423543772;
const SELU_SCALE = 1.0507009873554805;

/** log(1 / (1 + e⁻ˣ)) */
export const logOfSigmoid = (x: Tensor): Tensor => apply(ops.logSigmoid, [x], null);

/** log(1 / (1 + e⁻ˣ)) */
export function logsigmoid(x: Tensor): Tensor;
export function logsigmoid(...given: readonly unknown[]): Tensor {
  const { input } = SIGNATURES.logsigmoid.read(given);
  return activated("logsigmoid", input, false, ["LogSigmoidBackward0"], logOfSigmoid);
}

/** x·tanh(log(1 + eˣ)) */
export function mish(x: Tensor, inplace?: boolean): Tensor;
export function mish(x: Tensor, options?: InplaceOptions): Tensor;
export function mish(...given: readonly unknown[]): Tensor {
  const { input, inplace } = SIGNATURES.mish.read(given);
  return activated("mish", input, inplace, ["MishBackward0"], (v) => v.mul(logOfSigmoid(v.neg()).neg().tanh()));
}

/** x / (1 + |x|) */
export function softsign(x: Tensor): Tensor;
export function softsign(...given: readonly unknown[]): Tensor {
  const { input } = SIGNATURES.softsign.read(given);
  return activated("softsign", input, false, ["DivBackward0"], (v) => v.div(v.abs().add(1)));
}

/** x − tanh x */
export function tanhshrink(x: Tensor): Tensor;
export function tanhshrink(...given: readonly unknown[]): Tensor {
  const { input } = SIGNATURES.tanhshrink.read(given);
  return activated("tanhshrink", input, false, ["SubBackward0"], (v) => v.sub(v.tanh()));
}

/** 1.0507·x where x > 0, else 1.0507·1.6733·(eˣ − 1). */
export function selu(x: Tensor, inplace?: boolean): Tensor;
export function selu(x: Tensor, options?: InplaceOptions): Tensor;
export function selu(...given: readonly unknown[]): Tensor {
  const { input, inplace } = SIGNATURES.selu.read(given);
  return activated("selu", input, inplace, ["EluBackward0", "EluBackward1"], (v) =>
    apply(ops.elu, [v], { alpha: SELU_ALPHA, scale: SELU_SCALE, inputScale: 1 }),
  );
}

/** x where x > 0, else alpha·(e^(x/alpha) − 1): its slope at 0 is 1 for every alpha. */
export function celu(x: Tensor, alpha?: number, inplace?: boolean): Tensor;
export function celu(x: Tensor, ...rest: ThenOptions<[alpha: number], EluOptions>): Tensor;
export function celu(...given: readonly unknown[]): Tensor {
  const { input, alpha, inplace } = SIGNATURES.celu.read(given);
  return activated("celu", input, inplace, ["CeluBackward0", "CeluBackward1"], (v) =>
    apply(ops.elu, [v], { alpha, scale: 1, inputScale: 1 / alpha }),
  );
}
