/** @file Transformer, its encoder and decoder, and their layers. */
import type { DType } from "../../kernels/backend.ts";
import { type ByName, optional, required, type SomeThenOptions, signature } from "../core/arguments.ts";
import { describeBare } from "../core/describe.ts";
import type { DeviceChoice } from "../core/device.ts";
import { ShapeError } from "../core/errors.ts";
import { aBoolean, aDevice, aNumber, aTensor, type Kind, kind, nullable, worded } from "../core/kinds.ts";
import { full } from "../tensor/create.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { MultiheadAttention } from "./attention.ts";
import { type Layer, ModuleList } from "./container.ts";
import { Dropout } from "./dropout.ts";
import { gelu, relu } from "./functional/activation.ts";
import { checkPaddingMask } from "./functional/attention.ts";
import { aProbability } from "./functional/dropout.ts";
import { aCount, aPositiveCount, PLACE } from "./functional/validate.ts";
import { xavierUniform_ } from "./init.ts";
import { Linear } from "./linear.ts";
import { Module } from "./module.ts";
import { LayerNorm } from "./normalization.ts";

/** The activation of an encoder layer: a name, a function, or a layer, which becomes a child of the encoder layer. */
export type Activation = "relu" | "gelu" | ((x: Tensor) => Tensor) | Layer;

/** Options of {@link TransformerEncoderLayer}. */
export interface TransformerEncoderLayerOptions {
  /** Dimension of the feedforward network. Default 2048. */
  readonly dimFeedforward?: number | undefined;
  /** Dropout probability. Default 0.1. */
  readonly dropout?: number | undefined;
  /** Activation of the feedforward network: "relu", "gelu", a function or a layer. Default "relu". */
  readonly activation?: Activation | undefined;
  /** The eps of the layer normalizations. Default 1e-5. */
  readonly layerNormEps?: number | undefined;
  /** If true, input and output are `(N,S,E)`, else `(S,N,E)`. Default false. */
  readonly batchFirst?: boolean | undefined;
  /** If true, layer normalization is done before attention and feedforward network, else after. Default false. */
  readonly normFirst?: boolean | undefined;
  /** Device of the parameters. Default "cpu". */
  readonly device?: DeviceChoice | undefined;
  /** Dtype of the parameters. Default "float32". */
  readonly dtype?: DType | undefined;
}

/** Masks of {@link TransformerEncoderLayer.forward}. */
export interface EncoderLayerMasks {
  /**
   * Attention mask, `(S,S)` or `(N·nhead,S,S)`: bools, true where attention is not allowed, or floats added to the
   * scores. Default null.
   */
  readonly srcMask?: Tensor | null | undefined;
  /** Padding mask, `(N,S)`: bools, true where a key is ignored, or floats added to the scores. Default null. */
  readonly srcKeyPaddingMask?: Tensor | null | undefined;
}

/** Masks of {@link TransformerEncoder.forward}. */
export interface EncoderMasks extends Pick<EncoderLayerMasks, "srcKeyPaddingMask"> {
  /** Attention mask of every layer: see {@link EncoderLayerMasks.srcMask}. */
  readonly mask?: Tensor | null | undefined;
}

const anActivation: Kind<Activation> = worded(
  kind(
    '"relu", "gelu", a function or a layer',
    (value) => value === "relu" || value === "gelu" || typeof value === "function" || value instanceof Module,
  ),
  (_, value) => `activation should be relu/gelu, not ${describeBare(value)}`,
);

const aModule = <M extends Module>(): Kind<M> => kind("a module", (value) => value instanceof Module);

const MASK = optional(nullable(aTensor), null);

/** The arguments of a layer. */
const LAYER = {
  dModel: required(aPositiveCount),
  nhead: required(aPositiveCount),
  dimFeedforward: optional(aCount, 2048),
  dropout: optional(aProbability, 0.1),
  activation: optional(anActivation, "relu"),
  layerNormEps: optional(aNumber, 1e-5),
  batchFirst: optional(aBoolean, false),
  normFirst: optional(aBoolean, false),
  ...PLACE,
};

/** The positions after the sizes of a layer. */
type LayerPositions = [
  dimFeedforward: number,
  dropout: number,
  activation: Activation,
  layerNormEps: number,
  batchFirst: boolean,
];

