/** @file Numerical integrals and derivatives: trapezoid, cumulativeTrapezoid, gradient. */
import { type Args, keyword, optional, required, signature } from "../../core/arguments.ts";
import { isFloat } from "../../core/dtype.ts";
import { DTypeError, ShapeError, ValueError } from "../../core/errors.ts";
import { isTensor } from "../../core/identity.ts";
import {
  aNumber,
  anInteger,
  aTensor,
  dims as dimsKind,
  either,
  nullable,
  numbers,
  tensors as tensorList,
} from "../../core/kinds.ts";
import { bracketed, normalizeDim, normalizeDims } from "../../core/shape.ts";
import type { Tensor } from "../tensor.ts";
import type { Dims } from "./arguments.ts";
import { cast } from "./convert.ts";
import { cat } from "./shape.ts";

/** The arguments of {@link trapezoid} by name. */
export interface TrapezoidOptions {
  /** The points at which y was sampled: a vector, or a tensor that broadcasts to y. */
  readonly x?: Tensor | null | undefined;
  /** The distance of points, where x is not given. Default 1. */
  readonly dx?: number | undefined;
  /** The dimension of integration. Default −1. */
  readonly dim?: number | undefined;
}

export type TrapezoidArgs = Args<[], [x: Tensor | null], TrapezoidOptions>;

function trapezoidSignature(op: string) {
  return signature(op, {
    y: required(aTensor),
    x: optional(aTensor, null),
    dx: keyword(aNumber, null),
    dim: keyword(anInteger, -1),
  });
}

const TRAPEZOID = trapezoidSignature("trapezoid");
const CUMULATIVE_TRAPEZOID = trapezoidSignature("cumulativeTrapezoid");

/** What is to be multiplied by `factor` for the areas between neighbouring points; a single point has none. */
function areas(
  op: string,
  { y, x, dx, dim }: ReturnType<typeof TRAPEZOID.read>,
): { parts: Tensor; d: number; factor: number } {
  if (x !== null && dx !== null) throw new ValueError(`[${op}] give the points x or their distance dx, not both`);
  if (y.dtype === "bool" || x?.dtype === "bool") {
    throw new DTypeError(`[${op}] received a bool input for x or y, but bool is not supported. Convert with .float().`);
  }
  if (y.ndim === 0) throw new ShapeError(`[${op}] y must have at least one dimension, but got a 0-d tensor`);
  const d = normalizeDim(op, dim, y.ndim);
  const size = y.size(d);
  const pairs = (t: Tensor, e: number) => ({
    first: t.narrow(e, 0, t.size(e) - 1),
    second: t.narrow(e, 1, t.size(e) - 1),
  });
  if (size === 0) return { parts: y, d, factor: 1 };
  const { first, second } = pairs(y, d);
  const sums = first.add(second);
  if (x === null) return { parts: sums, d, factor: (dx ?? 1) / 2 };
  const points = x.ndim === 1 ? x.view(y.shape.map((_, i) => (i === d ? -1 : 1))) : x;
  const e = d - y.ndim + points.ndim;
  if (e < 0 || points.size(e) !== size) {
    throw new ShapeError(
      `[${op}] There must be one x value for each sample point, but got x ${bracketed(x.shape)} for y ${bracketed(y.shape)}`,
    );
  }
  const at = pairs(points, e);
  return { parts: at.second.sub(at.first).mul(sums), d: Math.max(points.ndim - y.ndim, 0) + d, factor: 0.5 };
}

/**
 * Integral along a dimension by the trapezoidal rule, of samples at points x, or `dx` apart.
 *
 * @throws DTypeError for bools; ShapeError for points that do not fit the samples; ValueError for both x and dx.
 * @example
 * ```ts
 * trapezoid(tensor([1, 2, 3])); // tensor(4.)
 * trapezoid(tensor([1, 2, 3]), tensor([0, 1, 3])); // tensor(6.5000)
 * ```
 */
export function trapezoid(y: Tensor, ...args: TrapezoidArgs): Tensor {
  const { parts, d, factor } = areas("trapezoid", TRAPEZOID.read([y, ...args]));
  return parts.sum(d).mul(factor);
}

/**
 * Cumulative integral along a dimension by the trapezoidal rule: [n] → [n − 1].
 *
 * @throws DTypeError for bools; ShapeError for points that do not fit the samples; ValueError for both x and dx.
 * @example cumulativeTrapezoid(tensor([1, 2, 3])); // tensor([1.5000, 4.0000])
 */
export function cumulativeTrapezoid(y: Tensor, ...args: TrapezoidArgs): Tensor {
  const { parts, d, factor } = areas("cumulativeTrapezoid", CUMULATIVE_TRAPEZOID.read([y, ...args]));
  return parts.cumsum(d).mul(factor);
}

/** The distances of points: one number for all dimensions, one for each, or the points of each as a vector. */
export type Spacing = number | readonly number[] | readonly Tensor[];

/** The arguments of {@link gradient} by name. */
export interface GradientOptions {
  /** Distances of points, or the points themselves. Default 1. */
  readonly spacing?: Spacing | null | undefined;
  /** The dimension or dimensions. Default: all. */
  readonly dim?: Dims | null | undefined;
  /** Order of accuracy at the ends, 1 (default) or 2. */
  readonly edgeOrder?: number | undefined;
}

