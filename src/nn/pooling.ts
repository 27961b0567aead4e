/** @file Pooling layers. */
import { type ByName, type SomeThenOptions, signature } from "../core/arguments.ts";
import { ValueError } from "../core/errors.ts";
import { pythonRepr } from "../core/python-repr.ts";
import type { Tensor } from "../tensor/tensor.ts";
import {
  ADAPTIVE_POOL_1D_ARGUMENTS,
  ADAPTIVE_POOL_2D_ARGUMENTS,
  ADAPTIVE_POOL_3D_ARGUMENTS,
  type AdaptiveSize,
  type AdaptiveSize3d,
  AVG_POOL_1D_ARGUMENTS,
  AVG_POOL_2D_ARGUMENTS,
  AVG_POOL_3D_ARGUMENTS,
  type AvgPool1dOptions,
  type AvgPool1dPositions,
  type AvgPool2dOptions,
  type AvgPool2dPositions,
  type AvgPool3dOptions,
  type AvgPool3dPositions,
  adaptiveAvgPool1d,
  adaptiveAvgPool2d,
  adaptiveAvgPool3d,
  adaptiveMaxPool1d,
  adaptiveMaxPool2d,
  adaptiveMaxPool3d,
  avgPool1d,
  avgPool2d,
  avgPool3d,
  CEIL_MODE,
  type FractionalPoolOptions,
  fractionalArguments,
  fractionalMaxPool2d,
  fractionalMaxPool3d,
  LP_POOL_1D_ARGUMENTS,
  LP_POOL_2D_ARGUMENTS,
  type LpPoolOptions,
  lpPool1d,
  lpPool2d,
  MAX_POOL_1D_WINDOWS,
  MAX_POOL_2D_WINDOWS,
  MAX_POOL_3D_WINDOWS,
  type MaxPool1dOptions,
  type MaxPool1dPositions,
  type MaxPool2dOptions,
  type MaxPool2dPositions,
  type MaxPool3dOptions,
  type MaxPool3dPositions,
  type MaxUnpoolOptions,
  maxPool1d,
  maxPool2d,
  maxPool3d,
  maxUnpool1d,
  maxUnpool2d,
  maxUnpool3d,
  RETURN_INDICES,
  unpoolWindows,
} from "./functional/pooling.ts";
import {
  aSize1d,
  aSize2d,
  aSize3d,
  type Size1d,
  type Size2d,
  type Size3d,
  type Sizes,
  sizes,
} from "./functional/size.ts";
import { Module } from "./module.ts";

/** What max pooling gives: the maxima, or the maxima and their indices. */
export type Pooled<Indices extends boolean> = Indices extends true ? [output: Tensor, indices: Tensor] : Tensor;

/** The option of the layers of max pooling whose type says what they give. */
interface IndicesOption<Indices extends boolean> {
  /** Return the argmax indices as well: maxima and indices, for `MaxUnpool1d` and its like. Default false. */
  readonly returnIndices?: Indices | undefined;
}

/** The arguments of the layers. */
const SIGNATURES = {
  MaxPool1d: signature("MaxPool1d", { ...MAX_POOL_1D_WINDOWS, ...RETURN_INDICES, ...CEIL_MODE }),
  MaxPool2d: signature("MaxPool2d", { ...MAX_POOL_2D_WINDOWS, ...RETURN_INDICES, ...CEIL_MODE }),
  AvgPool1d: signature("AvgPool1d", AVG_POOL_1D_ARGUMENTS),
  AvgPool2d: signature("AvgPool2d", AVG_POOL_2D_ARGUMENTS),
  AdaptiveMaxPool1d: signature("AdaptiveMaxPool1d", { ...ADAPTIVE_POOL_1D_ARGUMENTS, ...RETURN_INDICES }),
  AdaptiveMaxPool2d: signature("AdaptiveMaxPool2d", { ...ADAPTIVE_POOL_2D_ARGUMENTS, ...RETURN_INDICES }),
  AdaptiveAvgPool1d: signature("AdaptiveAvgPool1d", ADAPTIVE_POOL_1D_ARGUMENTS),
  AdaptiveAvgPool2d: signature("AdaptiveAvgPool2d", ADAPTIVE_POOL_2D_ARGUMENTS),
  MaxPool3d: signature("MaxPool3d", { ...MAX_POOL_3D_WINDOWS, ...RETURN_INDICES, ...CEIL_MODE }),
  AvgPool3d: signature("AvgPool3d", AVG_POOL_3D_ARGUMENTS),
  AdaptiveMaxPool3d: signature("AdaptiveMaxPool3d", { ...ADAPTIVE_POOL_3D_ARGUMENTS, ...RETURN_INDICES }),
  AdaptiveAvgPool3d: signature("AdaptiveAvgPool3d", ADAPTIVE_POOL_3D_ARGUMENTS),
  LPPool1d: signature("LPPool1d", LP_POOL_1D_ARGUMENTS),
  LPPool2d: signature("LPPool2d", LP_POOL_2D_ARGUMENTS),
};

/**
 * 1-D max pooling: the maximum of each window. See {@link maxPool1d}.
 *
 * Shape: `(N,C,L)` or `(C,L)` to `(N,C,Lout)` or `(C,Lout)`.
 *
 * @example
 * new nn.MaxPool1d(2).forward(tensor([[1, 3, 2, 0]])); // tensor([[3., 2.]])
 */
export class MaxPool1d<Indices extends boolean = false> extends Module<Pooled<Indices>> {
  /** Size of the window. */
  kernelSize: Size1d;
  /** Stride of the window. */
  stride: Size1d;
  /** Implicit padding with −∞ on both sides. */
  padding: Size1d;
  /** Stride between the elements of a window. */
  dilation: Size1d;
  /** Whether the indices of the maxima are returned as well. */
  returnIndices: boolean;
  /** Whether the output size is rounded up rather than down. */
  ceilMode: boolean;

