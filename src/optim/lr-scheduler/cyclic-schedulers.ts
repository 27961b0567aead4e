/** @file Schedulers that multiply, cycle, restart or call others: MultiplicativeLR, PolynomialLR, CosineAnnealingWarmRestarts, CyclicLR, ChainedScheduler. */
import { onHost } from "../../autograd/capture-hook.ts";
import { describeValue } from "../../core/describe.ts";
import { ValueError } from "../../core/errors.ts";
import type { Optimizer } from "../optimizer.ts";
import { checkFinite, checkInteger, perGroup, readOptions, type SomeThenOptions } from "./arguments.ts";
import { ReduceLROnPlateau } from "./reduce-lr-on-plateau.ts";
import { checkOptimizer, LRScheduler } from "./scheduler.ts";
import type { ResumeOption } from "./schedulers.ts";
import { SequentialLR } from "./sequential-lr.ts";
import { readState, type SchedulerStateDict } from "./state.ts";

/** Options of {@link MultiplicativeLR}. */
export interface MultiplicativeLROptions extends ResumeOption {
  /** Computes the factor from the epoch; or a list of such functions, one for each parameter group. */
  lrLambda: ((epoch: number) => number) | readonly ((epoch: number) => number)[];
}

/**
 * Multiplies the learning rate by a function of the epoch. The functions are not in the state dictionary.
 *
 * @example
 * const optimizer = new optim.SGD([tensor([1], { requiresGrad: true })], { lr: 1 });
 * const scheduler = new optim.lrScheduler.MultiplicativeLR(optimizer, () => 0.5);
 * for (let epoch = 0; epoch < 2; epoch++) {
 *   optimizer.step();
 *   scheduler.step();
 * }
 * scheduler.getLastLr(); // [0.25]
 */
export class MultiplicativeLR extends LRScheduler<{ readonly lrLambdas: readonly ((epoch: number) => number)[] }> {
  constructor(optimizer: Optimizer, lrLambda: MultiplicativeLROptions["lrLambda"], lastEpoch?: number);
  constructor(optimizer: Optimizer, lrLambda: MultiplicativeLROptions["lrLambda"], options?: ResumeOption);
  constructor(optimizer: Optimizer, options: MultiplicativeLROptions);
  constructor(optimizer: Optimizer, ...args: readonly unknown[]) {
    const op = "MultiplicativeLR";
    const names = { lrLambda: undefined, lastEpoch: -1 };
    const { lrLambda, lastEpoch, verbose } = readOptions<Required<MultiplicativeLROptions>>(op, names, args);
    checkOptimizer(op, optimizer);
    const lrLambdas = perGroup(op, "lrLambda", lrLambda, optimizer.paramGroups.length);
    if (lrLambdas.some((lambda) => typeof lambda !== "function")) {
      throw new ValueError(`[${op}] lrLambda should be a function, or a list of functions`);
    }
    super(optimizer, { lrLambdas }, lastEpoch, verbose);
  }

  protected override getLr(): number[] {
    return this.groups().map(({ lr }, i) => {
      if (this.lastEpoch <= 0) return lr;
      const factor: unknown = this.options.lrLambdas[i]?.(this.lastEpoch);
      if (typeof factor === "number") return lr * factor;
      throw new ValueError(
        `[MultiplicativeLR] lrLambda should return a number, but it returned ${describeValue(factor)}`,
      );
    });
  }
  /** PyTorch keeps a place for the functions, but not the functions. */
  protected override packOwn(): SchedulerStateDict {
    return { lr_lambdas: this.options.lrLambdas.map(() => null) };
  }
  protected override loadOwn(): void {}
}

/** Options of {@link PolynomialLR}. */
export interface PolynomialLROptions extends ResumeOption {
  /** Number of epochs in which the rate falls to 0. Default 5. */
  totalIters?: number;
  /** Power of the polynomial. Default 1. */
  power?: number;
}

