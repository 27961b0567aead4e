/** @file The cost model of data-parallel training keeps what must hold of any. */
import { expect, test } from "vitest";
import {
  allReduceTime,
  divided,
  efficiency,
  GPT,
  halving,
  MNIST,
  type Network,
  ring,
  SHARED_MEMORY,
  simulate,
  tree,
} from "../../bench/scaling.ts";

const network: Network = { name: "", latency: 1e-5, perByte: 1e-9, reducePerByte: 1e-10, hidden: 1 };
const RANKS = [2, 4, 8, 16, 1024];

test("between two ranks a ring takes two messages with half the data each", () => {
  expect(ring(1e6, 2, network)).toBeCloseTo(2 * 1e-5 + 1e6 * 1e-9 + 0.5e6 * 1e-10, 12);
});

test.each(RANKS)("on %i ranks a tree is best for a few bytes, and never for many", (ranks) => {
  expect(allReduceTime(8, ranks, network)).toBe(tree(8, ranks, network));
  expect(allReduceTime(1e9, ranks, network)).toBe(halving(1e9, ranks, network));
});

test("one rank sends nothing", () => {
  const { total, exposed } = simulate(MNIST, 1, network);
  expect(total).toBeCloseTo(MNIST.forward + MNIST.backward + MNIST.optimizer, 12);
  expect(exposed).toBe(0);
});

test.each([MNIST, GPT])("of $name: more ranks are never more efficient, and overlap is never slower", (work) => {
  const shares = RANKS.map((ranks) => efficiency(work, ranks, network));
  expect(shares).toEqual(shares.toSorted((a, b) => b - a));
  expect(shares[0]).toBeLessThan(1);
  for (const ranks of RANKS) {
    const { total } = simulate(work, ranks, network);
    expect(total).toBeLessThanOrEqual(simulate(work, ranks, network, ranks, false).total);
  }
});

test("ranks that share cores gain nothing, and a divided batch ends no sooner than the network allows", () => {
  const four = simulate(MNIST, 4, SHARED_MEMORY, 2).total;
  expect(four).toBeGreaterThan(2 * simulate(MNIST, 1, SHARED_MEMORY).total);
  const { bytes } = simulate(GPT, 1024, network);
  expect(simulate(divided(GPT, 1024), 1024, network).total).toBeGreaterThan(allReduceTime(bytes, 1024, network) * 0.9);
});
