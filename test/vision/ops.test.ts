/** @file Boxes, losses and layers of vision models: torchvision's numbers. */
import { describe, expect, test } from "vitest";
import { manualSeed, nn, ones, Tensor, tensor, zeros } from "../../src/entry/index.ts";
import { ops } from "../../src/entry/vision.ts";
import { decoded, type Encoded, goldens } from "../golden/vision.ts";

const isEncoded = (value: unknown): value is Encoded =>
  typeof value === "object" && value !== null && "values" in value && "dtype" in value;

describe("boxes and losses", () => {
  test.each(goldens.ops.map((golden, i) => [`${i}: ${golden.name}`, golden] as const))("%s", (_, golden) => {
    const run = Reflect.get(ops, golden.name) as (...args: readonly unknown[]) => unknown;
    const result = run(...golden.args.map((arg) => (isEncoded(arg) ? decoded(arg) : arg)));
    expect(result).toBeInstanceOf(Tensor);
    const got = result as Tensor;
    const want = decoded(golden.result);
    expect([got.shape, got.dtype]).toEqual([want.shape, want.dtype]);
    expect(got.allclose(want, { rtol: 1e-5, atol: 1e-6 })).toBe(true);
  });

  test("gradients flow through boxes", () => {
    const box = tensor([[0, 0, 2, 2]]).requiresGrad_();
    ops
      .boxIou(box, tensor([[1, 0, 3, 2]]))
      .sum()
      .backward();
    expect(box.grad?.at(0, 2).itemSync()).toBeCloseTo((2 * 6 - 2 * 0) / 36, 6);
  });

  test("other shapes", () => {
    expect(() => ops.nms(ones(2, 4), ones(3), 0.5)).toThrow(
      "[nms] boxes and scores should have same number of elements",
    );
    expect(() => ops.boxIou(ones(4), ones(1, 4))).toThrow("[boxIou] boxes1 should be a tensor [n, 4], but got [4]");
    // @ts-expect-error an unknown form
    expect(() => ops.boxConvert(ones(1, 4), "xyxy", "yxyx")).toThrow("[boxConvert]");
  });
});

describe("layers", () => {
  test("stochastic depth zeroes rows, or all of them, and keeps the mean", () => {
    manualSeed(1);
    const rows = ops.stochasticDepth(ones(64, 3), 0.25, "row").select(1, 0).toArraySync() as number[];
    expect(new Set(rows.map((value) => Math.round(value * 3)))).toEqual(new Set([0, 4]));
    const batch = ops.stochasticDepth(ones(8, 2), 0.5, "batch").flatten().dataSync();
    expect(new Set(batch).size).toBe(1);
    const layer = new ops.StochasticDepth(0.2, "row");
    expect(String(layer)).toBe("StochasticDepth(p=0.2, mode=row)");
    const x = ones(2, 2);
    expect(layer.eval().forward(x)).toBe(x);
    expect(() => ops.stochasticDepth(x, 2, "row")).toThrow("drop probability has to be between 0 and 1");
  });

  test("squeeze and excitation scales channels", () => {
    const layer = new ops.SqueezeExcitation(4, 2, () => new nn.SiLU());
    nn.init.zeros_(layer.fc2.weight);
    if (layer.fc2.bias !== null) nn.init.zeros_(layer.fc2.bias);
    expect(layer.forward(ones(1, 4, 2, 2)).equal(ones(1, 4, 2, 2).mul(0.5))).toBe(true);
    expect(new ops.Permute([1, 0]).forward(zeros(2, 3)).shape).toEqual([3, 2]);
  });
});
