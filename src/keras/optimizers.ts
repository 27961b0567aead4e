/**
 * @file Keras's optimizers: its names, defaults and formulas, on the fused steps of this library's. Keras differs in where
 * epsilon stands, and lets a momentum remember old learning rates.
 */
import { noGrad } from "../autograd/grad-mode.ts";
import { keyword, signature } from "../core/arguments.ts";
import { describeValue } from "../core/describe.ts";
import { ValueError } from "../core/errors.ts";
import { aBoolean, aNumber, kind, nullable } from "../core/kinds.ts";
import { clipGradNorm_, clipGradValue_ } from "../nn/utils/clip.ts";
import { Adadelta as BaseAdadelta } from "../optim/adadelta.ts";
import { Adagrad as BaseAdagrad } from "../optim/adagrad.ts";
import { Adam as BaseAdam, type AdamOptions as BaseAdamOptions, AdamW as BaseAdamW } from "../optim/adam.ts";
import { Optimizer as BaseOptimizer, type ParamGroup, stepNumbers } from "../optim/optimizer.ts";
import {
  RMSprop as BaseRMSprop,
  type RMSpropOptions as BaseRMSpropOptions,
  type RMSpropState,
} from "../optim/rmsprop.ts";
import { SGD as BaseSGD, type SGDOptions as BaseSGDOptions, type SGDState } from "../optim/sgd.ts";
import { fromTypedArray } from "../tensor/from-host.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { lookUp } from "./lookup.ts";

/** An optimizer of `tapegrad/optim`, of whatever options. */
export type AnyOptimizer = Pick<BaseOptimizer<{ lr: number }>, "step" | "zeroGrad" | "stateDict" | "stepsTaken"> & {
  readonly paramGroups: { lr: number; params: Tensor[] }[];
};

/**
 * An optimizer by its name in Keras, one of `keras.optimizers`, an optimizer of `tapegrad/optim` over the model's
 * parameters, or a function that makes one.
 */
export type OptimizerLike = OptimizerName | Optimizer | AnyOptimizer | ((params: Tensor[]) => AnyOptimizer);

const BASE = {
  clipnorm: keyword(nullable(aNumber), null),
  clipvalue: keyword(nullable(aNumber), null),
  globalClipnorm: keyword(nullable(aNumber), null),
};

const aRate = kind<number>("a number of at least 0", (value) => typeof value === "number" && value >= 0);
const learningRate = (rate: number) => ({ learningRate: keyword(aRate, rate) });
const epsilon = { epsilon: keyword(aNumber, 1e-7) };
const BETAS = { beta1: keyword(aNumber, 0.9), beta2: keyword(aNumber, 0.999) };

const SIGNATURES = {
  SGD: signature("SGD", {
    ...learningRate(0.01),
    momentum: keyword(aNumber, 0),
    nesterov: keyword(aBoolean, false),
    ...BASE,
  }),
  RMSprop: signature("RMSprop", {
    ...learningRate(0.001),
    rho: keyword(aNumber, 0.9),
    momentum: keyword(aNumber, 0),
    ...epsilon,
    centered: keyword(aBoolean, false),
    ...BASE,
  }),
  Adam: signature("Adam", { ...learningRate(0.001), ...BETAS, ...epsilon, amsgrad: keyword(aBoolean, false), ...BASE }),
  AdamW: signature("AdamW", {
    ...learningRate(0.001),
    weightDecay: keyword(aNumber, 0.004),
    ...BETAS,
    ...epsilon,
    amsgrad: keyword(aBoolean, false),
    ...BASE,
  }),
  Nadam: signature("Nadam", { ...learningRate(0.001), ...BETAS, ...epsilon, ...BASE }),
  Adagrad: signature("Adagrad", {
    ...learningRate(0.001),
    initialAccumulatorValue: keyword(aNumber, 0.1),
    ...epsilon,
    ...BASE,
  }),
  Adadelta: signature("Adadelta", { ...learningRate(0.001), rho: keyword(aNumber, 0.95), ...epsilon, ...BASE }),
  Adamax: signature("Adamax", { ...learningRate(0.001), ...BETAS, ...epsilon, ...BASE }),
};

/** Options that all optimizers have. */
export interface OptimizerOptions {
  /** Learning rate. Default 0.001; of SGD 0.01. */
  readonly learningRate?: number | undefined;
  /** Each gradient's norm is at most this. Default: no limit. */
  readonly clipnorm?: number | null | undefined;
  /** Each element of a gradient is at most this. Default: no limit. */
  readonly clipvalue?: number | null | undefined;
  /** The norm of all gradients together is at most this. Default: no limit. */
  readonly globalClipnorm?: number | null | undefined;
}

