/** @file Deep copies of modules. */
import { noGrad } from "../autograd/grad-mode.ts";
import { GraphError } from "../core/errors.ts";
import { isMap, isRecord, isSet } from "../core/realm.ts";
import { Tensor } from "../tensor/tensor.ts";
import { Parameter } from "./parameter.ts";

/** Under this name an object says how a copy of it is made. It tells the copier of its twin before it fills it. */
export const duplicate = Symbol("tapegrad.duplicate");

interface Duplicable {
  [duplicate](copier: Copier): object;
}

/**
 * Copies tensors, modules, and the arrays, maps, sets and plain objects that hold them, each once. Everything else, as
 * functions and objects of other classes, is the same on both sides.
 */
export class Copier {
  readonly #twins = new Map<object, object>();

  /** Notes the twin of an object that may contain itself. */
  note(original: object, twin: object): void {
    this.#twins.set(original, twin);
  }

  /** @throws GraphError for a tensor that a recorded operation made: its history cannot be had twice. */
  copy<T>(value: T): T {
    if (typeof value !== "object" || value === null) return value;
    const known = this.#twins.get(value);
    if (known !== undefined) return known as T;
    const twin = this.#make(value);
    if (twin !== value) this.note(value, twin);
    return twin as T;
  }

  #make(value: object): object {
    if (value instanceof Tensor) return copyOfTensor(value);
    if (duplicate in value) return (value as Duplicable)[duplicate](this);
    if (Array.isArray(value)) {
      return this.#fill(value, [] as unknown[], (twin) => {
        for (const v of value) twin.push(this.copy(v));
      });
    }
    if (isMap(value)) {
      return this.#fill(value, new Map<unknown, unknown>(), (twin) => {
        for (const [k, v] of value) twin.set(this.copy(k), this.copy(v));
      });
    }
    if (isSet(value)) {
      return this.#fill(value, new Set<unknown>(), (twin) => {
        for (const v of value) twin.add(this.copy(v));
      });
    }
    if (!isRecord(value)) return value;
    return this.#fill(value, Object.create(Object.getPrototypeOf(value)) as Record<string, unknown>, (twin) => {
      for (const [k, v] of Object.entries(value)) twin[k] = this.copy(v);
    });
  }

  #fill<T extends object>(original: object, twin: T, fill: (twin: T) => void): T {
    this.note(original, twin);
    fill(twin);
    return twin;
  }
}

function copyOfTensor(t: Tensor): Tensor {
  if (!t.isLeaf) {
    throw new GraphError(
      "[clone] Only Tensors created explicitly by the user (graph leaves) support the deepcopy protocol at the moment",
    );
  }
  const data = noGrad(() => t.clone());
  if (t instanceof Parameter) return new Parameter(data, t.requiresGrad);
  return t.requiresGrad ? data.requiresGrad_() : data;
}
