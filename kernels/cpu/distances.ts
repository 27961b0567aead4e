/** @file Distances between the rows of two matrices on the heap: each thread takes some of the rows. */
import type { Backend, FusedOps, NDArray } from "../backend.ts";
import { emptyArray, sizeOf } from "../layout.ts";
import {
  copyOut,
  isLargeArray,
  type KernelContext,
  MIN_SIMD_ELEMENTS,
  operandAddress,
  targetOf,
} from "./kernel-context.ts";
import { chunkOf, GRAIN_SIZE } from "./parallel/partition.ts";

type Distances = Required<Pick<FusedOps, "cdist" | "cdistGrad">>;

const kindOf = ({ dtype }: NDArray): "f32" | "f64" => (dtype === "float64" ? "f64" : "f32");

/** The kernels for large arrays, and `loops` for everything else. */
export function distanceKernels(backend: Backend, context: KernelContext, loops: Distances): Distances {
  const { heap } = context;
  return {
    cdist(x, y, p) {
      const [batch, rows, size] = x.shape as [number, number, number];
      const others = y.shape[1]!;
      if (batch * rows * others < MIN_SIMD_ELEMENTS) return loops.cdist(x, y, p);
      const z = emptyArray(backend, x.dtype, [batch, rows, others]);
      const [a, b] = [operandAddress(heap, x), operandAddress(heap, y)];
      const target = targetOf(heap, z);
      const parts = Math.min(batch * rows, context.threads.parts(sizeOf(z.shape) * size, GRAIN_SIZE.heavy));
      context.threads.run(parts, ({ vector }, part) => {
        const { first, count } = chunkOf(part, parts, batch * rows, 1);
        vector[`cdist_${kindOf(x)}`](target.address, a, b, rows, others, size, first, count, Number(p === 2));
      });
      copyOut(heap, z, target);
      return z;
    },
    cdistGrad(grad, x, y, distances, p) {
      const [batch, rows, size] = x.shape as [number, number, number];
      if (!isLargeArray(x)) return loops.cdistGrad(grad, x, y, distances, p);
      const others = y.shape[1]!;
      const z = emptyArray(backend, x.dtype, x.shape);
      const [g, a, b, found] = [grad, x, y, distances].map((array) => operandAddress(heap, array)) as [
        number,
        number,
        number,
        number,
      ];
      const target = targetOf(heap, z);
      const parts = Math.min(batch * rows, context.threads.parts(sizeOf(grad.shape) * size, GRAIN_SIZE.heavy));
      context.threads.run(parts, ({ vector }, part) => {
        const { first, count } = chunkOf(part, parts, batch * rows, 1);
        const sizes = [rows, others, size, first, count] as const;
        vector[`cdistGrad_${kindOf(x)}`](target.address, g, a, b, found, ...sizes, Number(p === 2));
      });
      copyOut(heap, z, target);
      return z;
    },
  };
}
