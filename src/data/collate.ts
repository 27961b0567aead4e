/** @file Collating samples into batches. */

import type { NdArray } from "ndarray";
import { describeValue } from "../core/describe.ts";
import { DataError, ValueError } from "../core/errors.ts";
import { isTensor } from "../core/identity.ts";
import { isMap, isRecord } from "../core/realm.ts";
import { tensor } from "../tensor/create.ts";
import { fromTypedArray } from "../tensor/from-host.ts";
import { stack } from "../tensor/functions/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { isNdarray } from "./arguments.ts";

/** Arrays of numbers that become tensors as a whole, not element by element. */
type NumberArray = Float32Array | Float64Array | Int32Array | Uint8Array | NdArray;

/**
 * What {@link defaultCollate} makes of samples of type T: tensors, numbers and booleans become a tensor with one
 * dimension more, strings a list; lists, records and Maps keep their form.
 */
export type Batch<T> = unknown extends T
  ? unknown
  : T extends Tensor | number | boolean | NumberArray
    ? Tensor
    : T extends string
      ? string[]
      : T extends readonly unknown[]
        ? { -readonly [K in keyof T]: Batch<T[K]> }
        : T extends ReadonlyMap<infer Key, infer Value>
          ? Map<Key, Batch<Value>>
          : T extends object
            ? { -readonly [K in keyof T]: Batch<T[K]> }
            : never;

/** More levels than that are a mistake: a sample that holds itself has no end. */
const DEEPEST = 64;

/**
 * Merges samples into a batch, as PyTorch's `default_collate`: tensors are stacked along a new first dimension, lists,
 * records and Maps keep their form, strings become a list.
 *
 * Numbers become int32 if all of them are integers, else float32; booleans become bool. Return a value that may be
 * fractional as a tensor, so that its dtype does not depend on the batch.
 *
 * @throws DataError for samples of different kinds or lengths, or of a type that cannot be collated; ShapeError for tensors
 * of different shapes.
 * @example
 * data.defaultCollate([[tensor([1, 2]), "a"], [tensor([3, 4]), "b"]]);
 * // [tensor([[1., 2.],
 * //          [3., 4.]]), ['a', 'b']]
 */
export function defaultCollate<T>(samples: readonly T[]): Batch<T> {
  if (!Array.isArray(samples)) {
    throw new ValueError(`[defaultCollate] expected an array of samples, but got ${describeValue(samples)}`);
  }
  if (samples.length === 0)
    throw new DataError("[defaultCollate] expected at least one sample, but the batch is empty");
  return collate(samples, 0) as Batch<T>;
}

function collate(batch: readonly unknown[], depth: number): unknown {
  if (depth > DEEPEST) {
    throw new DataError(`[defaultCollate] samples are nested more than ${DEEPEST} levels deep. Does one hold itself?`);
  }
  const first = batch[0];
  if (allOf(batch, isTensor)) return stack(batch, 0);
  if (allOf(batch, isNumber)) return collateNumbers(batch);
  if (allOf(batch, isBoolean)) return fromTypedArray("bool", Uint8Array.from(batch, Number), [batch.length], "cpu");
  if (allOf(batch, isString)) return [...batch];
  if (allOf(batch, isNumberArray)) return stack(batch.map((data) => tensor(data)));
  if (allOf(batch, isList)) {
    if (batch.some((sample) => sample.length !== batch[0]?.length)) {
      const lengths = batch.map((sample) => sample.length).join(", ");
      throw new DataError(
        `[defaultCollate] each element in list of batch should be of equal size, but got lists of sizes ${lengths}`,
      );
    }
    return Array.from(batch[0] as readonly unknown[], (_, i) =>
      collate(
        batch.map((sample) => sample[i]),
        depth + 1,
      ),
    );
  }
  if (allOf(batch, isMap)) {
    return new Map(Array.from((first as Map<unknown, unknown>).keys(), (key) => [key, collateKey(batch, key, depth)]));
  }
  if (allOf(batch, isRecord)) {
    const maps = batch.map((sample) => new Map<unknown, unknown>(Object.entries(sample)));
    return Object.fromEntries(Object.keys(first as object).map((key) => [key, collateKey(maps, key, depth)]));
  }
  const stranger = batch.findIndex((sample) => kindOf(sample) !== kindOf(first));
  if (stranger > 0) {
    throw new DataError(
      "[defaultCollate] the samples of a batch must be of one kind, " +
        `but found ${kindOf(first)} at entry 0 and ${kindOf(batch[stranger])} at entry ${stranger}`,
    );
  }
  throw new DataError(
    "[defaultCollate] batch must contain tensors, ndarrays, typed arrays, numbers, strings, records or lists; " +
      `found ${kindOf(first)}. Convert it in the dataset, or give the loader a collateFn.`,
  );
}

function collateNumbers(numbers: readonly number[]): Tensor {
  if (!numbers.every(Number.isInteger))
    return fromTypedArray("float32", Float32Array.from(numbers), [numbers.length], "cpu");
  const beyond = numbers.find((value) => value !== (value | 0));
  if (beyond !== undefined) {
    throw new DataError(
      `[defaultCollate] the integer ${beyond} does not fit into int32. Return a float64 tensor from the dataset instead.`,
    );
  }
  return fromTypedArray("int32", Int32Array.from(numbers), [numbers.length], "cpu");
}

function collateKey(maps: readonly ReadonlyMap<unknown, unknown>[], key: unknown, depth: number): unknown {
  const without = maps.findIndex((map) => !map.has(key));
  if (without >= 0) {
    throw new DataError(`[defaultCollate] entry 0 has a key ${describeValue(key)}, but entry ${without} has none`);
  }
  return collate(
    maps.map((map) => map.get(key)),
    depth + 1,
  );
}

function allOf<T>(batch: readonly unknown[], is: (sample: unknown) => sample is T): batch is readonly T[] {
  return batch.every(is);
}

const isNumber = (x: unknown): x is number => typeof x === "number";
const isBoolean = (x: unknown): x is boolean => typeof x === "boolean";
const isString = (x: unknown): x is string => typeof x === "string";
const isList = (x: unknown): x is readonly unknown[] => Array.isArray(x);

function isNumberArray(x: unknown): x is NumberArray {
  return isNdarray(x) || (ArrayBuffer.isView(x) && "length" in x);
}

/** What a sample is, for error messages. */
function kindOf(sample: unknown): string {
  if (sample === null || sample === undefined) return String(sample);
  return typeof sample === "object" ? (sample.constructor?.name ?? "object") : typeof sample;
}
