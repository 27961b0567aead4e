/** @file Seeds and generators of DataLoader and its sampler, in PyTorch's order. */
import { defaultGenerator, Generator } from "./generator.ts";

/**
 * A random seed, 0 … 2⁶³ − 1: what `torch.empty((), dtype=torch.int64).random_(generator=generator)` gives. Two draws.
 *
 * A `DataLoader` and its `RandomSampler` take these numbers from the generators, in this order:
 *
 * 1. Making an iterator draws one seed from the loader's generator, or from the default one if it has none. PyTorch
 *    gives it to worker processes. It is drawn with or without shuffling and workers, so it must be drawn here too.
 * 2. The first `next()` starts the sampler (an iterator that nobody advances draws only 1.):
 *    - with shuffling and without a generator, a seed is drawn from the default generator, a fresh generator gets it,
 *      and the order is `randperm(length)` of the fresh one: {@link samplerGenerator};
 *    - with shuffling and with a generator, the order is `randperm(length)` of that generator itself. When the order is
 *      used up, the sampler draws a second `randperm(length)` and takes the `numSamples % length` numbers that it still
 *      needs from it: usually none, but the draws count for the next epoch.
 *
 * The fresh generator is thrown away with its epoch, so without a generator of its own a loader costs the default
 * generator four draws an epoch with shuffling and two without.
 */
export function drawSeed(generator: Generator = defaultGenerator): bigint {
  return BigInt.asUintN(63, generator.random64());
}

/** The generator that a random sampler draws its order from: the given one, or a fresh one, seeded from the default one. */
export function samplerGenerator(generator?: Generator): Generator {
  return generator ?? new Generator().manualSeed(drawSeed());
}
