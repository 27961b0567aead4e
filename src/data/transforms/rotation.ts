/** @file RandomRotation of tensor images [..., rows, columns]. */
import { keyword, signature } from "../../core/arguments.ts";
import { describeBare, describeValue } from "../../core/describe.ts";
import { DTypeError, ValueError } from "../../core/errors.ts";
import { aBoolean, aNumber, type Kind, kind, nullable, oneOf, worded } from "../../core/kinds.ts";
import { tensor } from "../../tensor/create.ts";
import { defaultGenerator } from "../../tensor/random/generator.ts";
import { fillUniform } from "../../tensor/random/uniform.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { numbersOf } from "../arguments.ts";
import { imageSize } from "./geometry.ts";

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
  /** Pixel fill value for the area outside the rotated image. Default 0. */
  readonly fill?: number | undefined;
}

const aPoint: Kind<readonly [number, number]> = kind(
  "a point [column, row]",
  (value) => Array.isArray(value) && value.length === 2 && value.every(Number.isFinite),
);

const ROTATION = signature("RandomRotation", {
  interpolation: keyword(
    worded(
      oneOf("nearest", "bilinear"),
      (_, value) => `interpolation should be nearest or bilinear, got ${describeBare(value)}`,
    ),
    "nearest",
  ),
  expand: keyword(aBoolean, false),
  center: keyword(nullable(aPoint), null),
  fill: keyword(aNumber, 0),
});

/**
 * Rotates a tensor image [..., rows, columns] counter-clockwise by a random angle.
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
  readonly fill: number;

  /** @param degrees - Bounds of the angle; one number stands for −degrees … degrees. */
  constructor(degrees: number | readonly [number, number], options: RandomRotationOptions = {}) {
    const { interpolation, expand, center, fill } = ROTATION.read([options]);
    if (typeof degrees === "number" && !(degrees >= 0)) {
      throw new ValueError("[RandomRotation] If degrees is a single number, it must be positive.");
    }
    const bounds = numbersOf("RandomRotation", "degrees", typeof degrees === "number" ? [-degrees, degrees] : degrees);
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

  /** Draws one angle and rotates the image. @throws DTypeError for bilinear interpolation of integers. */
  forward(image: Tensor): Tensor {
    const [height, width] = imageSize("RandomRotation", image);
    const angle = new Float32Array(1);
    fillUniform(angle, ...this.degrees, defaultGenerator);
    if (this.interpolation === "bilinear" && !image.isFloatingPoint()) {
      throw new DTypeError(`[RandomRotation] bilinear needs a float tensor, but got ${image.dtype}`);
    }
    const radians = ((angle[0] as number) * Math.PI) / 180;
    const [cos, sin] = [Math.cos(radians), Math.sin(radians)];
    const [rows, columns] = this.expand ? boundsOf(height, width, cos, sin) : [height, width];
    const [x0, y0] = this.center === null ? [0, 0] : [this.center[0] - width / 2, this.center[1] - height / 2];
    // Where each new pixel was, in columns and rows from the first pixel's middle.
    const places = Array.from({ length: rows * columns }, (_, i): readonly [number, number] => {
      const x = (i % columns) + 0.5 - columns / 2 - x0;
      const y = Math.floor(i / columns) + 0.5 - rows / 2 - y0;
      return [cos * x - sin * y + x0 + width / 2 - 0.5, sin * x + cos * y + y0 + height / 2 - 0.5];
    });
    const taps = this.interpolation === "nearest" ? [nearestTap] : CORNERS.map(cornerTap);
    return this.#sample(image, places, taps).unflatten(-1, [rows, columns]);
  }

  /** The sum over the taps of weight times pixel, and the fill for the share that lies outside. */
  #sample(image: Tensor, places: readonly (readonly [number, number])[], taps: readonly Tap[]): Tensor {
    const [height, width] = imageSize("RandomRotation", image);
    const { dtype, device } = image;
    const pixels = image.flatten(-2);
    const inside = new Float64Array(places.length);
    let mixed: Tensor | undefined;
    for (const tap of taps) {
      const index = new Int32Array(places.length);
      const weights = new Float64Array(places.length);
      for (const [i, place] of places.entries()) {
        const [column, row, weight] = tap(place);
        if (column < 0 || row < 0 || column >= width || row >= height) continue;
        index[i] = row * width + column;
        weights[i] = weight;
        inside[i] = (inside[i] as number) + weight;
      }
      const chosen = pixels.indexSelect(-1, tensor(index, { device })).mul(tensor(weights, { dtype, device }));
      mixed = mixed === undefined ? chosen : mixed.add(chosen);
    }
    const share = tensor(inside, { device }).to(dtype);
    // torchvision weighs mixed pixels at the edge by their share once more.
    const weighed = (mixed as Tensor).mul(share);
    return weighed.add(
      tensor(
        inside.map((part) => (1 - part) * this.fill),
        { device },
      ).to(dtype),
    );
  }

  /** torchvision's text. */
  toString(): string {
    const expand = this.expand ? "True" : "False";
    const center = this.center === null ? "" : `, center=(${this.center.join(", ")})`;
    return `RandomRotation(degrees=[${this.degrees.join(", ")}], interpolation=${this.interpolation}, expand=${expand}${center}, fill=${this.fill})`;
  }
}

/** Column and row of a pixel near a place, and its weight there. */
type Tap = (place: readonly [x: number, y: number]) => readonly [column: number, row: number, weight: number];

const nearestTap: Tap = ([x, y]) => [roundHalfEven(x), roundHalfEven(y), 1];

const CORNERS = [
  [0, 0],
  [1, 0],
  [0, 1],
  [1, 1],
] as const;

function cornerTap([right, down]: readonly [number, number]): Tap {
  return ([x, y]) => {
    const [column, row] = [Math.floor(x) + right, Math.floor(y) + down];
    return [column, row, (1 - Math.abs(x - column)) * (1 - Math.abs(y - row))];
  };
}

function roundHalfEven(x: number): number {
  const low = Math.floor(x);
  if (x - low === 0.5) return low % 2 === 0 ? low : low + 1;
  return Math.round(x);
}

/** Rows and columns that hold the whole of a turned image. */
function boundsOf(height: number, width: number, cos: number, sin: number): readonly [number, number] {
  const cornersX = [-1, 1].flatMap((a) => [-1, 1].map((b) => (a * width * cos + b * height * sin) / 2 + width / 2));
  const cornersY = [-1, 1].flatMap((a) => [-1, 1].map((b) => (a * width * sin + b * height * cos) / 2 + height / 2));
  // Roundings of the angle must not cost a row: float32, as in torchvision, and then four decimals.
  const cut = (x: number): number => Math.trunc(Math.fround(x) * 1e4) / 1e4;
  const extent = (xs: readonly number[]): number => Math.ceil(cut(Math.max(...xs))) - Math.floor(cut(Math.min(...xs)));
  return [extent(cornersY), extent(cornersX)];
}