/** The arguments of the constructors and of `forward`. */
const SIGNATURES = {
  TransformerEncoderLayer: signature("TransformerEncoderLayer", LAYER),
  TransformerDecoderLayer: signature("TransformerDecoderLayer", LAYER),
  TransformerDecoder: signature("TransformerDecoder", {
    decoderLayer: required(aModule<DecoderLayer>()),
    numLayers: required(aCount),
    norm: optional(nullable(aModule<Layer>()), null),
  }),
  Transformer: signature("Transformer", {
    dModel: optional(aPositiveCount, 512),
    nhead: optional(aPositiveCount, 8),
    numEncoderLayers: optional(aCount, 6),
    numDecoderLayers: optional(aCount, 6),
    dimFeedforward: LAYER.dimFeedforward,
    dropout: LAYER.dropout,
    activation: LAYER.activation,
    customEncoder: optional(nullable(aModule<Encoder>()), null),
    customDecoder: optional(nullable(aModule<Decoder>()), null),
    layerNormEps: LAYER.layerNormEps,
    batchFirst: LAYER.batchFirst,
    normFirst: LAYER.normFirst,
    ...PLACE,
  }),
  forwardDecoder: signature("TransformerDecoder", {
    tgt: required(aTensor),
    memory: required(aTensor),
    tgtMask: MASK,
    memoryMask: MASK,
    tgtKeyPaddingMask: MASK,
    memoryKeyPaddingMask: MASK,
  }),
  forwardTransformer: signature("Transformer", {
    src: required(aTensor),
    tgt: required(aTensor),
    srcMask: MASK,
    tgtMask: MASK,
    memoryMask: MASK,
    srcKeyPaddingMask: MASK,
    tgtKeyPaddingMask: MASK,
    memoryKeyPaddingMask: MASK,
  }),
  mask: signature("generateSquareSubsequentMask", { sz: required(aCount), device: optional(aDevice, "cpu") }),
  TransformerEncoder: signature("TransformerEncoder", {
    encoderLayer: required(aModule<EncoderLayer>()),
    numLayers: required(aCount),
    norm: optional(nullable(aModule<Layer>()), null),
    // Chooses between two implementations in PyTorch.
    enableNestedTensor: optional(aBoolean, true),
    maskCheck: optional(aBoolean, true),
  }),
  forwardLayer: signature("TransformerEncoderLayer", {
    src: required(aTensor),
    srcMask: MASK,
    srcKeyPaddingMask: MASK,
  }),
  forwardEncoder: signature("TransformerEncoder", { src: required(aTensor), mask: MASK, srcKeyPaddingMask: MASK }),
};

/** PyTorch's names of the fields. */
const KEYS: Readonly<Record<string, string>> = { selfAttn: "self_attn", multiheadAttn: "multihead_attn" };

/**
 * Transformer encoder layer: self-attention and a feedforward network, each with dropout, a residual connection and
 * layer normalization; Vaswani et al., 2017.
 *
 * Shape: `(S,N,E)` with E = `dModel`, `(N,S,E)` with `batchFirst`, or unbatched `(S,E)`, to the same shape.
 *
 * @throws ValueError for sizes that are not integers of at least 1, a `dModel` that is not divisible by `nhead`, a
 * dropout outside [0, 1], or an unknown activation.
 * @example
 * const layer = new nn.TransformerEncoderLayer(64, 8, { dimFeedforward: 256, batchFirst: true });
 * layer.forward(randn(2, 5, 64)).shape; // [2, 5, 64]
 */
export class TransformerEncoderLayer extends Module {
  /** Self-attention, `self_attn` in state dictionaries. */
  selfAttn: MultiheadAttention;
  /** First layer of the feedforward network. */
  linear1: Linear;
  /** Dropout within the feedforward network. */
  dropout: Dropout;
  /** Second layer of the feedforward network. */
  linear2: Linear;
  /** Normalization of the attention block. */
  norm1: LayerNorm;
  /** Normalization of the feedforward block. */
  norm2: LayerNorm;
  /** Dropout of the attention block. */
  dropout1: Dropout;
  /** Dropout of the feedforward block. */
  dropout2: Dropout;
  /** Whether layer normalization is done before attention and feedforward network. */
  normFirst: boolean;
  /** Activation of the feedforward network. */
  activation: ((x: Tensor) => Tensor) | Layer;

