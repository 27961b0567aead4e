/** @file NumPy's .npz: a zip archive of .npy files. */
import { type Zippable, zipSync } from "fflate";
import type { Tensor } from "../tensor/tensor.ts";
import { FormatError, readingAs } from "./format-error.ts";
import { encodeNpy, type NpyOptions, parseNpy } from "./npy.ts";
import type { DecodeOptions, TensorDict } from "./safetensors.ts";
import { unzip } from "./zip.ts";

export interface NpzOptions extends NpyOptions {
  /** Deflate the arrays, as numpy.savez_compressed does. Default false. */
  readonly compress?: boolean | undefined;
}

const SUFFIX = ".npy";

/** The earliest time that a zip archive can hold: the same tensors give the same bytes. */
const TIME = new Date(1980, 0, 1);

/** The bytes of an .npz file with these tensors. Their contents are those at the time of the call. */
export async function encodeNpz(tensors: TensorDict, options: NpzOptions = {}): Promise<Uint8Array> {
  const { compress = false, ...npy } = options;
  const parts = Object.entries(tensors).map(async ([name, tensor]) => [name + SUFFIX, await encodeNpy(tensor, npy)]);
  const files: Zippable = Object.fromEntries(await Promise.all(parts));
  return zipSync(files, { level: compress ? 6 : 0, mtime: TIME });
}

/**
 * The arrays of an .npz file under their names.
 *
 * @throws DataError that says what is wrong with the bytes, or why no tensor can hold an array.
 */
export async function decodeNpz(bytes: Uint8Array, options: DecodeOptions = {}): Promise<TensorDict> {
  return readingAs("decodeNpz", null, () => parseNpz(bytes, options));
}

/** As {@link decodeNpz}. @throws FormatError */
export async function parseNpz(bytes: Uint8Array, options: DecodeOptions = {}): Promise<TensorDict> {
  const files = await unzip(bytes);
  const names = [...files.keys()];
  if (names.some((name) => /(^|\/)data\.pkl$/.test(name))) {
    throw new FormatError("is a file of torch.save, which holds Python objects. Save it from PyTorch as safetensors.");
  }
  const tensors: [string, Tensor][] = [];
  for (const [name, content] of files) {
    if (!name.endsWith(SUFFIX)) throw new FormatError(`holds ${JSON.stringify(name)}, which is no .npy file`);
    try {
      tensors.push([name.slice(0, -SUFFIX.length), parseNpy(content, options)]);
    } catch (error) {
      if (error instanceof FormatError) throw new FormatError(`array ${JSON.stringify(name)} ${error.message}`);
      throw error;
    }
  }
  return Object.fromEntries(tensors);
}
