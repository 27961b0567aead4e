/** @file What the engine knows of a tensor: an array, and behind it the tape's state. */
import type { Device, DType, NDArray, Storage } from "../../kernels/backend.ts";
import { emptyArray } from "../../kernels/layout.ts";
import { backendFor } from "../tensor/devices.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { AutogradMeta } from "./autograd-meta.ts";

let readMeta: (t: TensorBase) => AutogradMeta | null;
let writeMeta: (t: TensorBase, meta: AutogradMeta) => void;

/** Under this name the prototype of all tensors has their class, so that an operation can make one like its inputs. */
export const TENSOR_CLASS: unique symbol = Symbol("Tensor class");

/** An array with a place for the tape's state, which only this folder reads and writes. */
export abstract class TensorBase implements NDArray {
  readonly storage: Storage;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  /** Position of the first element in the storage. */
  readonly offset: number;
  readonly dtype: DType;
  #meta: AutogradMeta | null = null;

  static {
    readMeta = (t) => t.#meta;
    writeMeta = (t, meta) => {
      t.#meta = meta;
    };
  }

  constructor(array: NDArray) {
    this.storage = array.storage;
    this.shape = array.shape;
    this.strides = array.strides;
    this.offset = array.offset;
    this.dtype = array.dtype;
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
