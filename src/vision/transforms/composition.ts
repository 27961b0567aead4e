/** @file Random choices among transforms, and conversions as transforms. */
import type { DType } from "../../../kernels/backend.ts";
import { type Args, readArgument, required, signature } from "../../core/arguments.ts";
import { ValueError } from "../../core/errors.ts";
import { aDType, nullable, numbers } from "../../core/kinds.ts";
import { randomUniform } from "../../data/transforms/draws.ts";
import type { Image } from "../../data/transforms/picture.ts";
import { applyTransform, aTransformList, type TransformLike, transformName } from "../../data/transforms/transforms.ts";
import { multinomial, randperm } from "../../tensor/random/integers.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { withProbability } from "./arguments.ts";
import { convertImageDtype, pilToTensor, toPilImage } from "./conversion.ts";

function lines(name: string, head: readonly string[], transforms: readonly TransformLike<never, unknown>[]): string {
  return [`${name}(`, ...[...head, ...transforms.map(transformName)].map((line) => `    ${line}`), ")"].join("\n");
}

const RANDOM_APPLY = signature("RandomApply", { transforms: required(aTransformList), ...withProbability(0.5) });

/**
 * Applies a list of transforms with a given probability.
 *
 * @example
 * const { RandomApply, Lambda } = vision.transforms;
 * new RandomApply([new Lambda((x: Tensor) => x.neg())], 1).forward(ones(1)); // tensor([-1.])
 */
export class RandomApply<T> {
  /** The transforms, one after the other. */
  readonly transforms: readonly TransformLike<T, T>[];
  /** Probability of their being applied. */
  readonly p: number;

  /** @param p - The probability. Default 0.5. */
  constructor(
    ...args: Args<
      [transforms: readonly TransformLike<T, T>[]],
      [p: number],
      { readonly transforms: readonly TransformLike<T, T>[]; readonly p?: number | undefined }
    >
  ) {
    const { transforms, p } = RANDOM_APPLY.read(args);
    this.transforms = transforms as readonly TransformLike<T, T>[];
    this.p = p;
  }

  /** Draws one number, and applies the transforms unless it is above the probability. */
  forward(input: T): T {
    if (this.p < randomUniform(0, 1)) return input;
    return this.transforms.reduce((value, transform) => applyTransform(transform, value), input);
  }

  /** torchvision's text. */
  toString(): string {
    return lines("RandomApply", [`p=${this.p}`], this.transforms);
  }
}

/**
 * Applies one of several transforms. It is drawn from tapegrad's generator, where torchvision asks Python's `random`.
 *
 * @example
 * const { RandomChoice, Lambda } = vision.transforms;
 * const choice = new RandomChoice([new Lambda((x: Tensor) => x.neg()), new Lambda((x: Tensor) => x)], [1, 0]);
 * choice.forward(ones(1)); // tensor([-1.])
 */
export class RandomChoice<In, Out> {
  /** The transforms. */
  readonly transforms: readonly TransformLike<In, Out>[];
  /** Weights of the transforms, or null: all alike. */
  readonly p: readonly number[] | null;

  constructor(transforms: readonly TransformLike<In, Out>[], p: readonly number[] | null = null) {
    this.transforms = readArgument("RandomChoice", "transforms", aTransformList, transforms) as typeof transforms;
    if (transforms.length === 0) throw new ValueError("[RandomChoice] expected at least one transform");
    if (p !== null && p.length !== transforms.length) {
      throw new ValueError(
        `[RandomChoice] Length of p doesn't match the number of transforms: ${p.length} != ${transforms.length}`,
      );
    }
    this.p = readArgument("RandomChoice", "p", nullable(numbers), p);
  }

  /** Draws a transform, and applies it. */
  forward(input: In): Out {
    const weights = Float64Array.from(this.p ?? this.transforms.map(() => 1));
    const [chosen = 0] = multinomial(weights, 1, true);
    return applyTransform(this.transforms[chosen] as TransformLike<In, Out>, input);
  }

  /** torchvision's text. */
  toString(): string {
    return `${lines("RandomChoice", [], this.transforms)}(p=${this.p === null ? "None" : `[${this.p.join(", ")}]`})`;
  }
}

/**
 * Applies all transforms in random order, drawn from tapegrad's generator, where torchvision asks Python's `random`.
 *
 * @example
 * const { RandomOrder, Lambda } = vision.transforms;
 * new RandomOrder([new Lambda((x: Tensor) => x.neg()), new Lambda((x: Tensor) => x.mul(2))]).forward(ones(1)); // tensor([-2.])
 */
export class RandomOrder<T> {
  /** The transforms. */
  readonly transforms: readonly TransformLike<T, T>[];

  constructor(transforms: readonly TransformLike<T, T>[]) {
    this.transforms = readArgument("RandomOrder", "transforms", aTransformList, transforms) as typeof transforms;
  }

  /** Draws an order, and applies the transforms in it. */
  forward(input: T): T {
    const order = Array.from(randperm(this.transforms.length));
    return order.reduce((value, i) => applyTransform(this.transforms[i] as TransformLike<T, T>, value), input);
  }

  /** torchvision's text. */
  toString(): string {
    return lines("RandomOrder", [], this.transforms);
  }
}

/**
 * Converts a tensor [channels, rows, columns] to an image as files have it, an `ndarray` of bytes.
 *
 * @example new vision.transforms.ToPILImage().forward(ones(3, 2, 2)).shape; // [2, 2, 3]
 */
export class ToPILImage {
  /** Converts an image. */
  forward(pic: Tensor): Image {
    return toPilImage(pic);
  }

  /** torchvision's text. */
  toString(): string {
    return "ToPILImage()";
  }
}

/**
 * Converts an `ndarray` image to a tensor [channels, rows, columns] of the same values.
 *
 * @example
 * const { PILToTensor, ToPILImage } = vision.transforms;
 * new PILToTensor().forward(new ToPILImage().forward(ones(1, 1, 2))); // tensor([[[255, 255]]], dtype=torch.uint8)
 */
export class PILToTensor {
  /** Converts an image. */
  forward(pic: Image): Tensor {
    return pilToTensor(pic);
  }

  /** torchvision's text. */
  toString(): string {
    return "PILToTensor()";
  }
}

/**
 * Converts a tensor image to another dtype, with its values scaled to the range of that.
 *
 * @example new vision.transforms.ConvertImageDtype("float32").forward(tensor([51], { dtype: "uint8" })); // tensor([0.2000])
 */
export class ConvertImageDtype {
  /** The dtype. */
  readonly dtype: DType;
  /** Whether a batch of images gives the batch of the results. */
  readonly batched = true;

  constructor(dtype: DType) {
    this.dtype = readArgument("ConvertImageDtype", "dtype", aDType, dtype);
  }

  /** Converts an image. */
  forward(image: Tensor): Tensor {
    return convertImageDtype(image, this.dtype);
  }

  /** torchvision's text. */
  toString(): string {
    return "ConvertImageDtype()";
  }
}
