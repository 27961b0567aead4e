/** @file What changes between the calls of a compiled function: each scenario runs with and without compile, to the same bits. */
import { describe, expect, test, vi } from "vitest";
import {
  autograd,
  compile,
  getDefaultDtype,
  manualSeed,
  nn,
  noGrad,
  ones,
  optim,
  randint,
  randn,
  setDefaultDtype,
  type Tensor,
  tensor,
  tidy,
  zeros,
} from "../../src/entry/index.ts";
import { bitsOf } from "./bits.ts";

const { functional: F } = nn;

class Net extends nn.Module {
  fc1 = new nn.Linear(6, 20);
  bn = new nn.BatchNorm1d(20);
  drop = new nn.Dropout(0.25);
  fc2 = new nn.Linear(20, 3);
  forward(x: Tensor): Tensor {
    return this.fc2.forward(this.drop.forward(this.bn.forward(this.fc1.forward(x)).relu()));
  }
}

type Fn = (...args: never[]) => unknown;
type Compile = <F extends Fn>(fn: F) => F;

/** A scenario: runs its calls and writes down what it sees. `wrap` is `compile`, or does nothing. */
type Scenario = (wrap: Compile, note: (...seen: (Tensor | null | string | number | boolean)[]) => void) => void;

interface Expected {
  /** How many programs there are at the end. */
  readonly programs?: number;
  /** What a warning says. */
  readonly warns?: RegExp;
}

function run(scenario: Scenario, isCompiled: boolean): { lines: string[]; programs: number; warnings: string[] } {
  manualSeed(1);
  const lines: string[] = [];
  const made: { programs: readonly unknown[] }[] = [];
  const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
  try {
    const wrap: Compile = (fn) => {
      if (!isCompiled) return fn;
      const compiled = compile(fn);
      made.push(compiled);
      return compiled;
    };
    scenario(wrap, (...seen) => {
      lines.push(seen.map((one) => (one === null || typeof one === "object" ? bitsOf(one) : String(one))).join(" | "));
    });
    const warnings = warn.mock.calls.map(String);
    return { lines, programs: made.reduce((sum, { programs }) => sum + programs.length, 0), warnings };
  } finally {
    warn.mockRestore();
  }
}

function scenario(name: string, what: Scenario, { programs, warns }: Expected = {}): void {
  test(name, () => {
    const eager = run(what, false);
    const compiled = run(what, true);
    expect(compiled.lines).toEqual(eager.lines);
    const extra = compiled.warnings.filter((text) => !eager.warnings.includes(text));
    if (warns === undefined) expect(extra).toEqual([]);
    else {
      expect(extra).toHaveLength(1);
      expect(extra[0]).toMatch(warns);
    }
    if (programs !== undefined) expect(compiled.programs).toBe(programs);
  });
}

/** A model in training and what is needed for it. */
function training(
  make: (params: nn.Parameter[]) => optim.Optimizer = (params) => new optim.SGD(params, { lr: 0.1, momentum: 0.9 }),
): {
  model: Net;
  optimizer: optim.Optimizer;
  step: (x: Tensor, y: Tensor) => Tensor;
  batch: (n?: number) => [Tensor, Tensor];
  state: () => Tensor[];
} {
  const model = new Net();
  const optimizer = make(model.parameters());
  const step = (x: Tensor, y: Tensor): Tensor => {
    optimizer.zeroGrad();
    const loss = F.crossEntropy(model.forward(x), y);
    loss.backward();
    optimizer.step();
    return loss;
  };
  const batch = (n = 8): [Tensor, Tensor] => [randn(n, 6), randint(0, 3, [n])];
  return { model, optimizer, step, batch, state: () => Object.values(model.stateDict()) };
}

