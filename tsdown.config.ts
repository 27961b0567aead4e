/** @file The package: one ES module and one declaration file for each entry point, with shared chunks between them. */
import { defineConfig } from "tsdown";
import { keepClassNames } from "./scripts/keep-class-names.ts";

export default defineConfig({
  entry: {
    index: "src/index.ts",
    nn: "src/nn/index.ts",
    optim: "src/optim/index.ts",
    data: "src/data/index.ts",
    autograd: "src/autograd/index.ts",
    io: "src/io/index.ts",
    testing: "src/testing/index.ts",
  },
  platform: "neutral",
  target: "es2023",
  dts: true,
  failOnWarn: true,
  inputOptions: { checks: { pluginTimings: false } },
  plugins: [
    keepClassNames(),
    {
      // `export * as nn from "./nn.js"`. A namespace that is bundled turns up among the exports of its own entry point.
      name: "namespaces-are-entry-points",
      resolveId(source, importer = "") {
        const entry = source.match(/^\.\/(nn|optim|data|autograd|io)\/index\.ts$/)?.[1];
        const fromMain = /[\\/]src[\\/]index(?:\.d)?\.ts$/.test(importer);
        return entry !== undefined && fromMain ? { id: `./${entry}.js`, external: true } : null;
      },
    },
  ],
});
