/** @file Normal distributions of vectors whose covariance is a product of thin matrices and a diagonal. */
import { type Args, required, signature } from "../core/arguments.ts";
import { ShapeError, ValueError } from "../core/errors.ts";
import { aTensor } from "../core/kinds.ts";
import { broadcastShapes } from "../core/shape.ts";
import { cholesky } from "../tensor/functions/linalg/decompositions.ts";
import { solveTriangular } from "../tensor/functions/linalg/solvers.ts";
import { randn } from "../tensor/random.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { type Constraint, independent, positive, real, realVector } from "./constraints.ts";
import { DISTRIBUTION_OPTIONS, Distribution, type DistributionOptions } from "./distribution.ts";
import { halfLogDeterminant, MultivariateNormal, mahalanobis } from "./multivariate-normal.ts";
import { sizeText } from "./utils.ts";

const LOW_RANK = signature("LowRankMultivariateNormal", {
  loc: required(aTensor),
  covFactor: required(aTensor),
  covDiag: required(aTensor),
  ...DISTRIBUTION_OPTIONS,
});

/** The arguments of {@link LowRankMultivariateNormal} by name. */
export interface LowRankMultivariateNormalOptions extends DistributionOptions {
  /** Mean, [..., n]. */
  readonly loc: Tensor;
  /** W of the covariance W·Wᵀ + D, [..., n, rank]. */
  readonly covFactor: Tensor;
  /** The diagonal of D, positive, [..., n]. */
  readonly covDiag: Tensor;
}

/** The sum of the squares of a matrix's elements, which is the trace of X·Xᵀ. */
function squares(x: Tensor): Tensor {
  return x.square().sum([-2, -1]);
}

/** 1 on the diagonal of matrices [..., n, n]. */
function withIdentity(x: Tensor): Tensor {
  return x.add(x.newOnes([x.size(-1)]).diag());
}

/**
 * Normal distribution of vectors with the covariance W·Wᵀ + D, where W (`covFactor`) has few columns and D (`covDiag`) is a
 * diagonal: determinants and inverses are those of small matrices.
 *
 * @throws ShapeError for shapes that do not fit; ValueError unless `covDiag` is positive.
 * @example
 * manualSeed(0);
 * const normal = new distributions.LowRankMultivariateNormal(zeros(2), tensor([[1], [0]]), ones(2));
 * normal.sample([3]).shape; // [3, 2]
 * normal.covarianceMatrix; // tensor([[2., 0.], [0., 1.]])
 */
export class LowRankMultivariateNormal extends Distribution {
  /** Mean. */
  readonly loc: Tensor;
  /** W of the covariance W·Wᵀ + D. */
  readonly covFactor: Tensor;
  /** The diagonal of D. */
  readonly covDiag: Tensor;
  /** W without an expansion to the batch. @internal */
  readonly factor: Tensor;
  /** The diagonal without an expansion to the batch. @internal */
  readonly diagonal: Tensor;
  /** The Cholesky factor of I + Wᵀ·D⁻¹·W. @internal */
  readonly capacitance: Tensor;