describe("training", () => {
  scenario(
    "another learning rate",
    (wrap, note) => {
      const { optimizer, step, batch, state } = training();
      const fn = wrap(step);
      for (let i = 0; i < 8; i++) {
        for (const group of optimizer.paramGroups) Reflect.set(group, "lr", 0.1 / (i + 1));
        note(fn(...batch()), ...state());
      }
    },
    { programs: 2 },
  );

  for (const where of ["inside", "outside"]) {
    scenario(`a scheduler ${where}`, (wrap, note) => {
      const { optimizer, step, batch, state } = training();
      const scheduler = new optim.lrScheduler.OneCycleLR(optimizer, 0.2, { totalSteps: 12 });
      const fn = wrap((x: Tensor, y: Tensor) => {
        const loss = step(x, y);
        if (where === "inside") scheduler.step();
        return loss;
      });
      for (let i = 0; i < 10; i++) {
        note(fn(...batch()), ...state(), String(scheduler.getLastLr()));
        if (where === "outside") scheduler.step();
      }
    });
  }

  scenario("train() and eval()", (wrap, note) => {
    const { model, batch } = training();
    const fn = wrap((x: Tensor) => model.forward(x));
    for (let i = 0; i < 8; i++) {
      if (i % 2 === 0) model.train();
      else model.eval();
      note(fn(batch()[0]), model.bn.runningMean, model.bn.numBatchesTracked);
    }
  });

  scenario("another probability of dropout", (wrap, note) => {
    const { model, batch } = training();
    const fn = wrap((x: Tensor) => model.forward(x));
    for (const p of [0.25, 0.25, 0.5, 0.5, 0]) {
      model.drop.p = p;
      note(fn(batch()[0]), fn(batch()[0]));
    }
  });

  scenario("to another dtype", (wrap, note) => {
    const { model, batch } = training();
    const fn = wrap((x: Tensor) => model.forward(x));
    note(fn(batch()[0]), fn(batch()[0]));
    model.to({ dtype: "float64" });
    for (let i = 0; i < 3; i++) note(fn(batch()[0].double()));
    model.to({ dtype: "float32" });
    for (let i = 0; i < 3; i++) note(fn(batch()[0]));
  });

  scenario("loadStateDict of the model and of the optimizer", (wrap, note) => {
    const { model, optimizer, step, batch, state } = training((params) => new optim.Adam(params));
    const fn = wrap(step);
    const start = Object.fromEntries(Object.entries(model.stateDict()).map(([key, t]) => [key, t.clone()]));
    let saved = optimizer.stateDict();
    for (let i = 0; i < 9; i++) {
      note(fn(...batch()), ...state());
      if (i === 2) saved = structuredCloneOf(optimizer);
      if (i === 4) model.loadStateDict(start);
      if (i === 6) optimizer.loadStateDict(saved);
    }
  });

  scenario("addParamGroup", (wrap, note) => {
    const model = new Net();
    const optimizer = new optim.SGD(model.fc1.parameters(), { lr: 0.1 });
    const fn = wrap((x: Tensor, y: Tensor) => {
      const loss = F.crossEntropy(model.forward(x), y);
      loss.backward();
      optimizer.step();
      optimizer.zeroGrad();
      for (const p of model.parameters()) p.grad = null;
      return loss;
    });
    for (let i = 0; i < 6; i++) {
      note(fn(randn(8, 6), randint(0, 3, [8])), ...Object.values(model.stateDict()));
      if (i === 2) optimizer.addParamGroup({ params: model.fc2.parameters(), lr: 0.3 });
    }
  });

  scenario("requiresGrad_(false) and true again", (wrap, note) => {
    const { model, step, batch, state } = training();
    const fn = wrap(step);
    for (let i = 0; i < 9; i++) {
      if (i === 3) model.fc1.requiresGrad_(false);
      if (i === 6) model.fc1.requiresGrad_(true);
      note(fn(...batch()), ...state());
    }
  });

  scenario("hooks come and go", (wrap, note) => {
    const { model, step, batch, state } = training();
    const fn = wrap(step);
    const hooks: { remove(): void }[] = [];
    for (let i = 0; i < 14; i++) {
      if (i === 2) hooks.push(model.fc1.registerForwardHook((_m, _in, out) => out.mul(0.5)));
      if (i === 4) hooks.pop()?.remove();
      if (i === 6) hooks.push(model.fc2.weight.registerHook((grad) => grad.mul(2)));
      if (i === 8) hooks.pop()?.remove();
      if (i === 10)
        hooks.push(model.fc2.registerFullBackwardHook((_m, gradIn) => gradIn.map((g) => g?.mul(3) ?? null)));
      if (i === 12) hooks.pop()?.remove();
      note(fn(...batch()), ...state());
    }
  });

  scenario("replaced parameters, buffers and modules", (wrap, note) => {
    const { model, batch } = training();
    const fn = wrap((x: Tensor) => model.forward(x).sum());
    for (let i = 0; i < 8; i++) {
      if (i === 2) model.fc1.weight = new nn.Parameter(ones(20, 6));
      if (i === 4) model.bn.runningMean = zeros(20);
      if (i === 6) model.fc2 = new nn.Linear(20, 3);
      note(fn(batch()[0]), model.bn.runningMean);
    }
  });

  scenario("noGrad around the call", (wrap, note) => {
    const { model, batch } = training();
    const fn = wrap((x: Tensor) => model.forward(x));
    for (let i = 0; i < 4; i++) {
      const y = fn(batch()[0]);
      const z = noGrad(() => fn(batch()[0]));
      note(y, y.requiresGrad, z, z.requiresGrad);
      y.sum().backward();
      note(model.fc1.weight.grad);
    }
  });

  scenario(
    "manualSeed between the calls",
    (wrap, note) => {
      const { model, batch } = training();
      const fn = wrap((x: Tensor) => model.forward(x));
      for (let i = 0; i < 5; i++) {
        manualSeed(7);
        note(fn(batch()[0]));
      }
    },
    { programs: 1 },
  );

  scenario("accumulation over calls, and a step outside", (wrap, note) => {
    const { model, optimizer, batch, state } = training();
    const fn = wrap((x: Tensor, y: Tensor) => {
      const loss = F.crossEntropy(model.forward(x), y).div(3);
      loss.backward();
      return loss;
    });
    for (let i = 0; i < 9; i++) {
      note(fn(...batch()), model.fc1.weight.grad);
      if (i % 3 < 2) continue;
      optimizer.step();
      optimizer.zeroGrad(i === 5);
      note(...state());
    }
  });

  for (const setToNone of [true, false]) {
    scenario(`zeroGrad(${setToNone}) inside, and gradients that are there before`, (wrap, note) => {
      const { model, optimizer, batch, state } = training();
      model.fc1.weight.grad = ones(20, 6);
      const fn = wrap((x: Tensor, y: Tensor) => {
        const loss = F.crossEntropy(model.forward(x), y);
        loss.backward();
        optimizer.step();
        optimizer.zeroGrad(setToNone);
        return loss;
      });
      for (let i = 0; i < 6; i++) note(fn(...batch()), ...state(), model.fc1.weight.grad);
    });
  }

  scenario("other state of the optimizer", (wrap, note) => {
    const { optimizer, step, batch, state } = training((params) => new optim.Adam(params));
    const fn = wrap(step);
    for (let i = 0; i < 6; i++) {
      note(fn(...batch()), ...state());
      if (i === 3) optimizer.state.clear();
    }
  });

  scenario("a last smaller batch", (wrap, note) => {
    const { step, batch, state } = training((params) => new optim.Adam(params));
    const fn = wrap(step);
    for (let i = 0; i < 9; i++) note(fn(...batch(i % 3 === 2 ? 5 : 8)), ...state());
  });

  scenario("tensors from outside that are changed in place and replaced in an object", (wrap, note) => {
    const scale = tensor([1, 2, 3]);
    const fn = wrap((x: Tensor) => x.mul(scale));
    for (let i = 0; i < 4; i++) {
      scale.mul_(2);
      note(fn(ones(3)));
    }
  });

  scenario("running statistics", (wrap, note) => {
    const bn = new nn.BatchNorm2d(3, { momentum: null });
    const fn = wrap((x: Tensor) => bn.forward(x));
    for (let i = 0; i < 5; i++) note(fn(randn(2, 3, 4, 4)), bn.runningMean, bn.runningVar, bn.numBatchesTracked);
  });

  const options = { numLayers: 2, dropout: 0.1 };
  for (const [name, make] of [
    ["RNN", () => new nn.RNN(4, 5, options)],
    ["LSTM", () => new nn.LSTM(4, 5, options)],
    ["GRU", () => new nn.GRU(4, 5, options)],
  ] as const) {
    scenario(name, (wrap, note) => {
      const rnn = make();
      const optimizer = new optim.SGD(rnn.parameters(), { lr: 0.1 });
      const fn = wrap((x: Tensor) => {
        const [y] = rnn.forward(x);
        const loss = y.square().mean();
        loss.backward();
        optimizer.step();
        optimizer.zeroGrad();
        return loss;
      });
      for (let i = 0; i < 5; i++) note(fn(randn(3, 2, 4)), ...rnn.parameters());
    });
  }

  scenario(
    "LBFGS",
    (wrap, note) => {
      const w = new nn.Parameter(tensor([2, -1]));
      const optimizer = new optim.LBFGS([w], { maxIter: 3 });
      const fn = wrap((x: Tensor) =>
        optimizer.step(() => {
          optimizer.zeroGrad();
          const loss = w.mul(x).square().sum();
          loss.backward();
          return loss.detach();
        }),
      );
      for (let i = 0; i < 4; i++) note(fn(ones(2)), w);
    },
    { programs: 0, warns: /no program/ },
  );
});

