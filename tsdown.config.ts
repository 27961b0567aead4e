/** @file The package: one ES module and one declaration file for each entry point, with shared chunks between them. */
import { defineConfig } from "tsdown";

export default defineConfig({
  entry: {
    index: "src/index.ts",
    nn: "src/nn/index.ts",
    optim: "src/optim/index.ts",
    data: "src/data/index.ts",
    autograd: "src/autograd/index.ts",
  },
  platform: "neutral",
  target: "es2023",
  dts: true,
  // Names are what users see in stack traces and printed modules.
  minify: false,
  failOnWarn: true,
  inputOptions: { checks: { pluginTimings: false } },
});
