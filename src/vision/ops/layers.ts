/** @file Layers of vision models: stochastic depth, squeeze and excitation, permutation of dimensions. */
import { optional, required, signature, type ThenOptions } from "../../core/arguments.ts";
import { ValueError } from "../../core/errors.ts";
import { aBoolean, aNumber, aTensor, integers, oneOf } from "../../core/kinds.ts";
import { pythonRepr } from "../../core/python-repr.ts";
import { ReLU, Sigmoid } from "../../nn/activation.ts";
import type { Layer } from "../../nn/container.ts";
import { Conv2d } from "../../nn/conv.ts";
import { Module } from "../../nn/module.ts";
import { AdaptiveAvgPool2d } from "../../nn/pooling.ts";
import { empty } from "../../tensor/create.ts";
import type { Tensor } from "../../tensor/tensor.ts";

/** What {@link stochasticDepth} zeroes: the whole batch, or each of its samples by itself. */
export type StochasticDepthMode = "batch" | "row";

const MODE = oneOf("batch", "row");

const STOCHASTIC_DEPTH = signature("stochasticDepth", {
  input: required(aTensor),
  p: required(aNumber),
  mode: required(MODE),
  training: optional(aBoolean, true),
});

/**
 * Zeroes a batch, or whole samples of it, with probability p, and scales the others by 1 / (1 − p): Huang et al., 2016,
 * arXiv:1603.09382.
 *
 * @param mode "batch" for the whole batch, "row" for each sample by itself
 * @throws ValueError unless p is from 0 to 1
 * @example vision.ops.stochasticDepth(ones(2, 3), 1, "row"); // tensor([[0., 0., 0.], [0., 0., 0.]])
 */
export function stochasticDepth(
  input: Tensor,
  p: number,
  mode: StochasticDepthMode,
  ...args: ThenOptions<[training: boolean], { readonly training?: boolean | undefined }>
): Tensor {
  const given = STOCHASTIC_DEPTH.read([input, p, mode, ...args]);
  if (!(p >= 0 && p <= 1)) {
    throw new ValueError(`[stochasticDepth] drop probability has to be between 0 and 1, but got ${p}`);
  }
  if (!given.training || p === 0) return input;
  const first = mode === "row" ? [input.size(0)] : [1];
  const size = [...first, ...input.shape.slice(1).map(() => 1)];
  const kept = empty(size, { dtype: input.dtype, device: input.device }).bernoulli_(1 - p);
  return input.mul(p < 1 ? kept.div(1 - p) : kept);
}

const STOCHASTIC_LAYER = signature("StochasticDepth", { p: required(aNumber), mode: required(MODE) });

/**
 * Zeroes a batch, or whole samples of it, in training. See {@link stochasticDepth}.
 *
 * @example new vision.ops.StochasticDepth(0.2, "row").eval().forward(ones(2)); // tensor([1., 1.])
 */
export class StochasticDepth extends Module {
  /** Probability of a sample to be zeroed. */
  readonly p: number;
  /** Whether samples are zeroed each by itself. */
  readonly mode: StochasticDepthMode;

  constructor(p: number, mode: StochasticDepthMode) {
    super();
    const given = STOCHASTIC_LAYER.read([p, mode]);
    this.p = given.p;
    this.mode = given.mode;
  }

  override forward(input: Tensor): Tensor {
    return stochasticDepth(input, this.p, this.mode, this.training);
  }

  override extraRepr(): string {
    return `p=${pythonRepr(this.p, true)}, mode=${this.mode}`;
  }
}

/**
 * Weighs channels by what is in all of them: Hu et al., 2017, arXiv:1709.01507.
 *
 * @example new vision.ops.SqueezeExcitation(8, 2).forward(zeros(1, 8, 4, 4)).shape; // [1, 8, 4, 4]
 */
export class SqueezeExcitation extends Module {
  /** Pooling over the whole image. */
  readonly avgpool: AdaptiveAvgPool2d;
  /** Convolution to fewer channels. */
  readonly fc1: Conv2d;
  /** Convolution back to all channels. */
  readonly fc2: Conv2d;
  /** Activation between them. */
  readonly activation: Layer;
  /** Activation of the weights. */
  readonly scale_activation: Layer;

  /**
   * @param activation - makes the activation in the middle. Default ReLU.
   * @param scaleActivation - makes the one of the weights. Default Sigmoid.
   */
  constructor(
    inputChannels: number,
    squeezeChannels: number,
    activation: () => Layer = () => new ReLU(),
    scaleActivation: () => Layer = () => new Sigmoid(),
  ) {
    super();
    this.avgpool = new AdaptiveAvgPool2d(1);
    this.fc1 = new Conv2d(inputChannels, squeezeChannels, 1);
    this.fc2 = new Conv2d(squeezeChannels, inputChannels, 1);
    this.activation = activation();
    this.scale_activation = scaleActivation();
  }

  override forward(input: Tensor): Tensor {
    const squeezed = this.activation.forward(this.fc1.forward(this.avgpool.forward(input)));
    return this.scale_activation.forward(this.fc2.forward(squeezed)).mul(input);
  }
}

const PERMUTE = signature("Permute", { dims: required(integers) });

/**
 * Dimensions in another order.
 *
 * @example new vision.ops.Permute([1, 0]).forward(zeros(2, 3)).shape; // [3, 2]
 */
export class Permute extends Module {
  /** The order. */
  readonly dims: readonly number[];

  constructor(dims: readonly number[]) {
    super();
    this.dims = PERMUTE.read([dims]).dims;
  }

  override forward(x: Tensor): Tensor {
    return x.permute(...this.dims);
  }
}
