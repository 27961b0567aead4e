/** @file Schedulers with a closed form: step, exponential, lambda, constant, linear and cosine. */
import { describeValue } from "../../core/describe.ts";
import { ValueError } from "../../core/errors.ts";
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
    return this.baseLrs.map((base, i) => {
      const factor: unknown = this.options.lrLambdas[i]?.(this.lastEpoch);
      if (typeof factor === "number") return base * factor;
      throw new ValueError(`[LambdaLR] lrLambda should return a number, but it returned ${describeValue(factor)}`);
    });
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

export interface ConstantLROptions extends ResumeOption {
  /** Factor until `totalIters`. Above 0, at most 1. Default 1/3. */
  factor?: number;
  /** Epochs until the rate is whole. Default 5. */
  totalIters?: number;
}

/** The rate times a factor until an epoch, and whole from then on. */
export class ConstantLR extends LRScheduler<Required<Omit<ConstantLROptions, "lastEpoch">>> {
  constructor(optimizer: Optimizer, ...args: Arguments<ConstantLROptions, ["factor", "totalIters", "lastEpoch"]>) {
    const names = { factor: 1 / 3, totalIters: 5, lastEpoch: -1 };
    const { lastEpoch, ...options } = readOptions<Required<ConstantLROptions>>("ConstantLR", names, args);
    // PyTorch takes a factor of 0 too, and fails when it is to be taken back.
    if (!(options.factor > 0 && options.factor <= 1)) {
      throw new ValueError("[ConstantLR] Constant multiplicative factor expected to be between 0 and 1, 0 excluded.");
    }
    checkInteger("ConstantLR", "totalIters", options.totalIters, 0);
    super(optimizer, options, lastEpoch);
  }

  protected override getLr(): number[] {
    const { factor, totalIters } = this.options;
    if (this.lastEpoch === 0) return this.groups().map(({ lr }) => lr * factor);
    return this.groups().map(({ lr }) => (this.lastEpoch === totalIters ? lr * (1 / factor) : lr));
  }
  protected override closedForm(): number[] {
    const { factor, totalIters } = this.options;
    return this.baseLrs.map((base) => base * (factor + (this.lastEpoch >= totalIters ? 1 - factor : 0)));
  }
}

export interface LinearLROptions extends ResumeOption {
  /** Factor of the rate at the start. Above 0, at most 1. Default 1/3. */
  startFactor?: number;
  /** Factor of the rate from `totalIters` on. 0 … 1. Default 1. */
  endFactor?: number;
  /** Epochs from the one to the other. Default 5. */
  totalIters?: number;
}

/** The rate times a factor that changes by the same amount at each epoch until it has reached its end. */
export class LinearLR extends LRScheduler<Required<Omit<LinearLROptions, "lastEpoch">>> {
  constructor(
    optimizer: Optimizer,
    ...args: Arguments<LinearLROptions, ["startFactor", "endFactor", "totalIters", "lastEpoch"]>
  ) {
    const names = { startFactor: 1 / 3, endFactor: 1, totalIters: 5, lastEpoch: -1 };
    const { lastEpoch, ...options } = readOptions<Required<LinearLROptions>>("LinearLR", names, args);
    if (!(options.startFactor > 0 && options.startFactor <= 1)) {
      throw new ValueError("[LinearLR] Starting multiplicative factor expected to be between 0 and 1, 0 excluded.");
    }
    if (!(options.endFactor >= 0 && options.endFactor <= 1)) {
      throw new ValueError("[LinearLR] Ending multiplicative factor expected to be between 0 and 1.");
    }
    checkInteger("LinearLR", "totalIters", options.totalIters, 0);
    super(optimizer, options, lastEpoch);
  }

  protected override getLr(): number[] {
    const { startFactor, endFactor, totalIters } = this.options;
    const change = endFactor - startFactor;
    if (this.lastEpoch === 0) return this.groups().map(({ lr }) => lr * startFactor);
    if (this.lastEpoch > totalIters) return this.groups().map(({ lr }) => lr);
    const growth = 1 + change / (totalIters * startFactor + (this.lastEpoch - 1) * change);
    return this.groups().map(({ lr }) => lr * growth);
  }
  protected override closedForm(): number[] {
    const { startFactor, endFactor, totalIters } = this.options;
    const share = totalIters === 0 ? 1 : Math.min(totalIters, this.lastEpoch) / totalIters;
    return this.baseLrs.map((base) => base * (startFactor + (endFactor - startFactor) * share));
  }
}

export interface CosineAnnealingLROptions extends ResumeOption {
  /** Epochs from the initial rate to the smallest. */
  tMax: number;
  /** The smallest rate. Default 0. */
  etaMin?: number;
}

/** Half a cosine wave from the initial rate down to `etaMin`, and back again (Loshchilov and Hutter, 2017). */
export class CosineAnnealingLR extends LRScheduler<Required<Omit<CosineAnnealingLROptions, "lastEpoch">>> {
  constructor(optimizer: Optimizer, ...args: Arguments<CosineAnnealingLROptions, ["tMax", "etaMin", "lastEpoch"]>) {
    const names = { tMax: undefined, etaMin: 0, lastEpoch: -1 };
    const { lastEpoch, ...options } = readOptions<Required<CosineAnnealingLROptions>>("CosineAnnealingLR", names, args);
    checkInteger("CosineAnnealingLR", "tMax", options.tMax, 1);
    checkFinite("CosineAnnealingLR", "etaMin", options.etaMin);
    super(optimizer, options, lastEpoch);
  }

  protected override getLr(): number[] {
    const { tMax, etaMin } = this.options;
    const { lastEpoch } = this;
    const rates = this.groups().map(({ lr }) => lr);
    if (lastEpoch === 0) return rates;
    if (this.stepCount === 1 && lastEpoch > 0) return this.closedForm();
    // At the bottom of the wave the ratio below would be 0 / 0.
    if ((lastEpoch - 1 - tMax) % (2 * tMax) === 0) {
      const rise = (1 - Math.cos(Math.PI / tMax)) / 2;
      return rates.map((lr, i) => lr + ((this.baseLrs[i] as number) - etaMin) * rise);
    }
    const height = (epoch: number): number => 1 + Math.cos((Math.PI * epoch) / tMax);
    return rates.map((lr) => (height(lastEpoch) / height(lastEpoch - 1)) * (lr - etaMin) + etaMin);
  }
  protected override closedForm(): number[] {
    const { tMax, etaMin } = this.options;
    const height = 1 + Math.cos((Math.PI * this.lastEpoch) / tMax);
    return this.baseLrs.map((base) => etaMin + ((base - etaMin) * height) / 2);
  }
}
