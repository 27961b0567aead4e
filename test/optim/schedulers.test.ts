/** @file Every scheduler against PyTorch's, step by step, in two groups. */
import { afterEach, describe, expect, test, vi } from "vitest";
import { ones, tensor } from "../../src/entry/index.ts";
import * as optim from "../../src/entry/optim.ts";
import { LAMBDAS, type SchedulerCase, type SchedulerSpec, schedulerGolden } from "../golden/schedulers.ts";

const lr = optim.lrScheduler;
type Scheduler =
  | optim.lrScheduler.ChainableScheduler
  | optim.lrScheduler.ChainedScheduler
  | optim.lrScheduler.ReduceLROnPlateau;
type AnyOptions = Record<string, never>;

const { initial, savedAfter, metrics, cases } = schedulerGolden;

function makeOptimizer(kind: "SGD" | "Adam" = "SGD"): optim.SGD | optim.Adam {
  const groups = initial.map((rate) => ({ params: ones(1).requiresGrad_(), lr: rate }));
  return kind === "SGD" ? new optim.SGD(groups, { momentum: 0.5 }) : new optim.Adam(groups);
}

function make(optimizer: optim.Optimizer, [name, options]: SchedulerSpec): Scheduler {
  if (name === "SequentialLR") {
    const parts = (options.schedulers as SchedulerSpec[]).map((spec) => make(optimizer, spec));
    const schedulers = parts as optim.lrScheduler.LRScheduler[];
    return new lr.SequentialLR(optimizer, { schedulers, milestones: options.milestones as number[] });
  }
  if (name === "ChainedScheduler") {
    const parts = (options.schedulers as SchedulerSpec[]).map((spec) => make(optimizer, spec));
    return new lr.ChainedScheduler(parts as optim.lrScheduler.LRScheduler[]);
  }
  if (name === "LambdaLR" || name === "MultiplicativeLR") {
    const given = options.lrLambda as string | string[];
    const lrLambda = Array.isArray(given) ? given.map((key) => LAMBDAS[key]) : LAMBDAS[given];
    return new lr[name](optimizer, { ...options, lrLambda } as never);
  }
  const Kind = (name === "SWALR" ? optim.swaUtils.SWALR : lr[name as "StepLR"]) as unknown as new (
    o: optim.Optimizer,
    options: AnyOptions,
  ) => Scheduler;
  return new Kind(optimizer, options as AnyOptions);
}

function stepAll(optimizer: optim.Optimizer, schedulers: readonly Scheduler[], step: number): void {
  optimizer.step();
  for (const scheduler of schedulers) {
    if (scheduler instanceof lr.ReduceLROnPlateau) scheduler.step(metrics[step] as number);
    else scheduler.step();
  }
}

/** The last digits: cosines and powers of C libraries differ there. */
function expectAlike(own: unknown, expected: unknown): void {
  if (typeof expected === "object" && expected !== null) {
    expect(Object.keys(own as object).sort()).toEqual(Object.keys(expected).sort());
    for (const [key, value] of Object.entries(expected)) expectAlike(Reflect.get(own as object, key), value);
  } else if (typeof expected !== "number" || !Number.isFinite(expected)) {
    expect(own).toBe(expected);
  } else expect(Math.abs((own as number) - expected)).toBeLessThanOrEqual(1e-13 * Math.abs(expected) + 1e-17);
}

function expectStep(golden: SchedulerCase, optimizer: optim.Optimizer, schedulers: readonly Scheduler[], at: number) {
  const groups = optimizer.paramGroups as unknown as { lr: number; momentum?: number; betas?: number[] }[];
  const rates = groups.map((group) => group.lr);
  expectAlike(rates, golden.rates[at]);
  expect(schedulers.at(-1)?.getLastLr()).toEqual(rates);
  const momenta = groups.map((group) => group.momentum ?? group.betas?.[0]);
  if (golden.momenta !== null) expectAlike(momenta, golden.momenta[at]);
}

const titled = (golden: SchedulerCase) =>
  `${golden.specs.map(([name, options]) => `${name} ${JSON.stringify(options)}`).join(" + ")} ${golden.optimizer}`;

