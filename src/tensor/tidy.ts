/** @file tidy: scopes that free their intermediate tensors. */
import type { Storage } from "../../kernels/backend.ts";
import { batchOf } from "../autograd/batching.ts";
import { peekGrad } from "../autograd/tape-state.ts";
import { noteStorage, withTidyScope } from "../autograd/tidy-scope.ts";
import { readArgument } from "../core/arguments.ts";
import { backendFor } from "../core/device.ts";
import { GraphError } from "../core/errors.ts";
import { isTensor } from "../core/identity.ts";
import { aFunction } from "../core/kinds.ts";
import { isThenable } from "../core/realm.ts";
import type { Tensor } from "./tensor.ts";

/**
 * Runs `fn` and frees every tensor that was created in it, except those in its result: a tensor, or arrays, maps, objects
 * and modules that hold tensors. Gradients, optimizer state and tensors that are changed in place are kept, and so is the
 * whole graph of a result that has a history.
 *
 * It is optional: the garbage collector frees tensors that are no longer reachable. But a web page cannot trigger it, so a
 * loop on large tensors that seldom yields to the event loop is several times faster inside `tidy`.
 *
 * Using a tensor that was kept in some other way than by returning it is an error.
 *
 * @throws GraphError if `fn` is asynchronous: its tensors would be created after `tidy` has returned.
 *
 * @example
 * let x = ones(3);
 * for (let i = 0; i < 3; i++) x = tidy(() => x.mul(2).add(1));
 * x; // tensor([15., 15., 15.])
 */
export function tidy<T>(fn: () => T): T {
  readArgument("tidy", "fn", aFunction, fn);
  const own = new Set<Storage>();
  let result: T;
  try {
    result = withTidyScope(own, fn);
  } catch (error) {
    freeAll(own);
    throw error;
  }
  if (isThenable(result)) {
    // Nobody will wait for it any more.
    Promise.resolve(result).catch(() => undefined);
    throw new GraphError(
      "[tidy] the function must not be asynchronous: its tensors are made after it has returned. " +
        "Put what lies between two awaits into a tidy() of its own, or dispose() of the tensors.",
    );
  }
  const kept = new Set<Storage>();
  const hasHistory = collect(result, kept);
  for (const storage of own) {
    if (!hasHistory && !kept.has(storage)) backendFor(storage.device).free(storage);
    else noteStorage(storage);
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
      pending.push(peekGrad(next), batchOf(next)?.value);
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

/** The part of a module that is used here: its layers may be in private fields. */
interface Holder {
  parameters(): Iterable<Tensor>;
  buffers(): Iterable<Tensor>;
}

function isModule(value: object): value is Holder {
  const { parameters, buffers } = value as Partial<Holder>;
  return typeof parameters === "function" && typeof buffers === "function";
}
