/** @file Keras's callbacks. */
import { keyword, required, signature } from "../core/arguments.ts";
import { ValueError } from "../core/errors.ts";
import {
  aBoolean,
  aFunction,
  aNumber,
  aSize,
  aString,
  either,
  type Kind,
  kind,
  nullable,
  oneOf,
} from "../core/kinds.ts";
import type { StateDict } from "../nn/state-dict.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { SummaryWriter } from "../tensorboard/summary-writer.ts";
import type { Logs } from "./progress-bar.ts";
import type { Sequential } from "./sequential.ts";

/** What a callback is told of a run. */
export interface CallbackParams {
  /** Number of epochs. */
  readonly epochs: number;
  /** Number of steps in an epoch, if it is known. */
  readonly steps: number | undefined;
  /** How much the run prints. */
  readonly verbose: number;
}

/** What a hook may return: a promise is awaited. */
type Awaitable = void | Promise<void>;

/**
 * Base class of callbacks: every method is called at its time, and may be asynchronous.
 *
 * @example
 * class Print extends keras.callbacks.Callback {
 *   epochs: number[] = [];
 *   override onEpochEnd(epoch: number): void {
 *     this.epochs.push(epoch);
 *   }
 * }
 * const model = new keras.Sequential([keras.layers.Dense(1, { inputShape: [1] })]);
 * model.compile({ optimizer: "sgd", loss: "mse" });
 * const print = new Print();
 * await model.fit([[1], [2]], [[2], [4]], { epochs: 3, callbacks: [print], verbose: 0 });
 * print.epochs; // [0, 1, 2]
 */
export abstract class Callback {
  /** The model that is trained or evaluated. */
  model: Sequential | null = null;
  /** The run. */
  params: CallbackParams | null = null;

  /** Called before the first epoch. */
  onTrainBegin(_logs?: Logs): Awaitable {}
  /** Called after the last epoch. */
  onTrainEnd(_logs?: Logs): Awaitable {}
  /** Called before an epoch, which is counted from 0. */
  onEpochBegin(_epoch: number, _logs?: Logs): Awaitable {}
  /** Called after an epoch and its validation. */
  onEpochEnd(_epoch: number, _logs: Logs): Awaitable {}
  /** Called before a step of training. */
  onTrainBatchBegin(_batch: number, _logs?: Logs): Awaitable {}
  /** Called after a step of training, with the means so far. */
  onTrainBatchEnd(_batch: number, _logs: Logs): Awaitable {}
  /** Called before an evaluation. */
  onTestBegin(_logs?: Logs): Awaitable {}
  /** Called after an evaluation. */
  onTestEnd(_logs: Logs): Awaitable {}

  /** The model. @throws ValueError outside of a run. */
  protected owner(): Sequential {
    if (this.model === null) throw new ValueError(`[${this.constructor.name}] the callback is part of no run yet`);
    return this.model;
  }
}

/** Whether a callback looks at single steps, whose values would not be read otherwise. */
export function watchesSteps(callback: Callback): boolean {
  if ((callback instanceof ModelCheckpoint || callback instanceof TensorBoard) && callback.isPerEpoch) return false;
  return callback.onTrainBatchEnd !== Callback.prototype.onTrainBatchEnd;
}

/**
 * What `fit` returns: a list of values for each metric.
 *
 * @example
 * const model = new keras.Sequential([keras.layers.Dense(1, { inputShape: [1] })]);
 * model.compile({ optimizer: "sgd", loss: "mse" });
 * const history = await model.fit([[1], [2]], [[2], [4]], { epochs: 3, verbose: 0 });
 * history.history.loss?.length; // 3
 */
export class History extends Callback {
  /** The values of each metric, one for each epoch; `val_loss` and the like are of the validation. */
  readonly history: Record<string, number[]> = {};
  /** The epochs, counted from 0. */
  readonly epoch: number[] = [];

