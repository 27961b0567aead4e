/** @file Two copies of the library in one program: what comes from the other one is recognised and refused, not skipped. */
import { describe, expect, test, vi } from "vitest";
import { add, cat, type Tensor, tensor } from "../../src/entry/index.ts";
import * as io from "../../src/entry/io.ts";
import * as nn from "../../src/entry/nn.ts";
import * as optim from "../../src/entry/optim.ts";

const ours = { tensor, nn, optim };
vi.resetModules();
const other: typeof import("../../src/entry/index.ts") = await import("../../src/entry/index.ts");
const otherNn: typeof nn = await import("../../src/entry/nn.ts");
const otherOptim: typeof optim = await import("../../src/entry/optim.ts");

const REASON = "of another copy of tapegrad, which this copy cannot use. The program contains the library twice";
const theirs = (): Tensor => other.tensor([1, 2]) as unknown as Tensor;

test("there are two copies", () => {
  expect(otherNn.Linear).not.toBe(ours.nn.Linear);
  expect(new otherNn.Linear(2, 2)).not.toBeInstanceOf(nn.Module);
});

describe("a tensor of the other copy", () => {
  const x = tensor([1, 2], { requiresGrad: true });
  test.each<[string, () => unknown]>([
    ["add", () => x.add(theirs())],
    ["matmul", () => x.matmul(theirs())],
    ["copy_", () => tensor([1, 2]).copy_(theirs())],
    ["mul_", () => tensor([1, 2]).mul_(theirs())],
    ["where", () => x.maximum(theirs())],
    ["add as a function", () => add(theirs(), x)],
    ["cat", () => cat([x, theirs()])],
    ["linear", () => new nn.Linear(2, 1).forward(theirs())],
    ["Parameter", () => new nn.Parameter(theirs())],
    ["their method with ours", () => theirs().add(x)],
  ])("%s", (_, call) => {
    expect(call).toThrow("another copy of tapegrad");
  });
  test("as a buffer, in a list of parameters, in a state dictionary, to be optimized, to be saved", () => {
    const linear = new nn.Linear(2, 2);
    expect(() => linear.registerBuffer("b", theirs())).toThrow(`buffer 'b' is a Tensor ${REASON}`);
    expect(() => new nn.ParameterList([theirs()])).toThrow(`a value is a Tensor ${REASON}`);
    expect(() => linear.loadStateDict(new otherNn.Linear(2, 2).stateDict() as never)).toThrow(
      `[loadStateDict] 'weight' is a Tensor ${REASON}`,
    );
    expect(() => new optim.SGD(new otherNn.Linear(2, 2).parameters() as never)).toThrow(
      `[SGD] one of the params is a Parameter ${REASON}`,
    );
    expect(() => new optim.SGD(theirs() as never)).toThrow(`[SGD] params is a Tensor ${REASON}`);
  });
  test("is not saved as something else", async () => {
    await expect(async () => io.save({ list: [theirs()] } as never, "never-written.safetensors")).rejects.toThrow(
      REASON,
    );
  });
});

describe("a module of the other copy", () => {
  const foreign = () => new otherNn.Linear(2, 2) as unknown as nn.Linear;
  class Net extends nn.Module {
    mine = new nn.Linear(2, 2);
    theirs = foreign();
    override forward(x: Tensor): Tensor {
      return this.theirs.forward(this.mine.forward(x));
    }
  }
  test("is no child that is passed over", () => {
    const net = new Net();
    const message = `[Net] field 'theirs' is a Module ${REASON}`;
    for (const use of [() => net.parameters(), () => net.stateDict(), () => net.train(), () => String(net)]) {
      expect(use).toThrow(message);
    }
  });
  test("a parameter of the other copy is refused as a field that held one", () => {
    const linear = new nn.Linear(2, 2);
    Reflect.set(linear, "weight", new otherNn.Parameter(other.ones(2, 2)));
    expect(() => linear.parameters()).toThrow(`[Linear] field 'weight' is a Parameter ${REASON}`);
    expect(() => linear.forward(tensor([[1, 2]]))).toThrow(REASON);
  });
  test("a parameter of the other copy is refused as a field of one's own class", () => {
    class Scale extends nn.Module {
      scale = new otherNn.Parameter(other.ones(2));
      override forward(x: Tensor): Tensor {
        return x;
      }
    }
    expect(() => new Scale().parameters()).toThrow(`[Scale] field 'scale' is a Parameter ${REASON}`);
  });
  test("containers refuse it", () => {
    const message = `a module is a Module ${REASON}`;
    expect(() => new nn.Sequential(new nn.ReLU(), foreign())).toThrow(`[Sequential] ${message}`);
    expect(() => new nn.Sequential(foreign())).toThrow(`[Sequential] ${message}`);
    expect(() => new nn.ModuleList([foreign()])).toThrow(`[ModuleList] ${message}`);
    expect(() => new nn.ModuleDict({ a: foreign() })).toThrow(`[ModuleDict] ${message}`);
    expect(() => new Net().addModule("more", foreign())).toThrow(message);
  });
  test("an optimizer of the other copy is none for a scheduler", () => {
    const optimizer = new otherOptim.SGD([other.ones(1).requiresGrad_()]);
    expect(() => new optim.lrScheduler.StepLR(optimizer as never, { stepSize: 1 })).toThrow(
      `[StepLR] the optimizer is an Optimizer ${REASON}`,
    );
  });
});
