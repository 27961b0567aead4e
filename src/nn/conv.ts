/** @file Convolutions as layers. */

import type { DType } from "../../kernels/backend.ts";
import { optional, required, type SomeThenOptions, signature } from "../core/arguments.ts";
import type { DeviceChoice } from "../core/device.ts";
import { ShapeError, ValueError } from "../core/errors.ts";
import { aBoolean, aTensor, integers, type Kind, nullable, oneOf, only, worded } from "../core/kinds.ts";
import { pythonRepr } from "../core/python-repr.ts";
import { bracketed } from "../core/shape.ts";
import { empty } from "../tensor/create.ts";
import { newFrom } from "../tensor/like.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkTensor } from "../tensor/type-promotion.ts";
import { CONV_1D_ARGUMENTS, CONV_2D_ARGUMENTS, conv1d, conv2d, convTranspose2d } from "./functional/conv.ts";
import { type aPadding2d, aSize1d, aSize2d, type Padding, type Sizes, sizes } from "./functional/size.ts";
import { aCount, aPositiveCount, PLACE } from "./functional/validate.ts";
import { calculateFanInAndFanOut, kaimingUniform_, uniform_ } from "./init.ts";
import { Module } from "./module.ts";
import { Parameter } from "./parameter.ts";

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
  /** What the padding consists of. Default "zeros". */
  readonly paddingMode?: PaddingMode | undefined;
  /** Default "cpu". */
  readonly device?: DeviceChoice | undefined;
  /** Default "float32". */
  readonly dtype?: DType | undefined;
}

/** Zeros, or the input itself: mirrored at the border, its last element over and over, or from the other end. */
export type PaddingMode = "zeros" | "reflect" | "replicate" | "circular";

export interface ConvTransposeOptions extends Omit<ConvOptions, "padding" | "paddingMode"> {
  /** How much of the result's border is cut off. Default 0. */
  readonly padding?: Sizes | undefined;
  /** Rows and columns that the result has more at the end. Default 0. */
  readonly outputPadding?: Sizes | undefined;
}

const BIAS = { bias: optional(aBoolean, true) };

/** In the layers PyTorch has other words for a string that is none. */
const layerPadding = (of: typeof aPadding2d): Kind<Padding> =>
  worded(of, (name, value) =>
    typeof value === "string"
      ? `Invalid padding string '${value}', should be one of {'same', 'valid'}`
      : of.message(name, value),
  );

/** The arguments of a layer; `windows` are those of its function. */
const layerArguments = (size: Kind<Sizes>, windows: typeof CONV_2D_ARGUMENTS) => ({
  inChannels: required(aCount),
  outChannels: required(aCount),
  kernelSize: required(size),
  ...windows,
  padding: optional(layerPadding(windows.padding.kind), 0),
  groups: optional(aPositiveCount, 1),
  ...BIAS,
  paddingMode: optional(oneOf("zeros", "reflect", "replicate", "circular"), "zeros"),
  ...PLACE,
});

const SIGNATURES = {
  Conv1d: signature("Conv1d", layerArguments(aSize1d, CONV_1D_ARGUMENTS)),
  Conv2d: signature("Conv2d", layerArguments(aSize2d, CONV_2D_ARGUMENTS)),
  ConvTranspose2d: signature("ConvTranspose2d", {
    inChannels: required(aCount),
    outChannels: required(aCount),
    kernelSize: required(aSize2d),
    stride: optional(aSize2d, 1),
    padding: optional(aSize2d, 0),
    outputPadding: optional(aSize2d, 0),
    groups: optional(aPositiveCount, 1),
    ...BIAS,
    dilation: optional(aSize2d, 1),
    paddingMode: optional(only("zeros", "A transposed convolution has no other."), "zeros"),
    ...PLACE,
  }),
  forward: signature("ConvTranspose2d", { input: required(aTensor), outputSize: optional(nullable(integers), null) }),
};

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
  readonly paddingMode: PaddingMode;
  readonly device: DeviceChoice;
  readonly dtype: DType;
}

