/** @file Weight normalization: a weight as its norms and its direction. */
import { optional, required, signature } from "../../core/arguments.ts";
import { ValueError } from "../../core/errors.ts";
import { anInteger, aString, kind, nullable } from "../../core/kinds.ts";
import { normalizeDim } from "../../core/shape.ts";
import { withGradFnName } from "../../tensor/functions/grad-fn-name.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { type AnyModule, Module } from "../module.ts";
import { Parameter } from "../parameter.ts";
import {
  parameterOf,
  putBack,
  type Replacement,
  replace,
  replacementsOf,
  takeOut,
  tensorOf,
} from "./replaced-parameter.ts";

/** Options of {@link weightNorm}. */
export interface WeightNormOptions {
  /** Name of the parameter. Default "weight". */
  readonly name?: string | undefined;
  /** Dimension whose slices have a norm each; null or −1 for one norm of all. Default 0. */
  readonly dim?: number | null | undefined;
}

export const aModule = kind<AnyModule>("a Module", (value) => value instanceof Module);
export const NAMED_PARAMETER = { module: required(aModule), name: optional(aString, "weight") };

export const WEIGHT_NORM_ARGUMENTS = { ...NAMED_PARAMETER, dim: optional(nullable(anInteger), 0) };

const SIGNATURES = {
  weightNorm: signature("weightNorm", WEIGHT_NORM_ARGUMENTS),
  removeWeightNorm: signature("removeWeightNorm", NAMED_PARAMETER),
};

/** Norms of the slices along a dimension, with size 1 in all others; one norm of all without dimensions for null or −1. */
export function normExceptDim(v: Tensor, dim: number | null): Tensor {
  if (dim === null || dim === -1) return v.norm();
  const kept = normalizeDim("weightNorm", dim, v.ndim);
  const others = v.shape.map((_, d) => d).filter((d) => d !== kept);
  return others.length === 0 ? v.abs() : v.norm(2, others, true);
}

/** v·(g/‖v‖). */
export function normalizedWeight(v: Tensor, g: Tensor, dim: number | null): Tensor {
  const name = dim === null || dim === -1 ? "MulBackward0" : "WeightNormInterfaceBackward0";
  return withGradFnName(name, v.mul(g.div(normExceptDim(v, dim))));
}

class WeightNorm implements Replacement {
  readonly name: string;
  readonly dim: number | null;

  constructor(name: string, dim: number | null) {
    this.name = name;
    this.dim = dim;
  }
  compute(module: AnyModule): Tensor {
    return normalizedWeight(tensorOf(module, `${this.name}_v`), tensorOf(module, `${this.name}_g`), this.dim);
  }
}

/**
 * Weight normalization (Salimans and Kingma, 2016): replaces a parameter by `weight_g`, its norms, and `weight_v`, its
 * direction, from which it is computed before every forward pass.
 *
 * @param dim - Dimension whose slices have a norm each, by default 0; null for one norm of the whole.
 * @returns the module.
 * @throws ValueError for a name that is no parameter, or that is normalized already.
 * @example
 * const layer = nn.utils.weightNorm(new nn.Linear(20, 40));
 * Object.keys(layer.stateDict()); // [ 'bias', 'weight_g', 'weight_v' ]
 */
export function weightNorm<M extends AnyModule>(module: M, name?: string, dim?: number | null): M;
export function weightNorm<M extends AnyModule>(module: M, options?: WeightNormOptions): M;
export function weightNorm(...given: readonly unknown[]): AnyModule {
  const op = "weightNorm";
  const { module, name, dim } = SIGNATURES.weightNorm.read(given);
  if (replacementsOf(module).some(([each]) => each instanceof WeightNorm && each.name === name)) {
    throw new ValueError(`[${op}] Cannot register two weight_norm hooks on the same parameter ${name}`);
  }
  const weight = parameterOf(op, module, name);
  const g = normExceptDim(weight.detach(), dim);
  takeOut(module, name);
  module.registerParameter(`${name}_g`, new Parameter(g));
  module.registerParameter(`${name}_v`, new Parameter(weight.detach()));
  replace(module, new WeightNorm(name, dim));
  return module;
}

/**
 * Undoes {@link weightNorm}: the parameter has the weight as it is now.
 *
 * @returns the module.
 * @throws ValueError for a parameter that is not normalized.
 * @example
 * const layer = nn.utils.weightNorm(new nn.Linear(20, 40));
 * Object.keys(nn.utils.removeWeightNorm(layer).stateDict()); // [ 'bias', 'weight' ]
 */
export function removeWeightNorm<M extends AnyModule>(module: M, name?: string): M;
export function removeWeightNorm<M extends AnyModule>(module: M, options?: Pick<WeightNormOptions, "name">): M;
export function removeWeightNorm(...given: readonly unknown[]): AnyModule {
  const { module, name } = SIGNATURES.removeWeightNorm.read(given);
  const found = replacementsOf(module).find(([each]) => each instanceof WeightNorm && each.name === name);
  if (found === undefined) {
    throw new ValueError(`[removeWeightNorm] weight_norm of '${name}' not found in ${module.constructor.name}`);
  }
  const [replacement, end] = found;
  const weight = replacement.compute(module);
  end();
  takeOut(module, `${name}_g`);
  takeOut(module, `${name}_v`);
  putBack(module, name, weight, true);
  return module;
}
