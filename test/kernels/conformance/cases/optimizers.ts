/** @file Optimizer updates: several steps against PyTorch, and awkward sizes and places. */
import type { Backend, DType, NDArray } from "../../../../kernels/backend.ts";
import { OPTIMIZER_NAMES, type OptimizerName } from "../../../../kernels/optimizer-steps.ts";
import { type Case, defineCase, type Group, type Tolerance } from "../check.ts";
import { goldens } from "../goldens.ts";
import { FLOATS, type HostArray, hostArray } from "../host-array.ts";
import { input, type Layout } from "../layouts.ts";

type Golden = (typeof goldens.optimizers)[number];

/** What one step needs beside the parameter and its gradient, in the order of the backend's arguments. */
interface Kind {
  readonly method: OptimizerName;
  /** PyTorch's names of the states; a state that PyTorch does not have is passed as null. */
  readonly states: readonly string[];
  step(
    k: Backend,
    golden: Golden,
    step: number,
    param: NDArray,
    grad: NDArray,
    states: readonly (NDArray | null)[],
  ): void;
}

const number = (golden: Golden, name: string): number => Number(golden.options[name] ?? 0);
const flag = (golden: Golden, name: string): boolean => golden.options[name] === true;

function common(golden: Golden) {
  return {
    lr: number(golden, "lr"),
    weightDecay: number(golden, "weight_decay"),
    maximize: flag(golden, "maximize"),
  };
}

function needed(state: NDArray | null | undefined): NDArray {
  if (!state) throw new Error("PyTorch's state is missing");
  return state;
}

const sgd: Kind = {
  method: "sgd",
  states: ["momentum_buffer"],
  step: (k, golden, step, param, grad, [buffer]) =>
    k.optimizerStep(
      "sgd",
      param,
      grad,
      { momentumBuffer: buffer ?? null },
      {
        ...common(golden),
        momentum: number(golden, "momentum"),
        dampening: number(golden, "dampening"),
        nesterov: flag(golden, "nesterov"),
        first: step === 0,
      },
    ),
};

const rmsprop: Kind = {
  method: "rmsprop",
  states: ["square_avg", "momentum_buffer", "grad_avg"],
  step: (k, golden, _, param, grad, [squareAvg, buffer, gradAvg]) =>
    k.optimizerStep(
      "rmsprop",
      param,
      grad,
      { squareAvg: needed(squareAvg), momentumBuffer: buffer ?? null, gradAvg: gradAvg ?? null },
      {
        ...common(golden),
        alpha: number(golden, "alpha"),
        eps: number(golden, "eps"),
        momentum: number(golden, "momentum"),
      },
    ),
};

const adam: Kind = {
  method: "adam",
  states: ["exp_avg", "exp_avg_sq", "max_exp_avg_sq"],
  step: (k, golden, step, param, grad, [expAvg, expAvgSq, maxExpAvgSq]) => {
    const [beta1 = 0, beta2 = 0] = golden.options.betas as readonly number[];
    k.optimizerStep(
      "adam",
      param,
      grad,
      { expAvg: needed(expAvg), expAvgSq: needed(expAvgSq), maxExpAvgSq: maxExpAvgSq ?? null },
      {
        ...common(golden),
        beta1,
        beta2,
        eps: number(golden, "eps"),
        decoupled: golden.name === "AdamW",
        step: step + 1,
      },
    );
  },
};

const adagrad: Kind = {
  method: "adagrad",
  states: ["sum"],
  step: (k, golden, step, param, grad, [sum]) =>
    k.optimizerStep(
      "adagrad",
      param,
      grad,
      { sum: needed(sum) },
      {
        ...common(golden),
        rate: number(golden, "lr") / (1 + step * number(golden, "lr_decay")),
        eps: number(golden, "eps"),
      },
    ),
};

const adadelta: Kind = {
  method: "adadelta",
  states: ["square_avg", "acc_delta"],
  step: (k, golden, _, param, grad, [squareAvg, accDelta]) =>
    k.optimizerStep(
      "adadelta",
      param,
      grad,
      { squareAvg: needed(squareAvg), accDelta: needed(accDelta) },
      { ...common(golden), rho: number(golden, "rho"), eps: number(golden, "eps") },
    ),
};

function moments(golden: Golden, step: number) {
  const [beta1 = 0, beta2 = 0] = golden.options.betas as readonly number[];
  return { ...common(golden), beta1, beta2, eps: number(golden, "eps"), step: step + 1 };
}

const adamax: Kind = {
  method: "adamax",
  states: ["exp_avg", "exp_inf"],
  step: (k, golden, step, param, grad, [expAvg, expInf]) =>
    k.optimizerStep("adamax", param, grad, { expAvg: needed(expAvg), expInf: needed(expInf) }, moments(golden, step)),
};

/** The rates of a step, from the products of the momenta, which PyTorch has in float32. */
function nadamRates(golden: Golden, step: number): { gradRate: number; momentumRate: number } {
  const { lr, beta1 } = moments(golden, step);
  const mu = (t: number): number => beta1 * (1 - 0.5 * 0.96 ** (t * number(golden, "momentum_decay")));
  const times = (a: number, b: number): number => Math.fround(a * Math.fround(b));
  let product = 1;
  for (let t = 1; t <= step + 1; t++) product = times(product, mu(t));
  const next = mu(step + 2);
  return {
    gradRate: (lr * (1 - mu(step + 1))) / (1 - product),
    momentumRate: (lr * next) / (1 - times(times(product, mu(step + 1)), next)),
  };
}

