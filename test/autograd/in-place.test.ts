/** @file In-place changes: what PyTorch forbids, what a failure leaves behind, whom a change reaches. */

import { describe, expect, test } from "vitest";
import { viewBaseOf } from "../../src/autograd/tape-state.ts";
import { DTypeError, GraphError, noGrad, ones, ShapeError, type Tensor, tensor, zeros } from "../../src/entry/index.ts";

const leaf = (...values: number[]): Tensor => tensor(values, { requiresGrad: true });
const list = (t: Tensor | null | undefined): number[] => Array.from(t?.detach().dataSync() ?? []);
const GENERATOR_OPS = ["uniform_", "normal_"] as const;

/** Every in-place method, with arguments that suit a float tensor of two elements. */
const changes: [string, (t: Tensor) => Tensor][] = [
  ["add_", (t) => t.add_(1)],
  ["sub_", (t) => t.sub_(tensor([1, 1]))],
  ["mul_", (t) => t.mul_(2)],
  ["div_", (t) => t.div_(2)],
  ["zero_", (t) => t.zero_()],
  ["fill_", (t) => t.fill_(3)],
  ["copy_", (t) => t.copy_(tensor([5, 6]))],
  ["clamp_", (t) => t.clamp_(0, 1)],
  ["relu_", (t) => t.relu_()],
  ...GENERATOR_OPS.map((name): [string, (t: Tensor) => Tensor] => [name, (t) => t[name]()]),
];

describe.each(changes)("%s", (name, change) => {
  test("returns the tensor itself and raises the version", () => {
    const t = tensor([1, -2]);
    const before = t.storage.version;
    expect(change(t)).toBe(t);
    expect(t.storage.version).toBeGreaterThan(before);
  });

  test("is refused on a leaf that needs a gradient, and leaves it as it is", () => {
    const x = leaf(1, -2);
    expect(() => change(x)).toThrow(GraphError);
    expect(() => change(x)).toThrow(
      `[${name}] a leaf Variable that requires grad is being used in an in-place operation.`,
    );
    expect([list(x), x.isLeaf, x.storage.version]).toEqual([[1, -2], true, 0]);
    noGrad(() => change(x));
    expect([x.isLeaf, x.requiresGrad]).toEqual([true, true]);
    expect(x.storage.version).toBeGreaterThan(0);
  });

  test("is refused on a view of such a leaf", () => {
    const x = tensor([[1, -2], [3, 4]], { requiresGrad: true }); // biome-ignore format: a matrix
    const words = `[${name}] a view of a leaf Variable that requires grad is being used in an in-place operation.`;
    for (const view of [x.at(0), x.t().at(1), x.at(0).view(2, 1).squeeze()]) expect(() => change(view)).toThrow(words);
    expect(list(x)).toEqual([1, -2, 3, 4]);
  });

  test("is refused on a view that was made in noGrad", () => {
    const y = leaf(1, -2).mul(1);
    const view = noGrad(() => y.view(2));
    expect(() => change(view)).toThrow(`[${name}] A view was created in no_grad mode`);
    expect(list(y)).toEqual([1, -2]);
    noGrad(() => change(view));
  });

  test("is noticed by whoever saved the old numbers", () => {
    const x = leaf(1, -2);
    const y = x.mul(2);
    const z = y.mul(y).sum();
    change(y);
    expect(() => z.backward()).toThrow(GraphError);
    expect(() => z.backward()).toThrow(
      "one of the variables needed for gradient computation has been modified by an inplace operation",
    );
  });
});

describe.each(changes.filter(([name]) => !["zero_", "fill_"].includes(name)))("%s", (name, change) => {
  test("is refused where elements share memory", () => {
    const t = tensor([1]).expand(2);
    expect(() => change(t)).toThrow(
      `[${name}] unsupported operation: more than one element of the written-to tensor refers to a single memory location.`,
    );
    expect(list(t)).toEqual([1, 1]);
  });
});

