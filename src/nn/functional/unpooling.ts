/** @file Inverses of max pooling, and max pooling of regions that are drawn. */
import { type Arguments, optional, required, signature, type ThenOptions } from "../../core/arguments.ts";
import { DTypeError, ShapeError, ValueError } from "../../core/errors.ts";
import { aNumber, aTensor, either, integers, type Kind, nullable, numbers } from "../../core/kinds.ts";
import { bracketed } from "../../core/shape.ts";
import { arange, zeros } from "../../tensor/create.ts";
import { asNonView, withGradFnName } from "../../tensor/functions/grad-fn-name.ts";
import { rand } from "../../tensor/random.ts";
import { checkCount } from "../../tensor/range.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { RETURN_INDICES, strideOf, type WithIndices, type WithoutIndices } from "./pooling.ts";
import { aSize1d, aSize2d, aSize3d, type Size1d, type Size2d, type Size3d, type Sizes, sizes } from "./size.ts";
import { checkFloat, INPUT } from "./validate.ts";

/** Options of the functions that undo max pooling. */
export interface MaxUnpoolOptions<S extends Sizes> {
  /** Stride of the pooling. Default null: the kernel size. */
  readonly stride?: S | null | undefined;
  /** Padding of the pooling. Default 0. */
  readonly padding?: S | undefined;
  /** Spatial size of the result, or its whole shape. Default null: what the pooling of a size without a rest had. */
  readonly outputSize?: readonly number[] | null | undefined;
}

/** The arguments that the layers take too. */
export const unpoolWindows = <S extends Sizes>(size: Kind<S>) => ({
  kernelSize: required(size),
  stride: optional(strideOf(size), null),
  padding: optional(size, 0),
});

const INDICES = { indices: required(aTensor) };
export const OUTPUT_SIZE = { outputSize: optional(nullable(integers), null) };

const MAX_UNPOOL_1D = signature("maxUnpool1d", { ...INPUT, ...INDICES, ...unpoolWindows(aSize1d), ...OUTPUT_SIZE });
const MAX_UNPOOL_2D = signature("maxUnpool2d", { ...INPUT, ...INDICES, ...unpoolWindows(aSize2d), ...OUTPUT_SIZE });
const MAX_UNPOOL_3D = signature("maxUnpool3d", { ...INPUT, ...INDICES, ...unpoolWindows(aSize3d), ...OUTPUT_SIZE });

interface Unpooling {
  readonly input: Tensor;
  readonly indices: Tensor;
  readonly kernelSize: Sizes;
  readonly stride: Sizes | null;
  readonly padding: Sizes;
  readonly outputSize: readonly number[] | null;
}

/** The spatial size of the result: (in − 1)·stride − 2·padding + kernel, or a given one that the pooling may have had. */
function unpooledSize(op: string, given: Unpooling, count: number): number[] {
  const lengths = given.input.shape.slice(-count);
  const [kernel, stride, padding] = [given.kernelSize, given.stride ?? given.kernelSize, given.padding].map((size) =>
    sizes(size, count),
  ) as [number[], number[], number[]];
  const natural = lengths.map(
    (n, d) => (n - 1) * (stride[d] as number) + (kernel[d] as number) - 2 * (padding[d] as number),
  );
  if (given.outputSize === null) return natural;
  const wanted = given.outputSize.length === count + 2 ? given.outputSize.slice(2) : given.outputSize;
  if (wanted.length !== count) {
    throw new ValueError(
      `[${op}] output_size should be a sequence containing ${count} or ${count + 2} elements, but it has a length of '${given.outputSize.length}'`,
    );
  }
  for (const [d, size] of wanted.entries()) {
    const [low, high] = [
      (natural[d] as number) - (stride[d] as number),
      (natural[d] as number) + (stride[d] as number),
    ];
    if (size > low && size < high) continue;
    throw new ValueError(
      `[${op}] invalid output_size "${bracketed(wanted)}" (dim ${d} must be between ${low} and ${high})`,
    );
  }
  return [...wanted];
}

