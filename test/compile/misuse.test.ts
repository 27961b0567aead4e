/** @file What cannot be compiled, or is called in a way that makes no sense: clear errors, one warning, and never half a step. */
import { afterEach, beforeEach, describe, expect, it, type MockInstance, vi } from "vitest";
import { compile, GraphError, nn, ones, optim, randn, type Tensor, tensor, zeros } from "../../src/entry/index.ts";
import { bitsOf } from "./bits.ts";

const { functional: F } = nn;

let warn: MockInstance<typeof console.warn>;

beforeEach(() => {
  warn = vi.spyOn(console, "warn").mockImplementation(() => {});
});

afterEach(() => warn.mockRestore());

const zeros3 = (): Tensor => zeros(3);

describe("an error of a call whose result nobody reads comes in each run", () => {
  const at = (...values: number[]): Tensor => tensor(values, { dtype: "int32" });
  const calls: Readonly<Record<string, (index: Tensor) => unknown>> = {
    gather: (index) => zeros3().gather(0, index),
    indexSelect: (index) => zeros3().indexSelect(0, index),
    scatter: (index) => zeros3().scatter_(0, index, 1),
    scatterAdd: (index) => zeros3().scatterAdd_(0, index, ones(2)),
    scatterReduce: (index) => zeros3().scatterReduce(0, index, ones(2), "amax"),
    indexAdd: (index) => zeros3().indexAdd_(0, index, ones(2)),
    indexCopy: (index) => zeros3().indexCopy_(0, index, ones(2)),
    indexPut: (index) => zeros3().indexPut_([index], ones(2)),
    "floor division": (divisor) => at(1, 2).floorDivide(divisor.sub(7)),
    remainder: (divisor) => at(1, 2).remainder(divisor.sub(7)),
  };
  it.each(Object.entries(calls))("%s", (_, call) => {
    const fn = compile(
      (x: Tensor, index: Tensor): Tensor => {
        call(index);
        return x.add(1);
      },
      { fullgraph: true },
    );
    const x = ones(4);
    for (let i = 0; i < 3; i++) fn(x, at(0, 2));
    expect(() => call(at(0, 7))).toThrow();
    expect(() => fn(x, at(0, 7))).toThrow();
    expect(fn(x, at(1, 1)).toArraySync()).toEqual([2, 2, 2, 2]);
  });
});

describe("reading inside", () => {
  const READS: Record<string, (x: Tensor) => unknown> = {
    itemSync: (x) => x.sum().itemSync(),
    item: (x) => void x.sum().item(),
    dataSync: (x) => x.dataSync(),
    toArraySync: (x) => x.toArraySync(),
    nonzero: (x) => x.nonzero(),
    String: (x) => String(x),
    maskedSelect: (x) => x.maskedSelect(x.gt(0)),
  };
  for (const [name, read] of Object.entries(READS)) {
    it(`${name}: one warning, which names the call and the place, and eager from then on`, () => {
      let calls = 0;
      const fn = compile((x: Tensor) => {
        calls++;
        read(x);
        return x.mul(2);
      });
      for (let i = 0; i < 3; i++) expect(bitsOf(fn(ones(3)))).toBe(bitsOf(ones(3).mul(2)));
      expect(calls).toBe(3);
      expect(fn.programs).toHaveLength(0);
      expect(warn).toHaveBeenCalledTimes(1);
      expect(String(warn.mock.calls[0])).toMatch(/^\[compile\] .*misuse\.test\.ts:\d+:\d+\).* as it is from now on\.$/);
      if (name !== "String") expect(String(warn.mock.calls[0])).toContain(`${name}()`);
    });

    it(`${name}: fullgraph throws`, () => {
      const fn = compile(
        (x: Tensor) => {
          read(x);
          return x.mul(2);
        },
        { fullgraph: true },
      );
      expect(() => fn(ones(3))).toThrow(GraphError);
      expect(warn).not.toHaveBeenCalled();
    });
  }

  it("a branch on a number", () => {
    const fn = compile((x: Tensor) => ((x.sum().itemSync() as number) > 0 ? x.neg() : x.mul(2)));
    expect(bitsOf(fn(ones(2)))).toBe(bitsOf(ones(2).neg()));
    expect(bitsOf(fn(ones(2).neg()))).toBe(bitsOf(ones(2).mul(-2)));
  });

  it("reset() tries again", () => {
    let isReading = true;
    const fn = compile((x: Tensor) => {
      if (isReading) x.dataSync();
      return x.mul(2);
    });
    fn(ones(2));
    isReading = false;
    fn(ones(2));
    expect(fn.programs).toHaveLength(0);
    fn.reset();
    fn(ones(2));
    expect(fn.programs).toHaveLength(1);
  });
});

