/** @file Reservations of a process: addresses and threads only when they are needed, never more than it may have. */
import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { evaluate, source } from "./child.ts";

const isLinux = process.platform === "linux";

/** A program that looks at its own addresses, in GB, and threads. */
const LOOK = `
  import { readFileSync } from "node:fs";
  const { ones, tensor, deviceInfo, setNumThreads, getNumThreads } = await import("${source("src/entry/index.ts")}");
  const look = () => {
    const text = readFileSync("/proc/self/status", "utf8");
    return { gigabytes: Number(/VmSize:\\s+(\\d+)/.exec(text)[1]) / 1e6, threads: Number(/Threads:\\s+(\\d+)/.exec(text)[1]) };
  };
  const multiply = () => ones([400, 400]).matmul(ones([400, 400])).sum().itemSync();
  const pause = (ms) => new Promise((done) => setTimeout(done, ms));
`;

interface Look {
  readonly gigabytes: number;
  readonly threads: number;
}

describe.runIf(isLinux)("a process", { timeout: 60_000 }, () => {
  it("reserves nothing and starts no thread for small tensors, questions and settings", () => {
    const [before, after] = evaluate<[Look, Look]>(
      `${LOOK}
      const before = look();
      const x = tensor([1, 2, 3], { requiresGrad: true });
      x.mul(x).add(1).sum().backward();
      ones(200, { dtype: "int32" }).add(1);
      setNumThreads(3);
      getNumThreads();
      deviceInfo();
      console.log(JSON.stringify([before, look()]));`,
      { TAPEGRAD_BLAS: "off" },
    ) as [Look, Look];
    expect(after.gigabytes - before.gigabytes).toBeLessThan(0.5);
    expect(after.threads).toBe(before.threads);
  });

  it("gives memory and threads back when it is idle, and gets new ones", () => {
    const program = `${LOOK}
      setNumThreads(3);
      const before = look();
      const results = [multiply()];
      const used = look();
      for (let i = 0; i < 3; i++) { await pause(0); gc(); }
      let kept = ones(400);
      await pause(2500);
      gc();
      await pause(2500);
      const held = deviceInfo().heap.memoryBytes;
      results.push(kept.sum().itemSync());
      kept = null;
      gc();
      await pause(5000);
      gc();
      await pause(100);
      gc();
      const idle = look();
      const { memoryBytes } = deviceInfo().heap;
      results.push(multiply());
      console.log(JSON.stringify({ before, used, idle, held, memoryBytes, results }));`;
    const { before, used, idle, ...others } = evaluate<Record<"before" | "used" | "idle", Look>>(
      program,
      { TAPEGRAD_BLAS: "off" },
      ["--expose-gc"],
    );
    expect(used.gigabytes - before.gigabytes).toBeGreaterThan(4);
    expect(used.threads - before.threads).toBe(2);
    expect(others).toMatchObject({ results: [64_000_000, 400, 64_000_000], memoryBytes: 0 });
    expect(others).not.toHaveProperty("held", 0);
    expect(idle.gigabytes - before.gigabytes).toBeLessThan(0.5);
    expect(idle.threads).toBe(before.threads);
  });
});

describe.runIf(isLinux)("a limit of addresses", { timeout: 120_000 }, () => {
  it.each([3, 4, 5, 6, 8, 10, 12])("of %i GB leaves a process that works", (gigabytes) => {
    const program = `${LOOK}
      setNumThreads(8);
      for (let i = 0; i < 20; i++) { multiply(); await pause(10); }
      console.log(multiply());`;
    // The type stripper, which reserves addresses of its own, takes its share first.
    const command = `ulimit -v ${gigabytes * 1e6}; exec "$0" --input-type=module-typescript --eval "$1"`;
    const { status, signal, stdout, stderr } = spawnSync("sh", ["-c", command, process.execPath, program], {
      encoding: "utf8",
      env: { ...process.env, NODE_OPTIONS: "", TAPEGRAD_BLAS: "off" },
    });
    expect({ status, signal, stdout, stderr }).toEqual({ status: 0, signal: null, stdout: "64000000\n", stderr: "" });
  });
});
