/** @file Every program in the documentation and on the site passes the compiler, runs, and gives what its comments say. */
import { globSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runExample } from "./examples.ts";
import { modules } from "./modules.ts";
import { programOf, typeErrors } from "./pages.ts";

const pages = globSync(["docs/*.md", "site/*.md", "site/{guide,examples,playground}/**/*.md"]).sort();
const programs = pages.map(programOf).filter(({ code }) => code.trim() !== "");

const before = resolve(".");
const folder = mkdtempSync(join(tmpdir(), "tapegrad-pages-"));
beforeAll(() => process.chdir(folder));
afterAll(() => {
  process.chdir(before);
  rmSync(folder, { recursive: true });
});

test("programs are found", () => {
  expect(programs.map(({ file }) => file)).toEqual(
    expect.arrayContaining(["docs/keras.md", "site/index.md", "site/guide/autograd.md"].map((file) => join(file))),
  );
});

test("the compiler finds nothing", () => {
  process.chdir(before);
  const errors = typeErrors(programs);
  process.chdir(folder);
  expect(errors).toEqual([]);
});

describe("the program of", () => {
  test.each(programs.map((program) => [program.file, program] as const))(
    "%s gives what it says",
    async (_, program) => {
      // A test inside of this one is run at once.
      const tests: Promise<unknown>[] = [];
      const runAtOnce = (_: string, fn: () => unknown) => tests.push(Promise.resolve().then(fn));
      await runExample(program, { ...modules, vitest: { expect, test: runAtOnce } });
      await Promise.all(tests);
    },
  );
});
