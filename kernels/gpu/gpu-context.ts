/** @file The context of the GPU's operations: makes storages, reaches their arrays, issues kernels. */
import type { DType, NDArray, Storage } from "../backend.ts";
import type { Collector } from "../cpu/gc.ts";
import { dense, isContiguous, sizeOf } from "../layout.ts";
import type { GpuKernel } from "./kernel.ts";
import { GpuArray, type GpuRuntime } from "./runtime.ts";
import { elementKernel } from "./sources/elementwise.ts";
import { Cell, type Contents, GpuStorage, type Range } from "./storage.ts";
import { StorageRegistry } from "./storage-registry.ts";

/** A number everywhere, written out. */
const FILL = { name: "fill", inputs: ["x"], statements: "return x;" };

/** Hears that elements were found to be in range by what was known of them: `low` to `high`. */
type Assume = (range: Range, low: number, high: number) => void;

export class GpuContext {
  readonly runtime: GpuRuntime;
  #assume: Assume | null = null;
  readonly #registry: StorageRegistry;

  constructor(runtime: GpuRuntime, collector: Collector | null) {
    this.runtime = runtime;
    this.#registry = new StorageRegistry(runtime, collector);
  }

  /** Whether what is issued goes to a tape: the next time there may be other numbers in every upload. */
  get isTaped(): boolean {
    return this.#assume !== null;
  }

  /** Runs `fn`, whose kernels go to a tape. */
  taped<T>(assume: Assume, fn: () => T): T {
    const before = this.#assume;
    this.#assume = assume;
    try {
      return fn();
    } finally {
      this.#assume = before;
    }
  }

  /** Whether all elements are known to be `low` to `high`. */
  isWithin({ storage }: NDArray, low: number, high: number): boolean {
    const { range } = asGpuStorage(storage);
    if (range === null || range.low < low || range.high > high) return false;
    this.#assume?.(range, low, high);
    return true;
  }

  /** A storage with contents that now belong to it. */
  store(dtype: DType, length: number, contents: Contents, range: Range | null = null): GpuStorage {
    const storage = new GpuStorage(dtype, length, new Cell(contents));
    storage.range = range;
    this.#registry.add(storage);
    return storage;
  }

  /** Ends a storage. */
  free(storage: GpuStorage): void {
    this.#registry.remove(storage);
  }

  /** A fresh contiguous array that holds what a kernel computed. */
  result(dtype: DType, shape: readonly number[], contents: Contents, range: Range | null = null): NDArray {
    return dense(this.store(dtype, sizeOf(shape), contents, range), shape);
  }

  /** What a kernel computed behind other results, from a place of its array on. */
  part(dtype: DType, shape: readonly number[], array: GpuArray, at: number): NDArray {
    return { ...dense(this.store(dtype, array.length, array), shape), offset: at };
  }

  /** What the storage of an array holds. */
  contents(x: NDArray): Contents {
    return storageOf(x).cell.contents;
  }

  /** The one number of which an array consists, or null. */
  constant(x: NDArray): number | null {
    const contents = this.contents(x);
    return typeof contents === "number" ? contents : null;
  }

  /** The GPU's array of a storage; a number that it holds is written out first, and stays so. */
  array(x: NDArray): GpuArray {
    const storage = storageOf(x);
    const { contents } = storage.cell;
    if (contents instanceof GpuArray) return contents;
    const kernel = elementKernel(FILL, [true], "flat");
    const array = this.runtime.run(kernel, storage.length, [], [contents]);
    storage.cell.contents = array;
    return array;
  }

  /** Calls `use` with the GPU's array and the place where the elements of `x` begin in it, without gaps. */
  contiguous<T>(x: NDArray, copy: (x: NDArray) => GpuArray, use: (array: GpuArray, at: number) => T): T {
    if (isContiguous(x.shape, x.strides)) return use(this.array(x), x.offset);
    const array = copy(x);
    try {
      return use(array, 0);
    } finally {
      array.release();
    }
  }

  run(kernel: GpuKernel, length: number, arrays: readonly GpuArray[], numbers: readonly number[]): GpuArray {
    return this.runtime.run(kernel, length, arrays, numbers);
  }

  /** As {@link run}, for kernels in WGSL that may compute several arrays. */
  runAll(
    kernel: GpuKernel,
    length: number,
    arrays: readonly GpuArray[],
    numbers: readonly number[],
  ): readonly GpuArray[] {
    return this.runtime.runAll?.(kernel, length, arrays, numbers) ?? [this.run(kernel, length, arrays, numbers)];
  }
}

export function storageOf(x: NDArray): GpuStorage {
  return asGpuStorage(x.storage);
}

/** A storage of this backend. @throws Error for one of another. */
export function asGpuStorage(storage: Storage): GpuStorage {
  if (!(storage instanceof GpuStorage)) throw new Error("the storage belongs to another backend");
  return storage;
}

/** Whether an array is all that its storage holds, row by row. */
export function coversStorage(x: NDArray): boolean {
  return x.offset === 0 && x.storage.length === sizeOf(x.shape) && isContiguous(x.shape, x.strides);
}
