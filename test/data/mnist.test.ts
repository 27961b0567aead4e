/** @file datasets.MNIST: the real files, where they are looked for, batches, downloads, and what is wrong with others. */
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { describe, expect, expectTypeOf, onTestFinished, test } from "vitest";
import { DataError } from "../../src/core/errors.ts";
import { loadMnist, loadMnistSync, readImagesSync, readLabels, readLabelsSync } from "../../src/data/mnist-reader.ts";
import { type ByteArray, DataLoader, datasets, defaultCollate, randomSplit, transforms } from "../../src/entry/data.ts";
import { manualSeed } from "../../src/tensor/random/generator.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { golden } from "../golden/loader.ts";
import { folderWith, idx, idxImages, idxLabels, pixels, smallSet } from "./fixtures.ts";

const { FashionMNIST, KMNIST, MNIST } = datasets;

/** A set of its own, so that no npm package answers for it and downloads can be small. */
const files: Readonly<Record<string, Uint8Array>> = Object.fromEntries(
  Object.entries({ ...smallSet("train", 6), ...smallSet("t10k", 3) }).map(([name, data]) => [
    `${name}.gz`,
    gzipSync(data),
  ]),
);
class Tiny<Image = Tensor, Target = number> extends MNIST<Image, Target> {
  static override readonly folder: string = "Tiny";
  static override readonly npmPackage: string | undefined = undefined;
  static override readonly resources = Object.entries(files).map(([name, bytes]) => ({
    name,
    size: bytes.length,
    sha256: createHash("sha256").update(bytes).digest("hex"),
  }));
}

/** Tiny's images as floats: pixel j of image i is ((7·i + 3·j) mod 256) / 255. */
function expectedImages(rows: readonly number[]): number[] {
  const all = pixels(6, 784);
  return rows.flatMap((i) => Array.from(all.subarray(i * 784, (i + 1) * 784), (byte) => Math.fround(byte / 255)));
}

describe("the real MNIST, from the npm package", () => {
  const train = new MNIST();
  const testing = new MNIST({ train: false });

  test("has 60,000 and 10,000 images in ten classes", () => {
    expect([train.length, testing.length]).toEqual([60000, 10000]);
    expect([train.data.dtype, train.data.shape]).toEqual(["uint8", [60000, 28, 28]]);
    expect([train.targets.dtype, train.targets.shape]).toEqual(["int32", [60000]]);
    expect(train.targets.slice(0, 0, 10).toArraySync()).toEqual([5, 0, 4, 1, 9, 2, 1, 3, 1, 4]);
    expect(train.classes[7]).toBe("7 - seven");
    expect(train.classToIdx["9 - nine"]).toBe(9);
  });

  test("an item is a float32 image [1, 28, 28] from 0 to 1 and a number", () => {
    const [image, label] = train.get(0);
    expectTypeOf(image).toEqualTypeOf<Tensor>();
    expectTypeOf(label).toEqualTypeOf<number>();
    expect([image.dtype, image.shape, label]).toEqual(["float32", [1, 28, 28], 5]);
    // Row 5 of the first digit, columns 12 … 16.
    const bytes = [3, 18, 18, 18, 126];
    expect(image.select(1, 5).slice(1, 12, 17).toArraySync()).toEqual([bytes.map((byte) => Math.fround(byte / 255))]);
    expect(train.get(-1)[1]).toBe(8);
  });

  test("the first shuffled batch holds the images PyTorch's loader picks, whole or one by one", () => {
    const order = golden.mnistOrder[0]?.head as readonly number[];
    for (const collateFn of [undefined, (samples: [Tensor, number][]) => defaultCollate(samples)]) {
      manualSeed(0);
      const loader = new DataLoader(train, { batchSize: 8, shuffle: true, collateFn });
      const [x, y] = loader[Symbol.iterator]().next().value as [Tensor, Tensor];
      expect([x.shape, y.dtype]).toEqual([[8, 1, 28, 28], "int32"]);
      expect(y.toArraySync()).toEqual(order.map((i) => train.get(i)[1]));
      const expected = order.flatMap((i) => Array.from(train.get(i)[0].dataSync()));
      expect(Array.from(x.dataSync())).toEqual(expected);
    }
  });

  test("load gives the same as the constructor", async () => {
    const loaded = await MNIST.load({ train: false });
    expect(loaded.targets.equal(testing.targets)).toBe(true);
    expect(loaded.data.equal(testing.data)).toBe(true);
  });

  test("indices out of range", () => {
    expect(() => train.get(60000)).toThrow("[MNIST.get] index 60000 is out of bounds for dimension 0 with size 60000");
    expect(() => train.getBatch(Int32Array.of(0, 60000))).toThrow("index 60000 is out of bounds");
  });

  test("is printed as torchvision prints it", () => {
    const transform = new transforms.Compose([new transforms.ToTensor(), new transforms.Normalize(0.5, 0.5)]);
    expect(String(new MNIST({ train: false, transform, targetTransform: (label) => label % 2 }))).toBe(
      [
        "Dataset MNIST",
        "    Number of datapoints: 10000",
        "    Root location: data",
        "    Split: Test",
        "    StandardTransform",
        "Transform: Compose(",
        "               ToTensor()",
        "               Normalize(mean=[0.5], std=[0.5])",
        "           )",
        "Target transform: targetTransform",
      ].join("\n"),
    );
  });
});

