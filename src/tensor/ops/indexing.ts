/** @file Gather, scatter, index_select, sorting and selection, nonzero. Indices are int32 and not negative. */
import type { NDArray, TypedArray } from "../../../kernels/backend.ts";
import { dense, emptyArray, sameShape, sizeOf, withContiguous } from "../../../kernels/layout.ts";
import { type Apply, defineOp } from "../../autograd/op.ts";
import { ShapeError } from "../../core/errors.ts";
import { bracketed } from "../../core/shape.ts";
import type { Tensor } from "../tensor.ts";
import { fromElements, withElements } from "./host.ts";
import { pad } from "./movement.ts";
import { blockAt } from "./reduce-dims.ts";

function checkIndexShape(op: string, index: NDArray, x: NDArray, dim: number, what: string): void {
  const fits =
    index.shape.length === x.shape.length && index.shape.every((s, d) => d === dim || s <= (x.shape[d] as number));
  if (!fits) {
    throw new ShapeError(
      `[${op}] Size does not match at some dimension: expected index ${bracketed(index.shape)} to be smaller than ${what} ${bracketed(x.shape)} apart from dimension ${dim}`,
    );
  }
}

/** `out[i][j] = x[index[i][j]][j]` for dimension 0. */
export const gather = defineOp<[NDArray, NDArray], number>({
  name: "gather",
  gradName: "GatherBackward0",
  forward(k, [x, index], dim) {
    checkIndexShape("gather", index, x, dim, "self");
    return k.gather(x, dim, index);
  },
  saved: [[1], []],
  backward(grad, ctx) {
    const index = ctx.input(1);
    return [grad.newZeros(ctx.shape(0)).scatterAdd(ctx.params, index, grad), null];
  },
});

/** A copy of the first input with `out[index[i][j]][j] = src[i][j]` for dimension 0. */
export const scatter = defineOp<[NDArray, NDArray, NDArray], number>({
  name: "scatter",
  gradName: "ScatterBackward0",
  forward(k, [x, index, src], dim, _savedIntermediates, into) {
    checkIndexShape("scatter", index, src, -1, "src");
    checkIndexShape("scatter", index, x, dim, "self");
    const out = into ?? emptyArray(k, x.dtype, x.shape);
    if (into === undefined) k.copy(out, x);
    k.scatter("set", out, dim, index, src);
    return out;
  },
  saved: [[1], [], [1]],
  backward(grad, ctx, apply) {
    const index = ctx.input(1);
    const dim = ctx.params;
    const src = ctx.needs(2) ? grad.gather(dim, index) : null;
    return [
      ctx.needs(0) ? grad.scatter(dim, index, grad.newZeros(index.shape)) : null,
      null,
      src === null ? null : padEndTo(src, ctx.shape(2), apply),
    ];
  },
});

/** A copy of the first input with `out[index[i][j]][j] += src[i][j]` for dimension 0. */
export const scatterAdd = defineOp<[NDArray, NDArray, NDArray], number>({
  name: "scatterAdd",
  gradName: "ScatterAddBackward0",
  forward(k, [x, index, src], dim, _savedIntermediates, into) {
    checkIndexShape("scatterAdd", index, src, -1, "src");
    checkIndexShape("scatterAdd", index, x, dim, "self");
    const out = into ?? emptyArray(k, x.dtype, x.shape);
    if (into === undefined) k.copy(out, x);
    k.scatter("add", out, dim, index, src);
    return out;
  },
  saved: [[], [], [1]],
  backward: (grad, ctx, apply) => [
    ctx.needs(0) ? grad : null,
    null,
    ctx.needs(2) ? padEndTo(grad.gather(ctx.params, ctx.input(1)), ctx.shape(2), apply) : null,
  ],
});

/** Slices of a dimension selected by a 1-d index. */
export const indexSelect = defineOp<[NDArray, NDArray], number>({
  name: "indexSelect",
  gradName: "IndexSelectBackward0",
  forward(k, [x, index], dim) {
    if (index.shape.length > 1) {
      throw new ShapeError(`[indexSelect] Index is supposed to be a vector, got shape ${bracketed(index.shape)}`);
    }
    if (x.shape.length === 0) return dense(k.indexSelect(atLeast1d(x), 0, atLeast1d(index)).storage, []);
    return k.indexSelect(x, dim, atLeast1d(index));
  },
  saved: [[1], []],
  backward: (grad, ctx, apply) => [
    apply(indexAddInto, [grad, ctx.input(1)], { shape: ctx.shape(0), dim: ctx.params }),
    null,
  ],
});

