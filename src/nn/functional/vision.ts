/** @file Sampling of images at points of a grid, and grids of affine transforms. */

import { apply } from "../../autograd/apply.ts";
import { composite } from "../../autograd/batching.ts";
import { type ByName, optional, required, signature, type ThenOptions } from "../../core/arguments.ts";
import { describeBare } from "../../core/describe.ts";
import { isFloat } from "../../core/dtype.ts";
import { DTypeError, ShapeError, ValueError } from "../../core/errors.ts";
import { aBoolean, aTensor, integers, nullable, oneOf, worded } from "../../core/kinds.ts";
import { bracketed } from "../../core/shape.ts";
import { asNonView } from "../../tensor/functions/grad-fn-name.ts";
import { cat, stack } from "../../tensor/functions/shape.ts";
import { newFrom } from "../../tensor/like.ts";
import { ops } from "../../tensor/ops/index.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { checkFloat, checkSameDType, INPUT } from "./validate.ts";

/** How values between pixels are computed; `"bilinear"` is trilinear for volumes. */
export type GridSampleMode = "bilinear" | "nearest" | "bicubic";

/** What lies outside the input: zeros, its border, or its reflection. */
export type GridSamplePaddingMode = "zeros" | "border" | "reflection";

/** Options of {@link gridSample}. */
export interface GridSampleOptions {
  /** How values between pixels are computed. Default "bilinear". */
  readonly mode?: GridSampleMode | undefined;
  /** What lies outside the input. Default "zeros". */
  readonly paddingMode?: GridSamplePaddingMode | undefined;
  /** If true, −1 and 1 are the centers of the corner pixels, else their outer edges. Default null: false, with a warning. */
  readonly alignCorners?: boolean | null | undefined;
}

const ALIGN_CORNERS = { alignCorners: optional(nullable(aBoolean), null) };

const SIGNATURES = {
  gridSample: signature("gridSample", {
    ...INPUT,
    grid: required(aTensor),
    mode: optional(
      worded(
        oneOf("bilinear", "nearest", "bicubic"),
        (_, value) =>
          `nn.functional.grid_sample(): expected mode to be 'bilinear', 'nearest' or 'bicubic', but got: '${describeBare(value)}'`,
      ),
      "bilinear",
    ),
    paddingMode: optional(
      worded(
        oneOf("zeros", "border", "reflection"),
        (_, value) =>
          `nn.functional.grid_sample(): expected padding_mode to be 'zeros', 'border', or 'reflection', but got: '${describeBare(value)}'`,
      ),
      "zeros",
    ),
    ...ALIGN_CORNERS,
  }),
  affineGrid: signature("affineGrid", { theta: required(aTensor), size: required(integers), ...ALIGN_CORNERS }),
};

/** Where `alignCorners` was not given, what it means is said once in each call, as in PyTorch. */
function aligns(op: string, alignCorners: boolean | null): boolean {
  if (alignCorners === null) {
    console.warn(
      `[${op}] Default grid_sample and affine_grid behavior has changed to align_corners=False since 1.3.0. Please specify align_corners=True if the old behavior is desired.`,
    );
  }
  return alignCorners === true;
}

/** How coordinates along one dimension of the input are read. */
interface Axis {
  readonly length: number;
  readonly align: boolean;
  readonly padding: GridSamplePaddingMode;
}

/** Pixel positions of coordinates in [−1, 1]. */
function toPixels(x: Tensor, { length, align }: Axis): Tensor {
  if (align) return x.add(1).mul((length - 1) / 2);
  return x.add(1).mul(length).sub(1).div(2);
}

/** Clipped to [0, length − 1]; at the ends and beyond them there is no gradient. */
function clip(x: Tensor, length: number): Tensor {
  const inside = x.gt(0).logicalAnd(x.lt(length - 1));
  return x.where(inside, x.detach().clamp(0, length - 1));
}