const nadam: Kind = {
  method: "nadam",
  states: ["exp_avg", "exp_avg_sq"],
  step: (k, golden, step, param, grad, [expAvg, expAvgSq]) =>
    k.optimizerStep(
      "nadam",
      param,
      grad,
      { expAvg: needed(expAvg), expAvgSq: needed(expAvgSq) },
      { ...moments(golden, step), ...nadamRates(golden, step) },
    ),
};

const radam: Kind = {
  method: "radam",
  states: ["exp_avg", "exp_avg_sq"],
  step: (k, golden, step, param, grad, [expAvg, expAvgSq]) =>
    k.optimizerStep(
      "radam",
      param,
      grad,
      { expAvg: needed(expAvg), expAvgSq: needed(expAvgSq) },
      moments(golden, step),
    ),
};

const KINDS = {
  SGD: sgd,
  RMSprop: rmsprop,
  Adam: adam,
  AdamW: adam,
  Adagrad: adagrad,
  Adadelta: adadelta,
  Adamax: adamax,
  NAdam: nadam,
  RAdam: radam,
} satisfies Record<Golden["name"], Kind>;

/** States begin at 0, but SGD's buffer with undefined contents: the first step sets it. */
function firstState(dtype: DType, shape: readonly number[], kind: Kind): HostArray {
  return hostArray(dtype, shape, new Array<number>(shape[0] ?? 0).fill(kind.method === "sgd" ? Number.NaN : 0));
}

function settings(golden: Golden): string {
  const told = Object.entries(golden.options).filter(([, value]) => value !== null && value !== false && value !== 0);
  return `${golden.name} ${told.map(([name, value]) => `${name}=${value}`).join(" ")}`;
}

/** Runs `grads.length` steps, and gives back the parameter and the states that PyTorch has. */
function steps(
  golden: Golden,
  kind: Kind,
  dtype: DType,
  param: HostArray,
  grads: readonly HostArray[],
  layout: Layout,
): Case {
  const last = golden.steps[golden.steps.length - 1];
  const has = kind.states.map((name) => last?.state[name] !== undefined);
  const state = firstState(dtype, param.shape, kind);
  const stateCount = kind.states.length;
  const exact: Tolerance = dtype === "float64" ? { rel: 1e-13, abs: 1e-15 } : { rel: 2e-6, abs: 1e-6 };
  return defineCase({
    name: `${settings(golden)}, ${dtype} [${param.shape}] ${layout}`,
    inputs: [
      input(param, layout),
      ...kind.states.map(() => input(state, layout)),
      ...grads.map((grad) => input(grad, layout)),
    ],
    run: (k, ...arrays: NDArray[]) => {
      const [p, ...rest] = arrays as [NDArray, ...NDArray[]];
      const states = rest.slice(0, stateCount).map((array, i) => (has[i] ? array : null));
      rest.slice(stateCount).forEach((grad, step) => {
        kind.step(k, golden, step, p, grad, states);
      });
      return [p, ...states.filter((s) => s !== null)];
    },
    truth: () => [
      hostArray(dtype, param.shape, last?.param ?? []),
      ...kind.states.flatMap((name) => (last?.state[name] ? [hostArray(dtype, param.shape, last.state[name])] : [])),
    ],
    mutates: [0, ...kind.states.map((_, i) => i + 1)],
    tolerance: { rel: 1e-5, abs: 2e-6 },
    referenceTolerance: exact,
  });
}

const goldenCases = (golden: Golden): Case[] =>
  FLOATS.flatMap((dtype) =>
    (["dense", "offset"] as const).map((layout) => {
      const shape = [golden.param.length];
      const grads = golden.steps.map(({ grad }) => hostArray(dtype, shape, grad));
      return steps(golden, KINDS[golden.name], dtype, hostArray(dtype, shape, golden.param), grads, layout);
    }),
  );

/** A golden made longer by repeating PyTorch's numbers: every element is on its own, so the truth is repeated as well. */
function repeated(golden: Golden, n: number): Golden {
  const repeat = (x: readonly number[]) => Array.from({ length: n }, (_, i) => x[i % x.length] ?? 0);
  return {
    ...golden,
    param: repeat(golden.param),
    steps: golden.steps.map((step) => ({
      grad: repeat(step.grad),
      param: repeat(step.param),
      state: Object.fromEntries(Object.entries(step.state).map(([name, x]) => [name, repeat(x)])),
    })),
  };
}

function groupsOf(method: Kind["method"]): Group[] {
  const own = goldens.optimizers.filter((golden) => KINDS[golden.name].method === method);
  return own.map((golden) => ({
    name: settings(golden),
    cases: [golden, ...[0, 1, 3, 4, 7, 33, 1027].map((n) => repeated(golden, n))].flatMap(goldenCases),
  }));
}

export const optimizers = { optimizerStep: OPTIMIZER_NAMES.flatMap(groupsOf) };
