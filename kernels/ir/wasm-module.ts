/**
 * @file The binary form of a WebAssembly module with one function that works on a shared memory.
 *
 * Codes are those of the WebAssembly core specification, chapter "Binary Format", and of its SIMD extension.
 */

/** Value types. */
export const I32 = 0x7f;
export const F64 = 0x7c;
export const V128 = 0x7b;

/** Instructions without operands in the code. */
export const OP = {
  end: 0x0b,
  br: 0x0c,
  i32Eqz: 0x45,
  i32LtS: 0x48,
  i32GeS: 0x4e,
  i32GtS: 0x4a,
  i32Add: 0x6a,
  i32Sub: 0x6b,
  f32DemoteF64: 0xb6,
} as const;

/** Instructions on vectors, behind the prefix 0xfd. */
export const SIMD = {
  load: 0x00,
  load8Splat: 0x07,
  load32Splat: 0x09,
  load64Splat: 0x0a,
  store: 0x0b,
  const: 0x0c,
  shuffle: 0x0d,
  i8x16Splat: 0x0f,
  i32x4Splat: 0x11,
  f32x4Splat: 0x13,
  f64x2Splat: 0x14,
  not: 0x4d,
  and: 0x4e,
  andnot: 0x4f,
  or: 0x50,
  xor: 0x51,
  bitselect: 0x52,
  anyTrue: 0x53,
  store8Lane: 0x58,
  store32Lane: 0x5a,
  store64Lane: 0x5b,
  load32Zero: 0x5c,
  demote: 0x5e,
  promoteLow: 0x5f,
  i8x16NarrowS: 0x65,
  i8x16NarrowU: 0x66,
  i16x8NarrowS: 0x85,
  i16x8ExtendLowS: 0x87,
  i16x8ExtendHighS: 0x88,
  i16x8ExtendLowU: 0x89,
  i16x8ExtendHighU: 0x8a,
  i16x8ExtmulLowU: 0x9e,
  i16x8ExtmulHighU: 0x9f,
  i32x4AllTrue: 0xa3,
  i32x4ExtendLowS: 0xa7,
  i32x4ExtendHighS: 0xa8,
  i32x4ExtendLowU: 0xa9,
  i32x4ExtendHighU: 0xaa,
  i32x4ShrU: 0xad,
  i32x4Mul: 0xb5,
  i64x2AllTrue: 0xc3,
  f32x4TruncSatS: 0xf8,
  f32x4TruncSatU: 0xf9,
  f32x4ConvertS: 0xfa,
  f64x2TruncSatSZero: 0xfc,
  f64x2TruncSatUZero: 0xfd,
  f64x2ConvertLowS: 0xfe,
} as const;

const PREFIX_SIMD = 0xfd;
const PREFIX_MISC = 0xfc;
const BLOCK_EMPTY = 0x40;

function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    const low = rest & 0x7f;
    rest >>>= 7;
    bytes.push(rest === 0 ? low : low | 0x80);
  } while (rest !== 0);
  return bytes;
}

function signed(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (;;) {
    const low = rest & 0x7f;
    rest >>= 7;
    const done = (rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0);
    bytes.push(done ? low : low | 0x80);
    if (done) return bytes;
  }
}

const name = (text: string): number[] => [...unsigned(text.length), ...[...text].map((c) => c.charCodeAt(0))];
const list = (items: readonly (readonly number[])[]): number[] => [...unsigned(items.length), ...items.flat()];
const section = (id: number, body: readonly number[]): number[] => [id, ...unsigned(body.length), ...body];

/** A function that the module imports: its name, and how many vectors it takes. It gives one. */
export interface VectorImport {
  readonly name: string;
  readonly arity: number;
}

/** The code of one function, and its locals. */
export class FunctionBody {
  readonly code: number[] = [];
  readonly #parameters: number;
  readonly #locals: number[] = [];

  constructor(parameters: number) {
    this.#parameters = parameters;
  }

  /** A new local variable. */
  local(type: number): number {
    this.#locals.push(type);
    return this.#parameters + this.#locals.length - 1;
  }

  op(code: number): void {
    this.code.push(code);
  }

  get(local: number): void {
    this.code.push(0x20, ...unsigned(local));
  }

  set(local: number): void {
    this.code.push(0x21, ...unsigned(local));
  }

  i32(value: number): void {
    this.code.push(0x41, ...signed(value));
  }

  call(index: number): void {
    this.code.push(0x10, ...unsigned(index));
  }

  block(): void {
    this.code.push(0x02, BLOCK_EMPTY);
  }

  loop(): void {
    this.code.push(0x03, BLOCK_EMPTY);
  }

  if(): void {
    this.code.push(0x04, BLOCK_EMPTY);
  }

  end(): void {
    this.code.push(OP.end);
  }

  /** Jumps out of (or, at a loop, back to the start of) the block `depth` levels up. */
  br(depth: number): void {
    this.code.push(OP.br, depth);
  }

  brIf(depth: number): void {
    this.code.push(0x0d, depth);
  }

  simd(code: number): void {
    this.code.push(PREFIX_SIMD, ...unsigned(code));
  }

  /** A load or store, whose address is on the stack. */
  memory(code: number, offset: number): void {
    // Alignment 2⁰ is always true; it is a hint only.
    this.code.push(PREFIX_SIMD, ...unsigned(code), 0, ...unsigned(offset));
  }

  storeLane(code: number, offset: number, lane: number): void {
    this.memory(code, offset);
    this.code.push(lane);
  }

  /** Sixteen bytes. */
  vector(bytes: Uint8Array): void {
    this.code.push(PREFIX_SIMD, SIMD.const, ...bytes);
  }

  shuffle(lanes: readonly number[]): void {
    this.code.push(PREFIX_SIMD, SIMD.shuffle, ...lanes);
  }

  /** i32.trunc_sat_f64_s */
  truncateF64(): void {
    this.code.push(PREFIX_MISC, 0x02);
  }

  bytes(): number[] {
    const locals = this.#locals.map((type) => [1, type]);
    const body = [...list(locals), ...this.code, OP.end];
    return [...unsigned(body.length), ...body];
  }
}

/** The module that exports `body` as "run" and imports the memory "env.memory" and functions of "math". */
export function encodeModule(
  parameters: readonly number[],
  imports: readonly VectorImport[],
  body: FunctionBody,
  maximumPages: number,
): Uint8Array {
  const vectors = (count: number): number[] => list(new Array<number[]>(count).fill([V128]));
  const types = [
    [0x60, ...list(parameters.map((type) => [type])), 0],
    [0x60, ...vectors(1), ...vectors(1)],
    [0x60, ...vectors(2), ...vectors(1)],
  ];
  const memory = [...name("env"), ...name("memory"), 0x02, 0x03, ...unsigned(1), ...unsigned(maximumPages)];
  const functions = imports.map(({ name: text, arity }) => [...name("math"), ...name(text), 0x00, arity]);
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, list(types)),
    ...section(2, list([memory, ...functions])),
    ...section(3, list([[0]])),
    ...section(7, list([[...name("run"), 0x00, ...unsigned(imports.length)]])),
    ...section(10, list([body.bytes()])),
  ]);
}
