/** @file Matrix products: a kernel of gpu.js for every mode, and one with tiles in shared memory for WebGPU. */
import { type GpuKernel, kernelTable } from "../kernel.ts";
import { divide } from "./index-math.ts";

/** What is added to the product: a bias for every column, the result so far. */
export interface Epilogue {
  readonly bias: boolean;
  readonly accumulate: boolean;
}

/** Numbers of every kernel of products. */
export const MATMUL_INTS = [
  "rows",
  "columns",
  "depth",
  "relu",
  "aAt",
  "aBatch",
  "aRow",
  "aStep",
  "bAt",
  "bBatch",
  "bStep",
  "bColumn",
  "biasAt",
  "biasStep",
];

/** Side of the square of results that a workgroup computes, and how deep the tiles are that it shares. */
const TILE = 64;
const DEPTH = 16;

/**
 * The product of matrices with any strides; narrow ones do not fill tiles. Ints: sizes, whether to put ReLU on the end,
 * and places and strides of both and of the bias. `out` so far is contiguous, from its place 0.
 */
export const matmulKernel = kernelTable((key: `${boolean}:${boolean}:${"wide" | "narrow"}`): GpuKernel => {
  const [bias, accumulate] = key.split(":").map((word) => word === "true") as [boolean, boolean];
  const kernel: GpuKernel = {
    name: "matmul",
    arrays: ["a", "b", ...(bias ? ["bias"] : []), ...(accumulate ? ["old"] : [])],
    ints: MATMUL_INTS,
    floats: [],
    body: `
${divide("line", "column", "this.thread.x", "columns")}
${divide("batch", "row", "line", "rows")}
let x = aAt + batch * aBatch + row * aRow;
let y = bAt + batch * bBatch + column * bColumn;
let s0 = 0;
let s1 = 0;
let s2 = 0;
let s3 = 0;
const quarter = Math.floor(depth / 4);
for (let k = 0; k < quarter; k++) {
  s0 += a[x] * b[y];
  s1 += a[x + aStep] * b[y + bStep];
  s2 += a[x + 2 * aStep] * b[y + 2 * bStep];
  s3 += a[x + 3 * aStep] * b[y + 3 * bStep];
  x += 4 * aStep;
  y += 4 * bStep;
}
for (let j = 4 * quarter; j < depth; j += 1) {
  s0 += a[x] * b[y];
  x += aStep;
  y += bStep;
}
let sum = (s0 + s1) + (s2 + s3);
${bias ? "sum += bias[biasAt + column * biasStep];" : ""}
${accumulate ? "sum += old[this.thread.x];" : ""}
return relu > 0 && sum < 0 ? 0 : sum;`,
  };
  if (key.endsWith("narrow")) return kernel;
  return {
    ...kernel,
    wgsl: {
      code: tiled(bias, accumulate),
      groups: (length, [rows = 1, columns = 1]) => [
        Math.ceil(columns / TILE),
        Math.ceil(rows / TILE),
        length / (rows * columns),
      ],
    },
  };
});

/**
 * 64 threads compute a tile of 64 × 64 results, 8 × 8 each. Strips of 64 × 16 of a and 16 × 64 of b go through shared
 * memory in groups of four, so a thread reads four groups there for 64 multiply-adds. Which thread fetches what depends
 * on the strides: neighbours fetch neighbours.
 */
function tiled(bias: boolean, accumulate: boolean): string {
  const quads = TILE / 4;
  const eight = [0, 1, 2, 3, 4, 5, 6, 7];
  return `
var<workgroup> aTile : array<vec4<f32>, ${quads * DEPTH}>;
var<workgroup> bTile : array<vec4<f32>, ${quads * DEPTH}>;

fn aAt(base : i32, row : i32, k : i32) -> f32 {
  if (row < params.rows && k < params.depth) { return a[base + row * params.aRow + k * params.aStep]; }
  return 0.0;
}

fn bAt(base : i32, k : i32, column : i32) -> f32 {
  if (column < params.columns && k < params.depth) { return b[base + k * params.bStep + column * params.bColumn]; }
  return 0.0;
}

fn put(batch : i32, row : i32, column : i32, product : f32) {
  if (row >= params.rows || column >= params.columns) { return; }
  let at = (batch * params.rows + row) * params.columns + column;
  var sum = product;
  ${bias ? "sum += bias[params.biasAt + column * params.biasStep];" : ""}
  ${accumulate ? "sum += old[at];" : ""}
  if (params.relu > 0 && sum < 0.0) { sum = 0.0; }
  result[at] = sum;
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3<u32>, @builtin(local_invocation_index) thread : u32) {
  let t = i32(thread);
  let row0 = i32(group.y) * ${TILE};
  let column0 = i32(group.x) * ${TILE};
  let batch = i32(group.z);
  let aBase = params.aAt + batch * params.aBatch;
  let bBase = params.bAt + batch * params.bBatch;
  let down = t / 8;
  let across = t % 8;
  ${eight.map((i) => `var left${i} = vec4<f32>(); var right${i} = vec4<f32>();`).join("\n  ")}
  for (var k0 = 0; k0 < params.depth; k0 += ${DEPTH}) {
    for (var n = 0; n < ${(quads * DEPTH) / 64}; n++) {
      let i = t + 64 * n;
      let aK = select(i / ${quads}, i % ${DEPTH}, params.aStep == 1);
      let aQuad = select(i % ${quads}, i / ${DEPTH}, params.aStep == 1);
      let row = row0 + 4 * aQuad;
      aTile[aK * ${quads} + aQuad] = vec4<f32>(
        aAt(aBase, row, k0 + aK), aAt(aBase, row + 1, k0 + aK),
        aAt(aBase, row + 2, k0 + aK), aAt(aBase, row + 3, k0 + aK));
      let bK = select(i / ${quads}, i % ${DEPTH}, params.bStep == 1);
      let bQuad = select(i % ${quads}, i / ${DEPTH}, params.bStep == 1);
      let column = column0 + 4 * bQuad;
      bTile[bK * ${quads} + bQuad] = vec4<f32>(
        bAt(bBase, k0 + bK, column), bAt(bBase, k0 + bK, column + 1),
        bAt(bBase, k0 + bK, column + 2), bAt(bBase, k0 + bK, column + 3));
    }
    workgroupBarrier();
    for (var k = 0; k < ${DEPTH}; k++) {
      let y0 = bTile[k * ${quads} + 2 * across];
      let y1 = bTile[k * ${quads} + 2 * across + 1];
      let x0 = aTile[k * ${quads} + 2 * down];
      let x1 = aTile[k * ${quads} + 2 * down + 1];
      ${eight
        .map((i) => {
          const x = `vec4<f32>(x${i >> 2}[${i & 3}])`;
          return `left${i} = fma(${x}, y0, left${i}); right${i} = fma(${x}, y1, right${i});`;
        })
        .join("\n      ")}
    }
    workgroupBarrier();
  }
  let row = row0 + 8 * down;
  let column = column0 + 8 * across;
  var sums = array<vec4<f32>, 16>(${eight.flatMap((i) => [`left${i}`, `right${i}`]).join(", ")});
  for (var i = 0; i < 16; i++) {
    for (var j = 0; j < 4; j++) { put(batch, row + i / 2, column + 4 * (i % 2) + j, sums[i][j]); }
  }
}`;
}
