/** @file Reductions over several dimensions: the reduced shape, the block around one dimension, and the order of memory. */
import type { Backend, Block, NDArray, ReduceOp } from "../../../kernels/backend.ts";
import { contiguousStrides, dense, emptyArray, isContiguous, sizeOf, withContiguous } from "../../../kernels/layout.ts";
import type { Tensor } from "../tensor.ts";

export interface ReduceParams {
  /** The dimensions, ascending. */
  readonly dims: readonly number[];
  readonly keepdim: boolean;
}

/** The shape after reducing `dims`: they are removed, or kept with size 1. */
export function reducedShape(shape: readonly number[], { dims, keepdim }: ReduceParams): number[] {
  if (keepdim) return shape.map((size, i) => (dims.includes(i) ? 1 : size));
  return shape.filter((_, i) => !dims.includes(i));
}

/** The number of elements before, along and after one dimension. */
export function blockAt(shape: readonly number[], dim: number): Block {
  if (shape.length === 0) return { outer: 1, n: 1, inner: 1 };
  return {
    outer: sizeOf(shape.slice(0, dim)),
    n: shape[dim] as number,
    inner: sizeOf(shape.slice(dim + 1)),
  };
}

/** Expands the result of a reduction to the shape of its input. */
export function expandReduced(y: Tensor, shape: readonly number[], { dims, keepdim }: ReduceParams): Tensor {
  if (keepdim || y.ndim === shape.length) return y.expand(shape);
  return y.view(shape.map((size, i) => (dims.includes(i) ? 1 : size))).expand(shape);
}

/** Whether a dimension repeats its elements. */
const repeats = (x: NDArray, d: number): boolean => x.strides[d] === 0 && x.shape[d] !== 1;

/** Fewer elements are copied into row-major order sooner than another order is found. */
const MIN_ORDERED_ELEMENTS = 4096;

/** The dimensions of x in the order in which they lie in memory, which sorts nothing where they do already. */
export function memoryOrder(x: NDArray): readonly number[] {
  const order = [...x.shape.keys()];
  if (isContiguous(x.shape, x.strides) || sizeOf(x.shape) < MIN_ORDERED_ELEMENTS) return order;
  const step = (d: number) => (x.shape[d] === 1 ? 0 : Math.abs(x.strides[d] as number)) || Number.POSITIVE_INFINITY;
  return order.sort((a, b) => (step(a) === step(b) ? a - b : step(b) - step(a)));
}

/** Dimensions that are left of an array, with their number before, in the order of its memory. */
export interface Left {
  readonly d: number;
  readonly size: number;
}

const sizeOfAll = (left: readonly Left[]): number => sizeOf(left.map(({ size }) => size));

/** What a reduction in the order of memory gives, where its dimensions have the order and the sizes of those `kept`. */
export function inOrder(k: Backend, out: NDArray, left: readonly Left[], kept: readonly Left[]): NDArray {
  if (kept.every(({ d, size }, i) => left[i]?.d === d && left[i]?.size === size)) return out;
  const steps = contiguousStrides(left.map(({ size }) => size));
  const strides = kept.map(({ d }) => {
    const at = left.findIndex((one) => one.d === d);
    return left[at]?.size === 1 ? 0 : (steps[at] as number);
  });
  const shape = kept.map(({ size }) => size);
  if (isContiguous(shape, strides)) return out;
  const copy = emptyArray(k, out.dtype, shape);
  k.copy(copy, { ...out, shape, strides });
  k.free(out.storage);
  return copy;
}

/** Those of the dimensions of x that are not reduced. */
export function keptOf(x: NDArray, isReduced: (d: number) => boolean): readonly Left[] {
  return x.shape.map((size, d) => ({ d, size })).filter(({ d }) => !isReduced(d));
}

/**
 * Reduces `dims`, which memory is gone through for in its own order: one run of neighbouring dimensions after the other, the
 * last first. What repeats its elements is read once.
 */
export function reduceDims(k: Backend, op: ReduceOp, x: NDArray, params: ReduceParams): NDArray {
  const shape = reducedShape(x.shape, params);
  const isReduced = (d: number): boolean => params.dims.includes(d);
  const isEmpty = sizeOf(x.shape) === 0;
  // A product rounds once. Of a sum of different elements it would multiply the error.
  const scales =
    op === "sum" &&
    (x.dtype === "float32" || x.dtype === "float64") &&
    params.dims.every((d) => x.shape[d] === 1 || repeats(x, d));
  const ignores = op === "max" || op === "min" || op === "any" || op === "all";
  const isOnce = (d: number): boolean => !isEmpty && repeats(x, d) && (scales || ignores || !isReduced(d));
  const order = memoryOrder(x);
  const source: NDArray = {
    ...x,
    shape: order.map((d) => (isOnce(d) ? 1 : (x.shape[d] as number))),
    strides: order.map((d) => x.strides[d] as number),
  };
  let left: readonly Left[] = order.map((d, i) => ({ d, size: source.shape[i] as number }));
  let out: NDArray | null = null;
  do {
    const end = left.findLastIndex(({ d }) => isReduced(d)) + 1;
    const start = left.slice(0, end).findLastIndex(({ d }) => !isReduced(d)) + 1;
    const block: Block = {
      outer: sizeOfAll(left.slice(0, start)),
      n: sizeOfAll(left.slice(start, end)),
      inner: sizeOfAll(left.slice(end)),
    };
    const before: NDArray | null = out;
    out = before === null ? withContiguous(k, source, (a) => k.reduce(op, a, block)) : k.reduce(op, before, block);
    if (before !== null) k.free(before.storage);
    left = left.toSpliced(start, end - start);
  } while (left.some(({ d }) => isReduced(d)));
  const count = scales ? sizeOf(params.dims.filter(isOnce).map((d) => x.shape[d] as number)) : 1;
  if (count !== 1) out = scaleBy(k, "mul", out, count);
  return dense(inOrder(k, out, left, keptOf(x, isReduced)).storage, shape);
}

/** x times a number, or divided by it, in place. */
export function scaleBy(k: Backend, name: "mul" | "div", x: NDArray, by: number): NDArray {
  const scalar = emptyArray(k, x.dtype, []);
  k.fill(scalar, by);
  k.map(name, [x, scalar], x.shape, [], x);
  k.free(scalar.storage);
  return x;
}
