/** @file Saving and loading tensors. */
import type { Device } from "../../kernels/backend.ts";
import { keyword, optional, readArgument, required, signature } from "../core/arguments.ts";
import type { DeviceChoice } from "../core/device.ts";
import { ValueError } from "../core/errors.ts";
import { aFileName, aFileSource, type FileName, type FileSource } from "../core/file-kinds.ts";
import { isTensor } from "../core/identity.ts";
import { aBoolean, aDevice, aTensor, either, type Kind, kind, nullable } from "../core/kinds.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { aStringMap } from "./arguments.ts";
import { readingAs } from "./format-error.ts";
import { encodeNpy, isNpy, parseNpy } from "./npy.ts";
import { encodeNpz, parseNpz } from "./npz.ts";
import { type DecodeOptions, encodeSafetensors, readSafetensors, type TensorDict, toTensors } from "./safetensors.ts";
import { isJson, readSharded } from "./sharded.ts";
import { type Contents, read, write } from "./source.ts";
import { isTensorDict, mapTensors, pack, unpack } from "./tree.ts";
import { isZip } from "./zip.ts";

export type { FileName, FileSource } from "../core/file-kinds.ts";

/** Options of {@link save}. */
export interface SaveOptions {
  /** Metadata of a safetensors file: strings by name. Default: none. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  /** Write int32 tensors as int64, the integer dtype of PyTorch and NumPy. Default false. */
  readonly int64?: boolean | undefined;
  /** Compress the arrays of an .npz file. Default false. */
  readonly compress?: boolean | undefined;
}

/** Metadata entry that describes how the tensors were nested. */
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
 * Saves a state dictionary, or tensors, typed arrays, numbers, strings, booleans and null nested in arrays and plain objects.
 * The file name selects the format: `.npz` and `.npy` as NumPy (a dictionary of tensors, one tensor), otherwise safetensors,
 * which PyTorch and Hugging Face read.
 *
 * The contents are those at the time of the call, on every device. The file is replaced atomically: it is never
 * half-written, and if anything fails the old one stays. It keeps its mode and owner; a symbolic link keeps pointing to it,
 * a hard link becomes a file of its own.
 *
 * @throws ValueError that names the path of a value that cannot be saved; DataError if the file cannot be written.
 * @example
 * const model = new nn.Linear(2, 1);
 * await save(model.stateDict(), "model.safetensors");
 * Object.keys(await load("model.safetensors")); // ['weight', 'bias']
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

/** Options of {@link load}. */
export interface LoadOptions extends DecodeOptions {
  /**
   * Where the tensors go, under PyTorch's name: a device, or a function that is called with each tensor and "cpu", where it
   * was read to, and whose result takes its place. Default: the CPU.
   */
  readonly mapLocation?: MapLocation | undefined;
  /** Accepted for programs written for PyTorch: nothing but tensors and plain data is ever read. */
  readonly weightsOnly?: boolean | undefined;
  /** Accepted for programs written for PyTorch: files are read as a whole. */
  readonly mmap?: boolean | null | undefined;
}

/** A device, or a function of a tensor and of where it is. */
export type MapLocation = Device | ((tensor: Tensor, location: Device) => Tensor) | null;

const aMapping = kind<(tensor: Tensor, location: Device) => Tensor>("a function", (f) => typeof f === "function");

const LOAD = signature("load", {
  file: required(aFileSource),
  mapLocation: optional(nullable(either(aDevice, aMapping, '"cpu", "gpu" or a function')), null),
  device: keyword(aDevice, "cpu"),
  weightsOnly: keyword(aBoolean, true),
  mmap: keyword(nullable(aBoolean), null),
});

/**
 * Loads what {@link save} wrote, or a file of PyTorch, Hugging Face or NumPy: safetensors gives the state dictionary or nested
 * value that was saved, `.npz` a dictionary of tensors, `.npy` one tensor, the `model.safetensors.index.json` of a sharded
 * model the tensors of all its files. The format is recognized by the contents, not by the name.
 *
 * Of PyTorch's options, `mapLocation` may stand in its place: `load(file, "gpu")`.
 *
 * @typeParam T - Expected contents. Not checked; `loadStateDict` checks what it is given.
 * @param file - A path, a URL, bytes, or a Blob, File or Response.
 * @throws DataError that says what is wrong with the file. Everything is checked before any tensor is created.
 * @example
 * await save({ w: tensor([1, 2.5]), epoch: 3 }, "state.safetensors");
 * await load("state.safetensors"); // { w: tensor([1.0000, 2.5000]), epoch: 3 }
 */
export async function load<T extends object = TensorDict>(file: FileSource, options?: LoadOptions): Promise<T>;
export async function load<T extends object = TensorDict>(
  file: FileSource,
  mapLocation: MapLocation,
  options?: Omit<LoadOptions, "mapLocation">,
): Promise<T>;
export async function load(...given: readonly unknown[]): Promise<unknown> {
  const { file, mapLocation, device } = LOAD.read(given);
  const mapped = typeof mapLocation === "function" ? mapLocation : null;
  const place = mapped !== null ? "cpu" : ((mapLocation as Device | null) ?? device);
  const contents = await read("load", file);
  const value = await readingAs("load", contents.name, () => decode(contents, place, typeof file === "string"));
  return mapped === null
    ? value
    : mapTensors(value, (t) => readArgument("load", "mapLocation", aTensor, mapped(t, "cpu")));
}

async function decode({ name, bytes }: Contents, device: DeviceChoice, hasNeighbours: boolean): Promise<unknown> {
  if (isNpy(bytes)) return parseNpy(bytes, { device });
  if (isZip(bytes)) return parseNpz(bytes, { device });
  if (isJson(bytes)) return toTensors(await readSharded("load", { name, bytes }, hasNeighbours), device);
  const { arrays, metadata } = readSafetensors(bytes);
  const structure = metadata[STRUCTURE];
  return structure === undefined ? toTensors(arrays, device) : unpack(structure, arrays, device);
}
