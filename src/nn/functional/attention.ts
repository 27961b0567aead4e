/** @file Scaled dot-product attention and multi-head attention. */
import { sameShape } from "../../../kernels/layout.ts";
import { apply } from "../../autograd/apply.ts";
import { type ByName, keyword, optional, required, signature, type ThenOptions } from "../../core/arguments.ts";
import { isFloat } from "../../core/dtype.ts";
import { DTypeError, ShapeError, ValueError } from "../../core/errors.ts";
import { aBoolean, aNumber, anInteger, aTensor, nullable } from "../../core/kinds.ts";
import { bracketed, broadcastShapes } from "../../core/shape.ts";
import { linear } from "../../tensor/functions/matmul.ts";
import { cat } from "../../tensor/functions/shape.ts";
import { ops } from "../../tensor/ops/index.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { aProbability, dropout } from "./dropout.ts";
import { aPositiveCount, checkFloat, checkSameDType } from "./validate.ts";

const NONE = optional(nullable(aTensor), null);
/** The three inputs. */
const QUERY_KEY_VALUE = { query: required(aTensor), key: required(aTensor), value: required(aTensor) };
/** The options of one call, which the layer takes too. */
const CALL = {
  keyPaddingMask: NONE,
  needWeights: optional(aBoolean, true),
  attnMask: NONE,
  averageAttnWeights: optional(aBoolean, true),
};
export const ATTENTION_ARGUMENTS = { ...QUERY_KEY_VALUE, ...CALL };

const { averageAttnWeights, ...BEFORE_WEIGHTS } = CALL;
const SIGNATURES = {
  scaledDotProductAttention: signature("scaledDotProductAttention", {
    ...QUERY_KEY_VALUE,
    attnMask: NONE,
    dropoutP: optional(aProbability, 0),
    isCausal: optional(aBoolean, false),
    scale: keyword(nullable(aNumber), null),
  }),
  multiHeadAttentionForward: signature("multiHeadAttentionForward", {
    ...QUERY_KEY_VALUE,
    embedDimToCheck: optional(nullable(anInteger), null),
    numHeads: required(aPositiveCount),
    inProjWeight: NONE,
    inProjBias: NONE,
    biasK: NONE,
    biasV: NONE,
    addZeroAttn: optional(aBoolean, false),
    dropoutP: optional(aProbability, 0),
    outProjWeight: required(aTensor),
    outProjBias: NONE,
    training: optional(aBoolean, true),
    ...BEFORE_WEIGHTS,
    useSeparateProjWeight: optional(aBoolean),
    qProjWeight: NONE,
    kProjWeight: NONE,
    vProjWeight: NONE,
    staticK: NONE,
    staticV: NONE,
    averageAttnWeights,
  }),
};

type MultiHeadArguments = ReturnType<typeof SIGNATURES.multiHeadAttentionForward.read>;
type QueryKeyValue = readonly [query: Tensor, key: Tensor, value: Tensor];

/** Options of {@link scaledDotProductAttention}. */
export interface ScaledDotProductOptions {
  /**
   * Attention mask [..., L, S], broadcast: boolean, true where a query attends to a key; or floating, added to the scores.
   * Default null.
   */
  readonly attnMask?: Tensor | null | undefined;
  /** Dropout probability, applied whether training or not: pass 0 in evaluation. Default 0. */
  readonly dropoutP?: number | undefined;
  /** Causal attention masking: query i attends to keys 0 … i. Default false. */
  readonly isCausal?: boolean | undefined;
  /** Scaling factor applied to the scores. Default null: 1/√E. */
  readonly scale?: number | null | undefined;
}

