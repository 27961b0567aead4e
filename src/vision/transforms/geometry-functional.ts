/** @file Geometric functions of images: crops, flips, resizing, rotations, affine and perspective transforms, erasing. */
import { type Args, optional, readArgument, required, signature, type ThenOptions } from "../../core/arguments.ts";
import { describeValue } from "../../core/describe.ts";
import { ValueError } from "../../core/errors.ts";
import {
  aBoolean,
  aNumber,
  anInteger,
  aSize,
  aTensor,
  type Kind,
  kind,
  nullable,
  oneOf,
  oneOrMoreNumbers,
  REFUSED,
} from "../../core/kinds.ts";
import {
  aSizeOrTwo,
  type ImageSize,
  Pad,
  type Padding,
  type PaddingMode,
  type PadTransformOptions,
  RESIZE_INTERPOLATION,
  Resize,
  type ResizeOptions,
  type ResizePositions,
  readSize,
} from "../../data/transforms/geometry.ts";
import { imageSize, onPicture, type Picture } from "../../data/transforms/picture.ts";
import { type Place, pillowAffine, pillowSample } from "../../data/transforms/pillow-sampling.ts";
import type { ResizeInterpolation } from "../../data/transforms/resample.ts";
import { rotatePicture } from "../../data/transforms/rotation.ts";
import {
  type AffineMatrix,
  affinePlaces,
  checkMixable,
  type Fill,
  type Places,
  type SamplingInterpolation,
  sampleImage,
} from "../../data/transforms/sampling.ts";
import { cat } from "../../tensor/functions/shape.ts";
import { Tensor } from "../../tensor/tensor.ts";

/** Channels, rows and columns of an image. */
export type Dimensions = [channels: number, height: number, width: number];

/**
 * Channels, rows and columns of an image.
 *
 * @example vision.transforms.functional.getDimensions(zeros(3, 4, 5)); // [3, 4, 5]
 */
export function getDimensions(img: Picture): Dimensions {
  const [height, width] = imageSize("getDimensions", img);
  if (!(img instanceof Tensor)) return [img.shape[2] ?? 1, height, width];
  return [img.ndim === 2 ? 1 : img.size(-3), height, width];
}

/**
 * Columns and rows of an image, in this order.
 *
 * @example vision.transforms.functional.getImageSize(zeros(3, 4, 5)); // [5, 4]
 */
export function getImageSize(img: Picture): [width: number, height: number] {
  const [height, width] = imageSize("getImageSize", img);
  return [width, height];
}

/**
 * Number of channels of an image.
 *
 * @example vision.transforms.functional.getImageNumChannels(zeros(3, 4, 5)); // 3
 */
export function getImageNumChannels(img: Picture): number {
  return getDimensions(img)[0];
}

/**
 * An image resized to [height, width], or its shorter edge to a length.
 *
 * @example vision.transforms.functional.resize(zeros(3, 4, 6), 2).shape; // [3, 2, 3]
 */
export function resize<I extends Picture>(
  img: I,
  ...args: Args<[size: ImageSize], ResizePositions, { readonly size: ImageSize } & ResizeOptions>
): I {
  return new Resize(...args).forward(img);
}

/**
 * A part of an image. What lies outside of the image is 0.
 *
 * @example
 * vision.transforms.functional.crop(tensor([[[1, 2], [3, 4]]]), 1, 0, 1, 3); // tensor([[[3., 4., 0.]]])
 */
export function crop<I extends Picture>(img: I, top: number, left: number, height: number, width: number): I {
  for (const [name, value] of Object.entries({ top, left, height, width })) {
    readArgument("crop", name, anInteger, value);
  }
  return onPicture("crop", img, (pixels) => cropPixels(pixels, top, left, height, width));
}

function cropPixels(pixels: Tensor, top: number, left: number, height: number, width: number): Tensor {
  const [rows, columns] = imageSize("crop", pixels);
  const [right, bottom] = [left + width, top + height];
  const [y0, x0] = [Math.min(Math.max(top, 0), rows), Math.min(Math.max(left, 0), columns)];
  const [y1, x1] = [Math.max(Math.min(bottom, rows), y0), Math.max(Math.min(right, columns), x0)];
  const inside = pixels.narrow(-2, y0, y1 - y0).narrow(-1, x0, x1 - x0);
  if (y1 - y0 === height && x1 - x0 === width) return inside;
  const before = [Math.max(Math.min(-left, width), 0), Math.max(Math.min(-top, height), 0)] as const;
  const padding = [before[0], width - (x1 - x0) - before[0], before[1], height - (y1 - y0) - before[1]];
  return inside.pad(padding, { value: 0 });
}

