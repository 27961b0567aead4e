/** @file The losses of the reference program on any number of threads, with the system's BLAS and without. */
import { execFileSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import golden from "./golden/data/mnist-seed0.json" with { type: "json" };

function firstLosses(threads: number, blas: string): number[] {
  const args = ["--conditions=tapegrad-source", `${import.meta.dirname}/helpers/first-losses.ts`, "0", "100"];
  const env = { ...process.env, TAPEGRAD_NUM_THREADS: String(threads), TAPEGRAD_BLAS: blas };
  return JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8", env })) as number[];
}

function spread(losses: readonly number[], count: number): number {
  return Math.max(...golden.losses.slice(0, count).map((e, i) => Math.abs((losses[i] ?? Number.NaN) - e) / e));
}

describe.each([1, 2, 3])("with %i threads", (threads) => {
  test.each(["off", "auto"])(
    "and BLAS %s the losses are PyTorch's",
    (blas) => {
      const losses = firstLosses(threads, blas);
      expect(spread(losses, 1)).toBeLessThan(1e-6);
      expect(spread(losses, 10)).toBeLessThan(1e-4);
      expect(spread(losses, 100)).toBeLessThan(3e-2);
    },
    120_000,
  );

  test("the built-in kernels give the same bits in every run", () => {
    expect(firstLosses(threads, "off")).toEqual(firstLosses(threads, "off"));
  }, 120_000);
});
