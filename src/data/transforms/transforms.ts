/** @file Transforms of samples: composition, conversion to tensors, normalization. */
import { type Args, optional, readArgument, required, signature } from "../../core/arguments.ts";
import { DataError, DTypeError, ShapeError, ValueError } from "../../core/errors.ts";
import { aBoolean, type Kind, kind, listOfKind, oneOrMoreNumbers } from "../../core/kinds.ts";
import { bracketed } from "../../core/shape.ts";
import { tensor } from "../../tensor/create.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { isNdarray, numbersOf } from "../arguments.ts";
import { gatherImages } from "../decode-images.ts";
import { type Image, type Picture, toPixels } from "./picture.ts";

/** A transform: an object with a method `forward`. */
export interface Transform<In, Out> {
  /** Transforms a sample. */
  readonly forward: (input: In) => Out;
}

/** A {@link Transform} or a plain function. */
export type TransformLike<In, Out> = Transform<In, Out> | ((input: In) => Out);

/** Runs a transform, whichever kind it is. */
export function applyTransform<In, Out>(transform: TransformLike<In, Out>, input: In): Out {
  return typeof transform === "function" ? transform(input) : transform.forward(input);
}

const FIRST = Int32Array.of(0);

/**
 * Converts an `ndarray` image [rows, columns] or [rows, columns, channels] to a tensor [channels, rows, columns]. uint8
 * becomes float32 in [0, 1]; other types keep their values.
 *
 * @example
 * const image = await data.readIdx(Uint8Array.of(0, 0, 8, 2, 0, 0, 0, 1, 0, 0, 0, 2, 51, 255));
 * new data.transforms.ToTensor().forward(image); // tensor([[[0.2000, 1.0000]]])
 */
export class ToTensor {
  /** Converts an image. @throws DataError for anything but an `ndarray` of two or three dimensions. */
  forward(pic: Picture): Tensor {
    if (!isNdarray(pic)) throw notAnImage(pic);
    const rank = pic.shape.length;
    if (rank !== 2 && rank !== 3)
      throw new DataError(`[ToTensor] pic should be 2/3 dimensional. Got ${rank} dimensions.`);
    const image: Image = pic;
    const [rows = 0, columns = 0, channels = 1] = image.shape;
    const [down = 0, right = 0] = image.stride;
    if (image.data instanceof Uint8Array && channels === 1 && right === 1 && down === columns) {
      const bytes = image.data.subarray(image.offset, image.offset + rows * columns);
      return gatherImages(bytes, [rows, columns], FIRST).reshape(1, rows, columns);
    }
    const numbers = toPixels(image);
    return numbers.dtype === "uint8" ? numbers.float().div(255) : numbers;
  }

  /** torchvision's text. */
  toString(): string {
    return "ToTensor()";
  }
}

function notAnImage(pic: unknown): DataError {
  const got = typeof pic === "object" && pic !== null ? (pic.constructor?.name ?? "an object") : String(pic);
  return new DataError(`[ToTensor] pic should be an ndarray. Got ${got}.`);
}

const NORMALIZE = signature("Normalize", {
  mean: required(oneOrMoreNumbers),
  std: required(oneOrMoreNumbers),
  inplace: optional(aBoolean, false),
});

/**
 * Normalizes each channel of a tensor image [..., channels, rows, columns]: (x − mean) / std.
 *
 * @example
 * const normalize = new data.transforms.Normalize(0.5, 0.25);
 * normalize.forward(ones(1, 1, 2)); // tensor([[[2., 2.]]])
 */
export class Normalize {
  /** Mean of each channel, or one for all. */
  readonly mean: readonly number[];
  /** Standard deviation of each channel, or one for all. */
  readonly std: readonly number[];
  /** The result for a stack of images is the stack of the results. */
  readonly batched = true;

  /** Whether the image itself is changed. */
  readonly inplace: boolean;

  /**
   * @param mean one number for each channel, or one for all
   * @param std one number for each channel, or one for all; none may be 0
   * @param inplace whether the image itself is changed. Default false.
   */
  constructor(
    ...args: Args<
      [mean: number | readonly number[], std: number | readonly number[]],
      [inplace: boolean],
      {
        readonly mean: number | readonly number[];
        readonly std: number | readonly number[];
        readonly inplace?: boolean | undefined;
      }
    >
  ) {
    const { mean, std, inplace } = NORMALIZE.read(args);
    this.mean = numbersOf("Normalize", "mean", mean);
    this.std = numbersOf("Normalize", "std", std);
    this.inplace = inplace;
    for (const [name, values] of Object.entries({ mean: this.mean, std: this.std })) {
      if (values.length > 0 && values.every(Number.isFinite)) continue;
      throw new ValueError(`[Normalize] ${name} should be numbers, but got [${values.join(", ")}]`);
    }
    if (this.std.some((value) => Math.fround(value) === 0)) {
      throw new ValueError(
        "[Normalize] std evaluated to zero after conversion to float32, leading to division by zero.",
      );
    }
  }

  /**
   * Normalizes an image. @throws DTypeError unless it is floating, ShapeError unless it has at least three dimensions.
   */
  forward(image: Tensor): Tensor {
    if (!(image instanceof Tensor))
      throw new DataError("[Normalize] img should be Tensor Image. Put ToTensor before it.");
    if (!image.isFloatingPoint()) {
      throw new DTypeError(`[Normalize] Input tensor should be a float tensor. Got ${image.dtype}.`);
    }
    if (image.ndim < 3) {
      throw new ShapeError(
        "[Normalize] Expected tensor to be a tensor image of size (..., C, H, W). " +
          `Got tensor.size() = ${bracketed(image.shape)}`,
      );
    }
    const along = (values: readonly number[]): Tensor =>
      tensor(values, { dtype: image.dtype, device: image.device }).view(-1, 1, 1);
    if (this.inplace) return image.sub_(along(this.mean)).div_(along(this.std));
    return image.sub(along(this.mean)).div(along(this.std));
  }

