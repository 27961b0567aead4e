/** @file CIFAR-10 and CIFAR-100, as in torchvision. */
import { keyword, optional, signature, type ThenOptions } from "../../core/arguments.ts";
import { DataError } from "../../core/errors.ts";
import { aFolder, type FileName } from "../../core/file-kinds.ts";
import { aBoolean } from "../../core/kinds.ts";
import { download, type Resource } from "../../data/download.ts";
import { reasonOf } from "../../platform/builtin.ts";
import { joinPath, readFileSync } from "../../platform/files.ts";
import { gunzipSync, isGzip } from "../../platform/gzip.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { ArrayDataset, type ImageTable } from "./arrays.ts";
import { type TransformPositions, unchecked, VISION_OPTIONS, type VisionOptions } from "./dataset.ts";
import { type Pickled, PickledArray, unpickle } from "./python-pickle.ts";
import { untar } from "./tar.ts";

/** Options of {@link CIFAR10} and {@link CIFAR100}. */
export interface CifarOptions<Item, Target> extends VisionOptions<Item, Target> {
  /** Folder of the files. Default "data". */
  readonly root?: FileName | undefined;
  /** The training images, or else the test images. Default true. */
  readonly train?: boolean | undefined;
  /** Whether the archive is downloaded into `root` if nothing is there; only `load` can wait for that. Default false. */
  readonly download?: boolean | undefined;
  /** Addresses of folders with the archive. Default: the class's `mirrors`. */
  readonly mirrors?: readonly string[] | undefined;
}

const CIFAR = signature("CIFAR10", {
  root: optional(aFolder, "data"),
  train: optional(aBoolean, true),
  ...VISION_OPTIONS,
  download: optional(aBoolean, false),
  mirrors: keyword(unchecked<readonly string[]>()),
});

/** What distinguishes one of the two sets from the other. */
interface Family {
  readonly name: string;
  /** Folders of Python's pickles and of the binary files, each with its archive. */
  readonly python: Layout;
  readonly binary: Layout;
  /** Key of the labels in the pickles. */
  readonly labels: string;
  /** Bytes before each image of the binary files; the last one is the label. */
  readonly labelBytes: number;
  readonly classes: readonly string[];
  readonly mirrors: readonly string[];
  readonly resource: Resource;
}

interface Layout {
  readonly folder: string;
  readonly archive: string;
  readonly train: readonly string[];
  readonly test: readonly string[];
}

const SIDE = 32;
const SHAPE = [3, SIDE, SIDE] as const;
const IMAGE_BYTES = 3 * SIDE * SIDE;
/** Both archives unpack to less. */
const MOST_BYTES = 1 << 28;

/** Reads the pickles, the binary files, or one of the archives: what is there. */
function readTable(family: Family, root: string, train: boolean): ImageTable {
  const op = `datasets.${family.name}`;
  for (const layout of [family.python, family.binary]) {
    const files = readLayout(op, layout, root, train ? layout.train : layout.test);
    if (files === null) continue;
    return join(files.map(({ name, bytes }) => readBatch(op, family, layout, name, bytes)));
  }
  throw new DataError(
    `[${op}] Dataset not found or corrupted. You can use download: true to download it: await ${op}.load({ root, ` +
      `download: true }). Looked in ${root} for ${family.python.folder}, ${family.binary.folder}, ${family.python.archive} and ` +
      `${family.binary.archive}.`,
  );
}

interface NamedBytes {
  readonly name: string;
  readonly bytes: Uint8Array;
}

function readLayout(op: string, layout: Layout, root: string, names: readonly string[]): NamedBytes[] | null {
  const attempt = (file: string): Uint8Array | null => {
    try {
      return readFileSync(file);
    } catch (error) {
      throw new DataError(`[${op}] ${file} cannot be read: ${reasonOf(error)}`, { cause: error });
    }
  };
  const files = names.map((name) => ({ name, bytes: attempt(joinPath(root, layout.folder, name)) }));
  if (files.every(({ bytes }) => bytes !== null)) return files as NamedBytes[];
  const missing = files.find(({ bytes }) => bytes === null);
  if (files.some(({ bytes }) => bytes !== null)) {
    throw new DataError(
      `[${op}] Dataset not found or corrupted: ${joinPath(root, layout.folder)} has no file ${missing?.name}`,
    );
  }
  const archive = attempt(joinPath(root, layout.archive));
  if (archive === null) return null;
  try {
    const unpacked = untar(isGzip(archive) ? gunzipSync(archive, MOST_BYTES) : archive);
    return names.map((name) => {
      const bytes = unpacked.get(`${layout.folder}/${name}`);
      if (bytes === undefined) throw new Error(`it has no file ${layout.folder}/${name}`);
      return { name, bytes };
    });
  } catch (error) {
    throw new DataError(`[${op}] ${joinPath(root, layout.archive)}: ${reasonOf(error)}`, { cause: error });
  }
}

