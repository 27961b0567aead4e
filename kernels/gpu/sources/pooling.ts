/**
 * @file Kernels of pooling.
 *
 * Windows are given by a table: where each row of windows begins and ends in a plane, then the columns; their divisors;
 * then, for each row of a plane and each column, the first and the last windows that can reach it.
 */
import type { GpuKernel } from "../kernel.ts";
import { isNaNOf } from "./functions.ts";
import { divide } from "./index-math.ts";

/** The sizes that every kernel gets, after the place of its first array. */
const SIZES = ["height", "width", "windowsDown", "windowsAcross", "gapDown", "gapAcross"];

/** Statements that find the plane, the row and the column of a window, and where it begins and ends. */
const WINDOW = `
${divide("line", "column", "this.thread.x", "windowsAcross")}
${divide("plane", "row", "line", "windowsDown")}
const base = xAt + plane * height * width;
const columns = 2 * windowsDown;
const top = table[2 * row];
const bottom = table[2 * row + 1];
const left = table[columns + 2 * column];
const right = table[columns + 2 * column + 1];`;

/** The position in its plane of the largest element of each window: the first one, or the last NaN. */
export const MAX_POSITIONS: GpuKernel = {
  name: "maxPool",
  arrays: ["x", "table"],
  ints: ["xAt", ...SIZES],
  floats: [],
  body: `${WINDOW}
let best = 0;
let position = 0;
let found = 0;
for (let i = top; i < bottom; i += gapDown) {
  for (let j = left; j < right; j += gapAcross) {
    const value = x[base + i * width + j];
    if (found < 0.5 || value > best || ${isNaNOf("value")}) {
      best = value;
      position = i * width + j;
      found = 1;
    }
  }
}
return position;`,
};

/** The sum of each window, divided. */
export const AVG_POOL: GpuKernel = {
  name: "avgPool",
  arrays: ["x", "table"],
  ints: ["xAt", ...SIZES],
  floats: [],
  body: `${WINDOW}
const divisors = columns + 2 * windowsAcross;
let sum = 0;
for (let i = top; i < bottom; i += gapDown) {
  for (let j = left; j < right; j += gapAcross) {
    sum += x[base + i * width + j];
  }
}
return sum / (table[divisors + row] * table[divisors + windowsDown + column]);`,
};

/** Statements that find the plane, the row and the column of an element, and the windows that can reach it. */
const REACHED = `
${divide("line", "z", "this.thread.x", "width")}
${divide("plane", "y", "line", "height")}
const base = plane * windowsDown * windowsAcross;
const divisors = 2 * windowsDown + 2 * windowsAcross;
const reach = divisors + windowsDown + windowsAcross;
const firstRow = table[reach + 2 * y];
const lastRow = table[reach + 2 * y + 1];
const firstColumn = table[reach + 2 * height + 2 * z];
const lastColumn = table[reach + 2 * height + 2 * z + 1];`;

/** Every element of a plane looks for the windows that it is the largest element of. */
export const MAX_GRAD: GpuKernel = {
  name: "maxPoolGrad",
  arrays: ["g", "positions", "table"],
  ints: ["gAt", ...SIZES],
  floats: [],
  body: `${REACHED}
const mine = y * width + z;
let sum = 0;
for (let i = firstRow; i <= lastRow; i += 1) {
  for (let j = firstColumn; j <= lastColumn; j += 1) {
    const window = base + i * windowsAcross + j;
    if (positions[window] === mine) { sum += g[gAt + window]; }
  }
}
return sum;`,
};

/** Every element of a plane adds up the divided gradients of the windows that hold it. */
export const AVG_GRAD: GpuKernel = {
  name: "avgPoolGrad",
  arrays: ["g", "table"],
  ints: ["gAt", ...SIZES],
  floats: [],
  body: `${REACHED}
let sum = 0;
for (let i = firstRow; i <= lastRow; i += 1) {
${divide("turnsDown", "restDown", "y - table[2 * i]", "gapDown")}
  if (restDown === 0) {
    for (let j = firstColumn; j <= lastColumn; j += 1) {
${divide("turnsAcross", "restAcross", "z - table[2 * windowsDown + 2 * j]", "gapAcross")}
      if (restAcross === 0) {
        sum += g[gAt + base + i * windowsAcross + j] / (table[divisors + i] * table[divisors + windowsDown + j]);
      }
    }
  }
}
return sum;`,
};

/** Elements at positions in their planes. */
export const AT_POSITIONS: GpuKernel = {
  name: "maxPool values",
  arrays: ["x", "positions"],
  ints: ["xAt", "size", "windows"],
  floats: [],
  body: `
${divide("plane", "window", "this.thread.x", "windows")}
return x[xAt + plane * size + positions[this.thread.x]];`,
};
