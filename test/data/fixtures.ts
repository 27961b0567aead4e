/** @file Small IDX files, damaged ones too, and folders that vanish after the test. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** An IDX file: magic number, dimensions, data. */
export function idx(magic: number, dims: readonly number[], data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(4 + 4 * dims.length + data.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, magic);
  dims.forEach((dim, i) => {
    view.setUint32(4 + 4 * i, dim);
  });
  bytes.set(data, 4 + 4 * dims.length);
  return bytes;
}

/** `n` images whose pixel j of image i is (7·i + 3·j) mod 256. */
export function pixels(n: number, size: number): Uint8Array {
  return Uint8Array.from({ length: n * size }, (_, k) => 7 * Math.floor(k / size) + 3 * (k % size));
}

export function idxImages(n: number, rows = 28, columns = 28): Uint8Array {
  return idx(2051, [n, rows, columns], pixels(n, rows * columns));
}

/** Labels 0, 1, 2, … modulo `classes`. */
export function idxLabels(n: number, classes = 10): Uint8Array {
  return idx(
    2049,
    [n],
    Uint8Array.from({ length: n }, (_, i) => i % classes),
  );
}

/** A fresh folder with these files, removed after the test. */
export function folderWith(files: Readonly<Record<string, Uint8Array>> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), "tapegrad-data-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, name), bytes);
  return folder;
}

/** The two files of a small set. */
export function smallSet(kind: "train" | "t10k", n: number): Record<string, Uint8Array> {
  return { [`${kind}-images-idx3-ubyte`]: idxImages(n), [`${kind}-labels-idx1-ubyte`]: idxLabels(n) };
}
