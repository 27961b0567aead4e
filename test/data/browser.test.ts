/** @file The data part where there is no file system: addresses are fetched, gzip is streamed, turns are messages. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type * as Data from "../../src/entry/data.ts";
import { idxImages, idxLabels } from "./fixtures.ts";

const files: Readonly<Record<string, Uint8Array>> = {
  "/raw/train-images-idx3-ubyte": idxImages(5),
  "/raw/train-labels-idx1-ubyte.gz": gzipSync(idxLabels(5)),
  "/page/train-images-idx3-ubyte": Buffer.from("<!doctype html><title>My app</title>"),
  "/page/train-labels-idx1-ubyte": Buffer.from("<!doctype html><title>My app</title>"),
  "/short/train-images-idx3-ubyte.gz": gzipSync(idxImages(5)).subarray(0, 100),
  "/short/train-labels-idx1-ubyte.gz": gzipSync(idxLabels(5)),
};
const server = createServer((request, response) => {
  const bytes = files[request.url ?? ""];
  if (bytes !== undefined) response.end(bytes);
  else response.writeHead(request.url?.startsWith("/broken") === true ? 500 : 404).end();
});

let address: string;
let data: typeof Data;

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  // What a browser lacks is looked up once, when the modules are loaded.
  const builtins = vi.spyOn(process, "getBuiltinModule").mockReturnValue(undefined);
  vi.stubGlobal("setImmediate", undefined);
  vi.resetModules();
  data = await import("../../src/entry/data.ts");
  vi.unstubAllGlobals();
  builtins.mockRestore();
});
afterAll(() => server.close());

test("load fetches raw and packed files from an address", async () => {
  const train = await data.datasets.MNIST.load({ root: `${address}/raw` });
  const batches: number[][] = [];
  for await (const [x, y] of new data.DataLoader(train, { batchSize: 3 })) batches.push([...x.shape, ...y.dataSync()]);
  expect(batches).toEqual([
    [3, 1, 28, 28, 0, 1, 2],
    [2, 1, 28, 28, 3, 4],
  ]);
});

test("what is not there, or something else, is named", async () => {
  const { MNIST } = data.datasets;
  await expect(MNIST.load({ root: `${address}/nowhere` })).rejects.toThrow(
    `in ${address}/nowhere/MNIST/raw, ${address}/nowhere.`,
  );
  await expect(MNIST.load({ root: `${address}/page` })).rejects.toThrow(
    `${address}/page/train-images-idx3-ubyte: this is an HTML or XML page`,
  );
  await expect(MNIST.load({ root: `${address}/short` })).rejects.toThrow(/the gzip data (is truncated|is damaged)/);
  await expect(data.readLabels(`${address}/broken`)).rejects.toThrow(
    `[readLabels] ${address}/broken: cannot be read: the server answered 500 Internal Server Error`,
  );
});

test("what needs a file system says so", async () => {
  const { MNIST } = data.datasets;
  expect(() => new MNIST()).toThrow("[datasets.MNIST] only files on disk can be read at once. Use await");
  await expect(MNIST.load({ download: true })).rejects.toThrow("downloads need a folder on disk");
  expect(() => data.readImagesSync("images")).toThrow("only files on disk can be read synchronously");
  expect(() => data.readLabelsSync(gzipSync(idxLabels(2)))).toThrow("gzip can be unpacked synchronously only in Node");
  expect([...data.readLabelsSync(idxLabels(2)).data]).toEqual([0, 1]);
});
