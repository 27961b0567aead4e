/** @file The IDX format of the MNIST files: big-endian header, then elements. */
import ndarray, { type NdArray } from "ndarray";
import { DataError } from "../core/errors.ts";
import { foreignFormat } from "../platform/file-signature.ts";
import { GzipError, gunzip, gunzipHead, gunzipHeadSync, gunzipSync, isGzip } from "../platform/gzip.ts";
import { MAX_DIMENSIONS, MAX_UNPACKED_IDX } from "../platform/limits.ts";

/** Arrays of the element types of IDX: uint8, int8, int16, int32, float32, float64. */
export type IdxElements = Uint8Array | Int8Array | Int16Array | Int32Array | Float32Array | Float64Array;

/** Elements with a shape, as read from a file. */
export type IdxArray<Elements extends IdxElements = IdxElements> = NdArray<Elements>;

/** Bytes with a shape: [n, rows, columns] for the images of MNIST, [n] for its labels. */
export type ByteArray = NdArray<Uint8Array>;

export type IdxKind = "images" | "labels";

/** What a reader takes: the files of MNIST itself, images or labels of any type and size, or any IDX file. */
export interface IdxWish {
  readonly kind: IdxKind | "data";
  /** Only uint8, and as many dimensions as MNIST's. */
  readonly strict: boolean;
}

/** Where bytes came from, for error messages, and the operation that wants them. */
export interface IdxSource {
  readonly op: string;
  readonly file: string;
}

interface Header {
  readonly type: ElementType;
  readonly shape: number[];
  /** Bytes of the header and the data it announces. Not a promise: compare before allocating. */
  readonly total: number;
  readonly offset: number;
}

interface ElementType {
  readonly name: string;
  readonly bytes: number;
  /** The elements of these bytes, which are big-endian. */
  decode(bytes: Uint8Array, count: number): IdxElements;
}

type ReadElement = (view: DataView, at: number) => number;

function wide<T extends IdxElements>(
  name: string,
  make: { readonly BYTES_PER_ELEMENT: number; new (count: number): T },
  read: ReadElement,
): ElementType {
  const width = make.BYTES_PER_ELEMENT;
  const decode = (bytes: Uint8Array, count: number): T => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const elements = new make(count);
    for (let i = 0; i < count; i++) elements[i] = read(view, i * width);
    return elements;
  };
  return { name, bytes: width, decode };
}

/** The element types by the third byte of the magic number. */
const TYPES: Readonly<Record<number, ElementType>> = {
  8: { name: "uint8", bytes: 1, decode: (bytes) => bytes },
  9: {
    name: "int8",
    bytes: 1,
    decode: (bytes) => new Int8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength),
  },
  11: wide("int16", Int16Array, (view, at) => view.getInt16(at)),
  12: wide("int32", Int32Array, (view, at) => view.getInt32(at)),
  13: wide("float32", Float32Array, (view, at) => view.getFloat32(at)),
  14: wide("float64", Float64Array, (view, at) => view.getFloat64(at)),
};

const RANK = { images: 3, labels: 1 } as const;
const READER = { images: "readImages", labels: "readLabels" } as const;
const UBYTE = 0x08;

/** Bytes of the longest header. */
const HEADER_BYTES = 4 + 4 * MAX_DIMENSIONS;

const AGAIN = "The file is damaged or incomplete: get it again.";

/** Reads IDX data, packed with gzip or not. Throws a {@link DataError} that says what came and what was expected. */
export function decodeIdxSync(source: IdxSource, wish: IdxWish, bytes: Uint8Array): IdxArray {
  if (!isGzip(bytes)) return body(source, wish, bytes, parseHeader(source, wish, bytes));
  try {
    const header = parseHeader(source, wish, gunzipHeadSync(bytes, HEADER_BYTES), true);
    return body(source, wish, gunzipSync(bytes, unpackLimit(source, header)), header);
  } catch (error) {
    throw explain(source, error);
  }
}

/** As {@link decodeIdxSync}, unpacking off the main thread. */
export async function decodeIdx(source: IdxSource, wish: IdxWish, bytes: Uint8Array): Promise<IdxArray> {
  if (!isGzip(bytes)) return body(source, wish, bytes, parseHeader(source, wish, bytes));
  try {
    const header = parseHeader(source, wish, await gunzipHead(bytes, HEADER_BYTES), true);
    return body(source, wish, await gunzip(bytes, unpackLimit(source, header)), header);
  } catch (error) {
    throw explain(source, error);
  }
}

/** Why bytes are no IDX data at all, raw or gzip; undefined if they begin as such data does. */
export function whyNoIdx(bytes: Uint8Array): string | undefined {
  if (isGzip(bytes) || (bytes.length >= 4 && bytes[0] === 0 && bytes[1] === 0)) return undefined;
  if (bytes.length === 0) return "the file is empty";
  return `this is ${foreignFormat(bytes) ?? "no IDX file"}`;
}

/** `[readImages] data/train-images-idx3-ubyte: …` */
function fault(source: IdxSource, text: string): DataError {
  return new DataError(`[${source.op}] ${source.file}: ${text}`);
}

function explain(source: IdxSource, error: unknown): unknown {
  if (!(error instanceof GzipError)) return error;
  const what =
    error.fault === "long"
      ? "unpacks to more bytes than its IDX header announces. It is not the file it says it is."
      : `${error.message}. ${AGAIN}`;
  return fault(source, `the gzip data ${what}`);
}

