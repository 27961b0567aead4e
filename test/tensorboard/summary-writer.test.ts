/** @file Event files: framing, checksums and messages, read back by a reader of the published formats. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inflateSync } from "node:zlib";
import { nn, ones, randn, tensor } from "tapegrad";
import * as keras from "tapegrad/keras";
import { SummaryWriter } from "tapegrad/tensorboard";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { frameRecord, maskChecksum } from "../../src/tensorboard/event-file.ts";
import {
  asDouble,
  asDoubles,
  asFloat,
  asMessage,
  asText,
  crc32c,
  readEvents,
  readRecords,
  readValues,
} from "./read-events.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tapegrad-events-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe("addEmbedding", () => {
  const text = (name: string): string => readFileSync(join(folder, name), "utf8");

  test("writes PyTorch's files, and a configuration of all embeddings", () => {
    const writer = new SummaryWriter(folder);
    writer.addEmbedding(
      tensor([
        [1, 0.5],
        [2, -1],
      ]),
      { metadata: ["a", 7], globalStep: 3 },
    );
    writer.addEmbedding(
      [[1], [2]],
      [
        ["x", 1],
        ["y", 2],
      ],
      {
        metadataHeader: ["name", "size"],
        labelImg: ones(2, 1, 1, 2),
        tag: "second",
      },
    );
    writer.close();
    expect(text("00003/default/tensors.tsv")).toBe("1\t0.5\n2\t-1\n");
    expect(text("00003/default/metadata.tsv")).toBe("a\n7\n");
    expect(text("00000/second/metadata.tsv")).toBe("name\tsize\nx\t1\ny\t2\n");
    expect(text("projector_config.pbtxt")).toBe(`embeddings {
  tensor_name: "default:00003"
  tensor_path: "00003/default/tensors.tsv"
  metadata_path: "00003/default/metadata.tsv"
}
embeddings {
  tensor_name: "second:00000"
  tensor_path: "00000/second/tensors.tsv"
  metadata_path: "00000/second/metadata.tsv"
  sprite {
    image_path: "00000/second/sprite.png"
    single_image_dim: 2
    single_image_dim: 1
  }
}
`);
    const sprite = readFileSync(join(folder, "00000/second/sprite.png"));
    expect([sprite.readUInt32BE(16), sprite.readUInt32BE(20)]).toEqual([4, 4]);
  });

  test("refuses what does not fit", () => {
    using writer = new SummaryWriter(folder);
    expect(() => writer.addEmbedding(ones(2))).toThrow("mat should be 2D");
    expect(() => writer.addEmbedding(ones(2, 3), ["a"])).toThrow("#labels should equal with #data points");
    expect(() => writer.addEmbedding(ones(2, 3), { labelImg: ones(1, 3, 2, 2) })).toThrow("#images should equal");
    expect(() => writer.addEmbedding(ones(2, 3), { labelImg: ones(2, 2, 2, 2) })).toThrow("1 or 3 channels");
  });
});

describe("records", () => {
  // The vectors of RFC 3720, appendix B.4, and the usual check value.
  test.each([
    [new Uint8Array(32), 0x8a9136aa],
    [new Uint8Array(32).fill(0xff), 0x62a8ab43],
    [Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd794e],
    [Uint8Array.from({ length: 32 }, (_, i) => 31 - i), 0x113fdb5c],
    [new TextEncoder().encode("123456789"), 0xe3069283],
  ])("have the known checksums: %#", (bytes, crc) => {
    expect(crc32c(bytes)).toBe(crc);
    const record = frameRecord(bytes, crc32c);
    const view = new DataView(record.buffer);
    expect(view.getUint32(12 + bytes.length, true)).toBe(maskChecksum(crc));
    expect(readRecords(record)).toEqual([bytes]);
  });

  test("are masked as TensorFlow does", () => {
    // The mask rotates by 15 bits and adds 0xa282ead8.
    expect(maskChecksum(0)).toBe(0xa282ead8);
    expect(maskChecksum(0xe3069283)).toBe((((0xe3069283 >>> 15) | (0xe3069283 << 17)) + 0xa282ead8) >>> 0);
    // The header of every event file: length 24, and its checksum as TensorFlow writes it.
    const header = frameRecord(new Uint8Array(24), crc32c).subarray(0, 12);
    expect(Buffer.from(header).toString("hex")).toBe("1800000000000000a37f4b22");
  });
});

test("a file begins with its version, and has TensorBoard's name", () => {
  const before = Date.now() / 1e3;
  const writer = new SummaryWriter(folder, { filenameSuffix: ".test" });
  const [name = ""] = readdirSync(folder);
  expect(name).toMatch(/^events\.out\.tfevents\.\d{10}\..+\.\d+\.\d+\.test$/);
  expect(writer.path).toBe(join(folder, name));
  const [event] = readEvents(folder);
  expect(asText(event?.[3]?.[0])).toBe("brain.Event:2");
  expect(asDouble(event?.[1]?.[0])).toBeGreaterThanOrEqual(before);
  writer.close();
});

test("numbers, with their step, tag and time", () => {
  const writer = new SummaryWriter(folder);
  writer.addScalar("loss/train", 0.5, 1);
  writer.addScalar("loss/train", tensor(0.25), 2 ** 40, { walltime: 1234.5 });
  writer.addScalar("zero", 0, 3);
  writer.addScalar("nothing", Number.NaN);
  writer.close();
  const values = readValues(folder);
  expect(values.map(({ step, tag, value }) => [step, tag, asFloat(value[2]?.[0])])).toEqual([
    [1, "loss/train", 0.5],
    [2 ** 40, "loss/train", 0.25],
    [3, "zero", 0],
    [0, "nothing", Number.NaN],
  ]);
  expect(asDouble(readEvents(folder)[2]?.[1]?.[0])).toBe(1234.5);
});

test("several numbers in one diagram are runs of their own", () => {
  const writer = new SummaryWriter(folder);
  writer.addScalars("loss/both", { train: 1, test: 2 }, 5);
  writer.close();
  expect(
    readdirSync(folder)
      .filter((name) => statSync(join(folder, name)).isDirectory())
      .sort(),
  ).toEqual(["loss_both_test", "loss_both_train"]);
  expect(
    readValues(join(folder, "loss_both_test")).map(({ step, tag, value }) => [step, tag, asFloat(value[2]?.[0])]),
  ).toEqual([[5, "loss/both", 2]]);
});

describe("histograms", () => {
  const read = (values: number[], bins?: number) => {
    const writer = new SummaryWriter(folder);
    writer.addHistogram("h", values, 0, { bins });
    writer.close();
    const histogram = asMessage(readValues(folder)[0]?.value[5]?.[0]);
    const [min, max, num, sum, squares] = [1, 2, 3, 4, 5].map((field) => asDouble(histogram[field]?.[0]));
    return { min, max, num, sum, squares, limits: asDoubles(histogram[6]?.[0]), counts: asDoubles(histogram[7]?.[0]) };
  };

  test("hold the sums, and every value in its bucket", () => {
    const values = Array.from({ length: 500 }, (_, i) => Math.sin(i) * 10 ** (i % 4));
    const { limits, counts, ...sums } = read(values);
    expect(sums.num).toBe(500);
    expect(sums.min).toBeCloseTo(Math.min(...values), 3);
    expect(sums.max).toBeCloseTo(Math.max(...values), 3);
    expect(sums.sum).toBeCloseTo(
      values.reduce((a, b) => a + b),
      2,
    );
    expect((sums.squares as number) / values.reduce((a, b) => a + b * b, 0)).toBeCloseTo(1, 5);
    expect(limits).toHaveLength(counts.length);
    expect(counts[0]).toBe(0);
    const single = values.map(Math.fround);
    for (let i = 1; i < limits.length; i++) {
      const [low = 0, high = 0] = [limits[i - 1], limits[i]];
      expect(counts[i], `${low} … ${high}`).toBe(single.filter((value) => value >= low && value < high).length);
    }
    expect(counts.at(-1)).toBeGreaterThan(0);
  });

  test("of equal buckets are NumPy's", () => {
    // numpy.histogram([1, 2, 2, 4, 5], bins=4): counts 1 2 0 2, edges 1 2 3 4 5.
    const { limits, counts } = read([1, 2, 2, 4, 5], 4);
    expect(counts).toEqual([0, 1, 2, 0, 2]);
    expect(limits).toEqual([1, 2, 3, 4, 5]);
  });

  test("refuse what has no place", () => {
    const writer = new SummaryWriter(folder);
    expect(() => writer.addHistogram("h", [])).toThrow(/no element/);
    expect(() => writer.addHistogram("h", [1, Number.NaN])).toThrow(/not finite/);
    writer.close();
  });
});

describe("images", () => {
  /** Pixels of a PNG without filters, row by row. */
  function decode(png: Uint8Array): { width: number; height: number; type: number; pixels: number[][] } {
    const file = Buffer.from(png);
    expect(file.subarray(0, 8).toString("hex")).toBe("89504e470d0a1a0a");
    const [width, height, type] = [file.readUInt32BE(16), file.readUInt32BE(20), file[25] as number];
    const start = file.indexOf("IDAT") + 4;
    const rows = inflateSync(file.subarray(start, start + file.readUInt32BE(start - 8)));
    const stride = rows.length / height;
    return {
      width,
      height,
      type,
      pixels: Array.from({ length: height }, (_, y) => [...rows.subarray(y * stride + 1, (y + 1) * stride)]),
    };
  }
  const images = (add: (writer: SummaryWriter) => void) => {
    const writer = new SummaryWriter(folder);
    add(writer);
    writer.close();
    return readValues(folder).map(({ value }) => {
      const image = asMessage(value[4]?.[0]);
      expect(Number(image[1]?.[0])).toBe(decode(image[4]?.[0] as Uint8Array).height);
      return decode(image[4]?.[0] as Uint8Array);
    });
  };

  test("are PNG, from floats in 0 … 1 or bytes, in any order of dimensions", () => {
    const [chw, hwc, grey] = images((writer) => {
      writer.addImage("a", [[[0, 1]], [[0.5, 2]], [[-1, 0.25]]], 0);
      writer.addImage("b", tensor(new Uint8Array([1, 2, 3, 4, 5, 6])).reshape(2, 1, 3), 0, { dataformats: "HWC" });
      writer.addImage("c", [[0, 0.5]], 0, { dataformats: "HW" });
    });
    expect(chw).toEqual({ width: 2, height: 1, type: 2, pixels: [[0, 127, 0, 255, 255, 63]] });
    expect(hwc).toEqual({
      width: 1,
      height: 2,
      type: 2,
      pixels: [
        [1, 2, 3],
        [4, 5, 6],
      ],
    });
    expect(grey).toEqual({ width: 2, height: 1, type: 0, pixels: [[0, 127]] });
  });

  test("stand in rows of eight with addImages", () => {
    const bytes = tensor(Uint8Array.from({ length: 9 }, (_, i) => i + 1));
    const [grid, last] = images((writer) => {
      writer.addImages("a", bytes.reshape(9, 1, 1, 1), 0);
      writer.addImages("b", bytes.slice(0, 0, 6).reshape(2, 1, 1, 3), 0, { dataformats: "NHWC" });
    });
    expect(grid).toMatchObject({ width: 8, height: 2, type: 0 });
    expect(grid?.pixels).toEqual([
      [1, 2, 3, 4, 5, 6, 7, 8],
      [9, 0, 0, 0, 0, 0, 0, 0],
    ]);
    expect(last?.pixels).toEqual([[1, 2, 3, 4, 5, 6]]);
    using writer = new SummaryWriter(folder);
    expect(() => writer.addImages("c", ones(2, 2))).toThrow("[addImages] size of input tensor and input format");
  });

  test("stand side by side when they are many", () => {
    const [row] = images((writer) =>
      writer.addImage("a", tensor(new Uint8Array([1, 2, 3, 4])).reshape(2, 1, 2, 1), 0, { dataformats: "NCHW" }),
    );
    expect(row?.pixels).toEqual([
      [1, 3],
      [2, 4],
    ]);
  });

  test("of another form are refused", () => {
    const writer = new SummaryWriter(folder);
    expect(() => writer.addImage("a", ones(2, 2))).toThrow(/input_format: CHW/);
    expect(() => writer.addImage("a", ones(2, 2, 2))).toThrow(/expected 1, 3 or 4 channels, but got 2/);
    writer.close();
  });
});

