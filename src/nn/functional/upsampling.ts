/** @file Interpolation and upsampling. */

import type { DType } from "../../../kernels/backend.ts";
import { apply } from "../../autograd/apply.ts";
import { composite } from "../../autograd/batching.ts";
import { type Arguments, optional, signature, type ThenOptions } from "../../core/arguments.ts";
import { describeBare } from "../../core/describe.ts";
import { isFloat } from "../../core/dtype.ts";
import { ShapeError, ValueError } from "../../core/errors.ts";
import { aBoolean, aNumber, either, nullable, numbers, oneOf, only, worded } from "../../core/kinds.ts";
import { bracketed } from "../../core/shape.ts";
import { withGradFnName } from "../../tensor/functions/grad-fn-name.ts";
import { newFrom } from "../../tensor/like.ts";
import { type SparseMatrix, timesMatrix } from "../../tensor/ops/sampling.ts";
import { checkCount } from "../../tensor/range.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { adaptiveAvgPool1d, adaptiveAvgPool2d } from "./pooling.ts";
import { checkFloat, INPUT } from "./validate.ts";

/** One number for all directions, or one for each. */
type PerDirection = number | readonly number[];

/**
 * Algorithm used for upsampling: `"linear"` for 3-D inputs, `"bilinear"` and `"bicubic"` for 4-D ones, `"trilinear"` for 5-D
 * ones, the others for all.
 */
export type InterpolationMode = (typeof MODES)[number];

const MODES = ["nearest", "nearest-exact", "linear", "bilinear", "bicubic", "trilinear", "area"] as const;

/** The modes that take neighbouring pixels together, and the rank that each is for. */
const INTERPOLATING = { linear: 3, bilinear: 4, bicubic: 4, trilinear: 5 } as const;

const isInterpolating = (mode: InterpolationMode): mode is keyof typeof INTERPOLATING => mode in INTERPOLATING;

/** Options of {@link interpolate}. */
export interface InterpolateOptions {
  /** Output spatial size. Either this or `scaleFactor`. */
  readonly size?: PerDirection | null | undefined;
  /** Multiplier for the spatial size: one for all dimensions, or a list. */
  readonly scaleFactor?: PerDirection | null | undefined;
  /** Algorithm used for upsampling. Default "nearest". */
  readonly mode?: InterpolationMode | undefined;
  /**
   * Align the centers of the corner pixels, which keep their values, instead of their outer edges. Only for "linear",
   * "bilinear", "bicubic" and "trilinear". Default null: false.
   */
  readonly alignCorners?: boolean | null | undefined;
  /** Recompute the scale from the output size instead of using `scaleFactor` itself. Default null: false. */
  readonly recomputeScaleFactor?: boolean | null | undefined;
}

const aFactor = nullable(either(aNumber, numbers));

/** The arguments after the input, in PyTorch's order; the layer takes the same. */
export const INTERPOLATE_ARGUMENTS = {
  size: optional(aFactor, null),
  scaleFactor: optional(aFactor, null),
  mode: optional(
    worded(
      oneOf(...MODES),
      (_, value) => `mode must be ${MODES.slice(0, -1).join(", ")} or area, but got ${describeBare(value)}`,
    ),
    "nearest",
  ),
  alignCorners: optional(nullable(aBoolean), null),
  recomputeScaleFactor: optional(nullable(aBoolean), null),
};
const INTERPOLATE = signature("interpolate", {
  ...INPUT,
  ...INTERPOLATE_ARGUMENTS,
  antialias: optional(only(false, "Smooth the input before making it smaller."), false),
});

/** One spatial dimension: input size, output size, and the input pixels per output pixel. */
interface Direction {
  readonly from: number;
  readonly to: number;
  readonly step: number;
}

