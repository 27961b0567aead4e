/** @file The multivariate normal distribution. */
import { type Args, optional, required, signature } from "../core/arguments.ts";
import { ShapeError, ValueError } from "../core/errors.ts";
import { aTensor, nullable } from "../core/kinds.ts";
import { broadcastShapes } from "../core/shape.ts";
import { cholesky } from "../tensor/functions/linalg/decompositions.ts";
import { choleskyInverse, solveTriangular } from "../tensor/functions/linalg/solvers.ts";
import { randn } from "../tensor/random.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { type Constraint, lowerCholesky, positiveDefinite, realVector } from "./constraints.ts";
import { DISTRIBUTION_OPTIONS, Distribution, type DistributionOptions } from "./distribution.ts";
import { keep } from "./utils.ts";

type Matrix = Tensor | null;

/** The arguments of {@link MultivariateNormal} by name: the mean, and one of the three matrices. */
export interface MultivariateNormalOptions extends DistributionOptions {
  /** Mean, [..., n]. */
  readonly loc: Tensor;
  /** Covariance, symmetric and positive-definite, [..., n, n]. */
  readonly covarianceMatrix?: Matrix | undefined;
  /** Precision, the inverse of the covariance, [..., n, n]. */
  readonly precisionMatrix?: Matrix | undefined;
  /** Lower triangular factor L of the covariance L·Lᵀ, with a positive diagonal, [..., n, n]. */
  readonly scaleTril?: Matrix | undefined;
}

const MULTIVARIATE_NORMAL = signature("MultivariateNormal", {
  loc: required(aTensor),
  covarianceMatrix: optional(nullable(aTensor), null),
  precisionMatrix: optional(nullable(aTensor), null),
  scaleTril: optional(nullable(aTensor), null),
  ...DISTRIBUTION_OPTIONS,
});

/** The names of the matrices, each with PyTorch's name. */
const MATRICES = [
  ["scaleTril", "scale_tril"],
  ["covarianceMatrix", "covariance_matrix"],
  ["precisionMatrix", "precision_matrix"],
] as const;

/** L of the covariance from its inverse. */
function factorOfPrecision(precision: Tensor): Tensor {
  const flipped = cholesky(precision.flip([-2, -1]));
  const inverse = flipped.flip([-2, -1]).mT;
  const unit = precision.newOnes([precision.size(-1)]).diag();
  return solveTriangular(inverse, unit, { upper: false });
}

/** The sum of the logarithms of the diagonal: half the logarithm of the determinant of the covariance. */
export function halfLogDeterminant(factor: Tensor): Tensor {
  return factor.diagonal(0, -2, -1).log().sum(-1);
}

/** xᵀ·(L·Lᵀ)⁻¹·x for vectors [..., n]. */
export function mahalanobis(factor: Tensor, x: Tensor): Tensor {
  return solveTriangular(factor, x.unsqueeze(-1), { upper: false }).square().sum([-2, -1]);
}

/**
 * Normal distribution of vectors, with a mean and a covariance, which is given as such, as its inverse, or as its
 * triangular factor; the last costs least.
 *
 * @throws ValueError unless one matrix is given, and is what it should be; ShapeError for a 0-d mean.
 * @example
 * manualSeed(0);
 * const normal = new distributions.MultivariateNormal(zeros(2), tensor([[1, 0.5], [0.5, 1]]));
 * normal.sample([3]).shape; // [3, 2]
 * normal.logProb(zeros(2)); // tensor(-1.6940)
 */
export class MultivariateNormal extends Distribution {
  /** Mean. */
  readonly loc: Tensor;
  /** The factor as it was given or computed, without an expansion to the batch. @internal */
  readonly factor: Tensor;

