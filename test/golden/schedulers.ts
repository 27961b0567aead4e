/** @file Reader of schedulers.json: the rates that PyTorch's schedulers give. */
import { readFileSync } from "node:fs";
import type { SchedulerStateDict } from "../../src/optim/lr-scheduler/index.ts";

/** A scheduler's class, and its options by name. */
export type SchedulerSpec = readonly [name: string, options: Readonly<Record<string, unknown>>];

export interface SchedulerCase {
  /** All of them work on one optimizer, and step one after the other. */
  readonly specs: readonly SchedulerSpec[];
  readonly optimizer: "SGD" | "Adam";
  /** The rates of both groups at the start and after each step. */
  readonly rates: readonly (readonly number[])[];
  /** Likewise the momentum, or the first of betas, where the scheduler moves it. */
  readonly momenta: readonly (readonly number[])[] | null;
  /** The state of each scheduler after {@link SchedulerGolden.savedAfter} steps. */
  readonly saved: readonly SchedulerStateDict[];
}

interface SchedulerGolden {
  /** The rates that both groups are made with. */
  readonly initial: readonly number[];
  readonly savedAfter: number;
  /** What ReduceLROnPlateau is told in each step. */
  readonly metrics: readonly number[];
  /** The lines of each scheduler with `verbose`, in two steps. */
  readonly printed: readonly { readonly spec: SchedulerSpec; readonly lines: readonly string[] }[];
  readonly cases: readonly SchedulerCase[];
}

/** JSON has no infinities. */
function revive(_key: string, value: unknown): unknown {
  return value === "Infinity" || value === "-Infinity" ? Number(value) : value;
}

const file = new URL("data/schedulers.json", import.meta.url);

export const schedulerGolden: SchedulerGolden = JSON.parse(readFileSync(file, "utf8"), revive);

/** The same functions, by name, as in make_schedulers.py. */
export const LAMBDAS: Readonly<Record<string, (epoch: number) => number>> = {
  power: (epoch) => 0.95 ** epoch,
  inverse: (epoch) => 1 / (epoch + 1),
  wave: (epoch) => 1 + 0.5 * Math.sin(epoch),
  half: (epoch) => (epoch >= 7 ? 0.5 : 1),
};
