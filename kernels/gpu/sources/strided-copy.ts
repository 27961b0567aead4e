/**
 * @file Kernels that write into a strided view of a storage. A kernel gives one element of its result, so it asks for every
 * element of the storage which positions of the window lie there: none, one, or several where the window overlaps itself.
 */
import { type GpuKernel, kernelTable } from "../kernel.ts";
import { indexExpression, named } from "./index-math.ts";

const table = kernelTable((key: string) => {
  const [mode, old, source, rank] = key.split(":") as ["set" | "add", string, string, string];
  return make(mode, old === "array", source === "array", Number(rank));
});

/**
 * Ints: where the window begins, sizes, strides (repeated dimensions first, then falling), how far the dimensions after
 * each one reach; and, unless the source is a number, where it begins and its strides. Floats: the numbers.
 */
export function placementKernel(mode: "set" | "add", oldArray: boolean, sourceArray: boolean, rank: number): GpuKernel {
  return table(`${mode}:${oldArray ? "array" : "number"}:${sourceArray ? "array" : "number"}:${rank}`);
}

/** `q = ⌊a / b⌋` for integers, corrected as the division may be off. */
function floorDivide(q: string, a: string, b: string): string {
  return `let ${q} = Math.floor((${a}) / ${b});
if (${q} * ${b} > (${a})) { ${q} -= 1; }
if ((${q} + 1) * ${b} <= (${a})) { ${q} += 1; }`;
}

/** A loop over the coordinates of dimension d and all after it at which the window can lie at `p`. */
function loops(d: number, rank: number, act: string): string {
  const [c, p, s, w, r] = [`c${d}`, `p${d}`, `s${d}`, `w${d}`, `r${d}`];
  if (d === rank - 1) {
    return `
let ${c} = 0;
let last${d} = ${s} - 1;
if (${w} > 0) {
  ${floorDivide(`only${d}`, p, w)}
  ${c} = only${d};
  last${d} = only${d};
  if (only${d} < 0 || only${d} >= ${s} || only${d} * ${w} !== ${p}) { last${d} = only${d} - 1; }
} else if (${p} !== 0) { last${d} = -1; }
for (let t${d} = ${c}; t${d} <= last${d}; t${d} += 1) {
  ${c} = t${d};
  ${act}
}`;
  }
  return `
let first${d} = 0;
let last${d} = ${s} - 1;
if (${w} > 0) {
  ${floorDivide(`low${d}`, `${r} - ${p}`, w)}
  ${floorDivide(`high${d}`, p, w)}
  if (-low${d} > first${d}) { first${d} = -low${d}; }
  if (high${d} < last${d}) { last${d} = high${d}; }
}
for (let ${c} = first${d}; ${c} <= last${d}; ${c} += 1) {
  const p${d + 1} = ${p} - ${c} * ${w};
  ${loops(d + 1, rank, act)}
}`;
}

function make(mode: "set" | "add", oldArray: boolean, sourceArray: boolean, rank: number): GpuKernel {
  const source = sourceArray ? `source[${indexExpression("x", rank, "xAt")}]` : "value";
  return {
    name: mode === "set" ? "copy into" : "add into",
    arrays: [...(oldArray ? ["old"] : []), ...(sourceArray ? ["source"] : [])],
    ints: [
      "at",
      ...named("s", rank),
      ...named("w", rank),
      ...named("r", rank),
      ...(sourceArray ? ["xAt", ...named("x", rank)] : []),
    ],
    floats: [...(oldArray ? [] : ["before"]), ...(sourceArray ? [] : ["value"])],
    body: `
let result = ${oldArray ? "old[this.thread.x]" : "before"};
const p0 = this.thread.x - at;
${loops(0, rank, `result = ${mode === "set" ? source : `result + ${source}`};`)}
return result;`,
  };
}