  constructor(
    ...args: Args<
      [loc: Tensor],
      [covarianceMatrix: Matrix, precisionMatrix: Matrix, scaleTril: Matrix],
      MultivariateNormalOptions
    >
  ) {
    const { loc, validateArgs, ...matrices } = MULTIVARIATE_NORMAL.read(args);
    if (loc.ndim < 1) throw new ShapeError("[MultivariateNormal] loc must be at least one-dimensional.");
    const given = MATRICES.filter(([name]) => matrices[name] !== null);
    const [first] = given;
    if (first === undefined || given.length > 1) {
      throw new ValueError(
        "[MultivariateNormal] Exactly one of covariance_matrix or precision_matrix or scale_tril may be specified.",
      );
    }
    const [name, text] = first;
    const matrix = matrices[name] as Tensor;
    if (matrix.ndim < 2) {
      throw new ShapeError(
        `[MultivariateNormal] ${text} must be at least two-dimensional, with optional leading batch dimensions`,
      );
    }
    const batch = broadcastShapes("MultivariateNormal", matrix.shape.slice(0, -2), loc.shape.slice(0, -1));
    super(batch, loc.shape.slice(-1), validateArgs);
    this.loc = loc.expand([...batch, ...this.eventShape]);
    keep(this, name, matrix.expand([...batch, ...matrix.shape.slice(-2)]));
    this.factor = matrix;
    this.checkParameters(MATRICES.map(([other]) => other));
    if (name === "covarianceMatrix") this.factor = cholesky(matrix);
    else if (name === "precisionMatrix") this.factor = factorOfPrecision(matrix);
  }

  override get hasRsample(): boolean {
    return true;
  }

  get argConstraints(): Readonly<Record<string, Constraint>> {
    return {
      loc: realVector,
      covarianceMatrix: positiveDefinite,
      precisionMatrix: positiveDefinite,
      scaleTril: lowerCholesky,
    };
  }

  get support(): Constraint {
    return realVector;
  }

  /** Lower triangular factor of the covariance. */
  get scaleTril(): Tensor {
    return this.lazily("scaleTril", () => this.expandMatrix(this.factor));
  }

  /** Covariance. */
  get covarianceMatrix(): Tensor {
    return this.lazily("covarianceMatrix", () => this.expandMatrix(this.factor.matmul(this.factor.mT)));
  }

  /** Inverse of the covariance. */
  get precisionMatrix(): Tensor {
    return this.lazily("precisionMatrix", () => this.expandMatrix(choleskyInverse(this.factor)));
  }

  private expandMatrix(matrix: Tensor): Tensor {
    return matrix.expand([...this.batchShape, ...this.eventShape, ...this.eventShape]);
  }

  override get mean(): Tensor {
    return this.loc;
  }

  override get mode(): Tensor {
    return this.loc;
  }

  override get variance(): Tensor {
    return this.factor
      .pow(2)
      .sum(-1)
      .expand([...this.batchShape, ...this.eventShape]);
  }

  expand(batchShape: readonly number[]): this {
    const own = MATRICES.filter(([name]) => Object.hasOwn(this, name)).map(([name]) => [
      name,
      this[name].expand([...batchShape, ...this.eventShape, ...this.eventShape]),
    ]);
    return this.expanded(batchShape, {
      loc: this.loc.expand([...batchShape, ...this.eventShape]),
      ...Object.fromEntries(own),
    });
  }

  override rsample(sampleShape: readonly number[] = []): Tensor {
    const { dtype, device } = this.loc;
    const noise = randn(this.extendedShape(sampleShape), { dtype, device });
    // One matrix for all is one product.
    const scaled =
      this.factor.ndim === 2 ? noise.matmul(this.factor.mT) : this.factor.matmul(noise.unsqueeze(-1)).squeeze(-1);
    return this.loc.add(scaled);
  }

  logProb(value: Tensor): Tensor {
    this.checkValue("logProb", value);
    const distance = mahalanobis(this.factor, value.sub(this.loc));
    const [n = 0] = this.eventShape;
    return distance
      .add(n * Math.log(2 * Math.PI))
      .mul(-0.5)
      .sub(halfLogDeterminant(this.factor));
  }

  override entropy(): Tensor {
    const [n = 0] = this.eventShape;
    const entropy = halfLogDeterminant(this.factor).add(0.5 * n * (1 + Math.log(2 * Math.PI)));
    return this.batchShape.length === 0 ? entropy : entropy.expand(this.batchShape);
  }
}

/** The divergence of two distributions over vectors of one size. */
export function klMultivariateNormal(p: MultivariateNormal, q: MultivariateNormal): Tensor {
  const [n = 0] = p.eventShape;
  if (q.eventShape[0] !== n) {
    throw new ValueError(
      "[klDivergence] KL-divergence between two Multivariate Normals with different event shapes cannot be computed",
    );
  }
  const trace = solveTriangular(q.factor, p.factor, { upper: false }).square().sum([-2, -1]);
  const distance = mahalanobis(q.factor, q.loc.sub(p.loc));
  return halfLogDeterminant(q.factor).sub(halfLogDeterminant(p.factor)).add(trace.add(distance).sub(n).mul(0.5));
}
