/** @file Benchmarks: `npm run bench` on the CPU, `npm run bench -- --device gpu` on the GPU, `--help` for more. */
import { parseArgs } from "node:util";
import { CPU_PARTS, type CpuPart, GPU_PARTS, type GpuPart } from "./parts.ts";

const list = (parts: Readonly<Record<string, string>>) =>
  Object.entries(parts).map(([name, what]) => `  ${name.padEnd(12)}  ${what}`);

const USAGE = [
  "npm run bench -- [part …] [options]",
  "",
  "Measures the library, side by side with PyTorch where python3 has it. Without parts it measures all, and writes tables",
  "and raw figures to bench/results/.",
  "",
  "Parts on the CPU:",
  ...list(CPU_PARTS),
  "Parts on the GPU:",
  ...list(GPU_PARTS),
  "",
  "Options:",
  "  --device …    cpu or gpu (cpu)",
  "  --help        show this",
  "",
  "Environment:",
  "  BENCH_ROUNDS  how often each side takes its turn (3)",
  "  BENCH_LARGEST, BENCH_SECONDS  side of the largest product on the GPU (4096), and seconds it may take (20)",
  "  PYTHON        the Python that has PyTorch (python3)",
].join("\n");

function fail(reason: string): never {
  console.error(`bench: ${reason}`);
  process.exit(2);
}

/** The command line, or the end of the program with one line that says what is wrong with it. */
function read() {
  try {
    return parseArgs({
      options: { device: { type: "string", default: "cpu" }, help: { type: "boolean", short: "h", default: false } },
      allowPositionals: true,
    });
  } catch (error) {
    return fail((error instanceof Error ? error.message : String(error)).replaceAll("\n", " "));
  }
}

/** The parts that were asked for, or all. */
function chosen<P extends string>(known: Readonly<Record<P, string>>, names: readonly string[]): readonly P[] {
  const all = Object.keys(known) as P[];
  const odd = names.find((name) => !all.some((part) => part === name));
  if (odd !== undefined) fail(`there is no part ${JSON.stringify(odd)}: expected ${all.join(", ")}`);
  return names.length === 0 ? all : all.filter((part) => names.includes(part));
}

const { values, positionals } = read();
if (values.help) {
  console.log(USAGE);
} else if (values.device === "cpu") {
  const parts = chosen<CpuPart>(CPU_PARTS, positionals);
  (await import("./cpu.ts")).run(parts);
} else if (values.device === "gpu") {
  const parts = chosen<GpuPart>(GPU_PARTS, positionals);
  await (await import("./gpu.ts")).run(parts);
} else {
  fail(`--device ${JSON.stringify(values.device)}: expected cpu or gpu`);
}
