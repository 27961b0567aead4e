/** @file The coverage table is up to date, and every public name has goldens and derivative checks, or a reason. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { coverage } from "../golden/coverage/table.ts";

const { markdown, cases, problems } = coverage();

test("every public name has goldens, gradients and checks of both derivatives, or a reason that holds", () => {
  expect(problems).toEqual([]);
});

test("the committed table is what `npm run coverage-table` writes", () => {
  const committed = readFileSync(new URL("../golden/COVERAGE.md", import.meta.url), "utf8");
  // Line by line, so that a failure shows the names that changed.
  expect(committed.split("\n")).toEqual(markdown.split("\n"));
});

test("there are some thousand golden calls", () => expect(cases).toBeGreaterThan(2000));
