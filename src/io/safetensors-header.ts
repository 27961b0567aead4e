/**
 * @file The header of a safetensors file: JSON, and nothing of it is believed. It is read by a parser of its own, which
 * knows exactly the three levels that a header has, so that deep nesting and repeated keys cannot get in.
 */
import { countElements, STORED, type StoredType } from "./elements.ts";
import { FormatError } from "./format-error.ts";

/** What the header says of a tensor. */
export interface TensorEntry {
  readonly name: string;
  readonly type: StoredType;
  readonly shape: readonly number[];
  /** Where its bytes begin and end, counted from the end of the header. */
  readonly begin: number;
  readonly end: number;
}

export interface Header {
  /** In the order of the header. */
  readonly entries: readonly TensorEntry[];
  readonly metadata: Readonly<Record<string, string>>;
}

export const METADATA = "__metadata__";

/** A header is JSON text of at most this many bytes: the limit of the reference implementation. */
const MAX_HEADER = 100_000_000;

const LENGTH_BYTES = 8;

/**
 * Reads the header at the front of a file, and checks that it describes exactly the bytes that follow.
 *
 * @throws FormatError
 */
export function readHeader(bytes: Uint8Array): { readonly header: Header; readonly data: Uint8Array } {
  if (bytes.length < LENGTH_BYTES) throw new FormatError(`is no safetensors file: it has ${bytes.length} bytes`);
  const length = new DataView(bytes.buffer, bytes.byteOffset, LENGTH_BYTES).getBigUint64(0, true);
  if (length > BigInt(MAX_HEADER)) {
    throw new FormatError(
      `is no safetensors file: it begins with a header length of ${length} bytes, of which ${MAX_HEADER} are allowed`,
    );
  }
  const end = LENGTH_BYTES + Number(length);
  if (end > bytes.length) {
    throw new FormatError(`breaks off: the header should have ${length} bytes, but the file has only ${bytes.length}`);
  }
  const header = new HeaderParser(textOf(bytes.subarray(LENGTH_BYTES, end))).parse();
  const data = bytes.subarray(end);
  checkLayout(header.entries, data.length);
  return { header, data };
}

function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new FormatError("has a header that is not UTF-8 text");
  }
}

