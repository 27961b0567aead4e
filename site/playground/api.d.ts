/** @file What programs of the playground import from the page they run in. */
import type { Device, nn, Tensor } from "tapegrad";
import type { datasets } from "tapegrad/data";

/** The device that the visitor chose. */
export const device: Device;

/** MNIST's images and labels: `await mnist({ train: true })`. */
export function mnist(options?: { readonly train?: boolean }): Promise<datasets.MNIST>;

/** How far a run is. */
export interface Progress {
  /** Training examples since the last call, for the speed. */
  readonly examples?: number;
  /** The share of the run that is over, from 0 to 1. */
  readonly progress?: number;
}

/**
 * Adds a point to the curves of these names, and waits while the visitor pauses. Tensors of one element are read. Names
 * whose last word is the same share a diagram: `accuracy` and `test accuracy`.
 */
export function report(values: Readonly<Record<string, number | Tensor>>, progress?: Progress): Promise<void>;

/** Gives the page a model: what a visitor draws goes through it, and its weights can be downloaded and replaced. */
export function share(model: nn.Module): void;

/** Shows text, or the numbers of a tensor, in the part of the page that has this name. */
export function show(name: string, value: string | Tensor): Promise<void>;
