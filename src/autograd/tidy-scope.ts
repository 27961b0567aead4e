/** @file The storages that were made in a scope of `tidy`, and code that no scope reaches. */
import type { Storage } from "../../kernels/backend.ts";

/** Storages of at most this many elements are left to the collector, which handles them cheaply. */
const SMALL = 16;

/** What the innermost scope in progress has made; null outside of scopes. */
let made: Set<Storage> | null = null;

/** Takes note of a storage that has got its first tensor. */
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

/** Runs `fn` outside of all scopes: what it makes lives on. For the engine and the optimizers, who keep some of it. */
export function untidied<T>(fn: () => T): T {
  return made === null ? fn() : withTidyScope(null, fn);
}
