/** @file What turns data into tensors, tells dtypes and shapes, and keeps the state of random numbers. */
import { describe, expect, test } from "vitest";
import {
  asarray,
  asTensor,
  broadcastShapes,
  canCast,
  equal,
  fromNumpy,
  getRngState,
  inferenceMode,
  initialSeed,
  isGradEnabled,
  manualSeed,
  ones,
  promoteTypes,
  rand,
  randint,
  randintLike,
  resultType,
  scalarTensor,
  seed,
  setRngState,
  type Tensor,
  tensor,
  zeros,
} from "../../src/entry/index.ts";

describe("data", () => {
  test("asTensor returns a tensor as it is, converts it with its history, and copies anything else", () => {
    const x = tensor([1.5, 2], { requiresGrad: true });
    expect(asTensor(x)).toBe(x);
    expect(asTensor(x, { dtype: "float64" }).requiresGrad).toBe(true);
    expect(asTensor([1, 2], { dtype: "int32" }).dtype).toBe("int32");
    const numbers = Float64Array.of(1, 2);
    const copy = asTensor(numbers);
    numbers[0] = 7;
    expect(copy.toArraySync()).toEqual([1, 2]);
    expect(copy.dtype).toBe("float64");
  });

  test("asarray, fromNumpy and scalarTensor", () => {
    expect(asarray([1], { requiresGrad: true }).requiresGrad).toBe(true);
    expect(fromNumpy(Uint8Array.of(1, 2)).dtype).toBe("uint8");
    expect(fromNumpy(tensor([[1, 2]]).numpy()).shape).toEqual([1, 2]);
    expect([scalarTensor(2).dtype, scalarTensor(2, { dtype: "int32" }).shape]).toEqual(["float32", []]);
  });

  test("reading back by PyTorch's names", async () => {
    expect(await tensor([[1, 2]]).tolist()).toEqual([[1, 2]]);
    expect(tensor([1, 2]).numpy().get(1)).toBe(2);
  });
});

describe("dtypes and shapes", () => {
  test("type names, reads names and converts", () => {
    expect(tensor([1]).type()).toBe("torch.FloatTensor");
    expect(tensor([true]).type()).toBe("torch.BoolTensor");
    expect(tensor([1.7]).type("torch.LongTensor").dtype).toBe("int32");
    expect(tensor([1.7]).type("float64").dtype).toBe("float64");
    expect(() => tensor([1]).type("torch.HalfTensor")).toThrow('[type] invalid type: "torch.HalfTensor"');
  });

  test("promotion as PyTorch's", () => {
    expect(promoteTypes("uint8", "float32")).toBe("float32");
    expect(resultType(tensor([1]).int(), 2.5)).toBe("float32");
    expect(resultType(tensor([1]).int(), tensor(1).double())).toBe("float64");
    expect([canCast("float32", "int32"), canCast("int32", "uint8"), canCast("bool", "int32")]).toEqual([
      false,
      true,
      true,
    ]);
  });

  test("shapes that broadcast", () => {
    expect(broadcastShapes([2, 1], [3], [1, 1, 1])).toEqual([1, 2, 3]);
    expect(broadcastShapes([4])).toEqual([4]);
    expect(() => broadcastShapes([2], [3])).toThrow("[broadcastShapes]");
  });

  test("what asks for another tensor refuses a number", () => {
    expect(() => tensor([1, 2]).isSameSize(...([3] as unknown as [Tensor]))).toThrow("[isSameSize]");
  });
});

describe("modes and random numbers", () => {
  test("inferenceMode records nothing, unless its mode is false", () => {
    expect(inferenceMode(() => isGradEnabled())).toBe(false);
    expect(inferenceMode(true, () => isGradEnabled())).toBe(false);
    expect(inferenceMode(false, () => isGradEnabled())).toBe(true);
    expect(() => inferenceMode(true, ...([] as unknown as [() => void]))).toThrow(
      "[inferenceMode] expected a function",
    );
  });

  test("the state of the generator is kept and restored", () => {
    const state = getRngState();
    const first = rand(3);
    setRngState(state);
    expect(equal(rand(3), first)).toBe(true);
    expect(() => setRngState(ones(3))).toThrow("[setRngState] expected a uint8 tensor");
    expect(seed()).toBe(initialSeed());
    manualSeed(7);
    expect(initialSeed()).toBe(7n);
  });

  test("randintLike draws as randint", () => {
    manualSeed(3);
    const wanted = randint(2, 9, [2, 2], { dtype: "float32" });
    manualSeed(3);
    expect(equal(randintLike(zeros(2, 2), 2, 9), wanted)).toBe(true);
    expect(randintLike(zeros(2).int(), 5).dtype).toBe("int32");
  });

  test("retainsGrad tells what retainGrad did", () => {
    const y = tensor([1], { requiresGrad: true }).mul(2);
    expect(y.retainsGrad).toBe(false);
    y.retainGrad();
    expect(y.retainsGrad).toBe(true);
  });
});
