/** @file The command line of the sweep. */
import { parseArgs } from "node:util";
import type { DType } from "../../kernels/backend.ts";
import type { Kind, Layout, Pass } from "./work.ts";

export interface Options {
  /** Names to sweep; empty for all. */
  readonly only: readonly string[];
  readonly kinds: readonly Kind[];
  readonly sizes: readonly number[];
  readonly dtypes: readonly DType[];
  readonly layouts: readonly Layout[];
  readonly passes: readonly Pass[];
  readonly blas: "on" | "off" | "both";
  /** PyTorch's numbers of threads, of which the best counts. */
  readonly threads: readonly number[];
  /** Milliseconds of measuring that the sides of a row share. */
  readonly timePerRow: number;
  /** Samples of each name. */
  readonly samples: number;
  /** Of the names, those whose number modulo `of` is `part` − 1. */
  readonly shard: { readonly part: number; readonly of: number };
  /** The file without its extension: `.md` and `.json` are written. */
  readonly out: string;
  readonly help: boolean;
}

const DTYPES = ["float32", "float64", "int32", "uint8", "bool"] as const satisfies readonly DType[];
const LAYOUTS = ["contiguous", "transposed", "broadcast"] as const satisfies readonly Layout[];
const PASSES = ["forward", "both"] as const satisfies readonly Pass[];
const KINDS = ["tensor", "functional", "loss", "layer", "optimizer", "random"] as const satisfies readonly Kind[];
const BLAS = ["on", "off", "both"] as const;

export const USAGE = `npm run bench:sweep -- [options]

Runs every operation, layer, loss and optimizer that has a golden, and the same call in PyTorch, in turns.
Writes a table sorted by ratio, and the raw figures.

  --only NAME[,NAME]    only these operations, layers, losses and optimizers
  --kinds KIND[,KIND]   ${KINDS.join(", ")} (all)
  --sizes N[,N]         elements of the largest operand (1e3,1e5,1e7)
  --dtypes D[,D]        ${DTYPES.join(", ")} (all that a call takes)
  --layouts L[,L]       ${LAYOUTS.join(", ")} (all)
  --passes P[,P]        ${PASSES.join(", ")}: with the gradients (all)
  --blas on|off|both    products by the system's BLAS, by the built-in kernels, or each (on)
  --threads N[,N]       PyTorch's threads, of which the best counts (2); 1,2 where other programs run beside it
  --time-per-row MS     time that the sides of a row share (240)
  --samples N           calls of each name, which differ in their arguments (2)
  --shard I/N           the I-th of N parts of all names
  --out FILE            where to write FILE.md and FILE.json (bench/results/sweep)
  --help                show this`;

function oneOf<T extends string>(flag: string, known: readonly T[], value: string): T {
  const found = known.find((name) => name === value);
  if (found === undefined) throw new Error(`--${flag} ${JSON.stringify(value)}: expected ${known.join(", ")}`);
  return found;
}

function listOf<T extends string>(flag: string, known: readonly T[], text: string | undefined): readonly T[] {
  return text === undefined ? known : text.split(",").map((value) => oneOf(flag, known, value));
}

function positive(flag: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new Error(`--${flag} ${JSON.stringify(text)}: expected an integer of 1 or more`);
  return value;
}

function shardOf(text: string): Options["shard"] {
  const [part, of] = text.split("/").map(Number);
  if (
    part === undefined ||
    of === undefined ||
    !Number.isInteger(part) ||
    !Number.isInteger(of) ||
    part < 1 ||
    part > of
  ) {
    throw new Error(`--shard ${JSON.stringify(text)}: expected I/N with I from 1 to N`);
  }
  return { part, of };
}

/** Reads the command line; throws an Error that says what is wrong with it. */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: "string" },
      kinds: { type: "string" },
      sizes: { type: "string", default: "1e3,1e5,1e7" },
      dtypes: { type: "string" },
      layouts: { type: "string" },
      passes: { type: "string" },
      blas: { type: "string", default: "on" },
      threads: { type: "string", default: "2" },
      "time-per-row": { type: "string", default: "240" },
      samples: { type: "string", default: "2" },
      shard: { type: "string", default: "1/1" },
      out: { type: "string", default: "bench/results/sweep" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  return {
    only: values.only?.split(",") ?? [],
    kinds: listOf("kinds", KINDS, values.kinds),
    sizes: values.sizes.split(",").map((size) => positive("sizes", size)),
    dtypes: listOf("dtypes", DTYPES, values.dtypes),
    layouts: listOf("layouts", LAYOUTS, values.layouts),
    passes: listOf("passes", PASSES, values.passes),
    blas: oneOf("blas", BLAS, values.blas),
    threads: values.threads.split(",").map((count) => positive("threads", count)),
    timePerRow: positive("time-per-row", values["time-per-row"]),
    samples: positive("samples", values.samples),
    shard: shardOf(values.shard),
    out: values.out.replace(/\.(md|json)$/, ""),
    help: values.help,
  };
}
