/** @file Image files: PNG and JPEG in and out, through packages that are loaded when they are used. */
import { readArgument } from "../core/arguments.ts";
import { DataError, DTypeError, ShapeError, TapegradError } from "../core/errors.ts";
import { aFileName, type FileName, bytes as someBytes } from "../core/file-kinds.ts";
import { aTensor, type Kind, kind } from "../core/kinds.ts";
import { bracketed } from "../core/shape.ts";
import { type Image, type PackedImage, toPixels, unpacked } from "../data/transforms/picture.ts";
import { reasonOf } from "../platform/builtin.ts";
import { readFileSync, writeFileWhole } from "../platform/files.ts";
import { requirePackage } from "../platform/packages.ts";
import { encodePng as pngOf } from "../platform/png.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { grayOf } from "./transforms/pillow-colors.ts";

/** What is used of the package fast-png. */
interface FastPng {
  decode(data: Uint8Array): DecodedPng;
  convertIndexedToRgb(image: DecodedPng): Uint8Array;
}

interface DecodedPng {
  readonly width: number;
  readonly height: number;
  readonly depth: number;
  readonly channels: number;
  readonly data: Uint8Array | Uint8ClampedArray | Uint16Array;
  readonly palette?: readonly (readonly number[])[];
}

/** What is used of the package jpeg-js. */
interface JpegJs {
  decode(
    data: Uint8Array,
    options: object,
  ): { readonly width: number; readonly height: number; readonly data: Uint8Array };
  encode(image: object, quality: number): { readonly data: Uint8Array };
}

/** How the channels of a file become those of an image. "unchanged" keeps them. */
export type ImageReadMode = "unchanged" | "gray" | "rgb";

/** Names of the modes, as torchvision has them. A mode's text can be given as well: `"rgb"`. */
export const ImageReadMode = { UNCHANGED: "unchanged", GRAY: "gray", RGB: "rgb" } as const;

function load<T>(op: string, format: string, name: string): T {
  const found = requirePackage(name) as T | undefined;
  if (found !== undefined) return found;
  throw new TapegradError(`[${op}] ${format} files need the package ${name}: npm install ${name}`);
}

/** The image in the bytes of a PNG or JPEG file, as an `ndarray` of bytes: [rows, columns] if it is gray. */
export function decodeToArray(bytes: Uint8Array, mode: ImageReadMode = "unchanged"): Image {
  const given = readArgument("decodeImage", "bytes", someBytes, bytes);
  return unpacked(convert(decode("decodeImage", given), mode), false);
}

/**
 * The image in the bytes of a PNG or JPEG file, as a uint8 tensor [channels, rows, columns].
 *
 * @throws DataError for anything but a PNG or JPEG file; TapegradError if the package that reads it is not installed
 * @example
 * const png = vision.io.encodePng(tensor([[[0, 255]]], { dtype: "uint8" }));
 * vision.io.decodeImage(png); // tensor([[[  0, 255]]], dtype=torch.uint8)
 */
export function decodeImage(bytes: Uint8Array, mode: ImageReadMode = "unchanged"): Tensor {
  return toPixels(decodeToArray(bytes, mode));
}

/**
 * The image in a PNG or JPEG file, as a uint8 tensor [channels, rows, columns].
 *
 * @throws DataError if there is no such file, or it is neither a PNG nor a JPEG
 * @example
 * ```ts no-run
 * const image = vision.io.readImage("cat.jpg"); // uint8 [3, rows, columns]
 * ```
 */
export function readImage(path: FileName, mode: ImageReadMode = "unchanged"): Tensor {
  const file = readArgument("readImage", "path", aFileName, path);
  return toPixels(readArray("readImage", file, mode));
}

/** The image in a file as an `ndarray`. @throws DataError that names the file */
export function readArray(op: string, file: string, mode: ImageReadMode): Image {
  let bytes: Uint8Array | null;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw new DataError(`[${op}] ${file} cannot be read: ${reasonOf(error)}`, { cause: error });
  }
  if (bytes === null) throw new DataError(`[${op}] there is no file ${file}`);
  try {
    return unpacked(convert(decode(op, bytes), mode), false);
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    throw new DataError(`${error.message} File: ${file}`, { cause: error });
  }
}

function decode(op: string, bytes: Uint8Array): PackedImage {
  if (bytes[0] === 0x89 && bytes[1] === 0x50) {
    const library = load<FastPng>(op, "PNG", "fast-png");
    return attempt(op, "PNG", () => pixelsOfPng(op, library, bytes));
  }
  if (bytes[0] === 0xff && bytes[1] === 0xd8) {
    const { decode: read } = load<JpegJs>(op, "JPEG", "jpeg-js");
    return attempt(op, "JPEG", () => {
      const { width, height, data } = read(bytes, {
        useTArray: true,
        formatAsRGBA: false,
        maxMemoryUsageInMB: 4096,
        maxResolutionInMP: 1000,
      });
      return { width, height, channels: data.length / (width * height), data };
    });
  }
  throw new DataError(`[${op}] Unsupported image file. Only jpeg and png are currently supported.`);
}

