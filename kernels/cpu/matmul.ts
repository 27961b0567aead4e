/** @file float32 matrix products of arrays with any strides. */
import type { MatmulOptions, NDArray } from "../backend.ts";
import { denseCopy } from "./copy.ts";
import { ACCUMULATE, GEMM_TYPES, RELU } from "./gemm.ts";
import { gemm } from "./gemm-dispatch.ts";
import { copyOut, type KernelContext, overlaps, type StridedView, targetOf, viewOf } from "./kernel-context.ts";

/** out = a·b with the options' epilogue; `out` is contiguous, [M, N] or [B, M, N]. */
export function matmulFloats(
  context: KernelContext,
  a: NDArray,
  b: NDArray,
  out: NDArray,
  options: MatmulOptions,
): void {
  const { heap } = context;
  // Small products are made by the thousand, so nothing is built here that is not needed.
  const first = a.shape.length - 2;
  const batches = first === 1 ? a.shape[0]! : 1;
  const m = a.shape[first]!;
  const k = a.shape[first + 1]!;
  const n = b.shape[first + 1]!;
  if (m * n * batches === 0) return;
  const left = readable(context, a, out, k);
  const right = readable(context, b, out, k);
  const target = targetOf(heap, out, options.accumulate);
  gemm(context, {
    type: GEMM_TYPES.float32,
    batches,
    m,
    n,
    k,
    a: left.address,
    aBatch: first === 1 ? left.strides[0]! : 0,
    aRow: left.strides[first]!,
    aCol: left.strides[first + 1]!,
    b: right.address,
    bBatch: first === 1 ? right.strides[0]! : 0,
    bRow: right.strides[first]!,
    bCol: right.strides[first + 1]!,
    c: target.address,
    bias: biasAddress(context, options.bias, out),
    flags: (options.accumulate ? ACCUMULATE : 0) + (options.relu ? RELU : 0),
  });
  copyOut(heap, out, target);
}

/** Where to read an operand. The kernels take a result that lies apart from what they read. */
function readable(context: KernelContext, x: NDArray, out: NDArray, k: number): StridedView {
  const window = viewOf(context.heap, x);
  return x.storage === out.storage && k > 0 ? denseCopy(context, window) : window;
}

/** Address of a contiguous bias, 0 for none. */
function biasAddress(context: KernelContext, bias: NDArray | undefined, out: NDArray): number {
  if (bias === undefined) return 0;
  const window = viewOf(context.heap, bias);
  const inPlace = (bias.strides[0] === 1 || bias.shape[0] === 1) && !overlaps(out, bias);
  return inPlace ? window.address : denseCopy(context, window).address;
}
