/** @file SequentialLR: schedulers one after the other. */
import { optional, signature } from "../../core/arguments.ts";
import { ValueError } from "../../core/errors.ts";
import { anInteger } from "../../core/kinds.ts";
import type { Optimizer } from "../optimizer.ts";
import { checkInteger } from "./arguments.ts";
import { checkOptimizer, LRScheduler, type ScheduledGroup } from "./scheduler.ts";
import { checkedState, type SchedulerStateDict } from "./state.ts";

const OPTIONS = signature("SequentialLR", { lastEpoch: optional(anInteger, -1) });

/**
 * Steps one of several schedulers, the next one from each milestone on. A scheduler that takes over starts at its
 * epoch 0, from the initial rates if it has a closed formula.
 *
 * @example
 * const warmup = new ConstantLR(optimizer, { factor: 0.1, totalIters: 2 });
 * const decay = new ExponentialLR(optimizer, { gamma: 0.9 });
 * const scheduler = new SequentialLR(optimizer, [warmup, decay], [2]);
 */
export class SequentialLR {
  readonly optimizer: Optimizer;
  readonly schedulers: readonly LRScheduler[];
  milestones: readonly number[];
  /** Steps so far. */
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
    ...options: readonly [options?: { readonly lastEpoch?: number }]
  ) {
    const { lastEpoch } = OPTIONS.read(options);
    checkOptimizer("SequentialLR", optimizer);
    for (const [i, scheduler] of schedulers.entries()) {
      if (!(scheduler instanceof LRScheduler)) {
        throw new ValueError(`[SequentialLR] the scheduler at index ${i} is none that sets rates from step to step`);
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

  /** Goes to the next rate. */
  step(): void {
    this.lastEpoch++;
    const passed = this.milestones.filter((milestone) => milestone <= this.lastEpoch).length;
    const scheduler = this.schedulers[passed] as LRScheduler;
    if (this.milestones[passed - 1] === this.lastEpoch) scheduler.step(0);
    else scheduler.step();
    this.lastLr = scheduler.getLastLr();
  }

  /** The rate of each group after the last step. */
  getLastLr(): number[] {
    return [...this.lastLr];
  }

  /** State under PyTorch's names, with that of the schedulers. */
  stateDict(): SchedulerStateDict {
    return { ...this.ownState(), _schedulers: this.schedulers.map((scheduler) => scheduler.stateDict()) };
  }
  /** Takes over the state. @throws ValueError if something is missing or of another kind; nothing has changed then. */
  loadStateDict(stateDict: SchedulerStateDict): void {
    const loaded = checkedState("SequentialLR", stateDict, this.ownState());
    const parts = stateDict._schedulers;
    if (!Array.isArray(parts) || parts.length !== this.schedulers.length) {
      throw new ValueError(`[SequentialLR.loadStateDict] expected the states of ${this.schedulers.length} schedulers`);
    }
    for (const [i, scheduler] of this.schedulers.entries()) {
      checkedState(scheduler.constructor.name, parts[i], scheduler.stateDict());
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
