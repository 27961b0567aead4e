/**
 * @file Damaged files of every format. Each gives a value or one of our errors, which says what is wrong; none a raw error
 * of the engine, a hang, more memory than its size explains, or a half-loaded object.
 *
 * TAPEGRAD_FUZZ_FILES=100000 TAPEGRAD_FUZZ_SEED=2 tries more files, and others.
 */

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { beforeAll, expect, test } from "vitest";
import { TapegradError } from "../../src/core/errors.ts";
import {
  data,
  defaultGenerator,
  Generator,
  io,
  manualSeed,
  nn,
  ones,
  optim,
  Tensor,
  tensor,
} from "../../src/entry/index.ts";
import { ioGolden } from "../golden/io.ts";
import { fileBytes } from "../io/files.ts";
import { Draws, setting } from "./random.ts";

const FILES = setting("TAPEGRAD_FUZZ_FILES", 4000);
const SEED = setting("TAPEGRAD_FUZZ_SEED", 1);

/** No file here has more than some kilobytes: whatever takes so long hangs. */
const HANGS_MS = 20_000;

/** Deflate shrinks to a thousandth at most, and a half-precision number grows to twice its size. */
const GROWTH = { plain: 8, packed: 1100 } as const;
const OVERHEAD = 100_000;

interface Format {
  readonly name: string;
  readonly files: readonly Uint8Array[];
  readonly growth: number;
  read(bytes: Uint8Array): unknown;
}

const encodeIdx = (code: number, shape: readonly number[], bytes: number): Uint8Array => {
  const file = new Uint8Array(4 + 4 * shape.length + bytes);
  const view = new DataView(file.buffer);
  view.setUint32(0, (code << 8) | shape.length);
  shape.forEach((size, i) => {
    view.setUint32(4 + 4 * i, size);
  });
  return file.fill(1, 4 + 4 * shape.length);
};

/** A run's parts, and what must not change if loading fails. */
class Run {
  readonly model = new nn.Linear(2, 2);
  readonly optimizer = new optim.Adam(this.model.parameters(), { lr: 0.1 });
  readonly scheduler = new optim.lrScheduler.StepLR(this.optimizer, { stepSize: 2 });
  readonly generator = new Generator().manualSeed(3);

  constructor() {
    this.model.forward(ones(1, 2)).sum().backward();
    this.optimizer.step();
    this.scheduler.step();
  }

  parts() {
    const { model, optimizer, scheduler, generator } = this;
    return { model, optimizer, scheduler, generator };
  }

  snapshot(): string {
    const states = [this.model, this.optimizer, this.scheduler].map((part) => part.stateDict());
    const generators = [this.generator, defaultGenerator].map((generator) => generator.getState().join());
    return JSON.stringify([states, generators], (_, value: unknown) =>
      value instanceof Tensor ? [value.dtype, value.shape, [...value.detach().dataSync()]] : value,
    );
  }

  async load(bytes: Uint8Array): Promise<unknown> {
    const before = this.snapshot();
    try {
      return await io.loadCheckpoint(this.parts(), bytes);
    } catch (error) {
      if (this.snapshot() !== before) throw new Error("a part of the state was loaded", { cause: error });
      throw error;
    }
  }
}

async function makeFormats(): Promise<readonly Format[]> {
  manualSeed(0);
  const folder = mkdtempSync(join(tmpdir(), "tapegrad-fuzz-"));
  const written = async (write: (file: string) => Promise<void>): Promise<Uint8Array> => {
    await write(join(folder, "file"));
    return new Uint8Array(readFileSync(join(folder, "file")));
  };
  const run = new Run();
  const checkpoint = await written((file) => io.saveCheckpoint({ ...run.parts(), epoch: 3, note: "ü\n" }, file));
  const value = {
    a: [ones(2), { b: tensor([true]) }],
    n: Number.NaN,
    big: 2n ** 70n,
    $x: Float64Array.of(1),
    'q"': null,
  };
  const nested = await written((file) => io.save(value, file));
  rmSync(folder, { recursive: true });
  const idx = [
    encodeIdx(8, [3, 4, 5], 60),
    encodeIdx(8, [7], 7),
    encodeIdx(0x0c, [3, 8], 96),
    encodeIdx(0x0e, [2, 1, 1, 2], 32),
  ];
  const safetensors = [ioGolden.kinds.file, ioGolden.model.safetensors].map(fileBytes);
  const npz = Object.values(ioGolden.npz).map(fileBytes);
  const index = new TextEncoder().encode(JSON.stringify({ metadata: { n: 1 }, weight_map: { 'a"b': "/no/file" } }));
  const read = (bytes: Uint8Array) => io.load(bytes);
  return [
    { name: "safetensors", files: safetensors, growth: GROWTH.plain, read: (bytes) => io.decodeSafetensors(bytes) },
    { name: "nested values", files: [nested], growth: GROWTH.plain, read },
    { name: ".npy", files: ioGolden.arrays.map(({ file }) => fileBytes(file)), growth: GROWTH.plain, read },
    { name: ".npz", files: npz, growth: GROWTH.packed, read },
    { name: "torch.save", files: [fileBytes(ioGolden.torchSave)], growth: GROWTH.packed, read },
    { name: "checkpoint", files: [checkpoint], growth: GROWTH.plain, read: (bytes) => run.load(bytes) },
    { name: "index of a sharded model", files: [index], growth: GROWTH.plain, read },
    { name: "IDX", files: idx, growth: GROWTH.plain, read: (bytes) => data.readIdx(bytes) },
    { name: "images", files: idx, growth: GROWTH.plain, read: (bytes) => data.readImagesSync(bytes) },
    {
      name: "IDX in gzip",
      files: idx.map((file) => new Uint8Array(gzipSync(file))),
      growth: GROWTH.packed,
      read: (bytes) => data.readIdx(bytes),
    },
    {
      name: "labels in gzip",
      files: idx.map((file) => new Uint8Array(gzipSync(file))),
      growth: GROWTH.packed,
      read: (bytes) => data.readLabelsSync(bytes),
    },
  ];
}

