/** @file What `fit`, `evaluate` and `predict` take: arrays, datasets and loaders, as batches. */
import type { Device } from "../../kernels/backend.ts";
import { isOptions } from "../core/arguments.ts";
import { describeValue } from "../core/describe.ts";
import { isFloat } from "../core/dtype.ts";
import { ShapeError, ValueError } from "../core/errors.ts";
import { isTensor } from "../core/identity.ts";
import { REFUSED } from "../core/kinds.ts";
import { typedArrayName } from "../core/realm.ts";
import { aDataset, isNdarray } from "../data/arguments.ts";
import { DataLoader } from "../data/data-loader.ts";
import { type Dataset, TensorDataset } from "../data/dataset.ts";
import { iteratorOf } from "../data/prefetch.ts";
import { type TensorData, tensor } from "../tensor/create.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** Samples or labels as arrays: a tensor, nested arrays, a typed array or an ndarray, with the samples first. */
export type ArrayData = TensorData;

/**
 * Samples that come with their labels: a dataset of `[x, y]`, or a loader or another iterable of batches `[x, y]` or
 * `[x, y, sampleWeight]`.
 */
export type BatchData = Dataset<unknown> | Iterable<unknown> | AsyncIterable<unknown>;

/** Samples with their labels and weights. */
export interface Batch {
  readonly x: Tensor;
  readonly y: Tensor | null;
  readonly weight: Tensor | null;
}

/** What is iterated over once in an epoch. */
export interface BatchSource {
  /** Number of batches, if it is known. */
  readonly length: number | undefined;
  /** The batches of an epoch. */
  batches(): AsyncIterable<Batch>;
}

/** Arrays of as many rows: samples, labels and weights. */
export interface Arrays {
  readonly x: Tensor;
  readonly y: Tensor | null;
  readonly weight: Tensor | null;
}

/** Whether a value is data itself rather than something that yields it. */
export function isArrayData(value: unknown): value is ArrayData {
  return isTensor(value) || Array.isArray(value) || isNdarray(value) || typedArrayName(value) !== undefined;
}

/** Whether a value yields samples or batches. */
export function isBatchData(value: unknown): value is BatchData {
  if (isArrayData(value) || typeof value !== "object" || value === null) return false;
  return aDataset.read(value) !== REFUSED || Symbol.iterator in value || Symbol.asyncIterator in value;
}

/** Samples or labels as a tensor. Labels that are integers in plain arrays become int32, as class indices are. */
export function toTensor(op: string, what: string, value: unknown, areLabels = false): Tensor {
  if (isTensor(value)) return checkRows(op, what, value.detach());
  if (!isArrayData(value)) {
    const hint = isOptions(value) ? " Options come behind the data, as fit(x, y, { epochs: 5 })." : "";
    throw new ValueError(
      `[${op}] ${what} must be a Tensor, nested arrays, a typed array, an ndarray, a dataset or a loader, but got ${describeValue(value)}.${hint}`,
    );
  }
  const made = checkRows(op, what, tensor(value));
  if (!areLabels || made.dtype !== "float32" || !Array.isArray(value)) return made;
  const numbers = made.dataSync();
  return numbers.every((number) => Number.isInteger(number)) ? made.to("int32") : made;
}

function checkRows(op: string, what: string, t: Tensor): Tensor {
  if (t.ndim > 0) return t;
  throw new ShapeError(`[${op}] ${what} must have a first dimension for the samples, but got a single number`);
}

/** Data that was given as arrays. @throws ShapeError for different numbers of samples. */
export function toArrays(op: string, x: unknown, y: unknown, sampleWeight: unknown): Arrays {
  const arrays = {
    x: toTensor(op, "x", x),
    y: y === undefined || y === null ? null : toTensor(op, "y", y, true),
    weight: sampleWeight === undefined || sampleWeight === null ? null : toTensor(op, "sampleWeight", sampleWeight),
  };
  const count = arrays.x.size(0);
  for (const [name, given] of [["y", arrays.y] as const, ["sampleWeight", arrays.weight] as const]) {
    if (given === null || given.size(0) === count) continue;
    throw new ShapeError(
      `[${op}] Data cardinality is ambiguous: x sizes: ${count}, ${name} sizes: ${given.size(0)}. Make sure all arrays contain the same number of samples.`,
    );
  }
  if (count === 0) throw new ShapeError(`[${op}] expected at least one sample, but x is empty`);
  return arrays;
}

