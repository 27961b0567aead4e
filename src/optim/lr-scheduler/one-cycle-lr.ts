/** @file OneCycleLR, the 1cycle policy. */
import { ValueError } from "../../core/errors.ts";
import type { Optimizer } from "../optimizer.ts";
import { checkFinite, checkInteger, perGroup, readOptions, type SomeThenOptions } from "./arguments.ts";
import { checkOptimizer, LRScheduler, type ScheduledGroup } from "./scheduler.ts";
import type { ResumeOption } from "./schedulers.ts";
import type { SchedulerStateDict } from "./state.ts";

/** Options of {@link OneCycleLR}. */
export interface OneCycleLROptions extends ResumeOption {
  /** Upper learning rate boundary of the cycle, for all parameter groups or for each. */
  maxLr: number | readonly number[];
  /** Total number of steps in the cycle. Default epochs · stepsPerEpoch. */
  totalSteps?: number | null;
  /** Number of epochs to train for. With `stepsPerEpoch`, in place of `totalSteps`. */
  epochs?: number | null;
  /** Number of steps per epoch. With `epochs`, in place of `totalSteps`. */
  stepsPerEpoch?: number | null;
  /** Fraction of the cycle spent increasing the learning rate. Default 0.3. */
  pctStart?: number;
  /** Annealing strategy: "cos" or "linear". Default "cos". */
  annealStrategy?: "cos" | "linear";
  /** Cycle the momentum inversely to the learning rate: `momentum`, or the first of `betas`. Default true. */
  cycleMomentum?: boolean;
  /** Lower momentum boundary of the cycle, for all parameter groups or for each. Default 0.85. */
  baseMomentum?: number | readonly number[];
  /** Upper momentum boundary of the cycle, for all parameter groups or for each. Default 0.95. */
  maxMomentum?: number | readonly number[];
  /** Determines the initial learning rate: maxLr / divFactor. Default 25. */
  divFactor?: number;
  /** Determines the minimum learning rate: initial rate / finalDivFactor. Default 1e4. */
  finalDivFactor?: number;
  /** Use a third phase: down to the initial rate symmetrically, and from there to the minimum. Default false. */
  threePhase?: boolean;
}

/** What the scheduler keeps in a group. */
interface CycledGroup extends ScheduledGroup {
  initialLr: number;
  maxLr: number;
  minLr: number;
  maxMomentum: number;
  baseMomentum: number;
  momentum?: number;
  betas?: readonly number[];
}

type RateName = "initialLr" | "maxLr" | "minLr";
type MomentumName = "maxMomentum" | "baseMomentum";

/** Part of the cycle up to a step; the names are those of numbers in the group. */
interface Phase {
  readonly endStep: number;
  readonly lr: readonly [from: RateName, to: RateName];
  readonly momentum: readonly [from: MomentumName, to: MomentumName];
}

type Cycle = Pick<Required<OneCycleLROptions>, "pctStart" | "annealStrategy" | "cycleMomentum" | "threePhase"> & {
  totalSteps: number;
  useBeta1: boolean;
};

/** The positions between maxLr and options. */
type Positions = [
  totalSteps: number | null,
  epochs: number | null,
  stepsPerEpoch: number | null,
  pctStart: number,
  annealStrategy: "cos" | "linear",
  cycleMomentum: boolean,
  baseMomentum: number | readonly number[],
  maxMomentum: number | readonly number[],
  divFactor: number,
  finalDivFactor: number,
  threePhase: boolean,
];

const DEFAULTS = {
  maxLr: undefined,
  totalSteps: null,
  epochs: null,
  stepsPerEpoch: null,
  pctStart: 0.3,
  annealStrategy: "cos",
  cycleMomentum: true,
  baseMomentum: 0.85,
  maxMomentum: 0.95,
  divFactor: 25,
  finalDivFactor: 1e4,
  threePhase: false,
  lastEpoch: -1,
};

