/** @file Whole programs in training, compiled and not: the same losses, bit for bit; and what the memory does meanwhile. */
import { describe, expect, it } from "vitest";
import { MODELS } from "../../bench/steps/models.ts";
import { compile, manualSeed, type Tensor } from "../../src/entry/index.ts";
import { bitsOf } from "./bits.ts";

const isNightly = process.env.TAPEGRAD_ALL_CASES !== undefined;

/** Steps of each program in the usual run. */
const STEPS: Readonly<Record<string, number>> = {
  "MLP, batch 128": 12,
  "LeNet, batch 64": 5,
  "ResNet, batch 32": 4,
  "LSTM, two layers": 4,
  "encoder layer": 4,
  "GPT, training step": 4,
  "GPT, 16 tokens": 3,
  "tiny network": 50,
};

function results(name: string, steps: number, isCompiled: boolean): string[] {
  manualSeed(5);
  const step = MODELS[name]?.() as () => Tensor;
  const fn = isCompiled ? compile(step, { fullgraph: true }) : step;
  return Array.from({ length: steps }, () => bitsOf(fn()));
}

describe("the same losses", () => {
  for (const [name, usual] of Object.entries(STEPS)) {
    it(name, () => {
      const steps = isNightly ? 200 : usual;
      expect(results(name, steps, true)).toEqual(results(name, steps, false));
    });
  }
});

describe("memory", () => {
  it("of the process does not grow with the number of runs", () => {
    const fn = compile(MODELS["MLP, batch 32"]?.() as () => Tensor, { fullgraph: true });
    const used = (): number => {
      globalThis.gc?.();
      const { heapUsed, arrayBuffers } = process.memoryUsage();
      return heapUsed + arrayBuffers;
    };
    for (let i = 0; i < 50; i++) fn();
    const before = used();
    for (let i = 0; i < (isNightly ? 10_000 : 500); i++) fn();
    expect(used() - before).toBeLessThan(2e6);
  });
});