/** What {@link Optimizer} reads of the options. */
interface Clipping {
  readonly learningRate: number;
  readonly clipnorm: number | null;
  readonly clipvalue: number | null;
  readonly globalClipnorm: number | null;
}

/**
 * Base class of Keras's optimizers: made without parameters, which the model brings.
 *
 * @example
 * const model = new keras.Sequential([keras.layers.Dense(1, { inputShape: [1] })]);
 * model.compile({ optimizer: "adam", loss: "mse" });
 * model.optimizer instanceof keras.optimizers.Optimizer; // true
 * model.optimizer.learningRate = 0.01;
 */
export abstract class Optimizer {
  private rate: number;
  private readonly clipping: Clipping;
  private bound: AnyOptimizer | null = null;

  constructor(given: Clipping) {
    this.rate = given.learningRate;
    this.clipping = given;
  }

  /** Makes the optimizer over the parameters. */
  protected abstract make(params: Tensor[], lr: number): AnyOptimizer;

  /** Begins with new parameters. */
  bind(params: Tensor[]): AnyOptimizer {
    this.bound = this.make(params, this.rate);
    return this.bound;
  }

  /** The learning rate, which may be changed at any time. */
  get learningRate(): number {
    return this.bound?.paramGroups[0]?.lr ?? this.rate;
  }
  set learningRate(value: number) {
    if (!(value >= 0))
      throw new ValueError(`[optimizer] the learning rate must be at least 0, but got ${describeValue(value)}`);
    this.rate = value;
    for (const group of this.bound?.paramGroups ?? []) group.lr = value;
  }

  /** What comes before a step, and depends on what happened since the last: the learning rate may be another. */
  prepare(): void {
    if (this.bound !== null && hasVelocity(this.bound)) this.bound.keepVelocity();
  }

  /** Clips the gradients as the options ask for. */
  clip(params: readonly Tensor[]): void {
    const { clipnorm, clipvalue, globalClipnorm } = this.clipping;
    if (clipnorm !== null) for (const param of params) clipGradNorm_([param], clipnorm);
    if (globalClipnorm !== null) clipGradNorm_([...params], globalClipnorm);
    if (clipvalue !== null) clipGradValue_([...params], clipvalue);
  }
}

/** Options of {@link SGD}. */
export interface SGDOptions extends OptimizerOptions {
  /** Momentum factor. Default 0. */
  readonly momentum?: number | undefined;
  /** Whether to apply Nesterov momentum. Default false. */
  readonly nesterov?: boolean | undefined;
}

/** An optimizer with momentum. */
interface HasVelocity {
  keepVelocity(): void;
}

function hasVelocity(optimizer: object): optimizer is HasVelocity {
  return "keepVelocity" in optimizer;
}

/** The momentum buffer of a parameter, if it has one. */
interface HasMomentum {
  momentumBuffer?: Tensor | null;
}

/**
 * Keras's velocity holds the learning rates of its time: m ← momentum · m − lr · g. The buffers here do not, so they are
 * scaled when the rate changes.
 */
class Velocity {
  #lastRate: number | undefined;

  /** Scales the buffers, before a step with a learning rate. */
  follow(states: Iterable<HasMomentum>, rate: number): void {
    const before = this.#lastRate;
    this.#lastRate = rate;
    if (before === undefined || before === rate || rate === 0) return;
    noGrad(() => {
      for (const { momentumBuffer } of states) momentumBuffer?.mul_(before / rate);
    });
  }
}

class KerasSGD extends BaseSGD {
  private readonly velocity = new Velocity();

  keepVelocity(): void {
    this.velocity.follow(this.state.values(), this.paramGroups[0]?.lr ?? 0);
  }
  protected override update(param: Tensor, grad: Tensor, state: SGDState, group: ParamGroup<BaseSGDOptions>): void {
    this.keepVelocity();
    super.update(param, grad, state, group);
  }
}

export class SGD extends Optimizer {
  private readonly given: ReturnType<typeof SIGNATURES.SGD.read>;

  constructor(options?: SGDOptions) {
    const given = SIGNATURES.SGD.read([options]);
    super(given);
    this.given = given;
  }
  protected override make(params: Tensor[], lr: number): AnyOptimizer {
    const { momentum, nesterov } = this.given;
    return new KerasSGD(params, { lr, momentum, nesterov: nesterov && momentum > 0 });
  }
}

