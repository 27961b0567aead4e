/** @file Entry point `tapegrad/distributions`: probability distributions, as torch.distributions. */
export { Bernoulli } from "../distributions/bernoulli.ts";
export { Beta, type BetaOptions } from "../distributions/beta.ts";
export { Categorical } from "../distributions/categorical.ts";
export * as constraints from "../distributions/constraints.ts";
export { Dirichlet, type DirichletOptions } from "../distributions/dirichlet.ts";
export { Distribution, type DistributionOptions } from "../distributions/distribution.ts";
export { Chi2, Gamma, type GammaOptions } from "../distributions/gamma.ts";
export { Independent, type IndependentOptions } from "../distributions/independent.ts";
export { type DistributionClass, klDivergence, registerKl } from "../distributions/kl.ts";
export { type LocScaleArgs, type LocScaleOptions, Normal } from "../distributions/normal.ts";
export { OneHotCategorical, OneHotCategoricalStraightThrough } from "../distributions/one-hot-categorical.ts";
export type { ProbsOrLogitsArgs, ProbsOrLogitsOptions } from "../distributions/probs-logits.ts";
export { Uniform, type UniformOptions } from "../distributions/uniform.ts";
export type { Parameter } from "../distributions/utils.ts";
