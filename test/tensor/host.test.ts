/** @file Between tensors and the host: reading back in all forms, ndarrays both ways, copies and no windows. */
import ndarray from "ndarray";
import { describe, expect, test } from "vitest";
import { arange, ones, ShapeError, type Tensor, tensor, zeros } from "../../src/entry/index.ts";

const matrix = (): Tensor => arange(6).float().reshape(2, 3);

describe("reading back", () => {
  test("item", async () => {
    expect(await tensor(3.5).item()).toBe(3.5);
    expect(await tensor([[7]]).item()).toBe(7);
    expect(await tensor([true]).item<boolean>()).toBe(true);
    expect(tensor([[7]]).itemSync()).toBe(7);
    expect(tensor(5, { dtype: "uint8" }).itemSync()).toBe(5);
    expect(tensor([1, 2]).sum().gt(2).itemSync<boolean>()).toBe(true);
    expect(matrix().at(1, 2).itemSync()).toBe(5);
  });

  test("item takes exactly one element", async () => {
    const words = "[item] a Tensor with 2 elements cannot be converted to Scalar";
    await expect(ones(2).item()).rejects.toThrow(ShapeError);
    await expect(ones(2).item()).rejects.toThrow(words);
    expect(() => ones(2).itemSync()).toThrow(words);
    expect(() => zeros(0).itemSync()).toThrow("[item] a Tensor with 0 elements cannot be converted to Scalar");
  });

  test("toArray", async () => {
    expect(await matrix().toArray()).toEqual([[0, 1, 2], [3, 4, 5]]); // biome-ignore format: a matrix
    expect(matrix().t().toArraySync()).toEqual([[0, 3], [1, 4], [2, 5]]); // biome-ignore format: a matrix
    expect(tensor(3).toArraySync()).toBe(3);
    expect(zeros(2, 0).toArraySync()).toEqual([[], []]);
    expect(zeros(0, 2).toArraySync()).toEqual([]);
    expect(matrix().gt(2).toArraySync()).toEqual([[false, false, false], [true, true, true]]); // biome-ignore format: a matrix
    expect(ones(2, 2).expand(2, 2, 2).toArraySync<number[][][]>()[1]?.[1]?.[1]).toBe(1);
  });

  test.each([
    ["float32", Float32Array],
    ["float64", Float64Array],
    ["int32", Int32Array],
    ["uint8", Uint8Array],
    ["bool", Uint8Array],
  ] as const)("data of %s is row-major and of its own type", async (dtype, type) => {
    const t = matrix().to(dtype).t();
    for (const data of [await t.data(), t.dataSync()]) {
      expect(data).toBeInstanceOf(type);
      expect(Array.from(data)).toEqual([0, 3, 1, 4, 2, 5].map((v) => (dtype === "bool" ? Number(v !== 0) : v)));
    }
  });

  test("data is a copy, each time", async () => {
    for (const n of [6, 3000]) {
      const t = arange(n).float();
      const [a, b, c] = [t.dataSync(), await t.data(), t.toNdarray().data];
      for (const data of [a, b, c]) data.fill(-1);
      expect(t.at(1).itemSync()).toBe(1);
      t.fill_(9);
      expect([a[0], b[0], c[0]]).toEqual([-1, -1, -1]);
    }
  });

  test("data does not change after it was asked for", async () => {
    const t = ones(3);
    const promise = t.data();
    t.fill_(5);
    expect(Array.from(await promise)).toEqual([1, 1, 1]);
  });

  test("reading does not record or change anything", () => {
    const x = tensor([[1, 2], [3, 4]], { requiresGrad: true }); // biome-ignore format: a matrix
    const y = x.t();
    const version = y.storage.version;
    y.dataSync();
    y.toArraySync();
    y.toNdarray();
    String(y);
    expect(y.storage.version).toBe(version);
    y.sum().backward();
    expect(x.grad?.toArraySync()).toEqual([[1, 1], [1, 1]]); // biome-ignore format: a matrix
  });

  test("special numbers survive", () => {
    const values = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 1e-45, 3.4e38];
    for (const dtype of ["float32", "float64"] as const) {
      const back = tensor(values, { dtype }).toArraySync<number[]>();
      expect(back).toEqual(values.map(dtype === "float32" ? Math.fround : Number));
    }
    expect(tensor([2 ** 31 - 1, -(2 ** 31)], { dtype: "int32" }).toArraySync()).toEqual([2147483647, -2147483648]);
  });
});

