/** @file Movement operations: concatenation, padding, flips, rolls, triangles. */
import type { Backend, NDArray } from "../../../kernels/backend.ts";
import { dense, emptyArray } from "../../../kernels/layout.ts";
import { defineOp, type Op } from "../../autograd/op.ts";
import { ShapeError } from "../../core/errors.ts";
import { bracketed } from "../../core/shape.ts";
import type { SliceParams } from "./view.ts";

function stridedView(x: NDArray, dim: number, start: number, size: number, step = 1): NDArray {
  const stride = x.strides[dim] as number;
  return {
    storage: x.storage,
    dtype: x.dtype,
    shape: x.shape.with(dim, size),
    strides: x.strides.with(dim, stride * step),
    offset: x.offset + start * stride,
  };
}

function fullArray(k: Backend, like: NDArray, shape: readonly number[], value: number): NDArray {
  const out = emptyArray(k, like.dtype, shape);
  k.fill(out, value);
  return out;
}

function checkPart(i: number, shape: readonly number[], first: readonly number[], dim: number): void {
  if (shape.length !== first.length) {
    throw new ShapeError(
      `[cat] Tensors must have same number of dimensions: got ${first.length} and ${shape.length}. The shapes are ${bracketed(first)} and ${bracketed(shape)}.`,
    );
  }
  const other = shape.findIndex((size, d) => d !== dim && size !== first[d]);
  if (other >= 0) {
    throw new ShapeError(
      `[cat] Sizes of tensors must match except in dimension ${dim}. Expected size ${first[other]} but got size ${shape[other]} for tensor number ${i} in the list.`,
    );
  }
}

/** Joins along an existing dimension. Inputs of shape [0] are passed over, as in PyTorch. */
export const cat = defineOp<readonly NDArray[], number>({
  name: "cat",
  gradName: "CatBackward0",
  forward(k, inputs, dim) {
    const isPart = ({ shape }: NDArray): boolean => shape.length !== 1 || shape[0] !== 0;
    const first = inputs.find(isPart);
    if (first === undefined) return emptyArray(k, (inputs[0] as NDArray).dtype, [0]);
    let total = 0;
    for (let i = 0; i < inputs.length; i++) {
      const x = inputs[i]!;
      if (!isPart(x)) continue;
      checkPart(i, x.shape, first.shape, dim);
      total += x.shape[dim] as number;
    }
    const out = emptyArray(k, first.dtype, first.shape.with(dim, total));
    let start = 0;
    for (const x of inputs) {
      if (!isPart(x)) continue;
      const size = x.shape[dim] as number;
      k.copy(stridedView(out, dim, start, size), x);
      start += size;
    }
    return out;
  },
  saved: [],
  backward(grad, ctx) {
    const dim = ctx.params;
    const grads = [];
    let start = 0;
    for (let i = 0; ctx.shape(i) !== undefined; i++) {
      const shape = ctx.shape(i);
      if (shape.length === 1 && shape[0] === 0) {
        grads.push(ctx.needs(i) ? grad.newZeros(shape) : null);
        continue;
      }
      const size = shape[dim] as number;
      grads.push(ctx.needs(i) ? grad.narrow(dim, start, size) : null);
      start += size;
    }
    return grads;
  },
});

/** Zeros of a shape with the input written to a slice: the gradient of `slice`. */
export const sliceBackward = defineOp<[NDArray], { readonly shape: readonly number[]; readonly slice: SliceParams }>({
  name: "sliceBackward",
  gradName: "SliceBackwardBackward0",
  forward(k, [x], { shape, slice }) {
    const out = fullArray(k, x, shape, 0);
    k.copy(stridedView(out, slice.dim, slice.start, x.shape[slice.dim] as number, slice.step), x);
    return out;
  },
  backward(grad, ctx) {
    const { dim, start, end, step } = ctx.params.slice;
    return [grad.slice(dim, start, end, step)];
  },
});

