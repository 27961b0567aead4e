/** @file Deep copies of modules. */
import { noGrad } from "../autograd/grad-mode.ts";
import { GraphError } from "../core/errors.ts";
import { isMap, isRecord, isSet } from "../core/realm.ts";
import { Tensor } from "../tensor/tensor.ts";
import { Parameter, UninitializedBuffer, UninitializedParameter } from "./parameter.ts";

/** The method of an object that makes its copy. It notes the copy before it fills it. */
export const duplicate = Symbol("tapegrad.duplicate");

interface Duplicable {
  [duplicate](copier: Copier): object;
}

/**
 * Copies tensors, modules, and the arrays, maps, sets and plain objects that hold them, each once. Everything else,
 * such as functions and objects of other classes, is shared.
 */
export class Copier {
  readonly #copies = new Map<object, object>();

  /** Notes the copy of an object that may contain itself. */
  note(original: object, copy: object): void {
    this.#copies.set(original, copy);
  }

  /** @throws GraphError for a tensor that a recorded operation made: its history cannot be copied. */
  copy<T>(value: T): T {
    if (typeof value !== "object" || value === null) return value;
    const known = this.#copies.get(value);
    if (known !== undefined) return known as T;
    const copy = this.#make(value);
    if (copy !== value) this.note(value, copy);
    return copy as T;
  }

  #make(value: object): object {
    if (value instanceof Tensor) return copyTensor(value);
    if (duplicate in value) return (value as Duplicable)[duplicate](this);
    if (Array.isArray(value)) {
      return this.#fill(value, [] as unknown[], (copy) => {
        for (const v of value) copy.push(this.copy(v));
      });
    }
    if (isMap(value)) {
      return this.#fill(value, new Map<unknown, unknown>(), (copy) => {
        for (const [k, v] of value) copy.set(this.copy(k), this.copy(v));
      });
    }
    if (isSet(value)) {
      return this.#fill(value, new Set<unknown>(), (copy) => {
        for (const v of value) copy.add(this.copy(v));
      });
    }
    if (!isRecord(value)) return value;
    return this.#fill(value, Object.create(Object.getPrototypeOf(value)) as Record<string, unknown>, (copy) => {
      for (const [k, v] of Object.entries(value)) copy[k] = this.copy(v);
    });
  }

  #fill<T extends object>(original: object, copy: T, fill: (copy: T) => void): T {
    this.note(original, copy);
    fill(copy);
    return copy;
  }
}

function copyTensor(t: Tensor): Tensor {
  if (t instanceof UninitializedParameter) {
    return new UninitializedParameter({ device: t.device, dtype: t.dtype, requiresGrad: t.requiresGrad });
  }
  if (t instanceof UninitializedBuffer) return new UninitializedBuffer({ device: t.device, dtype: t.dtype });
  if (!t.isLeaf) {
    throw new GraphError(
      "[clone] Only Tensors created explicitly by the user (graph leaves) support the deepcopy protocol at the moment",
    );
  }
  const data = noGrad(() => t.clone());
  if (t instanceof Parameter) return new Parameter(data, t.requiresGrad);
  return t.requiresGrad ? data.requiresGrad_() : data;
}