/**
 * Decays the learning rate to 0 by a polynomial: lr · (1 − epoch / totalIters)^power.
 *
 * @example
 * const optimizer = new optim.SGD([tensor([1], { requiresGrad: true })], { lr: 1 });
 * const scheduler = new optim.lrScheduler.PolynomialLR(optimizer, { totalIters: 4 });
 * const rates: number[] = [];
 * for (let epoch = 0; epoch < 6; epoch++) {
 *   rates.push(...scheduler.getLastLr());
 *   optimizer.step();
 *   scheduler.step();
 * }
 * rates; // [1, 0.75, 0.5, 0.25, 0, 0]
 */
export class PolynomialLR extends LRScheduler<Required<Omit<PolynomialLROptions, keyof ResumeOption>>> {
  constructor(optimizer: Optimizer, totalIters?: number, power?: number, lastEpoch?: number);
  constructor(optimizer: Optimizer, ...rest: SomeThenOptions<[totalIters: number, power: number], PolynomialLROptions>);
  constructor(optimizer: Optimizer, options?: PolynomialLROptions);
  constructor(optimizer: Optimizer, ...args: readonly unknown[]) {
    const names = { totalIters: 5, power: 1, lastEpoch: -1 };
    const { lastEpoch, verbose, ...options } = readOptions<Required<PolynomialLROptions>>("PolynomialLR", names, args);
    checkInteger("PolynomialLR", "totalIters", options.totalIters, 0);
    checkFinite("PolynomialLR", "power", options.power);
    super(optimizer, options, lastEpoch, verbose);
  }

  protected override getLr(): number[] {
    const { totalIters, power } = this.options;
    const { lastEpoch } = this;
    const rates = this.groups().map(({ lr }) => lr);
    if (lastEpoch === 0 || lastEpoch > totalIters) return rates;
    const decay = ((1 - lastEpoch / totalIters) / (1 - (lastEpoch - 1) / totalIters)) ** power;
    return rates.map((lr) => lr * decay);
  }
  protected override closedForm(): number[] {
    const { totalIters, power } = this.options;
    const rest = (1 - Math.min(totalIters, this.lastEpoch) / totalIters) ** power;
    return this.baseLrs.map((base) => base * rest);
  }
}

/** Options of {@link CosineAnnealingWarmRestarts}. */
export interface CosineAnnealingWarmRestartsOptions extends ResumeOption {
  /** Number of epochs until the first restart. */
  t0: number;
  /** Factor of the number of epochs after each restart. Default 1. */
  tMult?: number;
  /** Minimum learning rate. Default 0. */
  etaMin?: number;
}

/** What changes in a {@link CosineAnnealingWarmRestarts}. */
interface Restarts {
  readonly t0: number;
  readonly tMult: number;
  readonly etaMin: number;
  /** Epochs of the present period, and since its start. */
  ti: number;
  tCur: number;
}

/**
 * Cosine annealing with warm restarts (SGDR; Loshchilov and Hutter, 2017): the rate falls along half a cosine, and starts
 * anew after t0 epochs, then after tMult times as many, and so on. `step(epoch + batch / batches)` sets it within epochs.
 *
 * @example
 * const optimizer = new optim.SGD([tensor([1], { requiresGrad: true })], { lr: 1 });
 * const scheduler = new optim.lrScheduler.CosineAnnealingWarmRestarts(optimizer, { t0: 2 });
 * const rates: string[] = [];
 * for (let epoch = 0; epoch < 4; epoch++) {
 *   rates.push(...scheduler.getLastLr().map((lr) => lr.toFixed(2)));
 *   optimizer.step();
 *   scheduler.step();
 * }
 * rates.join(" "); // 1.00 0.50 1.00 0.50
 */
