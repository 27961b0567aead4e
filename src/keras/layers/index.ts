/** @file The namespace `keras.layers`: every layer can be made with or without `new`. */
import { type CallableClass, callable } from "../callable.ts";
import * as core from "./core.ts";
import * as image from "./image.ts";
import * as normalization from "./normalization.ts";
import * as recurrent from "./recurrent.ts";

export type { DenseOptions } from "./core.ts";
export type { Conv2DOptions, ConvPadding, GlobalPooling2DOptions, Pooling2DOptions } from "./image.ts";
export { type DataFormat, type KerasWeight, Layer, type LayerOptions, type Shape, type Size2D } from "./layer.ts";
export type { BatchNormalizationOptions, NormalizationOptions } from "./normalization.ts";
export type { EmbeddingOptions, GRUOptions, LSTMOptions, RecurrentOptions } from "./recurrent.ts";

/**
 * The shape of a sample: the first entry of a model, in place of the first layer's `inputShape`.
 *
 * @example
 * const model = new keras.Sequential([keras.layers.Input([4]), keras.layers.Dense(2)]);
 * model.outputShape; // [null, 2]
 */
export const Input: CallableClass<typeof core.Input> = /* @__PURE__ */ callable(core.Input);

/**
 * Fully connected layer: activation(x · kernel + bias), with a kernel of shape `(inputs,units)`.
 *
 * Shape: `(N,…,inputs)` to `(N,…,units)`.
 *
 * @example
 * const model = new keras.Sequential([keras.layers.Dense(3, { activation: "relu", inputShape: [2] })]);
 * model.getWeights().map((weight) => weight.shape); // [ [ 2, 3 ], [ 3 ] ]
 */
export const Dense: CallableClass<typeof core.Dense> = /* @__PURE__ */ callable(core.Dense);

/**
 * An activation as a layer of its own, by name or as a function.
 *
 * @example
 * const model = new keras.Sequential([keras.layers.Activation("relu", { inputShape: [2] })]);
 * await model.predict([[-1, 2]]); // tensor([[0., 2.]])
 */
export const Activation: CallableClass<typeof core.Activation> = /* @__PURE__ */ callable(core.Activation);

/**
 * Flattens each sample.
 *
 * Shape: `(N,…)` to `(N,product)`.
 *
 * @example
 * const model = new keras.Sequential([keras.layers.Flatten({ inputShape: [28, 28] })]);
 * model.outputShape; // [null, 784]
 */
export const Flatten: CallableClass<typeof core.Flatten> = /* @__PURE__ */ callable(core.Flatten);

/**
 * Gives each sample another shape; one size may be -1.
 *
 * @example
 * const model = new keras.Sequential([keras.layers.Reshape([2, -1], { inputShape: [6] })]);
 * model.outputShape; // [null, 2, 3]
 */
export const Reshape: CallableClass<typeof core.Reshape> = /* @__PURE__ */ callable(core.Reshape);

/**
 * Scales its input: x · scale + offset, as bytes of an image to numbers in 0 … 1.
 *
 * @example
 * const model = new keras.Sequential([keras.layers.Rescaling(1 / 255, 0, { inputShape: [2] })]);
 * await model.predict([[0, 255]]); // tensor([[0., 1.]])
 */
export const Rescaling: CallableClass<typeof core.Rescaling> = /* @__PURE__ */ callable(core.Rescaling);

/**
 * Dropout: in training, zeroes each element with probability `rate` and scales the rest by 1/(1 − rate).
 *
 * @example
 * const model = new keras.Sequential([keras.layers.Dropout(0.5, { inputShape: [2] })]);
 * await model.predict([[1, 2]]); // tensor([[1., 2.]])
 */
export const Dropout: CallableClass<typeof core.Dropout> = /* @__PURE__ */ callable(core.Dropout);

/**
 * 2-D convolution of images, with a kernel of shape `(rows,columns,channels,filters)`.
 *
 * Shape: `(N,H,W,C)` to `(N,H',W',filters)`, or with `dataFormat: "channels_first"` `(N,C,H,W)` to `(N,filters,H',W')`.
 *
 * @example
 * const conv = keras.layers.Conv2D(8, 3, { padding: "same", activation: "relu", inputShape: [28, 28, 1] });
 * new keras.Sequential([conv]).outputShape; // [null, 28, 28, 8]
 */