/**
 * The middle of an image. A smaller image is padded with 0.
 *
 * @example vision.transforms.functional.centerCrop(zeros(3, 8, 8), 4).shape; // [3, 4, 4]
 */
export function centerCrop<I extends Picture>(img: I, outputSize: ImageSize): I {
  const [rows, columns] = readSize("centerCrop", outputSize);
  let [height, width] = imageSize("centerCrop", img);
  let whole = img;
  if (columns > width || rows > height) {
    const left = columns > width ? Math.trunc((columns - width) / 2) : 0;
    const top = rows > height ? Math.trunc((rows - height) / 2) : 0;
    const right = columns > width ? Math.trunc((columns - width + 1) / 2) : 0;
    const bottom = rows > height ? Math.trunc((rows - height + 1) / 2) : 0;
    whole = pad(img, [left, top, right, bottom]);
    [height, width] = imageSize("centerCrop", whole);
    if (columns === width && rows === height) return whole;
  }
  return crop(whole, roundHalfEven((height - rows) / 2), roundHalfEven((width - columns) / 2), rows, columns);
}

/** Python's `round`. */
export function roundHalfEven(x: number): number {
  const low = Math.floor(x);
  if (x - low === 0.5) return low % 2 === 0 ? low : low + 1;
  return Math.round(x);
}

const RESIZED_CROP = signature("resizedCrop", {
  ...RESIZE_INTERPOLATION,
  antialias: optional(nullable(aBoolean), true),
});

/**
 * A part of an image, resized.
 *
 * @example vision.transforms.functional.resizedCrop(zeros(3, 8, 8), 2, 2, 4, 4, 6).shape; // [3, 6, 6]
 */
export function resizedCrop<I extends Picture>(
  img: I,
  top: number,
  left: number,
  height: number,
  width: number,
  size: ImageSize,
  ...args: ThenOptions<
    [interpolation: ResizeInterpolation, antialias: boolean | null],
    { readonly interpolation?: ResizeInterpolation | undefined; readonly antialias?: boolean | null | undefined }
  >
): I {
  const options = RESIZED_CROP.read(args);
  return resize(crop(img, top, left, height, width), readSize("resizedCrop", size), options);
}

/**
 * An image mirrored from left to right.
 *
 * @example vision.transforms.functional.hflip(tensor([[[1, 2, 3]]])); // tensor([[[3., 2., 1.]]])
 */
export function hflip<I extends Picture>(img: I): I {
  imageSize("hflip", img);
  return onPicture("hflip", img, (pixels) => pixels.flip(-1));
}

/**
 * An image mirrored from top to bottom.
 *
 * @example vision.transforms.functional.vflip(tensor([[[1], [2]]])).flatten(); // tensor([2., 1.])
 */
export function vflip<I extends Picture>(img: I): I {
  imageSize("vflip", img);
  return onPicture("vflip", img, (pixels) => pixels.flip(-2));
}

/**
 * An image padded on all sides, as {@link Pad} does it.
 *
 * @example vision.transforms.functional.pad(ones(1, 1, 2), [1, 0], 5); // tensor([[[5., 1., 1., 5.]]])
 */
export function pad<I extends Picture>(
  img: I,
  ...args: Args<
    [padding: Padding],
    [fill: number, paddingMode: PaddingMode],
    { readonly padding: Padding } & PadTransformOptions
  >
): I {
  return new Pad(...args).forward(img);
}

/** A fill: one number, or one for each channel. */
export const aFill: Kind<Fill | null> = nullable(oneOrMoreNumbers);

/** A point [x, y], or two distances. */
export const aPoint: Kind<readonly [number, number]> = kind(
  "a pair of numbers [x, y]",
  (value) => Array.isArray(value) && value.length === 2 && value.every(Number.isFinite),
);

