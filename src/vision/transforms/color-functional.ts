/** @file Functions of the colors of images, and filters. */
import { type Args, optional, readArgument, required, signature, type ThenOptions } from "../../core/arguments.ts";
import { describeValue } from "../../core/describe.ts";
import { DTypeError, ShapeError, ValueError } from "../../core/errors.ts";
import { aNumber, anInteger, either, integers, nullable, oneOrMoreNumbers } from "../../core/kinds.ts";
import { onPicture, type Picture } from "../../data/transforms/picture.ts";
import { conv2d } from "../../nn/functional/conv.ts";
import { linspace, ones, tensor, zerosLike } from "../../tensor/create.ts";
import { where } from "../../tensor/functions/elementwise.ts";
import { cat, stack } from "../../tensor/functions/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { getDimensions, pad } from "./geometry-functional.ts";
import {
  pillowAutocontrast,
  pillowBrightness,
  pillowContrast,
  pillowGamma,
  pillowGray,
  pillowHue,
  pillowSaturation,
  pillowSharpness,
  repeated,
} from "./pillow-colors.ts";

/** @throws ShapeError unless an image has one of these numbers of channels */
function checkChannels(op: string, img: Tensor, permitted: readonly number[] = [1, 3]): void {
  if (img.ndim < 3) {
    throw new ShapeError(`[${op}] Input image tensor should have at least 3 dimensions, but found ${img.ndim}`);
  }
  const [channels] = getDimensions(img);
  if (permitted.includes(channels)) return;
  throw new ShapeError(
    `[${op}] Input image tensor permitted channel values are ${permitted.join(" and ")}, but found ${channels}`,
  );
}

function checkFactor(op: string, name: string, factor: number): void {
  readArgument(op, name, aNumber, factor);
  if (!(factor >= 0)) throw new ValueError(`[${op}] ${name} (${describeValue(factor)}) is not non-negative.`);
}

/** A conversion to bytes cuts off, as in PyTorch. */
function asBytes(floats: Tensor, like: Tensor): Tensor {
  return floats.to(like.dtype);
}

/** ratio · a + (1 − ratio) · b, within the range of pixels. */
function blend(a: Tensor, b: Tensor, ratio: number): Tensor {
  const bound = a.isFloatingPoint() ? 1 : 255;
  const [x, y] = [a, b].map((one) => (one.isFloatingPoint() ? one : one.float())) as [Tensor, Tensor];
  return asBytes(
    x
      .mul(ratio)
      .add(y.mul(1 - ratio))
      .clamp(0, bound),
    a,
  );
}

/** Gray values of a tensor image, one channel. */
function grayscale(img: Tensor): Tensor {
  if (img.size(-3) === 1) return img.clone();
  const [r, g, b] = img.unbind(-3).map((one) => (one.isFloatingPoint() ? one : one.float())) as [
    Tensor,
    Tensor,
    Tensor,
  ];
  return asBytes(r.mul(0.2989).add(g.mul(0.587)).add(b.mul(0.114)), img).unsqueeze(-3);
}

/** Number of channels of a gray image, by position or by name. */
export type GrayscaleArgs = ThenOptions<[numOutputChannels: 1 | 3], { readonly numOutputChannels?: 1 | 3 | undefined }>;

const GRAYSCALE = signature("rgbToGrayscale", { numOutputChannels: optional(anInteger, 1) });

/**
 * Gray values of an image.
 *
 * @param numOutputChannels 1, or 3 equal ones. Default 1.
 * @throws ValueError for another number of channels; ShapeError unless the image has 1 or 3
 * @example vision.transforms.functional.rgbToGrayscale(ones(3, 1, 1)).flatten(); // tensor([0.9999])
 */
export function rgbToGrayscale<I extends Picture>(img: I, ...args: GrayscaleArgs): I {
  const { numOutputChannels } = GRAYSCALE.read(args);
  if (numOutputChannels !== 1 && numOutputChannels !== 3) {
    throw new ValueError("[rgbToGrayscale] num_output_channels should be either 1 or 3");
  }
  return onPicture(
    "rgbToGrayscale",
    img,
    (pixels) => {
      checkChannels("rgbToGrayscale", pixels);
      const gray = grayscale(pixels);
      return numOutputChannels === 3 ? gray.expand([...gray.shape.slice(0, -3), 3, ...gray.shape.slice(-2)]) : gray;
    },
    (pixels) => repeated(pillowGray(pixels), numOutputChannels),
  );
}

