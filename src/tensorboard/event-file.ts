/** @file Event files: records with their length and masked checksums, as TensorFlow frames them. */
import { type AppendFile, hostAndProcess, later, onExit, openForAppend } from "../platform/append-file.ts";
import { requirePackage } from "../platform/packages.ts";
import { type Encode, type Message, messageEncoder, missingPackage } from "./messages.ts";

/** CRC-32C of bytes. */
type Checksum = (bytes: Uint8Array) => number;

/** Added after a rotation by 15 bits, so that a checksum of data that holds checksums is no special value. */
const MASK_DELTA = 0xa282ead8;

/** A checksum as records hold it. */
export function maskChecksum(crc: number): number {
  return (((crc >>> 15) | (crc << 17)) + MASK_DELTA) >>> 0;
}

/** A record: length (8 bytes) and its checksum, data and its checksum, little-endian. */
export function frameRecord(data: Uint8Array, checksum: Checksum): Uint8Array {
  const record = new Uint8Array(data.length + 16);
  const view = new DataView(record.buffer);
  view.setUint32(0, data.length, true);
  view.setUint32(8, maskChecksum(checksum(record.subarray(0, 8))), true);
  record.set(data, 12);
  view.setUint32(12 + data.length, maskChecksum(checksum(data)), true);
  return record;
}

let checksum: Checksum | undefined;

function loadChecksum(): Checksum {
  const library = requirePackage("@chainsafe/fast-crc32c") as { calculate: Checksum } | undefined;
  if (library === undefined) throw missingPackage("@chainsafe/fast-crc32c");
  return library.calculate;
}

/** Numbers the files that a process begins within one second. */
let files = 0;

/** How an event file buffers. */
export interface EventFileOptions {
  /** Events that wait at most before they are written. */
  readonly maxQueue: number;
  /** Seconds that an event waits at most. */
  readonly flushSecs: number;
  readonly filenameSuffix: string;
}

/** A file of events. Events wait in memory, and are written together. */
export class EventFile {
  readonly #encode: Encode = messageEncoder();
  readonly #checksum: Checksum;
  readonly #file: AppendFile;
  readonly #maxQueue: number;
  readonly #flushMs: number;
  readonly #forget: () => void;
  #queue: Uint8Array[] = [];
  #timer: { cancel(): void } | null = null;
  #isClosed = false;

  constructor(folder: string, { maxQueue, flushSecs, filenameSuffix }: EventFileOptions) {
    checksum ??= loadChecksum();
    this.#checksum = checksum;
    this.#maxQueue = maxQueue;
    this.#flushMs = flushSecs * 1e3;
    const seconds = Date.now() / 1e3;
    const { host, pid } = hostAndProcess();
    const number = String(Math.floor(seconds)).padStart(10, "0");
    this.#file = openForAppend(folder, `events.out.tfevents.${number}.${host}.${pid}.${files++}${filenameSuffix}`);
    this.#forget = onExit(() => this.flush());
    this.add({ wallTime: seconds, fileVersion: "brain.Event:2" });
    this.flush();
  }

  get path(): string {
    return this.#file.path;
  }

  /** The bytes of a message inside of others. */
  encode(name: string, message: Message): Uint8Array {
    return this.#encode(name, message);
  }

  add(event: Message): void {
    this.#queue.push(frameRecord(this.#encode("Event", event), this.#checksum));
    if (this.#queue.length >= this.#maxQueue) this.flush();
    else this.#timer ??= later(() => this.flush(), this.#flushMs);
  }

  /** Writes what waits. */
  flush(): void {
    this.#timer?.cancel();
    this.#timer = null;
    if (this.#isClosed || this.#queue.length === 0) return;
    const bytes = new Uint8Array(this.#queue.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const record of this.#queue) {
      bytes.set(record, at);
      at += record.length;
    }
    this.#queue = [];
    this.#file.append(bytes);
  }

  close(): void {
    if (this.#isClosed) return;
    this.flush();
    this.#isClosed = true;
    this.#forget();
    this.#file.close();
  }
}
