/** @file Convolution layers. */
import type { DType } from "../../kernels/backend.ts";
import { type ByName, optional, required, type Signature, type SomeThenOptions, signature } from "../core/arguments.ts";
import type { DeviceChoice } from "../core/device.ts";
import { ValueError } from "../core/errors.ts";
import { aBoolean, aTensor, integers, type Kind, nullable, oneOf, only, worded } from "../core/kinds.ts";
import { pythonRepr } from "../core/python-repr.ts";
import { bracketed } from "../core/shape.ts";
import { empty } from "../tensor/create.ts";
import { pad } from "../tensor/functions/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkTensor } from "../tensor/type-promotion.ts";
import {
  CONV_1D_ARGUMENTS,
  CONV_2D_ARGUMENTS,
  CONV_3D_ARGUMENTS,
  conv1d,
  conv2d,
  conv3d,
  convTranspose1d,
  convTranspose2d,
  convTranspose3d,
} from "./functional/conv.ts";
import { type aPadding2d, aSize1d, aSize2d, aSize3d, type Padding, type Sizes, sizes } from "./functional/size.ts";
import { aCount, aPositiveCount, PLACE } from "./functional/validate.ts";
import { calculateFanInAndFanOut, kaimingUniform_, uniform_ } from "./init.ts";
import { Module } from "./module.ts";
import { Parameter } from "./parameter.ts";

/** Options of {@link Conv1d}, {@link Conv2d} and {@link Conv3d}. */
export interface ConvOptions {
  /** Stride of the convolution. Default 1. */
  readonly stride?: Sizes | undefined;
  /**
   * Padding added to both sides of the input: numbers, "same" (as much as keeps the size) or "valid" (none). Default 0.
   */
  readonly padding?: Padding | undefined;
  /** Spacing between kernel elements. Default 1. */
  readonly dilation?: Sizes | undefined;
  /** Number of blocked connections from input channels to output channels. Default 1. */
  readonly groups?: number | undefined;
  /** If false, the layer has no additive bias. Default true. */
  readonly bias?: boolean | undefined;
  /** "zeros", "reflect", "replicate" or "circular". Default "zeros". */
  readonly paddingMode?: PaddingMode | undefined;
  /** Device of the parameters. Default "cpu". */
  readonly device?: DeviceChoice | undefined;
  /** Dtype of the parameters. Default "float32". */
  readonly dtype?: DType | undefined;
}

/** What the padding consists of: zeros, the input reflected at its border, its border replicated, or its other end. */
export type PaddingMode = "zeros" | "reflect" | "replicate" | "circular";

/** Options of {@link ConvTranspose1d}, {@link ConvTranspose2d} and {@link ConvTranspose3d}. */
export interface ConvTransposeOptions extends Omit<ConvOptions, "padding" | "paddingMode"> {
  /** dilation·(kernelSize − 1) − padding zeros are added to both sides of the input. Default 0. */
  readonly padding?: Sizes | undefined;
  /** Additional size added to one side of the output. Default 0. */
  readonly outputPadding?: Sizes | undefined;
  /** Only "zeros", which is the default. */
  readonly paddingMode?: "zeros" | undefined;
}

/** What every layer is given, by name. */
interface Channels {
  /** Number of channels of the input. */
  readonly inChannels: number;
  /** Number of channels of the output. */
  readonly outChannels: number;
  /** Size of the window. */
  readonly kernelSize: Sizes;
}

/** The arguments of a layer, all by name. */
type ConvNames = Channels & ConvOptions;

/** The arguments of a layer of transposed convolution, all by name. */
type TransposedNames = Channels & ConvTransposeOptions;

/** The `bias` option. */
const BIAS = { bias: optional(aBoolean, true) };

/** The padding of a layer: PyTorch words the error for an unknown string differently than for the function. */
const layerPadding = (of: typeof aPadding2d): Kind<Padding> =>
  worded(of, (name, value) =>
    typeof value === "string"
      ? `Invalid padding string '${value}', should be one of {'same', 'valid'}`
      : of.message(name, value),
  );

/** The arguments of a layer, from those of its function. */
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