describe.each(cases.map((golden) => [titled(golden), golden] as const))("%s", (_, golden) => {
  test("gives PyTorch's rates", () => {
    const optimizer = makeOptimizer(golden.optimizer);
    const schedulers = golden.specs.map((spec) => make(optimizer, spec));
    expectStep(golden, optimizer, schedulers, 0);
    for (let step = 0; step < golden.rates.length - 1; step++) {
      stepAll(optimizer, schedulers, step);
      expectStep(golden, optimizer, schedulers, step + 1);
    }
  });

  test("has PyTorch's state dictionary", () => {
    const optimizer = makeOptimizer(golden.optimizer);
    const schedulers = golden.specs.map((spec) => make(optimizer, spec));
    for (let step = 0; step < savedAfter; step++) stepAll(optimizer, schedulers, step);
    expectAlike(
      schedulers.map((scheduler) => scheduler.stateDict()),
      golden.saved,
    );
  });

  test("goes on from PyTorch's state dictionary", () => {
    const trained = makeOptimizer(golden.optimizer);
    const before = golden.specs.map((spec) => make(trained, spec));
    for (let step = 0; step < savedAfter; step++) stepAll(trained, before, step);
    const optimizer = makeOptimizer(golden.optimizer);
    const schedulers = golden.specs.map((spec) => make(optimizer, spec));
    optimizer.loadStateDict(trained.stateDict());
    for (const [i, scheduler] of schedulers.entries()) scheduler.loadStateDict(golden.saved[i] ?? {});
    expectStep(golden, optimizer, schedulers, savedAfter);
    for (let step = savedAfter; step < golden.rates.length - 1; step++) {
      stepAll(optimizer, schedulers, step);
      expectStep(golden, optimizer, schedulers, step + 1);
    }
  });
});

afterEach(() => {
  vi.restoreAllMocks();
});

