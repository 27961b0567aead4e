/** @file Tests of the packed package, `npm run smoke`. They install it, and several versions of Node, from npm. */
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/package/**/*.test.ts"],
    globalSetup: "test/package/setup.ts",
    testTimeout: 120_000,
  },
});
