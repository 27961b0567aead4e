/**
 * @file The arguments of public functions, declared once: names, order, kinds and defaults. Positions, names in an object
 * that comes last, unknown names and values of the wrong kind are all handled from the declaration.
 *
 * Reading costs some 140 ns. A function that is called in every step tests for its usual call first, and reads only
 * what is left:
 *
 * ```ts
 * const SUM = signature("sum", {
 *   input: required(aTensor),
 *   dim: optional(dims, null),
 *   keepdim: optional(aBoolean, false),
 *   dtype: keyword(aDType),
 * });
 *
 * export type SumArgs = Args<[], [dim: Dims | null, keepdim: boolean], SumOptions>;
 *
 * export function sum(x: Tensor, ...args: SumArgs): Tensor {
 *   const { input, dim, keepdim, dtype } = SUM.read([x, ...args]);
 *   …
 * }
 * ```
 */

import { describeValue } from "./describe.ts";
import { ValueError } from "./errors.ts";
import { isForeignTensor, isTensor } from "./identity.ts";
import { type Kind, listOf, REFUSED } from "./kinds.ts";
import { isRecord } from "./realm.ts";

/** One parameter of a function. */
export interface Parameter<T> {
  readonly kind: Kind<T>;
  readonly required: boolean;
  readonly otherwise: T;
  readonly place: "position" | "name" | "rest";
  /** In place of {@link otherwise}, a default that a program can change. */
  readonly current?: () => T;
}

/** A parameter that every call gives. */
export function required<T>(kind: Kind<T>): Parameter<T> {
  return { kind, required: true, otherwise: undefined as T, place: "position" };
}

/** A parameter that may be left out. Its default may also be given, so that null stands where null is the default. */
export function optional<T>(kind: Kind<T>): Parameter<T | undefined>;
export function optional<T, const D>(kind: Kind<T>, otherwise: D): Parameter<T | D>;
export function optional<T>(kind: Kind<T>, otherwise?: T): Parameter<T | undefined> {
  return { kind, required: false, otherwise, place: "position" };
}

/** A parameter that may be left out, with a default that a program can change. */
export function optionalNow<T>(kind: Kind<T>, current: () => T): Parameter<T> {
  return { kind, required: false, otherwise: undefined as T, place: "position", current };
}

/** A parameter that has no position: it is given by name, as those after `*` in PyTorch. */
export function keyword<T>(kind: Kind<T>): Parameter<T | undefined>;
export function keyword<T, const D>(kind: Kind<T>, otherwise: D): Parameter<T | D>;
export function keyword<T>(kind: Kind<T>, otherwise?: T): Parameter<T | undefined> {
  return { kind, required: false, otherwise, place: "name" };
}

/** All further positions, one by one or as one list: `reshape(x, 2, 3)` and `reshape(x, [2, 3])`. */
export function rest<T>(kind: Kind<readonly T[]>): Parameter<readonly T[]> {
  return { kind, required: false, otherwise: [], place: "rest" };
}

/** Each optional position may be left undefined where one behind it is given. */
type Prefixes<Positions extends readonly unknown[]> = Positions extends readonly [...infer Before, unknown]
  ? { [I in keyof Positions]: Positions[I] | undefined } | Prefixes<Before>
  : [];

/** Calls that give the required arguments and some of the optional ones by position, then any by name. */
type Positional<Required extends readonly unknown[], Given, Named> = Given extends readonly unknown[]
  ? [...Required, ...Given, options?: { readonly [Name in keyof Named]?: Named[Name] | undefined } | undefined]
  : never;

/**
 * The types of a function's arguments: those that every call gives, those that may be left out, and the names of all of
 * them for an object that comes last.
 */
export type Args<Required extends readonly unknown[], Optional extends readonly unknown[], Named extends object> =
  | Positional<Required, Prefixes<Optional>, Named>
  | SomeRequired<Required, Named>;

/**
 * Calls that give only some of the required arguments, or none, by position, and the rest of them by name. Positions have
 * no names in the types, so only a call without any is asked for all that are required.
 */
type SomeRequired<Required extends readonly unknown[], Named> = Required extends readonly [...infer Before, unknown]
  ? Before extends readonly []
    ? [options: Named]
    : [...Before, options: { readonly [Name in keyof Named]?: Named[Name] | undefined }] | SomeRequired<Before, Named>
  : never;

/**
 * Calls that give some of the arguments that every call gives by position and the rest of them by name, with any others:
 * `Keys` are their names in `Named`, in their order.
 */
export type ByName<
  Keys extends readonly string[],
  Named,
  Given extends readonly unknown[] = [],
> = Keys extends readonly [infer Key extends keyof Named & string, ...infer Rest extends readonly string[]]
  ? readonly [...Given, options: Named] | ByName<Rest, Omit<Named, Key>, [...Given, Named[Key]]>
  : never;

