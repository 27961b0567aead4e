/** @file Matrix products of arrays with any strides, in every dtype. */
import type { MatmulOptions, NDArray } from "../backend.ts";
import { sizeOf } from "../layout.ts";
import { denseCopy } from "./copy.ts";
import { ACCUMULATE, GEMM_TYPES, type GemmType, RELU } from "./gemm.ts";
import { gemm } from "./gemm-dispatch.ts";
import {
  copyOut,
  type KernelContext,
  operandAddress,
  overlaps,
  type StridedView,
  targetOf,
  temporary,
  viewOf,
} from "./kernel-context.ts";

/**
 * out = a·b with the options' epilogue; `out` is contiguous, [M, N] or [B, M, N].
 *
 * @returns False, and nothing was done, if there are no products of this dtype.
 */
export function matmulArrays(
  context: KernelContext,
  a: NDArray,
  b: NDArray,
  out: NDArray,
  options: MatmulOptions,
): boolean {
  const { dtype } = a;
  if (sizeOf(out.shape) === 0) return true;
  if (dtype === "uint8") matmulBytes(context, a, b, out, options);
  else if (dtype === "bool") return false;
  else matmulNumbers(context, GEMM_TYPES[dtype], a, b, out, options);
  return true;
}

function matmulNumbers(
  context: KernelContext,
  type: GemmType,
  a: NDArray,
  b: NDArray,
  out: NDArray,
  options: MatmulOptions,
): void {
  const { heap } = context;
  const k = a.shape[a.shape.length - 1]!;
  const left = readable(context, a, out, k);
  const right = readable(context, b, out, k);
  const target = targetOf(heap, out, options.accumulate);
  const flags = (options.accumulate ? ACCUMULATE : 0) + (options.relu ? RELU : 0);
  multiply(context, type, left, right, target.address, biasAddress(context, options.bias, out), flags);
  copyOut(heap, out, target);
}

function multiply(
  context: KernelContext,
  type: GemmType,
  a: StridedView,
  b: StridedView,
  c: number,
  bias: number,
  flags: number,
): void {
  // Small products are made by the thousand, so nothing is built here that is not needed.
  const first = a.shape.length - 2;
  gemm(context, {
    type,
    batches: first === 1 ? a.shape[0]! : 1,
    m: a.shape[first]!,
    n: b.shape[first + 1]!,
    k: a.shape[first + 1]!,
    a: a.address,
    aBatch: first === 1 ? a.strides[0]! : 0,
    aRow: a.strides[first]!,
    aCol: a.strides[first + 1]!,
    b: b.address,
    bBatch: first === 1 ? b.strides[0]! : 0,
    bRow: b.strides[first]!,
    bCol: b.strides[first + 1]!,
    c,
    bias,
    flags,
  });
}

/** By a product of int32: what wraps at 2³² and then at 2⁸ has wrapped at 2⁸. No byte is below 0 for ReLU. */
function matmulBytes(
  context: KernelContext,
  a: NDArray,
  b: NDArray,
  out: NDArray,
  { bias, accumulate }: MatmulOptions,
): void {
  const { heap, gemm: kernels } = context;
  const [left, right] = [widened(context, a), widened(context, b)];
  const sum = accumulate ? widened(context, out) : temporary(heap, out.shape, "int32");
  const added = bias === undefined ? 0 : widened(context, bias).address;
  const target = targetOf(heap, out);
  multiply(context, GEMM_TYPES.int32, left, right, sum.address, added, accumulate ? ACCUMULATE : 0);
  kernels.lowBytes(target.address, sum.address, sizeOf(out.shape));
  copyOut(heap, out, target);
}

/** A contiguous copy of a uint8 array as int32. */
function widened({ heap, gemm: kernels }: KernelContext, x: NDArray): StridedView {
  const rank = x.shape.length;
  const address = operandAddress(heap, x);
  const copy = temporary(heap, x.shape, "int32");
  const [rows, cols] = rank === 1 ? [1, x.shape[0]!] : [x.shape[rank - 2]!, x.shape[rank - 1]!];
  const [rowStep, colStep] = rank === 1 ? [0, x.strides[0]!] : [x.strides[rank - 2]!, x.strides[rank - 1]!];
  const batches = rank === 3 ? x.shape[0]! : 1;
  for (let i = 0; i < batches; i++) {
    const from = address + (rank === 3 ? i * x.strides[0]! : 0);
    kernels.widen(copy.address + 4 * i * rows * cols, from, rowStep, colStep, rows, cols);
  }
  return copy;
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
