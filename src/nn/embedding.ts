/** @file The table of learned vectors. */
import type { Device, DType } from "../../kernels/backend.ts";
import { noGrad } from "../autograd/mode.ts";
import { empty } from "../tensor/create.ts";
import { ShapeError } from "../tensor/errors.ts";
import { readArguments } from "../tensor/options.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkWhole } from "./functional/check.ts";
import { embedding, type PaddingIdxOptions, paddingRow } from "./functional/embedding.ts";
import { normal_ } from "./init.ts";
import { Module } from "./module.ts";
import { Parameter } from "./parameter.ts";

export interface EmbeddingOptions extends PaddingIdxOptions {
  /** Default "cpu". */
  readonly device?: Device | undefined;
  /** Default "float32". */
  readonly dtype?: DType | undefined;
}

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
  /** [numEmbeddings, embeddingDim] */
  weight: Parameter;

  /** @throws ValueError for a padding that is no index. */
  constructor(numEmbeddings: number, embeddingDim: number, paddingIdx?: number | null | EmbeddingOptions) {
    super();
    const defaults = { paddingIdx: null as number | null, device: "cpu" as Device, dtype: "float32" as DType };
    const { paddingIdx: padding, ...place } = readArguments("Embedding", defaults, [paddingIdx]);
    checkWhole("Embedding", "numEmbeddings", numEmbeddings);
    checkWhole("Embedding", "embeddingDim", embeddingDim);
    this.numEmbeddings = numEmbeddings;
    this.embeddingDim = embeddingDim;
    this.paddingIdx = paddingRow("Embedding", padding, numEmbeddings);
    this.weight = new Parameter(empty(numEmbeddings, embeddingDim, place));
    this.resetParameters();
    this.noteMembers("weight");
  }

  /**
   * A layer with given vectors.
   *
   * @param embeddings - [numEmbeddings, embeddingDim]; the layer shares its memory.
   * @param options - `freeze`: do not learn them. Default true.
   */
  static fromPretrained(
    embeddings: Tensor,
    options: PaddingIdxOptions & { readonly freeze?: boolean | undefined } = {},
  ): Embedding {
    const op = "Embedding.fromPretrained";
    const given = readArguments(op, { freeze: true, paddingIdx: null as number | null }, [options]);
    if (embeddings.ndim !== 2) throw new ShapeError(`[${op}] Embeddings parameter is expected to be 2-dimensional`);
    const layer = new Embedding(0, embeddings.size(1));
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
    return embedding(x, this.weight, this.paddingIdx);
  }
  override extraRepr(): string {
    const padding = this.paddingIdx === null ? "" : `, padding_idx=${this.paddingIdx}`;
    return `${this.numEmbeddings}, ${this.embeddingDim}${padding}`;
  }
}
