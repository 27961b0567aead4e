/** @file L-BFGS: a quasi-Newton method that remembers its last steps in place of a Hessian. */

import { enableGrad, noGrad } from "../autograd/grad-mode.ts";
import { peekGrad } from "../autograd/tape-state.ts";
import { untidied } from "../autograd/tidy-scope.ts";
import { GraphError, ValueError } from "../core/errors.ts";
import { isThenable } from "../core/realm.ts";
import { cat } from "../tensor/functions/shape.ts";
import { Tensor } from "../tensor/tensor.ts";
import { freshState, type LBFGSState, loadLBFGSState, packLBFGSState } from "./lbfgs-state.ts";
import { checkClosure, checkNotNegative, Optimizer, type ParamGroupInput, type Params } from "./optimizer.ts";
import type { OptimizerStateDict } from "./state-dict.ts";
import { type LinePoint, type LineSearchResult, strongWolfe } from "./strong-wolfe.ts";

/** Part of a search: each time it hands over it gets the loss, as the closure gave it, with the gradients in place. */
type Evaluation<R> = Generator<undefined, R, unknown>;

export interface LBFGSOptions {
  /** Learning rate: the step that is taken, or with which a line search begins. Default 1. */
  lr: number;
  /** Iterations in one step(). Default 20. */
  maxIter: number;
  /** Evaluations of the closure in one step(). Default 1.25 · maxIter, rounded down. */
  maxEval: number;
  /** The step ends when no component of the gradient is larger. Default 1e-7. */
  toleranceGrad: number;
  /** The step ends when neither a parameter nor the loss changes by more. Default 1e-9. */
  toleranceChange: number;
  /** How many iterations are remembered, each with two tensors of all parameters' size. Default 100. */
  historySize: number;
  /** Search along each direction for the strong Wolfe conditions. Default null: no search. */
  lineSearchFn: "strong_wolfe" | null;
}

/** Changes of the gradient along a step must be this positive for the step to be remembered. */
const MIN_CURVATURE = 1e-10;

/**
 * L-BFGS (Nocedal and Wright, Numerical Optimization, section 7.2), for all parameters as one vector in one group.
 * Each step() runs up to `maxIter` iterations and calls the closure several times. Numbers steer the search, so the
 * parameters must be on a device that can be read synchronously (cpu).
 *
 * @example
 * const optimizer = new optim.LBFGS(model.parameters(), { lineSearchFn: "strong_wolfe" });
 * optimizer.step(() => {
 *   optimizer.zeroGrad();
 *   const loss = lossFn.forward(model.forward(x), y);
 *   loss.backward();
 *   return loss;
 * });
 */
export class LBFGS extends Optimizer<LBFGSOptions, LBFGSState> {
  constructor(params: Params<LBFGSOptions>, options?: Partial<LBFGSOptions>);
  constructor(params: Params<LBFGSOptions>, ...given: readonly unknown[]) {
    const defaults: LBFGSOptions = {
      lr: 1,
      maxIter: 20,
      maxEval: Math.floor(maxIterOf(given[0]) * 1.25),
      toleranceGrad: 1e-7,
      toleranceChange: 1e-9,
      historySize: 100,
      lineSearchFn: null,
    };
    super(params, defaults, given);
  }

  /** @throws ValueError for a second group. */
  override addParamGroup(group: ParamGroupInput<LBFGSOptions>): void {
    if (this.paramGroups.length > 0) {
      throw new ValueError("[LBFGS] LBFGS doesn't support per-parameter options (parameter groups)");
    }
    super.addParamGroup(group);
  }

  protected override checkOptions(options: Readonly<LBFGSOptions>): void {
    checkNotNegative("LBFGS", "learning rate", options.lr);
    for (const name of ["maxIter", "maxEval", "toleranceGrad", "toleranceChange", "historySize"] as const) {
      checkNotNegative("LBFGS", `${name} value`, options[name]);
    }
    if (options.lineSearchFn !== null && options.lineSearchFn !== "strong_wolfe") {
      throw new ValueError(`[LBFGS] only 'strong_wolfe' is supported as lineSearchFn, but got ${options.lineSearchFn}`);
    }
  }
  protected override makeState(): LBFGSState {
    return freshState();
  }
  /** Never called: all parameters move together, in {@link step}. */
  protected override update(): void {
    throw new GraphError("[LBFGS] parameters cannot be updated one by one");
  }