describe("where files are looked for", () => {
  test("in root, and first of all where torchvision puts them", async () => {
    const root = folderWith(smallSet("train", 4));
    expect(new MNIST({ root }).length).toBe(4);
    mkdirSync(join(root, "MNIST", "raw"), { recursive: true });
    for (const [name, bytes] of Object.entries(smallSet("train", 5))) {
      writeFileSync(join(root, "MNIST", "raw", `${name}.gz`), gzipSync(bytes));
    }
    expect(new MNIST({ root }).length).toBe(5);
    expect((await MNIST.load({ root: pathToFileURL(root) })).length).toBe(5);
    expect(new FashionMNIST({ root }).length).toBe(4);
    expect([new KMNIST({ root }).length, new KMNIST({ root }).classes[8]]).toEqual([4, "re"]);
    await expect(KMNIST.load({ root: folderWith(), download: true })).rejects.toThrow("no mirror to download from");
  });

  test("then in the npm package, for MNIST alone", async () => {
    const root = folderWith();
    expect(new MNIST({ root, train: false }).length).toBe(10000);
    const says = new RegExp(
      `^\\[datasets\\.FashionMNIST\\] Dataset not found\\. You can use download: true to download it: ` +
        `await datasets\\.FashionMNIST\\.load\\(\\{ download: true \\}\\)\\. Looked for train-images-idx3-ubyte\\(\\.gz\\) and ` +
        `train-labels-idx1-ubyte\\(\\.gz\\) in ${join(root, "FashionMNIST", "raw")}, ${root}\\.$`,
    );
    expect(() => new FashionMNIST({ root })).toThrow(says);
    await expect(FashionMNIST.load({ root })).rejects.toThrow(says);
  });

  test("a root that is given must be there, whatever is installed", async () => {
    const root = join(folderWith({ file: new Uint8Array(1) }), "misspelt");
    const says = `[datasets.MNIST] Dataset not found: root ${JSON.stringify(root)}: there is no such folder.`;
    expect(() => new MNIST({ root })).toThrow(says);
    await expect(MNIST.load({ root })).rejects.toThrow(says);
    await expect(MNIST.load({ root: pathToFileURL(root) })).rejects.toThrow(says);
    await expect(Tiny.load({ root })).rejects.toThrow("there is no such folder");
    expect(() => new MNIST({ root: join(root, "../file") })).toThrow("is no folder");
    expect(() => loadMnistSync(root)).toThrow("train-labels-idx1-ubyte(.gz): there is no such folder");
    // With a download the folder is made, or not needed.
    expect((await MNIST.load({ root, train: false, download: true })).length).toBe(10000);
    expect(new MNIST({ root: undefined, train: false }).length).toBe(10000);
  });

  test("a server that answers unknown paths with its index page does not have them", async () => {
    const page = Buffer.from("<!doctype html><title>My app</title>");
    const served = {
      "/mnist/train-images-idx3-ubyte.gz": gzipSync(idxImages(3)),
      "/mnist/train-labels-idx1-ubyte": idxLabels(3),
    };
    const address = await serveByPath((path) => Reflect.get(served, path) ?? page);
    expect((await MNIST.load({ root: `${address}mnist` })).length).toBe(3);
    expect((await loadMnist(`${address}mnist`))[0].shape).toEqual([3, 784]);
    const error = await FashionMNIST.load({ root: `${address}mnist`, train: false }).catch(String);
    expect(error).toContain(`${address}mnist/t10k-images-idx3-ubyte: this is an HTML or XML page`);
    expect(error).toContain("Dataset not found");
    await expect(readLabels(`${address}labels`)).rejects.toThrow("this is an HTML or XML page");
  });

  test("a server that refuses unknown paths, or answers with nothing, does not have them either", async () => {
    const served = {
      "/mnist/train-images-idx3-ubyte.gz": gzipSync(idxImages(3)),
      "/mnist/train-labels-idx1-ubyte": idxLabels(3),
    };
    for (const answer of [403, new Uint8Array(0), Buffer.from("not found")]) {
      const address = await serveByPath((path) => Reflect.get(served, path) ?? answer);
      expect((await MNIST.load({ root: `${address}mnist` })).length).toBe(3);
    }
    const broken = await serveByPath(() => 503);
    await expect(MNIST.load({ root: broken })).rejects.toThrow("cannot be read: the server answered 503");
  });

  test("half a set is a mistake, not a reason to look elsewhere", () => {
    const root = folderWith({ "train-images-idx3-ubyte": idxImages(2) });
    expect(() => new MNIST({ root })).toThrow(/but neither train-labels-idx1-ubyte nor/);
  });

  test("under an address", async () => {
    const served = smallSet("train", 4);
    const address = await serve((name) => served[name]);
    expect((await Tiny.load({ root: address })).length).toBe(4);
    await expect(Tiny.load({ root: address, train: false })).rejects.toThrow(`Looked for t10k-images-idx3-ubyte(.gz)`);
    await expect(Tiny.load({ root: address, download: true })).rejects.toThrow(/downloads need a folder on disk/);
    expect(() => new Tiny({ root: address })).toThrow(/only files on disk can be read at once/);
  });
});

