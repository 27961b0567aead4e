/** @file Which calls of a program have to come after which. */
import type { Call, Slot } from "./call.ts";

/** For each call the earlier ones that have to come before it: their results are read, or what they read is changed. */
export function predecessorsOf(calls: readonly Call[]): Set<number>[] {
  const writer = new Map<Slot, number>();
  const readers = new Map<Slot, number[]>();
  let lastEffect = -1;
  let outsideWrites: number[] = [];
  return calls.map((call, at) => {
    const before = new Set<number>();
    const after = (other: number | undefined): void => {
      if (other !== undefined && other !== at) before.add(other);
    };
    const changed = new Set([...call.results, ...call.written].map(({ slot }) => slot));
    for (const { slot } of call.arrays) after(writer.get(slot));
    for (const slot of changed) {
      after(writer.get(slot));
      for (const reader of readers.get(slot) ?? []) after(reader);
    }
    // What has effects or may throw keeps its place among its kind, and beside changes that others can see.
    const isSeen = call.written.some(({ slot }) => slot.origin !== "inside");
    if (call.hasEffects || isSeen) if (lastEffect >= 0) after(lastEffect);
    if (call.hasEffects) {
      for (const other of outsideWrites) after(other);
      lastEffect = at;
      outsideWrites = [];
    } else if (isSeen) {
      outsideWrites.push(at);
    }
    for (const { slot } of call.arrays) {
      const known = readers.get(slot);
      if (known === undefined) readers.set(slot, [at]);
      else known.push(at);
    }
    for (const slot of changed) {
      writer.set(slot, at);
      readers.set(slot, []);
    }
    return before;
  });
}

/** Groups of calls that are to become one, and the calls that are left, in an order that keeps what {@link predecessorsOf} says. */
export class Grouping {
  readonly #group: number[];
  readonly #members: number[][];
  readonly #successors: Set<number>[];

  constructor(predecessors: readonly ReadonlySet<number>[]) {
    this.#group = predecessors.map((_, i) => i);
    this.#members = predecessors.map((_, i) => [i]);
    this.#successors = predecessors.map(() => new Set<number>());
    for (const [at, before] of predecessors.entries()) for (const other of before) this.#successors[other]?.add(at);
  }

  groupOf(call: number): number {
    return this.#group[call] as number;
  }

  membersOf(group: number): readonly number[] {
    return this.#members[group] as number[];
  }

  /** Whether a later group can join an earlier one: nothing else has to come after the one and before the other. */
  canJoin(earlier: number, later: number): boolean {
    const limit = Math.max(...this.membersOf(later));
    const seen = new Set<number>();
    const pending = [...(this.#successors[earlier] as Set<number>)].map((call) => this.groupOf(call));
    const stack = pending.filter((group) => group !== earlier && group !== later);
    for (let group = stack.pop(); group !== undefined; group = stack.pop()) {
      if (seen.has(group) || (this.#members[group]?.[0] ?? 0) > limit) continue;
      seen.add(group);
      for (const call of this.#successors[group] as Set<number>) {
        const next = this.groupOf(call);
        if (next === later || next === earlier) return false;
        stack.push(next);
      }
    }
    return true;
  }

  join(earlier: number, later: number): void {
    for (const call of this.membersOf(later)) this.#group[call] = earlier;
    this.#members[earlier] = [...this.membersOf(earlier), ...this.membersOf(later)].sort((a, b) => a - b);
    this.#members[later] = [];
    for (const call of this.#successors[later] as Set<number>) this.#successors[earlier]?.add(call);
    this.#successors[later] = new Set();
  }

  /** The groups in order, those first that began first. */
  order(): number[] {
    const groups = this.#members.flatMap((members, group) => (members.length > 0 ? [group] : []));
    const waits = new Map<number, number>(groups.map((group) => [group, 0]));
    const next = (group: number): number[] => [
      ...new Set([...(this.#successors[group] as Set<number>)].map((call) => this.groupOf(call))),
    ];
    for (const group of groups) {
      for (const other of next(group)) if (other !== group) waits.set(other, (waits.get(other) ?? 0) + 1);
    }
    const ready = groups.filter((group) => waits.get(group) === 0);
    const result: number[] = [];
    while (ready.length > 0) {
      ready.sort((a, b) => (this.membersOf(b)[0] as number) - (this.membersOf(a)[0] as number));
      const group = ready.pop() as number;
      result.push(group);
      for (const other of next(group)) {
        if (other === group) continue;
        const left = (waits.get(other) as number) - 1;
        waits.set(other, left);
        if (left === 0) ready.push(other);
      }
    }
    if (result.length !== groups.length) throw new Error("calls of a program wait for each other");
    return result;
  }
}
