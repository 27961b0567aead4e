/** @file Kernels of max pooling. */
import type { GpuKernel } from "../kernel.ts";
import { isNaNOf } from "./functions.ts";
import { divide } from "./index-math.ts";

/** The position in its plane of the largest element of each window: the first one, or the last NaN. */
export const MAX_POSITIONS: GpuKernel = {
  name: "maxPool",
  arrays: ["x"],
  ints: [
    "xAt",
    "height",
    "width",
    "windowsDown",
    "windowsAcross",
    "kernelHeight",
    "kernelWidth",
    "strideDown",
    "strideAcross",
    "above",
    "left",
    "dilationDown",
    "dilationAcross",
  ],
  floats: [],
  body: `
${divide("line", "column", "this.thread.x", "windowsAcross")}
${divide("plane", "row", "line", "windowsDown")}
const base = xAt + plane * height * width;
let best = 0;
let position = 0;
let found = 0;
for (let i = 0; i < kernelHeight; i++) {
  const y = row * strideDown - above + i * dilationDown;
  if (y >= 0 && y < height) {
    for (let j = 0; j < kernelWidth; j++) {
      const z = column * strideAcross - left + j * dilationAcross;
      if (z >= 0 && z < width) {
        const value = x[base + y * width + z];
        if (found < 0.5 || value > best || ${isNaNOf("value")}) {
          best = value;
          position = y * width + z;
          found = 1;
        }
      }
    }
  }
}
return position;`,
};

/**
 * Every element of a plane looks for the windows that it is the largest element of, among those that can reach it. The
 * ints are those of {@link MAX_POSITIONS}, but for the gradient's place.
 */
export const MAX_GRAD: GpuKernel = {
  name: "maxPoolGrad",
  arrays: ["g", "positions"],
  ints: ["gAt", ...MAX_POSITIONS.ints.slice(1)],
  floats: [],
  body: `
${divide("line", "z", "this.thread.x", "width")}
${divide("plane", "y", "line", "height")}
const mine = y * width + z;
const base = plane * windowsDown * windowsAcross;
let firstRow = Math.floor((y + above - (kernelHeight - 1) * dilationDown) / strideDown) - 1;
let lastRow = Math.floor((y + above) / strideDown) + 1;
let firstColumn = Math.floor((z + left - (kernelWidth - 1) * dilationAcross) / strideAcross) - 1;
let lastColumn = Math.floor((z + left) / strideAcross) + 1;
if (firstRow < 0) { firstRow = 0; }
if (firstColumn < 0) { firstColumn = 0; }
if (lastRow > windowsDown - 1) { lastRow = windowsDown - 1; }
if (lastColumn > windowsAcross - 1) { lastColumn = windowsAcross - 1; }
let sum = 0;
for (let i = firstRow; i <= lastRow; i += 1) {
  for (let j = firstColumn; j <= lastColumn; j += 1) {
    const window = base + i * windowsAcross + j;
    if (positions[window] === mine) { sum += g[gAt + window]; }
  }
}
return sum;`,
};

/** Elements at positions in their planes. */
export const AT_POSITIONS: GpuKernel = {
  name: "maxPool",
  arrays: ["x", "positions"],
  ints: ["xAt", "size", "windows"],
  floats: [],
  body: `
${divide("plane", "window", "this.thread.x", "windows")}
return x[xAt + plane * size + positions[this.thread.x]];`,
};
