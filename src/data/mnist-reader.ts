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
 * Reads any IDX file, raw or gzip, which is recognized by its first bytes.
 *
 * @typeParam Elements - Expected element type. Not checked; see `array.dtype`.
 * @param file - A path, a `file:` or `https:` URL, the bytes of a file, or a Blob, File or Response.
 * @returns an array of the file's shape: uint8, int8, int16, int32, float32 or float64.
 * @throws DataError if the file is missing, damaged or of another format.
 * @example
 * const labels = await data.readIdx(Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 2, 7, 3));
 * [labels.dtype, labels.shape, labels.get(0)]; // ['uint8', [2], 7]
 */
export async function readIdx<Elements extends IdxElements = IdxElements>(
  file: FileSource,
): Promise<IdxArray<Elements>> {
  return (await read("readIdx", "data", file)) as IdxArray<Elements>;
}

/**
 * {@link readIdx}, synchronously. Not for URLs and Blobs; in browsers only for raw bytes.
 *
 * @example
 * const labels = data.readIdxSync(Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 2, 7, 3));
 * labels.get(1); // 3
 */
export function readIdxSync<Elements extends IdxElements = IdxElements>(file: FileSource): IdxArray<Elements> {
  return readSync("readIdxSync", "data", file) as IdxArray<Elements>;
}

/**
 * Reads images from an IDX file, raw or gzip, which is recognized by its first bytes.
 *
 * @typeParam Elements - Expected element type: uint8 in MNIST. Not checked; see `array.dtype`.
 * @param file - A path, a `file:` or `https:` URL, the bytes of a file, or a Blob, File or Response.
 * @returns an array of the file's shape and type: uint8 [n, rows, columns] in MNIST, more dimensions with channels.
 * @throws DataError if the file is missing, damaged, or not one of images.
 * @example
 * const images = await data.readImages(Uint8Array.of(0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2, 0, 255));
 * images.shape; // [1, 1, 2]
 */
export async function readImages<Elements extends IdxElements = Uint8Array>(
  file: FileSource,
): Promise<IdxArray<Elements>> {
  return (await read("readImages", "images", file)) as IdxArray<Elements>;
}

/**
 * Reads labels from an IDX file, raw or gzip.
 *
 * @typeParam Elements - Expected element type: uint8 in MNIST. Not checked; see `array.dtype`.
 * @param file - A path, a `file:` or `https:` URL, the bytes of a file, or a Blob, File or Response.
 * @returns an array of the file's shape and type: uint8 [n] in MNIST.
 * @throws DataError if the file is missing, damaged, or not one of labels.
 * @example
 * const labels = await data.readLabels(Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 2, 7, 3));
 * labels.shape; // [2]
 */
export async function readLabels<Elements extends IdxElements = Uint8Array>(
  file: FileSource,
): Promise<IdxArray<Elements>> {
  return (await read("readLabels", "labels", file)) as IdxArray<Elements>;
}

/**
 * {@link readImages}, synchronously. Not for URLs and Blobs; in browsers only for raw bytes.
 *
 * @example
 * const images = data.readImagesSync(Uint8Array.of(0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2, 0, 255));
 * images.get(0, 0, 1); // 255
 */
export function readImagesSync<Elements extends IdxElements = Uint8Array>(file: FileSource): IdxArray<Elements> {
  return readSync("readImagesSync", "images", file) as IdxArray<Elements>;
}

/**
 * {@link readLabels}, synchronously. Not for URLs and Blobs; in browsers only for raw bytes.
 *
 * @example
 * const labels = data.readLabelsSync(Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 2, 7, 3));
 * labels.get(0); // 7
 */
export function readLabelsSync<Elements extends IdxElements = Uint8Array>(file: FileSource): IdxArray<Elements> {
  return readSync("readLabelsSync", "labels", file) as IdxArray<Elements>;
}

/**
 * Reads the images and labels of a folder: `<kind>-images-idx3-ubyte` and `<kind>-labels-idx1-ubyte`, with or without `.gz`.
 *
 * @param path - The folder.
 * @param kind - `"train"` or `"t10k"`.
 * @returns images [n, rows·columns] and labels [n], both uint8.
 * @throws DataError if a file is missing or damaged, or if the numbers of images and labels differ.
 * @example
 * ```ts no-run
 * const [images, labels] = await loadMnist("data/fashion", "train");
 * images.shape; // [60000, 784]
 * ```
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

/**
 * {@link loadMnist}, synchronously. Node only.
 *
 * @example
 * ```ts no-run
 * const [images, labels] = loadMnistSync("data/fashion", "t10k");
 * images.shape; // [10000, 784]
 * ```
 */
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
