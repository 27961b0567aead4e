/** @file Numbers as text, by which results are compared bit for bit. */
import type { Tensor } from "../../src/entry/index.ts";

/** Dtype, shape and bits of a tensor. NaNs are all the same. */
export function bitsOf(t: Tensor | null): string {
  if (t === null) return "null";
  const data = t.detach().contiguous().dataSync();
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return `${t.dtype}[${t.shape.join()}] ${Buffer.from(bytes).toString("hex")}`;
}
