/** @file Embedding lookup. */
import { CustomFunction, type FunctionContext } from "../../autograd/function.ts";
import { noGrad } from "../../autograd/grad-mode.ts";
import { forgetBase } from "../../autograd/tape-state.ts";
import { optional, required, signature, type ThenOptions } from "../../core/arguments.ts";
import { DTypeError, ShapeError, ValueError } from "../../core/errors.ts";
import { aBoolean, aNumber, anInteger, aTensor, nullable, only } from "../../core/kinds.ts";
import { withGradFnName } from "../../tensor/functions/grad-fn-name.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { INPUT, SCALAR_TYPES } from "./validate.ts";

/** The padding option of embeddings. */
export interface PaddingIdxOptions {
  /** Row that does not contribute to the gradient; negative from the end. Default null: none. */
  readonly paddingIdx?: number | null | undefined;
}

/** Options of {@link embedding}. */
export interface EmbeddingFunctionOptions extends PaddingIdxOptions {
  /** Embedding vectors with a larger norm are renormalized to this norm, in place in the weight. Default null: none. */
  readonly maxNorm?: number | null | undefined;
  /** The p of the p-norm for `maxNorm`. Default 2. */
  readonly normType?: number | undefined;
  /** Scale gradients by the inverse frequency of the indices in the batch. Default false. */
  readonly scaleGradByFreq?: boolean | undefined;
}

/** The arguments after indices and weight, in PyTorch's order; the layer takes the same. */
export const EMBEDDING_ARGUMENTS = {
  paddingIdx: optional(nullable(anInteger), null),
  maxNorm: optional(nullable(aNumber), null),
  normType: optional(aNumber, 2),
  scaleGradByFreq: optional(aBoolean, false),
  sparse: optional(only(false, "Gradients are dense here."), false),
};
const EMBEDDING = signature("embedding", { ...INPUT, weight: required(aTensor), ...EMBEDDING_ARGUMENTS });

/** `paddingIdx` as a row from 0 on, or null. @throws ValueError for an index out of range. */
export function paddingRow(op: string, paddingIdx: number | null, rows: number): number | null {
  if (paddingIdx === null) return null;
  if (!Number.isInteger(paddingIdx) || paddingIdx >= rows || paddingIdx < -rows) {
    throw new ValueError(`[${op}] Padding_idx must be within num_embeddings, ${rows}, but got ${paddingIdx}`);
  }
  return paddingIdx < 0 ? paddingIdx + rows : paddingIdx;
}

/**
 * Embedding lookup: the rows of the weight at the indices of the input.
 *
 * @param input - Indices [...], int32 or uint8.
 * @param weight - [V,D], floating dtype.
 * @returns [..., D].
 * @throws DTypeError for indices of another dtype; ValueError for an index out of range; ShapeError for a weight that is not
 * 2-D.
 * @example
 * const weight = tensor([[0, 1], [2, 3], [4, 5]]);
 * nn.functional.embedding(tensor([2, 0], { dtype: "int32" }), weight);
 * // tensor([[4., 5.],
 * //         [0., 1.]])
 */
export function embedding(
  input: Tensor,
  weight: Tensor,
  paddingIdx?: number | null,
  maxNorm?: number | null,
  normType?: number,
  scaleGradByFreq?: boolean,
): Tensor;
export function embedding(
  input: Tensor,
  weight: Tensor,
  ...rest: ThenOptions<[paddingIdx: number | null, maxNorm: number | null, normType: number], EmbeddingFunctionOptions>
): Tensor;
export function embedding(...args: readonly unknown[]): Tensor {
  const op = "embedding";
  const given = EMBEDDING.read(args);
  const { input, weight } = given;
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
  if (given.maxNorm !== null) renormRows(op, weight, indices, given.maxNorm, given.normType);
  let found = selectRows(op, weight, indices);
  if (given.scaleGradByFreq) {
    const counts = indices.bincount().indexSelect(0, indices);
    const shares = counts.to(weight.dtype).reciprocal().unsqueeze(1);
    found = ScaledGrad.apply(found, shares);
  }
  // Both sides have the same values, but only one of them a gradient.
  const result = padding === null ? found : found.detach().where(indices.eq(padding).unsqueeze(1), found);
  return withGradFnName("EmbeddingBackward0", forgetBase(result.view(...input.shape, width)));
}

/** Identity whose gradient is multiplied by factors. */
class ScaledGrad extends CustomFunction {
  static forward(ctx: FunctionContext<[Tensor, Tensor]>, x: Tensor, factors: Tensor): Tensor {
    ctx.saveForBackward(x, factors);
    return x.clone();
  }
  static backward(ctx: FunctionContext<[Tensor, Tensor]>, grad: Tensor): (Tensor | null)[] {
    return [grad.mul(ctx.savedTensors[1]), null];
  }
}

/** Scales rows with a norm above `maxNorm` down to it, in place. */
function renormRows(op: string, weight: Tensor, indices: Tensor, maxNorm: number, normType: number): void {
  noGrad(() => {
    const rows = selectRows(op, weight.detach(), indices);
    const norms = rows.norm(normType, 1, true);
    const factors = norms.add(1e-7).reciprocal().mul(maxNorm).where(norms.gt(maxNorm), norms.mul(0).add(1));
    const all = weight.newZeros([weight.size(0), 1]).add(1);
    weight.mul_(all.scatter(0, indices.int().unsqueeze(1), factors));
  });
}

function selectRows(op: string, weight: Tensor, indices: Tensor): Tensor {
  try {
    return weight.indexSelect(0, indices);
  } catch (error) {
    if (!(error instanceof ValueError && error.cause instanceof RangeError)) throw error;
    throw new ValueError(`[${op}] index out of range in self: ${error.cause.message}`, { cause: error });
  }
}
