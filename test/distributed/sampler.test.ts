/** @file DistributedSampler against PyTorch's, and calls without a process group. */
import { readFileSync } from "node:fs";
import { nn, ones } from "tapegrad";
import {
  allReduce,
  DistributedDataParallel,
  DistributedError,
  DistributedSampler,
  getRank,
  isInitialized,
} from "tapegrad/distributed";
import { describe, expect, test } from "vitest";

interface SamplerCase {
  readonly length: number;
  readonly replicas: number;
  readonly options: { readonly shuffle?: boolean; readonly seed?: number; readonly drop_last?: boolean };
  readonly lengths: readonly number[];
  /** By rank and epoch: 0, 1 and 7. */
  readonly indices: readonly (readonly (readonly number[])[])[];
}

const { samplers } = JSON.parse(readFileSync(new URL("../golden/data/distributed.json", import.meta.url), "utf8")) as {
  readonly samplers: readonly SamplerCase[];
};

test.each(samplers.map((c) => [`${c.length} samples, ${c.replicas} ranks, ${JSON.stringify(c.options)}`, c] as const))(
  "the indices of %s are PyTorch's",
  (_, { length, replicas, options, lengths, indices }) => {
    const { shuffle, seed, drop_last: dropLast } = options;
    for (let rank = 0; rank < replicas; rank++) {
      const sampler = new DistributedSampler({ length }, { numReplicas: replicas, rank, shuffle, seed, dropLast });
      expect(sampler.length).toBe(lengths[rank]);
      for (const [i, epoch] of [0, 1, 7].entries()) {
        sampler.setEpoch(epoch);
        expect([...sampler]).toEqual(indices[rank]?.[i]);
      }
    }
  },
);

describe("without a process group", () => {
  test.each([
    ["getRank", () => getRank()],
    ["allReduce", () => allReduce(ones(1))],
    ["DistributedSampler", () => new DistributedSampler([1])],
    ["DistributedDataParallel", () => new DistributedDataParallel(new nn.Linear(1, 1))],
  ])("%s says that there is none", (name, call) => {
    expect(isInitialized()).toBe(false);
    expect(call).toThrow(DistributedError);
    expect(call).toThrow(`[${name}] Default process group has not been initialized`);
  });
});

test("a rank beyond the replicas is refused", () => {
  expect(() => new DistributedSampler([1, 2], { numReplicas: 2, rank: 2 })).toThrow(
    "[DistributedSampler] Invalid rank 2, rank should be in the interval [0, 1]",
  );
});
