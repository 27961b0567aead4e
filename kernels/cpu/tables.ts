/** @file Vector kernels by element-wise operation; operations without one use the reference loops. */
import type { BinaryOp, UnaryOp } from "../backend.ts";
import type { BinaryKernel, UnaryKernel } from "./elementwise.ts";
import type { VectorKernelOf } from "./wasm.ts";

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
  readonly kernel: VectorKernelOf<CompareKernel>;
  readonly swapped: boolean;
}

export const UNARY: ReadonlyMap<UnaryOp, VectorKernelOf<UnaryKernel>> = new Map([
  ["neg", "negRows"],
  ["abs", "absRows"],
  ["sign", "signRows"],
  ["sqrt", "sqrtRows"],
  ["rsqrt", "rsqrtRows"],
  ["reciprocal", "reciprocalRows"],
  ["relu", "reluRows"],
  ["floor", "floorRows"],
  ["ceil", "ceilRows"],
  ["round", "roundRows"],
  ["trunc", "truncRows"],
  ["exp", "expRows"],
  ["log", "logRows"],
  ["tanh", "tanhRows"],
  ["sigmoid", "sigmoidRows"],
  ["erf", "erfRows"],
]);

export const BINARY: ReadonlyMap<BinaryOp, VectorKernelOf<BinaryKernel>> = new Map([
  ["add", "addRows"],
  ["sub", "subRows"],
  ["mul", "mulRows"],
  ["div", "divRows"],
  ["maximum", "maximumRows"],
  ["minimum", "minimumRows"],
  ["reluGrad", "reluGradRows"],
  ["sigmoidGrad", "sigmoidGradRows"],
  ["tanhGrad", "tanhGradRows"],
]);

export const COMPARE: ReadonlyMap<BinaryOp, Comparison> = new Map<BinaryOp, Comparison>([
  ["eq", { kernel: "eqRows", swapped: false }],
  ["ne", { kernel: "neRows", swapped: false }],
  ["gt", { kernel: "gtRows", swapped: false }],
  ["ge", { kernel: "geRows", swapped: false }],
  ["lt", { kernel: "gtRows", swapped: true }],
  ["le", { kernel: "geRows", swapped: true }],
]);
