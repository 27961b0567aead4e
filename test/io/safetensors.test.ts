/** @file safetensors files: those of PyTorch, round trips, and everything that must be refused. */
import { describe, expect, test } from "vitest";
import {
  arange,
  DataError,
  io,
  nn,
  ones,
  rand,
  type Tensor,
  tensor,
  ValueError,
  zeros,
} from "../../src/entry/index.ts";
import { elements } from "../golden/calls.ts";
import { expectClose } from "../golden/close.ts";
import { type Contents, ioGolden } from "../golden/io.ts";
import { contentsOf, entry, fileBytes, rawSafetensors, withByte } from "./files.ts";

const { decodeSafetensors, encodeSafetensors } = io;

const headerOf = (bytes: Uint8Array): string => {
  const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  return new TextDecoder().decode(bytes.subarray(8, 8 + length));
};

const toTensor = ({ shape, values }: Contents): Tensor => tensor(elements("float32", values)).reshape(shape);

describe("a file of PyTorch", () => {
  const { tensors, metadata } = decodeSafetensors(fileBytes(ioGolden.kinds.file));

  test("keeps names, order and metadata", () => {
    expect(Object.keys(tensors)).toEqual(Object.keys(ioGolden.kinds.values));
    expect(metadata).toEqual({ format: "pt", note: "ü" });
  });

  test.each(Object.entries(ioGolden.kinds.values))("%s", (name, contents) => {
    const dtypes: Record<string, string> = { double: "float64", byte: "uint8", bool: "bool" };
    const integers = ["long", "int", "short", "char"];
    const t = tensors[name] as Tensor;
    expect(t.shape).toEqual(contents.shape);
    expect(t.dataSync()).toEqual(elements(t.dtype, contents.values));
    expect(t.dtype).toBe(integers.includes(name) ? "int32" : (dtypes[name] ?? "float32"));
  });

  test("of a model gives the same outputs", () => {
    const model = new nn.Sequential(
      new nn.Linear(4, 8),
      new nn.ReLU(),
      new nn.Linear(8, 8),
      new nn.Tanh(),
      new nn.Linear(8, 3),
    );
    model.loadStateDict(decodeSafetensors(fileBytes(ioGolden.model.safetensors)).tensors);
    const { inputs, outputs } = ioGolden.model;
    expectClose(model.forward(toTensor(inputs)), elements("float32", outputs.values), 2);
  });

  test("of a model is written back byte for byte", async () => {
    const file = fileBytes(ioGolden.model.safetensors);
    expect(await encodeSafetensors(decodeSafetensors(file).tensors)).toEqual(file);
  });
});

