/** @file The functions of vectors: units in the last place over their ranges, and their values at the edges. */
import { describe, expect, it } from "vitest";
import { loadWasm, type MathExports, PAGE_BYTES } from "../../kernels/cpu/wasm.ts";
import { erf, sigmoid } from "../../kernels/reference/special.ts";
import written from "../golden/data/math.json" with { type: "json" };
import { laneMap } from "./lane-map.ts";

type Name = keyof MathExports extends infer K ? (K extends `${infer N}_f32x4` ? N : never) : never;
type Type = "float32" | "float64";
/** One or two lists of arguments, and a list of results. */
type Columns = readonly (readonly number[])[];

/** mpmath's digits and PyTorch's edges, made by test/golden/scripts/make_math.py. JSON has no NaN, infinities and −0. */
const GOLDENS = written as unknown as Readonly<Record<Name, Readonly<Record<Type | "edges", Columns>>>>;

const SUFFIX = { float32: "f32x4", float64: "f64x2" } as const;
const DIGITS = { float32: 23, float64: 52 } as const;
const LOWEST = { float32: -126, float64: -1022 } as const;
const COUNT = 32768;

/** How far a result may be from the truth, in units of the last place of the truth or of the largest term that cancels. */
function tolerance(name: Name, type: Type): number {
  if (type === "float32") return 2;
  return name === "lgamma" ? 6 : name === "fmod" ? 0 : 4;
}

/** Left of 0 these cross zero between their poles: what is small there is a difference of numbers of this size. */
const TERMS: Readonly<Partial<Record<Name, number>>> = { lgamma: 4, digamma: 2 };

function rounded(value: number, type: Type): number {
  return type === "float32" ? Math.fround(value) : value;
}

/** Distance of a result from the true value in units of the last place; `least` is the size of what cancels. */
function ulps(found: number, truth: number, type: Type, least = 0): number {
  const best = rounded(truth, type);
  if (Object.is(found, best)) return 0;
  if (!Number.isFinite(found) || !Number.isFinite(best)) return Infinity;
  const size = Math.max(Math.abs(truth), least);
  // The logarithm of a number just below a power of 2 may be that power's.
  const exponent = Math.floor(Math.log2(size));
  const unit = Math.max(exponent - (2 ** exponent > size ? 1 : 0), LOWEST[type]) - DIGITS[type];
  return Math.abs(found - truth) / 2 ** Math.max(unit, -1074);
}

