/** @file Matrix products and their epilogue. */
import type { MatmulOptions, NDArray } from "../backend.ts";
import { sizeOf } from "../layout.ts";
import { contiguousCopy, writeResult } from "./elementwise.ts";
import type { GpuContext } from "./gpu-context.ts";
import { matmulKernel } from "./sources/matmul.ts";

/** Up to so many rows or columns a tile would stay mostly empty. */
const NARROW = 16;

export function matmul(context: GpuContext, a: NDArray, b: NDArray, options: MatmulOptions): NDArray {
  const { bias, relu = false, out, accumulate = false } = options;
  const rank = a.shape.length;
  const [rows, depth] = a.shape.slice(-2) as [number, number];
  const columns = b.shape[rank - 1] as number;
  const shape = [...a.shape.slice(0, -1), columns];
  const length = sizeOf(shape);
  if (length === 0) return out ?? context.result(a.dtype, shape, 0);
  const batched = rank === 3;
  const stride = (x: NDArray, d: number) => x.strides[x.strides.length - d] as number;
  const numbers = [
    rows,
    columns,
    depth,
    Number(relu),
    a.offset,
    batched ? stride(a, 3) : 0,
    stride(a, 2),
    stride(a, 1),
    b.offset,
    batched ? stride(b, 3) : 0,
    stride(b, 2),
    stride(b, 1),
    bias?.offset ?? 0,
    bias?.strides[0] ?? 0,
  ];
  const old = accumulate && out !== undefined ? contiguousCopy(context, out) : null;
  const arrays = [
    context.array(a),
    context.array(b),
    ...(bias === undefined ? [] : [context.array(bias)]),
    ...(old === null ? [] : [old]),
  ];
  const width = Math.min(rows, columns) <= NARROW ? "narrow" : "wide";
  const product = context.run(matmulKernel(`${bias !== undefined}:${old !== null}:${width}`), length, arrays, numbers);
  old?.release();
  return writeResult(context, a.dtype, shape, product, out);
}