/**
 * Gray values of an image, as {@link rgbToGrayscale}.
 *
 * @example vision.transforms.functional.toGrayscale(zeros(3, 2, 2), 3).shape; // [3, 2, 2]
 */
export function toGrayscale<I extends Picture>(img: I, ...args: GrayscaleArgs): I {
  return rgbToGrayscale(img, ...args);
}

/**
 * A brighter or darker image.
 *
 * @param brightnessFactor 0 gives a black image, 1 the original, 2 twice the brightness
 * @throws ValueError for a negative factor
 * @example vision.transforms.functional.adjustBrightness(tensor([[[0.2, 0.6]]]), 2); // tensor([[[0.4000, 1.0000]]])
 */
export function adjustBrightness<I extends Picture>(img: I, brightnessFactor: number): I {
  checkFactor("adjustBrightness", "brightness_factor", brightnessFactor);
  return onPicture(
    "adjustBrightness",
    img,
    (pixels) => {
      checkChannels("adjustBrightness", pixels);
      return blend(pixels, zerosLike(pixels), brightnessFactor);
    },
    (pixels) => pillowBrightness(pixels, brightnessFactor),
  );
}

/**
 * An image with another contrast.
 *
 * @param contrastFactor 0 gives a gray image, 1 the original, 2 twice the contrast
 * @throws ValueError for a negative factor
 * @example vision.transforms.functional.adjustContrast(tensor([[[0.25, 0.75]]]), 0.5); // tensor([[[0.3750, 0.6250]]])
 */
export function adjustContrast<I extends Picture>(img: I, contrastFactor: number): I {
  checkFactor("adjustContrast", "contrast_factor", contrastFactor);
  return onPicture(
    "adjustContrast",
    img,
    (pixels) => {
      checkChannels("adjustContrast", pixels);
      const gray = grayscale(pixels);
      const mean = (gray.isFloatingPoint() ? gray : gray.float()).mean([-3, -2, -1], true);
      return blend(pixels, mean, contrastFactor);
    },
    (pixels) => pillowContrast(pixels, contrastFactor),
  );
}

/**
 * An image with another saturation of its colors.
 *
 * @param saturationFactor 0 gives a gray image, 1 the original, 2 twice the saturation
 * @throws ValueError for a negative factor
 * @example vision.transforms.functional.adjustSaturation(tensor([1, 0.5, 0]).view(3, 1, 1), 0).flatten(); // tensor([0.5924, 0.5924, 0.5924])
 */
export function adjustSaturation<I extends Picture>(img: I, saturationFactor: number): I {
  checkFactor("adjustSaturation", "saturation_factor", saturationFactor);
  return onPicture(
    "adjustSaturation",
    img,
    (pixels) => {
      checkChannels("adjustSaturation", pixels);
      return pixels.size(-3) === 1 ? pixels : blend(pixels, grayscale(pixels), saturationFactor);
    },
    (pixels) => pillowSaturation(pixels, saturationFactor),
  );
}

/**
 * An image whose hues are turned.
 *
 * @param hueFactor part of a full turn, from −0.5 to 0.5; 0 gives the original
 * @throws ValueError for a factor out of range
 * @example vision.transforms.functional.adjustHue(tensor([1, 0, 0]).view(3, 1, 1), 0.5).flatten(); // tensor([0., 1., 1.])
 */
export function adjustHue<I extends Picture>(img: I, hueFactor: number): I {
  readArgument("adjustHue", "hueFactor", aNumber, hueFactor);
  if (!(hueFactor >= -0.5 && hueFactor <= 0.5)) {
    throw new ValueError(`[adjustHue] hue_factor (${describeValue(hueFactor)}) is not in [-0.5, 0.5].`);
  }
  return onPicture(
    "adjustHue",
    img,
    (pixels) => {
      checkChannels("adjustHue", pixels);
      if (pixels.size(-3) === 1) return pixels;
      const isBytes = pixels.dtype === "uint8";
      const turned = turnHue(isBytes ? pixels.float().div(255) : pixels, hueFactor);
      return isBytes ? asBytes(turned.mul(255), pixels) : turned;
    },
    (pixels) => pillowHue(pixels, hueFactor),
  );
}

