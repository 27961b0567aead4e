/** @file Schedulers with a closed form: step, exponential, lambda, constant, linear and cosine. */
import { describeValue } from "../../core/describe.ts";
import { ValueError } from "../../core/errors.ts";
import type { Optimizer } from "../optimizer.ts";
import { checkFinite, checkInteger, perGroup, readOptions, type SomeThenOptions } from "./arguments.ts";
import { checkOptimizer, LRScheduler } from "./scheduler.ts";
import type { SchedulerStateDict } from "./state.ts";

/** The option that all schedulers share. */
export interface ResumeOption {
  /** Index of the last epoch, to resume from. Default −1: a new start. */
  lastEpoch?: number;
  /** Print a line for each learning rate that is set. Default false. */
  verbose?: boolean;
}

/** Options of {@link LambdaLR}. */
export interface LambdaLROptions extends ResumeOption {
  /** Computes the multiplicative factor from the epoch; or a list of such functions, one for each parameter group. */
  lrLambda: ((epoch: number) => number) | readonly ((epoch: number) => number)[];
}

/**
 * Sets the learning rate to the initial one times a function of the epoch. The functions are not in the state dictionary.
 *
 * @example
 * const optimizer = new optim.SGD([tensor([1], { requiresGrad: true })], { lr: 1 });
 * const scheduler = new optim.lrScheduler.LambdaLR(optimizer, (epoch) => 1 / (epoch + 1));
 * optimizer.step();
 * scheduler.step();
 * scheduler.getLastLr(); // [0.5]
 */
