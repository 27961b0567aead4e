/** @file Parameters: leaves that share memory with what they are made from. */
import { expect, test } from "vitest";
import { noGrad, ones, tensor } from "../../src/entry/index.ts";
import { Parameter } from "../../src/entry/nn.ts";
import { formatTensor } from "../../src/tensor/format.ts";

test("a parameter is a leaf that needs a gradient and shares memory", () => {
  const data = ones(2);
  const parameter = new Parameter(data);
  expect(parameter.requiresGrad).toBe(true);
  expect(parameter.isLeaf).toBe(true);
  noGrad(() => parameter.mul_(3));
  expect(data.toArraySync()).toEqual([3, 3]);
  parameter.sum().backward();
  expect(parameter.grad?.toArraySync()).toEqual([1, 1]);
});

test("it has no history", () => {
  const x = ones(2).requiresGrad_();
  expect(new Parameter(x.mul(2)).isLeaf).toBe(true);
});

test("it may be frozen", () => {
  expect(new Parameter(ones(2), false).requiresGrad).toBe(false);
  expect(new Parameter(ones(2), { requiresGrad: false }).requiresGrad).toBe(false);
  expect(new Parameter(tensor([1], { dtype: "int32" }), false).dtype).toBe("int32");
});

test("integers need no gradient, and numbers are no tensors", () => {
  expect(() => new Parameter(tensor([1], { dtype: "int32" }))).toThrow("floating point dtype can require gradients");
  expect(() => new Parameter(3 as never)).toThrow('[Parameter] argument "data" must be a Tensor');
});

test("it prints as PyTorch prints it", () => {
  const parameter = new Parameter(tensor([0.5, 1]));
  expect(String(parameter)).toBe("Parameter containing:\ntensor([0.5000, 1.0000], requires_grad=True)");
  expect(String(parameter.detach())).toBe(formatTensor({ shape: [2], dtype: "float32", data: [0.5, 1] }));
});
