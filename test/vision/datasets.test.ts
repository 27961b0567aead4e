/** @file Datasets of images from small files that the tests write. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { deflateSync, gzipSync } from "node:zlib";
import { afterAll, describe, expect, test } from "vitest";
import { DataLoader } from "../../src/entry/data.ts";
import { ones, type Tensor, tensor } from "../../src/entry/index.ts";
import { datasets, io, transforms } from "../../src/entry/vision.ts";
import { decodeToArray } from "../../src/vision/image-files.ts";
import { decoded, goldens } from "../golden/vision.ts";

const folder = mkdtempSync(join(tmpdir(), "tapegrad-datasets-"));
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, bytes: Uint8Array | string): void {
  const file = join(folder, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, bytes);
}

const png = (value: number, rows = 2, columns = 3): Uint8Array =>
  io.encodePng(ones(3, rows, columns).mul(value).to("uint8"));

describe("FakeData", () => {
  test("has torchvision's images", () => {
    const transform = new transforms.PILToTensor();
    const fake = new datasets.FakeData(4, [3, 4, 3], 5, { transform, randomOffset: 2 });
    for (const [i, golden] of goldens.fakes.entries()) {
      const [image, label] = fake.get(i);
      expect(image.equal(decoded(golden.image))).toBe(true);
      expect(label).toBe(golden.label);
    }
    expect(fake.length).toBe(4);
    expect(() => fake.get(4)).toThrow("[FakeData.get] index 4 is out of bounds");
  });
});

describe("ImageFolder", () => {
  write("pets/dog/b.png", png(20));
  write("pets/dog/a.JPG", io.encodeJpeg(ones(3, 8, 8).mul(40).to("uint8")));
  write("pets/cat/young/c.png", png(30));
  write("pets/cat/z.png", png(10));
  write("pets/cat/notes.txt", "no image");

  test("numbers folders by their names, and goes through files in torchvision's order", () => {
    const set = new datasets.ImageFolder(join(folder, "pets"));
    expect(set.classes).toEqual(["cat", "dog"]);
    expect(set.classToIdx).toEqual({ cat: 0, dog: 1 });
    const names = set.samples.map(([path, label]) => [path.slice(folder.length + 6), label]);
    expect(names).toEqual([
      ["cat/z.png", 0],
      ["cat/young/c.png", 0],
      ["dog/a.JPG", 1],
      ["dog/b.png", 1],
    ]);
    expect([set.length, set.targets, set.imgs]).toEqual([4, [0, 0, 1, 1], set.samples]);
    const [image, label] = set.get(-1);
    expect([image.shape, image.dtype, label]).toEqual([[3, 2, 3], "float32", 1]);
    expect(image.at(0, 0, 0).itemSync()).toBeCloseTo(20 / 255, 6);
  });

  test("takes transforms by position", () => {
    const set = new datasets.ImageFolder(join(folder, "pets"), new transforms.PILToTensor(), (label) => -label);
    expect([set.get(-1)[0].dtype, set.get(-1)[1]]).toEqual(["uint8", -1]);
    const fake = new datasets.FakeData(2, [3, 4, 4], 10, new transforms.PILToTensor());
    expect(fake.get(0)[0].dtype).toBe("uint8");
  });

  test("goes through transforms and a loader", async () => {
    const { CenterCrop, Compose, Normalize, Resize, ToTensor } = transforms;
    const transform = new Compose([new Resize(4), new CenterCrop(4), new ToTensor(), new Normalize(0, 0.5)]);
    const set = new datasets.ImageFolder(join(folder, "pets"), { transform, targetTransform: (label) => label + 10 });
    for await (const [images, labels] of new DataLoader(set, { batchSize: 4 })) {
      expect(images.shape).toEqual([4, 3, 4, 4]);
      expect(labels.toArraySync()).toEqual([10, 10, 11, 11]);
    }
    expect(String(set)).toContain("Dataset ImageFolder\n    Number of datapoints: 4\n    Root location:");
  });

  test("says what is wrong", () => {
    const root = join(folder, "pets");
    expect(() => new datasets.ImageFolder(join(folder, "nothing"))).toThrow("cannot be read");
    expect(() => new datasets.ImageFolder(join(root, "dog"))).toThrow("Couldn't find any class folder in");
    write("empty/one/readme.txt", "");
    expect(() => new datasets.ImageFolder(join(folder, "empty"))).toThrow(
      "Found no valid file for the classes one. Supported extensions are: .jpg, .jpeg, .png",
    );
    const all = new datasets.ImageFolder(root, { isValidFile: () => true });
    expect(() => all.get(0)).toThrow(/Only jpeg and png are currently supported\. File: .*notes\.txt/);
    // @ts-expect-error a misspelt option
    expect(() => new datasets.ImageFolder(root, { transfrom: null })).toThrow('unknown option "transfrom"');
  });

  test("DatasetFolder has a loader and extensions of its own", () => {
    const gray = (path: string): transforms.Image => decodeToArray(png(path.length), "gray");
    const set = new datasets.DatasetFolder<Tensor>(join(folder, "pets"), gray, [".txt", ".png", ".jpg"]);
    expect([set.length, set.get(0)[0].shape]).toEqual([5, [1, 2, 3]]);
  });
});

/** A batch of two images as Python 2 pickled it: strings of bytes, protocol 2. */
function pythonTwoBatch(): Uint8Array {
  const text = (value: string): Uint8Array => Uint8Array.from(value, (char) => char.charCodeAt(0));
  const pixels = Uint8Array.from({ length: 2 * 3072 }, (_, i) => (i * 7) % 256);
  const size = new Uint8Array(new Uint32Array([pixels.length]).buffer);
  return Buffer.concat([
    text("\x80\x02}q\x01(U\x06labelsq\x02]q\x03(K\x03K\x05eU\x04dataq\x04"),
    text("cnumpy.core.multiarray\n_reconstruct\nq\x05cnumpy\nndarray\nq\x06K\x00\x85q\x07U\x01bq\x08\x87q\x09Rq\x0a"),
    text("(K\x01K\x02M\x00\x0c\x86q\x0bcnumpy\ndtype\nq\x0cU\x02u1q\x0dK\x00K\x01\x87q\x0eRq\x0f"),
    text("(K\x03U\x01|q\x10NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tbI00\nT"),
    size,
    pixels,
    text("tbu."),
  ]);
}