/** The arguments of a layer of transposed convolution. */
const transposedArguments = (size: Kind<Sizes>) => ({
  inChannels: required(aCount),
  outChannels: required(aCount),
  kernelSize: required(size),
  stride: optional(size, 1),
  padding: optional(size, 0),
  outputPadding: optional(size, 0),
  groups: optional(aPositiveCount, 1),
  ...BIAS,
  dilation: optional(size, 1),
  paddingMode: optional(only("zeros", "A transposed convolution has no other."), "zeros"),
  ...PLACE,
});

/** The arguments of each layer; those of the lazy ones have no `inChannels`. */
export const CONV_1D = layerArguments(aSize1d, CONV_1D_ARGUMENTS);
export const CONV_2D = layerArguments(aSize2d, CONV_2D_ARGUMENTS);
export const CONV_3D = layerArguments(aSize3d, CONV_3D_ARGUMENTS);
export const CONV_TRANSPOSE_1D = transposedArguments(aSize1d);
export const CONV_TRANSPOSE_2D = transposedArguments(aSize2d);
export const CONV_TRANSPOSE_3D = transposedArguments(aSize3d);

/** The arguments of the layers. They stand apart from the functions, which a page carries only where it uses the layer. */
const SIGNATURES = {
  Conv1d: signature("Conv1d", CONV_1D),
  Conv2d: signature("Conv2d", CONV_2D),
  Conv3d: signature("Conv3d", CONV_3D),
  ConvTranspose1d: signature("ConvTranspose1d", CONV_TRANSPOSE_1D),
  ConvTranspose2d: signature("ConvTranspose2d", CONV_TRANSPOSE_2D),
  ConvTranspose3d: signature("ConvTranspose3d", CONV_TRANSPOSE_3D),
};

/** The arguments of `forward` of transposed convolutions. */
const FORWARD_TRANSPOSED = { input: required(aTensor), outputSize: optional(nullable(integers), null) };

/** Number of spatial dimensions. */
type Dimensions = 1 | 2 | 3;

/** The arguments of a layer, and what its class fixes. */
interface ConvGeometry {
  readonly op: string;
  readonly dims: Dimensions;
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

/** Base of the convolution layers: sizes, parameters, their initialization and the printed form. */
abstract class Conv extends Module {
  /** Number of channels of the input. */
  inChannels: number;
  /** Number of channels of the output. */
  outChannels: number;
  /** Size of the kernel, one number per dimension. */
  kernelSize: readonly number[];
  /** Stride, one number per dimension. */
  stride: readonly number[];
  /** Padding of both sides, one number per dimension, "same" or "valid". */
  padding: readonly number[] | "same" | "valid";
  /** Additional size added to one side of the output of a transposed convolution. */
  outputPadding: readonly number[];
  /** Spacing between kernel elements, one number per dimension. */
  dilation: readonly number[];
  /** Number of blocked connections from input channels to output channels. */
  groups: number;
  /** What the padding consists of. */
  paddingMode: PaddingMode;
  /** Whether the convolution is a transposed one. */
  readonly transposed: boolean;
  /**
   * The learnable weight, `(outChannels,inChannels/groups,…kernelSize)`; of a transposed convolution
   * `(inChannels,outChannels/groups,…kernelSize)`.
   */
  weight: Parameter;
  /** The learnable bias, `(outChannels)`, or null. */
  bias: Parameter | null;

  constructor(args: readonly unknown[]) {
    super();
    const given = this.readArguments(args);
    const { op, inChannels, outChannels, groups, dims, padding, device, dtype } = given;
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
    this.transposed = given.transposed;
    const channels = given.transposed ? [inChannels, outChannels / groups] : [outChannels, inChannels / groups];
    this.weight = new Parameter(empty([...channels, ...this.kernelSize], { device, dtype }));
    this.bias = given.bias ? new Parameter(empty(outChannels, { device, dtype })) : null;
    this.resetParameters();
    this.noteMembers("weight", "bias");
  }

  /** Reads the arguments of the constructor. */
  protected abstract readArguments(given: readonly unknown[]): ConvGeometry;