/** Reflected until it lies between two ends, half a pixel outside unless corners are aligned. */
function reflect(x: Tensor, { length, align }: Axis): Tensor {
  const low = align ? 0 : -0.5;
  const span = align ? length - 1 : length;
  if (span === 0) return x.mul(0);
  const distance = x.sub(low).abs();
  const flips = distance.detach().div(span).floor();
  const rest = distance.sub(flips.mul(span));
  const isOdd = flips.remainder(2).eq(1);
  return rest.neg().add(span).where(isOdd, rest).add(low);
}

/** Pixel positions, moved into the input unless what is outside is zero. */
function place(x: Tensor, axis: Axis): Tensor {
  if (axis.padding === "border") return clip(x, axis.length);
  return axis.padding === "reflection" ? clip(reflect(x, axis), axis.length) : x;
}

/** A position along one dimension, with its weight: [N,1,P] each. */
interface Corner {
  /** Whole pixel positions: int32, moved into the input where they lie outside. */
  readonly place: Tensor;
  readonly isInside: Tensor;
  readonly weight: Tensor;
}

/** A corner at whole positions, which are floats. */
function cornerAt(at: Tensor, weight: Tensor, length: number): Corner {
  const isInside = at.ge(0).logicalAnd(at.le(length - 1));
  return { place: at.clamp(0, length - 1).int(), isInside, weight };
}

/** Positions in the flattened input and weights of one corner for each dimension; −1 outside of the input. */
function combined(corners: readonly Corner[], lengths: readonly number[]): { index: Tensor; weight: Tensor } {
  const [first, ...others] = corners as [Corner, ...Corner[]];
  let { place, isInside, weight } = first;
  for (const [d, other] of others.entries()) {
    place = place.mul(lengths[d + 1] as number).add(other.place);
    isInside = isInside.logicalAnd(other.isInside);
    weight = weight.mul(other.weight);
  }
  return { index: place.maskedFill(isInside.logicalNot(), -1), weight };
}

/** All choices of one corner for each dimension. */
function choices(sides: readonly (readonly Corner[])[]): Corner[][] {
  return sides.reduce<Corner[][]>((all, side) => all.flatMap((some) => side.map((corner) => [...some, corner])), [[]]);
}

/** The two neighbours of a position, with linear weights. */
function linearSides(x: Tensor, { length }: Axis): Corner[] {
  const before = x.detach().floor();
  const share = x.sub(before);
  return [cornerAt(before, share.neg().add(1), length), cornerAt(before.add(1), share, length)];
}

/** The nearest pixel; its gradient for the position is zero. */
function nearestSide(x: Tensor, { length }: Axis): Corner[] {
  return [cornerAt(x.detach().round(), x.mul(0).add(1), length)];
}

/** Keys's cubic convolution with A = −0.75. */
const CUBIC = -0.75;
const near = (t: Tensor): Tensor =>
  t
    .mul(CUBIC + 2)
    .sub(CUBIC + 3)
    .mul(t)
    .mul(t)
    .add(1);
const far = (t: Tensor): Tensor =>
  t
    .mul(CUBIC)
    .sub(5 * CUBIC)
    .mul(t)
    .add(8 * CUBIC)
    .mul(t)
    .sub(4 * CUBIC);

/** The four neighbours of a position, with cubic weights; those outside are moved into the input. */
function cubicSides(x: Tensor, axis: Axis): Corner[] {
  const before = x.detach().floor();
  const t = x.sub(before);
  const weights = [far(t.add(1)), near(t), near(t.neg().add(1)), far(t.neg().add(2))];
  return weights.map((weight, i) => cornerAt(place(before.add(i - 1), axis).round(), weight, axis.length));
}

