/** @file The package: one ES module and one declaration file for each entry point, with shared chunks between them. */
import { resolve } from "node:path";
import { defineConfig } from "tsdown";
import { keepClassNames } from "./scripts/keep-class-names.ts";

export default defineConfig({
  entry: {
    index: "src/entry/index.ts",
    nn: "src/entry/nn.ts",
    optim: "src/entry/optim.ts",
    data: "src/entry/data.ts",
    autograd: "src/entry/autograd.ts",
    io: "src/entry/io.ts",
    distributed: "src/entry/distributed.ts",
    testing: "src/entry/testing.ts",
    keras: "src/entry/keras.ts",
    tensorboard: "src/entry/tensorboard.ts",
    profiler: "src/entry/profiler.ts",
    plot: "src/entry/plot.ts",
    func: "src/entry/func.ts",
    linalg: "src/entry/linalg.ts",
    onnx: "src/entry/onnx.ts",
    distributions: "src/entry/distributions.ts",
    vision: "src/entry/vision.ts",
  },
  platform: "neutral",
  target: "es2023",
  dts: true,
  // So that a page imports the files as they are. Their licences are in THIRD-PARTY-LICENSES.md.
  deps: {
    onlyBundle: [
      "fflate",
      "iota-array",
      "is-any-array",
      "is-buffer",
      "ml-array-max",
      "ml-array-min",
      "ml-array-rescale",
      "ml-matrix",
      "ndarray",
    ],
  },
  failOnWarn: true,
  // ndarray has no exports in its package.json.
  inputOptions: { checks: { pluginTimings: false }, resolve: { mainFields: ["module", "main"] } },
  plugins: [
    keepClassNames(),
    {
      // Part of the package, as modules: of its bundle, which is CommonJS, every page would carry the whole.
      name: "ml-matrix-in-parts",
      resolveId: (source) => (source === "ml-matrix" ? resolve("node_modules/ml-matrix/src/index.js") : null),
    },
    {
      // `export * as nn from "./nn.js"`. A namespace that is bundled turns up among the exports of its own entry point.
      name: "namespaces-are-entry-points",
      resolveId(source, importer = "") {
        const entry = source.match(/^\.\/(nn|optim|data|autograd|io)\.ts$/)?.[1];
        const fromMain = /[\\/]src[\\/]entry[\\/]index(?:\.d)?\.ts$/.test(importer);
        return entry !== undefined && fromMain ? { id: `./${entry}.js`, external: true } : null;
      },
    },
  ],
});
