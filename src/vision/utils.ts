/** @file The namespace `utils`: grids of images, images as files, and drawing. */
import { noGrad } from "../autograd/grad-mode.ts";
import { type Args, optional, required, signature } from "../core/arguments.ts";
import { describeValue } from "../core/describe.ts";
import { ShapeError, ValueError } from "../core/errors.ts";
import { aFileName, type FileName } from "../core/file-kinds.ts";
import {
  aBoolean,
  aNumber,
  anInteger,
  aSize,
  aTensor,
  either,
  type Kind,
  kind,
  nullable,
  oneOf,
  tensors,
} from "../core/kinds.ts";
import { bracketed } from "../core/shape.ts";
import { full } from "../tensor/create.ts";
import { cat, stack } from "../tensor/functions/shape.ts";
import { Tensor } from "../tensor/tensor.ts";
import { type ImageFormat, writeImage } from "./image-files.ts";

export {
  type BoundingBoxOptions,
  type Color,
  type Colors,
  drawBoundingBoxes,
  drawSegmentationMasks,
  type SegmentationMaskOptions,
} from "./drawing.ts";

/** Options of {@link makeGrid}. */
export interface MakeGridOptions {
  /** Number of images in each row. Default 8. */
  readonly nrow?: number | undefined;
  /** Pixels between images and around the grid. Default 2. */
  readonly padding?: number | undefined;
  /** Shift the images to the range from 0 to 1, by the bounds in `valueRange`. Default false. */
  readonly normalize?: boolean | undefined;
  /** Bounds [min, max] for `normalize`. Default null: the smallest and the largest value. */
  readonly valueRange?: readonly [number, number] | null | undefined;
  /** Normalize each image by itself, not all by common bounds. Default false. */
  readonly scaleEach?: boolean | undefined;
  /** Value of the pixels between. Default 0. */
  readonly padValue?: number | undefined;
}

const aRange: Kind<readonly [number, number]> = kind(
  "two numbers [min, max]",
  (value) => Array.isArray(value) && value.length === 2 && value.every((one) => typeof one === "number"),
);

const images = either(aTensor, tensors, "a Tensor or a list of Tensors");

const GRID = {
  nrow: optional(anInteger, 8),
  padding: optional(aSize, 2),
  normalize: optional(aBoolean, false),
  valueRange: optional(nullable(aRange), null),
  scaleEach: optional(aBoolean, false),
  padValue: optional(aNumber, 0),
} as const;

const MAKE_GRID = signature("makeGrid", { tensor: required(images), ...GRID });

type GridPositions = [
  nrow: number,
  padding: number,
  normalize: boolean,
  valueRange: readonly [number, number] | null,
  scaleEach: boolean,
  padValue: number,
];

/**
 * A grid of images: a tensor [channels, rows, columns] of a batch [n, channels, rows, columns], or of a list of images of
 * one size. Gray images get three channels.
 *
 * @throws ShapeError for another number of dimensions
 * @example
 * vision.utils.makeGrid(ones(4, 3, 8, 8), { nrow: 2 }).shape; // [3, 22, 22]
 */
export function makeGrid(
  ...args: Args<
    [tensor: Tensor | readonly Tensor[]],
    GridPositions,
    { readonly tensor: Tensor | readonly Tensor[] } & MakeGridOptions
  >
): Tensor {
  const { tensor, ...settings } = MAKE_GRID.read(args);
  return noGrad(() => gridOf("makeGrid", tensor, settings));
}

interface GridSettings {
  readonly nrow: number;
  readonly padding: number;
  readonly normalize: boolean;
  readonly valueRange: readonly [number, number] | null;
  readonly scaleEach: boolean;
  readonly padValue: number;
}

