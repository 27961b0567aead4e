/** @file Downloads from a local server: right and wrong files, mirrors that fail, connections that break off. */
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { gzipSync } from "node:zlib";
import { describe, expect, onTestFinished, test } from "vitest";
import { DataError } from "../../src/core/errors.ts";
import { download, type Resource } from "../../src/data/download.ts";
import { folderWith, idxImages, idxLabels } from "./fixtures.ts";

const files: Readonly<Record<string, Uint8Array>> = {
  "images.gz": gzipSync(idxImages(50)),
  "labels.gz": gzipSync(idxLabels(50)),
};

function resource(name: string, bytes: Uint8Array): Resource {
  return { name, size: bytes.length, sha256: createHash("sha256").update(bytes).digest("hex") };
}
const resources = Object.entries(files).map(([name, bytes]) => resource(name, bytes));

/** A server that lives as long as the test; returns the address of its root. */
async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

/** Answers with the file of that name as `answer` wants it. */
function mirror(answer: (bytes: Uint8Array, response: ServerResponse) => void): Promise<string> {
  return serve((request, response) => {
    const bytes = files[request.url?.split("/").at(-1) ?? ""];
    if (bytes === undefined) response.writeHead(404).end();
    else answer(bytes, response);
  });
}

const good = (): Promise<string> => mirror((bytes, response) => response.end(bytes));
const failing = (status: number): Promise<string> => mirror((_, response) => response.writeHead(status).end("nothing"));
const brokenOff = (): Promise<string> =>
  mirror((bytes, response) => {
    response.writeHead(200, { "content-length": bytes.length });
    response.write(bytes.subarray(0, bytes.length / 2), () => setTimeout(() => response.destroy(), 20));
  });

/** Nothing in the folder but the right files: no temporary ones, no parts. */
function expectComplete(folder: string): void {
  expect(readdirSync(folder).sort()).toEqual(Object.keys(files));
  for (const [name, bytes] of Object.entries(files)) expect(readFileSync(join(folder, name)).equals(bytes)).toBe(true);
}

test("fetches every file into a folder that it makes", async () => {
  const folder = join(folderWith(), "MNIST", "raw");
  await download("test", { mirrors: [await good()], resources, folder });
  expectComplete(folder);
});

test("a mirror may be named with or without its last slash, and with a path", async () => {
  const folder = folderWith();
  await download("test", { mirrors: [`${await good()}some/where`], resources, folder });
  expectComplete(folder);
});

test("fetches only what is missing or different", async () => {
  const asked: string[] = [];
  const address = await serve((request, response) => {
    asked.push(request.url ?? "");
    response.end(files[request.url?.slice(1) ?? ""]);
  });
  const folder = folderWith({ "images.gz": files["images.gz"] as Uint8Array, "labels.gz": new Uint8Array(3) });
  await download("test", { mirrors: [address], resources, folder });
  expect(asked).toEqual(["/labels.gz"]);
  expectComplete(folder);
});