interface PlainState {
  velocity: Tensor;
}

/** SGD with momentum, written by a user with tensor operations. */
class UserSgd extends optim.Optimizer<{ lr: number }, PlainState> {
  constructor(params: nn.Parameter[], options: { lr: number }) {
    super(params, { lr: 0.1 }, [options]);
  }
  protected override makeState(param: Tensor): PlainState {
    return { velocity: param.newZeros(param.shape) };
  }
  protected override update(param: Tensor, grad: Tensor, { velocity }: PlainState, { lr }: { lr: number }): void {
    velocity.mul_(0.9).add_(grad);
    param.add_(velocity, { alpha: -lr });
  }
}

interface CountingState {
  step: number;
}

/** One whose rate falls with a count of its own. */
class UserDecay extends optim.Optimizer<{ lr: number }, CountingState> {
  constructor(params: nn.Parameter[], options: { lr: number }) {
    super(params, { lr: 0.1 }, [options]);
  }
  protected override makeState(): CountingState {
    return { step: 0 };
  }
  protected override update(param: Tensor, grad: Tensor, state: CountingState, { lr }: { lr: number }): void {
    state.step++;
    param.add_(grad, { alpha: -lr / state.step });
  }
}

describe("optimizers of users", () => {
  scenario("without a count", (wrap, note) => {
    const { optimizer, step, batch, state } = training((params) => new UserSgd(params, { lr: 0.1 }));
    const fn = wrap(step);
    for (let i = 0; i < 8; i++) {
      if (i === 5) for (const group of optimizer.paramGroups) Reflect.set(group, "lr", 0.01);
      note(fn(...batch()), ...state());
    }
  });
  scenario(
    "with a count of their own",
    (wrap, note) => {
      const { step, batch, state } = training((params) => new UserDecay(params, { lr: 0.1 }));
      const fn = wrap(step);
      for (let i = 0; i < 6; i++) note(fn(...batch()), ...state());
    },
    { programs: 0, warns: /UserDecay/ },
  );
});

