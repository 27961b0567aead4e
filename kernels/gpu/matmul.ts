/** @file Matrix products and their epilogue. */
import type { MatmulOptions, NDArray } from "../backend.ts";
import { sizeOf } from "../layout.ts";
import { contiguousCopy, writeResult } from "./elementwise.ts";
import type { GpuContext } from "./gpu-context.ts";
import { type GpuKernel, TEXEL } from "./kernel.ts";
import { directMatmulKernel, type MatrixWay } from "./sources/direct-matmul.ts";
import { matmulKernel } from "./sources/matmul.ts";
import { texelProduct, texelRows } from "./sources/texel-product.ts";
import { WIDTH } from "./sources/vectors.ts";

/** Up to so many rows or columns a tile would stay mostly empty. */
const NARROW = 16;

/** From so many columns on a thread computes 16 of them and not 8, where it reads matrices where they are. */
const WIDE = 64;

/** How a matrix of a product lies: its size and step across the depth, its step along it, and between matrices. */
interface Operand {
  readonly size: number;
  readonly at: number;
  readonly batch: number;
  readonly across: number;
  readonly along: number;
}

/** How it can be read. */
function wayOf({ size, at, batch, across, along }: Operand, depth: number): MatrixWay {
  if (at % WIDTH !== 0 || batch % WIDTH !== 0) return "s";
  if (along === 1 && across % WIDTH === 0 && depth % WIDTH === 0) return "k";
  return across === 1 && along % WIDTH === 0 && size % WIDTH === 0 ? "o" : "s";
}

export function matmul(context: GpuContext, a: NDArray, b: NDArray, options: MatmulOptions): NDArray {
  const { bias, relu = false, out, accumulate = false } = options;
  const rank = a.shape.length;
  const [rows, depth] = a.shape.slice(-2) as [number, number];
  const columns = b.shape[rank - 1] as number;
  const shape = [...a.shape.slice(0, -1), columns];
  const length = sizeOf(shape);
  if (length === 0) return out ?? context.result(a.dtype, shape, 0);
  const stride = (x: NDArray, d: number) => x.strides[x.strides.length - d] as number;
  const batch = (x: NDArray) => (rank === 3 ? stride(x, 3) : 0);
  const left = { size: rows, at: a.offset, batch: batch(a), across: stride(a, 2), along: stride(a, 1) };
  const right = { size: columns, at: b.offset, batch: batch(b), across: stride(b, 1), along: stride(b, 2) };
  const numbers = [
    rows,
    columns,
    depth,
    Number(relu),
    left.at,
    left.batch,
    left.across,
    left.along,
    right.at,
    right.batch,
    right.along,
    right.across,
    bias?.offset ?? 0,
    bias?.strides[0] ?? 0,
  ];
  const old = accumulate && out !== undefined ? contiguousCopy(context, out) : null;
  const factors = [context.array(a), context.array(b)];
  const added = [...(bias === undefined ? [] : [context.array(bias)]), ...(old === null ? [] : [old])];
  const arrays = [...factors, ...added];
  const epilogue = `${bias !== undefined}:${old !== null}` as const;
  let kernel: GpuKernel;
  if (context.runtime.mode === "webgl2") {
    const padded = TEXEL * Math.ceil(rows / TEXEL) * Math.ceil(columns / TEXEL) * (length / (rows * columns));
    const parts = context.runAll(
      texelProduct(`${wayOf(left, depth)}:${wayOf(right, depth)}`),
      padded,
      factors,
      numbers,
    );
    kernel = texelRows(`${epilogue}:${columns % TEXEL === 0 ? "whole" : "broken"}`);
    const product = context.run(kernel, length, [...parts, ...added], numbers);
    for (const part of parts) part.release();
    old?.release();
    return writeResult(context, a.dtype, shape, product, out);
  }
  if (context.runtime.threads === 4) {
    const store = columns % WIDTH === 0 ? "vectors" : "singles";
    kernel = directMatmulKernel(
      `${wayOf(left, depth)}${wayOf(right, depth)}:${epilogue}:${store}:${columns < WIDE ? 2 : 4}`,
    );
  } else {
    kernel = matmulKernel(`${epilogue}:${Math.min(rows, columns) <= NARROW ? "narrow" : "wide"}`);
  }
  const product = context.run(kernel, length, arrays, numbers);
  old?.release();
  return writeResult(context, a.dtype, shape, product, out);
}
