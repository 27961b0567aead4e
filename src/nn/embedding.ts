/** @file Embedding layer. */
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

/** Options of {@link Embedding}. */
export interface EmbeddingOptions extends EmbeddingFunctionOptions {
  /** Device of the parameter. Default "cpu". */
  readonly device?: DeviceChoice | undefined;
  /** Dtype of the parameter. Default "float32". */
  readonly dtype?: DType | undefined;
}

/** Options of {@link Embedding.fromPretrained}. */
export interface PretrainedOptions extends EmbeddingFunctionOptions {
  /** If true, the vectors are not updated in training. Default true. */
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
 * Lookup table of `numEmbeddings` learnable vectors. Initialized from N(0, 1), with PyTorch's random numbers for the
 * same seed; the vector at `paddingIdx` is zero and is not updated. See `functional.embedding`.
 *
 * Shape: indices `(*)`, int32, to `(*,embeddingDim)`.
 *
 * @throws ValueError for a `paddingIdx` outside the dictionary.
 * @example
 * const words = new nn.Embedding(1000, 16, { paddingIdx: 0 });
 * words.forward(tensor([[5, 7, 0]], { dtype: "int32" })).shape; // [1, 3, 16]
 */
export class Embedding extends Module {
  /** Size of the dictionary. */
  numEmbeddings: number;
  /** Size of each vector. */
  embeddingDim: number;
  /** Index whose vector does not contribute to the gradient, or null. */
  paddingIdx: number | null;
  /** Vectors with a larger norm are renormalized to it in `forward`, in place; null leaves them. */
  maxNorm: number | null;
  /** The p of the p-norm that `maxNorm` bounds. Default 2. */
  normType: number;
  /** Whether gradients are divided by the frequency of their index in the mini-batch. Default false. */
  scaleGradByFreq: boolean;
  /** The learnable vectors, `(numEmbeddings,embeddingDim)`. */
  weight: Parameter;

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
   * An embedding layer with given vectors.
   *
   * @param embeddings - `(numEmbeddings,embeddingDim)`; the layer shares its memory.
   * @param freeze - If true, the vectors are not updated in training. Default true.
   * @throws ShapeError unless `embeddings` has two dimensions.
   * @example
   * const layer = nn.Embedding.fromPretrained(tensor([[1, 2.3], [4, 5.1]]));
   * layer.forward(tensor([1], { dtype: "int32" })); // tensor([[4.0000, 5.1000]])
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

  /** Draws the vectors anew; that of the padding becomes zero. */
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
