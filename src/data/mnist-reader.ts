/**
 * @file Reader for the files of MNIST and its relatives: IDX, raw or gzip. Calls follow `mnist_reader.py` of Fashion-MNIST.
 */
import ndarray from "ndarray";
import { toPath } from "../platform/files.ts";
import { DataError } from "../tensor/errors.ts";
import { type ByteArray, decodeIdx, decodeIdxSync, type IdxKind } from "./idx.ts";

import { type MnistKind, pairNames, readFirst, readFirstSync, readPair, readPairSync } from "./mnist-files.ts";

export type { ByteArray } from "./idx.ts";
export type { MnistKind } from "./mnist-files.ts";

/** A path, a `file:` or `https:` address, or the bytes of a file. */
export type FileSource = string | { readonly href: string } | Uint8Array;

/**
 * Reads images from an IDX file, raw or gzip; which, its first bytes tell, not its name.
 *
 * @param file path, `file:` or `https:` address, or the file's bytes
 * @returns uint8 array of shape [n, rows, columns]
 * @throws DataError if the file is missing, damaged or something else
 */
export async function readImages(file: FileSource): Promise<ByteArray> {
  return read("readImages", "images", file);
}

/**
 * Reads labels from an IDX file, raw or gzip.
 *
 * @param file path, `file:` or `https:` address, or the file's bytes
 * @returns uint8 array of shape [n]
 * @throws DataError if the file is missing, damaged or something else
 */
export async function readLabels(file: FileSource): Promise<ByteArray> {
  return read("readLabels", "labels", file);
}

/** As {@link readImages}, at once. Not for addresses, and in browsers only for raw bytes. */
export function readImagesSync(file: FileSource): ByteArray {
  return readSync("readImagesSync", "images", file);
}

/** As {@link readLabels}, at once. Not for addresses, and in browsers only for raw bytes. */
export function readLabelsSync(file: FileSource): ByteArray {
  return readSync("readLabelsSync", "labels", file);
}

/**
 * Reads a folder's images and labels: `<kind>-images-idx3-ubyte` and `<kind>-labels-idx1-ubyte`, with or without `.gz`.
 *
 * @param path the folder
 * @param kind `"train"` or `"t10k"`
 * @returns images of shape [n, rows·columns] and labels of shape [n], both uint8
 * @throws DataError if a file is missing or damaged, or if there are not as many labels as images
 */
export async function loadMnist(
  path: string | { readonly href: string },
  kind: MnistKind = "train",
): Promise<[images: ByteArray, labels: ByteArray]> {
  const folder = toPath(path);
  const pair = await readPair("loadMnist", [folder], kind);
  if (pair === null) throw new DataError(`[loadMnist] ${folder} has no files ${pairNames(kind)}.`);
  return [flattened(pair[0]), pair[1]];
}

/** As {@link loadMnist}, at once. Node only. */
export function loadMnistSync(
  path: string | { readonly href: string },
  kind: MnistKind = "train",
): [images: ByteArray, labels: ByteArray] {
  const folder = toPath(path);
  const pair = readPairSync("loadMnistSync", [folder], kind);
  if (pair === null) throw new DataError(`[loadMnistSync] ${folder} has no files ${pairNames(kind)}.`);
  return [flattened(pair[0]), pair[1]];
}

async function read(op: string, kind: IdxKind, file: FileSource): Promise<ByteArray> {
  if (file instanceof Uint8Array) return decodeIdx({ op, file: "the given bytes" }, kind, file);
  const path = checkedPath(op, file);
  const contents = await readFirst(op, [path]);
  if (contents === null) throw missing(op, path);
  return decodeIdx({ op, file: path }, kind, contents.bytes);
}

function readSync(op: string, kind: IdxKind, file: FileSource): ByteArray {
  if (file instanceof Uint8Array) return decodeIdxSync({ op, file: "the given bytes" }, kind, file);
  const path = checkedPath(op, file);
  const contents = readFirstSync(op, [path]);
  if (contents === null) throw missing(op, path);
  return decodeIdxSync({ op, file: path }, kind, contents.bytes);
}

function checkedPath(op: string, file: unknown): string {
  if (typeof file === "string" && file !== "") return toPath(file);
  if (typeof file === "object" && file !== null && "href" in file && typeof file.href === "string") {
    return toPath(file.href);
  }
  throw new DataError(`[${op}] expected a file name, an address or a Uint8Array, but got ${JSON.stringify(file)}`);
}

function missing(op: string, file: string): DataError {
  return new DataError(`[${op}] ${file}: there is no such file. Check the name and the folder it is relative to.`);
}

/** [n, rows, columns] read as [n, rows·columns]. */
function flattened(images: ByteArray): ByteArray {
  const [n = 0, rows = 0, columns = 0] = images.shape;
  return ndarray(images.data, [n, rows * columns]);
}
