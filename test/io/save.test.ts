/** @file save and load: which format a name means, nested values, whole files or none. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, describe, expect, expectTypeOf, test } from "vitest";
import {
  DataError,
  Generator,
  io,
  load,
  nn,
  ones,
  optim,
  rand,
  save,
  TapegradError,
  Tensor,
  tensor,
  ValueError,
} from "../../src/entry/index.ts";
import { ioGolden } from "../golden/io.ts";
import { fileBytes, rawSafetensors } from "./files.ts";

const folder = mkdtempSync(join(tmpdir(), "tapegrad-io-"));
const at = (name: string): string => join(folder, name);
afterAll(() => rmSync(folder, { recursive: true }));

/** Tensors as dtype and numbers, everything else as it is. */
function plain(value: unknown): unknown {
  if (value instanceof Tensor) return { dtype: value.dtype, values: value.detach().toArraySync() };
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
}

test("load takes PyTorch's mapLocation: a device, or a function of each tensor", async () => {
  await save({ model: { weight: tensor([1, 2]) }, list: [tensor([3])], epoch: 4 }, at("mapped.safetensors"));
  const plain = await load<{ epoch: number }>(at("mapped.safetensors"), "cpu", { weightsOnly: true, mmap: true });
  expect(plain.epoch).toBe(4);
  const seen: string[] = [];
  const mapped = await load<{ model: { weight: Tensor }; list: Tensor[] }>(at("mapped.safetensors"), {
    mapLocation: (t, location) => {
      seen.push(location);
      return t.double();
    },
  });
  expect([mapped.model.weight.dtype, mapped.list[0]?.dtype, seen]).toEqual(["float64", "float64", ["cpu", "cpu"]]);
  await expect(load(at("mapped.safetensors"), { mapLocation: () => 3 as never })).rejects.toThrow("[load]");
});

