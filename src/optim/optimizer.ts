/** @file The base class of optimizers: parameter groups, state, checks of options. */

import { isContiguous } from "../../kernels/layout.ts";
import { captureHook, madeOutside, onHost } from "../autograd/capture-hook.ts";
import { enableGrad, noGrad } from "../autograd/grad-mode.ts";
import { profilerHook } from "../autograd/profiler-hook.ts";
import { dropGrad, peekGrad } from "../autograd/tape-state.ts";
import { untidied } from "../autograd/tidy-scope.ts";
import { isOptions, keyword, optional, type Parameter, signature } from "../core/arguments.ts";
import { describeValue } from "../core/describe.ts";
import { backendFor } from "../core/device.ts";
import { GraphError, ValueError } from "../core/errors.ts";
import { OPTIMIZER, refuseForeign } from "../core/foreign.ts";
import { COPY } from "../core/identity.ts";
import { aBoolean, type Kind, kind } from "../core/kinds.ts";
import { type PythonValue, pythonRepr } from "../core/python-repr.ts";
import { isThenable } from "../core/realm.ts";
import { noteCompanion } from "../tensor/companions.ts";
import { Tensor } from "../tensor/tensor.ts";
import { type OptimizerStateDict, packState, toSnakeCase, unpackState } from "./state-dict.ts";

/**
 * A parameter group: parameters that share options. The options may be changed at any time; the next step uses them.
 */
export type ParamGroup<O> = O & { params: Tensor[] };

/** A parameter group as it is given; options that it leaves out default to the optimizer's. */
export type ParamGroupInput<O> = Partial<O> & ExecutionOptions & { readonly params: Tensor | Iterable<Tensor> };

/** Options that say how PyTorch computes a step, accepted for programs written for it: steps are fused here always. */
export interface ExecutionOptions {
  /** Accepted, without an effect. */
  readonly foreach?: boolean | null | undefined;
  /** Accepted, without an effect. */
  readonly fused?: boolean | null | undefined;
  /** Accepted, without an effect. */
  readonly capturable?: boolean | undefined;
}

/** What follows the parameters: options, or the learning rate and other options. */
export type RateThenOptions<O> =
  | [lr: number, options?: Omit<Partial<O>, "lr"> & ExecutionOptions]
  | [options?: Partial<O> & ExecutionOptions];

/** The parameters to optimize: tensors, or parameter groups; or all arguments by name, `params` among them. */
export type Params<O> = ParamList<O> | NamedParams<O>;

/** Tensors, or groups; not both, which one type says in place of a union of two so that unions of optimizers stay small. */
type ParamList<O> = Iterable<Tensor | ParamGroupInput<O>>;

/** All arguments of an optimizer by name. */
export type NamedParams<O> = Partial<O> & ExecutionOptions & { readonly params: ParamList<O> };

const ZERO_GRAD = signature("zeroGrad", { setToNone: optional(aBoolean, true) });

// Symbols, as they work through a Proxy too, which private names do not.
const STEP_ALL = Symbol("stepAll");
const STEP_ONE = Symbol("stepOne");
const STATE_OF = Symbol("stateOf");
const LIST_OF = Symbol("listOf");

/** The state of each parameter; tensors of the state move to another device with their parameter. */
class StateMap<S extends object> extends Map<Tensor, S> {
  override set(param: Tensor, state: S): this {
    noteCompanion(param, state);
    return super.set(param, state);
  }
}

/**
 * Base class of all optimizers. An optimizer of your own declares its options `O`, which this class keeps for each
 * parameter group, its state `S` for each parameter, and the update of one parameter.
 *
 * @example
 * class SignSGD extends optim.Optimizer<{ lr: number }> {
 *   constructor(params: Iterable<Tensor>, options: { lr?: number } = {}) {
 *     super(params, { lr: 0.01 }, options);
 *   }
 *   protected makeState(): object {
 *     return {};
 *   }
 *   protected update(param: Tensor, grad: Tensor, _state: object, { lr }: { lr: number }): void {
 *     param.sub_(grad.sign().mul(lr));
 *   }
 * }
 * const w = tensor([1, -2], { requiresGrad: true });
 * const optimizer = new SignSGD([w], { lr: 0.5 });
 * w.square().sum().backward();
 * optimizer.step();
 * w.detach(); // tensor([0.5000, -1.5000])
 */
export abstract class Optimizer<O extends object = { lr: number }, S extends object = object> {
  /** Default options of parameter groups. */
  readonly defaults: Readonly<O>;
  /** The parameter groups, each with its parameters and options. */
  readonly paramGroups: ParamGroup<O>[] = [];
  /** Optimizer state by parameter, such as momentum buffers. Empty until the parameter's first step. */
  readonly state: Map<Tensor, S> = new StateMap<S>();
  /** Number of calls of step(). */
  stepsTaken = 0;

