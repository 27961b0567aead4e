/** @file Comparing tensors with PyTorch's numbers. */
import { expect } from "vitest";
import type { Tensor } from "../../src/entry/index.ts";
import type { Encoding } from "../golden/nn.ts";
import { decode } from "../golden/print.ts";

export interface Tolerance {
  readonly rtol: number;
  readonly atol: number;
}

/** A few units in the last place of each type, as kernels may sum in another order. */
const TOLERANCES: Readonly<Record<string, Tolerance>> = {
  float32: { rtol: 2e-6, atol: 1e-6 },
  float64: { rtol: 1e-13, atol: 1e-14 },
};

/** Asserts that the elements are close to `expected`; NaN and infinities must be equal. */
export function expectClose(
  actual: Tensor,
  expected: readonly Parameters<typeof decode>[0][],
  { rtol, atol }: Tolerance = TOLERANCES[actual.dtype] ?? { rtol: 0, atol: 0 },
): void {
  const data = actual.detach().dataSync();
  expect(data.length).toBe(expected.length);
  for (const [i, encoded] of expected.entries()) {
    const value = data[i] as number;
    // The goldens have the shortest decimals that give the same float32.
    const wanted = actual.dtype === "float32" ? Math.fround(decode(encoded)) : decode(encoded);
    const close = Object.is(value, wanted) || Math.abs(value - wanted) <= atol + rtol * Math.abs(wanted);
    if (!close) expect.fail(`element ${i} is ${value}, expected ${wanted}`);
  }
}

/** As {@link expectClose}, and dtype and shape are the same. */
export function expectTensor(actual: Tensor, expected: Encoding, tolerance?: Tolerance): void {
  expect({ dtype: actual.dtype, shape: actual.shape }).toEqual({ dtype: expected.dtype, shape: expected.shape });
  expectClose(actual, expected.values, tolerance);
}
