/** @file Containers: Sequential, ModuleList, ModuleDict, ParameterList and ParameterDict. */

import { describeValue } from "../core/describe.ts";
import { ValueError } from "../core/errors.ts";
import { foreignKind, refuseForeign } from "../core/foreign.ts";
import { isRecord as isPlainRecord } from "../core/realm.ts";
import { Tensor } from "../tensor/tensor.ts";
import { noteCall } from "./called-modules.ts";
import { type Copier, duplicate } from "./deep-copy.ts";
import { SCALAR_TYPES } from "./functional/validate.ts";
import { type AnyModule, checkModule, Module, missingForward } from "./module.ts";
import { Parameter } from "./parameter.ts";

/** A module with one input and one output: an item of {@link Sequential}. */
export interface Layer extends Module {
  /** Maps a tensor to a tensor. */
  forward(x: Tensor): Tensor;
}

/** An item of a list, and its name. */
interface Item<T> {
  readonly name: string;
  readonly value: T;
}

// Symbols, as they work through a Proxy too, which private names do not.
const ITEMS = Symbol("items");
const MODULES = Symbol("modules");
const PARAMETERS = Symbol("parameters");
const ACCESSORS = Symbol("accessors");
// What the DataCloneError of a structured clone shows.
const ITEMS_STAY = Symbol("items of a Module: await encodeSafetensors(model.stateDict()) sends their numbers");

/** Base of the containers, which have their items also as properties: `list[0]`, `list[-1]`, `dict.name`. */
abstract class Container<Out> extends Module<Out> {
  private readonly [ACCESSORS] = new Set<string>();
  /** A symbol, which a structured clone refuses: it does not see the items, and would take a husk. */
  protected readonly "(items)": symbol = ITEMS_STAY;

  /** Defines the property of an item, unless the class has a member of that name, such as "forward". */
  protected defineItem(name: string, get: () => unknown, set: (value: unknown) => void): void {
    if (name in this) return;
    this[ACCESSORS].add(name);
    // Indices shift when one is deleted, so that is refused at once; names do not.
    Object.defineProperty(this, name, { get, set, configurable: !isIndex(name), enumerable: false });
  }
  /** The module that was assigned to a property and is not an item, or null. */
  protected hiddenBehind(name: string): Module<unknown> | null {
    const held = Object.getOwnPropertyDescriptor(this, name);
    return held?.value instanceof Module ? held.value : null;
  }
  /** Whether the property of an item was deleted; clears the mark. */
  protected wasDeleted(name: string): boolean {
    return this[ACCESSORS].has(name) && !Object.hasOwn(this, name) && this[ACCESSORS].delete(name);
  }
}

/** Throws a ValueError for what is no list: `Array.from` would take it for an empty one. */
function checkIterable(op: string, what: string, values: unknown): void {
  if (isObject(values) && Symbol.iterator in values) return;
  throw new ValueError(`[${op}] expected a list of ${what}, but got ${describeValue(values)}`);
}

/** The names and items of an object or of a list of pairs. */
function entriesOf(op: string, what: string, items: unknown): (readonly [name: string, item: unknown])[] {
  if (isPlainRecord(items)) return Object.entries(items);
  const pairs = `pairs [name, ${what.replace(/s$/, "")}]`;
  checkIterable(op, `${pairs}, or an object of ${what}`, items);
  return Array.from(items as Iterable<unknown>, (pair) => {
    if (Array.isArray(pair) && pair.length === 2 && typeof pair[0] === "string") return [pair[0], pair[1]] as const;
    throw new ValueError(`[${op}] expected ${pairs}, but one of them is ${describeValue(pair)}`);
  });
}

/** The part of a list that Python's `list[start:end:step]` is. */
function sliced<T>(op: string, values: readonly T[], start?: number, end?: number, step = 1): T[] {
  for (const [name, value] of Object.entries({ start, end, step })) {
    if (value === undefined || (Number.isInteger(value) && (name !== "step" || value > 0))) continue;
    throw new ValueError(
      `[${op}] ${name} should be ${name === "step" ? "a positive integer" : "an integer"}, but got ${describeValue(value)}`,
    );
  }
  return values.slice(start, end).filter((_, i) => i % step === 0);
}

