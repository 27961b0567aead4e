/** @file Activations that bend smoothly: exponentials, and what is made of tanh and the logarithm of the sigmoid. */
import { apply } from "../../autograd/apply.ts";
import { ops } from "../../tensor/ops/index.ts";
import { readArguments } from "../../tensor/options.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { activated, type DimOptions, type EluOptions, type InplaceOptions, softmax } from "./activation.ts";

/** With these, mean 0 and variance 1 are what layers of normally distributed weights tend to (Klambauer et al., 2017). */
const SELU_ALPHA = 1.6732632423543772;
const SELU_SCALE = 1.0507009873554805;

/** log(1 / (1 + e⁻ˣ)) */
export const logOfSigmoid = (x: Tensor): Tensor => apply(ops.logSigmoid, [x], null);

/** log(1 / (1 + e⁻ˣ)) */
export function logsigmoid(x: Tensor): Tensor {
  return activated("logsigmoid", x, false, ["LogSigmoidBackward0"], logOfSigmoid);
}

/** x·tanh(log(1 + eˣ)) */
export function mish(x: Tensor, inplace?: boolean | InplaceOptions): Tensor {
  const given = readArguments("mish", { inplace: false }, [inplace]);
  return activated("mish", x, given.inplace, ["MishBackward0"], (v) => v.mul(logOfSigmoid(v.neg()).neg().tanh()));
}

/** x / (1 + |x|) */
export function softsign(x: Tensor): Tensor {
  return activated("softsign", x, false, ["DivBackward0"], (v) => v.div(v.abs().add(1)));
}

/** x − tanh x */
export function tanhshrink(x: Tensor): Tensor {
  return activated("tanhshrink", x, false, ["SubBackward0"], (v) => v.sub(v.tanh()));
}

/** 1.0507·x where x > 0, else 1.0507·1.6733·(eˣ − 1). */
export function selu(x: Tensor, inplace?: boolean | InplaceOptions): Tensor {
  const given = readArguments("selu", { inplace: false }, [inplace]);
  return activated("selu", x, given.inplace, ["EluBackward0", "EluBackward1"], (v) =>
    apply(ops.elu, [v], { alpha: SELU_ALPHA, scale: SELU_SCALE, inputScale: 1 }),
  );
}

/** x where x > 0, else alpha·(e^(x/alpha) − 1): its slope at 0 is 1 for every alpha. */
export function celu(x: Tensor, alpha?: number | EluOptions, inplace?: boolean | InplaceOptions): Tensor {
  const given = readArguments("celu", { alpha: 1, inplace: false }, [alpha, inplace]);
  return activated("celu", x, given.inplace, ["CeluBackward0", "CeluBackward1"], (v) =>
    apply(ops.elu, [v], { alpha: given.alpha, scale: 1, inputScale: 1 / given.alpha }),
  );
}

/** e⁻ˣ / Σ e⁻ˣ along a dimension. */
export function softmin(x: Tensor, dim?: number | null | DimOptions): Tensor {
  return softmax(x.neg(), dim);
}
