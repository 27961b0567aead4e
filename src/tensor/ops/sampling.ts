/** @file Weighted sums of elements at given positions: resampling along a dimension, and sampling at any points. */
import type { NDArray } from "../../../kernels/backend.ts";
import { dense, withContiguous } from "../../../kernels/layout.ts";
import { type Apply, defineOp, type Op } from "../../autograd/op.ts";
import { newFrom } from "../like.ts";
import type { Tensor } from "../tensor.ts";
import { blockAt } from "./reduce-dims.ts";

/** A sparse matrix by rows: row i has the entries `starts[i]` … `starts[i + 1]` − 1, each a column and a weight. */
export interface SparseMatrix {
  /** How many columns there are. */
  readonly width: number;
  readonly starts: Int32Array;
  readonly columns: Int32Array;
  readonly weights: Float64Array;
}

/** Each matrix is transposed once. */
const transposes = new WeakMap<SparseMatrix, SparseMatrix>();

function transposeOf(matrix: SparseMatrix): SparseMatrix {
  const known = transposes.get(matrix);
  if (known !== undefined) return known;
  const { width, starts, columns, weights } = matrix;
  const begins = new Int32Array(width + 1);
  for (const column of columns) begins[column + 1] = (begins[column + 1] as number) + 1;
  for (let i = 0; i < width; i++) begins[i + 1] = (begins[i + 1] as number) + (begins[i] as number);
  const next = begins.slice();
  const rows = new Int32Array(columns.length);
  const moved = new Float64Array(columns.length);
  for (let row = 0; row < starts.length - 1; row++) {
    for (let e = starts[row] as number; e < (starts[row + 1] as number); e++) {
      const column = columns[e] as number;
      const at = next[column] as number;
      next[column] = at + 1;
      rows[at] = row;
      moved[at] = weights[e] as number;
    }
  }
  const transposed = { width: starts.length - 1, starts: begins, columns: rows, weights: moved };
  transposes.set(matrix, transposed);
  transposes.set(transposed, matrix);
  return transposed;
}

export interface WeightedRowsParams {
  readonly dim: number;
  readonly matrix: SparseMatrix;
}

/** The product of a sparse matrix and a dimension of a tensor of floats. */
export function timesMatrix(apply: Apply, x: Tensor, dim: number, matrix: SparseMatrix): Tensor {
  const { starts, columns, weights } = matrix;
  const rounded = x.dtype === "float32" ? Float32Array.from(weights) : weights;
  const parts = [
    newFrom(x, "int32", starts, [starts.length]),
    newFrom(x, "int32", columns, [columns.length]),
    newFrom(x, x.dtype, rounded, [weights.length]),
  ] as const;
  return apply(weightedRows, [x, ...parts], { dim, matrix });
}

/** x, and the parts of a sparse matrix: the product of that and a dimension of x. */
export const weightedRows: Op<[NDArray, NDArray, NDArray, NDArray], WeightedRowsParams> = defineOp({
  name: "interpolate",
  gradName: "UpsampleBackward1",
  forward: (k, [x, starts, columns, weights], { dim }) =>
    withContiguous(k, x, (source) => {
      const { storage } = k.fused.weightedRows(source, blockAt(x.shape, dim), { starts, columns, weights });
      return dense(storage, x.shape.with(dim, (starts.shape[0] as number) - 1));
    }),
  saved: [[], [], [], []],
  backward: (grad, ctx, apply) => [
    timesMatrix(apply, grad, ctx.params.dim, transposeOf(ctx.params.matrix)),
    null,
    null,
    null,
  ],
});

/**
 * Sums of bags of rows: of a table [V,D], positions in it [N] (int32), the start of each bag among those and the end of the
 * last [B + 1] (int32), a factor for each position [N], and the bag of each [N] (int32): [B,D].
 */
