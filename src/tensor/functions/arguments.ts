/** @file Arguments of tensor methods by position, in PyTorch's order, or by name in an object that comes last. */
import { isFloat } from "../dtype.ts";
import { ValueError } from "../errors.ts";
import { ops } from "../ops/index.ts";
import { readArguments, withDefaults } from "../options.ts";
import { arithmetic, type Operand } from "../promote.ts";
import { defaultGenerator, Generator } from "../random/generator.ts";

export type Dims = number | readonly number[];

export interface DimOption {
  readonly dim?: number | undefined;
}

export interface ReduceOptions<D = Dims> {
  /** Default: all dimensions. */
  readonly dim?: D | null | undefined;
  /** Whether reduced dimensions stay, with size 1. Default false. */
  readonly keepdim?: boolean | undefined;
}

export interface ClampOptions {
  readonly min?: number | null | undefined;
  readonly max?: number | null | undefined;
}

export interface TopkOptions {
  /** Default −1. */
  readonly dim?: number | undefined;
  /** The largest or the smallest. Default true. */
  readonly largest?: boolean | undefined;
}

export interface SortOptions {
  /** Default −1. */
  readonly dim?: number | undefined;
  /** Default false. */
  readonly descending?: boolean | undefined;
}

export interface FlattenOptions {
  /** Default 0. */
  readonly startDim?: number | undefined;
  /** Default −1. */
  readonly endDim?: number | undefined;
}

export interface DiagonalOption {
  /** Default 0, the main one; positive ones are above. */
  readonly diagonal?: number | undefined;
}

export interface OneHotOptions {
  /** Default −1: the largest class + 1. */
  readonly numClasses?: number | undefined;
}

export interface DrawOptions {
  /** Default: the generator that `manualSeed` seeds. */
  readonly generator?: Generator | undefined;
}

export interface UniformOptions extends DrawOptions {
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

export interface NormalOptions extends DrawOptions {
  readonly mean?: number | undefined;
  readonly std?: number | undefined;
}

export interface BernoulliOptions extends DrawOptions {
  readonly p?: number | undefined;
}

export interface AlphaOption {
  /** Factor of the second operand. Default 1. */
  readonly alpha?: number | undefined;
}

export interface RoundingOption {
  /** Towards 0 or down, instead of the true quotient. Default null. */
  readonly roundingMode?: "trunc" | "floor" | null | undefined;
}

/** Whether an argument is an object of options: no tensor and no list. */
function isOptions(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !("storage" in value);
}

/**
 * The values of `given`, in the order of the keys of `defaults`. Without an object among them nothing is copied but
 * the list.
 *
 * @throws ValueError for a name that `defaults` lacks.
 */
export function named<D extends object>(op: string, defaults: Readonly<D>, given: readonly unknown[]): Readonly<D> {
  return readArguments(op, defaults, given);
}

/** A dimension, or the options that name it. */
export function dimOf(op: string, given: number | DimOption | undefined, otherwise?: number): number {
  if (isOptions(given)) {
    const { dim } = withDefaults(op, { dim: otherwise as number | undefined }, given);
    if (dim === undefined) throw new ValueError(`[${op}] expected a dimension: { dim: … }`);
    return dim;
  }
  return (given ?? otherwise) as number;
}

const REDUCE_DEFAULTS = { dim: null as Dims | null, keepdim: false };

/** `(dim, keepdim)` of a reduction. */
export function reduceArguments<D extends Dims>(
  op: string,
  dim: D | null | undefined | ReduceOptions<D>,
  keepdim: boolean | undefined | ReduceOptions<D>,
): [dim: D | null, keepdim: boolean] {
  if (isOptions(dim) || isOptions(keepdim)) {
    const given = readArguments(op, REDUCE_DEFAULTS, [dim, keepdim]);
    return [given.dim as D | null, given.keepdim];
  }
  return [dim ?? null, keepdim ?? false];
}

/** The second operand of a sum or difference, multiplied by `alpha`. */
export function scaled(op: string, self: Operand, other: Operand, options: AlphaOption | undefined): Operand {
  if (options === undefined) return other;
  const { alpha } = withDefaults(op, { alpha: 1 }, options);
  if (alpha === 1) return other;
  const integral = [self, other].every((x) =>
    typeof x === "object" ? !isFloat(x.dtype) : Number.isInteger(Number(x)),
  );
  if (integral && !Number.isInteger(alpha)) {
    throw new ValueError(`[${op}] For integral input tensors, argument alpha must not be a floating point number.`);
  }
  return typeof other === "object" ? arithmetic(ops.mul, other, alpha) : Number(other) * alpha;
}

/** Arguments of what draws numbers, and the generator, itself or by name. */
export function drawArguments<D extends object>(
  op: string,
  defaults: D,
  given: readonly unknown[],
  generator: Generator | DrawOptions | undefined,
): Readonly<D & { generator: Generator }> {
  const last = generator instanceof Generator ? { generator } : generator;
  const all: D & { generator: Generator } = { ...defaults, generator: defaultGenerator };
  return readArguments<typeof all>(op, all, [...given, last]);
}