/** Zeros with the elements at their indices into the flattened planes or volumes. */
function unpool(op: string, name: string, given: Unpooling, count: number): Tensor {
  const { input, indices } = given;
  checkFloat(op, input);
  if (indices.dtype !== "int32") {
    throw new DTypeError(`[${op}] elements in indices should be int32, but got ${indices.dtype}`);
  }
  if (input.ndim !== count + 1 && input.ndim !== count + 2) {
    throw new ShapeError(
      `[${op}] Input to max_unpooling${count}d should be a ${count + 1}d or ${count + 2}d Tensor, but got a tensor with ${input.ndim} dimensions.`,
    );
  }
  if (!indices.isSameSize(input)) {
    // A signal is unpooled as an image of width 1.
    const [own, other] = [input, indices].map(({ shape }) => bracketed(count === 1 ? [...shape, 1] : shape));
    throw new ShapeError(
      `[${op}] Expected shape of indices to be same as that of the input tensor (${own}) but got indices tensor with shape: ${other}`,
    );
  }
  const lead = input.shape.slice(0, -count);
  const spatial = unpooledSize(op, given, count);
  const shape = [...lead, ...spatial];
  checkCount(op, shape, input.dtype);
  const area = spatial.reduce((a, b) => a * b, 1);
  if (input.device === "cpu" && indices.numel() > 0) {
    const [least, most] = [indices.min().itemSync(), indices.max().itemSync()];
    if (least < 0 || most >= area) {
      throw new ValueError(
        `[${op}] Found an invalid max index: ${least < 0 ? least : most} (output volumes are of size ${spatial.join("x")}${count === 1 ? "x1" : ""})`,
      );
    }
  }
  const planes = lead.reduce((a, b) => a * b, 1);
  const flat = zeros(planes, area, { dtype: input.dtype, device: input.device });
  const filled = flat.scatter(1, indices.reshape(planes, -1), input.reshape(planes, -1));
  return asNonView(name, filled.view(shape));
}

/** The optional positions after the kernel size. */
export type MaxUnpoolPositions<S extends Sizes> = [stride: S | null, padding: S, outputSize: readonly number[] | null];

/**
 * Partial inverse of `maxPool1d`: the maxima at their places, zeros elsewhere.
 *
 * @param x - The maxima, [N,C,L] or [C,L]; floating dtype.
 * @param indices - Their indices, as `maxPool1d` returns them.
 * @throws ShapeError for indices of another shape; ValueError for an index or an output size that cannot be.
 * @example
 * const [y, indices] = nn.functional.maxPool1d(tensor([[1, 3, 2, 5]]), 2, { returnIndices: true });
 * nn.functional.maxUnpool1d(y, indices, 2); // tensor([[0., 3., 0., 5.]])
 */
export function maxUnpool1d(
  x: Tensor,
  indices: Tensor,
  kernelSize: Size1d,
  ...rest: ThenOptions<MaxUnpoolPositions<Size1d>, MaxUnpoolOptions<Size1d>>
): Tensor;
export function maxUnpool1d(...given: readonly unknown[]): Tensor {
  return unpool("maxUnpool1d", "SqueezeBackward1", MAX_UNPOOL_1D.read(given), 1);
}

/**
 * Partial inverse of `maxPool2d`: the maxima at their places, zeros elsewhere.
 *
 * @param x - The maxima, [N,C,H,W] or [C,H,W]; floating dtype.
 * @param indices - Their indices, as `maxPool2d` returns them.
 * @throws ShapeError for indices of another shape; ValueError for an index or an output size that cannot be.
 * @example
 * const [y, indices] = nn.functional.maxPool2d(tensor([[[1, 3], [2, 5]]]), 2, { returnIndices: true });
 * nn.functional.maxUnpool2d(y, indices, 2); // tensor([[[0., 0.], [0., 5.]]])
 */
export function maxUnpool2d(
  x: Tensor,
  indices: Tensor,
  kernelSize: Size2d,
  ...rest: ThenOptions<MaxUnpoolPositions<Size2d>, MaxUnpoolOptions<Size2d>>
): Tensor;
export function maxUnpool2d(...given: readonly unknown[]): Tensor {
  return unpool("maxUnpool2d", "MaxUnpool2DBackward0", MAX_UNPOOL_2D.read(given), 2);
}

/**
 * Partial inverse of `maxPool3d`: the maxima at their places, zeros elsewhere.
 *
 * @param x - The maxima, [N,C,D,H,W] or [C,D,H,W]; floating dtype.
 * @param indices - Their indices, as `maxPool3d` returns them.
 * @throws ShapeError for indices of another shape; ValueError for an index or an output size that cannot be.
 * @example
 * const x = arange(8).float().view(1, 2, 2, 2);
 * const [y, indices] = nn.functional.maxPool3d(x, 2, { returnIndices: true });
 * nn.functional.maxUnpool3d(y, indices, 2).sum(); // tensor(7.)
 */
export function maxUnpool3d(
  x: Tensor,
  indices: Tensor,
  kernelSize: Size3d,
  ...rest: ThenOptions<MaxUnpoolPositions<Size3d>, MaxUnpoolOptions<Size3d>>
): Tensor;
export function maxUnpool3d(...given: readonly unknown[]): Tensor {
  return unpool("maxUnpool3d", "MaxUnpool3DBackward0", MAX_UNPOOL_3D.read(given), 3);
}

