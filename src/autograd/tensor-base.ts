/** @file What the engine knows of a tensor: an array, and behind it the tape's state. */
import type { Device, DType, NDArray } from "../../kernels/backend.ts";
import { emptyArray } from "../../kernels/layout.ts";
import { backendFor } from "../core/device.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { AutogradMeta } from "./autograd-meta.ts";
import { captureHook } from "./capture-hook.ts";
import { noteStorage } from "./tidy-scope.ts";

/** Under this name the prototype of all tensors has their class, so that an operation can make one like its inputs. */
export const TENSOR_CLASS: unique symbol = Symbol("Tensor class");

/** A symbol, as it works through a Proxy too, which a private name does not. */
const META = Symbol("autograd");

// What consoles of browsers show, and the DataCloneError of a structured clone.
/** Stands in every tensor for its numbers. */
export const DATA = Symbol(
  "numbers of a Tensor: String(t) prints them, await t.data() or encodeSafetensors() sends them",
);
const WRAPPED_NUMBER = Symbol("number of a Tensor: String(t) prints it, await t.data() sends it");

/** An array that may take part in the tape. `Tensor` is one. */
export type TensorBase = NDArray;

/** The fields of a tensor that only this folder reads and writes. */
interface Internals {
  [META]: AutogradMeta | null;
  numbers: symbol;
}

/**
 * Gives a new tensor its place for the tape's state. A base class would do the same, but V8 makes objects of a derived
 * class some 20 ns more slowly, and fields with a computed name too.
 */
export function initTensorBase(t: TensorBase): void {
  (t as TensorBase & Internals)[META] = null;
  if (captureHook !== null) captureHook.tensorMade(t);
  if (t.storage.handles++ === 0) noteStorage(t.storage);
}

/** The autograd state of a tensor; null if it has none yet. */
export function metaOf(t: TensorBase): AutogradMeta | null {
  return (t as TensorBase & Internals)[META];
}

/** The autograd state of a tensor, created if it has none. */
export function ensureMeta(t: TensorBase): AutogradMeta {
  const tensor = t as TensorBase & Internals;
  tensor[META] ??= new AutogradMeta();
  return tensor[META];
}

/** Whether a tensor was made from a plain number: then it does not widen dtypes within their category. */
export function isWrappedNumber(t: TensorBase): boolean {
  return (t as TensorBase & Internals).numbers === WRAPPED_NUMBER;
}

/** Marks a tensor as made from a plain number. */
export function wrapNumber(t: TensorBase): void {
  (t as TensorBase & Internals).numbers = WRAPPED_NUMBER;
}

interface HasTensorClass {
  readonly [TENSOR_CLASS]: new (array: NDArray) => Tensor;
}

/** An array as a leaf tensor, of the class of another tensor (a parameter's is `Tensor`). */
export function wrapLike(like: TensorBase, array: NDArray): Tensor {
  return new (like as TensorBase & HasTensorClass)[TENSOR_CLASS](array);
}

/** A tensor filled with one value, of the class of another. */
export function filledLike(
  like: TensorBase,
  { shape, dtype, device }: { readonly shape: readonly number[]; readonly dtype: DType; readonly device: Device },
  value: number,
): Tensor {
  const backend = backendFor(device);
  const array = emptyArray(backend, dtype, shape);
  backend.fill(array, value);
  return wrapLike(like, array);
}
