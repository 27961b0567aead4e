/**
 * @file Keras's metrics. A step computes a few sums of its batch as a tensor; they are added up in float64 outside of it,
 * so that a step has nothing to wait for.
 */
import { keyword, signature } from "../core/arguments.ts";
import { ValueError } from "../core/errors.ts";
import { aString, kind, oneOf } from "../core/kinds.ts";
import { linspace } from "../tensor/create.ts";
import { stack } from "../tensor/functional.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { aPositive } from "./layers/layer.ts";
import { lookUp } from "./lookup.ts";
import { alignWeight, alike, classIndices, type Loss, type LossFunction, lossOf } from "./losses.ts";

/** A metric by its name in Keras, one of `keras.metrics`, or a function that gives a number for each sample. */
export type MetricLike = MetricName | Metric | LossFunction;

/**
 * Base class of metrics. A mean over samples needs none: a function `(yTrue, yPred) => Tensor` will do.
 *
 * @example
 * class Largest extends keras.metrics.Metric {
 *   largest = 0;
 *   override compute(yTrue: Tensor, yPred: Tensor): Tensor {
 *     return yPred.max().reshape(1);
 *   }
 *   override update([largest = 0]: number[]): void {
 *     this.largest = Math.max(this.largest, largest);
 *   }
 *   override result(): number {
 *     return this.largest;
 *   }
 *   override reset(): void {
 *     this.largest = 0;
 *   }
 * }
 * const model = new keras.Sequential([keras.layers.Activation("linear", { inputShape: [1] })]);
 * model.compile({ loss: "mse", metrics: [new Largest("largest")] });
 * const { largest } = await model.evaluate([[1], [3]], [0, 0], { returnDict: true, verbose: 0 });
 * largest; // 3
 */
export abstract class Metric {
  /** Name of the metric in logs. */
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
  /** Sums over a batch, as a tensor of one dimension. Runs without gradients. */
  abstract compute(yTrue: Tensor, yPred: Tensor, weight: Tensor | null): Tensor;
  /** Adds the sums of a batch of some number of samples. */
  abstract update(sums: readonly number[], samples: number): void;
  /** The value over all batches since {@link reset}. */
  abstract result(): number;
  /** Forgets all batches. */
  abstract reset(): void;
}

/** A mean over samples. */
export class MeanMetric extends Metric {
  private readonly perSample: LossFunction;
  /** Numbers for each sample: more than one for sequences and images. */
  private perBatch = 1;
  private total = 0;
  private count = 0;

  constructor(name: string, perSample: LossFunction) {
    super(name);
    this.perSample = perSample;
  }
  override compute(yTrue: Tensor, yPred: Tensor, weight: Tensor | null): Tensor {
    const values = this.perSample(yTrue, yPred).to("float32");
    this.perBatch = values.ndim === 0 ? 0 : values.numel() / values.size(0);
    if (weight === null) return values.sum().reshape(1);
    const weights = alignWeight(weight, values).expandAs(values);
    return stack([values.mul(weights).sum(), weights.sum()]);
  }
  override update(sums: readonly number[], samples: number): void {
    const [sum = 0, weights] = sums;
    // A metric that gives one number for a batch counts as that many samples.
    this.total += this.perBatch === 0 ? sum * samples : sum;
    this.count += weights ?? samples * Math.max(1, this.perBatch);
  }
  override result(): number {
    return this.count === 0 ? 0 : this.finish(this.total / this.count);
  }
  protected finish(mean: number): number {
    return mean;
  }
  override reset(): void {
    this.total = 0;
    this.count = 0;
  }
}

/** The root of a mean. */
class RootMeanSquaredError extends MeanMetric {
  protected override finish(mean: number): number {
    return Math.sqrt(mean);
  }
}

const binaryAccuracy =
  (threshold: number): LossFunction =>
  (y, p) =>
    p
      .gt(threshold)
      .eq(alike("binary_accuracy", y, p).gt(0.5))
      .to("float32")
      .mean(-1);

const sparseAccuracy: LossFunction = (y, p) => p.argmax(-1).eq(classIndices("sparse_categorical_accuracy", y, p));

const categoricalAccuracy: LossFunction = (y, p) => p.argmax(-1).eq(alike("categorical_accuracy", y, p).argmax(-1));

