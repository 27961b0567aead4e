/**
 * @file Pooling in WGSL, whose whole numbers suffice to find the windows: those of a kernel that slides, or adaptive ones.
 */
import { type GpuKernel, kernelTable } from "../kernel.ts";
import { flatKernel } from "./flat.ts";
import { NAN_FUNCTIONS } from "./rows.ts";

/** Sizes of a plane and of its windows, and how those lie along rows and columns, after the place of the first array. */
const SIZES = [
  ...["height", "width", "windowsDown", "windowsAcross"],
  ...["strideDown", "strideAcross", "padDown", "padAcross", "gapDown", "gapAcross", "reachDown", "reachAcross"],
];

/** Windows of a kernel that slides, or those that share a plane out among them. */
export type WindowKind = "sliding" | "adaptive";

/** Where window i along a direction begins and ends in its plane, and the first and last window that can hold an element. */
function windows(kind: WindowKind): string {
  return (["Down", "Across"] as const)
    .map((d) => {
      const [size, count] = [d === "Down" ? "params.height" : "params.width", `params.windows${d}`];
      // Adaptive windows have products beyond what floats hold.
      if (kind === "adaptive") {
        return `
fn start${d}(i : i32) -> i32 { return i * ${size} / ${count}; }
fn end${d}(i : i32) -> i32 { return ((i + 1) * ${size} + ${count} - 1) / ${count}; }
fn first${d}(y : i32) -> i32 { return y * ${count} / ${size}; }
fn last${d}(y : i32) -> i32 { return min(((y + 1) * ${count} + ${size} - 1) / ${size}, ${count}) - 1; }
fn holds${d}(i : i32, y : i32) -> bool { return true; }`;
      }
      return `
fn start${d}(i : i32) -> i32 {
  let start = i * params.stride${d} - params.pad${d};
  return start + quotient(max(params.gap${d} - 1 - start, 0), params.gap${d}) * params.gap${d} * select(0, 1, start < 0);
}
fn end${d}(i : i32) -> i32 { return min(i * params.stride${d} - params.pad${d} + params.reach${d}, ${size}); }
fn first${d}(y : i32) -> i32 {
  return quotient(max(0, y + params.pad${d} - params.reach${d} + 1) + params.stride${d} - 1, params.stride${d});
}
fn last${d}(y : i32) -> i32 { return min(quotient(y + params.pad${d}, params.stride${d}), ${count} - 1); }
fn holds${d}(i : i32, y : i32) -> bool {
  return remainder(y + params.pad${d} - i * params.stride${d}, params.gap${d}) == 0;
}`;
    })
    .join("\n");
}

/** The plane, the row and the column of a window, and where its plane begins. */
const WINDOW = `
    let line = quotient(at, params.windowsAcross);
    let column = at - line * params.windowsAcross;
    let plane = quotient(line, params.windowsDown);
    let row = line - plane * params.windowsDown;
    let base = params.xAt + plane * params.height * params.width;
    let top = startDown(row);
    let bottom = endDown(row);
    let left = startAcross(column);
    let right = endAcross(column);`;

/** The first largest element of a window, or the last NaN. */
const LARGEST = `${WINDOW}
    var best = x[base + top * params.width + left];
    var position = top * params.width + left;
    for (var i = top; i < bottom; i += params.gapDown) {
      for (var j = left; j < right; j += params.gapAcross) {
        let value = x[base + i * params.width + j];
        if (value > best || isNaN(value)) { best = value; position = i * params.width + j; }
      }
    }`;

/** Ints: place of x, {@link SIZES}. */
export const maxWindowKernel = kernelTable((key: `${"value" | "position"}:${WindowKind}`): GpuKernel => {
  const [result, kind] = key.split(":") as ["value" | "position", WindowKind];
  return flatKernel({
    name: "maxPool",
    arrays: ["x"],
    ints: ["xAt", ...SIZES],
    functions: `${NAN_FUNCTIONS}${windows(kind)}`,
    statements: `${LARGEST}
    result[at] = ${result === "value" ? "best" : "f32(position)"};`,
  });
});

/**
 * The gradient where no element lies in two windows: every window writes all up to the next one. Ints: place of x,
 * {@link SIZES}, place of the gradient, windows.
 */
