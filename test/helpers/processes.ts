/** @file Which test files share a process, how many processes there are, and which files begin. */
import { globSync } from "node:fs";
import { availableParallelism } from "node:os";
import { relative } from "node:path";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Files that look at their process: at its memory, or at what a first use opens. */
const ALONE = ["test/autograd/checkpoint.test.ts", "test/tensor/tensor.test.ts", "test/tensor/tidy.test.ts"];

/** Vitest leaves one processor to itself, and it has little to do: of two it would use one. */
export const WORKERS = Math.max(2, availableParallelism() - 1);

/** Files that take long and have few lines, by which Vitest orders those that it does not know. */
const SLOW = [
  "test/kernels/conformance.test.ts",
  "test/gpu/browser.test.ts",
  "test/distributed/mpi.test.ts",
  "test/package/hosts.test.ts",
  "test/gpu/samples.test.ts",
  "test/mnist-machines.test.ts",
  "test/kernels/addresses.test.ts",
  "test/programs.test.ts",
  "test/gpu/golden.test.ts",
];

/** The files that take longest begin, so that no process works alone in the end. */
export class SlowFilesFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const at = SLOW.indexOf(relative(".", moduleId));
      return at < 0 ? SLOW.length : at;
    };
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
  }
}

/** Files that share processes; a process reads the sources once for all of its files. All others have one each. */
export const TOGETHER: readonly string[] = globSync(
  "test/{autograd,distributions,func,keras,nn,optim,plot,profiler,tensor,testing}/**/*.test.ts",
).filter((file) => !ALONE.includes(file));
