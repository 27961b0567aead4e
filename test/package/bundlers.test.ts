/** @file The packed package in the programs that bundlers make of it, for pages and for Node, and on Deno and Bun. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { findChromium, runInChromium } from "../gpu/chromium.ts";
import { runIn } from "./run.ts";
import { npm, writePackage } from "./setup.ts";

/** What bundled.js leaves behind. */
interface Found {
  readonly losses: readonly number[];
  readonly turns: number;
  readonly gpu: { readonly available: boolean; readonly reason: string };
  readonly anomaly: string;
  readonly names: readonly string[];
  readonly error: string;
}

/** Versions that are known to work, so that a new one does not break a change that has nothing to do with it. */
const TOOLS = {
  "@rollup/plugin-commonjs": "29.0.3",
  "@rollup/plugin-node-resolve": "16.0.3",
  "@rspack/core": "2.3.4",
  bun: "1.4.5",
  deno: "2.9.6",
  esbuild: "0.28.2",
  parcel: "2.16.4",
  rollup: "4.68.8",
  vite: "8.4.0",
  webpack: "5.113.0",
};

const folder = mkdtempSync(join(tmpdir(), "tapegrad-bundlers-"));
const workshop = join(folder, "workshop");
const node = inject("nodes")["24"] ?? "";
const chromium = findChromium();
let expected: Found;

beforeAll(async () => {
  const dependencies = { ...TOOLS, tapegrad: `file:${inject("tarball")}` };
  writePackage(workshop, { dependencies, allowScripts: { bun: true, deno: true } });
  npm(workshop, "install");
  cpSync("test/package/programs", workshop, { recursive: true });
  expected = JSON.parse((await runIn(workshop, node, "bundled.js")).stdout) as Found;
}, 300_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Where a bundler put its files. */
async function bundle(name: string): Promise<string> {
  const out = join(workshop, name.replaceAll(" ", "-"));
  const { stderr } = await runIn(workshop, node, "bundle.js", name, out);
  expect(stderr).toBe("");
  return out;
}

/** The program has to do all it does without a bundler. */
function expectSame(found: Found): void {
  expect(found.losses).toHaveLength(expected.losses.length);
  for (const [i, loss] of found.losses.entries()) expect(loss).toBeCloseTo(expected.losses[i] as number, 5);
  expect(found.turns).toBe(3);
  expect(found.gpu).toEqual({ available: false, reason: expect.stringMatching(/gpu\.js/) });
  expect(found.anomaly).toContain("Function 'SqrtBackward0' returned nan values");
  expect(found.names).toEqual(expected.names);
  expect(found.error).toBe(expected.error);
}

describe("in Node", () => {
  test.each([
    ["rollup cjs", "main.cjs"],
    ["webpack node", "main.cjs"],
    ["rspack node", "main.cjs"],
    ["esbuild cjs", "main.cjs"],
    ["esbuild node", "main.mjs"],
  ])("a bundle of %s runs", async (name, file) => {
    const { stdout } = await runIn(folder, node, join(await bundle(name), file));
    expectSame(JSON.parse(stdout) as Found);
  });
});

test.each([
  ["Deno with all permissions", "deno", ["run", "--allow-all"]],
  ["Deno without a permission", "deno", ["run", "--no-prompt"]],
  ["Bun", "bun", []],
])("on %s", async (_, program, options) => {
  const { stdout } = await runIn(workshop, join(workshop, "node_modules/.bin", program), ...options, "bundled.js");
  expectSame(JSON.parse(stdout) as Found);
});

describe("in a page", () => {
  /** The script that loads a bundle, as a module or as a classic script, and waits for what it finds. */
  const loader = (isModule: boolean) => `export default () => new Promise((resolve, reject) => {
    addEventListener("error", ({ message }) => reject(new Error(message)));
    const script = document.createElement("script");
    if (${isModule}) script.type = "module";
    script.onload = () => resolve(globalThis.found);
    script.onerror = () => reject(new Error("the bundle does not load"));
    script.src = "/main.js";
    document.head.append(script);
  })`;

  test.for([
    ["vite", true],
    ["rollup es", true],
    ["rollup iife", false],
    ["webpack", false],
    ["webpack development", false],
    ["rspack", false],
    ["esbuild esm", true],
    ["esbuild iife", false],
    ["parcel", false],
    ["parcel development", false],
  ] as const)("a bundle of %s runs", async ([name, isModule], { skip }) => {
    const out = await bundle(name);
    const built = readdirSync(out, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const files = new Map(
      built.map((entry) => {
        const path = join(entry.parentPath, entry.name);
        return [relative(out, path).replace(/^bundled\.js$/, "main.js"), readFileSync(path, "utf8")] as const;
      }),
    );
    expect(files.has("main.js")).toBe(true);
    if (chromium === undefined) return skip("it was made, but there is no Chromium to run it");
    expectSame((await runInChromium(chromium, files.set("script.js", loader(isModule)), [])) as Found);
  });
});
