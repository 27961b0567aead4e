/** @file Random splits of a dataset. */
import { readArgument } from "../core/arguments.ts";
import { ValueError } from "../core/errors.ts";
import { randperm } from "../tensor/random/integers.ts";
import { aNumberList, aSized, checkCount, type GeneratorOption, generatorOf } from "./arguments.ts";
import { type Dataset, Subset } from "./dataset.ts";

/**
 * Randomly splits a dataset into non-overlapping subsets of given lengths: PyTorch's `random_split`, with the same indices
 * for the same seed. Lengths that sum to 1 are fractions: each subset gets ⌊fraction · length⌋ samples, and the remainder
 * is distributed in turn.
 *
 * @throws ValueError if the lengths do not sum to the length of the dataset, or to 1.
 * @example
 * const dataset = new data.TensorDataset(arange(10));
 * const [train, test] = data.randomSplit(dataset, [0.8, 0.2], new Generator().manualSeed(42));
 * test.indices; // [3, 7]
 */
export function randomSplit<T>(
  dataset: Dataset<T>,
  lengths: readonly number[],
  generator: GeneratorOption = {},
): Subset<T>[] {
  readArgument("randomSplit", "dataset", aSized, dataset);
  readArgument("randomSplit", "lengths", aNumberList, lengths);
  const total = lengths.reduce((a, b) => a + b, 0);
  // Python's math.isclose(total, 1), but never above 1.
  const sizes = total <= 1 && 1 - total <= 1e-9 ? sizesOfFractions(lengths, dataset.length) : lengths;
  for (const size of sizes) {
    if (!Number.isInteger(size) || size < 0) {
      throw new ValueError(
        `[randomSplit] expected lengths that are integers, or fractions that sum to 1, but got [${lengths.join(", ")}]`,
      );
    }
  }
  const sum = sizes.reduce((a, b) => a + b, 0);
  if (sum !== dataset.length) {
    throw new ValueError(
      "[randomSplit] Sum of input lengths does not equal the length of the input dataset! " +
        `The lengths [${lengths.join(", ")}] sum to ${sum}, the dataset has ${dataset.length} elements.`,
    );
  }
  checkCount("randomSplit", "the indices of the parts", sum);
  const order = Array.from(randperm(sum, generatorOf("randomSplit", generator)));
  let start = 0;
  return sizes.map((size) => {
    const part = new Subset(dataset, order.slice(start, start + size));
    start += size;
    return part;
  });
}

function sizesOfFractions(fractions: readonly number[], length: number): number[] {
  const sizes = fractions.map((fraction, i) => {
    if (fraction < 0 || fraction > 1)
      throw new ValueError(`[randomSplit] Fraction at index ${i} is not between 0 and 1`);
    return Math.floor(length * fraction);
  });
  const rest = length - sizes.reduce((a, b) => a + b, 0);
  for (let i = 0; i < rest; i++) sizes[i % sizes.length]! += 1;
  sizes.forEach((size, i) => {
    if (size === 0) {
      console.warn(`[randomSplit] Length of split at index ${i} is 0. This might result in an empty dataset.`);
    }
  });
  return sizes;
}
