/** @file The namespace `optim`: optimizers, in order of increasing complexity. */

export { Adam, type AdamOptions, type AdamState, AdamW } from "./adam.ts";
export { Optimizer, type ParamGroup, type ParamGroupInput, type Params } from "./optimizer.ts";
export { RMSprop, type RMSpropOptions, type RMSpropState } from "./rmsprop.ts";
export { SGD, type SGDOptions, type SGDState } from "./sgd.ts";
export type { OptimizerStateDict, PackedGroup } from "./state-dict.ts";
