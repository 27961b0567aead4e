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
  type DividedPoolOptions,
  type DividedPoolPositions,
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
  type MaxPoolOptions,
  type MaxPoolPositions,
  type MaxUnpoolOptions,
  maxPool1d,
  maxPool2d,
  maxPool3d,
  maxUnpool1d,
  maxUnpool2d,
  maxUnpool3d,
  RETURN_INDICES,
  unpoolWindows,
  type WithIndices,
  type WithoutIndices,
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

/** The arguments of the layers. They stand apart from the functions, which a page carries only where it uses the layer. */
const SIGNATURES = {
  MaxPool1d: signature("MaxPool1d", { ...MAX_POOL_1D_WINDOWS, ...RETURN_INDICES, ...CEIL_MODE }),
  MaxPool2d: signature("MaxPool2d", { ...MAX_POOL_2D_WINDOWS, ...RETURN_INDICES, ...CEIL_MODE }),
  MaxPool3d: signature("MaxPool3d", { ...MAX_POOL_3D_WINDOWS, ...RETURN_INDICES, ...CEIL_MODE }),
  AvgPool2d: signature("AvgPool2d", AVG_POOL_2D_ARGUMENTS),
  AvgPool3d: signature("AvgPool3d", AVG_POOL_3D_ARGUMENTS),
  AdaptiveMaxPool1d: signature("AdaptiveMaxPool1d", { ...ADAPTIVE_POOL_1D_ARGUMENTS, ...RETURN_INDICES }),
  AdaptiveMaxPool2d: signature("AdaptiveMaxPool2d", { ...ADAPTIVE_POOL_2D_ARGUMENTS, ...RETURN_INDICES }),
  AdaptiveMaxPool3d: signature("AdaptiveMaxPool3d", { ...ADAPTIVE_POOL_3D_ARGUMENTS, ...RETURN_INDICES }),
  AdaptiveAvgPool1d: signature("AdaptiveAvgPool1d", ADAPTIVE_POOL_1D_ARGUMENTS),
  AdaptiveAvgPool2d: signature("AdaptiveAvgPool2d", ADAPTIVE_POOL_2D_ARGUMENTS),
  AdaptiveAvgPool3d: signature("AdaptiveAvgPool3d", ADAPTIVE_POOL_3D_ARGUMENTS),
  LPPool1d: signature("LPPool1d", LP_POOL_1D_ARGUMENTS),
  LPPool2d: signature("LPPool2d", LP_POOL_2D_ARGUMENTS),
  MaxUnpool1d: signature("MaxUnpool1d", unpoolWindows(aSize1d)),
  MaxUnpool2d: signature("MaxUnpool2d", unpoolWindows(aSize2d)),
  MaxUnpool3d: signature("MaxUnpool3d", unpoolWindows(aSize3d)),
  FractionalMaxPool2d: signature("FractionalMaxPool2d", fractionalArguments(aSize2d)),
  FractionalMaxPool3d: signature("FractionalMaxPool3d", fractionalArguments(aSize3d)),
  AvgPool1d: signature("AvgPool1d", AVG_POOL_1D_ARGUMENTS),
};

/** Reads the arguments of a constructor. */
interface Reader<Read> {
  read(given: readonly unknown[]): Read;
}

/** What layers with windows print. */
function windowsOf({ kernelSize, stride, padding }: Record<"kernelSize" | "stride" | "padding", Sizes>): string {
  return `kernel_size=${pythonRepr(kernelSize)}, stride=${pythonRepr(stride)}, padding=${pythonRepr(padding)}`;
}

/** Max pooling of windows of sizes `S`: the arguments of its layer, and its function. */
interface MaxPooling<S extends Sizes> {
  readonly layer: Reader<{
    readonly kernelSize: S;
    readonly stride: S | null;
    readonly padding: S;
    readonly dilation: S;
    readonly returnIndices: boolean;
    readonly ceilMode: boolean;
  }>;
  readonly pool: {
    (x: Tensor, kernelSize: S, options: MaxPoolOptions<S> & WithIndices): [output: Tensor, indices: Tensor];
    (x: Tensor, kernelSize: S, options: MaxPoolOptions<S> & WithoutIndices): Tensor;
  };
}

