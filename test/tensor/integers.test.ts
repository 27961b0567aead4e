/** @file Integers that do not fit their dtype: PyTorch's "value cannot be converted to type int32 without overflow". */
import ndarray from "ndarray";
import { describe, expect, test } from "vitest";
import * as tapegrad from "../../src/entry/index.ts";
import {
  arange,
  full,
  fullLike,
  linspace,
  ones,
  type Tensor,
  tensor,
  ValueError,
  where,
  zeros,
} from "../../src/entry/index.ts";

const int32 = { dtype: "int32" } as const;
const uint8 = { dtype: "uint8" } as const;
const i = () => tensor([1, 2], int32);
const u = () => tensor([1, 2], uint8);
const mask = tensor([true, false]);

describe("refused, and nothing is changed:", () => {
  test.each<[string, () => unknown, string]>([
    ["tensor", () => tensor([3e9], int32), "[tensor] "],
    ["tensor of a typed array", () => tensor(new Float64Array([3e9]), int32), "[tensor] "],
    ["tensor of bigints", () => tensor(new BigInt64Array([2n ** 31n])), "[tensor] "],
    ["tensor of large bigints", () => tensor(new BigUint64Array([2n ** 63n + 1n]), int32), "[tensor] "],
    ["tensor of a Uint32Array", () => tensor(new Uint32Array([2 ** 31])), "[tensor] "],
    ["tensor of an ndarray", () => tensor(ndarray(new Float32Array([300]), [1]), uint8), "[tensor] "],
    ["tensor of rows", () => tensor([new Float32Array([3e9])], int32), "[tensor] "],
    ["NaN", () => tensor([Number.NaN], int32), "[tensor] "],
    ["Infinity", () => tensor([Number.POSITIVE_INFINITY], uint8), "[tensor] "],
    ["a byte above 255", () => tensor([300], uint8), "[tensor] "],
    ["a byte and a fraction", () => tensor([255.9], uint8), "[tensor] "],
    ["a negative fraction", () => tensor([-1.5], uint8), "[tensor] "],
    ["a byte below −255", () => tensor([-256], uint8), "[tensor] "],
    ["a fraction above the largest", () => tensor([2147483647.5], int32), "[tensor] "],
    ["full", () => full(2, 3e9, int32), "[full] "],
    ["full of none", () => full(0, 300, uint8), "[full] "],
    ["full of float32", () => full(2, 1e39), "[full] "],
    ["fullLike", () => fullLike(u(), 300), "[fullLike] "],
    ["fill_", () => i().fill_(3e9), "[fill_] "],
    ["fill_ of NaN", () => i().fill_(Number.NaN), "[fill_] "],
    ["fill_ of a tensor", () => u().fill_(tensor(300)), "[fill_] "],
    ["fill_ of float32", () => zeros(2).fill_(1e39), "[fill_] "],
    ["maskedFill", () => u().maskedFill(mask, 300), "[maskedFill] "],
    ["maskedFill with a tensor", () => u().maskedFill(mask, tensor(300)), "[maskedFill] "],
    ["maskedFill_", () => i().maskedFill_(mask, 3e9), "[maskedFill_] "],
    ["scatter", () => u().scatter(0, tensor([0], int32), 300), "[scatter] "],
    ["where", () => where(mask, u(), 300), "[where] "],
    ["where, the other way round", () => where(mask, 3e9, i()), "[where] "],
    ["clamp", () => u().clamp(0, 300), "[clamp] "],
    ["clamp_", () => i().clamp_(null, 3e9), "[clamp_] "],
    ["pad", () => u().pad([1, 1], "constant", 300), "[pad] "],
    ["arange", () => arange(3e9, 3e9 + 3), "[arange] "],
    ["arange of bytes", () => arange(250, 260, 1, uint8), "[arange] "],
    ["linspace", () => linspace(0, 300, 3, uint8), "[linspace] "],
    ["add", () => i().add(3e9), "[add] "],
    ["sub", () => tapegrad.sub(3e9, i()), "[sub] "],
    ["mul", () => u().mul(300), "[mul] "],
    ["add_", () => i().add_(3e9), "[add_] "],
    ["maximum", () => u().maximum(300), "[maximum] "],
    ["alpha", () => i().add(1, { alpha: 3e9 }), "[add] "],
    ["addcmul", () => u().addcmul(u(), u(), { value: 300 }), "[addcmul] "],
    ["randint", () => tapegrad.randint(0, 300, [3], uint8), "[randint] "],
    ["nn.init.constant_", () => tapegrad.nn.init.constant_(i(), 3e9), ""],
  ])("%s", (_, call, name) => {
    expect(call).toThrow(ValueError);
    expect(call).toThrow(name);
  });

  test("in the words of PyTorch, with what fits", () => {
    expect(() => full(1, 3e9, int32)).toThrow(
      new ValueError(
        "[full] value cannot be converted to type int32 without overflow: got 3000000000, but int32 holds -2147483648 to 2147483647. Choose another dtype, or clamp the numbers first.",
      ),
    );
  });

  test("before the first write", () => {
    const x = i();
    expect(() => x.fill_(3e9)).toThrow(ValueError);
    expect(() => x.maskedFill_(mask, 3e9)).toThrow(ValueError);
    expect(() => x.add_(3e9)).toThrow(ValueError);
    expect([x.toArraySync(), x.storage.version]).toEqual([[1, 2], 0]);
  });
});