  /** Initializes weight and bias anew, uniformly in ±1/√(fan in), with PyTorch's random numbers. */
  resetParameters(): void {
    kaimingUniform_(this.weight, { a: Math.sqrt(5) });
    if (this.bias === null) return;
    const [fanIn] = calculateFanInAndFanOut(this.weight);
    if (fanIn !== 0) uniform_(this.bias, -1 / Math.sqrt(fanIn), 1 / Math.sqrt(fanIn));
  }

  /** The input, padded unless `paddingMode` is "zeros", and the zero padding that is left to the convolution. */
  protected applyPadding(op: string, x: Tensor): readonly [x: Tensor, padding: Padding] {
    const { padding, paddingMode } = this;
    if (paddingMode === "zeros" || padding === "valid") return [x, padding];
    checkTensor(op, x);
    const around = this.kernelSize.flatMap((kernel, d): number[] => {
      const total = (this.dilation[d] as number) * (kernel - 1);
      if (padding === "same") return [Math.floor(total / 2), Math.ceil(total / 2)];
      return [padding[d] as number, padding[d] as number];
    });
    // From the last dimension on.
    const pairs = this.kernelSize.flatMap((_, d) => around.slice(-2 * d - 2).slice(0, 2));
    const batched = x.ndim === this.kernelSize.length + 2;
    const padded = pad(batched ? x : x.unsqueeze(0), pairs, paddingMode);
    return [batched ? padded : padded.squeeze(0), 0];
  }

  override extraRepr(): string {
    const { padding } = this;
    const unlessDefault = (name: string, list: readonly number[], usual: number): string =>
      list.every((n) => n === usual) ? "" : `, ${name}=${pythonRepr(list)}`;
    return (
      `${this.inChannels}, ${this.outChannels}, kernel_size=${pythonRepr(this.kernelSize)}, stride=${pythonRepr(this.stride)}` +
      (typeof padding === "string" ? `, padding=${padding}` : unlessDefault("padding", padding, 0)) +
      unlessDefault("dilation", this.dilation, 1) +
      unlessDefault("output_padding", this.outputPadding, 0) +
      (this.groups === 1 ? "" : `, groups=${this.groups}`) +
      (this.bias === null ? ", bias=False" : "") +
      (this.paddingMode === "zeros" ? "" : `, padding_mode=${this.paddingMode}`)
    );
  }
}

/** The positions after the size of the kernel. */
export type ConvPositions = [stride: Sizes, padding: Padding, dilation: Sizes, groups: number, bias: boolean];

/** What a class of layers fixes. */
interface Convolution {
  readonly dims: Dimensions;
  readonly layer: Signature<ReturnType<typeof layerArguments>>;
  readonly convolve: (
    x: Tensor,
    weight: Parameter,
    bias: Parameter | null,
    stride: Sizes,
    padding: Padding,
    dilation: Sizes,
    groups: number,
  ) => Tensor;
}

/** Base of the convolutions. */
abstract class DirectConv extends Conv {
  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: Sizes,
    stride?: Sizes,
    padding?: Padding,
    dilation?: Sizes,
    groups?: number,
    bias?: boolean,
    paddingMode?: PaddingMode,
    options?: ConvOptions,
  );
  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: Sizes,
    ...rest: SomeThenOptions<ConvPositions, ConvOptions>
  );
  constructor(...args: ByName<["inChannels", "outChannels", "kernelSize"], ConvNames>);
  constructor(inChannels: number, outChannels: number, kernelSize: Sizes, options?: ConvOptions);
  constructor(...given: readonly unknown[]) {
    super(given);
  }
  /** What the class fixes. */
  protected abstract convolution(): Convolution;

  protected override readArguments(given: readonly unknown[]): ConvGeometry {
    const { dims, layer } = this.convolution();
    return { op: `Conv${dims}d`, dims, transposed: false, outputPadding: 0, ...layer.read(given) };
  }
  override forward(x: Tensor): Tensor {
    this.checkMembers();
    const { dims, convolve } = this.convolution();
    const [input, padding] = this.applyPadding(`conv${dims}d`, x);
    return convolve(input, this.weight, this.bias, this.stride, padding, this.dilation, this.groups);
  }
}

