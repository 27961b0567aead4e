/** @file The programs of examples/ported print what they print in PyTorch: the same words, and the same numbers. */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

/**
 * Every program, and how far its numbers may be from PyTorch's, relative to numbers above 1. Rounding in another order
 * grows with every step of training.
 */
const PROGRAMS: Readonly<Record<string, number>> = {
  "actor-critic": 1e-3,
  gcn: 1e-3,
  "normalizing-flow": 1e-3,
  siamese: 1e-3,
  vae: 1e-3,
  "vision-transformer": 1e-3,
};

const NUMBER = /-?\d+(?:\.\d+)?(?:e[-+]?\d+)?/g;

function expectedLines(name: string): readonly string[] {
  const file = new URL(`../golden/data/ported-${name}.json`, import.meta.url);
  return (JSON.parse(readFileSync(file, "utf8")) as { readonly lines: readonly string[] }).lines;
}

/** A line with its numbers left out, and the numbers. */
function split(line: string): { readonly text: string; readonly numbers: readonly number[] } {
  return { text: line.replace(NUMBER, "#"), numbers: (line.match(NUMBER) ?? []).map(Number) };
}

describe.each(Object.entries(PROGRAMS))("%s", (name, tolerance) => {
  test("prints what it prints in PyTorch", () => {
    const args = ["--conditions=tapegrad-source", `examples/ported/${name}.ts`];
    const actual = execFileSync(process.execPath, args, { encoding: "utf8" }).trimEnd().split("\n").map(split);
    const expected = expectedLines(name).map(split);
    expect(actual.map(({ text }) => text)).toEqual(expected.map(({ text }) => text));
    for (const [i, line] of expected.entries()) {
      for (const [j, number] of line.numbers.entries()) {
        const came = actual[i]?.numbers[j] ?? Number.NaN;
        const close = Math.abs(came - number) <= tolerance * Math.max(1, Math.abs(number));
        if (!close) expect({ line: i + 1, number: came }).toEqual({ line: i + 1, number });
      }
    }
  });
});

test("no program is left out", () => {
  const files = readdirSync("examples/ported").filter((file) => file.endsWith(".ts") && file !== "run.ts");
  expect(files.map((file) => file.slice(0, -3)).sort()).toEqual(Object.keys(PROGRAMS).sort());
});
