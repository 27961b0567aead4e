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

/** Number of dimensions that are padded. */
type Dimensions = 1 | 2 | 3;

/** Base of the padding layers of the padding `P`. */
abstract class Pad<P extends number | readonly number[]> extends Module {
  /** Numbers of elements: [left, right, top, bottom, …], beginning with the last dimension. */
  padding: readonly number[];

  constructor(padding: P);
  constructor(options: { readonly padding: P });
  constructor(...given: readonly unknown[]) {
    super();
    const { op, dims } = this.kind();
    this.padding = signature(op, { padding: required(SIDES[dims]) }).read(given).padding;
  }
  /** What the class fixes; `mode` is what stands in the padding. */
  protected abstract kind(): { readonly op: string; readonly dims: Dimensions; readonly mode: PadMode };

  override forward(x: Tensor): Tensor {
    return pad(x, this.padding, this.kind().mode);
  }
  override extraRepr(): string {
    return pythonRepr(this.padding);
  }
}

/** Base of the layers that pad with a constant. */
abstract class ConstantPad<P extends number | readonly number[]> extends Module {
  /** Numbers of elements: [left, right, top, bottom, …], beginning with the last dimension. */
  padding: readonly number[];
  /** The constant. */
  value: number;

  constructor(padding: P, value: number);
  constructor(options: { readonly padding: P } & ConstantPadOptions);
  constructor(padding: P, options: ConstantPadOptions);
  constructor(...given: readonly unknown[]) {
    super();
    const dims = this.dims();
    const reader = signature(`ConstantPad${dims}d`, { padding: required(SIDES[dims]), value: required(aNumber) });
    const { padding, value } = reader.read(given);
    this.padding = padding;
    this.value = value;
  }
  /** Number of dimensions that are padded. */
  protected abstract dims(): Dimensions;

  override forward(x: Tensor): Tensor {
    return pad(x, this.padding, "constant", this.value);
  }
  override extraRepr(): string {
    return `padding=${pythonRepr(this.padding)}, value=${pythonRepr(this.value)}`;
  }
}

/**
 * Pads the last dimension with a constant. See `functional.pad`; negative numbers crop.
 *
 * Shape: `(N,C,L)` or `(C,L)` to the padded shape.
 *
 * @example
 * new nn.ConstantPad1d(1, 3.5).forward(rand(2, 3, 4)).shape; // [2, 3, 6]
 */
export class ConstantPad1d extends ConstantPad<Padding1d> {
  protected override dims(): 1 {
    return 1;
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
export class ZeroPad1d extends Pad<Padding1d> {
  protected override kind() {
    return { op: "ZeroPad1d", dims: 1, mode: "constant" } as const;
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
export class ReflectionPad1d extends Pad<Padding1d> {
  protected override kind() {
    return { op: "ReflectionPad1d", dims: 1, mode: "reflect" } as const;
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
export class ReplicationPad1d extends Pad<Padding1d> {
  protected override kind() {
    return { op: "ReplicationPad1d", dims: 1, mode: "replicate" } as const;
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
export class CircularPad1d extends Pad<Padding1d> {
  protected override kind() {
    return { op: "CircularPad1d", dims: 1, mode: "circular" } as const;
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
export class ConstantPad2d extends ConstantPad<Padding2d> {
  protected override dims(): 2 {
    return 2;
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
export class ZeroPad2d extends Pad<Padding2d> {
  protected override kind() {
    return { op: "ZeroPad2d", dims: 2, mode: "constant" } as const;
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
export class ReflectionPad2d extends Pad<Padding2d> {
  protected override kind() {
    return { op: "ReflectionPad2d", dims: 2, mode: "reflect" } as const;
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
export class ReplicationPad2d extends Pad<Padding2d> {
  protected override kind() {
    return { op: "ReplicationPad2d", dims: 2, mode: "replicate" } as const;
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
export class CircularPad2d extends Pad<Padding2d> {
  protected override kind() {
    return { op: "CircularPad2d", dims: 2, mode: "circular" } as const;
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
export class ConstantPad3d extends ConstantPad<Padding3d> {
  protected override dims(): 3 {
    return 3;
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
export class ZeroPad3d extends Pad<Padding3d> {
  protected override kind() {
    return { op: "ZeroPad3d", dims: 3, mode: "constant" } as const;
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
export class ReflectionPad3d extends Pad<Padding3d> {
  protected override kind() {
    return { op: "ReflectionPad3d", dims: 3, mode: "reflect" } as const;
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
export class ReplicationPad3d extends Pad<Padding3d> {
  protected override kind() {
    return { op: "ReplicationPad3d", dims: 3, mode: "replicate" } as const;
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
export class CircularPad3d extends Pad<Padding3d> {
  protected override kind() {
    return { op: "CircularPad3d", dims: 3, mode: "circular" } as const;
  }
}
