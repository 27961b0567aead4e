/** @file In-place forms beyond the goldens: gradients, refusals, shapes in place, and new tensors like another. */
import { describe, expect, test } from "vitest";
import { autograd, noGrad, ones, type Tensor, tensor, zeros } from "../../src/entry/index.ts";

const positive = (): Tensor => tensor([1.5, 2.5], { dtype: "float64", requiresGrad: true });

describe("gradients that PyTorch 1.13 lacks or gives as 0", () => {
  test.each<[string, (x: Tensor) => Tensor]>([
    ["acosh_", (x) => x.mul(1).acosh_()],
    ["asinh_", (x) => x.mul(1).asinh_()],
    ["atanh_", (x) => x.div(4).atanh_()],
    ["nanToNum_", (x) => x.mul(1).nanToNum_()],
    ["ldexp_", (x) => x.mul(1).ldexp_(tensor([1, 2], { dtype: "float64" }))],
    ["fillDiagonal_", (x) => x.mul(ones(2, 2).double()).fillDiagonal_(3)],
    ["gt_", (x) => x.mul(1).gt_(2)],
  ])("%s", (_, call) => {
    expect(autograd.gradcheck(call, [positive()])).toBe(true);
  });

  test("a second operand that needs a gradient reads the old elements", () => {
    const w = positive();
    expect(autograd.gradcheck((y) => tensor([1, 2]).double().mul_(1).atan2_(y), [w])).toBe(true);
    expect(autograd.gradcheck((y) => tensor([1, 2]).double().hypot_(y), [w])).toBe(true);
  });
});

describe("the rules of changes in place", () => {
  test("the tensor is returned, and a result of another dtype or shape refused", () => {
    const x = tensor([0, 1]);
    expect(x.sin_()).toBe(x);
    expect(x.gt_(0.5)).toBe(x);
    expect(x.toArraySync()).toEqual([0, 1]);
    expect(x.dtype).toBe("float32");
    expect(() => tensor([1]).int().sin_()).toThrow("[sin_] result type float32 can't be cast to");
    expect(() => tensor([1]).fmod_(ones(2))).toThrow("[fmod_] output with shape [1] doesn't match");
    expect(() => ones(1, { requiresGrad: true }).floor_()).toThrow("a leaf Variable that requires grad");
    expect(noGrad(() => ones(1, { requiresGrad: true }).cos_()).requiresGrad).toBe(true);
  });

  test("arguments are those of the function", () => {
    expect(tensor([0.05]).logit_({ eps: 0.1 }).itemSync()).toBeCloseTo(Math.log(0.1 / 0.9));
    expect(() => tensor([1]).sin_(...([2] as unknown as []))).toThrow("[sin]");
    expect(Object.keys(tensor([1]))).not.toContain("sin_");
  });

  test("a saved tensor that changes is noticed", () => {
    const x = ones(2, { requiresGrad: true }).mul(1);
    const y = x.square();
    x.cos_();
    expect(() => y.sum().backward()).toThrow("modified by an inplace operation");
  });
});

describe("shapes in place", () => {
  test("change the tensor itself, and share its memory with views", () => {
    const x = zeros(2, 3);
    const view = x.at(0);
    expect(x.unsqueeze_(0)).toBe(x);
    expect(x.shape).toEqual([1, 2, 3]);
    x.squeeze_().t_();
    expect([x.shape, x.strides]).toEqual([
      [3, 2],
      [1, 3],
    ]);
    x.setAt([1, 0], 7);
    expect(view.toArraySync()).toEqual([0, 7, 0]);
    expect(x.transpose_(0, 1).isContiguous()).toBe(true);
  });

  test("gradients go through them", () => {
    const w = tensor([[1, 2, 3]], { requiresGrad: true, dtype: "float64" });
    expect(autograd.gradcheck((x) => x.mul(2).unsqueeze_(1).transpose_(0, 2).mul(x.sum()), [w])).toBe(true);
    expect(autograd.gradcheck((x) => x.mul(2).at(0).unsqueeze_(0).mul(x), [w])).toBe(true);
    expect(() => w.unsqueeze_(0)).toThrow("a leaf Variable that requires grad is being used in an in-place operation");
    const y = w.mul(1);
    const z = y.square();
    y.t_();
    expect(() => z.sum().backward()).toThrow("modified by an inplace operation");
  });

  test("detach_ makes a leaf, and refuses views", () => {
    const x = ones(2, { requiresGrad: true }).mul(2);
    expect(x.detach_()).toBe(x);
    expect([x.isLeaf, x.requiresGrad, x.gradFn]).toEqual([true, false, null]);
    expect(() => ones(2, { requiresGrad: true }).mul(2).at(0).detach_()).toThrow("Can't detach views in-place");
  });
});

describe("new tensors like another", () => {
  test("have its dtype, unless options say otherwise", () => {
    const x = tensor([1], { dtype: "float64" });
    expect(x.newZeros([2, 2]).dtype).toBe("float64");
    expect(x.newOnes(2, { dtype: "int32" }).dtype).toBe("int32");
    expect(x.newFull([2], 3, { requiresGrad: true }).requiresGrad).toBe(true);
    expect(x.newEmpty(2, 3).shape).toEqual([2, 3]);
    expect(x.newTensor([[1, 2]]).dtype).toBe("float64");
    expect(x.newTensor(Int32Array.of(1, 2)).toArraySync()).toEqual([1, 2]);
    const source = tensor([1.5]);
    const copy = x.newTensor(source, { dtype: "float32" });
    source.fill_(0);
    expect(copy.toArraySync()).toEqual([1.5]);
    expect(() => tensor([1], { dtype: "uint8" }).newFull([1], 300)).toThrow("[newFull] value cannot be converted");
    expect(() => x.newTensor([[1], [1, 2]])).toThrow("[newTensor] expected sequence of length");
    expect(() => x.newZeros(2, { dype: "int32" } as never)).toThrow("[newZeros] unknown option");
  });

  test("sizes in bytes", () => {
    const x = zeros(2, 3, { dtype: "float64" });
    expect([x.elementSize(), x.itemsize, x.nbytes]).toEqual([8, 8, 48]);
    expect(x.bool().nbytes).toBe(6);
  });
});
