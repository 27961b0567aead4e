/** @file The base class of all distributions: shapes, checks of arguments, printing. */
import { enableGrad, noGrad } from "../autograd/grad-mode.ts";
import { keyword, readArgument } from "../core/arguments.ts";
import { describeValue } from "../core/describe.ts";
import { TapegradError, ValueError } from "../core/errors.ts";
import { isTensor } from "../core/identity.ts";
import { aBoolean, integers, nullable } from "../core/kinds.ts";
import { pythonRepr } from "../core/python-repr.ts";
import { checkSizes } from "../core/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { type Constraint, isDependent } from "./constraints.ts";
import { allSync, floatText, keep, sizeText, snakeCase } from "./utils.ts";

/** The option of every distribution. */
export interface DistributionOptions {
  /**
   * Whether parameters and values are checked. Default null: as {@link Distribution.setDefaultValidateArgs} says. What is
   * on a GPU is not checked: it cannot be read at once.
   */
  readonly validateArgs?: boolean | null | undefined;
}

/** The declared form of {@link DistributionOptions}. */
export const DISTRIBUTION_OPTIONS = { validateArgs: keyword(nullable(aBoolean), null) } as const;

let validatesByDefault = true;

/**
 * Base class of probability distributions. A distribution has a batch shape, one set of parameters for each element, and
 * an event shape, that of a single sample; a sample has the shape [...sampleShape, ...batchShape, ...eventShape].
 *
 * @example
 * const normal = new distributions.Normal(tensor([0, 1]), tensor([1, 2]));
 * normal instanceof distributions.Distribution; // true
 * normal.batchShape; // [2]
 */
export abstract class Distribution {
  /** The shape over which parameters are batched. */
  readonly batchShape: readonly number[];
  /** The shape of a single sample. */
  readonly eventShape: readonly number[];
  /** Whether values are checked. */
  protected readonly validates: boolean;

  constructor(batchShape: readonly number[], eventShape: readonly number[], validateArgs: boolean | null = null) {
    this.batchShape = [...batchShape];
    this.eventShape = [...eventShape];
    this.validates = validateArgs ?? validatesByDefault;
  }

  /** Switches the checks of parameters and values on or off for distributions that are made later. */
  static setDefaultValidateArgs(value: boolean): void {
    validatesByDefault = readArgument("setDefaultValidateArgs", "value", aBoolean, value);
  }

  /** Whether {@link rsample} has samples with gradients. */
  get hasRsample(): boolean {
    return false;
  }

  /** Whether {@link enumerateSupport} can list all values. */
  get hasEnumerateSupport(): boolean {
    return false;
  }

  /** What each parameter has to satisfy, by name. */
  abstract get argConstraints(): Readonly<Record<string, Constraint>>;

  /** The values that samples can have. */
  abstract get support(): Constraint;

  /** The mean, of the shape [...batchShape, ...eventShape]. */
  get mean(): Tensor {
    throw this.notImplemented("mean");
  }

  /** The mode: the most likely value. */
  get mode(): Tensor {
    throw this.notImplemented("mode");
  }

  /** The variance, of the shape of {@link mean}. */
  get variance(): Tensor {
    throw this.notImplemented("variance");
  }

  /** The standard deviation, of the shape of {@link mean}. */
  get stddev(): Tensor {
    return this.variance.sqrt();
  }

  /**
   * Samples without gradients, the numbers of PyTorch for the same seed.
   *
   * @param sampleShape how many, as a shape. Default []: one for each element of the batch.
   */
  sample(sampleShape: readonly number[] = []): Tensor {
    return noGrad(() => this.rsample(sampleShape));
  }

  /**
   * Samples through which gradients flow to the parameters (reparameterised).
   *
   * @throws TapegradError for distributions without such samples: {@link hasRsample} says which have them.
   */
  rsample(_sampleShape: readonly number[] = []): Tensor {
    throw this.notImplemented("rsample", "Its samples have no gradient: use sample, and logProb of the result.");
  }

  /** The logarithm of the density, or of the probability, at `value`. */
  abstract logProb(value: Tensor): Tensor;

  /** The cumulative distribution function at `value`. */
  cdf(_value: Tensor): Tensor {
    throw this.notImplemented("cdf");
  }

  /** The inverse of {@link cdf} at `value`, a number from 0 to 1. */
  icdf(_value: Tensor): Tensor {
    throw this.notImplemented("icdf");
  }

  /** The entropy in nats, of the batch's shape. */
  entropy(): Tensor {
    throw this.notImplemented("entropy");
  }

  /** The exponential of the entropy. */
  perplexity(): Tensor {
    return this.entropy().exp();
  }