/** Whether labels are class indices rather than one number for each output. */
function areIndices(y: Tensor, p: Tensor): boolean {
  return p.size(-1) > 1 && (y.ndim < p.ndim || y.size(-1) === 1);
}

const accuracy: LossFunction = (y, p) => {
  if (p.size(-1) === 1) return binaryAccuracy(0.5)(y, p);
  return areIndices(y, p) ? sparseAccuracy(y, p) : categoricalAccuracy(y, p);
};

/** Whether fewer than k outputs are above that of the label. */
const topK =
  (k: number): LossFunction =>
  (y, p) => {
    const labels = areIndices(y, p) ? classIndices("top_k", y, p) : alike("top_k", y, p).argmax(-1);
    const own = p.gather(-1, labels.unsqueeze(-1));
    return p.gt(own).to("float32").sum(-1).lt(k);
  };

const ofLoss =
  (loss: Loss): LossFunction =>
  (y, p) =>
    loss.perSample(loss.prepare(y, p), p);

const aThreshold = kind<number>("a number between 0 and 1", (t) => typeof t === "number" && t >= 0 && t <= 1);

const SIGNATURES = {
  BinaryAccuracy: signature("BinaryAccuracy", { threshold: keyword(aThreshold, 0.5), name: keyword(aString) }),
  TopK: signature("TopKCategoricalAccuracy", { k: keyword(aPositive, 5), name: keyword(aString) }),
  Precision: signature("Precision", { thresholds: keyword(aThreshold, 0.5), name: keyword(aString, "precision") }),
  Recall: signature("Recall", { thresholds: keyword(aThreshold, 0.5), name: keyword(aString, "recall") }),
  AUC: signature("AUC", {
    numThresholds: keyword(
      kind<number>("an integer above 2", (n) => Number.isSafeInteger(n) && (n as number) > 2),
      200,
    ),
    curve: keyword(oneOf("ROC", "PR"), "ROC"),
    name: keyword(aString, "auc"),
  }),
};

/** Options of {@link BinaryAccuracy}. */
export interface BinaryAccuracyOptions {
  /** Outputs above it are 1. Default 0.5. */
  readonly threshold?: number | undefined;
  /** Name of the metric. */
  readonly name?: string | undefined;
}

export class BinaryAccuracy extends MeanMetric {
  constructor(options?: BinaryAccuracyOptions) {
    const { threshold, name } = SIGNATURES.BinaryAccuracy.read([options]);
    super(name ?? "binary_accuracy", binaryAccuracy(threshold));
  }
}

/** Options of {@link TopKCategoricalAccuracy}. */
export interface TopKOptions {
  /** How many of the largest outputs count. Default 5. */
  readonly k?: number | undefined;
  /** Name of the metric. */
  readonly name?: string | undefined;
}

export class TopKCategoricalAccuracy extends MeanMetric {
  constructor(options?: TopKOptions) {
    const { k, name } = SIGNATURES.TopK.read([options]);
    super(name ?? "top_k_categorical_accuracy", topK(k));
  }
}

/** Sums of a confusion matrix, flattened to one list. */
abstract class ConfusionMetric extends Metric {
  protected sums: number[] = [];

  override update(sums: readonly number[]): void {
    for (let i = 0; i < sums.length; i++) this.sums[i] = (this.sums[i] ?? 0) + (sums[i] as number);
  }
  override reset(): void {
    this.sums = [];
  }
}

/** Labels, outputs and weights as float32 vectors with one entry for each output. */
function flat(
  name: string,
  yTrue: Tensor,
  yPred: Tensor,
  weight: Tensor | null,
): [y: Tensor, p: Tensor, w: Tensor | null] {
  const p = yPred.to("float32");
  const y = alike(name, yTrue, p);
  const w = weight === null ? null : alignWeight(weight, p).to("float32").expandAs(p).flatten();
  return [y.flatten().gt(0.5).to("float32"), p.flatten(), w];
}

const weighted = (x: Tensor, w: Tensor | null): Tensor => (w === null ? x : x.mul(w));

