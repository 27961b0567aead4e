/** @file float32 matrix products of arrays: from windows with any strides to the matrix kernels. */
import type { MatmulOptions, NDArray } from "../backend.ts";
import { denseCopy } from "./copy.ts";
import { commit, type Machine, overlaps, targetOf, type Window, windowOf } from "./machine.ts";
import { ACCUMULATE, RELU } from "./matmul.ts";
import { multiply } from "./multiply.ts";

/** out = a·b with the options' epilogue; `out` is contiguous, [M, N] or [B, M, N]. */
export function multiplyFloats(machine: Machine, a: NDArray, b: NDArray, out: NDArray, options: MatmulOptions): void {
  const { heap } = machine;
  const rank = a.shape.length;
  const [m, k] = a.shape.slice(-2) as [number, number];
  const n = b.shape[rank - 1]!;
  const batches = rank === 3 ? a.shape[0]! : 1;
  if (m * n * batches === 0) return;
  // The kernels take a result that lies apart from what they read.
  const apart = (x: NDArray): Window => {
    const window = windowOf(heap, x);
    return x.storage === out.storage && k > 0 ? denseCopy(machine, window) : window;
  };
  const [left, right] = [apart(a), apart(b)];
  const target = targetOf(heap, out, options.accumulate);
  const bias = biasAddress(machine, options.bias, out);
  const flags = (options.accumulate ? ACCUMULATE : 0) + (options.relu ? RELU : 0);
  const [aRow, aCol] = left.strides.slice(-2) as [number, number];
  const [bRow, bCol] = right.strides.slice(-2) as [number, number];
  const aBatch = rank === 3 ? left.strides[0]! : 0;
  const bBatch = rank === 3 ? right.strides[0]! : 0;
  const [x, y] = [left.address, right.address];
  const operands = { a: x, aBatch, aRow, aCol, b: y, bBatch, bRow, bCol };
  multiply(machine, { batches, m, n, k, ...operands, c: target.address, bias, flags });
  commit(heap, out, target);
}

/** Address of a contiguous bias, 0 for none. */
function biasAddress(machine: Machine, bias: NDArray | undefined, out: NDArray): number {
  if (bias === undefined) return 0;
  const window = windowOf(machine.heap, bias);
  const inPlace = (bias.strides[0] === 1 || bias.shape[0] === 1) && !overlaps(out, bias);
  return inPlace ? window.address : denseCopy(machine, window).address;
}
