/** @file Plans the storages of a program: buffers that are not in use at the same time share one. */
import type { Backend, Device, DType, Storage } from "../backend.ts";
import { BYTES } from "../layout.ts";
import type { Call, Slot, SlotArray } from "./call.ts";

/** The first and the last call that have to do with a buffer. */
interface Life {
  first: number;
  last: number;
}

/** The lives of the buffers that a program makes for itself. */
export function livesOf(calls: readonly Call[]): Map<Slot, Life> {
  const lives = new Map<Slot, Life>();
  const note = (slot: Slot, at: number): void => {
    if (slot.origin !== "inside") return;
    const life = lives.get(slot);
    if (life === undefined) lives.set(slot, { first: at, last: at });
    else life.last = at;
  };
  for (const [at, { arrays, results, made }] of calls.entries()) {
    for (const slot of made) note(slot, at);
    for (const { slot } of arrays) note(slot, at);
    for (const { slot } of results) note(slot, at);
  }
  return lives;
}

/** What {@link planBuffers} found. */
interface Plan {
  /** The storages that were made, and their bytes. */
  readonly buffers: number;
  readonly bytes: number;
  /** What no call makes itself and each run needs new storages for: results, and all where storages are not planned. */
  readonly results: readonly Slot[];
  /** For each call the buffers that nobody needs afterwards, where storages are not planned. */
  readonly unneeded: readonly (readonly Slot[])[];
}

/**
 * Gives every buffer that does not leave the program a storage.
 *
 * @param given - Buffers of an earlier program, whose storages each run gets.
 */
export function planBuffers(
  calls: readonly Call[],
  given: ReadonlySet<Slot>,
  backends: ReadonlyMap<Device, Backend>,
): Plan {
  const lives = livesOf(calls);
  const free = new Map<string, Storage[]>();
  const endings = new Map<number, Slot[]>();
  for (const [slot, { last }] of lives) endings.set(last, [...(endings.get(last) ?? []), slot]);
  const starts = new Map<number, Slot[]>();
  for (const [slot, { first }] of lives) starts.set(first, [...(starts.get(first) ?? []), slot]);
  let [buffers, bytes] = [0, 0];
  const key = (dtype: DType, length: number): string => `${dtype} ${length}`;
  const isPlanned = (slot: Slot): boolean => !slot.escapes && backends.get(slot.device)?.allocator !== undefined;
  for (let at = 0; at < calls.length; at++) {
    for (const slot of starts.get(at) ?? []) {
      if (!isPlanned(slot)) continue;
      const { dtype, length, device } = slot;
      let storage = free.get(key(dtype, length))?.pop();
      if (storage === undefined) {
        const backend = backends.get(device) as Backend;
        storage = backend.reserve?.(dtype, length) ?? backend.alloc(dtype, length);
        buffers++;
        bytes += BYTES[dtype] * length;
      }
      slot.storage = storage;
      for (const array of slot.arrays as SlotArray[]) array.storage = storage;
    }
    for (const slot of endings.get(at) ?? []) {
      if (!isPlanned(slot)) continue;
      const k = key(slot.dtype, slot.length);
      free.set(k, [...(free.get(k) ?? []), slot.storage as Storage]);
    }
  }
  const made = new Set(calls.flatMap((call) => call.made));
  const results = [...lives.keys()].filter((slot) => !isPlanned(slot) && !made.has(slot) && !given.has(slot));
  const unneeded = calls.map((_, at) =>
    (endings.get(at) ?? []).filter((slot) => !isPlanned(slot) && !slot.escapes && !given.has(slot)),
  );
  return { buffers, bytes, results, unneeded };
}