describe("a state dictionary", () => {
  const model = new nn.Sequential(new nn.Linear(2, 3), new nn.ReLU(), new nn.Linear(3, 1));

  test.each(["model.safetensors", "model.npz", "model.weights", "model"])("as %s", async (name) => {
    await save(model.stateDict(), at(name));
    const state = await load(at(name));
    expect(plain(state)).toEqual(plain(model.stateDict()));
    expect(Object.keys(state)).toEqual(Object.keys(model.stateDict()));
    const other = new nn.Sequential(new nn.Linear(2, 3), new nn.ReLU(), new nn.Linear(3, 1));
    other.loadStateDict(state);
    const x = rand(4, 2);
    expect(other.forward(x).equal(model.forward(x))).toBe(true);
  });

  test("the name says how it is written, the contents how it is read", async () => {
    await save(model.stateDict(), at("a.npz"));
    expect(readFileSync(at("a.npz")).subarray(0, 2).toString()).toBe("PK");
    writeFileSync(at("renamed.safetensors"), readFileSync(at("a.npz")));
    expect(plain(await load(at("renamed.safetensors")))).toEqual(plain(model.stateDict()));
  });

  test("by the URL of a file", async () => {
    await save({ x: ones(1) }, pathToFileURL(at("url.safetensors")));
    expect(plain(await load(pathToFileURL(at("url.safetensors")).href))).toEqual(plain({ x: ones(1) }));
  });

  test("by an address on the web", async () => {
    const server = createServer((request, response) => {
      response.statusCode = request.url === "/m.safetensors" ? 200 : 404;
      response.end(Buffer.from(ioGolden.model.safetensors, "base64"));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    const base = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
    try {
      expect(Object.keys(await load(`${base}/m.safetensors`))).toContain("0.weight");
      await expect(load(`${base}/n.safetensors`)).rejects.toThrow("there is no such file");
      await expect(save({}, `${base}/m.safetensors`)).rejects.toThrow("only files on disk can be written");
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });

  test("is plain safetensors, without anything of ours", async () => {
    await save(model.stateDict(), at("plain.safetensors"), { metadata: { epoch: "3" } });
    const bytes = Uint8Array.from(readFileSync(at("plain.safetensors")));
    expect(io.decodeSafetensors(bytes).metadata).toEqual({ format: "pt", epoch: "3" });
  });
});

describe(".npy", () => {
  test("holds one tensor", async () => {
    await save(tensor([[1, 2]]), at("x.npy"));
    expect((await load<Tensor>(at("x.npy"))).toArraySync()).toEqual([[1, 2]]);
    await expect(save({ x: ones(1) }, at("x.npy"))).rejects.toThrow("holds one Tensor");
    await expect(save({ x: ones(1), n: 3 }, at("x.npz"))).rejects.toThrow("a dictionary of Tensors and nothing else");
  });
});

describe("nested values", () => {
  test("come back as they were", async () => {
    const value = {
      epoch: 3,
      best: Number.NEGATIVE_INFINITY,
      odd: [Number.NaN, Number.POSITIVE_INFINITY, -0, 0.1, 2 ** 53, 5e-324],
      seed: 2n ** 70n,
      name: 'a "name"\n',
      on: true,
      off: null,
      nested: [[{ x: ones(2) }], [], {}],
      "a.b": ones(1),
      a: { b: ones(3) },
      bytes: Uint8Array.of(1, 2, 255),
      doubles: Float64Array.of(Math.PI),
      $tensor: "not one of ours",
      deep: { $number: { $object: [1] } },
      __metadata__: ones(1),
      left: undefined,
    };
    await save(value, at("nested.safetensors"));
    const back = await load<typeof value>(at("nested.safetensors"));
    const { left: _, ...expected } = value;
    expect(plain(back)).toEqual(plain(expected));
    expect(Object.keys(back)).toEqual(Object.keys(expected));
    expect(Object.is(back.odd[2], -0)).toBe(true);
  });

  test("one tensor, an array of tensors, an empty dictionary", async () => {
    for (const value of [ones(2), [ones(2), rand(1)], {}, []]) {
      await save(value, at("any.safetensors"));
      expect(plain(await load(at("any.safetensors")))).toEqual(plain(value));
    }
  });

  test("the state of an optimizer", async () => {
    const p = ones(3, { requiresGrad: true });
    const optimizer = new optim.Adam([p], { lr: 0.1, amsgrad: true });
    p.mul(2).sum().backward();
    optimizer.step();
    const state = optimizer.stateDict();
    await save({ optimizer: state }, at("optimizer.safetensors"));
    const back = await load<{ optimizer: optim.OptimizerStateDict }>(at("optimizer.safetensors"));
    expect(plain(back.optimizer)).toEqual(plain(state));
    new optim.Adam([ones(3, { requiresGrad: true })]).loadStateDict(back.optimizer);
  });

  test("names of JavaScript's own do no harm", async () => {
    const value = JSON.parse('{"__proto__": {"polluted": 1}, "constructor": 2}') as object;
    await save(value, at("proto.safetensors"));
    const back = await load<Record<string, unknown>>(at("proto.safetensors"));
    expect(Object.keys(back)).toEqual(["__proto__", "constructor"]);
    expect(Reflect.get({}, "polluted")).toBeUndefined();
  });

  test.each<[string, object, string]>([
    ["a function", { a: [() => 1] }, "cannot save a function at a.0"],
    ["undefined in an array", { a: [undefined] }, "cannot save undefined at a.0"],
    ["a map", { a: { b: new Map() } }, "cannot save an object of Map at a.b"],
    ["a module", { model: new nn.ReLU() }, "cannot save an object of ReLU at model (save what its stateDict() gives)"],
    ["a generator", { g: new Generator() }, "cannot save an object of Generator at g"],
  ])("refused: %s", async (_, value, reason) => {
    await expect(save(value, at("refused.safetensors"))).rejects.toThrow(ValueError);
    await expect(save(value, at("refused.safetensors"))).rejects.toThrow(reason);
  });

  test("refused: what contains itself", async () => {
    const value: { self?: object; x: Tensor } = { x: ones(1) };
    value.self = value;
    await expect(save(value, at("refused.safetensors"))).rejects.toThrow("nested too deeply, or in itself");
  });
});

describe("a hostile structure", () => {
  const file = (structure: string): string => {
    const header = { __metadata__: { tapegrad: structure }, x: { dtype: "U8", shape: [1], data_offsets: [0, 1] } };
    writeFileSync(at("hostile.safetensors"), rawSafetensors(header, [1]));
    return at("hostile.safetensors");
  };

  test.each([
    ["no JSON", "{", "it is no JSON"],
    ["a missing tensor", '{"$tensor":"y"}', 'names a missing tensor "y"'],
    ["a tensor of JavaScript's own", '{"$tensor":"toString"}', "names a missing tensor"],
    ["a tensor without a name", '{"$tensor":3}', "names a missing tensor 3"],
    ["an unknown mark", '{"$constructor":"x"}', "unknown mark $constructor"],
    ["two marks", '{"$tensor":"x","$array":"x"}', "unknown mark"],
    ["a wrong bigint", '{"$bigint":"0x1"}', "damaged bigint"],
    ["a long bigint", `{"$bigint":"${"9".repeat(2000)}"}`, "damaged bigint"],
    ["a wrong object", '{"$object":[["a"]]}', "damaged object"],
    ["a million levels", "[".repeat(1_000_000), "nested too deeply"],
    ["a tensor twice", '[{"$tensor":"x"},{"$tensor":"x"}]', 'names the tensor "x" twice'],
    ["an array twice", '{"a":{"$array":"x"},"b":[{"$array":"x"}]}', 'names the tensor "x" twice'],
    ["a tensor that is an array too", '{"$object":[["a",{"$array":"x"}],["b",{"$tensor":"x"}]]}', "twice"],
  ])("%s", async (_, structure, reason) => {
    await expect(load(file(structure))).rejects.toThrow(DataError);
    await expect(load(file(structure))).rejects.toThrow(reason);
  });
});

test("a file that names one tensor thousands of times takes no memory", async () => {
  const mentions = `[${Array(5000).fill('{"$tensor":"x"}').join()}]`;
  const header = { __metadata__: { tapegrad: mentions }, x: { dtype: "U8", shape: [1e6], data_offsets: [0, 1e6] } };
  const before = process.memoryUsage().rss;
  await expect(load(rawSafetensors(header, new Uint8Array(1e6)))).rejects.toThrow('names the tensor "x" twice');
  expect(process.memoryUsage().rss - before).toBeLessThan(500e6);
});

describe("nothing is written that load would refuse", () => {
  const file = at("refused.safetensors");
  test("metadata that is no text", async () => {
    for (const [metadata, shown] of [
      [{ step: 7 }, '"step", but there is 7'],
      [{ a: "1", b: null }, '"b", but there is null'],
      [{ c: { d: 1 } }, '"c", but there is an object with the key d'],
    ] as const) {
      await expect(save({ x: ones(1) }, file, { metadata: metadata as never })).rejects.toThrow(
        `[save] argument "metadata" must be an object of strings`,
      );
      await expect(save({ x: ones(1) }, file, { metadata: metadata as never })).rejects.toThrow(
        `Expected a string under ${shown}. Convert it with String or JSON.stringify.`,
      );
      await expect(io.encodeSafetensors({}, { metadata: metadata as never })).rejects.toThrow(ValueError);
    }
    for (const metadata of ["text", ["a"], new Map([["a", "b"]]), 7, null]) {
      await expect(save({ x: ones(1) }, file, { metadata: metadata as never })).rejects.toThrow('argument "metadata"');
    }
    await expect(save({ x: ones(1) }, file, { metadata: { tapegrad: "[]" } })).rejects.toThrow('the name "tapegrad"');
  });

  test("options that the format has no place for", async () => {
    for (const name of ["x.npy", "x.npz"]) {
      await expect(save(ones(1), at(name), { metadata: { a: "b" } })).rejects.toThrow("has no place for metadata");
    }
    for (const name of ["x.npy", "x.safetensors"]) {
      await expect(save(ones(1), at(name), { compress: true })).rejects.toThrow("only .npz files are compressed");
    }
    await save(ones(1), at("x.npy"), { compress: false, metadata: {} });
  });

  test("bigints of thousands of digits", async () => {
    const longest = 10n ** 1000n - 1n;
    await save({ a: longest, b: -longest }, file);
    expect(await load<{ a: bigint }>(file)).toEqual({ a: longest, b: -longest });
    for (const value of [longest + 1n, -(2n ** 5000n), 1n << 1_000_000n]) {
      await expect(save({ a: { b: value } }, file)).rejects.toThrow(
        "cannot save the bigint at a.b: it has more than 1000",
      );
    }
  });

  test("more dimensions than files have", async () => {
    const x = ones(1).reshape(Array(65).fill(1));
    await expect(save({ x }, file)).rejects.toThrow('the tensor "x" has 65 dimensions. A file holds at most 64.');
    await expect(save(x, at("x.npy"))).rejects.toThrow("has 65 dimensions");
    await expect(save({ x }, at("x.npz"))).rejects.toThrow("has 65 dimensions");
  });

  test("names that no zip archive holds", async () => {
    await expect(save({ ["x".repeat(70_000)]: ones(1) }, at("x.npz"))).rejects.toThrow(
      "can be no name in a zip archive",
    );
    await expect(save({ "\ud800": ones(1) }, at("x.npz"))).rejects.toThrow(ValueError);
    const many = Object.fromEntries(Array.from({ length: 65_535 }, (_, i) => [i, ones(1)]));
    await expect(save(many, at("x.npz"))).rejects.toThrow("65535 arrays of");
  });

  test("holes of a sparse array", async () => {
    // biome-ignore lint/suspicious/noSparseArray: what is meant
    await expect(save({ a: [1, , 2] }, file)).rejects.toThrow("cannot save undefined at a.1");
  });
});

describe("arguments of the wrong kind", () => {
  test("name and value exchanged", async () => {
    await expect(save("f.safetensors" as never, { x: ones(1) } as never)).rejects.toThrow(ValueError);
    await expect(save("f.safetensors" as never, { x: ones(1) } as never)).rejects.toThrow(
      'but got "f.safetensors". What is written comes first: save(value, file).',
    );
    await expect(save({ x: ones(1) }, { x: ones(1) } as never)).rejects.toThrow(ValueError);
    await expect(save(ones(1), ones(1) as never)).rejects.toThrow(
      'argument "file" must be the path or URL of a file, but got a Tensor',
    );
  });

  test.each([undefined, null, 3, "", true, [], {}, () => 1, Symbol("x"), 7n, Promise.resolve("x"), ones(1), new Map()])(
    "%o in every place",
    async (wrong) => {
      const [any, state] = [wrong as never, { x: ones(1) }];
      const calls: (() => unknown)[] = [
        () => load(any),
        () => save(state, any),
        () => io.decodeSafetensors(any),
        () => io.decodeNpy(any),
        () => io.decodeNpz(any),
        () => io.loadCheckpoint({}, any),
        () => io.saveCheckpoint({}, any),
      ];
      if (typeof wrong !== "object" || wrong === null || Array.isArray(wrong)) {
        calls.push(
          () => io.encodeSafetensors(any),
          () => io.encodeNpz(any),
          () => io.saveCheckpoint(any, at("x")),
        );
        if (!Array.isArray(wrong)) calls.push(() => save(any, at("x")));
      }
      if (!(wrong instanceof Tensor)) calls.push(() => io.encodeNpy(any));
      if (
        typeof wrong !== "undefined" &&
        (typeof wrong !== "object" || wrong === null || Object.keys(wrong).length > 0)
      ) {
        calls.push(
          () => load(at("x"), any),
          () => save(state, at("x"), any),
          () => io.encodeSafetensors(state, any),
        );
      }
      for (const call of calls) {
        const error: unknown = await (async () => call())().catch((caught: unknown) => caught);
        expect(error, String(call)).toBeInstanceOf(TapegradError);
        expect(String(error)).toMatch(/^\w+Error: \[\w+\] /);
      }
    },
  );

  test("options of the wrong kind", async () => {
    await expect(load(at("x"), "cuda:0" as never)).rejects.toThrow(
      '"mapLocation" must be "cpu", "gpu" or a function or null, but got "cuda:0"',
    );
    await expect(load(at("x"), { device: "tpu" as never })).rejects.toThrow(
      '"device" must be "cpu" or "gpu", but got "tpu"',
    );
    await expect(save({}, at("x"), { int64: 1 as never })).rejects.toThrow(
      'argument "int64" must be a boolean, but got 1',
    );
    await expect(save(Promise.resolve({}), at("x"))).rejects.toThrow(
      "an object of Promise at the top (await it first)",
    );
  });
});

describe("files", () => {
  test("errors name the file and what to do", async () => {
    await expect(load(at("none.safetensors"))).rejects.toThrow(
      `[load] ${at("none.safetensors")}: there is no such file`,
    );
    mkdirSync(at("folder"));
    await expect(load(at("folder"))).rejects.toThrow("it is a folder, not a file");
    await expect(save({ x: ones(1) }, at("folder"))).rejects.toThrow(`[save] cannot write ${at("folder")}`);
    await expect(save({ x: ones(1) }, at("none/x.safetensors"))).rejects.toThrow(DataError);
    writeFileSync(at("damaged.safetensors"), fileBytes(ioGolden.model.safetensors).subarray(0, -1));
    await expect(load(at("damaged.safetensors"))).rejects.toThrow(`[load] ${at("damaged.safetensors")}: tensor `);
    await expect(save({ x: ones(1) }, at("x.pt"))).rejects.toThrow("Name the file .safetensors");
    writeFileSync(at("empty"), "");
    await expect(load(at("empty"))).rejects.toThrow("is no safetensors file: it has 0 bytes");
  });

  test("a file is replaced in one step, and left alone if anything fails", async () => {
    await save({ x: ones(1) }, at("kept.safetensors"));
    const before = readFileSync(at("kept.safetensors"));
    await expect(save({ x: ones(1), f: () => 1 }, at("kept.safetensors"))).rejects.toThrow();
    expect(readFileSync(at("kept.safetensors"))).toEqual(before);
    await save({ x: rand(5) }, at("kept.safetensors"));
    expect(readFileSync(at("kept.safetensors"))).not.toEqual(before);
    expect(readdirSync(folder).filter((name) => name.endsWith(".part"))).toEqual([]);
  });

  test("what happens to tensors after the call does not matter", async () => {
    const x = ones(1000);
    const saving = save({ x, n: 1 }, at("later.safetensors"));
    x.zero_();
    await saving;
    expect((await load(at("later.safetensors"))).x?.sum().itemSync()).toBe(1000);
  });

  test("options by a wrong name", async () => {
    // @ts-expect-error not an option
    await expect(save({}, at("x.safetensors"), { compression: 1 })).rejects.toThrow('unknown option "compression"');
    // @ts-expect-error PyTorch's name
    await expect(load(at("x.safetensors"), { map_location: "cpu" })).rejects.toThrow('unknown option "map_location"');
  });
});

test("types", () => {
  const state = () => load("x.safetensors");
  const one = () => load<Tensor>("x.npy");
  expectTypeOf(state).returns.resolves.toEqualTypeOf<Record<string, Tensor>>();
  expectTypeOf(one).returns.resolves.toEqualTypeOf<Tensor>();
});
