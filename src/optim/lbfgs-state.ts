/** @file State of L-BFGS, and its form in state dictionaries. */
import { noGrad } from "../autograd/grad-mode.ts";
import { ShapeError, ValueError } from "../core/errors.ts";
import { bracketed } from "../core/shape.ts";
import { Tensor } from "../tensor/tensor.ts";
import type { StateValue } from "./state-dict.ts";

/** State of LBFGS, for all parameters together. */
export interface LBFGSState {
  /** Number of function evaluations. */
  funcEvals: number;
  /** Number of iterations. */
  nIter: number;
  /** The last direction; null before the first iteration. */
  d: Tensor | null;
  /** The last step size. */
  t: number;
  /** History of gradient differences y. */
  readonly oldDirs: Tensor[];
  /** History of parameter differences s. */
  readonly oldStps: Tensor[];
  /** History of 1 / (y · s). */
  readonly ro: number[];
  /** Scale of the initial inverse Hessian: y · s / y · y of the last pair. */
  hDiag: number;
  /** The previous gradient, flattened. */
  prevFlatGrad: Tensor | null;
  /** The previous loss. */
  prevLoss: number;
}

export function initialState(): LBFGSState {
  return {
    funcEvals: 0,
    nIter: 0,
    d: null,
    t: 0,
    oldDirs: [],
    oldStps: [],
    ro: [],
    hDiag: 1,
    prevFlatGrad: null,
    prevLoss: 0,
  };
}

/** One parameter's part of a state dictionary. */
type Packed = Readonly<Record<string, StateValue>>;

/** PyTorch's names. Its scratch list `al` is left out. */
export function packLBFGSState(state: LBFGSState): Packed {
  const counts = { func_evals: state.funcEvals, n_iter: state.nIter };
  if (state.d === null) return counts;
  return {
    ...counts,
    d: state.d,
    t: state.t,
    old_dirs: [...state.oldDirs],
    old_stps: [...state.oldStps],
    ro: [...state.ro],
    H_diag: state.hDiag,
    prev_flat_grad: state.prevFlatGrad,
    prev_loss: state.prevLoss,
  };
}

/**
 * @param like - Gives dtype and device.
 * @param size - Number of elements of all parameters.
 * @throws ValueError, ShapeError for values that do not belong to L-BFGS on these parameters.
 */
export function loadLBFGSState(values: Packed, like: Tensor, size: number): LBFGSState {
  const fail = (name: string, expected: string): never => {
    throw new ValueError(`[LBFGS.loadStateDict] ${name} should be ${expected}, but is ${String(values[name])}`);
  };
  const number = (value: unknown, name: string): number => {
    const plain: unknown = value instanceof Tensor && value.numel() === 1 ? value.itemSync() : value;
    return typeof plain === "number" && !Number.isNaN(plain) ? plain : fail(name, "a number");
  };
  const vector = (value: unknown, name: string): Tensor => {
    if (!(value instanceof Tensor)) return fail(name, "a Tensor");
    if (value.ndim !== 1 || value.shape[0] !== size) {
      const got = bracketed(value.shape);
      throw new ShapeError(`[LBFGS.loadStateDict] ${name} has shape ${got}, but all parameters have ${size} elements`);
    }
    return noGrad(() => value.to({ dtype: like.dtype, device: like.device }).clone());
  };
  const list = <T>(name: string, each: (value: unknown, name: string) => T): T[] => {
    const entries = values[name];
    return Array.isArray(entries) ? entries.map((entry) => each(entry, name)) : fail(name, "a list");
  };
  const counts = { funcEvals: number(values.func_evals, "func_evals"), nIter: number(values.n_iter, "n_iter") };
  if (values.d === undefined || values.d === null) return { ...initialState(), ...counts };
  const [oldDirs, oldStps, ro] = [list("old_dirs", vector), list("old_stps", vector), list("ro", number)];
  if (oldStps.length !== oldDirs.length || ro.length !== oldDirs.length) {
    throw new ValueError("[LBFGS.loadStateDict] old_dirs, old_stps and ro should be lists of the same length");
  }
  return {
    ...counts,
    d: vector(values.d, "d"),
    t: number(values.t, "t"),
    oldDirs,
    oldStps,
    ro,
    hDiag: number(values.H_diag, "H_diag"),
    prevFlatGrad: vector(values.prev_flat_grad, "prev_flat_grad"),
    prevLoss: number(values.prev_loss, "prev_loss"),
  };
}