/**
 * Resamples a signal, an image or a volume to the given size or scale factor, one direction after the other.
 *
 * @param x - [N,C,L], [N,C,H,W] or [N,C,D,H,W]; floating dtype, or uint8 in the mode "nearest".
 * @returns [N,C,L'], [N,C,H',W'] or [N,C,D',H',W'].
 * @throws ShapeError for another rank or an output without pixels; ValueError for both or neither of size and scale
 * factor, or `alignCorners` with a mode that does not interpolate.
 * @example
 * nn.functional.interpolate(tensor([[[1, 2]]]), { size: 4, mode: "linear" });
 * // tensor([[[1.0000, 1.2500, 1.7500, 2.0000]]])
 */
export function interpolate(
  x: Tensor,
  size?: PerDirection | null,
  scaleFactor?: PerDirection | null,
  mode?: InterpolationMode,
  alignCorners?: boolean | null,
  recomputeScaleFactor?: boolean | null,
): Tensor;
export function interpolate(x: Tensor, ...rest: ThenOptions<InterpolatePositions, InterpolateOptions>): Tensor;
export function interpolate(...args: readonly unknown[]): Tensor {
  const given = INTERPOLATE.read(args);
  return composite("interpolate", [given.input], given, () => interpolateNow(given));
}

/** Options of {@link upsampleNearest} and {@link upsampleBilinear}. */
export type UpsampleOptions = Pick<InterpolateOptions, "size" | "scaleFactor">;

const { size, scaleFactor } = INTERPOLATE_ARGUMENTS;
const UPSAMPLE_NEAREST = signature("upsampleNearest", { ...INPUT, size, scaleFactor });
const UPSAMPLE_BILINEAR = signature("upsampleBilinear", { ...INPUT, size, scaleFactor });

/**
 * PyTorch's older name of {@link interpolate} with the mode "nearest".
 *
 * @throws as {@link interpolate}.
 * @example nn.functional.upsampleNearest(tensor([[[1, 2]]]), { scaleFactor: 2 }); // tensor([[[1., 1., 2., 2.]]])
 */
export function upsampleNearest(x: Tensor, size?: PerDirection | null, scaleFactor?: PerDirection | null): Tensor;
export function upsampleNearest(x: Tensor, options: UpsampleOptions): Tensor;
export function upsampleNearest(...args: readonly unknown[]): Tensor {
  const { input, size, scaleFactor } = UPSAMPLE_NEAREST.read(args);
  return interpolate(input, { size, scaleFactor, mode: "nearest" });
}

/**
 * PyTorch's older name of {@link interpolate} with the mode "bilinear" and aligned corners.
 *
 * @throws as {@link interpolate}.
 * @example nn.functional.upsampleBilinear(tensor([[[[1, 4]]]]), { size: [1, 4] }); // tensor([[[[1., 2., 3., 4.]]]])
 */
export function upsampleBilinear(x: Tensor, size?: PerDirection | null, scaleFactor?: PerDirection | null): Tensor;
export function upsampleBilinear(x: Tensor, options: UpsampleOptions): Tensor;
export function upsampleBilinear(...args: readonly unknown[]): Tensor {
  const { input, size, scaleFactor } = UPSAMPLE_BILINEAR.read(args);
  return interpolate(input, { size, scaleFactor, mode: "bilinear", alignCorners: true });
}

function interpolateNow(given: ReturnType<typeof INTERPOLATE.read>): Tensor {
  const op = "interpolate";
  const { input: x, mode } = given;
  if (!(x.dtype === "uint8" && mode.startsWith("nearest"))) checkFloat(op, x);
  if (x.ndim < 3 || x.ndim > 5) {
    throw new ShapeError(`[${op}] Input Error: Only 3D, 4D and 5D input Tensors supported (got ${x.ndim}D)`);
  }
  checkMode(op, mode, given.alignCorners);
  const needed = isInterpolating(mode) ? INTERPOLATING[mode] : x.ndim;
  if (x.ndim !== needed) {
    throw new ShapeError(`[${op}] Got ${x.ndim}D input, but ${mode} mode needs ${needed}D input`);
  }
  const directions = directionsOf(op, x, given);
  checkCount(op, [...x.shape.slice(0, 2), ...directions.map(({ to }) => to)], x.dtype);
  // Each direction has a list of pixels, also where there is no image.
  for (const { to } of directions) checkCount(op, [to], "int32");
  if (mode === "area") return meanOfAreas(x, directions);
  const isCubic = mode === "bicubic";
  const matrixOf = (direction: Direction): SparseMatrix =>
    isInterpolating(mode)
      ? tapsOf(x.dtype, direction, isCubic, given.alignCorners === true)
      : nearestPixels(direction, mode === "nearest" ? 0 : 0.5);
  const resized = cheapestOrder(directions).reduce(
    (y, d) => resample(y, d + 2, matrixOf(directions[d] as Direction)),
    x,
  );
  return withGradFnName(`Upsample${NODES[mode]}${x.ndim - 2}DBackward1`, resized);
}