export class CosineAnnealingWarmRestarts extends LRScheduler<Restarts> {
  constructor(optimizer: Optimizer, t0: number, tMult?: number, etaMin?: number, lastEpoch?: number);
  constructor(
    optimizer: Optimizer,
    t0: number,
    ...rest: SomeThenOptions<[tMult: number, etaMin: number], Omit<CosineAnnealingWarmRestartsOptions, "t0">>
  );
  constructor(optimizer: Optimizer, t0: number, options?: Omit<CosineAnnealingWarmRestartsOptions, "t0">);
  constructor(optimizer: Optimizer, options: CosineAnnealingWarmRestartsOptions);
  constructor(optimizer: Optimizer, ...args: readonly unknown[]) {
    const op = "CosineAnnealingWarmRestarts";
    const names = { t0: undefined, tMult: 1, etaMin: 0, lastEpoch: -1 };
    const { lastEpoch, verbose, ...given } = readOptions<Required<CosineAnnealingWarmRestartsOptions>>(op, names, args);
    checkInteger(op, "t0", given.t0, 1);
    checkInteger(op, "tMult", given.tMult, 1);
    checkFinite(op, "etaMin", given.etaMin);
    super(optimizer, { ...given, ti: given.t0, tCur: lastEpoch }, lastEpoch, verbose);
  }

  /**
   * Sets the learning rates of the next epoch.
   *
   * @param epoch - The epoch to set instead; need not be an integer.
   * @throws ValueError for a negative epoch.
   */
  override step(epoch?: number): void {
    onHost("CosineAnnealingWarmRestarts.step", () => this.goTo(epoch));
  }

  private goTo(given: number | undefined): void {
    const { options } = this;
    const epoch = given ?? (this.lastEpoch < 0 ? 0 : undefined);
    if (epoch === undefined) {
      this.lastEpoch++;
      options.tCur++;
      if (options.tCur >= options.ti) {
        options.tCur -= options.ti;
        options.ti *= options.tMult;
      }
    } else {
      if (!(epoch >= 0)) {
        throw new ValueError(`[CosineAnnealingWarmRestarts] Expected non-negative epoch, but got ${epoch}`);
      }
      this.jumpTo(epoch);
      this.lastEpoch = Math.floor(epoch);
    }
    this.setRates(this.getLr(), epoch ?? this.lastEpoch);
  }
  private jumpTo(epoch: number): void {
    const { options } = this;
    const { t0, tMult } = options;
    if (epoch < t0) {
      options.ti = t0;
      options.tCur = epoch;
    } else if (tMult === 1) options.tCur = epoch % t0;
    else {
      const n = Math.trunc(Math.log((epoch / t0) * (tMult - 1) + 1) / Math.log(tMult));
      options.tCur = epoch - (t0 * (tMult ** n - 1)) / (tMult - 1);
      options.ti = t0 * tMult ** n;
    }
  }
  protected override getLr(): number[] {
    const { etaMin, tCur, ti } = this.options;
    const height = 1 + Math.cos((Math.PI * tCur) / ti);
    return this.baseLrs.map((base) => etaMin + ((base - etaMin) * height) / 2);
  }
  protected override packOwn(): SchedulerStateDict {
    const { t0, ti, tMult, etaMin, tCur } = this.options;
    return { T_0: t0, T_i: ti, T_mult: tMult, eta_min: etaMin, T_cur: tCur };
  }
  protected override loadOwn(loaded: SchedulerStateDict): void {
    const { T_0: t0, T_i: ti, T_mult: tMult, eta_min: etaMin, T_cur: tCur } = loaded;
    Object.assign(this.options, { t0, ti, tMult, etaMin, tCur });
  }
}

