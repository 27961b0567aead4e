/** @file The namespace `autograd.graph`: hooks on what operations save for the backward pass. */
import { readArgument } from "../core/arguments.ts";
import { aFunction } from "../core/kinds.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** How saved tensors are kept. */
export interface SavedTensorsHooks {
  /** Called with each tensor that an operation saves; what it returns is kept in its place. */
  readonly pack: (t: Tensor) => unknown;
  /** Called by the backward pass with what `pack` returned; gives a tensor of the same shape and numbers. */
  readonly unpack: (packed: unknown) => Tensor;
}

/** Null unless there are hooks: an operation that saves something compares it once. */
export let hooksInUse: SavedTensorsHooks | null = null;

/** Runs `fn` with other hooks, or none. */
export function withHooks<T>(hooks: SavedTensorsHooks | null, fn: () => T): T {
  const before = hooksInUse;
  hooksInUse = hooks;
  try {
    return fn();
  } finally {
    hooksInUse = before;
  }
}

/**
 * Runs `fn`, where every tensor that an operation saves for the backward pass goes through `pack`, and comes back through
 * `unpack`: to keep it in another form. In-place changes of saved tensors are then not noticed. `pack` and `unpack` must
 * be synchronous.
 *
 * @returns the result of `fn`.
 * @example
 * const x = tensor([1, 2], { requiresGrad: true });
 * const rounded = (t: Tensor) => t.mul(4).round().to("uint8");
 * const y = autograd.graph.savedTensorsHooks(rounded, (t) => (t as Tensor).float().div(4), () => x.mul(x));
 * y.sum().backward();
 * x.grad; // tensor([2., 4.])
 */
export function savedTensorsHooks<T>(
  pack: SavedTensorsHooks["pack"],
  unpack: SavedTensorsHooks["unpack"],
  fn: () => T,
): T {
  readArgument("savedTensorsHooks", "pack", aFunction, pack);
  readArgument("savedTensorsHooks", "unpack", aFunction, unpack);
  readArgument("savedTensorsHooks", "fn", aFunction, fn);
  return withHooks({ pack, unpack }, fn);
}
