/** @file Where a capture listens: what a step of training does beside calls of kernels. */
import type { Tensor } from "../tensor/tensor.ts";

/** Told of what happens on the host while `compile` captures a function. */
export interface CaptureHook {
  /** A tensor was made. */
  tensorMade(t: object): void;
  /** The `.grad` of a tensor is about to be read or changed. */
  gradUsed(t: Tensor): void;
  /** An optimizer, a scheduler or a generator, whose state the function goes on with, takes a step. */
  stateUsed(owner: object): void;
  /**
   * Numbers of an optimizer's step, which every call of the function finds out anew: `make` reads its options and may change
   * the numbers in the state.
   *
   * @param group - The options that are read; null if the step reads its options itself.
   */
  stepNumbers<T extends object>(owner: object, state: object, group: object | null, make: () => T): T;
  /** Runs `fn`, whose tensors live on outside of the function. */
  outside<T>(fn: () => T): T;
  /** Something that every call of the function has to do again. */
  host(label: string, action: () => void): void;
  /** Something that cannot be done again without the function itself. */
  interrupt(what: string): void;
}

/** Null unless a function is captured. */
export let captureHook: CaptureHook | null = null;

/** Sets the hook, and returns the one before. */
export function setCaptureHook(hook: CaptureHook | null): CaptureHook | null {
  const before = captureHook;
  captureHook = hook;
  return before;
}

/** Runs `fn`, whose tensors live on: the state of an optimizer. */
export function madeOutside<T>(fn: () => T): T {
  return captureHook === null ? fn() : captureHook.outside(fn);
}

/** Does something on the host that every call of a captured function has to do again, as a whole. */
export function onHost(label: string, action: () => void): void {
  if (captureHook === null) {
    action();
    return;
  }
  unheard(action);
  captureHook.host(label, action);
}

/** Runs `fn`, of which the hook does not hear. */
export function unheard<T>(fn: () => T): T {
  const before = setCaptureHook(null);
  try {
    return fn();
  } finally {
    captureHook = before;
  }
}
