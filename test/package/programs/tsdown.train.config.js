/** @file As tsdown.config.js, for the program that looks for a GPU. Where gpu.js is not installed, there is no warning either. */
export default {
  entry: { script: "train.js" },
  outDir: "train-bundle",
  platform: "browser",
  deps: { alwaysBundle: [/./] },
  dts: false,
  failOnWarn: true,
  logLevel: "warn",
};
