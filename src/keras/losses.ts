/** @file Keras's losses: a number for each sample, and its mean. */
import { keyword, signature } from "../core/arguments.ts";
import { isFloat } from "../core/dtype.ts";
import { ShapeError, ValueError } from "../core/errors.ts";
import { aBoolean, aNumber, aString } from "../core/kinds.ts";
import * as F from "../nn/functional/index.ts";
import { Module } from "../nn/module.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { logitsOf } from "./activations.ts";
import { formatShape } from "./layers/layer.ts";
import { lookUp } from "./lookup.ts";

/** The loss of each sample: all dimensions but the last one stay. */
export type LossFunction = (yTrue: Tensor, yPred: Tensor) => Tensor;

/** A loss by its name in Keras, one of `keras.losses`, a loss module of `nn`, or a function. */
export type LossLike = LossName | Loss | Module<Tensor> | LossFunction;

/** Keras's smallest distance of a probability from 0 and 1. */
const EPSILON = 1e-7;

const WITH_LOGITS = {
  fromLogits: keyword(aBoolean, false),
  labelSmoothing: keyword(aNumber, 0),
  name: keyword(aString),
};

const SIGNATURES = {
  BinaryCrossentropy: signature("BinaryCrossentropy", WITH_LOGITS),
  CategoricalCrossentropy: signature("CategoricalCrossentropy", WITH_LOGITS),
  SparseCategoricalCrossentropy: signature("SparseCategoricalCrossentropy", {
    fromLogits: keyword(aBoolean, false),
    name: keyword(aString),
  }),
  Huber: signature("Huber", { delta: keyword(aNumber, 1), name: keyword(aString) }),
};

/**
 * Base class of losses. One of your own gives a number for each sample.
 *
 * @example
 * class Quartic extends keras.losses.Loss {
 *   override perSample(yTrue: Tensor, yPred: Tensor): Tensor {
 *     return yPred.sub(yTrue).pow(4).mean(-1);
 *   }
 * }
 * new Quartic("quartic").compute(tensor([[0]]), tensor([[2]]), null); // tensor(16.)
 */
export abstract class Loss {
  /** Name of the loss. */
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
  /** The loss of each sample. */
  abstract perSample(yTrue: Tensor, yPred: Tensor): Tensor;
  /** The mean of {@link perSample}. */
  mean(yTrue: Tensor, yPred: Tensor): Tensor {
    return this.perSample(yTrue, yPred).mean();
  }
  /** Labels as the loss takes them. @throws ShapeError for labels that do not fit. */
  prepare(yTrue: Tensor, yPred: Tensor): Tensor {
    return alike(this.name, yTrue, yPred);
  }
  /**
   * The loss of a batch: the mean, or with weights the sum of weight · loss divided by the number of samples.
   */
  compute(yTrue: Tensor, yPred: Tensor, weight: Tensor | null): Tensor {
    const labels = this.prepare(yTrue, yPred);
    if (weight === null) return this.mean(labels, yPred);
    const losses = this.perSample(labels, yPred);
    return losses.mul(alignWeight(weight, losses)).mean();
  }
}

/** Weights of samples, or of their steps, ready to be multiplied with one number for each. */
export function alignWeight(weight: Tensor, values: Tensor): Tensor {
  return weight.ndim >= values.ndim
    ? weight
    : weight.reshape(...weight.shape, ...new Array<number>(values.ndim - weight.ndim).fill(1));
}

/** A batch's shape as Keras prints it: the number of samples may be any. */
export function batchShape(tensor: Tensor): string {
  return formatShape([null, ...tensor.shape.slice(1)]);
}

/** Labels of the prediction's shape and dtype. `(N)` stands for `(N,1)`. */
export function alike(name: string, yTrue: Tensor, yPred: Tensor): Tensor {
  const { shape } = yPred;
  const labels = yTrue.ndim === yPred.ndim - 1 && shape.at(-1) === 1 ? yTrue.unsqueeze(-1) : yTrue;
  if (labels.ndim !== yPred.ndim || labels.shape.some((size, i) => size !== shape[i])) {
    const classes = shape.at(-1) ?? 1;
    const isIndex = labels.ndim === yPred.ndim - 1 || labels.size(-1) === 1;
    const hint =
      classes > 1 && isIndex
        ? ` Labels that are class indices need "sparse_categorical_crossentropy" with an output for each class, or one-hot labels: utils.toCategorical(y, ${classes}).`
        : " The last layer has to have as many units as a label has numbers.";
    throw new ShapeError(
      `[${name}] Shapes ${batchShape(yTrue)} and ${batchShape(yPred)} are incompatible: labels and outputs must have the same shape.${hint}`,
    );
  }
  return labels.dtype === yPred.dtype ? labels : labels.to(yPred.dtype);
}