function gridOf(op: string, given: Tensor | readonly Tensor[], settings: GridSettings): Tensor {
  const { nrow, padding, padValue } = settings;
  if (nrow < 1) throw new ValueError(`[${op}] nrow should be at least 1, but got ${nrow}`);
  const batch = normalized(batchOf(op, given), settings);
  const [count = 0, channels = 0, rows = 0, columns = 0] = batch.shape;
  if (count === 0) throw new ShapeError(`[${op}] expected at least one image, but got shape ${bracketed(batch.shape)}`);
  if (count === 1) return batch.select(0, 0);
  const across = Math.min(nrow, count);
  const down = Math.ceil(count / across);
  const [height, width] = [rows + padding, columns + padding];
  const { dtype, device } = batch;
  const grid = full([channels, height * down + padding, width * across + padding], padValue, { dtype, device });
  for (let i = 0; i < count; i++) {
    const [y, x] = [Math.floor(i / across) * height + padding, (i % across) * width + padding];
    grid.narrow(1, y, rows).narrow(2, x, columns).copy_(batch.select(0, i));
  }
  return grid;
}

/** [n, channels, rows, columns] with three channels for gray images. */
function batchOf(op: string, given: Tensor | readonly Tensor[]): Tensor {
  let x = given instanceof Tensor ? given : stack([...given]);
  if (x.ndim === 2) x = x.unsqueeze(0);
  if (x.ndim === 3) x = x.unsqueeze(0);
  if (x.ndim !== 4) {
    throw new ShapeError(`[${op}] expected a batch [n, channels, rows, columns], but got shape ${bracketed(x.shape)}`);
  }
  return x.size(1) === 1 ? cat([x, x, x], 1) : x;
}

function normalized(batch: Tensor, { normalize, valueRange, scaleEach }: GridSettings): Tensor {
  if (!normalize) return batch;
  if (valueRange !== null) {
    const [low, high] = valueRange;
    return batch
      .clamp(low, high)
      .sub(low)
      .div(Math.max(high - low, 1e-5));
  }
  const bounds = scaleEach ? [1, 2, 3] : [0, 1, 2, 3];
  const low = batch.amin(bounds, true);
  return batch.sub(low).div(batch.amax(bounds, true).sub(low).clamp(1e-5));
}

/** Options of {@link saveImage}. */
export interface SaveImageOptions extends MakeGridOptions {
  /** "png" or "jpeg". Default null: by the ending of the name. */
  readonly format?: ImageFormat | null | undefined;
}

const SAVE_IMAGE = signature("saveImage", {
  tensor: required(images),
  fp: required(aFileName),
  format: optional(nullable(oneOf("png", "jpeg")), null),
  ...GRID,
});

/**
 * Saves an image, or a batch of them as a grid, in a PNG or JPEG file. Values from 0 to 1 become bytes from 0 to 255. JPEG
 * files need the package `jpeg-js`.
 *
 * @param fp path of the file, which ends in .png, .jpg or .jpeg
 * @throws ValueError for another ending without a `format`
 * @example
 * await vision.utils.saveImage(rand(4, 3, 8, 8), "grid.png", { nrow: 2 });
 * vision.io.readImage("grid.png").shape; // [3, 22, 22]
 */
export async function saveImage(
  ...args: Args<
    [tensor: Tensor | readonly Tensor[], fp: FileName],
    [format: ImageFormat | null],
    { readonly tensor: Tensor | readonly Tensor[]; readonly fp: FileName } & SaveImageOptions
  >
): Promise<void> {
  const { tensor, fp, format, ...settings } = SAVE_IMAGE.read(args);
  const grid = noGrad(() => gridOf("saveImage", tensor, settings).mul(255).add(0.5).clamp(0, 255));
  const bytes = (await grid.cpu()).to("uint8");
  await writeImage(bytes, fp, format ?? formatOf(fp));
}

function formatOf(file: string): ImageFormat {
  const ending = /\.([^./\\]+)$/.exec(file)?.[1]?.toLowerCase();
  if (ending === "png") return "png";
  if (ending === "jpg" || ending === "jpeg") return "jpeg";
  throw new ValueError(
    `[saveImage] unknown file extension in ${describeValue(file)}: expected .png, .jpg or .jpeg, or a format`,
  );
}
