/** @file The namespace `nn.utils.parametrizations`: weight and spectral normalization, and orthogonality, as parametrizations. */
import { noGrad } from "../../autograd/grad-mode.ts";
import { keyword, optional, required, signature } from "../../core/arguments.ts";
import { ShapeError } from "../../core/errors.ts";
import { aBoolean, aString, nullable, oneOf } from "../../core/kinds.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { normalize } from "../functional/normalization.ts";
import { type AnyModule, Module } from "../module.ts";
import { Orthogonal, type OrthogonalMap } from "./orthogonal.ts";
import { registerParametrization } from "./parametrize.ts";
import { parameterOf } from "./replaced-parameter.ts";
import {
  asMatrix,
  outputDim,
  randomUnit,
  SPECTRAL_NORM_ARGUMENTS,
  type SpectralNormOptions,
  singularValue,
  timesVector,
} from "./spectral-norm.ts";
import {
  aModule,
  normalizedWeight,
  normExceptDim,
  WEIGHT_NORM_ARGUMENTS,
  type WeightNormOptions,
} from "./weight-norm.ts";

const SIGNATURES = {
  weightNorm: signature("weightNorm", WEIGHT_NORM_ARGUMENTS),
  spectralNorm: signature("spectralNorm", SPECTRAL_NORM_ARGUMENTS),
  orthogonal: signature("orthogonal", {
    module: required(aModule),
    name: optional(aString, "weight"),
    orthogonalMap: optional(nullable(oneOf("matrix_exp", "cayley", "householder")), null),
    useTrivialization: keyword(aBoolean, true),
  }),
};

/** The options of {@link orthogonal}. */
export interface OrthogonalOptions {
  /** Name of the parameter. Default "weight". */
  readonly name?: string | undefined;
  /** How a matrix becomes an orthogonal one. Default: "matrix_exp" for square matrices, else "householder". */
  readonly orthogonalMap?: OrthogonalMap | null | undefined;
  /** Keep a matrix that the result is multiplied by, with which training may converge faster. Default true. */
  readonly useTrivialization?: boolean | undefined;
}

/** g·v/‖v‖, stored as g and v. */
class WeightNorm extends Module {
  private readonly dim: number | null;

  constructor(dim: number | null) {
    super();
    this.dim = dim;
  }
  override forward(g: Tensor, v: Tensor): Tensor {
    return normalizedWeight(v, g, this.dim);
  }
  rightInverse(weight: Tensor): [g: Tensor, v: Tensor] {
    return [normExceptDim(weight, this.dim), weight];
  }
  /** PyTorch's name of the class. */
  static override readonly name = "_WeightNorm";
}

/**
 * Weight normalization (Salimans and Kingma, 2016) as a parametrization, as in PyTorch 2.1: `original0` holds the norms,
 * `original1` the direction. See `nn.utils.weightNorm` for the older form.
 *
 * @returns the module.
 * @throws ValueError for a name that is no parameter.
 * @example
 * const layer = nn.utils.parametrizations.weightNorm(new nn.Linear(20, 40));
 * Object.keys(layer.stateDict()).join(); // bias,parametrizations.weight.original0,parametrizations.weight.original1
 */
export function weightNorm<M extends AnyModule>(module: M, name?: string, dim?: number | null): M;
export function weightNorm<M extends AnyModule>(module: M, options?: WeightNormOptions): M;
export function weightNorm(...given: readonly unknown[]): AnyModule {
  const { module, name, dim } = SIGNATURES.weightNorm.read(given);
  parameterOf("weightNorm", module, name);
  return registerParametrization(module, name, new WeightNorm(dim), { unsafe: true });
}

/** A weight divided by its largest singular value, which a power iteration estimates. */
class SpectralNorm extends Module {
  private readonly dim: number;
  private readonly iterations: number;
  private readonly eps: number;
  _u: Tensor | null = null;
  _v: Tensor | null = null;

