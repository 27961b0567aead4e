/** @file One case of the suite, and how a backend is held against the truth in it. */
import type { Backend, DType, NDArray, Storage } from "../../../kernels/backend.ts";
import { isContiguous, sameShape } from "../../../kernels/layout.ts";
import { ReferenceBackend } from "../../../kernels/reference/backend.ts";
import type { Subject } from "./backends.ts";
import type { HostArray } from "./host-array.ts";
import { fetchHostArray, type Input, type Placed, uploadInput } from "./layouts.ts";

/** How far a result may be from the truth. NaN must be NaN, and infinities must agree. */
export interface Tolerance {
  /** Distances between neighbouring numbers of the result's dtype. */
  readonly ulp?: number;
  readonly abs?: number;
  readonly rel?: number;
  /** Whether 0 and −0 count as equal. */
  readonly anyZero?: boolean;
}

export const EXACT: Tolerance = {};

type Results = readonly NDArray[];

/** Some inputs, one operation on them, and what must come out. */
export interface Case {
  readonly name: string;
  readonly inputs: readonly Input[];
  readonly run: (k: Backend, arrays: readonly NDArray[]) => Results | Promise<Results>;
  /** The results as computed without any kernel. */
  readonly truth: () => readonly HostArray[];
  /** The error that must be thrown instead of a result. */
  readonly throws?: string;
  /** Which inputs are written to. */
  readonly mutates: readonly number[];
  /** How far a backend may be from the reference backend. */
  readonly tolerance: Tolerance;
  /** How far the reference backend may be from the truth. */
  readonly referenceTolerance: Tolerance;
}

interface CaseOptions<I extends readonly Input[]> {
  readonly name: string;
  readonly inputs: I;
  readonly run: (k: Backend, ...arrays: { [K in keyof I]: NDArray }) => Results | Promise<Results>;
  readonly truth?: () => readonly HostArray[];
  readonly throws?: string;
  readonly mutates?: readonly number[];
  readonly tolerance?: Tolerance;
  readonly referenceTolerance?: Tolerance;
}

/** A {@link Case} whose `run` gets one argument for each input. */
export function defineCase<const I extends readonly Input[]>(options: CaseOptions<I>): Case {
  const { tolerance = EXACT } = options;
  return {
    truth: () => [],
    mutates: [],
    tolerance,
    referenceTolerance: { ulp: 1, ...(tolerance.anyZero ? { anyZero: true } : {}) },
    ...options,
    run: (k, arrays) => options.run(k, ...(arrays as { [K in keyof I]: NDArray })),
  };
}

/** Cases that one line of the test report stands for. */
export interface Group {
  readonly name: string;
  readonly cases: readonly Case[];
}

/** Distance from |x| to the next larger number of a floating dtype. */
function spacing(dtype: DType, x: number): number {
  const [bits, least] = dtype === "float32" ? [23, -149] : [52, -1074];
  return 2 ** Math.max(Math.floor(Math.log2(Math.abs(x))) - bits, least);
}

function agrees(dtype: DType, got: number, want: number, tolerance: Tolerance): boolean {
  if (Object.is(got, want)) return true;
  if (got === want) return want !== 0 || tolerance.anyZero === true;
  if (!Number.isFinite(want) || !Number.isFinite(got)) return false;
  const { ulp = 0, abs = 0, rel = 0 } = tolerance;
  if (dtype !== "float32" && dtype !== "float64") return Math.abs(got - want) <= abs;
  return Math.abs(got - want) <= Math.max(abs, rel * Math.abs(want), ulp === 0 ? 0 : ulp * spacing(dtype, want));
}

/** The first place where two arrays differ, in words; null if they agree. */
function difference(got: HostArray, want: HostArray, tolerance: Tolerance): string | null {
  if (got.dtype !== want.dtype) return `dtype ${got.dtype} instead of ${want.dtype}`;
  if (!sameShape(got.shape, want.shape)) return `shape [${got.shape}] instead of [${want.shape}]`;
  const wrong = want.values.flatMap((w, i) => (agrees(want.dtype, got.values[i]!, w, tolerance) ? [] : [i]));
  const [first] = wrong;
  if (first === undefined) return null;
  const show = (x: number) => (Object.is(x, -0) ? "-0" : String(x));
  const [g, w] = [show(got.values[first]!), show(want.values[first]!)];
  return `${g} instead of ${w} at ${first} (${wrong.length} of ${want.values.length} differ)`;
}

/** Records which storages a backend has given out and not taken back. */
function watchMemory(k: Backend): { readonly live: Set<Storage>; stop(): void } {
  const live = new Set<Storage>();
  const { alloc, upload, free } = k;
  const keep = (storage: Storage) => {
    live.add(storage);
    return storage;
  };
  k.alloc = (...args) => keep(alloc.apply(k, args));
  k.upload = (...args) => keep(upload.apply(k, args));
  k.free = (storage) => {
    live.delete(storage);
    free.call(k, storage);
  };
  return {
    live,
    stop() {
      for (const name of ["alloc", "upload", "free"]) Reflect.deleteProperty(k, name);
    },
  };
}

