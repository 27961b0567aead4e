/** @file The namespace `keras.metrics`: every class can be used with or without `new`. */
import { type CallableClass, callable } from "../callable.ts";
import * as metrics from "../metrics.ts";

export {
  type AUCOptions,
  type BinaryAccuracyOptions,
  Metric,
  type MetricLike,
  type MetricName,
  type ThresholdOptions,
  type TopKOptions,
} from "../metrics.ts";

/**
 * Share of the outputs that are on the label's side of a threshold.
 *
 * @example
 * keras.metrics.BinaryAccuracy({ threshold: 0.7 }).name; // binary_accuracy
 */
export const BinaryAccuracy: CallableClass<typeof metrics.BinaryAccuracy> = /* @__PURE__ */ callable(
  metrics.BinaryAccuracy,
);

/**
 * Share of the samples whose label is among the `k` largest outputs. Labels may be class indices or one-hot.
 *
 * @example
 * keras.metrics.TopKCategoricalAccuracy({ k: 3, name: "top_3" }).name; // top_3
 */
export const TopKCategoricalAccuracy: CallableClass<typeof metrics.TopKCategoricalAccuracy> = /* @__PURE__ */ callable(
  metrics.TopKCategoricalAccuracy,
);

/**
 * Share of the positive outputs that are right.
 *
 * @example
 * const model = new keras.Sequential([keras.layers.Activation("linear", { inputShape: [1] })]);
 * model.compile({ loss: "mse", metrics: [keras.metrics.Precision()] });
 * const [, precision] = await model.evaluate([[0.9], [0.8], [0.1]], [1, 0, 1], { verbose: 0 });
 * precision; // 0.5
 */
export const Precision: CallableClass<typeof metrics.Precision> = /* @__PURE__ */ callable(metrics.Precision);

/**
 * Share of the positive labels that are found.
 *
 * @example
 * const model = new keras.Sequential([keras.layers.Activation("linear", { inputShape: [1] })]);
 * model.compile({ loss: "mse", metrics: [keras.metrics.Recall()] });
 * const [, recall] = await model.evaluate([[0.9], [0.8], [0.1]], [1, 1, 0], { verbose: 0 });
 * recall; // 1
 */
export const Recall: CallableClass<typeof metrics.Recall> = /* @__PURE__ */ callable(metrics.Recall);

/**
 * Area under a curve, sampled at thresholds: of true over false positives, or of precision over recall.
 *
 * @example
 * const model = new keras.Sequential([keras.layers.Activation("linear", { inputShape: [1] })]);
 * model.compile({ loss: "mse", metrics: [keras.metrics.AUC({ name: "roc" })] });
 * const { roc } = await model.evaluate([[0.9], [0.1]], [1, 0], { verbose: 0, returnDict: true });
 * roc; // 1
 */
export const AUC: CallableClass<typeof metrics.AUC> = /* @__PURE__ */ callable(metrics.AUC);
