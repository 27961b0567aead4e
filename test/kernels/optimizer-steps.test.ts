/** @file The rows of the fused optimizer steps and the CPU's kernels agree on their arguments. */
import { describe, expect, it } from "vitest";
import { loadWasm } from "../../kernels/cpu/wasm.ts";
import { OPTIMIZER_NAMES, OPTIMIZER_STEPS, type OptimizerName } from "../../kernels/optimizer-steps.ts";

const OPTIONS = { lr: 0.1, weightDecay: 0, maximize: false, eps: 1e-8 };
const MOMENTS = { ...OPTIONS, beta1: 0.9, beta2: 0.999, step: 1 };

/** The scalars of each step. */
const SCALARS: { readonly [K in OptimizerName]: object } = {
  sgd: OPTIMIZER_STEPS.sgd.scalars({ ...OPTIONS, momentum: 0, dampening: 0, nesterov: false, first: true }),
  rmsprop: OPTIMIZER_STEPS.rmsprop.scalars({ ...OPTIONS, alpha: 0.99, momentum: 0 }),
  adam: OPTIMIZER_STEPS.adam.scalars({ ...MOMENTS, decoupled: false }),
  adagrad: OPTIMIZER_STEPS.adagrad.scalars({ ...OPTIONS, rate: 0.1 }),
  adadelta: OPTIMIZER_STEPS.adadelta.scalars({ ...OPTIONS, rho: 0.9 }),
  adamax: OPTIMIZER_STEPS.adamax.scalars(MOMENTS),
  nadam: OPTIMIZER_STEPS.nadam.scalars({ ...MOMENTS, gradRate: 0.1, momentumRate: 0.1 }),
  radam: OPTIMIZER_STEPS.radam.scalars(MOMENTS),
};

describe("fused optimizer steps", () => {
  it.each(OPTIMIZER_NAMES)("the CPU's kernels of %s take the arrays, the length and the scalars of its row", (name) => {
    const wasm = loadWasm();
    if (!wasm) throw new Error("this engine has no SIMD");
    const arrays = 2 + OPTIMIZER_STEPS[name].state.length;
    for (const kind of ["f32", "f64"] as const) {
      expect(wasm.vector[`${name}Step_${kind}`].length).toBe(arrays + 1 + Object.keys(SCALARS[name]).length);
    }
  });
});
