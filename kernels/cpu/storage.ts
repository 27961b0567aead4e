/** @file float32 storages of the CPU and the two homes that their numbers have. */
import type { Storage } from "../backend.ts";
import type { Region } from "./allocator.ts";

/**
 * Up to this many elements a storage lives in an ordinary array for good, and kernels work on a copy. A region of the
 * heap costs 300 ns for its registration, and some microseconds if it is never freed and has to be spilled; copying
 * that little to and fro costs less than both.
 */
export const ARRAY_LIMIT = 256;

/**
 * Where the numbers of a larger storage are: in a region of the heap, or, after they were moved out of it, in an
 * ordinary array.
 *
 * The heap's list and the registry link tickets and never storages, so they keep no storage alive; and a ticket in
 * them has no array, so they keep no array alive either.
 */
export interface Ticket {
  region: Region | null;
  spilled: Float32Array | null;
  /** Reading of the heap's spill meter when the numbers were moved out. */
  spilledAt: number;
  /** The operation that last used the region. */
  epoch: number;
  /** Neighbours in the heap's list, ordered by last use. */
  older: Ticket | null;
  newer: Ticket | null;
}

/** A float32 buffer: `array` (which may be longer) if it is small, `ticket` if it is not, neither once it was freed. */
export class FloatStorage implements Storage {
  readonly device = "cpu";
  readonly dtype = "float32";
  readonly length: number;
  version = 0;
  array: Float32Array | null;
  ticket: Ticket | null;

  constructor(length: number, array: Float32Array | null, ticket: Ticket | null) {
    this.length = length;
    this.array = array;
    this.ticket = ticket;
  }
}
