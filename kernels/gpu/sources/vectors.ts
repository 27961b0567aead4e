/**
 * @file Element-wise kernels for WebGPU, four or eight elements a thread: contiguous arrays are read in vectors of four without index
 * arithmetic; others by strides, whose coordinates are integers and are worked out once for the four where a row allows it.
 */
import { type GpuKernel, kernelTable, type WgslFunction } from "../kernel.ts";
import { named } from "./index-math.ts";

/**
 * How an argument comes: `v` four after each other that begin at a multiple of four, `s` by a step or strides of its own,
 * `r` one element that repeats, `n` a number.
 */
export type Way = "v" | "s" | "r" | "n";

/**
 * Where the elements of the arguments are: `flat` all in the order of the result; `rows` in a number of dimensions, of
 * which the last is a multiple of four; `each` in a number of dimensions.
 */
export type VectorLayout = "flat" | `${"rows" | "each"}${number}`;

/** Elements of a vector. */
export const WIDTH = 4;

/** Threads of a workgroup. */
const THREADS = 64;

/** Most workgroups in a dimension, of every device. */
const MOST_GROUPS = 65535;

/** Functions that are longer take longer to compile, and more for each copy. */
const SHORT = 2000;

/**
 * Vectors of a thread: two where a function is short and has no loops. On SwiftShader an addition of 10⁶ elements takes
 * 80 ms with one element a thread, 22 ms with four, 10 ms with eight.
 */
function vectorsOf({ statements }: WgslFunction): number {
  return statements.includes("for (") || statements.length > SHORT ? 1 : 2;
}

function groupsOf(length: number, vectors: number): readonly [number, number, number] {
  const groups = Math.ceil(length / (WIDTH * vectors * THREADS));
  const rows = Math.ceil(groups / MOST_GROUPS);
  return [Math.ceil(groups / rows), rows, 1];
}

/** What a kernel computes. */
export interface VectorMap {
  /** Of the kernel. */
  readonly name: string;
  readonly f: WgslFunction;
}

const tables = new WeakMap<VectorMap, (key: string) => GpuKernel>();

/**
 * The kernel of a function. Its ints are, for `flat`, the place of each array, in vectors for `v`; else the sizes, and
 * the place and the strides of each array. Its floats are the arguments that are numbers, then the function's own.
 */
export function vectorKernel(map: VectorMap, ways: readonly Way[], layout: VectorLayout): GpuKernel {
  let table = tables.get(map);
  if (table === undefined) {
    table = kernelTable((key) => {
      const [all = "", lie = ""] = key.split(":");
      return make(map, [...all] as Way[], lie as VectorLayout);
    });
    tables.set(map, table);
  }
  return table(`${ways.join("")}:${layout}`);
}

/** Statements that take `from` apart into coordinates `c0` … of sizes `s0` …; unsigned integers divide exactly. */
function coordinates(from: string, rank: number, suffix = ""): string[] {
  const lines = [`var rest${suffix} = ${from};`];
  for (let d = rank - 1; d > 0; d--) {
    lines.push(
      `let c${d}${suffix} = i32(rest${suffix} % u32(params.s${d}));`,
      `rest${suffix} = rest${suffix} / u32(params.s${d});`,
    );
  }
  lines.push(`let c0${suffix} = i32(rest${suffix});`);
  return lines;
}

function place(input: string, rank: number, suffix = ""): string {
  const terms = named(`${input}Stride`, rank).map((stride, d) => `c${d}${suffix} * params.${stride}`);
  return [`params.${input}At`, ...terms].join(" + ");
}

/** Statements that leave four elements of an argument in a vector of its name. */
function load(input: string, way: Way, layout: VectorLayout, rank: number): string[] {
  const array = `${input}Array`;
  if (way === "n") return [`let ${input} = vec4<f32>(params.${input});`];
  const four = (at: (k: number) => string) =>
    `let ${input} = vec4<f32>(${[0, 1, 2, 3].map((k) => `${array}[${at(k)}]`).join(", ")});`;
  if (layout === "flat") {
    if (way === "v") return [`let ${input} = ${array}[params.${input}At + i32(id4)];`];
    if (way === "r") return [`let ${input} = vec4<f32>(${array}[params.${input}At]);`];
    return [`let ${input}From = params.${input}At + 4 * i32(id4);`, four((k) => `${input}From + ${k}`)];
  }
  if (layout.startsWith("each")) return [four((k) => place(input, rank, `_${k}`))];
  const from = `let ${input}From = ${place(input, rank)};`;
  if (way === "v") return [from, `let ${input} = ${array}[${input}From / 4];`];
  if (way === "r") return [from, `let ${input} = vec4<f32>(${array}[${input}From]);`];
  return [from, four((k) => `${input}From + ${k} * params.${input}Stride${rank - 1}`)];
}

function make({ name, f }: VectorMap, ways: readonly Way[], layout: VectorLayout): GpuKernel {
  const { inputs, floats, outputs = 1 } = f;
  const rank = layout === "flat" ? 0 : Number(layout.slice(4));
  const arrays = inputs.filter((_, i) => ways[i] !== "n");
  const numbers = inputs.filter((_, i) => ways[i] === "n");
  const isEach = layout.startsWith("each");
  const results = Array.from({ length: outputs }, (_, i) => (i === 0 ? "result" : `result${i}`));
  const lanes = [0, 1, 2, 3];
  const vectors = vectorsOf(f);
  const code = [
    "fn four(id4 : u32) {",
    ...(rank === 0 || isEach ? [] : coordinates("4u * id4", rank)),
    ...(isEach ? lanes.flatMap((k) => coordinates(`4u * id4 + ${k}u`, rank, `_${k}`)) : []),
    ...inputs.flatMap((input, i) => load(input, ways[i] as Way, layout, rank)),
    `let values = ${f.name}(${inputs.join(", ")});`,
    ...results.map((result, i) => `${result}[id4] = values${f.outputs === undefined ? "" : `[${i}]`};`),
    "}",
    `@compute @workgroup_size(${THREADS})`,
    "fn main(@builtin(global_invocation_id) id : vec3<u32>, @builtin(num_workgroups) groups : vec3<u32>) {",
    `let thread = id.x + id.y * groups.x * ${THREADS}u;`,
    `if (${WIDTH * vectors}u * thread >= params.length) { return; }`,
    ...Array.from({ length: vectors }, (_, i) => `four(${vectors}u * thread + ${i}u);`),
    "}",
  ].join("\n");
  return {
    name,
    arrays: arrays.map((input) => `${input}Array`),
    ints: [
      ...named("s", rank),
      ...arrays.flatMap((input) => [`${input}At`, ...(rank === 0 ? [] : named(`${input}Stride`, rank))]),
    ],
    floats: [...numbers, ...floats],
    body: "",
    wgsl: {
      code,
      f,
      results: outputs,
      vectors: [...results, ...inputs.flatMap((input, i) => (ways[i] === "v" ? [`${input}Array`] : []))],
      groups: (length) => groupsOf(length, vectors),
    },
  };
}