/**
 * 1-D convolution (cross-correlation, as in PyTorch). See {@link conv1d}. Weight and bias are initialized uniformly in
 * ±1/√(inChannels/groups·kernelSize), with PyTorch's random numbers for the same seed.
 *
 * Shape: `(N,inChannels,L)` or `(inChannels,L)` to `(N,outChannels,Lout)` or `(outChannels,Lout)`.
 *
 * @throws ValueError for sizes that are not integers, channels that `groups` does not divide, or `"same"` with a
 * stride.
 * @example
 * new nn.Conv1d(16, 33, 3, { stride: 2 }).forward(randn(20, 16, 50)).shape; // [20, 33, 24]
 */
export class Conv1d extends DirectConv {
  protected override convolution(): Convolution {
    return { dims: 1, layer: SIGNATURES.Conv1d, convolve: conv1d };
  }
}

/**
 * 2-D convolution (cross-correlation, as in PyTorch). See {@link conv2d}. Weight and bias are initialized uniformly in
 * ±1/√(inChannels/groups·kernel area), with PyTorch's random numbers for the same seed.
 *
 * Shape: `(N,inChannels,H,W)` or `(inChannels,H,W)` to `(N,outChannels,Hout,Wout)` or `(outChannels,Hout,Wout)`.
 *
 * @throws ValueError for sizes that are not integers, channels that `groups` does not divide, or `"same"` with a
 * stride.
 * @example
 * const layer = new nn.Conv2d(3, 16, 3, { padding: "same" });
 * layer.forward(randn(8, 3, 28, 28)).shape; // [8, 16, 28, 28]
 */
export class Conv2d extends DirectConv {
  protected override convolution(): Convolution {
    return { dims: 2, layer: SIGNATURES.Conv2d, convolve: conv2d };
  }
}

/**
 * 3-D convolution (cross-correlation, as in PyTorch). See {@link conv3d}. Weight and bias are initialized uniformly in
 * ±1/√(inChannels/groups·kernel volume), with PyTorch's random numbers for the same seed.
 *
 * Shape: `(N,inChannels,D,H,W)` or `(inChannels,D,H,W)` to `(N,outChannels,Dout,Hout,Wout)` or
 * `(outChannels,Dout,Hout,Wout)`.
 *
 * @throws ValueError for sizes that are not integers, channels that `groups` does not divide, or `"same"` with a
 * stride.
 * @example
 * new nn.Conv3d(3, 8, 3, { padding: 1 }).forward(randn(2, 3, 4, 8, 8)).shape; // [2, 8, 4, 8, 8]
 */
export class Conv3d extends DirectConv {
  protected override convolution(): Convolution {
    return { dims: 3, layer: SIGNATURES.Conv3d, convolve: conv3d };
  }
}

/** The positions after the size of the kernel of a transposed convolution. */
export type TransposedPositions = [
  stride: Sizes,
  padding: Sizes,
  outputPadding: Sizes,
  groups: number,
  bias: boolean,
  dilation: Sizes,
];

/** What a class of layers of transposed convolution fixes. */
interface TransposedConvolution {
  readonly dims: Dimensions;
  readonly layer: Signature<ReturnType<typeof transposedArguments>>;
  readonly convolve: (
    x: Tensor,
    weight: Parameter,
    bias: Parameter | null,
    stride: Sizes,
    padding: Sizes,
    outputPadding: Sizes,
    groups: number,
    dilation: Sizes,
  ) => Tensor;
}

