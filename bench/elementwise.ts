/** @file Operations whose time is memory traffic: ReLU, addition, sum, exp, transposed copies, beside a plain copy of the same bytes. */

import { noGrad, randn, type Tensor } from "tapegrad";
import { dropGrad } from "../src/autograd/tape-state.ts";
import { medianMs } from "./measure.ts";

const COUNT = 1_000_000;

/** Milliseconds by name; the backward of ReLU without that of the sum it starts from. */
export function measureElementwise(samples = 60): Record<string, number> {
  const x = randn(COUNT);
  const y = randn(COUNT);
  const matrix = randn(1000, 1000);
  const leaf = randn(COUNT, { requiresGrad: true });
  const source = new Float32Array(COUNT).fill(1);
  const target = new Float32Array(COUNT);
  const upstream = randn(COUNT);
  const plain = (run: () => Tensor) => medianMs(() => noGrad(run), samples);
  return {
    copy: medianMs(() => target.set(source), samples),
    add: plain(() => x.add(y)),
    relu: plain(() => x.relu()),
    exp: plain(() => x.exp()),
    sum: plain(() => x.sum()),
    transpose: plain(() => matrix.t().contiguous()),
    reluForwardBackward: medianMs(() => {
      leaf.relu().backward(upstream);
      dropGrad(leaf);
    }, samples),
  };
}
