/** @file Fused element-wise kernels of compiled programs: one dispatch for a chain of operations, with all its results. */
import type { NDArray } from "../backend.ts";
import { sizeOf } from "../layout.ts";
import type { FusedKernel, Fuser } from "../program/fuse.ts";
import { computeVectors, writeResult } from "./elementwise.ts";
import type { GpuContext } from "./gpu-context.ts";
import type { GpuArray } from "./runtime.ts";
import { fusedFunction } from "./sources/expression.ts";
import { CONSTANTS } from "./sources/functions.ts";
import type { VectorMap } from "./sources/vectors.ts";

/** Kernels by what they compute: programs that are captured again have the same ones. */
const maps = new Map<string, VectorMap>();
const known = new WeakMap<FusedKernel, VectorMap>();

function mapOf(kernel: FusedKernel): VectorMap {
  let map = known.get(kernel);
  if (map === undefined) {
    const f = fusedFunction(kernel);
    const key = `${f.inputs.length} ${f.outputs} ${f.statements}`;
    map = maps.get(key) ?? { name: "fused", f };
    maps.set(key, map);
    known.set(kernel, map);
  }
  return map;
}

/** The fuser of a device whose kernels have at most `mostArrays` arrays, with results. */
export function fuserOf(context: GpuContext, mostArrays: number): Fuser {
  return {
    mostArrays,
    // Bytes wrap only where they are stored.
    takes: (name, dtype) => dtype !== "float64" && (dtype !== "uint8" || name === "cast"),
    run(kernel: FusedKernel, inputs: readonly NDArray[], shape: readonly number[], outs: readonly NDArray[]): void {
      if (sizeOf(shape) === 0) return;
      const map = mapOf(kernel);
      const constants = map.f.floats.map((name) => CONSTANTS[name] as number);
      const results = computeVectors(context, map, inputs, shape, constants);
      for (const [i, out] of outs.entries()) {
        writeResult(context, out.dtype, out.shape, results[i] as GpuArray, out);
      }
    },
  };
}
