/** @file Distances between the rows of two matrices, and their gradient, as plain loops. */
import type { Backend, FusedOps, NDArray, Storage, TypedArray } from "../backend.ts";
import { emptyArray } from "../layout.ts";

type Distances = Required<Pick<FusedOps, "cdist" | "cdistGrad">>;

/** The distances of a backend whose storages `view` shows as host arrays. */
export function distanceLoops(backend: Backend, view: (storage: Storage) => TypedArray): Distances {
  return {
    cdist(x, y, p) {
      const [batch, rows, size] = x.shape as [number, number, number];
      const others = y.shape[1]!;
      const z = emptyArray(backend, x.dtype, [batch, rows, others]);
      const [out, a, b] = [view(z.storage), view(x.storage), view(y.storage)];
      for (let i = 0; i < out.length; i++) {
        const [from, to] = placesOf(i, x, y);
        let sum = 0;
        for (let k = 0; k < size; k++) {
          const d = a[from + k]! - b[to + k]!;
          sum += p === 2 ? d * d : Math.abs(d);
        }
        out[i] = p === 2 ? Math.sqrt(sum) : sum;
      }
      return z;
    },
    cdistGrad(grad, x, y, distances, p) {
      const size = x.shape[2]!;
      const z = emptyArray(backend, x.dtype, x.shape);
      const [out, g, a, b, found] = [z, grad, x, y, distances].map(({ storage }) => view(storage)) as [
        TypedArray,
        TypedArray,
        TypedArray,
        TypedArray,
        TypedArray,
      ];
      const sums = new Float64Array(out.length);
      const [batch, rows, others] = grad.shape as [number, number, number];
      for (let i = 0; i < batch * rows * others; i++) {
        const length = found[distances.offset + i]!;
        if (length === 0) continue;
        const [from, to] = placesOf(i, x, y);
        for (let k = 0; k < size; k++) {
          const d = a[from + k]! - b[to + k]!;
          const slope = p === 2 ? d / length : Number(d > 0) - Number(d < 0);
          sums[from - x.offset + k]! += g[grad.offset + i]! * slope;
        }
      }
      out.set(sums);
      return z;
    },
  };
}

/** Where the two rows of the `i`-th distance begin. */
function placesOf(i: number, x: NDArray, y: NDArray): readonly [number, number] {
  const [, rows, size] = x.shape as [number, number, number];
  const others = y.shape[1]!;
  const row = Math.floor(i / others);
  const other = Math.floor(row / rows) * others + (i % others);
  return [x.offset + row * size, y.offset + other * size];
}
