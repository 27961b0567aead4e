/**
 * @file Programs on the GPU. Their calls are noted once on a tape, on storages that stand in for those outside; from then
 * on a run copies what is outside to the tape, issues it, and copies back what it has changed and made.
 */
import { FreedStorageError, type NDArray } from "../backend.ts";
import { type Call, isFused, type Slot, type SlotArray } from "../program/call.ts";
import { bind } from "../program/program.ts";
import { arraysIn, mapArrays } from "../program/recording.ts";
import type { Tape } from "../program/tape.ts";
import type { GpuBackend } from "./backend.ts";
import { asGpuStorage, type GpuContext } from "./gpu-context.ts";
import { GpuArray, type GpuRuntime, type GpuTape, type TapeInput, type TapeSpan } from "./runtime.ts";
import { Cell, type Contents, GpuStorage, type Range } from "./storage.ts";

/** How often a program is noted again because what it finds outside is of another kind. */
const MOST_ATTEMPTS = 4;

/** Most elements of an array that a number is written out to on the host. */
const MOST_WRITTEN_OUT = 4096;

/** A buffer from outside, and what stands in for it on the tape. */
interface Outer {
  readonly slot: Slot;
  readonly isWritten: boolean;
  /** The input of the tape; null where the contents are part of it. */
  readonly input: GpuArray | null;
  /** The number that it has to hold, if that is part of the tape. */
  readonly number: number | null;
  /** How much later than in the recorded call its arrays began when it was noted. */
  readonly shift: number;
  /** Where in the storage outside the stand-in began. */
  readonly low: number;
  /** Of the storage outside. */
  readonly length: number;
  readonly standIn: GpuStorage;
  /** The copy of the range that the stand-in was given. */
  readonly range: Range | null;
}

/** What a run leaves in a storage: an output of the tape by its number, or a number everywhere. */
interface Left {
  readonly slot: Slot;
  readonly output: number | null;
  readonly number: number;
  readonly range: Range | null;
  /** The buffer whose range it has. */
  readonly rangeOf: Slot | null;
}

/** A part of a run that the host has to do each time. */
interface HostPart {
  readonly index: number;
  /** A call whose numbers are made again; null for one that is made as it is. */
  readonly act: (() => void) | null;
}

/** A program on a tape. */
interface Noted {
  readonly tape: GpuTape;
  readonly outer: readonly Outer[];
  /** The ranges that indices were found to be in, so that the GPU does not check them. */
  readonly assumed: readonly { readonly slot: Slot; readonly low: number; readonly high: number }[];
  readonly host: readonly HostPart[];
  readonly outputs: readonly GpuArray[];
  readonly left: readonly Left[];
}

const shiftOf = ({ arrays }: Slot): number => {
  const [first] = arrays;
  return first === undefined ? 0 : first.offset - first.start;
};

/** The first and the last element that arrays on a buffer reach, as they were when the program was recorded. */
function reachOf(arrays: readonly SlotArray[]): { low: number; high: number } {
  let [low, high] = [Infinity, -Infinity];
  for (const { start, shape, strides } of arrays) {
    if (shape.some((size) => size === 0)) continue;
    let [first, last] = [start, start];
    for (const [d, size] of shape.entries()) {
      const way = (size - 1) * (strides[d] as number);
      if (way < 0) first += way;
      else last += way;
    }
    low = Math.min(low, first);
    high = Math.max(high, last);
  }
  return low === Infinity ? { low: 0, high: -1 } : { low, high };
}

export class ProgramTape implements Tape {
  readonly #backend: GpuBackend;
  readonly #context: GpuContext;
  readonly #start: NonNullable<GpuRuntime["tape"]>;
  readonly #calls: readonly Call[];
  readonly #prepared: readonly Slot[];
  /** Buffers from outside, with the arrays that the calls have on them. */
  readonly #outer: ReadonlyMap<Slot, readonly SlotArray[]>;
  readonly #written: ReadonlySet<Slot>;
  /** Buffers that the calls make and that outlive them. */
  readonly #results: readonly Slot[];
  #noted: Noted | null = null;
  #isFirst = true;
  #attempts = 0;

  constructor(
    backend: GpuBackend,
    context: GpuContext,
    start: NonNullable<GpuRuntime["tape"]>,
    calls: readonly Call[],
    prepared: readonly Slot[],
  ) {
    this.#backend = backend;
    this.#context = context;
    this.#start = start;
    this.#calls = calls;
    this.#prepared = prepared;
    const own = new Set([...prepared, ...calls.flatMap(({ made }) => made)]);
    const outer = new Map<Slot, SlotArray[]>();
    for (const array of calls.flatMap(({ arrays, results }) => [...arrays, ...results])) {
      if (own.has(array.slot)) continue;
      const arrays = outer.get(array.slot);
      if (arrays === undefined) outer.set(array.slot, [array]);
      else arrays.push(array);
    }
    this.#outer = outer;
    this.#written = new Set(calls.flatMap(({ written }) => written.map(({ slot }) => slot)));
    this.#results = [...own].filter(({ escapes, arrays }) => escapes && arrays.length > 0);
  }

