/** @file Copies, casts, fill, and accumulation into a strided view. */
import type { DType } from "../backend.ts";
import { isIntegral } from "./storage.ts";
import { forEachRun, type Strided } from "./strided.ts";

/** dst = src, of equal shape. Stores wrap integers and round floats; fractions are cut off by the integer arrays. */
export function copy(dst: Strided, src: Strided): void {
  const [to, from] = [dst.data, src.data];
  const sameType = to.constructor === from.constructor;
  forEachRun(dst.shape, [dst.strides, src.strides], [dst.offset, src.offset], (at, [ds, ss], n) => {
    let [di, si] = at as [number, number];
    if (sameType && ds === 1 && ss === 1 && n > 16) to.set(from.subarray(si, si + n), di);
    else for (let i = 0; i < n; i++, di += ds!, si += ss!) to[di] = from[si]!;
  });
}

/** dst = src in the element type `dtype` of dst: anything non-zero is true, and floats are truncated toward zero. */
export function cast(dst: Strided, dtype: DType, src: Strided): void {
  if (dtype !== "bool") {
    copy(dst, src);
    return;
  }
  const [to, from] = [dst.data, src.data];
  forEachRun(dst.shape, [dst.strides, src.strides], [dst.offset, src.offset], (at, [ds, ss], n) => {
    let [di, si] = at as [number, number];
    for (let i = 0; i < n; i++, di += ds!, si += ss!) to[di] = from[si] !== 0 ? 1 : 0;
  });
}

/** dst += src, of equal shape and in index order, so that overlapping elements of dst sum up; "or" for bool. */
export function addInto(dst: Strided, dtype: DType, src: Strided): void {
  const [to, from] = [dst.data, src.data];
  const bool = dtype === "bool";
  forEachRun(dst.shape, [dst.strides, src.strides], [dst.offset, src.offset], (at, [ds, ss], n) => {
    let [di, si] = at as [number, number];
    if (bool) for (let i = 0; i < n; i++, di += ds!, si += ss!) to[di]! |= from[si]!;
    else for (let i = 0; i < n; i++, di += ds!, si += ss!) to[di]! += from[si]!;
  });
}

/** dst = value, converted as by {@link cast}. */
export function fill(dst: Strided, dtype: DType, value: number): void {
  const to = dst.data;
  const stored = dtype === "bool" ? Number(value !== 0) : isIntegral(dtype) ? Math.trunc(value) : value;
  forEachRun(dst.shape, [dst.strides], [dst.offset], ([start], [step], n) => {
    if (step === 1) to.fill(stored, start!, start! + n);
    else for (let i = 0, di = start!; i < n; i++, di += step!) to[di] = stored;
  });
}
