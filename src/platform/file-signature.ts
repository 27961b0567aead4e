/** @file What a file really is, from its first bytes: for the errors of readers that were given another format. */

/** First bytes, as Latin-1, that give away what a file is. */
const SIGNATURES: readonly (readonly [start: RegExp, name: string])[] = [
  [/^version https:\/\/git-lfs/, "a Git LFS pointer instead of the file it stands for (git lfs pull fetches that)"],
  [
    /^(\xef\xbb\xbf)?\s*<(!doctype|html|head|body|\?xml|!--)/i,
    "an HTML or XML page (the answer of a web server, perhaps)",
  ],
  [/^GGUF/, "a GGUF model of llama.cpp"],
  [/^(lmgg|tjgg|algg|fmgg)/, "a GGML model of llama.cpp"],
  [/^\x89HDF\r\n\x1a\n/, "an HDF5 file (of Keras or h5py, perhaps)"],
  [/^\x80[\x02-\x05]/, "a Python pickle (of an old torch.save, perhaps), which holds Python objects"],
  [/^\x93NUMPY/, "a NumPy .npy file"],
  [/^PK(\x03\x04|\x05\x06)/, "a ZIP archive"],
  [/^\x1f\x8b/, "gzip data"],
  [/^\x08[\x01-\x20]\x12[\x01-\x40](pytorch|tf2onnx|onnx|keras2onnx|skl2onnx|sklearn|paddle)/i, "an ONNX model"],
  [/^....TFL3/s, "a TensorFlow Lite model"],
  [/^\x89PNG/, "a PNG image"],
  [/^\xff\xd8\xff/, "a JPEG image"],
  [/^GIF8/, "a GIF image"],
  [/^RIFF....WEBP/s, "a WebP image"],
  [/^RIFF....WAVE/s, "a WAV file"],
  [/^(II\*\0|MM\0\*)/, "a TIFF image"],
  [/^....ftyp/s, "an MP4 video or HEIC image"],
  [/^(OggS|fLaC|ID3)/, "an audio file"],
  [/^%PDF/, "a PDF document"],
  [/^BZh[1-9]1AY&SY/, "bzip2 data"],
  [/^\xfd7zXZ\0/, "xz data"],
  [/^\x28\xb5\x2f\xfd/, "zstd data"],
  [/^\x04\x22M\x18/, "lz4 data"],
  [/^7z\xbc\xaf\x27\x1c/, "a 7z archive"],
  [/^Rar!\x1a\x07/, "a RAR archive"],
  [/^.{257}ustar/s, "a tar archive"],
  [/^PAR1/, "a Parquet file"],
  [/^(ARROW1|FEA1)/, "an Arrow or Feather file"],
  [/^SQLite format 3\0/, "an SQLite database"],
  [/^MATLAB 5\.0 MAT-file/, "a MATLAB .mat file"],
  [/^(\x7fELF|MZ|\0asm)/, "a program"],
  [/^.{5}\0\0\0\{\s*"/s, "a safetensors file"],
  [/^\0\0[\x08\x09\x0b-\x0e][\x01-\x08]\0/, "IDX data, as MNIST has it (readIdx, readImages and readLabels read that)"],
  [/^[\x01-\x08]\x08\0\0/, "little-endian IDX data (IDX is big-endian)"],
  [/^\0{64}/, "nothing but zeros at its beginning (a download that was not finished, perhaps)"],
  [/^(\xef\xbb\xbf)?\s*(\{\s*("|\})|\[\s*[[{"\d\]-])/, "JSON text"],
];

/** Bytes that the longest signature looks at: "ustar" of a tar archive ends at 262. */
const LOOKED_AT = 262;

/** Letters of a beginning that is quoted as text. */
const QUOTED = 40;

/** What a file of a known format is, or what text it begins with; undefined for bytes that nothing is known of. */
export function foreignFormat(bytes: Uint8Array): string | undefined {
  const start = String.fromCharCode(...bytes.subarray(0, LOOKED_AT));
  const known = SIGNATURES.find(([signature]) => signature.test(start));
  if (known !== undefined) return known[1];
  const isText = start.length >= 4 && /^[\t\n\r\x20-\x7e]*$/.test(start);
  return isText ? `text that begins with ${JSON.stringify(start.slice(0, QUOTED))}` : undefined;
}
