/** @file Kernels of gather and scatter. */
import type { ScatterMode } from "../../backend.ts";
import { type GpuKernel, kernelTable } from "../kernel.ts";
import { isNaNOf } from "./functions.ts";
import { coordinates, indexExpression, named } from "./index-math.ts";

/**
 * out[i][j] = x[index[i][j]][j] and so on. Ints: sizes of the index, place and strides of x (0 along the dimension),
 * place and strides of the index, stride of x along the dimension.
 */
export const gatherKernel = kernelTable((key: `${number}`): GpuKernel => {
  const rank = Number(key);
  return {
    name: "gather",
    arrays: ["x", "index"],
    ints: [...named("s", rank), "xAt", ...named("x", rank), "iAt", ...named("i", rank), "step"],
    floats: [],
    body: `
${coordinates("this.thread.x", rank)}
const from = index[${indexExpression("i", rank, "iAt")}];
return x[${indexExpression("x", rank, "xAt")} + from * step];`,
  };
});

/** What becomes of an element and a value that is written to it. A NaN is larger and smaller than all. */
const COMBINE: Readonly<Record<ScatterMode, string>> = {
  set: "value",
  add: "result + value",
  mul: "result * value",
  max: `value > result || ${isNaNOf("value")} ? value : result`,
  min: `value < result || ${isNaNOf("value")} ? value : result`,
};

/** What a kernel of scatter is called in each mode. */
export const SCATTER_NAMES: Readonly<Record<ScatterMode, string>> = {
  set: "scatter",
  add: "scatterAdd",
  mul: "scatterMul",
  max: "scatterMax",
  min: "scatterMin",
};

/**
 * Every element of a contiguous array looks for the index elements that name it, in order. Ints: sizes of the array,
 * sizes of the index (2²⁴ along the dimension), length of the index along the dimension, 1 for the dimension and 0 for
 * others, place and strides of the index (0 along the dimension) and its stride along it, the same of the source.
 */
export const scatterKernel = kernelTable((key: `${ScatterMode}:${number}`): GpuKernel => {
  const [mode, digits] = key.split(":") as [ScatterMode, string];
  const rank = Number(digits);
  const inside = named("c", rank).map((c, d) => `${c} < n${d}`);
  return {
    name: SCATTER_NAMES[mode],
    arrays: ["old", "index", "source"],
    ints: [
      ...named("s", rank),
      ...named("n", rank),
      "count",
      ...named("is", rank),
      "iAt",
      ...named("i", rank),
      "iStep",
      "xAt",
      ...named("x", rank),
      "xStep",
    ],
    floats: [],
    body: `
${coordinates("this.thread.x", rank)}
let result = old[this.thread.x];
if (${inside.join(" && ")}) {
  const target = ${named("c", rank)
    .map((c, d) => `${c} * is${d}`)
    .join(" + ")};
  const iBase = ${indexExpression("i", rank, "iAt")};
  const xBase = ${indexExpression("x", rank, "xAt")};
  for (let j = 0; j < count; j++) {
    if (index[iBase + j * iStep] === target) {
      const value = source[xBase + j * xStep];
      result = ${COMBINE[mode]};
    }
  }
}
return result;`,
  };
});
