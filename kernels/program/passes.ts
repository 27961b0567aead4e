/** @file Passes over the calls of a program that leave out what need not be done. */
import type { Backend, Device, MatmulOptions, NDArray, Storage, TypedArray } from "../backend.ts";
import { isContiguous, sizeOf } from "../layout.ts";
import type { Call, Slot, SlotArray } from "./call.ts";

/** Whether an array is all of its buffer. */
export function coversSlot({ slot, shape, strides, start }: SlotArray): boolean {
  return start === 0 && sizeOf(shape) === slot.length && isContiguous(shape, strides);
}

/** How often each buffer is written: once where it is made by a call, and once for each change. */
function writesOf(calls: readonly Call[]): Map<Slot, number> {
  const counts = new Map<Slot, number>();
  const note = (slot: Slot): void => {
    counts.set(slot, (counts.get(slot) ?? 0) + 1);
  };
  for (const { made, written } of calls) {
    for (const slot of made) note(slot);
    for (const { slot } of written) note(slot);
  }
  return counts;
}

/** The numbers that a call fills a buffer with in every run; null if they are not always the same. */
function constantOf({ name, args, fresh, results, written }: Call): { slot: Slot; data: TypedArray | number } | null {
  if (fresh !== null) return null;
  if (name === "upload") {
    const [result] = results;
    return result === undefined ? null : { slot: result.slot, data: args[1] as TypedArray };
  }
  const [dst] = written;
  if (name !== "fill" || dst === undefined || !coversSlot(dst)) return null;
  return { slot: dst.slot, data: args[1] as number };
}

/** Makes buffers that always hold the same numbers once and for all. */
export function hoistConstants(calls: readonly Call[], backends: ReadonlyMap<Device, Backend>): Call[] {
  const writes = writesOf(calls);
  const seen = new Set<Slot>();
  return calls.filter((call) => {
    const found = constantOf(call);
    const isFirst = call.arrays.every(({ slot }) => !seen.has(slot));
    for (const { slot } of call.arrays) seen.add(slot);
    if (found === null || !isFirst || found.slot.origin !== "inside" || found.slot.escapes) return true;
    if (writes.get(found.slot) !== 1) return true;
    hold(found.slot, found.data, backends.get(found.slot.device) as Backend);
    return false;
  });
}

function hold(slot: Slot, data: TypedArray | number, backend: Backend): void {
  let storage: Storage;
  if (typeof data === "number") {
    storage = backend.alloc(slot.dtype, slot.length);
    const whole: NDArray = { storage, shape: [slot.length], strides: [1], offset: 0, dtype: slot.dtype };
    backend.fill(whole, data);
  } else {
    storage = backend.upload(slot.dtype, data);
  }
  slot.origin = "constant";
  slot.constant = data;
  slot.storage = storage;
  for (const array of slot.arrays) array.storage = storage;
}

/** Leaves out calls whose results nobody reads. */
export function dropDeadCalls(calls: readonly Call[]): Call[] {
  const live = new Set<Slot>();
  const isRead = (slot: Slot): boolean => slot.origin !== "inside" || slot.escapes || live.has(slot);
  const kept: Call[] = [];
  for (let i = calls.length - 1; i >= 0; i--) {
    const call = calls[i] as Call;
    const { hasEffects, results, written, arrays } = call;
    if (!hasEffects && ![...results, ...written].some(({ slot }) => isRead(slot))) continue;
    for (const { slot } of arrays) live.add(slot);
    kept.push(call);
  }
  return kept.reverse();
}

/** An argument as text, by which equal calls are found; arrays by their buffer and how often that has been written. */
function keyOf(value: unknown, versions: ReadonlyMap<Slot, number>): string {
  if (typeof value === "object" && value !== null) {
    if ("slot" in value) {
      const { slot, shape, strides, start } = value as SlotArray;
      return `%${slot.id}@${versions.get(slot) ?? 0}[${shape.join()}|${strides.join()}|${start}]`;
    }
    if (Array.isArray(value)) return `[${value.map((item) => keyOf(item, versions)).join()}]`;
    const fields = Object.entries(value).filter(([, field]) => field !== undefined);
    return `{${fields.map(([name, field]) => `${name}:${keyOf(field, versions)}`).join()}}`;
  }
  return Object.is(value, -0) ? "-0" : String(value);
}

