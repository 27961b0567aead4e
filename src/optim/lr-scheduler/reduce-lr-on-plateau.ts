/** @file ReduceLROnPlateau. */
import { captureHook } from "../../autograd/capture-hook.ts";
import { ValueError } from "../../core/errors.ts";
import { pythonExponential } from "../../tensor/format-number.ts";
import { Tensor } from "../../tensor/tensor.ts";
import type { Optimizer } from "../optimizer.ts";
import { checkFinite, checkInteger, perGroup, readOptions, type SomeThenOptions } from "./arguments.ts";
import { checkOptimizer } from "./scheduler.ts";
import { packOptions, readState, type SchedulerStateDict, stateKey } from "./state.ts";

/** Options of {@link ReduceLROnPlateau}. */
export interface ReduceLROnPlateauOptions {
  /** Reduce when the metric has stopped decreasing ("min") or increasing ("max"). Default "min". */
  mode?: "min" | "max";
  /** Factor by which the learning rate is reduced, below 1. Default 0.1. */
  factor?: number;
  /** Number of epochs without improvement before a reduction. Default 10. */
  patience?: number;
  /** Threshold for measuring the new optimum. Default 1e-4. */
  threshold?: number;
  /** The threshold is relative to the best value ("rel") or absolute ("abs"). Default "rel". */
  thresholdMode?: "rel" | "abs";
  /** Number of epochs to wait before resuming normal operation after a reduction. Default 0. */
  cooldown?: number;
  /** Lower bound on the learning rate of all groups, or of each. Default 0. */
  minLr?: number | readonly number[];
  /** Minimal decay applied to the learning rate; a smaller one is ignored. Default 1e-8. */
  eps?: number;
  /** Print a line for each reduction. Default false. */
  verbose?: boolean;
}

/** The positions before options. */
type Positions = [
  mode: "min" | "max",
  factor: number,
  patience: number,
  threshold: number,
  thresholdMode: "rel" | "abs",
  cooldown: number,
  minLr: number | readonly number[],
];

const DEFAULTS = {
  mode: "min",
  factor: 0.1,
  patience: 10,
  threshold: 1e-4,
  thresholdMode: "rel",
  cooldown: 0,
  minLr: 0,
  eps: 1e-8,
};

/**
 * Reduces the learning rates by a factor when a metric has not improved for more than `patience` epochs.
 *
 * @throws ValueError for options out of range.
 * @example
 * const optimizer = new optim.SGD([tensor([1], { requiresGrad: true })], { lr: 1 });
 * const scheduler = new optim.lrScheduler.ReduceLROnPlateau(optimizer, { patience: 1 });
 * for (const loss of [0.5, 0.5, 0.5]) scheduler.step(loss);
 * scheduler.getLastLr(); // [0.1]
 */
export class ReduceLROnPlateau {
  /** The wrapped optimizer. */
  readonly optimizer: Optimizer;
  /** Number of epochs so far. */
  lastEpoch = 0;
  /** The best value of the metric so far. */
  best: number;
  /** Number of epochs without improvement. */
  numBadEpochs = 0;
  /** Epochs left of the cooldown. */
  cooldownCounter = 0;
  private readonly options: Omit<Required<ReduceLROnPlateauOptions>, "minLr" | "verbose"> & {
    minLrs: readonly number[];
  };
  private readonly verbose: boolean;
  private lastLr: readonly number[];

  constructor(
    optimizer: Optimizer,
    mode?: "min" | "max",
    factor?: number,
    patience?: number,
    threshold?: number,
    thresholdMode?: "rel" | "abs",
    cooldown?: number,
    minLr?: number | readonly number[],
    eps?: number,
  );
  constructor(optimizer: Optimizer, ...rest: SomeThenOptions<Positions, ReduceLROnPlateauOptions>);
  constructor(optimizer: Optimizer, options?: ReduceLROnPlateauOptions);
  constructor(optimizer: Optimizer, ...args: readonly unknown[]) {
    const op = "ReduceLROnPlateau";
    const { minLr, verbose, ...options } = readOptions<Required<ReduceLROnPlateauOptions>>(op, DEFAULTS, args);
    if (!(options.factor < 1)) throw new ValueError(`[${op}] Factor should be < 1.0.`);
    checkOptimizer(op, optimizer);
    if (options.mode !== "min" && options.mode !== "max") {
      throw new ValueError(`[${op}] mode ${String(options.mode)} is unknown!`);
    }
    if (options.thresholdMode !== "rel" && options.thresholdMode !== "abs") {
      throw new ValueError(`[${op}] threshold mode ${String(options.thresholdMode)} is unknown!`);
    }
    for (const name of ["patience", "cooldown"] as const) checkInteger(op, name, options[name], 0);
    for (const name of ["factor", "threshold", "eps"] as const) checkFinite(op, name, options[name]);
    const minLrs = perGroup<number>(op, "minLr", minLr, optimizer.paramGroups.length);
    for (const value of minLrs) checkFinite(op, "minLr", value);
    this.optimizer = optimizer;
    this.options = { ...options, minLrs };
    this.verbose = verbose;
    this.best = this.worst();
    this.lastLr = optimizer.paramGroups.map(({ lr }) => lr);
  }

