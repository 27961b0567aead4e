/** @file detectAnomaly: it names the operation, shows where it was called, and leaves everything else as it is. */
import { describe, expect, test } from "vitest";
import { autograd, nn, type Tensor, tensor } from "../../src/entry/index.ts";

/** 0 · (the root of 0)′ = 0 · ∞. */
function nanInSqrt(x: Tensor): Tensor {
  return x.sqrt().mul(0).sum();
}

const zero = () => tensor([1, 0], { requiresGrad: true });

function messageOf(fn: () => unknown): string {
  try {
    fn();
  } catch (error) {
    return (error as Error).message;
  }
  return "";
}

describe("NaN in a gradient", () => {
  test("names the operation and the call", () => {
    const message = messageOf(() => autograd.detectAnomaly(() => nanInSqrt(zero()).backward()));
    expect(message).toContain("Function 'SqrtBackward0' returned nan values in its 0th output.");
    const [, , first] = message.split("\n");
    expect(message).toContain("Traceback of forward call that caused the error:");
    expect(first).toMatch(/nanInSqrt .*anomaly\.test\.ts/);
    expect(message).not.toMatch(/src\/(tensor|autograd)\//);
  });

  test("shows the layers on the way", () => {
    class Root extends nn.Module {
      forward(x: Tensor): Tensor {
        return nanInSqrt(x);
      }
    }
    const model = new nn.Sequential(new nn.Identity(), new Root());
    const message = messageOf(() => autograd.detectAnomaly(() => model.forward(zero()).backward()));
    expect(message).toMatch(/at nanInSqrt .*\n *at Root\.forward .*\n *at Sequential\.forward /);
  });

  test("which of the outputs", () => {
    const x = zero();
    const y = tensor([1, 0], { requiresGrad: true });
    expect(messageOf(() => autograd.detectAnomaly(() => y.div(x).mul(0).sum().backward()))).toContain(
      "Function 'DivBackward0' returned nan values in its 0th output.",
    );
    const z = tensor([0, 0], { requiresGrad: true });
    expect(messageOf(() => autograd.detectAnomaly(() => y.detach().div(z).mul(0).sum().backward()))).toContain(
      "Function 'DivBackward0' returned nan values in its 1th output.",
    );
  });

  test("in autograd.grad too", () => {
    const x = zero();
    expect(() => autograd.detectAnomaly(() => autograd.grad(nanInSqrt(x), x))).toThrow("SqrtBackward0");
  });

  test("without the forward pass there is no stack", () => {
    const y = nanInSqrt(zero());
    expect(() => autograd.detectAnomaly(() => y.backward())).toThrow("No forward pass information available");
  });

  test("in users' functions", () => {
    class Broken extends autograd.Function {
      static forward(_ctx: autograd.FunctionContext, x: Tensor): Tensor {
        return x.mul(2);
      }
      static backward(_ctx: autograd.FunctionContext, grad: Tensor): Tensor {
        return grad.mul(Number.NaN);
      }
    }
    expect(() => autograd.detectAnomaly(() => Broken.apply(zero()).sum().backward())).toThrow(
      "Function 'BrokenBackward' returned nan values in its 0th output.",
    );
  });

  test("in the backward of a backward, with both calls", () => {
    const x = zero();
    const message = messageOf(() =>
      autograd.detectAnomaly(() => {
        const y = x.pow(1.5);
        const [g] = autograd.grad(y.sum(), x, { createGraph: true }) as [Tensor];
        // The gradient is 1.5·√x, whose derivative is infinite at 0.
        g.mul(0).sum().backward();
      }),
    );
    expect(message).toMatch(/Function 'PowBackward\d' returned nan values/);
    expect(message).toContain("Previous calculation was induced by PowBackward0.");
    expect(message.match(/anomaly\.test\.ts/g)?.length).toBeGreaterThan(1);
  });

  test("what is not needed does not count", () => {
    const x = tensor([0], { requiresGrad: true });
    const detached = tensor([0]);
    autograd.detectAnomaly(() => x.div(detached.add(1)).mul(detached.sqrt()).backward());
    expect(x.grad?.toArraySync()).toEqual([0]);
  });
});

class Throws extends autograd.Function {
  static forward(_ctx: autograd.FunctionContext, x: Tensor): Tensor {
    return x.mul(2);
  }
  static backward(): null {
    throw new RangeError("out of luck");
  }
}

describe("other errors in backward", () => {
  test("are thrown with the stack of the forward call", () => {
    const message = messageOf(() => autograd.detectAnomaly(() => Throws.apply(zero()).sum().backward()));
    expect(message).toContain("Error detected in ThrowsBackward: out of luck");
    expect(message).toMatch(/anomaly\.test\.ts/);
  });

  test("and are the cause of what is thrown", () => {
    try {
      autograd.detectAnomaly(() => Throws.apply(zero()).sum().backward());
      expect.unreachable();
    } catch (error) {
      expect((error as Error).cause).toBeInstanceOf(RangeError);
    }
  });

  test("without detection they are thrown as they are", () => {
    expect(() => Throws.apply(zero()).sum().backward()).toThrow(new RangeError("out of luck"));
  });
});

describe("the mode", () => {
  test("returns what the function returns, and ends with it", async () => {
    expect(autograd.detectAnomaly(() => 3)).toBe(3);
    expect(() => autograd.detectAnomaly(() => Throws.apply(zero()).sum().backward())).toThrow();
    nanInSqrt(zero()).backward();
    const later = autograd.detectAnomaly(async () => {
      await Promise.resolve();
      nanInSqrt(zero()).backward();
    });
    await expect(later).rejects.toThrow("SqrtBackward0");
    nanInSqrt(zero()).backward();
  });

  test("checkNan: false only remembers calls", () => {
    autograd.detectAnomaly(() => nanInSqrt(zero()).backward(), { checkNan: false });
  });

  test("gradients are the same as without", () => {
    const run = (): unknown => {
      const model = new nn.Sequential(new nn.Linear(3, 2), new nn.ReLU());
      for (const p of model.parameters()) p.detach().fill_(0.5);
      model
        .forward(tensor([[1, 2, 3]]))
        .sum()
        .backward();
      return model.parameters().map((p) => p.grad?.toArraySync());
    };
    expect(autograd.detectAnomaly(run)).toEqual(run());
  });
});
