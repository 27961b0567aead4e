/**
 * @file Images of bytes sampled at places between their pixels as Pillow does it: rotations, affine and perspective
 * transforms.
 */
import { ValueError } from "../../core/errors.ts";
import type { PackedImage } from "./picture.ts";
import type { AffineMatrix, Fill, SamplingInterpolation } from "./sampling.ts";

/** Where a pixel of the result, given by its middle, lies in the image. */
export type Place = (x: number, y: number) => readonly [x: number, y: number];

/** The color outside of an image, one byte for each channel. @throws ValueError for another number of values */
function colorOf(op: string, fill: Fill | null, channels: number): Uint8Array {
  const values = fill === null ? [0] : typeof fill === "number" ? [fill] : fill;
  if (typeof fill === "object" && fill !== null && values.length !== channels && values.length !== 1) {
    throw new ValueError(
      `[${op}] The number of elements in 'fill' does not match the number of channels of the image ` +
        `(${values.length} != ${channels})`,
    );
  }
  return Uint8Array.from({ length: channels }, (_, i) => Math.trunc(values[i] ?? (values[0] as number)));
}

function filled(op: string, image: PackedImage, height: number, width: number, fill: Fill | null): PackedImage {
  const { channels } = image;
  const color = colorOf(op, fill, channels);
  const data = new Uint8Array(height * width * channels);
  if (color.some((value) => value !== 0)) for (let i = 0; i < data.length; i += channels) data.set(color, i);
  return { width, height, channels, data };
}

/** An image sampled where an affine matrix takes each pixel of the result. */
export function pillowAffine(
  op: string,
  image: PackedImage,
  matrix: AffineMatrix,
  [height, width]: readonly [number, number],
  interpolation: SamplingInterpolation,
  fill: Fill | null,
): PackedImage {
  const [a, b, c, d, e, f] = matrix;
  if (interpolation === "bilinear") {
    return pillowSample(
      op,
      image,
      (x, y) => [a * x + b * y + c, d * x + e * y + f],
      [height, width],
      interpolation,
      fill,
    );
  }
  const result = filled(op, image, height, width, fill);
  // Pillow adds up places, whose roundings decide between two pixels: as floats if nothing turns, else in steps of 2⁻¹⁶.
  if (b === 0 && d === 0) {
    const columns = scaledPlaces(c + a * 0.5, a, width);
    const rows = scaledPlaces(f + e * 0.5, e, height);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) copyPixel(image, columns[x]!, rows[y]!, result, y * width + x);
    }
    return result;
  }
  const fixed = (value: number): number => Math.floor(value * 65536 + 0.5);
  const [right, rightDown, downRight, down] = [fixed(a), fixed(d), fixed(b), fixed(e)];
  let [startX, startY] = [fixed(c + a * 0.5 + b * 0.5), fixed(f + d * 0.5 + e * 0.5)];
  for (let y = 0; y < height; y++, startX += downRight, startY += down) {
    for (let x = 0; x < width; x++) {
      const [placeX, placeY] = [startX + x * right, startY + x * rightDown];
      copyPixel(image, Math.floor(placeX / 65536), Math.floor(placeY / 65536), result, y * width + x);
    }
  }
  return result;
}

function scaledPlaces(start: number, step: number, count: number): Int32Array {
  const places = new Int32Array(count);
  for (let i = 0, place = start; i < count; i++, place += step) places[i] = place < 0 ? -1 : place;
  return places;
}

/** Copies a pixel, unless it lies outside. */
function copyPixel(image: PackedImage, x: number, y: number, result: PackedImage, to: number): void {
  const { width, height, channels, data } = image;
  if (!(x >= 0 && y >= 0 && x < width && y < height)) return;
  const from = (y * width + x) * channels;
  for (let c = 0; c < channels; c++) result.data[to * channels + c] = data[from + c]!;
}