  constructor(
    kernelSize: Size1d,
    stride?: Size1d | null,
    padding?: Size1d,
    dilation?: Size1d,
    returnIndices?: Indices,
    ceilMode?: boolean,
  );
  constructor(
    kernelSize: Size1d,
    ...rest: SomeThenOptions<MaxPool1dPositions, MaxPool1dOptions & IndicesOption<Indices>>
  );
  constructor(options: { readonly kernelSize: Size1d } & MaxPool1dOptions & IndicesOption<Indices>);
  constructor(kernelSize: Size1d, options?: MaxPool1dOptions & IndicesOption<Indices>);
  constructor(...given: readonly unknown[]) {
    super();
    const { kernelSize, stride, padding, dilation, returnIndices, ceilMode } = SIGNATURES.MaxPool1d.read(given);
    this.kernelSize = kernelSize;
    this.stride = stride ?? kernelSize;
    this.padding = padding;
    this.dilation = dilation;
    this.returnIndices = returnIndices;
    this.ceilMode = ceilMode;
  }
  override forward(x: Tensor): Pooled<Indices> {
    const { kernelSize, stride, padding, dilation, ceilMode } = this;
    const results = this.returnIndices
      ? maxPool1d(x, kernelSize, stride, padding, dilation, ceilMode, true)
      : maxPool1d(x, kernelSize, stride, padding, dilation, ceilMode);
    return results as Pooled<Indices>;
  }
  override extraRepr(): string {
    const { kernelSize, stride, padding, dilation, ceilMode } = this;
    return `kernel_size=${pythonRepr(kernelSize)}, stride=${pythonRepr(stride)}, padding=${pythonRepr(padding)}, dilation=${pythonRepr(dilation)}, ceil_mode=${pythonRepr(ceilMode)}`;
  }
}

/**
 * 2-D max pooling: the maximum of each window. See {@link maxPool2d}; `functional.maxPool2dWithIndices` returns the
 * positions of the maxima too.
 *
 * Shape: `(N,C,H,W)` or `(C,H,W)` to `(N,C,Hout,Wout)` or `(C,Hout,Wout)`.
 *
 * @example
 * new nn.MaxPool2d(2).forward(arange(0, 16, { dtype: "float32" }).view(1, 4, 4));
 * // tensor([[[ 5.,  7.],
 * //          [13., 15.]]])
 * new nn.MaxPool2d(3, { stride: 2, padding: 1 }).forward(rand(8, 16, 28, 28)).shape; // [8, 16, 14, 14]
 */
export class MaxPool2d<Indices extends boolean = false> extends Module<Pooled<Indices>> {
  /** Size of the window: one number, or [height, width]. */
  kernelSize: Size2d;
  /** Stride of the window. */
  stride: Size2d;
  /** Implicit padding with −∞ on both sides. */
  padding: Size2d;
  /** Stride between the elements of a window. */
  dilation: Size2d;
  /** Whether the indices of the maxima are returned as well. */
  returnIndices: boolean;
  /** Whether the output size is rounded up rather than down. */
  ceilMode: boolean;

  constructor(
    kernelSize: Size2d,
    stride?: Size2d | null,
    padding?: Size2d,
    dilation?: Size2d,
    returnIndices?: Indices,
    ceilMode?: boolean,
  );
  constructor(
    kernelSize: Size2d,
    ...rest: SomeThenOptions<MaxPool2dPositions, MaxPool2dOptions & IndicesOption<Indices>>
  );
  constructor(options: { readonly kernelSize: Size2d } & MaxPool2dOptions & IndicesOption<Indices>);
  constructor(kernelSize: Size2d, options?: MaxPool2dOptions & IndicesOption<Indices>);
  constructor(...given: readonly unknown[]) {
    super();
    const { kernelSize, stride, padding, dilation, returnIndices, ceilMode } = SIGNATURES.MaxPool2d.read(given);
    this.kernelSize = kernelSize;
    this.stride = stride ?? kernelSize;
    this.padding = padding;
    this.dilation = dilation;
    this.returnIndices = returnIndices;
    this.ceilMode = ceilMode;
  }
  override forward(x: Tensor): Pooled<Indices> {
    const { kernelSize, stride, padding, dilation, ceilMode } = this;
    const results = this.returnIndices
      ? maxPool2d(x, kernelSize, stride, padding, dilation, ceilMode, true)
      : maxPool2d(x, kernelSize, stride, padding, dilation, ceilMode);
    return results as Pooled<Indices>;
  }
  override extraRepr(): string {
    const { kernelSize, stride, padding, dilation, ceilMode } = this;
    return `kernel_size=${pythonRepr(kernelSize)}, stride=${pythonRepr(stride)}, padding=${pythonRepr(padding)}, dilation=${pythonRepr(dilation)}, ceil_mode=${pythonRepr(ceilMode)}`;
  }
}

/**
 * 1-D average pooling: the mean of each window. See {@link avgPool1d}.
 *
 * Shape: `(N,C,L)` or `(C,L)` to `(N,C,Lout)` or `(C,Lout)`.
 *
 * @example
 * new nn.AvgPool1d(2).forward(tensor([[1, 3, 2, 0]])); // tensor([[2., 1.]])
 */
export class AvgPool1d extends Module {
  /** Size of the window. */
  kernelSize: readonly [number];
  /** Stride of the window. */
  stride: readonly [number];
  /** Implicit zero padding on both sides. */
  padding: readonly [number];
  /** Whether the output size is rounded up rather than down. */
  ceilMode: boolean;
  /** Whether the averages include the zero padding. */
  countIncludePad: boolean;

