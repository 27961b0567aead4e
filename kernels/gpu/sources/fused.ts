/** @file Kernels of cross-entropy and its gradient, and of masked scores. */
import { type GpuKernel, kernelTable } from "../kernel.ts";
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

/** What a mask holds: numbers to add, or truth values. */
export type MaskKind = "none" | "added" | "bool";

/** x·scale + mask, `lowest` where nothing is to be seen. */
export const maskedKernel = kernelTable((key: `${MaskKind}${"" | " causal"}`): GpuKernel => {
  const [kind, causal] = key.split(" ") as [MaskKind, string?];
  const m = "mask[mAt + block * mBlock + query * mRow + k]";
  return {
    name: `masked scores ${key}`,
    arrays: kind === "none" ? ["x"] : ["x", "mask"],
    ints: ["xAt", "queries", "keys", ...(kind === "none" ? [] : ["mAt", "mBlock", "mRow"])],
    floats: ["scale", "lowest"],
    body: `
${divide("row", "k", "this.thread.x", "keys")}
${divide("block", "query", "row", "queries")}
${causal === undefined ? "" : "if (k > query) { return lowest; }"}
const score = x[xAt + this.thread.x] * scale;
${kind === "bool" ? `if (${m} === 0) { return lowest; }` : ""}
return score${kind === "added" ? ` + ${m}` : ""};`,
  };
});

/** x·scale */
export const SCALED: GpuKernel = {
  name: "scaled",
  arrays: ["x"],
  ints: [],
  floats: ["scale"],
  body: "return x[this.thread.x] * scale;",
};
