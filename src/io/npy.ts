/** @file NumPy's .npy: one array in a file, with a header that is a Python dictionary. */
import type { DType } from "../../kernels/backend.ts";
import { noGrad } from "../autograd/grad-mode.ts";
import { keyword, required, signature } from "../core/arguments.ts";
import { bytes } from "../core/file-kinds.ts";
import { aBoolean, aDevice, aTensor } from "../core/kinds.ts";
import type { BinaryData } from "../platform/binary.ts";
import { foreignFormat } from "../platform/file-signature.ts";
import { MAX_NPY_HEADER } from "../platform/limits.ts";
import { decodeLatin1 } from "../platform/text.ts";
import { fromTypedArray } from "../tensor/from-host.ts";
import type { Tensor } from "../tensor/tensor.ts";
import {
  checkShape,
  countElements,
  decodeElements,
  encodeElements,
  STORED,
  type StoredType,
  storedTypeOf,
} from "./dtype-codec.ts";
import { FormatError, readingAs } from "./format-error.ts";
import type { DecodeOptions } from "./safetensors.ts";

/** Options of {@link encodeNpy}. */
export interface NpyOptions {
  /** Write int32 tensors as int64, NumPy's default integer dtype. Default false. */
  readonly int64?: boolean | undefined;
}

const MAGIC = "\x93NUMPY";

/** The data of a file begins at a multiple of this, as NumPy writes it. */
const ALIGNMENT = 64;

/** NumPy's type codes without the mark of the byte order. */
const CODES: Readonly<Record<string, StoredType>> = {
  b1: "BOOL",
  u1: "U8",
  i1: "I8",
  i2: "I16",
  u2: "U16",
  f2: "F16",
  i4: "I32",
  u4: "U32",
  f4: "F32",
  f8: "F64",
  i8: "I64",
  u8: "U64",
};

/** How a type is written. */
const DESCR: Readonly<Partial<Record<StoredType, string>>> = {
  F32: "<f4",
  F64: "<f8",
  I32: "<i4",
  I64: "<i8",
  U8: "|u1",
  BOOL: "|b1",
};

/** Whether bytes begin as a .npy file does. */
export function isNpy(bytes: Uint8Array): boolean {
  return Array.from(MAGIC).every((letter, i) => bytes[i] === letter.charCodeAt(0));
}

const ENCODE = signature("encodeNpy", { tensor: required(aTensor), int64: keyword(aBoolean, false) });

/**
 * Encodes a tensor as the bytes of a .npy file, row-major. The contents are those at the time of the call.
 *
 * @throws ValueError for anything but a tensor.
 * @example
 * const bytes = await io.encodeNpy(tensor([1, 2.5]));
 * io.decodeNpy(bytes); // tensor([1.0000, 2.5000])
 */
export async function encodeNpy(tensor: Tensor, options?: NpyOptions): Promise<Uint8Array>;
export async function encodeNpy(...given: readonly unknown[]): Promise<Uint8Array> {
  const { tensor, int64 } = ENCODE.read(given);
  checkShape("encodeNpy", "the tensor", tensor.shape);
  const type = storedTypeOf(tensor.dtype, int64);
  const data = encodeElements(await tensor.detach().data(), type);
  const sizes = tensor.shape.map((size) => `${size},`).join(" ");
  const shape = tensor.ndim === 1 ? sizes : sizes.slice(0, -1);
  const text = `{'descr': '${DESCR[type]}', 'fortran_order': False, 'shape': (${shape}), }`;
  const prefix = MAGIC.length + 4;
  const length = Math.ceil((prefix + text.length + 1) / ALIGNMENT) * ALIGNMENT;
  const file = new Uint8Array(length + data.length).fill(0x20, 0, length);
  for (let i = 0; i < MAGIC.length; i++) file[i] = MAGIC.charCodeAt(i);
  file[MAGIC.length] = 1;
  file[MAGIC.length + 1] = 0;
  new DataView(file.buffer).setUint16(MAGIC.length + 2, length - prefix, true);
  for (let i = 0; i < text.length; i++) file[prefix + i] = text.charCodeAt(i);
  file[length - 1] = 0x0a;
  file.set(data, length);
  return file;
}

const DECODE = signature("decodeNpy", { bytes: required(bytes), device: keyword(aDevice, "cpu") });

/**
 * Decodes the array of a .npy file, in either byte order. Column-major arrays become row-major; dtypes as in
 * {@link decodeSafetensors}.
 *
 * @throws DataError that says what is wrong with the bytes, or why no tensor can hold the array.
 * @example
 * const bytes = await io.encodeNpy(eye(2));
 * io.decodeNpy(bytes).shape; // [2, 2]
 */
export function decodeNpy(bytes: BinaryData, options?: DecodeOptions): Tensor;
export function decodeNpy(...given: readonly unknown[]): Tensor {
  const { bytes, device } = DECODE.read(given);
  return readingAs("decodeNpy", null, () => parseNpy(bytes, { device }));
}

