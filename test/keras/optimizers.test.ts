/** @file Keras's optimizers against its formulas in float64. */
import { optim, tensor } from "tapegrad";
import * as keras from "tapegrad/keras";
import { describe, expect, test } from "vitest";
import "../../src/entry/testing.ts";

const { optimizers } = keras;

/** Gradients of five steps, among them 0 and one that is close to epsilon. */
const GRADS: readonly (readonly number[])[] = [
  [1, -2, 1e-4, 0],
  [0.5, 3, 2e-4, 0],
  [-1, 0.1, -1e-4, 0],
  [0.2, -0.3, 3e-4, 1e-3],
  [2, 1, 0, 0],
];
const START = [1, -1, 0.5, 2];
/** The learning rate changes after the third step. */
const RATES = [0.1, 0.1, 0.1, 0.05, 0.05];

/** One weight's path: a function that makes the update of step t (from 1) from the gradient and the rate. */
type Formula = () => (g: number, lr: number, t: number) => number;

const sgd =
  (momentum: number, nesterov: boolean): Formula =>
  () => {
    let m = 0;
    return (g, lr) => {
      if (momentum === 0) return -lr * g;
      m = momentum * m - lr * g;
      return nesterov ? momentum * m - lr * g : m;
    };
  };

const rmsprop =
  (rho: number, momentum: number, centered: boolean, epsilon: number): Formula =>
  () => {
    let [v, mean, buffer] = [0, 0, 0];
    return (g, lr) => {
      v = rho * v + (1 - rho) * g * g;
      mean = rho * mean + (1 - rho) * g;
      const increment = (lr * g) / Math.sqrt(v - (centered ? mean * mean : 0) + epsilon);
      buffer = momentum * buffer + increment;
      return momentum > 0 ? -buffer : -increment;
    };
  };

const adam =
  (epsilon: number, amsgrad = false): Formula =>
  () => {
    let [m, v, most] = [0, 0, 0];
    return (g, lr, t) => {
      m += (g - m) * 0.1;
      v += (g * g - v) * 0.001;
      most = Math.max(most, v);
      const alpha = (lr * Math.sqrt(1 - 0.999 ** t)) / (1 - 0.9 ** t);
      return (-alpha * m) / (Math.sqrt(amsgrad ? most : v) + epsilon);
    };
  };

const nadam =
  (epsilon: number): Formula =>
  () => {
    let [m, v, product] = [0, 0, 1];
    const u = (t: number): number => 0.9 * (1 - 0.5 * 0.96 ** t);
    return (g, lr, t) => {
      product *= u(t);
      m += (g - m) * 0.1;
      v += (g * g - v) * 0.001;
      const mHat = (u(t + 1) * m) / (1 - product * u(t + 1)) + ((1 - u(t)) * g) / (1 - product);
      return (-lr * mHat) / (Math.sqrt(v / (1 - 0.999 ** t)) + epsilon);
    };
  };

const adagrad: Formula = () => {
  let sum = 0.1;
  return (g, lr) => {
    sum += g * g;
    return (-lr * g) / Math.sqrt(sum + 1e-7);
  };
};

const adadelta: Formula = () => {
  let [grads, deltas] = [0, 0];
  return (g, lr) => {
    grads = 0.95 * grads + 0.05 * g * g;
    const delta = (-Math.sqrt(deltas + 1e-7) * g) / Math.sqrt(grads + 1e-7);
    deltas = 0.95 * deltas + 0.05 * delta * delta;
    return lr * delta;
  };
};

const adamax: Formula = () => {
  let [m, u] = [0, 0];
  return (g, lr, t) => {
    m += (g - m) * 0.1;
    u = Math.max(0.999 * u, Math.abs(g));
    return ((-lr / (1 - 0.9 ** t)) * m) / (u + 1e-7);
  };
};

/** Weights after each step. The weight decay of AdamW comes before the step. */
function path(formula: Formula, decay = 0): number[][] {
  const updates = START.map(() => formula());
  const weights = [...START];
  return GRADS.map((grads, t) => {
    const lr = RATES[t] as number;
    for (const [i, update] of updates.entries()) {
      const w = weights[i] as number;
      weights[i] = w * (1 - decay * lr) + update(grads[i] as number, lr, t + 1);
    }
    return [...weights];
  });
}

