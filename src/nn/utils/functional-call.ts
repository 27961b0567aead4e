/** @file Modules as functions of their parameters: functionalCall, stackModuleState. */
import { ValueError } from "../../core/errors.ts";
import { stack } from "../../tensor/functional.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { type AnyModule, checkModule, memberSlots } from "../module.ts";
import { Parameter } from "../parameter.ts";

/** Tensors by the names of parameters and buffers, such as `fc1.weight`. */
export type NamedTensors = Readonly<Record<string, Tensor>>;

/** Checks that something is a module, which null is not here. @throws ValueError otherwise. */
function checkGiven(op: string, module: AnyModule | null): void {
  if (module === null) throw new ValueError(`[${op}] expected a module, but got null`);
  checkModule(op, module);
}

/** The options of {@link functionalCall}. */
export interface FunctionalCallOptions {
  /** A tensor given for a parameter that stands under several names is used under all of them. Default: true. */
  readonly tieWeights?: boolean | undefined;
  /** Throw unless there is a tensor for every parameter and buffer. Default: false. */
  readonly strict?: boolean | undefined;
}

/** What a module's `forward` takes and returns. */
interface Callable<A extends readonly unknown[], R> {
  forward(...args: A): R;
}

/**
 * Calls a module with other tensors in place of its parameters and buffers, which it has again afterwards. Gradients flow
 * to the tensors that are given; under `func.grad` and `func.vmap` they may be what those transform.
 *
 * @param parametersAndBuffers - Tensors by name; several objects in a list are taken together. What is not named stays.
 * @param args - The arguments of `forward`, in an array, or a single one.
 * @throws ValueError for a name that the module has not.
 * @example
 * const layer = new nn.Linear(2, 1);
 * const weights = { weight: tensor([[1, 2]]), bias: tensor([10]) };
 * func.functionalCall(layer, weights, tensor([1, 1])); // tensor([13.])
 * func.grad((w: Record<string, Tensor>) => func.functionalCall(layer, w, tensor([1, 1])).sum())(weights).weight;
 * // tensor([[1., 1.]])
 */
export function functionalCall<A extends readonly unknown[], R>(
  module: AnyModule & Callable<A, R>,
  parametersAndBuffers: NamedTensors | readonly NamedTensors[],
  args: A | A[0],
  options: FunctionalCallOptions = {},
): R {
  checkGiven("functionalCall", module);
  const given = new Map(
    (Array.isArray(parametersAndBuffers) ? parametersAndBuffers : [parametersAndBuffers]).flatMap((named) =>
      Object.entries(named as NamedTensors),
    ),
  );
  const slots = memberSlots(module);
  const { tieWeights = true, strict = false } = options;
  checkNames(new Set(slots.map(({ name }) => name)), given, strict);
  const tied = new Map<Tensor, Tensor>();
  for (const { name, tensor } of slots) {
    const value = given.get(name);
    if (value !== undefined && tieWeights) tied.set(tensor, value);
  }
  const undo: (() => void)[] = [];
  try {
    for (const { name, tensor, replace } of slots) {
      const value = given.get(name) ?? tied.get(tensor);
      if (value === undefined) continue;
      replace(tensor instanceof Parameter ? asParameter(value) : value);
      undo.push(() => replace(tensor));
    }
    return (module as Callable<A, R>).forward(...((Array.isArray(args) ? args : [args]) as unknown as A));
  } finally {
    for (const restore of undo) restore();
  }
}

function checkNames(names: ReadonlySet<string>, given: ReadonlyMap<string, Tensor>, strict: boolean): void {
  for (const [name, value] of given) {
    if (!names.has(name)) throw new ValueError(`[functionalCall] the module has no parameter or buffer '${name}'`);
    if (!(value instanceof Tensor))
      throw new ValueError(`[functionalCall] '${name}' must be a Tensor, got ${typeof value}`);
  }
  if (!strict) return;
  const missing = [...names].filter((name) => !given.has(name));
  if (missing.length > 0) {
    throw new ValueError(`[functionalCall] Missing key(s): ${missing.map((name) => `'${name}'`).join(", ")}.`);
  }
}

/** A handle on a tensor, with its history, that a layer takes for its parameter. */
function asParameter(t: Tensor): Tensor {
  if (t instanceof Parameter) return t;
  return Object.setPrototypeOf(t.view(t.shape), Parameter.prototype) as Tensor;
}

/**
 * The parameters and the buffers of several modules of one kind, stacked in a first dimension: with
 * {@link functionalCall} and `vmap`, an ensemble is one call.
 *
 * @returns Parameters and buffers by name; the parameters are leaves that require gradients where those of the modules do.
 * @throws ValueError for no modules, or for modules of different parameters.
 * @example
 * const models = [new nn.Linear(2, 3), new nn.Linear(2, 3)];
 * const [parameters, buffers] = func.stackModuleState(models);
 * parameters.weight.shape; // [2, 3, 2]
 * const base = models[0];
 * const call = (p: Record<string, Tensor>, x: Tensor) => func.functionalCall(base, p, x);
 * func.vmap(call, [0, null])(parameters, ones(4, 2)).shape; // [2, 4, 3]
 */
