/** @file Check mode: it finds what differs, and changes nothing where nothing does. */
import { describe, expect, it } from "vitest";
import {
  autograd,
  compile,
  manualSeed,
  nn,
  optim,
  randint,
  randn,
  type Tensor,
  tensor,
} from "../../src/entry/index.ts";
import { bitsOf } from "./bits.ts";

const { functional: F } = nn;

function train(isCompiled: boolean): string[] {
  manualSeed(2);
  const model = new nn.Sequential(
    new nn.Linear(5, 30),
    new nn.BatchNorm1d(30),
    new nn.Dropout(0.2),
    new nn.Linear(30, 3),
  );
  const optimizer = new optim.Adam(model.parameters());
  const warmup = new optim.lrScheduler.LinearLR(optimizer);
  const decay = new optim.lrScheduler.ExponentialLR(optimizer, 0.9);
  const scheduler = new optim.lrScheduler.SequentialLR(optimizer, [warmup, decay], [3]);
  const step = (x: Tensor, y: Tensor): Tensor => {
    const loss = F.crossEntropy(model.forward(x), y);
    loss.backward();
    optimizer.step();
    optimizer.zeroGrad();
    scheduler.step();
    return loss;
  };
  const fn = isCompiled ? compile(step, { check: true, fullgraph: true }) : step;
  return Array.from({ length: 8 }, () => {
    const loss = fn(randn(6, 5), randint(0, 3, [6]));
    return [loss, ...Object.values(model.stateDict())].map(bitsOf).join(" ") + String(scheduler.getLastLr());
  });
}

describe("check mode", () => {
  it("leaves parameters, statistics, moments, rates and random numbers as one run does", () => {
    expect(train(true)).toEqual(train(false));
  });

  it("names the result that differs", () => {
    let factor = 2;
    const fn = compile((x: Tensor) => [x.neg(), x.mul(factor)], { check: true });
    fn(tensor([1, 2]));
    expect(fn(tensor([3, 4]))).toHaveLength(2);
    factor = 3;
    expect(() => fn(tensor([5, 6]))).toThrow(
      "[compile] check: a run of a compiled function is not what the function itself gives: " +
        "tensor 1 of the result has 10 at element 0, not 15",
    );
  });

  it("names a storage from outside that differs", () => {
    let isAdding = true;
    const total = tensor([0, 0, 0]);
    const fn = compile(
      (x: Tensor) => {
        if (isAdding) total.add_(x);
        return x.add(1);
      },
      { check: true },
    );
    fn(tensor([1, 1, 1]));
    fn(tensor([1, 1, 1]));
    expect(bitsOf(total)).toBe(bitsOf(tensor([2, 2, 2])));
    isAdding = false;
    expect(() => fn(tensor([1, 1, 1]))).toThrow(
      "a storage from outside (float32, 3 elements) has 3 at element 0, not 2",
    );
  });

  it("compares gradients and histories", () => {
    const w = new nn.Parameter(tensor([1, 2]));
    let isLearning = true;
    const fn = compile(
      (x: Tensor) => {
        const y = w.mul(x).sum();
        if (isLearning) y.backward();
        return y.detach();
      },
      { check: true },
    );
    for (let i = 0; i < 3; i++) fn(tensor([1, 1]));
    expect(bitsOf(w.grad)).toBe(bitsOf(tensor([3, 3])));
    isLearning = false;
    expect(() => fn(tensor([1, 1]))).toThrow("the gradient of a leaf of shape [2] has 4 at element 0, not 3");
  });

  it("compares the backward pass of a result that has a history", () => {
    const w = new nn.Parameter(tensor([1, 2, 3]));
    const options = { factor: 2 };
    class Scale extends autograd.Function {
      static forward(_ctx: autograd.FunctionContext, x: Tensor): Tensor {
        return x.mul(2);
      }
      static backward(_ctx: autograd.FunctionContext, grad: Tensor): Tensor {
        return grad.mul(options.factor);
      }
    }
    const fn = compile((x: Tensor) => [Scale.apply(w.mul(x)) as Tensor, x.add(1)], { check: true });
    const backward = (): void => (fn(tensor([1, 1, 1]))[0] as Tensor).sum().backward();
    for (let i = 0; i < 3; i++) backward();
    expect(bitsOf(w.grad)).toBe(bitsOf(tensor([6, 6, 6])));
    options.factor = 3;
    expect(backward).toThrow("the gradient of an input of shape [3] has 2 at element 0, not 3");
  });
});
