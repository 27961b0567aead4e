/** @file Keeping gradients small. */

import { noGrad } from "../../autograd/grad-mode.ts";
import { peekGrad } from "../../autograd/tape-state.ts";
import { tensor } from "../../tensor/create.ts";
import { ValueError } from "../../tensor/errors.ts";
import { stack } from "../../tensor/functions/shape.ts";
import { readArguments } from "../../tensor/options.ts";
import { Tensor } from "../../tensor/tensor.ts";

export interface ClipGradNormOptions {
  /** Which norm; `Infinity` is the largest absolute value. Default 2. */
  readonly normType?: number | undefined;
  /** Whether to throw where the norm is infinite or NaN. Reads it synchronously. Default false. */
  readonly errorIfNonfinite?: boolean | undefined;
}

/** Added to the norm before the division by it. */
const EPS = 1e-6;

function gradsOf(parameters: Iterable<Tensor> | Tensor): Tensor[] {
  const list = parameters instanceof Tensor ? [parameters] : [...parameters];
  return list.flatMap((p) => peekGrad(p) ?? []);
}

/**
 * Scales the gradients of all parameters down, in place, so that together, as one vector, their norm is at most
 * `maxNorm`.
 *
 * @returns the norm before, a tensor of one number.
 * @throws ValueError with `errorIfNonfinite`, before anything is changed.
 * @example
 * loss.backward();
 * nn.utils.clipGradNorm_(model.parameters(), 1);
 * optimizer.step();
 */
export function clipGradNorm_(
  parameters: Iterable<Tensor> | Tensor,
  maxNorm: number,
  normType?: number | ClipGradNormOptions,
  errorIfNonfinite?: boolean | Pick<ClipGradNormOptions, "errorIfNonfinite">,
): Tensor {
  const op = "clipGradNorm_";
  const given = readArguments(op, { normType: 2, errorIfNonfinite: false }, [normType, errorIfNonfinite]);
  return noGrad(() => {
    const grads = gradsOf(parameters);
    const [first] = grads;
    if (first === undefined) return tensor(0);
    const norms = grads.map((g) => g.norm(given.normType).to(first.dtype));
    const total = stack(norms).norm(given.normType);
    if (given.errorIfNonfinite && !Number.isFinite(total.itemSync())) {
      throw new ValueError(
        `[${op}] The total norm of order ${given.normType} for gradients from \`parameters\` is non-finite, so it cannot be clipped. ` +
          "To scale the gradients by the non-finite norm anyway, set errorIfNonfinite to false.",
      );
    }
    const factor = total.add(EPS).reciprocal().mul(maxNorm).clamp(null, 1);
    for (const g of grads) g.mul_(factor);
    return total;
  });
}

/** Moves every element of the gradients of all parameters, in place, into −clipValue … clipValue. */
export function clipGradValue_(parameters: Iterable<Tensor> | Tensor, clipValue: number): void {
  noGrad(() => {
    for (const g of gradsOf(parameters)) g.clamp_(-clipValue, clipValue);
  });
}
