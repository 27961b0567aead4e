/** @file Kernels that look for the largest element of windows on planes. */
import type { GpuKernel } from "../kernel.ts";
import { isNaNOf } from "./functions.ts";
import { divide } from "./positions.ts";

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