/**
 * 1cycle policy (Smith and Topin, 2018): the learning rate rises from maxLr / divFactor to maxLr and anneals to a minimum far
 * below. Call `step()` after every batch. The options are not in the state dictionary.
 *
 * @throws ValueError for options out of range, or for cycling the momentum of an optimizer that has none.
 * @example
 * const optimizer = new optim.SGD([tensor([1], { requiresGrad: true })], { lr: 1, momentum: 0.9 });
 * const scheduler = new optim.lrScheduler.OneCycleLR(optimizer, { maxLr: 1, totalSteps: 5 });
 * const rates: string[] = [];
 * for (let batch = 0; batch < 5; batch++) {
 *   rates.push(...scheduler.getLastLr().map((lr) => lr.toFixed(4)));
 *   optimizer.step();
 *   scheduler.step();
 * }
 * rates.join(" "); // 0.0400 0.9505 0.6113 0.1883 0.0000
 */
export class OneCycleLR extends LRScheduler<Cycle> {
  constructor(
    optimizer: Optimizer,
    maxLr: number | readonly number[],
    totalSteps?: number | null,
    epochs?: number | null,
    stepsPerEpoch?: number | null,
    pctStart?: number,
    annealStrategy?: "cos" | "linear",
    cycleMomentum?: boolean,
    baseMomentum?: number | readonly number[],
    maxMomentum?: number | readonly number[],
    divFactor?: number,
    finalDivFactor?: number,
    threePhase?: boolean,
    lastEpoch?: number,
  );
  constructor(
    optimizer: Optimizer,
    maxLr: number | readonly number[],
    ...rest: SomeThenOptions<Positions, Omit<OneCycleLROptions, "maxLr">>
  );
  constructor(optimizer: Optimizer, maxLr: number | readonly number[], options?: Omit<OneCycleLROptions, "maxLr">);
  constructor(optimizer: Optimizer, options: OneCycleLROptions);
  constructor(optimizer: Optimizer, ...args: readonly unknown[]) {
    const options = readOptions<Required<OneCycleLROptions>>("OneCycleLR", DEFAULTS, args);
    checkOptimizer("OneCycleLR", optimizer);
    checkForm(options);
    const totalSteps = stepsOf(options);
    const useBeta1 = "betas" in optimizer.defaults;
    if (options.cycleMomentum && !useBeta1 && !("momentum" in optimizer.defaults)) {
      throw new ValueError("[OneCycleLR] optimizer must support momentum with `cycleMomentum` option enabled");
    }
    if (options.lastEpoch === -1) prepareGroups(optimizer, options);
    const { pctStart, annealStrategy, cycleMomentum, threePhase, lastEpoch, verbose } = options;
    super(optimizer, { totalSteps, pctStart, annealStrategy, cycleMomentum, threePhase, useBeta1 }, lastEpoch, verbose);
  }

  /** Sets the momentum as well. @throws ValueError after the last step. */
  protected override getLr(): number[] {
    const { totalSteps, annealStrategy, cycleMomentum, useBeta1 } = this.options;
    const step = this.lastEpoch;
    if (step > totalSteps) {
      throw new ValueError(
        `[OneCycleLR] Tried to step ${step + 1} times. The specified number of total steps is ${totalSteps}`,
      );
    }
    const anneal = ANNEALINGS[annealStrategy];
    const phases = phasesOf(this.options);
    const at = phases.findIndex((phase, i) => step <= phase.endStep || i === phases.length - 1);
    const { endStep, lr, momentum } = phases[at] as Phase;
    const startStep = phases[at - 1]?.endStep ?? 0;
    const share = (step - startStep) / (endStep - startStep);
    return (this.groups() as readonly CycledGroup[]).map((group) => {
      if (cycleMomentum) {
        const value = anneal(group[momentum[0]], group[momentum[1]], share);
        if (useBeta1) group.betas = [value, ...(group.betas?.slice(1) ?? [])];
        else group.momentum = value;
      }
      return anneal(group[lr[0]], group[lr[1]], share);
    });
  }