describe("writing", () => {
  test("every dtype, every shape, any strides", async () => {
    const state = {
      matrix: rand(3, 4),
      turned: rand(3, 4).t(),
      part: arange(10).slice(0, 1, 9, 3),
      double: rand(2, { dtype: "float64" }),
      bytes: tensor([0, 255], { dtype: "uint8" }),
      truth: tensor([[true], [false]]),
      scalar: tensor(3),
      empty: zeros(2, 0),
      learned: ones(2, { requiresGrad: true }).mul(2),
      __proto__x: ones(1),
    };
    const { tensors } = decodeSafetensors(await encodeSafetensors(state));
    expect(Object.keys(tensors)).toEqual(Object.keys(state));
    for (const [name, t] of Object.entries(state)) {
      const back = tensors[name] as Tensor;
      expect([name, back.dtype, back.requiresGrad]).toEqual([name, t.dtype, false]);
      expect(contentsOf(back)).toEqual(contentsOf(t.detach()));
    }
  });

  test("NaN, infinities and the sign of zero keep their bits", async () => {
    const data = Float32Array.of(Number.NaN, Number.POSITIVE_INFINITY, -0, 1e-45);
    const { tensors } = decodeSafetensors(await encodeSafetensors({ x: tensor(data) }));
    expect(tensors.x?.dataSync()).toEqual(data);
  });

  test("larger elements come first, so that all lie at a multiple of their size", async () => {
    const state = {
      a: tensor([true]),
      b: ones(3),
      c: ones(1, { dtype: "float64" }),
      d: tensor([1], { dtype: "uint8" }),
      e: ones(1),
    };
    const file = await encodeSafetensors(state);
    expect(headerOf(file).trimEnd()).toBe(
      '{"__metadata__":{"format":"pt"},' +
        '"a":{"dtype":"BOOL","shape":[1],"data_offsets":[25,26]},' +
        '"b":{"dtype":"F32","shape":[3],"data_offsets":[8,20]},' +
        '"c":{"dtype":"F64","shape":[1],"data_offsets":[0,8]},' +
        '"d":{"dtype":"U8","shape":[1],"data_offsets":[24,25]},' +
        '"e":{"dtype":"F32","shape":[1],"data_offsets":[20,24]}}',
    );
    expect(headerOf(file).length % 8).toBe(0);
  });

  test("integers as PyTorch's own, if asked", async () => {
    const x = tensor([-5, 2 ** 31 - 1], { dtype: "int32" });
    const file = await encodeSafetensors({ x }, { int64: true });
    expect(headerOf(file)).toContain('"x":{"dtype":"I64","shape":[2],"data_offsets":[0,16]}');
    expect(decodeSafetensors(file).tensors.x?.toArraySync()).toEqual([-5, 2 ** 31 - 1]);
  });

  test("metadata", async () => {
    const file = await encodeSafetensors({}, { metadata: { format: "np", 'a "quoted" ü': "1\n2" } });
    expect(decodeSafetensors(file)).toEqual({ tensors: {}, metadata: { format: "np", 'a "quoted" ü': "1\n2" } });
  });

  test("contents are those at the time of the call", async () => {
    const x = ones(1000);
    const file = encodeSafetensors({ x });
    x.zero_();
    expect(
      decodeSafetensors(await file)
        .tensors.x?.sum()
        .itemSync(),
    ).toBe(1000);
  });

  test("what is no tensor, and the name that is taken", async () => {
    await expect(encodeSafetensors({ x: 3 as unknown as Tensor })).rejects.toThrow(ValueError);
    await expect(encodeSafetensors({ __metadata__: ones(1) })).rejects.toThrow("__metadata__");
  });

  test("names of JavaScript's own are names like any other", async () => {
    const state = Object.fromEntries(["__proto__", "constructor", "7"].map((name) => [name, ones(1)]));
    const { tensors } = decodeSafetensors(await encodeSafetensors(state));
    expect(Object.keys(tensors).sort()).toEqual(["7", "__proto__", "constructor"]);
    expect(Object.getPrototypeOf(tensors)).toBe(Object.prototype);
  });
});

