/** @file Modules made of a list of modules. */
import { ValueError } from "../tensor/errors.ts";
import { Tensor } from "../tensor/tensor.ts";
import { type Copier, duplicate } from "./copy.ts";
import { type AnyModule, checkModule, Module, missingForward } from "./module.ts";
import { Parameter } from "./parameter.ts";

/** A module that makes one tensor of another. */
export interface Layer extends Module {
  forward(x: Tensor): Tensor;
}

/** What lists of modules have in common: modules in an order, under the names `0`, `1`, … unless they got others. */
abstract class ModuleContainer<M extends AnyModule, Out> extends Module<Out> implements Iterable<M> {
  #entries: [name: string, module: M][] = [];

  protected setEntries(entries: Iterable<readonly [name: string, module: M]>): void {
    const checked = Array.from(entries, ([name, module]): [string, M] => {
      this.check(module);
      return [name, module];
    });
    this.#entries = checked;
  }
  protected check(module: unknown): void {
    checkModule(this.constructor.name, module ?? undefined);
  }
  protected override *fields(): Iterable<readonly [field: string, value: unknown]> {
    yield* this.#entries;
    yield* super.fields();
  }

  protected override blank(): this {
    return Reflect.construct(ModuleContainer, [], this.constructor) as this;
  }
  override [duplicate](copier: Copier): this {
    const twin = super[duplicate](copier);
    twin.#entries = copier.copy(this.#entries);
    return twin;
  }