function readBatch(op: string, family: Family, layout: Layout, name: string, bytes: Uint8Array): ImageTable {
  try {
    return layout === family.python ? readPickle(family, bytes) : readBinary(family, bytes);
  } catch (error) {
    throw new DataError(`[${op}] ${layout.folder}/${name}: ${reasonOf(error)}`, { cause: error });
  }
}

function readPickle({ labels: key }: Family, bytes: Uint8Array): ImageTable {
  const batch = unpickle(bytes);
  if (!(batch instanceof Map)) throw new Error("expected a dictionary");
  const text = (value: Pickled): unknown => (value instanceof Uint8Array ? new TextDecoder().decode(value) : value);
  const entries = new Map([...batch].map(([name, value]) => [text(name), value]));
  const [images, labels] = [entries.get("data"), entries.get(key) ?? entries.get("labels")];
  if (!(images instanceof PickledArray) || images.dtype !== "u1" || !Array.isArray(labels)) {
    throw new Error(`expected bytes "data" and a list "${key}"`);
  }
  if (images.data.length !== labels.length * IMAGE_BYTES) {
    throw new Error(`expected ${labels.length} images of ${IMAGE_BYTES} bytes, but got ${images.data.length} bytes`);
  }
  return { pixels: images.data, shape: SHAPE, labels: Int32Array.from(labels, Number) };
}

function readBinary({ labelBytes }: Family, bytes: Uint8Array): ImageTable {
  const record = labelBytes + IMAGE_BYTES;
  if (bytes.length % record !== 0) throw new Error(`${bytes.length} bytes are no whole number of records of ${record}`);
  const count = bytes.length / record;
  const pixels = new Uint8Array(count * IMAGE_BYTES);
  const labels = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    labels[i] = bytes[i * record + labelBytes - 1] as number;
    pixels.set(bytes.subarray(i * record + labelBytes, (i + 1) * record), i * IMAGE_BYTES);
  }
  return { pixels, shape: SHAPE, labels };
}

function join(parts: readonly ImageTable[]): ImageTable {
  const count = parts.reduce((sum, { labels }) => sum + labels.length, 0);
  const pixels = new Uint8Array(count * IMAGE_BYTES);
  const labels = new Int32Array(count);
  let at = 0;
  for (const part of parts) {
    pixels.set(part.pixels, at * IMAGE_BYTES);
    labels.set(part.labels, at);
    at += part.labels.length;
  }
  return { pixels, shape: SHAPE, labels };
}

const TORONTO = ["https://www.cs.toronto.edu/~kriz/"];
const FIVE = [1, 2, 3, 4, 5];

const TEN: Family = {
  name: "CIFAR10",
  python: {
    folder: "cifar-10-batches-py",
    archive: "cifar-10-python.tar.gz",
    train: FIVE.map((i) => `data_batch_${i}`),
    test: ["test_batch"],
  },
  binary: {
    folder: "cifar-10-batches-bin",
    archive: "cifar-10-binary.tar.gz",
    train: FIVE.map((i) => `data_batch_${i}.bin`),
    test: ["test_batch.bin"],
  },
  labels: "labels",
  labelBytes: 1,
  classes: ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"],
  mirrors: TORONTO,
  resource: {
    name: "cifar-10-python.tar.gz",
    size: 170498071,
    sha256: "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce",
  },
};