  run(step: (index: number) => void, at: (index: number) => void): boolean {
    // A program that is run once is not worth the memory.
    if (this.#isFirst) {
      this.#isFirst = false;
      return false;
    }
    // The call that meets a storage that was freed says so.
    for (const slot of this.#outer.keys()) if (storageIn(slot).cell.isFreed) return false;
    let noted = this.#noted;
    if (noted !== null && fits(noted)) {
      const { host } = noted;
      for (let i = 0; i < host.length; i++) {
        const { index, act } = host[i] as HostPart;
        at(index);
        if (act === null) step(index);
        else act();
      }
    } else {
      if (this.#attempts >= MOST_ATTEMPTS) return false;
      const before = noted;
      noted = this.#note(step);
      before?.tape.free();
      this.#noted = noted;
    }
    this.#issue(noted);
    return true;
  }

  free(): void {
    this.#noted?.tape.free();
    this.#noted = null;
    this.#attempts = 0;
    this.#isFirst = true;
  }

  #issue({ tape, outer, outputs, left }: Noted): void {
    const inputs: TapeInput[] = [];
    for (const { slot, input, low, shift } of outer) {
      if (input === null) continue;
      inputs.push({ array: input, contents: storageIn(slot).cell.contents, shift: low + shiftOf(slot) - shift });
    }
    const arrays = tape.run(inputs, outputs);
    for (const { slot, output, number, range, rangeOf } of left) {
      const contents = output === null ? number : (arrays[output] as GpuArray);
      const known = rangeOf === null ? range : storageIn(rangeOf).range;
      if (slot.origin === "inside" && !this.#outer.has(slot)) {
        bind(slot, this.#context.store(slot.dtype, slot.length, contents, known));
        continue;
      }
      const storage = storageIn(slot);
      storage.cell.contents = contents;
      storage.range = known;
    }
  }

  /** Notes all calls, and puts back what is outside. */
  #note(step: (index: number) => void): Noted {
    const isAgain = this.#attempts++ > 0;
    const tape = this.#start(this);
    const bound = [...this.#outer.keys()].map((slot) => ({ slot, storage: storageIn(slot), shift: shiftOf(slot) }));
    const assumed: { slot: Slot; low: number; high: number }[] = [];
    const outer: Outer[] = [];
    try {
      for (const [slot, arrays] of this.#outer) {
        const stand = this.#standIn(tape, slot, arrays, isAgain);
        outer.push(stand);
        bind(slot, stand.standIn, stand.shift - stand.low);
      }
      const byRange = new Map(outer.flatMap(({ slot, range }) => (range === null ? [] : [[range, slot] as const])));
      const assume = (range: Range, low: number, high: number): void => {
        const slot = byRange.get(range);
        if (slot !== undefined) assumed.push({ slot, low, high });
      };
      for (const slot of this.#prepared) bind(slot, this.#context.store(slot.dtype, slot.length, 0));
      const host: HostPart[] = [];
      tape.note(() =>
        this.#context.taped(assume, () => {
          for (const [i, call] of this.#calls.entries()) {
            if (call.name === "host" || call.action !== null) host.push({ index: i, act: null });
            const renew = isRenewed(call) ? this.#renewal(call) : null;
            const start = tape.mark;
            step(i);
            const end = tape.mark;
            if (renew !== null) host.push({ index: i, act: () => this.#renew(tape, start, end, renew) });
          }
        }),
      );
      const outputs: GpuArray[] = [];
      const leave = (slot: Slot, { cell, range }: GpuStorage): Left => {
        const { contents } = cell;
        const rangeOf = range === null ? null : (byRange.get(range) ?? null);
        if (typeof contents === "number") return { slot, output: null, number: contents, range, rangeOf };
        return { slot, output: outputs.push(contents) - 1, number: 0, range, rangeOf };
      };
      const left = [
        ...outer.flatMap(({ slot, isWritten, standIn }) => (isWritten ? [leave(slot, standIn)] : [])),
        ...this.#results.map((slot) => leave(slot, storageIn(slot))),
      ];
      const pairs = left.flatMap(({ slot, output }) => {
        const input = outer.find((stand) => stand.slot === slot)?.input ?? null;
        const result = output === null ? undefined : outputs[output];
        const isOnly = outputs.indexOf(result as GpuArray) === outputs.lastIndexOf(result as GpuArray);
        return input === null || result === undefined || !isOnly ? [] : [{ input, output: result }];
      });
      tape.close(pairs, outputs);
      return { tape, outer, assumed, host, outputs, left };
    } catch (error) {
      tape.free();
      throw error;
    } finally {
      for (const { slot, storage, shift } of bound) bind(slot, storage, shift);
    }
  }

  #standIn(tape: GpuTape, slot: Slot, arrays: readonly SlotArray[], isAgain: boolean): Outer {
    const storage = storageIn(slot);
    const { contents } = storage.cell;
    const isWritten = this.#written.has(slot);
    const range = storage.range === null ? null : { ...storage.range };
    const shift = shiftOf(slot);
    const make = (length: number, held: Contents, input: GpuArray | null, low: number): Outer => {
      const standIn = new GpuStorage(slot.dtype, length, new Cell(held));
      standIn.range = range;
      const number = input === null && typeof held === "number" ? held : null;
      return { slot, isWritten, input, number, low, shift, length: storage.length, standIn, range };
    };
    if (slot.origin === "constant") {
      if (typeof contents === "number") return make(storage.length, contents, null, 0);
      tape.keep(contents);
      return make(storage.length, contents.retain(), null, 0);
    }
    if (typeof contents === "number" && storage.length !== 1 && !isAgain) {
      return make(storage.length, contents, null, 0);
    }
    const { low, high } = reachOf(arrays);
    const isWhole = low + shift <= 0 && high + shift >= storage.length - 1;
    if (isWritten || isWhole) {
      const input = tape.input(storage.length);
      return make(storage.length, input.retain(), input, 0);
    }
    // With a place that nobody reads, so that no array takes what it needs for all there is.
    const length = high - low + 2;
    const input = tape.input(length);
    return make(length, input.retain(), input, low + shift);
  }

  /** Makes a call again whose numbers are other ones each time, on storages that have only the form of those it had. */
  #renewal({ name, args, fresh }: Call): () => unknown {
    const cells: { readonly cell: Cell; readonly contents: Contents }[] = [];
    const forms = new Map<object, GpuStorage>();
    const given = args.map((arg) =>
      mapArrays(arg, (x: NDArray): NDArray => {
        const storage = asGpuStorage(x.storage);
        let form = forms.get(storage);
        if (form === undefined) {
          const { contents } = storage.cell;
          const cell = new Cell(typeof contents === "number" ? contents : new Form(contents.length));
          form = new GpuStorage(storage.dtype, storage.length, cell);
          cells.push({ cell, contents: cell.contents });
          forms.set(storage, form);
        }
        return { storage: form, shape: x.shape, strides: x.strides, offset: x.offset, dtype: x.dtype };
      }),
    );
    const isPlain = name === "host" || name === "fused" || name === "operation";
    const owner: object = !isPlain && isFused(name) ? this.#backend.fused : this.#backend;
    const method = Reflect.get(owner, name) as (...all: readonly unknown[]) => unknown;
    return () => {
      if (fresh !== null) given[fresh.index] = fresh.value();
      const result = method.apply(owner, given);
      for (const { cell, contents } of cells) cell.contents = contents;
      return result;
    };
  }

  #renew(tape: GpuTape, start: TapeSpan, end: TapeSpan, renewal: () => unknown): void {
    const ignore = (): void => {};
    const result = tape.renew(start, end, () => this.#context.taped(ignore, renewal));
    if (result instanceof GpuStorage) this.#context.free(result);
    else for (const { storage } of arraysIn(result)) this.#context.free(asGpuStorage(storage));
  }
}

/** An array of which only the length matters. */
class Form extends GpuArray {
  protected override recycle(): void {}
}

function storageIn(slot: Slot): GpuStorage {
  if (slot.storage === null) throw new FreedStorageError(slot);
  return asGpuStorage(slot.storage);
}

/** Whether the host has a part in a call. */
function isRenewed({ name, fresh }: Call): boolean {
  return fresh !== null || name === "random";
}

/** Whether what is outside is as it was when the program was noted. */
function fits({ outer, assumed }: Noted): boolean {
  for (const { slot, input, number, isWritten, shift, length } of outer) {
    const storage = storageIn(slot);
    const { contents } = storage.cell;
    if (number !== null && contents !== number) return false;
    if (isWritten && (storage.length !== length || shiftOf(slot) !== shift)) return false;
    if (input !== null && typeof contents === "number" && input.length > MOST_WRITTEN_OUT) return false;
  }
  for (const { slot, low, high } of assumed) {
    const { range } = storageIn(slot);
    if (range === null || range.low < low || range.high > high) return false;
  }
  return true;
}
