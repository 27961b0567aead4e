/** @file Progress over a loop: a bar on terminals, silence elsewhere, and the loop as it is without it. */
import { PassThrough } from "node:stream";
import { stripVTControlCharacters } from "node:util";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { DataLoader, prefetch, progress, TensorDataset } from "../../src/entry/data.ts";
import { arange } from "../../src/tensor/create.ts";

function output(isTTY: boolean) {
  const stream = Object.assign(new PassThrough(), { isTTY, columns: 200, rows: 24, cursorTo() {}, clearLine() {} });
  const chunks: Buffer[] = [];
  stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  return { stream, text: () => stripVTControlCharacters(Buffer.concat(chunks).toString()) };
}

const loader = new DataLoader(new TensorDataset(arange(10)), { batchSize: 4 });

async function walk<T>(source: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of source) all.push(item);
  return all;
}

describe("progress", () => {
  test("gives what the source gives, at every walk", async () => {
    const shown = progress(loader, { stream: output(false).stream });
    expect(shown.length).toBe(3);
    for (let i = 0; i < 2; i++) {
      const batches = await walk(shown);
      expect(batches.map(([x]) => x?.toArraySync())).toEqual([
        [0, 1, 2, 3],
        [4, 5, 6, 7],
        [8, 9],
      ]);
    }
    expect(await walk(progress([1, 2, 3], { stream: output(false).stream }))).toEqual([1, 2, 3]);
    expect(await walk(progress(prefetch([1, 2, 3]), { stream: output(false).stream }))).toEqual([1, 2, 3]);
  });

  test("draws a bar on a terminal", async () => {
    const { stream, text } = output(true);
    await walk(progress(loader, { name: "epoch 1", stream }));
    expect(text()).toMatch(/epoch 1 \[.*\] 0% \| 0\/3/);
    expect(text()).toMatch(/100% \| 3\/3 \| 0s, 0s left/);
  });

  test("shows the rate, and what the loop sets behind it", async () => {
    const { stream, text } = output(true);
    const loop = progress(loader, { stream });
    for await (const [x] of loop) loop.setPostfix({ loss: x.sum(), lr: 0.00015, step: 3, phase: "warm-up" });
    // The sum of the last batch, 8 + 9.
    expect(text()).toMatch(/3\/3 \| 0s, 0s left, \d+\.\d it\/s, loss=17, lr=1\.50e-4, step=3, phase=warm-up/);
    expect(() => loop.setPostfix(3 as never)).toThrow("[setPostfix]");
  });

  test("counts where nobody knows the end", async () => {
    function* stream() {
      yield* [1, 2, 3];
    }
    const { stream: terminal, text } = output(true);
    await walk(progress(stream(), { stream: terminal }));
    expect(text()).toMatch(/3 \| 0s/);
    expect(text()).not.toContain("%");
    const counted = output(true);
    await walk(progress(stream(), { stream: counted.stream, total: 6 }));
    expect(counted.text()).toContain("50% | 3/6");
  });

  test("writes nothing where there is no terminal", async () => {
    const { stream, text } = output(false);
    await walk(progress(loader, { stream }));
    expect(text()).toBe("");
    const write = vi.spyOn(process.stderr, "write");
    const terminal = process.stderr.isTTY;
    await walk(progress(loader));
    if (!terminal) expect(write).not.toHaveBeenCalled();
    write.mockRestore();
  });

  test("leaving the loop leaves the bar and ends the source's walk", async () => {
    let closed = 0;
    async function* source() {
      try {
        yield* [1, 2, 3];
      } finally {
        closed++;
      }
    }
    const { stream, text } = output(true);
    for await (const x of progress(source(), { stream, total: 3 })) if (x === 2) break;
    expect(closed).toBe(1);
    expect(text()).toContain("1/3");
    const failing = output(true);
    const walkAndFail = async () => {
      for await (const _ of progress(source(), { stream: failing.stream })) throw new Error("in the loop");
    };
    await expect(walkAndFail()).rejects.toThrow("in the loop");
    expect(closed).toBe(2);
  });

  test("is silent where a bundle has left its library behind", async () => {
    const load = vi.spyOn(process.getBuiltinModule("node:module"), "createRequire").mockImplementation(() => {
      throw Object.assign(new Error("Cannot find module 'cli-progress'"), { code: "MODULE_NOT_FOUND" });
    });
    onTestFinished(() => load.mockRestore());
    const { stream, text } = output(true);
    expect(await walk(progress([1, 2, 3], { stream }))).toEqual([1, 2, 3]);
    expect([text(), load.mock.calls.length]).toEqual(["", 2]);
  });

  test("a terminal that fails does not end the loop", async () => {
    const { stream } = output(true);
    for (const broken of ["write", "cursorTo", "clearLine"] as const) {
      const failing = Object.assign(Object.create(stream), {
        [broken]: () => {
          throw new Error("EPIPE");
        },
      });
      expect(await walk(progress([1, 2, 3], { stream: failing }))).toEqual([1, 2, 3]);
    }
  });

  test("refuses unknown options", () => {
    expect(() => progress(loader, { title: "x" } as object)).toThrow('[progress] unknown option "title"');
    for (const wrong of [undefined, null, 3, {}]) {
      expect(() => progress(wrong as never)).toThrow(/^\[progress\] .*"source"/);
    }
    expect(() => progress([1], { total: "3" as never })).toThrow('[progress] argument "total" must be');
    expect(() => progress([1], { stream: 3 as never })).toThrow('[progress] argument "stream" must be');
  });
});
