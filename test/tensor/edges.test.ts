/** @file Numbers at the edge, integers, and gradients that are easily lost: what PyTorch gives. */
import { describe, expect, test } from "vitest";
import {
  arange,
  autograd,
  bernoulli,
  manualSeed,
  nn,
  quantile,
  type Tensor,
  tensor,
  unbind,
  where,
  zeros,
} from "../../src/entry/index.ts";

const F = nn.functional;
const list = (x: Tensor | null | undefined): number[] => Array.from(x?.detach().dataSync() ?? []);
const slope = (f: (x: Tensor) => Tensor, ...values: number[]): number[] => {
  const x = tensor(values, { requiresGrad: true });
  return list(autograd.grad(f(x).sum(), x)[0]);
};
const { POSITIVE_INFINITY: INF } = Number;

describe("gradients at the edge", () => {
  test.each([
    [0, [0, 0, 0.5, 1, 1]],
    [1, [-1, -1, -0.5, 0, 0]],
  ])("of binaryCrossEntropyWithLogits for the target %d", (target, wanted) => {
    const logits = [-INF, -1e4, 0, 1e4, INF];
    const loss = (x: Tensor): Tensor => F.binaryCrossEntropyWithLogits(x, x.detach().mul(0).nanToNum(0).add(target));
    expect(slope((x) => loss(x).mul(5), ...logits)).toEqual(wanted);
  });

  test("of binaryCrossEntropyWithLogits with a weight for positives", () => {
    const posWeight = tensor(3);
    const loss = (x: Tensor): Tensor =>
      F.binaryCrossEntropyWithLogits(x, tensor([1, 0]), { posWeight, reduction: "sum" });
    expect(slope(loss, -INF, -INF)).toEqual([-3, 0]);
  });

  test.each([
    ["elu", (x: Tensor) => F.elu(x), 2.0611536e-9],
    ["celu", (x: Tensor) => F.celu(x, 2), 4.539993e-5],
    ["selu", (x: Tensor) => F.selu(x), 3.6237129e-9],
  ])("of %s at −20 does not vanish", (_, f, wanted) => {
    const [far, farther] = slope(f, -20, -INF);
    expect((far as number) / wanted).toBeCloseTo(1, 5);
    expect(farther).toBe(0);
  });

  test("of a power at an exponent of 0 beside NaN", () => {
    const base = tensor([-1], { requiresGrad: true });
    const exponent = tensor([0], { requiresGrad: true });
    const grads = autograd.grad(base.pow(exponent).sum(), [base, exponent], { createGraph: true });
    expect(grads.map(list)).toEqual([[0], [Number.NaN]]);
    const [second] = autograd.grad((grads[0] as Tensor).sum(), base);
    expect(Math.abs(list(second)[0] as number)).toBe(0);
  });

  test("of max(x, 0) are zero once more", () => {
    const x = tensor([-1, 2], { requiresGrad: true });
    const [g] = autograd.grad(x.relu().sum(), x, { createGraph: true });
    expect(list(autograd.grad((g as Tensor).sum(), x)[0])).toEqual([0, 0]);
  });
});

describe("the sign of zero", () => {
  const signs = (x: Tensor): number[] => list(x).map((v) => Math.sign(1 / v));

  test.each([1, 3, 64])("of %d negative zeros", (count) => {
    const negative = zeros(count).neg();
    const all = (sign: number): number[] => new Array<number>(count).fill(sign);
    for (const x of [negative, negative.double()]) {
      for (const y of [F.relu(x), F.relu6(x), F.hardtanh(x), x.clamp(0), x.clamp(-1, 0)]) {
        expect(signs(y)).toEqual(all(-1));
      }
      for (const y of [F.elu(x), F.celu(x), F.selu(x)]) expect(signs(y)).toEqual(all(1));
    }
  });
});

describe("quantile", () => {
  test("has a gradient for q: the distance of the two elements around it, times their number less one", () => {
    const x = tensor([1, 2, 4]);
    const at = (q: number): number => slope((share) => quantile(x, share.reshape([])), q)[0] as number;
    expect([at(0.25), at(0.75), at(0.5), at(0), at(1)]).toEqual([2, 4, 0, 0, 0]);
    expect(slope((q) => quantile(x, q), 0.25, 0.75)).toEqual([2, 4]);
    expect(slope((q) => quantile(x, q, { interpolation: "lower" }).add(q.mul(0)), 0.25)).toEqual([0]);
  });

  test("counts places in the dtype of its input", () => {
    const x = arange(11, { dtype: "float32" });
    expect(quantile(x, 0.3, { interpolation: "lower" }).itemSync()).toBe(3);
    expect(quantile(x, 0.7, { interpolation: "higher" }).itemSync()).toBe(7);
  });
});

