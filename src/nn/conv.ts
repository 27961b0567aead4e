/** @file Convolutions as layers. */
import type { Device, DType } from "../../kernels/backend.ts";
import { empty } from "../tensor/create.ts";
import { ValueError } from "../tensor/errors.ts";
import { readArguments } from "../tensor/options.ts";
import { pythonRepr } from "../tensor/python-repr.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkWhole } from "./functional/check.ts";
import { conv1d, conv2d, convTranspose2d, type Padding } from "./functional/conv.ts";
import { sizes } from "./functional/pairs.ts";
import { calculateFanInAndFanOut, kaimingUniform_, uniform_ } from "./init.ts";
import { Module } from "./module.ts";
import { Parameter } from "./parameter.ts";

/** One number for all directions, or one for each. */
type Sizes = number | readonly number[];

export interface ConvOptions {
  /** Steps between windows. Default 1. */
  readonly stride?: Sizes | undefined;
  /** Zeros on either side, or "same", or "valid". Default 0. */
  readonly padding?: Padding | undefined;
  /** Steps between the elements of a window. Default 1. */
  readonly dilation?: Sizes | undefined;
  /** Into how many groups the channels are divided, each convolved on its own. Default 1. */
  readonly groups?: number | undefined;
  /** Whether to add a learned number to each channel. Default true. */
  readonly bias?: boolean | undefined;
  /** Default "cpu". */
  readonly device?: Device | undefined;
  /** Default "float32". */
  readonly dtype?: DType | undefined;
}

export interface ConvTransposeOptions extends Omit<ConvOptions, "padding"> {
  /** How much of the result's border is cut off. Default 0. */
  readonly padding?: Sizes | undefined;
  /** Rows and columns that the result has more at the end. Default 0. */
  readonly outputPadding?: Sizes | undefined;
}

const PLACE = { bias: true, device: "cpu" as Device, dtype: "float32" as DType };

interface Shape {
  readonly dims: number;
  readonly transposed: boolean;
  readonly inChannels: number;
  readonly outChannels: number;
  readonly kernelSize: Sizes;
  readonly stride: Sizes;
  readonly padding: Padding;
  readonly outputPadding: Sizes;
  readonly dilation: Sizes;
  readonly groups: number;
  readonly bias: boolean;
  readonly device: Device;
  readonly dtype: DType;
}

/** What the layers have in common: sizes, weights, their first values and the printed form. */
abstract class Conv extends Module {
  inChannels: number;
  outChannels: number;
  kernelSize: readonly number[];
  stride: readonly number[];
  padding: readonly number[] | "same" | "valid";
  outputPadding: readonly number[];
  dilation: readonly number[];
  groups: number;
  /** [outChannels, inChannels / groups, …kernelSize]; transposed, [inChannels, outChannels / groups, …kernelSize]. */
  weight: Parameter;
  /** [outChannels], or null. */
  bias: Parameter | null;

  constructor(op: string, given: Shape) {
    super();
    const { inChannels, outChannels, groups, dims, padding, device, dtype } = given;
    checkWhole(op, "groups", groups, 1);
    checkWhole(op, "inChannels", inChannels);
    checkWhole(op, "outChannels", outChannels);
    if (inChannels % groups !== 0) throw new ValueError(`[${op}] in_channels must be divisible by groups`);
    if (outChannels % groups !== 0) throw new ValueError(`[${op}] out_channels must be divisible by groups`);
    this.inChannels = inChannels;
    this.outChannels = outChannels;
    this.kernelSize = sizes(op, "kernelSize", given.kernelSize, dims);
    this.stride = sizes(op, "stride", given.stride, dims);
    this.padding = typeof padding === "string" ? padding : sizes(op, "padding", padding, dims);
    this.outputPadding = sizes(op, "outputPadding", given.outputPadding, dims);
    this.dilation = sizes(op, "dilation", given.dilation, dims);
    this.groups = groups;
    if (typeof padding === "string" && padding !== "same" && padding !== "valid") {
      throw new ValueError(`[${op}] Invalid padding string '${padding}', should be one of {'same', 'valid'}`);
    }
    if (padding === "same" && this.stride.some((s) => s !== 1)) {
      throw new ValueError(`[${op}] padding='same' is not supported for strided convolutions`);
    }
    const channels = given.transposed ? [inChannels, outChannels / groups] : [outChannels, inChannels / groups];
    this.weight = new Parameter(empty([...channels, ...this.kernelSize], { device, dtype }));
    this.bias = given.bias ? new Parameter(empty(outChannels, { device, dtype })) : null;
    this.resetParameters();
    this.noteMembers("weight", "bias");
  }