/** Base of the layers of max pooling. */
abstract class MaxPool<S extends Sizes, Indices extends boolean> extends Module<Pooled<Indices>> {
  /** Size of the window: one number for all dimensions, or one for each. */
  kernelSize: S;
  /** Stride of the window. */
  stride: S;
  /** Implicit padding with −∞ on both sides. */
  padding: S;
  /** Stride between the elements of a window. */
  dilation: S;
  /** Whether the indices of the maxima are returned as well. */
  returnIndices: boolean;
  /** Whether the output size is rounded up rather than down. */
  ceilMode: boolean;

  constructor(kernelSize: S, stride?: S | null, padding?: S, dilation?: S, returnIndices?: Indices, ceilMode?: boolean);
  constructor(kernelSize: S, ...rest: SomeThenOptions<MaxPoolPositions<S>, MaxPoolOptions<S> & IndicesOption<Indices>>);
  constructor(options: { readonly kernelSize: S } & MaxPoolOptions<S> & IndicesOption<Indices>);
  constructor(kernelSize: S, options?: MaxPoolOptions<S> & IndicesOption<Indices>);
  constructor(...given: readonly unknown[]) {
    super();
    const { kernelSize, stride, padding, dilation, returnIndices, ceilMode } = this.pooling().layer.read(given);
    this.kernelSize = kernelSize;
    this.stride = stride ?? kernelSize;
    this.padding = padding;
    this.dilation = dilation;
    this.returnIndices = returnIndices;
    this.ceilMode = ceilMode;
  }
  /** What the class fixes. */
  protected abstract pooling(): MaxPooling<S>;

  override forward(x: Tensor): Pooled<Indices> {
    const { kernelSize, stride, padding, dilation, ceilMode } = this;
    const { pool } = this.pooling();
    const options = { stride, padding, dilation, ceilMode };
    const results = this.returnIndices
      ? pool(x, kernelSize, { ...options, returnIndices: true })
      : pool(x, kernelSize, options);
    return results as Pooled<Indices>;
  }
  override extraRepr(): string {
    return `${windowsOf(this)}, dilation=${pythonRepr(this.dilation)}, ceil_mode=${pythonRepr(this.ceilMode)}`;
  }
}

/** Average pooling of windows of sizes `S` whose divisor can be chosen. */
interface AvgPooling<S extends Sizes> {
  readonly layer: Reader<{
    readonly kernelSize: S;
    readonly stride: S | null;
    readonly padding: S;
    readonly ceilMode: boolean;
    readonly countIncludePad: boolean;
    readonly divisorOverride: number | null;
  }>;
  readonly pool: (x: Tensor, kernelSize: S, options: DividedPoolOptions<S>) => Tensor;
}

/** Base of the layers of average pooling whose divisor can be chosen. */
abstract class DividedPool<S extends Sizes> extends Module {
  /** Size of the window: one number for all dimensions, or one for each. */
  kernelSize: S;
  /** Stride of the window. */
  stride: S;
  /** Implicit zero padding on both sides. */
  padding: S;
  /** Whether the output size is rounded up rather than down. */
  ceilMode: boolean;
  /** Whether the averages include the zero padding. */
  countIncludePad: boolean;
  /** Divisor of the sums in place of the size of the window, or null. */
  divisorOverride: number | null;