const HUNDRED: Family = {
  name: "CIFAR100",
  python: { folder: "cifar-100-python", archive: "cifar-100-python.tar.gz", train: ["train"], test: ["test"] },
  binary: { folder: "cifar-100-binary", archive: "cifar-100-binary.tar.gz", train: ["train.bin"], test: ["test.bin"] },
  labels: "fine_labels",
  labelBytes: 2,
  classes: (
    "apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus butterfly camel can castle " +
    "caterpillar cattle chair chimpanzee clock cloud cockroach couch crab crocodile cup dinosaur dolphin elephant flatfish " +
    "forest fox girl hamster house kangaroo keyboard lamp lawn_mower leopard lion lizard lobster man maple_tree motorcycle " +
    "mountain mouse mushroom oak_tree orange orchid otter palm_tree pear pickup_truck pine_tree plain plate poppy porcupine " +
    "possum rabbit raccoon ray road rocket rose sea seal shark shrew skunk skyscraper snail snake spider squirrel streetcar " +
    "sunflower sweet_pepper table tank telephone television tiger tractor train trout tulip turtle wardrobe whale " +
    "willow_tree wolf woman worm"
  ).split(" "),
  mirrors: TORONTO,
  resource: {
    name: "cifar-100-python.tar.gz",
    size: 169001437,
    sha256: "85cd44d02ba6437773c5bbd22e183051d648de2e7d6b014e1ef29b855ba677a7",
  },
};

/** By position as in torchvision, or by name. */
type CifarArgs<Item, Target> = ThenOptions<
  [root: FileName, train: boolean, ...TransformPositions<Item, Target>, download: boolean],
  CifarOptions<Item, Target>
>;

async function fetchMissing<Item, Target>(family: Family, args: CifarArgs<Item, Target>): Promise<void> {
  const { root: folder, train, download: wanted, mirrors } = CIFAR.read(args);
  if (!wanted) return;
  const op = `datasets.${family.name}`;
  try {
    readTable(family, folder, train);
  } catch {
    await download(op, { mirrors: mirrors ?? family.mirrors, resources: [family.resource], folder });
  }
}

abstract class Cifar<Item, Target> extends ArrayDataset<Item, Target> {
  /** Whether these are the training images. */
  readonly train: boolean;
  /** Names of the classes; a label is a position in this list. */
  readonly classes: readonly string[];

  constructor(family: Family, args: CifarArgs<Item, Target>) {
    const { root: folder, train, transform, targetTransform } = CIFAR.read(args);
    const options = { transform, targetTransform } as VisionOptions<Item, Target>;
    super(folder, options, readTable(family, folder, train), family.classes.length);
    this.train = train;
    this.classes = family.classes;
  }

  /** The label of each class name. */
  get classToIdx(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.classes.map((name, i) => [name, i]));
  }

  protected override extra(): readonly string[] {
    return [`Split: ${this.train ? "Train" : "Test"}`];
  }
}

/**
 * CIFAR-10: 50,000 training and 10,000 test images of 32 × 32 pixels in ten classes. Read from `root/cifar-10-batches-py`, as
 * torchvision unpacks it, from the binary files in `root/cifar-10-batches-bin`, or from either archive in `root`.
 *
 * @throws DataError if the files are missing or damaged
 * @example
 * ```ts no-run
 * const train = await vision.datasets.CIFAR10.load({ root: "data", download: true });
 * train.get(0)[0].shape; // [3, 32, 32]
 * ```
 */
export class CIFAR10<Item = Tensor, Target = number> extends Cifar<Item, Target> {
  constructor(...args: CifarArgs<Item, Target>) {
    super(TEN, args);
  }

  /** Downloads the archive first if `download` says so and it is missing. */
  static async load<Item = Tensor, Target = number>(...args: CifarArgs<Item, Target>): Promise<CIFAR10<Item, Target>> {
    await fetchMissing(TEN, args);
    return new CIFAR10(...args);
  }
}

/**
 * CIFAR-100: 50,000 training and 10,000 test images of 32 × 32 pixels in a hundred classes. Read from
 * `root/cifar-100-python`, `root/cifar-100-binary`, or from either archive in `root`.
 *
 * @throws DataError if the files are missing or damaged
 * @example
 * ```ts no-run
 * const test = new vision.datasets.CIFAR100({ root: "data", train: false });
 * test.classes[0]; // apple
 * ```
 */
export class CIFAR100<Item = Tensor, Target = number> extends Cifar<Item, Target> {
  constructor(...args: CifarArgs<Item, Target>) {
    super(HUNDRED, args);
  }

  /** Downloads the archive first if `download` says so and it is missing. */
  static async load<Item = Tensor, Target = number>(...args: CifarArgs<Item, Target>): Promise<CIFAR100<Item, Target>> {
    await fetchMissing(HUNDRED, args);
    return new CIFAR100(...args);
  }
}