/** An image sampled at given places. */
export function pillowSample(
  op: string,
  image: PackedImage,
  place: Place,
  [height, width]: readonly [number, number],
  interpolation: SamplingInterpolation,
  fill: Fill | null,
): PackedImage {
  const result = filled(op, image, height, width, fill);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const [u, v] = place(x + 0.5, y + 0.5);
      if (!(u >= 0 && v >= 0 && u < image.width && v < image.height)) continue;
      if (interpolation === "nearest") copyPixel(image, Math.trunc(u), Math.trunc(v), result, i);
      else mixPixels(image, u - 0.5, v - 0.5, result, i);
    }
  }
  return result;
}

/** The four pixels around a place, weighted; those beyond the border repeat it. */
function mixPixels(image: PackedImage, u: number, v: number, result: PackedImage, to: number): void {
  const { width, height, channels, data } = image;
  const [x, y] = [Math.floor(u), Math.floor(v)];
  const [dx, dy] = [u - x, v - y];
  const left = Math.max(x, 0) * channels;
  const right = Math.min(x + 1, width - 1) * channels;
  const above = Math.max(y, 0) * width * channels;
  const below = y + 1 < height ? (y + 1) * width * channels : above;
  for (let c = 0; c < channels; c++) {
    const [a, b] = [data[above + left + c]!, data[above + right + c]!];
    const [d, e] = [data[below + left + c]!, data[below + right + c]!];
    const upper = a + (b - a) * dx;
    const lower = d + (e - d) * dx;
    result.data[to * channels + c] = upper + (lower - upper) * dy;
  }
}

/** An image rotated counter-clockwise by an angle in degrees. */
export function pillowRotate(
  op: string,
  image: PackedImage,
  angle: number,
  { interpolation, expand, center, fill }: PillowRotation,
): PackedImage {
  const { height, width } = image;
  const turn = ((angle % 360) + 360) % 360;
  if (center === null) {
    if (turn === 0) return image;
    if (turn === 180) return turned(image, height, width, (x, y) => [width - 1 - x, height - 1 - y]);
    if ((turn === 90 || turn === 270) && (expand || width === height)) {
      return turned(image, width, height, turn === 90 ? (x, y) => [width - 1 - y, x] : (x, y) => [y, height - 1 - x]);
    }
  }
  const [x0, y0] = center ?? [width / 2, height / 2];
  const radians = -((turn * Math.PI) / 180);
  const cut = (value: number): number => Number(value.toFixed(15));
  const [cos, sin, minusSin] = [cut(Math.cos(radians)), cut(Math.sin(radians)), cut(-Math.sin(radians))];
  const at = (x: number, y: number, [a, b, c, d, e, f]: AffineMatrix): readonly [number, number] => [
    a * x + b * y + c,
    d * x + e * y + f,
  ];
  const [moveX, moveY] = at(-x0, -y0, [cos, sin, 0, minusSin, cos, 0]);
  const matrix: AffineMatrix = [cos, sin, moveX + x0, minusSin, cos, moveY + y0];
  if (!expand) return pillowAffine(op, image, matrix, [height, width], interpolation, fill);
  const corners = [at(0, 0, matrix), at(width, 0, matrix), at(width, height, matrix), at(0, height, matrix)];
  const extent = (values: readonly number[]): number =>
    Math.ceil(Math.max(...values)) - Math.floor(Math.min(...values));
  const [columns, rows] = [extent(corners.map(([x]) => x)), extent(corners.map(([, y]) => y))];
  const [c, f] = at(-(columns - width) / 2, -(rows - height) / 2, matrix);
  return pillowAffine(op, image, [cos, sin, c, minusSin, cos, f], [rows, columns], interpolation, fill);
}

/** How an image is rotated. */
interface PillowRotation {
  readonly interpolation: SamplingInterpolation;
  readonly expand: boolean;
  readonly center: readonly [number, number] | null;
  readonly fill: Fill | null;
}

function turned(image: PackedImage, height: number, width: number, from: Place): PackedImage {
  const { channels } = image;
  const result = { width, height, channels, data: new Uint8Array(image.data.length) };
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) copyPixel(image, ...from(x, y), result, y * width + x);
  }
  return result;
}