  protected override packOwn(): SchedulerStateDict {
    const { totalSteps, cycleMomentum, useBeta1 } = this.options;
    const own = { total_steps: totalSteps, cycle_momentum: cycleMomentum };
    return cycleMomentum ? { ...own, use_beta1: useBeta1 } : own;
  }
  protected override loadOwn(loaded: SchedulerStateDict): void {
    this.options.totalSteps = loaded.total_steps as number;
    this.options.cycleMomentum = loaded.cycle_momentum as boolean;
  }
}

type Anneal = (from: number, to: number, share: number) => number;

const ANNEALINGS: Readonly<Record<Cycle["annealStrategy"], Anneal>> = {
  linear: (from, to, share) => (to - from) * share + from,
  cos: (from, to, share) => to + ((from - to) / 2) * (Math.cos(Math.PI * share) + 1),
};

function checkForm({ pctStart, annealStrategy, divFactor, finalDivFactor }: Required<OneCycleLROptions>): void {
  if (!(pctStart >= 0 && pctStart <= 1)) {
    throw new ValueError(`[OneCycleLR] Expected float between 0 and 1 pctStart, but got ${pctStart}`);
  }
  if (annealStrategy !== "cos" && annealStrategy !== "linear") {
    throw new ValueError(
      `[OneCycleLR] annealStrategy must be one of 'cos' or 'linear', instead got ${String(annealStrategy)}`,
    );
  }
  checkFinite("OneCycleLR", "divFactor", divFactor);
  checkFinite("OneCycleLR", "finalDivFactor", finalDivFactor);
}

function stepsOf({ totalSteps, epochs, stepsPerEpoch }: Required<OneCycleLROptions>): number {
  if (totalSteps !== null) {
    checkInteger("OneCycleLR", "totalSteps", totalSteps, 1);
    return totalSteps;
  }
  if (epochs === null && stepsPerEpoch === null) {
    throw new ValueError("[OneCycleLR] You must define either totalSteps OR (epochs AND stepsPerEpoch)");
  }
  checkInteger("OneCycleLR", "epochs", epochs, 1);
  checkInteger("OneCycleLR", "stepsPerEpoch", stepsPerEpoch, 1);
  return (epochs as number) * (stepsPerEpoch as number);
}

/** Writes the bounds of rate and momentum into the groups: they move with the optimizer's state dictionary. */
function prepareGroups(optimizer: Optimizer, options: Required<OneCycleLROptions>): void {
  const groups = optimizer.paramGroups as readonly (ScheduledGroup & Partial<CycledGroup>)[];
  const each = (name: "maxLr" | "maxMomentum" | "baseMomentum"): readonly number[] => {
    const values = perGroup<number>("OneCycleLR", name, options[name], groups.length);
    for (const value of values) checkFinite("OneCycleLR", name, value);
    return values;
  };
  const [maxLrs, maxMomenta, baseMomenta] = [each("maxLr"), each("maxMomentum"), each("baseMomentum")];
  for (const [i, group] of groups.entries()) {
    const maxLr = maxLrs[i] as number;
    const initialLr = maxLr / options.divFactor;
    Object.assign(group, { initialLr, maxLr, minLr: initialLr / options.finalDivFactor });
    if (options.cycleMomentum) Object.assign(group, { maxMomentum: maxMomenta[i], baseMomentum: baseMomenta[i] });
  }
}

function phasesOf({ totalSteps, pctStart, threePhase }: Cycle): readonly Phase[] {
  const rise: Phase = {
    endStep: pctStart * totalSteps - 1,
    lr: ["initialLr", "maxLr"],
    momentum: ["maxMomentum", "baseMomentum"],
  };
  const endStep = totalSteps - 1;
  if (!threePhase) return [rise, { endStep, lr: ["maxLr", "minLr"], momentum: ["baseMomentum", "maxMomentum"] }];
  return [
    rise,
    { endStep: 2 * pctStart * totalSteps - 2, lr: ["maxLr", "initialLr"], momentum: ["baseMomentum", "maxMomentum"] },
    { endStep, lr: ["initialLr", "minLr"], momentum: ["maxMomentum", "maxMomentum"] },
  ];
}
