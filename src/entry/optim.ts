/** @file Entry point `tapegrad/optim`: optimizers and learning rate schedulers. */

export { Adadelta, type AdadeltaOptions, type AdadeltaState } from "../optim/adadelta.ts";
export { Adagrad, type AdagradOptions, type AdagradState } from "../optim/adagrad.ts";
export { Adam, type AdamOptions, type AdamState, AdamW } from "../optim/adam.ts";
export { Adamax, type AdamaxOptions, type AdamaxState } from "../optim/adamax.ts";
export { ASGD, type ASGDOptions, type ASGDState } from "../optim/asgd.ts";
export { LBFGS, type LBFGSOptions } from "../optim/lbfgs.ts";
export type { LBFGSState } from "../optim/lbfgs-state.ts";
export * as lrScheduler from "../optim/lr-scheduler/index.ts";
export { NAdam, type NAdamOptions, type NAdamState } from "../optim/nadam.ts";
export {
  type ExecutionOptions,
  type NamedParams,
  Optimizer,
  type ParamGroup,
  type ParamGroupInput,
  type Params,
  type RateThenOptions,
} from "../optim/optimizer.ts";
export { RAdam, type RAdamOptions, type RAdamState } from "../optim/radam.ts";
export { RMSprop, type RMSpropOptions, type RMSpropState } from "../optim/rmsprop.ts";
export { Rprop, type RpropOptions, type RpropState } from "../optim/rprop.ts";
export { SGD, type SGDOptions, type SGDState } from "../optim/sgd.ts";
export type { OptimizerStateDict, PackedGroup, StateValue } from "../optim/state-dict.ts";
export * as swaUtils from "../optim/swa-utils.ts";
