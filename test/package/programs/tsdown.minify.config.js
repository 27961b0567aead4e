/** @file A user's minified bundle: classes and variables get other names. */
export default {
  entry: { "names-minified": "names.js" },
  outDir: ".",
  clean: false,
  minify: true,
  platform: "node",
  deps: { alwaysBundle: [/./] },
  dts: false,
  logLevel: "warn",
};
