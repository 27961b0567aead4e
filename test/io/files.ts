/** @file Files made by hand for the tests of src/io: headers with what nobody should believe. */
import type { Tensor } from "../../src/entry/index.ts";
import { type Contents, fileBytes } from "../golden/io.ts";

export { fileBytes };

/** A safetensors file with this header, whatever it says, and data. */
export function rawSafetensors(header: unknown, data: ArrayLike<number> = [], claimed?: bigint): Uint8Array {
  const text = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + text.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, claimed ?? BigInt(text.length), true);
  bytes.set(text, 8);
  bytes.set(Array.from(data), 8 + text.length);
  return bytes;
}

/** An entry of a header. */
export function entry(dtype: unknown, shape: unknown, ...offsets: number[]): object {
  return { dtype, shape, data_offsets: offsets };
}

/** A .npy file of version 1.0 with this header and data. */
export function rawNpy(header: string, data: ArrayLike<number> = [], length = header.length): Uint8Array {
  const bytes = new Uint8Array(10 + header.length + data.length);
  bytes.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, length & 255, length >> 8]);
  bytes.set(new TextEncoder().encode(header), 10);
  bytes.set(Array.from(data), 10 + header.length);
  return bytes;
}

/** Shape and elements, as the goldens have them. */
export function contentsOf(t: Tensor): Contents {
  const encoded = Array.from(t.dataSync(), (x) =>
    Number.isNaN(x) ? "nan" : Number.isFinite(x) ? x : x > 0 ? "inf" : "-inf",
  );
  return { shape: [...t.shape], values: encoded as Contents["values"] };
}

/** The same bytes with one of them changed. */
export function withByte(bytes: Uint8Array, at: number, value: number): Uint8Array {
  return bytes.with(at < 0 ? bytes.length + at : at, value);
}