/** Through hue, saturation and value, and back. */
function turnHue(img: Tensor, turn: number): Tensor {
  const [r, g, b] = img.unbind(-3) as [Tensor, Tensor, Tensor];
  const value = img.amax(-3);
  const range = value.sub(img.amin(-3));
  const isGray = range.eq(0);
  const saturation = range.div(where(isGray, 1, value));
  const divisor = where(isGray, 1, range);
  const [rc, gc, bc] = [r, g, b].map((one) => value.sub(one).div(divisor)) as [Tensor, Tensor, Tensor];
  const isRed = value.eq(r);
  const isGreen = value.eq(g);
  const sector = where(isRed, bc.sub(gc), where(isGreen, rc.add(2).sub(bc), gc.add(4).sub(rc)));
  const hue = sector.div(6).add(1).fmod(1).add(turn).remainder(1);

  const sixth = hue.mul(6).floor();
  const part = hue.mul(6).sub(sixth);
  const p = value.mul(saturation.neg().add(1)).clamp(0, 1);
  const q = value.mul(saturation.mul(part).neg().add(1)).clamp(0, 1);
  const t = value.mul(saturation.mul(part.neg().add(1)).neg().add(1)).clamp(0, 1);
  const index = sixth.remainder(6);
  const choose = (...options: readonly Tensor[]): Tensor =>
    options.reduceRight((other, option, i) => where(index.eq(i), option, other));
  return stack(
    [choose(value, q, p, p, t, value), choose(t, value, value, q, p, p), choose(p, p, t, value, value, q)],
    -3,
  );
}

const GAMMA = signature("adjustGamma", { gamma: required(aNumber), gain: optional(aNumber, 1) });

/**
 * Gamma correction: gain · imgᵞ of values from 0 to 1.
 *
 * @throws ValueError for a negative exponent
 * @example vision.transforms.functional.adjustGamma(tensor([[[0.25, 1]]]), 0.5); // tensor([[[0.5000, 1.0000]]])
 */
export function adjustGamma<I extends Picture>(
  img: I,
  ...args: Args<[gamma: number], [gain: number], { readonly gamma: number; readonly gain?: number | undefined }>
): I {
  const { gamma, gain } = GAMMA.read(args);
  if (!(gamma >= 0)) throw new ValueError("[adjustGamma] Gamma should be a non-negative real number");
  return onPicture(
    "adjustGamma",
    img,
    (pixels) => {
      checkChannels("adjustGamma", pixels);
      const floats = pixels.isFloatingPoint() ? pixels : pixels.float().div(255);
      const corrected = floats.pow(gamma).mul(gain).clamp(0, 1);
      return pixels.isFloatingPoint() ? corrected : asBytes(corrected.mul(255 + 1 - 1e-3), pixels);
    },
    (pixels) => pillowGamma(pixels, gamma, gain),
  );
}

/** A filter of one kernel for every channel. @param kernel [rows, columns] */
function filterChannels(img: Tensor, kernel: Tensor): Tensor {
  const channels = img.size(-3);
  const batch = img.reshape([-1, ...img.shape.slice(-3)]);
  const weight = kernel.expand([channels, 1, ...kernel.shape]);
  const filtered = conv2d(batch, weight.contiguous(), { groups: channels });
  return filtered.reshape([...img.shape.slice(0, -2), ...filtered.shape.slice(-2)]);
}

/** Runs a filter of floats; bytes are rounded. */
function asFloats(img: Tensor, run: (floats: Tensor) => Tensor): Tensor {
  return img.isFloatingPoint() ? run(img) : asBytes(run(img.float()).round(), img);
}

function gaussianWeights(size: number, sigma: number, like: Tensor): Tensor {
  const half = (size - 1) * 0.5;
  const pdf = linspace(-half, half, size).div(sigma).pow(2).mul(-0.5).exp();
  return pdf.div(pdf.sum()).to(like.dtype);
}

const BLUR = signature("gaussianBlur", {
  kernelSize: required(either(anInteger, integers)),
  sigma: optional(nullable(oneOrMoreNumbers), null),
});

