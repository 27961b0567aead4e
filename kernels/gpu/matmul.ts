/** @file Matrix products and their epilogue. */
import type { MatmulOptions, NDArray } from "../backend.ts";
import { sizeOf } from "../layout.ts";
import { contiguousCopy, writeResult } from "./elementwise.ts";
import type { GpuContext } from "./gpu-context.ts";
import type { GpuArray } from "./runtime.ts";
import { matmulKernel } from "./sources/matmul.ts";
import { BLOCK, type TexelWay, texelProduct, texelRows } from "./sources/texel-product.ts";

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
  const [aBatch, aRow, aStep] = [batched ? stride(a, 3) : 0, stride(a, 2), stride(a, 1)];
  const [bBatch, bStep, bColumn] = [batched ? stride(b, 3) : 0, stride(b, 2), stride(b, 1)];
  const epilogue = [bias?.offset ?? 0, bias?.strides[0] ?? 0];
  const old = accumulate && out !== undefined ? contiguousCopy(context, out) : null;
  const factors = [context.array(a), context.array(b)];
  const added = [...(bias === undefined ? [] : [context.array(bias)]), ...(old === null ? [] : [old])];
  let product: GpuArray;
  if (context.runtime.mode === "webgl2") {
    const ways = [wayOf(a.offset, aBatch, aStep, aRow), wayOf(b.offset, bBatch, bStep, bColumn)] as const;
    const numbers = [rows, columns, depth, a.offset, aBatch, aRow, aStep, b.offset, bBatch, bColumn, bStep];
    const padded = BLOCK * Math.ceil(rows / BLOCK) * Math.ceil(columns / BLOCK) * (length / (rows * columns));
    const parts = context.runAll(texelProduct(`${ways[0]}:${ways[1]}`), padded, factors, numbers);
    const kernel = texelRows(`${bias !== undefined}:${old !== null}:${columns % BLOCK === 0 ? "whole" : "broken"}`);
    product = context.run(kernel, length, [...parts, ...added], [rows, columns, Number(relu), ...epilogue]);
    for (const part of parts) part.release();
  } else {
    const places = [a.offset, aBatch, aRow, aStep, b.offset, bBatch, bStep, bColumn];
    const width = Math.min(rows, columns) <= NARROW ? "narrow" : "wide";
    const kernel = matmulKernel(`${bias !== undefined}:${old !== null}:${width}`);
    const numbers = [rows, columns, depth, Number(relu), ...places, ...epilogue];
    product = context.run(kernel, length, [...factors, ...added], numbers);
  }
  old?.release();
  return writeResult(context, a.dtype, shape, product, out);
}

/** How texels of four can be read from a matrix that begins `at` a place and has these strides. */
function wayOf(at: number, batch: number, step: number, other: number): TexelWay {
  const isWhole = (...places: readonly number[]) => places.every((place) => place % BLOCK === 0);
  if (step === 1 && isWhole(at, batch, other)) return "k";
  return other === 1 && isWhole(at, batch, step) ? "other" : "each";
}
