/** @file NumPy's .npz: a zip archive of .npy files. */
import { type Zippable, zipSync } from "fflate";
import { keyword, required, signature } from "../core/arguments.ts";
import { ValueError } from "../core/errors.ts";
import { bytes } from "../core/file-kinds.ts";
import { aBoolean, aDevice } from "../core/kinds.ts";
import type { BinaryData } from "../platform/binary.ts";
import { MAX_ZIP32_BYTES, MAX_ZIP32_ENTRIES } from "../platform/limits.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { aTensorDict } from "./arguments.ts";
import { STORED, storedTypeOf } from "./dtype-codec.ts";
import { FormatError, quoted, readingAs } from "./format-error.ts";
import { encodeNpy, type NpyOptions, parseNpy } from "./npy.ts";
import type { DecodeOptions, TensorDict } from "./safetensors.ts";
import { type Archive, firstName, openZip } from "./zip.ts";

/** Options of {@link encodeNpz}. */
export interface NpzOptions extends NpyOptions {
  /** Compress the arrays, as numpy.savez_compressed. Default false. */
  readonly compress?: boolean | undefined;
}

const SUFFIX = ".npy";

/** The earliest time that a zip archive can hold: the same tensors give the same bytes. */
const TIME = new Date(1980, 0, 1);

/** Bytes of a name in a zip archive: its length is a 16-bit number. */
const MAX_NAME_BYTES = 0xffff;

/** Bytes of the headers of one entry, besides its name: at most, with an array of many dimensions. */
const ENTRY_BYTES = 1500;

const ENCODE = signature("encodeNpz", {
  tensors: required(aTensorDict),
  int64: keyword(aBoolean, false),
  compress: keyword(aBoolean, false),
});

/**
 * Encodes tensors as the bytes of an .npz file. The contents are those at the time of the call.
 *
 * @throws ValueError for anything but tensors, and for more than an archive without 64-bit fields can hold: 4 GiB, or 65,535
 * arrays.
 * @example
 * const bytes = await io.encodeNpz({ x: tensor([1, 2]), y: tensor([3]) }, { compress: true });
 * await io.decodeNpz(bytes); // { x: tensor([1., 2.]), y: tensor([3.]) }
 */
export async function encodeNpz(tensors: TensorDict, options?: NpzOptions): Promise<Uint8Array>;
export async function encodeNpz(...given: readonly unknown[]): Promise<Uint8Array> {
  const { tensors, compress, int64 } = ENCODE.read(given);
  const names = Object.keys(tensors);
  const wrong = names.find((name) => /\p{Surrogate}/u.test(name) || 3 * name.length > MAX_NAME_BYTES);
  if (wrong !== undefined) {
    throw new ValueError(`[encodeNpz] ${quoted(wrong)} can be no name in a zip archive: too long, or no Unicode`);
  }
  const bytes = Object.values(tensors).map((t) => t.numel() * STORED[storedTypeOf(t.dtype, int64)].bytes);
  const total = names.reduce((sum, name, i) => sum + (bytes[i] as number) + 6 * name.length + ENTRY_BYTES, 0);
  if (total > MAX_ZIP32_BYTES || names.length >= MAX_ZIP32_ENTRIES) {
    throw new ValueError(
      `[encodeNpz] ${names.length} arrays of ${total} bytes do not fit into an .npz file. Save them as .safetensors.`,
    );
  }
  const parts = await Promise.all(
    Object.entries(tensors).map(async ([name, tensor]) => [name + SUFFIX, await encodeNpy(tensor, { int64 })] as const),
  );
  const files: Zippable = Object.fromEntries(parts);
  return zipSync(files, { level: compress ? 6 : 0, mtime: TIME });
}

const DECODE = signature("decodeNpz", { bytes: required(bytes), device: keyword(aDevice, "cpu") });

/**
 * Decodes the arrays of an .npz file, by name.
 *
 * @throws DataError that says what is wrong with the bytes, or why no tensor can hold an array.
 * @example
 * const bytes = await io.encodeNpz({ x: tensor([1, 2]) });
 * (await io.decodeNpz(bytes)).x; // tensor([1., 2.])
 */
export async function decodeNpz(bytes: BinaryData, options?: DecodeOptions): Promise<TensorDict>;
export async function decodeNpz(...given: readonly unknown[]): Promise<TensorDict> {
  const { bytes, device } = DECODE.read(given);
  return readingAs("decodeNpz", null, () => parseNpz(bytes, { device }));
}

/** As {@link decodeNpz}. @throws FormatError */
export async function parseNpz(bytes: Uint8Array, options: DecodeOptions = {}): Promise<TensorDict> {
  const archive = open(bytes);
  if (archive.names.some(isPickle)) throw new FormatError(TORCH);
  const tensors: [string, Tensor][] = [];
  for (const name of archive.names) {
    if (!name.endsWith(SUFFIX)) {
      throw new FormatError(
        `is a zip archive that holds ${quoted(name)}, which is no .npy file: no .npz file of NumPy`,
      );
    }
    const content = await archive.read(name);
    try {
      tensors.push([name.slice(0, -SUFFIX.length), parseNpy(content, options)]);
    } catch (error) {
      if (error instanceof FormatError) throw new FormatError(`array ${quoted(name)} ${error.message}`);
      throw error;
    }
  }
  return Object.fromEntries(tensors);
}

const TORCH = "is a file of torch.save, which holds Python objects. Save it from PyTorch as safetensors.";

function isPickle(name: string): boolean {
  return /(^|\/)data\.pkl$/.test(name);
}

function open(bytes: Uint8Array): Archive {
  try {
    return openZip(bytes);
  } catch (error) {
    // The end is damaged or missing, but the beginning says whose file it is.
    if (error instanceof FormatError && isPickle(firstName(bytes)))
      throw new FormatError(`${TORCH} It ${error.message}`);
    throw error;
  }
}
