/** @file Kernels of weighted sums of elements at given positions. */
import type { GpuKernel } from "../kernel.ts";
import { divide } from "./index-math.ts";

/** A sparse matrix times the rows of blocks. Ints: places of all arrays, rows of the matrix and of a block, and elements of a row. */
export const WEIGHTED_ROWS: GpuKernel = {
  name: "weightedRows",
  arrays: ["x", "starts", "columns", "weights"],
  ints: ["xAt", "startAt", "columnAt", "weightAt", "rows", "n", "inner"],
  floats: [],
  body: `
${divide("line", "j", "this.thread.x", "inner")}
${divide("o", "row", "line", "rows")}
const first = starts[startAt + row];
const end = starts[startAt + row + 1];
let sum = 0;
for (let e = first; e < end; e += 1) {
  sum += weights[weightAt + e] * x[xAt + (o * n + columns[columnAt + e]) * inner + j];
}
return sum;`,
};

/** Ints of the kernels of {@link GATHER_SUM} and its gradients. */
const SAMPLING_INTS = ["channels", "taps", "size", "points"];

/** Weighted sums of elements of channels. Ints: places of all arrays, then {@link SAMPLING_INTS}. */
export const GATHER_SUM: GpuKernel = {
  name: "gatherSum",
  arrays: ["x", "index", "weights"],
  ints: ["xAt", "iAt", "wAt", ...SAMPLING_INTS],
  floats: [],
  body: `
${divide("plane", "p", "this.thread.x", "points")}
${divide("b", "c", "plane", "channels")}
let sum = 0;
for (let k = 0; k < taps; k++) {
  const at = (b * taps + k) * points + p;
  const place = index[iAt + at];
  if (place >= 0) { sum += weights[wAt + at] * x[xAt + plane * size + place]; }
}
return sum;`,
};

/** The gradient of {@link GATHER_SUM} for x: every element looks for the taps that read it. */
export const SCATTER_SUM: GpuKernel = {
  name: "scatterSum",
  arrays: ["grad", "index", "weights"],
  ints: ["gAt", "iAt", "wAt", ...SAMPLING_INTS],
  floats: [],
  body: `
${divide("plane", "place", "this.thread.x", "size")}
${divide("b", "c", "plane", "channels")}
let sum = 0;
for (let k = 0; k < taps; k++) {
  const start = (b * taps + k) * points;
  for (let p = 0; p < points; p++) {
    if (index[iAt + start + p] === place) { sum += weights[wAt + start + p] * grad[gAt + plane * points + p]; }
  }
}
return sum;`,
};

/** The gradient of {@link GATHER_SUM} for the weights. */
export const GATHER_DOT: GpuKernel = {
  name: "gatherDot",
  arrays: ["grad", "x", "index"],
  ints: ["gAt", "xAt", "iAt", ...SAMPLING_INTS],
  floats: [],
  body: `
${divide("group", "p", "this.thread.x", "points")}
${divide("b", "k", "group", "taps")}
const place = index[iAt + this.thread.x];
let sum = 0;
if (place >= 0) {
  for (let c = 0; c < channels; c++) {
    const plane = b * channels + c;
    sum += grad[gAt + plane * points + p] * x[xAt + plane * size + place];
  }
}
return sum;`,
};
