/** @file Constraints: the values that a parameter or a sample may have, as torch.distributions.constraints. */
import { ValueError } from "../core/errors.ts";
import { ones, zeros } from "../tensor/create.ts";
import { eigvalsh } from "../tensor/functions/linalg/decompositions.ts";
import { cat as concatenate, stack as stackTensors } from "../tensor/functions/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { allSync, floatText, integerText } from "./utils.ts";

/** A bound of an interval: one number, or one for each element. */
export type Bound = Tensor | number;

/**
 * A region over which a variable is valid. Subclass it for one of your own.
 *
 * @example
 * class Even extends distributions.constraints.Constraint {
 *   check(value: Tensor): Tensor {
 *     return value.remainder(2).eq(0);
 *   }
 * }
 * new Even().check(tensor([1, 2])); // tensor([False, True])
 */
export abstract class Constraint {
  /** Whether the values are discrete. */
  get isDiscrete(): boolean {
    return false;
  }

  /** How many rightmost dimensions together make one value. */
  get eventDim(): number {
    return 0;
  }

  /** For each value, whether it is inside: a bool tensor without the last {@link eventDim} dimensions. */
  abstract check(value: Tensor): Tensor;

  /** PyTorch's text. */
  toString(): string {
    return `${this.constructor.name}()`;
  }
}

/** Depends on other parameters, so that it cannot be checked on its own. */
class Dependent extends Constraint {
  check(): Tensor {
    throw new ValueError("[Constraint.check] Cannot determine validity of dependent constraint");
  }
}

class Booleans extends Constraint {
  override get isDiscrete(): boolean {
    return true;
  }

  check(value: Tensor): Tensor {
    return value.eq(0).logicalOr(value.eq(1));
  }

  override toString(): string {
    return "Boolean()";
  }
}

class OneHot extends Constraint {
  override get isDiscrete(): boolean {
    return true;
  }

  override get eventDim(): number {
    return 1;
  }

  check(value: Tensor): Tensor {
    const isBoolean = value.eq(0).logicalOr(value.eq(1));
    return isBoolean.all(-1).logicalAnd(value.sum(-1).eq(1));
  }
}

function isIntegral(value: Tensor): Tensor {
  return value.isFloatingPoint() ? value.remainder(1).eq(0) : value.eq(value);
}

class IntegerInterval extends Constraint {
  readonly lowerBound: Bound;
  readonly upperBound: Bound;

  constructor(lowerBound: Bound, upperBound: Bound) {
    super();
    this.lowerBound = lowerBound;
    this.upperBound = upperBound;
  }

  override get isDiscrete(): boolean {
    return true;
  }

  check(value: Tensor): Tensor {
    return isIntegral(value).logicalAnd(value.ge(this.lowerBound)).logicalAnd(value.le(this.upperBound));
  }

  override toString(): string {
    return `IntegerInterval(lower_bound=${integerText(this.lowerBound)}, upper_bound=${integerText(this.upperBound)})`;
  }
}

class IntegerGreaterThan extends Constraint {
  readonly lowerBound: Bound;

  constructor(lowerBound: Bound) {
    super();
    this.lowerBound = lowerBound;
  }

  override get isDiscrete(): boolean {
    return true;
  }

  check(value: Tensor): Tensor {
    return isIntegral(value).logicalAnd(value.ge(this.lowerBound));
  }

  override toString(): string {
    return `IntegerGreaterThan(lower_bound=${integerText(this.lowerBound)})`;
  }
}

class Real extends Constraint {
  check(value: Tensor): Tensor {
    return value.eq(value);
  }
}

/** All numbers on one side of a bound. */
class HalfLine extends Constraint {
  readonly kind: "GreaterThan" | "GreaterThanEq" | "LessThan";
  readonly bound: Bound;

  constructor(kind: "GreaterThan" | "GreaterThanEq" | "LessThan", bound: Bound) {
    super();
    this.kind = kind;
    this.bound = bound;
  }

