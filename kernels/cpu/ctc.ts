/** @file Connectionist temporal classification on the heap: each thread takes some of the samples. */
import type { Backend, CtcTargets, FusedOps, NDArray } from "../backend.ts";
import { emptyArray } from "../layout.ts";
import { copyOut, type KernelContext, operandAddress, targetOf } from "./kernel-context.ts";
import { chunkOf, GRAIN_SIZE } from "./parallel/partition.ts";

type Ctc = Required<Pick<FusedOps, "ctcLoss" | "ctcLossGrad">>;

const kindOf = ({ dtype }: NDArray): "f32" | "f64" => (dtype === "float64" ? "f64" : "f32");

/** Sizes that the loss and its gradient have in common. */
function sizesOf(logProbs: NDArray, { labels }: CtcTargets) {
  const [steps, batch, classes] = logProbs.shape as [number, number, number];
  return { steps, batch, classes, width: labels.shape[1]! };
}

export function ctcKernels(backend: Backend, context: KernelContext): Ctc {
  const { heap } = context;

  /** Addresses of the targets, in the order in which kernels take them. */
  const addressesOf = ({ labels, inputLengths, targetLengths }: CtcTargets) =>
    [labels, inputLengths, targetLengths].map((x) => operandAddress(heap, x)) as [number, number, number];

  return {
    ctcLoss(logProbs, targets) {
      const { steps, batch, classes, width } = sizesOf(logProbs, targets);
      const losses = emptyArray(backend, logProbs.dtype, [batch]);
      const alphas = emptyArray(backend, logProbs.dtype, [batch, steps, width]);
      const from = operandAddress(heap, logProbs);
      const given = addressesOf(targets);
      const [to, all] = [targetOf(heap, losses), targetOf(heap, alphas)];
      const parts = Math.min(batch, context.threads.parts(batch * steps * width, GRAIN_SIZE.heavy));
      context.threads.run(parts, ({ vector }, part) => {
        const { first, count } = chunkOf(part, parts, batch, 1);
        const sizes = [steps, batch, classes, width, first, count] as const;
        vector[`ctcLoss_${kindOf(logProbs)}`](to.address, all.address, from, ...given, ...sizes);
      });
      copyOut(heap, losses, to);
      copyOut(heap, alphas, all);
      return { losses, alphas };
    },
    ctcLossGrad(grad, logProbs, targets, results) {
      const { steps, batch, classes, width } = sizesOf(logProbs, targets);
      const z = emptyArray(backend, logProbs.dtype, logProbs.shape);
      const [g, losses, alphas, from] = [grad, results.losses, results.alphas, logProbs].map((x) =>
        operandAddress(heap, x),
      ) as [number, number, number, number];
      const given = addressesOf(targets);
      const target = targetOf(heap, z);
      const parts = Math.min(batch, context.threads.parts(batch * steps * Math.max(width, classes), GRAIN_SIZE.heavy));
      const own = Math.ceil(width / 4) * 64;
      const scratch = heap.scratch(own * Math.max(parts, 1));
      context.threads.run(parts, ({ vector }, part) => {
        const { first, count } = chunkOf(part, parts, batch, 1);
        const sizes = [steps, batch, classes, width, first, count] as const;
        const arrays = [target.address, g, losses, alphas, from] as const;
        vector[`ctcLossGrad_${kindOf(logProbs)}`](...arrays, ...given, ...sizes, scratch + part * own);
      });
      copyOut(heap, z, target);
      return z;
    },
  };
}
