/** @file Tensors and the language: operators, iteration, length, sizes that are too large, arguments too many. */
import { describe, expect, test } from "vitest";
import * as tapegrad from "../../src/entry/index.ts";
import { ones, ShapeError, tensor, ValueError, zeros, zerosLike } from "../../src/entry/index.ts";

const x = tensor([[1, 2], [3, 4]]); // biome-ignore format: a matrix

describe("operators of the language", () => {
  const any = (value: unknown) => value as number;

  test.each([
    ["+", () => any(tensor(1)) + any(tensor(2))],
    [">", () => tensor(10) > tensor(9)],
    ["*", () => any(tensor([1, 2, 3])) * 2],
    ["unary −", () => -any(x)],
    ["Number", () => Number(x)],
    ["text +", () => (any("") as number) + any(x)],
    ["Math.max", () => Math.max(any(tensor(1)), 2)],
  ])("%s throws, and names the methods", (_, call) => {
    expect(call).toThrow(ValueError);
    expect(call).toThrow(/a\.add\(b\).*itemSync\(\)/);
  });

  test("templates and String give the text", () => {
    expect(`${tensor([1, 2])}`).toBe("tensor([1., 2.])");
    expect(String(tensor(1))).toBe("tensor(1.)");
    expect([tensor(1)].join()).toBe("tensor(1.)");
  });
});

describe("iteration", () => {
  test("goes over the first dimension", () => {
    expect([...x].map((row) => row.toArraySync())).toEqual([[1, 2], [3, 4]]); // biome-ignore format: a matrix
    const [first] = x;
    expect(first?.shape).toEqual([2]);
    expect([...zeros(0, 3)]).toEqual([]);
    let rows = 0;
    for (let i = 0; i < x.length; i++) rows += x.at(i).shape.length;
    expect(rows).toBe(2);
  });

  test("is recorded", () => {
    const leaf = tensor([1, 2, 3], { requiresGrad: true });
    const [first, , last] = leaf;
    first
      ?.mul(2)
      .add(last ?? first)
      .backward();
    expect(leaf.grad?.toArraySync()).toEqual([2, 0, 1]);
  });

  test("has no end in a tensor without dimensions: an error", () => {
    expect(() => [...tensor(1)]).toThrow(TypeError);
    expect(() => tensor(1).length).toThrow(ShapeError);
  });
});

