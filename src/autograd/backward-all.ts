/** @file autograd.backward: one backward pass from several tensors. */
import { type Args, optional, required, signature } from "../core/arguments.ts";
import { ValueError } from "../core/errors.ts";
import { aBoolean, aTensor, either, listOfKind, nullable, tensors } from "../core/kinds.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { type BackwardOptions, BackwardPass } from "./backward.ts";
import { refuseInVmap } from "./batching.ts";
import { rootEdge } from "./tape-state.ts";
import { rootGradient } from "./validate-grad.ts";

/** The options of `autograd.backward`. */
export interface BackwardAllOptions extends BackwardOptions {
  /** A gradient for each tensor; null for a tensor of one element. */
  readonly gradTensors?: readonly (Tensor | null)[] | Tensor | null | undefined;
}

const BACKWARD = signature("backward", {
  tensors: required(either(aTensor, tensors, "a Tensor or a list of Tensors")),
  gradTensors: optional(
    nullable(
      either(
        aTensor,
        listOfKind(nullable(aTensor), "a list of Tensors or null"),
        "a Tensor or a list of Tensors or null",
      ),
    ),
    null,
  ),
  retainGraph: optional(nullable(aBoolean)),
  createGraph: optional(aBoolean, false),
});

type BackwardAllArgs = Args<
  [tensors: Tensor | readonly Tensor[]],
  [gradTensors: readonly (Tensor | null)[] | Tensor | null, retainGraph: boolean | null, createGraph: boolean],
  BackwardAllOptions & { readonly tensors: Tensor | readonly Tensor[] }
>;

function asList<T extends object>(value: T | readonly T[]): readonly T[] {
  return Array.isArray(value) ? (value as readonly T[]) : [value as T];
}

/**
 * Computes the sum of the gradients of several tensors and accumulates them in the `.grad` of the leaves, in one pass.
 *
 * @throws GraphError for a tensor without a graph, or for several elements without a gradient; ValueError for another
 * number of gradients than of tensors.
 * @example
 * ```ts
 * const x = tensor([1, 2], { requiresGrad: true });
 * autograd.backward([x.sum(), x.mul(x)], [null, ones(2)]);
 * x.grad; // tensor([3., 5.])
 * ```
 */
export function backward(...args: BackwardAllArgs): void {
  const { tensors: given, gradTensors, retainGraph, createGraph } = BACKWARD.read(args);
  refuseInVmap("backward", "Use func.grad or func.vjp, whose gradients are those of each sample.");
  const roots = asList<Tensor>(given);
  const grads = gradTensors === null ? roots.map(() => null) : asListOrNull(gradTensors);
  if (grads.length !== roots.length) {
    throw new ValueError(`[backward] got ${roots.length} tensors and ${grads.length} gradients`);
  }
  const edges = roots.map((root) => rootEdge("backward", root));
  const seeds = roots.map((root, i) => rootGradient("backward", root, grads[i]));
  new BackwardPass({ retainGraph, createGraph }).run(edges, seeds);
}

function asListOrNull(value: Tensor | readonly (Tensor | null)[]): readonly (Tensor | null)[] {
  return Array.isArray(value) ? (value as readonly (Tensor | null)[]) : [value as Tensor];
}
