/** @file The rows of the fused optimizer steps and the CPU's kernels agree on their arguments. */
import { describe, expect, it } from "vitest";
import { loadWasm } from "../../kernels/cpu/wasm.ts";
import { OPTIMIZER_NAMES, OPTIMIZER_STEPS, type OptimizerName } from "../../kernels/optimizer-steps.ts";

const OPTIONS = { lr: 0.1, weightDecay: 0, maximize: false };

/** How many scalars a step has. */
const SCALARS: { readonly [K in OptimizerName]: number } = {
  sgd: Object.keys(OPTIMIZER_STEPS.sgd.scalars({ ...OPTIONS, momentum: 0, dampening: 0, nesterov: false, first: true }))
    .length,
  rmsprop: Object.keys(OPTIMIZER_STEPS.rmsprop.scalars({ ...OPTIONS, alpha: 0.99, eps: 1e-8, momentum: 0 })).length,
  adam: Object.keys(
    OPTIMIZER_STEPS.adam.scalars({ ...OPTIONS, beta1: 0.9, beta2: 0.999, eps: 1e-8, decoupled: false, step: 1 }),
  ).length,
};

describe("fused optimizer steps", () => {
  it.each(OPTIMIZER_NAMES)("the CPU's kernel of %s takes the arrays, the length and the scalars of its row", (name) => {
    const wasm = loadWasm();
    if (!wasm) throw new Error("this engine has no SIMD");
    const arrays = 2 + OPTIMIZER_STEPS[name].state.length;
    expect(wasm.vector[`${name}Step`].length).toBe(arrays + 1 + SCALARS[name]);
  });
});
