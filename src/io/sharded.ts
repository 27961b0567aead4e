/** @file Models that are too large for one file: an index in JSON says which tensor is in which safetensors file. */

import { foreignFormat, JSON_TEXT } from "../platform/file-signature.ts";
import { siblingOf } from "../platform/files.ts";
import { MAX_INDEX, MAX_INDEX_DEPTH } from "../platform/limits.ts";
import { decodeUtf8 } from "../platform/text.ts";
import { FormatError, quoted, readingAs } from "./format-error.ts";
import { parseJson } from "./json.ts";
import { type HostArray, readSafetensors } from "./safetensors.ts";
import { type Contents, read } from "./source.ts";

/** Whether bytes are JSON text, as an index is. */
export function isJson(bytes: Uint8Array): boolean {
  return foreignFormat(bytes) === JSON_TEXT;
}

/**
 * The tensors of all files that an index names. `hasNeighbours` is whether the index was read from a place, not from memory.
 *
 * @throws FormatError for text that is no index; DataError that names the file for what is wrong with one of them.
 */
export async function readSharded(
  op: string,
  index: Contents,
  hasNeighbours: boolean,
): Promise<ReadonlyMap<string, HostArray>> {
  const places = readIndex(index.bytes);
  if (!hasNeighbours) {
    throw new FormatError("is the index of a sharded model. Pass its path or address, so that the files are found.");
  }
  const shards = new Map<string, ReadonlyMap<string, HostArray>>();
  for (const file of new Set(places.values())) {
    const { name, bytes } = await read(op, siblingOf(index.name, file));
    shards.set(
      file,
      readingAs(op, name, () => readSafetensors(bytes).arrays),
    );
  }
  const arrays = new Map<string, HostArray>();
  for (const [tensor, file] of places) {
    const array = shards.get(file)?.get(tensor);
    if (array === undefined) throw new FormatError(`says that ${quoted(tensor)} is in ${quoted(file)}, which lacks it`);
    arrays.set(tensor, array);
  }
  return arrays;
}

/** The file of each tensor. */
function readIndex(bytes: Uint8Array): ReadonlyMap<string, string> {
  if (bytes.length > MAX_INDEX) throw new FormatError(`is JSON text of more than ${MAX_INDEX} bytes`);
  const text = decodeUtf8(bytes);
  if (text === undefined) throw new FormatError("is JSON text that is not UTF-8");
  const json = parseJson("index of a sharded model", text.replace(/^\ufeff/, ""), MAX_INDEX_DEPTH);
  const map: unknown = typeof json === "object" && json !== null ? Reflect.get(json, "weight_map") : undefined;
  if (typeof map !== "object" || map === null || Array.isArray(map)) {
    throw new FormatError(
      "is JSON text without a weight_map, no file of tensors. Of a sharded model, load reads model.safetensors.index.json.",
    );
  }
  const places = new Map<string, string>();
  for (const [tensor, file] of Object.entries(map)) {
    // A file beside the index, and nowhere else.
    if (typeof file !== "string" || !/^[^/\\:]+$/.test(file) || file === "." || file === "..") {
      const shown = quoted(String(JSON.stringify(file)));
      throw new FormatError(
        `says that ${quoted(tensor)} is in ${shown}, which is no name of a file in the same folder`,
      );
    }
    places.set(tensor, file);
  }
  return places;
}
