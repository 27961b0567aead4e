/** @file The tables of `npm run bench`. */

import { best, type Figures, type Sides, threads, variants } from "./compare.ts";
import type { KernelSpeed } from "./kernels.ts";
import { STEP_PRODUCTS } from "./matmul-shapes.ts";

export interface ProductRow {
  readonly name: string;
  readonly size: string;
  /** In the order of the variants that were measured. */
  readonly gflops: readonly number[];
  readonly shares: readonly number[];
  readonly pytorch: number;
}

export interface Everything {
  products: readonly ProductRow[];
  /** Microseconds of passes over 10⁶ floats with one thread and with all. */
  passes: readonly { readonly name: string; readonly us: readonly number[] }[];
  /** Kernels on 65536 floats, one thread. */
  kernels: readonly KernelSpeed[];
  handOver: Figures;
  step: Sides;
  overhead: Sides;
  elementwise: Sides;
  program: Sides;
  cnnStep: Sides;
  cnnEpoch: Sides;
  loader: Sides;
  memory: Sides;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map((_, i) => (i === 0 ? "---" : "---:"))), ...rows.map(line)].join("\n");
}

function number(value: number | undefined): string {
  if (value === undefined || Number.isNaN(value)) return "–";
  return value.toFixed(value >= 100 ? 0 : value >= 10 ? 1 : value >= 1 ? 2 : 3);
}

const percent = (share: number | undefined) => `${(100 * (share ?? Number.NaN)).toFixed(0)} %`;
const names = variants.map(({ name }) => name);

export function productTable(products: Everything["products"]): string {
  const head = ["product", "m×n×k", ...names, `${threads} threads / 1`, "PyTorch"];
  const rows = products.map(({ name, size, gflops, shares, pytorch }) => [
    name,
    size,
    ...names.map((_, i) => (i < 2 ? `${number(gflops[i])} (${percent(shares[i])})` : number(gflops[i]))),
    number((gflops[1] ?? Number.NaN) / (gflops[0] ?? Number.NaN)),
    number(pytorch),
  ]);
  return table(head, rows);
}

/** Bytes that a pass reads and writes for each element. */
const TRAFFIC: Readonly<Record<string, number>> = { copy: 8, add: 12, relu: 8, exp: 8, RMSprop: 20 };

export function passTable(passes: Everything["passes"], kernels: Everything["kernels"]): string {
  const bytesOf = (name: string) => TRAFFIC[name] ?? (name.startsWith("sum") ? 4 : 8);
  const copy = passes.find(({ name }) => name === "copy")?.us ?? [];
  const fast = (bytes: number, us: number | undefined) => bytes / (us ?? Number.NaN);
  const large = passes.map(({ name, us }) => [
    `${name}, 10⁶ floats`,
    ...[0, 1].map((way) => {
      const speed = fast(bytesOf(name), us[way]);
      return `${number(1000 * speed)} (${number(speed / fast(8, copy[way]))})`;
    }),
  ]);
  const small = kernels.map(({ name, gbps, share }) => [
    `${name}, 65536 floats`,
    `${number(gbps)} (${number(share)})`,
    "–",
  ]);
  return table(["pass", "1 thread", `${threads} threads`], [...large, ...small]);
}

/** Name of the figure, what it is, in words and unit. */
type Work = readonly [name: string, what: string];

/** The figures of each group of measurements. */
const WORKS = {
  step: [["ms", "MNIST training step, batch 128, ms"]],
  cnnStep: [
    ["ms", "convolutional network, training step, batch 64, ms"],
    ["leastMs", "the same, least"],
  ],
  cnnEpoch: [["seconds", "convolutional network, an epoch with loader, s"]],
  overhead: [
    ["forwardNs", "one addition with its tape entry, forward, ns"],
    ["backwardNs", "the same, backward, ns"],
  ],
  elementwise: [
    ["add", "add, 10⁶ floats, ms"],
    ["relu", "ReLU, 10⁶ floats, ms"],
    ["reluForwardBackward", "ReLU, 10⁶ floats, forward and backward, ms"],
    ["exp", "exp, 10⁶ floats, ms"],
    ["sum", "sum, 10⁶ floats, ms"],
    ["transpose", "transposed copy, 1000×1000, ms"],
  ],
  loader: [
    ["whole", "batch of 128 images, ms"],
    ["normalized", "the same with Normalize, ms"],
    ["oneByOne", "the same with a transform of one's own, ms"],
    ["tensorDataset", "128 rows of a TensorDataset, ms"],
    ["plainLoop", "a plain loop over the bytes of a batch, ms"],
  ],
  program: [
    ["seconds", "MNIST program, five epochs with loader and tests, s"],
    ["peakMiB", "its peak resident memory, MiB"],
    ["accuracy", "its test accuracy, %"],
  ],
  memory: [
    ["second", "resident memory after 2 epochs without await, MiB"],
    ["last", "the same after 20 epochs, MiB"],
  ],
} as const satisfies Readonly<Record<string, readonly Work[]>>;