/** Reversed along some dimensions. */
export const flip = defineOp<[NDArray], readonly number[]>({
  name: "flip",
  gradName: "FlipBackward0",
  forward(k, [x], dims) {
    let source = x;
    for (const d of dims)
      source = stridedView(source, d, Math.max((x.shape[d] as number) - 1, 0), x.shape[d] as number, -1);
    const out = emptyArray(k, x.dtype, x.shape);
    k.copy(out, source);
    return out;
  },
  backward: (grad, ctx) => [grad.flip(ctx.params)],
});

/** Rolls by `shift` (0 ≤ shift < size) along a dimension. */
export const roll = defineOp<[NDArray], { readonly dim: number; readonly shift: number }>({
  name: "roll",
  gradName: "RollBackward0",
  forward(k, [x], { dim, shift }) {
    const size = x.shape[dim] as number;
    const out = emptyArray(k, x.dtype, x.shape);
    k.copy(stridedView(out, dim, shift, size - shift), stridedView(x, dim, 0, size - shift));
    k.copy(stridedView(out, dim, 0, shift), stridedView(x, dim, size - shift, shift));
    return out;
  },
  backward: (grad, ctx) => [grad.roll(-ctx.params.shift, ctx.params.dim)],
});

export interface PadParams {
  /** Elements before and after each dimension; negative numbers crop. */
  readonly before: readonly number[];
  readonly after: readonly number[];
  readonly value: number;
}

/** Constant padding. */
export const pad: Op<[NDArray], PadParams> = defineOp({
  name: "pad",
  gradName: "ConstantPadNdBackward0",
  forward(k, [x], { before, after, value }) {
    const shape = x.shape.map((s, d) => s + (before[d] as number) + (after[d] as number));
    if (shape.some((s) => s < 0)) {
      throw new ShapeError(
        `[pad] the padding makes a size negative: ${bracketed(x.shape)} would become ${bracketed(shape)}`,
      );
    }
    const out = fullArray(k, x, shape, value);
    let target = out;
    let source = x;
    for (let d = 0; d < shape.length; d++) {
      const b = before[d] as number;
      const size = (x.shape[d] as number) + Math.min(b, 0) + Math.min(after[d] as number, 0);
      if (size <= 0) return out;
      target = stridedView(target, d, Math.max(b, 0), size);
      source = stridedView(source, d, Math.max(-b, 0), size);
    }
    k.copy(target, source);
    return out;
  },
  backward(grad, ctx, apply) {
    const { before, after } = ctx.params;
    return [apply(pad, [grad], { before: before.map((n) => -n), after: after.map((n) => -n), value: 0 })];
  },
});

/** How {@link padEdges} goes on beyond the edge: mirrored at it, with its elements, or from the other end. */
export type EdgeMode = "reflect" | "replicate" | "circular";

export interface EdgePadParams {
  readonly mode: EdgeMode;
  /** Elements before and after each dimension, at least 0. */
  readonly before: readonly number[];
  readonly after: readonly number[];
}

/** The padding at one end of a dimension, and the elements of the same array that it repeats. */
interface EdgeCopy {
  readonly edge: NDArray;
  readonly from: NDArray;
}

/** The two ends of dimension d of a padded array; elements of dimensions beyond d are taken to be complete, before d only the inner ones. */
function edgesOf(padded: NDArray, shape: readonly number[], d: number, params: EdgePadParams): EdgeCopy[] {
  const { mode, before, after } = params;
  let inner = padded;
  for (let i = 0; i < d; i++) inner = stridedView(inner, i, before[i] as number, shape[i] as number);
  const [size, left, right] = [shape[d] as number, before[d] as number, after[d] as number];
  const part = (start: number, count: number, step = 1) => stridedView(inner, d, start, count, step);
  const end = left + size;
  const sources: Record<EdgeMode, () => readonly [NDArray, NDArray]> = {
    reflect: () => [part(2 * left, left, -1), part(end - 2, right, -1)],
    replicate: () => [part(left, left, 0), part(end - 1, right, 0)],
    circular: () => [part(size, left), part(left, right)],
  };
  const [first, last] = sources[mode]();
  const ends = [
    { edge: part(0, left), from: first, count: left },
    { edge: part(end, right), from: last, count: right },
  ];
  return ends.filter(({ count }) => count > 0);
}

