/** @file Finding and reading the two files of a folder, images and labels, under the names MNIST gave them. */
import { fileExists, joinPath, readFile, readFileSync } from "../platform/files.ts";
import { DataError } from "../tensor/errors.ts";
import { type ByteArray, decodeIdx, decodeIdxSync, type IdxKind } from "./idx.ts";

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

/** Images [n, rows, columns] and labels [n] from the first folder that has them; null if none has either. */
export async function readPair(
  op: string,
  folders: readonly string[],
  kind: MnistKind,
): Promise<[ByteArray, ByteArray] | null> {
  for (const folder of folders) {
    const images = await readFirst(op, candidates(folder, "images", kind));
    const labels = await readFirst(op, candidates(folder, "labels", kind));
    checkComplete(op, folder, kind, images, labels);
    if (images === null || labels === null) continue;
    const decoded = [
      await decodeIdx({ op, file: images.file }, "images", images.bytes),
      await decodeIdx({ op, file: labels.file }, "labels", labels.bytes),
    ] as const;
    return checkCounts(op, folder, ...decoded);
  }
  return null;
}

/** As {@link readPair}, at once. */
export function readPairSync(op: string, folders: readonly string[], kind: MnistKind): [ByteArray, ByteArray] | null {
  for (const folder of folders) {
    const images = readFirstSync(op, candidates(folder, "images", kind));
    const labels = readFirstSync(op, candidates(folder, "labels", kind));
    checkComplete(op, folder, kind, images, labels);
    if (images === null || labels === null) continue;
    const decoded = [
      decodeIdxSync({ op, file: images.file }, "images", images.bytes),
      decodeIdxSync({ op, file: labels.file }, "labels", labels.bytes),
    ] as const;
    return checkCounts(op, folder, ...decoded);
  }
  return null;
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

/** The first of these files that is there, or null. */
export async function readFirst(op: string, files: readonly string[]): Promise<Contents | null> {
  for (const file of files) {
    try {
      const bytes = await readFile(file);
      if (bytes !== null) return { file, bytes };
    } catch (error) {
      throw unreadable(op, file, error);
    }
  }
  return null;
}

/** As {@link readFirst}, at once. */
export function readFirstSync(op: string, files: readonly string[]): Contents | null {
  for (const file of files) {
    try {
      const bytes = readFileSync(file);
      if (bytes !== null) return { file, bytes };
    } catch (error) {
      throw unreadable(op, file, error);
    }
  }
  return null;
}

function unreadable(op: string, file: string, error: unknown): DataError {
  const reason = error instanceof Error ? error.message : String(error);
  return new DataError(`[${op}] ${file}: cannot be read: ${reason}`, { cause: error });
}

function checkComplete(
  op: string,
  folder: string,
  kind: MnistKind,
  images: Contents | null,
  labels: Contents | null,
): void {
  const found = images ?? labels;
  if (found === null || (images !== null && labels !== null)) return;
  const absent = baseName(images === null ? "images" : "labels", kind);
  throw new DataError(`[${op}] ${folder} has ${found.file} but neither ${absent} nor ${absent}.gz. Put both there.`);
}

function checkCounts(op: string, folder: string, images: ByteArray, labels: ByteArray): [ByteArray, ByteArray] {
  if (images.shape[0] === labels.shape[0]) return [images, labels];
  throw new DataError(
    `[${op}] ${folder}: ${images.shape[0]} images but ${labels.shape[0]} labels. Expected as many labels as images: ` +
      "the two files belong to different sets.",
  );
}
