/** @file Entry point `tapegrad/keras`: Keras's Sequential over the same engine. */
export type { ActivationFunction, ActivationLike, ActivationName } from "../keras/activations.ts";
export type { ArrayData, BatchData } from "../keras/batches.ts";
export type { Callable, CallableClass } from "../keras/callable.ts";
export { History } from "../keras/callbacks.ts";
export * as datasets from "../keras/datasets.ts";
export * as layers from "../keras/layers/index.ts";
export type { Shape } from "../keras/layers/layer.ts";
export * as callbacks from "../keras/namespaces/callbacks.ts";
export * as initializers from "../keras/namespaces/initializers.ts";
export * as losses from "../keras/namespaces/losses.ts";
export * as metrics from "../keras/namespaces/metrics.ts";
export * as optimizers from "../keras/namespaces/optimizers.ts";
export type { Logs, Verbosity } from "../keras/progress-bar.ts";
export {
  type CompileOptions,
  type EvaluateOptions,
  type FitOptions,
  type PredictOptions,
  Sequential,
  type SummaryOptions,
  type ValidationData,
} from "../keras/sequential.ts";
export * as utils from "../keras/utils.ts";
