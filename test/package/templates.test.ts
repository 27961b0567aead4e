/** @file The projects that users copy, installed from the packed package: they train, build, and pass their own tests and compilers. */
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { findChromium, runInChromium } from "../gpu/chromium.ts";
import { runIn } from "./run.ts";
import { npm, writePackage } from "./setup.ts";

const TEMPLATES = ["node", "vite", "vitest"];
const folder = mkdtempSync(join(tmpdir(), "tapegrad-templates-"));
const place = join(folder, "projects");
const node = inject("nodes")["24"] ?? "";
const chromium = findChromium();

beforeAll(() => {
  // One installation for all three.
  writePackage(place, { workspaces: TEMPLATES });
  for (const name of TEMPLATES) {
    cpSync(join(inject("project"), "node_modules/tapegrad/examples/templates", name), join(place, name), {
      recursive: true,
    });
    const file = join(place, name, "package.json");
    const manifest = JSON.parse(readFileSync(file, "utf8"));
    manifest.dependencies.tapegrad = `file:${inject("tarball")}`;
    writeFileSync(file, JSON.stringify(manifest));
  }
  npm(place, "install");
}, 300_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }), 120_000);

const tool = (path: string) => join(place, "node_modules", path);

test("node: it learns, and the weights it saved are read back", async () => {
  const project = join(place, "node");
  const trained = await runIn(project, node, "train.js");
  expect(trained.stdout).toMatch(/^epoch 10: .*\naccuracy (?:9[5-9]|100)/s);
  const loaded = await runIn(project, node, "train.js", "--load");
  expect(trained.stdout.trimEnd().endsWith(loaded.stdout.trimEnd())).toBe(true);
});

test.each(["vite", "vitest"])("%s: the compiler finds nothing", async (name) => {
  const { stdout, stderr } = await runIn(join(place, name), node, tool("typescript/bin/tsc")).catch((error) => error);
  expect(`${stdout}${stderr}`).toBe("");
});

test("vitest: its tests pass", async () => {
  const { stdout } = await runIn(join(place, "vitest"), node, tool("vitest/vitest.mjs"), "run");
  expect(stdout).toMatch(/3 passed/);
});

describe("vite", () => {
  test("it builds, and the page's worker learns", async ({ skip }) => {
    const project = join(place, "vite");
    await runIn(project, node, tool("vite/bin/vite.js"), "build");
    const out = join(project, "dist");
    const built = globSync("**/*.js", { cwd: out }).map((file) => join(out, file));
    const files = new Map(built.map((file) => [relative(out, file), readFileSync(file, "utf8")]));
    const main = [...files.keys()].find((file) => /index-[\w-]+\.js$/.test(file));
    if (main === undefined) throw new Error(`no index among ${[...files.keys()].join()}`);
    if (chromium === undefined) return skip("it was built, but there is no Chromium to run it");
    const script = `export default async () => {
      document.body.innerHTML = '<canvas id="curve"></canvas><p id="status"></p>';
      await import("/${main}");
      const status = document.querySelector("#status");
      while (!status.textContent.startsWith("Done")) await new Promise((resolve) => setTimeout(resolve, 20));
      return status.textContent;
    }`;
    const status = await runInChromium(chromium, files.set("script.js", script), []);
    expect(status).toMatch(/^Done: step 500, loss 0\.00/);
  });
});
