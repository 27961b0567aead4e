/** @file The numbers that a dtype can hold: `finfo` and `iinfo`. */
import type { DType } from "../../kernels/backend.ts";
import { readArgument } from "./arguments.ts";
import { type FloatDType, getDefaultDtype } from "./defaults.ts";
import { DTypeError } from "./errors.ts";
import { aDType } from "./kinds.ts";

/** The numeric properties of a floating dtype. */
export interface FloatInfo {
  /** Bits of one element. */
  readonly bits: number;
  /** The difference between 1 and the next larger number. */
  readonly eps: number;
  /** The largest finite number. */
  readonly max: number;
  /** The lowest finite number. */
  readonly min: number;
  /** The same as {@link smallestNormal}. */
  readonly tiny: number;
  /** The smallest positive number that is not subnormal. */
  readonly smallestNormal: number;
  /** The approximate decimal resolution. */
  readonly resolution: number;
  /** The dtype. */
  readonly dtype: FloatDType;
}

/** The numeric properties of a dtype of integers. */
export interface IntegerInfo {
  /** Bits of one element. */
  readonly bits: number;
  /** The largest number. */
  readonly max: number;
  /** The lowest number. */
  readonly min: number;
  /** The dtype. */
  readonly dtype: DType;
}

const FLOATS: Readonly<Record<FloatDType, FloatInfo>> = {
  float32: {
    bits: 32,
    eps: 2 ** -23,
    max: (2 - 2 ** -23) * 2 ** 127,
    min: -(2 - 2 ** -23) * 2 ** 127,
    tiny: 2 ** -126,
    smallestNormal: 2 ** -126,
    resolution: 1e-6,
    dtype: "float32",
  },
  float64: {
    bits: 64,
    eps: Number.EPSILON,
    max: Number.MAX_VALUE,
    min: -Number.MAX_VALUE,
    tiny: 2 ** -1022,
    smallestNormal: 2 ** -1022,
    resolution: 1e-15,
    dtype: "float64",
  },
};

/**
 * The numeric properties of a floating dtype; without an argument of the default one.
 *
 * @throws DTypeError for integers and bools.
 * @example finfo("float32").eps; // 1.1920928955078125e-7
 */
export function finfo(dtype: DType = getDefaultDtype()): FloatInfo {
  const given = readArgument("finfo", "dtype", aDType, dtype);
  if (given === "float32" || given === "float64") return FLOATS[given];
  throw new DTypeError(`[finfo] requires a floating point input type, but got ${given}. Use iinfo for integers.`);
}

/**
 * The numeric properties of a dtype of integers.
 *
 * @throws DTypeError for floats and bools.
 * @example iinfo("uint8").max; // 255
 */
export function iinfo(dtype: DType): IntegerInfo {
  const given = readArgument("iinfo", "dtype", aDType, dtype);
  if (given === "int32") return { bits: 32, max: 2 ** 31 - 1, min: -(2 ** 31), dtype: given };
  if (given === "uint8") return { bits: 8, max: 255, min: 0, dtype: given };
  throw new DTypeError(`[iinfo] requires an integer input type, but got ${given}. Use finfo for floats.`);
}