  check(value: Tensor): Tensor {
    if (this.kind === "LessThan") return value.lt(this.bound);
    return this.kind === "GreaterThan" ? value.gt(this.bound) : value.ge(this.bound);
  }

  override toString(): string {
    return `${this.kind}(${this.kind === "LessThan" ? "upper" : "lower"}_bound=${floatText(this.bound)})`;
  }
}

class Interval extends Constraint {
  readonly lowerBound: Bound;
  readonly upperBound: Bound;
  readonly isHalfOpen: boolean;

  constructor(lowerBound: Bound, upperBound: Bound, isHalfOpen = false) {
    super();
    this.lowerBound = lowerBound;
    this.upperBound = upperBound;
    this.isHalfOpen = isHalfOpen;
  }

  check(value: Tensor): Tensor {
    const below = this.isHalfOpen ? value.lt(this.upperBound) : value.le(this.upperBound);
    return value.ge(this.lowerBound).logicalAnd(below);
  }

  override toString(): string {
    const bounds = `lower_bound=${floatText(this.lowerBound)}, upper_bound=${floatText(this.upperBound)}`;
    return `${this.isHalfOpen ? "HalfOpenInterval" : "Interval"}(${bounds})`;
  }
}

class Simplex extends Constraint {
  override get eventDim(): number {
    return 1;
  }

  check(value: Tensor): Tensor {
    return value.ge(0).all(-1).logicalAnd(value.sum(-1).sub(1).abs().lt(1e-6));
  }
}

class Multinomial extends Constraint {
  readonly upperBound: number;

  constructor(upperBound: number) {
    super();
    this.upperBound = upperBound;
  }

  override get isDiscrete(): boolean {
    return true;
  }

  override get eventDim(): number {
    return 1;
  }

  check(value: Tensor): Tensor {
    return value.ge(0).all(-1).logicalAnd(value.sum(-1).le(this.upperBound));
  }
}

/** A constraint on matrices. */
abstract class MatrixConstraint extends Constraint {
  override get eventDim(): number {
    return 2;
  }
}

class LowerTriangular extends MatrixConstraint {
  check(value: Tensor): Tensor {
    return value.tril().eq(value).flatten(-2).all(-1);
  }
}

class LowerCholesky extends MatrixConstraint {
  check(value: Tensor): Tensor {
    return value
      .tril()
      .eq(value)
      .flatten(-2)
      .all(-1)
      .logicalAnd(value.diagonal(0, -2, -1).gt(0).all(-1));
  }
}

class Square extends MatrixConstraint {
  check(value: Tensor): Tensor {
    const batch = value.shape.slice(0, -2);
    const options = { dtype: "bool", device: value.device } as const;
    return value.shape.at(-2) === value.shape.at(-1) ? ones(batch, options) : zeros(batch, options);
  }
}

class Symmetric extends Square {
  override check(value: Tensor): Tensor {
    const square = super.check(value);
    if (!allSync(square)) return square;
    return value.isclose(value.mT, { atol: 1e-6 }).all(-2).all(-1);
  }
}

class PositiveSemidefinite extends Symmetric {
  override check(value: Tensor): Tensor {
    return this.holds(value, (eigenvalues) => eigenvalues.ge(0));
  }

  /** Whether a matrix is symmetric, and its eigenvalues are what they should be. */
  protected holds(value: Tensor, isRight: (eigenvalues: Tensor) => Tensor): Tensor {
    const symmetric = super.check(value);
    if (!allSync(symmetric)) return symmetric;
    return isRight(eigvalsh(value)).all(-1);
  }
}

class PositiveDefinite extends PositiveSemidefinite {
  override check(value: Tensor): Tensor {
    return this.holds(value, (eigenvalues) => eigenvalues.gt(0));
  }
}

/** Treats the last dimensions of another constraint as one value. */
class Independent extends Constraint {
  readonly baseConstraint: Constraint;
  readonly reinterpretedBatchNdims: number;

  constructor(baseConstraint: Constraint, reinterpretedBatchNdims: number) {
    super();
    this.baseConstraint = baseConstraint;
    this.reinterpretedBatchNdims = reinterpretedBatchNdims;
  }