describe("schedulers", () => {
  const one = () => new optim.SGD([ones(1).requiresGrad_()], { lr: 1 });

  test("take arguments in PyTorch's order or by name", () => {
    const rates = (scheduler: optim.lrScheduler.LRScheduler) =>
      Array.from({ length: 6 }, () => {
        scheduler.optimizer.step();
        scheduler.step();
        return scheduler.getLastLr()[0];
      });
    const named = rates(new lr.StepLR(one(), { stepSize: 2, gamma: 0.5 }));
    expect(named).toEqual([1, 0.5, 0.5, 0.25, 0.25, 0.125]);
    expect(rates(new lr.StepLR(one(), 2, 0.5))).toEqual(named);
    expect(rates(new lr.StepLR(one(), 2, { gamma: 0.5 }))).toEqual(named);
  });

  test("a wrong option does not compile, and is refused", () => {
    // @ts-expect-error misspelt
    expect(() => new lr.StepLR(one(), { stepSize: 2, gama: 0.5 })).toThrow('unknown option "gama"');
    // @ts-expect-error missing
    expect(() => new lr.StepLR(one())).toThrow('[StepLR] missing required argument "stepSize"');
    // @ts-expect-error of another type
    expect(() => new lr.ExponentialLR(one(), { gamma: "0.5" })).toThrow("gamma should be a number");
  });

  test("keep initial rates in the groups, and go on from them", () => {
    const optimizer = one();
    const scheduler = new lr.CosineAnnealingLR(optimizer, { tMax: 10 });
    for (let i = 0; i < 4; i++) {
      optimizer.step();
      scheduler.step();
    }
    const other = one();
    other.loadStateDict(optimizer.stateDict());
    expect(other.stateDict().param_groups[0]).toMatchObject({ initial_lr: 1 });
    const resumed = new lr.CosineAnnealingLR(other, { tMax: 10, lastEpoch: 3 });
    expect(resumed.lastEpoch).toBe(4);
    expect(resumed.getLastLr()[0]).toBeCloseTo(scheduler.getLastLr()[0] as number, 14);
    expect(() => new lr.StepLR(one(), { stepSize: 1, lastEpoch: 3 })).toThrow(
      "param 'initialLr' is not specified in paramGroups[0] when resuming an optimizer",
    );
  });

  test("warn once if the optimizer has not moved yet", () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const scheduler = new lr.StepLR(one(), 2);
    scheduler.step();
    scheduler.step();
    expect(warn).toHaveBeenCalledTimes(1);
    expect(warn).toHaveBeenCalledWith(expect.stringContaining("[StepLR] Detected call of scheduler.step() before"));
    const optimizer = one();
    const inOrder = new lr.StepLR(optimizer, 2);
    optimizer.step();
    inOrder.step();
    expect(warn).toHaveBeenCalledTimes(1);
  });

  test("ReduceLROnPlateau also reads tensors, and knows its rates before the first step", () => {
    const scheduler = new lr.ReduceLROnPlateau(one(), { patience: 0, factor: 0.5 });
    expect(scheduler.getLastLr()).toEqual([1]);
    scheduler.step(tensor(3));
    scheduler.step(tensor(3));
    expect(scheduler.getLastLr()).toEqual([0.5]);
  });

  test("ReduceLROnPlateau prints PyTorch's lines", () => {
    const log = vi.spyOn(console, "log").mockImplementation(() => {});
    const groups = [
      { params: [tensor([1], { requiresGrad: true })] },
      { params: [tensor([1], { requiresGrad: true })], lr: 2e-9 },
    ];
    const scheduler = new lr.ReduceLROnPlateau(new optim.SGD(groups, 0.1), { patience: 0, verbose: true });
    for (const loss of [1, 1, 1]) scheduler.step(loss);
    expect(log.mock.calls.flat()).toEqual([
      "Epoch 00002: reducing learning rate of group 0 to 1.0000e-02.",
      "Epoch 00003: reducing learning rate of group 0 to 1.0000e-03.",
    ]);
    expect(scheduler.stateDict()).not.toHaveProperty("verbose");
  });

  test.each(schedulerGolden.printed.map((each) => [each.spec[0], each] as const))(
    "%s prints PyTorch's lines",
    (name, { spec, lines }) => {
      const log = vi.spyOn(console, "log").mockImplementation(() => {});
      const optimizer = makeOptimizer();
      const scheduler = make(optimizer, [name, { ...spec[1], verbose: true }]) as optim.lrScheduler.LRScheduler;
      for (let i = 0; i < 2; i++) {
        optimizer.step();
        scheduler.step();
      }
      if (name === "CosineAnnealingWarmRestarts") scheduler.step(1.5);
      expect(log.mock.calls.flat()).toEqual(lines);
      expect(scheduler.stateDict()).not.toHaveProperty("verbose");
    },
  );

  test("OneCycleLR refuses more steps than it has", () => {
    const optimizer = one();
    const scheduler = new lr.OneCycleLR(optimizer, { maxLr: 1, totalSteps: 3 });
    for (let i = 0; i < 3; i++) {
      optimizer.step();
      scheduler.step();
    }
    expect(() => scheduler.step()).toThrow("Tried to step 5 times. The specified number of total steps is 3");
  });

  test.each<[string, () => unknown]>([
    ["[StepLR] 3 is not an Optimizer", () => new lr.StepLR(3 as never, 2)],
    ["[LambdaLR] Object is not an Optimizer", () => new lr.LambdaLR({} as never, () => 1)],
    ["[StepLR] stepSize should be an integer of at least 1", () => new lr.StepLR(one(), 0)],
    ["[MultiStepLR] milestones should be a list of epochs", () => new lr.MultiStepLR(one(), 3 as never)],
    ["[ConstantLR] Constant multiplicative factor expected to be", () => new lr.ConstantLR(one(), { factor: 1.5 })],
    ["[LinearLR] Starting multiplicative factor expected to be", () => new lr.LinearLR(one(), { startFactor: 0 })],
    ["[LinearLR] Ending multiplicative factor expected to be", () => new lr.LinearLR(one(), { endFactor: 2 })],
    ["[LambdaLR] expected 1 values for lrLambda, got 2", () => new lr.LambdaLR(one(), [() => 1, () => 2])],
    ["[OneCycleLR] You must define either totalSteps OR", () => new lr.OneCycleLR(one(), 1)],
    ["[OneCycleLR] epochs should be an integer", () => new lr.OneCycleLR(one(), 1, { stepsPerEpoch: 3 })],
    ["Expected float between 0 and 1 pctStart", () => new lr.OneCycleLR(one(), 1, 10, { pctStart: 3 })],
    ["annealStrategy must be one of", () => new lr.OneCycleLR(one(), 1, 10, { annealStrategy: "exp" as never })],
    [
      "[OneCycleLR] optimizer must support momentum",
      () => new lr.OneCycleLR(new optim.Adagrad([ones(1).requiresGrad_()]), 1, 10),
    ],
    [
      "[LambdaLR] lrLambda should return a number, but it returned a Promise",
      () => new lr.LambdaLR(one(), (async () => 1) as never),
    ],
    ["[ReduceLROnPlateau] Factor should be < 1.0.", () => new lr.ReduceLROnPlateau(one(), { factor: 1 })],
    ["mode mean is unknown!", () => new lr.ReduceLROnPlateau(one(), { mode: "mean" as never })],
    ["threshold mode half is unknown!", () => new lr.ReduceLROnPlateau(one(), { thresholdMode: "half" as never })],
    ["step() needs the metric as a number", () => new lr.ReduceLROnPlateau(one()).step(undefined as never)],
    [
      "expects all schedulers to belong to the same optimizer",
      () => new lr.SequentialLR(one(), [new lr.StepLR(one(), 2)], []),
    ],
    ["expects number of schedulers provided to be one more", () => new lr.SequentialLR(one(), [], [])],
    ["[SequentialLR] milestones should be a list, but got 2", () => new lr.SequentialLR(one(), [], 2 as never)],
    [
      "[Own] lastEpoch should be an integer, but got undefined. A scheduler of your own calls super(optimizer, options",
      () => {
        class Own extends lr.LRScheduler {
          protected override getLr(): number[] {
            return [1];
          }
        }
        // A call without options, as in PyTorch.
        return new Own(one(), -1 as never, undefined as never);
      },
    ],
    ["[StepLR.loadStateDict] the state lacks step_size", () => new lr.StepLR(one(), 2).loadStateDict({})],
    ["expected an object, as stateDict() gives", () => new lr.StepLR(one(), 2).loadStateDict(null as never)],
    [
      "[StepLR.loadStateDict] base_lrs should be like [1], but is [1,2]",
      () => {
        const scheduler = new lr.StepLR(one(), 2);
        scheduler.loadStateDict({ ...scheduler.stateDict(), base_lrs: [1, 2] });
      },
    ],
  ])("%s", (message, make) => {
    expect(make).toThrow(message);
  });
});