describe("ndarrays come in", () => {
  test("with their strides", () => {
    const a = ndarray(new Float32Array([0, 1, 2, 3, 4, 5]), [2, 3]).transpose(1, 0);
    const t = tensor(a);
    expect([t.shape, t.stride(), t.dtype]).toEqual([[3, 2], [1, 3], "float32"]); // biome-ignore format: three results
    expect(t.toArraySync()).toEqual([[0, 3], [1, 4], [2, 5]]); // biome-ignore format: a matrix
  });

  test("as windows with offsets and steps", () => {
    const a = ndarray(new Float64Array([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]), [10])
      .lo(1)
      .step(3);
    expect(tensor(a).toArraySync()).toEqual([1, 4, 7]);
    const b = ndarray(new Int32Array([0, 1, 2, 3, 4, 5, 6, 7, 8]), [3, 3]).lo(1, 1);
    expect([tensor(b).toArraySync(), tensor(b).dtype]).toEqual([[[4, 5], [7, 8]], "int32"]); // biome-ignore format: two results
    expect(tensor(b.pick(null, 0)).toArraySync()).toEqual([4, 7]);
  });

  test("with negative strides", () => {
    const a = ndarray(new Float32Array([0, 1, 2, 3, 4, 5]), [2, 3]).step(-1, 1);
    expect(tensor(a).toArraySync()).toEqual([[3, 4, 5], [0, 1, 2]]); // biome-ignore format: a matrix
    const b = ndarray(new Float32Array([0, 1, 2, 3, 4, 5]), [2, 3]).step(-1, -2);
    expect(tensor(b).toArraySync()).toEqual([[5, 3], [2, 0]]); // biome-ignore format: a matrix
    expect(
      tensor(b)
        .stride()
        .every((s) => s > 0),
    ).toBe(true);
  });

  test("copied, also when only a part is seen", () => {
    const data = new Float32Array([0, 1, 2, 3, 4, 5]);
    const t = tensor(ndarray(data, [2, 3]).pick(1, null));
    data.fill(-1);
    t.add_(1);
    expect(t.toArraySync()).toEqual([4, 5, 6]);
  });

  test("of plain arrays, bytes, zero and no dimensions", () => {
    expect(tensor(ndarray([1.5, 2.5, 3.5], [3])).toArraySync()).toEqual([1.5, 2.5, 3.5]);
    expect(tensor(ndarray(new Uint8Array([7]), [])).itemSync()).toBe(7);
    expect(tensor(ndarray(new Float32Array(0), [0, 3])).shape).toEqual([0, 3]);
    expect(tensor(ndarray(new Uint8Array([0, 3]), [2]), { dtype: "bool" }).toArraySync()).toEqual([false, true]);
  });

  test("with another dtype and a gradient", () => {
    const a = ndarray(new Float64Array([1, 2, 3, 4]), [2, 2]).transpose(1, 0);
    const x = tensor(a, { dtype: "float32", requiresGrad: true });
    expect([x.dtype, x.isLeaf, x.requiresGrad]).toEqual(["float32", true, true]);
    x.mul(tensor([[1, 10], [100, 1000]])).sum().backward(); // biome-ignore format: a matrix
    expect(x.grad?.toArraySync()).toEqual([[1, 10], [100, 1000]]); // biome-ignore format: a matrix
  });

  test("of a type that another dtype holds", () => {
    const t = tensor(ndarray(new Int16Array([1, -2]), [2]));
    expect([t.dtype, t.toArraySync()]).toEqual(["int32", [1, -2]]);
    const large = ndarray(new BigInt64Array([1n, 2n ** 40n]) as unknown as Int32Array, [2]);
    expect(() => tensor(large)).toThrow("[tensor] value cannot be converted to type int32 without overflow");
  });
});

describe("ndarrays go out", () => {
  test("with the tensor's strides", () => {
    const a = matrix().t().toNdarray();
    expect([a.shape, a.stride, a.offset, a.dtype]).toEqual([[3, 2], [1, 3], 0, "float32"]); // biome-ignore format: four results
    expect([a.get(2, 0), a.get(0, 1)]).toEqual([2, 3]);
  });

  test("windows bring their own stretch of memory only", () => {
    const a = arange(100).float().slice(0, 10, 20, 4).toNdarray();
    expect([a.shape, a.stride, a.data.length]).toEqual([[3], [4], 9]);
    expect([a.get(0), a.get(1), a.get(2)]).toEqual([10, 14, 18]);
    const b = ones(2, 1).expand(2, 3).toNdarray();
    expect([b.stride, b.data.length, b.get(1, 2)]).toEqual([[1, 0], 2, 1]);
    expect(zeros(2, 0).toNdarray().shape).toEqual([2, 0]);
    expect(tensor(4).toNdarray().get()).toBe(4);
  });

  test("and come back as they were", () => {
    for (const t of [
      matrix(),
      matrix().t(),
      matrix().slice(1, 0, null, 2),
      matrix().int(),
      matrix().bool(),
      tensor(3),
    ]) {
      const back = tensor(t.toNdarray(), { dtype: t.dtype });
      expect([back.shape, back.stride(), back.dtype]).toEqual([t.shape, t.stride(), t.dtype]);
      expect(back.equal(t)).toBe(true);
    }
  });
});

describe("printing", () => {
  test("String, template and inspect give PyTorch's text", async () => {
    const { inspect } = await import("node:util");
    const t = tensor([1, 2.5], { requiresGrad: true });
    const text = "tensor([1.0000, 2.5000], requires_grad=True)";
    expect([String(t), `${t}`, inspect(t)]).toEqual([text, text, text]);
    expect(String(t.mul(2))).toBe("tensor([2., 5.], grad_fn=<MulBackward0>)");
    expect(String(t.detach().t())).toBe("tensor([1.0000, 2.5000])");
  });

  test("windows print what they show", () => {
    expect(String(matrix().t().at([1, 3]))).toBe("tensor([[1., 4.],\n        [2., 5.]])");
    const long = arange(4000).float().slice(0, 1, null, 2);
    expect(String(long)).toBe(
      "tensor([1.0000e+00, 3.0000e+00, 5.0000e+00,  ..., 3.9950e+03, 3.9970e+03,\n        3.9990e+03])",
    );
  });
});