  override get isDiscrete(): boolean {
    return this.baseConstraint.isDiscrete;
  }

  override get eventDim(): number {
    return this.baseConstraint.eventDim + this.reinterpretedBatchNdims;
  }

  check(value: Tensor): Tensor {
    const result = this.baseConstraint.check(value);
    const kept = result.ndim - this.reinterpretedBatchNdims;
    if (kept < 0) {
      throw new ValueError(`[Constraint.check] Expected value.dim() >= ${this.eventDim} but got ${value.ndim}`);
    }
    return result.reshape([...result.shape.slice(0, kept), -1]).all(-1);
  }

  override toString(): string {
    return `IndependentConstraint(${this.baseConstraint}, ${this.reinterpretedBatchNdims})`;
  }
}

class Cat extends Constraint {
  readonly cseq: readonly Constraint[];
  readonly dim: number;
  readonly lengths: readonly number[];

  constructor(cseq: readonly Constraint[], dim: number, lengths: readonly number[]) {
    super();
    this.cseq = cseq;
    this.dim = dim;
    this.lengths = lengths;
  }

  override get isDiscrete(): boolean {
    return this.cseq.some((constraint) => constraint.isDiscrete);
  }

  override get eventDim(): number {
    return Math.max(...this.cseq.map((constraint) => constraint.eventDim));
  }

  check(value: Tensor): Tensor {
    let start = 0;
    const checks = this.cseq.map((constraint, i) => {
      const length = this.lengths[i] ?? 1;
      start += length;
      return constraint.check(value.narrow(this.dim, start - length, length));
    });
    return concatenate(checks, this.dim);
  }
}

class Stack extends Constraint {
  readonly cseq: readonly Constraint[];
  readonly dim: number;

  constructor(cseq: readonly Constraint[], dim: number) {
    super();
    this.cseq = cseq;
    this.dim = dim;
  }

  override get isDiscrete(): boolean {
    return this.cseq.some((constraint) => constraint.isDiscrete);
  }

  override get eventDim(): number {
    const dim = Math.max(...this.cseq.map((constraint) => constraint.eventDim));
    return this.dim + dim < 0 ? dim + 1 : dim;
  }

  check(value: Tensor): Tensor {
    return stackTensors(
      this.cseq.map((constraint, i) => constraint.check(value.select(this.dim, i))),
      this.dim,
    );
  }
}

/** Depends on other parameters: cannot be checked on its own. */
export const dependent: Constraint = new Dependent();

/** The booleans 0 and 1. */
export const boolean: Constraint = new Booleans();

/** Vectors with one 1 and zeros elsewhere. */
export const oneHot: Constraint = new OneHot();

/** Integers of at least 0. */
export const nonnegativeInteger: Constraint = new IntegerGreaterThan(0);

/** Integers of at least 1. */
export const positiveInteger: Constraint = new IntegerGreaterThan(1);

/** All numbers but NaN. */
export const real: Constraint = new Real();

/** Vectors of {@link real} numbers. */
export const realVector: Constraint = new Independent(real, 1);

/** Numbers above 0. */
export const positive: Constraint = new HalfLine("GreaterThan", 0);

/** Numbers of at least 0. */
export const nonnegative: Constraint = new HalfLine("GreaterThanEq", 0);

/** Numbers from 0 to 1. */
export const unitInterval: Constraint = new Interval(0, 1);

/** Vectors of numbers of at least 0 that sum to 1. */
export const simplex: Constraint = new Simplex();

/** Lower triangular matrices. */
export const lowerTriangular: Constraint = new LowerTriangular();

/** Lower triangular matrices with a positive diagonal. */
export const lowerCholesky: Constraint = new LowerCholesky();

/** Square matrices. */
export const square: Constraint = new Square();

/** Symmetric matrices. */
export const symmetric: Constraint = new Symmetric();

/** Symmetric matrices without negative eigenvalues. */
export const positiveSemidefinite: Constraint = new PositiveSemidefinite();

