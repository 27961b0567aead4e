/** @file Records the calls of a backend while a function runs on it. */
import type { Backend, DType, NDArray, Storage, TypedArray, WholeRun } from "../backend.ts";
import {
  type Allocator,
  type Call,
  type CallName,
  isFused,
  isNeeded,
  isRecorded,
  type Origin,
  type Slot,
  type SlotArray,
  writtenBy,
} from "./call.ts";
import { sourceOf } from "./host-source.ts";

/** What ends a recording: an action whose outcome a program cannot foresee. */
export interface Interruption {
  /** What happened, as "a tensor was read". */
  readonly what: string;
  /** Where, for the place in the user's code. */
  readonly stack: string;
}

/** The stack, as far down as the user's code. */
function deepStack(): string {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 60;
  try {
    return new Error().stack ?? "";
  } finally {
    Error.stackTraceLimit = limit;
  }
}

/** Properties of an object that hold an array. */
function isArray(value: unknown): value is NDArray {
  return typeof value === "object" && value !== null && "storage" in value && "strides" in value && "offset" in value;
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    Object.getPrototypeOf(value) === Object.prototype
  );
}

/** A value with everything that `replace` answers for replaced, in arrays and plain objects. */
export function mapArrays(value: unknown, replace: (array: NDArray) => NDArray): unknown {
  if (isArray(value)) return replace(value);
  if (Array.isArray(value)) return value.map((item) => mapArrays(item, replace));
  if (!isPlain(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapArrays(item, replace)]));
}

/** All arrays in a value. */
export function arraysIn(value: unknown): NDArray[] {
  const found: NDArray[] = [];
  mapArrays(value, (array) => {
    found.push(array);
    return array;
  });
  return found;
}

/** The calls of one run of a function, on the backends of all devices. */
export class Recording {
  readonly calls: Call[] = [];
  readonly slots: Slot[] = [];
  readonly #byStorage = new Map<Storage, Slot>();
  #paused = 0;
  #ended = false;
  #interruption: Interruption | null = null;
  /** The operation that runs, for {@link Call.label}. */
  label = "";

  /** What ended it, if something did. */
  get interruption(): Interruption | null {
    return this.#interruption;
  }

  /** Nothing is recorded from here on. */
  end(): void {
    this.#ended = true;
  }

  get isRecording(): boolean {
    return !this.#ended && this.#paused === 0 && this.#interruption === null;
  }

  /** Runs `fn` without recording: what it makes lies outside of the program. */
  pause<T>(fn: () => T): T {
    this.#paused++;
    try {
      return fn();
    } finally {
      this.#paused--;
    }
  }

  /** Notes that no program can be made of this. */
  interrupt(what: string): void {
    if (!this.isRecording) return;
    this.#interruption = { what, stack: deepStack() };
  }

  /** Makes a storage an input, whose place is taken by another in each run. */
  input(storage: Storage): Slot {
    const known = this.#byStorage.get(storage);
    if (known === undefined) return this.#slot(storage, "input");
    known.origin = "input";
    return known;
  }

  /** The buffer of a storage; one that was not made in this run lies outside. */
  slotOf(storage: Storage): Slot {
    return this.#byStorage.get(storage) ?? this.#slot(storage, "outside");
  }

  /** The buffer of a storage, if the program has come across it. */
  known(storage: Storage): Slot | undefined {
    return this.#byStorage.get(storage);
  }

  /** The storages that were made in this run. */
  made(): Storage[] {
    return [...this.#byStorage].flatMap(([storage, { origin }]) => (origin === "inside" ? [storage] : []));
  }

  /** An array as one of the program. */
  arrayOf(x: NDArray): SlotArray {
    const slot = this.slotOf(x.storage);
    const { shape, strides, offset, dtype, storage } = x;
    const array: SlotArray = { slot, storage, shape, strides, offset, dtype, start: offset };
    slot.arrays.push(array);
    return array;
  }

  #slot(storage: Storage, origin: Origin): Slot {
    const { device, dtype, length } = storage;
    const slot: Slot = {
      id: this.slots.length,
      device,
      dtype,
      length,
      origin,
      storage,
      constant: null,
      escapes: false,
      arrays: [],
    };
    this.slots.push(slot);
    this.#byStorage.set(storage, slot);
    return slot;
  }

  /** Adds something that is done on the host at this place of every run. */
  host(label: string, action: () => void): void {
    if (!this.isRecording) return;
    this.calls.push({
      name: "host",
      label,
      args: [],
      made: [],
      results: [],
      arrays: [],
      written: [],
      fresh: null,
      action,
      hasEffects: true,
    });
  }