/** Options of {@link RMSprop}. */
export interface RMSpropOptions extends OptimizerOptions {
  /** Smoothing constant of the running average of g². Default 0.9. */
  readonly rho?: number | undefined;
  /** Momentum factor. Default 0. */
  readonly momentum?: number | undefined;
  /** Value added to the average, under the root. Default 1e-7. */
  readonly epsilon?: number | undefined;
  /** Normalize by an estimate of the variance. Default false. */
  readonly centered?: boolean | undefined;
}

/**
 * p ← p − lr · g / √(v + epsilon), on a fused step that has no epsilon under the root: before each step the average holds
 * epsilon / rho more than Keras's, of which the step leaves epsilon.
 */
class KerasRMSprop extends BaseRMSprop {
  private readonly epsilon: number;
  private readonly velocity = new Velocity();

  constructor(params: Tensor[], epsilon: number, options: Partial<BaseRMSpropOptions>) {
    super(params, { ...options, eps: options.alpha === 0 ? Math.sqrt(epsilon) : 0 });
    this.epsilon = epsilon;
  }
  keepVelocity(): void {
    this.velocity.follow(this.state.values(), this.paramGroups[0]?.lr ?? 0);
  }
  protected override makeState(param: Tensor): RMSpropState {
    const state = super.makeState(param);
    const { alpha } = this.defaults;
    if (alpha > 0) state.squareAvg.fill_(this.epsilon / alpha);
    return state;
  }
  protected override update(
    param: Tensor,
    grad: Tensor,
    state: RMSpropState,
    group: ParamGroup<BaseRMSpropOptions>,
  ): void {
    this.keepVelocity();
    super.update(param, grad, state, group);
    if (group.alpha > 0) state.squareAvg.add_(this.epsilon * (1 / group.alpha - 1));
  }
}

export class RMSprop extends Optimizer {
  private readonly given: ReturnType<typeof SIGNATURES.RMSprop.read>;

  constructor(options?: RMSpropOptions) {
    const given = SIGNATURES.RMSprop.read([options]);
    super(given);
    this.given = given;
  }
  protected override make(params: Tensor[], lr: number): AnyOptimizer {
    const { rho, momentum, epsilon, centered } = this.given;
    return new KerasRMSprop(params, epsilon, { lr, alpha: rho, momentum, centered });
  }
}

/** Options of {@link Adam}, {@link Nadam} and {@link Adamax}. */
export interface MomentOptions extends OptimizerOptions {
  /** Coefficient of the running average of the gradient. Default 0.9. */
  readonly beta1?: number | undefined;
  /** Coefficient of the running average of its square. Default 0.999. */
  readonly beta2?: number | undefined;
  /** Value added to the denominator for numerical stability. Default 1e-7. */
  readonly epsilon?: number | undefined;
}

/** Options of {@link Adam}. */
export interface AdamOptions extends MomentOptions {
  /** Whether to use the AMSGrad variant. Default false. */
  readonly amsgrad?: boolean | undefined;
}

/** Keras adds epsilon to the root before its bias is corrected. */
function epsilonHat(step: number, { eps, betas }: Readonly<BaseAdamOptions>): number {
  return eps / Math.sqrt(1 - betas[1] ** step);
}

class KerasAdam extends BaseAdam {
  protected override epsilonOf(step: number, group: Readonly<BaseAdamOptions>): number {
    return epsilonHat(step, group);
  }
}

class KerasAdamW extends BaseAdamW {
  protected override epsilonOf(step: number, group: Readonly<BaseAdamOptions>): number {
    return epsilonHat(step, group);
  }
}

export class Adam extends Optimizer {
  private readonly given: ReturnType<typeof SIGNATURES.Adam.read>;

  constructor(options?: AdamOptions) {
    const given = SIGNATURES.Adam.read([options]);
    super(given);
    this.given = given;
  }
  protected override make(params: Tensor[], lr: number): AnyOptimizer {
    const { beta1, beta2, epsilon, amsgrad } = this.given;
    return new KerasAdam(params, { lr, betas: [beta1, beta2], eps: epsilon, amsgrad });
  }
}

/** Options of {@link AdamW}. */
export interface AdamWOptions extends AdamOptions {
  /** Decoupled weight decay. Default 0.004. */
  readonly weightDecay?: number | undefined;
}

