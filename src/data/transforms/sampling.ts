/** @file Tensor images sampled at places between their pixels: rotations, affine and perspective transforms. */
import { DTypeError, ValueError } from "../../core/errors.ts";
import { tensor } from "../../tensor/create.ts";
import type { Tensor } from "../../tensor/tensor.ts";

/** How a place between pixels gets its value. */
export type SamplingInterpolation = "nearest" | "bilinear";

/** A value for what lies outside of the image: one for all channels, or one for each. */
export type Fill = number | readonly number[];

/** Where each pixel of the result lies in the image, in columns and rows from the middle of the first pixel. */
export interface Places {
  readonly rows: number;
  readonly columns: number;
  readonly x: Float32Array | Float64Array;
  readonly y: Float32Array | Float64Array;
}

/**
 * Samples an image [..., rows, columns] at places. Without a fill, what is outside counts as 0.
 *
 * @throws ValueError for a fill that has neither one number nor as many as there are channels
 */
export function sampleImage(
  op: string,
  image: Tensor,
  places: Places,
  interpolation: SamplingInterpolation,
  fill: Fill | null,
): Tensor {
  const [height = 0, width = 0] = image.shape.slice(-2);
  const floats = image.isFloatingPoint() ? image : image.float();
  const { dtype, device } = floats;
  const pixels = floats.flatten(-2);
  const count = places.rows * places.columns;
  const inside = new Float64Array(count);
  let mixed: Tensor | undefined;
  for (const tap of interpolation === "nearest" ? [NEAREST] : CORNERS) {
    const index = new Int32Array(count);
    const weights = new Float64Array(count);
    for (let i = 0; i < count; i++) {
      const x = places.x[i]!;
      const y = places.y[i]!;
      const column = tap === NEAREST ? roundHalfEven(x) : Math.floor(x) + tap[0];
      const row = tap === NEAREST ? roundHalfEven(y) : Math.floor(y) + tap[1];
      if (!(column >= 0 && row >= 0 && column < width && row < height)) continue;
      const weight = tap === NEAREST ? 1 : (1 - Math.abs(x - column)) * (1 - Math.abs(y - row));
      index[i] = row * width + column;
      weights[i] = weight;
      inside[i]! += weight;
    }
    const chosen = pixels.indexSelect(-1, tensor(index, { device })).mul(tensor(weights, { dtype, device }));
    mixed = mixed === undefined ? chosen : mixed.add(chosen);
  }
  const filled = withFill(op, mixed as Tensor, inside, fill).unflatten(-1, [places.rows, places.columns]);
  return image.isFloatingPoint() ? filled : filled.round().to(image.dtype);
}

/** torchvision weighs mixed pixels at the edge by the share of them that is inside once more, and fills the rest. */
function withFill(op: string, mixed: Tensor, inside: Float64Array, fill: Fill | null): Tensor {
  if (fill === null) return mixed;
  const values = typeof fill === "number" ? [fill] : fill;
  const channels = mixed.ndim > 1 ? mixed.size(-2) : 1;
  if (values.length !== 1 && values.length !== channels) {
    throw new ValueError(
      `[${op}] The number of elements in 'fill' cannot broadcast to match the number of channels of the image ` +
        `(${values.length} != ${channels})`,
    );
  }
  const { dtype, device } = mixed;
  const share = tensor(inside, { device }).to(dtype);
  const outside = tensor(
    inside.map((part) => 1 - part),
    { device },
  ).to(dtype);
  const color = tensor([...values], { dtype, device });
  const border = mixed.ndim > 1 ? outside.mul(color.unsqueeze(-1)) : outside.mul(color);
  return mixed.mul(share).add(border);
}

/** @throws DTypeError for integers where pixels are mixed */
export function checkMixable(op: string, image: Tensor, interpolation: SamplingInterpolation): void {
  if (interpolation === "bilinear" && !image.isFloatingPoint() && image.dtype !== "uint8") {
    throw new DTypeError(`[${op}] bilinear needs a float tensor or bytes, but got ${image.dtype}`);
  }
}

/** One pixel, whose weight is 1. */
const NEAREST = [0, 0] as const;

/** The four pixels around a place. */
const CORNERS = [[0, 0] as const, [1, 0] as const, [0, 1] as const, [1, 1] as const];

function roundHalfEven(x: number): number {
  const low = Math.floor(x);
  if (x - low === 0.5) return low % 2 === 0 ? low : low + 1;
  return Math.round(x);
}

/** The first two rows of a 3 × 3 matrix, row by row. */
export type AffineMatrix = readonly [number, number, number, number, number, number];

/**
 * Where a matrix around the centre takes each pixel of a result, in an image of another size.
 *
 * As PyTorch, in the coordinates from −1 to 1 of `grid_sample` and in the precision of the image: its roundings decide which
 * pixel is nearest where a place is right between two.
 */
export function affinePlaces(
  image: Tensor,
  [a, b, c, d, e, f]: AffineMatrix,
  [rows, columns]: readonly [number, number],
): Places {
  const [height = 0, width = 0] = image.shape.slice(-2);
  const round = image.dtype === "float64" ? (value: number) => value : Math.fround;
  const [halfWidth, halfHeight] = [0.5 * width, 0.5 * height];
  const [ax, bx, cx] = [a, b, c].map((value) => round(round(value) / halfWidth)) as [number, number, number];
  const [ay, by, cy] = [d, e, f].map((value) => round(round(value) / halfHeight)) as [number, number, number];
  const x = new Float64Array(rows * columns);
  const y = new Float64Array(rows * columns);
  for (let row = 0, i = 0; row < rows; row++) {
    const v = row + 0.5 - rows / 2;
    for (let column = 0; column < columns; column++, i++) {
      const u = column + 0.5 - columns / 2;
      const gx = round(round(round(u * ax) + round(v * bx)) + cx);
      const gy = round(round(round(u * ay) + round(v * by)) + cy);
      x[i] = round(round(round(round(gx + 1) * width) - 1) / 2);
      y[i] = round(round(round(round(gy + 1) * height) - 1) / 2);
    }
  }
  return { rows, columns, x, y };
}

/** Rows and columns that hold the whole of an image after the inverse of a matrix. */
export function affineBounds(
  [a, b, c, d, e, f]: AffineMatrix,
  [height, width]: readonly [number, number],
): readonly [rows: number, columns: number] {
  const corners = [-0.5, 0.5].flatMap((u) => [-0.5, 0.5].map((v) => [u * width, v * height] as const));
  // Roundings of the angle must not cost a row: float32, as in torchvision, and then four decimals.
  const cut = (x: number): number => Math.trunc(Math.fround(x) * 1e4) / 1e4;
  const extent = (xs: readonly number[]): number => Math.ceil(cut(Math.max(...xs))) - Math.floor(cut(Math.min(...xs)));
  const columns = extent(corners.map(([u, v]) => a * u + b * v + c + width / 2));
  const rows = extent(corners.map(([u, v]) => d * u + e * v + f + height / 2));
  return [rows, columns];
}
