/** @file Tests run from the sources, as `npm run mnist` does: the condition leads `tapegrad` to `src`. */
import { defineConfig } from "vitest/config";
import { SlowFilesFirst, TOGETHER, WORKERS } from "./test/helpers/processes.ts";

const conditions = ["tapegrad-source"];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    // Processes, not threads: tests of memory look at their own, and the kernels' heap is one for each process.
    pool: "forks",
    maxWorkers: WORKERS,
    sequence: { sequencer: SlowFilesFirst },
    execArgv: ["--expose-gc"],
    // Speed is not tested here: a busy machine only takes longer.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    projects: [
      { extends: true, test: { name: "together", isolate: false, include: [...TOGETHER] } },
      {
        extends: true,
        test: { name: "alone", include: ["test/**/*.test.ts"], exclude: ["test/package/**", ...TOGETHER] },
      },
    ],
  },
});
