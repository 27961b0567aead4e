/** @file Random choices as functions of tensors: PyTorch's for the same seed. */
import { describe, expect, test } from "vitest";
import { bernoulli, Generator, manualSeed, multinomial, rand, tensor, zeros } from "../../src/entry/index.ts";
import { digestOf, randomGolden } from "../golden/random.ts";

const seeded = (seed: number): Generator => new Generator().manualSeed(seed);

test("bernoulli_", () => {
  for (const { seed, steps } of randomGolden.bernoulli) {
    const generator = seeded(seed);
    for (const step of steps) {
      if (step.dtype !== "float32" && step.dtype !== "float64") break;
      const flips = zeros(step.length, { dtype: step.dtype }).bernoulli_(step.p, generator);
      expect(step).toMatchObject(digestOf(flips.dataSync(), step));
    }
  }
});

test("bernoulli", () => {
  for (const { seed, steps } of randomGolden.bernoulliEach) {
    const generator = seeded(seed);
    for (const step of steps) {
      const p = tensor(
        Float64Array.from({ length: step.length }, (_, i) => i / (step.length - 1)),
        { dtype: step.dtype === "float64" ? "float64" : "float32" },
      );
      expect(step).toMatchObject(digestOf(bernoulli(p, { generator }).dataSync(), step));
    }
  }
});

test("multinomial", () => {
  for (const { seed, steps } of randomGolden.multinomial) {
    const generator = seeded(seed);
    for (const step of steps) {
      const weights = Float64Array.from({ length: step.weights }, (_, i) => ((i * 7) % 11) + 0.25);
      const typed = tensor(weights, { dtype: step.weightsDtype });
      expect(step).toMatchObject(
        digestOf(multinomial(typed, step.length, step.replacement, { generator }).dataSync(), step),
      );
    }
  }
});

describe("with the default generator, from matrices", () => {
  test("rows are drawn one after the other", () => {
    manualSeed(5);
    const weights = tensor([
      [1, 2, 3, 0],
      [4, 1, 0.5, 2],
    ]);
    expect(multinomial(weights, 5, true).toArraySync()).toEqual([
      [2, 1, 1, 1, 1],
      [3, 1, 2, 3, 0],
    ]);
    expect(multinomial(weights, 3).toArraySync()).toEqual([
      [1, 0, 2],
      [0, 3, 1],
    ]);
    expect(multinomial(weights.select(0, 1), 2).toArraySync()).toEqual([3, 0]);
    expect(rand(1).itemSync()).toBeCloseTo(0.8795862197875977, 12);
  });

  test("coins", () => {
    manualSeed(6);
    expect(bernoulli(tensor([[0.1, 0.9], [0.5, 0.5]])).toArraySync()).toEqual([[0, 1], [0, 0]]); // biome-ignore format: a matrix
    expect(zeros(6).bernoulli_(0.3).toArraySync()).toEqual([0, 0, 0, 0, 1, 0]);
    expect(rand(1).itemSync()).toBeCloseTo(0.8644093871116638, 12);
  });
});

test("what cannot be drawn from", () => {
  expect(() => bernoulli(tensor([0.5, 2]))).toThrow("[bernoulli] bernoulli_ expects p to be in [0, 1]");
  expect(() => bernoulli(tensor([1], { dtype: "int32" }))).toThrow("[bernoulli] expected floating point probabilities");
  expect(() => multinomial(tensor([1, 2]), 3)).toThrow("[multinomial] cannot sample");
  expect(() => multinomial(tensor(1), 1)).toThrow("[multinomial] prob_dist must be 1 or 2 dim");
  expect(() => multinomial(tensor([1, 2], { dtype: "int32" }), 1)).toThrow("[multinomial] multinomial only supports");
});
