/** @file The base class of learning rate schedulers. */
import { captureHook, onHost } from "../../autograd/capture-hook.ts";
import { describeValue } from "../../core/describe.ts";
import { ValueError } from "../../core/errors.ts";
import { refuseForeign } from "../../core/foreign.ts";
import { pythonExponential, pythonFixed } from "../../tensor/format-number.ts";
import { Optimizer } from "../optimizer.ts";
import { packOptions, readState, type SchedulerStateDict, stateKey } from "./state.ts";

/** The fields of a parameter group that schedulers use. */
export interface ScheduledGroup {
  /** Learning rate. */
  lr: number;
  /** Learning rate before any scheduler. */
  initialLr?: number;
}

/**
 * Base class of learning rate schedulers. Call `step()` after the optimizer's, once per epoch.
 *
 * Each learning rate follows from the previous one, so several schedulers can be chained on one optimizer, and a rate that
 * is set by hand is carried on. Rates equal PyTorch's up to rounding.
 *
 * @example
 * const optimizer = new optim.SGD([tensor([1], { requiresGrad: true })], { lr: 1 });
 * const scheduler = new optim.lrScheduler.ExponentialLR(optimizer, { gamma: 0.5 });
 * for (let epoch = 0; epoch < 3; epoch++) {
 *   optimizer.step();
 *   scheduler.step();
 * }
 * scheduler.getLastLr(); // [0.125]
 */
export abstract class LRScheduler<O extends object = object> {
  /** The wrapped optimizer. */
  readonly optimizer: Optimizer;
  /** Initial learning rate of each parameter group. */
  baseLrs: readonly number[];
  /** Index of the last epoch: 0 after the constructor. */
  lastEpoch: number;
  /** Number of steps of this object, including the constructor's. */
  protected stepCount = 0;
  protected readonly options: O;
  private readonly verbose: boolean;
  private lastLr: readonly number[] = [];
  private stepsBefore = 0;

  /**
   * @param options - What the rate depends on; it stands in the state dictionary.
   * @param lastEpoch - Where to go on: −1 for a new start.
   * @param verbose - Whether to print a line for each learning rate that is set.
   * @throws ValueError for something else than an optimizer, or one that has no initial rates to go on from.
   */
  constructor(optimizer: Optimizer, options: O, lastEpoch: number, verbose = false) {
    const op = this.constructor.name;
    checkOptimizer(op, optimizer);
    if (!Number.isInteger(lastEpoch)) {
      throw new ValueError(
        `[${op}] lastEpoch should be an integer, but got ${describeValue(lastEpoch)}. A scheduler of your own calls ` +
          "super(optimizer, options, lastEpoch), and finds what its rate depends on in this.options.",
      );
    }
    this.optimizer = optimizer;
    this.options = options;
    this.verbose = verbose;
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

  /** Learning rate of each group at {@link lastEpoch}, from the present one. */
  protected abstract getLr(): number[];
  /** Learning rates at {@link lastEpoch} in closed form; undefined if there is none. */
  protected closedForm(): number[] | undefined {
    return undefined;
  }

  /**
   * Sets the learning rates of the next epoch.
   *
   * @param epoch - Index of the epoch to set instead, in closed form if there is one.
   */
  step(epoch?: number): void {
    captureHook?.stateUsed(this);
    onHost("LRScheduler.step", () => this.advance(epoch));
  }

  private advance(epoch: number | undefined): void {
    if (this.stepCount === 1 && this.optimizer.stepsTaken === this.stepsBefore) {
      console.warn(
        `[${this.constructor.name}] Detected call of scheduler.step() before optimizer.step(). Call them in the opposite order, or the first value of the schedule is skipped.`,
      );
    }
    this.stepCount++;
    this.lastEpoch = epoch ?? this.lastEpoch + 1;
    this.setRates((epoch === undefined ? undefined : this.closedForm()) ?? this.getLr(), epoch);
  }
  /** Sets the learning rate of each group, and prints them with the epoch, if one is given. */
  protected setRates(rates: readonly number[], epoch?: number): void {
    for (const [i, group] of this.groups().entries()) {
      group.lr = rates[i] ?? group.lr;
      if (this.verbose) console.log(adjustment(epoch, i, group.lr));
    }
    this.lastLr = this.groups().map((group) => group.lr);
  }

  /** Performs the initial step again, as the constructor does. */
  restart(): void {
    this.stepsBefore = this.optimizer.stepsTaken;
    this.stepCount = 0;
    this.step();
  }

  /** Last computed learning rate of each parameter group. */
  getLastLr(): number[] {
    return [...this.lastLr];
  }

  protected groups(): readonly ScheduledGroup[] {
    return this.optimizer.paramGroups;
  }

  /**
   * The state of the scheduler under PyTorch's names. The groups' learning rates are in the optimizer's state dictionary.
   */
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
   * Loads a state dictionary, of this library or of the same scheduler in PyTorch.
   *
   * @throws ValueError if a value is missing or of another kind; nothing has changed then.
   */
  loadStateDict(stateDict: SchedulerStateDict): void {
    const loaded = readState(this.constructor.name, stateDict, this.stateDict());
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

/** The line that PyTorch prints. */
function adjustment(epoch: number | undefined, group: number, lr: number): string {
  const what = `djusting learning rate of group ${group} to ${pythonExponential(lr, 4)}.`;
  if (epoch === undefined) return `A${what}`;
  const text = Number.isInteger(epoch) ? String(epoch).padStart(5, "0") : pythonFixed(epoch, 2);
  return `Epoch ${text}: a${what}`;
}

/** Checks that something is an optimizer. @throws ValueError otherwise. */
export function checkOptimizer(op: string, optimizer: unknown): void {
  if (optimizer instanceof Optimizer) return;
  refuseForeign(op, "the optimizer", optimizer);
  const name: unknown = typeof optimizer === "object" ? optimizer?.constructor?.name : undefined;
  throw new ValueError(`[${op}] ${name ?? describeValue(optimizer)} is not an Optimizer`);
}
