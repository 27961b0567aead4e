/** @file Numbers of the GPU held against those of the CPU or of PyTorch. */
import { expect } from "vitest";
import type { TypedArray } from "../../kernels/backend.ts";
import type { Tensor } from "../../src/entry/index.ts";

/**
 * Fails at the first element that is too far from the expected one. Sums have another order on the GPU, and WGSL allows
 * its functions several units of the last place, so the bound counts from the largest element.
 */
export async function expectNear(actual: Tensor, expected: TypedArray, factor = 1): Promise<void> {
  expect(actual.device).toBe("gpu");
  const data = await actual.detach().data();
  expect(data.length).toBe(expected.length);
  const scale = Math.max(1, ...expected.filter(Number.isFinite).map(Math.abs));
  const bound = actual.isFloatingPoint() ? 1e-5 * factor * scale : 0;
  for (const [i, got] of data.entries()) {
    const want = expected[i] as number;
    if (Object.is(got, want) || got === want || Math.abs(got - want) <= bound) continue;
    expect.fail(`element ${i} of ${data.length}: got ${got}, expected ${want}`);
  }
}
