/** @file The GPU in a browser: through WebGPU, and through gpu.js's WebGL where there is none. */
import { describe, expect, it } from "vitest";
import { bundleForPage } from "./bundle.ts";
import { FLAGS, findChromium, runInChromium } from "./chromium.ts";
import type { Faults } from "./pages/angles.ts";
import type { Conformance } from "./pages/conformance.ts";
import type { Loss } from "./pages/loss.ts";
import type { Look } from "./pages/memory.ts";
import { expectSameLosses, type Training } from "./training.ts";

/** Milliseconds, on a machine that has much else to do. */
const TIMEOUT_MS = 120_000;
const LONG_TIMEOUT_MS = 600_000;
const NIGHTLY_TIMEOUT_MS = 7_200_000;

/** In the usual run some of the conformance's cases; the nightly checks take them all. */
const runsAll = process.env.TAPEGRAD_ALL_CASES === "1";

/** A broken kernel fails in most of its cases: the first ones tell enough. */
const SHOWN = 20;

const chromium = findChromium();

if (chromium === undefined) {
  it("the GPU in a browser", ({ skip }) => {
    const reason = "there is no Chromium; TAPEGRAD_CHROMIUM can say where it is";
    if (process.env.TAPEGRAD_REQUIRE_GPU === "1") expect.fail(reason);
    skip(reason);
  });
} else {
  describe.each(["webgpu", "webgl2"] as const)("%s in Chromium", (mode) => {
    const run = async (page: string) => {
      const script = await bundleForPage(new URL(page, import.meta.url).pathname);
      return runInChromium(chromium, script, FLAGS[mode]);
    };

    it("trains as the CPU does", { timeout: TIMEOUT_MS }, async () => {
      expectSameLosses((await run("../package/programs/train.js")) as Training, mode);
    });

    it("gives sines of angles of every size", { timeout: TIMEOUT_MS }, async () => {
      const faults = Object.entries((await run("pages/angles.ts")) as Faults);
      expect(faults.filter(([, fault]) => !(fault < 1e-6))).toEqual([]);
    });

    it("frees what nobody holds any more, as deviceInfo() shows", { timeout: TIMEOUT_MS }, async () => {
      const [first, ...later] = (await run("pages/memory.ts")) as readonly [Look, ...Look[]];
      expect(first.mode).toBe(mode);
      expect(first.name).toMatch(/swiftshader/i);
      const { maxElements, maxTensorsPerKernel } = first.limits;
      expect(maxElements).toBe(2 ** 24);
      if (mode === "webgpu") expect(maxTensorsPerKernel).toBeGreaterThanOrEqual(8);
      else expect(maxTensorsPerKernel).toBeUndefined();
      const { liveBuffers, liveBytes, pooledBuffers, pooledBytes } = first.memory;
      // The network, its momentum, its inputs and its labels, in floats.
      expect(liveBytes).toBeGreaterThanOrEqual(4 * (2 * (8 * 16 + 16 + 16 * 4 + 4) + 32 * 8 + 32));
      expect(pooledBuffers > 0).toBe(mode === "webgpu");
      expect(pooledBytes > 0).toBe(mode === "webgpu");
      for (const { memory } of later) expect(memory).toMatchObject({ liveBuffers, liveBytes });
    });

    it("says so when an array is too large, and when the GPU goes away", { timeout: LONG_TIMEOUT_MS }, async () => {
      const { before, reading, computing, large, results, calls } = (await run("pages/loss.ts")) as Loss;
      expect(before).toEqual([2, 2]);
      expect(reading).toMatch(/the GPU failed in .*exp.* lost/s);
      expect(computing).toMatch(/the GPU failed in .* lost/s);
      const otherThan = (pattern: RegExp) => (messages: Readonly<Record<string, string>>) =>
        Object.entries(messages).filter(([, message]) => !pattern.test(message));
      expect(otherThan(/\] .* needs \d+ elements in one array, but this GPU has room for/)(large)).toEqual([]);
      const isLost = otherThan(/the GPU failed in .* lost/s);
      expect(isLost(results)).toEqual([]);
      expect(isLost(calls)).toEqual([]);
    });
  });

  // WebGPU passes it in Node, where it is the same.
  it("WebGL passes the conformance suite", { timeout: runsAll ? NIGHTLY_TIMEOUT_MS : LONG_TIMEOUT_MS }, async () => {
    const script = await bundleForPage(new URL("pages/conformance.ts", import.meta.url).pathname);
    const { cases, problems } = (await runInChromium(chromium, script, FLAGS.webgl2, {}, [runsAll])) as Conformance;
    expect(cases).toBeGreaterThan(10_000);
    expect.soft(problems.length, "number of faults").toBe(0);
    expect(problems.slice(0, SHOWN)).toEqual([]);
  });
}
