/** @file The namespace `keras.optimizers`: every class can be used with or without `new`. */
import { type CallableClass, callable } from "../callable.ts";
import * as optimizers from "../optimizers.ts";

export {
  type AdadeltaOptions,
  type AdagradOptions,
  type AdamOptions,
  type AdamWOptions,
  type AnyOptimizer,
  type MomentOptions,
  Optimizer,
  type OptimizerLike,
  type OptimizerName,
  type OptimizerOptions,
  type RMSpropOptions,
  type SGDOptions,
} from "../optimizers.ts";

/**
 * Stochastic gradient descent, with or without momentum: learning rate 0.01.
 *
 * @example
 * keras.optimizers.SGD({ momentum: 0.9 }).learningRate; // 0.01
 */
export const SGD: CallableClass<typeof optimizers.SGD> = /* @__PURE__ */ callable(optimizers.SGD);

/**
 * RMSprop with Keras's defaults: learning rate 0.001, rho 0.9, epsilon 1e-7 under the root.
 *
 * @example
 * keras.optimizers.RMSprop({ learningRate: 0.01 }).learningRate; // 0.01
 */
export const RMSprop: CallableClass<typeof optimizers.RMSprop> = /* @__PURE__ */ callable(optimizers.RMSprop);

/**
 * Adam with Keras's defaults: learning rate 0.001, epsilon 1e-7 added before the bias correction.
 *
 * @example
 * keras.optimizers.Adam({ learningRate: 0.01 }).learningRate; // 0.01
 */
export const Adam: CallableClass<typeof optimizers.Adam> = /* @__PURE__ */ callable(optimizers.Adam);

/**
 * Adam with decoupled weight decay, 0.004 by default.
 *
 * @example
 * keras.optimizers.AdamW({ learningRate: 0.01 }).learningRate; // 0.01
 */
export const AdamW: CallableClass<typeof optimizers.AdamW> = /* @__PURE__ */ callable(optimizers.AdamW);

/**
 * Adam with Nesterov momentum.
 *
 * @example
 * keras.optimizers.Nadam({ learningRate: 0.01 }).learningRate; // 0.01
 */
export const Nadam: CallableClass<typeof optimizers.Nadam> = /* @__PURE__ */ callable(optimizers.Nadam);

/**
 * Adagrad, whose sums begin with 0.1.
 *
 * @example
 * keras.optimizers.Adagrad({ learningRate: 0.01 }).learningRate; // 0.01
 */
export const Adagrad: CallableClass<typeof optimizers.Adagrad> = /* @__PURE__ */ callable(optimizers.Adagrad);

/**
 * Adadelta with Keras's defaults: learning rate 0.001, rho 0.95.
 *
 * @example
 * keras.optimizers.Adadelta({ learningRate: 0.01 }).learningRate; // 0.01
 */
export const Adadelta: CallableClass<typeof optimizers.Adadelta> = /* @__PURE__ */ callable(optimizers.Adadelta);

/**
 * Adam with the infinity norm.
 *
 * @example
 * keras.optimizers.Adamax({ learningRate: 0.01 }).learningRate; // 0.01
 */
export const Adamax: CallableClass<typeof optimizers.Adamax> = /* @__PURE__ */ callable(optimizers.Adamax);
