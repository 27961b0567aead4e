/** @file The GPU in a browser: through WebGPU, and through gpu.js's WebGL where there is none. */
import { describe, expect, it } from "vitest";
import { bundleForPage } from "./bundle.ts";
import { FLAGS, findChromium, runInChromium } from "./chromium.ts";
import type { Faults } from "./pages/angles.ts";
import type { Conformance } from "./pages/conformance.ts";
import type { Loss } from "./pages/loss.ts";
import type { Memory } from "./pages/memory.ts";
import { expectSameLosses, type Training } from "./training.ts";

/** Milliseconds, on a machine that has much else to do. */
const TIMEOUT_MS = 120_000;
const LONG_TIMEOUT_MS = 600_000;

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

    it("frees what nobody holds any more", { timeout: TIMEOUT_MS }, async () => {
      const [first, ...later] = (await run("pages/memory.ts")) as readonly Memory[];
      expect(first?.liveBuffers).toBeGreaterThan(0);
      for (const memory of later) {
        expect(memory).toMatchObject({ liveBuffers: first?.liveBuffers, liveBytes: first?.liveBytes });
      }
    });

    it("says so when the GPU goes away", { timeout: TIMEOUT_MS }, async () => {
      const { before, reading, computing } = (await run("pages/loss.ts")) as Loss;
      expect(before).toEqual([2, 2]);
      expect(reading).toMatch(/the GPU failed in .*exp.* lost/s);
      expect(computing).toMatch(/the GPU failed in .* lost/s);
    });
  });

  // WebGPU passes it in Node, where it is the same.
  it("WebGL passes the conformance suite", { timeout: LONG_TIMEOUT_MS }, async () => {
    const script = await bundleForPage(new URL("pages/conformance.ts", import.meta.url).pathname);
    const { cases, problems } = (await runInChromium(chromium, script, FLAGS.webgl2)) as Conformance;
    expect(cases).toBeGreaterThan(10_000);
    expect.soft(problems.length, "number of faults").toBe(0);
    expect(problems.slice(0, SHOWN)).toEqual([]);
  });
}