describe("refused", () => {
  const good = rawSafetensors({ x: entry("F32", [1], 0, 4) }, [0, 0, 128, 63]);
  const refused = (bytes: Uint8Array, reason: string | RegExp) => {
    expect(() => decodeSafetensors(bytes)).toThrow(DataError);
    expect(() => decodeSafetensors(bytes)).toThrow(reason);
  };

  test("nothing of a good file", () => {
    expect(decodeSafetensors(good).tensors.x?.toArraySync()).toEqual([1]);
  });

  test("a file at every length but its own", () => {
    for (let length = 0; length < good.length; length++) refused(good.subarray(0, length), /./);
    refused(Uint8Array.of(...good, 0), "bytes 4 to 5 of the data belong to no tensor");
    refused(good.subarray(0, 5), "is no safetensors file: it has 5 bytes");
    refused(good.subarray(0, 20), /is truncated: the header should have \d+ bytes, but the file has only 20/);
    refused(good.subarray(0, -1), "should be at bytes 0 to 4, but there are 3 bytes of data");
  });

  test.each([
    ["the largest there is", 2n ** 64n - 1n],
    ["one that overflows when 8 are added", 2n ** 64n - 8n],
    ["more than is allowed", 100_000_001n],
  ])("a header length: %s", (_, claimed) => {
    refused(rawSafetensors("{}", [], claimed), `a header length of ${claimed} bytes, of which 100000000 are allowed`);
  });

  const long = 2 ** 53;
  test.each<[string, unknown, string, number?]>([
    ["no object", "[]", "does not begin with {"],
    ["space before it", " {}", "does not begin with {"],
    ["text after it", "{} {}", "damaged header"],
    ["no JSON", "{x}", "has a damaged header: it is no JSON"],
    ["an open string", '{"x', "it is no JSON"],
    ["a raw line break in a string", '{"\n":{}}', "it is no JSON"],
    ["a wrong escape", '{"\\x":{}}', "it is no JSON"],
    ["an escape that is truncated", '{"\\u12":{}}', "it is no JSON"],
    ["no entry", { x: 3 }, 'the entry of "x" is no object'],
    ["a list as entry", { x: [] }, 'the entry of "x" is no object'],
    ["null as entry", { x: null }, 'the entry of "x" is no object'],
    ["an entry without offsets", { x: { dtype: "F32", shape: [1] } }, "lacks dtype, shape or data_offsets"],
    ["another field", { x: { ...entry("F32", [1], 0, 4), y: 1 } }, 'unknown field "y"'],
    ["an unknown type", { x: entry("F8_E4M3", [4], 0, 4) }, 'of type "F8_E4M3", which has no matching dtype'],
    ["a type of JavaScript's own", { x: entry("toString", [4], 0, 4) }, "which has no matching dtype"],
    ["a number as type", { x: entry(7, [4], 0, 4) }, "damaged header"],
    ["three offsets", { x: entry("F32", [1], 0, 4, 4) }, "has 3 data_offsets instead of 2"],
    ["a negative size", { x: entry("F32", [-1], 0, 4) }, 'shape of "x" should be a list of non-negative integers'],
    ["a size that is text", { x: entry("F32", ["1"], 0, 4) }, "should be a list of non-negative integers"],
    ["a size that is a list", { x: entry("F32", [[1]], 0, 4) }, "nested too deeply"],
    ["a shape that is a number", { x: entry("F32", 1, 0, 4) }, "should be a list of non-negative integers"],
    ["half a size", { x: entry("F32", [1.5], 0, 4) }, "damaged header"],
    ["a size with an exponent", '{"x":{"dtype":"F32","shape":[1e99],"data_offsets":[0,4]}}', "damaged header"],
    ["a size beyond doubles", { x: entry("U8", [long], 0, 4) }, "integers up to 2^53"],
    ["a product beyond doubles", { x: entry("U8", [2 ** 52, 2 ** 52], 0, 4) }, "no tensor has the shape"],
    ["a product that is 0 in the end", { x: entry("U8", [2 ** 52, 2 ** 52, 0], 0, 0) }, "no tensor has the shape"],
    ["many dimensions", { x: entry("U8", Array(65).fill(1), 0, 1) }, "has 65 dimensions", 1],
    ["a long number", `{"x":{"dtype":"U8","shape":[${"9".repeat(5000)}],"data_offsets":[0,4]}}`, "integers up to 2^53"],
    ["sizes that need more bytes", { x: entry("F32", [2], 0, 4) }, "needs 8 bytes, but has 4"],
    ["sizes that need fewer bytes", { x: entry("U8", [3], 0, 4) }, "needs 3 bytes, but has 4"],
    ["offsets the wrong way round", { x: entry("F32", [1], 4, 0) }, "at bytes 4 to 0"],
    ["offsets beyond the end", { x: entry("F32", [1], 4, 8) }, "but there are 4 bytes of data"],
    ["far beyond the end", { x: entry("U8", [2 ** 40], 0, 2 ** 40) }, "but there are 4 bytes of data"],
    ["a gap", { x: entry("U8", [2], 2, 4) }, "bytes 0 to 2 of the data belong to no tensor"],
    ["an overlap", { x: entry("U8", [3], 0, 3), y: entry("U8", [2], 2, 4) }, 'tensor "y" overlaps another one'],
    ["the same bytes twice", { x: entry("U8", [4], 0, 4), y: entry("U8", [4], 0, 4) }, "overlaps another one"],
    ["metadata that is no text", { __metadata__: { a: 1 } }, "damaged header"],
    ["metadata of several levels", { __metadata__: { a: { b: "c" } } }, "damaged header"],
  ])("a header with %s", (_, header, reason, size = 4) => {
    refused(rawSafetensors(header, new Uint8Array(size)), reason);
  });

  test("a name that stands there twice leaves a gap behind", () => {
    const [x, y] = [entry("U8", [2], 0, 2), entry("U8", [2], 2, 4)].map((value) => JSON.stringify(value));
    const gap = "bytes 0 to 2 of the data belong to no tensor";
    refused(rawSafetensors(`{"x":${x},"x":${y}}`, [1, 2, 3, 4]), gap);
    refused(rawSafetensors(`{"x":${x},"\\u0078":${y}}`, [1, 2, 3, 4]), gap);
  });

  test("JSON that is a million levels deep", () => {
    refused(rawSafetensors(`{"x":${"[".repeat(1_000_000)}`), "damaged header: it is nested too deeply");
    refused(rawSafetensors(`{"x":${'{"x":'.repeat(100_000)}`), "damaged header: it is nested too deeply");
  });

  test("text that is not UTF-8", () => {
    refused(withByte(good, 10, 0xff), "not UTF-8");
  });

  test("numbers that no dtype holds", () => {
    refused(fileBytes(ioGolden.tooLarge), 'tensor "x" holds 2147483648, which is outside int32');
    refused(rawSafetensors({ b: entry("BOOL", [2], 0, 2) }, [1, 2]), 'tensor "b" holds 2 where only 0 and 1 can be');
  });

  test("any byte of a header that is another one gives the same tensors, or a reason", () => {
    const file = fileBytes(ioGolden.kinds.file);
    const end = 8 + Number(new DataView(file.buffer).getBigUint64(0, true));
    for (let at = 0; at < end; at += 3) {
      for (const value of [0, 0x22, 0x30, 0x7b, 0xff]) {
        try {
          decodeSafetensors(withByte(file, at, value));
        } catch (error) {
          expect(error).toBeInstanceOf(DataError);
        }
      }
    }
  });
});