  constructor(
    kernelSize: Size1d,
    stride?: Size1d | null,
    padding?: Size1d,
    ceilMode?: boolean,
    countIncludePad?: boolean,
  );
  constructor(kernelSize: Size1d, ...rest: SomeThenOptions<AvgPool1dPositions, AvgPool1dOptions>);
  constructor(options: { readonly kernelSize: Size1d } & AvgPool1dOptions);
  constructor(kernelSize: Size1d, options?: AvgPool1dOptions);
  constructor(...args: readonly unknown[]) {
    super();
    const given = SIGNATURES.AvgPool1d.read(args);
    const single = (size: Size1d): [number] => sizes(size, 1) as [number];
    this.kernelSize = single(given.kernelSize);
    this.stride = single(given.stride ?? given.kernelSize);
    this.padding = single(given.padding);
    this.ceilMode = given.ceilMode;
    this.countIncludePad = given.countIncludePad;
  }
  override forward(x: Tensor): Tensor {
    const { kernelSize, stride, padding, ceilMode, countIncludePad } = this;
    return avgPool1d(x, kernelSize, stride, padding, ceilMode, countIncludePad);
  }
  override extraRepr(): string {
    const { kernelSize, stride, padding } = this;
    return `kernel_size=${pythonRepr(kernelSize)}, stride=${pythonRepr(stride)}, padding=${pythonRepr(padding)}`;
  }
}

/**
 * 2-D average pooling: the mean of each window. See {@link avgPool2d}.
 *
 * Shape: `(N,C,H,W)` or `(C,H,W)` to `(N,C,Hout,Wout)` or `(C,Hout,Wout)`.
 *
 * @example
 * new nn.AvgPool2d(2).forward(arange(0, 16, { dtype: "float32" }).view(1, 4, 4));
 * // tensor([[[ 2.5000,  4.5000],
 * //          [10.5000, 12.5000]]])
 */
export class AvgPool2d extends Module {
  /** Size of the window: one number, or [height, width]. */
  kernelSize: Size2d;
  /** Stride of the window. */
  stride: Size2d;
  /** Implicit zero padding on both sides. */
  padding: Size2d;
  /** Whether the output size is rounded up rather than down. */
  ceilMode: boolean;
  /** Whether the averages include the zero padding. */
  countIncludePad: boolean;
  /** Divisor of the sums in place of the size of the window, or null. */
  divisorOverride: number | null;

  constructor(
    kernelSize: Size2d,
    stride?: Size2d | null,
    padding?: Size2d,
    ceilMode?: boolean,
    countIncludePad?: boolean,
    divisorOverride?: number | null,
  );
  constructor(kernelSize: Size2d, ...rest: SomeThenOptions<AvgPool2dPositions, AvgPool2dOptions>);
  constructor(options: { readonly kernelSize: Size2d } & AvgPool2dOptions);
  constructor(kernelSize: Size2d, options?: AvgPool2dOptions);
  constructor(...args: readonly unknown[]) {
    super();
    const given = SIGNATURES.AvgPool2d.read(args);
    this.kernelSize = given.kernelSize;
    this.stride = given.stride ?? given.kernelSize;
    this.padding = given.padding;
    this.ceilMode = given.ceilMode;
    this.countIncludePad = given.countIncludePad;
    this.divisorOverride = given.divisorOverride;
  }
  override forward(x: Tensor): Tensor {
    const { kernelSize, stride, padding, ceilMode, countIncludePad, divisorOverride } = this;
    return avgPool2d(x, kernelSize, stride, padding, ceilMode, countIncludePad, divisorOverride);
  }
  override extraRepr(): string {
    const { kernelSize, stride, padding } = this;
    return `kernel_size=${pythonRepr(kernelSize)}, stride=${pythonRepr(stride)}, padding=${pythonRepr(padding)}`;
  }
}

/**
 * 1-D adaptive max pooling: windows chosen so that the output has the given size. See {@link adaptiveMaxPool1d}.
 *
 * Shape: `(N,C,L)` or `(C,L)` to `(N,C,outputSize)` or `(C,outputSize)`.
 *
 * @example
 * new nn.AdaptiveMaxPool1d(2).forward(tensor([[1, 3, 2, 0]])); // tensor([[3., 2.]])
 */
export class AdaptiveMaxPool1d<Indices extends boolean = false> extends Module<Pooled<Indices>> {
  /** Length of the output. */
  outputSize: Size1d;
  /** Whether the indices of the maxima are returned as well. */
  returnIndices: boolean;

  constructor(outputSize: Size1d, returnIndices?: Indices);
  constructor(options: { readonly outputSize: Size1d } & IndicesOption<Indices>);
  constructor(outputSize: Size1d, options?: IndicesOption<Indices>);
  constructor(...given: readonly unknown[]) {
    super();
    const { outputSize, returnIndices } = SIGNATURES.AdaptiveMaxPool1d.read(given);
    this.outputSize = outputSize;
    this.returnIndices = returnIndices;
  }
  override forward(x: Tensor): Pooled<Indices> {
    const { outputSize, returnIndices } = this;
    const results = returnIndices ? adaptiveMaxPool1d(x, outputSize, true) : adaptiveMaxPool1d(x, outputSize);
    return results as Pooled<Indices>;
  }
  override extraRepr(): string {
    return `output_size=${pythonRepr(this.outputSize)}`;
  }
}

/**
 * 2-D adaptive max pooling: windows chosen so that the output has the given size. See {@link adaptiveMaxPool2d}.
 *
 * Shape: `(N,C,H,W)` or `(C,H,W)` to `(N,C,…outputSize)` or `(C,…outputSize)`.
 *
 * @example
 * new nn.AdaptiveMaxPool2d(1).forward(tensor([[[1, 2], [4, 3]]])); // tensor([[[4.]]])
 */
