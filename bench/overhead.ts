/** @file The cost of one operation on a tiny tensor, tape included: what decides custom loops. */
import { tensor } from "tapegrad";
import { median } from "./measure.ts";

const CHAIN = 1000;

export interface Overhead {
  /** Nanoseconds of one addition of two one-element tensors, recorded. */
  readonly forwardNs: number;
  /** Nanoseconds of the walk over one such addition. */
  readonly backwardNs: number;
}

/** Chains of 1000 additions on one element, forward and backward. */
export function measureOverhead(samples = 200): Overhead {
  const x = tensor([1], { requiresGrad: true });
  const one = tensor([1]);
  const forward: number[] = [];
  const backward: number[] = [];
  for (let i = 0; i < 2 * samples; i++) {
    const start = performance.now();
    let y = x;
    for (let j = 0; j < CHAIN; j++) y = y.add(one);
    const middle = performance.now();
    y.backward();
    const end = performance.now();
    if (i < samples) continue;
    forward.push(middle - start);
    backward.push(end - middle);
  }
  return { forwardNs: (median(forward) * 1e6) / CHAIN, backwardNs: (median(backward) * 1e6) / CHAIN };
}
