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
import { stack } from "../../tensor/functions/shape.ts";
import { newFrom } from "../../tensor/like.ts";
import { ops } from "../../tensor/ops/index.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { tidy } from "../../tensor/tidy.ts";
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

/** How the coordinates of points are read, along all dimensions at once: x, y, and z. */
interface Axes {
  readonly lengths: readonly number[];
  readonly align: boolean;
  readonly padding: GridSamplePaddingMode;
  /** One number for each dimension, as a tensor that broadcasts to positions [N,D,P], or [N,D,S,P] with sides. */
  readonly each: (numberOf: (length: number) => number, sides?: boolean) => Tensor;
}

function axesOf(like: Tensor, lengths: readonly number[], align: boolean, padding: GridSamplePaddingMode): Axes {
  const each: Axes["each"] = (numberOf, sides = false) => {
    const numbers = lengths.map(numberOf);
    const array = like.dtype === "float64" ? Float64Array.from(numbers) : Float32Array.from(numbers);
    return newFrom(like, like.dtype, array, sides ? [lengths.length, 1, 1] : [lengths.length, 1]);
  };
  return { lengths, align, padding, each };
}

/** Pixel positions of coordinates in [−1, 1]. */
function toPixels(x: Tensor, { align, each }: Axes): Tensor {
  if (align) return x.add(1).mul(each((length) => (length - 1) / 2));
  return x
    .add(1)
    .mul(each((length) => length))
    .sub(1)
    .div(2);
}

/** Clipped to [0, length − 1]; at the ends and beyond them there is no gradient. */
function clip(x: Tensor, { each }: Axes): Tensor {
  const last = each((length) => length - 1);
  const inside = x.gt(0).logicalAnd(x.lt(last));
  return x.where(inside, x.detach().clamp(0).minimum(last));
}

/** Reflected until it lies between two ends, half a pixel outside unless corners are aligned. */
function reflect(x: Tensor, { lengths, align, each }: Axes): Tensor {
  const low = align ? 0 : -0.5;
  const spanOf = (length: number): number => (align ? length - 1 : length);
  // Where there is a single place, any other span gives it too, times 0.
  const span = each((length) => spanOf(length) || 1);
  const distance = x.sub(low).abs();
  const flips = distance.detach().div(span).floor();
  const rest = distance.sub(flips.mul(span));
  const isOdd = flips.remainder(2).eq(1);
  const reflected = rest.neg().add(span).where(isOdd, rest).add(low);
  return lengths.every(spanOf) ? reflected : reflected.mul(each((length) => Math.sign(spanOf(length))));
}

/** Pixel positions, moved into the input unless what is outside is zero. */
function place(x: Tensor, axes: Axes): Tensor {
  if (axes.padding === "border") return clip(x, axes);
  return axes.padding === "reflection" ? clip(reflect(x, axes), axes) : x;
}

/** The sides of positions along each dimension, with their weights: [N,D,S,P] each. */
interface Sides {
  /** Whole pixel positions: int32, moved into the input where they lie outside. */
  readonly place: Tensor;
  readonly isInside: Tensor;
  readonly weight: Tensor;
}

/** Sides at whole positions, which are floats. */
function sidesAt(at: Tensor, weight: Tensor, { each }: Axes): Sides {
  const last = each((length) => length - 1, true);
  const isInside = at.ge(0).logicalAnd(at.le(last));
  return { place: at.clamp(0).minimum(last).int(), isInside, weight };
}

/** Positions in the flattened input, −1 outside of it, and weights, of all choices of one side for each dimension: [N,K,P]. */
function corners({ place, isInside, weight }: Sides, lengths: readonly number[]): { index: Tensor; weights: Tensor } {
  const [batch, dims, , points] = place.shape as [number, number, number, number];
  const join = (a: Tensor, b: Tensor, by: (a: Tensor, b: Tensor) => Tensor): Tensor =>
    by(a.unsqueeze(2), b.unsqueeze(1)).view([batch, -1, points]);
  // The last coordinate of a point is that of the first spatial dimension.
  let [index, inside, weights] = [place, isInside, weight].map((x) => x.select(1, dims - 1)) as [
    Tensor,
    Tensor,
    Tensor,
  ];
  for (let d = dims - 2; d >= 0; d--) {
    index = join(index.mul(lengths[d] as number), place.select(1, d), (a, b) => a.add(b));
    inside = join(inside, isInside.select(1, d), (a, b) => a.logicalAnd(b));
    weights = join(weights, weight.select(1, d), (a, b) => a.mul(b));
  }
  return { index: index.maskedFill(inside.logicalNot(), -1), weights };
}

/** The two neighbours of positions, with linear weights. */
function linearSides(x: Tensor, axes: Axes): Sides {
  const before = x.detach().floor();
  const share = x.sub(before);
  return sidesAt(stack([before, before.add(1)], 2), stack([share.neg().add(1), share], 2), axes);
}

/** The nearest pixel; its gradient for the position is zero. */
function nearestSide(x: Tensor, axes: Axes): Sides {
  return sidesAt(x.detach().round().unsqueeze(2), x.mul(0).add(1).unsqueeze(2), axes);
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

/** The four neighbours of positions, with cubic weights; those outside are moved into the input. */
function cubicSides(x: Tensor, axes: Axes): Sides {
  const before = x.detach().floor();
  const t = x.sub(before);
  const weights = [far(t.add(1)), near(t), near(t.neg().add(1)), far(t.neg().add(2))];
  const places = weights.map((_, i) => place(before.add(i - 1), axes).round());
  return sidesAt(stack(places, 2), stack(weights, 2), axes);
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
  const points = grid.reshape([batch, -1, dims]).transpose(1, 2).contiguous();
  const flat = x.reshape([batch, channels, -1]);
  const axes = axesOf(x, lengths.toReversed(), align, paddingMode);
  const sidesOf = { bilinear: linearSides, nearest: nearestSide, bicubic: cubicSides }[mode];
  // What is computed on the way is freed at once, unless the grid's gradient needs it.
  const { index, weights } = tidy(() => {
    const pixels = toPixels(points, axes);
    return corners(sidesOf(mode === "bicubic" ? pixels : place(pixels, axes), axes), axes.lengths);
  });
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