/** Options of fractional max pooling: the size of the result, or its ratio to that of the input. */
export interface FractionalPoolOptions<S extends Sizes> {
  /** Spatial size of the result. */
  readonly outputSize?: S | null | undefined;
  /** Spatial size of the result as a part of that of the input, between 0 and 1: one number or one for each dimension. */
  readonly outputRatio?: number | readonly number[] | null | undefined;
  /** Where the regions lie, [N, C, dimensions], each in [0, 1). Default null: drawn. */
  readonly _randomSamples?: Tensor | null | undefined;
}

export const fractionalArguments = <S extends Sizes>(size: Kind<S>) => ({
  kernelSize: required(size),
  outputSize: optional(nullable(size), null),
  outputRatio: optional(nullable(either(aNumber, numbers)), null),
  ...RETURN_INDICES,
  _randomSamples: optional(nullable(aTensor), null),
});

const FRACTIONAL_2D = signature("fractionalMaxPool2d", { ...INPUT, ...fractionalArguments(aSize2d) });
const FRACTIONAL_3D = signature("fractionalMaxPool3d", { ...INPUT, ...fractionalArguments(aSize3d) });

type Fractional = Omit<Arguments<ReturnType<typeof fractionalArguments<Sizes>>>, "returnIndices"> & {
  readonly input: Tensor;
};

/** PyTorch's name of a function, for its messages. */
const snakeOf = (op: string): string => op.replace("MaxPool", "_max_pool");

/** The size of the result of fractional pooling. */
function fractionalSize(op: string, { input, outputSize, outputRatio }: Fractional, count: number): number[] {
  const lengths = input.shape.slice(-count);
  if (outputSize !== null) return sizes(outputSize, count);
  if (outputRatio === null) {
    throw new ValueError(`[${op}] ${snakeOf(op)} requires specifying either an output_size or an output_ratio`);
  }
  const ratios = typeof outputRatio === "number" ? new Array<number>(count).fill(outputRatio) : outputRatio;
  if (ratios.length !== count) {
    throw new ValueError(`[${op}] expected output_ratio to be a number or ${count} numbers, but got ${ratios.length}`);
  }
  for (const ratio of ratios) {
    if (!(ratio > 0 && ratio < 1)) {
      throw new ValueError(`[${op}] output_ratio must be between 0 and 1 (got ${ratio})`);
    }
  }
  return lengths.map((n, d) => Math.floor(n * (ratios[d] as number)));
}

/**
 * The first positions of the regions along one dimension, for each plane: ⌊(i + u)·α⌋ − ⌊u·α⌋ with α = (in − kernel)/(out
 * − 1), and in − kernel for the last one (Graham, 2014, as PyTorch computes it).
 */
function regionStarts(u: Tensor, length: number, count: number, kernel: number): Tensor {
  const alpha = count > 1 ? (length - kernel) / (count - 1) : 0;
  const places = arange(count, { device: u.device }).to(u.dtype);
  const first = u.unsqueeze(-1);
  const starts = first.add(places).mul(alpha).trunc().sub(first.mul(alpha).trunc()).int();
  return starts.maskedFill(places.eq(count - 1), length - kernel);
}

/** Maxima of the drawn regions, and their indices in the flattened planes or volumes. */
function fractionalPool(op: string, name: string, given: Fractional, count: number): [output: Tensor, indices: Tensor] {
  const { input: x, kernelSize, _randomSamples } = given;
  checkFloat(op, x);
  if (x.ndim !== count + 1 && x.ndim !== count + 2) {
    throw new ShapeError(`[${op}] Expected ${count + 1}D or ${count + 2}D tensor, but got shape ${bracketed(x.shape)}`);
  }
  const lead = x.ndim === count + 1 ? [1, x.size(0)] : x.shape.slice(0, 2);
  const lengths = x.shape.slice(-count);
  const kernel = sizes(kernelSize, count);
  const out = fractionalSize(op, given, count);
  for (const [d, n] of lengths.entries()) {
    if ((out[d] as number) + (kernel[d] as number) - 1 <= n && (out[d] as number) > 0) continue;
    const side = ["width", "height", "time"][count - 1 - d];
    throw new ValueError(
      `[${op}] ${snakeOf(op)}(): pool ${side} ${kernel[d]} too large relative to input ${side} ${n}`,
    );
  }
  const samples = _randomSamples ?? rand(...lead, count, { dtype: x.dtype as "float32", device: x.device });
  if (samples.shape.length !== 3 || [...lead, count].some((n, d) => samples.shape[d] !== n)) {
    throw new ShapeError(
      `[${op}] Expect _random_samples of shape ${bracketed([...lead, count])}, but got ${bracketed(samples.shape)}`,
    );
  }
  // Indices [planes, out…, kernel…], put together dimension by dimension.
  const planes = lead.reduce((a, b) => a * b, 1);
  let indices = zeros(planes, ...new Array<number>(2 * count).fill(1), { dtype: "int32", device: x.device });
  for (let d = 0; d < count; d++) {
    // The samples of a plane begin with its last dimension, those of a volume with its first.
    const u = samples
      .detach()
      .select(2, count === 2 ? 1 - d : d)
      .reshape(planes);
    const size = kernel[d] as number;
    const shapeAt = (at: number, n: number, batch: number): number[] =>
      [batch, ...new Array<number>(2 * count).fill(1)].with(1 + at, n);
    const starts = regionStarts(u, lengths[d] as number, out[d] as number, size);
    const within = arange(size, { device: x.device });
    const along = starts.view(shapeAt(d, out[d] as number, planes)).add(within.view(shapeAt(count + d, size, 1)));
    indices = indices.mul(lengths[d] as number).add(along);
  }
  const cells = out.reduce((a, b) => a * b, 1);
  const chosen = indices.reshape(planes, -1);
  const regions = x.reshape(planes, -1).gather(1, chosen).view(planes, cells, -1);
  const { values, indices: best } = regions.max(2);
  const places = chosen.view(planes, cells, -1).gather(2, best.unsqueeze(2)).squeeze(2);
  const shape = [...x.shape.slice(0, -count), ...out];
  return [withGradFnName(name, asNonView(name, values.view(shape))), places.view(shape)];
}

