/** @file A compiled step of training against the same step without compile, for every optimizer. */
import { describe, expect, it } from "vitest";
import { compile, manualSeed, nn, optim, randint, randn, type Tensor } from "../../src/entry/index.ts";

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
function train(isCompiled: boolean, makeOptimizer: MakeOptimizer): string[] {
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
    scheduler.step();
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

describe("a compiled step of training gives the eager bits", () => {
  for (const [name, make] of Object.entries(OPTIMIZERS)) {
    it(name, () => {
      expect(train(true, make)).toEqual(train(false, make));
    });
  }
});
