/** @file What the passes of a program make of its calls: fewer of them, in less memory, with the same bits. */
import { describe, expect, it } from "vitest";
import { compile, nn, ones, rand, randn, type Tensor, tensor } from "../../src/entry/index.ts";

const bits = (t: Tensor): string => Buffer.from(new Uint8Array(t.contiguous().dataSync().buffer)).toString("hex");

/** Runs a function and its compiled form on the same arguments, some times over; gives the lines of the program. */
function lines(fn: (...args: Tensor[]) => Tensor, ...args: Tensor[]): string[] {
  const compiled = compile(fn, { fullgraph: true });
  for (let i = 0; i < 3; i++) expect(bits(compiled(...args))).toBe(bits(fn(...args)));
  const other = args.map((x) => (x.dtype === "float32" ? x.add(1) : x));
  expect(bits(compiled(...other))).toBe(bits(fn(...other)));
  return String(compiled.programs[0]).split("\n").slice(1);
}

describe("element-wise operations are fused", () => {
  it("a chain with broadcasts, comparisons and casts is one kernel", () => {
    const fn = (x: Tensor, row: Tensor, column: Tensor): Tensor =>
      x.mul(row).add(column).tanh().gt(0.1).float().mul(x.exp()).sub(2).where(x.lt(1), x);
    expect(lines(fn, randn(37, 33), randn(33), randn(37, 1))).toHaveLength(1);
  });

  it("a value that is used twice is computed once, and those that others read are stored", () => {
    const found = lines((x) => {
      const y = x.mul(3).sigmoid();
      return y.mul(y).add(y.sum()).sub(y);
    }, randn(1000));
    expect(found.filter((line) => line.includes("fused"))).toHaveLength(2);
    expect(found.filter((line) => line.includes("reduce"))).toHaveLength(1);
  });

  it("changes in place keep their order", () => {
    const fn = (x: Tensor): Tensor => {
      const y = x.clone();
      const before = y.mul(2);
      y.add_(1).mul_(x);
      const z = y.sub(before);
      y.relu_();
      return z.add(y);
    };
    expect(lines(fn, randn(700))).toHaveLength(1);
  });

  it("what is read in another order than it is written is left apart", () => {
    const fn = (x: Tensor): Tensor => {
      const y = x.mul(2);
      return y.add(y.t().contiguous()).add(y.flip(0)).sub(y.roll(1, 0));
    };
    lines(fn, randn(40, 40));
  });

  it("parts of one tensor that overlap are left apart", () => {
    const fn = (x: Tensor): Tensor => {
      const y = x.clone();
      y.narrow(0, 0, 600).add_(y.narrow(0, 100, 600).clone());
      y.narrow(0, 100, 600).mul_(2);
      return y.mul(3);
    };
    lines(fn, randn(1000));
  });

  it("dtypes keep their arithmetic", () => {
    lines((x) => x.double().mul(0.1).add(1e-9).float().mul(3).int().mul(7).float(), randn(999));
    lines((x) => x.int().bitwiseAnd(12).eq(4).logicalNot().float().add(x), randn(999).mul(100));
  });
});

describe("what need not be done is left out", () => {
  it("constants are made once", () => {
    expect(
      lines(
        (x) =>
          x
            .mul(2)
            .add(tensor([1, 2, 3]))
            .matmul(ones(3, 2)),
        rand(4, 3),
      ),
    ).toHaveLength(3);
  });

  it("results that nobody reads", () => {
    expect(
      lines(
        (x) => {
          x.matmul(x);
          x.sum().exp();
          return x.mul(2);
        },
        rand(30, 30),
      ),
    ).toHaveLength(1);
  });

  it("the same computed twice", () => {
    const found = lines((x) => x.matmul(x).add(x.matmul(x)), rand(30, 30));
    expect(found.filter((line) => line.includes("matmul"))).toHaveLength(1);
  });

  it("random numbers are never the same", () => {
    const fn = compile((x: Tensor) => nn.functional.dropout(x).sub(nn.functional.dropout(x)), { fullgraph: true });
    fn(ones(400));
    expect(fn(ones(400)).abs().sum().itemSync()).toBeGreaterThan(0);
  });

  it("relu is a part of the product before it", () => {
    const layer = new nn.Linear(20, 30);
    const found = lines((x) => layer.forward(x).relu().detach(), randn(16, 20));
    expect(found).toHaveLength(1);
    expect(found[0]).toContain("relu: true");
  });
});

it("buffers are used again by what comes later, whatever its size", () => {
  const fn = compile((x: Tensor) => {
    let y = x;
    for (let i = 0; i < 10; i++)
      y = y
        .matmul(x)
        .narrow(0, 0, 90 - i)
        .matmul(x)
        .softmax(1)
        .matmul(x.t())
        .matmul(x);
    return y;
  });
  fn(rand(100, 100));
  const { bytes, buffers } = fn.programs[0]?.stats ?? { bytes: 0, buffers: 0 };
  expect(buffers).toBeLessThanOrEqual(4);
  expect(bytes).toBeLessThanOrEqual(4 * 100 * 100 * 4);
});
