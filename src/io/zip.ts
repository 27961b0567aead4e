/**
 * @file Zip archives, as far as .npz files are ones: read from their directory at the end, stored or deflated, with or
 * without 64-bit fields. fflate, which writes them, would read the directory too, but it neither checks checksums nor
 * stays within the file where counts and offsets lie; so the directory is read here.
 */
import { zlib } from "../platform/builtin.ts";
import { GzipError, gunzip } from "../platform/gzip.ts";
import { MAX_DEFLATE_RATIO, MAX_ZIP_COMMENT, MAX_ZIP32_BYTES, MAX_ZIP32_ENTRIES } from "../platform/limits.ts";
import { decodeLatin1, decodeUtf8 } from "../platform/text.ts";
import { FormatError, quoted } from "./format-error.ts";

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
const END64 = 0x06064b50;
const LOCATOR64 = 0x07064b50;
const END_BYTES = 22;
const END64_BYTES = 56;
const LOCATOR64_BYTES = 20;
const CENTRAL_BYTES = 46;
const LOCAL_BYTES = 30;
/** The extra field that holds what 32 bits cannot. */
const EXTRA64 = 1;

interface Entry {
  readonly name: string;
  readonly method: number;
  readonly checksum: number;
  readonly packedSize: number;
  readonly size: number;
  /** Where its local header begins. */
  readonly offset: number;
}

/** An archive whose directory was read and checked. */
export interface Archive {
  readonly names: readonly string[];
  /** The contents of a file of the archive, unpacked and checked against their checksum. @throws FormatError */
  read(name: string): Promise<Uint8Array>;
}

/** Whether bytes begin as a zip archive does. */
export function isZip(bytes: Uint8Array): boolean {
  if (bytes.length < END_BYTES) return false;
  const begin = viewOf(bytes).getUint32(0, true);
  return begin === LOCAL || begin === END;
}

/** The name of the first file, which stands at the beginning of an archive too; so it is there if the end is missing. */
export function firstName(bytes: Uint8Array): string {
  const length = bytes.length < LOCAL_BYTES ? 0 : viewOf(bytes).getUint16(26, true);
  return nameOf(bytes.subarray(LOCAL_BYTES, LOCAL_BYTES + length));
}

/** @throws FormatError for bytes that are no archive, or a damaged one. */
export function openZip(bytes: Uint8Array): Archive {
  const view = viewOf(bytes);
  const { entries, directory } = readDirectory(bytes, view);
  const packed = locate(bytes, view, entries, directory);
  const files = new Map(entries.map((entry, i) => [entry.name, [entry, packed[i] as Uint8Array] as const]));
  return {
    names: [...files.keys()],
    read: async (name) => {
      const file = files.get(name);
      if (file === undefined) throw new FormatError(`has no file ${quoted(name)}`);
      return unpack(...file);
    },
  };
}

/** Where the directory is, and how many entries it has. */
interface DirectoryPlace {
  readonly begin: number;
  readonly end: number;
  readonly count: number;
}

function readDirectory(
  bytes: Uint8Array,
  view: DataView,
): { readonly entries: readonly Entry[]; readonly directory: number } {
  const { begin, end, count } = findDirectory(view);
  const entries: Entry[] = [];
  const names = new Set<string>();
  let at = begin;
  for (let i = 0; i < count; i++) {
    if (at + CENTRAL_BYTES > end || view.getUint32(at, true) !== CENTRAL) throw damagedDirectory();
    const [nameBytes = 0, extraBytes = 0, comment = 0, disk] = [28, 30, 32, 34].map((by) =>
      view.getUint16(at + by, true),
    );
    const extra = at + CENTRAL_BYTES + nameBytes;
    const next = extra + extraBytes + comment;
    if (next > end) throw damagedDirectory();
    if (disk !== 0 && disk !== MAX_ZIP32_ENTRIES) throw new FormatError("is a part of a divided archive");
    const name = nameOf(bytes.subarray(at + CENTRAL_BYTES, extra));
    if (names.has(name)) throw new FormatError(`has ${quoted(name)} twice`);
    names.add(name);
    entries.push({ name, ...readEntry(view, at, name, extra, extraBytes) });
    at = next;
  }
  if (at !== end) throw damagedDirectory();
  return { entries, directory: begin };
}

