/** @file Layers that undo max pooling, and max pooling of regions that are drawn. */
import { type SomeThenOptions, signature } from "../core/arguments.ts";
import { ValueError } from "../core/errors.ts";
import { pythonRepr } from "../core/python-repr.ts";
import type { Tensor } from "../tensor/tensor.ts";
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
import {
  type FractionalPoolOptions,
  fractionalArguments,
  fractionalMaxPool2d,
  fractionalMaxPool3d,
  type MaxUnpoolOptions,
  maxUnpool1d,
  maxUnpool2d,
  maxUnpool3d,
  unpoolWindows,
} from "./functional/unpooling.ts";
import { Module } from "./module.ts";
import type { Pooled } from "./pooling.ts";

const SIGNATURES = {
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
  constructor(kernelSize: Size1d, options?: UnpoolOptions<Size1d>);
  constructor(...given: readonly unknown[]) {
    super();
    const { kernelSize, stride, padding } = SIGNATURES.MaxUnpool1d.read(given);
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
  constructor(kernelSize: Size2d, options?: UnpoolOptions<Size2d>);
  constructor(...given: readonly unknown[]) {
    super();
    const { kernelSize, stride, padding } = SIGNATURES.MaxUnpool2d.read(given);
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
  constructor(kernelSize: Size3d, options?: UnpoolOptions<Size3d>);
  constructor(...given: readonly unknown[]) {
    super();
    const { kernelSize, stride, padding } = SIGNATURES.MaxUnpool3d.read(given);
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
  #randomSamples: Tensor | null;

  constructor(
    kernelSize: Size2d,
    outputSize?: Size2d | null,
    outputRatio?: number | readonly number[] | null,
    returnIndices?: Indices,
    _randomSamples?: Tensor | null,
  );
  constructor(kernelSize: Size2d, options: FractionalPoolOptions<Size2d> & { readonly returnIndices?: Indices });
  constructor(...given: readonly unknown[]) {
    super();
    const { kernelSize, outputSize, outputRatio, returnIndices, _randomSamples } =
      SIGNATURES.FractionalMaxPool2d.read(given);
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
    this.#randomSamples = _randomSamples;
  }
  override forward(x: Tensor): Pooled<Indices> {
    const { kernelSize, outputSize, outputRatio } = this;
    const options = { outputSize, outputRatio, _randomSamples: this.#randomSamples };
    const results = fractionalMaxPool2d(x, kernelSize, { ...options, returnIndices: true });
    return (this.returnIndices ? results : results[0]) as Pooled<Indices>;
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
  #randomSamples: Tensor | null;

  constructor(
    kernelSize: Size3d,
    outputSize?: Size3d | null,
    outputRatio?: number | readonly number[] | null,
    returnIndices?: Indices,
    _randomSamples?: Tensor | null,
  );
  constructor(kernelSize: Size3d, options: FractionalPoolOptions<Size3d> & { readonly returnIndices?: Indices });
  constructor(...given: readonly unknown[]) {
    super();
    const { kernelSize, outputSize, outputRatio, returnIndices, _randomSamples } =
      SIGNATURES.FractionalMaxPool3d.read(given);
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
    this.#randomSamples = _randomSamples;
  }
  override forward(x: Tensor): Pooled<Indices> {
    const { kernelSize, outputSize, outputRatio } = this;
    const options = { outputSize, outputRatio, _randomSamples: this.#randomSamples };
    const results = fractionalMaxPool3d(x, kernelSize, { ...options, returnIndices: true });
    return (this.returnIndices ? results : results[0]) as Pooled<Indices>;
  }
}
