/** @file Bundles a program into a folder with one of the bundlers, set up as its users do: `node bundle.js webpack page.js out`. */
import { resolve } from "node:path";

const [name, program, folder] = process.argv.slice(2);
const entry = resolve(program);
const out = resolve(folder);

async function esbuild(settings) {
  const { build } = await import("esbuild");
  await build({ entryPoints: [entry], bundle: true, minify: true, logLevel: "warning", ...settings });
}

async function rollup(output) {
  const { rollup: open } = await import("rollup");
  const { default: resolveNode } = await import("@rollup/plugin-node-resolve");
  const bundle = await open({
    input: entry,
    plugins: [resolveNode({ browser: true })],
    onwarn: ({ message }) => {
      if (!message.startsWith('"gpu.js" is imported')) throw new Error(message);
    },
  });
  await bundle.write(output);
}

/** webpack and Rspack, whose options are the same. Neither finds gpu.js, which is optional: that is a warning. */
async function webpack(from, settings) {
  const { default: open } = await import(from);
  const options = { entry, ...settings, output: { path: out, ...settings.output } };
  const stats = await new Promise((done, fail) => {
    open(options, (error, result) => (error ? fail(error) : done(result)));
  });
  const { errors, warnings } = stats.toJson({ errors: true, warnings: true });
  if (errors.length > 0) throw new Error(errors[0].message);
  const odd = warnings.filter(({ message }) => !/gpu\.js|size limit|performance recommendations/.test(message));
  if (odd.length > 0) throw new Error(odd[0].message);
}

async function parcel(mode) {
  const { Parcel } = await import("@parcel/core");
  const isProduction = mode === "production";
  await new Parcel({
    entries: entry,
    defaultConfig: "@parcel/config-default",
    mode,
    shouldDisableCache: true,
    defaultTargetOptions: { distDir: out, shouldScopeHoist: isProduction, shouldOptimize: isProduction },
  }).run();
}

const bundlers = {
  async vite() {
    const { build } = await import("vite");
    const rollupOptions = { input: entry, output: { entryFileNames: "main.js" }, checks: { pluginTimings: false } };
    // The engine with its kernels is one chunk, larger than the 500 kB that Vite advises.
    const chunkSizeWarningLimit = 1100;
    await build({ configFile: false, logLevel: "warn", build: { outDir: out, rollupOptions, chunkSizeWarningLimit } });
  },
  "rollup es": () => rollup({ dir: out, entryFileNames: "main.js", format: "es" }),
  "rollup iife": () => rollup({ file: `${out}/main.js`, format: "iife", inlineDynamicImports: true }),
  "rollup cjs": () => rollup({ dir: out, entryFileNames: "main.cjs", chunkFileNames: "[name].cjs", format: "cjs" }),
  webpack: () => webpack("webpack", { mode: "production", target: "web", output: { filename: "main.js" } }),
  "webpack development": () => webpack("webpack", { mode: "development", output: { filename: "main.js" } }),
  "webpack node": () => webpack("webpack", { mode: "production", target: "node", output: { filename: "main.cjs" } }),
  rspack: () => webpack("@rspack/core", { mode: "production", target: "web", output: { filename: "main.js" } }),
  "rspack node": () =>
    webpack("@rspack/core", { mode: "production", target: "node", output: { filename: "main.cjs" } }),
  "esbuild esm": () => esbuild({ format: "esm", outdir: out, splitting: true, entryNames: "main" }),
  "esbuild iife": () => esbuild({ format: "iife", outfile: `${out}/main.js` }),
  "esbuild cjs": () => esbuild({ format: "cjs", platform: "node", outfile: `${out}/main.cjs` }),
  "esbuild node": () => esbuild({ format: "esm", platform: "node", outfile: `${out}/main.mjs` }),
  parcel: () => parcel("production"),
  "parcel development": () => parcel("development"),
};

await bundlers[name]();
// Parcel leaves workers behind.
process.exit(0);
