/** @file How a user makes one file for a page: everything inside. */
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