  constructor(
    dModel: number,
    nhead: number,
    dimFeedforward?: number,
    dropout?: number,
    activation?: Activation,
    layerNormEps?: number,
    batchFirst?: boolean,
    normFirst?: boolean,
    options?: TransformerEncoderLayerOptions,
  );
  constructor(dModel: number, nhead: number, ...rest: SomeThenOptions<LayerPositions, TransformerEncoderLayerOptions>);
  constructor(
    ...args: ByName<
      ["dModel", "nhead"],
      { readonly dModel: number; readonly nhead: number } & TransformerEncoderLayerOptions
    >
  );
  constructor(dModel: number, nhead: number, options?: TransformerEncoderLayerOptions);
  constructor(...args: readonly unknown[]) {
    super();
    const given = SIGNATURES.TransformerEncoderLayer.read(args);
    const { dModel, nhead } = given;
    const place = { device: given.device, dtype: given.dtype };
    const norm = { eps: given.layerNormEps, ...place };
    this.selfAttn = new MultiheadAttention(dModel, nhead, {
      dropout: given.dropout,
      batchFirst: given.batchFirst,
      ...place,
    });
    this.linear1 = new Linear(dModel, given.dimFeedforward, place);
    this.dropout = new Dropout(given.dropout);
    this.linear2 = new Linear(given.dimFeedforward, dModel, place);
    this.norm1 = new LayerNorm(dModel, norm);
    this.norm2 = new LayerNorm(dModel, norm);
    this.dropout1 = new Dropout(given.dropout);
    this.dropout2 = new Dropout(given.dropout);
    this.normFirst = given.normFirst;
    this.activation = toActivation(given.activation);
    this.noteMembers();
  }

  /**
   * @param src - `(S,N,E)`, `(N,S,E)` with `batchFirst`, or unbatched `(S,E)`.
   * @returns a tensor of that shape.
   * @throws ShapeError and DTypeError for inputs and masks that do not match.
   */
  override forward(src: Tensor, srcMask?: Tensor | null, srcKeyPaddingMask?: Tensor | null): Tensor;
  override forward(src: Tensor, masks?: EncoderLayerMasks): Tensor;
  override forward(...args: readonly unknown[]): Tensor {
    const given = SIGNATURES.forwardLayer.read(args);
    const { src } = given;
    checkPaddingMask("TransformerEncoderLayer", given.srcKeyPaddingMask);
    const options = { attnMask: given.srcMask, keyPaddingMask: given.srcKeyPaddingMask, needWeights: false } as const;
    const attend = (x: Tensor): Tensor => this.dropout1.forward(this.selfAttn.forward(x, x, x, options)[0]);
    if (this.normFirst) {
      const x = src.add(attend(this.norm1.forward(src)));
      return x.add(this.feedForward(this.norm2.forward(x)));
    }
    const x = this.norm1.forward(src.add(attend(src)));
    return this.norm2.forward(x.add(this.feedForward(x)));
  }
  private feedForward(x: Tensor): Tensor {
    const activated = activate(this.activation, this.linear1.forward(x));
    return this.dropout2.forward(this.linear2.forward(this.dropout.forward(activated)));
  }
  protected override keyOf(field: string): string {
    return KEYS[field] ?? field;
  }
}

function activate(activation: ((x: Tensor) => Tensor) | Layer, x: Tensor): Tensor {
  return typeof activation === "function" ? activation(x) : activation.forward(x);
}

function toActivation(given: Activation): ((x: Tensor) => Tensor) | Layer {
  if (given === "relu") return (x) => relu(x);
  if (given === "gelu") return (x) => gelu(x);
  return given;
}

/** A layer of a {@link TransformerEncoder}: {@link TransformerEncoderLayer}, or your own with the same masks. */
export interface EncoderLayer extends Module {
  /** Maps `src` to a tensor of the same shape. */
  forward(src: Tensor, masks?: EncoderLayerMasks): Tensor;
}

