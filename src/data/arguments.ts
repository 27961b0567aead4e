/** @file Argument checks that the parts of `data` share. */
import type { NdArray } from "ndarray";
import { keyword, readArgument, signature } from "../core/arguments.ts";
import { describeValue } from "../core/describe.ts";
import { ValueError } from "../core/errors.ts";
import { aNumber, type Kind, kind, listOf, REFUSED } from "../core/kinds.ts";
import { aGenerator, Generator } from "../tensor/random/generator.ts";

/** A synchronous or asynchronous iterable. */
export const anIterable: Kind<Iterable<unknown> | AsyncIterable<unknown>> = kind(
  "a loader, an iterable-style dataset, or another iterable",
  (value) => typeof value === "object" && value !== null && (Symbol.iterator in value || Symbol.asyncIterator in value),
);

export const aPositiveInteger: Kind<number> = kind(
  "a positive integer",
  (value) => Number.isSafeInteger(value) && (value as number) > 0,
);

/** Anything that knows how many elements it has: a dataset, an array. */
export const aSized: Kind<{ readonly length: number }> = kind(
  "something with a length: a dataset or an array",
  (value) => typeof value === "object" && value !== null && "length" in value && typeof value.length === "number",
);

/** A dataset with indices. */
export const aDataset: Kind<{ readonly length: number; get(index: number): unknown }> = kind(
  "a dataset: an object with a length and a method get(index)",
  (value) =>
    typeof value === "object" &&
    value !== null &&
    "get" in value &&
    typeof value.get === "function" &&
    aSized.read(value) !== REFUSED,
);

/** An array of numbers, or a typed array. It is kept as it is. */
export const aNumberList: Kind<readonly number[]> = kind("a list of numbers", (value) => {
  const list = listOf(value);
  return list?.every((item) => typeof item === "number") ?? false;
});

/** Where random numbers come from: a generator, alone or as an option. Without one, the default generator. */
export type GeneratorOption = Generator | { readonly generator?: Generator | undefined };

export function generatorOf(op: string, option: GeneratorOption): Generator | undefined {
  if (option instanceof Generator) return option;
  return signature(op, { generator: keyword(aGenerator) }).read([option]).generator;
}

/** Elements of a JavaScript array that there is memory for: a longer one ends the process without an error. */
const MAX_LIST = 2 ** 27;

/** @throws ValueError for a list that would be too long to be made. */
export function checkCount(op: string, what: string, count: number): void {
  if (count <= MAX_LIST) return;
  throw new ValueError(`[${op}] ${what} would be ${count} numbers. At most ${MAX_LIST} (2^27) are possible.`);
}

/** One number, or several, for an option that takes either. */
export function numbersOf(op: string, name: string, value: unknown): number[] {
  if (typeof value === "number") return [readArgument(op, name, aNumber, value)];
  const list = aNumberList.read(value);
  if (list !== REFUSED) return Array.from(list);
  throw new ValueError(`[${op}] ${name} should be a number or a list of numbers, but got ${describeValue(value)}`);
}

/** An index in 0 … length−1 from one that may count from the end, as Python's lists have it. */
export function checkIndex(op: string, index: number, length: number): number {
  if (!Number.isInteger(index)) throw new ValueError(`[${op}] an index must be an integer, but got ${String(index)}`);
  if (index < -length || index >= length) {
    throw new ValueError(`[${op}] index ${index} is out of bounds for dimension 0 with size ${length}`);
  }
  return index < 0 ? index + length : index;
}

/** {@link checkIndex} for a whole batch. Returns the same array if nothing counts from the end. */
export function checkIndices(op: string, indices: Int32Array, length: number): Int32Array {
  for (let i = 0; i < indices.length; i++) {
    const index = indices[i]!;
    if (index < 0 || index >= length) return indices.map((any) => checkIndex(op, any, length));
  }
  return indices;
}

/** PyTorch's words for a number that must be 1, 2, 3, … */
export function checkPositiveInteger(op: string, name: string, value: unknown): void {
  if (Number.isInteger(value) && (value as number) > 0) return;
  throw new ValueError(`[${op}] ${name} should be a positive integer value, but got ${name}=${describeValue(value)}`);
}

/** PyTorch's words for a flag. */
export function checkBoolean(op: string, name: string, value: unknown): void {
  if (typeof value === "boolean") return;
  throw new ValueError(`[${op}] ${name} should be a boolean value, but got ${name}=${describeValue(value)}`);
}

/** Tensors have a shape and data too; only an `ndarray` can `pick`. */
export function isNdarray(value: unknown): value is NdArray {
  return typeof value === "object" && value !== null && "pick" in value && "stride" in value && "data" in value;
}