  constructor(weight: Tensor, iterations: number, dim: number, eps: number) {
    super();
    this.dim = dim;
    this.iterations = iterations;
    this.eps = eps;
    if (weight.ndim <= 1) return;
    const matrix = asMatrix(weight.detach(), dim);
    const [rows, columns] = matrix.shape as [number, number];
    Reflect.deleteProperty(this, "_u");
    Reflect.deleteProperty(this, "_v");
    // Both are drawn before either is normalized, which draws nothing.
    this._u = this.registerBuffer("_u", randomUnit(weight, rows, eps));
    this._v = this.registerBuffer("_v", randomUnit(weight, columns, eps));
    this.iterate(matrix, 15);
  }
  private iterate(matrix: Tensor, count: number): void {
    const { _u: u, _v: v, eps } = this;
    if (u === null || v === null) return;
    noGrad(() => {
      for (let i = 0; i < count; i++) {
        u.copy_(normalize(timesVector(matrix, v), { dim: 0, eps }));
        v.copy_(normalize(timesVector(matrix.t(), u), { dim: 0, eps }));
      }
    });
  }
  override forward(weight: Tensor): Tensor {
    const { _u: u, _v: v } = this;
    if (u === null || v === null) return normalize(weight, { dim: 0, eps: this.eps });
    const matrix = asMatrix(weight, this.dim);
    if (this.training) this.iterate(matrix.detach(), this.iterations);
    return weight.div(singularValue(matrix, u.clone(), v.clone()));
  }
  rightInverse(value: Tensor): Tensor {
    return value;
  }
  /** PyTorch's name of the class. */
  static override readonly name = "_SpectralNorm";
}

/**
 * Spectral normalization (Miyato et al., 2018) as a parametrization: divides a parameter by its largest singular value,
 * which a power iteration estimates in training. See `nn.utils.spectralNorm` for the older form.
 *
 * @returns the module.
 * @throws ValueError for a name that is no parameter.
 * @example
 * const layer = nn.utils.parametrizations.spectralNorm(new nn.Linear(20, 40));
 * layer.weight.shape; // [40, 20]
 */
export function spectralNorm<M extends AnyModule>(
  module: M,
  name?: string,
  nPowerIterations?: number,
  eps?: number,
  dim?: number | null,
): M;
export function spectralNorm<M extends AnyModule>(module: M, options?: SpectralNormOptions): M;
export function spectralNorm(...given: readonly unknown[]): AnyModule {
  const { module, name, nPowerIterations, eps, dim } = SIGNATURES.spectralNorm.read(given);
  const weight = parameterOf("spectralNorm", module, name);
  const along = dim ?? outputDim(module);
  return registerParametrization(module, name, new SpectralNorm(weight, nPowerIterations, along, eps));
}

/**
 * Orthogonality as a parametrization: the parameter gets orthonormal columns, or rows if it has more columns than rows, and
 * keeps them in training. It begins as the parameter is, if that is orthogonal, else as its QR decomposition has it. Of more
 * than two dimensions, the last two are those of matrices.
 *
 * @returns the module.
 * @throws ValueError for a name that is no parameter; ShapeError for one with fewer than two dimensions.
 * @example
 * const layer = nn.utils.parametrizations.orthogonal(new nn.Linear(2, 4));
 * const { weight } = layer;
 * weight.mT.matmul(weight).sub(eye(2)).abs().max().itemSync() < 1e-5; // true
 */
export function orthogonal<M extends AnyModule>(
  module: M,
  name?: string,
  orthogonalMap?: OrthogonalMap | null,
  options?: Pick<OrthogonalOptions, "useTrivialization">,
): M;
export function orthogonal<M extends AnyModule>(module: M, name: string, options?: Omit<OrthogonalOptions, "name">): M;
export function orthogonal<M extends AnyModule>(module: M, options?: OrthogonalOptions): M;
export function orthogonal(...given: readonly unknown[]): AnyModule {
  const { module, name, orthogonalMap, useTrivialization } = SIGNATURES.orthogonal.read(given);
  const weight = parameterOf("orthogonal", module, name);
  if (weight.ndim < 2) {
    throw new ShapeError(
      `[orthogonal] Expected a matrix or batch of matrices. Got a tensor of ${weight.ndim} dimensions.`,
    );
  }
  const map = orthogonalMap ?? (weight.size(-2) === weight.size(-1) ? "matrix_exp" : "householder");
  return registerParametrization(module, name, new Orthogonal(weight, map, useTrivialization), { unsafe: true });
}
