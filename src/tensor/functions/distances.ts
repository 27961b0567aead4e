/** @file Distances: cdist, dist, renorm. */
import { sameShape, sizeOf } from "../../../kernels/layout.ts";
import { apply } from "../../autograd/apply.ts";
import { type Args, optional, required, signature } from "../../core/arguments.ts";
import { backendFor } from "../../core/device.ts";
import { isFloat } from "../../core/dtype.ts";
import { DTypeError, ShapeError, ValueError } from "../../core/errors.ts";
import { aNumber, anInteger, aTensor, oneOf } from "../../core/kinds.ts";
import { bracketed, broadcastShapes, normalizeDim } from "../../core/shape.ts";
import { normsOfDifferences } from "../ops/distances.ts";
import { ops } from "../ops/index.ts";
import { checkCount } from "../range.ts";
import type { Tensor } from "../tensor.ts";
import { withGradFnName } from "./grad-fn-name.ts";
import { norm } from "./reduction.ts";
import { cat } from "./shape.ts";

/** How `cdist` computes Euclidean distances: by matrix products for more than 25 rows, always, or never. */
export type CdistMode =
  | "use_mm_for_euclid_dist_if_necessary"
  | "use_mm_for_euclid_dist"
  | "donot_use_mm_for_euclid_dist";

/** The arguments of {@link cdist} by name. */
export interface CdistOptions {
  /** The other vectors. */
  readonly x2?: Tensor | undefined;
  /** Order of the norm, from 0 to infinity. Default 2. */
  readonly p?: number | undefined;
  /**
   * Whether Euclidean distances are computed by matrix products, which are faster and have fewer digits. Default: for more
   * than 25 vectors.
   */
  readonly computeMode?: CdistMode | undefined;
}

export type CdistArgs =
  | Args<[x2: Tensor], [p: number, computeMode: CdistMode], CdistOptions>
  | readonly [options: CdistOptions & { readonly x2: Tensor }];

const CDIST = signature("cdist", {
  x1: required(aTensor),
  x2: required(aTensor),
  p: optional(aNumber, 2),
  computeMode: optional(
    oneOf("use_mm_for_euclid_dist_if_necessary", "use_mm_for_euclid_dist", "donot_use_mm_for_euclid_dist"),
    "use_mm_for_euclid_dist_if_necessary",
  ),
});

/** More vectors than these, and the matrix product is used for their Euclidean distances: PyTorch's number. */
const MAX_DIRECT_VECTORS = 25;
/** Elements of the differences that are computed at once. */
const MAX_DIFFERENCES = 2 ** 22;

/**
 * Distances between all pairs of two lists of vectors: [*, P, M] and [*, R, M] → [*, P, R], with batch dimensions that
 * broadcast. The distance is the p-norm of the difference: 2 is the Euclidean one, 1 the Manhattan distance, Infinity the
 * largest difference, 0 the number of differences. The gradient of a distance of 0 is 0.
 *
 * @throws ShapeError for vectors of different sizes; ValueError for a negative p; DTypeError for integers.
 * @example
 * cdist(tensor([[0, 0], [3, 4]]), tensor([[0, 0]])); // tensor([[0.], [5.]])
 */
export function cdist(x: Tensor, ...args: CdistArgs): Tensor {
  const { x1, x2, p, computeMode } = CDIST.read([x, ...args]);
  if (!isFloat(x1.dtype) || x1.dtype !== x2.dtype) {
    throw new DTypeError(
      `[cdist] cdist only supports floating-point dtypes, the same for both, but got ${x1.dtype} and ${x2.dtype}. Convert with .to(…).`,
    );
  }
  if (x1.ndim < 2 || x2.ndim < 2) {
    const [name, one] = x1.ndim < 2 ? ["X1", x1] : ["X2", x2];
    throw new ShapeError(`[cdist] cdist only supports at least 2D tensors, ${name} got: ${one.ndim}D`);
  }
  if (x1.size(-1) !== x2.size(-1)) {
    throw new ShapeError(
      `[cdist] X1 and X2 must have the same number of columns. X1: ${x1.size(-1)} X2: ${x2.size(-1)}`,
    );
  }
  if (!(p >= 0)) throw new ValueError(`[cdist] cdist only supports non-negative p values, but got ${p}`);
  const batch = broadcastShapes("cdist", x1.shape.slice(0, -2), x2.shape.slice(0, -2));
  const [count, others] = [x1.size(-2), x2.size(-2)];
  checkCount("cdist", [...batch, count, others], x1.dtype);
  const many = Math.max(count, others) > MAX_DIRECT_VECTORS;
  const byProduct =
    computeMode === "use_mm_for_euclid_dist" || (computeMode !== "donot_use_mm_for_euclid_dist" && many);
  if (p === 2 && byProduct && x1.numel() > 0 && x2.numel() > 0) {
    return withGradFnName("CdistBackward0", euclideanByProduct(x1, x2));
  }
  if ((p === 1 || p === 2) && backendFor(x1.device).fused.cdist !== undefined) return rowDistances(x1, x2, batch, p);
  const widest = Math.max(1, Math.floor(MAX_DIFFERENCES / Math.max(sizeOf(batch) * others * x1.size(-1), 1)));
  if (count <= widest) return withGradFnName("CdistBackward0", normsOfDifferences(x1, x2, p));
  const parts = x1.split(widest, -2).map((part) => normsOfDifferences(part, x2, p));
  return withGradFnName("CdistBackward0", cat(parts, -2));
}

