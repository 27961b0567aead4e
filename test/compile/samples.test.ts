/** @file Every operation of the sample table inside a compiled function, forward and backward, against the same without. */
import { describe, expect, test } from "vitest";
import { compile, manualSeed, type Tensor } from "../../src/entry/index.ts";
import type { ops } from "../../src/tensor/ops/index.ts";
import type { Sample, SampleInput } from "../tensor/samples/build.ts";
import { LAYOUTS, type Layout } from "../tensor/samples/layouts.ts";
import { leavesOf, type Outcome, outcomeOf } from "../tensor/samples/run.ts";
import { samples } from "../tensor/samples.ts";
import { bitsOf } from "./bits.ts";

/** In the usual run one sample in so many; the nightly checks take them all. */
const EVERY = process.env.TAPEGRAD_ALL_CASES === undefined ? 4 : 1;

/** Operations whose form depends on numbers, in some samples or in all: no program can be made of those. */
const READING: ReadonlySet<keyof typeof ops> = new Set([
  "transfer",
  "nonzero",
  "index",
  "indexPut",
  "indexSelect",
  "cumprod",
  // Its gradient is another formula where a determinant is 0.
  "det",
] as const);

/** Whether an operation was found to read numbers, and may. */
function reads(name: keyof typeof ops, run: () => void): boolean {
  if (!READING.has(name)) return false;
  try {
    run();
    return false;
  } catch (error) {
    expect((error as Error).message).toMatch(/numbers of a tensor/);
    return true;
  }
}

const table = Object.entries(samples) as [keyof typeof ops, readonly Sample[]][];

/** The sample with other numbers: those of its floats in another order. */
function turned(sample: Sample): Sample {
  const inputs = sample.inputs.map(
    (input): SampleInput => (input.dtype === undefined ? { ...input, values: [...input.values].reverse() } : input),
  );
  return { ...sample, inputs };
}

const textOf = ({ outputs, grads }: Outcome): string[] => [...outputs, ...grads].map(bitsOf);

/** One call of a sample: `call` is the sample's own, or stands for it. */
function forwardIn(sample: Sample, layout: Layout, call: Sample["call"]): string[] {
  manualSeed(3);
  const leaves = leavesOf(sample, { dtype: "float32", layout });
  return textOf(outcomeOf(leaves, call(...leaves)));
}

/** The whole of a sample within a compiled function: results and gradients. */
function bothIn(sample: Sample, layout: Layout, run: (...leaves: Tensor[]) => Outcome): string[] {
  manualSeed(3);
  const leaves = leavesOf(sample, { dtype: "float32", layout });
  const { outputs } = run(...leaves);
  return textOf({ outputs, grads: leaves.map((t) => t.grad) });
}

const LIMITS = { fullgraph: true, maxPrograms: 1 };

describe.each(table)("%s", (name, list) => {
  const chosen = list.filter((_, i) => i % EVERY === 0);
  test.each(chosen.map((sample, i) => [i * EVERY, sample] as const))("sample %i", (_, sample) => {
    for (const layout of LAYOUTS) {
      const forward = compile(sample.call, LIMITS);
      if (reads(name, () => forwardIn(sample, layout, compile(sample.call, LIMITS)))) continue;
      const both = compile((...leaves: Tensor[]) => outcomeOf(leaves, sample.call(...leaves)), LIMITS);
      for (const given of [sample, sample, turned(sample), sample]) {
        const want = forwardIn(given, layout, sample.call);
        expect(forwardIn(given, layout, forward)).toEqual(want);
        expect(bothIn(given, layout, both)).toEqual(want);
      }
      expect([forward.programs.length, both.programs.length]).toEqual([1, 1]);
    }
  });
});
