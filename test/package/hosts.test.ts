/** @file The packed package in the programs that bundlers make of it, on Deno and Bun, and in the environments of test runners. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { gzipSync } from "node:zlib";
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

/**
 * Whether every bundler is tried in every mode, as once a night. Otherwise those that differ most: Vite, webpack, Rollup,
 * esbuild and Parcel, as they are set up for production.
 */
const ALL = process.env.TAPEGRAD_ALL_BUNDLERS === "1";

/** Versions that are known to work, so that a new one does not break a change that has nothing to do with it. */
const TOOLS = {
  "@rollup/plugin-node-resolve": "16.0.3",
  ...(ALL && { "@rspack/core": "2.3.4" }),
  bun: "1.4.5",
  deno: "2.9.6",
  esbuild: "0.28.2",
  jest: "30.5.2",
  "jest-environment-jsdom": "30.5.2",
  jsdom: "31.0.1",
  parcel: "2.16.4",
  rollup: "4.68.8",
  vite: "8.4.0",
  vitest: "5.1.1",
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

afterAll(() => rmSync(folder, { recursive: true, force: true }), 120_000);

/** Where a bundler put its files. */
async function bundle(name: string, program = "bundled.js"): Promise<string> {
  const out = join(workshop, `${program}-${name.replaceAll(" ", "-")}`);
  const { stderr } = await runIn(workshop, node, "bundle.js", name, program, out);
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
    ["esbuild cjs", "main.cjs"],
    ...(ALL
      ? [
          ["webpack node", "main.cjs"],
          ["rspack node", "main.cjs"],
          ["esbuild node", "main.mjs"],
        ]
      : []),
  ] as [name: string, file: string][])("a bundle of %s runs", async (name, file) => {
    const { stdout } = await runIn(folder, node, join(await bundle(name), file));
    expectSame(JSON.parse(stdout) as Found);
  });
});

/** Bytes of a program in a bundle with all its chunks, and its code. */
async function measure(program: string): Promise<{ code: string; bytes: number; gzip: number }> {
  const out = await bundle("esbuild esm", program);
  const files = readdirSync(out).map((file) => readFileSync(join(out, file)));
  const sum = (sizes: readonly number[]) => sizes.reduce((a, b) => a + b, 0);
  return {
    code: files.join("\n"),
    bytes: sum(files.map((file) => file.length)),
    gzip: sum(files.map((file) => gzipSync(file, { level: 9 }).length)),
  };
}