export class AdaptiveMaxPool2d<Indices extends boolean = false> extends Module<Pooled<Indices>> {
  /** Size of the output: one number, or [height, width]; null keeps the input's. */
  outputSize: AdaptiveSize;
  /** Whether the indices of the maxima are returned as well. */
  returnIndices: boolean;

  constructor(outputSize: AdaptiveSize, returnIndices?: Indices);
  constructor(options: { readonly outputSize: AdaptiveSize } & IndicesOption<Indices>);
  constructor(outputSize: AdaptiveSize, options?: IndicesOption<Indices>);
  constructor(...given: readonly unknown[]) {
    super();
    const { outputSize, returnIndices } = SIGNATURES.AdaptiveMaxPool2d.read(given);
    this.outputSize = outputSize;
    this.returnIndices = returnIndices;
  }
  override forward(x: Tensor): Pooled<Indices> {
    const { outputSize, returnIndices } = this;
    const results = returnIndices ? adaptiveMaxPool2d(x, outputSize, true) : adaptiveMaxPool2d(x, outputSize);
    return results as Pooled<Indices>;
  }
  override extraRepr(): string {
    return `output_size=${pythonRepr(this.outputSize)}`;
  }
}

/**
 * 1-D adaptive average pooling: windows chosen so that the output has the given size. See {@link adaptiveAvgPool1d}.
 *
 * Shape: `(N,C,L)` or `(C,L)` to `(N,C,outputSize)` or `(C,outputSize)`.
 *
 * @example
 * new nn.AdaptiveAvgPool1d(2).forward(tensor([[1, 3, 2, 0]])); // tensor([[2., 1.]])
 */
export class AdaptiveAvgPool1d extends Module {
  /** Length of the output. */
  outputSize: Size1d;

  constructor(outputSize: Size1d);
  constructor(options: { readonly outputSize: Size1d });
  constructor(...given: readonly unknown[]) {
    super();
    this.outputSize = SIGNATURES.AdaptiveAvgPool1d.read(given).outputSize;
  }
  override forward(x: Tensor): Tensor {
    return adaptiveAvgPool1d(x, this.outputSize);
  }
  override extraRepr(): string {
    return `output_size=${pythonRepr(this.outputSize)}`;
  }
}

/**
 * 2-D adaptive average pooling: windows chosen so that the output has the given size; 1 is global average pooling. See
 * {@link adaptiveAvgPool2d}.
 *
 * Shape: `(N,C,H,W)` or `(C,H,W)` to `(N,C,…outputSize)` or `(C,…outputSize)`.
 *
 * @example
 * new nn.AdaptiveAvgPool2d(1).forward(tensor([[[1, 2], [4, 3]]])); // tensor([[[2.5000]]])
 * new nn.AdaptiveAvgPool2d([7, null]).forward(rand(8, 16, 28, 10)).shape; // [8, 16, 7, 10]
 */
export class AdaptiveAvgPool2d extends Module {
  /** Size of the output: one number, or [height, width]; null keeps the input's. */
  outputSize: AdaptiveSize;

  constructor(outputSize: AdaptiveSize);
  constructor(options: { readonly outputSize: AdaptiveSize });
  constructor(...given: readonly unknown[]) {
    super();
    this.outputSize = SIGNATURES.AdaptiveAvgPool2d.read(given).outputSize;
  }
  override forward(x: Tensor): Tensor {
    return adaptiveAvgPool2d(x, this.outputSize);
  }
  override extraRepr(): string {
    return `output_size=${pythonRepr(this.outputSize)}`;
  }
}

/**
 * 3-D max pooling: the maximum of each window. See {@link maxPool3d}.
 *
 * Shape: `(N,C,D,H,W)` or `(C,D,H,W)` to `(N,C,Dout,Hout,Wout)` or `(C,Dout,Hout,Wout)`.
 *
 * @example
 * new nn.MaxPool3d(2).forward(rand(2, 3, 4, 8, 8)).shape; // [2, 3, 2, 4, 4]
 */
export class MaxPool3d<Indices extends boolean = false> extends Module<Pooled<Indices>> {
  /** Size of the window: one number, or [depth, height, width]. */
  kernelSize: Size3d;
  /** Stride of the window. */
  stride: Size3d;
  /** Implicit padding with −∞ on both sides. */
  padding: Size3d;
  /** Stride between the elements of a window. */
  dilation: Size3d;
  /** Whether the indices of the maxima are returned as well. */
  returnIndices: boolean;
  /** Whether the output size is rounded up rather than down. */
  ceilMode: boolean;

  constructor(
    kernelSize: Size3d,
    stride?: Size3d | null,
    padding?: Size3d,
    dilation?: Size3d,
    returnIndices?: Indices,
    ceilMode?: boolean,
  );
  constructor(
    kernelSize: Size3d,
    ...rest: SomeThenOptions<MaxPool3dPositions, MaxPool3dOptions & IndicesOption<Indices>>
  );
  constructor(options: { readonly kernelSize: Size3d } & MaxPool3dOptions & IndicesOption<Indices>);
  constructor(kernelSize: Size3d, options?: MaxPool3dOptions & IndicesOption<Indices>);
  constructor(...given: readonly unknown[]) {
    super();
    const { kernelSize, stride, padding, dilation, returnIndices, ceilMode } = SIGNATURES.MaxPool3d.read(given);
    this.kernelSize = kernelSize;
    this.stride = stride ?? kernelSize;
    this.padding = padding;
    this.dilation = dilation;
    this.returnIndices = returnIndices;
    this.ceilMode = ceilMode;
  }
  override forward(x: Tensor): Pooled<Indices> {
    const { kernelSize, stride, padding, dilation, ceilMode } = this;
    const results = this.returnIndices
      ? maxPool3d(x, kernelSize, stride, padding, dilation, ceilMode, true)
      : maxPool3d(x, kernelSize, stride, padding, dilation, ceilMode);
    return results as Pooled<Indices>;
  }
  override extraRepr(): string {
    const { kernelSize, stride, padding, dilation, ceilMode } = this;
    return `kernel_size=${pythonRepr(kernelSize)}, stride=${pythonRepr(stride)}, padding=${pythonRepr(padding)}, dilation=${pythonRepr(dilation)}, ceil_mode=${pythonRepr(ceilMode)}`;
  }
}