/** Lets the arrays on one buffer be arrays on another. */
export function replaceSlot(from: Slot, to: Slot): void {
  for (const array of from.arrays.splice(0)) {
    array.slot = to;
    if (to.storage !== null) array.storage = to.storage;
    to.arrays.push(array);
  }
}

/** Computes once what is computed twice from the same numbers. */
export function shareEqualCalls(calls: readonly Call[]): Call[] {
  const writes = writesOf(calls);
  const versions = new Map<Slot, number>();
  const known = new Map<string, Slot>();
  const kept: Call[] = [];
  for (const call of calls) {
    const { name, args, results, written, made, fresh, hasEffects } = call;
    const result = results[0]?.slot;
    const isPure = !hasEffects && fresh === null && written.length === 0 && name !== "upload" && name !== "random";
    if (
      isPure &&
      results.length === 1 &&
      made.length === 1 &&
      result !== undefined &&
      !result.escapes &&
      writes.get(result) === 1
    ) {
      const key = `${name}(${args.map((arg) => keyOf(arg, versions)).join()})`;
      const same = known.get(key);
      if (same !== undefined) {
        replaceSlot(result, same);
        continue;
      }
      known.set(key, result);
    }
    for (const { slot } of written) versions.set(slot, (versions.get(slot) ?? 0) + 1);
    kept.push(call);
  }
  return kept;
}

/** One buffer for all constants with the same numbers. */
export function shareConstants(slots: readonly Slot[]): void {
  const known = new Map<string, Slot>();
  for (const slot of slots) {
    if (slot.origin !== "constant" || slot.length > 16) continue;
    const { constant } = slot;
    const numbers =
      typeof constant === "number" ? new Array<number>(slot.length).fill(constant) : [...(constant ?? [])];
    const key = `${slot.device} ${slot.dtype} ${numbers.map((x) => (Object.is(x, -0) ? "-0" : x)).join()}`;
    const same = known.get(key);
    if (same === undefined) known.set(key, slot);
    else replaceSlot(slot, same);
  }
}

/** Lets products cut their results off at 0 where nobody else reads them: the kernels' choice is that of relu, to the bit. */
export function foldRelu(calls: readonly Call[]): Call[] {
  const writes = writesOf(calls);
  const readers = readersOf(calls, (call) => call);
  const folded = new Set<Call>();
  return calls
    .map((call) => {
      const [product] = call.results;
      const options = call.args[2] as MatmulOptions | undefined;
      if (call.name !== "matmul" || product === undefined || options?.out !== undefined) return call;
      const { slot } = product;
      const [relu, ...others] = readers.get(slot) ?? [];
      const made = relu?.results[0];
      const isSole = slot.origin === "inside" && !slot.escapes && writes.get(slot) === 1 && others.length === 0;
      if (!isSole || relu === undefined || made === undefined || !isRelu(relu)) return call;
      folded.add(relu);
      const { shape, strides } = product;
      const result: SlotArray = { ...made, shape, strides };
      made.slot.arrays.push(result);
      const [a, b] = call.args;
      return {
        ...call,
        label: `${call.label} · relu`,
        args: [a, b, { ...options, relu: true }],
        made: call.made.map((other) => (other === slot ? made.slot : other)),
        results: [result],
      };
    })
    .filter((call) => !folded.has(call));
}

/** What `of` says of the calls that read or change each buffer, in their order. */
export function readersOf<T>(calls: readonly Call[], of: (call: Call, at: number) => T): Map<Slot, T[]> {
  const readers = new Map<Slot, T[]>();
  for (const [at, call] of calls.entries()) {
    for (const { slot } of call.arrays) {
      const known = readers.get(slot);
      if (known === undefined) readers.set(slot, [of(call, at)]);
      else known.push(of(call, at));
    }
  }
  return readers;
}

/** Whether a call is relu of all of a buffer into a new one. */
function isRelu({ name, args, made, results, arrays }: Call): boolean {
  const [result] = results;
  if (name !== "map" || args[0] !== "relu" || result === undefined) return false;
  return made.length === 1 && made[0] === result.slot && arrays.length === 1 && arrays.every(coversSlot);
}