test("text, and hyperparameters with their metrics", () => {
  const writer = new SummaryWriter(folder);
  writer.addText("notes", "**äöü**", 4);
  writer.addHparams({ lr: 0.1, optimizer: "adam", bn: true }, { accuracy: 0.9 }, { runName: "one" });
  writer.close();
  const [text] = readValues(folder);
  expect([text?.step, text?.tag]).toEqual([4, "notes/text_summary"]);
  expect(asText(asMessage(asMessage(text?.value[9]?.[0])[1]?.[0])[1]?.[0])).toBe("text");
  const content = asMessage(text?.value[8]?.[0]);
  expect([Number(content[1]?.[0]), asText(content[8]?.[0])]).toEqual([7, "**äöü**"]);

  const entries = readValues(join(folder, "one"));
  expect(entries.map(({ tag }) => tag)).toEqual([
    "_hparams_/experiment",
    "_hparams_/session_start_info",
    "_hparams_/session_end_info",
    "accuracy",
  ]);
  const plugin = asMessage(asMessage(entries[1]?.value[9]?.[0])[1]?.[0]);
  expect(asText(plugin[1]?.[0])).toBe("hparams");
  const start = asMessage(asMessage(plugin[2]?.[0])[3]?.[0]);
  const hparams = Object.fromEntries(
    (start[1] ?? []).map((bytes) => {
      const entry = asMessage(bytes);
      const value = asMessage(entry[2]?.[0]);
      return [
        asText(entry[1]?.[0]),
        value[2] ? asDouble(value[2][0]) : value[3] ? asText(value[3][0]) : value[4]?.[0] === 1n,
      ];
    }),
  );
  expect(hparams).toEqual({ lr: 0.1, optimizer: "adam", bn: true });
});

