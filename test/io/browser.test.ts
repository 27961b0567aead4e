/** @file Files where there is no file system and no zlib: addresses are fetched, archives unpacked by the page itself. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type * as Tapegrad from "../../src/entry/index.ts";
import { ioGolden } from "../golden/io.ts";
import { fileBytes, withByte } from "./files.ts";

const files: Readonly<Record<string, string>> = {
  "/stored.npz": ioGolden.npz.stored,
  "/compressed.npz": ioGolden.npz.compressed,
  "/model.safetensors": ioGolden.model.safetensors,
};
const server = createServer((request, response) => {
  const file = files[request.url ?? ""];
  if (file === undefined) response.writeHead(404).end();
  else response.end(fileBytes(file));
});

let address: string;
let tapegrad: typeof Tapegrad;

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  // What a browser lacks is looked up once, when the modules are loaded.
  const builtins = vi.spyOn(process, "getBuiltinModule").mockReturnValue(undefined);
  vi.resetModules();
  tapegrad = await import("../../src/entry/index.ts");
  builtins.mockRestore();
});
afterAll(() => server.close());

test.each(["stored", "compressed"])("load fetches and unpacks an archive (%s)", async (kind) => {
  const { a, b } = await tapegrad.load(`${address}/${kind}.npz`);
  expect([a?.toArraySync(), b?.toArraySync()]).toEqual([[[0, 1, 2], [3, 4, 5]], 2.5]); // biome-ignore format: a matrix
});

test("checksums are looked at", async () => {
  const stored = fileBytes(ioGolden.npz.stored);
  await expect(tapegrad.io.decodeNpz(withByte(stored, 150, 7))).rejects.toThrow("the checksum is another one");
  const compressed = fileBytes(ioGolden.npz.compressed);
  await expect(tapegrad.io.decodeNpz(withByte(compressed, 80, 7))).rejects.toThrow(/damaged/);
});

test("load fetches safetensors; what is not there is named", async () => {
  expect(Object.keys(await tapegrad.load(`${address}/model.safetensors`))).toContain("4.bias");
  await expect(tapegrad.load(`${address}/none.safetensors`)).rejects.toThrow("there is no such file");
});

test("nothing can be written, but everything encoded", async () => {
  const x = tapegrad.ones(2);
  await expect(tapegrad.save({ x }, "x.safetensors")).rejects.toThrow("there is no file system here to write to");
  const bytes = await tapegrad.io.encodeNpz({ x }, { compress: true });
  expect((await tapegrad.io.decodeNpz(bytes)).x?.toArraySync()).toEqual([1, 1]);
});
