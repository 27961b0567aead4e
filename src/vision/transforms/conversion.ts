/** @file Conversions between tensors and images as files have them, and between dtypes. */
import type { DType } from "../../../kernels/backend.ts";
import { readArgument } from "../../core/arguments.ts";
import { DataError, DTypeError, ShapeError } from "../../core/errors.ts";
import { aDType, aTensor } from "../../core/kinds.ts";
import { bracketed } from "../../core/shape.ts";
import { checkImage, fromPixels, type Image, type Picture, toPixels } from "../../data/transforms/picture.ts";
import { Normalize, ToTensor } from "../../data/transforms/transforms.ts";
import { Tensor } from "../../tensor/tensor.ts";

/**
 * An `ndarray` image [rows, columns, channels] as a tensor [channels, rows, columns]; bytes become float32 from 0 to 1.
 *
 * @example
 * const image = vision.transforms.functional.toPilImage(tensor([[[51, 255]]], { dtype: "uint8" }));
 * vision.transforms.functional.toTensor(image); // tensor([[[0.2000, 1.0000]]])
 */
export function toTensor(pic: Picture): Tensor {
  return new ToTensor().forward(pic);
}

/**
 * An `ndarray` image as a tensor [channels, rows, columns] of the same values.
 *
 * @example
 * const image = vision.transforms.functional.toPilImage(tensor([[[51, 255]]], { dtype: "uint8" }));
 * vision.transforms.functional.pilToTensor(image); // tensor([[[ 51, 255]]], dtype=torch.uint8)
 */
export function pilToTensor(pic: Image): Tensor {
  if (pic instanceof Tensor) throw new DataError("[pilToTensor] pic should be an ndarray. Got Tensor.");
  checkImage("pilToTensor", pic);
  return toPixels(pic);
}

/**
 * A tensor [channels, rows, columns] or [rows, columns] as an `ndarray` of bytes, which is what images are in files:
 * [rows, columns] of one channel, else [rows, columns, channels]. Floats from 0 to 1 become bytes from 0 to 255.
 *
 * @throws ShapeError for another number of dimensions, or more than 4 channels; DTypeError for int32 and bool
 * @example vision.transforms.functional.toPilImage(ones(3, 2, 2)).shape; // [2, 2, 3]
 */
export function toPilImage(pic: Tensor): Image {
  readArgument("toPilImage", "pic", aTensor, pic);
  if (pic.ndim !== 2 && pic.ndim !== 3) {
    throw new ShapeError(
      `[toPilImage] pic should be 2/3 dimensional. Got ${pic.ndim} dimensions: ${bracketed(pic.shape)}.`,
    );
  }
  const pixels = pic.ndim === 2 ? pic.unsqueeze(0) : pic;
  if (pixels.size(0) > 4) {
    throw new ShapeError(`[toPilImage] pic should not have > 4 channels. Got ${pixels.size(0)} channels.`);
  }
  if (pixels.dtype === "uint8") return fromPixels(pixels, false);
  if (!pixels.isFloatingPoint()) {
    throw new DTypeError(`[toPilImage] Input type ${pic.dtype} is not supported. Give bytes, or floats from 0 to 1.`);
  }
  return fromPixels(pixels.detach().mul(255).to("uint8"), false);
}

/** The largest value of a dtype, as pixels use it. */
const LARGEST: Partial<Record<DType, number>> = { uint8: 255, int32: 2 ** 31 - 1, bool: 1 };

/**
 * A tensor image in another dtype, with its values scaled to the range of that: 0 to 1 of floats, 0 to 255 of bytes.
 *
 * @throws DTypeError for floats to int32, which would not be exact
 * @example vision.transforms.functional.convertImageDtype(tensor([0, 51], { dtype: "uint8" }), "float32"); // tensor([0.0000, 0.2000])
 */
export function convertImageDtype(image: Tensor, dtype: DType = "float32"): Tensor {
  readArgument("convertImageDtype", "image", aTensor, image);
  readArgument("convertImageDtype", "dtype", aDType, dtype);
  if (image.dtype === dtype) return image;
  const [from, to] = [LARGEST[image.dtype], LARGEST[dtype]];
  if (to === undefined) return from === undefined ? image.to(dtype) : image.to(dtype).div(from);
  if (from === undefined) {
    if (dtype === "int32") {
      throw new DTypeError(`[convertImageDtype] The cast from ${image.dtype} to ${dtype} cannot be performed safely.`);
    }
    // Each byte stands for a share of equal size; 255 itself is not for 1 alone.
    return image.mul(to + 1 - 1e-3).to(dtype);
  }
  if (from > to) return image.floorDivide(Math.floor((from + 1) / (to + 1))).to(dtype);
  return image.to(dtype).mul(Math.floor((to + 1) / (from + 1)));
}

/**
 * Normalizes each channel of a tensor image: (x − mean) / std.
 *
 * @example vision.transforms.functional.normalize(ones(1, 1, 2), [0.5], [0.25]); // tensor([[[2., 2.]]])
 */
export function normalize(tensor: Tensor, mean: number | readonly number[], std: number | readonly number[]): Tensor {
  return new Normalize(mean, std).forward(tensor);
}