  /**
   * Ends an epoch.
   *
   * @param metrics - The metric: a number, or a tensor of one element on a device that can be read synchronously.
   * @throws ValueError for anything else.
   */
  step(metrics: number | Tensor): void {
    captureHook?.interrupt("a learning rate follows from a number");
    const current: unknown = metrics instanceof Tensor ? metrics.itemSync() : metrics;
    if (typeof current !== "number") {
      throw new ValueError(`[ReduceLROnPlateau] step() needs the metric as a number, but got ${typeof metrics}`);
    }
    const { patience, cooldown } = this.options;
    this.lastEpoch++;
    if (this.isBetter(current)) {
      this.best = current;
      this.numBadEpochs = 0;
    } else {
      this.numBadEpochs++;
    }
    if (this.cooldownCounter > 0) {
      this.cooldownCounter--;
      this.numBadEpochs = 0;
    }
    if (this.numBadEpochs > patience) {
      this.reduce();
      this.cooldownCounter = cooldown;
      this.numBadEpochs = 0;
    }
    this.lastLr = this.optimizer.paramGroups.map(({ lr }) => lr);
  }

  private reduce(): void {
    const { factor, minLrs, eps } = this.options;
    for (const [i, group] of this.optimizer.paramGroups.entries()) {
      const reduced = Math.max(group.lr * factor, minLrs[i] as number);
      if (group.lr - reduced <= eps) continue;
      group.lr = reduced;
      if (this.verbose) console.log(reduction(this.lastEpoch, i, reduced));
    }
  }

  private isBetter(current: number): boolean {
    const { mode, threshold, thresholdMode } = this.options;
    const { best } = this;
    if (mode === "min") return current < (thresholdMode === "rel" ? best * (1 - threshold) : best - threshold);
    return current > (thresholdMode === "rel" ? best * (threshold + 1) : best + threshold);
  }

  private worst(): number {
    return this.options.mode === "min" ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
  }

  /** Last computed learning rate of each parameter group. */
  getLastLr(): number[] {
    return [...this.lastLr];
  }

  /** The state of the scheduler under PyTorch's names. */
  stateDict(): SchedulerStateDict {
    return {
      ...packOptions(this.options),
      best: this.best,
      mode_worse: this.worst(),
      num_bad_epochs: this.numBadEpochs,
      cooldown_counter: this.cooldownCounter,
      last_epoch: this.lastEpoch,
      _last_lr: this.getLastLr(),
    };
  }
  /**
   * Loads a state dictionary.
   *
   * @throws ValueError if a value is missing or of another kind; nothing has changed then.
   */
  loadStateDict(stateDict: SchedulerStateDict): void {
    const loaded = readState("ReduceLROnPlateau", stateDict, this.stateDict());
    for (const name of Object.keys(this.options)) Reflect.set(this.options, name, loaded[stateKey(name)]);
    this.best = loaded.best as number;
    this.numBadEpochs = loaded.num_bad_epochs as number;
    this.cooldownCounter = loaded.cooldown_counter as number;
    this.lastEpoch = loaded.last_epoch as number;
    this.lastLr = loaded._last_lr as number[];
  }
}

/** The line that PyTorch prints. */
function reduction(epoch: number, group: number, lr: number): string {
  const rate = pythonExponential(lr, 4);
  return `Epoch ${String(epoch).padStart(5, "0")}: reducing learning rate of group ${group} to ${rate}.`;
}
