/** @file Multi-head attention. */
import type { DType } from "../../kernels/backend.ts";
import { optional, required, type SomeThenOptions, signature } from "../core/arguments.ts";
import type { DeviceChoice } from "../core/device.ts";
import { ShapeError, ValueError } from "../core/errors.ts";
import { aBoolean, nullable } from "../core/kinds.ts";
import { empty } from "../tensor/create.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { ATTENTION_ARGUMENTS, type AttentionOptions, multiHeadAttentionForward } from "./functional/attention.ts";
import { aProbability } from "./functional/dropout.ts";
import { aPositiveCount, PLACE } from "./functional/validate.ts";
import { xavierNormal_, xavierUniform_, zeros_ } from "./init.ts";
import { Linear } from "./linear.ts";
import { Module } from "./module.ts";
import { Parameter } from "./parameter.ts";

/** Options of {@link MultiheadAttention}. */
export interface MultiheadAttentionOptions {
  /** Dropout probability of the attention weights. Default 0. */
  readonly dropout?: number | undefined;
  /** If false, the input and output projections have no bias. Default true. */
  readonly bias?: boolean | undefined;
  /** If true, adds a learnable bias to the key and value sequences at dimension 0. Default false. */
  readonly addBiasKv?: boolean | undefined;
  /** If true, adds a batch of zeros to the key and value sequences at dimension 1. Default false. */
  readonly addZeroAttn?: boolean | undefined;
  /** Number of features of keys; null: `embedDim`. Default null. */
  readonly kdim?: number | null | undefined;
  /** Number of features of values; null: `embedDim`. Default null. */
  readonly vdim?: number | null | undefined;
  /** If true, input and output are `(N,L,E)`, else `(L,N,E)`. Default false. */
  readonly batchFirst?: boolean | undefined;
  /** Device of the parameters. Default "cpu". */
  readonly device?: DeviceChoice | undefined;
  /** Dtype of the parameters. Default "float32". */
  readonly dtype?: DType | undefined;
}

/** The arguments of the constructor and of `forward`. */
const SIGNATURES = {
  create: signature("MultiheadAttention", {
    embedDim: required(aPositiveCount),
    numHeads: required(aPositiveCount),
    dropout: optional(aProbability, 0),
    bias: optional(aBoolean, true),
    addBiasKv: optional(aBoolean, false),
    addZeroAttn: optional(aBoolean, false),
    kdim: optional(nullable(aPositiveCount), null),
    vdim: optional(nullable(aPositiveCount), null),
    batchFirst: optional(aBoolean, false),
    ...PLACE,
  }),
  forward: signature("MultiheadAttention", ATTENTION_ARGUMENTS),
};

/** The positions of `forward` after the inputs. */
type CallPositions = [keyPaddingMask: Tensor | null, needWeights: boolean, attnMask: Tensor | null];

/** PyTorch's names of the fields. */
const KEYS: Readonly<Record<string, string>> = {
  inProjWeight: "in_proj_weight",
  qProjWeight: "q_proj_weight",
  kProjWeight: "k_proj_weight",
  vProjWeight: "v_proj_weight",
  inProjBias: "in_proj_bias",
  biasK: "bias_k",
  biasV: "bias_v",
  outProj: "out_proj",
};

/** {@link Linear} under the name that PyTorch prints for the output projection. */
class NonDynamicallyQuantizableLinear extends Linear {}

/**
 * Multi-head attention: softmax(Q·Kᵀ/√headDim)·V in `numHeads` heads, on learned projections of query, key and value.
 * See {@link multiHeadAttentionForward}; Vaswani et al., 2017. Initialized with PyTorch's random numbers for the same
 * seed.
 *
 * Shape: query `(L,N,E)`, key `(S,N,kdim)`, value `(S,N,vdim)`; with `batchFirst` `(N,L,E)`, `(N,S,kdim)`,
 * `(N,S,vdim)`; unbatched `(L,E)`, `(S,kdim)`, `(S,vdim)`.
 *
 * @throws ValueError for sizes that are not integers of at least 1, or an `embedDim` that is not divisible by
 * `numHeads`.
 * @example
 * const attention = new nn.MultiheadAttention(64, 8, { batchFirst: true });
 * const x = randn(2, 5, 64);
 * const [output, weights] = attention.forward(x, x, x);
 * output.shape; // [2, 5, 64]
 * weights.shape; // [2, 5, 5]
 */