describe("accepted, though nobody writes it so", () => {
  test("space everywhere, and fields in another order", () => {
    const header = ' { "x" :\n{ "data_offsets" : [ 0 ,\t4 ] , "shape" : [ ] , "dtype" : "F32" } }  '.trimStart();
    expect(decodeSafetensors(rawSafetensors(header, [0, 0, 128, 63])).tensors.x?.toArraySync()).toBe(1);
  });

  test("sizes as JSON allows them", () => {
    const header = '{"x":{"dtype":"F32","shape":[1e0,1.0],"data_offsets":[0,4]}}';
    expect(decodeSafetensors(rawSafetensors(header, [0, 0, 128, 63])).tensors.x?.shape).toEqual([1, 1]);
  });

  test("brackets and braces in names, which nest nothing", () => {
    const x = JSON.stringify(entry("U8", [1], 0, 1));
    const { tensors } = decodeSafetensors(rawSafetensors(`{"[[[[{{\\"{{[":${x}}`, [7]));
    expect(Object.keys(tensors)).toEqual(['[[[[{{"{{[']);
  });

  test("names with any escape, whatever was read before", () => {
    // The JSON.parse of Node 24 takes one such key for another that it has seen.
    const names = ["b\\", 'b"', "b\n", "b\t", "b/", "b\u2028", "bA", "\\", '"', '\\"', "\ue000\\", "\\u0041"];
    const escaped = (name: string): string =>
      Array.from(name, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`).join("");
    for (let round = 0; round < 3; round++) {
      for (const name of names) {
        for (const written of [
          JSON.stringify(name),
          `"${escaped(name)}"`,
          JSON.stringify(name).replaceAll("/", "\\/"),
        ]) {
          const x = JSON.stringify(entry("U8", [1], 0, 1));
          const file = rawSafetensors(`{"a":${JSON.stringify(entry("U8", [0], 0, 0))},${written}:${x}}`, [7]);
          expect(Object.keys(decodeSafetensors(file).tensors)).toEqual(["a", name]);
        }
      }
    }
  });

  test("tensors without elements anywhere", () => {
    const header = {
      a: entry("U8", [0], 0, 0),
      b: entry("U8", [2], 0, 2),
      c: entry("F32", [3, 0], 2, 2),
      d: entry("U8", [0], 1, 1),
    };
    expect(() => decodeSafetensors(rawSafetensors(header, [1, 2]))).toThrow("overlaps");
    const { d: _, ...fine } = header;
    const { tensors } = decodeSafetensors(rawSafetensors(fine, [1, 2]));
    expect(Object.values(tensors).map((t) => t.shape)).toEqual([[0], [2], [3, 0]]);
  });

  test("data at an odd place", () => {
    const bytes = rawSafetensors('{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}} ', [0, 0, 128, 63]);
    const shifted = new Uint8Array(bytes.length + 1);
    shifted.set(bytes, 1);
    expect(decodeSafetensors(shifted.subarray(1)).tensors.x?.toArraySync()).toEqual([1]);
    expect(decodeSafetensors(bytes).tensors.x?.toArraySync()).toEqual([1]);
  });
});
