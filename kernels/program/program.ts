/** @file A program: recorded calls that can be run again, on storages that are planned ahead. */
import type { Backend, Device, DType, NDArray, Storage, WholeRun } from "../backend.ts";
import { type Allocator, type Call, isFused, type Slot, type SlotArray } from "./call.ts";
import type { Fuser } from "./fuse.ts";
import { optimize } from "./optimize.ts";
import { planBuffers } from "./plan.ts";
import { arraysIn, withAllocator } from "./recording.ts";
import type { Tape } from "./tape.ts";

/** A call that failed in a run. */
export class CallError extends Error {
  override readonly name = "CallError";
  /** The operation that made the call when it was recorded. */
  readonly label: string;

  constructor(label: string, cause: unknown) {
    super(`a recorded call of ${label} failed`, { cause });
    this.label = label;
  }
}

/** What stands where a run has yet to put a storage. */
const NO_STORAGE: Storage = { device: "cpu", dtype: "bool", length: 0, version: 0, handles: 0 };

/** Puts a storage in the place of a buffer. An input may begin `shift` elements later than when it was recorded. */
export function bind(slot: Slot, storage: Storage, shift = 0): void {
  slot.storage = storage;
  const { arrays } = slot;
  for (let i = 0; i < arrays.length; i++) {
    const array = arrays[i] as SlotArray;
    array.storage = storage;
    array.offset = array.start + shift;
  }
}

/** Lets go of the storage of a run. */
export function unbind(slot: Slot): void {
  slot.storage = null;
  for (const array of slot.arrays) array.storage = NO_STORAGE;
}

type Step = () => void;

export class Program {
  readonly calls: readonly Call[];
  readonly slots: readonly Slot[];
  /** Bytes of the buffers that belong to it. */
  readonly bytes: number;
  /** Storages outside that an argument may not share: reading one and writing the other would depend on their order. */
  readonly outside: ReadonlySet<Storage>;
  readonly #backends: ReadonlyMap<Device, Backend>;
  /** The storages that have the memory of the buffers. */
  readonly #reserved: readonly Storage[];
  /** Results that no call makes, but that calls write to. */
  readonly #results: readonly Slot[];
  readonly #steps: readonly Step[];
  /** Storages outside that it changes, with the number of changes. */
  readonly #changes: readonly { readonly slot: Slot; readonly count: number }[];
  readonly #allocator: Allocator;
  readonly #tape: Tape | null;
  #made: readonly Slot[] = [];
  #next = 0;