/** How much longer an element takes along the last direction than along the others, where whole rows are added. */
const COST_OF_LAST = 6;

/** All orders of some things. */
function ordersOf(things: readonly number[]): number[][] {
  if (things.length < 2) return [[...things]];
  return things.flatMap((first) => ordersOf(things.filter((other) => other !== first)).map((rest) => [first, ...rest]));
}

/** The order of directions in which the fewest elements are computed, those of the last direction counted several times. */
function cheapestOrder(directions: readonly Direction[]): readonly number[] {
  const costOf = (order: readonly number[]): number => {
    const lengths = directions.map(({ from }) => from);
    return order.reduce((cost, d) => {
      lengths[d] = (directions[d] as Direction).to;
      const elements = lengths.reduce((a, b) => a * b);
      return cost + (d === directions.length - 1 ? COST_OF_LAST : 1) * elements;
    }, 0);
  };
  return ordersOf(directions.map((_, d) => directions.length - 1 - d)).reduce((best, order) =>
    costOf(order) < costOf(best) ? order : best,
  );
}

/** The product of a matrix and a dimension; of bytes, each of which is one of the input's. */
function resample(x: Tensor, dim: number, matrix: SparseMatrix): Tensor {
  if (isFloat(x.dtype)) return timesMatrix(apply, x, dim, matrix);
  return x.indexSelect(dim, newFrom(x, "int32", matrix.columns, [matrix.columns.length]));
}

const NODES = {
  nearest: "Nearest",
  "nearest-exact": "NearestExact",
  linear: "Linear",
  bilinear: "Bilinear",
  bicubic: "Bicubic",
  trilinear: "Trilinear",
} as const;

/** The mean of the area of each output pixel. That of a volume is the mean along one direction of those of planes. */
function meanOfAreas(x: Tensor, directions: readonly Direction[]): Tensor {
  const [first, ...others] = directions.map(({ to }) => to) as [number, ...number[]];
  if (others.length === 0) return adaptiveAvgPool1d(x, first);
  if (others.length === 1) return adaptiveAvgPool2d(x, [first, others[0] as number]);
  const [n, channels, depth, height, width] = x.shape as [number, number, number, number, number];
  const planes = adaptiveAvgPool2d(x.reshape(n, channels * depth, height, width), others as [number, number]);
  const lines = planes.reshape(n, channels, depth, -1).transpose(2, 3).reshape(n, -1, depth);
  return adaptiveAvgPool1d(lines, first)
    .view([n, channels, -1, first])
    .transpose(2, 3)
    .reshape([n, channels, first, ...others]);
}

/** The optional positions after the input. */
export type InterpolatePositions = [
  size: PerDirection | null,
  scaleFactor: PerDirection | null,
  mode: InterpolationMode,
  alignCorners: boolean | null,
];

/** Checks that `alignCorners` goes with an interpolating mode. @throws ValueError otherwise. */
export function checkMode(op: string, mode: InterpolationMode, alignCorners: boolean | null): void {
  if (!isInterpolating(mode) && alignCorners !== null) {
    throw new ValueError(
      `[${op}] align_corners option can only be set with the interpolating modes: linear | bilinear | bicubic | trilinear`,
    );
  }
}

