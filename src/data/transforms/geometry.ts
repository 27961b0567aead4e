/** @file Geometric transforms of images: Pad and Resize. */

import { type Args, optional, required, signature } from "../../core/arguments.ts";
import { describeBare, describeValue } from "../../core/describe.ts";
import { ShapeError, ValueError } from "../../core/errors.ts";
import { aBoolean, aNumber, type Kind, nullable, oneOf, oneOrMoreNumbers, worded } from "../../core/kinds.ts";
import { tensor } from "../../tensor/create.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { checkCount, checkPositiveInteger, numbersOf } from "../arguments.ts";
import { imageSize, onPicture, type Picture } from "./picture.ts";
import {
  antialiasedWeights,
  cubicFilter,
  RESIZE_MODES,
  type ResizeInterpolation,
  resampleBytes,
  TRIANGLE,
} from "./resample.ts";

/** One number for both, or [height, width]. */
export type ImageSize = number | readonly [size: number] | readonly [height: number, width: number];

/** For all sides; [left and right, top and bottom]; or [left, top, right, bottom]. */
export type Padding =
  | number
  | readonly [number]
  | readonly [number, number]
  | readonly [number, number, number, number];

/**
 * "constant": a value; "edge": the last pixel; "reflect": mirrored without, "symmetric" with repeating the last pixel.
 */
export type PaddingMode = "constant" | "edge" | "reflect" | "symmetric";

/** A size, which {@link readSize} checks. */
export const aSizeOrTwo = oneOrMoreNumbers as Kind<ImageSize>;

/** A border, which {@link Pad} checks. */
export const aBorder = oneOrMoreNumbers as Kind<Padding>;

/** A size as [height, width]. @throws ValueError unless it is one or two positive integers. */
export function readSize(op: string, size: ImageSize): readonly [height: number, width: number] {
  const given = numbersOf(op, "size", size);
  const pair = given.length === 1 ? [...given, ...given] : given;
  if (pair.length !== 2) throw new ValueError(`[${op}] Please provide only two dimensions (h, w) for size.`);
  for (const value of pair) checkPositiveInteger(op, "size", value);
  return pair as unknown as readonly [number, number];
}

/** Options of {@link Pad}. */
export interface PadTransformOptions {
  /** Pixel fill value for the mode "constant". Default 0. */
  readonly fill?: number | undefined;
  /** Type of padding. Default "constant". */
  readonly paddingMode?: PaddingMode | undefined;
}

/** The options of Pad, and those of RandomCrop for its border. */
export const PAD_OPTIONS = {
  fill: optional(aNumber, 0),
  paddingMode: optional(
    worded(
      oneOf("constant", "edge", "reflect", "symmetric"),
      () => "Padding mode should be either constant, edge, reflect or symmetric",
    ),
    "constant",
  ),
};
const PAD = signature("Pad", { padding: required(aBorder), ...PAD_OPTIONS });

/**
 * Pads an image on all sides: a tensor [..., rows, columns], or an `ndarray`.
 *
 * @throws ValueError for a padding that is not 1, 2 or 4 integers of at least 0, or an unknown mode.
 * @example
 * new data.transforms.Pad([1, 0]).forward(ones(1, 1, 2)); // tensor([[[0., 1., 1., 0.]]])
 */
export class Pad {
  /** Padding on each border. */
  readonly padding: Padding;
  /** Pixel fill value for the mode "constant". */
  readonly fill: number;
  /** Type of padding. */
  readonly paddingMode: PaddingMode;
  /** Whether a batch of images gives the batch of the results. */
  readonly batched = true;
  readonly #sides: readonly [left: number, top: number, right: number, bottom: number];

  constructor(
    ...args: Args<
      [padding: Padding],
      [fill: number, paddingMode: PaddingMode],
      { readonly padding: Padding } & PadTransformOptions
    >
  ) {
    const { padding, fill, paddingMode } = PAD.read(args);
    this.padding = padding;
    this.fill = fill;
    this.paddingMode = paddingMode;
    this.#sides = sidesOf("Pad", padding);
  }

  /** Pads an image. @throws ShapeError if a mirrored border is larger than the image. */
  forward<I extends Picture>(image: I): I {
    imageSize("Pad", image);
    return onPicture("Pad", image, (pixels) => this.#pad(pixels));
  }

  #pad(image: Tensor): Tensor {
    const [height, width] = imageSize("Pad", image);
    const [left, top, right, bottom] = this.#sides;
    if (this.paddingMode === "constant") return image.pad([left, right, top, bottom], { value: this.fill });
    return pick(image, bordered(height, top, bottom, this.paddingMode), bordered(width, left, right, this.paddingMode));
  }

