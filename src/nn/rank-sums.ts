/** @file Where `tapegrad/distributed` says how tensors are summed over all ranks; without it there is one rank. */
import type { Tensor } from "../tensor/tensor.ts";

/** The ranks of a process group. */
export interface Ranks {
  readonly size: number;
  /** The sum of a tensor over all ranks, which has the sum of their gradients as its gradient. */
  sum(t: Tensor): Tensor;
}

/** The ranks, or null while there is no process group. */
export let ranks: () => Ranks | null = () => null;

/** Sets how {@link ranks} are found. */
export function setRanks(find: () => Ranks | null): void {
  ranks = find;
}