describe("transforms", () => {
  const root = (): string => folderWith(smallSet("train", 6));

  test("Normalize works on whole batches and gives the same as one by one", () => {
    const transform = new transforms.Compose([new transforms.ToTensor(), new transforms.Normalize(0.1307, 0.3081)]);
    const dataset = new Tiny({ root: root(), transform });
    const [x, y] = dataset.getBatch(Int32Array.of(3, 1)) as [Tensor, Tensor];
    expect(x.equal(defaultCollate([dataset.get(3)[0], dataset.get(1)[0]]))).toBe(true);
    expect(y.toArraySync()).toEqual([3, 1]);
  });

  test("functions of one's own see one image at a time, a uint8 ndarray of its own", () => {
    const seen: number[][] = [];
    const transform = (image: ByteArray): number => {
      seen.push(image.shape);
      image.set(0, 0, 99);
      return image.get(0, 1) + image.get(0, 0);
    };
    const dataset = new Tiny({ root: root(), transform });
    expectTypeOf(dataset.get(0)).toEqualTypeOf<[image: number, target: number]>();
    expect(dataset.getBatch(Int32Array.of(0))).toBeUndefined();
    seen.length = 0;
    const loader = new DataLoader(dataset, { batchSize: 4 });
    const batches = Array.from(loader, ([x, y]) => [x.toArraySync(), y.toArraySync()]);
    expect(batches).toEqual([
      [
        [102, 109, 116, 123],
        [0, 1, 2, 3],
      ],
      [
        [130, 137],
        [4, 5],
      ],
    ]);
    expect(seen).toEqual(Array(6).fill([28, 28]));
    expect(dataset.data.select(0, 0).select(0, 0).toArraySync<number[]>()[0]).toBe(0);
  });

  test("a Lambda in a chain takes the samples one by one", () => {
    const transform = new transforms.Compose([new transforms.ToTensor(), new transforms.Lambda((x) => x.flatten())]);
    const dataset = new Tiny({ root: root(), transform });
    expect(dataset.getBatch(Int32Array.of(0))).toBeUndefined();
    const [[x]] = [...new DataLoader(dataset, { batchSize: 6 })] as [[Tensor, Tensor]];
    expect(x.shape).toEqual([6, 784]);
    expect(Array.from(x.dataSync())).toEqual(expectedImages([0, 1, 2, 3, 4, 5]));
  });

  test("targetTransform changes labels, also in whole batches", () => {
    const dataset = new Tiny({ root: root(), targetTransform: (label) => label === 3 });
    expectTypeOf(dataset.get(0)).toEqualTypeOf<[image: Tensor, target: boolean]>();
    expect(dataset.get(3)[1]).toBe(true);
    const [x, y] = dataset.getBatch(Int32Array.of(3, 4)) as [Tensor, Tensor];
    expect([x.shape, y.dtype, y.toArraySync()]).toEqual([[2, 1, 28, 28], "bool", [true, false]]);
  });

  test("subsets make whole batches too; a get of one's own does not", () => {
    class Inverted extends Tiny {
      override get(index: number): [Tensor, number] {
        const [image, label] = super.get(index);
        return [image.neg().add(1), label];
      }
    }
    const plain = new Tiny({ root: root() });
    const [part] = randomSplit(plain, [2, 4]) as [ReturnType<typeof randomSplit<[Tensor, number]>>[number]];
    const [x] = part.getBatch(Int32Array.of(1, 0)) as [Tensor, Tensor];
    expect(Array.from(x.dataSync())).toEqual(expectedImages([part.indices[1] as number, part.indices[0] as number]));
    expect(new Inverted({ root: root() }).getBatch(Int32Array.of(0))).toBeUndefined();
  });
});

