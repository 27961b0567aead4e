/** @file Attention in several heads, after projections, as a function. */
import { sameShape } from "../../../kernels/layout.ts";
import { optional, required, signature } from "../../core/arguments.ts";
import { aBoolean, anInteger, aTensor, nullable } from "../../core/kinds.ts";
import { ShapeError, ValueError } from "../../tensor/errors.ts";
import { linear } from "../../tensor/functions/matmul.ts";
import { cat } from "../../tensor/functions/shape.ts";
import { bracketed } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { type AttentionSizes, mergeMasks, readPaddingMask, readPairMask } from "./attention-masks.ts";
import { aPositiveCount, checkFloat, checkSameDType } from "./check.ts";
import { aProbability, dropout } from "./dropout.ts";

/** What every call of attention with several heads may say. */
export interface AttentionOptions {
  /**
   * Keys to leave out: bools [N,S], true for those, or [S] without a batch. Or floats, added to the scores. Default null.
   */
  readonly keyPaddingMask?: Tensor | null | undefined;
  /** Whether to return the weights as well. Default true. */
  readonly needWeights?: boolean | undefined;
  /**
   * Pairs to leave out: bools [L,S] or [N·heads,L,S], true for those. Or floats, added to the scores. Default null.
   */
  readonly attnMask?: Tensor | null | undefined;
  /** Whether the weights returned are the mean over the heads. Default true. */
  readonly averageAttnWeights?: boolean | undefined;
}

/** Weights and settings of {@link multiHeadAttentionForward}. */
export interface MultiHeadAttentionOptions extends AttentionOptions {
  readonly numHeads: number;
  /** The size of a query, if it is to be checked. Default null. */
  readonly embedDimToCheck?: number | null | undefined;
  /** [3·E, E]: those for queries, keys and values, one below the other. Null if they come separately. */
  readonly inProjWeight?: Tensor | null | undefined;
  /** Whether to use the three that follow. Default: if `inProjWeight` is null. */
  readonly useSeparateProjWeight?: boolean | undefined;
  /** [E, E], instead of `inProjWeight`. */
  readonly qProjWeight?: Tensor | null | undefined;
  /** [E, size of a key], instead of `inProjWeight`. */
  readonly kProjWeight?: Tensor | null | undefined;
  /** [E, size of a value], instead of `inProjWeight`. */
  readonly vProjWeight?: Tensor | null | undefined;
  /** [3·E], or null. */
  readonly inProjBias?: Tensor | null | undefined;
  /** [1,1,E]: one more key, or null. */
  readonly biasK?: Tensor | null | undefined;
  /** [1,1,E]: the value of that key, or null. */
  readonly biasV?: Tensor | null | undefined;
  /** Whether to add a key and a value of zeros. Default false. */
  readonly addZeroAttn?: boolean | undefined;
  /** Probability of a weight to be zeroed in training. Default 0. */
  readonly dropoutP?: number | undefined;
  /** [E, E] */
  readonly outProjWeight: Tensor;
  /** [E], or null. */
  readonly outProjBias?: Tensor | null | undefined;
  /** Whether to drop out. Default true. */
  readonly training?: boolean | undefined;
  /** [N·heads,S,E/heads]: keys of all heads that take the place of those projected, or null. */
  readonly staticK?: Tensor | null | undefined;
  /** [N·heads,S,E/heads]: their values, or null. */
  readonly staticV?: Tensor | null | undefined;
}

const NONE = optional(nullable(aTensor), null);

/** The three inputs, and what a call may say; the layer takes them in this order. */
const QUERY_KEY_VALUE = { query: required(aTensor), key: required(aTensor), value: required(aTensor) };
const CALL = {
  keyPaddingMask: NONE,
  needWeights: optional(aBoolean, true),
  attnMask: NONE,
  averageAttnWeights: optional(aBoolean, true),
};
export const ATTENTION_ARGUMENTS = { ...QUERY_KEY_VALUE, ...CALL };

const { averageAttnWeights, ...BEFORE_WEIGHTS } = CALL;
const MULTI_HEAD = signature("multiHeadAttentionForward", {
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
});
type Given = ReturnType<typeof MULTI_HEAD.read>;
type Three = readonly [query: Tensor, key: Tensor, value: Tensor];

/**
 * Attention in several heads: queries, keys and values are projected and divided into `numHeads` parts, each part is a
 * scaled dot-product attention of its own, and the results are joined and projected once more.
 *
 * @param query - [L,N,E], or [L,E] without a batch.
 * @param key - [S,N,E], or [S,E].
 * @param value - [S,N,E], or [S,E].
 * @returns the result [L,N,E], or [L,E], and the weights: [N,L,S] averaged, else [N,heads,L,S], without a batch less the
 * N; null unless `needWeights`.
 * @throws ShapeError for sizes that do not fit, DTypeError for dtypes, ValueError for options that make no sense.
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
  query: Tensor,
  key: Tensor,
  value: Tensor,
  options: MultiHeadAttentionOptions,
): [output: Tensor, weights: Tensor | null];
export function multiHeadAttentionForward(
  query: Tensor,
  key: Tensor,
  value: Tensor,
  options: MultiHeadAttentionOptions,
): [output: Tensor, weights: Tensor | null];
export function multiHeadAttentionForward(...args: readonly unknown[]): [output: Tensor, weights: Tensor | null] {
  const given = MULTI_HEAD.read(args);
  return attendInHeads("multiHeadAttentionForward", [given.query, given.key, given.value], given);
}

function attendInHeads(op: string, inputs: Three, given: Given): [output: Tensor, weights: Tensor | null] {
  const batched = checkInputs(op, inputs);
  const sequences = batched ? inputs : unsqueezed(inputs);
  const sizes = sizesOf(op, sequences, given.numHeads, batched);
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
  const scores = q.div(Math.sqrt(embedDim / heads)).bmm(k.transpose(1, 2));
  const all = dropout((mask === null ? scores : scores.add(mask)).softmax(-1), given.dropoutP, given.training);
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

/** Whether there is a batch. Throws unless all inputs are floats of one dtype and fitting rank. */
function checkInputs(op: string, [query, key, value]: Three): boolean {
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
function unsqueezed([query, key, value]: Three): Three {
  const v = value.unsqueeze(1);
  const k = key === value ? v : key.unsqueeze(1);
  return [query === key ? k : query.unsqueeze(1), k, v];
}

function sizesOf(op: string, [query, key, value]: Three, heads: number, batched: boolean): AttentionSizes {
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
function project(op: string, [query, key, value]: Three, given: Given): Three {
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
  if (key === value && query === key) return linear(query, packed, bias).chunk(3, -1) as unknown as Three;
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
