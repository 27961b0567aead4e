/** @file The namespace `keras.losses`: every class can be used with or without `new`. */
import { type CallableClass, callable } from "../callable.ts";
import * as losses from "../losses.ts";

export {
  type CrossentropyOptions,
  type HuberOptions,
  Loss,
  type LossFunction,
  type LossLike,
  type LossName,
  type SparseCrossentropyOptions,
} from "../losses.ts";

/**
 * Cross-entropy of labels that are class indices, and a probability for each class.
 *
 * @example
 * keras.losses.SparseCategoricalCrossentropy({ fromLogits: true }).name; // sparse_categorical_crossentropy
 */
export const SparseCategoricalCrossentropy: CallableClass<typeof losses.SparseCategoricalCrossentropy> =
  /* @__PURE__ */ callable(losses.SparseCategoricalCrossentropy);

/**
 * Cross-entropy of one-hot labels, and a probability for each class.
 *
 * @example
 * const loss = keras.losses.CategoricalCrossentropy();
 * loss.compute(tensor([[0, 1]]), tensor([[0.5, 0.5]]), null); // tensor(0.6931)
 */
export const CategoricalCrossentropy: CallableClass<typeof losses.CategoricalCrossentropy> = /* @__PURE__ */ callable(
  losses.CategoricalCrossentropy,
);

/**
 * Cross-entropy of labels 0 and 1, and probabilities.
 *
 * @example
 * const loss = keras.losses.BinaryCrossentropy();
 * loss.compute(tensor([[0], [1]]), tensor([[0.5], [0.5]]), null); // tensor(0.6931)
 */
export const BinaryCrossentropy: CallableClass<typeof losses.BinaryCrossentropy> = /* @__PURE__ */ callable(
  losses.BinaryCrossentropy,
);

/**
 * Mean of the squared errors.
 *
 * @example
 * const loss = keras.losses.MeanSquaredError();
 * loss.compute(tensor([[0, 1]]), tensor([[1, 3]]), null); // tensor(2.5000)
 */
export const MeanSquaredError: CallableClass<typeof losses.MeanSquaredError> = /* @__PURE__ */ callable(
  losses.MeanSquaredError,
);

/**
 * Mean of the absolute errors.
 *
 * @example
 * const loss = keras.losses.MeanAbsoluteError();
 * loss.compute(tensor([[0, 1]]), tensor([[1, 3]]), null); // tensor(1.5000)
 */
export const MeanAbsoluteError: CallableClass<typeof losses.MeanAbsoluteError> = /* @__PURE__ */ callable(
  losses.MeanAbsoluteError,
);

/**
 * Mean of the absolute errors in percent of the labels.
 *
 * @example
 * const loss = keras.losses.MeanAbsolutePercentageError();
 * loss.compute(tensor([[1, 2]]), tensor([[2, 3]]), null); // tensor(75.)
 */
export const MeanAbsolutePercentageError: CallableClass<typeof losses.MeanAbsolutePercentageError> =
  /* @__PURE__ */ callable(losses.MeanAbsolutePercentageError);

/**
 * Mean of the squared differences of log(1 + x).
 *
 * @example
 * const loss = keras.losses.MeanSquaredLogarithmicError();
 * loss.compute(tensor([[0]]), tensor([[3]]), null); // tensor(1.9218)
 */
export const MeanSquaredLogarithmicError: CallableClass<typeof losses.MeanSquaredLogarithmicError> =
  /* @__PURE__ */ callable(losses.MeanSquaredLogarithmicError);

/**
 * Squared error near 0, absolute error beyond `delta`.
 *
 * @example
 * const loss = keras.losses.Huber();
 * loss.compute(tensor([[0, 0]]), tensor([[0.5, 3]]), null); // tensor(1.3125)
 */
export const Huber: CallableClass<typeof losses.Huber> = /* @__PURE__ */ callable(losses.Huber);

/**
 * Logarithm of the hyperbolic cosine of the error.
 *
 * @example
 * const loss = keras.losses.LogCosh();
 * loss.compute(tensor([[0]]), tensor([[0]]), null); // tensor(0.)
 */
export const LogCosh: CallableClass<typeof losses.LogCosh> = /* @__PURE__ */ callable(losses.LogCosh);

/**
 * Kullback-Leibler divergence of two distributions.
 *
 * @example
 * const loss = keras.losses.KLDivergence();
 * loss.compute(tensor([[0.5, 0.5]]), tensor([[0.5, 0.5]]), null); // tensor(0.)
 */
export const KLDivergence: CallableClass<typeof losses.KLDivergence> = /* @__PURE__ */ callable(losses.KLDivergence);

/**
 * Poisson loss: prediction − label · log(prediction).
 *
 * @example
 * const loss = keras.losses.Poisson();
 * loss.compute(tensor([[0]]), tensor([[2]]), null); // tensor(2.)
 */
export const Poisson: CallableClass<typeof losses.Poisson> = /* @__PURE__ */ callable(losses.Poisson);

/**
 * Hinge loss of labels −1 and 1, or 0 and 1.
 *
 * @example
 * const loss = keras.losses.Hinge();
 * loss.compute(tensor([[1], [0]]), tensor([[0.5], [0.5]]), null); // tensor(1.)
 */
export const Hinge: CallableClass<typeof losses.Hinge> = /* @__PURE__ */ callable(losses.Hinge);

/**
 * Square of the hinge loss.
 *
 * @example
 * const loss = keras.losses.SquaredHinge();
 * loss.compute(tensor([[1], [0]]), tensor([[0.5], [0.5]]), null); // tensor(1.2500)
 */
export const SquaredHinge: CallableClass<typeof losses.SquaredHinge> = /* @__PURE__ */ callable(losses.SquaredHinge);

/**
 * Minus the cosine of the angle between label and prediction.
 *
 * @example
 * const loss = keras.losses.CosineSimilarity();
 * loss.compute(tensor([[1, 0]]), tensor([[2, 0]]), null); // tensor(-1.)
 */
export const CosineSimilarity: CallableClass<typeof losses.CosineSimilarity> = /* @__PURE__ */ callable(
  losses.CosineSimilarity,
);