/** A tar archive of one file. */
function tar(name: string, bytes: Uint8Array): Uint8Array {
  const header = new Uint8Array(512);
  header.set(new TextEncoder().encode(name));
  header.set(new TextEncoder().encode(bytes.length.toString(8).padStart(11, "0")), 124);
  header[156] = 0x30;
  return Buffer.concat([header, bytes, new Uint8Array(512 - (bytes.length % 512)), new Uint8Array(1024)]);
}

describe("CIFAR10", () => {
  const batch = pythonTwoBatch();
  for (let i = 1; i <= 5; i++) write(`python/cifar-10-batches-py/data_batch_${i}`, batch);
  write("python/cifar-10-batches-py/test_batch", batch);

  test("reads the pickles of Python 2", () => {
    const set = new datasets.CIFAR10({ root: join(folder, "python") });
    expect(new datasets.CIFAR10(join(folder, "python"), { train: false }).length).toBe(2);
    expect([set.length, set.targets.slice(0, 3), set.classes[3]]).toEqual([10, [3, 5, 3], "cat"]);
    expect(set.data.shape).toEqual([10, 32, 32, 3]);
    const [image, label] = set.get(1);
    expect([image.shape, label]).toEqual([[3, 32, 32], 5]);
    expect(image.at(2, 1, 4).itemSync()).toBeCloseTo((((3072 + 2 * 1024 + 32 + 4) * 7) % 256) / 255, 6);
    expect(set.data.at(1, 1, 4, 2).itemSync()).toBe(((3072 + 2 * 1024 + 32 + 4) * 7) % 256);
    expect(String(set)).toContain("Split: Train");
  });

  test.each(goldens.pickles.map((pickle, i) => [i + 2, pickle] as const))(
    "reads pickles of protocol %i",
    (i, pickle) => {
      const root = `protocol${i}`;
      write(`${root}/cifar-10-batches-py/test_batch`, Buffer.from(pickle, "base64"));
      const set = new datasets.CIFAR10({ root: join(folder, root), train: false });
      expect([set.length, set.targets]).toEqual([1, [7]]);
      const expected = Uint8Array.from({ length: 3072 }, (_, k) => Math.floor((k % 256) / 16));
      const planes = set.data.permute(0, 3, 1, 2).flatten();
      expect(planes.equal(tensor(expected))).toBe(true);
    },
  );

  test("whole batches are those of single images", async () => {
    const { Compose, Normalize, ToTensor } = transforms;
    const transform = new Compose([new ToTensor(), new Normalize(0.5, 0.5)]);
    const set = new datasets.CIFAR10({ root: join(folder, "python"), train: false, transform });
    for await (const [images, labels] of new DataLoader(set, { batchSize: 2 })) {
      expect(images.select(0, 1).equal(set.get(1)[0])).toBe(true);
      expect(labels.toArraySync()).toEqual([3, 5]);
    }
  });

  test("reads the binary files, and archives", () => {
    const record = new Uint8Array(3073).fill(9);
    write("binary/cifar-10-batches-bin/test_batch.bin", record);
    const set = new datasets.CIFAR10({ root: join(folder, "binary"), train: false });
    expect([set.length, set.targets, set.get(0)[0].mean().itemSync()]).toEqual([1, [9], expect.closeTo(9 / 255, 6)]);
    write("archive/cifar-10-python.tar.gz", gzipSync(tar("cifar-10-batches-py/test_batch", batch)));
    expect(new datasets.CIFAR10({ root: join(folder, "archive"), train: false }).length).toBe(2);
    expect(() => new datasets.CIFAR10({ root: join(folder, "archive") })).toThrow(
      "it has no file cifar-10-batches-py/data_batch_1",
    );
  });

  test("CIFAR-100 has fine labels", () => {
    const record = new Uint8Array(3074).fill(1);
    record[1] = 99;
    write("hundred/cifar-100-binary/test.bin", record);
    const set = new datasets.CIFAR100({ root: join(folder, "hundred"), train: false });
    expect([set.targets, set.classes[99], set.classes.length]).toEqual([[99], "worm", 100]);
  });

  test("says what is missing or damaged", async () => {
    expect(() => new datasets.CIFAR10({ root: folder })).toThrow(
      "[datasets.CIFAR10] Dataset not found or corrupted. You can use download: true",
    );
    write("half/cifar-10-batches-py/data_batch_1", batch);
    expect(() => new datasets.CIFAR10({ root: join(folder, "half") })).toThrow("has no file data_batch_2");
    write("cut/cifar-10-batches-py/test_batch", batch.subarray(0, 400));
    expect(() => new datasets.CIFAR10({ root: join(folder, "cut"), train: false })).toThrow(
      "test_batch: the pickle is truncated",
    );
    write("evil/cifar-10-batches-py/test_batch", Buffer.from("\x80\x02cos\nsystem\nU\x02ls\x85R.", "latin1"));
    expect(() => new datasets.CIFAR10({ root: join(folder, "evil"), train: false })).toThrow(
      "the pickle calls os.system",
    );
    const mirrors = ["http://127.0.0.1:9/"];
    await expect(datasets.CIFAR10.load({ root: join(folder, "none"), download: true, mirrors })).rejects.toThrow(
      "could not be downloaded",
    );
  });
});