export const Conv2D: CallableClass<typeof image.Conv2D> = /* @__PURE__ */ callable(image.Conv2D);

/**
 * Max pooling of images: the maximum of each window.
 *
 * @example
 * const model = new keras.Sequential([keras.layers.MaxPooling2D(2, { inputShape: [28, 28, 8] })]);
 * model.outputShape; // [null, 14, 14, 8]
 */
export const MaxPooling2D: CallableClass<typeof image.MaxPooling2D> = /* @__PURE__ */ callable(image.MaxPooling2D);

/**
 * Average pooling of images: the mean of each window, of which padding is no part.
 *
 * @example
 * const pool = keras.layers.AveragePooling2D(3, { strides: 2, padding: "same", inputShape: [28, 28, 8] });
 * new keras.Sequential([pool]).outputShape; // [null, 14, 14, 8]
 */
export const AveragePooling2D: CallableClass<typeof image.AveragePooling2D> = /* @__PURE__ */ callable(
  image.AveragePooling2D,
);

/**
 * The mean of each channel of an image.
 *
 * Shape: `(N,H,W,C)` to `(N,C)`.
 *
 * @example
 * const model = new keras.Sequential([keras.layers.GlobalAveragePooling2D({ inputShape: [7, 7, 64] })]);
 * model.outputShape; // [null, 64]
 */
export const GlobalAveragePooling2D: CallableClass<typeof image.GlobalAveragePooling2D> = /* @__PURE__ */ callable(
  image.GlobalAveragePooling2D,
);

/**
 * Batch normalization with Keras's defaults: moving averages that keep 0.99 of themselves, epsilon 1e-3.
 *
 * @example
 * const model = new keras.Sequential([keras.layers.BatchNormalization({ inputShape: [4] })]);
 * model.weightNames().join(" ");
 * // batch_normalization/gamma batch_normalization/beta batch_normalization/moving_mean batch_normalization/moving_variance
 */
export const BatchNormalization: CallableClass<typeof normalization.BatchNormalization> = /* @__PURE__ */ callable(
  normalization.BatchNormalization,
);

/**
 * Layer normalization over the last dimension, epsilon 1e-3.
 *
 * @example
 * const model = new keras.Sequential([keras.layers.LayerNormalization({ inputShape: [4] })]);
 * model.countParams(); // 8
 */
export const LayerNormalization: CallableClass<typeof normalization.LayerNormalization> = /* @__PURE__ */ callable(
  normalization.LayerNormalization,
);

/**
 * Vectors of `outputDim` numbers for integers below `inputDim`.
 *
 * Shape: `(N,L)` to `(N,L,outputDim)`.
 *
 * @example
 * const model = new keras.Sequential([keras.layers.Embedding(1000, 16, { inputLength: 20 })]);
 * model.outputShape; // [null, 20, 16]
 */
export const Embedding: CallableClass<typeof recurrent.Embedding> = /* @__PURE__ */ callable(recurrent.Embedding);

/**
 * Long short-term memory.
 *
 * Shape: `(N,L,C)` to `(N,units)`, or with `returnSequences` `(N,L,units)`.
 *
 * @example
 * const model = new keras.Sequential([keras.layers.LSTM(32, { inputShape: [null, 8] })]);
 * model.outputShape; // [null, 32]
 */
export const LSTM: CallableClass<typeof recurrent.LSTM> = /* @__PURE__ */ callable(recurrent.LSTM);

/**
 * Gated recurrent unit, with the reset gate behind the recurrent product.
 *
 * Shape: `(N,L,C)` to `(N,units)`, or with `returnSequences` `(N,L,units)`.
 *
 * @example
 * const model = new keras.Sequential([keras.layers.GRU(32, { returnSequences: true, inputShape: [10, 8] })]);
 * model.outputShape; // [null, 10, 32]
 */
export const GRU: CallableClass<typeof recurrent.GRU> = /* @__PURE__ */ callable(recurrent.GRU);
