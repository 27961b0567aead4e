/** @file PNG files of bytes of pixels. */
import { zlib } from "./builtin.ts";

/** Types of PNG by the number of channels: grey, grey with alpha, RGB, RGBA. */
const COLOR_TYPES: Readonly<Record<number, number>> = { 1: 0, 2: 4, 3: 2, 4: 6 };

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

function chunk(type: string, data: Uint8Array, checksum: (bytes: Uint8Array) => number): Uint8Array {
  const bytes = new Uint8Array(data.length + 12);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  for (let i = 0; i < 4; i++) bytes[4 + i] = type.charCodeAt(i);
  bytes.set(data, 8);
  view.setUint32(8 + data.length, checksum(bytes.subarray(4, 8 + data.length)));
  return bytes;
}

/** A PNG of pixels row by row, each with its channels. @throws Error where there is no zlib. */
export function encodePng(pixels: Uint8Array, width: number, height: number, channels: number): Uint8Array {
  if (zlib === undefined) throw new Error("images cannot be compressed here");
  const { crc32, deflateSync } = zlib;
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header[8] = 8;
  header[9] = COLOR_TYPES[channels] ?? 0;
  // Each row begins with its filter, 0 for none.
  const stride = width * channels;
  const rows = new Uint8Array(height * (stride + 1));
  for (let y = 0; y < height; y++) rows.set(pixels.subarray(y * stride, (y + 1) * stride), y * (stride + 1) + 1);
  const parts = [
    Uint8Array.from(SIGNATURE),
    chunk("IHDR", header, crc32),
    chunk("IDAT", deflateSync(rows), crc32),
    chunk("IEND", new Uint8Array(), crc32),
  ];
  const file = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    file.set(part, at);
    at += part.length;
  }
  return file;
}