/** A dimension with some of the input's own elements before and after it. */
function withBorder(
  op: string,
  x: Tensor,
  dim: number,
  before: number,
  after: number,
  mode: Exclude<PaddingMode, "zeros">,
): Tensor {
  const length = x.size(dim);
  const longest = mode === "reflect" ? length - 1 : mode === "circular" ? length : Number.POSITIVE_INFINITY;
  if (length === 0 || Math.max(before, after) > longest) {
    throw new ShapeError(
      `[${op}] padding of ${before} and ${after} is too large for paddingMode "${mode}" and a dimension of ${length}`,
    );
  }
  const place = (i: number): number => {
    if (mode === "replicate") return Math.min(Math.max(i, 0), length - 1);
    if (mode === "circular") return (i + length) % length;
    return i < 0 ? -i : i >= length ? 2 * (length - 1) - i : i;
  };
  const places = Int32Array.from({ length: before + length + after }, (_, i) => place(i - before));
  return x.indexSelect(dim, newFrom(x, "int32", places, [places.length]));
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
  paddingMode: PaddingMode;
  /** [outChannels, inChannels / groups, …kernelSize]; transposed, [inChannels, outChannels / groups, …kernelSize]. */
  weight: Parameter;
  /** [outChannels], or null. */
  bias: Parameter | null;

  constructor(op: string, given: Shape) {
    super();
    const { inChannels, outChannels, groups, dims, padding, device, dtype } = given;
    if (inChannels % groups !== 0) throw new ValueError(`[${op}] in_channels must be divisible by groups`);
    if (outChannels % groups !== 0) throw new ValueError(`[${op}] out_channels must be divisible by groups`);
    this.inChannels = inChannels;
    this.outChannels = outChannels;
    this.kernelSize = sizes(given.kernelSize, dims);
    this.stride = sizes(given.stride, dims);
    this.padding = typeof padding === "string" ? padding : sizes(padding, dims);
    this.outputPadding = sizes(given.outputPadding, dims);
    this.dilation = sizes(given.dilation, dims);
    this.groups = groups;
    this.paddingMode = given.paddingMode;
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

  /** The input with a border, if that is not one of zeros, and the padding that remains to be done. */
  protected padded(op: string, x: Tensor): readonly [x: Tensor, padding: Padding] {
    const { padding, paddingMode } = this;
    if (paddingMode === "zeros" || padding === "valid") return [x, padding];
    checkTensor(op, x);
    let result = x;
    for (const [d, kernel] of this.kernelSize.entries()) {
      const total = (this.dilation[d] as number) * (kernel - 1);
      const [before, after] =
        padding === "same"
          ? [Math.floor(total / 2), Math.ceil(total / 2)]
          : [padding[d] as number, padding[d] as number];
      result = withBorder(op, result, d - this.kernelSize.length, before, after, paddingMode);
    }
    return [result, 0];
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
      (this.bias === null ? ", bias=False" : "") +
      (this.paddingMode === "zeros" ? "" : `, padding_mode=${this.paddingMode}`)
    );
  }
}

/** The positions after the size of a kernel. */
type ConvPositions = [stride: Sizes, padding: Padding, dilation: Sizes, groups: number];

/** Convolution of lines: [N,C,L] → [N,O,L']. See {@link conv1d}. */
export class Conv1d extends Conv {
  /** @throws ValueError for sizes that make no sense. */
  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: Sizes,
    stride?: Sizes,
    padding?: Padding,
    dilation?: Sizes,
    groups?: number,
    bias?: boolean,
    options?: ConvOptions,
  );
  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: Sizes,
    ...rest: SomeThenOptions<ConvPositions, ConvOptions>
  );
  constructor(inChannels: number, outChannels: number, kernelSize: Sizes, options?: ConvOptions);
  constructor(...given: readonly unknown[]) {
    super("Conv1d", { dims: 1, transposed: false, outputPadding: 0, ...SIGNATURES.Conv1d.read(given) });
  }
  override forward(x: Tensor): Tensor {
    this.checkMembers();
    const [input, padding] = this.padded("conv1d", x);
    return conv1d(input, this.weight, this.bias, this.stride, padding, this.dilation, this.groups);
  }
}

/**
 * Convolution of images: [N,C,H,W] → [N,O,H',W']. See {@link conv2d}.
 *
 * @example new nn.Conv2d(3, 16, 3, { padding: "same" })
 */
