/**
 * @file Compiles the AssemblyScript kernels to WebAssembly and writes them as TypeScript modules.
 *
 * Every entry of {@link ENTRIES} becomes `kernels/cpu/generated/<name>.ts`, with a relaxed-SIMD and a plain-SIMD build
 * as compressed base64 text and the types of the exports, so that Node, browsers, bundlers and tests load them alike.
 * Outputs that carry the hash of the present sources are kept. Option: `--wat` also writes the text form.
 */
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Bounds, Features } from "./wasm/compile.ts";
import { exportsInterface } from "./wasm/signatures.ts";

interface Entry {
  readonly name: string;
  /** Binaryen's level, and passes that run on top of it. */
  readonly optimizeLevel: number;
  readonly passes: readonly string[];
  /** Bytes of the shared memory that hold the static data of this module. */
  readonly data: Bounds;
}

/**
 * At level 2 and above Binaryen nests the multiply-adds of neighbouring steps and spoils the register schedule of the
 * matmul tile: half the speed is lost. What the tiles do want is that conditions on constants go away.
 */
const FOLDING: readonly string[] = ["precompute-propagate", "remove-unused-brs", "dce", "vacuum", "reorder-locals"];

const ENTRIES: readonly Entry[] = [
  { name: "gemm", optimizeLevel: 1, passes: FOLDING, data: { start: 0x400, end: 0x10000 } },
  { name: "vector", optimizeLevel: 3, passes: [], data: { start: 0x10000, end: 0x20000 } },
  { name: "math", optimizeLevel: 3, passes: [], data: { start: 0x20000, end: 0x30000 } },
];

const BUILDS: Readonly<Record<"relaxed" | "plain", Features>> = {
  relaxed: ["simd", "threads", "relaxed-simd"],
  plain: ["simd", "threads"],
};

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const sourceDir = join(root, "kernels/cpu/assembly");
const targetDir = join(root, "kernels/cpu/generated");

function filesIn(dir: string): string[] {
  return readdirSync(dir, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .sort()
    .map((name) => join(dir, name));
}

/** Hash of everything that the outputs depend on. */
function fingerprint(sources: readonly string[]): string {
  const hash = createHash("sha256");
  const tools = [fileURLToPath(import.meta.url), ...filesIn(join(root, "scripts/wasm"))];
  const compiler = join(root, "node_modules/assemblyscript/package.json");
  for (const file of [...sources, ...tools, compiler]) hash.update(file.slice(root.length)).update(readFileSync(file));
  return hash.digest("hex");
}

function isCurrent(file: string, mark: string): boolean {
  try {
    return readFileSync(file, "utf8").includes(mark);
  } catch {
    return false;
  }
}

async function build(entry: Entry, mark: string, texts: readonly string[], wat: boolean): Promise<void> {
  // The compiler takes half a second to load, which a run without work need not spend.
  const { compile } = await import("./wasm/compile.ts");
  const { name, optimizeLevel, passes, data } = entry;
  const code: string[] = [];
  let names: readonly string[] = [];
  for (const [kind, features] of Object.entries(BUILDS)) {
    const module = await compile({ baseDir: sourceDir, entry: `${name}.ts`, optimizeLevel, passes, features, data });
    names = module.functions;
    code.push(`/** The ${features.join(", ")} build. */\nexport const ${kind} =\n  "${module.base64}";\n`);
    if (wat) writeFileSync(join(targetDir, `${name}.${kind}.wat`), module.text);
  }
  const type = `${name[0]?.toUpperCase()}${name.slice(1)}Exports`;
  const header = `/**
 * @file WebAssembly of kernels/cpu/assembly/${name}.ts, compressed and in base64. Made by scripts/build-wasm.ts; do not edit.
 * ${mark}
 */
`;
  // Renamed into place, so that nobody who loads the kernels meanwhile sees half a file.
  const file = join(targetDir, `${name}.ts`);
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, [header, exportsInterface(type, names, texts), "", ...code].join("\n"));
  renameSync(draft, file);
}

const sources = filesIn(sourceDir);
const mark = `Sources: sha256 ${fingerprint(sources)}`;
const wat = process.argv.includes("--wat");
const stale = ENTRIES.filter((entry) => wat || !isCurrent(join(targetDir, `${entry.name}.ts`), mark));
if (stale.length > 0) {
  mkdirSync(targetDir, { recursive: true });
  const texts = sources.map((file) => readFileSync(file, "utf8"));
  for (const entry of stale) await build(entry, mark, texts, wat);
}
