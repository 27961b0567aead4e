/** @file The emitters of kernels: random expressions give what their nodes mean, in every element and nowhere else. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { DType, TypedArray } from "../../../kernels/backend.ts";
import { arrayOn } from "../../../kernels/cpu/storage.ts";
import { ThreadPool } from "../../../kernels/cpu/threads.ts";
import { loadWasm, type WasmKernels } from "../../../kernels/cpu/wasm.ts";
import type { Expr, Kind } from "../../../kernels/ir/expression.ts";
import { emitLoop, SPECIAL_FUNCTIONS } from "../../../kernels/ir/javascript.ts";
import { emitKernel, WIDTH } from "../../../kernels/ir/wasm.ts";
import * as special from "../../../kernels/reference/special.ts";
import { createArray } from "../../../kernels/reference/storage.ts";
import { mulberry } from "../random.ts";
import { held, interpret } from "./interpreter.ts";
import { EDGES, KINDS, type Program, programs } from "./programs.ts";

/** More of them with TAPEGRAD_PROGRAMS. */
const RUNS = Number(process.env.TAPEGRAD_PROGRAMS ?? 300);

const DTYPE_OF: Readonly<Record<Kind, DType>> = {
  f32: "float32",
  f64: "float64",
  i32: "int32",
  u8: "uint8",
  mask: "bool",
};

type Run = (...values: number[]) => void;

interface Host {
  readonly WebAssembly: {
    readonly Module: new (bytes: Uint8Array) => object;
    readonly Instance: new (module: object, imports: object) => { readonly exports: { readonly run: Run } };
  };
}

function load(): WasmKernels {
  const kernels = loadWasm();
  if (!kernels) throw new Error("this engine has no SIMD");
  kernels.memory.grow(32);
  return kernels;
}

const kernels = load();
const pool = new ThreadPool(kernels, 2, { startWaitMs: 1000 });

/** A kernel's number in the pool, and its function in this thread. */
function compile(program: Program, splats: readonly boolean[]): { number: number; run: Run } {
  const { Module, Instance } = (globalThis as unknown as Host).WebAssembly;
  const code = emitKernel({
    inputs: program.kinds.map((kind, k) => ({ kind, splat: splats[k] === true })),
    scalars: program.scalarKinds.length,
    outputs: [program.expression],
  });
  const imports = { env: { memory: kernels.memory }, math: kernels.math };
  const { run } = new Instance(new Module(code), imports).exports;
  return { number: pool.define(code, run), run };
}

/** Numbers of a kind: edges, and anything in reach. */
function numbersOf(kind: Kind, count: number, random: () => number): TypedArray {
  const array = createArray(DTYPE_OF[kind], count);
  for (let i = 0; i < count; i++) {
    const edge = EDGES[Math.floor(random() * EDGES.length)] ?? 0;
    const scale = 10 ** (Math.floor(random() * 12) - 3);
    array[i] = held(kind, random() < 0.4 ? edge : (random() - 0.5) * scale);
  }
  return array;
}

const sizes = fc.tuple(fc.integer({ min: 1, max: 2 }), fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 70 }));

interface Layout {
  readonly sizes: readonly [planes: number, rows: number, cols: number];
  readonly gap: number;
  readonly splats: readonly boolean[];
  readonly threads: 1 | 2;
  readonly seed: number;
}

const layouts: fc.Arbitrary<Layout> = fc.record({
  sizes,
  gap: fc.nat(3),
  splats: fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }),
  threads: fc.constantFrom(1, 2),
  seed: fc.nat(2 ** 30),
});

const PART = 32768;