describe("sizes", () => {
  test("come from typed arrays as well", () => {
    expect(zeros(new Int32Array([2, 3])).shape).toEqual([2, 3]);
    expect(x.reshape(new Int32Array([4])).shape).toEqual([4]);
    expect(tapegrad.full([2], 1).shape).toEqual([2]);
  });

  test("are not tensors, and nothing is like an array", () => {
    expect(() => zeros(x as unknown as number)).toThrow(
      '[zeros] argument "size" must be a list of numbers, but got a Tensor',
    );
    expect(() => zerosLike([1, 2] as never)).toThrow('[zerosLike] argument "input" must be a Tensor, but got [1, 2]');
  });

  test.each<[string, () => unknown]>([
    ["trilIndices", () => tapegrad.trilIndices(1e5, 1e5)],
    ["triuIndices", () => tapegrad.triuIndices(1e5, 1e5)],
    ["trilIndices of many rows", () => tapegrad.trilIndices(1e12, 1)],
    ["repeatInterleave", () => ones(10).repeatInterleave(2 ** 31)],
    [
      "repeatInterleave with counts",
      () => ones(3).repeatInterleave(tensor([2 ** 31 - 1, 2 ** 31 - 1, 1], { dtype: "int32" })),
    ],
    ["zeros", () => zeros(1e6, 1e6)],
    ["rand", () => tapegrad.rand(1e12)],
    ["randn", () => tapegrad.randn(2 ** 33)],
    ["randint", () => tapegrad.randint(5, [1e12])],
    ["randperm", () => tapegrad.randperm(1e12)],
    ["full", () => tapegrad.full([1e5, 1e5], 1)],
    ["eye", () => tapegrad.eye(1e6)],
    ["arange", () => tapegrad.arange(1e12)],
    ["linspace", () => tapegrad.linspace(0, 1, 1e12)],
    ["logspace", () => tapegrad.logspace(0, 1, 1e12)],
    ["repeat", () => ones(10).repeat(1e12)],
    ["tile", () => ones(10).tile(1e6, 1e6)],
    ["contiguous", () => ones(1).expand(1e12).contiguous()],
    ["clone", () => ones(1).expand(1e12).clone()],
    ["cat", () => tapegrad.cat([ones(1).expand(1e12), ones(1)])],
    ["stack", () => tapegrad.stack([ones(1).expand(1e12), ones(1).expand(1e12)])],
    ["pad", () => ones(1).pad([0, 1e12])],
    ["diag", () => ones(2).diag(1e7)],
    ["oneHot", () => tensor([1], { dtype: "int32" }).oneHot(2 ** 40)],
    ["add", () => ones(1e5, 1).add(ones(1, 1e5))],
    ["outer", () => ones(1e5).outer(ones(1e5))],
    ["matmul", () => ones(1e5, 1).matmul(ones(1, 1e5))],
    ["where", () => tapegrad.where(ones(1e5, 1).gt(0), ones(1, 1e5), 0)],
    ["gather", () => ones(1).gather(0, tensor([0], { dtype: "int32" }).expand(1e12))],
    ["indexSelect", () => ones(1, 1e5).indexSelect(0, tensor([0], { dtype: "int32" }).expand(1e7))],
    ["histc", () => ones(3).histc(1e12)],
    ["bincount", () => tensor([1], { dtype: "int32" }).bincount(null, 1e12)],
    ["bincount of a large number", () => tensor([2 ** 31 - 1], { dtype: "int32" }).bincount()],
    ["multinomial", () => tapegrad.multinomial(ones(3), 1e12, true)],
    ["unbind", () => ones(1).expand(1e12).unbind()],
    ["split", () => ones(1).expand(1e12).split(1)],
    ["chunk", () => ones(0).chunk(1e12)],
    ["toArraySync", () => ones(1).expand(1e9).toArraySync()],
    ["conv2d", () => tapegrad.nn.functional.conv2d(ones(1, 1, 3, 3), ones(1, 1, 1, 1), { padding: 1e6 })],
    ["interpolate", () => tapegrad.nn.functional.interpolate(ones(1, 1, 2, 2), { scaleFactor: 1e9 })],
    ["interpolate of nothing", () => tapegrad.nn.functional.interpolate(ones(0, 1, 2), { scaleFactor: 1e9 })],
    ["interpolate of a line", () => tapegrad.nn.functional.interpolate(ones(1, 1, 2), { size: 1e10, mode: "linear" })],
    ["adaptiveAvgPool2d", () => tapegrad.nn.functional.adaptiveAvgPool2d(ones(1, 1, 2, 2), [1e6, 1e6])],
    ["dropout", () => tapegrad.nn.functional.dropout(ones(1).expand(1e12))],
    ["cumsum", () => ones(1).expand(1e12).cumsum(0)],
    ["sort", () => ones(1).expand(1e12).sort()],
    ["to", () => ones(1).expand(1e12).to("float64")],
  ])("%s that do not fit memory are an error, and no crash", (_, call) => {
    expect(call).toThrow(ValueError);
    expect(call).toThrow(/^\[\w+\] .*(more than|takes)/);
  });
});

describe("threads", () => {
  test.each([0, -1, 1.5, 1e9, Number.NaN, "2"])("setNumThreads(%s) is refused", (n) => {
    const before = tapegrad.getNumThreads();
    expect(() => tapegrad.setNumThreads(n as number)).toThrow(ValueError);
    expect(tapegrad.getNumThreads()).toBe(before);
  });
});

test("new Tensor(…) says how tensors are made", () => {
  for (const given of ["a", null, true]) {
    expect(() => Reflect.construct(tapegrad.Tensor, [given])).toThrow(/^\[Tensor\] .*Write Tensor\(2, 3\)/);
  }
});
