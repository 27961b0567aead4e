/** @file Search for the image and label files of MNIST in folders. */
import { DataError } from "../core/errors.ts";
import { reasonOf } from "../platform/builtin.ts";
import {
  fileExists,
  HttpError,
  hasFileSystem,
  isAddress,
  joinPath,
  readFile,
  readFileSync,
} from "../platform/files.ts";
import { type ByteArray, decodeIdx, decodeIdxSync, type IdxKind, whyNoIdx } from "./idx.ts";

/** The first part of the file names. The four files of MNIST have these two; relatives may have others. */
export type MnistKind = "train" | "t10k" | (string & {});

/** The two files of a kind, as an error message names them. */
export function pairNames(kind: MnistKind): string {
  return `${baseName("images", kind)}(.gz) and ${baseName("labels", kind)}(.gz)`;
}

/** Whether a folder has both files of a kind. */
export function hasPair(folder: string, kind: MnistKind): boolean {
  return (["images", "labels"] as const).every((what) => candidates(folder, what, kind).some(fileExists));
}

/** What was found in some folders. */
export interface Search {
  /** Images [n, rows, columns] and labels [n] from the first folder that has them; null if none has either. */
  readonly pair: readonly [images: ByteArray, labels: ByteArray] | null;
  /** Addresses under which there is something, but nothing that could be meant, and what it is. */
  readonly passedOver: readonly string[];
}

/**
 * Looks for the two files in one folder after the other. A server may answer an unknown path with its index page, or
 * refuse it: such an address does not have the file.
 */
export async function readPair(op: string, folders: readonly string[], kind: MnistKind): Promise<Search> {
  const passedOver: string[] = [];
  for (const folder of folders) {
    const images = await readFirst(op, candidates(folder, "images", kind), passedOver);
    const labels = await readFirst(op, candidates(folder, "labels", kind), passedOver);
    checkComplete(op, folder, kind, { images, labels, passedOver });
    if (images === null || labels === null) continue;
    const decoded = [
      await decodeIdx({ op, file: images.file }, { kind: "images", strict: true }, images.bytes),
      await decodeIdx({ op, file: labels.file }, { kind: "labels", strict: true }, labels.bytes),
    ] as [ByteArray, ByteArray];
    return { pair: checkCounts(op, folder, ...decoded), passedOver };
  }
  return { pair: null, passedOver };
}

/** As {@link readPair}, at once. */
export function readPairSync(op: string, folders: readonly string[], kind: MnistKind): Search {
  for (const folder of folders) {
    const images = readFirstSync(op, candidates(folder, "images", kind));
    const labels = readFirstSync(op, candidates(folder, "labels", kind));
    checkComplete(op, folder, kind, { images, labels, passedOver: [] });
    if (images === null || labels === null) continue;
    const decoded = [
      decodeIdxSync({ op, file: images.file }, { kind: "images", strict: true }, images.bytes),
      decodeIdxSync({ op, file: labels.file }, { kind: "labels", strict: true }, labels.bytes),
    ] as [ByteArray, ByteArray];
    return { pair: checkCounts(op, folder, ...decoded), passedOver: [] };
  }
  return { pair: null, passedOver: [] };
}

/** What an error adds about addresses that were passed over. */
export function describePassedOver(passedOver: readonly string[]): string {
  return passedOver.length === 0 ? "" : ` Passed over:\n  ${passedOver.join("\n  ")}`;
}

export interface Contents {
  readonly file: string;
  readonly bytes: Uint8Array;
}

function baseName(what: IdxKind, kind: MnistKind): string {
  return `${kind}-${what}-idx${what === "images" ? 3 : 1}-ubyte`;
}

function candidates(folder: string, what: IdxKind, kind: MnistKind): string[] {
  const file = joinPath(folder, baseName(what, kind));
  return [file, `${file}.gz`];
}

/** A file that must be there, or null. */
export async function readOne(op: string, file: string): Promise<Contents | null> {
  try {
    const bytes = await readFile(file);
    return bytes === null ? null : { file, bytes };
  } catch (error) {
    throw unreadable(op, file, error);
  }
}

/** As {@link readOne}, at once. */
export function readOneSync(op: string, file: string): Contents | null {
  try {
    const bytes = readFileSync(file);
    return bytes === null ? null : { file, bytes };
  } catch (error) {
    throw unreadable(op, file, error);
  }
}

/** The first of these files that is there, or null. */
async function readFirst(op: string, files: readonly string[], passedOver: string[]): Promise<Contents | null> {
  for (const file of files) {
    const onServer = !hasFileSystem || isAddress(file);
    try {
      const bytes = await readFile(file);
      const foreign = onServer && bytes !== null ? whyNoIdx(bytes) : undefined;
      if (foreign !== undefined) passedOver.push(`${file}: ${foreign}`);
      else if (bytes !== null) return { file, bytes };
    } catch (error) {
      const isRefusal = error instanceof HttpError && error.status < 500;
      if (!isRefusal) throw unreadable(op, file, error);
      passedOver.push(`${file}: ${error.message}`);
    }
  }
  return null;
}

function readFirstSync(op: string, files: readonly string[]): Contents | null {
  for (const file of files) {
    const contents = readOneSync(op, file);
    if (contents !== null) return contents;
  }
  return null;
}

function unreadable(op: string, file: string, error: unknown): DataError {
  return new DataError(`[${op}] ${file}: cannot be read: ${reasonOf(error)}`, { cause: error });
}

/** The two files of a folder, of which one may be missing. */
interface Found {
  readonly images: Contents | null;
  readonly labels: Contents | null;
  readonly passedOver: readonly string[];
}

function checkComplete(op: string, folder: string, kind: MnistKind, { images, labels, passedOver }: Found): void {
  const found = images ?? labels;
  if (found === null || (images !== null && labels !== null)) return;
  const absent = baseName(images === null ? "images" : "labels", kind);
  throw new DataError(
    `[${op}] ${folder} has ${found.file} but neither ${absent} nor ${absent}.gz. Put both there.` +
      describePassedOver(passedOver),
  );
}

function checkCounts(op: string, folder: string, images: ByteArray, labels: ByteArray): [ByteArray, ByteArray] {
  if (images.shape[0] === labels.shape[0]) return [images, labels];
  throw new DataError(
    `[${op}] ${folder}: ${images.shape[0]} images but ${labels.shape[0]} labels. Expected as many labels as images: ` +
      "the two files belong to different sets.",
  );
}