function readEntry(view: DataView, at: number, name: string, extra: number, extraBytes: number): Omit<Entry, "name"> {
  const [flags, method = 0] = [view.getUint16(at + 8, true), view.getUint16(at + 10, true)];
  const checksum = view.getUint32(at + 16, true);
  const wide = wideFields(view, extra, extraBytes);
  const read = (by: number): number => {
    const value = view.getUint32(at + by, true);
    return value === MAX_ZIP32_BYTES ? wide() : value;
  };
  // In the order in which the extra field has them.
  const [size, packedSize, offset] = [read(24), read(20), read(42)];
  if ((flags & 1) !== 0) throw new FormatError(`has ${quoted(name)} encrypted`);
  if (method !== 0 && method !== 8) {
    throw new FormatError(`has ${quoted(name)} packed by the unknown method ${method}`);
  }
  const possible = method === 0 ? size === packedSize : size <= packedSize * MAX_DEFLATE_RATIO;
  if (!possible) {
    throw new FormatError(`claims ${size} bytes for ${quoted(name)}, which are ${packedSize} in the archive`);
  }
  return { method, checksum, size, packedSize, offset };
}

/** The 64-bit numbers of an entry's extra field, one after the other. */
function wideFields(view: DataView, begin: number, length: number): () => number {
  let [at, left] = [0, 0];
  for (let field = begin; field + 4 <= begin + length; ) {
    const bytes = view.getUint16(field + 2, true);
    if (field + 4 + bytes > begin + length) break;
    if (view.getUint16(field, true) === EXTRA64) [at, left] = [field + 4, bytes];
    field += 4 + bytes;
  }
  return () => {
    if (left < 8) throw damagedDirectory();
    left -= 8;
    at += 8;
    return wideNumber(view, at - 8);
  };
}

function damagedDirectory(): FormatError {
  return new FormatError("has a damaged directory");
}

/** A 64-bit number that counts bytes or entries, of which there cannot be more than a double holds. */
function wideNumber(view: DataView, at: number): number {
  const value = Number(view.getBigUint64(at, true));
  if (!Number.isSafeInteger(value)) throw damagedDirectory();
  return value;
}

/** From the end record; what does not fit into that stands in the one of 64 bits, which torch.save always writes. */
function findDirectory(view: DataView): DirectoryPlace {
  const end = findEnd(view);
  const [disk, diskOfDirectory, here, count = 0] = [4, 6, 8, 10].map((by) => view.getUint16(end + by, true));
  const [size, begin] = [view.getUint32(end + 12, true), view.getUint32(end + 16, true)];
  const wide = findDirectory64(view, end);
  if (wide !== undefined) {
    const agrees = (narrow: number, value: number, most: number) => narrow === most || narrow === value;
    const fits =
      agrees(count, wide.count, MAX_ZIP32_ENTRIES) &&
      agrees(begin, wide.begin, MAX_ZIP32_BYTES) &&
      agrees(size, wide.end - wide.begin, MAX_ZIP32_BYTES);
    if (fits) return wide;
    throw damagedDirectory();
  }
  if (disk !== 0 || diskOfDirectory !== 0 || here !== count) throw new FormatError("is a part of a divided archive");
  if (count === MAX_ZIP32_ENTRIES || begin === MAX_ZIP32_BYTES) {
    throw new FormatError("has a damaged directory: a zip64 archive without its end record");
  }
  if (begin + size !== end) throw damagedDirectory();
  return { begin, end, count };
}