describe("cosineSimilarity", () => {
  test("takes lengths after broadcasting", () => {
    const [a, b] = [tensor([[1, 2], [3, 4]]), tensor([[2], [1]])]; // biome-ignore format: matrices
    for (const [i, wanted] of [0.9486833, 0.9899495].entries()) {
      expect(list(F.cosineSimilarity(a, b, 1))[i]).toBeCloseTo(wanted, 6);
    }
    expect(list(F.cosineSimilarity(a, tensor([1, 2]), 1))[1]).toBeCloseTo(0.98386991, 6);
    expect(list(F.cosineSimilarity(tensor([1, 2], { dtype: "int32" }), tensor([2, 4]), 0))[0]).toBeCloseTo(1, 6);
  });
});

describe("integers", () => {
  const int = (...values: number[]): Tensor => tensor(values, { dtype: "int32" });
  const byte = (...values: number[]): Tensor => tensor(values, { dtype: "uint8" });

  test("are divided in their common dtype", () => {
    const quotient = tensor(-3, { dtype: "int32" }).div(byte(4, 5), { roundingMode: "trunc" });
    expect([quotient.dtype, list(quotient)]).toEqual(["uint8", [63, 50]]);
    expect(list(int(-7, 7, -7).div(int(2, -2, -2), { roundingMode: "trunc" }))).toEqual([-3, -3, 3]);
  });

  test("keep their dtype in products of vectors", () => {
    const bytes = byte(200, 2, 3);
    expect([bytes.dot(bytes), bytes.matmul(bytes)].map((x) => [x.dtype, ...list(x)])).toEqual([
      ["uint8", 77],
      ["uint8", 77],
    ]);
  });

  test("make factors integers", () => {
    const x = int(1, 2);
    expect(list(x.addcmul(x, x, { value: -3.9 }))).toEqual([-2, -10]);
    expect(x.addcmul(x, x, { value: 3.14 }).dtype).toBe("int32");
    const m = x.reshape(1, 2);
    const square = tensor([[1, 2], [3, 4]], { dtype: "int32" }); // biome-ignore format: a matrix
    expect(list(m.addmm(m, square, { alpha: 1.6, beta: 0.2 }))).toEqual([7, 10]);
    expect(list(m.addmm(m, square, { alpha: 0.6, beta: 2.9 }))).toEqual([2, 4]);
  });

  test("of arange lie between bounds that are integers", () => {
    expect(list(arange(0, -8.000001, -4, { dtype: "int32" }))).toEqual([0, -4]);
    expect(list(arange(0.5, 3.5, 1.5, { dtype: "int32" }))).toEqual([0, 1, 2]);
    expect(list(arange(-0.9, 2.1, 2, { dtype: "uint8" }))).toEqual([0, 2]);
    expect(() => arange(0, 3, 0.5, { dtype: "int32" })).toThrow("step must be nonzero");
  });
});

test("a variance with a correction of null is the unbiased one", () => {
  expect(tensor([1, 2, 4]).var({ correction: null }).itemSync()).toBeCloseTo(7 / 3, 6);
});

test("bernoulli keeps a gradient of zero", () => {
  manualSeed(0);
  const p = tensor([0.2, 0.8], { requiresGrad: true });
  const drawn = bernoulli(p);
  expect(drawn.requiresGrad).toBe(true);
  expect(list(autograd.grad(drawn.sum(), p)[0])).toEqual([0, 0]);
});

describe("second derivatives at a bend", () => {
  const second = (f: (x: Tensor) => Tensor, value: number): number => {
    const x = tensor(value, { dtype: "float64", requiresGrad: true });
    const [grad] = autograd.grad(f(x), x, { createGraph: true });
    return autograd.grad(grad as Tensor, x, { allowUnused: true })[0]?.itemSync() ?? 0;
  };

  test.each([
    ["mish", (x: Tensor) => F.mish(x), 0, 0.64],
    ["mish", (x: Tensor) => F.mish(x), 1e-9, 0.64],
    ["mish", (x: Tensor) => F.mish(x), -20, -3.7101392e-8],
    ["sinc", (x: Tensor) => x.sinc(), 0, -(Math.PI ** 2) / 3],
    ["sinc", (x: Tensor) => x.sinc(), 1e-200, -(Math.PI ** 2) / 3],
    ["sinc", (x: Tensor) => x.sinc(), 0.3, -2.458485286],
    ["l1Loss", (x: Tensor) => F.l1Loss(x, tensor(2, { dtype: "float64" })).mul(x), 2, 0],
  ])("of %s", (_, f, value, wanted) => {
    expect(second(f, value)).toBeCloseTo(wanted, 8);
  });
});

