/** @file Calls from the operator database of PyTorch's own tests: results, gradients and second derivatives. */
import { readFileSync } from "node:fs";
import { describe, expect, test, vi } from "vitest";
import { formsOf, judge, knownNames, type OpdbCase } from "../golden/opdb.ts";

vi.spyOn(console, "warn").mockImplementation(() => {});

const cases = readFileSync(new URL("../golden/data/opdb.jsonl", import.meta.url), "utf8")
  .trimEnd()
  .split("\n")
  .map((line) => JSON.parse(line) as OpdbCase);

describe.each([...new Set(cases.map(({ op }) => op))])("%s", (op) => {
  const titled = cases
    .filter((spec) => spec.op === op)
    .flatMap((spec, i) =>
      formsOf(spec).map((form): [string, OpdbCase, typeof form] => {
        const inputs = spec.inputs.map(({ dtype, shape }) => `${dtype}[${shape}]`).join(" ");
        return [
          `${i} as ${form}: ${inputs} ${JSON.stringify(spec.args)} ${JSON.stringify(spec.options ?? {})}`,
          spec,
          form,
        ];
      }),
    );
  test.each(titled)("%s", (_, spec, form) => {
    const verdict = judge(spec, form);
    // The sign of a gradient's zero depends on the order of factors.
    expect(verdict.kind === "zero sign" ? { kind: "same" } : verdict).toEqual({ kind: "same" });
  });
});

test("the file covers the operations that both sides have", () => {
  const known = new Set(knownNames());
  const covered = new Set(cases.map(({ op }) => op));
  expect([...covered].filter((op) => !known.has(op))).toEqual([]);
  expect(covered.size).toBeGreaterThan(200);
});