  /** The backend as it is while this recording is made. */
  recordingBackend(inner: Backend): Backend {
    const wrappers = new Map<PropertyKey, unknown>();
    const wrap = (name: CallName, method: (...args: never[]) => unknown, self: object): unknown => {
      return (...args: never[]) => this.#call(inner, name, () => method.apply(self, args), args);
    };
    const fused = new Proxy(inner.fused, {
      get: (target, name) => {
        const method: unknown = Reflect.get(target, name);
        return typeof method === "function" && isFused(name as CallName)
          ? wrap(name as CallName, method as (...args: never[]) => unknown, target)
          : method;
      },
    });
    const find = (name: PropertyKey): unknown => {
      const value: unknown = Reflect.get(inner, name, inner);
      if (name === "fused") return fused;
      if (name !== "whole" && typeof value !== "function") return value;
      const method = value as (...args: never[]) => unknown;
      switch (name) {
        case "whole":
          return (inputs: readonly NDArray[], saved: NDArray[], run: WholeRun) =>
            this.#whole(inner, inputs, saved, run);
        case "alloc":
          return (dtype: DType, length: number) => this.#alloc(inner.alloc(dtype, length));
        case "free":
          return (storage: Storage) => inner.free(storage);
        case "read":
        case "readSync":
        case "view":
          return (...args: never[]) => {
            this.interrupt("the numbers of a tensor were read");
            return method.apply(inner, args);
          };
        case "nonzero":
          return (...args: never[]) => {
            this.interrupt("the shape of a result depends on the numbers of a tensor");
            return method.apply(inner, args);
          };
        default:
          return isRecorded(name) ? wrap(name, method, inner) : method.bind(inner);
      }
    };
    return new Proxy(inner, {
      get: (_, name) => {
        if (name === "allocator" || name === "device") return Reflect.get(inner, name, inner);
        if (!wrappers.has(name)) wrappers.set(name, find(name));
        return wrappers.get(name);
      },
    });
  }

  #whole(inner: Backend, inputs: readonly NDArray[], saved: NDArray[], run: WholeRun): NDArray {
    const before = saved.length;
    const result = run(inner, inputs, saved);
    if (!this.isRecording) return result;
    const arrays = inputs.map((x) => this.arrayOf(x));
    const found = [result, ...saved.slice(before)];
    const made = found.map(({ storage }) => this.#slot(storage, "inside"));
    // Each run of it makes storages of its own.
    for (const slot of made) slot.escapes = true;
    const results = found.map((x) => this.arrayOf(x));
    this.calls.push({
      name: "operation",
      label: this.label,
      args: [run, arrays],
      made,
      results,
      arrays,
      written: [],
      fresh: null,
      action: null,
      hasEffects: true,
    });
    return result;
  }

  #alloc(storage: Storage): Storage {
    if (this.isRecording) this.#slot(storage, "inside");
    return storage;
  }

  #call(inner: Backend, name: CallName, run: () => unknown, args: readonly unknown[]): unknown {
    if (!this.isRecording) return run();
    const made: Slot[] = [];
    const listener: Allocator = {
      alloc: (_dtype, _length, make) => {
        const storage = make();
        made.push(this.#slot(storage, "inside"));
        return storage;
      },
      free: (_storage, give) => give(),
    };
    const written = writtenBy(name, args);
    const given: SlotArray[] = [];
    const changed: SlotArray[] = [];
    const fresh = freshArgument(name, args);
    const kept = args.map((arg, i) =>
      fresh?.index === i ? null : name === "upload" && i === 1 ? copyOf(arg as TypedArray) : arg,
    );
    const recorded = mapArrays(kept, (x) => {
      const array = this.arrayOf(x);
      given.push(array);
      if (written.has(x)) changed.push(array);
      return array;
    }) as readonly unknown[];
    let result: unknown;
    try {
      result = withAllocator(inner, listener, run);
    } catch (error) {
      this.interrupt("a call failed");
      throw error;
    }
    const results: SlotArray[] = [];
    const note = (storage: Storage): void => {
      if (!this.#byStorage.has(storage)) made.push(this.#slot(storage, "inside"));
    };
    if (name === "upload") {
      note(result as Storage);
      results.push(this.arrayOf(whole(result as Storage)));
    } else {
      mapArrays(result, (x) => {
        note(x.storage);
        results.push(this.arrayOf(x));
        return x;
      });
    }
    const hasEffects = isNeeded(name, args);
    this.calls.push({
      name,
      label: this.label,
      args: recorded,
      made,
      results,
      arrays: given,
      written: changed,
      fresh,
      action: null,
      hasEffects,
    });
    return result;
  }
}

/** A copy of a typed array, which the host may go on to change. */
function copyOf(array: TypedArray): TypedArray {
  return array.slice();
}

/** A storage as one array. */
function whole(storage: Storage): NDArray {
  return { storage, shape: [storage.length], strides: [1], offset: 0, dtype: storage.dtype };
}

/** An argument that each run finds out anew. */
function freshArgument(name: CallName, args: readonly unknown[]): Call["fresh"] {
  if (name === "upload") {
    const source = sourceOf(args[1] as TypedArray);
    return source === undefined ? null : { index: 1, value: source };
  }
  if (name === "optimizerStep") {
    const source = sourceOf(args[4] as object);
    return source === undefined ? null : { index: 4, value: source };
  }
  return null;
}

/** Runs `fn` while the backend takes its storages from `allocator`, if it can. */
export function withAllocator<T>(backend: Backend, allocator: Allocator, fn: () => T): T {
  if (backend.allocator === undefined) return fn();
  const before = backend.allocator;
  backend.allocator = allocator;
  try {
    return fn();
  } finally {
    backend.allocator = before;
  }
}
