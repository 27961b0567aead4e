/** @file Tensors to files and back. */

import { keyword, required, signature } from "../core/arguments.ts";
import type { DeviceChoice } from "../core/device.ts";
import { ValueError } from "../core/errors.ts";
import { aFileName, aFileSource, type FileName, type FileSource } from "../core/file-kinds.ts";
import { isTensor } from "../core/identity.ts";
import { aBoolean, aDevice, type Kind, kind } from "../core/kinds.ts";
import { aStringMap } from "./arguments.ts";
import { readingAs } from "./format-error.ts";
import { encodeNpy, isNpy, parseNpy } from "./npy.ts";
import { encodeNpz, parseNpz } from "./npz.ts";
import { type DecodeOptions, encodeSafetensors, readSafetensors, type TensorDict, toTensors } from "./safetensors.ts";
import { isJson, readSharded } from "./sharded.ts";
import { type Contents, read, write } from "./source.ts";
import { isTensorDict, pack, unpack } from "./tree.ts";
import { isZip } from "./zip.ts";

export type { FileName, FileSource } from "../core/file-kinds.ts";

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

const aState: Kind<object> = kind(
  "an object made of tensors, such as a state dictionary",
  (value) => typeof value === "object" && value !== null,
  (value) => (typeof value === "string" ? "What is written comes first: save(value, file)." : undefined),
);

const SAVE = signature("save", {
  value: required(aState),
  file: required(aFileName),
  metadata: keyword(aStringMap),
  int64: keyword(aBoolean, false),
  compress: keyword(aBoolean, false),
});

/**
 * Writes a state dictionary, or anything made of tensors, typed arrays, numbers, text, booleans and null in arrays and
 * plain objects, such as a dictionary of several state dictionaries. The file's name says how: `.npz` and `.npy` as NumPy
 * does (a dictionary of tensors, one tensor), everything else as safetensors, which PyTorch and Hugging Face read.
 *
 * The contents are those at the time of the call, also on a device that is read asynchronously. An older file of that
 * name is replaced in one step: it is never half-written, and if anything fails it stays as it was. It keeps its mode and
 * owner; a symbolic link still leads to the file, and a hard link becomes a file of its own.
 *
 * @throws ValueError that names the place of what cannot be saved; DataError if the file cannot be written, or if what is
 * there under its name is a folder, a device or a pipe.
 * @example
 * await save(model.stateDict(), "model.safetensors");
 * await save({ model: model.stateDict(), optimizer: optimizer.stateDict(), epoch }, "checkpoint.safetensors");
 */
export async function save(value: object, file: FileName, options?: SaveOptions): Promise<void>;
export async function save(...given: readonly unknown[]): Promise<void> {
  const { value, file, ...options } = SAVE.read(given);
  // Encoding begins at once, before anything is waited for.
  await write("save", file, encode(file, value, options));
}

function encode(path: string, value: object, options: SaveOptions): Promise<Uint8Array> {
  const { metadata = {}, int64, compress } = options;
  if (Object.hasOwn(metadata, STRUCTURE)) {
    throw new ValueError(`[save] metadata cannot have the name "${STRUCTURE}": load finds there how values are nested`);
  }
  const extension = /\.(\w+)$/.exec(path)?.[1]?.toLowerCase();
  if (extension === "pt" || extension === "pth") {
    throw new ValueError(
      `[save] .${extension} files hold Python objects. Name the file .safetensors, which PyTorch reads with the package safetensors.`,
    );
  }
  if (extension === "npy" || extension === "npz") {
    if (Object.keys(metadata).length > 0) {
      throw new ValueError(`[save] a .${extension} file has no place for metadata. Name the file .safetensors.`);
    }
  }
  if (compress === true && extension !== "npz") {
    throw new ValueError("[save] only .npz files are compressed. Name the file .npz, or leave out compress.");
  }
  if (extension === "npy") {
    if (isTensor(value)) return encodeNpy(value, { int64 });
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

const LOAD = signature("load", { file: required(aFileSource), device: keyword(aDevice, "cpu") });

/**
 * Reads what {@link save} wrote, or a file of PyTorch, Hugging Face or NumPy: safetensors gives the state dictionary that
 * was saved, or the value it was nested in; `.npz` a dictionary of tensors; `.npy` one tensor; the
 * `model.safetensors.index.json` of a sharded model the tensors of all its files. What it is, the file's contents tell,
 * not its name.
 *
 * @typeParam T - What the file is expected to hold. Nothing checks that; `loadStateDict` checks what it is given.
 * @param file - A path, an address, bytes, or a Blob, File or Response.
 * @throws DataError that says what is wrong with the file, or what it is instead. Everything is checked before any tensor
 * is made.
 * @example model.loadStateDict(await load("model.safetensors"));
 */
export async function load<T extends object = TensorDict>(file: FileSource, options?: DecodeOptions): Promise<T>;
export async function load(...given: readonly unknown[]): Promise<unknown> {
  const { file, device } = LOAD.read(given);
  const contents = await read("load", file);
  return readingAs("load", contents.name, () => decode(contents, device, typeof file === "string"));
}

async function decode({ name, bytes }: Contents, device: DeviceChoice, hasNeighbours: boolean): Promise<unknown> {
  if (isNpy(bytes)) return parseNpy(bytes, { device });
  if (isZip(bytes)) return parseNpz(bytes, { device });
  if (isJson(bytes)) return toTensors(await readSharded("load", { name, bytes }, hasNeighbours), device);
  const { arrays, metadata } = readSafetensors(bytes);
  const structure = metadata[STRUCTURE];
  return structure === undefined ? toTensors(arrays, device) : unpack(structure, arrays, device);
}
