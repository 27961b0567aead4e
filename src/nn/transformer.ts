/** @file The encoder of a transformer, and one layer of it. */
import type { Device, DType } from "../../kernels/backend.ts";
import { ValueError } from "../tensor/errors.ts";
import { readArguments, type TensorOr } from "../tensor/options.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { MultiheadAttention } from "./attention.ts";
import { type Layer, ModuleList } from "./container.ts";
import { Dropout } from "./dropout.ts";
import { gelu, relu } from "./functional/activation.ts";
import { checkPaddingMask } from "./functional/attention-masks.ts";
import { checkWhole } from "./functional/check.ts";
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
  readonly device?: Device | undefined;
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

const DEFAULTS = {
  dimFeedforward: 2048,
  dropout: 0.1,
  activation: "relu" as Activation,
  layerNormEps: 1e-5,
  batchFirst: false,
  normFirst: false,
  device: "cpu" as Device,
  dtype: "float32" as DType,
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
    dimFeedforward?: number | TransformerEncoderLayerOptions,
    dropout?: number | TransformerEncoderLayerOptions,
    activation?: Activation | TransformerEncoderLayerOptions,
    layerNormEps?: number | TransformerEncoderLayerOptions,
    batchFirst?: boolean | TransformerEncoderLayerOptions,
    normFirst?: boolean | Pick<TransformerEncoderLayerOptions, "normFirst" | "device" | "dtype">,
  ) {
    super();
    const given = readArguments("TransformerEncoderLayer", DEFAULTS, [
      dimFeedforward,
      dropout,
      activation,
      layerNormEps,
      batchFirst,
      normFirst,
    ]);
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
  override forward(
    src: Tensor,
    srcMask?: TensorOr<EncoderLayerMasks>,
    srcKeyPaddingMask?: TensorOr<Pick<EncoderLayerMasks, "srcKeyPaddingMask">>,
  ): Tensor {
    const op = "TransformerEncoderLayer";
    const defaults = { srcMask: null as Tensor | null, srcKeyPaddingMask: null as Tensor | null };
    const given = readArguments(op, defaults, [srcMask, srcKeyPaddingMask]);
    checkPaddingMask(op, given.srcKeyPaddingMask);
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
  if (typeof given === "function" || given instanceof Module) return given;
  throw new ValueError(`[TransformerEncoderLayer] activation should be relu/gelu, not ${String(given)}`);
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
  constructor(encoderLayer: L, numLayers: number, norm?: Layer | null | { readonly norm?: Layer | null | undefined }) {
    super();
    checkWhole("TransformerEncoder", "numLayers", numLayers);
    const given = readArguments("TransformerEncoder", { norm: null as Layer | null }, [norm]);
    this.layers = new ModuleList(Array.from({ length: numLayers }, () => encoderLayer.clone()));
    this.numLayers = numLayers;
    this.norm = given.norm;
    this.noteMembers();
  }

  /**
   * @param src - [S,N,E], or [N,S,E] with layers of `batchFirst`, or [S,E].
   * @returns a tensor of that shape.
   * @throws ShapeError and DTypeError for inputs and masks that do not fit.
   */
  override forward(
    src: Tensor,
    mask?: TensorOr<EncoderMasks>,
    srcKeyPaddingMask?: TensorOr<Pick<EncoderMasks, "srcKeyPaddingMask">>,
  ): Tensor {
    const defaults = { mask: null as Tensor | null, srcKeyPaddingMask: null as Tensor | null };
    const given = readArguments("TransformerEncoder", defaults, [mask, srcKeyPaddingMask]);
    checkPaddingMask("TransformerEncoder", given.srcKeyPaddingMask);
    const masks = { srcMask: given.mask, srcKeyPaddingMask: given.srcKeyPaddingMask };
    let result = src;
    for (const layer of this.layers) result = layer.forward(result, masks);
    return this.norm === null ? result : this.norm.forward(result);
  }
}