/** Zeros of a shape with slices added at the positions of a 1-d index: the transpose of {@link indexSelect}. */
export const indexAddInto = defineOp<[NDArray, NDArray], { readonly shape: readonly number[]; readonly dim: number }>({
  name: "indexAdd",
  gradName: "IndexAddBackward0",
  forward(k, [src, index], { shape, dim }) {
    const out = emptyArray(k, src.dtype, shape);
    k.fill(out, 0);
    k.indexAdd(atLeast1d(out), dim, atLeast1d(index), atLeast1d(src));
    return out;
  },
  saved: [[1], []],
  backward: (grad, ctx) => [grad.indexSelect(ctx.params.dim, ctx.input(1)), null],
});

/** Zero-padded at the end of each dimension to a larger shape. */
function padEndTo(x: Tensor, shape: readonly number[], apply: Apply): Tensor {
  if (sameShape(x.shape, shape)) return x;
  const after = shape.map((size, d) => size - (x.shape[d] as number));
  return apply(pad, [x], { before: shape.map(() => 0), after, value: 0 });
}

function atLeast1d(x: NDArray): NDArray {
  return x.shape.length === 0 ? { ...x, shape: [1], strides: [1] } : x;
}

/** Indices that sort a dimension. Stable; NaN is the largest. */
export const argsort = defineOp<[NDArray], { readonly dim: number; readonly descending: boolean }>({
  name: "argsort",
  gradName: "NotDifferentiable",
  forward: (k, [x], { dim, descending }) =>
    withContiguous(k, x, (source) => dense(k.argsort(source, blockAt(x.shape, dim), descending).storage, x.shape)),
});

export interface TopkParams {
  readonly k: number;
  readonly dim: number;
  readonly largest: boolean;
}

/** The first k indices of {@link argsort}. */
export const topk = defineOp<[NDArray], TopkParams>({
  name: "topk",
  gradName: "NotDifferentiable",
  forward: (backend, [x], { k, dim, largest }) =>
    withContiguous(backend, x, (source) => {
      const { storage } = backend.topk(source, blockAt(x.shape, dim), k, largest);
      return dense(storage, x.shape.length === 0 ? [] : x.shape.with(dim, k));
    }),
});

/** The indices of the elements at a rank of a dimension in ascending order; the dimension is kept with size 1. */
export const selectRank = defineOp<[NDArray], { readonly dim: number; readonly rank: number }>({
  name: "selectRank",
  gradName: "NotDifferentiable",
  forward: (k, [x], { dim, rank }) =>
    withContiguous(k, x, (source) => {
      const { storage } = k.selectRank(source, blockAt(x.shape, dim), rank);
      return dense(storage, x.shape.length === 0 ? [] : x.shape.with(dim, 1));
    }),
});

/** Coordinates of the elements that are not 0. */
export const nonzero = defineOp<[NDArray]>({
  name: "nonzero",
  gradName: "NotDifferentiable",
  forward: (k, [x]) => k.nonzero(x),
});

/**
 * Positions in ascending sequences, before equal elements or, with `right`, behind them: a binary search for each value, of
 * a vector or of rows that fit those of the values.
 */
export const insertionPoints = defineOp<[NDArray, NDArray], boolean>({
  name: "searchsorted",
  gradName: "NotDifferentiable",
  forward(k, [sequence, values], right) {
    const width = sequence.shape[sequence.shape.length - 1] as number;
    const rowLength =
      sequence.shape.length === 1 ? sizeOf(values.shape) : (values.shape[values.shape.length - 1] as number);
    const list = withElements(k, sequence, (elements) => elements.slice());
    const out = withElements(k, values, (wanted) => searchRows(list, width, wanted, rowLength, right));
    return fromElements(k, "int32", out, values.shape);
  },
});

function searchRows(
  list: TypedArray,
  width: number,
  wanted: TypedArray,
  rowLength: number,
  right: boolean,
): Int32Array {
  const out = new Int32Array(wanted.length);
  for (let i = 0; i < wanted.length; i++) {
    const value = wanted[i] as number;
    const start = list.length === width ? 0 : Math.floor(i / rowLength) * width;
    let [low, high] = [start, start + width];
    while (low < high) {
      const middle = (low + high) >>> 1;
      const at = list[middle] as number;
      // By what is not true of NaN, which goes to the end.
      const isBehind = right ? !(at > value) : !(at >= value);
      if (isBehind) low = middle + 1;
      else high = middle;
    }
    out[i] = low - start;
  }
  return out;
}