/** Symmetric matrices with positive eigenvalues. */
export const positiveDefinite: Constraint = new PositiveDefinite();

/**
 * Integers from a lower to an upper bound, both among them.
 *
 * @example distributions.constraints.integerInterval(0, 2).check(tensor([0, 1.5, 3])); // tensor([True, False, False])
 */
export function integerInterval(lowerBound: Bound, upperBound: Bound): Constraint {
  return new IntegerInterval(lowerBound, upperBound);
}

/**
 * Numbers above a bound.
 *
 * @example String(distributions.constraints.greaterThan(1)); // GreaterThan(lower_bound=1.0)
 */
export function greaterThan(lowerBound: Bound): Constraint {
  return new HalfLine("GreaterThan", lowerBound);
}

/**
 * Numbers of at least a bound.
 *
 * @example distributions.constraints.greaterThanEq(1).check(tensor([0, 1])); // tensor([False, True])
 */
export function greaterThanEq(lowerBound: Bound): Constraint {
  return new HalfLine("GreaterThanEq", lowerBound);
}

/**
 * Numbers below a bound.
 *
 * @example distributions.constraints.lessThan(1).check(tensor([0, 1])); // tensor([True, False])
 */
export function lessThan(upperBound: Bound): Constraint {
  return new HalfLine("LessThan", upperBound);
}

/**
 * Numbers between two bounds, both among them.
 *
 * @example distributions.constraints.interval(-1, 1).check(tensor([-1, 2])); // tensor([True, False])
 */
export function interval(lowerBound: Bound, upperBound: Bound): Constraint {
  return new Interval(lowerBound, upperBound);
}

/**
 * Numbers between two bounds, the lower one among them.
 *
 * @example distributions.constraints.halfOpenInterval(0, 1).check(tensor([0, 1])); // tensor([True, False])
 */
export function halfOpenInterval(lowerBound: Bound, upperBound: Bound): Constraint {
  return new Interval(lowerBound, upperBound, true);
}

/**
 * Vectors of counts that sum to at most a bound.
 *
 * @example distributions.constraints.multinomial(3).check(tensor([[1, 2], [3, 1]])); // tensor([True, False])
 */
export function multinomial(upperBound: number): Constraint {
  return new Multinomial(upperBound);
}

/**
 * Treats the last `reinterpretedBatchNdims` dimensions of a constraint as parts of one value.
 *
 * @example distributions.constraints.independent(distributions.constraints.positive, 1).check(tensor([[1, 2], [0, 1]])); // tensor([True, False])
 */
export function independent(baseConstraint: Constraint, reinterpretedBatchNdims: number): Constraint {
  return new Independent(baseConstraint, reinterpretedBatchNdims);
}

/**
 * Several constraints side by side along a dimension, each for as many positions as `lengths` says. Default: one each.
 *
 * @example
 * const { cat, positive, real } = distributions.constraints;
 * cat([positive, real], 0, [1, 2]).check(tensor([-1, -1, 2])); // tensor([False, True, True])
 */
export function cat(cseq: readonly Constraint[], dim = 0, lengths: readonly number[] = cseq.map(() => 1)): Constraint {
  if (lengths.length !== cseq.length) {
    throw new ValueError(
      `[constraints.cat] expected ${cseq.length} lengths, one for each constraint, but got ${lengths.length}`,
    );
  }
  return new Cat(cseq, dim, lengths);
}

/**
 * One constraint for each index of a dimension.
 *
 * @example
 * const { stack, positive, real } = distributions.constraints;
 * stack([positive, real], -1).check(tensor([[1, -1], [-1, 0]]));
 * // tensor([[True, True],
 * //         [False, True]])
 */
export function stack(cseq: readonly Constraint[], dim = 0): Constraint {
  return new Stack(cseq, dim);
}

/**
 * Whether a constraint depends on other parameters, so that it cannot be checked on its own.
 *
 * @example distributions.constraints.isDependent(distributions.constraints.real); // false
 */
export function isDependent(constraint: Constraint): boolean {
  return constraint instanceof Dependent;
}