  override onEpochEnd(epoch: number, logs: Logs): void {
    this.epoch.push(epoch);
    for (const [name, value] of Object.entries(logs)) {
      this.history[name] ??= [];
      this.history[name].push(value);
    }
  }
}

/** Whether a monitored quantity should fall, rise, or do what its name says. */
export type MonitorMode = "auto" | "min" | "max";

/** Names of quantities that should rise. */
const RISING = /(acc|accuracy|auc|precision|recall|top_k)$/;

/** Compares values of a quantity that should fall or rise. */
class Monitor {
  readonly name: string;
  readonly rises: boolean;
  readonly #op: string;
  readonly #minDelta: number;
  best: number;

  constructor(op: string, name: string, mode: MonitorMode, minDelta: number) {
    this.#op = op;
    this.name = name;
    this.rises = mode === "max" || (mode === "auto" && RISING.test(name));
    this.#minDelta = Math.abs(minDelta);
    this.best = this.worst;
  }
  get worst(): number {
    return this.rises ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  }
  /** The value in the logs, or undefined after a warning. */
  read(logs: Logs): number | undefined {
    const value = logs[this.name];
    if (value === undefined) {
      console.warn(
        `[${this.#op}] conditioned on metric \`${this.name}\` which is not available. Available metrics are: ${Object.keys(logs).join(",")}`,
      );
    }
    return value;
  }
  isBetter(value: number, reference = this.best): boolean {
    return this.rises ? value - this.#minDelta > reference : value + this.#minDelta < reference;
  }
}

const aMode = oneOf("auto", "min", "max");
const aPatience: Kind<number> = aSize;
const VERBOSE = { verbose: keyword(aSize, 0) };

const SIGNATURES = {
  EarlyStopping: signature("EarlyStopping", {
    monitor: keyword(aString, "val_loss"),
    minDelta: keyword(aNumber, 0),
    patience: keyword(aPatience, 0),
    ...VERBOSE,
    mode: keyword(aMode, "auto"),
    baseline: keyword(nullable(aNumber), null),
    restoreBestWeights: keyword(aBoolean, false),
    startFromEpoch: keyword(aSize, 0),
  }),
  ModelCheckpoint: signature("ModelCheckpoint", {
    filepath: required(aString),
    monitor: keyword(aString, "val_loss"),
    ...VERBOSE,
    saveBestOnly: keyword(aBoolean, false),
    saveWeightsOnly: keyword(aBoolean, true),
    mode: keyword(aMode, "auto"),
    saveFreq: keyword(
      either(
        oneOf("epoch"),
        kind<number>("a number of steps", (n) => Number.isSafeInteger(n) && (n as number) > 0),
      ),
      "epoch",
    ),
  }),
  LearningRateScheduler: signature("LearningRateScheduler", {
    schedule: required(aFunction as Kind<Schedule>),
    ...VERBOSE,
  }),
  ReduceLROnPlateau: signature("ReduceLROnPlateau", {
    monitor: keyword(aString, "val_loss"),
    factor: keyword(
      kind<number>("a number below 1", (factor) => typeof factor === "number" && factor < 1),
      0.1,
    ),
    patience: keyword(aPatience, 10),
    ...VERBOSE,
    mode: keyword(aMode, "auto"),
    minDelta: keyword(aNumber, 1e-4),
    cooldown: keyword(aSize, 0),
    minLr: keyword(aNumber, 0),
  }),
  TensorBoard: signature("TensorBoard", {
    logDir: keyword(aString, "logs"),
    histogramFreq: keyword(aSize, 0),
    updateFreq: keyword(
      either(
        oneOf("epoch", "batch"),
        kind<number>("a number of steps", (n) => Number.isSafeInteger(n) && (n as number) > 0),
      ),
      "epoch",
    ),
  }),
  LambdaCallback: signature("LambdaCallback", {
    onTrainBegin: keyword(aFunction as Kind<NonNullable<LambdaHooks["onTrainBegin"]>>),
    onTrainEnd: keyword(aFunction as Kind<NonNullable<LambdaHooks["onTrainEnd"]>>),
    onEpochBegin: keyword(aFunction as Kind<NonNullable<LambdaHooks["onEpochBegin"]>>),
    onEpochEnd: keyword(aFunction as Kind<NonNullable<LambdaHooks["onEpochEnd"]>>),
    onTrainBatchBegin: keyword(aFunction as Kind<NonNullable<LambdaHooks["onTrainBatchBegin"]>>),
    onTrainBatchEnd: keyword(aFunction as Kind<NonNullable<LambdaHooks["onTrainBatchEnd"]>>),
  }),
};

