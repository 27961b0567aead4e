/** @file Vision transformers: Dosovitskiy et al., 2020, arXiv:2010.11929. */
import { keyword, signature } from "../../core/arguments.ts";
import { ValueError } from "../../core/errors.ts";
import { aNumber } from "../../core/kinds.ts";
import { aPositiveInteger } from "../../data/arguments.ts";
import { GELU } from "../../nn/activation.ts";
import { MultiheadAttention } from "../../nn/attention.ts";
import { Sequential } from "../../nn/container.ts";
import { Conv2d } from "../../nn/conv.ts";
import { Dropout } from "../../nn/dropout.ts";
import { normal_, truncNormal_, xavierUniform_, zeros_ } from "../../nn/init.ts";
import { Linear } from "../../nn/linear.ts";
import { Module } from "../../nn/module.ts";
import { LayerNorm } from "../../nn/normalization.ts";
import { Parameter } from "../../nn/parameter.ts";
import { empty, zeros } from "../../tensor/create.ts";
import { cat } from "../../tensor/functions/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { checkImageSize, MODEL_OPTIONS, type ModelArgs, type ModelOptions } from "./blocks.ts";

class MLPBlock extends Sequential {
  constructor(size: number, hidden: number, dropout: number) {
    const layers = [
      new Linear(size, hidden),
      new GELU(),
      new Dropout(dropout),
      new Linear(hidden, size),
      new Dropout(dropout),
    ];
    super(...layers);
    for (const layer of layers) {
      if (!(layer instanceof Linear)) continue;
      xavierUniform_(layer.weight);
      if (layer.bias !== null) normal_(layer.bias, 0, 1e-6);
    }
  }
}

const EPS = { eps: 1e-6 } as const;

class EncoderBlock extends Module {
  readonly ln_1: LayerNorm;
  readonly self_attention: MultiheadAttention;
  readonly dropout: Dropout;
  readonly ln_2: LayerNorm;
  readonly mlp: MLPBlock;

  constructor({ numHeads, hiddenDim, mlpDim, dropout, attentionDropout }: EncoderSettings) {
    super();
    this.ln_1 = new LayerNorm(hiddenDim, EPS);
    this.self_attention = new MultiheadAttention(hiddenDim, numHeads, { dropout: attentionDropout, batchFirst: true });
    this.dropout = new Dropout(dropout);
    this.ln_2 = new LayerNorm(hiddenDim, EPS);
    this.mlp = new MLPBlock(hiddenDim, mlpDim, dropout);
  }

  override forward(input: Tensor): Tensor {
    const normed = this.ln_1.forward(input);
    const [attended] = this.self_attention.forward(normed, normed, normed, { needWeights: false });
    const x = this.dropout.forward(attended).add(input);
    return x.add(this.mlp.forward(this.ln_2.forward(x)));
  }
}

class Encoder extends Module {
  readonly pos_embedding: Parameter;
  readonly dropout: Dropout;
  readonly layers: Sequential;
  readonly ln: LayerNorm;

  constructor(sequence: number, options: EncoderSettings) {
    super();
    const { numLayers, hiddenDim, dropout } = options;
    this.pos_embedding = new Parameter(normal_(empty(1, sequence, hiddenDim), 0, 0.02));
    this.dropout = new Dropout(dropout);
    const layers = Array.from(
      { length: numLayers },
      (_, i) => [`encoder_layer_${i}`, new EncoderBlock(options)] as const,
    );
    this.layers = new Sequential(Object.fromEntries(layers));
    this.ln = new LayerNorm(hiddenDim, EPS);
  }

  override forward(input: Tensor): Tensor {
    return this.ln.forward(this.layers.forward(this.dropout.forward(input.add(this.pos_embedding))));
  }
}

interface Sizes {
  readonly numLayers: number;
  readonly numHeads: number;
  readonly hiddenDim: number;
  readonly mlpDim: number;
}

interface EncoderSettings extends Sizes {
  readonly dropout: number;
  readonly attentionDropout: number;
}

/** What makes a {@link VisionTransformer}. */
export interface VisionTransformerOptions {
  /** Rows and columns of the images. */
  readonly imageSize: number;
  /** Rows and columns of a patch; a divisor of `imageSize`. */
  readonly patchSize: number;
  /** Number of encoder blocks. */
  readonly numLayers: number;
  /** Number of attention heads. */
  readonly numHeads: number;
  /** Size of the embedding of a patch. */
  readonly hiddenDim: number;
  /** Size of the hidden layer in each block. */
  readonly mlpDim: number;
  /** Probability of dropout. Default 0. */
  readonly dropout?: number | undefined;
  /** Probability of dropout of attention weights. Default 0. */
  readonly attentionDropout?: number | undefined;
  /** Number of classes. Default 1000. */
  readonly numClasses?: number | undefined;
}

/**
 * A vision transformer: patches of an image as a sequence, encoder blocks, and a linear layer on a class token.
 *
 * @throws ValueError if patches do not divide the image
 * @example
 * const settings = { imageSize: 8, patchSize: 4, numLayers: 1, numHeads: 2, hiddenDim: 16, mlpDim: 32, numClasses: 10 };
 * new vision.models.VisionTransformer(settings).forward(zeros(2, 3, 8, 8)).shape; // [2, 10]
 */
