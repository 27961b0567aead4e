/** @file Map-style datasets. */
import { readArgument } from "../core/arguments.ts";
import { DataError, ShapeError, ValueError } from "../core/errors.ts";
import { type Kind, kind, tensors as listOfTensors } from "../core/kinds.ts";
import { bracketed } from "../core/shape.ts";
import { fromTypedArray } from "../tensor/from-host.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { aDataset, aNumberList, checkIndex, checkIndices } from "./arguments.ts";
import type { Batch } from "./collate.ts";

/**
 * Base class of map-style datasets: `length`, and `get` by index. Any object with these two works as well.
 *
 * @example
 * class Squares extends data.Dataset<[Tensor, number]> {
 *   readonly length = 100;
 *   get(i: number): [Tensor, number] {
 *     return [tensor([i, i * i]), i % 2];
 *   }
 * }
 * new Squares().get(3); // [tensor([3., 9.]), 1]
 */
export abstract class Dataset<T> {
  /** The sample at an index. May be a promise; then the loader's `for await` waits for it. */
  abstract get length(): number;

  /** The element at an index. May be a promise; then the loader's `for await` waits for it. */
  abstract get(index: number): T;

  /**
   * A whole batch at once, the same as the collated elements, or undefined if they must be asked for one by one.
   * A dataset that can do so faster than sample by sample may have this; loaders without a `collateFn` use it.
   * It returns a `Batch<T>`; a looser type here lets a dataset of some kind of element pass for one of any kind.
   */
  getBatch?(indices: Int32Array): unknown;
  // Libraries that wrap plain objects in a Proxy, as Vue does, leave others alone.
  static {
    Object.defineProperty(Dataset.prototype, Symbol.toStringTag, { value: "Dataset" });
  }
}

const anIterable: Kind<Iterable<unknown>> = kind(
  "a list of datasets",
  (value) => typeof value === "object" && value !== null && typeof Reflect.get(value, Symbol.iterator) === "function",
);

/**
 * Dataset of tensors with the same first dimension; sample i is the list of their i-th rows.
 *
 * @example
 * const dataset = new data.TensorDataset(tensor([[1, 2], [3, 4]]), tensor([0, 1]));
 * dataset.get(1); // [tensor([3., 4.]), tensor(1.)]
 */
export class TensorDataset<Ts extends Tensor[]> extends Dataset<Ts> {
  /** The tensors. */
  readonly tensors: Ts;

  /** @throws ShapeError if the first dimensions differ, or a tensor has none. */
  constructor(...tensors: Ts) {
    super();
    readArgument("TensorDataset", "tensors", listOfTensors, tensors);
    if (tensors.length === 0) throw new ValueError("[TensorDataset] expected at least one tensor");
    for (const { shape } of tensors) {
      if (shape.length === 0) {
        throw new ShapeError("[TensorDataset] expected tensors with a first dimension, but got a 0-d tensor");
      }
    }
    if (tensors.some(({ shape }) => shape[0] !== tensors[0]?.shape[0])) {
      const shapes = tensors.map(({ shape }) => bracketed(shape)).join(" and ");
      throw new ShapeError(`[TensorDataset] Size mismatch between tensors: got shapes ${shapes}`);
    }
    this.tensors = tensors;
  }

  get length(): number {
    return this.tensors[0]?.shape[0] ?? 0;
  }

  get(index: number): Ts {
    const row = checkIndex("TensorDataset.get", index, this.length);
    return this.tensors.map((tensor) => tensor.select(0, row)) as Ts;
  }

  override getBatch(indices: Int32Array): Batch<Ts> | undefined {
    if (this.get !== TensorDataset.prototype.get) return undefined;
    const rows = checkIndices("TensorDataset.get", indices, this.length);
    return this.tensors.map((tensor) =>
      tensor.indexSelect(0, fromTypedArray("int32", rows, [rows.length], tensor.device)),
    ) as Batch<Ts>;
  }
}

/**
 * Subset of a dataset at given indices.
 *
 * @example
 * const dataset = new data.TensorDataset(tensor([10, 20, 30, 40]));
 * new data.Subset(dataset, [3, 1]).get(0); // [tensor(40.)]
 */
export class Subset<T> extends Dataset<T> {
  /** The whole dataset. */
  readonly dataset: Dataset<T>;
  /** Indices into the whole dataset. */
  readonly indices: readonly number[];

  constructor(dataset: Dataset<T>, indices: readonly number[]) {
    super();
    this.dataset = readArgument("Subset", "dataset", aDataset as Kind<Dataset<T>>, dataset);
    this.indices = readArgument("Subset", "indices", aNumberList, indices);
  }

  get length(): number {
    return this.indices.length;
  }

  get(index: number): T {
    return this.dataset.get(this.#inner(index));
  }

  override getBatch(indices: Int32Array): unknown {
    if (this.get !== Subset.prototype.get) return undefined;
    return this.dataset.getBatch?.(indices.map((index) => this.#inner(index)));
  }

  #inner(index: number): number {
    return this.indices[checkIndex("Subset.get", index, this.indices.length)] as number;
  }
}

/**
 * Concatenation of several datasets.
 *
 * @example
 * const [a, b] = [new data.TensorDataset(tensor([1, 2])), new data.TensorDataset(tensor([3]))];
 * const both = new data.ConcatDataset([a, b]);
 * both.length; // 3
 * both.get(2); // [tensor(3.)]
 */
export class ConcatDataset<T> extends Dataset<T> {
  /** The datasets. */
  readonly datasets: readonly Dataset<T>[];
  /** For each dataset, the number of samples up to its end. */
  readonly cumulativeSizes: readonly number[];

  /** @throws ValueError without any dataset. */
  constructor(datasets: Iterable<Dataset<T>>) {
    super();
    readArgument("ConcatDataset", "datasets", anIterable, datasets);
    this.datasets = [...datasets];
    for (const dataset of this.datasets) readArgument("ConcatDataset", "datasets", aDataset, dataset);
    if (this.datasets.length === 0) throw new ValueError("[ConcatDataset] datasets should not be an empty iterable");
    let size = 0;
    this.cumulativeSizes = this.datasets.map((dataset) => {
      size += dataset.length;
      return size;
    });
  }

  get length(): number {
    return this.cumulativeSizes.at(-1) as number;
  }

  get(index: number): T {
    const at = checkIndex("ConcatDataset.get", index, this.length);
    const which = this.cumulativeSizes.findIndex((size) => at < size);
    const dataset = this.datasets[which];
    if (dataset === undefined) throw new DataError("[ConcatDataset.get] a dataset changed its length");
    return dataset.get(at - (this.cumulativeSizes[which - 1] ?? 0));
  }
}
