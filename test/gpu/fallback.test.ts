/** @file Programs that ask for a GPU where there is none. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const program = fileURLToPath(new URL("../../examples/mnist.ts", import.meta.url));

/** A run without a GPU. */
function run(...options: readonly string[]) {
  return spawnSync(
    process.execPath,
    ["--conditions=tapegrad-source", program, "--epochs", "1", "--steps", "2", ...options],
    { encoding: "utf8", env: { ...process.env, TAPEGRAD_GPU: "off" } },
  );
}

describe("without a GPU", () => {
  test("--device gpu warns once, with the reason, and trains on the CPU", { timeout: 60_000 }, () => {
    const { status, stderr, stdout } = run("--device", "gpu", "--seed", "0");
    expect(status).toBe(0);
    expect(stderr).toBe("mnist: there is no GPU, the CPU is used instead: TAPEGRAD_GPU=off\n");
    expect(stdout).toContain("loss: 2.295602");
  });

  test("--device auto trains on the CPU without a word", { timeout: 60_000 }, () => {
    const { status, stderr } = run("--device", "auto");
    expect(status).toBe(0);
    expect(stderr).toBe("");
  });

  test("--require-device fails instead", { timeout: 60_000 }, () => {
    const { status, stderr } = run("--device", "gpu", "--require-device");
    expect(status).toBe(2);
    expect(stderr).toBe("mnist: [selectDevice] there is no GPU: TAPEGRAD_GPU=off\n");
  });

  test("another device is refused", { timeout: 60_000 }, () => {
    const { status, stderr } = run("--device", "tpu");
    expect(status).toBe(2);
    expect(stderr).toBe('mnist: --device "tpu": expected cpu, gpu or auto\n');
  });
});
