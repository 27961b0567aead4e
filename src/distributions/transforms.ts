/** @file Invertible transforms of random variables, as torch.distributions.transforms. */

import { type Args, keyword, optional, required, signature } from "../core/arguments.ts";
import { ShapeError, TapegradError, ValueError } from "../core/errors.ts";
import { isTensor } from "../core/identity.ts";
import { aSize, type Kind, kind, listOfKind } from "../core/kinds.ts";
import { finfo } from "../core/numeric-limits.ts";
import { broadcastShapes } from "../core/shape.ts";
import { logsigmoid, softplus } from "../nn/functional/activation.ts";
import { fullLike, ones, zeros, zerosLike } from "../tensor/create.ts";
import type { Tensor } from "../tensor/tensor.ts";
import {
  type Constraint,
  independent,
  interval,
  positive,
  real,
  realVector,
  simplex,
  unitInterval,
} from "./constraints.ts";
import { allSync, aParameter, broadcastAll, type Parameter, sumRightmost } from "./utils.ts";

/** Option of every transform. */
export interface TransformOptions {
  /** 1 keeps the last input and output, so that the inverse of what was just computed is exact. Default 0. */
  readonly cacheSize?: 0 | 1 | undefined;
}

const CACHE = {
  cacheSize: keyword(
    { ...kind<0 | 1>("0 or 1", (value) => value === 0 || value === 1), message: () => "cache_size must be 0 or 1" },
    0,
  ),
} as const;

/**
 * Base class of transforms with a log det Jacobian. A subclass has {@link call}, {@link inverse} and
 * {@link logAbsDetJacobian}; users call {@link forward}, and `inv.forward` for the inverse.
 *
 * @example
 * class Double extends distributions.Transform {
 *   readonly domain = distributions.constraints.real;
 *   readonly codomain = distributions.constraints.real;
 *   override get bijective(): boolean {
 *     return true;
 *   }
 *   call(x: Tensor): Tensor {
 *     return x.mul(2);
 *   }
 *   inverse(y: Tensor): Tensor {
 *     return y.div(2);
 *   }
 *   logAbsDetJacobian(x: Tensor): Tensor {
 *     return zerosLike(x).add(Math.log(2));
 *   }
 * }
 * new Double().inv.forward(tensor([4])); // tensor([2.])
 */
export abstract class Transform {
  /** Valid inputs. */
  abstract readonly domain: Constraint;
  /** Valid outputs, which are inputs to the inverse. */
  abstract readonly codomain: Constraint;
  /** How many of the last inputs and outputs are kept: 0 or 1. */
  readonly cacheSize: 0 | 1;
  #last: readonly [x: Tensor, y: Tensor] | null = null;
  #inverse: Transform | undefined;

  constructor(cacheSize: 0 | 1 = 0) {
    this.cacheSize = cacheSize;
  }

  /** Whether every output comes from one input alone. */
  get bijective(): boolean {
    return false;
  }

  /** 1 for an increasing transform of numbers, −1 for a decreasing one. */
  get sign(): Parameter {
    throw new TapegradError(`[${this.constructor.name}.sign] ${this.constructor.name} is not monotonic`);
  }

  /** How many rightmost dimensions the transform treats as one value. */
  get eventDim(): number {
    if (this.domain.eventDim === this.codomain.eventDim) return this.domain.eventDim;
    throw new ValueError("[Transform.eventDim] Please use either .domain.event_dim or .codomain.event_dim");
  }

  /** The inverse transform: `t.inv.inv` is `t`. */
  get inv(): Transform {
    this.#inverse ??= new _InverseTransform(this);
    return this.#inverse;
  }

