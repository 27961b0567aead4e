/** @file Tests of the packed package, `npm run smoke`. They install it, and several versions of Node, from npm. */
import { dirname, resolve } from "node:path";
import { defineConfig } from "vitest/config";
import { bundleOf, shareForBundle } from "./test/package/built.ts";

export default defineConfig({
  plugins: [
    {
      name: "entry-points-are-built",
      enforce: "pre",
      resolveId(source, importer = "") {
        if (!source.startsWith(".") || /[\\/]test[\\/]package[\\/]/.test(importer)) return null;
        return bundleOf(resolve(dirname(importer), source));
      },
    },
  ],
  test: {
    include: ["test/package/**/*.test.ts", ...shareForBundle()],
    globalSetup: "test/package/setup.ts",
    pool: "forks",
    execArgv: ["--expose-gc"],
    testTimeout: 120_000,
  },
});
