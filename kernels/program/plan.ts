/** @file Plans the storages of a program: buffers that are not in use at the same time share one. */
import type { Backend, Device, Storage } from "../backend.ts";
import { BYTES } from "../layout.ts";
import type { Call, Slot } from "./call.ts";

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
  readonly bytes: number;
  /** What no call makes itself and each run needs new storages for: results, and all where storages are not planned. */
  readonly results: readonly Slot[];
  /** For each call the buffers that nobody needs afterwards, where storages are not planned. */
  readonly unneeded: readonly (readonly Slot[])[];
  /** The storages that have the memory: others are on it, and it goes when these are collected. */
  readonly reserved: readonly Storage[];
}

/** How many times larger the memory of a buffer may be than what it holds. */
const MOST_WASTE = 4;

/** A piece of memory, and the storage that has it. */
interface Piece {
  readonly storage: Storage;
  readonly bytes: number;
}

/** The memory of the buffers. */
class Room {
  readonly buffers: Storage[] = [];
  bytes = 0;
  readonly #free: Piece[] = [];
  readonly #taken = new Map<Slot, Piece>();

  take(slot: Slot, backend: Backend): Storage {
    const { dtype, length } = slot;
    const bytes = BYTES[dtype] * length;
    const fitting = this.#free.filter(({ storage, bytes: room }) => {
      if (storage.device !== slot.device) return false;
      const isSame = storage.dtype === dtype && storage.length === length;
      return isSame || (backend.alias !== undefined && room >= bytes && room <= MOST_WASTE * bytes);
    });
    const best = fitting.reduce<Piece | null>((a, b) => (a === null || b.bytes < a.bytes ? b : a), null);
    const piece = best ?? this.#make(slot, backend, bytes);
    if (best !== null) this.#free.splice(this.#free.indexOf(best), 1);
    this.#taken.set(slot, piece);
    const { storage } = piece;
    const isSame = storage.dtype === dtype && storage.length === length;
    return isSame ? storage : (backend.alias?.(storage, dtype, length) ?? storage);
  }

  give(slot: Slot): void {
    const piece = this.#taken.get(slot);
    if (piece !== undefined) this.#free.push(piece);
  }

  #make({ dtype, length }: Slot, backend: Backend, bytes: number): Piece {
    const storage = backend.reserve?.(dtype, length) ?? backend.alloc(dtype, length);
    this.buffers.push(storage);
    this.bytes += bytes;
    return { storage, bytes };
  }
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
  const starts = new Map<number, Slot[]>();
  const endings = new Map<number, Slot[]>();
  for (const [slot, { first, last }] of lives) {
    if (slot.escapes || backends.get(slot.device)?.allocator === undefined) continue;
    starts.set(first, [...(starts.get(first) ?? []), slot]);
    endings.set(last, [...(endings.get(last) ?? []), slot]);
  }
  const room = new Room();
  for (let at = 0; at < calls.length; at++) {
    for (const slot of starts.get(at) ?? []) {
      const storage = room.take(slot, backends.get(slot.device) as Backend);
      slot.storage = storage;
      for (const array of slot.arrays) array.storage = storage;
    }
    for (const slot of endings.get(at) ?? []) room.give(slot);
  }
  const made = new Set(calls.flatMap((call) => call.made));
  const isPlanned = ({ device, escapes }: Slot): boolean => !escapes && backends.get(device)?.allocator !== undefined;
  const results = [...lives.keys()].filter((slot) => !isPlanned(slot) && !made.has(slot) && !given.has(slot));
  const unneeded = calls.map((): Slot[] => []);
  for (const [slot, { last }] of lives) {
    if (!isPlanned(slot) && !slot.escapes && !given.has(slot)) unneeded[last]?.push(slot);
  }
  return { bytes: room.bytes, results, unneeded, reserved: room.buffers };
}