class Cube extends autograd.Function {
  static forward(ctx: autograd.FunctionContext, x: Tensor): Tensor {
    ctx.saveForBackward(x);
    return x.pow(3);
  }
  static backward(ctx: autograd.FunctionContext, grad: Tensor): Tensor {
    const [x] = ctx.savedTensors as [Tensor];
    return grad.mul(x.square()).mul(3);
  }
}

describe("what a function does inside", () => {
  scenario("a custom operation", (wrap, note) => {
    const fn = wrap((x: Tensor) => Cube.apply(x).sum());
    for (let i = 0; i < 4; i++) {
      const x = randn(20).requiresGrad_();
      const y = fn(x);
      y.backward();
      note(y, x.grad);
    }
  });
  scenario("autograd.grad", (wrap, note) => {
    const fn = wrap((x: Tensor) => {
      const leaf = x.detach().requiresGrad_();
      return autograd.grad(leaf.exp().sum(), leaf);
    });
    for (let i = 0; i < 4; i++) note(...fn(randn(20)));
  });
  scenario("a gradient penalty", (wrap, note) => {
    const { model, optimizer, state } = training();
    model.eval();
    const fn = wrap((x: Tensor) => {
      const leaf = x.detach().requiresGrad_();
      const [g] = autograd.grad(model.forward(leaf).sum(), leaf, { createGraph: true }) as [Tensor];
      const loss = g.norm(2, 1).sub(1).square().mean();
      loss.backward();
      optimizer.step();
      optimizer.zeroGrad();
      return loss;
    });
    for (let i = 0; i < 5; i++) note(fn(randn(8, 6)), ...state());
  });
  scenario("tidy", (wrap, note) => {
    const fn = wrap((x: Tensor) => tidy(() => x.exp().mul(2).add(1)));
    for (let i = 0; i < 4; i++) note(fn(randn(40)));
  });
  scenario("tensors from numbers", (wrap, note) => {
    const fn = wrap((x: Tensor) =>
      x
        .mul(tensor([1, 2, 3]))
        .add(ones(3))
        .maskedFill(tensor([1, 0, 0]).bool(), 5),
    );
    for (let i = 0; i < 4; i++) note(fn(randn(3)));
  });
  scenario("random numbers", (wrap, note) => {
    const fn = wrap(() => [randn(3), randn(40), randint(0, 9, [5]), zeros(4).uniform_(), F.dropout(ones(30), 0.5)]);
    for (let i = 0; i < 4; i++) note(...fn());
  });
  scenario("changes of an argument", (wrap, note) => {
    const fn = wrap((x: Tensor) => {
      x.add_(1);
      return x.mul(2);
    });
    const x = zeros(5);
    for (let i = 0; i < 4; i++) note(fn(x), x);
  });
});

