/** @file L-BFGS, a quasi-Newton method with limited memory. */
import { enableGrad, noGrad } from "../autograd/grad-mode.ts";
import { peekGrad } from "../autograd/tape-state.ts";
import { untidied } from "../autograd/tidy-scope.ts";
import { isOptions } from "../core/arguments.ts";
import { GraphError, ValueError } from "../core/errors.ts";
import { isThenable } from "../core/realm.ts";
import { cat } from "../tensor/functions/shape.ts";
import { Tensor } from "../tensor/tensor.ts";
import { initialState, type LBFGSState, loadLBFGSState, packLBFGSState } from "./lbfgs-state.ts";
import {
  argumentsOf,
  checkClosure,
  checkNotNegative,
  Optimizer,
  type ParamGroupInput,
  type Params,
  type RateThenOptions,
} from "./optimizer.ts";
import type { OptimizerStateDict } from "./state-dict.ts";
import { type LinePoint, type LineSearchResult, strongWolfe } from "./strong-wolfe.ts";

/**
 * A suspended search: it yields to ask for an evaluation, and is resumed with the closure's loss, gradients in place.
 */
type Evaluation<R> = Generator<undefined, R, unknown>;

/** Options of {@link LBFGS}. */
export interface LBFGSOptions {
  /** Learning rate: the step size, or the first one of a line search. Default 1. */
  lr: number;
  /** Maximal number of iterations per step(). Default 20. */
  maxIter: number;
  /** Maximal number of function evaluations per step(). Default ⌊1.25 · maxIter⌋. */
  maxEval: number;
  /** Termination tolerance on first-order optimality: the largest component of the gradient. Default 1e-7. */
  toleranceGrad: number;
  /** Termination tolerance on changes of the loss and the parameters. Default 1e-9. */
  toleranceChange: number;
  /** Update history size; each entry holds two tensors of all parameters' size. Default 100. */
  historySize: number;
  /** Line search: "strong_wolfe", or null for none. Default null. */
  lineSearchFn: "strong_wolfe" | null;
}

/** An update enters the history only if y · s is above this. */
const MIN_CURVATURE = 1e-10;

/**
 * L-BFGS, a quasi-Newton method (Nocedal and Wright, Numerical Optimization, section 7.2), on all parameters as one vector
 * in one group. Each step() runs up to `maxIter` iterations and calls the closure several times. The search depends on
 * values, so the parameters must be on a device that can be read synchronously (cpu).
 *
 * @throws ValueError for an option that is out of range, or for a second parameter group.
 * @example
 * // Rosenbrock's function has its minimum at (1, 1).
 * const w = tensor([-1.5, 2], { requiresGrad: true });
 * const optimizer = new optim.LBFGS([w], { lineSearchFn: "strong_wolfe" });
 * const closure = (): Tensor => {
 *   optimizer.zeroGrad();
 *   const [x, y] = w.unbind();
 *   const loss = x.neg().add(1).square().add(y.sub(x.square()).square().mul(100));
 *   loss.backward();
 *   return loss;
 * };
 * for (let i = 0; i < 3; i++) optimizer.step(closure);
 * w.detach(); // tensor([1.0000, 1.0000])
 */
export class LBFGS extends Optimizer<LBFGSOptions, LBFGSState> {
  constructor(params: Params<LBFGSOptions>, ...options: RateThenOptions<LBFGSOptions>);
  constructor(params: Params<LBFGSOptions>, ...given: readonly unknown[]) {
    const defaults: LBFGSOptions = {
      lr: 1,
      maxIter: 20,
      maxEval: Math.floor(maxIterOf(argumentsOf(params, given)[1]) * 1.25),
      toleranceGrad: 1e-7,
      toleranceChange: 1e-9,
      historySize: 100,
      lineSearchFn: null,
    };
    super(params, defaults, given);
  }