  constructor(...args: Args<[loc: Tensor, covFactor: Tensor, covDiag: Tensor], [], LowRankMultivariateNormalOptions>) {
    const { loc, covFactor, covDiag, validateArgs } = LOW_RANK.read(args);
    const op = "LowRankMultivariateNormal";
    if (loc.ndim < 1) throw new ShapeError(`[${op}] loc must be at least one-dimensional.`);
    const [n = 0] = loc.shape.slice(-1);
    if (covFactor.ndim < 2) {
      throw new ShapeError(
        `[${op}] cov_factor must be at least two-dimensional, with optional leading batch dimensions`,
      );
    }
    if (covFactor.size(-2) !== n) {
      throw new ShapeError(`[${op}] cov_factor must be a batch of matrices with shape ${n} x m`);
    }
    if (covDiag.ndim < 1 || covDiag.size(-1) !== n) {
      throw new ShapeError(`[${op}] cov_diag must be a batch of vectors with shape ${sizeText([n])}`);
    }
    const parts = [loc.shape.slice(0, -1), covFactor.shape.slice(0, -2), covDiag.shape.slice(0, -1)] as const;
    const batch = broadcastShapes(op, broadcastShapes(op, parts[0], parts[1]), parts[2]);
    super(batch, [n], validateArgs);
    this.loc = loc.expand([...batch, n]);
    this.covFactor = covFactor.expand([...batch, n, covFactor.size(-1)]);
    this.covDiag = covDiag.expand([...batch, n]);
    this.factor = covFactor;
    this.diagonal = covDiag;
    // A diagonal with a 0 has no capacitance: it is refused first.
    this.checkParameters();
    this.capacitance = cholesky(withIdentity(weighted(this).matmul(covFactor)));
  }

  override get hasRsample(): boolean {
    return true;
  }

  get argConstraints(): Readonly<Record<string, Constraint>> {
    return { loc: realVector, covFactor: independent(real, 2), covDiag: independent(positive, 1) };
  }

  get support(): Constraint {
    return realVector;
  }

  override get mean(): Tensor {
    return this.loc;
  }

  override get mode(): Tensor {
    return this.loc;
  }

  override get variance(): Tensor {
    return this.lazily("variance", () =>
      this.factor
        .square()
        .sum(-1)
        .add(this.diagonal)
        .expand([...this.batchShape, ...this.eventShape]),
    );
  }

  /** Lower triangular factor of the covariance. */
  get scaleTril(): Tensor {
    return this.lazily("scaleTril", () => {
      // The factor of D^½·(I + D^-½·W·Wᵀ·D^-½)·D^½: the eigenvalues of the sum are at least 1.
      const root = this.diagonal.sqrt().unsqueeze(-1);
      const scaled = this.factor.div(root);
      return this.expandMatrix(root.mul(cholesky(withIdentity(scaled.matmul(scaled.mT)))));
    });
  }

  /** Covariance. */
  get covarianceMatrix(): Tensor {
    return this.lazily("covarianceMatrix", () =>
      this.expandMatrix(this.factor.matmul(this.factor.mT).add(this.diagonal.diagEmbed())),
    );
  }

  /** Inverse of the covariance. */
  get precisionMatrix(): Tensor {
    return this.lazily("precisionMatrix", () => {
      const a = reduced(this);
      return this.expandMatrix(this.diagonal.reciprocal().diagEmbed().sub(a.mT.matmul(a)));
    });
  }

  private expandMatrix(matrix: Tensor): Tensor {
    return matrix.expand([...this.batchShape, ...this.eventShape, ...this.eventShape]);
  }

  expand(batchShape: readonly number[]): this {
    const shape = [...batchShape, ...this.eventShape];
    const lazy = ["variance", "scaleTril", "covarianceMatrix", "precisionMatrix"] as const;
    const made = lazy.filter((name) => Object.hasOwn(this, name));
    return this.expanded(batchShape, {
      loc: this.loc.expand(shape),
      covFactor: this.covFactor.expand([...shape, this.covFactor.size(-1)]),
      covDiag: this.covDiag.expand(shape),
      ...Object.fromEntries(
        made.map((name) => [name, this[name].expand(name === "variance" ? shape : [...shape, ...this.eventShape])]),
      ),
    });
  }

  override rsample(sampleShape: readonly number[] = []): Tensor {
    const shape = this.extendedShape(sampleShape);
    const { dtype, device } = this.loc;
    const first = randn([...shape.slice(0, -1), this.covFactor.size(-1)], { dtype, device });
    const second = randn(shape, { dtype, device });
    return this.loc.add(this.factor.matmul(first.unsqueeze(-1)).squeeze(-1)).add(this.diagonal.sqrt().mul(second));
  }