type Parameters = Readonly<Record<string, Parameter<unknown>>>;

/** What {@link Signature.read} gives: a value for each parameter. */
export type Arguments<P extends Parameters> = {
  readonly [Name in keyof P]: P[Name] extends Parameter<infer T> ? T : never;
};

/** One or more of the first positions of `P`, and then options: the overload between all positions and options alone. */
export type SomeThenOptions<P extends readonly unknown[], O> = readonly [
  ...Exclude<Prefixes<P>, readonly []>,
  options: O | undefined,
];

/** The first positions of `P`, however many, and then names: the last overload of a function with several optional ones. */
export type ThenOptions<P extends readonly unknown[], O> = readonly [...Prefixes<P>, options?: O | undefined];

/** What NumPy calls some parameters. */
const NUMPY_NAMES: Readonly<Record<string, string>> = { axis: "dim", keepdims: "keepdim" };

/** The declared arguments of one function. */
export class Signature<P extends Parameters> {
  readonly op: string;
  readonly #parameters: P;
  readonly #positional: readonly string[];
  /** Those of {@link #positional}, in their order. */
  readonly #places: readonly Parameter<unknown>[];
  /** The parameter that takes all further positions. */
  readonly #rest: string | undefined;
  readonly #defaults: Record<string, unknown>;
  readonly #current: readonly (readonly [name: string, value: () => unknown])[];

