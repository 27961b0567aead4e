/** @file The table of learned vectors. */
import type { DType } from "../../kernels/backend.ts";
import { noGrad } from "../autograd/grad-mode.ts";
import { optional, required, type SomeThenOptions, signature } from "../core/arguments.ts";
import type { DeviceChoice } from "../core/device.ts";
import { ShapeError } from "../core/errors.ts";
import { aBoolean, aTensor } from "../core/kinds.ts";
import { pythonRepr } from "../core/python-repr.ts";
import { empty } from "../tensor/create.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { EMBEDDING_ARGUMENTS, type EmbeddingFunctionOptions, embedding, paddingRow } from "./functional/embedding.ts";
import { aCount, PLACE } from "./functional/validate.ts";
import { normal_ } from "./init.ts";
import { Module } from "./module.ts";
import { Parameter } from "./parameter.ts";

export interface EmbeddingOptions extends EmbeddingFunctionOptions {
  /** Default "cpu". */
  readonly device?: DeviceChoice | undefined;
  /** Default "float32". */
  readonly dtype?: DType | undefined;
}

export interface PretrainedOptions extends EmbeddingFunctionOptions {
  /** Do not learn the vectors. Default true. */
  readonly freeze?: boolean | undefined;
}

const SIGNATURES = {
  Embedding: signature("Embedding", {
    numEmbeddings: required(aCount),
    embeddingDim: required(aCount),
    ...EMBEDDING_ARGUMENTS,
    ...PLACE,
  }),
  fromPretrained: signature("Embedding.fromPretrained", {
    embeddings: required(aTensor),
    freeze: optional(aBoolean, true),
    ...EMBEDDING_ARGUMENTS,
  }),
};

/**
 * A learned vector for each of `numEmbeddings` indices: int32 [...] → [..., embeddingDim]. The vectors start normally
 * distributed, with the numbers that PyTorch draws for the seed; that of the padding starts and stays with zeros.
 *
 * @example
 * const words = new nn.Embedding(1000, 16, { paddingIdx: 0 });
 * words.forward(tensor([[5, 7, 0]], { dtype: "int32" })); // [1, 3, 16]
 */
export class Embedding extends Module {
  numEmbeddings: number;
  embeddingDim: number;
  paddingIdx: number | null;
  maxNorm: number | null;
  normType: number;
  scaleGradByFreq: boolean;
  /** [numEmbeddings, embeddingDim] */
  weight: Parameter;

  /** @throws ValueError for a padding that is no index. */
  constructor(
    numEmbeddings: number,
    embeddingDim: number,
    paddingIdx?: number | null,
    maxNorm?: number | null,
    normType?: number,
    scaleGradByFreq?: boolean,
    options?: EmbeddingOptions,
  );
  constructor(
    numEmbeddings: number,
    embeddingDim: number,
    ...rest: SomeThenOptions<[paddingIdx: number | null, maxNorm: number | null, normType: number], EmbeddingOptions>
  );
  constructor(numEmbeddings: number, embeddingDim: number, options?: EmbeddingOptions);
  constructor(...args: readonly unknown[]) {
    super();
    const given = SIGNATURES.Embedding.read(args);
    const { numEmbeddings, embeddingDim, device, dtype } = given;
    this.numEmbeddings = numEmbeddings;
    this.embeddingDim = embeddingDim;
    this.paddingIdx = paddingRow("Embedding", given.paddingIdx, numEmbeddings);
    this.maxNorm = given.maxNorm;
    this.normType = given.normType;
    this.scaleGradByFreq = given.scaleGradByFreq;
    this.weight = new Parameter(empty(numEmbeddings, embeddingDim, { device, dtype }));
    this.resetParameters();
    this.noteMembers("weight");
  }

  /**
   * A layer with given vectors.
   *
   * @param embeddings - [numEmbeddings, embeddingDim]; the layer shares its memory.
   * @param freeze - Do not learn them. Default true.
   */
  static fromPretrained(embeddings: Tensor, freeze?: boolean, options?: PretrainedOptions): Embedding;
  static fromPretrained(embeddings: Tensor, options?: PretrainedOptions): Embedding;
  static fromPretrained(...args: readonly unknown[]): Embedding {
    const op = "Embedding.fromPretrained";
    const given = SIGNATURES.fromPretrained.read(args);
    const { embeddings, maxNorm, normType, scaleGradByFreq } = given;
    if (embeddings.ndim !== 2) throw new ShapeError(`[${op}] Embeddings parameter is expected to be 2-dimensional`);
    const layer = new Embedding(0, embeddings.size(1), { maxNorm, normType, scaleGradByFreq });
    layer.numEmbeddings = embeddings.size(0);
    layer.paddingIdx = paddingRow(op, given.paddingIdx, embeddings.size(0));
    layer.weight = new Parameter(embeddings.detach(), !given.freeze);
    return layer;
  }

  /** Draws the vectors anew. */
  resetParameters(): void {
    normal_(this.weight);
    const { paddingIdx } = this;
    if (paddingIdx !== null) noGrad(() => this.weight.select(0, paddingIdx).zero_());
  }
  override forward(x: Tensor): Tensor {
    this.checkMembers();
    return embedding(x, this.weight, this.paddingIdx, this.maxNorm, this.normType, this.scaleGradByFreq);
  }
  override extraRepr(): string {
    return (
      `${this.numEmbeddings}, ${this.embeddingDim}` +
      (this.paddingIdx === null ? "" : `, padding_idx=${this.paddingIdx}`) +
      (this.maxNorm === null ? "" : `, max_norm=${pythonRepr(this.maxNorm, true)}`) +
      (this.normType === 2 ? "" : `, norm_type=${pythonRepr(this.normType, true)}`) +
      (this.scaleGradByFreq ? ", scale_grad_by_freq=True" : "")
    );
  }
}