test("the graph has the operations under their modules, and the parameters", () => {
  class Net extends nn.Module {
    fc1 = new nn.Linear(4, 3);
    fc2 = new nn.Linear(3, 2);
    forward(x: import("tapegrad").Tensor) {
      return this.fc2.forward(this.fc1.forward(x).relu());
    }
  }
  const writer = new SummaryWriter(folder);
  writer.addGraph(new Net(), randn(5, 4));
  writer.close();
  const graph = asMessage(readEvents(folder)[1]?.[4]?.[0]);
  const nodes = (graph[1] ?? []).map((bytes) => {
    const node = asMessage(bytes);
    return { name: asText(node[1]?.[0]), op: asText(node[2]?.[0]), input: (node[3] ?? []).map(asText) };
  });
  const names = new Set(nodes.map(({ name }) => name));
  expect([...names]).toEqual(
    expect.arrayContaining(["Net/fc1/weight", "Net/fc1/bias", "Net/fc2/weight", "output/output.1"]),
  );
  expect(nodes.find(({ op }) => op === "Relu")?.name).toMatch(/^Net\/relu_/);
  const products = nodes.filter(({ op }) => op === "Addmm").map(({ name }) => name.replace(/_\d+$/, ""));
  expect(products.sort()).toEqual(["Net/fc1/addmm", "Net/fc2/addmm"]);
  for (const { input } of nodes) for (const name of input) expect(names).toContain(name);
});

