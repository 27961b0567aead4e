/** @file Tests of the packed package, `npm run smoke`. They install it, and several versions of Node, from npm. */
import { dirname, resolve } from "node:path";
import { defineConfig } from "vitest/config";
import { SlowFilesFirst, TOGETHER, WORKERS } from "./test/helpers/processes.ts";
import { bundleOf, shareForBundle } from "./test/package/built.ts";

const share = shareForBundle();
const sharesProcess = (file: string): boolean => TOGETHER.includes(file);

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
    pool: "forks",
    maxWorkers: WORKERS,
    sequence: { sequencer: SlowFilesFirst },
    execArgv: ["--expose-gc"],
    testTimeout: 120_000,
    projects: [
      { extends: true, test: { name: "together", isolate: false, include: share.filter(sharesProcess) } },
      {
        extends: true,
        test: {
          name: "alone",
          globalSetup: "test/package/setup.ts",
          include: ["test/package/**/*.test.ts", ...share.filter((file) => !sharesProcess(file))],
        },
      },
    ],
  },
});
