/** @file Entry point `tapegrad/distributions`: probability distributions, as torch.distributions. */
export { Bernoulli } from "../distributions/bernoulli.ts";
export { Beta, type BetaOptions } from "../distributions/beta.ts";
export { Categorical } from "../distributions/categorical.ts";
export * as constraints from "../distributions/constraints.ts";
export { ContinuousBernoulli } from "../distributions/continuous-bernoulli.ts";
export {
  Binomial,
  type CountArgs,
  type CountOptions,
  Geometric,
  Multinomial,
  type MultinomialDistributionOptions,
  NegativeBinomial,
} from "../distributions/counts.ts";
export { Dirichlet, type DirichletOptions } from "../distributions/dirichlet.ts";
export { Distribution, type DistributionOptions } from "../distributions/distribution.ts";
export { Exponential, Poisson, type RateOptions } from "../distributions/exponential.ts";
export { Chi2, Gamma, type GammaOptions } from "../distributions/gamma.ts";
export { Independent, type IndependentOptions } from "../distributions/independent.ts";
export { klDivergence, registerKl } from "../distributions/kl.ts";
export type { DistributionClass } from "../distributions/kl-formulas.ts";
export { Cauchy, Laplace } from "../distributions/loc-scale.ts";
export {
  LowRankMultivariateNormal,
  type LowRankMultivariateNormalOptions,
} from "../distributions/low-rank-multivariate-normal.ts";
export { MixtureSameFamily, type MixtureSameFamilyOptions } from "../distributions/mixture-same-family.ts";
export { MultivariateNormal, type MultivariateNormalOptions } from "../distributions/multivariate-normal.ts";
export { type LocScaleArgs, type LocScaleOptions, Normal } from "../distributions/normal.ts";
export { OneHotCategorical, OneHotCategoricalStraightThrough } from "../distributions/one-hot-categorical.ts";
export type { ProbsOrLogitsArgs, ProbsOrLogitsOptions } from "../distributions/probs-logits.ts";
export {
  LogitRelaxedBernoulli,
  type RelaxedArgs,
  RelaxedBernoulli,
  RelaxedOneHotCategorical,
  type RelaxedOptions,
} from "../distributions/relaxed.ts";
export { StudentT, type StudentTOptions } from "../distributions/student-t.ts";
export {
  Gumbel,
  HalfNormal,
  LogNormal,
  Pareto,
  type ParetoOptions,
  TransformedDistribution,
  type TransformedDistributionOptions,
  Weibull,
  type WeibullOptions,
} from "../distributions/transformed-distribution.ts";
export {
  AbsTransform,
  AffineTransform,
  type AffineTransformOptions,
  ComposeTransform,
  ExpTransform,
  IndependentTransform,
  PowerTransform,
  ReshapeTransform,
  SigmoidTransform,
  SoftmaxTransform,
  SoftplusTransform,
  StickBreakingTransform,
  TanhTransform,
  Transform,
  type TransformOptions,
} from "../distributions/transforms.ts";
export { Uniform, type UniformOptions } from "../distributions/uniform.ts";
export type { Parameter } from "../distributions/utils.ts";
export { VonMises, type VonMisesOptions } from "../distributions/von-mises.ts";