/** Size of a kernel and its standard deviation, by position or by name. */
export type BlurArgs = Args<
  [kernelSize: number | readonly number[]],
  [sigma: number | readonly number[] | null],
  { readonly kernelSize: number | readonly number[]; readonly sigma?: number | readonly number[] | null | undefined }
>;

/**
 * An image blurred by a Gaussian kernel, with mirrored borders.
 *
 * @param kernelSize odd size, one for both or [columns, rows]
 * @param sigma standard deviation, one for both or [along columns, along rows]. Default null: 0.3 · ((size − 1) / 2 − 1) + 0.8.
 * @throws ValueError for an even size or a sigma that is not positive
 * @example vision.transforms.functional.gaussianBlur(ones(1, 5, 5), 3).shape; // [1, 5, 5]
 */
export function gaussianBlur<I extends Picture>(img: I, ...args: BlurArgs): I {
  const given = BLUR.read(args);
  const { kernelSize, sigma } = given;
  const sizes = typeof given.kernelSize === "number" ? [given.kernelSize, given.kernelSize] : given.kernelSize;
  const [columns = 0, rows = 0] = sizes;
  if (sizes.length !== 2 || sizes.some((size) => size <= 0 || size % 2 === 0)) {
    throw new ValueError(
      `[gaussianBlur] kernel_size should have odd and positive integers. Got ${describeValue(kernelSize)}`,
    );
  }
  const byDefault = [columns, rows].map((size) => size * 0.15 + 0.35);
  const sigmas =
    given.sigma === null ? byDefault : typeof given.sigma === "number" ? [given.sigma, given.sigma] : given.sigma;
  const [sigmaX = 0, sigmaY = sigmaX] = sigmas;
  if (!(sigmaX > 0 && sigmaY > 0)) {
    throw new ValueError(`[gaussianBlur] sigma should have positive values. Got ${describeValue(sigma)}`);
  }
  return onPicture("gaussianBlur", img, (pixels) =>
    asFloats(pixels, (floats) => {
      const kernel = gaussianWeights(rows, sigmaY, floats)
        .unsqueeze(1)
        .matmul(gaussianWeights(columns, sigmaX, floats).unsqueeze(0));
      const [x, y] = [Math.floor(columns / 2), Math.floor(rows / 2)];
      return filterChannels(pad(floats, [x, y, x, y], 0, "reflect"), kernel.to(floats.dtype));
    }),
  );
}

/**
 * A sharper or softer image.
 *
 * @param sharpnessFactor 0 gives a blurred image, 1 the original, 2 twice the sharpness
 * @throws ValueError for a negative factor
 * @example vision.transforms.functional.adjustSharpness(ones(1, 4, 4), 2).sum(); // tensor(16.)
 */
export function adjustSharpness<I extends Picture>(img: I, sharpnessFactor: number): I {
  checkFactor("adjustSharpness", "sharpness_factor", sharpnessFactor);
  return onPicture(
    "adjustSharpness",
    img,
    (pixels) => {
      checkChannels("adjustSharpness", pixels);
      const [, height, width] = getDimensions(pixels);
      if (width <= 2 || height <= 2) return pixels;
      const blurred = asFloats(pixels, (floats) => {
        const kernel = ones(3, 3, { dtype: floats.dtype, device: floats.device });
        kernel.narrow(0, 1, 1).narrow(1, 1, 1).fill_(5);
        return filterChannels(floats, kernel.div(13));
      });
      const sides = [
        pixels.narrow(-2, 1, height - 2).narrow(-1, 0, 1),
        pixels.narrow(-2, 1, height - 2).narrow(-1, width - 1, 1),
      ];
      const middle = cat([sides[0] as Tensor, blurred, sides[1] as Tensor], -1);
      const soft = cat([pixels.narrow(-2, 0, 1), middle, pixels.narrow(-2, height - 1, 1)], -2);
      return blend(pixels, soft, sharpnessFactor);
    },
    (pixels) => pillowSharpness(pixels, sharpnessFactor),
  );
}

/**
 * The negative of an image.
 *
 * @example vision.transforms.functional.invert(tensor([[[0.25, 1]]])); // tensor([[[0.7500, 0.0000]]])
 */