/** Every tensor has the bytes that its shape needs, and all of them together cover the data without gap or overlap. */
function checkLayout(entries: readonly TensorEntry[], size: number): void {
  for (const { name, type, shape, begin, end } of entries) {
    const needed = countElements(shape) * STORED[type].bytes;
    if (begin > end || end > size) {
      throw new FormatError(
        `tensor ${quoted(name)} should be at bytes ${begin} to ${end}, but there are ${size} bytes of data`,
      );
    }
    if (end - begin !== needed) {
      throw new FormatError(
        `tensor ${quoted(name)} of type ${type} and shape [${shape.join(", ")}] needs ${needed} bytes, but has ${end - begin}`,
      );
    }
  }
  let covered = 0;
  for (const { name, begin, end } of entries.toSorted((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin < covered) throw new FormatError(`tensor ${quoted(name)} overlaps another one`);
    if (begin > covered) throw new FormatError(`bytes ${covered} to ${begin} of the data belong to no tensor`);
    covered = end;
  }
  if (covered < size) throw new FormatError(`bytes ${covered} to ${size} of the data belong to no tensor`);
}

/** Names come from the file and may be long. */
function quoted(name: string): string {
  return JSON.stringify(name.length > 80 ? `${name.slice(0, 80)}…` : name);
}

/** One pass over the text, without recursion. */
class HeaderParser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  parse(): Header {
    if (this.#text[0] !== "{") throw new FormatError("has a header that does not begin with {");
    const entries: TensorEntry[] = [];
    let metadata: Readonly<Record<string, string>> = {};
    this.#object("the header", (key) => {
      if (key === METADATA) metadata = this.#stringMap();
      else entries.push(this.#entry(key));
    });
    this.#space();
    if (this.#at < this.#text.length) this.#fail("its end");
    return { entries, metadata };
  }

  #entry(name: string): TensorEntry {
    let type: string | undefined;
    let shape: number[] | undefined;
    let offsets: number[] | undefined;
    this.#object(`the entry of ${quoted(name)}`, (key) => {
      if (key === "dtype") type = this.#string();
      else if (key === "shape") shape = this.#integers();
      else if (key === "data_offsets") offsets = this.#integers();
      else throw new FormatError(`the entry of ${quoted(name)} has an unknown field ${quoted(key)}`);
    });
    if (type === undefined || shape === undefined || offsets === undefined) {
      throw new FormatError(`the entry of ${quoted(name)} lacks dtype, shape or data_offsets`);
    }
    if (!Object.hasOwn(STORED, type)) {
      throw new FormatError(
        `tensor ${quoted(name)} is of type ${quoted(type)}, which no dtype fits. Readable: ${Object.keys(STORED).join(", ")}.`,
      );
    }
    const [begin, end] = offsets;
    if (begin === undefined || end === undefined || offsets.length !== 2) {
      throw new FormatError(`the entry of ${quoted(name)} has ${offsets.length} data_offsets instead of 2`);
    }
    return { name, type: type as StoredType, shape, begin, end };
  }

  #stringMap(): Readonly<Record<string, string>> {
    const pairs: [string, string][] = [];
    this.#object(METADATA, (key) => pairs.push([key, this.#string()]));
    return Object.fromEntries(pairs);
  }

  /** `{ "key": … }`, where `value` reads what stands after each key. */
  #object(what: string, value: (key: string) => void): void {
    const seen = new Set<string>();
    this.#expect("{");
    if (this.#accept("}")) return;
    do {
      const key = this.#string();
      if (seen.has(key)) throw new FormatError(`${what} has the key ${quoted(key)} twice`);
      seen.add(key);
      this.#expect(":");
      value(key);
    } while (this.#accept(","));
    this.#expect("}");
  }

  #integers(): number[] {
    const values: number[] = [];
    this.#expect("[");
    if (this.#accept("]")) return values;
    do values.push(this.#integer());
    while (this.#accept(","));
    this.#expect("]");
    return values;
  }

  #integer(): number {
    this.#space();
    const start = this.#at;
    while (isDigit(this.#text.charCodeAt(this.#at))) this.#at++;
    const digits = this.#text.slice(start, Math.min(this.#at, start + 20));
    const value = Number(digits);
    if (digits === "" || (digits.length > 1 && digits[0] === "0")) this.#fail("a whole number", start);
    if (!Number.isSafeInteger(value))
      throw new FormatError(`has a header with the number ${digits}, which is too large`);
    return value;
  }

  #string(): string {
    this.#expect('"');
    const start = this.#at - 1;
    for (;;) {
      const end = this.#text.indexOf('"', this.#at);
      if (end === -1) this.#fail("the end of a string", start);
      this.#at = end + 1;
      let escapes = 0;
      while (this.#text[end - 1 - escapes] === "\\") escapes++;
      if (escapes % 2 === 0) break;
    }
    try {
      return JSON.parse(this.#text.slice(start, this.#at)) as string;
    } catch {
      return this.#fail("a string of JSON", start);
    }
  }

  #space(): void {
    while (" \t\n\r".includes(this.#text[this.#at] ?? "x")) this.#at++;
  }

  #accept(mark: string): boolean {
    this.#space();
    if (this.#text[this.#at] !== mark) return false;
    this.#at++;
    return true;
  }

  #expect(mark: string): void {
    if (!this.#accept(mark)) this.#fail(`"${mark}"`);
  }

  #fail(expected: string, at = this.#at): never {
    const found = this.#text[at] === undefined ? "its end" : quoted(this.#text.slice(at, at + 20));
    throw new FormatError(`has a damaged header: expected ${expected} at position ${at}, but found ${found}`);
  }
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

/** Header bytes: the length, and JSON padded so that the data begins at a multiple of 8. */
export function writeHeader({ entries, metadata }: Header): Uint8Array {
  const fields = entries.map(({ name, type, shape, begin, end }) => {
    const value = { dtype: type, shape, data_offsets: [begin, end] };
    return `${JSON.stringify(name)}:${JSON.stringify(value)}`;
  });
  if (Object.keys(metadata).length > 0) fields.unshift(`"${METADATA}":${JSON.stringify(metadata)}`);
  const text = new TextEncoder().encode(`{${fields.join(",")}}`);
  const bytes = new Uint8Array(LENGTH_BYTES + Math.ceil(text.length / 8) * 8).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(bytes.length - LENGTH_BYTES), true);
  bytes.set(text, LENGTH_BYTES);
  return bytes;
}
