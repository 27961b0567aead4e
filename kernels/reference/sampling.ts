/** @file Weighted sums of elements at given positions, and their gradients, as plain loops. Sums are of double precision. */
import type { Backend, FusedOps, NDArray, Storage, TypedArray } from "../backend.ts";
import { emptyArray } from "../layout.ts";

type Sampling = Pick<FusedOps, "weightedRows" | "gatherSum" | "scatterSum" | "gatherDot">;

/** The sampling of a backend whose storages `view` shows as host arrays. */
export function samplingLoops(backend: Backend, view: (storage: Storage) => TypedArray): Sampling {
  const elements = (x: NDArray): ((i: number) => number) => {
    const data = view(x.storage);
    return (i) => data[x.offset + i]!;
  };
  const like = (x: NDArray, ...shape: readonly number[]): NDArray => emptyArray(backend, x.dtype, shape);

  return {
    weightedRows(x, { outer, n, inner }, { starts, columns, weights }) {
      const rows = starts.shape[0]! - 1;
      const z = like(x, outer, rows, inner);
      const [out, from] = [view(z.storage), elements(x)];
      const [start, column, weight] = [elements(starts), elements(columns), elements(weights)];
      for (let i = 0; i < out.length; i++) {
        const [line, j] = [Math.floor(i / inner), i % inner];
        const [o, row] = [Math.floor(line / rows), line % rows];
        let sum = 0;
        for (let e = start(row); e < start(row + 1); e++) {
          const term = weight(e) * from((o * n + column(e)) * inner + j);
          // The first is not added to 0, so that −0 stays what it is.
          sum = e === start(row) ? term : sum + term;
        }
        out[i] = sum;
      }
      return z;
    },
    gatherSum(x, index, weights) {
      const [batch, channels, size] = x.shape as [number, number, number];
      const [, taps, points] = index.shape as [number, number, number];
      const z = like(x, batch, channels, points);
      const [out, from, at, weight] = [view(z.storage), elements(x), elements(index), elements(weights)];
      for (let i = 0; i < out.length; i++) {
        const [plane, p] = [Math.floor(i / points), i % points];
        const b = Math.floor(plane / channels);
        let sum = 0;
        for (let k = 0; k < taps; k++) {
          const place = at((b * taps + k) * points + p);
          if (place >= 0) sum += weight((b * taps + k) * points + p) * from(plane * size + place);
        }
        out[i] = sum;
      }
      return z;
    },
    scatterSum(grad, index, weights, size) {
      const [batch, channels, points] = grad.shape as [number, number, number];
      const taps = index.shape[1]!;
      const z = like(grad, batch, channels, size);
      const [out, g, at, weight] = [view(z.storage), elements(grad), elements(index), elements(weights)];
      const sums = new Float64Array(out.length);
      for (let plane = 0; plane < batch * channels; plane++) {
        const first = Math.floor(plane / channels) * taps * points;
        for (let i = 0; i < taps * points; i++) {
          const place = at(first + i);
          if (place >= 0) sums[plane * size + place]! += weight(first + i) * g(plane * points + (i % points));
        }
      }
      out.set(sums);
      return z;
    },
    gatherDot(grad, x, index) {
      const [batch, channels, size] = x.shape as [number, number, number];
      const [, taps, points] = index.shape as [number, number, number];
      const z = like(x, batch, taps, points);
      const [out, g, from, at] = [view(z.storage), elements(grad), elements(x), elements(index)];
      for (let i = 0; i < out.length; i++) {
        const [b, p] = [Math.floor(i / (taps * points)), i % points];
        const place = at(i);
        let sum = 0;
        for (let c = 0; c < channels && place >= 0; c++) {
          sum += g((b * channels + c) * points + p) * from((b * channels + c) * size + place);
        }
        out[i] = sum;
      }
      return z;
    },
  };
}
