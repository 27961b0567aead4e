/**
 * @file What the transforms of derivatives share: fresh handles on their arguments, results without the history that only
 * the transform needs, and the products with Jacobians.
 */
import { dependsOnOthers, retire } from "../autograd/grad.ts";
import { enableGrad, isGradEnabled, withGradMode } from "../autograd/grad-mode.ts";
import { DTypeError, ShapeError, ValueError } from "../core/errors.ts";
import { bracketed } from "../core/shape.ts";
import { Tensor } from "../tensor/tensor.ts";
import { freshHandle, gradOrNull } from "./inputs.ts";
import { leavesOf, mapTensors, mapTree, tensorsOf } from "./pytree.ts";

/** One argument's position, or several. */
export type Argnums = number | readonly number[];

/** A function of trees of tensors. */
type AnyFunction = (...args: never[]) => unknown;

/** A function's call on fresh handles of its inputs. */
export interface Recorded {
  /** The result: arrays and objects of tensors. */
  readonly result: unknown;
  /** What the function returned beside it. */
  readonly aux: unknown;
  readonly outputs: readonly Tensor[];
  readonly handles: readonly Tensor[];
  /** Whether a gradient outside of the transform may be asked for. */
  readonly isTracked: boolean;
}

/** Calls a function with fresh handles in place of the tensors of `wanted`, which are among its arguments. */
export function record(
  op: string,
  fn: AnyFunction,
  args: readonly unknown[],
  wanted: readonly number[],
  hasAux: boolean,
): Recorded {
  const isTrackable = isGradEnabled();
  const handles: Tensor[] = [];
  const call = args.map((arg, i) => {
    if (!wanted.includes(i)) return arg;
    return mapTree(arg, (leaf) => {
      const handle = freshHandle(checkedInput(op, leaf), isTrackable);
      handles.push(handle);
      return handle;
    });
  });
  const returned = enableGrad(() => Reflect.apply(fn, undefined, call) as unknown);
  const [result, aux] = hasAux ? pairOf(op, returned) : [returned, undefined];
  const outputs = outputsOf(op, result);
  const isTracked = isTrackable && dependsOnOthers(outputs, handles);
  const own = { result, aux: withoutHistory(aux, isTrackable, handles), outputs, handles, isTracked };
  // All transforms inside have come to their end.
  retire(handles);
  return own;
}

function checkedInput(op: string, leaf: unknown): Tensor {
  if (!(leaf instanceof Tensor)) {
    throw new ValueError(
      `[${op}] Expected argument to be differentiated to be a Tensor or arrays and objects of Tensors, got ${leaf === null ? "null" : typeof leaf}. ` +
        "Choose the arguments with argnums.",
    );
  }
  if (!leaf.isFloatingPoint()) {
    throw new DTypeError(
      `[${op}] only Tensors of floating point dtype can be differentiated, but one is ${leaf.dtype}`,
    );
  }
  return leaf;
}

function pairOf(op: string, returned: unknown): readonly [unknown, unknown] {
  if (Array.isArray(returned) && returned.length === 2) return [returned[0], returned[1]];
  throw new ValueError(`[${op}] with hasAux: true the function has to return two things: [output, aux]`);
}

function outputsOf(op: string, result: unknown): Tensor[] {
  return leavesOf(result).map((leaf) => {
    if (leaf instanceof Tensor) return leaf;
    throw new ValueError(
      `[${op}] Expected the function to return only Tensors, got ${leaf === null ? "null" : typeof leaf}. Return other things as aux, with hasAux: true.`,
    );
  });
}

/** The same tensors; those whose history nobody outside can ask for are detached. */
function withoutHistory(tree: unknown, isTrackable: boolean, handles: readonly Tensor[]): unknown {
  return mapTensors(tree, (t) => {
    const isKept = !t.requiresGrad || (isTrackable && dependsOnOthers([t], handles));
    return isKept ? t : t.detach();
  });
}

/** The result of a recorded function, for the user. */
export function resultOf({ result, isTracked }: Recorded): unknown {
  return isTracked ? result : mapTensors(result, (t) => t.detach());
}

