/** @file The header of a safetensors file, checked against the data. */
import { strToU8 } from "fflate";
import { ValueError } from "../core/errors.ts";
import { foreignFormat } from "../platform/file-signature.ts";
import { MAX_SAFETENSORS_DEPTH, MAX_SAFETENSORS_HEADER } from "../platform/limits.ts";
import { decodeUtf8 } from "../platform/text.ts";
import { countElements, isStoredType, STORED, type StoredType } from "./dtype-codec.ts";
import { FormatError, quoted } from "./format-error.ts";
import { parseJson } from "./json.ts";

/** What the header says of a tensor. */
export interface TensorEntry {
  readonly name: string;
  readonly type: StoredType;
  readonly shape: readonly number[];
  /** Where its bytes begin and end, counted from the end of the header. */
  readonly begin: number;
  readonly end: number;
}

export interface Header {
  readonly entries: readonly TensorEntry[];
  readonly metadata: Readonly<Record<string, string>>;
}

export const METADATA = "__metadata__";

const LENGTH_BYTES = 8;

/**
 * Reads the header at the front of a file, and checks that it describes exactly the bytes that follow.
 *
 * @throws FormatError
 */
export function readHeader(bytes: Uint8Array): { readonly header: Header; readonly data: Uint8Array } {
  const length = headerLength(bytes);
  const end = LENGTH_BYTES + length;
  if (end > bytes.length) {
    throw new FormatError(
      `is truncated: the header should have ${length} bytes, but the file has only ${bytes.length}`,
    );
  }
  const text = decodeUtf8(bytes.subarray(LENGTH_BYTES, end));
  if (text === undefined) throw new FormatError("has a header that is not UTF-8 text");
  // As the format wants it; JSON itself would allow space before.
  if (text[0] !== "{") throw new FormatError("has a header that does not begin with {");
  const header = checkHeader(parseJson("header", text, MAX_SAFETENSORS_DEPTH));
  const data = bytes.subarray(end);
  checkLayout(header.entries, data.length);
  return { header, data };
}

/** What can be no safetensors file is called by its name. */
function headerLength(bytes: Uint8Array): number {
  if (bytes.length === 0) throw new FormatError("is no safetensors file: it has 0 bytes");
  const begin = bytes.subarray(0, LENGTH_BYTES);
  const length =
    begin.length < LENGTH_BYTES
      ? undefined
      : new DataView(begin.buffer, begin.byteOffset, LENGTH_BYTES).getBigUint64(0, true);
  const isPlausible = length !== undefined && length <= BigInt(MAX_SAFETENSORS_HEADER);
  if (isPlausible && (bytes.length === LENGTH_BYTES || bytes[LENGTH_BYTES] === OPENING_BRACE)) return Number(length);
  const foreign = foreignFormat(bytes);
  if (foreign !== undefined) throw new FormatError(`is ${foreign}, no safetensors file`);
  if (length === undefined) throw new FormatError(`is no safetensors file: it has ${bytes.length} bytes`);
  if (isPlausible) return Number(length);
  throw new FormatError(
    `is no safetensors file: it begins with a header length of ${length} bytes, of which ${MAX_SAFETENSORS_HEADER} are allowed`,
  );
}

const OPENING_BRACE = 0x7b;

/** The schema: an entry for each tensor, and text in the metadata. A name that stands there twice leaves a gap behind. */
function checkHeader(json: unknown): Header {
  const { [METADATA]: metadata = {}, ...tensors } = json as Readonly<Record<string, unknown>>;
  if (!isRecord(metadata)) throw new FormatError(`has a damaged header: ${METADATA} is no object`);
  for (const [key, value] of Object.entries(metadata)) {
    if (typeof value === "string") continue;
    throw new FormatError(`has a damaged header: ${quoted(key)} in ${METADATA} is no text`);
  }
  const entries = Object.entries(tensors).map(([name, value]) => checkEntry(name, value));
  return { entries, metadata: metadata as Readonly<Record<string, string>> };
}

