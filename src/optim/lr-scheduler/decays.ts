/** @file Schedulers whose rate follows from the last one by a short rule. */
import { ValueError } from "../../tensor/errors.ts";
import type { Optimizer } from "../optimizer.ts";
import { type Arguments, checkFinite, checkInteger, perGroup, readOptions } from "./arguments.ts";
import { checkOptimizer, LRScheduler } from "./scheduler.ts";
import type { SchedulerStateDict } from "./state.ts";

/** An option of every scheduler. */
export interface ResumeOption {
  /** The epoch to go on from; −1, the default, for a new start. */
  lastEpoch?: number;
}

export interface LambdaLROptions extends ResumeOption {
  /** Factor of the initial rate at an epoch; or one such function for each group. */
  lrLambda: ((epoch: number) => number) | readonly ((epoch: number) => number)[];
}

/** The initial rate times a function of the epoch. The functions are no part of the state dictionary. */
export class LambdaLR extends LRScheduler<{ readonly lrLambdas: readonly ((epoch: number) => number)[] }> {
  constructor(optimizer: Optimizer, ...args: Arguments<LambdaLROptions, ["lrLambda", "lastEpoch"]>) {
    const names = { lrLambda: undefined, lastEpoch: -1 };
    const { lrLambda, lastEpoch } = readOptions<Required<LambdaLROptions>>("LambdaLR", names, args);
    checkOptimizer("LambdaLR", optimizer);
    const lrLambdas = perGroup("LambdaLR", "lrLambda", lrLambda, optimizer.paramGroups.length);
    if (lrLambdas.some((lambda) => typeof lambda !== "function")) {
      throw new ValueError("[LambdaLR] lrLambda should be a function, or a list of functions");
    }
    super(optimizer, { lrLambdas }, lastEpoch);
  }

  protected override getLr(): number[] {
    return this.baseLrs.map((base, i) => base * (this.options.lrLambdas[i]?.(this.lastEpoch) ?? Number.NaN));
  }
  /** PyTorch keeps a place for the functions, but not the functions. */
  protected override packOwn(): SchedulerStateDict {
    return { lr_lambdas: this.options.lrLambdas.map(() => null) };
  }
  protected override loadOwn(): void {}
}

export interface StepLROptions extends ResumeOption {
  /** Epochs between two decays. */
  stepSize: number;
  /** Factor of a decay. Default 0.1. */
  gamma?: number;
}

/** Times gamma every `stepSize` epochs. */
export class StepLR extends LRScheduler<{ readonly stepSize: number; readonly gamma: number }> {
  constructor(optimizer: Optimizer, ...args: Arguments<StepLROptions, ["stepSize", "gamma", "lastEpoch"]>) {
    const names = { stepSize: undefined, gamma: 0.1, lastEpoch: -1 };
    const { lastEpoch, ...options } = readOptions<Required<StepLROptions>>("StepLR", names, args);
    checkInteger("StepLR", "stepSize", options.stepSize, 1);
    checkFinite("StepLR", "gamma", options.gamma);
    super(optimizer, options, lastEpoch);
  }

  protected override getLr(): number[] {
    const { stepSize, gamma } = this.options;
    const decays = this.lastEpoch !== 0 && this.lastEpoch % stepSize === 0;
    return this.groups().map(({ lr }) => (decays ? lr * gamma : lr));
  }
  protected override closedForm(): number[] {
    const { stepSize, gamma } = this.options;
    return this.baseLrs.map((base) => base * gamma ** Math.floor(this.lastEpoch / stepSize));
  }
}

export interface MultiStepLROptions extends ResumeOption {
  /** Epochs at which the rate decays. */
  milestones: readonly number[];
  /** Factor of a decay. Default 0.1. */
  gamma?: number;
}

/** Times gamma at each milestone. */
export class MultiStepLR extends LRScheduler<{
  /** How often each epoch is a milestone. */
  readonly milestones: Readonly<Record<number, number>>;
  readonly gamma: number;
}> {
  constructor(optimizer: Optimizer, ...args: Arguments<MultiStepLROptions, ["milestones", "gamma", "lastEpoch"]>) {
    const names = { milestones: undefined, gamma: 0.1, lastEpoch: -1 };
    const { milestones, gamma, lastEpoch } = readOptions<Required<MultiStepLROptions>>("MultiStepLR", names, args);
    checkFinite("MultiStepLR", "gamma", gamma);
    if (!Array.isArray(milestones)) {
      throw new ValueError(`[MultiStepLR] milestones should be a list of epochs, but got ${String(milestones)}`);
    }
    const counts: Record<number, number> = {};
    for (const epoch of milestones) {
      checkInteger("MultiStepLR", "a milestone", epoch, 0);
      counts[epoch] = (counts[epoch] ?? 0) + 1;
    }
    super(optimizer, { milestones: counts, gamma }, lastEpoch);
  }

  protected override getLr(): number[] {
    const { milestones, gamma } = this.options;
    const times = milestones[this.lastEpoch] ?? 0;
    return this.groups().map(({ lr }) => (times === 0 ? lr : lr * gamma ** times));
  }
  protected override closedForm(): number[] {
    const { milestones, gamma } = this.options;
    const times = Object.entries(milestones).map(([epoch, count]) => (Number(epoch) <= this.lastEpoch ? count : 0));
    return this.baseLrs.map((base) => base * gamma ** times.reduce((sum, count) => sum + count, 0));
  }
}

export interface ExponentialLROptions extends ResumeOption {
  /** Factor of a decay. */
  gamma: number;
}

/** Times gamma at each epoch. */
export class ExponentialLR extends LRScheduler<{ readonly gamma: number }> {
  constructor(optimizer: Optimizer, ...args: Arguments<ExponentialLROptions, ["gamma", "lastEpoch"]>) {
    const names = { gamma: undefined, lastEpoch: -1 };
    const { gamma, lastEpoch } = readOptions<Required<ExponentialLROptions>>("ExponentialLR", names, args);
    checkFinite("ExponentialLR", "gamma", gamma);
    super(optimizer, { gamma }, lastEpoch);
  }

  protected override getLr(): number[] {
    return this.groups().map(({ lr }) => (this.lastEpoch === 0 ? lr : lr * this.options.gamma));
  }
  protected override closedForm(): number[] {
    return this.baseLrs.map((base) => base * this.options.gamma ** this.lastEpoch);
  }
}
