/** @file Inputs of load besides its own formats: sharded models, bytes and Blobs, and files that are something else. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createContext, runInContext } from "node:vm";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { DataError, io, load, ones, save, type Tensor, tensor } from "../../src/entry/index.ts";
import { decodeUtf8 } from "../../src/platform/text.ts";
import { ioGolden } from "../golden/io.ts";
import { fileBytes, rawNpy, rawSafetensors } from "./files.ts";

const folder = mkdtempSync(join(tmpdir(), "tapegrad-foreign-"));
const at = (name: string): string => join(folder, name);
afterAll(() => rmSync(folder, { recursive: true }));

const latin1 = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, "latin1"));

describe("a file of another format is called by its name", () => {
  test.each<[string, Uint8Array, RegExp]>([
    [
      "Git LFS pointer",
      latin1("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 440449768\n"),
      /Git LFS pointer/,
    ],
    ["web page", latin1("<!doctype html>\n<html><head><title>404</title></head></html>"), /HTML or XML page/],
    ["web page after space", latin1("\n\n  <HTML>"), /HTML or XML page/],
    ["XML", latin1('<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>'), /HTML or XML page/],
    ["GGUF", latin1("GGUF\x03\0\0\0\x23\x01\0\0\0\0\0\0"), /GGUF model/],
    ["HDF5", latin1("\x89HDF\r\n\x1a\n\0\0\0\0\0\x08\x08\0"), /HDF5 file/],
    ["pickle", latin1("\x80\x04\x95\x1b\0\0\0\0\0\0\0}"), /Python pickle .*torch\.save/],
    ["old torch.save", latin1("\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M"), /Python pickle .*torch\.save/],
    [
      "torch.save",
      fileBytes(ioGolden.torchSave),
      /is a file of torch\.save, which holds Python objects\. Save it from PyTorch/,
    ],
    ["PNG", latin1("\x89PNG\r\n\x1a\n\0\0\0\rIHDR"), /PNG image/],
    ["JPEG", latin1("\xff\xd8\xff\xe0\0\x10JFIF\0\x01"), /JPEG image/],
    ["gzip", Uint8Array.from(gzipSync("x")), /gzip data/],
    ["tar archive", latin1(`model.bin${"\0".repeat(248)}ustar\x0000`), /tar archive/],
    ["ONNX", latin1("\x08\x07\x12\x07pytorch\x1a\x051.13"), /ONNX model/],
    ["TensorFlow Lite", latin1("\x1c\0\0\0TFL3\x14\0 \0"), /TensorFlow Lite/],
    ["IDX", latin1("\0\0\x08\x01\0\0\0\x02\x07\x02"), /IDX data.*readIdx/],
    ["Parquet", latin1("PAR1\x15\x04\x15\x80\x15\x80"), /Parquet/],
    ["JSON", latin1('{\n  "architectures": ["BertModel"]\n}'), /JSON text without a weight_map/],
    ["a list in JSON", latin1('[{"a": 1}]'), /JSON text without a weight_map/],
    ["text", latin1("import torch\nimport numpy as np\n"), /text that begins with "import torch/],
    ["zeros", new Uint8Array(4096), /nothing but zeros/],
    ["nothing", new Uint8Array(0), /it has 0 bytes/],
    ["noise", Uint8Array.from({ length: 64 }, (_, i) => (i * 151 + 77) & 255), /header length of \d+ bytes/],
  ])("%s", async (name, bytes, says) => {
    const file = at(`${name}.safetensors`);
    writeFileSync(file, bytes);
    const error: unknown = await load(file).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(DataError);
    expect(String(error)).toMatch(says);
    expect(String(error)).toContain(`[load] ${file}: `);
    await expect(load(bytes)).rejects.toThrow("[load] the given bytes: ");
    for (const decode of [io.decodeSafetensors, io.decodeNpy, io.decodeNpz]) {
      await expect((async () => decode(bytes))()).rejects.toThrow(DataError);
    }
  });

  test("a zip archive that is no .npz", async () => {
    const { zipSync } = await import("fflate");
    const keras = zipSync({ "metadata.json": latin1("{}"), "config.json": latin1("{}") });
    await expect(load(keras)).rejects.toThrow('is a zip archive that holds "metadata.json", which is no .npy file');
  });
});

describe("a sharded model", () => {
  const shard = async (name: string, tensors: Record<string, Tensor>): Promise<void> => {
    writeFileSync(at(name), await io.encodeSafetensors(tensors));
  };
  const index = (name: string, map: unknown): string => {
    writeFileSync(at(name), JSON.stringify({ metadata: { total_size: 12 }, weight_map: map }, null, 2));
    return at(name);
  };

  test("is read from its index, from disk and from an address", async () => {
    await shard("model-00001-of-00002.safetensors", { "a.weight": ones(2), unused: ones(1) });
    await shard("model-00002-of-00002.safetensors", { "b.weight": tensor([3, 4]), 'odd "n" \\': ones(1) });
    const file = index("model.safetensors.index.json", {
      "b.weight": "model-00002-of-00002.safetensors",
      "a.weight": "model-00001-of-00002.safetensors",
      'odd "n" \\': "model-00002-of-00002.safetensors",
    });
    const expected = { "b.weight": [3, 4], "a.weight": [1, 1], 'odd "n" \\': [1] };
    const numbers = async (source: string) =>
      Object.fromEntries(Object.entries(await load(source)).map(([name, t]) => [name, t.toArraySync()]));
    expect(await numbers(file)).toEqual(expected);
    // As in the cache of Hugging Face, where the index is a link.
    mkdirSync(at("snapshot"));
    for (const name of ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"]) {
      symlinkSync(at(name), join(at("snapshot"), name));
    }
    mkdirSync(at("blobs"));
    writeFileSync(
      join(at("blobs"), "1234"),
      JSON.stringify({ weight_map: { "a.weight": "model-00001-of-00002.safetensors" } }),
    );
    symlinkSync("../blobs/1234", join(at("snapshot"), "model.safetensors.index.json"));
    expect(await numbers(join(at("snapshot"), "model.safetensors.index.json"))).toEqual({ "a.weight": [1, 1] });

    const { readFileSync, existsSync } = await import("node:fs");
    const server = createServer((request, response) => {
      const path = at(new URL(request.url ?? "", "http://x").pathname.replace("/repo/resolve/", ""));
      if (existsSync(path)) response.end(readFileSync(path));
      else response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void server.close());
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/repo/resolve`;
    expect(await numbers(`${address}/model.safetensors.index.json?download=true`)).toEqual(expected);
  });

  test("errors name the file that is wrong", async () => {
    await expect(load(index("1.json", { x: "missing.safetensors" }))).rejects.toThrow(
      `[load] ${at("missing.safetensors")}: there is no such file`,
    );
    writeFileSync(at("page.safetensors"), "<!doctype html>");
    await expect(load(index("2.json", { x: "page.safetensors" }))).rejects.toThrow(
      `[load] ${at("page.safetensors")}: is an HTML or XML page`,
    );
    await shard("some.safetensors", { a: ones(1) });
    await expect(load(index("3.json", { x: "some.safetensors" }))).rejects.toThrow(
      `[load] ${at("3.json")}: says that "x" is in "some.safetensors", which lacks it`,
    );
    writeFileSync(at("pytorch_model.bin"), fileBytes(ioGolden.torchSave));
    await expect(load(index("4.json", { x: "pytorch_model.bin" }))).rejects.toThrow(
      "pytorch_model.bin: is a ZIP archive",
    );
  });

  test.each(["../secret", "/etc/passwd", "a/b", "..", "C:\\x", "", 7, null, {}])(
    "no file elsewhere: %o",
    async (name) => {
      await expect(load(index("5.json", { x: name }))).rejects.toThrow("which is no name of a file in the same folder");
    },
  );

  test("what is no index, and one without a place", async () => {
    for (const map of [undefined, null, 3, ["a"]]) {
      await expect(load(index("6.json", map))).rejects.toThrow("JSON text without a weight_map");
    }
    writeFileSync(at("7.json"), '{"weight_map": {"a": ');
    await expect(load(at("7.json"))).rejects.toThrow("damaged index of a sharded model: it is no JSON");
    writeFileSync(at("8.json"), `{"weight_map": ${"[".repeat(100_000)}`);
    await expect(load(at("8.json"))).rejects.toThrow("nested too deeply");
    const text = JSON.stringify({ weight_map: { a: "b.safetensors" } });
    await expect(load(new Blob([text]))).rejects.toThrow("Pass its path or address");
  });
});

describe("bytes, Blobs and Files", () => {
  const file = rawSafetensors({ x: { dtype: "F32", shape: [1], data_offsets: [0, 4] } }, [0, 0, 128, 63]);
  const buffer = file.buffer as ArrayBuffer;
  const shared = new Uint8Array(new SharedArrayBuffer(file.length));
  shared.set(file);
  const realm = createContext({ bytes: [...file] });

  test.each<[string, ArrayBufferLike | ArrayBufferView]>([
    ["a Uint8Array", file],
    ["an ArrayBuffer", buffer],
    ["a Buffer", Buffer.from(file)],
    ["a DataView in the middle", new DataView(Uint8Array.of(1, ...file, 2).buffer, 1, file.length)],
    ["a SharedArrayBuffer", shared.buffer],
    ["a Uint8Array of another realm", runInContext("Uint8Array.from(bytes)", realm) as Uint8Array],
    ["an ArrayBuffer of another realm", runInContext("Uint8Array.from(bytes).buffer", realm) as ArrayBuffer],
  ])("%s", async (_, bytes) => {
    expect(io.decodeSafetensors(bytes).tensors.x?.toArraySync()).toEqual([1]);
    expect((await load(bytes)).x?.toArraySync()).toEqual([1]);
  });

  test("a Blob, a File and a Response", async () => {
    const blob = new Blob([buffer]);
    for (const source of [blob, new File([blob], "m.safetensors"), new Response(blob)]) {
      expect((await load(source)).x?.toArraySync()).toEqual([1]);
    }
    const broken = new File([new Uint8Array(20)], "m.safetensors");
    await expect(load(broken)).rejects.toThrow("[load] m.safetensors: ");
    await expect(load(new Response("", { status: 404 }))).rejects.toThrow("the server answered 404");
    expect(() => io.decodeSafetensors(blob as never)).toThrow("Pass await blob.arrayBuffer().");
    expect(() => io.decodeSafetensors(Promise.resolve(buffer) as never)).toThrow("Await it first.");
  });

  test("a buffer that was given away", () => {
    const moved = buffer.slice();
    structuredClone(moved, { transfer: [moved] });
    expect(() => io.decodeSafetensors(moved)).toThrow('[decodeSafetensors] argument "bytes" must be bytes');
  });

  test(".npy and .npz", async () => {
    const npy = rawNpy("{'descr': '|u1', 'fortran_order': False, 'shape': (2,), }\n", [7, 8]);
    expect(io.decodeNpy(npy.buffer as ArrayBuffer).toArraySync()).toEqual([7, 8]);
    const npz = fileBytes(ioGolden.npz.compressed);
    expect(Object.keys(await io.decodeNpz(npz.buffer as ArrayBuffer))).toEqual(["a", "b"]);
    expect(Object.keys(await load(new Blob([npz as Uint8Array<ArrayBuffer>])))).toEqual(["a", "b"]);
  });
});

describe("text where the platform's decoder fails", () => {
  const TEXTS = ["", "plain", "ünï©ode ✓ 𝄞", "\ufeffmark", "\u0000\u007f\u0080\u07ff\u0800\uffff\u{10000}\u{10ffff}"];
  const BROKEN = [
    "\x80",
    "\xc3",
    "\xc0\xaf",
    "\xe0\x80\xaf",
    "\xed\xa0\x80",
    "\xf4\x90\x80\x80",
    "\xf8\x88\x80\x80\x80",
    "a\xffb",
    "\xf0\x9d\x84",
  ];
  const decoders: Readonly<Record<string, unknown>> = {
    "its own": TextDecoder,
    none: undefined,
    "one that refuses bytes of another realm": class {
      decode(): string {
        throw new TypeError("The provided value is not of type '(ArrayBuffer or ArrayBufferView)'");
      }
    },
  };

  test.each(Object.entries(decoders))("%s", async (_, decoder) => {
    vi.stubGlobal("TextDecoder", decoder);
    onTestFinished(() => void vi.unstubAllGlobals());
    for (const text of TEXTS) expect(decodeUtf8(new Uint8Array(Buffer.from(text)))).toBe(text);
    for (const bytes of BROKEN) expect(decodeUtf8(latin1(bytes))).toBeUndefined();
    const kinds = io.decodeSafetensors(fileBytes(ioGolden.kinds.file));
    expect(Object.keys(kinds.tensors)).toEqual(Object.keys(ioGolden.kinds.values));
    expect(kinds.metadata.note).toBe("ü");
    expect(Object.keys(await io.decodeNpz(fileBytes(ioGolden.npz.stored)))).toEqual(["a", "b"]);
  });

  test("no TextEncoder either, no crypto: jsdom of Jest", async () => {
    vi.stubGlobal("TextDecoder", undefined);
    vi.stubGlobal("TextEncoder", undefined);
    vi.stubGlobal("crypto", undefined);
    onTestFinished(() => void vi.unstubAllGlobals());
    const state = { "ünï 𝄞": ones(2) };
    for (const name of ["jsdom.safetensors", "jsdom.npz"]) {
      await save(state, at(name));
      expect(Object.keys(await load(at(name)))).toEqual(Object.keys(state));
    }
  });
});
