/** @file autograd.Function: custom operations with a forward and a backward. */

import { GraphError } from "../core/errors.ts";
import { isTensor } from "../core/identity.ts";
import { isThenable } from "../core/realm.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkInPlace, recordInPlace } from "./apply.ts";
import { allSamples, batchingHook } from "./batching.ts";
import {
  type FunctionCall,
  FunctionNode,
  OutputNode,
  type ReturnedGradients,
  type TensorMeta,
} from "./function-node.ts";
import { isGradEnabled, noGrad, withGradMode } from "./grad-mode.ts";
import { type SavedTensor, saved, unpack } from "./node.ts";
import { forgetBase, gradEdge, markViewOf, setGradFn, setViewOwner, viewBaseOf } from "./tape-state.ts";

/** The state of a context. */
interface CallState {
  given: readonly (Tensor | null)[];
  /** Null once backward is done. */
  saved: readonly (SavedTensor | null)[] | null;
  dirty: ReadonlySet<unknown>;
  nonDifferentiable: ReadonlySet<unknown>;
  materializeGrads: boolean;
}

/**
 * The context `ctx` of a custom operation: passes state from `forward` to `backward`. Tensors go through
 * {@link saveForBackward}; any other value may be a field of the object itself, which an interface of your own declares.
 *
 * @typeParam Tensors - The types of the saved tensors, in order.
 * @example
 * interface ScaleContext extends autograd.FunctionContext {
 *   factor: number;
 * }
 * class Scale extends autograd.Function {
 *   static forward(ctx: ScaleContext, x: Tensor, factor: number): Tensor {
 *     ctx.factor = factor;
 *     return x.mul(factor);
 *   }
 *   static backward(ctx: ScaleContext, grad: Tensor): [Tensor, null] {
 *     return [grad.mul(ctx.factor), null];
 *   }
 * }
 * const x = tensor([1, 2], { requiresGrad: true });
 * Scale.apply(x, 3).sum().backward();
 * x.grad; // tensor([3., 3.])
 */
export class FunctionContext<Tensors extends readonly (Tensor | null)[] = readonly Tensor[]> {
  /** For each argument of `apply`, whether it is a tensor that requires a gradient. */
  readonly needsInputGrad: readonly boolean[];
  readonly #state: CallState;

  constructor(needsInputGrad: readonly boolean[], state: CallState) {
    this.needsInputGrad = needsInputGrad;
    this.#state = state;
  }

  /**
   * Saves tensors, or null, for {@link savedTensors}. Call it once, in `forward`, and save inputs and outputs only in this
   * way: then in-place changes are detected, and the memory is freed after backward.
   */
  saveForBackward(...tensors: Tensors): void {
    for (const [i, t] of tensors.entries()) {
      if (t === null || isTensor(t)) continue;
      throw new GraphError(
        `[saveForBackward] save_for_backward can only save variables, but argument ${i} is of type ${typeof t}. ` +
          "Put other values on ctx itself.",
      );
    }
    this.#state.given = tensors;
  }

  /**
   * The tensors of {@link saveForBackward}, for `const [x, y] = ctx.savedTensors`.
   *
   * @throws GraphError after backward without `retainGraph`, or if a tensor has been changed in place since.
   */
  get savedTensors(): Tensors {
    const { saved } = this.#state;
    if (saved === null) return [unpack(null, "Function")] as never;
    return saved.map((item) => item && unpack(item, "Function")) as readonly unknown[] as Tensors;
  }

  /** Marks outputs as not differentiable: they do not require a gradient. Integer and bool outputs never do. */
  markNonDifferentiable(...outputs: readonly Tensor[]): void {
    this.#state.nonDifferentiable = checkedSet("markNonDifferentiable", "mark_non_differentiable", outputs);
  }

  /** Marks inputs that `forward` has changed in place. They must be among its outputs. */
  markDirty(...inputs: readonly Tensor[]): void {
    this.#state.dirty = checkedSet("markDirty", "mark_dirty", inputs);
  }

  /** If false, `backward` gets null instead of zeros for an output without a gradient. Default: true. */
  setMaterializeGrads(value: boolean): void {
    this.#state.materializeGrads = value;
  }
}

function checkedSet(op: string, words: string, tensors: readonly unknown[]): ReadonlySet<unknown> {
  for (const t of tensors) {
    if (!isTensor(t)) {
      throw new GraphError(`[${op}] ${words} only accepts variable arguments, but got ${typeof t}`);
    }
  }
  return new Set(tensors);
}

/** A subclass of {@link CustomFunction | Function}, with the two static methods that define an operation. */
export interface FunctionClass<Args extends readonly unknown[], Result> {
  /** Name of the operation in `gradFn` and in messages. */
  readonly name: string;
  /** Computes the output, or an array of outputs, without recording. `ctx` is a {@link FunctionContext}. */
  forward(ctx: never, ...args: Args): Result;
  /** Computes the gradient of each argument of `forward` from the gradients of its outputs. */
  backward(ctx: never, ...grads: never[]): ReturnedGradients;
}