  /** Draws weight and bias anew, uniformly from ±1/√(inputs of an output), with the numbers that PyTorch draws. */
  resetParameters(): void {
    kaimingUniform_(this.weight, { a: Math.sqrt(5) });
    if (this.bias === null) return;
    const [fanIn] = calculateFanInAndFanOut(this.weight);
    if (fanIn !== 0) uniform_(this.bias, -1 / Math.sqrt(fanIn), 1 / Math.sqrt(fanIn));
  }

  override extraRepr(): string {
    const { padding } = this;
    const others = (name: string, list: readonly number[], usual: number): string =>
      list.every((n) => n === usual) ? "" : `, ${name}=${pythonRepr(list)}`;
    return (
      `${this.inChannels}, ${this.outChannels}, kernel_size=${pythonRepr(this.kernelSize)}, stride=${pythonRepr(this.stride)}` +
      (typeof padding === "string" ? `, padding=${padding}` : others("padding", padding, 0)) +
      others("dilation", this.dilation, 1) +
      others("output_padding", this.outputPadding, 0) +
      (this.groups === 1 ? "" : `, groups=${this.groups}`) +
      (this.bias === null ? ", bias=False" : "")
    );
  }
}

const CONV = { stride: 1 as Sizes, padding: 0 as Padding, dilation: 1 as Sizes, groups: 1, ...PLACE };
type ConvArguments = readonly [
  stride?: Sizes | ConvOptions,
  padding?: Padding | ConvOptions,
  dilation?: Sizes | ConvOptions,
  groups?: number | ConvOptions,
  bias?: boolean | Pick<ConvOptions, "bias" | "device" | "dtype">,
];

/** Convolution of lines: [N,C,L] → [N,O,L']. See {@link conv1d}. */
export class Conv1d extends Conv {
  /** @throws ValueError for sizes that make no sense. */
  constructor(inChannels: number, outChannels: number, kernelSize: Sizes, ...args: ConvArguments) {
    const given = readArguments("Conv1d", CONV, args);
    super("Conv1d", { dims: 1, transposed: false, inChannels, outChannels, kernelSize, outputPadding: 0, ...given });
  }
  override forward(x: Tensor): Tensor {
    this.checkMembers();
    const { weight, bias, stride, padding, dilation, groups } = this;
    return conv1d(x, weight, { bias, stride, padding, dilation, groups });
  }
}

/**
 * Convolution of images: [N,C,H,W] → [N,O,H',W']. See {@link conv2d}.
 *
 * @example new nn.Conv2d(3, 16, 3, { padding: "same" })
 */
export class Conv2d extends Conv {
  /** @throws ValueError for sizes that make no sense. */
  constructor(inChannels: number, outChannels: number, kernelSize: Sizes, ...args: ConvArguments) {
    const given = readArguments("Conv2d", CONV, args);
    super("Conv2d", { dims: 2, transposed: false, inChannels, outChannels, kernelSize, outputPadding: 0, ...given });
  }
  override forward(x: Tensor): Tensor {
    this.checkMembers();
    const { weight, bias, stride, padding, dilation, groups } = this;
    return conv2d(x, weight, { bias, stride, padding, dilation, groups });
  }
}

/** What spreads images: [N,C,H,W] → [N,O,H',W'] with larger H' and W'. See {@link convTranspose2d}. */
export class ConvTranspose2d extends Conv {
  /** @throws ValueError for sizes that make no sense. */
  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: Sizes,
    stride?: Sizes | ConvTransposeOptions,
    padding?: Sizes | ConvTransposeOptions,
    outputPadding?: Sizes | ConvTransposeOptions,
    groups?: number | ConvTransposeOptions,
    bias?: boolean | ConvTransposeOptions,
    dilation?: Sizes | ConvTransposeOptions,
  ) {
    const { device, dtype, bias: hasBias } = PLACE;
    const defaults = {
      stride: 1 as Sizes,
      padding: 0 as Sizes,
      outputPadding: 0 as Sizes,
      groups: 1,
      bias: hasBias,
      dilation: 1 as Sizes,
      device,
      dtype,
    };
    const given = readArguments("ConvTranspose2d", defaults, [stride, padding, outputPadding, groups, bias, dilation]);
    super("ConvTranspose2d", { dims: 2, transposed: true, inChannels, outChannels, kernelSize, ...given });
  }
  override forward(x: Tensor): Tensor {
    this.checkMembers();
    const { weight, bias, stride, padding, outputPadding, groups, dilation } = this;
    // The constructor lets only numbers through.
    const cut = padding as readonly number[];
    return convTranspose2d(x, weight, { bias, stride, padding: cut, outputPadding, groups, dilation });
  }
}
