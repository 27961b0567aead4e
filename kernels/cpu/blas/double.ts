/** @file float64 matrix products by the system's BLAS. */
import type { MatmulOptions, NDArray, TypedArray } from "../../backend.ts";
import type { SystemBlas } from "./blas.ts";

/** Multiplications from which the call pays; the plain loops do some 1000 in a microsecond. */
const MIN_DGEMM_MACS = 1000;

/**
 * out = a·b with the options' epilogue; `out` is contiguous.
 *
 * @param view Gives the elements of a storage.
 * @returns False if that is not possible or not worth it; then nothing was done.
 */
export function matmulDoubles(
  blas: SystemBlas,
  view: (x: NDArray) => TypedArray,
  a: NDArray,
  b: NDArray,
  out: NDArray,
  { bias, relu = false, accumulate = false }: MatmulOptions,
): boolean {
  const rank = a.shape.length;
  const [m, k] = a.shape.slice(-2) as [number, number];
  const n = b.shape[rank - 1]!;
  if (m * n * k < Math.min(MIN_DGEMM_MACS, blas.minMacs) || out.storage === a.storage || out.storage === b.storage)
    return false;
  const aStrides = a.strides.slice(-2) as [number, number];
  const bStrides = b.strides.slice(-2) as [number, number];
  const product = blas.dgemm(m, n, k, aStrides, bStrides);
  if (product === null) return false;
  const [left, right, target] = [a, b, out].map((x) => view(x).subarray(x.offset)) as Float64Array[];
  const batches = rank === 3 ? a.shape[0]! : 1;
  for (let i = 0; i < batches; i++) {
    const x = left!.subarray(rank === 3 ? i * a.strides[0]! : 0);
    const y = right!.subarray(rank === 3 ? i * b.strides[0]! : 0);
    product(x, y, target!.subarray(i * m * n), accumulate);
  }
  const z = target!.subarray(0, batches * m * n);
  if (bias) {
    const added = view(bias);
    for (let i = 0; i < z.length; i++) z[i]! += added[bias.offset + (i % n) * bias.strides[0]!]!;
  }
  if (relu) for (let i = 0; i < z.length; i++) if (z[i]! < 0) z[i] = 0;
  return true;
}
