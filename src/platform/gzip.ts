/** @file gzip decompression with a size limit, by zlib in Node and DecompressionStream in browsers. */
import { codeOf, plainBytes, reasonOf, zlib } from "./builtin.ts";

/** `"short"`: the data is truncated. `"damaged"`: it is not what was packed. `"long"`: it unpacks to more than allowed. */
export type GzipFault = "short" | "damaged" | "long";

/** What is wrong with gzip data. The message completes the sentence "the gzip data …". */
export class GzipError extends Error {
  readonly fault: GzipFault;
  constructor(fault: GzipFault, message: string) {
    super(message);
    this.fault = fault;
  }
}

/** Enough for the longest gzip header in the wild and the first block's code tables. */
const HEAD_BYTES = 4096;
/** zlib hands out its result in pieces of this size; the default of 16 KiB takes twice as long on MNIST's 47 MB. */
const CHUNK_BYTES = 1 << 20;

/** Whether bytes start as gzip does. */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** The first `count` bytes of the unpacked data, or all of it if it has fewer. Node only. */
export function gunzipHeadSync(bytes: Uint8Array, count: number): Uint8Array {
  const { constants, gunzipSync: unpack } = nodeZlib();
  for (let taken = HEAD_BYTES; ; taken *= 16) {
    const part = bytes.subarray(0, taken);
    const head = attempt(() => unpack(part, { finishFlush: constants.Z_SYNC_FLUSH }));
    if (head.length >= count) return head.subarray(0, count);
    // Flushing hides whether the data is that short or is truncated: unpacking all of it tells.
    if (part.length === bytes.length) return gunzipSync(bytes, count);
  }
}

/** The whole unpacked data, of at most `limit` bytes. Checks the checksum. Node only. Throws a {@link GzipError}. */
export function gunzipSync(bytes: Uint8Array, limit: number): Uint8Array {
  const unpack = nodeZlib().gunzipSync;
  return attempt(() => plainBytes(unpack(bytes, { maxOutputLength: Math.max(limit, 1), chunkSize: CHUNK_BYTES })));
}

/** As {@link gunzipHeadSync}, everywhere. */
export async function gunzipHead(bytes: Uint8Array, count: number): Promise<Uint8Array> {
  return zlib === undefined ? unpackStream(bytes, count, "stop") : gunzipHeadSync(bytes, count);
}

/** As {@link gunzipSync}, everywhere, off the main thread. */
export async function gunzip(bytes: Uint8Array, limit: number): Promise<Uint8Array> {
  if (zlib === undefined) return unpackStream(bytes, limit, "throw");
  const { gunzip: unpack } = zlib;
  return new Promise((resolve, reject) => {
    unpack(bytes, { maxOutputLength: Math.max(limit, 1), chunkSize: CHUNK_BYTES }, (error, result) => {
      if (error === null) {
        resolve(plainBytes(result));
        return;
      }
      // zlib's callback form looks at the length before the end: for data that is truncated too, the other form knows better.
      try {
        resolve(gunzipSync(bytes, limit));
      } catch (reason) {
        reject(reason);
      }
    });
  });
}

/** The browsers' way: unpacks until the end or until there is more than `limit`, and then stops or throws. */
export async function unpackStream(bytes: Uint8Array, limit: number, beyond: "stop" | "throw"): Promise<Uint8Array> {
  const reader = new Blob([bytes as Uint8Array<ArrayBuffer>])
    .stream()
    .pipeThrough<Uint8Array>(new DecompressionStream("gzip"))
    .getReader();
  const parts: Uint8Array[] = [];
  let length = 0;
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      parts.push(next.value);
      length += next.value.length;
      if (length > limit) break;
    }
  } catch (error) {
    throw explainBytes(error);
  }
  if (length > limit) {
    await reader.cancel();
    if (beyond === "throw") throw new GzipError("long", "unpacks to more than expected");
  }
  const whole = new Uint8Array(Math.min(length, limit));
  let at = 0;
  for (const part of parts) {
    whole.set(part.subarray(0, whole.length - at), at);
    at = Math.min(at + part.length, whole.length);
  }
  return whole;
}

function nodeZlib(): NonNullable<typeof zlib> {
  if (zlib === undefined) throw new Error("gzip can be unpacked synchronously only in Node; use the asynchronous form");
  return zlib;
}

function attempt<T>(unpack: () => T): T {
  try {
    return unpack();
  } catch (error) {
    throw explainBytes(error);
  }
}

/** zlib's codes in our words. Browsers give no code at all, only a TypeError. */
function explainBytes(error: unknown): unknown {
  const code = codeOf(error);
  if (code === "ERR_BUFFER_TOO_LARGE") return new GzipError("long", "unpacks to more than expected");
  if (code === "Z_BUF_ERROR") return new GzipError("short", "is truncated (unexpected end of file)");
  if (code === "ERR_TRAILING_JUNK_AFTER_STREAM_END") return new GzipError("damaged", "is followed by other bytes");
  if (code === "Z_DATA_ERROR" || code === "Z_NEED_DICT" || code === "Z_STREAM_ERROR") {
    return new GzipError("damaged", `is damaged (${reasonOf(error)})`);
  }
  // The words of browsers, where they have any.
  if (/truncated|unexpected end/i.test(reasonOf(error)))
    return new GzipError("short", "is truncated (unexpected end of file)");
  const isTypeError = typeof error === "object" && error !== null && "name" in error && error.name === "TypeError";
  return isTypeError ? new GzipError("damaged", "is damaged or truncated") : error;
}
