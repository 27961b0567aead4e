/** @file Arguments and results of `autograd.functional`: one tensor or several. */
import { sameShape } from "../../kernels/layout.ts";
import { grad } from "../autograd/grad.ts";
import { isOptions, optional, required, signature } from "../core/arguments.ts";
import { ShapeError, ValueError } from "../core/errors.ts";
import { aBoolean, aFunction, type Kind, kind } from "../core/kinds.ts";
import { bracketed } from "../core/shape.ts";
import { Tensor } from "../tensor/tensor.ts";
import { handleOn } from "./vmap/level.ts";

/** One tensor, or an array of them. */
export type Tensors = Tensor | readonly Tensor[];

/** A function of tensors: `(x, y) => …` for the inputs `[x, y]`. */
export type TensorFunction<Out extends Tensors> = (...inputs: Tensor[]) => Out;

/** `R` for one tensor; for an array of tensors, an array of `R`s. */
export type PerTensor<T extends Tensors, R> = T extends Tensor ? R : { -readonly [K in keyof T]: R };

/** The options of the functions of `autograd.functional`. */
export interface DerivativeOptions {
  /** Compute the result in a differentiable manner, with a graph. Default: false. */
  readonly createGraph?: boolean | undefined;
  /** Throw if an output is independent of an input, instead of returning zeros. Default: false. */
  readonly strict?: boolean | undefined;
}

/** Tensors, and whether they were given as an array. */
export interface List {
  readonly tensors: readonly Tensor[];
  readonly isList: boolean;
}

/** {@link listOf} checks the elements, with the messages of PyTorch. */
const tensorsToCheck = kind<Tensors>("a Tensor or a list of Tensors", (value) => !isOptions(value));

const COMMON = {
  func: required(aFunction as Kind<TensorFunction<Tensors>>),
  inputs: required(tensorsToCheck),
} as const;

const OPTIONS = { createGraph: optional(aBoolean, false), strict: optional(aBoolean, false) } as const;

/** The arguments of `jacobian` and `hessian`. */
export function matrixSignature(op: string) {
  return signature(op, { ...COMMON, ...OPTIONS });
}

/** The arguments of `vjp`, `jvp`, `vhp` and `hvp`. */
export function productSignature(op: string) {
  return signature(op, { ...COMMON, v: optional(tensorsToCheck, null), ...OPTIONS });
}

/** @throws ValueError unless `value` is a tensor or an array of tensors. `what` names it in the message. */
export function listOf(op: string, what: string, value: unknown): List {
  const isList = Array.isArray(value);
  const tensors: readonly unknown[] = isList ? value : [value];
  for (const [i, t] of tensors.entries()) {
    if (t instanceof Tensor) continue;
    const which = isList ? `value at index ${i}` : `given ${what}`;
    throw new ValueError(
      `[${op}] The ${what} given to ${op} must be either a Tensor or a tuple of Tensors but the ${which} has type ${t === null ? "null" : typeof t}`,
    );
  }
  return { tensors: tensors as readonly Tensor[], isList };
}

export function outputsOf(op: string, value: unknown): List {
  return listOf(op, "outputs of the user-provided function", value);
}

/** The result of a function for `hessian`, `vhp` and `hvp`: a single element. */
export function scalarOf(op: string, value: unknown): Tensor {
  const { tensors, isList } = outputsOf(op, value);
  const [out] = tensors;
  if (isList || out === undefined) {
    throw new ValueError(`[${op}] The function given to ${op} should return a single Tensor`);
  }
  if (out.numel() !== 1) {
    throw new ShapeError(`[${op}] The Tensor returned by the function given to ${op} should contain a single element`);
  }
  return out;
}

/** New handles on the inputs, so that a tensor that the function captures is not taken for its input. */
export function freshInputs(inputs: readonly Tensor[], createGraph: boolean): Tensor[] {
  return inputs.map((t) => freshHandle(t, createGraph));
}

/** A new handle that requires a gradient; it keeps the history of `t` if that is `tracked`. */
export function freshHandle(t: Tensor, tracked: boolean): Tensor {
  return handleOn(t, (whole) => (tracked && whole.requiresGrad ? whole.viewAs(whole) : whole.detach().requiresGrad_()));
}

/** The vector of a product, with the shapes of `like`; undefined if it was left out. */
export function vectorOf(
  op: string,
  v: Tensors | null | undefined,
  like: List,
  createGraph: boolean,
): Tensor[] | undefined {
  if (v == null) {
    if (like.tensors.length === 1 && like.tensors[0]?.numel() === 1) return undefined;
    throw new ValueError(
      `[${op}] The vector v can only be null if ${op === "vjp" ? "the user-provided function returns" : "the input to the user-provided function is"} ` +
        "a single Tensor with a single element.",
    );
  }
  const { tensors } = listOf(op, "v", v);
  if (tensors.length !== like.tensors.length) {
    throw new ValueError(
      like.isList
        ? `[${op}] v is a tuple of invalid length: should be ${like.tensors.length} but got ${tensors.length}.`
        : `[${op}] The given v should contain a single Tensor.`,
    );
  }
  return tensors.map((t, i) => {
    const shape = like.tensors[i]?.shape ?? [];
    if (!sameShape(t.shape, shape)) {
      throw new ShapeError(
        `[${op}] ${like.isList ? `Entry ${i} in ` : ""}v has invalid size: should be ${bracketed(shape)} but got ${bracketed(t.shape)}.`,
      );
    }
    return createGraph && t.requiresGrad ? t : t.detach();
  });
}

/** autograd.grad of the outputs that have a history; null for inputs that none of them depends on. */
export function gradOrNull(
  outputs: readonly (Tensor | null)[],
  inputs: readonly Tensor[],
  gradOutputs: readonly Tensor[] | undefined,
  options: { readonly createGraph?: boolean; readonly retainGraph?: boolean },
): (Tensor | null)[] {
  const used: Tensor[] = [];
  const given: (Tensor | null)[] = [];
  for (const [i, out] of outputs.entries()) {
    if (out === null || !out.requiresGrad) continue;
    used.push(out);
    given.push(gradOutputs?.[i] ?? null);
  }
  if (used.length === 0) return inputs.map(() => null);
  return grad(used, inputs, { ...options, gradOutputs: given, allowUnused: true });
}

/** The result for users: detached unless `createGraph`; one tensor for one. */
export function given<T extends Tensors>({ tensors, isList }: List, createGraph: boolean): PerTensor<T, Tensor> {
  const list = createGraph ? [...tensors] : tensors.map((t) => t.detach());
  return (isList ? list : list[0]) as PerTensor<T, Tensor>;
}
