/** @file `normal`: normally distributed numbers with a mean and a standard deviation for each. */
import { noGrad } from "../autograd/grad-mode.ts";
import { type ByName, optional, signature } from "../core/arguments.ts";
import { ShapeError, ValueError } from "../core/errors.ts";
import { aNumber, aTensor, either, integers, nullable } from "../core/kinds.ts";
import { broadcastShapes } from "../core/shape.ts";
import type { TensorOptions } from "./create.ts";
import { empty } from "./create.ts";
import { RANDOM_OPTIONS } from "./create-options.ts";
import type { DrawOptions } from "./functions/arguments.ts";
import type { Generator } from "./random/generator.ts";
import type { Tensor } from "./tensor.ts";

const numberOrTensor = either(aNumber, aTensor, "a number or a Tensor");

const NORMAL = signature("normal", {
  mean: optional(numberOrTensor, 0),
  std: optional(numberOrTensor, 1),
  size: optional(nullable(integers), null),
  ...RANDOM_OPTIONS,
});

/**
 * Random numbers from normal distributions: with a mean or a standard deviation for each number, or with one mean and one
 * standard deviation for a whole shape. The same seed gives PyTorch's numbers. No gradient passes to the arguments.
 *
 * @param mean - A number, or a tensor with one for each result.
 * @param std - A number, or a tensor; tensors broadcast.
 * @param size - The shape, where both are numbers.
 * @throws ValueError for a negative standard deviation; ShapeError for shapes that do not broadcast.
 * @example
 * ```ts
 * manualSeed(0);
 * normal(tensor([10, 20]), 1); // tensor([11.5410, 19.7066])
 * normal(0, 2, [2, 3]).shape; // [2, 3]
 * ```
 */
export function normal(mean: Tensor, std?: number | Tensor, options?: DrawOptions): Tensor;
export function normal(mean: number, std: Tensor, options?: DrawOptions): Tensor;
export function normal(
  mean: number,
  std: number,
  size: readonly number[],
  options?: TensorOptions & { readonly generator?: Generator | null | undefined },
): Tensor;
export function normal(
  ...args: ByName<
    ["mean", "std", "size"],
    {
      readonly mean: number;
      readonly std: number;
      readonly size: readonly number[];
      readonly generator?: Generator | null | undefined;
    } & TensorOptions
  >
): Tensor;
export function normal(...args: readonly unknown[]): Tensor {
  const { mean, std, size, generator, ...options } = NORMAL.read(args);
  if (typeof mean === "number" && typeof std === "number") {
    if (size === null)
      throw new ValueError(`[normal] a shape is needed where mean and std are numbers. Usage: ${NORMAL}`);
    const { requiresGrad, ...place } = options;
    const drawn = noGrad(() => empty([...size], placeOf(place)).normal_(mean, std, generator));
    return requiresGrad ? drawn.requiresGrad_() : drawn;
  }
  if (size !== null) throw new ShapeError("[normal] the shape is that of the tensors. Leave size out.");
  return noGrad(() => {
    const like = typeof mean === "object" ? mean : (std as Tensor);
    const isStdTensor = typeof std === "object";
    if (isStdTensor && std.device === "cpu" && std.numel() > 0 && std.min().itemSync() < 0) {
      throw new ValueError("[normal] normal expects all elements of std >= 0.0");
    }
    const shape =
      typeof mean === "object" && isStdTensor ? broadcastShapes("normal", mean.shape, std.shape) : like.shape;
    const out = empty([...shape], { dtype: like.dtype, device: like.device });
    if (!isStdTensor) return out.normal_(0, std, generator).add_(mean);
    return out.normal_(0, 1, generator).mul_(std).add_(mean);
  });
}

function placeOf({
  dtype,
  device,
}: {
  dtype: TensorOptions["dtype"] | null;
  device: TensorOptions["device"] | null;
}): TensorOptions {
  return { ...(dtype == null ? {} : { dtype }), ...(device == null ? {} : { device }) };
}
