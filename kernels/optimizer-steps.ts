/**
 * @file Fused optimizer steps: what each is given, the scalars that its kernels take, and its loop.
 *
 * A step updates a parameter and its state in place, in one pass and in PyTorch's order of operations. One row here
 * declares it for every device: `name` in {@link OptimizerSteps} and {@link OPTIMIZER_STEPS}, the kernels `nameStep` in
 * `cpu/assembly/vector/optimizers.ts`, and its passes in `gpu/sources/optimizers.ts`.
 */
import type { NDArray, TypedArray } from "./backend.ts";

export interface SgdOptions {
  readonly lr: number;
  readonly momentum: number;
  readonly dampening: number;
  readonly weightDecay: number;
  readonly nesterov: boolean;
  readonly maximize: boolean;
  /** True at the step that makes the momentum buffer: it is set to the gradient, without dampening. */
  readonly first: boolean;
}

export interface RmspropOptions {
  readonly lr: number;
  readonly alpha: number;
  readonly eps: number;
  readonly weightDecay: number;
  readonly momentum: number;
  readonly maximize: boolean;
}

export interface AdamOptions {
  readonly lr: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;
  readonly weightDecay: number;
  /** AdamW: the decay is applied to the parameter (`p *= 1 − lr·weightDecay`) and not to the gradient. */
  readonly decoupled: boolean;
  /** Number of this step, from 1, for the bias corrections 1 − βᵗ. */
  readonly step: number;
  readonly maximize: boolean;
}

export interface AdagradOptions {
  /** Learning rate of this step. */
  readonly rate: number;
  readonly eps: number;
  readonly weightDecay: number;
  readonly maximize: boolean;
}

export interface AdadeltaOptions {
  readonly lr: number;
  readonly rho: number;
  readonly eps: number;
  readonly weightDecay: number;
  readonly maximize: boolean;
}

/** What the kinds of Adam have in common. */
interface MomentOptions {
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;
  readonly weightDecay: number;
  /** Number of this step, from 1, for the bias corrections 1 − βᵗ. */
  readonly step: number;
}

export interface AdamaxOptions extends MomentOptions {
  readonly lr: number;
  readonly maximize: boolean;
}

export interface NAdamOptions extends MomentOptions {
  /** The learning rates of the gradient and of its running average. */
  readonly gradRate: number;
  readonly momentumRate: number;
}

export interface RAdamOptions extends MomentOptions {
  readonly lr: number;
}

/**
 * For each step its state arrays (null where the options do without one), its options, and the names of its scalars.
 * Arrays are contiguous, of the parameter's shape and floating dtype.
 */
export interface OptimizerSteps {
  sgd: {
    state: { readonly momentumBuffer: NDArray | null };
    options: SgdOptions;
    scalars: "lr" | "momentum" | "blend" | "weightDecay" | "sign" | "nesterov" | "first";
  };
  rmsprop: {
    state: { readonly squareAvg: NDArray; readonly momentumBuffer: NDArray | null; readonly gradAvg: NDArray | null };
    options: RmspropOptions;
    scalars: "lr" | "alpha" | "rest" | "eps" | "weightDecay" | "momentum" | "sign";
  };
  adam: {
    state: { readonly expAvg: NDArray; readonly expAvgSq: NDArray; readonly maxExpAvgSq: NDArray | null };
    options: AdamOptions;
    scalars: "stepSize" | Moments | "correction" | "eps" | "weightDecay" | "shrink" | "sign";
  };
  adagrad: {
    state: { readonly sum: NDArray };
    options: AdagradOptions;
    scalars: "rate" | "eps" | "weightDecay" | "sign";
  };
  adadelta: {
    state: { readonly squareAvg: NDArray; readonly accDelta: NDArray };
    options: AdadeltaOptions;
    scalars: "lr" | "rho" | "rest" | "eps" | "weightDecay" | "sign";
  };
  adamax: {
    state: { readonly expAvg: NDArray; readonly expInf: NDArray };
    options: AdamaxOptions;
    scalars: "stepSize" | "beta1" | "rest1" | "beta2" | "eps" | "weightDecay" | "sign";
  };
  nadam: {
    state: { readonly expAvg: NDArray; readonly expAvgSq: NDArray };
    options: NAdamOptions;
    scalars: "gradRate" | "momentumRate" | Moments | "correction" | "eps" | "weightDecay" | "sign";
  };
  radam: {
    state: { readonly expAvg: NDArray; readonly expAvgSq: NDArray };
    options: RAdamOptions;
    scalars: "rate" | "rectified" | Moments | "eps" | "weightDecay" | "sign";
  };
}

