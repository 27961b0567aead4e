/** @file Kernels in WGSL with a thread for each element of the result. */
import type { GpuKernel } from "../kernel.ts";

/** The most workgroups along a dimension that every device has. */
export const MOST_GROUPS = 65535;

/** Threads of a workgroup that share nothing. */
export const WORKGROUP = 64;

/**
 * `quotient(a, b)` and `remainder(a, b)` of whole numbers, 0 ≤ a ≤ 2²⁴: through floats, which hold those exactly, as a
 * division of integers takes many steps on a GPU. Divisions in WGSL may be off by 2.5 units of the last place, which for
 * large quotients are some whole ones: what they leave is divided again, and then corrected by at most one.
 */
export const DIVIDE = `
fn quotient(a : i32, b : i32) -> i32 {
  let rough = i32(f32(a) / f32(b));
  let q = rough + i32(f32(a - rough * b) / f32(b));
  let r = a - q * b;
  return q + select(0, 1, r >= b) - select(0, 1, r < 0);
}
fn remainder(a : i32, b : i32) -> i32 { return a - quotient(a, b) * b; }`;

interface FlatKernel {
  readonly name: string;
  readonly arrays: readonly string[];
  readonly ints: readonly string[];
  readonly floats?: readonly string[];
  readonly functions?: string;
  /** How many threads there are for a result of so many elements; one each unless it says otherwise. */
  threads?(length: number, ints: readonly number[]): number;
  /** The same in WGSL. */
  readonly count?: string;
  /** Statements of thread `at`. */
  readonly statements: string;
}

/** Workgroups beyond {@link MOST_GROUPS} are further turns of a loop. */
export function flatKernel(kernel: FlatKernel): GpuKernel {
  const { name, arrays, ints, floats = [], functions = "", threads, count = "i32(params.length)", statements } = kernel;
  return {
    name,
    arrays,
    ints,
    floats,
    body: "return 0;",
    wgsl: {
      groups: (length, numbers) => {
        const all = threads?.(length, numbers) ?? length;
        return [Math.max(1, Math.min(Math.ceil(all / WORKGROUP), MOST_GROUPS)), 1, 1];
      },
      code: `${DIVIDE}${functions}
@compute @workgroup_size(${WORKGROUP})
fn main(@builtin(global_invocation_id) id : vec3<u32>, @builtin(num_workgroups) groups : vec3<u32>) {
  let count = ${count};
  for (var at = i32(id.x); at < count; at += i32(groups.x) * ${WORKGROUP}) {
    ${statements}
  }
}`,
    },
  };
}