/** Options of {@link TransformerEncoder}. */
export interface TransformerEncoderOptions {
  /** Layer that normalizes the output. Default null. */
  readonly norm?: Layer | null | undefined;
  /** Accepted, and without effect: there are no nested tensors. Default true. */
  readonly enableNestedTensor?: boolean | undefined;
  /** Accepted, and without effect: it is a check for nested tensors. Default true. */
  readonly maskCheck?: boolean | undefined;
}

/**
 * Transformer encoder: a stack of `numLayers` independent copies of one layer, which start with its parameters.
 *
 * Shape: `(S,N,E)`, `(N,S,E)` with `batchFirst` layers, or unbatched `(S,E)`, to the same shape.
 *
 * @throws ValueError for a number of layers that is not an integer of at least 0.
 * @example
 * const layer = new nn.TransformerEncoderLayer(64, 8, { batchFirst: true });
 * const encoder = new nn.TransformerEncoder(layer, 2, { norm: new nn.LayerNorm(64) });
 * const padding = tensor([[false, false, true], [false, true, true]]);
 * encoder.forward(randn(2, 3, 64), { srcKeyPaddingMask: padding }).shape; // [2, 3, 64]
 */
export class TransformerEncoder<L extends EncoderLayer = TransformerEncoderLayer> extends Module {
  /** The layers. */
  layers: ModuleList<L>;
  /** Number of layers. */
  numLayers: number;
  /** Layer that normalizes the output, or null. */
  norm: Layer | null;

  constructor(encoderLayer: L, numLayers: number, norm?: Layer | null, options?: TransformerEncoderOptions);
  constructor(
    ...args: ByName<
      ["encoderLayer", "numLayers"],
      { readonly encoderLayer: L; readonly numLayers: number } & TransformerEncoderOptions
    >
  );
  constructor(encoderLayer: L, numLayers: number, options?: TransformerEncoderOptions);
  constructor(...args: readonly unknown[]) {
    super();
    const { encoderLayer, numLayers, norm } = SIGNATURES.TransformerEncoder.read(args);
    this.layers = new ModuleList(Array.from({ length: numLayers }, () => (encoderLayer as L).clone()));
    this.numLayers = numLayers;
    this.norm = norm;
    this.noteMembers();
  }

  /**
   * @param src - `(S,N,E)`, `(N,S,E)` with `batchFirst` layers, or unbatched `(S,E)`.
   * @returns a tensor of that shape.
   * @throws ShapeError and DTypeError for inputs and masks that do not match.
   */
  override forward(src: Tensor, mask?: Tensor | null, srcKeyPaddingMask?: Tensor | null): Tensor;
  override forward(src: Tensor, masks?: EncoderMasks): Tensor;
  override forward(...args: readonly unknown[]): Tensor {
    const given = SIGNATURES.forwardEncoder.read(args);
    checkPaddingMask("TransformerEncoder", given.srcKeyPaddingMask);
    const masks = { srcMask: given.mask, srcKeyPaddingMask: given.srcKeyPaddingMask };
    let result = given.src;
    for (const layer of this.layers) result = layer.forward(result, masks);
    return this.norm === null ? result : this.norm.forward(result);
  }
}

/** Options of {@link TransformerDecoderLayer}. */
export type TransformerDecoderLayerOptions = TransformerEncoderLayerOptions;

/** Masks of {@link TransformerDecoderLayer.forward} and {@link TransformerDecoder.forward}. */
export interface DecoderMasks {
  /**
   * Attention mask of the target, `(T,T)` or `(N·nhead,T,T)`: bools, true where attention is not allowed, or floats added
   * to the scores. Default null.
   */
  readonly tgtMask?: Tensor | null | undefined;
  /** Attention mask of the memory, `(T,S)` or `(N·nhead,T,S)`. Default null. */
  readonly memoryMask?: Tensor | null | undefined;
  /** Padding mask of the target, `(N,T)`: bools, true where a key is ignored, or floats. Default null. */
  readonly tgtKeyPaddingMask?: Tensor | null | undefined;
  /** Padding mask of the memory, `(N,S)`. Default null. */
  readonly memoryKeyPaddingMask?: Tensor | null | undefined;
}

