/** @file Every operation of the sample table on the GPU: results and gradients against those of the CPU. */
import { describe, expect, test } from "vitest";
import { DeviceError, type Tensor } from "../../src/entry/index.ts";
import type { Sample } from "../tensor/samples/build.ts";
import { LAYOUTS, type Layout } from "../tensor/samples/layouts.ts";
import { type Outcome, runSample } from "../tensor/samples/run.ts";
import { samples } from "../tensor/samples.ts";
import { expectNear } from "./close.ts";
import { describeGpu } from "./device.ts";

const TIMEOUT_MS = 120_000;

/** What moves a tensor to the CPU waits on the GPU, so the sample that goes there and back is for the CPU alone. */
const onGpu = (Object.entries(samples) as [string, readonly Sample[]][]).filter(([name]) => name !== "transfer");

/** In the usual run every second sample; the nightly checks take them all. */
const EVERY = process.env.TAPEGRAD_ALL_CASES === undefined ? 2 : 1;

/** The GPU's run of a sample, or the reason why there is none: a shape that depends on elements, or a loop on the host. */
function runOnGpu(sample: Sample, layout: Layout): Outcome | string {
  try {
    return runSample(sample, { dtype: "float32", device: "gpu", layout });
  } catch (error) {
    if (
      error instanceof DeviceError &&
      /^\[\w+\] (?:the shape of the result depends on the |synchronous reads are not available|reads the mask)/.test(
        error.message,
      )
    )
      return error.message;
    throw error;
  }
}

describeGpu("operations on the GPU", () => {
  describe.each(onGpu)("%s", (name, list) => {
    test.for(list.map((sample, i) => [i, sample] as const).filter(([i]) => i % EVERY === 0))(
      "sample %i",
      { timeout: TIMEOUT_MS },
      async ([, sample], { skip }) => {
        for (const layout of LAYOUTS) {
          // A variance of 0 is a rounding error where sums have another order, and its root has no gradient there.
          if (name === "std" && layout === "expanded") continue;
          const cpu = runSample(sample, { dtype: "float32", device: "cpu", layout });
          if (cpu.outputs.some((out) => out.dtype === "float64")) continue;
          const gpu = runOnGpu(sample, layout);
          if (typeof gpu === "string") return skip(gpu);
          for (const [k, out] of cpu.outputs.entries()) {
            const there = gpu.outputs[k] as Tensor;
            expect(there.shape).toEqual(out.shape);
            expect(there.dtype).toBe(out.dtype);
            await expectNear(there, out.detach().dataSync());
          }
          for (const [i, g] of cpu.grads.entries()) {
            const there = gpu.grads[i] ?? null;
            expect(there === null).toBe(g === null);
            if (g !== null && there !== null) await expectNear(there, g.dataSync());
          }
        }
      },
    );
  });
});
