/** @file Common to all optimizers: groups, checks, gradients, state. */
import { inspect } from "node:util";
import { afterEach, describe, expect, expectTypeOf, test, vi } from "vitest";
import { isGradEnabled, noGrad, ones, type Tensor, tensor, zeros } from "../../src/entry/index.ts";
import * as nn from "../../src/entry/nn.ts";
import * as optim from "../../src/entry/optim.ts";

const KINDS = {
  SGD: optim.SGD,
  RMSprop: optim.RMSprop,
  Adam: optim.Adam,
  AdamW: optim.AdamW,
  Adamax: optim.Adamax,
  Adagrad: optim.Adagrad,
  Adadelta: optim.Adadelta,
  NAdam: optim.NAdam,
  RAdam: optim.RAdam,
} as const;
const NAMES = Object.keys(KINDS) as (keyof typeof KINDS)[];

const leaf = (...shape: number[]): Tensor => ones(...shape).requiresGrad_();
const values = (t: Tensor | null | undefined) => t?.toArraySync();

afterEach(() => {
  vi.restoreAllMocks();
});

describe("what is optimized", () => {
  test("tensors of any iterable", () => {
    const [a, b] = [leaf(1), leaf(2)];
    expect(new optim.SGD([a, b]).paramGroups).toHaveLength(1);
    expect(new optim.SGD(new Set([a, b])).paramGroups[0]?.params).toEqual([a, b]);
    expect(new optim.SGD(new Map([["a", a]]).values()).paramGroups[0]?.params).toEqual([a]);
    expect(new optim.SGD(new nn.Linear(2, 3).parameters()).paramGroups[0]?.params).toHaveLength(2);
  });

  test("groups with options of their own", () => {
    const [a, b, c] = [leaf(1), leaf(2), leaf(3)];
    const optimizer = new optim.RMSprop([{ params: a }, { params: [b, c], lr: 0.5 }], { alpha: 0.9 });
    expect(optimizer.paramGroups.map(({ lr, alpha, params }) => ({ lr, alpha, params }))).toEqual([
      { lr: 0.01, alpha: 0.9, params: [a] },
      { lr: 0.5, alpha: 0.9, params: [b, c] },
    ]);
    const d = leaf(1);
    optimizer.addParamGroup({ params: [d], momentum: 0.1 });
    expect(optimizer.paramGroups[2]).toMatchObject({ lr: 0.01, momentum: 0.1, params: [d] });
  });

  test("a learning rate in its place, with other options after it", () => {
    for (const name of [
      "SGD",
      "Adam",
      "AdamW",
      "RMSprop",
      "Adagrad",
      "Adadelta",
      "Adamax",
      "NAdam",
      "RAdam",
    ] as const) {
      expect(new optim[name]([leaf(1)], 0.25).paramGroups).toEqual(
        new optim[name]([leaf(1)], { lr: 0.25 }).paramGroups,
      );
    }
    expect(new optim.LBFGS([leaf(1)], 0.5, { maxIter: 3 }).paramGroups[0]).toMatchObject({
      lr: 0.5,
      maxIter: 3,
      maxEval: 3,
    });
    expect(() => new optim.SGD([leaf(1)], 0.1, { lr: 0.2 } as never)).toThrow(/^\[SGD\] /);
    expect(() => new optim.SGD([leaf(1)], 0.1, 0.9 as never)).toThrow(/^\[SGD\] /);
    expect(() => new optim.SGD([leaf(1)], -0.1)).toThrow("Invalid learning rate: -0.1");
  });

  test("all arguments by name", () => {
    const params = [leaf(1)];
    const named = new optim.SGD({ params, lr: 0.25, momentum: 0.5, foreach: null });
    expect(named.paramGroups).toEqual(new optim.SGD(params, { lr: 0.25, momentum: 0.5 }).paramGroups);
    const groups = new optim.AdamW({ params: [{ params, lr: 3 }, { params: leaf(2) }], lr: 0.2 }).paramGroups;
    expect(groups.map(({ lr }) => lr)).toEqual([3, 0.2]);
    expect(new optim.LBFGS({ params, maxIter: 100 }).paramGroups[0]?.maxEval).toBe(125);
    expect(() => new optim.SGD({ params, lr: 0.1 }, { momentum: 0.9 })).toThrow("should be an iterable of Tensors");
    expect(() => new optim.SGD({ params, rate: 0.1 } as never)).toThrow('[SGD] unknown option "rate"');
  });

  test.each([
    [() => new optim.SGD([]), "optimizer got an empty parameter list"],
    [() => new optim.SGD(leaf(1) as never), "params argument given to the optimizer should be an iterable of Tensors"],
    [() => new optim.SGD(3 as never), "params argument given to the optimizer should be an iterable of Tensors"],
    [() => new optim.SGD(new nn.Linear(1, 1) as never), "but got an object of Linear. Pass model.parameters()"],
    [() => new optim.SGD([3 as never]), "optimizer can only optimize Tensors, but one of the params is number"],
    [() => new optim.SGD([leaf(1).mul(2)]), "can't optimize a non-leaf Tensor"],
    [() => new optim.SGD([leaf(1), { params: leaf(1) }] as never), "param group must be an object with params"],
  ])("%s", (make, message) => {
    expect(make).toThrow(message);
    expect(make).toThrow(/^\[SGD\] /);
  });

  test("a parameter belongs to one group", () => {
    const a = leaf(1);
    const twice = () => new optim.SGD([{ params: [a] }, { params: a }]);
    expect(twice).toThrow("some parameters appear in more than one parameter group");
    const optimizer = new optim.SGD([a]);
    expect(() => optimizer.addParamGroup({ params: [leaf(2), a] })).toThrow("some parameters appear in more than one");
    expect(optimizer.paramGroups).toHaveLength(1);
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    new optim.SGD([a, a]);
    expect(warn).toHaveBeenCalledWith(expect.stringContaining("a parameter group with duplicate parameters"));
  });
});