export const apartGradKernel = kernelTable(
  (kind: WindowKind): GpuKernel =>
    flatKernel({
      name: "maxPoolGrad",
      arrays: ["x", "g"],
      ints: ["xAt", ...SIZES, "gAt", "windows"],
      functions: `${NAN_FUNCTIONS}${windows(kind)}`,
      threads: (_, numbers) => numbers[numbers.length - 1] ?? 0,
      count: "params.windows",
      statements: `${LARGEST}
    let firstRow = select(top, 0, row == 0);
    let firstColumn = select(left, 0, column == 0);
    let lastRow = select(startDown(row + 1), params.height, row == params.windowsDown - 1);
    let lastColumn = select(startAcross(column + 1), params.width, column == params.windowsAcross - 1);
    let to = plane * params.height * params.width;
    let incoming = g[params.gAt + at];
    for (var i = firstRow; i < lastRow; i++) {
      for (var j = firstColumn; j < lastColumn; j++) {
        let here = i * params.width + j;
        result[to + here] = select(0.0, incoming, here == position);
      }
    }`,
    }),
);

/** The plane, the row and the column of an element, and the windows that can hold it. */
const ELEMENT = `
    let line = quotient(at, params.width);
    let z = at - line * params.width;
    let plane = quotient(line, params.height);
    let y = line - plane * params.height;
    let base = plane * params.windowsDown * params.windowsAcross;
    let lastRow = lastDown(y);
    let lastColumn = lastAcross(z);
    var sum = 0.0;
    for (var i = firstDown(y); i <= lastRow; i++) {
      if (holdsDown(i, y)) {
        for (var j = firstAcross(z); j <= lastColumn; j++) {
          if (holdsAcross(j, z)) {`;

const END = `
          }
        }
      }
    }
    result[at] = sum;`;

/** Every element looks for the windows whose largest it is. Ints: place of the gradient, {@link SIZES}. */
export const overlappingGradKernel = kernelTable(
  (kind: WindowKind): GpuKernel =>
    flatKernel({
      name: "maxPoolGrad",
      arrays: ["g", "positions"],
      ints: ["gAt", ...SIZES],
      functions: windows(kind),
      statements: `${ELEMENT}
            let window = base + i * params.windowsAcross + j;
            if (i32(positions[window]) == y * params.width + z) { sum += g[params.gAt + window]; }${END}`,
    }),
);

/** What a sum is divided by: one number, or one of each row and of each column of windows. */
export type DivisorKind = "one" | "table";

/** Ints: place of x, {@link SIZES}. Float: the divisor. */
export const meanWindowKernel = kernelTable((key: `${DivisorKind}:${WindowKind}`): GpuKernel => {
  const [kind, sort] = key.split(":") as [DivisorKind, WindowKind];
  return flatKernel({
    name: "avgPool",
    arrays: kind === "one" ? ["x"] : ["x", "divisors"],
    ints: ["xAt", ...SIZES],
    floats: ["divisor"],
    functions: windows(sort),
    statements: `${WINDOW}
    var sum = 0.0;
    for (var i = top; i < bottom; i += params.gapDown) {
      for (var j = left; j < right; j += params.gapAcross) { sum += x[base + i * params.width + j]; }
    }
    result[at] = sum / ${kind === "one" ? "params.divisor" : "(divisors[row] * divisors[params.windowsDown + column])"};`,
  });
});

/** Every element adds up its share of the windows that hold it. Ints: place of the gradient, {@link SIZES}. Float: the divisor. */
export const meanGradKernel = kernelTable((key: `${DivisorKind}:${WindowKind}`): GpuKernel => {
  const [kind, sort] = key.split(":") as [DivisorKind, WindowKind];
  return flatKernel({
    name: "avgPoolGrad",
    arrays: kind === "one" ? ["g"] : ["g", "divisors"],
    ints: ["gAt", ...SIZES],
    floats: ["divisor"],
    functions: windows(sort),
    statements: `${ELEMENT}
            let share = g[params.gAt + base + i * params.windowsAcross + j];
            sum += share / ${kind === "one" ? "params.divisor" : "(divisors[i] * divisors[params.windowsDown + j])"};${END}`,
  });
});