/** Interpolation modes of rotations, affine and perspective transforms. */
export const aSampling = oneOf("nearest", "bilinear");

/** How places between pixels and outside of the image get their values. */
export interface SamplingOptions {
  /** Interpolation mode. Default "nearest"; of perspective transforms "bilinear". */
  readonly interpolation?: SamplingInterpolation | undefined;
  /** Pixel fill value for the area outside of the image, one for all channels or one for each. Default null: 0. */
  readonly fill?: Fill | null | undefined;
}

/** Options of {@link rotate}. */
export interface RotateOptions extends SamplingOptions {
  /** Expand the output to hold the entire rotated image. Default false. */
  readonly expand?: boolean | undefined;
  /** Center of rotation [x, y], from the upper left corner. Default null: the center of the image. */
  readonly center?: readonly [number, number] | null | undefined;
}

const ROTATE = signature("rotate", {
  angle: required(aNumber),
  interpolation: optional(aSampling, "nearest"),
  expand: optional(aBoolean, false),
  center: optional(nullable(aPoint), null),
  fill: optional(aFill, null),
});

/**
 * An image rotated counter-clockwise by an angle in degrees.
 *
 * @example
 * vision.transforms.functional.rotate(tensor([[[1, 2], [3, 4]]]), 180);
 * // tensor([[[4., 3.],
 * //          [2., 1.]]])
 */
export function rotate<I extends Picture>(
  img: I,
  ...args: Args<
    [angle: number],
    [
      interpolation: SamplingInterpolation,
      expand: boolean,
      center: readonly [number, number] | null,
      fill: Fill | null,
    ],
    { readonly angle: number } & RotateOptions
  >
): I {
  const settings = ROTATE.read(args);
  return rotatePicture("rotate", img, settings.angle, settings);
}

/** Options of {@link affine}. */
export interface AffineOptions extends SamplingOptions {
  /** Center of rotation [x, y], from the upper left corner. Default null: the center of the image. */
  readonly center?: readonly [number, number] | null | undefined;
}

const AFFINE = signature("affine", {
  interpolation: optional(aSampling, "nearest"),
  fill: optional(aFill, null),
  center: optional(nullable(aPoint), null),
});

/** One angle along x, or two along x and y, in degrees. */
export type Shear = number | readonly [number] | readonly [number, number];

/**
 * An image rotated clockwise by an angle in degrees, moved, scaled and sheared, with the center where it was.
 *
 * @param translate columns and rows by which the image moves
 * @param scale overall scale, above 0
 * @param shear angles of the shear along x and y, in degrees
 * @throws ValueError unless `scale` is positive
 * @example
 * vision.transforms.functional.affine(tensor([[[1, 2, 3]]]), 0, [1, 0], 1, 0); // tensor([[[0., 1., 2.]]])
 */
export function affine<I extends Picture>(
  img: I,
  angle: number,
  translate: readonly [number, number],
  scale: number,
  shear: Shear,
  ...args: ThenOptions<
    [interpolation: SamplingInterpolation, fill: Fill | null, center: readonly [number, number] | null],
    AffineOptions
  >
): I {
  const { interpolation, fill, center } = AFFINE.read(args);
  readArgument("affine", "angle", aNumber, angle);
  readArgument("affine", "translate", aPoint, translate);
  if (!(scale > 0)) throw new ValueError(`[affine] Argument scale should be positive, but got ${describeValue(scale)}`);
  const shears: readonly number[] = typeof shear === "number" ? [shear, 0] : shear;
  const [sx = 0, sy = sx] = shears;
  const size = imageSize("affine", img);
  const [middleX, middleY] = [size[1] * 0.5, size[0] * 0.5];
  const [x, y] = center ?? [middleX, middleY];
  return onPicture(
    "affine",
    img,
    (pixels) => {
      checkMixable("affine", pixels, interpolation);
      const matrix = inverseAffineMatrix([x - middleX, y - middleY], angle, translate, scale, [sx, sy]);
      return sampleImage("affine", pixels, affinePlaces(pixels, matrix, size), interpolation, fill);
    },
    (pixels) => {
      const matrix = inverseAffineMatrix([x, y], angle, translate, scale, [sx, sy]);
      return pillowAffine("affine", pixels, matrix, size, interpolation, fill);
    },
  );
}

