/** @file The Bernoulli distribution. */

import { noGrad } from "../autograd/grad-mode.ts";
import { signature } from "../core/arguments.ts";
import { binaryCrossEntropyWithLogits } from "../nn/functional/loss.ts";
import { arange } from "../tensor/create.ts";
import { bernoulli } from "../tensor/functions/sampling.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { boolean, type Constraint } from "./constraints.ts";
import { BinaryProbs, PROBS_AND_LOGITS, PROBS_OR_LOGITS, type ProbsOrLogitsArgs, readBinary } from "./probs-logits.ts";
import { broadcastAll } from "./utils.ts";

const BERNOULLI = signature("Bernoulli", PROBS_OR_LOGITS);

/**
 * Bernoulli distribution: 1 with probability `probs`, else 0.
 *
 * @throws ValueError unless one of `probs` and `logits` is given, with probabilities from 0 to 1.
 * @example
 * manualSeed(0);
 * const coins = new distributions.Bernoulli(tensor([0.3, 0.9]));
 * coins.sample(); // tensor([0., 1.])
 * coins.entropy(); // tensor([0.6109, 0.3251])
 */
export class Bernoulli extends BinaryProbs {
  constructor(...args: ProbsOrLogitsArgs) {
    const { probs, logits, validateArgs } = BERNOULLI.read(args);
    super(readBinary("Bernoulli", probs, logits), validateArgs);
    this.checkParameters(PROBS_AND_LOGITS);
  }

  override get hasEnumerateSupport(): boolean {
    return true;
  }

  get support(): Constraint {
    return boolean;
  }

  override get mean(): Tensor {
    return this.probs;
  }

  override get mode(): Tensor {
    const { probs } = this;
    return probs.ge(0.5).to(probs.dtype).maskedFill(probs.eq(0.5), Number.NaN);
  }

  override get variance(): Tensor {
    return this.probs.mul(this.probs.neg().add(1));
  }

  override sample(sampleShape: readonly number[] = []): Tensor {
    const shape = this.extendedShape(sampleShape);
    return noGrad(() => bernoulli(this.probs.expand(shape)));
  }

  logProb(value: Tensor): Tensor {
    this.checkValue("logProb", value);
    const [logits, target] = broadcastAll(this.logits, value);
    return binaryCrossEntropyWithLogits(logits, target.to(logits.dtype), { reduction: "none" }).neg();
  }

  override entropy(): Tensor {
    return binaryCrossEntropyWithLogits(this.logits, this.probs, { reduction: "none" });
  }

  override enumerateSupport(expand = true): Tensor {
    return enumerate(2, this.batchShape, this.probs, expand);
  }
}

/** The numbers 0 … count − 1 along the first dimension, in the dtype of `like`. */
export function enumerate(count: number, batchShape: readonly number[], like: Tensor, expand: boolean): Tensor {
  const values = arange(count, { dtype: like.dtype, device: like.device }).view([-1, ...batchShape.map(() => 1)]);
  return expand ? values.expand([-1, ...batchShape]) : values;
}
