/** @file Every example of the TSDoc runs, and gives what its comments say. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import * as tapegrad from "tapegrad";
import * as autograd from "tapegrad/autograd";
import * as data from "tapegrad/data";
import * as distributed from "tapegrad/distributed";
import * as distributions from "tapegrad/distributions";
import * as io from "tapegrad/io";
import * as keras from "tapegrad/keras";
import * as nn from "tapegrad/nn";
import * as optim from "tapegrad/optim";
import * as plot from "tapegrad/plot";
import * as profiler from "tapegrad/profiler";
import * as tensorboard from "tapegrad/tensorboard";
import * as testing from "tapegrad/testing";
import * as vision from "tapegrad/vision";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { examplesIn, runExample } from "./examples.ts";

const modules = {
  tapegrad,
  "tapegrad/nn": nn,
  "tapegrad/optim": optim,
  "tapegrad/data": data,
  "tapegrad/autograd": autograd,
  "tapegrad/io": io,
  "tapegrad/keras": keras,
  "tapegrad/plot": plot,
  "tapegrad/profiler": profiler,
  "tapegrad/tensorboard": tensorboard,
  "tapegrad/distributed": distributed,
  "tapegrad/distributions": distributions,
  "tapegrad/testing": testing,
  "tapegrad/vision": vision,
  vitest: { expect, test },
  /** What an example may use without an import. */
  scope: { ...io, ...data, ...distributed, ...tapegrad, keras, distributions, vision, expect },
};

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
