/** @file The kinds of arguments of public functions: validation and messages. */
import type { Device, DType } from "../../kernels/backend.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { describeValue } from "./describe.ts";
import { isDType } from "./dtype.ts";
import { DeviceError, DTypeError, type TapegradError } from "./errors.ts";
import { isForeignTensor, isTensor } from "./identity.ts";
import { isThenable } from "./realm.ts";

/** What a {@link Kind} gives for a value that it does not take. */
export const REFUSED: unique symbol = Symbol("refused");

/** What one argument may be. */
export interface Kind<T> {
  /** Stands after "must be" in messages: "an integer". */
  readonly description: string;
  /** The value as the function uses it, or {@link REFUSED}. */
  read(value: unknown): T | typeof REFUSED;
  /** What the caller can do about a value that was refused. */
  hint?(value: unknown): string | undefined;
  /** Stands in place of `argument "dim" must be …, but got ….` where PyTorch has words of its own. */
  message?(name: string, value: unknown): string;
  /** The class of the error for a value that was refused. Default: ValueError. */
  readonly error?: new (
    message: string,
  ) => TapegradError;
}

/** A kind of all values for which `accepts` holds. */
export function kind<T>(
  description: string,
  accepts: (value: unknown) => boolean,
  hint?: (value: unknown) => string | undefined,
): Kind<T> {
  const read = (value: unknown): T | typeof REFUSED => (accepts(value) ? (value as T) : REFUSED);
  return hint === undefined ? { description, read } : { description, read, hint };
}

function tensorHint(value: unknown): string | undefined {
  if (isForeignTensor(value)) {
    return "Make sure that one copy of tapegrad is loaded, not one as ESM and one bundled or as CommonJS.";
  }
  if (isThenable(value)) return "Await it first.";
  if (typeof value === "number" || typeof value === "boolean" || Array.isArray(value) || ArrayBuffer.isView(value)) {
    return "Wrap data with tensor(…).";
  }
  return undefined;
}

/** A tensor. */
export const aTensor: Kind<Tensor> = kind("a Tensor", isTensor, tensorHint);

/** A tensor, a number or a boolean: an operand of arithmetic. */
export const anOperand: Kind<Tensor | number | boolean> = kind(
  "a Tensor or a number",
  (value) => typeof value === "number" || typeof value === "boolean" || isTensor(value),
  tensorHint,
);

/** A number, NaN and the infinities among them. */
export const aNumber: Kind<number> = kind("a number", (value) => typeof value === "number");

/** A number or a boolean. */
export const aScalar: Kind<number | boolean> = kind(
  "a number or a boolean",
  (value) => typeof value === "number" || typeof value === "boolean",
);

/** An integer that a double holds exactly. */
export const anInteger: Kind<number> = kind("an integer", Number.isSafeInteger);

/** An integer of at least 0. */
export const aSize: Kind<number> = kind(
  "an integer of at least 0",
  (value) => Number.isSafeInteger(value) && (value as number) >= 0,
);

/** `true` or `false`, and nothing that merely counts as true. */
export const aBoolean: Kind<boolean> = kind("a boolean", (value) => typeof value === "boolean");

export const aString: Kind<string> = kind("a string", (value) => typeof value === "string");

export const aFunction: Kind<(...args: readonly unknown[]) => unknown> = kind(
  "a function",
  (value) => typeof value === "function",
);

export const aDType: Kind<DType> = {
  ...kind<DType>('a dtype: "float32", "float64", "int32", "uint8" or "bool"', isDType, (value) =>
    typeof value === "string" && /^(int64|long)$/.test(value) ? "PyTorch's int64 is int32 here." : undefined,
  ),
  error: DTypeError,
};

export const aDevice: Kind<Device> = kind('"cpu" or "gpu"', (value) => value === "cpu" || value === "gpu");

/** PyTorch's orders of elements in memory. */
export type MemoryFormat = "contiguous_format" | "preserve_format" | "channels_last" | "channels_last_3d";