describe("a bundle carries", () => {
  const docs = readFileSync("docs/pages.md", "utf8");
  const table = docs.slice(docs.indexOf("## Sizes"), docs.indexOf("## Keeping"));
  const bounds = [...table.matchAll(/\| (\d+) \| (\d+) \|$/gm)].map(([, bytes, gzip]) => [Number(bytes), Number(gzip)]);

  test.each([
    ["size-tensors.js", 0],
    ["size-layer.js", 1],
    ["size-namespaces.js", 2],
    ["size-keras.js", 3],
  ] as const)("no more than docs/pages.md says (%s)", async (program, row) => {
    const { bytes, gzip } = await measure(program);
    const [mostBytes = 0, mostGzip = 0] = bounds[row] ?? [];
    expect(bytes / 1000).toBeLessThanOrEqual(mostBytes);
    expect(gzip / 1000).toBeLessThanOrEqual(mostGzip);
    // A bound far above is no information.
    expect(bytes / 1000).toBeGreaterThan(0.75 * mostBytes);
  });

  test("no layer, optimizer or dataset beside tensors", async () => {
    const { code } = await measure("size-tensors.js");
    expect(code).toContain("SumBackward");
    for (const name of ["MultiheadAttention", "LSTMCell", "RMSprop", "train-images", "glorot"]) {
      expect(code, name).not.toContain(name);
    }
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

describe("tests of a user's", () => {
  const PROGRAM = "environment.js";

  test.each(["node", "jsdom"])("run in Jest's environment %s", async (environment) => {
    const config = { testEnvironment: environment, transform: {}, testMatch: [`**/${PROGRAM}`] };
    const jest = join(workshop, "node_modules/jest/bin/jest.js");
    await runIn(workshop, node, "--experimental-vm-modules", jest, "--config", JSON.stringify(config));
  });

  test.each(["node", "jsdom"])("run in Vitest's environment %s", async (environment) => {
    const vitest = join(workshop, "node_modules/vitest/vitest.mjs");
    const config = `export default { test: { environment: "${environment}", globals: true, include: ["${PROGRAM}"] } };`;
    writeFileSync(join(workshop, "vitest.config.js"), config);
    await runIn(workshop, node, vitest, "run");
  });
});

describe("in a page", () => {
  /** The script that loads a bundle, as a module or as a classic script, and waits for the value of an expression. */
  const loader = (isModule: boolean, value: string) => `export default () => new Promise((resolve, reject) => {
    addEventListener("error", ({ message }) => reject(new Error(message)));
    const script = document.createElement("script");
    if (${isModule}) script.type = "module";
    script.onload = () => resolve(${value});
    script.onerror = () => reject(new Error("the bundle does not load"));
    script.src = "/main.js";
    document.head.append(script);
  })`;

  /** The files of a bundle by their names, its program as main.js. */
  function filesOf(out: string, program: string): Map<string, string> {
    const built = readdirSync(out, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    return new Map(
      built.map((entry) => {
        const path = join(entry.parentPath, entry.name);
        return [
          relative(out, path).replace(new RegExp(`^${program}$`), "main.js"),
          readFileSync(path, "utf8"),
        ] as const;
      }),
    );
  }

  test("the package's files run as they are, by an import map", async ({ skip }) => {
    if (chromium === undefined) return skip("there is no Chromium to run them");
    const dist = join(workshop, "node_modules/tapegrad/dist");
    const scripts = readdirSync(dist).filter((file) => file.endsWith(".js"));
    const files = new Map(scripts.map((file) => [`dist/${file}`, readFileSync(join(dist, file), "utf8")]));
    const imports = { tapegrad: "/dist/index.js", "tapegrad/data": "/dist/data.js" };
    files.set("main.js", readFileSync(join(workshop, "bundled.js"), "utf8"));
    files.set(
      "script.js",
      `export default async () => {
        const map = document.createElement("script");
        map.type = "importmap";
        map.textContent = ${JSON.stringify(JSON.stringify({ imports }))};
        document.head.append(map);
        await import("/main.js");
        return globalThis.found;
      }`,
    );
    expectSame((await runInChromium(chromium, files, [])) as Found);
  });

  test.for([
    ["vite", true],
    ["webpack", false],
    ["esbuild iife", false],
    ["parcel", false],
    ...(ALL
      ? [
          ["rollup es", true],
          ["rollup iife", false],
          ["webpack development", false],
          ["rspack", false],
          ["esbuild esm", true],
          ["parcel development", false],
        ]
      : []),
  ] as [name: string, isModule: boolean][])("a bundle of %s runs", async ([name, isModule], { skip }) => {
    const files = filesOf(await bundle(name), "bundled.js");
    expect(files.has("main.js")).toBe(true);
    if (chromium === undefined) return skip("it was made, but there is no Chromium to run it");
    const script = loader(isModule, "globalThis.found");
    expectSame((await runInChromium(chromium, files.set("script.js", script), [])) as Found);
  });

  test.for([
    ["vite", true],
    ...(ALL
      ? [
          ["webpack", false],
          ["parcel", false],
        ]
      : []),
  ] as [name: string, isModule: boolean][])(
    "a worker trains as docs/pages.md says (%s)",
    async ([name, isModule], { skip }) => {
      const docs = readFileSync("docs/pages.md", "utf8");
      for (const [, file = "", code = ""] of docs.matchAll(/^```js\n\/\/ (\w+\.js)\n(.*?)^```/gms)) {
        writeFileSync(join(workshop, file), code);
      }
      const files = filesOf(await bundle(name, "page.js"), "page.js");
      if (chromium === undefined) return skip("it was made, but there is no Chromium to run it");
      const weights = `new Promise((done) => {
      const timer = setInterval(() => {
        if (globalThis.trained === undefined) return;
        clearInterval(timer);
        done({ title: document.title, weight: globalThis.trained.weight.toArraySync() });
      }, 10);
    })`;
      const { title, weight } = (await runInChromium(
        chromium,
        files.set("script.js", loader(isModule, weights)),
        [],
      )) as {
        readonly title: string;
        readonly weight: readonly (readonly number[])[];
      };
      expect(title).toMatch(/^step 100: 0\.0/);
      for (const value of weight.flat()) expect(value).toBeCloseTo(1, 1);
    },
  );
});
