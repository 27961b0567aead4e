/** @file Printed forms of single numbers, against PyTorch and Python. */
import { describe, expect, test } from "vitest";
import { pythonExponential, pythonFixed } from "../../src/tensor/format-number.ts";
import { decode, printGolden } from "../golden/print.ts";

describe("numbers as Python formats them", () => {
  test.each(printGolden.numbers)("%s", (value, fixed, exponential) => {
    if (fixed !== null) expect(pythonFixed(decode(value), 4)).toBe(fixed);
    expect(pythonExponential(decode(value), 4)).toBe(exponential);
  });
});

describe("ties", () => {
  test("go to the even digit at any precision", () => {
    expect([0.5, 1.5, 2.5, 3.5, -0.5].map((x) => pythonFixed(x, 0))).toEqual(["0", "2", "2", "4", "-0"]);
    expect([0.125, 0.375, 0.625].map((x) => pythonFixed(x, 2))).toEqual(["0.12", "0.38", "0.62"]);
    expect([25, 35, 450, 1.25].map((x) => pythonExponential(x, 0))).toEqual(["2e+01", "4e+01", "4e+02", "1e+00"]);
  });

  test("are only exact ones", () => {
    // The doubles nearest to these lie above or below the half-way point they seem to be.
    expect(pythonFixed(0.00015, 4)).toBe("0.0001");
    expect(pythonFixed(0.00025, 4)).toBe("0.0003");
    expect(pythonFixed(0.03125 + Number.EPSILON / 32, 4)).toBe("0.0313");
  });
});