describe("EMNIST", () => {
  const idx = (type: number, sizes: readonly number[], values: readonly number[]): Uint8Array =>
    Uint8Array.from([0, 0, 8, type, ...sizes.flatMap((size) => [0, 0, 0, size]), ...values]);
  const pixels = Array.from({ length: 8 }, (_, i) => i * 30);
  write("emnist/EMNIST/raw/emnist-letters-train-images-idx3-ubyte", idx(3, [2, 2, 2], pixels));
  write("emnist/EMNIST/raw/emnist-letters-train-labels-idx1-ubyte.gz", gzipSync(idx(1, [2], [1, 26])));

  test("has splits, each with its classes", async () => {
    const root = join(folder, "emnist");
    const set = await datasets.EMNIST.load(root, { split: "letters" });
    expect([set.length, set.split, set.classes[26], set.get(1)[1]]).toEqual([2, "letters", "z", 26]);
    expect(set.get(1)[0].at(0, 1, 1).itemSync()).toBeCloseTo(210 / 255, 6);
    expect(datasets.EMNIST.splits.balanced.length).toBe(47);
    expect(new datasets.EMNIST({ root, split: "letters" }).trainLabels.toArraySync()).toEqual([1, 26]);
    expect(() => new datasets.EMNIST({ root, split: "letters", train: false })).toThrow(
      "Looked for emnist-letters-test-images-idx3-ubyte(.gz)",
    );
    // @ts-expect-error an unknown split
    expect(() => new datasets.EMNIST({ root, split: "all" })).toThrow(
      "[datasets.EMNIST] split should be one of byclass",
    );
    expect(() => new datasets.MNIST(root, { root })).toThrow('got multiple values for argument "root"');
  });
});

