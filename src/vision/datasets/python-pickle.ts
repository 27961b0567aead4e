/**
 * @file Python's pickles, as far as files of data need them: numbers, strings, lists, dictionaries, tuples and NumPy arrays.
 * Nothing that a pickle names is called but NumPy's and Python's own constructors of such values.
 */

/** A NumPy array of a pickle. */
export class PickledArray {
  shape: readonly number[] = [];
  dtype = "";
  data: Uint8Array = new Uint8Array();
}

/** The type of a NumPy array. */
class PickledDtype {
  readonly code: string;
  constructor(code: string) {
    this.code = code;
  }
}

/** A function or class that a pickle names. */
class Global {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

/** A value of a pickle. Strings of Python 2 are decoded as Latin-1; bytes stay bytes. */
export type Pickled =
  | null
  | boolean
  | number
  | string
  | Uint8Array
  | PickledArray
  | PickledDtype
  | Global
  | Pickled[]
  | Map<Pickled, Pickled>;

const MARK = Symbol("mark");
type Slot = Pickled | typeof MARK;

const decodeUtf8 = new TextDecoder();
const latin1 = (bytes: Uint8Array): string => Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");

/** Reads a pickle of protocol 2 to 5. @throws Error for what it does not know */
export function unpickle(bytes: Uint8Array): Pickled {
  return new Unpickler(bytes).read();
}

class Unpickler {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #stack: Slot[] = [];
  readonly #memo = new Map<number, Pickled>();
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  read(): Pickled {
    for (;;) {
      const code = String.fromCharCode(this.#take(1)[0] as number);
      if (code === ".") return this.#pop();
      this.#run(code);
    }
  }

  #take(count: number): Uint8Array {
    if (this.#at + count > this.#bytes.length) throw new Error("the pickle is truncated");
    this.#at += count;
    return this.#bytes.subarray(this.#at - count, this.#at);
  }

  #unsigned(size: 1 | 2 | 4 | 8): number {
    const at = this.#at;
    this.#take(size);
    if (size === 1) return this.#view.getUint8(at);
    if (size === 2) return this.#view.getUint16(at, true);
    return size === 4 ? this.#view.getUint32(at, true) : Number(this.#view.getBigUint64(at, true));
  }

  #line(): string {
    const end = this.#bytes.indexOf(10, this.#at);
    if (end < 0) throw new Error("the pickle is truncated");
    return latin1(this.#take(end + 1 - this.#at)).slice(0, -1);
  }

  #push(value: Slot): void {
    this.#stack.push(value);
  }

