/** @file The functions of vectors: units in the last place over their ranges, and their values at the edges. */
import { describe, expect, it } from "vitest";
import { loadWasm, type MathExports, PAGE_BYTES } from "../../kernels/cpu/wasm.ts";
import { erf, sigmoid } from "../../kernels/reference/special.ts";
import { laneMap } from "./lane-map.ts";

/** Distance of a result from the true value in units of the last place of a float32. */
function ulps(found: number, truth: number): number {
  const rounded = Math.fround(truth);
  if (Object.is(found, rounded)) return 0;
  if (!Number.isFinite(found) || !Number.isFinite(rounded)) return Infinity;
  const unit = 2 ** (Math.max(Math.floor(Math.log2(Math.abs(truth))), -126) - 23);
  return Math.abs(found - truth) / unit;
}

type Name = keyof MathExports extends infer K ? (K extends `${infer N}_f32x4` ? N : never) : never;

/** JavaScript's own functions are float64: right to many more digits than float32 has. */
const TRUTH: Readonly<Partial<Record<Name, (x: number) => number>>> = {
  ...{ exp: Math.exp, log: Math.log, tanh: Math.tanh, sin: Math.sin, cos: Math.cos },
  ...{ log1p: Math.log1p, expm1: Math.expm1, erf, sigmoid },
};

const COUNT = 65536;
const FILLS: Readonly<Record<string, (i: number) => number>> = {
  "every exponent and both signs": (i) =>
    new Float32Array(Uint32Array.of(i * 65536 + ((i * 40503) & 0xffff)).buffer)[0]!,
  "arguments around 0": (i) => (i / COUNT - 0.5) * 8,
  "arguments up to 110": (i) => (i / COUNT - 0.5) * 220,
};

describe.each([true, false])("float32 functions, relaxed SIMD: %s", (relaxed) => {
  const kernels = loadWasm({ relaxed });
  if (!kernels) throw new Error("this engine has no such SIMD");
  kernels.memory.grow((8 * COUNT) / PAGE_BYTES);
  const start = kernels.heapStart;
  const x = new Float32Array(kernels.memory.buffer, start, COUNT);
  const y = new Float32Array(kernels.memory.buffer, start + 4 * COUNT, COUNT);

  it.each(Object.entries(TRUTH))("%s is right to 2 units in the last place", (name, truth) => {
    const map = laneMap(kernels, `${name as Name}_f32x4`);
    for (const fill of Object.values(FILLS)) {
      for (let i = 0; i < COUNT; i++) x[i] = fill(i);
      map(start, start, start + 4 * COUNT, start + 8 * COUNT);
      let worst = 0;
      for (let i = 0; i < COUNT; i++) worst = Math.max(worst, ulps(y[i]!, truth(x[i]!)));
      expect(worst).toBeLessThanOrEqual(2);
    }
  });
});