/**
 * Transformer decoder layer: self-attention, attention to the encoder's output, and a feedforward network, each with
 * dropout, a residual connection and layer normalization; Vaswani et al., 2017.
 *
 * Shape: target `(T,N,E)` and memory `(S,N,E)` with E = `dModel`, `(N,T,E)` and `(N,S,E)` with `batchFirst`, or unbatched
 * `(T,E)` and `(S,E)`; to the shape of the target.
 *
 * @throws as {@link TransformerEncoderLayer}.
 * @example
 * const layer = new nn.TransformerDecoderLayer(64, 8, { dimFeedforward: 256, batchFirst: true });
 * layer.forward(randn(2, 5, 64), randn(2, 7, 64)).shape; // [2, 5, 64]
 */
export class TransformerDecoderLayer extends Module {
  /** Self-attention, `self_attn` in state dictionaries. */
  selfAttn: MultiheadAttention;
  /** Attention to the memory, `multihead_attn` in state dictionaries. */
  multiheadAttn: MultiheadAttention;
  /** First layer of the feedforward network. */
  linear1: Linear;
  /** Dropout within the feedforward network. */
  dropout: Dropout;
  /** Second layer of the feedforward network. */
  linear2: Linear;
  /** Normalization of the self-attention block. */
  norm1: LayerNorm;
  /** Normalization of the attention to the memory. */
  norm2: LayerNorm;
  /** Normalization of the feedforward block. */
  norm3: LayerNorm;
  /** Dropout of the self-attention block. */
  dropout1: Dropout;
  /** Dropout of the attention to the memory. */
  dropout2: Dropout;
  /** Dropout of the feedforward block. */
  dropout3: Dropout;
  /** Whether layer normalization is done before attention and feedforward network. */
  normFirst: boolean;
  /** Activation of the feedforward network. */
  activation: ((x: Tensor) => Tensor) | Layer;

  constructor(
    dModel: number,
    nhead: number,
    dimFeedforward?: number,
    dropout?: number,
    activation?: Activation,
    layerNormEps?: number,
    batchFirst?: boolean,
    normFirst?: boolean,
    options?: TransformerDecoderLayerOptions,
  );
  constructor(dModel: number, nhead: number, ...rest: SomeThenOptions<LayerPositions, TransformerDecoderLayerOptions>);
  constructor(
    ...args: ByName<
      ["dModel", "nhead"],
      { readonly dModel: number; readonly nhead: number } & TransformerDecoderLayerOptions
    >
  );
  constructor(dModel: number, nhead: number, options?: TransformerDecoderLayerOptions);
  constructor(...args: readonly unknown[]) {
    super();
    const given = SIGNATURES.TransformerDecoderLayer.read(args);
    const { dModel, nhead } = given;
    const place = { device: given.device, dtype: given.dtype };
    const norm = { eps: given.layerNormEps, ...place };
    const attention = { dropout: given.dropout, batchFirst: given.batchFirst, ...place };
    this.selfAttn = new MultiheadAttention(dModel, nhead, attention);
    this.multiheadAttn = new MultiheadAttention(dModel, nhead, attention);
    this.linear1 = new Linear(dModel, given.dimFeedforward, place);
    this.dropout = new Dropout(given.dropout);
    this.linear2 = new Linear(given.dimFeedforward, dModel, place);
    this.norm1 = new LayerNorm(dModel, norm);
    this.norm2 = new LayerNorm(dModel, norm);
    this.norm3 = new LayerNorm(dModel, norm);
    this.dropout1 = new Dropout(given.dropout);
    this.dropout2 = new Dropout(given.dropout);
    this.dropout3 = new Dropout(given.dropout);
    this.normFirst = given.normFirst;
    this.activation = toActivation(given.activation);
    this.noteMembers();
  }

