/** @file What the datasets of images share: transforms, and torchvision's summary. */
import { optional } from "../../core/arguments.ts";
import { describeValue } from "../../core/describe.ts";
import { DataError } from "../../core/errors.ts";
import { aFolder, type FileName } from "../../core/file-kinds.ts";
import { type Kind, kind, REFUSED } from "../../core/kinds.ts";
import { Dataset } from "../../data/dataset.ts";
import type { Image } from "../../data/transforms/picture.ts";
import {
  applyTransform,
  aTransform,
  ToTensor,
  type TransformLike,
  transformName,
} from "../../data/transforms/transforms.ts";
import { reasonOf } from "../../platform/builtin.ts";
import { readFileSync } from "../../platform/files.ts";

/** Options that all datasets of images have. */
export interface VisionOptions<Item, Target> {
  /** Transform of each image, an `ndarray` of bytes. Default `ToTensor`: float32 from 0 to 1. */
  readonly transform?: TransformLike<Image, Item> | undefined;
  /** Transform of each label, a number. Default: none. */
  readonly targetTransform?: TransformLike<number, Target> | undefined;
}

/** Values that the classes check themselves. */
export const unchecked = <T>(): Kind<T> => kind("a value", () => true);

/** The declared form of {@link VisionOptions}. */
export const VISION_OPTIONS = { transform: optional(aTransform), targetTransform: optional(aTransform) } as const;

/** The positions of {@link VISION_OPTIONS}. */
export type TransformPositions<Item, Target> = [
  transform: TransformLike<Image, Item>,
  targetTransform: TransformLike<number, Target>,
];

/** What a JSON file holds. @throws DataError that names the file, with `hint` if there is none */
export function readJson(op: string, file: string, hint: string): unknown {
  let bytes: Uint8Array | null;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw new DataError(`[${op}] ${file} cannot be read: ${reasonOf(error)}`, { cause: error });
  }
  if (bytes === null) throw new DataError(`[${op}] Dataset not found: there is no file ${file}. ${hint}`);
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    throw new DataError(`[${op}] ${file} is no JSON file: ${reasonOf(error)}`, { cause: error });
  }
}

/** A folder as a path. @throws DataError for anything else */
export function readRoot(op: string, root: FileName): string {
  const folder = aFolder.read(root);
  if (folder !== REFUSED) return folder;
  throw new DataError(`[${op}] root should be the path of a folder, but got ${describeValue(root)}`);
}

/** A dataset of images with labels. */
export abstract class VisionDataset<Item, Target> extends Dataset<[image: Item, target: Target]> {
  /** Folder of the files. */
  readonly root: string;
  /** Transform of the images. */
  readonly transform: TransformLike<Image, Item>;
  /** Transform of the labels, or undefined. */
  readonly targetTransform: TransformLike<number, Target> | undefined;

  constructor(root: string, { transform, targetTransform }: VisionOptions<Item, Target>) {
    super();
    this.root = root;
    // Without a transform there is nothing to infer Item from, and it is Tensor.
    this.transform = transform ?? (new ToTensor() as unknown as TransformLike<Image, Item>);
    this.targetTransform = targetTransform;
  }

  /** A sample with its transforms applied. */
  protected transformed(image: Image, label: number): [image: Item, target: Target] {
    return [applyTransform(this.transform, image), this.transformedTarget(label)];
  }

  protected transformedTarget(label: number): Target {
    return this.targetTransform === undefined ? (label as Target) : applyTransform(this.targetTransform, label);
  }

  /** Further lines of the summary. */
  protected extra(): readonly string[] {
    return [];
  }

  /** torchvision's summary. */
  override toString(): string {
    const target = this.targetTransform;
    return [
      `Dataset ${this.constructor.name}`,
      `    Number of datapoints: ${this.length}`,
      `    Root location: ${this.root}`,
      ...this.extra().map((line) => `    ${line}`),
      "    StandardTransform",
      `Transform: ${transformName(this.transform).replaceAll("\n", `\n${" ".repeat(11)}`)}`,
      ...(target === undefined ? [] : [`Target transform: ${transformName(target)}`]),
    ].join("\n");
  }
}