describe("a process", () => {
  const program = (body: string): string => `
    import { SummaryWriter } from "tapegrad/tensorboard";
    const writer = new SummaryWriter(${JSON.stringify(folder)}, { maxQueue: 100 });
    ${body}`;
  const run = (body: string) =>
    spawnSync(
      process.execPath,
      ["--conditions=tapegrad-source", "--expose-gc", "--input-type=module", "-e", program(body)],
      {
        encoding: "utf8",
      },
    );

  test("that ends by itself has written everything", () => {
    const { stderr } = run("for (let i = 0; i < 250; i++) writer.addScalar('x', i, i);");
    expect(stderr).toBe("");
    expect(readValues(folder)).toHaveLength(250);
  });

  test("that is killed loses at most what waited, and the file can be read", () => {
    run(
      "for (let i = 0; i < 250; i++) writer.addScalar('x', i, i); process.kill(process.pid, 'SIGKILL'); setInterval(() => {}, 1000);",
    );
    const values = readValues(folder);
    expect(values.length).toBeGreaterThanOrEqual(199);
    expect(values.map(({ step }) => step)).toEqual(values.map((_, i) => i));
  });

  test("that writes a million numbers does not grow", () => {
    const { stdout } = run(
      `
      const used = () => { gc(); return process.memoryUsage().heapUsed + process.memoryUsage().external; };
      for (let i = 0; i < 1e5; i++) writer.addScalar('x', i, i);
      const before = used();
      for (let i = 1e5; i < 1e6; i++) writer.addScalar('x', i, i);
      console.log(used() - before);`,
    );
    expect(Number(stdout)).toBeLessThan(8e6);
    expect(statSync(join(folder, readdirSync(folder)[0] as string)).size).toBeGreaterThan(3e7);
  });

  test("can be watched: what is flushed is there", () => {
    const writer = new SummaryWriter(folder);
    writer.addScalar("x", 1, 1);
    expect(readValues(folder)).toHaveLength(0);
    writer.flush();
    expect(readValues(folder)).toHaveLength(1);
    writer.close();
    writer.addScalar("x", 2, 2);
    writer.close();
    expect(readValues(folder)).toHaveLength(2);
  });
});

