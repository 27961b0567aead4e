/** @file Keras's initializers. They fill a parameter as it lies here: output features first. */
import { keyword, signature } from "../core/arguments.ts";
import { aNumber } from "../core/kinds.ts";
import * as init from "../nn/init.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { lookUp } from "./lookup.ts";

/** Fills a tensor in place. */
export type Initializer = (tensor: Tensor) => unknown;

/** An initializer by its name in Keras, or a function that fills a tensor in place. */
export type InitializerLike = InitializerName | Initializer;

/** Standard deviation of a standard normal distribution that is cut off at ±2. */
const TRUNCATED_STD = 0.8796256610342398;

/** Keras's variance scaling: the variance is scale / fan. */
function varianceScaling(scale: number, mode: "in" | "out" | "avg", distribution: "uniform" | "normal"): Initializer {
  return (tensor) => {
    const [fanIn, fanOut] = fansOf(tensor);
    const fan = mode === "in" ? fanIn : mode === "out" ? fanOut : (fanIn + fanOut) / 2;
    const variance = scale / Math.max(1, fan);
    if (distribution === "uniform") {
      const limit = Math.sqrt(3 * variance);
      init.uniform_(tensor, -limit, limit);
      return;
    }
    const std = Math.sqrt(variance) / TRUNCATED_STD;
    init.truncNormal_(tensor, 0, std, -2 * std, 2 * std);
  };
}

/** A vector has as many inputs as outputs. */
function fansOf(tensor: Tensor): readonly [fanIn: number, fanOut: number] {
  return tensor.ndim < 2 ? [tensor.numel(), tensor.numel()] : init.calculateFanInAndFanOut(tensor);
}

const INITIALIZERS = {
  glorot_uniform: varianceScaling(1, "avg", "uniform"),
  glorot_normal: varianceScaling(1, "avg", "normal"),
  he_uniform: varianceScaling(2, "in", "uniform"),
  he_normal: varianceScaling(2, "in", "normal"),
  lecun_uniform: varianceScaling(1, "in", "uniform"),
  lecun_normal: varianceScaling(1, "in", "normal"),
  uniform: (tensor: Tensor) => init.uniform_(tensor, -0.05, 0.05),
  random_uniform: (tensor: Tensor) => init.uniform_(tensor, -0.05, 0.05),
  random_normal: (tensor: Tensor) => init.normal_(tensor, 0, 0.05),
  truncated_normal: (tensor: Tensor) => init.truncNormal_(tensor, 0, 0.05, -0.1, 0.1),
  orthogonal: (tensor: Tensor) => init.orthogonal_(tensor),
  zeros: (tensor: Tensor) => init.zeros_(tensor),
  ones: (tensor: Tensor) => init.ones_(tensor),
};

/** The names of Keras's initializers. */
export type InitializerName = keyof typeof INITIALIZERS;

/** Fills a parameter with an initializer. */
export function initialize(op: string, initializer: InitializerLike, parameter: Tensor): void {
  const fill =
    typeof initializer === "function" ? initializer : lookUp<Initializer>(op, "initializer", INITIALIZERS, initializer);
  fill(parameter);
}

const SIGNATURES = {
  RandomNormal: signature("RandomNormal", { mean: keyword(aNumber, 0), stddev: keyword(aNumber, 0.05) }),
  RandomUniform: signature("RandomUniform", { minval: keyword(aNumber, -0.05), maxval: keyword(aNumber, 0.05) }),
  Constant: signature("Constant", { value: keyword(aNumber, 0) }),
};

/** Options of {@link RandomNormal}. */
export interface RandomNormalOptions {
  /** Mean. Default 0. */
  readonly mean?: number | undefined;
  /** Standard deviation. Default 0.05. */
  readonly stddev?: number | undefined;
}

/**
 * Normally distributed values.
 *
 * @example
 * const layer = keras.layers.Dense(8, { kernelInitializer: keras.initializers.RandomNormal({ stddev: 0.01 }) });
 * layer.name; // dense
 */
export function RandomNormal(options?: RandomNormalOptions): Initializer {
  const { mean, stddev } = SIGNATURES.RandomNormal.read([options]);
  return (tensor) => init.normal_(tensor, mean, stddev);
}

/** Options of {@link RandomUniform}. */
export interface RandomUniformOptions {
  /** Lower bound. Default -0.05. */
  readonly minval?: number | undefined;
  /** Upper bound. Default 0.05. */
  readonly maxval?: number | undefined;
}

/**
 * Uniformly distributed values.
 *
 * @example
 * const fill = keras.initializers.RandomUniform({ minval: 1, maxval: 1.5 });
 * const weight = zeros(100);
 * fill(weight);
 * weight.ge(1).all(); // tensor(True)
 */
export function RandomUniform(options?: RandomUniformOptions): Initializer {
  const { minval, maxval } = SIGNATURES.RandomUniform.read([options]);
  return (tensor) => init.uniform_(tensor, minval, maxval);
}

/** Options of {@link Constant}. */
export interface ConstantOptions {
  /** The value. Default 0. */
  readonly value?: number | undefined;
}

/**
 * One value everywhere.
 *
 * @example
 * const layer = keras.layers.Dense(2, { biasInitializer: keras.initializers.Constant({ value: 0.1 }), inputShape: [3] });
 * const model = new keras.Sequential([layer]);
 * model.getWeights()[1]; // tensor([0.1000, 0.1000])
 */
export function Constant(options?: ConstantOptions): Initializer {
  const { value } = SIGNATURES.Constant.read([options]);
  return (tensor) => init.constant_(tensor, value);
}