export class LambdaLR extends LRScheduler<{ readonly lrLambdas: readonly ((epoch: number) => number)[] }> {
  constructor(optimizer: Optimizer, lrLambda: LambdaLROptions["lrLambda"], lastEpoch?: number);
  constructor(optimizer: Optimizer, lrLambda: LambdaLROptions["lrLambda"], options?: Omit<LambdaLROptions, "lrLambda">);
  constructor(optimizer: Optimizer, options: LambdaLROptions);
  constructor(optimizer: Optimizer, ...args: readonly unknown[]) {
    const names = { lrLambda: undefined, lastEpoch: -1 };
    const { lrLambda, lastEpoch, verbose } = readOptions<Required<LambdaLROptions>>("LambdaLR", names, args);
    checkOptimizer("LambdaLR", optimizer);
    const lrLambdas = perGroup("LambdaLR", "lrLambda", lrLambda, optimizer.paramGroups.length);
    if (lrLambdas.some((lambda) => typeof lambda !== "function")) {
      throw new ValueError("[LambdaLR] lrLambda should be a function, or a list of functions");
    }
    super(optimizer, { lrLambdas }, lastEpoch, verbose);
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

/** Options of {@link StepLR}. */
export interface StepLROptions extends ResumeOption {
  /** Period of learning rate decay, in epochs. */
  stepSize: number;
  /** Multiplicative factor of learning rate decay. Default 0.1. */
  gamma?: number;
}

/**
 * Decays the learning rate by gamma every `stepSize` epochs.
 *
 * @example
 * const optimizer = new optim.SGD([tensor([1], { requiresGrad: true })], { lr: 1 });
 * const scheduler = new optim.lrScheduler.StepLR(optimizer, { stepSize: 2, gamma: 0.5 });
 * const rates: number[] = [];
 * for (let epoch = 0; epoch < 5; epoch++) {
 *   rates.push(...scheduler.getLastLr());
 *   optimizer.step();
 *   scheduler.step();
 * }
 * rates; // [1, 1, 0.5, 0.5, 0.25]
 */
export class StepLR extends LRScheduler<{ readonly stepSize: number; readonly gamma: number }> {
  constructor(optimizer: Optimizer, stepSize: number, gamma?: number, lastEpoch?: number);
  constructor(optimizer: Optimizer, stepSize: number, gamma: number | undefined, options: ResumeOption | undefined);
  constructor(optimizer: Optimizer, stepSize: number, options?: Omit<StepLROptions, "stepSize">);
  constructor(optimizer: Optimizer, options: StepLROptions);
  constructor(optimizer: Optimizer, ...args: readonly unknown[]) {
    const names = { stepSize: undefined, gamma: 0.1, lastEpoch: -1 };
    const { lastEpoch, verbose, ...options } = readOptions<Required<StepLROptions>>("StepLR", names, args);
    checkInteger("StepLR", "stepSize", options.stepSize, 1);
    checkFinite("StepLR", "gamma", options.gamma);
    super(optimizer, options, lastEpoch, verbose);
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

/** Options of {@link MultiStepLR}. */
export interface MultiStepLROptions extends ResumeOption {
  /** Epoch indices, increasing. */
  milestones: readonly number[];
  /** Multiplicative factor of learning rate decay. Default 0.1. */
  gamma?: number;
}

/**
 * Decays the learning rate by gamma at each milestone.
 *
 * @example
 * const optimizer = new optim.SGD([tensor([1], { requiresGrad: true })], { lr: 1 });
 * const scheduler = new optim.lrScheduler.MultiStepLR(optimizer, { milestones: [1, 3], gamma: 0.5 });
 * const rates: number[] = [];
 * for (let epoch = 0; epoch < 5; epoch++) {
 *   rates.push(...scheduler.getLastLr());
 *   optimizer.step();
 *   scheduler.step();
 * }
 * rates; // [1, 0.5, 0.5, 0.25, 0.25]
 */
export class MultiStepLR extends LRScheduler<{
  /** How often each epoch is a milestone. */
  readonly milestones: Readonly<Record<number, number>>;
  readonly gamma: number;
}> {
  constructor(optimizer: Optimizer, milestones: readonly number[], gamma?: number, lastEpoch?: number);
  constructor(
    optimizer: Optimizer,
    milestones: readonly number[],
    gamma: number | undefined,
    options: ResumeOption | undefined,
  );
  constructor(optimizer: Optimizer, milestones: readonly number[], options?: Omit<MultiStepLROptions, "milestones">);
  constructor(optimizer: Optimizer, options: MultiStepLROptions);
  constructor(optimizer: Optimizer, ...args: readonly unknown[]) {
    const names = { milestones: undefined, gamma: 0.1, lastEpoch: -1 };
    const { milestones, gamma, lastEpoch, verbose } = readOptions<Required<MultiStepLROptions>>(
      "MultiStepLR",
      names,
      args,
    );
    checkFinite("MultiStepLR", "gamma", gamma);
    if (!Array.isArray(milestones)) {
      throw new ValueError(`[MultiStepLR] milestones should be a list of epochs, but got ${String(milestones)}`);
    }
    const counts: Record<number, number> = {};
    for (const epoch of milestones) {
      checkInteger("MultiStepLR", "a milestone", epoch, 0);
      counts[epoch] = (counts[epoch] ?? 0) + 1;
    }
    super(optimizer, { milestones: counts, gamma }, lastEpoch, verbose);
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

/** Options of {@link ExponentialLR}. */
export interface ExponentialLROptions extends ResumeOption {
  /** Multiplicative factor of learning rate decay. */
  gamma: number;
}

/**
 * Decays the learning rate by gamma every epoch.
 *
 * @example
 * const optimizer = new optim.SGD([tensor([1], { requiresGrad: true })], { lr: 1 });
 * const scheduler = new optim.lrScheduler.ExponentialLR(optimizer, { gamma: 0.5 });
 * optimizer.step();
 * scheduler.step();
 * scheduler.getLastLr(); // [0.5]
 */
export class ExponentialLR extends LRScheduler<{ readonly gamma: number }> {
  constructor(optimizer: Optimizer, gamma: number, lastEpoch?: number);
  constructor(optimizer: Optimizer, gamma: number, options?: Omit<ExponentialLROptions, "gamma">);
  constructor(optimizer: Optimizer, options: ExponentialLROptions);
  constructor(optimizer: Optimizer, ...args: readonly unknown[]) {
    const names = { gamma: undefined, lastEpoch: -1 };
    const { gamma, lastEpoch, verbose } = readOptions<Required<ExponentialLROptions>>("ExponentialLR", names, args);
    checkFinite("ExponentialLR", "gamma", gamma);
    super(optimizer, { gamma }, lastEpoch, verbose);
  }

  protected override getLr(): number[] {
    return this.groups().map(({ lr }) => (this.lastEpoch === 0 ? lr : lr * this.options.gamma));
  }
  protected override closedForm(): number[] {
    return this.baseLrs.map((base) => base * this.options.gamma ** this.lastEpoch);
  }
}

/** Options of {@link ConstantLR}. */
export interface ConstantLROptions extends ResumeOption {
  /** Factor of the learning rate until `totalIters`, in (0, 1]. Default 1/3. */
  factor?: number;
  /** Number of epochs with the factor. Default 5. */
  totalIters?: number;
}

/**
 * Multiplies the learning rate by a constant factor for the first `totalIters` epochs.
 *
 * @example
 * const optimizer = new optim.SGD([tensor([1], { requiresGrad: true })], { lr: 1 });
 * const scheduler = new optim.lrScheduler.ConstantLR(optimizer, { factor: 0.5, totalIters: 2 });
 * const rates: number[] = [];
 * for (let epoch = 0; epoch < 4; epoch++) {
 *   rates.push(...scheduler.getLastLr());
 *   optimizer.step();
 *   scheduler.step();
 * }
 * rates; // [0.5, 0.5, 1, 1]
 */
export class ConstantLR extends LRScheduler<Required<Omit<ConstantLROptions, keyof ResumeOption>>> {
  constructor(optimizer: Optimizer, factor?: number, totalIters?: number, lastEpoch?: number);
  constructor(optimizer: Optimizer, ...rest: SomeThenOptions<[factor: number, totalIters: number], ConstantLROptions>);
  constructor(optimizer: Optimizer, options?: ConstantLROptions);
  constructor(optimizer: Optimizer, ...args: readonly unknown[]) {
    const names = { factor: 1 / 3, totalIters: 5, lastEpoch: -1 };
    const { lastEpoch, verbose, ...options } = readOptions<Required<ConstantLROptions>>("ConstantLR", names, args);
    // PyTorch takes a factor of 0 too, and fails when it is to be taken back.
    if (!(typeof options.factor === "number" && options.factor > 0 && options.factor <= 1)) {
      throw new ValueError("[ConstantLR] Constant multiplicative factor expected to be between 0 and 1, 0 excluded.");
    }
    checkInteger("ConstantLR", "totalIters", options.totalIters, 0);
    super(optimizer, options, lastEpoch, verbose);
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

/** Options of {@link LinearLR}. */
export interface LinearLROptions extends ResumeOption {
  /** Factor of the learning rate in the first epoch, in (0, 1]. Default 1/3. */
  startFactor?: number;
  /** Factor of the learning rate from `totalIters` on, in [0, 1]. Default 1. */
  endFactor?: number;
  /** Number of epochs in which the factor reaches `endFactor`. Default 5. */
  totalIters?: number;
}

/**
 * Changes the factor of the learning rate linearly from `startFactor` to `endFactor`.
 *
 * @example
 * const optimizer = new optim.SGD([tensor([1], { requiresGrad: true })], { lr: 1 });
 * const scheduler = new optim.lrScheduler.LinearLR(optimizer, { startFactor: 0.5, totalIters: 2 });
 * const rates: number[] = [];
 * for (let epoch = 0; epoch < 4; epoch++) {
 *   rates.push(...scheduler.getLastLr());
 *   optimizer.step();
 *   scheduler.step();
 * }
 * rates; // [0.5, 0.75, 1, 1]
 */
export class LinearLR extends LRScheduler<Required<Omit<LinearLROptions, keyof ResumeOption>>> {
  constructor(optimizer: Optimizer, startFactor?: number, endFactor?: number, totalIters?: number, lastEpoch?: number);
  constructor(
    optimizer: Optimizer,
    ...rest: SomeThenOptions<[startFactor: number, endFactor: number, totalIters: number], LinearLROptions>
  );
  constructor(optimizer: Optimizer, options?: LinearLROptions);
  constructor(optimizer: Optimizer, ...args: readonly unknown[]) {
    const names = { startFactor: 1 / 3, endFactor: 1, totalIters: 5, lastEpoch: -1 };
    const { lastEpoch, verbose, ...options } = readOptions<Required<LinearLROptions>>("LinearLR", names, args);
    if (!(typeof options.startFactor === "number" && options.startFactor > 0 && options.startFactor <= 1)) {
      throw new ValueError("[LinearLR] Starting multiplicative factor expected to be between 0 and 1, 0 excluded.");
    }
    if (!(typeof options.endFactor === "number" && options.endFactor >= 0 && options.endFactor <= 1)) {
      throw new ValueError("[LinearLR] Ending multiplicative factor expected to be between 0 and 1.");
    }
    checkInteger("LinearLR", "totalIters", options.totalIters, 0);
    super(optimizer, options, lastEpoch, verbose);
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

/** Options of {@link CosineAnnealingLR}. */
export interface CosineAnnealingLROptions extends ResumeOption {
  /** Maximum number of epochs: half the period of the cosine. */
  tMax: number;
  /** Minimum learning rate. Default 0. */
  etaMin?: number;
}

/**
 * Cosine annealing (Loshchilov and Hutter, 2017): etaMin + (lr − etaMin) · (1 + cos(π · epoch / tMax)) / 2.
 *
 * @example
 * const optimizer = new optim.SGD([tensor([1], { requiresGrad: true })], { lr: 1 });
 * const scheduler = new optim.lrScheduler.CosineAnnealingLR(optimizer, { tMax: 4 });
 * const rates: string[] = [];
 * for (let epoch = 0; epoch < 5; epoch++) {
 *   rates.push(...scheduler.getLastLr().map((lr) => lr.toFixed(4)));
 *   optimizer.step();
 *   scheduler.step();
 * }
 * rates.join(" "); // 1.0000 0.8536 0.5000 0.1464 0.0000
 */
export class CosineAnnealingLR extends LRScheduler<Required<Omit<CosineAnnealingLROptions, keyof ResumeOption>>> {
  constructor(optimizer: Optimizer, tMax: number, etaMin?: number, lastEpoch?: number);
  constructor(optimizer: Optimizer, tMax: number, etaMin: number | undefined, options: ResumeOption | undefined);
  constructor(optimizer: Optimizer, tMax: number, options?: Omit<CosineAnnealingLROptions, "tMax">);
  constructor(optimizer: Optimizer, options: CosineAnnealingLROptions);
  constructor(optimizer: Optimizer, ...args: readonly unknown[]) {
    const names = { tMax: undefined, etaMin: 0, lastEpoch: -1 };
    const { lastEpoch, verbose, ...options } = readOptions<Required<CosineAnnealingLROptions>>(
      "CosineAnnealingLR",
      names,
      args,
    );
    checkInteger("CosineAnnealingLR", "tMax", options.tMax, 1);
    checkFinite("CosineAnnealingLR", "etaMin", options.etaMin);
    super(optimizer, options, lastEpoch, verbose);
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
