/** @file The IDX format of the MNIST files: big-endian header, then bytes. What a damaged or foreign file gets told. */
import ndarray, { type NdArray } from "ndarray";
import { GzipError, gunzip, gunzipHead, gunzipHeadSync, gunzipSync, isGzip } from "../platform/gzip.ts";
import { DataError } from "../tensor/errors.ts";

/** Bytes with a shape, as read from a file: [n, rows, columns] for images, [n] for labels. */
export type ByteArray = NdArray<Uint8Array>;

export type IdxKind = "images" | "labels";

/** Where bytes came from, for error messages, and the operation that wants them. */
export interface IdxSource {
  readonly op: string;
  readonly file: string;
}

interface Header {
  readonly shape: number[];
  /** Bytes of the header and the data it announces. Not a promise: compare before allocating. */
  readonly total: number;
  readonly offset: number;
}

const RANK = { images: 3, labels: 1 } as const;
const READER = { images: "readImages", labels: "readLabels" } as const;
const UBYTE = 0x08;
const TYPES: Readonly<Record<number, string>> = {
  8: "uint8",
  9: "int8",
  11: "int16",
  12: "int32",
  13: "float32",
  14: "float64",
};

/** What one gzip file may unpack to. Far above any MNIST (47 MB), far below what a hostile file can ask for. */
const UNPACK_LIMIT = 2 ** 31;

const AGAIN = "The file is damaged or incomplete: get it again.";

/** First bytes, as Latin-1, that give away what a file really is. */
const SIGNATURES: readonly (readonly [start: string, name: string])[] = [
  ["\x89PNG", "a PNG image"],
  ["\xff\xd8\xff", "a JPEG image"],
  ["GIF8", "a GIF image"],
  ["PK\x03\x04", "a ZIP archive"],
  ["%PDF", "a PDF document"],
  ["\x93NUMPY", "a NumPy .npy file"],
  ["version https://git-lfs", "a Git LFS pointer instead of the file it stands for"],
  ["BZh", "bzip2 data"],
  ["\xfd7zXZ", "xz data"],
  ["\x28\xb5\x2f\xfd", "zstd data"],
  ["\x1f\x8b", "gzip data inside gzip data"],
  ["\x03\x08\0\0", "little-endian data (IDX is big-endian)"],
  ["\x01\x08\0\0", "little-endian data (IDX is big-endian)"],
];
const MARKUP = /^(\xef\xbb\xbf)?\s*<(!doctype|html|head|body|\?xml)/i;

/** What a file of another format is, or undefined. */
function foreignFormat(bytes: Uint8Array): string | undefined {
  const start = String.fromCharCode(...bytes.subarray(0, 64));
  if (MARKUP.test(start)) return "an HTML or XML page (the answer of a web server, perhaps)";
  return SIGNATURES.find(([signature]) => start.startsWith(signature))?.[1];
}

/** Bytes of the header of an IDX file of that kind. */
function headerBytes(kind: IdxKind): number {
  return 4 + 4 * RANK[kind];
}

/** Reads IDX data, packed with gzip or not. Throws a {@link DataError} that says what came and what was expected. */
export function decodeIdxSync(source: IdxSource, kind: IdxKind, bytes: Uint8Array): ByteArray {
  if (!isGzip(bytes)) return body(source, kind, bytes, parseHeader(source, kind, bytes));
  try {
    const header = parseHeader(source, kind, gunzipHeadSync(bytes, headerBytes(kind)));
    return body(source, kind, gunzipSync(bytes, unpackLimit(source, header)), header);
  } catch (error) {
    throw explain(source, error);
  }
}

/** As {@link decodeIdxSync}, unpacking off the main thread. */
export async function decodeIdx(source: IdxSource, kind: IdxKind, bytes: Uint8Array): Promise<ByteArray> {
  if (!isGzip(bytes)) return body(source, kind, bytes, parseHeader(source, kind, bytes));
  try {
    const header = parseHeader(source, kind, await gunzipHead(bytes, headerBytes(kind)));
    return body(source, kind, await gunzip(bytes, unpackLimit(source, header)), header);
  } catch (error) {
    throw explain(source, error);
  }
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

function parseHeader(source: IdxSource, kind: IdxKind, bytes: Uint8Array): Header {
  if (bytes.length === 0) throw fault(source, `the file is empty, expected IDX data with ${kind}. ${AGAIN}`);
  const foreign = foreignFormat(bytes);
  if (foreign !== undefined) {
    throw fault(source, `this is ${foreign}, not an IDX file. Expected IDX data with ${kind}, raw or gzip.`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length >= 4) checkMagic(source, kind, view.getUint32(0));
  const offset = headerBytes(kind);
  if (bytes.length < offset) {
    throw fault(
      source,
      `breaks off inside the header: got ${bytes.length} bytes, expected at least ${offset}. ${AGAIN}`,
    );
  }
  const shape = Array.from({ length: RANK[kind] }, (_, i) => view.getUint32(4 + 4 * i));
  if (shape.slice(1).includes(0)) {
    throw fault(source, `the header announces images of ${shape.slice(1).join("x")} pixels. ${AGAIN}`);
  }
  return { shape, offset, total: offset + shape.reduce((a, b) => a * b, 1) };
}

function checkMagic(source: IdxSource, kind: IdxKind, magic: number): void {
  const wanted = (UBYTE << 8) | RANK[kind];
  if (magic === wanted) return;
  const got = `magic number ${magic} (0x${magic.toString(16).padStart(8, "0")})`;
  const expected = `expected ${wanted} (0x${wanted.toString(16).padStart(8, "0")}) for ${kind}`;
  const other = kind === "images" ? "labels" : "images";
  if (magic === ((UBYTE << 8) | RANK[other])) {
    throw fault(source, `a file with ${other}, ${got}; ${expected}. Pass the ${kind} file, or use ${READER[other]}.`);
  }
  const type = TYPES[magic >>> 8];
  if (type === undefined) throw fault(source, `not an IDX file: ${got}; ${expected}. Check which file this is.`);
  throw fault(
    source,
    `IDX data of type ${type} with ${magic & 0xff} dimensions, ${got}; ${expected}, uint8 with ${RANK[kind]}.`,
  );
}

/** `60000 images of 28x28` */
function describe(kind: IdxKind, shape: readonly number[]): string {
  return kind === "images" ? `${shape[0]} images of ${shape.slice(1).join("x")}` : `${shape[0]} labels`;
}

function unpackLimit(source: IdxSource, header: Header): number {
  if (header.total <= UNPACK_LIMIT) return header.total;
  throw fault(
    source,
    `the header announces ${header.total} bytes, more than a gzip file may unpack to here (${UNPACK_LIMIT}). ` +
      "If that is right, unpack the file with gunzip first.",
  );
}

/** The data behind the header, on the same memory. */
function body(source: IdxSource, kind: IdxKind, bytes: Uint8Array, header: Header): ByteArray {
  if (bytes.length !== header.total) {
    const promise = `the header announces ${describe(kind, header.shape)}, ${header.total} bytes in all`;
    throw bytes.length < header.total
      ? fault(source, `breaks off: ${promise}, but there are ${bytes.length}. ${AGAIN}`)
      : fault(
          source,
          `${bytes.length - header.total} bytes too many: ${promise}, but there are ${bytes.length}. ${AGAIN}`,
        );
  }
  return ndarray(bytes.subarray(header.offset), header.shape);
}