  /**
   * @param given - Buffers that an earlier program made and that each run gets: what the forward pass saved for this one.
   * @param backends - Those of all devices that the calls are for.
   */
  constructor(
    recorded: readonly Call[],
    slots: readonly Slot[],
    given: ReadonlySet<Slot>,
    backends: ReadonlyMap<Device, Backend>,
  ) {
    this.calls = optimize(recorded, slots, backends);
    this.slots = slots;
    this.#backends = backends;
    const { bytes, reserved, results, unneeded } = planBuffers(this.calls, given, backends);
    this.bytes = bytes;
    this.#reserved = reserved;
    this.#results = results;
    this.#allocator = {
      alloc: (dtype, length, make) => this.#take(dtype, length, make),
      // What a call gives back is planned, or the result of the run.
      free: () => {},
    };
    this.#changes = changesOf(this.calls);
    const changed = this.#changes.map(({ slot }) => slot);
    const outside = changed.some(({ origin }) => origin === "input") ? slots : changed;
    this.outside = new Set(
      outside.flatMap(({ origin, storage }) => (origin === "outside" && storage !== null ? [storage] : [])),
    );
    this.#steps = this.calls.map((call, i) => this.#step(call, unneeded[i] ?? []));
    this.#tape = this.#makeTape();
  }

  /** A tape, where all calls are on one backend that has tapes. What is run as a whole may do something else each time. */
  #makeTape(): Tape | null {
    if (this.calls.some(({ name }) => name === "operation")) return null;
    const used = new Set(this.calls.flatMap((call) => (call.action === null ? [this.#backendOf(call)] : [])));
    const [backend] = used;
    if (backend === undefined || used.size > 1) return null;
    return backend.tapeOf?.(this.calls, this.#results) ?? null;
  }

  /** Gives memory back that only faster runs need. */
  free(): void {
    this.#tape?.free();
  }

  /** The number of pieces of memory for buffers. */
  get buffers(): number {
    return this.#reserved.length;
  }

  /**
   * Runs all calls. Inputs have been bound; results are bound afterwards.
   *
   * @throws CallError with what a kernel threw.
   */
  run(): void {
    let at = 0;
    const steps = this.#steps;
    const one = (index: number): void => {
      at = index;
      (steps[index] as Step)();
    };
    const note = (index: number): void => {
      at = index;
    };
    const all = (): void => {
      for (at = 0; at < steps.length; at++) (steps[at] as Step)();
    };
    try {
      if (this.#tape?.run(one, note) === true) return;
      for (const slot of this.#results) bind(slot, this.#backendFor(slot.device).alloc(slot.dtype, slot.length));
      let run = all;
      for (const backend of this.#backends.values()) {
        const inner = run;
        run = () => withAllocator(backend, this.#allocator, inner);
      }
      run();
    } catch (error) {
      throw new CallError(this.calls[at]?.label ?? "", error);
    } finally {
      for (const { slot, count } of this.#changes) if (slot.storage !== null) slot.storage.version += count;
    }
  }

  #take(dtype: DType, length: number, make: () => Storage): Storage {
    const slot = this.#made[this.#next++];
    if (slot === undefined || slot.dtype !== dtype || slot.length !== length) {
      throw new Error(`a program asked for a buffer of ${length} ${dtype} where it had not when it was recorded`);
    }
    if (slot.escapes) bind(slot, make());
    return slot.storage as Storage;
  }

  #step(call: Call, unneeded: readonly Slot[]): Step {
    const { name, args, made, results, fresh, action } = call;
    if (name === "host" || action !== null) return action ?? (() => {});
    const backend = this.#backendOf(call);
    if (name === "operation") {
      const [run, inputs] = args as [WholeRun, readonly SlotArray[]];
      return () => {
        const saved: NDArray[] = [];
        const found = this.#unplanned(backend, () => [run(backend, inputs, saved), ...saved]);
        for (let i = 0; i < results.length; i++) bind((results[i] as SlotArray).slot, (found[i] as NDArray).storage);
      };
    }
    if (name === "fused") {
      const { fuser } = backend;
      const given = args as Parameters<Fuser["run"]>;
      return () => {
        fuser?.run(...given);
        this.#end(unneeded, backend);
      };
    }
    const lowered = backend.lower?.(call);
    if (lowered != null) {
      const escaping = made.filter(({ escapes }) => escapes);
      return () => {
        for (let i = 0; i < escaping.length; i++) {
          const slot = escaping[i] as Slot;
          bind(slot, this.#new(slot, backend));
        }
        lowered(fresh === null ? null : fresh.value());
      };
    }
    const owner: object = isFused(name) ? backend.fused : backend;
    const method = Reflect.get(owner, name) as (...given: readonly unknown[]) => unknown;
    const given = [...args];
    const run = (): unknown => {
      this.#made = made;
      this.#next = 0;
      if (fresh !== null) given[fresh.index] = fresh.value();
      return method.apply(owner, given);
    };
    if (backend.allocator !== undefined) return run;
    return () => {
      const found = name === "upload" ? [run() as Storage] : arraysIn(run()).map(({ storage }) => storage);
      for (let i = 0; i < results.length; i++) {
        const { slot } = results[i] as SlotArray;
        const storage = found[i] as Storage;
        if (slot.origin === "inside" && slot.storage !== storage) bind(slot, storage);
      }
      this.#end(unneeded, backend);
    };
  }

  /** Gives back storages that are not planned. */
  #end(unneeded: readonly Slot[], backend: Backend): void {
    for (let i = 0; i < unneeded.length; i++) {
      const { storage } = unneeded[i] as Slot;
      if (storage !== null) backend.free(storage);
    }
  }

  /** A storage of its own for a buffer that outlives the run. */
  #new({ dtype, length }: Slot, backend: Backend): Storage {
    return this.#unplanned(backend, () => backend.alloc(dtype, length));
  }

  /** Runs `fn`, whose storages are new. */
  #unplanned<T>(backend: Backend, fn: () => T): T {
    if (backend.allocator === undefined) return fn();
    backend.allocator = null;
    try {
      return fn();
    } finally {
      backend.allocator = this.#allocator;
    }
  }

  #backendOf({ arrays, results, name }: Call): Backend {
    const array = arrays[0] ?? results[0];
    if (array === undefined) throw new Error(`a call of ${name} has no arrays`);
    return this.#backendFor(array.slot.device);
  }

  #backendFor(device: Device): Backend {
    const backend = this.#backends.get(device);
    if (backend === undefined) throw new Error(`no backend for device ${device}`);
    return backend;
  }
}

function changesOf(calls: readonly Call[]): { slot: Slot; count: number }[] {
  const counts = new Map<Slot, number>();
  for (const { written } of calls) {
    for (const { slot } of written) if (slot.origin !== "inside") counts.set(slot, (counts.get(slot) ?? 0) + 1);
  }
  return Array.from(counts, ([slot, count]) => ({ slot, count }));
}
