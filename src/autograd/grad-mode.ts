/** @file Whether operations are recorded: a flag, and functions that set it for the length of a call. */
import { ValueError } from "../core/errors.ts";
import { ScopedValue } from "./scoped-value.ts";

const recording = new ScopedValue(true);

/** Whether operations on tensors that need a gradient are being recorded. */
export function isGradEnabled(): boolean {
  return recording.current;
}

/** Runs `fn` with recording on or off, and restores the old state afterwards: see {@link ScopedValue.run}. */
export function withGradMode<T>(mode: boolean, fn: () => T): T {
  return recording.run(mode, fn);
}

/** Runs `fn` without recording: no operation in it can be differentiated. Sync, async and generator functions alike. */
export function noGrad<T>(fn: () => T): T {
  checkFunction("noGrad", fn);
  return withGradMode(false, fn);
}

/** Runs `fn` with recording, also inside {@link noGrad}. */
export function enableGrad<T>(fn: () => T): T {
  checkFunction("enableGrad", fn);
  return withGradMode(true, fn);
}

export function checkFunction(op: string, fn: unknown): void {
  if (typeof fn === "function") return;
  throw new ValueError(`[${op}] expected a function, as ${op}(() => …), but got ${fn === null ? "null" : typeof fn}`);
}