/**
 * Samples images, or volumes, at the points of a grid: Spatial transformer networks, Jaderberg et al., 2015.
 *
 * @param x - [N,C,H,W], or [N,C,D,H,W]; floating dtype.
 * @param grid - Points (x, y), or (x, y, z), in [−1, 1]: [N,H',W',2], or [N,D',H',W',3]; the dtype of x.
 * @returns [N,C,H',W'], or [N,C,D',H',W'].
 * @throws ShapeError for sizes that do not match, or an empty image; ValueError for an unknown mode, or "bicubic" with
 * volumes.
 * @example
 * const image = tensor([[[[1, 2], [3, 4]]]]);
 * const grid = tensor([[[[0, 0], [-1, -1]]]]);
 * nn.functional.gridSample(image, grid, { alignCorners: true }); // tensor([[[[2.5000, 1.0000]]]])
 */
export function gridSample(
  x: Tensor,
  grid: Tensor,
  mode?: GridSampleMode,
  paddingMode?: GridSamplePaddingMode,
  alignCorners?: boolean | null,
): Tensor;
export function gridSample(
  ...args: ByName<["input", "grid"], { readonly input: Tensor; readonly grid: Tensor } & GridSampleOptions>
): Tensor;
export function gridSample(
  x: Tensor,
  grid: Tensor,
  ...rest: ThenOptions<[mode: GridSampleMode, paddingMode: GridSamplePaddingMode], GridSampleOptions>
): Tensor;
export function gridSample(...args: readonly unknown[]): Tensor {
  const given = SIGNATURES.gridSample.read(args);
  return composite("gridSample", [given.input, given.grid], given, () => sampleNow(given));
}

function sampleNow(given: ReturnType<typeof SIGNATURES.gridSample.read>): Tensor {
  const op = "gridSample";
  const { input: x, grid, mode, paddingMode, alignCorners } = given;
  checkFloat(op, x);
  checkSameDType(op, x, grid, "grid");
  const align = aligns(op, alignCorners);
  if ((x.ndim !== 4 && x.ndim !== 5) || grid.ndim !== x.ndim) {
    throw new ShapeError(
      `[${op}] grid_sampler(): expected 4D or 5D input and grid with same number of dimensions, but got input with sizes ${bracketed(x.shape)} and grid with sizes ${bracketed(grid.shape)}`,
    );
  }
  const dims = x.ndim - 2;
  const [batch, channels, ...lengths] = x.shape as [number, number, ...number[]];
  if (grid.size(0) !== batch) {
    throw new ShapeError(
      `[${op}] grid_sampler(): expected grid and input to have same batch size, but got input with sizes ${bracketed(x.shape)} and grid with sizes ${bracketed(grid.shape)}`,
    );
  }
  if (grid.size(-1) !== dims) {
    throw new ShapeError(
      `[${op}] grid_sampler(): expected grid to have size ${dims} in last dimension, but got grid with sizes ${bracketed(grid.shape)}`,
    );
  }
  if (lengths.includes(0)) {
    throw new ShapeError(
      `[${op}] grid_sampler(): expected input to have non-empty spatial dimensions, but got input with sizes ${bracketed(x.shape)}`,
    );
  }
  if (mode === "bicubic" && dims !== 2) {
    throw new ValueError(`[${op}] grid_sampler(): bicubic interpolation only supports 4D input`);
  }
  const outputs = grid.shape.slice(1, -1);
  const points = grid.reshape([batch, 1, -1, dims]);
  const flat = x.reshape([batch, channels, -1]);
  // The last coordinate of a point is that of the first spatial dimension.
  const sides = lengths.map((length, d): Corner[] => {
    const axis: Axis = { length, align, padding: paddingMode };
    const pixels = toPixels(points.select(-1, dims - 1 - d), axis);
    if (mode === "bicubic") return cubicSides(pixels, axis);
    const position = place(pixels, axis);
    return mode === "nearest" ? nearestSide(position, axis) : linearSides(position, axis);
  });
  const taps = choices(sides).map((corners) => combined(corners, lengths));
  const index = cat(
    taps.map((tap) => tap.index),
    1,
  );
  const weights = cat(
    taps.map((tap) => tap.weight),
    1,
  );
  const sum = apply(ops.gatherSum, [flat, index, weights], null);
  return asNonView(`GridSampler${dims}DBackward0`, sum.view([batch, channels, ...outputs]));
}