/** The inverse of T · C · R · S · Sh · C⁻¹: translation, center, rotation, scale and shear. */
function inverseAffineMatrix(
  [cx, cy]: readonly [number, number],
  angle: number,
  [tx, ty]: readonly [number, number],
  scale: number,
  shear: readonly [number, number],
): AffineMatrix {
  const [rotation, sx, sy] = [angle, ...shear].map((degrees) => (degrees * Math.PI) / 180) as [number, number, number];
  const a = Math.cos(rotation - sy) / Math.cos(sy);
  const b = (-Math.cos(rotation - sy) * Math.tan(sx)) / Math.cos(sy) - Math.sin(rotation);
  const c = Math.sin(rotation - sy) / Math.cos(sy);
  const d = (-Math.sin(rotation - sy) * Math.tan(sx)) / Math.cos(sy) + Math.cos(rotation);
  const [m0, m1, m3, m4] = [d / scale, -b / scale, -c / scale, a / scale];
  return [m0, m1, m0 * (-cx - tx) + m1 * (-cy - ty) + cx, m3, m4, m3 * (-cx - tx) + m4 * (-cy - ty) + cy];
}

/** Four points [x, y]: top left, top right, bottom right, bottom left. */
export type Corners = readonly [Point, Point, Point, Point];

type Point = readonly [x: number, y: number];

const corners: Kind<Corners> = kind(
  "four points [x, y]",
  (value) => Array.isArray(value) && value.length === 4 && value.every((point) => aPoint.read(point) !== REFUSED),
);

const PERSPECTIVE = signature("perspective", {
  startpoints: required(corners),
  endpoints: required(corners),
  interpolation: optional(aSampling, "bilinear"),
  fill: optional(aFill, null),
});

/**
 * A perspective transform that takes four points of an image to four others.
 *
 * @param startpoints the corners of the original image
 * @param endpoints where they come to lie
 * @example
 * const corners = [[0, 0], [2, 0], [2, 2], [0, 2]] as const;
 * vision.transforms.functional.perspective(ones(1, 3, 3), corners, corners).sum(); // tensor(9.)
 */
export function perspective<I extends Picture>(
  img: I,
  ...args: Args<
    [startpoints: Corners, endpoints: Corners],
    [interpolation: SamplingInterpolation, fill: Fill | null],
    { readonly startpoints: Corners; readonly endpoints: Corners } & SamplingOptions
  >
): I {
  const { startpoints, endpoints, interpolation, fill } = PERSPECTIVE.read(args);
  const coefficients = perspectiveCoefficients(startpoints, endpoints);
  const size = imageSize("perspective", img);
  return onPicture(
    "perspective",
    img,
    (pixels) => {
      checkMixable("perspective", pixels, interpolation);
      return sampleImage("perspective", pixels, perspectivePlaces(coefficients, size), interpolation, fill);
    },
    (pixels) => pillowSample("perspective", pixels, projection(coefficients), size, interpolation, fill),
  );
}

/** (a … h) of x ↦ (ax + by + c) / (gx + hy + 1), y ↦ (dx + ey + f) / (gx + hy + 1), from the result to the image. */
function perspectiveCoefficients(startpoints: Corners, endpoints: Corners): number[] {
  const rows = endpoints.flatMap(([x, y], i) => {
    const [u, v] = startpoints[i] as Point;
    return [
      [x, y, 1, 0, 0, 0, -u * x, -u * y, u],
      [0, 0, 0, x, y, 1, -v * x, -v * y, v],
    ];
  });
  return solve(rows);
}

/** Gaussian elimination with pivots; the last column is the right side. @throws ValueError for points on a line */
function solve(rows: number[][]): number[] {
  const count = rows.length;
  for (let i = 0; i < count; i++) {
    const pivot = rows
      .slice(i)
      .reduce((best, row, k) => (Math.abs(row[i]!) > Math.abs(rows[best]![i]!) ? i + k : best), i);
    [rows[i], rows[pivot]] = [rows[pivot] as number[], rows[i] as number[]];
    const top = rows[i] as number[];
    if (Math.abs(top[i] as number) < 1e-9) throw new ValueError("[perspective] three of the four points lie on a line");
    for (const [k, row] of rows.entries()) {
      if (k === i) continue;
      const factor = row[i]! / top[i]!;
      for (let j = i; j <= count; j++) row[j]! -= factor * top[j]!;
    }
  }
  return rows.map((row, i) => row[count]! / row[i]!);
}

