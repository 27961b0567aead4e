/** @file The program that learns to write: its losses are PyTorch's with the same seed, and they fall. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import golden from "./golden/data/text.json" with { type: "json" };

const program = fileURLToPath(new URL("../examples/text.ts", import.meta.url));

function run(...options: readonly string[]) {
  return spawnSync(process.execPath, ["--conditions=tapegrad-source", program, ...options], { encoding: "utf8" });
}

describe.each(golden.runs)("with seed $seed", ({ seed, losses: expected }) => {
  test("the losses are PyTorch's, and they fall", () => {
    const { stdout, stderr } = run("--seed", String(seed), "--epochs", "1", "--every", "1", "--sample", "20");
    expect(stderr).toBe("");
    expect(stdout).toContain("(lstm): LSTM(32, 128, batch_first=True)");
    const losses = Array.from(stdout.matchAll(/^loss: ([\d.]+)/gm), (match) => Number(match[1]));
    expect(losses.length).toBeGreaterThanOrEqual(expected.length);
    const off = expected.map((want, i) => Math.abs((losses[i] as number) - want) / want);
    expect(Math.max(...off.slice(0, 10))).toBeLessThan(1e-5);
    expect(Math.max(...off)).toBeLessThan(1e-3);
    expect(losses.at(-1)).toBeLessThan(0.7 * (losses[0] as number));
    // A line of dashes, the losses, an empty line, and what the network wrote.
    const written = stdout.slice(stdout.lastIndexOf("loss: ")).split("\n").slice(2).join("\n");
    expect(written.trimEnd().length).toBeGreaterThan(4);
    expect(written).toMatch(/^The /);
  }, 120_000);
});

test("--compile prints the same", () => {
  const sizes = ["--length", "12", "--batch-size", "64", "--hidden", "32", "--every", "1"];
  const options = ["--seed", "0", "--epochs", "1", "--sample", "8", ...sizes];
  const { stdout } = run(...options);
  expect(stdout).toMatch(/^loss: /m);
  expect(run(...options, "--compile").stdout).toBe(stdout);
}, 120_000);

test.each([
  [["--hidden", "0"], '--hidden "0": expected a whole number of at least 1'],
  [["--device", "tpu"], '--device "tpu": expected cpu, gpu or auto'],
  [["--length", "100000"], "expected a text of more than 100001 letters"],
  [["--file", "nowhere.txt"], "no such file"],
  [["--steps", "3"], "Unknown option '--steps'"],
] as const)(
  "refuses %j in one line",
  (options, words) => {
    const { status, stderr } = run(...options);
    expect(status).toBe(2);
    expect(stderr).toContain(words);
    expect(stderr.trimEnd()).not.toContain("\n");
  },
  60_000,
);
