/** @file Both sides of a comparison, each measurement in a process of its own, taking turns. */
import { execFileSync } from "node:child_process";
import { availableParallelism } from "node:os";
import type { Product } from "./matmul.ts";
import { median } from "./measure.ts";
import { findPython } from "./python.ts";

export type Figures = Record<string, number>;

/** What the library may use: how many threads, and its own kernels or also a BLAS. */
export interface Variant {
  readonly name: string;
  readonly threads: number;
  readonly blas: "off" | "auto";
}

export const threads = Math.max(2, availableParallelism());

const variant = (blas: "off" | "auto", size: number): Variant => ({
  name: `${blas === "off" ? "built-in" : "BLAS"}, ${size === 1 ? "1 thread" : `${size} threads`}`,
  threads: size,
  blas,
});

/** Built-in kernels with one thread and with all, then BLAS with one and with all. */
export const variants: readonly Variant[] = [
  variant("off", 1),
  variant("off", threads),
  variant("auto", 1),
  variant("auto", threads),
];

/** Threads of PyTorch's BLAS; its other operations have one, with which its training step was fastest. */
export const pytorchThreads: readonly number[] = [1, 2];

/** Groups in which all of PyTorch's operations have as many threads: its convolutions do not use a BLAS. */
const THREADED: ReadonlySet<string> = new Set(["cnnStep", "cnnEpoch"]);

const here = import.meta.dirname;
const python = findPython();
export const hasPytorch = python !== null;

/** What `bench/worker.ts` prints for a group of figures. */
export function ours<T = Figures>(group: string, { threads: size, blas }: Variant): T {
  const args = ["--conditions=tapegrad-source", `${here}/worker.ts`, group];
  const env = { ...process.env, TAPEGRAD_NUM_THREADS: String(size), TAPEGRAD_BLAS: blas };
  return JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8", env })) as T;
}

/** What `bench/pytorch.py` prints for a group, or null without PyTorch. */
export function theirs(group: string, blasThreads: number, argument = ""): Figures | null {
  if (python === null) return null;
  const others = THREADED.has(group) ? String(blasThreads) : "1";
  const env = { ...process.env, OPENBLAS_NUM_THREADS: String(blasThreads), OMP_NUM_THREADS: others };
  const args = [`${here}/pytorch.py`, group, others, argument];
  return JSON.parse(execFileSync(python, args, { encoding: "utf8", env })) as Figures;
}

/** PyTorch's GFLOP/s for products, by name. */
export function theirProducts(list: readonly Product[], blasThreads: number): Figures | null {
  return theirs("matmul", blasThreads, JSON.stringify(list));
}

export function medians(list: readonly Figures[]): Figures {
  const names = Object.keys(list[0] ?? {});
  return Object.fromEntries(names.map((name) => [name, median(list.map((figures) => figures[name] ?? Number.NaN))]));
}

/** Medians of a group for every variant and for PyTorch with one thread and with two. */
export interface Sides {
  readonly ours: readonly Figures[];
  readonly theirs: readonly Figures[];
}

/** Told of every measurement as it comes. */
export type Listener = (side: string, figures: Figures) => void;

/** Measures `group` so many times for every variant and for PyTorch, one after the other. */
export function sideBySide(
  group: string,
  chosen: readonly Variant[],
  rounds: number,
  listener: Listener,
  argument = "",
): Sides {
  const mine: Figures[][] = chosen.map(() => []);
  const other: Figures[][] = hasPytorch ? pytorchThreads.map(() => []) : [];
  for (let round = 0; round < rounds; round++) {
    for (const [i, one] of chosen.entries()) {
      const figures = ours(group, one);
      listener(one.name, figures);
      mine[i]?.push(figures);
    }
    for (const [i, list] of other.entries()) {
      const size = pytorchThreads[i] ?? 1;
      const figures = theirs(group, size, argument) ?? {};
      listener(`PyTorch, ${size}`, figures);
      list.push(figures);
    }
  }
  return { ours: mine.map(medians), theirs: other.map(medians) };
}

/** The least of PyTorch's figures of a name; NaN if it has none. */
export function best({ theirs: list }: Sides, name: string): number {
  const values = list.flatMap((figures) => figures[name] ?? []);
  return values.length > 0 ? Math.min(...values) : Number.NaN;
}