/**
 * 3-D average pooling: the mean of each window. See {@link avgPool3d}.
 *
 * Shape: `(N,C,D,H,W)` or `(C,D,H,W)` to `(N,C,Dout,Hout,Wout)` or `(C,Dout,Hout,Wout)`.
 *
 * @example
 * new nn.AvgPool3d(2).forward(rand(2, 3, 4, 8, 8)).shape; // [2, 3, 2, 4, 4]
 */
export class AvgPool3d extends Module {
  /** Size of the window: one number, or [depth, height, width]. */
  kernelSize: Size3d;
  /** Stride of the window. */
  stride: Size3d;
  /** Implicit zero padding on both sides. */
  padding: Size3d;
  /** Whether the output size is rounded up rather than down. */
  ceilMode: boolean;
  /** Whether the averages include the zero padding. */
  countIncludePad: boolean;
  /** Divisor of the sums in place of the size of the window, or null. */
  divisorOverride: number | null;

  constructor(
    kernelSize: Size3d,
    stride?: Size3d | null,
    padding?: Size3d,
    ceilMode?: boolean,
    countIncludePad?: boolean,
    divisorOverride?: number | null,
  );
  constructor(kernelSize: Size3d, ...rest: SomeThenOptions<AvgPool3dPositions, AvgPool3dOptions>);
  constructor(options: { readonly kernelSize: Size3d } & AvgPool3dOptions);
  constructor(kernelSize: Size3d, options?: AvgPool3dOptions);
  constructor(...args: readonly unknown[]) {
    super();
    const given = SIGNATURES.AvgPool3d.read(args);
    this.kernelSize = given.kernelSize;
    this.stride = given.stride ?? given.kernelSize;
    this.padding = given.padding;
    this.ceilMode = given.ceilMode;
    this.countIncludePad = given.countIncludePad;
    this.divisorOverride = given.divisorOverride;
  }
  override forward(x: Tensor): Tensor {
    const { kernelSize, stride, padding, ceilMode, countIncludePad, divisorOverride } = this;
    return avgPool3d(x, kernelSize, stride, padding, ceilMode, countIncludePad, divisorOverride);
  }
  override extraRepr(): string {
    const { kernelSize, stride, padding } = this;
    return `kernel_size=${pythonRepr(kernelSize)}, stride=${pythonRepr(stride)}, padding=${pythonRepr(padding)}`;
  }
}

/**
 * 3-D adaptive average pooling: windows chosen so that the output has the given size; 1 is global average pooling. See
 * {@link adaptiveAvgPool3d}.
 *
 * Shape: `(N,C,D,H,W)` or `(C,D,H,W)` to `(N,C,…outputSize)` or `(C,…outputSize)`.
 *
 * @example
 * new nn.AdaptiveAvgPool3d([1, 2, null]).forward(rand(2, 3, 4, 8, 5)).shape; // [2, 3, 1, 2, 5]
 */
export class AdaptiveAvgPool3d extends Module {
  /** Size of the output: one number, or [depth, height, width]; null keeps the input's. */
  outputSize: AdaptiveSize3d;

  constructor(outputSize: AdaptiveSize3d);
  constructor(options: { readonly outputSize: AdaptiveSize3d });
  constructor(...given: readonly unknown[]) {
    super();
    this.outputSize = SIGNATURES.AdaptiveAvgPool3d.read(given).outputSize;
  }
  override forward(x: Tensor): Tensor {
    return adaptiveAvgPool3d(x, this.outputSize);
  }
  override extraRepr(): string {
    return `output_size=${pythonRepr(this.outputSize)}`;
  }
}

/**
 * 3-D adaptive max pooling: windows chosen so that the output has the given size. See {@link adaptiveMaxPool3d}.
 *
 * Shape: `(N,C,D,H,W)` or `(C,D,H,W)` to `(N,C,…outputSize)` or `(C,…outputSize)`.
 *
 * @example
 * new nn.AdaptiveMaxPool3d(2).forward(rand(2, 3, 4, 8, 5)).shape; // [2, 3, 2, 2, 2]
 */
export class AdaptiveMaxPool3d<Indices extends boolean = false> extends Module<Pooled<Indices>> {
  /** Size of the output: one number, or [depth, height, width]; null keeps the input's. */
  outputSize: AdaptiveSize3d;
  /** Whether the indices of the maxima are returned as well. */
  returnIndices: boolean;

  constructor(outputSize: AdaptiveSize3d, returnIndices?: Indices);
  constructor(options: { readonly outputSize: AdaptiveSize3d } & IndicesOption<Indices>);
  constructor(outputSize: AdaptiveSize3d, options?: IndicesOption<Indices>);
  constructor(...given: readonly unknown[]) {
    super();
    const { outputSize, returnIndices } = SIGNATURES.AdaptiveMaxPool3d.read(given);
    this.outputSize = outputSize;
    this.returnIndices = returnIndices;
  }
  override forward(x: Tensor): Pooled<Indices> {
    const { outputSize, returnIndices } = this;
    const results = returnIndices ? adaptiveMaxPool3d(x, outputSize, true) : adaptiveMaxPool3d(x, outputSize);
    return results as Pooled<Indices>;
  }
  override extraRepr(): string {
    return `output_size=${pythonRepr(this.outputSize)}`;
  }
}

