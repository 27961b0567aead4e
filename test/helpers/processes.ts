/** @file Which test files share a process. A process reads the sources once for all of its files. */
import { globSync } from "node:fs";

/** Files that look at their process: at its memory, or at what a first use opens. */
const ALONE = ["test/autograd/checkpoint.test.ts", "test/tensor/tensor.test.ts", "test/tensor/tidy.test.ts"];

/** Files that share processes. All others have one each. */
export const TOGETHER: readonly string[] = globSync(
  "test/{autograd,distributions,func,keras,nn,optim,plot,profiler,tensor,testing}/**/*.test.ts",
).filter((file) => !ALONE.includes(file));
