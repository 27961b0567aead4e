/** @file One run of a sample: its results, and the gradients of its inputs. */
import { type Tensor, tensor } from "../../../src/entry/index.ts";
import type { Sample } from "./build.ts";
import { leafFor, type Placement } from "./layouts.ts";

export interface Outcome {
  readonly outputs: readonly Tensor[];
  readonly grads: readonly (Tensor | null)[];
}

export function leavesOf(sample: Sample, placement: Placement): Tensor[] {
  return sample.inputs.map((input) => leafFor(input, placement));
}

/** Calls a sample and walks back from every result that needs a gradient. */
export function runSample(sample: Sample, placement: Placement): Outcome {
  const leaves = leavesOf(sample, placement);
  return outcomeOf(leaves, sample.call(...leaves));
}

/** Walks back from every result of a call that needs a gradient. */
export function outcomeOf(leaves: readonly Tensor[], result: Tensor | readonly Tensor[]): Outcome {
  const outputs = Array.isArray(result) ? (result as readonly Tensor[]) : [result as Tensor];
  for (const [k, out] of outputs.entries()) {
    if (out.requiresGrad) out.backward(weights(out, k), { retainGraph: true });
  }
  return { outputs, grads: leaves.map((t) => t.grad) };
}

function weights(like: Tensor, k: number): Tensor {
  const data = Float64Array.from({ length: like.numel() }, (_, i) => (((i * 7 + k * 3) % 11) - 4) / 4);
  return tensor(data, { dtype: like.dtype, device: like.device }).reshape(like.shape);
}