/** `with images`; nothing for data of any kind. */
function withKind({ kind }: IdxWish): string {
  return kind === "data" ? "" : ` with ${kind}`;
}

function parseHeader(source: IdxSource, wish: IdxWish, bytes: Uint8Array, unpacked = false): Header {
  if (bytes.length === 0) throw fault(source, `the file is empty, expected IDX data${withKind(wish)}. ${AGAIN}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const magic = bytes.length >= 4 ? view.getUint32(0) : undefined;
  const type = magic === undefined ? undefined : TYPES[magic >>> 8];
  const foreign = type === undefined ? foreignFormat(bytes) : undefined;
  const isText = foreign?.startsWith("text ") === true;
  if (foreign !== undefined && !isText) {
    const what = unpacked && isGzip(bytes) ? "gzip data inside gzip data" : foreign;
    throw fault(source, `this is ${what}, not an IDX file. Expected IDX data${withKind(wish)}, raw or gzip.`);
  }
  if (magic !== undefined && type === undefined) {
    const text = isText ? `, which is ${foreign}` : "";
    const got = hex("magic number ", magic);
    throw fault(source, `not an IDX file: ${got}${text}; ${expected(wish)}. Check which file this is.`);
  }
  const rank = magic === undefined ? 0 : checkRank(source, wish, magic, type?.name ?? "");
  const offset = type === undefined && wish.kind !== "data" ? 4 + 4 * RANK[wish.kind] : 4 + 4 * rank;
  if (type === undefined || bytes.length < offset) {
    throw fault(
      source,
      `is truncated inside the header: got ${bytes.length} bytes, expected at least ${offset}. ${AGAIN}`,
    );
  }
  const shape = Array.from({ length: rank }, (_, i) => view.getUint32(4 + 4 * i));
  if (wish.kind === "images" && shape.slice(1).includes(0)) {
    throw fault(source, `the header announces images of ${shape.slice(1).join("x")} pixels. ${AGAIN}`);
  }
  return { type, shape, offset, total: offset + shape.reduce((a, b) => a * b, type.bytes) };
}

function hex(before: string, magic: number): string {
  return `${before}${magic} (0x${magic.toString(16).padStart(8, "0")})`;
}

/** `expected 2051 (0x00000803) for images` */
function expected({ kind, strict }: IdxWish): string {
  if (kind === "data")
    return `expected one of type ${Object.values(TYPES)
      .map(({ name }) => name)
      .join(", ")}`;
  const wanted = hex("expected ", (UBYTE << 8) | RANK[kind]);
  return `${wanted}${strict ? "" : ", or that of another type or number of dimensions,"} for ${kind}`;
}

/** The number of dimensions, if a reader takes that many of that type. */
function checkRank(source: IdxSource, wish: IdxWish, magic: number, type: string): number {
  const { kind, strict } = wish;
  const rank = magic & 0xff;
  const got = hex("magic number ", magic);
  if (kind !== "data") {
    const other = kind === "images" ? "labels" : "images";
    if (magic === ((UBYTE << 8) | RANK[other])) {
      const advice = `Pass the ${kind} file, or use ${READER[other]}.`;
      throw fault(source, `a file with ${other}, ${got}; ${expected({ kind, strict: true })}. ${advice}`);
    }
    if (strict && magic !== ((UBYTE << 8) | RANK[kind])) {
      throw fault(
        source,
        `IDX data of type ${type} with ${rank} dimensions, ${got}; ${expected(wish)}, uint8 with ${RANK[kind]}.`,
      );
    }
    const least = kind === "images" ? 2 : 1;
    if (rank < least) {
      throw fault(
        source,
        `IDX data of type ${type} with ${rank} dimensions, ${got}; expected at least ${least} for ${kind}. Use readIdx.`,
      );
    }
  }
  if (rank <= MAX_DIMENSIONS) return rank;
  throw fault(source, `IDX data with ${rank} dimensions, ${got}; at most ${MAX_DIMENSIONS} are supported.`);
}

/** `60000 images of 28x28` */
function describe({ kind }: IdxWish, { shape, type }: Header): string {
  if (kind === "data") return `${type.name} of shape [${shape.join(", ")}]`;
  const size = shape.length > 1 ? ` of ${shape.slice(1).join("x")}` : "";
  return `${shape[0]} ${kind}${size}${type.name === "uint8" ? "" : ` of ${type.name}`}`;
}

function unpackLimit(source: IdxSource, header: Header): number {
  if (header.total <= MAX_UNPACKED_IDX) return header.total;
  throw fault(
    source,
    `the header announces ${header.total} bytes, more than a gzip file may unpack to here (${MAX_UNPACKED_IDX}). ` +
      "If that is right, unpack the file with gunzip first.",
  );
}

/** The data behind the header; bytes on the same memory. */
function body(source: IdxSource, wish: IdxWish, bytes: Uint8Array, header: Header): IdxArray {
  const { type, shape, offset, total } = header;
  if (bytes.length !== total) {
    const promise = `the header announces ${describe(wish, header)}, ${total} bytes in all`;
    throw bytes.length < total
      ? fault(source, `is truncated: ${promise}, but there are ${bytes.length}. ${AGAIN}`)
      : fault(source, `${bytes.length - total} bytes too many: ${promise}, but there are ${bytes.length}. ${AGAIN}`);
  }
  return ndarray(type.decode(bytes.subarray(offset), (total - offset) / type.bytes), shape);
}
