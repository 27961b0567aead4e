/** @file Dtypes: their typed arrays, categories, and PyTorch's promotion rules. */
import type { DType, TypedArray } from "../../kernels/backend.ts";
import { typedArrayName } from "../core/realm.ts";
import { describeValue } from "./describe.ts";
import { DTypeError } from "./errors.ts";

/** From the narrowest to the widest: the promotion of two types of one category is the later one. */
const ORDER: readonly DType[] = ["bool", "uint8", "int32", "float32", "float64"];

const CONSTRUCTORS = {
  float32: Float32Array,
  float64: Float64Array,
  int32: Int32Array,
  uint8: Uint8Array,
  bool: Uint8Array,
} as const;

/** The dtype of each kind of typed array whose numbers a dtype holds as they are. */
const DTYPES: Readonly<Record<string, DType>> = {
  Float32Array: "float32",
  Float64Array: "float64",
  Int32Array: "int32",
  Uint8Array: "uint8",
  Uint8ClampedArray: "uint8",
};

/** A host array of zeros for a dtype. */
export function newTypedArray(dtype: DType, length: number): TypedArray {
  return new CONSTRUCTORS[dtype](length);
}

/** The dtype of a typed array of any realm, or undefined for one that has no matching dtype. */
export function dtypeOfTypedArray(data: unknown): DType | undefined {
  const name = typedArrayName(data);
  return name === undefined ? undefined : DTYPES[name];
}

export function isDType(value: unknown): value is DType {
  return typeof value === "string" && (ORDER as readonly string[]).includes(value);
}

/** Throws unless `dtype` is one of the five. */
export function checkDType(op: string, dtype: unknown): asserts dtype is DType {
  if (!isDType(dtype)) {
    throw new DTypeError(`[${op}] unknown dtype ${describeValue(dtype)}. Expected one of ${ORDER.join(", ")}.`);
  }
}

export function isFloat(dtype: DType): boolean {
  return dtype === "float32" || dtype === "float64";
}

/** 0 for bool, 1 for integers, 2 for floats. */
export function categoryOf(dtype: DType): number {
  return dtype === "bool" ? 0 : isFloat(dtype) ? 2 : 1;
}

/** The narrowest type that holds both: torch.promote_types over the five. */
export function promoteTypes(a: DType, b: DType): DType {
  return ORDER[Math.max(ORDER.indexOf(a), ORDER.indexOf(b))] as DType;
}

/** How one converts to a dtype. */
const CONVERSIONS: Readonly<Record<DType, string>> = {
  float32: ".float()",
  float64: ".double()",
  int32: ".int()",
  uint8: '.to("uint8")',
  bool: ".bool()",
};

/**
 * What to do about two tensors that should have one dtype. The narrower one is converted, so that nobody rounds weights to
 * the integers of an image; of two floats either may be.
 */
export function conversionHint(first: string, a: DType, second: string, b: DType): string {
  const toB = `the ${first} with ${CONVERSIONS[b]}`;
  const toA = `the ${second} with ${CONVERSIONS[a]}`;
  if (isFloat(a) && isFloat(b)) return `Convert ${toB}, or ${toA}.`;
  return `Convert ${promoteTypes(a, b) === b ? toB : toA}.`;
}
