/** @file Keeping gradients small. */

import { noGrad } from "../../autograd/grad-mode.ts";
import { peekGrad } from "../../autograd/tape-state.ts";
import { optional, required, signature } from "../../core/arguments.ts";
import { ValueError } from "../../core/errors.ts";
import { isTensor } from "../../core/identity.ts";
import { aBoolean, aNumber, type Kind, REFUSED } from "../../core/kinds.ts";
import { tensor } from "../../tensor/create.ts";
import { stack } from "../../tensor/functions/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";

export interface ClipGradNormOptions {
  /** Which norm; `Infinity` is the largest absolute value. Default 2. */
  readonly normType?: number | undefined;
  /** Whether to throw where the norm is infinite or NaN. Reads it synchronously. Default false. */
  readonly errorIfNonfinite?: boolean | undefined;
}

/** Added to the norm before the division by it. */
const EPS = 1e-6;

/** Tensors that can be iterated over, as an array of them. */
export const someTensors: Kind<readonly Tensor[]> = {
  description: "a list of Tensors",
  read(value: unknown): readonly Tensor[] | typeof REFUSED {
    if (typeof value !== "object" || value === null || !(Symbol.iterator in value) || isTensor(value)) return REFUSED;
    const list = [...(value as Iterable<unknown>)];
    return list.every(isTensor) ? list : REFUSED;
  },
  hint: (value) =>
    typeof value === "object" && value !== null && "parameters" in value ? "Pass model.parameters()." : undefined,
};
const oneOrMore: Kind<readonly Tensor[]> = {
  ...someTensors,
  description: "a Tensor or a list of Tensors",
  read: (value) => (isTensor(value) ? [value] : someTensors.read(value)),
};

const SIGNATURES = {
  clipGradNorm_: signature("clipGradNorm_", {
    parameters: required(oneOrMore),
    maxNorm: required(aNumber),
    normType: optional(aNumber, 2),
    errorIfNonfinite: optional(aBoolean, false),
  }),
  clipGradValue_: signature("clipGradValue_", { parameters: required(oneOrMore), clipValue: required(aNumber) }),
};

function gradsOf(parameters: readonly Tensor[]): Tensor[] {
  return parameters.flatMap((p) => peekGrad(p) ?? []);
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
  normType?: number,
  errorIfNonfinite?: boolean,
): Tensor;
export function clipGradNorm_(
  parameters: Iterable<Tensor> | Tensor,
  maxNorm: number,
  normType: number | undefined,
  options: ClipGradNormOptions | undefined,
): Tensor;
export function clipGradNorm_(
  parameters: Iterable<Tensor> | Tensor,
  maxNorm: number,
  options?: ClipGradNormOptions,
): Tensor;
export function clipGradNorm_(...args: readonly unknown[]): Tensor {
  const op = "clipGradNorm_";
  const given = SIGNATURES.clipGradNorm_.read(args);
  const { parameters, maxNorm } = given;
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
export function clipGradValue_(parameters: Iterable<Tensor> | Tensor, clipValue: number): void;
export function clipGradValue_(...given: readonly unknown[]): void {
  const { parameters, clipValue } = SIGNATURES.clipGradValue_.read(given);
  noGrad(() => {
    for (const g of gradsOf(parameters)) g.clamp_(-clipValue, clipValue);
  });
}