  /** Adds the one parameter group. @throws ValueError for a second one. */
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
    return initialState();
  }
  /** Never called: all parameters move together, in {@link step}. */
  protected override update(): void {
    throw new GraphError("[LBFGS] parameters cannot be updated one by one");
  }

  override step(): void;
  override step<T>(closure: () => T): T;
  /**
   * Minimizes the loss for up to `maxIter` iterations.
   *
   * @param closure - Clears the gradients, computes the loss and its gradients, and returns the loss. It may be async:
   * then the step has to be awaited.
   * @returns the loss before the step.
   * @throws ValueError without a closure.
   */
  override step<T>(closure?: () => T): T {
    checkClosure("LBFGS", closure);
    if (closure === undefined) throw new ValueError("[LBFGS] step() needs a closure that reevaluates the loss");
    this.stepsTaken++;
    const search = this.minimize();
    const advance = (...loss: [] | [unknown]): IteratorResult<undefined, unknown> =>
      untidied(() => noGrad(() => search.next(...loss)));
    let move = advance();
    while (move.done !== true) {
      const loss: unknown = enableGrad(closure);
      if (isThenable(loss)) return continueAsync(loss, advance, closure) as T;
      move = advance(loss);
    }
    return move.value as T;
  }

  /** The search; it yields whenever it needs the loss and its gradients at the present parameters. */
  private *minimize(): Evaluation<unknown> {
    const [group] = this.paramGroups as [(typeof this.paramGroups)[0]];
    const [owner] = group.params as [Tensor];
    const state = this.state.get(owner) ?? initialState();
    this.state.set(owner, state);
    const initial = yield;
    let loss = numberOf(initial);
    let grad = this.flatGrad();
    let evaluations = 1;
    state.funcEvals++;
    if (maxAbs(grad) <= group.toleranceGrad) return initial;

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

      let calls = 0;
      if (group.lineSearchFn === "strong_wolfe") {
        const start: LinePoint = { t: 0, loss, grad, slope };
        const found = yield* this.searchLine(start, direction, state.t);
        calls = found.evaluations;
        ({ loss, grad, t: state.t } = found.point);
        this.move(state.t, direction);
      } else {
        this.move(state.t, direction);
        // The loss after the last iteration is not needed.
        if (i < group.maxIter) {
          loss = numberOf(yield);
          grad = this.flatGrad();
          calls = 1;
        }
      }
      evaluations += calls;
      state.funcEvals += calls;
      const converged =
        maxAbs(grad) <= group.toleranceGrad ||
        maxAbs(direction) * Math.abs(state.t) <= group.toleranceChange ||
        Math.abs(loss - state.prevLoss) < group.toleranceChange;
      if (evaluations >= group.maxEval || converged) break;
    }
    return initial;
  }

  /** Evaluates at steps along a direction, and puts the parameters back exactly where they were after each. */
  private *searchLine(start: LinePoint, direction: Tensor, first: number): Evaluation<LineSearchResult> {
    const params = this.params();
    const origin = params.map((param) => param.clone());
    const search = strongWolfe(start, first, maxAbs(direction));
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

  /** All gradients, flattened into a new vector; zeros where there is none. */
  private flatGrad(): Tensor {
    const parts = this.params().map((param) => (peekGrad(param) ?? param.newZeros(param.shape)).flatten());
    return parts.length === 1 ? (parts[0] as Tensor).clone() : cat(parts);
  }

  private params(): readonly Tensor[] {
    return this.paramGroups[0]?.params ?? [];
  }

  /** The state dictionary, with all state under the first parameter, as in PyTorch; see {@link Optimizer.stateDict}. */
  override stateDict(): OptimizerStateDict {
    const { param_groups } = super.stateDict();
    const state = this.state.get(this.params()[0] as Tensor);
    return { state: state === undefined ? {} : { 0: packLBFGSState(state) }, param_groups };
  }
  /** Loads a state dictionary; see {@link Optimizer.loadStateDict}. */
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
async function continueAsync(
  first: PromiseLike<unknown>,
  advance: (loss: unknown) => IteratorResult<undefined, unknown>,
  closure: () => unknown,
): Promise<unknown> {
  let move = advance(await first);
  while (move.done !== true) move = advance(await enableGrad(closure));
  return move.value;
}

/** The `maxIter` of options, or its default. */
function maxIterOf(given: readonly unknown[]): number {
  const options = given.find(isOptions);
  const maxIter: unknown = options === undefined ? undefined : Reflect.get(options, "maxIter");
  return typeof maxIter === "number" ? maxIter : 20;
}

/** −H·g by the two-loop recursion over the history, to which the last step is added first. */
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

/** The largest absolute value of a component. */
function maxAbs(vector: Tensor): number {
  return vector.abs().max().itemSync();
}

function numberOf(loss: unknown): number {
  const value: unknown = loss instanceof Tensor ? loss.itemSync() : loss;
  if (typeof value === "number") return value;
  throw new ValueError(`[LBFGS] the closure should return the loss, a Tensor or a number, but got ${typeof value}`);
}
