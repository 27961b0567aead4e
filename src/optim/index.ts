/** @file The namespace `optim`: optimizers. */

export { Adadelta, type AdadeltaOptions, type AdadeltaState } from "./adadelta.ts";
export { Adagrad, type AdagradOptions, type AdagradState } from "./adagrad.ts";
export { Adam, type AdamOptions, type AdamState, AdamW } from "./adam.ts";
export { Adamax, type AdamaxOptions, type AdamaxState } from "./adamax.ts";
export { LBFGS, type LBFGSOptions } from "./lbfgs.ts";
export type { LBFGSState } from "./lbfgs-state.ts";
export * as lrScheduler from "./lr-scheduler/index.ts";
export { NAdam, type NAdamOptions, type NAdamState } from "./nadam.ts";
export { Optimizer, type ParamGroup, type ParamGroupInput, type Params } from "./optimizer.ts";
export { RAdam, type RAdamOptions, type RAdamState } from "./radam.ts";
export { RMSprop, type RMSpropOptions, type RMSpropState } from "./rmsprop.ts";
export { SGD, type SGDOptions, type SGDState } from "./sgd.ts";
export type { OptimizerStateDict, PackedGroup, StateValue } from "./state-dict.ts";