  /** torchvision's text. */
  toString(): string {
    return `Normalize(mean=[${this.mean.join(", ")}], std=[${this.std.join(", ")}])`;
  }
}

/**
 * Applies a user-defined function as a transform.
 *
 * @example
 * const invert = new data.transforms.Lambda((x: Tensor) => x.neg().add(1));
 * invert.forward(tensor([0, 0.25])); // tensor([1.0000, 0.7500])
 */
export class Lambda<In = Tensor, Out = Tensor> {
  /** The function. */
  readonly lambd: (input: In) => Out;

  constructor(lambd: (input: In) => Out) {
    if (typeof lambd !== "function") {
      throw new ValueError(`[Lambda] Argument lambd should be callable, got ${typeof lambd}`);
    }
    this.lambd = lambd;
  }

  /** Applies the function. */
  forward(input: In): Out {
    return this.lambd(input);
  }

  /** torchvision's text. */
  toString(): string {
    return "Lambda()";
  }
}

/** Transforms one after the other. */
export interface Compose<In, Out> {
  /** The transforms, in the order of their application. */
  readonly transforms: readonly TransformLike<never, unknown>[];
  /** Applies the transforms one after the other. */
  forward(input: In): Out;
  /** torchvision's text: one transform per line. */
  toString(): string;
}

/** What a step gives for `In`: one that takes images of either kind gives the kind that it gets. */
type Kept<In, Out> = Picture extends Out ? (Out extends Picture ? In : Out) : Out;

/** A step from `A` to `B`. */
type Step<A, B> = TransformLike<A, B>;

/** One signature per length, so that each step is checked to take what the one before gives. */
interface ComposeConstructor {
  new <A, B>(transforms: readonly [Step<A, B>]): Compose<A, B>;
  new <A, B, C>(transforms: readonly [Step<A, B>, Step<B, C>]): Compose<A, Kept<B, C>>;
  new <A, B, C, D>(transforms: readonly [Step<A, B>, Step<B, C>, Step<C, D>]): Compose<A, Kept<Kept<B, C>, D>>;
  new <A, B, C, D, E>(
    transforms: readonly [Step<A, B>, Step<B, C>, Step<C, D>, Step<D, E>],
  ): Compose<A, Kept<Kept<Kept<B, C>, D>, E>>;
  new <A, B, C, D, E, F>(
    transforms: readonly [Step<A, B>, Step<B, C>, Step<C, D>, Step<D, E>, Step<E, F>],
  ): Compose<A, Kept<Kept<Kept<Kept<B, C>, D>, E>, F>>;
  new <A, B>(transforms: readonly [Step<A, unknown>, ...Step<never, unknown>[], Step<never, B>]): Compose<A, B>;
}

/** A function, or an object with a method `forward`. */
export const aTransform: Kind<TransformLike<unknown, unknown>> = kind(
  "a function or an object with a method forward",
  (value) =>
    typeof value === "function" ||
    (typeof value === "object" && value !== null && "forward" in value && typeof value.forward === "function"),
);

/** A list of transforms. */
export const aTransformList = listOfKind(
  aTransform,
  "a list of transforms: functions, or objects with a method forward",
);

class ComposeTransforms {
  readonly transforms: readonly TransformLike<unknown, unknown>[];

  constructor(transforms: readonly TransformLike<unknown, unknown>[]) {
    this.transforms = readArgument("Compose", "transforms", aTransformList, transforms).slice();
  }

  forward(input: unknown): unknown {
    return this.transforms.reduce((value, transform) => applyTransform(transform, value), input);
  }

  toString(): string {
    const lines = this.transforms.map((transform) => `    ${transformName(transform)}`);
    return ["Compose(", ...lines, ")"].join("\n");
  }
}

/**
 * Composes several transforms.
 *
 * @example
 * const { Compose, Lambda, Normalize } = data.transforms;
 * const compose = new Compose([new Normalize(0.5, 0.25), new Lambda((x: Tensor) => x.flatten())]);
 * compose.forward(ones(1, 1, 2)); // tensor([2., 2.])
 */
export const Compose = ComposeTransforms as unknown as ComposeConstructor;

/** How a transform is printed. */
export function transformName(transform: TransformLike<never, unknown>): string {
  return typeof transform === "function" ? transform.name || "function" : String(transform);
}

/**
 * The steps after `ToTensor`, if the transform starts with that and the others give for a stack of images the stack of
 * their results (they say so with `batched: true`); else undefined. This is what lets a dataset make whole batches.
 */
export function batchedSteps(transform: unknown): readonly Transform<Tensor, Tensor>[] | undefined {
  const steps: readonly unknown[] = transform instanceof ComposeTransforms ? transform.transforms : [transform];
  const [first, ...rest] = steps;
  if (!(first instanceof ToTensor) || first.forward !== ToTensor.prototype.forward) return undefined;
  return rest.every(isBatched) ? rest : undefined;
}

function isBatched(step: unknown): step is Transform<Tensor, Tensor> {
  return typeof step === "object" && step !== null && "batched" in step && step.batched === true && "forward" in step;
}
