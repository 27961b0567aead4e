/** @file The namespace `optim.lrScheduler`: learning rates that change from step to step. */
export {
  ExponentialLR,
  type ExponentialLROptions,
  LambdaLR,
  type LambdaLROptions,
  MultiStepLR,
  type MultiStepLROptions,
  type ResumeOption,
  StepLR,
  type StepLROptions,
} from "./decays.ts";
export { OneCycleLR, type OneCycleLROptions } from "./one-cycle.ts";
export { ReduceLROnPlateau, type ReduceLROnPlateauOptions } from "./plateau.ts";
export { LRScheduler } from "./scheduler.ts";
export { SequentialLR } from "./sequential.ts";
export type { SchedulerStateDict, SchedulerValue } from "./state.ts";
export {
  ConstantLR,
  type ConstantLROptions,
  CosineAnnealingLR,
  type CosineAnnealingLROptions,
  LinearLR,
  type LinearLROptions,
} from "./warmups.ts";