export class MultiheadAttention extends Module<[output: Tensor, weights: Tensor | null]> {
  /** Total dimension of the model, E. */
  embedDim: number;
  /** Number of parallel heads, among which `embedDim` is split. */
  numHeads: number;
  /** Dimension of each head: embedDim / numHeads. */
  headDim: number;
  /** Number of features of keys. */
  kdim: number;
  /** Number of features of values. */
  vdim: number;
  /** Dropout probability of the attention weights. */
  dropout: number;
  /** Whether input and output are `(N,L,E)` rather than `(L,N,E)`. */
  batchFirst: boolean;
  /** Whether a batch of zeros is added to the key and value sequences. */
  addZeroAttn: boolean;
  /** Weight of the query, key and value projections together, `(3·E,E)`; null where kdim or vdim differ from E. */
  inProjWeight: Parameter | null = null;
  /** Weight of the query projection, `(E,E)`, where `inProjWeight` is null. */
  qProjWeight: Parameter | null = null;
  /** Weight of the key projection, `(E,kdim)`, where `inProjWeight` is null. */
  kProjWeight: Parameter | null = null;
  /** Weight of the value projection, `(E,vdim)`, where `inProjWeight` is null. */
  vProjWeight: Parameter | null = null;
  /** Bias of the three input projections, `(3·E)`, or null. */
  inProjBias: Parameter | null;
  /** Learnable bias of the key sequence, `(1,1,E)`, or null. */
  biasK: Parameter | null;
  /** Learnable bias of the value sequence, `(1,1,E)`, or null. */
  biasV: Parameter | null;
  /** The output projection. */
  outProj: Linear;

  constructor(
    embedDim: number,
    numHeads: number,
    dropout?: number,
    bias?: boolean,
    addBiasKv?: boolean,
    addZeroAttn?: boolean,
    kdim?: number | null,
    vdim?: number | null,
    batchFirst?: boolean,
    options?: MultiheadAttentionOptions,
  );
  constructor(
    embedDim: number,
    numHeads: number,
    ...rest: SomeThenOptions<
      [
        dropout: number,
        bias: boolean,
        addBiasKv: boolean,
        addZeroAttn: boolean,
        kdim: number | null,
        vdim: number | null,
      ],
      MultiheadAttentionOptions
    >
  );
  constructor(options: { readonly embedDim: number; readonly numHeads: number } & MultiheadAttentionOptions);
  constructor(embedDim: number, numHeads: number, options?: MultiheadAttentionOptions);
  constructor(...args: readonly unknown[]) {
    super();
    const op = "MultiheadAttention";
    const given = SIGNATURES.create.read(args);
    const { embedDim, numHeads, device, dtype, bias } = given;
    if (embedDim % numHeads !== 0) {
      throw new ValueError(`[${op}] embed_dim must be divisible by num_heads, but got ${embedDim} and ${numHeads}`);
    }
    this.embedDim = embedDim;
    this.numHeads = numHeads;
    this.headDim = embedDim / numHeads;
    this.kdim = given.kdim ?? embedDim;
    this.vdim = given.vdim ?? embedDim;
    this.dropout = given.dropout;
    this.batchFirst = given.batchFirst;
    this.addZeroAttn = given.addZeroAttn;
    const weight = (...shape: number[]): Parameter => new Parameter(empty(shape, { device, dtype }));
    if (this.kdim === embedDim && this.vdim === embedDim) this.inProjWeight = weight(3 * embedDim, embedDim);
    else {
      this.qProjWeight = weight(embedDim, embedDim);
      this.kProjWeight = weight(embedDim, this.kdim);
      this.vProjWeight = weight(embedDim, this.vdim);
    }
    this.inProjBias = bias ? weight(3 * embedDim) : null;
    this.biasK = given.addBiasKv ? weight(1, 1, embedDim) : null;
    this.biasV = given.addBiasKv ? weight(1, 1, embedDim) : null;
    this.outProj = new NonDynamicallyQuantizableLinear(embedDim, embedDim, { bias, device, dtype });
    this.resetParameters();
    const projections = ["inProjWeight", "qProjWeight", "kProjWeight", "vProjWeight", "inProjBias"];
    this.noteMembers(...projections, "biasK", "biasV");
  }

