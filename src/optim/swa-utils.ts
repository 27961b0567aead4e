/** @file The namespace `optim.swaUtils`: averages of a model's weights, and what trains with them. */
import { noGrad } from "../autograd/grad-mode.ts";
import { optional, required, signature } from "../core/arguments.ts";
import type { DeviceChoice } from "../core/device.ts";
import { ValueError } from "../core/errors.ts";
import { aBoolean, aDeviceChoice, aFunction, aNumber, type Kind, kind, nullable } from "../core/kinds.ts";
import { type AnyModule, Module } from "../nn/module.ts";
import { BatchNorm1d, BatchNorm2d, BatchNorm3d } from "../nn/normalization.ts";
import { tensor } from "../tensor/create.ts";
import { Tensor } from "../tensor/tensor.ts";
import { perGroup, readOptions, type SomeThenOptions } from "./lr-scheduler/arguments.ts";
import { checkOptimizer, LRScheduler } from "./lr-scheduler/scheduler.ts";
import type { ResumeOption } from "./lr-scheduler/schedulers.ts";
import type { SchedulerStateDict } from "./lr-scheduler/state.ts";
import type { Optimizer } from "./optimizer.ts";

/**
 * The new average of one parameter, from the average so far, the parameter of the model, and the number of models that
 * were averaged.
 */
export type AverageFunction = (averaged: Tensor, current: Tensor, count: Tensor) => Tensor;

/** Options of {@link AveragedModel}. */
export interface AveragedModelOptions {
  /** Device of the averages. Default null: that of the model. */
  readonly device?: DeviceChoice | null | undefined;
  /** How parameters are averaged. Default null: the mean of all. */
  readonly avgFn?: AverageFunction | null | undefined;
  /** If true, buffers are averaged too, else they stay as they were copied. Default false. */
  readonly useBuffers?: boolean | undefined;
}

const aModule = kind<AnyModule>("a Module", (value) => value instanceof Module);

const AVERAGED = signature("AveragedModel", {
  model: required(aModule),
  device: optional(nullable(aDeviceChoice), null),
  avgFn: optional(nullable(aFunction as unknown as Kind<AverageFunction>), null),
  useBuffers: optional(aBoolean, false),
});
const DECAY = signature("getEmaAvgFn", { decay: optional(aNumber, 0.999) });
const UPDATE_BN = signature("updateBn", {
  loader: required(kind<Iterable<unknown> | AsyncIterable<unknown>>("an iterable", isIterable)),
  model: required(aModule),
  device: optional(nullable(aDeviceChoice), null),
});

function isIterable(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return Symbol.iterator in value || Symbol.asyncIterator in value;
}

const mean: AverageFunction = (averaged, current, count) => averaged.add(current.sub(averaged).div(count.add(1)));

/**
 * A copy of a model whose weights are averages of the model's (Izmailov et al., 2018): stochastic weight averaging, or an
 * exponential moving average with {@link getEmaAvgFn}. Call `updateParameters(model)` after each step or epoch.
 *
 * @example
 * const model = new nn.Linear(1, 1, false);
 * const averaged = new optim.swaUtils.AveragedModel(model);
 * for (const weight of [1, 2, 6]) {
 *   nn.init.constant_(model.weight, weight);
 *   averaged.updateParameters(model);
 * }
 * averaged.forward(ones(1)).itemSync(); // 3
 */
export class AveragedModel<M extends AnyModule = AnyModule> extends Module<ReturnType<M["forward"]>> {
  /** The copy, with the averages. */
  readonly module: M;
  /** Number of models that were averaged, a scalar int32. A buffer, `n_averaged` in state dictionaries. */
  nAveraged: Tensor;
  /** How parameters are averaged. */
  avgFn: AverageFunction;
  /** Whether buffers are averaged too. */
  useBuffers: boolean;