export class AdamW extends Optimizer {
  private readonly given: ReturnType<typeof SIGNATURES.AdamW.read>;

  constructor(options?: AdamWOptions) {
    const given = SIGNATURES.AdamW.read([options]);
    super(given);
    this.given = given;
  }
  protected override make(params: Tensor[], lr: number): AnyOptimizer {
    const { beta1, beta2, epsilon, amsgrad, weightDecay } = this.given;
    return new KerasAdamW(params, { lr, betas: [beta1, beta2], eps: epsilon, amsgrad, weightDecay });
  }
}

/** Numbers of a step as tensors of one element, of the parameter's dtype. */
function scalars<N extends readonly number[]>(
  optimizer: object,
  param: Tensor,
  state: object,
  group: object,
  make: () => readonly [...N],
): { readonly [K in keyof N]: Tensor } {
  const numbers = stepNumbers(optimizer, state, group, () => {
    const made = make();
    return param.dtype === "float64" ? Float64Array.from(made) : Float32Array.from(made);
  });
  return fromTypedArray(param.dtype, numbers, [numbers.length], param.device).unbind() as {
    [K in keyof N]: Tensor;
  };
}

/** Options of a group of {@link KerasNadam} and {@link KerasAdamax}. */
interface MomentGroup {
  lr: number;
  beta1: number;
  beta2: number;
  epsilon: number;
}

/** State of {@link KerasNadam} for one parameter. */
interface NadamState {
  step: number;
  /** Product of all momentum coefficients so far. */
  product: number;
  expAvg: Tensor;
  expAvgSq: Tensor;
}

/** p ← p − lr · m̂ / (√v̂ + epsilon), where m̂ looks one step ahead. */
class KerasNadam extends BaseOptimizer<MomentGroup, NadamState> {
  protected override makeState(param: Tensor): NadamState {
    return { step: 0, product: 1, expAvg: param.newZeros(param.shape), expAvgSq: param.newZeros(param.shape) };
  }
  protected override update(param: Tensor, grad: Tensor, state: NadamState, group: ParamGroup<MomentGroup>): void {
    const [keep1, add1, keep2, add2, look, add, correction, epsilon, lr] = scalars(this, param, state, group, () => {
      const { beta1, beta2 } = group;
      const step = ++state.step;
      const momentum = (t: number): number => beta1 * (1 - 0.5 * 0.96 ** t);
      const [now, next] = [momentum(step), momentum(step + 1)];
      state.product *= now;
      const [ahead, here] = [next / (1 - state.product * next), (1 - now) / (1 - state.product)];
      return [beta1, 1 - beta1, beta2, 1 - beta2, ahead, here, 1 - beta2 ** step, group.epsilon, group.lr];
    });
    state.expAvg.mul_(keep1).add_(grad.mul(add1));
    state.expAvgSq.mul_(keep2).add_(grad.square().mul_(add2));
    const ahead = state.expAvg.mul(look).add_(grad.mul(add));
    const root = state.expAvgSq.div(correction).sqrt().add_(epsilon);
    param.sub_(ahead.div(root).mul_(lr));
  }
}

export class Nadam extends Optimizer {
  private readonly given: ReturnType<typeof SIGNATURES.Nadam.read>;

  constructor(options?: MomentOptions) {
    const given = SIGNATURES.Nadam.read([options]);
    super(given);
    this.given = given;
  }
  protected override make(params: Tensor[], lr: number): AnyOptimizer {
    const { beta1, beta2, epsilon } = this.given;
    return new KerasNadam(params, { lr, beta1, beta2, epsilon }, {});
  }
}

/** Options of {@link Adagrad}. */
export interface AdagradOptions extends OptimizerOptions {
  /** What the sums of squared gradients begin with. Default 0.1. */
  readonly initialAccumulatorValue?: number | undefined;
  /** Value added to the sum, under the root. Default 1e-7. */
  readonly epsilon?: number | undefined;
}

export class Adagrad extends Optimizer {
  private readonly given: ReturnType<typeof SIGNATURES.Adagrad.read>;

  constructor(options?: AdagradOptions) {
    const given = SIGNATURES.Adagrad.read([options]);
    super(given);
    this.given = given;
  }
  protected override make(params: Tensor[], lr: number): AnyOptimizer {
    const { initialAccumulatorValue, epsilon } = this.given;
    // A sum never shrinks, so epsilon under the root may as well be there from the start.
    return new BaseAdagrad(params, { lr, initialAccumulatorValue: initialAccumulatorValue + epsilon, eps: 0 });
  }
}