  /**
   * @param tgt - The target, `(T,N,E)`, `(N,T,E)` with `batchFirst`, or unbatched `(T,E)`.
   * @param memory - The encoder's output.
   * @returns a tensor of the target's shape.
   * @throws ShapeError and DTypeError for inputs and masks that do not match.
   */
  override forward(
    tgt: Tensor,
    memory: Tensor,
    tgtMask?: Tensor | null,
    memoryMask?: Tensor | null,
    tgtKeyPaddingMask?: Tensor | null,
    memoryKeyPaddingMask?: Tensor | null,
  ): Tensor;
  override forward(tgt: Tensor, memory: Tensor, masks?: DecoderMasks): Tensor;
  override forward(...args: readonly unknown[]): Tensor {
    const given = SIGNATURES.forwardDecoder.read(args);
    const { tgt, memory } = given;
    checkPaddingMask("TransformerDecoderLayer", given.tgtKeyPaddingMask);
    checkPaddingMask("TransformerDecoderLayer", given.memoryKeyPaddingMask);
    const own = { attnMask: given.tgtMask, keyPaddingMask: given.tgtKeyPaddingMask, needWeights: false } as const;
    const others = {
      attnMask: given.memoryMask,
      keyPaddingMask: given.memoryKeyPaddingMask,
      needWeights: false,
    } as const;
    const attend = (x: Tensor): Tensor => this.dropout1.forward(this.selfAttn.forward(x, x, x, own)[0]);
    const look = (x: Tensor): Tensor => this.dropout2.forward(this.multiheadAttn.forward(x, memory, memory, others)[0]);
    if (this.normFirst) {
      let x = tgt.add(attend(this.norm1.forward(tgt)));
      x = x.add(look(this.norm2.forward(x)));
      return x.add(this.feedForward(this.norm3.forward(x)));
    }
    let x = this.norm1.forward(tgt.add(attend(tgt)));
    x = this.norm2.forward(x.add(look(x)));
    return this.norm3.forward(x.add(this.feedForward(x)));
  }
  private feedForward(x: Tensor): Tensor {
    const activated = activate(this.activation, this.linear1.forward(x));
    return this.dropout3.forward(this.linear2.forward(this.dropout.forward(activated)));
  }
  protected override keyOf(field: string): string {
    return KEYS[field] ?? field;
  }
}

/** A layer of a {@link TransformerDecoder}: {@link TransformerDecoderLayer}, or your own with the same masks. */
export interface DecoderLayer extends Module {
  /** Maps `tgt` to a tensor of the same shape. */
  forward(tgt: Tensor, memory: Tensor, masks?: DecoderMasks): Tensor;
}

/**
 * Transformer decoder: a stack of `numLayers` independent copies of one layer, which start with its parameters.
 *
 * Shape: as {@link TransformerDecoderLayer}.
 *
 * @throws ValueError for a number of layers that is not an integer of at least 0.
 * @example
 * const layer = new nn.TransformerDecoderLayer(64, 8, { batchFirst: true });
 * const decoder = new nn.TransformerDecoder(layer, 2);
 * const tgtMask = nn.Transformer.generateSquareSubsequentMask(5);
 * decoder.forward(randn(2, 5, 64), randn(2, 7, 64), { tgtMask }).shape; // [2, 5, 64]
 */
export class TransformerDecoder<L extends DecoderLayer = TransformerDecoderLayer> extends Module {
  /** The layers. */
  layers: ModuleList<L>;
  /** Number of layers. */
  numLayers: number;
  /** Layer that normalizes the output, or null. */
  norm: Layer | null;

  constructor(decoderLayer: L, numLayers: number, norm?: Layer | null);
  constructor(
    ...args: ByName<
      ["decoderLayer", "numLayers"],
      {
        readonly decoderLayer: L;
        readonly numLayers: number;
        readonly norm?: Layer | null | undefined;
      }
    >
  );
  constructor(decoderLayer: L, numLayers: number, options?: { readonly norm?: Layer | null | undefined });
  constructor(...args: readonly unknown[]) {
    super();
    const { decoderLayer, numLayers, norm } = SIGNATURES.TransformerDecoder.read(args);
    this.layers = new ModuleList(Array.from({ length: numLayers }, () => (decoderLayer as L).clone()));
    this.numLayers = numLayers;
    this.norm = norm;
    this.noteMembers();
  }

