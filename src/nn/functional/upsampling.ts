/** @file Interpolation and upsampling. */

import { type Arguments, optional, signature, type ThenOptions } from "../../core/arguments.ts";
import { describeBare } from "../../core/describe.ts";
import { ShapeError, ValueError } from "../../core/errors.ts";
import { aBoolean, aNumber, either, nullable, numbers, oneOf, only, worded } from "../../core/kinds.ts";
import { bracketed } from "../../core/shape.ts";
import { named } from "../../tensor/functions/grad-fn-name.ts";
import { newFrom } from "../../tensor/like.ts";
import { checkCount } from "../../tensor/range.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { adaptiveAvgPool1d, adaptiveAvgPool2d } from "./pooling.ts";
import { checkFloat, INPUT } from "./validate.ts";

/** One number for all directions, or one for each. */
type PerDirection = number | readonly number[];

/** `"linear"` is for lines, `"bilinear"` for images, the others for both. */
export type InterpolationMode = "nearest" | "nearest-exact" | "linear" | "bilinear" | "area";

export interface InterpolateOptions {
  /** Size of the result. This or `scaleFactor`. */
  readonly size?: PerDirection | null | undefined;
  /** How many times larger the result is. */
  readonly scaleFactor?: PerDirection | null | undefined;
  /** Default "nearest". */
  readonly mode?: InterpolationMode | undefined;
  /** linear, bilinear: whether the corners stay where they are, rather than the edges of the corner pixels. Default null: no. */
  readonly alignCorners?: boolean | null | undefined;
  /** Whether to step by the ratio of the sizes, rather than by `scaleFactor` as it is. Default null: no. */
  readonly recomputeScaleFactor?: boolean | null | undefined;
}

const aFactor = nullable(either(aNumber, numbers));

/** What follows the input; the layer takes the same. */
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

/** One direction: how long it is and will be, and the step between two places of the result, in places of the input. */
interface Direction {
  readonly from: number;
  readonly to: number;
  readonly step: number;
}

/**
 * Lines [N,C,L] or images [N,C,H,W] in another size. Dense matrices do the linear modes, so they are for moderate sizes.
 *
 * @throws ShapeError for sizes that do not fit; ValueError for options that make no sense.
 * @example F.interpolate(images, { scaleFactor: 2, mode: "bilinear" })
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
    const result = directions.reduce((y, direction, d) => y.indexSelect(d + 2, nearest(x, direction, shift)), x);
    return named(`Upsample${mode === "nearest" ? "Nearest" : "NearestExact"}${dims}DBackward1`, result);
  }
  const [first, second] = directions.map((direction) => weights(x, direction, given.alignCorners === true));
  if (first === undefined) throw new ShapeError(`[${op}] there is no direction to interpolate in`);
  if (second === undefined) return named("UpsampleLinear1DBackward1", x.matmul(first.t()));
  return named("UpsampleBilinear2DBackward1", first.matmul(x).matmul(second.t()));
}

/** The positions before those that are rarely given. */
export type InterpolatePositions = [
  size: PerDirection | null,
  scaleFactor: PerDirection | null,
  mode: InterpolationMode,
  alignCorners: boolean | null,
];

/** Throws a ValueError for corners of a mode that has none. */
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

/** Which place of the input each place of the result takes. PyTorch computes it in float32. */
function nearest(x: Tensor, { from, to, step }: Direction, shift: number): Tensor {
  const single = Math.fround(step);
  const places = Int32Array.from({ length: to }, (_, i) =>
    Math.min(Math.floor(Math.fround((i + shift) * single)), from - 1),
  );
  return newFrom(x, "int32", places, [to]);
}

/** The matrix [to, from] that makes each place of the result of the two places of the input beside it. */
function weights(x: Tensor, { from, to, step }: Direction, alignCorners: boolean): Tensor {
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