/** Options of {@link CyclicLR}. */
export interface CyclicLROptions extends ResumeOption {
  /** Lower boundary of the cycle, one or one for each group. */
  baseLr: number | readonly number[];
  /** Upper boundary of the cycle, one or one for each group. */
  maxLr: number | readonly number[];
  /** Number of batches in which the rate rises. Default 2000. */
  stepSizeUp?: number;
  /** Number of batches in which it falls. Default null: as many. */
  stepSizeDown?: number | null;
  /** How the amplitude changes: not, halved in each cycle, or by gamma in each batch. Default "triangular". */
  mode?: "triangular" | "triangular2" | "exp_range";
  /** Factor in the mode "exp_range". Default 1. */
  gamma?: number;
  /** Amplitude of your own, in place of a mode: a function of the cycle, from 1 on, or of the batch. Default null. */
  scaleFn?: ((x: number) => number) | null;
  /** What `scaleFn` is a function of: "cycle" or "iterations". Default "cycle". */
  scaleMode?: "cycle" | "iterations";
  /** If true, the momentum cycles against the rate. Default true. */
  cycleMomentum?: boolean;
  /** Lower boundary of the momentum, one or one for each group. Default 0.8. */
  baseMomentum?: number | readonly number[];
  /** Upper boundary of the momentum, one or one for each group. Default 0.9. */
  maxMomentum?: number | readonly number[];
}

/** What a {@link CyclicLR} goes by. */
interface Cycles {
  readonly maxLrs: readonly number[];
  readonly totalSize: number;
  readonly stepRatio: number;
  readonly mode: string;
  readonly gamma: number;
  readonly scaleMode: string;
  readonly cycleMomentum: boolean;
  readonly baseMomentums: readonly number[];
  readonly maxMomentums: readonly number[];
  readonly scale: (x: number) => number;
}

type CyclicPositions = [
  stepSizeUp: number,
  stepSizeDown: number | null,
  mode: "triangular" | "triangular2" | "exp_range",
  gamma: number,
];

/**
 * Cyclical learning rates (Smith, 2017): the rate goes up and down between two boundaries. Call `step()` after every batch.
 *
 * @throws ValueError for an unknown mode, or for cycling the momentum of an optimizer that has none.
 * @example
 * const optimizer = new optim.SGD([tensor([1], { requiresGrad: true })], { lr: 1, momentum: 0.9 });
 * const scheduler = new optim.lrScheduler.CyclicLR(optimizer, 0.1, 0.5, { stepSizeUp: 2 });
 * const rates: string[] = [];
 * for (let batch = 0; batch < 5; batch++) {
 *   rates.push(...scheduler.getLastLr().map((lr) => lr.toFixed(1)));
 *   optimizer.step();
 *   scheduler.step();
 * }
 * rates.join(" "); // 0.1 0.3 0.5 0.3 0.1
 */