function projection([a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0]: readonly number[]): Place {
  return (x, y) => {
    const scale = g * x + h * y + 1;
    return [(a * x + b * y + c) / scale, (d * x + e * y + f) / scale];
  };
}

function perspectivePlaces(coefficients: readonly number[], [rows, columns]: readonly [number, number]): Places {
  const place = projection(coefficients);
  const x = new Float64Array(rows * columns);
  const y = new Float64Array(rows * columns);
  for (let row = 0, i = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++, i++) {
      const [u, v] = place(column + 0.5, row + 0.5);
      x[i] = u - 0.5;
      y[i] = v - 0.5;
    }
  }
  return { rows, columns, x, y };
}

const ERASE = signature("erase", {
  img: required(aTensor),
  i: required(aSize),
  j: required(aSize),
  h: required(aSize),
  w: required(aSize),
  v: required(aTensor),
  inplace: optional(aBoolean, false),
});

/**
 * A tensor image with a rectangle of other values: `v`, which broadcasts to [channels, h, w].
 *
 * @param inplace whether the image itself is changed. Default false.
 *
 * @example vision.transforms.functional.erase(ones(1, 1, 3), 0, 1, 1, 2, tensor(0)); // tensor([[[1., 0., 0.]]])
 */
export function erase(img: Tensor, i: number, j: number, h: number, w: number, v: Tensor, inplace = false): Tensor {
  ERASE.read([img, i, j, h, w, v, inplace]);
  const [height, width] = imageSize("erase", img);
  if (inplace) {
    img.narrow(-2, i, h).narrow(-1, j, w).copy_(v);
    return img;
  }
  const rectangle = v.to(img.dtype).expand([...img.shape.slice(0, -2), h, w]);
  const middle = cat(
    [img.narrow(-2, i, h).narrow(-1, 0, j), rectangle, img.narrow(-2, i, h).narrow(-1, j + w, width - j - w)],
    -1,
  );
  return cat([img.narrow(-2, 0, i), middle, img.narrow(-2, i + h, height - i - h)], -2);
}

/**
 * The four corners and the middle of an image.
 *
 * @throws ValueError if the size is larger than the image
 * @example vision.transforms.functional.fiveCrop(zeros(3, 8, 8), 4).map((part) => part.shape[1]); // [4, 4, 4, 4, 4]
 */
export function fiveCrop<I extends Picture>(
  img: I,
  size: ImageSize,
): [topLeft: I, topRight: I, bottomLeft: I, bottomRight: I, center: I] {
  const [rows, columns] = readSize("fiveCrop", size);
  const [height, width] = imageSize("fiveCrop", img);
  if (columns > width || rows > height) {
    throw new ValueError(
      `[fiveCrop] Requested crop size (${rows}, ${columns}) is bigger than input size (${height}, ${width})`,
    );
  }
  return [
    crop(img, 0, 0, rows, columns),
    crop(img, 0, width - columns, rows, columns),
    crop(img, height - rows, 0, rows, columns),
    crop(img, height - rows, width - columns, rows, columns),
    centerCrop(img, [rows, columns]),
  ];
}

const TEN_CROP = signature("tenCrop", { size: required(aSizeOrTwo), verticalFlip: optional(aBoolean, false) });

/**
 * {@link fiveCrop} of an image and of its mirror image.
 *
 * @param verticalFlip mirror from top to bottom, not from left to right. Default false.
 * @example vision.transforms.functional.tenCrop(zeros(3, 8, 8), 4).length; // 10
 */
export function tenCrop<I extends Picture>(
  img: I,
  ...args: Args<
    [size: ImageSize],
    [verticalFlip: boolean],
    { readonly size: ImageSize; readonly verticalFlip?: boolean | undefined }
  >
): I[] {
  const { size, verticalFlip } = TEN_CROP.read(args);
  return [...fiveCrop(img, size), ...fiveCrop(verticalFlip ? vflip(img) : hflip(img), size)];
}
