/** @file Kernels of the negative log-likelihood of class indices. */
import { type GpuKernel, kernelTable } from "../kernel.ts";
import { divide } from "./index-math.ts";

/**
 * −weight·x at the class of each target, behind which may come the weights; or the weights alone. They are 1 unless there
 * is an array of them, and 0 where ignored.
 */
export const nllKernel = kernelTable((key: `${"losses" | "weights"}${"" | " weighted"}`): GpuKernel => {
  const isWeighted = key.endsWith(" weighted");
  const arrays = ["target", ...(isWeighted ? ["weight"] : [])];
  const weight = isWeighted ? "weight[weightAt + t]" : "1";
  if (key.startsWith("weights")) {
    return {
      name: "nllLoss weights",
      arrays,
      ints: ["ignored", ...arrays.map((array) => `${array}At`)],
      floats: [],
      body: `
const t = target[targetAt + this.thread.x];
if (t === ignored) { return 0; }
return ${weight};`,
    };
  }
  return {
    name: "nllLoss",
    arrays: ["x", ...arrays],
    ints: ["count", "classes", "inner", "ignored", "xAt", ...arrays.map((array) => `${array}At`)],
    floats: [],
    body: `
${divide("half", "i", "this.thread.x", "count")}
${divide("n", "place", "i", "inner")}
const t = target[targetAt + i];
if (t === ignored) { return 0; }
if (half > 0) { return ${weight}; }
return -x[xAt + (n * classes + t) * inner + place] * ${weight};`,
  };
});

/** What the kernel of a gradient reads besides the classes. */
export interface NllGradKind {
  readonly isWeighted: boolean;
  readonly isMean: boolean;
  /** Whether the gradient that comes in is one number. */
  readonly isNumber: boolean;
}

/** −g·weight, divided by the total weight for a mean, at the class of each target; 0 at the others. */
const gradKernels = kernelTable((key: string): GpuKernel => {
  const { isWeighted, isMean, isNumber } = JSON.parse(key) as NllGradKind;
  const arrays = [
    "target",
    ...(isNumber ? [] : ["g"]),
    ...(isWeighted ? ["weight"] : []),
    ...(isMean ? ["total"] : []),
  ];
  const g = isNumber ? "g" : "g[gAt + i * step]";
  return {
    name: "nllLossGrad",
    arrays,
    ints: ["classes", "inner", "step", "ignored", ...arrays.map((array) => `${array}At`)],
    floats: isNumber ? ["g"] : [],
    body: `
${divide("row", "place", "this.thread.x", "inner")}
${divide("n", "c", "row", "classes")}
const i = n * inner + place;
const t = target[targetAt + i];
if (t === ignored) { return 0; }
if (c !== t) { return 0; }
return -${g}${isMean ? " / total[totalAt]" : ""}${isWeighted ? " * weight[weightAt + t]" : ""};`,
  };
});

export const nllGradKernel = (kind: NllGradKind): GpuKernel => gradKernels(JSON.stringify(kind));

/** The first number by the second. */
export const RATIO: GpuKernel = {
  name: "nllLoss mean",
  arrays: ["x"],
  ints: ["xAt"],
  floats: [],
  body: "return x[xAt] / x[xAt + 1];",
};