function isIndex(name: string): boolean {
  return String(Number(name)) === name;
}

/** Base of the lists: ordered items under the names `0`, `1`, … unless they were given others. */
abstract class List<T, Out> extends Container<Out> implements Iterable<T> {
  /** The item at an index, which may be negative; assigning replaces it. Undefined beyond the ends. */
  [index: number]: T;
  private [ITEMS]: readonly Item<T>[] = [];

  /** Converts or rejects a value that is to become an item. */
  protected abstract toItem(value: unknown): T;
  /** The items' name in error messages. */
  protected abstract itemName(): string;

  /** All items, without those whose property was deleted. Throws for a value assigned to an index out of range. */
  protected items(): readonly Item<T>[] {
    noteCall(this);
    const stray = Object.keys(this).find(isIndex);
    if (stray !== undefined) {
      throw new ValueError(`${this.outOfRange(stray)}. Take it away with "delete list[${stray}]", and use append().`);
    }
    const remaining = this[ITEMS].filter(({ name }) => !this.wasDeleted(name));
    if (remaining.length < this[ITEMS].length) this[ITEMS] = remaining;
    for (const [i, { name, value }] of remaining.entries()) {
      const hidden = this.hiddenBehind(name);
      if (hidden === null || hidden === value) continue;
      throw new ValueError(`[${this.constructor.name}] '${name}' cannot be assigned. Use set(${i}, …).`);
    }
    return remaining;
  }
  /** Replaces all items. */
  protected setItems(items: readonly Item<T>[]): void {
    this[ITEMS] = items;
    for (const [i, { name }] of items.entries()) {
      for (const index of [i, -1 - i]) {
        const get = (): T | undefined => {
          noteCall(this);
          return this[ITEMS].at(index)?.value;
        };
        this.defineItem(String(index), get, (value) => this.set(index, value as T));
      }
      if (isIndex(name)) continue;
      const indexOf = (): number => this[ITEMS].findIndex((item) => item.name === name);
      const get = (): T | undefined => {
        noteCall(this);
        return this[ITEMS][indexOf()]?.value;
      };
      this.defineItem(name, get, (value) => this.set(indexOf(), value as T));
    }
  }
  protected override *fields(): Iterable<readonly [field: string, value: unknown]> {
    for (const { name, value } of this.items()) yield [name, value];
    yield* super.fields();
  }
  protected override blank(): this {
    return Reflect.construct(List, [], this.constructor) as this;
  }
  override [duplicate](copier: Copier): this {
    const copy = super[duplicate](copier);
    copy.setItems(this.items().map(({ name, value }) => ({ name, value: copier.copy(value) })));
    return copy;
  }

  /** Number of items. */
  get length(): number {
    return this.items().length;
  }
  /** The item at an index, which may be negative. */
  at(index: number): T {
    return (this.items()[this.position(index)] as Item<T>).value;
  }
  /** Replaces the item at an index, which may be negative. */
  set(index: number, value: T): void {
    const item = this.toItem(value);
    const position = this.position(index);
    this.setItems(this.items().map((old, i) => (i === position ? { name: old.name, value: item } : old)));
  }
  private position(index: number): number {
    const count = this.items().length;
    if (Number.isInteger(index) && index >= -count && index < count) return index < 0 ? index + count : index;
    throw new ValueError(this.outOfRange(index));
  }
  private outOfRange(index: unknown): string {
    return `[${this.constructor.name}] index ${index} is out of range: there are ${this[ITEMS].length} ${this.itemName()}`;
  }
  /** Adds an item at the end. */
  append(value: T): this {
    return this.extend([value]);
  }
  /** Adds items at the end. */
  extend(values: Iterable<T>): this {
    const items = this.items();
    checkIterable(this.constructor.name, this.itemName(), values);
    const added = Array.from(values, (value, i) => ({ name: String(items.length + i), value: this.toItem(value) }));
    this.setItems([...items, ...added]);
    return this;
  }
  /** Inserts an item before the one at an index, which may be negative. All are renumbered. */
  insert(index: number, value: T): void {
    const values = [...this];
    values.splice(index, 0, this.toItem(value));
    this.setItems(number(values));
  }
  /** Removes the item at an index, which may be negative, and returns it. The others are renumbered. */
  pop(index = -1): T {
    const position = this.position(index);
    const value = this.at(position);
    this.setItems(number([...this].filter((_, i) => i !== position)));
    return value;
  }
  /** Iterates over the items. */
  [Symbol.iterator](): IterableIterator<T> {
    return this.items()
      .map(({ value }) => value)
      .values();
  }
}

