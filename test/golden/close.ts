/** @file Numbers held against PyTorch's. */
import { expect } from "vitest";
import type { TypedArray } from "../../kernels/backend.ts";
import type { Tensor } from "../../src/entry/index.ts";

/** Relative and absolute error that a dtype is allowed: a few roundings of sums and transcendental functions. */
const TOLERANCE = {
  float32: [2e-6, 4e-7],
  float64: [2e-14, 1e-15],
  int32: [0, 0],
  uint8: [0, 0],
  bool: [0, 0],
} as const;

/** Fails at the first element that is too far from the expected one; NaN equals NaN, zeros keep no sign. */
export function expectClose(actual: Tensor, expected: TypedArray, factor = 1, precision = actual.dtype): void {
  const [rtol, atol] = TOLERANCE[precision];
  const data = actual.detach().dataSync();
  expect(data.length).toBe(expected.length);
  for (const [i, got] of data.entries()) {
    const want = expected[i] as number;
    if (Object.is(got, want) || got === want) continue;
    const error = Math.abs(got - want);
    if (error <= factor * (atol + rtol * Math.abs(want))) continue;
    expect.fail(`element ${i}: got ${Array.from(data)}, expected ${Array.from(expected)}`);
  }
}