  logProb(value: Tensor): Tensor {
    this.checkValue("logProb", value);
    const [n = 0] = this.eventShape;
    return distance(this, value.sub(this.loc))
      .add(logDeterminant(this))
      .add(n * Math.log(2 * Math.PI))
      .mul(-0.5);
  }

  override entropy(): Tensor {
    const [n = 0] = this.eventShape;
    const entropy = logDeterminant(this)
      .add(n * (1 + Math.log(2 * Math.PI)))
      .mul(0.5);
    return this.batchShape.length === 0 ? entropy : entropy.expand(this.batchShape);
  }
}

/** Wᵀ·D⁻¹. */
function weighted({ factor, diagonal }: LowRankMultivariateNormal): Tensor {
  return factor.mT.div(diagonal.unsqueeze(-2));
}

/** L⁻¹·Wᵀ·D⁻¹ with the factor L of the capacitance: A of the inverse D⁻¹ − Aᵀ·A of the covariance. */
function reduced(d: LowRankMultivariateNormal): Tensor {
  return solveTriangular(d.capacitance, weighted(d), { upper: false });
}

/** The logarithm of the determinant of the covariance. */
function logDeterminant({ capacitance, diagonal }: LowRankMultivariateNormal): Tensor {
  return halfLogDeterminant(capacitance).mul(2).add(diagonal.log().sum(-1));
}

/** xᵀ·Σ⁻¹·x for vectors [..., n]. */
function distance(d: LowRankMultivariateNormal, x: Tensor): Tensor {
  const inner = weighted(d).matmul(x.unsqueeze(-1)).squeeze(-1);
  return x.square().div(d.diagonal).sum(-1).sub(mahalanobis(d.capacitance, inner));
}

/** The trace of the product of q's inverse covariance and p's covariance. */
function crossTrace(p: MultivariateNormal | LowRankMultivariateNormal, q: LowRankMultivariateNormal): Tensor {
  const a = reduced(q);
  const root = q.diagonal.rsqrt().unsqueeze(-1);
  const trace = squares(p.factor.mul(root)).sub(squares(a.matmul(p.factor)));
  if (p instanceof MultivariateNormal) return trace;
  return p.diagonal
    .div(q.diagonal)
    .sum(-1)
    .add(trace)
    .sub(squares(a.mul(p.diagonal.sqrt().unsqueeze(-2))));
}

type Either = MultivariateNormal | LowRankMultivariateNormal;

function logDeterminantOf(d: Either): Tensor {
  return d instanceof MultivariateNormal ? halfLogDeterminant(d.factor).mul(2) : logDeterminant(d);
}

/** The divergence of two distributions over vectors of one size, of which at least one has a covariance of low rank. */
export function klLowRank(p: Either, q: Either): Tensor {
  const [n = 0] = p.eventShape;
  if (q.eventShape[0] !== n) {
    throw new ValueError(
      "[klDivergence] KL-divergence between two (Low Rank) Multivariate Normals with different event shapes cannot be computed",
    );
  }
  const determinants = logDeterminantOf(q).sub(logDeterminantOf(p));
  const shift = q.loc.sub(p.loc);
  const [trace, apart] =
    q instanceof MultivariateNormal
      ? [traceInFull(p as LowRankMultivariateNormal, q), mahalanobis(q.factor, shift)]
      : [crossTrace(p, q), distance(q, shift)];
  return determinants.add(trace).add(apart).sub(n).mul(0.5);
}

/** The trace of the product of q's inverse covariance, by its factor, and p's covariance. */
function traceInFull(p: LowRankMultivariateNormal, q: MultivariateNormal): Tensor {
  const solved = (x: Tensor): Tensor => squares(solveTriangular(q.factor, x, { upper: false }));
  return solved(p.factor).add(solved(p.diagonal.sqrt().diagEmbed()));
}
