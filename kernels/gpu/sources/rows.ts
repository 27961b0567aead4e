/**
 * @file Kernels in WGSL in which threads share a row: neighbours read neighbours, and what each has found is combined in the
 * memory of their workgroup. Short rows are several to a workgroup.
 */
import type { GpuKernel } from "../kernel.ts";
import type { Threads } from "../runtime.ts";
import { DIVIDE, MOST_GROUPS } from "./flat.ts";

/** A way to combine the numbers of the threads of a row, as an expression of `a` and `b`. */
export const COMBINE = {
  sum: "a + b",
  prod: "a * b",
  max: "larger(a, b)",
  min: "smaller(a, b)",
  // Of numbers of which none is NaN, or where one shows elsewhere.
  top: "max(a, b)",
} as const;

type Combine = keyof typeof COMBINE;

/** NaN by its bits: compilers may take it for a number in comparisons. A NaN is larger and smaller than all. */
export const NAN_FUNCTIONS = `
fn isNaN(x : f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u; }
fn larger(a : f32, b : f32) -> f32 { return select(b, a, isNaN(a) || (!isNaN(b) && a >= b)); }
fn smaller(a : f32, b : f32) -> f32 { return select(b, a, isNaN(a) || (!isNaN(b) && a <= b)); }`;

/** Integers in the order of floats: equal where those are equal, and largest for NaN. */
export const ORDER_FUNCTION = `
fn orderOf(x : f32) -> i32 {
  let bits = bitcast<i32>(x);
  let rising = bits ^ ((bits >> 31u) & 0x7fffffff);
  return select(select(rising, 0, x == 0.0), 0x7fffffff, isNaN(x));
}`;

/** `NAME(v)`: what all threads of a row have, combined. Each has memory of its own, which no other one waits for. */
function combiner(name: Combine, threads: Threads): string {
  return `
var<workgroup> ${name}Tile : array<f32, ${threads}>;
fn combine_${name}(a : f32, b : f32) -> f32 { return ${COMBINE[name]}; }
fn ${name}Of(v : f32, t : i32, lane : i32) -> f32 {
  if (params.lanes == 1) { return v; }
  ${name}Tile[t] = v;
  for (var s = params.lanes / 4; s > 0; s = s / 4) {
    workgroupBarrier();
    if (lane < s) {
      let low = combine_${name}(${name}Tile[t], ${name}Tile[t + s]);
      ${name}Tile[t] = combine_${name}(low, combine_${name}(${name}Tile[t + 2 * s], ${name}Tile[t + 3 * s]));
    }
  }
  workgroupBarrier();
  let all = ${name}Tile[t - lane];
  workgroupBarrier();
  return all;
}`;
}

/** A kernel whose workgroups go through rows. */
interface RowKernel {
  readonly name: string;
  readonly arrays: readonly string[];
  /** After {@link ROW_INTS}. */
  readonly ints: readonly string[];
  readonly floats?: readonly string[];
  readonly combines: readonly Combine[];
  /** Functions. */
  readonly functions?: string;
  /**
   * Statements for the thread `lane` of row `row`. `size` is its length, or 0 beyond the last row, where the thread
   * waits for the others but reads and writes nothing.
   */
  readonly row: string;
}

/** Rows, their length, and how many threads share one: a power of 4. */
export const ROW_INTS = ["rows", "n", "lanes"];

export function rowKernel(
  { name, arrays, ints, floats = [], combines, functions = "", row }: RowKernel,
  threads: Threads,
): GpuKernel {
  return {
    name,
    arrays,
    ints: [...ROW_INTS, ...ints],
    floats,
    body: "return 0;",
    wgsl: {
      groups: (_, [rows = 0, , lanes = 1]) => [
        Math.min(Math.ceil(rows / (threads / lanes)), mostGroups(threads)),
        1,
        1,
      ],
      code: `${DIVIDE}${NAN_FUNCTIONS}
${combines.map((combine) => combiner(combine, threads)).join("\n")}
${functions}
@compute @workgroup_size(${threads})
fn main(
  @builtin(workgroup_id) group : vec3<u32>,
  @builtin(num_workgroups) groups : vec3<u32>,
  @builtin(local_invocation_index) thread : u32,
) {
  let t = i32(thread);
  let lanes = params.lanes;
  let lane = t % lanes;
  let together = ${threads} / lanes;
  for (var first = i32(group.x) * together; first < params.rows; first += i32(groups.x) * together) {
    let row = first + t / lanes;
    let size = select(0, params.n, row < params.rows);
    ${row}
  }
}`,
    },
  };
}

/** Workgroups of one dispatch; few where each costs a CPU a coroutine. */
function mostGroups(threads: Threads): number {
  return threads === 4 ? 64 : MOST_GROUPS;
}

/** Elements that a thread should have to itself before another one joins in. */
const SHARE = 8;

/** Rows that are enough for the threads of a CPU, which share none of them then: a barrier costs it microseconds. */
const ENOUGH_ROWS = 8;

/** How many threads go through a row of `n` elements side by side, where they do not wait for each other. */
export function lanesBeside(n: number, threads: Threads): number {
  return threads === 4 && n >= 4 ? 4 : lanesFor(n, 1, threads);
}

/** How many threads share each of some rows of `n` elements. */
export function lanesFor(n: number, rows: number, threads: Threads): number {
  if (threads === 4 && rows >= ENOUGH_ROWS) return 1;
  let lanes = 1;
  while (lanes < threads && lanes * SHARE < n) lanes *= 4;
  return lanes;
}
