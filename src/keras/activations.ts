/** @file Keras's activation functions. */
import * as F from "../nn/functional/index.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { lookUp } from "./lookup.ts";

/** A function of a tensor, element by element or along the last dimension. */
export type ActivationFunction = (x: Tensor) => Tensor;

/** An activation by its name in Keras, or a function. */
export type ActivationLike = ActivationName | ActivationFunction;

/** The logits that a probability was computed from. */
interface Logits {
  readonly activation: "softmax" | "sigmoid";
  readonly logits: Tensor;
}

/**
 * Where probabilities come from. Cross-entropies compute with the logits instead, as Keras does: the result does not
 * overflow, and no gradient vanishes where a probability is rounded to 0 or 1.
 */
const origins = new WeakMap<Tensor, Logits>();

/** The logits behind `probabilities`, if `activation` made these. */
export function logitsOf(probabilities: Tensor, activation: Logits["activation"]): Tensor | undefined {
  const origin = origins.get(probabilities);
  return origin?.activation === activation ? origin.logits : undefined;
}

/** Passes the origin of probabilities on to a tensor of the same elements. */
export function keepLogits(from: Tensor, to: Tensor, change: (logits: Tensor) => Tensor): Tensor {
  const origin = origins.get(from);
  if (origin !== undefined && to !== from) origins.set(to, { ...origin, logits: change(origin.logits) });
  return to;
}

function remember(activation: Logits["activation"], logits: Tensor, probabilities: Tensor): Tensor {
  origins.set(probabilities, { activation, logits });
  return probabilities;
}

const ACTIVATIONS = {
  linear: (x: Tensor) => x,
  relu: (x: Tensor) => F.relu(x),
  softmax: (x: Tensor) => remember("softmax", x, x.softmax(-1)),
  sigmoid: (x: Tensor) => remember("sigmoid", x, x.sigmoid()),
  tanh: (x: Tensor) => x.tanh(),
  elu: (x: Tensor) => F.elu(x),
  selu: (x: Tensor) => F.selu(x),
  gelu: (x: Tensor) => F.gelu(x),
  silu: (x: Tensor) => F.silu(x),
  swish: (x: Tensor) => F.silu(x),
  mish: (x: Tensor) => F.mish(x),
  relu6: (x: Tensor) => F.relu6(x),
  leaky_relu: (x: Tensor) => F.leakyRelu(x, 0.2),
  softplus: (x: Tensor) => F.softplus(x),
  softsign: (x: Tensor) => F.softsign(x),
  hard_sigmoid: (x: Tensor) => F.hardsigmoid(x),
  exponential: (x: Tensor) => x.exp(),
  log_softmax: (x: Tensor) => x.logSoftmax(-1),
};

/** The names of Keras's activations. */
export type ActivationName = keyof typeof ACTIVATIONS;

/** Those that work on each element alone, in whatever order the dimensions are. */
export function isElementWise(activation: ActivationLike): boolean {
  return activation !== "softmax" && activation !== "log_softmax" && typeof activation === "string";
}

/** The activation that a name stands for; null is none. */
export function activationOf(op: string, activation: ActivationLike | null): ActivationFunction {
  if (activation === null) return ACTIVATIONS.linear;
  if (typeof activation === "function") return activation;
  return lookUp<ActivationFunction>(op, "activation function", ACTIVATIONS, activation);
}
