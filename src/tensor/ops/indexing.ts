/** @file Gather, scatter, index_select, index_put, sorting and selection, nonzero. Indices are int32 and not negative. */
import type { Backend, NDArray, ScatterMode } from "../../../kernels/backend.ts";
import { dense, emptyArray, sameShape, sizeOf, withContiguous } from "../../../kernels/layout.ts";
import { type Apply, type BackwardContext, defineOp, type Op, OUTPUT } from "../../autograd/op.ts";
import { ShapeError } from "../../core/errors.ts";
import { bracketed, broadcastShapes, viewStrides } from "../../core/shape.ts";
import type { Tensor } from "../tensor.ts";
import { type IndexParams, indexedShape, withMerged } from "./merge-dims.ts";
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

/** Writes `src` to the places of an index in a copy of x, or in `into`. */
function scatterInto(
  op: string,
  mode: ScatterMode,
  k: Backend,
  [x, index, src]: readonly [NDArray, NDArray, NDArray],
  dim: number,
  into: NDArray | undefined,
): NDArray {
  checkIndexShape(op, index, src, -1, "src");
  checkIndexShape(op, index, x, dim, "self");
  const out = into ?? copyOf(k, x);
  withSource(k, out, src, (source) => k.scatter(mode, out, dim, index, source));
  return out;
}

/** Calls `use` with what is to be written into `out`: a copy, if it lies in the same memory. */
function withSource(k: Backend, out: NDArray, src: NDArray, use: (source: NDArray) => void): void {
  if (src.storage !== out.storage) {
    use(src);
    return;
  }
  const copy = copyOf(k, src);
  use(copy);
  k.free(copy.storage);
}

function copyOf(k: Backend, x: NDArray): NDArray {
  const out = emptyArray(k, x.dtype, x.shape);
  k.copy(out, x);
  return out;
}

/** A copy of the first input with `out[index[i][j]][j] = src[i][j]` for dimension 0. */
export const scatter = defineOp<[NDArray, NDArray, NDArray], number>({
  name: "scatter",
  gradName: "ScatterBackward0",
  forward: (k, inputs, dim, _savedIntermediates, into) => scatterInto("scatter", "set", k, inputs, dim, into),
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
  forward: (k, inputs, dim, _savedIntermediates, into) => scatterInto("scatterAdd", "add", k, inputs, dim, into),
  saved: [[], [], [1]],
  backward: (grad, ctx, apply) => [
    ctx.needs(0) ? grad : null,
    null,
    ctx.needs(2) ? padEndTo(grad.gather(ctx.params, ctx.input(1)), ctx.shape(2), apply) : null,
  ],
});

/** The part of a source that an index of another shape reads. */
function cropTo(x: Tensor, shape: readonly number[]): Tensor {
  return shape.reduce((part, size, d) => (part.size(d) === size ? part : part.narrow(d, 0, size)), x);
}

/**
 * A copy of the first input with `out[index[i][j]][j] *= src[i][j]` for dimension 0. Where a product has zeros, the
 * gradient is that of PyTorch's formula: products of the others.
 */
export const scatterProd: Op<[NDArray, NDArray, NDArray], number> = defineOp({
  name: "scatterReduce",
  gradName: "ScatterReduceBackward0",
  forward: (k, inputs, dim, _savedIntermediates, into) => scatterInto("scatterReduce", "mul", k, inputs, dim, into),
  saved: [[0, 1, 2], [], [0, 1, 2, OUTPUT]],
  backward(grad, ctx, apply) {
    const [x, index, dim] = [ctx.input(0), ctx.input(1), ctx.params];
    const src = cropTo(ctx.input(2), index.shape);
    let forX: Tensor | null = null;
    let forSrc: Tensor | null = null;
    if (ctx.needs(0)) {
      const withoutZeros = x.maskedFill(x.eq(0), 1);
      forX = grad.mul(apply(scatterProd, [withoutZeros, index, src], dim)).div(withoutZeros);
    }
    if (ctx.needs(2)) {
      const isZero = src.eq(0);
      const zeros = x.newZeros(x.shape).scatterAdd(dim, index, isZero.to(x.dtype)).gather(dim, index);
      const isOnlyZero = isZero.logicalAnd(zeros.eq(1));
      const others = apply(scatterProd, [x, index, src.maskedFill(isOnlyZero, 1)], dim);
      const usual = grad.mul(ctx.output()).gather(dim, index).div(src.maskedFill(isZero, 1));
      forSrc = grad.mul(others).gather(dim, index).where(isOnlyZero, usual);
    }
    return [forX, null, forSrc === null ? null : padEndTo(forSrc, ctx.shape(2), apply)];
  },
});