/** Items under the names `0`, `1`, … */
function number<T>(values: readonly T[]): Item<T>[] {
  return values.map((value, i) => ({ name: String(i), value }));
}

/** Base of the lists of modules. */
abstract class ModuleContainer<M extends AnyModule, Out> extends List<M, Out> {
  protected override toItem(value: unknown): M {
    checkModule(this.constructor.name, value ?? undefined);
    return value as M;
  }
  protected override itemName(): string {
    return "modules";
  }
  /** As {@link Module.addModule}; under the number that comes next it appends, under another index it replaces. */
  override addModule(name: string, module: AnyModule | null): void {
    if (!isIndex(name)) super.addModule(name, module);
    else if (Number(name) === this.length) this.append(this.toItem(module));
    else this.set(Number(name), this.toItem(module));
  }
}

/**
 * Sequential container: each layer's output is the input of the next. Takes layers, or an object of named layers.
 *
 * @example
 * const net = new nn.Sequential(new nn.Linear(2, 3), new nn.ReLU());
 * net.forward(ones(4, 2)).shape; // [4, 3]
 * String(new nn.Sequential({ hidden: new nn.Linear(2, 3), act: new nn.ReLU() }));
 * // Sequential(
 * //   (hidden): Linear(in_features=2, out_features=3, bias=True)
 * //   (act): ReLU()
 * // )
 */
export class Sequential extends ModuleContainer<Layer, Tensor> {
  constructor(layers: Readonly<Record<string, Layer>>);
  constructor(...layers: readonly Layer[]);
  constructor(...args: readonly (Layer | Readonly<Record<string, Layer>>)[]) {
    super();
    const [first] = args;
    if (args.length === 1 && isRecord(first)) {
      this.setItems(Object.entries(first).map(([name, layer]) => ({ name, value: this.toItem(layer) })));
    } else this.extend(args as readonly Layer[]);
  }
  /** Every `step`-th layer from `start` to before `end`, under the names they have here; both may count from the end. */
  slice(start?: number, end?: number, step?: number): Sequential {
    const part = new Sequential();
    part.setItems(sliced("Sequential.slice", this.items(), start, end, step));
    return part;
  }
  override forward(x: Tensor): Tensor {
    let result = x;
    for (const layer of this) result = layer.forward(result);
    return result;
  }
}