describe("options that groups do not have", () => {
  test.each(NAMES)("%s refuses them by name, and nothing has changed", (name) => {
    const optimizer = new KINDS[name]([leaf(1)]);
    const add = (group: object) => () => optimizer.addParamGroup({ params: [leaf(2)], ...group });
    expect(add({ weight_decay: 0.5 })).toThrow(
      `[${name}] unknown option "weight_decay". It is called "weightDecay" here.`,
    );
    expect(add({ learningRate: 0.5 })).toThrow(`[${name}] unknown option "learningRate". Expected lr`);
    expect(add({ Lr: undefined })).toThrow('unknown option "Lr"');
    expect(() => new KINDS[name]([{ params: [leaf(1)], weight_decay: 0.5 }] as never)).toThrow("It is called");
    expect(optimizer.paramGroups).toHaveLength(1);
  });
  test("LBFGS too", () => {
    expect(() => new optim.LBFGS([{ params: [leaf(1)], max_iter: 3 }] as never)).toThrow(
      'It is called "maxIter" here.',
    );
  });
  test("options left undefined are the optimizer's own", () => {
    const optimizer = new optim.SGD([{ params: [leaf(1)], lr: undefined, momentum: 0.5 }] as never, { lr: 0.3 });
    expect(optimizer.paramGroups[0]).toMatchObject({ lr: 0.3, momentum: 0.5 });
  });
  test("what schedulers left in a group comes along", () => {
    const before = new optim.SGD([leaf(1)], { lr: 0.3 });
    new optim.lrScheduler.OneCycleLR(before, { maxLr: 0.5, totalSteps: 10, cycleMomentum: false });
    const after = new optim.SGD(before.paramGroups);
    expect(after.paramGroups[0]).toEqual(before.paramGroups[0]);
    expect(() => new optim.lrScheduler.StepLR(after, { stepSize: 1, lastEpoch: 3 })).not.toThrow();
  });
});

describe("async closures", () => {
  const later = () => new Promise<void>((resolve) => setTimeout(resolve, 1));
  test.each(NAMES)("%s steps when the gradients are there, as with a sync closure", async (name) => {
    const [waiting, plain] = [leaf(2), leaf(2)];
    const [a, b] = [new KINDS[name]([waiting], { lr: 0.1 }), new KINDS[name]([plain], { lr: 0.1 })];
    for (let i = 0; i < 3; i++) {
      const loss = a.step(async () => {
        a.zeroGrad();
        await later();
        expect(isGradEnabled()).toBe(true);
        const value = waiting.mul(waiting).sum();
        await later();
        value.backward();
        return value.item();
      });
      expectTypeOf(loss).toEqualTypeOf<Promise<number>>();
      const expected = b.step(() => {
        b.zeroGrad();
        const value = plain.mul(plain).sum();
        value.backward();
        return value.itemSync();
      });
      expect(await loss).toBe(expected);
      expect(values(waiting)).toEqual(values(plain));
    }
    expect(values(waiting)).not.toEqual([1, 1]);
  });
  test("an error rejects, and nothing has moved", async () => {
    const a = leaf(1);
    a.mul(a).sum().backward();
    const failing = new optim.SGD([a], { lr: 0.1 }).step(async () => {
      await later();
      throw new Error("mine");
    });
    await expect(failing).rejects.toThrow("mine");
    expect(values(a)).toEqual([1]);
    expect(isGradEnabled()).toBe(true);
  });
  test("what is no function is refused", () => {
    expect(() => new optim.SGD([leaf(1)]).step(Promise.resolve(1) as never)).toThrow(
      "[SGD] step() takes a closure that computes the loss, but got an object of Promise",
    );
  });
});

