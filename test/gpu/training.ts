/** @file Result of the program test/package/programs/train.js, wherever it has run. */
import { expect } from "vitest";
import type { GpuAvailability } from "../../src/entry/index.ts";

export interface Training {
  readonly gpu: GpuAvailability;
  /** Losses of the steps. */
  readonly onCpu: readonly number[];
  readonly onGpu: readonly number[];
}

/** Fails unless the GPU was there in this mode, and the losses fell on it as they did on the CPU. */
export function expectSameLosses({ gpu, onCpu, onGpu }: Training, mode: string): void {
  expect(gpu).toMatchObject({ available: true, mode, name: expect.stringMatching(/\S/) });
  expect(onCpu.at(-1)).toBeLessThan(onCpu[0] as number);
  expect(onGpu).toHaveLength(onCpu.length);
  for (const [step, loss] of onCpu.entries()) expect(onGpu[step], `step ${step}`).toBeCloseTo(loss, 4);
}
