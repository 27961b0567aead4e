/** @file Who takes part in `npm run bench:peers`, and how one of them is run in a process of its own. */
import { execFileSync } from "node:child_process";
import { availableParallelism } from "node:os";
import { findPython } from "../python.ts";
import type { Answer } from "./workload.ts";

export interface Contestant {
  readonly name: string;
  /** What it is called in the picture; missing for variants that are not in it. */
  readonly short?: string;
  readonly program: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export const threads = availableParallelism();

const here = import.meta.dirname;
const node = (peer: string) => [process.execPath, `${here}/worker.ts`, peer];

function ours(size: number, blas: "off" | "auto"): Contestant {
  const kernels = blas === "off" ? "built-in kernels" : "BLAS";
  return {
    name: `tapegrad, ${kernels}, ${size === 1 ? "1 thread" : `${size} threads`}`,
    ...(size === threads ? { short: `tapegrad, ${kernels}` } : {}),
    program: node("tapegrad"),
    env: { TAPEGRAD_NUM_THREADS: String(size), TAPEGRAD_BLAS: blas },
  };
}

/** PyTorch's threads for products only: more for its other operations made its training step slower, not faster. */
function pytorch(python: string, size: number): Contestant {
  return {
    name: `PyTorch, ${size === 1 ? "1 thread" : `${size} threads`}`,
    program: [python, `${here}/pytorch.py`],
    env: { OPENBLAS_NUM_THREADS: String(size), OMP_NUM_THREADS: "1" },
  };
}

/** Everybody on this machine; PyTorch only where a Python has it. */
export function contestants(): Contestant[] {
  const sizes = [...new Set([1, threads])];
  const python = findPython();
  return [
    ...sizes.flatMap((size) => [ours(size, "off"), ours(size, "auto")]),
    ...(python === null ? [] : [...new Set([1, Math.min(2, threads)])].map((size) => pytorch(python, size))),
    { name: "TensorFlow.js, wasm", short: "TensorFlow.js, wasm", program: node("tensorflow.js") },
    { name: "jax-js, wasm", short: "jax-js, wasm", program: node("jax-js") },
    { name: "js-pytorch", short: "js-pytorch", program: node("js-pytorch") },
  ];
}

/** What a contestant prints, or the reason why it does not. */
function run<T>({ program, env }: Contestant, task: string): T | { reason: string } {
  const [command = "", ...args] = program;
  try {
    const output = execFileSync(command, [...args, task], {
      encoding: "utf8",
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
      timeout: 300_000,
    });
    return JSON.parse(output.trim().split("\n").at(-1) ?? "") as T;
  } catch (error) {
    const text = error instanceof Error && "stderr" in error ? String(error.stderr) : String(error);
    const line = text.split("\n").find((candidate) => /^\w*Error\b/.test(candidate));
    return { reason: line ?? text.trim().split("\n").at(-1) ?? "it ended without a word" };
  }
}

/** The answer to the fixed problem. */
export const check = (contestant: Contestant) => run<Answer & { version: string }>(contestant, "check");

/** Milliseconds by kind of work, nanoseconds for the additions. */
export const measure = (contestant: Contestant) => run<Record<string, number>>(contestant, "measure");
