/** @file Padding layers: constants, and elements reflected, replicated or from the other end. */
import { required, signature } from "../core/arguments.ts";
import { describeValue } from "../core/describe.ts";
import { aNumber, type Kind, listOf, REFUSED } from "../core/kinds.ts";
import { pythonRepr } from "../core/python-repr.ts";
import { type PadMode, pad } from "../tensor/functions/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { Module } from "./module.ts";

/** Padding of one dimension: one number for both sides, or [left, right]. */
export type Padding1d = number | readonly [left: number, right: number];
/** Padding of two dimensions: one number for all sides, or [left, right, top, bottom]. */
export type Padding2d = number | readonly [left: number, right: number, top: number, bottom: number];
/** Padding of three dimensions: one number for all sides, or [left, right, top, bottom, front, back]. */
export type Padding3d =
  | number
  | readonly [left: number, right: number, top: number, bottom: number, front: number, back: number];

/** One number for all sides, or one for each of `count`. */
function sides(count: number): Kind<readonly number[]> {
  return {
    description: `an integer or a list of ${count} integers`,
    read: (value) => {
      if (Number.isSafeInteger(value)) return new Array<number>(count).fill(value as number);
      const list = listOf(value);
      return list?.length === count && list.every(Number.isSafeInteger) ? ([...list] as number[]) : REFUSED;
    },
    message: (name, value) =>
      `${name} must be an integer or a list of ${count} integers, but got ${describeValue(value)}`,
  };
}

const SIDES = { 1: sides(2), 2: sides(4), 3: sides(6) } as const;

/** Options of {@link ConstantPad1d}, {@link ConstantPad2d} and {@link ConstantPad3d}. */
export interface ConstantPadOptions {
  /** The constant. */
  readonly value: number;
}

/** Base of the padding layers. */
abstract class Pad extends Module {
  /** Numbers of elements: [left, right, top, bottom, …], beginning with the last dimension. */
  padding: readonly number[];

  constructor(padding: readonly number[]) {
    super();
    this.padding = padding;
  }
  /** What stands in the padding. */
  protected abstract readonly mode: PadMode;

  override forward(x: Tensor): Tensor {
    return pad(x, this.padding, this.mode);
  }
  override extraRepr(): string {
    return pythonRepr(this.padding);
  }
}

/** Base of the layers that pad with a constant. */
abstract class ConstantPad extends Pad {
  /** The constant. */
  value: number;
  protected override readonly mode = "constant";

  constructor(given: { readonly padding: readonly number[]; readonly value: number }) {
    super(given.padding);
    this.value = given.value;
  }
  override forward(x: Tensor): Tensor {
    return pad(x, this.padding, this.mode, this.value);
  }
  override extraRepr(): string {
    return `padding=${pythonRepr(this.padding)}, value=${pythonRepr(this.value)}`;
  }
}

/** Reads the padding of `dims` dimensions. */
function readPadding(op: string, dims: 1 | 2 | 3, given: readonly unknown[]): readonly number[] {
  return signature(op, { padding: required(SIDES[dims]) }).read(given).padding;
}

/** Reads padding and constant. */
function readConstant(op: string, dims: 1 | 2 | 3, given: readonly unknown[]) {
  return signature(op, { padding: required(SIDES[dims]), value: required(aNumber) }).read(given);
}

/**
 * Pads the last dimension with a constant. See `functional.pad`; negative numbers crop.
 *
 * Shape: `(N,C,L)` or `(C,L)` to the padded shape.
 *
 * @example
 * new nn.ConstantPad1d(1, 3.5).forward(rand(2, 3, 4)).shape; // [2, 3, 6]
 */
export class ConstantPad1d extends ConstantPad {
  constructor(padding: Padding1d, value: number);
  constructor(options: { readonly padding: Padding1d } & ConstantPadOptions);
  constructor(padding: Padding1d, options: ConstantPadOptions);
  constructor(...given: readonly unknown[]) {
    super(readConstant("ConstantPad1d", 1, given));
  }
}

/**
 * Pads the last dimension with zeros. See `functional.pad`; negative numbers crop.
 *
 * Shape: `(N,C,L)` or `(C,L)` to the padded shape.
 *
 * @example
 * new nn.ZeroPad1d(1).forward(rand(2, 3, 4)).shape; // [2, 3, 6]
 */
export class ZeroPad1d extends ConstantPad {
  constructor(padding: Padding1d);
  constructor(options: { readonly padding: Padding1d });
  constructor(...given: readonly unknown[]) {
    super({ padding: readPadding("ZeroPad1d", 1, given), value: 0 });
  }
  override extraRepr(): string {
    return pythonRepr(this.padding);
  }
}

