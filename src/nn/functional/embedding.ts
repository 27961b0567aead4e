/** @file Looking up rows of a table. */
import { forgetBase } from "../../autograd/tape-state.ts";
import { DTypeError, ShapeError, ValueError } from "../../tensor/errors.ts";
import { named } from "../../tensor/functions/named.ts";
import { readArguments } from "../../tensor/options.ts";
import { checkTensor } from "../../tensor/promote.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { SCALAR_TYPES } from "./check.ts";

export interface PaddingIdxOptions {
  /** A row that gets no gradient; it may count from the end. Default null: none. */
  readonly paddingIdx?: number | null | undefined;
}

/** The row that `paddingIdx` means, or null. @throws ValueError for one that does not exist. */
export function paddingRow(op: string, paddingIdx: number | null, rows: number): number | null {
  if (paddingIdx === null) return null;
  if (!Number.isInteger(paddingIdx) || paddingIdx >= rows || paddingIdx < -rows) {
    throw new ValueError(`[${op}] Padding_idx must be within num_embeddings, ${rows}, but got ${paddingIdx}`);
  }
  return paddingIdx < 0 ? paddingIdx + rows : paddingIdx;
}

/**
 * Rows of `weight` [V,D] at the indices of `input`: [...] → [..., D].
 *
 * @throws DTypeError unless the indices are integers; ValueError for an index that is no row.
 */
export function embedding(input: Tensor, weight: Tensor, paddingIdx?: number | null | PaddingIdxOptions): Tensor {
  const op = "embedding";
  const given = readArguments<{ paddingIdx: number | null }>(op, { paddingIdx: null }, [paddingIdx]);
  checkTensor(op, input);
  checkTensor(op, weight);
  if (input.dtype !== "int32" && input.dtype !== "uint8") {
    throw new DTypeError(
      `[${op}] Expected tensor for argument #1 'indices' to have one of the following scalar types: Long, Int; but got torch.${SCALAR_TYPES[input.dtype]}Tensor instead (while checking arguments for embedding). Convert it with .int().`,
    );
  }
  const [rows, width] = weight.shape;
  if (rows === undefined || width === undefined || weight.ndim !== 2) {
    throw new ShapeError(`[${op}] 'weight' must be 2-D, but it has ${weight.ndim} dimensions`);
  }
  const padding = paddingRow(op, given.paddingIdx, rows);
  const indices = input.reshape(-1);
  const found = rowsAt(op, weight, indices);
  // The same numbers on both sides, but only those of one have a gradient.
  const result = padding === null ? found : found.detach().where(indices.eq(padding).unsqueeze(1), found);
  return named("EmbeddingBackward0", forgetBase(result.view(...input.shape, width)));
}

function rowsAt(op: string, weight: Tensor, indices: Tensor): Tensor {
  try {
    return weight.indexSelect(0, indices);
  } catch (error) {
    if (!(error instanceof ValueError && error.cause instanceof RangeError)) throw error;
    throw new ValueError(`[${op}] index out of range in self: ${error.cause.message}`, { cause: error });
  }
}
