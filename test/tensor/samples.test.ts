/** @file Every operation of the sample table: gradients against differences, and the CPU against the reference kernels. */
import { describe, expect, test } from "vitest";
import { registerBackend } from "../../kernels/backend.ts";
import { ReferenceBackend } from "../../kernels/reference/backend.ts";
import { autograd, type Tensor } from "../../src/entry/index.ts";
import { ops } from "../../src/tensor/ops/index.ts";
import type { Sample } from "./samples/build.ts";
import { LAYOUTS, type Layout, type Placement } from "./samples/layouts.ts";
import { leavesOf, type Outcome, runSample } from "./samples/run.ts";
import { samples } from "./samples.ts";

// A second device whose kernels are the reference, so that both can be used side by side.
registerBackend(new ReferenceBackend("gpu"));

const table = Object.entries(samples) as [keyof typeof ops, readonly Sample[]][];

/** Layouts in which the sample has gradients. */
function layoutsOf(sample: Sample): Layout[] {
  return LAYOUTS.filter((layout) => layout !== "expanded" || sample.distinct !== true);
}

const isDifferentiable = (name: keyof typeof ops): boolean =>
  "backward" in ops[name] && ops[name].backward !== undefined;

describe("gradients", () => {
  describe.each(table.filter(([name]) => isDifferentiable(name)))("%s", (_, list) => {
    const checked = list.filter(
      (s) => s.large !== true && s.inputs.some((i) => i.dtype === undefined && i.grad !== false),
    );
    test("has samples that can be differentiated", () => expect(checked.length).toBeGreaterThan(0));
    test.each(checked.map((sample, i) => [i, sample] as const))(
      "sample %i: first and second derivatives",
      (_, sample) => {
        for (const layout of layoutsOf(sample)) {
          const leaves = leavesOf(sample, { dtype: "float64", layout });
          expect(autograd.gradcheck(sample.call, leaves)).toBe(true);
          expect(autograd.gradgradcheck(sample.call, leaves)).toBe(true);
        }
      },
    );
  });
});

function run(sample: Sample, placement: Placement): Outcome {
  const outcome = runSample(sample, placement);
  for (const out of outcome.outputs) expect(out.device).toBe(placement.device);
  return outcome;
}

function expectAlike(actual: Tensor, expected: Tensor): void {
  expect(actual.shape).toEqual(expected.shape);
  expect(actual.dtype).toBe(expected.dtype);
  const a = actual.detach().dataSync();
  const b = expected.detach().dataSync();
  const scale = Math.max(1, ...b.filter(Number.isFinite).map(Math.abs));
  const bound = actual.isFloatingPoint() ? 4e-6 * scale : 0;
  for (let i = 0; i < b.length; i++) {
    const [got, want] = [a[i] as number, b[i] as number];
    if (Object.is(got, want) || Math.abs(got - want) <= bound) continue;
    expect.fail(`element ${i} of ${b.length}: got ${got}, the reference has ${want}`);
  }
}

describe("agreement with the reference kernels", () => {
  describe.each(table)("%s", (_, list) => {
    test.each(list.map((sample, i) => [i, sample] as const))("sample %i", (_, sample) => {
      for (const layout of LAYOUTS) {
        const cpu = run(sample, { dtype: "float32", device: "cpu", layout });
        const reference = run(sample, { dtype: "float32", device: "gpu", layout });
        for (const [k, out] of cpu.outputs.entries()) expectAlike(out, reference.outputs[k] as Tensor);
        for (const [i, g] of cpu.grads.entries()) {
          const want = reference.grads[i] ?? null;
          expect(g === null).toBe(want === null);
          if (g !== null && want !== null) expectAlike(g, want);
        }
      }
    });
  });
});
