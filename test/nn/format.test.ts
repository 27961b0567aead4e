/** @file The printed form of modules, against PyTorch's. */
import { describe, expect, test } from "vitest";
import { formatModule, type PythonValue, pythonRepr } from "../../src/nn/format.ts";
import { decode, type ModuleSpec, printGolden } from "../golden/print.ts";

function print(module: ModuleSpec | null): string {
  if (module === null) return "None";
  const children = module.children.map(([key, child]) => [key, print(child)] as const);
  return formatModule(module.name, module.extraRepr, children);
}

describe("prints as PyTorch does", () => {
  test.each(printGolden.modules)("$name", ({ module, expected }) => {
    expect(print(module)).toBe(expected);
  });
});

describe("values as Python writes them", () => {
  const isEncoded = (value: PythonValue): value is "nan" | "inf" | "-inf" =>
    value === "nan" || value === "inf" || value === "-inf";

  test.each(printGolden.reprs)("%s, as a float: %s", (value, asFloat, text) => {
    expect(pythonRepr(isEncoded(value) ? decode(value) : value, asFloat)).toBe(text);
  });

  test("whole numbers are integers unless they are said to be floats", () => {
    expect(pythonRepr(1)).toBe("1");
    expect(pythonRepr(1, true)).toBe("1.0");
    expect(pythonRepr(2 ** 53)).toBe("9007199254740992");
  });
});