/** The gradients of the inputs, zeros where nothing depends on one, for gradients of the outputs. */
export function pullBack(
  { outputs, handles, isTracked }: Recorded,
  cotangents: readonly Tensor[] | undefined,
  retainGraph: boolean,
): Tensor[] {
  const createGraph = isGradEnabled() && (isTracked || cotangents?.some((t) => t.requiresGrad) === true);
  const grads = withGradMode(createGraph, () => gradOrNull(outputs, handles, cotangents, { createGraph, retainGraph }));
  return grads.map((g, i) => {
    const handle = handles[i] as Tensor;
    return g ?? handle.newZeros(handle.shape);
  });
}

/** A linear function of tangents. */
export interface Linearized {
  /** Whether any output depends on any input. */
  readonly isConnected: boolean;
  /** J·v: a tangent for each output. */
  push(tangents: readonly Tensor[]): Tensor[];
}

/**
 * The derivative of a recorded function as a linear function of tangents. vᵀ·J is linear in v, so its own derivative with
 * respect to v is J (the double-backward trick): it is right for whatever has second derivatives.
 */
export function linearize({
  outputs,
  handles,
  isTracked,
}: Pick<Recorded, "outputs" | "handles" | "isTracked">): Linearized {
  const { cotangents, rows } = enableGrad(() => {
    const zeros = outputs.map((t) => freshHandle(t.newZeros(t.shape), false));
    return { cotangents: zeros, rows: gradOrNull(outputs, handles, zeros, { createGraph: true, retainGraph: true }) };
  });
  return {
    isConnected: rows.some((row) => row !== null),
    push(tangents) {
      const createGraph = isGradEnabled() && (isTracked || tangents.some((t) => t.requiresGrad));
      const grads = withGradMode(createGraph, () =>
        gradOrNull(rows, cotangents, tangents, { createGraph, retainGraph: true }),
      );
      return grads.map((g, i) => {
        const output = outputs[i] as Tensor;
        return g ?? output.newZeros(output.shape);
      });
    },
  };
}

/** The positions of `argnums` in a call. */
export function positionsOf(op: string, argnums: Argnums, args: readonly unknown[]): number[] {
  const list = typeof argnums === "number" ? [argnums] : argnums;
  if (list.length === 0) throw new ValueError(`[${op}] argnums must not be empty`);
  return list.map((argnum) => {
    const position = argnum < 0 ? argnum + args.length : argnum;
    if (Number.isInteger(position) && position >= 0 && position < args.length) return position;
    throw new ValueError(`[${op}] Got argnum=${argnum}, but only ${args.length} positional inputs`);
  });
}

/** Derivatives for the tensors of some arguments, in the structure of those arguments. */
export function perArgument(
  argnums: Argnums,
  positions: readonly number[],
  args: readonly unknown[],
  derivatives: readonly unknown[],
): unknown {
  const order: number[] = [];
  let next = 0;
  // The handles were made in the order of the arguments, whatever the order of argnums.
  for (const [i, arg] of args.entries()) {
    if (!positions.includes(i)) continue;
    order[i] = next;
    next += tensorsOf(arg).length;
  }
  const list = positions.map((i) => mapTensors(args[i], (_, j) => derivatives[(order[i] as number) + j]));
  return typeof argnums === "number" ? list[0] : list;
}

/** @throws ShapeError unless tangents or cotangents have the structure and the shapes of what they belong to. */
export function vectorsOf(op: string, what: string, tree: unknown, like: readonly Tensor[]): Tensor[] {
  const vectors = leavesOf(tree).map((leaf) => {
    if (leaf instanceof Tensor) return leaf;
    throw new ValueError(`[${op}] expected ${what} of Tensors, but got ${leaf === null ? "null" : typeof leaf}`);
  });
  if (vectors.length !== like.length) {
    throw new ValueError(`[${op}] expected ${like.length} ${what}, one for each tensor, but got ${vectors.length}`);
  }
  for (const [i, vector] of vectors.entries()) {
    const { shape } = like[i] as Tensor;
    if (vector.shape.length === shape.length && vector.shape.every((size, d) => size === shape[d])) continue;
    throw new ShapeError(
      `[${op}] ${what}: expected shape ${bracketed(shape)} as of the tensor it belongs to, but got ${bracketed(vector.shape)}`,
    );
  }
  return vectors;
}