const GRADIENT = signature("gradient", {
  input: required(aTensor),
  spacing: keyword(
    nullable(either(aNumber, either(numbers, tensorList), "a number, a list of numbers or a list of Tensors")),
    null,
  ),
  dim: keyword(dimsKind, null),
  edgeOrder: keyword(anInteger, 1),
});

/**
 * Numerical derivatives of a sampled function along dimensions, by central differences of second order inside and one-sided
 * ones at the ends: one tensor for each dimension.
 *
 * @throws ShapeError for a dimension of fewer than `edgeOrder` + 1 points, or spacings that do not fit; ValueError for
 * another edgeOrder; DTypeError for bools.
 * @example gradient(tensor([1, 4, 9, 16])); // [tensor([3., 4., 6., 7.])]
 */
export function gradient(x: Tensor, options?: GradientOptions): Tensor[] {
  const { input, spacing, dim, edgeOrder } = GRADIENT.read([x, options]);
  if (input.dtype === "bool" || input.dtype === "uint8") {
    throw new DTypeError(`[gradient] not implemented for ${input.dtype}. Convert with .float() first.`);
  }
  if (edgeOrder !== 1 && edgeOrder !== 2)
    throw new ValueError("[gradient] only supports edge_order=1 and edge_order=2.");
  const along = typeof dim === "number" ? [dim] : dim;
  const dims =
    along === null
      ? normalizeDims("gradient", undefined, input.ndim)
      : along.map((d) => normalizeDim("gradient", d, input.ndim));
  if (new Set(dims).size !== dims.length) {
    throw new ShapeError(`[gradient] a dimension appears multiple times in the list of dims ${bracketed(dims)}`);
  }
  const spacings = spacing === null || typeof spacing === "number" ? dims.map(() => spacing ?? 1) : spacing;
  if (spacings.length !== dims.length) {
    throw new ShapeError(
      `[gradient] expected spacing to be unspecified, a scalar, or a list of length ${dims.length}, but got a list of length ${spacings.length}`,
    );
  }
  const source = isFloat(input.dtype) ? input : cast(input, "float32");
  return dims.map((d, i) => derivative(source, d, spacings[i] ?? 1, edgeOrder));
}

function derivative(x: Tensor, d: number, spacing: number | Tensor, edgeOrder: number): Tensor {
  const n = x.size(d);
  if (n < edgeOrder + 1) {
    throw new ShapeError(
      `[gradient] expected each dimension size to be at least edge_order+1, but dimension ${d} has size ${n}`,
    );
  }
  const at = (start: number, length: number): Tensor => x.narrow(d, start, length);
  const distances = isTensor(spacing) ? distancesOf(x, d, spacing) : null;
  // The distances to the left and the right of points start … start + length − 1.
  const step = (start: number, length: number): Tensor | number =>
    distances === null ? (spacing as number) : distances.narrow(d, start, length);
  const slope = (from: number): Tensor =>
    at(from + 1, 1)
      .sub(at(from, 1))
      .div(step(from, 1));
  const parts = [edgeOrder === 1 ? slope(0) : secondOrderEnd(at(0, 1), at(1, 1), at(2, 1), step(0, 1), step(1, 1))];
  if (n > 2) {
    const inner = n - 2;
    parts.push(
      distances === null
        ? at(2, inner)
            .sub(at(0, inner))
            .div((spacing as number) * 2)
        : innerSlopes(at, distances, d, inner),
    );
  }
  if (edgeOrder === 1) parts.push(slope(n - 2));
  else parts.push(secondOrderEnd(at(n - 1, 1), at(n - 2, 1), at(n - 3, 1), step(n - 2, 1), step(n - 3, 1)).neg());
  return cat(parts, d);
}

/** Derivatives inside, of unevenly spaced points: exact for parabolas. */
function innerSlopes(
  at: (start: number, length: number) => Tensor,
  distances: Tensor,
  d: number,
  inner: number,
): Tensor {
  const [left, right] = [distances.narrow(d, 0, inner), distances.narrow(d, 1, inner)];
  const span = left.add(right);
  const first = right.neg().div(left.mul(span));
  const middle = right.sub(left).div(left.mul(right));
  const last = left.div(right.mul(span));
  return at(0, inner).mul(first).add(at(1, inner).mul(middle)).add(at(2, inner).mul(last));
}

/** The derivative at the first of three points, from the parabola through them. */
function secondOrderEnd(a: Tensor, b: Tensor, c: Tensor, h1: Tensor | number, h2: Tensor | number): Tensor {
  if (typeof h1 === "number" || typeof h2 === "number") {
    return a.mul(-1.5).add(b.mul(2)).sub(c.mul(0.5)).div(h1);
  }
  const span = h1.add(h2);
  const first = h1.mul(2).add(h2).neg().div(h1.mul(span));
  return a
    .mul(first)
    .add(b.mul(span).div(h1.mul(h2)))
    .sub(c.mul(h1).div(h2.mul(span)));
}

/** Distances of neighbouring points, with as many dimensions as x. */
function distancesOf(x: Tensor, d: number, points: Tensor): Tensor {
  if (points.ndim !== 1 || points.numel() !== x.size(d)) {
    throw new ShapeError(
      `[gradient] expected a vector of ${x.size(d)} coordinates for dimension ${d}, but got shape ${bracketed(points.shape)}`,
    );
  }
  const given = points.to(x.dtype);
  const steps = given.narrow(0, 1, points.numel() - 1).sub(given.narrow(0, 0, points.numel() - 1));
  return steps.view(x.shape.map((_, i) => (i === d ? -1 : 1)));
}
