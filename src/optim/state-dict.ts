/** @file State dictionaries of optimizers, in PyTorch's layout. */
import { sameShape } from "../../kernels/layout.ts";
import { noGrad } from "../autograd/grad-mode.ts";
import { ShapeError, ValueError } from "../core/errors.ts";
import { bracketed } from "../core/shape.ts";
import { Tensor } from "../tensor/tensor.ts";

/** PyTorch's `optimizer.state_dict()`, under its names: `square_avg`, `weight_decay`. */
export interface OptimizerStateDict {
  /** State by parameter index, counted through all groups. */
  readonly state: Readonly<Record<number, Readonly<Record<string, StateValue>>>>;
  /** The parameter groups with their options. */
  readonly param_groups: readonly PackedGroup[];
}

/** A value of the state; only LBFGS has lists. */
export type StateValue = Tensor | number | null | readonly (Tensor | number)[];

/** The options of a parameter group, and the indices of its parameters. */
export interface PackedGroup {
  /** Indices of the parameters. */
  readonly params: readonly number[];
  readonly [option: string]: unknown;
}

interface Group {
  readonly params: readonly Tensor[];
}

const snakeCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

const camelCase = (name: string): string => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

/** The same values under PyTorch's names. */
export function toSnakeCase(values: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [snakeCase(name), copyList(value)]));
}

function toCamelCase(values: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [camelCase(name), copyList(value)]));
}

/** Lists, as Adam's betas, are not shared. */
function copyList(value: unknown): unknown {
  return Array.isArray(value) ? [...value] : value;
}

/** Parameters and their numbers; the number of one that appears again is that of its first place. */
function parameterIndices(groups: readonly Group[]): Map<Tensor, number> {
  const numbers = new Map<Tensor, number>();
  for (const [i, param] of groups.flatMap((group) => group.params).entries()) {
    if (!numbers.has(param)) numbers.set(param, i);
  }
  return numbers;
}

export function packState(groups: readonly Group[], states: ReadonlyMap<Tensor, object>): OptimizerStateDict {
  const numbers = parameterIndices(groups);
  const state: Record<number, Record<string, StateValue>> = {};
  for (const [param, values] of states) {
    const number = numbers.get(param);
    if (number !== undefined) state[number] = toSnakeCase(values) as Record<string, StateValue>;
  }
  return {
    state,
    param_groups: groups.map(({ params, ...options }) => ({
      ...toSnakeCase(options),
      params: params.map((param) => numbers.get(param) as number),
    })),
  };
}

/**
 * The groups and states that a dictionary describes, for the parameters of `groups`.
 *
 * @param makeState - State of a parameter at its start: what a state must contain at least.
 */
export function unpackState<G extends Group, S extends object>(
  op: string,
  dict: OptimizerStateDict,
  groups: readonly G[],
  makeState: (param: Tensor, group: G) => S,
): { readonly groups: G[]; readonly states: Map<Tensor, S> } {
  if (typeof dict?.state !== "object" || !Array.isArray(dict.param_groups)) {
    throw new ValueError(`[${op}.loadStateDict] expected an object with state and param_groups, as stateDict() gives`);
  }
  if (dict.param_groups.length !== groups.length) {
    throw new ValueError(
      `[${op}.loadStateDict] loaded state dict has a different number of parameter groups: ${dict.param_groups.length} instead of ${groups.length}`,
    );
  }
  const states = new Map<Tensor, S>();
  const loaded = groups.map((group, g) => {
    const { params: numbers, ...options } = dict.param_groups[g] as PackedGroup;
    if (numbers?.length !== group.params.length) {
      throw new ValueError(
        `[${op}.loadStateDict] loaded state dict contains a parameter group that doesn't match the size of optimizer's group: group ${g} has ${numbers?.length} parameters instead of ${group.params.length}`,
      );
    }
    const merged: G = { ...group, ...toCamelCase(options) };
    for (const [i, param] of group.params.entries()) {
      const number = numbers[i] as number;
      const values = dict.state[number];
      if (values !== undefined) states.set(param, loadOne(op, number, param, values, makeState(param, merged)));
    }
    return merged;
  });
  return { groups: loaded, states };
}

/**
 * The state of one parameter: at least what `fresh` has, numbers as numbers, everything else as tensors of the
 * parameter's shape or null.
 */
function loadOne<S extends object>(
  op: string,
  number: number,
  param: Tensor,
  values: Readonly<Record<string, unknown>>,
  fresh: S,
): S {
  const state = toCamelCase(values);
  for (const [name, initial] of Object.entries(fresh)) {
    if (state[name] === undefined && initial !== null) {
      throw new ValueError(
        `[${op}.loadStateDict] state of parameter ${number} lacks ${snakeCase(name)}. Is it that of another optimizer?`,
      );
    }
  }
  for (const [name, value] of Object.entries(state)) {
    const where = `[${op}.loadStateDict] state of parameter ${number}: ${snakeCase(name)}`;
    if (typeof Reflect.get(fresh, name) === "number") state[name] = loadNumber(where, value);
    else if (value !== null) state[name] = loadTensor(where, value, param);
  }
  return { ...fresh, ...state };
}

/** PyTorch keeps some counts in tensors. */
function loadNumber(where: string, value: unknown): number {
  const number: unknown = value instanceof Tensor && value.numel() === 1 ? value.itemSync() : value;
  if (typeof number === "number" && Number.isFinite(number)) return number;
  throw new ValueError(`${where} should be a number, but is ${String(value)}`);
}

function loadTensor(where: string, value: unknown, param: Tensor): Tensor {
  if (!(value instanceof Tensor)) throw new ValueError(`${where} should be a Tensor, but is ${String(value)}`);
  if (!sameShape(value.shape, param.shape)) {
    throw new ShapeError(`${where} has shape ${bracketed(value.shape)}, but its parameter ${bracketed(param.shape)}`);
  }
  return noGrad(() => value.to({ dtype: param.dtype, device: param.device }).clone());
}
