/**
 * @file Batched tensors: what `vmap` gives to a function. Users see the shape of one sample; the elements of all samples
 * lie in another tensor, which has the batch as its first dimension.
 */
import type { Device, DType, NDArray, Storage } from "../../kernels/backend.ts";
import { GraphError } from "../core/errors.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { FunctionClass } from "./function.ts";
import type { GradOptions } from "./grad.ts";
import type { Op } from "./op.ts";
import { ensureMeta, metaOf, wrapLike } from "./tensor-base.ts";

/** What a running `vmap`, or a trace for a file of another format, does in place of the engine. */
export interface BatchingHook {
  apply<P>(op: Op<readonly NDArray[], P>, inputs: readonly Tensor[], params: P): Tensor;
  applyInPlace<P>(
    op: Op<readonly NDArray[], P>,
    name: string,
    self: Tensor,
    operands: readonly Tensor[],
    params: P,
  ): Tensor;
  /** `autograd.grad`. */
  grad(outputs: readonly Tensor[], inputs: readonly Tensor[], options: GradOptions): (Tensor | null)[];
  /** A custom operation. */
  callFunction<Args extends readonly unknown[], Result>(definition: FunctionClass<Args, Result>, args: Args): Result;
  /** Random numbers of a shape. `draw` makes them for that shape, or for that of a whole batch. */
  random(op: string, shape: readonly number[], draw: (shape: readonly number[]) => Tensor): Tensor;
  /** New handles on the inputs of a derivative, with histories of their own for every sample. */
  handle(t: Tensor, make: (t: Tensor) => Tensor): Tensor;
  /** The error for what cannot be done while it runs. */
  refusal(op: string, instead: string): GraphError;
  /** The elements of a tensor are about to be read. */
  reading?(op: string, t: Tensor): void;
  /** A function of several operations. Absent: they are seen one by one. */
  composite?<R>(name: string, inputs: readonly (Tensor | null)[], params: object, run: () => R): R;
}

/** Null unless a `vmap` or a trace runs: who has work compares it once. */
export let batchingHook: BatchingHook | null = null;

/** Runs `fn` with another hook. */
export function withBatchingHook<T>(hook: BatchingHook | null, fn: () => T): T {
  const before = batchingHook;
  batchingHook = hook;
  try {
    return fn();
  } finally {
    batchingHook = before;
  }
}

/** What a batched tensor stands for. */
export interface Batch {
  /** The samples, stacked in the first dimension. */
  readonly value: Tensor;
  /** The `vmap` whose batch it is. */
  readonly level: BatchingHook;
}

/**
 * Stands in a batched tensor for the memory of its samples. Kernels never see it: whoever reads numbers from it has
 * gone past `apply`, and gets an error instead of the numbers of one sample.
 */
class BatchedStorage implements Storage {
  readonly #storage: Storage;
  /** One more than there are, so that nothing that counts handles frees it. */
  handles = 1;

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  get device(): Device {
    return this.#storage.device;
  }
  get dtype(): DType {
    return this.#storage.dtype;
  }
  get length(): number {
    return this.#storage.length;
  }
  get version(): number {
    return this.#storage.version;
  }
  set version(value: number) {
    this.#storage.version = value;
  }

  // Where the storages of the backends keep their elements.
  get array(): never {
    throw readsABatch("vmap");
  }
  get entry(): never {
    throw readsABatch("vmap");
  }
  get data(): never {
    throw readsABatch("vmap");
  }
  get cell(): never {
    throw readsABatch("vmap");
  }
}

/** The error for a read of elements that differ between samples. */
export function readsABatch(op: string): GraphError {
  return new GraphError(
    `[${op}] vmap: the elements of a batched tensor were to be read, but they differ between the samples of the batch. ` +
      "Inside vmap, data-dependent control flow (if, itemSync(), shapes that depend on values) is not supported: use " +
      "where(condition, a, b), or read the tensor outside.",
  );
}

/** One for each storage, so that views still share what they shared. */
const standIns = new WeakMap<Storage, BatchedStorage>();

function standInFor(storage: Storage): BatchedStorage {
  let standIn = standIns.get(storage);
  if (standIn === undefined) {
    standIn = new BatchedStorage(storage);
    standIns.set(storage, standIn);
  }
  return standIn;
}

/** The samples in the first dimension of `value` as one tensor of the shape of a sample. */
export function batchedTensor(value: Tensor, level: BatchingHook): Tensor {
  const { shape, strides, offset, dtype, storage } = value;
  const out = wrapLike(value, {
    storage: standInFor(storage),
    shape: shape.slice(1),
    strides: strides.slice(1),
    offset,
    dtype,
  });
  ensureMeta(out).batch = { value, level };
  return out;
}

/** What a batched tensor stands for; null for any other tensor. */
export function batchOf(t: Tensor): Batch | null {
  return metaOf(t)?.batch ?? null;
}

/** The elements of a tensor in all samples: itself, if it is not batched. For checks of values. */
export function allSamples(t: Tensor): Tensor {
  let whole = t;
  for (let batch = batchOf(t); batch !== null; batch = batchOf(whole)) whole = batch.value;
  return whole;
}

/** A batched tensor of the same batch with another value. */
export function rebatched({ level }: Batch, value: Tensor): Tensor {
  return batchedTensor(value, level);
}

/** A tensor on the same memory without a history. */
export function detached(t: Tensor): Tensor {
  const batch = batchOf(t);
  return batch === null ? wrapLike(t, t) : rebatched(batch, detached(batch.value));
}

/** Random numbers of a shape, which inside `vmap` may be that of a whole batch. */
export function drawTensor(op: string, shape: readonly number[], draw: (shape: readonly number[]) => Tensor): Tensor {
  return batchingHook === null ? draw(shape) : batchingHook.random(op, shape, draw);
}

/** @throws GraphError inside `vmap`, for what would mix the samples of a batch, and inside a trace. */
export function refuseInVmap(op: string, instead: string): void {
  if (batchingHook !== null) throw batchingHook.refusal(op, instead);
}

/**
 * A function that is several operations here, and that others may know as one: what `run` gives, tensors or a record of
 * them. `params` says all that `run` does besides.
 */
export function composite<R>(name: string, inputs: readonly (Tensor | null)[], params: object, run: () => R): R {
  return batchingHook?.composite === undefined ? run() : batchingHook.composite(name, inputs, params, run);
}