function attempt(op: string, format: string, run: () => PackedImage): PackedImage {
  try {
    return run();
  } catch (error) {
    if (error instanceof DataError) throw error;
    throw new DataError(`[${op}] the ${format} file is damaged: ${reasonOf(error)}`, { cause: error });
  }
}

function pixelsOfPng(op: string, library: FastPng, bytes: Uint8Array): PackedImage {
  const png = library.decode(bytes);
  const { width, height, depth } = png;
  if (png.palette !== undefined) {
    const data = library.convertIndexedToRgb(png);
    return { width, height, channels: data.length / (width * height), data };
  }
  const { channels, data } = png;
  if (depth === 16) return { width, height, channels, data: Uint8Array.from(data, (value) => value >> 8) };
  if (depth === 8) return { width, height, channels, data: new Uint8Array(data) };
  if (channels !== 1)
    throw new DataError(`[${op}] a PNG file of ${depth} bits in ${channels} channels is not supported`);
  const largest = 2 ** depth - 1;
  const perRow = Math.ceil((width * depth) / 8);
  const gray = Uint8Array.from({ length: width * height }, (_, i) => {
    const bit = (i % width) * depth;
    const byte = data[Math.floor(i / width) * perRow + (bit >> 3)] ?? 0;
    return (((byte >> (8 - depth - (bit & 7))) & largest) * 255) / largest;
  });
  return { width, height, channels: 1, data: gray };
}

/** Alpha is left out, as Pillow does; gray values are Pillow's. */
function convert(pixels: PackedImage, mode: ImageReadMode): PackedImage {
  const { width, height, channels, data } = pixels;
  const wanted = mode === "rgb" ? 3 : mode === "gray" ? 1 : channels;
  if (wanted === channels) return pixels;
  const count = width * height;
  const out = new Uint8Array(count * wanted);
  const colors = channels >= 3;
  for (let i = 0; i < count; i++) {
    const at = i * channels;
    const [r = 0, g = r, b = r] = colors ? data.subarray(at, at + 3) : data.subarray(at, at + 1);
    if (wanted === 3) out.set([r, g, b], i * 3);
    else out[i] = colors ? grayOf(r, g, b) : r;
  }
  return { width, height, channels: wanted, data: out };
}

/** Reads a uint8 tensor [channels, rows, columns] into rows of pixels. */
function pixelsOf(op: string, image: Tensor, permitted: readonly number[]): PackedImage {
  const given = readArgument(op, "input", aTensor, image);
  if (given.dtype !== "uint8")
    throw new DTypeError(`[${op}] Input tensor dtype should be uint8, but got ${given.dtype}`);
  if (given.ndim !== 3 || !permitted.includes(given.size(0))) {
    throw new ShapeError(
      `[${op}] expected a tensor [channels, rows, columns] of ${permitted.join(" or ")} channels, but got ${bracketed(given.shape)}`,
    );
  }
  const [channels = 1, height = 0, width = 0] = given.shape;
  return { width, height, channels, data: given.permute(1, 2, 0).dataSync() as Uint8Array };
}

/**
 * A PNG file of a uint8 tensor [1 or 3, rows, columns]. In Node only.
 *
 * @example vision.io.encodePng(zeros(3, 2, 2, { dtype: "uint8" })).slice(1, 4); // Uint8Array(3) [80, 78, 71]
 */
export function encodePng(input: Tensor): Uint8Array {
  const { data, width, height, channels } = pixelsOf("encodePng", input, [1, 3]);
  return pngOf(data, width, height, channels);
}

const aQuality: Kind<number> = kind(
  "a quality from 1 to 100",
  (value) => Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 100,
);

/**
 * A JPEG file of a uint8 tensor [1 or 3, rows, columns]. Needs the package `jpeg-js`.
 *
 * @param quality from 1 to 100. Default 75.
 * @example vision.io.encodeJpeg(zeros(3, 2, 2, { dtype: "uint8" })).slice(0, 2); // Uint8Array(2) [255, 216]
 */
export function encodeJpeg(input: Tensor, quality = 75): Uint8Array {
  readArgument("encodeJpeg", "quality", aQuality, quality);
  const { data, width, height, channels } = pixelsOf("encodeJpeg", input, [1, 3]);
  const { encode } = load<JpegJs>("encodeJpeg", "JPEG", "jpeg-js");
  const rgba = new Uint8Array(width * height * 4).fill(255);
  for (let i = 0; i < width * height; i++) {
    for (let c = 0; c < 3; c++) rgba[i * 4 + c] = data[i * channels + (channels === 3 ? c : 0)] as number;
  }
  return new Uint8Array(encode({ width, height, data: rgba }, quality).data);
}

/** Formats of image files that can be written. */
export type ImageFormat = "png" | "jpeg";

/** Writes an image into a file. */
export async function writeImage(input: Tensor, file: string, format: ImageFormat): Promise<void> {
  await writeFileWhole(file, format === "png" ? encodePng(input) : encodeJpeg(input));
}