  /** Arguments, result and errors are those of {@link TransformerDecoderLayer.forward}. */
  override forward(
    tgt: Tensor,
    memory: Tensor,
    tgtMask?: Tensor | null,
    memoryMask?: Tensor | null,
    tgtKeyPaddingMask?: Tensor | null,
    memoryKeyPaddingMask?: Tensor | null,
  ): Tensor;
  override forward(tgt: Tensor, memory: Tensor, masks?: DecoderMasks): Tensor;
  override forward(...args: readonly unknown[]): Tensor {
    const { tgt, memory, ...masks } = SIGNATURES.forwardDecoder.read(args);
    let result = tgt;
    for (const layer of this.layers) result = layer.forward(result, memory, masks);
    return this.norm === null ? result : this.norm.forward(result);
  }
}

/** Options of {@link Transformer}. */
export interface TransformerOptions<E extends Encoder = Encoder, D extends Decoder = Decoder>
  extends TransformerEncoderLayerOptions {
  /** Number of features, E. Default 512. */
  readonly dModel?: number | undefined;
  /** Number of attention heads. Default 8. */
  readonly nhead?: number | undefined;
  /** Number of encoder layers. Default 6. */
  readonly numEncoderLayers?: number | undefined;
  /** Number of decoder layers. Default 6. */
  readonly numDecoderLayers?: number | undefined;
  /** Encoder of your own. Default null. */
  readonly customEncoder?: E | null | undefined;
  /** Decoder of your own. Default null. */
  readonly customDecoder?: D | null | undefined;
}

/** An encoder of a {@link Transformer}. */
export interface Encoder extends Module {
  /** Maps `src` to the memory. */
  forward(src: Tensor, masks?: EncoderMasks): Tensor;
}

/** A decoder of a {@link Transformer}. */
export interface Decoder extends Module {
  /** Maps `tgt` to the output. */
  forward(tgt: Tensor, memory: Tensor, masks?: DecoderMasks): Tensor;
}

/** Masks of {@link Transformer.forward}. */
export interface TransformerMasks extends DecoderMasks {
  /** Attention mask of the source, `(S,S)` or `(N·nhead,S,S)`. Default null. */
  readonly srcMask?: Tensor | null | undefined;
  /** Padding mask of the source, `(N,S)`. Default null. */
  readonly srcKeyPaddingMask?: Tensor | null | undefined;
}

/**
 * Transformer: an encoder, and a decoder that attends to its output; Vaswani et al., 2017. Embedding, positions and the
 * projection to classes are yours. Weights are drawn by Xavier's uniform distribution, with PyTorch's random numbers.
 *
 * Shape: source `(S,N,E)` and target `(T,N,E)` with E = `dModel`, `(N,S,E)` and `(N,T,E)` with `batchFirst`, or unbatched;
 * to the shape of the target.
 *
 * @throws ValueError for sizes that are not integers of at least 1, or a `dModel` that is not divisible by `nhead`.
 * @example
 * const model = new nn.Transformer({ dModel: 32, nhead: 4, numEncoderLayers: 1, numDecoderLayers: 1, batchFirst: true });
 * const tgtMask = nn.Transformer.generateSquareSubsequentMask(5);
 * model.forward(randn(2, 7, 32), randn(2, 5, 32), { tgtMask }).shape; // [2, 5, 32]
 */
export class Transformer<
  E extends Encoder = TransformerEncoder,
  D extends Decoder = TransformerDecoder,
