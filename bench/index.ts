/**
 * @file Everything we measure, in one go: `npm run bench`. Prints a Markdown table and writes it and the raw figures to
 * bench/results/. Figures that compare are taken side by side: the two sides take turns, and the ratio is that of the
 * medians. PyTorch takes part if `python3` (or the program named by PYTHON) can import it.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { loadWasm } from "../kernels/cpu/wasm.ts";
import { measureKernels } from "./kernels.ts";
import { measure as measureMatmul, products } from "./matmul.ts";
import { median } from "./measure.ts";

type Figures = Record<string, number>;

interface Row {
  readonly what: string;
  readonly figure: string;
  readonly against: string;
}

const here = import.meta.dirname;
const rounds = Number(process.env.BENCH_ROUNDS ?? 3);

function ours(group: string): Figures {
  const args = ["--conditions=tapegrad-source", `${here}/one.ts`, group];
  const env = { ...process.env, TAPEGRAD_NUM_THREADS: "1", TAPEGRAD_BLAS: "off" };
  return JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8", env })) as Figures;
}

function findPython(): string | null {
  for (const python of [process.env.PYTHON, "python3", "/usr/bin/python3"]) {
    if (python === undefined) continue;
    try {
      execFileSync(python, ["-c", "import torch"], { stdio: "ignore" });
      return python;
    } catch {
      // This one has no PyTorch; the next one may.
    }
  }
  return null;
}

const python = findPython();

function theirs(group: string): Figures | null {
  if (python === null) return null;
  const env = { ...process.env, OPENBLAS_NUM_THREADS: "1", OMP_NUM_THREADS: "1" };
  return JSON.parse(execFileSync(python, [`${here}/pytorch.py`, group, "1"], { encoding: "utf8", env })) as Figures;
}

/** Medians of both sides, measured in turn. */
function sideBySide(group: string): { mine: Figures; other: Figures | null } {
  const mine: Figures[] = [];
  const other: Figures[] = [];
  for (let i = 0; i < rounds; i++) {
    mine.push(ours(group));
    const figures = theirs(group);
    if (figures !== null) other.push(figures);
  }
  return { mine: medians(mine), other: other.length > 0 ? medians(other) : null };
}

function medians(list: readonly Figures[]): Figures {
  const names = Object.keys(list[0] ?? {});
  return Object.fromEntries(names.map((name) => [name, median(list.map((figures) => figures[name] ?? Number.NaN))]));
}

function ratio(mine: number | undefined, other: number | undefined): string {
  if (mine === undefined || other === undefined) return "PyTorch is not installed";
  return `${(mine / other).toFixed(2)} times PyTorch's (one thread)`;
}

const rows: Row[] = [];
const raw: Record<string, unknown> = {};
const note = (text: string) => process.stderr.write(`${text}\n`);

note("matrix products …");
const kernels = loadWasm();
if (kernels === null) throw new Error("this engine has no WebAssembly SIMD: there is nothing to measure");
raw.matmul = products.map((product) => {
  const result = measureMatmul(kernels, product);
  rows.push({
    what: `matmul ${product.m}×${product.k}×${product.n}, ${product.name}`,
    figure: `${result.gflops.toFixed(1)} GFLOP/s`,
    against: `${(100 * result.share).toFixed(0)} % of the register tile's peak`,
  });
  return result;
});

note("vector kernels …");
raw.kernels = [65536, 1048576].map((n) =>
  measureKernels(n).map((result) => {
    rows.push({
      what: `${result.name}, ${n} floats`,
      figure: `${result.gbps.toFixed(1)} GB/s`,
      against: `${result.share.toFixed(2)} of a plain copy's speed`,
    });
    return result;
  }),
);

note("training step …");
const step = sideBySide("step");
rows.push({
  what: "MNIST training step, batch 128",
  figure: `${(step.mine.ms ?? Number.NaN).toFixed(2)} ms`,
  against: ratio(step.mine.ms, step.other?.ms),
});

note("operations on one element …");
const overhead = sideBySide("overhead");
for (const [name, what] of [
  ["forwardNs", "one addition with its tape entry, forward"],
  ["backwardNs", "the same, backward"],
] as const) {
  rows.push({
    what,
    figure: `${(overhead.mine[name] ?? Number.NaN).toFixed(0)} ns`,
    against: ratio(overhead.mine[name], overhead.other?.[name]),
  });
}

note("operations on a million elements …");
const elementwise = sideBySide("elementwise");
for (const [name, ms] of Object.entries(elementwise.mine)) {
  if (name === "copy") continue;
  rows.push({
    what: `${name}, 10⁶ floats, new result each time`,
    figure: `${ms.toFixed(3)} ms`,
    against: ratio(ms, elementwise.other?.[name]),
  });
}

note("loader …");
const loader = ours("loader");
rows.push({
  what: "one batch of 128 images from the data set",
  figure: `${(loader.whole ?? Number.NaN).toFixed(3)} ms`,
  against: `${((loader.whole ?? Number.NaN) / (loader.plainLoop ?? Number.NaN)).toFixed(2)} times a plain loop over the bytes`,
});

note("memory over 20 epochs …");
const memory = ours("memory");
rows.push({
  what: "resident memory after 20 epochs without await",
  figure: `${(memory.last ?? Number.NaN).toFixed(0)} MiB`,
  against: `${((memory.last ?? Number.NaN) / (memory.second ?? Number.NaN)).toFixed(2)} times that after 2 epochs`,
});

Object.assign(raw, { step, overhead, elementwise, loader, memory });
const [cpu] = cpus();
const head = `Node ${process.version}, ${cpu?.model ?? "unknown CPU"}, one thread, medians.`;
const table = [
  "| work | figure | against |",
  "| --- | --- | --- |",
  ...rows.map((row) => `| ${row.what} | ${row.figure} | ${row.against} |`),
].join("\n");
mkdirSync(`${here}/results`, { recursive: true });
writeFileSync(`${here}/results/bench.md`, `${head}\n\n${table}\n`);
writeFileSync(`${here}/results/bench.json`, `${JSON.stringify(raw, null, 1)}\n`);
console.log(`${head}\n\n${table}`);