/**
 * Pads the last dimension with the input reflected at its border. See `functional.pad`.
 *
 * Shape: `(N,C,L)` or `(C,L)` to the padded shape.
 *
 * @throws ShapeError for a padding that is too large for the input.
 * @example
 * new nn.ReflectionPad1d(1).forward(tensor([[[1, 2, 3]]])); // tensor([[[2., 1., 2., 3., 2.]]])
 */
export class ReflectionPad1d extends Pad {
  protected override readonly mode = "reflect";

  constructor(padding: Padding1d);
  constructor(options: { readonly padding: Padding1d });
  constructor(...given: readonly unknown[]) {
    super(readPadding("ReflectionPad1d", 1, given));
  }
}

/**
 * Pads the last dimension with the border of the input. See `functional.pad`.
 *
 * Shape: `(N,C,L)` or `(C,L)` to the padded shape.
 *
 * @throws ShapeError for a padding that is too large for the input.
 * @example
 * new nn.ReplicationPad1d(1).forward(tensor([[[1, 2, 3]]])); // tensor([[[1., 1., 2., 3., 3.]]])
 */
export class ReplicationPad1d extends Pad {
  protected override readonly mode = "replicate";

  constructor(padding: Padding1d);
  constructor(options: { readonly padding: Padding1d });
  constructor(...given: readonly unknown[]) {
    super(readPadding("ReplicationPad1d", 1, given));
  }
}

/**
 * Pads the last dimension with the other end of the input. See `functional.pad`.
 *
 * Shape: `(N,C,L)` to the padded shape.
 *
 * @throws ShapeError for a padding that is too large for the input.
 * @example
 * new nn.CircularPad1d(1).forward(tensor([[[1, 2, 3]]])); // tensor([[[3., 1., 2., 3., 1.]]])
 */
export class CircularPad1d extends Pad {
  protected override readonly mode = "circular";

  constructor(padding: Padding1d);
  constructor(options: { readonly padding: Padding1d });
  constructor(...given: readonly unknown[]) {
    super(readPadding("CircularPad1d", 1, given));
  }
}

/**
 * Pads the last two dimensions with a constant. See `functional.pad`; negative numbers crop.
 *
 * Shape: `(N,C,H,W)` or `(C,H,W)` to the padded shape.
 *
 * @example
 * new nn.ConstantPad2d(1, 3.5).forward(rand(2, 3, 4, 4)).shape; // [2, 3, 6, 6]
 */
export class ConstantPad2d extends ConstantPad {
  constructor(padding: Padding2d, value: number);
  constructor(options: { readonly padding: Padding2d } & ConstantPadOptions);
  constructor(padding: Padding2d, options: ConstantPadOptions);
  constructor(...given: readonly unknown[]) {
    super(readConstant("ConstantPad2d", 2, given));
  }
}

/**
 * Pads the last two dimensions with zeros. See `functional.pad`; negative numbers crop.
 *
 * Shape: `(N,C,H,W)` or `(C,H,W)` to the padded shape.
 *
 * @example
 * new nn.ZeroPad2d(1).forward(rand(2, 3, 4, 4)).shape; // [2, 3, 6, 6]
 */
export class ZeroPad2d extends ConstantPad {
  constructor(padding: Padding2d);
  constructor(options: { readonly padding: Padding2d });
  constructor(...given: readonly unknown[]) {
    super({ padding: readPadding("ZeroPad2d", 2, given), value: 0 });
  }
  override extraRepr(): string {
    return pythonRepr(this.padding);
  }
}

/**
 * Pads the last two dimensions with the input reflected at its border. See `functional.pad`.
 *
 * Shape: `(N,C,H,W)` or `(C,H,W)` to the padded shape.
 *
 * @throws ShapeError for a padding that is too large for the input.
 * @example
 * new nn.ReflectionPad2d(1).forward(rand(2, 3, 4, 4)).shape; // [2, 3, 6, 6]
 */
export class ReflectionPad2d extends Pad {
  protected override readonly mode = "reflect";

  constructor(padding: Padding2d);
  constructor(options: { readonly padding: Padding2d });
  constructor(...given: readonly unknown[]) {
    super(readPadding("ReflectionPad2d", 2, given));
  }
}

/**
 * Pads the last two dimensions with the border of the input. See `functional.pad`.
 *
 * Shape: `(N,C,H,W)` or `(C,H,W)` to the padded shape.
 *
 * @throws ShapeError for a padding that is too large for the input.
 * @example
 * new nn.ReplicationPad2d(1).forward(rand(2, 3, 4, 4)).shape; // [2, 3, 6, 6]
 */
