/** @file Embedding layers. */
import type { DType } from "../../kernels/backend.ts";
import { noGrad } from "../autograd/grad-mode.ts";
import { type ByName, optional, required, type SomeThenOptions, signature } from "../core/arguments.ts";
import type { DeviceChoice } from "../core/device.ts";
import { ShapeError } from "../core/errors.ts";
import { aBoolean, aTensor, nullable } from "../core/kinds.ts";
import { pythonRepr } from "../core/python-repr.ts";
import { empty } from "../tensor/create.ts";
import type { Tensor } from "../tensor/tensor.ts";
import {
  BAG_ARGUMENTS,
  type BagMode,
  EMBEDDING_ARGUMENTS,
  type EmbeddingFunctionOptions,
  embedding,
  embeddingBag,
  paddingRow,
} from "./functional/embedding.ts";
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
  /** The vectors to start with, `(numEmbeddings,embeddingDim)`, whose memory the layer shares. Default null: random ones. */
  readonly _weight?: Tensor | null | undefined;
}

/** Options of {@link Embedding.fromPretrained}. */
export interface PretrainedOptions extends EmbeddingFunctionOptions {
  /** If true, the vectors are not updated in training. Default true. */
  readonly freeze?: boolean | undefined;
}

/** The vectors that a layer starts with. */
const GIVEN_WEIGHT = { _weight: optional(nullable(aTensor), null) };

const SIGNATURES = {
  Embedding: signature("Embedding", {
    numEmbeddings: required(aCount),
    embeddingDim: required(aCount),
    ...EMBEDDING_ARGUMENTS,
    ...GIVEN_WEIGHT,
    ...PLACE,
  }),
  EmbeddingBag: signature("EmbeddingBag", {
    numEmbeddings: required(aCount),
    embeddingDim: required(aCount),
    maxNorm: EMBEDDING_ARGUMENTS.maxNorm,
    normType: EMBEDDING_ARGUMENTS.normType,
    scaleGradByFreq: EMBEDDING_ARGUMENTS.scaleGradByFreq,
    mode: BAG_ARGUMENTS.mode,
    sparse: EMBEDDING_ARGUMENTS.sparse,
    ...GIVEN_WEIGHT,
    includeLastOffset: BAG_ARGUMENTS.includeLastOffset,
    paddingIdx: EMBEDDING_ARGUMENTS.paddingIdx,
    ...PLACE,
  }),
  forwardBag: signature("EmbeddingBag", {
    input: required(aTensor),
    offsets: optional(nullable(aTensor), null),
    perSampleWeights: optional(nullable(aTensor), null),
  }),
  fromPretrained: signature("Embedding.fromPretrained", {
    embeddings: required(aTensor),
    freeze: optional(aBoolean, true),
    ...EMBEDDING_ARGUMENTS,
  }),
  bagFromPretrained: signature("EmbeddingBag.fromPretrained", {
    embeddings: required(aTensor),
    freeze: optional(aBoolean, true),
    maxNorm: EMBEDDING_ARGUMENTS.maxNorm,
    normType: EMBEDDING_ARGUMENTS.normType,
    scaleGradByFreq: EMBEDDING_ARGUMENTS.scaleGradByFreq,
    mode: BAG_ARGUMENTS.mode,
    sparse: EMBEDDING_ARGUMENTS.sparse,
    includeLastOffset: BAG_ARGUMENTS.includeLastOffset,
    paddingIdx: EMBEDDING_ARGUMENTS.paddingIdx,
  }),
};