/**
 * Scaled dot-product attention (Vaswani et al., 2017): softmax(query · keyᵀ · scale + mask) · value.
 *
 * @param query - [..., L, E], floating dtype.
 * @param key - [..., S, E], the same dtype.
 * @param value - [..., S, Ev], the same dtype.
 * @returns [..., L, Ev].
 * @throws ShapeError for sizes that do not match, DTypeError for different dtypes, ValueError for a mask together with
 * `isCausal`.
 * @example
 * const x = eye(2);
 * nn.functional.scaledDotProductAttention(x, x, x);
 * // tensor([[0.6698, 0.3302],
 * //         [0.3302, 0.6698]])
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
  ...args: ByName<
    ["query", "key", "value"],
    { readonly query: Tensor; readonly key: Tensor; readonly value: Tensor } & ScaledDotProductOptions
  >
): Tensor;
export function scaledDotProductAttention(
  query: Tensor,
  key: Tensor,
  value: Tensor,
  ...rest: ThenOptions<[attnMask: Tensor | null, dropoutP: number], ScaledDotProductOptions>
): Tensor;
export function scaledDotProductAttention(...args: readonly unknown[]): Tensor {
  const op = "scaledDotProductAttention";
  const given = SIGNATURES.scaledDotProductAttention.read(args);
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
  const scale = given.scale ?? 1 / Math.sqrt(query.size(-1));
  const scores = query.matmul(key.transpose(-2, -1));
  const weights = maskedSoftmax(op, scores, given.attnMask, scale, given.isCausal);
  return dropout(weights, given.dropoutP).matmul(value);
}

/** softmax(scores · scale + mask), where a boolean mask is true where a query attends to a key. */
function maskedSoftmax(op: string, scores: Tensor, mask: Tensor | null, scale: number, causal = false): Tensor {
  if (mask === null) return apply(ops.maskedSoftmax, [scores], { scale, causal });
  if (mask.dtype !== "bool") {
    if (!mask.isFloatingPoint()) {
      throw new DTypeError(
        `[${op}] expected attn_mask of bools or floats, but got ${mask.dtype}. Convert with .bool(): true where a query may look.`,
      );
    }
    checkSameDType(op, scores, mask, "attn_mask");
  }
  const shape = broadcastShapes(op, scores.shape, mask.shape);
  return apply(ops.maskedSoftmax, [scores.expand(shape), mask], { scale, causal });
}

/** Options of one call of multi-head attention. */
export interface AttentionOptions {
  /**
   * Keys to ignore: boolean [N,S], true for those, or [S] without a batch; or floating, added to the scores. Default null.
   */
  readonly keyPaddingMask?: Tensor | null | undefined;
  /** Whether to return the attention weights as well. Default true. */
  readonly needWeights?: boolean | undefined;
  /**
   * Positions that must not be attended to: boolean [L,S] or [N·heads,L,S], true for those; or floating, added to the
   * scores. Default null.
   */
  readonly attnMask?: Tensor | null | undefined;
  /** Whether the returned weights are averaged over the heads. Default true. */
  readonly averageAttnWeights?: boolean | undefined;
}

/** Projections and settings of {@link multiHeadAttentionForward}. */
export interface MultiHeadAttentionOptions extends AttentionOptions {
  /** Number of parallel attention heads; divides E. */
  readonly numHeads: number;
  /** The embedding dimension E to check the query against. Default null: no check. */
  readonly embedDimToCheck?: number | null | undefined;
  /** Input projection of queries, keys and values, stacked: [3·E, E]. Null with separate projections. */
  readonly inProjWeight?: Tensor | null | undefined;
  /** Use the three separate projections that follow. Default: if `inProjWeight` is null. */
  readonly useSeparateProjWeight?: boolean | undefined;
  /** Projection of queries, [E, E]. */
  readonly qProjWeight?: Tensor | null | undefined;
  /** Projection of keys, [E, kdim]. */
  readonly kProjWeight?: Tensor | null | undefined;
  /** Projection of values, [E, vdim]. */
  readonly vProjWeight?: Tensor | null | undefined;
  /** Bias of the input projections, [3·E], or null. Default null. */
  readonly inProjBias?: Tensor | null | undefined;
  /** Bias of the key sequence: one key more, [1,1,E], or null. Default null. */
  readonly biasK?: Tensor | null | undefined;
  /** Bias of the value sequence: the value of that key, [1,1,E], or null. Default null. */
  readonly biasV?: Tensor | null | undefined;
  /** Append a key and a value of zeros. Default false. */
  readonly addZeroAttn?: boolean | undefined;
  /** Dropout probability of the attention weights. Default 0. */
  readonly dropoutP?: number | undefined;
  /** Output projection, [E, E]. */
  readonly outProjWeight: Tensor;
  /** Bias of the output projection, [E], or null. Default null. */
  readonly outProjBias?: Tensor | null | undefined;
  /** Apply dropout. Default true. */
  readonly training?: boolean | undefined;
  /** Static keys [N·heads,S,E/heads] in place of the projected ones, or null. Default null. */
  readonly staticK?: Tensor | null | undefined;
  /** Static values [N·heads,S,E/heads] in place of the projected ones, or null. Default null. */
  readonly staticV?: Tensor | null | undefined;
}

