/** @file autograd.grad: gradients of given tensors, which leaves every `.grad` unchanged. */
import { optional, required, signature } from "../core/arguments.ts";
import { GraphError, ValueError } from "../core/errors.ts";
import { isTensor } from "../core/identity.ts";
import { aBoolean, aTensor, either, listOfKind, nullable, only, tensors } from "../core/kinds.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { type BackwardOptions, BackwardPass } from "./backward.ts";
import { allSamples, batchingHook } from "./batching.ts";
import { AccumulateGrad, type GraphNode } from "./node.ts";
import { gradEdge, rootEdge } from "./tape-state.ts";
import { rootGradient } from "./validate-grad.ts";

/** The options of {@link grad}. */
export interface GradOptions extends BackwardOptions {
  /** The vector in the vector-Jacobian product: a gradient for each output; null for an output of one element. */
  readonly gradOutputs?: GradOutputs;
  /** Return null for an input that the outputs do not depend on, instead of throwing. Default: false. */
  readonly allowUnused?: boolean | undefined;
  /** Accepted for programs written for PyTorch, and always true: no `.grad` changes. */
  readonly onlyInputs?: true | undefined;
}

/** What `gradOutputs` may be. */
type GradOutputs = readonly (Tensor | null)[] | Tensor | null | undefined;

type ListOptions = GradOptions & { readonly gradOutputs: readonly (Tensor | null)[] };

const oneOrMore = either(aTensor, tensors, "a Tensor or a list of Tensors");

const GRAD = signature("grad", {
  outputs: required(oneOrMore),
  inputs: required(oneOrMore),
  gradOutputs: optional(
    either(
      aTensor,
      listOfKind(nullable(aTensor), "a list of Tensors or null"),
      "a Tensor or a list of Tensors or null",
    ),
    null,
  ),
  retainGraph: optional(aBoolean, null),
  createGraph: optional(aBoolean, false),
  onlyInputs: optional(only(true, "Use backward() to accumulate into every leaf."), true),
  allowUnused: optional(aBoolean, false),
});

/** The nodes on a path from `roots` to one of `targets`. Without recursion: graphs may be very deep. */
function nodesOnPath(roots: readonly GraphNode[], targets: ReadonlySet<GraphNode>): Set<GraphNode> {
  const order: GraphNode[] = [];
  const seen = new Set<GraphNode>(roots);
  const stack = [...seen];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    order.push(node);
    for (const next of node.nextFunctions) {
      if (next === null || seen.has(next)) continue;
      seen.add(next);
      stack.push(next);
    }
  }
  const onPath = new Set<GraphNode>();
  for (const node of order.sort((a, b) => a.sequenceNr - b.sequenceNr)) {
    if (targets.has(node) || node.nextFunctions.some((next) => next !== null && onPath.has(next))) onPath.add(node);
  }
  return onPath;
}

/**
 * Computes the sum of the gradients of `outputs` with respect to each of `inputs`, and returns them in that order. No
 * `.grad` changes.
 *
 * @throws GraphError for an input that does not require a gradient, or that the outputs do not depend on unless
 * `allowUnused`.
 * @example
 * const x = tensor([2], { requiresGrad: true });
 * const [dx] = autograd.grad(x.pow(3), x, { createGraph: true }); // [tensor([12.], grad_fn=<MulBackward0>)]
 * autograd.grad(dx, x); // [tensor([12.])]
 */
export function grad(
  outputs: Tensor | readonly Tensor[],
  inputs: Tensor | readonly Tensor[],
  options?: GradOptions & { readonly allowUnused?: false | undefined },
): Tensor[];
export function grad(
  outputs: Tensor | readonly Tensor[],
  inputs: Tensor | readonly Tensor[],
  options: GradOptions,
): (Tensor | null)[];
export function grad(
  outputs: Tensor | readonly Tensor[],
  inputs: Tensor | readonly Tensor[],
  gradOutputs: GradOutputs,
  options?: Omit<GradOptions, "gradOutputs"> & { readonly allowUnused?: false | undefined },
): Tensor[];
export function grad(
  outputs: Tensor | readonly Tensor[],
  inputs: Tensor | readonly Tensor[],
  gradOutputs: GradOutputs,
  options: Omit<GradOptions, "gradOutputs">,
): (Tensor | null)[];
export function grad(...args: readonly unknown[]): (Tensor | null)[] {
  const { outputs, inputs, gradOutputs, retainGraph, createGraph, allowUnused } = GRAD.read(args);
  const outs = asList(outputs);
  const ins = asList(inputs);
  const given = gradOutputs === null ? outs.map(() => null) : asList(gradOutputs);
  if (given.length !== outs.length) {
    throw new ValueError(`[grad] got ${outs.length} tensors and ${given.length} gradients`);
  }
  if (batchingHook !== null) {
    return batchingHook.grad(outs, ins, { gradOutputs: given, retainGraph, createGraph, allowUnused });
  }
  return gradOfAll(outs, ins, { gradOutputs: given, retainGraph, createGraph, allowUnused });
}

/** {@link grad} of lists, with a gradient or null for each output. */
export function gradOfAll(
  outs: readonly Tensor[],
  ins: readonly Tensor[],
  { gradOutputs, retainGraph, createGraph, allowUnused }: ListOptions,
): (Tensor | null)[] {
  const edges = ins.map((t) => {
    const edge = gradEdge(t);
    if (edge === null) throw new GraphError("[grad] One of the differentiated Tensors does not require grad");
    return edge;
  });
  const wanted = new Set(edges);
  const roots = outs.map((t) => rootEdge("grad", t));
  const grads = outs.map((t, i) => rootGradient("grad", t, gradOutputs[i]));
  const pass = new BackwardPass({ retainGraph, createGraph }, { wanted, needed: nodesOnPath(roots, wanted) });
  pass.run(roots, grads);
  return edges.map((edge) => {
    const result = pass.captured.get(edge);
    if (result !== undefined) return result;
    if (allowUnused) return null;
    throw new GraphError(
      "[grad] One of the differentiated Tensors appears to not have been used in the graph. Set allowUnused: true if this is the desired behavior.",
    );
  });
}

/** Leaves of which no gradient can be asked for any more: those that transforms made for themselves. */
const retired = new WeakSet<Tensor>();

/** Says that nobody outside knows these leaves, see {@link dependsOnOthers}. */
export function retire(handles: readonly Tensor[]): void {
  for (const handle of handles) retired.add(allSamples(handle));
}

/** Whether `outputs` are recorded functions of leaves other than those behind `inputs`, which someone knows. */
export function dependsOnOthers(outputs: readonly Tensor[], inputs: readonly Tensor[]): boolean {
  const known = new Set(inputs.map(gradEdge));
  const seen = new Set(outputs.map(gradEdge));
  const stack = [...seen];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (node === null) continue;
    if (node instanceof AccumulateGrad && !known.has(node) && !retired.has(node.variable)) return true;
    for (const next of node.nextFunctions) {
      if (next === null || seen.has(next)) continue;
      seen.add(next);
      stack.push(next);
    }
  }
  return false;
}

function asList<T extends Tensor | null>(value: Tensor | readonly T[]): readonly (T | Tensor)[] {
  return isTensor(value) ? [value] : value;
}