  constructor(model: M, device?: DeviceChoice | null, avgFn?: AverageFunction | null, useBuffers?: boolean);
  constructor(model: M, options?: AveragedModelOptions);
  constructor(...given: readonly unknown[]) {
    super();
    const { model, device, avgFn, useBuffers } = AVERAGED.read(given);
    this.module = (model as M).clone();
    if (device !== null) this.module.to(device);
    this.nAveraged = this.registerBuffer("nAveraged", tensor(0, { dtype: "int32", device: device ?? "cpu" }));
    this.avgFn = avgFn ?? mean;
    this.useBuffers = useBuffers;
    this.noteMembers();
  }

  /** Arguments and result are those of the model. */
  override forward(...inputs: Parameters<M["forward"]>): ReturnType<M["forward"]> {
    return this.module.forward(...inputs) as ReturnType<M["forward"]>;
  }

  /** Takes the present weights of the model into the averages. */
  updateParameters(model: AnyModule): void {
    const of = (each: AnyModule): Tensor[] => [...each.parameters(), ...(this.useBuffers ? each.buffers() : [])];
    const current = of(model);
    const first = this.nAveraged.itemSync() === 0;
    noGrad(() => {
      for (const [i, averaged] of of(this.module).entries()) {
        const now = (current[i] as Tensor).detach().to(averaged.device);
        const next = first ? now : this.avgFn(averaged.detach(), now, this.nAveraged.to(averaged.device));
        averaged.copy_(next);
      }
      this.nAveraged.add_(1);
    });
  }
  protected override keyOf(field: string): string {
    return field === "nAveraged" ? "n_averaged" : field;
  }
}

/**
 * The exponential moving average, for {@link AveragedModel}: decay · averaged + (1 − decay) · current.
 *
 * @example
 * const average = optim.swaUtils.getEmaAvgFn(0.9);
 * average(tensor([1]), tensor([2]), tensor(1)); // tensor([1.1000])
 */
export function getEmaAvgFn(decay?: number): AverageFunction;
export function getEmaAvgFn(...given: readonly unknown[]): AverageFunction {
  const { decay } = DECAY.read(given);
  return (averaged, current) => averaged.mul(decay).add(current.mul(1 - decay));
}

/**
 * Computes the running statistics of batch normalization anew, by one pass over the data: those of averaged weights differ
 * from those of the model that was trained.
 *
 * @param loader - Batches: tensors, or lists that begin with one.
 * @example
 * const model = new nn.BatchNorm1d(1);
 * await optim.swaUtils.updateBn([tensor([[1], [3]])], model);
 * model.runningMean; // tensor([2.])
 */
export async function updateBn(
  loader: Iterable<unknown> | AsyncIterable<unknown>,
  model: AnyModule,
  device?: DeviceChoice | null,
): Promise<void>;
export async function updateBn(...given: readonly unknown[]): Promise<void> {
  const { loader, model, device } = UPDATE_BN.read(given);
  type BatchNorm = BatchNorm1d | BatchNorm2d | BatchNorm3d;
  const isBatchNorm = (module: AnyModule): module is BatchNorm =>
    [BatchNorm1d, BatchNorm2d, BatchNorm3d].some((Norm) => module instanceof Norm);
  const norms = model.modules().filter(isBatchNorm);
  if (norms.length === 0) return;
  const momenta = norms.map((norm) => norm.momentum);
  const { training } = model;
  model.train();
  for (const norm of norms) {
    norm.resetRunningStats();
    norm.momentum = null;
  }
  try {
    await noGrad(async () => {
      for await (const batch of loader) {
        const input: unknown = Array.isArray(batch) ? batch[0] : batch;
        if (!(input instanceof Tensor)) {
          throw new ValueError("[updateBn] expected batches that are tensors, or lists that begin with one");
        }
        model.forward(device === null ? input : input.to(device));
      }
    });
  } finally {
    for (const [i, norm] of norms.entries()) norm.momentum = momenta[i] ?? null;
    model.train(training);
  }
}