/**
 * Multi-head attention (Vaswani et al., 2017): queries, keys and values are projected and split into `numHeads` heads,
 * each head is a scaled dot-product attention, and the concatenated results are projected once more.
 *
 * @param query - [L,N,E], or [L,E] without a batch; floating dtype.
 * @param key - [S,N,kdim], or [S,kdim].
 * @param value - [S,N,vdim], or [S,vdim].
 * @returns the output [L,N,E], or [L,E]; and the weights: [N,L,S] averaged, else [N,heads,L,S], without N if there is no
 * batch, null unless `needWeights`.
 * @throws ShapeError for sizes that do not match, DTypeError for different dtypes, ValueError for projections that are
 * missing.
 * @example
 * const x = eye(2);
 * const [output, weights] = nn.functional.multiHeadAttentionForward(x, x, x, {
 *   numHeads: 1,
 *   inProjWeight: eye(2).repeat(3, 1),
 *   outProjWeight: eye(2),
 * });
 * output; // tensor([[0.6698, 0.3302],
 * //         [0.3302, 0.6698]])
 * weights.shape; // [2, 2]
 */
export function multiHeadAttentionForward(
  query: Tensor,
  key: Tensor,
  value: Tensor,
  options: MultiHeadAttentionOptions & { readonly needWeights?: true | undefined },
): [output: Tensor, weights: Tensor];
export function multiHeadAttentionForward(
  query: Tensor,
  key: Tensor,
  value: Tensor,
  options: MultiHeadAttentionOptions & { readonly needWeights: false },
): [output: Tensor, weights: null];
export function multiHeadAttentionForward(
  ...args: ByName<
    ["query", "key", "value", "options"],
    {
      readonly query: Tensor;
      readonly key: Tensor;
      readonly value: Tensor;
      readonly options: MultiHeadAttentionOptions;
    }
  >
): [output: Tensor, weights: Tensor | null];
export function multiHeadAttentionForward(
  query: Tensor,
  key: Tensor,
  value: Tensor,
  options: MultiHeadAttentionOptions,
): [output: Tensor, weights: Tensor | null];
export function multiHeadAttentionForward(...args: readonly unknown[]): [output: Tensor, weights: Tensor | null] {
  const given = SIGNATURES.multiHeadAttentionForward.read(args);
  return attendInHeads("multiHeadAttentionForward", [given.query, given.key, given.value], given);
}