  constructor(
    kernelSize: S,
    stride?: S | null,
    padding?: S,
    ceilMode?: boolean,
    countIncludePad?: boolean,
    divisorOverride?: number | null,
  );
  constructor(kernelSize: S, ...rest: SomeThenOptions<DividedPoolPositions<S>, DividedPoolOptions<S>>);
  constructor(options: { readonly kernelSize: S } & DividedPoolOptions<S>);
  constructor(kernelSize: S, options?: DividedPoolOptions<S>);
  constructor(...args: readonly unknown[]) {
    super();
    const given = this.pooling().layer.read(args);
    this.kernelSize = given.kernelSize;
    this.stride = given.stride ?? given.kernelSize;
    this.padding = given.padding;
    this.ceilMode = given.ceilMode;
    this.countIncludePad = given.countIncludePad;
    this.divisorOverride = given.divisorOverride;
  }
  /** What the class fixes. */
  protected abstract pooling(): AvgPooling<S>;

  override forward(x: Tensor): Tensor {
    const { kernelSize, stride, padding, ceilMode, countIncludePad, divisorOverride } = this;
    return this.pooling().pool(x, kernelSize, { stride, padding, ceilMode, countIncludePad, divisorOverride });
  }
  override extraRepr(): string {
    return windowsOf(this);
  }
}

/** Sizes that adaptive pooling may give. */
type AdaptiveSizes = Size1d | AdaptiveSize | AdaptiveSize3d;

/** Adaptive max pooling to sizes `S`. */
interface AdaptiveMaxPooling<S extends AdaptiveSizes> {
  readonly layer: Reader<{ readonly outputSize: S; readonly returnIndices: boolean }>;
  readonly pool: {
    (x: Tensor, outputSize: S, returnIndices: true): [output: Tensor, indices: Tensor];
    (x: Tensor, outputSize: S): Tensor;
  };
}

/** Base of the layers of adaptive max pooling. */
abstract class AdaptiveMaxPool<S extends AdaptiveSizes, Indices extends boolean> extends Module<Pooled<Indices>> {
  /** Size of the output: one number for all dimensions, or one for each; null keeps the input's. */
  outputSize: S;
  /** Whether the indices of the maxima are returned as well. */
  returnIndices: boolean;

  constructor(outputSize: S, returnIndices?: Indices);
  constructor(options: { readonly outputSize: S } & IndicesOption<Indices>);
  constructor(outputSize: S, options?: IndicesOption<Indices>);
  constructor(...given: readonly unknown[]) {
    super();
    const { outputSize, returnIndices } = this.pooling().layer.read(given);
    this.outputSize = outputSize;
    this.returnIndices = returnIndices;
  }
  /** What the class fixes. */
  protected abstract pooling(): AdaptiveMaxPooling<S>;

  override forward(x: Tensor): Pooled<Indices> {
    const { outputSize } = this;
    const { pool } = this.pooling();
    return (this.returnIndices ? pool(x, outputSize, true) : pool(x, outputSize)) as Pooled<Indices>;
  }
  override extraRepr(): string {
    return `output_size=${pythonRepr(this.outputSize)}`;
  }
}

/** Adaptive average pooling to sizes `S`. */
interface AdaptiveAvgPooling<S extends AdaptiveSizes> {
  readonly layer: Reader<{ readonly outputSize: S }>;
  readonly pool: (x: Tensor, outputSize: S) => Tensor;
}

/** Base of the layers of adaptive average pooling. */
abstract class AdaptiveAvgPool<S extends AdaptiveSizes> extends Module {
  /** Size of the output: one number for all dimensions, or one for each; null keeps the input's. */
  outputSize: S;

  constructor(outputSize: S);
  constructor(options: { readonly outputSize: S });
  constructor(...given: readonly unknown[]) {
    super();
    this.outputSize = this.pooling().layer.read(given).outputSize;
  }
  /** What the class fixes. */
  protected abstract pooling(): AdaptiveAvgPooling<S>;

  override forward(x: Tensor): Tensor {
    return this.pooling().pool(x, this.outputSize);
  }
  override extraRepr(): string {
    return `output_size=${pythonRepr(this.outputSize)}`;
  }
}

/** Power-average pooling of windows of sizes `S`. */
interface PowerPooling<S extends Sizes> {
  readonly layer: Reader<{
    readonly normType: number;
    readonly kernelSize: S;
    readonly stride: S | null;
    readonly ceilMode: boolean;
  }>;
  readonly pool: (x: Tensor, normType: number, kernelSize: S, stride: S | null, ceilMode: boolean) => Tensor;
}

