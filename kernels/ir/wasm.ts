/**
 * @file Emits the SIMD kernel of an expression.
 *
 * A kernel goes over three nested dimensions: planes, rows, columns. Along a row an operand is contiguous, or repeats one
 * element ("splat"); the other two dimensions have strides in bytes. Elements are worked on in blocks, whose values are
 * held in as many vectors as their width takes: a block of 4 floats is one vector, of 4 doubles two.
 *
 * Every lane is computed by the same instructions wherever it lies, so a result does not depend on how work is cut.
 */
import {
  argsOf,
  type Binary,
  type Comparison,
  type Expr,
  type Kind,
  MATH_1,
  MATH_2,
  type Math1,
  type Math2,
  type Unary,
} from "./expression.ts";
import { encodeModule, F64, FunctionBody, I32, OP, SIMD, V128, type VectorImport } from "./wasm-module.ts";

/** An operand of a kernel. */
export interface KernelInput {
  readonly kind: Kind;
  /** Whether it repeats its first element along each row. */
  readonly splat: boolean;
}

export interface KernelSpec {
  readonly inputs: readonly KernelInput[];
  readonly scalars: number;
  /** What is computed for each element: one result each. */
  readonly outputs: readonly Expr[];
}

/** Bytes of an element in memory. */
export const WIDTH: Readonly<Record<Kind, number>> = { f32: 4, f64: 8, i32: 4, u8: 1, mask: 1 };

/** Vectors of one node in one block. The elements of a mask are as wide as those that it was computed from. */
interface Value {
  readonly width: number;
  readonly vectors: readonly number[];
}

const UNARY: Readonly<Record<Unary, Partial<Record<Kind, number>>>> = {
  neg: { f32: 0xe1, f64: 0xed, i32: 0xa1, u8: 0x61 },
  abs: { f32: 0xe0, f64: 0xec, i32: 0xa0 },
  sqrt: { f32: 0xe3, f64: 0xef },
  floor: { f32: 0x68, f64: 0x75 },
  ceil: { f32: 0x67, f64: 0x74 },
  trunc: { f32: 0x69, f64: 0x7a },
  nearest: { f32: 0x6a, f64: 0x94 },
  bitNot: { i32: SIMD.not, u8: SIMD.not },
};

const BINARY: Readonly<Record<Binary, Partial<Record<Kind, number>>>> = {
  add: { f32: 0xe4, f64: 0xf0, i32: 0xae, u8: 0x6e },
  sub: { f32: 0xe5, f64: 0xf1, i32: 0xb1, u8: 0x71 },
  mul: { f32: 0xe6, f64: 0xf2, i32: 0xb5 },
  div: { f32: 0xe7, f64: 0xf3 },
  min: { f32: 0xe8, f64: 0xf4, i32: 0xb6, u8: 0x77 },
  max: { f32: 0xe9, f64: 0xf5, i32: 0xb8, u8: 0x79 },
  bitAnd: { i32: SIMD.and, u8: SIMD.and },
  bitOr: { i32: SIMD.or, u8: SIMD.or },
  bitXor: { i32: SIMD.xor, u8: SIMD.xor },
};

const COMPARE: Readonly<Record<Comparison, Partial<Record<Kind, number>>>> = {
  eq: { f32: 0x41, f64: 0x47, i32: 0x37, u8: 0x23 },
  ne: { f32: 0x42, f64: 0x48, i32: 0x38, u8: 0x24 },
  lt: { f32: 0x43, f64: 0x49, i32: 0x39, u8: 0x26 },
  gt: { f32: 0x44, f64: 0x4a, i32: 0x3b, u8: 0x28 },
  le: { f32: 0x45, f64: 0x4b, i32: 0x3d, u8: 0x2a },
  ge: { f32: 0x46, f64: 0x4c, i32: 0x3f, u8: 0x2c },
};

const isMath = (op: string): op is Math1 | Math2 =>
  (MATH_1 as readonly string[]).includes(op) || (MATH_2 as readonly string[]).includes(op);

/** "Pseudo-minimum" and "pseudo-maximum": y < x ? y : x, and x < y ? y : x. */
const PMIN: Partial<Record<Kind, number>> = { f32: 0xea, f64: 0xf6 };
const PMAX: Partial<Record<Kind, number>> = { f32: 0xeb, f64: 0xf7 };

