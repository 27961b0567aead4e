/** @file Names of kernels that exist for several dtypes. */
import type { DType } from "../backend.ts";

/** The ending of a kernel's name for the elements of a dtype. */
export const SUFFIX = {
  float32: "f32",
  float64: "f64",
  int32: "i32",
  uint8: "u8",
  bool: "u8",
} as const satisfies Readonly<Record<DType, string>>;

export type Suffix = (typeof SUFFIX)[DType];

/** Bytes of an element by the ending. */
export const SUFFIX_BYTES: Readonly<Record<Suffix, number>> = { f32: 4, f64: 8, i32: 4, u8: 1 };

export const SUFFIXES = Object.keys(SUFFIX_BYTES) as readonly Suffix[];
