/** @file Food-101, as in torchvision. */
import { optional, required, signature, type ThenOptions } from "../../core/arguments.ts";
import { DataError } from "../../core/errors.ts";
import { aFolder, type FileName } from "../../core/file-kinds.ts";
import { aBoolean, oneOf } from "../../core/kinds.ts";
import { checkIndex } from "../../data/arguments.ts";
import { joinPath } from "../../platform/files.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { readArray } from "../image-files.ts";
import { readJson, type TransformPositions, VISION_OPTIONS, VisionDataset, type VisionOptions } from "./dataset.ts";

/** Options of {@link Food101}. */
export interface Food101Options<Item, Target> extends VisionOptions<Item, Target> {
  /** The training images or the test images. Default "train". */
  readonly split?: "train" | "test" | undefined;
  /** Taken and passed over: the archive has to be downloaded by hand. Default false. */
  readonly download?: boolean | undefined;
}

const FOOD = signature("Food101", {
  root: required(aFolder),
  split: optional(oneOf("train", "test"), "train"),
  ...VISION_OPTIONS,
  download: optional(aBoolean, false),
});

const SOURCE = "http://data.vision.ee.ethz.ch/cvl/food-101.tar.gz";

/**
 * Food-101: 750 training and 250 test images of each of 101 dishes, JPEG files of up to 512 × 512 pixels, which need the
 * package `jpeg-js`. Read from `root/food-101`, as the archive unpacks it, when they are asked for.
 *
 * @throws DataError if the files are missing or damaged
 * @example
 * ```ts no-run
 * const train = new vision.datasets.Food101("data", { split: "train" });
 * train.classes[train.get(0)[1]]; // churros
 * ```
 */
export class Food101<Item = Tensor, Target = number> extends VisionDataset<Item, Target> {
  /** Which part this is. */
  readonly split: "train" | "test";
  /** Names of the classes; a label is a position in this list. */
  readonly classes: readonly string[];
  /** The label of each class name. */
  readonly classToIdx: Readonly<Record<string, number>>;
  readonly #samples: readonly (readonly [path: string, label: number])[];

  constructor(
    root: FileName,
    ...args: ThenOptions<
      [split: "train" | "test", ...TransformPositions<Item, Target>, download: boolean],
      Food101Options<Item, Target>
    >
  ) {
    const { root: folder, split, transform, targetTransform } = FOOD.read([root, ...args]);
    super(folder, { transform, targetTransform } as VisionOptions<Item, Target>);
    const base = joinPath(folder, "food-101");
    const file = joinPath(base, "meta", `${split}.json`);
    const found = readJson("datasets.Food101", file, `Download ${SOURCE}, and unpack it in ${folder}.`);
    const entries = Object.entries(typeof found === "object" && found !== null ? found : {});
    if (entries.length === 0 || !entries.every(([, paths]) => Array.isArray(paths))) {
      throw new DataError(`[datasets.Food101] ${file}: expected an object that lists the images of each class`);
    }
    this.split = split;
    this.classes = entries.map(([name]) => name).sort((a, b) => (a < b ? -1 : 1));
    this.classToIdx = Object.fromEntries(this.classes.map((name, i) => [name, i]));
    this.#samples = entries.flatMap(([name, paths]) =>
      (paths as readonly unknown[]).map((path) => {
        return [joinPath(base, "images", `${String(path)}.jpg`), this.classToIdx[name] as number] as const;
      }),
    );
  }

  get length(): number {
    return this.#samples.length;
  }

  /** The transformed image and label. @throws ValueError if there is no such index; DataError for a file that cannot be read */
  get(index: number): [image: Item, target: Target] {
    const sample = this.#samples[checkIndex("Food101.get", index, this.length)];
    const [path, label] = sample as readonly [string, number];
    return this.transformed(readArray("datasets.Food101", path, "rgb"), label);
  }

  protected override extra(): readonly string[] {
    return [`split=${this.split}`];
  }
}
