/**
 * @file Resizing of images of bytes as Pillow does it: each row, then each column is a sum of pixels with integer weights of
 * 22 bits, rounded in between.
 */
import ndarray from "ndarray";
import { type Image, packed } from "./picture.ts";

/** Names of the interpolation modes of `Resize`. */
export const RESIZE_MODES = ["bilinear", "bicubic", "nearest", "lanczos", "hamming", "box"] as const;

/** Interpolation modes of `Resize`; the last three are for images of bytes as files have them. */
export type ResizeInterpolation = (typeof RESIZE_MODES)[number];

const PRECISION_BITS = 22;

/** A kernel: its value at a distance, and where it ends. */
export interface ResampleFilter {
  readonly support: number;
  readonly at: (distance: number) => number;
}

/** Cubic convolution with parameter a (Keys, 1981). */
export function cubicFilter(a: number): ResampleFilter {
  return {
    support: 2,
    at: (distance) => {
      const x = Math.abs(distance);
      if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
      return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
    },
  };
}

/** A triangle. */
export const TRIANGLE: ResampleFilter = { support: 1, at: (distance) => Math.max(0, 1 - Math.abs(distance)) };

const sinc = (x: number): number => (x === 0 ? 1 : Math.sin(x * Math.PI) / (x * Math.PI));

const LANCZOS: ResampleFilter = { support: 3, at: (x) => (x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0) };

const HAMMING: ResampleFilter = {
  support: 1,
  at: (distance) => {
    const x = Math.abs(distance);
    if (x === 0) return 1;
    return x < 1 ? sinc(x) * (0.54 + 0.46 * Math.cos(x * Math.PI)) : 0;
  },
};

const BOX: ResampleFilter = { support: 0.5, at: (x) => (x > -0.5 && x <= 0.5 ? 1 : 0) };

const FILTERS = {
  bilinear: TRIANGLE,
  bicubic: cubicFilter(-0.5),
  lanczos: LANCZOS,
  hamming: HAMMING,
  box: BOX,
} as const;

/** For each position of the result: the first pixel that counts, and the weights of it and those behind it. */
export interface ResampleWeights {
  readonly first: number;
  readonly weights: readonly number[];
}

/** Normalised weights of an antialiased kernel, which is as wide as the scale says. */
export function antialiasedWeights(from: number, to: number, { support, at }: ResampleFilter): ResampleWeights[] {
  const scale = from / to;
  const stretch = Math.max(scale, 1);
  const reach = support * stretch;
  return Array.from({ length: to }, (_, i) => {
    const center = (i + 0.5) * scale;
    const first = Math.max(Math.trunc(center - reach + 0.5), 0);
    const end = Math.min(Math.trunc(center + reach + 0.5), from);
    const weights = Array.from({ length: end - first }, (_, j) => at((j + first - center + 0.5) / stretch));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    return { first, weights: total === 0 ? weights : weights.map((weight) => weight / total) };
  });
}

/** Resizes an image of bytes to rows and columns. */
export function resampleBytes(image: Image, rows: number, columns: number, mode: ResizeInterpolation): Image {
  const { height, width, channels, data: pixels } = packed(image);
  const shape = image.shape.length === 2 ? [rows, columns] : [rows, columns, channels];
  if (mode === "nearest") return ndarray(nearest(pixels, height, width, channels, rows, columns), shape);
  const filter = FILTERS[mode];
  const wide = columns === width ? pixels : resampleAxis(pixels, height, width, channels, columns, filter);
  if (rows === height) return ndarray(wide, shape);
  return ndarray(resampleAxis(wide, 1, height, columns * channels, rows, filter), shape);
}

function nearest(pixels: Uint8Array, height: number, width: number, channels: number, rows: number, columns: number) {
  const result = new Uint8Array(rows * columns * channels);
  const [fromRows, fromColumns] = [steps(height, rows), steps(width, columns)];
  for (let y = 0, k = 0; y < rows; y++) {
    const row = fromRows[y]! * width;
    for (let x = 0; x < columns; x++) {
      const from = (row + fromColumns[x]!) * channels;
      for (let c = 0; c < channels; c++, k++) result[k] = pixels[from + c] as number;
    }
  }
  return result;
}

/** From which line each line of a scaled image comes. Places are added up, as Pillow does it: the roundings decide. */
function steps(from: number, to: number): Int32Array {
  const scale = from / to;
  const lines = new Int32Array(to);
  for (let i = 0, place = scale * 0.5; i < to; i++, place += scale) lines[i] = Math.min(Math.floor(place), from - 1);
  return lines;
}

/** Resamples the middle one of the dimensions outer, size, inner. */
function resampleAxis(
  pixels: Uint8Array,
  outer: number,
  size: number,
  inner: number,
  to: number,
  filter: ResampleFilter,
): Uint8Array {
  const weights = antialiasedWeights(size, to, filter).map(({ first, weights }) => ({
    first,
    weights: Int32Array.from(weights, (weight) => {
      const scaled = weight * (1 << PRECISION_BITS);
      return Math.trunc(scaled < 0 ? scaled - 0.5 : scaled + 0.5);
    }),
  }));
  const result = new Uint8ClampedArray(outer * to * inner);
  for (let o = 0; o < outer; o++) {
    for (const [i, { first, weights: integers }] of weights.entries()) {
      const start = (o * size + first) * inner;
      const out = (o * to + i) * inner;
      for (let k = 0; k < inner; k++) {
        let sum = 1 << (PRECISION_BITS - 1);
        for (let j = 0; j < integers.length; j++) sum += pixels[start + j * inner + k]! * integers[j]!;
        result[out + k] = Math.floor(sum / (1 << PRECISION_BITS));
      }
    }
  }
  return new Uint8Array(result.buffer);
}