  /** torchvision's text. */
  toString(): string {
    const padding = typeof this.padding === "number" ? this.padding : `(${this.padding.join(", ")})`;
    return `Pad(padding=${padding}, fill=${this.fill}, padding_mode=${this.paddingMode})`;
  }
}

function sidesOf(op: string, padding: Padding): readonly [number, number, number, number] {
  const given = numbersOf(op, "padding", padding);
  if (![1, 2, 4].includes(given.length) || !given.every((value) => Number.isInteger(value) && value >= 0)) {
    throw new ValueError(
      `[${op}] Padding must be an integer or a list of 2 or 4 of them, but got ${describeValue(padding)}`,
    );
  }
  const [left = 0, top = left, right = left, bottom = top] = given;
  return [left, top, right, bottom];
}

/** From which line each line of a padded image comes. */
function bordered(size: number, before: number, after: number, mode: PaddingMode): number[] {
  const last = size - 1;
  const widest = mode === "reflect" ? last : size;
  if (mode !== "edge" && Math.max(before, after) > widest) {
    throw new ShapeError(`[Pad] a border of ${Math.max(before, after)} cannot mirror an image of ${size}`);
  }
  const source = (i: number): number => {
    if (i >= 0 && i <= last) return i;
    if (mode === "edge") return i < 0 ? 0 : last;
    const turn = mode === "reflect" ? 0 : 1;
    return i < 0 ? -i - turn : 2 * last - i + turn;
  };
  checkCount("Pad", "a row or column of the result", before + size + after);
  return Array.from({ length: before + size + after }, (_, i) => source(i - before));
}

/** The given rows and columns of an image. */
function pick(image: Tensor, rows: readonly number[], columns: readonly number[]): Tensor {
  const along = (indices: readonly number[]): Tensor => tensor(Int32Array.from(indices), { device: image.device });
  return image.indexSelect(-2, along(rows)).indexSelect(-1, along(columns));
}

/** Options of {@link Resize}. */
export interface ResizeOptions {
  /** Interpolation mode. Default "bilinear". */
  readonly interpolation?: ResizeInterpolation | undefined;
  /** Maximum allowed length of the longer edge; only if `size` is one number. Default null: none. */
  readonly maxSize?: number | null | undefined;
  /** Apply antialiasing when downscaling; not for "nearest". An `ndarray` always is, as in Pillow. Default true; null: false. */
  readonly antialias?: boolean | null | undefined;
}

/** The options of {@link Resize} but for `maxSize`. */
export const RESIZE_INTERPOLATION = {
  interpolation: optional(
    worded(
      oneOf(...RESIZE_MODES),
      (_, value) => `interpolation should be ${RESIZE_MODES.join(", ")}, but got ${describeBare(value)}`,
    ),
    "bilinear",
  ),
} as const;

const RESIZE = signature("Resize", {
  size: required(aSizeOrTwo),
  ...RESIZE_INTERPOLATION,
  maxSize: optional(nullable(aNumber), null),
  antialias: optional(nullable(aBoolean), true),
});

/** What may follow the size of {@link Resize} by position. */
export type ResizePositions = [interpolation: ResizeInterpolation, maxSize: number | null, antialias: boolean | null];

/**
 * Resizes an image to [height, width], or its shorter edge to a length: a tensor [..., rows, columns], or an `ndarray` with
 * Pillow's numbers.
 *
 * @throws ValueError for options out of range.
 * @example
 * const resize = new data.transforms.Resize([1, 2]);
 * resize.forward(tensor([[[1, 3, 5, 7]]])).shape; // [1, 1, 2]
 */
export class Resize {
  /** [height, width], or the length of the shorter edge. */
  readonly size: number | readonly [height: number, width: number];
  /** Interpolation mode. */
  readonly interpolation: ResizeInterpolation;
  /** Maximum allowed length of the longer edge, or null. */
  readonly maxSize: number | null;
  /** Whether antialiasing is applied when downscaling. */
  readonly antialias: boolean;
  /** Whether a batch of images gives the batch of the results. */
  readonly batched = true;

