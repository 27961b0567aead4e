/** @file Gradient clipping. */
import { noGrad } from "../../autograd/grad-mode.ts";
import { peekGrad } from "../../autograd/tape-state.ts";
import { optional, required, signature } from "../../core/arguments.ts";
import { ValueError } from "../../core/errors.ts";
import { isTensor } from "../../core/identity.ts";
import { aBoolean, aNumber, type Kind, REFUSED } from "../../core/kinds.ts";
import { tensor } from "../../tensor/create.ts";
import { stack } from "../../tensor/functions/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";

/** Options of {@link clipGradNorm_}. */
export interface ClipGradNormOptions {
  /** Type of the p-norm; `Infinity` is the maximum norm. Default 2. */
  readonly normType?: number | undefined;
  /** If true, throws where the total norm is infinite or NaN, for which it is read synchronously. Default false. */
  readonly errorIfNonfinite?: boolean | undefined;
}

/** Added to the norm for numerical stability. */
const EPS = 1e-6;

/** An iterable of tensors, as an array. */
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

/** The arguments of the functions. */
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
 * Clips the gradient norm of parameters, in place: all gradients together, as one vector, are scaled down to a norm of
 * `maxNorm` where it is larger.
 *
 * @returns the total norm before, a scalar.
 * @throws ValueError for a non-finite norm with `errorIfNonfinite`; the gradients are unchanged then.
 *
 * @example
 * const w = new nn.Parameter(tensor([3, 4]));
 * w.mul(w).sum().div(2).backward();
 * nn.utils.clipGradNorm_([w], 1); // tensor(5.)
 * w.grad; // tensor([0.6000, 0.8000])
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

/**
 * Clips the gradients of parameters, in place, to [−clipValue, clipValue].
 *
 * @example
 * const w = new nn.Parameter(tensor([3, -4]));
 * w.mul(w).sum().backward();
 * nn.utils.clipGradValue_([w], 7);
 * w.grad; // tensor([ 6., -7.])
 */
export function clipGradValue_(parameters: Iterable<Tensor> | Tensor, clipValue: number): void;
export function clipGradValue_(...given: readonly unknown[]): void {
  const { parameters, clipValue } = SIGNATURES.clipGradValue_.read(given);
  noGrad(() => {
    for (const g of gradsOf(parameters)) g.clamp_(-clipValue, clipValue);
  });
}