  /** Initializes the input projections anew, and sets the biases to 0. `outProj` keeps its weight, as in PyTorch. */
  resetParameters(): void {
    for (const weight of [this.inProjWeight, this.qProjWeight, this.kProjWeight, this.vProjWeight]) {
      if (weight !== null) xavierUniform_(weight);
    }
    if (this.inProjBias !== null) zeros_(this.inProjBias);
    if (this.outProj.bias !== null) zeros_(this.outProj.bias);
    if (this.biasK !== null) xavierNormal_(this.biasK);
    if (this.biasV !== null) xavierNormal_(this.biasV);
  }

  /**
   * @returns the output, in the shape of `query`, and the attention weights: `(N,L,S)` averaged over the heads, else
   * `(N,numHeads,L,S)`, without N where the input is unbatched; null with `needWeights: false`.
   * @throws ShapeError for sizes that do not match; DTypeError for dtypes that do not.
   */
  override forward(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    options?: AttentionOptions & { readonly needWeights?: true | undefined },
  ): [output: Tensor, weights: Tensor];
  override forward(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    options: AttentionOptions & { readonly needWeights: false },
  ): [output: Tensor, weights: null];
  override forward(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    keyPaddingMask?: Tensor | null,
    needWeights?: boolean,
    attnMask?: Tensor | null,
    averageAttnWeights?: boolean,
  ): [output: Tensor, weights: Tensor | null];
  override forward(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    ...rest: SomeThenOptions<CallPositions, AttentionOptions>
  ): [output: Tensor, weights: Tensor | null];
  override forward(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    options?: AttentionOptions,
  ): [output: Tensor, weights: Tensor | null];
  override forward(...args: readonly unknown[]): [output: Tensor, weights: Tensor | null] {
    const { query, key, value, ...given } = SIGNATURES.forward.read(args);
    this.checkMembers();
    checkLast("embedding", query, this.embedDim);
    checkLast("key", key, this.kdim);
    checkLast("value", value, this.vdim);
    const swapsBatch = this.batchFirst && query.ndim === 3;
    const toSequenceFirst = (x: Tensor): Tensor => (swapsBatch && x.ndim === 3 ? x.transpose(0, 1) : x);
    // One tensor stays one: self-attention then makes all three projections in a single product.
    const v = toSequenceFirst(value);
    const k = key === value ? v : toSequenceFirst(key);
    const q = query === key ? k : toSequenceFirst(query);
    const { numHeads, inProjWeight, qProjWeight, kProjWeight, vProjWeight, inProjBias, biasK, biasV } = this;
    const [output, weights] = multiHeadAttentionForward(q, k, v, {
      ...given,
      numHeads,
      inProjWeight,
      qProjWeight,
      kProjWeight,
      vProjWeight,
      inProjBias,
      biasK,
      biasV,
      addZeroAttn: this.addZeroAttn,
      dropoutP: this.dropout,
      outProjWeight: this.outProj.weight,
      outProjBias: this.outProj.bias,
      training: this.training,
    });
    return [swapsBatch ? output.transpose(0, 1) : output, weights];
  }
  protected override keyOf(field: string): string {
    return KEYS[field] ?? field;
  }
}

function checkLast(name: string, x: Tensor, size: number): void {
  const found = x.shape.at(-1);
  if (found === size || found === undefined) return;
  throw new ShapeError(`[MultiheadAttention] was expecting ${name} dimension of ${size}, but got ${found}`);
}