describe("failures leave nothing half-changed", () => {
  const t = tensor([[1, 2, 3], [4, 5, 6]]); // biome-ignore format: a matrix

  test.each([
    [
      "a shape that does not broadcast",
      () => t.add_(ones(2)),
      ShapeError,
      "[add_] The size of tensor a (3) must match the size of tensor b (2) at non-singleton dimension 1",
    ],
    [
      "a shape that would grow",
      () => t.mul_(ones(4, 2, 3)),
      ShapeError,
      "[mul_] output with shape [2, 3] doesn't match the broadcast shape [4, 2, 3]",
    ],
    [
      "a copy that would grow",
      () => t.copy_(ones(4, 2, 3)),
      ShapeError,
      "[copy_] output with shape [2, 3] doesn't match",
    ],
    [
      "floats into integers",
      () => t.int().add_(1.5),
      DTypeError,
      "[add_] result type float32 can't be cast to the desired output type int32",
    ],
    [
      "a quotient into integers",
      () => t.int().div_(2),
      DTypeError,
      "[div_] result type float32 can't be cast to the desired output type int32",
    ],
    [
      "integers into bools",
      () => t.bool().add_(1),
      DTypeError,
      "[add_] result type int32 can't be cast to the desired output type bool",
    ],
    [
      "a difference of bools",
      () => t.bool().sub_(t.bool()),
      DTypeError,
      "[sub_] Subtraction, the `-` operator, with two bool tensors is not supported",
    ],
    ["clamp without bounds", () => t.clamp_(), Error, "[clamp_] At least one of 'min' or 'max' must not be None"],
    [
      "random integers",
      () => t.int().normal_(),
      DTypeError,
      "[normal_] expected a floating point tensor, but this one is int32",
    ],
  ] as const)("%s", (_, change, kind, words) => {
    const version = t.storage.version;
    expect(change).toThrow(kind);
    expect(change).toThrow(words);
    expect([list(t), t.storage.version]).toEqual([[1, 2, 3, 4, 5, 6], version]);
  });

  test("a failed change is not recorded", () => {
    const y = leaf(1, 2).mul(1);
    const node = y.gradFn;
    expect(() => y.mul_(ones(3))).toThrow(ShapeError);
    expect(y.gradFn).toBe(node);
    const ints = tensor([1, 2], { dtype: "int32" });
    expect(() => ints.add_(leaf(1, 2))).toThrow(DTypeError);
    expect([ints.requiresGrad, list(ints)]).toEqual([false, [1, 2]]);
    expect(list(ints.copy_(leaf(3.5, 4.5)))).toEqual([3, 4]);
    expect(ints.requiresGrad).toBe(false);
  });
});

describe("a change of a view", () => {
  test("reaches its base and every other view, with gradients", () => {
    const x = leaf(1, 2, 3, 4);
    const w = leaf(10, 20);
    const y = x.mul(1);
    const [low, high, all] = [y.narrow(0, 0, 2), y.narrow(0, 2, 2), y.view(2, 2)];
    low.mul_(w);
    expect([list(y), list(all), list(high)]).toEqual([
      [10, 40, 3, 4],
      [10, 40, 3, 4],
      [3, 4],
    ]);
    expect([y.gradFn?.name, low.gradFn?.name, all.gradFn?.name]).toEqual([
      "CopySlices",
      "AsStridedBackward0",
      "AsStridedBackward0",
    ]);
    all.sum().add(high.mul(2).sum()).backward();
    expect([list(x.grad), list(w.grad)]).toEqual([
      [10, 20, 3, 3],
      [1, 2],
    ]);
  });

  test("gives a base without a gradient one", () => {
    const w = leaf(2, 3);
    const buffer = zeros(3, 2);
    const other = buffer.t();
    buffer.at(1).copy_(w);
    buffer.at(2).copy_(buffer.at(1)).mul_(10);
    expect([buffer.requiresGrad, other.requiresGrad, buffer.toArraySync()]).toEqual([
      true,
      true,
      [[0, 0], [2, 3], [20, 30]], // biome-ignore format: a matrix
    ]);
    other.sum().backward();
    expect(list(w.grad)).toEqual([11, 11]);
  });

  test("of a tensor that does not lie row-major", () => {
    const w = leaf(2, 3);
    const made = tensor([[1, 2], [3, 4], [5, 6]]).t().detach(); // biome-ignore format: a matrix
    const row = made.at(0);
    row.slice(0, 1).mul_(w);
    expect(made.toArraySync()).toEqual([[1, 6, 15], [2, 4, 6]]); // biome-ignore format: a matrix
    made.mul(tensor([[1, 10, 100], [0, 0, 0]])).sum().backward(); // biome-ignore format: a matrix
    expect(list(w.grad)).toEqual([30, 500]);
  });

  test("operands that overlap are read before they are written", () => {
    const t = tensor([1, 2, 3, 4]);
    t.narrow(0, 1, 3).add_(t.narrow(0, 0, 3));
    expect(list(t)).toEqual([1, 3, 5, 7]);
    const m = tensor([[1, 2], [3, 4]]); // biome-ignore format: a matrix
    m.mul_(m.t());
    expect(m.toArraySync()).toEqual([[1, 6], [6, 16]]); // biome-ignore format: a matrix
    m.copy_(m.t().flip(0));
    expect(m.toArraySync()).toEqual([[6, 16], [1, 6]]); // biome-ignore format: a matrix
    const x = leaf(1, 2, 3, 4);
    const y = x.mul(1);
    y.narrow(0, 2, 2).mul_(y.narrow(0, 1, 2));
    y.sum().backward();
    expect(list(y)).toEqual([1, 2, 6, 12]);
    expect(list(x.grad)).toEqual([1, 4, 6, 3]);
  });

  test("a result that looks at hidden memory is a tensor of its own", () => {
    const x = tensor([[1, 2], [3, 4]], { requiresGrad: true }); // biome-ignore format: a matrix
    for (const result of [x.max(1).values, x.matmul(ones(2)), x.at(tensor([1, 0], { dtype: "int32" }))]) {
      expect(viewBaseOf(result)).toBeNull();
      const name = result.gradFn?.name;
      expect(result.mul_(2).gradFn?.name).toBe("MulBackward0");
      expect(name).not.toBe("MulBackward0");
    }
  });

  test("an activation in place", () => {
    const x = leaf(-1, 2);
    const y = x.mul(3).relu_();
    y.sum().backward();
    expect([list(y), list(x.grad)]).toEqual([
      [0, 6],
      [0, 3],
    ]);
  });
});

