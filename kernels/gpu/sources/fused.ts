/** @file Kernels of cross-entropy and its gradient. */
import type { GpuKernel } from "../kernel.ts";
import { divide } from "./index-math.ts";

/** log Σ eˣ − x[target], or 0 where ignored, from the maximum and the sum of exponentials of every row. */
export const LOSSES: GpuKernel = {
  name: "crossEntropy",
  arrays: ["x", "maxima", "sums", "target"],
  ints: ["xAt", "classes", "tAt", "tStep", "ignored"],
  floats: [],
  body: `
const t = target[tAt + this.thread.x * tStep];
if (t === ignored) { return 0; }
return Math.log(sums[this.thread.x]) - (x[xAt + this.thread.x * classes + t] - maxima[this.thread.x]);`,
};

/** g·(p − onehot), or 0 where ignored. */
export const LOSSES_GRAD: GpuKernel = {
  name: "crossEntropyGrad",
  arrays: ["g", "p", "target"],
  ints: ["gAt", "gStep", "pAt", "classes", "tAt", "tStep", "ignored"],
  floats: [],
  body: `
${divide("row", "column", "this.thread.x", "classes")}
const t = target[tAt + row * tStep];
if (t === ignored) { return 0; }
const p1 = p[pAt + this.thread.x];
return g[gAt + row * gStep] * (column === t ? p1 - 1 : p1);`,
};
