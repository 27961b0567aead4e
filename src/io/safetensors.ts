/** @file safetensors: named tensors in one file, as PyTorch and Hugging Face exchange them. */
import type { DType, TypedArray } from "../../kernels/backend.ts";
import { keyword, required, signature } from "../core/arguments.ts";
import type { DeviceChoice } from "../core/device.ts";
import { ValueError } from "../core/errors.ts";
import { bytes } from "../core/file-kinds.ts";
import { aBoolean, aDevice } from "../core/kinds.ts";
import type { BinaryData } from "../platform/binary.ts";
import { fromTypedArray } from "../tensor/from-host.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { aStringMap, aTensorDict } from "./arguments.ts";
import { checkShape, decodeElements, encodeElements, STORED, type StoredType, storedTypeOf } from "./dtype-codec.ts";
import { FormatError, quoted, readingAs } from "./format-error.ts";
import { METADATA, readHeader, type TensorEntry, writeHeader } from "./safetensors-header.ts";

/** Tensors by name. */
export type TensorDict = Record<string, Tensor>;

/** Options of {@link encodeSafetensors}. */
export interface SafetensorsOptions {
  /** Metadata: strings by name. `format: "pt"` is added unless it is given. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  /** Write int32 tensors as int64, PyTorch's default integer dtype. Default false. */
  readonly int64?: boolean | undefined;
}

/** Options of reading tensors. */
export interface DecodeOptions {
  /** Device of the tensors. Default "cpu". */
  readonly device?: DeviceChoice | undefined;
}

/** Contents of a safetensors file. */
export interface Safetensors {
  /** The tensors by name, in the order of the file's header. */
  readonly tensors: TensorDict;
  /** The metadata: strings by name. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** Types with larger elements come first in a file, so that every tensor lies at a multiple of its element. */
const ORDER = Object.keys(STORED) as StoredType[];

const ENCODE = signature("encodeSafetensors", {
  tensors: required(aTensorDict),
  metadata: keyword(aStringMap),
  int64: keyword(aBoolean, false),
});

/**
 * Encodes tensors as the bytes of a safetensors file. The contents are those at the time of the call; the data is laid out as
 * in the reference implementation, by element type and name.
 *
 * @throws ValueError for anything but tensors, for metadata other than strings, and for the name `__metadata__`.
 * @example
 * const bytes = await io.encodeSafetensors({ w: tensor([1, 2]) });
 * io.decodeSafetensors(bytes); // { tensors: { w: tensor([1., 2.]) }, metadata: { format: 'pt' } }
 */
export async function encodeSafetensors(tensors: TensorDict, options?: SafetensorsOptions): Promise<Uint8Array>;
export async function encodeSafetensors(...given: readonly unknown[]): Promise<Uint8Array> {
  const { tensors, metadata, int64 } = ENCODE.read(given);
  const { op } = ENCODE;
  const list = Object.entries(tensors).map(([name, tensor]) => {
    if (name === METADATA)
      throw new ValueError(`[${op}] no tensor can be called ${METADATA}: the format uses that name`);
    checkShape(op, `the tensor ${quoted(name)}`, tensor.shape);
    return { name, shape: tensor.shape, type: storedTypeOf(tensor.dtype, int64), reading: tensor.detach().data() };
  });
  // All reads have begun by now: what happens to the tensors from here on does not matter.
  const parts = await Promise.all(
    list.map(async ({ reading, ...rest }) => ({ ...rest, bytes: encodeElements(await reading, rest.type) })),
  );
  const places = new Map<string, { begin: number; end: number }>();
  let end = 0;
  for (const { name, bytes } of parts.toSorted(inFileOrder)) {
    places.set(name, { begin: end, end: end + bytes.length });
    end += bytes.length;
  }
  const entries = parts.map(({ name, type, shape }): TensorEntry => {
    const { begin, end } = places.get(name) as { begin: number; end: number };
    return { name, type, shape, begin, end };
  });
  const header = writeHeader(op, { entries, metadata: { format: "pt", ...metadata } });
  const file = new Uint8Array(header.length + end);
  file.set(header);
  for (const { name, bytes } of parts) file.set(bytes, header.length + (places.get(name)?.begin ?? 0));
  return file;
}

interface Named {
  readonly name: string;
  readonly type: StoredType;
}

function inFileOrder(a: Named, b: Named): number {
  return ORDER.indexOf(b.type) - ORDER.indexOf(a.type) || (a.name < b.name ? -1 : 1);
}

const DECODE = signature("decodeSafetensors", { bytes: required(bytes), device: keyword(aDevice, "cpu") });

/**
 * Decodes a safetensors file. F64, F32, I32, U8 and BOOL keep their dtype; F16 and BF16 become float32, other integers
 * int32 if they fit.
 *
 * @throws DataError that says what is wrong with the bytes. All sizes are checked before anything is allocated.
 * @example
 * const bytes = await io.encodeSafetensors({ w: tensor([1, 2]) }, { metadata: { epoch: "3" } });
 * io.decodeSafetensors(bytes).metadata.epoch; // 3
 */
export function decodeSafetensors(bytes: BinaryData, options?: DecodeOptions): Safetensors;
export function decodeSafetensors(...given: readonly unknown[]): Safetensors {
  const { bytes, device } = DECODE.read(given);
  const { arrays, metadata } = readingAs("decodeSafetensors", null, () => readSafetensors(bytes));
  return { tensors: toTensors(arrays, device), metadata };
}

/** A tensor of a file, on the host. */
export interface HostArray {
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** A window on the file's bytes, where that is possible. */
  readonly elements: TypedArray;
}

/** The checked contents of a file, of which no tensor has been made yet. @throws FormatError */
export function readSafetensors(bytes: Uint8Array): {
  readonly arrays: ReadonlyMap<string, HostArray>;
  readonly metadata: Readonly<Record<string, string>>;
} {
  const { header, data } = readHeader(bytes);
  const arrays = new Map<string, HostArray>();
  for (const { name, type, shape, begin, end } of header.entries) {
    try {
      const elements = decodeElements(type, data.subarray(begin, end));
      arrays.set(name, { dtype: STORED[type].dtype, shape, elements });
    } catch (error) {
      if (error instanceof FormatError) throw new FormatError(`tensor ${quoted(name)} ${error.message}`);
      throw error;
    }
  }
  return { arrays, metadata: header.metadata };
}

export function toTensor({ dtype, shape, elements }: HostArray, device: DeviceChoice): Tensor {
  return fromTypedArray(dtype, elements, shape, device);
}

export function toTensors(arrays: ReadonlyMap<string, HostArray>, device: DeviceChoice): TensorDict {
  return Object.fromEntries(Array.from(arrays, ([name, array]) => [name, toTensor(array, device)]));
}
