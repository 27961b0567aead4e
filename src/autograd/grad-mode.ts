/** @file Grad mode: recording on or off for the length of a call. */
import { ValueError } from "../core/errors.ts";
import { ScopedValue } from "./scoped-value.ts";

const recording = new ScopedValue(true);

/**
 * Whether grad mode is enabled: operations on tensors that require a gradient are recorded.
 *
 * @example
 * isGradEnabled(); // true
 * noGrad(() => isGradEnabled()); // false
 */
export function isGradEnabled(): boolean {
  return recording.current;
}

/** Runs `fn` with grad mode on or off, and restores the previous mode afterwards: see {@link ScopedValue.run}. */
export function withGradMode<T>(mode: boolean, fn: () => T): T {
  return recording.run(mode, fn);
}

/**
 * Runs `fn` with gradient calculation disabled: no result in it requires a gradient, which saves the memory of the graph.
 * Sync, async and generator functions alike. Returns the result of `fn`.
 *
 * @example
 * const x = tensor([1], { requiresGrad: true });
 * noGrad(() => x.mul(2)).requiresGrad; // false
 */
export function noGrad<T>(fn: () => T): T {
  checkFunction("noGrad", fn);
  return withGradMode(false, fn);
}

/**
 * Runs `fn` with gradient calculation enabled, also inside {@link noGrad}. Returns the result of `fn`.
 *
 * @example
 * const x = tensor([1], { requiresGrad: true });
 * noGrad(() => enableGrad(() => x.mul(2))); // tensor([2.], grad_fn=<MulBackward0>)
 */
export function enableGrad<T>(fn: () => T): T {
  checkFunction("enableGrad", fn);
  return withGradMode(true, fn);
}

/**
 * Runs `fn` without recording, as {@link noGrad}: `inferenceMode(() => …)`, or `inferenceMode(false, () => …)` as
 * PyTorch's `inference_mode(mode=False)`, which leaves the mode as it is. The results are ordinary tensors.
 *
 * @example
 * const x = tensor([1], { requiresGrad: true });
 * inferenceMode(() => x.mul(2)).requiresGrad; // false
 */
export function inferenceMode<T>(fn: () => T): T;
export function inferenceMode<T>(mode: boolean, fn: () => T): T;
export function inferenceMode<T>(mode: boolean | (() => T), fn?: () => T): T {
  const body = typeof mode === "boolean" ? fn : mode;
  checkFunction("inferenceMode", body);
  return mode === false ? body() : withGradMode(false, body);
}

/**
 * Switches gradient calculation on or off: with a function while it runs, as PyTorch's `with torch.set_grad_enabled(mode):`,
 * and without one from now on, inside {@link noGrad} and its like until they end.
 *
 * @example
 * const x = tensor([1], { requiresGrad: true });
 * setGradEnabled(false, () => x.mul(2)).requiresGrad; // false
 */
export function setGradEnabled(mode: boolean): undefined;
export function setGradEnabled<T>(mode: boolean, fn: () => T): T;
export function setGradEnabled<T>(mode: boolean, fn?: () => T): T | undefined {
  if (typeof mode !== "boolean") {
    throw new ValueError(`[setGradEnabled] argument "mode" must be a boolean, but got ${typeof mode}`);
  }
  if (fn === undefined) {
    recording.set(mode);
    return undefined;
  }
  checkFunction("setGradEnabled", fn);
  return withGradMode(mode, fn);
}

function checkFunction(op: string, fn: unknown): asserts fn is () => unknown {
  if (typeof fn === "function") return;
  throw new ValueError(`[${op}] expected a function, as ${op}(() => …), but got ${fn === null ? "null" : typeof fn}`);
}