export function stackModuleState(
  models: readonly AnyModule[],
): [parameters: Record<string, Tensor>, buffers: Record<string, Tensor>] {
  const [first] = models;
  if (first === undefined) throw new ValueError("[stackModuleState] Expected at least one model, got 0.");
  for (const model of models) {
    checkGiven("stackModuleState", model);
    if (model.constructor !== first.constructor) {
      throw new ValueError("[stackModuleState] Expected all models to be of the same class.");
    }
    if (model.training !== first.training) {
      throw new ValueError("[stackModuleState] Expected all models to have the same training/eval mode.");
    }
  }
  const stacked = (named: (model: AnyModule) => readonly (readonly [string, Tensor])[]): Record<string, Tensor> => {
    const members = models.map((model) => new Map(named(model)));
    return Object.fromEntries(
      named(first).map(([name, member]) => {
        const parts = members.map((all) => {
          const part = all.get(name);
          if (part !== undefined) return part.detach();
          throw new ValueError(`[stackModuleState] '${name}' is missing in one of the models`);
        });
        return [name, stack(parts).requiresGrad_(member.requiresGrad)];
      }),
    );
  };
  return [stacked((model) => model.namedParameters()), stacked((model) => model.namedBuffers())];
}

/** The options of {@link makeFunctional} and {@link makeFunctionalWithBuffers}. */
export interface MakeFunctionalOptions {
  /** Give parameters that require no gradient, for transforms of functions. Default: false. */
  readonly disableAutogradTracking?: boolean | undefined;
}

/** A module as a function of its parameters and buffers, and those. */
function taken<A extends readonly unknown[], R>(
  op: string,
  model: AnyModule & Callable<A, R>,
  { disableAutogradTracking = false }: MakeFunctionalOptions,
) {
  checkGiven(op, model);
  const copy = model.clone();
  const parameters = copy.namedParameters();
  const buffers = copy.namedBuffers();
  const call = (tensors: readonly (readonly Tensor[])[], args: A): R => {
    const named = [parameters, buffers].slice(0, tensors.length).map((members, i) => {
      const given = tensors[i] ?? [];
      if (given.length !== members.length) {
        throw new ValueError(
          `[${op}] expected ${members.length} ${i === 0 ? "parameters" : "buffers"}, got ${given.length}`,
        );
      }
      return members.map(([name], j): [string, Tensor] => [name, given[j] as Tensor]);
    });
    return functionalCall(copy, Object.fromEntries(named.flat()), args);
  };
  const own = parameters.map(([, t]): Tensor => (disableAutogradTracking ? t.detach() : t));
  return { call, parameters: own, buffers: buffers.map(([, t]) => t) };
}

/**
 * A module without buffers as a function of its parameters, and these: functorch's `make_functional`. In newer programs
 * {@link functionalCall} does this by names.
 *
 * @returns The function, which takes a list of parameters and then what `forward` takes, and the parameters of a copy.
 * @throws ValueError for a module with buffers.
 * @example
 * const [call, parameters] = func.makeFunctional(new nn.Linear(2, 1));
 * call(parameters, ones(3, 2)).shape; // [3, 1]
 */
export function makeFunctional<A extends readonly unknown[], R>(
  model: AnyModule & Callable<A, R>,
  options: MakeFunctionalOptions = {},
): [call: (parameters: readonly Tensor[], ...args: A) => R, parameters: Tensor[]] {
  const { call, parameters, buffers } = taken("makeFunctional", model, options);
  if (buffers.length > 0) {
    throw new ValueError(
      "[makeFunctional] the model has buffers. Please use makeFunctionalWithBuffers(model) instead.",
    );
  }
  return [(given, ...args) => call([given], args), parameters];
}

/**
 * A module as a function of its parameters and buffers, and these: functorch's `make_functional_with_buffers`. In newer
 * programs {@link functionalCall} does this by names.
 *
 * @returns The function, which takes lists of parameters and of buffers and then what `forward` takes, and the parameters and
 * buffers of a copy.
 * @example
 * const model = new nn.BatchNorm1d(2).eval();
 * const [call, parameters, buffers] = func.makeFunctionalWithBuffers(model);
 * call(parameters, buffers, ones(3, 2)).shape; // [3, 2]
 */
export function makeFunctionalWithBuffers<A extends readonly unknown[], R>(
  model: AnyModule & Callable<A, R>,
  options: MakeFunctionalOptions = {},
): [
  call: (parameters: readonly Tensor[], buffers: readonly Tensor[], ...args: A) => R,
  parameters: Tensor[],
  buffers: Tensor[],
] {
  const { call, parameters, buffers } = taken("makeFunctionalWithBuffers", model, options);
  return [(given, state, ...args) => call([given, state], args), parameters, buffers];
}