/** Base of the layers of power-average pooling. */
abstract class PowerPool<S extends Sizes> extends Module {
  /** The p of the norm. */
  normType: number;
  /** Size of the window: one number for all dimensions, or one for each. */
  kernelSize: S;
  /** Stride of the window, or null for its size. */
  stride: S | null;
  /** Whether the output size is rounded up rather than down. */
  ceilMode: boolean;

  constructor(normType: number, kernelSize: S, stride?: S | null, ceilMode?: boolean);
  constructor(normType: number, kernelSize: S, stride: S | null, options: LpPoolOptions<S>);
  constructor(
    ...args: ByName<
      ["normType", "kernelSize"],
      { readonly normType: number; readonly kernelSize: S } & LpPoolOptions<S>
    >
  );
  constructor(normType: number, kernelSize: S, options?: LpPoolOptions<S>);
  constructor(...given: readonly unknown[]) {
    super();
    const { normType, kernelSize, stride, ceilMode } = this.pooling().layer.read(given);
    this.normType = normType;
    this.kernelSize = kernelSize;
    this.stride = stride;
    this.ceilMode = ceilMode;
  }
  /** What the class fixes. */
  protected abstract pooling(): PowerPooling<S>;

  override forward(x: Tensor): Tensor {
    return this.pooling().pool(x, this.normType, this.kernelSize, this.stride, this.ceilMode);
  }
  override extraRepr(): string {
    const { normType, kernelSize, stride, ceilMode } = this;
    return `norm_type=${normType}, kernel_size=${pythonRepr(kernelSize)}, stride=${pythonRepr(stride)}, ceil_mode=${pythonRepr(ceilMode)}`;
  }
}

/**
 * 1-D max pooling: the maximum of each window. See {@link maxPool1d}.
 *
 * Shape: `(N,C,L)` or `(C,L)` to `(N,C,Lout)` or `(C,Lout)`.
 *
 * @example
 * new nn.MaxPool1d(2).forward(tensor([[1, 3, 2, 0]])); // tensor([[3., 2.]])
 */
