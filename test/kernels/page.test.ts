/** @file The CPU in a page of a browser. */
import { describe, expect, it } from "vitest";
import { bundleForPage } from "../gpu/bundle.ts";
import { findChromium, runInChromium } from "../gpu/chromium.ts";
import type { Run } from "./pages/loop.ts";
import type { Found } from "./pages/policy.ts";

const chromium = findChromium();
const TIMEOUT = 300_000;

describe.skipIf(chromium === undefined)("a page", () => {
  const run = async (page: string, headers: Record<string, string> = {}) => {
    const script = await bundleForPage(new URL(page, import.meta.url).pathname);
    return runInChromium(chromium ?? "", script, [], headers);
  };

  it("whose policy forbids WebAssembly gets plain loops and a reason", { timeout: TIMEOUT }, async () => {
    const policy = { "content-security-policy": "default-src 'self'; script-src 'self' 'unsafe-inline'" };
    const { info, ...results } = (await run("pages/policy.ts", policy)) as Found;
    expect(results).toEqual({ sum: 64_000_000, loss: 841 });
    expect(info).toMatchObject({ simd: "none", threads: 1, blas: null, heap: null });
    expect(info.simdReason).toMatch(
      /^WebAssembly may not be compiled here \(.*\)\. A content security policy allows it/,
    );
  });

  it("that may compile WebAssembly gets the kernels", { timeout: TIMEOUT }, async () => {
    const { info, ...results } = (await run("pages/policy.ts")) as Found;
    expect(results).toEqual({ sum: 64_000_000, loss: 841 });
    expect(info.simd).toBe("relaxed");
    expect(info).not.toHaveProperty("simdReason");
  });

  it("with a loop on large arrays gets by with little memory and few moves", { timeout: TIMEOUT }, async () => {
    const { tidied, plain } = (await run("pages/loop.ts")) as Record<"tidied" | "plain", Run>;
    expect([tidied.result, plain.result]).toEqual([1, 1]);
    expect(tidied.spills).toBe(0);
    expect(tidied.memory).toBeLessThan(32);
    // Of 1000 arrays: how soon the collector comes is the browser's affair.
    expect(plain.spills).toBeLessThan(500);
    expect(plain.memory).toBeLessThan(300);
  });
});
