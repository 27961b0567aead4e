/** @file Attention in several heads as a layer. */
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

export interface MultiheadAttentionOptions {
  /** Probability of a weight to be zeroed in training. Default 0. */
  readonly dropout?: number | undefined;
  /** Whether the projections add a learned vector. Default true. */
  readonly bias?: boolean | undefined;
  /** Whether to add a learned key and value to every sequence. Default false. */
  readonly addBiasKv?: boolean | undefined;
  /** Whether to add a key and a value of zeros to every sequence. Default false. */
  readonly addZeroAttn?: boolean | undefined;
  /** Size of a key. Default null: embedDim. */
  readonly kdim?: number | null | undefined;
  /** Size of a value. Default null: embedDim. */
  readonly vdim?: number | null | undefined;
  /** Whether inputs and output are [N,L,E] rather than [L,N,E]. Default false. */
  readonly batchFirst?: boolean | undefined;
  /** Default "cpu". */
  readonly device?: DeviceChoice | undefined;
  /** Default "float32". */
  readonly dtype?: DType | undefined;
}

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

/** Some of the positions after the inputs, and options. */
type CallPositions = [keyPaddingMask: Tensor | null, needWeights: boolean, attnMask: Tensor | null];

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

/** The affine layer under the name that PyTorch prints here; it has its own so that no tool of its replaces it. */
class NonDynamicallyQuantizableLinear extends Linear {}

/**
 * Lets every position of one sequence look at all positions of another: see {@link multiHeadAttentionForward}.
 *
 * Inputs are query [L,N,E], key [S,N,kdim] and value [S,N,vdim]; with `batchFirst` [N,L,E] and so on, without a batch
 * [L,E] and so on. The first weights are the numbers that PyTorch draws for the seed.
 *
 * @example
 * const attention = new nn.MultiheadAttention(64, 8, { batchFirst: true });
 * const [output, weights] = attention.forward(x, x, x); // [N,L,64] and [N,L,L]
 */
export class MultiheadAttention extends Module<[output: Tensor, weights: Tensor | null]> {
  embedDim: number;
  numHeads: number;
  headDim: number;
  kdim: number;
  vdim: number;
  dropout: number;
  batchFirst: boolean;
  addZeroAttn: boolean;
  /** [3·E, E]: the projections of queries, keys and values; null if keys or values are of another size. */
  inProjWeight: Parameter | null = null;
  /** [E, E], or null. */
  qProjWeight: Parameter | null = null;
  /** [E, kdim], or null. */
  kProjWeight: Parameter | null = null;
  /** [E, vdim], or null. */
  vProjWeight: Parameter | null = null;
  /** [3·E], or null. */
  inProjBias: Parameter | null;
  /** [1,1,E], or null. */
  biasK: Parameter | null;
  /** [1,1,E], or null. */
  biasV: Parameter | null;
  outProj: Linear;

  /** @throws ValueError for sizes that make no sense, or an embedDim that numHeads does not divide. */
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

  /** Draws the projections into the heads anew, and sets what they add to 0. `outProj` keeps its weight, as in PyTorch. */
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
   * @returns the result, of the form of `query`, and the weights: [N,L,S] averaged over the heads, else [N,heads,L,S],
   * without a batch less the N; null with `needWeights: false`.
   * @throws ShapeError for sizes that do not fit, DTypeError for dtypes.
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
    const turned = this.batchFirst && query.ndim === 3;
    const turn = (x: Tensor): Tensor => (turned && x.ndim === 3 ? x.transpose(0, 1) : x);
    // What is one tensor stays one: then a single product makes all three projections.
    const v = turn(value);
    const k = key === value ? v : turn(key);
    const q = query === key ? k : turn(query);
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
    return [turned ? output.transpose(0, 1) : output, weights];
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