/**
 * 1-D power-average pooling: (Σ xᵖ)^(1/p) of each window. See {@link lpPool1d}.
 *
 * Shape: `(N,C,L)` or `(C,L)` to `(N,C,Lout)` or `(C,Lout)`.
 *
 * @example
 * new nn.LPPool1d(2, 2).forward(tensor([[3, 4, 0, 1]])); // tensor([[5., 1.]])
 */
export class LPPool1d extends Module {
  /** The p of the norm. */
  normType: number;
  /** Size of the window. */
  kernelSize: Size1d;
  /** Stride of the window, or null for its size. */
  stride: Size1d | null;
  /** Whether the output size is rounded up rather than down. */
  ceilMode: boolean;

  constructor(normType: number, kernelSize: Size1d, stride?: Size1d | null, ceilMode?: boolean);
  constructor(normType: number, kernelSize: Size1d, stride: Size1d | null, options: LpPoolOptions<Size1d>);
  constructor(
    ...args: ByName<
      ["normType", "kernelSize"],
      { readonly normType: number; readonly kernelSize: Size1d } & LpPoolOptions<Size1d>
    >
  );
  constructor(normType: number, kernelSize: Size1d, options?: LpPoolOptions<Size1d>);
  constructor(...given: readonly unknown[]) {
    super();
    const { normType, kernelSize, stride, ceilMode } = SIGNATURES.LPPool1d.read(given);
    this.normType = normType;
    this.kernelSize = kernelSize;
    this.stride = stride;
    this.ceilMode = ceilMode;
  }
  override forward(x: Tensor): Tensor {
    return lpPool1d(x, this.normType, this.kernelSize, this.stride, this.ceilMode);
  }
  override extraRepr(): string {
    const { normType, kernelSize, stride, ceilMode } = this;
    return `norm_type=${normType}, kernel_size=${pythonRepr(kernelSize)}, stride=${pythonRepr(stride)}, ceil_mode=${pythonRepr(ceilMode)}`;
  }
}

/**
 * 2-D power-average pooling: (Σ xᵖ)^(1/p) of each window. See {@link lpPool2d}.
 *
 * Shape: `(N,C,H,W)` or `(C,H,W)` to `(N,C,Hout,Wout)` or `(C,Hout,Wout)`.
 *
 * @example
 * new nn.LPPool2d(2, 2).forward(tensor([[[3, 4], [0, 0]]])); // tensor([[[5.]]])
 */
export class LPPool2d extends Module {
  /** The p of the norm. */
  normType: number;
  /** Size of the window: one number, or [height, width]. */
  kernelSize: Size2d;
  /** Stride of the window, or null for its size. */
  stride: Size2d | null;
  /** Whether the output size is rounded up rather than down. */
  ceilMode: boolean;

  constructor(normType: number, kernelSize: Size2d, stride?: Size2d | null, ceilMode?: boolean);
  constructor(normType: number, kernelSize: Size2d, stride: Size2d | null, options: LpPoolOptions<Size2d>);
  constructor(
    ...args: ByName<
      ["normType", "kernelSize"],
      { readonly normType: number; readonly kernelSize: Size2d } & LpPoolOptions<Size2d>
    >
  );
  constructor(normType: number, kernelSize: Size2d, options?: LpPoolOptions<Size2d>);
  constructor(...given: readonly unknown[]) {
    super();
    const { normType, kernelSize, stride, ceilMode } = SIGNATURES.LPPool2d.read(given);
    this.normType = normType;
    this.kernelSize = kernelSize;
    this.stride = stride;
    this.ceilMode = ceilMode;
  }
  override forward(x: Tensor): Tensor {
    return lpPool2d(x, this.normType, this.kernelSize, this.stride, this.ceilMode);
  }
  override extraRepr(): string {
    const { normType, kernelSize, stride, ceilMode } = this;
    return `norm_type=${normType}, kernel_size=${pythonRepr(kernelSize)}, stride=${pythonRepr(stride)}, ceil_mode=${pythonRepr(ceilMode)}`;
  }
}

/** The arguments of the layers that undo pooling, and of those with regions that are drawn. */
const UNPOOL_SIGNATURES = {
  MaxUnpool1d: signature("MaxUnpool1d", unpoolWindows(aSize1d)),
  MaxUnpool2d: signature("MaxUnpool2d", unpoolWindows(aSize2d)),
  MaxUnpool3d: signature("MaxUnpool3d", unpoolWindows(aSize3d)),
  FractionalMaxPool2d: signature("FractionalMaxPool2d", fractionalArguments(aSize2d)),
  FractionalMaxPool3d: signature("FractionalMaxPool3d", fractionalArguments(aSize3d)),
};

/** Options of the layers that undo max pooling. */
export type UnpoolOptions<S extends Sizes> = Pick<MaxUnpoolOptions<S>, "stride" | "padding">;

/** Size given to a call of {@link MaxUnpool1d} and its like. */
export interface UnpooledSize {
  /** Spatial size of the result, or its whole shape. Default null: what the pooling of a size without a rest had. */
  readonly outputSize?: readonly number[] | null | undefined;
}

/** The size, given as a list or by name. */
function sizeOf(size: readonly number[] | UnpooledSize | null | undefined): readonly number[] | null {
  if (size === null || size === undefined) return null;
  return "outputSize" in size ? (size.outputSize ?? null) : (size as readonly number[]);
}

/** What the layers print. */
function windowsOf({ kernelSize, stride, padding }: Record<"kernelSize" | "stride" | "padding", Sizes>): string {
  return `kernel_size=${pythonRepr(kernelSize)}, stride=${pythonRepr(stride)}, padding=${pythonRepr(padding)}`;
}