type Moments = "beta1" | "rest1" | "beta2" | "rest2";

export type OptimizerName = keyof OptimizerSteps;
export type OptimizerState<K extends OptimizerName> = OptimizerSteps[K]["state"];
export type OptimizerOptions<K extends OptimizerName> = OptimizerSteps[K]["options"];
export type StateName<K extends OptimizerName> = keyof OptimizerState<K> & string;
export type OptimizerScalars<K extends OptimizerName> = Readonly<Record<OptimizerSteps[K]["scalars"], number>>;

/** A contiguous array on the host: `data` from `offset`. */
export interface Span {
  readonly data: TypedArray;
  readonly offset: number;
}

/** The state of a step on the host. */
export type StateSpans<K extends OptimizerName> = {
  readonly [S in keyof OptimizerState<K>]: null extends OptimizerState<K>[S] ? Span | null : Span;
};

export interface OptimizerStep<K extends OptimizerName> {
  /** The state arrays in the order in which the CPU's kernel takes their addresses. */
  readonly state: readonly StateName<K>[];
  /** The scalars in the order in which the CPU's kernel takes them, computed once per step and in double precision. */
  scalars(options: OptimizerOptions<K>): OptimizerScalars<K>;
  /**
   * The step over n elements as a plain loop. Every state is rounded to its dtype before it is used, which is why it is
   * read back from its array.
   */
  loop(n: number, param: Span, grad: Span, state: StateSpans<K>, scalars: OptimizerScalars<K>): void;
}

