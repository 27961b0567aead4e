/** @file What the engine knows of a tensor: an array, and behind it the tape's state. */
import type { Device, DType, NDArray, Storage } from "../../kernels/backend.ts";
import { emptyArray } from "../../kernels/layout.ts";
import { backendFor } from "../core/device.ts";
import { ValueError } from "../core/errors.ts";
import type { TENSOR } from "../core/identity.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { AutogradMeta } from "./autograd-meta.ts";
import { noteStorage } from "./tidy-scope.ts";

let readMeta: (t: TensorBase) => AutogradMeta | null;
let writeMeta: (t: TensorBase, meta: AutogradMeta) => void;
let readIsWrapped: (t: TensorBase) => boolean;
let markWrapped: (t: TensorBase) => void;

/** Under this name the prototype of all tensors has their class, so that an operation can make one like its inputs. */
export const TENSOR_CLASS: unique symbol = Symbol("Tensor class");

/** A symbol, as it works through a Proxy too, which a private name does not. */
const META = Symbol("autograd");

// What consoles of browsers show, and the DataCloneError of a structured clone.
const DATA = Symbol("numbers of a Tensor: String(t) prints them, await t.data() or encodeSafetensors() sends them");
const WRAPPED_NUMBER = Symbol("number of a Tensor: String(t) prints it, await t.data() sends it");

/** An array with a place for the tape's state, which only this folder reads and writes. */
export abstract class TensorBase implements NDArray {
  declare readonly [TENSOR]: object;
  // Consoles of browsers show the first five fields: what users want to see comes first.
  /** Sizes of the dimensions. */
  readonly shape: readonly number[];
  /** Element type. */
  readonly dtype: DType;
  /** Steps in elements from one position of each dimension to the next. */
  readonly strides: readonly number[];
  /** Position of the first element in the storage. */
  readonly offset: number;
  /** A symbol, which a structured clone refuses: without it, `postMessage` and IndexedDB would take a husk. */
  private numbers: symbol = DATA;
  /** The memory that holds the elements; views share it. */
  readonly storage: Storage;
  // biome-ignore lint/correctness/noUnusedPrivateClassMembers: the static block reads it
  private [META]: AutogradMeta | null = null;

  static {
    readMeta = (t) => t[META];
    writeMeta = (t, meta) => {
      t[META] = meta;
    };
    readIsWrapped = (t) => t.numbers === WRAPPED_NUMBER;
    markWrapped = (t) => {
      t.numbers = WRAPPED_NUMBER;
    };
  }

  constructor(array: NDArray) {
    if (array?.storage === undefined) {
      throw new ValueError(
        "[Tensor] new Tensor(…) is for the library. Make tensors with tensor(data), zeros(…) and their like.",
      );
    }
    this.shape = array.shape;
    this.dtype = array.dtype;
    this.strides = array.strides;
    this.offset = array.offset;
    this.storage = array.storage;
    if (this.storage.handles++ === 0) noteStorage(this.storage);
  }
}

/** The tape's state of a tensor; null if it has never taken part. */
export function metaOf(t: TensorBase): AutogradMeta | null {
  return readMeta(t);
}

/** The tape's state of a tensor, made if it has none. */
export function ensureMeta(t: TensorBase): AutogradMeta {
  const meta = readMeta(t);
  if (meta !== null) return meta;
  const made = new AutogradMeta();
  writeMeta(t, made);
  return made;
}

/** Whether a tensor was made from a plain number: then it does not widen dtypes within their category. */
export function isWrappedNumber(t: TensorBase): boolean {
  return readIsWrapped(t);
}

/** Marks a tensor as made from a plain number. */
export function wrapNumber(t: TensorBase): void {
  markWrapped(t);
}

interface HasTensorClass {
  readonly [TENSOR_CLASS]: new (array: NDArray) => Tensor;
}

/** An array as a tensor that no operation made, of the class of another tensor (a parameter's is `Tensor`). */
export function wrapLike(like: TensorBase, array: NDArray): Tensor {
  return new (like as TensorBase & HasTensorClass)[TENSOR_CLASS](array);
}

/** One value everywhere, as a tensor of the class of another. */
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