describe("Food101", () => {
  test("lists the images of a split by their classes", () => {
    write(
      "food/food-101/meta/train.json",
      JSON.stringify({ waffles: ["waffles/2"], churros: ["churros/7", "churros/1"] }),
    );
    write("food/food-101/images/churros/1.jpg", io.encodeJpeg(ones(3, 8, 8).mul(40).to("uint8")));
    const set = new datasets.Food101(join(folder, "food"), { transform: new transforms.PILToTensor(), download: true });
    expect([set.length, set.classes, set.classToIdx.waffles]).toEqual([3, ["churros", "waffles"], 1]);
    const [image, label] = set.get(2);
    expect([image.shape, label]).toEqual([[3, 8, 8], 0]);
    expect(() => set.get(0)).toThrow(/there is no file .*2\.jpg/);
    expect(() => new datasets.Food101(join(folder, "food"), "test")).toThrow("[datasets.Food101] Dataset not found");
    expect(String(set)).toContain("split=train");
  });
});

describe("CocoDetection", () => {
  test("gives images with their annotations", () => {
    const content = {
      images: [
        { id: 9, file_name: "b.png" },
        { id: 4, file_name: "a.png" },
      ],
      annotations: [
        { id: 1, image_id: 9, category_id: 3, bbox: [1, 2, 3, 4] },
        { id: 2, image_id: 9, category_id: 3, bbox: [0, 0, 1, 1] },
      ],
      categories: [{ id: 3, name: "cat" }],
    };
    write("coco/objects.json", JSON.stringify(content));
    write("coco/images/a.png", png(50));
    write("coco/images/b.png", png(60));
    const file = join(folder, "coco/objects.json");
    const set = new datasets.CocoDetection(join(folder, "coco/images"), file);
    expect([set.length, set.ids, set.categories]).toEqual([2, [4, 9], content.categories]);
    const [image, objects] = set.get(1);
    expect(image.at(0, 0, 0).itemSync()).toBeCloseTo(60 / 255, 6);
    expect(objects).toEqual(content.annotations);
    expect(set.get(0)[1]).toEqual([]);
    const targetTransform = (list: readonly datasets.CocoAnnotation[]): number => list.length;
    const counted = new datasets.CocoDetection(join(folder, "coco/images"), file, { targetTransform });
    expect(counted.get(-1)[1]).toBe(2);
    write("coco/broken.json", "{");
    const broken = (name: string) => () => new datasets.CocoDetection(folder, join(folder, "coco", name));
    expect(broken("broken.json")).toThrow("is no JSON file");
    expect(broken("none.json")).toThrow("[CocoDetection] Dataset not found");
    write("coco/other.json", "[]");
    expect(broken("other.json")).toThrow('expected lists "images" with id and file_name');
  });
});