/** Options of {@link Adadelta}. */
export interface AdadeltaOptions extends OptimizerOptions {
  /** Smoothing constant of the running averages. Default 0.95. */
  readonly rho?: number | undefined;
  /** Value added under the roots. Default 1e-7. */
  readonly epsilon?: number | undefined;
}

export class Adadelta extends Optimizer {
  private readonly given: ReturnType<typeof SIGNATURES.Adadelta.read>;

  constructor(options?: AdadeltaOptions) {
    const given = SIGNATURES.Adadelta.read([options]);
    super(given);
    this.given = given;
  }
  protected override make(params: Tensor[], lr: number): AnyOptimizer {
    return new BaseAdadelta(params, { lr, rho: this.given.rho, eps: this.given.epsilon });
  }
}

/** State of {@link KerasAdamax} for one parameter. */
interface AdamaxState {
  step: number;
  expAvg: Tensor;
  expInf: Tensor;
}

/** p ← p − lr / (1 − β₁ᵗ) · m / (u + epsilon), with u ← max(β₂ · u, |g|). */
class KerasAdamax extends BaseOptimizer<MomentGroup, AdamaxState> {
  protected override makeState(param: Tensor): AdamaxState {
    return { step: 0, expAvg: param.newZeros(param.shape), expInf: param.newZeros(param.shape) };
  }
  protected override update(param: Tensor, grad: Tensor, state: AdamaxState, group: ParamGroup<MomentGroup>): void {
    const [keep, add, decay, epsilon, rate] = scalars(this, param, state, group, () => {
      const { beta1, beta2, lr } = group;
      return [beta1, 1 - beta1, beta2, group.epsilon, lr / (1 - beta1 ** ++state.step)];
    });
    state.expAvg.mul_(keep).add_(grad.mul(add));
    state.expInf.copy_(state.expInf.mul(decay).maximum(grad.abs()));
    param.sub_(state.expAvg.div(state.expInf.add(epsilon)).mul(rate));
  }
}

export class Adamax extends Optimizer {
  private readonly given: ReturnType<typeof SIGNATURES.Adamax.read>;

  constructor(options?: MomentOptions) {
    const given = SIGNATURES.Adamax.read([options]);
    super(given);
    this.given = given;
  }
  protected override make(params: Tensor[], lr: number): AnyOptimizer {
    const { beta1, beta2, epsilon } = this.given;
    return new KerasAdamax(params, { lr, beta1, beta2, epsilon }, {});
  }
}

const OPTIMIZERS = {
  sgd: () => new SGD(),
  rmsprop: () => new RMSprop(),
  adam: () => new Adam(),
  adamw: () => new AdamW(),
  nadam: () => new Nadam(),
  adagrad: () => new Adagrad(),
  adadelta: () => new Adadelta(),
  adamax: () => new Adamax(),
};

/** The names of Keras's optimizers. */
export type OptimizerName = keyof typeof OPTIMIZERS;

/** An optimizer of `tapegrad/optim`, or a function that makes one. */
class Foreign extends Optimizer {
  private readonly given: AnyOptimizer | ((params: Tensor[]) => AnyOptimizer);

  constructor(given: AnyOptimizer | ((params: Tensor[]) => AnyOptimizer)) {
    const rate = typeof given === "function" ? 0 : (given.paramGroups[0]?.lr ?? 0);
    super({ learningRate: rate, clipnorm: null, clipvalue: null, globalClipnorm: null });
    this.given = given;
  }
  protected override make(params: Tensor[]): AnyOptimizer {
    if (typeof this.given === "function") return this.given(params);
    const own = new Set<Tensor>(params);
    const strangers = this.given.paramGroups.flatMap((group) => group.params).every((param) => !own.has(param));
    if (!strangers) return this.given;
    throw new ValueError(
      "[compile] the optimizer holds none of the model's parameters. Pass (params) => new optim.Adam(params), or model.module.parameters() of a model that is built.",
    );
  }
}

/** The optimizer that `compile` was given. */
export function optimizerOf(optimizer: OptimizerLike): Optimizer {
  if (optimizer instanceof Optimizer) return optimizer;
  if (optimizer instanceof BaseOptimizer || typeof optimizer === "function")
    return new Foreign(optimizer as AnyOptimizer);
  const name = typeof optimizer === "string" ? optimizer.toLowerCase() : optimizer;
  return lookUp<() => Optimizer>("compile", "optimizer", OPTIMIZERS, name)();
}