/**
 * The grid of an affine transform, for {@link gridSample}: where each pixel of the output lies in the input.
 *
 * @param theta - The transforms, [N,2,3], or [N,3,4] for volumes; floating dtype.
 * @param size - The size of the output, [N,C,H,W], or [N,C,D,H,W].
 * @returns [N,H,W,2], or [N,D,H,W,3].
 * @throws ShapeError for sizes that do not match; DTypeError for an integer or boolean tensor.
 * @example
 * const mirrored = tensor([[[-1, 0, 0], [0, 1, 0]]]);
 * nn.functional.affineGrid(mirrored, [1, 1, 1, 2], { alignCorners: true }).view(2, 2);
 * // tensor([[ 1., 0.],
 * //         [-1., 0.]])
 */
export function affineGrid(theta: Tensor, size: readonly number[], alignCorners?: boolean | null): Tensor;
export function affineGrid(
  ...args: ByName<
    ["theta", "size"],
    { readonly theta: Tensor; readonly size: readonly number[] } & Pick<GridSampleOptions, "alignCorners">
  >
): Tensor;
export function affineGrid(
  theta: Tensor,
  size: readonly number[],
  options?: Pick<GridSampleOptions, "alignCorners">,
): Tensor;
export function affineGrid(...args: readonly unknown[]): Tensor {
  const op = "affineGrid";
  const { theta, size, alignCorners } = SIGNATURES.affineGrid.read(args);
  if (!isFloat(theta.dtype)) {
    throw new DTypeError(`[${op}] Expected theta to have floating point type, but got torch.${theta.dtype}`);
  }
  const dims = size.length - 2;
  if (dims !== 2 && dims !== 3) {
    throw new ShapeError(
      `[${op}] affine_grid only supports 4D and 5D sizes, for 2D and 3D affine transforms, respectively. Got size ${bracketed(size)}.`,
    );
  }
  if (theta.ndim !== 3 || theta.size(-2) !== dims || theta.size(-1) !== dims + 1 || theta.size(0) !== size[0]) {
    throw new ShapeError(
      `[${op}] Expected a batch of ${dims}D affine matrices of shape Nx${dims}x${dims + 1} for size torch.Size(${bracketed(size)}). Got torch.Size(${bracketed(theta.shape)}).`,
    );
  }
  if (size.some((n) => n <= 0)) {
    throw new ValueError(`[${op}] Expected non-zero, positive output size. Got torch.Size(${bracketed(size)})`);
  }
  const align = aligns(op, alignCorners);
  const lengths = size.slice(2);
  const along = lengths.map((length, d) => {
    const shape = lengths.map((_, i) => (i === d ? length : 1));
    return newFrom(theta, theta.dtype, positions(length, align, theta.dtype), shape).expand(lengths);
  });
  const ones = theta.newOnes([]).expand(lengths);
  const base = stack([...along.reverse(), ones], -1).view([1, -1, dims + 1]);
  const points = base.expand([theta.size(0), base.size(1), dims + 1]).bmm(theta.transpose(1, 2));
  return asNonView("AffineGridGeneratorBackward0", points.view([theta.size(0), ...lengths, dims]));
}

/** The coordinates of pixels, −1 and 1 at the centers or the outer edges of the first and last. */
function positions(length: number, align: boolean, dtype: Tensor["dtype"]): Float32Array | Float64Array {
  const position = (i: number): number => {
    if (length <= 1) return 0;
    const centered = -1 + (2 * i) / (length - 1);
    return align ? centered : (centered * (length - 1)) / length;
  };
  return dtype === "float64"
    ? Float64Array.from({ length }, (_, i) => position(i))
    : Float32Array.from({ length }, (_, i) => position(i));
}