/** Numbers that readers compute sizes and places from. */
const NUMBERS = [
  0n,
  1n,
  0x7fn,
  0xffn,
  0x7fffn,
  0xffffn,
  2n ** 31n - 1n,
  2n ** 31n,
  2n ** 32n - 1n,
  2n ** 53n,
  2n ** 63n,
  2n ** 64n - 1n,
];
const WORDS = [
  "9007199254740993",
  "-1",
  "1e999",
  "null",
  "[]",
  "{}",
  '"x"',
  "F64",
  "BF16",
  "__proto__",
  "\\u0000",
  "$tensor",
];

/** One change of a file. */
const MUTATIONS: readonly ((bytes: Uint8Array, draws: Draws) => Uint8Array)[] = [
  (bytes, draws) => bytes.with(draws.below(bytes.length), draws.below(256)),
  (bytes, draws) => {
    const at = draws.below(bytes.length);
    return bytes.with(at, (bytes[at] as number) ^ (1 << draws.below(8)));
  },
  (bytes, draws) => bytes.slice(0, draws.below(bytes.length)),
  (bytes, draws) => bytes.slice(draws.below(Math.min(16, bytes.length))),
  (bytes, draws) => Uint8Array.of(...bytes, ...bytes.subarray(draws.below(bytes.length))),
  (bytes, draws) => {
    const at = draws.below(bytes.length);
    return Uint8Array.of(...bytes.subarray(0, at), ...bytes.subarray(Math.min(bytes.length, at + 1 + draws.below(16))));
  },
  (bytes, draws) => bytes.slice().copyWithin(draws.below(bytes.length), draws.below(bytes.length)),
  (bytes, draws) => {
    const copy = bytes.slice();
    const width = draws.one([2, 4, 8]);
    if (copy.length < width) return copy;
    const field = new Uint8Array(8);
    new DataView(field.buffer).setBigUint64(0, draws.one(NUMBERS), true);
    const number = field.subarray(0, width);
    copy.set(draws.below(2) === 0 ? number : number.reverse(), draws.below(copy.length - width + 1));
    return copy;
  },
  (bytes, draws) => {
    const word = new TextEncoder().encode(draws.one(WORDS));
    const at = draws.below(bytes.length);
    return Uint8Array.of(...bytes.subarray(0, at), ...word, ...bytes.subarray(at + draws.below(word.length + 1)));
  },
  (bytes, draws) => {
    // A digit of a text header.
    const digits = [...bytes.keys()].filter((i) => (bytes[i] as number) >= 48 && (bytes[i] as number) <= 57);
    return digits.length === 0 ? bytes : bytes.with(draws.one(digits), 48 + draws.below(10));
  },
];

/** Bytes of the arrays in a value. */
function sizeOf(value: unknown): number {
  if (value instanceof Tensor) return value.numel() * 8;
  if (ArrayBuffer.isView(value)) return value.byteLength;
  if (typeof value !== "object" || value === null) return 0;
  return Object.values(value).reduce((sum: number, item: unknown) => sum + sizeOf(item), 0);
}

let formats: readonly Format[];
beforeAll(async () => {
  formats = await makeFormats();
});

test("files as they were written are read, but for what is refused on purpose", async () => {
  const refused: Readonly<Record<string, RegExp>> = {
    "torch.save": /file of torch\.save/,
    "index of a sharded model": /no name of a file in the same folder/,
    images: /a file with labels/,
    "labels in gzip": /a file with images/,
  };
  for (const { name, files, read } of formats) {
    for (const bytes of files) {
      try {
        await read(bytes);
      } catch (error) {
        expect(String(error), name).toMatch(refused[name] ?? /not refused on purpose/);
      }
    }
  }
});

test(
  `${FILES} damaged files give a value or an error that says what is wrong`,
  async () => {
    const draws = new Draws(SEED);
    const outcomes = { read: 0, refused: 0 };
    for (let i = 0; i < FILES; i++) {
      const { name, files, growth, read } = formats[i % formats.length] as Format;
      let bytes = draws.one(files);
      for (let changes = 1 + draws.below(3); changes > 0 && bytes.length > 0; changes--) {
        bytes = draws.one(MUTATIONS)(bytes, draws);
      }
      const shown = (): string => `file ${i} of seed ${SEED}, ${name}: ${Buffer.from(bytes).toString("base64")}`;
      const begin = performance.now();
      try {
        const size = sizeOf(await read(bytes));
        expect(size, shown()).toBeLessThan(bytes.length * growth + OVERHEAD);
        outcomes.read++;
      } catch (error) {
        if (!(error instanceof TapegradError)) throw new Error(shown(), { cause: error });
        expect(error.message, shown()).toMatch(/^\[[\w.]+\] .{12}/s);
        outcomes.refused++;
      }
      if (performance.now() - begin > HANGS_MS) throw new Error(`took ${performance.now() - begin} ms: ${shown()}`);
    }
    // A fuzzer of which nothing, or everything, gets through tests little.
    expect(outcomes.read).toBeGreaterThan(FILES / 50);
    expect(outcomes.refused).toBeGreaterThan(FILES / 4);
  },
  60_000 + 60 * FILES,
);