/** Runs a kernel and compares every byte of its result's place with what the expression means. */
function check(program: Program, { sizes: [planes, rows, cols], gap, splats, threads, seed }: Layout): void {
  const random = mulberry(seed);
  const { number, run } = compile(program, splats);
  const { expression, kinds, scalarKinds } = program;
  const start = kernels.heapStart;
  const buffer = kernels.memory.buffer;
  const scalars = scalarKinds.map((kind) => numbersOf(kind, 1, random)[0] ?? 0);
  const step = cols + gap;
  const inputs = kinds.map((kind, k) => {
    const given = numbersOf(kind, planes * rows * step, random);
    const place = arrayOn(DTYPE_OF[kind], buffer, start + (k + 1) * PART, given.length);
    place.set(given);
    return given;
  });
  const dtype = DTYPE_OF[expression.kind];
  const out = arrayOn(dtype, buffer, start, planes * rows * step + 16).fill(77);
  const want = createArray(dtype, out.length).fill(77);
  for (let row = 0; row < planes * rows; row++) {
    for (let col = 0; col < cols; col++) {
      const values = inputs.map((x, k) => x[row * step + (splats[k] ? 0 : col)] ?? 0);
      want[row * step + col] = interpret(expression, values, scalars);
    }
  }
  const widths = [expression.kind, ...kinds].map((kind) => WIDTH[kind]);
  const strides = widths.flatMap((width) => [width * step * rows, width * step]);
  const call = (first: number, count: number): number[] => [
    ...widths.map((width, k) => start + k * PART + (k > 0 && splats[k - 1] ? 0 : first * width)),
    planes,
    rows,
    count,
    ...strides,
    ...scalars,
  ];
  const half = threads === 2 ? cols >> 1 : 0;
  if (half === 0) run(...call(0, cols));
  else pool.run(2, ({ made }, part) => made(number, part === 0 ? call(0, half) : call(half, cols - half)));
  out.forEach((got, i) => {
    if (!Object.is(got, want[i])) throw new Error(`${got} instead of ${want[i]} at ${i}: ${describeExpr(expression)}`);
  });
  for (const [k, given] of inputs.entries()) {
    expect(arrayOn(DTYPE_OF[kinds[k] as Kind], buffer, start + (k + 1) * PART, given.length)).toEqual(given);
  }
}

function describeExpr(e: Expr): string {
  if (e.op === "input" || e.op === "scalar") return `${e.op}${e.index}:${e.kind}`;
  if (e.op === "const") return `${e.value}:${e.kind}`;
  return `${e.op}:${e.kind}(${e.args.map(describeExpr).join(", ")})`;
}

/** The loop that is emitted in JavaScript, without its types. */
function loopOf(expression: Expr, inputs: number): (...values: unknown[]) => void {
  const code = emitLoop(expression, inputs).replaceAll("]!", "]");
  return new Function(...SPECIAL_FUNCTIONS, `return ${code};`)(
    ...SPECIAL_FUNCTIONS.map((name) => special[name as keyof typeof special]),
  );
}

/** The emitter of loops takes floats as doubles, and bytes as int32. */
const LOOP_KINDS: readonly Kind[] = ["f64", "i32", "mask"];

describe("SIMD kernels of random expressions", () => {
  it("give each element its value, and write nowhere else", { timeout: 120_000 }, () => {
    fc.assert(
      fc.property(programs(), layouts, (program, layout) => check(program, layout)),
      { numRuns: RUNS },
    );
  });

  it.each(KINDS)("of %s alone, too", { timeout: 120_000 }, (kind) => {
    fc.assert(
      fc.property(programs([kind, "mask"]), layouts, (program, layout) => check(program, layout)),
      { numRuns: RUNS / 3 },
    );
  });
});

describe("JavaScript loops of random expressions", () => {
  it("give each element its value", { timeout: 120_000 }, () => {
    fc.assert(
      fc.property(programs(LOOP_KINDS), fc.nat(2 ** 30), ({ expression, kinds, scalarKinds }, seed) => {
        const random = mulberry(seed);
        const n = 40;
        const scalars = scalarKinds.map((kind) => numbersOf(kind, 1, random)[0] ?? 0);
        const inputs = kinds.map((kind) => numbersOf(kind, n, random));
        const out = createArray(DTYPE_OF[expression.kind], n);
        const [s0 = 0, s1 = 0, s2 = 0] = scalars;
        loopOf(expression, kinds.length)(n, s0, s1, s2, out, 0, 1, ...inputs.flatMap((x) => [x, 0, 1]));
        for (let i = 0; i < n; i++) {
          const want = createArray(DTYPE_OF[expression.kind], 1);
          const values = inputs.map((x) => x[i] ?? 0);
          want[0] = interpret(expression, values, scalars);
          if (!Object.is(out[i], want[0])) {
            throw new Error(`${out[i]} instead of ${want[0]} of ${values}; ${scalars}: ${describeExpr(expression)}`);
          }
        }
      }),
      { numRuns: RUNS },
    );
  });
});