function directionsOf(op: string, x: Tensor, given: Arguments<typeof INTERPOLATE_ARGUMENTS>): Direction[] {
  const lengths = x.shape.slice(2);
  const { size, scaleFactor } = given;
  if (size !== null && scaleFactor !== null) {
    throw new ValueError(`[${op}] only one of size or scale_factor should be defined`);
  }
  const asked = size ?? scaleFactor;
  if (asked === null) throw new ValueError(`[${op}] either size or scale_factor should be defined`);
  const list = typeof asked === "number" ? lengths.map(() => asked) : asked;
  if (list.length !== lengths.length) {
    throw new ShapeError(
      `[${op}] Input and output must have the same number of spatial dimensions, but got input with spatial dimensions of ${bracketed(lengths)} and output size of (${list.join(", ")})`,
    );
  }
  return lengths.map((from, d) => {
    const wanted = list[d] as number;
    const to = size === null ? Math.floor(from * wanted) : wanted;
    if (!(from > 0 && Number.isSafeInteger(to) && to > 0)) {
      throw new ShapeError(
        `[${op}] Input and output sizes should be greater than 0, but got input ${bracketed(lengths)} output size ${to}`,
      );
    }
    const byFactor = size === null && given.recomputeScaleFactor !== true;
    if (given.alignCorners === true) return { from, to, step: to > 1 ? (from - 1) / (to - 1) : 0 };
    return { from, to, step: byFactor ? 1 / wanted : from / to };
  });
}

/** The nearest input pixel of each output pixel, computed in float32 as PyTorch does. */
function nearestPixels({ from, to, step }: Direction, shift: number): SparseMatrix {
  const single = Math.fround(step);
  const columns = Int32Array.from({ length: to }, (_, i) =>
    Math.min(Math.floor(Math.fround((i + shift) * single)), from - 1),
  );
  const starts = Int32Array.from({ length: to + 1 }, (_, i) => i);
  return { width: from, starts, columns, weights: new Float64Array(to).fill(1) };
}

/** Slope of the cubic function at the neighbouring pixel, PyTorch's. */
const CUBIC_A = -0.75;

/** Keys' cubic function of a distance of 0 … 1, and of 1 … 2. */
const cubicNear = (t: number): number => ((CUBIC_A + 2) * t - (CUBIC_A + 3)) * t * t + 1;
const cubicFar = (t: number): number => ((CUBIC_A * t - 5 * CUBIC_A) * t + 8 * CUBIC_A) * t - 4 * CUBIC_A;

/**
 * The two neighbouring pixels of each output pixel with linear weights, or the four with cubic ones. Positions are rounded
 * to the dtype, as in PyTorch.
 */
function tapsOf(dtype: DType, { from, to, step }: Direction, isCubic: boolean, alignCorners: boolean): SparseMatrix {
  const round = dtype === "float32" ? Math.fround : (value: number): number => value;
  const by = round(step);
  const offsets = isCubic ? [-1, 0, 1, 2] : [0, 1];
  const taps = offsets.length;
  const columns = new Int32Array(taps * to);
  const all = new Float64Array(taps * to);
  for (let i = 0; i < to; i++) {
    const centre = alignCorners ? round(i * by) : round(round(by * (i + 0.5)) - 0.5);
    const place = isCubic ? centre : Math.max(centre, 0);
    const before = Math.min(Math.floor(place), from - 1);
    const share = Math.min(Math.max(round(place - before), 0), 1);
    const rest = round(1 - share);
    const weights = isCubic
      ? [cubicFar(share + 1), cubicNear(share), cubicNear(rest), cubicFar(rest + 1)]
      : [rest, share];
    for (const [t, offset] of offsets.entries()) {
      columns[i * taps + t] = Math.min(Math.max(before + offset, 0), from - 1);
      all[i * taps + t] = weights[t] as number;
    }
  }
  return { width: from, starts: Int32Array.from({ length: to + 1 }, (_, i) => i * taps), columns, weights: all };
}