/** Options of {@link EarlyStopping}. */
export interface EarlyStoppingOptions {
  /** The quantity to monitor. Default "val_loss". */
  readonly monitor?: string | undefined;
  /** A smaller change is no improvement. Default 0. */
  readonly minDelta?: number | undefined;
  /** Epochs without improvement after which training stops. Default 0. */
  readonly patience?: number | undefined;
  /** 1 to print why training stopped. Default 0. */
  readonly verbose?: number | undefined;
  /** Whether the quantity should fall or rise. Default "auto": what its name says. */
  readonly mode?: MonitorMode | undefined;
  /** Training stops unless the quantity gets better than this. Default null. */
  readonly baseline?: number | null | undefined;
  /** Go back to the weights of the best epoch. Default false. */
  readonly restoreBestWeights?: boolean | undefined;
  /** Epochs at the start that are not looked at. Default 0. */
  readonly startFromEpoch?: number | undefined;
}

export class EarlyStopping extends Callback {
  /** The epoch after which training stopped, counted from 0; 0 if it did not. */
  stoppedEpoch = 0;
  private readonly given: ReturnType<typeof SIGNATURES.EarlyStopping.read>;
  private readonly monitor: Monitor;
  private wait = 0;
  private bestEpoch = 0;
  private bestWeights: StateDict | null = null;

  constructor(options?: EarlyStoppingOptions) {
    super();
    this.given = SIGNATURES.EarlyStopping.read([options]);
    const { monitor, mode, minDelta } = this.given;
    this.monitor = new Monitor("EarlyStopping", monitor, mode, minDelta);
  }
  override onTrainBegin(): void {
    this.wait = 0;
    this.stoppedEpoch = 0;
    this.bestEpoch = 0;
    this.bestWeights = null;
    this.monitor.best = this.monitor.worst;
  }
  override onEpochEnd(epoch: number, logs: Logs): void {
    const { patience, baseline, restoreBestWeights, startFromEpoch } = this.given;
    const value = this.monitor.read(logs);
    if (value === undefined || epoch < startFromEpoch) return;
    const model = this.owner();
    if (restoreBestWeights && this.bestWeights === null) this.bestWeights = copyOf(model);
    this.wait++;
    if (this.monitor.isBetter(value)) {
      this.monitor.best = value;
      this.bestEpoch = epoch;
      if (restoreBestWeights) this.bestWeights = copyOf(model);
      if (baseline === null || this.monitor.isBetter(value, baseline)) this.wait = 0;
      return;
    }
    if (this.wait < patience || epoch === 0) return;
    this.stoppedEpoch = epoch;
    model.stopTraining = true;
  }
  override onTrainEnd(): void {
    const { verbose } = this.given;
    if (this.stoppedEpoch > 0 && verbose > 0) console.log(`Epoch ${this.stoppedEpoch + 1}: early stopping`);
    if (this.bestWeights === null) return;
    if (verbose > 0) console.log(`Restoring model weights from the end of the best epoch: ${this.bestEpoch + 1}.`);
    this.owner().module.loadStateDict(this.bestWeights);
    this.bestWeights = null;
  }
}