/**
 * Partial inverse of {@link MaxPool1d}: the maxima at their places, zeros elsewhere. See {@link maxUnpool1d}.
 *
 * Shape: maxima and indices `(N,C,L)` or `(C,L)`, from a pooling with `returnIndices`.
 *
 * @example
 * const [y, indices] = new nn.MaxPool1d(2, { returnIndices: true }).forward(tensor([[1, 3, 2, 5]]));
 * new nn.MaxUnpool1d(2).forward(y, indices); // tensor([[0., 3., 0., 5.]])
 */
export class MaxUnpool1d extends Module {
  /** Size of the pooling window. */
  kernelSize: Exclude<Size1d, number>;
  /** Stride of the pooling window. */
  stride: Exclude<Size1d, number>;
  /** Padding of the pooling. */
  padding: Exclude<Size1d, number>;

  constructor(kernelSize: Size1d, stride?: Size1d | null, padding?: Size1d);
  constructor(kernelSize: Size1d, ...rest: SomeThenOptions<[stride: Size1d | null], UnpoolOptions<Size1d>>);
  constructor(options: { readonly kernelSize: Size1d } & UnpoolOptions<Size1d>);
  constructor(kernelSize: Size1d, options?: UnpoolOptions<Size1d>);
  constructor(...given: readonly unknown[]) {
    super();
    const { kernelSize, stride, padding } = UNPOOL_SIGNATURES.MaxUnpool1d.read(given);
    const listed = (size: Size1d) => sizes(size, 1) as unknown as Exclude<Size1d, number>;
    this.kernelSize = listed(kernelSize);
    this.stride = listed(stride ?? kernelSize);
    this.padding = listed(padding);
  }
  override forward(x: Tensor, indices: Tensor, outputSize?: readonly number[] | UnpooledSize | null): Tensor {
    return maxUnpool1d(x, indices, this.kernelSize, this.stride, this.padding, sizeOf(outputSize));
  }
  override extraRepr(): string {
    return windowsOf(this);
  }
}

/**
 * Partial inverse of {@link MaxPool2d}: the maxima at their places, zeros elsewhere. See {@link maxUnpool2d}.
 *
 * Shape: maxima and indices `(N,C,H,W)` or `(C,H,W)`, from a pooling with `returnIndices`.
 *
 * @example
 * const [y, indices] = new nn.MaxPool2d(2, { returnIndices: true }).forward(rand(1, 3, 5, 4));
 * new nn.MaxUnpool2d(2).forward(y, indices, [5, 4]).shape; // [1, 3, 5, 4]
 */
export class MaxUnpool2d extends Module {
  /** Size of the pooling window. */
  kernelSize: Exclude<Size2d, number>;
  /** Stride of the pooling window. */
  stride: Exclude<Size2d, number>;
  /** Padding of the pooling. */
  padding: Exclude<Size2d, number>;

  constructor(kernelSize: Size2d, stride?: Size2d | null, padding?: Size2d);
  constructor(kernelSize: Size2d, ...rest: SomeThenOptions<[stride: Size2d | null], UnpoolOptions<Size2d>>);
  constructor(options: { readonly kernelSize: Size2d } & UnpoolOptions<Size2d>);
  constructor(kernelSize: Size2d, options?: UnpoolOptions<Size2d>);
  constructor(...given: readonly unknown[]) {
    super();
    const { kernelSize, stride, padding } = UNPOOL_SIGNATURES.MaxUnpool2d.read(given);
    const listed = (size: Size2d) => sizes(size, 2) as unknown as Exclude<Size2d, number>;
    this.kernelSize = listed(kernelSize);
    this.stride = listed(stride ?? kernelSize);
    this.padding = listed(padding);
  }
  override forward(x: Tensor, indices: Tensor, outputSize?: readonly number[] | UnpooledSize | null): Tensor {
    return maxUnpool2d(x, indices, this.kernelSize, this.stride, this.padding, sizeOf(outputSize));
  }
  override extraRepr(): string {
    return windowsOf(this);
  }
}

/**
 * Partial inverse of {@link MaxPool3d}: the maxima at their places, zeros elsewhere. See {@link maxUnpool3d}.
 *
 * Shape: maxima and indices `(N,C,D,H,W)` or `(C,D,H,W)`, from a pooling with `returnIndices`.
 *
 * @example
 * const [y, indices] = new nn.MaxPool3d(2, { returnIndices: true }).forward(rand(1, 2, 4, 4, 4));
 * new nn.MaxUnpool3d(2).forward(y, indices).shape; // [1, 2, 4, 4, 4]
 */
export class MaxUnpool3d extends Module {
  /** Size of the pooling window. */
  kernelSize: Exclude<Size3d, number>;
  /** Stride of the pooling window. */
  stride: Exclude<Size3d, number>;
  /** Padding of the pooling. */
  padding: Exclude<Size3d, number>;

  constructor(kernelSize: Size3d, stride?: Size3d | null, padding?: Size3d);
  constructor(kernelSize: Size3d, ...rest: SomeThenOptions<[stride: Size3d | null], UnpoolOptions<Size3d>>);
  constructor(options: { readonly kernelSize: Size3d } & UnpoolOptions<Size3d>);
  constructor(kernelSize: Size3d, options?: UnpoolOptions<Size3d>);
  constructor(...given: readonly unknown[]) {
    super();
    const { kernelSize, stride, padding } = UNPOOL_SIGNATURES.MaxUnpool3d.read(given);
    const listed = (size: Size3d) => sizes(size, 3) as unknown as Exclude<Size3d, number>;
    this.kernelSize = listed(kernelSize);
    this.stride = listed(stride ?? kernelSize);
    this.padding = listed(padding);
  }
  override forward(x: Tensor, indices: Tensor, outputSize?: readonly number[] | UnpooledSize | null): Tensor {
    return maxUnpool3d(x, indices, this.kernelSize, this.stride, this.padding, sizeOf(outputSize));
  }
  override extraRepr(): string {
    return windowsOf(this);
  }
}