/** A server of files by name, for as long as the test runs. */
function serve(find: (name: string) => Uint8Array | undefined): Promise<string> {
  return serveByPath((path) => find(path.split("/").at(-1) ?? "") ?? 404);
}

/** A server of files, or refusals, by path. */
async function serveByPath(answer: (path: string) => Uint8Array | number): Promise<string> {
  const server = createServer((request, response) => {
    const given = answer(request.url ?? "");
    if (typeof given === "number") response.writeHead(given).end();
    else response.end(given);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

describe("download", () => {
  test("fetches the four files into root/<name>/raw and reads them from there", async () => {
    const root = join(folderWith(), "new");
    const mirrors = ["http://127.0.0.1:1/", await serve((name) => files[name])];
    const train = await Tiny.load({ root, download: true, mirrors });
    expect([train.length, (await Tiny.load({ root, download: true, mirrors, train: false })).length]).toEqual([6, 3]);
    expect(readdirSync(join(root, "Tiny", "raw")).sort()).toEqual(Object.keys(files).sort());
    expect(Array.from(train.get(2)[0].dataSync())).toEqual(expectedImages([2]));
    expect(new Tiny({ root, download: true }).length).toBe(6);
  });

  test("asks nobody when the files are there", async () => {
    const root = folderWith(smallSet("train", 2));
    expect((await Tiny.load({ root, download: true, mirrors: ["http://127.0.0.1:1/"] })).length).toBe(2);
    expect((await MNIST.load({ root: folderWith(), download: true, mirrors: [], train: false })).length).toBe(10000);
  });

  test("completes half a set", async () => {
    const root = folderWith();
    mkdirSync(join(root, "Tiny", "raw"), { recursive: true });
    const name = "train-images-idx3-ubyte.gz";
    writeFileSync(join(root, "Tiny", "raw", name), files[name] as Uint8Array);
    const asked: string[] = [];
    const address = await serve((file) => {
      asked.push(file);
      return files[file];
    });
    expect((await Tiny.load({ root, download: true, mirrors: [address] })).length).toBe(6);
    expect(asked).not.toContain(name);
  });

  test("that fails leaves nothing and says what was tried", async () => {
    const root = folderWith();
    const address = await serve((name) => files[name]?.subarray(0, 100));
    await expect(Tiny.load({ root, download: true, mirrors: [address] })).rejects.toThrow(
      `[datasets.Tiny] train-images-idx3-ubyte.gz could not be downloaded. Tried\n  ${address}train-images-idx3-ubyte.gz: ` +
        "sent 100 bytes, expected",
    );
    expect(readdirSync(join(root, "Tiny", "raw"))).toEqual([]);
  });

  test("a constructor cannot wait for it, and says so", () => {
    expect(() => new Tiny({ root: folderWith(), download: true })).toThrow(
      "[datasets.Tiny] the files are not on this machine yet, and a constructor cannot wait for their download. " +
        "Use await datasets.Tiny.load({ download: true }).",
    );
  });

  test("the files of the real sets are named by address, length and checksum", () => {
    for (const family of [MNIST, FashionMNIST]) {
      expect(family.resources.map(({ name }) => name)).toEqual(Object.keys(files));
      for (const { sha256 } of family.resources) expect(sha256).toMatch(/^[0-9a-f]{64}$/);
      expect(family.mirrors.every((mirror) => mirror.startsWith("https://"))).toBe(true);
    }
  });
});

describe("what makes no dataset", () => {
  test("damaged files are named", async () => {
    const root = folderWith({ ...smallSet("train", 4), "train-labels-idx1-ubyte": idxLabels(4).subarray(0, 10) });
    const says = `[datasets.Tiny] ${join(root, "train-labels-idx1-ubyte")}: is truncated`;
    expect(() => new Tiny({ root })).toThrow(says);
    await expect(Tiny.load({ root })).rejects.toThrow(says);
    expect(() => new Tiny({ root })).toThrow(DataError);
  });

  test("labels beyond the classes", () => {
    const labels = idx(2049, [3], Uint8Array.of(0, 1, 10));
    const root = folderWith({ "train-images-idx3-ubyte": idxImages(3), "train-labels-idx1-ubyte": labels });
    expect(() => new Tiny({ root })).toThrow(
      "label 10 at position 2 is out of range: expected 0 to 9, one of 10 classes",
    );
  });

  test("more labels than images", () => {
    const root = folderWith({ ...smallSet("train", 3), "train-labels-idx1-ubyte": idxLabels(4) });
    expect(() => new Tiny({ root })).toThrow(/3 images but 4 labels/);
  });

  test("options of the wrong kind", () => {
    // @ts-expect-error not a flag
    expect(() => new MNIST({ train: "no" })).toThrow(
      '[datasets.MNIST] train should be a boolean value, but got train="no"',
    );
    // @ts-expect-error not a folder
    expect(() => new MNIST({ root: 3 })).toThrow("[datasets.MNIST] root should be the path of a folder, but got 3");
    expect(() => new MNIST({ root: "" })).toThrow("root should be the path of a folder");
    expect(() => new MNIST({ target_transform: String } as object)).toThrow(
      '[datasets.MNIST] unknown option "target_transform". It is called "targetTransform" here.',
    );
  });

  test("arrays that are in memory already may be used, if they fit", () => {
    const images = readImagesSync(idxImages(3, 2, 2));
    const labels = readLabelsSync(idxLabels(3));
    const dataset = new Tiny({}, [images, labels]);
    expect([dataset.length, dataset.get(0)[0].shape]).toEqual([3, [1, 2, 2]]);
    expect(() => new Tiny({}, [labels, labels])).toThrow(
      "[datasets.Tiny] expected row-major images [n, rows, columns]",
    );
    expect(() => new Tiny({}, [images.transpose(0, 2, 1), labels])).toThrow("expected row-major images");
    expect(() => new Tiny({}, [images, readLabelsSync(idxLabels(2))])).toThrow("got 3 images but 2 labels");
    const floats = readImagesSync(idx(0x0d03, [3, 1, 1], new Uint8Array(12)));
    expect(() => new Tiny({}, [floats, labels])).toThrow(
      "of uint8, as in the files of MNIST, but got float32 [3, 1, 1]",
    );
    // @ts-expect-error one array of two
    expect(() => new Tiny({}, [images])).toThrow("expected arrays to be [images, labels]");
  });

  test("an empty set is empty", () => {
    const empty = new Tiny({ root: folderWith(smallSet("train", 0)) });
    expect([empty.length, [...new DataLoader(empty)]]).toEqual([0, []]);
  });
});