describe("options that make no sense", () => {
  const p = [leaf(1)];
  const bad = [-1, Number.NaN, Number.POSITIVE_INFINITY, "0.1", null, []] as number[];

  test.each(bad)("lr %s", (lr) => {
    for (const Kind of Object.values(KINDS)) {
      expect(() => new Kind(p, { lr })).toThrow(
        /^\[\w+\] Invalid learning rate: .+\. Expected a number of at least 0\.$/,
      );
      expect(() => new Kind([{ params: p, lr }])).toThrow("Invalid learning rate");
    }
  });

  test.each([
    [() => new optim.RMSprop(p, { lr: -1 }), "[RMSprop] Invalid learning rate: -1"],
    [() => new optim.RMSprop(p, { alpha: -1 }), "Invalid alpha value: -1"],
    [() => new optim.RMSprop(p, { eps: -1 }), "Invalid epsilon value: -1"],
    [() => new optim.RMSprop(p, { momentum: -1 }), "Invalid momentum value: -1"],
    [() => new optim.RMSprop(p, { weightDecay: -1 }), "Invalid weight_decay value: -1"],
    [() => new optim.SGD(p, { momentum: -1 }), "Invalid momentum value: -1"],
    [() => new optim.SGD(p, { weightDecay: -1 }), "Invalid weight_decay value: -1"],
    [() => new optim.SGD(p, { nesterov: true }), "Nesterov momentum requires a momentum and zero dampening"],
    [
      () => new optim.SGD(p, { nesterov: true, momentum: 0.9, dampening: 0.1 }),
      "Nesterov momentum requires a momentum and zero dampening",
    ],
    [() => new optim.Adam(p, { eps: -1 }), "Invalid epsilon value: -1"],
    [() => new optim.Adam(p, { betas: [1, 0.9] }), "Invalid beta parameter at index 0: 1."],
    [() => new optim.AdamW(p, { betas: [0.1, -0.9] }), "[AdamW] Invalid beta parameter at index 1: -0.9"],
    [() => new optim.Adam(p, { betas: 0.9 as never }), "Invalid betas: 0.9"],
    [() => new optim.AdamW(p, { weightDecay: -1 }), "Invalid weight_decay value: -1"],
    [() => new optim.Adamax(p, { eps: -1 }), "[Adamax] Invalid epsilon value: -1"],
    [() => new optim.Adamax(p, { betas: [1, 0.9] }), "Invalid beta parameter at index 0: 1."],
    [() => new optim.Adagrad(p, { lrDecay: -1 }), "[Adagrad] Invalid lr_decay value: -1"],
    [() => new optim.Adagrad(p, { initialAccumulatorValue: -1 }), "Invalid initial_accumulator_value value: -1"],
    [() => new optim.Adadelta(p, { rho: 1.5 }), "[Adadelta] Invalid rho value: 1.5"],
    [() => new optim.Adadelta(p, { rho: -1 }), "[Adadelta] Invalid rho value: -1"],
    [() => new optim.NAdam(p, { momentumDecay: -1 }), "[NAdam] Invalid momentum_decay value: -1"],
    [() => new optim.RAdam(p, { betas: [0.9, 1] }), "[RAdam] Invalid beta parameter at index 1: 1."],
    [
      () => new optim.RMSprop(p, { weight_decay: 0.1 } as never),
      'unknown option "weight_decay". It is called "weightDecay" here.',
    ],
    [() => new optim.RMSprop(p, { learningRate: 0.1 } as never), 'unknown option "learningRate". Expected lr, alpha'],
    [() => new optim.RMSprop(p, "0.1" as never), 'expected options by name, as { lr: … }, but got "0.1"'],
  ])("%s", (make, message) => {
    expect(make).toThrow(message);
  });

  test("an option that is undefined is its default", () => {
    const optimizer = new optim.SGD([{ params: p, lr: undefined } as never], { momentum: undefined } as never);
    expect(optimizer.paramGroups[0]).toMatchObject({ lr: 0.001, momentum: 0 });
  });
});