/** Base of the transposed convolutions. */
abstract class ConvTransposed extends Conv {
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
    paddingMode?: "zeros",
    options?: ConvTransposeOptions,
  );
  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: Sizes,
    ...rest: SomeThenOptions<TransposedPositions, ConvTransposeOptions>
  );
  constructor(...args: ByName<["inChannels", "outChannels", "kernelSize"], TransposedNames>);
  constructor(inChannels: number, outChannels: number, kernelSize: Sizes, options?: ConvTransposeOptions);
  constructor(...given: readonly unknown[]) {
    super(given);
  }
  /** What the class fixes. */
  protected abstract convolution(): TransposedConvolution;

  protected override readArguments(given: readonly unknown[]): ConvGeometry {
    const { dims, layer } = this.convolution();
    return { op: `ConvTranspose${dims}d`, dims, transposed: true, ...layer.read(given) };
  }

  /**
   * @param outputSize - The spatial sizes of the output, or all of them: chooses among those that the stride leaves open,
   * in place of `outputPadding`.
   * @throws ValueError for a size that is not possible.
   */
  override forward(x: Tensor, outputSize?: readonly number[] | null): Tensor;
  override forward(x: Tensor, options?: { readonly outputSize?: readonly number[] | null | undefined }): Tensor;
  override forward(...given: readonly unknown[]): Tensor {
    const { dims, convolve } = this.convolution();
    const op = `ConvTranspose${dims}d`;
    const { input, outputSize } = signature(op, FORWARD_TRANSPOSED).read(given);
    const { weight, bias, stride, groups, dilation } = this;
    this.checkMembers();
    // The constructor lets only numbers through.
    const cut = this.padding as readonly number[];
    const extra = outputSize === null ? this.outputPadding : this.outputPaddingFor(op, input, outputSize);
    return convolve(input, weight, bias, stride, cut, extra, groups, dilation);
  }

  private outputPaddingFor(op: string, x: Tensor, outputSize: readonly number[]): number[] {
    const dims = this.kernelSize.length;
    const wanted = outputSize.length === x.ndim ? outputSize.slice(-dims) : outputSize;
    if (wanted.length !== dims) {
      throw new ValueError(
        `[${op}] for ${x.ndim}D input, output_size must have ${dims} or ${x.ndim} elements (got ${outputSize.length})`,
      );
    }
    const lengths = x.shape.slice(-dims);
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

/**
 * 1-D transposed convolution: the gradient of {@link Conv1d} with respect to its input, which upsamples. See
 * {@link convTranspose1d}.
 *
 * Shape: `(N,inChannels,L)` or `(inChannels,L)` to `(N,outChannels,Lout)` or `(outChannels,Lout)`.
 *
 * @throws ValueError for sizes that are not integers, or channels that `groups` does not divide.
 * @example
 * new nn.ConvTranspose1d(16, 3, 4, { stride: 2, padding: 1 }).forward(randn(8, 16, 10)).shape; // [8, 3, 20]
 */
export class ConvTranspose1d extends ConvTransposed {
  protected override convolution(): TransposedConvolution {
    return { dims: 1, layer: SIGNATURES.ConvTranspose1d, convolve: convTranspose1d };
  }
}

/**
 * 2-D transposed convolution: the gradient of {@link Conv2d} with respect to its input, which upsamples. See
 * {@link convTranspose2d}.
 *
 * Shape: `(N,inChannels,H,W)` or `(inChannels,H,W)` to `(N,outChannels,Hout,Wout)` or `(outChannels,Hout,Wout)`.
 *
 * @throws ValueError for sizes that are not integers, or channels that `groups` does not divide.
 * @example
 * const layer = new nn.ConvTranspose2d(16, 3, 3, { stride: 2, padding: 1, outputPadding: 1 });
 * layer.forward(randn(8, 16, 14, 14)).shape; // [8, 3, 28, 28]
 */
export class ConvTranspose2d extends ConvTransposed {
  protected override convolution(): TransposedConvolution {
    return { dims: 2, layer: SIGNATURES.ConvTranspose2d, convolve: convTranspose2d };
  }
}

/**
 * 3-D transposed convolution: the gradient of {@link Conv3d} with respect to its input, which upsamples. See
 * {@link convTranspose3d}.
 *
 * Shape: `(N,inChannels,D,H,W)` or `(inChannels,D,H,W)` to `(N,outChannels,Dout,Hout,Wout)` or `(outChannels,Dout,Hout,Wout)`.
 *
 * @throws ValueError for sizes that are not integers, or channels that `groups` does not divide.
 * @example
 * new nn.ConvTranspose3d(4, 2, 2, { stride: 2 }).forward(randn(1, 4, 3, 4, 4)).shape; // [1, 2, 6, 8, 8]
 */
export class ConvTranspose3d extends ConvTransposed {
  protected override convolution(): TransposedConvolution {
    return { dims: 3, layer: SIGNATURES.ConvTranspose3d, convolve: convTranspose3d };
  }
}