export class CyclicLR extends LRScheduler<Cycles> {
  constructor(
    optimizer: Optimizer,
    baseLr: number | readonly number[],
    maxLr: number | readonly number[],
    ...rest: SomeThenOptions<CyclicPositions, Omit<CyclicLROptions, "baseLr" | "maxLr">>
  );
  constructor(
    optimizer: Optimizer,
    baseLr: number | readonly number[],
    maxLr: number | readonly number[],
    options?: Omit<CyclicLROptions, "baseLr" | "maxLr">,
  );
  constructor(optimizer: Optimizer, options: CyclicLROptions);
  constructor(optimizer: Optimizer, ...args: readonly unknown[]) {
    const op = "CyclicLR";
    const names = {
      ...{ baseLr: undefined, maxLr: undefined, stepSizeUp: 2000, stepSizeDown: null, mode: "triangular", gamma: 1 },
      ...{ scaleFn: null, scaleMode: "cycle", cycleMomentum: true, baseMomentum: 0.8, maxMomentum: 0.9, lastEpoch: -1 },
    };
    const given = readOptions<Required<CyclicLROptions>>(op, names, args);
    checkOptimizer(op, optimizer);
    const groups = optimizer.paramGroups as unknown as { lr: number; momentum: number }[];
    const of = (name: string, value: number | readonly number[]) => perGroup(op, name, value, groups.length);
    const { mode, gamma, cycleMomentum, lastEpoch, verbose, scaleFn } = given;
    checkFinite(op, "stepSizeUp", given.stepSizeUp);
    const down = given.stepSizeDown ?? given.stepSizeUp;
    checkFinite(op, "stepSizeDown", down);
    if (scaleFn === null && !["triangular", "triangular2", "exp_range"].includes(mode)) {
      throw new ValueError(
        `[${op}] mode is invalid and scaleFn is null: expected "triangular", "triangular2" or "exp_range", but got ${describeValue(mode)}`,
      );
    }
    if (cycleMomentum && !("momentum" in optimizer.defaults)) {
      throw new ValueError(`[${op}] optimizer must support momentum with \`cycleMomentum\` option enabled`);
    }
    const baseLrs = of("baseLr", given.baseLr);
    const baseMomentums = of("baseMomentum", given.baseMomentum);
    if (lastEpoch === -1) {
      for (const [i, group] of groups.entries()) {
        group.lr = baseLrs[i] as number;
        if (cycleMomentum) group.momentum = baseMomentums[i] as number;
      }
    }
    const modes: Readonly<Record<string, (x: number) => number>> = {
      triangular: () => 1,
      triangular2: (cycle) => 1 / 2 ** (cycle - 1),
      exp_range: (batch) => gamma ** batch,
    };
    const own = {
      maxLrs: of("maxLr", given.maxLr),
      totalSize: given.stepSizeUp + down,
      stepRatio: given.stepSizeUp / (given.stepSizeUp + down),
      mode,
      gamma,
      scaleMode: scaleFn !== null ? given.scaleMode : mode === "exp_range" ? "iterations" : "cycle",
      cycleMomentum,
      baseMomentums: cycleMomentum ? groups.map(({ momentum }) => momentum) : [],
      maxMomentums: cycleMomentum ? of("maxMomentum", given.maxMomentum) : [],
      scale: scaleFn ?? (modes[mode] as (x: number) => number),
    };
    super(optimizer, own, lastEpoch, verbose);
    this.baseLrs = baseLrs;
  }

  /** Sets the momentum as well. */
  protected override getLr(): number[] {
    const { maxLrs, totalSize, stepRatio, scaleMode, cycleMomentum, baseMomentums, maxMomentums } = this.options;
    const cycle = Math.floor(1 + this.lastEpoch / totalSize);
    const x = 1 + this.lastEpoch / totalSize - cycle;
    const height = x <= stepRatio ? x / stepRatio : (x - 1) / (stepRatio - 1);
    const amplitude = this.options.scale(scaleMode === "cycle" ? cycle : this.lastEpoch);
    if (cycleMomentum) {
      for (const [i, group] of (this.groups() as unknown as { momentum: number }[]).entries()) {
        const [low, high] = [baseMomentums[i], maxMomentums[i]] as [number, number];
        group.momentum = high - (high - low) * height * amplitude;
      }
    }
    return this.baseLrs.map((base, i) => base + ((maxLrs[i] as number) - base) * height * amplitude);
  }
  protected override packOwn(): SchedulerStateDict {
    const { maxLrs, totalSize, stepRatio, mode, gamma, scaleMode, cycleMomentum, baseMomentums, maxMomentums } =
      this.options;
    const own = {
      max_lrs: [...maxLrs],
      total_size: totalSize,
      step_ratio: stepRatio,
      mode,
      gamma,
      scale_mode: scaleMode,
    };
    if (!cycleMomentum) return { ...own, cycle_momentum: false };
    return { ...own, cycle_momentum: true, base_momentums: [...baseMomentums], max_momentums: [...maxMomentums] };
  }
  protected override loadOwn(loaded: SchedulerStateDict): void {
    const { max_lrs: maxLrs, total_size: totalSize, step_ratio: stepRatio, mode, gamma } = loaded;
    Object.assign(this.options, { maxLrs, totalSize, stepRatio, mode, gamma, scaleMode: loaded.scale_mode });
    if (!this.options.cycleMomentum) return;
    Object.assign(this.options, { baseMomentums: loaded.base_momentums, maxMomentums: loaded.max_momentums });
  }
}

