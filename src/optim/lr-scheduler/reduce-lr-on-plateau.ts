/** @file ReduceLROnPlateau: a smaller rate when a measure stops improving. */
import { ValueError } from "../../core/errors.ts";
import { Tensor } from "../../tensor/tensor.ts";
import type { Optimizer } from "../optimizer.ts";
import { checkFinite, checkInteger, perGroup, readOptions, type SomeThenOptions } from "./arguments.ts";
import { checkOptimizer } from "./scheduler.ts";
import { checkedState, packOptions, type SchedulerStateDict, stateKey } from "./state.ts";

export interface ReduceLROnPlateauOptions {
  /** Whether the measure should fall or rise. Default "min". */
  mode?: "min" | "max";
  /** Factor of a reduction, below 1. Default 0.1. */
  factor?: number;
  /** Epochs without improvement that are put up with. Default 10. */
  patience?: number;
  /** How much better the measure must be to count. Default 1e-4. */
  threshold?: number;
  /** Whether the threshold is a share of the best measure or an amount. Default "rel". */
  thresholdMode?: "rel" | "abs";
  /** Epochs after a reduction in which nothing is counted. Default 0. */
  cooldown?: number;
  /** The smallest rate, or one for each group. Default 0. */
  minLr?: number | readonly number[];
  /** Reductions by less are left out. Default 1e-8. */
  eps?: number;
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
 * Multiplies the rates by a factor when a measure has not improved for more than `patience` epochs.
 *
 * @example
 * const scheduler = new ReduceLROnPlateau(optimizer, { mode: "min", patience: 3 });
 * scheduler.step(await validationLoss.item());
 */
export class ReduceLROnPlateau {
  readonly optimizer: Optimizer;
  /** Epochs so far. */
  lastEpoch = 0;
  /** The best measure so far. */
  best: number;
  numBadEpochs = 0;
  cooldownCounter = 0;
  private readonly options: Omit<Required<ReduceLROnPlateauOptions>, "minLr"> & { minLrs: readonly number[] };
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
    const { minLr, ...options } = readOptions<Required<ReduceLROnPlateauOptions>>(op, DEFAULTS, args);
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
    this.best = this.worst();
    this.lastLr = optimizer.paramGroups.map(({ lr }) => lr);
  }

  /**
   * Counts an epoch.
   *
   * @param metrics - The measure: a number, or a tensor of one element on a device that can be read synchronously.
   */
  step(metrics: number | Tensor): void {
    const current: unknown = metrics instanceof Tensor ? metrics.itemSync() : metrics;
    if (typeof current !== "number") {
      throw new ValueError(`[ReduceLROnPlateau] step() needs the measure as a number, but got ${typeof metrics}`);
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
      if (group.lr - reduced > eps) group.lr = reduced;
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

  /** The rate of each group after the last step. */
  getLastLr(): number[] {
    return [...this.lastLr];
  }

  /** State under PyTorch's names. */
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
  /** Takes over the state. @throws ValueError if something is missing or of another kind; nothing has changed then. */
  loadStateDict(stateDict: SchedulerStateDict): void {
    const loaded = checkedState("ReduceLROnPlateau", stateDict, this.stateDict());
    for (const name of Object.keys(this.options)) Reflect.set(this.options, name, loaded[stateKey(name)]);
    this.best = loaded.best as number;
    this.numBadEpochs = loaded.num_bad_epochs as number;
    this.cooldownCounter = loaded.cooldown_counter as number;
    this.lastEpoch = loaded.last_epoch as number;
    this.lastLr = loaded._last_lr as number[];
  }
}