// What PyTorch 1.13 does with parts of split, chunk and unbind.
describe("parts of an operation with several results", () => {
  const computed = (): Tensor => ones(4, 2).requiresGrad_().mul(2);
  const kinds: [string, (y: Tensor) => Tensor | undefined, string][] = [
    ["split", (y) => y.split(2)[1], "[split] Output 1 of SplitBackward0 is a view and"],
    ["split into given sizes", (y) => y.split([1, 3])[0], "[split] Output 0 of SplitWithSizesBackward0 is a view and"],
    ["split into one", (y) => y.split(4)[0], "[split] Output 0 of SplitBackward0 is a view and"],
    ["chunk", (y) => y.chunk(2)[0], "[split] Output 0 of SplitBackward0 is a view and"],
    ["unbind", (y) => y.unbind()[3], "[unbind] Output 3 of UnbindBackward0 is a view and"],
    ["a view of a part", (y) => y.split(2)[0]?.select(0, 1), "Output 0 of SplitBackward0 is a view and"],
  ];
  const partOf = (make: (y: Tensor) => Tensor | undefined, y: Tensor): Tensor => make(y) ?? expect.fail("no part");

  test.each(kinds)("%s: changing it is an error, and nothing has changed", (_, make, message) => {
    const y = computed();
    const part = partOf(make, y);
    for (const change of [(t: Tensor) => t.add_(1), (t: Tensor) => t.zero_(), (t: Tensor) => t.copy_(zeros(1))]) {
      expect(() => change(part)).toThrow(`${message} is being modified inplace.`);
    }
    expect(y.dataSync()).toEqual(new Float32Array(8).fill(2));
    part.sum().backward();
    expect(() => partOf(make, ones(4, 2).requiresGrad_()).add_(1)).toThrow(message);
  });

  test.each(kinds)("%s: after a change of its base it is of no use", (_, make, message) => {
    const y = computed();
    const part = partOf(make, y);
    y.add_(1);
    expect(() => part.sum()).toThrow(`${message} its base or another view of its base has been modified inplace.`);
  });

  test.each(kinds)("%s: a gradient may not come in through it", (_, make) => {
    const part = partOf(make, ones(4, 2));
    expect(() => part.mul_(ones(part.shape).requiresGrad_())).toThrow(GraphError);
    expect(part.requiresGrad).toBe(false);
  });

  test.each(kinds)("%s: without gradients it may be changed", (_, make) => {
    const plain = ones(4, 2);
    partOf(make, plain).add_(1);
    expect(plain.sum().itemSync()).toBeGreaterThan(8);
    const y = computed();
    partOf(make, y).detach().add_(1);
    noGrad(() => partOf(make, y).add_(1));
    expect(y.sum().itemSync()).toBeGreaterThan(16);
  });

  test("a part made in noGrad is refused as every such view", () => {
    const y = computed();
    const part = noGrad(() => y.split(2)[0] ?? y);
    expect(() => part.add_(1)).toThrow("A view was created in no_grad mode");
  });
});
