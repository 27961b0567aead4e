/** @file Reading and writing whole files, with errors that name them. */

import { DataError } from "../core/errors.ts";
import type { ReadableFile } from "../core/file-kinds.ts";
import { blobName, readBlob } from "../platform/binary.ts";
import { reasonOf } from "../platform/builtin.ts";
import { isAddress, readFile, writeFileWhole } from "../platform/files.ts";

/** The bytes of a file, and what errors call it. */
export interface Contents {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** The bytes of a file that must be there. @throws DataError if they cannot be read */
export async function read(op: string, source: ReadableFile): Promise<Contents> {
  if (source instanceof Uint8Array) return { name: "the given bytes", bytes: source };
  const name = typeof source === "string" ? source : blobName(source);
  let bytes: Uint8Array | null;
  try {
    bytes = typeof source === "string" ? await readFile(source) : await readBlob(source);
  } catch (error) {
    throw new DataError(`[${op}] cannot read ${name}: ${reasonOf(error)}`, { cause: error });
  }
  if (bytes !== null) return { name, bytes };
  throw new DataError(`[${op}] ${name}: there is no such file. Check the name and the folder it is relative to.`);
}

/** Writes a file when its bytes are there. @throws DataError if it cannot be written */
export async function write(op: string, path: string, encoding: Promise<Uint8Array>): Promise<void> {
  const bytes = await encoding;
  try {
    if (isAddress(path)) throw new Error("only files on disk can be written");
    await writeFileWhole(path, bytes);
  } catch (error) {
    throw new DataError(`[${op}] cannot write ${path}: ${reasonOf(error)}`, { cause: error });
  }
}