export class ReplicationPad2d extends Pad {
  protected override readonly mode = "replicate";

  constructor(padding: Padding2d);
  constructor(options: { readonly padding: Padding2d });
  constructor(...given: readonly unknown[]) {
    super(readPadding("ReplicationPad2d", 2, given));
  }
}

/**
 * Pads the last two dimensions with the other end of the input. See `functional.pad`.
 *
 * Shape: `(N,C,H,W)` to the padded shape.
 *
 * @throws ShapeError for a padding that is too large for the input.
 * @example
 * new nn.CircularPad2d(1).forward(rand(2, 3, 4, 4)).shape; // [2, 3, 6, 6]
 */
export class CircularPad2d extends Pad {
  protected override readonly mode = "circular";

  constructor(padding: Padding2d);
  constructor(options: { readonly padding: Padding2d });
  constructor(...given: readonly unknown[]) {
    super(readPadding("CircularPad2d", 2, given));
  }
}

/**
 * Pads the last three dimensions with a constant. See `functional.pad`; negative numbers crop.
 *
 * Shape: `(N,C,D,H,W)` or `(C,D,H,W)` to the padded shape.
 *
 * @example
 * new nn.ConstantPad3d(1, 3.5).forward(rand(2, 3, 4, 4, 4)).shape; // [2, 3, 6, 6, 6]
 */
export class ConstantPad3d extends ConstantPad {
  constructor(padding: Padding3d, value: number);
  constructor(options: { readonly padding: Padding3d } & ConstantPadOptions);
  constructor(padding: Padding3d, options: ConstantPadOptions);
  constructor(...given: readonly unknown[]) {
    super(readConstant("ConstantPad3d", 3, given));
  }
}

/**
 * Pads the last three dimensions with zeros. See `functional.pad`; negative numbers crop.
 *
 * Shape: `(N,C,D,H,W)` or `(C,D,H,W)` to the padded shape.
 *
 * @example
 * new nn.ZeroPad3d(1).forward(rand(2, 3, 4, 4, 4)).shape; // [2, 3, 6, 6, 6]
 */
export class ZeroPad3d extends ConstantPad {
  constructor(padding: Padding3d);
  constructor(options: { readonly padding: Padding3d });
  constructor(...given: readonly unknown[]) {
    super({ padding: readPadding("ZeroPad3d", 3, given), value: 0 });
  }
  override extraRepr(): string {
    return pythonRepr(this.padding);
  }
}

/**
 * Pads the last three dimensions with the input reflected at its border. See `functional.pad`.
 *
 * Shape: `(N,C,D,H,W)` or `(C,D,H,W)` to the padded shape.
 *
 * @throws ShapeError for a padding that is too large for the input.
 * @example
 * new nn.ReflectionPad3d(1).forward(rand(2, 3, 4, 4, 4)).shape; // [2, 3, 6, 6, 6]
 */
export class ReflectionPad3d extends Pad {
  protected override readonly mode = "reflect";

  constructor(padding: Padding3d);
  constructor(options: { readonly padding: Padding3d });
  constructor(...given: readonly unknown[]) {
    super(readPadding("ReflectionPad3d", 3, given));
  }
}

/**
 * Pads the last three dimensions with the border of the input. See `functional.pad`.
 *
 * Shape: `(N,C,D,H,W)` or `(C,D,H,W)` to the padded shape.
 *
 * @throws ShapeError for a padding that is too large for the input.
 * @example
 * new nn.ReplicationPad3d(1).forward(rand(2, 3, 4, 4, 4)).shape; // [2, 3, 6, 6, 6]
 */
export class ReplicationPad3d extends Pad {
  protected override readonly mode = "replicate";

  constructor(padding: Padding3d);
  constructor(options: { readonly padding: Padding3d });
  constructor(...given: readonly unknown[]) {
    super(readPadding("ReplicationPad3d", 3, given));
  }
}

/**
 * Pads the last three dimensions with the other end of the input. See `functional.pad`.
 *
 * Shape: `(N,C,D,H,W)` to the padded shape.
 *
 * @throws ShapeError for a padding that is too large for the input.
 * @example
 * new nn.CircularPad3d(1).forward(rand(2, 3, 4, 4, 4)).shape; // [2, 3, 6, 6, 6]
 */
export class CircularPad3d extends Pad {
  protected override readonly mode = "circular";

  constructor(padding: Padding3d);
  constructor(options: { readonly padding: Padding3d });
  constructor(...given: readonly unknown[]) {
    super(readPadding("CircularPad3d", 3, given));
  }
}