/** A copy of the first input with the larger or smaller of `out[index[i][j]][j]` and `src[i][j]` for dimension 0. */
function scatterExtremum(mode: "max" | "min") {
  return defineOp<[NDArray, NDArray, NDArray], number>({
    name: "scatterReduce",
    gradName: "ScatterReduceBackward0",
    forward: (k, inputs, dim, _savedIntermediates, into) => scatterInto("scatterReduce", mode, k, inputs, dim, into),
    saved: [[0, 1, 2, OUTPUT], [], [0, 1, 2, OUTPUT]],
    backward(grad, ctx, apply) {
      const [x, index, dim] = [ctx.input(0), ctx.input(1), ctx.params];
      const src = cropTo(ctx.input(2), index.shape);
      const result = ctx.output();
      // Equal extremes share the gradient.
      const [isX, isSrc] = [x.eq(result).to(x.dtype), src.eq(result.gather(dim, index)).to(x.dtype)];
      const share = grad.div(isX.scatterAdd(dim, index, isSrc));
      const forSrc = ctx.needs(2) ? isSrc.mul(share.gather(dim, index)) : null;
      return [
        ctx.needs(0) ? isX.mul(share) : null,
        null,
        forSrc === null ? null : padEndTo(forSrc, ctx.shape(2), apply),
      ];
    },
  });
}

export const scatterAmax = scatterExtremum("max");
export const scatterAmin = scatterExtremum("min");

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

/** A copy of the first input with slices of the third added at the positions of a 1-d index. */
export const indexAdd = defineOp<[NDArray, NDArray, NDArray], number>({
  name: "indexAdd",
  gradName: "IndexAddBackward0",
  forward(k, [x, index, src], dim, _savedIntermediates, into) {
    const out = into ?? copyOf(k, x);
    withSource(k, out, src, (source) => k.indexAdd(atLeast1d(out), dim, atLeast1d(index), atLeast1d(source)));
    return out;
  },
  saved: [[], [], [1]],
  backward: (grad, ctx) => [
    ctx.needs(0) ? grad : null,
    null,
    ctx.needs(2) ? grad.indexSelect(ctx.params, ctx.input(1)) : null,
  ],
});

/** A copy of the first input with slices of the third at the positions of a 1-d index. Of equal indices the last counts. */
export const indexCopy = defineOp<[NDArray, NDArray, NDArray], number>({
  name: "indexCopy",
  gradName: "IndexCopyBackward0",
  forward(k, [x, index, src], dim, _savedIntermediates, into) {
    const out = into ?? copyOf(k, x);
    withSource(k, out, src, (source) => k.indexCopy(atLeast1d(out), dim, atLeast1d(index), atLeast1d(source)));
    return out;
  },
  saved: [[1], [], [1]],
  backward: (grad, ctx) => [
    ctx.needs(0) ? grad.indexFill(ctx.params, ctx.input(1), 0) : null,
    null,
    ctx.needs(2) ? grad.indexSelect(ctx.params, ctx.input(1)) : null,
  ],
});

/** A copy of the first input with slices at the positions of a 1-d index filled with the third, which is 0-d. */
export const indexFill = defineOp<[NDArray, NDArray, NDArray], number>({
  name: "indexFill",
  gradName: "IndexFillBackward0",
  forward(k, [x, index, value], dim, _savedIntermediates, into) {
    const out = into ?? copyOf(k, x);
    const target = atLeast1d(out);
    const shape = target.shape.with(dim, sizeOf(index.shape));
    k.indexCopy(target, dim, atLeast1d(index), { ...value, shape, strides: shape.map(() => 0) });
    return out;
  },
  saved: [[1], [], [1]],
  backward(grad, ctx) {
    const [index, dim] = [ctx.input(1), ctx.params];
    const forX = ctx.needs(0) ? grad.indexFill(dim, index, 0) : null;
    if (!ctx.needs(2)) return [forX, null, null];
    // Each place once, however often the index names it.
    const size = grad.shape[dim] ?? 1;
    const isFilled = grad.newZeros([size]).indexFill(0, index, 1).bool();
    const mask = isFilled.view(grad.shape.map((_, d) => (d === dim ? size : 1)));
    return [forX, null, grad.where(mask, 0)];
  },
});

/** Row-major positions from an index for each of some dimensions, as a vector. */
export interface FlatIndexParams {
  /** What the indices broadcast to. */
  readonly shape: readonly number[];
  readonly sizes: readonly number[];
  /** The dimensions' numbers, for errors. */
  readonly dims: readonly number[];
}