test("Keras's callback writes each epoch's values, and histograms of the weights", async () => {
  const model = new keras.Sequential([keras.layers.Dense(1, { inputShape: [1] })]);
  model.compile({ optimizer: "sgd", loss: "mse", metrics: ["mae"] });
  const board = keras.callbacks.TensorBoard({ logDir: folder, histogramFreq: 1, updateFreq: "batch" });
  const history = await model.fit([[1], [2]], [1, 2], {
    batchSize: 1,
    epochs: 2,
    validationSplit: 0.5,
    callbacks: [board],
    verbose: 0,
  });
  const scalars = (name: string) =>
    readValues(join(folder, name))
      .filter(({ value }) => value[2])
      .map(({ step, tag, value }) => `${tag} ${step} ${asFloat(value[2]?.[0]).toFixed(4)}`);
  const { loss = [], val_mae = [] } = history.history;
  expect(scalars("train")).toEqual(
    expect.arrayContaining([
      `epoch_loss 1 ${loss[1]?.toFixed(4)}`,
      "epoch_learning_rate 0 0.0100",
      `batch_loss 1 ${loss[0]?.toFixed(4)}`,
    ]),
  );
  expect(scalars("validation")).toContain(`epoch_mae 1 ${val_mae[1]?.toFixed(4)}`);
  expect(readValues(join(folder, "train")).map(({ tag }) => tag)).toContain("dense/kernel/histogram");
  expect(existsSync(join(folder, "validation"))).toBe(true);
});

describe("addFigure", () => {
  test("keeps an SVG as it is, with its size", () => {
    const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="30" height="20.4"></svg>';
    const writer = new SummaryWriter({ logDir: folder });
    writer.addFigure("curves", svg, { globalStep: 3 });
    writer.addFigure("curves", '<?xml version="1.0"?>\n<svg viewBox="0 0 7 5"></svg>', 4);
    writer.close();
    const file = readFileSync(writer.path ?? join(folder, readdirSync(folder)[0] ?? ""), "latin1");
    expect(file).toContain(svg);
    // Fields 1 and 2 of the image are its height and width.
    expect(file).toContain("\x08\x14\x10\x1e");
    expect(file).toContain("\x08\x05\x10\x07");
  });

  test("refuses what is no SVG, and one without a size", () => {
    const writer = new SummaryWriter(folder);
    expect(() => writer.addFigure("curves", "plot.png")).toThrow(
      '[addFigure] expected an SVG, which begins with "<svg"',
    );
    expect(() => writer.addFigure("curves", "<svg></svg>")).toThrow("[addFigure] the SVG has neither a width");
    writer.close();
  });
});