/** The elements that a padded array has from its input. */
function withoutPadding(padded: NDArray, shape: readonly number[], before: readonly number[]): NDArray {
  return shape.reduce<NDArray>((view, size, d) => stridedView(view, d, before[d] as number, size), padded);
}

/** Padding with elements of the input: a copy, and one of each edge, which is small. */
export const padEdges: Op<[NDArray], EdgePadParams> = defineOp<[NDArray], EdgePadParams>({
  name: "pad",
  gradName: "PadBackward0",
  forward(k, [x], params) {
    const { before, after } = params;
    const shape = x.shape.map((size, d) => size + (before[d] as number) + (after[d] as number));
    const out = emptyArray(k, x.dtype, shape);
    k.copy(withoutPadding(out, x.shape, before), x);
    for (let d = shape.length - 1; d >= 0; d--) {
      for (const { edge, from } of edgesOf(out, x.shape, d, params)) k.copy(edge, from);
    }
    return out;
  },
  backward: (grad, ctx, apply) => [apply(padEdgesGrad, [grad], { ...ctx.params, shape: ctx.shape(0) })],
});

/** The transpose of {@link padEdges}: what lies in the padding is added to the elements that it repeats. */
export const padEdgesGrad = defineOp<[NDArray], EdgePadParams & { readonly shape: readonly number[] }>({
  name: "pad",
  gradName: "PadBackwardBackward0",
  forward(k, [grad], params) {
    const { shape, before } = params;
    const sums = emptyArray(k, grad.dtype, grad.shape);
    k.copy(sums, grad);
    for (let d = 0; d < shape.length; d++) {
      for (const { edge, from } of edgesOf(sums, shape, d, params)) k.addInto(from, edge);
    }
    const out = emptyArray(k, grad.dtype, shape);
    k.copy(out, withoutPadding(sums, shape, before));
    k.free(sums.storage);
    return out;
  },
  backward(grad, ctx, apply) {
    const { mode, before, after } = ctx.params;
    return [apply(padEdges, [grad], { mode, before, after })];
  },
});

/** Where the column is at most, or at least, the row plus `diagonal`. */
function triangleMask(k: Backend, comparison: "le" | "ge", rows: number, cols: number, diagonal: number): NDArray {
  const count = (n: number, first: number) =>
    k.upload(
      "int32",
      Int32Array.from({ length: n }, (_, i) => first + i),
    );
  const [row, col] = [dense(count(rows, diagonal), [rows, 1]), dense(count(cols, 0), [1, cols])];
  const mask = k.map(comparison, [col, row], [rows, cols]);
  for (const { storage } of [row, col]) k.free(storage);
  return mask;
}

/** The upper or lower triangle of the last two dimensions, zeros elsewhere. */
function triangle(name: "tril" | "triu", gradName: string) {
  return defineOp<[NDArray], number>({
    name,
    gradName,
    forward(k, [x], diagonal) {
      if (x.shape.length < 2) throw new ShapeError(`[${name}] input tensor must have at least 2 dimensions`);
      const [rows, cols] = x.shape.slice(-2) as [number, number];
      const mask = triangleMask(
        k,
        name === "tril" ? "le" : "ge",
        rows,
        cols,
        Math.max(-rows, Math.min(diagonal, cols)),
      );
      const zero = fullArray(k, x, [], 0);
      const out = k.map("where", [mask, x, zero], x.shape);
      for (const { storage } of [mask, zero]) k.free(storage);
      return out;
    },
    backward: (grad, ctx) => [name === "tril" ? grad.tril(ctx.params) : grad.triu(ctx.params)],
  });
}

export const tril = triangle("tril", "TrilBackward0");
export const triu = triangle("triu", "TriuBackward0");
