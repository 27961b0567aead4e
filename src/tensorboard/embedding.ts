/** @file The files of TensorBoard's projector: points, labels, images, and what says where they are. */
import { DataError, ShapeError } from "../core/errors.ts";
import { fs, reasonOf } from "../platform/builtin.ts";
import { encodePng } from "../platform/png.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** What may stand beside the points. */
export interface Labels {
  readonly metadata: readonly unknown[] | null;
  readonly labelImg: Tensor | null;
  readonly tag: string;
  readonly metadataHeader: readonly string[] | null;
}

function write(path: string, content: string | Uint8Array): void {
  try {
    if (fs === undefined) throw new Error("there is no file system");
    fs.writeFileSync(path, content);
  } catch (error) {
    throw new DataError(`[addEmbedding] ${path} cannot be written: ${reasonOf(error)}`, { cause: error });
  }
}

/**
 * Writes the files of an embedding to a folder below `logDir`.
 *
 * @returns What the projector's configuration says of it.
 */
export function writeEmbedding(logDir: string, mat: Tensor, step: number, labels: Labels): string {
  const { metadata, labelImg, tag, metadataHeader } = labels;
  if (mat.ndim !== 2) {
    throw new ShapeError("[addEmbedding] mat should be 2D, where mat.size(0) is the number of data points");
  }
  const [count = 0, length = 0] = mat.shape;
  if (metadata !== null && metadata.length !== count) {
    throw new ShapeError(
      `[addEmbedding] #labels should equal with #data points, but there are ${metadata.length} of ${count}`,
    );
  }
  if (labelImg !== null && (labelImg.ndim !== 4 || labelImg.size(0) !== count)) {
    throw new ShapeError(
      `[addEmbedding] #images should equal with #data points: expected (${count},C,H,W), but got (${labelImg.shape.join(",")})`,
    );
  }
  const padded = String(step).padStart(5, "0");
  const folder = `${padded}/${encodeURIComponent(tag)}`;
  const at = `${logDir}/${folder}`;
  fs?.mkdirSync(at, { recursive: true });
  const numbers = mat.to("float64").contiguous().dataSync();
  const lines = Array.from({ length: count }, (_, i) => numbers.subarray(i * length, (i + 1) * length).join("\t"));
  write(`${at}/tensors.tsv`, `${lines.join("\n")}\n`);
  const info = [`tensor_name: "${tag.replaceAll('"', '\\"')}:${padded}"`, `tensor_path: "${folder}/tensors.tsv"`];
  if (metadata !== null) {
    const rows = metadataHeader === null ? metadata.map(String) : [metadataHeader, ...metadata].map(columnsOf);
    write(`${at}/metadata.tsv`, `${rows.join("\n")}\n`);
    info.push(`metadata_path: "${folder}/metadata.tsv"`);
  }
  if (labelImg !== null) {
    write(`${at}/sprite.png`, spriteOf(labelImg));
    const [, , height = 0, width = 0] = labelImg.shape;
    info.push(
      `sprite {\n    image_path: "${folder}/sprite.png"\n    single_image_dim: ${width}\n    single_image_dim: ${height}\n  }`,
    );
  }
  return `embeddings {\n${info.map((line) => `  ${line}\n`).join("")}}\n`;
}

function columnsOf(row: unknown): string {
  return Array.isArray(row) ? row.join("\t") : String(row);
}

/** A square picture of all images, row by row. */
function spriteOf(images: Tensor): Uint8Array {
  const [count = 0, channels = 0, height = 0, width = 0] = images.shape;
  if (channels !== 1 && channels !== 3) {
    throw new ShapeError(`[addEmbedding] expected images of 1 or 3 channels, but got ${channels}`);
  }
  const columns = Math.ceil(Math.sqrt(count));
  const side = columns * width;
  const rows = Math.max(side, Math.ceil(count / Math.max(1, columns)) * height);
  const pixels = new Uint8Array(side * rows * 3);
  const source = images.detach().to("float32").contiguous().dataSync();
  const scale = images.dtype === "uint8" ? 1 : 255;
  for (let i = 0; i < count; i++) {
    const [left, top] = [(i % columns) * width, Math.floor(i / columns) * height];
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        for (let c = 0; c < 3; c++) {
          const value = source[((i * channels + (channels === 1 ? 0 : c)) * height + y) * width + x] ?? 0;
          pixels[((top + y) * side + left + x) * 3 + c] = Math.min(255, Math.max(0, value * scale));
        }
      }
    }
  }
  return encodePng(pixels, side, rows, 3);
}

/** Writes the file by which TensorBoard finds the embeddings. */
export function writeProjectorConfig(logDir: string, embeddings: readonly string[]): void {
  write(`${logDir}/projector_config.pbtxt`, embeddings.join(""));
}