/**
 * Base class of custom operations, `autograd.Function`. `forward` computes with any code, without recording, and returns
 * a tensor or an array of outputs. `backward` gets a gradient for each output and returns one for each argument of
 * `apply`: null for an argument that is not a tensor or needs no gradient. A `backward` made of tensor operations can be
 * differentiated again.
 *
 * @example
 * class Cube extends autograd.Function {
 *   static forward(ctx: autograd.FunctionContext, x: Tensor): Tensor {
 *     ctx.saveForBackward(x);
 *     return x.pow(3);
 *   }
 *   static backward(ctx: autograd.FunctionContext, grad: Tensor): Tensor {
 *     const [x] = ctx.savedTensors;
 *     return grad.mul(x.pow(2)).mul(3);
 *   }
 * }
 * const y = Cube.apply(tensor([2], { requiresGrad: true })); // tensor([8.], grad_fn=<CubeBackward>)
 */
export abstract class CustomFunction {
  /**
   * Runs the operation and records it. Takes the arguments of `forward` after `ctx`, and returns its result.
   *
   * @throws GraphError for a missing method, for invalid arguments of the methods of `ctx` and, during backward, for
   * gradients of the wrong number, type or shape.
   */
  static readonly apply = applyFunction;
}

function applyFunction<Args extends readonly unknown[], Result>(
  this: FunctionClass<Args, Result>,
  ...args: Args
): Result {
  if (this === undefined) {
    throw new GraphError("[Function] apply was called without its class. Write MyFunction.apply(…).");
  }
  if (typeof this.forward !== "function") {
    throw new GraphError(
      `[${this.name}] You must implement the forward function for custom autograd.Function: static forward(ctx, …).`,
    );
  }
  if (batchingHook !== null) return batchingHook.callFunction(this, args);
  return runFunction(this, args);
}

/** Runs a custom operation and records it. */
export function runFunction<Args extends readonly unknown[], Result>(
  definition: FunctionClass<Args, Result>,
  args: Args,
): Result {
  const inputs = args.map((arg) => (isTensor(arg) ? arg : null));
  const needs = inputs.map((t) => t?.requiresGrad ?? false);
  const record = isGradEnabled() && needs.includes(true);
  const state: CallState = {
    given: [],
    saved: [],
    dirty: new Set(),
    nonDifferentiable: new Set(),
    materializeGrads: true,
  };
  const ctx = new FunctionContext(needs, state);
  // `ctx` is of the type that `forward` declares: a context, and the fields that it puts on it itself.
  const result = noGrad(() => definition.forward(ctx as never, ...args));
  if (isThenable(result)) {
    throw new GraphError(`[${definition.name}] forward must be synchronous, but it returned a promise`);
  }
  const several = Array.isArray(result);
  const raw: readonly unknown[] = several ? result : [result];
  for (const t of state.dirty) {
    if (raw.includes(t) && args.includes(t)) continue;
    throw new GraphError(
      `[${definition.name}] Some elements marked as dirty during the forward method were not returned as output. ` +
        "The inputs that are modified inplace must all be outputs of the Function.",
    );
  }
  const edges = inputs.map((t) => t && gradEdge(t));
  const node = record ? new FunctionNode(callOf(definition, ctx, state, inputs, raw), edges) : null;
  const outputs = raw.map((out, i) => {
    if (!isTensor(out)) return out;
    if (node === null || !out.isFloatingPoint() || isMarked(state.nonDifferentiable, out)) {
      return out.requiresGrad ? out.detach() : out;
    }
    return recorded(out, new OutputNode(node, i), inputs, state.dirty.has(out));
  });
  // Only now does no result change any more.
  if (record)
    state.saved = state.given.map((tensor) => tensor && saved(tensor, tensor.storage.version, gradEdge(tensor)));
  state.given = [];
  return (several ? outputs : outputs[0]) as Result;
}

/** Whether an output is among the marked tensors, which inside `vmap` are batched. */
function isMarked(marked: ReadonlySet<unknown>, out: Tensor): boolean {
  for (const t of marked) if (t === out || (isTensor(t) && allSamples(t) === out)) return true;
  return false;
}

/** The call that a node differentiates. */
function callOf<Args extends readonly unknown[], Result>(
  definition: FunctionClass<Args, Result>,
  ctx: FunctionContext,
  state: CallState,
  inputs: readonly (Tensor | null)[],
  outputs: readonly unknown[],
): FunctionCall {
  return {
    name: definition.name,
    inputs: inputs.map(formOf),
    outputs: outputs.map((out) => formOf(isTensor(out) ? out : null)),
    materializeGrads: state.materializeGrads,
    backward(grads) {
      if (typeof definition.backward !== "function") {
        throw new GraphError(
          `[${definition.name}] You must implement either the backward or vjp method for your custom autograd.Function ` +
            "to use it with backward mode AD: static backward(ctx, ...grads).",
        );
      }
      return definition.backward(ctx as never, ...(grads as never[]));
    },
    release() {
      state.saved = null;
    },
  };
}

function formOf(t: Tensor | null): TensorMeta | null {
  return t && { shape: t.shape, dtype: t.dtype, device: t.device };
}

/** Attaches a node to an output. */
function recorded(out: Tensor, node: OutputNode, inputs: readonly (Tensor | null)[], dirty: boolean): Tensor {
  if (dirty) {
    withGradMode(true, () => checkInPlace(node.owner.name, out));
    recordInPlace(out, node);
    return out;
  }
  let result = out;
  // An input, or a tensor with a history of its own, keeps it: the result is another handle on the same memory.
  if (inputs.includes(out) || out.requiresGrad) {
    result = out.detach();
    markViewOf(result, out);
  }
  if (!inputs.some((t) => t?.storage === result.storage)) forgetBase(result);
  if (viewBaseOf(result) !== null) setViewOwner(result, node);
  setGradFn(result, node);
  return result;
}
