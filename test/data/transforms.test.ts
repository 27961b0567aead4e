/** @file Transforms: torchvision's numbers, texts and errors; types that follow a chain. */
import ndarray from "ndarray";
import { describe, expect, expectTypeOf, test } from "vitest";
import { transforms } from "../../src/entry/data.ts";
import { tensor, zeros } from "../../src/tensor/create.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";

const { Compose, Lambda, Normalize, ToTensor } = transforms;
const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

describe("ToTensor", () => {
  test("makes [1, rows, columns] from 0 to 1 of a grey image", () => {
    const image = new ToTensor().forward(ndarray(bytes(0, 51, 255, 1, 2, 3), [2, 3]));
    expect([image.dtype, image.shape]).toEqual(["float32", [1, 2, 3]]);
    expect(image.toArraySync()).toEqual([
      [
        [0, 51 / 255, 1],
        [1 / 255, 2 / 255, 3 / 255],
      ].map((row) => row.map(Math.fround)),
    ]);
  });

  test("puts channels first", () => {
    const image = ndarray(
      Float32Array.from({ length: 12 }, (_, i) => i),
      [2, 2, 3],
    );
    const result = new ToTensor().forward(image);
    expect(result.isContiguous()).toBe(true);
    expect(result.toArraySync()).toEqual([
      [
        [0, 3],
        [6, 9],
      ],
      [
        [1, 4],
        [7, 10],
      ],
      [
        [2, 5],
        [8, 11],
      ],
    ]);
  });

  test("reads windows and views of larger arrays", () => {
    const whole = ndarray(
      Int32Array.from({ length: 24 }, (_, i) => i),
      [2, 3, 4],
    );
    const read = (view: transforms.Image): unknown => new ToTensor().forward(view).toArraySync();
    expect(read(whole.pick(1, null, null))).toEqual([
      [
        [12, 13, 14, 15],
        [16, 17, 18, 19],
        [20, 21, 22, 23],
      ],
    ]);
    expect(read(whole.pick(1, null, null).transpose(1, 0).hi(2, 2))).toEqual([
      [
        [12, 16],
        [13, 17],
      ],
    ]);
    expect(read(whole.pick(0, null, null).step(-1, 2))).toEqual([
      [
        [8, 10],
        [4, 6],
        [0, 2],
      ],
    ]);
  });

  test("keeps the numbers of other element types", () => {
    const image = new ToTensor().forward(ndarray(new Float64Array([3, 7]), [1, 2]));
    expect([image.dtype, image.toArraySync()]).toEqual(["float64", [[[3, 7]]]]);
  });

  test("takes images only", () => {
    expect(() => new ToTensor().forward(ndarray(bytes(1, 2), [2]))).toThrow(
      "[ToTensor] pic should be 2/3 dimensional. Got 1 dimensions.",
    );
    expect(() => new ToTensor().forward(zeros(2, 2))).toThrow("[ToTensor] pic should be an ndarray. Got Tensor.");
    // @ts-expect-error neither is a list
    expect(() => new ToTensor().forward([[1]])).toThrow("Got Array.");
    // @ts-expect-error nor nothing
    expect(() => new ToTensor().forward(null)).toThrow("Got null.");
  });
});

describe("Normalize", () => {
  test("gives (x - mean) / std for each channel, in float32", () => {
    const image = tensor([[[0, 1]], [[0.5, 0.25]]]);
    const f = Math.fround;
    const expected = [
      [[0, 1].map((v) => f(f(v - f(0.1)) / f(0.3)))],
      [[0.5, 0.25].map((v) => f(f(v - f(0.2)) / f(0.7)))],
    ];
    const normalize = new Normalize([0.1, 0.2], [0.3, 0.7]);
    expect(normalize.forward(image).toArraySync()).toEqual(expected);
    expect(image.toArraySync()).toEqual([[[0, 1]], [[0.5, 0.25]]]);
    expect(normalize.forward(image.unsqueeze(0)).toArraySync()).toEqual([expected]);
  });

  test("one number serves all channels", () => {
    expect(new Normalize(1, 2).forward(tensor([[[3]], [[5]]])).toArraySync()).toEqual([[[1]], [[2]]]);
  });

  test("works in float64", () => {
    const result = new Normalize(0.1, 0.3).forward(tensor([[[0.7]]], { dtype: "float64" }));
    expect([result.dtype, result.itemSync()]).toEqual(["float64", (0.7 - 0.1) / 0.3]);
  });

  test("has torchvision's errors", () => {
    const normalize = new Normalize(0.5, 0.5);
    expect(() => normalize.forward(zeros(2, 2))).toThrow(
      "[Normalize] Expected tensor to be a tensor image of size (..., C, H, W). Got tensor.size() = [2, 2]",
    );
    expect(() => normalize.forward(zeros([1, 2, 2], { dtype: "uint8" }))).toThrow(
      "[Normalize] Input tensor should be a float tensor. Got uint8.",
    );
    expect(() => new Normalize([0.5], [0])).toThrow("std evaluated to zero after conversion to float32");
    expect(() => new Normalize([Number.NaN], [1])).toThrow("[Normalize] mean should be numbers, but got [NaN]");
    expect(() => new Normalize([], [1])).toThrow("[Normalize] mean should be numbers, but got []");
    // @ts-expect-error not a tensor
    expect(() => normalize.forward(ndarray(bytes(1), [1, 1]))).toThrow("[Normalize] img should be Tensor Image.");
  });
});

describe("Compose and Lambda", () => {
  const image = ndarray(bytes(0, 255), [1, 2]);

  test("run one after the other, and types follow", () => {
    const chain = new Compose([new ToTensor(), new Normalize(0.5, 0.5), new Lambda((x) => x.flatten())]);
    expectTypeOf(chain.forward).returns.toEqualTypeOf<Tensor>();
    expect(chain.forward(image).toArraySync()).toEqual([-1, 1]);
    const sums = new Compose([new ToTensor(), (x) => x.sum().itemSync(), (sum) => `sum ${sum}`]);
    expectTypeOf(sums.forward).returns.toEqualTypeOf<string>();
    expect(sums.forward(image)).toBe("sum 1");
    const long = new Compose([
      new ToTensor(),
      (x: Tensor) => x.mul(2),
      (x: Tensor) => x.mul(2),
      (x: Tensor) => x.mul(2),
      (x: Tensor) => x.sum().itemSync(),
    ]);
    expectTypeOf(long.forward).returns.toEqualTypeOf<number>();
    expect(long.forward(image)).toBe(8);
    // @ts-expect-error Normalize takes tensors
    expect(() => new Compose([new Normalize(0, 1), new ToTensor()]).forward(image)).toThrow(
      "[Normalize] img should be",
    );
  });

  test("a Lambda must be a function", () => {
    // @ts-expect-error a number is no function
    expect(() => new Lambda(3)).toThrow("[Lambda] Argument lambd should be callable, got number");
  });

  test("are printed as torchvision prints them", () => {
    const double = (x: Tensor): Tensor => x.mul(2);
    const chain = new Compose([new ToTensor(), new Normalize([0.1307], [0.3081]), new Lambda(double), double]);
    expect(String(chain)).toBe(
      "Compose(\n    ToTensor()\n    Normalize(mean=[0.1307], std=[0.3081])\n    Lambda()\n    double\n)",
    );
  });
});