  static {
    Object.defineProperty(Optimizer.prototype, OPTIMIZER, { value: COPY });
    // Anything but "Object": libraries that wrap plain objects in a Proxy, as Vue does, leave optimizers alone.
    Object.defineProperty(Optimizer.prototype, Symbol.toStringTag, { value: "Optimizer" });
  }

  /**
   * @param params - Parameters, or parameter groups.
   * @param defaults - All options with their default values.
   * @param options - The options that were given; or the list of all arguments after the parameters: options, or a learning
   * rate and other options.
   * @throws ValueError for an option that is out of range, for no parameters, or for a parameter in two groups; GraphError
   * for a parameter that is not a leaf.
   */
  constructor(params: Params<O>, defaults: O, options: Partial<O> | readonly unknown[]) {
    if (typeof defaults !== "object" || defaults === null) {
      const got = describeValue(defaults);
      throw new ValueError(`[${this.constructor.name}] expected all options with their default values, but got ${got}`);
    }
    const [own, list] = argumentsOf(params, Array.isArray(options) ? options : [options]);
    this.defaults = readOptions(this.constructor.name, defaults, withoutExecution(withRateByName(defaults, list)));
    this.checkOptions(this.defaults);
    const given = this[LIST_OF](own);
    if (given.length === 0) throw new ValueError(`[${this.constructor.name}] optimizer got an empty parameter list`);
    const groups = given.some((item) => isGroup(item)) ? given : [{ params: given }];
    for (const group of groups) this.addParamGroup(group as ParamGroupInput<O>);
  }

  /** The state of a parameter before its first step. */
  protected abstract makeState(param: Tensor, group: ParamGroup<O>): S;
  /** Updates one parameter in place. Both tensors are contiguous, and grad mode is off. */
  protected abstract update(param: Tensor, grad: Tensor, state: S, group: ParamGroup<O>): void;
  /** Checks the options of a group. @throws ValueError for one that is out of range. */
  protected checkOptions(_options: Readonly<O>): void {}

  /** Adds a parameter group, for example layers that are unfrozen later. Throws as the constructor does. */
  addParamGroup(group: ParamGroupInput<O>): void {
    const op = this.constructor.name;
    if (!isGroup(group)) throw new ValueError(`[${op}] param group must be an object with params`);
    const params = group.params instanceof Tensor ? [group.params] : this[LIST_OF](group.params);
    const options = { ...this.defaults, ...scheduled(group) };
    const { params: _, ...given } = group;
    const own = withoutExecution([given]);
    const added: ParamGroup<O> = { ...readOptions(op, options, own), params: params as Tensor[] };
    this.checkOptions(added);
    const taken = new Set(this.paramGroups.flatMap((other) => other.params));
    for (const param of added.params) {
      if (!(param instanceof Tensor)) {
        refuseForeign(op, "one of the params", param);
        throw new ValueError(`[${op}] optimizer can only optimize Tensors, but one of the params is ${nameOf(param)}`);
      }
      if (!param.isLeaf) throw new GraphError(`[${op}] can't optimize a non-leaf Tensor. Pass the leaf it comes from.`);
      if (taken.has(param)) throw new ValueError(`[${op}] some parameters appear in more than one parameter group`);
    }
    if (new Set(added.params).size < added.params.length) {
      console.warn(`[${op}] optimizer contains a parameter group with duplicate parameters: they move twice in a step`);
    }
    this.paramGroups.push(added);
  }

  /**
   * Performs a single optimization step: updates every parameter that has a gradient.
   *
   * @param closure - Reevaluates the model and returns the loss; called once, before the update. It may be async: then the
   * update happens when its promise is fulfilled, and step() has to be awaited.
   * @returns what the closure returns.
   * @example
   * const w = tensor([1], { requiresGrad: true });
   * const optimizer = new optim.SGD([w], { lr: 0.1 });
   * const loss = optimizer.step(() => {
   *   optimizer.zeroGrad();
   *   const loss = w.square().sum();
   *   loss.backward();
   *   return loss.detach();
   * });
   * loss; // tensor(1.)
   * w.detach(); // tensor([0.8000])
   */
  step(): void;
  step<T>(closure: () => T): T;
  step<T>(closure?: () => T): T | undefined {
    checkClosure(this.constructor.name, closure);
    captureHook?.stateUsed(this);
    onHost("step", () => {
      this.stepsTaken++;
    });
    const loss = closure === undefined ? undefined : enableGrad(closure);
    if (isThenable(loss)) {
      const stepped = Promise.resolve(loss).then((value) => {
        this[STEP_ALL]();
        return value;
      });
      return stepped as T;
    }
    this[STEP_ALL]();
    return loss;
  }