export class MaxPool1d<Indices extends boolean = false> extends MaxPool<Size1d, Indices> {
  protected override pooling(): MaxPooling<Size1d> {
    return { layer: SIGNATURES.MaxPool1d, pool: maxPool1d };
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
export class MaxPool2d<Indices extends boolean = false> extends MaxPool<Size2d, Indices> {
  protected override pooling(): MaxPooling<Size2d> {
    return { layer: SIGNATURES.MaxPool2d, pool: maxPool2d };
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
export class MaxPool3d<Indices extends boolean = false> extends MaxPool<Size3d, Indices> {
  protected override pooling(): MaxPooling<Size3d> {
    return { layer: SIGNATURES.MaxPool3d, pool: maxPool3d };
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
    return windowsOf(this);
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
export class AvgPool2d extends DividedPool<Size2d> {
  protected override pooling(): AvgPooling<Size2d> {
    return { layer: SIGNATURES.AvgPool2d, pool: avgPool2d };
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
export class AvgPool3d extends DividedPool<Size3d> {
  protected override pooling(): AvgPooling<Size3d> {
    return { layer: SIGNATURES.AvgPool3d, pool: avgPool3d };
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
export class AdaptiveMaxPool1d<Indices extends boolean = false> extends AdaptiveMaxPool<Size1d, Indices> {
  protected override pooling(): AdaptiveMaxPooling<Size1d> {
    return { layer: SIGNATURES.AdaptiveMaxPool1d, pool: adaptiveMaxPool1d };
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
export class AdaptiveMaxPool2d<Indices extends boolean = false> extends AdaptiveMaxPool<AdaptiveSize, Indices> {
  protected override pooling(): AdaptiveMaxPooling<AdaptiveSize> {
    return { layer: SIGNATURES.AdaptiveMaxPool2d, pool: adaptiveMaxPool2d };
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
export class AdaptiveMaxPool3d<Indices extends boolean = false> extends AdaptiveMaxPool<AdaptiveSize3d, Indices> {
  protected override pooling(): AdaptiveMaxPooling<AdaptiveSize3d> {
    return { layer: SIGNATURES.AdaptiveMaxPool3d, pool: adaptiveMaxPool3d };
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
export class AdaptiveAvgPool1d extends AdaptiveAvgPool<Size1d> {
  protected override pooling(): AdaptiveAvgPooling<Size1d> {
    return { layer: SIGNATURES.AdaptiveAvgPool1d, pool: adaptiveAvgPool1d };
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
export class AdaptiveAvgPool2d extends AdaptiveAvgPool<AdaptiveSize> {
  protected override pooling(): AdaptiveAvgPooling<AdaptiveSize> {
    return { layer: SIGNATURES.AdaptiveAvgPool2d, pool: adaptiveAvgPool2d };
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
export class AdaptiveAvgPool3d extends AdaptiveAvgPool<AdaptiveSize3d> {
  protected override pooling(): AdaptiveAvgPooling<AdaptiveSize3d> {
    return { layer: SIGNATURES.AdaptiveAvgPool3d, pool: adaptiveAvgPool3d };
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
export class LPPool1d extends PowerPool<Size1d> {
  protected override pooling(): PowerPooling<Size1d> {
    return { layer: SIGNATURES.LPPool1d, pool: lpPool1d };
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
export class LPPool2d extends PowerPool<Size2d> {
  protected override pooling(): PowerPooling<Size2d> {
    return { layer: SIGNATURES.LPPool2d, pool: lpPool2d };
  }
}

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

/** The partial inverse of max pooling of windows of sizes `S`. */
interface Unpooling<S extends Sizes> {
  readonly dims: 1 | 2 | 3;
  readonly layer: Reader<{ readonly kernelSize: S; readonly stride: S | null; readonly padding: S }>;
  readonly pool: (x: Tensor, indices: Tensor, kernelSize: S, options: MaxUnpoolOptions<S>) => Tensor;
}

/** Base of the layers that undo max pooling. */
abstract class MaxUnpool<S extends Sizes> extends Module {
  /** Size of the pooling window. */
  kernelSize: Exclude<S, number>;
  /** Stride of the pooling window. */
  stride: Exclude<S, number>;
  /** Padding of the pooling. */
  padding: Exclude<S, number>;

  constructor(kernelSize: S, stride?: S | null, padding?: S);
  constructor(kernelSize: S, ...rest: SomeThenOptions<[stride: S | null], UnpoolOptions<S>>);
  constructor(options: { readonly kernelSize: S } & UnpoolOptions<S>);
  constructor(kernelSize: S, options?: UnpoolOptions<S>);
  constructor(...given: readonly unknown[]) {
    super();
    const { dims, layer } = this.pooling();
    const { kernelSize, stride, padding } = layer.read(given);
    const listed = (size: S) => sizes(size, dims) as unknown as Exclude<S, number>;
    this.kernelSize = listed(kernelSize);
    this.stride = listed(stride ?? kernelSize);
    this.padding = listed(padding);
  }
  /** What the class fixes. */
  protected abstract pooling(): Unpooling<S>;

  override forward(x: Tensor, indices: Tensor, outputSize?: readonly number[] | UnpooledSize | null): Tensor {
    const { kernelSize, stride, padding } = this;
    return this.pooling().pool(x, indices, kernelSize, { stride, padding, outputSize: sizeOf(outputSize) });
  }
  override extraRepr(): string {
    return windowsOf(this);
  }
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
export class MaxUnpool1d extends MaxUnpool<Size1d> {
  protected override pooling(): Unpooling<Size1d> {
    return { dims: 1, layer: SIGNATURES.MaxUnpool1d, pool: maxUnpool1d };
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
export class MaxUnpool2d extends MaxUnpool<Size2d> {
  protected override pooling(): Unpooling<Size2d> {
    return { dims: 2, layer: SIGNATURES.MaxUnpool2d, pool: maxUnpool2d };
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
export class MaxUnpool3d extends MaxUnpool<Size3d> {
  protected override pooling(): Unpooling<Size3d> {
    return { dims: 3, layer: SIGNATURES.MaxUnpool3d, pool: maxUnpool3d };
  }
}

/** Fractional max pooling of regions of sizes `S`. */
interface FractionalPooling<S extends Sizes> {
  readonly op: string;
  readonly layer: Reader<{
    readonly kernelSize: S;
    readonly outputSize: S | null;
    readonly outputRatio: number | readonly number[] | null;
    readonly returnIndices: boolean;
    readonly _randomSamples: Tensor | null;
  }>;
  readonly pool: (
    x: Tensor,
    kernelSize: S,
    options: FractionalPoolOptions<S> & WithIndices,
  ) => [output: Tensor, indices: Tensor];
}

/** Base of the layers of fractional max pooling. */
abstract class FractionalMaxPool<S extends Sizes, Indices extends boolean> extends Module<Pooled<Indices>> {
  /** Size of the regions. */
  kernelSize: S;
  /** Spatial size of the result, or null. */
  outputSize: S | null;
  /** Spatial size of the result as a part of that of the input, or null. */
  outputRatio: number | readonly number[] | null;
  /** Whether the indices of the maxima are returned as well. */
  returnIndices: boolean;
  /** Where the regions lie, if not drawn anew. A buffer, `_random_samples` in state dictionaries. */
  _randomSamples: Tensor | null;

  constructor(
    kernelSize: S,
    outputSize?: S | null,
    outputRatio?: number | readonly number[] | null,
    returnIndices?: Indices,
    _randomSamples?: Tensor | null,
  );
  constructor(options: { readonly kernelSize: S } & FractionalPoolOptions<S> & { readonly returnIndices?: Indices });
  constructor(kernelSize: S, options: FractionalPoolOptions<S> & { readonly returnIndices?: Indices });
  constructor(...given: readonly unknown[]) {
    super();
    const { op, layer } = this.pooling();
    const { kernelSize, outputSize, outputRatio, returnIndices, _randomSamples } = layer.read(given);
    if ((outputSize === null) === (outputRatio === null)) {
      throw new ValueError(
        outputSize === null
          ? `[${op}] requires specifying either an output size, or a pooling ratio`
          : `[${op}] only one of output_size and output_ratio may be specified`,
      );
    }
    this.kernelSize = kernelSize;
    this.outputSize = outputSize;
    this.outputRatio = outputRatio;
    this.returnIndices = returnIndices;
    this._randomSamples = this.registerBuffer("_randomSamples", _randomSamples);
  }
  /** What the class fixes. */
  protected abstract pooling(): FractionalPooling<S>;

  override forward(x: Tensor): Pooled<Indices> {
    const { kernelSize, outputSize, outputRatio, _randomSamples } = this;
    const options = { outputSize, outputRatio, _randomSamples };
    const results = this.pooling().pool(x, kernelSize, { ...options, returnIndices: true });
    return (this.returnIndices ? results : results[0]) as Pooled<Indices>;
  }
  protected override keyOf(field: string): string {
    return field === "_randomSamples" ? "_random_samples" : field;
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
export class FractionalMaxPool2d<Indices extends boolean = false> extends FractionalMaxPool<Size2d, Indices> {
  protected override pooling(): FractionalPooling<Size2d> {
    return { op: "FractionalMaxPool2d", layer: SIGNATURES.FractionalMaxPool2d, pool: fractionalMaxPool2d };
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
export class FractionalMaxPool3d<Indices extends boolean = false> extends FractionalMaxPool<Size3d, Indices> {
  protected override pooling(): FractionalPooling<Size3d> {
    return { op: "FractionalMaxPool3d", layer: SIGNATURES.FractionalMaxPool3d, pool: fractionalMaxPool3d };
  }
}
