/** @file What all schedulers share: counting steps, writing rates into groups, state. */

import { describeValue } from "../../core/describe.ts";
import { ValueError } from "../../core/errors.ts";
import { refuseForeign } from "../../core/foreign.ts";
import { Optimizer } from "../optimizer.ts";
import { checkedState, packOptions, type SchedulerStateDict, stateKey } from "./state.ts";

/** What schedulers keep in a group of parameters. */
export interface ScheduledGroup {
  lr: number;
  /** The rate before any scheduler. */
  initialLr?: number;
}

/**
 * Base of the schedulers that set the rates of all groups from step to step. Call `step()` after the optimizer's.
 *
 * A rate follows from the one before, so several schedulers can work on one optimizer, and a rate that is set by hand
 * is carried on. Rates are those of PyTorch up to the last digits.
 *
 * @example
 * const scheduler = new optim.lrScheduler.StepLR(optimizer, { stepSize: 30, gamma: 0.1 });
 * for (let epoch = 0; epoch < 100; epoch++) {
 *   await train();
 *   scheduler.step();
 * }
 */
export abstract class LRScheduler<O extends object = object> {
  readonly optimizer: Optimizer;
  /** The rate of each group before any scheduler. */
  baseLrs: readonly number[];
  /** Steps so far; 0 after the constructor. */
  lastEpoch: number;
  /** Like {@link lastEpoch}, but counted from when this object began, from 1. */
  protected stepCount = 0;
  protected readonly options: O;
  private lastLr: readonly number[] = [];
  private stepsBefore = 0;

  /**
   * @param options - What the rate depends on; it stands in the state dictionary.
   * @param lastEpoch - Where to go on: −1 for a new start.
   * @throws ValueError for something else than an optimizer, or one that has no initial rates to go on from.
   */
  constructor(optimizer: Optimizer, options: O, lastEpoch: number) {
    const op = this.constructor.name;
    checkOptimizer(op, optimizer);
    this.optimizer = optimizer;
    this.options = options;
    this.lastEpoch = lastEpoch;
    this.baseLrs = optimizer.paramGroups.map((group: ScheduledGroup, i) => {
      if (lastEpoch === -1) group.initialLr ??= group.lr;
      if (group.initialLr !== undefined) return group.initialLr;
      throw new ValueError(
        `[${op}] param 'initialLr' is not specified in paramGroups[${i}] when resuming an optimizer`,
      );
    });
    this.restart();
  }

  /** The rate of each group at {@link lastEpoch}, from what the group has now. */
  protected abstract getLr(): number[];
  /** The rates at {@link lastEpoch} from the initial rates alone; undefined where there is no such formula. */
  protected closedForm(): number[] | undefined {
    return undefined;
  }

  /**
   * Goes to the next rate.
   *
   * @param epoch - Goes there instead, by the closed formula if there is one.
   */
  step(epoch?: number): void {
    if (this.stepCount === 1 && this.optimizer.stepsTaken === this.stepsBefore) {
      console.warn(
        `[${this.constructor.name}] Detected call of scheduler.step() before optimizer.step(). Call them in the opposite order, or the first value of the schedule is skipped.`,
      );
    }
    this.stepCount++;
    this.lastEpoch = epoch ?? this.lastEpoch + 1;
    const rates = (epoch === undefined ? undefined : this.closedForm()) ?? this.getLr();
    for (const [i, group] of this.groups().entries()) group.lr = rates[i] ?? group.lr;
    this.lastLr = this.groups().map((group) => group.lr);
  }

  /** Takes the first step, as the constructor does. */
  restart(): void {
    this.stepsBefore = this.optimizer.stepsTaken;
    this.stepCount = 0;
    this.step();
  }

  /** The rate of each group after the last step. */
  getLastLr(): number[] {
    return [...this.lastLr];
  }

  protected groups(): readonly ScheduledGroup[] {
    return this.optimizer.paramGroups;
  }

  /** State under PyTorch's names. Rates of the groups stand in the optimizer's own state dictionary. */
  stateDict(): SchedulerStateDict {
    return {
      ...this.packOwn(),
      base_lrs: [...this.baseLrs],
      last_epoch: this.lastEpoch,
      _step_count: this.stepCount,
      _last_lr: this.getLastLr(),
    };
  }
  /**
   * Takes over the state, also of PyTorch's scheduler of the same kind.
   *
   * @throws ValueError if something is missing or of another kind; nothing has changed then.
   */
  loadStateDict(stateDict: SchedulerStateDict): void {
    const loaded = checkedState(this.constructor.name, stateDict, this.stateDict());
    this.baseLrs = loaded.base_lrs as number[];
    this.lastEpoch = loaded.last_epoch as number;
    this.stepCount = loaded._step_count as number;
    this.lastLr = loaded._last_lr as number[];
    this.loadOwn(loaded);
  }

  /** What the state dictionary holds of one kind of scheduler only. */
  protected packOwn(): SchedulerStateDict {
    return packOptions(this.options);
  }
  /** Takes over what {@link packOwn} gave; it has been checked. */
  protected loadOwn(loaded: SchedulerStateDict): void {
    for (const name of Object.keys(this.options)) Reflect.set(this.options, name, loaded[stateKey(name)]);
  }
}

/** Throws unless something is an optimizer. */
export function checkOptimizer(op: string, optimizer: unknown): void {
  if (optimizer instanceof Optimizer) return;
  refuseForeign(op, "the optimizer", optimizer);
  const name: unknown = typeof optimizer === "object" ? optimizer?.constructor?.name : undefined;
  throw new ValueError(`[${op}] ${name ?? describeValue(optimizer)} is not an Optimizer`);
}