/**
 * 2-D fractional max pooling: maxima of regions whose places are drawn anew in each call. See
 * {@link fractionalMaxPool2d}.
 *
 * Shape: `(N,C,H,W)` or `(C,H,W)`, with the spatial size `outputSize`, or `outputRatio` of that of the input.
 *
 * @throws ValueError unless one of size and ratio is given.
 * @example
 * new nn.FractionalMaxPool2d(2, { outputRatio: 0.5 }).forward(rand(2, 3, 9, 9)).shape; // [2, 3, 4, 4]
 */
export class FractionalMaxPool2d<Indices extends boolean = false> extends Module<Pooled<Indices>> {
  /** Size of the regions. */
  kernelSize: Size2d;
  /** Spatial size of the result, or null. */
  outputSize: Size2d | null;
  /** Spatial size of the result as a part of that of the input, or null. */
  outputRatio: number | readonly number[] | null;
  /** Whether the indices of the maxima are returned as well. */
  returnIndices: boolean;
  /** Where the regions lie, if not drawn anew. A buffer. */
  _randomSamples: Tensor | null;

  constructor(
    kernelSize: Size2d,
    outputSize?: Size2d | null,
    outputRatio?: number | readonly number[] | null,
    returnIndices?: Indices,
    _randomSamples?: Tensor | null,
  );
  constructor(
    options: { readonly kernelSize: Size2d } & FractionalPoolOptions<Size2d> & { readonly returnIndices?: Indices },
  );
  constructor(kernelSize: Size2d, options: FractionalPoolOptions<Size2d> & { readonly returnIndices?: Indices });
  constructor(...given: readonly unknown[]) {
    super();
    const { kernelSize, outputSize, outputRatio, returnIndices, _randomSamples } =
      UNPOOL_SIGNATURES.FractionalMaxPool2d.read(given);
    if ((outputSize === null) === (outputRatio === null)) {
      throw new ValueError(
        outputSize === null
          ? "[FractionalMaxPool2d] requires specifying either an output size, or a pooling ratio"
          : "[FractionalMaxPool2d] only one of output_size and output_ratio may be specified",
      );
    }
    this.kernelSize = kernelSize;
    this.outputSize = outputSize;
    this.outputRatio = outputRatio;
    this.returnIndices = returnIndices;
    this._randomSamples = this.registerBuffer("_randomSamples", _randomSamples);
  }
  override forward(x: Tensor): Pooled<Indices> {
    const { kernelSize, outputSize, outputRatio, _randomSamples } = this;
    const options = { outputSize, outputRatio, _randomSamples };
    const results = fractionalMaxPool2d(x, kernelSize, { ...options, returnIndices: true });
    return (this.returnIndices ? results : results[0]) as Pooled<Indices>;
  }
  protected override keyOf(field: string): string {
    return field === "_randomSamples" ? "_random_samples" : field;
  }
}

/**
 * 3-D fractional max pooling: maxima of regions whose places are drawn anew in each call. See
 * {@link fractionalMaxPool3d}.
 *
 * Shape: `(N,C,D,H,W)` or `(C,D,H,W)`, with the spatial size `outputSize`, or `outputRatio` of that of the input.
 *
 * @throws ValueError unless one of size and ratio is given.
 * @example
 * new nn.FractionalMaxPool3d(2, { outputRatio: 0.5 }).forward(rand(2, 3, 9, 9, 9)).shape; // [2, 3, 4, 4, 4]
 */
export class FractionalMaxPool3d<Indices extends boolean = false> extends Module<Pooled<Indices>> {
  /** Size of the regions. */
  kernelSize: Size3d;
  /** Spatial size of the result, or null. */
  outputSize: Size3d | null;
  /** Spatial size of the result as a part of that of the input, or null. */
  outputRatio: number | readonly number[] | null;
  /** Whether the indices of the maxima are returned as well. */
  returnIndices: boolean;
  /** Where the regions lie, if not drawn anew. A buffer. */
  _randomSamples: Tensor | null;

  constructor(
    kernelSize: Size3d,
    outputSize?: Size3d | null,
    outputRatio?: number | readonly number[] | null,
    returnIndices?: Indices,
    _randomSamples?: Tensor | null,
  );
  constructor(
    options: { readonly kernelSize: Size3d } & FractionalPoolOptions<Size3d> & { readonly returnIndices?: Indices },
  );
  constructor(kernelSize: Size3d, options: FractionalPoolOptions<Size3d> & { readonly returnIndices?: Indices });
  constructor(...given: readonly unknown[]) {
    super();
    const { kernelSize, outputSize, outputRatio, returnIndices, _randomSamples } =
      UNPOOL_SIGNATURES.FractionalMaxPool3d.read(given);
    if ((outputSize === null) === (outputRatio === null)) {
      throw new ValueError(
        outputSize === null
          ? "[FractionalMaxPool3d] requires specifying either an output size, or a pooling ratio"
          : "[FractionalMaxPool3d] only one of output_size and output_ratio may be specified",
      );
    }
    this.kernelSize = kernelSize;
    this.outputSize = outputSize;
    this.outputRatio = outputRatio;
    this.returnIndices = returnIndices;
    this._randomSamples = this.registerBuffer("_randomSamples", _randomSamples);
  }
  override forward(x: Tensor): Pooled<Indices> {
    const { kernelSize, outputSize, outputRatio, _randomSamples } = this;
    const options = { outputSize, outputRatio, _randomSamples };
    const results = fractionalMaxPool3d(x, kernelSize, { ...options, returnIndices: true });
    return (this.returnIndices ? results : results[0]) as Pooled<Indices>;
  }
  protected override keyOf(field: string): string {
    return field === "_randomSamples" ? "_random_samples" : field;
  }
}
