/** @file Who hears of the storages that operations make: the backward pass, which frees what nobody claims. */
import type { Storage } from "../../kernels/backend.ts";

/** Null unless somebody listens. */
export let onAllocate: ((storage: Storage) => void) | null = null;

/** While `fn` runs, `listener` hears of every storage that an operation made. Null stops an outer listener. */
export function withAllocationListener<T>(listener: ((storage: Storage) => void) | null, fn: () => T): T {
  const before = onAllocate;
  onAllocate = listener;
  try {
    return fn();
  } finally {
    onAllocate = before;
  }
}
