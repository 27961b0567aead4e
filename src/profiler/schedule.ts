/** @file Which steps of a loop are profiled, and where their traces go. */
import { keyword, optional, required, signature } from "../core/arguments.ts";
import { ValueError } from "../core/errors.ts";
import { aBoolean, anInteger, aString, type Kind, kind, nullable } from "../core/kinds.ts";
import { hostAndProcess } from "../platform/append-file.ts";
import { joinPath, makeFolder } from "../platform/files.ts";
import type { ProfileResult } from "./profile-result.ts";

/** What a profiler does in a step. */
export const ProfilerAction = { NONE: 0, WARMUP: 1, RECORD: 2, RECORD_AND_SAVE: 3 } as const;
export type ProfilerAction = (typeof ProfilerAction)[keyof typeof ProfilerAction];

/** What is profiled. The processor is; programs written for PyTorch may list CUDA, where nothing happens. */
export const ProfilerActivity = { CPU: "cpu", CUDA: "cuda" } as const;
export type ProfilerActivity = (typeof ProfilerActivity)[keyof typeof ProfilerActivity];

/** Tells for the number of a step what the profiler does in it. */
export type ProfilerSchedule = (step: number) => ProfilerAction;

/** The arguments of {@link schedule}. */
export interface ScheduleOptions {
  /** Steps that are not profiled, at the beginning of each cycle. */
  readonly wait: number;
  /** Steps after them whose figures are dropped. */
  readonly warmup: number;
  /** Steps after those that are kept. */
  readonly active: number;
  /** Number of cycles. Default 0: until the end. */
  readonly repeat?: number | undefined;
  /** Steps before the first cycle. Default 0. */
  readonly skipFirst?: number | undefined;
}

const aCount: Kind<number> = kind(
  "an integer of at least 0",
  (value) => Number.isSafeInteger(value) && Number(value) >= 0,
);

const SCHEDULE = signature("schedule", {
  wait: keyword(aCount),
  warmup: keyword(aCount),
  active: keyword(anInteger),
  repeat: keyword(aCount, 0),
  skipFirst: keyword(aCount, 0),
});

/**
 * Profiles some steps of a loop in cycles: `wait` steps rest, `warmup` steps are dropped, `active` steps are kept.
 *
 * @throws ValueError without `wait`, `warmup` and `active`, or for an `active` below 1.
 * @example
 * import { ProfilerAction, schedule } from "tapegrad/profiler";
 * const actions = schedule({ wait: 1, warmup: 1, active: 2 });
 * [0, 1, 2, 3].map(actions); // [0, 1, 2, 3]
 * actions(3) === ProfilerAction.RECORD_AND_SAVE; // true
 */
export function schedule(options: ScheduleOptions): ProfilerSchedule;
export function schedule(...given: readonly unknown[]): ProfilerSchedule {
  const { wait, warmup, active, repeat, skipFirst } = SCHEDULE.read(given);
  if (wait === undefined || warmup === undefined || active === undefined || active < 1) {
    throw new ValueError("[schedule] expected { wait, warmup, active } with integers, and active of at least 1");
  }
  const cycle = wait + warmup + active;
  return (step) => {
    const at = step - skipFirst;
    if (at < 0 || (repeat > 0 && at / cycle >= repeat)) return ProfilerAction.NONE;
    const place = at % cycle;
    if (place < wait) return ProfilerAction.NONE;
    if (place < wait + warmup) return ProfilerAction.WARMUP;
    return place < cycle - 1 ? ProfilerAction.RECORD : ProfilerAction.RECORD_AND_SAVE;
  };
}

const HANDLER = signature("tensorboardTraceHandler", {
  dirName: required(aString),
  workerName: optional(nullable(aString), null),
  useGzip: optional(aBoolean, false),
});

/**
 * A function for `onTraceReady` that writes each trace to a folder, under the name that TensorBoard's profiler plugin
 * looks for: `worker.time.pt.trace.json`.
 *
 * @param dirName - The folder, which is made if it is missing.
 * @param workerName - Default: the host and the number of the process.
 * @throws ValueError for compressed traces.
 * @example
 * ```ts no-run
 * await profile(train, { onTraceReady: tensorboardTraceHandler("./log") });
 * ```
 */
export function tensorboardTraceHandler(
  dirName: string,
  workerName?: string | null,
  useGzip?: false,
): (result: ProfileResult) => Promise<void>;
export function tensorboardTraceHandler(...given: readonly unknown[]): (result: ProfileResult) => Promise<void> {
  const { dirName, workerName, useGzip } = HANDLER.read(given);
  if (useGzip)
    throw new ValueError("[tensorboardTraceHandler] compressed traces are not available: leave useGzip false");
  return async (result) => {
    const { host, pid } = hostAndProcess();
    await makeFolder(dirName);
    const name = `${workerName ?? `${host}_${pid}`}.${Date.now()}.pt.trace.json`;
    await result.exportChromeTrace(joinPath(dirName, name));
  };
}
