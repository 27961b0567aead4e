/** @file Datasets of images that are in memory as one table of bytes. */
import ndarray from "ndarray";
import { DataError } from "../../core/errors.ts";
import { checkIndex, checkIndices } from "../../data/arguments.ts";
import { type Batch, defaultCollate } from "../../data/collate.ts";
import { gatherImages } from "../../data/decode-images.ts";
import { batchedSteps, type Transform } from "../../data/transforms/transforms.ts";
import { fromTypedArray } from "../../tensor/from-host.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { VisionDataset, type VisionOptions } from "./dataset.ts";

/** Images [n, channels, rows, columns] as bytes, with their labels. */
export interface ImageTable {
  readonly pixels: Uint8Array;
  readonly shape: readonly [channels: number, height: number, width: number];
  readonly labels: Int32Array;
}

/** A dataset of images of one size in memory. */
export abstract class ArrayDataset<Item, Target> extends VisionDataset<Item, Target> {
  readonly #table: ImageTable;
  /** What follows `ToTensor` if whole batches can be made, else undefined. */
  readonly #steps: readonly Transform<Tensor, Tensor>[] | undefined;

  constructor(root: string, options: VisionOptions<Item, Target>, table: ImageTable, classes: number) {
    super(root, options);
    const bad = table.labels.findIndex((label) => label < 0 || label >= classes);
    if (bad >= 0) {
      throw new DataError(
        `[${new.target.name}] label ${table.labels[bad]} at position ${bad} is out of range: expected 0 to ${classes - 1}`,
      );
    }
    this.#table = table;
    this.#steps = batchedSteps(this.transform);
  }

  get length(): number {
    return this.#table.labels.length;
  }

  /** The labels, one for each image. */
  get targets(): readonly number[] {
    return Array.from(this.#table.labels);
  }

  /** The images as bytes: a uint8 tensor [n, rows, columns, channels]. A copy. */
  get data(): Tensor {
    const { pixels, shape } = this.#table;
    return fromTypedArray("uint8", pixels, [this.length, ...shape], "cpu")
      .permute(0, 2, 3, 1)
      .contiguous();
  }

  /** The transformed image and label. @throws ValueError if there is no such index */
  get(index: number): [image: Item, target: Target] {
    const at = checkIndex(`${this.constructor.name}.get`, index, this.length);
    const { pixels, shape, labels } = this.#table;
    const [channels, height, width] = shape;
    const size = channels * height * width;
    const own = pixels.slice(at * size, (at + 1) * size);
    // Planes of channels, seen as an image with channels last.
    const image = ndarray(own, [height, width, channels], [width, 1, height * width]);
    return this.transformed(image, labels[at] as number);
  }

  /** Whole batches if the transform allows them: bytes are gathered straight into one tensor. */
  override getBatch(indices: Int32Array): Batch<[image: Item, target: Target]> | undefined {
    const steps = this.#steps;
    if (steps === undefined || this.get !== ArrayDataset.prototype.get) return undefined;
    const { pixels, shape, labels } = this.#table;
    const rows = checkIndices(`${this.constructor.name}.get`, indices, this.length);
    const images = steps.reduce((batch, step) => step.forward(batch), gatherImages(pixels, shape, rows));
    const targets =
      this.targetTransform === undefined
        ? fromTypedArray(
            "int32",
            Int32Array.from(rows, (at) => labels[at] as number),
            [rows.length],
            "cpu",
          )
        : defaultCollate(Array.from(rows, (at) => this.transformedTarget(labels[at] as number)));
    return [images, targets] as Batch<[image: Item, target: Target]>;
  }
}
