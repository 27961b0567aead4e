/** @file Distributions that are given by probabilities or by logits; the other one is computed when it is first asked for. */
import { type Args, optional } from "../core/arguments.ts";
import { nullable } from "../core/kinds.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { type Constraint, real, unitInterval } from "./constraints.ts";
import { DISTRIBUTION_OPTIONS, Distribution, type DistributionOptions } from "./distribution.ts";
import { aParameter, broadcastAll, checkOneOf, keep, logitsToProbs, type Parameter, probsToLogits } from "./utils.ts";

/** Probabilities or logits, by name. */
export interface ProbsOrLogitsOptions<P = Parameter> extends DistributionOptions {
  /** Probabilities. Default null: the logits are given. */
  readonly probs?: P | null | undefined;
  /** Log odds, or logarithms of probabilities up to a constant. Default null: the probabilities are given. */
  readonly logits?: P | null | undefined;
}

/** Probabilities or logits. */
export type ProbsOrLogitsArgs<P = Parameter> = Args<[], [probs: P | null, logits: P | null], ProbsOrLogitsOptions<P>>;

/** The declared form of {@link ProbsOrLogitsOptions}. */
export const PROBS_OR_LOGITS = {
  probs: optional(nullable(aParameter), null),
  logits: optional(nullable(aParameter), null),
  ...DISTRIBUTION_OPTIONS,
} as const;

/** Names of the parameters of which one is computed from the other. */
export const PROBS_AND_LOGITS = ["probs", "logits"] as const;

/** The parameter of a distribution of zeros and ones, as a tensor. */
export function readBinary(op: string, probs: Parameter | null, logits: Parameter | null): BinaryParameter {
  checkOneOf(op, probs, logits);
  if (probs !== null) return { name: "probs", value: broadcastAll(probs)[0] };
  return { name: "logits", value: broadcastAll(logits as Parameter)[0] };
}

/** The given one of probabilities and logits. */
export interface BinaryParameter {
  readonly name: "probs" | "logits";
  readonly value: Tensor;
}

/** A distribution with one probability, or its log odds, for each element of the batch. */
export abstract class BinaryProbs extends Distribution {
  constructor({ name, value }: BinaryParameter, validateArgs: boolean | null) {
    super(value.shape, [], validateArgs);
    keep(this, name, value);
  }

  /** Probabilities. */
  get probs(): Tensor {
    return this.lazily("probs", () => logitsToProbs(this.logits, true));
  }

  /** Log odds. */
  get logits(): Tensor {
    return this.lazily("logits", () => probsToLogits(this.probs, true));
  }

  get argConstraints(): Readonly<Record<string, Constraint>> {
    return { probs: unitInterval, logits: real };
  }

  expand(batchShape: readonly number[]): this {
    return this.expanded(batchShape, this.expandedParameters(batchShape));
  }

  /** Those of probabilities and logits that are known, expanded. */
  protected expandedParameters(batchShape: readonly number[]): Record<string, Tensor> {
    const known = PROBS_AND_LOGITS.filter((name) => Object.hasOwn(this, name));
    return Object.fromEntries(known.map((name) => [name, this[name].expand(batchShape)]));
  }
}
