/**
 * @file Reader for IDX files, those of MNIST and its relatives: raw or gzip. Calls follow `mnist_reader.py` of
 * Fashion-MNIST.
 */
import ndarray from "ndarray";
import { readArgument } from "../core/arguments.ts";
import { describeValue } from "../core/describe.ts";
import { DataError } from "../core/errors.ts";
import { aFileSource, aFolder, type FileName, type FileSource, type ReadableFile } from "../core/file-kinds.ts";
import { aString, REFUSED } from "../core/kinds.ts";
import { blobName, readBlob } from "../platform/binary.ts";
import { reasonOf } from "../platform/builtin.ts";
import { hasFileSystem, isAddress, isFolder } from "../platform/files.ts";
import {
  type ByteArray,
  decodeIdx,
  decodeIdxSync,
  type IdxArray,
  type IdxElements,
  type IdxKind,
  type IdxWish,
} from "./idx.ts";
import {
  describePassedOver,
  type MnistKind,
  pairNames,
  readOne,
  readOneSync,
  readPair,
  readPairSync,
} from "./mnist-files.ts";

export type { FileSource } from "../core/file-kinds.ts";
export type { ByteArray, IdxArray, IdxElements } from "./idx.ts";
export type { MnistKind } from "./mnist-files.ts";

/**
 * Reads any IDX file, raw or gzip; which, its first bytes tell, not its name.
 *
 * @typeParam Elements - What the file is expected to hold. Nothing checks that; `array.dtype` tells.
 * @param file - A path, a `file:` or `https:` address, the file's bytes, or a Blob, File or Response.
 * @returns An array of the file's shape: uint8, int8, int16, int32, float32 or float64.
 * @throws DataError if the file is missing, damaged or something else
 * @example
 * const labels = await readIdx("qmnist-train-labels-idx2-int.gz"); // int32 [60000, 8]
 */
export async function readIdx<Elements extends IdxElements = IdxElements>(
  file: FileSource,
): Promise<IdxArray<Elements>> {
  return (await read("readIdx", "data", file)) as IdxArray<Elements>;
}

/** As {@link readIdx}, at once. Not for addresses and Blobs, and in browsers only for raw bytes. */
export function readIdxSync<Elements extends IdxElements = IdxElements>(file: FileSource): IdxArray<Elements> {
  return readSync("readIdxSync", "data", file) as IdxArray<Elements>;
}

/**
 * Reads images from an IDX file, raw or gzip; which, its first bytes tell, not its name.
 *
 * @typeParam Elements - What the file is expected to hold: uint8 in MNIST. Nothing checks that; `array.dtype` tells.
 * @param file - A path, a `file:` or `https:` address, the file's bytes, or a Blob, File or Response.
 * @returns An array of the file's shape and type: [n, rows, columns] of uint8 in MNIST, with colours or volumes more.
 * @throws DataError if the file is missing, damaged, or holds labels or something else
 */
export async function readImages<Elements extends IdxElements = Uint8Array>(
  file: FileSource,
): Promise<IdxArray<Elements>> {
  return (await read("readImages", "images", file)) as IdxArray<Elements>;
}

/**
 * Reads labels from an IDX file, raw or gzip.
 *
 * @typeParam Elements - What the file is expected to hold: uint8 in MNIST. Nothing checks that; `array.dtype` tells.
 * @param file - A path, a `file:` or `https:` address, the file's bytes, or a Blob, File or Response.
 * @returns An array of the file's shape and type: [n] of uint8 in MNIST, [n, 8] of int32 in QMNIST.
 * @throws DataError if the file is missing, damaged, or holds images or something else
 */
export async function readLabels<Elements extends IdxElements = Uint8Array>(
  file: FileSource,
): Promise<IdxArray<Elements>> {
  return (await read("readLabels", "labels", file)) as IdxArray<Elements>;
}

/** As {@link readImages}, at once. Not for addresses and Blobs, and in browsers only for raw bytes. */
export function readImagesSync<Elements extends IdxElements = Uint8Array>(file: FileSource): IdxArray<Elements> {
  return readSync("readImagesSync", "images", file) as IdxArray<Elements>;
}