  /** The transformed value. */
  forward(x: Tensor): Tensor {
    if (this.cacheSize === 0) return this.call(x);
    if (this.#last?.[0] === x) return this.#last[1];
    const y = this.call(x);
    this.#last = [x, y];
    return y;
  }

  /** What {@link forward} takes to `y`; by {@link inv}. @internal */
  backward(y: Tensor): Tensor {
    if (this.cacheSize === 0) return this.inverse(y);
    if (this.#last?.[1] === y) return this.#last[0];
    const x = this.inverse(y);
    this.#last = [x, y];
    return x;
  }

  /** Computes the transformed value. */
  abstract call(x: Tensor): Tensor;

  /** Computes what {@link call} takes to `y`. */
  abstract inverse(y: Tensor): Tensor;

  /** log |det dy/dx| at an input and its output. */
  abstract logAbsDetJacobian(x: Tensor, y: Tensor): Tensor;

  /** The shape of outputs for a shape of inputs. */
  forwardShape(shape: readonly number[]): readonly number[] {
    return shape;
  }

  /** The shape of inputs for a shape of outputs. */
  inverseShape(shape: readonly number[]): readonly number[] {
    return shape;
  }

  /** Whether another transform does the same. */
  equals(other: Transform): boolean {
    return this === other;
  }

  /** PyTorch's text. */
  toString(): string {
    return `${this.constructor.name}()`;
  }
}

class _InverseTransform extends Transform {
  readonly #of: Transform;

  constructor(of: Transform) {
    super();
    this.#of = of;
  }

  get domain(): Constraint {
    return this.#of.codomain;
  }

  get codomain(): Constraint {
    return this.#of.domain;
  }

  override get bijective(): boolean {
    return this.#of.bijective;
  }

  override get sign(): Parameter {
    return this.#of.sign;
  }

  override get inv(): Transform {
    return this.#of;
  }

  override forward(y: Tensor): Tensor {
    return this.#of.backward(y);
  }

  override backward(x: Tensor): Tensor {
    return this.#of.forward(x);
  }

  call(y: Tensor): Tensor {
    return this.#of.backward(y);
  }

  inverse(x: Tensor): Tensor {
    return this.#of.forward(x);
  }

  logAbsDetJacobian(x: Tensor, y: Tensor): Tensor {
    return this.#of.logAbsDetJacobian(y, x).neg();
  }

  override forwardShape(shape: readonly number[]): readonly number[] {
    return this.#of.inverseShape(shape);
  }

  override inverseShape(shape: readonly number[]): readonly number[] {
    return this.#of.forwardShape(shape);
  }

  override equals(other: Transform): boolean {
    return other instanceof _InverseTransform && this.#of.equals(other.#of);
  }

  override toString(): string {
    return `_InverseTransform(${this.#of})`;
  }
}

/** The kind of a transform. */
export const aTransform: Kind<Transform> = kind("a Transform", (value) => value instanceof Transform);

/** The kind of a list of transforms. */
export const transformList: Kind<readonly Transform[]> = listOfKind(aTransform, "a list of Transforms");

const COMPOSE = signature("ComposeTransform", { parts: required(transformList), ...CACHE });

/**
 * Several transforms, one after the other.
 *
 * @example
 * const { AffineTransform, ComposeTransform, ExpTransform } = distributions;
 * new ComposeTransform([new AffineTransform(1, 2), new ExpTransform()]).forward(tensor([0])); // tensor([2.7183])
 */
export class ComposeTransform extends Transform {
  /** The transforms, in the order of their application. */
  readonly parts: readonly Transform[];

  constructor(
    ...args: Args<[parts: readonly Transform[]], [], { readonly parts: readonly Transform[] } & TransformOptions>
  ) {
    const { parts, cacheSize } = COMPOSE.read(args);
    super(cacheSize);
    this.parts = parts;
  }

  get domain(): Constraint {
    const [first] = this.parts;
    const last = this.parts.at(-1);
    if (first === undefined || last === undefined) return real;
    // As many dimensions as any of the parts needs.
    const eventDim = this.parts.reduceRight((dim, part) => {
      return Math.max(dim + part.domain.eventDim - part.codomain.eventDim, part.domain.eventDim);
    }, last.codomain.eventDim);
    const extra = eventDim - first.domain.eventDim;
    return extra > 0 ? independent(first.domain, extra) : first.domain;
  }

  get codomain(): Constraint {
    const [first] = this.parts;
    const last = this.parts.at(-1);
    if (first === undefined || last === undefined) return real;
    const eventDim = this.parts.reduce((dim, part) => {
      return Math.max(dim + part.codomain.eventDim - part.domain.eventDim, part.codomain.eventDim);
    }, first.domain.eventDim);
    const extra = eventDim - last.codomain.eventDim;
    return extra > 0 ? independent(last.codomain, extra) : last.codomain;
  }

  override get bijective(): boolean {
    return this.parts.every((part) => part.bijective);
  }

  override get sign(): Parameter {
    return this.parts.reduce<Parameter>((sign, part) => multiply(sign, part.sign), 1);
  }

  call(x: Tensor): Tensor {
    return this.parts.reduce((value, part) => part.forward(value), x);
  }

  inverse(y: Tensor): Tensor {
    return this.parts.reduceRight((value, part) => part.inv.forward(value), y);
  }

  logAbsDetJacobian(x: Tensor, y: Tensor): Tensor {
    if (this.parts.length === 0) return zerosLike(x);
    const values = [x];
    for (const part of this.parts.slice(0, -1)) values.push(part.forward(values.at(-1) as Tensor));
    values.push(y);
    let eventDim = this.domain.eventDim;
    const terms = this.parts.map((part, i) => {
      const jacobian = part.logAbsDetJacobian(values[i] as Tensor, values[i + 1] as Tensor);
      const term = sumRightmost(jacobian, eventDim - part.domain.eventDim);
      eventDim += part.codomain.eventDim - part.domain.eventDim;
      return term;
    });
    return terms.reduce((sum, term) => sum.add(term));
  }

  override forwardShape(shape: readonly number[]): readonly number[] {
    return this.parts.reduce((size, part) => part.forwardShape(size), shape);
  }

  override inverseShape(shape: readonly number[]): readonly number[] {
    return this.parts.reduceRight((size, part) => part.inverseShape(size), shape);
  }

  override equals(other: Transform): boolean {
    if (!(other instanceof ComposeTransform)) return false;
    return sameTransforms(this.parts, other.parts);
  }

  override toString(): string {
    return `${this.constructor.name}(\n    ${this.parts.join(",\n    ")}\n)`;
  }
}

/** Whether two lists of transforms do the same. */
export function sameTransforms(a: readonly Transform[], b: readonly Transform[]): boolean {
  return a.length === b.length && a.every((part, i) => part.equals(b[i] as Transform));
}

/** The product of two signs. */
export function multiply(a: Parameter, b: Parameter): Parameter {
  if (isTensor(a)) return a.mul(b);
  return isTensor(b) ? b.mul(a) : a * b;
}

const INDEPENDENT = signature("IndependentTransform", {
  baseTransform: required(aTransform),
  reinterpretedBatchNdims: required(aSize),
  ...CACHE,
});

/**
 * Treats rightmost dimensions of a transform as one value, whose log det Jacobian is the sum.
 *
 * @example
 * const exp = new distributions.IndependentTransform(new distributions.ExpTransform(), 1);
 * exp.logAbsDetJacobian(tensor([1, 2]), tensor([1, 2]).exp()); // tensor(3.)
 */
export class IndependentTransform extends Transform {
  /** The transform of the single elements. */
  readonly baseTransform: Transform;
  /** How many dimensions make one value. */
  readonly reinterpretedBatchNdims: number;

  constructor(
    ...args: Args<
      [baseTransform: Transform, reinterpretedBatchNdims: number],
      [],
      { readonly baseTransform: Transform; readonly reinterpretedBatchNdims: number } & TransformOptions
    >
  ) {
    const { baseTransform, reinterpretedBatchNdims, cacheSize } = INDEPENDENT.read(args);
    super(cacheSize);
    this.baseTransform = baseTransform;
    this.reinterpretedBatchNdims = reinterpretedBatchNdims;
  }

  get domain(): Constraint {
    return independent(this.baseTransform.domain, this.reinterpretedBatchNdims);
  }

  get codomain(): Constraint {
    return independent(this.baseTransform.codomain, this.reinterpretedBatchNdims);
  }

  override get bijective(): boolean {
    return this.baseTransform.bijective;
  }

  override get sign(): Parameter {
    return this.baseTransform.sign;
  }

  call(x: Tensor): Tensor {
    if (x.ndim < this.domain.eventDim) throw tooFew("IndependentTransform");
    return this.baseTransform.forward(x);
  }

  inverse(y: Tensor): Tensor {
    if (y.ndim < this.codomain.eventDim) throw tooFew("IndependentTransform");
    return this.baseTransform.inv.forward(y);
  }

  logAbsDetJacobian(x: Tensor, y: Tensor): Tensor {
    return sumRightmost(this.baseTransform.logAbsDetJacobian(x, y), this.reinterpretedBatchNdims);
  }

  override forwardShape(shape: readonly number[]): readonly number[] {
    return this.baseTransform.forwardShape(shape);
  }

  override inverseShape(shape: readonly number[]): readonly number[] {
    return this.baseTransform.inverseShape(shape);
  }

  override toString(): string {
    return `IndependentTransform(${this.baseTransform}, ${this.reinterpretedBatchNdims})`;
  }
}

function tooFew(op: string): ShapeError {
  return new ShapeError(`[${op}] Too few dimensions on input`);
}

type PlainArgs = readonly [options?: TransformOptions | undefined];

/** A transform without parameters, of single numbers: increasing, and the same as any other of its class. */
abstract class ElementwiseTransform extends Transform {
  constructor(...args: PlainArgs) {
    super(signature(new.target.name, CACHE).read(args).cacheSize);
  }

  get domain(): Constraint {
    return real;
  }

  override get bijective(): boolean {
    return true;
  }

  override get sign(): Parameter {
    return 1;
  }

  override equals(other: Transform): boolean {
    return other.constructor === this.constructor;
  }
}

/**
 * y = eˣ.
 *
 * @example new distributions.ExpTransform().forward(tensor([0, 1])); // tensor([1.0000, 2.7183])
 */
export class ExpTransform extends ElementwiseTransform {
  get codomain(): Constraint {
    return positive;
  }

  call(x: Tensor): Tensor {
    return x.exp();
  }

  inverse(y: Tensor): Tensor {
    return y.log();
  }

  logAbsDetJacobian(x: Tensor): Tensor {
    return x;
  }
}

/** The sigmoid, away from 0 and 1 by the precision of its dtype. */
function clippedSigmoid(x: Tensor): Tensor {
  const { eps, tiny } = finfo(x.dtype);
  return x.sigmoid().clamp(tiny, 1 - eps);
}

/**
 * y = 1 / (1 + e⁻ˣ).
 *
 * @example new distributions.SigmoidTransform().forward(tensor([0])); // tensor([0.5000])
 */
export class SigmoidTransform extends ElementwiseTransform {
  get codomain(): Constraint {
    return unitInterval;
  }

  call(x: Tensor): Tensor {
    return clippedSigmoid(x);
  }

  inverse(y: Tensor): Tensor {
    const { eps, tiny } = finfo(y.dtype);
    const inside = y.clamp(tiny, 1 - eps);
    return inside.log().sub(inside.neg().log1p());
  }

  logAbsDetJacobian(x: Tensor): Tensor {
    return softplus(x.neg()).neg().sub(softplus(x));
  }
}

/**
 * y = log(1 + eˣ).
 *
 * @example new distributions.SoftplusTransform().forward(tensor([0])); // tensor([0.6931])
 */
export class SoftplusTransform extends ElementwiseTransform {
  get codomain(): Constraint {
    return positive;
  }

  call(x: Tensor): Tensor {
    return softplus(x);
  }

  inverse(y: Tensor): Tensor {
    return y.neg().expm1().neg().log().add(y);
  }

  logAbsDetJacobian(x: Tensor): Tensor {
    return softplus(x.neg()).neg();
  }
}

/**
 * y = tanh x. With `cacheSize: 1` the inverse of a sample is exact also where y rounds to ±1.
 *
 * @example new distributions.TanhTransform({ cacheSize: 1 }).forward(tensor([1])); // tensor([0.7616])
 */
export class TanhTransform extends ElementwiseTransform {
  get codomain(): Constraint {
    return interval(-1, 1);
  }

  call(x: Tensor): Tensor {
    return x.tanh();
  }

  inverse(y: Tensor): Tensor {
    return y.atanh();
  }

  /** 2 (log 2 − x − softplus(−2x)), which keeps its digits for large x. */
  logAbsDetJacobian(x: Tensor): Tensor {
    return x
      .neg()
      .add(Math.log(2))
      .sub(softplus(x.mul(-2)))
      .mul(2);
  }
}

/**
 * y = |x|, whose inverse gives the number that is not negative.
 *
 * @example new distributions.AbsTransform().forward(tensor([-2])); // tensor([2.])
 */
export class AbsTransform extends ElementwiseTransform {
  override get bijective(): boolean {
    return false;
  }

  override get sign(): Parameter {
    throw new TapegradError("[AbsTransform.sign] AbsTransform is not monotonic");
  }

  get codomain(): Constraint {
    return positive;
  }

  call(x: Tensor): Tensor {
    return x.abs();
  }

  inverse(y: Tensor): Tensor {
    return y;
  }

  logAbsDetJacobian(): Tensor {
    throw new TapegradError("[AbsTransform.logAbsDetJacobian] AbsTransform is not bijective");
  }
}

const POWER = signature("PowerTransform", { exponent: required(aParameter), ...CACHE });

/**
 * y = x to the power of `exponent`, of positive numbers.
 *
 * @example new distributions.PowerTransform(2).inv.forward(tensor([9])); // tensor([3.])
 */
export class PowerTransform extends Transform {
  /** The exponent. */
  readonly exponent: Tensor;

  constructor(...args: Args<[exponent: Parameter], [], { readonly exponent: Parameter } & TransformOptions>) {
    const { exponent, cacheSize } = POWER.read(args);
    super(cacheSize);
    this.exponent = broadcastAll(exponent)[0];
  }

  get domain(): Constraint {
    return positive;
  }

  get codomain(): Constraint {
    return positive;
  }

  override get bijective(): boolean {
    return true;
  }

  override get sign(): Parameter {
    return 1;
  }

  call(x: Tensor): Tensor {
    return x.pow(this.exponent);
  }

  inverse(y: Tensor): Tensor {
    return y.pow(this.exponent.reciprocal());
  }

  logAbsDetJacobian(x: Tensor, y: Tensor): Tensor {
    return this.exponent.mul(y).div(x).abs().log();
  }

  override forwardShape(shape: readonly number[]): readonly number[] {
    return broadcastShapes("PowerTransform", shape, this.exponent.shape);
  }

  override inverseShape(shape: readonly number[]): readonly number[] {
    return this.forwardShape(shape);
  }

  override equals(other: Transform): boolean {
    return other instanceof PowerTransform && sameParameter(this.exponent, other.exponent);
  }
}

/** Whether two parameters have the same numbers. */
function sameParameter(a: Parameter, b: Parameter): boolean {
  if (isTensor(a)) return allSync(a.eq(b));
  return isTensor(b) ? allSync(b.eq(a)) : a === b;
}

const shapeOf = (parameter: Parameter): readonly number[] => (isTensor(parameter) ? parameter.shape : []);

const AFFINE = signature("AffineTransform", {
  loc: required(aParameter),
  scale: required(aParameter),
  eventDim: optional(aSize, 0),
  ...CACHE,
});

/** The arguments of {@link AffineTransform} by name. */
export interface AffineTransformOptions extends TransformOptions {
  /** Shift. */
  readonly loc: Parameter;
  /** Factor. */
  readonly scale: Parameter;
  /** How many rightmost dimensions make one value. Default 0. */
  readonly eventDim?: number | undefined;
}

/**
 * y = loc + scale · x.
 *
 * @example new distributions.AffineTransform(1, 2).forward(tensor([3])); // tensor([7.])
 */
export class AffineTransform extends Transform {
  /** Shift. */
  readonly loc: Parameter;
  /** Factor. */
  readonly scale: Parameter;
  readonly #eventDim: number;

  constructor(...args: Args<[loc: Parameter, scale: Parameter], [eventDim: number], AffineTransformOptions>) {
    const { loc, scale, eventDim, cacheSize } = AFFINE.read(args);
    super(cacheSize);
    this.loc = loc;
    this.scale = scale;
    this.#eventDim = eventDim;
  }

  override get eventDim(): number {
    return this.#eventDim;
  }

  get domain(): Constraint {
    return this.#eventDim === 0 ? real : independent(real, this.#eventDim);
  }

  get codomain(): Constraint {
    return this.domain;
  }

  override get bijective(): boolean {
    return true;
  }

  override get sign(): Parameter {
    return isTensor(this.scale) ? this.scale.sign() : Math.sign(this.scale);
  }

  call(x: Tensor): Tensor {
    return x.mul(this.scale).add(this.loc);
  }

  inverse(y: Tensor): Tensor {
    return y.sub(this.loc).div(this.scale);
  }

  logAbsDetJacobian(x: Tensor): Tensor {
    const { scale } = this;
    const each = isTensor(scale) ? scale.abs().log() : fullLike(x, Math.log(Math.abs(scale)));
    if (this.#eventDim === 0) return each.expand(x.shape);
    return sumRightmost(each, this.#eventDim).expand(x.shape.slice(0, x.ndim - this.#eventDim));
  }

  override forwardShape(shape: readonly number[]): readonly number[] {
    return broadcastShapes(
      "AffineTransform",
      broadcastShapes("AffineTransform", shape, shapeOf(this.loc)),
      shapeOf(this.scale),
    );
  }

  override inverseShape(shape: readonly number[]): readonly number[] {
    return this.forwardShape(shape);
  }

  override equals(other: Transform): boolean {
    if (!(other instanceof AffineTransform)) return false;
    return sameParameter(this.loc, other.loc) && sameParameter(this.scale, other.scale);
  }
}

/**
 * Vectors to probability vectors by the softmax. Many inputs have the same output.
 *
 * @example new distributions.SoftmaxTransform().forward(zeros(2)); // tensor([0.5000, 0.5000])
 */
export class SoftmaxTransform extends ElementwiseTransform {
  override get bijective(): boolean {
    return false;
  }

  override get sign(): Parameter {
    throw new TapegradError("[SoftmaxTransform.sign] SoftmaxTransform is not monotonic");
  }

  override get domain(): Constraint {
    return realVector;
  }

  get codomain(): Constraint {
    return simplex;
  }

  call(x: Tensor): Tensor {
    return x.softmax(-1);
  }

  inverse(y: Tensor): Tensor {
    return y.log();
  }

  logAbsDetJacobian(): Tensor {
    throw new TapegradError("[SoftmaxTransform.logAbsDetJacobian] SoftmaxTransform is not bijective");
  }
}

/** x.shape[-1], …, 2, 1 plus what is missing: how much of the stick each break has before it. */
function offsets(count: number, more: number, like: Tensor): Tensor {
  return ones(count, { dtype: like.dtype, device: like.device })
    .cumsum(-1)
    .neg()
    .add(count + more);
}

/**
 * Vectors of K − 1 numbers to probability vectors of K, by breaking a stick.
 *
 * @example new distributions.StickBreakingTransform().forward(zeros(2)); // tensor([0.3333, 0.3333, 0.3333])
 */
export class StickBreakingTransform extends ElementwiseTransform {
  override get sign(): Parameter {
    throw new TapegradError("[StickBreakingTransform.sign] StickBreakingTransform is not monotonic");
  }

  override get domain(): Constraint {
    return realVector;
  }

  get codomain(): Constraint {
    return simplex;
  }

  call(x: Tensor): Tensor {
    const z = clippedSigmoid(x.sub(offsets(x.size(-1), 1, x).log()));
    return z.pad([0, 1], { value: 1 }).mul(z.neg().add(1).cumprod(-1).pad([1, 0], { value: 1 }));
  }

  inverse(y: Tensor): Tensor {
    const count = y.size(-1) - 1;
    const broken = y.narrow(-1, 0, count);
    const left = broken.cumsum(-1).neg().add(1).clamp(finfo(y.dtype).tiny);
    return broken
      .log()
      .sub(left.log())
      .add(offsets(count, 1, y).log());
  }

  logAbsDetJacobian(x: Tensor, y: Tensor): Tensor {
    const shifted = x.sub(offsets(x.size(-1), 1, x).log());
    return shifted
      .neg()
      .add(logsigmoid(shifted))
      .add(y.narrow(-1, 0, x.size(-1)).log())
      .sum(-1);
  }

  override forwardShape(shape: readonly number[]): readonly number[] {
    if (shape.length < 1) throw tooFew("StickBreakingTransform");
    return [...shape.slice(0, -1), (shape.at(-1) as number) + 1];
  }

  override inverseShape(shape: readonly number[]): readonly number[] {
    if (shape.length < 1) throw tooFew("StickBreakingTransform");
    return [...shape.slice(0, -1), (shape.at(-1) as number) - 1];
  }
}

const sizesKind: Kind<readonly number[]> = listOfKind(aSize, "a list of sizes");
const RESHAPE = signature("ReshapeTransform", {
  inShape: required(sizesKind),
  outShape: required(sizesKind),
  ...CACHE,
});

/**
 * Reshapes the rightmost dimensions.
 *
 * @throws ShapeError for shapes with different numbers of elements.
 * @example new distributions.ReshapeTransform([4], [2, 2]).forward(zeros(3, 4)).shape; // [3, 2, 2]
 */
export class ReshapeTransform extends Transform {
  /** The shape of one input. */
  readonly inShape: readonly number[];
  /** The shape of one output. */
  readonly outShape: readonly number[];

  constructor(
    ...args: Args<
      [inShape: readonly number[], outShape: readonly number[]],
      [],
      { readonly inShape: readonly number[]; readonly outShape: readonly number[] } & TransformOptions
    >
  ) {
    const { inShape, outShape, cacheSize } = RESHAPE.read(args);
    const count = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);
    if (count(inShape) !== count(outShape)) {
      throw new ShapeError("[ReshapeTransform] in_shape, out_shape have different numbers of elements");
    }
    super(cacheSize);
    this.inShape = inShape;
    this.outShape = outShape;
  }

  get domain(): Constraint {
    return independent(real, this.inShape.length);
  }

  get codomain(): Constraint {
    return independent(real, this.outShape.length);
  }

  override get bijective(): boolean {
    return true;
  }

  call(x: Tensor): Tensor {
    return x.reshape([...x.shape.slice(0, x.ndim - this.inShape.length), ...this.outShape]);
  }

  inverse(y: Tensor): Tensor {
    return y.reshape([...y.shape.slice(0, y.ndim - this.outShape.length), ...this.inShape]);
  }

  logAbsDetJacobian(x: Tensor): Tensor {
    const { dtype, device } = x;
    return zeros(x.shape.slice(0, x.ndim - this.inShape.length), { dtype, device });
  }

  override forwardShape(shape: readonly number[]): readonly number[] {
    return exchanged(shape, this.inShape, this.outShape);
  }

  override inverseShape(shape: readonly number[]): readonly number[] {
    return exchanged(shape, this.outShape, this.inShape);
  }
}

/** A shape whose end is another one. */
function exchanged(shape: readonly number[], from: readonly number[], to: readonly number[]): readonly number[] {
  if (shape.length < from.length) throw tooFew("ReshapeTransform");
  const cut = shape.length - from.length;
  if (from.every((size, i) => size === shape[cut + i])) return [...shape.slice(0, cut), ...to];
  throw new ShapeError(
    `[ReshapeTransform] Shape mismatch: expected [${shape.slice(cut).join(", ")}] but got [${from.join(", ")}]`,
  );
}
