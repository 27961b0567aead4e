/** @file .npy and .npz files: those of NumPy, round trips, and everything that must be refused. */
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { arange, DataError, io, ones, rand, type Tensor, tensor, ValueError, zeros } from "../../src/entry/index.ts";
import { ioGolden } from "../golden/io.ts";
import { contentsOf, fileBytes, rawNpy, withByte } from "./files.ts";

const { decodeNpy, decodeNpz, encodeNpy, encodeNpz } = io;

const array = (name: string): Uint8Array => fileBytes(ioGolden.arrays.find((a) => a.name === name)?.file ?? "");

describe(".npy of NumPy", () => {
  test.each(ioGolden.arrays.map((a) => [a.name, a] as const))("%s", (_, { dtype, file, shape, values }) => {
    const t = decodeNpy(fileBytes(file));
    expect(t.dtype).toBe(dtype);
    expect(contentsOf(t)).toEqual({ shape, values });
    expect(t.isContiguous()).toBe(true);
  });

  test.each([
    ["objects", "holds Python objects"],
    ["records", "holds records"],
    ["text", 'elements of type "<U3"'],
    ["complex", 'elements of type "<c16"'],
    ["too large for int32", "holds 2147483648, which is outside int32"],
  ])("refused: %s", (name, reason) => {
    const file = fileBytes(ioGolden.refused[name] ?? "");
    expect(() => decodeNpy(file)).toThrow(DataError);
    expect(() => decodeNpy(file)).toThrow(reason);
  });
});

describe("writing .npy", () => {
  test.each(["float32", "float64", "int32", "uint8", "bool", "a scalar", "one dimension", "empty"])(
    "%s is NumPy's file, byte for byte",
    async (name) => {
      expect(await encodeNpy(decodeNpy(array(name)))).toEqual(array(name));
    },
  );

  test("int32 as NumPy's own integers, if asked", async () => {
    expect(await encodeNpy(decodeNpy(array("int64")), { int64: true })).toEqual(array("int64"));
  });

  test("any strides, and with a history", async () => {
    for (const t of [rand(3, 4).t(), arange(10).slice(0, 1, 9, 3), ones(2, { requiresGrad: true }).mul(2)]) {
      expect(contentsOf(decodeNpy(await encodeNpy(t)))).toEqual(contentsOf(t.detach()));
    }
  });

  test("what is no tensor", async () => {
    await expect(encodeNpy(3 as unknown as Tensor)).rejects.toThrow(ValueError);
  });
});

describe("refused .npy", () => {
  const header = (shape: string, descr = "'<f4'", order = "False") =>
    `{'descr': ${descr}, 'fortran_order': ${order}, 'shape': (${shape}), }\n`;
  const four = [0, 0, 128, 63];
  const refused = (bytes: Uint8Array, reason: string) => {
    expect(() => decodeNpy(bytes)).toThrow(DataError);
    expect(() => decodeNpy(bytes)).toThrow(reason);
  };

  test("a file at every length but its own", () => {
    const good = rawNpy(header("1,"), four);
    expect(decodeNpy(good).toArraySync()).toEqual([1]);
    for (let length = 0; length < good.length; length++) {
      expect(() => decodeNpy(good.subarray(0, length))).toThrow(DataError);
    }
    refused(Uint8Array.of(...good, 0), "is too long: shape (1) of <f4 needs 4 bytes, but there are 5");
  });

  test.each([
    ["a dictionary", "(1, 2)", "no dictionary"],
    ["all fields", "{'descr': '<f4'}", "without exactly descr, fortran_order and shape"],
    ["only these fields", `${header("1,").slice(0, -2)}'x': '1'}`, "without exactly"],
    ["each field once", `${header("1,").slice(0, -2)}'shape': (1,)}`, "shape twice"],
    ["a shape of numbers", header("'a',"), "damaged header"],
    ["sizes that are not negative", header("-1,"), "damaged header"],
    ["numbers that can be counted", header("9999999999999999999999,"), "the shape"],
    ["a product that can be counted", header("4503599627370496, 4503599627370496, 0"), "no tensor has the shape"],
    ["an order", header("1,", "'<f4'", "Maybe"), "damaged header"],
    ["an order that is a boolean", header("1,", "'<f4'", "(1)"), "the order"],
    ["code", header("1,", "__import__('os').system('true')"), "damaged header"],
    ["a known type", header("1,", "'<f3'"), 'elements of type "<f3"'],
    ["a type that is not JavaScript's own", header("1,", "'constructor'"), "elements of type"],
  ])("a header without %s", (_, text, reason) => {
    refused(rawNpy(text, four), reason);
  });

  test("a header of any length", () => {
    refused(rawNpy(header("1,"), four, 0xffff), "is truncated inside the header");
    const long = withByte(rawNpy(header("1,"), four), 6, 2);
    long.set([0xff, 0xff, 0xff, 0xff], 8);
    refused(long, "has a header of 4294967295 bytes, of which 65536 are allowed");
    refused(withByte(rawNpy(header("1,"), four), 6, 9), "version 9");
  });

  test("a header that says more than there is", () => {
    refused(
      rawNpy(header("1000000000000,"), four),
      "is truncated: shape (1000000000000) of <f4 needs 4000000000000 bytes",
    );
  });

  test("Python 2's long sizes are sizes", () => {
    expect(decodeNpy(rawNpy(header("1L,"), four)).shape).toEqual([1]);
  });
});

