/** @file Files: whatever is written comes back; whatever is damaged is refused, and with a reason. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DataError, io, noGrad, Tensor, tensor } from "../../src/entry/index.ts";
import { readSafetensors } from "../../src/io/safetensors.ts";
import { pack, unpack } from "../../src/io/tree.ts";
import { type Draw, forAllAsync, SETTINGS } from "./arbitraries.ts";

const DTYPES = ["float32", "float64", "int32", "uint8", "bool"] as const;

/** Any bits at all, NaNs among them. */
function anyTensor(draw: Draw): Tensor {
  const dtype = draw.one(...DTYPES);
  const shape = draw.shape(3);
  const count = shape.reduce((a, b) => a * b, 1);
  const numbers = {
    float32: () => Float32Array.from(draw.list(count, () => draw.of(fc.float()))),
    float64: () => Float64Array.from(draw.list(count, () => draw.of(fc.double()))),
    int32: () => Int32Array.from(draw.list(count, () => draw.int(-(2 ** 31), 2 ** 31 - 1))),
    uint8: () => Uint8Array.from(draw.list(count, () => draw.int(0, 255))),
    bool: () => Uint8Array.from(draw.list(count, () => draw.int(0, 1))),
  };
  const t = tensor(numbers[dtype](), { dtype }).reshape(shape);
  return noGrad(() => (draw.bool() && shape.length > 1 ? t.transpose(0, 1) : t));
}

const anyName = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.string({ unit: "binary", maxLength: 6 }),
  fc.constantFrom("__proto__", "constructor", "0", "a.b", "fc1.weight", "$tensor", '"', "\\"),
);

function anyState(draw: Draw): Record<string, Tensor> {
  const names = draw.of(fc.uniqueArray(anyName, { maxLength: 6 })).filter((name) => name !== "__metadata__");
  return Object.fromEntries(names.map((name) => [name, anyTensor(draw)]));
}

/** What must come back: everything but strides. Bits, so that NaN and −0 count. */
function described(t: Tensor): unknown {
  const data = t.detach().dataSync();
  return [t.dtype, t.shape, ...new Uint8Array(data.buffer, data.byteOffset, data.byteLength)];
}

const describedAll = (state: Readonly<Record<string, Tensor>>): unknown =>
  Object.entries(state).map(([name, t]) => [name, described(t)]);

describe("there and back", () => {
  test("safetensors", async () => {
    await forAllAsync(async (draw) => {
      const state = anyState(draw);
      const file = await io.encodeSafetensors(state);
      const { tensors } = io.decodeSafetensors(file);
      expect(describedAll(tensors)).toEqual(describedAll(state));
      expect(await io.encodeSafetensors(tensors)).toEqual(file);
    });
  });

  test("integers of 64 bits", async () => {
    await forAllAsync(async (draw) => {
      const state = anyState(draw);
      const { tensors } = io.decodeSafetensors(await io.encodeSafetensors(state, { int64: true }));
      expect(describedAll(tensors)).toEqual(describedAll(state));
    }, 50);
  });

  test(".npy", async () => {
    await forAllAsync(async (draw) => {
      const t = anyTensor(draw);
      expect(described(io.decodeNpy(await io.encodeNpy(t)))).toEqual(described(t));
    });
  });

  test(".npz", async () => {
    await forAllAsync(async (draw) => {
      // Lone surrogates have no form in UTF-8.
      const state = Object.fromEntries(Object.entries(anyState(draw)).filter(([name]) => !/\p{Surrogate}/u.test(name)));
      const back = await io.decodeNpz(await io.encodeNpz(state, { compress: draw.bool() }));
      expect(describedAll(back)).toEqual(describedAll(state));
    }, 60);
  });

  test("nested values", async () => {
    const leaf = fc.oneof(
      fc.double(),
      fc.integer(),
      fc.bigInt(),
      fc.string(),
      fc.boolean(),
      fc.constant(null),
      fc.uint8Array({ maxLength: 5 }),
      fc.float64Array({ maxLength: 3 }),
      fc.constantFrom(tensor([1, 2]), tensor(3), tensor([true])),
    );
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { maxDepth: 4 },
        leaf,
        fc.array(tie("any"), { maxLength: 3 }),
        fc.dictionary(anyName, tie("any"), { maxKeys: 4 }),
      ),
    })).any;
    const plain = (item: unknown): unknown => {
      if (item instanceof Tensor) return described(item);
      if (Array.isArray(item)) return item.map(plain);
      if (typeof item !== "object" || item === null || ArrayBuffer.isView(item)) return item;
      return Object.entries(item).map(([key, part]) => [key, plain(part)]);
    };
    await fc.assert(
      fc.asyncProperty(value, async (item) => {
        const { tensors, structure } = pack("test", item);
        const { arrays } = readSafetensors(await io.encodeSafetensors(tensors));
        expect(plain(unpack(structure, arrays, "cpu"))).toEqual(plain(item));
      }),
      SETTINGS,
    );
  });
});

describe("damaged", () => {
  /** Cuts, changes, and pieces of other places. */
  function damaged(draw: Draw, file: Uint8Array): Uint8Array {
    const bytes = file.slice();
    for (let i = draw.int(1, 3); i > 0; i--) bytes[draw.int(0, bytes.length - 1)] = draw.int(0, 255);
    if (draw.int(0, 3) === 0) bytes.copyWithin(draw.int(0, bytes.length - 1), draw.int(0, bytes.length - 1));
    return draw.int(0, 2) === 0 ? bytes.subarray(0, draw.int(0, bytes.length)) : bytes;
  }

  async function refusedOrRead(read: () => unknown): Promise<void> {
    try {
      await read();
    } catch (error) {
      expect(error).toBeInstanceOf(DataError);
      expect((error as Error).message.length).toBeGreaterThan(20);
    }
  }

  test("safetensors", async () => {
    await forAllAsync(async (draw) => {
      const file = damaged(draw, await io.encodeSafetensors(anyState(draw)));
      await refusedOrRead(() => io.decodeSafetensors(file));
    }, 400);
  });

  test(".npy", async () => {
    await forAllAsync(async (draw) => {
      const file = damaged(draw, await io.encodeNpy(anyTensor(draw)));
      await refusedOrRead(() => io.decodeNpy(file));
    }, 400);
  });

  test(".npz", async () => {
    await forAllAsync(async (draw) => {
      const file = damaged(draw, await io.encodeNpz(anyState(draw), { compress: draw.bool() }));
      await refusedOrRead(() => io.decodeNpz(file));
    });
  });

  test("any bit of an .npz file's data, which has a checksum", async () => {
    await forAllAsync(async (draw) => {
      const x = tensor(Float32Array.from({ length: 50 }, (_, i) => i % 7));
      const file = await io.encodeNpz({ x }, { compress: draw.bool() });
      const directory = new DataView(file.buffer).getUint32(file.length - 6, true);
      // After the local header and the name.
      const at = draw.int(30 + "x.npy".length, directory - 1);
      const changed = file.with(at, (file[at] as number) ^ (1 << draw.int(0, 7)));
      try {
        // The last bits of packed data mean nothing.
        expect(describedAll(await io.decodeNpz(changed))).toEqual(describedAll({ x }));
      } catch (error) {
        expect(error).toBeInstanceOf(DataError);
      }
    }, 60);
  });
});
