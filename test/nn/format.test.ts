/** @file The printed form of modules, put together from what PyTorch says of each, against PyTorch's. */
import { expect, test } from "vitest";
import { formatModule } from "../../src/nn/format.ts";
import { type ModuleSpec, printGolden } from "../golden/print.ts";

function print(module: ModuleSpec | null): string {
  if (module === null) return "None";
  const children = module.children.map(([key, child]) => [key, print(child)] as const);
  return formatModule(module.name, module.extraRepr, children);
}

test.each(printGolden.modules)("$name", ({ module, expected }) => {
  expect(print(module)).toBe(expected);
});
