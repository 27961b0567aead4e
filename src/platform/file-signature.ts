/** @file File format detection from the first bytes, for error messages about a wrong format. */

type Signature = readonly [bytes: string, name: string, at?: number];

/** What every IDX file of so many bytes an element begins with. */
const idx = (type: string): Signature[] =>
  Array.from("\x01\x02\x03\x04", (rank) => [
    `\0\0${type}${rank}\0`,
    "IDX data, as MNIST has it (readIdx, readImages and readLabels read that)",
  ]);

/** Bytes that give away what a file is, as Latin-1, and where they are if not at its beginning. */
const SIGNATURES: readonly Signature[] = [
  ["version https://git-lfs", "a Git LFS pointer instead of the file it stands for (git lfs pull fetches that)"],
  ["GGUF", "a GGUF model of llama.cpp"],
  ["lmgg", "a GGML model of llama.cpp"],
  ["tjgg", "a GGML model of llama.cpp"],
  ["\x89HDF\r\n\x1a\n", "an HDF5 file (of Keras or h5py, perhaps)"],
  ...Array.from("\x02\x03\x04\x05", (protocol): Signature => {
    return [`\x80${protocol}`, "a Python pickle (of an old torch.save, perhaps), which holds Python objects"];
  }),
  ["\x93NUMPY", "a NumPy .npy file"],
  ["PK\x03\x04", "a ZIP archive"],
  ["PK\x05\x06", "a ZIP archive"],
  ["\x1f\x8b", "gzip data"],
  ["TFL3", "a TensorFlow Lite model", 4],
  ["\x89PNG", "a PNG image"],
  ["\xff\xd8\xff", "a JPEG image"],
  ["GIF8", "a GIF image"],
  ["WEBP", "a WebP image", 8],
  ["WAVE", "a WAV file", 8],
  ["II*\0", "a TIFF image"],
  ["MM\0*", "a TIFF image"],
  ["ftyp", "an MP4 video or HEIC image", 4],
  ["OggS", "an Ogg file"],
  ["fLaC", "a FLAC file"],
  ["ID3", "an MP3 file"],
  ["%PDF", "a PDF document"],
  ["BZh", "bzip2 data"],
  ["\xfd7zXZ", "xz data"],
  ["\x28\xb5\x2f\xfd", "zstd data"],
  ["\x04\x22M\x18", "lz4 data"],
  ["7z\xbc\xaf\x27\x1c", "a 7z archive"],
  ["Rar!\x1a\x07", "a RAR archive"],
  ["ustar", "a tar archive", 257],
  ["PAR1", "a Parquet file"],
  ["ARROW1", "an Arrow file"],
  ["FEA1", "a Feather file"],
  ["SQLite format 3\0", "an SQLite database"],
  ["MATLAB 5.0 MAT-file", "a MATLAB .mat file"],
  ["\x7fELF", "a program"],
  ["MZ", "a program"],
  ["\0asm", "a WebAssembly program"],
  ['\0\0\0{"', "a safetensors file", 5],
  ...Array.from("\x08\x09\x0b\x0c\x0d\x0e", idx).flat(),
  ...Array.from("\x01\x02\x03\x04", (rank): Signature => {
    return [`${rank}\x08\0\0`, "little-endian data (IDX is big-endian)"];
  }),
  ["\0".repeat(64), "nothing but zeros at its beginning (a download that was not finished, perhaps)"],
];

/** An ONNX model is a protocol buffer: its version, then its producer by name. */
const ONNX: readonly string[] = ["pytorch", "tf2onnx", "onnx", "keras2onnx", "skl2onnx", "paddle", "tapegrad"];

const MARKUP = /^(\xef\xbb\xbf)?\s*<(!doctype|html|head|body|\?xml|!--)/i;

export const JSON_TEXT = "JSON text";
const JSON_START = /^(\xef\xbb\xbf)?\s*(\{\s*["}]|\[\s*[[{"\d\]-])/;

/** Bytes that are looked at: "ustar" of a tar archive ends at 262. */
const LOOKED_AT = 262;

/** Letters of a beginning that is quoted as text. */
const QUOTED = 40;

/** What a file of a known format is, or what text it begins with; undefined for bytes that nothing is known of. */
export function foreignFormat(bytes: Uint8Array): string | undefined {
  const start = String.fromCharCode(...bytes.subarray(0, LOOKED_AT));
  const known = SIGNATURES.find(([signature, , at = 0]) => start.startsWith(signature, at));
  if (known !== undefined) return known[1];
  if (MARKUP.test(start)) return "an HTML or XML page (the answer of a web server, perhaps)";
  if (start[0] === "\x08" && start[2] === "\x12" && ONNX.some((name) => start.startsWith(name, 4))) {
    return "an ONNX model";
  }
  if (JSON_START.test(start)) return JSON_TEXT;
  const isText = start.length >= 4 && /^[\t\n\r\x20-\x7e]*$/.test(start);
  return isText ? `text that begins with ${JSON.stringify(start.slice(0, QUOTED))}` : undefined;
}
