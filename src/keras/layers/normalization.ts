/** @file BatchNormalization and LayerNormalization. */
import { noGrad } from "../../autograd/grad-mode.ts";
import { keyword, signature } from "../../core/arguments.ts";
import { ShapeError } from "../../core/errors.ts";
import { aBoolean, aNumber, anInteger } from "../../core/kinds.ts";
import { batchNorm, layerNorm } from "../../nn/functional/normalization.ts";
import { Parameter } from "../../nn/parameter.ts";
import { empty, ones, zeros } from "../../tensor/create.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { type InitializerLike, initialize } from "../initializers.ts";
import { built } from "./core.ts";
import {
  anInitializer,
  channelsFirst,
  formatShape,
  fromChannelsFirst,
  LAYER,
  Layer,
  type LayerOptions,
  type Shape,
} from "./layer.ts";

const AFFINE = {
  center: keyword(aBoolean, true),
  scale: keyword(aBoolean, true),
  betaInitializer: keyword(anInitializer, "zeros"),
  gammaInitializer: keyword(anInitializer, "ones"),
};

const SIGNATURES = {
  BatchNormalization: signature("BatchNormalization", {
    axis: keyword(anInteger, -1),
    momentum: keyword(aNumber, 0.99),
    epsilon: keyword(aNumber, 1e-3),
    ...AFFINE,
    ...LAYER,
  }),
  LayerNormalization: signature("LayerNormalization", {
    axis: keyword(anInteger, -1),
    epsilon: keyword(aNumber, 1e-3),
    ...AFFINE,
    ...LAYER,
  }),
};

/** Options that both normalizations have. */
export interface NormalizationOptions extends LayerOptions {
  /** The dimension of the features. Default -1, the last one. */
  readonly axis?: number | undefined;
  /** Value added to the variance for numerical stability. Default 1e-3. */
  readonly epsilon?: number | undefined;
  /** Whether the offset beta is added. Default true. */
  readonly center?: boolean | undefined;
  /** Whether the factor gamma is applied. Default true. */
  readonly scale?: boolean | undefined;
  /** Initializer of beta. Default "zeros". */
  readonly betaInitializer?: InitializerLike | undefined;
  /** Initializer of gamma. Default "ones". */
  readonly gammaInitializer?: InitializerLike | undefined;
}

/** Options of {@link BatchNormalization}. */
export interface BatchNormalizationOptions extends NormalizationOptions {
  /** Share of the moving averages that a step keeps. Default 0.99. */
  readonly momentum?: number | undefined;
}

/** Options of both layers, as they are read. */
type Affine = Omit<ReturnType<typeof SIGNATURES.LayerNormalization.read>, keyof LayerOptions>;

/** Base of both layers: gamma and beta. */
abstract class Normalization extends Layer {
  gamma: Parameter | null = null;
  beta: Parameter | null = null;
  protected readonly affine: Affine;

  constructor(given: Affine & LayerOptions) {
    super(given);
    this.affine = given;
  }
  /** The dimension of the features, counted from the start. */
  protected axisOf(ndim: number): number {
    return this.affine.axis < 0 ? this.affine.axis + ndim : this.affine.axis;
  }
  protected featuresOf(inputShape: Shape): number {
    const features = inputShape[this.axisOf(inputShape.length)];
    if (typeof features === "number") return features;
    throw new ShapeError(
      `[${this.name}] axis ${this.affine.axis} of the input should have a defined dimension. Full shape received: ${formatShape(inputShape)}`,
    );
  }
  override build(inputShape: Shape): void {
    const features = this.featuresOf(inputShape);
    const { scale, center, gammaInitializer, betaInitializer } = this.affine;
    if (scale) {
      this.gamma = this.addWeight("gamma", new Parameter(empty(features)));
      initialize(this.name, gammaInitializer, this.gamma);
    }
    if (center) {
      this.beta = this.addWeight("beta", new Parameter(empty(features)));
      initialize(this.name, betaInitializer, this.beta);
    }
  }
}

export class BatchNormalization extends Normalization {
  movingMean = this.registerBuffer<Tensor | null>("movingMean", null);
  movingVariance = this.registerBuffer<Tensor | null>("movingVariance", null);
  private readonly momentum: number;

  constructor(options?: BatchNormalizationOptions) {
    const given = SIGNATURES.BatchNormalization.read([options]);
    super(given);
    this.momentum = given.momentum;
  }
  protected override keyOf(field: string): string {
    if (field === "movingMean") return "moving_mean";
    return field === "movingVariance" ? "moving_variance" : field;
  }
  override build(inputShape: Shape): void {
    super.build(inputShape);
    const features = this.featuresOf(inputShape);
    this.movingMean = zeros(features);
    this.movingVariance = ones(features);
    this.declareBuffer("moving_mean", () => this.movingMean);
    this.declareBuffer("moving_variance", () => this.movingVariance);
  }
  /** A buffer is another tensor after a move to another device. */
  private declareBuffer(name: string, get: () => Tensor | null): void {
    const tensors = (): readonly Tensor[] => [get() ?? built<Tensor>(this, null)];
    this.declareWeight({ name, tensors, toKeras: () => tensors()[0] as Tensor, fromKeras: (value) => [value] });
  }
  override forward(x: Tensor): Tensor {
    const axis = this.axisOf(x.ndim);
    if (x.ndim === 4 && axis === 3) {
      return fromChannelsFirst(this.normalize(channelsFirst(x, "channels_last")), "channels_last");
    }
    if (axis === 1) return this.normalize(x);
    return this.normalize(x.transpose(1, axis)).transpose(1, axis);
  }

  /** Normalizes `(N,C,…)`. A frozen layer uses the moving averages in training, too. */
  private normalize(x: Tensor): Tensor {
    const { movingMean: mean, movingVariance: variance, gamma, beta } = this;
    const { epsilon: eps } = this.affine;
    if (!this.training || !this.trainable) return batchNorm(x, mean, variance, gamma, beta, { eps });
    const count = x.numel() / x.size(1);
    // The batch's own statistics come back in tensors that weigh nothing themselves.
    const [batchMean, batchVariance] = [x.newZeros([x.size(1)]), x.newZeros([x.size(1)])];
    const result =
      count > 1
        ? batchNorm(x, batchMean, batchVariance, gamma, beta, { training: true, momentum: 1, eps })
        : batchNorm(
            x,
            noGrad(() => batchMean.add_(x.detach().flatten())),
            batchVariance,
            gamma,
            beta,
            { eps },
          );
    noGrad(() => {
      // Keras averages the variance of the batch itself, PyTorch its unbiased estimate.
      if (count > 1) batchVariance.mul_((count - 1) / count);
      mean?.mul_(this.momentum).add_(batchMean.mul_(1 - this.momentum));
      variance?.mul_(this.momentum).add_(batchVariance.mul_(1 - this.momentum));
    });
    return result;
  }
  override extraRepr(): string {
    return `momentum=${this.momentum}, epsilon=${this.affine.epsilon}`;
  }
}

export class LayerNormalization extends Normalization {
  constructor(options?: NormalizationOptions) {
    super(SIGNATURES.LayerNormalization.read([options]));
  }
  override forward(x: Tensor): Tensor {
    const axis = this.axisOf(x.ndim);
    const normalize = (t: Tensor): Tensor => layerNorm(t, [t.size(-1)], this.gamma, this.beta, this.affine.epsilon);
    return axis === x.ndim - 1 ? normalize(x) : normalize(x.transpose(axis, -1)).transpose(axis, -1);
  }
  override extraRepr(): string {
    return `epsilon=${this.affine.epsilon}`;
  }
}