export const flatIndex = defineOp<readonly NDArray[], FlatIndexParams>({
  name: "at",
  gradName: "NotDifferentiable",
  forward: (k, indices, { shape, sizes, dims }) => {
    const positions = k.flatIndex(indices, shape, sizes, dims);
    return dense(positions.storage, [sizeOf(shape)]);
  },
});

/** Writes or adds `values`, which have the shape of {@link index}'s result, at the positions. */
function putInto(
  k: Backend,
  out: NDArray,
  flat: NDArray,
  values: NDArray,
  { dims, shape }: IndexParams,
  accumulate: boolean,
): void {
  withMerged(k, out, dims, ({ array, dim, original }) => {
    const target = array.shape.with(dim, sizeOf(shape));
    const strides = viewStrides(values.shape, values.strides, target);
    const put = (src: NDArray) => (accumulate ? k.indexAdd(array, dim, flat, src) : k.indexCopy(array, dim, flat, src));
    if (strides !== null) put({ ...values, shape: target, strides });
    else withContiguous(k, values, (src) => put(dense(src.storage, target)));
    if (original !== null) k.copy(original, dense(array.storage, original.shape));
  });
}

/** The elements of the first input at flat positions within some dimensions. */
export const index: Op<[NDArray, NDArray], IndexParams> = defineOp({
  name: "at",
  gradName: "IndexBackward0",
  forward: (k, [x, flat], params) =>
    withMerged(k, x, params.dims, ({ array, dim }) =>
      dense(k.indexSelect(array, dim, flat).storage, indexedShape(x.shape, params)),
    ),
  saved: [[1], []],
  backward: (grad, ctx, apply) => [
    apply(indexGrad, [grad, ctx.input(1)], { ...ctx.params, input: ctx.shape(0) }),
    null,
  ],
});

/** Zeros of a shape with elements added at flat positions: the transpose of {@link index}. */
export const indexGrad = defineOp<[NDArray, NDArray], IndexParams & { readonly input: readonly number[] }>({
  name: "at",
  gradName: "IndexPutBackward0",
  forward(k, [values, flat], params) {
    const out = emptyArray(k, values.dtype, params.input);
    k.fill(out, 0);
    putInto(k, out, flat, values, params, true);
    return out;
  },
  saved: [[1], []],
  backward: (grad, ctx, apply) => [apply(index, [grad, ctx.input(1)], ctx.params), null],
});

/** A copy of the first input with the third written, or added, at flat positions within some dimensions. */
export const indexPut: Op<[NDArray, NDArray, NDArray], IndexParams & { readonly accumulate: boolean }> = defineOp({
  name: "indexPut",
  gradName: "IndexPutBackward0",
  forward(k, [x, flat, values], params, _savedIntermediates, into) {
    const out = into ?? copyOf(k, x);
    withSource(k, out, values, (source) => putInto(k, out, flat, source, params, params.accumulate));
    return out;
  },
  saved: [[1], [], [1]],
  backward(grad, ctx, apply) {
    const { accumulate } = ctx.params;
    const params = { dims: ctx.params.dims, shape: ctx.params.shape };
    return [
      ctx.needs(0) ? (accumulate ? grad : withZerosAt(grad, ctx, apply)) : null,
      null,
      ctx.needs(2) ? apply(index, [grad, ctx.input(1)], params) : null,
    ];
  },
});

function withZerosAt(grad: Tensor, ctx: BackwardContext<IndexParams>, apply: Apply): Tensor {
  const { dims, shape } = ctx.params;
  const zeros = grad.newZeros([]).expand(indexedShape(grad.shape, ctx.params));
  return apply(indexPut, [grad, ctx.input(1), zeros], { dims, shape, accumulate: false });
}

/** The first input with the third, broadcast, where the second, a mask that broadcasts to it, is true. */
export const maskedFill = defineOp<[NDArray, NDArray, NDArray]>({
  name: "maskedFill",
  gradName: "MaskedFillBackward0",
  forward(k, [x, mask, value], _params, _savedIntermediates, into) {
    const shape = broadcastShapes("maskedFill", broadcastShapes("maskedFill", x.shape, mask.shape), value.shape);
    if (into !== undefined && !sameShape(shape, x.shape)) {
      throw new ShapeError(
        `[maskedFill_] output with shape ${bracketed(x.shape)} doesn't match the broadcast shape ${bracketed(shape)}`,
      );
    }
    return k.map("where", [mask, value, x], shape, [], into);
  },
  saved: [[1], [], [1]],
  backward: (grad, ctx) => [
    ctx.needs(0) ? grad.maskedFill(ctx.input(1), 0) : null,
    null,
    ctx.needs(2) ? grad.where(ctx.input(1), 0) : null,
  ],
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
