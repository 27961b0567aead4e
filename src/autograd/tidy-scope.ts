/** @file The scopes of `tidy`: their storages, and code outside of all scopes. */
import type { Storage } from "../../kernels/backend.ts";

/** Storages of at most this many elements are left to the garbage collector, which handles them cheaply. */
const SMALL = 16;

/** The storages of the innermost scope; null outside of scopes. */
let made: Set<Storage> | null = null;

/** Adds a storage with its first tensor to the innermost scope. */
export function noteStorage(storage: Storage): void {
  if (made !== null && storage.length > SMALL) made.add(storage);
}

/** Runs `fn` in a scope: storages that get their first tensor in it go to `into`, which null turns off. */
export function withTidyScope<T>(into: Set<Storage> | null, fn: () => T): T {
  const outer = made;
  made = into;
  try {
    return fn();
  } finally {
    made = outer;
  }
}

/** Runs `fn` outside of all scopes: its tensors are kept. For the engine and the optimizers. */
export function untidied<T>(fn: () => T): T {
  return made === null ? fn() : withTidyScope(null, fn);
}