export const OPTIMIZER_STEPS: { readonly [K in OptimizerName]: OptimizerStep<K> } = {
  /** Stochastic gradient descent, with momentum if there is a buffer. */
  sgd: {
    state: ["momentumBuffer"],
    scalars: ({ lr, momentum, dampening, weightDecay, maximize, nesterov, first }) => ({
      lr,
      momentum,
      blend: 1 - dampening,
      weightDecay,
      sign: signOf(maximize),
      nesterov: Number(nesterov),
      first: Number(first),
    }),
    loop(n, param, grad, { momentumBuffer: buffer }, { lr, momentum, blend, weightDecay, sign, nesterov, first }) {
      for (let i = 0; i < n; i++) {
        const p = param.data[param.offset + i]!;
        let g = effective(grad.data[grad.offset + i]!, p, sign, weightDecay);
        if (buffer) {
          const at = buffer.offset + i;
          buffer.data[at] = first ? g : momentum * buffer.data[at]! + blend * g;
          g = nesterov ? g + momentum * buffer.data[at]! : buffer.data[at]!;
        }
        param.data[param.offset + i] = p - lr * g;
      }
    },
  },
  /** RMSprop: centered if there is `gradAvg`, with momentum if there is a buffer. */
  rmsprop: {
    state: ["squareAvg", "momentumBuffer", "gradAvg"],
    scalars: ({ lr, alpha, eps, weightDecay, momentum, maximize }) => ({
      lr,
      alpha,
      rest: 1 - alpha,
      eps,
      weightDecay,
      momentum,
      sign: signOf(maximize),
    }),
    loop(n, param, grad, state, { lr, alpha, rest, eps, weightDecay, momentum, sign }) {
      const { squareAvg, momentumBuffer: buffer, gradAvg } = state;
      for (let i = 0; i < n; i++) {
        const p = param.data[param.offset + i]!;
        const g = effective(grad.data[grad.offset + i]!, p, sign, weightDecay);
        const s = squareAvg.offset + i;
        squareAvg.data[s] = alpha * squareAvg.data[s]! + rest * g * g;
        let variance = squareAvg.data[s]!;
        if (gradAvg) {
          const a = gradAvg.offset + i;
          gradAvg.data[a] = alpha * gradAvg.data[a]! + rest * g;
          variance -= gradAvg.data[a]! * gradAvg.data[a]!;
        }
        let step = g / (Math.sqrt(variance) + eps);
        if (buffer) {
          const b = buffer.offset + i;
          buffer.data[b] = momentum * buffer.data[b]! + step;
          step = buffer.data[b]!;
        }
        param.data[param.offset + i] = p - lr * step;
      }
    },
  },
  /** Adam; AMSGrad if there is `maxExpAvgSq`, AdamW if the decay is decoupled. */
  adam: {
    state: ["expAvg", "expAvgSq", "maxExpAvgSq"],
    scalars: ({ lr, beta1, beta2, eps, weightDecay, decoupled, step, maximize }) => ({
      stepSize: lr / (1 - beta1 ** step),
      beta1,
      rest1: 1 - beta1,
      beta2,
      rest2: 1 - beta2,
      correction: Math.sqrt(1 - beta2 ** step),
      eps,
      weightDecay: decoupled ? 0 : weightDecay,
      shrink: decoupled ? 1 - lr * weightDecay : 1,
      sign: signOf(maximize),
    }),
    loop(n, param, grad, { expAvg, expAvgSq, maxExpAvgSq }, scalars) {
      const { stepSize, beta1, rest1, beta2, rest2, correction, eps, weightDecay, shrink, sign } = scalars;
      for (let i = 0; i < n; i++) {
        const p = param.data[param.offset + i]! * shrink;
        const g = effective(grad.data[grad.offset + i]!, p, sign, weightDecay);
        const a = expAvg.offset + i;
        const s = expAvgSq.offset + i;
        expAvg.data[a] = beta1 * expAvg.data[a]! + rest1 * g;
        expAvgSq.data[s] = beta2 * expAvgSq.data[s]! + rest2 * g * g;
        let square = expAvgSq.data[s]!;
        if (maxExpAvgSq) {
          const m = maxExpAvgSq.offset + i;
          maxExpAvgSq.data[m] = Math.max(maxExpAvgSq.data[m]!, square);
          square = maxExpAvgSq.data[m]!;
        }
        param.data[param.offset + i] = p - (stepSize * expAvg.data[a]!) / (Math.sqrt(square) / correction + eps);
      }
    },
  },
  /** Adagrad. */
  adagrad: {
    state: ["sum"],
    scalars: ({ rate, eps, weightDecay, maximize }) => ({ rate, eps, weightDecay, sign: signOf(maximize) }),
    loop(n, param, grad, { sum }, { rate, eps, weightDecay, sign }) {
      for (let i = 0; i < n; i++) {
        const p = param.data[param.offset + i]!;
        const g = effective(grad.data[grad.offset + i]!, p, sign, weightDecay);
        const s = sum.offset + i;
        sum.data[s] = sum.data[s]! + g * g;
        param.data[param.offset + i] = p - (rate * g) / (Math.sqrt(sum.data[s]!) + eps);
      }
    },
  },
  /** Adadelta. */
  adadelta: {
    state: ["squareAvg", "accDelta"],
    scalars: ({ lr, rho, eps, weightDecay, maximize }) => ({
      lr,
      rho,
      rest: 1 - rho,
      eps,
      weightDecay,
      sign: signOf(maximize),
    }),
    loop(n, param, grad, { squareAvg, accDelta }, { lr, rho, rest, eps, weightDecay, sign }) {
      for (let i = 0; i < n; i++) {
        const p = param.data[param.offset + i]!;
        const g = effective(grad.data[grad.offset + i]!, p, sign, weightDecay);
        const [s, d] = [squareAvg.offset + i, accDelta.offset + i];
        squareAvg.data[s] = rho * squareAvg.data[s]! + rest * g * g;
        const delta = (Math.sqrt(accDelta.data[d]! + eps) / Math.sqrt(squareAvg.data[s]! + eps)) * g;
        accDelta.data[d] = rho * accDelta.data[d]! + rest * delta * delta;
        param.data[param.offset + i] = p - lr * delta;
      }
    },
  },
  /** Adamax. */
  adamax: {
    state: ["expAvg", "expInf"],
    scalars: ({ lr, beta1, beta2, eps, weightDecay, step, maximize }) => ({
      stepSize: lr / (1 - beta1 ** step),
      beta1,
      rest1: 1 - beta1,
      beta2,
      eps,
      weightDecay,
      sign: signOf(maximize),
    }),
    loop(n, param, grad, { expAvg, expInf }, { stepSize, beta1, rest1, beta2, eps, weightDecay, sign }) {
      for (let i = 0; i < n; i++) {
        const p = param.data[param.offset + i]!;
        const g = effective(grad.data[grad.offset + i]!, p, sign, weightDecay);
        const [a, u] = [expAvg.offset + i, expInf.offset + i];
        expAvg.data[a] = beta1 * expAvg.data[a]! + rest1 * g;
        expInf.data[u] = Math.max(beta2 * expInf.data[u]!, Math.abs(g) + eps);
        param.data[param.offset + i] = p - (stepSize * expAvg.data[a]!) / expInf.data[u]!;
      }
    },
  },
  /** NAdam. */
  nadam: {
    state: ["expAvg", "expAvgSq"],
    scalars: ({ gradRate, momentumRate, eps, weightDecay, ...moments }) => ({
      gradRate,
      momentumRate,
      ...momentScalars(moments),
      correction: 1 - moments.beta2 ** moments.step,
      eps,
      weightDecay,
      sign: 1,
    }),
    loop(n, param, grad, { expAvg, expAvgSq }, scalars) {
      const { gradRate, momentumRate, beta1, rest1, beta2, rest2, correction, eps, weightDecay, sign } = scalars;
      for (let i = 0; i < n; i++) {
        const p = param.data[param.offset + i]!;
        const g = effective(grad.data[grad.offset + i]!, p, sign, weightDecay);
        const [a, s] = [expAvg.offset + i, expAvgSq.offset + i];
        expAvg.data[a] = beta1 * expAvg.data[a]! + rest1 * g;
        expAvgSq.data[s] = beta2 * expAvgSq.data[s]! + rest2 * g * g;
        const root = Math.sqrt(expAvgSq.data[s]! / correction) + eps;
        param.data[param.offset + i] = p - (gradRate * g) / root - (momentumRate * expAvg.data[a]!) / root;
      }
    },
  },
  /** RAdam: the adaptive rate is used where `rectified`, its factor, is not 0. */
  radam: {
    state: ["expAvg", "expAvgSq"],
    scalars({ lr, eps, weightDecay, ...moments }) {
      const { beta1, beta2, step } = moments;
      const correction2 = 1 - beta2 ** step;
      const maxLength = 2 / (1 - beta2) - 1;
      const length = maxLength - (2 * step * beta2 ** step) / correction2;
      const rectification = ((length - 4) * (length - 2) * maxLength) / ((maxLength - 4) * (maxLength - 2) * length);
      return {
        rate: lr / (1 - beta1 ** step),
        rectified: length > 5 ? Math.sqrt(rectification * correction2) : 0,
        ...momentScalars(moments),
        eps,
        weightDecay,
        sign: 1,
      };
    },
    loop(n, param, grad, { expAvg, expAvgSq }, scalars) {
      const { rate, rectified, beta1, rest1, beta2, rest2, eps, weightDecay, sign } = scalars;
      for (let i = 0; i < n; i++) {
        const p = param.data[param.offset + i]!;
        const g = effective(grad.data[grad.offset + i]!, p, sign, weightDecay);
        const [a, s] = [expAvg.offset + i, expAvgSq.offset + i];
        expAvg.data[a] = beta1 * expAvg.data[a]! + rest1 * g;
        expAvgSq.data[s] = beta2 * expAvgSq.data[s]! + rest2 * g * g;
        const adaptive = rectified === 0 ? 1 : rectified / (Math.sqrt(expAvgSq.data[s]!) + eps);
        param.data[param.offset + i] = p - rate * expAvg.data[a]! * adaptive;
      }
    },
  },
};

export const OPTIMIZER_NAMES = Object.keys(OPTIMIZER_STEPS) as OptimizerName[];

/** The factor of the gradient. */
function signOf(maximize: boolean): number {
  return maximize ? -1 : 1;
}

/** The gradient as the update sees it. */
function effective(grad: number, param: number, sign: number, weightDecay: number): number {
  const g = sign * grad;
  return weightDecay === 0 ? g : g + weightDecay * param;
}

function momentScalars({ beta1, beta2 }: { readonly beta1: number; readonly beta2: number }): Record<Moments, number> {
  return { beta1, rest1: 1 - beta1, beta2, rest2: 1 - beta2 };
}
