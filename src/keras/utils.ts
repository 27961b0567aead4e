/** @file The namespace `keras.utils`. */
import { optional, required, signature } from "../core/arguments.ts";
import { kind } from "../core/kinds.ts";
import { oneHot } from "../tensor/functional.ts";
import { manualSeed } from "../tensor/random/generator.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { type ArrayData, toTensor } from "./batches.ts";
import { aPositive } from "./layers/layer.ts";

const TO_CATEGORICAL = signature("toCategorical", {
  y: required(kind<ArrayData>("class indices", () => true)),
  numClasses: optional(aPositive),
});

/**
 * One-hot labels of class indices.
 *
 * @param numClasses - Number of classes. Default: one more than the largest index.
 * @example
 * keras.utils.toCategorical([0, 2], 3);
 * // tensor([[1., 0., 0.],
 * //         [0., 0., 1.]])
 */
export function toCategorical(y: ArrayData, numClasses?: number): Tensor {
  const given = TO_CATEGORICAL.read([y, numClasses]);
  const labels = toTensor("toCategorical", "y", given.y, true).to("int32");
  const flat = labels.ndim > 1 && labels.size(-1) === 1 ? labels.squeeze(-1) : labels;
  return oneHot(flat, given.numClasses ?? -1).to("float32");
}

/**
 * Seeds the random numbers: of weights, of the order of samples and of dropout.
 *
 * @example
 * keras.utils.setRandomSeed(0);
 * const [first] = new keras.Sequential([keras.layers.Dense(1, { inputShape: [1] })]).getWeights();
 * keras.utils.setRandomSeed(0);
 * const [second] = new keras.Sequential([keras.layers.Dense(1, { inputShape: [1] })]).getWeights();
 * first?.equal(second as Tensor); // true
 */
export function setRandomSeed(seed: number): void {
  manualSeed(seed);
}
