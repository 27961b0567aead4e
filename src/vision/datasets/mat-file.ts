/**
 * @file Arrays of MATLAB's files of level 5, as far as datasets of images need them: numbers, compressed or not.
 * Format: "MAT-File Level 5 File Format", MathWorks.
 */
import { unzlibSync } from "fflate";

/** A variable of a file: numbers in column-major order. */
export interface MatArray {
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
}

const HEADER_BYTES = 128;
const MATRIX = 14;
const COMPRESSED = 15;
/** Classes of arrays that hold numbers: from double (6) to uint32 (13). */
const FIRST_NUMERIC = 6;
const LAST_NUMERIC = 13;

/** Numbers of an element of each type that holds some. */
const READERS: Readonly<
  Record<number, readonly [bytes: number, read: (view: DataView, at: number, little: boolean) => number]>
> = {
  1: [1, (view, at) => view.getInt8(at)],
  2: [1, (view, at) => view.getUint8(at)],
  3: [2, (view, at, little) => view.getInt16(at, little)],
  4: [2, (view, at, little) => view.getUint16(at, little)],
  5: [4, (view, at, little) => view.getInt32(at, little)],
  6: [4, (view, at, little) => view.getUint32(at, little)],
  7: [4, (view, at, little) => view.getFloat32(at, little)],
  9: [8, (view, at, little) => view.getFloat64(at, little)],
};

/** The part of a file that a tag introduces. */
interface Element {
  readonly type: number;
  readonly bytes: Uint8Array;
  /** Where the next one begins. */
  readonly next: number;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function elementAt(bytes: Uint8Array, at: number, little: boolean): Element {
  if (at + 8 > bytes.length) throw new Error("it ends within a tag");
  const view = viewOf(bytes);
  const word = view.getUint32(at, little);
  // Up to four bytes stand in the tag itself, their number in its upper half.
  const small = word >>> 16;
  if (small > 0) {
    if (small > 4) throw new Error("it has a small element of more than four bytes");
    return { type: word & 0xffff, bytes: bytes.subarray(at + 4, at + 4 + small), next: at + 8 };
  }
  const size = view.getUint32(at + 4, little);
  const end = at + 8 + size;
  if (end > bytes.length) throw new Error("it ends within an element");
  return {
    type: word,
    bytes: bytes.subarray(at + 8, end),
    next: word === COMPRESSED ? end : at + 8 + Math.ceil(size / 8) * 8,
  };
}

function numbersOf({ type, bytes }: Element, little: boolean): ArrayLike<number> {
  if (type === 2) return bytes;
  const reader = READERS[type];
  if (reader === undefined) throw new Error(`it has numbers of the type ${type}, which cannot be read`);
  const [size, read] = reader;
  const view = viewOf(bytes);
  return Array.from({ length: Math.floor(bytes.length / size) }, (_, i) => read(view, i * size, little));
}

/** The name of a matrix and its numbers; null for what holds none. */
function matrixOf(bytes: Uint8Array, little: boolean): [name: string, array: MatArray] | null {
  const flags = elementAt(bytes, 0, little);
  const kind = viewOf(flags.bytes).getUint32(0, little) & 0xff;
  if (kind < FIRST_NUMERIC || kind > LAST_NUMERIC) return null;
  const dimensions = elementAt(bytes, flags.next, little);
  const name = elementAt(bytes, dimensions.next, little);
  const shape = Array.from(numbersOf(dimensions, little));
  const data = numbersOf(elementAt(bytes, name.next, little), little);
  const count = shape.reduce((a, b) => a * b, 1);
  if (data.length !== count) throw new Error(`it has ${data.length} numbers for a matrix of ${shape.join("x")}`);
  return [new TextDecoder().decode(name.bytes), { shape, data }];
}

/** The variables of a file that are arrays of numbers. @throws Error, whose message completes a sentence about the file */
export function readMat(bytes: Uint8Array): Map<string, MatArray> {
  if (bytes.length < HEADER_BYTES) throw new Error("it is no MATLAB file of level 5: it is too short");
  const order = String.fromCharCode(bytes[126] as number, bytes[127] as number);
  if (order !== "IM" && order !== "MI") throw new Error("it is no MATLAB file of level 5");
  const little = order === "IM";
  const found = new Map<string, MatArray>();
  for (let at = HEADER_BYTES; at < bytes.length; ) {
    let element = elementAt(bytes, at, little);
    at = element.next;
    if (element.type === COMPRESSED) element = elementAt(unzlibSync(element.bytes), 0, little);
    if (element.type !== MATRIX) continue;
    const matrix = matrixOf(element.bytes, little);
    if (matrix !== null) found.set(...matrix);
  }
  return found;
}