function attendInHeads(
  op: string,
  inputs: QueryKeyValue,
  given: MultiHeadArguments,
): [output: Tensor, weights: Tensor | null] {
  const batched = checkInputs(op, inputs);
  const sequences = batched ? inputs : addBatch(inputs);
  const sizes = attentionSizes(op, sequences, given.numHeads, batched);
  const { batch, heads, targets } = sizes;
  const embedDim = sequences[0].size(-1);
  if (given.embedDimToCheck !== null && given.embedDimToCheck !== embedDim) {
    throw new ShapeError(`[${op}] was expecting embedding dimension of ${given.embedDimToCheck}, but got ${embedDim}`);
  }
  let [q, k, v] = project(op, sequences, given);
  let pairs = given.attnMask && readPairMask(op, given.attnMask, sizes);
  let padding = given.keyPaddingMask && readPaddingMask(op, given.keyPaddingMask, sizes);
  const addKey = (along: number, moreKeys: Tensor, moreValues: Tensor): void => {
    k = cat([k, moreKeys], along);
    v = cat([v, moreValues], along);
    pairs = pairs?.pad([0, 1]) ?? null;
    padding = padding?.pad([0, 1]) ?? null;
  };
  if ((given.biasK === null) !== (given.biasV === null)) {
    throw new ValueError(`[${op}] biasK and biasV must both be given or both be null`);
  }
  if (given.biasK !== null && given.biasV !== null) {
    addKey(0, given.biasK.repeat(1, batch, 1), given.biasV.repeat(1, batch, 1));
  }
  const inHeads = (x: Tensor): Tensor =>
    x
      .contiguous()
      .view(x.size(0), batch * heads, embedDim / heads)
      .transpose(0, 1);
  const headSize = [batch * heads, embedDim / heads] as const;
  q = inHeads(q);
  k = given.staticK === null ? inHeads(k) : checkStatic(op, "staticK", given.staticK, headSize);
  v = given.staticV === null ? inHeads(v) : checkStatic(op, "staticV", given.staticV, headSize);
  if (given.addZeroAttn) {
    const zeros = k.newZeros([batch * heads, 1, embedDim / heads]);
    addKey(1, zeros, zeros);
  }
  const mask = mergeMasks(op, pairs, padding, q, heads);
  const scores = q.bmm(k.transpose(1, 2));
  const seen = maskedSoftmax(op, scores, mask, 1 / Math.sqrt(embedDim / heads));
  const all = dropout(seen, given.dropoutP, given.training);
  const joined = all
    .bmm(v)
    .transpose(0, 1)
    .reshape(targets * batch, embedDim);
  const projected = linear(joined, given.outProjWeight, given.outProjBias);
  const result = projected.view(targets, batch, projected.size(1));
  const output = batched ? result : result.squeeze(1);
  if (!given.needWeights) return [output, null];
  const each = all.view(batch, heads, targets, k.size(1));
  const weights = given.averageAttnWeights ? each.sum(1).div(heads) : each;
  return [output, batched ? weights : weights.squeeze(0)];
}

/** Whether there is a batch. Throws unless all inputs are floats of one dtype and fitting rank. */
function checkInputs(op: string, [query, key, value]: QueryKeyValue): boolean {
  checkFloat(op, query);
  checkSameDType(op, query, key, "key");
  checkSameDType(op, query, value, "value");
  if (query.ndim !== 2 && query.ndim !== 3) {
    throw new ShapeError(
      `[${op}] query should be unbatched 2D or batched 3D tensor but received ${query.ndim}-D query tensor`,
    );
  }
  if (key.ndim !== query.ndim || value.ndim !== query.ndim) {
    throw new ShapeError(
      `[${op}] For ${query.ndim === 3 ? "batched" : "unbatched"} (${query.ndim}-D) \`query\`, expected \`key\` and \`value\` to be ${query.ndim}-D but found ${key.ndim}-D and ${value.ndim}-D tensors respectively`,
    );
  }
  return query.ndim === 3;
}

/** The inputs with a batch of one. What was one tensor stays one, which {@link project} looks at. */
function addBatch([query, key, value]: QueryKeyValue): QueryKeyValue {
  const v = value.unsqueeze(1);
  const k = key === value ? v : key.unsqueeze(1);
  return [query === key ? k : query.unsqueeze(1), k, v];
}

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