/** A group of figures that the library is measured by. */
export type Group = keyof typeof WORKS;

/** Every figure of a group in words, on a line. */
export function inWords(group: Group, figures: Figures): string {
  return WORKS[group].map(([name, what]) => `${what}: ${number(figures[name])}`).join("; ");
}

/** The figures of some groups, one a row, for every variant and for PyTorch. */
export function workTable(groups: Readonly<Partial<Record<Group, Sides>>>): string {
  const rows = (Object.entries(groups) as [Group, Sides][]).flatMap(([group, sides]) =>
    WORKS[group].map(([name, what]) => [
      what,
      ...names.map((_, i) => number(sides.ours[i]?.[name])),
      ...[0, 1].map((i) => number(sides.theirs[i]?.[name])),
      ...[1, 3].map((i) => number((sides.ours[i]?.[name] ?? Number.NaN) / best(sides, name))),
    ]),
  );
  return table(["work", ...names, "PyTorch, 1", "PyTorch, 2", "built-in / PyTorch", "BLAS / PyTorch"], rows);
}

/** What the library promises, beside what was found. */
export function aims({ products, step, program, overhead, elementwise, cnnEpoch }: Everything): string {
  const square = products.find(({ name }) => name === "1024³");
  const ofStep = products.filter(({ name }) => STEP_PRODUCTS.includes(name));
  const times = (sides: Sides, name: string, way: number) =>
    (sides.ours[way]?.[name] ?? Number.NaN) / best(sides, name);
  const peak = Math.max(...program.ours.map(({ peakMiB = Number.NaN }) => peakMiB * 1.048576));
  const list: readonly (readonly [what: string, found: number, sign: "≥" | "≤", aim: number, unit: string])[] = [
    ["matmul 1024³, built-in, 1 thread: share of the peak", 100 * (square?.shares[0] ?? Number.NaN), "≥", 88, "%"],
    [
      `the same, ${threads} threads: times one thread`,
      (square?.gflops[1] ?? Number.NaN) / (square?.gflops[0] ?? Number.NaN),
      "≥",
      1.8,
      "×",
    ],
    [
      "matmul 128×784×512 and its backward products, all threads: least share of the peak",
      100 * Math.min(...ofStep.map(({ shares }) => shares[1] ?? Number.NaN)),
      "≥",
      80,
      "%",
    ],
    ["training step, built-in, all threads: times PyTorch", times(step, "ms", 1), "≤", 1.25, "×"],
    ["training step, BLAS, all threads: times PyTorch", times(step, "ms", 3), "≤", 0.9, "×"],
    ["MNIST program, built-in, all threads: times PyTorch", times(program, "seconds", 1), "≤", 0.25, "×"],
    ["convolutional network, an epoch, BLAS, all threads: times PyTorch", times(cnnEpoch, "seconds", 3), "≤", 1.5, "×"],
    ["one addition with the tape, forward: times PyTorch", times(overhead, "forwardNs", 1), "≤", 0.5, "×"],
    ["one addition with the tape, backward: times PyTorch", times(overhead, "backwardNs", 1), "≤", 0.5, "×"],
    [
      "ReLU of 10⁶ floats, forward and backward: times PyTorch",
      times(elementwise, "reluForwardBackward", 1),
      "≤",
      1,
      "×",
    ],
    ["peak resident memory of the program", peak, "≤", 350, "MB"],
  ];
  const rows = list.map(([what, found, sign, aim, unit]) => {
    const met = Number.isNaN(found) ? "not measured" : (sign === "≥" ? found >= aim : found <= aim) ? "yes" : "no";
    return [what, `${number(found)} ${unit}`, `${sign} ${aim} ${unit}`, met];
  });
  return table(["figure", "found", "aim", "met"], rows);
}