describe("arguments and results", () => {
  scenario("numbers and strings", (wrap, note) => {
    const fn = wrap((x: Tensor, factor: number, name: string) => (name === "exp" ? x.exp() : x).mul(factor));
    for (const [factor, name] of [
      [1, "exp"],
      [2, "exp"],
      [1, "exp"],
      [1, "none"],
      [-0, "exp"],
      [0, "exp"],
    ] as const)
      note(fn(ones(2), factor, name));
  });
  scenario("optional tensors", (wrap, note) => {
    const fn = wrap((x: Tensor, bias: Tensor | null, more?: Tensor) => {
      const y = bias === null ? x : x.add(bias);
      return more === undefined ? y.mul(1) : y.mul(more);
    });
    for (let i = 0; i < 3; i++) note(fn(ones(2), null), fn(ones(2), ones(2)), fn(ones(2), ones(2), ones(2)));
  });
  scenario("nested arrays and objects", (wrap, note) => {
    const fn = wrap(({ a, list }: { a: Tensor; list: (Tensor | number)[] }) => ({
      sum: a.add(list[0] as Tensor),
      all: [{ deep: a.mul(list[1] as number) }, null, "text"],
    }));
    for (let i = 0; i < 4; i++) {
      const { sum, all } = fn({ a: randn(3), list: [randn(3), i % 2] });
      note(sum, (all[0] as { deep: Tensor }).deep, String(all[1]), String(all[2]));
    }
  });
  scenario("an argument, a parameter and their views returned", (wrap, note) => {
    const p = new nn.Parameter(ones(2, 3));
    const fn = wrap((x: Tensor) => [x, p, x.t(), p.t(), p.detach()]);
    for (let i = 0; i < 4; i++) {
      const x = randn(2, 3).requiresGrad_();
      const [same, param, xt, pt, pd] = fn(x) as [Tensor, Tensor, Tensor, Tensor, Tensor];
      note(same === x, param === p, xt, pt, pd, xt.requiresGrad, pt.requiresGrad, pd.requiresGrad);
      xt.mul(2).sum().backward();
      pt.mul(3).sum().backward();
      note(x.grad, p.grad);
      noGrad(() => p.add_(1));
    }
  });
  scenario("another default dtype", (wrap, note) => {
    const before = getDefaultDtype();
    const fn = wrap((x: Tensor) => x.add(ones(3)).mul(tensor([0.1])));
    try {
      for (const dtype of ["float32", "float64", "float32"] as const) {
        setDefaultDtype(dtype);
        note(fn(zeros(3, { dtype: "float32" })), fn(zeros(3, { dtype: "float32" })));
      }
    } finally {
      setDefaultDtype(before);
    }
  });
});

/** The state of an optimizer, copied. */
function structuredCloneOf(optimizer: optim.Optimizer): ReturnType<optim.Optimizer["stateDict"]> {
  const { state, ...rest } = optimizer.stateDict();
  const copied = Object.entries(state).map(([key, values]) => [
    key,
    Object.fromEntries(
      Object.entries(values as object).map(([name, value]) => [
        name,
        typeof value === "object" && value !== null && "clone" in value ? (value as Tensor).clone() : value,
      ]),
    ),
  ]);
  return { ...rest, state: Object.fromEntries(copied) } as ReturnType<optim.Optimizer["stateDict"]>;
}
