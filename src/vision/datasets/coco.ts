/** @file Images with the objects in them, in the form of Microsoft COCO. */
import { keyword, required, signature } from "../../core/arguments.ts";
import { DataError } from "../../core/errors.ts";
import { aFileName, aFolder, type FileName } from "../../core/file-kinds.ts";
import { checkIndex } from "../../data/arguments.ts";
import { Dataset } from "../../data/dataset.ts";
import type { Image } from "../../data/transforms/picture.ts";
import { applyTransform, ToTensor, type TransformLike } from "../../data/transforms/transforms.ts";
import { joinPath } from "../../platform/files.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { readArray } from "../image-files.ts";
import { readJson, unchecked } from "./dataset.ts";

/** An object in an image, as the file of annotations has it. */
export interface CocoAnnotation {
  /** Number of the annotation. */
  readonly id: number;
  /** Number of the image. */
  readonly image_id: number;
  /** Number of the category. */
  readonly category_id: number;
  /** Left, top, width and height in pixels. */
  readonly bbox?: readonly number[];
  /** Area in pixels. */
  readonly area?: number;
  /** 1 for a crowd of objects. */
  readonly iscrowd?: number;
  /** Polygons, or runs of pixels. */
  readonly segmentation?: unknown;
  /** What there is beyond that. */
  readonly [key: string]: unknown;
}

/** A kind of objects. */
export interface CocoCategory {
  /** Number of the category. */
  readonly id: number;
  /** Its name. */
  readonly name: string;
  /** What there is beyond that. */
  readonly [key: string]: unknown;
}

/** Options of {@link CocoDetection}. */
export interface CocoOptions<Item, Target> {
  /** Transform of each image, an `ndarray` of bytes. Default `ToTensor`: float32 from 0 to 1. */
  readonly transform?: TransformLike<Image, Item> | undefined;
  /** Transform of the annotations of an image. Default: none. */
  readonly targetTransform?: TransformLike<readonly CocoAnnotation[], Target> | undefined;
}

const COCO = signature("CocoDetection", {
  root: required(aFolder),
  annFile: required(aFileName),
  transform: keyword(unchecked()),
  targetTransform: keyword(unchecked()),
});

interface CocoImage {
  readonly id: number;
  readonly file_name: string;
}

/**
 * Images with the objects in them, from a folder of PNG and JPEG files and a file of annotations in the form of Microsoft
 * COCO (Lin et al., 2014, arXiv:1405.0312). Images come in the order of their numbers.
 *
 * @throws DataError if the annotations are missing or damaged
 * @example
 * ```ts no-run
 * const coco = new vision.datasets.CocoDetection("val2017", "annotations/instances_val2017.json");
 * const [image, objects] = coco.get(0);
 * objects[0]?.bbox; // [236.98, 142.51, 24.7, 69.5]
 * ```
 */
export class CocoDetection<Item = Tensor, Target = readonly CocoAnnotation[]> extends Dataset<
  [image: Item, target: Target]
> {
  /** Folder of the images. */
  readonly root: string;
  /** Numbers of the images. */
  readonly ids: readonly number[];
  /** The kinds of objects. */
  readonly categories: readonly CocoCategory[];
  readonly #transform: TransformLike<Image, Item>;
  readonly #targetTransform: TransformLike<readonly CocoAnnotation[], Target> | undefined;
  readonly #files: ReadonlyMap<number, string>;
  readonly #annotations: ReadonlyMap<number, readonly CocoAnnotation[]>;

  constructor(root: FileName, annFile: FileName, options: CocoOptions<Item, Target> = {}) {
    super();
    const { root: folder, annFile: file } = COCO.read([root, annFile, options]);
    const { images, annotations, categories } = readAnnotations(file);
    this.root = folder;
    this.ids = images.map(({ id }) => id).sort((a, b) => a - b);
    this.categories = categories;
    // Without a transform there is nothing to infer Item from, and it is Tensor.
    this.#transform = options.transform ?? (new ToTensor() as unknown as TransformLike<Image, Item>);
    this.#targetTransform = options.targetTransform;
    this.#files = new Map(images.map(({ id, file_name }) => [id, file_name]));
    const byImage = new Map<number, CocoAnnotation[]>();
    for (const annotation of annotations) {
      const known = byImage.get(annotation.image_id);
      if (known === undefined) byImage.set(annotation.image_id, [annotation]);
      else known.push(annotation);
    }
    this.#annotations = byImage;
  }

  get length(): number {
    return this.ids.length;
  }

  /** The transformed image and annotations. @throws ValueError if there is no such index; DataError for a file that cannot be read */
  get(index: number): [image: Item, target: Target] {
    const id = this.ids[checkIndex("CocoDetection.get", index, this.length)] as number;
    const image = readArray("CocoDetection", joinPath(this.root, this.#files.get(id) ?? ""), "rgb");
    const annotations = this.#annotations.get(id) ?? [];
    const target =
      this.#targetTransform === undefined
        ? (annotations as Target)
        : applyTransform(this.#targetTransform, annotations);
    return [applyTransform(this.#transform, image), target];
  }
}

function readAnnotations(file: string): {
  readonly images: readonly CocoImage[];
  readonly annotations: readonly CocoAnnotation[];
  readonly categories: readonly CocoCategory[];
} {
  const found = readJson("CocoDetection", file, "It is the file of annotations.");
  const content = typeof found === "object" && found !== null ? (found as Readonly<Record<string, unknown>>) : {};
  const { images, annotations = [], categories = [] } = content;
  const isList = (value: unknown, keys: readonly string[]): boolean =>
    Array.isArray(value) &&
    value.every((item) => typeof item === "object" && item !== null && keys.every((key) => key in item));
  if (!isList(images, ["id", "file_name"]) || !isList(annotations, ["id", "image_id"]) || !isList(categories, ["id"])) {
    throw new DataError(
      `[CocoDetection] ${file}: expected lists "images" with id and file_name, "annotations" with id and image_id, and "categories"`,
    );
  }
  return {
    images: images as readonly CocoImage[],
    annotations: annotations as readonly CocoAnnotation[],
    categories: categories as readonly CocoCategory[],
  };
}