describe("a mirror that fails is followed by the next", () => {
  const damaged = (): Promise<string> =>
    mirror((bytes, response) => response.end(Uint8Array.from(bytes, (byte, i) => (i === 40 ? byte ^ 1 : byte))));
  const cases: Readonly<Record<string, readonly [make: () => Promise<string>, reason: RegExp]>> = {
    "404": [() => failing(404), /the server answered 404 Not Found/],
    "500": [() => failing(500), /the server answered 500 Internal Server Error/],
    "wrong contents of the right length": [damaged, /wrong contents: SHA-256 is [0-9a-f]{64}, expected [0-9a-f]{64}/],
    "a web page instead": [() => mirror((_, response) => response.end("<html>hi")), /sent 8 bytes, expected \d+/],
    "an endless file": [
      () => mirror((bytes, response) => response.end(Buffer.alloc(bytes.length * 50))),
      /sent more than the expected \d+ bytes/,
    ],
    "a connection that breaks off": [brokenOff, /the connection broke off after \d+ of \d+ bytes/],
    "nobody there": [async () => "http://127.0.0.1:1/", /ECONNREFUSED|bad port/],
    "no such scheme": [async () => "nonsense:/", /unknown scheme/],
  };
  test.each(Object.entries(cases))("%s", async (_, [make, reason]) => {
    const bad = await make();
    const folder = folderWith();
    await download("test", { mirrors: [bad, await good()], resources, folder });
    expectComplete(folder);

    const empty = folderWith();
    const error = await download("test", { mirrors: [bad, bad], resources, folder: empty }).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(DataError);
    expect(String(error)).toMatch(reason);
    expect(String(error)).toContain(`[test] images.gz could not be downloaded. Tried\n  ${bad}images.gz: `);
    expect(readdirSync(empty)).toEqual([]);
  });

  test("a server that falls silent", async () => {
    const silent = await mirror((bytes, response) => {
      response.writeHead(200, { "content-length": bytes.length });
      response.write(bytes.subarray(0, 10));
    });
    const deaf = await serve(() => {});
    const folder = folderWith();
    await download("test", { mirrors: [silent, deaf, await good()], resources, folder, patience: 100 });
    expectComplete(folder);
    const failed = download("test", { mirrors: [silent, deaf], resources, folder: folderWith(), patience: 100 });
    await expect(failed).rejects.toThrow(/images\.gz: no answer for 0\.1 s\n .*images\.gz: no answer for 0\.1 s/);
  });

  test("and is asked last from then on", async () => {
    let asked = 0;
    const bad = await serve((_, response) => {
      asked++;
      response.writeHead(503).end();
    });
    await download("test", { mirrors: [bad, await good()], resources, folder: folderWith() });
    expect(asked).toBe(1);
  });
});

test("an older file stays as it was when the download fails", async () => {
  const folder = folderWith({ "images.gz": new Uint8Array([1, 2, 3]) });
  await expect(download("test", { mirrors: [await brokenOff()], resources, folder })).rejects.toThrow(DataError);
  expect(readdirSync(folder)).toEqual(["images.gz"]);
  expect([...readFileSync(join(folder, "images.gz"))]).toEqual([1, 2, 3]);
});

test("a folder that cannot be written to is reported before anything is fetched", async () => {
  let asked = 0;
  const address = await serve((_, response) => {
    asked++;
    response.end();
  });
  const parent = folderWith();
  writeFileSync(join(parent, "file"), "");
  const folder = join(parent, "file", "raw");
  await expect(download("test", { mirrors: [address], resources, folder })).rejects.toThrow(
    `[test] ${folder}: cannot be written: `,
  );
  expect(asked).toBe(0);
});

test("a file that cannot be put in place leaves no temporary file", async () => {
  const folder = folderWith();
  mkdirSync(join(folder, "images.gz"));
  writeFileSync(join(folder, "images.gz", "something"), "");
  await expect(download("test", { mirrors: [await good()], resources, folder })).rejects.toThrow(/cannot be written/);
  expect(readdirSync(folder)).toEqual(["images.gz"]);
});

test("no mirrors", async () => {
  await expect(download("test", { mirrors: [], resources, folder: folderWith() })).rejects.toThrow(
    "[test] there is no mirror to download from",
  );
});

describe("the progress bar", () => {
  const record = (isTTY: boolean): { stream: NodeJS.WritableStream & { isTTY: boolean }; text: () => string } => {
    const stream = Object.assign(new PassThrough(), {
      isTTY,
      columns: 100,
      cursorTo() {},
      moveCursor() {},
      clearLine() {},
    });
    return { stream, text: () => String(stream.read() ?? "") };
  };

  test("runs to 100 % on a terminal", async () => {
    const { stream, text } = record(true);
    await download("test", { mirrors: [await good()], resources, folder: folderWith(), stream });
    expect(text()).toMatch(/images\.gz \[=+\] 100% \| (\d\.\d)\/\1 kB/);
  });

  test("is silent elsewhere", async () => {
    const { stream, text } = record(false);
    await download("test", { mirrors: [await good()], resources, folder: folderWith(), stream });
    expect(text()).toBe("");
  });
});