export class Conv2d extends Conv {
  /** @throws ValueError for sizes that make no sense. */
  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: Sizes,
    stride?: Sizes,
    padding?: Padding,
    dilation?: Sizes,
    groups?: number,
    bias?: boolean,
    options?: ConvOptions,
  );
  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: Sizes,
    ...rest: SomeThenOptions<ConvPositions, ConvOptions>
  );
  constructor(inChannels: number, outChannels: number, kernelSize: Sizes, options?: ConvOptions);
  constructor(...given: readonly unknown[]) {
    super("Conv2d", { dims: 2, transposed: false, outputPadding: 0, ...SIGNATURES.Conv2d.read(given) });
  }
  override forward(x: Tensor): Tensor {
    this.checkMembers();
    const [input, padding] = this.padded("conv2d", x);
    return conv2d(input, this.weight, this.bias, this.stride, padding, this.dilation, this.groups);
  }
}

/** What spreads images: [N,C,H,W] → [N,O,H',W'] with larger H' and W'. See {@link convTranspose2d}. */
export class ConvTranspose2d extends Conv {
  /** @throws ValueError for sizes that make no sense. */
  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: Sizes,
    stride?: Sizes,
    padding?: Sizes,
    outputPadding?: Sizes,
    groups?: number,
    bias?: boolean,
    dilation?: Sizes,
    options?: ConvTransposeOptions,
  );
  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: Sizes,
    ...rest: SomeThenOptions<
      [stride: Sizes, padding: Sizes, outputPadding: Sizes, groups: number, bias: boolean],
      ConvTransposeOptions
    >
  );
  constructor(inChannels: number, outChannels: number, kernelSize: Sizes, options?: ConvTransposeOptions);
  constructor(...given: readonly unknown[]) {
    super("ConvTranspose2d", { dims: 2, transposed: true, ...SIGNATURES.ConvTranspose2d.read(given) });
  }
  /**
   * @param outputSize - [H',W'], or all sizes of the result: chooses among those that the stride leaves open, in place
   * of `outputPadding`.
   * @throws ValueError for a size that cannot be.
   */
  override forward(x: Tensor, outputSize?: readonly number[] | null): Tensor;
  override forward(x: Tensor, options?: { readonly outputSize?: readonly number[] | null | undefined }): Tensor;
  override forward(...given: readonly unknown[]): Tensor {
    const { input, outputSize } = SIGNATURES.forward.read(given);
    const { weight, bias, stride, groups, dilation } = this;
    this.checkMembers();
    // The constructor lets only numbers through.
    const cut = this.padding as readonly number[];
    const extra = outputSize === null ? this.outputPadding : this.outputPaddingFor(input, outputSize);
    return convTranspose2d(input, weight, bias, stride, cut, extra, groups, dilation);
  }

  private outputPaddingFor(x: Tensor, outputSize: readonly number[]): number[] {
    const op = "ConvTranspose2d";
    const wanted = outputSize.length === x.ndim ? outputSize.slice(-2) : outputSize;
    if (wanted.length !== 2) {
      throw new ValueError(
        `[${op}] for ${x.ndim}D input, output_size must have 2 or ${x.ndim} elements (got ${outputSize.length})`,
      );
    }
    const lengths = x.shape.slice(-2);
    const smallest = lengths.map((length, d) => {
      const [step, cut, reach] = [this.stride, this.padding, this.dilation].map((list) => list[d] as number) as [
        number,
        number,
        number,
      ];
      return (length - 1) * step - 2 * cut + reach * ((this.kernelSize[d] as number) - 1) + 1;
    });
    const largest = smallest.map((size, d) => size + (this.stride[d] as number) - 1);
    if (wanted.some((size, d) => size < (smallest[d] as number) || size > (largest[d] as number))) {
      throw new ValueError(
        `[${op}] requested an output size of ${bracketed(wanted)}, but valid sizes range from ${bracketed(smallest)} to ${bracketed(largest)} (for an input of ${bracketed(lengths)})`,
      );
    }
    return wanted.map((size, d) => size - (smallest[d] as number));
  }
}