export const embeddingBag: Op<[NDArray, NDArray, NDArray, NDArray, NDArray], null> = defineOp({
  name: "embeddingBag",
  gradName: "EmbeddingBagBackward0",
  forward: (k, [table, places, starts, factors]) =>
    withContiguous(k, table, (rows) =>
      withAll(k, [places, starts, factors], (columns, bounds, weights) => {
        const [n, inner] = table.shape as [number, number];
        // One number for each position checks them.
        const first = { ...rows, shape: [n], strides: [1] };
        if (inner > 0) k.free(k.indexSelect(first, 0, columns).storage);
        const parts = { starts: bounds, columns, weights };
        const { storage } = k.fused.weightedRows(rows, { outer: 1, n, inner }, parts);
        return dense(storage, [(starts.shape[0] as number) - 1, inner]);
      }),
    ),
  saved: [[1, 3, 4], [], [], [0, 1, 4], []],
  backward(grad, ctx) {
    const [places, bags] = [ctx.input(1), ctx.input(4)];
    const rows = grad.indexSelect(0, bags);
    const forTable = (): Tensor => grad.newZeros(ctx.shape(0)).indexAdd(0, places, rows.mul(ctx.input(3).unsqueeze(1)));
    return [
      ctx.needs(0) ? forTable() : null,
      null,
      null,
      ctx.needs(3) ? rows.mul(ctx.input(0).indexSelect(0, places)).sum(1) : null,
      null,
    ];
  },
});

/** Calls `run` with contiguous arrays. */
function withAll(
  k: Parameters<typeof withContiguous>[0],
  [a, b, c]: readonly [NDArray, NDArray, NDArray],
  run: (a: NDArray, b: NDArray, c: NDArray) => NDArray,
): NDArray {
  return withContiguous(k, a, (p) => withContiguous(k, b, (q) => withContiguous(k, c, (r) => run(p, q, r))));
}

/**
 * x [B,C,S], index [B,K,P] (int32) and weights [B,K,P]: Σ weights[b][k][p]·x[b][c][index[b][k][p]] over k, [B,C,P]. A
 * negative index adds nothing. This and its gradients are linear in each of two tensors, so they are each other's.
 */
export const gatherSum: Op<[NDArray, NDArray, NDArray], null> = defineOp({
  name: "gridSample",
  gradName: "GridSamplerBackward0",
  forward: (k, inputs) => withAll(k, inputs, (x, index, weights) => k.fused.gatherSum(x, index, weights)),
  saved: [[1, 2], [], [0, 1]],
  backward(grad, ctx, apply) {
    const index = ctx.input(1);
    const size = ctx.shape(0)[2] as number;
    return [
      ctx.needs(0) ? apply(scatterSum, [grad, index, ctx.input(2)], { size }) : null,
      null,
      ctx.needs(2) ? apply(gatherDot, [grad, ctx.input(0), index], null) : null,
    ];
  },
});

/** The gradient of {@link gatherSum} for x, of (gradient, index, weights). */
export const scatterSum: Op<[NDArray, NDArray, NDArray], { readonly size: number }> = defineOp({
  name: "gridSample",
  gradName: "GridSamplerBackward0",
  forward: (k, inputs, { size }) =>
    withAll(k, inputs, (g, index, weights) => k.fused.scatterSum(g, index, weights, size)),
  saved: [[1, 2], [], [0, 1]],
  backward(outer, ctx, apply) {
    const index = ctx.input(1);
    return [
      ctx.needs(0) ? apply(gatherSum, [outer, index, ctx.input(2)], null) : null,
      null,
      ctx.needs(2) ? apply(gatherDot, [ctx.input(0), outer, index], null) : null,
    ];
  },
});

/** The gradient of {@link gatherSum} for the weights, of (gradient, x, index). */
export const gatherDot: Op<[NDArray, NDArray, NDArray], null> = defineOp({
  name: "gridSample",
  gradName: "GridSamplerBackward0",
  forward: (k, inputs) => withAll(k, inputs, (g, x, index) => k.fused.gatherDot(g, x, index)),
  saved: [[1, 2], [0, 2], []],
  backward(outer, ctx, apply) {
    const index = ctx.input(2);
    const size = ctx.shape(1)[2] as number;
    return [
      ctx.needs(0) ? apply(gatherSum, [ctx.input(1), index, outer], null) : null,
      ctx.needs(1) ? apply(scatterSum, [ctx.input(0), index, outer], { size }) : null,
      null,
    ];
  },
});