/** As {@link readLabels}, at once. Not for addresses and Blobs, and in browsers only for raw bytes. */
export function readLabelsSync<Elements extends IdxElements = Uint8Array>(file: FileSource): IdxArray<Elements> {
  return readSync("readLabelsSync", "labels", file) as IdxArray<Elements>;
}

/**
 * Reads a folder's images and labels: `<kind>-images-idx3-ubyte` and `<kind>-labels-idx1-ubyte`, with or without `.gz`.
 *
 * @param path - The folder.
 * @param kind - `"train"` or `"t10k"`.
 * @returns images of shape [n, rows·columns] and labels of shape [n], both uint8
 * @throws DataError if a file is missing or damaged, or if there are not as many labels as images
 */
export async function loadMnist(
  path: FileName,
  kind: MnistKind = "train",
): Promise<[images: ByteArray, labels: ByteArray]> {
  const folder = checkFolder("loadMnist", path, kind);
  const { pair, passedOver } = await readPair("loadMnist", [folder], kind);
  if (pair === null) throw noPair("loadMnist", folder, kind, passedOver);
  return [flattened(pair[0]), pair[1]];
}

/** As {@link loadMnist}, at once. Node only. */
export function loadMnistSync(path: FileName, kind: MnistKind = "train"): [images: ByteArray, labels: ByteArray] {
  const folder = checkFolder("loadMnistSync", path, kind);
  const { pair } = readPairSync("loadMnistSync", [folder], kind);
  if (pair === null) throw noPair("loadMnistSync", folder, kind, []);
  return [flattened(pair[0]), pair[1]];
}

function checkFolder(op: string, path: unknown, kind: unknown): string {
  readArgument(op, "kind", aString, kind);
  return readArgument(op, "path", aFolder, path);
}

function noPair(op: string, folder: string, kind: MnistKind, passedOver: readonly string[]): DataError {
  const isMissing = hasFileSystem && !isAddress(folder) && !isFolder(folder);
  const what = isMissing ? ": there is no such folder" : "";
  return new DataError(`[${op}] ${folder} has no files ${pairNames(kind)}${what}.${describePassedOver(passedOver)}`);
}

function wishOf(kind: IdxKind | "data"): IdxWish {
  return { kind, strict: false };
}

async function read(op: string, kind: IdxKind | "data", file: unknown): Promise<IdxArray> {
  const source = checkSource(op, file);
  if (source instanceof Uint8Array) return decodeIdx({ op, file: "the given bytes" }, wishOf(kind), source);
  if (typeof source !== "string") {
    const name = blobName(source);
    const bytes = await readBlob(source).catch((error: unknown) => {
      throw new DataError(`[${op}] ${name}: cannot be read: ${reasonOf(error)}`, { cause: error });
    });
    return decodeIdx({ op, file: name }, wishOf(kind), bytes);
  }
  const contents = await readOne(op, source);
  if (contents === null) throw missing(op, source);
  return decodeIdx({ op, file: source }, wishOf(kind), contents.bytes);
}

function readSync(op: string, kind: IdxKind | "data", file: unknown): IdxArray {
  const source = checkSource(op, file);
  if (source instanceof Uint8Array) return decodeIdxSync({ op, file: "the given bytes" }, wishOf(kind), source);
  if (typeof source !== "string") {
    throw new DataError(
      `[${op}] a Blob or Response cannot be read at once. Pass new Uint8Array(await blob.arrayBuffer()).`,
    );
  }
  const contents = readOneSync(op, source);
  if (contents === null) throw missing(op, source);
  return decodeIdxSync({ op, file: source }, wishOf(kind), contents.bytes);
}

function checkSource(op: string, file: unknown): ReadableFile {
  const source = aFileSource.read(file);
  if (source !== REFUSED) return source;
  const hint = aFileSource.hint?.(file);
  throw new DataError(
    `[${op}] expected a file name, an address or a Uint8Array, but got ${describeValue(file)}${hint === undefined ? "" : `. ${hint}`}`,
  );
}

function missing(op: string, file: string): DataError {
  return new DataError(`[${op}] ${file}: there is no such file. Check the name and the folder it is relative to.`);
}

/** [n, rows, columns] read as [n, rows·columns]. */
function flattened(images: ByteArray): ByteArray {
  const [n = 0, rows = 0, columns = 0] = images.shape;
  return ndarray(images.data, [n, rows * columns]);
}
