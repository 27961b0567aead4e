/** @file Storages of the heap in the order of their last use. */
import type { Region } from "./allocator.ts";

/**
 * Where the numbers of a storage are: in a region of the heap, or, after they were moved out of it, in an ordinary
 * array.
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
  /** The storage, where the collector can be asked about it. */
  owner: WeakRef<object> | null;
  /** Neighbours in the list. */
  older: Ticket | null;
  newer: Ticket | null;
}

export function newTicket(): Ticket {
  return { region: null, spilled: null, spilledAt: 0, epoch: 0, owner: null, older: null, newer: null };
}

/** The tickets that have a region, the longest unused first. */
export class TicketList {
  oldest: Ticket | null = null;
  newest: Ticket | null = null;
  count = 0;
  /** Bytes of their regions. */
  bytes = 0;

  /** Adds a ticket that has got a region in operation `epoch`. */
  add(ticket: Ticket, region: Region, epoch: number): void {
    ticket.region = region;
    this.#append(ticket, epoch);
    this.count++;
    this.bytes += region.size;
  }

  /** Takes a ticket out; its region is the caller's. */
  remove(ticket: Ticket, region: Region): void {
    ticket.region = null;
    ticket.owner = null;
    this.#detach(ticket);
    this.count--;
    this.bytes -= region.size;
  }

  /** Makes a ticket the newest. */
  touch(ticket: Ticket, epoch: number): void {
    this.#detach(ticket);
    this.#append(ticket, epoch);
  }

  /** @throws Error if the records contradict each other; for tests. */
  verify(): void {
    let [count, bytes] = [0, 0];
    let older: Ticket | null = null;
    for (let ticket = this.oldest; ticket !== null; ticket = ticket.newer) {
      const { region } = ticket;
      if (!region?.taken || ticket.spilled !== null) throw new Error("heap: a ticket in the list has no region");
      if (ticket.older !== older) throw new Error("heap: the list of tickets is torn");
      if (older !== null && older.epoch > ticket.epoch) throw new Error("heap: the list of tickets is out of order");
      count++;
      bytes += region.size;
      older = ticket;
    }
    if (older !== this.newest || count !== this.count || bytes !== this.bytes) {
      throw new Error("heap: the list of tickets does not add up");
    }
  }

  #append(ticket: Ticket, epoch: number): void {
    ticket.epoch = epoch;
    ticket.older = this.newest;
    ticket.newer = null;
    if (this.newest !== null) this.newest.newer = ticket;
    else this.oldest = ticket;
    this.newest = ticket;
  }

  #detach(ticket: Ticket): void {
    const { older, newer } = ticket;
    if (older !== null) older.newer = newer;
    else this.oldest = newer;
    if (newer !== null) newer.older = older;
    else this.newest = older;
    ticket.older = null;
    ticket.newer = null;
  }
}
