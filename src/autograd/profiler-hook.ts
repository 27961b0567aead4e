/** @file Where a profiler listens: operations, nodes of the backward pass, steps of optimizers. */
import type { NDArray } from "../../kernels/backend.ts";

/** What kind of work is timed. */
export type WorkKind = "operation" | "backward" | "function";

/** Called around a piece of work, which it has to run. `sequenceNr` is that of a node of the backward pass. */
export type ProfilerHook = <T>(
  kind: WorkKind,
  name: string,
  inputs: readonly NDArray[],
  run: () => T,
  sequenceNr?: number,
) => T;

/** Null unless a profiler runs: who has work compares it once, and makes nothing for it. */
export let profilerHook: ProfilerHook | null = null;

/** Sets the hook, and returns the one before. */
export function setProfilerHook(hook: ProfilerHook | null): ProfilerHook | null {
  const before = profilerHook;
  profilerHook = hook;
  return before;
}

/** Runs a piece of work without the hook, whose call it is. */
export function unhooked<T>(run: () => T): T {
  const before = setProfilerHook(null);
  try {
    return run();
  } finally {
    profilerHook = before;
  }
}
