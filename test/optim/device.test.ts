/** @file The state of optimizers moves with the parameters, also from a device that has to be awaited. */
import { describe, expect, test } from "vitest";
import { registerBackend, type Storage, type TypedArray } from "../../kernels/backend.ts";
import { GpuError } from "../../kernels/gpu/runtime.ts";
import { ReferenceBackend } from "../../kernels/reference/backend.ts";
import { manualSeed, ones, Tensor } from "../../src/entry/index.ts";
import * as nn from "../../src/entry/nn.ts";
import * as optim from "../../src/entry/optim.ts";

/** Like a GPU: what is on it cannot be read at once. */
class SlowDevice extends ReferenceBackend {
  override async read(storage: Storage, offset: number, length: number): Promise<TypedArray> {
    return super.readSync(storage, offset, length);
  }
  override readSync(): TypedArray {
    throw new GpuError("this GPU cannot be read synchronously");
  }
}
registerBackend(new SlowDevice("gpu"));

const KINDS: Readonly<Record<string, (params: Tensor[]) => optim.Optimizer>> = {
  SGD: (p) => new optim.SGD(p, { lr: 0.1, momentum: 0.9 }) as unknown as optim.Optimizer,
  RMSprop: (p) => new optim.RMSprop(p, { momentum: 0.5, centered: true }) as unknown as optim.Optimizer,
  Adam: (p) => new optim.Adam(p, { amsgrad: true }) as unknown as optim.Optimizer,
  Adagrad: (p) => new optim.Adagrad(p) as unknown as optim.Optimizer,
  Adadelta: (p) => new optim.Adadelta(p) as unknown as optim.Optimizer,
  NAdam: (p) => new optim.NAdam(p) as unknown as optim.Optimizer,
};

function build(kind: string): { model: nn.Linear; optimizer: optim.Optimizer; train(steps: number): void } {
  manualSeed(1);
  const model = new nn.Linear(2, 1);
  const make = KINDS[kind] ?? expect.fail(kind);
  const optimizer = make(model.parameters());
  const train = (steps: number): void => {
    for (let i = 0; i < steps; i++) {
      optimizer.zeroGrad();
      const y = model.forward(ones(3, 2, { device: model.weight.device }));
      y.mul(y).sum().backward();
      optimizer.step();
    }
  };
  return { model, optimizer, train };
}

const devicesOf = (optimizer: optim.Optimizer): unknown[] =>
  [...optimizer.state.values()].flatMap((state) =>
    Object.values(state).flatMap((value) => (value instanceof Tensor ? [value.device] : [])),
  );

describe.each(Object.keys(KINDS))("%s", (kind) => {
  test("training goes on after model.cpu() as if it had never been away", async () => {
    const [moving, staying] = [build(kind), build(kind)];
    moving.train(2);
    moving.model.to("gpu");
    moving.train(2);
    expect(new Set(devicesOf(moving.optimizer))).toEqual(new Set(["gpu"]));
    await moving.model.cpu();
    expect(new Set(devicesOf(moving.optimizer))).toEqual(new Set(["cpu"]));
    moving.train(2);
    staying.train(6);
    const [found, wanted] = [moving.model.weight.dataSync(), staying.model.weight.dataSync()];
    for (const [i, w] of wanted.entries()) expect(found[i]).toBeCloseTo(w, 5);
  });
});

test("a state that was loaded comes along too", async () => {
  const [first, second] = [build("Adam"), build("Adam")];
  first.train(1);
  second.model.to("gpu");
  second.optimizer.loadStateDict(first.optimizer.stateDict());
  await second.model.cpu();
  expect(devicesOf(second.optimizer)).toContain("cpu");
  expect(() => second.train(1)).not.toThrow();
});

test("module.to of a device that has to be waited for names module.cpu()", async () => {
  const { model, train } = build("SGD");
  model.to("gpu");
  train(1);
  expect(() => model.to("cpu")).toThrow("[Module.to] the module's device must be awaited. Use `await module.cpu()`");
  expect(model.weight.device).toBe("gpu");
});