function checkEntry(name: string, entry: unknown): TensorEntry {
  if (!isRecord(entry)) throw new FormatError(`has a damaged header: the entry of ${quoted(name)} is no object`);
  const { dtype: type, shape, data_offsets: offsets, ...others } = entry;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) {
    throw new FormatError(`the entry of ${quoted(name)} has an unknown field ${quoted(unknown)}`);
  }
  if (type === undefined || shape === undefined || offsets === undefined) {
    throw new FormatError(`the entry of ${quoted(name)} lacks dtype, shape or data_offsets`);
  }
  if (typeof type !== "string") throw new FormatError(`has a damaged header: the dtype of ${quoted(name)} is no text`);
  if (!isStoredType(type)) {
    throw new FormatError(
      `tensor ${quoted(name)} is of type ${quoted(type)}, which has no matching dtype. Readable: ${Object.keys(STORED).join(", ")}.`,
    );
  }
  const sizes = checkIntegers(name, "shape", shape);
  const [begin, end, ...more] = checkIntegers(name, "data_offsets", offsets);
  if (begin === undefined || end === undefined || more.length > 0) {
    throw new FormatError(
      `the entry of ${quoted(name)} has ${(offsets as unknown[]).length} data_offsets instead of 2`,
    );
  }
  return { name, type, shape: sizes, begin, end };
}

function checkIntegers(name: string, field: string, value: unknown): readonly number[] {
  const isSize = (size: unknown): size is number => Number.isSafeInteger(size) && (size as number) >= 0;
  if (Array.isArray(value) && value.every(isSize)) return value;
  throw new FormatError(
    `has a damaged header: ${field} of ${quoted(name)} should be a list of non-negative integers up to 2^53, but is ${JSON.stringify(value).slice(0, 80)}`,
  );
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Every tensor has the bytes that its shape needs, and all of them together cover the data without gap or overlap. */
function checkLayout(entries: readonly TensorEntry[], size: number): void {
  for (const { name, type, shape, begin, end } of entries) {
    const needed = countElements(shape) * STORED[type].bytes;
    if (begin > end || end > size) {
      throw new FormatError(
        `tensor ${quoted(name)} should be at bytes ${begin} to ${end}, but there are ${size} bytes of data`,
      );
    }
    if (end - begin !== needed) {
      throw new FormatError(
        `tensor ${quoted(name)} of type ${type} and shape [${shape.join(", ")}] needs ${needed} bytes, but has ${end - begin}`,
      );
    }
  }
  let covered = 0;
  for (const { name, begin, end } of entries.toSorted((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin < covered) throw new FormatError(`tensor ${quoted(name)} overlaps another one`);
    if (begin > covered) throw new FormatError(`bytes ${covered} to ${begin} of the data belong to no tensor`);
    covered = end;
  }
  if (covered < size) throw new FormatError(`bytes ${covered} to ${size} of the data belong to no tensor`);
}

/**
 * Header bytes: the length, and JSON padded so that the data begins at a multiple of 8.
 *
 * @throws ValueError for a header that is too long to be read again.
 */
export function writeHeader(op: string, { entries, metadata }: Header): Uint8Array {
  const fields = entries.map(({ name, type, shape, begin, end }) => {
    const value = { dtype: type, shape, data_offsets: [begin, end] };
    return `${JSON.stringify(name)}:${JSON.stringify(value)}`;
  });
  if (Object.keys(metadata).length > 0) fields.unshift(`"${METADATA}":${JSON.stringify(metadata)}`);
  const text = strToU8(`{${fields.join(",")}}`);
  const bytes = new Uint8Array(LENGTH_BYTES + Math.ceil(text.length / 8) * 8).fill(0x20);
  if (bytes.length - LENGTH_BYTES > MAX_SAFETENSORS_HEADER) {
    throw new ValueError(
      `[${op}] names and metadata make a header of more than ${MAX_SAFETENSORS_HEADER} bytes, which nothing reads`,
    );
  }
  new DataView(bytes.buffer).setBigUint64(0, BigInt(bytes.length - LENGTH_BYTES), true);
  bytes.set(text, LENGTH_BYTES);
  return bytes;
}
