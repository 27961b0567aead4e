/** @file SVHN, the street view house numbers, as in torchvision. */
import { optional, signature, type ThenOptions } from "../../core/arguments.ts";
import { DataError } from "../../core/errors.ts";
import { aFolder, type FileName } from "../../core/file-kinds.ts";
import { aBoolean, oneOf } from "../../core/kinds.ts";
import { reasonOf } from "../../platform/builtin.ts";
import { joinPath, readFileSync } from "../../platform/files.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { ArrayDataset, type ImageTable } from "./arrays.ts";
import { type TransformPositions, VISION_OPTIONS, type VisionOptions } from "./dataset.ts";
import { readMat } from "./mat-file.ts";

/** The parts of {@link SVHN}. */
export type SvhnSplit = "train" | "test" | "extra";

/** Options of {@link SVHN}. */
export interface SvhnOptions<Item, Target> extends VisionOptions<Item, Target> {
  /** Folder of the files. Default "data". */
  readonly root?: FileName | undefined;
  /** The training images, the test images, or the further ones. Default "train". */
  readonly split?: SvhnSplit | undefined;
  /** Taken and passed over: the files have to be downloaded by hand. Default false. */
  readonly download?: boolean | undefined;
}

const OPTIONS = signature("SVHN", {
  root: optional(aFolder, "data"),
  split: optional(oneOf("train", "test", "extra"), "train"),
  ...VISION_OPTIONS,
  download: optional(aBoolean, false),
});

const SIDE = 32;
const PLANE = SIDE * SIDE;
const CHANNELS = 3;
const CLASSES = 10;
const SOURCE = "http://ufldl.stanford.edu/housenumbers/";

function readTable(root: string, split: SvhnSplit): ImageTable {
  const op = "datasets.SVHN";
  const file = joinPath(root, `${split}_32x32.mat`);
  try {
    const bytes = readFileSync(file);
    if (bytes === null) {
      throw new Error(`Dataset not found or corrupted. Download the file from ${SOURCE}, and put it there.`);
    }
    const variables = readMat(bytes);
    const [images, labels] = [variables.get("X"), variables.get("y")];
    if (images === undefined || labels === undefined) throw new Error("it has no images X with labels y");
    const [rows, columns, channels, count = 0] = images.shape;
    if (rows !== SIDE || columns !== SIDE || channels !== CHANNELS || labels.data.length !== count) {
      throw new Error(
        `expected images of 32x32x3 and a label for each, but got ${images.shape.join("x")} and ${labels.data.length} labels`,
      );
    }
    return {
      pixels: rowMajor(images.data),
      shape: [CHANNELS, SIDE, SIDE],
      labels: Int32Array.from(labels.data, digitOf),
    };
  } catch (error) {
    throw new DataError(`[${op}] ${file}: ${reasonOf(error)}`, { cause: error });
  }
}

/** The file has 10 for the digit 0. */
const digitOf = (label: number): number => label % CLASSES;

/** Planes whose columns lie one after the other, with their rows one after the other. */
function rowMajor(data: ArrayLike<number>): Uint8Array {
  const pixels = new Uint8Array(data.length);
  for (let plane = 0; plane < data.length; plane += PLANE) {
    for (let i = 0; i < PLANE; i++) {
      pixels[plane + i] = data[plane + (i % SIDE) * SIDE + Math.floor(i / SIDE)] as number;
    }
  }
  return pixels;
}

/**
 * SVHN, house numbers photographed from the street: 73,257 training and 26,032 test images of 32 × 32 pixels in ten
 * classes, and 531,131 further ones. Read from `root/train_32x32.mat` and its like, which have to be downloaded by hand.
 *
 * @throws DataError if the file is missing or damaged
 * @example
 * ```ts no-run
 * const train = new vision.datasets.SVHN({ root: "data", split: "train" });
 * train.get(0)[0].shape; // [3, 32, 32]
 * ```
 */
export class SVHN<Item = Tensor, Target = number> extends ArrayDataset<Item, Target> {
  /** Which part this is. */
  readonly split: SvhnSplit;

  constructor(
    ...args: ThenOptions<
      [root: FileName, split: SvhnSplit, ...TransformPositions<Item, Target>, download: boolean],
      SvhnOptions<Item, Target>
    >
  ) {
    const { root: folder, split, transform, targetTransform } = OPTIONS.read(args);
    const options = { transform, targetTransform } as VisionOptions<Item, Target>;
    super(folder, options, readTable(folder, split), CLASSES);
    this.split = split;
  }

  /** The labels, one for each image. */
  get labels(): readonly number[] {
    return this.targets;
  }

  protected override extra(): readonly string[] {
    return [`Split: ${this.split}`];
  }
}