describe.each<[string, keras.optimizers.Optimizer, Formula, number?]>([
  ["SGD", optimizers.SGD(), sgd(0, false)],
  ["SGD with momentum", optimizers.SGD({ momentum: 0.9 }), sgd(0.9, false)],
  ["SGD with Nesterov momentum", optimizers.SGD({ momentum: 0.9, nesterov: true }), sgd(0.9, true)],
  ["RMSprop", optimizers.RMSprop(), rmsprop(0.9, 0, false, 1e-7)],
  ["RMSprop with momentum", optimizers.RMSprop({ momentum: 0.5, rho: 0.8 }), rmsprop(0.8, 0.5, false, 1e-7)],
  ["RMSprop, centered", optimizers.RMSprop({ centered: true, epsilon: 1e-3 }), rmsprop(0.9, 0, true, 1e-3)],
  ["Adam", optimizers.Adam(), adam(1e-7)],
  ["Adam with a large epsilon", optimizers.Adam({ epsilon: 1e-2 }), adam(1e-2)],
  ["Adam with AMSGrad", optimizers.Adam({ amsgrad: true, epsilon: 1e-4 }), adam(1e-4, true)],
  ["AdamW", optimizers.AdamW(), adam(1e-7), 0.004],
  ["Nadam", optimizers.Nadam(), nadam(1e-7)],
  ["Adagrad", optimizers.Adagrad(), adagrad],
  ["Adadelta", optimizers.Adadelta(), adadelta],
  ["Adamax", optimizers.Adamax(), adamax],
])("%s", (name, optimizer, formula, decay) => {
  test.each(["float64", "float32"] as const)("makes Keras's steps in %s", (dtype) => {
    const weight = tensor(START, { dtype, requiresGrad: true });
    const bound = optimizer.bind([weight]);
    // RMSprop's average holds epsilon, whose last bits float32 rounds away.
    const tolerance = dtype === "float64" ? (name.startsWith("RMSprop") ? 1e-10 : 1e-12) : 1e-4;
    for (const [t, expected] of path(formula, decay).entries()) {
      optimizer.learningRate = RATES[t] as number;
      weight.grad = tensor(GRADS[t] as number[], { dtype });
      bound.step();
      expect(weight.detach()).toBeCloseToTensor(tensor(expected, { dtype }), { rtol: tolerance, atol: tolerance });
    }
  });
});

test("defaults are Keras's", () => {
  const rates = Object.entries({
    SGD: 0.01,
    RMSprop: 0.001,
    Adam: 0.001,
    AdamW: 0.001,
    Nadam: 0.001,
    Adagrad: 0.001,
    Adadelta: 0.001,
    Adamax: 0.001,
  } as const);
  for (const [name, rate] of rates) expect(optimizers[name as "SGD"]().learningRate, name).toBe(rate);
});

describe("clipping", () => {
  const clipped = (options: keras.optimizers.OptimizerOptions): number[][] => {
    const params = [tensor([0, 0], { requiresGrad: true }), tensor([0], { requiresGrad: true })];
    const optimizer = optimizers.SGD({ learningRate: 1, ...options });
    optimizer.bind(params);
    for (const [i, grad] of [[3, 4], [12]].entries()) (params[i] as (typeof params)[0]).grad = tensor(grad);
    optimizer.clip(params);
    return params.map((param) => param.grad?.toArraySync() as number[]);
  };

  test("by norm, by the norm of all, and by value", () => {
    expect(clipped({ clipnorm: 5 })).toEqual([[expect.closeTo(3, 4), expect.closeTo(4, 4)], [expect.closeTo(5, 4)]]);
    expect(
      clipped({ globalClipnorm: 6.5 })
        .flat()
        .map((x) => Math.round(x * 1e4) / 1e4),
    ).toEqual([1.5, 2, 6]);
    expect(clipped({ clipvalue: 3.5 })).toEqual([[3, 3.5], [3.5]]);
    expect(clipped({})).toEqual([[3, 4], [12]]);
  });
});

describe("an optimizer of tapegrad", () => {
  const data = [
    [[0], [1]],
    [0, 1],
  ] as const;
  const make = () => new keras.Sequential([keras.layers.Dense(1, { inputShape: [1] })]);

  test("is used as it is, over the model's parameters", async () => {
    const model = make();
    const optimizer = new optim.Adam(model.module.parameters(), { lr: 0.25 });
    model.compile({ optimizer, loss: "mse" });
    await model.fit(data[0] as never, data[1] as never, { epochs: 2, verbose: 0 });
    expect(optimizer.stepsTaken).toBe(2);
    expect(model.optimizer.learningRate).toBe(0.25);
  });

  test("may be made by a function", async () => {
    const model = make();
    model.compile({ optimizer: (params) => new optim.SGD(params, { lr: 0.5 }), loss: "mse" });
    await model.fit(data[0] as never, data[1] as never, { verbose: 0 });
    expect(model.optimizer.learningRate).toBe(0.5);
  });

  test("over other parameters is refused", async () => {
    const model = make();
    model.compile({ optimizer: new optim.SGD([tensor([1], { requiresGrad: true })], { lr: 1 }), loss: "mse" });
    await expect(model.fit(data[0] as never, data[1] as never)).rejects.toThrow(/holds none of the model's parameters/);
  });
});
