/** @file Random orders and samples, against PyTorch's. */
import { describe, expect, test } from "vitest";
import { defaultGenerator, Generator, manualSeed } from "../../src/tensor/random/generator.ts";
import { fillRandint, multinomial, randperm } from "../../src/tensor/random/integers.ts";
import { drawSeed, samplerGenerator } from "../../src/tensor/random/sampling.ts";
import { fillUniform } from "../../src/tensor/random/uniform.ts";
import { digestOf, randomGolden } from "../golden/random.ts";

/** One epoch's order of samples, drawn as the documentation of drawSeed says. */
function epoch(
  sample: (generator: Generator) => Int32Array,
  shuffle: Generator | undefined,
  loader?: Generator,
): Int32Array {
  drawSeed(loader);
  return sample(samplerGenerator(shuffle));
}

/** What a random sampler without replacement yields in all. */
function shuffled(length: number, count = length): (generator: Generator) => Int32Array {
  return (generator) => {
    const order = new Int32Array(count);
    let at = 0;
    for (; at + length <= count; at += length) order.set(randperm(length, generator), at);
    order.set(randperm(length, generator).subarray(0, count - at), at);
    return order;
  };
}

/** Initial values of a linear layer: `kaiming_uniform_` with a = √5 for the weight, then the bias. */
function linear(inputs: number, outputs: number): { weight: Float32Array; bias: Float32Array } {
  const weight = new Float32Array(inputs * outputs);
  const bias = new Float32Array(outputs);
  const std = Math.sqrt(2 / (1 + Math.sqrt(5) ** 2)) / Math.sqrt(inputs);
  fillUniform(weight, -Math.sqrt(3) * std, Math.sqrt(3) * std);
  fillUniform(bias, -1 / Math.sqrt(inputs), 1 / Math.sqrt(inputs));
  return { weight, bias };
}

describe.each(randomGolden.training)("the program that trains on MNIST, seed $seed", (golden) => {
  test("starts from PyTorch's weights and sees the samples in PyTorch's order", () => {
    manualSeed(golden.seed);
    const fc1 = linear(784, 512);
    const fc2 = linear(512, 10);
    expect(digestOf(fc1.weight, golden.weights["fc1.weight"])).toEqual(golden.weights["fc1.weight"]);
    expect(digestOf(fc1.bias, golden.weights["fc1.bias"])).toEqual(golden.weights["fc1.bias"]);
    expect(digestOf(fc2.weight, golden.weights["fc2.weight"])).toEqual(golden.weights["fc2.weight"]);
    expect(digestOf(fc2.bias, golden.weights["fc2.bias"])).toEqual(golden.weights["fc2.bias"]);
    for (const { train, test } of golden.epochs) {
      expect(digestOf(epoch(shuffled(60000), undefined), train)).toEqual(train);
      expect(digestOf(epoch(shuffled(10000), undefined), test)).toEqual(test);
    }
    expect(String(drawSeed())).toBe(golden.next);
  });
});

describe("loaders of other kinds draw as PyTorch's do", () => {
  const weights = Float64Array.from({ length: 100 }, (_, i) => ((i * 7) % 11) + 0.25);
  const inOrder = (): Int32Array => Int32Array.from({ length: 100 }, (_, i) => i);
  const again = (generator: Generator): Int32Array => {
    const order = new Int32Array(100);
    fillRandint(order, 0, 100, generator);
    return order;
  };
  const epochs: Record<string, (own: Generator) => Int32Array> = {
    "no shuffle": (own) => epoch(inOrder, own),
    "no shuffle, generator": (own) => epoch(inOrder, own, own),
    "shuffle, generator": (own) => epoch(shuffled(100), own, own),
    "shuffle, generator, dropLast": (own) => epoch(shuffled(100), own, own).subarray(0, 98),
    "sampler with a generator": (own) => epoch(shuffled(100), own),
    "sampler of 250": (own) => epoch(shuffled(100, 250), own),
    "sampler with replacement": (own) => epoch(again, own),
    "weighted sampler": (own) => epoch((generator) => multinomial(weights, 50, true, generator), own),
  };

  test.each(randomGolden.loaders)("$name", (golden) => {
    const own = new Generator().manualSeed(golden.seed);
    manualSeed(golden.seed + 1);
    const run = epochs[golden.name];
    for (const expected of golden.epochs) {
      const order = run?.(own) ?? new Int32Array();
      expect(digestOf(order, expected)).toEqual(expected);
    }
    expect([defaultGenerator.random(), defaultGenerator.random()]).toEqual(golden.default);
    expect([own.random(), own.random()]).toEqual(golden.own);
  });
});
