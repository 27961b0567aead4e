/** @file Every example of the TSDoc runs, and gives what its comments say. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, test } from "vitest";
import { examplesIn, runExample } from "./examples.ts";
import { modules } from "./modules.ts";

const files = execFileSync("git", ["ls-files", "src/**/*.ts"], { encoding: "utf8" }).trim().split("\n");
const examples = files.flatMap((file) => examplesIn(file));

const before = resolve(".");
const folder = mkdtempSync(join(tmpdir(), "tapegrad-examples-"));
beforeAll(() => process.chdir(folder));
afterAll(() => {
  process.chdir(before);
  rmSync(folder, { recursive: true });
});

describe("the example of", () => {
  test.each(examples.map((example) => [`${example.name} (${example.file})`, example] as const))(
    "%s gives what it says",
    async (_, example) => {
      await runExample(example, modules);
    },
  );
});
