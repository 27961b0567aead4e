/** @file Matrix products: a kernel of gpu.js for every mode, and one with tiles in shared memory for WebGPU. */
import { type GpuKernel, kernelTable } from "../kernel.ts";
import { divide } from "./positions.ts";

/** What is added to the product: a bias for every column, the result so far. */
export interface Epilogue {
  readonly bias: boolean;
  readonly accumulate: boolean;
}

const INTS = [
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
 * The product of matrices with any strides. Ints: sizes, whether to put ReLU on the end, and places and strides of both
 * and of the bias. `out` so far is contiguous, from its place 0.
 */
export const matmulKernel = kernelTable((key: `${boolean}:${boolean}`): GpuKernel => {
  const [bias, accumulate] = key.split(":").map((word) => word === "true") as [boolean, boolean];
  return {
    name: "matmul",
    arrays: ["a", "b", ...(bias ? ["bias"] : []), ...(accumulate ? ["old"] : [])],
    ints: INTS,
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
 * 256 threads compute a tile of 64 × 64 results, 4 × 4 each. Strips of 64 × 16 of a and 16 × 64 of b go through shared
 * memory, so every number is fetched once for 64 results. Which thread fetches what depends on the strides: neighbours
 * fetch neighbours.
 */
function tiled(bias: boolean, accumulate: boolean): string {
  const strip = TILE * DEPTH;
  return `
var<workgroup> aTile : array<f32, ${strip}>;
var<workgroup> bTile : array<f32, ${strip}>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group : vec3<u32>, @builtin(local_invocation_index) thread : u32) {
  let t = i32(thread);
  let row0 = i32(group.y) * ${TILE};
  let column0 = i32(group.x) * ${TILE};
  let batch = i32(group.z);
  let aBase = params.aAt + batch * params.aBatch;
  let bBase = params.bAt + batch * params.bBatch;
  let down = 4 * (t / 16);
  let across = 4 * (t % 16);
  var sums : array<vec4<f32>, 4>;
  for (var k0 = 0; k0 < params.depth; k0 += ${DEPTH}) {
    for (var n = 0; n < ${strip / 256}; n++) {
      let i = t + 256 * n;
      let aK = select(i / ${TILE}, i % ${DEPTH}, params.aStep == 1);
      let aI = select(i % ${TILE}, i / ${DEPTH}, params.aStep == 1);
      let aInside = row0 + aI < params.rows && k0 + aK < params.depth;
      if (aInside) {
        aTile[aK * ${TILE} + aI] = a[aBase + (row0 + aI) * params.aRow + (k0 + aK) * params.aStep];
      } else {
        aTile[aK * ${TILE} + aI] = 0.0;
      }
      let bK = select(i / ${TILE}, i % ${DEPTH}, params.bStep == 1);
      let bJ = select(i % ${TILE}, i / ${DEPTH}, params.bStep == 1);
      let bInside = column0 + bJ < params.columns && k0 + bK < params.depth;
      if (bInside) {
        bTile[bK * ${TILE} + bJ] = b[bBase + (k0 + bK) * params.bStep + (column0 + bJ) * params.bColumn];
      } else {
        bTile[bK * ${TILE} + bJ] = 0.0;
      }
    }
    workgroupBarrier();
    for (var k = 0; k < ${DEPTH}; k++) {
      let y = vec4<f32>(
        bTile[k * ${TILE} + across], bTile[k * ${TILE} + across + 1],
        bTile[k * ${TILE} + across + 2], bTile[k * ${TILE} + across + 3]);
      for (var i = 0; i < 4; i++) {
        sums[i] = fma(vec4<f32>(aTile[k * ${TILE} + down + i]), y, sums[i]);
      }
    }
    workgroupBarrier();
  }
  for (var i = 0; i < 4; i++) {
    let row = row0 + down + i;
    for (var j = 0; j < 4; j++) {
      let column = column0 + across + j;
      if (row >= params.rows || column >= params.columns) { continue; }
      let at = (batch * params.rows + row) * params.columns + column;
      var sum = sums[i][j];
      ${bias ? "sum += bias[params.biasAt + column * params.biasStep];" : ""}
      ${accumulate ? "sum += old[at];" : ""}
      if (params.relu > 0 && sum < 0.0) { sum = 0.0; }
      result[at] = sum;
    }
  }
}`;
}
