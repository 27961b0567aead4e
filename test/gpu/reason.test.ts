/** @file Without a GPU there is one short line that says why, and nothing else on the console. */
import { describe, expect, it } from "vitest";
import type { GpuAvailability } from "../../src/entry/index.ts";
import { runModule, source } from "../kernels/child.ts";

const SEARCH = `
  const { gpuAvailable } = await import("${source("src/entry/index.ts")}");
  console.log(JSON.stringify(await gpuAvailable()));`;

function search(environment: Readonly<Record<string, string>>): GpuAvailability {
  const { output, errors } = runModule(SEARCH, environment);
  const found = JSON.parse(output) as GpuAvailability;
  if (!found.available) expect(errors).toBe("");
  return found;
}

describe("a search for a GPU", { timeout: 60_000 }, () => {
  it("that finds none is silent and says what it looked for", () => {
    const found = search({});
    if (!found.available) expect(found.reason).toBe("WebGPU finds no graphics adapter");
  });

  it("says why the mode that was asked for is not there", () => {
    expect(search({ TAPEGRAD_GPU: "webgl2" })).toEqual({ available: false, reason: "WebGL 2 is not available" });
    expect(search({ TAPEGRAD_GPU: "off" })).toEqual({ available: false, reason: "TAPEGRAD_GPU=off" });
  });
});