/** Class indices as int32 of the output's shape without its last dimension. */
export function classIndices(name: string, yTrue: Tensor, yPred: Tensor): Tensor {
  const labels = yTrue.ndim === yPred.ndim && yTrue.size(-1) === 1 ? yTrue.squeeze(-1) : yTrue;
  if (labels.ndim !== yPred.ndim - 1 || labels.shape.some((size, i) => size !== yPred.shape[i])) {
    const isOneHot = labels.ndim === yPred.ndim && labels.size(-1) === yPred.size(-1);
    const hint = isOneHot
      ? ` These look like one-hot labels: use "categorical_crossentropy" with them.`
      : " A label is the index of a class.";
    throw new ShapeError(
      `[${name}] Labels of shape ${batchShape(yTrue)} do not fit outputs of shape ${batchShape(yPred)}: expected ${formatShape([null, ...yPred.shape.slice(1, -1)])}.${hint}`,
    );
  }
  return labels.dtype === "int32" ? labels : labels.to("int32");
}

/** Probabilities away from 0 and 1, so that their logarithms are finite. */
function clipped(p: Tensor): Tensor {
  return p.clamp(EPSILON, 1 - EPSILON);
}

function smoothed(labels: Tensor, smoothing: number, share: number): Tensor {
  return smoothing === 0 ? labels : labels.mul(1 - smoothing).add(smoothing * share);
}

/** Options of {@link SparseCategoricalCrossentropy}. */
export interface SparseCrossentropyOptions {
  /** Whether outputs are logits rather than probabilities. Default false. */
  readonly fromLogits?: boolean | undefined;
  /** Name of the loss. */
  readonly name?: string | undefined;
}

/** Options of {@link BinaryCrossentropy} and {@link CategoricalCrossentropy}. */
export interface CrossentropyOptions extends SparseCrossentropyOptions {
  /** Share of a label that goes to the other classes. Default 0. */
  readonly labelSmoothing?: number | undefined;
}

export class SparseCategoricalCrossentropy extends Loss {
  private readonly fromLogits: boolean;

  constructor(options?: SparseCrossentropyOptions) {
    const given = SIGNATURES.SparseCategoricalCrossentropy.read([options]);
    super(given.name ?? "sparse_categorical_crossentropy");
    this.fromLogits = given.fromLogits;
  }
  override prepare(yTrue: Tensor, yPred: Tensor): Tensor {
    return classIndices(this.name, yTrue, yPred);
  }
  override mean(yTrue: Tensor, yPred: Tensor): Tensor {
    const logits = this.fromLogits ? yPred : logitsOf(yPred, "softmax");
    if (logits === undefined || logits.ndim !== 2) return super.mean(yTrue, yPred);
    return F.crossEntropy(logits, yTrue);
  }
  override perSample(yTrue: Tensor, yPred: Tensor): Tensor {
    const logits = this.fromLogits ? yPred : logitsOf(yPred, "softmax");
    const classes = yPred.size(-1);
    if (logits !== undefined) {
      const losses = F.crossEntropy(logits.reshape(-1, classes), yTrue.flatten(), { reduction: "none" });
      return losses.reshape(...yTrue.shape);
    }
    // Keras normalizes what comes without a softmax.
    const p = yPred.div(yPred.sum(-1, true));
    return clipped(p).log().gather(-1, yTrue.unsqueeze(-1)).squeeze(-1).neg();
  }
}

export class CategoricalCrossentropy extends Loss {
  private readonly fromLogits: boolean;
  private readonly labelSmoothing: number;