/** A parameter of the vectors that a layer was given. @throws ShapeError for vectors of another number or size. */
function givenWeight(op: string, given: Tensor, rows: number, width: number): Parameter {
  if (given.ndim === 2 && given.size(0) === rows && given.size(1) === width) return new Parameter(given.detach());
  throw new ShapeError(
    `[${op}] Shape of weight does not match num_embeddings and embedding_dim: got (${given.shape.join(", ")}), expected (${rows}, ${width}).`,
  );
}

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
    sparse?: boolean,
    options?: EmbeddingOptions,
  );
  constructor(
    numEmbeddings: number,
    embeddingDim: number,
    ...rest: SomeThenOptions<
      [paddingIdx: number | null, maxNorm: number | null, normType: number, scaleGradByFreq: boolean],
      EmbeddingOptions
    >
  );
  constructor(
    ...args: ByName<
      ["numEmbeddings", "embeddingDim"],
      { readonly numEmbeddings: number; readonly embeddingDim: number } & EmbeddingOptions
    >
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
    if (given._weight === null) {
      this.weight = new Parameter(empty(numEmbeddings, embeddingDim, { device, dtype }));
      this.resetParameters();
    } else {
      this.weight = givenWeight("Embedding", given._weight, numEmbeddings, embeddingDim);
    }
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
    const paddingIdx = paddingRow(op, given.paddingIdx, embeddings.size(0));
    const options = { paddingIdx, maxNorm, normType, scaleGradByFreq, _weight: embeddings };
    const layer = new Embedding(embeddings.size(0), embeddings.size(1), options);
    layer.weight.requiresGrad = !given.freeze;
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

/** Options of {@link EmbeddingBag}. */
export interface EmbeddingBagOptions extends EmbeddingOptions {
  /** How the vectors of a bag become one: "sum", "mean" or "max". Default "mean". */
  readonly mode?: BagMode | undefined;
  /** If true, the last offset is the end of the last bag. Default false. */
  readonly includeLastOffset?: boolean | undefined;
}

/** Options of {@link EmbeddingBag.fromPretrained}. */
export interface PretrainedBagOptions extends Omit<EmbeddingBagOptions, "_weight" | "device" | "dtype"> {
  /** If true, the vectors are not updated in training. Default true. */
  readonly freeze?: boolean | undefined;
}

/** Options of {@link EmbeddingBag.forward}. */
export interface BagInputs {
  /** Start of each bag in a 1-D input, int32 on the CPU. Default null: the input is 2-D. */
  readonly offsets?: Tensor | null | undefined;
  /** A factor for each index, with mode "sum". Default null. */
  readonly perSampleWeights?: Tensor | null | undefined;
}

/**
 * Lookup table of `numEmbeddings` learnable vectors, which gives the sum, mean or maximum of bags of them. Initialized
 * from N(0, 1), with PyTorch's random numbers for the same seed. See {@link embeddingBag}.
 *
 * Shape: indices `(B,L)`, or `(N)` with offsets `(B)`, int32, to `(B,embeddingDim)`.
 *
 * @throws ValueError for a `paddingIdx` outside the dictionary, or an unknown mode.
 * @example
 * const words = new nn.EmbeddingBag(1000, 16, { mode: "sum" });
 * words.forward(tensor([[5, 7, 0], [1, 2, 3]], { dtype: "int32" })).shape; // [2, 16]
 */
export class EmbeddingBag extends Module {
  /** Size of the dictionary. */
  numEmbeddings: number;
  /** Size of each vector. */
  embeddingDim: number;
  /** Vectors with a larger norm are renormalized to it in `forward`, in place; null leaves them. */
  maxNorm: number | null;
  /** The p of the p-norm that `maxNorm` bounds. */
  normType: number;
  /** Whether gradients are divided by the frequency of their index in the mini-batch. */
  scaleGradByFreq: boolean;
  /** How the vectors of a bag become one. */
  mode: BagMode;
  /** Whether the last offset is the end of the last bag. */
  includeLastOffset: boolean;
  /** Index that does not count, or null. */
  paddingIdx: number | null;
  /** The learnable vectors, `(numEmbeddings,embeddingDim)`. */
  weight: Parameter;

  constructor(
    numEmbeddings: number,
    embeddingDim: number,
    maxNorm?: number | null,
    normType?: number,
    scaleGradByFreq?: boolean,
    mode?: BagMode,
    sparse?: boolean,
    options?: EmbeddingBagOptions,
  );
  constructor(
    numEmbeddings: number,
    embeddingDim: number,
    ...rest: SomeThenOptions<
      [maxNorm: number | null, normType: number, scaleGradByFreq: boolean, mode: BagMode],
      EmbeddingBagOptions
    >
  );
  constructor(
    ...args: ByName<
      ["numEmbeddings", "embeddingDim"],
      { readonly numEmbeddings: number; readonly embeddingDim: number } & EmbeddingBagOptions
    >
  );
  constructor(numEmbeddings: number, embeddingDim: number, options?: EmbeddingBagOptions);
  constructor(...args: readonly unknown[]) {
    super();
    const given = SIGNATURES.EmbeddingBag.read(args);
    const { numEmbeddings, embeddingDim, device, dtype } = given;
    this.numEmbeddings = numEmbeddings;
    this.embeddingDim = embeddingDim;
    this.maxNorm = given.maxNorm;
    this.normType = given.normType;
    this.scaleGradByFreq = given.scaleGradByFreq;
    this.mode = given.mode;
    this.includeLastOffset = given.includeLastOffset;
    this.paddingIdx = paddingRow("EmbeddingBag", given.paddingIdx, numEmbeddings);
    if (given._weight === null) {
      this.weight = new Parameter(empty(numEmbeddings, embeddingDim, { device, dtype }));
      this.resetParameters();
    } else {
      this.weight = givenWeight("EmbeddingBag", given._weight, numEmbeddings, embeddingDim);
    }
    this.noteMembers("weight");
  }

  /**
   * A layer with given vectors.
   *
   * @param embeddings - `(numEmbeddings,embeddingDim)`; the layer shares its memory.
   * @param freeze - If true, the vectors are not updated in training. Default true.
   * @throws ShapeError unless `embeddings` has two dimensions.
   * @example
   * const layer = nn.EmbeddingBag.fromPretrained(tensor([[1, 2.3], [4, 5.1]]));
   * layer.forward(tensor([[1, 0]], { dtype: "int32" })); // tensor([[2.5000, 3.7000]])
   */
  static fromPretrained(embeddings: Tensor, freeze?: boolean, options?: PretrainedBagOptions): EmbeddingBag;
  static fromPretrained(embeddings: Tensor, options?: PretrainedBagOptions): EmbeddingBag;
  static fromPretrained(...args: readonly unknown[]): EmbeddingBag {
    const { embeddings, freeze, ...given } = SIGNATURES.bagFromPretrained.read(args);
    if (embeddings.ndim !== 2) {
      throw new ShapeError("[EmbeddingBag.fromPretrained] Embeddings parameter is expected to be 2-dimensional");
    }
    const [rows, width] = [embeddings.size(0), embeddings.size(1)];
    const layer = new EmbeddingBag(rows, width, { ...given, _weight: embeddings });
    layer.weight.requiresGrad = !freeze;
    return layer;
  }

  /** Draws the vectors anew; that of the padding becomes zero. */
  resetParameters(): void {
    normal_(this.weight);
    const { paddingIdx } = this;
    if (paddingIdx !== null) noGrad(() => this.weight.select(0, paddingIdx).zero_());
  }
  /**
   * @param offsets - Start of each bag in a 1-D input, int32 on the CPU.
   * @param perSampleWeights - A factor for each index, with mode "sum".
   * @throws ShapeError for inputs and offsets that do not go together.
   */
  override forward(x: Tensor, offsets?: Tensor | null, perSampleWeights?: Tensor | null): Tensor;
  override forward(x: Tensor, inputs?: BagInputs): Tensor;
  override forward(...args: readonly unknown[]): Tensor {
    const { input, offsets, perSampleWeights } = SIGNATURES.forwardBag.read(args);
    this.checkMembers();
    const { weight, maxNorm, normType, scaleGradByFreq, mode, includeLastOffset, paddingIdx } = this;
    return embeddingBag(input, weight, {
      offsets,
      maxNorm,
      normType,
      scaleGradByFreq,
      mode,
      perSampleWeights,
      includeLastOffset,
      paddingIdx,
    });
  }
  override extraRepr(): string {
    return (
      `${this.numEmbeddings}, ${this.embeddingDim}` +
      (this.maxNorm === null ? "" : `, max_norm=${pythonRepr(this.maxNorm, true)}`) +
      (this.normType === 2 ? "" : `, norm_type=${pythonRepr(this.normType, true)}`) +
      (this.scaleGradByFreq ? ", scale_grad_by_freq=True" : "") +
      `, mode=${this.mode}` +
      (this.paddingIdx === null ? "" : `, padding_idx=${this.paddingIdx}`)
    );
  }
}
