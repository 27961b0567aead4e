/** @file Reader of print.json: PyTorch's printed forms of tensors, modules and numbers. */
import { readFileSync } from "node:fs";
import type { DType, TypedArray } from "../../kernels/backend.ts";
import type { PythonValue } from "../../src/core/python-repr.ts";

/** NaN and infinities are strings, as JSON has no numbers for them. */
type Encoded = number | "nan" | "inf" | "-inf";

export interface TensorCase {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly requiresGrad: boolean;
  readonly gradFn: string | null;
  readonly parameter: boolean;
  /** All elements in row-major order. */
  readonly values: readonly Encoded[];
  readonly expected: string;
}

/** A module with what it takes to build it: constructor arguments under PyTorch's names, and children. */
export interface ModuleSpec {
  /** Class name. */
  readonly name: string;
  /** Whether the class is not one of torch.nn. */
  readonly custom: boolean;
  readonly args: readonly (PythonValue | ModuleSpec)[];
  readonly kwargs: Readonly<Record<string, PythonValue | ModuleSpec>>;
  readonly extraRepr: string;
  readonly children: readonly (readonly [key: string, child: ModuleSpec | null])[];
}

export interface ModuleCase {
  readonly name: string;
  readonly module: ModuleSpec;
  readonly expected: string;
}

/** A tensor under other print options than the defaults, or under another default dtype. */
export interface ConfiguredCase extends Omit<TensorCase, "name" | "parameter"> {
  readonly options: Readonly<Record<string, number | string | boolean>>;
  readonly defaultDtype: DType;
}

interface PrintGolden {
  readonly tensors: readonly TensorCase[];
  readonly configured: readonly ConfiguredCase[];
  readonly modules: readonly ModuleCase[];
  /** A float64 and its forms with four decimals, fixed (null where not asked for) and exponential. */
  readonly numbers: readonly (readonly [value: Encoded, fixed: string | null, exponential: string])[];
  /** A value, whether its numbers are floats, and its repr. */
  readonly reprs: readonly (readonly [value: PythonValue, asFloat: boolean, text: string])[];
}

export const printGolden: PrintGolden = JSON.parse(readFileSync(new URL("data/print.json", import.meta.url), "utf8"));

export function decode(value: Encoded): number {
  if (typeof value === "number") return value;
  if (value === "nan") return Number.NaN;
  return value === "inf" ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
}

const ARRAYS = {
  float32: Float32Array,
  float64: Float64Array,
  int32: Int32Array,
  uint8: Uint8Array,
  bool: Uint8Array,
} as const satisfies Record<DType, unknown>;

/** The elements of a case in the host array of its dtype. */
export function elements({ dtype, values }: Pick<TensorCase, "dtype" | "values">): TypedArray {
  return ARRAYS[dtype].from(values.map(decode));
}
