/** @file Spectral normalization: a weight divided by its largest singular value. */
import { noGrad } from "../../autograd/grad-mode.ts";
import { optional, signature } from "../../core/arguments.ts";
import { ValueError } from "../../core/errors.ts";
import { aNumber, anInteger, nullable } from "../../core/kinds.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { ConvTranspose1d, ConvTranspose2d, ConvTranspose3d } from "../conv.ts";
import { normalize } from "../functional/normalization.ts";
import { aPositiveCount } from "../functional/validate.ts";
import type { AnyModule } from "../module.ts";
import {
  parameterOf,
  putBack,
  type Replacement,
  replace,
  replacementsOf,
  takeOut,
  tensorOf,
} from "./replaced-parameter.ts";
import { NAMED_PARAMETER } from "./weight-norm.ts";

/** Options of {@link spectralNorm}. */
export interface SpectralNormOptions {
  /** Name of the parameter. Default "weight". */
  readonly name?: string | undefined;
  /** Number of power iterations in each forward pass in training. Default 1. */
  readonly nPowerIterations?: number | undefined;
  /** Least norm that is divided by. Default 1e-12. */
  readonly eps?: number | undefined;
  /** Dimension of the outputs. Default null: 1 for transposed convolutions, else 0. */
  readonly dim?: number | null | undefined;
}

export const SPECTRAL_NORM_ARGUMENTS = {
  ...NAMED_PARAMETER,
  nPowerIterations: optional(aPositiveCount, 1),
  eps: optional(aNumber, 1e-12),
  dim: optional(nullable(anInteger), null),
};

const SIGNATURES = {
  spectralNorm: signature("spectralNorm", SPECTRAL_NORM_ARGUMENTS),
  removeSpectralNorm: signature("removeSpectralNorm", NAMED_PARAMETER),
};

/** The dimension of a module's outputs in its weight. */
export function outputDim(module: AnyModule): number {
  const isTransposed = [ConvTranspose1d, ConvTranspose2d, ConvTranspose3d].some((Conv) => module instanceof Conv);
  return isTransposed ? 1 : 0;
}

/** A weight as a matrix, whose rows are the slices along a dimension. */
export function asMatrix(weight: Tensor, dim: number): Tensor {
  const order = weight.shape.map((_, d) => d).filter((d) => d !== dim);
  const first = dim === 0 ? weight : weight.permute([dim, ...order]);
  return first.reshape([first.size(0), -1]);
}

/** Matrix times vector. */
export function timesVector(matrix: Tensor, vector: Tensor): Tensor {
  return matrix.mm(vector.unsqueeze(1)).squeeze(1);
}

/** A vector of normal random numbers, of length 1. */
export function randomUnit(like: Tensor, length: number, eps: number): Tensor {
  return normalize(like.newZeros([length]).normal_(0, 1), { dim: 0, eps });
}

/** u·W·v, the largest singular value. */
export function singularValue(matrix: Tensor, u: Tensor, v: Tensor): Tensor {
  return u.dot(timesVector(matrix, v));
}

class SpectralNorm implements Replacement {
  readonly name: string;
  readonly dim: number;
  readonly iterations: number;
  readonly eps: number;

  constructor(name: string, dim: number, iterations: number, eps: number) {
    this.name = name;
    this.dim = dim;
    this.iterations = iterations;
    this.eps = eps;
  }
  compute(module: AnyModule): Tensor {
    return this.normalized(module, module.training ? this.iterations : 0);
  }
  /** The normalized weight, after some power iterations. */
  normalized(module: AnyModule, iterations: number): Tensor {
    const weight = tensorOf(module, `${this.name}_orig`);
    const [u, v] = [tensorOf(module, `${this.name}_u`), tensorOf(module, `${this.name}_v`)];
    const matrix = asMatrix(weight, this.dim);
    noGrad(() => {
      for (let i = 0; i < iterations; i++) {
        v.copy_(normalize(timesVector(matrix.t(), u), { dim: 0, eps: this.eps }));
        u.copy_(normalize(timesVector(matrix, v), { dim: 0, eps: this.eps }));
      }
    });
    // The graph keeps its own vectors: the next forward pass changes these.
    return weight.div(singularValue(matrix, u.clone(), v.clone()));
  }
}

/**
 * Spectral normalization (Miyato et al., 2018), for discriminators: divides a parameter by its largest singular value, which a
 * power iteration estimates in every forward pass in training. The parameter becomes `weight_orig`, with the buffers
 * `weight_u` and `weight_v`, drawn with PyTorch's random numbers.
 *
 * @returns the module.
 * @throws ValueError for a name that is no parameter, or that is normalized already.
 * @example
 * const layer = nn.utils.spectralNorm(new nn.Linear(20, 40));
 * Object.keys(layer.stateDict()); // [ 'bias', 'weight_orig', 'weight_u', 'weight_v' ]
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
  const op = "spectralNorm";
  const { module, name, nPowerIterations, eps, dim } = SIGNATURES.spectralNorm.read(given);
  if (replacementsOf(module).some(([each]) => each instanceof SpectralNorm && each.name === name)) {
    throw new ValueError(`[${op}] Cannot register two spectral_norm hooks on the same parameter ${name}`);
  }
  const weight = parameterOf(op, module, name);
  const along = dim ?? outputDim(module);
  const [rows, columns] = asMatrix(weight, along).shape as [number, number];
  const u = randomUnit(weight, rows, eps);
  const v = randomUnit(weight, columns, eps);
  takeOut(module, name);
  module.registerParameter(`${name}_orig`, weight);
  module.registerBuffer(`${name}_u`, u);
  module.registerBuffer(`${name}_v`, v);
  replace(module, new SpectralNorm(name, along, nPowerIterations, eps), weight.detach());
  return module;
}

/**
 * Undoes {@link spectralNorm}: the parameter has the normalized weight as it is now.
 *
 * @returns the module.
 * @throws ValueError for a parameter that is not normalized.
 * @example
 * const layer = nn.utils.spectralNorm(new nn.Linear(20, 40));
 * Object.keys(nn.utils.removeSpectralNorm(layer).stateDict()); // [ 'bias', 'weight' ]
 */
export function removeSpectralNorm<M extends AnyModule>(module: M, name?: string): M;
export function removeSpectralNorm<M extends AnyModule>(module: M, options?: Pick<SpectralNormOptions, "name">): M;
export function removeSpectralNorm(...given: readonly unknown[]): AnyModule {
  const { module, name } = SIGNATURES.removeSpectralNorm.read(given);
  for (const [replacement, end] of replacementsOf(module)) {
    if (!(replacement instanceof SpectralNorm) || replacement.name !== name) continue;
    const weight = noGrad(() => replacement.normalized(module, 0));
    end();
    for (const suffix of ["orig", "u", "v"]) takeOut(module, `${name}_${suffix}`);
    putBack(module, name, weight, true);
    return module;
  }
  throw new ValueError(`[removeSpectralNorm] spectral_norm of '${name}' not found in ${module.constructor.name}`);
}