function attentionSizes(
  op: string,
  [query, key, value]: QueryKeyValue,
  heads: number,
  batched: boolean,
): AttentionSizes {
  const [targets, batch, embedDim] = query.shape as [number, number, number];
  if (embedDim % heads !== 0) {
    throw new ShapeError(`[${op}] embed_dim ${embedDim} not divisible by num_heads ${heads}`);
  }
  if (key.size(1) !== batch) {
    throw new ShapeError(`[${op}] expected a key of the query's batch size ${batch}, but got ${key.size(1)}`);
  }
  if (!sameShape(key.shape.slice(0, 2), value.shape.slice(0, 2))) {
    throw new ShapeError(
      `[${op}] key's sequence and batch dims torch.Size(${bracketed(key.shape.slice(0, 2))}) do not match value's torch.Size(${bracketed(value.shape.slice(0, 2))})`,
    );
  }
  return { batched, batch, heads, targets, sources: key.size(0) };
}

/** The three projections. One tensor in several roles is multiplied once. */
function project(op: string, [query, key, value]: QueryKeyValue, given: MultiHeadArguments): QueryKeyValue {
  const E = query.size(-1);
  const { inProjWeight: packed, inProjBias: bias, qProjWeight, kProjWeight, vProjWeight } = given;
  if (packed === null || given.useSeparateProjWeight === true) {
    if (qProjWeight === null || kProjWeight === null || vProjWeight === null) {
      throw new ValueError(`[${op}] expected inProjWeight, or qProjWeight, kProjWeight and vProjWeight`);
    }
    const [bq, bk, bv] = bias?.chunk(3) ?? [];
    return [linear(query, qProjWeight, bq), linear(key, kProjWeight, bk), linear(value, vProjWeight, bv)];
  }
  if (!sameShape(key.shape, value.shape)) {
    throw new ShapeError(
      `[${op}] key shape torch.Size(${bracketed(key.shape)}) does not match value shape torch.Size(${bracketed(value.shape)})`,
    );
  }
  if (key === value && query === key) return linear(query, packed, bias).chunk(3, -1) as unknown as QueryKeyValue;
  if (key === value) {
    const [wq, wkv] = packed.split([E, 2 * E]) as [Tensor, Tensor];
    const [bq, bkv] = bias?.split([E, 2 * E]) ?? [];
    const [k, v] = linear(key, wkv, bkv).chunk(2, -1) as [Tensor, Tensor];
    return [linear(query, wq, bq), k, v];
  }
  const [wq, wk, wv] = packed.chunk(3) as [Tensor, Tensor, Tensor];
  const [bq, bk, bv] = bias?.chunk(3) ?? [];
  return [linear(query, wq, bq), linear(key, wk, bk), linear(value, wv, bv)];
}

/** Keys or values that are given as they are. Throws a ShapeError for other sizes. */
function checkStatic(
  op: string,
  name: string,
  x: Tensor,
  [heads, size]: readonly [heads: number, size: number],
): Tensor {
  if (x.ndim === 3 && x.size(0) === heads && x.size(2) === size) return x;
  throw new ShapeError(`[${op}] expecting ${name} of shape [${heads}, S, ${size}], but got ${bracketed(x.shape)}`);
}

/** A shape as Python writes a tuple. */
const tuple = (shape: readonly number[]): string => `(${shape.join(", ")})`;

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
  if (padding === null) return pairs && toAdditiveMask(op, pairs, x);
  const [batch, sources] = padding.shape as [number, number];
  const keys = padding
    .view(batch, 1, 1, sources)
    .expand(-1, heads, -1, -1)
    .reshape(batch * heads, 1, sources);
  if (pairs === null) return toAdditiveMask(op, keys, x);
  if (pairs.dtype === "bool" && keys.dtype === "bool") return toAdditiveMask(op, pairs.logicalOr(keys), x);
  if (keys.dtype !== "bool") return toAdditiveMask(op, pairs, x).add(toAdditiveMask(op, keys, x));
  return toAdditiveMask(op, pairs, x).maskedFill(keys, Number.NEGATIVE_INFINITY);
}

/** A mask as numbers to be added to scores like `x`: −∞ where one of bools is true. */
function toAdditiveMask(op: string, mask: Tensor, x: Tensor): Tensor {
  if (mask.dtype === "bool") return x.newZeros(mask.shape).maskedFill(mask, Number.NEGATIVE_INFINITY);
  checkSameDType(op, x, mask, "mask");
  return mask;
}
