/** @file Comparison of lists of tensors: shapes and dtypes, and numbers up to a tolerance. */
import type { Tensor } from "tapegrad";
import { expect } from "vitest";

export function expectClose(got: readonly Tensor[], wanted: readonly Tensor[], tolerance: number): void {
  expect(got.map(({ shape, dtype }) => ({ shape, dtype }))).toEqual(
    wanted.map(({ shape, dtype }) => ({ shape, dtype })),
  );
  for (const [i, t] of got.entries()) {
    const other = wanted[i] as Tensor;
    const isClose = t.double().allclose(other.double(), { rtol: tolerance, atol: tolerance, equalNan: true });
    if (!isClose) expect(String(t), `output ${i}`).toBe(String(other));
  }
}