describe("functions that cannot be captured", () => {
  it("an asynchronous one runs as it is", async () => {
    const fn = compile(async (x: Tensor) => x.mul(2));
    expect(bitsOf(await fn(ones(2)))).toBe(bitsOf(ones(2).mul(2)));
    expect(bitsOf(await fn(ones(2).mul(2)))).toBe(bitsOf(ones(2).mul(4)));
    expect(String(warn.mock.calls[0])).toContain("asynchronous");
  });

  it("a module that counts its calls in a field", () => {
    class Counting extends nn.Module {
      calls = 0;
      forward(x: Tensor): Tensor {
        this.calls++;
        return x.mul(this.calls);
      }
    }
    const model = new Counting();
    const fn = compile((x: Tensor) => model.forward(x));
    for (let i = 1; i < 6; i++) expect(bitsOf(fn(ones(2)))).toBe(bitsOf(ones(2).mul(i)));
    expect(warn).toHaveBeenCalledTimes(1);
    expect(String(warn.mock.calls[0])).toContain("'calls'");
  });

  it("an object of a class in the result", () => {
    const fn = compile((x: Tensor) => ({ y: x.mul(2), at: new Date(0) }));
    fn(ones(2));
    expect(String(warn.mock.calls[0])).toContain("an object of Date");
  });

  it("other values in the arguments: more forms than maxPrograms run as they are", () => {
    const fn = compile((x: Tensor, factor: number) => x.mul(factor), { maxPrograms: 2 });
    for (let i = 0; i < 6; i++) expect(bitsOf(fn(ones(2), i))).toBe(bitsOf(ones(2).mul(i)));
    expect(fn.programs).toHaveLength(2);
    expect(warn).toHaveBeenCalledTimes(1);
  });
});

describe("calls that make no sense", () => {
  it("a compiled function within another", () => {
    const inner = compile((x: Tensor) => x.mul(2));
    const outer = compile((x: Tensor) => inner(x).add(1));
    expect(() => outer(ones(2))).toThrow(/'inner' was called while another function is captured|called while another/);
    expect(bitsOf(inner(ones(2)))).toBe(bitsOf(ones(2).mul(2)));
  });

  it("a compiled function within itself", () => {
    const fn: (x: Tensor, depth: number) => Tensor = compile(
      (x: Tensor, depth: number): Tensor => (depth === 0 ? x : fn(x, depth - 1).mul(2)),
    );
    expect(() => fn(ones(2), 2)).toThrow(GraphError);
  });

  it("a compiled function again, and what is no function", () => {
    const fn = compile((x: Tensor) => x.mul(2));
    expect(() => compile(fn)).toThrow(GraphError);
    expect(() => compile(3 as never)).toThrow("[compile] expected a function or a module");
  });

  it("a tensor from outside that was disposed", () => {
    const scale = randn(400);
    const fn = compile((x: Tensor) => x.mul(scale));
    fn(ones(400));
    fn(ones(400));
    scale.dispose();
    expect(() => fn(ones(400))).toThrow(/^\[.*use of a freed storage/);
  });

  it("second derivatives", () => {
    const fn = compile((x: Tensor) => x.pow(3).sum());
    const x = ones(3).requiresGrad_();
    fn(x).backward();
    const y = fn(x);
    expect(() => y.backward(undefined, { createGraph: true })).toThrow("differentiated with createGraph");
  });

  it("tensors that leave in another way than the result are freed", () => {
    for (const size of [4, 4000]) {
      let left: Tensor | null = null;
      const fn = compile((x: Tensor) => {
        left = x.mul(2);
        return left.add(1);
      });
      fn(ones(size));
      expect(() => (left as Tensor | null)?.sum()).toThrow(/compiled function that has ended and did not return it/);
      expect(bitsOf(fn(ones(size)))).toBe(bitsOf(ones(size).mul(3)));
    }
  });
});

describe("an exception in the middle", () => {
  const makeStep = () => {
    const model = new nn.Sequential(new nn.Linear(4, 40), new nn.BatchNorm1d(40), new nn.Linear(40, 3));
    const optimizer = new optim.Adam(model.parameters());
    const step = (x: Tensor, y: Tensor): Tensor => {
      const loss = F.crossEntropy(model.forward(x), y);
      loss.backward();
      optimizer.step();
      optimizer.zeroGrad();
      return loss;
    };
    return { model, step };
  };
  const good = tensor([0, 2, 1], { dtype: "int32" });
  const bad = tensor([0, 7, 1], { dtype: "int32" });

  for (const failing of [0, 1, 2, 3]) {
    it(`in call ${failing}: no parameter is half updated, and the next calls are as without compile`, () => {
      const eager = makeStep();
      const { model, step } = makeStep();
      model.loadStateDict(eager.model.stateDict());
      const compiled = compile(step, { fullgraph: true });
      for (let i = 0; i < 6; i++) {
        const x = randn(3, 4);
        if (i === failing) {
          const before = Object.values(model.stateDict()).map(bitsOf);
          const messages = [eager.step, compiled].map((fn) => {
            try {
              fn(x, bad);
              return "none";
            } catch (error) {
              return (error as Error).message;
            }
          });
          expect(messages[1]).toContain("[crossEntropy] Target 7 is out of bounds.");
          expect(messages[0]).toContain("[crossEntropy] Target 7 is out of bounds.");
          expect(model.parameters().map(bitsOf)).toEqual(
            Object.keys(model.stateDict()).flatMap((key, k) => (/weight|bias/.test(key) ? [before[k]] : [])),
          );
        } else {
          expect(bitsOf(compiled(x, good))).toBe(bitsOf(eager.step(x, good)));
        }
        expect(Object.values(model.stateDict()).map(bitsOf)).toEqual(
          Object.values(eager.model.stateDict()).map(bitsOf),
        );
      }
      expect(compiled.programs.length).toBeGreaterThan(0);
    });
  }

  it("in the user's own code", () => {
    let isBad = true;
    const fn = compile((x: Tensor) => {
      const y = x.mul(2);
      if (isBad) throw new Error("not yet");
      return y.add(zeros(2));
    });
    expect(() => fn(ones(2))).toThrow("not yet");
    isBad = false;
    expect(bitsOf(fn(ones(2)))).toBe(bitsOf(ones(2).mul(2)));
    expect(fn.programs).toHaveLength(1);
    expect(warn).not.toHaveBeenCalled();
  });
});