/** As {@link decodeNpy}. @throws FormatError */
export function parseNpy(bytes: Uint8Array, { device = "cpu" }: DecodeOptions = {}): Tensor {
  const { header, data } = splitHeader(bytes);
  const { descr, fortranOrder, shape } = readDictionary(header);
  const { type, littleEndian } = typeOf(descr);
  const needed = countElements(shape) * STORED[type].bytes;
  if (data.length !== needed) {
    throw new FormatError(
      `${data.length < needed ? "is truncated" : "is too long"}: shape (${shape.join(", ")}) of ${descr} needs ${needed} bytes, but there are ${data.length}`,
    );
  }
  const dtype: DType = STORED[type].dtype;
  const elements = decodeElements(type, data, littleEndian);
  if (!fortranOrder) return fromTypedArray(dtype, elements, shape, device);
  const dims = shape.map((_, d) => shape.length - 1 - d);
  return noGrad(() => fromTypedArray(dtype, elements, shape.toReversed(), device).permute(dims).clone());
}

function splitHeader(bytes: Uint8Array): { readonly header: string; readonly data: Uint8Array } {
  if (!isNpy(bytes)) {
    const foreign = foreignFormat(bytes);
    throw new FormatError(
      `is ${foreign === undefined ? "no .npy file" : `${foreign}, no .npy file`}: it does not begin with \\x93NUMPY`,
    );
  }
  const major = bytes[MAGIC.length];
  if (major === undefined || major < 1 || major > 3) throw new FormatError(`is of version ${major} of the .npy format`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const prefix = MAGIC.length + (major === 1 ? 4 : 6);
  if (bytes.length < prefix) throw new FormatError("is truncated before the header");
  const length = major === 1 ? view.getUint16(MAGIC.length + 2, true) : view.getUint32(MAGIC.length + 2, true);
  if (length > MAX_NPY_HEADER) {
    throw new FormatError(`has a header of ${length} bytes, of which ${MAX_NPY_HEADER} are allowed`);
  }
  if (prefix + length > bytes.length) throw new FormatError("is truncated inside the header");
  const header = decodeLatin1(bytes.subarray(prefix, prefix + length));
  return { header, data: bytes.subarray(prefix + length) };
}

interface Dictionary {
  readonly descr: string;
  readonly fortranOrder: boolean;
  readonly shape: readonly number[];
}

const FIELD = /\s*(?:'(\w+)'|"(\w+)")\s*:\s*(?:'([^'\\]*)'|"([^"\\]*)"|(True|False)|\(([\d\s,L]*)\))\s*(,|(?=\}))/y;

/** The one dictionary that NumPy writes, with its three fields in any order. */
function readDictionary(text: string): Dictionary {
  const fields = new Map<string, string>();
  const source = text.trim();
  if (source[0] !== "{" || source.at(-1) !== "}") throw new FormatError("has a header that is no dictionary");
  if (/'descr'\s*:\s*\[/.test(source)) throw new FormatError("holds records, which no tensor can hold");
  FIELD.lastIndex = 1;
  for (;;) {
    const at = FIELD.lastIndex;
    const match = FIELD.exec(source);
    if (match === null) {
      if (/^\s*\}$/.test(source.slice(at))) break;
      throw new FormatError(`has a damaged header at ${JSON.stringify(source.slice(at, at + 20))}`);
    }
    const key = (match[1] ?? match[2]) as string;
    if (fields.has(key)) throw new FormatError(`has a header with ${key} twice`);
    fields.set(key, match.slice(3, 7).find((value) => value !== undefined) as string);
  }
  const { descr, fortran_order, shape, ...others } = Object.fromEntries(fields);
  if (descr === undefined || fortran_order === undefined || shape === undefined || Object.keys(others).length > 0) {
    throw new FormatError("has a header without exactly descr, fortran_order and shape");
  }
  const sizes = shape.split(",").map((size) => size.trim());
  if (sizes.at(-1) === "") sizes.pop();
  if (!sizes.every((size) => /^\d{1,16}L?$/.test(size)) || !/^(True|False)$/.test(fortran_order)) {
    throw new FormatError(
      `has a header with the shape (${shape.slice(0, 80)}) and the order ${fortran_order.slice(0, 80)}`,
    );
  }
  return { descr, fortranOrder: fortran_order === "True", shape: sizes.map((size) => Number.parseInt(size, 10)) };
}

function typeOf(descr: string): { readonly type: StoredType; readonly littleEndian: boolean } {
  const [, order, code = ""] = /^([<>|=]?)(\w+)$/.exec(descr) ?? [];
  const type = Object.hasOwn(CODES, code) ? CODES[code] : undefined;
  if (type !== undefined) return { type, littleEndian: order !== ">" };
  const what = code.startsWith("O") ? "Python objects" : `elements of type ${JSON.stringify(descr.slice(0, 20))}`;
  throw new FormatError(`holds ${what}, which no tensor can hold. Readable: ${Object.keys(CODES).join(", ")}.`);
}
