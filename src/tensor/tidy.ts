/** @file Giving memory back by hand: scopes whose intermediate tensors end with them. */
import type { Storage } from "../../kernels/backend.ts";
import { backendFor } from "./devices.ts";
import { GraphError } from "./errors.ts";
import type { Tensor } from "./tensor.ts";

/** Storages of at most this many elements are left to the collector, which handles them cheaply. */
const SMALL = 16;

/** What the innermost scope in progress has made; null outside of scopes. */
let made: Set<Storage> | null = null;

/** Takes note of a storage that has got its first tensor. */
export function noteStorage(storage: Storage): void {
  if (made !== null && storage.length > SMALL) made.add(storage);
}

/** Runs `fn` outside of all scopes: what it makes lives on. For the engine and the optimizers, who keep some of it. */
export function untidied<T>(fn: () => T): T {
  const outer = made;
  made = null;
  try {
    return fn();
  } finally {
    made = outer;
  }
}

/**
 * Runs `fn`, and gives the memory of every tensor that was made in it back at once, except those in its result: a tensor,
 * or arrays, maps, objects and modules with tensors in them. Gradients, the state of optimizers and what is changed in
 * place live on. If a result can still be differentiated, everything lives on that it may need for that.
 *
 * Nothing has to be tidied up: the collector finds what is dropped. But a web page cannot ask it to, so a loop on
 * large tensors that seldom lets the event loop turn is several times faster inside of `tidy`.
 *
 * A tensor that was kept in some other way than by returning it is gone afterwards: using it is an error.
 *
 * @throws GraphError if `fn` is asynchronous: its tensors are made after `tidy` has ended.
 *
 * @example
 * ```ts
 * for (let i = 0; i < 1000; i++) x = tidy(() => x.mul(0.9).add(noise).tanh());
 * ```
 */
export function tidy<T>(fn: () => T): T {
  const outer = made;
  const own = new Set<Storage>();
  made = own;
  let result: T;
  try {
    result = fn();
  } catch (error) {
    made = outer;
    freeAll(own);
    throw error;
  }
  made = outer;
  if (result instanceof Promise) {
    // Nobody will wait for it any more.
    result.catch(() => undefined);
    throw new GraphError(
      "[tidy] the function must not be asynchronous: its tensors are made after it has returned. " +
        "Put what lies between two awaits into a tidy() of its own, or dispose() of the tensors.",
    );
  }
  const kept = new Set<Storage>();
  const hasHistory = collect(result, kept);
  for (const storage of own) {
    if (!hasHistory && !kept.has(storage)) backendFor(storage.device).free(storage);
    else outer?.add(storage);
  }
  return result;
}

function freeAll(storages: ReadonlySet<Storage>): void {
  for (const storage of storages) backendFor(storage.device).free(storage);
}

/** Adds the storages of all tensors in a value, and of their gradients; whether any of them has a history. */
function collect(value: unknown, into: Set<Storage>): boolean {
  const seen = new Set<object>();
  const pending: unknown[] = [value];
  let hasHistory = false;
  while (pending.length > 0) {
    const next = pending.pop();
    if (typeof next !== "object" || next === null || seen.has(next) || ArrayBuffer.isView(next)) continue;
    seen.add(next);
    if (isTensor(next)) {
      into.add(next.storage);
      hasHistory ||= !next.isLeaf;
      pending.push(next.peekGrad());
    } else if (isModule(next)) {
      pending.push(...next.parameters(), ...next.buffers());
    } else if (next instanceof Map) {
      pending.push(...next.keys(), ...next.values());
    } else if (next instanceof Set) {
      pending.push(...next);
    } else {
      pending.push(...Object.values(next));
    }
  }
  return hasHistory;
}

/** As much of a module as is asked: its layers may lie where nobody else sees them. */
interface Holder {
  parameters(): Iterable<Tensor>;
  buffers(): Iterable<Tensor>;
}

function isModule(value: object): value is Holder {
  const { parameters, buffers } = value as Partial<Holder>;
  return typeof parameters === "function" && typeof buffers === "function";
}

function isTensor(value: object): value is Tensor {
  return "storage" in value && "peekGrad" in value;
}
