/** @file Embedding lookup, and bags of embeddings. */
import { composite } from "../../autograd/batching.ts";
import { CustomFunction, type FunctionContext } from "../../autograd/function.ts";
import { noGrad } from "../../autograd/grad-mode.ts";
import { forgetBase } from "../../autograd/tape-state.ts";
import { optional, required, signature, type ThenOptions } from "../../core/arguments.ts";
import { DTypeError, ShapeError, ValueError } from "../../core/errors.ts";
import { aBoolean, aNumber, anInteger, aTensor, nullable, oneOf, only, worded } from "../../core/kinds.ts";
import { bracketed } from "../../core/shape.ts";
import { withGradFnName } from "../../tensor/functions/grad-fn-name.ts";
import { cat } from "../../tensor/functions/shape.ts";
import { newFrom } from "../../tensor/like.ts";
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
  /** Only false, which is the default: gradients are dense. */
  readonly sparse?: false | undefined;
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
  const { input, weight, maxNorm } = given;
  // Rows that are longer than maxNorm are changed in place.
  if (maxNorm !== null) return embeddingNow(op, given);
  return composite(op, [input, weight], given, () => embeddingNow(op, given));
}

function embeddingNow(op: string, given: ReturnType<typeof EMBEDDING.read>): Tensor {
  const { input, weight } = given;
  checkIndices(op, input);
  const [rows, width] = weight.shape;
  if (rows === undefined || width === undefined || weight.ndim !== 2) {
    throw new ShapeError(`[${op}] 'weight' must be 2-D, but it has ${weight.ndim} dimensions`);
  }
  const padding = paddingRow(op, given.paddingIdx, rows);
  const indices = input.reshape(-1);
  if (given.maxNorm !== null) renormRows(op, weight, indices, given.maxNorm, given.normType);
  let found = selectRows(op, weight, indices);
  if (given.scaleGradByFreq) found = scaleByFrequency(found, indices, weight);
  // Both sides have the same values, but only one of them a gradient.
  const result = padding === null ? found : found.detach().where(indices.eq(padding).unsqueeze(1), found);
  return withGradFnName("EmbeddingBackward0", forgetBase(result.view(...input.shape, width)));
}

function checkIndices(op: string, input: Tensor): void {
  if (input.dtype !== "int32" && input.dtype !== "uint8") {
    throw new DTypeError(
      `[${op}] Expected tensor for argument #1 'indices' to have one of the following scalar types: Long, Int; but got torch.${SCALAR_TYPES[input.dtype]}Tensor instead (while checking arguments for embedding). Convert it with .int().`,
    );
  }
}

