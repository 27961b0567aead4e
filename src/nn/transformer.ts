/** @file Transformer encoder and encoder layer. */
import type { DType } from "../../kernels/backend.ts";
import { optional, required, type SomeThenOptions, signature } from "../core/arguments.ts";
import { describeBare } from "../core/describe.ts";
import type { DeviceChoice } from "../core/device.ts";
import { aBoolean, aNumber, aTensor, type Kind, kind, nullable, worded } from "../core/kinds.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { MultiheadAttention } from "./attention.ts";
import { type Layer, ModuleList } from "./container.ts";
import { Dropout } from "./dropout.ts";
import { gelu, relu } from "./functional/activation.ts";
import { checkPaddingMask } from "./functional/attention.ts";
import { aProbability } from "./functional/dropout.ts";
import { aCount, aPositiveCount, PLACE } from "./functional/validate.ts";
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

/** The arguments of the constructors and of `forward`. */
const SIGNATURES = {
  TransformerEncoderLayer: signature("TransformerEncoderLayer", {
    dModel: required(aPositiveCount),
    nhead: required(aPositiveCount),
    dimFeedforward: optional(aCount, 2048),
    dropout: optional(aProbability, 0.1),
    activation: optional(anActivation, "relu"),
    layerNormEps: optional(aNumber, 1e-5),
    batchFirst: optional(aBoolean, false),
    normFirst: optional(aBoolean, false),
    ...PLACE,
  }),
  TransformerEncoder: signature("TransformerEncoder", {
    encoderLayer: required(aModule<EncoderLayer>()),
    numLayers: required(aCount),
    norm: optional(nullable(aModule<Layer>()), null),
    // Chooses between two implementations in PyTorch.
    enableNestedTensor: optional(aBoolean, true),
  }),
  forwardLayer: signature("TransformerEncoderLayer", {
    src: required(aTensor),
    srcMask: MASK,
    srcKeyPaddingMask: MASK,
  }),
  forwardEncoder: signature("TransformerEncoder", { src: required(aTensor), mask: MASK, srcKeyPaddingMask: MASK }),
};

/** PyTorch's names of the fields. */
const KEYS: Readonly<Record<string, string>> = { selfAttn: "self_attn" };

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
  constructor(
    dModel: number,
    nhead: number,
    ...rest: SomeThenOptions<
      [dimFeedforward: number, dropout: number, activation: Activation, layerNormEps: number, batchFirst: boolean],
      TransformerEncoderLayerOptions
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
    const { activation } = this;
    const hidden = this.linear1.forward(x);
    const activated = typeof activation === "function" ? activation(hidden) : activation.forward(hidden);
    return this.dropout2.forward(this.linear2.forward(this.dropout.forward(activated)));
  }
  protected override keyOf(field: string): string {
    return KEYS[field] ?? field;
  }
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

  constructor(encoderLayer: L, numLayers: number, norm?: Layer | null);
  constructor(encoderLayer: L, numLayers: number, options?: { readonly norm?: Layer | null | undefined });
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