  constructor(options?: CrossentropyOptions) {
    const given = SIGNATURES.CategoricalCrossentropy.read([options]);
    super(given.name ?? "categorical_crossentropy");
    this.fromLogits = given.fromLogits;
    this.labelSmoothing = given.labelSmoothing;
  }
  override perSample(yTrue: Tensor, yPred: Tensor): Tensor {
    const labels = smoothed(yTrue, this.labelSmoothing, 1 / yPred.size(-1));
    const logits = this.fromLogits ? yPred : logitsOf(yPred, "softmax");
    const log = logits === undefined ? clipped(yPred.div(yPred.sum(-1, true))).log() : logits.logSoftmax(-1);
    return labels.mul(log).sum(-1).neg();
  }
}

export class BinaryCrossentropy extends Loss {
  private readonly fromLogits: boolean;
  private readonly labelSmoothing: number;

  constructor(options?: CrossentropyOptions) {
    const given = SIGNATURES.BinaryCrossentropy.read([options]);
    super(given.name ?? "binary_crossentropy");
    this.fromLogits = given.fromLogits;
    this.labelSmoothing = given.labelSmoothing;
  }
  override perSample(yTrue: Tensor, yPred: Tensor): Tensor {
    const labels = smoothed(yTrue, this.labelSmoothing, 0.5);
    const logits = this.fromLogits ? yPred : logitsOf(yPred, "sigmoid");
    if (logits !== undefined) {
      return F.binaryCrossEntropyWithLogits(logits, labels, { reduction: "none" }).mean(-1);
    }
    return F.binaryCrossEntropy(clipped(yPred), labels, { reduction: "none" }).mean(-1);
  }
}

/** Options of {@link Huber}. */
export interface HuberOptions {
  /** Where the loss goes from quadratic to linear. Default 1. */
  readonly delta?: number | undefined;
  /** Name of the loss. */
  readonly name?: string | undefined;
}

export class Huber extends Loss {
  private readonly delta: number;

  constructor(options?: HuberOptions) {
    const given = SIGNATURES.Huber.read([options]);
    super(given.name ?? "huber");
    this.delta = given.delta;
  }
  override perSample(yTrue: Tensor, yPred: Tensor): Tensor {
    return F.huberLoss(yPred, yTrue, { reduction: "none", delta: this.delta }).mean(-1);
  }
}

/** A loss that is a function of labels and outputs of one shape. */
class ElementLoss extends Loss {
  private readonly fn: LossFunction;

  constructor(name: string, fn: LossFunction) {
    super(name);
    this.fn = fn;
  }
  override perSample(yTrue: Tensor, yPred: Tensor): Tensor {
    return this.fn(yTrue, yPred);
  }
}

export class MeanSquaredError extends ElementLoss {
  constructor() {
    super("mean_squared_error", (y, p) => p.sub(y).square().mean(-1));
  }
  override mean(yTrue: Tensor, yPred: Tensor): Tensor {
    return F.mseLoss(yPred, yTrue);
  }
}

export class MeanAbsoluteError extends ElementLoss {
  constructor() {
    super("mean_absolute_error", (y, p) => p.sub(y).abs().mean(-1));
  }
}

export class MeanAbsolutePercentageError extends ElementLoss {
  constructor() {
    super("mean_absolute_percentage_error", (y, p) => p.sub(y).div(y.abs().clamp(EPSILON)).abs().mean(-1).mul(100));
  }
}

export class MeanSquaredLogarithmicError extends ElementLoss {
  constructor() {
    super("mean_squared_logarithmic_error", (y, p) =>
      p.clamp(EPSILON).log1p().sub(y.clamp(EPSILON).log1p()).square().mean(-1),
    );
  }
}

export class LogCosh extends ElementLoss {
  constructor() {
    super("log_cosh", (y, p) => {
      const x = p.sub(y);
      return x
        .add(F.softplus(x.mul(-2)))
        .sub(Math.LN2)
        .mean(-1);
    });
  }
}

export class KLDivergence extends ElementLoss {
  constructor() {
    super("kl_divergence", (y, p) => {
      const [a, b] = [y.clamp(EPSILON, 1), p.clamp(EPSILON, 1)];
      return a.mul(a.div(b).log()).sum(-1);
    });
  }
}

export class Poisson extends ElementLoss {
  constructor() {
    super("poisson", (y, p) => p.sub(y.mul(p.add(EPSILON).log())).mean(-1));
  }
}