  #pop(): Pickled {
    const value = this.#stack.pop();
    if (value === undefined || value === MARK) throw new Error("the pickle takes more than it has");
    return value;
  }

  #popToMark(): Pickled[] {
    const at = this.#stack.lastIndexOf(MARK);
    if (at < 0) throw new Error("the pickle has no mark");
    return this.#stack.splice(at).slice(1) as Pickled[];
  }

  #top(): Pickled {
    const value = this.#pop();
    this.#push(value);
    return value;
  }

  #run(code: string): void {
    switch (code) {
      case "\x80": // PROTO
        this.#take(1);
        return;
      case "\x95": // FRAME
        this.#take(8);
        return;
      case "(":
        this.#push(MARK);
        return;
      case "0": // POP
        this.#pop();
        return;
      case "N":
        this.#push(null);
        return;
      case "\x88":
      case "\x89":
        this.#push(code === "\x88");
        return;
      case "K":
        this.#push(this.#unsigned(1));
        return;
      case "M":
        this.#push(this.#unsigned(2));
        return;
      case "J":
        this.#push(this.#unsigned(4) | 0);
        return;
      case "I":
        this.#push(Number(this.#line()));
        return;
      case "\x8a": // LONG1
        this.#push(longOf(this.#take(this.#unsigned(1))));
        return;
      case "G": {
        const at = this.#at;
        this.#take(8);
        this.#push(this.#view.getFloat64(at));
        return;
      }
      case "U": // strings of Python 2
        this.#push(latin1(this.#take(this.#unsigned(1))));
        return;
      case "T":
        this.#push(latin1(this.#take(this.#unsigned(4))));
        return;
      case "C": // bytes of Python 3
        this.#push(this.#take(this.#unsigned(1)));
        return;
      case "B":
        this.#push(this.#take(this.#unsigned(4)));
        return;
      case "\x8e":
      case "\x96": // BYTEARRAY8
        this.#push(this.#take(this.#unsigned(8)));
        return;
      case "X":
        this.#push(decodeUtf8.decode(this.#take(this.#unsigned(4))));
        return;
      case "\x8c":
        this.#push(decodeUtf8.decode(this.#take(this.#unsigned(1))));
        return;
      case "]":
        this.#push([]);
        return;
      case "}":
        this.#push(new Map());
        return;
      case ")":
        this.#push([]);
        return;
      case "t":
        this.#push(this.#popToMark());
        return;
      case "l":
        this.#push(this.#popToMark());
        return;
      case "\x85":
      case "\x86":
      case "\x87": {
        const count = code.charCodeAt(0) - 0x84;
        this.#push(Array.from({ length: count }, () => this.#pop()).reverse());
        return;
      }
      case "a": {
        const value = this.#pop();
        listOf(this.#top()).push(value);
        return;
      }
      case "e": {
        const values = this.#popToMark();
        const list = listOf(this.#top());
        for (const value of values) list.push(value);
        return;
      }
      case "s": {
        const value = this.#pop();
        const key = this.#pop();
        mapOf(this.#top()).set(key, value);
        return;
      }
      case "u": {
        const items = this.#popToMark();
        const map = mapOf(this.#top());
        for (let i = 0; i + 1 < items.length; i += 2) map.set(items[i] as Pickled, items[i + 1] as Pickled);
        return;
      }
      case "q":
        this.#memo.set(this.#unsigned(1), this.#top());
        return;
      case "r":
        this.#memo.set(this.#unsigned(4), this.#top());
        return;
      case "\x94": // MEMOIZE
        this.#memo.set(this.#memo.size, this.#top());
        return;
      case "h":
        this.#push(this.#recall(this.#unsigned(1)));
        return;
      case "j":
        this.#push(this.#recall(this.#unsigned(4)));
        return;
      case "c":
        this.#push(new Global(`${this.#line()}.${this.#line()}`));
        return;
      case "\x93": {
        const name = this.#pop();
        this.#push(new Global(`${String(this.#pop())}.${String(name)}`));
        return;
      }
      case "R": {
        const args = listOf(this.#pop());
        this.#push(construct(this.#pop(), args));
        return;
      }
      case "b": {
        const state = this.#pop();
        setState(this.#top(), state);
        return;
      }
      default:
        throw new Error(
          `the pickle has the operation 0x${code.charCodeAt(0).toString(16)}, which data files do not need`,
        );
    }
  }

  #recall(index: number): Pickled {
    const value = this.#memo.get(index);
    if (value === undefined) throw new Error("the pickle recalls what it never kept");
    return value;
  }
}

function longOf(bytes: Uint8Array): number {
  let value = 0;
  for (const [i, byte] of bytes.entries()) value += byte * 256 ** i;
  return (bytes.at(-1) ?? 0) >= 128 ? value - 256 ** bytes.length : value;
}

function listOf(value: Pickled): Pickled[] {
  if (Array.isArray(value)) return value;
  throw new Error("the pickle has another value where a list is meant");
}

function mapOf(value: Pickled): Map<Pickled, Pickled> {
  if (value instanceof Map) return value;
  throw new Error("the pickle has another value where a dictionary is meant");
}

/** What a call gives, of those calls that values need. */
function construct(called: Pickled, args: readonly Pickled[]): Pickled {
  const name = called instanceof Global ? called.name : "";
  if (/^numpy\.(_core|core)\.multiarray\._reconstruct$/.test(name)) return new PickledArray();
  if (name === "numpy.dtype") return new PickledDtype(String(args[0]));
  const [first, dtype, shape, order] = args;
  if (/^numpy\.(_core|core)\.numeric\._frombuffer$/.test(name)) {
    const array = new PickledArray();
    setState(array, [1, shape ?? [], dtype ?? null, order === "F", first ?? null]);
    return array;
  }
  if (name === "_codecs.encode" && typeof first === "string") {
    return Uint8Array.from(first, (char) => char.charCodeAt(0));
  }
  if (name === "builtins.bytes" || name === "__builtin__.bytes") return new Uint8Array();
  throw new Error(`the pickle calls ${name === "" ? "a value" : name}, which data files do not need`);
}

/** NumPy's (version, shape, dtype, is it in Fortran's order, bytes). */
function setState(target: Pickled, state: Pickled): void {
  if (target instanceof PickledDtype) return;
  if (!(target instanceof PickledArray)) throw new Error("the pickle sets the state of something that is no array");
  const [, shape, dtype, isFortran, data] = listOf(state);
  const bytes = typeof data === "string" ? Uint8Array.from(data, (char) => char.charCodeAt(0)) : data;
  if (!(dtype instanceof PickledDtype) || !(bytes instanceof Uint8Array) || isFortran === true) {
    throw new Error("the pickle has an array of an unknown form");
  }
  target.shape = listOf(shape as Pickled).map(Number);
  target.dtype = dtype.code;
  target.data = bytes;
}
