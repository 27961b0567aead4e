/** @file Masks of attention: what they may look like, and what they add to the scores. */
import { sameShape } from "../../../kernels/layout.ts";
import { isFloat } from "../../tensor/dtype.ts";
import { DTypeError, ShapeError } from "../../tensor/errors.ts";
import { bracketed } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { checkSameDType } from "./check.ts";

/** A shape as Python writes a tuple. */
const tuple = (shape: readonly number[]): string => `(${shape.join(", ")})`;

/** Sizes that the masks must fit. */
export interface AttentionSizes {
  /** Whether the inputs have a dimension for the batch. */
  readonly batched: boolean;
  readonly batch: number;
  readonly heads: number;
  /** Number of queries. */
  readonly targets: number;
  /** Number of keys. */
  readonly sources: number;
}

/** Throws a DTypeError unless a mask of keys is one of bools or floats. */
export function checkPaddingMask(op: string, mask: Tensor | null): void {
  if (mask === null || mask.dtype === "bool" || isFloat(mask.dtype)) return;
  throw new DTypeError(
    `[${op}] only bool and floating types of key_padding_mask are supported, but got ${mask.dtype}. Convert with .bool().`,
  );
}

/** A mask of keys as one of shape [N,S]. */
export function readPaddingMask(op: string, mask: Tensor, { batched, batch, sources }: AttentionSizes): Tensor {
  checkPaddingMask(op, mask);
  const [rank, form] = batched ? [2, "batched (3-D)"] : [1, "unbatched (2-D)"];
  if (mask.ndim !== rank) {
    throw new ShapeError(
      `[${op}] For ${form} \`query\`, expected \`key_padding_mask\` to be \`None\` or ${rank}-D but found ${mask.ndim}-D tensor instead`,
    );
  }
  const whole = batched ? mask : mask.unsqueeze(0);
  if (sameShape(whole.shape, [batch, sources])) return whole;
  throw new ShapeError(
    `[${op}] expecting key_padding_mask shape of ${tuple([batch, sources])}, but got torch.Size(${bracketed(whole.shape)})`,
  );
}

/** A mask of pairs as one of shape [1,L,S] or [N·heads,L,S]. */
export function readPairMask(op: string, mask: Tensor, sizes: AttentionSizes): Tensor {
  const { batched, batch, heads, targets, sources } = sizes;
  if (mask.dtype === "int32") {
    throw new DTypeError(`[${op}] Only float, byte, and bool types are supported for attn_mask, not ${mask.dtype}`);
  }
  if (mask.ndim !== 2 && mask.ndim !== 3) {
    throw new ShapeError(
      `[${op}] For ${batched ? "batched (3-D)" : "unbatched (2-D)"} \`query\`, expected \`attn_mask\` to be \`None\`, 2-D or 3-D but found ${mask.ndim}-D tensor instead`,
    );
  }
  const expected = mask.ndim === 2 ? [targets, sources] : [batch * heads, targets, sources];
  if (!sameShape(mask.shape, expected)) {
    throw new ShapeError(
      `[${op}] The shape of the ${mask.ndim}D attn_mask is torch.Size(${bracketed(mask.shape)}), but should be ${tuple(expected)}.`,
    );
  }
  // Bytes are an old form of bools.
  const given = mask.dtype === "uint8" ? mask.bool() : mask;
  return given.ndim === 2 ? given.unsqueeze(0) : given;
}

/** A mask as numbers to be added to scores like `x`: −∞ where one of bools is true. */
function additive(op: string, mask: Tensor, x: Tensor): Tensor {
  if (mask.dtype === "bool") return x.newZeros(mask.shape).maskedFill(mask, Number.NEGATIVE_INFINITY);
  checkSameDType(op, x, mask, "mask");
  return mask;
}

/**
 * What both masks add to scores [N·heads,L,S] like `x`, broadcast, or null.
 *
 * @param pairs - [1,L,S] or [N·heads,L,S], or null.
 * @param padding - [N,S], or null.
 */
export function mergeMasks(
  op: string,
  pairs: Tensor | null,
  padding: Tensor | null,
  x: Tensor,
  heads: number,
): Tensor | null {
  if (padding === null) return pairs && additive(op, pairs, x);
  const [batch, sources] = padding.shape as [number, number];
  const keys = padding
    .view(batch, 1, 1, sources)
    .expand(-1, heads, -1, -1)
    .reshape(batch * heads, 1, sources);
  if (pairs === null) return additive(op, keys, x);
  if (pairs.dtype === "bool" && keys.dtype === "bool") return additive(op, pairs.logicalOr(keys), x);
  if (keys.dtype !== "bool") return additive(op, pairs, x).add(additive(op, keys, x));
  return additive(op, pairs, x).maskedFill(keys, Number.NEGATIVE_INFINITY);
}
