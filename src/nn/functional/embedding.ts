/** @file Embedding lookup, and bags of embeddings. */
import { apply } from "../../autograd/apply.ts";
import { composite } from "../../autograd/batching.ts";
import { CustomFunction, type FunctionContext } from "../../autograd/function.ts";
import { noGrad } from "../../autograd/grad-mode.ts";
import { forgetBase } from "../../autograd/tape-state.ts";
import { type ByName, optional, required, signature, type ThenOptions } from "../../core/arguments.ts";
import { DTypeError, ShapeError, ValueError } from "../../core/errors.ts";
import { aBoolean, aNumber, anInteger, aTensor, nullable, oneOf, only, worded } from "../../core/kinds.ts";
import { bracketed } from "../../core/shape.ts";
import { withGradFnName } from "../../tensor/functions/grad-fn-name.ts";
import { cat } from "../../tensor/functions/shape.ts";
import { newFrom } from "../../tensor/like.ts";
import { ops } from "../../tensor/ops/index.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { checkFloat, INPUT, SCALAR_TYPES } from "./validate.ts";

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
  ...args: ByName<["input", "weight"], { readonly input: Tensor; readonly weight: Tensor } & EmbeddingFunctionOptions>
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

/** The table, with gradients of its rows that are divided by the frequency of their index. */
function scaledTable(weight: Tensor, indices: Tensor): Tensor {
  const counts = indices.bincount(null, weight.size(0)).clamp({ min: 1 });
  return ScaledGrad.apply(weight, counts.to(weight.dtype).reciprocal().unsqueeze(1));
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
  return withIndexErrors(op, () => weight.indexSelect(0, indices));
}