describe("SVHN", () => {
  /** An element of a MATLAB file: a tag, its bytes, and padding to eight. */
  function element(type: number, bytes: Uint8Array): number[] {
    const tag = [type, 0, 0, 0, ...new Uint8Array(Uint32Array.of(bytes.length).buffer)];
    return [...tag, ...bytes, ...new Array<number>((8 - (bytes.length % 8)) % 8).fill(0)];
  }

  function matrix(name: string, kind: number, shape: readonly number[], type: number, data: Uint8Array): number[] {
    const flags = element(6, Uint8Array.of(kind, 0, 0, 0, 0, 0, 0, 0));
    const sizes = element(5, new Uint8Array(Int32Array.from(shape).buffer));
    // Names of up to four letters stand in the tag.
    const label = [
      1,
      0,
      name.length,
      0,
      ...new TextEncoder().encode(name),
      ...new Array<number>(4 - name.length).fill(0),
    ];
    return element(14, Uint8Array.from([...flags, ...sizes, ...label, ...element(type, data)]));
  }

  const pixels = Uint8Array.from({ length: 2 * 3072 }, (_, i) => (i * 7) % 251);
  const header = [...new Array<number>(124).fill(32), 0, 1, 0x49, 0x4d];
  const images = matrix("X", 9, [32, 32, 3, 2], 2, pixels);
  const root = mkdtempSync(join(tmpdir(), "tapegrad-svhn-"));
  afterAll(() => rmSync(root, { recursive: true }));

  test("reads MATLAB's files, compressed and not, bytes and doubles", () => {
    const zipped = deflateSync(Uint8Array.from(images));
    const length = [...new Uint8Array(Uint32Array.of(zipped.length).buffer)];
    const doubles = matrix("y", 6, [2, 1], 9, new Uint8Array(Float64Array.of(10, 3).buffer));
    const bytes = matrix("y", 6, [2, 1], 2, Uint8Array.of(10, 3));
    writeFileSync(
      join(root, "train_32x32.mat"),
      Uint8Array.from([...header, 15, 0, 0, 0, ...length, ...zipped, ...bytes]),
    );
    writeFileSync(join(root, "test_32x32.mat"), Uint8Array.from([...header, ...images, ...doubles]));
    for (const split of ["train", "test"] as const) {
      const set = new datasets.SVHN({ root, split });
      expect([set.length, set.labels, set.split]).toEqual([2, [0, 3], split]);
      const [image, label] = set.get(1);
      expect([image.shape, label]).toEqual([[3, 32, 32], 3]);
      // Row 4, column 9, channel 2 of the second image, whose columns follow each other in the file.
      expect(image.at(2, 4, 9).itemSync()).toBeCloseTo((pixels[3072 + 2048 + 9 * 32 + 4] as number) / 255, 6);
    }
    expect(String(new datasets.SVHN({ root }))).toContain("Split: train");
  });

  test("says what is missing or damaged", () => {
    expect(() => new datasets.SVHN({ root, split: "extra" })).toThrow(
      /extra_32x32\.mat: Dataset not found or corrupted/,
    );
    writeFileSync(join(root, "extra_32x32.mat"), Uint8Array.from([...header, ...images]));
    expect(() => new datasets.SVHN({ root, split: "extra" })).toThrow("it has no images X with labels y");
    writeFileSync(join(root, "extra_32x32.mat"), Uint8Array.from([...header, ...images.slice(0, 90)]));
    expect(() => new datasets.SVHN({ root, split: "extra" })).toThrow("it ends within an element");
    writeFileSync(join(root, "extra_32x32.mat"), new Uint8Array(200));
    expect(() => new datasets.SVHN({ root, split: "extra" })).toThrow("it is no MATLAB file of level 5");
  });
});