export class VisionTransformer extends Module {
  /** Rows and columns of the images. */
  readonly image_size: number;
  /** The class token, which stands before the patches. */
  readonly class_token: Parameter;
  /** Embedding of patches. */
  readonly conv_proj: Conv2d;
  /** Encoder blocks. */
  readonly encoder: Encoder;
  /** Linear layer, `heads.head`. */
  heads: Module;

  constructor(options: VisionTransformerOptions) {
    super();
    const { imageSize, patchSize, hiddenDim, dropout = 0, attentionDropout = 0, numClasses = 1000 } = options;
    if (imageSize % patchSize !== 0) {
      throw new ValueError(`[VisionTransformer] Input shape indivisible by patch size! ${imageSize} by ${patchSize}`);
    }
    this.image_size = imageSize;
    const projection = new Conv2d(3, hiddenDim, patchSize, { stride: patchSize });
    this.class_token = new Parameter(zeros(1, 1, hiddenDim));
    this.conv_proj = projection;
    this.encoder = new Encoder((imageSize / patchSize) ** 2 + 1, { ...options, dropout, attentionDropout });
    const head = new Linear(hiddenDim, numClasses);
    this.heads = new Sequential({ head });
    truncNormal_(projection.weight, 0, Math.sqrt(1 / (3 * patchSize * patchSize)));
    if (projection.bias !== null) zeros_(projection.bias);
    zeros_(head.weight);
    if (head.bias !== null) zeros_(head.bias);
  }

  override forward(x: Tensor): Tensor {
    checkImageSize("VisionTransformer", x, this.image_size);
    const patches = this.conv_proj.forward(x).flatten(2).permute(0, 2, 1);
    const token = this.class_token.expand(x.size(0), -1, -1);
    const encoded = this.encoder.forward(cat([token, patches], 1));
    return this.heads.forward(encoded.select(1, 0));
  }
}

/** Options of the functions that make a {@link VisionTransformer}. */
export interface VitOptions extends ModelOptions {
  /** Rows and columns of the images. Default 224. */
  readonly imageSize?: number | undefined;
  /** Probability of dropout. Default 0. */
  readonly dropout?: number | undefined;
  /** Probability of dropout of attention weights. Default 0. */
  readonly attentionDropout?: number | undefined;
}

function maker(op: string, settings: Sizes & { readonly patchSize: number }) {
  const read = signature(op, {
    ...MODEL_OPTIONS,
    imageSize: keyword(aPositiveInteger, 224),
    dropout: keyword(aNumber, 0),
    attentionDropout: keyword(aNumber, 0),
  });
  return (args: ModelArgs<VitOptions>): VisionTransformer => {
    const { imageSize, dropout, attentionDropout, numClasses } = read.read(args);
    return new VisionTransformer({ ...settings, imageSize, dropout, attentionDropout, numClasses });
  };
}

const BASE = { numLayers: 12, numHeads: 12, hiddenDim: 768, mlpDim: 3072 } as const;
const LARGE = { numLayers: 24, numHeads: 16, hiddenDim: 1024, mlpDim: 4096 } as const;
const makeB16 = maker("vitB16", { ...BASE, patchSize: 16 });
const makeB32 = maker("vitB32", { ...BASE, patchSize: 32 });
const makeL32 = maker("vitL32", { ...LARGE, patchSize: 32 });
const makeL16 = maker("vitL16", { ...LARGE, patchSize: 16 });

/**
 * ViT-B/16: torchvision's `vit_b_16`, with its initial values for a seed.
 *
 * @throws ValueError for `weights`, which are loaded from a file
 * @example
 * ```ts no-run
 * vision.models.vitB16({ numClasses: 10 }).forward(zeros(1, 3, 224, 224)).shape; // [1, 10]
 * ```
 */
export function vitB16(...args: ModelArgs<VitOptions>): VisionTransformer {
  return makeB16(args);
}

/**
 * ViT-B/32: torchvision's `vit_b_32`. See {@link vitB16}.
 *
 * @example
 * ```ts no-run
 * vision.models.vitB32({ numClasses: 10 }).forward(zeros(1, 3, 224, 224)).shape; // [1, 10]
 * ```
 */
export function vitB32(...args: ModelArgs<VitOptions>): VisionTransformer {
  return makeB32(args);
}

/**
 * ViT-L/16: torchvision's `vit_l_16`. See {@link vitB16}.
 *
 * @example
 * ```ts no-run
 * vision.models.vitL16({ numClasses: 10 }).forward(zeros(1, 3, 224, 224)).shape; // [1, 10]
 * ```
 */
export function vitL16(...args: ModelArgs<VitOptions>): VisionTransformer {
  return makeL16(args);
}

/**
 * ViT-L/32: torchvision's `vit_l_32`. See {@link vitB16}.
 *
 * @example
 * ```ts no-run
 * vision.models.vitL32({ numClasses: 10 }).forward(zeros(1, 3, 224, 224)).shape; // [1, 10]
 * ```
 */
export function vitL32(...args: ModelArgs<VitOptions>): VisionTransformer {
  return makeL32(args);
}
