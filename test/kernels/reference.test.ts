/** @file The reference backend beyond the contract: its memory hooks, its errors, its iteration. */
import { describe, expect, it } from "vitest";
import type { DType, NDArray, Storage, TypedArray } from "../../kernels/backend.ts";
import { dense, sizeOf } from "../../kernels/layout.ts";
import { ReferenceBackend } from "../../kernels/reference/backend.ts";
import { ArrayStorage } from "../../kernels/reference/storage.ts";
import { forEachRun } from "../../kernels/reference/strided.ts";
import { goldens } from "./conformance/goldens.ts";

function upload(k: ReferenceBackend, shape: readonly number[], values: readonly number[]): NDArray {
  return dense(k.upload("float32", Float32Array.from(values)), shape);
}

describe("memory", () => {
  it("names its device", () => {
    expect(new ReferenceBackend().device).toBe("cpu");
    expect(new ReferenceBackend("gpu").alloc("int32", 1).device).toBe("gpu");
  });

  it.each([
    ["float32", Float32Array],
    ["float64", Float64Array],
    ["int32", Int32Array],
    ["uint8", Uint8Array],
    ["bool", Uint8Array],
  ] as const)("holds %s in one %s", (dtype, type) => {
    const storage = new ReferenceBackend().alloc(dtype, 3);
    expect(storage).toBeInstanceOf(ArrayStorage);
    expect(storage).toMatchObject({ dtype, length: 3, version: 0 });
    expect((storage as ArrayStorage).data).toEqual(new type(3));
  });

  it("reports the use of a freed buffer", () => {
    const k = new ReferenceBackend();
    const x = upload(k, [2], [1, 2]);
    k.free(x.storage);
    k.free(x.storage);
    expect(() => k.readSync(x.storage, 0, 1)).toThrow("use of a freed storage");
    expect(() => k.map("neg", [x], x.shape)).toThrow("use of a freed storage");
  });

  it("reports a buffer of another backend", () => {
    const foreign: Storage = { device: "cpu", dtype: "float32", length: 1, version: 0, handles: 0 };
    expect(() => new ReferenceBackend().map("neg", [dense(foreign, [1])], [1])).toThrow("belongs to another backend");
  });
});

/** Keeps its numbers somewhere of its own, behind the three hooks and `view`. */
class OtherMemory extends ReferenceBackend {
  readonly #arrays = new Map<Storage, TypedArray>();

  get live(): number {
    return this.#arrays.size;
  }

  override alloc(dtype: DType, length: number): Storage {
    const storage: Storage = { device: this.device, dtype, length, version: 0, handles: 0 };
    this.#arrays.set(storage, new Float32Array(length).fill(Number.NaN));
    return storage;
  }

  override free(storage: Storage): void {
    this.#arrays.delete(storage);
  }

  override view(storage: Storage): TypedArray {
    const array = this.#arrays.get(storage);
    if (!array) throw new Error("unknown storage");
    return array;
  }
}

describe("a backend with memory of its own", () => {
  it("inherits the kernels", async () => {
    const k = new OtherMemory();
    const [a, b] = [upload(k, [2, 2], [1, 2, 3, 4]), upload(k, [2], [10, 20])];
    expect([...k.readSync(k.map("add", [a, b], [2, 2]).storage, 0, 4)]).toEqual([11, 22, 13, 24]);
    expect([...(await k.read(k.matmul(a, a).storage, 0, 4))]).toEqual([7, 10, 15, 22]);
    expect(k.live).toBe(4);
  });

  it("allocates nothing when an operation is refused", () => {
    const k = new OtherMemory();
    const x = upload(k, [3], [1, 2, 3]);
    const index = upload(k, [1], [3]);
    expect(() => k.gather(x, 0, index)).toThrow(RangeError);
    expect(() => k.fused.crossEntropy({ ...x, shape: [1, 3], strides: [3, 1] }, index, -100)).toThrow(RangeError);
    expect(k.live).toBe(2);
  });
});

describe("forEachRun", () => {
  const walk = (shape: number[], ...strides: number[][]) => {
    const runs: { at: number[]; steps: number[]; n: number }[] = [];
    forEachRun(
      shape,
      strides,
      strides.map(() => 0),
      (at, steps, n) => runs.push({ at: [...at], steps: [...steps], n }),
    );
    return runs;
  };

  it("walks contiguous operands in a single run", () => {
    expect(walk([2, 3, 4], [12, 4, 1], [12, 4, 1])).toEqual([{ at: [0, 0], steps: [1, 1], n: 24 }]);
  });

  it("walks a scalar operand along with a contiguous one", () => {
    expect(walk([2, 3], [3, 1], [0, 0])).toEqual([{ at: [0, 0], steps: [1, 0], n: 6 }]);
  });

  it("ignores dimensions of size 1, whatever their strides", () => {
    expect(walk([1, 3, 1, 2], [99, 2, 7, 1])).toEqual([{ at: [0], steps: [1], n: 6 }]);
  });

  it("visits a scalar once and an empty shape never", () => {
    expect(walk([], [])).toEqual([{ at: [0], steps: [0], n: 1 }]);
    expect(walk([2, 0, 3], [0, 3, 1])).toEqual([]);
  });

  it("keeps index order where operands differ", () => {
    expect(walk([2, 2, 2], [4, 2, 1], [1, 2, 4]).map(({ at }) => at)).toEqual([
      [0, 0],
      [2, 2],
      [4, 1],
      [6, 3],
    ]);
    expect(walk([3, 2], [-2, -1], [0, 1]).map(({ at, n }) => [...at, n])).toEqual([
      [0, 0, 2],
      [-2, 0, 2],
      [-4, 0, 2],
    ]);
  });
});

describe("double precision", () => {
  it("sums float32 without losing small terms", () => {
    const k = new ReferenceBackend();
    const x = upload(k, [1001], [16777216, ...new Array<number>(1000).fill(1)]);
    const sum = k.reduce("sum", x, { outer: 1, n: 1001, inner: 1 });
    expect(k.readSync(sum.storage, 0, 1)[0]).toBe(16778216);
  });

  it("has erf to a few units of the last place", () => {
    const k = new ReferenceBackend();
    const golden = goldens.unary.find(({ dtype }) => dtype === "float64");
    const x = (golden?.x ?? []).filter(Number.isFinite);
    const y = k.map("erf", [dense(k.upload("float64", Float64Array.from(x)), [x.length])], [x.length]);
    const got = k.readSync(y.storage, 0, sizeOf(y.shape));
    const want = (golden?.results.erf ?? []).filter((_, i) => Number.isFinite(golden?.x[i]));
    expect(want.length).toBeGreaterThan(50);
    want.forEach((w, i) => {
      expect(Math.abs((got[i] ?? Number.NaN) - w)).toBeLessThanOrEqual(1e-15 * Math.abs(w));
    });
  });
});
