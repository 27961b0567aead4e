/** @file The encoder of a transformer, and one layer of it. */
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

/** A name, a function, or a layer, which becomes a child of the module that uses it. */
export type Activation = "relu" | "gelu" | ((x: Tensor) => Tensor) | Layer;

export interface TransformerEncoderLayerOptions {
  /** Width of the layer between the two affine ones. Default 2048. */
  readonly dimFeedforward?: number | undefined;
  /** Default 0.1. */
  readonly dropout?: number | undefined;
  /** Default "relu". */
  readonly activation?: Activation | undefined;
  /** Added to the variance when normalising. Default 1e-5. */
  readonly layerNormEps?: number | undefined;
  /** Whether inputs and output are [N,S,E] rather than [S,N,E]. Default false. */
  readonly batchFirst?: boolean | undefined;
  /** Whether to normalise before attention and affine layers rather than after them. Default false. */
  readonly normFirst?: boolean | undefined;
  /** Default "cpu". */
  readonly device?: DeviceChoice | undefined;
  /** Default "float32". */
  readonly dtype?: DType | undefined;
}

export interface EncoderLayerMasks {
  /** Pairs to leave out: bools [S,S] or [N·nhead,S,S], true for those; or floats, added to the scores. Default null. */
  readonly srcMask?: Tensor | null | undefined;
  /** Positions to leave out: bools [N,S], true for those; or floats, added to the scores. Default null. */
  readonly srcKeyPaddingMask?: Tensor | null | undefined;
}

export interface EncoderMasks extends Pick<EncoderLayerMasks, "srcKeyPaddingMask"> {
  /** As {@link EncoderLayerMasks.srcMask}. */
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

const KEYS: Readonly<Record<string, string>> = { selfAttn: "self_attn" };

/**
 * Self-attention and two affine layers with an activation between them, each with a way around it and normalised.
 *
 * @example
 * const layer = new nn.TransformerEncoderLayer(64, 8, { dimFeedforward: 256, batchFirst: true });
 * layer.forward(x); // [N,S,64] → [N,S,64]
 */
export class TransformerEncoderLayer extends Module {
  selfAttn: MultiheadAttention;
  linear1: Linear;
  dropout: Dropout;
  linear2: Linear;
  norm1: LayerNorm;
  norm2: LayerNorm;
  dropout1: Dropout;
  dropout2: Dropout;
  normFirst: boolean;
  activation: ((x: Tensor) => Tensor) | Layer;

  /** @throws ValueError for sizes that make no sense, or an unknown activation. */
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
    this.activation = activationOf(given.activation);
    this.noteMembers();
  }

  /**
   * @param src - [S,N,E], or [N,S,E] with `batchFirst`, or [S,E].
   * @returns a tensor of that shape.
   * @throws ShapeError and DTypeError for inputs and masks that do not fit.
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
    const wide = this.linear1.forward(x);
    const bent = typeof activation === "function" ? activation(wide) : activation.forward(wide);
    return this.dropout2.forward(this.linear2.forward(this.dropout.forward(bent)));
  }
  protected override keyOf(field: string): string {
    return KEYS[field] ?? field;
  }
}

function activationOf(given: Activation): ((x: Tensor) => Tensor) | Layer {
  if (given === "relu") return (x) => relu(x);
  if (given === "gelu") return (x) => gelu(x);
  return given;
}

/** What an encoder is made of: {@link TransformerEncoderLayer}, or a layer of your own that takes the same masks. */
export interface EncoderLayer extends Module {
  forward(src: Tensor, masks?: EncoderLayerMasks): Tensor;
}

/**
 * Copies of one layer, one after the other. They begin with the same numbers, those of the layer given, and are
 * independent of it and of each other.
 *
 * @example
 * const layer = new nn.TransformerEncoderLayer(64, 8, { batchFirst: true });
 * const encoder = new nn.TransformerEncoder(layer, 6, { norm: new nn.LayerNorm(64) });
 * encoder.forward(x, { srcKeyPaddingMask: padding });
 */
export class TransformerEncoder<L extends EncoderLayer = TransformerEncoderLayer> extends Module {
  layers: ModuleList<L>;
  numLayers: number;
  /** What normalises the result, or null. */
  norm: Layer | null;

  /** @throws ValueError for a number of layers that is none. */
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
   * @param src - [S,N,E], or [N,S,E] with layers of `batchFirst`, or [S,E].
   * @returns a tensor of that shape.
   * @throws ShapeError and DTypeError for inputs and masks that do not fit.
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
