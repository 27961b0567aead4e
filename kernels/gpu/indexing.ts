/** @file gather and scatter, and positions from indices. */
import type { NDArray, ScatterMode } from "../backend.ts";
import { isContiguous, sizeOf } from "../layout.ts";
import { argsort } from "./axis-ops.ts";
import { checkIndices } from "./device-assert.ts";
import { compute, contiguousCopy, padRank, rankFor, writeResult } from "./elementwise.ts";
import { asGpuStorage, type GpuContext, storageOf } from "./gpu-context.ts";
import type { GpuArray } from "./runtime.ts";
import type { ElementFunction } from "./sources/elementwise.ts";
import { gatherKernel, scatterKernel } from "./sources/indexing.ts";
import { sortedScatterKernel } from "./sources/sorted-scatter.ts";

/** Beside a dimension that must not limit anything. */
const UNLIMITED = 2 ** 24;

/** Indices along the dimension that each element looks through; more are sorted first. */
const SEARCHED = 16;

/** The strides that lead along every dimension but `dim`, where the position comes from the index instead. */
function without(strides: readonly number[], dim: number): number[] {
  return strides.map((stride, d) => (d === dim ? 0 : stride));
}

function checkIndex(context: GpuContext, op: string, index: NDArray, dim: number, size: number): void {
  checkIndices(context, op, index, {
    size,
    message: (value) => `index ${value} is out of bounds for dimension ${dim} with size ${size}`,
  });
}

const WRAP: ElementFunction = {
  name: "index",
  inputs: ["index"],
  floats: ["size"],
  statements: "return index < 0 ? index + size : index;",
};

const NEXT: ElementFunction = {
  name: "position",
  inputs: ["position", "index"],
  floats: ["size"],
  statements: "return position * size + index;",
};

/** Row-major positions in an array of `sizes` from indices of its dimensions, broadcast to `shape`. */
export function flatIndex(
  context: GpuContext,
  indices: readonly NDArray[],
  shape: readonly number[],
  sizes: readonly number[],
  dims: readonly number[],
): NDArray {
  const wrapped = indices.map((index, i) => {
    const size = sizes[i] as number;
    const out = context.result("int32", shape, compute(context, WRAP, [index], shape, [size]));
    const given = (at: number) => (at < 0 ? at - size : at);
    if (!context.isWithin(index, -size, size - 1)) {
      checkIndices(context, "at", out, {
        size,
        message: (at) => `index ${given(at)} is out of bounds for dimension ${dims[i]} with size ${size}`,
      });
    }
    return out;
  });
  return wrapped.reduce((position, index, i) => {
    const out = context.result("int32", shape, compute(context, NEXT, [position, index], shape, [sizes[i] as number]));
    for (const { storage } of [position, index]) context.free(asGpuStorage(storage));
    return out;
  });
}

export function gather(context: GpuContext, x: NDArray, dim: number, index: NDArray): NDArray {
  checkIndex(context, "gather", index, dim, x.shape[dim] ?? 1);
  const length = sizeOf(index.shape);
  if (length === 0) return context.result(x.dtype, index.shape, 0);
  const rank = rankFor("gather", index.shape.length);
  const numbers = [
    ...padRank(index.shape, rank, 1),
    x.offset,
    ...padRank(without(x.strides, dim), rank, 0),
    index.offset,
    ...padRank(index.strides, rank, 0),
    x.strides[dim] ?? 0,
  ];
  const out = context.run(gatherKernel(`${rank}`), length, [context.array(x), context.array(index)], numbers);
  return context.result(x.dtype, index.shape, out, storageOf(x).range);
}

export function scatter(
  context: GpuContext,
  mode: ScatterMode,
  dst: NDArray,
  dim: number,
  index: NDArray,
  src: NDArray,
): void {
  checkIndex(context, "scatter", index, dim, dst.shape[dim] ?? 1);
  const length = sizeOf(dst.shape);
  if (length === 0 || sizeOf(index.shape) === 0) return;
  const rank = rankFor("scatter", dst.shape.length);
  const whole = isContiguous(dst.shape, dst.strides) && dst.offset === 0;
  const along = (sizes: readonly number[], here: number) => sizes.map((size, d) => (d === dim ? here : size));
  const sizes = [
    ...padRank(dst.shape, rank, 1),
    ...padRank(along(index.shape, UNLIMITED), rank, UNLIMITED),
    index.shape[dim] ?? 1,
    ...padRank(
      dst.shape.map((_, d) => Number(d === dim)),
      rank,
      0,
    ),
  ];
  const steps = (x: NDArray) => [x.offset, ...padRank(without(x.strides, dim), rank, 0), x.strides[dim] ?? 0];
  const old = whole ? context.array(dst).retain() : contiguousCopy(context, dst);
  const [from, values] = [context.array(index), context.array(src)];
  let changed: GpuArray;
  if (context.runtime.threads !== null && (index.shape[dim] ?? 1) > SEARCHED) {
    const { storage, ...order } = orderOf(context, index, dim);
    const numbers = [...sizes, ...steps(index), ...steps({ ...order, storage }), ...steps(src)];
    const arrays = [old, from, context.array({ ...order, storage }), values];
    changed = context.run(sortedScatterKernel(`${mode}:${rank}`), length, arrays, numbers);
    context.free(asGpuStorage(storage));
  } else {
    const numbers = [...sizes, ...steps(index), ...steps(src)];
    changed = context.run(scatterKernel(`${mode}:${rank}`), length, [old, from, values], numbers);
  }
  old.release();
  writeResult(context, dst.dtype, dst.shape, changed, dst);
}

/** The positions that sort an index along a dimension, with the strides of the index: those that repeat it are 0. */
function orderOf(context: GpuContext, index: NDArray, dim: number): NDArray {
  const isVector = index.strides.every((stride, d) => d === dim || stride === 0 || index.shape[d] === 1);
  const lines: NDArray = isVector
    ? { ...index, shape: [index.shape[dim] ?? 1], strides: [index.strides[dim] ?? 0] }
    : index;
  const dense = context.result("int32", lines.shape, contiguousCopy(context, lines));
  const at = isVector ? 0 : dim;
  const block = {
    outer: sizeOf(lines.shape.slice(0, at)),
    n: lines.shape[at] ?? 1,
    inner: sizeOf(lines.shape.slice(at + 1)),
  };
  const order = argsort(context, dense, block, false);
  context.free(asGpuStorage(dense.storage));
  if (!isVector) return order;
  return { ...order, shape: index.shape, strides: index.shape.map((_, d) => Number(d === dim)) };
}
