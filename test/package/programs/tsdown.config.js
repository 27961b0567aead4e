/** @file A user's bundle for a page: one file with everything inside. */
export default {
  entry: { "browser-bundle": "browser.js" },
  outDir: ".",
  clean: false,
  platform: "browser",
  deps: { alwaysBundle: [/./] },
  dts: false,
  failOnWarn: true,
  logLevel: "warn",
};
