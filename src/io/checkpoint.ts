/** @file Checkpoints of training runs. */
import { noGrad } from "../autograd/grad-mode.ts";
import { keyword, required, signature } from "../core/arguments.ts";
import { describeValue } from "../core/describe.ts";
import { DataError, TapegradError, ValueError } from "../core/errors.ts";
import { aFileName, aFileSource, type FileName, type FileSource } from "../core/file-kinds.ts";
import { isTensor } from "../core/identity.ts";
import { aBoolean, type Kind, kind } from "../core/kinds.ts";
import { reasonOf } from "../platform/builtin.ts";
import { defaultGenerator, Generator } from "../tensor/random/generator.ts";
import { FormatError, readingAs } from "./format-error.ts";
import { encodeSafetensors, readSafetensors } from "./safetensors.ts";
import { STRUCTURE } from "./save.ts";
import { read, write } from "./source.ts";
import { pack, unpack } from "./tree.ts";

/** Anything with a state dictionary: modules, optimizers, schedulers, and objects of your own. */
export interface Stateful {
  /** Returns the state. */
  stateDict(): object;
  /** Loads a state. */
  loadStateDict(state: never): unknown;
}

/** Objects with a state dictionary, generators, and plain values, by name. */
export type CheckpointParts = Readonly<Record<string, unknown>>;

/** Fields of the file that are not the user's. */
const VERSION = "__checkpoint__";
const RANDOM = "__random__";

/** A generator's state, among plain values. */
const GENERATOR = "__generator__";

const checkpointParts: Kind<CheckpointParts> = kind(
  "an object with a name for each part, as { model, optimizer }",
  (value) =>
    typeof value === "object" && value !== null && !isStateful(value) && !isTensor(value) && !Array.isArray(value),
);

const SAVE = signature("saveCheckpoint", { parts: required(checkpointParts), file: required(aFileName) });

const LOAD = signature("loadCheckpoint", {
  parts: required(checkpointParts),
  file: required(aFileSource),
  random: keyword(aBoolean, true),
});

/**
 * Saves the state of several objects, and of the default generator, in one safetensors file.
 *
 * Modules, optimizers and schedulers are saved by their `stateDict()`, generators by their state, and everything else, such
 * as the epoch, as it is. As with {@link save}, the contents are those at the time of the call, and a file is never
 * half-written.
 *
 * @throws ValueError that names the path of a value that cannot be saved; DataError if the file cannot be written.
 * @example
 * const model = new nn.Linear(2, 1);
 * const optimizer = new optim.SGD(model.parameters(), { lr: 0.1 });
 * await saveCheckpoint({ model, optimizer, epoch: 3 }, "run.safetensors");
 * await loadCheckpoint({ model, optimizer }, "run.safetensors"); // { epoch: 3 }
 */
export async function saveCheckpoint(parts: CheckpointParts, file: FileName): Promise<void>;
export async function saveCheckpoint(...given: readonly unknown[]): Promise<void> {
  const { parts, file } = SAVE.read(given);
  checkNames("saveCheckpoint", parts);
  const states = Object.entries(parts).map(([name, part]) => [name, stateOf(part)]);
  const value = { ...Object.fromEntries(states), [VERSION]: 1, [RANDOM]: defaultGenerator.getState() };
  const { tensors, structure } = pack("saveCheckpoint", value);
  await write("saveCheckpoint", file, encodeSafetensors(tensors, { metadata: { [STRUCTURE]: structure } }));
}

/** Options of {@link loadCheckpoint}. */
export interface CheckpointOptions {
  /** Restore the state of the default generator too. Default true. */
  readonly random?: boolean | undefined;
}

/**
 * Loads a file of {@link saveCheckpoint} into the objects that are given under the same names, and into the default
 * generator. A run that continues from there computes the same values, bit for bit.
 *
 * @returns the plain values, and the states of objects that were not given.
 * @throws DataError for a file that is damaged or lacks one of the names; and whatever the objects throw for a state that does
 * not match. All objects are unchanged then.
 * @example
 * const model = new nn.Linear(2, 1);
 * await saveCheckpoint({ model, epoch: 3 }, "run.safetensors");
 * const { epoch } = await loadCheckpoint<{ epoch: number }>({ model }, "run.safetensors");
 * epoch; // 3
 */
