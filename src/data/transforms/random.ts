/** @file Random crops and flips of images. They draw from the default generator, as torchvision. */
import { type Args, optional, required, signature, type ThenOptions } from "../../core/arguments.ts";
import { describeValue } from "../../core/describe.ts";
import { ShapeError, ValueError } from "../../core/errors.ts";
import { aBoolean, aNumber, nullable } from "../../core/kinds.ts";
import { randomBelow, randomUniform } from "./draws.ts";
import {
  aBorder,
  aSizeOrTwo,
  type ImageSize,
  PAD_OPTIONS,
  Pad,
  type Padding,
  type PaddingMode,
  type PadTransformOptions,
  readSize,
} from "./geometry.ts";
import { imageSize, onPicture, type Picture } from "./picture.ts";

/** Options of {@link RandomCrop}. */
export interface RandomCropOptions extends PadTransformOptions {
  /** Padding on each border, applied first. Default null: none. */
  readonly padding?: Padding | null | undefined;
  /** Pad the image if it is smaller than the size. Default false. */
  readonly padIfNeeded?: boolean | undefined;
}

const CROP = signature("RandomCrop", {
  size: required(aSizeOrTwo),
  padding: optional(nullable(aBorder), null),
  padIfNeeded: optional(aBoolean, false),
  ...PAD_OPTIONS,
});

/**
 * Crops an image at a random location: a tensor [..., rows, columns], or an `ndarray`.
 *
 * @throws ValueError for options out of range.
 * @example
 * new data.transforms.RandomCrop(2, { padding: 1 }).forward(ones(1, 4, 4)).shape; // [1, 2, 2]
 */
export class RandomCrop {
  /** Size of the crop. */
  readonly size: readonly [height: number, width: number];
  /** Padding on each border, or null. */
  readonly padding: Padding | null;
  /** Whether smaller images are padded. */
  readonly padIfNeeded: boolean;
  /** Pixel fill value for the mode "constant". */
  readonly fill: number;
  /** Type of padding. */
  readonly paddingMode: PaddingMode;

  constructor(
    ...args: Args<
      [size: ImageSize],
      [padding: Padding | null, padIfNeeded: boolean, fill: number, paddingMode: PaddingMode],
      { readonly size: ImageSize } & RandomCropOptions
    >
  ) {
    const { size, padding, padIfNeeded, fill, paddingMode } = CROP.read(args);
    this.size = readSize("RandomCrop", size);
    this.padding = padding;
    this.padIfNeeded = padIfNeeded;
    this.fill = fill;
    this.paddingMode = paddingMode;
    if (padding !== null) this.#padded(padding);
  }

  #padded(padding: Padding): Pad {
    return new Pad(padding, { fill: this.fill, paddingMode: this.paddingMode });
  }

  /** Draws the row, then the column, unless the image has the size already. @throws ShapeError for a smaller image. */
  forward<I extends Picture>(image: I): I {
    const [rows, columns] = this.size;
    let padded = this.padding === null ? image : this.#padded(this.padding).forward(image);
    const [height, width] = imageSize("RandomCrop", padded);
    if (this.padIfNeeded && width < columns) padded = this.#padded([columns - width, 0]).forward(padded);
    if (this.padIfNeeded && height < rows) padded = this.#padded([0, rows - height]).forward(padded);
    const [top, left] = RandomCrop.getParams(padded, this.size);
    return onPicture("RandomCrop", padded, (pixels) => pixels.narrow(-2, top, rows).narrow(-1, left, columns));
  }

  /**
   * Draws a place: the row, then the column, unless the image has the size already.
   *
   * @throws ShapeError for a smaller image
   */
  static getParams(
    img: Picture,
    outputSize: readonly [height: number, width: number],
  ): [top: number, left: number, height: number, width: number] {
    const [rows, columns] = readSize("RandomCrop", outputSize);
    const [height, width] = imageSize("RandomCrop", img);
    if (height < rows || width < columns) {
      throw new ShapeError(
        `[RandomCrop] Required crop size (${rows}, ${columns}) is larger than input image size (${height}, ${width})`,
      );
    }
    if (height === rows && width === columns) return [0, 0, rows, columns];
    const top = randomBelow(height - rows + 1);
    return [top, randomBelow(width - columns + 1), rows, columns];
  }

  /** torchvision's text. */
  toString(): string {
    const padding = Array.isArray(this.padding) ? `(${this.padding.join(", ")})` : (this.padding ?? "None");
    return `RandomCrop(size=(${this.size.join(", ")}), padding=${padding})`;
  }
}

const FLIP = signature("RandomHorizontalFlip", { p: optional(aNumber, 0.5) });

/**
 * Flips an image horizontally with a given probability: a tensor [..., rows, columns], or an `ndarray`.
 *
 * @throws ValueError for a probability outside [0, 1].
 * @example
 * new data.transforms.RandomHorizontalFlip(1).forward(tensor([[[1, 2, 3]]])); // tensor([[[3., 2., 1.]]])
 */
export class RandomHorizontalFlip {
  /** Probability of the image being flipped. */
  readonly p: number;

  /** @param p - The probability. Default 0.5. */
  constructor(...args: ThenOptions<[p: number], { readonly p?: number | undefined }>) {
    const { p } = FLIP.read(args);
    if (!(p >= 0 && p <= 1)) {
      throw new ValueError(`[RandomHorizontalFlip] p should be in 0 … 1, but got ${describeValue(p)}`);
    }
    this.p = p;
  }

  /** Draws one number, and flips the image if it is below the probability. */
  forward<I extends Picture>(image: I): I {
    imageSize("RandomHorizontalFlip", image);
    if (randomUniform(0, 1) >= this.p) return image;
    return onPicture("RandomHorizontalFlip", image, (pixels) => pixels.flip(-1));
  }

  /** torchvision's text. */
  toString(): string {
    return `RandomHorizontalFlip(p=${this.p})`;
  }
}
