/** @file Binary data: typed arrays and buffers of any realm, Blobs, Files and Responses. */

/** Bytes in memory. A Buffer of Node is one of these. */
export type BinaryData = ArrayBufferLike | ArrayBufferView;

/** An asynchronous source of bytes: a Blob, a File of an input element, a Response of fetch. */
export interface BlobLike {
  arrayBuffer(): Promise<ArrayBuffer>;
  readonly name?: unknown;
}

/** A Uint8Array of this realm on the same memory; on a copy, if that is shared. Undefined for what has no bytes. */
export function bytesOf(value: unknown): Uint8Array | undefined {
  try {
    if (ArrayBuffer.isView(value)) {
      const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
      return isShared(value.buffer) ? new Uint8Array(bytes) : bytes;
    }
    if (isShared(value)) return new Uint8Array(new Uint8Array(value));
    return isBuffer(value) ? new Uint8Array(value) : undefined;
  } catch {
    // A buffer that was transferred to somebody else.
    return undefined;
  }
}

/** Whether a value is a Blob, a File, a Response or the like. */
export function isBlobLike(value: unknown): value is BlobLike {
  return (
    typeof value === "object" && value !== null && "arrayBuffer" in value && typeof value.arrayBuffer === "function"
  );
}

/** What an error message calls a Blob or Response: the name of a File, the address of a Response. */
export function blobName(blob: BlobLike): string {
  if (typeof blob.name === "string" && blob.name !== "") return blob.name;
  const url: unknown = Reflect.get(blob, "url");
  if (typeof url === "string" && url !== "") return url;
  return Reflect.get(blob, "ok") === undefined ? "the given Blob" : "the given Response";
}

/** The bytes of a Blob or Response. @throws Error for a Response that says there is nothing */
export async function readBlob(blob: BlobLike): Promise<Uint8Array> {
  if (Reflect.get(blob, "ok") === false) throw new Error(`the server answered ${String(Reflect.get(blob, "status"))}`);
  const bytes = bytesOf(await blob.arrayBuffer());
  if (bytes === undefined) throw new Error("its arrayBuffer() gives no ArrayBuffer");
  return bytes;
}

/** `instanceof` knows the classes of one realm only. */
function isBuffer(value: unknown): value is ArrayBuffer {
  return Object.prototype.toString.call(value) === "[object ArrayBuffer]";
}

function isShared(value: unknown): value is SharedArrayBuffer {
  return Object.prototype.toString.call(value) === "[object SharedArrayBuffer]";
}