/** The rows, with gradients that are divided by the frequency of their index. */
function scaleByFrequency(found: Tensor, indices: Tensor, weight: Tensor): Tensor {
  const counts = indices.bincount().indexSelect(0, indices);
  return ScaledGrad.apply(found, counts.to(weight.dtype).reciprocal().unsqueeze(1));
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

/** How the vectors of a bag become one. */
export type BagMode = "sum" | "mean" | "max";

/** Options of {@link embeddingBag}. */
export interface EmbeddingBagFunctionOptions extends EmbeddingFunctionOptions {
  /** Start of each bag in a 1-D input. Default null: the input is 2-D. */
  readonly offsets?: Tensor | null | undefined;
  /** How the vectors of a bag become one. Default "mean". */
  readonly mode?: BagMode | undefined;
  /** A factor for each index, with mode "sum". Default null. */
  readonly perSampleWeights?: Tensor | null | undefined;
  /** If true, the last offset is the end of the last bag. Default false. */
  readonly includeLastOffset?: boolean | undefined;
}

/** The mode of bags, and offsets. */
export const BAG_ARGUMENTS = {
  mode: optional(
    worded(oneOf("sum", "mean", "max"), () => "mode has to be one of sum, mean or max"),
    "mean",
  ),
  includeLastOffset: optional(aBoolean, false),
};

const EMBEDDING_BAG = signature("embeddingBag", {
  ...INPUT,
  weight: required(aTensor),
  offsets: optional(nullable(aTensor), null),
  maxNorm: EMBEDDING_ARGUMENTS.maxNorm,
  normType: EMBEDDING_ARGUMENTS.normType,
  scaleGradByFreq: EMBEDDING_ARGUMENTS.scaleGradByFreq,
  mode: BAG_ARGUMENTS.mode,
  sparse: EMBEDDING_ARGUMENTS.sparse,
  perSampleWeights: optional(nullable(aTensor), null),
  includeLastOffset: BAG_ARGUMENTS.includeLastOffset,
  paddingIdx: EMBEDDING_ARGUMENTS.paddingIdx,
});

/**
 * Sums, means or maxima of bags of embedding vectors, without the vectors themselves.
 *
 * @param input - Indices, int32: [B,L] for bags of one length, or [N] with `offsets`.
 * @param weight - [V,D], floating dtype.
 * @param offsets - Start of each bag in the 1-D input, int32 on the CPU.
 * @returns [B,D]; zeros for an empty bag. Indices equal to `paddingIdx` do not count.
 * @throws ShapeError for inputs and offsets that do not go together; ValueError for an index out of range, offsets that do
 * not begin with 0, or `perSampleWeights` without mode "sum".
 * @example
 * const weight = tensor([[0, 1], [2, 3], [4, 5]]);
 * const input = tensor([2, 0, 1], { dtype: "int32" });
 * nn.functional.embeddingBag(input, weight, tensor([0, 2], { dtype: "int32" }));
 * // tensor([[2., 3.],
 * //         [2., 3.]])
 */
export function embeddingBag(
  input: Tensor,
  weight: Tensor,
  offsets?: Tensor | null,
  options?: EmbeddingBagFunctionOptions,
): Tensor;
export function embeddingBag(input: Tensor, weight: Tensor, options?: EmbeddingBagFunctionOptions): Tensor;
export function embeddingBag(...args: readonly unknown[]): Tensor {
  const op = "embeddingBag";
  const given = EMBEDDING_BAG.read(args);
  const { input, weight, offsets, mode, perSampleWeights } = given;
  checkIndices(op, input);
  const [rows, width] = weight.shape;
  if (rows === undefined || width === undefined || weight.ndim !== 2) {
    throw new ShapeError(`[${op}] 'weight' must be 2-D, but it has ${weight.ndim} dimensions`);
  }
  if (perSampleWeights !== null) {
    if (mode !== "sum") {
      throw new ValueError(
        `[${op}] embedding_bag: per_sample_weights was not None. per_sample_weights is only supported for mode='sum' (got mode='${mode}').`,
      );
    }
    if (String(perSampleWeights.shape) !== String(input.shape)) {
      throw new ShapeError(
        `[${op}] embedding_bag: If per_sample_weights (${bracketed(perSampleWeights.shape)}) is not None, then it must have the same shape as the input (${bracketed(input.shape)})`,
      );
    }
  }
  if (mode === "max" && given.scaleGradByFreq) {
    throw new ValueError(`[${op}] max mode does not support scaling the gradient by the frequency`);
  }
  const indices = input.reshape(-1);
  const bounds = boundsOf(op, input, offsets, given.includeLastOffset);
  if (given.maxNorm !== null) renormRows(op, weight, indices, given.maxNorm, given.normType);
  let found = selectRows(op, weight, indices);
  if (given.scaleGradByFreq) found = scaleByFrequency(found, indices, weight);
  if (perSampleWeights !== null) found = found.mul(perSampleWeights.reshape([-1, 1]));
  const padding = paddingRow(op, given.paddingIdx, rows);
  const counted = padding === null ? null : indices.ne(padding).unsqueeze(1);
  const result = mode === "max" ? maxOfBags(found, counted, bounds) : sumOfBags(found, counted, bounds, mode);
  return withGradFnName("EmbeddingBagBackward0", result);
}

/** Start of each bag, and the end of the last one. */
function boundsOf(op: string, input: Tensor, offsets: Tensor | null, includesLast: boolean): number[] {
  if (input.ndim === 2) {
    if (offsets !== null) {
      throw new ShapeError(
        `[${op}] if input is 2D, then offsets has to be None, as input is treated is a mini-batch of fixed length sequences.`,
      );
    }
    const [bags, length] = input.shape as [number, number];
    return Array.from({ length: bags + 1 }, (_, i) => i * length);
  }
  if (input.ndim !== 1)
    throw new ShapeError(`[${op}] input has to be 1D or 2D Tensor, but got Tensor of dimension ${input.ndim}`);
  if (offsets === null) throw new ShapeError(`[${op}] offsets has to be a 1D Tensor but got None`);
  if (offsets.ndim !== 1) throw new ShapeError(`[${op}] offsets has to be a 1D Tensor`);
  const starts = Array.from(offsets.dataSync());
  const [first] = starts;
  if (first !== undefined && first !== 0) {
    throw new ValueError(
      `[${op}] offsets[0] has to be 0, i.e., the first sequence in the mini-batch has to start from position 0. However, got ${first}`,
    );
  }
  const last = starts.at(-1) ?? 0;
  if (last > input.numel()) {
    throw new ValueError(
      `[${op}] offsets[-1] can not be greater than input's length ${input.numel()} but got offsets[-1] of ${last}`,
    );
  }
  if (starts.some((start, i) => i > 0 && start < (starts[i - 1] as number))) {
    throw new ValueError(`[${op}] offsets have to be in increasing order, but got ${bracketed(starts)}`);
  }
  return includesLast ? starts : [...starts, input.numel()];
}

/** The bag of each index. */
function bagsOf(like: Tensor, bounds: readonly number[], count: number): Tensor {
  const bags = new Int32Array(count);
  for (let b = 0; b + 1 < bounds.length; b++) bags.fill(b, bounds[b], bounds[b + 1]);
  return newFrom(like, "int32", bags, [count]);
}

function sumOfBags(found: Tensor, counted: Tensor | null, bounds: readonly number[], mode: "sum" | "mean"): Tensor {
  const bags = Math.max(bounds.length - 1, 0);
  const width = found.size(1);
  const end = bounds.at(-1) ?? 0;
  // With a last offset that is included, indices behind it belong to no bag.
  const inside = end < found.size(0) ? found.narrow(0, 0, end) : found;
  const rows = counted === null ? inside : inside.mul(counted.narrow(0, 0, end).to(found.dtype));
  const even = bags > 0 && bounds.every((bound, i) => bound * bags === i * end);
  const places = bagsOf(found, bounds, end);
  const sums = even
    ? rows.view([bags, end / bags, width]).sum(1)
    : found.newZeros([bags, width]).indexAdd(0, places, rows);
  if (mode === "sum") return sums;
  const sizes = Float64Array.from({ length: bags }, (_, b) =>
    Math.max((bounds[b + 1] as number) - (bounds[b] as number), 1),
  );
  if (counted === null) return sums.div(newFrom(found, "float64", sizes, [bags, 1]).to(found.dtype));
  const counts = found.newZeros([bags, 1]).indexAdd(0, places, counted.narrow(0, 0, end).to(found.dtype));
  return sums.div(counts.clampMin(1));
}

function maxOfBags(found: Tensor, counted: Tensor | null, bounds: readonly number[]): Tensor {
  const bags = Math.max(bounds.length - 1, 0);
  const longest = Math.max(...bounds.map((bound, b) => (b === 0 ? 0 : bound - (bounds[b - 1] as number))), 1);
  const total = found.size(0);
  const lowest = found.newZeros([1, found.size(1)]).sub(Number.POSITIVE_INFINITY);
  const seen = counted === null ? found : found.where(counted, lowest);
  // Bags of one length: the row behind the last one fills the rest, and the whole of an empty bag is zero.
  const rows = Int32Array.from({ length: bags * longest }, (_, k) => {
    const place = (bounds[Math.floor(k / longest)] as number) + (k % longest);
    return place < (bounds[Math.floor(k / longest) + 1] as number) ? place : total;
  });
  const padded = cat([seen, lowest]).indexSelect(0, newFrom(found, "int32", rows, [rows.length]));
  const { values } = padded.view([bags, longest, found.size(1)]).max(1);
  return values.where(values.gt(Number.NEGATIVE_INFINITY), values.newZeros([]));
}