/** Options of {@link Precision} and {@link Recall}. */
export interface ThresholdOptions {
  /** Outputs above it are positive. Default 0.5. */
  readonly thresholds?: number | undefined;
  /** Name of the metric. */
  readonly name?: string | undefined;
}

/** True positives, and what they are divided by. */
abstract class RatioMetric extends ConfusionMetric {
  private readonly threshold: number;

  constructor(name: string, threshold: number) {
    super(name);
    this.threshold = threshold;
  }
  protected abstract denominator(labels: Tensor, positives: Tensor): Tensor;

  override compute(yTrue: Tensor, yPred: Tensor, weight: Tensor | null): Tensor {
    const [y, p, w] = flat(this.name, yTrue, yPred, weight);
    const positives = p.gt(this.threshold).to("float32");
    return stack([weighted(y.mul(positives), w).sum(), weighted(this.denominator(y, positives), w).sum()]);
  }
  override result(): number {
    const [hits = 0, all = 0] = this.sums;
    return all === 0 ? 0 : hits / all;
  }
}

export class Precision extends RatioMetric {
  constructor(options?: ThresholdOptions) {
    const { thresholds, name } = SIGNATURES.Precision.read([options]);
    super(name, thresholds);
  }
  protected override denominator(_labels: Tensor, positives: Tensor): Tensor {
    return positives;
  }
}

export class Recall extends RatioMetric {
  constructor(options?: ThresholdOptions) {
    const { thresholds, name } = SIGNATURES.Recall.read([options]);
    super(name, thresholds);
  }
  protected override denominator(labels: Tensor): Tensor {
    return labels;
  }
}

/** Options of {@link AUC}. */
export interface AUCOptions {
  /** Number of thresholds at which the curve is sampled. Default 200. */
  readonly numThresholds?: number | undefined;
  /** "ROC": true positives over false positives; "PR": precision over recall. Default "ROC". */
  readonly curve?: "ROC" | "PR" | undefined;
  /** Name of the metric. */
  readonly name?: string | undefined;
}

export class AUC extends ConfusionMetric {
  private readonly numThresholds: number;
  private readonly curve: "ROC" | "PR";

  constructor(options?: AUCOptions) {
    const { numThresholds, curve, name } = SIGNATURES.AUC.read([options]);
    super(name);
    this.numThresholds = numThresholds;
    this.curve = curve;
  }

  /** For each threshold the weight of the true and of the false positives, then that of all positives and negatives. */
  override compute(yTrue: Tensor, yPred: Tensor, weight: Tensor | null): Tensor {
    const [y, p, w] = flat(this.name, yTrue, yPred, weight);
    const inner = linspace(0, 1, this.numThresholds, { device: p.device });
    // The first and the last threshold lie outside of 0 … 1, so that all outputs or none are above.
    const last = this.numThresholds - 1;
    const bounds = inner.clone();
    bounds.narrow(0, 0, 1).fill_(-1e-7);
    bounds.narrow(0, last, 1).fill_(1 + 1e-7);
    const above = p.unsqueeze(0).gt(bounds.unsqueeze(1)).to("float32");
    const sides = stack([weighted(y, w), weighted(y.neg().add(1), w)], 1);
    return stackFlat(above.matmul(sides).transpose(0, 1), sides.sum(0));
  }

  override result(): number {
    const n = this.numThresholds;
    if (this.sums.length === 0) return 0;
    const [truePositives, falsePositives] = [this.sums.slice(0, n), this.sums.slice(n, 2 * n)];
    const [positives = 0, negatives = 0] = this.sums.slice(2 * n);
    return this.curve === "ROC"
      ? trapezoids(ratios(falsePositives, negatives), ratios(truePositives, positives))
      : areaOfPrecision(truePositives, falsePositives, positives);
  }
}

function stackFlat(curves: Tensor, totals: Tensor): Tensor {
  return stack([...curves.flatten().split(1), ...totals.split(1)]).flatten();
}

const ratios = (values: readonly number[], total: number): number[] =>
  values.map((value) => (total === 0 ? 0 : value / total));

/** The area under a curve whose points go from right to left. */
function trapezoids(x: readonly number[], y: readonly number[]): number {
  let area = 0;
  for (let i = 1; i < x.length; i++) {
    area += (((x[i - 1] as number) - (x[i] as number)) * ((y[i - 1] as number) + (y[i] as number))) / 2;
  }
  return area;
}

