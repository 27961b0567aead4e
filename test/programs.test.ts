/** @file The programs of examples/ and bench/ as one calls them: what they say of themselves, and that README shows what they print. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deviceInfo } from "tapegrad";
import { describe, expect, test } from "vitest";
import { CPU_PARTS, GPU_PARTS } from "../bench/parts.ts";
import manifest from "../package.json" with { type: "json" };

const TIMEOUT_MS = 120_000;

function run(program: string, ...args: readonly string[]) {
  const env = { ...process.env, TAPEGRAD_BLAS: "off" };
  return spawnSync(process.execPath, ["--conditions=tapegrad-source", program, ...args], { encoding: "utf8", env });
}

describe("--help", () => {
  const examples = readdirSync("examples").filter((file) => file.endsWith(".ts") && file !== "command-line.ts");

  test.each([...examples.map((file) => `examples/${file}`), "bench/index.ts", "bench/peers/index.ts"])(
    "of %s names the command and ends well",
    (program) => {
      const { status, stdout, stderr } = run(program, "--help");
      expect(stderr).toBe("");
      expect(status).toBe(0);
      const command = Object.entries(manifest.scripts).find(([, script]) => script.endsWith(` ${program}`))?.[0];
      expect(stdout).toMatch(new RegExp(`^npm run ${command} -- `));
    },
    TIMEOUT_MS,
  );

  test("of an example names every option and its default", () => {
    const { stdout } = run("examples/mnist.ts", "--help");
    const source = readFileSync("examples/mnist.ts", "utf8");
    const options = [...source.matchAll(/^ {2}"?([\w-]+)"?: \[(?:"(.*?)"|null|false),/gm)];
    expect(options.length).toBeGreaterThan(5);
    for (const [, name = "", initial] of options) {
      const line = stdout.split("\n").find((candidate) => candidate.startsWith(`  --${name} `));
      expect(line).toContain(initial === undefined ? name : `(${initial})`);
    }
    for (const name of ["--device", "--require-device"]) expect(stdout).toContain(name);
  });

  test("of the measurements names every part", () => {
    const { stdout } = run("bench/index.ts", "-h");
    for (const part of [...Object.keys(CPU_PARTS), ...Object.keys(GPU_PARTS)]) expect(stdout).toContain(`  ${part} `);
  });
});

test.each([
  [["nothing"], 'there is no part "nothing": expected products, passes'],
  [["--device", "tpu"], '--device "tpu": expected cpu or gpu'],
  [["--device", "gpu", "program"], 'there is no part "program": expected issue, bandwidth'],
  [["--rounds", "3"], "Unknown option '--rounds'"],
] as const)(
  "the measurements refuse %j in one line",
  (args, words) => {
    const { status, stdout, stderr } = run("bench/index.ts", ...args);
    expect(status).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toContain(words);
    expect(stderr.trimEnd()).not.toContain("\n");
  },
  TIMEOUT_MS,
);

test(
  "the graph of an example shows its products",
  () => {
    const folder = mkdtempSync(join(tmpdir(), "graphs-"));
    try {
      const { status, stdout } = run("scripts/graph.ts", "--out", folder, "examples/mnist.ts");
      expect(status).toBe(0);
      const file = join(folder, "mnist-trainStep-1.svg");
      expect(stdout).toContain(`${file}: `);
      expect(readFileSync(file, "utf8")).toContain(">linear · relu<");
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
  TIMEOUT_MS,
);

test.each([
  [[], "expected a file that calls compile"],
  [["--count", "0", "examples/mnist.ts"], "--count 0: expected a whole number of at least 1"],
  [["nothing.ts"], "there is no file nothing.ts"],
  [["examples/command-line.ts"], "compile made no program in it"],
] as const)(
  "the graph refuses %j in one line",
  (args, words) => {
    const { status, stderr } = run("scripts/graph.ts", ...args);
    expect(status).toBe(2);
    expect(stderr).toContain(words);
    expect(stderr.trimEnd()).not.toContain("\n");
  },
  TIMEOUT_MS,
);

test(
  "README shows what the program prints",
  ({ skip }) => {
    if (deviceInfo().simd !== "relaxed") skip("without relaxed SIMD the kernels round in another way");
    const readme = readFileSync("README.md", "utf8");
    const [, shown = ""] = readme.match(/^`npm run mnist -- --seed 0` prints.*?^```\n(.*?)^```/ms) ?? [];
    // 201 steps: three lines with losses. After that rounding differences grow from machine to machine.
    const expected = shown.split("\n").slice(0, 10);
    expect(expected.at(-1)).toMatch(/^loss: .* \[25728\/60000\]$/);
    const options = ["--seed", "0", "--epochs", "1", "--steps", "201"];
    const { stdout } = run("examples/mnist.ts", ...options);
    expect(stdout.split("\n").slice(0, 10)).toEqual(expected);
    expect(run("examples/mnist.ts", ...options, "--compile").stdout).toBe(stdout);
  },
  TIMEOUT_MS,
);
