/**
 * @file Matrix products for a CPU that stands in for a GPU: every thread computes 8 × 16 results in registers,
 * or 8 × 8 of narrow ones, and reads both
 * matrices where they are. There a barrier costs more than the reads that shared memory saves, and what counts is the
 * number of reads for a multiply-add.
 */
import { type GpuKernel, kernelTable } from "../kernel.ts";
import { MATMUL_INTS } from "./matmul.ts";

/**
 * How a matrix is read: `k` in vectors along the depth, `o` in vectors along its rows or columns that are results' rows
 * or columns, `s` one by one.
 */
export type MatrixWay = "k" | "o" | "s";

/**
 * What a kernel is made for: the ways of both matrices, a bias, a result so far, whether results are whole vectors, and how
 * many vectors a thread has in a row.
 */
export type DirectKey = `${MatrixWay}${MatrixWay}:${boolean}:${boolean}:${"vectors" | "singles"}:${2 | 4}`;

/** Rows of results of a thread. */
const ROWS = 8;

/** Side of the square of threads of a workgroup. */
const GROUP = 4;

const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

const FOUR = upTo(4);

/** Where a matrix is read next, before the loop over the depth. */
function begin(matrix: "a" | "b", way: MatrixWay, count: number): string[] {
  const outer = matrix === "a" ? "aRow" : "bColumn";
  if (way === "k")
    return upTo(count).map((i) => `var ${matrix}At${i} = (${matrix}Base + ${i} * params.${outer}) >> 2u;`);
  if (way === "o") return [`var ${matrix}Here = ${matrix}Base >> 2u;`];
  return [
    `var ${matrix}Here = ${matrix}Base;`,
    ...upTo(count).map((i) => `let ${matrix}To${i} = ${i} * params.${outer};`),
  ];
}

/** Statements that read some elements of a matrix at one or four depths, and go on to the next. */
function reads(matrix: "a" | "b", way: MatrixWay, count: number, steps: readonly number[]): string[] {
  const along = `params.${matrix}Step`;
  if (way === "k") return upTo(count).map((i) => `let ${matrix}${i} = ${matrix}[${matrix}At${i}]; ${matrix}At${i}++;`);
  const [elements, on] = way === "o" ? [upTo(count / 4), `${along} >> 2u`] : [upTo(count), along];
  return steps.flatMap((k) => [
    ...elements.map(
      (i) => `let ${matrix}${i}_${k} = ${matrix}[${matrix}Here + ${way === "o" ? i : `${matrix}To${i}`}];`,
    ),
    `${matrix}Here += ${on};`,
  ]);
}

/** One element that {@link reads} has read. */
function element(matrix: "a" | "b", way: MatrixWay, i: number, k: number): string {
  if (way === "k") return `${matrix}${i}[${k}]`;
  return way === "o" ? `${matrix}${i >> 2}_${k}[${i & 3}]` : `${matrix}${i}_${k}`;
}

/** Four neighbours in a row of b. */
function four(way: MatrixWay, quad: number, k: number): string {
  if (way === "o") return `b${quad}_${k}`;
  return `vec4<f32>(${FOUR.map((j) => element("b", way, 4 * quad + j, k)).join(", ")})`;
}

