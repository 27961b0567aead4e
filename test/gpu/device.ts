/** @file The GPU of this machine, for tests that need one: without it they say so, or fail where it must be there. */
import { describe, expect, it } from "vitest";
import { gpuAvailable } from "../../src/entry/index.ts";

/** Set where a GPU, or SwiftShader in its place, has to be there. */
const isRequired = process.env.TAPEGRAD_REQUIRE_GPU === "1";

const gpu = await gpuAvailable();

/** A group of tests on the GPU. */
export function describeGpu(name: string, tests: () => void): void {
  if (gpu.available) {
    describe(`${name} (${gpu.name})`, tests);
    return;
  }
  it(name, ({ skip }) => {
    if (isRequired) expect.fail(`there is no GPU: ${gpu.reason}`);
    skip(`there is no GPU: ${gpu.reason}`);
  });
}