/** The weights as they are now. */
function copyOf(model: Sequential): StateDict {
  const entries = Object.entries(model.module.stateDict());
  return Object.fromEntries(entries.map(([name, tensor]) => [name, tensor.detach().clone()]));
}

/** Options of {@link ModelCheckpoint}. */
export interface ModelCheckpointOptions {
  /** The quantity to monitor. Default "val_loss". */
  readonly monitor?: string | undefined;
  /** 1 to print what is saved. Default 0. */
  readonly verbose?: number | undefined;
  /** Save only when the quantity has improved. Default false. */
  readonly saveBestOnly?: boolean | undefined;
  /** Save the weights alone: true, the only way there is. */
  readonly saveWeightsOnly?: boolean | undefined;
  /** Whether the quantity should fall or rise. Default "auto": what its name says. */
  readonly mode?: MonitorMode | undefined;
  /** When to save: after every epoch, or after so many steps. Default "epoch". */
  readonly saveFreq?: "epoch" | number | undefined;
}

export class ModelCheckpoint extends Callback {
  private readonly given: ReturnType<typeof SIGNATURES.ModelCheckpoint.read>;
  private readonly monitor: Monitor;
  private epoch = 0;
  private steps = 0;

  constructor(filepath: string, options?: ModelCheckpointOptions) {
    super();
    this.given = SIGNATURES.ModelCheckpoint.read([filepath, options]);
    if (!this.given.saveWeightsOnly) {
      throw new ValueError(
        "[ModelCheckpoint] saveWeightsOnly must be true: a model is rebuilt by its program, and its weights are saved.",
      );
    }
    this.monitor = new Monitor("ModelCheckpoint", this.given.monitor, this.given.mode, 0);
  }
  /** Whether it saves after epochs rather than after steps. */
  get isPerEpoch(): boolean {
    return this.given.saveFreq === "epoch";
  }
  override onEpochBegin(epoch: number): void {
    this.epoch = epoch;
  }
  override async onTrainBatchEnd(_batch: number, logs: Logs): Promise<void> {
    this.steps++;
    if (!this.isPerEpoch && this.steps % (this.given.saveFreq as number) === 0) await this.save(logs);
  }
  override async onEpochEnd(_epoch: number, logs: Logs): Promise<void> {
    if (this.isPerEpoch) await this.save(logs);
  }

  private async save(logs: Logs): Promise<void> {
    const { filepath, saveBestOnly, verbose } = this.given;
    const file = formatPath(filepath, { epoch: this.epoch + 1, ...logs });
    if (!saveBestOnly) {
      if (verbose > 0) console.log(`\nEpoch ${this.epoch + 1}: saving model to ${file}`);
      await this.owner().saveWeights(file);
      return;
    }
    const value = this.monitor.read(logs);
    if (value === undefined) return;
    const { best, name } = this.monitor;
    if (!this.monitor.isBetter(value)) {
      if (verbose > 0) console.log(`\nEpoch ${this.epoch + 1}: ${name} did not improve from ${best.toFixed(5)}`);
      return;
    }
    if (verbose > 0) {
      const from = Number.isFinite(best) ? best.toFixed(5) : best > 0 ? "inf" : "-inf";
      console.log(
        `\nEpoch ${this.epoch + 1}: ${name} improved from ${from} to ${value.toFixed(5)}, saving model to ${file}`,
      );
    }
    this.monitor.best = value;
    await this.owner().saveWeights(file);
  }
}

/** `weights-{epoch:02d}-{val_loss:.2f}.safetensors` with its values. @throws ValueError for a name that is not in the logs. */
function formatPath(template: string, values: Readonly<Record<string, number>>): string {
  return template.replaceAll(/\{(\w+)(?::(0?)(\d*)(?:\.(\d+))?([df]?))?\}/g, (_, name: string, zero, width, digits) => {
    const value = values[name];
    if (value === undefined) {
      throw new ValueError(
        `[ModelCheckpoint] Failed to format this callback filepath: "${template}". There is no '${name}' in the logs: ${Object.keys(values).join(", ")}`,
      );
    }
    const text = digits === undefined ? String(value) : value.toFixed(Number(digits));
    return text.padStart(Number(width), zero === "0" ? "0" : " ");
  });
}