  private [STEP_ALL](): void {
    const update = (): void => {
      for (const group of this.paramGroups) {
        for (const param of group.params) {
          const grad = peekGrad(param);
          if (grad !== null) this[STEP_ONE](param, grad, group);
        }
      }
    };
    const step = (): void => untidied(() => noGrad(update));
    if (profilerHook === null) step();
    else profilerHook("function", `Optimizer.step#${this.constructor.name}.step`, [], step);
  }

  private [STEP_ONE](param: Tensor, grad: Tensor, group: ParamGroup<O>): void {
    const state = this[STATE_OF](param, group);
    const dense = grad.contiguous();
    if (isContiguous(param.shape, param.strides)) {
      this.update(param, dense, state, group);
      param.storage.version++;
    } else {
      const copy = param.contiguous();
      this.update(copy, dense, state, group);
      param.copy_(copy);
      backendFor(param.device).free(copy.storage);
    }
    if (dense !== grad) backendFor(grad.device).free(dense.storage);
  }

  /** The state of a parameter: made at its first step, and moved along if the parameter has been moved since. */
  private [STATE_OF](param: Tensor, group: ParamGroup<O>): S {
    const known = this.state.get(param);
    if (known === undefined) {
      const state = madeOutside(() => this.makeState(param, group));
      this.state.set(param, state);
      return state;
    }
    const { dtype, device } = param;
    for (const [name, value] of Object.entries(known)) {
      if (!(value instanceof Tensor) || (value.dtype === dtype && value.device === device)) continue;
      Reflect.set(known, name, value.to({ dtype, device }));
    }
    return known;
  }

  /** Resets the gradients of all parameters: to null, or to zeros if `setToNone` is false. */
  zeroGrad(setToNone?: boolean): void;
  zeroGrad(options?: { readonly setToNone?: boolean | undefined }): void;
  zeroGrad(...given: readonly unknown[]): void {
    const options = ZERO_GRAD.read(given);
    for (const param of this.paramGroups.flatMap((group) => group.params)) {
      if (options.setToNone) dropGrad(param);
      else param.grad = peekGrad(param)?.detach().zero_() ?? null;
    }
  }

  /**
   * The state of the optimizer in PyTorch's layout and under its names: `state` by the index of the parameter, and
   * `param_groups`. The tensors share memory with the optimizer's: clone them to keep a snapshot.
   */
  stateDict(): OptimizerStateDict {
    return packState(this.paramGroups, this.state);
  }
  /**
   * Loads a state dictionary, of this library or of the same optimizer in PyTorch. Tensors are copied.
   *
   * @throws ValueError for groups that do not match, ShapeError for state of another shape than its parameter's; nothing has
   * changed then.
   */
  loadStateDict(stateDict: OptimizerStateDict): void {
    const { groups, states } = unpackState(this.constructor.name, stateDict, this.paramGroups, (param, group) =>
      this.makeState(param, group),
    );
    for (const group of groups) {
      const { params: _, ...loaded } = group;
      checkLoaded(`${this.constructor.name}.loadStateDict`, this.defaults, loaded);
      this.checkOptions(group);
    }
    this.paramGroups.splice(0, this.paramGroups.length, ...groups);
    this.state.clear();
    for (const [param, state] of states) this.state.set(param, state);
  }

  /** PyTorch's text: every parameter group with its options. */
  toString(): string {
    const groups = this.paramGroups.map((group, i) => {
      const lines = Object.entries(toSnakeCase(group))
        .filter(([name]) => name !== "params")
        .map(([name, value]) => `    ${name}: ${pythonRepr(value as PythonValue)}\n`);
      return `\nParameter Group ${i}\n${lines.sort().join("")}`;
    });
    return `${this.constructor.name} (${groups.join("")})`;
  }
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }
  /** For `JSON.stringify`: the {@link stateDict}, whose tensors become nested arrays. */
  toJSON(): OptimizerStateDict {
    return this.stateDict();
  }

  private [LIST_OF](params: unknown): unknown[] {
    refuseForeign(this.constructor.name, "params", params);
    if (!(params instanceof Tensor) && typeof params === "object" && params !== null && Symbol.iterator in params) {
      return [...(params as Iterable<unknown>)];
    }
    throw new ValueError(
      `[${this.constructor.name}] params argument given to the optimizer should be an iterable of Tensors or groups, but got ${nameOf(params)}. Pass model.parameters(), or an array.`,
    );
  }
}

/**
 * The numbers of one step for one parameter: options of the kernel, step counts, rates. They are made here and nowhere else,
 * so that a captured step can make them anew each time.
 *
 * @param group - The options that `make` reads; null if the update reads its options itself.
 */
export function stepNumbers<T extends object>(
  optimizer: object,
  state: object,
  group: object | null,
  make: () => T,
): T {
  return captureHook === null ? make() : captureHook.stepNumbers(optimizer, state, group, make);
}