describe("gradients of losses at their bend", () => {
  test("of multiMarginLoss", () => {
    const x = tensor([[1, -1.5, 0, -2, -1]], { requiresGrad: true });
    F.multiMarginLoss(x, tensor([4]).int()).backward();
    expect(list(x.grad).map((v) => Math.round(v * 10))).toEqual([2, 2, 2, 0, -6]);
  });

  test("of l1Loss, where a number is missing", () => {
    const l1 = (x: Tensor) => F.l1Loss(x, tensor([INF, 0, 1]), { reduction: "sum" });
    expect(slope(l1, INF, Number.NaN, 1)).toEqual([0, 0, 0]);
  });

  test("of xlogy, where the incoming gradient is 0", () => {
    const other = tensor([-2, -2, 0]);
    const scaled = (x: Tensor) => x.xlogy(other).mul(tensor([0, 1, 0]));
    expect(slope(scaled, 1, 1, 1)).toEqual([0, Number.NaN, 0]);
  });
});

test("take from a 0-d tensor", () => {
  const x = tensor(3, { requiresGrad: true });
  const taken = x.take(tensor([[-1, 0], [-1, -1]]).int()); // biome-ignore format: a matrix
  expect(list(taken)).toEqual([3, 3, 3, 3]);
  expect(list(autograd.grad(taken.sum(), x)[0])).toEqual([4]);
});

test("shifts of bools by bytes, and sums of bools without NaN", () => {
  const byte = tensor([3, 1], { dtype: "uint8" });
  expect(list(tensor([1, 0]).bool().bitwiseLeftShift(byte))).toEqual([8, 0]); // biome-ignore format: one call
  expect(() => tensor([1]).bool().bitwiseLeftShift(tensor([1]).bool())).toThrow("not implemented for bool"); // biome-ignore format: one call
  expect(tensor([1, 1]).bool().nansum({ dtype: "bool" }).dtype).toBe("bool"); // biome-ignore format: one call
  expect(() => tensor([1, 1]).nansum({ dtype: "int32" })).toThrow("[nansum] not implemented for float32 as int32");
});

test("setAt writes one element of another dtype at a mask, and refuses several", () => {
  const mask = tensor([1, 0, 1]).bool();
  expect(list(zeros(3).int().setAt(mask, tensor(1.5)))).toEqual([1, 0, 1]); // biome-ignore format: one call
  expect(list(zeros(3).indexPut([mask], tensor([0.5], { dtype: "float64" })))).toEqual([0.5, 0, 0.5]); // biome-ignore format: one call
  expect(() => zeros(3).int().setAt(mask, tensor([1, 2]))).toThrow("source and destination dtypes match"); // biome-ignore format: one call
});

test.each(["float32", "float64", "int32", "uint8", "bool"] as const)("bernoulli_ draws the same for %s", (dtype) => {
  const wanted = [1, 1, 0, 1, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 1];
  manualSeed(3);
  expect(list(zeros(16, { dtype }).bernoulli_(0.3))).toEqual(wanted);
  manualSeed(3);
  const each = zeros(20, { dtype }).bernoulli_(zeros(20).add(0.3));
  expect(list(each)).toEqual([1, 1, 1, 1, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 1, 0, 0, 0]);
});

describe("what PyTorch refuses", () => {
  const x = tensor([1, 2]);

  test.each([
    ["parts of a number", () => unbind(tensor(4)), "[unbind]"],
    ["a negative rtol", () => x.isclose(x, -1), "[isclose] rtol must be greater than or equal to zero, but got -1"],
    [
      "a negative atol",
      () => x.allclose(x, 0, -1),
      "[allclose] atol must be greater than or equal to zero, but got -1",
    ],
    [
      "a value with dimensions",
      () => x.maskedFill(x.gt(1), tensor([1])),
      "[maskedFill] masked_fill only supports a 0-dimensional value",
    ],
  ])("%s", (_, call, message) => {
    expect(call).toThrow(message);
  });
});

test("cross broadcasts", () => {
  const [a, b] = [tensor([[1, 0, 0]]), tensor([[0, 1, 0], [0, 0, 1]])]; // biome-ignore format: matrices
  expect(list(a.cross(b, 1))).toEqual([0, 0, 1, 0, -1, 0]);
  expect(list(where(a.gt(0), a, 2))).toEqual([1, 2, 2]);
});
