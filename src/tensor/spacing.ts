/** @file The values of arange, linspace and logspace, with the bounds converted to each dtype as in PyTorch. */
import type { DType, TypedArray } from "../../kernels/backend.ts";
import { isFloat, newTypedArray } from "../core/dtype.ts";

/**
 * How many numbers `start`, `start + step`, … lie before `end`. int32 stands for PyTorch's int64, which counts between
 * bounds that are integers already; the other dtypes count before they cut off.
 */
export function arangeCount(dtype: DType, start: number, end: number, step: number): number {
  if (dtype !== "int32") return Math.ceil((end - start) / step);
  return Math.max(0, Math.ceil((Math.trunc(end) - Math.trunc(start)) / Math.trunc(step)));
}

/** Writes numbers from `start` on. Integers step by an integer from an integer. */
export function arangeValues(out: TypedArray, dtype: DType, start: number, step: number): void {
  const count = out.length;
  const first = strideOf(dtype, start);
  const stride = strideOf(dtype, step);
  if (dtype === "bool") for (let i = 0; i < count; i++) out[i] = Number(first + i * stride !== 0);
  else for (let i = 0; i < count; i++) out[i] = first + i * stride;
}

/** A bound or step as numbers of the dtype count with it: integers cut off what lies behind the point. */
export function strideOf(dtype: DType, step: number): number {
  return isFloat(dtype) ? step : Math.trunc(step);
}

/** Writes numbers from start to end, both included, counted from the nearer end. */
function stepsBetween<T extends TypedArray>(out: T, dtype: DType, start: number, end: number): T {
  const steps = out.length;
  const round = dtype === "float32" ? Math.fround : isFloat(dtype) ? (x: number): number => x : Math.trunc;
  const roundStep = isFloat(dtype) ? round : (x: number): number => x;
  const [first, last] = [round(start), round(end)];
  if (steps === 1) {
    out[0] = first;
    return out;
  }
  const step = roundStep(roundStep(last - first) / (steps - 1));
  const half = Math.ceil(steps / 2);
  for (let i = 0; i < half; i++) out[i] = first + step * i;
  for (let i = half; i < steps; i++) out[i] = last - step * (steps - 1 - i);
  return out;
}

/** Writes numbers from start to end, both included. Integers lie between bounds that are cut off first. */
export function linspaceValues(out: TypedArray, dtype: DType, start: number, end: number): void {
  if (dtype !== "bool") stepsBetween(out, dtype, start, end);
  else {
    const values = stepsBetween(new Float64Array(out.length), dtype, start, end);
    for (let i = 0; i < out.length; i++) out[i] = Number(values[i] !== 0);
  }
}

/** Powers of `base` whose exponents are those of {@link linspaceValues}, but not cut off between the bounds. */
export function logspaceValues(dtype: DType, start: number, end: number, steps: number, base: number): TypedArray {
  const out = newTypedArray(dtype, steps);
  const round = dtype === "float32" ? Math.fround : (x: number): number => x;
  const exponents = stepsBetween(new Float64Array(steps), dtype, start, end);
  for (let i = 0; i < steps; i++) out[i] = base ** round(exponents[i] as number);
  return out;
}