function isRecord(
  value: Layer | Readonly<Record<string, Layer>> | undefined,
): value is Readonly<Record<string, Layer>> {
  return isObject(value) && !(value instanceof Module) && !(value instanceof Tensor) && foreignKind(value) === null;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/**
 * List of modules, which your module calls as it likes; their parameters belong to it.
 *
 * @example
 * class Net extends nn.Module {
 *   layers = new nn.ModuleList([new nn.Linear(4, 4), new nn.Linear(4, 4)]);
 *   forward(x: Tensor): Tensor {
 *     for (const layer of this.layers) x = layer.forward(x).relu();
 *     return x;
 *   }
 * }
 * Object.keys(new Net().stateDict()).join(); // layers.0.weight,layers.0.bias,layers.1.weight,layers.1.bias
 */
export class ModuleList<M extends AnyModule = Layer> extends ModuleContainer<M, unknown> {
  constructor(modules: Iterable<M> = []) {
    super();
    this.extend(modules);
  }
  /** Every `step`-th module from `start` to before `end`; both may count from the end. */
  slice(start?: number, end?: number, step?: number): ModuleList<M> {
    return new ModuleList(sliced("ModuleList.slice", [...this], start, end, step));
  }
  /** @throws ValueError always: the list has no forward pass. */
  override forward(..._inputs: unknown[]): unknown {
    throw missingForward(this);
  }
}

/**
 * Dictionary of modules, which your module calls as it likes; their parameters belong to it.
 *
 * @example
 * const heads = new nn.ModuleDict({ digit: new nn.Linear(16, 10), parity: new nn.Linear(16, 2) });
 * heads.get("parity").forward(ones(16)).shape; // [2]
 */
export class ModuleDict<M extends AnyModule = Layer> extends Container<unknown> implements Iterable<string> {
  private readonly [MODULES] = new Map<string, M>();

  constructor(modules: Readonly<Record<string, M>> | Iterable<readonly [name: string, module: M]> = {}) {
    super();
    this.update(modules);
  }
  /** All modules, with those assigned as new properties and without those whose property was deleted. */
  private modulesByName(): Map<string, M> {
    noteCall(this);
    for (const name of this[MODULES].keys()) if (this.wasDeleted(name)) this[MODULES].delete(name);
    for (const name of Object.keys(this)) {
      const module = this.hiddenBehind(name);
      if (module === null) continue;
      Reflect.deleteProperty(this, name);
      this.set(name, module as M);
    }
    return this[MODULES];
  }
  protected override *fields(): Iterable<readonly [field: string, value: unknown]> {
    yield* this.modulesByName();
    yield* super.fields();
  }
  protected override blank(): this {
    return Reflect.construct(ModuleDict, [], this.constructor) as this;
  }
  override [duplicate](copier: Copier): this {
    const modules = this.modulesByName();
    const copy = super[duplicate](copier);
    for (const [name, module] of modules) copy.set(name, copier.copy(module));
    return copy;
  }

  /** Number of modules. */
  get length(): number {
    return this.modulesByName().size;
  }
  /** Whether there is a module of this name. */
  has(name: string): boolean {
    return this.modulesByName().has(name);
  }
  /** The module of this name. @throws ValueError for an unknown name. */
  get(name: string): M {
    const module = this.modulesByName().get(name);
    if (module !== undefined) return module;
    throw new ValueError(`[ModuleDict] there is no module '${name}', only ${[...this].join(", ") || "none"}`);
  }
  /** Adds a module, or replaces the one of that name. */
  set(name: string, module: M): this {
    checkModule("ModuleDict", module ?? undefined);
    if (name === "" || name.includes(".")) throw new ValueError(`[ModuleDict] '${name}' cannot be a module's name`);
    this[MODULES].set(name, module);
    this.defineItem(
      name,
      () => {
        noteCall(this);
        return this[MODULES].get(name);
      },
      (value) => this.set(name, value as M),
    );
    return this;
  }
  /** Adds or replaces several modules. */
  update(modules: Readonly<Record<string, M>> | Iterable<readonly [name: string, module: M]>): this {
    for (const [name, module] of entriesOf("ModuleDict", "modules", modules)) this.set(name, module as M);
    return this;
  }
  /** Removes a module and returns it. @throws ValueError for an unknown name. */
  pop(name: string): M {
    const module = this.get(name);
    this[MODULES].delete(name);
    return module;
  }
  /** Removes all modules. */
  clear(): void {
    this.modulesByName().clear();
  }
  /** Iterates over the names, in order of insertion. */
  keys(): IterableIterator<string> {
    return this.modulesByName().keys();
  }
  /** Iterates over the modules, in order of insertion. */
  values(): IterableIterator<M> {
    return this.modulesByName().values();
  }
  /** Iterates over names and modules, in order of insertion. */
  entries(): IterableIterator<[name: string, module: M]> {
    return this.modulesByName().entries();
  }
  /** {@link entries}, by PyTorch's name. */
  items(): IterableIterator<[name: string, module: M]> {
    return this.entries();
  }
  /** Iterates over the names. */
  [Symbol.iterator](): IterableIterator<string> {
    return this.keys();
  }
  /** @throws ValueError always: the dictionary has no forward pass. */
  override forward(..._inputs: unknown[]): unknown {
    throw missingForward(this);
  }
}

/**
 * List of parameters, which belong to the module that holds it. Plain tensors become parameters.
 *
 * @example
 * class Polynomial extends nn.Module {
 *   coefficients = new nn.ParameterList([tensor(1), tensor(0.5)]);
 *   forward(x: Tensor): Tensor {
 *     return [...this.coefficients].map((c, i) => x.pow(i).mul(c)).reduce((a, b) => a.add(b));
 *   }
 * }
 * new Polynomial().forward(tensor([0, 2])).detach(); // tensor([1., 2.])
 */
export class ParameterList extends List<Parameter, unknown> {
  constructor(values: Iterable<Tensor> = []) {
    super();
    this.extend(values);
  }
  protected override toItem(value: unknown): Parameter {
    return asParameter("ParameterList", value);
  }
  protected override itemName(): string {
    return "parameters";
  }
  /** Replaces the parameter at an index, which may be negative. */
  override set(index: number, value: Tensor): void {
    super.set(index, asParameter("ParameterList", value));
  }
  /** Adds a parameter at the end. */
  override append(value: Tensor): this {
    return this.extend([value]);
  }
  /** Adds parameters at the end. */
  override extend(values: Iterable<Tensor>): this {
    checkIterable(this.constructor.name, this.itemName(), values);
    return super.extend(Array.from(values, (value) => asParameter("ParameterList", value)));
  }
  /** Every `step`-th parameter from `start` to before `end`; both may count from the end. */
  slice(start?: number, end?: number, step?: number): ParameterList {
    return new ParameterList(sliced("ParameterList.slice", [...this], start, end, step));
  }
  /** @throws ValueError always: the list has no forward pass. */
  override forward(..._inputs: unknown[]): unknown {
    throw missingForward(this);
  }
  override extraRepr(): string {
    const lines = Array.from(
      this,
      ({ dtype, shape }, i) => `  (${i}): Parameter containing: [torch.${dtype} of size ${shape.join("x")}]`,
    );
    return lines.join("\n");
  }
}

/**
 * Dictionary of parameters, which belong to the module that holds it. Plain tensors become parameters.
 *
 * @example
 * class Scale extends nn.Module {
 *   factors = new nn.ParameterDict({ left: tensor([2]), right: tensor([3]) });
 *   forward(x: Tensor, side: string): Tensor {
 *     return x.mul(this.factors.get(side));
 *   }
 * }
 * new Scale().forward(tensor([1]), "right").detach(); // tensor([3.])
 * Object.keys(new Scale().stateDict()); // [ 'factors.left', 'factors.right' ]
 */
export class ParameterDict extends Container<unknown> implements Iterable<string> {
  private readonly [PARAMETERS] = new Map<string, Parameter>();

  constructor(parameters: Readonly<Record<string, Tensor>> | Iterable<readonly [name: string, value: Tensor]> = {}) {
    super();
    this.update(parameters);
  }
  /** All parameters, with those assigned as new properties and without those whose property was deleted. */
  private parametersByName(): Map<string, Parameter> {
    noteCall(this);
    for (const name of this[PARAMETERS].keys()) if (this.wasDeleted(name)) this[PARAMETERS].delete(name);
    for (const [name, value] of Object.entries(this)) {
      if (!(value instanceof Parameter)) continue;
      Reflect.deleteProperty(this, name);
      this.set(name, value);
    }
    return this[PARAMETERS];
  }
  protected override *fields(): Iterable<readonly [field: string, value: unknown]> {
    yield* this.parametersByName();
    yield* super.fields();
  }
  protected override blank(): this {
    return Reflect.construct(ParameterDict, [], this.constructor) as this;
  }
  override [duplicate](copier: Copier): this {
    const parameters = this.parametersByName();
    const copy = super[duplicate](copier);
    for (const [name, parameter] of parameters) copy.set(name, copier.copy(parameter));
    return copy;
  }

  /** Number of parameters. */
  get length(): number {
    return this.parametersByName().size;
  }
  /** Whether there is a parameter of this name. */
  has(name: string): boolean {
    return this.parametersByName().has(name);
  }
  /** The parameter of this name. @throws ValueError for an unknown name. */
  get(name: string): Parameter {
    const parameter = this.parametersByName().get(name);
    if (parameter !== undefined) return parameter;
    throw new ValueError(`[ParameterDict] there is no parameter '${name}', only ${[...this].join(", ") || "none"}`);
  }
  /** Adds a parameter, or replaces the one of that name. */
  set(name: string, value: Tensor): this {
    if (name === "" || name.includes(".")) {
      throw new ValueError(`[ParameterDict] '${name}' cannot be a parameter's name`);
    }
    this[PARAMETERS].set(name, asParameter("ParameterDict", value));
    this.defineItem(
      name,
      () => {
        noteCall(this);
        return this[PARAMETERS].get(name);
      },
      (next) => this.set(name, next as Tensor),
    );
    return this;
  }
  /** The parameter of this name, which is set to `otherwise` first if there is none. */
  setdefault(name: string, otherwise: Tensor): Parameter {
    if (!this.has(name)) this.set(name, otherwise);
    return this.get(name);
  }
  /** Adds or replaces several parameters. */
  update(parameters: Readonly<Record<string, Tensor>> | Iterable<readonly [name: string, value: Tensor]>): this {
    for (const [name, value] of entriesOf("ParameterDict", "parameters", parameters)) this.set(name, value as Tensor);
    return this;
  }
  /** Removes a parameter and returns it. @throws ValueError for an unknown name. */
  pop(name: string): Parameter {
    const parameter = this.get(name);
    this[PARAMETERS].delete(name);
    return parameter;
  }
  /** Removes all parameters. */
  clear(): void {
    this.parametersByName().clear();
  }
  /** Iterates over the names, in order of insertion. */
  keys(): IterableIterator<string> {
    return this.parametersByName().keys();
  }
  /** Iterates over the parameters, in order of insertion. */
  values(): IterableIterator<Parameter> {
    return this.parametersByName().values();
  }
  /** Iterates over names and parameters, in order of insertion. */
  entries(): IterableIterator<[name: string, parameter: Parameter]> {
    return this.parametersByName().entries();
  }
  /** {@link entries}, by PyTorch's name. */
  items(): IterableIterator<[name: string, parameter: Parameter]> {
    return this.entries();
  }
  /** Iterates over the names. */
  [Symbol.iterator](): IterableIterator<string> {
    return this.keys();
  }
  /** @throws ValueError always: the dictionary has no forward pass. */
  override forward(..._inputs: unknown[]): unknown {
    throw missingForward(this);
  }
  override extraRepr(): string {
    const lines = Array.from(
      this.parametersByName(),
      ([name, { dtype, shape }]) =>
        `  (${name}): Parameter containing: [torch.${SCALAR_TYPES[dtype]}Tensor of size ${shape.join("x")}]`,
    );
    return lines.join("\n");
  }
}

function asParameter(op: string, value: unknown): Parameter {
  if (value instanceof Parameter) return value;
  if (value instanceof Tensor) return new Parameter(value);
  refuseForeign(op, "a value", value);
  throw new ValueError(`[${op}] expected a tensor, but got ${value === null ? "null" : typeof value}`);
}
