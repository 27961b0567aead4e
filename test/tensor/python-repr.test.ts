/** @file Values as Python writes them. */
import { expect, test } from "vitest";
import { type PythonValue, pythonRepr } from "../../src/core/python-repr.ts";
import { decode, printGolden } from "../golden/print.ts";

const isEncoded = (value: PythonValue): value is "nan" | "inf" | "-inf" =>
  value === "nan" || value === "inf" || value === "-inf";

test.each(printGolden.reprs)("%s, as a float: %s", (value, asFloat, text) => {
  expect(pythonRepr(isEncoded(value) ? decode(value) : value, asFloat)).toBe(text);
});

test("integers print without a point unless they are floats", () => {
  expect(pythonRepr(1)).toBe("1");
  expect(pythonRepr(1, true)).toBe("1.0");
  expect(pythonRepr(2 ** 53)).toBe("9007199254740992");
});
