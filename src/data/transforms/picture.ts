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

/** Runs a function of tensor images on an image of either kind, and gives the same kind. */
export function onPicture<I extends Picture>(op: string, picture: I, run: (image: Tensor) => Tensor): I {
  if (picture instanceof Tensor) return run(picture) as I;
  checkImage(op, picture);
  return fromPixels(run(toPixels(picture)), picture.shape.length === 3) as I;
}
