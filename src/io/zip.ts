/** @file Zip archives, as far as .npz files are ones: read from their directory at the end, stored or deflated. */
import { zlib } from "../platform/builtin.ts";
import { GzipError, gunzip } from "../platform/gzip.ts";
import { FormatError } from "./format-error.ts";

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
const END_BYTES = 22;
const CENTRAL_BYTES = 46;
const LOCAL_BYTES = 30;
/** The comment after the end record is at most this long. */
const MAX_COMMENT = 0xffff;
/** Deflate cannot shrink anything further than this. */
const MAX_RATIO = 1032;

interface Entry {
  readonly name: string;
  readonly method: number;
  readonly checksum: number;
  readonly packedSize: number;
  readonly size: number;
  /** Where its local header begins. */
  readonly offset: number;
}

/** Whether bytes begin as a zip archive does. */
export function isZip(bytes: Uint8Array): boolean {
  return bytes.length >= END_BYTES && (u32(bytes, 0) === LOCAL || u32(bytes, 0) === END);
}

/**
 * The files of an archive under their names, checked against their checksums.
 *
 * @throws FormatError
 */
export async function unzip(bytes: Uint8Array): Promise<Map<string, Uint8Array>> {
  const { entries, directory } = readDirectory(bytes);
  const packed = locate(bytes, entries, directory);
  const files = new Map<string, Uint8Array>();
  for (const [i, entry] of entries.entries()) files.set(entry.name, await unpack(entry, packed[i] as Uint8Array));
  return files;
}

function readDirectory(bytes: Uint8Array): { readonly entries: readonly Entry[]; readonly directory: number } {
  const end = findEnd(bytes);
  const [disk, diskOfDirectory, here, count] = [4, 6, 8, 10].map((at) => u16(bytes, end + at));
  const size = u32(bytes, end + 12);
  const directory = u32(bytes, end + 16);
  if (disk !== 0 || diskOfDirectory !== 0 || here !== count) throw new FormatError("is a part of a divided archive");
  if (count === 0xffff || directory === 0xffffffff) throw new FormatError("is a zip64 archive, which cannot be read");
  if (directory + size !== end) throw new FormatError("has a damaged directory");
  const entries: Entry[] = [];
  const names = new Set<string>();
  let at = directory;
  for (let i = 0; i < (count as number); i++) {
    if (at + CENTRAL_BYTES > end || u32(bytes, at) !== CENTRAL) throw new FormatError("has a damaged directory");
    const [flags, method] = [u16(bytes, at + 8), u16(bytes, at + 10)];
    const [checksum, packedSize, size] = [u32(bytes, at + 16), u32(bytes, at + 20), u32(bytes, at + 24)];
    const [nameBytes, extra, comment] = [u16(bytes, at + 28), u16(bytes, at + 30), u16(bytes, at + 32)];
    const next = at + CENTRAL_BYTES + nameBytes + extra + comment;
    if (next > end) throw new FormatError("has a damaged directory");
    const name = new TextDecoder().decode(bytes.subarray(at + CENTRAL_BYTES, at + CENTRAL_BYTES + nameBytes));
    if (names.has(name)) throw new FormatError(`has ${quoted(name)} twice`);
    names.add(name);
    if ((flags & 1) !== 0) throw new FormatError(`has ${quoted(name)} encrypted`);
    if (method !== 0 && method !== 8)
      throw new FormatError(`has ${quoted(name)} packed by the unknown method ${method}`);
    const possible = method === 0 ? size === packedSize : size <= packedSize * MAX_RATIO;
    if (!possible)
      throw new FormatError(`claims ${size} bytes for ${quoted(name)}, which are ${packedSize} in the archive`);
    entries.push({ name, method, checksum, packedSize, size, offset: u32(bytes, at + 42) });
    at = next;
  }
  if (at !== end) throw new FormatError("has a damaged directory");
  return { entries, directory };
}

/** The end record is the last thing in the file, but for a comment. */
function findEnd(bytes: Uint8Array): number {
  const last = bytes.length - END_BYTES;
  for (let at = last; at >= Math.max(0, last - MAX_COMMENT); at--) {
    if (u32(bytes, at) === END && at + END_BYTES + u16(bytes, at + 20) === bytes.length) return at;
  }
  throw new FormatError("breaks off: a zip archive ends with its directory, and there is none");
}

/** The packed bytes of each entry. They lie before the directory and do not overlap. */
function locate(bytes: Uint8Array, entries: readonly Entry[], directory: number): Uint8Array[] {
  const ranges = entries.map(({ name, packedSize, offset }) => {
    if (offset + LOCAL_BYTES > directory || u32(bytes, offset) !== LOCAL) {
      throw new FormatError(`has a damaged header of ${quoted(name)}`);
    }
    const begin = offset + LOCAL_BYTES + u16(bytes, offset + 26) + u16(bytes, offset + 28);
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

function u16(bytes: Uint8Array, at: number): number {
  return (bytes[at] as number) | ((bytes[at + 1] as number) << 8);
}

function u32(bytes: Uint8Array, at: number): number {
  return (u16(bytes, at) | (u16(bytes, at + 2) << 16)) >>> 0;
}

function quoted(name: string): string {
  return JSON.stringify(name.length > 80 ? `${name.slice(0, 80)}…` : name);
}