const isSame = (a: Expr, b: Expr): boolean =>
  a === b || (a.op === "const" && b.op === "const" && a.kind === b.kind && Object.is(a.value, b.value));

/** The one instruction for a choice between two numbers by comparing them, if there is one. */
function pseudoExtreme({ kind, args: [mask, yes, no] }: Extract<Expr, { op: "select" }>): number | null {
  if (mask.op !== "lt" && mask.op !== "gt") return null;
  if (!isSame(mask.args[0], no) || !isSame(mask.args[1], yes)) return null;
  return (mask.op === "lt" ? PMAX : PMIN)[kind] ?? null;
}

/** Whether expressions call functions that take some nanoseconds for an element. */
export function hasCalls(...expressions: readonly Expr[]): boolean {
  return [...nodesOf(expressions)].some(({ op }) => isMath(op) || op === "intPow");
}

/** All nodes of expressions, arguments before what uses them. */
function nodesOf(roots: readonly Expr[]): Set<Expr> {
  const seen = new Set<Expr>();
  const visit = (e: Expr): void => {
    if (seen.has(e)) return;
    for (const arg of argsOf(e)) visit(arg);
    seen.add(e);
  };
  for (const root of roots) visit(root);
  return seen;
}

/** Shuffles that take every second, and that double, 32-bit lanes. */
const EVEN_WORDS = [0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27];
const LOW_WORDS_TWICE = [0, 1, 2, 3, 0, 1, 2, 3, 4, 5, 6, 7, 4, 5, 6, 7];
const HIGH_WORDS_TWICE = LOW_WORDS_TWICE.map((lane) => lane + 8);
const HIGH_HALF = [8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15];
const LOW_HALVES = [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23];
const EVEN_BYTES = [0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30];

/** 2³², by which numbers beyond int32 wrap. */
const WORD = 2 ** 32;

class Emitter {
  readonly #spec: KernelSpec;
  readonly #body: FunctionBody;
  readonly #parameters: readonly number[];
  readonly #nodes: ReadonlySet<Expr>;
  readonly #imports: VectorImport[] = [];
  /** Addresses within the row. */
  readonly #at: readonly number[];
  readonly #outAt: readonly number[];
  readonly #left: number;
  readonly #splats: readonly (number | null)[];
  readonly #scalars: readonly number[];
  /** Vectors that blocks use again. */
  readonly #vectors: number[] = [];
  #used = 0;

