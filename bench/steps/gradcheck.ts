/** @file gradcheck of every operation's samples, the check that users run on their own functions. */
import { autograd } from "tapegrad";
import { ops } from "../../src/tensor/ops/index.ts";
import type { Sample } from "../../test/tensor/samples/build.ts";
import { leavesOf } from "../../test/tensor/samples/run.ts";
import { samples } from "../../test/tensor/samples.ts";

/** Checks first derivatives of all samples that have some, in float64; how many there were. */
export function gradcheckSamples(): number {
  let checked = 0;
  for (const [name, list] of Object.entries(samples) as [keyof typeof ops, readonly Sample[]][]) {
    const op = ops[name];
    if (!("backward" in op) || op.backward === undefined) continue;
    for (const sample of list) {
      const differentiable = sample.inputs.some(({ dtype, grad }) => dtype === undefined && grad !== false);
      if (sample.large === true || !differentiable) continue;
      autograd.gradcheck(sample.call, leavesOf(sample, { dtype: "float64", layout: "contiguous" }));
      checked++;
    }
  }
  return checked;
}
