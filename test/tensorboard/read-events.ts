/**
 * @file A reader of event files that shares nothing with the writer: records and their checksums by the published format,
 * messages by the wire format of Protocol Buffers.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** CRC-32C bit by bit: polynomial 0x1EDC6F41, reflected. */
export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  return ~crc >>> 0;
}

function masked(crc: number): number {
  const rotated = ((BigInt(crc) >> 15n) | (BigInt(crc) << 17n)) & 0xffffffffn;
  return Number((rotated + 0xa282ead8n) & 0xffffffffn);
}

/** The complete records of a file that may still be written. Throws for a wrong checksum. */
export function readRecords(file: Uint8Array): Uint8Array[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const records: Uint8Array[] = [];
  for (let at = 0; at + 12 <= file.length; ) {
    const length = Number(view.getBigUint64(at, true));
    if (view.getUint32(at + 8, true) !== masked(crc32c(file.subarray(at, at + 8))))
      throw new Error("length is damaged");
    if (at + 16 + length > file.length) break;
    const data = file.subarray(at + 12, at + 12 + length);
    if (view.getUint32(at + 12 + length, true) !== masked(crc32c(data))) throw new Error("data is damaged");
    records.push(data);
    at += 16 + length;
  }
  return records;
}

/** The fields of a message by number: integers as bigints, fixed-size values and nested messages as bytes. */
export type Fields = Readonly<Record<number, readonly (bigint | Uint8Array)[]>>;

export function readMessage(bytes: Uint8Array): Fields {
  const fields: Record<number, (bigint | Uint8Array)[]> = {};
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++] as number;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < bytes.length) {
    const key = Number(varint());
    const wire = key & 7;
    const length = wire === 1 ? 8 : wire === 5 ? 4 : wire === 2 ? Number(varint()) : 0;
    const value = wire === 0 ? varint() : bytes.subarray(at, at + length);
    at += length;
    fields[key >> 3] ??= [];
    fields[key >> 3]?.push(value);
  }
  return fields;
}

const view = (bytes: bigint | Uint8Array | undefined): DataView => {
  const data = bytes as Uint8Array;
  return new DataView(data.buffer, data.byteOffset, data.byteLength);
};
export const asDouble = (bytes: bigint | Uint8Array | undefined): number => view(bytes).getFloat64(0, true);
export const asFloat = (bytes: bigint | Uint8Array | undefined): number => view(bytes).getFloat32(0, true);
export const asText = (bytes: bigint | Uint8Array | undefined): string => new TextDecoder().decode(bytes as Uint8Array);
export const asDoubles = (bytes: bigint | Uint8Array | undefined): number[] =>
  Array.from({ length: view(bytes).byteLength / 8 }, (_, i) => view(bytes).getFloat64(8 * i, true));
export const asMessage = (bytes: bigint | Uint8Array | undefined): Fields => readMessage(bytes as Uint8Array);

/** The events of the files in a folder. */
export function readEvents(folder: string): Fields[] {
  const names = readdirSync(folder).filter((name) => name.startsWith("events.out.tfevents."));
  return names.sort().flatMap((name) => readRecords(readFileSync(join(folder, name))).map(readMessage));
}

/** The values of all summaries, with their step. */
export function readValues(folder: string): { step: number; tag: string; value: Fields }[] {
  return readEvents(folder).flatMap((event) =>
    (event[5] ?? []).flatMap((summary) =>
      (asMessage(summary)[1] ?? []).map((bytes) => {
        const value = asMessage(bytes);
        return { step: Number(event[2]?.[0] ?? 0n), tag: asText(value[1]?.[0]), value };
      }),
    ),
  );
}
