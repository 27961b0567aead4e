/** @file The namespace `keras.callbacks`: every class can be used with or without `new`. */
import { type CallableClass, callable } from "../callable.ts";
import * as callbacks from "../callbacks.ts";

export {
  Callback,
  type CallbackParams,
  type EarlyStoppingOptions,
  History,
  type LambdaHooks,
  type LearningRateSchedulerOptions,
  type ModelCheckpointOptions,
  type MonitorMode,
  type ReduceLROnPlateauOptions,
  type Schedule,
  type TensorBoardOptions,
} from "../callbacks.ts";

/**
 * Stops training when a quantity has stopped getting better.
 *
 * @example
 * const model = new keras.Sequential([keras.layers.Dense(1, { inputShape: [1] })]);
 * model.compile({ optimizer: "sgd", loss: "mse" });
 * const stop = keras.callbacks.EarlyStopping({ monitor: "loss", minDelta: 100, patience: 2 });
 * const history = await model.fit([[1], [2]], [1, 2], { epochs: 10, callbacks: [stop], verbose: 0 });
 * history.epoch; // [0, 1, 2]
 */
export const EarlyStopping: CallableClass<typeof callbacks.EarlyStopping> = /* @__PURE__ */ callable(
  callbacks.EarlyStopping,
);

/**
 * Saves the weights after every epoch, or when a quantity has got better. The file's name may hold `{epoch:02d}` and values of the logs, as `{val_loss:.2f}`.
 *
 * @example
 * const model = new keras.Sequential([keras.layers.Dense(1, { inputShape: [1] })]);
 * model.compile({ optimizer: "sgd", loss: "mse" });
 * const save = keras.callbacks.ModelCheckpoint("weights-{epoch:02d}.safetensors");
 * await model.fit([[1], [2]], [1, 2], { epochs: 2, callbacks: [save], verbose: 0 });
 * await model.loadWeights("weights-02.safetensors");
 */
export const ModelCheckpoint: CallableClass<typeof callbacks.ModelCheckpoint> = /* @__PURE__ */ callable(
  callbacks.ModelCheckpoint,
);

/**
 * Sets the learning rate of each epoch.
 *
 * @example
 * const model = new keras.Sequential([keras.layers.Dense(1, { inputShape: [1] })]);
 * model.compile({ optimizer: "sgd", loss: "mse" });
 * const halve = keras.callbacks.LearningRateScheduler((epoch, rate) => rate / 2);
 * await model.fit([[1], [2]], [1, 2], { epochs: 2, callbacks: [halve], verbose: 0 });
 * model.optimizer.learningRate; // 0.0025
 */
export const LearningRateScheduler: CallableClass<typeof callbacks.LearningRateScheduler> = /* @__PURE__ */ callable(
  callbacks.LearningRateScheduler,
);

/**
 * Reduces the learning rate when a quantity has stopped getting better.
 *
 * @example
 * const model = new keras.Sequential([keras.layers.Dense(1, { inputShape: [1] })]);
 * model.compile({ optimizer: "sgd", loss: "mse" });
 * const reduce = keras.callbacks.ReduceLROnPlateau({ monitor: "loss", minDelta: 100, patience: 1 });
 * await model.fit([[1], [2]], [1, 2], { epochs: 2, callbacks: [reduce], verbose: 0 });
 * model.optimizer.learningRate; // 0.001
 */
export const ReduceLROnPlateau: CallableClass<typeof callbacks.ReduceLROnPlateau> = /* @__PURE__ */ callable(
  callbacks.ReduceLROnPlateau,
);

/**
 * A callback of single functions.
 *
 * @example
 * const model = new keras.Sequential([keras.layers.Dense(1, { inputShape: [1] })]);
 * model.compile({ optimizer: "sgd", loss: "mse" });
 * const losses: number[] = [];
 * const watch = keras.callbacks.LambdaCallback({ onEpochEnd: (epoch, logs) => losses.push(logs.loss ?? 0) });
 * await model.fit([[1], [2]], [1, 2], { epochs: 2, callbacks: [watch], verbose: 0 });
 * losses.length; // 2
 */
export const LambdaCallback: CallableClass<typeof callbacks.LambdaCallback> = /* @__PURE__ */ callable(
  callbacks.LambdaCallback,
);

/**
 * Writes event files for TensorBoard: losses and metrics of every epoch, below `train` and `validation`. Needs the
 * optional packages of `tapegrad/tensorboard`.
 *
 * @example
 * const model = new keras.Sequential([keras.layers.Dense(1, { inputShape: [1] })]);
 * model.compile({ optimizer: "sgd", loss: "mse" });
 * const board = keras.callbacks.TensorBoard({ logDir: "logs", histogramFreq: 1 });
 * await model.fit([[1], [2]], [1, 2], { epochs: 2, callbacks: [board], verbose: 0 });
 */
export const TensorBoard: CallableClass<typeof callbacks.TensorBoard> = /* @__PURE__ */ callable(callbacks.TensorBoard);