  /** Number of modules. */
  get length(): number {
    return this.#entries.length;
  }
  /** The module at an index, which may count from the end. */
  at(index: number): M {
    return this.#entryAt(index)[1];
  }
  /** Replaces the module at an index. */
  set(index: number, module: M): void {
    this.check(module);
    this.#entryAt(index)[1] = module;
  }
  #entryAt(index: number): [name: string, module: M] {
    const entry = Number.isInteger(index) ? this.#entries.at(index) : undefined;
    if (entry !== undefined) return entry;
    throw new ValueError(`[${this.constructor.name}] index ${index} is out of range: there are ${this.length} modules`);
  }
  /** Adds a module at the end. */
  append(module: M): this {
    return this.extend([module]);
  }
  /** Adds modules at the end. */
  extend(modules: Iterable<M>): this {
    const added = Array.from(modules, (module, i) => [String(this.length + i), module] as const);
    this.setEntries([...this.#entries, ...added]);
    return this;
  }
  [Symbol.iterator](): IterableIterator<M> {
    return this.#entries.map(([, module]) => module).values();
  }
}

/**
 * Layers one after the other. Given as a list or, with names of their own, as an object.
 *
 * @example
 * new nn.Sequential(new nn.Linear(2, 3), new nn.ReLU());
 * new nn.Sequential({ hidden: new nn.Linear(2, 3), activation: new nn.ReLU() });
 */
export class Sequential extends ModuleContainer<Layer, Tensor> {
  constructor(layers: Readonly<Record<string, Layer>>);
  constructor(...layers: readonly Layer[]);
  constructor(...args: readonly (Layer | Readonly<Record<string, Layer>>)[]) {
    super();
    const [first] = args;
    const byName = args.length === 1 && isRecord(first) ? Object.entries(first) : null;
    this.setEntries(byName ?? (args as readonly Layer[]).map((layer, i) => [String(i), layer] as const));
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
  return typeof value === "object" && value !== null && !(value instanceof Module) && !(value instanceof Tensor);
}

/**
 * A list of modules that a module of your own calls as it likes.
 *
 * @example
 * class Net extends nn.Module {
 *   layers = new nn.ModuleList([new nn.Linear(4, 4), new nn.Linear(4, 4)]);
 *   forward(x: Tensor): Tensor {
 *     for (const layer of this.layers) x = layer.forward(x).relu();
 *     return x;
 *   }
 * }
 */
export class ModuleList<M extends AnyModule = Layer> extends ModuleContainer<M, unknown> {
  constructor(modules: Iterable<M> = []) {
    super();
    this.extend(modules);
  }
  /** Puts a module before the one at an index, which may count from the end. */
  insert(index: number, module: M): void {
    const modules = [...this];
    modules.splice(index, 0, module);
    this.setEntries(modules.map((each, i) => [String(i), each]));
  }
  /** @throws ValueError always: a list does not compute. */
  override forward(..._inputs: unknown[]): unknown {
    throw missingForward(this);
  }
}

/**
 * Modules under names, which a module of your own calls as it likes.
 *
 * @example
 * const heads = new nn.ModuleDict({ digit: new nn.Linear(16, 10), parity: new nn.Linear(16, 2) });
 * heads.get("digit").forward(x);
 */
export class ModuleDict<M extends AnyModule = Layer> extends Module<unknown> implements Iterable<string> {
  readonly #modules = new Map<string, M>();

  constructor(modules: Readonly<Record<string, M>> | Iterable<readonly [name: string, module: M]> = {}) {
    super();
    this.update(modules);
  }
  protected override *fields(): Iterable<readonly [field: string, value: unknown]> {
    yield* this.#modules;
    yield* super.fields();
  }
  protected override blank(): this {
    return Reflect.construct(ModuleDict, [], this.constructor) as this;
  }
  override [duplicate](copier: Copier): this {
    const twin = super[duplicate](copier);
    for (const [name, module] of this.#modules) twin.#modules.set(name, copier.copy(module));
    return twin;
  }

  /** Number of modules. */
  get length(): number {
    return this.#modules.size;
  }
  has(name: string): boolean {
    return this.#modules.has(name);
  }
  /** @throws ValueError for a name that is not there. */
  get(name: string): M {
    const module = this.#modules.get(name);
    if (module !== undefined) return module;
    throw new ValueError(`[ModuleDict] there is no module '${name}', only ${[...this].join(", ") || "none"}`);
  }
  /** Adds a module, or replaces the one of that name. */
  set(name: string, module: M): this {
    checkModule("ModuleDict", module ?? undefined);
    if (name === "" || name.includes(".")) throw new ValueError(`[ModuleDict] '${name}' cannot be a module's name`);
    this.#modules.set(name, module);
    return this;
  }
  /** Adds or replaces several modules. */
  update(modules: Readonly<Record<string, M>> | Iterable<readonly [name: string, module: M]>): this {
    const entries = Symbol.iterator in modules ? modules : Object.entries(modules);
    for (const [name, module] of entries as Iterable<readonly [string, M]>) this.set(name, module);
    return this;
  }
  /** Takes a module out and returns it. @throws ValueError for a name that is not there. */
  pop(name: string): M {
    const module = this.get(name);
    this.#modules.delete(name);
    return module;
  }
  clear(): void {
    this.#modules.clear();
  }
  keys(): IterableIterator<string> {
    return this.#modules.keys();
  }
  values(): IterableIterator<M> {
    return this.#modules.values();
  }
  entries(): IterableIterator<[name: string, module: M]> {
    return this.#modules.entries();
  }
  [Symbol.iterator](): IterableIterator<string> {
    return this.#modules.keys();
  }
  /** @throws ValueError always: a dictionary does not compute. */
  override forward(..._inputs: unknown[]): unknown {
    throw missingForward(this);
  }
}

/**
 * A list of parameters that belong to the module whose field it is.
 *
 * @example
 * class Powers extends nn.Module {
 *   factors = new nn.ParameterList([tensor(1), tensor(0.5)]);
 *   forward(x: Tensor): Tensor {
 *     return [...this.factors].map((f, i) => x.pow(i).mul(f)).reduce((a, b) => a.add(b));
 *   }
 * }
 */
export class ParameterList extends Module<unknown> implements Iterable<Parameter> {
  #parameters: Parameter[] = [];

  /** Tensors that are no parameters become some. */
  constructor(values: Iterable<Tensor> = []) {
    super();
    this.extend(values);
  }
  protected override *fields(): Iterable<readonly [field: string, value: unknown]> {
    for (const [i, parameter] of this.#parameters.entries()) yield [String(i), parameter];
    yield* super.fields();
  }
  protected override blank(): this {
    return Reflect.construct(ParameterList, [], this.constructor) as this;
  }
  override [duplicate](copier: Copier): this {
    const twin = super[duplicate](copier);
    twin.#parameters = copier.copy(this.#parameters);
    return twin;
  }

  /** Number of parameters. */
  get length(): number {
    return this.#parameters.length;
  }
  /** The parameter at an index, which may count from the end. */
  at(index: number): Parameter {
    const found = Number.isInteger(index) ? this.#parameters.at(index) : undefined;
    if (found !== undefined) return found;
    throw new ValueError(`[ParameterList] index ${index} is out of range: there are ${this.length} parameters`);
  }
  /** Replaces the parameter at an index. */
  set(index: number, value: Tensor): void {
    this.at(index);
    this.#parameters[index < 0 ? index + this.length : index] = asParameter(value);
  }
  /** Adds a parameter at the end. */
  append(value: Tensor): this {
    return this.extend([value]);
  }
  /** Adds parameters at the end. */
  extend(values: Iterable<Tensor>): this {
    this.#parameters.push(...Array.from(values, asParameter));
    return this;
  }
  [Symbol.iterator](): IterableIterator<Parameter> {
    return this.#parameters.values();
  }
  /** @throws ValueError always: a list does not compute. */
  override forward(..._inputs: unknown[]): unknown {
    throw missingForward(this);
  }
  override extraRepr(): string {
    const lines = this.#parameters.map(
      ({ dtype, shape }, i) => `  (${i}): Parameter containing: [torch.${dtype} of size ${shape.join("x")}]`,
    );
    return lines.join("\n");
  }
}

function asParameter(value: Tensor): Parameter {
  if (value instanceof Parameter) return value;
  if (value instanceof Tensor) return new Parameter(value);
  throw new ValueError(`[ParameterList] expected a tensor, but got ${value === null ? "null" : typeof value}`);
}
