/** @file The namespace `optim.lrScheduler`: learning rate schedulers. */
export {
  type ChainableScheduler,
  ChainedScheduler,
  CosineAnnealingWarmRestarts,
  type CosineAnnealingWarmRestartsOptions,
  CyclicLR,
  type CyclicLROptions,
  MultiplicativeLR,
  type MultiplicativeLROptions,
  PolynomialLR,
  type PolynomialLROptions,
} from "./cyclic-schedulers.ts";
export { OneCycleLR, type OneCycleLROptions } from "./one-cycle-lr.ts";
export { ReduceLROnPlateau, type ReduceLROnPlateauOptions } from "./reduce-lr-on-plateau.ts";
export { LRScheduler } from "./scheduler.ts";
export {
  ConstantLR,
  type ConstantLROptions,
  CosineAnnealingLR,
  type CosineAnnealingLROptions,
  ExponentialLR,
  type ExponentialLROptions,
  LambdaLR,
  type LambdaLROptions,
  LinearLR,
  type LinearLROptions,
  MultiStepLR,
  type MultiStepLROptions,
  type ResumeOption,
  StepLR,
  type StepLROptions,
} from "./schedulers.ts";
export { SequentialLR } from "./sequential-lr.ts";
export type { SchedulerStateDict, SchedulerValue } from "./state.ts";