describe(".npz", () => {
  test.each(["stored", "compressed", "manyFiles", "largeFiles"] as const)("of NumPy, %s", async (kind) => {
    const tensors = await decodeNpz(fileBytes(ioGolden.npz[kind]));
    expect(Object.keys(tensors)).toEqual(["a", "b"]);
    expect([tensors.a?.dtype, tensors.a?.toArraySync()]).toEqual(["float32", [[0, 1, 2], [3, 4, 5]]]); // biome-ignore format: a matrix
    expect([tensors.b?.dtype, tensors.b?.toArraySync()]).toEqual(["float64", 2.5]);
  });

  test("of NumPy, without arrays", async () => {
    expect(await decodeNpz(fileBytes(ioGolden.npz.empty))).toEqual({});
  });

  test.each([false, true])("there and back (compress: %s)", async (compress) => {
    const state = { "fc1.weight": rand(30, 40), "ü/x": tensor([true]), empty: zeros(0, 3), scalar: tensor(2) };
    const file = await encodeNpz(state, { compress });
    const back = await decodeNpz(file);
    expect(Object.keys(back)).toEqual(Object.keys(state));
    for (const [name, t] of Object.entries(state)) expect(contentsOf(back[name] as Tensor)).toEqual(contentsOf(t));
    expect(await encodeNpz(state, { compress })).toEqual(file);
  });

  test("compression makes zeros small", async () => {
    const state = { x: zeros(1000) };
    expect((await encodeNpz(state, { compress: true })).length).toBeLessThan(500);
    expect((await encodeNpz(state)).length).toBeGreaterThan(4000);
  });
});

describe("archives with 64-bit end records", () => {
  const many = (): Uint8Array => fileBytes(ioGolden.npz.manyFiles);
  const changed = (at: number, value: bigint): Uint8Array => {
    const bytes = many();
    new DataView(bytes.buffer).setBigUint64(at < 0 ? bytes.length + at : at, value, true);
    return bytes;
  };
  const [locator, record] = [-22 - 20, -22 - 20 - 56];
  test.each<[string, Uint8Array, string]>([
    ["a record that is elsewhere", changed(locator + 8, 3n), "damaged directory"],
    ["a record beyond any file", changed(locator + 8, 2n ** 64n - 1n), "damaged directory"],
    ["a directory that is elsewhere", changed(record + 48, 0n), "damaged directory"],
    ["a directory beyond any file", changed(record + 48, 2n ** 63n), "damaged directory"],
    ["more entries than there are", changed(record + 32, 3n), "divided archive"],
    [
      "four billion entries",
      (() => {
        const bytes = changed(record + 32, 2n ** 32n);
        new DataView(bytes.buffer).setBigUint64(bytes.length + record + 24, 2n ** 32n, true);
        new DataView(bytes.buffer).setUint16(bytes.length - 12, 0xffff, true);
        return bytes;
      })(),
      "damaged directory",
    ],
    ["a record of another length", changed(record + 4, 45n), "damaged directory"],
    ["another number of entries in the short record", many().with(-12, 7), "damaged directory"],
  ])("refused: %s", async (_, bytes, reason) => {
    await expect(decodeNpz(bytes)).rejects.toThrow(DataError);
    await expect(decodeNpz(bytes)).rejects.toThrow(reason);
  });

  test("an entry without the sizes that it says are there", async () => {
    const bytes = fileBytes(ioGolden.npz.largeFiles);
    const view = new DataView(bytes.buffer);
    const directory = Number(view.getBigUint64(bytes.length + record + 48, true));
    expect(view.getUint32(directory + 24, true)).toBe(0xffffffff);
    // Another kind of extra field.
    view.setUint16(directory + 46 + "a.npy".length, 7, true);
    await expect(decodeNpz(bytes)).rejects.toThrow("damaged directory");
  });

  test("a file of torch.save says what it is, also if it is truncated", async () => {
    const file = fileBytes(ioGolden.torchSave);
    const says = "is a file of torch.save, which holds Python objects. Save it from PyTorch as safetensors.";
    await expect(decodeNpz(file)).rejects.toThrow(says);
    await expect(decodeNpz(file.subarray(0, 600))).rejects.toThrow(`${says} It is truncated`);
  });
});

