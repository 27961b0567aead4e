/** @file The namespace `autograd.forwardAD`: forward-mode derivatives of code as it stands, with dual tensors. */
import { dependsOnOthers, retire } from "../autograd/grad.ts";
import { enableGrad, isGradEnabled } from "../autograd/grad-mode.ts";
import { ScopedValue } from "../autograd/scoped-value.ts";
import { GraphError } from "../core/errors.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { linearize, vectorsOf } from "./derivatives.ts";
import { freshHandle } from "./inputs.ts";

/** The dual tensors of a level, and their tangents. */
interface DualLevel {
  readonly handles: Tensor[];
  readonly tangents: Tensor[];
}

const current = new ScopedValue<DualLevel | null>(null);

/** The parts of a dual tensor. */
export interface DualParts {
  /** The value. */
  readonly primal: Tensor;
  /** The derivative in the direction of the tangents; null if no dual tensor had a part in it. */
  readonly tangent: Tensor | null;
}

/**
 * Runs `fn`, in which {@link makeDual} and {@link unpackDual} can be used, and returns its result. Tangents are forgotten
 * at the end. Inside, gradients are recorded, also where the caller had turned them off.
 *
 * @throws GraphError inside another level.
 * @example
 * const x = tensor([1, 2]);
 * const parts = autograd.forwardAD.dualLevel(() => {
 *   const dual = autograd.forwardAD.makeDual(x, tensor([1, 10]));
 *   return autograd.forwardAD.unpackDual(dual.square());
 * });
 * parts.tangent; // tensor([ 2., 40.])
 */
export function dualLevel<T>(fn: () => T): T {
  if (current.current !== null) {
    throw new GraphError("[dualLevel] Nested forward mode AD is not supported at the moment. Nest func.jvp instead.");
  }
  const level: DualLevel = { handles: [], tangents: [] };
  const result = current.run(level, () => enableGrad(fn));
  retire(level.handles);
  return result;
}

/**
 * A tensor with the value of `primal` that carries a tangent: a direction of the same shape, along which everything that
 * is computed from it is differentiated.
 *
 * Tangents are not pushed through each operation: {@link unpackDual} computes them from the recorded graph (see
 * `func.jvp`), so they are lost where recording is off (`noGrad`, `detach`).
 *
 * @throws GraphError outside of {@link dualLevel}; ShapeError for a tangent of another shape.
 * @example
 * ```ts
 * autograd.forwardAD.dualLevel(() => {
 *   const dual = autograd.forwardAD.makeDual(tensor([1, 2]), tensor([1, 0]));
 *   autograd.forwardAD.unpackDual(dual.exp()).tangent; // tensor([2.7183, 0.0000])
 * });
 * ```
 */
export function makeDual(primal: Tensor, tangent: Tensor): Tensor {
  const level = levelFor("makeDual");
  vectorsOf("makeDual", "tangents", tangent, [primal]);
  const handle = freshHandle(primal, true);
  level.handles.push(handle);
  level.tangents.push(tangent.to(primal.dtype));
  return handle;
}

/**
 * The value of a tensor and its tangent, which is null if no dual tensor had a part in it.
 *
 * @throws GraphError outside of {@link dualLevel}.
 * @example
 * ```ts
 * autograd.forwardAD.dualLevel(() => {
 *   const dual = autograd.forwardAD.makeDual(tensor([1, 2]), tensor([1, 0]));
 *   const { primal, tangent } = autograd.forwardAD.unpackDual(dual.mul(3));
 *   primal; // tensor([3., 6.])
 *   tangent; // tensor([3., 0.])
 * });
 * ```
 */
export function unpackDual(t: Tensor): DualParts {
  const { handles, tangents } = levelFor("unpackDual");
  const isTracked = isGradEnabled() && t.requiresGrad && dependsOnOthers([t], handles);
  const primal = isTracked || !t.requiresGrad ? t : t.detach();
  if (!t.requiresGrad || handles.length === 0) return { primal, tangent: null };
  const linear = linearize({ outputs: [t], handles, isTracked });
  if (!linear.isConnected) return { primal, tangent: null };
  const [tangent] = linear.push(tangents);
  return { primal, tangent: tangent ?? null };
}

function levelFor(op: string): DualLevel {
  if (current.current !== null) return current.current;
  throw new GraphError(
    `[${op}] Trying to use a dual Tensor for forward AD but no level exists, make sure to call it inside dualLevel(() => …).`,
  );
}