/** Options of {@link SWALR}. */
export interface SWALROptions extends ResumeOption {
  /** The learning rate to go to, one or one for each group. */
  swaLr: number | readonly number[];
  /** Number of epochs on the way there. Default 10. */
  annealEpochs?: number;
  /** The form of the way: "cos" or "linear". Default "cos". */
  annealStrategy?: "cos" | "linear";
}

/** The field of a parameter group that {@link SWALR} goes to. */
interface SwaGroup {
  lr: number;
  swaLr: number;
}

/**
 * Anneals the learning rate to a constant one, at which weights are averaged.
 *
 * @throws ValueError for an unknown strategy, or a number of epochs that is not an integer of at least 0.
 * @example
 * const optimizer = new optim.SGD([tensor([1], { requiresGrad: true })], { lr: 1 });
 * const scheduler = new optim.swaUtils.SWALR(optimizer, { swaLr: 0.5, annealEpochs: 2, annealStrategy: "linear" });
 * const rates: number[] = [];
 * for (let epoch = 0; epoch < 4; epoch++) {
 *   rates.push(...scheduler.getLastLr());
 *   optimizer.step();
 *   scheduler.step();
 * }
 * rates; // [1, 0.75, 0.5, 0.5]
 */
export class SWALR extends LRScheduler<{ annealEpochs: number; readonly annealStrategy: "cos" | "linear" }> {
  constructor(
    optimizer: Optimizer,
    swaLr: number | readonly number[],
    ...rest: SomeThenOptions<[annealEpochs: number, annealStrategy: "cos" | "linear"], Omit<SWALROptions, "swaLr">>
  );
  constructor(optimizer: Optimizer, swaLr: number | readonly number[], options?: Omit<SWALROptions, "swaLr">);
  constructor(optimizer: Optimizer, options: SWALROptions);
  constructor(optimizer: Optimizer, ...args: readonly unknown[]) {
    const names = { swaLr: undefined, annealEpochs: 10, annealStrategy: "cos", lastEpoch: -1 };
    const { swaLr, annealEpochs, annealStrategy, lastEpoch, verbose } = readOptions<Required<SWALROptions>>(
      "SWALR",
      names,
      args,
    );
    checkOptimizer("SWALR", optimizer);
    if (annealStrategy !== "cos" && annealStrategy !== "linear") {
      throw new ValueError(`[SWALR] anneal_strategy must by one of 'cos' or 'linear', instead got ${annealStrategy}`);
    }
    if (!(Number.isInteger(annealEpochs) && annealEpochs >= 0)) {
      throw new ValueError(`[SWALR] anneal_epochs must be equal or greater than 0, got ${annealEpochs}`);
    }
    const goals = perGroup("SWALR", "swaLr", swaLr, optimizer.paramGroups.length);
    for (const [i, group] of (optimizer.paramGroups as unknown as SwaGroup[]).entries())
      group.swaLr = goals[i] as number;
    super(optimizer, { annealEpochs, annealStrategy }, lastEpoch, verbose);
  }

  protected override getLr(): number[] {
    const { annealEpochs, annealStrategy } = this.options;
    const step = annealEpochs === 0 ? Math.max(1, this.stepCount - 1) : this.stepCount - 1;
    const share = (t: number): number => {
      const clipped = Math.max(0, Math.min(1, t / Math.max(1, annealEpochs)));
      return annealStrategy === "linear" ? clipped : (1 - Math.cos(Math.PI * clipped)) / 2;
    };
    const [before, now] = [share(step - 1), share(step)];
    return (this.groups() as unknown as SwaGroup[]).map(({ lr, swaLr }) => {
      const initial = before === 1 ? swaLr : (lr - before * swaLr) / (1 - before);
      return swaLr * now + initial * (1 - now);
    });
  }
  protected override packOwn(): SchedulerStateDict {
    return { anneal_epochs: this.options.annealEpochs };
  }
  protected override loadOwn(loaded: SchedulerStateDict): void {
    this.options.annealEpochs = loaded.anneal_epochs as number;
  }
}