function isGroup(item: unknown): item is { readonly params: unknown } {
  return typeof item === "object" && item !== null && "params" in item;
}

/** The parameters and the other arguments of an optimizer, which may all be in one object. */
export function argumentsOf(params: unknown, given: readonly unknown[]): [params: unknown, given: readonly unknown[]] {
  if (!isOptions(params) || !("params" in params) || given.some((argument) => argument !== undefined)) {
    return [params, given];
  }
  const { params: named, ...options } = params as { readonly params: unknown };
  return [named, [options]];
}

/** Checks that `closure` is a function or undefined. @throws ValueError otherwise. */
export function checkClosure(op: string, closure: unknown): void {
  if (closure === undefined || typeof closure === "function") return;
  throw new ValueError(`[${op}] step() takes a closure that computes the loss, but got ${nameOf(closure)}`);
}

function nameOf(value: unknown): string {
  if (value instanceof Tensor) return "a Tensor";
  return value === null ? "null" : typeof value === "object" ? `an object of ${value.constructor?.name}` : typeof value;
}

/** An option that the optimizer's own check covers. */
const anyValue: Kind<unknown> = kind("an option", () => true);

/**
 * The options of an optimizer or a group.
 *
 * @param given - The arguments after the parameters.
 * @throws ValueError for unknown names, for a value that is not boolean where the default is, and for more than one object.
 */
export function readOptions<O extends object>(op: string, defaults: O, given: readonly unknown[]): O {
  const parameters: Record<string, Parameter<unknown>> = {};
  for (const [name, value] of Object.entries(defaults)) {
    parameters[name] = keyword(typeof value === "boolean" ? aBoolean : anyValue, value);
  }
  return signature(op, parameters).read(given) as O;
}

/** The arguments after the parameters, `lr` among the options: it is the first of PyTorch's arguments too. */
function withRateByName(defaults: object, given: readonly unknown[]): readonly unknown[] {
  const [lr, options, ...more] = given;
  const others = options ?? {};
  if (typeof lr !== "number" || !("lr" in defaults) || !isOptions(others) || "lr" in others) return given;
  return [{ lr, ...others }, ...more];
}

/** Options that say how PyTorch computes a step, and not what. */
const EXECUTION: readonly string[] = ["foreach", "fused", "capturable"];

function withoutExecution(given: readonly unknown[]): readonly unknown[] {
  const isOurs = ([name]: readonly [string, unknown]): boolean => !EXECUTION.includes(name);
  return given.map((options) =>
    isOptions(options) ? Object.fromEntries(Object.entries(options).filter(isOurs)) : options,
  );
}

/** Fields that schedulers write into parameter groups. */
const SCHEDULED = ["initialLr", "maxLr", "minLr", "maxMomentum", "baseMomentum", "swaLr"];

/** The fields of a group that a scheduler wrote. */
export function scheduled(group: object): object {
  return Object.fromEntries(Object.entries(group).filter(([name]) => SCHEDULED.includes(name)));
}

/** Options of PyTorch's groups that have no counterpart here. */
const NOT_HERE = ["foreach", "fused", "capturable", "name", "paramNames"];

/**
 * Checks the options of a group from a state dictionary. PyTorch's options that are off, such as
 * `differentiable: false`, are accepted.
 *
 * @throws ValueError as {@link readOptions} does.
 */
export function checkLoaded(op: string, defaults: object, options: Readonly<Record<string, unknown>>): void {
  const own = { ...defaults, ...scheduled(options) };
  const used = Object.entries(options).filter(
    ([name, value]) => name in own || !(NOT_HERE.includes(name) || value === false || value === null),
  );
  readOptions(op, own, [Object.fromEntries(used)]);
}

/**
 * Checks that `value` is finite and at least 0; `what` is PyTorch's term, as "learning rate". @throws ValueError otherwise.
 */
export function checkNotNegative(op: string, what: string, value: unknown): void {
  if (typeof value === "number" && value >= 0 && value < Number.POSITIVE_INFINITY) return;
  throw new ValueError(`[${op}] Invalid ${what}: ${describeValue(value)}. Expected a number of at least 0.`);
}

/** Checks that `betas` are two numbers in [0, 1). @throws ValueError otherwise. */
export function checkBetas(op: string, betas: unknown): void {
  if (!Array.isArray(betas) || betas.length !== 2) {
    throw new ValueError(`[${op}] Invalid betas: ${describeValue(betas)}. Expected an array of two numbers.`);
  }
  for (const [i, beta] of betas.entries()) {
    if (typeof beta === "number" && beta >= 0 && beta < 1) continue;
    throw new ValueError(
      `[${op}] Invalid beta parameter at index ${i}: ${describeValue(beta)}. Expected a number of at least 0 and below 1.`,
    );
  }
}
