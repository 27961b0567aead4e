/** @file Tensors to files and back. */
import type { Device } from "../../kernels/backend.ts";
import { isAddress, readFile, toPath, writeFileWhole } from "../platform/files.ts";
import { DataError, ValueError } from "../tensor/errors.ts";
import { withDefaults } from "../tensor/options.ts";
import { Tensor } from "../tensor/tensor.ts";
import { FormatError, readingAs } from "./format-error.ts";
import { encodeNpy, isNpy, parseNpy } from "./npy.ts";
import { encodeNpz, parseNpz } from "./npz.ts";
import { type DecodeOptions, encodeSafetensors, readSafetensors, type TensorDict, toTensors } from "./safetensors.ts";
import { isTensorDict, pack, unpack } from "./structure.ts";
import { isZip } from "./zip.ts";

/** A path, or the URL of a file; for reading, also an address on the web. */
export type FileName = string | { readonly href: string };

export interface SaveOptions {
  /** safetensors: text under names of your own, which the file carries along. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  /** Write int32 tensors as 64-bit integers, PyTorch's and NumPy's own. Default false. */
  readonly int64?: boolean | undefined;
  /** .npz: deflate the arrays. Default false. */
  readonly compress?: boolean | undefined;
}

/** Under this name of the metadata stands how the tensors were nested. */
export const STRUCTURE = "tapegrad";

/**
 * Writes a state dictionary, or anything made of tensors, typed arrays, numbers, text, booleans and null in arrays and
 * plain objects, such as a dictionary of several state dictionaries. The file's name says how: `.npz` and `.npy` as NumPy
 * does (a dictionary of tensors, one tensor), everything else as safetensors, which PyTorch and Hugging Face read.
 *
 * The contents are those at the time of the call, also on a device that is read asynchronously. An older file of that
 * name is replaced in one step: it is never half-written, and if anything fails it stays as it was.
 *
 * @throws ValueError that names the place of what cannot be saved; DataError if the file cannot be written.
 * @example
 * await save(model.stateDict(), "model.safetensors");
 * await save({ model: model.stateDict(), optimizer: optimizer.stateDict(), epoch }, "checkpoint.safetensors");
 */
export async function save(value: object, file: FileName, options: SaveOptions = {}): Promise<void> {
  const path = toPath(file);
  const defaults = { metadata: {} as Readonly<Record<string, string>>, int64: false, compress: false };
  // Encoding begins at once, before anything is waited for.
  await write("save", path, encode(path, value, withDefaults("save", defaults, options)));
}

/** Writes a file when its bytes are there. */
export async function write(op: string, path: string, encoding: Promise<Uint8Array>): Promise<void> {
  const bytes = await encoding;
  try {
    if (isAddress(path)) throw new Error("only files on disk can be written");
    await writeFileWhole(path, bytes);
  } catch (error) {
    throw new DataError(`[${op}] cannot write ${path}: ${reasonOf(error)}`, { cause: error });
  }
}

function encode(path: string, value: object, options: Required<SaveOptions>): Promise<Uint8Array> {
  const { metadata = {}, int64, compress } = options;
  const extension = /\.(\w+)$/.exec(path)?.[1]?.toLowerCase();
  if (extension === "pt" || extension === "pth") {
    throw new ValueError(
      `[save] .${extension} files hold Python objects. Name the file .safetensors, which PyTorch reads with the package safetensors.`,
    );
  }
  if (extension === "npy") {
    if (value instanceof Tensor) return encodeNpy(value, { int64 });
    throw new ValueError("[save] a .npy file holds one Tensor. Name the file .npz for a dictionary of them.");
  }
  if (extension === "npz") {
    if (isTensorDict(value)) return encodeNpz(value, { int64, compress });
    throw new ValueError(
      "[save] an .npz file holds a dictionary of Tensors and nothing else. Name the file .safetensors.",
    );
  }
  if (isTensorDict(value)) return encodeSafetensors(value, { metadata, int64 });
  const { tensors, structure } = pack("save", value);
  return encodeSafetensors(tensors, { metadata: { ...metadata, [STRUCTURE]: structure }, int64 });
}

/**
 * Reads what {@link save} wrote, or a file of PyTorch, Hugging Face or NumPy: safetensors gives the state dictionary that
 * was saved, or the value it was nested in; `.npz` a dictionary of tensors; `.npy` one tensor. What it is, the file's
 * contents tell, not its name.
 *
 * @typeParam T - What the file is expected to hold. Nothing checks that; `loadStateDict` checks what it is given.
 * @throws DataError that says what is wrong with the file. Everything is checked before any tensor is made.
 * @example model.loadStateDict(await load("model.safetensors"));
 */
export async function load<T extends object = TensorDict>(file: FileName, options: DecodeOptions = {}): Promise<T> {
  const path = toPath(file);
  const { device } = withDefaults("load", { device: "cpu" as Device }, options);
  const bytes = await read("load", path);
  return (await readingAs("load", path, () => decode(bytes, device))) as T;
}

/** The bytes of a file that must be there. */
export async function read(op: string, path: string): Promise<Uint8Array> {
  let bytes: Uint8Array | null;
  try {
    bytes = await readFile(path);
  } catch (error) {
    throw new DataError(`[${op}] cannot read ${path}: ${reasonOf(error)}`, { cause: error });
  }
  if (bytes !== null) return bytes;
  throw new DataError(`[${op}] ${path}: there is no such file. Check the name and the folder it is relative to.`);
}

async function decode(bytes: Uint8Array, device: Device): Promise<unknown> {
  if (isNpy(bytes)) return parseNpy(bytes, { device });
  if (isZip(bytes)) return parseNpz(bytes, { device });
  if (bytes[0] === 0x80 && bytes[1] === 2) {
    throw new FormatError("is a file of an old torch.save, which holds Python objects. Save it as safetensors.");
  }
  const { arrays, metadata } = readSafetensors(bytes);
  const structure = metadata[STRUCTURE];
  return structure === undefined ? toTensors(arrays, device) : unpack(structure, arrays, device);
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