describe("taken, as in PyTorch:", () => {
  test.each<[string, () => Tensor, readonly unknown[]]>([
    ["the largest and the smallest", () => tensor([2 ** 31 - 1, -(2 ** 31)], int32), [2147483647, -2147483648]],
    ["fractions, cut off", () => tensor([1.9, -1.9, -0.5], int32), [1, -1, 0]],
    ["negative bytes", () => tensor([-1, -255, 255], uint8), [255, 1, 255]],
    ["full of negative bytes", () => full(1, -1, uint8), [255]],
    ["maskedFill with negative bytes", () => u().maskedFill(mask, -1), [255, 2]],
    ["maskedFill with fractions", () => u().maskedFill(mask, 1.5), [1, 2]],
    ["pad with fractions", () => i().pad([1, 1], "constant", 1.5), [1, 1, 2, 1]],
    ["NaN as bool", () => tensor([Number.NaN, 0], { dtype: "bool" }), [true, false]],
    ["large numbers as float32", () => tensor([1e39, -1e39]), [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]],
    ["infinities as float32", () => full(1, Number.POSITIVE_INFINITY), [Number.POSITIVE_INFINITY]],
    ["bytes and a number that makes floats", () => u().div(300).mul(300).round(), [1, 2]],
    ["bytes and a fraction", () => u().add(1.5), [2.5, 3.5]],
    ["negative bytes in arithmetic", () => u().add(-1), [0, 1]],
    ["an infinity as a bound", () => i().clamp(0, Number.POSITIVE_INFINITY), [1, 2]],
    ["a byte against a number above", () => u().lt(300), [true, true]],
    ["a byte against the number that wraps to it", () => u().eq(257), [false, false]],
    ["an integer against a number above", () => i().lt(3e9), [true, true]],
    ["conversions of elements wrap", () => tensor([300, -1], int32).to("uint8"), [44, 255]],
  ])("%s", (_, make, values) => {
    expect(make().toArraySync()).toEqual(values);
  });
});

describe("other data of the host", () => {
  test("rows of typed arrays, with their dtype", () => {
    const t = tensor([new Float32Array([1, 2]), new Float32Array([3, 4])]);
    expect([t.dtype, t.toArraySync()]).toEqual(["float32", [[1, 2], [3, 4]]]); // biome-ignore format: a matrix
    expect(tensor([new Float64Array([0.1])]).dtype).toBe("float64");
    expect(tensor([new Uint8Array([1, 2]), new Uint8Array([3, 4])]).dtype).toBe("uint8");
    expect(tensor([new Uint8Array([1, 2]), [3.5, 4]]).toArraySync()).toEqual([[1, 2], [3.5, 4]]); // biome-ignore format: a matrix
  });

  test("tensors of one element as numbers", () => {
    const t = tensor([tensor(1), tensor(2)]);
    expect([t.dtype, t.shape, t.toArraySync()]).toEqual(["float32", [2], [1, 2]]);
    expect(tensor([tensor(1, uint8), tensor(2, uint8)]).dtype).toBe("uint8");
    expect(tensor([tensor(1, { dtype: "float64" }), 2]).dtype).toBe("float64");
    expect(tensor([tensor([1]), tensor([3])]).toArraySync()).toEqual([1, 3]);
    expect(tensor([ones(1, { requiresGrad: true })]).requiresGrad).toBe(false);
    expect(() => tensor([ones(2), ones(2)])).toThrow("only one element tensors can be converted to numbers");
  });

  test.each([
    [new Int8Array([-1, 2]), "int32"],
    [new Int16Array([-1, 2]), "int32"],
    [new Uint16Array([65535, 2]), "int32"],
    [new Uint32Array([5, 2]), "int32"],
    [new BigInt64Array([-1n, 2n]), "int32"],
    [new BigUint64Array([1n, 2n]), "int32"],
  ] as const)("%o", (data, dtype) => {
    const t = tensor(data);
    expect([t.dtype, t.toArraySync()]).toEqual([dtype, Array.from(data, Number)]);
    expect(tensor(data, { dtype: "float64" }).toArraySync()).toEqual(Array.from(data, Number));
  });

  test("an array that holds itself", () => {
    const array: unknown[] = [];
    array.push(array);
    expect(() => tensor(array as unknown as number[])).toThrow("[tensor] the data is nested more than 64 levels deep");
  });
});