  /**
   * All values of a discrete distribution, along a new first dimension.
   *
   * @param expand whether the values are expanded over the batch's shape. Default true.
   */
  enumerateSupport(_expand = true): Tensor {
    throw this.notImplemented("enumerateSupport");
  }

  /** A distribution with the parameters expanded to another batch shape, as views. */
  abstract expand(batchShape: readonly number[]): Distribution;

  /** PyTorch's text. */
  toString(): string {
    const shown = Object.keys(this.argConstraints).flatMap((name) => {
      const value = Object.hasOwn(this, name) ? Reflect.get(this, name) : undefined;
      if (!isTensor(value)) return [];
      return `${snakeCase(name)}: ${value.numel() === 1 ? floatText(value) : sizeText(value.shape)}`;
    });
    return `${this.constructor.name}(${shown.join(", ")})`;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }

  /** The shape of samples. */
  protected extendedShape(sampleShape: readonly number[]): number[] {
    const op = `${this.constructor.name}.sample`;
    const shape = readArgument(op, "sampleShape", integers, sampleShape);
    checkSizes(op, shape);
    return [...shape, ...this.batchShape, ...this.eventShape];
  }

  /**
   * Checks the parameters; the last step of a constructor. Those that are computed from others when they are first asked
   * for are not made for this.
   */
  protected checkParameters(lazy: readonly string[] = []): void {
    if (!this.validates) return;
    for (const [name, constraint] of Object.entries(this.argConstraints)) {
      if (isDependent(constraint) || (lazy.includes(name) && !Object.hasOwn(this, name))) continue;
      const value: unknown = Reflect.get(this, name);
      if (!isTensor(value) || noGrad(() => allSync(constraint.check(value)))) continue;
      throw new ValueError(
        `[${this.constructor.name}] Expected parameter ${snakeCase(name)} (Tensor of shape ${pythonRepr(value.shape)}) of ` +
          `distribution ${this} to satisfy the constraint ${constraint}, but found invalid values:\n${floatText(value)}`,
      );
    }
  }

  /**
   * Checks a value whose probability is asked for.
   *
   * @throws ValueError for a value that is no tensor, does not broadcast with batch and event, or is outside the support.
   */
  protected checkValue(method: string, value: Tensor): void {
    const op = `${this.constructor.name}.${method}`;
    if (!isTensor(value)) {
      throw new ValueError(`[${op}] The value argument to log_prob must be a Tensor, but got ${describeValue(value)}`);
    }
    if (!this.validates) return;
    const event = value.shape.slice(Math.max(0, value.ndim - this.eventShape.length));
    if (event.length !== this.eventShape.length || event.some((size, i) => size !== this.eventShape[i])) {
      throw new ValueError(
        `[${op}] The right-most size of value must match event_shape: ${sizeText(value.shape)} vs ${sizeText(this.eventShape)}.`,
      );
    }
    const expected = [...this.batchShape, ...this.eventShape];
    const fits = value.shape.every((size, i) => {
      const other = expected.at(i - value.ndim);
      return i - value.ndim < -expected.length || size === 1 || other === 1 || size === other;
    });
    if (!fits) {
      throw new ValueError(
        `[${op}] Value is not broadcastable with batch_shape+event_shape: ${sizeText(value.shape)} vs ${sizeText(expected)}.`,
      );
    }
    const { support } = this;
    if (noGrad(() => allSync(support.check(value)))) return;
    throw new ValueError(
      `[${op}] Expected value argument (Tensor of shape ${pythonRepr(value.shape)}) to be within the support (${support}) of the ` +
        `distribution ${this}, but found invalid values:\n${floatText(value)}`,
    );
  }

  /** A value that is computed when it is first asked for, and kept. */
  protected lazily(name: string, compute: () => Tensor): Tensor {
    const value = enableGrad(compute);
    keep(this, name, value);
    return value;
  }

  /** A copy of this distribution with another batch shape and some other fields: the result of {@link expand}. */
  protected expanded(batchShape: readonly number[], fields: Readonly<Record<string, unknown>>): this {
    const copy: this = Object.create(Object.getPrototypeOf(this), Object.getOwnPropertyDescriptors(this));
    keep(copy, "batchShape", [...batchShape]);
    for (const [name, value] of Object.entries(fields)) keep(copy, name, value);
    return copy;
  }

  /** The error of a method that this distribution does not have. */
  protected notImplemented(method: string, instead = ""): TapegradError {
    const name = this.constructor.name;
    return new TapegradError(
      `[${name}.${method}] ${name} does not implement ${snakeCase(method)}. ${instead}`.trimEnd(),
    );
  }
}