/** The learning rate of an epoch, counted from 0, given the current one. */
export type Schedule = (epoch: number, learningRate: number) => number;

/** Options of {@link LearningRateScheduler}. */
export interface LearningRateSchedulerOptions {
  /** 1 to print the rate. Default 0. */
  readonly verbose?: number | undefined;
}

export class LearningRateScheduler extends Callback {
  private readonly schedule: Schedule;
  private readonly verbose: number;

  constructor(schedule: Schedule, options?: LearningRateSchedulerOptions) {
    super();
    const given = SIGNATURES.LearningRateScheduler.read([schedule, options]);
    this.schedule = given.schedule;
    this.verbose = given.verbose;
  }
  override onEpochBegin(epoch: number): void {
    const { optimizer } = this.owner();
    const rate = this.schedule(epoch, optimizer.learningRate);
    if (typeof rate !== "number" || !(rate >= 0)) {
      throw new ValueError(
        `[LearningRateScheduler] The output of the "schedule" function should be a number of at least 0, but got ${String(rate)}`,
      );
    }
    optimizer.learningRate = rate;
    if (this.verbose > 0) {
      console.log(`\nEpoch ${epoch + 1}: LearningRateScheduler setting learning rate to ${rate}.`);
    }
  }
}

/** Options of {@link ReduceLROnPlateau}. */
export interface ReduceLROnPlateauOptions {
  /** The quantity to monitor. Default "val_loss". */
  readonly monitor?: string | undefined;
  /** Factor of the learning rate, below 1. Default 0.1. */
  readonly factor?: number | undefined;
  /** Epochs without improvement after which the rate is reduced. Default 10. */
  readonly patience?: number | undefined;
  /** 1 to print the new rate. Default 0. */
  readonly verbose?: number | undefined;
  /** Whether the quantity should fall or rise. Default "auto": what its name says. */
  readonly mode?: MonitorMode | undefined;
  /** A smaller change is no improvement. Default 1e-4. */
  readonly minDelta?: number | undefined;
  /** Epochs after a reduction that do not count. Default 0. */
  readonly cooldown?: number | undefined;
  /** Lower bound of the learning rate. Default 0. */
  readonly minLr?: number | undefined;
}

export class ReduceLROnPlateau extends Callback {
  private readonly given: ReturnType<typeof SIGNATURES.ReduceLROnPlateau.read>;
  private readonly monitor: Monitor;
  private wait = 0;
  private cooling = 0;

  constructor(options?: ReduceLROnPlateauOptions) {
    super();
    this.given = SIGNATURES.ReduceLROnPlateau.read([options]);
    const { monitor, mode, minDelta } = this.given;
    this.monitor = new Monitor("ReduceLROnPlateau", monitor, mode, minDelta);
  }
  override onTrainBegin(): void {
    this.wait = 0;
    this.cooling = 0;
    this.monitor.best = this.monitor.worst;
  }
  override onEpochEnd(epoch: number, logs: Logs): void {
    const { factor, patience, cooldown, minLr, verbose } = this.given;
    const value = this.monitor.read(logs);
    if (value === undefined) return;
    if (this.cooling > 0) {
      this.cooling--;
      this.wait = 0;
    }
    if (this.monitor.isBetter(value)) {
      this.monitor.best = value;
      this.wait = 0;
      return;
    }
    if (this.cooling > 0) return;
    this.wait++;
    const { optimizer } = this.owner();
    const rate = optimizer.learningRate;
    if (this.wait < patience || rate <= minLr) return;
    const reduced = Math.max(rate * factor, minLr);
    optimizer.learningRate = reduced;
    if (verbose > 0) console.log(`\nEpoch ${epoch + 1}: ReduceLROnPlateau reducing learning rate to ${reduced}.`);
    this.cooling = cooldown;
    this.wait = 0;
  }
}