  override step(): void;
  override step<T>(closure: () => T): T;
  /**
   * Minimises the loss for up to `maxIter` iterations.
   *
   * @param closure - Clears the gradients, computes the loss and its gradients, and returns the loss. It may be async:
   * then the step has to be awaited.
   * @returns the loss before the step.
   * @throws ValueError without a closure.
   */
  override step<T>(closure?: () => T): T {
    checkClosure("LBFGS", closure);
    if (closure === undefined) throw new ValueError("[LBFGS] step() needs a closure that computes the loss anew");
    this.stepsTaken++;
    const search = this.minimise();
    const advance = (...loss: [] | [unknown]): IteratorResult<undefined, unknown> =>
      untidied(() => noGrad(() => search.next(...loss)));
    let move = advance();
    while (move.done !== true) {
      const loss: unknown = enableGrad(closure);
      if (isThenable(loss)) return goOn(loss, advance, closure) as T;
      move = advance(loss);
    }
    return move.value as T;
  }

  /** The search, which hands over whenever it needs the loss and its gradients where the parameters are. */
  private *minimise(): Evaluation<unknown> {
    const [group] = this.paramGroups as [(typeof this.paramGroups)[0]];
    const [owner] = group.params as [Tensor];
    const state = this.state.get(owner) ?? freshState();
    this.state.set(owner, state);
    const initial = yield;
    let loss = numberOf(initial);
    let grad = this.flatGrad();
    let evaluations = 1;
    state.funcEvals++;
    if (largest(grad) <= group.toleranceGrad) return initial;

    for (let i = 1; i <= group.maxIter; i++) {
      state.nIter++;
      const direction = nextDirection(state, grad, group.historySize);
      const first = state.nIter === 1;
      state.d = direction;
      state.t = first ? Math.min(1, 1 / grad.abs().sum().itemSync()) * group.lr : group.lr;
      state.prevFlatGrad = grad;
      state.prevLoss = loss;
      const slope = grad.dot(direction).itemSync();
      if (slope > -group.toleranceChange) break;

      let made = 0;
      if (group.lineSearchFn === "strong_wolfe") {
        const start: LinePoint = { t: 0, loss, grad, slope };
        const found = yield* this.searchLine(start, direction, state.t);
        made = found.evaluations;
        ({ loss, grad, t: state.t } = found.point);
        this.move(state.t, direction);
      } else {
        this.move(state.t, direction);
        // Nobody would look at the loss after the last iteration.
        if (i < group.maxIter) {
          loss = numberOf(yield);
          grad = this.flatGrad();
          made = 1;
        }
      }
      evaluations += made;
      state.funcEvals += made;
      const converged =
        largest(grad) <= group.toleranceGrad ||
        largest(direction) * Math.abs(state.t) <= group.toleranceChange ||
        Math.abs(loss - state.prevLoss) < group.toleranceChange;
      if (evaluations >= group.maxEval || converged) break;
    }
    return initial;
  }

  /** Evaluates at steps along a direction, and puts the parameters back exactly where they were after each. */
  private *searchLine(start: LinePoint, direction: Tensor, first: number): Evaluation<LineSearchResult> {
    const params = this.params();
    const origin = params.map((param) => param.clone());
    const search = strongWolfe(start, first, largest(direction));
    let asked = search.next();
    while (asked.done !== true) {
      const t = asked.value;
      this.move(t, direction);
      const loss = numberOf(yield);
      const grad = this.flatGrad();
      for (const [i, param] of params.entries()) param.copy_(origin[i] as Tensor);
      asked = search.next({ t, loss, grad, slope: grad.dot(direction).itemSync() });
    }
    return asked.value;
  }

