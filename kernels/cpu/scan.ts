/** @file Running sums and products along the middle of contiguous blocks of the heap. */
import type { Block, NDArray } from "../backend.ts";
import { BYTES } from "../layout.ts";
import { copyOut, type KernelContext, operandAddress, targetOf } from "./kernel-context.ts";
import { SUFFIX } from "./suffix.ts";

/** Writes the running sums or products of a block that is not empty; of floats or int32. */
export function scanArray(
  { heap, vector }: KernelContext,
  op: "cumsum" | "cumprod",
  x: NDArray,
  { outer, n, inner }: Block,
  out: NDArray,
): void {
  const suffix = SUFFIX[x.dtype] as "f32" | "f64" | "i32";
  const from = operandAddress(heap, x);
  const target = targetOf(heap, out);
  if (inner === 1) {
    vector[`${op}Rows_${suffix}`](target.address, from, outer, n);
  } else {
    const scratch = heap.scratch(vector.scanScratch());
    vector[`${op}Columns_${suffix}`](target.address, from, outer, n, inner, BYTES[x.dtype] * inner, scratch);
  }
  copyOut(heap, out, target);
}
