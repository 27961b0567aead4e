/** @file The affine layer. */
import type { DType } from "../../kernels/backend.ts";
import { optional, required, signature } from "../core/arguments.ts";
import type { DeviceChoice } from "../core/device.ts";
import { aBoolean } from "../core/kinds.ts";
import { pythonRepr } from "../core/python-repr.ts";
import { empty } from "../tensor/create.ts";
import { linear } from "../tensor/functions/matmul.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { aCount, PLACE } from "./functional/validate.ts";
import { calculateFanInAndFanOut, kaimingUniform_, uniform_ } from "./init.ts";
import { Module } from "./module.ts";
import { Parameter } from "./parameter.ts";

export interface LinearOptions {
  /** Whether to add a learned vector to the product. Default true. */
  readonly bias?: boolean | undefined;
  /** Default "cpu". */
  readonly device?: DeviceChoice | undefined;
  /** Default "float32". */
  readonly dtype?: DType | undefined;
}

const LINEAR = signature("Linear", {
  inFeatures: required(aCount),
  outFeatures: required(aCount),
  bias: optional(aBoolean, true),
  ...PLACE,
});

/**
 * x·Wᵀ + b: [..., inFeatures] → [..., outFeatures].
 *
 * Weight and bias start uniformly distributed over ±1/√inFeatures, with the numbers that PyTorch draws for the seed.
 *
 * @example new nn.Linear(784, 10, { bias: false })
 */
export class Linear extends Module {
  inFeatures: number;
  outFeatures: number;
  /** [outFeatures, inFeatures] */
  weight: Parameter;
  /** [outFeatures], or null. */
  bias: Parameter | null;

  /** @throws ValueError for sizes that are not whole numbers of at least 0. */
  constructor(inFeatures: number, outFeatures: number, bias?: boolean, options?: LinearOptions);
  constructor(inFeatures: number, outFeatures: number, options?: LinearOptions);
  constructor(...given: readonly unknown[]) {
    super();
    const { inFeatures, outFeatures, bias, device, dtype } = LINEAR.read(given);
    this.inFeatures = inFeatures;
    this.outFeatures = outFeatures;
    this.weight = new Parameter(empty(outFeatures, inFeatures, { device, dtype }));
    this.bias = bias ? new Parameter(empty(outFeatures, { device, dtype })) : null;
    this.resetParameters();
    this.noteMembers("weight", "bias");
  }

  /** Draws weight and bias anew. */
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