export async function loadCheckpoint<Rest extends object = Record<string, unknown>>(
  parts: CheckpointParts,
  file: FileSource,
  options?: CheckpointOptions,
): Promise<Rest>;
export async function loadCheckpoint(...given: readonly unknown[]): Promise<Record<string, unknown>> {
  const { parts, file, random } = LOAD.read(given);
  const { op } = LOAD;
  checkNames(op, parts);
  for (const [name, part] of Object.entries(parts)) {
    if (isStateful(part) || part instanceof Generator) continue;
    throw new ValueError(
      `[${op}] ${JSON.stringify(name)} has no loadStateDict. Leave it out: plain values are what loadCheckpoint returns.`,
    );
  }
  const { name: path, bytes } = await read(op, file);
  const { states, randomState } = readingAs(op, path, () => parse(bytes));
  for (const name of Object.keys(parts)) {
    if (!Object.hasOwn(states, name)) {
      const held = Object.keys(states).join(", ");
      throw new DataError(`[${op}] ${path}: has no state of ${JSON.stringify(name)}, but of ${held || "nothing"}`);
    }
  }
  const targets = Object.entries(parts).map(
    ([name, part]): Target => ({ name, part: part as Stateful | Generator, state: states[name] }),
  );
  if (random) targets.push({ name: RANDOM, part: defaultGenerator, state: { [GENERATOR]: randomState } });
  restore(path, targets);
  return Object.fromEntries(Object.entries(states).filter(([name]) => !Object.hasOwn(parts, name)));
}

function parse(bytes: Uint8Array): { states: Record<string, unknown>; randomState: unknown } {
  const { arrays, metadata } = readSafetensors(bytes);
  const structure = metadata[STRUCTURE];
  const value = structure === undefined ? undefined : unpack(structure, arrays, "cpu");
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, VERSION)) {
    throw new FormatError("is no file of saveCheckpoint. Read it with load.");
  }
  const { [VERSION]: version, [RANDOM]: randomState, ...states } = value as Record<string, unknown>;
  if (version !== 1)
    throw new FormatError(`is a checkpoint of version ${String(version)}, which this tapegrad cannot read`);
  return { states, randomState };
}

/** A part, and the state that the file has for it. */
interface Target {
  readonly name: string;
  readonly part: Stateful | Generator;
  readonly state: unknown;
}

/** All or nothing: if one refuses its state, those before it get back theirs. */
function restore(path: string, targets: readonly Target[]): void {
  const undo: (() => void)[] = [];
  try {
    for (const target of targets) {
      const before = copyOf(stateOf(target.part));
      undo.push(() => apply(path, { ...target, state: before }));
      apply(path, target);
    }
  } catch (error) {
    for (const back of undo.reverse()) {
      try {
        back();
      } catch {
        // An object that refuses even its own state must not keep the others from getting theirs.
      }
    }
    throw error;
  }
}

function apply(path: string, { name, part, state }: Target): void {
  const what = name === RANDOM ? "the random state" : `the state of ${JSON.stringify(name)}`;
  const explain = (reason: string, cause?: unknown): DataError =>
    new DataError(`[loadCheckpoint] ${path}: ${what} ${reason}`, { cause });
  if (part instanceof Generator) {
    const bytes: unknown = typeof state === "object" && state !== null ? Reflect.get(state, GENERATOR) : undefined;
    if (!(bytes instanceof Uint8Array)) throw explain("is damaged: expected the state of a generator");
    try {
      part.setState(bytes);
    } catch (error) {
      throw explain(`is damaged: ${reasonOf(error)}`, error);
    }
    return;
  }
  if (typeof state !== "object" || state === null) {
    throw explain(`is damaged: expected an object, but there is ${describeValue(state)}`);
  }
  try {
    part.loadStateDict(state as never);
  } catch (error) {
    // What the object says of a state of its own kind is clear enough; the engine's words on a damaged one are not.
    const isEngineError =
      !(error instanceof TapegradError) && (error instanceof TypeError || error instanceof RangeError);
    throw isEngineError ? explain(`does not fit: ${error.message}`, error) : error;
  }
}

function stateOf(part: unknown): unknown {
  if (part instanceof Generator) return { [GENERATOR]: part.getState() };
  return isStateful(part) ? part.stateDict() : part;
}

/** State dictionaries share memory with the objects they are of. */
function copyOf(state: unknown): unknown {
  if (isTensor(state)) return noGrad(() => state.clone());
  if (ArrayBuffer.isView(state) || typeof state !== "object" || state === null) return state;
  if (Array.isArray(state)) return state.map(copyOf);
  return Object.fromEntries(Object.entries(state).map(([key, item]) => [key, copyOf(item)]));
}

function isStateful(value: unknown): value is Stateful {
  return (
    typeof value === "object" &&
    value !== null &&
    typeof Reflect.get(value, "stateDict") === "function" &&
    typeof Reflect.get(value, "loadStateDict") === "function"
  );
}

function checkNames(op: string, parts: CheckpointParts): void {
  const taken = Object.keys(parts).find((name) => name.startsWith("__"));
  if (taken !== undefined) throw new ValueError(`[${op}] names that begin with __ are not free: ${taken}`);
}
