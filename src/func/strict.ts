/** @file Strict mode: errors for derivatives that are independent of the inputs, instead of zeros. */
import { GraphError } from "../core/errors.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** For strict: @throws GraphError for an output that was not computed from the inputs. */
export function checkOutputs(op: string, outputs: readonly Tensor[], strict: boolean): void {
  if (!strict) return;
  for (const [i, out] of outputs.entries()) {
    if (out.requiresGrad) continue;
    throw new GraphError(
      `[${op}] Output ${i} of the user-provided function does not require gradients. The outputs must be computed in a ` +
        "differentiable manner from the input when running in strict mode.",
    );
  }
}

/** For strict: @throws GraphError for a first derivative that is missing, or that does not depend on the inputs itself. */
export function checkFirst(
  op: string,
  grads: readonly (Tensor | null)[],
  strict: boolean,
  constant: (i: number) => string,
): void {
  if (!strict) return;
  for (const [i, g] of grads.entries()) {
    if (g === null) {
      throw new GraphError(
        `[${op}] The output of the user-provided function is independent of input ${i}. This is not allowed in strict mode.`,
      );
    }
    if (!g.requiresGrad) throw new GraphError(`[${op}] ${constant(i)} This is not allowed in strict mode.`);
  }
}

/** {@link checkFirst} for what is differentiated a second time. */
export function checkJacobian(op: string, grads: readonly (Tensor | null)[], strict: boolean): void {
  checkFirst(
    op,
    grads,
    strict,
    (i) =>
      `While computing the hessian, found that the jacobian of the user-provided function with respect to input ${i} is ` +
      "independent of the input.",
  );
}

/** How to say that a derivative is missing, and which one it is. */
export interface Stage {
  readonly missing: (i: number) => string;
  readonly result: "jacobian" | "hessian";
}

/** Zeros for derivatives that are missing; for strict, @throws GraphError instead. */
export function filled(
  op: string,
  grads: readonly (Tensor | null)[],
  like: readonly Tensor[],
  options: { readonly createGraph: boolean; readonly strict: boolean },
  stage: Stage,
): Tensor[] {
  return grads.map((g, i) => {
    if (options.strict && g === null) {
      throw new GraphError(`[${op}] ${stage.missing(i)} This is not allowed in strict mode.`);
    }
    if (options.strict && options.createGraph && g?.requiresGrad !== true) {
      throw new GraphError(
        `[${op}] The ${stage.result} of the user-provided function is independent of input ${i}. ` +
          "This is not allowed in strict mode when createGraph: true.",
      );
    }
    const input = like[i] as Tensor;
    return g ?? input.newZeros(input.shape);
  });
}