  constructor(op: string, parameters: P) {
    this.op = op;
    this.#parameters = parameters;
    const names = Object.keys(parameters);
    this.#positional = names.filter((name) => parameters[name]?.place === "position");
    this.#places = this.#positional.map((name) => parameters[name] as Parameter<unknown>);
    this.#rest = names.find((name) => parameters[name]?.place === "rest");
    this.#defaults = Object.fromEntries(names.map((name) => [name, parameters[name]?.otherwise]));
    this.#current = names.flatMap((name) => {
      const current = parameters[name]?.current;
      return current === undefined ? [] : [[name, current] as const];
    });
  }

  /**
   * The arguments of a call.
   *
   * @throws ValueError for a name that is unknown or given twice, for a missing argument, too many of them, or one of the
   * wrong kind; DTypeError where a dtype is meant.
   */
  read(given: ArrayLike<unknown>): Arguments<P> {
    const values = { ...this.#defaults };
    for (const [name, value] of this.#current) values[name] = value();
    let count = isCallback(given) ? 1 : given.length;
    while (count > 0 && given[count - 1] === undefined) count--;
    const options = this.#optionsAt(given, count - 1);
    if (options !== undefined) count--;
    this.#readPositions(given, count, values);
    if (options !== undefined) this.#readNames(options, given, count, values);
    const places = this.#places;
    for (let i = 0; i < places.length; i++) {
      if (places[i]?.required && (i >= count || given[i] === undefined)) this.#checkRequired(values);
    }
    return values as Arguments<P>;
  }

  /** The object that names arguments, if the one at `index` is such an object and no argument by itself. */
  #optionsAt(given: ArrayLike<unknown>, index: number): object | undefined {
    const last = given[index];
    if (!isOptions(last)) return undefined;
    const name = this.#positional[index] ?? this.#rest;
    const parameter = name === undefined ? undefined : this.#parameters[name];
    return parameter === undefined || parameter.kind.read(last) === REFUSED ? last : undefined;
  }

  #readPositions(given: ArrayLike<unknown>, count: number, values: Record<string, unknown>): void {
    const positional = this.#positional;
    const fixed = Math.min(count, positional.length);
    for (let i = 0; i < fixed; i++) {
      const value = given[i];
      if (value === undefined) continue;
      const name = positional[i] as string;
      values[name] = this.#convert(name, this.#places[i] as Parameter<unknown>, value);
    }
    if (count <= positional.length) return;
    if (this.#rest === undefined) throw this.#tooMany(count, given);
    const further = Array.from({ length: count - fixed }, (_, i) => given[fixed + i]);
    const only = further.length === 1 ? listOf(further[0]) : undefined;
    const { kind } = this.#parameters[this.#rest] as Parameter<unknown>;
    const read = kind.read(only ?? further);
    if (read === REFUSED) readArgument(this.op, this.#rest, kind, further.length === 1 ? further[0] : further);
    values[this.#rest] = read;
  }

  #readNames(options: object, given: ArrayLike<unknown>, count: number, values: Record<string, unknown>): void {
    for (const [key, value] of Object.entries(options)) {
      const name = this.#nameFor(key);
      const parameter = Object.hasOwn(this.#parameters, name) ? this.#parameters[name] : undefined;
      if (parameter === undefined) throw this.#unknown(name);
      if (value === undefined) continue;
      const position = parameter.place === "name" ? -1 : this.#positional.indexOf(name);
      const taken = parameter.place === "rest" ? count > this.#positional.length : position >= 0 && position < count;
      if (taken && (parameter.place === "rest" || given[position] !== undefined)) {
        throw new ValueError(`[${this.op}] got multiple values for argument "${name}": by position and by name`);
      }
      values[name] = this.#convert(name, parameter, value);
    }
  }

  /** The parameter that a name of the options means: NumPy's names stand for those of PyTorch, as they do there. */
  #nameFor(key: string): string {
    const other = NUMPY_NAMES[key];
    const isOwn = other === undefined || Object.hasOwn(this.#parameters, key);
    return isOwn || !Object.hasOwn(this.#parameters, other) ? key : other;
  }

  #convert(name: string, { kind, required, otherwise }: Parameter<unknown>, value: unknown): unknown {
    if (!required && value === otherwise) return value;
    const read = kind.read(value);
    return read === REFUSED ? readArgument(this.op, name, kind, value) : read;
  }

  #checkRequired(values: Record<string, unknown>): void {
    for (const name of this.#positional) {
      if (values[name] !== undefined || !this.#parameters[name]?.required) continue;
      throw new ValueError(
        `[${this.op}] missing required argument "${name}", which must be ${this.#parameters[name].kind.description}. Usage: ${this}`,
      );
    }
  }

  #tooMany(count: number, given: ArrayLike<unknown>): ValueError {
    const extra = describeValue(given[this.#positional.length]);
    const [first] = Object.keys(this.#parameters);
    if (this.#positional.length === 0 && first !== undefined && !isOptions(given[0])) {
      return new ValueError(
        `[${this.op}] expected options by name, as { ${first}: … }, but got ${extra}. Usage: ${this}`,
      );
    }
    return new ValueError(
      `[${this.op}] expected at most ${this.#positional.length} arguments by position, but got ${count}: ${extra} is one too many. Usage: ${this}`,
    );
  }

  #unknown(name: string): ValueError {
    const known = Object.keys(this.#parameters).filter((other) => this.#parameters[other]?.place !== "rest");
    const wanted = simplified(name);
    const similar = known.find((other) => simplified(other) === wanted);
    const expected = known.length === 0 ? "There are no options." : `Expected ${known.join(", ")}.`;
    const hint = similar === undefined ? expected : `It is called "${similar}" here.`;
    return new ValueError(`[${this.op}] unknown option "${name}". ${hint}`);
  }

  /** How the function is called: `sum(input, dim?, keepdim?, { dtype? })`. */
  toString(): string {
    const shown = (name: string) => (this.#parameters[name]?.required ? name : `${name}?`);
    const byName = Object.keys(this.#parameters).filter((name) => this.#parameters[name]?.place === "name");
    const parts = this.#positional.map(shown);
    if (this.#rest !== undefined) parts.push(`...${this.#rest}`);
    if (byName.length > 0) parts.push(`{ ${byName.map(shown).join(", ")} }`);
    return `${this.op}(${parts.join(", ")})`;
  }
}

/** Declares the arguments of a function in PyTorch's order and under PyTorch's names in camelCase. */
export function signature<P extends Parameters>(op: string, parameters: P): Signature<P> {
  return new Signature(op, parameters);
}

/**
 * One argument as its kind reads it.
 *
 * @throws ValueError, or DTypeError where a dtype is meant: `[sum] argument "dim" must be an integer, but got "a".`
 */
export function readArgument<T>(op: string, name: string, kind: Kind<T>, value: unknown): T {
  const read = kind.read(value);
  if (read !== REFUSED) return read;
  const place = isOptions(value) ? "Options by name come last, in one object." : undefined;
  const hint = kind.hint?.(value) ?? place;
  const sentence =
    kind.message?.(name, value) ?? `argument "${name}" must be ${kind.description}, but got ${describeValue(value)}.`;
  const message = `[${op}] ${sentence}`;
  const ErrorClass = kind.error ?? ValueError;
  if (hint === undefined) throw new ErrorClass(message);
  throw new ErrorClass(`${message}${/[.?!]$/.test(message) ? "" : "."} ${hint}`);
}

/** Whether a value is an object of options: a plain object of any realm, no tensor, list or instance of a class. */
export function isOptions(value: unknown): value is object {
  return isRecord(value) && !isTensor(value) && !isForeignTensor(value);
}

/** Whether `Array.prototype.map` and its like made the call: `tensors.map(sqrt)` passes an index and the array along. */
function isCallback(given: ArrayLike<unknown>): boolean {
  if (given.length !== 3 || !Array.isArray(given[2])) return false;
  const [item, index, list] = [given[0], given[1], given[2] as readonly unknown[]];
  return typeof index === "number" && index < list.length && list[index] === item;
}

/** `requires_grad`, `requiresgrad` and `RequiresGrad` in one form. */
function simplified(name: string): string {
  return name.replaceAll("_", "").toLowerCase();
}
