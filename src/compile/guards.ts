/** @file What has to be as it was when a function was captured, for its program to hold. */
import type { Storage } from "../../kernels/backend.ts";
import { leafHooks, requiresGrad } from "../autograd/tape-state.ts";
import { getDefaultDevice, getDefaultDtype } from "../core/defaults.ts";
import { isTensor } from "../core/identity.ts";
import { type AnyModule, hooksVersion, Module } from "../nn/module.ts";
import { Optimizer } from "../optim/optimizer.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** Something that has to be as it was. */
export interface Guard {
  readonly holds: () => boolean;
  /** What differs if it does not hold. */
  readonly difference: () => string;
}

/** The dtype and the device of tensors that are made without either. */
export function defaultsGuard(): Guard {
  const [dtype, device] = [getDefaultDtype(), getDefaultDevice()];
  return {
    holds: () => getDefaultDtype() === dtype && getDefaultDevice() === device,
    difference: () => "the default dtype or the default device is another",
  };
}

/** The values that a guard holds an object's fields against. */
interface Field {
  readonly owner: object;
  readonly key: string;
  readonly value: unknown;
  /** The field of the module that it is in, where it is not the module's own. */
  readonly name?: string;
}

/** The most elements of an array that are looked at one by one. */
const MOST_ELEMENTS = 64;

function fieldsOf(owner: object): Field[] {
  return Object.keys(owner).map((key) => ({ owner, key, value: Reflect.get(owner, key) }));
}

function changedField(fields: readonly Field[]): Field | undefined {
  return fields.find(({ owner, key, value }) => !Object.is(Reflect.get(owner, key), value));
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** The fields of what is in a field, for arrays and plain objects: their owner stays the same where they change. */
function innerFields(value: unknown): Field[] {
  if (Array.isArray(value)) {
    const length = { owner: value, key: "length", value: value.length };
    return value.length > MOST_ELEMENTS ? [length] : [length, ...fieldsOf(value)];
  }
  return typeof value === "object" && value !== null && isPlain(value) ? fieldsOf(value) : [];
}

/** A map, such as the one of a container's modules, and what is in it. */
interface Entries {
  readonly map: ReadonlyMap<unknown, unknown>;
  readonly entries: readonly (readonly [key: unknown, value: unknown])[];
}

function sameEntries({ map, entries }: Entries): boolean {
  if (map.size !== entries.length) return false;
  let i = 0;
  for (const [key, value] of map) {
    const known = entries[i++];
    if (known === undefined || !Object.is(known[0], key) || !Object.is(known[1], value)) return false;
  }
  return true;
}

/** A module: its fields, with parameters and the items of containers, and its hooks. */
export class ModuleGuard {
  readonly #module: AnyModule;
  readonly #fields: readonly Field[];
  /** Lists of items, which are replaced when they change. */
  readonly #lists: readonly { readonly key: symbol; readonly value: unknown }[];
  readonly #maps: readonly Entries[];
  readonly #hooks: number;

  constructor(module: AnyModule) {
    this.#module = module;
    const own = fieldsOf(module);
    this.#fields = own.flatMap((field) => {
      const inner = innerFields(field.value).map(({ owner, key, value }) => ({ owner, key, value, name: field.key }));
      return [field, ...inner];
    });
    const symbols = Object.getOwnPropertySymbols(module).map((key) => ({ key, value: Reflect.get(module, key) }));
    this.#lists = symbols.filter(({ value }) => Array.isArray(value));
    this.#maps = [...symbols, ...own].flatMap(({ value }) =>
      value instanceof Map ? [{ map: value, entries: [...value] }] : [],
    );
    this.#hooks = hooksVersion(module);
  }

  /** The field that has changed, or undefined. */
  get changed(): string | undefined {
    const field = changedField(this.#fields);
    if (field !== undefined) return field.name ?? field.key;
    return this.#sameItems() ? undefined : "items";
  }

  #sameItems(): boolean {
    // Most modules are no containers, and this is asked before every run.
    if (this.#lists.length === 0 && this.#maps.length === 0) return true;
    const module: object = this.#module;
    return this.#lists.every(({ key, value }) => Reflect.get(module, key) === value) && this.#maps.every(sameEntries);
  }

  get holds(): boolean {
    const fields = this.#fields;
    for (let i = 0; i < fields.length; i++) {
      const { owner, key, value } = fields[i] as Field;
      if (!Object.is((owner as Record<string, unknown>)[key], value)) return false;
    }
    return this.#sameItems() && hooksVersion(this.#module) === this.#hooks;
  }

  /** The name of the class. */
  get name(): string {
    return this.#module.constructor.name;
  }

  get difference(): string {
    const { changed } = this;
    return changed === undefined
      ? `${this.name} has other hooks`
      : `${this.name} has another value in its field '${changed}'`;
  }
}

export function isModule(value: object): value is AnyModule {
  return value instanceof Module;
}

/** A tensor from outside: its memory, and whether it requires a gradient. */
export function tensorGuard(t: Tensor, storage: Storage, needed: boolean): Guard {
  const { hooks, postHooks } = leafHooks(t);
  const holds = (): boolean => {
    if (t.storage !== storage || requiresGrad(t) !== needed) return false;
    if (!needed) return true;
    const now = leafHooks(t);
    return now.hooks === hooks && now.postHooks === postHooks;
  };
  const difference = (): string =>
    `a tensor of shape [${t.shape.join(", ")}] that it uses from outside has other memory, hooks or requiresGrad`;
  return { holds, difference };
}

/** An option as it decides which arrays a step takes: a number by whether it is 0. Its amount is read at each step. */
function shapeOfOption(value: unknown): unknown {
  return typeof value === "number" ? value !== 0 : Array.isArray(value) ? value.length : value;
}

/** An optimizer: its groups, their parameters, what their options choose, and its state. */
export function optimizerGuard(optimizer: Optimizer): Guard {
  const groups = optimizer.paramGroups.map((group) => ({
    group,
    params: [...group.params],
    options: Object.entries(group)
      .filter(([key]) => key !== "params")
      .map(([key, value]) => ({ key, shape: shapeOfOption(value) })),
  }));
  const states = [...optimizer.state].map(([param, state]) => ({
    param,
    state,
    tensors: fieldsOf(state).filter(({ value }) => value === null || isTensor(value)),
  }));
  const holds = (): boolean => {
    if (optimizer.paramGroups.length !== groups.length || optimizer.state.size !== states.length) return false;
    const sameGroups = groups.every(({ group, params, options }, i) => {
      if (optimizer.paramGroups[i] !== group || group.params.length !== params.length) return false;
      if (!params.every((param, k) => group.params[k] === param)) return false;
      return options.every(({ key, shape }) => Object.is(shapeOfOption(Reflect.get(group, key)), shape));
    });
    return (
      sameGroups &&
      states.every(
        ({ param, state, tensors }) => optimizer.state.get(param) === state && changedField(tensors) === undefined,
      )
    );
  };
  const difference = (): string => `${optimizer.constructor.name} has other parameters, options or state`;
  return { holds, difference };
}

/** The numbers that an optimizer keeps for a parameter, as text. */
export function numbersIn(state: object): string {
  return JSON.stringify(Object.entries(state).filter(([, value]) => typeof value === "number"));
}

/** The numbers in an optimizer's own fields, as text. */
export function ownNumbers(optimizer: Optimizer): string {
  const { stepsTaken: _, ...own } = optimizer;
  return numbersIn(own);
}

export function isOptimizer(value: object): value is Optimizer {
  return value instanceof Optimizer;
}