> extends Module {
  /** The encoder. */
  encoder: E;
  /** The decoder. */
  decoder: D;
  /** Number of features. */
  dModel: number;
  /** Number of attention heads. */
  nhead: number;
  /** Whether input and output are `(N,S,E)`. */
  batchFirst: boolean;

  constructor(
    dModel?: number,
    nhead?: number,
    numEncoderLayers?: number,
    numDecoderLayers?: number,
    dimFeedforward?: number,
    dropout?: number,
    activation?: Activation,
    customEncoder?: E | null,
    customDecoder?: D | null,
    layerNormEps?: number,
    batchFirst?: boolean,
    normFirst?: boolean,
    options?: TransformerOptions<E, D>,
  );
  constructor(
    ...rest: SomeThenOptions<
      [
        dModel: number,
        nhead: number,
        numEncoderLayers: number,
        numDecoderLayers: number,
        dimFeedforward: number,
        dropout: number,
        activation: Activation,
        customEncoder: E | null,
        customDecoder: D | null,
        layerNormEps: number,
        batchFirst: boolean,
      ],
      TransformerOptions<E, D>
    >
  );
  constructor(options?: TransformerOptions<E, D>);
  constructor(...args: readonly unknown[]) {
    super();
    const given = SIGNATURES.Transformer.read(args);
    const { dModel, nhead, layerNormEps, device, dtype, dimFeedforward, dropout, activation, batchFirst, normFirst } =
      given;
    const layer = { dimFeedforward, dropout, activation, layerNormEps, batchFirst, normFirst, device, dtype };
    const norm = () => new LayerNorm(dModel, { eps: layerNormEps, device, dtype });
    const encoder: Encoder =
      given.customEncoder ??
      new TransformerEncoder(new TransformerEncoderLayer(dModel, nhead, layer), given.numEncoderLayers, norm());
    const decoder: Decoder =
      given.customDecoder ??
      new TransformerDecoder(new TransformerDecoderLayer(dModel, nhead, layer), given.numDecoderLayers, norm());
    this.encoder = encoder as E;
    this.decoder = decoder as D;
    for (const parameter of this.parameters()) if (parameter.ndim > 1) xavierUniform_(parameter);
    this.dModel = dModel;
    this.nhead = nhead;
    this.batchFirst = batchFirst;
  }

  /**
   * @param src - The sequence to the encoder.
   * @param tgt - The sequence to the decoder.
   * @returns a tensor of the target's shape.
   * @throws ShapeError for batches or features that do not match.
   */
  override forward(
    src: Tensor,
    tgt: Tensor,
    srcMask?: Tensor | null,
    tgtMask?: Tensor | null,
    memoryMask?: Tensor | null,
    srcKeyPaddingMask?: Tensor | null,
    tgtKeyPaddingMask?: Tensor | null,
    memoryKeyPaddingMask?: Tensor | null,
  ): Tensor;
  override forward(src: Tensor, tgt: Tensor, masks?: TransformerMasks): Tensor;
  override forward(...args: readonly unknown[]): Tensor {
    const { src, tgt, srcMask, srcKeyPaddingMask, ...masks } = SIGNATURES.forwardTransformer.read(args);
    const batch = this.batchFirst ? 0 : 1;
    if (src.ndim === 3 && tgt.ndim === 3 && src.size(batch) !== tgt.size(batch)) {
      throw new ShapeError("[Transformer] the batch number of src and tgt must be equal");
    }
    if (src.size(-1) !== this.dModel || tgt.size(-1) !== this.dModel) {
      throw new ShapeError("[Transformer] the feature number of src and tgt must be equal to d_model");
    }
    const memory = this.encoder.forward(src, { mask: srcMask, srcKeyPaddingMask });
    return this.decoder.forward(tgt, memory, masks);
  }

  /**
   * A mask `(size,size)` that lets each position attend to itself and those before: −∞ above the diagonal, else 0.
   *
   * @example
   * nn.Transformer.generateSquareSubsequentMask(2);
   * // tensor([[0., -inf],
   * //         [0., 0.]])
   */
  static generateSquareSubsequentMask(size: number, device?: DeviceChoice): Tensor;
  static generateSquareSubsequentMask(size: number, options?: { readonly device?: DeviceChoice | undefined }): Tensor;
  static generateSquareSubsequentMask(...given: readonly unknown[]): Tensor {
    const { sz, device } = SIGNATURES.mask.read(given);
    return full([sz, sz], Number.NEGATIVE_INFINITY, { device }).triu(1);
  }
  /**
   * The static method, which Python's programs also call by an instance.
   *
   * @example new nn.Transformer({ dModel: 8, nhead: 2 }).generateSquareSubsequentMask(2).shape; // [2, 2]
   */
  generateSquareSubsequentMask(size: number, device?: DeviceChoice): Tensor;
  generateSquareSubsequentMask(size: number, options?: { readonly device?: DeviceChoice | undefined }): Tensor;
  generateSquareSubsequentMask(...given: readonly unknown[]): Tensor {
    const { sz, device } = SIGNATURES.mask.read(given);
    return Transformer.generateSquareSubsequentMask(sz, device);
  }
}