async function changedElements(k: Backend, { array, contents, covered }: Placed, mayChange: boolean): Promise<number> {
  const now = await k.read(array.storage, 0, array.storage.length);
  return contents.filter((was, i) => !(mayChange && covered[i] === 1) && !Object.is(now[i], was)).length;
}

/** What a backend says at the next read of something that was wrong before. */
async function nextComplaint(k: Backend, expected: string): Promise<unknown> {
  const probe = k.alloc("float32", 1);
  try {
    await k.read(probe, 0, 1);
    const written = k.upload("float32", Float32Array.of(1, 2));
    await k.read(written, 0, 2).finally(() => k.free(written));
    return undefined;
  } catch (error) {
    const { message } = error as Error;
    const start = message.indexOf(expected);
    return start < 0 ? error : new RangeError(message.slice(start), { cause: error });
  } finally {
    k.free(probe);
  }
}

interface Outcome {
  readonly results: readonly HostArray[];
  readonly problems: readonly string[];
}

/** Runs a case on one backend, and checks everything that needs no truth. */
async function execute(k: Backend, test: Case, tellsLater = false): Promise<Outcome> {
  const memory = watchMemory(k);
  const problems: string[] = [];
  let results: Results = [];
  try {
    const placed = test.inputs.map((input) => uploadInput(k, input));
    const arrays = placed.map((p) => p.array);
    let thrown: unknown;
    try {
      results = await test.run(k, arrays);
    } catch (error) {
      thrown = error;
    }
    const isLate = test.throws !== undefined && thrown === undefined && tellsLater;
    if (isLate) {
      thrown = await nextComplaint(k, test.throws);
      // What was computed meanwhile means nothing.
      for (const { storage } of results) if (!arrays.some((a) => a.storage === storage)) k.free(storage);
      results = [];
    }
    if (test.throws !== undefined) {
      const text = thrown instanceof RangeError ? thrown.message : String(thrown);
      if (!(thrown instanceof RangeError) || !text.startsWith(test.throws)) problems.push(`threw ${text}`);
    } else if (thrown !== undefined) {
      throw thrown;
    }
    for (const [i, p] of placed.entries()) {
      const mayChange = (test.throws === undefined || isLate) && test.mutates.includes(i);
      if (isLate && mayChange) continue;
      const changed = await changedElements(k, p, mayChange);
      if (changed > 0) problems.push(`${changed} elements of input ${i} changed that must not`);
      if (p.array.storage.version !== 0) problems.push(`the version of input ${i} was raised`);
    }
    for (const { storage, dtype, shape, strides } of results) {
      if (storage.device !== k.device || storage.dtype !== dtype)
        problems.push("a result's storage is of another kind");
      const fresh = !arrays.some((a) => a.storage === storage);
      if (fresh && !isContiguous(shape, strides)) problems.push("a fresh result is not contiguous");
    }
    const known = new Set([...arrays, ...results].map((a) => a.storage));
    const leaked = [...memory.live].filter((storage) => !known.has(storage)).length;
    if (leaked > 0) problems.push(`${leaked} storages leaked`);
    const fetched: HostArray[] = [];
    for (const result of results) fetched.push(await fetchHostArray(k, result));
    return { results: fetched, problems };
  } finally {
    for (const storage of new Set([...memory.live, ...results.map((r) => r.storage)])) k.free(storage);
    memory.stop();
  }
}

const reference = new ReferenceBackend();
const referenceResults = new Map<Case, readonly HostArray[]>();

async function resultsOfReference(test: Case): Promise<readonly HostArray[]> {
  const results = referenceResults.get(test) ?? (await execute(reference, test)).results;
  referenceResults.set(test, results);
  return results;
}

/**
 * What is wrong with a backend in a case: one line for each fault, none if all is well. The reference backend is held
 * against the case's own truth, every other one against the reference backend.
 */
export async function faults(subject: Subject, given: Case, group: string): Promise<string[]> {
  const { backend, isReference, countBuffers, verify, reasonToSkip, adapt, tellsLater } = subject;
  if (reasonToSkip !== undefined && reasonToSkip(given, group) !== null) return [];
  const test = adapt?.(given, group) ?? given;
  const before = countBuffers?.() ?? 0;
  let outcome: Outcome;
  try {
    outcome = await execute(backend, test, tellsLater);
    verify?.();
  } catch (error) {
    return [`${test.name}: threw ${error}`];
  }
  const want = isReference ? test.truth() : await resultsOfReference(test);
  const tolerance = isReference ? test.referenceTolerance : test.tolerance;
  const problems = [...outcome.problems];
  const left = (countBuffers?.() ?? 0) - before;
  if (left > 0) problems.push(`${left} buffers left behind`);
  if (outcome.results.length !== want.length) problems.push(`${outcome.results.length} results, not ${want.length}`);
  outcome.results.forEach((got, i) => {
    const found = want[i] && difference(got, want[i], tolerance);
    if (found) problems.push(`result ${i}: ${found}`);
  });
  return problems.map((problem) => `${test.name}: ${problem}`);
}
