/** @file Images that transforms take: tensors [..., channels, rows, columns], and `ndarray`s as files have them. */
import ndarray, { type NdArray } from "ndarray";
import { DataError, ShapeError } from "../../core/errors.ts";
import { bracketed } from "../../core/shape.ts";
import { tensor } from "../../tensor/create.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { isNdarray } from "../arguments.ts";

/** An image as files have it: rows, columns and, if there are several, channels. The counterpart of Pillow's images. */
export type Image = NdArray<Uint8Array | Float32Array | Float64Array | Int32Array>;

/** An image of either kind. Transforms give the kind that they get. */
export type Picture = Tensor | Image;

/** An image of bytes, row by row, each pixel with its channels. */
export interface PackedImage {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly data: Uint8Array;
}

/** Rows and columns of an image. @throws DataError, ShapeError for something that is no image */
export function imageSize(op: string, picture: Picture): readonly [height: number, width: number] {
  if (picture instanceof Tensor) {
    if (picture.ndim >= 2) return picture.shape.slice(-2) as unknown as readonly [number, number];
    throw new ShapeError(
      `[${op}] Expected a tensor image of shape [..., rows, columns], but got ${bracketed(picture.shape)}`,
    );
  }
  checkImage(op, picture);
  return [picture.shape[0] as number, picture.shape[1] as number];
}

/** @throws DataError for anything but an `ndarray` of two or three dimensions */
export function checkImage(op: string, picture: unknown): asserts picture is Image {
  if (!isNdarray(picture)) {
    const got =
      typeof picture === "object" && picture !== null ? (picture.constructor?.name ?? "an object") : String(picture);
    throw new DataError(`[${op}] img should be a Tensor image or an ndarray. Got ${got}.`);
  }
  const rank = picture.shape.length;
  if (rank !== 2 && rank !== 3) throw new DataError(`[${op}] img should be 2/3 dimensional. Got ${rank} dimensions.`);
}

/** The pixels of an image as a tensor [channels, rows, columns], in their own dtype. */
export function toPixels(image: Image): Tensor {
  const [rows = 0, columns = 0, channels = 1] = image.shape;
  const [down = 0, right = 0, deep = 1] = image.stride;
  // An image is often a window on a whole dataset: only its own stretch of memory is to be copied.
  const size = 1 + Math.max(0, (rows - 1) * down + (columns - 1) * right + (channels - 1) * deep);
  const ownStretch = down >= 0 && right >= 0 && deep >= 0;
  const data = ownStretch ? image.data.subarray(image.offset, image.offset + size) : image.data;
  const offset = ownStretch ? 0 : image.offset;
  return tensor(ndarray(data, [channels, rows, columns], [deep, down, right], offset)).contiguous();
}

/** Pixels [channels, rows, columns] as an image: [rows, columns] of one channel unless `keepChannels`. */
export function fromPixels(pixels: Tensor, keepChannels: boolean): Image {
  const [channels = 1, rows = 0, columns = 0] = pixels.shape;
  const data = pixels.permute(1, 2, 0).dataSync() as Uint8Array;
  return ndarray(data, channels === 1 && !keepChannels ? [rows, columns] : [rows, columns, channels]);
}

/** The pixels of an image of bytes one after the other: a copy. */
export function packed(image: Image): PackedImage {
  const [height = 0, width = 0, channels = 1] = image.shape;
  const [down = 0, right = 0, deep = 1] = image.stride;
  const data = new Uint8Array(height * width * channels);
  for (let y = 0, k = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < channels; c++, k++) {
        data[k] = image.data[image.offset + y * down + x * right + c * deep] as number;
      }
    }
  }
  return { width, height, channels, data };
}

/** Packed pixels as an image: [rows, columns] of one channel unless `keepChannels`. */
export function unpacked({ width, height, channels, data }: PackedImage, keepChannels: boolean): Image {
  return ndarray(data, channels === 1 && !keepChannels ? [height, width] : [height, width, channels]);
}

/**
 * Runs a function of tensor images on an image of either kind, and gives the same kind.
 *
 * @param onBytes - what Pillow does with an image of bytes as files have it, gray or of three colors, if that is not what
 * is done with tensors
 */
export function onPicture<I extends Picture>(
  op: string,
  picture: I,
  run: (image: Tensor) => Tensor,
  onBytes?: (image: PackedImage) => PackedImage,
): I {
  if (picture instanceof Tensor) return run(picture) as I;
  checkImage(op, picture);
  const [, , channels = 1] = picture.shape;
  const keepChannels = picture.shape.length === 3 && channels === 1;
  if (onBytes !== undefined && picture.dtype === "uint8" && (channels === 1 || channels === 3)) {
    return unpacked(onBytes(packed(picture)), keepChannels) as I;
  }
  return fromPixels(run(toPixels(picture)), keepChannels) as I;
}
