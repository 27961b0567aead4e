/** @file SequentialLR. */
import { captureHook, onHost } from "../../autograd/capture-hook.ts";
import { describeValue } from "../../core/describe.ts";
import { ValueError } from "../../core/errors.ts";
import type { Optimizer } from "../optimizer.ts";
import { checkInteger, readOptions } from "./arguments.ts";
import { checkOptimizer, LRScheduler, type ScheduledGroup } from "./scheduler.ts";
import { readState, type SchedulerStateDict } from "./state.ts";

/** Options of {@link SequentialLR}. */
export interface SequentialLROptions {
  /** Index of the last epoch. Default −1. */
  readonly lastEpoch?: number;
  /** Accepted, and without effect. */
  readonly verbose?: boolean;
}

interface SequentialLRArguments {
  readonly schedulers: readonly LRScheduler[];
  readonly milestones: readonly number[];
}

const NAMES = { schedulers: undefined, milestones: undefined, lastEpoch: -1 };

function checkList(name: string, value: unknown): void {
  if (Array.isArray(value)) return;
  throw new ValueError(`[SequentialLR] ${name} should be a list, but got ${describeValue(value)}`);
}

/**
 * Calls a list of schedulers one after the other; each milestone starts the next one at its epoch 0, from the initial
 * learning rates if it has a closed form.
 *
 * @example
 * const optimizer = new optim.SGD([tensor([1], { requiresGrad: true })], { lr: 1 });
 * const warmup = new optim.lrScheduler.ConstantLR(optimizer, { factor: 0.1, totalIters: 2 });
 * const decay = new optim.lrScheduler.ExponentialLR(optimizer, { gamma: 0.5 });
 * const scheduler = new optim.lrScheduler.SequentialLR(optimizer, [warmup, decay], [2]);
 * const rates: number[] = [];
 * for (let epoch = 0; epoch < 5; epoch++) {
 *   rates.push(...scheduler.getLastLr());
 *   optimizer.step();
 *   scheduler.step();
 * }
 * rates; // [0.1, 0.1, 1, 0.5, 0.25]
 */
export class SequentialLR {
  /** The wrapped optimizer. */
  readonly optimizer: Optimizer;
  /** The schedulers, in the order of their use. */
  readonly schedulers: readonly LRScheduler[];
  /** Epoch indices at which the second, third … scheduler takes over. */
  milestones: readonly number[];
  /** Index of the last epoch. */
  lastEpoch: number;
  private lastLr: readonly number[];

  /**
   * @param milestones - Epochs at which the second, third … scheduler takes over.
   * @throws ValueError for schedulers of another optimizer, or not one more of them than milestones.
   */
  constructor(
    optimizer: Optimizer,
    schedulers: readonly LRScheduler[],
    milestones: readonly number[],
    lastEpoch?: number,
    verbose?: boolean,
  );
  constructor(
    optimizer: Optimizer,
    schedulers: readonly LRScheduler[],
    milestones: readonly number[],
    options?: SequentialLROptions,
  );
  constructor(
    optimizer: Optimizer,
    schedulers: readonly LRScheduler[],
    options: Pick<SequentialLRArguments, "milestones"> & SequentialLROptions,
  );
  constructor(optimizer: Optimizer, options: SequentialLRArguments & SequentialLROptions);
  constructor(optimizer: Optimizer, ...given: readonly unknown[]) {
    const read = readOptions<SequentialLRArguments & { readonly lastEpoch: number }>("SequentialLR", NAMES, given);
    const { schedulers, milestones, lastEpoch } = read;
    checkOptimizer("SequentialLR", optimizer);
    checkList("schedulers", schedulers);
    checkList("milestones", milestones);
    checkInteger("SequentialLR", "lastEpoch", lastEpoch, -1);
    for (const [i, scheduler] of schedulers.entries()) {
      if (!(scheduler instanceof LRScheduler)) {
        throw new ValueError(`[SequentialLR] the scheduler at index ${i} is not an LRScheduler`);
      }
      if (scheduler.optimizer !== optimizer) {
        throw new ValueError(
          `[SequentialLR] Sequential Schedulers expects all schedulers to belong to the same optimizer, but got schedulers at index ${i} to be different than the optimizer passed in.`,
        );
      }
    }
    const [first] = schedulers;
    if (first === undefined || milestones.length !== schedulers.length - 1) {
      throw new ValueError(
        `[SequentialLR] Sequential Schedulers expects number of schedulers provided to be one more than the number of milestone points, but got number of schedulers ${schedulers.length} and the number of milestones to be equal to ${milestones.length}`,
      );
    }
    for (const milestone of milestones) checkInteger("SequentialLR", "a milestone", milestone, 0);
    this.optimizer = optimizer;
    this.schedulers = [...schedulers];
    this.milestones = [...milestones];
    this.lastEpoch = lastEpoch + 1;
    // All of them took their first step when they were made. Only that of the first one is to count.
    for (const group of optimizer.paramGroups as readonly ScheduledGroup[]) group.lr = group.initialLr ?? group.lr;
    for (const scheduler of schedulers) scheduler.lastEpoch--;
    first.restart();
    this.lastLr = first.getLastLr();
  }

  /** Sets the learning rates of the next epoch. */
  step(): void {
    captureHook?.stateUsed(this);
    onHost("SequentialLR.step", () => {
      this.lastEpoch++;
      const passed = this.milestones.filter((milestone) => milestone <= this.lastEpoch).length;
      const scheduler = this.schedulers[passed] as LRScheduler;
      if (this.milestones[passed - 1] === this.lastEpoch) scheduler.step(0);
      else scheduler.step();
      this.lastLr = scheduler.getLastLr();
    });
  }

  /** Last computed learning rate of each parameter group. */
  getLastLr(): number[] {
    return [...this.lastLr];
  }

  /** The state under PyTorch's names, with that of the schedulers. */
  stateDict(): SchedulerStateDict {
    return { ...this.ownState(), _schedulers: this.schedulers.map((scheduler) => scheduler.stateDict()) };
  }
  /**
   * Loads a state dictionary.
   *
   * @throws ValueError if a value is missing or of another kind; nothing has changed then.
   */
  loadStateDict(stateDict: SchedulerStateDict): void {
    const loaded = readState("SequentialLR", stateDict, this.ownState());
    const parts = stateDict._schedulers;
    if (!Array.isArray(parts) || parts.length !== this.schedulers.length) {
      throw new ValueError(`[SequentialLR.loadStateDict] expected the states of ${this.schedulers.length} schedulers`);
    }
    for (const [i, scheduler] of this.schedulers.entries()) {
      readState(scheduler.constructor.name, parts[i], scheduler.stateDict());
    }
    for (const [i, scheduler] of this.schedulers.entries()) scheduler.loadStateDict(parts[i]);
    this.milestones = loaded._milestones as number[];
    this.lastEpoch = loaded.last_epoch as number;
    this.lastLr = loaded._last_lr as number[];
  }

  private ownState(): SchedulerStateDict {
    return { _milestones: [...this.milestones], last_epoch: this.lastEpoch, _last_lr: this.getLastLr() };
  }
}