/** Labels 0 and 1 as −1 and 1. */
function signed(y: Tensor): Tensor {
  const isBinary = y.eq(0).logicalOr(y.eq(1)).all();
  return y.mul(2).sub(1).where(isBinary, y);
}

export class Hinge extends ElementLoss {
  constructor() {
    super("hinge", (y, p) => F.relu(p.mul(signed(y)).neg().add(1)).mean(-1));
  }
}

export class SquaredHinge extends ElementLoss {
  constructor() {
    super("squared_hinge", (y, p) =>
      F.relu(p.mul(signed(y)).neg().add(1))
        .square()
        .mean(-1),
    );
  }
}

export class CosineSimilarity extends ElementLoss {
  constructor() {
    super("cosine_similarity", (y, p) => unit(y).mul(unit(p)).sum(-1).neg());
  }
}

function unit(x: Tensor): Tensor {
  return x.mul(x.square().sum(-1, true).clamp(1e-12).rsqrt());
}

/** A loss of `nn`, which gives the mean of a batch. */
class ModuleLoss extends Loss {
  private readonly module: Module<Tensor>;

  constructor(module: Module<Tensor>) {
    super(module.constructor.name);
    this.module = module;
  }
  override prepare(yTrue: Tensor, yPred: Tensor): Tensor {
    const isClass =
      /CrossEntropy|NLL/.test(this.name) &&
      yPred.ndim > 1 &&
      (yTrue.ndim < yPred.ndim || yTrue.size(-1) === 1) &&
      yPred.size(-1) > 1;
    return isClass ? classIndices(this.name, yTrue, yPred) : alike(this.name, yTrue, yPred);
  }
  override mean(yTrue: Tensor, yPred: Tensor): Tensor {
    const loss = this.module.forward(yPred, yTrue);
    return loss.ndim === 0 ? loss : loss.mean();
  }
  override perSample(yTrue: Tensor, yPred: Tensor): Tensor {
    const losses = this.module.forward(yPred, yTrue);
    if (losses.ndim > 0) return losses;
    throw new ValueError(
      `[fit] weights of samples or classes need a loss for each sample: make the loss with { reduction: "none" }.`,
    );
  }
}

/** A function of the user's. */
class CustomLoss extends ElementLoss {
  override prepare(yTrue: Tensor, yPred: Tensor): Tensor {
    const isColumn = yTrue.ndim === yPred.ndim - 1 && yPred.size(-1) === 1;
    const labels = isColumn ? yTrue.unsqueeze(-1) : yTrue;
    return labels.ndim === yPred.ndim && isFloat(yPred.dtype) ? labels.to(yPred.dtype) : labels;
  }
}

const LOSSES = {
  mean_squared_error: () => new MeanSquaredError(),
  mse: () => new MeanSquaredError(),
  mean_absolute_error: () => new MeanAbsoluteError(),
  mae: () => new MeanAbsoluteError(),
  mean_absolute_percentage_error: () => new MeanAbsolutePercentageError(),
  mape: () => new MeanAbsolutePercentageError(),
  mean_squared_logarithmic_error: () => new MeanSquaredLogarithmicError(),
  msle: () => new MeanSquaredLogarithmicError(),
  binary_crossentropy: () => new BinaryCrossentropy(),
  categorical_crossentropy: () => new CategoricalCrossentropy(),
  sparse_categorical_crossentropy: () => new SparseCategoricalCrossentropy(),
  huber: () => new Huber(),
  log_cosh: () => new LogCosh(),
  kl_divergence: () => new KLDivergence(),
  poisson: () => new Poisson(),
  hinge: () => new Hinge(),
  squared_hinge: () => new SquaredHinge(),
  cosine_similarity: () => new CosineSimilarity(),
};

/** The names of Keras's losses. */
export type LossName = keyof typeof LOSSES;

/** The loss that `compile` was given. */
export function lossOf(loss: LossLike): Loss {
  if (loss instanceof Loss) return loss;
  if (loss instanceof Module) return new ModuleLoss(loss);
  if (typeof loss === "function") return new CustomLoss(loss.name || "loss", loss);
  return lookUp<() => Loss>("compile", "loss function", LOSSES, loss)();
}