describe.each([true, false])("functions of vectors, relaxed SIMD: %s", (relaxed) => {
  const kernels = loadWasm({ relaxed });
  if (!kernels) throw new Error("this engine has no such SIMD");
  const names = Object.keys(GOLDENS) as Name[];
  const bytes = 8 * COUNT;
  kernels.memory.grow((3 * bytes) / PAGE_BYTES);
  const start = kernels.heapStart;

  function arrayAt(type: Type, address: number, count: number): Float32Array | Float64Array {
    const { buffer } = kernels!.memory;
    return type === "float32" ? new Float32Array(buffer, address, count) : new Float64Array(buffer, address, count);
  }

  /** The function of every row of arguments; what is left of the last vector are zeros. */
  function apply(name: Name, type: Type, columns: Columns): readonly number[] {
    const count = columns[0]!.length;
    for (const [i, column] of columns.entries()) {
      const array = arrayAt(type, start + i * bytes, Math.ceil(count / 4) * 4);
      array.fill(0);
      array.set(column);
    }
    const out = start + 2 * bytes;
    laneMap(kernels!, `${name}_${SUFFIX[type]}`)(start, start + bytes, out, out + count * (type === "float32" ? 4 : 8));
    return Array.from(arrayAt(type, out, count));
  }

  function split(columns: Columns): { readonly x: Columns; readonly truth: readonly number[] } {
    const numbers = columns.map((column) => column.map(Number));
    return { x: numbers.slice(0, -1), truth: numbers.at(-1)! };
  }

  it("has goldens for every function", () => {
    expect(Object.keys(kernels.math).sort()).toEqual(names.flatMap((n) => [`${n}_f32x4`, `${n}_f64x2`]).sort());
  });

  describe.each(["float32", "float64"] as const)("%s", (type) => {
    it.each(names)("%s is right to the last places", (name) => {
      const { x, truth } = split(GOLDENS[name][type]);
      const far = apply(name, type, x).flatMap((found, i) => {
        const least = x[0]![i]! < 0 ? TERMS[name] : 0;
        const distance = ulps(found, truth[i]!, type, least);
        return distance > tolerance(name, type) ? [[...x.map((column) => column[i]), found, truth[i], distance]] : [];
      });
      expect(truth.length).toBeGreaterThan(50);
      expect(far).toEqual([]);
    });

    it.each(names)("%s has PyTorch's values at the edges", (name) => {
      const { x, truth } = split(GOLDENS[name].edges);
      const wrong = apply(name, type, x).flatMap((found, i) => {
        const arguments_ = x.map((column) => column[i]!);
        // A number that float32 does not hold is another edge there.
        if (arguments_.some((value) => !Object.is(rounded(value, type), value))) return [];
        const best = rounded(truth[i]!, type);
        const isEdge = best === 0 || !Number.isFinite(best);
        const isRight = isEdge ? Object.is(found, best) : ulps(found, best, type, x[0]![i]! < 0 ? TERMS[name] : 0) <= 4;
        return isRight ? [] : [[...arguments_, found, best]];
      });
      expect(wrong).toEqual([]);
    });

    it.each(names)("%s of a lane does not depend on its neighbours", (name) => {
      const { x } = split(GOLDENS[name][type]);
      const { x: edges } = split(GOLDENS[name].edges);
      // Every number beside edges, and beside itself.
      const mixed = x.map((column, i) => column.flatMap((value, at) => [value, edges[i]![at % edges[i]!.length]!]));
      const alone = mixed.map((column) => column.flatMap((value) => [value, value, value, value]));
      const found = apply(name, type, mixed);
      const expected = apply(name, type, alone).filter((_, i) => i % 4 === 0);
      expect(found).toEqual(expected);
    });
  });

  /** JavaScript's own functions are float64: right to many more digits than float32 has. */
  const truths: Readonly<Partial<Record<Name, (x: number) => number>>> = {
    ...{ exp: Math.exp, expm1: Math.expm1, log: Math.log, log1p: Math.log1p, log2: Math.log2, log10: Math.log10 },
    ...{ exp2: (x) => 2 ** x, sin: Math.sin, cos: Math.cos, tan: Math.tan, asin: Math.asin, acos: Math.acos },
    ...{ atan: Math.atan, sinh: Math.sinh, cosh: Math.cosh, tanh: Math.tanh, asinh: Math.asinh, acosh: Math.acosh },
    ...{ atanh: Math.atanh, erf, sigmoid },
  };

  it.each(Object.entries(truths))("%s of float32 is right to 2 units in the last place all over", (name, truth) => {
    const numbers = new Float32Array(COUNT);
    const bits = new Uint32Array(numbers.buffer);
    const fills: readonly ((i: number) => void)[] = [
      // every exponent and both signs
      (i) => (bits[i] = i * 131072 + ((i * 40503) & 0x1ffff)),
      (i) => (numbers[i] = (i / COUNT - 0.5) * 8),
      (i) => (numbers[i] = (i / COUNT - 0.5) * 220),
      // to both sides of where angles are reduced with more digits
      (i) => (numbers[i] = (i / COUNT - 0.5) * 13000),
    ];
    for (const fill of fills) {
      for (let i = 0; i < COUNT; i++) fill(i);
      const x = Array.from(numbers);
      const far = apply(name as Name, "float32", [x]).flatMap((found, i) => {
        const distance = ulps(found, truth(x[i]!), "float32");
        return distance > 2 ? [[x[i], found, distance]] : [];
      });
      expect(far.slice(0, 5)).toEqual([]);
    }
  });

  it("logarithms and powers that are integers are exact", () => {
    const exponents = Array.from({ length: 22 }, (_, i) => i);
    for (const type of ["float32", "float64"] as const) {
      expect(apply("exp2", type, [exponents])).toEqual(exponents.map((n) => 2 ** n));
      expect(apply("log2", type, [exponents.map((n) => 2 ** n)])).toEqual(exponents);
      expect(apply("pow", type, [exponents, exponents.map(() => 2)])).toEqual(exponents.map((n) => n * n));
      const tens = exponents.filter((n) => type === "float64" || n <= 10);
      expect(apply("log10", type, [tens.map((n) => 10 ** n)])).toEqual(tens);
    }
  });
});
