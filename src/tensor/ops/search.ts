/** @file Positions in sorted sequences, and longest runs of equal elements. */
import type { NDArray } from "../../../kernels/backend.ts";
import { dense, withContiguous } from "../../../kernels/layout.ts";
import { defineOp } from "../../autograd/op.ts";
import { blockAt } from "./reduce-dims.ts";

/**
 * Positions in ascending sequences, before equal elements or, with `right`, behind them: a binary search for each value, of
 * a vector or of rows that fit those of the values.
 */
export const insertionPoints = defineOp<[NDArray, NDArray], boolean>({
  name: "searchsorted",
  gradName: "NotDifferentiable",
  forward: (k, [sequence, values], right) =>
    withContiguous(k, sequence, (list) => withContiguous(k, values, (wanted) => k.searchSorted(list, wanted, right))),
});

/** Where in each line of sorted elements the last one of the longest run of equal elements stands, of the first such run. */
export const longestRun = defineOp<[NDArray], number>({
  name: "mode",
  gradName: "NotDifferentiable",
  forward: (k, [sorted], dim) =>
    withContiguous(k, sorted, (source) => {
      const { storage } = k.longestRun(source, blockAt(sorted.shape, dim));
      return dense(storage, sorted.shape.length === 0 ? [] : sorted.shape.with(dim, 1));
    }),
});