/** √(|a|² − 2·a·b + |b|²); its gradient at 0 is 0. */
function euclideanByProduct(x1: Tensor, x2: Tensor): Tensor {
  const squares = (x: Tensor) => x.mul(x).sum(-1, true);
  const products = x1.matmul(x2.transpose(-2, -1)).mul(-2);
  const total = products.add(squares(x1)).add(squares(x2).transpose(-2, -1));
  return apply(ops.std, [total.clampMin(0)], null);
}

/** By one kernel, which writes no differences. */
function rowDistances(x1: Tensor, x2: Tensor, batch: readonly number[], p: 1 | 2): Tensor {
  const whole = (x: Tensor): Tensor => {
    const shape = [...batch, x.size(-2), x.size(-1)];
    return sameShape(x.shape, shape) ? x : x.expand(shape);
  };
  return apply(ops.cdist, [whole(x1), whole(x2)], p);
}

const DIST = signature("dist", { input: required(aTensor), other: required(aTensor), p: optional(aNumber, 2) });

export type DistArgs = Args<[other: Tensor], [p: number], { readonly other: Tensor; readonly p?: number | undefined }>;

/**
 * The p-norm of the difference of two tensors, which broadcast: a 0-d tensor.
 *
 * @throws ShapeError for shapes that do not broadcast; DTypeError for integers.
 * @example dist(tensor([1, 2]), tensor([4, 6])); // tensor(5.)
 */
export function dist(x: Tensor, ...args: DistArgs): Tensor {
  const { input, other, p } = DIST.read([x, ...args]);
  return withGradFnName("DistBackward0", norm(input.sub(other), p));
}

/** The arguments of {@link renorm} by name. */
export interface RenormOptions {
  /** Order of the norm. */
  readonly p: number;
  /** The dimension of the slices. */
  readonly dim: number;
  /** The largest norm that a slice may have. */
  readonly maxnorm: number;
}

export type RenormArgs = Args<[p: number, dim: number, maxnorm: number], [], RenormOptions>;

const RENORM = signature("renorm", {
  input: required(aTensor),
  p: required(aNumber),
  dim: required(anInteger),
  maxnorm: required(aNumber),
});

/**
 * Scales the slices of a dimension whose p-norm is larger than `maxnorm` down to it; the others stay as they are.
 *
 * @throws ShapeError for fewer than two dimensions; ValueError for a p that is not positive, or a negative maxnorm.
 * @example renorm(tensor([[3, 4], [0.5, 0]]), 2, 0, 1); // tensor([[0.6000, 0.8000], [0.5000, 0.0000]])
 */
export function renorm(x: Tensor, ...args: RenormArgs): Tensor {
  const { input, p, dim, maxnorm } = RENORM.read([x, ...args]);
  if (input.ndim < 2) {
    throw new ShapeError(
      `[renorm] input needs at least 2 dimensions, got ${input.ndim}: shape ${bracketed(input.shape)}`,
    );
  }
  if (!(p > 0)) throw new ValueError(`[renorm] non-positive-norm not supported: p is ${p}`);
  if (!(maxnorm >= 0)) throw new ValueError(`[renorm] expected maxnorm to be >= 0 but got ${maxnorm}`);
  const d = normalizeDim("renorm", dim, input.ndim);
  const others = [...input.shape.keys()].filter((other) => other !== d);
  const size = norm(input, p, others, true);
  // The small number is PyTorch's.
  const factor = size.add(1e-7).reciprocal().mul(maxnorm).where(size.detach().gt(maxnorm), 1);
  return withGradFnName("RenormBackward0", input.mul(factor));
}
