/** @file Kernels of gather and scatter. */
import { type GpuKernel, kernelTable } from "../kernel.ts";
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

/**
 * Every element of a contiguous array looks for the index elements that name it, in order. Ints: sizes of the array,
 * sizes of the index (2²⁴ along the dimension), length of the index along the dimension, 1 for the dimension and 0 for
 * others, place and strides of the index (0 along the dimension) and its stride along it, the same of the source.
 */
export const scatterKernel = kernelTable((key: `${"set" | "add"}:${number}`): GpuKernel => {
  const [mode, digits] = key.split(":");
  const rank = Number(digits);
  const inside = named("c", rank).map((c, d) => `${c} < n${d}`);
  return {
    name: mode === "set" ? "scatter" : "scatterAdd",
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
      result = ${mode === "set" ? "value" : "result + value"};
    }
  }
}
return result;`,
  };
});