/** Options of {@link TensorBoard}. */
export interface TensorBoardOptions {
  /** Folder of the event files; training and validation have folders in it. Default "logs". */
  readonly logDir?: string | undefined;
  /** Epochs between histograms of the weights; 0 for none. Default 0. */
  readonly histogramFreq?: number | undefined;
  /** When to write losses and metrics: after every epoch, after every step, or after so many steps. Default "epoch". */
  readonly updateFreq?: "epoch" | "batch" | number | undefined;
}

export class TensorBoard extends Callback {
  private readonly given: ReturnType<typeof SIGNATURES.TensorBoard.read>;
  private train: SummaryWriter | null = null;
  private validation: SummaryWriter | null = null;
  private steps = 0;

  constructor(options?: TensorBoardOptions) {
    super();
    this.given = SIGNATURES.TensorBoard.read([options]);
  }
  /** Whether it writes after epochs only. */
  get isPerEpoch(): boolean {
    return this.given.updateFreq === "epoch";
  }
  override onTrainBegin(): void {
    this.train = new SummaryWriter(`${this.given.logDir}/train`);
  }
  override onTrainBatchEnd(_batch: number, logs: Logs): void {
    const { updateFreq } = this.given;
    this.steps++;
    if (updateFreq === "epoch" || this.steps % (updateFreq === "batch" ? 1 : updateFreq) !== 0) return;
    for (const [name, value] of Object.entries(logs)) this.train?.addScalar(`batch_${name}`, value, this.steps);
  }
  override onEpochEnd(epoch: number, logs: Logs): void {
    for (const [name, value] of Object.entries(logs)) {
      if (!name.startsWith("val_")) {
        this.train?.addScalar(`epoch_${name}`, value, epoch);
        continue;
      }
      this.validation ??= new SummaryWriter(`${this.given.logDir}/validation`);
      this.validation.addScalar(`epoch_${name.slice("val_".length)}`, value, epoch);
    }
    const model = this.owner();
    this.train?.addScalar("epoch_learning_rate", model.optimizer.learningRate, epoch);
    const { histogramFreq } = this.given;
    if (histogramFreq > 0 && epoch % histogramFreq === 0) {
      const weights = model.getWeights();
      for (const [i, name] of model.weightNames().entries()) {
        this.train?.addHistogram(`${name}/histogram`, weights[i] as Tensor, epoch);
      }
    }
    this.train?.flush();
    this.validation?.flush();
  }
  override onTrainEnd(): void {
    this.train?.close();
    this.validation?.close();
    this.train = null;
    this.validation = null;
  }
}

/** The functions of a {@link LambdaCallback}. */
export interface LambdaHooks {
  /** Called before the first epoch. */
  readonly onTrainBegin?: ((logs?: Logs) => unknown) | undefined;
  /** Called after the last epoch. */
  readonly onTrainEnd?: ((logs?: Logs) => unknown) | undefined;
  /** Called before an epoch. */
  readonly onEpochBegin?: ((epoch: number, logs?: Logs) => unknown) | undefined;
  /** Called after an epoch. */
  readonly onEpochEnd?: ((epoch: number, logs: Logs) => unknown) | undefined;
  /** Called before a step. */
  readonly onTrainBatchBegin?: ((batch: number, logs?: Logs) => unknown) | undefined;
  /** Called after a step. */
  readonly onTrainBatchEnd?: ((batch: number, logs: Logs) => unknown) | undefined;
}

export class LambdaCallback extends Callback {
  constructor(hooks: LambdaHooks) {
    super();
    const given = SIGNATURES.LambdaCallback.read([hooks]);
    for (const [name, hook] of Object.entries(given)) if (hook !== undefined) Reflect.set(this, name, hook);
  }
}