/** A part of the rows of arrays, as views. */
export function rows({ x, y, weight }: Arrays, start: number, end: number): Arrays {
  const part = (t: Tensor): Tensor => t.narrow(0, start, end - start);
  return { x: part(x), y: y && part(y), weight: weight && part(weight) };
}

/** How batches are made of data. */
export interface Batching {
  readonly batchSize: number;
  readonly shuffle: boolean;
  /** At most so many batches in an epoch. */
  readonly steps: number | undefined;
}

/** Batches of arrays. */
export function fromArrays({ x, y, weight }: Arrays, { batchSize, shuffle, steps }: Batching): BatchSource {
  const present = [x, y, weight].filter((t) => t !== null);
  const loader = new DataLoader(new TensorDataset(...present), { batchSize, shuffle });
  const batch = (list: Tensor[]): Batch => {
    const [first, ...rest] = list;
    return {
      x: first as Tensor,
      y: y === null ? null : (rest.shift() ?? null),
      weight: rest.shift() ?? null,
    };
  };
  return sourceOf(loader, loader.length, steps, (list) => batch(list as Tensor[]));
}

/** Batches of a dataset, which is loaded, or of a loader or another iterable, which has its own. */
export function fromBatches(op: string, data: BatchData, batching: Batching): BatchSource {
  const { batchSize, shuffle, steps } = batching;
  const isDataset = aDataset.read(data) !== REFUSED;
  const loader = isDataset ? new DataLoader(data as Dataset<unknown>, { batchSize, shuffle }) : data;
  return sourceOf(loader as Iterable<unknown> | AsyncIterable<unknown>, lengthOf(loader), steps, (item) =>
    toBatch(op, item),
  );
}

function lengthOf(data: unknown): number | undefined {
  try {
    const length: unknown = Reflect.get(data as object, "length");
    return typeof length === "number" ? length : undefined;
  } catch {
    // A loader of a stream does not know.
    return undefined;
  }
}

function toBatch(op: string, item: unknown): Batch {
  if (isTensor(item)) return { x: item, y: null, weight: null };
  if (Array.isArray(item) && item.length >= 1 && item.length <= 3) {
    const { x, y, weight } = toArrays(op, item[0], item[1], item[2]);
    return { x, y, weight };
  }
  throw new ValueError(
    `[${op}] expected batches [x, y] or [x, y, sampleWeight] from the data, but got ${describeValue(item)}`,
  );
}

function sourceOf(
  data: Iterable<unknown> | AsyncIterable<unknown>,
  length: number | undefined,
  steps: number | undefined,
  convert: (item: unknown) => Batch,
): BatchSource {
  // An iterator that goes on from epoch to epoch must not be closed at the end of one.
  const isOpen = isOwnIterator(data);
  async function* batches(): AsyncIterable<Batch> {
    const iterator = iteratorOf(data);
    let ended = false;
    try {
      for (let step = 0; steps === undefined || step < steps; step++) {
        const next = await iterator.next();
        if (next.done) {
          ended = true;
          return;
        }
        yield convert(await next.value);
      }
    } finally {
      if (!ended && !isOpen) await iterator.return?.();
    }
  }
  const known = steps === undefined ? length : Math.min(steps, length ?? steps);
  return { length: known, batches };
}

function isOwnIterator(data: object): boolean {
  return "next" in data && typeof data.next === "function";
}

/** Numbers as a network takes them: on its device, floating. */
export function toInput(x: Tensor, device: Device): Tensor {
  const placed = x.device === device ? x : x.to(device);
  return isFloat(placed.dtype) ? placed : placed.to("float32");
}
