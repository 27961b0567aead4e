/** @file gpu.js that a page has loaded by itself, as a script or for a bundler that knows no optional modules. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { openGpu } from "../../kernels/gpu/adapter.ts";

beforeEach(() => {
  vi.stubEnv("TAPEGRAD_GPU", "webgl2");
});

afterEach(() => {
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
});

test("is found by the global that it sets", async () => {
  class PageGpu {
    static readonly GPU = PageGpu;
    static readonly isWebGL2Supported = true;
    constructor() {
      throw new Error("this is the page's");
    }
    createKernel(): void {}
  }
  vi.stubGlobal("GPU", PageGpu);
  expect(await openGpu()).toEqual({ reason: "this is the page's" });
});

test("is not taken for the browser's own interface of that name", async () => {
  vi.stubGlobal("GPU", class {});
  expect(await openGpu()).toEqual({ reason: "WebGL 2 is not available" });
});
