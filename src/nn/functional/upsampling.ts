/** @file Interpolation and upsampling. */
import { type Arguments, optional, signature, type ThenOptions } from "../../core/arguments.ts";
import { describeBare } from "../../core/describe.ts";
import { ShapeError, ValueError } from "../../core/errors.ts";
import { aBoolean, aNumber, either, nullable, numbers, oneOf, only, worded } from "../../core/kinds.ts";
import { bracketed } from "../../core/shape.ts";
import { withGradFnName } from "../../tensor/functions/grad-fn-name.ts";
import { newFrom } from "../../tensor/like.ts";
import { checkCount } from "../../tensor/range.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { adaptiveAvgPool1d, adaptiveAvgPool2d } from "./pooling.ts";
import { checkFloat, INPUT } from "./validate.ts";

/** One number for all directions, or one for each. */
type PerDirection = number | readonly number[];

/** Algorithm used for upsampling: `"linear"` for 3-D inputs, `"bilinear"` for 4-D ones, the others for both. */
export type InterpolationMode = "nearest" | "nearest-exact" | "linear" | "bilinear" | "area";

/** Options of {@link interpolate}. */
export interface InterpolateOptions {
  /** Output spatial size. Either this or `scaleFactor`. */
  readonly size?: PerDirection | null | undefined;
  /** Multiplier for the spatial size: one for all dimensions, or a list. */
  readonly scaleFactor?: PerDirection | null | undefined;
  /** Algorithm used for upsampling. Default "nearest". */
  readonly mode?: InterpolationMode | undefined;
  /**
   * Align the centers of the corner pixels, which keep their values, instead of their outer edges. Only for "linear" and
   * "bilinear". Default null: false.
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
      oneOf("nearest", "nearest-exact", "linear", "bilinear", "area"),
      (_, value) => `mode must be nearest, nearest-exact, linear, bilinear or area, but got ${describeBare(value)}`,
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
 * Resamples a signal or image to the given size or scale factor. The linear modes multiply by dense matrices, so they are
 * meant for moderate sizes.
 *
 * @param x - [N,C,L], or [N,C,H,W]; floating dtype.
 * @returns [N,C,L'], or [N,C,H',W'].
 * @throws ShapeError for another rank or an output without pixels; ValueError for both or neither of size and scale
 * factor, or `alignCorners` with a mode other than the linear ones.
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
  const op = "interpolate";
  const given = INTERPOLATE.read(args);
  const { input: x, mode } = given;
  checkFloat(op, x);
  if (x.ndim !== 3 && x.ndim !== 4) {
    throw new ShapeError(`[${op}] Input Error: Only 3D and 4D input Tensors supported (got ${x.ndim}D)`);
  }
  checkMode(op, mode, given.alignCorners);
  const needed = mode === "linear" ? 3 : mode === "bilinear" ? 4 : x.ndim;
  if (x.ndim !== needed) {
    throw new ShapeError(`[${op}] Got ${x.ndim}D input, but ${mode} mode needs ${needed}D input`);
  }
  const directions = directionsOf(op, x, given);
  checkCount(op, [...x.shape.slice(0, 2), ...directions.map(({ to }) => to)], x.dtype);
  for (const { from, to } of directions) checkCount(op, [to, mode.endsWith("linear") ? from : 1], "float64");
  const dims = x.ndim - 2;
  if (mode === "area") {
    const sizes = directions.map(({ to }) => to) as [number, number];
    return dims === 1 ? adaptiveAvgPool1d(x, sizes[0]) : adaptiveAvgPool2d(x, sizes);
  }
  if (mode === "nearest" || mode === "nearest-exact") {
    const shift = mode === "nearest" ? 0 : 0.5;
    const result = directions.reduce((y, direction, d) => y.indexSelect(d + 2, nearestIndices(x, direction, shift)), x);
    return withGradFnName(`Upsample${mode === "nearest" ? "Nearest" : "NearestExact"}${dims}DBackward1`, result);
  }
  const [first, second] = directions.map((direction) => interpolationMatrix(x, direction, given.alignCorners === true));
  if (first === undefined) throw new ShapeError(`[${op}] expected at least one spatial dimension`);
  if (second === undefined) return withGradFnName("UpsampleLinear1DBackward1", x.matmul(first.t()));
  return withGradFnName("UpsampleBilinear2DBackward1", first.matmul(x).matmul(second.t()));
}

/** The optional positions after the input. */
export type InterpolatePositions = [
  size: PerDirection | null,
  scaleFactor: PerDirection | null,
  mode: InterpolationMode,
  alignCorners: boolean | null,
];

/** Checks that `alignCorners` goes with a linear mode. @throws ValueError otherwise. */
export function checkMode(op: string, mode: InterpolationMode, alignCorners: boolean | null): void {
  const linear = mode === "linear" || mode === "bilinear";
  if (!linear && alignCorners !== null) {
    throw new ValueError(
      `[${op}] align_corners option can only be set with the interpolating modes: linear | bilinear`,
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

/** Index of the nearest input pixel for each output pixel, computed in float32 as PyTorch does. */
function nearestIndices(x: Tensor, { from, to, step }: Direction, shift: number): Tensor {
  const single = Math.fround(step);
  const places = Int32Array.from({ length: to }, (_, i) =>
    Math.min(Math.floor(Math.fround((i + shift) * single)), from - 1),
  );
  return newFrom(x, "int32", places, [to]);
}

/** The matrix [to, from] of linear interpolation: each row weights the two neighbouring input pixels. */
function interpolationMatrix(x: Tensor, { from, to, step }: Direction, alignCorners: boolean): Tensor {
  const matrix = new Float64Array(to * from);
  for (let i = 0; i < to; i++) {
    const place = alignCorners ? i * step : Math.max((i + 0.5) * step - 0.5, 0);
    const before = Math.min(Math.floor(place), from - 1);
    const after = Math.min(before + 1, from - 1);
    const share = Math.min(Math.max(place - before, 0), 1);
    for (const [at, weight] of [[before, 1 - share] as const, [after, share] as const]) {
      matrix[i * from + at] = matrix[i * from + at]! + weight;
    }
  }
  return newFrom(x, "float64", matrix, [to, from]).to(x.dtype);
}