type FractionalPositions<S extends Sizes> = [
  kernelSize: S,
  outputSize?: S | null,
  outputRatio?: number | readonly number[] | null,
];

/**
 * 2-d fractional max pooling (Graham, 2014): maxima of regions whose places are drawn, so that the result can have any
 * size below that of the input. The random numbers are PyTorch's for the same seed.
 *
 * @param x - [N,C,H,W], or [C,H,W]; floating dtype.
 * @returns [N,C,H',W'], or [C,H',W']; with `returnIndices` also the int32 indices of the maxima.
 * @throws ShapeError for another rank; ValueError without a size or a ratio, or for one that does not fit.
 * @example nn.functional.fractionalMaxPool2d(rand(1, 2, 9, 9), 2, { outputRatio: 0.5 }).shape; // [1, 2, 4, 4]
 */
export function fractionalMaxPool2d(
  x: Tensor,
  ...args:
    | [...positions: FractionalPositions<Size2d>, returnIndices: true, _randomSamples?: Tensor | null]
    | [kernelSize: Size2d, options: FractionalPoolOptions<Size2d> & WithIndices]
): [output: Tensor, indices: Tensor];
export function fractionalMaxPool2d(
  x: Tensor,
  ...args:
    | [...positions: FractionalPositions<Size2d>, returnIndices?: false, _randomSamples?: Tensor | null]
    | [kernelSize: Size2d, options: FractionalPoolOptions<Size2d> & WithoutIndices]
): Tensor;
export function fractionalMaxPool2d(...args: readonly unknown[]): Tensor | [output: Tensor, indices: Tensor] {
  const { returnIndices, ...given } = FRACTIONAL_2D.read(args);
  const results = fractionalPool("fractionalMaxPool2d", "FractionalMaxPool2DBackward0", given, 2);
  return returnIndices ? results : results[0];
}

/**
 * 3-d fractional max pooling: see {@link fractionalMaxPool2d}.
 *
 * @param x - [N,C,D,H,W], or [C,D,H,W]; floating dtype.
 * @returns [N,C,D',H',W'], or [C,D',H',W']; with `returnIndices` also the int32 indices of the maxima.
 * @throws ShapeError for another rank; ValueError without a size or a ratio, or for one that does not fit.
 * @example nn.functional.fractionalMaxPool3d(rand(1, 5, 5, 5), 2, { outputSize: 3 }).shape; // [1, 3, 3, 3]
 */
export function fractionalMaxPool3d(
  x: Tensor,
  ...args:
    | [...positions: FractionalPositions<Size3d>, returnIndices: true, _randomSamples?: Tensor | null]
    | [kernelSize: Size3d, options: FractionalPoolOptions<Size3d> & WithIndices]
): [output: Tensor, indices: Tensor];
export function fractionalMaxPool3d(
  x: Tensor,
  ...args:
    | [...positions: FractionalPositions<Size3d>, returnIndices?: false, _randomSamples?: Tensor | null]
    | [kernelSize: Size3d, options: FractionalPoolOptions<Size3d> & WithoutIndices]
): Tensor;
export function fractionalMaxPool3d(...args: readonly unknown[]): Tensor | [output: Tensor, indices: Tensor] {
  const { returnIndices, ...given } = FRACTIONAL_3D.read(args);
  const results = fractionalPool("fractionalMaxPool3d", "FractionalMaxPool3DBackward0", given, 3);
  return returnIndices ? results : results[0];
}
