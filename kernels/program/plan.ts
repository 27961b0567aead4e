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

const bytesOf = ({ dtype, length }: Slot): number => BYTES[dtype] * length;

/** A piece of memory: the storage that has it, and the lives of the buffers in it, in their order. */
interface Piece {
  readonly storage: Storage;
  readonly lives: Life[];
}

/** Where a life goes among others in their order; −1 if it overlaps one of them. */
function placeAmong(lives: readonly Life[], { first, last }: Life): number {
  let low = 0;
  let high = lives.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((lives[middle] as Life).last < first) low = middle + 1;
    else high = middle;
  }
  const next = lives[low];
  return next === undefined || last < next.first ? low : -1;
}

/**
 * The memory of the buffers. It is given to the largest first, so that the smaller ones find room in what larger ones need
 * at another time (Pisarchyk and Lee, "Efficient memory management for deep neural net inference", 2020: greedy by size).
 */
class Room {
  readonly pieces: Piece[] = [];
  bytes = 0;

  take(slot: Slot, life: Life, backend: Backend): Storage {
    const { dtype, length, device } = slot;
    // The last that fits is the smallest.
    for (let i = this.pieces.length - 1; i >= 0; i--) {
      const { storage, lives } = this.pieces[i] as Piece;
      const isSame = storage.dtype === dtype && storage.length === length;
      if (storage.device !== device || !(isSame || backend.alias !== undefined)) continue;
      const place = placeAmong(lives, life);
      if (place === -1) continue;
      lives.splice(place, 0, life);
      return isSame ? storage : (backend.alias?.(storage, dtype, length) ?? storage);
    }
    const storage = backend.reserve?.(dtype, length) ?? backend.alloc(dtype, length);
    this.pieces.push({ storage, lives: [life] });
    this.bytes += bytesOf(slot);
    return storage;
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
  const isPlanned = ({ device, escapes }: Slot): boolean => !escapes && backends.get(device)?.allocator !== undefined;
  const planned = [...lives].filter(([slot]) => isPlanned(slot));
  const room = new Room();
  for (const [slot, life] of planned.sort(([a], [b]) => bytesOf(b) - bytesOf(a))) {
    const storage = room.take(slot, life, backends.get(slot.device) as Backend);
    slot.storage = storage;
    for (const array of slot.arrays) array.storage = storage;
  }
  const made = new Set(calls.flatMap((call) => call.made));
  const results = [...lives.keys()].filter((slot) => !isPlanned(slot) && !made.has(slot) && !given.has(slot));
  const unneeded = calls.map((): Slot[] => []);
  for (const [slot, { last }] of lives) {
    if (!isPlanned(slot) && !slot.escapes && !given.has(slot)) unneeded[last]?.push(slot);
  }
  return { bytes: room.bytes, results, unneeded, reserved: room.pieces.map(({ storage }) => storage) };
}
