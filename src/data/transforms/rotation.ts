/** @file Rotation of images by an angle, given or random. */
import { type Args, optional, required, signature } from "../../core/arguments.ts";
import { describeBare, describeValue } from "../../core/describe.ts";
import { ValueError } from "../../core/errors.ts";
import { aBoolean, type Kind, kind, nullable, oneOf, oneOrMoreNumbers, worded } from "../../core/kinds.ts";
import { pythonRepr } from "../../core/python-repr.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { randomUniform } from "./draws.ts";
import { imageSize, onPicture, type Picture } from "./picture.ts";
import { pillowRotate } from "./pillow-sampling.ts";
import {
  type AffineMatrix,
  affineBounds,
  affinePlaces,
  checkMixable,
  type Fill,
  type SamplingInterpolation,
  sampleImage,
} from "./sampling.ts";

/** Options of {@link RandomRotation}. */
export interface RandomRotationOptions {
  /** Interpolation mode. Default "nearest". */
  readonly interpolation?: "nearest" | "bilinear" | undefined;
  /** Expand the output to hold the entire rotated image. Default false. */
  readonly expand?: boolean | undefined;
  /**
   * Center of rotation [x, y], from the upper left corner. Default null: the center of the image. Not with `expand`.
   */
  readonly center?: readonly [number, number] | null | undefined;
  /** Pixel fill value for the area outside the rotated image, one for all channels or one for each. Default 0. */
  readonly fill?: Fill | null | undefined;
}

const aPoint: Kind<readonly [number, number]> = kind(
  "a point [column, row]",
  (value) => Array.isArray(value) && value.length === 2 && value.every(Number.isFinite),
);

const ROTATION = signature("RandomRotation", {
  degrees: required(oneOrMoreNumbers),
  interpolation: optional(
    worded(
      oneOf("nearest", "bilinear"),
      (_, value) => `interpolation should be nearest or bilinear, got ${describeBare(value)}`,
    ),
    "nearest",
  ),
  expand: optional(aBoolean, false),
  center: optional(nullable(aPoint), null),
  fill: optional(nullable(oneOrMoreNumbers), 0),
});

/**
 * Rotates an image counter-clockwise by a random angle: a tensor [..., rows, columns], or an `ndarray` with Pillow's numbers.
 *
 * @throws ValueError for options out of range.
 * @example
 * const rotate = new data.transforms.RandomRotation([180, 180]);
 * rotate.forward(tensor([[[1, 2], [3, 4]]]));
 * // tensor([[[4., 3.],
 * //          [2., 1.]]])
 */
export class RandomRotation {
  /** Range of the angle, in degrees. */
  readonly degrees: readonly [from: number, to: number];
  /** Interpolation mode. */
  readonly interpolation: "nearest" | "bilinear";
  /** Whether the output holds the entire rotated image. */
  readonly expand: boolean;
  /** Center of rotation [x, y], or null. */
  readonly center: readonly [number, number] | null;
  /** Pixel fill value for the area outside the rotated image. */
  readonly fill: Fill | null;

  /** @param degrees - Bounds of the angle; one number stands for −degrees … degrees. */
  constructor(
    ...args: Args<
      [degrees: number | readonly [number, number]],
      [
        interpolation: SamplingInterpolation,
        expand: boolean,
        center: readonly [number, number] | null,
        fill: Fill | null,
      ],
      { readonly degrees: number | readonly [number, number] } & RandomRotationOptions
    >
  ) {
    const { degrees, interpolation, expand, center, fill } = ROTATION.read(args);
    if (typeof degrees === "number" && !(degrees >= 0)) {
      throw new ValueError("[RandomRotation] If degrees is a single number, it must be positive.");
    }
    const bounds = typeof degrees === "number" ? [0 - degrees, degrees] : degrees;
    const [from = Number.NaN, to = Number.NaN] = bounds;
    if (bounds.length !== 2 || !Number.isFinite(to - from) || from > to) {
      throw new ValueError(`[RandomRotation] degrees should be two rising numbers, but got ${describeValue(degrees)}`);
    }
    this.degrees = [from, to];
    this.interpolation = interpolation;
    this.expand = expand;
    this.center = center;
    this.fill = fill;
    if (this.expand && this.center !== null) {
      throw new ValueError("[RandomRotation] expand turns around the middle: leave out the center");
    }
  }

  /** Draws one angle and rotates the image. @throws DTypeError for bilinear interpolation of int32. */
  forward<I extends Picture>(image: I): I {
    imageSize("RandomRotation", image);
    const angle = randomUniform(...this.degrees);
    return rotatePicture("RandomRotation", image, angle, this);
  }

  /** torchvision's text. */
  toString(): string {
    const expand = this.expand ? "True" : "False";
    const center = this.center === null ? "" : `, center=(${this.center.join(", ")})`;
    return `RandomRotation(degrees=[${this.degrees.join(", ")}], interpolation=${this.interpolation}, expand=${expand}${center}, fill=${pythonRepr(this.fill ?? 0)})`;
  }
}

/** How an image is rotated. */
interface RotateSettings {
  readonly interpolation: SamplingInterpolation;
  readonly expand: boolean;
  readonly center: readonly [number, number] | null;
  readonly fill: Fill | null;
}

/** An image rotated counter-clockwise by an angle in degrees. */
export function rotatePicture<I extends Picture>(op: string, image: I, angle: number, settings: RotateSettings): I {
  return onPicture(
    op,
    image,
    (pixels) => rotateImage(op, pixels, angle, settings),
    (pixels) => pillowRotate(op, pixels, angle, settings),
  );
}

/** A tensor image rotated counter-clockwise by an angle in degrees. */
function rotateImage(op: string, image: Tensor, angle: number, settings: RotateSettings): Tensor {
  const { interpolation, expand, center, fill } = settings;
  const size = imageSize(op, image);
  checkMixable(op, image, interpolation);
  const radians = (angle * Math.PI) / 180;
  const [cos, sin] = [Math.cos(radians), Math.sin(radians)];
  const [x0, y0] = center === null ? [0, 0] : [center[0] - size[1] / 2, center[1] - size[0] / 2];
  const matrix: AffineMatrix = [cos, -sin, x0 - cos * x0 + sin * y0, sin, cos, y0 - sin * x0 - cos * y0];
  const target = expand ? affineBounds(matrix, size) : size;
  return sampleImage(op, image, affinePlaces(image, matrix, target), interpolation, fill);
}
