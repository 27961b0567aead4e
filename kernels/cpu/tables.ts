/** @file The vector kernels of the element-wise operations. */
import type { BinaryOp, UnaryOp } from "../backend.ts";
import type { BinaryKernel, UnaryKernel } from "./elementwise.ts";
import type { VectorExports } from "./wasm.ts";

/** Of addresses, rows, columns and the bytes between rows; one byte of result per element, contiguous. */
export type CompareKernel = (
  out: number,
  a: number,
  b: number,
  rows: number,
  cols: number,
  aRow: number,
  bRow: number,
  mode: number,
) => void;

/** A comparison, and whether its arguments change places. */
export interface Comparison {
  readonly kernel: CompareKernel;
  readonly swapped: boolean;
}

/** The kernels by operation; what is missing is left to the reference loops. */
export interface Tables {
  readonly unary: ReadonlyMap<UnaryOp, UnaryKernel>;
  readonly binary: ReadonlyMap<BinaryOp, BinaryKernel>;
  readonly compare: ReadonlyMap<BinaryOp, Comparison>;
}

export function makeTables(vector: VectorExports): Tables {
  return {
    unary: new Map<UnaryOp, UnaryKernel>([
      ["neg", vector.negRows],
      ["abs", vector.absRows],
      ["sign", vector.signRows],
      ["sqrt", vector.sqrtRows],
      ["rsqrt", vector.rsqrtRows],
      ["reciprocal", vector.reciprocalRows],
      ["relu", vector.reluRows],
      ["floor", vector.floorRows],
      ["ceil", vector.ceilRows],
      ["round", vector.roundRows],
      ["trunc", vector.truncRows],
      ["exp", vector.expRows],
      ["log", vector.logRows],
      ["tanh", vector.tanhRows],
      ["sigmoid", vector.sigmoidRows],
      ["erf", vector.erfRows],
    ]),
    binary: new Map<BinaryOp, BinaryKernel>([
      ["add", vector.addRows],
      ["sub", vector.subRows],
      ["mul", vector.mulRows],
      ["div", vector.divRows],
      ["maximum", vector.maximumRows],
      ["minimum", vector.minimumRows],
      ["reluGrad", vector.reluGradRows],
      ["sigmoidGrad", vector.sigmoidGradRows],
      ["tanhGrad", vector.tanhGradRows],
    ]),
    compare: new Map<BinaryOp, Comparison>([
      ["eq", { kernel: vector.eqRows, swapped: false }],
      ["ne", { kernel: vector.neRows, swapped: false }],
      ["gt", { kernel: vector.gtRows, swapped: false }],
      ["ge", { kernel: vector.geRows, swapped: false }],
      ["lt", { kernel: vector.gtRows, swapped: true }],
      ["le", { kernel: vector.geRows, swapped: true }],
    ]),
  };
}