  private move(t: number, direction: Tensor): void {
    let offset = 0;
    for (const param of this.params()) {
      const size = param.numel();
      param.add_(direction.narrow(0, offset, size).view(param.shape).mul(t));
      offset += size;
    }
  }

  /** All gradients as one vector of its own; zeros where there is none. */
  private flatGrad(): Tensor {
    const parts = this.params().map((param) => (peekGrad(param) ?? param.newZeros(param.shape)).flatten());
    return parts.length === 1 ? (parts[0] as Tensor).clone() : cat(parts);
  }

  private params(): readonly Tensor[] {
    return this.paramGroups[0]?.params ?? [];
  }

  /** The whole state stands with the first parameter; see {@link Optimizer.stateDict}. */
  override stateDict(): OptimizerStateDict {
    const { param_groups } = super.stateDict();
    const state = this.state.get(this.params()[0] as Tensor);
    return { state: state === undefined ? {} : { 0: packLBFGSState(state) }, param_groups };
  }
  override loadStateDict(stateDict: OptimizerStateDict): void {
    const [owner] = this.params() as [Tensor];
    const size = this.params().reduce((sum, param) => sum + param.numel(), 0);
    const number = stateDict?.param_groups?.[0]?.params?.[0];
    const values = number === undefined ? undefined : stateDict.state?.[number];
    const state = values === undefined ? undefined : loadLBFGSState(values, owner, size);
    super.loadStateDict({ ...stateDict, state: stateDict?.state && {} });
    if (state !== undefined) this.state.set(owner, state);
  }
}

/** The rest of a step whose closure is async. */
async function goOn(
  first: PromiseLike<unknown>,
  advance: (loss: unknown) => IteratorResult<undefined, unknown>,
  closure: () => unknown,
): Promise<unknown> {
  let move = advance(await first);
  while (move.done !== true) move = advance(await enableGrad(closure));
  return move.value;
}

/** The `maxIter` of options, or its default. */
function maxIterOf(options: unknown): number {
  const maxIter: unknown =
    typeof options === "object" && options !== null ? Reflect.get(options, "maxIter") : undefined;
  return typeof maxIter === "number" ? maxIter : 20;
}

/** −H·g, with H built from the remembered steps, after the last step has joined them. */
function nextDirection(state: LBFGSState, grad: Tensor, historySize: number): Tensor {
  const { d, t, prevFlatGrad, oldDirs, oldStps, ro } = state;
  if (d === null || prevFlatGrad === null) return grad.neg();
  const y = grad.sub(prevFlatGrad);
  const s = d.mul(t);
  const ys = y.dot(s).itemSync();
  if (ys > MIN_CURVATURE) {
    if (oldDirs.length === historySize) for (const list of [oldDirs, oldStps, ro]) list.shift();
    oldDirs.push(y);
    oldStps.push(s);
    ro.push(1 / ys);
    state.hDiag = ys / y.dot(y).itemSync();
  }
  const q = grad.neg();
  const al: number[] = [];
  for (let i = oldDirs.length - 1; i >= 0; i--) {
    al[i] = (oldStps[i] as Tensor).dot(q).itemSync() * (ro[i] as number);
    q.sub_((oldDirs[i] as Tensor).mul(al[i] as number));
  }
  q.mul_(state.hDiag);
  for (const [i, step] of oldStps.entries()) {
    const be = (oldDirs[i] as Tensor).dot(q).itemSync() * (ro[i] as number);
    q.add_(step.mul((al[i] as number) - be));
  }
  return q;
}

/** The largest size of a component. */
function largest(vector: Tensor): number {
  return vector.abs().max().itemSync();
}

function numberOf(loss: unknown): number {
  const value: unknown = loss instanceof Tensor ? loss.itemSync() : loss;
  if (typeof value === "number") return value;
  throw new ValueError(`[LBFGS] the closure should return the loss, a Tensor or a number, but got ${typeof value}`);
}