/** A scheduler that {@link ChainedScheduler} can step. */
export type ChainableScheduler = LRScheduler | SequentialLR;

/**
 * Steps several schedulers of one optimizer at once.
 *
 * @example
 * const optimizer = new optim.SGD([tensor([1], { requiresGrad: true })], { lr: 1 });
 * const warmup = new optim.lrScheduler.ConstantLR(optimizer, { factor: 0.1, totalIters: 2 });
 * const decay = new optim.lrScheduler.ExponentialLR(optimizer, { gamma: 0.5 });
 * const scheduler = new optim.lrScheduler.ChainedScheduler([warmup, decay]);
 * optimizer.step();
 * scheduler.step();
 * scheduler.getLastLr(); // [0.05]
 */
export class ChainedScheduler {
  /** The wrapped optimizer. */
  readonly optimizer: Optimizer;
  /** The schedulers, in the order of their steps. */
  readonly schedulers: readonly ChainableScheduler[];
  private lastLr: readonly number[];

  /** @throws ValueError for no schedulers, or schedulers of several optimizers. */
  constructor(schedulers: readonly ChainableScheduler[]) {
    const op = "ChainedScheduler";
    const [first] = Array.isArray(schedulers) ? (schedulers as readonly ChainableScheduler[]) : [];
    if (first === undefined) {
      throw new ValueError(`[${op}] expected a list of schedulers, but got ${describeValue(schedulers)}`);
    }
    for (const [i, scheduler] of schedulers.entries()) {
      if (!(scheduler instanceof LRScheduler || scheduler instanceof SequentialLR)) {
        const hint =
          (scheduler as unknown) instanceof ReduceLROnPlateau ? " It needs a metric: step it by itself." : "";
        throw new ValueError(`[${op}] the scheduler at index ${i} is not an LRScheduler.${hint}`);
      }
      if (scheduler.optimizer === first.optimizer) continue;
      throw new ValueError(
        `[${op}] ChainedScheduler expects all schedulers to belong to the same optimizer, but got schedulers at index 0 and ${i} to be different`,
      );
    }
    this.schedulers = [...schedulers];
    this.optimizer = first.optimizer;
    this.lastLr = this.rates();
  }

  private rates(): number[] {
    return (this.optimizer.paramGroups as readonly { lr: number }[]).map(({ lr }) => lr);
  }
  /** Steps every scheduler. */
  step(): void {
    for (const scheduler of this.schedulers) scheduler.step();
    onHost("ChainedScheduler.step", () => {
      this.lastLr = this.rates();
    });
  }
  /** Last computed learning rate of each parameter group. */
  getLastLr(): number[] {
    return [...this.lastLr];
  }
  /** The state under PyTorch's names, with that of the schedulers. */
  stateDict(): SchedulerStateDict {
    return { _last_lr: this.getLastLr(), _schedulers: this.schedulers.map((scheduler) => scheduler.stateDict()) };
  }
  /**
   * Loads a state dictionary.
   *
   * @throws ValueError if a value is missing or of another kind.
   */
  loadStateDict(stateDict: SchedulerStateDict): void {
    const loaded = readState("ChainedScheduler", stateDict, { _last_lr: this.getLastLr() });
    const parts = stateDict._schedulers;
    if (!Array.isArray(parts) || parts.length !== this.schedulers.length) {
      throw new ValueError(
        `[ChainedScheduler.loadStateDict] expected the states of ${this.schedulers.length} schedulers`,
      );
    }
    for (const [i, scheduler] of this.schedulers.entries()) scheduler.loadStateDict(parts[i]);
    this.lastLr = loaded._last_lr as number[];
  }
}