/** An order of elements in memory. Results are row-major whichever is asked for. */
export const aMemoryFormat: Kind<MemoryFormat> = /* @__PURE__ */ oneOf(
  "contiguous_format",
  "preserve_format",
  "channels_last",
  "channels_last_3d",
);

/** A device, or "auto". */
export const aDeviceChoice: Kind<Device | "auto"> = {
  ...kind<Device | "auto">(
    'a device: "cpu", "gpu" or "auto"',
    (value) => typeof value === "string" && /^(cpu|gpu|auto)$/.test(value),
  ),
  error: DeviceError,
};

/** The elements of an array or a typed array of numbers, of any realm, or undefined. */
export function listOf(value: unknown): readonly unknown[] | undefined {
  if (Array.isArray(value)) return value;
  if (!ArrayBuffer.isView(value) || !("length" in value)) return undefined;
  return Array.from(value as unknown as ArrayLike<unknown>);
}

/** A list of another kind: an array, or a typed array where numbers are meant. */
export function listOfKind<T>(item: Kind<T>, description: string): Kind<readonly T[]> {
  const read = (value: unknown): readonly T[] | typeof REFUSED => {
    const list = listOf(value);
    if (list === undefined) return REFUSED;
    const items: T[] = [];
    // By index, so that the holes of a sparse array are seen.
    for (let i = 0; i < list.length; i++) {
      const one = item.read(list[i]);
      if (one === REFUSED) return REFUSED;
      items.push(one);
    }
    return items;
  };
  const hint = (value: unknown): string | undefined => {
    const list = listOf(value);
    if (list === undefined) return item.hint?.(value);
    const wrong = list.findIndex((one) => item.read(one) === REFUSED);
    const help = wrong < 0 ? undefined : item.hint?.(list[wrong]);
    return wrong < 0
      ? undefined
      : `Element ${wrong} is ${describeValue(list[wrong])}.${help === undefined ? "" : ` ${help}`}`;
  };
  return { description, read, hint };
}

export const integers: Kind<readonly number[]> = listOfKind(anInteger, "a list of integers");

export const numbers: Kind<readonly number[]> = listOfKind(aNumber, "a list of numbers");

export const tensors: Kind<readonly Tensor[]> = listOfKind(aTensor, "a list of Tensors");

/** The first of several kinds that takes a value. */
export function either<A, B>(
  a: Kind<A>,
  b: Kind<B>,
  description = `${a.description} or ${b.description}`,
): Kind<A | B> {
  const read = (value: unknown): A | B | typeof REFUSED => {
    const first = a.read(value);
    return first === REFUSED ? b.read(value) : first;
  };
  const hint = (value: unknown): string | undefined => a.hint?.(value) ?? b.hint?.(value);
  const error = a.error ?? b.error;
  return error === undefined ? { description, read, hint } : { description, read, hint, error };
}

/** One dimension or several. */
export const dims: Kind<number | readonly number[]> = either(anInteger, integers);

/** One number or several: a size, a border, bounds. */
export const oneOrMoreNumbers: Kind<number | readonly number[]> = either(aNumber, numbers);

/** One of some strings. */
export function oneOf<const T extends string>(...values: readonly T[]): Kind<T> {
  const quoted = values.map((value) => `"${value}"`);
  const last = quoted.pop();
  const description = quoted.length === 0 ? `${last}` : `${quoted.join(", ")} or ${last}`;
  return kind(description, (value) => (values as readonly unknown[]).includes(value));
}

/** A kind whose refusal has words of its own. */
export function worded<T>(of: Kind<T>, message: (name: string, value: unknown) => string): Kind<T> {
  return { ...of, message };
}

/** For an argument of PyTorch's that is not available here: takes its default alone, and says what to do instead. */
export function only<const T>(value: T, instead: string): Kind<T> {
  return kind(
    String(value),
    (given) => given === value,
    () => instead,
  );
}

/** A kind, or null. */
export function nullable<T>(of: Kind<T>): Kind<T | null> {
  const read = (value: unknown): T | null | typeof REFUSED => (value === null ? null : of.read(value));
  return { ...of, description: `${of.description} or null`, read };
}