  constructor(...args: Args<[size: ImageSize], ResizePositions, { readonly size: ImageSize } & ResizeOptions>) {
    const { size: given, interpolation, maxSize, antialias } = RESIZE.read(args);
    const [height, width] = readSize("Resize", given);
    const size = typeof given === "number" || given.length === 2 ? given : height;
    this.size = typeof size === "number" ? size : [height, width];
    this.interpolation = interpolation;
    this.maxSize = maxSize;
    this.antialias = antialias ?? false;
    if (this.maxSize !== null && typeof size !== "number") {
      throw new ValueError("[Resize] max_size should only be passed if size specifies the length of the smaller edge");
    }
    if (this.maxSize !== null && !(this.maxSize > (size as number))) {
      throw new ValueError(
        `[Resize] max_size = ${this.maxSize} must be strictly greater than the requested size for the smaller edge size = ${String(size)}`,
      );
    }
  }

  /** Resizes an image. @throws DataError, ShapeError for anything but an image. */
  forward<I extends Picture>(image: I): I {
    const [height, width] = imageSize("Resize", image);
    const [rows, columns] = this.#target(height, width);
    if (rows === height && columns === width) return image;
    checkCount("Resize", "the weights of the rows", rows * height);
    checkCount("Resize", "the weights of the columns", columns * width);
    checkCount("Resize", "the result", rows * columns);
    if (!(image instanceof Tensor) && image.dtype === "uint8") {
      return resampleBytes(image, rows, columns, this.interpolation) as I;
    }
    return onPicture("Resize", image, (pixels) => this.#resize(pixels, [rows, columns]));
  }

  #resize(image: Tensor, [rows, columns]: readonly [number, number]): Tensor {
    const [height, width] = imageSize("Resize", image);
    const { interpolation, antialias } = this;
    if (interpolation === "nearest") return pick(image, nearest(height, rows), nearest(width, columns));
    if (interpolation !== "bilinear" && interpolation !== "bicubic") {
      throw new ValueError(
        `[Resize] "${interpolation}" is for images of bytes as files have them. Tensors take "nearest", "bilinear" or "bicubic".`,
      );
    }
    const numbers = image.isFloatingPoint() ? image : image.float();
    const matrix = (from: number, to: number): Tensor => {
      const weights = weightMatrix(from, to, interpolation, antialias);
      return tensor(weights, { dtype: numbers.dtype, device: image.device });
    };
    const resized = matrix(height, rows).matmul(numbers.matmul(matrix(width, columns).t()));
    if (image.isFloatingPoint()) return resized;
    const inRange = image.dtype === "uint8" ? resized.clamp(0, 255) : resized;
    return inRange.round().to(image.dtype);
  }

  #target(height: number, width: number): readonly [number, number] {
    if (typeof this.size !== "number") return this.size;
    const [short, long] = [Math.min(height, width), Math.max(height, width)];
    let [newShort, newLong] = [this.size, Math.trunc((this.size * long) / short)];
    if (this.maxSize !== null && newLong > this.maxSize) {
      [newShort, newLong] = [Math.trunc((this.maxSize * newShort) / newLong), this.maxSize];
    }
    return height <= width ? [newShort, newLong] : [newLong, newShort];
  }

  /** torchvision's text. */
  toString(): string {
    const size = typeof this.size === "number" ? this.size : `[${this.size.join(", ")}]`;
    const max = this.maxSize ?? "None";
    const antialias = this.antialias ? "True" : "False";
    return `Resize(size=${size}, interpolation=${this.interpolation}, max_size=${max}, antialias=${antialias})`;
  }
}

/** From which line each line of a scaled image comes. */
function nearest(from: number, to: number): number[] {
  return Array.from({ length: to }, (_, i) => Math.min(Math.floor((i * from) / to), from - 1));
}

/** The share of each old pixel in each new one. */
function weightMatrix(from: number, to: number, mode: "bilinear" | "bicubic", antialias: boolean): number[][] {
  if (antialias) {
    const filter = mode === "bilinear" ? TRIANGLE : cubicFilter(-0.5);
    return antialiasedWeights(from, to, filter).map(({ first, weights }) => {
      return Array.from({ length: from }, (_, j) => weights[j - first] ?? 0);
    });
  }
  const { support, at } = mode === "bilinear" ? TRIANGLE : cubicFilter(-0.75);
  const scale = from / to;
  return Array.from({ length: to }, (_, i) => {
    const row = new Array<number>(from).fill(0);
    const inside = scale * (i + 0.5) - 0.5;
    const center = mode === "bilinear" ? Math.max(inside, 0) : inside;
    // What lies outside repeats the outermost pixels.
    for (let j = Math.floor(center) - support + 1; j <= Math.floor(center) + support; j++) {
      const inner = Math.min(Math.max(j, 0), from - 1);
      row[inner] = (row[inner] as number) + at(j - center);
    }
    return row;
  });
}
