/** @file Fold and unfold layers. */
import { type SomeThenOptions, signature } from "../core/arguments.ts";
import { pythonRepr } from "../core/python-repr.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { FOLD_ARGUMENTS, type FoldOptions, fold, UNFOLD_ARGUMENTS, unfold } from "./functional/fold.ts";
import type { Size2d } from "./functional/size.ts";
import { Module } from "./module.ts";

const SIGNATURES = {
  Fold: signature("Fold", FOLD_ARGUMENTS),
  Unfold: signature("Unfold", UNFOLD_ARGUMENTS),
};

/** Base of the two layers: the sliding blocks. */
abstract class SlidingBlocks extends Module {
  /** Size of the sliding blocks. */
  kernelSize: Size2d;
  /** Stride between the elements of a block. */
  dilation: Size2d;
  /** Implicit zero padding on both sides. */
  padding: Size2d;
  /** Stride of the sliding blocks. */
  stride: Size2d;

  constructor(given: { kernelSize: Size2d; dilation: Size2d; padding: Size2d; stride: Size2d }) {
    super();
    this.kernelSize = given.kernelSize;
    this.dilation = given.dilation;
    this.padding = given.padding;
    this.stride = given.stride;
  }
  override extraRepr(): string {
    const { kernelSize, dilation, padding, stride } = this;
    return `kernel_size=${pythonRepr(kernelSize)}, dilation=${pythonRepr(dilation)}, padding=${pythonRepr(padding)}, stride=${pythonRepr(stride)}`;
  }
}

/**
 * Sliding blocks of images as columns. See `functional.unfold`.
 *
 * Shape: `(N,C,H,W)` or `(C,H,W)` to `(N,C·kh·kw,L)` or `(C·kh·kw,L)`, with L the number of blocks.
 *
 * @example
 * new nn.Unfold([2, 3]).forward(rand(2, 5, 3, 4)).shape; // [2, 30, 4]
 */
export class Unfold extends SlidingBlocks {
  constructor(kernelSize: Size2d, dilation?: Size2d, padding?: Size2d, stride?: Size2d);
  constructor(kernelSize: Size2d, ...rest: SomeThenOptions<[dilation: Size2d, padding: Size2d], FoldOptions>);
  constructor(options: { readonly kernelSize: Size2d } & FoldOptions);
  constructor(kernelSize: Size2d, options?: FoldOptions);
  constructor(...given: readonly unknown[]) {
    super(SIGNATURES.Unfold.read(given));
  }
  override forward(x: Tensor): Tensor {
    return unfold(x, this.kernelSize, this.dilation, this.padding, this.stride);
  }
}

/**
 * Sums columns into images, each at the place of its block: the transpose of {@link Unfold}. See {@link fold}.
 *
 * Shape: `(N,C·kh·kw,L)` or `(C·kh·kw,L)` to `(N,C,…outputSize)` or `(C,…outputSize)`.
 *
 * @example
 * new nn.Fold([4, 5], [2, 2]).forward(rand(1, 12, 12)).shape; // [1, 3, 4, 5]
 */
export class Fold extends SlidingBlocks {
  /** Height and width of the output. */
  outputSize: Size2d;

  constructor(outputSize: Size2d, kernelSize: Size2d, dilation?: Size2d, padding?: Size2d, stride?: Size2d);
  constructor(
    outputSize: Size2d,
    kernelSize: Size2d,
    ...rest: SomeThenOptions<[dilation: Size2d, padding: Size2d], FoldOptions>
  );
  constructor(options: { readonly outputSize: Size2d; readonly kernelSize: Size2d } & FoldOptions);
  constructor(outputSize: Size2d, kernelSize: Size2d, options?: FoldOptions);
  constructor(...args: readonly unknown[]) {
    const given = SIGNATURES.Fold.read(args);
    super(given);
    this.outputSize = given.outputSize;
  }
  override forward(x: Tensor): Tensor {
    return fold(x, this.outputSize, this.kernelSize, this.dilation, this.padding, this.stride);
  }
  override extraRepr(): string {
    return `output_size=${pythonRepr(this.outputSize)}, ${super.extraRepr()}`;
  }
}
