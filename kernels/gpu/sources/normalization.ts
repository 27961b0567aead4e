/**
 * @file Kernels of normalization. Element i of an array belongs to the set floor(i / size) % sets, whose elements share a mean, and
 * to the channel floor(i / inner) % channels, whose elements share a weight.
 */
import { type GpuKernel, kernelTable } from "../kernel.ts";
import { divide } from "./index-math.ts";

/** Ints of the kernels that look at sets. */
const SET_INTS = ["size", "sets"];
const SET = `
${divide("setBlock", "inSet", "this.thread.x", "size")}
${divide("setTurn", "s", "setBlock", "sets")}`;

const CHANNEL_INTS = ["inner", "channels"];
const CHANNEL = `
${divide("channelBlock", "inChannel", "this.thread.x", "inner")}
${divide("sample", "c", "channelBlock", "channels")}`;

/** x/terms */
export const SHARE: GpuKernel = {
  name: "mean",
  arrays: ["x"],
  ints: [],
  floats: ["terms"],
  body: "return x[this.thread.x] / terms;",
};

/** x − mean */
export const DISTANCE: GpuKernel = {
  name: "distance",
  arrays: ["x", "mean"],
  ints: ["xAt", ...SET_INTS],
  floats: [],
  body: `${SET}
return x[xAt + this.thread.x] - mean[s];`,
};

/** mean + x/terms: the mean with the mean distance from it. */
export const REFINED: GpuKernel = {
  name: "refined mean",
  arrays: ["mean", "x"],
  ints: [],
  floats: ["terms"],
  body: "return mean[this.thread.x] + x[this.thread.x] / terms;",
};

/** 1/√(x + eps) */
export const RSTD: GpuKernel = {
  name: "rstd",
  arrays: ["x"],
  ints: ["xAt"],
  floats: ["eps"],
  body: "return 1 / Math.sqrt(x[xAt + this.thread.x] + eps);",
};

/** (x − mean)² */
export const SQUARED_DISTANCE: GpuKernel = {
  name: "squaredDistance",
  arrays: ["x", "mean"],
  ints: ["xAt", ...SET_INTS],
  floats: [],
  body: `${SET}
const d = x[xAt + this.thread.x] - mean[s];
return d * d;`,
};

/** (x − mean)·rstd, and with "affine" times weight plus bias. */
export const standardizeKernel = kernelTable((kind: "plain" | "affine"): GpuKernel => {
  const affine = kind === "affine";
  return {
    name: `normalize ${kind}`,
    arrays: ["x", "mean", "rstd", ...(affine ? ["weight", "bias"] : [])],
    ints: ["xAt", "meanAt", "rstdAt", ...SET_INTS, ...(affine ? ["wAt", "bAt", ...CHANNEL_INTS] : [])],
    floats: [],
    body: `${SET}
const z = (x[xAt + this.thread.x] - mean[meanAt + s]) * rstd[rstdAt + s];
${affine ? `${CHANNEL}\nreturn z * weight[wAt + c] + bias[bAt + c];` : "return z;"}`,
  };
});

/** g·weight */
export const WEIGHTED: GpuKernel = {
  name: "weighted",
  arrays: ["g", "weight"],
  ints: ["gAt", "wAt", ...CHANNEL_INTS],
  floats: [],
  body: `${CHANNEL}
return g[gAt + this.thread.x] * weight[wAt + c];`,
};

/** g·z */
export const PRODUCT: GpuKernel = {
  name: "product",
  arrays: ["g", "z"],
  ints: ["gAt"],
  floats: [],
  body: "return g[gAt + this.thread.x] * z[this.thread.x];",
};

/** rstd·(g − (plain + z·product)/terms), or rstd·g where the statistics were given. */
export const normGradKernel = kernelTable((kind: "given" | "own"): GpuKernel => {
  const given = kind === "given";
  return {
    name: `normalizeGrad ${kind}`,
    arrays: ["g", "rstd", ...(given ? [] : ["z", "plain", "product"])],
    ints: ["gAt", "rstdAt", ...SET_INTS],
    floats: given ? [] : ["terms"],
    body: `${SET}
const gi = g[gAt + this.thread.x];
return rstd[rstdAt + s] * ${given ? "gi" : "(gi - (plain[s] + z[this.thread.x] * product[s]) / terms)"};`,
  };
});