describe("refused .npz", () => {
  const refused = async (bytes: Uint8Array, reason: string | RegExp) => {
    await expect(decodeNpz(bytes)).rejects.toThrow(DataError);
    await expect(decodeNpz(bytes)).rejects.toThrow(reason);
  };
  const stored = () => fileBytes(ioGolden.npz.stored);
  const compressed = () => fileBytes(ioGolden.npz.compressed);
  /** Where the directory's record of file `n` begins. */
  const record = (bytes: Uint8Array, n = 0): number => {
    const view = new DataView(bytes.buffer);
    let at = view.getUint32(bytes.length - 6, true);
    for (let i = 0; i < n; i++) at += 46 + view.getUint16(at + 28, true) + view.getUint16(at + 30, true);
    return at;
  };
  const patched = (bytes: Uint8Array, at: number, value: number, size: 2 | 4 = 4): Uint8Array => {
    const view = new DataView(bytes.buffer);
    if (size === 2) view.setUint16(at, value, true);
    else view.setUint32(at, value, true);
    return bytes;
  };

  test("a file at every length but its own", async () => {
    const file = stored();
    for (let length = 0; length < file.length; length += 7) {
      await expect(decodeNpz(file.subarray(0, length))).rejects.toThrow(DataError);
    }
    await refused(file.subarray(0, -1), "is truncated: a zip archive ends with its directory");
  });

  test("data with one wrong bit", async () => {
    const at = (bytes: Uint8Array) => record(bytes) - 20;
    const one = stored();
    await refused(
      withByte(one, at(one), (one[at(one)] as number) ^ 1),
      'has "b.npy" damaged: the checksum is another one',
    );
    const two = compressed();
    await refused(withByte(two, at(two), (two[at(two)] as number) ^ 1), /has "b\.npy" damaged/);
  });

  test("sizes that cannot be", async () => {
    const one = stored();
    await refused(patched(one, record(one) + 24, 0x7fffffff), 'claims 2147483647 bytes for "a.npy"');
    const two = compressed();
    await refused(patched(two, record(two) + 24, 0x7fffffff), 'claims 2147483647 bytes for "a.npy"');
    // A size that deflate could reach, but this data does not.
    const three = compressed();
    await refused(patched(three, record(three) + 24, 50_000), /has "a\.npy" damaged|instead of 50000/);
    const four = compressed();
    await refused(patched(four, record(four) + 24, 10), 'has "a.npy" damaged');
  });

  test("files beyond the end, overlapping ones, and ones that are not there", async () => {
    const one = stored();
    await refused(
      patched(patched(one, record(one) + 20, 10_000), record(one) + 24, 10_000),
      'has "a.npy" beyond its end',
    );
    const two = stored();
    await refused(patched(two, record(two, 1) + 42, 0), "overlapping another file");
    const three = stored();
    await refused(patched(three, record(three) + 42, 5), 'has a damaged header of "a.npy"');
    const four = stored();
    await refused(patched(four, record(four) + 42, 0xfffffff0), 'has a damaged header of "a.npy"');
  });

  test("encrypted files, unknown methods, zip64, parts of archives", async () => {
    const one = stored();
    await refused(patched(one, record(one) + 8, 1, 2), 'has "a.npy" encrypted');
    const two = stored();
    await refused(patched(two, record(two) + 10, 93, 2), "unknown method 93");
    const three = stored();
    await refused(patched(patched(three, three.length - 12, 0xffff, 2), three.length - 14, 0xffff, 2), "zip64");
    const four = stored();
    await refused(patched(four, four.length - 18, 1, 2), "part of a divided archive");
    const five = stored();
    await refused(patched(five, five.length - 6, 0), "damaged directory");
  });

  test("the same name twice", async () => {
    const one = stored();
    const [first, second] = [record(one) + 46, record(one, 1) + 46];
    await refused(withByte(one, second, one[first] as number), 'has "a.npy" twice');
  });

  test("what is no array, and what is PyTorch's own", async () => {
    const { zipSync } = await import("fflate");
    await refused(zipSync({ "a.txt": Uint8Array.of(1) }), 'holds "a.txt", which is no .npy file');
    await refused(zipSync({ "archive/data.pkl": Uint8Array.of(1) }), "Save it from PyTorch as safetensors");
    await refused(zipSync({ "a.npy": Uint8Array.of(1) }), 'array "a.npy" is no .npy file');
    await refused(Uint8Array.from(gzipSync("x")), "is truncated");
  });
});
