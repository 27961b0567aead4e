/** @file Files as arguments: names and addresses, bytes in memory, Blobs. */
import { type BinaryData, type BlobLike, bytesOf, isBlobLike } from "../platform/binary.ts";
import { toPath } from "../platform/files.ts";
import { isTensor } from "./identity.ts";
import { type Kind, kind, REFUSED } from "./kinds.ts";

/** A path, or the URL of a file; for reading, also an address on the web. */
export type FileName = string | { readonly href: string };

/** Where a file's bytes come from: its name, an address, bytes in memory, or a Blob, File or Response. */
export type FileSource = FileName | BinaryData | BlobLike;

/** A {@link FileSource} that was read as an argument. */
export type ReadableFile = string | Uint8Array | BlobLike;

function pathOf(value: unknown): string | typeof REFUSED {
  const text = typeof value === "object" && value !== null && "href" in value ? value.href : value;
  if (typeof text !== "string" || text === "") return REFUSED;
  try {
    return toPath(text);
  } catch {
    // A file: URL of another machine, or one that is no path.
    return REFUSED;
  }
}

function orderHint(value: unknown): string | undefined {
  return typeof value === "object" && value !== null && !("then" in value)
    ? "What is written comes first, the name of the file second."
    : undefined;
}

/** The name of a file that is written, as a path. */
export const aFileName: Kind<string> = { description: "the path or URL of a file", read: pathOf, hint: orderHint };

/** The name of a folder, as a path. */
export const aFolder: Kind<string> = { description: "the path or URL of a folder", read: pathOf };

/** Anything that a file can be read from. */
export const aFileSource: Kind<ReadableFile> = {
  description: "a file name, an address or bytes (a Uint8Array, ArrayBuffer, Blob, File or Response)",
  read: (value) => {
    if (isBlobLike(value)) return value;
    return bytesOf(value) ?? pathOf(value);
  },
  hint: promiseHint,
};

/** Bytes in memory. */
export const bytes: Kind<Uint8Array> = {
  description: "bytes: a Uint8Array or an ArrayBuffer",
  read: (value) => bytesOf(value) ?? REFUSED,
  hint: (value) => (isBlobLike(value) ? "Pass await blob.arrayBuffer()." : promiseHint(value)),
};

function promiseHint(value: unknown): string | undefined {
  return typeof value === "object" && value !== null && "then" in value ? "Await it first." : undefined;
}

/** An object that is no list and no tensor: names with values. */
export const aRecord: Kind<Readonly<Record<string, unknown>>> = kind(
  "an object",
  (value) => typeof value === "object" && value !== null && !Array.isArray(value) && !isTensor(value),
);