describe("step", () => {
  test("moves only what has a gradient", () => {
    const [a, b] = [leaf(1), leaf(1)];
    const optimizer = new optim.SGD([a, b], { lr: 0.5 });
    a.mul(2).sum().backward();
    optimizer.step();
    expect([values(a), values(b)]).toEqual([[0], [1]]);
    expect(optimizer.state.has(b)).toBe(false);
  });

  test("follows options that change, also a momentum that begins later", () => {
    const a = leaf(1);
    const optimizer = new optim.RMSprop([a], { lr: 0, eps: 1 });
    const run = () => {
      optimizer.zeroGrad();
      a.sum().backward();
      optimizer.step();
      return a.itemSync();
    };
    expect(run()).toBe(1);
    const [group] = optimizer.paramGroups as [optim.ParamGroup<optim.RMSpropOptions>];
    group.lr = 0.1;
    expect(run()).toBeLessThan(1);
    group.momentum = 0.9;
    const before = a.itemSync();
    expect(run()).toBeLessThan(before);
    expect(optimizer.state.get(a)?.momentumBuffer).toBeDefined();
  });

  test("runs a closure with recording, and returns its loss", () => {
    const a = leaf(1);
    const optimizer = new optim.SGD([a], { lr: 1 });
    const loss = noGrad(() =>
      optimizer.step(() => {
        expect(isGradEnabled()).toBe(true);
        optimizer.zeroGrad();
        const value = a.mul(3).sum();
        value.backward();
        return value;
      }),
    );
    expect(loss.itemSync()).toBe(3);
    expect(values(a)).toEqual([-2]);
  });

  test("leaves parameters leaves, and tells the tape that they changed", () => {
    const a = leaf(2);
    const optimizer = new optim.SGD([a], { lr: 1 });
    const loss = a.mul(a).sum();
    a.grad = ones(2);
    optimizer.step();
    expect(a.isLeaf && a.requiresGrad).toBe(true);
    expect(() => loss.backward()).toThrow("modified by an inplace operation");
  });

  test("changes what shares memory with the parameter", () => {
    const layer = new nn.Linear(1, 1, { bias: false });
    const { weight } = layer.stateDict();
    layer.forward(ones(1, 1)).sum().backward();
    new optim.SGD(layer.parameters(), { lr: 1 }).step();
    expect(values(weight)).toEqual(values(layer.weight));
  });

  test.each(NAMES)("%s: strides make no difference", (name) => {
    const data = tensor([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    const grad = tensor([
      [0.1, -0.2],
      [0.3, 0.4],
      [-0.5, 0.6],
    ]);
    const dense = data.t().clone().requiresGrad_();
    const strided = data.clone().t().detach().requiresGrad_();
    const stridedGrad = data.clone().t().detach().requiresGrad_();
    const params = [dense, strided, stridedGrad];
    const optimizer = new KINDS[name](params, { lr: 0.1, weightDecay: 0.01 });
    for (let step = 0; step < 3; step++) {
      dense.grad = grad.clone();
      strided.grad = grad.clone();
      stridedGrad.grad = grad.t().clone().t();
      optimizer.step();
    }
    expect(strided.isContiguous()).toBe(false);
    expect(values(strided)).toEqual(values(dense));
    expect(values(stridedGrad)).toEqual(values(dense));
  });

  test("tensors without elements and 0-d tensors", () => {
    const params = [leaf(0, 3), tensor(2, { requiresGrad: true })];
    const optimizer = new optim.Adam(params);
    params[0]
      ?.sum()
      .add(params[1] as Tensor)
      .backward();
    optimizer.step();
    expect(params[1]?.itemSync()).toBeCloseTo(1.999, 6);
  });

  test.each(NAMES)("%s finds a minimum", (name) => {
    const x = tensor([3, -2], { requiresGrad: true });
    // Adagrad's rate falls from step to step, and Adadelta's is a factor of a rate it finds itself.
    const lr = { Adagrad: 1, Adadelta: 30 }[name as string] ?? 0.05;
    const optimizer = new KINDS[name]([x], { lr });
    for (let step = 0; step < 300; step++) {
      optimizer.zeroGrad();
      x.sub(1).pow(2).sum().backward();
      optimizer.step();
    }
    expect(x.allclose(ones(2), { atol: 0.06 })).toBe(true);
  });
});

describe("zeroGrad", () => {
  test("forgets gradients, or makes them zero", () => {
    const a = leaf(2);
    const optimizer = new optim.SGD([a]);
    a.sum().backward();
    const held = a.grad;
    optimizer.zeroGrad(false);
    expect(values(a.grad)).toEqual([0, 0]);
    expect(values(held)).toEqual([0, 0]);
    optimizer.zeroGrad({ setToNone: true });
    expect(a.grad).toBeNull();
    optimizer.zeroGrad(false);
    expect(a.grad).toBeNull();
  });

  test("a gradient that the user holds stays as it is", () => {
    const a = leaf(100);
    const optimizer = new optim.SGD([a]);
    a.sum().backward();
    const held = a.grad;
    optimizer.zeroGrad();
    a.mul(3).sum().backward();
    expect(held?.sum().itemSync()).toBe(100);
  });
});

describe("state dictionaries", () => {
  const trained = (make: (params: Tensor[]) => optim.Optimizer) => {
    const params = [leaf(2), leaf(1, 2)];
    const optimizer = make(params);
    for (const p of params) p.grad = ones(p.shape);
    optimizer.step();
    return { params, optimizer };
  };

  test("share memory when taken, and are copied when loaded", () => {
    const { optimizer } = trained((p) => new optim.RMSprop(p));
    const dict = optimizer.stateDict();
    const other = new optim.RMSprop([leaf(2), leaf(1, 2)]);
    other.loadStateDict(dict);
    const loaded = other.stateDict().state[0]?.square_avg as Tensor;
    expect(values(loaded)).toEqual(values(dict.state[0]?.square_avg as Tensor));
    loaded.fill_(5);
    expect(values(optimizer.stateDict().state[0]?.square_avg as Tensor)).not.toEqual([5, 5]);
  });

  test("bring options along, also those that only PyTorch knows", () => {
    const { optimizer } = trained((p) => new optim.Adam(p, { lr: 0.5, betas: [0.1, 0.2] }));
    const dict = optimizer.stateDict();
    const [group] = dict.param_groups;
    const other = new optim.Adam([leaf(2), leaf(1, 2)]);
    other.loadStateDict({ ...dict, param_groups: [{ ...(group as optim.PackedGroup), foreach: null, initial_lr: 1 }] });
    expect(other.paramGroups[0]).toMatchObject({ lr: 0.5, betas: [0.1, 0.2], initialLr: 1 });
    expect(other.stateDict().param_groups[0]).toMatchObject({ foreach: null, initial_lr: 1, params: [0, 1] });
  });

  test("Adagrad's are there before the first step", () => {
    const optimizer = new optim.Adagrad([leaf(2)], { initialAccumulatorValue: 0.5 });
    const first = optimizer.stateDict().state[0];
    expect(first?.step).toBe(0);
    expect(values(first?.sum as Tensor)).toEqual([0.5, 0.5]);
  });

  test("counts may be tensors", () => {
    const { optimizer } = trained((p) => new optim.Adam(p));
    const { state, param_groups } = optimizer.stateDict();
    const other = new optim.Adam([leaf(2), leaf(1, 2)]);
    const first = { ...(state[0] as (typeof state)[number]), step: tensor(7) };
    other.loadStateDict({ state: { ...state, 0: first }, param_groups });
    expect(other.stateDict().state[0]?.step).toBe(7);
  });

  test("become the parameter's dtype", () => {
    const { optimizer } = trained((p) => new optim.RMSprop(p));
    const double = [zeros(2, { dtype: "float64" }), zeros(1, 2, { dtype: "float64" })];
    const other = new optim.RMSprop(double);
    other.loadStateDict(optimizer.stateDict());
    expect(other.state.get(double[1] as Tensor)?.squareAvg.dtype).toBe("float64");
  });

  test("that do not fit change nothing", () => {
    const { optimizer } = trained((p) => new optim.RMSprop(p, { lr: 0.5 }));
    const dict = optimizer.stateDict();
    const target = new optim.RMSprop([leaf(2), leaf(1, 2)], { lr: 0.25 });
    const [group] = dict.param_groups as [optim.PackedGroup];
    const cases: [unknown, string][] = [
      [{ ...dict, param_groups: [] }, "loaded state dict has a different number of parameter groups: 0 instead of 1"],
      [
        { ...dict, param_groups: [{ ...group, params: [0] }] },
        "loaded state dict contains a parameter group that doesn't match the size of optimizer's group",
      ],
      [{ ...dict, param_groups: [{ ...group, lr: -1 }] }, "Invalid learning rate: -1"],
      [{ ...dict, state: { 0: { step: 1, square_avg: zeros(3) } } }, "square_avg has shape [3], but its parameter [2]"],
      [{ ...dict, state: { 0: { step: 1, square_avg: 3 } } }, "square_avg should be a Tensor, but is 3"],
      [{ ...dict, state: { 0: { step: "1", square_avg: zeros(2) } } }, "step should be a number, but is 1"],
      [
        { ...dict, state: { 1: { step: 1 } } },
        "state of parameter 1 lacks square_avg. Is it that of another optimizer?",
      ],
      [trained((p) => new optim.Adam(p)).optimizer.stateDict(), "lacks square_avg"],
      [{}, "expected an object with state and param_groups"],
      [null, "expected an object with state and param_groups"],
    ];
    for (const [bad, message] of cases) {
      expect(() => target.loadStateDict(bad as never)).toThrow(message);
      expect(() => target.loadStateDict(bad as never)).toThrow(/^\[RMSprop/);
      expect(target.paramGroups[0]?.lr).toBe(0.25);
      expect(target.state.size).toBe(0);
    }
  });
});

describe("printing and types", () => {
  test("an optimizer prints its groups as PyTorch does", () => {
    const text = `RMSprop (
Parameter Group 0
    alpha: 0.99
    centered: False
    eps: 1e-08
    lr: 0.01
    maximize: False
    momentum: 0
    weight_decay: 0

Parameter Group 1
    alpha: 0.99
    centered: False
    eps: 1e-08
    lr: 0.5
    maximize: False
    momentum: 0
    weight_decay: 0
)`;
    const optimizer = new optim.RMSprop([{ params: leaf(1) }, { params: leaf(1), lr: 0.5 }]);
    expect(String(optimizer)).toBe(text);
    expect(inspect(optimizer)).toBe(text);
  });

  test("an optimizer of one's own", () => {
    class SignDescent extends optim.Optimizer<{ lr: number }, { steps: number }> {
      constructor(params: optim.Params<{ lr: number }>, options: { lr?: number } = {}) {
        super(params, { lr: 0.01 }, options);
      }
      protected override makeState() {
        return { steps: 0 };
      }
      protected override update(param: Tensor, grad: Tensor, state: { steps: number }, { lr }: { lr: number }) {
        state.steps++;
        param.sub_(grad.sign().mul(lr));
      }
    }
    const a = leaf(2);
    const optimizer = new SignDescent([a], { lr: 0.25 });
    a.mul(tensor([3, -4]))
      .sum()
      .backward();
    optimizer.step();
    expect(values(a)).toEqual([0.75, 1.25]);
    expect(optimizer.stateDict()).toEqual({ state: { 0: { steps: 1 } }, param_groups: [{ lr: 0.25, params: [0] }] });
  });

  test("any optimizer is an Optimizer with a learning rate", () => {
    const all: optim.Optimizer[] = [new optim.SGD([leaf(1)]), new optim.RMSprop([leaf(1)]), new optim.AdamW([leaf(1)])];
    expectTypeOf(all[0]?.paramGroups[0]?.lr).toEqualTypeOf<number | undefined>();
    expect(all.map((o) => o.paramGroups[0]?.lr)).toEqual([0.001, 0.01, 0.001]);
  });
});

test("options that say how PyTorch computes a step change nothing", () => {
  const [a, b] = [ones(2, { requiresGrad: true }), ones(2, { requiresGrad: true })];
  const plain = new optim.AdamW([a], { lr: 0.1 });
  const fused = new optim.AdamW([{ params: [b], fused: true }], {
    lr: 0.1,
    fused: true,
    foreach: null,
    capturable: false,
  });
  for (const x of [a, b]) x.square().sum().backward();
  plain.step();
  fused.step();
  expect(b.equal(a)).toBe(true);
  expect(Object.keys(fused.paramGroups[0] as object)).toEqual(Object.keys(plain.paramGroups[0] as object));
});