function withIndexErrors(op: string, run: () => Tensor): Tensor {
  try {
    return run();
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
export function embeddingBag(
  ...args: ByName<
    ["input", "weight"],
    { readonly input: Tensor; readonly weight: Tensor } & EmbeddingBagFunctionOptions
  >
): Tensor;
export function embeddingBag(input: Tensor, weight: Tensor, options?: EmbeddingBagFunctionOptions): Tensor;
export function embeddingBag(...args: readonly unknown[]): Tensor {
  const op = "embeddingBag";
  const given = EMBEDDING_BAG.read(args);
  const { input, weight, offsets, mode, perSampleWeights } = given;
  checkIndices(op, input);
  if (weight.ndim !== 2) {
    throw new ShapeError(`[${op}] 'weight' must be 2-D, but it has ${weight.ndim} dimensions`);
  }
  checkFloat(op, weight);
  if (perSampleWeights !== null) {
    if (perSampleWeights.dtype !== weight.dtype) {
      throw new DTypeError(
        `[${op}] expected perSampleWeights of the weight's dtype ${weight.dtype}, but got ${perSampleWeights.dtype}. Convert with .to(weight.dtype).`,
      );
    }
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
  if (given.maxNorm !== null) renormRows(op, weight, input.reshape(-1), given.maxNorm, given.normType);
  return composite(op, [input, weight, offsets, perSampleWeights], given, () => bagsNow(op, given));
}

function bagsNow(op: string, given: ReturnType<typeof EMBEDDING_BAG.read>): Tensor {
  const { input, weight, mode, perSampleWeights } = given;
  const indices = input.reshape(-1);
  const bounds = boundsOf(op, input, given.offsets, given.includeLastOffset);
  const padding = paddingRow(op, given.paddingIdx, weight.size(0));
  const counted = padding === null ? null : indices.ne(padding);
  // Rows that the next call scales down, in place, are those of now for the gradient of the factors.
  const table = given.maxNorm !== null && perSampleWeights?.requiresGrad === true ? weight.clone() : weight;
  const result =
    mode === "max"
      ? maxOfBags(selectRows(op, weight, indices), counted?.unsqueeze(1) ?? null, bounds)
      : sumOfBags(op, given.scaleGradByFreq ? scaledTable(table, indices) : table, {
          indices,
          bounds,
          counted,
          factors: perSampleWeights?.reshape(-1) ?? null,
          mode,
        });
  return withGradFnName("EmbeddingBagBackward0", result);
}

/** Start of each bag, and the end of the last one. */
function boundsOf(op: string, input: Tensor, offsets: Tensor | null, includesLast: boolean): Int32Array {
  if (input.ndim === 2) {
    if (offsets !== null) {
      throw new ShapeError(
        `[${op}] if input is 2D, then offsets has to be None, as input is treated is a mini-batch of fixed length sequences.`,
      );
    }
    const [bags, length] = input.shape as [number, number];
    const bounds = new Int32Array(bags + 1);
    for (let b = 0; b <= bags; b++) bounds[b] = b * length;
    return bounds;
  }
  if (input.ndim !== 1)
    throw new ShapeError(`[${op}] input has to be 1D or 2D Tensor, but got Tensor of dimension ${input.ndim}`);
  if (offsets === null) throw new ShapeError(`[${op}] offsets has to be a 1D Tensor but got None`);
  if (offsets.ndim !== 1) throw new ShapeError(`[${op}] offsets has to be a 1D Tensor`);
  const starts = Int32Array.from(offsets.dataSync());
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
    throw new ValueError(`[${op}] offsets have to be in increasing order, but got ${bracketed([...starts])}`);
  }
  if (includesLast) return starts;
  const bounds = new Int32Array(starts.length + 1);
  bounds.set(starts);
  bounds[starts.length] = input.numel();
  return bounds;
}

/** The bag of each index. */
function bagsOf(like: Tensor, bounds: Int32Array, count: number): Tensor {
  const bags = new Int32Array(count);
  for (let b = 0; b + 1 < bounds.length; b++) {
    for (let i = bounds[b] as number; i < (bounds[b + 1] as number); i++) bags[i] = b;
  }
  return newFrom(like, "int32", bags, [count]);
}

/** What the sums of bags are of, besides the table. */
interface Bags {
  readonly indices: Tensor;
  readonly bounds: Int32Array;
  /** Which of the indices count; null for all. */
  readonly counted: Tensor | null;
  /** A factor for each index; null for 1. */
  readonly factors: Tensor | null;
  readonly mode: "sum" | "mean";
}

function sumOfBags(op: string, table: Tensor, { indices, bounds, counted, factors, mode }: Bags): Tensor {
  const bags = Math.max(bounds.length - 1, 0);
  // With a last offset that is included, indices behind it belong to no bag. Those are checked too.
  const end = bounds.at(-1) ?? 0;
  const inside = (t: Tensor): Tensor => (end < t.size(0) ? t.narrow(0, 0, end) : t);
  const counts = counted === null ? null : inside(counted).to(table.dtype);
  const ones = factors === null ? (counts ?? table.newOnes([end])) : inside(factors);
  const scales = factors === null || counts === null ? ones : ones.mul(counts);
  const places = bagsOf(table, bounds, end);
  const starts = newFrom(table, "int32", bounds.length > 0 ? bounds : new Int32Array(1), [bags + 1]);
  const sums = withIndexErrors(op, () => {
    if (end < indices.size(0)) table.detach().indexSelect(0, indices);
    return apply(ops.embeddingBag, [table, inside(indices).int(), starts, scales, places], null);
  });
  if (mode === "sum") return sums;
  if (counts !== null) {
    return sums.div(table.newZeros([bags, 1]).indexAdd(0, places, counts.unsqueeze(1)).clampMin(1));
  }
  const length = commonLength(bounds);
  if (length !== null) return sums.div(Math.max(length, 1));
  const sizes = new Float64Array(bags);
  for (let b = 0; b < bags; b++) sizes[b] = Math.max((bounds[b + 1] as number) - (bounds[b] as number), 1);
  return sums.div(newFrom(table, "float64", sizes, [bags, 1]).to(table.dtype));
}

/** How many indices are in each bag; null if that differs. */
function commonLength(bounds: Int32Array): number | null {
  if (bounds.length < 2) return null;
  const length = (bounds[1] as number) - (bounds[0] as number);
  for (let b = 1; b + 1 < bounds.length; b++) {
    if ((bounds[b + 1] as number) - (bounds[b] as number) !== length) return null;
  }
  return length;
}

function maxOfBags(found: Tensor, counted: Tensor | null, bounds: Int32Array): Tensor {
  const bags = Math.max(bounds.length - 1, 0);
  const lowest = found.newZeros([1, found.size(1)]).sub(Number.POSITIVE_INFINITY);
  const seen = counted === null ? found : found.where(counted, lowest);
  const length = commonLength(bounds);
  if (length !== null && length > 0 && bags * length === found.size(0)) {
    return maxOfRows(seen.view([bags, length, found.size(1)]));
  }
  const longest = bounds.reduce((most, bound, b) => Math.max(most, b === 0 ? 0 : bound - (bounds[b - 1] as number)), 1);
  const total = found.size(0);
  // Bags of one length: the row behind the last one fills the rest, and the whole of an empty bag is zero.
  const rows = Int32Array.from({ length: bags * longest }, (_, k) => {
    const place = (bounds[Math.floor(k / longest)] as number) + (k % longest);
    return place < (bounds[Math.floor(k / longest) + 1] as number) ? place : total;
  });
  const padded = cat([seen, lowest]).indexSelect(0, newFrom(found, "int32", rows, [rows.length]));
  return maxOfRows(padded.view([bags, longest, found.size(1)]));
}

/** The largest row of each bag, 0 where there is none. */
function maxOfRows(rows: Tensor): Tensor {
  const { values } = rows.max(1);
  return values.where(values.gt(Number.NEGATIVE_INFINITY), values.newZeros([]));
}
