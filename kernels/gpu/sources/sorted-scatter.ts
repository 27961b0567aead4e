/** @file Scatter in WGSL by positions that sort the index: every element finds those that name it by bisection. */
import type { ScatterMode } from "../../backend.ts";
import { type GpuKernel, kernelTable } from "../kernel.ts";
import { flatKernel } from "./flat.ts";
import { named } from "./index-math.ts";
import { SCATTER_NAMES } from "./indexing.ts";
import { NAN_FUNCTIONS } from "./rows.ts";

const COMBINE: Readonly<Record<ScatterMode, string>> = {
  set: "value",
  add: "total + value",
  mul: "total * value",
  max: "larger(value, total)",
  min: "smaller(value, total)",
};

/**
 * The elements that name an element are combined in their order. Ints: sizes of the array, sizes of the index (2²⁴ along
 * the dimension), its length along the dimension, 1 for the dimension and 0 for others, places and strides (0 along the
 * dimension) of the index, of the order and of the source, each with its stride along the dimension.
 */
export const sortedScatterKernel = kernelTable((key: `${ScatterMode}:${number}`): GpuKernel => {
  const [mode, digits] = key.split(":") as [ScatterMode, string];
  const rank = Number(digits);
  const dims = Array.from({ length: rank }, (_, d) => d);
  const place = (name: string): string =>
    [`params.${name}At`, ...dims.map((d) => `c${d} * params.${name}${d}`)].join(" + ");
  return flatKernel({
    name: SCATTER_NAMES[mode],
    arrays: ["old", "index", "order", "source"],
    ints: [
      ...named("s", rank),
      ...named("n", rank),
      "amount",
      ...named("is", rank),
      ...["i", "o", "x"].flatMap((name) => [`${name}At`, ...named(name, rank), `${name}Step`]),
    ],
    functions: NAN_FUNCTIONS,
    statements: `
    var rest = at;
    ${dims
      .slice(1)
      .reverse()
      .map((d) => `let q${d} = quotient(rest, params.s${d}); let c${d} = rest - q${d} * params.s${d}; rest = q${d};`)
      .join("\n    ")}
    let c0 = rest;
    var total = old[at];
    if (${dims.map((d) => `c${d} < params.n${d}`).join(" && ")}) {
      let wanted = ${dims.map((d) => `c${d} * params.is${d}`).join(" + ")};
      let iBase = ${place("i")};
      let oBase = ${place("o")};
      let xBase = ${place("x")};
      var low = 0;
      var high = params.amount;
      while (low < high) {
        let middle = (low + high) / 2;
        let position = i32(order[oBase + middle * params.oStep]);
        if (i32(index[iBase + position * params.iStep]) < wanted) { low = middle + 1; } else { high = middle; }
      }
      while (low < params.amount) {
        let position = i32(order[oBase + low * params.oStep]);
        if (i32(index[iBase + position * params.iStep]) != wanted) { break; }
        let value = source[xBase + position * params.xStep];
        total = ${COMBINE[mode]};
        low++;
      }
    }
    result[at] = total;`,
  });
});