/** Undefined for an archive without 64-bit end records. */
function findDirectory64(view: DataView, end: number): DirectoryPlace | undefined {
  const locator = end - LOCATOR64_BYTES;
  if (locator < 0 || view.getUint32(locator, true) !== LOCATOR64) return undefined;
  const record = wideNumber(view, locator + 8);
  if (record + END64_BYTES > locator || view.getUint32(record, true) !== END64) throw damagedDirectory();
  const [diskOfRecord, disks] = [view.getUint32(locator + 4, true), view.getUint32(locator + 16, true)];
  const [disk, diskOfDirectory] = [view.getUint32(record + 16, true), view.getUint32(record + 20, true)];
  const [length, here, count, size, begin] = [4, 24, 32, 40, 48].map((by) => wideNumber(view, record + by)) as [
    number,
    number,
    number,
    number,
    number,
  ];
  if (diskOfRecord !== 0 || disks > 1 || disk !== 0 || diskOfDirectory !== 0 || here !== count) {
    throw new FormatError("is a part of a divided archive");
  }
  if (record + 12 + length !== locator || begin + size !== record) throw damagedDirectory();
  return { begin, end: record, count };
}

/** The end record is the last thing in the file, but for a comment. */
function findEnd(view: DataView): number {
  const last = view.byteLength - END_BYTES;
  for (let at = last; at >= Math.max(0, last - MAX_ZIP_COMMENT); at--) {
    const isEnd = view.getUint32(at, true) === END;
    if (isEnd && at + END_BYTES + view.getUint16(at + 20, true) === view.byteLength) return at;
  }
  throw new FormatError("is truncated: a zip archive ends with its directory, and there is none");
}

/** The packed bytes of each entry. They lie before the directory and do not overlap. */
function locate(bytes: Uint8Array, view: DataView, entries: readonly Entry[], directory: number): Uint8Array[] {
  const ranges = entries.map(({ name, packedSize, offset }) => {
    if (offset + LOCAL_BYTES > directory || view.getUint32(offset, true) !== LOCAL) {
      throw new FormatError(`has a damaged header of ${quoted(name)}`);
    }
    const begin = offset + LOCAL_BYTES + view.getUint16(offset + 26, true) + view.getUint16(offset + 28, true);
    if (begin + packedSize > directory) throw new FormatError(`has ${quoted(name)} beyond its end`);
    return { name, offset, begin, end: begin + packedSize };
  });
  let covered = 0;
  for (const { name, offset, end } of ranges.toSorted((a, b) => a.offset - b.offset)) {
    if (offset < covered) throw new FormatError(`has ${quoted(name)} overlapping another file`);
    covered = end;
  }
  return ranges.map(({ begin, end }) => bytes.subarray(begin, end));
}

async function unpack({ name, method, checksum, size }: Entry, packed: Uint8Array): Promise<Uint8Array> {
  if (method === 0) {
    if (crc32(packed) !== checksum) throw new FormatError(`has ${quoted(name)} damaged: the checksum is another one`);
    return packed;
  }
  try {
    const bytes = await gunzip(asGzip(packed, checksum, size), size);
    if (bytes.length === size) return bytes;
    throw new FormatError(`has ${bytes.length} bytes of ${quoted(name)} instead of ${size}`);
  } catch (error) {
    if (error instanceof GzipError) throw new FormatError(`has ${quoted(name)} damaged: its data ${error.message}`);
    throw error;
  }
}

/** Deflated data with gzip's frame around it: the platform unpacks that, never further than allowed, and checks it. */
function asGzip(packed: Uint8Array, checksum: number, size: number): Uint8Array {
  const header = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
  const gzip = new Uint8Array(header.length + packed.length + 8);
  gzip.set(header);
  gzip.set(packed, header.length);
  const view = new DataView(gzip.buffer);
  view.setUint32(header.length + packed.length, checksum, true);
  view.setUint32(header.length + packed.length + 4, size, true);
  return gzip;
}

/** CRC-32 of ISO 3309 for each byte value, with the polynomial 0xEDB88320. */
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value;
});

/** Node has its own from 20.15 on, ten times as fast. */
function crc32(bytes: Uint8Array): number {
  if (zlib?.crc32 !== undefined) return zlib.crc32(bytes);
  let value = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) value = TABLE[(value ^ bytes[i]!) & 255]! ^ (value >>> 8);
  return ~value >>> 0;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** UTF-8, as NumPy and PyTorch write names; a letter for each byte where it is none. */
function nameOf(bytes: Uint8Array): string {
  return decodeUtf8(bytes) ?? decodeLatin1(bytes);
}
