/** @file A compiled step of training against the same step without compile, for every optimizer. */
import { describe, expect, it } from "vitest";
import { compile, manualSeed, nn, optim, randint, randn, type Tensor, tensor } from "../../src/entry/index.ts";

class Net extends nn.Module {
  fc1 = new nn.Linear(20, 32);
  bn = new nn.BatchNorm1d(32);
  drop = new nn.Dropout(0.3);
  fc2 = new nn.Linear(32, 10);
  forward(x: Tensor): Tensor {
    return this.fc2.forward(this.drop.forward(this.bn.forward(this.fc1.forward(x)).relu()));
  }
}

const numbers = (t: Tensor): string => Buffer.from(new Uint8Array(t.contiguous().dataSync().buffer)).toString("hex");

type MakeOptimizer = (params: nn.Parameter[]) => optim.Optimizer;

/** The losses of some steps and the state after them, bit for bit. */
function train(isCompiled: boolean, makeOptimizer: MakeOptimizer, isScheduled = true): string[] {
  manualSeed(0);
  const model = new Net();
  const lossFn = new nn.CrossEntropyLoss();
  const optimizer = makeOptimizer(model.parameters());
  const scheduler = new optim.lrScheduler.StepLR(optimizer, 3, 0.5);
  const eager = (x: Tensor, y: Tensor): Tensor => {
    const loss = lossFn.forward(model.forward(x), y);
    loss.backward();
    nn.utils.clipGradNorm_(model.parameters(), 1);
    optimizer.step();
    optimizer.zeroGrad();
    return loss;
  };
  const step = isCompiled ? compile(eager, { fullgraph: true }) : eager;
  const found: string[] = [];
  for (let i = 0; i < 12; i++) {
    const n = i % 5 === 4 ? 7 : 16;
    found.push(numbers(step(randn(n, 20), randint(0, 10, [n]))));
    if (isScheduled) scheduler.step();
  }
  if ("programs" in step) expect(step.programs).toHaveLength(2);
  return [...found, ...Object.values(model.stateDict()).map(numbers)];
}

const OPTIMIZERS: Record<string, MakeOptimizer> = {
  SGD: (params) => new optim.SGD(params, { lr: 0.1 }),
  "SGD with momentum": (params) => new optim.SGD(params, { lr: 0.1, momentum: 0.9, nesterov: true }),
  RMSprop: (params) => new optim.RMSprop(params, { momentum: 0.9, centered: true }),
  Adam: (params) => new optim.Adam(params),
  AdamW: (params) => new optim.AdamW(params, { amsgrad: true }),
  Adagrad: (params) => new optim.Adagrad(params, { lrDecay: 0.1 }),
  Adadelta: (params) => new optim.Adadelta(params),
  Adamax: (params) => new optim.Adamax(params),
  NAdam: (params) => new optim.NAdam(params),
  RAdam: (params) => new optim.RAdam(params),
};

type UpdateOf = (
  param: Tensor,
  grad: Tensor,
  state: { step: number; expAvg: Tensor; expAvgSq: Tensor },
  group: optim.Optimizer<optim.AdamOptions>["paramGroups"][number],
) => void;

/** An optimizer of a user's, on top of one of the library's. */
class Warm extends optim.Adam {
  calls = 0;
  protected override update(...[param, grad, state, group]: Parameters<UpdateOf>): void {
    super.update(param, grad, state, { ...group, lr: group.lr / (1 + state.step) });
  }
}
class Counting extends Warm {
  protected override update(...[param, grad, state, group]: Parameters<UpdateOf>): void {
    this.calls++;
    super.update(param, grad, state, group);
  }
}

it.each([
  [Warm, "Warm gives its update other options than those of a parameter group"],
  [Counting, "Counting gives its update other options"],
])("%o, whose numbers a program cannot find out anew, is not captured", (Own, why) => {
  const w = new nn.Parameter(tensor([1, 2]));
  const optimizer = new Own([w], { lr: 0.1 });
  const step = compile(
    () => {
      w.square().sum().backward();
      optimizer.step();
      optimizer.zeroGrad();
    },
    { fullgraph: true },
  );
  expect(step).toThrow(why);
});

describe("a compiled step of training gives the eager bits", () => {
  for (const [name, make] of Object.entries(OPTIMIZERS)) {
    it(name, () => {
      expect(train(true, make)).toEqual(train(false, make));
    });
  }

  // Its options are constants of the program: another rate is another program.
  it("Rprop", () => {
    const make: MakeOptimizer = (params) => new optim.Rprop(params);
    expect(train(true, make, false)).toEqual(train(false, make, false));
  });
});
