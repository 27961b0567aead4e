/** @file Linear and bilinear layers. */
import type { DType } from "../../kernels/backend.ts";
import { optional, required, signature } from "../core/arguments.ts";
import type { DeviceChoice } from "../core/device.ts";
import { aBoolean } from "../core/kinds.ts";
import { pythonRepr } from "../core/python-repr.ts";
import { empty } from "../tensor/create.ts";
import { linear } from "../tensor/functions/matmul.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { bilinear } from "./functional/distance.ts";
import { aCount, aPositiveCount, PLACE } from "./functional/validate.ts";
import { calculateFanInAndFanOut, kaimingUniform_, uniform_ } from "./init.ts";
import { Module } from "./module.ts";
import { Parameter } from "./parameter.ts";

/** Options of {@link Linear} and {@link Bilinear}. */
export interface LinearOptions {
  /** If false, the layer has no additive bias. Default true. */
  readonly bias?: boolean | undefined;
  /** Device of the parameters. Default "cpu". */
  readonly device?: DeviceChoice | undefined;
  /** Dtype of the parameters. Default "float32". */
  readonly dtype?: DType | undefined;
}

const SIGNATURES = {
  Linear: signature("Linear", {
    inFeatures: required(aCount),
    outFeatures: required(aCount),
    bias: optional(aBoolean, true),
    ...PLACE,
  }),
  Bilinear: signature("Bilinear", {
    in1Features: required(aPositiveCount),
    in2Features: required(aCount),
    outFeatures: required(aCount),
    bias: optional(aBoolean, true),
    ...PLACE,
  }),
};

/**
 * Affine transformation: x·Wᵀ + b. Weight and bias are initialized uniformly in ±1/√inFeatures, with PyTorch's random
 * numbers for the same seed. See `functional.linear`.
 *
 * Shape: `(*,inFeatures)` to `(*,outFeatures)`.
 *
 * @throws ValueError for a size that is not an integer of at least 0.
 * @example
 * const layer = new nn.Linear(784, 10);
 * layer.forward(rand(32, 784)).shape; // [32, 10]
 * String(new nn.Linear(784, 10, { bias: false })); // Linear(in_features=784, out_features=10, bias=False)
 */
export class Linear extends Module {
  /** Size of each input sample. */
  inFeatures: number;
  /** Size of each output sample. */
  outFeatures: number;
  /** The learnable weight, `(outFeatures,inFeatures)`. */
  weight: Parameter;
  /** The learnable bias, `(outFeatures)`, or null. */
  bias: Parameter | null;

  constructor(inFeatures: number, outFeatures: number, bias?: boolean, options?: LinearOptions);
  constructor(options: { readonly inFeatures: number; readonly outFeatures: number } & LinearOptions);
  constructor(inFeatures: number, outFeatures: number, options?: LinearOptions);
  constructor(...given: readonly unknown[]) {
    super();
    const { inFeatures, outFeatures, bias, device, dtype } = SIGNATURES.Linear.read(given);
    this.inFeatures = inFeatures;
    this.outFeatures = outFeatures;
    this.weight = new Parameter(empty(outFeatures, inFeatures, { device, dtype }));
    this.bias = bias ? new Parameter(empty(outFeatures, { device, dtype })) : null;
    this.resetParameters();
    this.noteMembers("weight", "bias");
  }

  /** Initializes weight and bias anew. */
  resetParameters(): void {
    kaimingUniform_(this.weight, { a: Math.sqrt(5) });
    if (this.bias === null) return;
    const [fanIn] = calculateFanInAndFanOut(this.weight);
    const bound = fanIn > 0 ? 1 / Math.sqrt(fanIn) : 0;
    uniform_(this.bias, -bound, bound);
  }

  override forward(x: Tensor): Tensor {
    this.checkMembers();
    return linear(x, this.weight, this.bias);
  }
  override extraRepr(): string {
    return `in_features=${this.inFeatures}, out_features=${this.outFeatures}, bias=${pythonRepr(this.bias !== null)}`;
  }
}

/**
 * Bilinear transformation: x1ᵀ·W·x2 + b. Weight and bias are initialized uniformly in ±1/√in1Features, with PyTorch's
 * random numbers for the same seed. See {@link bilinear}.
 *
 * Shape: `(*,in1Features)` and `(*,in2Features)` to `(*,outFeatures)`.
 *
 * @throws ValueError for a size that is not an integer of at least 0, or of at least 1 for `in1Features`.
 * @example
 * new nn.Bilinear(20, 30, 40).forward(randn(128, 20), randn(128, 30)).shape; // [128, 40]
 */
export class Bilinear extends Module {
  /** Size of each first input sample. */
  in1Features: number;
  /** Size of each second input sample. */
  in2Features: number;
  /** Size of each output sample. */
  outFeatures: number;
  /** The learnable weight, `(outFeatures,in1Features,in2Features)`. */
  weight: Parameter;
  /** The learnable bias, `(outFeatures)`, or null. */
  bias: Parameter | null;

  constructor(in1Features: number, in2Features: number, outFeatures: number, bias?: boolean, options?: LinearOptions);
  constructor(
    options: {
      readonly in1Features: number;
      readonly in2Features: number;
      readonly outFeatures: number;
    } & LinearOptions,
  );
  constructor(in1Features: number, in2Features: number, outFeatures: number, options?: LinearOptions);
  constructor(...given: readonly unknown[]) {
    super();
    const { in1Features, in2Features, outFeatures, bias, device, dtype } = SIGNATURES.Bilinear.read(given);
    this.in1Features = in1Features;
    this.in2Features = in2Features;
    this.outFeatures = outFeatures;
    this.weight = new Parameter(empty(outFeatures, in1Features, in2Features, { device, dtype }));
    this.bias = bias ? new Parameter(empty(outFeatures, { device, dtype })) : null;
    this.resetParameters();
    this.noteMembers("weight", "bias");
  }

  /** Initializes weight and bias anew. */
  resetParameters(): void {
    const bound = 1 / Math.sqrt(this.in1Features);
    uniform_(this.weight, -bound, bound);
    if (this.bias !== null) uniform_(this.bias, -bound, bound);
  }
  override forward(x1: Tensor, x2: Tensor): Tensor {
    this.checkMembers();
    return bilinear(x1, x2, this.weight, this.bias);
  }
  override extraRepr(): string {
    const { in1Features, in2Features, outFeatures } = this;
    return `in1_features=${in1Features}, in2_features=${in2Features}, out_features=${outFeatures}, bias=${pythonRepr(this.bias !== null)}`;
  }
}