  constructor(spec: KernelSpec) {
    this.#spec = spec;
    this.#nodes = nodesOf(spec.outputs);
    const arrays = this.#arrays;
    this.#parameters = [
      ...new Array<number>(arrays + 3 + 2 * arrays).fill(I32),
      ...new Array<number>(spec.scalars).fill(F64),
    ];
    this.#body = new FunctionBody(this.#parameters.length);
    const body = this.#body;
    this.#outAt = spec.outputs.map(() => body.local(I32));
    this.#at = spec.inputs.map(() => body.local(I32));
    this.#left = body.local(I32);
    this.#splats = spec.inputs.map(({ splat }) => (splat ? body.local(V128) : null));
    this.#scalars = Array.from({ length: spec.scalars }, () => body.local(V128));
  }

  /** Number of results and inputs. */
  get #arrays(): number {
    return this.#spec.outputs.length + this.#spec.inputs.length;
  }

  module(maximumPages: number): Uint8Array {
    const body = this.#body;
    const arrays = this.#arrays;
    const [planes, rows, cols] = [arrays, arrays + 1, arrays + 2];
    const stride = (array: number, level: number): number => arrays + 3 + 2 * array + level;
    for (const e of this.#nodes) if (e.op === "scalar") this.#splatScalar(e, arrays);
    const rowStarts = Array.from({ length: arrays }, () => body.local(I32));
    const row = body.local(I32);
    body.loop();
    for (let k = 0; k < arrays; k++) this.#move(k, rowStarts[k] ?? 0);
    this.#move(rows, row);
    body.loop();
    for (const [k, at] of [...this.#outAt, ...this.#at].entries()) this.#move(rowStarts[k] ?? 0, at);
    this.#loadSplats();
    this.#move(cols, this.#left);
    this.#row();
    for (let k = 0; k < arrays; k++) this.#addTo(rowStarts[k] ?? 0, stride(k, 1));
    this.#countDown(row);
    body.brIf(0);
    body.end();
    for (let k = 0; k < arrays; k++) this.#addTo(k, stride(k, 0));
    this.#countDown(planes);
    body.brIf(0);
    body.end();
    return encodeModule(this.#parameters, this.#imports, body, maximumPages);
  }

  #move(from: number, to: number): void {
    this.#body.get(from);
    this.#body.set(to);
  }

  #addTo(target: number, step: number): void {
    const body = this.#body;
    body.get(target);
    body.get(step);
    body.op(OP.i32Add);
    body.set(target);
  }

  /** Leaves whether the counter is above 0. */
  #countDown(counter: number): void {
    const body = this.#body;
    body.get(counter);
    body.i32(1);
    body.op(OP.i32Sub);
    body.set(counter);
    body.get(counter);
    body.i32(0);
    body.op(OP.i32GtS);
  }

  #splatScalar(e: Extract<Expr, { op: "scalar" }>, arrays: number): void {
    const body = this.#body;
    body.get(3 * arrays + 3 + e.index);
    switch (e.kind) {
      case "f32":
        body.op(OP.f32DemoteF64);
        body.simd(SIMD.f32x4Splat);
        break;
      case "f64":
        body.simd(SIMD.f64x2Splat);
        break;
      default:
        body.truncateF64();
        body.simd(e.kind === "i32" ? SIMD.i32x4Splat : SIMD.i8x16Splat);
    }
    body.set(this.#scalars[e.index] ?? 0);
  }

  #loadSplats(): void {
    const body = this.#body;
    for (const [k, { kind }] of this.#spec.inputs.entries()) {
      const local = this.#splats[k];
      if (local == null) continue;
      body.get(this.#at[k] ?? 0);
      const width = WIDTH[kind];
      body.memory(width === 8 ? SIMD.load64Splat : width === 4 ? SIMD.load32Splat : SIMD.load8Splat, 0);
      if (kind === "mask") this.#testBytes();
      body.set(local);
    }
  }

  /** Bytes on the stack become a mask. */
  #testBytes(): void {
    this.#body.vector(new Uint8Array(16));
    this.#body.simd(COMPARE.ne.u8 ?? 0);
  }

  /** All columns of a row: large steps, small steps, and what is left. */
  #row(): void {
    const kinds = [...this.#nodes].map(({ kind }) => kind);
    const isBytes = kinds.every((kind) => kind === "u8" || kind === "mask");
    const hasBytes = kinds.some((kind) => kind === "u8") || this.#storedKinds().some((kind) => WIDTH[kind] === 1);
    const block = isBytes ? 16 : 4;
    if (isBytes) this.#steps(16, 4);
    else if (hasCalls(...this.#spec.outputs)) this.#steps(4, 2);
    else if (hasBytes) this.#steps(16, 1);
    else this.#steps(4, 4);
    this.#steps(block, 1);
    this.#tail(block);
  }

  #storedKinds(): Kind[] {
    return [...this.#spec.outputs, ...this.#spec.inputs].map(({ kind }) => kind);
  }

  /** While enough columns are left: `count` blocks. */
  #steps(block: number, count: number): void {
    const body = this.#body;
    const elements = block * count;
    body.block();
    body.loop();
    body.get(this.#left);
    body.i32(elements);
    body.op(OP.i32LtS);
    body.brIf(1);
    for (let i = 0; i < count; i++) {
      this.#used = 0;
      for (const [k, value] of this.#evaluate(block, i * block).entries()) this.#store(k, value, block, i * block);
    }
    for (const [k, { kind }] of this.#spec.outputs.entries()) {
      this.#advance(this.#outAt[k] ?? 0, elements * WIDTH[kind]);
    }
    for (const [k, { kind, splat }] of this.#spec.inputs.entries()) {
      if (!splat) this.#advance(this.#at[k] ?? 0, elements * WIDTH[kind]);
    }
    this.#advance(this.#left, -elements);
    body.br(0);
    body.end();
    body.end();
  }

  #advance(local: number, by: number): void {
    const body = this.#body;
    body.get(local);
    body.i32(by);
    body.op(OP.i32Add);
    body.set(local);
  }

  /** Fewer columns than a block has: they are read beyond the row's end, and written one by one. */
  #tail(block: number): void {
    const body = this.#body;
    body.get(this.#left);
    body.if();
    this.#used = 0;
    const stored = this.#evaluate(block, 0).map((value, k) => {
      const { kind } = this.#spec.outputs[k] as Expr;
      const width = WIDTH[kind];
      const code = width === 8 ? SIMD.store64Lane : width === 4 ? SIMD.store32Lane : SIMD.store8Lane;
      return { vectors: this.#finished(kind, value, block), width, code, at: this.#outAt[k] ?? 0 };
    });
    for (let i = 0; i < block - 1; i++) {
      if (i > 0) {
        body.get(this.#left);
        body.i32(i + 1);
        body.op(OP.i32LtS);
        body.brIf(0);
      }
      for (const { vectors, width, code, at } of stored) {
        const lanes = 16 / width;
        body.get(at);
        body.get(vectors[Math.floor(i / lanes)] ?? 0);
        body.storeLane(code, i * width, i % lanes);
      }
    }
    body.end();
  }

  #fresh(): number {
    const local = this.#vectors[this.#used] ?? this.#body.local(V128);
    this.#vectors[this.#used++] = local;
    return local;
  }

  /** The vector on the stack, as a local. */
  #keep(): number {
    const local = this.#fresh();
    this.#body.set(local);
    return local;
  }

  /** A new vector from others by one instruction. */
  #apply(code: number, ...operands: readonly number[]): number {
    for (const operand of operands) this.#body.get(operand);
    this.#body.simd(code);
    return this.#keep();
  }

  #shuffled(a: number, b: number, lanes: readonly number[]): number {
    this.#body.get(a);
    this.#body.get(b);
    this.#body.shuffle(lanes);
    return this.#keep();
  }

  #constant(kind: Kind, value: number): number {
    const bytes = new Uint8Array(16);
    if (kind === "f32") new Float32Array(bytes.buffer).fill(value);
    else if (kind === "f64") new Float64Array(bytes.buffer).fill(value);
    else if (kind === "i32") new Int32Array(bytes.buffer).fill(value);
    else bytes.fill(value);
    this.#body.vector(bytes);
    return this.#keep();
  }

  /** Computes a block that begins `first` elements after the present place. */
  #evaluate(block: number, first: number): Value[] {
    const values = new Map<Expr, Value>();
    for (const e of this.#nodes) {
      const args = argsOf(e).map((arg): Value => {
        const value = values.get(arg);
        if (value === undefined) throw new Error(`argument of ${e.op} was not computed`);
        return value;
      });
      values.set(e, this.#node(e, args, block, first));
    }
    return this.#spec.outputs.map((output) => {
      const result = values.get(output);
      if (result === undefined) throw new Error("an expression gave no value");
      return result;
    });
  }

  #count(width: number, block: number): number {
    return Math.max(1, (block * width) / 16);
  }

  #repeat(kind: Kind, vector: number, block: number): Value {
    const width = WIDTH[kind];
    return { width, vectors: new Array<number>(this.#count(width, block)).fill(vector) };
  }

  #node(e: Expr, args: readonly Value[], block: number, first: number): Value {
    switch (e.op) {
      case "input":
        return this.#load(e.index, block, first);
      case "scalar":
        return this.#repeat(e.kind, this.#scalars[e.index] ?? 0, block);
      case "const":
        return this.#repeat(e.kind, this.#constant(e.kind, e.value), block);
      case "narrow":
        return args[0] as Value;
      case "convert":
        return this.#convert(args[0] as Value, (e.args[0] as Expr).kind, e.kind, block);
      case "select": {
        const code = pseudoExtreme(e);
        if (code !== null) return this.#combine(args[2] as Value, args[1] as Value, (v, w) => this.#apply(code, v, w));
        return this.#select(e.kind, args as readonly [Value, Value, Value], block);
      }
      case "and":
      case "or":
      case "xor":
        return this.#logic(SIMD[e.op], args as readonly [Value, Value], block);
      case "not":
        return this.#map(args[0] as Value, (v) => this.#apply(SIMD.not, v));
      case "intPow":
        return this.#combine(args[0] as Value, args[1] as Value, (x, y) => this.#intPow(x, y));
    }
    const { kind } = e.args[0];
    const [x, y] = args as readonly [Value, Value | undefined];
    if (isMath(e.op)) {
      const index = this.#import(`${e.op}_${kind === "f64" ? "f64x2" : "f32x4"}`, args.length);
      const call = (...operands: readonly number[]): number => {
        for (const operand of operands) this.#body.get(operand);
        this.#body.call(index);
        return this.#keep();
      };
      return y === undefined ? this.#map(x, call) : this.#combine(x, y, call);
    }
    if (e.op === "mul" && kind === "u8") return this.#combine(x, y as Value, (a, b) => this.#multiplyBytes(a, b));
    const code =
      e.op in UNARY ? UNARY[e.op as Unary][kind] : { ...BINARY, ...COMPARE }[e.op as Binary | Comparison][kind];
    if (code === undefined) throw new TypeError(`${e.op} is not defined for ${kind}`);
    return y === undefined
      ? this.#map(x, (v) => this.#apply(code, v))
      : this.#combine(x, y, (a, b) => this.#apply(code, a, b));
  }

  #map(x: Value, f: (v: number) => number): Value {
    return { width: x.width, vectors: x.vectors.map((v) => f(v)) };
  }

  #combine(x: Value, y: Value, f: (a: number, b: number) => number): Value {
    return { width: x.width, vectors: x.vectors.map((v, i) => f(v, y.vectors[i] ?? 0)) };
  }

  #import(name: string, arity: number): number {
    const found = this.#imports.findIndex((entry) => entry.name === name);
    return found >= 0 ? found : this.#imports.push({ name, arity }) - 1;
  }

  #load(index: number, block: number, first: number): Value {
    const body = this.#body;
    const { kind } = this.#spec.inputs[index] as KernelInput;
    const splat = this.#splats[index];
    if (splat != null) return this.#repeat(kind, splat, block);
    const width = WIDTH[kind];
    const vectors = Array.from({ length: this.#count(width, block) }, (_, i) => {
      body.get(this.#at[index] ?? 0);
      body.memory(width * block < 16 ? SIMD.load32Zero : SIMD.load, first * width + 16 * i);
      if (kind === "mask") this.#testBytes();
      return this.#keep();
    });
    return { width, vectors };
  }

  /** The vectors as they are stored: a mask as bytes 0 and 1. */
  #finished(kind: Kind, value: Value, block: number): readonly number[] {
    if (kind !== "mask") return value.vectors;
    const one = this.#constant("u8", 1);
    return this.#masks(value, 1, block).vectors.map((v) => this.#apply(SIMD.and, v, one));
  }

  #store(output: number, value: Value, block: number, first: number): void {
    const body = this.#body;
    const { kind } = this.#spec.outputs[output] as Expr;
    const width = WIDTH[kind];
    for (const [i, vector] of this.#finished(kind, value, block).entries()) {
      body.get(this.#outAt[output] ?? 0);
      body.get(vector);
      const offset = first * width + 16 * i;
      if (width * block < 16) body.storeLane(SIMD.store32Lane, offset, 0);
      else body.memory(SIMD.store, offset);
    }
  }

  #select(kind: Kind, [mask, yes, no]: readonly [Value, Value, Value], block: number): Value {
    // Masks as operands have widths of their own.
    const width = kind === "mask" ? mask.width : WIDTH[kind];
    const m = this.#masks(mask, width, block);
    const [a, b] = kind === "mask" ? [this.#masks(yes, width, block), this.#masks(no, width, block)] : [yes, no];
    const vectors = a.vectors.map((v, i) => this.#apply(SIMD.bitselect, v, b.vectors[i] ?? 0, m.vectors[i] ?? 0));
    return { width, vectors };
  }

  #logic(code: number, [a, b]: readonly [Value, Value], block: number): Value {
    return this.#combine(a, this.#masks(b, a.width, block), (v, w) => this.#apply(code, v, w));
  }

  /** A mask whose elements are `width` bytes wide. */
  #masks(mask: Value, width: number, block: number): Value {
    if (mask.width === width) return mask;
    if (mask.width === 8) return this.#masks({ width: 4, vectors: this.#everySecond(mask.vectors) }, width, block);
    if (mask.width === 4 && width === 8) {
      const vectors = mask.vectors.flatMap((v) => [
        this.#shuffled(v, v, LOW_WORDS_TWICE),
        this.#shuffled(v, v, HIGH_WORDS_TWICE),
      ]);
      return { width, vectors };
    }
    if (mask.width === 4) {
      return { width, vectors: this.#narrowed(mask.vectors, SIMD.i8x16NarrowS) };
    }
    const words = this.#widened(mask.vectors, block, "S");
    return this.#masks({ width: 4, vectors: words }, width, block);
  }

  /** 64-bit lanes to 32-bit lanes, of pairs of vectors. */
  #everySecond(vectors: readonly number[]): number[] {
    const result: number[] = [];
    for (let i = 0; i < vectors.length; i += 2) {
      result.push(this.#shuffled(vectors[i] ?? 0, vectors[i + 1] ?? 0, EVEN_WORDS));
    }
    return result;
  }

  /** 32-bit lanes to bytes: four vectors become one, one becomes the lowest bytes of one. */
  #narrowed(vectors: readonly number[], last: number): number[] {
    const halves: number[] = [];
    for (let i = 0; i < vectors.length; i += 2) {
      const a = vectors[i] ?? 0;
      halves.push(this.#apply(SIMD.i16x8NarrowS, a, vectors[i + 1] ?? a));
    }
    const result: number[] = [];
    for (let i = 0; i < halves.length; i += 2) {
      const a = halves[i] ?? 0;
      result.push(this.#apply(last, a, halves[i + 1] ?? a));
    }
    return result;
  }

  /** Bytes to 32-bit lanes. */
  #widened(vectors: readonly number[], block: number, sign: "S" | "U"): number[] {
    return vectors.flatMap((v) => {
      const low = this.#apply(SIMD[`i16x8ExtendLow${sign}`], v);
      const first = this.#apply(SIMD[`i32x4ExtendLow${sign}`], low);
      if (block < 16) return [first];
      const high = this.#apply(SIMD[`i16x8ExtendHigh${sign}`], v);
      return [
        first,
        this.#apply(SIMD[`i32x4ExtendHigh${sign}`], low),
        this.#apply(SIMD[`i32x4ExtendLow${sign}`], high),
        this.#apply(SIMD[`i32x4ExtendHigh${sign}`], high),
      ];
    });
  }

  #convert(x: Value, from: Kind, to: Kind, block: number): Value {
    if (from === to) return x;
    if (to === "mask") {
      const zero = this.#constant(from, 0);
      const code = COMPARE.ne[from] ?? 0;
      return this.#map(x, (v) => this.#apply(code, v, zero));
    }
    if (from === "mask") {
      const one = this.#constant(to, 1);
      return this.#map(this.#masks(x, WIDTH[to], block), (v) => this.#apply(SIMD.and, v, one));
    }
    if (to === "u8") return this.#toBytes(this.#convert(x, from, "i32", block));
    if (from === "u8") {
      return this.#convert({ width: 4, vectors: this.#widened(x.vectors, block, "U") }, "i32", to, block);
    }
    const vectors = [...x.vectors];
    if (from === "f64" && to === "f32") {
      return { width: 4, vectors: this.#pairs(vectors, (v) => this.#apply(SIMD.demote, v)) };
    }
    if (to === "f64") {
      const code = from === "f32" ? SIMD.promoteLow : SIMD.f64x2ConvertLowS;
      return {
        width: 8,
        vectors: vectors.flatMap((v) => [this.#apply(code, v), this.#apply(code, this.#shuffled(v, v, HIGH_HALF))]),
      };
    }
    if (to === "f32") return this.#map(x, (v) => this.#apply(SIMD.f32x4ConvertS, v));
    return from === "f32"
      ? this.#map(x, (v) => this.#toInteger(v, "f32", SIMD.f32x4TruncSatS, SIMD.f32x4TruncSatU))
      : {
          width: 4,
          vectors: this.#pairs(vectors, (v) =>
            this.#toInteger(v, "f64", SIMD.f64x2TruncSatSZero, SIMD.f64x2TruncSatUZero),
          ),
        };
  }

  /** The low halves of what `f` makes of two neighbours, in one vector. */
  #pairs(vectors: readonly number[], f: (v: number) => number): number[] {
    const result: number[] = [];
    for (let i = 0; i < vectors.length; i += 2) {
      result.push(this.#shuffled(f(vectors[i] ?? 0), f(vectors[i + 1] ?? 0), LOW_HALVES));
    }
    return result;
  }

  #toBytes(x: Value): Value {
    const low = this.#constant("i32", 255);
    const masked = x.vectors.map((v) => this.#apply(SIMD.and, v, low));
    return { width: 1, vectors: this.#narrowed(masked, SIMD.i8x16NarrowU) };
  }

  /**
   * Floats to integers: what lies beyond int32 wraps, and what is no number becomes 0. Its multiple of 2³² is taken off,
   * which is exact, and what remains is read without a sign.
   */
  #toInteger(v: number, kind: "f32" | "f64", truncateSigned: number, truncateUnsigned: number): number {
    const code = (op: Unary | Binary | Comparison): number => ({ ...UNARY, ...BINARY, ...COMPARE })[op][kind] ?? 0;
    const body = this.#body;
    const isSmall = this.#apply(code("lt"), this.#apply(code("abs"), v), this.#constant(kind, WORD / 2));
    const result = this.#apply(truncateSigned, v);
    // Hardly any block has such elements.
    body.get(isSmall);
    body.simd(kind === "f64" ? SIMD.i64x2AllTrue : SIMD.i32x4AllTrue);
    body.op(OP.i32Eqz);
    body.if();
    const whole = this.#apply(code("trunc"), v);
    const turns = this.#apply(code("floor"), this.#apply(code("mul"), whole, this.#constant(kind, 1 / WORD)));
    const rest = this.#apply(code("sub"), whole, this.#apply(code("mul"), turns, this.#constant(kind, WORD)));
    const unsigned = this.#apply(truncateUnsigned, rest);
    // The results of doubles lie in the low half; so must the lanes of their mask.
    const mask = kind === "f64" ? this.#shuffled(isSmall, isSmall, EVEN_WORDS) : isSmall;
    this.#move(this.#apply(SIMD.bitselect, result, unsigned, mask), result);
    body.end();
    return result;
  }

  #multiplyBytes(a: number, b: number): number {
    const low = this.#apply(SIMD.i16x8ExtmulLowU, a, b);
    const high = this.#apply(SIMD.i16x8ExtmulHighU, a, b);
    return this.#shuffled(low, high, EVEN_BYTES);
  }

  /** By squares, as long as any exponent has bits left. A negative one gives 0, but of 1 and −1 their inverse. */
  #intPow(x: number, y: number): number {
    const body = this.#body;
    const [result, square, left] = [this.#fresh(), this.#fresh(), this.#fresh()];
    const one = this.#constant("i32", 1);
    this.#move(one, result);
    this.#move(x, square);
    const zero = this.#constant("i32", 0);
    const isNegative = this.#apply(COMPARE.lt.i32 ?? 0, y, zero);
    // With the sign taken off, 1 and −1 have the right power; other bases are set to 0 at the end.
    const size = this.#apply(UNARY.abs.i32 ?? 0, y);
    this.#move(size, left);
    body.block();
    body.loop();
    body.get(left);
    body.simd(SIMD.anyTrue);
    body.op(OP.i32Eqz);
    body.brIf(1);
    body.get(result);
    body.get(square);
    body.simd(SIMD.i32x4Mul);
    body.get(result);
    body.get(left);
    body.get(one);
    body.simd(SIMD.and);
    body.get(one);
    body.simd(COMPARE.eq.i32 ?? 0);
    body.simd(SIMD.bitselect);
    body.set(result);
    body.get(square);
    body.get(square);
    body.simd(SIMD.i32x4Mul);
    body.set(square);
    body.get(left);
    body.i32(1);
    body.simd(SIMD.i32x4ShrU);
    body.set(left);
    body.br(0);
    body.end();
    body.end();
    const isUnit = this.#apply(COMPARE.eq.i32 ?? 0, this.#apply(UNARY.abs.i32 ?? 0, x), one);
    const keeps = this.#apply(SIMD.or, isUnit, this.#apply(SIMD.not, isNegative));
    return this.#apply(SIMD.and, result, keeps);
  }
}

/**
 * The module of a kernel. Its function "run" takes the addresses of the results and of the inputs, the sizes of the three
 * dimensions (at least 1 each), for each array its strides in bytes between planes and between rows, and the scalars.
 */
export function emitKernel(spec: KernelSpec, maximumPages = 65536): Uint8Array {
  return new Emitter(spec).module(maximumPages);
}
