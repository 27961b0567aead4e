/** @file PyTorch's older ways to make tensors: `new Tensor`, `FloatTensor` and its like, and `autograd.Variable`. Their elements are in create.json. */
import ndarray from "ndarray";
import { describe, expect, test } from "vitest";
import * as tapegrad from "../../src/entry/index.ts";
import {
  autograd,
  ByteTensor,
  DoubleTensor,
  DTypeError,
  FloatTensor,
  LongTensor,
  ones,
  ShapeError,
  setDefaultDtype,
  Tensor,
  tensor,
  ValueError,
} from "../../src/entry/index.ts";

describe("types of tensors", () => {
  test("take sizes, with and without new, and give zeros", () => {
    expect(String(new FloatTensor(2, 3))).toBe(String(tapegrad.zeros(2, 3)));
    expect(String(LongTensor(2))).toBe("tensor([0, 0])");
    expect(new FloatTensor().shape).toEqual([0]);
    expect(new ByteTensor(0, 2).shape).toEqual([0, 2]);
  });

  test("take typed arrays, ndarrays of any strides, and rows of typed arrays", () => {
    expect(String(FloatTensor(Float64Array.of(1, 2.5)))).toBe("tensor([1.0000, 2.5000])");
    expect(String(LongTensor(BigInt64Array.of(7n)))).toBe("tensor([7])");
    const grid = ndarray(Float32Array.of(1, 2, 3, 4, 5, 6), [2, 3]);
    expect(String(LongTensor(grid.transpose(1, 0)))).toBe("tensor([[1, 4],\n        [2, 5],\n        [3, 6]])");
    expect(new DoubleTensor([Float32Array.of(1, 2)]).shape).toEqual([1, 2]);
  });

  test("take a tensor of their dtype as a view with its history", () => {
    const x = ones(2).requiresGrad_();
    const y = new FloatTensor(x.mul(2));
    y.sum().backward();
    expect(String(x.grad)).toBe("tensor([2., 2.])");
    const source = tensor([1, 2]);
    FloatTensor(source).fill_(3);
    expect(String(source)).toBe("tensor([3., 3.])");
    expect(() => LongTensor(source)).toThrow(DTypeError);
  });

  test("know their tensors, and stand for dtypes in type()", () => {
    expect(ones(2) instanceof FloatTensor).toBe(true);
    expect(ones(2) instanceof LongTensor).toBe(false);
    expect([1] instanceof FloatTensor).toBe(false);
    expect(ones(2).type(LongTensor).dtype).toBe("int32");
    expect(FloatTensor.name).toBe("FloatTensor");
  });

  test.each<[string, new (message: string) => Error, () => unknown]>([
    ["[ByteTensor] ", ValueError, () => ByteTensor([300])],
    ["[FloatTensor] ", ShapeError, () => FloatTensor(-1)],
    ["[FloatTensor] ", ShapeError, () => FloatTensor([[1], [1, 2]])],
    ["[FloatTensor] expected sizes", ValueError, () => FloatTensor("2" as never)],
    ["[FloatTensor] expected sizes, or one argument", ValueError, () => FloatTensor(2, [3] as never)],
    ['[FloatTensor] unknown option "dtype"', ValueError, () => FloatTensor([1], { dtype: "int32" } as never)],
    ["[Tensor] expected sizes", ValueError, () => new Tensor("2" as never)],
  ])("refuse with %s", (message, Class, call) => {
    expect(call).toThrow(Class);
    expect(call).toThrow(message);
  });
});

describe("new Tensor", () => {
  test("takes sizes or elements, in the default dtype", () => {
    expect(String(new Tensor(1, 2))).toBe("tensor([[0., 0.]])");
    expect(String(new Tensor([[1, 2]]))).toBe("tensor([[1., 2.]])");
    expect(String(new Tensor([true]))).toBe("tensor([1.])");
    expect(new Tensor().shape).toEqual([0]);
    setDefaultDtype("float64");
    expect(new Tensor([1]).dtype).toBe("float64");
    setDefaultDtype("float32");
  });
});

describe("Variable", () => {
  test("is the tensor without its history, which may require gradients", () => {
    const x = ones(2).requiresGrad_();
    const plain = new autograd.Variable(x.mul(2));
    expect([plain.requiresGrad, plain.isLeaf]).toEqual([false, true]);
    const leaf = autograd.Variable(x.mul(2), { requiresGrad: true });
    leaf.pow(2).sum().backward();
    expect(String(leaf.grad)).toBe("tensor([4., 4.])");
    expect(new autograd.Variable(x, true).requiresGrad).toBe(true);
    const memory = tensor([1, 2]);
    autograd.Variable(memory).add_(1);
    expect(String(memory)).toBe("tensor([2., 3.])");
    expect(memory instanceof autograd.Variable).toBe(true);
    expect([3] instanceof autograd.Variable).toBe(false);
  });

  test("refuses gradients of integers, and volatile ones", () => {
    expect(() => autograd.Variable(LongTensor([1]), { requiresGrad: true })).toThrow(DTypeError);
    expect(() => autograd.Variable(ones(1), { requiresGrad: true, volatile: true })).toThrow("volatile");
    expect(autograd.Variable(ones(1), { volatile: true }).requiresGrad).toBe(false);
  });
});

describe("where the elements are", () => {
  test("dataPtr is equal for equal memory, and storageOffset counts elements", () => {
    const x = tapegrad.arange(6).view(2, 3);
    const row = x.at(1);
    expect(x.dataPtr()).toBe(x.view(6).dataPtr());
    expect(row.dataPtr() - x.dataPtr()).toBe(12);
    expect([row.storageOffset(), x.storageOffset()]).toEqual([3, 0]);
    expect(x.clone().dataPtr()).not.toBe(x.dataPtr());
    expect(ones(0).dataPtr()).toBe(0);
  });

  test("on the CPU", () => {
    expect([ones(1).isCpu, ones(1).getDevice()]).toEqual([true, -1]);
  });

  test("memory formats are read, and refused where there is none of the name", () => {
    const x = ones(2, 3).t();
    expect(tapegrad.zerosLike(x, { memoryFormat: "preserve_format" }).shape).toEqual([3, 2]);
    expect(x.to({ memoryFormat: "channels_last" })).toBe(x);
    expect(() => tapegrad.onesLike(x, { memoryFormat: "rows" as never })).toThrow("[onesLike]");
    expect(tapegrad.rand({ size: [2, 3] }).shape).toEqual([2, 3]);
    expect(tapegrad.zeros({ size: [2] }).shape).toEqual([2]);
  });
});
