/**
 * @file Matrix products in WebGL 2, where threads write texels of four: a thread computes 4 × 4 elements, a texel in each of
 * four arrays, and a second kernel puts their rows in order. So the thread reads 8 texels for 64 multiply-adds; with one
 * result it would read 20.
 */
import { type GpuKernel, kernelTable } from "../kernel.ts";
import type { MatrixWay } from "./direct-matmul.ts";
import { MATMUL_INTS } from "./matmul.ts";

const FOUR = [0, 1, 2, 3] as const;

/** Places of texels are walked along as floats: integers are slow to convert, and their division is far slower. */
const WALK = `
vec2 walked(vec2 place, vec2 by, float width) {
  vec2 next = place + by;
  return next + step(width, next.x) * vec2(-width, 1.0);
}`;

/** The part of the statements that concerns one matrix, whose other dimension is called `across`. */
function reading(m: "a" | "b", across: "row" | "column", way: MatrixWay) {
  const size = `user_${m}Size`;
  const stride = `user_${m}${across === "row" ? "Row" : "Column"}`;
  const from = (i: number) => `${m}From + min(${across} + ${i}, user_${across}s - 1) * ${stride}`;
  const element = (i: number, k: string) => `elementAt(user_${m}, ${size}, ${from(i)} + (${k}) * user_${m}Step)`;
  const fetch = (place: string) => `texture(user_${m}, ${place} * ${m}Unit)`;
  const next = (place: string, by: string) => `${place} = walked(${place}, ${by}, ${m}Width);`;
  const start = [
    `int ${m}From = user_${m}At + batch * user_${m}Batch;`,
    `float ${m}Width = float(${size}.x);`,
    `vec2 ${m}Unit = 1.0 / vec2(${size});`,
    ...(way === "k" ? FOUR.map((i) => `vec2 ${m}Place${i} = placeOf((${from(i)}) >> 2, ${size});`) : []),
    ...(way === "o"
      ? [
          `vec2 ${m}Place = placeOf((${m}From + ${across}) >> 2, ${size});`,
          `vec2 ${m}Next = placeOf(user_${m}Step >> 2, ${size}) - 0.5;`,
        ]
      : []),
  ];
  const fetches = {
    k: FOUR.map((i) => `vec4 ${m}${i} = ${fetch(`${m}Place${i}`)}; ${next(`${m}Place${i}`, "vec2(1.0, 0.0)")}`),
    o: FOUR.map((i) => `vec4 ${m}${i} = ${fetch(`${m}Place`)}; ${next(`${m}Place`, `${m}Next`)}`),
    s: FOUR.map((i) => `vec4 ${m}${i} = vec4(${FOUR.map((k) => element(i, `k + ${k}`)).join(", ")});`),
  };
  /** The element of the block at place i of the other dimension, and at the k-th of four places along k. */
  const at = (i: number, k: number) => (way === "o" ? `${m}${k}[${i}]` : `${m}${i}[${k}]`);
  const four = (k: number) => (way === "o" ? `${m}${k}` : `vec4(${FOUR.map((i) => at(i, k)).join(", ")})`);
  return { start, fetches: fetches[way], at, four, element };
}

/**
 * A product of matrices with any strides. Its four results hold, of every block of
 * four rows, one row each, which is filled up to whole texels; `length` is that of each.
 */
export const texelProduct = kernelTable((key: `${MatrixWay}:${MatrixWay}`): GpuKernel => {
  const [aWay, bWay] = key.split(":") as [MatrixWay, MatrixWay];
  const a = reading("a", "row", aWay);
  const b = reading("b", "column", bWay);
  const sums = FOUR.map((i) => (i === 0 ? "first" : `further${i}`));
  const product = `
${WALK}
vec4 product() {
  int across = (user_columns + 3) / 4;
  int down = (user_rows + 3) / 4;
  int line = index / across;
  int column = 4 * (index - line * across);
  int batch = line / down;
  int row = 4 * (line - batch * down);
  ${[...a.start, ...b.start].join("\n  ")}
  vec4 ${sums.map((sum) => `${sum} = vec4(0.0);`).join(" ")}
  int whole = 4 * (user_depth / 4);
  for (int k = 0; k < whole; k += 4) {
    ${[...a.fetches, ...(bWay === "o" ? [] : b.fetches)].join("\n    ")}
    ${FOUR.map((k) => `${bWay === "o" ? b.fetches[k] : ""} vec4 right${k} = ${b.four(k)}; ${FOUR.map((i) => `${sums[i]} += ${a.at(i, k)} * right${k};`).join(" ")}`).join("\n    ")}
  }
  for (int k = whole; k < user_depth; k++) {
    vec4 right = vec4(${FOUR.map((i) => b.element(i, "k")).join(", ")});
    ${FOUR.map((i) => `${sums[i]} += ${a.element(i, "k")} * right;`).join("\n    ")}
  }
  return first;
}`;
  return {
    name: "matmul",
    arrays: ["a", "b"],
    ints: MATMUL_INTS,
    floats: [],
    body: "",
    texels: { texel: "product()", native: { product }, results: FOUR.length },
  };
});

/** The product row by row, from the results of {@link texelProduct}, with its epilogue. `whole`: rows are whole texels. */
export const texelRows = kernelTable((key: `${boolean}:${boolean}:${"whole" | "broken"}`): GpuKernel => {
  const [bias, accumulate] = key.split(":").map((word) => word === "true") as [boolean, boolean];
  const isWhole = key.endsWith("whole");
  const parts = FOUR.map((i) => `part${i}`);
  const biasAt = (column: string) => `elementAt(user_bias, user_biasSize, user_biasAt + (${column}) * user_biasStep)`;
  const inOrder = `
vec4 blockTexel(int line, int column, int across) {
  int batch = line / user_rows;
  int row = line - batch * user_rows;
  int at = (batch * ((user_rows + 3) / 4) + (row >> 2)) * across + column;
  int i = row & 3;
  vec2 place = placeOf(at, user_part0Size) / vec2(user_part0Size);
  if (i == 0) { return texture(user_part0, place); }
  if (i == 1) { return texture(user_part1, place); }
  if (i == 2) { return texture(user_part2, place); }
  return texture(user_part3, place);
}
float blockElement(int at, int across) {
  int line = at / user_columns;
  int column = at - line * user_columns;
  float sum = blockTexel(line, column >> 2, across)[column & 3];
  ${bias ? `sum += ${biasAt("column")};` : ""}
  return sum;
}
vec4 inOrder() {
  int across = (user_columns + 3) / 4;
  ${
    isWhole
      ? `int line = index / across;
  int column = index - line * across;
  vec4 sum = blockTexel(line, column, across);
  ${bias ? `sum += vec4(${FOUR.map((i) => biasAt(`4 * column + ${i}`)).join(", ")});` : ""}`
      : `vec4 sum = vec4(${FOUR.map((i) => `blockElement(4 * index + ${i}, across)`).join(", ")});`
  }
  ${accumulate ? "sum += texelAt(user_old, user_oldSize, index);" : ""}
  return user_relu > 0 ? mix(sum, vec4(0.0), lessThan(sum, vec4(0.0))) : sum;
}`;
  return {
    name: "matmul",
    arrays: [...parts, ...(bias ? ["bias"] : []), ...(accumulate ? ["old"] : [])],
    ints: MATMUL_INTS,
    floats: [],
    body: "",
    texels: { texel: "inOrder()", native: { inOrder } },
  };
});