export function invert<I extends Picture>(img: I): I {
  return onPicture("invert", img, (pixels) => {
    checkChannels("invert", pixels);
    return pixels.neg().add(pixels.isFloatingPoint() ? 1 : 255);
  });
}

function checkBytes(op: string, img: Tensor): void {
  if (img.dtype !== "uint8")
    throw new DTypeError(`[${op}] Only uint8 image tensors are supported, but found ${img.dtype}`);
}

/**
 * An image of bytes with fewer bits for each channel.
 *
 * @param bits number of bits that are kept, from 0 to 8
 * @throws DTypeError unless the image is of bytes
 * @example vision.transforms.functional.posterize(tensor([[[200, 100]]], { dtype: "uint8" }), 1).flatten(); // tensor([128,   0], dtype=torch.uint8)
 */
export function posterize<I extends Picture>(img: I, bits: number): I {
  return onPicture("posterize", img, (pixels) => {
    checkChannels("posterize", pixels);
    checkBytes("posterize", pixels);
    return pixels.bitwiseAnd(256 - 2 ** (8 - bits));
  });
}

/**
 * An image whose values from a threshold on are inverted.
 *
 * @throws ValueError for a threshold above the largest value
 * @example vision.transforms.functional.solarize(tensor([[[0.25, 0.75]]]), 0.5); // tensor([[[0.2500, 0.2500]]])
 */
export function solarize<I extends Picture>(img: I, threshold: number): I {
  return onPicture("solarize", img, (pixels) => {
    checkChannels("solarize", pixels);
    if (threshold > (pixels.isFloatingPoint() ? 1 : 255)) {
      throw new ValueError("[solarize] Threshold should be less than bound of img.");
    }
    return where(pixels.ge(threshold), invert(pixels), pixels);
  });
}

/**
 * An image whose darkest value in each channel becomes 0 and its brightest the largest one.
 *
 * @example vision.transforms.functional.autocontrast(tensor([[[0.25, 0.5, 0.75]]])); // tensor([[[0.0000, 0.5000, 1.0000]]])
 */
export function autocontrast<I extends Picture>(img: I): I {
  return onPicture(
    "autocontrast",
    img,
    (pixels) => {
      checkChannels("autocontrast", pixels);
      const bound = pixels.isFloatingPoint() ? 1 : 255;
      const floats = pixels.isFloatingPoint() ? pixels : pixels.float();
      const low = floats.amin([-2, -1], true);
      const range = floats.amax([-2, -1], true).sub(low);
      const isFlat = range.eq(0);
      const scale = where(isFlat, 1, where(isFlat, 1, range).reciprocal().mul(bound));
      return asBytes(
        floats
          .sub(where(isFlat, 0, low))
          .mul(scale)
          .clamp(0, bound),
        pixels,
      );
    },
    (pixels) => pillowAutocontrast(pixels),
  );
}

/**
 * An image of bytes whose values are spread so that each comes about equally often.
 *
 * @throws DTypeError unless the image is of bytes
 * @example vision.transforms.functional.equalize(tensor([[[1, 2, 3, 4]]], { dtype: "uint8" })).flatten(); // tensor([1, 2, 3, 4], dtype=torch.uint8)
 */
export function equalize<I extends Picture>(img: I): I {
  return onPicture("equalize", img, (pixels) => {
    checkChannels("equalize", pixels);
    checkBytes("equalize", pixels);
    const data = pixels.dataSync() as Uint8Array;
    const plane = pixels.size(-2) * pixels.size(-1);
    for (let start = 0; start < data.length; start += plane) equalizePlane(data.subarray(start, start + plane));
    return tensor(data, { device: pixels.device }).view(pixels.shape);
  });
}

/** Looks up each byte in the cumulative histogram. */
function equalizePlane(plane: Uint8Array): void {
  const histogram = new Int32Array(256);
  for (const value of plane) histogram[value]!++;
  const last = histogram.findLast((count) => count > 0) ?? 0;
  const step = Math.floor((plane.length - last) / 255);
  if (step === 0) return;
  const table = new Uint8Array(256);
  let sum = Math.floor(step / 2);
  for (let value = 0; value < 256; value++) {
    table[value] = Math.min(Math.floor(sum / step), 255);
    sum += histogram[value]!;
  }
  for (let i = 0; i < plane.length; i++) plane[i] = table[plane[i]!]!;
}
