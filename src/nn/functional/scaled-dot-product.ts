/** @file Attention of queries, keys and values as they are. */
import { keyword, optional, required, signature, type ThenOptions } from "../../core/arguments.ts";
import { aBoolean, aNumber, aTensor, nullable } from "../../core/kinds.ts";
import { DTypeError, ShapeError, ValueError } from "../../tensor/errors.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { checkFloat, checkSameDType } from "./check.ts";
import { aProbability, dropout } from "./dropout.ts";

export interface ScaledDotProductOptions {
  /** [..., L, S], broadcast: bools, true where a query may look; or floats, added to the scores. Default null. */
  readonly attnMask?: Tensor | null | undefined;
  /** Probability of a weight to be zeroed, always: pass 0 outside of training. Default 0. */
  readonly dropoutP?: number | undefined;
  /** Whether query i looks at keys 0 … i only. Default false. */
  readonly isCausal?: boolean | undefined;
  /** Factor of the scores. Default null: 1/√E. */
  readonly scale?: number | null | undefined;
}

const ATTENTION = signature("scaledDotProductAttention", {
  query: required(aTensor),
  key: required(aTensor),
  value: required(aTensor),
  attnMask: optional(nullable(aTensor), null),
  dropoutP: optional(aProbability, 0),
  isCausal: optional(aBoolean, false),
  scale: keyword(nullable(aNumber), null),
});

/**
 * softmax(query·keyᵀ·scale + mask)·value.
 *
 * @param query - [..., L, E].
 * @param key - [..., S, E].
 * @param value - [..., S, Ev].
 * @returns [..., L, Ev].
 * @throws ShapeError for sizes that do not fit, DTypeError for dtypes, ValueError for a mask and `isCausal` at once.
 */
export function scaledDotProductAttention(
  query: Tensor,
  key: Tensor,
  value: Tensor,
  attnMask?: Tensor | null,
  dropoutP?: number,
  isCausal?: boolean,
  options?: ScaledDotProductOptions,
): Tensor;
export function scaledDotProductAttention(
  query: Tensor,
  key: Tensor,
  value: Tensor,
  ...rest: ThenOptions<[attnMask: Tensor | null, dropoutP: number], ScaledDotProductOptions>
): Tensor;
export function scaledDotProductAttention(...args: readonly unknown[]): Tensor {
  const op = "scaledDotProductAttention";
  const given = ATTENTION.read(args);
  const { query, key, value } = given;
  checkFloat(op, query);
  checkSameDType(op, query, key, "key");
  checkSameDType(op, query, value, "value");
  if (query.ndim < 2 || key.ndim < 2 || value.ndim < 2) {
    throw new ShapeError(
      `[${op}] expected query, key and value of at least 2 dimensions, but they have ${query.ndim}, ${key.ndim} and ${value.ndim}`,
    );
  }
  if (given.isCausal && given.attnMask !== null) {
    throw new ValueError(`[${op}] Explicit attn_mask should not be set when is_causal=True`);
  }
  const hidden = given.isCausal ? futureOf(query, key) : null;
  const scaled = given.scale === null ? query.div(Math.sqrt(query.size(-1))) : query.mul(given.scale);
  let scores = scaled.matmul(key.transpose(-2, -1));
  if (hidden !== null) scores = scores.maskedFill(hidden, Number.NEGATIVE_INFINITY);
  if (given.attnMask !== null) scores = masked(op, scores, given.attnMask);
  return dropout(scores.softmax(-1), given.dropoutP).matmul(value);
}

/** True where a key comes after a query. */
function futureOf(query: Tensor, key: Tensor): Tensor {
  return query
    .newZeros([query.size(-2), key.size(-2)])
    .add(1)
    .triu(1)
    .bool();
}

function masked(op: string, scores: Tensor, mask: Tensor): Tensor {
  if (mask.dtype === "bool") return scores.maskedFill(mask.logicalNot(), Number.NEGATIVE_INFINITY);
  if (!mask.isFloatingPoint()) {
    throw new DTypeError(
      `[${op}] expected attn_mask of bools or floats, but got ${mask.dtype}. Convert with .bool(): true where a query may look.`,
    );
  }
  checkSameDType(op, scores, mask, "attn_mask");
  return scores.add(mask);
}
