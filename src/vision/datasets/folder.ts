/** @file Images in folders, one for each class. */
import { optional, signature, type ThenOptions } from "../../core/arguments.ts";
import { DataError } from "../../core/errors.ts";
import type { FileName } from "../../core/file-kinds.ts";
import { aFunction, type Kind } from "../../core/kinds.ts";
import { checkIndex } from "../../data/arguments.ts";
import type { Image } from "../../data/transforms/picture.ts";
import { reasonOf } from "../../platform/builtin.ts";
import { joinPath, listFolder } from "../../platform/files.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { readArray } from "../image-files.ts";
import { readRoot, type TransformPositions, VISION_OPTIONS, VisionDataset, type VisionOptions } from "./dataset.ts";

/** Options of {@link DatasetFolder}. */
export interface DatasetFolderOptions<Item, Target> extends VisionOptions<Item, Target> {
  /** Which files count, by their paths. Default: by their extensions. */
  readonly isValidFile?: ((path: string) => boolean) | undefined;
}

/** A file and the number of its class. */
export type FolderSample = readonly [path: string, label: number];

const FOLDER = signature("DatasetFolder", {
  ...VISION_OPTIONS,
  isValidFile: optional(aFunction as Kind<(path: string) => boolean>),
});

/**
 * Files in folders: those of `root/cat` and the folders in it belong to the class "cat". Classes are numbered in the order
 * of their names.
 *
 * @throws DataError if there is no such folder, it has no folders in it, or a class has no files
 * @example
 * ```ts no-run
 * const readText = (path: string) => ndarray(new TextEncoder().encode(path), [1, path.length]);
 * new vision.datasets.DatasetFolder("samples", readText, [".txt"]).length; // 100
 * ```
 */
export class DatasetFolder<Item, Target = number> extends VisionDataset<Item, Target> {
  /** Reads a file. */
  readonly loader: (path: string) => Image;
  /** Names of the classes; a label is a position in this list. */
  readonly classes: readonly string[];
  /** The label of each class name. */
  readonly classToIdx: Readonly<Record<string, number>>;
  /** The files with their labels. */
  readonly samples: readonly FolderSample[];
  /** The labels. */
  readonly targets: readonly number[];

  constructor(
    root: FileName,
    loader: (path: string) => Image,
    extensions: readonly string[],
    ...args: ThenOptions<
      [...TransformPositions<Item, Target>, isValidFile: (path: string) => boolean],
      DatasetFolderOptions<Item, Target>
    >
  ) {
    const options = FOLDER.read(args) as DatasetFolderOptions<Item, Target>;
    const folder = readRoot("DatasetFolder", root);
    super(folder, options);
    this.loader = loader;
    this.classes = findClasses(folder);
    this.classToIdx = Object.fromEntries(this.classes.map((name, i) => [name, i]));
    this.samples = findSamples(folder, this.classes, extensions, options.isValidFile);
    this.targets = this.samples.map(([, label]) => label);
  }

  get length(): number {
    return this.samples.length;
  }

  /** The transformed image and label. @throws ValueError if there is no such index; DataError for a file that cannot be read */
  get(index: number): [image: Item, target: Target] {
    const [path, label] = this.samples[checkIndex(`${this.constructor.name}.get`, index, this.length)] as FolderSample;
    return this.transformed(this.loader(path), label);
  }
}

function list(folder: string): ReturnType<typeof listFolder> {
  try {
    return listFolder(folder).sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    throw new DataError(`[DatasetFolder] ${folder} cannot be read: ${reasonOf(error)}`, { cause: error });
  }
}

function findClasses(root: string): string[] {
  const classes = list(root).flatMap(({ name, isFolder }) => (isFolder ? [name] : []));
  if (classes.length > 0) return classes;
  throw new DataError(`[DatasetFolder] Couldn't find any class folder in ${root}. Expected one folder for each class.`);
}

function findSamples(
  root: string,
  classes: readonly string[],
  extensions: readonly string[],
  isValidFile: ((path: string) => boolean) | undefined,
): FolderSample[] {
  const isValid =
    isValidFile ?? ((path) => extensions.some((extension) => path.toLowerCase().endsWith(extension.toLowerCase())));
  const found = classes.map((name, label) =>
    filesIn(joinPath(root, name), isValid).map((path): FolderSample => [path, label]),
  );
  const empty = classes.filter((_, i) => found[i]?.length === 0);
  if (empty.length === 0) return found.flat();
  const supported = isValidFile === undefined ? ` Supported extensions are: ${extensions.join(", ")}` : "";
  throw new DataError(`[DatasetFolder] Found no valid file for the classes ${empty.join(", ")}.${supported}`);
}

/** Those of a folder first, then those of its folders in the order of their names. */
function filesIn(folder: string, isValid: (path: string) => boolean): string[] {
  const entries = list(folder).map(({ name, isFolder }) => ({ path: joinPath(folder, name), isFolder }));
  const files = entries.flatMap(({ path, isFolder }) => (!isFolder && isValid(path) ? [path] : []));
  return [...files, ...entries.flatMap(({ path, isFolder }) => (isFolder ? filesIn(path, isValid) : []))];
}

/** Extensions of files that {@link ImageFolder} takes. */
const IMAGE_EXTENSIONS = [".jpg", ".jpeg", ".png"];

/** Options of {@link ImageFolder}. */
export interface ImageFolderOptions<Item, Target> extends DatasetFolderOptions<Item, Target> {
  /** Reads a file. Default: PNG and JPEG files as RGB images. */
  readonly loader?: ((path: string) => Image) | undefined;
}

const IMAGES = signature("ImageFolder", {
  ...VISION_OPTIONS,
  loader: optional(aFunction as Kind<(path: string) => Image>),
  isValidFile: optional(aFunction as Kind<(path: string) => boolean>),
});

/**
 * Images in folders, one for each class: PNG files, for which the package `fast-png` is needed, and JPEG files, for which it
 * is `jpeg-js`. They are read when they are asked for, as RGB images.
 *
 * @throws DataError if there is no such folder, it has no folders in it, or a class has no images
 * @example
 * ```ts no-run
 * const { Compose, Resize, CenterCrop, ToTensor } = vision.transforms;
 * const transform = new Compose([new Resize(256), new CenterCrop(224), new ToTensor()]);
 * const dataset = new vision.datasets.ImageFolder("hymenoptera/train", { transform });
 * dataset.classes; // ["ants", "bees"]
 * ```
 */
export class ImageFolder<Item = Tensor, Target = number> extends DatasetFolder<Item, Target> {
  constructor(
    root: FileName,
    ...args: ThenOptions<
      [...TransformPositions<Item, Target>, loader: (path: string) => Image, isValidFile: (path: string) => boolean],
      ImageFolderOptions<Item, Target>
    >
  ) {
    const { loader, ...rest } = IMAGES.read(args) as ImageFolderOptions<Item, Target>;
    super(root, loader ?? ((path) => readArray("ImageFolder", path, "rgb")), IMAGE_EXTENSIONS, rest);
  }

  /** The files with their labels, as {@link samples}. */
  get imgs(): readonly FolderSample[] {
    return this.samples;
  }
}
