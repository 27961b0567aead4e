/** @file Elements as files hold them, and as the five dtypes hold them. */
import type { DType, TypedArray } from "../../kernels/backend.ts";
import { newTypedArray } from "../core/dtype.ts";
import { ShapeError } from "../core/errors.ts";
import { MAX_DIMENSIONS } from "../platform/limits.ts";
import { FormatError } from "./format-error.ts";

/** Element types of files, by the names of safetensors. */
export type StoredType =
  | "BOOL"
  | "U8"
  | "I8"
  | "I16"
  | "U16"
  | "F16"
  | "BF16"
  | "I32"
  | "U32"
  | "F32"
  | "F64"
  | "I64"
  | "U64";

/** Bytes of an element, and the dtype that takes it up. In safetensors' order of alignment. */
export const STORED: Readonly<Record<StoredType, { readonly bytes: number; readonly dtype: DType }>> = {
  BOOL: { bytes: 1, dtype: "bool" },
  U8: { bytes: 1, dtype: "uint8" },
  I8: { bytes: 1, dtype: "int32" },
  I16: { bytes: 2, dtype: "int32" },
  U16: { bytes: 2, dtype: "int32" },
  F16: { bytes: 2, dtype: "float32" },
  BF16: { bytes: 2, dtype: "float32" },
  I32: { bytes: 4, dtype: "int32" },
  U32: { bytes: 4, dtype: "int32" },
  F32: { bytes: 4, dtype: "float32" },
  F64: { bytes: 8, dtype: "float64" },
  I64: { bytes: 8, dtype: "int32" },
  U64: { bytes: 8, dtype: "int32" },
};

export function isStoredType(type: string): type is StoredType {
  return Object.hasOwn(STORED, type);
}

/** How a dtype is written. */
const WRITTEN: Readonly<Record<DType, StoredType>> = {
  float32: "F32",
  float64: "F64",
  int32: "I32",
  uint8: "U8",
  bool: "BOOL",
};

/** The type that a dtype is written as; `int64` widens int32. */
export function storedTypeOf(dtype: DType, int64: boolean): StoredType {
  return dtype === "int32" && int64 ? "I64" : WRITTEN[dtype];
}

/**
 * The number of elements of a shape from a file, or of one that is to be written: not more than a double can count.
 *
 * @throws FormatError for a shape that no tensor can have.
 */
export function countElements(shape: readonly number[]): number {
  if (shape.length > MAX_DIMENSIONS) throw new FormatError(`a shape has ${shape.length} dimensions`);
  let count = 1;
  for (const size of shape) {
    count *= size;
    if (!Number.isSafeInteger(size) || size < 0 || !Number.isSafeInteger(count)) {
      throw new FormatError(`no tensor has the shape [${shape.join(", ")}]`);
    }
  }
  return count;
}

/** @throws ShapeError for a tensor whose shape could not be read again. */
export function checkShape(op: string, what: string, shape: readonly number[]): void {
  if (shape.length <= MAX_DIMENSIONS) return;
  throw new ShapeError(`[${op}] ${what} has ${shape.length} dimensions. A file holds at most ${MAX_DIMENSIONS}.`);
}

/** Elements of a file as the array of their dtype. `bytes` must be as long as whole elements. */
export function decodeElements(type: StoredType, bytes: Uint8Array, littleEndian = true): TypedArray {
  const { bytes: width, dtype } = STORED[type];
  const count = bytes.length / width;
  if (littleEndian) {
    if (type === "F32") return new Float32Array(...aligned(bytes, width));
    if (type === "F64") return new Float64Array(...aligned(bytes, width));
    if (type === "I32") return new Int32Array(...aligned(bytes, width));
  }
  if (type === "U8") return bytes;
  if (type === "BOOL") {
    const wrong = bytes.find((byte) => byte > 1);
    if (wrong !== undefined) throw new FormatError(`holds ${wrong} where only 0 and 1 can be`);
    return bytes;
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const element = READ[type];
  const out = newTypedArray(dtype, count);
  for (let i = 0; i < count; i++) {
    const value = Number(element(view, i * width, littleEndian));
    if (dtype === "int32" && value !== (value | 0)) {
      throw new FormatError(`holds ${element(view, i * width, littleEndian)}, which is outside int32`);
    }
    out[i] = value;
  }
  return out;
}

/** The arguments of a typed array on these bytes; on a copy, where they begin between two elements. */
function aligned(bytes: Uint8Array, width: number): [buffer: ArrayBufferLike, offset: number, length: number] {
  const source = bytes.byteOffset % width === 0 ? bytes : bytes.slice();
  return [source.buffer, source.byteOffset, source.byteLength / width];
}

type Reader = (view: DataView, at: number, littleEndian: boolean) => number | bigint;

const READ: Readonly<Record<StoredType, Reader>> = {
  BOOL: (view, at) => view.getUint8(at),
  U8: (view, at) => view.getUint8(at),
  I8: (view, at) => view.getInt8(at),
  I16: (view, at, little) => view.getInt16(at, little),
  U16: (view, at, little) => view.getUint16(at, little),
  F16: (view, at, little) => halfToNumber(view.getUint16(at, little)),
  BF16: (view, at, little) => brainToNumber(view.getUint16(at, little)),
  I32: (view, at, little) => view.getInt32(at, little),
  U32: (view, at, little) => view.getUint32(at, little),
  F32: (view, at, little) => view.getFloat32(at, little),
  F64: (view, at, little) => view.getFloat64(at, little),
  I64: (view, at, little) => view.getBigInt64(at, little),
  U64: (view, at, little) => view.getBigUint64(at, little),
};

/** IEEE 754 binary16: 1 sign, 5 exponent, 10 fraction bits. */
function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

const scratch = new DataView(new ArrayBuffer(4));

/** bfloat16: the upper half of a float32. */
function brainToNumber(bits: number): number {
  scratch.setUint32(0, bits << 16);
  return scratch.getFloat32(0);
}

/** Elements of a tensor as they are written, little-endian. */
export function encodeElements(data: TypedArray, type: StoredType): Uint8Array {
  const stored = type === "I64" ? BigInt64Array.from(data, BigInt) : data;
  return new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength);
}