function codeOf(
  a: MatrixWay,
  b: MatrixWay,
  bias: boolean,
  accumulate: boolean,
  isVectors: boolean,
  width: number,
): string {
  // A matrix that is read along the depth is a multiple of four deep.
  const steps = a === "k" || b === "k" ? FOUR : [0];
  const [rows, quads] = [upTo(ROWS), upTo(width)];
  const sums = rows.flatMap((i) => quads.map((quad) => `sum${i}_${quad}`));
  const lanes = (of: (j: number) => string) => `vec4<f32>(${FOUR.map(of).join(", ")})`;
  const store = isVectors
    ? `
  let at = ((batch * params.rows + row) * params.columns + column) / 4;
  result[at] = finished(product, column${accumulate ? ", old[at]" : ""});`
    : `
  let at = (batch * params.rows + row) * params.columns + column;
  let values = finished(product, column${accumulate ? `, ${lanes((j) => `old[at + ${j}]`)}` : ""});
  for (var j = 0; j < min(4, params.columns - column); j++) { result[at + j] = values[j]; }`;
  return `
fn finished(product : vec4<f32>, column : i32${accumulate ? ", before : vec4<f32>" : ""}) -> vec4<f32> {
  var sum = product;
  ${bias ? `sum += ${lanes((j) => `bias[params.biasAt + (column + ${j}) * params.biasStep]`)};` : ""}
  ${accumulate ? "sum += before;" : ""}
  return select(sum, vec4<f32>(), vec4<bool>(params.relu > 0) & (sum < vec4<f32>()));
}

fn put(batch : i32, row : i32, column : i32, product : vec4<f32>) {
  if (row >= params.rows || column >= params.columns) { return; }${store}
}

@compute @workgroup_size(${GROUP}, ${GROUP})
fn main(@builtin(global_invocation_id) id : vec3<u32>) {
  let row = i32(id.y) * ${ROWS};
  let column = i32(id.x) * ${4 * width};
  if (row >= params.rows || column >= params.columns) { return; }
  let batch = i32(id.z);
  let aBase = params.aAt + batch * params.aBatch + row * params.aRow;
  let bBase = params.bAt + batch * params.bBatch + column * params.bColumn;
  ${[...begin("a", a, ROWS), ...begin("b", b, 4 * width)].join("\n  ")}
  ${sums.map((sum) => `var ${sum} = vec4<f32>();`).join(" ")}
  for (var k = 0; k < params.depth; k += ${steps.length}) {
    ${[...reads("a", a, ROWS, steps), ...reads("b", b, 4 * width, steps)].join("\n    ")}
    ${steps
      .flatMap((k) => [
        ...quads.map((quad) => `let right${quad}_${k} = ${four(b, quad, k)};`),
        ...rows.map((i) => {
          const left = `vec4<f32>(${element("a", a, i, k)})`;
          return quads
            .map((quad) => {
              const sum = `sum${i}_${quad}`;
              return `${sum} = fma(${left}, right${quad}_${k}, ${sum});`;
            })
            .join(" ");
        }),
      ])
      .join("\n    ")}
  }
  var sums = array<vec4<f32>, ${sums.length}>(${sums.join(", ")});
  for (var i = 0; i < ${sums.length}; i++) { put(batch, row + i / ${width}, column + 4 * (i % ${width}), sums[i]); }
}`;
}

/**
 * The product of matrices that lie as the key says, with the numbers of any product. Reads beyond an edge are of results
 * that are not stored.
 */
export const directMatmulKernel = kernelTable((key: DirectKey): GpuKernel => {
  const [ways = "", bias, accumulate, store, width] = key.split(":");
  const [a, b] = [...ways] as [MatrixWay, MatrixWay];
  const [hasBias, hasOld, isVectors] = [bias === "true", accumulate === "true", store === "vectors"];
  return {
    name: "matmul",
    arrays: ["a", "b", ...(hasBias ? ["bias"] : []), ...(hasOld ? ["old"] : [])],
    ints: MATMUL_INTS,
    floats: [],
    body: "",
    wgsl: {
      code: codeOf(a, b, hasBias, hasOld, isVectors, Number(width)),
      vectors: [
        ...(a === "s" ? [] : ["a"]),
        ...(b === "s" ? [] : ["b"]),
        ...(isVectors ? ["result", ...(hasOld ? ["old"] : [])] : []),
      ],
      groups: (length, [rows = 1, columns = 1]) => [
        Math.ceil(columns / (4 * Number(width) * GROUP)),
        Math.ceil(rows / (ROWS * GROUP)),
        length / (rows * columns),
      ],
    },
  };
});