/** The area under precision over recall, interpolated as Davis and Goadrich (2006) do: not by straight lines. */
function areaOfPrecision(tp: readonly number[], fp: readonly number[], positives: number): number {
  let area = 0;
  for (let i = 1; i < tp.length; i++) {
    const [t0, t1] = [tp[i - 1] as number, tp[i] as number];
    const [p0, p1] = [t0 + (fp[i - 1] as number), t1 + (fp[i] as number)];
    const slope = p0 > p1 ? Math.max(0, t0 - t1) / (p0 - p1) : 0;
    const intercept = t1 - slope * p1;
    const ratio = p0 > 0 && p1 > 0 ? p0 / p1 : 1;
    area += positives === 0 ? 0 : (slope * (t0 - t1 + intercept * Math.log(ratio))) / positives;
  }
  return area;
}

const METRICS = {
  accuracy: (name: string) => new MeanMetric(name, accuracy),
  acc: (name: string) => new MeanMetric(name, accuracy),
  binary_accuracy: (name: string) => new BinaryAccuracy({ name }),
  categorical_accuracy: (name: string) => new MeanMetric(name, categoricalAccuracy),
  sparse_categorical_accuracy: (name: string) => new MeanMetric(name, sparseAccuracy),
  top_k: (name: string) => new TopKCategoricalAccuracy({ name }),
  top_k_categorical_accuracy: (name: string) => new TopKCategoricalAccuracy({ name }),
  sparse_top_k_categorical_accuracy: (name: string) => new TopKCategoricalAccuracy({ name }),
  mean_squared_error: (name: string) => new MeanMetric(name, ofLoss(lossOf("mse"))),
  mse: (name: string) => new MeanMetric(name, ofLoss(lossOf("mse"))),
  mean_absolute_error: (name: string) => new MeanMetric(name, ofLoss(lossOf("mae"))),
  mae: (name: string) => new MeanMetric(name, ofLoss(lossOf("mae"))),
  mean_absolute_percentage_error: (name: string) => new MeanMetric(name, ofLoss(lossOf("mape"))),
  mape: (name: string) => new MeanMetric(name, ofLoss(lossOf("mape"))),
  root_mean_squared_error: (name: string) => new RootMeanSquaredError(name, ofLoss(lossOf("mse"))),
  rmse: (name: string) => new RootMeanSquaredError(name, ofLoss(lossOf("mse"))),
  binary_crossentropy: (name: string) => new MeanMetric(name, ofLoss(lossOf("binary_crossentropy"))),
  categorical_crossentropy: (name: string) => new MeanMetric(name, ofLoss(lossOf("categorical_crossentropy"))),
  sparse_categorical_crossentropy: (name: string) =>
    new MeanMetric(name, ofLoss(lossOf("sparse_categorical_crossentropy"))),
  cosine_similarity: (name: string) => new MeanMetric(name, (y, p) => ofLoss(lossOf("cosine_similarity"))(y, p).neg()),
  precision: (name: string) => new Precision({ name }),
  recall: (name: string) => new Recall({ name }),
  auc: (name: string) => new AUC({ name }),
};

/** The names of Keras's metrics. */
export type MetricName = keyof typeof METRICS;

/** The metric that `compile` was given. */
export function metricOf(metric: MetricLike): Metric {
  if (metric instanceof Metric) return metric;
  if (typeof metric === "function") return new MeanMetric(metric.name || "metric", metric);
  const make = lookUp<(name: string) => Metric>(
    "compile",
    "metric",
    METRICS,
    metric === ("AUC" as string) ? "auc" : metric,
  );
  return make(metric);
}

/** @throws ValueError for two metrics of one name, which would share a place in the logs. */
export function checkNames(metrics: readonly Metric[]): void {
  const names = metrics.map(({ name }) => name);
  const twice = names.find((name, i) => name === "loss" || names.indexOf(name) !== i);
  if (twice === undefined) return;
  throw new ValueError(
    `[compile] two metrics are called '${twice}'. Give one of them a name, as keras.metrics.AUC({ name: "pr", curve: "PR" }).`,
  );
}
